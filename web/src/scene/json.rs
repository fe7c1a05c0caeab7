//! Stills of all steps for the player. Short arrays for shapes, since there are many.
//!
//! # The page and the player
//!
//! The page is complete without JavaScript: every step is a page of its own. the player (`static/js/player/`) takes over when it
//! finds this markup, and then stepping makes no request:
//!
//! - `<section id="player" data-steps-id="steps-data" data-step="N">`, N the step the server rendered. In it:
//!   - controls `<a data-act="first|prev|next|last" href="…?step=…">` and `<button data-act="play" hidden>`;
//!   - `<input type="range" data-act="scrub" min="1" max="TOTAL" value="N" hidden>`; beside it
//!     `<div data-scrub-legs></div>`, which the player fills with one segment per leg, and `<div data-scrub-lanes></div>`, with a row for
//!     each machine and marks where something happens;
//!   - `<select data-act="speed" hidden>` with values `0.5`, `1`, `2`, `4`;
//!   - `<output data-now>`, where the player writes which stop is shown, `i / how many`;
//!   - of `#player` itself: `data-stops`, the steps at which arrows stop (absent for all), `data-edits`, those at which the header changes;
//!   - `<p data-live class="visually-hidden" aria-live="polite"></p>`, where it announces a step in the words of the
//!     hop list;
//!   - `<button data-act="list" hidden>` opens the list of hops on a phone, where it is a sheet.
//!
//!   What is `hidden` here needs JavaScript; the player shows it.
//! - `<figure id="scene">` with the SVG of [`crate::scene::svg::write`], and `<div class="camera" hidden>` with buttons
//!   `data-act="zoom-in|zoom-out|fit|follow"`. The player fits the picture into the figure and moves it in there.
//! - `<script type="application/json" id="places-data">`, what the steps are called in addresses (`at`).
//! - `<script type="application/json" id="steps-data">` with [`crate::scene::Scene::to_json`], which is safe inside a script element.
//! - `<ol id="hops">` of `<li data-step="n">`, each with a link `<a href="…?step=n">`; the step of the page has
//!   `aria-current="step"` on its `<li>`. Where legs are nested lists the `<li data-step>` may be at any depth.
//! - `<div class="details">` with `<section data-step-detail="n">` of the current step, and `<template id="details-data">` with those of all
//!   steps, of which the player takes the one that is shown: the page stays small however many steps there are.
//! - Optional: `data-leg="i"` on a leg's heading or list; the player sets `data-active` on the current leg's.
//! - Words the player needs are attributes of `#player`, all optional: `data-word-play`, `data-word-pause`,
//!   `data-word-leg-dns|dns-answer|connect|data|proxy|reply|ack|proxy-header|tls|request|response|close|error`,
//!   `data-word-mark-d|n|t|c` (dropped, address translated, tunnel, connection table).
//!
//! `static/js/pick.js` takes over `<button data-pick="from|to" hidden aria-pressed="false">`: while pressed, choosing
//! a Pod or a ClusterIP in the picture sets `select[name=from]` or `select[name=to]` (or an `input` of that name) to
//! the `data-pick-value` of what was chosen (`pod/NS/NAME`, `svc/NS/NAME`) and says so in `<output data-pick-state>`,
//! if there is one.

use super::Scene;
use super::shape::{Align, Shape};
use super::stills::Still;
use super::words::Words;
use kubernetes::shown;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io;

#[derive(Serialize)]
struct Leg {
    purpose: &'static str,
    first: u32,
    last: u32,
}

#[derive(Serialize)]
struct Step<'a> {
    n: u32,
    leg: usize,
    at: [i32; 2],
    /// Path data of the way from the step before.
    d: &'a str,
    now: &'a [String],
    active: &'a [String],
    ties: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    drop: bool,
    view: Option<[i32; 4]>,
    draw: Vec<Drawn<'a>>,
    /// Index into the lanes.
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<usize>,
    /// Letters of what a timeline marks.
    #[serde(skip_serializing_if = "String::is_empty")]
    marks: String,
    /// What the packet's label says: afterwards, and before where that differs.
    flag: [Option<&'a str>; 2],
    /// The label stands under the packet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    under: bool,
}

/// A machine of the picture, in the order in which the packet comes to them.
#[derive(Serialize)]
struct Lane<'a> {
    key: String,
    name: &'a str,
}

#[derive(Serialize)]
struct Data<'a> {
    size: [i32; 2],
    legs: Vec<Leg>,
    lanes: Vec<Lane<'a>>,
    steps: Vec<Step<'a>>,
}

/// A shape: a letter for its kind, then its numbers and texts.
#[derive(Serialize)]
#[serde(untagged)]
enum Drawn<'a> {
    Rect(char, i32, i32, i32, i32, i32, &'a str),
    Circle(char, i32, i32, i32, &'a str),
    Path(char, &'a str, &'a str),
    Text(char, i32, i32, &'a str, String, String),
    Shortened(char, i32, i32, &'a str, String, String, String),
}

fn shape<'a>(shape: &'a Shape, words: &dyn Words, out: &mut Vec<Drawn<'a>>) {
    out.push(match shape {
        Shape::Group(group) => {
            group.shapes.iter().for_each(|inner| self::shape(inner, words, out));
            return;
        }
        Shape::Rect { at, radius, class } => Drawn::Rect('r', at.x, at.y, at.w, at.h, *radius, class),
        Shape::Circle { at, radius, class } => Drawn::Circle('c', at.x, at.y, *radius, class),
        Shape::Path { d, class } => Drawn::Path('p', d, class),
        Shape::Text(text) => {
            let (short, whole) = text.fitted(words);
            let align = match text.align {
                Align::Start => "",
                Align::Middle => "middle",
                Align::End => "end",
            };
            let mut class = String::with_capacity(16);
            class.push_str(text.face.class());
            if !text.class.is_empty() {
                class.push(' ');
                class.push_str(text.class);
            }
            match whole {
                Some(whole) => Drawn::Shortened('t', text.at.x, text.at.y, align, class, short, whole),
                None => Drawn::Text('t', text.at.x, text.at.y, align, class, short),
            }
        }
    });
}

/// Writes escapes for what could end a script element or a line of it, and for what acts: all of these stand in strings only.
struct InScript;

impl InScript {
    fn escapes(c: char) -> bool {
        matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') || shown::symbol(c).is_some()
    }
}

impl Formatter for InScript {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, to: &mut W, text: &str) -> io::Result<()> {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'<' | b'>' | b'&');
        if text.bytes().all(plain) {
            return to.write_all(text.as_bytes());
        }
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| Self::escapes(*c)) {
            let (before, behind) = rest.split_at(at);
            to.write_all(before.as_bytes())?;
            write!(to, "\\u{:04x}", u32::from(c))?;
            rest = behind.get(c.len_utf8()..).unwrap_or_default();
        }
        to.write_all(rest.as_bytes())
    }
}

/// Everything the player needs; `<`, `>` and `&` are written as escapes so that no markup can end the script element.
pub(super) fn write(scene: &Scene, words: &dyn Words) -> String {
    let legs = scene.steps.legs.iter().map(|leg| Leg { purpose: leg.purpose.code(), first: leg.first, last: leg.last });
    let index_of = |leg: usize| scene.steps.legs.iter().position(|span| span.leg == leg).unwrap_or(0);
    let lane = |still: &Still| scene.lanes.iter().position(|(of, _)| Some(*of) == still.lane);
    let steps = scene.steps.steps.iter().zip(&scene.stills).map(|(step, still)| {
        let mut draw = Vec::with_capacity(still.draw.len());
        still.draw.iter().for_each(|one| shape(one, words, &mut draw));
        Step {
            n: step.n,
            leg: index_of(step.leg),
            at: [still.at.x, still.at.y],
            d: &still.trail,
            now: &still.now,
            active: &still.active,
            ties: &still.ties,
            drop: still.dropped,
            view: still.view.map(|view| [view.x, view.y, view.w, view.h]),
            draw,
            lane: lane(still),
            marks: still.marks.iter().map(|mark| mark.letter()).collect(),
            flag: [Some(still.flag.now.as_str()), still.flag.before.as_deref()],
            under: still.flag.below,
        }
    });
    let lanes = scene.lanes.iter().map(|(of, name)| Lane { key: of.key(), name }).collect();
    let size = [scene.layout.size.x, scene.layout.size.y];
    let data = Data { size, legs: legs.collect(), lanes, steps: steps.collect() };
    in_script(&data)
}

/// JSON that is safe inside a script element.
fn in_script(data: &impl Serialize) -> String {
    let mut bytes = Vec::with_capacity(128 << 10);
    let written = data.serialize(&mut Serializer::with_formatter(&mut bytes, InScript));
    written.ok().and_then(|()| String::from_utf8(bytes).ok()).unwrap_or_else(|| String::from("{}"))
}

#[cfg(test)]
mod tests {
    use super::in_script;
    use kubernetes::shown;

    #[test]
    fn nothing_in_it_ends_a_script_or_acts() {
        let text: String = (0..0x3000).filter_map(char::from_u32).collect();
        let written = in_script(&[&text, "plain"]);
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text.as_str(), "plain"]);
        assert!(!written.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
        assert_eq!(shown::json(&written), written);
    }
}
