//! serde `Deserializer` over a [`Tree`], as the API server decodes: unknown fields are skipped, null is absent, and a
//! value of the wrong type is an error that names its field.

use super::fields;
use super::resolve::{self, Plain};
use super::tree::{NodeId, Tree, Value, kind_of};
use super::typed::{INT_OR_STRING, SPANNED};
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, U32Deserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::fmt;

/// What all deserializers of one object share.
pub(super) struct Context<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    /// From bytes of the text that is read to places people know.
    pub(super) place: &'t dyn Fn(u32, u32) -> super::span::Span,
    /// Fields on the way to the value at hand.
    path: RefCell<Vec<Step>>,
    /// Fields that the structs they are in do not have.
    pub(super) unknown: RefCell<Vec<Unknown>>,
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
}

/// Most unknown fields of one object that are kept.
const UNKNOWN: usize = 20;

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
        Self(Box::new(Wrong { node: None, path: String::new(), expected: "" }))
    }
}

impl<'t, 'a> Context<'t, 'a> {
    pub(super) fn new(tree: &'t Tree<'a>, place: &'t dyn Fn(u32, u32) -> super::span::Span) -> Self {
        Self { tree, place, path: RefCell::default(), unknown: RefCell::default() }
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
        Error(Box::new(Wrong { node: Some(self.node), path: self.context.path(), expected }))
    }

    /// Collections begin at their key, if that stands before them (an alias may stand behind).
    fn span(&self) -> super::span::Span {
        let node = self.context.tree.node(self.node);
        let start = match (&node.value, self.key) {
            (Value::List(_) | Value::Map(_), Some(key)) => key.min(node.start),
            _ => node.start,
        };
        (self.context.place)(start, node.end)
    }

    /// The value as an integer: floats without a fraction are written to JSON as integers.
    fn integer(&self, expected: &'static str) -> Result<i64, Error> {
        match *self.value() {
            Value::Null => Ok(0),
            Value::Int(value) => Ok(value),
            Value::UInt(_) => Err(self.wrong("")),
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            Value::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Ok(value as i64),
            Value::Float(value) if value.fract() == 0.0 => Err(self.wrong("")),
            _ => Err(self.wrong(expected)),
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_i64(self.integer("integer")?)
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
        match *self.value() {
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Null => visitor.visit_bool(false),
            _ => Err(self.wrong("boolean")),
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
            _ => visitor.visit_f64(self.integer("number")? as f64),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value() {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Merge => visitor.visit_borrowed_str("<<"),
            Value::Null => visitor.visit_borrowed_str(""),
            _ => Err(self.wrong("string")),
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
            _ => return Err(self.wrong("list")),
        };
        visitor.visit_seq(Items { context: self.context, items, next: 0 })
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
        let entries = match self.value() {
            Value::Map(range) => self.context.tree.entries(range),
            Value::Null => &[],
            _ => return Err(self.wrong("object")),
        };
        visitor.visit_map(Entries { context: self.context, entries, value: None, fields: None })
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
                _ => visitor.visit_i64(self.integer("int-or-string")?),
            };
        }
        let entries = match self.value() {
            Value::Map(range) => self.context.tree.entries(range),
            Value::Null => &[],
            _ => return Err(self.wrong("object")),
        };
        let fields = Some((own, fields::others(name)));
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
    next: usize,
}

impl<'de, 't: 'de, 'a: 't> SeqAccess<'de> for Items<'_, 't, 'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(&node) = self.items.get(self.next) else { return Ok(None) };
        let step = Step::Index(self.next);
        self.next += 1;
        self.context.within(step, node, || seed.deserialize(De { context: self.context, node, key: None })).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'c, 't, 'a> {
    context: &'c Context<'t, 'a>,
    entries: &'t [(NodeId, NodeId)],
    value: Option<(NodeId, NodeId)>,
    /// For structs: the fields we read, and those there are besides, where all are known.
    fields: Option<(&'static [&'static str], Option<&'static [&'static str]>)>,
}

impl Entries<'_, '_, '_> {
    fn check(&self, key: NodeId, name: &str, own: &'static [&'static str], others: &'static [&'static str]) {
        if own.contains(&name) || others.contains(&name) {
            return;
        }
        let mut unknown = self.context.unknown.borrow_mut();
        if unknown.len() < UNKNOWN {
            let suggestion = fields::nearest(name, own.iter().chain(others).copied());
            self.context.path.borrow_mut().push(Step::Key(key));
            let path = self.context.path();
            self.context.path.borrow_mut().pop();
            unknown.push(Unknown { path, key, suggestion });
        }
    }
}

impl<'de, 't: 'de, 'a: 't> MapAccess<'de> for Entries<'_, 't, 'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let tree = self.context.tree;
        while let Some((&(key, value), rest)) = self.entries.split_first() {
            self.entries = rest;
            let name = tree.text(key).unwrap_or_default();
            if let Some((own, others)) = self.fields {
                if tree.node(value).value == Value::Null {
                    continue;
                }
                if let Some(others) = others {
                    self.check(key, name, own, others);
                }
            }
            self.value = Some((key, value));
            return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
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

/// The parts of a [`super::span::Spanned`].
struct Placed<'c, 't, 'a> {
    de: De<'c, 't, 'a>,
    span: super::span::Span,
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

/// The type that text would have without its quotes.
pub(super) fn unquoted(text: &str) -> &'static str {
    match resolve::plain(text) {
        Plain::Text => "string",
        plain => kind_of(&Value::from(plain)),
    }
}
