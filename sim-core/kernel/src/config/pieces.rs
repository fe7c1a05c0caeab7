//! Lists that are nearly the same in many namespaces, kept as pieces: those that are equal are kept once.

use crate::ids::Id;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

/// A piece ends behind an item whose hash is smaller than those of so many items before it and behind it: twice as many make a piece on
/// average, and few pieces are much longer.
const REACH: usize = 5;

/// How far a piece is looked for behind the last that was found.
const WINDOW: usize = 64;

/// What has ids of the type `I`, in order of them. Every machine of a fleet has a route to what is behind each other one, and so on: the lists of two
/// machines differ in few places. Where a list is cut depends on what is in it, so that an item more or less changes one piece.
pub struct Pieces<I, T> {
    /// What comes first: each piece with how many items there are up to its end.
    cut: Vec<(usize, Arc<[T]>)>,
    /// What follows, not cut.
    own: Vec<T>,
    ids: PhantomData<I>,
}

impl<I: Id, T> Pieces<I, T> {
    /// How many items are in pieces.
    fn in_pieces(&self) -> usize {
        self.cut.last().map_or(0, |(end, _)| *end)
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.in_pieces() + self.own.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What has this id; `None` for an id of another list.
    pub fn get(&self, id: I) -> Option<&T> {
        let at = id.index();
        match self.cut.get(self.cut.partition_point(|(end, _)| *end <= at)) {
            Some((end, piece)) => piece.get(at - (end - piece.len())),
            None => self.own.get(at - self.in_pieces()),
        }
    }

    /// All items, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.cut.iter().flat_map(|(_, piece)| piece.iter()).chain(&self.own)
    }

    /// Everything with its id.
    pub fn entries(&self) -> impl Iterator<Item = (I, &T)> {
        self.iter().enumerate().map(|(index, item)| (I::at(index), item))
    }

    /// The last item.
    pub fn last(&self) -> Option<&T> {
        self.get(I::at(self.len().checked_sub(1)?))
    }

    /// How many items of both lists are the same in memory.
    pub fn in_common(&self, other: &Self) -> usize {
        let is_there = |piece: &&Arc<[T]>| other.cut.iter().any(|(_, one)| Arc::ptr_eq(one, piece));
        self.cut.iter().map(|(_, piece)| piece).filter(is_there).map(|piece| piece.len()).sum()
    }

    /// Appends something, and returns its id.
    pub fn push(&mut self, item: T) -> I {
        self.own.push(item);
        I::at(self.len() - 1)
    }
}

impl<I: Id, T: Clone> Pieces<I, T> {
    /// The list, to be changed: from now on nobody else has a part of it.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if !self.cut.is_empty() {
            self.own = self.iter().cloned().collect();
            self.cut.clear();
        }
        &mut self.own
    }
}

impl<I: Id, T: Clone + PartialEq + Hash> Pieces<I, T> {
    /// Cuts the list, so that others can have pieces of it.
    pub(super) fn cut(&mut self) {
        let items = std::mem::take(&mut self.own);
        let hashes: Vec<u64> = items
            .iter()
            .map(|item| {
                let mut hash = DefaultHasher::new();
                item.hash(&mut hash);
                hash.finish()
            })
            .collect();
        let before = self.in_pieces();
        let mut rest = items.as_slice();
        for (at, hash) in hashes.iter().enumerate() {
            let around = hashes.iter().enumerate().skip(at.saturating_sub(REACH)).take(REACH + 1 + at.min(REACH));
            if around.into_iter().any(|(other, beside)| other != at && beside <= hash) {
                continue;
            }
            let (piece, behind) = rest.split_at(at + 1 - (items.len() - rest.len()));
            rest = behind;
            self.cut.push((before + at + 1, Arc::from(piece)));
        }
        if !rest.is_empty() {
            self.cut.push((before + items.len(), Arc::from(rest)));
        }
    }

    /// Takes the other's pieces where they are equal.
    pub(super) fn take(&mut self, other: &Self) {
        let mut behind = 0;
        for (_, piece) in &mut self.cut {
            let ahead = other.cut.get(behind..).unwrap_or_default().iter().take(WINDOW);
            let Some((at, (_, same))) = ahead.enumerate().find(|(_, (_, one))| one == piece) else { continue };
            behind += at + 1;
            *piece = same.clone();
        }
    }
}

impl<I, T> From<Vec<T>> for Pieces<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { cut: Vec::new(), own: items, ids: PhantomData }
    }
}

impl<I, T> Extend<T> for Pieces<I, T> {
    fn extend<F: IntoIterator<Item = T>>(&mut self, items: F) {
        self.own.extend(items);
    }
}

impl<I, T> Default for Pieces<I, T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<I, T: Clone> Clone for Pieces<I, T> {
    fn clone(&self) -> Self {
        Self { cut: self.cut.clone(), own: self.own.clone(), ids: PhantomData }
    }
}

impl<I: Id, T: PartialEq> PartialEq for Pieces<I, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<I: Id, T: Eq> Eq for Pieces<I, T> {}

impl<I: Id, T: fmt::Debug> fmt::Debug for Pieces<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type List = Pieces<usize, u32>;

    fn cut(items: impl IntoIterator<Item = u32>) -> List {
        let mut list = List::from(items.into_iter().collect::<Vec<_>>());
        list.cut();
        list
    }

    #[test]
    fn what_is_cut_reads_as_before() {
        for length in [0, 1, 31, 1000] {
            let mut list = cut(0..length);
            assert_eq!(list.len(), length as usize);
            assert!(list.iter().copied().eq(0..length));
            assert!((0..length).all(|at| list.get(at as usize) == Some(&at)));
            assert_eq!(list.get(length as usize), None);
            assert_eq!(list.last().copied(), length.checked_sub(1));
            assert_eq!(list, List::from((0..length).collect::<Vec<_>>()));
            assert_eq!(list.push(7), length as usize);
            assert!(list.iter().copied().eq((0..length).chain([7])));
        }
    }

    #[test]
    fn a_list_that_lacks_one_item_has_nearly_everything_in_common() {
        let first = cut(0..1000);
        for lacks in [0, 1, 499, 999] {
            let mut list = cut((0..1000).filter(|item| *item != lacks));
            let before = list.clone();
            list.take(&first);
            assert_eq!(list, before);
            let common = list.in_common(&first);
            assert!((700..1000).contains(&common), "{common} of 999");
        }
    }

    #[test]
    fn who_changes_a_list_has_it_alone() {
        let first = cut(0..1000);
        let mut list = first.clone();
        assert_eq!(list.in_common(&first), 1000);
        list.to_mut().retain(|item| *item != 3);
        assert_eq!((list.len(), first.len(), list.in_common(&first)), (999, 1000, 0));
    }
}
