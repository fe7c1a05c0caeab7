//! Target ports, the ports that containers declare, and their protocols.

use super::search::{Search, below};
use crate::trace::why::Field;
use crate::trace::why::input::{Maker, makers};
use kernel::packet::Protocol;
use kubernetes::cluster::model::{PodId, ServiceId, TargetPort};
use kubernetes::edit::Content;
use std::collections::BTreeSet;

pub(super) fn changes(search: &mut Search<'_>, id: ServiceId, index: Option<usize>) {
    let Some(service) = search.service(id).filter(|service| !service.origin.assumed) else { return };
    let Some(document) = search.document(&service.origin.object) else { return };
    let indexes: Vec<usize> = index.map_or_else(|| (0..service.ports.len()).collect(), |index| vec![index]);
    let pods: Vec<PodId> = (0u32..)
        .map(PodId)
        .zip(&search.model.cluster.pods)
        .filter(|(_, pod)| {
            pod.name.namespace == service.name.namespace
                && !service.selector.is_empty()
                && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
        })
        .map(|(id, _)| id)
        .take(20)
        .collect();
    let mut heard: BTreeSet<(u16, Protocol)> = BTreeSet::new();
    for pod in &pods {
        let Some(netns) = search.model.site.pods.get(pod) else { continue };
        let sockets = &search.model.site.network.netns(*netns).sockets;
        heard.extend(sockets.iter().map(|socket| (socket.port.0, socket.protocol)).take(20));
    }
    let mut origins: Vec<_> = pods.iter().filter_map(|pod| search.pod(*pod)).map(|pod| &pod.origin.object).collect();
    origins.dedup();
    let mut of: Vec<Maker<'_>> = makers(search.model).filter(|maker| origins.contains(&maker.object)).take(4).collect();
    if of.is_empty() {
        of = makers(search.model).filter(|maker| maker.has(&service.selector)).take(2).collect();
    }
    for at in indexes {
        let Some(port) = service.ports.get(at) else { continue };
        let entry = Field::new(&service.origin.object, format!("spec.ports[{at}]").as_str());
        let target = below(&entry, "targetPort");
        let written = document.value.spec.ports.get(at).and_then(|port| port.value.target_port.as_ref());
        for (number, _) in heard.iter().filter(|(_, protocol)| *protocol == port.protocol) {
            search.set(target.clone(), Content::Int(i64::from(*number)));
        }
        if written.is_some() {
            search.remove(target.clone());
        }
        let other: BTreeSet<Protocol> = heard.iter().map(|(_, protocol)| *protocol).collect();
        for protocol in other.into_iter().filter(|protocol| *protocol != port.protocol) {
            let word = protocol.to_string().to_uppercase();
            search.set(below(&entry, "protocol"), Content::text(&word));
        }
        for maker in &of {
            declared(search, maker, &port.target_port, port.protocol, &target);
        }
    }
}

/// What the containers declare, made to fit the Service, or the Service made to fit it.
fn declared(search: &mut Search<'_>, maker: &Maker<'_>, wanted: &TargetPort, protocol: Protocol, target: &Field) {
    let word = protocol.to_string().to_uppercase();
    for (at, container) in maker.spec.containers.iter().enumerate() {
        for (index, port) in container.ports.iter().enumerate() {
            let entry = maker.field(&format!("spec.containers[{at}].ports[{index}]"));
            let says = port.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value);
            let name = port.name.as_ref().map(|name| name.value.clone());
            let number = port.container_port.as_ref().map(|number| number.value);
            if let Some(name) = &name {
                search.set(target.clone(), Content::Text(name.clone()));
            } else if let Some(number) = number {
                search.set(target.clone(), Content::Int(number));
            }
            if says != word {
                let leaf = below(&entry, "protocol");
                if word == "TCP" {
                    search.remove(leaf.clone());
                }
                search.set(leaf, Content::text(&word));
            }
            match wanted {
                TargetPort::Name(wanted) if name.as_ref() != Some(wanted) => {
                    search.set(below(&entry, "name"), Content::Text(wanted.clone()));
                }
                // Another `containerPort` only says something else: the process goes on listening where it does.
                _ => {}
            }
        }
    }
}
