//! Endpoints: as given in slices, or as the endpoint controller makes them.

mod given;
mod near;
mod report;
mod select;

use super::context::{Context, name_of};
use super::model::{NamespacedName, Node, Pod, PodId, PortEndpoints, Service, Settings};
use crate::manifest::objects::{self, Document, Object};
use given::{from_endpoints, from_slices};
use kernel::packet::Protocol;
use select::selected;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// True when every selector label is on the Pod.
fn selects(service: &Service, pod: &Pod) -> bool {
    !service.selector.is_empty()
        && service.name.namespace == pod.name.namespace
        && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

/// Slices and Endpoints of the input by Service.
#[derive(Default)]
struct Given<'p> {
    slices: Vec<&'p Document<objects::EndpointSlice>>,
    endpoints: Vec<&'p Document<objects::Endpoints>>,
}

/// The endpoints of every Service, by port, in the order of `services`.
pub(super) fn decide(
    context: &mut Context<'_>,
    settings: &Settings,
    nodes: &[Node],
    services: &[Service],
    pods: &[Pod],
) -> Vec<Vec<PortEndpoints>> {
    let parsed = context.parsed;
    let mut given: BTreeMap<(Arc<str>, Arc<str>), Given<'_>> = BTreeMap::new();
    for object in &parsed.objects {
        match object {
            Object::EndpointSlice(document) => {
                let namespace = name_of(&document.object).namespace;
                if let Some(service) = document.value.metadata.labels.get(SERVICE_NAME) {
                    given.entry((namespace, service.clone())).or_default().slices.push(document);
                }
            }
            Object::Endpoints(document) => {
                let name = name_of(&document.object);
                given.entry((name.namespace, name.name)).or_default().endpoints.push(document);
            }
            _ => {}
        }
    }
    let by_ip: BTreeMap<IpAddr, PodId> =
        (0u32..).map(PodId).zip(pods).filter(|(_, pod)| !pod.host_network).map(|(id, pod)| (pod.ip, id)).collect();
    let by_name: BTreeMap<(&str, &str), PodId> =
        (0u32..).map(PodId).zip(pods).map(|(id, pod)| ((&*pod.name.namespace, &*pod.name.name), id)).collect();
    let known = Known { settings, nodes, pods, by_ip, by_name, kinds: OnceCell::new() };
    let mut by_label: BTreeMap<(&str, &str, &str), Vec<PodId>> = BTreeMap::new();
    for (id, pod) in (0u32..).map(PodId).zip(pods) {
        for (key, value) in &pod.labels {
            by_label.entry((&pod.name.namespace, key, value)).or_default().push(id);
        }
    }
    services
        .iter()
        .map(|service| {
            let key = (service.name.namespace.clone(), service.name.name.clone());
            match given.get(&key) {
                Some(found) if !found.slices.is_empty() => from_slices(context, &known, &found.slices),
                Some(found) if !found.endpoints.is_empty() => from_endpoints(context, &known, &found.endpoints),
                _ => {
                    let first = service.selector.first_key_value();
                    let candidates =
                        first.and_then(|(key, value)| by_label.get(&(&*service.name.namespace, &**key, &**value)));
                    selected(context, &known, service, candidates.map_or(&[][..], Vec::as_slice))
                }
            }
        })
        .collect()
}

/// Pods and nodes to link endpoints with.
struct Known<'a> {
    settings: &'a Settings,
    nodes: &'a [Node],
    pods: &'a [Pod],
    by_ip: BTreeMap<IpAddr, PodId>,
    by_name: BTreeMap<(&'a str, &'a str), PodId>,
    kinds: OnceCell<Vec<Kind<'a>>>,
}

type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// All Pods of a namespace that have the same labels.
struct Kind<'a> {
    labels: &'a Labels,
    /// The first by place.
    first: &'a NamespacedName,
    /// The first by name.
    named: &'a NamespacedName,
}

impl<'a> Known<'a> {
    /// Pods by labels, in order of the first of each.
    fn kinds(&self) -> &[Kind<'a>] {
        self.kinds.get_or_init(|| {
            let mut all: Vec<Kind<'a>> = Vec::new();
            let mut by_labels: BTreeMap<_, usize> = BTreeMap::new();
            for pod in self.pods {
                let at = *by_labels.entry((&pod.name.namespace, &pod.labels)).or_insert(all.len());
                match all.get_mut(at) {
                    Some(kind) => kind.named = kind.named.min(&pod.name),
                    None => all.push(Kind { labels: &pod.labels, first: &pod.name, named: &pod.name }),
                }
            }
            all
        })
    }

    fn pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id.0 as usize)
    }

    fn zone(&self, node: &str) -> Option<Arc<str>> {
        let node = self.nodes.iter().find(|candidate| &*candidate.name == node)?;
        node.labels.get("topology.kubernetes.io/zone").cloned()
    }

    fn target(&self, namespace: &str, target: Option<&objects::ObjectReference>, ip: IpAddr) -> Option<PodId> {
        let named = target.filter(|target| target.kind.as_deref().is_none_or(|kind| kind == "Pod"));
        let named = named.and_then(|target| {
            let namespace = target.namespace.as_deref().unwrap_or(namespace);
            self.by_name.get(&(namespace, target.name.as_deref()?)).copied()
        });
        named.or_else(|| self.by_ip.get(&ip).copied())
    }
}

/// The list of one port, made on first use; order is that of first use.
fn list<'a>(lists: &'a mut Vec<PortEndpoints>, name: &Arc<str>, protocol: Protocol) -> Option<&'a mut PortEndpoints> {
    let found = lists.iter().position(|list| list.port_name == *name && list.protocol == Some(protocol));
    let at = found.unwrap_or_else(|| {
        lists.push(PortEndpoints { port_name: name.clone(), protocol: Some(protocol), endpoints: Vec::new() });
        lists.len() - 1
    });
    lists.get_mut(at)
}
