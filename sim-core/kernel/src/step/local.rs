//! Sockets at both ends of a packet's way.

use super::flow::{Flow, Stage};
use super::run::Run;
use super::{ipip, tunnel};
use crate::ids::LinkId;
use crate::socket;
use crate::state::PathMtu;
use crate::walk::{AnswerKind, DropReason, Event, Place};

/// A socket, or the kernel in its place, hands the packet to IP.
pub(super) fn send(run: &mut Run<'_>, kind: Option<AnswerKind>) -> Flow {
    run.open(Place::Socket);
    run.event(kind.map_or(Event::SocketSend, Event::Answered));
    Flow::Continue(Stage::Output)
}

/// The kernel writes a frame and puts it on a device itself.
pub(super) fn inject(run: &mut Run<'_>, kind: AnswerKind, dev: LinkId) -> Flow {
    run.open(Place::Socket);
    run.event(Event::Answered(kind));
    Flow::Continue(Stage::Transmit { dev })
}

/// IP hands the packet to a socket.
pub(super) fn receive(run: &mut Run<'_>) -> Flow {
    run.open(Place::Socket);
    if tunnel::has_socket(run) {
        return tunnel::decapsulate(run);
    }
    if ipip::is_for(run) {
        return ipip::decapsulate(run);
    }
    let mut packets = run.skb.packet.each().into_iter();
    let Some(packet) = packets.next() else { return run.end(DropReason::NoSocket) };
    let received = socket::receive(run.network, run.state, run.netns, &packet);
    if let Some((to, PathMtu { mtu, locked, .. })) = received.learned {
        run.event(Event::PathMtu { to, mtu, locked });
    }
    let flow = match received.result {
        Ok(delivery) => {
            run.event(Event::Deliver(delivery));
            Flow::Deliver(delivery)
        }
        Err(reason) => run.end(reason),
    };
    let others = packets.filter_map(|packet| socket::receive(run.network, run.state, run.netns, &packet).answer);
    for (kind, packet) in received.answer.into_iter().chain(others.collect::<Vec<_>>()) {
        // UDP lets go of the connection before it says that nobody listens (`nf_reset_ct` in `__udp4_lib_rcv`); an unknown protocol's
        // error still belongs to it. Segments are looked up like any other.
        let attach = matches!(kind, AnswerKind::IcmpError { code: 2, .. });
        run.answer(kind, packet, attach);
    }
    flow
}
