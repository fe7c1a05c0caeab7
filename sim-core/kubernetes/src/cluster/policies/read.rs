//! One NetworkPolicy as the API server takes it (`pkg/apis/networking/validation`, `pkg/apis/networking/v1/defaults.go`).

use crate::cluster::context::{Context, name_of};
use crate::cluster::validate::labels;
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, IntOrString, LabelSelector, List, NetworkPolicy, PolicyPeer, PolicyPort};
use crate::origin::{ObjectRef, Spanned};
use crate::policy::{Direction, Namespaces, Peer, PeerKind, Policy, PortKind, PortMatch, Rule, Selector, Tier};
use std::sync::Arc;

/// Calico's order of every NetworkPolicy (`K8sNetworkPolicyToCalico`), in thousandths.
const ORDER: i64 = 1_000_000;

/// Entries of one list of a policy at most: what is behind is not read, which is told.
const MOST: usize = 5_000;

/// A NetworkPolicy. What is wrong with it is reported; then it is refused.
pub(super) fn policy(context: &mut Context<'_>, document: &Document<NetworkPolicy>) -> Policy {
    let (object, spec) = (&document.object, &document.value.spec);
    if let Some(selector) = &spec.pod_selector {
        labels::selector(context, &selector.value, "spec.podSelector", object);
    }
    let types: Vec<Direction> = spec
        .policy_types
        .iter()
        .enumerate()
        .filter_map(|(at, one)| {
            let known = [("Ingress", Direction::Ingress), ("Egress", Direction::Egress)];
            context.choice(one, &format!("spec.policyTypes[{at}]"), object, &known)
        })
        .collect();
    let given = !spec.policy_types.is_empty();
    let egress_rules = spec.egress.as_ref().is_some_and(|rules| !rules.value.is_empty());
    let has = |direction: Direction| match (given, direction) {
        (true, _) => types.contains(&direction),
        (false, Direction::Ingress) => true,
        (false, Direction::Egress) => egress_rules,
    };
    let sections = [
        (Direction::Ingress, spec.ingress.as_ref().map(|rules| (rules.span, rules.value.len()))),
        (Direction::Egress, spec.egress.as_ref().map(|rules| (rules.span, rules.value.len()))),
    ];
    for (direction, section) in sections {
        if let Some((span, 1..)) = section.filter(|_| given && !has(direction)) {
            let found = context.finding(codes::FIELD_IGNORED, context.first_line(span), object);
            context.report(found.arg("path", direction.rules_field()).arg("because", "policy-types"));
        }
    }
    let mut ingress = Vec::new();
    for (at, rule) in spec.ingress.iter().flat_map(|rules| &rules.value).take(MOST).enumerate() {
        let of = (&rule.value.from, &rule.value.ports);
        ingress.push(read_rule(context, Direction::Ingress, at, of, (object, rule.span)));
    }
    let mut egress = Vec::new();
    for (at, rule) in spec.egress.iter().flat_map(|rules| &rules.value).take(MOST).enumerate() {
        let of = (&rule.value.to, &rule.value.ports);
        egress.push(read_rule(context, Direction::Egress, at, of, (object, rule.span)));
    }
    let selector = spec.pod_selector.as_ref();
    Policy {
        object: object.clone(),
        namespace: Some(name_of(object).namespace),
        tier: Tier::default_tier(),
        order: ORDER,
        namespaces: Selector::ALL,
        pods: selector.map_or(Selector::ALL, |selector| Selector::of(&selector.value)),
        ingress: has(Direction::Ingress).then_some(ingress),
        egress: has(Direction::Egress).then_some(egress),
        field: "spec.podSelector",
        location: context.at(selector.map_or(spec.span, |selector| selector.span)),
        span: document.span,
    }
}

fn read_rule(
    context: &mut Context<'_>,
    direction: Direction,
    at: usize,
    (peers, ports): (&List<PolicyPeer>, &List<PolicyPort>),
    (object, span): (&ObjectRef, crate::origin::Span),
) -> Rule {
    let field = format!("spec.{}[{at}]", direction.field());
    let mut read = Rule { field: Arc::from(&*field), location: context.at(span), ..Rule::default() };
    for (number, peer) in peers.iter().take(MOST).enumerate() {
        let path = format!("{field}.{}[{number}]", direction.peers());
        if let Some(kind) = read_peer(context, peer, &path, object) {
            read.peers.push(Peer { kind, field: Arc::from(path), location: context.at(peer.span) });
        }
    }
    for (number, port) in ports.iter().take(MOST).enumerate() {
        let path = format!("{field}.ports[{number}]");
        read.ports.extend(read_port(context, port, path, object));
    }
    read
}

fn read_peer(
    context: &mut Context<'_>,
    peer: &Spanned<PolicyPeer>,
    path: &str,
    object: &ObjectRef,
) -> Option<PeerKind> {
    let PolicyPeer { pod_selector, namespace_selector, ip_block } = &peer.value;
    let at = context.first_line(peer.span);
    let selects = pod_selector.is_some() || namespace_selector.is_some();
    if selects == ip_block.is_some() {
        let why = if selects { "both" } else { "none" };
        let found = context.finding(codes::POLICY_PEER, at, object).arg("path", path).arg("why", why);
        context.report(found);
        return None;
    }
    if let Some(block) = ip_block {
        let Some(cidr) = &block.value.cidr else {
            let found = context.finding(codes::MISSING_FIELD, context.first_line(block.span), object);
            context.report(found.arg("path", format!("{path}.ipBlock.cidr")));
            return None;
        };
        let net = context.cidr(cidr, &format!("{path}.ipBlock.cidr"), object)?;
        let mut except = Vec::new();
        for (number, one) in block.value.except.iter().take(MOST).enumerate() {
            let path = format!("{path}.ipBlock.except[{number}]");
            let Some(not) = context.cidr(one, &path, object) else { continue };
            // It has to be smaller than the range, and inside.
            if !net.contains(&not.trunc()) || not.prefix_len() <= net.prefix_len() {
                let found = context.finding(codes::POLICY_EXCEPT, one.span, object).arg("path", path);
                context.report(found.arg("value", &*one.value).arg("cidr", &*cidr.value));
            }
            except.push(not.trunc());
        }
        return Some(PeerKind::Net { net: net.trunc(), except });
    }
    let selector = |context: &mut Context<'_>, selector: &Option<Spanned<LabelSelector>>, name: &str| {
        let selector = selector.as_ref()?;
        labels::selector(context, &selector.value, &format!("{path}.{name}"), object);
        Some(Selector::of(&selector.value))
    };
    let pods = selector(context, pod_selector, "podSelector");
    let namespaces = selector(context, namespace_selector, "namespaceSelector");
    Some(PeerKind::Pods {
        namespaces: namespaces.map_or(Namespaces::Own, Namespaces::Selected),
        pods: pods.unwrap_or(Selector::ALL),
    })
}

fn read_port(
    context: &mut Context<'_>,
    port: &Spanned<PolicyPort>,
    path: String,
    object: &ObjectRef,
) -> Option<PortMatch> {
    let PolicyPort { protocol, port: number, end_port } = &port.value;
    let protocol = context.protocol(protocol.as_ref(), &format!("{path}.protocol"), object)?;
    let only = |context: &mut Context<'_>| {
        if let Some(end) = end_port {
            let found = context.finding(codes::FIELD_ONLY_WITH, end.span, object);
            context.report(found.arg("path", format!("{path}.endPort")).arg("only", "port-number"));
        }
    };
    let kind = match number.as_ref().map(|number| (&number.value, number.span)) {
        None => {
            only(context);
            PortKind::Any
        }
        Some((IntOrString::String(name), _)) => {
            only(context);
            PortKind::Named(name.clone())
        }
        Some((IntOrString::Int(first), span)) => {
            let first = Spanned { value: *first, span };
            let first = context.port(&first, &format!("{path}.port"), object)?;
            let last = match end_port {
                None => first,
                Some(end) => {
                    let last = context.port(end, &format!("{path}.endPort"), object)?;
                    if last < first {
                        let found = context.finding(codes::INVALID_CHOICE, end.span, object);
                        let found = found.arg("path", format!("{path}.endPort")).arg("value", last.0.to_string());
                        context.report(found.arg("expected", format!("{}-65535", first.0)));
                    }
                    last
                }
            };
            PortKind::Range(first.0, last.0)
        }
    };
    Some(PortMatch { protocol, kind, field: Arc::from(path), location: context.at(port.span) })
}
