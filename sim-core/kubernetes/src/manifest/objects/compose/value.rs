//! What Compose writes in several ways: lists or mappings, text or lists of it.

use super::super::extra_args::Scalar;
use super::super::{List, Text};
use crate::manifest::typed::MAP_OR_LIST;
use crate::origin::Spanned;
use crate::shown;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Text of a scalar, whatever its type.
pub(in crate::manifest::objects) fn text<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Spanned<Text>>, D::Error> {
    let found = Option::<Spanned<Scalar>>::deserialize(from)?;
    Ok(found.map(|found| Spanned { value: short(found.value.0, shown::VALUE), span: found.span }))
}

/// Text of no more than `most` bytes.
fn short(text: Text, most: usize) -> Text {
    if text.len() > most { Arc::from(&*shown::cut(&text, most)) } else { text }
}

/// Entries by name, in the order they are written. An entry without a value is an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T>(pub Vec<(Text, Spanned<T>)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    /// The entry of that name.
    pub fn get(&self, name: &str) -> Option<&Spanned<T>> {
        self.0.iter().find(|(own, _)| **own == *name).map(|(_, value)| value)
    }
}

struct NamedVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned + Default> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Named<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = items.next_element::<Spanned<Text>>()? {
            all.push((short(name.value, shown::NAME), Spanned { value: T::default(), span: name.span }));
        }
        Ok(Named(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Named<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = entries.next_key::<Text>()? {
            let found = entries.next_value::<Spanned<Option<T>>>()?;
            all.push((short(name, shown::NAME), Spanned { value: found.value.unwrap_or_default(), span: found.span }));
        }
        Ok(Named(all))
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(NamedVisitor(PhantomData))
    }
}

/// The same, where a list of names is as good.
pub(super) fn map_or_list<'de, T, D>(from: D) -> Result<Named<T>, D::Error>
where
    T: DeserializeOwned + Default,
    D: Deserializer<'de>,
{
    from.deserialize_struct(MAP_OR_LIST, &[], NamedVisitor(PhantomData))
}

/// Text, or a list of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneOrMore(pub List<Text>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match Spanned::<Either>::deserialize(from)? {
            Spanned { value: Either::Text(value), span } => vec![Spanned { value, span }],
            Spanned { value: Either::List(all), .. } => all,
        }))
    }
}

/// Words of a command line: text is split as a shell would, without filling in variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands(pub List<Text>);

impl<'de> Deserialize<'de> for Commands {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match Spanned::<Either>::deserialize(from)? {
            Spanned { value: Either::Text(text), span } => {
                split(&text).into_iter().map(|word| Spanned { value: Arc::from(word), span }).collect()
            }
            Spanned { value: Either::List(all), .. } => all,
        }))
    }
}

/// Words as a POSIX shell splits them: quotes and backslashes, nothing else.
fn split(text: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Text or a list.
enum Either {
    Text(Text),
    List(List<Text>),
}

struct EitherVisitor;

impl<'de> Visitor<'de> for EitherVisitor {
    type Value = Either;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("string")
    }

    fn visit_unit<E: Error>(self) -> Result<Either, E> {
        Ok(Either::List(Vec::new()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Either, E> {
        Ok(Either::Text(Arc::from(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Either, E> {
        Ok(Either::Text(Arc::from(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Either, E> {
        Ok(Either::Text(Arc::from(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Either, E> {
        Ok(Either::Text(Arc::from(value.to_string())))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Either, E> {
        Ok(Either::Text(Arc::from(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Either, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Scalar>>()? {
            all.push(Spanned { value: item.value.0, span: item.span });
        }
        Ok(Either::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Either, A::Error> {
        while entries.next_entry::<Text, super::super::Unread>()?.is_some() {}
        Ok(Either::List(Vec::new()))
    }
}

impl<'de> Deserialize<'de> for Either {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(EitherVisitor)
    }
}

/// A name with a value, `None` where it has none of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Name.
    pub name: Text,
    /// Value.
    pub value: Option<Text>,
}

/// A mapping, or a list of `NAME=VALUE`; of `extra_hosts` also `NAME:VALUE`, and lists of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs(pub List<Pair>);

struct PairsVisitor(&'static [char]);

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Pairs, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Scalar>>()? {
            let text = &*item.value.0;
            let pair = match text.split_once(self.0) {
                Some((name, value)) => Pair { name: Arc::from(name), value: Some(Arc::from(value)) },
                None => Pair { name: Arc::from(text), value: None },
            };
            all.push(Spanned { value: pair, span: item.span });
        }
        Ok(Pairs(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Pairs, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = entries.next_key::<Text>()? {
            let Spanned { value, span } = entries.next_value::<Spanned<Option<Either>>>()?;
            let pair = |value| Pair { name: name.clone(), value };
            match value {
                None => all.push(Spanned { value: pair(None), span }),
                Some(Either::Text(value)) => all.push(Spanned { value: pair(Some(value)), span }),
                Some(Either::List(values)) => {
                    let one = |of: Spanned<Text>| Spanned { value: pair(Some(of.value)), span: of.span };
                    all.extend(values.into_iter().map(one));
                }
            }
        }
        Ok(Pairs(all))
    }
}

/// `environment`.
pub(super) fn variables<'de, D: Deserializer<'de>>(from: D) -> Result<Pairs, D::Error> {
    from.deserialize_struct(MAP_OR_LIST, &[], PairsVisitor(&['=']))
}

/// `extra_hosts`.
pub(super) fn hosts<'de, D: Deserializer<'de>>(from: D) -> Result<Pairs, D::Error> {
    from.deserialize_struct(MAP_OR_LIST, &[], PairsVisitor(&['=', ':']))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_as_a_shell_splits_them() {
        assert_eq!(split(r#"sh -c "a 'b' \"c\"" d\ e ''"#), ["sh", "-c", "a 'b' \"c\"", "d e", ""]);
        assert_eq!(split("  "), Vec::<String>::new());
    }
}
