//! Connections that stay open: in the network that followed, and what their sockets report by then.

use super::{Exchange, Reported, Served, Taken, WalkedPacket, follow};
use crate::config::Network;
use crate::ids::ConnectionId;
use crate::socket;
use crate::state::{Carried, Connection, ConnectionState, KernelState};
use crate::step;
use crate::walk::{Act, Chooser, Delivery, End};

impl Exchange {
    /// The same connection in the state of a network that followed, with nothing sent on it yet: packets and what they caused are forgotten.
    /// `None` where the client is gone; without a server where that is.
    pub fn carried(&self, by: &Carried, state: &KernelState) -> Option<Self> {
        let connection = by.connection(self.connection?)?;
        let taken = self.taken.iter().find_map(|taken| {
            let Delivery::Accepted { connection, .. } = taken.delivery else { return None };
            let connection = by.connection(connection)?;
            let socket = state.connections.get(connection)?.listener;
            let at = Served { netns: by.netns(taken.at.netns)?, socket, ..taken.at };
            let delivery = Delivery::Accepted { listener: socket?, connection };
            (self.served == Some(taken.at)).then(|| Taken { at, packet: taken.packet.clone(), delivery })
        });
        Some(Self {
            packets: Vec::new(),
            reported: self.reported,
            served: taken.as_ref().map(|taken| taken.at),
            connection: Some(connection),
            at_once: None,
            late: Vec::new(),
            uncut: self.uncut,
            taken: taken.into_iter().collect(),
        })
    }

    /// Forgets what was sent: what comes next is told from its beginning.
    pub fn forget(&mut self) {
        self.packets.clear();
        self.late.clear();
    }

    /// What the client's socket reports now of an open stream: [`Reported::Ok`] while it is open, [`Reported::Eof`] once the other side has
    /// closed.
    pub fn heard(&self, state: &KernelState) -> Reported {
        let Some(id) = self.connection else { return self.reported };
        match state.connections.get(id).map(|open| open.state) {
            Some(ConnectionState::Established | ConnectionState::SynRecv) => Reported::Ok,
            Some(ConnectionState::Failed(errno)) => Reported::Error(errno),
            Some(ConnectionState::SynSent) => Reported::Timeout,
            _ => Reported::Eof,
        }
    }
}

/// Ends the process that has an open TCP connection, or the server's side of one, whatever the other side knows: its kernel says so to the other
/// one (`tcp_close`), and what that answers follows. A client that reads the end closes its own side at once. Empty where nothing is open.
pub fn hang_up(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    id: ConnectionId,
) -> Vec<WalkedPacket> {
    let (mut packets, mut late) = (Vec::new(), Vec::new());
    let mut next = Some(id);
    // The second FIN is the other side's.
    for _ in 0..2 {
        let Some(id) = next.take() else { break };
        let Some(netns) = state.connections.get(id).map(|open| open.netns) else { break };
        let Some(packet) = socket::close(network, state, id) else { break };
        if let Some(by) = state.connections.get(id).map(Connection::ends) {
            chooser.acts(&Act::Close { by });
        }
        let walk = step::walk(network, state, chooser, netns, packet);
        if let End::Delivered { delivery: Delivery::Finished { connection }, .. } = walk.end {
            next = Some(connection);
        }
        follow(network, state, chooser, WalkedPacket { answer: None, of: None, walk }, (&mut packets, &mut late));
    }
    packets
}
