//! What the fields of all kinds are made of.

use crate::origin::Spanned;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// Text out of a manifest.
pub type Text = Arc<str>;

/// Labels, annotations, selectors, data.
pub type Map = std::collections::BTreeMap<Text, Text>;

/// A number or a name (`intstr.IntOrString`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IntOrString {
    /// Written as a number.
    Int(i64),
    /// Written as text; `"80"` in quotes is text, too.
    String(Text),
}

/// A list with the place of each entry.
pub type List<T> = Vec<Spanned<T>>;

/// A value that is read by name only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread;

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Self)
    }
}
