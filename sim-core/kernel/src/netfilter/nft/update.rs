//! Rules that write into sets (net/netfilter/nft_dynset.c), and what is told of it.

use super::{Runner, StatementOutcome};
use crate::config::nft::data::Datum;
use crate::config::nft::expr::{Expr, SetRef, SetUpdate};
use crate::ids::{PartId, RuleRef, SetId};
use crate::state::SetEntry;
use crate::walk::{Event, FailedMatch, ListedHow, SetHit};

impl Runner<'_, '_> {
    /// `nft_dynset_eval`: an element that is there is refreshed by `update` only; a full set ends the rule.
    pub(super) fn update(
        &mut self,
        update: SetUpdate,
        id: SetId,
        (key, data): (&Expr, Option<&Expr>),
        timeout: Option<u64>,
        at: RuleRef,
        statement: PartId,
    ) -> StatementOutcome {
        let types = key.types();
        let Some(key) = self.value(key, at, statement) else { return StatementOutcome::Break(FailedMatch::Expression) };
        let data = match data {
            Some(data) => match self.value(data, at, statement) {
                Some(data) => Some(data),
                None => return StatementOutcome::Break(FailedMatch::Expression),
            },
            None => None,
        };
        let there = self.find(&SetRef::Named(id), &types, &key).hit;
        let now = self.state.now.saturating_mul(1000);
        let Some(set) = self.table.set(id) else { return StatementOutcome::Break(FailedMatch::Expression) };
        let expires = timeout.or(set.timeout).map(|timeout| now.saturating_add(timeout));
        let entries = self.state.nft_sets.entry((self.seen.id, self.id, id)).or_default();
        entries.retain(|entry| entry.gone || entry.expires.is_none_or(|expires| now < expires));
        match (update, there) {
            (SetUpdate::Delete, SetHit::Missing) => return StatementOutcome::Break(FailedMatch::Lookup),
            (SetUpdate::Delete, _) => {
                entries.retain(|entry| entry.key != key);
                entries.push(SetEntry { key, data: None, expires: None, gone: true });
            }
            (SetUpdate::Update, SetHit::Learned) => {
                if let Some(entry) = entries.iter_mut().find(|entry| entry.key == key) {
                    entry.expires = expires;
                }
                self.listed(at, id, &key, ListedHow::Noted);
            }
            (_, SetHit::Missing) => {
                let here = entries.iter().filter(|entry| !entry.gone).count() + set.elements.len();
                if set.size.is_some_and(|size| here >= size as usize) {
                    return StatementOutcome::Break(FailedMatch::Expression);
                }
                entries.retain(|entry| entry.key != key);
                entries.push(SetEntry { key: key.clone(), data, expires, gone: false });
                self.listed(at, id, &key, ListedHow::Noted);
            }
            (SetUpdate::Add | SetUpdate::Update, _) => {}
        }
        StatementOutcome::Next
    }

    /// Seconds since a rule made or refreshed an element, by when it goes.
    pub(super) fn age(&self, id: SetId, key: &[Datum]) -> u64 {
        let left = self.learned(id, key).and_then(|entry| entry.expires);
        let timeout = self.table.set(id).and_then(|set| set.timeout);
        let made = left.zip(timeout).map(|(expires, timeout)| expires.saturating_sub(timeout) / 1000);
        made.map_or(0, |made| self.state.now.saturating_sub(made))
    }

    /// Notes what came of a look into a set of addresses.
    pub(super) fn listed(&mut self, rule: RuleRef, id: SetId, key: &[Datum], how: ListedHow) {
        let Some(set) = self.table.set(id) else { return };
        if let Some(address) = set.address(key) {
            self.effects.push(Event::Listed { rule, list: set.name.clone(), address, how });
        }
    }
}
