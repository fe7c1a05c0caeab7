//! What namespaces of a network have in common.

use super::netns::Netns;
use super::shared::Shared;
use super::{nft, xtables};
use crate::ids::TableName;
use std::collections::HashMap;
use std::sync::Arc;

/// Different lists of one name that are kept: most chains are the same on all machines that one program writes, and some are another on each.
const VARIANTS: usize = 4;

/// Lists by what they are called.
type Known<K, T> = HashMap<K, Vec<Shared<T>>>;

/// The lists that namespaces built so far have, by what they are called there.
#[derive(Debug, Default)]
pub(super) struct Pool {
    chains: Known<(TableName, Arc<str>), xtables::Rule>,
    nft_chains: Known<(Arc<str>, Arc<str>), nft::Rule>,
    sets: Known<(Arc<str>, Arc<str>), nft::set::Element>,
}

/// Takes the list that is there already where one is equal.
fn share<T: PartialEq + Clone>(list: &mut Shared<T>, known: &mut Vec<Shared<T>>) {
    if list.is_empty() {
        return;
    }
    match known.iter().find(|other| *other == list) {
        Some(same) => *list = same.clone(),
        None if known.len() < VARIANTS => {
            list.publish();
            known.push(list.clone());
        }
        None => {}
    }
}

impl Pool {
    /// Lets a namespace have its rules and the elements of its sets in common with those before.
    pub(super) fn share(&mut self, netns: &mut Netns) {
        for table in netns.xtables.tables.values_mut() {
            for chain in &mut table.chains {
                share(&mut chain.rules, self.chains.entry((table.name, chain.name.clone())).or_default());
            }
        }
        for table in &mut netns.nft.tables {
            for chain in &mut table.chains {
                let key = (table.name.clone(), chain.name.clone());
                share(&mut chain.rules, self.nft_chains.entry(key).or_default());
            }
            for set in &mut table.sets {
                share(&mut set.elements, self.sets.entry((table.name.clone(), set.name.clone())).or_default());
            }
        }
    }
}
