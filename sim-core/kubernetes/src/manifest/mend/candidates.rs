//! What may have been meant where a text is no YAML.

use super::change::Change;
use crate::diagnostic::{Diagnostic, codes};
use crate::text::tree::here;
use crate::text::yaml::Broken;
use std::ops::Range;

/// One possibility.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) changes: Vec<Change>,
    /// True for what kubectl takes as it is.
    pub(super) silent: bool,
    /// What to say in place of the parser's complaint; the span is in bytes of the text.
    pub(super) instead: Option<Diagnostic>,
}

/// Lines before a mistake that are looked at.
const BEFORE: usize = 60;

/// The possibilities, likeliest first.
pub(super) fn of(text: &str, broken: &Broken) -> Vec<Candidate> {
    let span = broken.found.span;
    let (start, end) = (span.start as usize, span.end as usize);
    let mut silent = Vec::new();
    if let Some(changes) = broken.quoted.and_then(|from| quoted_lines(text, from)) {
        silent.push(changes);
    }
    let is = |code: crate::diagnostic::codes::CodeInfo| broken.found.code == code.code;
    if is(codes::YAML_TAB)
        && let Some(bracket) = broken.bracket
    {
        silent.push(tabs_in_flow(text, bracket));
    }
    if let Some(around) = around(text, start).or_else(|| separator(text, start)) {
        return vec![around];
    }
    let loud = if is(codes::YAML_TAB) {
        tabs(text, start)
    } else if is(codes::YAML_MISSING_COLON) {
        colons(text, start)
    } else if is(codes::YAML_NESTED_COLON) {
        let glued = colons(text, start);
        quoted(text, start).into_iter().chain(glued).collect()
    } else if is(codes::YAML_INDENT) {
        indents(text, start).into_iter().chain(colons(text, start)).collect()
    } else if is(codes::YAML_UNCLOSED_QUOTE) {
        let mark = text.get(start..end).unwrap_or_default();
        let end = value_end(text, start);
        let inside = start + text[start..end].trim_end_matches(['}', ']', ' ']).len();
        [end, inside].into_iter().map(|at| vec![Change::insert(at, mark)]).collect()
    } else if is(codes::YAML_AFTER_QUOTE) {
        let from = text[..start].rfind([' ', '\t', '\n', '[', '{', ',']).map_or(0, |at| at + 1);
        let from =
            broken.last.filter(|last| *last <= start).map_or(from, |last| first_quote(text, last).unwrap_or(from));
        quoted(text, from)
    } else if is(codes::YAML_UNCLOSED_BRACKET) {
        brackets(text, start)
    } else if is(codes::YAML_BAD_ESCAPE) {
        vec![vec![Change::insert(start, "\\")]]
    } else if is(codes::YAML_BAD_CHARACTER) || is(codes::YAML_UNKNOWN_ANCHOR) {
        quoted(text, start)
    } else if is(codes::JSON_SYNTAX) && broken.found.args.get("expected").is_some_and(|expected| expected == "comma") {
        let at = text[..start].trim_end().len();
        vec![vec![Change::insert(at, ",")]]
    } else {
        Vec::new()
    };
    let candidate = |silent| move |changes| Candidate { changes, silent, instead: None };
    let silent = silent.into_iter().map(candidate(true)).chain(dashes(text, start));
    silent.chain(loud.into_iter().map(candidate(false))).filter(|one| !one.changes.is_empty()).collect()
}

/// `---` that does not stand at the very start of its line.
fn separator(text: &str, at: usize) -> Option<Candidate> {
    let line = line(text, at);
    let written = text.get(line.clone())?;
    let indent = indent_of(written);
    if indent == 0 || written.trim() != "---" {
        return None;
    }
    let start = line.start + indent;
    let instead = codes::YAML_SEPARATOR_INDENT.at(here(start as u32, (start + 3) as u32));
    Some(Candidate { changes: vec![Change::new(line.start..start, "")], silent: false, instead: Some(instead) })
}

/// Start of the line that holds `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The line that holds `at`, without its line break.
fn line(text: &str, at: usize) -> Range<usize> {
    let start = line_start(text, at);
    let end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    start..start + text[start..end].trim_end_matches('\r').len()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Where the value that begins at `at` ends on its line: before a comment.
fn value_end(text: &str, at: usize) -> usize {
    let rest = &text[at..line(text, at).end];
    let value = rest.find(" #").map_or(rest, |comment| &rest[..comment]);
    at + value.trim_end().len()
}

/// What is pasted around a manifest: a fence of three backticks, a prompt with the command.
fn around(text: &str, at: usize) -> Option<Candidate> {
    let own = line(text, at);
    let shown = text[own.clone()].trim();
    let first = text[..own.start].trim().is_empty();
    let command = shown.starts_with("$ ") || shown.starts_with("kubectl ") || (first && shown.contains("$ kubectl "));
    if !shown.starts_with("```") && !command {
        return None;
    }
    let behind = text[own.end..].find('\n').map_or(text.len(), |newline| own.end + newline + 1);
    let found = codes::PASTED_AROUND.at(here(own.start as u32, own.end as u32)).arg("found", shown);
    let instead = Some(found.hint(codes::HINT_REMOVE_LINE));
    Some(Candidate { changes: vec![Change::new(own.start..behind, "")], silent: false, instead })
}

/// `-port: 80` on this line or one of the few before: the space behind the dash, with and without what stands under it.
fn dashes(text: &str, at: usize) -> Vec<Candidate> {
    let own = line_start(text, at);
    let mut start = own;
    for _ in 0..6 {
        let line = &text[line(text, start)];
        let indent = indent_of(line);
        let glued = line[indent..]
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(char::is_alphabetic) && (rest.contains(':') || start == own));
        if glued {
            let dash = start + indent;
            let shown = start + line.trim_end().len();
            let found = codes::YAML_DASH_SPACE.at(here(dash as u32, shown as u32)).hint(codes::HINT_DASH_SPACE);
            let space = Change::insert(dash + 1, " ");
            let mut moved = vec![space.clone()];
            let mut at = start;
            for (index, line) in text[start..].split_inclusive('\n').enumerate() {
                let blank = line.trim().is_empty();
                if index > 0 && !blank && indent_of(line) <= indent {
                    break;
                }
                if index > 0 && !blank {
                    moved.push(Change::insert(at, " "));
                }
                at += line.len();
            }
            let candidate = |changes| Candidate { changes, silent: false, instead: Some(found.clone()) };
            return vec![candidate(moved), candidate(vec![space])];
        }
        if start == 0 {
            break;
        }
        start = line_start(text, start - 1);
    }
    Vec::new()
}

/// Each tab of the indentation as so many spaces, in all lines from the tab's on.
fn tabs(text: &str, at: usize) -> Vec<Vec<Change>> {
    let widths: [fn(usize) -> usize; 5] = [|_| 2, |_| 4, |_| 8, |column| 8 - column % 8, |column| 4 - column % 4];
    let from = line_start(text, at);
    let with = |width: fn(usize) -> usize| {
        let mut changes = Vec::new();
        let mut start = from;
        for line in text[from..].split_inclusive('\n') {
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            if let Some(first) = indent.find('\t') {
                let mut column = first;
                for c in indent[first..].chars() {
                    column += if c == '\t' { width(column) } else { 1 };
                }
                let spaces = if line.trim().is_empty() { 0 } else { column - first };
                changes.push(Change::new(start + first..start + indent.len(), " ".repeat(spaces)));
            }
            start += line.len();
        }
        changes
    };
    let mut all: Vec<_> = widths.into_iter().map(with).collect();
    if all.first().is_some_and(Vec::is_empty) {
        // The tab stands between a key and its value, or behind a dash.
        let tab = text[at..].starts_with('\t').then(|| vec![Change::new(at..at + 1, " ")]);
        all = tab.into_iter().collect();
    }
    all.dedup();
    all
}

/// Tabs at the beginning of the lines of a list or mapping in brackets are blanks.
fn tabs_in_flow(text: &str, bracket: usize) -> Vec<Change> {
    let end = closing(text, bracket).unwrap_or(text.len());
    blanks(text, bracket..end, |line| line.len() - line.trim_start_matches([' ', '\t']).len())
}

/// Tabs among the first bytes, as many as `count` says, of all lines of `range` but the first.
fn blanks(text: &str, range: Range<usize>, count: impl Fn(&str) -> usize) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut start = range.start;
    for (index, line) in text[range].split_inclusive('\n').enumerate() {
        let first = if index == 0 { 0 } else { count(line) };
        let tabs = line[..first].match_indices('\t');
        changes.extend(tabs.map(|(at, _)| Change::new(start + at..start + at + 1, " ")));
        start += line.len();
    }
    changes
}

/// Where the bracket at `from` is closed, as far as quotes tell.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text[from..].char_indices() {
        match (quote, c) {
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(mark), _) if c == mark && !escaped => quote = None,
            (None, '"' | '\'') if text[..from + at].ends_with([' ', '\t', '\n', '[', '{', ',', ':']) => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(from + at);
                }
            }
            _ => {}
        }
        escaped = false;
    }
    None
}

/// The quote that begins behind `from`, over comments.
fn first_quote(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let c = rest.chars().next()?;
        match c {
            '"' | '\'' => return Some(at),
            '#' => at += rest.find('\n')?,
            _ => at += c.len_utf8(),
        }
    }
}

/// The lines of the quoted scalar behind `from`, each indented more than the line it begins on.
fn quoted_lines(text: &str, from: usize) -> Option<Vec<Change>> {
    let start = first_quote(text, from)?;
    let mark = text[start..].chars().next()?;
    let mut end = None;
    let mut rest = text[start + 1..].char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if c == '\\' && mark == '"' {
            rest.next();
        } else if c == mark {
            if mark == '\'' && rest.peek().is_some_and(|(_, next)| *next == '\'') {
                rest.next();
                continue;
            }
            end = Some(start + 1 + at);
            break;
        }
    }
    let end = end?;
    let own = &text[line(text, start)];
    let spaces = " ".repeat(own.len() - own.trim_start_matches([' ', '-']).len() + 1);
    let mut changes = Vec::new();
    let mut at = start;
    for (index, line) in text[start..end].split_inclusive('\n').enumerate() {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        if index > 0 && !line.trim().is_empty() {
            changes.push(Change::new(at..at + blank, spaces.clone()));
        }
        at += line.len();
    }
    Some(changes)
}

/// `kind:Service`, `spec` or `name web` on the line at `at`: the colon, or the space behind it.
fn colons(text: &str, at: usize) -> Vec<Vec<Change>> {
    let line = line(text, at);
    let content = &text[line.clone()];
    let first = line.start + content.len() - content.trim_start_matches([' ', '-']).len();
    let rest = &text[first..line.end];
    let word = rest.len() - rest.trim_start_matches(|c: char| c.is_alphanumeric() || "_-./".contains(c)).len();
    let mut all = Vec::new();
    if word == 0 {
        return all;
    }
    let behind = &rest[word..];
    if behind.starts_with(':') && !behind.starts_with(": ") && behind.trim_end().len() > 1 {
        all.push(vec![Change::insert(first + word + 1, " ")]);
    } else if behind.trim_end().is_empty() {
        all.push(vec![Change::insert(first + word, ":")]);
    } else if let Some(spaced) = behind.strip_prefix(' ') {
        let colon = spaced.trim_start().starts_with([':', '=']);
        let gap = behind.len() - behind.trim_start_matches([' ', ':', '=']).len();
        all.push(if colon {
            vec![Change::new(first + word..first + word + gap, ": ")]
        } else {
            vec![Change::insert(first + word, ":")]
        });
    } else if behind.starts_with(['=', ';']) {
        all.push(vec![Change::new(first + word..first + word + 1, ": ")]);
    }
    all
}

/// The value that begins at `at` in quotes.
fn quoted(text: &str, at: usize) -> Vec<Vec<Change>> {
    let end = value_end(text, at);
    let value = text.get(at..end).unwrap_or_default();
    if value.is_empty() {
        return Vec::new();
    }
    let quoted =
        if value.contains(['"', '\\']) { format!("'{}'", value.replace('\'', "''")) } else { format!("\"{value}\"") };
    vec![vec![Change::new(at..end, quoted)]]
}

/// The closing bracket at the end of the line of the bracket at `at`, or in place of a wrong one.
fn brackets(text: &str, at: usize) -> Vec<Vec<Change>> {
    let close = match text[at..].chars().next() {
        Some('[') => "]",
        Some('{') => "}",
        _ => return Vec::new(),
    };
    let end = value_end(text, at);
    let mut all = vec![vec![Change::insert(end, close)]];
    if let Some(last) = text[..end].chars().next_back().filter(|c| "[]{}()".contains(*c) && end - 1 > at) {
        all.push(vec![Change::new(end - last.len_utf8()..end, close)]);
    }
    all
}

/// The line at `at`, and those that stand under it, lined up with lines before.
fn indents(text: &str, at: usize) -> Vec<Vec<Change>> {
    let own = line(text, at);
    let indent = indent_of(&text[own.clone()]);
    let mut columns: Vec<usize> = Vec::new();
    for before in text[..own.start].lines().rev().filter(|line| !line.trim().is_empty()).take(BEFORE) {
        let at = indent_of(before);
        let dash = before.len() - before.trim_start_matches([' ', '-']).len();
        for column in [dash, at] {
            if column != indent && !columns.contains(&column) {
                columns.push(column);
            }
        }
        if at == 0 {
            break;
        }
    }
    columns.sort_by_key(|column| column.abs_diff(indent));
    let mut block = Vec::new();
    let mut start = own.start;
    for line in text[own.start..].split_inclusive('\n') {
        let blank = line.trim().is_empty();
        if !blank && start > own.start && indent_of(line) < indent {
            break;
        }
        if !blank {
            block.push((start, indent_of(line)));
        }
        start += line.len();
    }
    let one = &block[..block.len().min(1)];
    let moved = |lines: &[(usize, usize)], column: usize| {
        let change = |(start, own): &(usize, usize)| {
            let spaces = (own + column).saturating_sub(indent);
            Change::new(*start..start + own, " ".repeat(spaces))
        };
        lines.iter().map(change).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    for column in columns.into_iter().take(5) {
        all.push(moved(&block, column));
        if block.len() > 1 {
            all.push(moved(one, column));
        }
    }
    all
}
