//! What is frozen before the first packet: namespaces, devices, addresses, routes, rules, sysctls, sockets. Written with a
//! [`NetworkBuilder`]; a [`Network`] holds it, each part built when it is first looked at.
//!
//! ```
//! use kernel::config::{IfAddr, NetworkBuilder, TableId};
//! use kernel::ids::CauseId;
//! use kernel::packet::Mac;
//!
//! let cause = CauseId::default();
//! let mut builder = NetworkBuilder::default();
//! let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! builder.add_route(a, "0.0.0.0/0".parse()?, Some("10.0.0.2".parse()?), near.link, cause);
//! let network = builder.build().expect("every reference leads somewhere");
//!
//! // The kernel adds routes with an address; they are in the configuration too.
//! let main = network.netns(a).routes.iter().filter(|route| route.table == TableId::MAIN);
//! assert_eq!(main.map(|route| route.dst.to_string()).collect::<Vec<_>>(), ["10.0.0.0/24", "0.0.0.0/0"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod check;
pub mod ipset;
mod link;
mod netns;
mod network;
pub mod nft;
mod owner;
mod pieces;
mod pool;
mod routes;
mod rules;
mod shared;
mod terms;
pub mod xtables;

pub use builder::NetworkBuilder;
pub use check::BuildError;
pub use link::{Bridge, BridgePort, FdbEntry, IfAddr, Ipip, Link, LinkKind, VtepEntry, Vxlan};
pub use netns::{Netns, Socket, Sysctl};
pub use network::{Network, Source, Uplink};
pub use owner::Owner;
pub use pieces::Pieces;
pub use routes::{ArpAnswer, Neighbour, PolicyRule, Route, RouteKind, RouteProtocol, Scope, TableId};
pub use rules::AnyRule;
pub use shared::Shared;
pub use terms::{AddrType, CtDirection, Hook, NatRange, Policy, PortRange, RejectWith};
