//! JSON (RFC 8259) to trees: what YAML parsers refuse (tabs between tokens, keys over 1,024 characters) is read here.

use super::tree::{Abandoned, Builder, Value, here};
use crate::diagnostic::{Diagnostic, codes};
use std::borrow::Cow;

/// Why a value could not be read.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Not JSON: at this byte, a kebab-case word for what should stand there.
    Syntax { at: usize, expected: &'static str },
    /// The builder gave up.
    Abandoned,
}

impl From<Abandoned> for Broken {
    fn from(_: Abandoned) -> Self {
        Self::Abandoned
    }
}

/// The finding for a syntax error.
pub(crate) fn diagnose(text: &str, at: usize, expected: &'static str) -> Diagnostic {
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    let end = at + next.filter(|c| !c.is_control()).map_or(0, char::len_utf8);
    let found = next.map_or_else(
        || "end".to_owned(),
        |c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() },
    );
    let found = codes::JSON_SYNTAX.at(here(at as u32, end as u32)).arg("expected", expected).arg("found", found);
    found.hint(match (expected, next) {
        ("quote", _) => codes::HINT_CLOSE_QUOTE,
        ("escape", _) => codes::HINT_DOUBLE_BACKSLASH,
        (_, None) => codes::HINT_CLOSE_BRACKET,
        _ => codes::HINT_LINE_BEFORE,
    })
}

/// First byte at or behind `at` that is not white space.
pub(crate) fn skip_blank(text: &str, at: usize) -> usize {
    let blank = text.as_bytes().get(at..).unwrap_or_default();
    at + blank.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Reads the value at byte `at` into the builder and returns where it ends.
pub(crate) fn read<'a>(text: &'a str, at: usize, builder: &mut Builder<'a, '_>) -> Result<usize, Broken> {
    enum Want {
        Value,
        ValueOrEnd,
        Key,
        KeyOrEnd,
        Next,
    }
    let bytes = text.as_bytes();
    let syntax = |at: usize, expected: &'static str| Err(Broken::Syntax { at, expected });
    let mut at = at;
    let mut want = Want::Value;
    // True for objects.
    let mut open: Vec<bool> = Vec::new();
    loop {
        at = skip_blank(text, at);
        let byte = bytes.get(at).copied();
        let closes = match (byte, open.last()) {
            (Some(b'}'), Some(true)) => matches!(want, Want::KeyOrEnd | Want::Next),
            (Some(b']'), Some(false)) => matches!(want, Want::ValueOrEnd | Want::Next),
            _ => false,
        };
        if closes {
            at += 1;
            open.pop();
            builder.end(Some(at as u32))?;
            want = Want::Next;
        } else {
            match want {
                Want::Key | Want::KeyOrEnd => {
                    if byte != Some(b'"') {
                        return syntax(at, "key");
                    }
                    let (key, end) = string(text, at)?;
                    builder.scalar(Value::Text(key), at as u32, end as u32, 0)?;
                    at = skip_blank(text, end);
                    if bytes.get(at) != Some(&b':') {
                        return syntax(at, "colon");
                    }
                    at += 1;
                    want = Want::Value;
                    continue;
                }
                Want::Next => {
                    if byte != Some(b',') {
                        return syntax(at, "comma");
                    }
                    at += 1;
                    want = if open.last() == Some(&true) { Want::Key } else { Want::Value };
                    continue;
                }
                Want::Value | Want::ValueOrEnd => match byte {
                    Some(bracket @ (b'{' | b'[')) => {
                        let object = bracket == b'{';
                        builder.start(object, at as u32, 0)?;
                        open.push(object);
                        at += 1;
                        want = if object { Want::KeyOrEnd } else { Want::ValueOrEnd };
                        continue;
                    }
                    _ => {
                        let (value, end) = scalar(text, at)?;
                        builder.scalar(value, at as u32, end as u32, 0)?;
                        at = end;
                        want = Want::Next;
                    }
                },
            }
        }
        if open.is_empty() {
            return Ok(at);
        }
    }
}

fn scalar(text: &str, at: usize) -> Result<(Value<'_>, usize), Broken> {
    let rest = text.get(at..).unwrap_or_default();
    let wrong = Broken::Syntax { at, expected: "value" };
    match rest.as_bytes() {
        [b'"', ..] => string(text, at).map(|(value, end)| (Value::Text(value), end)),
        [b'-' | b'0'..=b'9', ..] => {
            let part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
            let length = rest.bytes().take_while(|byte| part(byte)).count();
            number(&rest[..length]).map(|value| (value, at + length)).ok_or(wrong)
        }
        _ => {
            let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let value = match &rest[..length] {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => return Err(wrong),
            };
            Ok((value, at + length))
        }
    }
}

fn number(text: &str) -> Option<Value<'static>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    if whole == 0 || (whole > 1 && digits.starts_with('0')) {
        return None;
    }
    if whole == digits.len() {
        let integer = text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::UInt));
        if let Ok(value) = integer {
            return Some(value);
        }
    }
    let fraction = &digits[whole..];
    let good = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (fraction, exponent) = fraction.split_once(['e', 'E']).map_or((fraction, None), |(f, e)| (f, Some(e)));
    let fraction_good = fraction.is_empty() || fraction.strip_prefix('.').is_some_and(good);
    let exponent_good = exponent.is_none_or(|exponent| good(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    let value = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    (fraction_good && exponent_good).then_some(Value::Float(value))
}

/// The string whose opening quote is at byte `at`, and where it ends.
pub(crate) fn string(text: &str, at: usize) -> Result<(Cow<'_, str>, usize), Broken> {
    let bytes = text.as_bytes();
    let unclosed = Broken::Syntax { at, expected: "quote" };
    let first = at + 1;
    let mut read = String::new();
    // Start of the stretch that is not in `read` yet.
    let mut from = first;
    let mut next = first;
    loop {
        match bytes.get(next) {
            None | Some(0..0x20) => return Err(unclosed),
            Some(b'"') => {
                let rest = &text[from..next];
                let value = if from == first {
                    Cow::Borrowed(rest)
                } else {
                    read.push_str(rest);
                    Cow::Owned(read)
                };
                return Ok((value, next + 1));
            }
            Some(b'\\') => {
                read.push_str(&text[from..next]);
                let (c, length) = escape(&bytes[next..]).ok_or(Broken::Syntax { at: next, expected: "escape" })?;
                read.push(c);
                next += length;
                from = next;
            }
            Some(_) => next += 1,
        }
    }
}

/// The character a backslash sequence stands for, and the sequence's length. A lone surrogate becomes U+FFFD, as in Go.
fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let c = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = hex(bytes.get(2..6)?)?;
            if let Some(c) = char::from_u32(first) {
                return Some((c, 6));
            }
            let second = bytes.get(6..12).filter(|rest| rest.starts_with(b"\\u")).and_then(|rest| hex(&rest[2..]));
            let pair = second.filter(|second| (0xdc00..0xe000).contains(second) && first < 0xdc00);
            let both = pair.and_then(|second| char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
            return Some(both.map_or((char::REPLACEMENT_CHARACTER, 6), |c| (c, 12)));
        }
        _ => return None,
    };
    Some((c, 2))
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}
