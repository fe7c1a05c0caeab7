//! `timeline` of Scenarios: what happens when. What is no time, or is about nobody, is reported and left out.

mod patches;
mod places;
mod reader;

use super::context::Context;
use super::listen::scenarios;
use super::model::{Event, Host, Node, Pod, Router};
use super::options::Options;
use crate::diagnostic::codes;
use places::Places;
use reader::Reader;

/// Events of one input at most.
const MOST: usize = 200;

/// Latest time: thirty days, in milliseconds.
const LATEST: u64 = 30 * 24 * 3_600_000;

/// Milliseconds of `10s`, `1m30s`, `500ms`, `2h`; a number alone is seconds. `None` for what is no time, or beyond thirty days.
///
/// ```
/// use kubernetes::cluster::time_of;
///
/// assert_eq!(time_of("1m30s"), Some(90_000));
/// assert_eq!(time_of("500ms"), Some(500));
/// assert_eq!(time_of("7"), Some(7_000));
/// assert_eq!(time_of("soon"), None);
/// ```
pub fn time_of(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000).filter(|at| *at <= LATEST);
    }
    let (mut rest, mut all, mut any) = (text, 0u64, false);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let letters = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        all = all.checked_add(number.checked_mul(unit)?)?;
        (rest, any) = (next, true);
    }
    Some(all).filter(|at| any && *at <= LATEST)
}

/// All events, by time; those of one time in the order of the input.
pub(super) fn events(
    context: &mut Context<'_>,
    options: &Options,
    (nodes, pods): (&[Node], &[Pod]),
    (hosts, routers): (&[Host], &[Router]),
) -> Vec<Event> {
    let machines: Vec<_> = hosts.iter().filter_map(|host| host.name.clone()).collect();
    let machines: Vec<_> =
        machines.into_iter().chain(routers.iter().filter_map(|router| router.name.clone())).collect();
    let places = Places { nodes, pods, machines: &machines };
    let mut all = Vec::new();
    for document in scenarios(context) {
        for (index, event) in document.value.timeline.iter().enumerate() {
            if all.len() >= MOST {
                let found = context.finding(codes::SCENARIO_TOO_MANY, context.first_line(event.span), &document.object);
                context.report(found.arg("path", "timeline").arg("limit", MOST.to_string()));
                break;
            }
            let path = format!("timeline[{index}]");
            all.extend(Reader { object: &document.object, path, places: &places }.event(context, event));
        }
    }
    all.sort_by_key(|(event, _)| event.at);
    patches::made(context, options, all)
}
