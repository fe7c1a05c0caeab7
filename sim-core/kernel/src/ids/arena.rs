//! Lists that are asked by the id of what is in them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A number that names one thing in an [`Arena`]: its index, from 0.
pub trait Id: Copy {
    /// The id of what is at `index`.
    fn at(index: usize) -> Self;

    /// Where it is.
    fn index(self) -> usize;
}

/// The position itself.
impl Id for usize {
    fn at(index: usize) -> Self {
        index
    }

    fn index(self) -> usize {
        self
    }
}

/// What has ids of the type `I`, in order of them. A slice of it can be used as any slice; only [`Self::get`] and [`Self::get_mut`]
/// take an id.
pub struct Arena<I, T> {
    items: Vec<T>,
    ids: PhantomData<I>,
}

impl<I: Id, T> Arena<I, T> {
    /// What has this id; `None` for an id of another arena.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.items.get_mut(id.index())
    }

    /// Whether something has this id.
    pub fn has(&self, id: I) -> bool {
        id.index() < self.items.len()
    }

    /// Appends something, and returns its id.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::at(self.items.len() - 1)
    }

    /// Makes room for `more` items that are about to be added.
    pub fn reserve(&mut self, more: usize) {
        self.items.reserve_exact(more);
    }

    /// All ids, rising.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::at)
    }

    /// Everything with its id.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(index, item)| (I::at(index), item))
    }

    /// The id of the first that is meant.
    pub fn position(&self, mut is_meant: impl FnMut(&T) -> bool) -> Option<I> {
        self.items.iter().position(&mut is_meant).map(I::at)
    }

    /// Takes something out. Whatever is behind it moves up, so ids of those change.
    pub fn remove(&mut self, id: I) -> Option<T> {
        self.has(id).then(|| self.items.remove(id.index()))
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.items.clear();
    }

    /// Keeps only what is wanted. Ids change.
    pub fn retain(&mut self, wanted: impl FnMut(&T) -> bool) {
        self.items.retain(wanted);
    }
}

impl<I, T> From<Vec<T>> for Arena<I, T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, ids: PhantomData }
    }
}

impl<I, T> FromIterator<T> for Arena<I, T> {
    fn from_iter<F: IntoIterator<Item = T>>(items: F) -> Self {
        Self::from(Vec::from_iter(items))
    }
}

impl<I, T> Extend<T> for Arena<I, T> {
    fn extend<F: IntoIterator<Item = T>>(&mut self, items: F) {
        self.items.extend(items);
    }
}

impl<I, T> Deref for Arena<I, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<I, T> DerefMut for Arena<I, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

impl<'a, I, T> IntoIterator for &'a Arena<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a, I, T> IntoIterator for &'a mut Arena<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter_mut()
    }
}

impl<I, T> IntoIterator for Arena<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

// Derived, these would ask the same of `I`.

impl<I, T> Default for Arena<I, T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<I, T: Clone> Clone for Arena<I, T> {
    fn clone(&self) -> Self {
        Self::from(self.items.clone())
    }
}

impl<I, T: PartialEq> PartialEq for Arena<I, T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<I, T: Eq> Eq for Arena<I, T> {}

impl<I, T: fmt::Debug> fmt::Debug for Arena<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;
    use crate::ids::RuleId;

    #[test]
    fn what_is_taken_out_moves_the_others_up() {
        let mut rules: Arena<RuleId, &str> = Arena::from(vec!["a", "b", "c"]);
        assert_eq!(rules.remove(RuleId(1)), Some("b"));
        assert_eq!(rules.remove(RuleId(2)), None);
        assert_eq!(rules.entries().collect::<Vec<_>>(), [(RuleId(0), &"a"), (RuleId(1), &"c")]);
        assert_eq!(rules.push("d"), RuleId(2));
        assert!(rules.has(RuleId(2)) && !rules.has(RuleId(3)));
    }
}
