//! The bar of time over a picture: the moments of a timeline as marks, the present among them, and the moments before and behind it.
//!
//! Time between moments is drawn by the root of how long it lasts, so that what happens within seconds can be told apart beside what lasts for
//! minutes. Marks that would touch are one mark.

use super::words::{change_words, event_words, time_text};
use crate::locale::{Lang, t};
use kubernetes::cluster::model::Happens;
use sim_core::timeline::Mark;

/// Marks that find room beside each other.
const ROOM: usize = 40;
/// Moments that are listed.
const LISTED: usize = 60;
/// Sentences about the present moment.
const TOLD: usize = 2;
/// How far times that are written stand from each other, in hundredths of the bar: on a phone, and elsewhere.
const APART: [f64; 2] = [17.0, 7.5];
/// Where the bar begins, and how wide it is, in hundredths.
const EDGE: f64 = 1.6;
const WIDTH: f64 = 100.0 - 2.0 * EDGE;

/// The bar in words, without addresses.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The present.
    pub now: String,
    /// The last moment up to the present, as the present where it is that one.
    pub since: String,
    /// What happened then, the first of it.
    pub here: Vec<String>,
    /// How much more happened.
    pub more: usize,
    /// Where the present is.
    pub cursor: String,
    groups: Vec<Group>,
    listed: Vec<Listed>,
    /// Moments that are not listed.
    pub unlisted: usize,
    previous: Option<String>,
    next: Option<String>,
}

/// Marks that are one, from the first to the last.
#[derive(Clone, Debug)]
pub struct Group {
    /// Places along the bar, of a hundred: where it begins and ends, and where what a pointer finds it by begins, with its width.
    pub places: [String; 4],
    /// More than one moment.
    pub many: bool,
    /// `event`: something of the input happens; `probe`: a packet is sent; `change`: something comes of what happened.
    pub kind: &'static str,
    /// The present is in it.
    pub current: bool,
    /// The time that is written below, with a word for how much room that takes.
    pub label: Option<(String, &'static str)>,
    /// What a pointer is told.
    pub title: String,
    at: String,
}

/// A moment of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its time.
    pub at: String,
    /// What happens, the first of it.
    pub words: String,
    /// `event`, `probe` or `change`.
    pub kind: &'static str,
    /// It is the last one up to the present.
    pub current: bool,
}

/// The bar with addresses.
#[derive(Debug)]
pub struct BarView<'b> {
    /// The bar.
    pub bar: &'b Bar,
    /// Marks, each with its time and its address.
    pub groups: Vec<(&'b Group, &'b str, String)>,
    /// Moments, each with its address.
    pub listed: Vec<(&'b Listed, String)>,
    /// Addresses are of other pages, not of places of this one.
    pub swaps: bool,
    /// The moment before the present one, and the one behind it.
    pub steps: [Option<(String, String)>; 2],
}

fn kind(mark: &Mark) -> &'static str {
    let is_probe = |what: &Happens| matches!(what, Happens::Probe(_));
    match mark.events.iter().any(|event| !is_probe(&event.what)) {
        true => "event",
        false if mark.events.is_empty() => "change",
        false => "probe",
    }
}

fn sentences(lang: Lang, mark: &Mark) -> Vec<String> {
    let events = mark.events.iter().map(|event| event_words(lang, event));
    let all: Vec<String> = events.chain(mark.changes.iter().map(|change| change_words(lang, change))).collect();
    // Nothing has happened yet.
    if all.is_empty() { vec![t(lang, "time-first")] } else { all }
}

/// Where every moment is along the bar, and where the present is.
fn places(marks: &[Mark], now: u64) -> (Vec<f64>, f64) {
    let end = marks.last().map_or(0, |mark| mark.at).max(now);
    let gap = |from: u64, to: u64| (to.saturating_sub(from) as f64).sqrt();
    let mut along = Vec::with_capacity(marks.len());
    let (mut at, mut last, mut here) = (0.0, 0, 0.0);
    for mark in marks {
        if (last..mark.at).contains(&now) {
            let share = (now - last) as f64 / (mark.at - last) as f64;
            here = at + gap(last, mark.at) * share;
        }
        at += gap(last, mark.at);
        last = mark.at;
        along.push(at);
    }
    if now >= last {
        here = at + gap(last, now);
    }
    let whole = (at + gap(last, end)).max(1.0);
    let place = |at: f64| EDGE + at / whole * WIDTH;
    (along.into_iter().map(place).collect(), place(here))
}

fn hundredths(place: f64) -> String {
    format!("{place:.2}%")
}

impl Bar {
    /// Of moments, at a time in milliseconds; `None` where nothing ever happens.
    pub fn of(lang: Lang, marks: &[Mark], now: u64) -> Option<Self> {
        marks.get(1)?;
        let (along, cursor) = places(marks, now);
        let present = marks.partition_point(|mark| mark.at <= now).saturating_sub(1);
        let mut here = marks.get(present).map(|mark| sentences(lang, mark)).unwrap_or_default();
        let more = here.len().saturating_sub(TOLD);
        here.truncate(TOLD);
        let text = |mark: &Mark| time_text(mark.at);
        let earlier = marks.iter().rev().find(|mark| mark.at < now);
        let later = marks.iter().find(|mark| mark.at > now);
        let begin = present.saturating_sub(LISTED / 2).min(marks.len().saturating_sub(LISTED));
        let listed = marks.iter().enumerate().skip(begin).take(LISTED).map(|(at, mark)| Listed {
            at: text(mark),
            words: sentences(lang, mark).join(" · "),
            kind: kind(mark),
            current: at == present,
        });
        let mut groups = grouped(lang, marks, &along, present);
        label(&mut groups);
        Some(Self {
            now: time_text(now),
            since: marks.get(present).map(text).unwrap_or_default(),
            here,
            more,
            cursor: hundredths(cursor),
            groups: groups.into_iter().map(|(group, _)| group).collect(),
            listed: listed.collect(),
            unlisted: marks.len().saturating_sub(LISTED),
            previous: earlier.map(text),
            next: later.map(text),
        })
    }

    /// The next moment, else the one before.
    pub fn other(&self) -> Option<&str> {
        self.next.as_ref().or(self.previous.as_ref()).map(String::as_str)
    }

    /// With the address of each time; the start's is without one.
    pub fn view(&self, href: impl Fn(&str) -> String) -> BarView<'_> {
        let to = |at: &str| href(if at == "0s" { "" } else { at });
        BarView {
            bar: self,
            swaps: !to(&self.now).starts_with('#'),
            groups: self.groups.iter().map(|group| (group, group.at.as_str(), to(&group.at))).collect(),
            listed: self.listed.iter().map(|one| (one, to(&one.at))).collect(),
            steps: [&self.previous, &self.next].map(|step| step.as_ref().map(|at| (at.clone(), to(at)))),
        }
    }
}

/// Moments that would touch, together; each with its place.
fn grouped(lang: Lang, marks: &[Mark], along: &[f64], present: usize) -> Vec<(Group, f64)> {
    let least = WIDTH / ROOM as f64;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, place) in along.iter().enumerate() {
        match runs.last_mut() {
            // What is too near to the first of a run belongs to it, up to as far as a run may reach.
            Some((first, end)) if along.get(*first).is_some_and(|from| place - from < least) => *end = at,
            _ => runs.push((at, at)),
        }
    }
    let place = |at: usize| along.get(at).copied().unwrap_or(EDGE);
    let middle = |run: &(usize, usize)| f64::midpoint(place(run.0), place(run.1));
    let mut all = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let inside = marks.get(run.0..=run.1).unwrap_or_default();
        let Some(first) = inside.first() else { continue };
        let before = number.checked_sub(1).and_then(|number| runs.get(number));
        let left = before.map_or(0.0, |before| f64::midpoint(place(before.1), place(run.0)));
        let right = runs.get(number + 1).map_or(100.0, |behind| f64::midpoint(place(run.1), place(behind.0)));
        let kinds: Vec<&'static str> = inside.iter().map(kind).collect();
        let kind = ["event", "probe"].into_iter().find(|kind| kinds.contains(kind)).unwrap_or("change");
        let words = inside.iter().map(|mark| format!("{} {}", time_text(mark.at), sentences(lang, mark).join(" · ")));
        all.push((
            Group {
                places: [place(run.0), place(run.1), left, right - left].map(hundredths),
                many: run.1 > run.0,
                kind,
                current: (run.0..=run.1).contains(&present),
                label: None,
                title: words.collect::<Vec<_>>().join("\n"),
                at: time_text(inside.iter().find(|mark| is(mark, kind)).unwrap_or(first).at),
            },
            middle(run),
        ));
    }
    all
}

fn is(mark: &Mark, own: &str) -> bool {
    kind(mark) == own
}

/// Writes times where there is room: the ends, then what happens, then the rest.
fn label(groups: &mut [(Group, f64)]) {
    let last = groups.len().saturating_sub(1);
    let weight = |at: usize, group: &Group| match group.kind {
        _ if at == 0 || at == last => 0,
        "event" => 1,
        "probe" => 2,
        _ => 3,
    };
    let mut order: Vec<(usize, usize)> =
        groups.iter().enumerate().map(|(at, (group, _))| (weight(at, group), at)).collect();
    order.sort_unstable();
    let mut taken: Vec<f64> = Vec::new();
    for (apart, room) in APART.into_iter().zip(["narrow", "wide"]) {
        for (_, at) in &order {
            let Some((group, place)) = groups.get_mut(*at) else { continue };
            if group.label.is_none() && taken.iter().all(|other| (other - *place).abs() >= apart) {
                taken.push(*place);
                group.label = Some((group.at.clone(), room));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::origin::NamespacedName;
    use sim_core::timeline::Change;
    use std::sync::Arc;

    fn mark(at: u64) -> Mark {
        let pod = NamespacedName { namespace: Arc::from("shop"), name: Arc::from(format!("web-{at}")) };
        Mark { at, events: Vec::new(), changes: vec![Change::Ready(pod, true)] }
    }

    fn place(text: &str) -> f64 {
        text.trim_end_matches('%').parse().unwrap()
    }

    #[test]
    fn a_hundred_moments_close_together_are_few_marks_and_none_overlap() {
        let mut marks: Vec<Mark> = std::iter::once(0).chain((0..100).map(|at| 60_000 + at * 100)).map(mark).collect();
        marks.push(mark(7_200_000));
        let bar = Bar::of(Lang::En, &marks, 65_000).unwrap();
        assert!((10..=ROOM + 1).contains(&bar.groups.len()), "{}", bar.groups.len());
        let mut end = 0.0;
        for group in &bar.groups {
            let [from, to, left, width] = group.places.each_ref().map(|text| place(text));
            assert!((left - end).abs() < 0.02 && from >= left && to <= left + width + 0.02, "{group:?}");
            end = left + width;
        }
        assert!((end - 100.0).abs() < 0.1);
        assert_eq!(bar.groups.iter().filter(|group| group.current).count(), 1);
        assert_eq!((bar.listed.len(), bar.unlisted), (LISTED, marks.len() - LISTED));
        assert!(bar.listed.iter().any(|one| one.current && one.at == "1m5s"), "{:?}", bar.listed);
        for (room, apart) in [("narrow", APART[0]), ("wide", APART[1])] {
            let middles = bar
                .groups
                .iter()
                .filter(|group| group.label.as_ref().is_some_and(|label| room == "wide" || label.1 == room));
            let middles: Vec<f64> =
                middles.map(|group| f64::midpoint(place(&group.places[0]), place(&group.places[1]))).collect();
            assert!(middles.windows(2).all(|two| two[1] - two[0] > apart - 0.1), "{room} {middles:?}");
        }
    }

    #[test]
    fn the_present_is_between_the_moments_around_it() {
        let marks = [mark(0), mark(10_000), mark(20_000)];
        let at = |now| Bar::of(Lang::En, &marks, now).unwrap();
        let around = |now| (at(now).previous, at(now).next, at(now).since);
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(around(0), (None, text("10s"), "0s".to_owned()));
        assert_eq!(around(10_000), (text("0s"), text("20s"), "10s".to_owned()));
        assert_eq!(around(12_000), (text("10s"), text("20s"), "10s".to_owned()));
        assert_eq!(around(90_000), (text("20s"), None, "20s".to_owned()));
        let cursors: Vec<f64> = [0, 5_000, 10_000, 12_000, 20_000, 90_000].map(|now| place(&at(now).cursor)).to_vec();
        assert!(cursors.is_sorted() && cursors[1] > cursors[0] && cursors[3] > cursors[2], "{cursors:?}");
        assert!(cursors[5] > place(&at(90_000).groups[2].places[0]));
        let bar = at(12_000);
        let view = bar.view(|time| format!("[{time}]"));
        assert_eq!(view.listed.iter().map(|(_, href)| href.as_str()).collect::<Vec<_>>(), ["[]", "[10s]", "[20s]"]);
        assert!(Bar::of(Lang::En, &marks[..1], 0).is_none() && Bar::of(Lang::En, &[], 0).is_none());
    }
}
