//! What is allowed and hardly meant: policies that select nothing, peers that nobody is, names of ports that nobody declares, isolation that
//! forgets the name server, ranges of addresses that are Pods' or Services'.

use crate::cluster::context::Context;
use crate::cluster::model::{Pod, Settings};
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, IntOrString, LabelSelector, NetworkPolicy, Object, PolicyPeer, PolicyPort};
use crate::origin::{ObjectRef, Span, Spanned};
use crate::policy::{Direction, Flow, Namespaces, Party, PeerKind, PodParty, Policies, Policy, Selector, decide};
use ipnet::IpNet;
use kernel::packet::Protocol;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Pods that are named at most.
const NAMED: usize = 3;

/// What is known of a cluster whose policies are looked at.
pub(crate) struct Known<'k> {
    /// Pods with a network.
    pub(crate) pods: &'k [Pod],
    /// Settings.
    pub(crate) settings: &'k Settings,
    /// Nothing in the cluster enforces policies.
    pub(crate) unenforced: bool,
}

/// Looks at every policy that the API server takes.
pub(crate) fn check(context: &mut Context<'_>, policies: &Policies, known: &Known<'_>) {
    if policies.all.is_empty() && policies.not_read.is_empty() {
        return;
    }
    // A file of policies alone is told nothing of Pods that it does not have.
    let some = known.pods.iter().any(|pod| !pod.origin.assumed);
    let documents: BTreeMap<&ObjectRef, &Document<NetworkPolicy>> = context
        .parsed
        .objects
        .iter()
        .filter_map(|object| match object {
            Object::NetworkPolicy(document) => Some((&document.object, document)),
            _ => None,
        })
        .collect();
    let wired: Vec<&Pod> = known.pods.iter().filter(|pod| !pod.host_network).collect();
    for policy in &policies.all {
        if !context.may(1 + wired.len(), 0) || context.is_full() {
            return;
        }
        let Some(document) = documents.get(&policy.object) else {
            // One of all namespaces may be for what is no Pod.
            if some && policy.is_calico() && policy.namespace.is_some() {
                selects_nothing(context, policy, policy.span, policies, &wired);
            }
            continue;
        };
        if some {
            let at = document.value.spec.pod_selector.as_ref().map_or(document.span, |selector| selector.span);
            selects_nothing(context, policy, at, policies, &wired);
            peers(context, policy, document, policies, &wired);
        }
        ranges(context, document, known.settings, &wired);
    }
    if some {
        names(context, policies, &documents, &wired);
    }
    let not_read = policies.not_read.iter().map(|one| &one.policy);
    if known.unenforced
        && let Some(first) = policies.all.iter().chain(not_read).next()
    {
        let at = context.first_line(first.span);
        let found = context.finding(codes::POLICY_UNENFORCED, at, &first.object);
        context.report(found.arg("cni", known.settings.cni.described()));
    }
}

fn selects_nothing(context: &mut Context<'_>, policy: &Policy, at: Span, policies: &Policies, pods: &[&Pod]) {
    let none = BTreeMap::new();
    let labels_of = |pod: &Pod| policies.labels_of(&pod.name.namespace).unwrap_or(&none);
    let meant = |pod: &&&Pod| policy.selects(&pod.name.namespace, labels_of(pod), &pod.labels);
    if pods.iter().find(meant).is_some() {
        return;
    }
    let found = context.finding(codes::POLICY_SELECTS_NOTHING, context.first_line(at), &policy.object);
    let found = found.arg("namespace", policy.namespace.as_deref().unwrap_or("default"));
    context.report(found.arg("selector", policy.pods.to_string()));
}

fn peers(
    context: &mut Context<'_>,
    policy: &Policy,
    document: &Document<NetworkPolicy>,
    policies: &Policies,
    pods: &[&Pod],
) {
    let spec = &document.value.spec;
    let ingress = spec.ingress.iter().flat_map(|rules| &rules.value).map(|rule| (&rule.value.from, &rule.value.ports));
    let egress = spec.egress.iter().flat_map(|rules| &rules.value).map(|rule| (&rule.value.to, &rule.value.ports));
    let rules = ingress
        .enumerate()
        .map(|(at, rule)| (Direction::Ingress, at, rule))
        .chain(egress.enumerate().map(|(at, rule)| (Direction::Egress, at, rule)));
    for (direction, at, (written, ports)) in rules {
        let field = format!("spec.{}[{at}]", direction.field());
        for (number, peer) in written.iter().enumerate() {
            nobody(context, policy, policies, pods, (peer, format!("{field}.{}[{number}]", direction.peers())));
        }
        let Some(rule) = policy.rules(direction).and_then(|rules| rules.get(at)) else { continue };
        // The ports are the destination's.
        let destinations: Vec<&&Pod> = match direction {
            Direction::Ingress => pods.iter().filter(|pod| selected(policy, policies, pod)).collect(),
            Direction::Egress => pods
                .iter()
                .filter(|pod| {
                    rule.peers.is_empty()
                        || rule.peers.iter().any(|peer| {
                            matches!(&peer.kind, PeerKind::Pods { namespaces, pods }
                            if meant(policy, policies, namespaces, pods, pod))
                        })
                })
                .collect(),
        };
        for (number, port) in ports.iter().enumerate() {
            named(context, &document.object, (port, format!("{field}.ports[{number}]")), &destinations);
        }
    }
}

fn selected(policy: &Policy, policies: &Policies, pod: &Pod) -> bool {
    let labels = policies.labels_of(&pod.name.namespace);
    labels.is_some_and(|labels| policy.selects(&pod.name.namespace, labels, &pod.labels))
}

fn meant(policy: &Policy, policies: &Policies, namespaces: &Namespaces, pods: &Selector, pod: &Pod) -> bool {
    let of_namespace = match namespaces {
        Namespaces::Own => policy.namespace.as_ref() == Some(&pod.name.namespace),
        Namespaces::Selected(selector) => {
            policies.labels_of(&pod.name.namespace).is_some_and(|labels| selector.matches(labels))
        }
    };
    of_namespace && pods.matches(&pod.labels)
}

/// A peer that selects no namespace, or no Pod of those that it selects.
fn nobody(
    context: &mut Context<'_>,
    policy: &Policy,
    policies: &Policies,
    pods: &[&Pod],
    (peer, path): (&Spanned<PolicyPeer>, String),
) {
    let PolicyPeer { pod_selector, namespace_selector, ip_block: None } = &peer.value else { return };
    let of = |written: &Option<Spanned<LabelSelector>>| written.as_ref().map(|one| Selector::of(&one.value));
    let (own, spaces) = (of(pod_selector), of(namespace_selector));
    let none_there =
        spaces.as_ref().is_some_and(|selector| !policies.namespaces.values().any(|labels| selector.matches(labels)));
    let (what, selector, span) = match (&spaces, &own) {
        (Some(selector), _) if none_there => ("namespace", selector, namespace_selector.as_ref().map(|one| one.span)),
        (_, Some(selector)) => ("pod", selector, pod_selector.as_ref().map(|one| one.span)),
        _ => return,
    };
    let namespaces = spaces.clone().map_or(Namespaces::Own, Namespaces::Selected);
    if what == "pod" && pods.iter().any(|pod| meant(policy, policies, &namespaces, selector, pod)) {
        return;
    }
    let at = context.first_line(span.unwrap_or(peer.span));
    let found = context.finding(codes::POLICY_PEER_NOBODY, at, &policy.object).arg("path", path).arg("what", what);
    context.report(found.arg("selector", selector.to_string()));
}

/// A name that no container of the destinations gives a port.
fn named(
    context: &mut Context<'_>,
    object: &ObjectRef,
    (port, path): (&Spanned<PolicyPort>, String),
    destinations: &[&&Pod],
) {
    let Some(Spanned { value: IntOrString::String(name), span }) = &port.value.port else { return };
    let protocol = port.value.protocol.as_ref().map_or("TCP", |protocol| &protocol.value);
    let declares = |pod: &Pod| {
        let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
        ports.any(|own| own.name.as_ref() == Some(name) && own.protocol.to_string().eq_ignore_ascii_case(protocol))
    };
    if destinations.is_empty() || destinations.iter().any(|pod| declares(pod)) {
        return;
    }
    let found = context.finding(codes::POLICY_PORT_NAME, *span, object).arg("path", format!("{path}.port"));
    context.report(found.arg("name", &**name));
}

/// Ranges that hold nothing but addresses of Pods or Services: Pods get others, and Services' are gone when a policy looks.
fn ranges(context: &mut Context<'_>, document: &Document<NetworkPolicy>, settings: &Settings, pods: &[&Pod]) {
    let spec = &document.value.spec;
    let ingress = spec.ingress.iter().flat_map(|rules| &rules.value).map(|rule| (Direction::Ingress, &rule.value.from));
    let egress = spec.egress.iter().flat_map(|rules| &rules.value).map(|rule| (Direction::Egress, &rule.value.to));
    let all = ingress.enumerate().chain(egress.enumerate());
    for (at, (direction, written)) in all {
        for (number, peer) in written.iter().enumerate() {
            let Some(cidr) = peer.value.ip_block.as_ref().and_then(|block| block.value.cidr.as_ref()) else { continue };
            let Ok(net) = cidr.value.trim().parse::<IpNet>() else { continue };
            let inside = |whole: &IpNet| whole.contains(&net.trunc());
            let one = |pod: &&Pod| net.prefix_len() == net.max_prefix_len() && net.contains(&pod.ip);
            let what = if settings.service_cidr_said && inside(&settings.service_cidr) {
                "services"
            } else if inside(&settings.pod_cidr) || pods.iter().any(one) {
                "pods"
            } else {
                continue;
            };
            let path = format!("spec.{}[{at}].{}[{number}].ipBlock.cidr", direction.field(), direction.peers());
            let found = context.finding(codes::POLICY_RANGE, cidr.span, &document.object).arg("path", path);
            context.report(found.arg("value", &*cidr.value).arg("what", what));
        }
    }
}

/// Pods that may send only what rules allow, and none allows to ask a name server.
fn names(
    context: &mut Context<'_>,
    policies: &Policies,
    documents: &BTreeMap<&ObjectRef, &Document<NetworkPolicy>>,
    pods: &[&Pod],
) {
    let none = Vec::new();
    let dns: Vec<&&Pod> =
        pods.iter().filter(|pod| pod.labels.get("k8s-app").is_some_and(|app| &**app == "kube-dns")).collect();
    // Without one in the input it is where every cluster has it.
    let labels: BTreeMap<_, _> = [(std::sync::Arc::from("k8s-app"), std::sync::Arc::from("kube-dns"))].into();
    let servers: Vec<(&str, &BTreeMap<_, _>)> = match dns.as_slice() {
        [] => vec![("kube-system", &labels)],
        found => found.iter().map(|pod| (&*pod.name.namespace, &pod.labels)).collect(),
    };
    let mut cut: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let rules = policies.all.iter().map(|policy| policy.egress.as_ref().map_or(0, Vec::len)).sum::<usize>();
    let each = policies.sets.len().saturating_mul(rules);
    for pod in pods.iter().filter(|pod| !pod.origin.assumed && &*pod.name.namespace != "kube-system") {
        if !context.may(1 + each, 0) {
            return;
        }
        let own = PodParty { namespace: &pod.name.namespace, labels: &pod.labels, ports: &none };
        let mut by = None;
        let may = servers.iter().any(|(namespace, labels)| {
            let server = PodParty { namespace, labels, ports: &none };
            [Protocol::Udp, Protocol::Tcp].into_iter().any(|protocol| {
                let from = Party { pod: Some(own), ip: Some(pod.ip) };
                // Its address is any: a range that is as good as everything counts.
                let to = Party { pod: Some(server), ip: Some(IpAddr::from([10, 96, 0, 10])) };
                let said = decide(policies, Direction::Egress, &Flow { from, to, protocol, port: 53 });
                by = said.considered.first().map(|first| first.policy);
                said.allowed
            })
        });
        if let Some(policy) = by.filter(|_| !may) {
            cut.entry(policy).or_default().insert(pod.origin.object.to_string());
        }
    }
    for (policy, pods) in cut {
        let Some(policy) = policies.all.get(policy) else { continue };
        let document = documents.get(&policy.object);
        if document.is_none() && !policy.is_calico() {
            continue;
        }
        let count = pods.len();
        let mut named: Vec<String> = pods.into_iter().take(NAMED).collect();
        if count > NAMED {
            named.push(format!("… ({count})"));
        }
        let spec = document.map(|document| &document.value.spec);
        let types = spec.into_iter().flat_map(|spec| &spec.policy_types);
        let at = types.into_iter().find(|one| &*one.value == "Egress").map(|one| one.span);
        let rules = || spec.and_then(|spec| spec.egress.as_ref()).map(|rules| rules.span);
        let found = context.finding(
            codes::POLICY_NO_DNS,
            context.first_line(at.or_else(rules).unwrap_or(policy.span)),
            &policy.object,
        );
        context.report(found.arg("pods", named.join(", ")));
    }
}
