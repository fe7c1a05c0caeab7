//! Machines that hold nodes: one ring around those that stand side by side in the same machine.

use super::plan::{INSET, Layout, keyed};
use super::pods::Outlet;
use crate::scene::geometry::{Pt, Rect};
use crate::scene::holder::Holder;
use crate::scene::selection::SelectedNode;
use crate::scene::shape::{Shape, rect, start};
use crate::scene::text::Face;
use kernel::config::LinkKind;
use kernel::ids::LinkRef;
use sim_core::model::Model;
use sim_core::site::MachineId;

/// Height of a ring above what is inside of it: its name.
pub(super) const ABOVE: i32 = 26;
/// Width of a ring on the other sides.
pub(super) const ASIDE: i32 = 8;

/// How many rings stand around each other at most.
pub(super) fn depth(nodes: &[SelectedNode]) -> i32 {
    nodes.iter().map(|node| node.within.len() as i32).max().unwrap_or(0)
}

/// Room that the rings need between two nodes: nodes in one machine share them.
pub(super) fn between(one: &SelectedNode, other: &SelectedNode) -> i32 {
    let shared = one.within.iter().zip(&other.within).take_while(|(a, b)| a == b).count();
    ((one.within.len() - shared) + (other.within.len() - shared)) as i32 * ASIDE
}

/// From one line to the next of those that lead from nodes to a bridge of the machine that holds them.
const CABLE: i32 = 6;

/// The drawn nodes that hang on a bridge of a Docker host that is drawn beside them, in one machine; the virtual machine beside the rest of its
/// own.
fn cabled(nodes: &[SelectedNode], host: &SelectedNode) -> i32 {
    if host.of.node().is_some() || host.within.is_empty() {
        return 0;
    }
    if let Holder::Desktop(id) = host.of {
        return nodes.iter().filter(|node| node.of == Holder::Docker(id)).count() as i32;
    }
    nodes.iter().filter(|node| node.of.node().is_some() && node.within == host.within).count() as i32
}

/// Room for these lines left of a Docker host.
pub(super) fn cables(nodes: &[SelectedNode], host: &SelectedNode) -> i32 {
    match cabled(nodes, host) {
        0 => 0,
        count => count * CABLE + 8,
    }
}

/// Room for them below the nodes.
pub(super) fn below(nodes: &[SelectedNode]) -> i32 {
    nodes.iter().map(|node| cabled(nodes, node)).max().unwrap_or(0) * CABLE
}

impl Layout {
    /// Lines from the uplinks of nodes to the bridge of the Docker host that they are containers of: below the nodes, and up on its left.
    pub(super) fn draw_cables(&mut self, model: &Model, host: &SelectedNode, at: Rect) -> Vec<Outlet> {
        if host.of.node().is_some() {
            return Vec::new();
        }
        let peer = |link: LinkRef| match model.site.network.link(link).kind {
            LinkKind::Veth { peer } if peer.netns == host.netns => Some(peer),
            _ => None,
        };
        let all: Vec<(LinkRef, LinkRef, Pt)> =
            self.uplinks.iter().filter_map(|&(link, stop)| Some((link, peer(link)?, stop))).collect();
        let count = all.len() as i32;
        let line = |(nth, (from, port, stop)): (i32, (LinkRef, LinkRef, Pt))| {
            // The nearest one turns up first, so that none crosses another.
            let (row, x) = (at.bottom() + 4 + (count - 1 - nth) * CABLE, at.x - 6 - (count - 1 - nth) * CABLE);
            let path = vec![stop, Pt::at(stop.x, row), Pt::at(x, row)];
            Outlet { path, from: Some(from), port: Some(port), ..Outlet::at(x) }
        };
        (0..).zip(all).map(line).collect()
    }

    /// Draws them around nodes that stand where they stand.
    pub(super) fn draw_rings(&mut self, model: &Model, nodes: &[(&SelectedNode, Rect)], below: i32) {
        let levels = nodes.iter().map(|(node, _)| node.within.len()).max().unwrap_or(0);
        for level in 0..levels {
            let around = |node: &SelectedNode| node.within.get(..=level).map(<[MachineId]>::to_vec);
            for run in nodes.chunk_by(|(one, _), (other, _)| around(one) == around(other)) {
                let (Some((first, left)), Some((_, right))) = (run.first(), run.last()) else { continue };
                let Some(&machine) = first.within.get(level) else { continue };
                let inside = run.iter().map(|(node, _)| node.within.len() - level).max().unwrap_or(0) as i32;
                let (x, y) = (left.x - inside * ASIDE, left.y - inside * ABOVE);
                let at =
                    Rect::new(x, y, right.right() + inside * ASIDE - x, left.bottom() + inside * ASIDE + below - y);
                self.draw_ring(model, machine, at);
            }
        }
    }

    fn draw_ring(&mut self, model: &Model, id: MachineId, at: Rect) {
        let Some(machine) = model.site.tree.machine(id) else { return };
        // Where its own part is drawn beside them, that is where packets are.
        let key = format!("ring{}", machine.netns.0);
        self.surfaces.entry(machine.netns).or_default().push(key.clone());
        let class = if machine.assumed { "host-frame assumed" } else { "host-frame" };
        let name = start(at.x + INSET, at.y + 18, at.w - 2 * INSET, Face::Bold, "", &*machine.name);
        let mut group = keyed(class, key, vec![rect(at, 12, "node"), name]);
        group.data = vec![("netns", machine.name.to_string())];
        self.frames.push(Shape::Group(group));
    }
}
