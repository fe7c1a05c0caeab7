//! Rules in plain words: what is compared, and what happens then.
//!
//! Every match, target and statement has its sentence; the lists are exhaustive, so that a new one does not compile without words. Only
//! what the interpreter itself does not understand is given as text.

mod action;
mod nft;
mod value;
mod xtables;

use super::Say;
use crate::locale::{self, FluentValue, Lang};
use kernel::config::nft::set::{Element, ElementData, Set, SetData};
use kernel::config::xtables::Neg;
use kernel::config::{AnyRule, Netns};
use kernel::ids::{ChainId, NetnsId, RuleRef, TableRef};
use std::fmt::Display;

/// What a chain was made for, in words; `None` where nothing is known.
pub type MadeFor<'a> = dyn Fn(TableRef, ChainId) -> Option<String> + 'a;

/// The rules of one namespace in the words of one language.
#[derive(Clone, Copy)]
pub struct RuleWords<'a> {
    /// Language.
    pub lang: Lang,
    /// The namespace.
    pub netns: &'a Netns,
    /// What chains were made for.
    pub made_for: &'a MadeFor<'a>,
}

impl Say<'_> {
    fn with_rule_words<T>(&self, id: NetnsId, say: impl FnOnce(&RuleWords<'_>) -> Option<T>) -> Option<T> {
        let netns = self.netns(id)?;
        let made_for = |table, chain| {
            let cause = netns.chain_cause(table, chain).and_then(|id| self.cause(id))?;
            let object = cause.object.as_ref()?;
            Some(match cause.field.as_ref() {
                Some(field) => format!("{object}, {}", self.field(Some(object), field)),
                None => object.to_string(),
            })
        };
        say(&RuleWords { lang: self.lang, netns, made_for: &made_for })
    }

    /// A rule in plain words: `TCP, to 10.96.0.11, to port 80 → go through chain KUBE-SVC-… (Service default/web)`; `None` where there is none.
    pub fn rule_words(&self, id: NetnsId, at: RuleRef) -> Option<String> {
        self.with_rule_words(id, |words| words.rule(at))
    }

    /// An element of a named set or map in plain words; `None` where nothing is to be said beyond its text.
    pub fn element_words(&self, id: NetnsId, table: TableRef, set: &Set, element: &Element) -> Option<String> {
        self.with_rule_words(id, |words| words.element(table, set, element))
    }
}

impl RuleWords<'_> {
    /// A rule; `None` where there is none.
    pub fn rule(&self, at: RuleRef) -> Option<String> {
        let (conditions, actions) = match (at.table, self.netns.rule(at)?) {
            (TableRef::Xtables(_), AnyRule::Xtables(rule)) => {
                (self.xtables_conditions(rule), vec![self.target(at.table, &rule.target)])
            }
            (TableRef::Nft(table), AnyRule::Nft(rule)) => self.nft_rule(self.netns.nft.table(table)?, at.table, rule),
            _ => return None,
        };
        let conditions = if conditions.is_empty() { self.t("rule-any") } else { conditions.join(", ") };
        let actions = if actions.is_empty() { self.t("rule-do-none") } else { actions.join(", ") };
        Some(self.ta("rule-sentence", &[("if", conditions.into()), ("then", actions.into())]))
    }

    /// What an element of a map leads to; a set's elements lead nowhere.
    pub fn element(&self, table: TableRef, set: &Set, element: &Element) -> Option<String> {
        let data: &[_] = match &set.data {
            Some(SetData::Value(types)) => types,
            _ => &[],
        };
        let then = match element.data.as_ref()? {
            ElementData::Verdict(verdict) => self.verdict(table, verdict),
            ElementData::Value(values) => self.patterns(data, values),
        };
        let key = self.patterns(&set.key, &element.key);
        Some(self.ta("rule-sentence", &[("if", key.into()), ("then", then.into())]))
    }

    fn t(&self, id: &str) -> String {
        locale::t(self.lang, id)
    }

    fn ta(&self, id: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        locale::ta(self.lang, id, args)
    }

    fn part(&self, key: &str, value: impl Display) -> String {
        self.ta(key, &[("value", value.to_string().into())])
    }

    fn neg(&self, not: bool, text: String) -> String {
        if not { self.ta("rule-not", &[("what", text.into())]) } else { text }
    }

    /// The opposite of a whole clause.
    fn unless(&self, not: bool, text: String) -> String {
        if not { self.ta("rule-unless", &[("what", text.into())]) } else { text }
    }

    fn maybe<T>(&self, out: &mut Vec<String>, key: &str, value: &Option<Neg<T>>, text: impl Fn(&T) -> String) {
        if let Some(one) = value {
            out.push(self.neg(one.not, self.part(key, text(&one.value))));
        }
    }

    /// `a or b`.
    fn one_of(&self, list: &[String]) -> String {
        list.join(&format!(" {} ", self.t("rule-or")))
    }

    /// The name of a chain, with the object it was made for.
    fn chain(&self, table: TableRef, chain: ChainId) -> String {
        let name = self.netns.chain_name(table, chain).unwrap_or("?");
        match (self.made_for)(table, chain) {
            Some(object) => format!("{name} ({object})"),
            None => name.to_owned(),
        }
    }
}
