//! A few lines of a manifest with one marked.

use kubernetes::manifest::Parsed;
use kubernetes::origin::Location;

/// Lines of a text, for a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// `file:line:col` of what is marked.
    pub place: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Number, from 1.
    pub number: u32,
    /// Text before what is marked.
    pub before: String,
    /// What is marked; empty on lines around it.
    pub marked: String,
    /// Text behind it.
    pub after: String,
    /// The line is (part of) what is meant.
    pub hit: bool,
}

/// Longest part of a line that is shown, in characters.
const WIDTH: usize = 200;

/// The lines around a place, as far as they are of the same document and, in a list, of the same item.
pub fn at(parsed: &Parsed, location: &Location, context: u32) -> Option<Lines> {
    let snippet = parsed.snippet_at(location, context as usize)?;
    let line = |line: &kubernetes::manifest::SnippetLine| Line {
        number: line.number,
        before: line.text.chars().take(WIDTH).collect(),
        hit: line.number == location.line,
        ..Line::default()
    };
    Some(Lines { place: location.to_string(), lines: snippet.lines.iter().map(line).collect() })
}

/// The lines of a finding.
pub fn of(snippet: &kubernetes::manifest::Snippet, place: String) -> Lines {
    let line = |line: &kubernetes::manifest::SnippetLine| {
        let cut = |text: &str| text.chars().take(WIDTH).collect::<String>();
        let marked = line.marked.clone().filter(|range| line.text.get(range.clone()).is_some());
        match marked {
            Some(range) => Line {
                number: line.number,
                before: cut(&line.text[..range.start]),
                marked: cut(&line.text[range.clone()]),
                after: cut(&line.text[range.end..]),
                hit: true,
            },
            None => Line { number: line.number, before: cut(&line.text), ..Line::default() },
        }
    };
    Lines { place, lines: snippet.lines.iter().map(line).collect() }
}
