//! Copies of a frame that a bridge makes, beside the one that a walk follows.

use super::{End, Event, Hop};
use crate::linux::state::LinkId;

/// A copy of a frame: its own way, from the bridge that made it to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameCopy {
    /// Port it left by, or the bridge itself: up the stack.
    pub port: LinkId,
    /// Hops in order, never empty.
    pub hops: Vec<Hop>,
    /// How it ended, at its last hop.
    pub end: End,
}

impl Hop {
    /// Copies that a bridge made here, and how many of them before the one that is followed.
    pub fn copies(&self) -> (&[FrameCopy], usize) {
        let copied = self.events.iter().find_map(|event| match event {
            Event::Copied { copies, earlier, .. } => Some((copies.as_slice(), *earlier as usize)),
            _ => None,
        });
        copied.unwrap_or_default()
    }
}

/// The hops of a walk with those of all copies, in the order of time: a bridge sends one copy after the other, each as far as the
/// next device that takes it.
pub fn in_time(hops: &[Hop]) -> Vec<&Hop> {
    let mut all = Vec::new();
    collect(hops, &mut all);
    all
}

fn collect<'a>(hops: &'a [Hop], all: &mut Vec<&'a Hop>) {
    // Copies that wait for the one before them to be sent.
    let mut later: Vec<&[FrameCopy]> = Vec::new();
    let send = |later: &mut Vec<&'a [FrameCopy]>, all: &mut Vec<&'a Hop>| {
        while let Some(copies) = later.pop() {
            copies.iter().for_each(|copy| collect(&copy.hops, all));
        }
    };
    for hop in hops {
        all.push(hop);
        let (copies, earlier) = hop.copies();
        let (before, after) = copies.split_at(earlier.min(copies.len()));
        before.iter().for_each(|copy| collect(&copy.hops, all));
        if !after.is_empty() {
            later.push(after);
        }
        if hop.events.iter().any(|event| matches!(event, Event::Transmit { .. })) {
            send(&mut later, all);
        }
    }
    send(&mut later, all);
}
