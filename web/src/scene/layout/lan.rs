//! The segments between the nodes, and what is at them besides nodes: the gateway, which routes between several, and hosts outside.

use super::plan::{Layout, MARGIN, PORT, keyed};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::selection::Selection;
use crate::scene::shape::{Group, Say, Shape, middle, rect, start};
use crate::scene::stills::REASON_WIDTH;
use crate::scene::text::{Face, width};
use crate::scene::wires::{Spot, spread};
use crate::scene::words::Label;
use kernel::config::LinkKind;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::SegmentId;
use sim_core::model::Model;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Height of the segment.
pub(super) const LAN: i32 = 56;
/// How far from the left edge of one of several segments the router's port is.
const ROUTER_PORT: i32 = 250;
/// Size of the gateway's box.
const GATEWAY: (i32, i32) = (216, 52);
/// From one such box to the next.
pub(super) const BESIDE: i32 = GATEWAY.0 + 16;
/// Room for a segment's name, left of the ports below it.
pub(super) const NAME: i32 = 96;
/// Least width of one of several segments: room for the label, the router's port and a host.
const SEGMENT: i32 = 480;

/// The hosts that are drawn below a segment.
fn hosts_on<'s>(model: &'s Model, selection: &'s Selection, segment: SegmentId) -> impl Iterator<Item = NetnsId> + 's {
    let lan = selection.lan.get(segment.0 as usize).copied();
    let on_it =
        move |id: &NetnsId| is_host(model, *id) && lan.is_some_and(|lan| port_towards(model, *id, lan).is_some());
    selection.gateways.iter().copied().filter(on_it)
}

/// Least width of one of several segments, with the hosts that are drawn below it.
pub(super) fn least(model: &Model, selection: &Selection, segment: SegmentId) -> i32 {
    SEGMENT + (hosts_on(model, selection, segment).count() as i32 - 1).max(0) * BESIDE
}

/// Segments without nodes that hosts are on, before another one.
pub(super) fn without_nodes(model: &Model, selection: &Selection, drawn: &[SegmentId], before: u32) -> Vec<SegmentId> {
    let all = (0..(selection.lan.len() as u32).min(before)).map(SegmentId);
    all.filter(|id| !drawn.contains(id) && hosts_on(model, selection, *id).next().is_some()).collect()
}

/// True for a host that is there for its probe only: no page knows its devices.
fn is_passing(model: &Model, id: NetnsId) -> bool {
    let site = &model.site;
    site.outside.values().any(|own| *own == id) && !site.hosts.values().any(|own| *own == id)
}

/// True for a machine that is neither node nor router.
fn is_host(model: &Model, id: NetnsId) -> bool {
    model.site.tree.is_host(id)
}

/// A drawn segment.
struct Bar {
    lan: NetnsId,
    rect: Rect,
    block: usize,
    bus: i32,
    key: String,
    name: String,
    taps: Vec<(i32, Spot)>,
}

/// Routers that are drawn already.
#[derive(Default)]
struct Routers {
    /// How many ports a segment has for them.
    ports: BTreeMap<usize, i32>,
    /// From where to where they and their lines reach, and the lower edge.
    taken: Vec<((i32, i32), i32)>,
}

impl Routers {
    /// How far right of the first router's port on a segment the next one is.
    fn shift(&mut self, bar: usize) -> i32 {
        let count = self.ports.entry(bar).or_default();
        *count += 1;
        (*count - 1) * NEXT_PORT
    }

    /// The first row, from `top` on, in which nothing stands between these two.
    fn row(&mut self, top: i32, (from, to): (i32, i32), height: i32) -> i32 {
        let in_the_way = self.taken.iter().filter(|((left, right), _)| *left < to && from < *right);
        let row = in_the_way.map(|(_, bottom)| *bottom).max().unwrap_or(top);
        self.taken.push(((from, to), row + height));
        row
    }
}

/// From a segment's port for one router to that for the next.
const NEXT_PORT: i32 = 150;

/// What hangs below a segment: its device, the segment's port, and where that leads.
struct Below {
    bar: usize,
    port: LinkRef,
    peer: LinkRef,
    /// The centre of the port, then the bends down to the machine's own.
    path: Vec<Pt>,
}

impl Layout {
    /// Draws the segments under the nodes, and what is at them below; returns the lower edge.
    pub(super) fn draw_lan(&mut self, model: &Model, selection: &Selection, top: i32, right: i32) -> i32 {
        let several = self.spans.len() > 1;
        let mut bars = Vec::new();
        for (index, &lan) in selection.lan.iter().enumerate() {
            let span = match self.spans.get(&SegmentId(index as u32)) {
                Some(&span) if several => span,
                None if index > 0 || !self.spans.is_empty() => continue,
                _ => (MARGIN, right - MARGIN),
            };
            // With one segment the picture's right edge is at the bar's.
            let width = if several { span.1 - span.0 } else { right - MARGIN };
            let rect = Rect::new(span.0, top + 24, width, LAN);
            bars.extend(self.draw_bar(model, lan, index, rect));
        }
        let Some(first) = bars.first() else { return top };
        let edge = first.rect.bottom();
        let mut bottom = edge;
        let mut below = Vec::new();
        let hosts = selection.gateways.iter().filter(|id| is_host(model, **id)).count();
        let mut beside: BTreeMap<usize, i32> = BTreeMap::new();
        let mut routers = Routers::default();
        for &machine in &selection.gateways {
            let ports: Vec<(usize, LinkRef, LinkRef)> = bars
                .iter()
                .enumerate()
                .filter_map(|(bar, at)| port_towards(model, machine, at.lan).map(|(port, peer)| (bar, port, peer)))
                .collect();
            let at = match ports.as_slice() {
                [] => continue,
                [(bar, port, peer)] => {
                    let Some(bar_at) = bars.get(*bar).map(|bar| bar.rect) else { continue };
                    let beside = beside.entry(*bar).or_default();
                    let x = bar_at.right() - GATEWAY.0 - *beside * BESIDE;
                    *beside += 1;
                    let at = Rect::new(x, edge + 24, GATEWAY.0, GATEWAY.1);
                    self.draw_gateway(model, machine, &[(*port, at.cx())], at);
                    let path = vec![Pt::at(at.cx(), edge), Pt::at(at.cx(), at.y)];
                    below.push(Below { bar: *bar, port: *port, peer: *peer, path });
                    let within = selection.within.get(&machine).map_or(&[][..], Vec::as_slice);
                    self.draw_within(model, machine, within, at)
                }
                _ => self.draw_router(model, machine, &ports, (&bars, &mut routers), hosts > 0, &mut below),
            };
            bottom = bottom.max(at.bottom());
        }
        let clear = first.rect.w - selection.gateways.len() as i32 * BESIDE;
        // Below the machines where there is no room beside them.
        if several || clear < REASON_WIDTH {
            self.under_lan = Rect::new(MARGIN, bottom + 8, (right - 2 * MARGIN).max(160), 20);
            bottom += 28;
        } else {
            self.under_lan = Rect::new(first.rect.x, edge + 28, clear, 20);
        }
        for one in below {
            self.draw_port_below(model, &mut bars, one);
        }
        for bar in bars {
            let mut taps = bar.taps;
            taps.sort();
            let mut all = taps.into_iter();
            if let Some((_, mut before)) = all.next() {
                for (_, tap) in all {
                    self.wires.both_ways(before, tap, &[]);
                    before = tap;
                }
            }
        }
        bottom
    }

    /// One segment with the uplinks of its nodes.
    fn draw_bar(&mut self, model: &Model, lan: NetnsId, index: usize, bar: Rect) -> Option<Bar> {
        let ns = model.site.network.get(lan)?;
        let block = self.block(bar, None, "lan");
        let bus = bar.y + PORT + 10;
        let key = format!("ns{}", lan.0);
        self.surfaces.entry(lan).or_default().push(key.clone());
        let bridge = ns.links.iter().position(|link| matches!(link.kind, LinkKind::Bridge(_))).unwrap_or(0);
        let bridge_key = format!("l{}.{bridge}", lan.0);
        let segment = model.site.tree.segment(SegmentId(index as u32));
        let assumed = segment.is_some_and(|segment| segment.assumed);
        let class = if assumed { "lan-frame assumed" } else { "lan-frame" };
        let mut frame = keyed(class, key, vec![rect(bar, 8, "lan")]);
        frame.data = vec![("netns", ns.name.to_string())];
        self.frames.push(Shape::Group(frame));
        let said = model.cluster.segments.get(index);
        // A segment whose name is the word itself needs it once.
        let name = said.and_then(|segment| segment.name.as_deref()).filter(|name| !name.eq_ignore_ascii_case("lan"));
        let name = name.map_or(String::new(), |name| format!(" {name}"));
        let cidr = said.map_or(String::new(), |segment| format!(" {}", segment.cidr));
        let label = match said.is_some_and(|segment| segment.internet) {
            true => Say::Many(vec![Label::Internet.into()]),
            false => Say::Many(vec![Label::Lan.into(), name.into(), cidr.into()]),
        };
        let room = if self.spans.len() > 1 { ROUTER_PORT - 70 } else { bar.w - 32 };
        self.boxes.push(start(bar.x + 16, bar.bottom() - 8, room, Face::Sans, "dim", label));
        let bus_line = path_data(&[Pt::at(bar.x + 16, bus), Pt::at(bar.right() - 16, bus)], 0);
        let line = Shape::Path { d: bus_line, class: "bus" };
        self.lines.push(Shape::Group(keyed("bridge", bridge_key.clone(), vec![line])));
        let mut ends: Vec<(LinkRef, LinkRef, Vec<Pt>)> = Vec::new();
        for (link, stop) in self.uplinks.clone() {
            if let Some(peer) = peer_of(model, link).filter(|peer| peer.netns == lan) {
                ends.push((link, peer, vec![stop]));
            }
        }
        let names: Vec<String> =
            ends.iter().map(|(_, peer, _)| model.site.network.link(*peer).name.to_string()).collect();
        let wanted: Vec<(i32, i32)> = ends
            .iter()
            .zip(&names)
            .map(|((_, _, path), name)| (path.first().map_or(0, |at| at.x), (width(name, Face::Mono) + 12).min(160)))
            .collect();
        let mut taps: Vec<(i32, Spot)> = Vec::new();
        let centres = spread(&wanted, bar.x + 8, bar.right() - 8, 8);
        for ((((near, far, path), name), &(_, w)), &x) in ends.iter().zip(&names).zip(&wanted).zip(&centres) {
            let port = Rect::new(x - w / 2, bar.y, w, PORT);
            self.block(port, Some(block), "lan port");
            let mut path = path.clone();
            let from = path.first().copied().unwrap_or_default();
            path.extend([Pt::at(from.x, bar.y - 12), Pt::at(x, bar.y - 12), Pt::at(x, bar.y)]);
            self.lines.push(Shape::Path { d: path_data(&path, 4), class: "wire" });
            let key = format!("l{}.{}", far.netns.0, far.link.0);
            let shapes = vec![
                rect(port, 3, "box"),
                middle(x, port.y + 14, w - 6, Face::Mono, "", name.as_str()),
                Shape::Circle { at: Pt::at(x, bus), radius: 3, class: "joint" },
            ];
            let mut group = keyed("port", key.clone(), shapes);
            group.data = vec![("netns", ns.name.to_string()), ("link", name.clone())];
            self.boxes.push(Shape::Group(group));
            let spot = self.wires.spot(Spot::Link(*far), Pt::at(x, bar.y - 6), Some(key));
            // Packets rest just before the port.
            path.pop();
            self.wires.both_ways(Spot::Link(*near), spot, &path);
            let tap = self.wires.spot(Spot::Tap(*far), Pt::at(x, bus), Some(bridge_key.clone()));
            self.wires.both_ways(spot, tap, &[]);
            taps.push((x, tap));
        }
        Some(Bar { lan, rect: bar, block, bus, key: bridge_key, name: ns.name.to_string(), taps })
    }

    /// The router of several segments, below them all, with a port to each.
    fn draw_router(
        &mut self,
        model: &Model,
        machine: NetnsId,
        ports: &[(usize, LinkRef, LinkRef)],
        (bars, routers): (&[Bar], &mut Routers),
        hosts: bool,
        below: &mut Vec<Below>,
    ) -> Rect {
        let count = ports.len() as i32;
        // Each further router of a segment has its port right of the one before.
        let shift: BTreeMap<usize, i32> = ports.iter().map(|(bar, ..)| (*bar, routers.shift(*bar))).collect();
        let x = |bar: usize| {
            let shift = shift.get(&bar).copied().unwrap_or(0);
            bars.get(bar).map_or(MARGIN, |bar| bar.rect.x + ROUTER_PORT + shift)
        };
        let edge = bars.first().map_or(0, |bar| bar.rect.bottom());
        // Below hosts outside, and below the lines that come together.
        let rows = edge + 16 + if hosts { GATEWAY.1 + 16 } else { 0 };
        let w = (count * 160 + 16).max(GATEWAY.0);
        let (first, last) = (ports.first().map_or(0, |port| x(port.0)), ports.last().map_or(0, |port| x(port.0)));
        let left = ((first + last) / 2 - w / 2).max(MARGIN);
        let rows = routers.row(rows, (left.min(first) - 8, (left + w).max(last) + 8), count * 6 + 8 + GATEWAY.1 + 16);
        let at = Rect::new(left, rows + count * 6 + 8, w, GATEWAY.1);
        let mut plugs = Vec::new();
        for (index, &(bar, port, peer)) in ports.iter().enumerate() {
            let plug = at.x + 8 + 80 + index as i32 * 160;
            // Lines from the left come in below those from the right, so that they do not cross.
            let row = if x(bar) < plug { rows + (count - index as i32) * 6 } else { rows + index as i32 * 6 };
            let path = vec![Pt::at(x(bar), edge), Pt::at(x(bar), row), Pt::at(plug, row), Pt::at(plug, at.y)];
            below.push(Below { bar, port, peer, path });
            plugs.push((port, plug));
        }
        self.draw_gateway(model, machine, &plugs, at);
        at
    }

    /// Machines behind devices of a machine, one below the other; returns the last box.
    fn draw_within(&mut self, model: &Model, holder: NetnsId, all: &[NetnsId], at: Rect) -> Rect {
        let mut last = at;
        for &machine in all {
            let Some((port, near)) = port_towards(model, machine, holder) else { continue };
            let own = Rect::new(at.x, last.bottom() + PORT + 28, GATEWAY.0, GATEWAY.1);
            let name = model.site.network.link(near).name.to_string();
            let w = (width(&name, Face::Mono) + 12).min(at.w - 16);
            // The device stands over what is behind it, on a line from its machine.
            let chip = Rect::new(own.cx() - w / 2, own.y - PORT - 10, w, PORT);
            let block = self.block(chip, None, "gateway");
            self.block(chip, Some(block), "port");
            let key = format!("l{}.{}", near.netns.0, near.link.0);
            let shapes =
                vec![rect(chip, 3, "box"), middle(chip.cx(), chip.y + 14, w - 8, Face::Mono, "", name.as_str())];
            let mut group = keyed("port", key.clone(), shapes);
            group.data = vec![("netns", model.site.network.netns(holder).name.to_string()), ("link", name)];
            self.boxes.push(Shape::Group(group));
            let line = [Pt::at(own.cx(), last.bottom()), Pt::at(own.cx(), own.y)];
            self.lines.push(Shape::Path { d: path_data(&line, 0), class: "wire" });
            let spot = self.wires.spot(Spot::Link(near), Pt::at(chip.cx(), chip.y - 4), Some(key));
            self.wires.both_ways(Spot::RouteIn(holder), spot, &[Pt::at(at.x + 14, at.bottom() + 4)]);
            self.draw_gateway(model, machine, &[(port, own.cx())], own);
            self.wires.both_ways(spot, Spot::Link(port), &[]);
            last = own;
        }
        last
    }

    /// A port at a segment's lower edge, with its line to the machine below.
    fn draw_port_below(&mut self, model: &Model, bars: &mut [Bar], below: Below) {
        let Some(bar) = bars.get_mut(below.bar) else { return };
        let Below { port, peer, path, .. } = below;
        let x = path.first().map_or(0, |at| at.x);
        let name = model.site.network.link(peer).name.to_string();
        let w = (width(&name, Face::Mono) + 12).min(160);
        let at = Rect::new(x - w / 2, bar.rect.bottom() - PORT, w, PORT);
        self.block(at, Some(bar.block), "lan port");
        let key = format!("l{}.{}", peer.netns.0, peer.link.0);
        let shapes = vec![rect(at, 3, "box"), middle(at.cx(), at.y + 14, w - 6, Face::Mono, "", name.as_str())];
        let mut group = keyed("port", key.clone(), shapes);
        if !is_passing(model, port.netns) {
            group.data = vec![("netns", bar.name.clone()), ("link", name)];
        }
        self.boxes.push(Shape::Group(group));
        let line: Vec<Pt> = std::iter::once(Pt::at(x, bar.bus)).chain(path.iter().skip(1).copied()).collect();
        self.lines.push(Shape::Path { d: path_data(&line, if path.len() > 2 { 4 } else { 0 }), class: "wire" });
        let spot = self.wires.spot(Spot::Link(peer), Pt::at(x, bar.rect.bottom() + 6), Some(key));
        let bends = path.get(1..path.len().saturating_sub(1)).unwrap_or_default();
        self.wires.both_ways(spot, Spot::Link(port), bends);
        let tap = self.wires.spot(Spot::Tap(peer), Pt::at(x, bar.bus), Some(bar.key.clone()));
        self.wires.both_ways(spot, tap, &[]);
        bar.taps.push((x, tap));
    }

    /// A machine at the segments, with the centre of each of its ports.
    fn draw_gateway(&mut self, model: &Model, netns: NetnsId, ports: &[(LinkRef, i32)], at: Rect) {
        let block = self.block(at, None, "gateway");
        let host = is_host(model, netns);
        let assumed = model.site.tree.machine_at(netns).is_some_and(|(_, machine)| machine.assumed);
        let name = model.site.network.netns(netns).name.to_string();
        // Who has a name of its own is called by it.
        let own = name.strip_prefix("host/").or_else(|| name.strip_prefix("router/"));
        // Behind a device of a machine that was seen: by its own part of the name.
        let own = own.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned());
        let named = |name: &&String| {
            model.site.tree.machine_at(netns).is_some_and(|(_, own)| own.parent.is_some())
                || name.parse::<IpAddr>().is_err()
        };
        let label = match own.as_ref().filter(named).map(String::as_str) {
            Some(own) => Say::from(own),
            None if host => Label::External.into(),
            None => Label::Gateway.into(),
        };
        let class = match (host, assumed) {
            (true, true) => "gateway-frame external assumed",
            (true, false) => "gateway-frame external",
            (false, true) => "gateway-frame assumed",
            (false, false) => "gateway-frame",
        };
        let key = format!("ns{}", netns.0);
        self.surfaces.entry(netns).or_default().push(key.clone());
        self.frames.push(Shape::Group(Group {
            class,
            key: Some(key.clone()),
            data: vec![("netns", name.clone())],
            shapes: vec![rect(at, 8, "gateway"), middle(at.cx(), at.bottom() - 12, at.w - 20, Face::Sans, "", label)],
            ..Group::default()
        }));
        let inside = Pt::at(at.x + 14, at.bottom() - 16);
        let inside = self.wires.spot(Spot::RouteIn(netns), inside, Some(key));
        for &(port, x) in ports {
            let link = model.site.network.link(port);
            let ip = link.addresses.first().map_or(String::new(), |address| format!(" {}", address.net.addr()));
            let text = format!("{}{ip}", link.name);
            let room = if ports.len() > 1 { 152 } else { at.w - 16 };
            let w = (width(&text, Face::Mono) + 12).min(room);
            let plug = Rect::new(x - w / 2, at.y, w, PORT);
            self.block(plug, Some(block), "port");
            let link_key = format!("l{}.{}", port.netns.0, port.link.0);
            let mut group = keyed(
                "port",
                link_key.clone(),
                vec![rect(plug, 3, "box"), middle(x, plug.y + 14, w - 8, Face::Mono, "", text)],
            );
            if !is_passing(model, netns) {
                group.data = vec![("netns", name.clone()), ("link", link.name.to_string())];
            }
            self.boxes.push(Shape::Group(group));
            let spot = self.wires.spot(Spot::Link(port), Pt::at(x, at.y - 6), Some(link_key));
            let bends = [Pt::at(x, at.y + PORT + 4), Pt::at(at.x + 14, at.y + PORT + 4)];
            self.wires.both_ways(spot, inside, &bends);
        }
    }
}

fn peer_of(model: &Model, link: LinkRef) -> Option<LinkRef> {
    match model.site.network.link(link).kind {
        LinkKind::Veth { peer } => Some(peer),
        _ => None,
    }
}

/// The device of `netns` whose other end is in `lan`, and that end.
fn port_towards(model: &Model, netns: NetnsId, lan: NetnsId) -> Option<(LinkRef, LinkRef)> {
    let links = &model.site.network.get(netns)?.links;
    (0..links.len() as u32)
        .map(|index| LinkRef { netns, link: LinkId(index) })
        .find_map(|link| peer_of(model, link).filter(|peer| peer.netns == lan).map(|peer| (link, peer)))
}
