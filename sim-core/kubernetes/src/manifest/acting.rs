//! What objects of kinds that take no part would do to traffic: policies that select Pods, front doors that take a host to a Service,
//! a mesh's routes. Only who is concerned is read, so that no result is given without them.

use super::de::{Context, De};
use super::objects::{LabelSelector, Text};
use crate::origin::{Span, Spanned};
use crate::text::tree::{NodeId, Tree};
use serde::Deserialize;
use std::sync::Arc;

/// Entries of one object at most that are looked at.
const MOST: usize = 1_000;

/// What an object that is not simulated acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acting {
    /// Limits what Pods may send or take.
    Policy {
        /// Pods it selects; `None` where its way of selecting is not read: any Pod of its namespace.
        pods: Option<LabelSelector>,
        /// It selects in all namespaces.
        everywhere: bool,
        /// It limits what they take.
        ingress: bool,
        /// It limits what they send.
        egress: bool,
        /// Where the selection stands.
        at: Span,
        /// The field of the selection.
        field: &'static str,
    },
    /// Takes a host's requests to Services.
    Door {
        /// Hosts (a leading `*.` stands for one label), each with the first Service it leads to.
        hosts: Vec<(Spanned<Text>, Text)>,
        /// The Service that requests for any host lead to.
        any: Option<Spanned<Text>>,
        /// Of a Route of OpenShift all Services that it leads to, and the port of theirs that it names, by number or name.
        backends: Vec<(Text, Option<Text>)>,
    },
    /// Decides in the sidecars of a mesh where requests for these hosts go.
    Mesh {
        /// Hosts as written: short names are Services of its namespace.
        hosts: Vec<Spanned<Text>>,
    },
}

/// A reader of one object's tree.
struct Reader<'r, 'a> {
    tree: &'r Tree<'a>,
    place: &'r dyn Fn(u32, u32) -> Span,
}

/// What an object of that kind acts on; `None` for kinds that leave traffic alone.
pub(super) fn of(
    tree: &Tree<'_>,
    node: NodeId,
    kind: &str,
    api_version: &str,
    place: &dyn Fn(u32, u32) -> Span,
) -> Option<Acting> {
    let reader = Reader { tree, place };
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let spec = tree.get(node, "spec");
    match (group, kind) {
        ("cilium.io", "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") => {
            Some(reader.selected(node, spec?, "endpointSelector", kind != "CiliumNetworkPolicy"))
        }
        ("security.istio.io", "AuthorizationPolicy" | "PeerAuthentication") => {
            Some(reader.selected(node, spec.unwrap_or(node), "selector", false))
        }
        ("route.openshift.io", "Route") => {
            let spec = spec?;
            let port = tree.get(spec, "port").and_then(|port| reader.text(port, "targetPort"));
            let more = reader.list(tree.get(spec, "alternateBackends"));
            let to = tree.get(spec, "to").into_iter().chain(more).filter_map(|to| reader.text(to, "name"));
            let to: Vec<Text> = to.map(|service| service.value).collect();
            let port = port.map(|port| port.value);
            let backends = to.iter().map(|service| (service.clone(), port.clone())).collect();
            match reader.door(&[tree.get(spec, "host")], to.first().cloned()) {
                Some(Acting::Door { hosts, any, .. }) => Some(Acting::Door { hosts, any, backends }),
                // The router makes up a host.
                _ => (!to.is_empty()).then_some(Acting::Door { hosts: Vec::new(), any: None, backends }),
            }
        }
        ("projectcontour.io", "HTTPProxy") => {
            let fqdn = tree.get(spec?, "virtualhost").and_then(|host| tree.get(host, "fqdn"));
            let service = reader.first(spec?, &["routes", "services"]).and_then(|first| reader.text(first, "name"));
            reader.door(&[fqdn], service.map(|service| service.value))
        }
        ("traefik.io" | "traefik.containo.us", "IngressRoute") => reader.traefik(spec?),
        ("networking.istio.io", "VirtualService" | "ServiceEntry") => reader.mesh(&[tree.get(spec?, "hosts")?]),
        ("networking.istio.io", "DestinationRule") => reader.mesh(&[tree.get(spec?, "host")?]),
        ("split.smi-spec.io", "TrafficSplit") => reader.mesh(&[tree.get(spec?, "service")?]),
        ("linkerd.io", "ServiceProfile") => reader.mesh(&[tree.get(tree.get(node, "metadata")?, "name")?]),
        _ => None,
    }
}

impl Reader<'_, '_> {
    fn span(&self, node: NodeId) -> Span {
        let node = self.tree.node(node);
        (self.place)(node.start, node.end)
    }

    fn spanned(&self, node: NodeId) -> Option<Spanned<Text>> {
        let text = self.tree.text(node).filter(|text| !text.is_empty())?;
        Some(Spanned { value: Arc::from(text), span: self.span(node) })
    }

    fn text(&self, node: NodeId, key: &str) -> Option<Spanned<Text>> {
        self.spanned(self.tree.get(node, key)?)
    }

    /// The entries of a list, bounded.
    fn list(&self, node: Option<NodeId>) -> Vec<NodeId> {
        node.map(|node| self.tree.list(node)).unwrap_or_default().iter().copied().take(MOST).collect()
    }

    /// Down a path of lists, always by the first entry.
    fn first(&self, node: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter().try_fold(node, |node, key| self.list(self.tree.get(node, key)).first().copied())
    }

    fn selector(&self, node: NodeId) -> Option<LabelSelector> {
        let context = Context::new(self.tree, "", self.place);
        let selector = LabelSelector::deserialize(De::new(&context, node)).ok();
        selector.filter(|_| context.wrong.borrow().is_empty())
    }

    fn selected(&self, node: NodeId, spec: NodeId, key: &'static str, everywhere: bool) -> Acting {
        let selector = self.tree.get(spec, key);
        let read = selector.map_or_else(|| Some(LabelSelector::default()), |selector| self.selector(selector));
        // Cilium's labels may carry a source (`k8s:app`, `io.kubernetes.pod.namespace`): then any Pod may be meant.
        let plain = |selector: &LabelSelector| !selector.match_labels.keys().any(|key| key.contains(':'));
        Acting::Policy {
            pods: read.filter(plain),
            everywhere,
            ingress: true,
            egress: true,
            at: self.span(selector.unwrap_or(node)),
            field: if key == "endpointSelector" { "spec.endpointSelector" } else { "spec.selector" },
        }
    }

    fn door(&self, hosts: &[Option<NodeId>], service: Option<Text>) -> Option<Acting> {
        let service = service.unwrap_or_else(|| Arc::from("-"));
        let hosts: Vec<_> =
            hosts.iter().flatten().filter_map(|host| Some((self.spanned(*host)?, service.clone()))).collect();
        (!hosts.is_empty()).then_some(Acting::Door { hosts, any: None, backends: Vec::new() })
    }

    /// Traefik's `Host(…)` in `routes[].match`.
    fn traefik(&self, spec: NodeId) -> Option<Acting> {
        let mut hosts = Vec::new();
        for route in self.list(self.tree.get(spec, "routes")) {
            let service = self.first(route, &["services"]).and_then(|service| self.text(service, "name"));
            let service = service.map_or_else(|| Arc::from("-"), |service| service.value);
            let Some(rule) = self.text(route, "match") else { continue };
            for part in rule.value.split("Host(").skip(1) {
                let inside = part.split(')').next().unwrap_or_default();
                for host in inside.split(['`', '"', '\'', ',', ' ']).filter(|host| !host.is_empty()).take(MOST) {
                    hosts.push((Spanned { value: Arc::from(host), span: rule.span }, service.clone()));
                }
            }
        }
        (!hosts.is_empty()).then_some(Acting::Door { hosts, any: None, backends: Vec::new() })
    }

    fn mesh(&self, nodes: &[NodeId]) -> Option<Acting> {
        let mut hosts = Vec::new();
        for node in nodes {
            match self.spanned(*node) {
                Some(host) => hosts.push(host),
                None => hosts.extend(self.list(Some(*node)).into_iter().filter_map(|host| self.spanned(host))),
            }
        }
        (!hosts.is_empty()).then_some(Acting::Mesh { hosts })
    }
}
