//! References inside a table.

use super::data::Verdict;
use super::expr::{Expr, NatTo, Right, SetRef, Statement};
use super::ruleset::Ruleset;
use super::set::{Element, ElementData};
use super::table::{Rule, Table};
use crate::ids::{ChainId, SetId};

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
                if let Expr::Map(map) = expr {
                    found = Some((&map.0, &map.1));
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
            Self::Update { key, data, .. } => std::iter::once(key).chain(data.as_deref()).collect(),
            _ => Vec::new(),
        }
    }
}

fn of_expr<'a>(expr: &'a Expr, all: &mut Vec<&'a SetRef>) {
    match expr {
        Expr::Map(map) => {
            of_expr(&map.0, all);
            all.push(&map.1);
        }
        Expr::Concat(parts) => parts.iter().for_each(|part| of_expr(part, all)),
        Expr::Bits(bits) => of_expr(&bits.left, all),
        _ => {}
    }
}

/// A chain or set that a rule names.
enum Named {
    Chain(ChainId),
    Set(SetId),
}

fn of_elements(elements: &[Element], visit: &mut dyn FnMut(Named)) {
    for element in elements {
        if let Some(ElementData::Verdict(verdict)) = element.data {
            of_verdict(verdict, visit);
        }
    }
}

fn of_verdict(verdict: Verdict, visit: &mut dyn FnMut(Named)) {
    if let Verdict::Jump(to) | Verdict::Goto(to) = verdict {
        visit(Named::Chain(to));
    }
}

/// How far the search for loops is with a chain.
#[derive(Clone, Copy, PartialEq)]
enum Search {
    Ahead,
    OnWay,
    Done,
}

impl Table {
    /// The chains a rule can lead to by itself, and the sets it names.
    fn references(rule: &Rule, visit: &mut dyn FnMut(Named)) {
        for statement in &rule.statements {
            match statement {
                Statement::Verdict(verdict) => of_verdict(*verdict, visit),
                Statement::Update { set, .. } => visit(Named::Set(*set)),
                _ => {}
            }
            for set in statement.sets() {
                match set {
                    SetRef::Named(id) => visit(Named::Set(*id)),
                    SetRef::Anonymous(elements) => of_elements(elements, visit),
                }
            }
        }
    }

    /// The chains a rule can lead to, also by a map.
    fn leads_to(&self, rule: &Rule, visit: &mut dyn FnMut(ChainId)) {
        Self::references(rule, &mut |named| match named {
            Named::Chain(chain) => visit(chain),
            Named::Set(id) => {
                let elements = self.set(id).map_or(&[][..], |set| &set.elements);
                of_elements(elements, &mut |named| {
                    if let Named::Chain(chain) = named {
                        visit(chain);
                    }
                });
            }
        });
    }

    /// True when some chain leads back to itself; the kernel refuses to load such a table.
    fn has_loop(&self) -> bool {
        // Successors of all chains, one chain's behind the other's, and where each chain's begin.
        let (mut next, mut starts) = (Vec::new(), Vec::with_capacity(self.chains.len() + 1));
        for chain in &self.chains {
            starts.push(next.len());
            chain.rules.iter().for_each(|rule| self.leads_to(rule, &mut |id| next.push(id.index())));
        }
        starts.push(next.len());
        let mut search = vec![Search::Ahead; self.chains.len()];
        // The way down: each chain with its first successor not yet looked at.
        let mut way: Vec<(usize, usize)> = Vec::new();
        for start in 0..self.chains.len() {
            if search.get(start) == Some(&Search::Ahead) {
                way.push((start, starts.get(start).copied().unwrap_or_default()));
            }
            while let Some((chain, from)) = way.last_mut() {
                let end = starts.get(*chain + 1).copied().unwrap_or_default();
                let to = next.get(*from).copied().filter(|_| *from < end);
                let now = if to.is_some() { Search::OnWay } else { Search::Done };
                if let Some(state) = search.get_mut(*chain) {
                    *state = now;
                }
                let Some(to) = to else {
                    way.pop();
                    continue;
                };
                *from += 1;
                match search.get(to) {
                    Some(Search::OnWay) => return true,
                    Some(Search::Ahead) => way.push((to, starts.get(to).copied().unwrap_or_default())),
                    _ => {}
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
            let mut sound = true;
            let mut check = |named| {
                sound &= match named {
                    Named::Chain(id) => table.chains.has(id),
                    Named::Set(id) => table.sets.has(id),
                };
            };
            table.sets.iter().for_each(|set| of_elements(&set.elements, &mut check));
            let rules = table.chains.iter().flat_map(|chain| &chain.rules);
            rules.into_iter().for_each(|rule| Table::references(rule, &mut check));
            sound
        })
    }

    /// True when some chain of some table leads back to itself.
    pub fn has_loop(&self) -> bool {
        self.tables.iter().any(Table::has_loop)
    }
}
