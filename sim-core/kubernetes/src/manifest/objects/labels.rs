//! Labels with their places.

use super::value::{Map, Text};
use crate::origin::{Span, Spanned};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::ops::Deref;

/// Labels of an object or a selector: a map that also knows where each value stands.
///
/// Equality looks at the values only.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    values: Map,
    /// Places of the values, in the order of the keys.
    places: Vec<Span>,
    whole: Span,
}

impl Labels {
    /// Labels that no text stands behind.
    pub fn unplaced(values: Map) -> Self {
        Self { values, ..Self::default() }
    }

    /// The plain map.
    pub fn to_map(&self) -> Map {
        self.values.clone()
    }

    /// Where the map begins: at its key; nowhere for labels that were not read from text.
    pub fn span(&self) -> Span {
        self.whole
    }

    /// Keys and values with the place of each value.
    pub fn placed(&self) -> impl Iterator<Item = (&Text, &Text, Span)> {
        let places = self.places.iter().copied().chain(std::iter::repeat(self.whole));
        self.values.iter().zip(places).map(|((key, value), place)| (key, value, place))
    }
}

impl Deref for Labels {
    type Target = Map;

    fn deref(&self) -> &Map {
        &self.values
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Eq for Labels {}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Spanned::<BTreeMap<Text, Spanned<Text>>>::deserialize(deserializer)?;
        let places = read.value.values().map(|value| value.span).collect();
        let values = read.value.into_iter().map(|(key, value)| (key, value.value)).collect();
        Ok(Self { values, places, whole: read.span })
    }
}

impl<'l> IntoIterator for &'l Labels {
    type Item = (&'l Text, &'l Text);
    type IntoIter = std::collections::btree_map::Iter<'l, Text, Text>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}
