//! One namespace as a picture: doors, the Services they lead to, and the workloads behind these, from left to right. What belongs together
//! is one block; blocks stand in as many columns as keep the ring readable. The same whatever the language and the colours.

use super::asked::{Asked, Level};
use super::index::{Atlas, Item, Trouble, Workload};
use super::plan::{Drawn, Ring, in_box, led_to};
use crate::finding;
use crate::locale::{self, Lang};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::svg::Escaped;
use crate::scene::text::{Face, fit, width};
use crate::url;
use kubernetes::cluster::model::{Service, ServiceType};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Space around everything.
const PAD: i32 = 14;
/// Height of a box.
const BOX: i32 = 44;
/// Space between boxes of a column.
const GAP: i32 = 12;
/// Space between columns, for lines.
const GUTTER: i32 = 44;
/// Space between blocks side by side.
const BESIDE: i32 = 34;
/// Height of a Pod in its workload, and the space below it.
const POD: (i32, i32) = (20, 5);
/// Widest picture.
const WIDEST: i32 = 1_220;
/// Height above which blocks stand in one more column.
const TALL: i32 = 480;
/// Gateways, other doors, Services, workloads.
const COLUMNS: usize = 4;
/// Widths of boxes; one with Pods in it is a little broader than the narrowest.
const WITH_PODS: i32 = 178;
const NARROW: i32 = 120;
const BROAD: i32 = 218;

/// Where boxes lead.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    /// The scenario.
    pub id: &'a str,
    /// What is shown.
    pub asked: &'a Asked,
}

impl Links<'_> {
    /// A Pod's page.
    pub fn pod(&self, namespace: &str, name: &str) -> String {
        self.asked.at(Level::Pod(namespace.to_owned(), name.to_owned())).href(self.id)
    }

    /// The same picture with something unfolded, or folded.
    pub fn toggle(&self, key: &str, open: bool) -> String {
        self.asked.toggled(key, open).href(self.id)
    }

    /// A namespace by itself.
    pub fn namespace(&self, name: &str) -> String {
        Asked { ns: name.to_owned(), ..self.asked.at(Level::Cluster) }.href(self.id)
    }

    /// An object with what belongs to it.
    pub fn object(&self, kind: &str, namespace: Option<&str>, name: &str) -> String {
        let asked = self.asked.at(Level::Cluster);
        let ns = namespace.unwrap_or_default().to_owned();
        Asked { ns, kind: kind.to_owned(), q: name.to_owned(), ..asked }.href(self.id)
    }

    /// The Pods of a workload, as a list.
    pub fn pods_of(&self, workload: &Workload) -> String {
        self.object("Pod", Some(&workload.namespace), &workload.name)
    }

    /// What an item leads to, if it has a page or a picture.
    pub fn item(&self, atlas: &Atlas<'_>, item: Item) -> Option<String> {
        let facts = atlas.facts(item)?;
        Some(match item {
            Item::Namespace(_) => self.namespace(&facts.name),
            Item::Node(_) => self.asked.at(Level::Node(facts.name.into_owned())).href(self.id),
            Item::Pod(_) | Item::Absent(_) => self.pod(facts.namespace?, &facts.name),
            Item::Docker(_) | Item::Host(_) | Item::Router(_) => {
                self.asked.at(Level::Host(facts.name.into_owned())).href(self.id)
            }
            Item::Container(id) => {
                let host = atlas.model.cluster.docker_host(id.host)?;
                self.asked.at(Level::Host(host.name.to_string())).href(self.id)
            }
            Item::Other(_) => url::source(self.id, &atlas.place(item)?),
            _ => self.object(facts.kind, facts.namespace, &facts.name),
        })
    }
}

/// What is wrong, in words.
pub(crate) fn trouble_words(lang: Lang, trouble: Trouble<'_>) -> String {
    match trouble {
        Trouble::Finding(found) => finding::message(lang, found),
        Trouble::NotReady => locale::t(lang, "atlas-not-ready"),
        Trouble::Absent => locale::t(lang, "atlas-absent"),
        Trouble::NobodyBehind => locale::t(lang, "atlas-nobody-behind"),
    }
}

/// A box with its texts.
struct Card {
    class: &'static str,
    surface: &'static str,
    name: String,
    /// Signs behind the name: something is wrong, policies select it.
    signs: String,
    says: String,
    title: String,
    href: Option<String>,
    pick: Option<String>,
    stacked: bool,
    trouble: bool,
    pods: Vec<Item>,
    more: usize,
    /// The workload that it is.
    of: Option<u32>,
    column: usize,
}

impl Card {
    fn width(&self) -> i32 {
        let signs = if self.signs.is_empty() { 0 } else { width(&self.signs, Face::Sans) + 10 };
        let pods = if self.pods.is_empty() { 0 } else { WITH_PODS };
        ((width(&self.name, Face::Bold) + signs).max(width(&self.says, Face::Sans)) + 24).max(pods)
    }

    fn height(&self) -> i32 {
        let rows = (self.pods.len() + usize::from(self.more > 0)).div_ceil(2) as i32;
        BOX + if rows > 0 { rows * (POD.0 + POD.1) + 4 } else { 0 }
    }
}

struct Words<'a, 'm> {
    lang: Lang,
    atlas: &'a Atlas<'m>,
    links: Links<'a>,
    /// The number that a policy has in the ring.
    policies: BTreeMap<u32, usize>,
}

impl Words<'_, '_> {
    fn of(&self, drawn: &Drawn) -> Option<Card> {
        let (atlas, lang) = (self.atlas, self.lang);
        let cluster = &atlas.model.cluster;
        let item = match *drawn {
            Drawn::Ingress(at) => Item::Ingress(at),
            Drawn::Gateway(at) => Item::Gateway(at),
            Drawn::Route(at) => Item::Route(at),
            Drawn::Service(at) => Item::Service(at),
            Drawn::Workload(at, _) => Item::Workload(at),
        };
        let facts = atlas.facts(item)?;
        let trouble = atlas.trouble(item);
        let mut face = Card {
            class: "door",
            surface: "gateway",
            name: facts.name.to_string(),
            signs: String::new(),
            says: String::new(),
            title: format!("{} {}/{}", facts.kind, facts.namespace.unwrap_or_default(), facts.name),
            href: self.links.item(atlas, item),
            pick: None,
            stacked: false,
            trouble: trouble.is_some(),
            pods: Vec::new(),
            more: 0,
            of: None,
            column: 1,
        };
        let hosts = |all: Vec<&str>| match all.as_slice() {
            [] => String::from("*"),
            [one] => (*one).to_owned(),
            [one, rest @ ..] => format!("{one} +{}", rest.len()),
        };
        match *drawn {
            Drawn::Ingress(at) => {
                let rules = &cluster.fronts.ingresses.get(at as usize)?.rules;
                let mut names: Vec<&str> = rules.iter().filter_map(|rule| rule.host.as_deref()).collect();
                names.dedup();
                face.says = format!("Ingress · {}", hosts(names));
            }
            Drawn::Gateway(at) => {
                let gateway = cluster.fronts.gateways.get(at as usize)?;
                let address = gateway.address.map_or_else(|| gateway.class.to_string(), |ip| ip.to_string());
                face.says = format!("Gateway · {address}");
                face.column = 0;
            }
            Drawn::Route(at) => {
                let route = cluster.fronts.routes.get(at as usize)?;
                face.says = format!("{} · {}", facts.kind, hosts(route.hostnames.iter().map(|one| &**one).collect()));
                let by = route.attached.iter().filter_map(|(at, _)| cluster.fronts.gateways.get(*at as usize));
                for gateway in by {
                    let _ = write!(face.title, " ← Gateway {}", gateway.name);
                }
            }
            Drawn::Service(at) => {
                let service = cluster.services.get(at as usize)?;
                face.class = if service.origin.assumed { "ghost pick assumed" } else { "ghost pick" };
                face.surface = "ghost-box";
                face.says = self.service(service);
                face.pick = Some(format!("svc/{}", service.name));
                face.column = 2;
            }
            Drawn::Workload(at, pods) => {
                face.of = Some(at);
                self.workload(&mut face, atlas.workloads.get(at as usize)?, pods);
            }
        }
        if let Some(trouble) = trouble {
            face.signs.insert_str(0, "⚠ ");
            let _ = write!(face.title, " · {}", trouble_words(lang, trouble));
        }
        face.signs = face.signs.trim().to_owned();
        Some(face)
    }

    fn service(&self, service: &Service) -> String {
        if service.kind == ServiceType::ExternalName {
            return format!("ExternalName · {}", service.external_name.as_deref().unwrap_or_default());
        }
        let mut ports: Vec<String> = service.ports.iter().take(3).map(|port| port.port.to_string()).collect();
        if service.ports.len() > ports.len() {
            ports.push(String::from("…"));
        }
        let kind = match service.kind {
            ServiceType::ClusterIp => "Service".to_owned(),
            other => other.to_string(),
        };
        match service.cluster_ips.first() {
            Some(ip) => format!("{kind} · {ip}:{}", ports.join(",")),
            None => format!("{kind} · headless:{}", ports.join(",")),
        }
    }

    fn workload(&self, face: &mut Card, one: &Workload, pods: usize) {
        let cluster = &self.atlas.model.cluster;
        let count = one.count();
        let of = |at: &kubernetes::cluster::model::PodId| cluster.pods.get(at.0 as usize);
        let ready = one.pods.iter().filter_map(of).filter(|pod| pod.ready).count();
        let assumed = one.pods.first().and_then(of).is_some_and(|pod| pod.origin.assumed);
        face.column = 3;
        face.surface = "pod";
        face.class = match (assumed, ready < count) {
            (true, _) => "load assumed",
            (false, true) => "load unready",
            (false, false) => "load",
        };
        face.stacked = count > 1 && pods == 0;
        let kind = &*one.kind;
        face.says = match one.pods.first().and_then(of) {
            _ if ready < count => {
                let args = [("kind", kind.into()), ("ready", ready.into()), ("count", count.into())];
                locale::ta(self.lang, "atlas-ready-of", &args)
            }
            Some(pod) if count == 1 => format!("{kind} · {}", pod.ip),
            _ => kind.to_owned(),
        };
        if count != 1 {
            let _ = write!(face.name, " ×{count}");
        }
        if let Some(pod) = one.pods.first().and_then(of) {
            face.pick = Some(format!("pod/{}", pod.name));
        }
        // One Pod is looked at, several are unfolded.
        let only = one.pods.first().and_then(of).map(|pod| &pod.name);
        let absent = one.absent.first().and_then(|at| cluster.absent.get(*at as usize)).map(|pod| &pod.name);
        face.href = match only.or(absent).filter(|_| count == 1) {
            Some(name) => Some(self.links.pod(&name.namespace, &name.name)),
            None if count == 0 => face.href.take(),
            None => Some(self.links.toggle(&one.key(), pods == 0)),
        };
        let marks = self.atlas.policies(one);
        let mut marks: Vec<String> =
            marks.iter().filter_map(|at| self.policies.get(at)).map(|number| format!("▣{number}")).collect();
        if marks.len() > 3 {
            marks.truncate(2);
            marks.push(String::from("…"));
        }
        face.signs = marks.join(" ");
        if pods > 0 {
            face.pods = in_box(self.atlas, one);
            face.more = count - pods;
            face.pods.truncate(pods);
        }
    }
}

/// What a ring looks like: its picture's size and every box in its place.
struct Layout {
    size: Pt,
    boxes: Vec<(usize, Rect)>,
}

/// Draws a ring's boxes as an `<svg>` element; nothing for one that is folded or empty. Returns how many lines there was no room for.
///
/// # Errors
/// Those of `out`.
pub fn draw(
    out: &mut impl Write,
    lang: Lang,
    atlas: &Atlas<'_>,
    ring: &Ring,
    links: Links<'_>,
) -> Result<usize, fmt::Error> {
    if ring.boxes.is_empty() {
        return Ok(0);
    }
    let policies = ring.policies.iter().copied().zip(1..).collect();
    let words = Words { lang, atlas, links, policies };
    let faces: Vec<Card> = ring.boxes.iter().filter_map(|drawn| words.of(drawn)).collect();
    let mut lines = lines(atlas, &ring.boxes);
    // As many as there are boxes: more of them would hide each other.
    let hidden = lines.len().saturating_sub(ring.boxes.len());
    lines.truncate(ring.boxes.len());
    let layout = place(&faces, &lines);
    let at = |index: usize| layout.boxes.iter().find(|(own, _)| *own == index).map(|(_, at)| *at);
    let name = locale::ta(lang, "atlas-ring-label", &[("namespace", (&*ring.namespace).into())]);
    write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"scene\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"group\" aria-label=\"{}\">",
        layout.size.x,
        layout.size.y,
        layout.size.x,
        layout.size.y,
        Escaped(&name)
    )?;
    for (nth, line) in lines.iter().enumerate() {
        if let (Some(from), Some(to)) = (at(line.from), at(line.to)) {
            draw_line(out, line, nth, (from, to))?;
        }
    }
    for (index, at) in &layout.boxes {
        if let Some(face) = faces.get(*index) {
            draw_box(out, &words, face, *at)?;
        }
    }
    out.write_str("</svg>")?;
    Ok(hidden)
}

/// A line between two boxes, by index; how many endpoints of how many are ready.
struct Line {
    from: usize,
    to: usize,
    ready: Option<(usize, usize)>,
}

fn lines(atlas: &Atlas<'_>, boxes: &[Drawn]) -> Vec<Line> {
    let mut services = BTreeMap::new();
    let mut workloads = BTreeMap::new();
    let mut gateways = BTreeMap::new();
    for (index, one) in boxes.iter().enumerate() {
        match one {
            Drawn::Gateway(at) => drop(gateways.insert(*at, index)),
            Drawn::Service(at) => drop(services.insert(*at, index)),
            Drawn::Workload(at, _) => drop(workloads.insert(*at, index)),
            _ => {}
        }
    }
    let to_services = |from: usize, door: Item, lines: &mut Vec<Line>| {
        let to = led_to(atlas, door).into_iter().filter_map(|at| services.get(&at));
        lines.extend(to.map(|to| Line { from, to: *to, ready: None }));
    };
    let mut lines = Vec::new();
    for (from, one) in boxes.iter().enumerate() {
        match *one {
            Drawn::Ingress(at) => to_services(from, Item::Ingress(at), &mut lines),
            Drawn::Route(at) => {
                let route = atlas.model.cluster.fronts.routes.get(at as usize);
                let mut by: Vec<u32> = route.into_iter().flat_map(|one| &one.attached).map(|(at, _)| *at).collect();
                by.dedup();
                let by = by.into_iter().filter_map(|at| gateways.get(&at));
                lines.extend(by.map(|gateway| Line { from: *gateway, to: from, ready: None }));
                to_services(from, Item::Route(at), &mut lines);
            }
            Drawn::Service(at) => {
                let to = atlas.behind(at).into_iter();
                let to = to.filter_map(|(at, ready, all)| Some((workloads.get(&at)?, (ready, all))));
                lines.extend(to.map(|(to, ready)| Line { from, to: *to, ready: Some(ready) }));
            }
            Drawn::Gateway(_) | Drawn::Workload(..) => {}
        }
    }
    lines
}

/// Boxes that lines join, in the order of the first of each.
fn blocks(count: usize, lines: &[Line]) -> Vec<Vec<usize>> {
    let mut of: Vec<usize> = (0..count).collect();
    fn root(of: &[usize], mut at: usize) -> usize {
        while let Some(&next) = of.get(at).filter(|next| **next != at) {
            at = next;
        }
        at
    }
    for line in lines {
        let (a, b) = (root(&of, line.from), root(&of, line.to));
        if let Some(slot) = of.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
    let mut blocks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..count {
        blocks.entry(root(&of, at)).or_default().push(at);
    }
    blocks.into_values().collect()
}

fn place(faces: &[Card], lines: &[Line]) -> Layout {
    let height = |at: usize| faces.get(at).map_or(BOX, Card::height);
    let column = |at: usize| faces.get(at).map_or(COLUMNS - 1, |face| face.column);
    let blocks = blocks(faces.len(), lines);
    let (joined, single): (Vec<Vec<usize>>, Vec<Vec<usize>>) = blocks.into_iter().partition(|block| block.len() > 1);
    // Columns are as wide as what stands in them, in every block alike.
    let mut widths = [0; COLUMNS];
    for &at in joined.iter().flatten() {
        if let (Some(slot), Some(face)) = (widths.get_mut(column(at)), faces.get(at)) {
            *slot = (*slot).max(face.width().clamp(NARROW, BROAD));
        }
    }
    let mut left = [0; COLUMNS];
    let mut x = 0;
    for (slot, w) in left.iter_mut().zip(widths) {
        *slot = x;
        x += if w > 0 { w + GUTTER } else { 0 };
    }
    let block_width = (x - GUTTER).max(0);
    let mut placed: Vec<(usize, Rect)> = Vec::new();
    let laid: Vec<(Vec<(usize, Rect)>, i32)> =
        joined.iter().map(|block| lay_block(block, lines, (left, widths), &height, &column)).collect();
    let tall: i32 = laid.iter().map(|(_, height)| height + GAP * 2).sum();
    let fit_beside = if block_width > 0 { ((WIDEST - 2 * PAD + BESIDE) / (block_width + BESIDE)).max(1) } else { 1 };
    let beside = (tall / TALL + 1).clamp(1, fit_beside).min(laid.len().max(1) as i32);
    let mut ends = vec![PAD; beside as usize];
    for (block, high) in laid {
        let shortest = ends.iter().enumerate().min_by_key(|(at, end)| (**end, *at)).map_or(0, |(at, _)| at);
        let Some(end) = ends.get_mut(shortest) else { continue };
        let x = PAD + shortest as i32 * (block_width + BESIDE);
        placed.extend(block.into_iter().map(|(at, own)| (at, Rect::new(own.x + x, own.y + *end, own.w, own.h))));
        *end += high + GAP * 2;
    }
    let mut right = if joined.is_empty() { PAD } else { PAD + beside * (block_width + BESIDE) - BESIDE };
    let mut bottom = ends.iter().max().map_or(PAD, |end| if joined.is_empty() { PAD } else { end - GAP });
    // What nothing leads to and what leads nowhere stands below, row by row.
    let single: Vec<usize> = single.into_iter().flatten().collect();
    let cell = single.iter().filter_map(|at| faces.get(*at)).map(|face| face.width().clamp(NARROW, BROAD)).max();
    if let Some(cell) = cell {
        let most = ((WIDEST - 2 * PAD + GAP) / (cell + GAP)).max(1) as usize;
        let under = ((right - PAD + GAP) / (cell + GAP)).max(1) as usize;
        let square = (1..=most).find(|row| row * row * 2 >= single.len()).unwrap_or(most);
        let row = under.max(square).min(most).min(single.len()).max(1);
        for line in single.chunks(row) {
            let tall = line.iter().map(|at| height(*at)).max().unwrap_or(BOX);
            for (nth, &at) in (0i32..).zip(line) {
                placed.push((at, Rect::new(PAD + nth * (cell + GAP), bottom, cell, height(at))));
            }
            bottom += tall + GAP;
        }
        right = right.max(PAD + row as i32 * (cell + GAP) - GAP);
    }
    Layout { size: Pt::at(right + PAD, bottom - GAP + PAD), boxes: placed }
}

/// The boxes of one block from its upper left corner, and its height: each stands beside the middle of what it leads to.
fn lay_block(
    block: &[usize],
    lines: &[Line],
    (left, widths): ([i32; COLUMNS], [i32; COLUMNS]),
    height: &impl Fn(usize) -> i32,
    column: &impl Fn(usize) -> usize,
) -> (Vec<(usize, Rect)>, i32) {
    let mut placed: BTreeMap<usize, Rect> = BTreeMap::new();
    let mut lowest = 0;
    for here in (0..COLUMNS).rev() {
        let mut y = 0;
        for &at in block.iter().filter(|at| column(**at) == here) {
            let to = lines.iter().filter(|line| line.from == at).filter_map(|line| placed.get(&line.to));
            let middles: Vec<i32> = to.map(|to| to.y + BOX / 2).collect();
            let wished = match middles.as_slice() {
                [] => y,
                all => all.iter().sum::<i32>() / all.len() as i32 - BOX / 2,
            };
            let (x, w) = (left.get(here).copied().unwrap_or(0), widths.get(here).copied().unwrap_or(NARROW));
            let own = Rect::new(x, wished.max(y), w, height(at));
            y = own.bottom() + GAP;
            lowest = lowest.max(own.bottom());
            placed.insert(at, own);
        }
    }
    (placed.into_iter().collect(), lowest)
}

fn draw_line(out: &mut impl Write, line: &Line, nth: usize, (from, to): (Rect, Rect)) -> fmt::Result {
    let (start, end) = (Pt::at(from.right(), from.y + BOX / 2), Pt::at(to.x, to.y + BOX / 2));
    // Lines of neighbours keep apart.
    let turn = start.x + GUTTER / 2 + (line.from.min(nth) % 3) as i32 * 6 - 6;
    let turn = turn.min(end.x - 10);
    let d = path_data(&[start, Pt::at(turn, start.y), Pt::at(turn, end.y), Pt::at(end.x - 2, end.y)], 6);
    let nobody = line.ready.is_some_and(|(ready, _)| ready == 0);
    let class = if nobody { "flow idle" } else { "flow" };
    write!(out, "<path class=\"{class}\" d=\"{d}\"/>")?;
    write!(out, "<path class=\"tip\" d=\"M{} {}l-7 -4v8z\"/>", end.x, end.y)?;
    if let Some((ready, all)) = line.ready.filter(|(ready, all)| ready < all) {
        write!(
            out,
            "<text class=\"t stop\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{ready}/{all}</text>",
            end.x - 9,
            end.y - 6
        )?;
    }
    Ok(())
}

fn draw_box(out: &mut impl Write, words: &Words<'_, '_>, face: &Card, at: Rect) -> fmt::Result {
    if let Some(href) = &face.href {
        write!(out, "<a href=\"{}\">", Escaped(href))?;
    }
    write!(out, "<g class=\"{}{}\"", face.class, if face.trouble { " trouble" } else { "" })?;
    if let Some(pick) = &face.pick {
        write!(out, " data-pick-value=\"{}\"", Escaped(pick))?;
    }
    write!(out, "><title>{}</title>", Escaped(&face.title))?;
    if face.stacked {
        surface(out, Rect::new(at.x + 4, at.y - 4, at.w, at.h), "pod stack")?;
    }
    surface(out, at, face.surface)?;
    let signs = if face.signs.is_empty() { 0 } else { width(&face.signs, Face::Sans) + 10 };
    text(out, (at.x + 11, at.y + 19), "tb", &fit(&face.name, Face::Bold, at.w - 22 - signs))?;
    if !face.signs.is_empty() {
        let (x, y) = (at.right() - 10, at.y + 19);
        write!(out, "<text class=\"t signs\" x=\"{x}\" y=\"{y}\" text-anchor=\"end\">")?;
        match face.signs.strip_prefix('⚠') {
            Some(rest) => write!(out, "<tspan class=\"stop\">⚠</tspan>{}</text>", Escaped(rest))?,
            None => write!(out, "{}</text>", Escaped(&face.signs))?,
        }
    }
    text(out, (at.x + 11, at.y + 35), "t dim", &fit(&face.says, Face::Sans, at.w - 22))?;
    out.write_str("</g>")?;
    if face.href.is_some() {
        out.write_str("</a>")?;
    }
    let each = (at.w - 16 - POD.1) / 2;
    let spot =
        |nth: i32| Rect::new(at.x + 8 + nth % 2 * (each + POD.1), at.y + BOX + nth / 2 * (POD.0 + POD.1), each, POD.0);
    let workload = face.name.rsplit_once(" ×").map_or(&*face.name, |(name, _)| name);
    for (nth, pod) in (0i32..).zip(&face.pods) {
        draw_pod(out, words, *pod, workload, spot(nth))?;
    }
    let of = face.of.and_then(|of| words.atlas.workloads.get(of as usize));
    if let Some(of) = of.filter(|_| face.more > 0) {
        let at = spot(face.pods.len() as i32);
        write!(out, "<a href=\"{}\">", Escaped(&words.links.pods_of(of)))?;
        text(out, (at.x + 6, at.y + 14), "t more-pods", &format!("+{}", face.more))?;
        out.write_str("</a>")?;
    }
    Ok(())
}

fn draw_pod(out: &mut impl Write, words: &Words<'_, '_>, pod: Item, workload: &str, at: Rect) -> fmt::Result {
    let Some(facts) = words.atlas.facts(pod) else { return Ok(()) };
    let (namespace, name) = (facts.namespace.unwrap_or_default(), &*facts.name);
    let trouble = words.atlas.trouble(pod);
    let cluster = &words.atlas.model.cluster;
    let ready = match pod {
        Item::Pod(at) => cluster.pods.get(at as usize).is_some_and(|pod| pod.ready || pod.origin.assumed),
        _ => false,
    };
    let class = if ready { "one" } else { "one unready" };
    let address = facts.address.map(|ip| format!(" · {ip}")).unwrap_or_default();
    let said = trouble.map(|trouble| format!(" · {}", trouble_words(words.lang, trouble))).unwrap_or_default();
    write!(
        out,
        "<a href=\"{}\"><g class=\"{class}\" data-pick-value=\"pod/{}/{}\"><title>Pod {}/{}{}{}</title>",
        Escaped(&words.links.pod(namespace, name)),
        Escaped(namespace),
        Escaped(name),
        Escaped(namespace),
        Escaped(name),
        Escaped(&address),
        Escaped(&said)
    )?;
    surface(out, at, "pod")?;
    // What tells it from the others of its workload stands at the end.
    let tail = name.strip_prefix(workload).map_or(name, |rest| rest.trim_start_matches('-'));
    let tail = tail.rsplit('-').next().filter(|tail| !tail.is_empty()).unwrap_or(name);
    let sign = if trouble.is_some() { "⚠ " } else { "" };
    text(out, (at.x + 6, at.y + 14), "m", &fit(&format!("{sign}{tail}"), Face::Mono, at.w - 10))?;
    out.write_str("</g></a>")
}

fn surface(out: &mut impl Write, at: Rect, class: &str) -> fmt::Result {
    let radius = if at.h < BOX { 4 } else { 7 };
    write!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{radius}\"/>",
        at.x, at.y, at.w, at.h
    )
}

fn text(out: &mut impl Write, (x, y): (i32, i32), class: &str, said: &str) -> fmt::Result {
    write!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(said))
}
