//! What packets leave behind in a running kernel. Starts empty; a clone is a branch of time.
//!
//! ```
//! # use kernel::config::{IfAddr, NetworkBuilder};
//! # use kernel::exchange::{Request, exchange};
//! # use kernel::ids::CauseId;
//! # use kernel::packet::{Mac, Port, Protocol};
//! # use kernel::state::KernelState;
//! # use kernel::walk::AlwaysFirst;
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
//! let mut state = KernelState::default();
//! exchange(&network, &mut state, &mut AlwaysFirst, &echo);
//! // Each end has learned the other's link-layer address.
//! assert_eq!(state.neighbours[&(a, near.link, "10.0.0.2".parse()?)], Mac([2, 0, 0, 0, 0, 2]));
//!
//! let mut later = state.clone();
//! later.now += 60;
//! assert_eq!(state.now, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod carry;
mod connection;
mod conntrack;
mod lists;
mod path_mtu;

pub use carry::{Carried, Carry};
pub use connection::{Connection, ConnectionState, Ends, Errno};
pub use conntrack::{CtEntry, CtTcp, Tuple};
pub use lists::{RecentEntry, SetEntry};
pub use path_mtu::PathMtu;

use crate::ids::{Arena, ConnectionId, CtId, LinkId, NetnsId, NftTableId, PartId, RuleRef, SetId};
use crate::packet::Mac;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// The running state of every namespace.
#[derive(Clone, Debug, Default)]
pub struct KernelState {
    /// Connection tracking, per namespace. Entries are only ever appended.
    pub conntrack: BTreeMap<NetnsId, Arena<CtId, CtEntry>>,
    /// Learned neighbours: (namespace, device, address) to link-layer address.
    pub neighbours: BTreeMap<(NetnsId, LinkId, IpAddr), Mac>,
    /// Neighbours that were only heard of, by their own question: state `STALE`. The others are `REACHABLE`.
    pub stale: BTreeSet<(NetnsId, LinkId, IpAddr)>,
    /// Neighbours that were asked for in vain: their entries stay (`NUD_FAILED`) and take what is heard of them.
    pub failed: BTreeSet<(NetnsId, LinkId, IpAddr)>,
    /// Neighbours with a cached header: something was sent to them before (`neigh->hh`).
    pub headers: BTreeSet<(NetnsId, LinkId, IpAddr)>,
    /// Learned forwarding entries: (namespace, bridge, address) to port.
    pub fdb: BTreeMap<(NetnsId, LinkId, Mac), LinkId>,
    /// Path MTUs that routers told of, by (namespace, destination).
    pub path_mtu: BTreeMap<(NetnsId, IpAddr), PathMtu>,
    /// What VXLAN devices learned: (namespace, device, inner address) to the tunnel's other end.
    pub vteps: BTreeMap<(NetnsId, LinkId, Mac), IpAddr>,
    /// Open connections and connected sockets, in order of creation.
    pub connections: Arena<ConnectionId, Connection>,
    /// `xt_recent` lists by (namespace, name), least recently touched entry first.
    pub recent: BTreeMap<(NetnsId, Arc<str>), Vec<RecentEntry>>,
    /// Elements that rules of nftables added to sets or took away, by (namespace, table, set).
    pub nft_sets: BTreeMap<(NetnsId, NftTableId, SetId), Vec<SetEntry>>,
    /// Packets that came to each `-m statistic --mode nth` and `numgen inc`, by (namespace, rule, part of it).
    pub nth: BTreeMap<(NetnsId, RuleRef, PartId), u64>,
    /// Seconds since the start of the simulation.
    pub now: u64,
}

impl KernelState {
    /// What a namespace knows at this moment of what fits on the way to a destination.
    pub fn known_path_mtu(&self, netns: NetnsId, to: IpAddr) -> Option<PathMtu> {
        self.path_mtu.get(&(netns, to)).copied().filter(|known| known.is_alive(self.now))
    }
}
