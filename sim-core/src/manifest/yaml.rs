//! YAML to trees: goes on at the next document after an error.

use super::resolve::{self, Plain};
use super::syntax::{self, Failure};
use super::tree::{Abandoned, Builder, Value, here};
use crate::diagnostic::codes;
use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};
use std::borrow::Cow;

/// What a reader hands over: the builder holds a finished document, or problems.
pub(super) trait Documents<'a> {
    /// Called at the end of each document. False stops the reader.
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool;
}

/// Reads the documents of `text` from byte `base` on, which begins a line. Returns false when it was stopped.
pub(super) fn read<'a>(
    text: &'a str,
    base: usize,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> bool {
    let depth = builder.depth();
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    let mut parser = Parser::new_from_str_with_options(text.get(base..).unwrap_or_default(), options);
    let mut reader = Reader { text, base, builder, flow: Vec::new(), last: base as u32, scalar: None };
    loop {
        match parser.next_event() {
            None => return true,
            Some(Ok((Event::DocumentEnd, _))) => {
                if !reader.finish(sink) {
                    return false;
                }
            }
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or_default();
                let abandoned = reader.event(event, range.start + base, range.end + base).is_err();
                if abandoned {
                    if !reader.finish(sink) {
                        return false;
                    }
                    if !skips(&mut parser) {
                        return true;
                    }
                }
            }
            Some(Err(error)) => {
                reader.broken(&error);
                if !reader.finish(sink) {
                    return false;
                }
                if !skips(&mut parser) {
                    return true;
                }
            }
        }
    }
}

/// Goes to the next document; false when there is none.
fn skips<'a>(parser: &mut Parser<'a, granit_parser::StrInput<'a>>) -> bool {
    parser.proceed_next_document().unwrap_or(false)
}

/// True when the whole text is YAML, whatever it says.
pub(super) fn is_yaml(text: &str, depth: usize) -> bool {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    Parser::new_from_str_with_options(text, options).all(|event| event.is_ok())
}

struct Reader<'a, 'r, 'b> {
    text: &'a str,
    base: usize,
    builder: &'r mut Builder<'a, 'b>,
    /// Starts of the flow collections that are open; `None` for block collections.
    flow: Vec<Option<u32>>,
    /// End of the last event.
    last: u32,
    /// Start of the last scalar.
    scalar: Option<u32>,
}

impl<'a> Reader<'a, '_, '_> {
    fn event(&mut self, event: Event<'a>, start: usize, end: usize) -> Result<(), Abandoned> {
        let (start, end) = (start as u32, end as u32);
        self.last = self.last.max(end);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar = Some(start);
                let end = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.trimmed(start, end),
                    _ => end,
                };
                let value = self.value(text, style, tag.as_deref(), start, end);
                self.builder.scalar(value, start, end, anchor)
            }
            Event::SequenceStart(style, anchor, _) => {
                self.flow.push((style == StructureStyle::Flow).then_some(start));
                self.builder.start(false, start, anchor)
            }
            Event::MappingStart(style, anchor, _) => {
                self.flow.push((style == StructureStyle::Flow).then_some(start));
                self.builder.start(true, start, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let flow = self.flow.pop().flatten();
                self.builder.end(flow.map(|_| end))
            }
            Event::Alias(anchor) => self.builder.alias(anchor, start, end),
            _ => Ok(()),
        }
    }

    fn value(&mut self, text: Cow<'a, str>, style: ScalarStyle, tag: Option<&Tag>, start: u32, end: u32) -> Value<'a> {
        let plain = || match resolve::plain(&text) {
            Plain::Text => None,
            plain => Some(plain),
        };
        let Some(tag) = tag else {
            let typed = if style == ScalarStyle::Plain { plain() } else { None };
            return typed.map_or(Value::Text(text), Value::from);
        };
        let typed = plain();
        let fits = match tag.core_suffix() {
            Some("null") => matches!(typed, Some(Plain::Null)),
            Some("bool") => matches!(typed, Some(Plain::Bool(_))),
            Some("int") => matches!(typed, Some(Plain::Int(_) | Plain::UInt(_))),
            Some("float") => matches!(typed, Some(Plain::Int(_) | Plain::UInt(_) | Plain::Float(_))),
            _ => return Value::Text(text),
        };
        if !fits {
            let found = codes::YAML_BAD_TAG.at(here(start, end)).arg("tag", tag.original());
            self.builder.problem(found.arg("value", &*text));
        }
        typed.filter(|_| fits).map_or(Value::Text(text), Value::from)
    }

    /// The end without the line breaks and blanks before it.
    fn trimmed(&self, start: u32, end: u32) -> u32 {
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        start + text.trim_end().len() as u32
    }

    fn broken(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or_default() + self.base;
        let failure = Failure {
            text: self.text,
            at: floor(self.text, at),
            last: floor(self.text, self.last as usize),
            scalar: self.scalar.map(|start| floor(self.text, start as usize)),
            bracket: self.flow.iter().rev().find_map(|start| *start).map(|start| start as usize),
            depth: self.builder.depth(),
        };
        let found = syntax::diagnose(error.kind(), &failure);
        self.builder.problem(found);
    }

    /// Hands the document over and makes ready for the next.
    fn finish(&mut self, sink: &mut dyn Documents<'a>) -> bool {
        let goes_on = sink.document(self.builder);
        self.builder.clear();
        self.flow.clear();
        self.scalar = None;
        goes_on
    }
}

/// `at`, or the character boundary before it.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}
