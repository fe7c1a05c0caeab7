//! States of all steps for the player. Short arrays for shapes, since there are many.

use super::Scene;
use super::shape::{Align, Shape};
use super::states::purpose_code;
use super::words::Words;
use serde::Serialize;
use serde_json::{Value, json};

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
    draw: Vec<Value>,
}

#[derive(Serialize)]
struct Data<'a> {
    size: [i32; 2],
    legs: Vec<Leg>,
    steps: Vec<Step<'a>>,
}

fn shape(shape: &Shape, words: &dyn Words, out: &mut Vec<Value>) {
    out.push(match shape {
        Shape::Group(group) => {
            group.shapes.iter().for_each(|inner| self::shape(inner, words, out));
            return;
        }
        Shape::Rect { at, radius, class } => json!(["r", at.x, at.y, at.w, at.h, radius, class]),
        Shape::Circle { at, radius, class } => json!(["c", at.x, at.y, radius, class]),
        Shape::Path { d, class } => json!(["p", d, class]),
        Shape::Text(text) => {
            let (short, whole) = text.fitted(words);
            let align = match text.align {
                Align::Start => "",
                Align::Middle => "middle",
                Align::End => "end",
            };
            let class = format!("{} {}", text.face.class(), text.class);
            match whole {
                Some(whole) => json!(["t", text.at.x, text.at.y, align, class.trim_end(), short, whole]),
                None => json!(["t", text.at.x, text.at.y, align, class.trim_end(), short]),
            }
        }
    });
}

/// Everything the player needs; `<`, `>` and `&` are written as escapes so that no markup can end the script element.
pub(super) fn write(scene: &Scene, words: &dyn Words) -> String {
    let legs =
        scene.steps.legs.iter().map(|leg| Leg { purpose: purpose_code(leg.purpose), first: leg.first, last: leg.last });
    let index_of = |leg: usize| scene.steps.legs.iter().position(|span| span.leg == leg).unwrap_or(0);
    let steps = scene.steps.steps.iter().zip(&scene.states).map(|(step, state)| {
        let mut draw = Vec::new();
        state.draw.iter().for_each(|one| shape(one, words, &mut draw));
        Step {
            n: step.n,
            leg: index_of(step.leg),
            at: [state.at.x, state.at.y],
            d: &state.trail,
            now: &state.now,
            active: &state.active,
            ties: &state.ties,
            drop: state.dropped,
            view: state.view.map(|view| [view.x, view.y, view.w, view.h]),
            draw,
        }
    });
    let size = [scene.layout.size.x, scene.layout.size.y];
    let data = Data { size, legs: legs.collect(), steps: steps.collect() };
    let text = serde_json::to_string(&data).unwrap_or_else(|_| String::from("{}"));
    text.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
