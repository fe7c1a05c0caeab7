//! A packet in pieces: put together where it must be whole, thinned out by narrow devices (net/ipv4/ip_fragment.c,
//! net/core/dev.c).

use super::flow::Flow;
use super::routing;
use super::run::Run;
use crate::ids::LinkRef;
use crate::lookup::route;
use crate::packet::{Fragment, Packet};
use crate::walk::{DropReason, Event};

/// `net.ipv4.ipfrag_time` where nobody set it, in seconds.
const WAIT: u32 = 30;

/// Who puts a packet together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The host it is for (`ip_local_deliver`).
    Delivery,
    /// Connection tracking (`nf_defrag_ipv4`).
    Tracking,
}

/// Puts the pieces together, if there are any (`ip_defrag`). An incomplete packet ends: what there is of it waits for the rest and is
/// thrown away then (`ip_expire`). The sender is told by the host the packet is for, if that has the first piece; what waits for
/// tracking is on its way elsewhere mostly. Of several packets around pieces, those that are complete go on.
pub(super) fn reassemble(run: &mut Run<'_>, by: For) -> Result<(), Flow> {
    let packet = &run.skb.packet;
    if packet.fragments.is_empty() {
        return Ok(());
    }
    let (complete, incomplete): (Vec<Packet>, Vec<Packet>) =
        packet.each().into_iter().partition(|one| one.missing() == 0);
    let seconds = match route::sysctl(run.here(), "net.ipv4.ipfrag_time") {
        0 => WAIT,
        set => set,
    };
    let whole = run.skb.packet.clone();
    let mut reason = None;
    for one in incomplete {
        let missing = one.missing();
        if let (Some(piece), false) = (one.fragments.first().copied(), complete.is_empty()) {
            let reason = DropReason::Incomplete { missing, seconds };
            run.event(Event::PieceDropped { piece, reason });
        }
        run.skb.packet = one;
        if by == For::Delivery || routing::is_for_this_host(run) {
            run.icmp_error_later(11, 1, seconds);
        }
        reason.get_or_insert(DropReason::Incomplete { missing, seconds });
    }
    run.skb.packet = whole;
    if complete.is_empty() {
        return Err(run.end(reason.unwrap_or(DropReason::NotModelled)));
    }
    let cut: Vec<Fragment> = complete.iter().flat_map(|one| one.fragments.clone()).collect();
    let carried: Vec<Fragment> =
        complete.iter().filter_map(|one| one.inner.as_ref()?.packet.pieces().first().copied()).collect();
    let numbered = |(of, one): (u32, &Packet)| {
        let pieces = if one.fragments.is_empty() { one.bodies() } else { one.fragments.clone() };
        pieces.into_iter().map(move |piece| Fragment { of, ..piece })
    };
    run.longest_piece = cut.iter().map(|piece| 20 + piece.len).max();
    run.came_in = (0..).zip(&complete).flat_map(numbered).collect();
    let packet = &mut run.skb.packet;
    packet.fragments.clear();
    if packet.wraps_pieces() {
        packet.set_pieces(carried);
    }
    run.event(Event::Reassembled { pieces: cut.len() as u32 });
    Ok(())
}

/// How pieces come to a device that may not take them all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Handed {
    /// One by one, before they are sent.
    Before,
    /// One by one, to the far end of a veth.
    Over,
    /// As they are cut, to the far end of a veth: what was cut from one packet is sent until the first that fails. So many of each
    /// packet are beyond the sender's knowledge, because they waited for the neighbour's address.
    Cut(usize),
}

/// What a device with an MTU lets pass of a packet (`is_skb_forwardable`, which leaves room for a VLAN tag): bridge ports and the far
/// ends of veths drop longer frames without a word, each piece by its own length. The event names the pieces.
///
/// # Errors
/// The drop, when nothing passes.
pub(super) fn let_pass(run: &mut Run<'_>, at: LinkRef, handed: Handed) -> Result<(), Flow> {
    let mtu = run.network.link(at).mtu;
    let limit = mtu.saturating_add(4);
    if run.skb.packet.longest() <= limit {
        return Ok(());
    }
    let unsent = match handed {
        Handed::Cut(waited) => give_up(run, limit, waited),
        Handed::Before | Handed::Over => Vec::new(),
    };
    let mut thinned = run.skb.packet.clone();
    let lost = thinned.lose_longer(limit);
    let passed = thinned.pieces().to_vec();
    let nothing = passed.is_empty() || lost.is_empty();
    if !nothing && handed == Handed::Before {
        run.skb.packet = thinned.clone();
    }
    if !nothing || !unsent.is_empty() {
        run.event(Event::PiecesLost { at, mtu, lost, passed, unsent });
    }
    if nothing {
        let reason = DropReason::MtuExceeded { mtu };
        return Err(run.end(reason));
    }
    // What was handed over left this place in full.
    run.skb.packet = thinned;
    Ok(())
}

/// Takes out the pieces that are not sent any more, because one that was cut from the same packet failed before.
fn give_up(run: &mut Run<'_>, limit: u32, waited: usize) -> Vec<Fragment> {
    let (mut sent, mut unsent) = (Vec::new(), Vec::new());
    for from in &run.cut_from {
        let inside = |piece: &&Fragment| {
            from.of == piece.of && from.offset <= piece.offset && piece.offset < from.offset + from.len
        };
        let mut failed = false;
        for (at, piece) in run.skb.packet.fragments.iter().filter(inside).enumerate() {
            if failed {
                unsent.push(*piece)
            } else {
                sent.push(*piece)
            }
            failed |= at >= waited && 20 + piece.len > limit;
        }
    }
    if !sent.is_empty() {
        run.skb.packet.fragments = sent;
    }
    unsent
}
