//! Copies of a frame that a bridge or a tunnel's device makes, beside the one that a walk follows.

use super::event::{Event, FrameCopy, Hop};
use super::record::Answer;
use std::collections::{BTreeMap, VecDeque};

/// The hops of a walk with those of all copies, in the order of time. Whoever makes copies sends one after the other, each as far as the
/// next device that takes it, a tunnel's too; there they wait for their turn, first come, first served (`process_backlog`).
pub fn in_time(hops: &[Hop]) -> Vec<&Hop> {
    let mut all = Vec::new();
    let mut waiting = VecDeque::from([hops]);
    while let Some(arrived) = waiting.pop_front() {
        advance(arrived, &mut all, &mut waiting);
    }
    all
}

/// A frame until a device takes it, with the copies made meanwhile.
fn advance<'a>(hops: &'a [Hop], all: &mut Vec<&'a Hop>, waiting: &mut VecDeque<&'a [Hop]>) {
    // Copies that wait for the frame to be sent.
    let mut later: Vec<&[FrameCopy]> = Vec::new();
    let mut left = hops;
    while let Some((hop, rest)) = left.split_first() {
        left = rest;
        all.push(hop);
        let (copies, earlier) = hop.copies();
        let (before, after) = copies.split_at(earlier.min(copies.len()));
        before.iter().for_each(|copy| advance(&copy.hops, all, waiting));
        later.push(after);
        if is_taken(hop) {
            break;
        }
    }
    if !left.is_empty() {
        waiting.push_back(left);
    }
    while let Some(copies) = later.pop() {
        copies.iter().for_each(|copy| advance(&copy.hops, all, waiting));
    }
}

/// Another device has the frame from here on.
fn is_taken(hop: &Hop) -> bool {
    hop.events
        .iter()
        .any(|event| matches!(event, Event::Transmit { .. } | Event::Decapsulated { .. } | Event::IpUnwrapped { .. }))
}

/// The answers of a walk in the order of time. They come in the order in which the interpreter made them, which follows each copy to its end
/// before the frame itself goes on.
pub(crate) fn answers_in_time(hops: &[Hop], answers: Vec<Answer>) -> Vec<Answer> {
    if answers.len() < 2 {
        return answers;
    }
    // The first hop of an answer says what it is itself.
    let made = |hop: &Hop| match hops.first() {
        Some(first) if std::ptr::eq(first, hop) => 0,
        _ => hop.events.iter().filter(|event| matches!(event, Event::Answered(_))).count(),
    };
    let mut followed = Vec::new();
    follow(hops, &mut followed);
    let mut left = answers.into_iter();
    let here = |hop: &Hop| (std::ptr::from_ref(hop), left.by_ref().take(made(hop)).collect());
    let mut by_hop: BTreeMap<*const Hop, Vec<Answer>> = followed.into_iter().map(here).collect();
    let in_order = in_time(hops).into_iter().filter_map(|hop| by_hop.remove(&std::ptr::from_ref(hop)));
    in_order.flatten().collect()
}

/// The hops of a walk with those of all copies, in the order in which the interpreter goes through them.
fn follow<'a>(hops: &'a [Hop], all: &mut Vec<&'a Hop>) {
    let mut later: Vec<&[FrameCopy]> = Vec::new();
    let rest = |later: &mut Vec<&'a [FrameCopy]>, all: &mut Vec<&'a Hop>| {
        while let Some(copies) = later.pop() {
            copies.iter().for_each(|copy| follow(&copy.hops, all));
        }
    };
    for hop in hops {
        all.push(hop);
        let (copies, earlier) = hop.copies();
        let (before, after) = copies.split_at(earlier.min(copies.len()));
        before.iter().for_each(|copy| follow(&copy.hops, all));
        later.push(after);
        if is_taken(hop) {
            rest(&mut later, all);
        }
    }
    rest(&mut later, all);
}
