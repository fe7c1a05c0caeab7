//! YAML to trees, one document at a time.

use super::resolve::{self, Plain};
use super::syntax::{self, Failure};
use super::tree::{Abandoned, Builder, Value, here};
use crate::diagnostic::{Diagnostic, codes};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};
use std::borrow::Cow;
use std::ops::Range;

/// What a reader hands over: the builder holds a finished document, or problems.
pub(crate) trait Documents<'a> {
    /// Called at the end of each document. False stops the reader.
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool;

    /// Called before the JSON value at byte `at` of `text` is read. Whoever reads it otherwise says where it ends, and false when no more is
    /// wanted.
    fn list(&mut self, text: &'a str, at: usize, builder: &mut Builder<'a, '_>) -> Option<(usize, bool)> {
        let _ = (text, at, builder);
        None
    }

    /// Called in place of that where the document in `range` of `text` can be read to a mistake only.
    fn broken(&mut self, builder: &mut Builder<'a, '_>, text: &'a str, range: &Range<usize>, broken: Broken) -> bool {
        let _ = (text, range);
        builder.problem(broken.found);
        self.document(builder)
    }
}

/// Reads the document in `range` of `text`, or the documents, where `...` ends some. Returns false when `sink` stopped it.
///
/// # Errors
/// What is wrong with the first that is no YAML; the builder holds what was read of it.
pub(crate) fn read<'a>(
    text: &'a str,
    range: &Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> Result<bool, Box<Broken>> {
    let base = range.start;
    let mut parser = parser(text.get(range.clone()).unwrap_or_default(), builder.depth());
    let tabs = tabs(text, range);
    let mut reader = Reader { text, base, builder, flow: Vec::new(), last: base as u32, scalar: None, tabs };
    loop {
        match parser.next_event() {
            None => return Ok(true),
            Some(Ok((Event::DocumentEnd, _))) => {
                if let Some(tab) = reader.tabs.first() {
                    let found = codes::YAML_TAB.at(here(*tab, *tab + 1)).hint(codes::HINT_USE_SPACES);
                    return Err(Box::new(Broken::of(found)));
                }
                if !reader.finish(sink) {
                    return Ok(false);
                }
            }
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or_default();
                if reader.event(event, range.start + base, range.end + base).is_err() {
                    return Ok(reader.finish(sink));
                }
            }
            Some(Err(error)) => return Err(Box::new(reader.broken(&error))),
        }
    }
}

fn parser(text: &str, depth: usize) -> Parser<'_, granit_parser::StrInput<'_>> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    Parser::new_from_str_with_options(text, options)
}

/// Tabs at the beginning of lines. Between collections and scalars in block style kubectl's parser takes none, not even on
/// blank lines and before comments.
fn tabs(text: &str, range: &Range<usize>) -> Vec<u32> {
    let text = text.get(range.clone()).unwrap_or_default();
    if !text.contains('\t') {
        return Vec::new();
    }
    let mut tabs = Vec::new();
    let mut at = range.start;
    for line in text.split_inclusive('\n') {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        // Behind an unquoted scalar such a line is its continuation, if it stands far enough to the right.
        let harmless = indent.starts_with(' ') && line.trim().is_empty();
        if let Some(tab) = indent.find('\t').filter(|_| !harmless) {
            tabs.push((at + tab) as u32);
        } else if let Some(tab) = behind_dash(&line[indent.len()..]) {
            tabs.push((at + indent.len() + tab) as u32);
        }
        at += line.len();
    }
    tabs
}

/// The tab between the dash of a list's entry and what stands behind it, if there is one.
fn behind_dash(line: &str) -> Option<usize> {
    let gap = line.strip_prefix('-')?;
    let blanks = &gap[..gap.len() - gap.trim_start_matches([' ', '\t']).len()];
    blanks.find('\t').map(|tab| tab + 1).filter(|_| !gap.trim().is_empty())
}

/// Why a text is no YAML; all places are in bytes of the text.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) found: Diagnostic,
    /// The innermost bracket that is open.
    pub(crate) bracket: Option<usize>,
    /// The end of what was read before the quoted scalar in which that happened.
    pub(crate) quoted: Option<usize>,
    /// The end of what was read.
    pub(crate) last: Option<usize>,
}

impl Broken {
    /// A finding about which nothing else is known.
    pub(crate) fn of(found: Diagnostic) -> Self {
        Self { found, bracket: None, quoted: None, last: None }
    }
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
    /// Tabs at the beginning of lines that stand in no scalar and in no brackets.
    tabs: Vec<u32>,
}

impl<'a> Reader<'a, '_, '_> {
    fn event(&mut self, event: Event<'a>, start: usize, end: usize) -> Result<(), Abandoned> {
        let (start, end) = (start as u32, end as u32);
        self.last = self.last.max(end);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar = Some(start);
                self.tabs_allowed(start, end);
                let end = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.trimmed(start, end),
                    _ => end,
                };
                let value = self.value(text, style, tag.as_deref(), start, end);
                self.tag(tag.as_deref());
                self.builder.scalar(value, start, end, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.tag(tag.as_deref());
                self.flow.push((style == StructureStyle::Flow).then_some(start));
                self.builder.start(false, start, anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.tag(tag.as_deref());
                self.flow.push((style == StructureStyle::Flow).then_some(start));
                self.builder.start(true, start, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let flow = self.flow.pop().flatten();
                if let Some(start) = flow {
                    self.tabs_allowed(start, end);
                }
                self.builder.end(flow.map(|_| end))
            }
            Event::Alias(anchor) => self.builder.alias(anchor, start, end),
            _ => Ok(()),
        }
    }

    fn tag(&mut self, tag: Option<&Tag>) {
        if let Some(tag) = tag.filter(|tag| tag.core_suffix().is_none()) {
            self.builder.tagged(tag.original().to_owned());
        }
    }

    fn tabs_allowed(&mut self, start: u32, end: u32) {
        if !self.tabs.is_empty() {
            self.tabs.retain(|tab| !(start..end).contains(tab));
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

    fn broken(&self, error: &ScanError) -> Broken {
        let at = error.marker().byte_offset().unwrap_or_default() + self.base;
        let failure = Failure {
            text: self.text,
            at: floor(self.text, at),
            last: floor(self.text, self.last as usize),
            scalar: self.scalar.map(|start| floor(self.text, start as usize)),
            bracket: self.flow.iter().rev().find_map(|start| *start).map(|start| start as usize),
            depth: self.builder.depth(),
        };
        let quoted = matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent | ErrorKind::TabInIndentation);
        Broken {
            found: syntax::diagnose(error.kind(), &failure),
            bracket: failure.bracket,
            quoted: quoted.then_some(failure.last),
            last: Some(failure.last),
        }
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
