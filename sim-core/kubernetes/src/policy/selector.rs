//! Selections by labels, as one expression, whoever's language they were written in.

use super::NAMESPACE_NAME;
use crate::manifest::objects::{LabelSelector, Map, Text};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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
    /// The label is there and has one of these values.
    In(Text, Vec<Text>),
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
        let labels = written.match_labels.iter().map(|(key, value)| Self::In(key.clone(), vec![value.clone()]));
        let expressions = written.match_expressions.iter().map(|one| {
            let (key, values) = (one.key.clone(), one.values.clone());
            match &*one.operator {
                "In" => Self::In(key, values),
                "NotIn" => Self::Not(Box::new(Self::In(key, values))),
                "Exists" => Self::Has(key),
                "DoesNotExist" => Self::Not(Box::new(Self::Has(key))),
                _ => Self::Or(Vec::new()),
            }
        });
        Self::And(labels.chain(expressions).collect())
    }

    /// Whether labels are meant.
    pub fn matches(&self, labels: &BTreeMap<Text, Text>) -> bool {
        let value = |key: &Text, test: &dyn Fn(&str) -> bool| labels.get(key).is_some_and(|value| test(value));
        match self {
            Self::And(all) => all.iter().all(|one| one.matches(labels)),
            Self::Or(any) => any.iter().any(|one| one.matches(labels)),
            Self::Not(one) => !one.matches(labels),
            Self::Has(key) => labels.contains_key(key),
            Self::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Self::Contains(key, part) => value(key, &|value| value.contains(&**part)),
            Self::StartsWith(key, part) => value(key, &|value| value.starts_with(&**part)),
            Self::EndsWith(key, part) => value(key, &|value| value.ends_with(&**part)),
        }
    }

    /// True where any labels are meant, whatever they are.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(all) if all.iter().all(Self::is_all))
    }

    /// A label that everything meant has with one of these values: where to look first.
    pub fn required(&self) -> Option<(&Text, &[Text])> {
        match self {
            Self::In(key, values) => Some((key, values)),
            Self::And(all) => all.iter().find_map(Self::required),
            _ => None,
        }
    }

    /// The keys of the labels that it looks at.
    pub fn keys(&self, into: &mut std::collections::BTreeSet<Text>) {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.keys(into)),
            Self::Not(one) => one.keys(into),
            Self::Has(key)
            | Self::In(key, _)
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
            Self::In(key, values) => match values.as_slice() {
                [one] => write!(f, "{key} == \"{one}\""),
                all => write!(f, "{key} in {{{}}}", quoted(all)),
            },
            Self::Contains(key, part) => write!(f, "{key} contains \"{part}\""),
            Self::StartsWith(key, part) => write!(f, "{key} starts with \"{part}\""),
            Self::EndsWith(key, part) => write!(f, "{key} ends with \"{part}\""),
        }
    }
}

fn quoted(values: &[Text]) -> String {
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ")
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
        assert_eq!(selector.to_string(), "(app == \"web\" && !tier == \"db\" && !has(old))");
        assert!(Selector::of(&LabelSelector::default()).is_all());
        assert!(!Selector::Or(Vec::new()).matches(&labels(&[])));
    }
}
