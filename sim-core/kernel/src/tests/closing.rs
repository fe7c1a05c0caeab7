//! What connection tracking makes of the end of a connection, and the sockets at both ends.

use crate::config::CtDirection::{self, Original, Reply};
use crate::config::{IfAddr, Network, NetworkBuilder, Socket};
use crate::exchange::{Exchange, Request, Writer, close, exchange, write};
use crate::ids::{CauseId, NetnsId, ProcessId};
use crate::netfilter::conntrack::{Tracked, track};
use crate::packet::{L4, Mac, Port, Protocol, TcpFlags};
use crate::socket;
use crate::state::{ConnectionState, CtTcp, KernelState};
use crate::walk::{AlwaysFirst, AnswerKind, CtState};

const HERE: NetnsId = NetnsId(0);
const FIN: TcpFlags = TcpFlags::FIN_ACK;
const ACK: TcpFlags = TcpFlags::ACK;

/// Has a segment tracked: the state of its connection afterwards, and whether it belongs there.
fn seen(state: &mut KernelState, direction: CtDirection, flags: TcpFlags) -> (Option<CtTcp>, Option<CtState>) {
    let (client, server) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    let ((src, sport), (dst, dport)) = match direction {
        Original => ((client, Port(40_000)), (server, Port(80))),
        Reply => ((server, Port(80)), (client, Port(40_000))),
    };
    let packet = socket::packet(src, dst, L4::Tcp { sport, dport, flags });
    let (tracked, new) = track(state, HERE, &packet);
    let entries = state.conntrack.get_mut(&HERE).unwrap();
    let of = match tracked {
        Tracked::Entry(id, _, of) => {
            let entry = entries.get_mut(id).unwrap();
            entry.confirmed |= new;
            Some(of)
        }
        _ => None,
    };
    (entries.entries().last().and_then(|(_, entry)| entry.tcp), of)
}

fn opened() -> KernelState {
    let mut state = KernelState::default();
    for (direction, flags) in [(Original, TcpFlags::SYN), (Reply, TcpFlags::SYN_ACK), (Original, ACK)] {
        assert!(seen(&mut state, direction, flags).1.is_some());
    }
    state
}

#[test]
fn the_states_of_an_end_are_those_of_tcp_conntracks() {
    use CtTcp::{CloseWait, Established, FinWait, LastAck, TimeWait};
    let ways: [&[(CtDirection, TcpFlags, CtTcp)]; 4] = [
        // Three packets, by the client and by the server first.
        &[(Original, FIN, FinWait), (Reply, FIN, LastAck), (Original, ACK, TimeWait)],
        &[(Reply, FIN, FinWait), (Original, FIN, LastAck), (Reply, ACK, TimeWait)],
        // Half closed for a while, with bytes that still come.
        &[
            (Original, FIN, FinWait),
            (Reply, ACK, CloseWait),
            (Reply, ACK, CloseWait),
            (Reply, FIN, LastAck),
            (Original, ACK, TimeWait),
        ],
        // Both at once.
        &[(Original, FIN, FinWait), (Reply, FIN, LastAck), (Original, ACK, TimeWait), (Reply, ACK, TimeWait)],
    ];
    for way in ways {
        let mut state = opened();
        assert_eq!(seen(&mut state, Reply, ACK), (Some(Established), Some(CtState::Established)));
        for (direction, flags, wanted) in way {
            assert_eq!(seen(&mut state, *direction, *flags), (Some(*wanted), Some(CtState::Established)), "{way:?}");
        }
        let entry = state.conntrack[&HERE].iter().next().unwrap();
        assert!(entry.assured && entry.timeout() == 120);
    }
    // Nobody closes what never opened, and what was reset stays so.
    let mut state = KernelState::default();
    seen(&mut state, Original, TcpFlags::SYN);
    assert_eq!(seen(&mut state, Original, FIN), (Some(CtTcp::SynSent), None));
    let mut state = opened();
    seen(&mut state, Reply, TcpFlags::RST);
    assert_eq!(seen(&mut state, Original, FIN), (Some(CtTcp::Close), Some(CtState::Established)));
}

#[test]
fn a_syn_over_a_closed_connection_is_a_new_one() {
    let mut state = opened();
    for (direction, flags) in [(Original, FIN), (Reply, FIN), (Original, ACK)] {
        seen(&mut state, direction, flags);
    }
    assert_eq!(seen(&mut state, Original, TcpFlags::SYN), (Some(CtTcp::SynSent), Some(CtState::New)));
    assert_eq!(state.conntrack[&HERE].iter().filter(|entry| !entry.removed).count(), 1);
}

fn pair() -> (Network, [NetnsId; 2]) {
    let cause = CauseId::default();
    let mut builder = NetworkBuilder::default();
    let [a, b] = ["a", "b"].map(|name| builder.add_netns(name, cause));
    let (near, far) =
        builder.add_veth((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])), 1500, cause);
    for (link, net) in [(near, "10.0.0.1/24"), (far, "10.0.0.2/24")] {
        builder.add_address(link, IfAddr::new(net.parse().unwrap(), cause));
    }
    let listens = |port| Socket {
        protocol: Protocol::Tcp,
        address: None,
        port,
        process: ProcessId::default(),
        owner: Default::default(),
        cause,
    };
    builder.netns(b).sockets.push(listens(Port(80)));
    (builder.build().unwrap(), [a, b])
}

fn connected(network: &Network, state: &mut KernelState, from: NetnsId) -> Exchange {
    let request = Request {
        netns: from,
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

#[test]
fn who_closes_first_remembers_the_connection() {
    for (first, second, client, server) in [
        (Writer::Client, Writer::Server, ConnectionState::TimeWait, ConnectionState::Closed),
        (Writer::Server, Writer::Client, ConnectionState::Closed, ConnectionState::TimeWait),
    ] {
        let ((network, [a, _]), mut state) = (pair(), KernelState::default());
        let mut done = connected(&network, &mut state, a);
        assert!(write(&network, &mut state, &mut AlwaysFirst, &mut done, (Writer::Client, b"GET")));
        assert!(close(&network, &mut state, &mut AlwaysFirst, &mut done, first));
        assert!(!close(&network, &mut state, &mut AlwaysFirst, &mut done, first), "only once");
        assert!(close(&network, &mut state, &mut AlwaysFirst, &mut done, second));
        let states: Vec<ConnectionState> = state.connections.iter().map(|open| open.state).collect();
        assert_eq!(states, [client, server]);
        let answers: Vec<_> = done.packets.iter().rev().take(3).map(|sent| (sent.answer, sent.of)).collect();
        assert_eq!(answers, [(Some(AnswerKind::CloseAck), Some(5)), (None, Some(4)), (None, None)]);
        assert!(!write(&network, &mut state, &mut AlwaysFirst, &mut done, (Writer::Client, b"more")), "it is over");
        // The server's port takes the next one from the same port.
        assert_eq!(connected(&network, &mut state, a).reported, crate::exchange::Reported::Ok);
    }
}
