//! `extraPortMappings` of kind's configuration.

use super::probes::to;
use super::search::{Change, Search};
use crate::trace::fix::kind::FixKind;
use crate::trace::why::mapping::{self, Called};
use kernel::packet::Protocol;
use kubernetes::edit::Content;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Node ports that are tried at most.
const MOST: usize = 8;

/// `dialled`: where the probe went, before any mapping.
pub(super) fn changes(search: &mut Search<'_>, dialled: Option<SocketAddr>) {
    let (model, protocol) = (search.model, search.protocol);
    let Some(dialled) = dialled else { return };
    let Some(Called { host, own }) = mapping::called(model, &search.journey.probe.from, dialled) else { return };
    let port = dialled.port();
    let all: BTreeSet<(bool, u16)> =
        mapping::node_ports(model, protocol).map(|(.., own)| (own.0 != port, own.0)).collect();
    let inner: Vec<u16> = all.into_iter().map(|(_, own)| own).take(MOST).collect();
    if dialled.ip().is_loopback() && !own {
        let text = to(search, search.text.to.replacen("localhost", &host.ip.to_string(), 1));
        search.probe(FixKind::UseTo, text);
    }
    if let Some(mapped) = mapping::of(model, host, port, protocol) {
        if let Some(target) = mapped.field(model, "containerPort") {
            for own in &inner {
                search.set(target.clone(), Content::Int(i64::from(*own)));
            }
        }
        if let Some(listen) =
            mapped.field(model, "listenAddress").filter(|_| !mapped.published.host_ip.is_unspecified())
        {
            search.remove(listen.clone());
            search.set(listen, Content::text("0.0.0.0"));
        }
        return;
    }
    // Where the same is mapped already.
    let there = host.containers.iter().flat_map(|container| &container.ports);
    let there = there.filter(|own| own.protocol == protocol && own.container_port.0 == port).take(MOST);
    for own in there {
        let host = search.text.to.rsplit_once(':').map_or(&*search.text.to, |(host, _)| host);
        let text = to(search, format!("{host}:{}", own.host_port));
        search.probe(FixKind::UseTo, text);
    }
    let Some(field) = mapping::mappings_field(model) else { return };
    for own in inner {
        let numbers = [("containerPort", i64::from(own)), ("hostPort", i64::from(port))];
        let mut entry: Vec<_> = numbers.map(|(key, number)| (key.into(), Content::Int(number))).into();
        if protocol != Protocol::Tcp {
            entry.push(("protocol".into(), Content::text(&protocol.to_string().to_uppercase())));
        }
        let entry = Content::Map(entry);
        let nodes = mapping::config(model).is_some_and(|config| config.value.nodes.is_empty());
        let change = if nodes {
            let node = vec![
                ("role".into(), Content::text("control-plane")),
                ("extraPortMappings".into(), Content::List(vec![entry])),
            ];
            Change::Set(field.clone(), Content::List(vec![Content::Map(node)]))
        } else if field_is_there(search, &field) {
            Change::Push(field.clone(), entry)
        } else {
            Change::Set(field.clone(), Content::List(vec![entry]))
        };
        search.several(vec![change]);
    }
}

/// Whether the list of mappings is there already.
fn field_is_there(search: &Search<'_>, field: &crate::trace::why::Field) -> bool {
    let Some(config) = mapping::config(search.model) else { return false };
    let path = field.path.to_string();
    let mut nodes = config.value.nodes.iter().enumerate();
    nodes.any(|(at, node)| {
        path == format!("nodes[{at}].extraPortMappings") && !node.value.extra_port_mappings.is_empty()
    })
}
