//! What may be inverted with `!`.

/// A match that may be inverted with `!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Neg<T> {
    /// `!` stands before it.
    pub not: bool,
    /// What is compared.
    pub value: T,
}

impl<T> Neg<T> {
    /// `value`.
    pub fn is(value: T) -> Self {
        Self { not: false, value }
    }

    /// `! value`.
    pub fn not(value: T) -> Self {
        Self { not: true, value }
    }
}

impl<T> Neg<T> {
    /// Compares, inverted where `!` stands.
    pub(crate) fn holds(&self, compare: impl FnOnce(&T) -> bool) -> bool {
        compare(&self.value) != self.not
    }
}
