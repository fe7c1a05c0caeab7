//! The containers of a Docker host: each a network namespace of its own, with a device on each of its networks.

use super::plan::{Layout, PORT, keyed};
use super::pods::Outlet;
use crate::scene::geometry::{Pt, Rect, path_data};
use crate::scene::holder::Member;
use crate::scene::shape::{Group, Shape, rect, start};
use crate::scene::text::{Face, width};
use crate::scene::wires::Spot;
use kernel::config::{Link, LinkKind};
use kernel::ids::{LinkId, LinkRef};
use kubernetes::cluster::listener::Listener;
use kubernetes::cluster::model::ContainerId;
use sim_core::model::Model;

impl Layout {
    /// Draws a container; `full` with its process. Returns where its lines come out.
    pub(super) fn draw_container(
        &mut self,
        model: &Model,
        id: ContainerId,
        at: Rect,
        parent: usize,
        full: bool,
    ) -> Vec<Outlet> {
        let (Some(of), Some(netns)) = (model.cluster.container(id), Member::Container(id).netns(model)) else {
            return Vec::new();
        };
        let Some(ns) = model.site.network.get(netns) else { return Vec::new() };
        let name = of.probe_name();
        let shown = model.cluster.docker_host(id.host).map_or_else(|| name.clone(), |host| host.shown_name(of));
        let block = self.block(at, Some(parent), format!("container {name}"));
        let key = format!("ns{}", netns.0);
        self.surfaces.entry(netns).or_default().push(key.clone());
        let mut shapes = vec![rect(at, 6, "pod"), start(at.x + 10, at.y + 20, at.w - 20, Face::Bold, "", shown)];
        if full {
            shapes.push(start(at.x + 10, at.y + 36, at.w - 20, Face::Sans, "dim", &*of.image));
        }
        self.frames.push(Shape::Group(Group {
            class: if of.origin.assumed { "pick assumed" } else { "pick" },
            key: Some(key),
            data: vec![("container", name.clone()), ("netns", ns.name.to_string())],
            title: Some(format!("{} {}", ns.name, of.image).into()),
            shapes,
            ..Group::default()
        }));
        let own = || ns.links.entries().filter(|(_, link)| matches!(link.kind, LinkKind::Veth { .. }));
        let each = at.w / own().count().max(1) as i32;
        let said = |link: &Link| {
            let Some(ip) = link.addresses.first().map(|address| address.net.addr()) else {
                return link.name.to_string();
            };
            // A part of an address says nothing: where there is no room for all of it, the bridge that the line leads to has the network.
            let both = format!("{} {ip}", link.name);
            let fits = |text: &str| width(text, Face::Mono) + 24 <= each;
            if fits(&both) { both } else { Some(ip.to_string()).filter(|ip| fits(ip)).unwrap_or(link.name.to_string()) }
        };
        let devices: Vec<(LinkId, String)> = own().map(|(id, link)| (id, said(link))).collect();
        let mut outlets = Vec::new();
        let mut ports = Vec::new();
        for (nth, (device, text)) in (0i32..).zip(devices) {
            let room = Rect::new(at.x + nth * each, at.y, each, at.h);
            let mut outlet = Outlet::at(room.cx());
            let link = LinkRef { netns, link: device };
            let name = ns.links.get(device).map_or("", |link| &*link.name);
            ports.push((room.cx(), self.own_port(model, (link, name, &ns.name), text, room, block, &mut outlet)));
            outlets.push(outlet);
        }
        if !full {
            let process = Spot::Process(netns, 0);
            self.wires.spot(process, Pt::at(at.cx(), at.y), None);
            for (_, port) in ports {
                self.wires.both_ways(process, port, &[]);
            }
            return outlets;
        }
        // One line that joins the process to all devices.
        let (top, bus) = (at.y + 42, at.y + 76);
        let route = Spot::RouteIn(netns);
        let key = format!("ns{}.ip", netns.0);
        self.wires.spot(route, Pt::at(at.cx(), bus), Some(key.clone()));
        let listens = of.listening.sockets.first();
        let port = listens.map(|listener| format!(" :{}", listener.port)).unwrap_or_default();
        let class = if listens.is_some_and(Listener::is_weak) { "chip assumed" } else { "chip" };
        let chip = Rect::new(at.x + 8, top, at.w - 16, 22);
        let process_key = format!("c{}.0", netns.0);
        self.chip(chip, class, (format!("{}{port}", of.service).into(), None), Some(process_key.clone()), block);
        let process = Spot::Process(netns, 0);
        self.wires.spot(process, Pt::at(chip.cx(), chip.bottom() + 6), Some(process_key));
        self.wires.both_ways(process, route, &[]);
        let line = |points: &[Pt]| Shape::Path { d: path_data(points, 0), class: "inner" };
        self.lines.push(line(&[Pt::at(chip.cx(), chip.bottom()), Pt::at(chip.cx(), bus)]));
        for (x, port) in ports {
            self.wires.both_ways(route, port, &[Pt::at(x, bus)]);
            self.lines.push(line(&[Pt::at(at.cx(), bus), Pt::at(x, bus), Pt::at(x, at.bottom() - PORT)]));
        }
        let dot = Shape::Circle { at: Pt::at(at.cx(), bus), radius: 3, class: "joint" };
        self.boxes.push(Shape::Group(keyed("ip", key, vec![dot])));
        outlets
    }
}
