//! The interpreter on small networks made by hand: router R between hosts A and B, and a bridge with stations.

mod bridge;
mod carried;
mod closing;
mod copies;
mod indexed;
mod ipip;
mod lazy;
mod random;
mod routed;
mod rules;

use super::{socket, step};
use crate::config::xtables::{IpMatch, Match, Neg, Rule, Target};
use crate::config::{Hook, IfAddr, NatRange, Network, NetworkBuilder, Route, RouteKind, Scope, Socket};
use crate::ids::{CauseId, LinkRef, NetnsId, ProcessId, RuleRef, TableName};
use crate::packet::{Mac, Port, Protocol};
use crate::state::{ConnectionState, KernelState};
use crate::walk::{AlwaysFirst, Delivery, End, Event, Place, Walk};
use std::net::SocketAddr;
use std::sync::Arc;

const CAUSE: CauseId = CauseId(0);

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

fn address(builder: &mut NetworkBuilder, link: LinkRef, net: &str) {
    builder
        .add_address(link, IfAddr { net: net.parse().unwrap(), broadcast: None, scope: Scope::Global, cause: CAUSE });
}

fn listen(builder: &mut NetworkBuilder, netns: NetnsId, protocol: Protocol, port: u16) {
    let socket = Socket {
        protocol,
        address: None,
        port: Port(port),
        process: ProcessId::default(),
        owner: Default::default(),
        cause: CAUSE,
    };
    builder.netns(netns).sockets.push(socket);
}

fn route(builder: &mut NetworkBuilder, netns: NetnsId, dst: &str, kind: RouteKind, via: Option<(&str, LinkRef)>) {
    let dev = via.map(|(_, link)| link.link);
    let via = via.map(|(via, _)| via.parse().unwrap());
    builder.netns(netns).routes.push(Route { kind, via, dev, ..Route::new(dst.parse().unwrap(), CAUSE) });
}

fn rule(
    builder: &mut NetworkBuilder,
    netns: NetnsId,
    table: TableName,
    hook: Hook,
    ip: IpMatch,
    matches: Vec<Match>,
    target: Target,
) {
    let table = builder.netns(netns).xtables.table_mut(table);
    let chain = table.base(hook).unwrap();
    table.append(chain, Rule { ip, matches, target, cause: CAUSE });
}

/// A translation of what never comes: connections are tracked from then on.
fn track(builder: &mut NetworkBuilder, netns: NetnsId) {
    let ip = IpMatch { dst: Some(Neg::is("203.0.113.1/32".parse().unwrap())), ..IpMatch::default() };
    let target = Target::Masquerade(NatRange::default());
    rule(builder, netns, TableName::Nat, Hook::Postrouting, ip, Vec::new(), target);
}

fn to_port(port: u16) -> Vec<Match> {
    let dport = Some(Neg::is(crate::config::PortRange::one(port)));
    vec![Match::ports(Protocol::Tcp, None, dport)]
}

/// Every packet of one connection attempt, and how the client's socket ended.
struct Attempt {
    walks: Vec<Walk>,
    connection: ConnectionState,
    state: KernelState,
}

/// Opens a connection and follows every answer of the kernel.
fn attempt(network: &Network, from: NetnsId, protocol: Protocol, to: &str) -> Attempt {
    let mut state = KernelState::default();
    let to: SocketAddr = to.parse().unwrap();
    let (id, packet) =
        socket::connect(network, &mut state, &mut AlwaysFirst, from, protocol, (None, Port(40000)), to).unwrap();
    let mut walks = vec![step::walk(network, &mut state, &mut AlwaysFirst, from, packet)];
    let mut at = 0;
    while at < walks.len() && walks.len() < 10 {
        for answer in walks[at].answers.clone() {
            walks.push(step::walk_answer(network, &mut state, &mut AlwaysFirst, &answer));
        }
        at += 1;
    }
    let connection = state.connections[id.index()].state;
    Attempt { walks, connection, state }
}

/// A walk in short: `netns:place` of each hop.
fn places(network: &Network, walk: &Walk) -> Vec<String> {
    let place = |hop: &super::walk::Hop| {
        let netns = network.netns(hop.netns);
        let name = |link: crate::ids::LinkId| netns.links[link.index()].name.to_string();
        let place = match hop.place {
            Place::Socket => "socket".to_owned(),
            Place::Routing => "routing".to_owned(),
            Place::Hook { hook, .. } => hook.to_string(),
            Place::Ingress(link) => format!(">{}", name(link)),
            Place::Bridge(link) => format!("={}", name(link)),
            Place::Egress(link) => format!("{}>", name(link)),
        };
        format!("{}:{place}", netns.name)
    };
    walk.hops.iter().map(place).collect()
}

fn has(walk: &Walk, wanted: impl Fn(&Event) -> bool) -> bool {
    walk.hops.iter().flat_map(|hop| &hop.events).any(wanted)
}

fn accepted(walk: &Walk) -> bool {
    matches!(walk.end, End::Delivered { delivery: Delivery::Accepted { .. }, .. })
}
