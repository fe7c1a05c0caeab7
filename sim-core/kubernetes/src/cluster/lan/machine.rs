//! What a Scenario says of one machine: what listens on it, its routes, and whom it asks for names.

use super::report::{address, ipv6, too_many};
use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::model::{HostRoute, HostSocket};
use crate::diagnostic::codes;
use crate::manifest::objects::{List, ScenarioRoute, ScenarioSocket, Text};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::{IpNet, Ipv4Net};
use kernel::packet::{Port, Protocol};
use std::net::IpAddr;
use std::sync::Arc;

/// Entries of one list of one machine at most.
pub(super) const MOST: usize = 256;

fn because(context: &Context<'_>, object: &ObjectRef, field: &str, span: Span) -> Because {
    Because { object: Some(object.clone()), field: Some(Arc::from(field)), location: context.at(span) }
}

/// `listen`: sockets on every address, or on one.
pub(in crate::cluster) fn sockets(
    context: &mut Context<'_>,
    object: &ObjectRef,
    path: &str,
    list: &List<ScenarioSocket>,
) -> Vec<HostSocket> {
    let mut all: Vec<HostSocket> = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let field = format!("{path}.listen[{index}]");
        if all.len() >= MOST {
            too_many(context, object, entry.span, &format!("{path}.listen"), MOST);
            break;
        }
        let Some(socket) = socket(context, object, &field, entry) else { continue };
        let same = |other: &HostSocket| {
            (other.protocol, other.port, other.address) == (socket.protocol, socket.port, socket.address)
        };
        if !all.iter().any(same) {
            all.push(socket);
        }
    }
    all
}

/// One of `listen`, or the `listen` of a proxy.
pub(super) fn socket(
    context: &mut Context<'_>,
    object: &ObjectRef,
    field: &str,
    entry: &Spanned<ScenarioSocket>,
) -> Option<HostSocket> {
    let of = &entry.value;
    let Some(number) = of.short.as_ref().or(of.port.as_ref()) else {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(entry.span), object);
        context.note(found.arg("path", format!("{field}.port")));
        return None;
    };
    let Some(port) = number.value.trim().parse().ok().filter(|port| *port > 0).map(Port) else {
        let found = context.finding(codes::INVALID_PORT, number.span, object);
        context.note(found.arg("path", field).arg("value", &*number.value));
        return None;
    };
    let protocol = match of.protocol.as_ref().map(|text| text.value.to_ascii_uppercase()).as_deref() {
        None | Some("TCP") => Protocol::Tcp,
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        Some(other) => {
            let span = of.protocol.as_ref().map_or(entry.span, |text| text.span);
            let found = context.finding(codes::INVALID_CHOICE, span, object);
            let found = found.arg("path", format!("{field}.protocol")).arg("value", other);
            context.note(found.arg("expected", "TCP, UDP, SCTP"));
            return None;
        }
    };
    let everywhere = |text: &&Spanned<Text>| !matches!(text.value.trim(), "" | "0.0.0.0" | "::" | "*");
    let bound = match of.address.as_ref().filter(everywhere) {
        None => None,
        Some(text) => match address(context, text, &format!("{field}.address"), object) {
            Some(ip) => Some(ip),
            None => return None,
        },
    };
    let because = because(context, object, field, entry.span);
    Some(HostSocket { protocol, port, address: bound, onward: None, because })
}

/// `routes`. A next hop has to be on a segment of the machine: the kernel takes no other.
pub(in crate::cluster) fn routes(
    context: &mut Context<'_>,
    object: &ObjectRef,
    path: &str,
    list: &List<ScenarioRoute>,
    on: impl Fn(IpAddr) -> bool,
) -> Vec<HostRoute> {
    let mut all: Vec<HostRoute> = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let (of, field) = (&entry.value, format!("{path}.routes[{index}]"));
        if all.len() >= MOST {
            too_many(context, object, entry.span, &format!("{path}.routes"), MOST);
            break;
        }
        let (Some(to), Some(via)) = (&of.to, &of.via) else {
            let missing = if of.to.is_none() { "to" } else { "via" };
            let found = context.finding(codes::MISSING_FIELD, context.first_line(entry.span), object);
            context.note(found.arg("path", format!("{field}.{missing}")));
            continue;
        };
        let Some(to) = destination(context, to, &format!("{field}.to"), object) else { continue };
        let Some(hop) = address(context, via, &format!("{field}.via"), object) else { continue };
        if !on(hop) {
            let found = context.finding(codes::SCENARIO_VIA, via.span, object);
            context.note(found.arg("path", format!("{field}.via")).arg("via", hop.to_string()));
            continue;
        }
        // `ip route add` refuses a second one to the same network.
        if let Some(first) = all.iter().find(|other| other.to == to) {
            let first = first.because.field.as_deref().unwrap_or_default().to_owned();
            let found = context.finding(codes::DUPLICATE_VALUE, entry.span, object).arg("path", format!("{field}.to"));
            context.note(found.arg("value", to.to_string()).arg("first", format!("{first}.to")));
            continue;
        }
        let because = because(context, object, &field, entry.span);
        all.push(HostRoute { to, via: hop, because });
    }
    all
}

/// A network as `ip route` takes it: `default`, a CIDR, or an address.
fn destination(context: &mut Context<'_>, text: &Spanned<Text>, path: &str, object: &ObjectRef) -> Option<IpNet> {
    let words = text.value.trim();
    let net = match words {
        "default" => Some(IpNet::V4(Ipv4Net::default())),
        _ => words.parse::<IpNet>().ok().or_else(|| words.parse::<IpAddr>().ok().map(IpNet::from)),
    };
    match net {
        Some(IpNet::V4(net)) => Some(IpNet::V4(net.trunc())),
        Some(IpNet::V6(_)) => {
            ipv6(context, text.span, path, object);
            None
        }
        None => {
            let found = context.finding(codes::INVALID_CIDR, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
            None
        }
    }
}

/// `resolv`: name servers.
pub(in crate::cluster) fn resolvers(
    context: &mut Context<'_>,
    object: &ObjectRef,
    path: &str,
    list: &List<Text>,
) -> Vec<IpAddr> {
    let texts = list.iter().enumerate().take(MOST);
    texts.filter_map(|(at, text)| address(context, text, &format!("{path}.resolv[{at}]"), object)).collect()
}
