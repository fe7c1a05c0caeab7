//! One namespace: its tables, chains and sets as rows.

use super::sheet::{ChainRow, Row};
use crate::url;
use crate::words::Say;
use kernel::config::ipset::{IpSet, SetElement};
use kernel::config::nft::data::Verdict;
use kernel::config::nft::expr::{SetRef, Statement};
use kernel::config::nft::set::{Element, ElementData, Set};
use kernel::config::xtables::Target;
use kernel::config::{AnyRule, Netns, Policy};
use kernel::ids::{ChainId, NetnsId, NftTableId, RuleRef, SetId, TableRef};
use kubernetes::origin::{Cause, CauseId};
use sim_core::model::Model;
use sim_core::print;
use std::collections::BTreeSet;

/// What stands for a table's name where sets of `ipset` are meant: they belong to no table.
pub(super) const IPSET: &str = "ipset";

/// Rules shown that lead to a chain.
const CALLERS: usize = 12;

pub(super) fn cause_of(model: &Model, id: CauseId) -> Option<&Cause> {
    model.site.causes.get(id)
}

/// The chains a rule leads to, without those that elements of named maps lead to.
fn targets(rule: AnyRule<'_>) -> Vec<ChainId> {
    match rule {
        AnyRule::Xtables(rule) => match rule.target {
            Target::Jump(chain) | Target::Goto(chain) => vec![chain],
            _ => Vec::new(),
        },
        AnyRule::Nft(rule) => {
            let mut out = Vec::new();
            for statement in &rule.statements {
                match statement {
                    Statement::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain)) => out.push(*chain),
                    Statement::Vmap { map: SetRef::Anonymous(elements), .. } => {
                        out.extend(elements.iter().filter_map(element_target));
                    }
                    _ => {}
                }
            }
            out
        }
    }
}

pub(super) fn element_target(element: &Element) -> Option<ChainId> {
    match element.data {
        Some(ElementData::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain))) => Some(chain),
        _ => None,
    }
}

/// The chains of a table that were made for something, and that rules of chosen causes lead to: the endpoints of a Service. What all share
/// (`KUBE-MARK-MASQ`) was made for nothing in particular.
pub(crate) fn led_to(
    model: &Model,
    netns: &Netns,
    table: TableRef,
    own: &dyn Fn(CauseId) -> bool,
) -> BTreeSet<ChainId> {
    let mut found = BTreeSet::new();
    for chain in netns.chains_of(table) {
        let whole = netns.chain_cause(table, chain).is_some_and(own);
        for rule in netns.rules_of(table, chain).filter_map(|at| netns.rule(at)) {
            if whole || own(rule.cause()) {
                found.extend(targets(rule));
            }
        }
    }
    found.retain(|chain| {
        let cause = netns.chain_cause(table, *chain).and_then(|cause| cause_of(model, cause));
        cause.is_some_and(|cause| cause.object.is_some())
    });
    found
}

/// All tables of a namespace.
pub(crate) fn tables(netns: &Netns) -> Vec<TableRef> {
    let xtables = netns.xtables.tables.keys().copied().map(TableRef::Xtables);
    xtables.chain(netns.nft.tables.ids().map(TableRef::Nft)).collect()
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Accept => "accept",
        Policy::Drop => "drop",
    }
}

/// Hook and policy of a base chain.
pub(super) fn hook_text(say: &Say<'_>, netns: &Netns, table: TableRef, chain: ChainId) -> Option<String> {
    match table {
        TableRef::Xtables(name) => {
            let (hook, end) = netns.xtables.tables.get(&name)?.chains.get(chain)?.base?;
            let args = [("hook", hook.to_string().into()), ("policy", policy(end).to_uppercase().into())];
            Some(say.ta("rules-base", &args))
        }
        TableRef::Nft(id) => {
            let base = netns.nft.table(id)?.chain(chain)?.base.as_ref()?;
            let hooks = kernel::config::nft::BaseHook::ALL;
            let hook = hooks.iter().find(|(hook, _)| *hook == base.hook).map_or("", |(_, name)| name);
            let args = [
                ("hook", (*hook).into()),
                ("priority", base.priority.to_string().into()),
                ("policy", policy(base.policy).into()),
            ];
            Some(say.ta("rules-base-nft", &args))
        }
    }
}

/// One namespace of one scenario.
pub(super) struct View<'a> {
    pub(super) say: Say<'a>,
    pub(super) id: &'a str,
    pub(super) at: NetnsId,
    pub(super) netns: &'a Netns,
}

impl View<'_> {
    pub(super) fn href(&self, table: &str, chain: &str, number: usize) -> String {
        url::rules(self.id, &self.netns.name, table, chain, number)
    }

    pub(super) fn by(&self, cause: Option<CauseId>) -> String {
        let cause = cause.and_then(|id| cause_of(self.say.model, id));
        let Some(cause) = cause else { return String::new() };
        let component = self.say.component(cause.component);
        match &cause.object {
            Some(object) => format!("{component} · {object}"),
            None => component,
        }
    }

    /// Who made a chain: iptables' built-in ones nobody.
    pub(super) fn by_chain(&self, table: TableRef, chain: ChainId) -> String {
        let built_in =
            matches!(table, TableRef::Xtables(_)) && hook_text(&self.say, self.netns, table, chain).is_some();
        if built_in { self.say.t("rules-built-in") } else { self.by(self.netns.chain_cause(table, chain)) }
    }

    /// Who wrote a row: words, the line with a link, the Service and its port with a link.
    pub(super) fn explain(&self, row: &mut Row, cause: CauseId) {
        let Some(found) = cause_of(self.say.model, cause) else { return };
        row.because = match (&found.object, &found.field) {
            (Some(object), Some(field)) => format!("{object} · {}", self.say.field(Some(object), field)),
            (Some(object), None) => object.to_string(),
            (None, Some(field)) => format!("{} · {field}", self.by(Some(cause))),
            (None, None) => self.by(Some(cause)),
        };
        row.place = found.location.as_ref().map(|location| (location.to_string(), url::source(self.id, location)));
        row.service = found.object.as_ref().filter(|object| &*object.kind == "Service").map(|object| {
            let args = [("object", object.to_string().into())];
            let port = found.field.as_deref().and_then(crate::words::port_index).map(|(index, _)| index);
            let namespace = object.namespace.as_deref().unwrap_or_default();
            (self.say.ta("rules-all-of", &args), url::service(self.id, namespace, &object.name, port))
        });
    }

    pub(super) fn row(&self, at: RuleRef, marked: bool, open: bool) -> Option<Row> {
        let rule = self.netns.rule(at)?;
        let table = self.netns.table_name(at.table);
        let chain = self.netns.chain_name(at.table, at.chain)?;
        let number = at.id.number() as usize;
        let mut row = Row {
            number,
            marked,
            text: print::rule_text(self.netns, at)?,
            words: self.say.rule_words(self.at, at)?,
            ..Row::default()
        };
        self.explain(&mut row, rule.cause());
        if open {
            let args = [("chain", chain.to_owned().into()), ("number", number.into())];
            row.links.push((self.say.ta("rules-open-chain", &args), self.href(&table, chain, number)));
        }
        for target in targets(rule) {
            row.links.extend(self.open(at.table, &table, target));
        }
        if let (TableRef::Nft(id), AnyRule::Nft(rule)) = (at.table, rule) {
            let named = rule.statements.iter().filter_map(|statement| match statement.map() {
                Some((_, SetRef::Named(set))) => self.netns.nft.table(id)?.set(*set),
                _ => None,
            });
            row.links.extend(named.map(|set| {
                let href = url::rule_set(self.id, &self.netns.name, &table, &set.name, 1);
                (self.say.ta("rules-open-target", &[("chain", set.name.to_string().into())]), href)
            }));
        }
        Some(row)
    }

    fn open(&self, at: TableRef, table: &str, chain: ChainId) -> Option<(String, String)> {
        let name = self.netns.chain_name(at, chain)?;
        Some((self.say.ta("rules-open-target", &[("chain", name.to_owned().into())]), self.href(table, name, 0)))
    }

    /// Rules and elements that lead to a chain.
    pub(super) fn callers(&self, table: TableRef, chain: ChainId) -> Vec<(String, String)> {
        let name = self.netns.table_name(table);
        let mut out = Vec::new();
        for from in self.netns.chains_of(table) {
            for at in self.netns.rules_of(table, from) {
                let leads = self.netns.rule(at).map(targets).unwrap_or_default();
                if leads.contains(&chain)
                    && let Some(text) = self.netns.chain_name(table, from)
                {
                    let number = at.id.number();
                    out.push((format!("{text} #{number}"), self.href(&name, text, number as usize)));
                    if out.len() == CALLERS {
                        return out;
                    }
                }
            }
        }
        let TableRef::Nft(id) = table else { return out };
        for set in self.netns.nft.table(id).into_iter().flat_map(|table| &table.sets) {
            let hit = |(_, element): &(usize, &Element)| element_target(element) == Some(chain);
            let room = CALLERS.saturating_sub(out.len());
            out.extend(set.elements.iter().enumerate().filter(hit).take(room).map(|(index, _)| {
                let href = url::rule_set(self.id, &self.netns.name, &name, &set.name, index + 1);
                (format!("@{} #{}", set.name, index + 1), href)
            }));
        }
        out
    }

    /// The sets of `ipset` as rows.
    pub(super) fn ipset_rows(&self) -> Vec<ChainRow> {
        let row = |(name, set): (&std::sync::Arc<str>, &IpSet)| ChainRow {
            table: IPSET.to_owned(),
            name: name.to_string(),
            href: url::rule_set(self.id, &self.netns.name, IPSET, name, 0),
            hook: self.say.t("rules-set"),
            count: set.elements.len(),
            by: self.by(Some(set.cause)),
        };
        self.netns.sets.iter().map(row).collect()
    }

    pub(super) fn chain_rows(&self, wanted: &str) -> Vec<(TableRef, Option<ChainId>, usize)> {
        let mut out = Vec::new();
        for table in tables(self.netns) {
            if !wanted.is_empty() && self.netns.table_name(table) != wanted {
                continue;
            }
            let mut chains: Vec<ChainId> = self.netns.chains_of(table).collect();
            chains.sort_by_key(|chain| hook_text(&self.say, self.netns, table, *chain).is_none());
            out.extend(chains.into_iter().map(|chain| (table, Some(chain), 0)));
            if let TableRef::Nft(id) = table {
                let sets = self.netns.nft.table(id).map_or(0, |table| table.sets.len());
                out.extend((0..sets).map(|set| (table, None, set)));
            }
        }
        out
    }

    pub(super) fn chain_row(&self, table: TableRef, chain: Option<ChainId>, set: usize) -> Option<ChainRow> {
        let name = self.netns.table_name(table);
        match (chain, table) {
            (Some(chain), _) => {
                let text = self.netns.chain_name(table, chain)?;
                Some(ChainRow {
                    href: self.href(&name, text, 0),
                    name: text.to_owned(),
                    hook: hook_text(&self.say, self.netns, table, chain).unwrap_or_else(|| self.say.t("rules-user")),
                    count: self.netns.chain_len(table, chain) as usize,
                    by: self.by_chain(table, chain),
                    table: self.label(table),
                })
            }
            (None, TableRef::Nft(id)) => {
                let set = self.netns.nft.table(id)?.sets.get(SetId::at(set))?;
                Some(ChainRow {
                    href: url::rule_set(self.id, &self.netns.name, &name, &set.name, 0),
                    name: format!("@{}", set.name),
                    hook: self.say.t("rules-set"),
                    count: set.elements.len(),
                    by: self.by(Some(set.cause)),
                    table: self.label(table),
                })
            }
            (None, TableRef::Xtables(_)) => None,
        }
    }

    /// An element of a set or map of nftables.
    pub(super) fn element(&self, at: (NftTableId, SetId), index: usize, marked: bool, open: bool) -> Option<Row> {
        let table = self.netns.nft.table(at.0)?;
        let set: &Set = table.set(at.1)?;
        let element: &Element = set.elements.get(index)?;
        let of = TableRef::Nft(at.0);
        let name = self.netns.table_name(of);
        let mut row = Row {
            number: index + 1,
            marked,
            text: print::nft::element_text(table, set, element),
            words: self.say.element_words(self.at, of, set, element).unwrap_or_default(),
            ..Row::default()
        };
        self.explain(&mut row, element.cause);
        if open {
            let href = url::rule_set(self.id, &self.netns.name, &name, &set.name, index + 1);
            row.links.push((self.say.ta("rules-open-target", &[("chain", set.name.to_string().into())]), href));
        }
        row.links.extend(element_target(element).and_then(|chain| self.open(of, &name, chain)));
        Some(row)
    }

    /// A member of a set of `ipset`.
    pub(super) fn member(&self, name: &str, set: &IpSet, index: usize, marked: bool, open: bool) -> Option<Row> {
        let mut row = Row { number: index + 1, marked, text: member_text(set.elements.get(index)?), ..Row::default() };
        self.explain(&mut row, set.cause);
        if open {
            let href = url::rule_set(self.id, &self.netns.name, IPSET, name, index + 1);
            row.links.push((self.say.ta("rules-open-target", &[("chain", name.to_owned().into())]), href));
        }
        Some(row)
    }
}

/// A member as `ipset` writes it.
pub(super) fn member_text(element: &SetElement) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = print::ipset::write_key(&mut text, &element.key);
    if !element.rest.is_empty() {
        text.push(' ');
        text.push_str(&element.rest);
    }
    text
}
