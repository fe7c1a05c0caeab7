//! ClusterIPs: not places but rules. Drawn as ghosts over the nodes, each tied to the nodes that hold its rules.

use super::plan::{Layout, MARGIN};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::holder::Holder;
use crate::scene::selection::Selection;
use crate::scene::shape::{Group, Pick, Say, Shape, end, rect, start};
use crate::scene::text::{Face, width};
use crate::scene::words::Label;
use kubernetes::cluster::model::NodeId;
use sim_core::model::Model;
use std::collections::BTreeMap;

/// Size of a ghost.
const GHOST: (i32, i32) = (240, 48);
/// Distance between parallel dashed lines.
const TRACK: i32 = 8;

/// Which ghost is tied to which node, and by which lane of the gutter before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Ties {
    ghosts: i32,
    tracks: i32,
    /// One line for all ghosts.
    shared: bool,
    lanes: BTreeMap<NodeId, Vec<usize>>,
}

impl Ties {
    /// Height of the strip over the nodes.
    pub(super) fn height(&self) -> i32 {
        if self.ghosts == 0 { 0 } else { GHOST.1 + 12 + self.tracks * TRACK + 12 }
    }

    /// Room for lanes in the gutter before a node.
    pub(super) fn gutter(&self, of: Holder) -> i32 {
        of.node().and_then(|node| self.lanes.get(&node)).map_or(8, |lanes| 8 + TRACK * lanes.len() as i32)
    }
}

impl Layout {
    pub(super) fn plan_ghosts(&mut self, model: &Model, selection: &Selection, journey: bool) -> Ties {
        let mut ties = Ties::default();
        let drawn = selection.services.clone();
        for (index, &id) in drawn.iter().enumerate() {
            let at = Rect::new(MARGIN + index as i32 * (GHOST.0 + 16), MARGIN, GHOST.0, GHOST.1);
            self.ghosts.push((id, at));
            for node in selection.nodes.iter().filter(|node| node.open) {
                let Some(node) = node.of.node() else { continue };
                if !journey || selection.ties.contains(&(id, node)) {
                    ties.lanes.entry(node).or_default().push(index);
                }
            }
        }
        if !journey {
            // Every node holds the rules of every Service: one line for all.
            for lanes in ties.lanes.values_mut() {
                lanes.truncate(1);
            }
        }
        let _ = model;
        ties.ghosts = self.ghosts.len() as i32;
        ties.shared = !journey;
        ties.tracks = if journey { ties.ghosts } else { 1 };
        ties
    }

    pub(super) fn draw_ghosts(&mut self, model: &Model, selection: &Selection, ties: &Ties) {
        let shared = ties.shared;
        for (index, (id, at)) in self.ghosts.clone().into_iter().enumerate() {
            let Some(service) = model.cluster.services.get(id.0 as usize) else { continue };
            self.block(at, None, format!("ghost {}", service.name));
            let ip = service.cluster_ips.first().map_or(String::new(), ToString::to_string);
            let mut ports: Vec<String> = service.ports.iter().map(|port| port.port.to_string()).collect();
            ports.dedup();
            ports.truncate(2);
            let ports = ports.join(",");
            let address = if ip.contains(':') { format!("[{ip}]:{ports}") } else { format!("{ip}:{ports}") };
            let said = width(&address, Face::Mono).min(at.w * 3 / 5);
            let only = if service.origin.assumed { Label::RulesOnlyAssumed } else { Label::RulesOnly };
            let shapes = vec![
                rect(at, 6, "ghost-box"),
                start(at.x + 12, at.y + 20, at.w - 24, Face::Bold, "", format!("Service {}", service.name.name)),
                start(at.x + 12, at.y + 38, said, Face::Mono, "", address),
                // That it is assumed is drawn, and said in the title.
                end(at.right() - 12, at.y + 38, at.w - said - 32, Face::Sans, "dim", Label::RulesOnly),
            ];
            self.boxes.push(Shape::Group(Group {
                class: if service.origin.assumed { "ghost pick assumed" } else { "ghost pick" },
                key: Some(format!("g{}", id.0)),
                data: vec![("service", service.name.to_string())],
                title: Some(Say::Many(vec![
                    format!("Service {} · ClusterIP {ip} · ", service.name).into(),
                    only.into(),
                ])),
                pick: Some(Pick::Service(service.name.namespace.to_string(), service.name.name.to_string())),
                shapes,
            }));
            let track = if shared { 0 } else { index as i32 };
            let y = at.bottom() + 12 + track * TRACK;
            let x = at.cx() + track * TRACK;
            if shared {
                let line = path_data(&[Pt::at(x, at.bottom()), Pt::at(x, y)], 0);
                self.lines.push(Shape::Path { d: line, class: "tie" });
                continue;
            }
            let tied = ties.lanes.iter().filter(|(_, lanes)| lanes.contains(&index));
            for (node, lanes) in tied {
                let Some(&(left, end)) = self.tie_ends.get(node) else { continue };
                let lane = lanes.iter().position(|&one| one == index).unwrap_or(0) as i32;
                let gutter = left - 8 - lane * TRACK;
                let path = [Pt::at(x, at.bottom()), Pt::at(x, y), Pt::at(gutter, y), Pt::at(gutter, end.y), end];
                let line = Shape::Path { d: path_data(&path, 4), class: "tie" };
                let key = Some(format!("t{}.{}", id.0, node.0));
                self.lines.push(Shape::Group(Group { class: "tie-line", key, shapes: vec![line], ..Group::default() }));
            }
        }
        if shared {
            self.draw_shared_tie(ties);
        }
        if selection.services_hidden > 0 {
            let x = self.ghosts.last().map_or(MARGIN, |(_, at)| at.right() + 16);
            let y = MARGIN + GHOST.1 / 2 + 4;
            if !self.ghosts.is_empty() {
                self.boxes.push(start(
                    x,
                    y,
                    120,
                    Face::Sans,
                    "dim",
                    Label::MoreServices { count: selection.services_hidden },
                ));
            }
        }
    }

    /// Every node holds the rules of every Service: one line along all ghosts, and from it one down to each node.
    fn draw_shared_tie(&mut self, ties: &Ties) {
        let ends: Vec<(i32, Pt)> = ties.lanes.keys().filter_map(|node| self.tie_ends.get(node)).copied().collect();
        let ghosts = self.ghosts.iter().map(|(_, at)| at.cx());
        let all = ghosts.chain(ends.iter().map(|(left, _)| left - 8));
        let (Some(first), Some(last)) = (all.clone().min(), all.max()) else { return };
        let y = MARGIN + GHOST.1 + 12;
        let along = path_data(&[Pt::at(first, y), Pt::at(last, y)], 0);
        self.lines.push(Shape::Path { d: along, class: "tie" });
        for (left, end) in ends {
            let down = path_data(&[Pt::at(left - 8, y), Pt::at(left - 8, end.y), end], 4);
            self.lines.push(Shape::Path { d: down, class: "tie" });
        }
    }
}
