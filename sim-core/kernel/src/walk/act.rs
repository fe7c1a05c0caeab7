//! What processes ask their kernel for.

use crate::config::Owner;
use crate::ids::NetnsId;
use crate::packet::{Port, Protocol};
use crate::state::Ends;
use std::net::{IpAddr, SocketAddr};

/// A call of a process by which packets are sent, as [`super::Chooser::acts`] hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// connect(2) of a new socket, bound to a port, and to an address if one is given. The first packet of a TCP connection leaves with it.
    Connect {
        /// Namespace of the process.
        netns: NetnsId,
        /// Its user and group.
        owner: Owner,
        /// Protocol.
        protocol: Protocol,
        /// Own address; `None` leaves it to the route.
        local: Option<IpAddr>,
        /// Own port; for ICMP the identifier.
        sport: Port,
        /// Whom to.
        remote: SocketAddr,
    },
    /// send(2) on a connected socket: a datagram, or what a stream carries.
    Send {
        /// The socket.
        by: Ends,
        /// What is sent.
        bytes: &'a [u8],
    },
    /// sendto(2) on a socket that is not connected, in answer to a datagram.
    Answer {
        /// Namespace of the process, the address that was asked, and whom to.
        by: Ends,
        /// What is sent.
        bytes: &'a [u8],
        /// It leaves from the address that was asked (`IP_PKTINFO`); else the route gives one, where the socket is bound to none.
        from_asked: bool,
    },
    /// close(2) of a stream that was read to its end.
    Close {
        /// The socket.
        by: Ends,
    },
}
