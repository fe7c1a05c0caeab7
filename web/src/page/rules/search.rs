//! Searching rules, elements of sets and members of ipsets.

use super::sheet::{PAGE, Row};
use super::view::{View, cause_of, member_text, tables};
use kernel::ids::{ChainId, NftTableId, RuleRef, SetId, TableRef};
use kubernetes::origin::CauseId;
use sim_core::print;
use std::sync::Arc;

/// Rules and elements whose text one search looks into at most.
const SCANNED: usize = 2_000_000;

/// Where something is that was found.
pub(super) enum Hit {
    Rule(RuleRef),
    Element(NftTableId, SetId, usize),
    Member(Arc<str>, usize),
}

/// One page of what was found.
#[derive(Default)]
pub(super) struct Hits {
    /// Rows of the page.
    pub(super) rows: Vec<Row>,
    /// Hits before the first row.
    pub(super) before: usize,
    /// There are more behind the last row.
    pub(super) more: bool,
    /// The search ended early.
    pub(super) cut: bool,
}

/// What is being looked for, and the hits of one page.
struct Search<'a> {
    what: &'a str,
    /// By cause: whether its object has the text; `None` where not looked at yet.
    known: Vec<Option<bool>>,
    skip: usize,
    scanned: usize,
    hits: Vec<Hit>,
}

impl Search<'_> {
    /// False when enough is found or too much was looked at.
    fn goes_on(&self) -> bool {
        self.hits.len() <= PAGE && self.scanned < SCANNED
    }

    fn has(&self, mut text: String) -> bool {
        text.make_ascii_lowercase();
        text.contains(self.what)
    }

    fn caused(&mut self, view: &View<'_>, cause: CauseId) -> bool {
        let at = cause.0 as usize;
        if self.known.len() <= at {
            self.known.resize(at + 1, None);
        }
        let found = self.known.get(at).copied().flatten().unwrap_or_else(|| {
            let object = cause_of(view.say.model, cause).and_then(|cause| cause.object.as_ref());
            object.is_some_and(|object| self.has(object.to_string()))
        });
        if let Some(known) = self.known.get_mut(at) {
            *known = Some(found);
        }
        found
    }

    fn take(&mut self, hit: Hit) {
        match self.skip.checked_sub(1) {
            Some(left) => self.skip = left,
            None => self.hits.push(hit),
        }
    }

    fn chain(&mut self, view: &View<'_>, table: TableRef, chain: ChainId) {
        let named = view.netns.chain_name(table, chain).is_some_and(|name| self.has(name.to_owned()));
        for at in view.netns.rules_of(table, chain) {
            if !self.goes_on() {
                return;
            }
            self.scanned += 1;
            let Some(cause) = view.netns.rule_cause(at) else { continue };
            if named || self.caused(view, cause) || print::rule_text(view.netns, at).is_some_and(|text| self.has(text))
            {
                self.take(Hit::Rule(at));
            }
        }
    }

    fn sets(&mut self, view: &View<'_>, id: NftTableId) {
        let Some(table) = view.netns.nft.table(id) else { return };
        for (set_id, set) in table.sets.entries() {
            let named = self.has(set.name.to_string());
            for (index, element) in set.elements.iter().enumerate() {
                if !self.goes_on() {
                    return;
                }
                self.scanned += 1;
                if named || self.caused(view, element.cause) || self.has(print::nft::element_text(table, set, element))
                {
                    self.take(Hit::Element(id, set_id, index));
                }
            }
        }
    }

    fn ipsets(&mut self, view: &View<'_>) {
        for (name, set) in &view.netns.sets {
            let named = self.has(name.to_string());
            for (index, element) in set.elements.iter().enumerate() {
                if !self.goes_on() {
                    return;
                }
                self.scanned += 1;
                if named || self.has(member_text(element)) {
                    self.take(Hit::Member(name.clone(), index));
                }
            }
        }
    }
}

impl View<'_> {
    /// Rules, elements and members whose chain or set, Service or text has what is searched for; upper and lower case are alike.
    pub(super) fn search(&self, what: &str, page: usize) -> Hits {
        let what = what.to_ascii_lowercase();
        let before = page.saturating_sub(1).saturating_mul(PAGE);
        let mut search = Search { what: &what, known: Vec::new(), skip: before, scanned: 0, hits: Vec::new() };
        for table in tables(self.netns) {
            for chain in self.netns.chains_of(table) {
                search.chain(self, table, chain);
            }
            if let TableRef::Nft(id) = table {
                search.sets(self, id);
            }
        }
        search.ipsets(self);
        let more = search.hits.len() > PAGE;
        let rows = search.hits.iter().take(PAGE).filter_map(|hit| match hit {
            Hit::Rule(at) => self.row(*at, false, true),
            Hit::Element(table, set, index) => self.element((*table, *set), *index, false, true),
            Hit::Member(name, index) => self.member(name, self.netns.sets.get(name)?, *index, false, true),
        });
        Hits { rows: rows.collect(), before, more, cut: search.scanned >= SCANNED }
    }
}
