//! Writing a [`Scene`] as SVG: classes only, every colour in `static/css/scene.css`.

use super::geometry::{Pt, Rect};
use super::shape::{Align, Group, Pick, Shape};
use super::stills::{Flag, Still};
use super::style::{self, NEGATED};
use super::text::{Face, width};
use super::{Label, Links, Scene, Words};
use crate::theme::Theme;
use kubernetes::assumption::Verdict;
use kubernetes::shown;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// The sign of a verdict, so that it is never told by colour alone.
pub fn verdict_sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Works => "✓",
        Verdict::Fails => "✕",
        Verdict::Assumed => "≈",
        Verdict::NotModelled => "?",
    }
}

/// How to draw a scene.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The step to draw, from 1; `None` draws the network without a packet.
    pub step: Option<u32>,
    /// What the picture's frame takes in.
    pub focus: Focus,
    /// Colours of a document of its own; in a page they are the page's.
    pub theme: Theme,
    /// Language.
    pub words: &'a dyn Words,
    /// Where Pods and ClusterIPs link to.
    pub links: &'a dyn Links,
}

/// What the picture's frame takes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// Everything.
    #[default]
    All,
    /// The surroundings of the packet, legible on a phone.
    Step,
}

/// The style that documents that stand alone have inside, for a policy that allows it by its hash.
pub use super::style::STYLE;

/// For whom a picture is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A page, which has the style and links.
    Page,
    /// A browser, or what understands as much, without a page around it.
    Browser,
    /// What knows little of CSS.
    Library,
    /// A browser that shows all steps one after the other; nothing else addresses the parts.
    Film,
}

/// Text with the five characters that mean something in XML escaped and those it forbids left out.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                c if shown::turns(c) => f.write_char('\u{fffd}')?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// What a Service that a text is about begins with, in place of a namespace.
pub const SERVICE: &str = "svc/";

/// What is named by the still drawn.
#[derive(Default)]
pub(super) struct Marks<'a> {
    pub(super) now: BTreeSet<&'a str>,
    pub(super) past: BTreeSet<&'a str>,
    pub(super) active: BTreeSet<&'a str>,
    pub(super) tied: BTreeSet<&'a str>,
    pub(super) pointed: &'a [(String, Option<String>)],
}

impl Marks<'_> {
    /// Whether a text is about what a group draws: a device, a machine by its frame, a Service. A machine outside stands for its devices.
    fn is_pointed(&self, group: &Group) -> bool {
        let said = |name: &str| group.data.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
        let (netns, link, service) = (said("netns"), said("link"), said("service"));
        let inside = group.class.starts_with("stage") || group.class == "rules";
        let whole = group.class.contains("gateway-frame");
        self.pointed.iter().any(|(own, dev)| match own.strip_prefix(SERVICE) {
            Some(name) => service == Some(name),
            None => netns == Some(own.as_str()) && !inside && (whole || link == dev.as_deref()),
        })
    }
}

pub(super) struct Writer<'a, W> {
    pub(super) out: &'a mut W,
    pub(super) view: View<'a>,
    pub(super) marks: Marks<'a>,
    /// Further classes of the groups that are written.
    pub(super) more: String,
    pub(super) reader: Reader,
}

/// Writes an `<svg>` element that takes its colours from `scene.css`.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl fmt::Write, scene: &Scene, view: &View<'_>) -> fmt::Result {
    document(out, scene, view, Reader::Page)
}

/// Writes an SVG document of its own, with its colours inside: those of the view, else of what the reader prefers.
///
/// # Errors
/// Those of the writer.
pub fn write_standalone(out: &mut impl fmt::Write, scene: &Scene, view: &View<'_>) -> fmt::Result {
    document(out, scene, view, Reader::Browser)
}

/// Writes the same document in the CSS that every SVG library reads: it looks as the other one does in a browser.
///
/// # Errors
/// Those of the writer.
pub fn write_plain(out: &mut impl fmt::Write, scene: &Scene, view: &View<'_>) -> fmt::Result {
    document(out, scene, view, Reader::Library)
}

/// The part of the scene that a view shows: all with the line of the verdict where it stands alone.
pub(super) fn frame(scene: &Scene, view: &View<'_>, alone: bool) -> Rect {
    let (w, h) = (scene.layout.size.x, scene.layout.size.y);
    match (view.focus, scene.still(view.step).and_then(|still| still.view)) {
        (Focus::Step, Some(view)) => view,
        _ => Rect::new(0, 0, w, h + if alone && scene.verdict.is_some() { VERDICT } else { 0 }),
    }
}

/// Width and height in pixels of what a page has of it, at its natural size.
pub fn natural(scene: &Scene, view: &View<'_>) -> (u32, u32) {
    let frame = frame(scene, view, false);
    (frame.w.max(0) as u32, frame.h.max(0) as u32)
}

/// Width and height in pixels of a document of its own.
pub fn size(scene: &Scene, view: &View<'_>) -> (u32, u32) {
    let frame = frame(scene, view, true);
    (frame.w.max(0) as u32, frame.h.max(0) as u32)
}

fn document<W: fmt::Write>(out: &mut W, scene: &Scene, view: &View<'_>, reader: Reader) -> fmt::Result {
    let frame = frame(scene, view, reader != Reader::Page);
    head(out, scene, view, reader, frame)?;
    match reader {
        Reader::Page | Reader::Film => {}
        Reader::Browser => paper(out, STYLE, frame)?,
        Reader::Library => paper(out, &style::plain(view.theme), frame)?,
    }
    layers(out, scene, view, reader)?;
    out.write_str("</svg>")
}

/// The beginning of a document: its element, what it is called, what it shows.
pub(super) fn head<W: fmt::Write>(
    out: &mut W,
    scene: &Scene,
    view: &View<'_>,
    reader: Reader,
    frame: Rect,
) -> fmt::Result {
    let still = scene.still(view.step);
    let alone = reader != Reader::Page;
    // A picture with links in it is no single image to a screen reader.
    let role = if alone { "img" } else { "group" };
    let stepping = if still.is_some() { " stepping" } else { "" };
    let theme = match view.theme {
        theme @ (Theme::Light | Theme::Dark) if alone => format!(" data-theme=\"{}\"", theme.code()),
        _ => String::new(),
    };
    write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scene{stepping}\"{theme} viewBox=\"{} {} {} {}\" width=\"{}\" height=\"{}\" role=\"{role}\" aria-labelledby=\"scene-title scene-desc\">",
        frame.x, frame.y, frame.w, frame.h, frame.w, frame.h
    )?;
    let total = u64::from(scene.steps.len());
    let title = if scene.nodes == 0 { Label::HostsTitle } else { Label::Title };
    write!(out, "<title id=\"scene-title\">{}", Escaped(&view.words.label(&title)))?;
    if let Some(step) = view.step.filter(|_| still.is_some() && reader != Reader::Film) {
        write!(out, " · {}", Escaped(&view.words.label(&Label::StepOf { step: step.into(), total })))?;
    }
    let description = Label::Description { nodes: scene.nodes, pods: scene.pods };
    write!(out, "</title><desc id=\"scene-desc\">{}</desc>", Escaped(&view.words.label(&description)))
}

/// The style inside a document, and what it is drawn on.
pub(super) fn paper(out: &mut impl fmt::Write, style: &str, at: Rect) -> fmt::Result {
    write!(
        out,
        "<style>{}</style><rect class=\"paper\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
        style.replace('&', "&amp;").replace('<', "&lt;"),
        at.x,
        at.y,
        at.w,
        at.h
    )
}

/// Everything that is drawn, back to front.
pub(super) fn layers<W: fmt::Write>(out: &mut W, scene: &Scene, view: &View<'_>, reader: Reader) -> fmt::Result {
    let still = scene.still(view.step);
    let mut writer = Writer { out, view: *view, marks: marks(scene, view.step), more: String::new(), reader };
    for (class, shapes) in [("frames", &scene.layout.frames), ("lines", &scene.layout.lines)] {
        writer.layer(class, shapes)?;
    }
    writer.trail(scene, view.step)?;
    writer.layer("boxes", &scene.layout.boxes)?;
    writer.out.write_str("<g class=\"overlay\">")?;
    for shape in still.into_iter().flat_map(|still| &still.draw) {
        writer.shape(shape)?;
    }
    writer.out.write_str("</g>")?;
    writer.packet(still, !scene.stills.is_empty(), frame(scene, view, false))?;
    if let Some(verdict) = scene.verdict.filter(|_| reader != Reader::Page && view.focus == Focus::All) {
        let (w, h) = (scene.layout.size.x, scene.layout.size.y);
        writer.verdict(verdict, Rect::new(16, h, w - 32, VERDICT))?;
    }
    Ok(())
}

/// Height of the line that says what the result is worth.
pub(super) const VERDICT: i32 = 40;

pub(super) fn marks(scene: &Scene, step: Option<u32>) -> Marks<'_> {
    let mut marks = Marks { pointed: &scene.pointed, ..Marks::default() };
    let Some((still, here)) = scene.still(step).zip(step.and_then(|n| scene.steps.get(n))) else {
        marks.now.extend(scene.source.iter().map(String::as_str));
        return marks;
    };
    marks.now.extend(still.now.iter().map(String::as_str));
    marks.active.extend(still.active.iter().map(String::as_str));
    marks.tied.extend(still.ties.iter().map(String::as_str));
    for (earlier, still) in scene.steps.steps.iter().zip(&scene.stills) {
        if earlier.leg == here.leg && earlier.n < here.n {
            marks.past.extend(still.now.iter().map(String::as_str).filter(|key| !marks.now.contains(key)));
        }
    }
    marks
}

fn flag_width(flag: &Flag) -> i32 {
    let old = flag.before.as_deref().map_or(0, |before| width(before, Face::Mono) + 8);
    width(&flag.now, Face::Mono) + old + 16
}

/// How far to the right of a packet at `at` its label begins, so that it is within the picture.
pub(super) fn flag_left(flag: &Flag, at: Pt, frame: Rect) -> i32 {
    let w = flag_width(flag);
    let least = frame.x + 4 - at.x;
    (-w / 2).clamp(least, least.max(frame.right() - 4 - w - at.x))
}

/// The label that the packet carries, above or below it; `x` is its left edge, seen from the packet.
pub(super) fn flag(out: &mut impl fmt::Write, flag: &Flag, x: i32) -> fmt::Result {
    let w = flag_width(flag);
    let y = if flag.below { 13 } else { -33 };
    let middle = x + w / 2;
    write!(
        out,
        "<g class=\"flag{}{}\"><rect x=\"{}\" y=\"{y}\" width=\"{w}\" height=\"20\" rx=\"4\"/><text class=\"m\" text-anchor=\"middle\"{} y=\"{}\">",
        if flag.before.is_some() { " flips" } else { "" },
        if flag.quiet { " quiet" } else { "" },
        x,
        if middle == 0 { String::new() } else { format!(" x=\"{middle}\"") },
        y + 14
    )?;
    if let Some(before) = &flag.before {
        write!(out, "<tspan class=\"old\">{}</tspan> ", Escaped(before))?;
    }
    write!(out, "<tspan class=\"to\">{}</tspan></text></g>", Escaped(&flag.now))
}

impl<W: fmt::Write> Writer<'_, W> {
    fn layer(&mut self, class: &str, shapes: &[Shape]) -> fmt::Result {
        write!(self.out, "<g class=\"{class}\">")?;
        for shape in shapes {
            self.shape(shape)?;
        }
        self.out.write_str("</g>")
    }

    fn trail(&mut self, scene: &Scene, step: Option<u32>) -> fmt::Result {
        self.out.write_str("<g class=\"trail\">")?;
        let here = step.and_then(|n| scene.steps.get(n));
        for (one, still) in scene.steps.steps.iter().zip(&scene.stills) {
            if still.trail.is_empty() {
                continue;
            }
            let when = match here {
                Some(here) if one.n == here.n => "now",
                Some(here) if one.leg == here.leg && one.n < here.n => "past",
                Some(here) if one.n < here.n => "gone",
                _ => "next",
            };
            write!(self.out, "<path class=\"seg {when}\" data-step=\"{}\" d=\"{}\"/>", one.n, still.trail)?;
        }
        self.out.write_str("</g>")
    }

    fn packet(&mut self, still: Option<&Still>, wanted: bool, frame: Rect) -> fmt::Result {
        if !wanted {
            return Ok(());
        }
        let at = still.map(|still| still.at).unwrap_or_default();
        let class = match still {
            None => "packet none",
            Some(still) if still.dropped => "packet dropped",
            Some(_) => "packet",
        };
        write!(
            self.out,
            "<g class=\"{class}\" transform=\"translate({} {})\"><circle class=\"ring\" r=\"9\"/><circle class=\"dot\" r=\"5\"/><path class=\"cross\" d=\"M-7 -7L7 7M7 -7L-7 7\"/>",
            at.x, at.y
        )?;
        if let Some(still) = still {
            flag(self.out, &still.flag, flag_left(&still.flag, at, frame))?;
        }
        self.out.write_str("</g>")
    }

    /// What the result is worth: a sign, a word and a colour.
    pub(super) fn verdict(&mut self, verdict: Verdict, room: Rect) -> fmt::Result {
        let code = verdict.code();
        let text = format!("{} {}", verdict_sign(verdict), self.view.words.label(&Label::Verdict(code)));
        let w = (width(&text, Face::Bold) + 28).min(room.w);
        write!(
            self.out,
            "<g class=\"verdict {code}\"><rect x=\"{}\" y=\"{}\" width=\"{w}\" height=\"26\" rx=\"13\"/><text class=\"tb\" x=\"{}\" y=\"{}\">{}</text></g>",
            room.x,
            room.y,
            room.x + 14,
            room.y + 17,
            Escaped(&text)
        )
    }

    pub(super) fn shape(&mut self, shape: &Shape) -> fmt::Result {
        match shape {
            Shape::Group(group) => self.group(group),
            Shape::Rect { at, radius, class } => write!(
                self.out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{radius}\"/>",
                at.x, at.y, at.w, at.h
            ),
            Shape::Circle { at, radius, class } => {
                write!(self.out, "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{radius}\"/>", at.x, at.y)
            }
            Shape::Path { d, class } => write!(self.out, "<path class=\"{class}\" d=\"{d}\"/>"),
            Shape::Text(text) => {
                let (short, whole) = text.fitted(self.view.words);
                let gap = if text.class.is_empty() { "" } else { " " };
                let class = text.face.class();
                let anchor = match text.align {
                    Align::Start => "",
                    Align::Middle => " text-anchor=\"middle\"",
                    Align::End => " text-anchor=\"end\"",
                };
                write!(
                    self.out,
                    "<text class=\"{class}{gap}{}\" x=\"{}\" y=\"{}\"{anchor}>{}",
                    text.class,
                    text.at.x,
                    text.at.y,
                    Escaped(&short)
                )?;
                if let Some(whole) = whole {
                    write!(self.out, "<title>{}</title>", Escaped(&whole))?;
                }
                self.out.write_str("</text>")
            }
        }
    }

    fn group(&mut self, group: &Group) -> fmt::Result {
        let (link, value) = match &group.pick {
            None => (None, None),
            Some(Pick::Pod(namespace, name)) => {
                (self.view.links.pod(namespace, name), Some(format!("pod/{namespace}/{name}")))
            }
            Some(Pick::Service(namespace, name)) => {
                (self.view.links.service(namespace, name), Some(format!("svc/{namespace}/{name}")))
            }
        };
        let link = link.filter(|_| self.reader == Reader::Page);
        if let Some(url) = &link {
            write!(self.out, "<a href=\"{}\">", Escaped(url))?;
        }
        write!(self.out, "<g class=\"{}", group.class)?;
        if let Some(key) = group.key.as_deref() {
            for (set, class) in [
                (&self.marks.now, " now"),
                (&self.marks.past, " past"),
                (&self.marks.active, " active"),
                (&self.marks.tied, " tied"),
            ] {
                if set.contains(key) {
                    self.out.write_str(class)?;
                }
            }
        }
        if self.marks.is_pointed(group) {
            self.out.write_str(" pointed")?;
        }
        if self.reader == Reader::Library {
            let is = |class| match (class, group.key.as_deref()) {
                ("now", Some(key)) => self.marks.now.contains(key),
                ("past", Some(key)) => self.marks.past.contains(key),
                ("active", Some(key)) => self.marks.active.contains(key),
                _ => false,
            };
            for class in NEGATED.into_iter().filter(|class| !is(class)) {
                write!(self.out, " no-{class}")?;
            }
        }
        self.out.write_str(&self.more)?;
        self.out.write_char('"')?;
        let named = self.reader != Reader::Film;
        if let Some(key) = group.key.as_ref().filter(|_| named) {
            write!(self.out, " data-k=\"{}\"", Escaped(key))?;
        }
        for (name, value) in group.data.iter().filter(|_| named) {
            write!(self.out, " data-{name}=\"{}\"", Escaped(value))?;
        }
        if let Some(value) = value.filter(|_| named) {
            write!(self.out, " data-pick-value=\"{}\"", Escaped(&value))?;
        }
        self.out.write_char('>')?;
        if let Some(title) = &group.title {
            write!(self.out, "<title>{}</title>", Escaped(&title.text(self.view.words)))?;
        }
        for shape in &group.shapes {
            self.shape(shape)?;
        }
        self.out.write_str("</g>")?;
        if link.is_some() { self.out.write_str("</a>") } else { Ok(()) }
    }
}
