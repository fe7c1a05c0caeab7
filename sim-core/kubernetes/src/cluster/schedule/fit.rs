//! Whether a node takes a Pod, and if not, why: cordons, taints, node selectors and node affinity.

use crate::cluster::nodes::{Candidate, Grown};
use crate::manifest::objects::{NodeSelectorTerm, PodSpec, SelectorRequirement, Taint, Toleration};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a node does not take a Pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unfit {
    /// `spec.unschedulable`.
    Cordoned,
    /// A taint that the Pod does not tolerate, as `kubectl` writes it.
    Taint(String),
    /// A label of `nodeSelector` that it does not have.
    Selector(Arc<str>),
    /// No term of the required node affinity holds; a requirement of the first.
    Affinity(String),
    /// No Pod that the required Pod affinity asks for is near; its topology key.
    PodAffinity(Arc<str>),
    /// A Pod that an anti-affinity keeps away is near; its topology key.
    PodAntiAffinity(Arc<str>),
    /// One more Pod would make the spread too uneven; its topology key.
    Spread(Arc<str>),
    /// Another Pod has a port of the node that it asks for; the port.
    HostPort(String),
}

impl Unfit {
    /// Token and detail for the words.
    pub(super) fn words(&self) -> (&'static str, String) {
        match self {
            Self::Cordoned => ("cordoned", String::new()),
            Self::Taint(taint) => ("taint", taint.clone()),
            Self::Selector(label) => ("selector", label.to_string()),
            Self::Affinity(requirement) => ("affinity", requirement.clone()),
            Self::PodAffinity(key) => ("pod-affinity", key.to_string()),
            Self::PodAntiAffinity(key) => ("pod-anti-affinity", key.to_string()),
            Self::Spread(key) => ("spread", key.to_string()),
            Self::HostPort(port) => ("host-port", port.clone()),
        }
    }
}

/// What keeps a Pod off a node, other Pods aside. Labels come first: a taint only matters where they fit.
pub(super) fn unfit(candidate: &Candidate, spec: &PodSpec) -> Option<Unfit> {
    unselected(candidate, spec).or_else(|| {
        let kept_out = candidate.taints.iter().filter(|taint| keeps_out(taint));
        let taint = kept_out.into_iter().find(|taint| !tolerated(taint, &spec.tolerations));
        let cordon = Taint { key: Arc::from(CORDON), value: None, effect: Arc::from("NoSchedule") };
        match taint {
            Some(taint) => Some(Unfit::Taint(write(taint))),
            None if candidate.unschedulable && !tolerated(&cordon, &spec.tolerations) => Some(Unfit::Cordoned),
            None => None,
        }
    })
}

/// The taint of a cordoned node.
const CORDON: &str = "node.kubernetes.io/unschedulable";

/// `key=value:effect`.
pub(super) fn write(taint: &Taint) -> String {
    match taint.value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
        None => format!("{}:{}", taint.key, taint.effect),
    }
}

/// The same for Pods of DaemonSets, which tolerate the taints the node controller sets, and cordoned nodes.
pub(super) fn unfit_for_daemon(candidate: &Candidate, spec: &PodSpec) -> Option<Unfit> {
    unselected(candidate, spec).or_else(|| {
        let own = candidate.taints.iter().filter(|taint| !taint.key.starts_with("node.kubernetes.io/"));
        let mut kept_out = own.filter(|taint| keeps_out(taint));
        kept_out.find(|taint| !tolerated(taint, &spec.tolerations)).map(|taint| Unfit::Taint(write(taint)))
    })
}

fn keeps_out(taint: &Taint) -> bool {
    matches!(&*taint.effect, "NoSchedule" | "NoExecute")
}

/// Whether one of these tolerates a taint.
pub(crate) fn tolerated(taint: &Taint, tolerations: &[Toleration]) -> bool {
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
fn unselected(candidate: &Candidate, spec: &PodSpec) -> Option<Unfit> {
    let labels = &candidate.node.labels;
    let mut selector = spec.node_selector.iter().flat_map(|map| &map.value);
    if let Some((key, value)) = selector.find(|(key, value)| labels.get(*key) != Some(*value)) {
        return Some(Unfit::Selector(Arc::from(format!("{key}={value}"))));
    }
    let required = spec.affinity.node_affinity.required.as_ref()?;
    let name = &candidate.node.name;
    let mut first = None;
    for term in &required.node_selector_terms {
        match failing(term, labels, name) {
            None => return None,
            Some(requirement) => first = first.or(Some(requirement)),
        }
    }
    Some(Unfit::Affinity(first.unwrap_or_default()))
}

/// The first requirement of a term that does not hold. A term without requirements never holds.
fn failing(term: &NodeSelectorTerm, labels: &BTreeMap<Arc<str>, Arc<str>>, name: &str) -> Option<String> {
    if term.match_expressions.is_empty() && term.match_fields.is_empty() {
        return Some(String::new());
    }
    let label = |requirement: &&SelectorRequirement| !holds(requirement, labels.get(&requirement.key).map(|v| &**v));
    let field =
        |requirement: &&SelectorRequirement| &*requirement.key != "metadata.name" || !holds(requirement, Some(name));
    let found = term.match_expressions.iter().find(label).or_else(|| term.match_fields.iter().find(field));
    found.map(|requirement| {
        let values: Vec<&str> = requirement.values.iter().map(|value| &**value).collect();
        let text = format!("{} {} {}", requirement.key, requirement.operator, values.join(", "));
        text.trim_end().to_owned()
    })
}

fn holds(requirement: &SelectorRequirement, have: Option<&str>) -> bool {
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

/// Labels, and the name if that is asked for, of a node that the selector and the first term of the affinity which goes with it accept.
pub(super) fn wishes(spec: &PodSpec) -> Vec<Grown> {
    let selector = spec.node_selector.as_ref().map(|map| map.value.clone()).unwrap_or_default();
    let name = |labels: &BTreeMap<Arc<str>, Arc<str>>| labels.get(crate::cluster::nodes::labels::HOSTNAME).cloned();
    let Some(required) = &spec.affinity.node_affinity.required else {
        let name = name(&selector);
        return vec![Grown { labels: selector, name }];
    };
    let mut all = Vec::new();
    for term in required.node_selector_terms.iter().take(8) {
        let mut labels = selector.clone();
        for requirement in &term.match_expressions {
            let bound = || requirement.values.first().and_then(|value| value.parse::<i64>().ok());
            let value: Option<Arc<str>> = match &*requirement.operator {
                "In" => requirement.values.first().cloned(),
                "Exists" => Some(Arc::from("")),
                "Gt" => bound().map(|bound| Arc::from(bound.saturating_add(1).to_string())),
                "Lt" => bound().map(|bound| Arc::from(bound.saturating_sub(1).to_string())),
                _ => None,
            };
            if let Some(value) = value {
                labels.entry(requirement.key.clone()).or_insert(value);
            }
        }
        let fields =
            term.match_fields.iter().filter(|field| &*field.key == "metadata.name" && &*field.operator == "In");
        let own = fields.filter_map(|field| field.values.first().cloned()).next();
        let name = own.or_else(|| name(&labels));
        all.push(Grown { labels, name });
    }
    all
}
