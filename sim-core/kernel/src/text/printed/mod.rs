//! What `ip`, `bridge`, `ss`, `sysctl` and `conntrack` printed on a real machine, read.
//!
//! Each reader takes a text as the tool of its name prints it for people (iproute2's one-line records, procps' `NAME = VALUE`), line by line,
//! IPv4 only. What it does not know it leaves aside and names: nothing is guessed. Devices are named, as they are in the text: whoever builds a
//! namespace of it knows their ids.
//!
//! ```
//! use kernel::text::printed::read_routes;
//!
//! let read = read_routes("default via 10.0.0.1 dev eth0 proto dhcp metric 100\n10.0.0.0/24 dev eth0 scope link src 10.0.0.5\nwhat is this\n");
//! assert_eq!(read.items.len(), 2);
//! assert_eq!(read.items[0].1.dev.as_deref(), Some("eth0"));
//! assert_eq!(read.unread[0].0, 3, "the third line is none");
//! ```

mod line;
mod links;
mod routes;
mod sockets;
mod tables;
mod tracked;

pub use line::Read;
pub use links::{AddressRead, Beyond, KindRead, LinkRead, PortRead, read_links};
pub use routes::{HopRead, RouteRead, RuleRead, read_routes, read_rules};
pub use sockets::{SocketRead, read_sockets};
pub use tables::{FdbRead, NeighbourRead, SysctlRead, read_fdb, read_neighbours, read_ports, read_sysctls};
pub use tracked::{TrackedRead, read_conntrack};

#[cfg(test)]
mod tests;
