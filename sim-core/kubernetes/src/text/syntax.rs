//! What a YAML error most likely means to the person who wrote the text, and where they should look.

use super::tree::here;
use crate::diagnostic::{Diagnostic, codes};
use granit_parser::ErrorKind;

/// A YAML error with what is known around it. Offsets are bytes of `text`, on character boundaries.
pub(crate) struct Failure<'t> {
    pub(crate) text: &'t str,
    /// Where the parser noticed it.
    pub(crate) at: usize,
    /// Where the last good piece ends.
    pub(crate) last: usize,
    /// Where the last good scalar starts.
    pub(crate) scalar: Option<usize>,
    /// The innermost bracket or brace that is open.
    pub(crate) bracket: Option<usize>,
    /// The limit on nesting.
    pub(crate) depth: usize,
}

impl<'t> Failure<'t> {
    /// Start of the line that holds `at`.
    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The line that holds `at`, without its line break.
    fn line(&self, at: usize) -> &'t str {
        let line = &self.text[self.line_start(at)..];
        line.find('\n').map_or(line, |newline| &line[..newline]).trim_end()
    }

    /// The visible part of the line that holds `at`, as a span.
    fn whole_line(&self, at: usize) -> crate::origin::Span {
        let (start, line) = (self.line_start(at), self.line(at));
        let indent = line.len() - line.trim_start().len();
        here((start + indent) as u32, (start + line.len()) as u32)
    }

    /// From `at` for one character, or for none at the end of a line.
    fn character(&self, at: usize) -> crate::origin::Span {
        let next = self.text[at..].chars().next().filter(|c| !c.is_control());
        here(at as u32, (at + next.map_or(0, char::len_utf8)) as u32)
    }

    /// The first backslash sequence behind `at` that YAML does not know; `at` where all are known by their letter.
    fn bad_escape(&self) -> crate::origin::Span {
        let mut rest = self.text[self.at..].char_indices();
        while let Some((offset, c)) = rest.next() {
            if c == '\\'
                && let Some((_, letter)) = rest.next()
                && !"0abt\tnvfre \"/\\N_LPxuU\r\n".contains(letter)
            {
                let start = self.at + offset;
                return here(start as u32, (start + 1 + letter.len_utf8()) as u32);
            }
        }
        self.character(self.at)
    }

    /// The quote behind `last` that is not closed on its line.
    fn open_quote(&self) -> usize {
        let mut at = self.last.min(self.at);
        let mut found = None;
        while let Some(next) = self.text[at..].find(['"', '\'']) {
            let quote = at + next;
            if quote > self.at {
                break;
            }
            let starts = self.text[..quote].ends_with([' ', '\t', '\n', '[', '{', ',', ':', '-']);
            let rest = &self.text[quote + 1..];
            let mark = if self.text[quote..].starts_with('"') { '"' } else { '\'' };
            let closing = rest.find(['\n', mark]).filter(|end| rest[*end..].starts_with(mark));
            match closing {
                _ if !starts => at = quote + 1,
                Some(end) => at = quote + 1 + end + 1,
                None => {
                    found = Some(quote);
                    at = quote + 1;
                }
            }
        }
        found.unwrap_or(self.at)
    }
}

/// The finding for a YAML error; its span is in bytes of the text.
pub(crate) fn diagnose(kind: &ErrorKind, failure: &Failure<'_>) -> Diagnostic {
    template(failure).unwrap_or_else(|| tab(failure).unwrap_or_else(|| grammar(kind, failure)))
}

/// `{{` on the line of the error or the one before: a template.
fn template(failure: &Failure<'_>) -> Option<Diagnostic> {
    let start = failure.line_start(failure.at);
    let before = failure.line_start(start.saturating_sub(1));
    let end = start + failure.line(failure.at).len();
    let at = before + failure.text.get(before..end)?.find("{{")?;
    let span = here(at as u32, at as u32 + 2);
    Some(codes::UNRENDERED_TEMPLATE.at(span))
}

/// A tab in the indentation of the line of the error.
fn tab(failure: &Failure<'_>) -> Option<Diagnostic> {
    let start = failure.line_start(failure.at);
    let line = failure.line(failure.at);
    let indent = &line[..line.len() - line.trim_start().len()];
    let at = start + indent.find('\t')?;
    Some(codes::YAML_TAB.at(here(at as u32, at as u32 + 1)).hint(codes::HINT_USE_SPACES))
}

fn grammar(kind: &ErrorKind, failure: &Failure<'_>) -> Diagnostic {
    use ErrorKind as K;
    let at = failure.at;
    match kind {
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabInIndentation
        | K::TabAtBlockScalarStart
        | K::TabInPlainScalar => codes::YAML_TAB.at(failure.character(at)).hint(codes::HINT_USE_SPACES),
        K::MappingValueNotAllowed => misplaced_colon(failure),
        K::SimpleKeyExpected | K::InvalidSimpleKey if failure.bracket.is_none() => missing_colon(failure, at),
        K::InvalidIndentation
        | K::InvalidBlockScalarIndent
        | K::InvalidFlowScalarIndent
        | K::BlockSequenceEntryNotAllowed
        | K::MappingKeyNotAllowed
        | K::ExpectedBlockMappingKey
        | K::ExpectedBlockSequenceEntry => codes::YAML_INDENT.at(failure.whole_line(at)).hint(codes::HINT_ALIGN),
        K::UnclosedQuotedScalar | K::InvalidQuotedScalarIndent | K::DocumentIndicatorInQuotedScalar => {
            let span = failure.character(failure.open_quote());
            let quote = failure.text.get(span.start as usize..span.end as usize).unwrap_or_default();
            codes::YAML_UNCLOSED_QUOTE.at(span).arg("quote", quote).hint(codes::HINT_CLOSE_QUOTE)
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
            codes::YAML_AFTER_QUOTE.at(failure.character(at)).hint(codes::HINT_QUOTE_VALUE)
        }
        K::UnknownQuotedScalarEscape
        | K::InvalidQuotedScalarHexEscape
        | K::InvalidLowSurrogateHexEscape
        | K::InvalidLowSurrogate
        | K::MissingLowSurrogate
        | K::UnpairedLowSurrogate
        | K::InvalidUnicodeEscape => codes::YAML_BAD_ESCAPE.at(failure.bad_escape()).hint(codes::HINT_SINGLE_QUOTES),
        K::RecursionLimitExceeded => {
            let found = codes::TOO_DEEP.at(failure.character(at)).arg("limit", failure.depth.to_string());
            found.hint(codes::HINT_SPLIT_INPUT)
        }
        K::UnknownAnchor => {
            let name: String = failure.text[at..].chars().skip(1).take_while(|c| !c.is_whitespace()).take(60).collect();
            let span = here(at as u32, (at + 1 + name.len()).min(failure.text.len()) as u32);
            let found = codes::YAML_UNKNOWN_ANCHOR.at(span).arg("name", name);
            found.hint(codes::HINT_ANCHOR_FIRST).hint(codes::HINT_QUOTE_VALUE)
        }
        K::UnclosedFlowCollection { .. }
        | K::MismatchedFlowCollectionEnd { .. }
        | K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping
        | K::ExpectedFlowMappingSeparator
        | K::ExpectedFlowSequenceSeparator
        | K::BlockEntryInFlowCollection
        | K::InvalidColonPlacement
        | K::SimpleKeyExpected
        | K::InvalidSimpleKey => {
            let span = failure.character(failure.bracket.unwrap_or(at));
            let bracket = failure.text.get(span.start as usize..span.end as usize).unwrap_or_default();
            codes::YAML_UNCLOSED_BRACKET.at(span).arg("bracket", bracket).hint(codes::HINT_CLOSE_BRACKET)
        }
        K::UnexpectedCharacter { .. }
        | K::MisplacedFlowCollectionEnd
        | K::ExpectedNodeContent
        | K::UnexpectedEndOfPlainScalar
        | K::PlainScalarStartsWithDashFlowIndicator
        | K::MissingAnchorOrAliasName => {
            let span = failure.character(at);
            let character = failure.text.get(span.start as usize..span.end as usize).unwrap_or_default();
            codes::YAML_BAD_CHARACTER.at(span).arg("character", character).hint(codes::HINT_QUOTE_VALUE)
        }
        other => codes::YAML_SYNTAX.at(failure.character(at)).arg("problem", kebab(other)),
    }
}

/// A colon where no key can be. The scalar before it tells why: it began on an earlier line (a key without a colon, or
/// a line that stands too far right under a value), or on this one (a second colon).
fn misplaced_colon(failure: &Failure<'_>) -> Diagnostic {
    let at = failure.at;
    let line = failure.line_start(at);
    match failure.scalar {
        Some(scalar) if scalar < line => {
            let before = failure.text[failure.line_start(scalar)..scalar].trim_start_matches([' ', '-']);
            if before.is_empty() {
                missing_colon(failure, scalar)
            } else {
                codes::YAML_INDENT.at(failure.whole_line(at)).hint(codes::HINT_ALIGN)
            }
        }
        _ => {
            let start = failure.scalar.filter(|scalar| *scalar >= line).unwrap_or(at);
            let end = line + failure.line(at).len();
            let span = here(start as u32, end.max(start) as u32);
            codes::YAML_NESTED_COLON.at(span).hint(codes::HINT_QUOTE_VALUE)
        }
    }
}

fn missing_colon(failure: &Failure<'_>, at: usize) -> Diagnostic {
    codes::YAML_MISSING_COLON.at(failure.whole_line(at)).hint(codes::HINT_KEY_COLON_SPACE)
}

/// The name of the grammar rule, `UnexpectedEof` as `unexpected-eof`.
fn kebab(kind: &ErrorKind) -> String {
    let name = format!("{kind:?}");
    let mut words = String::new();
    for c in name.chars().take_while(char::is_ascii_alphanumeric) {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}
