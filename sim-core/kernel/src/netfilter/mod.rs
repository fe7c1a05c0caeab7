//! Netfilter: rules of both engines as they meet a packet, connection tracking and NAT.
//!
//! ```
//! use kernel::config::CtDirection;
//! use kernel::ids::NetnsId;
//! use kernel::netfilter::conntrack::{Tracked, track};
//! use kernel::packet::{L4, Port};
//! use kernel::socket;
//! use kernel::state::KernelState;
//! use kernel::walk::CtState;
//!
//! let ports = L4::Udp { sport: Port(40_000), dport: Port(53) };
//! let query = socket::packet("10.0.0.1".parse()?, "10.0.0.53".parse()?, ports);
//! let (tracked, is_new) = track(&mut KernelState::default(), NetnsId(0), &query);
//! assert!(is_new);
//! assert!(matches!(tracked, Tracked::Entry(_, CtDirection::Original, CtState::New)));
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

pub mod conntrack;
mod ipset;
pub(crate) mod nat;
pub(crate) mod nft;
mod position;
pub(crate) mod verdict;
pub(crate) mod xtables;
