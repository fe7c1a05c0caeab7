//! `/s/{id}/versions`: what was changed since the version that a scenario was made of.

use super::fix;
use crate::about;
use crate::answer;
use crate::error::Error;
use crate::scenario;
use crate::state::AppState;
use crate::store::File;
use crate::visitor::Visitor;
use crate::{input, limits};
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use kubernetes::budget::Budget;
use kubernetes::manifest::{self, Limits, Parsed, Progress};
use kubernetes::origin::{SourceId, Span};
use similar::{Algorithm, ChangeTag, TextDiff, capture_diff_slices_deadline};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use web::page::share::{self, DiffLine, DiffLineKind};
use web::{gallery, url};

/// Lines around a change that are shown with it.
const AROUND: usize = 3;
/// Longest time for the shortest difference; then a longer one will do.
const LONGEST: Duration = Duration::from_secs(2);
/// Lines that are shown at most.
const LINES: usize = 20_000;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let entry = scenario::entry(&state, &id).await?;
        let parent = entry.parent.clone().ok_or(Error::NotFound)?;
        let before_name = match gallery::find(&parent) {
            Some(_) => visitor.chrome.t(&format!("ready-{parent}-title")),
            None => match state.course.of_scenario(&parent) {
                Some(lesson) => lesson.word(visitor.chrome.lang, "title"),
                None => scenario::entry(&state, &parent).await?.name,
            },
        };
        let (before, after) = (fix::texts_of(&state, &parent, "").await?, fix::texts_of(&state, &id, "").await?);
        let limits = limits::manifests(&state.config);
        let work = move |budget: &Budget| {
            let (before, after) = (before.files()?, after.files()?);
            difference(&Version::of(&before, &limits, budget)?, &Version::of(&after, &limits, budget)?, budget)
        };
        let lines = state.pool.run_within(work).await??;
        let (before_path, after_path) = (url::scenario(&parent), url::scenario(&id));
        let input =
            share::Versions { before: (&before_name, &before_path), after: (&entry.name, &after_path), lines: &lines };
        let chrome = web::page::Chrome { about: about::private(), ..visitor.chrome.clone() };
        Ok(Html(share::versions(&chrome, input)?).into_response())
    };
    answer::page(&visitor, answer.await)
}

/// The files of one version, read: what stands in which document is known.
struct Version<'f> {
    files: BTreeMap<&'f str, (usize, &'f str)>,
    parsed: Parsed,
}

impl<'f> Version<'f> {
    fn of(files: &'f [File], limits: &Limits, budget: &Budget) -> Result<Self, Error> {
        let parsed = manifest::parse_within(&input::sources(files), limits, &Progress::within(budget.clone()))?;
        let files = files.iter().enumerate().map(|(at, file)| (file.name.as_str(), (at, file.text.as_str())));
        Ok(Self { files: files.collect(), parsed })
    }

    /// A file, empty where there is none of that name, with the document or item that each line belongs to.
    fn file(&self, name: &str) -> (&'f str, Parts<'_>) {
        let (index, text) = self.files.get(name).copied().unwrap_or((usize::MAX, ""));
        (text, Parts { parsed: &self.parsed, index, part: None })
    }
}

/// What lines belong to; asked in order.
struct Parts<'p> {
    parsed: &'p Parsed,
    index: usize,
    part: Option<Range<usize>>,
}

impl Parts<'_> {
    /// Where the part begins that a line from byte `at` on stands in.
    fn of(&mut self, line: &str, at: usize) -> usize {
        let at = at + (line.len() - line.trim_start().len()).min(line.len().saturating_sub(1));
        match &self.part {
            Some(part) if part.contains(&at) => part.start,
            _ => {
                let place = Span { source: SourceId(self.index as u32), start: at as u32, end: at as u32 };
                let part = self.parsed.shown_with(place).unwrap_or(at..at + 1);
                self.part = Some(part.clone());
                part.start
            }
        }
    }
}

/// A line of one file or of both.
struct Line<'t> {
    kind: ChangeTag,
    text: &'t str,
    /// Its numbers, from 0, before and after.
    numbers: (usize, usize),
    /// What it belongs to, before and after.
    parts: (Option<usize>, Option<usize>),
}

impl Line<'_> {
    fn is_change(&self) -> bool {
        self.kind != ChangeTag::Equal
    }

    /// True when both belong to the same in either version.
    fn is_beside(&self, other: &Self) -> bool {
        let same = |a: Option<usize>, b: Option<usize>| a.is_some() && a == b;
        same(self.parts.0, other.parts.0) || same(self.parts.1, other.parts.1)
    }
}

/// A unified difference of all files, in which the lines around a change never are of another document or item than the change.
fn difference(before: &Version<'_>, after: &Version<'_>, budget: &Budget) -> Result<Vec<DiffLine>, Error> {
    let names: BTreeSet<&str> = before.files.keys().chain(after.files.keys()).copied().collect();
    let mut shown = Vec::new();
    for name in names {
        let ((old, old_parts), (new, new_parts)) = (before.file(name), after.file(name));
        if old == new {
            continue;
        }
        budget.spend(((old.len() + new.len()) / 64) as u64)?;
        shown.push(DiffLine { kind: DiffLineKind::Place, text: format!("--- {name}") });
        shown.push(DiffLine { kind: DiffLineKind::Place, text: format!("+++ {name}") });
        let lines = lines(old, new, old_parts, new_parts);
        hunks(&lines, &mut shown);
        if shown.len() > LINES {
            shown.truncate(LINES);
            shown.push(DiffLine { kind: DiffLineKind::Place, text: "…".to_owned() });
            break;
        }
    }
    Ok(shown)
}

/// The lines of both files. Documents and items that are the same in both are not compared line by line with their neighbours: what came or went
/// between two that begin alike would be told as lines of theirs.
fn lines<'t>(old: &'t str, new: &'t str, old_parts: Parts<'_>, new_parts: Parts<'_>) -> Vec<Line<'t>> {
    let (old, new) = (blocks(old, old_parts), blocks(new, new_parts));
    let texts = |blocks: &[Block<'t>]| blocks.iter().map(|block| block.text).collect::<Vec<&str>>();
    let until = Instant::now() + LONGEST;
    let mut lines = Lines::default();
    for op in capture_diff_slices_deadline(Algorithm::Myers, &texts(&old), &texts(&new), Some(until)) {
        let taken = old.get(op.old_range()).unwrap_or_default();
        let added = new.get(op.new_range()).unwrap_or_default();
        let each =
            |blocks: &[Block<'t>]| blocks.iter().flat_map(Block::lines).map(|(line, _)| line).collect::<Vec<&str>>();
        let (before, after) = (each(taken), each(added));
        let diff = TextDiff::configure().deadline(until).diff_slices(&before, &after);
        let mut sides = (taken.iter().flat_map(Block::lines), added.iter().flat_map(Block::lines));
        for change in diff.iter_all_changes() {
            let kind = change.tag();
            let from_old = if kind == ChangeTag::Insert { None } else { sides.0.next() };
            let from_new = if kind == ChangeTag::Delete { None } else { sides.1.next() };
            lines.add(kind, from_old, from_new);
        }
    }
    lines.all
}

/// Lines that stand in the same document or item.
struct Block<'t> {
    text: &'t str,
    part: usize,
}

impl<'t> Block<'t> {
    fn lines(&self) -> impl Iterator<Item = (&'t str, usize)> {
        let part = self.part;
        self.text.split_inclusive('\n').map(move |line| (line, part))
    }
}

fn blocks<'t>(text: &'t str, mut parts: Parts<'_>) -> Vec<Block<'t>> {
    let mut blocks = Vec::new();
    let (mut at, mut open) = (0, None);
    for line in text.split_inclusive('\n') {
        let part = parts.of(line, at);
        let (start, own) = *open.get_or_insert((at, part));
        if own != part {
            blocks.push(Block { text: text.get(start..at).unwrap_or_default(), part: own });
            open = Some((at, part));
        }
        at += line.len();
    }
    if let Some((start, part)) = open {
        blocks.push(Block { text: text.get(start..).unwrap_or_default(), part });
    }
    blocks
}

#[derive(Default)]
struct Lines<'t> {
    all: Vec<Line<'t>>,
    numbers: (usize, usize),
}

impl<'t> Lines<'t> {
    /// The next line, with what it belongs to on either side.
    fn add(&mut self, kind: ChangeTag, old: Option<(&'t str, usize)>, new: Option<(&'t str, usize)>) {
        let Some((text, _)) = old.or(new) else { return };
        let parts = (old.map(|(_, part)| part), new.map(|(_, part)| part));
        self.all.push(Line { kind, text, numbers: self.numbers, parts });
        self.numbers.0 += usize::from(old.is_some());
        self.numbers.1 += usize::from(new.is_some());
    }
}

/// True for the lines that are shown: changes, and a few around each that belong to the same.
fn wanted(lines: &[Line<'_>]) -> Vec<bool> {
    let mut wanted: Vec<bool> = lines.iter().map(Line::is_change).collect();
    for (at, change) in lines.iter().enumerate().filter(|(_, line)| line.is_change()) {
        let (above, below) = lines.split_at(at);
        let unchanged = |line: &&Line<'_>| !line.is_change() && line.is_beside(change);
        for (step, _) in above.iter().rev().take(AROUND).take_while(unchanged).enumerate() {
            if let Some(mark) = wanted.get_mut(at - 1 - step) {
                *mark = true;
            }
        }
        for (step, _) in below.iter().skip(1).take(AROUND).take_while(unchanged).enumerate() {
            if let Some(mark) = wanted.get_mut(at + 1 + step) {
                *mark = true;
            }
        }
    }
    wanted
}

fn hunks(lines: &[Line<'_>], shown: &mut Vec<DiffLine>) {
    let wanted = wanted(lines);
    let mut at = 0;
    while at < lines.len() {
        let length = wanted.iter().skip(at).take_while(|wanted| **wanted).count();
        let Some(hunk) = lines.get(at..at + length).filter(|hunk| !hunk.is_empty()) else {
            at += 1;
            continue;
        };
        at += length;
        let count = |other: ChangeTag| hunk.iter().filter(|line| line.kind != other).count();
        let (old, new) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
        let (first_old, first_new) = hunk.first().map_or((0, 0), |line| line.numbers);
        // As in a unified diff: a side without a line is named by the line before it.
        let place = |first: usize, count: usize| match count {
            0 => format!("{first},0"),
            1 => format!("{}", first + 1),
            _ => format!("{},{count}", first + 1),
        };
        let text = format!("@@ -{} +{} @@", place(first_old, old), place(first_new, new));
        shown.push(DiffLine { kind: DiffLineKind::Place, text });
        for line in hunk {
            let (kind, sign) = match line.kind {
                ChangeTag::Equal => (DiffLineKind::Same, ' '),
                ChangeTag::Insert => (DiffLineKind::Added, '+'),
                ChangeTag::Delete => (DiffLineKind::Taken, '-'),
            };
            shown.push(DiffLine { kind, text: format!("{sign}{}", line.text.trim_end_matches(['\n', '\r'])) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> Vec<String> {
        let files = |text: &str| vec![File { name: "a.yaml".to_owned(), text: text.to_owned() }];
        let (old, new, budget) = (files(old), files(new), Budget::unlimited());
        let limits = Limits::default();
        let (before, after) =
            (Version::of(&old, &limits, &budget).unwrap(), Version::of(&new, &limits, &budget).unwrap());
        difference(&before, &after, &budget).unwrap().into_iter().map(|line| line.text).collect()
    }

    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: c\n    image: nginx\n";
    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: N3ighbour\n";

    #[test]
    fn a_change_is_shown_with_lines_around_it() {
        let lines = shown(POD, &POD.replace("name: web", "name: shop"));
        let wanted = [
            "--- a.yaml",
            "+++ a.yaml",
            "@@ -1,7 +1,7 @@",
            " apiVersion: v1",
            " kind: Pod",
            " metadata:",
            "-  name: web",
            "+  name: shop",
            " spec:",
            "   containers:",
            "   - name: c",
        ];
        assert_eq!(lines, wanted);
        assert_eq!(shown(POD, POD), Vec::<String>::new());
    }

    #[test]
    fn nothing_of_a_neighbour_is_shown() {
        let list = |items: &[&str]| {
            let item = |text: &&str| format!("- {}", text.trim_end().replace('\n', "\n  "));
            format!("apiVersion: v1\nkind: List\nitems:\n{}\n", items.iter().map(item).collect::<Vec<_>>().join("\n"))
        };
        let documents = |parts: &[&str]| parts.join("---\n");
        let changed = POD.replace("apiVersion: v1", "apiVersion: v1 # first").replace("image: nginx", "image: other");
        for put in [&list as &dyn Fn(&[&str]) -> String, &documents] {
            let lines = shown(&put(&[MAP, POD, MAP]), &put(&[MAP, &changed, MAP]));
            assert!(lines.iter().any(|line| line.ends_with("image: other")), "{lines:#?}");
            assert!(lines.iter().any(|line| line.ends_with("containers:")), "{lines:#?}");
            assert!(!lines.iter().any(|line| line.contains("N3ighbour") || line.contains("ConfigMap")), "{lines:#?}");
            // Whole objects that came or went have none around them.
            for (old, new) in [(put(&[MAP, MAP]), put(&[MAP, POD, MAP])), (put(&[MAP, POD, MAP]), put(&[MAP, MAP]))] {
                let lines = shown(&old, &new);
                assert!(lines.iter().any(|line| line.ends_with("image: nginx")), "{lines:#?}");
                let around = lines.iter().filter(|line| line.starts_with(' ') && line.contains("N3ighbour"));
                assert_eq!(around.count(), 0, "{lines:#?}");
            }
        }
    }

    #[test]
    fn files_that_came_and_went_are_whole() {
        let lines = shown("", POD);
        assert_eq!((lines[2].as_str(), lines.len()), ("@@ -0,0 +1,8 @@", 11));
        assert_eq!(shown(POD, "")[2], "@@ -1,8 +0,0 @@");
    }
}
