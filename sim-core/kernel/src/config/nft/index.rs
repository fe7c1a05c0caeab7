//! What a walk through a long chain, and a look into a long set, jump by.
//!
//! A rule that compares an address or a port with one value, behind nothing but parts that change nothing, fails for every packet that
//! has another value there: by that comparison or by one of the parts before it. Only rules that the packet's own values lead to, and
//! those that are otherwise, can match or do something; between them one rule of each run of alike ones speaks for all.

use super::data::{Datum, Pattern};
use super::expr::{Expr, FibResult, Payload, Relation, Right, Statement};
use super::table::{Rule, Table};
use crate::ids::{ChainId, RuleId};
use std::collections::BTreeMap;

/// Chains with fewer rules are walked rule by rule.
const SHORT: usize = 16;

/// How a rule fails before it has done anything.
#[derive(PartialEq)]
enum Kind<'a> {
    /// By a field's value, behind comparisons that hold or fail alike for all rules that have them.
    Field(Payload, Vec<&'a Statement>),
    /// Otherwise.
    Other,
}

/// Looking does not change anything, and is no chance.
fn is_pure(expr: &Expr) -> bool {
    match expr {
        Expr::Payload(_) | Expr::Meta(_) | Expr::Ct(..) | Expr::Value(_) => true,
        Expr::Fib(_, FibResult::Type | FibResult::Exists) => true,
        Expr::Concat(parts) => parts.iter().all(is_pure),
        Expr::Bits(bits) => is_pure(&bits.left),
        Expr::Numgen { .. } | Expr::Map(_) => false,
    }
}

/// Fields that tell packets apart well: addresses and ports.
fn tells(field: Payload) -> bool {
    !matches!(
        field,
        Payload::IpProtocol
            | Payload::IpTtl
            | Payload::Ip6NextHeader
            | Payload::TcpFlags
            | Payload::IcmpType
            | Payload::IcmpCode
    )
}

/// How a rule fails, and by which value.
fn kind(rule: &Rule) -> (Kind<'_>, u128) {
    let mut before = Vec::new();
    for statement in &rule.statements {
        match statement {
            Statement::Counter(_) | Statement::Blank => {}
            Statement::Match { left, relation, right } => {
                if let (Expr::Payload(field), Relation::Implicit | Relation::Equal, Right::Value(values)) =
                    (left, relation, right)
                    && let [Pattern::One(Datum::Number(value))] = values.as_slice()
                    && tells(*field)
                {
                    return (Kind::Field(*field, before), *value);
                }
                // A set tells what it has learned, so it is asked each time.
                if matches!(right, Right::Set(_)) || !is_pure(left) {
                    break;
                }
                before.push(statement);
            }
            _ => break,
        }
    }
    (Kind::Other, 0)
}

/// One long chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChainIndex {
    /// Rules by field and value, in order of value, then position.
    by_field: BTreeMap<Payload, Vec<(u128, RuleId)>>,
    /// Rules to look at with every packet.
    other: Vec<RuleId>,
    /// First rule of each run of alike ones.
    runs: Vec<RuleId>,
}

impl ChainIndex {
    /// The long chains of a table.
    pub(super) fn of_table(table: &Table) -> BTreeMap<ChainId, Self> {
        let ids = table.chains.entries().filter(|(_, chain)| chain.rules.len() >= SHORT);
        ids.map(|(id, chain)| (id, Self::of(&chain.rules))).collect()
    }

    fn of(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        let mut last = None;
        for (at, rule) in (0..).map(RuleId).zip(rules) {
            let (kind, value) = kind(rule);
            match &kind {
                Kind::Field(field, _) => index.by_field.entry(*field).or_default().push((value, at)),
                Kind::Other => index.other.push(at),
            }
            if last.as_ref() != Some(&kind) {
                index.runs.push(at);
            }
            last = Some(kind);
        }
        index.by_field.values_mut().for_each(|list| list.sort_unstable());
        index
    }

    /// The first rule from `from` on that may match or do something, given the packet's fields; `None` when none may.
    pub(crate) fn candidate(&self, field: impl Fn(Payload) -> Option<Datum>, from: RuleId) -> Option<RuleId> {
        let other = self.other.get(self.other.partition_point(|at| *at < from)).copied();
        let by_field = self.by_field.iter().filter_map(|(payload, list)| match field(*payload) {
            Some(Datum::Number(value)) => {
                let at = list.partition_point(|entry| *entry < (value, from));
                list.get(at).filter(|(found, _)| *found == value).map(|(_, at)| *at)
            }
            _ => None,
        });
        by_field.chain(other).min()
    }

    /// The end of the run of alike rules that `at` is in; `None` in the last.
    pub(crate) fn alike(&self, at: RuleId) -> Option<RuleId> {
        self.runs.get(self.runs.partition_point(|first| *first <= at)).copied()
    }
}
