//! A Corefile as lines of words, with what it imports put in place.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Lines read at most.
pub(super) const MAX_LINES: usize = 10_000;
/// Imports inside of imports.
const MAX_DEPTH: usize = 8;

/// A line with words, and its number from 1; of what is imported the line that imports it.
pub(super) type Line = (u32, Vec<String>);

/// Texts beside a Corefile, by name; those of a folder have its name before a slash.
pub type Files = BTreeMap<Arc<str>, Arc<str>>;

/// Words of a line, without its comment.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    // An empty text in quotes is a word, too.
    let (mut quoted, mut any) = (false, false);
    let mut letters = line.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\\' if quoted && letters.peek() == Some(&'"') => word.extend(letters.next()),
            '"' => (quoted, any) = (!quoted, true),
            '#' if !quoted && word.is_empty() => break,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() || any {
                    all.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() || any {
        all.push(word);
    }
    all
}

/// All lines with words: snippets are taken out, imports put in. What could not be imported stays.
pub(super) fn lines(text: &str, files: &Files) -> Vec<Line> {
    let raw = text.lines().take(MAX_LINES).zip(1u32..).map(|(line, number)| (number, words(line)));
    let mut plain = Vec::new();
    let mut snippets: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    let mut raw = raw.filter(|(_, words)| !words.is_empty());
    let mut depth = 0_u32;
    while let Some((number, words)) = raw.next() {
        let name = words.first().and_then(|word| word.strip_prefix('(')?.strip_suffix(')'));
        if let (0, Some(name)) = (depth, name) {
            let own = snippets.entry(name.to_owned()).or_default();
            let mut inside = 1_u32;
            for (number, words) in raw.by_ref() {
                inside += u32::from(words.last().is_some_and(|word| word == "{"));
                inside -= u32::from(words.first().is_some_and(|word| word == "}"));
                if inside == 0 {
                    break;
                }
                own.push((number, words));
            }
            continue;
        }
        depth += u32::from(words.last().is_some_and(|word| word == "{"));
        depth = depth.saturating_sub(u32::from(words.first().is_some_and(|word| word == "}")));
        plain.push((number, words));
    }
    let mut out = Vec::new();
    put(&plain, &snippets, files, MAX_DEPTH, &mut out);
    out
}

fn put(lines: &[Line], snippets: &BTreeMap<String, Vec<Line>>, files: &Files, depth: usize, out: &mut Vec<Line>) {
    for (number, words) in lines {
        if out.len() >= MAX_LINES {
            return;
        }
        let imported = match words.as_slice() {
            [import, name] if import == "import" && depth > 0 => imported(name, snippets, files),
            _ => None,
        };
        match imported {
            Some(text) => {
                let text: Vec<Line> = text.into_iter().map(|(_, words)| (*number, words)).collect();
                put(&text, snippets, files, depth - 1, out);
            }
            None => out.push((*number, words.clone())),
        }
    }
}

/// The lines of a snippet, or of the files that a pattern names. A pattern that names none is nothing; a file that is not there is `None`.
fn imported(name: &str, snippets: &BTreeMap<String, Vec<Line>>, files: &Files) -> Option<Vec<Line>> {
    if let Some(own) = snippets.get(name) {
        return Some(own.clone());
    }
    let path = name.strip_prefix("/etc/coredns/").unwrap_or(name);
    let fits = |file: &str| match path.split_once('*') {
        Some((before, after)) => {
            let middle = file.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            middle.is_some_and(|middle| !middle.contains('/'))
        }
        None => file == path,
    };
    let mut found = files.iter().filter(|(file, _)| fits(file)).peekable();
    if found.peek().is_none() && !path.contains('*') {
        return None;
    }
    let text = found.flat_map(|(_, text)| text.lines().take(MAX_LINES));
    Some(text.map(|line| (0, words(line))).filter(|(_, words)| !words.is_empty()).collect())
}
