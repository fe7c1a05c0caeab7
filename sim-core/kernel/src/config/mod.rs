//! What is frozen before the first packet: namespaces, devices, addresses, routes, rules, sysctls, sockets. Written with a
//! [`NetworkBuilder`]; a [`Network`] holds it, each part built when it is first looked at.

mod builder;
mod check;
pub mod ipset;
mod link;
mod netns;
mod network;
pub mod nft;
mod routes;
mod rules;
mod terms;
pub mod xtables;

pub use builder::NetworkBuilder;
pub use check::BuildError;
pub use link::{Bridge, BridgePort, FdbEntry, IfAddr, Link, LinkKind, VtepEntry, Vxlan};
pub use netns::{Netns, Socket, Sysctl};
pub use network::{Network, Source, Uplink};
pub use routes::{Neighbour, PolicyRule, Route, RouteKind, RouteProtocol, Scope, TableId};
pub use rules::AnyRule;
pub use terms::{AddrType, CtDirection, Hook, NatRange, Policy, PortRange, RejectWith};
