//! Headers, tunnelled packets, and changes to both. Plain values; nothing here decides anything.

mod change;
mod header;
mod number;
mod whole;

pub use change::{Field, FieldChange};
pub use header::{Ethernet, IpHeader, SctpChunk, TcpFlags};
pub use number::{Mac, Mark, Port, Protocol};
pub use whole::{Fragment, Icmp, L4, Packet, Tunnel, Tunnelled};
