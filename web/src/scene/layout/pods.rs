//! The Pods of a node: each a network namespace of its own, held by its pause container.

use super::plan::{INSET, Layout, NODE, NODE_CLOSED, PORT, keyed};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::holder::Member;
use crate::scene::selection::{Cell, SelectedNode};
use crate::scene::shape::{Group, Pick, Say, Shape, middle, rect, start};
use crate::scene::text::{Face, width};
use crate::scene::wires::Spot;
use crate::scene::words::Label;
use kernel::config::LinkKind;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::listener::Listener;
use kubernetes::cluster::model::{Container, DockerId, Pod, PodId};
use sim_core::model::Model;
use std::collections::BTreeMap;

/// Height of a Pod with its containers.
const FULL: i32 = 108;
/// Height of a Pod with name and address.
const BRIEF: i32 = 56;
/// Space between rows of Pods.
const GAP: i32 = 24;
/// Distance between lines that pass a row of Pods.
const LANE: i32 = 8;

/// How many columns.
fn columns(node: &SelectedNode) -> usize {
    if node.open { 2 } else { 1 }
}

/// How many rows of boxes a node's Pods take.
pub(super) fn rows(node: &SelectedNode) -> usize {
    node.cells.len().div_ceil(columns(node))
}

fn cell_height(cell: &Cell) -> i32 {
    match cell {
        Cell::Full(_) => FULL,
        Cell::Brief(_) | Cell::Group { .. } => BRIEF,
    }
}

/// Boxes row by row; the last row is full, an incomplete one is on top.
fn chunks(node: &SelectedNode) -> Vec<&[Cell]> {
    let columns = columns(node);
    let odd = node.cells.len() % columns;
    let (first, rest) = node.cells.split_at(odd);
    let first = if first.is_empty() { None } else { Some(first) };
    first.into_iter().chain(rest.chunks(columns)).collect()
}

/// Height of a node's Pod area.
pub(super) fn height(node: &SelectedNode) -> i32 {
    let rows = chunks(node);
    let boxes: i32 = rows.iter().map(|row| row.iter().map(cell_height).max().unwrap_or(0)).sum();
    boxes + GAP * (rows.len() as i32 - 1).max(0)
}

/// A line that leaves the Pod area downward.
pub(super) struct Outlet {
    /// Where it leaves.
    pub(super) x: i32,
    /// From the box on: points down to the area's lower edge.
    pub(super) path: Vec<Pt>,
    /// The Pod's own device.
    pub(super) from: Option<LinkRef>,
    /// The other end, in the node's namespace.
    pub(super) port: Option<LinkRef>,
    /// Pods or containers behind it.
    pub(super) count: usize,
    /// The bridge that it leads to, where it stands for several devices.
    pub(super) bridge: Option<LinkRef>,
}

impl Outlet {
    /// One device's, at `x`.
    pub(super) fn at(x: i32) -> Self {
        Self { x, path: Vec::new(), from: None, port: None, count: 1, bridge: None }
    }
}

/// Room for the name of a device on a node's border.
const NAMED: i32 = 100;

/// True where the devices of a machine's Pods or containers have no room for their names side by side.
pub(super) fn is_crowded(model: &Model, node: &SelectedNode) -> bool {
    let all: i32 = node.cells.iter().map(|cell| devices(model, cell, &node.bridges)).sum();
    let width = if node.open { NODE } else { NODE_CLOSED };
    all * NAMED > width - 2 * INSET - 16
}

/// Nothing in the input itself says that the container listens: it was taken from a Service or from what its image usually does.
pub(super) fn assumed_listener(pod: &Pod, container: &Container) -> bool {
    pod.sockets().find(|listener| listener.container == container.name).is_some_and(Listener::is_weak)
}

/// Devices that lead out of a box.
fn devices(model: &Model, cell: &Cell, drawn: &[LinkId]) -> i32 {
    match cell {
        Cell::Full(Member::Container(id)) | Cell::Brief(Member::Container(id)) => {
            model.cluster.container(*id).map_or(0, |of| of.attachments().len() as i32)
        }
        Cell::Group { members, .. } => networks(model, members, drawn).len().max(1) as i32,
        _ => 1,
    }
}

/// Those of the bridges `drawn` that containers are on, each with how many; none of Pods.
fn networks(model: &Model, members: &[Member], drawn: &[LinkId]) -> Vec<(LinkRef, usize)> {
    let mut on: BTreeMap<(DockerId, u32), usize> = BTreeMap::new();
    for member in members {
        let Member::Container(id) = member else { continue };
        let attachments = model.cluster.container(*id).into_iter().flat_map(|of| of.attachments());
        attachments.for_each(|one| *on.entry((id.host, one.network)).or_default() += 1);
    }
    let bridge = |(host, at): (DockerId, u32)| {
        let host = model.cluster.docker_host(host)?;
        let netns = *model.site.hosts.get(&host.ip)?;
        let name = &host.networks.get(at as usize)?.bridge;
        let mut links = model.site.network.get(netns)?.links.entries();
        links.find(|(id, link)| link.name == *name && drawn.contains(id)).map(|(link, _)| LinkRef { netns, link })
    };
    on.into_iter().filter_map(|(key, count)| Some((bridge(key)?, count))).collect()
}

impl Layout {
    /// Draws the boxes with their lower edge at `area`'s; returns where their lines come out, left to right.
    pub(super) fn draw_pods(&mut self, model: &Model, node: &SelectedNode, area: Rect, parent: usize) -> Vec<Outlet> {
        let rows = chunks(node);
        let count = rows.len() as i32;
        // Lines that one box of an upper row sends down.
        let most = node.cells.iter().map(|cell| devices(model, cell, &node.bridges)).max().unwrap_or(1).max(1);
        let lanes = if count > 1 { (count - 1) * most * LANE + 8 } else { 0 };
        let columns = columns(node) as i32;
        let gap = if count > 1 { 8 } else { 16 };
        let cell = (area.w - lanes * columns - gap * (columns - 1)) / columns;
        let mut y = area.bottom() - height(node);
        let mut outlets = Vec::new();
        for (row, cells) in rows.iter().enumerate() {
            let tall = cells.iter().map(cell_height).max().unwrap_or(0);
            for (column, one) in cells.iter().enumerate() {
                let left = area.x + column as i32 * (cell + lanes + gap);
                let at = Rect::new(left + lanes, y + tall - cell_height(one), cell, cell_height(one));
                let last = row as i32 + 1 == count;
                for (nth, mut outlet) in (0i32..).zip(self.draw_cell(model, (one, &node.bridges), at, parent)) {
                    let from = Pt::at(outlet.x, at.bottom());
                    let jog = at.bottom() + 12 + nth * 4;
                    outlet.path = if last {
                        vec![from, Pt::at(from.x, area.bottom())]
                    } else {
                        outlet.x = left + 4 + (row as i32 * most + nth) * LANE;
                        vec![from, Pt::at(from.x, jog), Pt::at(outlet.x, jog), Pt::at(outlet.x, area.bottom())]
                    };
                    outlets.push(outlet);
                }
            }
            y += tall + GAP;
        }
        outlets.sort_by_key(|outlet| outlet.x);
        outlets
    }

    fn draw_cell(&mut self, model: &Model, (cell, drawn): (&Cell, &[LinkId]), at: Rect, parent: usize) -> Vec<Outlet> {
        let mut outlet = Outlet::at(at.cx());
        match cell {
            Cell::Full(Member::Pod(id)) => self.draw_pod(model, *id, at, parent, &mut outlet),
            Cell::Brief(Member::Pod(id)) => self.draw_brief(model, *id, at, parent, &mut outlet),
            Cell::Full(Member::Container(id)) => return self.draw_container(model, *id, at, parent, true),
            Cell::Brief(Member::Container(id)) => return self.draw_container(model, *id, at, parent, false),
            Cell::Group { name, members } => {
                outlet.count = members.len();
                self.block(at, Some(parent), "group");
                let count = members.len() as u64;
                let label = match members.first() {
                    Some(Member::Container(_)) => Label::ContainerGroup { count },
                    _ => Label::PodGroup { count },
                };
                let back = Rect::new(at.x + 4, at.y, at.w - 4, at.h - 4);
                let front = Rect::new(at.x, at.y + 4, at.w - 4, at.h - 4);
                let title: Say = name.clone().unwrap_or_else(|| String::from("…")).into();
                self.frames.push(Shape::Group(Group {
                    class: "group",
                    shapes: vec![
                        rect(back, 6, "pod stack"),
                        rect(front, 6, "pod"),
                        start(front.x + 10, front.y + 20, front.w - 20, Face::Bold, "", title),
                        start(front.x + 10, front.y + 38, front.w - 20, Face::Sans, "dim", label),
                    ],
                    ..Group::default()
                }));
                // One line to each network that is drawn and that some of them are on.
                if let Some(Member::Container(_)) = members.first() {
                    let on = networks(model, members, drawn);
                    let each = at.w / (on.len() as i32 + 1);
                    let line = |(nth, (bridge, count)): (i32, (LinkRef, usize))| Outlet {
                        count,
                        bridge: Some(bridge),
                        ..Outlet::at(at.x + nth * each)
                    };
                    return (1..).zip(on).map(line).collect();
                }
            }
        }
        vec![outlet]
    }

    fn pod_frame(&mut self, pod: &Pod, netns: NetnsId, at: Rect, brief: bool) {
        let key = format!("ns{}", netns.0);
        self.surfaces.entry(netns).or_default().push(key.clone());
        let mut shapes =
            vec![rect(at, 6, "pod"), start(at.x + 10, at.y + 20, at.w - 20, Face::Bold, "", &*pod.name.name)];
        if !brief {
            shapes.push(start(
                at.x + 10,
                at.y + 36,
                at.w - 20,
                Face::Sans,
                "dim",
                format!("Pod · {}", pod.name.namespace),
            ));
        }
        self.frames.push(Shape::Group(Group {
            class: match (pod.ready, pod.origin.assumed) {
                (true, false) => "pick",
                (false, false) => "pick unready",
                (_, true) => "pick assumed",
            },
            key: Some(key),
            data: vec![("pod", pod.name.to_string()), ("netns", format!("pod/{}", pod.name))],
            title: Some(format!("Pod {} {}", pod.name, pod.ip).into()),
            pick: Some(Pick::Pod(pod.name.namespace.to_string(), pod.name.name.to_string())),
            shapes,
        }));
    }

    /// The Pod's own `eth0` at its lower border.
    fn pod_port(&mut self, model: &Model, pod: &Pod, id: PodId, at: Rect, parent: usize, outlet: &mut Outlet) -> Spot {
        let netns = model.site.pods.get(&id).copied().unwrap_or_default();
        let own = model.site.network.get(netns);
        let found = own.and_then(|ns| ns.links.iter().enumerate().find(|(index, _)| *index > 0));
        let link = LinkRef { netns, link: LinkId(found.map_or(1, |(index, _)| index as u32)) };
        let name = found.map_or("eth0", |(_, link)| &*link.name);
        let text = format!("{name} {}", pod.ip);
        self.own_port(model, (link, name, &format!("pod/{}", pod.name)), text, at, parent, outlet)
    }

    /// A device of a Pod or container at its lower border, around the middle of `at`.
    #[allow(clippy::too_many_arguments, reason = "where and whose, what it says, and what comes out of it")]
    pub(super) fn own_port(
        &mut self,
        model: &Model,
        (link, name, netns): (LinkRef, &str, &str),
        text: String,
        at: Rect,
        parent: usize,
        outlet: &mut Outlet,
    ) -> Spot {
        let device = model.site.network.get(link.netns).and_then(|ns| ns.links.get(link.link));
        // Where the cable really ends.
        outlet.port = device.and_then(|device| match device.kind {
            LinkKind::Veth { peer } => Some(peer),
            _ => None,
        });
        outlet.from = Some(link);
        let w = (width(&text, Face::Mono) + 12).min(at.w - 12);
        let port = Rect::new(at.cx() - w / 2, at.bottom() - PORT, w, PORT);
        self.block(port, Some(parent), "port");
        let key = format!("l{}.{}", link.netns.0, link.link.0);
        let spot = Spot::Link(link);
        self.wires.spot(spot, Pt::at(port.cx(), port.bottom() + 6), Some(key.clone()));
        let mut group =
            keyed("port", key, vec![rect(port, 3, "box"), middle(port.cx(), port.y + 14, w - 8, Face::Mono, "", text)]);
        group.data = vec![("netns", netns.to_owned()), ("link", name.to_owned())];
        self.boxes.push(Shape::Group(group));
        spot
    }

    fn draw_brief(&mut self, model: &Model, id: PodId, at: Rect, parent: usize, outlet: &mut Outlet) {
        let Some(pod) = model.cluster.pods.get(id.0 as usize) else { return };
        let netns = model.site.pods.get(&id).copied().unwrap_or_default();
        let block = self.block(at, Some(parent), format!("pod {}", pod.name));
        self.pod_frame(pod, netns, at, true);
        let eth = self.pod_port(model, pod, id, at, block, outlet);
        let process = Spot::Process(netns, 0);
        self.wires.spot(process, Pt::at(at.cx(), at.y), None);
        self.wires.both_ways(process, eth, &[]);
    }

    fn draw_pod(&mut self, model: &Model, id: PodId, at: Rect, parent: usize, outlet: &mut Outlet) {
        let Some(pod) = model.cluster.pods.get(id.0 as usize) else { return };
        let netns = model.site.pods.get(&id).copied().unwrap_or_default();
        let block = self.block(at, Some(parent), format!("pod {}", pod.name));
        self.pod_frame(pod, netns, at, false);
        let eth = self.pod_port(model, pod, id, at, block, outlet);
        // The shared namespace: one line that joins all containers to eth0, held by pause.
        let (top, bus) = (at.y + 42, at.y + 76);
        let route = Spot::RouteIn(netns);
        self.wires.spot(route, Pt::at(at.cx(), bus), Some(format!("ns{}.ip", netns.0)));
        self.wires.both_ways(route, eth, &[]);
        let mut x = at.x + 8;
        let shown = pod.containers.len().min(2);
        let extra = pod.containers.len() - shown;
        let more = if extra > 0 { 28 } else { 0 };
        let pause = 52;
        let each = (at.w - 16 - pause - 4 * shown as i32 - more) / (shown.max(1) as i32);
        let mut ends = vec![x + pause / 2];
        self.chip(Rect::new(x, top, pause, 22), "chip pause", ("pause".into(), None), None, block);
        x += pause + 4;
        for (index, container) in pod.containers.iter().take(shown).enumerate() {
            let chip = Rect::new(x, top, each, 22);
            let listens = pod.sockets().find(|listener| listener.container == container.name);
            let port = listens.map(|listener| listener.port).or(container.ports.first().map(|port| port.port));
            let port = port.map(|port| format!(" :{port}"));
            let whole = format!("{}{}", container.name, port.unwrap_or_default());
            // Of both, the name says which container it is.
            let (text, title) = match width(&whole, Face::Mono) > each - 8 {
                true => (container.name.to_string(), Some(Say::from(whole))),
                false => (whole, None),
            };
            let key = format!("c{}.{index}", netns.0);
            let class = if assumed_listener(pod, container) { "chip assumed" } else { "chip" };
            self.chip(chip, class, (text.into(), title), Some(key.clone()), block);
            let process = Spot::Process(netns, index as u32);
            self.wires.spot(process, Pt::at(chip.cx(), chip.bottom() + 6), Some(key));
            self.wires.both_ways(process, route, &[Pt::at(chip.cx(), bus)]);
            ends.push(chip.cx());
            x += each + 4;
        }
        if extra > 0 {
            self.boxes.push(start(x, top + 15, more, Face::Mono, "dim", format!("+{extra}")));
        }
        let last = ends.iter().copied().max().unwrap_or(at.cx()).max(at.cx());
        let first = ends.iter().copied().min().unwrap_or(at.cx());
        self.lines.push(Shape::Path { d: path_data(&[Pt::at(first, bus), Pt::at(last, bus)], 0), class: "inner" });
        for &end in &ends {
            self.lines
                .push(Shape::Path { d: path_data(&[Pt::at(end, top + 22), Pt::at(end, bus)], 0), class: "inner" });
        }
        self.lines.push(Shape::Path {
            d: path_data(&[Pt::at(at.cx(), bus), Pt::at(at.cx(), at.bottom() - PORT)], 0),
            class: "inner",
        });
        let dot = Shape::Circle { at: Pt::at(at.cx(), bus), radius: 3, class: "joint" };
        self.boxes.push(Shape::Group(keyed("ip", format!("ns{}.ip", netns.0), vec![dot])));
    }

    /// A container: what it says, and in full where that is more.
    pub(super) fn chip(
        &mut self,
        at: Rect,
        class: &'static str,
        (text, title): (Say, Option<Say>),
        key: Option<String>,
        parent: usize,
    ) {
        self.block(at, Some(parent), "container");
        let shapes = vec![rect(at, 4, "box"), middle(at.cx(), at.y + 15, at.w - 8, Face::Mono, "", text)];
        self.boxes.push(Shape::Group(Group { class, key, title, shapes, ..Group::default() }));
    }
}
