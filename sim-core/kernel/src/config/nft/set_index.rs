//! What a look into a long set jumps by.

use super::data::{DataType, Datum, Pattern};
use super::set::{Element, find};
use crate::ids::ElementId;
use std::collections::BTreeSet;

/// Sets with fewer elements are looked through one by one.
const SHORT: usize = 8;

/// The elements of one set, for lookups.
#[derive(Clone, Debug)]
pub(crate) struct SetIndex {
    /// Elements with a plain key, in order of key, then position.
    exact: Vec<ElementId>,
    /// Elements whose key is one prefix or range.
    intervals: Intervals,
    /// Other elements with a pattern in their key, by position.
    patterns: Vec<ElementId>,
    /// The first catch-all.
    any: Option<ElementId>,
}

/// The values of a key without patterns.
fn plain(element: &Element) -> Option<impl Iterator<Item = &Datum>> {
    let is_plain = |pattern: &Pattern| match pattern {
        Pattern::One(Datum::Text(text)) => !text.ends_with('*'),
        Pattern::One(Datum::Number(_)) => true,
        _ => false,
    };
    element.key.iter().all(is_plain).then(|| values(element))
}

fn values(element: &Element) -> impl Iterator<Item = &Datum> {
    element.key.iter().filter_map(|pattern| match pattern {
        Pattern::One(value) => Some(value),
        _ => None,
    })
}

impl SetIndex {
    /// `None` for a short set. `key`: types of the key's parts.
    pub(crate) fn of(elements: &[Element], key: &[DataType]) -> Option<Self> {
        if elements.len() < SHORT {
            return None;
        }
        let mut index = Self { exact: Vec::new(), intervals: Intervals::default(), patterns: Vec::new(), any: None };
        for (at, element) in (0..).map(ElementId).zip(elements) {
            if element.key == [Pattern::Any] {
                index.any = index.any.or(Some(at));
            } else if plain(element).is_some() {
                index.exact.push(at);
            } else {
                index.patterns.push(at);
            }
        }
        let of = |at: ElementId| elements.get(at.index()).into_iter().flat_map(values);
        index.exact.sort_by(|a, b| of(*a).cmp(of(*b)).then(a.cmp(b)));
        if let [kind] = key {
            (index.intervals, index.patterns) = Intervals::of(elements, &index.patterns, kind);
        }
        Some(index)
    }

    /// What [`find`] finds among the elements this was made of.
    pub(crate) fn find<'a>(
        &self,
        elements: &'a [Element],
        key: &[Datum],
        types: &[DataType],
    ) -> Option<(ElementId, &'a Element)> {
        if types.len() < key.len() || !(self.intervals.is_empty() || self.intervals.are_for(types)) {
            return find(elements, key, types);
        }
        let of = |at: ElementId| elements.get(at.index());
        let first = self.exact.partition_point(|at| of(*at).into_iter().flat_map(values).cmp(key).is_lt());
        let exact = self.exact.get(first).copied().filter(|at| of(*at).is_some_and(|it| it.holds(key, types)));
        let pattern = self.patterns.iter().copied().find(|at| of(*at).is_some_and(|it| it.holds(key, types)));
        let interval = match key {
            [Datum::Number(number)] => self.intervals.find(*number),
            _ => None,
        };
        let at = exact.into_iter().chain(interval).chain(pattern).min().or(self.any)?;
        Some((at, of(at)?))
    }
}

/// Elements of a set whose key is one prefix or range, for lookups of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Intervals {
    /// Length of the numbers in bits, as prefixes count them.
    bits: u8,
    /// Where numbers begin to fall under another element, in order, each with the first element they fall under from there on.
    from: Vec<(u128, Option<ElementId>)>,
}

impl Intervals {
    /// Those of `positions` whose key is one prefix or range, and the rest of `positions`.
    pub(super) fn of(elements: &[Element], positions: &[ElementId], kind: &DataType) -> (Self, Vec<ElementId>) {
        let (bits, mut rest) = (kind.bits(), Vec::new());
        // Where an element begins and where it has ended: None where nothing comes behind it.
        let mut ends: Vec<(u128, bool, ElementId)> = Vec::new();
        for &at in positions {
            let key = elements.get(at.index()).map(|element| element.key.as_slice());
            let (first, last) = match key {
                Some([Pattern::Range(first, last)]) => (*first, *last),
                Some([Pattern::Prefix(net, length)]) => {
                    // As a prefix is compared: without the bits behind it, which may be all.
                    let host = u32::from(bits.saturating_sub(*length));
                    let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                    (net & mask, net | !mask)
                }
                _ => {
                    rest.push(at);
                    continue;
                }
            };
            if first <= last {
                ends.push((first, true, at));
                ends.extend(last.checked_add(1).map(|behind| (behind, false, at)));
            }
        }
        ends.sort_unstable();
        let mut open = BTreeSet::new();
        let mut from: Vec<(u128, Option<ElementId>)> = Vec::new();
        for (number, begins, at) in ends {
            if begins {
                open.insert(at);
            } else {
                open.remove(&at);
            }
            let now = open.first().copied();
            match from.last_mut() {
                Some((same, found)) if *same == number => *found = now,
                _ => from.push((number, now)),
            }
        }
        (Self { bits, from }, rest)
    }

    /// True when there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.from.is_empty()
    }

    /// Whether keys of these types are what it was made for.
    pub(super) fn are_for(&self, types: &[DataType]) -> bool {
        types.first().is_some_and(|kind| kind.bits() == self.bits)
    }

    /// The first element that a number falls under.
    pub(super) fn find(&self, number: u128) -> Option<ElementId> {
        let behind = self.from.partition_point(|(first, _)| *first <= number);
        self.from.get(behind.checked_sub(1)?)?.1
    }
}
