//! An input that is changed in a form: the parts of it that stand in the editor, and what the changed texts make of it.
//!
//! A file is one part where all of it fits; of a larger one the part is the document (of a list the item) of a line that is asked for. A part
//! is found again by where it begins: what is stored under an id never changes.

use crate::error::Error;
use crate::store::File;
use kubernetes::manifest::Parsed;
use kubernetes::origin::{SourceId, Span};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of all parts in one editor: compressed they leave room for the rest of a page.
const ROOM: usize = 192 << 10;
/// Parts in one editor.
const PARTS: usize = 30;
/// Bytes of a form at most: what is typed beyond what an editor shows is taken, and shown again if it cannot be used.
pub const MOST: usize = 1 << 20;

/// A line that the editor opens at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Index of the file.
    pub file: usize,
    /// Bytes of it.
    pub range: Range<usize>,
    /// All of the file.
    pub whole: bool,
    /// Line of the file that it begins in, from 1.
    pub line: u32,
}

/// Prefix of the names of fields.
const FIELD: &str = "text-";

impl Part {
    /// Name of its field in the form: the file, and where the part begins where it is not all of it.
    pub fn field(&self) -> String {
        if self.whole { format!("{FIELD}{}", self.file) } else { format!("{FIELD}{}-{}", self.file, self.range.start) }
    }
}

/// What a form brought: texts by the names of their fields.
pub type Texts = BTreeMap<String, String>;

/// True for the name of a field that may hold a part.
pub fn is_field(name: &str) -> bool {
    read_field(name).is_some()
}

/// The file and, where it is not all of it, the beginning of a part.
fn read_field(name: &str) -> Option<(usize, Option<usize>)> {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    match name.strip_prefix(FIELD)?.split_once('-') {
        Some((file, start)) => Some((number(file)?, Some(number(start)?))),
        None => Some((number(name.strip_prefix(FIELD)?)?, None)),
    }
}

/// What stands in the editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Those that fit: first the files of the places, in their order.
    pub parts: Vec<Part>,
    /// Files without a part, and whether one would have a part if a line of it was asked for.
    pub left_out: Vec<(usize, bool)>,
}

/// The parts of an input that stand in an editor that opens at some places.
pub fn parts(files: &[File], parsed: &Parsed, places: &[Place]) -> Parts {
    let index = |place: &Place| files.iter().position(|file| file.name == place.file).map(|file| (file, place.line));
    let mut order: Vec<(usize, u32)> = Vec::new();
    let all = (0..files.len()).map(|file| (file, 0));
    for (file, line) in places.iter().filter_map(index).chain(all) {
        if order.iter().all(|(own, _)| *own != file) {
            order.push((file, line));
        }
    }
    let (mut made, mut room) = (Parts::default(), ROOM);
    for (file, line) in order {
        let text = files.get(file).map_or("", |file| file.text.as_str());
        let part = match text.len() <= ROOM {
            true => Some(Part { file, range: 0..text.len(), whole: true, line: 1 }),
            false => (line > 0).then(|| around(parsed, file, text, line)).flatten(),
        };
        match part.filter(|part| part.range.len() <= room && made.parts.len() < PARTS) {
            Some(part) => {
                room -= part.range.len();
                made.parts.push(part);
            }
            None => made.left_out.push((file, text.len() <= ROOM)),
        }
    }
    made.left_out.sort_unstable();
    made
}

/// The document or item of a line.
fn around(parsed: &Parsed, file: usize, text: &str, line: u32) -> Option<Part> {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.nth(line.saturating_sub(1) as usize)?;
    // Behind its indent: before it a line may still belong to the one above.
    let own = text.get(start..)?;
    let at = start + own.len() - own.trim_start_matches([' ', '-']).len();
    part_at(parsed, file, text, at.min(text.len().saturating_sub(1)))
}

fn part_at(parsed: &Parsed, file: usize, text: &str, at: usize) -> Option<Part> {
    let span = Span { source: SourceId(file as u32), start: at as u32, end: at as u32 };
    let range = parsed.shown_with(span)?;
    let before = text.get(..range.start)?;
    text.get(range.clone())?;
    Some(Part { file, line: before.matches('\n').count() as u32 + 1, range, whole: false })
}

/// The files with the texts of a form in place of what they were made of. A form ends lines as it likes: a text of which nothing else was
/// changed is what it was.
///
/// # Errors
/// [`Error::Form`] for a field that belongs to no part.
pub fn changed(files: &[File], parsed: &Parsed, texts: &Texts) -> Result<Vec<File>, Error> {
    let mut made = files.to_vec();
    // From behind, so that what stands before keeps its place.
    let mut all: Vec<((usize, Option<usize>), &str)> = Vec::new();
    for (name, text) in texts {
        let unknown = || Error::Form(format!("{name}?"));
        all.push((read_field(name).ok_or_else(unknown)?, text));
    }
    all.sort_unstable();
    for ((file, start), text) in all.into_iter().rev() {
        let unknown = || Error::Form(format!("{FIELD}{file}?"));
        let own = files.get(file).ok_or_else(unknown)?;
        let range = match start {
            None => 0..own.text.len(),
            Some(start) => {
                let part = part_at(parsed, file, &own.text, start).filter(|part| part.range.start == start);
                part.ok_or_else(unknown)?.range
            }
        };
        let before = own.text.get(range.clone()).unwrap_or_default();
        let target = made.get_mut(file).ok_or_else(unknown)?;
        // A whole file beside a part of it would overwrite that.
        if target.text.get(range.clone()) != Some(before) {
            return Err(unknown());
        }
        target.text.replace_range(range, &written(before, text, start.is_some()));
    }
    Ok(made)
}

/// A text as it came out of a form, with the ends of lines that it had before; within a file its last line keeps its end.
fn written(before: &str, posted: &str, within: bool) -> String {
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let mut posted = plain(posted);
    if posted == plain(before) {
        return before.to_owned();
    }
    if within && before.ends_with('\n') && !posted.ends_with('\n') {
        posted.push('\n');
    }
    if before.contains("\r\n") { posted.replace('\n', "\r\n") } else { posted }
}

/// The first line that differs between two versions of an input: in the newer one.
pub fn first_change(before: &[File], after: &[File]) -> Option<Place> {
    let changed = after.iter().filter_map(|file| {
        let old = before.iter().find(|old| old.name == file.name).map_or("", |old| old.text.as_str());
        (old != file.text).then_some((old, file))
    });
    let (old, file) = changed.min_by_key(|(_, file)| after.iter().position(|own| own.name == file.name))?;
    let same = old.lines().zip(file.text.lines()).take_while(|(old, new)| old == new).count();
    let last = file.text.lines().count().max(1);
    Some(Place { file: file.name.clone(), line: (same + 1).min(last) as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;
    use kubernetes::manifest::{self, Limits};

    fn file(name: &str, text: &str) -> File {
        File { name: name.to_owned(), text: text.to_owned() }
    }

    fn parsed(files: &[File]) -> Parsed {
        manifest::parse(&input::sources(files), &Limits::default())
    }

    fn pod(name: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, image: i}}]}}\n"
        )
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_the_place_comes_first() {
        let big = (0..4_000).map(|at| pod(&format!("p{at}"))).collect::<Vec<_>>().join("---\n");
        let files = [file("a.yaml", &pod("a")), file("big.yaml", &big), file("b.yaml", &pod("b"))];
        let parsed = parsed(&files);
        let all = parts(&files, &parsed, &[]);
        assert_eq!(all.parts.iter().map(Part::field).collect::<Vec<_>>(), ["text-0", "text-2"]);
        assert_eq!(all.left_out, [(1, false)]);
        let at = |file: &str, line| [Place { file: file.to_owned(), line }];
        assert_eq!(parts(&files, &parsed, &at("b.yaml", 2)).parts[0].file, 2);
        // Of a large file the document of the line.
        let near = parts(&files, &parsed, &at("big.yaml", 8));
        let part = &near.parts[0];
        assert_eq!(big.get(part.range.clone()).unwrap().trim_end_matches("---\n").trim(), pod("p1").trim());
        assert!(!part.whole && part.line <= 8 && near.left_out.is_empty(), "{part:?}");
        let texts: Texts = [(part.field(), pod("other").replace('\n', "\r\n"))].into();
        let made = changed(&files, &parsed, &texts).unwrap();
        assert!(
            made[1].text.contains("name: other")
                && made[1].text.contains("name: p0")
                && made[1].text.contains("name: p2")
        );
        assert!(!made[1].text.contains("name: p1}") && !made[1].text.contains('\r'));
        assert_eq!(first_change(&files, &made), Some(Place { file: "big.yaml".to_owned(), line: 8 }));
    }

    #[test]
    fn ends_of_lines_are_what_they_were() {
        let files = [file("a.yaml", "a: 1\r\nb: 2\r\n"), file("b.yaml", "a: 1\nb: 2")];
        let parsed = parsed(&files);
        let with = |field: &str, text: &str| changed(&files, &parsed, &[(field.to_owned(), text.to_owned())].into());
        assert_eq!(with("text-0", "a: 1\nb: 2\n").unwrap(), files);
        assert_eq!(with("text-1", "a: 1\r\nb: 2").unwrap(), files);
        assert_eq!(with("text-0", "a: 1\r\nb: 3\r\n").unwrap()[0].text, "a: 1\r\nb: 3\r\n");
        assert_eq!(with("text-1", "a: 1\r\nb: 3").unwrap()[1].text, "a: 1\nb: 3");
        for wrong in ["text-2", "text-0-3", "text-", "text-x", "text-1-99999999"] {
            assert!(with(wrong, "").is_err(), "{wrong}");
        }
    }
}
