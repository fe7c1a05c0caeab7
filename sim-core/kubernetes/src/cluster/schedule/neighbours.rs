//! What other Pods have to say about where one goes: Pod affinity, anti-affinity and topology spread, as far as they bind.

use super::fit::Unfit;
use crate::cluster::nodes::Candidate;
use crate::cluster::pods::Draft;
use crate::cluster::workloads::selects;
use crate::manifest::objects::{LabelSelector, PodAffinityTerm};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Terms that are followed at most; Pods of further ones are placed as if they had none.
const MOST: usize = 2_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Near,
    Apart,
    Spread(usize),
}

/// A term of a group of Pods, with how many Pods it selects are where.
struct Term<'p> {
    group: Arc<str>,
    kind: Kind,
    /// Namespaces; `None` for all.
    namespaces: Option<Vec<Arc<str>>>,
    selector: Option<&'p LabelSelector>,
    key: &'p Arc<str>,
    /// Selected Pods by value of the topology key.
    selected: BTreeMap<Arc<str>, usize>,
    /// Pods of the group itself, likewise.
    own: BTreeMap<Arc<str>, usize>,
}

/// All terms.
#[derive(Default)]
pub(super) struct Neighbours<'p> {
    terms: Vec<Term<'p>>,
    by_group: BTreeMap<Arc<str>, Vec<usize>>,
}

impl<'p> Neighbours<'p> {
    /// The terms of all drafts, each group's once.
    pub(super) fn of(drafts: &[Draft<'p>]) -> Self {
        let mut all = Self::default();
        let mut seen: BTreeSet<&Arc<str>> = BTreeSet::new();
        for draft in drafts {
            let affinity = &draft.spec.affinity;
            let constraints = &draft.spec.topology_spread_constraints;
            let (near, apart) = (&affinity.pod_affinity.required, &affinity.pod_anti_affinity.required);
            if (near.is_empty() && apart.is_empty() && constraints.is_empty()) || !seen.insert(&draft.group) {
                continue;
            }
            for (kind, term) in
                near.iter().map(|term| (Kind::Near, term)).chain(apart.iter().map(|term| (Kind::Apart, term)))
            {
                let term = &term.value;
                all.add(draft, kind, namespaces(draft, term), term.label_selector.as_ref(), &term.topology_key);
            }
            for constraint in constraints.iter().map(|constraint| &constraint.value) {
                let soft = constraint.when_unsatisfiable.as_deref() == Some("ScheduleAnyway");
                let skew = constraint.max_skew.and_then(|skew| usize::try_from(skew).ok()).unwrap_or(1).max(1);
                if !soft {
                    let own = Some(vec![draft.pod.name.namespace.clone()]);
                    let selector = constraint.label_selector.as_ref();
                    all.add(draft, Kind::Spread(skew), own, selector, &constraint.topology_key);
                }
            }
        }
        all
    }

    fn add(
        &mut self,
        draft: &Draft<'p>,
        kind: Kind,
        namespaces: Option<Vec<Arc<str>>>,
        selector: Option<&'p LabelSelector>,
        key: &'p Arc<str>,
    ) {
        if self.terms.len() < MOST && !key.is_empty() {
            self.by_group.entry(draft.group.clone()).or_default().push(self.terms.len());
            let (selected, own) = (BTreeMap::new(), BTreeMap::new());
            self.terms.push(Term { group: draft.group.clone(), kind, namespaces, selector, key, selected, own });
        }
    }

    /// True when the Pod's group has a spread that binds.
    pub(super) fn spreads(&self, draft: &Draft<'_>) -> bool {
        let own = self.by_group.get(&draft.group).into_iter().flatten().filter_map(|at| self.terms.get(*at));
        own.into_iter().any(|term| matches!(term.kind, Kind::Spread(_)))
    }

    /// Takes notice of a Pod that was placed.
    pub(super) fn note(&mut self, draft: &Draft<'_>, candidate: &Candidate) {
        for term in &mut self.terms {
            let Some(value) = candidate.node.labels.get(term.key) else { continue };
            if term.selects(draft) {
                *term.selected.entry(value.clone()).or_default() += 1;
            }
            if term.group == draft.group {
                *term.own.entry(value.clone()).or_default() += 1;
            }
        }
    }

    /// What keeps a Pod off a node that would take it otherwise. `strict` also holds to the spread.
    pub(super) fn unfit(
        &self,
        draft: &Draft<'_>,
        candidate: &Candidate,
        eligible: &[&Candidate],
        strict: bool,
    ) -> Option<Unfit> {
        let own = self.by_group.get(&draft.group).into_iter().flatten().filter_map(|at| self.terms.get(*at));
        for term in own {
            let value = candidate.node.labels.get(term.key);
            let here = value.and_then(|value| term.selected.get(value)).copied().unwrap_or(0);
            match term.kind {
                Kind::Near => {
                    // The first of Pods that want to be near each other may go anywhere.
                    let first = term.selected.is_empty() && term.selects(draft);
                    if value.is_none() || (here == 0 && !first) {
                        return Some(Unfit::PodAffinity(term.key.clone()));
                    }
                }
                Kind::Apart if here > 0 => return Some(Unfit::PodAntiAffinity(term.key.clone())),
                Kind::Spread(skew) if strict => {
                    let values = eligible.iter().filter_map(|other| other.node.labels.get(term.key));
                    let count = |value: &Arc<str>| term.selected.get(value).copied().unwrap_or(0);
                    let least = values.map(count).min().unwrap_or(0);
                    let one = usize::from(term.selects(draft));
                    if value.is_none() || here + one > least + skew {
                        return Some(Unfit::Spread(term.key.clone()));
                    }
                }
                Kind::Apart | Kind::Spread(_) => {}
            }
        }
        // Others that do not want this one near.
        let others = self.terms.iter().filter(|term| term.kind == Kind::Apart && term.group != draft.group);
        others
            .filter(|term| {
                let value = candidate.node.labels.get(term.key);
                value.is_some_and(|value| term.own.get(value).is_some_and(|count| *count > 0)) && term.selects(draft)
            })
            .map(|term| Unfit::PodAntiAffinity(term.key.clone()))
            .next()
    }
}

impl Term<'_> {
    fn selects(&self, draft: &Draft<'_>) -> bool {
        let namespace = &draft.pod.name.namespace;
        self.namespaces.as_ref().is_none_or(|names| names.contains(namespace))
            && self.selector.is_some_and(|selector| selects(selector, &draft.pod.labels))
    }
}

/// The namespaces a term is about. Which namespaces have labels is not looked up: a selector of namespaces stands for all.
fn namespaces(draft: &Draft<'_>, term: &PodAffinityTerm) -> Option<Vec<Arc<str>>> {
    match (&term.namespace_selector, term.namespaces.is_empty()) {
        (Some(_), _) => None,
        (None, false) => Some(term.namespaces.clone()),
        (None, true) => Some(vec![draft.pod.name.namespace.clone()]),
    }
}
