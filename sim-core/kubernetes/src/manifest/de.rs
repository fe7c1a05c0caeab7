//! serde `Deserializer` over a [`Tree`], as the API server decodes: unknown fields are skipped, null is absent, and a
//! value of the wrong type is an error that names its field.

use super::fields;
use super::typed::{INT_OR_STRING, MAP_OR_LIST, SPANNED};
use crate::shown;
use crate::text::resolve::{self, Plain};
use crate::text::tree::{NodeId, Tree, Value};
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::fmt;

/// What all deserializers of one object share.
pub(super) struct Context<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    /// The text it was read from.
    text: &'t str,
    /// From bytes of the text that is read to places people know.
    pub(super) place: &'t dyn Fn(u32, u32) -> crate::origin::Span,
    /// Fields on the way to the value at hand.
    path: RefCell<Vec<Step>>,
    /// Fields that the structs they are in do not have.
    pub(super) unknown: RefCell<Vec<Unknown>>,
    /// Values of the wrong type, read as what was meant, or as nothing.
    pub(super) wrong: RefCell<Vec<Wrong>>,
    /// Fields that are not read though they could matter: path and key.
    pub(super) skipped: RefCell<Vec<(String, NodeId)>>,
}

#[derive(Clone, Copy)]
enum Step {
    Key(NodeId),
    Index(usize),
}

/// A field its struct does not have.
pub(super) struct Unknown {
    /// Its path.
    pub(super) path: String,
    /// The key.
    pub(super) key: NodeId,
    /// A field of nearly that name.
    pub(super) suggestion: Option<&'static str>,
    /// The field is needed, and was read by that name.
    pub(super) needed: bool,
}

/// Most unknown fields of one object, and most wrong values, that are kept.
const KEPT: usize = 20;

/// How a value of the wrong type becomes the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mend {
    Unquote,
    Quote,
    /// A mapping is the only entry of a list.
    Dash,
    /// A scalar is the only entry of a list.
    List,
}

/// Why an object could not be read.
#[derive(Debug)]
pub(super) struct Error(Box<Wrong>);

/// The value that is wrong.
#[derive(Debug)]
pub(super) struct Wrong {
    /// `None` when serde itself complains.
    pub(super) node: Option<NodeId>,
    pub(super) path: String,
    /// Type token; empty for a number that does not fit.
    pub(super) expected: &'static str,
    /// What was meant, if that is plain: it was read so. Else the object cannot be used.
    pub(super) mend: Option<Mend>,
}

impl Error {
    pub(super) fn into_inner(self) -> Wrong {
        *self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.path, self.0.expected)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    /// What serde's derived code says; all types are checked before a visitor sees a value, so that what is left are
    /// numbers too big for their field.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(Box::new(Wrong { node: None, path: String::new(), expected: "", mend: None }))
    }
}

impl<'t, 'a> Context<'t, 'a> {
    /// True inside of what may be as long as it likes, and is not shown as a name: configurations, commands, annotations.
    fn is_free_text(&self) -> bool {
        const FREE: [&str; 8] =
            ["annotations", "data", "stringData", "binaryData", "command", "args", "value", "rules"];
        let free =
            |step: &Step| matches!(step, Step::Key(key) if self.tree.text(*key).is_some_and(|key| FREE.contains(&key)));
        self.path.borrow().iter().any(free)
    }

    pub(super) fn new(tree: &'t Tree<'a>, text: &'t str, place: &'t dyn Fn(u32, u32) -> crate::origin::Span) -> Self {
        let (path, unknown, wrong, skipped) = Default::default();
        Self { tree, text, place, path, unknown, wrong, skipped }
    }

    /// The path so far, e.g. `spec.ports[0]`; keys with dots stand in brackets.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.path.borrow().iter() {
            match *step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Key(key) => match self.tree.text(key).unwrap_or_default() {
                    key if key.contains('.') => path.push_str(&format!("[{key}]")),
                    key if path.is_empty() => path.push_str(key),
                    key => path.push_str(&format!(".{key}")),
                },
            }
        }
        path
    }

    fn within<T>(&self, step: Step, node: NodeId, f: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.path.borrow_mut().push(step);
        let result = f().map_err(|mut error| {
            if error.0.node.is_none() {
                error.0.node = Some(node);
                error.0.path = self.path();
            }
            error
        });
        self.path.borrow_mut().pop();
        result
    }
}

/// One value.
#[derive(Clone, Copy)]
pub(super) struct De<'c, 't, 'a> {
    context: &'c Context<'t, 'a>,
    node: NodeId,
    /// Start of the key whose value this is.
    key: Option<u32>,
}

impl<'c, 't, 'a> De<'c, 't, 'a> {
    pub(super) fn new(context: &'c Context<'t, 'a>, node: NodeId) -> Self {
        Self { context, node, key: None }
    }

    fn value(&self) -> &'t Value<'a> {
        &self.context.tree.node(self.node).value
    }

    fn wrong(&self, expected: &'static str) -> Error {
        Error(Box::new(Wrong { node: Some(self.node), path: self.context.path(), expected, mend: None }))
    }

    /// Takes down that the value is of the wrong type, to go on as if it were what was meant, or nothing.
    fn note(&self, expected: &'static str, mend: Option<Mend>) {
        let mut wrong = self.context.wrong.borrow_mut();
        let fatal = mend.is_none() && wrong.iter().all(|wrong| wrong.mend.is_some());
        if wrong.len() < KEPT || fatal {
            wrong.push(Wrong { node: Some(self.node), path: self.context.path(), expected, mend });
        }
    }

    /// The text of the value.
    fn written(&self) -> &'t str {
        let node = self.context.tree.node(self.node);
        self.context.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    /// Collections, and what is left out, begin at their key, if that stands before them (an alias may stand behind).
    fn span(&self) -> crate::origin::Span {
        let node = self.context.tree.node(self.node);
        let start = match (&node.value, self.key) {
            (Value::List(_) | Value::Map(_) | Value::Null, Some(key)) => key.min(node.start),
            _ => node.start,
        };
        (self.context.place)(start, node.end)
    }

    /// The value as an integer: floats without a fraction are written to JSON as integers.
    fn integer(&self, expected: &'static str) -> i64 {
        let (expected, mend, value) = match self.value() {
            Value::Null => return 0,
            Value::Int(value) => return *value,
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => return *value as i64,
            Value::UInt(_) => ("", None, 0),
            Value::Float(value) if value.fract() == 0.0 => ("", None, 0),
            Value::Text(text) => match resolve::plain(text.trim()) {
                Plain::Int(value) => (expected, Some(Mend::Unquote), value),
                _ => (expected, None, 0),
            },
            _ => (expected, None, 0),
        };
        self.note(expected, mend);
        value
    }

    /// The entries of a mapping; none where there is none.
    fn entries(&self) -> &'t [(NodeId, NodeId)] {
        match self.value() {
            Value::Map(range) => self.context.tree.entries(range),
            Value::Null => &[],
            _ => {
                self.note("object", None);
                &[]
            }
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_i64(self.integer("integer"))
        })*
    };
}

impl<'de, 'c, 't: 'de, 'a: 't> de::Deserializer<'de> for De<'c, 't, 'a> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value() {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i64(*value),
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Merge => visitor.visit_borrowed_str("<<"),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value() {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Null => visitor.visit_bool(false),
            other => {
                let meant = match other {
                    Value::Text(text) => resolve::plain(text.trim()),
                    _ => Plain::Text,
                };
                let Plain::Bool(value) = meant else {
                    self.note("boolean", None);
                    return visitor.visit_bool(false);
                };
                self.note("boolean", Some(Mend::Unquote));
                visitor.visit_bool(value)
            }
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match *self.value() {
            Value::Float(value) => visitor.visit_f64(value),
            Value::UInt(value) => visitor.visit_f64(value as f64),
            _ => visitor.visit_f64(self.integer("number") as f64),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value() {
            Value::Text(text) if text.len() > shown::VALUE && !self.context.is_free_text() => {
                visitor.visit_str(&shown::cut(text, shown::VALUE))
            }
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Merge => visitor.visit_borrowed_str("<<"),
            Value::Null => visitor.visit_borrowed_str(""),
            Value::List(_) | Value::Map(_) => {
                self.note("string", None);
                visitor.visit_borrowed_str("")
            }
            Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_) => {
                self.note("string", Some(Mend::Quote));
                visitor.visit_borrowed_str(self.written())
            }
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value() {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = match self.value() {
            Value::List(range) => self.context.tree.items(range),
            Value::Null => &[],
            other => {
                let mend = if matches!(other, Value::Map(_)) { Mend::Dash } else { Mend::List };
                self.note("list", Some(mend));
                return visitor.visit_seq(Items { context: self.context, items: &[], only: Some(self.node), next: 0 });
            }
        };
        visitor.visit_seq(Items { context: self.context, items, only: None, next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Entries { context: self.context, entries: self.entries(), value: None, fields: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        own: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            return visitor.visit_seq(Placed { de: self, span: self.span(), next: 0 });
        }
        if name == INT_OR_STRING {
            return match self.value() {
                Value::Text(text) => visitor.visit_borrowed_str(text),
                _ => visitor.visit_i64(self.integer("int-or-string")),
            };
        }
        if name == MAP_OR_LIST && matches!(self.value(), Value::List(_)) {
            return self.deserialize_seq(visitor);
        }
        if name == MAP_OR_LIST {
            return self.deserialize_map(visitor);
        }
        if let Some(short) = fields::short_form(name)
            && !matches!(self.value(), Value::Map(_) | Value::List(_) | Value::Null)
        {
            return visitor.visit_map(Short { de: self, field: Some(short) });
        }
        let entries = self.entries();
        let (others, needed, matters) = (fields::others(name), fields::required(name), fields::matters(name));
        let extensible = fields::is_extensible(name);
        let fields = Some(Fields { all: entries, own, others, needed, matters, extensible });
        visitor.visit_map(Entries { context: self.context, entries, value: None, fields })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.value() {
            Value::Text(text) => visitor.visit_enum(text.as_ref().into_deserializer()),
            _ => Err(self.wrong("string")),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    /// Costs nothing, whatever the value holds.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

struct Items<'c, 't, 'a> {
    context: &'c Context<'t, 'a>,
    items: &'t [NodeId],
    /// In place of them.
    only: Option<NodeId>,
    next: usize,
}

impl<'de, 't: 'de, 'a: 't> SeqAccess<'de> for Items<'_, 't, 'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.only.take().or_else(|| self.items.get(self.next).copied()) else { return Ok(None) };
        let step = Step::Index(self.next);
        self.next += 1;
        self.context.within(step, node, || seed.deserialize(De { context: self.context, node, key: None })).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some((self.items.len() + usize::from(self.only.is_some())).saturating_sub(self.next))
    }
}

struct Entries<'c, 't, 'a> {
    context: &'c Context<'t, 'a>,
    entries: &'t [(NodeId, NodeId)],
    value: Option<(NodeId, NodeId)>,
    /// For structs.
    fields: Option<Fields<'t>>,
}

/// The fields of a struct.
#[derive(Clone, Copy)]
struct Fields<'t> {
    /// The entries it is read from.
    all: &'t [(NodeId, NodeId)],
    /// Those we read.
    own: &'static [&'static str],
    /// Those there are besides, where all are known.
    others: Option<&'static [&'static str]>,
    /// Those without which it is refused.
    needed: &'static [&'static str],
    /// Those that are worth telling when they are not read.
    matters: &'static [&'static str],
    /// Those that begin with `x-` are anybody's.
    extensible: bool,
}

impl Entries<'_, '_, '_> {
    /// Notes a field that is not read though it could matter, or has such fields in it.
    fn skip(&self, key: NodeId, value: NodeId, name: &str, fields: Fields<'_>) {
        if fields.own.contains(&name) {
            return;
        }
        let tree = self.context.tree;
        let inner = fields::matters_within(name).iter().filter_map(|field| tree.get(value, field).map(|_| *field));
        let whole = fields.matters.contains(&name).then_some("");
        let mut skipped = self.context.skipped.borrow_mut();
        for field in whole.into_iter().chain(inner) {
            if skipped.len() < KEPT {
                self.context.path.borrow_mut().push(Step::Key(key));
                let path = self.context.path();
                self.context.path.borrow_mut().pop();
                skipped.push((if field.is_empty() { path } else { format!("{path}.{field}") }, key));
            }
        }
    }

    /// The field that was meant by `name`, if it is none and another is needed.
    fn check(&self, key: NodeId, name: &str, fields: Fields<'_>) -> Option<&'static str> {
        let others = fields.others?;
        if fields.own.contains(&name) || others.contains(&name) || fields.extensible && name.starts_with("x-") {
            return None;
        }
        // Of many only the first are told; of the others those that are needed count.
        let kept = self.context.unknown.borrow().len() < KEPT;
        let nearest = || match kept {
            true => fields::nearest(name, fields.own.iter().chain(others).copied()),
            false => fields::nearest(name, fields.needed.iter().copied()),
        };
        let suggestion = fields::other_name(name, fields.own).or_else(nearest);
        let missing = |field: &&str| fields.all.iter().all(|(key, _)| self.context.tree.text(*key) != Some(field));
        let needed = suggestion.filter(|field| fields.needed.contains(field)).filter(missing);
        let mut unknown = self.context.unknown.borrow_mut();
        if unknown.len() < KEPT {
            self.context.path.borrow_mut().push(Step::Key(key));
            let path = self.context.path();
            self.context.path.borrow_mut().pop();
            unknown.push(Unknown { path, key, suggestion, needed: needed.is_some() });
        }
        needed
    }
}

impl<'de, 't: 'de, 'a: 't> MapAccess<'de> for Entries<'_, 't, 'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let tree = self.context.tree;
        while let Some((&(key, value), rest)) = self.entries.split_first() {
            self.entries = rest;
            let name = tree.text(key).unwrap_or_default();
            let mut meant = None;
            if let Some(fields) = self.fields {
                if tree.node(value).value == Value::Null {
                    continue;
                }
                meant = self.check(key, name, fields);
                self.skip(key, value, meant.unwrap_or(name), fields);
            }
            self.value = Some((key, value));
            return seed.deserialize(BorrowedStrDeserializer::new(meant.unwrap_or(name))).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, node)) = self.value.take() else {
            return seed.deserialize(StrDeserializer::new(""));
        };
        let start = self.context.tree.node(key).start;
        let de = De { context: self.context, node, key: Some(start) };
        self.context.within(Step::Key(key), node, || seed.deserialize(de))
    }
}

/// A value that is no mapping, as the only field of one.
struct Short<'c, 't, 'a> {
    de: De<'c, 't, 'a>,
    field: Option<&'static str>,
}

impl<'de, 't: 'de, 'a: 't> MapAccess<'de> for Short<'_, 't, 'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.field.take().map(|field| seed.deserialize(StrDeserializer::new(field))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.de)
    }
}

/// The parts of a [`crate::origin::Spanned`].
struct Placed<'c, 't, 'a> {
    de: De<'c, 't, 'a>,
    span: crate::origin::Span,
    next: usize,
}

impl<'de, 't: 'de, 'a: 't> SeqAccess<'de> for Placed<'_, 't, 'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let number = |value: u32| -> U32Deserializer<Error> { value.into_deserializer() };
        self.next += 1;
        match self.next {
            1 => seed.deserialize(number(self.span.source.0)).map(Some),
            2 => seed.deserialize(number(self.span.start)).map(Some),
            3 => seed.deserialize(number(self.span.end)).map(Some),
            4 => seed.deserialize(self.de).map(Some),
            _ => Ok(None),
        }
    }
}
