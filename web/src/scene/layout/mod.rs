//! Where everything stands. Computed once per scene; one grid for all nodes, so that bridges and rails line up.
//!
//! From top to bottom, as a packet goes: ClusterIPs (which exist as rules only), then the nodes side by side (Pods, the
//! node's own namespace with bridge, rail and room for the open chain, the uplink), then their segments and the gateway.

mod containers;
mod lan;
mod node;
mod plan;
mod pods;
mod rail;
mod rings;
mod services;
mod tunnel;

pub(crate) use plan::{Bench, Layout, Reserve};

use super::geometry::{Pt, Rect};
use super::holder::{Holder, Member};
use super::selection::{Cell, SelectedNode, Selection};
use super::shape::{Group, Shape, end, rect, start};
use super::text::{Face, width};
use super::words::Label;
use kernel::ids::NetnsId;
use kubernetes::cluster::listener::Listener;
use kubernetes::cluster::model::{Pod, SegmentId, ServiceId};
use plan::{BRIDGE, MARGIN, NODE, NODE_CLOSED, PORT, Rows, STAGE, TIER};
use sim_core::model::Model;

impl Layout {
    pub(crate) fn of(model: &Model, selection: &Selection, reserve: Reserve, journey: bool) -> Self {
        let mut layout = Self::default();
        let ties = layout.plan_ghosts(model, selection, journey && !selection.ties.is_empty());
        let rows = Rows::plan(model, selection, reserve, ties.height());
        let mut x = MARGIN + selection.nodes.first().map_or(0, |node| node.within.len() as i32 * rings::ASIDE);
        let mut placed: Vec<(&SelectedNode, Rect)> = Vec::new();
        let segment = |node: &SelectedNode| node.of.segment(&model.cluster);
        let drawn: Vec<SegmentId> = selection.nodes.iter().map(|node| segment(node).unwrap_or_default()).collect();
        for (index, node) in selection.nodes.iter().enumerate() {
            let segment = segment(node).unwrap_or_default();
            if !layout.spans.contains_key(&segment) {
                for empty in lan::without_nodes(model, selection, &drawn, segment.0) {
                    if !layout.spans.contains_key(&empty) {
                        x = layout.next_span(model, selection, x);
                        layout.spans.insert(empty, (x, x));
                    }
                }
                x = layout.next_span(model, selection, x);
            }
            // The gutter before an open node carries the lines that tie ClusterIPs to its rules.
            let gutter = if index == 0 { 0 } else { 16 };
            let gutter = gutter + rings::cables(&selection.nodes, node);
            x += gutter + ties.gutter(node.of) + placed.last().map_or(0, |(last, _)| rings::between(last, node));
            let w = if node.open { NODE } else { NODE_CLOSED };
            placed.push((node, Rect::new(x, rows.nodes, w, rows.node_end - rows.nodes)));
            layout.spans.entry(segment).or_insert((x, x)).1 = x + w;
            x += w;
        }
        x += placed.last().map_or(0, |(last, _)| last.within.len() as i32 * rings::ASIDE);
        for empty in lan::without_nodes(model, selection, &drawn, u32::MAX) {
            if !layout.spans.contains_key(&empty) {
                x = layout.next_span(model, selection, x);
                layout.spans.insert(empty, (x, x));
            }
        }
        let below = rings::below(&selection.nodes);
        layout.draw_rings(model, &placed, below);
        for (node, at) in placed {
            layout.draw_node(model, node, at, &rows, reserve);
        }
        if layout.spans.len() > 1
            && let Some((of, (start, end))) = layout.spans.iter_mut().next_back()
        {
            *end = x.max(*start + lan::least(model, selection, *of));
            x = *end;
        }
        let more = if selection.services_hidden > 0 { 136 } else { 0 };
        let right = layout.ghosts.last().map_or(0, |(_, at)| at.right() + more).max(x).max(MARGIN + NODE);
        // Gateway and hosts stand side by side, their ports clear of the segment's name.
        let beside = selection.gateways.len() as i32 * lan::BESIDE;
        let named = if selection.gateways.len() > 1 { lan::NAME } else { 0 };
        let right = right.max(MARGIN * 2 + beside + named);
        layout.draw_ghosts(model, selection, &ties);
        let mut bottom = layout.draw_lan(
            model,
            selection,
            rows.node_end + rings::depth(&selection.nodes) * rings::ASIDE + below,
            right,
        );
        bottom = layout.draw_chips(model, selection, right, bottom);
        bottom = layout.draw_hidden(selection, bottom);
        bottom = layout.draw_legend(model, selection, bottom);
        layout.size = Pt::at(right + MARGIN, bottom + MARGIN);
        layout
    }

    /// Machines off the way, each as a chip with its name, up to the right edge. Returns the lower edge.
    fn draw_chips(&mut self, model: &Model, selection: &Selection, right: i32, bottom: i32) -> i32 {
        if selection.chips.is_empty() {
            return bottom;
        }
        let label = 112;
        self.boxes.push(start(MARGIN, bottom + 24, label - 8, Face::Sans, "dim", Label::OffTheWay));
        let (mut x, mut y) = (MARGIN + label, bottom + 8);
        for (of, held) in &selection.chips {
            let name = of.name(&model.cluster);
            let w = (width(name, Face::Bold) + 20).min(200) + 76;
            if x + w > right && x > MARGIN + label {
                (x, y) = (MARGIN + label, y + 32);
            }
            let at = Rect::new(x, y, w, 26);
            self.block(at, None, format!("chip {name}"));
            let held = match of {
                Holder::Node(_) => Label::PodGroup { count: *held },
                Holder::Docker(_) | Holder::Desktop(_) => Label::ContainerGroup { count: *held },
            };
            let shapes = vec![
                rect(at, 13, "node"),
                start(at.x + 12, at.y + 17, w - 96, Face::Bold, "", name),
                end(at.right() - 12, at.y + 17, 70, Face::Sans, "dim", held),
            ];
            let data = of.node().map(|_| ("node", name.to_owned())).into_iter().collect();
            self.boxes.push(Shape::Group(Group {
                class: "node-chip",
                key: Some(of.key()),
                title: Some(name.into()),
                data,
                shapes,
                ..Group::default()
            }));
            x += w + 10;
        }
        y + 34
    }

    /// Says what is not drawn one by one, or not at all: two parts a line. Returns the lower edge.
    fn draw_hidden(&mut self, selection: &Selection, mut bottom: i32) -> i32 {
        let mut lines: Vec<(Option<Label>, Option<Label>)> = Vec::new();
        let more = |count: u64, label: fn(u64) -> Label| (count > 0).then(|| label(count));
        if selection.pods_shown < selection.pods_total || selection.nodes_hidden > 0 {
            let shown = Label::PodsShown { shown: selection.pods_shown, total: selection.pods_total };
            lines.push((Some(shown), more(selection.nodes_hidden, |count| Label::MoreNodes { count })));
        }
        let networks = selection.nodes.iter().map(|node| node.bridges_hidden).sum();
        let networks = more(networks, |count| Label::MoreNetworks { count });
        let (shown, total) = (selection.containers_shown, selection.containers_total);
        let containers = (shown < total).then_some(Label::ContainersShown { shown, total });
        let hosts = more(selection.hosts_hidden, |count| Label::MoreHosts { count });
        lines.push((containers, networks));
        lines.push((hosts, None));
        for (first, second) in lines {
            let parts = [(first, 320), (second, 160)];
            let mut x = MARGIN;
            for (label, room) in parts.into_iter().filter_map(|(label, room)| Some((label?, room))) {
                self.boxes.push(start(x, bottom + 16, room, Face::Sans, "dim", label));
                x += room + 16;
            }
            bottom += if x > MARGIN { 24 } else { 0 };
        }
        bottom
    }

    /// Ends the segment that was begun last; returns where the next one begins.
    fn next_span(&mut self, model: &Model, selection: &Selection, x: i32) -> i32 {
        let Some((of, (start, end))) = self.spans.iter_mut().next_back() else { return x };
        *end = x.max(*start + lan::least(model, selection, *of));
        *end + 32
    }

    /// What borders that are not solid mean, as far as the picture has some; returns the lower edge.
    fn draw_legend(&mut self, model: &Model, selection: &Selection, bottom: i32) -> i32 {
        let cluster = &model.cluster;
        let cells = || selection.nodes.iter().flat_map(|node| &node.cells);
        let shown = cells().filter_map(|cell| match cell {
            Cell::Full(Member::Pod(id)) | Cell::Brief(Member::Pod(id)) => cluster.pods.get(id.0 as usize),
            _ => None,
        });
        let weak = cells().any(|cell| match cell {
            Cell::Full(Member::Container(id)) => {
                cluster.container(*id).is_some_and(|of| of.listening.sockets.iter().any(Listener::is_weak))
            }
            _ => false,
        });
        let shown: Vec<&Pod> = shown.collect();
        let node = |node: &SelectedNode| node.of.assumed(cluster);
        let service =
            |id: &ServiceId| cluster.services.get(id.0 as usize).is_some_and(|service| service.origin.assumed);
        let listens = |pod: &&Pod| pod.containers.iter().any(|one| pods::assumed_listener(pod, one));
        let tree = &model.site.tree;
        let segment = |id: &NetnsId| tree.segment_at(*id).and_then(|id| tree.segment(id));
        let machine = |id: &NetnsId| tree.machine_at(*id).is_some_and(|(_, machine)| machine.assumed);
        let assumed = selection.lan.iter().filter_map(segment).any(|segment| segment.assumed)
            || selection.gateways.iter().any(machine)
            || selection.nodes.iter().any(node)
            || selection.services.iter().any(service)
            || weak
            || shown.iter().any(|pod| pod.origin.assumed || listens(pod));
        let not_ready = shown.iter().any(|pod| !pod.ready && !pod.origin.assumed);
        let mut x = MARGIN;
        let entries = [(assumed, "legend assumed", Label::Assumed), (not_ready, "legend unready", Label::NotReady)];
        for (_, class, label) in entries.into_iter().filter(|(is, ..)| *is) {
            let sample = Rect::new(x, bottom + 6, 28, 14);
            let shapes = vec![rect(sample, 3, "pod"), start(x + 36, bottom + 17, 260, Face::Sans, "dim", label)];
            self.boxes.push(Shape::Group(Group { class, shapes, ..Group::default() }));
            x += 308;
        }
        if x == MARGIN { bottom } else { bottom + 24 }
    }
}

impl Rows {
    fn plan(model: &Model, selection: &Selection, reserve: Reserve, ghosts: i32) -> Self {
        let nodes = MARGIN + ghosts + rings::depth(&selection.nodes) * rings::ABOVE;
        let pods = nodes + 40;
        let tallest = selection.nodes.iter().map(pods::height).max().unwrap_or(0).max(48);
        let pods_end = pods + tallest;
        let jogs = selection.nodes.iter().map(|node| node.cells.len() as i32).max().unwrap_or(0);
        let fan = if selection.nodes.iter().any(|node| pods::rows(node) > 1) { 20 + jogs.min(6) * 6 } else { 24 };
        let root = pods_end + fan;
        // Where names of devices do not fit side by side every other one stands lower.
        let tiers = if selection.nodes.iter().any(|node| pods::is_crowded(model, node)) { 2 } else { 1 };
        let bus = root + PORT + 28 + (tiers - 1) * TIER;
        // Each further bridge has a row of its own.
        let bridges = selection.nodes.iter().map(|node| node.bridges.len() as i32).max().unwrap_or(0);
        let rail = bus + 64 + (bridges - 1).max(0) * BRIDGE;
        let bench = rail + STAGE * 2 + 24;
        let open = selection.nodes.iter().any(|node| node.open);
        let work = if open && reserve.panel > 0 { 24 + reserve.card + 8 + reserve.panel } else { 0 };
        let uplink = bench + work + 20;
        let root_end = uplink + PORT;
        Self { nodes, pods, pods_end, root, tiers, bus, rail, bench, uplink, root_end, node_end: root_end + 16 }
    }
}
