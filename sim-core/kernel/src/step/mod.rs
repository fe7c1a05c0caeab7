//! The interpreter: one packet through the network, stage by stage.
//!
//! ```
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::ids::CauseId;
//! use kernel::ids::TableName;
//! # use kernel::packet::Mac;
//! use kernel::packet::{Icmp, L4};
//! use kernel::state::KernelState;
//! use kernel::text::iptables::read::{Limits, merge};
//! use kernel::walk::{AlwaysFirst, DropReason, End};
//! use kernel::{socket, step};
//! # let cause = CauseId::default();
//! # let mut builder = NetworkBuilder::default();
//! # let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! # let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! # let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! # builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! # builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! let rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p icmp -j DROP\nCOMMIT\n";
//! merge(&mut builder.netns(b).xtables, rules, &Limits::default(), &mut |_| cause).expect("no mistake");
//! let network = builder.build().expect("every reference leads somewhere");
//!
//! let echo = socket::packet("10.0.0.1".parse()?, "10.0.0.2".parse()?, L4::Icmp(Icmp::EchoRequest { id: 7 }));
//! let walk = step::walk(&network, &mut KernelState::default(), &mut AlwaysFirst, a, echo);
//! let End::Dropped { netns, reason: DropReason::Rule(rule) } = walk.end else { panic!("dropped by the rule") };
//! assert_eq!((netns, rule.table, rule.id.number()), (b, TableName::Filter.into(), 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each stage is `fn(&mut Run, …) -> Flow`; `stages` lists them in the order of the kernel, `drive` goes from one to the next.

mod bridge;
mod device;
mod drive;
mod flow;
mod hook;
mod ip;
mod ipip;
mod local;
mod pieces;
mod routing;
mod run;
mod stages;
mod tunnel;

use crate::config::{Network, Owner, Socket};
use crate::ids::NetnsId;
use crate::netfilter::verdict::Sender;
use crate::packet::{Icmp, L4, Packet, Protocol};
use crate::state::{Connection, KernelState};
use crate::walk::{Answer, AnswerKind, Chooser, Walk};
use drive::drive;
use flow::Stage;
use run::Run;

/// Walks a packet that a socket of `netns` sends until it ends.
///
/// `packet.ip.src` may be unspecified (`0.0.0.0`): the output route then chooses the source, as for an unbound socket.
/// `state` takes what the packet leaves behind: conntrack entries, learned addresses, connections.
pub fn walk(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    packet: Packet,
) -> Walk {
    start(network, state, chooser, netns, packet, Start::Process)
}

/// Walks a packet that a process wants sent whole or not at all (`IP_PMTUDISC_DO`): what is longer than fits on the way, as far as its host knows,
/// does not leave.
pub fn walk_uncut(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    packet: Packet,
) -> Walk {
    start(network, state, chooser, netns, packet, Start::Uncut)
}

/// Walks a packet the kernel made in answer to another, at its own time if it comes later ([`Answer::after`]).
pub fn walk_answer(network: &Network, state: &mut KernelState, chooser: &mut dyn Chooser, answer: &Answer) -> Walk {
    let now = state.now;
    state.now = now.saturating_add(answer.after.into());
    let walk = start(network, state, chooser, answer.netns, answer.packet.clone(), Start::Kernel(answer));
    state.now = now;
    walk
}

fn start(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    netns: NetnsId,
    packet: Packet,
    from: Start<'_>,
) -> Walk {
    let (ct, stage) = match from {
        Start::Process | Start::Uncut => (None, Stage::Send(None)),
        Start::Kernel(Answer { kind, direct: Some(dev), .. }) => (None, Stage::Inject { kind: *kind, dev: *dev }),
        Start::Kernel(answer) => (answer.ct, Stage::Send(Some(answer.kind))),
    };
    let mut run = Run::new(network, state, chooser, netns, packet, ct);
    run.sent_by = sender(&run, from);
    run.in_call = matches!(from, Start::Process | Start::Uncut);
    run.uncut = matches!(from, Start::Uncut);
    run.icmp_busy = matches!(from, Start::Kernel(answer) if answer.packet.protocol() == Protocol::Icmp);
    run.unbound = matches!(from, Start::Kernel(answer) if answer.unbound);
    let end = drive(&mut run, stage);
    run.finish(end)
}

/// Whose socket a packet comes from: one that is connected, else one that listens on its port. What the kernel answers in the name of a socket is
/// that socket's.
fn sender(run: &Run<'_>, from: Start<'_>) -> Sender {
    let packet = &run.skb.packet;
    let (local, remote) = (packet.source(), packet.destination());
    let kind = match from {
        Start::Process | Start::Uncut => None,
        Start::Kernel(answer) => Some(answer.kind),
    };
    match kind {
        None | Some(AnswerKind::HandshakeAnswer | AnswerKind::HandshakeAck | AnswerKind::CloseAck) => {}
        Some(AnswerKind::Reset | AnswerKind::EchoReply | AnswerKind::IcmpError { .. }) => return Sender::Kernel,
    }
    let echo = match packet.l4 {
        L4::Icmp(Icmp::EchoRequest { id }) => Some(id),
        _ => None,
    };
    let is = |open: &Connection| {
        let ports = match echo {
            Some(id) => open.local.port() == id,
            None => open.local == local && open.remote == remote,
        };
        open.netns == run.netns && open.protocol == packet.protocol() && ports
    };
    let open = run.state.connections.entries().rev().find(|(_, open)| is(open)).map(|(_, open)| open.owner);
    let listens = || {
        let fits = |socket: &&Socket| socket.protocol == packet.protocol() && socket.port.0 == local.port();
        run.here().sockets.iter().find(fits).map(|socket| socket.owner)
    };
    open.or_else(listens).map_or(Sender::Process(Owner::default()), Sender::Process)
}

/// Who makes a packet.
#[derive(Clone, Copy)]
enum Start<'a> {
    /// A process.
    Process,
    /// A process that does not want it cut.
    Uncut,
    /// The kernel, in answer to another.
    Kernel(&'a Answer),
}
