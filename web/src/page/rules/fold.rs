//! A chain as one packet went through it: rules that were skipped are folded.

use super::sheet::{Fold, Group, Row};
use super::view::View;
use crate::url;
use crate::words::Pass;
use kernel::ids::{ChainId, RuleId, RuleRef, TableRef};

/// Rules shown in one fold; the chain's own page has all of them.
const FOLDED: u32 = 40;

impl View<'_> {
    fn folded(&self, table: TableRef, chain: ChainId, range: (u32, u32), summary: String) -> Group {
        let (first, end) = range;
        let rules =
            (first..end.min(first.saturating_add(FOLDED))).map(|index| RuleRef { table, chain, id: RuleId(index) });
        let rows: Vec<Row> = rules.filter_map(|at| self.row(at, false, false)).collect();
        let left = (end - first).saturating_sub(FOLDED);
        let more = (left > 0).then(|| {
            let name = self.netns.chain_name(table, chain).unwrap_or_default();
            let next = first.saturating_add(FOLDED) as usize + 1;
            let href = url::rules(self.id, &self.netns.name, &self.netns.table_name(table), name, next);
            (self.say.ta("rules-fold-more", &[("count", left.into())]), href)
        });
        Group { rows, fold: Some(Fold { summary, more }), ..Group::default() }
    }

    /// The rules of a chain by what became of them; `None` where that does not fit the chain.
    pub(super) fn passed(&self, table: TableRef, chain: ChainId, pass: &Pass, number: usize) -> Option<Vec<Group>> {
        let of = self.netns.chain_len(table, chain);
        let mut at = 0_u32;
        let mut groups = Vec::new();
        for run in &pass.0 {
            let end = at.checked_add(run.count()).filter(|end| *end <= of)?;
            if let Some(summary) = self.say.fold(run) {
                groups.push(self.folded(table, chain, (at, end), summary));
            } else {
                let rules = (at..end).map(|index| RuleRef { table, chain, id: RuleId(index) });
                let rows = rules.filter_map(|rule| self.row(rule, rule.id.number() as usize == number, false));
                groups.push(Group { rows: rows.collect(), met: true, ..Group::default() });
            }
            at = end;
        }
        if at < of {
            let summary = self.say.ta("rules-fold-unreached", &[("count", (of - at).into())]);
            groups.push(self.folded(table, chain, (at, of), summary));
        }
        Some(groups)
    }
}
