//! Credentials in running text: whatever stands behind a name of one, passwords in addresses, tokens, private keys. Works on texts in any
//! quoting, since it reads the text as it is written.

use super::mask::Masks;
use super::names;
use std::ops::Range;

/// Marks what is found in `range` of `text`.
pub(super) fn scan(text: &str, range: Range<usize>, masks: &mut Masks) {
    let Some(part) = text.get(range.clone()) else { return };
    if part.len() < 6 {
        return;
    }
    let base = range.start;
    let mut mark = |range: Range<usize>| masks.all(base + range.start..base + range.end);
    addresses(part, &mut mark);
    tokens(part, &mut mark);
    named(part, &mut mark);
}

/// Marks what stands between the lines around a private key.
pub(super) fn keys(text: &str, masks: &mut Masks) {
    let mut at = 0;
    while let Some(begin) = text[at..].find("-----BEGIN ").map(|found| at + found) {
        let label = begin + "-----BEGIN ".len();
        let Some(inside) = text[label..].find("-----").map(|found| label + found + 5) else { break };
        let end = text[inside..].find("-----END").map_or(text.len(), |found| inside + found);
        if text[label..inside].contains("PRIVATE KEY") {
            masks.all(inside..end);
        }
        at = end;
    }
}

/// Passwords in `scheme://user:password@host`.
fn addresses(text: &str, mark: &mut dyn FnMut(Range<usize>)) {
    // Where the word ends in which the last one was found, and its next `@`: a word may hold any number of addresses.
    let (mut word_end, mut sign) = (0, None);
    for (at, _) in text.match_indices("://") {
        let from = at + 3;
        let rest = &text[from..];
        let end = rest.find(|c: char| c.is_whitespace() || "/\"'<>`,".contains(c)).unwrap_or(rest.len());
        if from >= word_end {
            let far = rest.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(rest.len());
            (word_end, sign) = (from + far, rest[..far].find('@').map(|at| from + at));
        } else if sign.is_some_and(|sign| sign < from) {
            sign = text[from..word_end].find('@').map(|at| from + at);
        }
        // A password may hold a slash that nobody escaped.
        let far = sign.map(|sign| sign - from).filter(|far| !rest[..end].contains('.') && rest[..*far].contains(':'));
        let info = rest[..end].rfind('@').or(far);
        let Some(info) = info else { continue };
        let from = rest[..info].find(':').map_or(0, |colon| colon + 1);
        if from < info && !names::is_reference(&rest[from..info]) {
            mark(at + 3 + from..at + 3 + info);
        }
    }
}

/// Words that have the form of a token.
fn tokens(text: &str, mark: &mut dyn FnMut(Range<usize>)) {
    let part = |c: char| c.is_ascii_alphanumeric() || "_-.$/+~".contains(c);
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                if at - from >= 12 && names::is_token(&text[from..at]) {
                    mark(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
}

/// Whatever stands behind the name of a credential: `password: a`, `"token":"b"`, `--api-key=c`, `--password d`, `-u user:e`, `Bearer f`.
fn named(text: &str, mark: &mut dyn FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte == b'.';
    let mut at = 0;
    while at < bytes.len() {
        if !part(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && part(bytes[at]) {
            at += 1;
        }
        let name = &text[start..at];
        if let Some(value) = value_of(text, name, at) {
            if !names::is_reference(&text[value.clone()]) {
                mark(value.clone());
            }
            at = value.end.max(at);
        }
    }
}

/// The value that belongs to the name that ends at byte `at`, if it is a credential's.
fn value_of(text: &str, name: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let blank = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    if matches!(name, "Bearer" | "bearer" | "Basic" | "basic") && rest.starts_with(' ') {
        let from = at + blank(rest);
        let end = word_end(text, from);
        // A word of a sentence is none.
        return (end - from >= 8 && text[from..end].bytes().any(|byte| byte.is_ascii_digit() || byte == b'='))
            .then_some(from..end);
    }
    if matches!(name, "-u" | "--user" | "--proxy-user") {
        let from = at + rest.len() - rest.trim_start_matches([' ', '\t', '=']).len();
        let end = word_end(text, from);
        let colon = text.get(from..end)?.find(':')?;
        return (from > at).then_some(from + colon + 1..end);
    }
    if !names::is_variable(name) {
        return None;
    }
    // The quote that closes the name, then the sign.
    let closed = rest.strip_prefix("\\\"").or_else(|| rest.strip_prefix(['"', '\''])).unwrap_or(rest);
    let sign = closed.trim_start_matches([' ', '\t']);
    let flag = name.starts_with("--") && closed.len() == rest.len();
    let behind = match sign.as_bytes().first() {
        Some(b':' | b'=') => sign.trim_start_matches([':', '=', '>']),
        _ if flag && sign.len() < closed.len() => sign,
        _ => return None,
    };
    // `a::b` and `password://` are no values.
    let line_like =
        sign.starts_with(": ") || sign.starts_with(":\t") || sign.starts_with(" =") || closed.len() > sign.len();
    let value = behind.trim_start_matches([' ', '\t']);
    let from = text.len() - value.len();
    let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| value.starts_with(quote));
    if let Some(quote) = quote {
        let from = from + quote.len();
        return Some(from..from + closing(&text[from..], quote));
    }
    if value.starts_with(['{', '[']) || value.is_empty() || value.starts_with(['\n', '\r']) {
        return None;
    }
    if value.starts_with(['|', '>']) && is_short_line(value) {
        return Some(block(text, from));
    }
    let end = if line_like && !flag { line_end(text, from) } else { word_end(text, from) };
    (end > from).then_some(from..end)
}

/// Where a quoted text ends: at the quote that no backslash stands before, or at the end.
fn closing(text: &str, quote: &str) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].find(quote).map(|found| at + found) {
        let slashes = text[..found].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if slashes % 2 == 0 || quote.starts_with('\\') {
            return found;
        }
        at = found + quote.len();
    }
    text.len()
}

/// Where a word ends.
fn word_end(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + rest.find(|c: char| c.is_whitespace() || "\"'&;,<>`)".contains(c)).unwrap_or(rest.len())
}

/// True where a line ends within three bytes, but for blanks. Looks no further than that.
fn is_short_line(text: &str) -> bool {
    let mut line = text.char_indices().take_while(|(_, c)| *c != '\n');
    line.all(|(at, c)| c.is_whitespace() || at + c.len_utf8() <= 3)
}

/// Where what stands on a line ends, without a comment and what closes brackets. Looks no further than to the first that ends it.
fn line_end(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let (mut end, mut before) = (rest.len(), None);
    for (at, c) in rest.char_indices() {
        match c {
            '\n' | '"' | '\'' | ',' => end = at,
            '#' if before == Some(' ') => end = at - 1,
            _ => {
                before = Some(c);
                continue;
            }
        }
        break;
    }
    from + rest[..end].trim_end_matches(['}', ']', ' ', '\t', '\r', '\\']).len()
}

/// A block of lines that stand deeper than the line they begin on.
fn block(text: &str, from: usize) -> Range<usize> {
    let line_start = text[..from].rfind('\n').map_or(0, |found| found + 1);
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let own = indent(&text[line_start..]);
    let start = text[from..].find('\n').map_or(text.len(), |found| from + found + 1);
    let mut end = start;
    for line in text[start..].split_inclusive('\n') {
        if !line.trim().is_empty() && indent(line) <= own {
            break;
        }
        end += line.len();
    }
    start..end
}
