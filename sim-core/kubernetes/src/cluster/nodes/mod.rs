//! Nodes: given, from a kind configuration, or assumed, and those that Pods prove; their addresses, segments and Pod networks.

mod addresses;
mod draft;
mod kind;
pub(super) mod labels;
mod proof;

pub(super) use addresses::{Grown, grow};
pub(super) use draft::{Candidate, Source};
use draft::{Draft, candidate, draft};

use super::context::Context;
use super::docker::Inside;
use super::evidence::Evidence;
use super::lan::Lan;
use super::model::{NodeRole, Origin, Segment, Settings};
use super::ranges::Range;
use crate::assumption::{About, codes as assumed};
use crate::manifest::objects::{self, Document, Object, Taint};
use crate::origin::{ObjectRef, Spanned};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Bytes of a node that is decided, with the labels it has by itself.
const NODE: usize = 3_000;

/// The nodes with what lies between them.
pub(super) struct Nodes {
    pub(super) all: Vec<Candidate>,
    pub(super) segments: Vec<Segment>,
    pub(super) source: Source,
    /// They are containers.
    pub(super) inside: bool,
}

/// Decides the nodes, and with them the segments between them and their gateway.
pub(super) fn decide(
    context: &mut Context<'_>,
    evidence: &Evidence,
    settings: &mut Settings,
    pods: Range,
    (lan, inside): (&Lan<'_>, Option<&Inside>),
) -> Nodes {
    let parsed = context.parsed;
    let mut drafts: Vec<Draft> = Vec::new();
    for object in &parsed.objects {
        if let Object::Node(document) = object {
            if !context.may(1, NODE) {
                break;
            }
            drafts.push(from_node(context, document));
        }
    }
    let kind = parsed.objects.iter().find_map(|object| match object {
        Object::KindCluster(document) => Some(document),
        _ => None,
    });
    let source = match kind {
        _ if !drafts.is_empty() => Source::Given,
        Some(document) => {
            drafts.extend(kind::from_kind(context, document));
            Source::Kind
        }
        None => {
            match inside {
                Some(_) => drafts.extend(assumed_control_plane(context)),
                None => drafts.extend(assumed_nodes()),
            }
            let names: Vec<&str> = drafts.iter().map(|draft| &*draft.name).collect();
            context.assume(assumed::NODES.made().arg("names", names.join(", ")));
            Source::Assumed
        }
    };
    let known: Vec<BTreeSet<std::net::Ipv4Addr>> = proven(context, source, &mut drafts);
    for draft in &drafts {
        if labels::is_windows(&draft.labels) {
            let made = assumed::WINDOWS_NODE.made().arg("node", &*draft.name);
            context.assume(made.because(&draft.origin, Some("metadata.labels")).about(About::Node(draft.name.clone())));
        }
    }
    let (segments, ids) = match inside {
        Some(inside) => addresses::of_containers(settings, inside, &mut drafts),
        None => addresses::segments(context, settings, source, lan, &mut drafts),
    };
    addresses::pod_networks(context, evidence, settings, source, pods, (&known, &segments), &mut drafts);
    let all = drafts.into_iter().zip(ids).map(|(draft, segment)| candidate(draft, segment)).collect();
    Nodes { all, segments, source, inside: inside.is_some() }
}

/// Adds the nodes that Pods prove, and the addresses they know; returns the addresses of each node's Pods.
fn proven(context: &mut Context<'_>, source: Source, drafts: &mut Vec<Draft>) -> Vec<BTreeSet<std::net::Ipv4Addr>> {
    let proofs = proof::by_node(context);
    let mut pods: Vec<BTreeSet<std::net::Ipv4Addr>> = vec![BTreeSet::new(); drafts.len()];
    // Of two of a name the first; those that are added have names of their own.
    let by_name: BTreeMap<Arc<str>, usize> =
        drafts.iter().enumerate().rev().map(|(at, draft)| (draft.name.clone(), at)).collect();
    for (name, proof) in proofs {
        let at = match by_name.get(&name) {
            Some(at) => *at,
            // A whole cluster has the nodes it has, unless something ran on another.
            None if source != Source::Assumed && !proof.ran => continue,
            None => {
                let Some(by) = proof.by else { continue };
                let origin = Origin {
                    object: ObjectRef { kind: Arc::from("Node"), namespace: None, name: name.clone() },
                    location: by.value.spec.node_name.as_ref().and_then(|text| context.at(text.span)),
                    assumed: true,
                };
                let made = assumed::NODE_PROVEN.made().arg("node", &*name).arg("pod", by.object.to_string());
                let made = made.because_at(by.object.clone(), "spec.nodeName", origin.location.clone());
                context.assume(made.about(About::Node(name.clone())));
                let control = proof.control_plane || name.ends_with(CONTROL_PLANE);
                let role = if control { NodeRole::ControlPlane } else { NodeRole::Worker };
                drafts.push(draft(name, role, BTreeMap::new(), origin, false));
                pods.push(BTreeSet::new());
                drafts.len() - 1
            }
        };
        if let Some(draft) = drafts.get_mut(at) {
            if proof.control_plane && draft.role == NodeRole::Worker {
                // kubelet only runs an API server as a static Pod, on a control plane.
                draft.role = NodeRole::ControlPlane;
                labels::by_kubeadm(&mut draft.labels, draft.role);
            }
            draft.ip = draft.ip.or(proof.ip.map(IpAddr::V4));
        }
        if let Some(known) = pods.get_mut(at) {
            *known = proof.pods;
        }
    }
    pods
}

fn from_node(context: &mut Context<'_>, document: &Document<objects::Node>) -> Draft {
    let (node, object) = (&document.value, &document.object);
    let mut labels = node.metadata.labels.to_map();
    labels::by_kubelet(&mut labels, &object.name, Some(&node.status.node_info));
    let taints: Vec<Taint> = node.spec.taints.iter().map(|taint| taint.value.clone()).collect();
    let control = labels::is_control_plane(&labels, &taints);
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
        host_routes: false,
        ready: !node.status.conditions.iter().any(|of| &*of.kind == "Ready" && &*of.status != "True"),
    }
}

/// How kind calls a control plane.
const CONTROL_PLANE: &str = "-control-plane";

/// The control plane of a cluster of kind of which the input has no Nodes, unless Pods prove it.
fn assumed_control_plane(context: &Context<'_>) -> Option<Draft> {
    let proofs = proof::by_node(context);
    if proofs.iter().any(|(name, proof)| proof.control_plane || name.ends_with(CONTROL_PLANE)) {
        return None;
    }
    let worker = proofs.iter().find_map(|(name, _)| name.rsplit_once("-worker").map(|(cluster, _)| cluster.to_owned()));
    let name: Arc<str> = Arc::from(format!("{}{CONTROL_PLANE}", worker.as_deref().unwrap_or("kind")));
    let object = ObjectRef { kind: Arc::from("Node"), namespace: None, name: name.clone() };
    let origin = Origin { object, location: None, assumed: true };
    Some(draft(name, NodeRole::ControlPlane, BTreeMap::new(), origin, proofs.is_empty()))
}

/// The usual kubeadm cluster: one control plane, two workers.
fn assumed_nodes() -> Vec<Draft> {
    let nodes = [("control-plane", NodeRole::ControlPlane), ("node-a", NodeRole::Worker), ("node-b", NodeRole::Worker)];
    let draft = |(name, role): (&str, NodeRole)| {
        let name: Arc<str> = Arc::from(name);
        let object = ObjectRef { kind: Arc::from("Node"), namespace: None, name: name.clone() };
        draft(name, role, BTreeMap::new(), Origin { object, location: None, assumed: true }, false)
    };
    nodes.into_iter().map(draft).collect()
}
