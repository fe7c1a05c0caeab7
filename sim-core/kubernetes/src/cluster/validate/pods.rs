//! Pods and templates of Pods: names of ports and hosts, and addresses their node does not hand out.

use super::names::Form;
use super::report::form_of;
use super::{containers, labels};
use crate::cluster::cidr::Nets;
use crate::cluster::context::Context;
use crate::cluster::nodes::Candidate;
use crate::diagnostic::codes::{self, CodeInfo};
use crate::manifest::objects::{Document, Object, Pod, PodSpec};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Nodes, all of them and by name.
pub(super) struct Nodes<'n> {
    all: &'n [Candidate],
    by_name: BTreeMap<&'n str, &'n Candidate>,
    by_net: Nets,
}

impl<'n> Nodes<'n> {
    pub(super) fn of(all: &'n [Candidate]) -> Self {
        // Of two of a name the first.
        let by_name = all.iter().rev().map(|candidate| (&*candidate.node.name, candidate)).collect();
        let by_net = Nets::of(all.iter().map(|candidate| candidate.node.pod_cidr));
        Self { all, by_name, by_net }
    }
}

pub(super) fn check(context: &mut Context<'_>, nodes: &Nodes<'_>, document: &Document<Pod>) {
    let (pod, object) = (&document.value, &document.object);
    spec(context, &pod.spec, "spec", object, document.span);
    containers::check(context, &pod.spec, "spec", object, &[], true);
    if let Some(policy) = &pod.spec.restart_policy {
        let policies = [("Always", ()), ("OnFailure", ()), ("Never", ())];
        context.choice(policy, "spec.restartPolicy", object, &policies);
    }
    address(context, nodes, document);
}

/// What a Pod and a template have in common, without the containers. `parent` is where a missing spec would stand.
pub(super) fn spec(context: &mut Context<'_>, of: &Spanned<PodSpec>, path: &str, object: &ObjectRef, parent: Span) {
    /// Name servers and search domains a Pod may have.
    const SERVERS: usize = 3;
    const SEARCHES: usize = 32;
    let spec = &of.value;
    let at = context.first_line(if of.span.is_nowhere() { parent } else { of.span });
    if spec.containers.is_empty() {
        let found = context.finding(codes::MISSING_FIELD, at, object).arg("path", format!("{path}.containers"));
        context.report(found);
    }
    for (field, text) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        if let Some(text) = text.as_ref().filter(|text| !text.value.is_empty()) {
            form_of(context, text, Form::Label, &format!("{path}.{field}"), object);
        }
    }
    labels::map(context, &spec.node_selector, &format!("{path}.nodeSelector"), object);
    let servers = spec.dns_config.as_ref().map_or(&[][..], |config| &config.value.nameservers);
    if let Some(policy) = spec.dns_policy.as_ref().filter(|policy| &*policy.value == "None" && servers.is_empty()) {
        let path = format!("{path}.dnsConfig.nameservers");
        let found = context.finding(codes::MISSING_FIELD, policy.span, object).arg("path", path);
        context.report(found);
    }
    for server in servers {
        context.ip(server, &format!("{path}.dnsConfig.nameservers"), object);
    }
    if let Some(policy) = &spec.dns_policy {
        let policies = [("ClusterFirst", ()), ("ClusterFirstWithHostNet", ()), ("Default", ()), ("None", ())];
        context.choice(policy, &format!("{path}.dnsPolicy"), object, &policies);
    }
    super::report::not_more(context, servers, SERVERS, &format!("{path}.dnsConfig.nameservers"), object);
    if let Some(config) = &spec.dns_config {
        super::report::not_more(
            context,
            &config.value.searches,
            SEARCHES,
            &format!("{path}.dnsConfig.searches"),
            object,
        );
    }
}

/// An address the node's Pod network does not have: it was handed out by something else, or belongs to another node.
fn address(context: &mut Context<'_>, nodes: &Nodes<'_>, document: &Document<Pod>) {
    let (pod, object) = (&document.value, &document.object);
    let Some(text) = &pod.status.pod_ip else { return };
    let Ok(ip) = text.value.parse::<IpAddr>() else { return };
    if pod.spec.host_network.as_ref().is_some_and(|flag| flag.value) {
        return;
    }
    let Some(name) = &pod.spec.node_name else { return };
    let node = nodes.by_name.get(&*name.value).map(|candidate| &candidate.node);
    let Some(node) = node.filter(|node| node.pod_cidr_at.is_some()) else { return };
    let mut nets = node.pod_cidrs.iter().filter(|net| net.addr().is_ipv4() == ip.is_ipv4()).peekable();
    let Some(first) = nets.peek().copied() else { return };
    if nets.any(|net| net.contains(&ip)) {
        return;
    }
    let found = context.finding(codes::POD_IP_OUTSIDE, text.span, object).arg("address", ip.to_string());
    let found = found.arg("node", &*node.name).arg("range", first.to_string());
    let other = nodes.by_net.first(ip).and_then(|at| nodes.all.get(at)).map(|other| &other.node);
    context.report(match other {
        Some(other) => found.arg("other", &*other.name).hint(codes::HINT_OTHER_NODE),
        None => found.hint(codes::HINT_POD_IP),
    });
}

/// Addresses of Pods, and Pod networks of Nodes, that are given twice: both places are told, with the other owner.
pub(super) fn unique(context: &mut Context<'_>) {
    let mut ips: BTreeMap<IpAddr, Vec<(Span, ObjectRef)>> = BTreeMap::new();
    let mut nets: BTreeMap<IpNet, Vec<(Span, ObjectRef)>> = BTreeMap::new();
    for object in &context.parsed.objects {
        match object {
            Object::Pod(document) => {
                let (spec, status) = (&document.value.spec, &document.value.status);
                let ended = matches!(status.phase.as_ref().map(|phase| &*phase.value), Some("Succeeded" | "Failed"));
                let host = spec.host_network.as_ref().is_some_and(|flag| flag.value);
                let Some(text) = status.pod_ip.as_ref().filter(|_| !host && !ended) else { continue };
                let Ok(ip) = text.value.parse::<IpAddr>() else { continue };
                ips.entry(ip).or_default().push((text.span, document.object.clone()));
            }
            Object::Node(document) => {
                let spec = &document.value.spec;
                let mut own = BTreeSet::new();
                for text in spec.pod_cidr.iter().chain(&spec.pod_cidrs) {
                    let Ok(net) = text.value.parse::<IpNet>() else { continue };
                    if own.insert(net.trunc()) {
                        nets.entry(net.trunc()).or_default().push((text.span, document.object.clone()));
                    }
                }
            }
            _ => {}
        }
    }
    for (ip, owners) in ips {
        twice(context, codes::POD_IP_TAKEN, ("address", ip.to_string()), &owners);
    }
    for (net, owners) in nets {
        twice(context, codes::POD_CIDR_TAKEN, ("range", net.to_string()), &owners);
    }
}

fn twice(
    context: &mut Context<'_>,
    code: CodeInfo,
    (name, value): (&'static str, String),
    owners: &[(Span, ObjectRef)],
) {
    let Some((first, _)) = owners.split_first().filter(|(_, others)| !others.is_empty()) else { return };
    let Some(second) = owners.get(1) else { return };
    for (index, (span, object)) in owners.iter().enumerate() {
        let owner = if index == 0 { &second.1 } else { &first.1 };
        let found = context.finding(code, *span, object).arg(name, value.clone());
        context.report(found.arg("owner", owner.to_string()));
    }
}
