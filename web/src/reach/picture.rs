//! The graph: who may connect on the left, to whom on the right, namespaces as boxes, arrows with their ports.

use super::fold::Folded;
use super::names::ports_text;
use crate::locale::{Lang, ta};
use kubernetes::shown;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Arrows that are drawn at most: more are no picture.
pub const ARROWS: usize = 160;

/// Sizes in pixels.
const ROW: usize = 30;
const WIDE: usize = 240;
const GAP: usize = 300;
const EDGE: usize = 16;
/// Characters of a name that fit.
const LETTERS: usize = 30;

/// One of the two columns: where each group's row is, and the boxes around those of one namespace (name, first and last row).
struct Column {
    rows: BTreeMap<usize, usize>,
    boxes: Vec<(String, usize, usize)>,
    height: usize,
}

fn column(folded: &Folded, shown: impl Fn(usize) -> bool) -> Column {
    let mut column = Column { rows: BTreeMap::new(), boxes: Vec::new(), height: EDGE };
    let mut before: Option<&str> = None;
    for (at, group) in folded.groups.iter().enumerate().filter(|(at, _)| shown(*at)) {
        if before != Some(&group.namespace) {
            column.height += if before.is_some() { ROW / 2 } else { 0 };
            if !group.namespace.is_empty() {
                column.height += ROW / 2 + 6;
                column.boxes.push((group.namespace.clone(), column.height, column.height));
            }
            before = Some(&group.namespace);
        }
        column.rows.insert(at, column.height);
        column.height += ROW;
        if let Some(last) = column.boxes.last_mut().filter(|last| last.0 == group.namespace) {
            last.2 = column.height;
        }
    }
    column.height += EDGE;
    column
}

/// Text inside of an element or an attribute.
fn xml(text: &str) -> String {
    let text = shown::visible(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn cut(text: &str) -> String {
    match text.chars().count() > LETTERS {
        true => format!("{}…", text.chars().take(LETTERS - 1).collect::<String>()),
        false => text.to_owned(),
    }
}

fn draw(out: &mut impl Write, folded: &Folded, column: &Column, x: usize) -> fmt::Result {
    for (name, top, bottom) in &column.boxes {
        let (y, height) = (top.saturating_sub(ROW / 2 + 4), bottom - top + ROW / 2 + 4);
        writeln!(
            out,
            "<rect class=\"space\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{height}\" rx=\"6\"/><text class=\"name\" x=\"{}\" y=\"{}\">{}</text>",
            x - 8,
            WIDE + 16,
            x,
            y + 13,
            xml(&cut(name))
        )?;
    }
    for (at, y) in &column.rows {
        let Some(group) = folded.groups.get(*at) else { continue };
        let own = format!("{}/", group.namespace);
        let name = group.name.strip_prefix(&own).unwrap_or(&group.name);
        writeln!(
            out,
            "<g><title>{}</title><rect class=\"end\" x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{}\" rx=\"4\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            xml(&group.name),
            ROW - 6,
            x + 8,
            y + 16,
            xml(&cut(name))
        )?;
    }
    Ok(())
}

/// As SVG; arrows beyond [`ARROWS`] are left out, and that is said in it. `alone` has colours of its own for light and dark, else the page has
/// them.
///
/// # Errors
/// When it cannot be written.
pub fn svg(out: &mut impl Write, lang: Lang, folded: &Folded, alone: bool) -> fmt::Result {
    let drawn: Vec<_> = folded.cells.iter().take(ARROWS).collect();
    let left = column(folded, |at| drawn.iter().any(|((from, _), _)| *from == at));
    let right = column(folded, |at| drawn.iter().any(|((_, to), _)| *to == at));
    let more = folded.cells.len() - drawn.len();
    let width = EDGE * 2 + WIDE * 2 + GAP;
    let height = left.height.max(right.height) + if more > 0 { ROW } else { 0 };
    let title = ta(lang, "reach-graph", &[("count", drawn.len().into())]);
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" class=\"reach-graph\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<title>{}</title>",
        xml(&title)
    )?;
    if alone {
        out.write_str(STYLE)?;
    }
    out.write_str("<defs><marker id=\"reach-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n")?;
    let (from_x, to_x) = (EDGE + WIDE, EDGE + WIDE + GAP);
    let mut labels = Vec::new();
    for ((from, to), cell) in &drawn {
        let (Some(a), Some(b)) = (left.rows.get(from), right.rows.get(to)) else { continue };
        let (a, b) = (a + ROW / 2 - 3, b + ROW / 2 - 3);
        let name = |at: &usize| folded.groups.get(*at).map_or("", |group| &*group.name);
        let ports = ports_text(&cell.ports);
        let part = if cell.whole { "" } else { " part" };
        writeln!(
            out,
            "<path class=\"arrow{part}\" d=\"M{from_x} {a}C{} {a} {} {b} {to_x} {b}\" marker-end=\"url(#reach-arrow)\"><title>{}</title></path>",
            from_x + GAP / 2,
            to_x - GAP / 2,
            xml(&format!("{} => {} : {ports}", name(from), name(to)))
        )?;
        if ports != "all" {
            labels.push((b, ports));
        }
    }
    // One word at each end of arrows that have the same.
    labels.sort();
    labels.dedup();
    let mut last = None;
    for (y, ports) in &labels {
        if last == Some(*y) {
            continue;
        }
        last = Some(*y);
        let several = labels.iter().filter(|(own, _)| own == y).count() > 1;
        let text = if several { format!("{} …", cut(ports)) } else { cut(ports) };
        writeln!(
            out,
            "<text class=\"ports\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            to_x - 10,
            y - 4,
            xml(&text)
        )?;
    }
    draw(out, folded, &left, EDGE)?;
    draw(out, folded, &right, to_x)?;
    if more > 0 {
        let words = ta(lang, "reach-graph-more", &[("count", more.into())]);
        writeln!(out, "<text class=\"name\" x=\"{EDGE}\" y=\"{}\">{}</text>", height - 10, xml(&words))?;
    }
    out.write_str("</svg>\n")
}

/// The same is in `static/css/policies.css`.
const STYLE: &str = "<style>.reach-graph .space{fill:none;stroke:#8a94a6;stroke-dasharray:4 3}.reach-graph .end{fill:#f4f6fa;stroke:#5b6b86}.reach-graph text{fill:#1d2736}.reach-graph .name{fill:#4c5a72;font-size:11px}.reach-graph .ports{fill:#24417a;font-size:11px}.reach-graph .arrow{fill:none;stroke:#3b62ad;stroke-opacity:.7}.reach-graph .part{stroke-dasharray:5 3}.reach-graph .head{fill:#3b62ad}@media (prefers-color-scheme:dark){.reach-graph{background:#12161d}.reach-graph .end{fill:#1c2430;stroke:#7f93b5}.reach-graph text{fill:#e6ebf3}.reach-graph .name{fill:#b3bfd2}.reach-graph .ports{fill:#a9c4ff}.reach-graph .arrow{stroke:#7ea4f0}.reach-graph .head{fill:#7ea4f0}}</style>\n";
