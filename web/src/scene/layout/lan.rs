//! The segments between the nodes, and what is at them besides nodes: the gateway, which routes between several, and hosts outside.

use super::plan::{Layout, MARGIN, PORT, keyed};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::selection::Selection;
use crate::scene::shape::{Group, Say, Shape, middle, rect, start};
use crate::scene::text::{Face, width};
use crate::scene::wires::{Spot, spread};
use crate::scene::words::Label;
use kernel::config::LinkKind;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::SegmentId;
use sim_core::model::Model;
use std::collections::BTreeMap;

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

/// Least width of one of several segments, with the hosts that are drawn below it.
pub(super) fn least(model: &Model, selection: &Selection, segment: SegmentId) -> i32 {
    let on_it = |id: &&NetnsId| {
        let links = &model.site.network.netns(**id).links;
        let mut addresses = links.iter().flat_map(|link| &link.addresses).map(|address| address.net.addr());
        let net = model.cluster.segments.get(segment.0 as usize).map(|segment| segment.cidr);
        is_host(model, **id) && addresses.any(|ip| net.is_some_and(|net| net.contains(&ip)))
    };
    SEGMENT + (selection.gateways.iter().filter(on_it).count() as i32 - 1).max(0) * BESIDE
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
                _ if several || index > 0 => continue,
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
                    at
                }
                _ => self.draw_router(model, machine, &ports, &bars, hosts > 0, &mut below),
            };
            bottom = bottom.max(at.bottom());
        }
        if several {
            self.under_lan = Rect::new(MARGIN, bottom + 8, (right - 2 * MARGIN).max(160), 20);
            bottom += 28;
        } else {
            let gateways = selection.gateways.len() as i32;
            let clear = first.rect.w - gateways * BESIDE;
            self.under_lan = Rect::new(first.rect.x, edge + 28, clear.max(160), 20);
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
        let cidr = model.cluster.segments.get(index).map_or(String::new(), |segment| format!(" {}", segment.cidr));
        let label = Say::Many(vec![Label::Lan.into(), cidr.into()]);
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
        bars: &[Bar],
        hosts: bool,
        below: &mut Vec<Below>,
    ) -> Rect {
        let count = ports.len() as i32;
        let x = |bar: usize| bars.get(bar).map_or(MARGIN, |bar| bar.rect.x + ROUTER_PORT);
        let edge = bars.first().map_or(0, |bar| bar.rect.bottom());
        // Below hosts outside, and below the lines that come together.
        let rows = edge + 16 + if hosts { GATEWAY.1 + 16 } else { 0 };
        let w = (count * 160 + 16).max(GATEWAY.0);
        let (first, last) = (ports.first().map_or(0, |port| x(port.0)), ports.last().map_or(0, |port| x(port.0)));
        let left = ((first + last) / 2 - w / 2).max(MARGIN);
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
        // There is no page for a device of a host outside: it is there for its probe only.
        if !is_host(model, port.netns) {
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
        let (class, label) = match (host, assumed) {
            (true, true) => ("gateway-frame external assumed", Label::External),
            (true, false) => ("gateway-frame external", Label::External),
            (false, true) => ("gateway-frame assumed", Label::Gateway),
            (false, false) => ("gateway-frame", Label::Gateway),
        };
        let key = format!("ns{}", netns.0);
        self.surfaces.entry(netns).or_default().push(key.clone());
        let name = model.site.network.netns(netns).name.to_string();
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
            if !host {
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
