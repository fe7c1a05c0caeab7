//! Lists that are equal in many namespaces and kept once.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A list that may be kept once for many. It is used as the `Vec` that it holds; whoever changes one that is shared has it for themselves.
#[derive(Clone, Debug)]
pub struct Shared<T>(Kept<T>);

#[derive(Clone, Debug)]
enum Kept<T> {
    /// As long as it is written.
    Own(Vec<T>),
    /// By everybody who has the same.
    Common(Arc<Vec<T>>),
}

impl<T> Shared<T> {
    /// Whether both are one list in memory.
    pub fn is_same(&self, other: &Self) -> bool {
        matches!((&self.0, &other.0), (Kept::Common(own), Kept::Common(other)) if Arc::ptr_eq(own, other))
    }

    /// From now on clones are the same list.
    pub(crate) fn publish(&mut self) {
        if let Kept::Own(items) = &mut self.0
            && !items.is_empty()
        {
            self.0 = Kept::Common(Arc::new(std::mem::take(items)));
        }
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Kept::Own(Vec::new()))
    }
}

impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || **self == **other
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T> From<Vec<T>> for Shared<T> {
    fn from(items: Vec<T>) -> Self {
        Self(Kept::Own(items))
    }
}

impl<T> FromIterator<T> for Shared<T> {
    fn from_iter<F: IntoIterator<Item = T>>(items: F) -> Self {
        Self::from(Vec::from_iter(items))
    }
}

impl<T> Deref for Shared<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        match &self.0 {
            Kept::Own(items) => items,
            Kept::Common(items) => items,
        }
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        match &mut self.0 {
            Kept::Own(items) => items,
            Kept::Common(items) => Arc::make_mut(items),
        }
    }
}

impl<'a, T> IntoIterator for &'a Shared<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Shared<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
