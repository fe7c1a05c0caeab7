//! Edits of one object's text that keep its style. Each is checked before it is given out: the text with the edit must read as the
//! object with exactly that change.

use super::path::{FieldPath, Step};
use super::write::{Content, Quotes, block, entry, flow, quoted, word};
use crate::origin::{SourceId, SourceText, Span};
use crate::patch::{Edit, Patch};
use crate::text::outline::{Is, Outline, Stands, outlines};

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Documents with more bytes are not edited.
const MAX_DOCUMENT: usize = 4 << 20;

/// One object of the input, to be edited.
#[derive(Clone, Debug)]
pub struct Editor<'s> {
    source: SourceId,
    /// The text of the object's document, and where it begins in its source.
    text: Cow<'s, str>,
    base: usize,
    root: Outline,
    /// From the document to the object: items of lists.
    route: FieldPath,
}

impl<'s> Editor<'s> {
    /// One more object at the end of a text, as a YAML document of its own; `None` when there is no such text.
    pub fn document(sources: &[SourceText], source: SourceId, content: &Content) -> Option<Patch> {
        let text = &*sources.get(source.0 as usize)?.text;
        let newline = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let separator = if text.trim().is_empty() { "" } else { "---\n" };
        let at = u32::try_from(text.len()).ok()?;
        Some(Patch::replace(
            Span { source, start: at, end: at },
            format!("{newline}{separator}{}\n", block(content, 0)),
        ))
    }

    /// The object whose text stands at `span`; `None` when no object does (it was assumed, or stands inside another one's text) or its
    /// document is larger than 4 MiB.
    pub fn new(sources: &'s [SourceText], span: Span) -> Option<Self> {
        let text = &*sources.get(span.source.0 as usize)?.text;
        let (start, end) = (span.start as usize, span.end as usize);
        let base = text.get(..start)?.rfind("\n---").map_or(0, |at| at + 1);
        let end = text.get(end..)?.find("\n---").map_or(text.len(), |at| end + at + 1);
        let document = text.get(base..end).filter(|text| text.len() <= MAX_DOCUMENT)?;
        let at = start - base;
        let found = outlines(document).into_iter().find_map(|root| {
            let route = route(&root, at)?;
            Some((root, route))
        });
        let (root, route) = found?;
        Some(Self { source: span.source, text: Cow::Borrowed(document), base, root, route })
    }

    /// The object alone, to look up places: what it costs does not grow with the document. Its edits know nothing of what is around it.
    pub fn reader(sources: &'s [SourceText], span: Span) -> Option<Self> {
        let text = &*sources.get(span.source.0 as usize)?.text;
        let (start, end) = (span.start as usize, span.end as usize);
        let line = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let own = text.get(start..end).filter(|own| own.len() <= MAX_DOCUMENT)?;
        // What stands before it on its line is blank here, so that all lines are indented as they are.
        let indented = format!("{}{own}", " ".repeat(start - line));
        let alone = outlines(&indented).into_iter().next().filter(|root| root.span.start == start - line);
        let Some(root) = alone else { return Self::new(sources, span) };
        Some(Self { source: span.source, text: Cow::Owned(indented), base: line, root, route: FieldPath::default() })
    }

    /// A whole text with one document, to be read.
    pub fn of_text(text: &'s str) -> Option<Self> {
        let root = outlines(text).into_iter().next()?;
        let source = SourceId::default();
        Some(Self { source, text: Cow::Borrowed(text), base: 0, root, route: FieldPath::default() })
    }

    /// The document around a place, and the path in it of what begins there and is of that kind. `None` where nothing does: what stands
    /// inside a text has no path.
    pub fn around(sources: &'s [SourceText], place: Span, stands: Stands) -> Option<(Self, FieldPath)> {
        let text = &*sources.get(place.source.0 as usize)?.text;
        let start = place.start as usize;
        let base = text.get(..start)?.rfind("\n---").map_or(0, |at| at + 1);
        let end = text.get(start..)?.find("\n---").map_or(text.len(), |at| start + at + 1);
        let document = text.get(base..end).filter(|text| text.len() <= MAX_DOCUMENT)?;
        let found = outlines(document).into_iter().find_map(|root| {
            let path = begins(&root, start - base, stands)?;
            Some((root, path))
        });
        let (root, path) = found?;
        let (text, route) = (Cow::Borrowed(document), FieldPath::default());
        Some((Self { source: place.source, text, base, root, route }, path))
    }

    /// True when the field is there, and not null.
    pub fn has(&self, path: impl Into<FieldPath>) -> bool {
        self.found(&path.into()).is_some_and(|found| found.is != Is::Null)
    }

    /// The text of a field; `None` for everything that is not text.
    pub fn text(&self, path: impl Into<FieldPath>) -> Option<&str> {
        match &self.found(&path.into())?.is {
            Is::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number in a field; `None` for everything else.
    pub fn number(&self, path: impl Into<FieldPath>) -> Option<i64> {
        match self.found(&path.into())?.is {
            Is::Int(number) => Some(number),
            _ => None,
        }
    }

    /// How many items the list at a path has; 0 for everything that is no list.
    pub fn length(&self, path: impl Into<FieldPath>) -> usize {
        match self.found(&path.into()).map(|found| &found.is) {
            Some(Is::List(items)) => items.len(),
            _ => 0,
        }
    }

    /// Keys of the mapping at a path.
    pub fn keys(&self, path: impl Into<FieldPath>) -> Vec<&str> {
        match self.found(&path.into()).map(|found| &found.is) {
            Some(Is::Map(entries)) => entries.iter().map(|(_, key, _)| &**key).collect(),
            _ => Vec::new(),
        }
    }

    /// Where a field stands: a scalar itself, a mapping or list from its key on. A field that is not there stands where the nearest one
    /// around it does.
    pub fn span(&self, path: impl Into<FieldPath>) -> Span {
        let path = self.whole(&path.into());
        let (mut here, mut start) = (&self.root, self.root.span.start);
        for (index, step) in path.0.iter().enumerate() {
            let Some((key, next)) = child(here, step) else { break };
            let scalar = !matches!(next.is, Is::List(_) | Is::Map(_));
            let inside = index < self.route.0.len();
            start = match key {
                _ if inside => next.span.start,
                Some(key) if !scalar || next.is == Is::Null => key.start,
                _ => next.span.start,
            };
            here = next;
        }
        let end = here.span.end.max(start);
        self.place(start..end)
    }

    /// Gives a field a value, whether it was there or not. `None` where the text cannot be changed so.
    pub fn set(&self, path: impl Into<FieldPath>, content: Content) -> Option<Patch> {
        let path = self.whole(&path.into());
        let wanted = with(&self.root, &path.0, &content)?;
        // As far as it is there.
        let mut there = 0;
        while there < path.0.len() && find(&self.root, path.0.get(..=there)?).is_some() {
            there += 1;
        }
        let (known, missing) = path.0.split_at(there);
        let here = find(&self.root, known)?;
        let Some((first, deeper)) = missing.split_first() else {
            return self.checked(self.replacing(known, here, &content), &wanted);
        };
        let nested = nest(deeper, &content);
        match (&here.is, first) {
            (Is::Map(entries), Step::Key(key)) => {
                let edits = self.key(here, entries, key, &nested);
                self.checked(edits, &wanted)
            }
            (Is::List(items), Step::At(at)) if *at == items.len() => {
                let edits = self.item(here, items, &nested);
                self.checked(edits, &wanted)
            }
            (Is::Null, Step::Key(_) | Step::At(0)) => {
                let nested = nest(missing, &content);
                self.checked(self.replacing(known, here, &nested), &wanted)
            }
            _ => None,
        }
    }

    /// Adds an item to the end of a list, which is made if there is none.
    pub fn push(&self, path: impl Into<FieldPath>, content: Content) -> Option<Patch> {
        let path = path.into();
        let length = self.length(path.clone());
        self.set(path.at(length), content)
    }

    /// Takes a field or an item of a list away. `None` when it is not there.
    pub fn remove(&self, path: impl Into<FieldPath>) -> Option<Patch> {
        let path = self.whole(&path.into());
        let (last, parent) = path.0.split_last()?;
        let wanted = without(&self.root, &path.0)?;
        let around = find(&self.root, parent)?;
        let stretches: Vec<(usize, usize)> = match &around.is {
            Is::Map(entries) => entries.iter().map(|(key, _, value)| (key.start, end_of(key, value))).collect(),
            Is::List(items) => items.iter().map(|item| (item.span.start, item.span.end)).collect(),
            _ => return None,
        };
        let index = match (&around.is, last) {
            (Is::Map(entries), Step::Key(name)) => entries.iter().position(|(_, key, _)| **key == **name)?,
            (_, Step::At(at)) => *at,
            _ => return None,
        };
        let (start, end) = *stretches.get(index)?;
        if stretches.len() == 1 {
            let empty =
                if matches!(around.is, Is::Map(_)) { Content::Map(Vec::new()) } else { Content::List(Vec::new()) };
            return self.checked(self.replacing(parent, around, &empty), &wanted);
        }
        let next = stretches.get(index + 1).map(|next| next.0);
        let range = if self.is_flow(around) {
            match next {
                Some(next) => start..next,
                None => stretches.get(index.checked_sub(1)?)?.1..end,
            }
        } else {
            let dash = if matches!(around.is, Is::List(_)) { self.dash(start)? } else { start };
            let line = self.line_start(dash);
            if self.text.get(line..dash)?.trim().is_empty() {
                // Whole lines.
                let behind = self.text.get(end..)?.find('\n').map_or(self.text.len(), |at| end + at + 1);
                let line =
                    if behind == self.text.len() && !self.text.ends_with('\n') { line.saturating_sub(1) } else { line };
                line..behind
            } else {
                start..next?
            }
        };
        self.checked(vec![vec![(range, String::new())]], &wanted)
    }

    fn found(&self, path: &FieldPath) -> Option<&Outline> {
        find(&self.root, &self.whole(path).0)
    }

    fn whole(&self, path: &FieldPath) -> FieldPath {
        FieldPath(self.route.0.iter().chain(&path.0).cloned().collect())
    }

    fn place(&self, range: Range<usize>) -> Span {
        let at = |offset: usize| (self.base + offset) as u32;
        Span { source: self.source, start: at(range.start), end: at(range.end) }
    }

    /// The first of these ways that changes the document to what is wanted.
    fn checked(&self, ways: Vec<Edits>, wanted: &Outline) -> Option<Patch> {
        let others = outlines(&self.text);
        ways.into_iter().find_map(|edits| {
            let mut text = String::new();
            let mut at = 0;
            for (range, new) in &edits {
                text.push_str(self.text.get(at..range.start)?);
                text.push_str(new);
                at = range.end;
            }
            text.push_str(self.text.get(at..)?);
            let now = outlines(&text);
            let right = now.len() == others.len()
                && now.iter().zip(&others).all(|(now, before)| {
                    let changed = before.span == self.root.span;
                    same(now, if changed { wanted } else { before })
                });
            let edit = |(range, text): (Range<usize>, String)| Edit { span: self.place(range), text: Arc::from(text) };
            right.then(|| Patch::new(edits.into_iter().map(edit).collect())).flatten()
        })
    }

    /// Ways to write another value where one stands.
    fn replacing(&self, path: &[Step], here: &Outline, content: &Content) -> Vec<Edits> {
        let old = self.text.get(here.span.clone()).unwrap_or_default();
        let quotes = self.quotes();
        let new = match content {
            Content::Text(text) if old.starts_with('"') => quoted(text),
            Content::Text(text) if old.starts_with('\'') && !text.contains(['\'', '\n']) => format!("'{text}'"),
            content => flow(content, quotes),
        };
        let mut ways = Vec::new();
        let scalar = !matches!(here.is, Is::List(_) | Is::Map(_));
        if (scalar && !old.is_empty()) || self.is_flow(here) {
            ways.push(vec![(here.span.clone(), new.clone())]);
        }
        // Behind its key, up to its end.
        let key = path.split_last().and_then(|(last, parent)| child(find(&self.root, parent)?, last)?.0);
        if let Some(key) = key {
            let colon = self.text.get(key.end..).unwrap_or_default();
            let colon = key.end + colon.find(':').map_or(0, |at| at + 1);
            let end = here.span.end.max(colon);
            let end = if here.is == Is::Null && old.is_empty() { colon } else { end };
            if let Content::Text(text) = content
                && let Some(literal) = self.text.get(colon..end).and_then(|old| in_block(old, text))
            {
                // Whether its last line break belongs to it is for who reads it back.
                ways.insert(0, vec![(colon..end, format!("{literal}\n"))]);
                ways.insert(0, vec![(colon..end, literal)]);
            }
            let structured = matches!(content, Content::List(items) if !items.is_empty())
                || matches!(content, Content::Map(entries) if !entries.is_empty());
            if structured && quotes == Quotes::Needed {
                let indent = self.column(key.start) + 2;
                let written =
                    format!("{}{}{}", self.newline(), " ".repeat(indent), self.lines(&block(content, indent)));
                ways.push(vec![(colon..end, written)]);
            }
            ways.push(vec![(colon..end, format!(" {new}"))]);
        } else if !scalar && quotes == Quotes::Needed && !self.is_flow(here) {
            // An item of a list in block style: from its first line on, which stands behind the dash.
            let indent = self.column(here.span.start);
            let old = self.text.get(here.span.clone()).unwrap_or_default();
            let end = here.span.start + old.trim_end().len();
            ways.push(vec![(here.span.start..end, self.lines(&block(content, indent)))]);
            ways.push(vec![(here.span.start..end, new)]);
        }
        ways
    }

    /// Ways to write a key that the mapping does not have.
    fn key(
        &self,
        map: &Outline,
        entries: &[(Range<usize>, String, Outline)],
        key: &str,
        content: &Content,
    ) -> Vec<Edits> {
        let quotes = self.quotes();
        if self.is_flow(map) {
            let new = format!("{}: {}", word(key, quotes), flow(content, quotes));
            let stretches: Vec<_> = entries.iter().map(|(key, _, value)| (key.start, end_of(key, value))).collect();
            return self.in_flow(map, &stretches, &new);
        }
        let Some((first, ..)) = entries.first() else { return Vec::new() };
        let indent = self.column(first.start);
        let new = self.lines(&entry(key, content, indent));
        let end = entries.iter().map(|(key, _, value)| end_of(key, value)).max().unwrap_or(map.span.end);
        let behind = self.line_end(end);
        let margin = " ".repeat(indent);
        vec![
            vec![(behind..behind, format!("{}{margin}{new}", self.newline()))],
            vec![(first.start..first.start, format!("{new}{}{margin}", self.newline()))],
        ]
    }

    /// Ways to write one more item.
    fn item(&self, list: &Outline, items: &[Outline], content: &Content) -> Vec<Edits> {
        if self.is_flow(list) {
            let stretches: Vec<_> = items.iter().map(|item| (item.span.start, item.span.end)).collect();
            return self.in_flow(list, &stretches, &flow(content, self.quotes()));
        }
        let (Some(first), Some(last)) = (items.first(), items.last()) else { return Vec::new() };
        let Some(dash) = self.dash(first.span.start) else { return Vec::new() };
        let indent = self.column(dash);
        let new = self.lines(&format!("- {}", block(content, indent + 2)));
        let behind = self.line_end(last.span.end);
        let margin = " ".repeat(indent);
        vec![
            vec![(behind..behind, format!("{}{margin}{new}", self.newline()))],
            vec![(dash..dash, format!("{new}{}{margin}", self.newline()))],
        ]
    }

    /// Ways to write one more thing between brackets, where others stand in `stretches`.
    fn in_flow(&self, around: &Outline, stretches: &[(usize, usize)], new: &str) -> Vec<Edits> {
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else {
            let old = self.text.get(around.span.clone()).unwrap_or_default();
            let (open, close) = if old.starts_with('[') { ('[', ']') } else { ('{', '}') };
            return vec![vec![(around.span.clone(), format!("{open}{new}{close}"))]];
        };
        let lead = self.text.get(around.span.start + 1..first.0).unwrap_or_default();
        let gap = if lead.contains('\n') && lead.trim().is_empty() { lead } else { " " };
        vec![vec![(last.1..last.1, format!(",{gap}{new}"))], vec![(first.0..first.0, format!("{new},{gap}"))]]
    }

    fn is_flow(&self, node: &Outline) -> bool {
        // A list without an indent of its own starts where its first item does, which may be in brackets.
        let first = self.text.as_bytes().get(node.span.start);
        matches!((&node.is, first), (Is::List(_), Some(b'[')) | (Is::Map(_), Some(b'{')))
    }

    /// A document in brackets whose keys are quoted is JSON.
    fn quotes(&self) -> Quotes {
        let quoted = |root: &Outline| match &root.is {
            Is::Map(entries) => {
                entries.first().is_some_and(|(key, ..)| self.text.as_bytes().get(key.start) == Some(&b'"'))
            }
            _ => false,
        };
        let first = match &self.root.is {
            Is::List(items) => items.first(),
            _ => Some(&self.root),
        };
        if self.is_flow(&self.root) && first.is_some_and(quoted) { Quotes::Json } else { Quotes::Needed }
    }

    /// The dash before an item.
    fn dash(&self, item: usize) -> Option<usize> {
        let before = self.text.get(..item)?.trim_end();
        before.ends_with('-').then(|| before.len() - 1)
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// Behind the last character of the line.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }

    fn column(&self, at: usize) -> usize {
        let line = self.text.get(self.line_start(at)..at).unwrap_or_default();
        line.strip_prefix('\u{feff}').unwrap_or(line).chars().count()
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn lines(&self, text: &str) -> String {
        text.replace('\n', self.newline())
    }
}

/// Stretches of a document with what replaces them.
type Edits = Vec<(Range<usize>, String)>;

/// Where an entry ends; a value that stands elsewhere (an alias) ends with its key.
fn end_of(key: &Range<usize>, value: &Outline) -> usize {
    if value.span.start >= key.end { value.span.end } else { key.end }
}

fn child<'o>(node: &'o Outline, step: &Step) -> Option<(Option<&'o Range<usize>>, &'o Outline)> {
    match (&node.is, step) {
        (Is::Map(entries), Step::Key(name)) => {
            entries.iter().find(|(_, key, _)| **key == **name).map(|(at, _, value)| (Some(at), value))
        }
        // A key of digits only.
        (Is::Map(entries), Step::At(number)) => {
            let name = number.to_string();
            entries.iter().find(|(_, key, _)| *key == name).map(|(at, _, value)| (Some(at), value))
        }
        (Is::List(items), Step::At(at)) => items.get(*at).map(|item| (None, item)),
        _ => None,
    }
}

fn find<'o>(node: &'o Outline, path: &[Step]) -> Option<&'o Outline> {
    path.iter().try_fold(node, |node, step| Some(child(node, step)?.1))
}

/// From a document to the outermost mapping that begins at byte `at`.
fn route(node: &Outline, at: usize) -> Option<FieldPath> {
    match &node.is {
        Is::Map(_) if node.span.start == at => Some(FieldPath::default()),
        Is::Map(entries) => entries.iter().find_map(|(_, key, value)| {
            let mut path = vec![Step::Key(Arc::from(&**key))];
            path.extend(route(value, at)?.0);
            Some(FieldPath(path))
        }),
        Is::List(items) => items.iter().enumerate().find_map(|(index, item)| {
            let mut path = vec![Step::At(index)];
            path.extend(route(item, at)?.0);
            Some(FieldPath(path))
        }),
        _ => None,
    }
}

/// The path of what begins at `at` and is of that kind.
fn begins(node: &Outline, at: usize, stands: Stands) -> Option<FieldPath> {
    if node.span.start == at && Stands::of(&node.is) == stands {
        return Some(FieldPath::default());
    }
    let below = |step: Step, value: &Outline| {
        let rest = begins(value, at, stands)?;
        Some(FieldPath(std::iter::once(step).chain(rest.0).collect()))
    };
    match &node.is {
        Is::Map(entries) => entries.iter().find_map(|(_, key, value)| below(Step::Key(Arc::from(&**key)), value)),
        Is::List(items) => items.iter().enumerate().find_map(|(index, item)| below(Step::At(index), item)),
        _ => None,
    }
}

/// The value at the end of missing steps.
fn nest(missing: &[Step], content: &Content) -> Content {
    missing.iter().rev().fold(content.clone(), |inner, step| match step {
        Step::Key(key) => Content::Map(vec![(key.clone(), inner)]),
        Step::At(_) => Content::List(vec![inner]),
    })
}

/// The same tree with that value.
fn with(node: &Outline, path: &[Step], content: &Content) -> Option<Outline> {
    let Some((step, rest)) = path.split_first() else { return Some(content.outline()) };
    let mut node = node.clone();
    if node.is == Is::Null {
        return Some(nest(path, content).outline());
    }
    match (&mut node.is, step) {
        (Is::Map(entries), step) => {
            let name = match step {
                Step::Key(key) => key.to_string(),
                Step::At(number) => number.to_string(),
            };
            match entries.iter_mut().find(|(_, key, _)| *key == name) {
                Some((.., value)) => *value = with(value, rest, content)?,
                None => entries.push((0..0, name, nest(rest, content).outline())),
            }
        }
        (Is::List(items), Step::At(at)) if *at == items.len() => items.push(nest(rest, content).outline()),
        (Is::List(items), Step::At(at)) => {
            let item = items.get_mut(*at)?;
            *item = with(item, rest, content)?;
        }
        _ => return None,
    }
    Some(node)
}

/// The same tree without that value.
fn without(node: &Outline, path: &[Step]) -> Option<Outline> {
    let (step, rest) = path.split_first()?;
    let mut node = node.clone();
    match (&mut node.is, step) {
        (Is::Map(entries), Step::Key(name)) => {
            let at = entries.iter().position(|(_, key, _)| **key == **name)?;
            if rest.is_empty() {
                entries.remove(at);
            } else {
                let (.., value) = entries.get_mut(at)?;
                *value = without(value, rest)?;
            }
        }
        (Is::List(items), Step::At(at)) if rest.is_empty() && *at < items.len() => {
            items.remove(*at);
        }
        (Is::List(items), Step::At(at)) => {
            let item = items.get_mut(*at)?;
            *item = without(item, rest)?;
        }
        _ => return None,
    }
    Some(node)
}

/// Equal whatever the places and the order of keys.
fn same(a: &Outline, b: &Outline) -> bool {
    match (&a.is, &b.is) {
        (Is::List(a), Is::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Is::Map(a), Is::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(_, key, value)| {
                    b.iter().find(|(_, other, _)| other == key).is_some_and(|(.., other)| same(value, other))
                })
        }
        (a, b) => a == b,
    }
}

/// A text of several lines in place of one that stands in a literal block (`|`), which begins behind its key's colon: its lines keep their
/// indentation.
fn in_block(old: &str, text: &str) -> Option<String> {
    let (header, lines) = old.split_once('\n')?;
    if !header.trim_start().starts_with('|') || !text.contains('\n') {
        return None;
    }
    let first = lines.lines().find(|line| !line.trim().is_empty())?;
    let indent = " ".repeat(first.len() - first.trim_start_matches(' ').len());
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{indent}{line}") };
    let lines: Vec<String> = text.lines().map(line).collect();
    Some(format!("{header}\n{}", lines.join("\n")))
}
