//! Types that ask more of a deserializer than serde knows: places, and numbers that may be text.

use super::objects::IntOrString;
use crate::origin::{SourceId, Span, Spanned};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Struct name by which [`Spanned`] asks our deserializer for a value's place: a sequence of source, start, end and
/// the value itself. Any other deserializer fails on it.
pub(super) const SPANNED: &str = "$kubehop::Spanned";

/// Struct name by which [`IntOrString`] says what it expects, for the message when it finds something else.
pub(super) const INT_OR_STRING: &str = "$kubehop::IntOrString";

/// Struct name by which a mapping is asked for where a list is as good.
pub(super) const MAP_OR_LIST: &str = "$kubehop::MapOrList";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Placed<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Placed<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let mut number = || parts.next_element::<u32>()?.ok_or_else(|| A::Error::invalid_length(0, &"4"));
                let span = Span { source: SourceId(number()?), start: number()?, end: number()? };
                let value = parts.next_element()?.ok_or_else(|| A::Error::invalid_length(3, &"4"))?;
                Ok(Spanned { value, span })
            }
        }

        deserializer.deserialize_struct(SPANNED, &[], Placed(PhantomData))
    }
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = IntOrString;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("int-or-string")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(IntOrString::Int(value))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                Ok(IntOrString::String(Arc::from(value)))
            }
        }

        deserializer.deserialize_struct(INT_OR_STRING, &[], Either)
    }
}
