//! Where findings about texts as a whole stand.

use crate::origin::{SourceText, Span};

/// The first line of a text that says something.
pub(super) fn first_span(inputs: &[SourceText], at: Span) -> Span {
    let text = inputs.get(at.source.0 as usize).map_or("", |input| &*input.text);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        if !said.is_empty() && !said.starts_with('#') && said != "---" {
            let end = start + line.trim_end().len();
            return Span { start: start as u32, end: end as u32, ..at };
        }
        start += line.len();
    }
    at
}

/// The part of a span that stands on its first line.
pub(super) fn place_of(inputs: &[SourceText], span: Span) -> Span {
    let text = inputs.get(span.source.0 as usize).map_or("", |input| &*input.text);
    let text = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default().trim_end();
    Span { end: span.start + line.len() as u32, ..span }
}
