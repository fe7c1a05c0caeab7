//! iptables state: tables, chains and rules as `iptables-save` lists them.

use super::index::{ChainIndex, TableIndex};
use super::matches::Match;
use super::rule::{Chain, Rule};
use super::target::Target;
use crate::config::shared::Shared;
use crate::config::terms::{Hook, Policy};
use crate::ids::{Arena, CauseId, ChainId, RuleId, TableName};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

impl TableName {
    /// The built-in chains of the table, in the order `iptables-save` prints them.
    pub fn hooks(self) -> &'static [Hook] {
        match self {
            Self::Raw => &[Hook::Prerouting, Hook::Output],
            Self::Mangle => &[Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting],
            Self::Nat => &[Hook::Prerouting, Hook::Input, Hook::Output, Hook::Postrouting],
            Self::Filter | Self::Security => &[Hook::Input, Hook::Forward, Hook::Output],
        }
    }
}

/// All tables of one namespace. A table that was never touched is absent and has no hooks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Xtables {
    /// Loaded tables.
    pub tables: BTreeMap<TableName, Table>,
    needs_tracking: Frozen<bool>,
}

/// What was looked up once nothing changed any more. No part of what the rules are: any two are equal.
#[derive(Clone, Copy, Debug, Default)]
struct Frozen<T>(Option<T>);

impl<T> PartialEq for Frozen<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Frozen<T> {}

impl Xtables {
    /// The table, loaded with empty built-in chains (policy ACCEPT) on first use, as any `iptables -t NAME` does.
    pub fn table_mut(&mut self, name: TableName) -> &mut Table {
        self.tables.entry(name).or_insert_with(|| Table::new(name))
    }

    /// Remembers what walks ask for; nothing may change afterwards.
    pub(crate) fn freeze(&mut self) {
        self.needs_tracking = Frozen(None);
        self.needs_tracking = Frozen(Some(self.needs_tracking()));
        for table in self.tables.values_mut() {
            table.index = TableIndex::of(&table.chains);
        }
    }

    /// Forgets what was remembered: walks look at every rule again.
    #[cfg(test)]
    pub(crate) fn thaw(&mut self) {
        self.needs_tracking = Frozen(None);
        self.tables.values_mut().for_each(|table| table.index = TableIndex::default());
    }

    /// True when a match or target is about connections. A nat table without rules is not, and is then never asked.
    pub fn needs_tracking(&self) -> bool {
        let needs = |rule: &Rule| rule.target.needs_tracking() || rule.matches.iter().any(Match::needs_tracking);
        self.needs_tracking.0.unwrap_or_else(|| {
            self.tables.values().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules).any(needs)
        })
    }

    /// True when every jump in every table lands in a chain of its table.
    pub fn references_are_sound(&self) -> bool {
        self.tables.values().all(|table| {
            table.chains.iter().flat_map(|chain| &chain.rules).all(|rule| match rule.target {
                Target::Jump(id) | Target::Goto(id) => table.chains.has(id),
                _ => true,
            })
        })
    }
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Which.
    pub name: TableName,
    /// A table of ip6tables.
    pub ipv6: bool,
    /// Chains: the built-in ones first, in [`TableName::hooks`] order, then user chains in order of creation.
    pub chains: Arena<ChainId, Chain>,
    /// Only ever asked, never listed: its order does not matter.
    by_name: HashMap<Arc<str>, ChainId>,
    index: TableIndex,
}

impl Table {
    /// A table with its built-in chains, empty, policy ACCEPT.
    pub fn new(name: TableName) -> Self {
        let mut table =
            Self { name, ipv6: false, chains: Arena::default(), by_name: HashMap::new(), index: TableIndex::default() };
        for &hook in name.hooks() {
            let id = table.chain(&hook.to_string(), CauseId::default());
            if let Some(chain) = table.chains.get_mut(id) {
                chain.base = Some((hook, Policy::Accept));
            }
        }
        table
    }

    /// The chain of that name, created empty on first use (`-N`).
    pub fn chain(&mut self, name: &str, cause: CauseId) -> ChainId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        self.chain_named(Arc::from(name), cause)
    }

    /// The same with a name that may be kept once for many.
    pub fn chain_named(&mut self, name: Arc<str>, cause: CauseId) -> ChainId {
        if let Some(&id) = self.by_name.get(&name) {
            return id;
        }
        let id = self.chains.push(Chain { name: name.clone(), base: None, rules: Shared::default(), cause });
        self.by_name.insert(name, id);
        id
    }

    /// A chain by name.
    pub fn find(&self, name: &str) -> Option<ChainId> {
        self.by_name.get(name).copied()
    }

    /// The chain behind `id`.
    ///
    /// # Panics
    /// With an id of another table.
    #[allow(clippy::indexing_slicing)]
    pub fn get(&self, id: ChainId) -> &Chain {
        &self.chains[id.index()]
    }

    /// The built-in chain at `hook`.
    pub fn base(&self, hook: Hook) -> Option<ChainId> {
        let at = self.name.hooks().iter().position(|&candidate| candidate == hook)?;
        Some(ChainId::at(at))
    }

    /// True when some chain leads back to itself by `-j` or `-g` (`mark_source_chains` refuses such a table).
    pub fn has_loop(&self) -> bool {
        self.find_loop().is_some()
    }

    /// A rule, with its chain, that leads back to a chain it is reached from.
    pub fn find_loop(&self) -> Option<(ChainId, RuleId)> {
        let next = |chain: ChainId, from: usize| {
            let rules = self.chains.get(chain).and_then(|chain| chain.rules.get(from..)).unwrap_or_default();
            rules.iter().enumerate().find_map(|(at, rule)| match rule.target {
                Target::Jump(to) | Target::Goto(to) => Some((from + at + 1, to)),
                _ => None,
            })
        };
        // Nothing for a chain not yet seen, false while it is on the way, true when it is done with.
        let mut done: Vec<Option<bool>> = vec![None; self.chains.len()];
        // The way down: each chain with the first rule not yet looked at.
        let mut way: Vec<(ChainId, usize)> = Vec::new();
        for start in self.chains.ids() {
            if done.get(start.index()) == Some(&None) {
                way.push((start, 0));
            }
            while let Some((chain, from)) = way.last_mut() {
                let found = next(*chain, *from);
                if let Some(done) = done.get_mut(chain.index()) {
                    *done = Some(found.is_none());
                }
                let Some((after, to)) = found else {
                    way.pop();
                    continue;
                };
                *from = after;
                match done.get(to.index()) {
                    Some(Some(false)) => return Some((*chain, RuleId::at(after - 1))),
                    Some(None) => way.push((to, 0)),
                    _ => {}
                }
            }
        }
        None
    }

    /// Makes room for chains that are about to be created.
    pub fn reserve_chains(&mut self, chains: usize) {
        self.chains.reserve(chains);
        self.by_name.reserve(chains);
    }

    /// Makes room for rules that are about to be appended.
    pub fn reserve(&mut self, chain: ChainId, rules: usize) {
        if let Some(chain) = self.chains.get_mut(chain) {
            chain.rules.reserve_exact(rules);
        }
    }

    /// Appends a rule (`-A`).
    pub fn append(&mut self, chain: ChainId, rule: Rule) {
        if let Some(chain) = self.chains.get_mut(chain) {
            chain.rules.push(rule);
        }
    }

    /// Gives a chain all its rules at once, which may be kept once for many.
    pub fn fill(&mut self, chain: ChainId, rules: Shared<Rule>) {
        if let Some(chain) = self.chains.get_mut(chain) {
            chain.rules = rules;
        }
    }

    /// The rules of a chain, for others to have as well: from now on they are kept once.
    pub fn share(&mut self, chain: ChainId) -> Shared<Rule> {
        self.chains.get_mut(chain).map_or_else(Shared::default, |chain| {
            chain.rules.publish();
            chain.rules.clone()
        })
    }

    /// Inserts a rule at the head of a chain (`-I CHAIN 1`).
    pub fn insert(&mut self, chain: ChainId, rule: Rule) {
        if let Some(chain) = self.chains.get_mut(chain) {
            chain.rules.insert(0, rule);
        }
    }

    /// Takes a user chain out (`-X`). False, and nothing is done, for a built-in chain, one with rules, or one that a rule leads to.
    pub fn remove(&mut self, chain: ChainId) -> bool {
        let leads_here = |rule: &Rule| matches!(rule.target, Target::Jump(to) | Target::Goto(to) if to == chain);
        let known = self.chains.get(chain);
        if known.is_none_or(|chain| chain.base.is_some() || !chain.rules.is_empty())
            || self.chains.iter().flat_map(|chain| &chain.rules).any(leads_here)
        {
            return false;
        }
        self.chains.remove(chain);
        // Later chains move up by one.
        for rule in self.chains.iter_mut().flat_map(|chain| &mut chain.rules) {
            if let Target::Jump(to) | Target::Goto(to) = &mut rule.target
                && *to > chain
            {
                to.0 -= 1;
            }
        }
        self.by_name = self.chains.entries().map(|(id, chain)| (chain.name.clone(), id)).collect();
        true
    }
}

impl Table {
    /// What is known of a long chain, once nothing changes any more.
    pub(crate) fn index(&self, chain: ChainId) -> Option<&ChainIndex> {
        self.index.0.get(&chain)
    }
}
