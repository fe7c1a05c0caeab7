//! What one packet meets on its way: hops, and at each hop the things that happened, in order.
//!
//! ```
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::exchange::{Request, exchange};
//! # use kernel::ids::CauseId;
//! # use kernel::packet::{Mac, Port, Protocol};
//! # use kernel::state::KernelState;
//! use kernel::walk::{AlwaysFirst, Event, Place};
//! # let cause = CauseId::default();
//! # let mut builder = NetworkBuilder::default();
//! # let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! # let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! # let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! # builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! # builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! # let network = builder.build().expect("every reference leads somewhere");
//! # let echo = Request {
//! #     netns: a,
//! #     protocol: Protocol::Icmp,
//! #     local: None,
//! #     sport: Port(7),
//! #     remote: "10.0.0.2:0".parse()?,
//! #     payload: [].into(),
//! #     ttl: None,
//! #     dont_fragment: None,
//! #     owner: Default::default(),
//! # };
//! let done = exchange(&network, &mut KernelState::default(), &mut AlwaysFirst, &echo);
//! let request = &done.packets[0].walk;
//! let places: Vec<Place> = request.hops.iter().map(|hop| hop.place).collect();
//! assert_eq!(places[..3], [Place::Socket, Place::Routing, Place::Egress(near.link)]);
//! // The neighbour was not known yet.
//! assert!(request.hops[2].events.iter().any(|event| matches!(event, Event::Arp { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod act;
mod chooser;
mod detail;
mod event;
mod place;
mod record;
mod rules;
mod time;

pub use act::Act;
pub use chooser::{AlwaysFirst, Chooser, HashedFlow};
pub use detail::*;
pub use event::{Event, FrameCopy, Hop};
pub use place::{Place, Skb};
pub use record::{Answer, Walk};
pub use rules::{FailedMatch, ListedHow, SetHit, Skipped};
pub(crate) use time::answers_in_time;
pub use time::in_time;
