//! Sets, maps and verdict maps.

use super::data::{DataType, Datum, Pattern, Verdict};
use crate::config::shared::Shared;
use crate::ids::{CauseId, ElementId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A named set, map or verdict map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// Name.
    pub name: Arc<str>,
    /// Types of the key's parts; one for a plain key.
    pub key: Vec<DataType>,
    /// What elements lead to; `None` for a set.
    pub data: Option<SetData>,
    /// `typeof` declarations keep their words.
    pub type_of: Option<Arc<str>>,
    /// Flags, in the order they are listed.
    pub flags: SetFlags,
    /// `policy memory`.
    pub memory: bool,
    /// `size`.
    pub size: Option<u32>,
    /// `timeout`, in milliseconds.
    pub timeout: Option<u64>,
    /// `gc-interval`, in milliseconds.
    pub gc_interval: Option<u64>,
    /// `auto-merge`.
    pub auto_merge: bool,
    /// Elements carry a counter.
    pub counter: bool,
    /// Comment.
    pub comment: Option<Arc<str>>,
    /// Elements, in listed order.
    pub elements: Shared<Element>,
    /// Who made it.
    pub cause: CauseId,
}

impl Set {
    /// An empty set with a key of these types.
    pub fn new(name: &str, key: Vec<DataType>, data: Option<SetData>, cause: CauseId) -> Self {
        Self {
            name: Arc::from(name),
            key,
            data,
            type_of: None,
            flags: SetFlags::default(),
            memory: false,
            size: None,
            timeout: None,
            gc_interval: None,
            auto_merge: false,
            counter: false,
            comment: None,
            elements: Shared::default(),
            cause,
        }
    }
}

impl Set {
    /// A key of a set of addresses, as an address.
    pub fn address(&self, key: &[Datum]) -> Option<IpAddr> {
        match (self.key.as_slice(), key) {
            ([DataType::Ipv4Addr], [Datum::Number(number)]) => {
                Some(IpAddr::V4(Ipv4Addr::from(u32::try_from(*number).ok()?)))
            }
            ([DataType::Ipv6Addr], [Datum::Number(number)]) => Some(IpAddr::V6(Ipv6Addr::from(*number))),
            _ => None,
        }
    }
}

/// What the elements of a map lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetData {
    /// Verdicts.
    Verdict,
    /// Values of these types, side by side.
    Value(Vec<DataType>),
}

/// Flags of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetFlags {
    /// `constant`.
    pub constant: bool,
    /// `dynamic`: rules add elements.
    pub dynamic: bool,
    /// `interval`: prefixes and ranges.
    pub interval: bool,
    /// `timeout`: elements expire.
    pub timeout: bool,
}

impl SetFlags {
    /// The flags that are set, by name, in the order they are listed.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let all = [
            (self.constant, "constant"),
            (self.dynamic, "dynamic"),
            (self.interval, "interval"),
            (self.timeout, "timeout"),
        ];
        all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name)
    }
}

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// One pattern for each part of the key.
    pub key: Vec<Pattern>,
    /// What it leads to, in maps.
    pub data: Option<ElementData>,
    /// What few elements have; `None` where it has none of it.
    pub extra: Option<Box<Extra>>,
    /// Comment.
    pub comment: Option<Arc<str>>,
    /// Who wrote it, for what.
    pub cause: CauseId,
}

/// What few elements have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// `counter`, with its values where they were listed.
    pub counter: Option<Option<(u64, u64)>>,
    /// `timeout`, in milliseconds.
    pub timeout: Option<u64>,
    /// `expires`, in milliseconds.
    pub expires: Option<u64>,
}

impl Element {
    /// An element that only has a key, and in maps what it leads to.
    pub fn new(key: Vec<Pattern>, data: Option<ElementData>, cause: CauseId) -> Self {
        Self { key, data, extra: None, comment: None, cause }
    }

    /// True when every part of the key falls under its pattern.
    pub fn holds(&self, key: &[Datum], types: &[DataType]) -> bool {
        self.key != [Pattern::Any]
            && self.key.len() == key.len()
            && self.key.iter().zip(key).zip(types).all(|((pattern, value), kind)| pattern.holds(value, kind.bits()))
    }
}

/// What an element leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementData {
    /// A verdict.
    Verdict(Verdict),
    /// Values.
    Value(Vec<Pattern>),
}

/// The element of `elements` that a key hits, with its id: any other before a catch-all.
pub fn find<'a>(elements: &'a [Element], key: &[Datum], types: &[DataType]) -> Option<(ElementId, &'a Element)> {
    let all = || elements.iter().enumerate().map(|(index, element)| (ElementId::at(index), element));
    let exact = all().find(|(_, element)| element.holds(key, types));
    exact.or_else(|| all().find(|(_, element)| element.key == [Pattern::Any]))
}
