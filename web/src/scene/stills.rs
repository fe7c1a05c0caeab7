//! A still of the picture at each step: where the packet is, how it came there, and what is open.

use super::card::{Card, ends};
use super::geometry::{Pt, Rect, path_data, simplify};
use super::holder::Holder;
use super::layout::{Bench, Layout, Reserve};
use super::panel::Panel;
use super::selection::services_met;
use super::shape::{Say, Shape, middle, rect};
use super::text::Face;
use super::wires::{Spot, Stage};
use super::words::Label;
use kernel::config::Hook;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::Port;
use kernel::walk::{CtAction, End, Place, Skb};
use kubernetes::cluster::model::ServiceId;
use sim_core::facts::{Fact, Facts, FdbAction, Namespace, Step, Tracking, Visit, What};
use sim_core::model::Model;
use sim_core::site::Kind;
use sim_core::trace::{Leg, LegId, Purpose, Source};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The picture at one step.
#[derive(Clone, Debug)]
pub(crate) struct Still {
    /// Where the packet rests.
    pub(crate) at: Pt,
    /// The way from the step before, as path data; empty where it stays.
    pub(crate) trail: String,
    /// The same as the points that it comes by.
    pub(crate) way: Vec<Pt>,
    /// Names of what the packet is at.
    pub(crate) now: Vec<String>,
    /// Names of the namespaces and nodes around it.
    pub(crate) active: Vec<String>,
    /// Names of the dashed lines to ClusterIPs whose rules were met, and of those ghosts.
    pub(crate) ties: Vec<String>,
    /// The packet ends here without being delivered.
    pub(crate) dropped: bool,
    /// What a phone should show.
    pub(crate) view: Option<Rect>,
    /// Card, panel, reason.
    pub(crate) draw: Vec<Shape>,
    /// The machine it is on; `None` between machines.
    pub(crate) lane: Option<Holder>,
    /// What a timeline marks.
    pub(crate) marks: Vec<Mark>,
    /// What the packet carries as its label.
    pub(crate) flag: Flag,
}

/// What happens at a step that a timeline should point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An address is translated, or that is undone.
    Nat,
    /// The packet is put into another one, or taken out.
    Tunnel,
    /// The connection table gets an entry, or an entry changes.
    Conntrack,
    /// The packet ends.
    Drop,
}

impl Mark {
    /// Its letter in the player's data.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Nat => 'n',
            Self::Tunnel => 't',
            Self::Conntrack => 'c',
            Self::Drop => 'd',
        }
    }
}

/// The label that the packet carries: where it goes; on the way back, who it says it is from. It changes where that end is translated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flag {
    /// What it said when the packet came to this step, where that is something else.
    pub(crate) before: Option<String>,
    /// What it says when the packet leaves the step.
    pub(crate) now: String,
    /// It stands under the packet, as what the packet is at is above it.
    pub(crate) below: bool,
    /// It is at a socket, where it begins or ends, and says nothing that changes.
    pub(crate) quiet: bool,
}

impl Flag {
    /// The label of a packet that goes to whom the client, or a proxy, calls; or that comes back from there.
    fn of(visit: &Visit<'_>, back: bool, below: bool) -> Self {
        let say = |skb: &Skb| {
            let (from, to) = ends(skb.packet.innermost());
            if back { format!("← {from}") } else { format!("→ {to}") }
        };
        let (before, now) = (say(visit.before), say(visit.after));
        let quiet = before == now && matches!(visit.place, Place::Socket);
        Self { before: (before != now).then_some(before), now, below, quiet }
    }
}

/// The marks of a step.
fn marks(facts: &[Fact<'_>]) -> Vec<Mark> {
    let is = |fact: &Fact<'_>| match &fact.what {
        What::Nat { .. } => Some(Mark::Nat),
        What::Encap { .. } | What::Decap { .. } | What::EncapIp { .. } | What::DecapIp { .. } => Some(Mark::Tunnel),
        What::Conntrack(Tracking::Known { action, .. }) if *action != CtAction::Found => Some(Mark::Conntrack),
        _ => None,
    };
    let mut marks: Vec<Mark> = Vec::new();
    for mark in facts.iter().filter_map(is) {
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    marks
}

/// What a step's dynamic parts say, before they have a place.
pub(crate) struct Content {
    card: Card,
    panel: Panel,
    /// The node or host it is on; for a hop between them, the one before; outside at first, the one to come.
    bench: Option<Holder>,
    /// Where it is drawn: the first of these that is in the picture.
    spots: Vec<Spot>,
    /// Services whose rules it met.
    services: Vec<ServiceId>,
    /// What a timeline marks, but for the end.
    marks: Vec<Mark>,
}

/// Contents of all steps.
pub(crate) fn contents(facts: &Facts<'_>) -> Vec<Content> {
    let model = facts.model;
    // What happens outside before the first node is shown on that node.
    let mut bench = facts.visits().find_map(|visit| Holder::of(model, visit.namespace.id));
    if let (None, Source::External { via, .. }) = (bench, &facts.journey.probe.from) {
        // What reaches no node stands beside the first.
        bench = Some(Holder::Node(via.unwrap_or_default()));
    }
    let content = |visit: Visit<'_>| {
        bench = Holder::of(model, visit.namespace.id).or(bench);
        let found = visit.facts();
        Content {
            card: Card::of(&visit, &found),
            panel: Panel::of(&owner(model, visit.namespace), &visit, &found),
            bench,
            spots: spots(model, &visit, &found),
            services: services_met(model, &visit, &found),
            marks: marks(&found),
        }
    };
    facts.visits().map(content).collect()
}

/// Room the contents need.
pub(crate) fn reserve(contents: &[Content]) -> Reserve {
    let card = contents.iter().map(|one| one.card.height()).max().unwrap_or(0);
    let panel = contents.iter().map(|one| one.panel.height()).max().unwrap_or(0);
    Reserve { card, panel }
}

fn owner(model: &Model, namespace: Namespace<'_>) -> String {
    match namespace.machine() {
        Some(Kind::Node(_)) => namespace.node_name().map(str::to_owned),
        Some(Kind::Pod(id)) => model.cluster.pods.get(id.0 as usize).map(|pod| format!("Pod {}", pod.name.name)),
        Some(Kind::Container(id)) => {
            let host = model.cluster.docker_host(id.host);
            host.zip(model.cluster.container(id)).map(|(host, of)| host.shown_name(of))
        }
        Some(Kind::Host(_) | Kind::Vm(_)) if Holder::of(model, namespace.id).is_some() => {
            Holder::of(model, namespace.id).map(|of| of.name(&model.cluster).to_owned())
        }
        Some(Kind::Host(address)) => {
            // Who has a name of its own is called by it, as at its box.
            let own = namespace.config().and_then(|netns| netns.name.strip_prefix("host/"));
            let own = own.filter(|name| name.parse::<IpAddr>().is_err());
            Some(own.map_or_else(|| address.to_string(), str::to_owned))
        }
        _ => None,
    }
    .or_else(|| namespace.config().map(|netns| netns.name.to_string()))
    .unwrap_or_default()
}

/// The container of a Pod that has the socket.
fn container(model: &Model, visit: &Visit<'_>) -> u32 {
    let Some(Kind::Pod(id)) = visit.namespace.machine() else { return 0 };
    let Some(pod) = model.cluster.pods.get(id.0 as usize) else { return 0 };
    let sent = visit.in_dev.is_none();
    let packet = &visit.after.packet;
    let port = if sent { packet.l4.source_port() } else { packet.l4.destination_port() };
    let has = |port: Port| pod.containers.iter().position(|one| one.ports.iter().any(|p| p.port == port));
    port.and_then(has).filter(|&index| index < 2).unwrap_or(0) as u32
}

/// Where a place is drawn: the first of these that is in the picture.
pub(super) fn spots(model: &Model, visit: &Visit<'_>, facts: &[Fact<'_>]) -> Vec<Spot> {
    let netns = visit.namespace.id;
    let link = |link: LinkId| LinkRef { netns, link };
    let is_bridge = |link: LinkId| visit.namespace.device(link).is_bridge();
    let mut spots = match visit.place {
        Place::Socket => vec![Spot::Process(netns, container(model, visit)), Spot::Process(netns, 0)],
        Place::Routing if visit.in_dev.is_none() => vec![Spot::RouteOut(netns)],
        Place::Routing => vec![],
        Place::Hook { hook, .. } => vec![Spot::Hook(netns, hook)],
        Place::Ingress(id) if is_bridge(id) => vec![Spot::BridgeUp(link(id))],
        Place::Egress(id) if is_bridge(id) => vec![Spot::BridgeDown(link(id))],
        Place::Ingress(id @ LinkId(0)) => vec![Spot::Link(link(id)), Spot::Hook(netns, Hook::Prerouting)],
        Place::Egress(id @ LinkId(0)) => vec![Spot::Link(link(id)), Spot::Hook(netns, Hook::Postrouting)],
        Place::Ingress(id) | Place::Egress(id) => vec![Spot::Link(link(id))],
        Place::Bridge(id) => match followed(facts).or(visit.in_dev) {
            Some(to) if to != id => vec![Spot::Tap(link(to)), Spot::BridgeDown(link(id))],
            _ => vec![Spot::BridgeUp(link(id)), Spot::Tap(link(id))],
        },
    };
    spots.push(Spot::RouteIn(netns));
    spots
}

/// The port by which a bridge sent the frame that is followed.
fn followed(facts: &[Fact<'_>]) -> Option<LinkId> {
    let copied = |link: LinkId| {
        let is = |fact: &Fact<'_>| matches!(&fact.what, What::Copies { copies, .. } if copies.iter().any(|copy| copy.port.link == link));
        facts.iter().any(is)
    };
    facts.iter().find_map(|fact| match &fact.what {
        What::Fdb { action: FdbAction::Hit, ports, .. } => ports.first().map(|port| port.link),
        What::Fdb { action: FdbAction::Flood, ports, .. } => {
            ports.iter().map(|port| port.link).find(|link| !copied(*link))
        }
        _ => None,
    })
}

/// Stills of all steps.
pub(crate) fn stills(facts: &Facts<'_>, layout: &Layout, contents: &[Content]) -> Vec<Still> {
    let mut stills = Vec::with_capacity(contents.len());
    let mut before: Option<(Spot, NetnsId)> = None;
    let mut callers = Callers::default();
    let boxes = middles(&layout.boxes);
    for (step, content) in facts.steps.steps.iter().zip(contents) {
        let Some((leg, visit)) = facts.at(step) else { continue };
        let netns = visit.namespace.id;
        let found = content.spots.iter().copied().find(|&spot| layout.wires.at(spot).is_some());
        let spot = found.or(before.map(|(spot, _)| spot));
        let at = spot.and_then(|spot| layout.wires.at(spot)).unwrap_or_default();
        // A new leg starts where its sender is; a line from the last one only where that is the same place.
        let joined = before.filter(|&(_, last)| !step.first || last == netns);
        let path = match (joined, spot) {
            (Some((from, _)), Some(to)) if from != to => layout.wires.way(from, to),
            _ => Vec::new(),
        };
        let path = through_middles(layout, path, joined.map(|(from, _)| from), spot);
        let key = spot.and_then(|spot| layout.wires.key(spot)).map(str::to_owned);
        let node = visit.namespace.node();
        let holder = Holder::of(facts.model, netns);
        let mut active = layout.surfaces.get(&netns).cloned().unwrap_or_default();
        active.extend(holder.map(Holder::key).filter(|key| !active.contains(key)));
        let mut ties = Vec::new();
        for service in &content.services {
            ties.push(format!("g{}", service.0));
            ties.extend(node.map(|node| format!("t{}.{}", service.0, node.0)));
            ties.extend(node.map(|node| format!("r{}", node.0)));
        }
        let reason = match &leg.end {
            End::Dropped { reason, .. } if step.last => Some(reason.code()),
            _ => None,
        };
        let bench = content.bench.and_then(|of| layout.benches.get(&of));
        let below = key.as_deref().and_then(|key| boxes.get(key)).is_some_and(|middle| *middle < at.y);
        let back = callers.back(facts, step, leg, netns);
        let mut marks = content.marks.clone();
        marks.extend(reason.map(|_| Mark::Drop));
        let mut draw = Vec::new();
        if let Some(bench) = bench {
            content.card.draw(bench.card, &mut draw);
            content.panel.draw(bench.panel, &mut draw);
            // Off the nodes, the reason stands under the LAN, beside where the packet ended.
            let room = if holder.is_some() { bench.status } else { layout.under_lan };
            let x = if holder.is_some() { at.x } else { at.x - 120 };
            draw_reason(room, x, reason, &mut draw);
        }
        stills.push(Still {
            at,
            trail: if path.len() > 1 { path_data(&path, 4) } else { String::new() },
            way: if path.len() > 1 { simplify(&path) } else { Vec::new() },
            now: key.into_iter().collect(),
            active,
            ties,
            dropped: reason.is_some(),
            view: bench.map(|bench| view(bench, at)),
            draw,
            lane: holder,
            marks,
            flag: Flag::of(&visit, back, below),
        });
        before = spot.map(|spot| (spot, netns));
    }
    stills
}

/// The rows in which what has a name has its middle.
fn middles(shapes: &[Shape]) -> BTreeMap<&str, i32> {
    let mut all = BTreeMap::new();
    for shape in shapes {
        let Shape::Group(group) = shape else { continue };
        let own = group.shapes.iter().find_map(|shape| match shape {
            Shape::Rect { at, .. } => Some(at.y + at.h / 2),
            _ => None,
        });
        if let Some((key, middle)) = group.key.as_deref().zip(own) {
            all.insert(key, middle);
        }
        all.extend(middles(&group.shapes));
    }
    all
}

/// Who opened the connections that are under way: the client at depth 0, then proxies.
#[derive(Default)]
struct Callers {
    by_depth: BTreeMap<u32, NetnsId>,
    /// The leg that was looked at last, and whether it goes back.
    leg: Option<(usize, bool)>,
}

impl Callers {
    /// Whether a leg goes back to who called; `netns` is where its step is.
    fn back(&mut self, facts: &Facts<'_>, step: &Step, leg: &Leg, netns: NetnsId) -> bool {
        if let Some((_, back)) = self.leg.filter(|(index, _)| *index == step.leg) {
            return back;
        }
        let depth = facts.journey.depth(LegId(step.leg as u32));
        let back = match leg.purpose {
            Purpose::DnsQuery | Purpose::Connect | Purpose::Proxy => {
                self.by_depth.insert(depth, netns);
                false
            }
            Purpose::DnsAnswer | Purpose::Reply | Purpose::Response | Purpose::Error => true,
            // Both sides close.
            Purpose::Close => self.by_depth.get(&depth).is_some_and(|caller| *caller != netns),
            Purpose::Data | Purpose::Ack | Purpose::Announcement | Purpose::Tls | Purpose::Request => false,
        };
        self.leg = Some((step.leg, back));
        back
    }
}

/// A packet rests on the edge of a stage; the line goes through its middle.
fn through_middles(layout: &Layout, mut way: Vec<Pt>, from: Option<Spot>, to: Option<Spot>) -> Vec<Pt> {
    let middle = |spot: Option<Spot>| {
        let (netns, stage) = match spot? {
            Spot::Hook(netns, hook) => (netns, Stage::Hook(hook)),
            Spot::RouteIn(netns) => (netns, Stage::RouteIn),
            Spot::RouteOut(netns) => (netns, Stage::RouteOut),
            Spot::Process(netns, _) => (netns, Stage::Local),
            _ => return None,
        };
        layout.wires.at(Spot::Middle(netns, stage))
    };
    if let (Some(last), Some(middle)) = (way.last_mut(), middle(to)) {
        *last = middle;
    }
    if let (Some(first), Some(middle)) = (way.first_mut(), middle(from)) {
        *first = middle;
    }
    simplify(&way)
}

/// Width of a reason's pill in pixels.
pub(super) const REASON_WIDTH: i32 = 216;

/// A reason in its strip, near the column where a packet ended.
fn draw_reason(room: Rect, x: i32, reason: Option<&'static str>, draw: &mut Vec<Shape>) {
    let Some(reason) = reason else { return };
    // Wide enough for the longest reason in every language: the picture is the same in all of them.
    let w = REASON_WIDTH.min(room.w);
    let x = (x - w / 2).clamp(room.x, room.right() - w);
    let pill = Rect::new(x, room.y + 3, w, 20);
    draw.push(rect(pill, 10, "reason"));
    let text = Say::Many(vec!["✕ ".to_owned().into(), Label::Reason(reason).into()]);
    draw.push(middle(x + w / 2, pill.y + 14, w - 12, Face::Sans, "reason-text", text));
}

/// As much of a node's surroundings as a phone shows at a time: above the rail with the Pods, from the rail on with
/// what is open and the uplink. Only these two, so that the frame does not wander with every step.
fn view(bench: &Bench, at: Pt) -> Rect {
    let view = bench.view;
    let h = view.h.min(600);
    let x = view.x.min(at.x - 40).max(at.x + 40 - view.w);
    // With much open, the rail is higher than that, and the packet carries its label above it.
    let lower = (view.bottom() - h).min(at.y - 48);
    let y = if at.y < bench.rail - 20 && at.y < view.y + h { view.y } else { lower };
    // Gateway and hosts outside stand lower than that.
    let y = y.max(at.y + 40 - h);
    Rect { x, y, w: view.w, h }
}
