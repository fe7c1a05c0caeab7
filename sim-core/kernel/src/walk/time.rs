//! Copies of a frame that a bridge or a tunnel's device makes, beside the one that a walk follows.

use super::event::{Event, FrameCopy, Hop};
use std::collections::VecDeque;

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
        if hop.events.iter().any(|event| {
            matches!(event, Event::Transmit { .. } | Event::Decapsulated { .. } | Event::IpUnwrapped { .. })
        }) {
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
