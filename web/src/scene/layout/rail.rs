//! The netfilter rail of a node's own namespace: hooks and routing in the order in which packets come to them, and the lanes that lead there.

use super::node::{Frame, LANE, arrow};
use super::plan::{Layout, STAGE, keyed};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::holder::Holder;
use crate::scene::selection::SelectedNode;
use crate::scene::shape::{Group, Say, Shape, end, middle, rect, start};
use crate::scene::text::Face;
use crate::scene::wires::{Spot, Stage};
use crate::scene::words::Label;
use kernel::config::Hook;

/// Boxes of the given widths with even gaps over the whole span.
fn evenly(from: i32, span: i32, y: i32, widths: [i32; 4]) -> Vec<Rect> {
    let free = span - widths.iter().sum::<i32>();
    let mut used = 0;
    let place = |(index, w): (usize, i32)| {
        let at = Rect::new(from + used + free * index as i32 / 3, y, w, STAGE);
        used += w;
        at
    };
    widths.into_iter().enumerate().map(place).collect()
}

impl Layout {
    /// Connects the lanes: from bridge and uplinks down the left into PREROUTING, from POSTROUTING up the right to both.
    pub(super) fn lane_ends(&mut self, frame: &Frame<'_>, left: Spot, right: Spot) {
        let row = frame.rows.rail + STAGE / 2;
        // The rail is drawn later; its spots may be added first.
        self.rail_spots(frame);
        let middle = |hook: Hook| Spot::Middle(frame.netns, Stage::Hook(hook));
        self.wires.one_way(left, middle(Hook::Prerouting), &[Pt::at(frame.left, row)]);
        self.wires.one_way(middle(Hook::Postrouting), right, &[Pt::at(frame.right, row)]);
    }

    /// Boxes of the rail, with what each stands for.
    fn stages(frame: &Frame<'_>) -> Vec<(Stage, Rect, Say, &'static str)> {
        let hook = Stage::Hook;
        let first = frame.root.x + 2 * LANE;
        let span = frame.root.w - 4 * LANE;
        let wide = span >= 320;
        let row = [frame.rows.rail, frame.rows.rail + STAGE + 20];
        let widths: [i32; 4] = if wide { [80, 56, 60, 88] } else { [30, 50, 30, 38] };
        let upper = evenly(first, span, row[0], widths);
        let (pre, route, forward, post) = match upper.as_slice() {
            [a, b, c, d] => (*a, *b, *c, *d),
            _ => return Vec::new(),
        };
        let lower: [i32; 4] = if wide { [48, 46, 54, 52] } else { [36, 0, 0, 36] };
        let room = post.right() - route.x;
        let below = evenly(route.x, room, row[1], lower);
        let names: [&str; 3] = if wide { ["PREROUTING", "FORWARD", "POSTROUTING"] } else { ["PRE", "FWD", "POST"] };
        let mut stages = vec![
            (hook(Hook::Prerouting), pre, Say::from(names[0]), "hook"),
            (Stage::RouteIn, route, Label::Routing.into(), "route"),
            (hook(Hook::Forward), forward, names[1].into(), "hook"),
            (hook(Hook::Postrouting), post, names[2].into(), "hook"),
        ];
        if let [input, local, route, output] = below.as_slice()
            && wide
        {
            stages.extend([
                (hook(Hook::Input), *input, "INPUT".into(), "hook"),
                (Stage::Local, *local, Label::LocalProcesses.into(), "local"),
                (Stage::RouteOut, *route, Label::Routing.into(), "route"),
                (hook(Hook::Output), *output, "OUTPUT".into(), "hook"),
            ]);
        }
        stages
    }

    fn rail_spots(&mut self, frame: &Frame<'_>) {
        for (stage, at, _, _) in Self::stages(frame) {
            let name = match stage {
                Stage::Hook(hook) => hook.to_string(),
                Stage::RouteIn => String::from("route"),
                Stage::RouteOut => String::from("route-out"),
                Stage::Local => String::from("local"),
            };
            let below = at.y > frame.rows.rail;
            let rest = if below { at.bottom() + 6 } else { at.y - 6 };
            let key = Some(format!("s{}.{name}", frame.netns.0));
            let rest = self.wires.spot(stage.rest(frame.netns), Pt::at(at.cx(), rest), key);
            let middle = Spot::Middle(frame.netns, stage);
            if self.wires.at(middle).is_none() {
                self.wires.spot(middle, Pt::at(at.cx(), at.cy()), None);
                self.wires.both_ways(rest, middle, &[]);
            }
        }
    }

    pub(super) fn draw_rail(&mut self, selection: &SelectedNode, frame: &Frame<'_>) {
        self.rail_spots(frame);
        let stages = Self::stages(frame);
        let find = |wanted: Stage| stages.iter().find(|(stage, ..)| *stage == wanted).map(|(_, at, ..)| *at);
        let row = frame.rows.rail + STAGE / 2;
        let hook = Stage::Hook;
        let (route_in, route_out, local) = (Stage::RouteIn, Stage::RouteOut, Stage::Local);
        let middle_of = |stage: Stage| Spot::Middle(frame.netns, stage);
        let follow = [
            (hook(Hook::Prerouting), route_in),
            (route_in, hook(Hook::Forward)),
            (hook(Hook::Forward), hook(Hook::Postrouting)),
            (route_in, hook(Hook::Input)),
            (hook(Hook::Input), local),
            (local, route_out),
            (route_out, hook(Hook::Output)),
            (hook(Hook::Output), hook(Hook::Postrouting)),
        ];
        for (from, to) in follow {
            let (Some(a), Some(b)) = (find(from), find(to)) else { continue };
            let (ends, bends) = if a.y == b.y {
                let (p, q) = (Pt::at(a.right(), a.cy()), Pt::at(b.x, b.cy()));
                ([p, q], Vec::new())
            } else {
                let x = if a.y < b.y { b.cx() } else { a.cx() };
                let x = x.clamp(a.x.max(b.x) + 4, a.right().min(b.right()) - 4);
                let (p, q) = if a.y < b.y { (a.bottom(), b.y) } else { (a.y, b.bottom()) };
                ([Pt::at(x, p), Pt::at(x, q)], vec![Pt::at(x, a.cy()), Pt::at(x, b.cy())])
            };
            if to == hook(Hook::Output) {
                // A packet changed in OUTPUT goes back to be routed again.
                self.wires.both_ways(middle_of(from), middle_of(to), &bends);
            } else {
                self.wires.one_way(middle_of(from), middle_of(to), &bends);
            }
            self.lines.push(Shape::Path { d: path_data(&ends, 0), class: "flow" });
            self.lines.push(arrow(ends[0], ends[1]));
        }
        if let (Some(pre), Some(post)) = (find(hook(Hook::Prerouting)), find(hook(Hook::Postrouting))) {
            self.lines
                .push(Shape::Path { d: path_data(&[Pt::at(frame.left, row), Pt::at(pre.x, row)], 0), class: "flow" });
            self.lines.push(Shape::Path {
                d: path_data(&[Pt::at(post.right(), row), Pt::at(frame.right, row)], 0),
                class: "flow out",
            });
            for (bridge, _) in frame.bridges() {
                // A bridge may ask the hooks and take the frame back.
                let up = [Pt::at(frame.left, row)];
                self.wires.both_ways(Spot::BridgeUp(bridge), middle_of(hook(Hook::Prerouting)), &up);
                let down = [Pt::at(frame.right, row)];
                self.wires.one_way(middle_of(hook(Hook::Postrouting)), Spot::BridgeDown(bridge), &down);
            }
        }
        if let Some(pre) = find(hook(Hook::Prerouting)) {
            self.lines.push(arrow(Pt::at(frame.left, row), Pt::at(pre.x, row)));
        }
        for (stage, at, say, kind) in stages {
            let spot = stage.rest(frame.netns);
            self.block(at, Some(frame.block), "stage");
            let key = self.wires.key(spot).unwrap_or_default().to_owned();
            let radius = if kind == "hook" { 3 } else { 14 };
            let class = match kind {
                "hook" => "stage hook",
                "route" => "stage route",
                _ => "stage local",
            };
            let face = if kind == "hook" { Face::Mono } else { Face::Sans };
            let mut group =
                keyed(class, key, vec![rect(at, radius, "box"), middle(at.cx(), at.cy() + 4, at.w - 6, face, "", say)]);
            group.data = vec![("netns", frame.name.to_owned())];
            if let Spot::Hook(_, hook) = spot {
                group.data.push(("hook", hook.to_string()));
                group.title = Some(hook.to_string().into());
            }
            self.boxes.push(Shape::Group(group));
        }
        let title = frame.rows.rail - 23;
        let room = frame.root.w - 4 * LANE;
        // An open node says so beside its namespace's name, a closed one where the lower row of an open one is.
        let half = if selection.host.is_empty() || !selection.open { room } else { room / 2 };
        self.boxes.push(start(frame.root.x + 2 * LANE, title, half, Face::Sans, "dim", Label::RootNamespace));
        if !selection.host.is_empty() {
            let count = selection.host.len() as u64;
            let label = match selection.of {
                Holder::Node(_) => Label::HostNetworkPods { count },
                Holder::Docker(_) | Holder::Desktop(_) => Label::HostModeContainers { count },
            };
            let text = if selection.open {
                end(frame.root.right() - 2 * LANE, title, room / 2 - 8, Face::Sans, "dim", label)
            } else {
                start(frame.root.x + 2 * LANE, frame.rows.rail + STAGE + 38, room, Face::Sans, "dim", label)
            };
            let title = Some(Say::from(selection.host.join(", ")));
            self.boxes.push(Shape::Group(Group { class: "host-pods", title, shapes: vec![text], ..Group::default() }));
        }
    }
}
