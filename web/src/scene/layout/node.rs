//! A node: its Pods, and its own network namespace with the bridge, the rail and the uplink.

use super::lan::LAN;
use super::plan::{BRIDGE, Bench, INSET, Layout, NODE, PORT, Reserve, Rows, STAGE, TIER, keyed};
use super::pods::Outlet;
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::holder::Holder;
use crate::scene::selection::SelectedNode;
use crate::scene::shape::{Group, Shape, end, middle, rect, start};
use crate::scene::text::{Face, width};
use crate::scene::wires::{Spot, spread, tracks};
use crate::scene::words::Label;
use kernel::config::{Link, LinkKind, Netns};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::{NodeRole, ProxyMode};
use sim_core::model::Model;

/// Distance of the lanes from the border of the node's own namespace.
pub(super) const LANE: i32 = 14;

/// Width of the loopback device's port.
const LO: i32 = 32;

/// Parts of one node that the steps below share.
pub(super) struct Frame<'a> {
    pub(super) netns: NetnsId,
    pub(super) ns: &'a Netns,
    pub(super) name: &'a str,
    pub(super) root: Rect,
    pub(super) rows: &'a Rows,
    /// Block of the node's own namespace.
    pub(super) block: usize,
    /// Bridges that are drawn, from the upper one down.
    bridges: &'a [LinkId],
    /// Lanes down to the rail and up from it.
    pub(super) left: i32,
    pub(super) right: i32,
}

impl<'a> Frame<'a> {
    /// The bridges that are drawn.
    pub(super) fn bridges(&self) -> impl Iterator<Item = (LinkRef, &'a Link)> {
        let (netns, ns) = (self.netns, self.ns);
        self.bridges.iter().filter_map(move |link| Some((LinkRef { netns, link: *link }, ns.links.get(*link)?)))
    }

    /// The row of a bridge, by its place among those that are drawn.
    fn bus(&self, bridge: usize) -> i32 {
        self.rows.bus + bridge as i32 * BRIDGE
    }
}

/// The head of an arrow whose tip is at `to`.
pub(super) fn arrow(from: Pt, to: Pt) -> Shape {
    let (dx, dy) = ((to.x - from.x).signum(), (to.y - from.y).signum());
    let wing = |side: i32| (to.x - 6 * dx + 4 * side * dy, to.y - 6 * dy + 4 * side * dx);
    let ((ax, ay), (bx, by)) = (wing(1), wing(-1));
    Shape::Path { d: format!("M{ax} {ay}L{} {}L{bx} {by}Z", to.x, to.y), class: "tip" }
}

impl Layout {
    pub(super) fn draw_node(
        &mut self,
        model: &Model,
        selection: &SelectedNode,
        at: Rect,
        rows: &Rows,
        reserve: Reserve,
    ) {
        let cluster = &model.cluster;
        let of = selection.of;
        let node = of.node().and_then(|id| cluster.nodes.get(id.0 as usize));
        let name = of.name(cluster);
        let Some(ns) = model.site.network.get(selection.netns) else { return };
        let block = self.block(at, None, format!("node {name}"));
        let key = of.key();
        self.surfaces.entry(selection.netns).or_default().push(key.clone());
        // A closed node's address stands at its uplink only.
        let ip = of.ip(cluster).filter(|_| selection.open).map(|ip| ip.to_string()).unwrap_or_default();
        let ip_room = width(&ip, Face::Mono).min(at.w / 2);
        let mut head = vec![
            rect(at, 10, "node"),
            start(at.x + INSET, at.y + 24, at.w - 2 * INSET - ip_room - 12, Face::Bold, "", name),
            end(at.right() - INSET, at.y + 24, ip_room, Face::Mono, "dim", ip),
        ];
        // Beside the name, as far as there is room: the role, and what is not drawn.
        let mut x = at.x + INSET + width(name, Face::Bold) + 10;
        let edge = at.right() - INSET - if ip_room > 0 { ip_room + 12 } else { 0 };
        // A node that is called so says it already.
        let control = node.is_some_and(|node| node.role == NodeRole::ControlPlane);
        if control && !name.contains("control-plane") && edge - x > 56 {
            let room = (edge - x).min(if selection.system > 0 && at.w < NODE { 0 } else { 84 });
            if room > 0 {
                head.push(start(x, at.y + 24, room, Face::Sans, "dim", Label::ControlPlane));
                x += room + 8;
            }
        }
        if selection.system > 0 && edge - x > 56 {
            let chip = Rect::new(x, at.y + 8, (edge - x).min(180), 24);
            self.block(chip, Some(block), "system chip");
            let label = Label::SystemPods { count: selection.system };
            let text = Label::SystemPodsShort { count: selection.system };
            let shapes =
                vec![rect(chip, 12, "more"), middle(chip.cx(), chip.y + 16, chip.w - 12, Face::Sans, "dim", text)];
            let title = Some(label.into());
            self.boxes.push(Shape::Group(Group { class: "chip-more", title, shapes, ..Group::default() }));
        }
        let class = if of.assumed(cluster) { "node-frame assumed" } else { "node-frame" };
        // What a machine that is no node is: it has an engine.
        if let Holder::Docker(id) = of
            && let Some(host) = cluster.docker_host(id)
            && edge - x > 56
        {
            let engine = format!("Docker {}", host.engine.name());
            head.push(start(x, at.y + 24, (edge - x).min(120), Face::Sans, "dim", engine));
        }
        // What stands around the engine's virtual machine.
        if matches!(of, Holder::Desktop(_)) && edge - x > 110 {
            head.push(start(x, at.y + 24, (edge - x).min(120), Face::Sans, "dim", "Docker Desktop"));
        }
        let mut group = keyed(class, key, head);
        group.data = vec![("node", ns.name.to_string())];
        self.frames.push(Shape::Group(group));

        let inner = Rect::new(at.x + INSET, rows.pods, at.w - 2 * INSET, rows.pods_end - rows.pods);
        let root = Rect::new(inner.x, rows.root, inner.w, rows.root_end - rows.root);
        let root_block = self.block(root, Some(block), "root namespace");
        let key = format!("ns{}", selection.netns.0);
        self.surfaces.entry(selection.netns).or_default().push(key.clone());
        let mut frame = keyed("root-frame", key, vec![rect(root, 8, "root")]);
        frame.data = vec![("netns", ns.name.to_string())];
        self.frames.push(Shape::Group(frame));
        let mut outlets = self.draw_cables(model, selection, at);
        outlets.extend(self.draw_pods(model, selection, inner, block));

        let frame = Frame {
            netns: selection.netns,
            ns,
            name: &ns.name,
            bridges: &selection.bridges,
            root,
            rows,
            block: root_block,
            left: root.x + LANE,
            right: root.right() - LANE,
        };
        self.draw_pod_side(&frame, &outlets);
        self.draw_uplink(model, selection, &frame);
        self.draw_rail(selection, &frame);
        if selection.open && reserve.panel > 0 {
            let (x, w) = (root.x + 2 * LANE, root.w - 4 * LANE);
            let status = Rect::new(x, rows.bench - 3, w, 20);
            let card = Rect::new(x, rows.bench + 24, w, reserve.card);
            let panel = Rect::new(x, card.bottom() + 8, w, reserve.panel);
            self.block(card, Some(root_block), "card");
            self.block(panel, Some(root_block), "panel");
            self.frames.push(rect(Rect::new(x, card.y, w, panel.bottom() - card.y), 6, "bench"));
            // Down to the LAN, so that a packet on it is in the frame of the node it came from or goes to.
            let view = Rect::new(at.x - 4, at.y - 8, at.w + 8, at.h + 24 + LAN + 16);
            self.benches.insert(of, Bench { status, card, panel, rail: rows.rail, view });
        }
        if let (true, Holder::Node(id)) = (selection.open, of) {
            // Where ClusterIPs are tied to: the node's rules, beside the rail that runs them.
            let mode = match model.cluster.settings.kube_proxy.mode {
                ProxyMode::Iptables => "iptables",
                ProxyMode::Nftables => "nftables",
            };
            let tag = Rect::new(root.x + 2 * LANE, rows.rail + STAGE + 20, 80, STAGE);
            self.block(tag, Some(root_block), "rules");
            let shapes =
                vec![rect(tag, 3, "ghost-box"), middle(tag.cx(), tag.cy() + 4, tag.w - 8, Face::Mono, "dim", mode)];
            let data = vec![("netns", name.to_owned())];
            self.boxes.push(Shape::Group(Group { data, ..keyed("rules", format!("r{}", id.0), shapes) }));
            self.lines.push(Shape::Path {
                d: path_data(&[Pt::at(tag.cx(), tag.y), Pt::at(tag.cx(), rows.rail + STAGE)], 0),
                class: "tie end",
            });
            self.tie_ends.insert(id, (at.x, Pt::at(tag.x, tag.cy())));
        }
    }

    /// Devices of the Pods' veths along the upper border: ports of the bridge, or routed by the node itself, on the ring of its lanes.
    fn draw_pod_side(&mut self, frame: &Frame<'_>, outlets: &[Outlet]) {
        let bridges: Vec<(LinkRef, &Link)> = frame.bridges().collect();
        let (root, rows) = (frame.root, frame.rows);
        // The bridge that a device is a port of, by its place.
        let bridge_of = |outlet: &Outlet| {
            if let Some(bridge) = outlet.bridge {
                return bridges.iter().position(|(at, _)| *at == bridge);
            }
            let port = outlet.port.filter(|port| port.netns == frame.netns)?;
            let master = frame.ns.links.get(port.link)?.port.as_ref()?.master;
            bridges.iter().position(|(at, _)| at.link == master)
        };
        let name_of = |outlet: &Outlet| match outlet.port.and_then(|port| frame.ns.links.get(port.link)) {
            Some(link) => link.name.to_string(),
            None => format!("×{}", outlet.count),
        };
        let natural = |outlet: &Outlet| width(&name_of(outlet), Face::Mono) + 10;
        let room = root.w - 16;
        let all = outlets.iter().map(|outlet| natural(outlet) + 4).sum::<i32>();
        // All names in full where they fit; else each gets an even share.
        let slot = if all <= room { room } else { room / (outlets.len().max(1) as i32) - 4 };
        let wanted: Vec<(i32, i32)> = outlets.iter().map(|outlet| (outlet.x, natural(outlet).min(slot))).collect();
        let centres = spread(&wanted, root.x + 8, root.right() - 8, 4);
        // On two tiers each has more room, but for the wires that go through.
        let tiers = if all > room { rows.tiers } else { 1 };
        let jogs: Vec<(i32, i32)> = outlets.iter().zip(&centres).map(|(outlet, &to)| (outlet.x, to)).collect();
        // Lines of groups go through the bridges above theirs.
        let bundled = |(outlet, x): (&Outlet, &i32)| Some((bridge_of(outlet.bridge.and(Some(outlet))?)?, *x));
        let bundles: Vec<(usize, i32)> = outlets.iter().zip(&centres).filter_map(bundled).collect();
        let mut taps: Vec<Vec<(i32, Spot)>> = bridges.iter().map(|_| Vec::new()).collect();
        let mut routed = Vec::new();
        for ((nth, (outlet, &x)), track) in (0i32..).zip(outlets.iter().zip(&centres)).zip(tracks(&jogs)) {
            let w = natural(outlet).min(room_at(&centres, nth as usize, (root.x, root.right()), tiers as usize));
            let tier = nth % tiers;
            let on = bridge_of(outlet);
            let bus = frame.bus(on.unwrap_or(0));
            let port = Rect::new(x - w / 2, root.y + tier * TIER, w, PORT);
            self.block(port, Some(frame.block), "veth port");
            let jog = rows.pods_end + 12 + track * 6;
            let mut path = outlet.path.clone();
            path.extend([Pt::at(outlet.x, jog), Pt::at(x, jog), Pt::at(x, port.y)]);
            let single = outlet.port.is_some() || outlet.bridge.is_some();
            let class = if outlet.count > 1 || !single { "wire bundle" } else { "wire" };
            self.lines.push(Shape::Path { d: path_data(&path, 4), class });
            self.lines.push(Shape::Path { d: path_data(&[Pt::at(x, port.bottom()), Pt::at(x, bus)], 0), class });
            let name = name_of(outlet);
            let cut = ending(&name, w - 6);
            let text = cut.as_deref().unwrap_or(&name);
            let mut shapes = vec![rect(port, 3, "box"), middle(x, port.y + 14, w - 6, Face::Mono, "", text)];
            let Some(link) = outlet.port.filter(|port| port.netns == frame.netns) else {
                self.boxes.push(Shape::Group(Group { class: "port", shapes, ..Group::default() }));
                continue;
            };
            let bridge = on.and_then(|at| bridges.get(at));
            if bridge.is_some() {
                shapes.push(Shape::Circle { at: Pt::at(x, bus), radius: 3, class: "joint" });
            }
            let key = format!("l{}.{}", link.netns.0, link.link.0);
            let mut group = keyed("port", key.clone(), shapes);
            group.data = vec![("netns", frame.name.to_owned()), ("link", name)];
            self.boxes.push(Shape::Group(group));
            let spot = self.wires.spot(Spot::Link(link), Pt::at(x, port.bottom() + 6), Some(key));
            if let Some(from) = outlet.from {
                // The path begins at the box's edge; packets rest a little further down.
                self.wires.both_ways(Spot::Link(from), spot, path.get(1..).unwrap_or_default());
            }
            let Some(&(bridge, _)) = bridge else {
                routed.push((x, spot));
                continue;
            };
            let key = format!("l{}.{}", bridge.netns.0, bridge.link.0);
            let tap = self.wires.spot(Spot::Tap(link), Pt::at(x, bus), Some(key));
            self.wires.both_ways(spot, tap, &[]);
            if let Some(taps) = on.and_then(|at| taps.get_mut(at)) {
                taps.push((x, tap));
            }
        }
        let later: Vec<Vec<i32>> = taps.iter().map(|taps| taps.iter().map(|(x, _)| *x).collect()).collect();
        for (row, ((at, link), taps)) in bridges.iter().zip(&taps).enumerate() {
            // Wires of the bridges below go through this one.
            let mut through: Vec<i32> = later.iter().skip(row + 1).flatten().copied().collect();
            through.extend(bundles.iter().filter(|(at, _)| *at > row).map(|(_, x)| *x));
            through.sort_unstable();
            self.draw_bridge(frame, frame.bus(row), (*at, link), taps, &through);
        }
        self.draw_routed(frame, &routed);
        if bridges.is_empty() && !outlets.is_empty() {
            let ring = path_data(&[Pt::at(frame.left, rows.bus), Pt::at(frame.right, rows.bus)], 0);
            self.lines.push(Shape::Path { d: ring, class: "lane" });
        }
    }

    /// The bridge of a node, with its ports from left to right. Its name stands clear of the wires that go through.
    fn draw_bridge(
        &mut self,
        frame: &Frame<'_>,
        bus: i32,
        (at, link): (LinkRef, &Link),
        taps: &[(i32, Spot)],
        through: &[i32],
    ) {
        let root = frame.root;
        let key = format!("l{}.{}", at.netns.0, at.link.0);
        let up = self.wires.spot(Spot::BridgeUp(at), Pt::at(frame.left, bus), Some(key.clone()));
        let down = self.wires.spot(Spot::BridgeDown(at), Pt::at(frame.right, bus), Some(key.clone()));
        let mut before = up;
        for (_, tap) in taps {
            self.wires.both_ways(before, *tap, &[]);
            before = *tap;
        }
        self.wires.both_ways(before, down, &[]);
        let bar = Rect::new(root.x + 8, bus - 8, root.w - 16, 36);
        self.block(bar, Some(frame.block), "bridge");
        let address = link.addresses.first().map(|address| format!(" {}", address.net));
        let whole = format!("{}{}", link.name, address.as_deref().unwrap_or_default());
        let wide = width(&whole, Face::Mono);
        let (mut texts, mut places) = (vec![whole], clear(bar, &[wide], through));
        if places.iter().any(|(_, room)| *room < wide) {
            // In two parts, each between other wires.
            texts = vec![link.name.to_string(), address.unwrap_or_default().trim().to_owned()];
            let widths: Vec<i32> = texts.iter().map(|text| width(text, Face::Mono)).collect();
            places = clear(bar, &widths, through);
        }
        let mut shapes = vec![rect(bar, 6, "box")];
        for (text, (centre, room)) in texts.into_iter().zip(places) {
            shapes.push(middle(centre, bus + 20, room, Face::Mono, "", text));
        }
        self.frames.push(Shape::Group(Group {
            class: "bridge",
            key: Some(key),
            data: vec![("netns", frame.name.to_owned()), ("link", link.name.to_string())],
            shapes,
            ..Group::default()
        }));
        let line = path_data(&[Pt::at(frame.left, bus), Pt::at(frame.right, bus)], 0);
        self.lines.push(Shape::Path { d: line, class: "bus" });
    }

    /// Devices of Pods that are ports of no bridge: what comes in by them goes down the left lane, what leaves by them comes up the right.
    fn draw_routed(&mut self, frame: &Frame<'_>, ports: &[(i32, Spot)]) {
        let bus = frame.rows.bus;
        if ports.is_empty() {
            return;
        }
        let (left, right) = (self.wires.joint(frame.left, bus), self.wires.joint(frame.right, bus));
        for (x, port) in ports {
            self.wires.one_way(*port, left, &[Pt::at(*x, bus)]);
            self.wires.one_way(right, *port, &[Pt::at(*x, bus)]);
        }
        self.lane_ends(frame, left, right);
    }

    /// Devices that lead out of the node, along the lower border.
    fn draw_uplink(&mut self, model: &Model, selection: &SelectedNode, frame: &Frame<'_>) {
        let tree = &model.site.tree;
        let own = tree.machine_at(frame.netns).map(|(id, _)| id);
        // Whatever the node holds is drawn inside of it.
        let held = |netns| own.zip(tree.machine_at(netns)).is_some_and(|(own, (id, _))| tree.is_within(id, own));
        let leads_out = |kind: &LinkKind| match kind {
            LinkKind::Veth { peer } => tree.at(peer.netns).is_some() && !held(peer.netns),
            _ => false,
        };
        let out: Vec<(LinkId, String)> = frame
            .ns
            .links
            .entries()
            .filter(|(_, link)| leads_out(&link.kind))
            .map(|(id, link)| {
                let ip = link.addresses.first().map(|address| format!(" {}", address.net.addr()));
                (id, format!("{}{}", link.name, ip.unwrap_or_default()))
            })
            .collect();
        let mut wanted: Vec<(i32, i32)> = out
            .iter()
            .map(|(_, text)| (frame.root.cx(), (width(text, Face::Mono) + 14).min(frame.root.w - 80)))
            .collect();
        let mut tunnels = if selection.open { frame.tunnels() } else { Vec::new() };
        // As far as they fit beside what leads out.
        let mut free = frame.right - frame.left - 32 - LO - 8 - wanted.iter().map(|(_, w)| w + 8).sum::<i32>();
        tunnels.retain(|tunnel| {
            let w = width(&tunnel.name, Face::Mono) + 12;
            let fits = w <= free;
            if fits {
                free -= w + 8;
                wanted.push((frame.right, w));
            }
            fits
        });
        let centres = spread(&wanted, frame.left + 16, frame.right - 16, 8);
        for (((id, text), &(_, w)), &x) in out.iter().zip(&wanted).zip(&centres) {
            let port = Rect::new(x - w / 2, frame.rows.uplink, w, PORT);
            self.block(port, Some(frame.block), "uplink");
            let link = LinkRef { netns: frame.netns, link: *id };
            let key = format!("l{}.{}", link.netns.0, link.link.0);
            let name = frame.ns.links.get(*id).map_or(String::new(), |link| link.name.to_string());
            let shapes = vec![rect(port, 3, "box"), middle(x, port.y + 14, w - 8, Face::Mono, "", text.as_str())];
            let mut group = keyed("port", key.clone(), shapes);
            group.data = vec![("netns", frame.name.to_owned()), ("link", name)];
            self.boxes.push(Shape::Group(group));
            let level = port.y - 8;
            let row = frame.rows.rail + STAGE / 2;
            let spot = self.wires.spot(Spot::Link(link), Pt::at(x, level), Some(key));
            let (left, right) = (self.wires.joint(frame.left, level), self.wires.joint(frame.right, level));
            self.wires.one_way(spot, left, &[]);
            self.wires.one_way(right, spot, &[]);
            for lane in [frame.left, frame.right] {
                let line = path_data(
                    &[Pt::at(lane, frame.rows.bus), Pt::at(lane, level), Pt::at(x, level), Pt::at(x, port.y)],
                    6,
                );
                self.lines.push(Shape::Path { d: line, class: "lane" });
            }
            // Packets come in on the left and leave on the right.
            self.lines.push(arrow(Pt::at(frame.left, level), Pt::at(frame.left, row + 14)));
            self.lines.push(arrow(Pt::at(frame.right, row), Pt::at(frame.right, level - 14)));
            self.lines.push(arrow(Pt::at(frame.left, frame.rows.bus), Pt::at(frame.left, row - 14)));
            self.lines.push(arrow(Pt::at(frame.right, row), Pt::at(frame.right, frame.rows.bus + 32)));
            let stop = Pt::at(x, port.bottom());
            self.uplinks.push((link, stop));
            self.lane_ends(frame, left, right);
            let room = port.x - frame.left - 14;
            if selection.open && Some(*id) == out.first().map(|(first, _)| *first) && room >= LO {
                self.draw_lo(frame, Rect::new(frame.left + 14, port.y, LO, PORT), level, (left, right));
            }
            if Some(*id) == out.first().map(|(first, _)| *first) {
                let places = wanted.iter().zip(&centres).skip(out.len());
                for (tunnel, (&(_, w), &x)) in tunnels.iter().zip(places) {
                    let at = Rect::new(x - w / 2, port.y, w, PORT);
                    self.draw_tunnel(frame, tunnel, at, level, (left, right));
                }
            }
        }
    }

    /// The loopback device, on the same ring: what leaves by it comes in by it.
    fn draw_lo(&mut self, frame: &Frame<'_>, at: Rect, level: i32, (left, right): (Spot, Spot)) {
        self.block(at, Some(frame.block), "lo");
        let key = format!("l{}.0", frame.netns.0);
        let shapes = vec![rect(at, 3, "box"), middle(at.cx(), at.y + 14, at.w - 4, Face::Mono, "", "lo")];
        let mut group = keyed("port", key.clone(), shapes);
        group.data = vec![("netns", frame.name.to_owned()), ("link", String::from("lo"))];
        self.boxes.push(Shape::Group(group));
        let stub = path_data(&[Pt::at(at.cx(), level), Pt::at(at.cx(), at.y)], 0);
        self.lines.push(Shape::Path { d: stub, class: "lane" });
        let link = LinkRef { netns: frame.netns, link: LinkId(0) };
        let spot = self.wires.spot(Spot::Link(link), Pt::at(at.cx(), level), Some(key));
        self.wires.one_way(spot, left, &[]);
        self.wires.one_way(right, spot, &[]);
    }
}

/// How wide the port at one of the centres may be: clear of its neighbours on the same tier, and of the wires of those beside it on the other.
fn room_at(centres: &[i32], at: usize, (left, right): (i32, i32), tiers: usize) -> i32 {
    let Some(&x) = centres.get(at) else { return 0 };
    let to = |other: Option<usize>| other.and_then(|other| centres.get(other)).map(|other| (other - x).abs());
    let same = [to(at.checked_sub(tiers)), to(Some(at + tiers))].into_iter().flatten().map(|distance| distance / 2 - 2);
    let beside = [to(at.checked_sub(1)), to(Some(at + 1))].into_iter().flatten().map(|distance| distance - 4);
    let beside = beside.filter(|_| tiers > 1);
    let edges = [x - left - 2, right - x - 2];
    same.chain(beside).chain(edges).min().unwrap_or(0) * 2
}

/// As much of the end of a name as there is room for: all names of devices begin alike. `None` where all of it has room.
fn ending(name: &str, room: i32) -> Option<String> {
    if width(name, Face::Mono) <= room {
        return None;
    }
    let starts = name.char_indices().skip(1).map(|(at, _)| format!("…{}", name.get(at..).unwrap_or_default()));
    starts.into_iter().find(|text| width(text, Face::Mono) <= room)
}

/// Where texts stand in a bar between wires that go through it, each with its centre and how wide it may be: the first in the middle, as far as
/// there is room, else in the gap nearest to it, else in the widest one; each further one in a gap of its own, if one is wide enough.
fn clear(bar: Rect, texts: &[i32], through: &[i32]) -> Vec<(i32, i32)> {
    let (left, right) = (bar.x + 32, bar.right() - 32);
    let ends = through.iter().map(|x| x - 6).chain([right]);
    let starts = [left].into_iter().chain(through.iter().map(|x| x + 6));
    let mut gaps: Vec<(i32, i32)> = starts.zip(ends).filter(|(start, end)| start < end).collect();
    let mut places = Vec::new();
    for &wide in texts {
        let at = |(start, end): (i32, i32)| bar.cx().clamp(start + wide / 2, end - (wide + 1) / 2);
        let fits = gaps.iter().enumerate().filter(|(_, (start, end))| end - start >= wide);
        let nearest = fits.min_by_key(|(_, gap)| (at(**gap) - bar.cx()).abs()).map(|(index, _)| index);
        if let Some(index) = nearest {
            places.push((at(gaps.remove(index)), wide));
        } else if places.is_empty() {
            let widest = gaps.iter().max_by_key(|(start, end)| end - start);
            places.push(widest.map_or((bar.cx(), bar.w - 64), |(start, end)| ((start + end) / 2, end - start)));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{Rect, clear, ending};

    #[test]
    fn a_name_that_has_no_room_keeps_its_end() {
        assert_eq!(ending("veth1a2b3c4", 90), None);
        assert_eq!(ending("veth1a2b3c4", 60).as_deref(), Some("…1a2b3c4"));
        assert_eq!(ending("veth1a2b3c4", 30).as_deref(), Some("…3c4"));
        assert_eq!(ending("veth1a2b3c4", 2), None);
    }

    #[test]
    fn a_bridge_has_its_name_where_no_wire_goes_through() {
        let bar = Rect::new(0, 0, 400, 36);
        assert_eq!(clear(bar, &[100], &[]), [(200, 100)]);
        assert_eq!(clear(bar, &[100], &[60, 340]), [(200, 100)]);
        // Right of the wire, which leaves more room there.
        assert_eq!(clear(bar, &[100], &[190]), [(246, 100)]);
        assert_eq!(clear(bar, &[300], &[100, 200]), [(287, 162)]);
        // Name and address apart, and no address where there is no room.
        assert_eq!(clear(bar, &[100, 90], &[180]), [(236, 100), (129, 90)]);
        assert_eq!(clear(bar, &[100, 90], &[100]), [(200, 100)]);
    }
}
