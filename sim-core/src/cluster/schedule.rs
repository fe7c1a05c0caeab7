//! Nodes and addresses for Pods: spread as the default scheduler would, addresses as `host-local` hands them out.

use super::context::Context;
use super::model::{NodeId, Pod};
use super::names::suffix;
use super::nodes::Candidate;
use super::pods::Draft;
use super::state::{Obstacle, ObstacleKind, Phase, PodState};
use super::workloads::MAX_PODS;
use crate::diagnostic::codes;
use crate::manifest::objects::{PodSpec, SelectorRequirement, Taint, Toleration};
use crate::manifest::span::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Places every Pod. Given nodes and addresses stay; a Pod that no node takes is reported and left out.
pub(super) fn place<'p>(context: &mut Context<'p>, nodes: &[Candidate], drafts: Vec<Draft<'p>>) -> Vec<Pod> {
    let mut drafts = every_node(context, nodes, drafts);
    // A made-up name can be one that is there: the Pod that exists keeps it, as a controller's create call would fail.
    let mut names = BTreeSet::new();
    drafts.retain(|draft| names.insert(draft.pod.name.clone()));
    let mut load = vec![0usize; nodes.len()];
    let mut groups: BTreeMap<(Arc<str>, usize), usize> = BTreeMap::new();
    let mut chosen: Vec<Option<usize>> = Vec::with_capacity(drafts.len());
    // Pods that have a node count before others are placed.
    for draft in &drafts {
        let at = draft.node_name.as_ref().map(|name| nodes.iter().position(|candidate| candidate.node.name == *name));
        if let Some(Some(at)) = at {
            note(&mut load, &mut groups, draft, at);
        }
        chosen.push(at.flatten());
    }
    for (draft, chosen) in drafts.iter().zip(&mut chosen) {
        if chosen.is_some() {
            continue;
        }
        if let Some(name) = &draft.node_name {
            let found = codes::UNKNOWN_NODE.at(span_of(context, draft)).about(draft.pod.origin.object.clone());
            context.report(found.arg("pod", draft.pod.name.to_string()).arg("node", &**name));
            continue;
        }
        let fits =
            (0..nodes.len()).filter(|at| nodes.get(*at).is_some_and(|candidate| feasible(candidate, draft.spec)));
        let best = fits.min_by_key(|at| {
            let same = groups.get(&(draft.group.clone(), *at)).copied().unwrap_or(0);
            (same, load.get(*at).copied().unwrap_or(0), *at)
        });
        match best {
            Some(at) => {
                note(&mut load, &mut groups, draft, at);
                *chosen = Some(at);
            }
            None => {
                let found = codes::POD_PENDING.at(span_of(context, draft)).about(draft.pod.origin.object.clone());
                context.report(found.arg("pod", draft.pod.name.to_string()).hint(codes::HINT_TAINTS));
            }
        }
    }
    addresses(context, nodes, &mut drafts, &chosen)
}

fn note(load: &mut [usize], groups: &mut BTreeMap<(Arc<str>, usize), usize>, draft: &Draft<'_>, at: usize) {
    if let Some(load) = load.get_mut(at) {
        *load += 1;
    }
    *groups.entry((draft.group.clone(), at)).or_default() += 1;
}

fn span_of(context: &Context<'_>, draft: &Draft<'_>) -> Span {
    let object = &draft.pod.origin.object;
    context.parsed.objects.iter().find(|other| other.object() == object).map(|object| object.span()).unwrap_or_default()
}

/// One Pod of each DaemonSet for every node that takes it.
fn every_node<'p>(context: &mut Context<'p>, nodes: &[Candidate], drafts: Vec<Draft<'p>>) -> Vec<Draft<'p>> {
    let mut all = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if !draft.pinned || draft.node_name.is_some() {
            all.push(draft);
            continue;
        }
        for candidate in nodes.iter().filter(|candidate| daemon_fits(candidate, draft.spec)) {
            if all.len() >= MAX_PODS {
                let found = codes::TOO_MANY_PODS.at(span_of(context, &draft)).about(draft.pod.origin.object.clone());
                context.report(found.arg("limit", MAX_PODS.to_string()));
                break;
            }
            let mut pod = draft.pod.clone();
            let owner = draft.pod.made_by.as_ref().map_or("", |owner| &*owner.name);
            let seed = format!("{} {}", draft.pod.name, candidate.node.name);
            pod.name.name = Arc::from(format!("{owner}-{}", suffix(&seed, 5)));
            let node_name = Some(candidate.node.name.clone());
            let (group, probed) = (draft.group.clone(), draft.probed.clone());
            all.push(Draft { pod, spec: draft.spec, node_name, ip: None, group, pinned: true, probed });
        }
    }
    all
}

/// DaemonSet Pods tolerate the taints the node controller sets, and cordoned nodes.
fn daemon_fits(candidate: &Candidate, spec: &PodSpec) -> bool {
    let own = candidate.taints.iter().filter(|taint| !taint.key.starts_with("node.kubernetes.io/"));
    own.filter(|taint| keeps_out(taint)).all(|taint| tolerated(taint, &spec.tolerations)) && selected(candidate, spec)
}

fn feasible(candidate: &Candidate, spec: &PodSpec) -> bool {
    !candidate.unschedulable
        && candidate.taints.iter().filter(|taint| keeps_out(taint)).all(|taint| tolerated(taint, &spec.tolerations))
        && selected(candidate, spec)
}

fn keeps_out(taint: &Taint) -> bool {
    matches!(&*taint.effect, "NoSchedule" | "NoExecute")
}

fn tolerated(taint: &Taint, tolerations: &[Toleration]) -> bool {
    tolerations.iter().any(|toleration| {
        let effect = toleration.effect.as_deref().is_none_or(|effect| effect.is_empty() || effect == &*taint.effect);
        let key = toleration.key.as_deref().is_none_or(|key| key.is_empty() || key == &*taint.key);
        let exists = toleration.operator.as_deref() == Some("Exists");
        let value = exists || toleration.value.as_deref().unwrap_or("") == taint.value.as_deref().unwrap_or("");
        let any = toleration.key.as_deref().is_none_or(str::is_empty);
        effect && key && value && (exists || !any)
    })
}

/// Node selector and required node affinity.
fn selected(candidate: &Candidate, spec: &PodSpec) -> bool {
    let labels = &candidate.node.labels;
    let selector = spec
        .node_selector
        .as_ref()
        .is_none_or(|map| map.value.iter().all(|(key, value)| labels.get(key) == Some(value)));
    let name = &candidate.node.name;
    let required = spec.affinity.node_affinity.required.as_ref();
    let affinity = required.is_none_or(|required| {
        required.node_selector_terms.iter().any(|term| {
            let label =
                |requirement: &SelectorRequirement| matches(requirement, labels.get(&requirement.key).map(|v| &**v));
            let field = |requirement: &SelectorRequirement| {
                &*requirement.key == "metadata.name" && matches(requirement, Some(name))
            };
            let some = !term.match_expressions.is_empty() || !term.match_fields.is_empty();
            some && term.match_expressions.iter().all(label) && term.match_fields.iter().all(field)
        })
    });
    selector && affinity
}

fn matches(requirement: &SelectorRequirement, have: Option<&str>) -> bool {
    let among = |have: &str| requirement.values.iter().any(|value| &**value == have);
    let number = |text: &str| text.parse::<i64>().ok();
    let bound = || requirement.values.first().and_then(|value| number(value));
    match &*requirement.operator {
        "In" => have.is_some_and(among),
        "NotIn" => !have.is_some_and(among),
        "Exists" => have.is_some(),
        "DoesNotExist" => have.is_none(),
        "Gt" => have.and_then(number).zip(bound()).is_some_and(|(have, bound)| have > bound),
        "Lt" => have.and_then(number).zip(bound()).is_some_and(|(have, bound)| have < bound),
        _ => false,
    }
}

/// A Pod that gets no network for want of a node or an address.
fn leave_out(context: &mut Context<'_>, pod: Pod, kind: ObstacleKind, reason: &str) {
    let obstacle = Obstacle { kind, container: None, reason: Arc::from(reason), at: pod.origin.location.clone() };
    let state = PodState { phase: Phase::Pending, obstacle: Some(obstacle), ..pod.state };
    context.leave_out(Pod { state, ..pod });
}

/// Addresses: given ones stay; others get the next free one of their node, `.1` being the bridge's.
fn addresses<'p>(
    context: &mut Context<'p>,
    nodes: &[Candidate],
    drafts: &mut Vec<Draft<'p>>,
    chosen: &[Option<usize>],
) -> Vec<Pod> {
    let taken: BTreeSet<IpAddr> = drafts.iter().filter_map(|draft| draft.ip).collect();
    let mut free: Vec<_> = nodes.iter().map(|candidate| candidate.node.pod_cidr.hosts().skip(1)).collect();
    let mut pods = Vec::with_capacity(drafts.len());
    for (draft, at) in drafts.drain(..).zip(chosen) {
        let Some((at, candidate)) = at.and_then(|at| Some((at, nodes.get(at)?))) else {
            let reason = if draft.node_name.is_some() { "NodeNotFound" } else { "Unschedulable" };
            leave_out(context, draft.pod, ObstacleKind::Unscheduled, reason);
            continue;
        };
        let mut next = || free.get_mut(at)?.find(|ip| !taken.contains(ip));
        let ip = if draft.pod.host_network { Some(candidate.node.ip) } else { draft.ip.or_else(&mut next) };
        let Some(ip) = ip else {
            let found = codes::OUT_OF_ADDRESSES.at(Span::default()).about(draft.pod.origin.object.clone());
            context.report(found.arg("pod", draft.pod.name.to_string()).arg("node", &*candidate.node.name));
            leave_out(context, draft.pod, ObstacleKind::NotStarted, "FailedCreatePodSandBox");
            continue;
        };
        pods.push(Pod { node: NodeId(at as u32), ip, ..draft.pod });
        if !draft.probed.is_empty()
            && let Some(pod) = pods.last_mut()
        {
            super::endpoints::listen_on_probe(context, pod, &draft.probed);
        }
    }
    pods
}
