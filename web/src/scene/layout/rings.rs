//! Machines that hold nodes: one ring around those that stand side by side in the same machine.

use super::plan::{INSET, Layout, keyed};
use crate::scene::geometry::Rect;
use crate::scene::selection::SelectedNode;
use crate::scene::shape::{Shape, rect, start};
use crate::scene::text::Face;
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

impl Layout {
    /// Draws them around nodes that stand where they stand.
    pub(super) fn draw_rings(&mut self, model: &Model, nodes: &[(&SelectedNode, Rect)]) {
        let levels = nodes.iter().map(|(node, _)| node.within.len()).max().unwrap_or(0);
        for level in 0..levels {
            let around = |node: &SelectedNode| node.within.get(..=level).map(<[MachineId]>::to_vec);
            for run in nodes.chunk_by(|(one, _), (other, _)| around(one) == around(other)) {
                let (Some((first, left)), Some((_, right))) = (run.first(), run.last()) else { continue };
                let Some(&machine) = first.within.get(level) else { continue };
                let inside = run.iter().map(|(node, _)| node.within.len() - level).max().unwrap_or(0) as i32;
                let (x, y) = (left.x - inside * ASIDE, left.y - inside * ABOVE);
                let at = Rect::new(x, y, right.right() + inside * ASIDE - x, left.bottom() + inside * ASIDE - y);
                self.draw_ring(model, machine, at);
            }
        }
    }

    fn draw_ring(&mut self, model: &Model, id: MachineId, at: Rect) {
        let Some(machine) = model.site.tree.machine(id) else { return };
        let key = format!("ns{}", machine.netns.0);
        self.surfaces.entry(machine.netns).or_default().push(key.clone());
        let class = if machine.assumed { "host-frame assumed" } else { "host-frame" };
        let name = start(at.x + INSET, at.y + 18, at.w - 2 * INSET, Face::Bold, "", &*machine.name);
        let mut group = keyed(class, key, vec![rect(at, 12, "node"), name]);
        group.data = vec![("netns", machine.name.to_string())];
        self.frames.push(Shape::Group(group));
    }
}
