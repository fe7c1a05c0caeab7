//! References inside a table.

use super::expr::{Expr, NatTo, Right, SetRef, Statement, Verdict};
use super::set::{Element, ElementData, SetId};
use super::{Rule, Ruleset, Table};
use crate::linux::netfilter::xtables::ChainId;
use std::collections::BTreeSet;

fn target(verdict: Verdict) -> Option<ChainId> {
    match verdict {
        Verdict::Jump(to) | Verdict::Goto(to) => Some(to),
        _ => None,
    }
}

fn of_elements(elements: &[Element], chains: &mut BTreeSet<ChainId>) {
    chains.extend(elements.iter().filter_map(|element| match element.data {
        Some(ElementData::Verdict(verdict)) => target(verdict),
        _ => None,
    }));
}

impl Statement {
    /// The sets it names and the anonymous ones it carries.
    pub fn sets(&self) -> Vec<&SetRef> {
        let mut all = Vec::new();
        match self {
            Self::Match { left, right, .. } => {
                of_expr(left, &mut all);
                if let Right::Set(set) = right {
                    all.push(set);
                }
            }
            Self::Vmap { key, map } => {
                of_expr(key, &mut all);
                all.push(map);
            }
            Self::SetMark(expr) | Self::SetCtMark(expr) | Self::Nat { to: NatTo::Expr(expr), .. } => {
                of_expr(expr, &mut all);
            }
            _ => {}
        }
        all
    }

    /// The key and the map it looks something up in.
    pub fn map(&self) -> Option<(&Expr, &SetRef)> {
        if let Self::Vmap { key, map } = self {
            return Some((key, map));
        }
        let mut found = None;
        for expr in self.expressions() {
            expr.walk(&mut |expr| {
                if let Expr::Map(key, map) = expr {
                    found = Some((&**key, map));
                }
            });
        }
        found
    }

    fn needs_tracking(&self) -> bool {
        let mut found =
            matches!(self, Self::SetCtMark(_) | Self::Nat { .. } | Self::Masquerade { .. } | Self::Redirect { .. });
        for expr in self.expressions() {
            expr.walk(&mut |expr| found |= matches!(expr, Expr::Ct(..)));
        }
        found
    }

    /// The expressions in it.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Match { left: expr, .. }
            | Self::Vmap { key: expr, .. }
            | Self::SetMark(expr)
            | Self::SetCtMark(expr)
            | Self::Nat { to: NatTo::Expr(expr), .. } => vec![expr],
            Self::Update { key, data, .. } => std::iter::once(key).chain(data).collect(),
            _ => Vec::new(),
        }
    }
}

fn of_expr<'a>(expr: &'a Expr, all: &mut Vec<&'a SetRef>) {
    match expr {
        Expr::Map(key, map) => {
            of_expr(key, all);
            all.push(map);
        }
        Expr::Concat(parts) => parts.iter().for_each(|part| of_expr(part, all)),
        Expr::Bits(inner, ..) => of_expr(inner, all),
        _ => {}
    }
}

impl Table {
    /// The chains a rule can lead to, and the sets it names.
    fn references(&self, rule: &Rule) -> (BTreeSet<ChainId>, BTreeSet<SetId>) {
        let (mut chains, mut sets) = (BTreeSet::new(), BTreeSet::new());
        for statement in &rule.statements {
            match statement {
                Statement::Verdict(verdict) => chains.extend(target(*verdict)),
                Statement::Update { set, .. } => {
                    sets.insert(*set);
                }
                _ => {}
            }
            for set in statement.sets() {
                match set {
                    SetRef::Named(id) => {
                        sets.insert(*id);
                        if let Some(set) = self.set(*id) {
                            of_elements(&set.elements, &mut chains);
                        }
                    }
                    SetRef::Anonymous(elements) => of_elements(elements, &mut chains),
                }
            }
        }
        (chains, sets)
    }

    /// True when some chain leads back to itself; the kernel refuses to load such a table.
    fn has_loop(&self) -> bool {
        let next: Vec<Vec<usize>> = self
            .chains
            .iter()
            .map(|chain| {
                let all = chain.rules.iter().flat_map(|rule| self.references(rule).0);
                all.map(|id| id.0 as usize).collect::<BTreeSet<usize>>().into_iter().collect()
            })
            .collect();
        let mut left = BTreeSet::new();
        for start in 0..next.len() {
            if left.contains(&start) {
                continue;
            }
            // The way down from `start`: each chain with the first successor not yet looked at.
            let (mut way, mut on_way) = (vec![(start, 0)], BTreeSet::from([start]));
            while let Some((chain, from)) = way.last_mut() {
                let Some(&to) = next.get(*chain).and_then(|all| all.get(*from)) else {
                    left.insert(*chain);
                    on_way.remove(chain);
                    way.pop();
                    continue;
                };
                *from += 1;
                if !left.contains(&to) {
                    if !on_way.insert(to) {
                        return true;
                    }
                    way.push((to, 0));
                }
            }
        }
        false
    }
}

impl Ruleset {
    /// True when some rule makes the kernel track connections: it looks at them or translates (`nf_ct_netns_get`). A nat chain alone does
    /// not, and is then never asked.
    pub fn needs_tracking(&self) -> bool {
        if let Some(index) = &self.index {
            return index.needs_tracking;
        }
        let chains = self.tables.iter().flat_map(|table| &table.chains);
        chains.flat_map(|chain| &chain.rules).flat_map(|rule| &rule.statements).any(Statement::needs_tracking)
    }

    /// True when every chain and set that a rule or an element names is there.
    pub fn references_are_sound(&self) -> bool {
        self.tables.iter().all(|table| {
            let here = |id: &ChainId| (id.0 as usize) < table.chains.len();
            let mut of_sets = BTreeSet::new();
            table.sets.iter().for_each(|set| of_elements(&set.elements, &mut of_sets));
            of_sets.iter().all(here)
                && table.chains.iter().flat_map(|chain| &chain.rules).all(|rule| {
                    let (chains, sets) = table.references(rule);
                    chains.iter().all(here) && sets.iter().all(|id| (id.0 as usize) < table.sets.len())
                })
        })
    }

    /// True when some chain of some table leads back to itself.
    pub fn has_loop(&self) -> bool {
        self.tables.iter().any(Table::has_loop)
    }
}
