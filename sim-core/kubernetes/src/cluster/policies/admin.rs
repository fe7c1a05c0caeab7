//! Policies of administrators: asked before those of namespaces, or where none of these says anything
//! (`policy.networking.k8s.io/v1alpha1` and `v1alpha2`; tiers are called as Calico calls them).

use crate::cluster::context::Context;
use crate::cluster::model::Node;
use crate::cluster::validate::labels;
use crate::diagnostic::codes;
use crate::manifest::objects::{
    AdminPeer, AdminPolicy, AdminPort, AdminPortRange, AdminProtocol, AdminTransport, Document, LabelSelector, List,
};
use crate::origin::{ObjectRef, Spanned};
use crate::policy::{
    Action, Direction, Namespaces, Peer, PeerKind, Policy, PortKind, PortMatch, Ports, Rule, Selector, Tier,
};
use ipnet::IpNet;
use kernel::packet::Protocol;
use std::sync::Arc;

/// Entries of one list at most.
const MOST: usize = 5_000;

/// What all rules of a policy are read with.
struct Reader<'n> {
    object: ObjectRef,
    nodes: &'n [Node],
}

/// A policy. What is wrong with it is reported; then it is refused.
pub(super) fn policy(context: &mut Context<'_>, document: &Document<AdminPolicy>, nodes: &[Node]) -> Policy {
    let (object, spec) = (&document.object, &document.value.spec);
    let reader = Reader { object: object.clone(), nodes };
    let subject = spec.subject.as_ref();
    let (mut namespaces, mut pods) = (Selector::ALL, Selector::ALL);
    let mut field = "spec.subject";
    match subject.map(|subject| (&subject.value.namespaces, &subject.value.pods)) {
        Some((Some(selector), None)) => {
            field = "spec.subject.namespaces";
            namespaces = reader.selector(context, selector, field);
        }
        Some((None, Some(both))) => {
            field = "spec.subject.pods";
            let at = |selector: &LabelSelector| Spanned { value: selector.clone(), span: both.span };
            namespaces = reader.selector(context, &at(&both.value.namespace_selector), field);
            pods = reader.selector(context, &at(&both.value.pod_selector), field);
        }
        _ => {
            let at = subject.map_or(document.span, |subject| subject.span);
            let found = context.finding(codes::MISSING_FIELD, context.first_line(at), object);
            context.report(found.arg("path", "spec.subject"));
        }
    }
    let (tier, order) = reader.tier(context, spec);
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for (at, rule) in spec.ingress.iter().take(MOST).enumerate() {
        let of = (&rule.value.action, &rule.value.from, &rule.value.ports, &rule.value.protocols);
        ingress.extend(reader.rule(context, Direction::Ingress, at, of, rule.span));
    }
    for (at, rule) in spec.egress.iter().take(MOST).enumerate() {
        let of = (&rule.value.action, &rule.value.to, &rule.value.ports, &rule.value.protocols);
        egress.extend(reader.rule(context, Direction::Egress, at, of, rule.span));
    }
    Policy {
        object: object.clone(),
        namespace: None,
        tier,
        order,
        namespaces,
        pods,
        ingress: (!spec.ingress.is_empty()).then_some(ingress),
        egress: (!spec.egress.is_empty()).then_some(egress),
        field,
        location: context.at(subject.map_or(spec.span, |subject| subject.span)),
        span: document.span,
    }
}

/// What a rule is written with: its action, its peers, and its ports in either version.
type Written<'w> = (&'w Option<Spanned<Arc<str>>>, &'w List<AdminPeer>, &'w List<AdminPort>, &'w List<AdminProtocol>);

impl Reader<'_> {
    fn selector(&self, context: &mut Context<'_>, selector: &Spanned<LabelSelector>, path: &str) -> Selector {
        labels::selector(context, &selector.value, path, &self.object);
        Selector::of(&selector.value)
    }

    /// Which policies it is asked with, and its place among them.
    fn tier(&self, context: &mut Context<'_>, spec: &crate::manifest::objects::AdminPolicySpec) -> (Tier, i64) {
        let admin = |name: &str| Tier { order: 1_000_000, name: Arc::from(name), ends: Action::Pass };
        let baseline = |name: &str| Tier { order: 10_000_000_000, name: Arc::from(name), ends: Action::Pass };
        let tier = match &*self.object.kind {
            "BaselineAdminNetworkPolicy" => baseline("baselineadminnetworkpolicy"),
            "AdminNetworkPolicy" => admin("adminnetworkpolicy"),
            _ => {
                let known = [("Admin", true), ("Baseline", false)];
                let said = spec.tier.as_ref().map(|tier| context.choice(tier, "spec.tier", &self.object, &known));
                if said.is_none() {
                    let found =
                        context.finding(codes::MISSING_FIELD, context.first_line(spec_span(spec)), &self.object);
                    context.report(found.arg("path", "spec.tier"));
                }
                if said.flatten().unwrap_or(true) { admin("kube-admin") } else { baseline("kube-baseline") }
            }
        };
        let mut order = 0;
        if &*self.object.kind != "BaselineAdminNetworkPolicy" {
            match &spec.priority {
                Some(priority) if (0..=1_000).contains(&priority.value) => order = priority.value * 1_000,
                Some(priority) => {
                    let found = context.finding(codes::OUT_OF_RANGE, priority.span, &self.object);
                    context.report(found.arg("path", "spec.priority").arg("value", priority.value.to_string()));
                }
                None => {
                    let found =
                        context.finding(codes::MISSING_FIELD, context.first_line(spec_span(spec)), &self.object);
                    context.report(found.arg("path", "spec.priority"));
                }
            }
        }
        (tier, order)
    }

    /// A rule; nothing of one that means nobody.
    fn rule(
        &self,
        context: &mut Context<'_>,
        direction: Direction,
        at: usize,
        (action, peers, ports, protocols): Written<'_>,
        span: crate::origin::Span,
    ) -> Option<Rule> {
        let field = format!("spec.{}[{at}]", direction.field());
        let missing = |context: &mut Context<'_>, path: String| {
            let found = context.finding(codes::MISSING_FIELD, context.first_line(span), &self.object);
            context.report(found.arg("path", path));
        };
        let Some(action) = action else {
            missing(context, format!("{field}.action"));
            return None;
        };
        let known =
            [("Allow", Action::Allow), ("Accept", Action::Allow), ("Deny", Action::Deny), ("Pass", Action::Pass)];
        let action = context.choice(action, &format!("{field}.action"), &self.object, &known)?;
        if peers.is_empty() {
            missing(context, format!("{field}.{}", direction.peers()));
            return None;
        }
        let mut read = Rule { action, field: Arc::from(&*field), location: context.at(span), ..Rule::default() };
        for (number, peer) in peers.iter().take(MOST).enumerate() {
            let path = format!("{field}.{}[{number}]", direction.peers());
            let kinds = self.peer(context, peer, &path);
            let location = context.at(peer.span);
            let peer = |kind| Peer { kind, field: Arc::from(&*path), location: location.clone() };
            read.peers.extend(kinds.into_iter().map(peer));
        }
        for (number, port) in ports.iter().take(MOST).enumerate() {
            self.port(context, port, format!("{field}.ports[{number}]"), &mut read.ports);
        }
        for (number, protocol) in protocols.iter().take(MOST).enumerate() {
            self.protocol(context, protocol, format!("{field}.protocols[{number}]"), &mut read.ports);
        }
        (!read.peers.is_empty()).then_some(read)
    }

    fn peer(&self, context: &mut Context<'_>, peer: &Spanned<AdminPeer>, path: &str) -> Vec<PeerKind> {
        let AdminPeer { namespaces, pods, nodes, networks, domain_names } = &peer.value;
        let mut all = Vec::new();
        if let Some(selector) = namespaces {
            let namespaces = self.selector(context, selector, &format!("{path}.namespaces"));
            all.push(PeerKind::Pods { namespaces: Namespaces::Selected(namespaces), pods: Selector::ALL });
        }
        if let Some(both) = pods {
            let at = |selector: &LabelSelector| Spanned { value: selector.clone(), span: both.span };
            let path = format!("{path}.pods");
            let namespaces = self.selector(context, &at(&both.value.namespace_selector), &path);
            let pods = self.selector(context, &at(&both.value.pod_selector), &path);
            all.push(PeerKind::Pods { namespaces: Namespaces::Selected(namespaces), pods });
        }
        if let Some(selector) = nodes {
            let selector = self.selector(context, selector, &format!("{path}.nodes"));
            let own = self.nodes.iter().filter(|node| selector.matches(&node.labels));
            all.extend(own.map(|node| PeerKind::Net { net: IpNet::from(node.ip), except: Vec::new() }));
        }
        for (number, network) in networks.iter().take(MOST).enumerate() {
            let net = context.cidr(network, &format!("{path}.networks[{number}]"), &self.object);
            all.extend(net.map(|net| PeerKind::Net { net: net.trunc(), except: Vec::new() }));
        }
        if all.is_empty() && nodes.is_none() && networks.is_empty() && domain_names.is_empty() {
            let found = context.finding(codes::POLICY_PEER, context.first_line(peer.span), &self.object);
            context.report(found.arg("path", path).arg("why", "none"));
        }
        all
    }

    fn port(&self, context: &mut Context<'_>, port: &Spanned<AdminPort>, path: String, into: &mut Vec<PortMatch>) {
        let location = context.at(port.span);
        let one = |protocol, kind| PortMatch { protocol, kind, field: Arc::from(&*path), location: location.clone() };
        let AdminPort { port_number, port_range, named_port } = &port.value;
        if let Some(number) = port_number {
            let protocol =
                context.protocol(number.value.protocol.as_ref(), &format!("{path}.portNumber.protocol"), &self.object);
            let port = number
                .value
                .port
                .as_ref()
                .and_then(|port| context.port(port, &format!("{path}.portNumber.port"), &self.object));
            into.extend(protocol.zip(port).map(|(protocol, port)| one(protocol, PortKind::Range(port.0, port.0))));
        }
        if let Some(range) = port_range {
            let path = format!("{path}.portRange");
            let protocol = context.protocol(range.value.protocol.as_ref(), &format!("{path}.protocol"), &self.object);
            let ports = self.range(context, range, &path);
            into.extend(
                protocol.zip(ports).map(|(protocol, (first, last))| one(protocol, PortKind::Range(first, last))),
            );
        }
        if let Some(name) = named_port {
            into.extend(Ports::PROTOCOLS.map(|protocol| one(protocol, PortKind::Named(name.value.clone()))));
        }
    }

    fn protocol(
        &self,
        context: &mut Context<'_>,
        protocol: &Spanned<AdminProtocol>,
        path: String,
        into: &mut Vec<PortMatch>,
    ) {
        let location = context.at(protocol.span);
        let one = |protocol, kind| PortMatch { protocol, kind, field: Arc::from(&*path), location: location.clone() };
        let AdminProtocol { tcp, udp, sctp, destination_named_port } = &protocol.value;
        for (of, word, written) in
            [(Protocol::Tcp, "tcp", tcp), (Protocol::Udp, "udp", udp), (Protocol::Sctp, "sctp", sctp)]
        {
            let Some(Spanned { value: AdminTransport { destination_port }, .. }) = written else { continue };
            let Some(destination) = destination_port else {
                into.push(one(of, PortKind::Any));
                continue;
            };
            let path = format!("{path}.{word}.destinationPort");
            if let Some(number) = &destination.value.number {
                let port = context.port(number, &format!("{path}.number"), &self.object);
                into.extend(port.map(|port| one(of, PortKind::Range(port.0, port.0))));
            }
            if let Some(range) = &destination.value.range {
                let ports = self.range(context, range, &format!("{path}.range"));
                into.extend(ports.map(|(first, last)| one(of, PortKind::Range(first, last))));
            }
        }
        if let Some(name) = destination_named_port {
            into.extend(Ports::PROTOCOLS.map(|protocol| one(protocol, PortKind::Named(name.value.clone()))));
        }
    }

    fn range(&self, context: &mut Context<'_>, range: &Spanned<AdminPortRange>, path: &str) -> Option<(u16, u16)> {
        let (start, end) = (range.value.start.as_ref()?, range.value.end.as_ref()?);
        let first = context.port(start, &format!("{path}.start"), &self.object)?;
        let last = context.port(end, &format!("{path}.end"), &self.object)?;
        if last < first {
            let found = context.finding(codes::INVALID_CHOICE, end.span, &self.object);
            let found = found.arg("path", format!("{path}.end")).arg("value", last.0.to_string());
            context.report(found.arg("expected", format!("{}-65535", first.0)));
        }
        Some((first.0, last.0))
    }
}

fn spec_span(spec: &crate::manifest::objects::AdminPolicySpec) -> crate::origin::Span {
    spec.subject.as_ref().map(|subject| subject.span).unwrap_or_default()
}
