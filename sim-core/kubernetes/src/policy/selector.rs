//! Selections by labels, as one expression, whoever's language they were written in.

use super::NAMESPACE_NAME;
use crate::manifest::objects::{LabelSelector, Map, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The label that Calico gives everybody of a namespace.
pub const CALICO_NAMESPACE: &str = "projectcalico.org/namespace";
/// The label by which Calico tells Pods from endpoints of others.
const ORCHESTRATOR: &str = "projectcalico.org/orchestrator";
/// What stands before labels of a namespace, which everybody in it inherits (`NamespaceLabelPrefix`).
pub const OF_NAMESPACE: &str = "pcns.";
/// The label that a namespace has in Calico by itself: its name.
const CALICO_NAME: &str = "projectcalico.org/name";

/// Labels, looked up by key.
pub trait Labelled {
    /// The value of a label.
    fn label(&self, key: &str) -> Option<&str>;
}

impl Labelled for BTreeMap<Text, Text> {
    fn label(&self, key: &str) -> Option<&str> {
        self.get(key).map(|value| &**value)
    }
}

/// A Pod with the labels that Calico gives it besides its own: where it is, and those of its namespace (`podToWorkloadEndpoint`,
/// `NamespaceToProfile`).
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Labels of that.
    pub of_namespace: Option<&'a BTreeMap<Text, Text>>,
    /// Its own labels.
    pub labels: &'a BTreeMap<Text, Text>,
}

impl Labelled for Endpoint<'_> {
    fn label(&self, key: &str) -> Option<&str> {
        match key {
            CALICO_NAMESPACE => return Some(self.namespace),
            ORCHESTRATOR => return Some("k8s"),
            _ => {}
        }
        self.labels.label(key).or_else(|| match key.strip_prefix(OF_NAMESPACE)? {
            CALICO_NAME => Some(self.namespace),
            inherited => self.of_namespace?.label(inherited),
        })
    }
}

/// All labels of something of a namespace that is no Pod (`convertNetworkSetV2ToV1Value`).
pub fn inherited(namespace: &str, of_namespace: Option<&BTreeMap<Text, Text>>, own: &Map) -> Map {
    let prefixed = |key: &str| Arc::from(format!("{OF_NAMESPACE}{key}"));
    let mut all = Map::new();
    all.extend(of_namespace.into_iter().flatten().map(|(key, value)| (prefixed(key), value.clone())));
    all.insert(prefixed(CALICO_NAME), Arc::from(namespace));
    all.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    all.insert(Arc::from(CALICO_NAMESPACE), Arc::from(namespace));
    all
}

/// True for a label that a Pod may have without its being among its own.
pub fn is_derived(key: &str) -> bool {
    matches!(key, CALICO_NAMESPACE | ORCHESTRATOR) || key.starts_with(OF_NAMESPACE)
}

/// Which labels are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// All of these hold; with none, any labels.
    And(Vec<Selector>),
    /// One of these holds; with none, no labels.
    Or(Vec<Selector>),
    /// It does not hold.
    Not(Box<Selector>),
    /// The label is there.
    Has(Text),
    /// The label is there and has this value.
    Is(Text, Text),
    /// The label is not there, or has another value.
    IsNot(Text, Text),
    /// The label is there and has one of these values.
    In(Text, Vec<Text>),
    /// The label is not there, or has none of these values.
    NotIn(Text, Vec<Text>),
    /// The label is there and its value has this in it.
    Contains(Text, Text),
    /// The label is there and its value begins so.
    StartsWith(Text, Text),
    /// The label is there and its value ends so.
    EndsWith(Text, Text),
}

impl Selector {
    /// Any labels.
    pub const ALL: Self = Self::And(Vec::new());

    /// `matchLabels` and `matchExpressions`: all of them hold (`LabelSelectorAsSelector`). An operator that there is not holds never.
    pub fn of(written: &LabelSelector) -> Self {
        let labels = written.match_labels.iter().map(|(key, value)| Self::Is(key.clone(), value.clone()));
        let expressions = written.match_expressions.iter().map(|one| {
            let (key, values) = (one.key.clone(), one.values.clone());
            match &*one.operator {
                "In" => Self::In(key, values),
                "NotIn" => Self::NotIn(key, values),
                "Exists" => Self::Has(key),
                "DoesNotExist" => Self::Not(Box::new(Self::Has(key))),
                _ => Self::Or(Vec::new()),
            }
        });
        Self::And(labels.chain(expressions).collect())
    }

    /// Whether labels are meant.
    pub fn matches<L: Labelled + ?Sized>(&self, labels: &L) -> bool {
        let value = |key: &Text, test: &dyn Fn(&str) -> bool| labels.label(key).is_some_and(test);
        match self {
            Self::And(all) => all.iter().all(|one| one.matches(labels)),
            Self::Or(any) => any.iter().any(|one| one.matches(labels)),
            Self::Not(one) => !one.matches(labels),
            Self::Has(key) => labels.label(key).is_some(),
            Self::Is(key, wanted) => value(key, &|value| *value == **wanted),
            Self::IsNot(key, not) => !value(key, &|value| *value == **not),
            Self::In(key, values) => value(key, &|value| values.iter().any(|one| **one == *value)),
            Self::NotIn(key, values) => !value(key, &|value| values.iter().any(|one| **one == *value)),
            Self::Contains(key, part) => value(key, &|value| value.contains(&**part)),
            Self::StartsWith(key, part) => value(key, &|value| value.starts_with(&**part)),
            Self::EndsWith(key, part) => value(key, &|value| value.ends_with(&**part)),
        }
    }

    /// True where any labels are meant, whatever they are.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(all) if all.iter().all(Self::is_all))
    }

    /// The same of labels whose keys have something before them.
    #[must_use]
    pub fn prefixed(&self, prefix: &str) -> Self {
        let of = |key: &Text| Arc::from(format!("{prefix}{key}"));
        let each = |all: &[Self]| all.iter().map(|one| one.prefixed(prefix)).collect();
        match self {
            Self::And(all) => Self::And(each(all)),
            Self::Or(any) => Self::Or(each(any)),
            Self::Not(one) => Self::Not(Box::new(one.prefixed(prefix))),
            Self::Has(key) => Self::Has(of(key)),
            Self::Is(key, value) => Self::Is(of(key), value.clone()),
            Self::IsNot(key, value) => Self::IsNot(of(key), value.clone()),
            Self::In(key, values) => Self::In(of(key), values.clone()),
            Self::NotIn(key, values) => Self::NotIn(of(key), values.clone()),
            Self::Contains(key, part) => Self::Contains(of(key), part.clone()),
            Self::StartsWith(key, part) => Self::StartsWith(of(key), part.clone()),
            Self::EndsWith(key, part) => Self::EndsWith(of(key), part.clone()),
        }
    }

    /// With another selection in place of every `all()` in it.
    #[must_use]
    pub fn with_all_as(&self, other: &Self) -> Self {
        let each = |all: &[Self]| all.iter().map(|one| one.with_all_as(other)).collect();
        match self {
            Self::And(all) if all.is_empty() => other.clone(),
            Self::And(all) => Self::And(each(all)),
            Self::Or(any) => Self::Or(each(any)),
            Self::Not(one) => Self::Not(Box::new(one.with_all_as(other))),
            one => one.clone(),
        }
    }

    /// A label of their own that all Pods that are meant have with one of these values: where to look first.
    pub fn required(&self) -> Option<(&Text, &[Text])> {
        match self {
            Self::In(key, _) | Self::Is(key, _) if is_derived(key) => None,
            Self::In(key, values) => Some((key, values)),
            Self::Is(key, value) => Some((key, std::slice::from_ref(value))),
            Self::And(all) => all.iter().find_map(Self::required),
            _ => None,
        }
    }

    /// The keys of the labels that it looks at.
    pub fn keys(&self, into: &mut BTreeSet<Text>) {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.keys(into)),
            Self::Not(one) => one.keys(into),
            Self::Has(key)
            | Self::Is(key, _)
            | Self::IsNot(key, _)
            | Self::In(key, _)
            | Self::NotIn(key, _)
            | Self::Contains(key, _)
            | Self::StartsWith(key, _)
            | Self::EndsWith(key, _) => {
                into.insert(key.clone());
            }
        }
    }
}

/// As Calico's language writes it, the form that sets in its rules are named after.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, all: &[Self], with: &str| {
            f.write_str("(")?;
            for (at, one) in all.iter().enumerate() {
                if at > 0 {
                    write!(f, " {with} ")?;
                }
                write!(f, "{one}")?;
            }
            f.write_str(")")
        };
        match self {
            Self::And(all) if all.is_empty() => f.write_str("all()"),
            Self::And(all) | Self::Or(all) if all.len() == 1 => all.iter().try_for_each(|one| write!(f, "{one}")),
            Self::And(all) => joined(f, all, "&&"),
            Self::Or(all) if all.is_empty() => f.write_str("!all()"),
            Self::Or(all) => joined(f, all, "||"),
            Self::Not(one) => write!(f, "!{one}"),
            Self::Has(key) => write!(f, "has({key})"),
            Self::Is(key, value) => write!(f, "{key} == {}", quoted(value)),
            Self::IsNot(key, value) => write!(f, "{key} != {}", quoted(value)),
            Self::In(key, values) => write!(f, "{key} in {{{}}}", listed(values)),
            Self::NotIn(key, values) => write!(f, "{key} not in {{{}}}", listed(values)),
            Self::Contains(key, part) => write!(f, "{key} contains {}", quoted(part)),
            Self::StartsWith(key, part) => write!(f, "{key} starts with {}", quoted(part)),
            Self::EndsWith(key, part) => write!(f, "{key} ends with {}", quoted(part)),
        }
    }
}

fn quoted(value: &str) -> String {
    if value.contains('"') { format!("'{value}'") } else { format!("\"{value}\"") }
}

/// Each once, in order.
fn listed(values: &[Text]) -> String {
    let sorted: BTreeSet<&Text> = values.iter().collect();
    sorted.into_iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")
}

/// The labels of a namespace: those that are written, and its name, which the API server adds.
pub fn labels_of_namespace(name: &str, written: Option<&Map>) -> BTreeMap<Text, Text> {
    let mut labels = written.cloned().unwrap_or_default();
    labels.insert(Arc::from(NAMESPACE_NAME), Arc::from(name));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::objects::{Labels, SelectorRequirement};
    use crate::origin::Spanned;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<Text, Text> {
        pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
    }

    #[test]
    fn expressions_hold_as_the_api_says() {
        let requirement = |key: &str, operator: &str, values: &[&str]| {
            Spanned::unplaced(SelectorRequirement {
                key: Arc::from(key),
                operator: Arc::from(operator),
                values: values.iter().map(|value| Arc::from(*value)).collect(),
            })
        };
        let written = LabelSelector {
            match_labels: Labels::unplaced(labels(&[("app", "web")])),
            match_expressions: vec![requirement("tier", "NotIn", &["db"]), requirement("old", "DoesNotExist", &[])],
        };
        let selector = Selector::of(&written);
        assert!(selector.matches(&labels(&[("app", "web")])), "NotIn holds without the label");
        assert!(!selector.matches(&labels(&[("app", "web"), ("tier", "db")])));
        assert!(!selector.matches(&labels(&[("app", "web"), ("old", "1")])));
        assert!(!selector.matches(&labels(&[("app", "shop")])));
        assert_eq!(selector.to_string(), "(app == \"web\" && tier not in {\"db\"} && !has(old))");
        assert!(Selector::of(&LabelSelector::default()).is_all());
        assert!(!Selector::Or(Vec::new()).matches(&labels(&[])));
    }
}
