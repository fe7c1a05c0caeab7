//! What the fields of all kinds are made of.

use crate::origin::Spanned;
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
