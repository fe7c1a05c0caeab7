//! Ports that Compose files publish.

use super::probes::to;
use super::search::{Change, Search};
use crate::trace::fix::kind::FixKind;
use crate::trace::why::Field;
use kernel::packet::Protocol;
use kubernetes::cluster::model::docker::{Container, Published, field_path};
use kubernetes::edit::Content;
use kubernetes::manifest::objects::{ComposePort, Object};
use std::net::{IpAddr, SocketAddr};

/// Ports that are tried at most.
const MOST: usize = 8;

/// `dialled`: where the probe went, before any translation.
pub(super) fn changes(search: &mut Search<'_>, dialled: Option<SocketAddr>) {
    let (model, protocol) = (search.model, search.protocol);
    let Some(dialled) = dialled else { return };
    let called = |ip: IpAddr| ip == dialled.ip() || dialled.ip().is_loopback();
    let Some(host) = model.cluster.docker.iter().find(|host| called(host.ip)) else { return };
    let containers = || host.containers.iter().filter(|of| of.node.is_none() && !of.origin.assumed);
    let mut there = containers().flat_map(|of| of.ports.iter().map(move |own| (of, own)));
    let asked = there.find(|(_, own)| own.host_port.0 == dialled.port() && own.protocol == protocol);
    if let Some((container, own)) = asked {
        one(search, container, own);
        return;
    }
    // Published by another number.
    let inner = |own: &&Published| own.protocol == protocol && own.container_port.0 == dialled.port();
    for own in containers().flat_map(|of| &of.ports).filter(inner).take(MOST) {
        let name = search.text.to.rsplit_once(':').map_or(&*search.text.to, |(name, _)| name);
        let text = to(search, format!("{name}:{}", own.host_port));
        search.probe(FixKind::UseTo, text);
    }
    // Not published at all: who listens on that port, else who listens.
    let mut inside: Vec<(bool, &Container, u16)> = containers()
        .filter(|of| of.number <= 1 && !of.attachments().is_empty())
        .flat_map(|of| {
            let sockets = of.listening.sockets.iter().filter(|own| own.protocol == protocol);
            sockets.map(move |own| (own.port.0 != dialled.port(), of, own.port.0))
        })
        .collect();
    inside.sort_by_key(|(other, ..)| *other);
    let exact = inside.iter().any(|(other, ..)| !other);
    for (_, of, port) in inside.into_iter().filter(|(other, ..)| !exact || !other).take(MOST) {
        let path = field_path(&of.origin.object, "services", &of.service, "ports");
        let field = Field { at: of.origin.location.clone(), ..Field::new(&of.origin.object, path.as_str()) };
        let entry = Content::text(&short(dialled.port(), port, protocol));
        let change = match of.ports.is_empty() {
            true => Change::Set(field, Content::List(vec![entry])),
            false => Change::Push(field, entry),
        };
        search.several(vec![change]);
    }
}

/// A port that is published, for another address or to where nothing listens.
fn one(search: &mut Search<'_>, container: &Container, own: &Published) {
    let Some(written) = written(search, container, own) else { return };
    let field = |part: &str| {
        let path = format!("{}{part}", own.field);
        Field { at: own.location.clone(), ..Field::new(&container.origin.object, path.as_str()) }
    };
    let long = written.short.is_none();
    let single = written.short.as_ref().is_none_or(|text| !text.value.contains('-'));
    if !own.host_ip.is_unspecified() {
        let address = search.text.to.rsplit_once(':').map(|(_, port)| format!("{}:{port}", own.host_ip));
        if let Some(address) = address {
            let text = to(search, address);
            search.probe(FixKind::UseTo, text);
        }
        if long {
            search.remove(field(".host_ip"));
        } else if single {
            search.set(field(""), Content::text(&short(own.host_port.0, own.container_port.0, own.protocol)));
        }
    }
    let sockets = container.listening.sockets.iter().filter(|socket| socket.protocol == own.protocol);
    let inside: Vec<u16> = sockets.map(|socket| socket.port.0).take(MOST).collect();
    for port in inside.into_iter().filter(|port| *port != own.container_port.0) {
        if long {
            search.set(field(".target"), Content::Int(i64::from(port)));
        } else if single {
            let ip = own.host_ip;
            let address = if ip.is_unspecified() { String::new() } else { format!("{ip}:") };
            let text = short(own.host_port.0, port, own.protocol);
            search.set(field(""), Content::text(&format!("{address}{text}")));
        }
    }
}

/// `PUBLISHED:TARGET`, with the protocol where it is not TCP.
fn short(outer: u16, inner: u16, protocol: Protocol) -> String {
    match protocol {
        Protocol::Tcp => format!("{outer}:{inner}"),
        other => format!("{outer}:{inner}/{other}"),
    }
}

/// The entry of a port as it was written.
fn written<'m>(search: &Search<'m>, container: &Container, own: &Published) -> Option<&'m ComposePort> {
    let document = search.model.parsed.objects.iter().find_map(|object| match object {
        Object::Compose(document) if document.object == container.origin.object => Some(document),
        _ => None,
    })?;
    let at = own.field.rsplit_once('[')?.1.trim_end_matches(']').parse::<usize>().ok()?;
    let service = document.value.services.0.iter().find(|(name, _)| *name == container.service)?;
    service.1.value.ports.get(at).map(|port| &port.value)
}
