//! Two ways beside each other: what came of each, where they part, and their steps in one table. Steps that are alike are folded, and of very
//! long ways the end is left out, so that a page stays small however long they are.

use super::Chrome;
use crate::compare::{Comparison, Row, Told};
use crate::words::StepWords;

/// Elements of the table at most.
const ELEMENTS: usize = 1_800;
/// Rows in a row that are alike and are folded.
const FOLDED: usize = 4;
/// Elements of a row of two cells, and of what a cell says more.
const PAIR: usize = 7;
const MORE: usize = 3;
/// Elements around what is folded, and of each step in it.
const FOLD: usize = 5;
const STEP: usize = 3;

/// What came of a way.
pub(super) struct Side<'a> {
    /// What it is called.
    pub(super) name: String,
    /// What makes it differ, as options of the command line.
    pub(super) options: &'a str,
    /// Its trace; empty where there is none.
    pub(super) href: String,
    /// What it has to tell.
    pub(super) told: Option<&'a Told>,
    /// Why there is nothing to tell.
    pub(super) refused: Option<String>,
}

/// One step in its column.
pub(super) struct Cell<'a> {
    pub(super) step: &'a StepWords,
    pub(super) href: String,
    /// What the other one does not say, line by line.
    pub(super) only: String,
}

/// A step that is alike in both.
pub(super) struct Alike<'a> {
    pub(super) step: &'a StepWords,
    /// Number and address, in the first and in the second.
    pub(super) links: [(u32, String); 2],
}

/// A row of the table.
pub(super) enum Line<'a> {
    /// A step of each, or of one of them.
    Pair { cells: [Option<Cell<'a>>; 2], same: bool, first: bool },
    /// Steps that are alike: how many that are, in words, and those that are listed.
    Fold { said: String, steps: Vec<Alike<'a>>, all: bool },
}

/// Both ways.
#[derive(Default)]
pub(super) struct Beside<'a> {
    pub(super) sides: Vec<Side<'a>>,
    /// Where they part, in words.
    pub(super) parting: Option<String>,
    /// There are two, and they are compared.
    pub(super) compared: bool,
    pub(super) lines: Vec<Line<'a>>,
    /// That something is left out, in words.
    pub(super) left_out: Option<String>,
}

impl<'a> Beside<'a> {
    /// Without steps.
    pub(super) fn alone(sides: Vec<Side<'a>>) -> Self {
        Self { sides, ..Self::default() }
    }

    /// With the steps of both; `href` gives the address of a step of the first (0) or of the second way (1).
    pub(super) fn of(
        c: &Chrome,
        sides: Vec<Side<'a>>,
        comparison: &'a Comparison,
        href: &dyn Fn(usize, &StepWords) -> String,
    ) -> Self {
        let first = comparison.first();
        let parting = first.and_then(|at| comparison.rows.get(at)).and_then(|row| {
            let (left, right) = comparison.steps(row);
            left.or(right).map(|step| c.ta("compare-first", &[("place", step.place.clone().into())]))
        });
        let mut made = Self { sides, parting, compared: true, ..Self::default() };
        let (rows, mut room, mut at) = (&comparison.rows, ELEMENTS, 0);
        while let Some(row) = rows.get(at) {
            let alike = rows.iter().skip(at).take_while(|row| row.same).count();
            let line = if alike >= FOLDED && room >= FOLD {
                let run = rows.get(at..at + alike).unwrap_or_default();
                at += alike;
                room -= FOLD;
                fold(c, comparison, run, href, &mut room)
            } else if room >= PAIR {
                at += 1;
                room -= PAIR;
                pair(comparison, row, first == Some(at - 1), href, &mut room)
            } else {
                break;
            };
            made.lines.push(line);
        }
        let rest = rows.len().saturating_sub(at);
        made.left_out = (rest > 0).then(|| c.ta("compare-left-out", &[("count", rest.into())]));
        made
    }
}

fn pair<'a>(
    comparison: &'a Comparison,
    row: &Row,
    first: bool,
    href: &dyn Fn(usize, &StepWords) -> String,
    room: &mut usize,
) -> Line<'a> {
    let (left, right) = comparison.steps(row);
    let (one, other) = if row.same { Default::default() } else { comparison.differing(row) };
    let mut cell = |side: usize, step: &'a StepWords, only: Vec<String>| {
        let said = !only.is_empty() && (first || *room >= MORE);
        *room = room.saturating_sub(if said { MORE } else { 0 });
        Cell { step, href: href(side, step), only: if said { only.join("\n") } else { String::new() } }
    };
    let cells = [left.map(|step| cell(0, step, one)), right.map(|step| cell(1, step, other))];
    Line::Pair { cells, same: row.same, first }
}

fn fold<'a>(
    c: &Chrome,
    comparison: &'a Comparison,
    run: &[Row],
    href: &dyn Fn(usize, &StepWords) -> String,
    room: &mut usize,
) -> Line<'a> {
    // What differs further down has its place before what is alike.
    let listed = run.len().min(*room / 2 / STEP);
    *room -= listed * STEP;
    let steps = run.iter().take(listed).filter_map(|row| match comparison.steps(row) {
        (Some(left), Some(right)) => {
            Some(Alike { step: left, links: [(left.n, href(0, left)), (right.n, href(1, right))] })
        }
        _ => None,
    });
    Line::Fold {
        said: c.ta("compare-alike", &[("count", run.len().into())]),
        steps: steps.collect(),
        all: listed == run.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Lang;

    /// A way of so many steps.
    fn told(steps: u32, title: &dyn Fn(u32) -> String) -> Told {
        let step = |n| StepWords { n, place: format!("node-a {n}"), title: title(n), ..StepWords::default() };
        Told { steps: (1..=steps).map(step).collect(), ..Told::default() }
    }

    fn both(steps: u32, differs: &dyn Fn(u32) -> bool) -> Comparison {
        let left = told(steps, &|n| format!("step {n}"));
        let right = told(steps, &|n| if differs(n) { "another".to_owned() } else { format!("step {n}") });
        let row = |n: u32| Row { left: Some(n as usize - 1), right: Some(n as usize - 1), same: !differs(n) };
        Comparison { left, right, rows: (1..=steps).map(row).collect() }
    }

    fn elements(beside: &Beside<'_>) -> usize {
        let of = |line: &Line<'_>| match line {
            Line::Fold { steps, .. } => FOLD + STEP * steps.len(),
            Line::Pair { cells, .. } => {
                PAIR + cells.iter().flatten().filter(|cell| !cell.only.is_empty()).count() * MORE
            }
        };
        beside.lines.iter().map(of).sum()
    }

    #[test]
    fn what_is_alike_is_folded_and_a_table_is_bounded() {
        let c = Chrome { lang: Lang::En, ..Chrome::default() };
        let href = |side: usize, step: &StepWords| format!("/{side}/{}", step.n);
        let short = both(10, &|n| n == 7);
        let beside = Beside::of(&c, Vec::new(), &short, &href);
        let folded: Vec<usize> =
            beside.lines.iter().map(|line| if let Line::Fold { steps, .. } = line { steps.len() } else { 0 }).collect();
        assert_eq!(folded, [6, 0, 0, 0, 0]);
        assert!(beside.parting.as_deref().is_some_and(|said| said.contains("node-a 7")) && beside.left_out.is_none());
        let marked = |line: &Line<'_>| matches!(line, Line::Pair { first: true, .. });
        assert_eq!(beside.lines.iter().position(marked), Some(1));
        for differs in [&(|_| true) as &dyn Fn(u32) -> bool, &|n| n % 2 == 0, &|n| n > 900, &|_| false, &|n| n % 9 == 0]
        {
            let long = both(1_000, differs);
            let beside = Beside::of(&c, Vec::new(), &long, &href);
            assert!(elements(&beside) <= ELEMENTS + 2 * MORE, "{}", elements(&beside));
            assert_eq!(beside.lines.iter().any(marked), long.first().is_some(), "the parting is there");
        }
    }
}
