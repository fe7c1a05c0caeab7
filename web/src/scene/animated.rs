//! All steps in one document that plays by itself: an SVG without a script, a reference or an inline style.
//!
//! What looks different at some steps is written once for each way it looks, and visible at the steps at which it looks so; the packet moves
//! along the lines. Both are CSS animations of one length, and only for readers who want motion: the document without them is the picture
//! of one step, which is what others see, and programs that know no animations.

use super::geometry::{Pt, Rect};
use super::shape::Shape;
use super::stills::Flag;
use super::svg::{self, Escaped, Marks, Reader, STYLE, VERDICT, View, Writer, marks};
use super::text::{Face, fit, width};
use super::{Label, Scene};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// Milliseconds of one step.
const STEP: u32 = 1_100;
/// Of these, while the packet moves.
const MOVE: u32 = 550;
/// Milliseconds that the last step stays longer.
const REST: u32 = 2_500;
/// Bytes of a document at most.
pub const LARGEST: usize = 6 << 20;
/// Height of the line that says which step is shown.
const CAPTION: i32 = 30;

/// The document would be larger than [`LARGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// Steps that it would have.
    pub steps: u32,
}

/// A document, and the style inside it, for a policy that allows it by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Animated {
    /// The document.
    pub svg: String,
    /// The style.
    pub style: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// The steps at which something is visible: the first and the last of each run, in order.
type Runs = Vec<(u32, u32)>;

/// What is animated: each set of steps once.
struct Timeline {
    total: u32,
    runs: BTreeMap<Runs, usize>,
}

impl Timeline {
    fn length(&self) -> u32 {
        self.total * STEP + REST
    }

    /// A moment in percent of the length.
    fn percent(&self, at: u32) -> String {
        let thousandths = u64::from(at) * 100_000 / u64::from(self.length().max(1));
        format!("{}.{:03}%", thousandths / 1_000, thousandths % 1_000)
    }

    fn starts(&self, step: u32) -> u32 {
        step.saturating_sub(1) * STEP
    }

    /// Classes of what is visible at some steps; `here` is the step that is shown without motion.
    fn classes(&mut self, runs: Runs, here: u32) -> String {
        let visible = runs.iter().any(|(first, last)| (*first..=*last).contains(&here));
        let next = self.runs.len();
        let number = *self.runs.entry(runs).or_insert(next);
        format!(" v v{number}{}", if visible { " here" } else { "" })
    }

    /// The rules of everything that was given classes.
    fn style(&self, way: &str) -> String {
        let mut rules = String::from(
            "svg.scene:root{max-height:100vh}.v{visibility:hidden}.v.here{visibility:visible}.bar{transform-box:fill-box;transform-origin:0 0}\
             .scene .progress{fill:var(--faint)}.scene .bar{fill:var(--accent)}\
             @media (prefers-reduced-motion:reduce){.scene .progress,.scene .bar{display:none}}\
             @media (prefers-reduced-motion:no-preference){",
        );
        let length = self.length();
        let _ = write!(
            rules,
            ".v{{animation:{length}ms step-end infinite}}.way{{animation:way {length}ms linear infinite}}.bar{{animation:bar {length}ms linear infinite}}.scene:hover .v,.scene:hover .way,.scene:hover .bar{{animation-play-state:paused}}"
        );
        for number in self.runs.values() {
            let _ = write!(rules, ".v{number}{{animation-name:v{number}}}");
        }
        rules.push_str("}@keyframes bar{from{transform:scaleX(0)}to{transform:scaleX(1)}}");
        let _ = write!(rules, "@keyframes way{{{way}}}");
        for (runs, number) in &self.runs {
            let _ = write!(rules, "@keyframes v{number}{{");
            if runs.first().is_none_or(|(first, _)| *first > 1) {
                rules.push_str("0%{visibility:hidden}");
            }
            for (first, last) in runs {
                let _ = write!(rules, "{}{{visibility:visible}}", self.percent(self.starts(*first)));
                if *last < self.total {
                    let _ = write!(rules, "{}{{visibility:hidden}}", self.percent(self.starts(last + 1)));
                }
            }
            let stays = runs.last().is_some_and(|(_, last)| *last >= self.total);
            let _ = write!(rules, "to{{visibility:{}}}}}", if stays { "visible" } else { "hidden" });
        }
        rules
    }
}

/// Keyframes of the packet: along the line to each step, and there until the next.
fn way(scene: &Scene, timeline: &Timeline) -> String {
    let mut frames = String::new();
    let mut key = |at: u32, point: Pt| {
        let _ = write!(frames, "{}{{transform:translate({}px,{}px)}}", timeline.percent(at), point.x, point.y);
    };
    let mut here: Option<Pt> = None;
    for (still, n) in scene.stills.iter().zip(1..) {
        let start = timeline.starts(n);
        let mut points: Vec<Pt> = here.into_iter().chain(still.way.iter().copied()).collect();
        points.push(still.at);
        points.dedup();
        if still.way.is_empty() {
            // Nothing leads there: it is there at once, as at the beginning.
            if let Some(here) = here {
                key(start.saturating_sub(1), here);
            }
            key(start, still.at);
        } else {
            let lengths: Vec<i32> = points.windows(2).map(|pair| pair[0].manhattan(pair[1])).collect();
            let whole = lengths.iter().sum::<i32>().max(1);
            let mut gone = 0;
            for (point, length) in points.iter().zip(std::iter::once(&0).chain(&lengths)) {
                gone += length;
                key(start + MOVE * gone as u32 / whole as u32, *point);
            }
        }
        here = Some(still.at);
    }
    if let Some(here) = here {
        key(timeline.length(), here);
    }
    frames
}

/// The runs of some steps that are in order.
fn runs(steps: impl Iterator<Item = u32>) -> Runs {
    let mut runs: Runs = Vec::new();
    for step in steps {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == step => *last = step,
            _ => runs.push((step, step)),
        }
    }
    runs
}

/// Writes the document. `captions` say where each step is and what happens there; a step of the view is the one that is shown without motion.
///
/// # Errors
/// [`TooLarge`].
pub fn write(scene: &Scene, view: &View<'_>, captions: &[String]) -> Result<Animated, TooLarge> {
    let total = scene.steps.len();
    let too_large = TooLarge { steps: total };
    let view = View { step: Some(scene.steps.clamp(view.step.unwrap_or(1))), ..*view };
    let mut film = Film {
        scene,
        here: view.step.unwrap_or(1),
        marks: (1..=total).map(|step| marks(scene, Some(step))).collect(),
        timeline: Timeline { total, runs: BTreeMap::new() },
    };
    let mut drawn = String::new();
    film.layers(&mut drawn, &view, captions).map_err(|_| too_large)?;
    let style = format!("{STYLE}{}", film.timeline.style(&way(scene, &film.timeline)));
    let frame = Rect::new(0, 0, scene.layout.size.x, scene.layout.size.y + VERDICT + CAPTION);
    let mut svg = String::new();
    svg::head(&mut svg, scene, &view, Reader::Film, frame).map_err(|_| too_large)?;
    svg::paper(&mut svg, &style, frame).map_err(|_| too_large)?;
    svg.push_str(&drawn);
    svg.push_str("</svg>");
    if svg.len() > LARGEST {
        return Err(too_large);
    }
    Ok(Animated { svg, style, size: (frame.w.max(0) as u32, frame.h.max(0) as u32) })
}

struct Film<'a> {
    scene: &'a Scene,
    /// The step that is shown without motion.
    here: u32,
    /// What is named at each step.
    marks: Vec<Marks<'a>>,
    timeline: Timeline,
}

impl<'a> Film<'a> {
    fn layers(&mut self, out: &mut String, view: &View<'a>, captions: &[String]) -> fmt::Result {
        let scene = self.scene;
        let mut writer =
            Writer { out, view: *view, marks: Marks::default(), more: String::new(), reader: Reader::Film };
        for (class, shapes) in [("frames", &scene.layout.frames), ("lines", &scene.layout.lines)] {
            self.layer(&mut writer, class, shapes)?;
        }
        self.trail(&mut writer)?;
        self.layer(&mut writer, "boxes", &scene.layout.boxes)?;
        writer.out.write_str("<g class=\"overlay\">")?;
        for (still, n) in scene.stills.iter().zip(1..) {
            if !still.draw.is_empty() {
                write!(writer.out, "<g class=\"{}\">", self.timeline.classes(vec![(n, n)], self.here).trim_start())?;
                still.draw.iter().try_for_each(|shape| writer.shape(shape))?;
                writer.out.write_str("</g>")?;
            }
            if writer.out.len() > LARGEST {
                return Err(fmt::Error);
            }
        }
        writer.out.write_str("</g>")?;
        self.packet(writer.out)?;
        let (w, h) = (scene.layout.size.x, scene.layout.size.y);
        if let Some(verdict) = scene.verdict {
            writer.verdict(verdict, Rect::new(16, h, w - 32, VERDICT))?;
        }
        self.captions(&mut writer, captions, Rect::new(16, h + VERDICT, w - 32, CAPTION))
    }

    /// Shapes, each that is named as often as it looks in some way.
    fn layer<'w>(&mut self, writer: &mut Writer<'w, String>, class: &str, shapes: &'w [Shape]) -> fmt::Result {
        write!(writer.out, "<g class=\"{class}\">")?;
        for shape in shapes {
            let key = match shape {
                Shape::Group(group) => group.key.as_deref(),
                _ => None,
            };
            let Some(key) = key else {
                writer.shape(shape)?;
                continue;
            };
            let mut looks: BTreeMap<[bool; 4], Vec<u32>> = BTreeMap::new();
            for (marks, n) in self.marks.iter().zip(1..) {
                let look = [&marks.now, &marks.past, &marks.active, &marks.tied].map(|set| set.contains(key));
                looks.entry(look).or_default().push(n);
            }
            let changes = looks.len() > 1;
            for (look, steps) in looks {
                let mark = |is: bool| if is { [key].into() } else { std::collections::BTreeSet::new() };
                let [now, past, active, tied] = look.map(mark);
                writer.marks = Marks { now, past, active, tied, ..Marks::default() };
                if changes {
                    writer.more = self.timeline.classes(runs(steps.into_iter()), self.here);
                }
                writer.shape(shape)?;
                writer.more.clear();
            }
            writer.marks = Marks::default();
            if writer.out.len() > LARGEST {
                return Err(fmt::Error);
            }
        }
        writer.out.write_str("</g>")
    }

    /// The lines that the packet came by: under way, in this leg, in an earlier one.
    fn trail(&mut self, writer: &mut Writer<'_, String>) -> fmt::Result {
        writer.out.write_str("<g class=\"trail\">")?;
        let total = self.timeline.total;
        for (step, still) in self.scene.steps.steps.iter().zip(&self.scene.stills) {
            if still.trail.is_empty() {
                continue;
            }
            let later = self.scene.steps.steps.iter().skip(step.n as usize);
            let end = later.take_while(|later| later.leg == step.leg).last().map_or(step.n, |last| last.n);
            for (class, first, last) in [("now", step.n, step.n), ("past", step.n + 1, end), ("gone", end + 1, total)] {
                if first <= last {
                    let more = self.timeline.classes(vec![(first, last)], self.here);
                    write!(writer.out, "<path class=\"seg {class}{more}\" d=\"{}\"/>", still.trail)?;
                }
            }
        }
        writer.out.write_str("</g>")
    }

    fn packet(&mut self, out: &mut String) -> fmt::Result {
        let at = self.scene.still(Some(self.here)).map(|still| still.at).unwrap_or_default();
        write!(out, "<g class=\"way\" transform=\"translate({} {})\">", at.x, at.y)?;
        for (class, dropped) in [("packet", false), ("packet dropped", true)] {
            let steps = self.scene.stills.iter().zip(1..).filter(|(still, _)| still.dropped == dropped);
            let runs = runs(steps.map(|(_, n)| n));
            if runs.is_empty() {
                continue;
            }
            let more = self.timeline.classes(runs, self.here);
            write!(
                out,
                "<g class=\"{class}{more}\"><circle class=\"ring\" r=\"9\"/><circle class=\"dot\" r=\"5\"/><path class=\"cross\" d=\"M-7 -7L7 7M7 -7L-7 7\"/></g>"
            )?;
        }
        // What it carries in front of it, each as long as it says that.
        let frame = Rect::new(0, 0, self.scene.layout.size.x, self.scene.layout.size.y);
        let mut flags: Vec<(&Flag, i32, Vec<u32>)> = Vec::new();
        for (still, n) in self.scene.stills.iter().zip(1..) {
            let left = svg::flag_left(&still.flag, still.at, frame);
            match flags.last_mut() {
                Some((flag, at, steps)) if **flag == still.flag && *at == left => steps.push(n),
                _ => flags.push((&still.flag, left, vec![n])),
            }
        }
        for (flag, left, steps) in flags {
            write!(out, "<g class=\"{}\">", self.timeline.classes(runs(steps.into_iter()), self.here).trim_start())?;
            svg::flag(out, flag, left)?;
            out.write_str("</g>")?;
        }
        out.write_str("</g>")
    }

    /// Which step it is, how many there are, and what happens.
    fn captions(&mut self, writer: &mut Writer<'_, String>, captions: &[String], room: Rect) -> fmt::Result {
        let y = room.y + 12;
        for (text, n) in captions.iter().zip(1..=self.timeline.total) {
            let number = Label::StepOf { step: n.into(), total: self.timeline.total.into() };
            let number = writer.view.words.label(&number);
            let x = room.x + width(&number, Face::Bold) + 12;
            let more = self.timeline.classes(vec![(n, n)], self.here);
            write!(
                writer.out,
                "<g class=\"caption{more}\"><text class=\"tb\" x=\"{}\" y=\"{y}\">{}</text><text class=\"t dim\" x=\"{x}\" y=\"{y}\">{}</text></g>",
                room.x,
                Escaped(&number),
                Escaped(&fit(text, Face::Sans, room.right() - x))
            )?;
        }
        for class in ["progress", "bar"] {
            write!(
                writer.out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"3\" rx=\"1\"/>",
                room.x,
                room.y + 20,
                room.w
            )?;
        }
        Ok(())
    }
}
