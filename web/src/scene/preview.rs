//! A picture for links to a trace: what was asked, what came of it, and the surroundings of the packet, all legible where it is shown small.

use super::geometry::Rect;
use super::svg::{self, Escaped, Focus, Reader, View};
use super::text::{Face, fit, width};
use super::{Scene, style};
use kubernetes::assumption::Verdict;
use std::fmt;

/// Width and height in pixels: what sites that show links expect.
pub const SIZE: (u32, u32) = (1_200, 630);
/// Space at the sides.
const SIDE: i32 = 40;
/// Where the picture is.
const ROOM: Rect = Rect { x: SIDE, y: 152, w: 1_200 - 2 * SIDE, h: 630 - 152 - 26 };
/// Sizes of the lines, which no picture has otherwise.
const LINES: &str = ".scene text.preview-title{font-size:34px;font-weight:700}.scene text.preview-line{font-size:21px}\
                     .scene text.preview-name{font-size:19px;font-weight:700}.scene .verdict text.preview-line{font-weight:700}\
                     .scene .preview-room{fill:none}.scene .mark{stroke-width:2.6;stroke-linecap:round}";
/// The brand's colour and the lines around the picture, from the style sheet.
const COLOURS: [(&str, &str, &str); 3] = [
    (".scene .mark", "stroke", "accent"),
    (".scene .mark-end", "fill", "accent"),
    (".scene .preview-room", "stroke", "faint"),
];

/// What is said above the picture.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// What was asked, or what is shown.
    pub title: &'a str,
    /// What came of it, with its verdict.
    pub result: Option<(Verdict, &'a str)>,
    /// Where: the scenario.
    pub name: &'a str,
}

/// As much of a text of some size in pixels as there is room for.
fn cut(text: &str, size: i32, room: i32) -> String {
    fit(text, Face::Bold, room * 13 / size)
}

/// A frame of the room's proportions around another one, inside of a picture of that width as far as there is so much of it.
fn surroundings(view: Rect, width: i32) -> Rect {
    let w = view.w.max(view.h * ROOM.w / ROOM.h);
    let x = if w >= width { (width - w) / 2 } else { (view.x + (view.w - w) / 2).clamp(0, width - w) };
    let h = w * ROOM.h / ROOM.w;
    Rect { x, y: view.y - (h - view.h) / 2, w, h }
}

/// Width in pixels of a text of some size: what the table says is generous.
fn wide(text: &str, size: i32) -> i32 {
    width(text, Face::Bold) * size * 93 / 1_300
}

/// Writes the document, in the CSS that every SVG library reads.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl fmt::Write, scene: &Scene, view: &View<'_>, head: &Head<'_>) -> fmt::Result {
    let (w, h) = SIZE;
    let view = View { focus: Focus::Step, ..*view };
    let stepping = if scene.still(view.step).is_some() { " stepping" } else { "" };
    write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scene\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\">"
    )?;
    let mut sheet = style::plain(view.theme);
    sheet.push_str(LINES);
    for (selector, property, name) in COLOURS {
        sheet.push_str(&format!("{selector}{{{property}:{}}}", style::colour(name, view.theme)));
    }
    svg::paper(out, &sheet, Rect::new(0, 0, w as i32, h as i32))?;
    let right = w as i32 - SIDE;
    out.write_str(
        "<g transform=\"translate(1040 24)\"><path class=\"mark\" d=\"M5 22 C5 8 14 8 14 18 S23 28 27 10\"/><circle class=\"mark-end\" cx=\"5\" cy=\"22\" r=\"3.4\"/><circle class=\"mark-end\" cx=\"27\" cy=\"10\" r=\"3.4\"/></g>",
    )?;
    write!(out, "<text class=\"preview-name\" x=\"{right}\" y=\"47\" text-anchor=\"end\">kubehop</text>")?;
    write!(out, "<text class=\"preview-title\" x=\"{SIDE}\" y=\"62\">{}</text>", Escaped(&cut(head.title, 34, 960)))?;
    let name_room = if head.result.is_some() { 430 } else { right - SIDE };
    let name = cut(head.name, 21, name_room);
    if let Some((verdict, line)) = head.result {
        let name_width = wide(&name, 21);
        let line = format!("{} {line}", svg::verdict_sign(verdict));
        let line = cut(&line, 21, right - SIDE - name_width - 60);
        let pill = (wide(&line, 21) + 40).min(right - SIDE);
        write!(
            out,
            "<g class=\"verdict {}\"><rect x=\"{SIDE}\" y=\"88\" width=\"{pill}\" height=\"42\" rx=\"21\"/><text class=\"preview-line\" x=\"{}\" y=\"116\">{}</text></g>",
            verdict.code(),
            SIDE + 18,
            Escaped(&line)
        )?;
        write!(
            out,
            "<text class=\"preview-line dim\" x=\"{right}\" y=\"116\" text-anchor=\"end\">{}</text>",
            Escaped(&name)
        )?;
    } else {
        write!(out, "<text class=\"preview-line dim\" x=\"{SIDE}\" y=\"116\">{}</text>", Escaped(&name))?;
    }
    let frame = surroundings(svg::frame(scene, &view, false), scene.layout.size.x);
    write!(
        out,
        "<svg class=\"scene{stepping}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"{} {} {} {}\">",
        ROOM.x, ROOM.y, ROOM.w, ROOM.h, frame.x, frame.y, frame.w, frame.h
    )?;
    svg::layers(out, scene, &view, Reader::Library)?;
    write!(
        out,
        "</svg><rect class=\"preview-room\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/></svg>",
        ROOM.x, ROOM.y, ROOM.w, ROOM.h
    )
}
