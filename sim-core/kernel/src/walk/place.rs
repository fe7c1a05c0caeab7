//! Where a packet is, and what travels beside it.

use crate::config::{CtDirection, Hook};
use crate::ids::{CtId, LinkId};
use crate::packet::{Mark, Packet};

/// A packet with what travels beside it inside a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skb {
    /// Headers and payload.
    pub packet: Packet,
    /// `skb->mark`.
    pub mark: Mark,
    /// The connection it belongs to, once conntrack saw it in this namespace, and its direction.
    pub ct: Option<(CtId, CtDirection)>,
    /// The zone in which it is tracked here; 0 where no rule says another.
    pub zone: u16,
}

/// Where in a namespace the packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A local socket made or received it.
    Socket,
    /// The routing decision (lookup, TTL).
    Routing,
    /// A netfilter hook. `bridge` is set when the frame is there because of bridge-nf-call-iptables.
    Hook {
        /// Which hook.
        hook: Hook,
        /// The bridge whose path called it.
        bridge: Option<LinkId>,
    },
    /// A device, inward: the frame just arrived.
    Ingress(LinkId),
    /// A bridge decides where the frame goes.
    Bridge(LinkId),
    /// A device, outward: the frame is about to leave (neighbour lookup, transmit).
    Egress(LinkId),
}

codes!(Place {
    Self::Socket => "socket",
    Self::Routing => "routing",
    Self::Hook { .. } => "hook",
    Self::Ingress(_) => "ingress",
    Self::Bridge(_) => "bridge",
    Self::Egress(_) => "egress",
});
