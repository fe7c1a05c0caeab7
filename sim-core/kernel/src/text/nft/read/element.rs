//! Elements of sets and maps, and patterns of any type.

use super::error::{Expected, NftError, NftErrorKind};
use super::lex::{Cursor, Kind};
use super::scope::Scope;
use super::value::{number, pattern, single, time};
use crate::config::nft::data::{DataType, Datum, Pattern, Verdict};
use crate::config::nft::set::{Element, ElementData, SetData};
use std::sync::Arc;

/// A value of a type. Bits may be several, with `between` between them.
pub(super) fn read_pattern(cursor: &mut Cursor<'_, '_>, kind: &DataType, between: Option<&str>) -> Option<Pattern> {
    let token = cursor.peek()?;
    match token.kind {
        Kind::Text => {
            cursor.at += 1;
            return Some(match kind {
                DataType::Other(_) => Pattern::One(Datum::Text(Arc::from(format!("\"{}\"", token.text)))),
                DataType::IfName | DataType::IfIndex => Pattern::One(Datum::Text(Arc::from(token.text))),
                _ => return None,
            });
        }
        Kind::Word => {}
        Kind::Sign | Kind::Line => return None,
    }
    if !kind.is_bits() {
        let value = pattern(kind, token.text)?;
        cursor.at += 1;
        return Some(value);
    }
    let mut bits = single(kind, token.text)?;
    cursor.at += 1;
    while let Some(between) = between
        && cursor.sign(between)
    {
        bits |= single(kind, cursor.any_word()?)?;
    }
    Some(Pattern::number(bits))
}

/// One pattern for each type, `.` between.
pub(super) fn read_patterns(
    cursor: &mut Cursor<'_, '_>,
    types: &[DataType],
    between: Option<&str>,
) -> Option<Vec<Pattern>> {
    let mut all = Vec::new();
    for (index, kind) in types.iter().enumerate() {
        if index > 0 && !cursor.word(".") {
            return None;
        }
        all.push(read_pattern(cursor, kind, between)?);
        if all.len() == 1 && all.first() == Some(&Pattern::Any) && !cursor.is_word(".") {
            return Some(all);
        }
    }
    Some(all)
}

/// What a map leads to: as many values as are there, of the given types.
fn read_data(cursor: &mut Cursor<'_, '_>, types: &[DataType]) -> Option<Vec<Pattern>> {
    let mut all = Vec::new();
    for kind in types {
        all.push(read_pattern(cursor, kind, None)?);
        if !cursor.word(".") {
            return Some(all);
        }
    }
    None
}

pub(super) fn read_time(cursor: &mut Cursor<'_, '_>) -> Result<u64, NftError> {
    let found = cursor.peek().filter(|token| token.kind == Kind::Word).and_then(|token| time(token.text));
    let found = found.ok_or_else(|| cursor.expected(Expected::Time))?;
    cursor.at += 1;
    Ok(found)
}

pub(super) fn read_number(cursor: &mut Cursor<'_, '_>) -> Result<u64, NftError> {
    let found = cursor.peek().filter(|token| token.kind == Kind::Word).and_then(|token| number(token.text));
    let found = found.and_then(|value| u64::try_from(value).ok()).ok_or_else(|| cursor.expected(Expected::Number))?;
    cursor.at += 1;
    Ok(found)
}

pub(super) fn read_text<'t>(cursor: &mut Cursor<'_, 't>) -> Result<&'t str, NftError> {
    cursor.quoted().ok_or_else(|| cursor.expected(Expected::Text))
}

pub(super) fn read_name<'t>(cursor: &mut Cursor<'_, 't>) -> Result<&'t str, NftError> {
    if let Some(text) = cursor.quoted() {
        return Ok(text);
    }
    cursor.any_word().ok_or_else(|| cursor.expected(Expected::Name))
}

/// `packets N bytes N`, which may be left out.
pub(super) fn read_counter(cursor: &mut Cursor<'_, '_>) -> Result<Option<(u64, u64)>, NftError> {
    if !cursor.word("packets") {
        return Ok(None);
    }
    let packets = read_number(cursor)?;
    if !cursor.word("bytes") {
        return Err(cursor.expected(Expected::Sign("bytes")));
    }
    Ok(Some((packets, read_number(cursor)?)))
}

/// A verdict; `None` where none stands.
pub(super) fn read_verdict(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<Option<Verdict>, NftError> {
    let Some(token) = cursor.peek().filter(|token| token.kind == Kind::Word) else { return Ok(None) };
    let plain = match token.text {
        "accept" => Some(Verdict::Accept),
        "drop" => Some(Verdict::Drop),
        "continue" => Some(Verdict::Continue),
        "return" => Some(Verdict::Return),
        "jump" | "goto" => None,
        _ => return Ok(None),
    };
    cursor.at += 1;
    if let Some(plain) = plain {
        return Ok(Some(plain));
    }
    let before = *cursor;
    let name = read_name(cursor)?;
    let to = scope.chains.get(name).copied();
    let to = to.ok_or_else(|| before.clone().error(NftErrorKind::UnknownChain(Arc::from(name))))?;
    Ok(Some(if token.text == "jump" { Verdict::Jump(to) } else { Verdict::Goto(to) }))
}

/// The elements between braces; the opening one is behind us, the closing one is read.
pub(super) fn read_elements(
    cursor: &mut Cursor<'_, '_>,
    scope: &Scope<'_>,
    key: &[DataType],
    data: Option<&SetData>,
) -> Result<Vec<Element>, NftError> {
    let mut all = Vec::new();
    while !cursor.sign("}") {
        let patterns = read_patterns(cursor, key, None).ok_or_else(|| cursor.expected(Expected::Value))?;
        let mut element = Element::new(patterns, None, scope.cause);
        loop {
            match cursor.peek().filter(|token| token.kind == Kind::Word).map(|token| token.text) {
                Some("counter") => {
                    cursor.at += 1;
                    element.extra.get_or_insert_default().counter = Some(read_counter(cursor)?);
                }
                Some("timeout") => {
                    cursor.at += 1;
                    element.extra.get_or_insert_default().timeout = Some(read_time(cursor)?);
                }
                Some("expires") => {
                    cursor.at += 1;
                    element.extra.get_or_insert_default().expires = Some(read_time(cursor)?);
                }
                Some("comment") => {
                    cursor.at += 1;
                    element.comment = Some(Arc::from(read_text(cursor)?));
                }
                _ => break,
            }
        }
        if let Some(data) = data {
            if !cursor.sign(":") {
                return Err(cursor.expected(Expected::Sign(":")));
            }
            element.data = Some(match data {
                SetData::Verdict => {
                    let verdict = read_verdict(cursor, scope)?;
                    ElementData::Verdict(verdict.ok_or_else(|| cursor.expected(Expected::Verdict))?)
                }
                SetData::Value(types) => {
                    let values = read_data(cursor, types);
                    ElementData::Value(values.ok_or_else(|| cursor.expected(Expected::Value))?)
                }
            });
        }
        all.push(element);
        if !cursor.sign(",") && !cursor.is_sign("}") {
            return Err(cursor.expected(Expected::Sign(",")));
        }
    }
    Ok(all)
}
