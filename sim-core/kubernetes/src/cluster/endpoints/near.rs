//! The Pod whose labels come nearest to a selector that finds none.

use crate::cluster::model::NamespacedName;
use std::collections::BTreeMap;
use std::sync::Arc;

type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// How one label of a selector differs from what a Pod has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// The key with another value.
    Value { label: Arc<str>, have: Arc<str> },
    /// The value under another key.
    Key { label: Arc<str>, have: Arc<str>, value: Arc<str> },
    /// Neither.
    Missing { label: Arc<str> },
}

/// The first difference of the Pod that has the fewest and smallest; `None` where no Pod is near.
pub(super) fn nearest<'p>(
    selector: &Labels,
    pods: impl Iterator<Item = (&'p NamespacedName, &'p Labels)>,
) -> Option<(&'p NamespacedName, Difference)> {
    let rated = pods.filter_map(|(name, labels)| {
        let (cost, difference) = rate(selector, labels)?;
        Some((cost, name, difference))
    });
    let best = rated.min_by(|(a, first, _), (b, second, _)| (a, first).cmp(&(b, second)))?;
    Some((best.1, best.2))
}

/// What it costs to make the selector find these labels, and the cheapest change; `None` where nothing speaks for the Pod.
fn rate(selector: &Labels, labels: &Labels) -> Option<(u32, Difference)> {
    let (mut cost, mut alike) = (0, false);
    let mut differences: Vec<(u32, Difference)> = Vec::new();
    for (key, wanted) in selector {
        let (price, difference) = match labels.get(key) {
            Some(have) if have == wanted => {
                alike = true;
                continue;
            }
            Some(have) => {
                let near = close(wanted, have);
                alike |= near;
                (if near { 1 } else { 4 }, Difference::Value { label: key.clone(), have: have.clone() })
            }
            None => match labels.iter().find(|(other, value)| *value == wanted && !selector.contains_key(*other)) {
                Some((have, value)) => {
                    alike = true;
                    (2, Difference::Key { label: key.clone(), have: have.clone(), value: value.clone() })
                }
                None => (3, Difference::Missing { label: key.clone() }),
            },
        };
        cost += price;
        differences.push((price, difference));
    }
    let (_, first) = differences.into_iter().min_by_key(|(price, _)| *price)?;
    alike.then_some((cost, first))
}

/// True when two words are likely meant to be one: letter case, one slip, or one within the other.
fn close(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    a.to_lowercase() == b.to_lowercase() || one_slip(a, b) || (short.len() > 2 && long.contains(short))
}

/// True when one is the other with a character too many, too few or other.
fn one_slip(a: &str, b: &str) -> bool {
    // A character has up to four bytes.
    if a.len().abs_diff(b.len()) > 4 {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = a.len().max(b.len());
    a.len().abs_diff(b.len()) <= 1 && longest > 2 && same_start + same_end + 1 >= longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn labels(text: &str) -> Labels {
        let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (Arc::from(key), Arc::from(value))).collect()
    }

    #[rstest]
    #[case("app=web", "app=wep", "value app wep")]
    #[case("app=web", "app=web-server", "value app web-server")]
    #[case("app=web", "app=Web", "value app Web")]
    #[case("app=web", "app=shop", "")]
    #[case("app=web", "", "")]
    #[case("name=ledger", "app=ledger,tier=api", "key name app")]
    #[case("app=gate", "app.kubernetes.io/name=gate", "key app app.kubernetes.io/name")]
    #[case("app=gate,tier=web", "app=gate", "missing tier")]
    #[case("app=gate,tier=web", "app=gate,tier=db", "value tier db")]
    #[case("a=x,b=y", "a=y,b=x", "")]
    fn what_differs(#[case] selector: &str, #[case] have: &str, #[case] expected: &str) {
        let name = NamespacedName { namespace: Arc::from("default"), name: Arc::from("p") };
        let (selector, have) = (labels(selector), labels(have));
        let found = nearest(&selector, std::iter::once((&name, &have))).map(|(_, difference)| match difference {
            Difference::Value { label, have } => format!("value {label} {have}"),
            Difference::Key { label, have, .. } => format!("key {label} {have}"),
            Difference::Missing { label } => format!("missing {label}"),
        });
        assert_eq!(found.unwrap_or_default(), expected);
    }
}
