//! The interpreter: one packet through the network, stage by stage.

use super::live::Live;
use super::state::{NetnsId, Network};
use super::walk::{Chooser, Walk};
use crate::packet::Packet;

/// Walks a packet that a socket of `netns` sends (or the kernel made there) until it ends.
///
/// `packet.ip.src` may be unspecified (`0.0.0.0`): the output route then chooses the source, as for an unbound socket.
/// `live` takes what the packet leaves behind: conntrack entries, learned addresses, connections.
pub fn walk(network: &Network, live: &mut Live, chooser: &mut dyn Chooser, netns: NetnsId, packet: Packet) -> Walk {
    let _ = (network, live, chooser, netns, packet);
    Walk {
        hops: Vec::new(),
        end: super::walk::End::Dropped { netns, reason: super::walk::DropReason::NotModelled },
        answers: Vec::new(),
    }
}
