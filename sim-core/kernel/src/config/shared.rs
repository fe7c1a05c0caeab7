//! Lists that are equal in many namespaces and kept once.

use super::netns::Netns;
use super::nft;
use super::xtables;
use crate::ids::TableName;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A list that clones share until one of them changes. It is used as the `Vec` that it holds.
#[derive(Debug, Eq)]
pub struct Shared<T>(Arc<Vec<T>>);

impl<T> Shared<T> {
    /// Whether both are one list in memory.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.0 == other.0
    }
}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(items: Vec<T>) -> Self {
        Self(Arc::new(items))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<F: IntoIterator<Item = T>>(items: F) -> Self {
        Self::from(Vec::from_iter(items))
    }
}

impl<T> Deref for Shared<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(&mut self.0)
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Shared<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

/// Different lists of one name that are kept: kube-proxy writes most chains alike on all nodes, and those with a node's own endpoints
/// differently on each.
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
fn share<T: PartialEq>(list: &mut Shared<T>, known: &mut Vec<Shared<T>>) {
    if list.is_empty() {
        return;
    }
    match known.iter().find(|other| *other == list) {
        Some(same) => *list = same.clone(),
        None if known.len() < VARIANTS => known.push(list.clone()),
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
