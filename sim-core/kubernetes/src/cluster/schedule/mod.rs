//! Nodes and addresses for Pods: spread as the default scheduler would, addresses as `host-local` hands them out.

mod fit;
mod neighbours;
mod ports;

use super::barren::Idle;
use super::cidr::Nets;
use super::context::Context;
use super::model::{NodeId, Pod, Settings};
use super::names::{few, suffix};
use super::nodes::{Candidate, Nodes, Source, grow};
use super::pods::{Draft, weight};
use super::state::{Obstacle, ObstacleKind, Phase, PodState};
use super::workloads::barren;
use crate::assumption::{About, codes as assumed};
use crate::diagnostic::codes;
use crate::manifest::objects::PodSpec;
use crate::origin::Span;
pub(crate) use fit::tolerated;
use fit::{Unfit, unfit, unfit_for_daemon, wishes};
use neighbours::Neighbours;
use ports::{HostPorts, Wanted};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Places every Pod. Given nodes and addresses stay; a Pod that no node takes is reported and left out. Around manifests that bring no
/// Nodes, one more is assumed for Pods that none of the assumed ones takes.
pub(super) fn place<'p>(
    context: &mut Context<'p>,
    settings: &Settings,
    nodes: &mut Nodes,
    drafts: Vec<Draft<'p>>,
) -> Vec<Pod> {
    for candidate in &mut nodes.all {
        candidate.unschedulable |= context.parsed.held.cordoned.contains(&candidate.node.name);
    }
    if nodes.source == Source::Assumed {
        for draft in &drafts {
            if draft.node_name.is_none() && !draft.pinned && context.may(nodes.all.len(), 0) {
                make_room(context, settings, nodes, draft);
            }
        }
    }
    let mut drafts = every_node(context, &nodes.all, drafts);
    // A made-up name can be one that is there: the Pod that exists keeps it, as a controller's create call would fail.
    let mut names = BTreeSet::new();
    drafts.retain(|draft| names.insert(draft.pod.name.clone()));
    let mut placing = Placing {
        load: vec![0; nodes.all.len()],
        by_load: (0..nodes.all.len()).map(|at| (0, at)).collect(),
        groups: BTreeMap::new(),
        neighbours: Neighbours::of(&drafts),
        ports: HostPorts::default(),
        chosen: vec![None; drafts.len()],
        by_label: BTreeMap::new(),
    };
    placing.label(&nodes.all);
    let by_name: BTreeMap<Arc<str>, usize> =
        nodes.all.iter().enumerate().map(|(at, candidate)| (candidate.node.name.clone(), at)).collect();
    let networks = Nets::of(nodes.all.iter().map(|candidate| candidate.node.pod_cidr));
    // Pods that have a node count before others are placed; of the others, those that DaemonSets make for a node come first.
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| !is_made(draft)) {
        let named = draft.node_name.as_ref();
        let at = match (named, draft.ip) {
            (Some(name), _) => by_name.get(name).copied(),
            // It has an address already: it is on the node that hands such addresses out.
            (None, Some(ip)) => networks.first(ip),
            (None, None) => None,
        };
        match (at, named) {
            (Some(at), _) => {
                if let Some((wanted, other)) = placing.ports.against(&draft.pod, at) {
                    let span = context.first_line(wanted.span);
                    let found = codes::HOST_PORT_TAKEN.at(span).about(draft.pod.origin.object.clone());
                    let node = nodes.all.get(at).map_or("", |candidate| &candidate.node.name);
                    let found = found.arg("pod", draft.pod.name.to_string()).arg("other", other.to_string());
                    context.report(found.arg("port", wanted.words()).arg("node", node));
                }
                placing.put(index, draft, &nodes.all, at);
            }
            (None, Some(name)) => {
                let found = codes::UNKNOWN_NODE.at(span_of(context, draft)).about(draft.pod.origin.object.clone());
                context.report(found.arg("pod", draft.pod.name.to_string()).arg("node", &**name));
            }
            (None, None) => {}
        }
    }
    let mut blocked: BTreeMap<&Arc<str>, (Wanted, Vec<&str>, &Draft<'_>)> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(_, draft)| is_made(draft)) {
        let Some(at) = draft.node_name.as_ref().and_then(|name| by_name.get(name).copied()) else { continue };
        match placing.ports.against(&draft.pod, at) {
            None => placing.put(index, draft, &nodes.all, at),
            Some((wanted, _)) => {
                let node = nodes.all.get(at).map_or("", |candidate| &candidate.node.name);
                blocked.entry(&draft.group).or_insert((wanted, Vec::new(), draft)).1.push(node);
            }
        }
    }
    for (wanted, on, draft) in blocked.into_values() {
        let found = codes::POD_PENDING.at(context.first_line(wanted.span)).about(draft.pod.origin.object.clone());
        let (reason, what) = Unfit::HostPort(wanted.words()).words();
        let found = found.arg("pod", draft.pod.name.to_string()).arg("count", on.len().to_string());
        context.report(found.arg("reason", reason).arg("what", what).arg("nodes", few(on)));
    }
    // A Pod that waits for another's company may go when that has a place.
    let mut placed = 0_usize;
    // Of each group the template that found no place, and how many had one then: as long as no other has, those alike find none either.
    let mut failed: BTreeMap<&Arc<str>, (*const PodSpec, usize)> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut moved = false;
        for (index, draft) in drafts.iter().enumerate() {
            if draft.node_name.is_some() || placing.chosen.get(index).copied().flatten().is_some() {
                continue;
            }
            if !context.may(1, 0) {
                break;
            }
            let like: *const PodSpec = draft.spec;
            if failed.get(&draft.group) == Some(&(like, placed)) {
                continue;
            }
            let mut at = placing.best(draft, nodes);
            if at.is_none() && nodes.source == Source::Assumed && placing.only_others(draft, nodes) {
                let port = placing.port_taken(draft, nodes);
                at = add(context, settings, nodes, draft, port.as_deref()).then(|| nodes.all.len() - 1);
                placing.more(&nodes.all);
            }
            match at {
                Some(at) => {
                    placing.put(index, draft, &nodes.all, at);
                    moved = true;
                    placed += 1;
                }
                // All nodes were looked at.
                None if !context.may(nodes.all.len(), 0) => break,
                None => {
                    failed.insert(&draft.group, (like, placed));
                }
            }
        }
        if !moved {
            break;
        }
    }
    pending(context, nodes, &drafts, &placing);
    addresses(context, &nodes.all, &mut drafts, &placing.chosen)
}

/// True for a Pod that a DaemonSet makes for a node.
fn is_made(draft: &Draft<'_>) -> bool {
    draft.pinned && draft.node_name.is_some() && &*draft.pod.origin.object.kind != "Pod"
}

/// How often Pods that wait for others are tried again.
const ROUNDS: usize = 10;

/// What is placed so far.
struct Placing<'p> {
    /// Pods on each node.
    load: Vec<usize>,
    /// All nodes, those with the fewest Pods first.
    by_load: BTreeSet<(usize, usize)>,
    /// Pods of a group on each node that has some.
    groups: BTreeMap<Arc<str>, BTreeMap<usize, usize>>,
    neighbours: Neighbours<'p>,
    ports: HostPorts,
    /// The node of each draft.
    chosen: Vec<Option<usize>>,
    /// Nodes by each of their labels.
    by_label: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Vec<usize>>>,
}

impl Placing<'_> {
    fn put(&mut self, index: usize, draft: &Draft<'_>, nodes: &[Candidate], at: usize) {
        if let Some(load) = self.load.get_mut(at) {
            self.by_load.remove(&(*load, at));
            *load += 1;
            self.by_load.insert((*load, at));
        }
        if !self.groups.contains_key(&draft.group) {
            self.groups.insert(draft.group.clone(), BTreeMap::new());
        }
        if let Some(group) = self.groups.get_mut(&draft.group) {
            *group.entry(at).or_default() += 1;
        }
        if let Some(candidate) = nodes.get(at) {
            self.neighbours.note(draft, candidate);
        }
        self.ports.note(&draft.pod, at);
        if let Some(chosen) = self.chosen.get_mut(index) {
            *chosen = Some(at);
        }
    }

    /// Enters the labels of nodes.
    fn label(&mut self, nodes: &[Candidate]) {
        self.by_label.clear();
        for (at, candidate) in nodes.iter().enumerate() {
            for (key, value) in &candidate.node.labels {
                self.by_label.entry(key.clone()).or_default().entry(value.clone()).or_default().push(at);
            }
        }
    }

    /// Nodes that have a label.
    fn labelled(&self, key: &str, value: &str) -> &[usize] {
        self.by_label.get(key).and_then(|values| values.get(value)).map_or(&[], Vec::as_slice)
    }

    /// The node with the fewest Pods of the group, then of all, among those that take the Pod.
    fn best(&self, draft: &Draft<'_>, nodes: &Nodes) -> Option<usize> {
        let selector = draft.spec.node_selector.iter().flat_map(|map| &map.value);
        let fewest = selector.map(|(key, value)| self.labelled(key, value)).min_by_key(|nodes| nodes.len());
        if fewest.is_some_and(<[usize]>::is_empty) {
            return None;
        }
        let eligible = self.eligible(draft, nodes);
        let fits = |at: &usize| self.why(draft, nodes, *at, &eligible).is_none();
        let group = self.groups.get(&draft.group);
        if let Some(few) = fewest.filter(|few| few.len() < nodes.all.len() / 4) {
            let same = |at: &usize| group.and_then(|group| group.get(at)).copied().unwrap_or(0);
            let mut few: Vec<_> =
                few.iter().map(|at| (same(at), self.load.get(*at).copied().unwrap_or(0), *at)).collect();
            few.sort_unstable();
            return few.into_iter().map(|(_, _, at)| at).find(fits);
        }
        let has_some = |at: &usize| group.is_some_and(|group| group.contains_key(at));
        // In order of what decides: without a Pod of the group first, then by load, then by place.
        let fresh = self.by_load.iter().map(|(_, at)| *at).filter(|at| !has_some(at)).find(&fits);
        fresh.or_else(|| {
            let rated = |(at, same): (&usize, &usize)| (*same, self.load.get(*at).copied().unwrap_or(0), *at);
            let mut others: Vec<_> = group?.iter().map(rated).collect();
            let first = others.iter().min().map(|(_, _, at)| *at).filter(&fits);
            first.or_else(|| {
                others.sort_unstable();
                others.into_iter().map(|(_, _, at)| at).find(&fits)
            })
        })
    }

    /// Takes notice of nodes that came after the first `self.load.len()`.
    fn more(&mut self, nodes: &[Candidate]) {
        self.by_load.extend((self.load.len()..nodes.len()).map(|at| (0, at)));
        self.load.resize(nodes.len(), 0);
        self.label(nodes);
    }

    /// Nodes that count for the Pod's spread: taints do not take one out of it.
    fn eligible<'n>(&self, draft: &Draft<'_>, nodes: &'n Nodes) -> Vec<&'n Candidate> {
        if !self.neighbours.spreads(draft) {
            return Vec::new();
        }
        let labels = |why: Option<Unfit>| matches!(why, Some(Unfit::Selector(_) | Unfit::Affinity(_)));
        let all = nodes.all.iter();
        all.filter(|candidate| !labels(unfit(candidate, draft.spec))).collect()
    }

    /// What keeps the Pod off a node.
    fn why(&self, draft: &Draft<'_>, nodes: &Nodes, at: usize, eligible: &[&Candidate]) -> Option<Unfit> {
        let candidate = nodes.all.get(at)?;
        let strict = nodes.source != Source::Assumed;
        let others = || self.neighbours.unfit(draft, candidate, eligible, strict);
        let port = || self.ports.against(&draft.pod, at).map(|(wanted, _)| Unfit::HostPort(wanted.words()));
        unfit(candidate, draft.spec).or_else(others).or_else(port)
    }

    /// What keeps the Pod off each node.
    fn unfit(&self, draft: &Draft<'_>, nodes: &Nodes) -> Vec<Option<Unfit>> {
        let first = draft.spec.node_selector.as_ref().and_then(|map| map.value.first_key_value());
        // No node has the label that is looked at first.
        if let Some((key, value)) = first.filter(|(key, value)| self.labelled(key, value).is_empty()) {
            return vec![Some(Unfit::Selector(Arc::from(format!("{key}={value}")))); nodes.all.len()];
        }
        let eligible = self.eligible(draft, nodes);
        (0..nodes.all.len()).map(|at| self.why(draft, nodes, at, &eligible)).collect()
    }

    /// The port for which some node does not take the Pod.
    fn port_taken(&self, draft: &Draft<'_>, nodes: &Nodes) -> Option<String> {
        self.unfit(draft, nodes).into_iter().find_map(|why| match why {
            Some(Unfit::HostPort(port)) => Some(port),
            _ => None,
        })
    }

    /// True when nothing but other Pods keeps the Pod off some node: an anti-affinity, or a port they have.
    fn only_others(&self, draft: &Draft<'_>, nodes: &Nodes) -> bool {
        let others = |why: &Option<Unfit>| matches!(why, Some(Unfit::PodAntiAffinity(_) | Unfit::HostPort(_)));
        self.unfit(draft, nodes).iter().any(others)
    }
}

/// Adds a node when the labels of all others are wrong for the Pod.
fn make_room(context: &mut Context<'_>, settings: &Settings, nodes: &mut Nodes, draft: &Draft<'_>) {
    let labels = |why: &Unfit| matches!(why, Unfit::Selector(_) | Unfit::Affinity(_));
    if nodes.all.iter().all(|candidate| unfit(candidate, draft.spec).as_ref().is_some_and(labels)) {
        add(context, settings, nodes, draft, None);
    }
}

/// Adds a node that takes the Pod; false when there can be none. `port`: the port that all others have given away.
fn add(
    context: &mut Context<'_>,
    settings: &Settings,
    nodes: &mut Nodes,
    draft: &Draft<'_>,
    port: Option<&str>,
) -> bool {
    // Who makes nodes that are containers makes them all at once.
    if nodes.inside {
        return false;
    }
    for wanted in wishes(draft.spec) {
        let words: Vec<String> = wanted.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let Some(made) = grow(settings, &nodes.segments, &nodes.all, wanted) else { continue };
        if unfit(&made, draft.spec).is_some() {
            continue;
        }
        let name = made.node.name.clone();
        let code = match (words.is_empty(), port) {
            (false, _) => assumed::NODE_FOR_LABELS,
            (true, None) => assumed::NODE_FOR_SPREAD,
            (true, Some(_)) => assumed::NODE_FOR_PORT,
        };
        let said = code.made().arg("node", &*name).arg("labels", words.join(", "));
        let said = said.arg("port", port.unwrap_or_default());
        let said = said.arg("pod", draft.pod.name.to_string()).because(&draft.pod.origin, Some("spec.nodeSelector"));
        context.assume(said.about(About::Node(name.clone())));
        if super::nodes::labels::is_windows(&made.node.labels) {
            let said = assumed::WINDOWS_NODE.made().arg("node", &*name);
            context.assume(said.because(&draft.pod.origin, Some("spec.nodeSelector")).about(About::Node(name)));
        }
        nodes.all.push(made);
        return true;
    }
    false
}

/// Tells which Pods stay pending, and why: the Pods of one workload at once, with the reason of most nodes that come nearest.
fn pending(context: &mut Context<'_>, nodes: &Nodes, drafts: &[Draft<'_>], placing: &Placing<'_>) {
    let mut told: BTreeMap<&Arc<str>, (usize, &Draft<'_>)> = BTreeMap::new();
    for (draft, chosen) in drafts.iter().zip(&placing.chosen) {
        if chosen.is_none() && draft.node_name.is_none() {
            told.entry(&draft.group).or_insert((0, draft)).0 += 1;
        }
    }
    for (count, draft) in told.into_values() {
        if context.is_full() {
            context.dropped += 1;
            continue;
        }
        if !context.may(nodes.all.len(), 0) {
            return;
        }
        let why: Vec<(Unfit, &str)> = placing
            .unfit(draft, nodes)
            .into_iter()
            .zip(&nodes.all)
            .filter_map(|(why, candidate)| Some((why?, &*candidate.node.name)))
            .collect();
        // Labels that do not fit say less than a taint on a node whose labels do.
        let nearest = why.iter().map(|(why, _)| why).max_by_key(|why| match why {
            Unfit::Selector(_) | Unfit::Affinity(_) => 0,
            Unfit::Taint(_) | Unfit::Cordoned => 1,
            Unfit::PodAffinity(_) | Unfit::PodAntiAffinity(_) | Unfit::Spread(_) | Unfit::HostPort(_) => 2,
        });
        let Some(nearest) = nearest else { continue };
        let of: Vec<&str> = why.iter().filter(|(why, _)| why == nearest).map(|(_, name)| *name).collect();
        let (reason, what) = nearest.words();
        let span = match nearest {
            Unfit::Selector(_) => draft.spec.node_selector.as_ref().map(|map| context.first_line(map.span)),
            Unfit::HostPort(words) => {
                Wanted::of(&draft.pod).find(|one| one.words() == *words).map(|one| context.first_line(one.span))
            }
            _ => None,
        };
        let span = span.unwrap_or_else(|| context.first_line(span_of(context, draft)));
        let found = codes::POD_PENDING.at(span).about(draft.pod.origin.object.clone());
        let found = found.arg("pod", draft.pod.name.to_string()).arg("count", count.to_string());
        let found = found.arg("reason", reason).arg("what", what).arg("nodes", few(&of));
        context.report(match nearest {
            Unfit::Taint(taint) => {
                let (key, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
                let (key, how) = match key.split_once('=') {
                    Some((key, value)) => (key, format!("value: {value}")),
                    None => (key, "operator: Exists".to_owned()),
                };
                let found = found.arg("key", key).arg("how", how).arg("effect", effect);
                found.hint(codes::HINT_TOLERATE)
            }
            Unfit::Selector(label) => {
                let node = of.first().copied().unwrap_or_default().to_owned();
                found.arg("label", &**label).arg("node", node).hint(codes::HINT_LABEL_NODE)
            }
            _ => found,
        });
    }
}

fn span_of(context: &Context<'_>, draft: &Draft<'_>) -> Span {
    context.span_of(&draft.pod.origin.object)
}

/// One Pod of each DaemonSet for every node that takes it.
fn every_node<'p>(context: &mut Context<'p>, nodes: &[Candidate], drafts: Vec<Draft<'p>>) -> Vec<Draft<'p>> {
    let mut all = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if !draft.pinned || draft.node_name.is_some() {
            all.push(draft);
            continue;
        }
        let mut why = None;
        let mut made = false;
        for candidate in nodes {
            if !context.may(1, 0) {
                break;
            }
            if let Some(unfit) = unfit_for_daemon(candidate, draft.spec) {
                why.get_or_insert(unfit);
                continue;
            }
            made = true;
            if all.len() >= context.max_pods {
                let found = codes::TOO_MANY_PODS.at(span_of(context, &draft)).about(draft.pod.origin.object.clone());
                context.report(found.arg("limit", context.max_pods.to_string()));
                break;
            }
            if !context.may(1, weight(&draft.pod)) {
                break;
            }
            let mut pod = draft.pod.clone();
            let owner = draft.pod.made_by.as_ref().map_or("", |owner| &*owner.name);
            let seed = format!("{} {}", draft.pod.name, candidate.node.name);
            pod.name.name = Arc::from(format!("{owner}-{}", suffix(&seed, 5)));
            let node_name = Some(candidate.node.name.clone());
            let group = draft.group.clone();
            all.push(Draft { pod, spec: draft.spec, node_name, ip: None, group, handed_out: false, pinned: true });
        }
        if let (false, Some(why)) = (made, why) {
            let (reason, what) = why.words();
            let at = draft.spec.node_selector.as_ref().map(|map| map.span).filter(|_| reason == "selector");
            let span = context.first_line(at.unwrap_or_else(|| span_of(context, &draft)));
            let found = codes::DAEMONSET_NO_NODE.at(span).about(draft.pod.origin.object.clone());
            context.report(found.arg("reason", reason).arg("what", what));
            barren(context, &draft.pod.origin.object, span, draft.pod.labels.clone(), Idle::NoNode);
        }
    }
    all
}

/// A Pod that gets no network for want of a node or an address.
fn leave_out(context: &mut Context<'_>, pod: Pod, kind: ObstacleKind, reason: &str) {
    let obstacle = Obstacle { kind, container: None, reason: Arc::from(reason), at: pod.origin.location.clone() };
    let state = PodState { phase: Phase::Pending, obstacle: Some(obstacle), ..pod.state };
    context.leave_out(Pod { state, ..pod }, None);
}

/// Addresses: given ones stay; others get the next free one of their node, `.1` being the bridge's.
fn addresses<'p>(
    context: &mut Context<'p>,
    nodes: &[Candidate],
    drafts: &mut Vec<Draft<'p>>,
    chosen: &[Option<usize>],
) -> Vec<Pod> {
    let taken: BTreeSet<IpAddr> = drafts.iter().filter_map(|draft| draft.ip).collect();
    let held = &context.parsed.held;
    // The bridge has the first; where another plugin gave that to a Pod, the next.
    let open = |candidate: &Candidate| {
        let hosts = candidate.node.pod_cidr.hosts();
        let first = hosts.into_iter().find(|ip| !candidate.node.host_routes || !taken.contains(ip));
        // The next one behind the last that was handed out, and then from the beginning.
        let last = held.last.get(&candidate.node.name).copied();
        let (behind, before) = (candidate.node.pod_cidr.hosts(), candidate.node.pod_cidr.hosts());
        let behind = behind.filter(move |ip| last.is_none_or(|last| *ip > last));
        let before = before.filter(move |ip| last.is_some_and(|last| *ip <= last));
        behind.chain(before).filter(move |ip| Some(*ip) != first)
    };
    let mut free: Vec<_> = nodes.iter().map(open).collect();
    let mut pods = Vec::with_capacity(drafts.len());
    for (draft, at) in drafts.drain(..).zip(chosen) {
        let Some((at, candidate)) = at.and_then(|at| Some((at, nodes.get(at)?))) else {
            let gone = draft.node_name.is_some() && !is_made(&draft);
            let reason = if gone { "NodeNotFound" } else { "Unschedulable" };
            leave_out(context, draft.pod, ObstacleKind::Unscheduled, reason);
            continue;
        };
        let mut next = || free.get_mut(at)?.find(|ip| !taken.contains(ip));
        let ip_given = draft.ip.is_some() && !draft.handed_out;
        let ip = if draft.pod.host_network { Some(candidate.node.ip) } else { draft.ip.or_else(&mut next) };
        let Some(ip) = ip else {
            let found = codes::OUT_OF_ADDRESSES
                .at(context.first_line(span_of(context, &draft)))
                .about(draft.pod.origin.object.clone());
            context.report(found.arg("pod", draft.pod.name.to_string()).arg("node", &*candidate.node.name));
            leave_out(context, draft.pod, ObstacleKind::NotStarted, "FailedCreatePodSandBox");
            continue;
        };
        pods.push(Pod { node: NodeId(at as u32), ip, ip_given, ..draft.pod });
    }
    pods
}
