//! What kernels still know in the network that follows.

use super::{CAUSE, address, listen, mac, rule, track};
use crate::config::xtables::{IpMatch, Match, Recent, Target};
use crate::config::{Hook, Network, NetworkBuilder};
use crate::exchange::{Exchange, Reported, Request, Writer, exchange, hang_up, write};
use crate::ids::{NetnsId, TableName};
use crate::packet::{Port, Protocol};
use crate::state::{Carry, ConnectionState, KernelState};
use crate::walk::AlwaysFirst;
use std::collections::BTreeSet;

/// Hosts by their names, each with a device to the next, numbered from its own place; the first remembers who it hears of in a list.
fn network(names: &[&str], list: Option<&str>) -> Network {
    let mut builder = NetworkBuilder::default();
    let all: Vec<NetnsId> = names.iter().map(|name| builder.add_netns(name, CAUSE)).collect();
    for (at, pair) in all.windows(2).enumerate() {
        let (near, far) = builder.add_veth(
            (pair[0], "right", mac(2 * at as u8 + 1)),
            (pair[1], "left", mac(2 * at as u8 + 2)),
            1500,
            CAUSE,
        );
        address(&mut builder, near, &format!("10.0.{at}.1/24"));
        address(&mut builder, far, &format!("10.0.{at}.2/24"));
        listen(&mut builder, pair[1], Protocol::Tcp, 80);
    }
    if let Some(list) = list {
        track(&mut builder, all[0]);
        let matches = vec![Match::Recent(Box::new(Recent::set(list)))];
        rule(&mut builder, all[0], TableName::Filter, Hook::Input, IpMatch::default(), matches, Target::Accept);
    }
    builder.build().unwrap()
}

fn connected(network: &Network, state: &mut KernelState) -> Exchange {
    let request = Request {
        netns: network.find("a").unwrap(),
        protocol: Protocol::Tcp,
        local: None,
        sport: Port(40_000),
        remote: "10.0.0.2:80".parse().unwrap(),
        payload: [].into(),
        ttl: None,
        dont_fragment: None,
        owner: Default::default(),
    };
    exchange(network, state, &mut AlwaysFirst, &request)
}

fn by_name<'n>(from: &'n Network, to: &'n Network) -> impl Fn(NetnsId) -> Option<NetnsId> + 'n {
    |id| to.find(from.name(id)?)
}

#[test]
fn a_connection_goes_on_where_its_ends_have_other_ids() {
    let (from, to) = (network(&["a", "b"], None), network(&["x", "a", "b"], None));
    // In the network that follows a has a device of another name before it: the one to b is the second.
    let mut state = KernelState::default();
    let done = connected(&from, &mut state);
    assert_eq!(done.reported, Reported::Ok);
    let (same, moved) = (by_name(&from, &to), BTreeSet::new());
    let (carried, by) = Carry { from: &from, to: &to, same: &same, moved: &moved }.state(&state);
    let ends: Vec<_> = carried.connections.iter().map(|open| to.name(open.netns).unwrap().to_string()).collect();
    assert_eq!(ends, ["a", "b"]);
    let open = done.carried(&by, &carried).unwrap();
    assert_eq!((open.heard(&carried), open.packets.len()), (Reported::Ok, 0));
    assert_eq!(open.accepted().map(|(netns, _)| netns), to.find("b"));
    assert_eq!(open.served.and_then(|served| served.socket), carried.connections.iter().last().unwrap().listener);
}

#[test]
fn what_belongs_to_what_is_gone_goes_with_it() {
    let (from, to) = (network(&["a", "b"], Some("L")), network(&["a", "c"], None));
    let mut state = KernelState::default();
    let done = connected(&from, &mut state);
    assert!(!state.neighbours.is_empty() && !state.conntrack.is_empty() && !state.recent.is_empty());
    let (same, moved) = (by_name(&from, &to), BTreeSet::new());
    let (mut carried, by) = Carry { from: &from, to: &to, same: &same, moved: &moved }.state(&state);
    // The device leads to another one now: what was learned by it is not known of the other.
    assert!(carried.neighbours.is_empty() && carried.stale.is_empty());
    assert!(carried.recent.is_empty(), "no rule names the list any more");
    assert_eq!(carried.connections.iter().count(), 1, "the client's end");
    // Whoever has the address now knows of no such connection.
    let mut open = done.carried(&by, &carried).unwrap();
    assert_eq!((open.accepted(), open.served), (None, None));
    assert!(!write(&to, &mut carried, &mut AlwaysFirst, &mut open, (Writer::Client, b"more")));
    assert_eq!(open.heard(&carried), Reported::Error(crate::state::Errno::ConnectionReset));
}

#[test]
fn neighbours_of_an_address_that_has_moved_are_asked_for_again() {
    let from = network(&["a", "b"], None);
    let mut state = KernelState::default();
    connected(&from, &mut state);
    let same = by_name(&from, &from);
    let moved: BTreeSet<_> = ["10.0.0.2".parse().unwrap()].into();
    let kept = Carry { from: &from, to: &from, same: &same, moved: &BTreeSet::new() }.state(&state).0;
    assert_eq!(kept.neighbours, state.neighbours);
    let gone = Carry { from: &from, to: &from, same: &same, moved: &moved }.state(&state).0;
    assert!(gone.neighbours.keys().all(|(_, _, ip)| !moved.contains(ip)), "{:?}", gone.neighbours);
    assert!(gone.neighbours.len() < state.neighbours.len());
}

#[test]
fn a_process_that_ends_closes_its_connection_and_its_client_the_other_side() {
    let network = network(&["a", "b"], None);
    let mut state = KernelState::default();
    let done = connected(&network, &mut state);
    let (_, server) = done.accepted().unwrap();
    let packets = hang_up(&network, &mut state, &mut AlwaysFirst, server);
    assert_eq!(packets.len(), 3, "FIN, FIN and the last ACK");
    assert_eq!(done.heard(&state), Reported::Eof);
    let states: Vec<ConnectionState> = state.connections.iter().map(|open| open.state).collect();
    assert_eq!(states, [ConnectionState::Closed, ConnectionState::TimeWait]);
    assert!(hang_up(&network, &mut state, &mut AlwaysFirst, server).is_empty(), "only once");
}
