//! A rendered object as JSON text, with the place that every piece of it came from.

use super::value::{Node, Val};
use crate::origin::Span;
use std::fmt::Write;
use std::sync::Arc;

/// A stretch of rendered text, and where what it says stands in the input.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u32,
    end: u32,
    from: Span,
}

/// Where each piece of a rendered text came from: in order of their starts, no two alike.
#[derive(Clone, Debug, Default)]
pub(in crate::manifest) struct Pieces(Vec<Piece>);

impl Pieces {
    /// The place of `start..end`: from where the piece that begins there begins to where the piece that ends there ends.
    pub(in crate::manifest) fn span(&self, start: u32, end: u32) -> Span {
        let at = self.0.partition_point(|piece| piece.start <= start).saturating_sub(1);
        let Some(first) = self.0.get(at) else { return Span::default() };
        if first.end == end {
            return first.from;
        }
        let until = self.0[at..].iter().take_while(|piece| piece.start < end).find(|piece| piece.end == end);
        match until {
            Some(last) if last.from.source == first.from.source && last.from.start >= first.from.start => {
                Span { end: last.from.end.max(first.from.end), ..first.from }
            }
            _ => first.from,
        }
    }
}

/// JSON of a value.
pub(super) fn json(node: &Node) -> (String, Arc<Pieces>) {
    let mut out = Out::default();
    out.write(node);
    out.text.push('\n');
    (out.text, Arc::new(Pieces(out.pieces)))
}

#[derive(Default)]
struct Out {
    text: String,
    pieces: Vec<Piece>,
}

impl Out {
    fn here(&self) -> u32 {
        self.text.len() as u32
    }

    fn write(&mut self, node: &Node) {
        let (index, start) = (self.pieces.len(), self.here());
        self.pieces.push(Piece { start, end: start, from: node.span });
        match &node.value {
            Val::Null => self.text.push_str("null"),
            Val::Bool(value) => self.number(value),
            Val::Int(value) => self.number(value),
            Val::UInt(value) => self.number(value),
            // JSON has no others.
            Val::Float(value) if value.is_finite() => self.number(value),
            Val::Float(_) => self.text.push_str("null"),
            Val::Text(text) => quote(&mut self.text, text),
            Val::List(items) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.text.push_str(if index > 0 { ", " } else { "" });
                    self.write(item);
                }
                self.text.push(']');
            }
            Val::Map(entries) => {
                self.text.push('{');
                for (index, entry) in entries.iter().enumerate() {
                    self.text.push_str(if index > 0 { ", " } else { "" });
                    let start = self.here();
                    quote(&mut self.text, &entry.key);
                    self.pieces.push(Piece { start, end: self.here(), from: entry.at });
                    self.text.push_str(": ");
                    self.write(&entry.node);
                }
                self.text.push('}');
            }
        }
        self.pieces[index].end = self.here();
    }

    fn number(&mut self, value: &impl std::fmt::Display) {
        // Writing to memory does not fail.
        let _ = write!(self.text, "{value}");
    }
}

/// A JSON string. As Go's encoder does, which matters where the text is hashed, `<`, `>` and `&` are escaped.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
