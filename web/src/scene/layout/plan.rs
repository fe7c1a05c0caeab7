//! What a laid-out cluster consists of, and the measures that its parts share.

use crate::scene::geometry::{Pt, Rect};
use crate::scene::holder::Holder;
use crate::scene::shape::{Group, Shape, rect};
use crate::scene::wires::Wires;
use kernel::ids::{LinkRef, NetnsId};
use kubernetes::cluster::model::{NodeId, SegmentId, ServiceId};
use std::collections::BTreeMap;

/// Space around everything.
pub(super) const MARGIN: i32 = 16;
/// Width of an open node.
pub(super) const NODE: i32 = 408;
/// Width of a closed node.
pub(super) const NODE_CLOSED: i32 = 256;
/// Space inside a node's border.
pub(super) const INSET: i32 = 12;
/// Height of a port.
pub(super) const PORT: i32 = 20;
/// From one tier of ports to the next.
pub(super) const TIER: i32 = PORT + 4;
/// From one bridge to the next below it.
pub(super) const BRIDGE: i32 = 44;
/// Height of a stage of the rail.
pub(super) const STAGE: i32 = 28;

/// Room that the steps of a journey will need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reserve {
    /// Header card.
    pub(crate) card: i32,
    /// Panel of an open node.
    pub(crate) panel: i32,
}

/// Room for a step's dynamic parts, on each open node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bench {
    /// One line for a drop's reason.
    pub(crate) status: Rect,
    /// Header card.
    pub(crate) card: Rect,
    /// Panel.
    pub(crate) panel: Rect,
    /// Upper edge of the rail.
    pub(crate) rail: i32,
    /// What a phone should show.
    pub(crate) view: Rect,
}

/// A rectangle that must keep clear of its siblings, for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) rect: Rect,
    pub(crate) parent: Option<usize>,
    pub(crate) what: String,
}

/// A laid-out cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) size: Pt,
    /// Borders and surfaces.
    pub(crate) frames: Vec<Shape>,
    /// Lines between them.
    pub(crate) lines: Vec<Shape>,
    /// Boxes and texts in front of lines and trail.
    pub(crate) boxes: Vec<Shape>,
    pub(crate) wires: Wires,
    pub(crate) benches: BTreeMap<Holder, Bench>,
    pub(crate) blocks: Vec<Block>,
    /// Names by which a namespace's surface is addressed.
    pub(crate) surfaces: BTreeMap<NetnsId, Vec<String>>,
    /// Under the LAN, left of the gateway: room for the reason of a drop there.
    pub(crate) under_lan: Rect,
    /// Left and right edge of the nodes on each segment.
    pub(super) spans: BTreeMap<SegmentId, (i32, i32)>,
    /// Uplinks of nodes and hosts: the port's centre column and the row of its lower edge.
    pub(super) uplinks: Vec<(LinkRef, Pt)>,
    /// Left edge of each drawn open node and of its bench, for ties.
    pub(super) tie_ends: BTreeMap<NodeId, (i32, Pt)>,
    pub(super) ghosts: Vec<(ServiceId, Rect)>,
}

/// Rows that all nodes share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rows {
    pub(super) nodes: i32,
    pub(super) pods: i32,
    pub(super) pods_end: i32,
    pub(super) root: i32,
    /// Tiers of the ports on the upper border of a node's own namespace.
    pub(super) tiers: i32,
    pub(super) bus: i32,
    pub(super) rail: i32,
    pub(super) bench: i32,
    pub(super) uplink: i32,
    pub(super) root_end: i32,
    pub(super) node_end: i32,
}

impl Layout {
    pub(super) fn block(&mut self, rect: Rect, parent: Option<usize>, what: impl Into<String>) -> usize {
        self.blocks.push(Block { rect, parent, what: what.into() });
        self.blocks.len() - 1
    }
}

/// How much larger than it looks a port is to a pointer, on each side: 24 pixels high (WCAG 2.5.8).
const AROUND: i32 = (24 - PORT) / 2;

/// A group that answers to `key`; a port is hit around its edge too.
pub(super) fn keyed(class: &'static str, key: String, mut shapes: Vec<Shape>) -> Group {
    let outline = shapes.iter().find_map(|shape| match shape {
        Shape::Rect { at, .. } if class == "port" && at.h < PORT + 2 * AROUND => Some(*at),
        _ => None,
    });
    if let Some(at) = outline {
        let at = Rect::new(at.x - AROUND, at.y - AROUND, at.w + 2 * AROUND, at.h + 2 * AROUND);
        shapes.insert(0, rect(at, 3, "hit"));
    }
    Group { class, key: Some(key), shapes, ..Group::default() }
}
