//! Pairs folded into groups of workloads: by namespace, by a label, or not at all.

use super::names::Names;
use crate::locale::{Lang, t};
use kubernetes::policy::Ports;
use sim_core::reach::{Overview, Pair, Part, Peer, Reach};
use std::collections::{BTreeMap, BTreeSet};

/// How workloads are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Each by itself.
    Not,
    /// By namespace.
    Namespace,
    /// By the value of a label, within their namespace.
    Label(String),
}

impl Fold {
    /// Of an address: nothing, `namespace`, or the key of a label.
    pub fn read(text: &str) -> Self {
        match text.trim() {
            "" => Self::Not,
            "namespace" => Self::Namespace,
            key => Self::Label(key.strip_prefix("label:").unwrap_or(key).to_owned()),
        }
    }
}

/// Those that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// The namespace; empty for who has none.
    pub namespace: String,
    /// Who they are.
    pub members: Vec<Peer>,
}

/// What connects two groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Ports on which some pair may connect.
    pub ports: Ports,
    /// How many pairs may.
    pub pairs: usize,
    /// All pairs may, on all of these ports.
    pub whole: bool,
    /// The first pair.
    pub first: Option<Pair>,
}

/// Groups in order, and what connects them by their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Who stands together.
    pub groups: Vec<Group>,
    /// From whom to whom.
    pub cells: BTreeMap<(usize, usize), Cell>,
}

/// Folds pairs; `peers` are those that get a place even without a pair.
pub fn folded(reach: &Reach<'_>, pairs: &[Pair], peers: &[Peer], fold: &Fold) -> Folded {
    let names = Names::of(reach);
    let all: BTreeSet<Peer> = pairs.iter().flat_map(|pair| [pair.from, pair.to]).chain(peers.iter().copied()).collect();
    let mut found = Folded::default();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut of: BTreeMap<Peer, usize> = BTreeMap::new();
    for peer in all {
        let (namespace, name) = match peer {
            Peer::Workload(at) => {
                let Some(own) = reach.workloads().get(at) else { continue };
                let namespace = own.namespace().to_owned();
                let name = match fold {
                    Fold::Not => names.peer(&peer),
                    Fold::Namespace => namespace.clone(),
                    Fold::Label(key) => match own.labels.get(key.as_str()) {
                        Some(value) => format!("{namespace} {key}={value}"),
                        None => names.peer(&peer),
                    },
                };
                (namespace, name)
            }
            _ => (String::new(), names.peer(&peer)),
        };
        let at = *places.entry((namespace.clone(), name.clone())).or_insert_with(|| {
            found.groups.push(Group { name, namespace, members: Vec::new() });
            found.groups.len() - 1
        });
        if let Some(group) = found.groups.get_mut(at) {
            group.members.push(peer);
        }
        of.insert(peer, at);
    }
    let mut alike: BTreeMap<(usize, usize), Option<usize>> = BTreeMap::new();
    for pair in pairs {
        let (Some(from), Some(to)) = (of.get(&pair.from), of.get(&pair.to)) else { continue };
        let cell = found.cells.entry((*from, *to)).or_default();
        cell.ports.add(reach.ports_of(pair));
        cell.pairs += 1;
        cell.first.get_or_insert(*pair);
        let own = alike.entry((*from, *to)).or_insert(Some(pair.ports));
        if *own != Some(pair.ports) {
            *own = None;
        }
    }
    for (key, cell) in &mut found.cells {
        let size = |at: usize| found.groups.get(at).map_or(0, |group| group.members.len());
        let own = if key.0 == key.1 { size(key.0) } else { 0 };
        let all = size(key.0) * size(key.1) - own;
        cell.whole = cell.pairs >= all && alike.get(key).is_some_and(Option::is_some);
    }
    found
}

/// By namespaces, of more pairs than can be looked at one by one.
pub fn overview(lang: Lang, seen: &Overview) -> Folded {
    let mut found = Folded::default();
    let mut places: BTreeMap<&Part, usize> = BTreeMap::new();
    for (part, members) in &seen.parts {
        let (namespace, name) = match part {
            Part::Namespace(name) => (name.to_string(), name.to_string()),
            Part::Outside => (String::new(), t(lang, "policy-outside")),
            Part::Ingress => (String::new(), "ingress".to_owned()),
        };
        places.insert(part, found.groups.len());
        found.groups.push(Group { name, namespace, members: members.clone() });
    }
    for ((from, to), own) in &seen.cells {
        let (Some(from), Some(to)) = (places.get(from), places.get(to)) else { continue };
        let pairs = usize::try_from(own.pairs).unwrap_or(usize::MAX);
        let cell = Cell { ports: own.ports.clone(), pairs, whole: own.whole, first: None };
        found.cells.insert((*from, *to), cell);
    }
    found
}
