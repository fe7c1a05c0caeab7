//! Nodes: given, from a kind configuration, or assumed; their addresses and Pod networks.

use super::context::Context;
use super::model::{Node, NodeRole, Origin, Settings};
use crate::assumption::{About, codes as assumed_codes};
use crate::cause::ObjectRef;
use crate::manifest::objects::{self, Document, Object, Taint};
use crate::manifest::span::Spanned;
use ipnet::{IpNet, Ipv4Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Labels and taints that mark a control plane.
const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// A node with what only the scheduler looks at.
pub(super) struct Candidate {
    pub(super) node: Node,
    pub(super) taints: Vec<Taint>,
    pub(super) unschedulable: bool,
}

/// A node before addresses are filled in.
struct Draft {
    name: Arc<str>,
    role: NodeRole,
    labels: BTreeMap<Arc<str>, Arc<str>>,
    ip: Option<IpAddr>,
    ip6: Option<IpAddr>,
    cidrs: Vec<IpNet>,
    cidr_at: Option<crate::manifest::span::Location>,
    origin: Origin,
    taints: Vec<Taint>,
    unschedulable: bool,
    milli_cpu: Option<u64>,
    ready: bool,
}

/// Decides the nodes, and with them the LAN and its gateway.
pub(super) fn decide(context: &mut Context<'_>, settings: &mut Settings) -> Vec<Candidate> {
    let parsed = context.parsed;
    let mut drafts: Vec<Draft> = Vec::new();
    let mut given = false;
    for object in &parsed.objects {
        if let Object::Node(document) = object {
            given = true;
            drafts.push(from_node(context, document));
        }
    }
    if !given {
        let kind = parsed.objects.iter().find_map(|object| match object {
            Object::KindCluster(document) => Some(document),
            _ => None,
        });
        match kind {
            Some(document) => drafts.extend(from_kind(context, document)),
            None => {
                drafts.extend(assumed());
                let names: Vec<&str> = drafts.iter().map(|draft| &*draft.name).collect();
                context.assume(assumed_codes::NODES.made().arg("names", names.join(", ")));
            }
        }
    }
    lan(&drafts, settings);
    let addresses = fill_addresses(context, settings, &drafts, given);
    let cidrs = fill_cidrs(context, settings, &drafts, given);
    gateway(settings, &addresses);
    let parts = drafts.into_iter().zip(addresses).zip(cidrs);
    parts.map(|((draft, ip), (cidr, cidrs))| candidate(draft, ip, cidr, cidrs)).collect()
}

fn candidate(draft: Draft, ip: IpAddr, pod_cidr: IpNet, pod_cidrs: Vec<IpNet>) -> Candidate {
    let Draft { name, role, labels, origin, taints, unschedulable, cidr_at, ip6, milli_cpu, ready, .. } = draft;
    Candidate {
        node: Node { name, role, ip, ip6, pod_cidr, pod_cidrs, labels, origin, pod_cidr_at: cidr_at, milli_cpu, ready },
        taints,
        unschedulable,
    }
}

fn from_node(context: &mut Context<'_>, document: &Document<objects::Node>) -> Draft {
    let (node, object) = (&document.value, &document.object);
    let labels = node.metadata.labels.clone();
    let taints: Vec<Taint> = node.spec.taints.iter().map(|taint| taint.value.clone()).collect();
    let control =
        CONTROL_PLANE.iter().any(|word| labels.contains_key(*word) || taints.iter().any(|taint| &*taint.key == *word));
    let (mut ip, mut ip6) = (None, None);
    for address in node.status.addresses.iter().filter(|address| &*address.kind == "InternalIP") {
        let found = context.ip(&address.address, "status.addresses", object);
        ip = ip.or(found.filter(IpAddr::is_ipv4));
        ip6 = ip6.or(found.filter(IpAddr::is_ipv6));
    }
    let texts: Vec<&Spanned<Arc<str>>> = node.spec.pod_cidr.iter().chain(&node.spec.pod_cidrs).collect();
    let mut cidrs: Vec<IpNet> = Vec::new();
    for text in &texts {
        if let Some(net) = context.cidr(text, "spec.podCIDR", object)
            && !cidrs.contains(&net)
        {
            cidrs.push(net);
        }
    }
    let cidr_at = texts.first().and_then(|text| context.at(text.span));
    Draft {
        name: object.name.clone(),
        role: if control { NodeRole::ControlPlane } else { NodeRole::Worker },
        labels,
        ip,
        ip6,
        cidrs,
        cidr_at,
        origin: context.origin(document),
        taints,
        unschedulable: node.spec.unschedulable.as_ref().is_some_and(|flag| flag.value),
        milli_cpu: node.status.allocatable.cpu.or(node.status.capacity.cpu).map(|cpu| cpu.milli),
        ready: !node.status.conditions.iter().any(|of| &*of.kind == "Ready" && &*of.status != "True"),
    }
}

/// The names kind gives: `NAME-control-plane`, `NAME-worker`, `NAME-worker2` …; a single node is not tainted.
fn from_kind(context: &mut Context<'_>, document: &Document<objects::KindCluster>) -> Vec<Draft> {
    let cluster = document.value.name.as_ref().map_or("kind", |name| &*name.value);
    let roles: Vec<(NodeRole, objects::Map)> = if document.value.nodes.is_empty() {
        vec![(NodeRole::ControlPlane, BTreeMap::new())]
    } else {
        let role = |node: &objects::KindNode| match node.role.as_ref().map(|role| &*role.value) {
            Some("worker") => NodeRole::Worker,
            _ => NodeRole::ControlPlane,
        };
        document.value.nodes.iter().map(|node| (role(node), node.labels.clone())).collect()
    };
    let alone = roles.len() == 1;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut drafts = Vec::new();
    for (role, mut labels) in roles {
        let word = if role == NodeRole::Worker { "worker" } else { "control-plane" };
        let count = counts.entry(word).or_default();
        *count += 1;
        let name: Arc<str> =
            Arc::from(if *count == 1 { format!("{cluster}-{word}") } else { format!("{cluster}-{word}{count}") });
        labels.insert(Arc::from("kubernetes.io/hostname"), name.clone());
        drafts.push(draft(name, role, labels, context.origin(document), alone));
    }
    drafts
}

fn draft(
    name: Arc<str>,
    role: NodeRole,
    mut labels: BTreeMap<Arc<str>, Arc<str>>,
    origin: Origin,
    alone: bool,
) -> Draft {
    let mut taints = Vec::new();
    if role == NodeRole::ControlPlane {
        labels.insert(Arc::from(CONTROL_PLANE[0]), Arc::from(""));
        if !alone {
            taints.push(Taint { key: Arc::from(CONTROL_PLANE[0]), value: None, effect: Arc::from("NoSchedule") });
        }
    }
    Draft {
        name,
        role,
        labels,
        ip: None,
        ip6: None,
        cidrs: Vec::new(),
        cidr_at: None,
        origin,
        taints,
        unschedulable: false,
        milli_cpu: None,
        ready: true,
    }
}

/// The usual kubeadm cluster: one control plane, two workers.
fn assumed() -> Vec<Draft> {
    let nodes = [("control-plane", NodeRole::ControlPlane), ("node-a", NodeRole::Worker), ("node-b", NodeRole::Worker)];
    let draft = |(name, role): (&str, NodeRole)| {
        let name: Arc<str> = Arc::from(name);
        let object = ObjectRef { kind: Arc::from("Node"), namespace: None, name: name.clone() };
        let labels = BTreeMap::from([(Arc::from("kubernetes.io/hostname"), name.clone())]);
        draft(name, role, labels, Origin { object, location: None, assumed: true }, false)
    };
    nodes.into_iter().map(draft).collect()
}

/// The smallest network, at most a /24, that holds all given addresses.
fn lan(drafts: &[Draft], settings: &mut Settings) {
    let given: Vec<Ipv4Addr> = drafts
        .iter()
        .filter_map(|draft| match draft.ip {
            Some(IpAddr::V4(ip)) => Some(ip),
            _ => None,
        })
        .collect();
    let Some(first) = given.first() else { return };
    let mut net = Ipv4Net::new_assert(*first, 24).trunc();
    while !given.iter().all(|ip| net.contains(ip)) {
        match net.supernet() {
            Some(wider) => net = wider,
            None => break,
        }
    }
    settings.lan = IpNet::V4(net);
}

/// The first host address of the LAN that is no node's.
fn gateway(settings: &mut Settings, taken: &[IpAddr]) {
    let free = settings.lan.hosts().find(|ip| !taken.contains(ip));
    settings.gateway = free.unwrap_or(settings.gateway);
}

fn fill_addresses(context: &mut Context<'_>, settings: &Settings, drafts: &[Draft], given: bool) -> Vec<IpAddr> {
    let mut taken: BTreeSet<IpAddr> = drafts.iter().filter_map(|draft| draft.ip).collect();
    let mut free = settings
        .lan
        .hosts()
        .skip(10)
        .take(drafts.len() + taken.len())
        .collect::<Vec<_>>()
        .into_iter()
        .filter(|ip| !taken.contains(ip))
        .collect::<Vec<_>>()
        .into_iter();
    let mut addresses = Vec::new();
    for draft in drafts {
        let ip = draft.ip.or_else(|| {
            let ip = free.next()?;
            if given {
                let made = assumed_codes::NODE_ADDRESS.made().arg("node", &*draft.name).arg("ip", ip.to_string());
                context.assume(made.because(&draft.origin, None).about(About::Node(draft.name.clone())));
            }
            Some(ip)
        });
        let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        taken.insert(ip);
        addresses.push(ip);
    }
    addresses
}

/// Pod networks: given ones stay, the others get the next free /24 of the cluster's, as the node IPAM controller does.
fn fill_cidrs(
    context: &mut Context<'_>,
    settings: &Settings,
    drafts: &[Draft],
    given: bool,
) -> Vec<(IpNet, Vec<IpNet>)> {
    let taken: Vec<IpNet> = drafts.iter().flat_map(|draft| draft.cidrs.iter().copied()).collect();
    let size = settings.pod_cidr.prefix_len().max(24);
    let subnets: Vec<IpNet> = settings
        .pod_cidr
        .subnets(size)
        .map(|subnets| subnets.take(drafts.len() + taken.len()).collect())
        .unwrap_or_default();
    let mut free =
        subnets.into_iter().filter(|net| !taken.iter().any(|other| other.contains(net) || net.contains(other)));
    let mut all = Vec::new();
    for draft in drafts {
        let own = draft.cidrs.iter().copied().find(|net| net.addr().is_ipv4());
        let cidr = own.or_else(|| {
            let cidr = free.next()?;
            if given {
                let made = assumed_codes::POD_CIDR.made().arg("node", &*draft.name).arg("cidr", cidr.to_string());
                context.assume(made.because(&draft.origin, None).about(About::Node(draft.name.clone())));
            }
            Some(cidr)
        });
        let cidr = cidr.unwrap_or(settings.pod_cidr);
        let cidrs = if draft.cidrs.is_empty() { vec![cidr] } else { draft.cidrs.clone() };
        all.push((cidr, cidrs));
    }
    all
}
