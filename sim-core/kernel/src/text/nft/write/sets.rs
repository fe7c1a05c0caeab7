//! What is in the sets a rule asks.

use super::element::write_element;
use crate::config::nft::expr::{Right, SetRef, Statement};
use crate::config::{AnyRule, Netns};
use crate::ids::{CauseId, RuleRef, SetId, TableRef};

/// A named set or map of a rule, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetText {
    /// Name.
    pub name: String,
    /// How many elements it has.
    pub of: usize,
    /// The first elements, each with who wrote it.
    pub elements: Vec<(String, CauseId)>,
}

/// The named sets and maps a rule asks, in order, each with at most `limit` elements.
pub fn set_texts(netns: &Netns, at: RuleRef, limit: usize) -> Vec<SetText> {
    let (TableRef::Nft(id), Some(AnyRule::Nft(rule))) = (at.table, netns.rule(at)) else { return Vec::new() };
    let Some(table) = netns.nft.table(id) else { return Vec::new() };
    let mut ids: Vec<SetId> = Vec::new();
    for statement in &rule.statements {
        let named = match statement {
            Statement::Match { right: Right::Set(SetRef::Named(set)), .. } | Statement::Update { set, .. } => {
                Some(*set)
            }
            _ => match statement.map() {
                Some((_, SetRef::Named(set))) => Some(*set),
                _ => None,
            },
        };
        ids.extend(named.filter(|set| !ids.contains(set)));
    }
    let sets = ids.into_iter().filter_map(|id| table.set(id));
    sets.map(|set| {
        let text = |element| {
            let mut text = String::new();
            // Writing to a String cannot fail.
            let _ = write_element(&mut text, table, set, element);
            text
        };
        let elements = set.elements.iter().take(limit).map(|element| (text(element), element.cause));
        SetText { name: set.name.to_string(), of: set.elements.len(), elements: elements.collect() }
    })
    .collect()
}
