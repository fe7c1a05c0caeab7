//! A stream of probes in words: who answered each, or what failed, by a letter, a colour and a legend.

use super::words::time_text;
use crate::locale::{Lang, lookup, t, ta};
use crate::words::probe_error;
use kubernetes::assumption::Verdict;
use serde_json::{Value, json};
use sim_core::timeline::{Cell, Mark, Stream};
use sim_core::trace::ProbeText;
use std::fmt::{self, Write};

/// Letters of who answered, in the order of their first answer; all further ones share one sign.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The sign of who answered behind the last letter.
const OTHERS: char = '+';
/// Colours of who answered.
const COLOURS: usize = 6;
/// Cells in a part of the strip.
pub const PART: usize = 10;

/// A stream in words.
#[derive(Debug)]
pub struct StripWords {
    /// Cells.
    pub cells: Vec<CellWords>,
    /// What signs mean.
    pub legend: Vec<Meaning>,
    /// There would be more.
    pub cut: bool,
}

/// A probe.
#[derive(Debug)]
pub struct CellWords {
    /// When.
    pub at: String,
    /// The sign of what came of it.
    pub sign: char,
    /// A word for its colour.
    pub class: String,
    /// When, and what came of it.
    pub said: String,
    /// Something happens then, or before the next one.
    pub marked: bool,
    /// It is the first of those that come out alike: whether they work.
    pub turns: bool,
    /// As it was sent.
    pub probe: ProbeText,
}

/// What a sign means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The sign.
    pub sign: char,
    /// A word for its colour.
    pub class: String,
    /// Who answered, or what failed.
    pub words: String,
    /// How often.
    pub count: usize,
}

/// What came of a probe, with its sign: the same for all that come out the same.
struct End {
    words: String,
    /// The sign of a failure; who answers has a letter.
    sign: Option<char>,
    works: bool,
    leans: Option<&'static str>,
}

fn failure(result: &str) -> char {
    match result {
        "refused" => '✕',
        "timeout" => '…',
        "eof" => '⊘',
        "name-not-resolved" | "no-address" => '?',
        _ => '!',
    }
}

/// What the client had, and why.
fn failed(lang: Lang, result: &str, outcome: &str) -> String {
    let (word, errno) = result.split_once(':').unwrap_or((result, ""));
    let result = lookup(lang, &format!("result-short-{word}"), &[("errno", errno.into())]);
    let outcome = lookup(lang, &format!("outcome-{outcome}"), &[]);
    let parts: Vec<String> = result.into_iter().chain(outcome).collect();
    parts.join(": ")
}

fn end(lang: Lang, cell: &Cell) -> End {
    let came = match &cell.came {
        Ok(came) => came,
        Err(error) => {
            let words = ta(lang, "strip-not-sent", &[("why", probe_error(lang, error).into())]);
            return End { words, sign: Some('–'), works: false, leans: None };
        }
    };
    let leans = match came.verdict {
        Verdict::Works | Verdict::Fails => None,
        verdict => Some(verdict.code()),
    };
    let mut words = match (&came.server, came.works) {
        (Some((name, address)), true) => format!("{name} · {address}"),
        _ => failed(lang, &came.result, came.outcome),
    };
    if let Some(status) = came.status {
        words = format!("{words} · HTTP {status}");
    }
    if let Some(verdict) = leans {
        words = format!("{words} ({})", t(lang, &format!("verdict-{verdict}")));
    }
    End { words, sign: (!came.works).then(|| failure(&came.result)), works: came.works, leans }
}

/// A stream's cells in words.
pub fn strip_words(lang: Lang, cells: &[Cell], stream: &Stream, marks: &[Mark]) -> StripWords {
    let mut legend: Vec<Meaning> = Vec::new();
    let (mut answered, mut before) = (0, None);
    let mut all = Vec::with_capacity(cells.len());
    for cell in cells {
        let end = end(lang, cell);
        let known = legend.iter_mut().find(|known| known.words == end.words);
        let meaning = match known {
            Some(known) => {
                known.count += 1;
                known.clone()
            }
            None => {
                let (sign, mut class) = match end.sign {
                    Some(sign) => (sign, "failed".to_owned()),
                    None => {
                        answered += 1;
                        let sign = LETTERS.chars().nth(answered - 1).unwrap_or(OTHERS);
                        (sign, format!("who-{}", (answered - 1) % COLOURS))
                    }
                };
                if let Some(verdict) = end.leans {
                    class = format!("{class} {verdict}");
                }
                legend.push(Meaning { sign, class, words: end.words.clone(), count: 1 });
                legend.last().cloned().unwrap_or_else(|| Meaning {
                    sign: OTHERS,
                    class: String::new(),
                    words: String::new(),
                    count: 0,
                })
            }
        };
        let then = cell.at..cell.at.saturating_add(stream.every.max(1));
        let at = time_text(cell.at);
        all.push(CellWords {
            said: format!("{at}: {}", end.words),
            at,
            sign: meaning.sign,
            class: meaning.class,
            marked: marks.iter().any(|mark| mark.at > 0 && then.contains(&mark.at)),
            turns: before != Some(end.works),
            probe: cell.probe.clone(),
        });
        before = Some(end.works);
    }
    StripWords { cells: all, legend, cut: stream.is_cut() }
}

/// The strip as text: a line of signs for each ten, and what they mean.
///
/// # Errors
/// When it cannot be written.
pub fn write_strip(
    out: &mut impl Write,
    lang: Lang,
    probe: &ProbeText,
    stream: &Stream,
    strip: &StripWords,
) -> fmt::Result {
    writeln!(out, "{}", stream_heading(lang, probe, stream))?;
    let width = strip.cells.iter().map(|cell| cell.at.len()).max().unwrap_or(0);
    for part in strip.cells.chunks(PART) {
        let signs: String = part.iter().map(|cell| cell.sign).collect();
        let at = part.first().map(|cell| cell.at.as_str()).unwrap_or_default();
        writeln!(out, "  {at:>width$}  {signs}")?;
    }
    for meaning in &strip.legend {
        writeln!(out, "  {} {} ({})", meaning.sign, meaning.words, meaning.count)?;
    }
    if strip.cut {
        writeln!(out, "  {}", ta(lang, "strip-cut", &[("limit", sim_core::timeline::CELLS.into())]))?;
    }
    Ok(())
}

/// Whom a stream is about, and how fast it is.
pub fn stream_heading(lang: Lang, probe: &ProbeText, stream: &Stream) -> String {
    let args = [
        ("from", probe.from.clone().into()),
        ("to", probe.to.clone().into()),
        ("every", time_text(stream.every).into()),
    ];
    ta(lang, "strip-heading", &args)
}

/// The same for programs: `stream` of `kubehop.timeline/1`.
pub fn strip_json(probe: &ProbeText, stream: &Stream, cells: &[Cell]) -> Value {
    let cell = |cell: &Cell| {
        let came = cell.came.as_ref();
        let server = came.ok().and_then(|came| came.server.as_ref());
        json!({
            "at": time_text(cell.at),
            "milliseconds": cell.at,
            "seed": cell.probe.seed,
            "before": cell.probe.before.as_ref().and_then(|before| before.parse::<u32>().ok()).unwrap_or(0),
            "result": came.map_or_else(|_| "not-sent", |came| came.result.as_str()),
            "outcome": came.ok().map(|came| came.outcome),
            "verdict": came.ok().map(|came| came.verdict.code()),
            "status": came.ok().and_then(|came| came.status),
            "server": server.map(|(name, address)| json!({ "name": name, "address": address })),
            "error": came.err().map(|error| json!({ "part": error.part, "code": error.code })),
        })
    };
    json!({
        "from": probe.from, "to": probe.to, "every": time_text(stream.every), "until": time_text(stream.until),
        "cut": stream.is_cut(), "cells": cells.iter().map(cell).collect::<Vec<Value>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::timeline::Answer;
    use sim_core::trace::ProbeError;

    fn cell(at: u64, came: Result<Answer, ProbeError>) -> Cell {
        Cell { at, probe: ProbeText::default(), came }
    }

    fn came(result: &str, server: Option<usize>) -> Result<Answer, ProbeError> {
        let works = result == "ok";
        let verdict = if works { Verdict::Works } else { Verdict::Fails };
        let server = server.map(|number| (format!("pod/shop/web-{number}"), format!("10.0.0.{number}:80")));
        let outcome = if works { "delivered" } else { "no-listener" };
        Ok(Answer { result: result.to_owned(), works, outcome, verdict, server, status: None })
    }

    #[test]
    fn who_answers_has_a_letter_and_what_fails_a_sign() {
        let error = ProbeError { part: "from", code: "unknown-source", given: "x".into(), candidates: Vec::new() };
        let cells = [
            cell(0, came("ok", Some(2))),
            cell(1_000, came("ok", Some(1))),
            cell(2_000, came("ok", Some(2))),
            cell(3_000, came("refused", None)),
            cell(4_000, came("timeout", None)),
            cell(5_000, Err(error)),
        ];
        let stream = Stream { from: 0, until: 5_000, every: 1_000 };
        let mark = Mark { at: 3_400, events: Vec::new(), changes: Vec::new() };
        let strip = strip_words(Lang::En, &cells, &stream, &[mark]);
        assert_eq!(strip.cells.iter().map(|cell| cell.sign).collect::<String>(), "ABA✕…–");
        assert_eq!(strip.legend.iter().map(|one| one.count).collect::<Vec<_>>(), [2, 1, 1, 1, 1]);
        assert_eq!(
            strip.cells.iter().map(|cell| cell.turns).collect::<Vec<_>>(),
            [true, false, false, true, false, false]
        );
        assert_eq!(strip.cells.iter().position(|cell| cell.marked), Some(3));
        assert!(strip.cells[0].said.starts_with("0s: pod/shop/web-2"), "{:?}", strip.cells[0]);
    }

    #[test]
    fn many_who_answer_are_told_apart_as_far_as_letters_go() {
        let cells: Vec<Cell> = (0..30).map(|at| cell(at as u64 * 1_000, came("ok", Some(at)))).collect();
        let stream = Stream { from: 0, until: 30_000, every: 1_000 };
        let strip = strip_words(Lang::Ko, &cells, &stream, &[]);
        assert_eq!((strip.cells[25].sign, strip.cells[26].sign, strip.legend.len()), ('Z', '+', 30));
    }
}
