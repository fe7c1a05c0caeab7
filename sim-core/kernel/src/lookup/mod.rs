//! What a namespace looks up to send a packet on: routes, neighbours, the other ends of tunnels.
//!
//! ```
//! use kernel::config::RouteKind;
//! use kernel::lookup::route;
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::ids::CauseId;
//! # use kernel::packet::Mac;
//! # let cause = CauseId::default();
//! # let mut builder = NetworkBuilder::default();
//! # let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! # let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! # let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! # builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! # builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! # let network = builder.build().expect("every reference leads somewhere");
//! let found = route::lookup(network.netns(a), "10.0.0.9".parse()?, None, 0).expect("the prefix is connected");
//! assert_eq!((found.route.kind, found.route.dev), (RouteKind::Unicast, Some(near.link)));
//! assert_eq!(route::source_for(network.netns(a), &found, "10.0.0.9".parse()?), Some("10.0.0.1".parse()?));
//! assert!(route::lookup(network.netns(a), "192.0.2.1".parse()?, None, 0).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod multipath;
pub(crate) mod neigh;
pub mod route;
pub(crate) mod vtep;
