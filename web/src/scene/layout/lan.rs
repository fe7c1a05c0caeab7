//! The segment the nodes share, and what lies behind it.

use super::{Layout, MARGIN, PORT, keyed};
use crate::scene::cast::Cast;
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::shape::{Group, Say, Shape, middle, rect, start};
use crate::scene::text::{Face, width};
use crate::scene::wires::{Spot, spread};
use crate::scene::words::Label;
use sim_core::agents::NetnsRole;
use sim_core::linux::state::{LinkId, LinkKind, LinkRef, NetnsId};
use sim_core::model::Model;

/// Height of the segment.
pub(super) const LAN: i32 = 56;
/// Size of the gateway's box.
const GATEWAY: (i32, i32) = (216, 52);

impl Layout {
    /// Draws LAN and gateway under the nodes; returns the lower edge.
    pub(super) fn draw_lan(&mut self, model: &Model, cast: &Cast, top: i32, right: i32) -> i32 {
        let Some(&lan) = cast.lan.first() else { return top };
        let Some(ns) = model.built.network.namespaces().get(lan.0 as usize) else { return top };
        let bar = Rect::new(MARGIN, top + 24, right - MARGIN, LAN);
        let block = self.block(bar, None, "lan");
        let bus = bar.y + PORT + 10;
        let key = format!("ns{}", lan.0);
        self.surfaces.entry(lan).or_default().push(key.clone());
        let bridge = ns.links.iter().position(|link| matches!(link.kind, LinkKind::Bridge(_))).unwrap_or(0);
        let bridge_key = format!("l{}.{bridge}", lan.0);
        let mut frame = keyed("lan-frame", key, vec![rect(bar, 8, "lan")]);
        frame.data = vec![("netns", ns.name.to_string())];
        self.frames.push(Shape::Group(frame));
        let cidr = model.cluster.settings.lan.to_string();
        let label = Say::Many(vec![Label::Lan.into(), format!(" {cidr}").into()]);
        self.boxes.push(start(bar.x + 16, bar.bottom() - 8, bar.w - 32, Face::Sans, "dim", label));
        let bus_line = path_data(&[Pt::at(bar.x + 16, bus), Pt::at(bar.right() - 16, bus)], 0);
        let line = Shape::Path { d: bus_line, class: "bus" };
        self.lines.push(Shape::Group(keyed("bridge", bridge_key.clone(), vec![line])));

        // Uplinks of drawn nodes and, at the right end, the gateway.
        let mut ends: Vec<(LinkRef, LinkRef, Vec<Pt>)> = Vec::new();
        for (_, link, stop) in self.uplinks.clone() {
            if let Some(peer) = peer_of(model, link).filter(|peer| peer.netns == lan) {
                ends.push((link, peer, vec![stop]));
            }
        }
        let gateways = cast.gateways.len().min(2) as i32;
        let clear = bar.w - gateways * (GATEWAY.0 + 16);
        self.under_lan = Rect::new(bar.x, bar.bottom() + 28, clear.max(160), 20);
        let mut bottom = bar.bottom();
        let mut gateways = Vec::new();
        for (index, &gateway) in cast.gateways.iter().take(2).enumerate() {
            if let Some((port, peer)) = port_towards(model, gateway, lan) {
                let at = Rect::new(
                    bar.right() - GATEWAY.0 - index as i32 * (GATEWAY.0 + 16),
                    bar.bottom() + 24,
                    GATEWAY.0,
                    GATEWAY.1,
                );
                self.draw_gateway(model, gateway, port, at);
                bottom = bottom.max(at.bottom());
                gateways.push((port, peer, Pt::at(at.cx(), at.y)));
            }
        }
        let names: Vec<String> =
            ends.iter().map(|(_, peer, _)| model.built.network.link(*peer).name.to_string()).collect();
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
        for (port, peer, to) in gateways {
            let name = model.built.network.link(peer).name.to_string();
            let w = (width(&name, Face::Mono) + 12).min(160);
            let at = Rect::new(to.x - w / 2, bar.bottom() - PORT, w, PORT);
            self.block(at, Some(block), "lan port");
            let key = format!("l{}.{}", peer.netns.0, peer.link.0);
            let shapes = vec![rect(at, 3, "box"), middle(at.cx(), at.y + 14, w - 6, Face::Mono, "", name.as_str())];
            let mut group = keyed("port", key.clone(), shapes);
            // There is no page for a device of a host outside: it is there for its probe only.
            if !matches!(model.built.roles.get(port.netns.0 as usize), Some(NetnsRole::External(_))) {
                group.data = vec![("netns", ns.name.to_string()), ("link", name)];
            }
            self.boxes.push(Shape::Group(group));
            self.lines.push(Shape::Path { d: path_data(&[Pt::at(to.x, bus), to], 0), class: "wire" });
            let spot = self.wires.spot(Spot::Link(peer), Pt::at(to.x, bar.bottom() + 6), Some(key));
            self.wires.both_ways(spot, Spot::Link(port), &[]);
            let tap = self.wires.spot(Spot::Tap(peer), Pt::at(to.x, bus), Some(bridge_key.clone()));
            self.wires.both_ways(spot, tap, &[]);
            taps.push((to.x, tap));
        }
        taps.sort();
        let mut all = taps.into_iter();
        if let Some((_, mut before)) = all.next() {
            for (_, tap) in all {
                self.wires.both_ways(before, tap, &[]);
                before = tap;
            }
        }
        bottom
    }

    fn draw_gateway(&mut self, model: &Model, netns: NetnsId, port: LinkRef, at: Rect) {
        let block = self.block(at, None, "gateway");
        let role = model.built.roles.get(netns.0 as usize);
        let (class, label) = match role {
            Some(NetnsRole::External(_)) => ("gateway-frame external", Label::External),
            _ => ("gateway-frame", Label::Gateway),
        };
        let link = model.built.network.link(port);
        let ip = link.addresses.first().map_or(String::new(), |address| format!(" {}", address.net.addr()));
        let text = format!("{}{ip}", link.name);
        let key = format!("ns{}", netns.0);
        self.surfaces.entry(netns).or_default().push(key.clone());
        let name = model.built.network.netns(netns).name.to_string();
        let w = (width(&text, Face::Mono) + 12).min(at.w - 16);
        let plug = Rect::new(at.cx() - w / 2, at.y, w, PORT);
        self.block(plug, Some(block), "port");
        self.frames.push(Shape::Group(Group {
            class,
            key: Some(key.clone()),
            data: vec![("netns", name.clone())],
            shapes: vec![rect(at, 8, "gateway"), middle(at.cx(), at.bottom() - 12, at.w - 20, Face::Sans, "", label)],
            ..Group::default()
        }));
        let link_key = format!("l{}.{}", port.netns.0, port.link.0);
        let mut group = keyed(
            "port",
            link_key.clone(),
            vec![rect(plug, 3, "box"), middle(at.cx(), plug.y + 14, w - 8, Face::Mono, "", text)],
        );
        if !matches!(role, Some(NetnsRole::External(_))) {
            group.data = vec![("netns", name), ("link", link.name.to_string())];
        }
        self.boxes.push(Shape::Group(group));
        let spot = self.wires.spot(Spot::Link(port), Pt::at(at.cx(), at.y - 6), Some(link_key));
        let inside = self.wires.spot(Spot::RouteIn(netns), Pt::at(at.x + 14, at.bottom() - 16), Some(key));
        self.wires.both_ways(spot, inside, &[Pt::at(at.cx(), at.y + PORT + 4), Pt::at(at.x + 14, at.y + PORT + 4)]);
    }
}

fn peer_of(model: &Model, link: LinkRef) -> Option<LinkRef> {
    match model.built.network.link(link).kind {
        LinkKind::Veth { peer } => Some(peer),
        _ => None,
    }
}

/// The device of `netns` whose other end is in `lan`, and that end.
fn port_towards(model: &Model, netns: NetnsId, lan: NetnsId) -> Option<(LinkRef, LinkRef)> {
    let links = &model.built.network.namespaces().get(netns.0 as usize)?.links;
    (0..links.len() as u32)
        .map(|index| LinkRef { netns, link: LinkId(index) })
        .find_map(|link| peer_of(model, link).filter(|peer| peer.netns == lan).map(|peer| (link, peer)))
}
