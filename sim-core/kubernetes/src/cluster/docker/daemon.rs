//! What a daemon is told: `daemon.json` of the input, or a Scenario's.

use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::model::docker::{Daemon, FirewallBackend};
use crate::diagnostic::codes;
use crate::manifest::objects::{DockerDaemon, Text};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The daemon with what only deciding needs.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) daemon: Daemon,
    /// `bip`: address and network of the default bridge.
    pub(super) bip: Option<Ipv4Net>,
    /// `fixed-cidr`.
    pub(super) fixed: Option<Ipv4Net>,
    /// `mtu`.
    pub(super) mtu: Option<u32>,
    /// `default-address-pools`.
    pub(super) pools: Vec<(Ipv4Net, u8)>,
}

/// Reads the keys; `prefix` is what stands before them in the object.
pub(super) fn read(context: &mut Context<'_>, of: &DockerDaemon, object: &ObjectRef, prefix: &str) -> Told {
    let mut told = Told::default();
    let field = |key: &str| format!("{prefix}{key}");
    let because = |context: &Context<'_>, key: &str, span: Span| Because {
        object: Some(object.clone()),
        field: Some(Arc::from(field(key))),
        location: context.at(span),
    };
    let daemon = &mut told.daemon;
    let flags = [
        ("icc", &of.icc, &mut daemon.icc),
        ("userland-proxy", &of.userland_proxy, &mut daemon.userland_proxy),
        ("iptables", &of.iptables, &mut daemon.iptables),
        ("ip-forward", &of.ip_forward, &mut daemon.ip_forward),
        ("ip-masq", &of.ip_masq, &mut daemon.ip_masq),
        ("allow-direct-routing", &of.allow_direct_routing, &mut daemon.direct_routing),
    ];
    for (key, said, to) in flags {
        if let Some(said) = said {
            *to = said.value;
            daemon.said.insert(key, because(context, key, said.span));
        }
    }
    if let Some(text) = &of.ip
        && let Some(IpAddr::V4(ip)) = address(context, text, &field("ip"), object)
    {
        daemon.ip = ip;
        daemon.said.insert("ip", because(context, "ip", text.span));
    }
    if let Some(text) = &of.firewall_backend {
        if let Some(backend) = FirewallBackend::named(&text.value) {
            daemon.backend = backend;
            daemon.said.insert("firewall-backend", because(context, "firewall-backend", text.span));
        } else {
            let found =
                context.finding(codes::INVALID_CHOICE, text.span, object).arg("path", field("firewall-backend"));
            context.note(
                found
                    .arg("value", &*text.value)
                    .arg("expected", FirewallBackend::ALL.map(FirewallBackend::name).join(", ")),
            );
        }
    }
    if let Some(text) = &of.bridge_accept_fwmark {
        daemon.accept_mark = mark(&text.value);
        if daemon.accept_mark.is_some() {
            daemon.said.insert("bridge-accept-fwmark", because(context, "bridge-accept-fwmark", text.span));
        } else {
            let path = field("bridge-accept-fwmark");
            let found = context.finding(codes::DOCKER_OPTION, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
        }
    }
    for (at, text) in of.dns.iter().enumerate() {
        if let Some(ip) = address(context, text, &field(&format!("dns[{at}]")), object) {
            daemon.dns.push(ip);
            daemon.said.entry("dns").or_insert_with(|| because(context, "dns", text.span));
        }
    }
    told.bip = of.bip.as_ref().and_then(|text| network(context, text, &field("bip"), object));
    told.fixed = of.fixed_cidr.as_ref().and_then(|text| network(context, text, &field("fixed-cidr"), object));
    told.mtu = of.mtu.as_ref().and_then(|mtu| u32::try_from(mtu.value).ok()).filter(|mtu| (68..=65_535).contains(mtu));
    for (at, pool) in of.default_address_pools.iter().enumerate() {
        let path = field(&format!("default-address-pools[{at}].base"));
        let base = pool.value.base.as_ref().and_then(|text| network(context, text, &path, object));
        let size = pool.value.size.as_ref().and_then(|size| u8::try_from(size.value).ok()).filter(|size| *size <= 30);
        told.pools.extend(base.map(|net| net.trunc()).zip(size));
    }
    for (key, said) in [("bridge", &of.bridge), ("default-gateway", &of.default_gateway)] {
        if let Some(text) = said {
            let found = codes::COMPOSE_NOT_FOLLOWED.at(text.span).arg("path", field(key));
            context.note(found.about(object.clone()));
        }
    }
    told
}

/// `MARK` or `MARK/MASK`, decimal, hexadecimal or octal as Go reads numbers.
fn mark(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| {
        let text = text.to_ascii_lowercase();
        let digits = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)];
        let based = digits.iter().find_map(|(prefix, base)| {
            let rest = text.strip_prefix(prefix).filter(|rest| !rest.is_empty() && !rest.starts_with('+'))?;
            Some(u32::from_str_radix(rest, *base).ok())
        });
        based.unwrap_or_else(|| text.parse().ok().filter(|_| !text.starts_with('+')))
    };
    match text.split_once('/') {
        Some((mark, mask)) => Some((number(mark)?, number(mask)?)),
        None => Some((number(text)?, u32::MAX)),
    }
}

/// An address; a bad one is reported.
pub(super) fn address(
    context: &mut Context<'_>,
    text: &Spanned<Text>,
    path: &str,
    object: &ObjectRef,
) -> Option<IpAddr> {
    let ip = text.value.trim().parse().ok();
    if ip.is_none() {
        let found = context.finding(codes::INVALID_IP, text.span, object).arg("path", path);
        context.note(found.arg("value", &*text.value));
    }
    ip
}

/// An address that is of IPv4; one of IPv6 is none, and told by who knows what that means.
pub(super) fn address4(
    context: &mut Context<'_>,
    text: &Spanned<Text>,
    path: &str,
    object: &ObjectRef,
) -> Option<Ipv4Addr> {
    match address(context, text, path, object)? {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(_) => None,
    }
}

/// A network of IPv4, its address as it is written; a bad one is reported, one of IPv6 is none.
pub(super) fn network(
    context: &mut Context<'_>,
    text: &Spanned<Text>,
    path: &str,
    object: &ObjectRef,
) -> Option<Ipv4Net> {
    match text.value.trim().parse::<IpNet>() {
        Ok(IpNet::V4(net)) => Some(net),
        Ok(IpNet::V6(_)) => None,
        Err(_) => {
            let found = context.finding(codes::INVALID_CIDR, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
            None
        }
    }
}
