//! Headers, tunnelled packets, and changes to both. Plain values; nothing here decides anything.
//!
//! ```
//! use kernel::packet::{L4, Port};
//! use kernel::socket;
//!
//! let ports = L4::Udp { sport: Port(40_000), dport: Port(53) };
//! let mut query = socket::packet("10.0.0.1".parse()?, "10.0.0.53".parse()?, ports);
//! query.payload = vec![0; 2_000].into();
//! assert_eq!(query.ip_len(), 20 + 8 + 2_000);
//!
//! query.fragment(1_500);
//! let lengths: Vec<u32> = query.pieces().iter().map(|piece| 20 + piece.len).collect();
//! assert_eq!(lengths, [1_500, 548]);
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod change;
mod header;
mod number;
mod whole;

pub use change::{Field, FieldChange};
pub use header::{Ethernet, IpHeader, SctpChunk, TcpFlags};
pub use number::{Mac, Mark, Port, Protocol};
pub use whole::{Fragment, Icmp, L4, Packet, Tunnel, Tunnelled};
