//! New values as text: block style, or flow style, or JSON.

use crate::text::outline::{Is, Outline, plain_text};
use std::sync::Arc;

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text; quoted where it needs to be.
    Text(Arc<str>),
    /// A list.
    List(Vec<Content>),
    /// A mapping, in this order.
    Map(Vec<(Arc<str>, Content)>),
}

impl Content {
    /// Text.
    pub fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    /// A mapping.
    pub fn map<const N: usize>(entries: [(&str, Content); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect())
    }

    /// The value as it is read back.
    pub(super) fn outline(&self) -> Outline {
        let is = match self {
            Self::Bool(value) => Is::Bool(*value),
            Self::Int(value) => Is::Int(*value),
            Self::Text(text) => Is::Text(text.to_string()),
            Self::List(items) => Is::List(items.iter().map(Content::outline).collect()),
            Self::Map(entries) => {
                Is::Map(entries.iter().map(|(key, value)| (0..0, key.to_string(), value.outline())).collect())
            }
        };
        Outline { span: 0..0, is }
    }

    /// True when it is written on one line whatever the style.
    fn short(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            _ => true,
        }
    }
}

impl std::fmt::Display for Content {
    /// On one line, quoted where it needs to be.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&flow(self, Quotes::Needed))
    }
}

/// How quotes are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// As JSON does: every key and every text.
    Json,
    /// Only where YAML needs them.
    Needed,
}

/// Text between double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A key or a text.
pub(super) fn word(text: &str, quotes: Quotes) -> String {
    if quotes == Quotes::Needed && plain_text(text) { text.to_owned() } else { quoted(text) }
}

/// On one line.
pub(super) fn flow(content: &Content, quotes: Quotes) -> String {
    match content {
        Content::Bool(value) => value.to_string(),
        Content::Int(value) => value.to_string(),
        Content::Text(text) => word(text, quotes),
        Content::List(items) => {
            format!("[{}]", items.iter().map(|item| flow(item, quotes)).collect::<Vec<_>>().join(", "))
        }
        Content::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", word(key, quotes), flow(value, quotes)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// In block style, its first line without indentation, the others by `indent` spaces; without a line break at the end.
pub(super) fn block(content: &Content, indent: usize) -> String {
    let lines: Vec<String> = match content {
        content if content.short() => return flow(content, Quotes::Needed),
        Content::List(items) => items.iter().map(|item| format!("- {}", block(item, indent + 2))).collect(),
        Content::Map(entries) => entries.iter().map(|(key, value)| entry(key, value, indent)).collect(),
        content => return flow(content, Quotes::Needed),
    };
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// A key with its value in block style, in a mapping indented by `indent`.
pub(super) fn entry(key: &str, value: &Content, indent: usize) -> String {
    let key = word(key, Quotes::Needed);
    if value.short() {
        return format!("{key}: {}", block(value, indent));
    }
    let deeper = if matches!(value, Content::List(_)) { indent } else { indent + 2 };
    format!("{key}:\n{}{}", " ".repeat(deeper), block(value, deeper))
}
