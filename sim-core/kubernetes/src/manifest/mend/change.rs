//! Changes of a text that is read again, and the way back from it.

use crate::diagnostic::Diagnostic;
use crate::origin::{SourceId, Span};
use crate::patch::{Edit, Patch};
use std::ops::Range;

/// Replaces bytes of the text at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct Change {
    pub(in crate::manifest) range: Range<usize>,
    pub(in crate::manifest) text: String,
}

impl Change {
    pub(in crate::manifest) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    pub(in crate::manifest) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }
}

/// A mistake, and what was meant. The span of the finding and the ranges are bytes of the text at hand.
#[derive(Debug)]
pub(in crate::manifest) struct Lesson {
    pub(in crate::manifest) found: Diagnostic,
    pub(in crate::manifest) changes: Vec<Change>,
}

/// A stretch of a text with changes made, and the way back from it to the text.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Mended {
    source: SourceId,
    /// Where the stretch begins and ends in the source.
    range: Range<usize>,
    /// The stretch, changed.
    pub(in crate::manifest) text: String,
    /// Changes in bytes of the source: by place, apart from each other.
    pub(super) changes: Vec<Change>,
    pieces: Vec<Piece>,
}

/// A piece of the changed text.
#[derive(Clone, Debug)]
struct Piece {
    here: usize,
    /// What it stands for: as long as itself where nothing was changed.
    there: Range<usize>,
    changed: bool,
}

impl Mended {
    /// The stretch `range` of a source, as it is.
    pub(in crate::manifest) fn new(source: SourceId, text: &str, range: Range<usize>) -> Self {
        let own = text.get(range.clone()).unwrap_or_default().to_owned();
        let pieces = vec![Piece { here: 0, there: range.clone(), changed: false }];
        Self { source, range, text: own, changes: Vec::new(), pieces }
    }

    /// With further changes, given in bytes of [`Mended::text`], and the patch of the source that they are. `None` when they
    /// overlap each other or are not in the text.
    pub(in crate::manifest) fn with(&self, changes: &[Change]) -> Option<(Self, Patch)> {
        let mut changes = changes.to_vec();
        changes.sort_by_key(|change| (change.range.start, change.range.end));
        let apart =
            changes.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start && pair[0].range != pair[1].range);
        let inside = changes.iter().all(|change| self.text.get(change.range.clone()).is_some());
        if !apart || !inside {
            return None;
        }
        let mut old = self.changes.clone();
        let mut new = Vec::with_capacity(changes.len());
        let mut taken = vec![false; self.pieces.len()];
        for change in changes {
            let (mut start, mut end) = (change.range.start, change.range.end);
            // What that is in the source.
            let (mut from, mut to) = (usize::MAX, 0);
            // What was changed before and is touched becomes part of this change.
            for (at, piece) in self.pieces.iter().enumerate().filter(|(_, piece)| piece.changed) {
                let behind = self.pieces.get(at + 1).map_or(self.text.len(), |next| next.here);
                if start <= behind && piece.here <= end {
                    if std::mem::replace(taken.get_mut(at)?, true) {
                        return None;
                    }
                    start = start.min(piece.here);
                    end = end.max(behind);
                    from = from.min(piece.there.start);
                    to = to.max(piece.there.end);
                    old.retain(|other| other.range != piece.there);
                }
            }
            let before = self.text.get(start..change.range.start)?;
            let behind = self.text.get(change.range.end..end)?;
            let kept = |at: usize| {
                let piece = self
                    .pieces
                    .iter()
                    .find(|piece| !piece.changed && (piece.here..=piece.here + piece.there.len()).contains(&at));
                piece.map(|piece| piece.there.start + at - piece.here)
            };
            if start == change.range.start {
                from = from.min(kept(start).unwrap_or(usize::MAX));
            }
            if end == change.range.end {
                to = to.max(kept(end).unwrap_or(0));
            }
            if from > to {
                return None;
            }
            new.push(Change::new(from..to, format!("{before}{}{behind}", change.text)));
        }
        if new.windows(2).any(|pair| pair[1].range.start < pair[0].range.end) {
            return None;
        }
        let mut all = old;
        all.extend(new.iter().cloned());
        all.sort_by_key(|change| (change.range.start, change.range.end));
        let edit = |change: &Change| Edit {
            span: Span { source: self.source, start: change.range.start as u32, end: change.range.end as u32 },
            text: change.text.as_str().into(),
        };
        let patch = Patch::new(new.iter().map(edit).collect())?;
        Some((self.rebuilt(all), patch))
    }

    /// The changed text out of the unchanged pieces at hand and `changes` in bytes of the source.
    fn rebuilt(&self, changes: Vec<Change>) -> Self {
        let mut text = String::with_capacity(self.text.len() + 64);
        let mut pieces = Vec::new();
        let mut at = self.range.start;
        let keep = |text: &mut String, pieces: &mut Vec<Piece>, there: Range<usize>| {
            if !there.is_empty() {
                pieces.push(Piece { here: text.len(), there: there.clone(), changed: false });
                text.push_str(self.original(there));
            }
        };
        for change in &changes {
            keep(&mut text, &mut pieces, at..change.range.start);
            pieces.push(Piece { here: text.len(), there: change.range.clone(), changed: true });
            text.push_str(&change.text);
            at = change.range.end;
        }
        keep(&mut text, &mut pieces, at..self.range.end);
        Self { source: self.source, range: self.range.clone(), text, changes, pieces }
    }

    /// Bytes of the source that no change at hand touches.
    fn original(&self, there: Range<usize>) -> &str {
        let piece = self
            .pieces
            .iter()
            .find(|piece| !piece.changed && piece.there.start <= there.start && there.end <= piece.there.end);
        let found = piece.map(|piece| {
            let start = piece.here + there.start - piece.there.start;
            start..start + there.len()
        });
        found.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The place of byte `at` in the source; a whole change where it is inside one.
    fn back(&self, at: usize) -> Range<usize> {
        let index = self.pieces.partition_point(|piece| piece.here <= at).saturating_sub(1);
        let Some(piece) = self.pieces.get(index) else { return self.range.start..self.range.start };
        if piece.changed {
            return piece.there.clone();
        }
        let there = (piece.there.start + at - piece.here).min(piece.there.end);
        there..there
    }

    /// The same for the byte behind a stretch, which still belongs to the piece before it.
    fn back_to_end(&self, at: usize) -> usize {
        let upto = self.pieces.partition_point(|piece| piece.here <= at);
        let before = self.pieces.get(..upto).unwrap_or_default();
        let index = before.iter().rposition(|piece| piece.here < at || piece.changed);
        let Some(piece) = index.and_then(|index| self.pieces.get(index)) else { return self.back(at).start };
        if piece.changed { piece.there.end } else { (piece.there.start + at - piece.here).min(piece.there.end) }
    }

    /// A span of the changed text as a span of the source.
    pub(in crate::manifest) fn span(&self, start: u32, end: u32) -> Span {
        let first = self.back(start as usize).start as u32;
        let last = if end > start { self.back_to_end(end as usize) as u32 } else { first };
        Span { source: self.source, start: first, end: last.max(first) }
    }
}
