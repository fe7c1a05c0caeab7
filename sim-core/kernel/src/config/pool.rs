//! What namespaces of a network have in common: most chains are the same on all machines that one program writes.

use super::netns::Netns;
use super::shared::Shared;
use super::{nft, xtables};
use std::sync::Arc;

/// Namespaces that lists are taken from, at most: the first that were built with rules.
pub(super) const DONORS: usize = 2;

/// How far a list of the same name is looked for behind the last that was found: programs write their chains in one order, and leave some out.
const WINDOW: usize = 64;

/// Routes or neighbours from which on lists of them are cut.
const LONG: usize = 64;

/// A list with a name.
trait Named {
    /// What is in it.
    type Item: PartialEq + Clone;

    /// Its name.
    fn name(&self) -> &Arc<str>;

    /// The list.
    fn list(&self) -> &Shared<Self::Item>;

    /// The same, to be replaced.
    fn list_mut(&mut self) -> &mut Shared<Self::Item>;
}

macro_rules! named {
    ($type:ty, $item:ty, $field:ident) => {
        impl Named for $type {
            type Item = $item;

            fn name(&self) -> &Arc<str> {
                &self.name
            }

            fn list(&self) -> &Shared<$item> {
                &self.$field
            }

            fn list_mut(&mut self) -> &mut Shared<$item> {
                &mut self.$field
            }
        }
    };
}

named!(xtables::Chain, xtables::Rule, rules);
named!(nft::Chain, nft::Rule, rules);
named!(nft::set::Set, nft::set::Element, elements);

/// Takes the donor's lists where they are equal.
fn take<N: Named>(own: &mut [N], donor: &[N]) {
    let mut behind = 0;
    for one in own {
        let ahead = donor.get(behind..).unwrap_or_default().iter().take(WINDOW);
        let Some(found) = ahead.clone().position(|other| other.name() == one.name()) else { continue };
        behind += found + 1;
        let same = donor.get(behind - 1).filter(|other| !one.list().is_empty() && other.list() == one.list());
        if let Some(other) = same {
            *one.list_mut() = other.list().clone();
        }
    }
}

/// Cuts what others have nearly the same of.
pub(super) fn cut(netns: &mut Netns) {
    if is_long(netns) {
        netns.routes.cut();
        netns.neighbours.cut();
    }
}

/// Lets a namespace have its rules, the elements of its sets, routes and neighbours in common with one that was built before.
pub(super) fn share(netns: &mut Netns, donor: &Netns) {
    netns.routes.take(&donor.routes);
    netns.neighbours.take(&donor.neighbours);
    for (name, table) in &mut netns.xtables.tables {
        if let Some(other) = donor.xtables.tables.get(name) {
            take(&mut table.chains, &other.chains);
        }
    }
    for table in &mut netns.nft.tables {
        let same = |other: &&nft::Table| (other.family, &other.name) == (table.family, &table.name);
        if let Some(other) = donor.nft.tables.iter().find(same) {
            take(&mut table.chains, &other.chains);
            take(&mut table.sets, &other.sets);
        }
    }
}

/// Whether there is anything to take from a namespace.
pub(super) fn gives(netns: &Netns) -> bool {
    !netns.xtables.tables.is_empty() || !netns.nft.tables.is_empty() || is_long(netns)
}

/// Whether routes and neighbours are worth to be cut: most namespaces have a handful.
fn is_long(netns: &Netns) -> bool {
    netns.routes.len().max(netns.neighbours.len()) > LONG
}

/// Lets others take a namespace's lists.
pub(super) fn publish(netns: &mut Netns) {
    let lists = netns.xtables.tables.values_mut().flat_map(|table| table.chains.iter_mut());
    lists.for_each(|chain| chain.rules.publish());
    for table in &mut netns.nft.tables {
        table.chains.iter_mut().for_each(|chain| chain.rules.publish());
        table.sets.iter_mut().for_each(|set| set.elements.publish());
    }
}
