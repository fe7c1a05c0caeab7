//! What endpoints are linked with.

use crate::cluster::model::{NamespacedName, Node, Pod, PodId, PortEndpoints, Service, Settings};
use crate::manifest::objects;
use kernel::packet::Protocol;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// True when every selector label is on the Pod.
pub(super) fn selects(service: &Service, pod: &Pod) -> bool {
    !service.selector.is_empty()
        && service.name.namespace == pod.name.namespace
        && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

/// Pods and nodes to link endpoints with.
pub(super) struct Known<'a> {
    pub(super) settings: &'a Settings,
    pub(super) nodes: &'a [Node],
    pub(super) pods: &'a [Pod],
    pub(super) by_ip: BTreeMap<IpAddr, PodId>,
    pub(super) by_name: BTreeMap<(&'a str, &'a str), PodId>,
    pub(super) by_node: OnceCell<BTreeMap<&'a str, &'a Node>>,
    pub(super) kinds: OnceCell<Vec<Kind<'a>>>,
}

pub(super) type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// All Pods of a namespace that have the same labels.
pub(super) struct Kind<'a> {
    pub(super) labels: &'a Labels,
    /// The first by place.
    pub(super) first: &'a NamespacedName,
    /// The first by name.
    pub(super) named: &'a NamespacedName,
}

impl<'a> Known<'a> {
    /// Pods by labels, in order of the first of each.
    pub(super) fn kinds(&self) -> &[Kind<'a>] {
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

    pub(super) fn pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id.0 as usize)
    }

    pub(super) fn zone(&self, node: &str) -> Option<Arc<str>> {
        let of = |node: &'a Node| (&*node.name, node);
        let by_name = self.by_node.get_or_init(|| self.nodes.iter().rev().map(of).collect());
        by_name.get(node)?.labels.get("topology.kubernetes.io/zone").cloned()
    }

    pub(super) fn target(
        &self,
        namespace: &str,
        target: Option<&objects::ObjectReference>,
        ip: IpAddr,
    ) -> Option<PodId> {
        let named = target.filter(|target| target.kind.as_deref().is_none_or(|kind| kind == "Pod"));
        let named = named.and_then(|target| {
            let namespace = target.namespace.as_deref().unwrap_or(namespace);
            self.by_name.get(&(namespace, target.name.as_deref()?)).copied()
        });
        named.or_else(|| self.by_ip.get(&ip).copied())
    }
}

/// Endpoints by port, in order of their first use.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) all: Vec<PortEndpoints>,
    by_port: BTreeMap<(Arc<str>, Protocol), usize>,
}

/// The list of one port, made on first use.
pub(super) fn list<'a>(lists: &'a mut Lists, name: &Arc<str>, protocol: Protocol) -> Option<&'a mut PortEndpoints> {
    let at = *lists.by_port.entry((name.clone(), protocol)).or_insert(lists.all.len());
    if at == lists.all.len() {
        lists.all.push(PortEndpoints { port_name: name.clone(), protocol: Some(protocol), endpoints: Vec::new() });
    }
    lists.all.get_mut(at)
}
