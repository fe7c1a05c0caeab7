//! Writing a [`Network`]: agents fill a [`NetworkBuilder`], which checks every reference before anything runs.

use super::check::{BuildError, check};
use super::link::{IfAddr, Link, LinkKind};
use super::netns::{Netns, Sysctl};
use super::network::{Network, freeze};
use super::routes::{Route, Scope};
use crate::ids::{CauseId, LinkId, LinkRef, NetnsId};
use crate::packet::Mac;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// A network being written, or a part of one.
#[derive(Clone, Debug, Default)]
pub struct NetworkBuilder {
    /// Namespaces so far; index is [`NetnsId`], unless it is a part.
    pub namespaces: Vec<Netns>,
    part: Option<Part>,
}

/// Which namespaces of a network a builder has.
#[derive(Clone, Debug)]
struct Part {
    /// Id of each, rising.
    ids: Vec<NetnsId>,
    /// Id of the next one.
    next: NetnsId,
}

impl NetworkBuilder {
    /// Adds a namespace as `ip netns add` leaves it after `ip link set lo up`: `lo` with 127.0.0.1/8, its local
    /// routes, the kernel's three policy rules, no sysctl set, no table loaded.
    pub fn add_netns(&mut self, name: &str, cause: CauseId) -> NetnsId {
        let id = match &mut self.part {
            None => NetnsId(self.namespaces.len() as u32),
            Some(part) => {
                let id = part.next;
                part.next = NetnsId(id.0 + 1);
                part.ids.push(id);
                id
            }
        };
        self.namespaces.push(Netns::new(name, cause));
        id
    }
}

impl NetworkBuilder {
    /// A part of a network: these namespaces of it, in order of their ids, and further ones with ids from `next` on, which is behind all of
    /// them.
    pub fn part(namespaces: Vec<(NetnsId, Netns)>, next: NetnsId) -> Self {
        let (ids, namespaces): (Vec<_>, Vec<_>) = namespaces.into_iter().unzip();
        Self { namespaces, part: Some(Part { ids, next }) }
    }

    /// A whole network, by index.
    pub fn whole(namespaces: Vec<Netns>) -> Self {
        Self { namespaces, part: None }
    }

    /// The namespaces with their ids.
    pub fn into_namespaces(self) -> Vec<(NetnsId, Netns)> {
        match self.part {
            None => (0..).map(NetnsId).zip(self.namespaces).collect(),
            Some(part) => part.ids.into_iter().zip(self.namespaces).collect(),
        }
    }

    /// Index of a namespace; behind the last one for an id that is not here.
    fn place(&self, id: NetnsId) -> usize {
        match &self.part {
            None => id.index(),
            Some(part) => part.ids.binary_search(&id).unwrap_or(usize::MAX),
        }
    }

    /// The namespace being written.
    ///
    /// # Panics
    /// With an id of another builder.
    #[allow(clippy::indexing_slicing)]
    pub fn netns(&mut self, id: NetnsId) -> &mut Netns {
        let at = self.place(id);
        &mut self.namespaces[at]
    }

    /// Adds a device and returns its reference.
    pub fn add_link(&mut self, netns: NetnsId, link: Link) -> LinkRef {
        LinkRef { netns, link: self.netns(netns).links.push(link) }
    }

    /// Adds both ends of a veth pair, up, with each other as peer.
    pub fn add_veth(
        &mut self,
        a: (NetnsId, &str, Mac),
        b: (NetnsId, &str, Mac),
        mtu: u32,
        cause: CauseId,
    ) -> (LinkRef, LinkRef) {
        let next = |builder: &Self, netns: NetnsId| {
            builder.namespaces.get(builder.place(netns)).map_or(0, |ns| ns.links.len() as u32)
        };
        let a_ref = LinkRef { netns: a.0, link: LinkId(next(self, a.0)) };
        let b_index = next(self, b.0) + u32::from(a.0 == b.0);
        let b_ref = LinkRef { netns: b.0, link: LinkId(b_index) };
        for ((netns, name, mac), peer) in [(a, b_ref), (b, a_ref)] {
            let kind = LinkKind::Veth { peer };
            let link =
                Link { name: Arc::from(name), mac, mtu, up: true, kind, port: None, addresses: Vec::new(), cause };
            self.add_link(netns, link);
        }
        (a_ref, b_ref)
    }

    /// The device being written.
    ///
    /// # Panics
    /// With a reference of another builder.
    #[allow(clippy::indexing_slicing)]
    pub fn link(&mut self, link: LinkRef) -> &mut Link {
        &mut self.netns(link.netns).links[link.link.index()]
    }

    /// Adds an address and what the kernel adds with it: the `local` route of the address, the connected prefix in
    /// `main` (`proto kernel scope link`), broadcast routes; for 127/8 the whole prefix as `local`. A further address of a prefix is
    /// a secondary one: its `local` route prefers the first as source, and it adds no route to the prefix
    /// (`fib_add_ifaddr` in net/ipv4/fib_frontend.c).
    pub fn add_address(&mut self, link: LinkRef, address: IfAddr) {
        self.netns(link.netns).add_address(link.link, address);
    }

    /// Adds a unicast route to `main`.
    pub fn add_route(&mut self, netns: NetnsId, dst: ipnet::IpNet, via: Option<IpAddr>, dev: LinkId, cause: CauseId) {
        let scope = if via.is_some() { Scope::Global } else { Scope::Link };
        self.netns(netns).routes.push(Route { via, dev: Some(dev), scope, ..Route::new(dst, cause) });
    }

    /// Sets a sysctl by dotted name.
    pub fn sysctl(&mut self, netns: NetnsId, name: &str, value: &str, cause: CauseId) {
        self.netns(netns).sysctls.insert(Arc::from(name), Sysctl { value: Arc::from(value), cause });
    }

    /// Checks every reference and freezes.
    ///
    /// # Errors
    /// The first [`BuildError`] found; agents never produce one, so it is a bug in an agent.
    pub fn build(self) -> Result<Network, BuildError> {
        let mut names = BTreeSet::new();
        for netns in &self.namespaces {
            if !names.insert(netns.name.clone()) {
                return Err(BuildError::DuplicateNetns(netns.name.clone()));
            }
            check(netns)?;
            for link in &netns.links {
                let LinkKind::Veth { peer } = &link.kind else { continue };
                let far = self.namespaces.get(peer.netns.index()).and_then(|ns| ns.links.get(peer.link));
                if !far.is_some_and(|far| matches!(far.kind, LinkKind::Veth { .. })) {
                    return Err(BuildError::DanglingLink(netns.name.clone(), link.name.clone()));
                }
            }
        }
        let mut namespaces = self.namespaces;
        namespaces.iter_mut().for_each(freeze);
        Ok(Network::given(namespaces))
    }
}

impl Network {
    /// The network as it can be written on, for changes by hand. Builds all of it.
    pub fn edit(&self) -> NetworkBuilder {
        NetworkBuilder::whole(self.namespaces().cloned().collect())
    }
}
