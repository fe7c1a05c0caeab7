//! A journey as a story: a few beats, each with the step at which it happens. And which steps are left where nothing happened is left out.

use super::Facts;
use super::steps::{LegSpan, Step};
use crate::trace::{Leg, LegId, Purpose};
use kernel::walk::{AnswerKind, End, Hop, Place};

/// Beats that a story should have at most: with more, what proxies open on their own is told as one beat each.
const MANY: usize = 14;

/// What a beat tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BeatKind {
    /// Names are asked for.
    Names,
    /// The packet sets out.
    Sent,
    /// Its destination is rewritten.
    Destination,
    /// Its source is rewritten.
    Source,
    /// It is put into another packet.
    Wrapped,
    /// It goes over what is between machines.
    Crossing,
    /// It arrives at a socket.
    Arrived,
    /// It ends without arriving.
    Dropped,
    /// Here it was decided that it fails.
    Decided,
    /// What a kernel answers comes back.
    Back,
    /// A proxy opens a connection of its own.
    Proxied,
    /// Something is asked in the connection.
    Asked,
    /// It is answered.
    Answered,
    /// The connection ends.
    Closed,
    /// The client has what came back.
    Done,
}

kernel::codes!(BeatKind {
    Self::Names => "names",
    Self::Sent => "sent",
    Self::Destination => "destination",
    Self::Source => "source",
    Self::Wrapped => "wrapped",
    Self::Crossing => "crossing",
    Self::Arrived => "arrived",
    Self::Dropped => "dropped",
    Self::Decided => "decided",
    Self::Back => "back",
    Self::Proxied => "proxied",
    Self::Asked => "asked",
    Self::Answered => "answered",
    Self::Closed => "closed",
    Self::Done => "done",
});

/// Steps that belong together: all from `first` to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// What it tells.
    pub kind: BeatKind,
    /// Its first step.
    pub first: u32,
    /// Its last step.
    pub last: u32,
    /// The step at which it happens.
    pub at: u32,
    /// Proxies that stand before it.
    pub depth: u32,
}

impl Facts<'_> {
    /// The story: every step is in one beat, in order.
    pub fn beats(&self) -> Vec<Beat> {
        let whole = self.told(true);
        let mut beats = if whole.len() <= MANY { whole } else { self.told(false) };
        if let Some(step) = self.deciding() {
            decide(&mut beats, step);
        }
        if self.journey.works() {
            finish(&mut beats, self.steps.len());
        }
        beats
    }

    /// The step at which it was decided that the probe fails.
    fn deciding(&self) -> Option<u32> {
        let (leg, hop) = self.journey.outcome.at.filter(|_| !self.journey.works())?;
        let mut steps = self.steps.steps.iter();
        steps.find(|step| step.leg == leg as usize && step.hop == hop as usize).map(|step| step.n)
    }

    /// The steps at which something happens, in order: those where a packet passes and nothing looks at it are left out.
    pub fn eventful(&self) -> Vec<u32> {
        let told = |step: &&Step| step.first || step.last || !self.events(step).is_empty();
        self.steps.steps.iter().filter(told).map(|step| step.n).collect()
    }

    fn events(&self, step: &Step) -> &[kernel::walk::Event] {
        step.of(self.journey).map_or(&[], |(_, hop)| &hop.events)
    }

    fn told(&self, each: bool) -> Vec<Beat> {
        let mut story = Story { facts: self, beats: Vec::new(), each };
        for span in &self.steps.legs {
            if let Some(leg) = self.journey.legs.get(span.leg) {
                story.leg(span, leg);
            }
        }
        story.beats
    }
}

/// The story goes on to where its last packet arrives.
fn finish(beats: &mut Vec<Beat>, total: u32) {
    let Some(last) = beats.last_mut().filter(|beat| beat.at < total && beat.last == total) else { return };
    let (first, depth) = (last.at + 1, last.depth);
    last.last = last.at;
    beats.push(Beat { kind: BeatKind::Done, first, last: total, at: total, depth });
}

/// Gives a step a beat of its own, where none happens at it.
fn decide(beats: &mut Vec<Beat>, step: u32) {
    let Some(at) = beats.iter().position(|beat| (beat.first..=beat.last).contains(&step) && beat.at != step) else {
        return;
    };
    let Some(beat) = beats.get_mut(at) else { return };
    let kind = BeatKind::Decided;
    if beat.first == step {
        (beat.kind, beat.at) = (kind, step);
        return;
    }
    let rest = Beat { kind, first: step, at: step, ..*beat };
    (beat.last, beat.at) = (step - 1, beat.at.min(step - 1));
    beats.insert(at + 1, rest);
}

struct Story<'f, 'a> {
    facts: &'f Facts<'a>,
    beats: Vec<Beat>,
    /// What proxies open is told in as many beats as what the client opens.
    each: bool,
}

impl<'f> Story<'f, '_> {
    fn steps(&self, span: &LegSpan) -> impl DoubleEndedIterator<Item = &'f Step> + use<'f> {
        let (first, last) = (span.first as usize, span.last as usize);
        self.facts.steps.steps.get(first.saturating_sub(1)..last).unwrap_or_default().iter()
    }

    fn leg(&mut self, span: &LegSpan, leg: &Leg) {
        let depth = self.facts.journey.depth(LegId(span.leg as u32));
        let dropped = matches!(leg.end, End::Dropped { .. });
        match leg.purpose {
            _ if leg.lookup.is_some() => self.whole(BeatKind::Names, span, span.first, depth),
            Purpose::Connect => self.travel(span, depth),
            Purpose::Proxy if self.each => self.travel(span, depth),
            Purpose::Proxy => self.whole(BeatKind::Proxied, span, span.last, depth),
            // A proxy's handshake is part of what it opens.
            Purpose::Reply if leg.answer == Some(AnswerKind::HandshakeAnswer) && depth > 0 => self.go_on(span, depth),
            Purpose::Reply if leg.answer.is_some() || depth == 0 && !self.asked(depth) => self.back(span, depth),
            Purpose::Error => self.back(span, depth),
            Purpose::Ack if depth > 0 => self.go_on(span, depth),
            Purpose::Ack | Purpose::Tls | Purpose::Announcement | Purpose::Request | Purpose::Data => {
                self.whole(BeatKind::Asked, span, span.last, depth);
            }
            Purpose::Reply | Purpose::Response => self.whole(BeatKind::Answered, span, span.last, depth),
            Purpose::Close => self.whole(BeatKind::Closed, span, span.last, 0),
            Purpose::DnsQuery | Purpose::DnsAnswer => self.whole(BeatKind::Names, span, span.first, depth),
        }
        if dropped {
            self.dropped(span, depth);
        }
    }

    /// Whether something was asked already.
    fn asked(&self, depth: u32) -> bool {
        self.beats.iter().any(|beat| beat.kind == BeatKind::Asked && beat.depth == depth)
    }

    /// A leg as one beat, or as more of the one before.
    fn whole(&mut self, kind: BeatKind, span: &LegSpan, at: u32, depth: u32) {
        match self.beats.last_mut() {
            Some(beat) if beat.kind == kind && beat.depth == depth => {
                beat.last = span.last;
                if kind != BeatKind::Names {
                    beat.at = at;
                }
            }
            _ => self.beats.push(Beat { kind, first: span.first, last: span.last, at, depth }),
        }
    }

    fn go_on(&mut self, span: &LegSpan, depth: u32) {
        match self.beats.last_mut() {
            Some(beat) => beat.last = span.last,
            None => self.whole(BeatKind::Back, span, span.last, depth),
        }
    }

    /// What comes back: at the step that undoes a translation, else where it arrives.
    fn back(&mut self, span: &LegSpan, depth: u32) {
        let undone = self.steps(span).find(|step| !step.badges.is_empty()).map(|step| step.n);
        let at = undone.unwrap_or(span.last);
        self.beats.push(Beat { kind: BeatKind::Back, first: span.first, last: span.last, at, depth });
    }

    /// A packet that sets out: what it meets on its way.
    fn travel(&mut self, span: &LegSpan, depth: u32) {
        let set_out = if depth > 0 { BeatKind::Proxied } else { BeatKind::Sent };
        let mut beat = Beat { kind: set_out, first: span.first, last: span.first, at: span.first, depth };
        let mut between = false;
        for step in self.steps(span) {
            let Some((_, hop)) = step.of(self.facts.journey) else { continue };
            let outside = self.is_between(hop);
            let next = if step.badges.iter().any(|badge| badge.made) {
                let (was, now) = (hop.before.packet.innermost(), hop.after.packet.innermost());
                Some(if was.destination() == now.destination() { BeatKind::Source } else { BeatKind::Destination })
            } else if hop.after.packet.inner.is_some() && hop.before.packet.inner.is_none() {
                Some(BeatKind::Wrapped)
            } else if outside && !between && beat.kind != BeatKind::Crossing {
                Some(BeatKind::Crossing)
            } else if between && !outside && self.is_end(step, span) {
                Some(BeatKind::Arrived)
            } else {
                None
            };
            match next {
                Some(kind) => {
                    let begun =
                        std::mem::replace(&mut beat, Beat { kind, first: step.n, last: step.n, at: step.n, depth });
                    // What it met on the machine that it came to is more than that it came there.
                    match self.beats.last_mut().filter(|_| begun.kind == BeatKind::Arrived) {
                        Some(crossing) => crossing.last = step.n - 1,
                        None if begun.first < step.n => self.beats.push(Beat { last: step.n - 1, ..begun }),
                        None => {}
                    }
                }
                None if beat.kind == BeatKind::Crossing && matches!(hop.place, Place::Bridge(_)) && outside => {
                    beat.at = step.n;
                }
                None => {}
            }
            beat.last = step.n;
            between = outside;
        }
        let arrives = self.steps(span).last().is_some_and(|step| step.n > beat.first);
        if beat.kind == BeatKind::Arrived {
            beat.at = span.last;
            self.beats.push(beat);
        } else if arrives {
            self.beats.push(Beat { last: span.last - 1, ..beat });
            let kind = BeatKind::Arrived;
            self.beats.push(Beat { kind, first: span.last, last: span.last, at: span.last, depth });
        } else {
            self.beats.push(beat);
        }
    }

    /// The last step of a leg that does not arrive, as a beat of its own.
    fn dropped(&mut self, span: &LegSpan, depth: u32) {
        let Some(beat) = self.beats.last_mut() else { return };
        let kind = BeatKind::Dropped;
        if beat.first == span.last {
            (beat.kind, beat.at) = (kind, span.last);
            return;
        }
        beat.last = span.last - 1;
        beat.at = beat.at.min(beat.last);
        self.beats.push(Beat { kind, first: span.last, last: span.last, at: span.last, depth });
    }

    /// Between machines: on a segment's switch, or on a router.
    fn is_between(&self, hop: &Hop) -> bool {
        let tree = &self.facts.model.site.tree;
        tree.segment_at(hop.netns).is_some() || tree.is_router(hop.netns)
    }

    /// Nothing is between machines from here on.
    fn is_end(&self, step: &Step, span: &LegSpan) -> bool {
        let rest = self.steps(span).filter(|other| other.n >= step.n);
        let mut hops = rest.filter_map(|other| other.of(self.facts.journey));
        !hops.any(|(_, hop)| self.is_between(hop))
    }
}
