//! Processes of a Scenario's machines that go on elsewhere with what they take, as nginx or HAProxy do before node ports.

use super::machine::{MOST, socket};
use super::report::{address, too_many};
use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::model::{Announces, Balancing, HostSocket, Onward, ProxyProtocol};
use crate::diagnostic::codes;
use crate::manifest::objects::{List, ScenarioProxy, Text};
use crate::origin::{ObjectRef, Spanned};
use std::net::SocketAddr;
use std::sync::Arc;

/// Words for ways of spreading connections: ours, and those of nginx and HAProxy.
const WORDS: [(&str, Balancing); 8] = [
    ("round-robin", Balancing::RoundRobin),
    ("roundrobin", Balancing::RoundRobin),
    // Whoever has the fewest connections: in a world where they end at once, one after the other.
    ("least-conn", Balancing::RoundRobin),
    ("leastconn", Balancing::RoundRobin),
    ("random", Balancing::Random),
    ("source", Balancing::Source),
    ("ip-hash", Balancing::Source),
    ("hash", Balancing::Source),
];

/// `proxy`: their sockets are added to those that `listen` names; of two for one port the proxy is meant.
pub(in crate::cluster) fn proxies(
    context: &mut Context<'_>,
    object: &ObjectRef,
    path: &str,
    list: &List<ScenarioProxy>,
    sockets: &mut Vec<HostSocket>,
) {
    for (index, entry) in list.iter().enumerate() {
        let (of, field) = (&entry.value, format!("{path}.proxy[{index}]"));
        if index >= MOST {
            too_many(context, object, entry.span, &format!("{path}.proxy"), MOST);
            break;
        }
        let Some(listen) = &of.listen else {
            let found = context.finding(codes::MISSING_FIELD, context.first_line(entry.span), object);
            context.note(found.arg("path", format!("{field}.listen")));
            continue;
        };
        let Some(mut socket) = socket(context, object, &format!("{field}.listen"), listen) else { continue };
        let to: Vec<SocketAddr> = servers(context, object, &field, &of.to);
        if to.is_empty() {
            if of.to.is_empty() {
                let found = context.finding(codes::MISSING_FIELD, context.first_line(entry.span), object);
                context.note(found.arg("path", format!("{field}.to")));
            }
            continue;
        }
        let by = of.algorithm.as_ref().map_or(Some(Balancing::RoundRobin), |word| {
            let written = word.value.trim().to_ascii_lowercase().replace('_', "-");
            WORDS.iter().find(|(known, _)| *known == written).map(|(_, by)| *by)
        });
        let by = by.unwrap_or_else(|| {
            let (span, word) = of.algorithm.as_ref().map_or((entry.span, ""), |word| (word.span, &*word.value));
            let found = context.finding(codes::INVALID_CHOICE, span, object);
            let found = found.arg("path", format!("{field}.algorithm")).arg("value", word);
            context.note(found.arg("expected", "round-robin, random, source"));
            Balancing::RoundRobin
        });
        let said = |name: &str, span| Because {
            object: Some(object.clone()),
            field: Some(Arc::from(format!("{field}.{name}"))),
            location: context.at(span),
        };
        let accepts = of.accept_proxy_protocol.as_ref().filter(|flag| flag.value);
        let accepts = accepts.map(|flag| said("acceptProxyProtocol", flag.span));
        let announces = of.proxy_protocol.as_ref().and_then(|word| {
            let version = announced(&word.value)?;
            Some(Announces { version, ports: None, because: said("proxyProtocol", word.span) })
        });
        if let Some(word) = of.proxy_protocol.as_ref().filter(|_| announces.is_none()) {
            let found = context.finding(codes::INVALID_CHOICE, word.span, object);
            let found = found.arg("path", format!("{field}.proxyProtocol")).arg("value", &*word.value);
            context.note(found.arg("expected", "v1, v2"));
        }
        socket.onward = Some(Onward { to: Arc::from(to), by, announces, accepts });
        let same = |other: &HostSocket| {
            (other.protocol, other.port, other.address) == (socket.protocol, socket.port, socket.address)
        };
        match sockets.iter_mut().find(|other| same(other)) {
            Some(other) if other.onward.is_some() => {
                let first = other.because.field.as_deref().unwrap_or_default().to_owned();
                let found = context.finding(codes::DUPLICATE_VALUE, listen.span, object);
                let found = found.arg("path", format!("{field}.listen")).arg("value", socket.port.to_string());
                context.note(found.arg("first", first));
            }
            Some(other) => *other = socket,
            None => sockets.push(socket),
        }
    }
}

/// The form of the PROXY protocol that a word names: ours, and those of HAProxy.
fn announced(word: &str) -> Option<ProxyProtocol> {
    match word.trim().to_ascii_lowercase().as_str() {
        "v1" | "1" | "send-proxy" => Some(ProxyProtocol::V1),
        "v2" | "2" | "send-proxy-v2" => Some(ProxyProtocol::V2),
        _ => None,
    }
}

/// `ADDRESS:PORT` of each server; what is none is reported.
fn servers(context: &mut Context<'_>, object: &ObjectRef, field: &str, list: &List<Text>) -> Vec<SocketAddr> {
    let mut all = Vec::new();
    for (at, text) in list.iter().enumerate() {
        let part = format!("{field}.to[{at}]");
        if at >= MOST {
            too_many(context, object, text.span, &format!("{field}.to"), MOST);
            break;
        }
        let written = text.value.trim();
        let (host, number) = written.rsplit_once(':').unwrap_or((written, ""));
        let Some(port) = number.parse::<u16>().ok().filter(|port| *port > 0) else {
            let found = context.finding(codes::INVALID_PORT, text.span, object);
            context.note(found.arg("path", part).arg("value", written));
            continue;
        };
        let host = Spanned { value: Text::from(host), span: text.span };
        all.extend(address(context, &host, &part, object).map(|ip| SocketAddr::new(ip, port)));
    }
    all
}
