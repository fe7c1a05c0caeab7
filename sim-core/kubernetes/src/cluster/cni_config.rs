//! What a CNI configuration of the input says to the plugin that wires Pods, and to `portmap`.

use super::calico::CalicoConfig;
use super::calico_config;
use super::context::Context;
use super::network_config::{BRIDGE, FlannelConfig, MARK_BIT, NetworkConfig, PortMap, RuleBackend, Wiring};
use super::plugin::Cni;
use crate::assumption::{About, codes as assumed};
use crate::diagnostic::codes::{self, CodeInfo};
use crate::manifest::objects::{CniConfig, CniPlugin, Document, Object};
use crate::manifest::scalars;
use crate::origin::Spanned;
use ipnet::IpNet;
use kernel::packet::Mac;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// flannel's own plugin.
const FLANNEL: &str = "flannel";
/// MTU of a device that nobody tells another, in bytes.
const MTU: u32 = 1500;
/// The plugin that it hands on to.
const DELEGATE: &str = "bridge";

/// The settings of the first configuration in the input that calls the plugin; those of flannel are for the bridge it hands on to.
pub(super) fn decide(context: &mut Context<'_>, cni: Cni) -> NetworkConfig {
    let parsed = context.parsed;
    let configs = parsed.objects.iter().filter_map(|object| match object {
        Object::CniConfig(document) => Some(document),
        _ => None,
    });
    let mut found = None;
    for document in configs {
        found = found.or_else(|| of(context, document, cni));
    }
    let unsaid = || NetworkConfig { network: Arc::from(cni.info().network), ..NetworkConfig::default() };
    let calico = calico_config::decide(context, cni);
    NetworkConfig { flannel: flannel(context), calico, ..found.unwrap_or_else(unsaid) }
}

/// What flannel's daemons are told, and what they noted.
fn flannel(context: &mut Context<'_>) -> FlannelConfig {
    FlannelConfig { macs: macs(context), ..net_conf(context) }
}

/// `VtepMAC` of the annotations that flannel's daemons leave on Nodes.
fn macs(context: &Context<'_>) -> BTreeMap<Arc<str>, Mac> {
    let of = |object: &Object| {
        let Object::Node(document) = object else { return None };
        let data = document.value.metadata.annotations.get("flannel.alpha.coreos.com/backend-data")?;
        let (_, said) = data.split_once("\"VtepMAC\"")?;
        let mac = said.split('"').nth(1)?;
        Some((document.object.name.clone(), mac_of(mac)?))
    };
    context.parsed.objects.iter().filter_map(of).collect()
}

/// Six hexadecimal numbers with colons between.
fn mac_of(text: &str) -> Option<Mac> {
    let bytes: Vec<u8> = text.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<_, _>>().ok()?;
    Some(Mac(bytes.try_into().ok()?))
}

/// What the first `net-conf.json` says, as far as it is understood. What is out of its range is told, and the default is taken.
fn net_conf(context: &mut Context<'_>) -> FlannelConfig {
    let parsed = context.parsed;
    let maps = parsed.objects.iter().filter_map(|object| match object {
        Object::ConfigMap(document) => Some(document),
        _ => None,
    });
    let Some((of, text)) = maps.filter_map(|map| Some((&map.object, map.value.data.get("net-conf.json")?))).next()
    else {
        return FlannelConfig::default();
    };
    let inner = scalars(parsed, text);
    let find = |path: &str| inner.iter().find(|scalar| scalar.path.eq_ignore_ascii_case(path));
    let mut number = |path: &str, most: u32| {
        let said = find(path)?;
        let known = said.value.parse().ok().filter(|value| (1..=most).contains(value));
        if known.is_none() {
            let found = context.finding(codes::OUT_OF_RANGE, said.span, of);
            context.report(found.arg("path", format!("net-conf.json: {path}")).arg("value", said.value.to_string()));
        }
        known
    };
    let unsaid = FlannelConfig::default();
    let vni = number("Backend.VNI", (1 << 24) - 1).unwrap_or(unsaid.vni);
    let port = number("Backend.Port", 65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(unsaid.port);
    FlannelConfig {
        vni,
        port,
        direct_routing: find("Backend.DirectRouting").is_some_and(|said| said.value.eq_ignore_ascii_case("true")),
        macs: BTreeMap::new(),
        object: Some(of.clone()),
        location: context.at(text.span),
    }
}

/// Plugins of a chain that change no way of a packet: what they do is done elsewhere, or is about rates.
const HARMLESS: [&str; 4] = ["portmap", "firewall", "bandwidth", "loopback"];

fn of(context: &mut Context<'_>, document: &Document<CniConfig>, cni: Cni) -> Option<NetworkConfig> {
    let config = &document.value;
    let is = |kind: &Option<Spanned<Arc<str>>>, name: &str| kind.as_ref().is_some_and(|kind| &*kind.value == name);
    let plugin = |name: &str| config.plugins.iter().find(|plugin| is(&plugin.value.kind, name));
    let types = cni.info().config_types;
    let delegates = types.contains(&DELEGATE);
    let alone = config.alone();
    let (own, hairpin) = match (types.iter().find_map(|name| plugin(name)), plugin(FLANNEL).filter(|_| delegates)) {
        (Some(own), _) if is(&own.value.kind, FLANNEL) => (&own.value, own.value.delegate.hairpin_mode.as_ref()),
        (Some(own), _) => (&own.value, own.value.hairpin_mode.as_ref()),
        (None, Some(flannel)) => (&flannel.value, flannel.value.delegate.hairpin_mode.as_ref()),
        (None, None) if types.iter().any(|name| is(&config.kind, name)) => (&alone, config.hairpin_mode.as_ref()),
        (None, None) => return None,
    };
    for chained in config.plugins.iter().filter_map(|plugin| plugin.value.kind.as_ref()) {
        let known = own.kind.as_ref().is_some_and(|own| own.value == chained.value);
        if !known && !HARMLESS.contains(&&*chained.value) {
            let made = assumed::CNI_CHAINED.made().arg("plugin", chained.value.to_string()).about(About::PodNetwork);
            context.assume(made.because_at(document.object.clone(), "plugins.type", context.at(chained.span)));
        }
    }
    // Other bridges' Pods are kept out by rules of its own.
    let kept_out = plugin("firewall").and_then(|plugin| plugin.value.ingress_policy.as_ref());
    if let Some(policy) = kept_out.filter(|policy| !matches!(&*policy.value, "" | "open")) {
        let named = format!("firewall (ingressPolicy {})", policy.value);
        let made = assumed::CNI_CHAINED.made().arg("plugin", named).about(About::PodNetwork);
        context.assume(made.because_at(document.object.clone(), "plugins.ingressPolicy", context.at(policy.span)));
    }
    let wiring = match &own.kind {
        // Flannel's plugin says to `bridge` what its daemon says to it, unless `delegate` says that.
        Some(kind) if &*kind.value == FLANNEL => {
            let said = own.delegate.mtu.as_ref();
            // A key that is there counts, and `bridge` takes 0 for the kernel's own.
            let mtu =
                said.and_then(
                    |said| if said.value == 0 { Some(MTU) } else { mtu(context, document, said, "delegate.mtu") },
                );
            Wiring { mtu, ..Wiring::default() }
        }
        _ => wiring(context, document, own),
    };
    let admin = plugin("firewall").map(|plugin| {
        let named = plugin.value.iptables_admin_chain_name.clone().filter(|name| !name.is_empty());
        named.unwrap_or_else(|| Arc::from("CNI-ADMIN"))
    });
    let portmap = plugin("portmap").map(|plugin| portmap(context, document, &plugin.value));
    Some(NetworkConfig {
        network: config.name.as_ref().map_or_else(|| Arc::from(cni.info().network), |name| name.value.clone()),
        // A configuration that does not say so means false, as the plugin takes it.
        hairpin: hairpin.is_some_and(|hairpin| hairpin.value),
        hairpin_at: context.at(hairpin.map_or(document.span, |hairpin| hairpin.span)),
        portmap,
        wiring: Wiring { firewall: admin, ..wiring },
        flannel: FlannelConfig::default(),
        calico: CalicoConfig::default(),
        object: Some(document.object.clone()),
        location: context.at(document.span),
    })
}

/// An MTU that a plugin is told, in bytes; one that no device takes is reported.
fn mtu(context: &mut Context<'_>, document: &Document<CniConfig>, said: &Spanned<i64>, path: &str) -> Option<u32> {
    let known = u32::try_from(said.value).ok().filter(|mtu| (68..=65_535).contains(mtu));
    if known.is_none() {
        let found = context.finding(codes::OUT_OF_RANGE, said.span, &document.object);
        context.report(found.arg("path", format!("plugins.{path}")).arg("value", said.value.to_string()));
    }
    known
}

/// What `bridge` and `ptp` are told. What they are not told is off, as the plugins take it.
fn wiring(context: &mut Context<'_>, document: &Document<CniConfig>, plugin: &CniPlugin) -> Wiring {
    let own = plugin.mtu.as_ref().filter(|mtu| mtu.value != 0);
    let mtu = own.and_then(|said| mtu(context, document, said, "mtu"));
    let mut report = |found: CodeInfo, span, path: &str, value: String| {
        let found = context.finding(found, span, &document.object);
        context.report(found.arg("path", format!("plugins.{path}")).arg("value", value));
    };
    let mut routes = Vec::new();
    for route in plugin.ipam.routes.iter().map(|route| &route.value) {
        let Some(dst) = &route.dst else { continue };
        let Ok(net) = dst.value.parse::<IpNet>() else {
            report(codes::INVALID_CIDR, dst.span, "ipam.routes.dst", dst.value.to_string());
            continue;
        };
        let via = route.gw.as_ref().and_then(|gw| {
            let ip = gw.value.parse::<IpAddr>();
            if ip.is_err() {
                report(codes::INVALID_IP, gw.span, "ipam.routes.gw", gw.value.to_string());
            }
            ip.ok()
        });
        if net.addr().is_ipv4() {
            routes.push((net.trunc(), via));
        }
    }
    let bridge = plugin.bridge.clone().filter(|name| !name.is_empty());
    Wiring {
        bridge: bridge.unwrap_or_else(|| Arc::from(BRIDGE)),
        gateway: plugin.is_gateway || plugin.is_default_gateway,
        default_route: plugin.is_default_gateway,
        masquerade: plugin.ip_masq.then(|| backend(plugin.ip_masq_backend.as_deref())),
        promiscuous: plugin.promisc_mode,
        mtu,
        routes: Some(routes),
        firewall: None,
    }
}

/// What a plugin writes rules with. Where nothing is said it is iptables, on a machine that has it.
fn backend(said: Option<&str>) -> RuleBackend {
    if said == Some("nftables") { RuleBackend::Nftables } else { RuleBackend::Iptables }
}

fn portmap(context: &mut Context<'_>, document: &Document<CniConfig>, plugin: &CniPlugin) -> PortMap {
    let bit = plugin.mark_masq_bit.as_ref().and_then(|bit| {
        let known = u32::try_from(bit.value).ok().filter(|bit| *bit < 32);
        if known.is_none() {
            let found = context.finding(codes::OUT_OF_RANGE, bit.span, &document.object);
            context.report(found.arg("path", "plugins.markMasqBit").arg("value", bit.value.to_string()));
        }
        known
    });
    PortMap {
        backend: backend(plugin.backend.as_deref()),
        snat: plugin.snat.unwrap_or(true),
        mark: 1 << bit.unwrap_or(MARK_BIT),
        external_set_mark_chain: plugin.external_set_mark_chain.clone().filter(|chain| !chain.is_empty()),
        conditions: plugin.conditions_v4.clone(),
    }
}
