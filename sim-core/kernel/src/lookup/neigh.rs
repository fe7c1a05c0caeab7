//! Neighbour resolution: the table, and ARP across the segment when the table does not know (RFC 826, net/ipv4/arp.c).

use crate::config::{Link, LinkKind, Network, RouteKind, Vxlan};
use crate::ids::{LinkId, LinkRef, NetnsId};
use crate::lookup::{route, vtep};
use crate::packet::Mac;
use crate::state::KernelState;
use crate::walk::{Event, NeighbourSource};
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;

/// What the request passed and what learns from the answer.
#[derive(Clone, Copy)]
enum Passed {
    /// A bridge, by which port the request came in (its own has none), and by which it went on.
    Bridge { netns: NetnsId, bridge: LinkId, came: Option<LinkId>, out: LinkId },
    /// A VXLAN device, and to which other end.
    Tunnel { at: LinkRef, remote: IpAddr, learning: bool },
}

impl Passed {
    /// The answer of `mac` comes by here.
    fn learn(self, network: &Network, state: &mut KernelState, mac: Mac) {
        match self {
            Self::Bridge { netns, bridge, out, .. } => {
                let port = &network.link(LinkRef { netns, link: out }).port;
                if port.as_ref().is_some_and(|port| port.learning) {
                    state.fdb.insert((netns, bridge, mac), out);
                }
            }
            Self::Tunnel { at, remote, learning } if learning => {
                state.vteps.insert((at.netns, at.link, mac), remote);
            }
            Self::Tunnel { .. } => {}
        }
    }

    /// Whether the answer finds the asker's port again: the bridge knows it, or floods there.
    fn lets_back(self, network: &Network, state: &KernelState, asker: Mac) -> bool {
        let Self::Bridge { netns, bridge, came: Some(came), .. } = self else { return true };
        let configured = match &network.link(LinkRef { netns, link: bridge }).kind {
            LinkKind::Bridge(settings) => {
                settings.fdb.iter().find(|entry| !entry.local && entry.mac == asker).map(|entry| entry.port)
            }
            _ => None,
        };
        match state.fdb.get(&(netns, bridge, asker)).copied().or(configured) {
            Some(port) => port == came,
            None => network.link(LinkRef { netns, link: came }).port.as_ref().is_some_and(|port| port.flood),
        }
    }
}

/// Whether `ip` is known on a device, was confirmed, and was sent to before: then its header is written without going through the
/// device (`NUD_CONNECTED` and a cached header).
pub(crate) fn is_cached(network: &Network, state: &KernelState, at: LinkRef, ip: IpAddr) -> bool {
    let key = (at.netns, at.link, ip);
    let configured = network.netns(at.netns).neighbours.iter().any(|entry| entry.dev == at.link && entry.ip == ip);
    let reachable = state.neighbours.contains_key(&key) && !state.stale.contains(&key);
    (configured || reachable) && state.headers.contains(&key)
}

/// The link-layer address of `ip` on `dev`, and what it took to know it. `None` after three unanswered requests.
pub(crate) fn resolve(
    network: &Network,
    state: &mut KernelState,
    at: LinkRef,
    ip: IpAddr,
    sender: Option<IpAddr>,
    events: &mut Vec<Event>,
) -> Option<Mac> {
    let netns = network.netns(at.netns);
    let configured = netns.neighbours.iter().find(|entry| entry.dev == at.link && entry.ip == ip);
    state.headers.insert((at.netns, at.link, ip));
    if let Some(entry) = configured {
        events.push(Event::Neighbour { ip, mac: entry.mac, dev: at.link, known: NeighbourSource::Configured });
        return Some(entry.mac);
    }
    if let Some(&mac) = state.neighbours.get(&(at.netns, at.link, ip)) {
        events.push(Event::Neighbour { ip, mac, dev: at.link, known: NeighbourSource::Learned });
        return Some(mac);
    }
    let own = network.link(at).mac;
    let sender =
        sender.filter(|address| route::is_local(netns, *address)).or_else(|| route::select_source(netns, at.link, ip));
    let (answers, seen_by) = ask(network, state, at, own, ip, sender);
    // Whoever answers knows the asker from then on, whatever becomes of the answer (`neigh_event_ns`).
    for answer in &answers {
        let heard_of = sender.map(|sender| (answer.by.netns, answer.by.link, sender));
        if let Some(heard_of) = heard_of
            && state.neighbours.insert(heard_of, own) != Some(own)
        {
            state.stale.insert(heard_of);
        }
    }
    // Of several answers the first is taken (`locktime`). It travels back: bridges on the way learn the answerer, as far as it comes.
    let mut came = |Answer { mac, path, .. }: &Answer| {
        path.iter().rev().all(|passed| {
            passed.learn(network, state, *mac);
            passed.lets_back(network, state, own)
        })
    };
    let Some(Answer { by: answered_by, mac, .. }) = answers.into_iter().next().filter(|answer| came(answer)) else {
        state.failed.insert((at.netns, at.link, ip));
        events.push(Event::ArpFailed { ip, dev: at.link });
        return None;
    };
    state.failed.remove(&(at.netns, at.link, ip));
    state.neighbours.insert((at.netns, at.link, ip), mac);
    state.stale.remove(&(at.netns, at.link, ip));
    events.push(Event::Arp { ip, dev: at.link, answered_by, mac, seen_by });
    Some(mac)
}

/// An answer to a request.
struct Answer {
    by: LinkRef,
    mac: Mac,
    /// What the request passed on its way.
    path: Vec<Passed>,
}

/// Broadcasts a request from `at` and follows every copy; bridges on the way learn the asker. With the answers, the first one first, and how
/// many stations saw it.
fn ask(
    network: &Network,
    state: &mut KernelState,
    at: LinkRef,
    asker: Mac,
    ip: IpAddr,
    sender: Option<IpAddr>,
) -> (Vec<Answer>, u32) {
    let mut queue = VecDeque::from([(at, Vec::new())]);
    let mut seen = BTreeSet::from([at]);
    let mut all = Vec::new();
    let mut seen_by = 0;
    while let Some((from, path)) = queue.pop_front() {
        match &network.link(from).kind {
            LinkKind::Veth { peer } if network.is_up(*peer) => {
                arrive(network, state, *peer, asker, ip, sender, &path, &mut queue, &mut seen, &mut seen_by, &mut all);
            }
            LinkKind::Bridge(_) => spread(network, from.netns, from.link, None, &path, &mut queue, &mut seen),
            LinkKind::Vxlan(vxlan) => {
                for (far, path) in cross(network, state, from, vxlan, asker, &path) {
                    arrive(
                        network,
                        state,
                        far,
                        asker,
                        ip,
                        sender,
                        &path,
                        &mut queue,
                        &mut seen,
                        &mut seen_by,
                        &mut all,
                    );
                }
            }
            LinkKind::Veth { .. } | LinkKind::Loopback | LinkKind::Dummy | LinkKind::Ipip(_) => {}
        }
    }
    (all, seen_by)
}

/// A request goes into a tunnel: the devices at its other ends that get it and know the way back, each with the path so far. They
/// learn where the asker is.
fn cross(
    network: &Network,
    state: &mut KernelState,
    from: LinkRef,
    vxlan: &Vxlan,
    asker: Mac,
    path: &[Passed],
) -> Vec<(LinkRef, Vec<Passed>)> {
    let mut found = Vec::new();
    let here = network.netns(from.netns);
    for remote in vtep::ends(network, state, from, vxlan, Mac::BROADCAST).1 {
        let Some(far) = vtep::device(network, from.netns, remote, vxlan) else { continue };
        let Some(source) = vtep::source(network, from.netns, remote, vxlan) else { continue };
        let LinkKind::Vxlan(back) = &network.link(far).kind else { continue };
        if back.learning {
            state.vteps.insert((far.netns, far.link, asker), source);
        }
        let ends = vtep::ends(network, state, far, back, asker).1;
        if !ends.iter().any(|end| route::is_local(here, *end)) {
            continue;
        }
        let mut path = path.to_vec();
        path.push(Passed::Tunnel { at: from, remote, learning: vxlan.learning });
        found.push((far, path));
    }
    found
}

/// A request comes out at `at`.
#[allow(clippy::too_many_arguments)]
fn arrive(
    network: &Network,
    state: &mut KernelState,
    at: LinkRef,
    asker: Mac,
    ip: IpAddr,
    sender: Option<IpAddr>,
    path: &[Passed],
    queue: &mut VecDeque<(LinkRef, Vec<Passed>)>,
    seen: &mut BTreeSet<LinkRef>,
    seen_by: &mut u32,
    all: &mut Vec<Answer>,
) {
    if !seen.insert(at) {
        return;
    }
    let of_port = || network.link(at).port.as_ref().map(|port| LinkRef { netns: at.netns, link: port.master });
    let station = if network.uplink(at).is_some() { at } else { of_port().unwrap_or(at) };
    // Whoever asked for the asker in vain hears of it now, whomever the question is for (`arp_process`).
    if let Some(sender) = sender.map(|sender| (station.netns, station.link, sender))
        && state.failed.remove(&sender)
    {
        state.neighbours.insert(sender, asker);
        state.stale.insert(sender);
    }
    if network.uplink(at).is_some() && !network.may_have(at.netns, ip) {
        *seen_by += 1;
        return;
    }
    if let Some(port) = &network.link(at).port {
        if port.learning {
            state.fdb.insert((at.netns, port.master, asker), at.link);
        }
        spread(network, at.netns, port.master, Some(at.link), path, queue, seen);
    }
    *seen_by += 1;
    if answers(network, station, ip, sender) {
        all.push(Answer { by: station, mac: network.link(station).mac, path: path.to_vec() });
    }
}

/// Whether a station answers a question for `ip` that came in by one of its devices (`arp_process`): for its own addresses as
/// `arp_ignore` allows (0 on any device, 1 on the one that has it, 2 also only for askers of its subnet), and with `proxy_arp` for
/// what it would forward by another device. The asker must be one it would take packets from. What a process answers, it answers to all.
fn answers(network: &Network, station: LinkRef, ip: IpAddr, sender: Option<IpAddr>) -> bool {
    let netns = network.netns(station.netns);
    if netns.answers.iter().any(|answer| (answer.ip, answer.dev) == (ip, station.link)) {
        return true;
    }
    let sysctl = |name| route::device_sysctl(netns, station.link, name);
    let wrong = |sender| route::source_check(netns, station.link, sender, ip) != route::SourceCheck::Plausible;
    if sender.is_some_and(wrong) {
        return false;
    }
    let own = network.link(station).addresses.iter().find(|address| address.net.addr() == ip);
    if route::is_local(netns, ip) {
        return match sysctl("arp_ignore") {
            0 => true,
            1 => own.is_some(),
            2 => own.is_some_and(|own| sender.is_none_or(|sender| own.net.contains(&sender))),
            _ => false,
        };
    }
    let elsewhere = || {
        let found = route::lookup(netns, ip, sender, 0);
        found.is_some_and(|found| found.route.kind == RouteKind::Unicast && found.route.dev != Some(station.link))
    };
    sysctl("proxy_arp") != 0 && route::forwarding(netns, station.link) && elsewhere()
}

/// A bridge sends a broadcast to all its ports but the one it came in by (that one too, with hairpin).
fn spread(
    network: &Network,
    netns: NetnsId,
    bridge: LinkId,
    from: Option<LinkId>,
    path: &[Passed],
    queue: &mut VecDeque<(LinkRef, Vec<Passed>)>,
    seen: &mut BTreeSet<LinkRef>,
) {
    let links = &network.netns(netns).links;
    let from_isolated = from.and_then(|from| links.get(from)?.port.as_ref()).is_some_and(|port| port.isolated);
    // The port that was added last comes first (`new_nbp`, `br_flood`).
    let all: Vec<(LinkId, &Link)> = links.entries().collect();
    for (out, link) in all.into_iter().rev() {
        let Some(port) = link.port.as_ref().filter(|port| port.master == bridge) else { continue };
        if !link.up || Some(out) == from || (from_isolated && port.isolated) {
            continue;
        }
        let mut path = path.to_vec();
        path.push(Passed::Bridge { netns, bridge, came: from, out });
        let out = LinkRef { netns, link: out };
        seen.insert(out);
        queue.push_back((out, path));
    }
}

/// The station on the segment of `at` that owns `mac`, if a frame sent there would reach it.
pub(crate) fn station(network: &Network, at: LinkRef, mac: Mac) -> Option<LinkRef> {
    search(network, VecDeque::from([(at, Vec::new())]), BTreeSet::from([at]), mac)
}

/// The station that owns `mac` and gets a frame for it that comes in at `at`: the device itself, its bridge, or one behind that.
pub(crate) fn station_behind(network: &Network, at: LinkRef, mac: Mac) -> Option<LinkRef> {
    let (mut queue, mut seen) = (VecDeque::new(), BTreeSet::from([at]));
    taken(network, at, mac, &[], &mut queue, &mut seen).or_else(|| search(network, queue, seen, mac))
}

/// Who takes a frame for `mac` that comes in at `at`; a bridge sends it on to its other ports.
fn taken(
    network: &Network,
    at: LinkRef,
    mac: Mac,
    path: &[Passed],
    queue: &mut VecDeque<(LinkRef, Vec<Passed>)>,
    seen: &mut BTreeSet<LinkRef>,
) -> Option<LinkRef> {
    if let Some(known) = network.uplink(at) {
        return (known.mac == mac).then_some(at);
    }
    let link = network.link(at);
    if link.mac == mac {
        return Some(at);
    }
    let bridge = LinkRef { netns: at.netns, link: link.port.as_ref()?.master };
    if network.link(bridge).mac == mac {
        return Some(bridge);
    }
    spread(network, at.netns, bridge.link, Some(at.link), path, queue, seen);
    None
}

fn search(
    network: &Network,
    mut queue: VecDeque<(LinkRef, Vec<Passed>)>,
    mut seen: BTreeSet<LinkRef>,
    mac: Mac,
) -> Option<LinkRef> {
    while let Some((from, path)) = queue.pop_front() {
        let mut found = None;
        match &network.link(from).kind {
            LinkKind::Veth { peer } if network.is_up(*peer) && seen.insert(*peer) => {
                found = taken(network, *peer, mac, &path, &mut queue, &mut seen);
            }
            LinkKind::Bridge(_) => spread(network, from.netns, from.link, None, &path, &mut queue, &mut seen),
            LinkKind::Vxlan(vxlan) => {
                let devices = vxlan.fdb.iter().filter(|entry| entry.mac == mac || entry.mac == Mac::ZERO);
                for remote in devices.map(|entry| entry.remote).chain(vxlan.remote) {
                    let far = vtep::device(network, from.netns, remote, vxlan);
                    if let Some(far) = far.filter(|far| seen.insert(*far)) {
                        found = found.or_else(|| taken(network, far, mac, &path, &mut queue, &mut seen));
                    }
                }
            }
            LinkKind::Veth { .. } | LinkKind::Loopback | LinkKind::Dummy | LinkKind::Ipip(_) => {}
        }
        if found.is_some() {
            return found;
        }
    }
    None
}
