//! Tunnels of a node, as devices on its lower border: a packet that leaves by one is wrapped and sent by the node itself, one for the node is
//! unwrapped and comes in by it.

use super::node::Frame;
use super::plan::{Layout, keyed};
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::shape::{Shape, middle, rect};
use crate::scene::text::Face;
use crate::scene::wires::Spot;
use kernel::config::LinkKind;
use kernel::ids::{LinkId, LinkRef};

/// Distance of a tunnel's line from the lane that packets leave by.
const ASIDE: i32 = 7;

/// A tunnel's device.
pub(super) struct Tunnel {
    link: LinkId,
    /// What is written on it.
    pub(super) name: String,
    /// The bridge that it is a port of, which is drawn nowhere, with that bridge's other ports.
    behind: Vec<LinkId>,
    /// The other ends of these ports.
    beyond: Vec<LinkId>,
    /// Bridges that are drawn and lead to these.
    through: Vec<LinkId>,
}

impl Frame<'_> {
    /// Those of a node.
    pub(super) fn tunnels(&self) -> Vec<Tunnel> {
        let links = &self.ns.links;
        let is_drawn = |bridge: LinkId| self.bridges().any(|(at, _)| at.link == bridge);
        let is_tunnel = |kind: &LinkKind| matches!(kind, LinkKind::Vxlan(_) | LinkKind::Ipip(_));
        let mut all = Vec::new();
        for (id, link) in links.entries().filter(|(_, link)| is_tunnel(&link.kind)) {
            let (mut name, mut behind) = (link.name.to_string(), Vec::new());
            let (mut beyond, mut through) = (Vec::new(), Vec::new());
            if let Some(bridge) = link.port.as_ref().map(|port| port.master).filter(|bridge| !is_drawn(*bridge)) {
                if let Some(bridge) = links.get(bridge) {
                    name = bridge.name.to_string();
                }
                behind.push(bridge);
                let master_of = |id: LinkId| links.get(id).and_then(|link| link.port.as_ref()).map(|port| port.master);
                for (port, other) in links.entries().filter(|(port, _)| *port != id && master_of(*port) == Some(bridge))
                {
                    behind.push(port);
                    if let LinkKind::Veth { peer } = other.kind
                        && peer.netns == self.netns
                    {
                        beyond.push(peer.link);
                        through.extend(master_of(peer.link).filter(|bridge| is_drawn(*bridge)));
                    }
                }
            }
            all.push(Tunnel { link: id, name, behind, beyond, through });
        }
        all
    }
}

impl Layout {
    /// One of them, hanging on the ring that packets leave and come in by.
    pub(super) fn draw_tunnel(
        &mut self,
        frame: &Frame<'_>,
        tunnel: &Tunnel,
        at: Rect,
        level: i32,
        (left, right): (Spot, Spot),
    ) {
        let of = |link: LinkId| LinkRef { netns: frame.netns, link };
        self.block(at, Some(frame.block), "tunnel");
        let key = format!("l{}.{}", frame.netns.0, tunnel.link.0);
        let text = middle(at.cx(), at.y + 14, at.w - 4, Face::Mono, "", tunnel.name.as_str());
        let mut group = keyed("port", key.clone(), vec![rect(at, 3, "box"), text]);
        let name = frame.ns.links.get(tunnel.link).map(|link| link.name.to_string()).unwrap_or_default();
        group.data = vec![("netns", frame.name.to_owned()), ("link", name)];
        self.boxes.push(Shape::Group(group));
        let here = Pt::at(at.cx(), level);
        self.lines.push(Shape::Path { d: path_data(&[here, Pt::at(at.cx(), at.y)], 0), class: "lane" });
        let spot = self.wires.spot(Spot::Link(of(tunnel.link)), here, Some(key.clone()));
        self.wires.one_way(spot, left, &[]);
        self.wires.one_way(right, spot, &[]);
        let aside = frame.right - ASIDE;
        // From it to where the node's own packets begin, and from where they end to it.
        let ends = [Spot::RouteOut(frame.netns), Spot::Process(frame.netns, 0)];
        let [Some(out), Some(own)] = ends.map(|spot| self.wires.at(spot)) else { return };
        let row = out.y.max(own.y) + 4;
        let up = [Pt::at(aside, level), Pt::at(aside, row), Pt::at(out.x, row)];
        self.wires.one_way(spot, ends[0], &up);
        self.wires.one_way(ends[1], spot, &[Pt::at(own.x, row), Pt::at(aside, row), Pt::at(aside, level)]);
        let whole = [here, Pt::at(aside, level), Pt::at(aside, row), Pt::at(own.x, row), own];
        self.lines.push(Shape::Path { d: path_data(&whole, 4), class: "lane" });
        self.lines.push(Shape::Path { d: path_data(&[Pt::at(out.x, row), out], 0), class: "lane" });
        let inside = tunnel
            .behind
            .iter()
            .flat_map(|link| [Spot::Link, Spot::Tap, Spot::BridgeUp, Spot::BridgeDown].map(|alike| alike(of(*link))));
        for alike in inside.chain(tunnel.beyond.iter().map(|link| Spot::Link(of(*link)))) {
            // What is drawn keeps its place.
            if self.wires.at(alike).is_none() {
                self.wires.spot(alike, here, Some(key.clone()));
                self.wires.both_ways(alike, spot, &[]);
            }
        }
        for &bridge in &tunnel.through {
            if let Some(end) = self.wires.at(Spot::BridgeDown(of(bridge))) {
                self.wires.both_ways(Spot::BridgeDown(of(bridge)), spot, &[Pt::at(aside, end.y), Pt::at(aside, level)]);
            }
        }
    }
}
