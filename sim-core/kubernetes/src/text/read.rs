//! The documents of one text, each read as JSON if it looks like it, else as YAML.

use super::tree::Builder;
use super::yaml::{self, Documents};
use super::{chunks, json};
use crate::diagnostic::codes;
use crate::origin::Span;
use crate::patch::Patch;
use std::ops::Range;

/// Reads one text, document by document. Returns false when `sink` wants no more of them.
pub(crate) fn read<'a>(text: &'a str, builder: &mut Builder<'a, '_>, sink: &mut dyn Documents<'a>) -> bool {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for chunk in chunks::split(text, start) {
        if let Some(bad) = chunk.bad {
            let found = text.get(bad.line.start as usize..bad.line.end as usize).unwrap_or_default();
            let found = codes::YAML_BAD_SEPARATOR.at(bad.line).arg("found", excerpt(found));
            // What stands behind the dashes is a line of its own.
            let end = bad.rest.map_or(bad.line.end, |rest| rest as u32);
            let text = if bad.rest.is_some() { "---\n" } else { "---" };
            let patch = Patch::replace(Span { end, ..bad.line }, text);
            builder.problem(found.hint(codes::HINT_SEPARATOR).patch(Some(patch)));
            let goes_on = sink.document(builder);
            builder.clear();
            if !goes_on {
                return false;
            }
        }
        if !document(text, &chunk.range, builder, sink) {
            return false;
        }
    }
    true
}

/// Reads the document in `range` and hands it over. Returns false when `sink` wants no more.
pub(crate) fn document<'a>(
    text: &'a str,
    range: &Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> bool {
    if let Some(directive) = chunks::directive(text, range) {
        let end = (directive.end as usize + 1).min(range.end) as u32;
        let patch = Patch::replace(Span { end, ..directive }, "");
        builder.problem(codes::YAML_DIRECTIVE.at(directive).hint(codes::HINT_REMOVE_LINE).patch(Some(patch)));
        let goes_on = sink.document(builder);
        builder.clear();
        return goes_on;
    }
    match load(text, range, builder, sink) {
        Ok(goes_on) => goes_on,
        Err(broken) => {
            let goes_on = sink.broken(builder, text, range, *broken);
            builder.clear();
            goes_on
        }
    }
}

/// Reads the document in `range` as JSON if it looks like JSON, else as YAML. Returns false when `sink` wants no more.
pub(crate) fn load<'a>(
    text: &'a str,
    range: &Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> Result<bool, Box<yaml::Broken>> {
    let start = json::skip_blank(text, range.start);
    if matches!(text.as_bytes().get(start..range.end), Some([b'{' | b'[', ..])) {
        json_documents(text, start..range.end, builder, sink)
    } else {
        yaml::read(text, range, builder, sink)
    }
}

/// Reads one JSON value after the other.
pub(crate) fn json_documents<'a>(
    text: &'a str,
    range: Range<usize>,
    builder: &mut Builder<'a, '_>,
    sink: &mut dyn Documents<'a>,
) -> Result<bool, Box<yaml::Broken>> {
    let upto = text.get(..range.end).unwrap_or_default();
    let mut at = range.start;
    while at < range.end {
        let list = sink.list(upto, at, builder);
        builder.restart();
        if let Some((end, goes_on)) = list {
            if !goes_on {
                return Ok(false);
            }
            at = json::skip_blank(upto, end);
            continue;
        }
        match json::read(upto, at, builder) {
            Ok(end) => at = json::skip_blank(upto, end),
            Err(json::Broken::Abandoned) => at = range.end,
            Err(json::Broken::Syntax { at: wrong, expected }) => {
                builder.clear();
                // Flow style is YAML, too.
                if at == range.start
                    && let Ok(goes_on) = yaml::read(text, &range, builder, sink)
                {
                    return Ok(goes_on);
                }
                builder.clear();
                return Err(Box::new(yaml::Broken::of(json::diagnose(upto, wrong, expected))));
            }
        }
        let goes_on = sink.document(builder);
        builder.clear();
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The beginning of a value, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 60;
    let mut excerpt: String = text.chars().take(LENGTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LENGTH).is_some() {
        excerpt.push('…');
    }
    excerpt
}
