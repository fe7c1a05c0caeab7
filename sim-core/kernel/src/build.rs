//! Writing a [`Network`]: agents fill a [`NetworkBuilder`], which checks every reference before anything runs.

use super::netfilter::nft::Ruleset;
use super::netfilter::xtables::{Table, Xtables};
use super::state::*;
use crate::ids::CauseId;
use crate::network::{Network, freeze};
use crate::packet::Mac;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
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

/// Why a builder's content is not a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// Two namespaces share a name.
    DuplicateNetns(Arc<str>),
    /// Two devices of one namespace share a name.
    DuplicateLink(Arc<str>, Arc<str>),
    /// A veth, bridge port, route or neighbour names a device that is not there.
    DanglingLink(Arc<str>, Arc<str>),
    /// A rule jumps to a chain that is not there.
    DanglingChain(Arc<str>),
    /// A chain leads back to itself; the kernel refuses to load it.
    ChainLoop(Arc<str>),
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
        self.namespaces.push(Self::bare_netns(name, cause));
        let lo = LinkRef { netns: id, link: LinkId(0) };
        let net = ipnet::IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8));
        self.add_address(lo, IfAddr { net, broadcast: None, scope: Scope::Host, cause });
        id
    }

    /// A namespace as [`Self::add_netns`] adds it.
    pub(crate) fn empty_netns(name: &str, cause: CauseId) -> Netns {
        let mut builder = Self::default();
        builder.add_netns(name, cause);
        builder.namespaces.pop().unwrap_or_else(|| Self::bare_netns(name, cause))
    }

    /// A namespace with `lo`, without any address.
    fn bare_netns(name: &str, cause: CauseId) -> Netns {
        let rule = |priority, table| PolicyRule { priority, from: None, to: None, fwmark: None, table };
        Netns {
            name: Arc::from(name),
            links: vec![Link {
                name: Arc::from("lo"),
                mac: Mac::ZERO,
                mtu: 65536,
                up: true,
                kind: LinkKind::Loopback,
                port: None,
                addresses: Vec::new(),
                cause,
            }],
            routes: Vec::new(),
            rules: vec![rule(0, TableId::LOCAL), rule(32766, TableId::MAIN), rule(32767, TableId::DEFAULT)],
            neighbours: Vec::new(),
            sysctls: BTreeMap::new(),
            xtables: Xtables::default(),
            xtables6: Xtables::default(),
            sets: BTreeMap::new(),
            nft: Ruleset::default(),
            sockets: Vec::new(),
            cause,
        }
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
            None => id.0 as usize,
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
        let links = &mut self.netns(netns).links;
        links.push(link);
        LinkRef { netns, link: LinkId(links.len() as u32 - 1) }
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
        &mut self.netns(link.netns).links[link.link.0 as usize]
    }

    /// Adds an address and what the kernel adds with it: the `local` route of the address, the connected prefix in
    /// `main` (`proto kernel scope link`), broadcast routes; for 127/8 the whole prefix as `local`. A further address of a prefix is
    /// a secondary one: its `local` route prefers the first as source, and it adds no route to the prefix
    /// (`fib_add_ifaddr` in net/ipv4/fib_frontend.c).
    pub fn add_address(&mut self, link: LinkRef, address: IfAddr) {
        let (net, cause) = (address.net, address.cause);
        let addr = net.addr();
        let primary = self.link(link).addresses.iter().map(|first| first.net);
        let primary = primary.filter(|first| first.trunc() == net.trunc()).map(|first| first.addr()).next();
        let source = primary.unwrap_or(addr);
        let route = |table, dst: ipnet::IpNet, kind, scope| Route {
            table,
            dst,
            kind,
            via: None,
            dev: Some(link.link),
            src: Some(source),
            metric: 0,
            protocol: RouteProtocol::Kernel,
            scope,
            onlink: false,
            cause,
        };
        let host = ipnet::IpNet::from(addr);
        let mut routes = vec![route(TableId::LOCAL, host, RouteKind::Local, Scope::Host)];
        let loopback = addr.is_loopback();
        if primary.is_none() && net.prefix_len() < net.max_prefix_len() {
            if loopback {
                routes.push(route(TableId::LOCAL, net.trunc(), RouteKind::Local, Scope::Host));
            } else {
                routes.push(route(TableId::MAIN, net.trunc(), RouteKind::Unicast, Scope::Link));
            }
            if net.prefix_len() < 31
                && let IpAddr::V4(_) = addr
            {
                let broadcast = ipnet::IpNet::from(net.broadcast());
                routes.push(route(TableId::LOCAL, broadcast, RouteKind::Broadcast, Scope::Link));
            }
        }
        self.link(link).addresses.push(address);
        self.netns(link.netns).routes.extend(routes);
    }

    /// Adds a unicast route to `main`.
    pub fn add_route(&mut self, netns: NetnsId, dst: ipnet::IpNet, via: Option<IpAddr>, dev: LinkId, cause: CauseId) {
        let scope = if via.is_some() { Scope::Global } else { Scope::Link };
        self.netns(netns).routes.push(Route {
            table: TableId::MAIN,
            dst,
            kind: RouteKind::Unicast,
            via,
            dev: Some(dev),
            src: None,
            metric: 0,
            protocol: RouteProtocol::Boot,
            scope,
            onlink: false,
            cause,
        });
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
                let far = self.namespaces.get(peer.netns.0 as usize).and_then(|ns| ns.links.get(peer.link.0 as usize));
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

/// Checks all references inside a namespace.
///
/// # Errors
/// The first one that leads nowhere.
pub(crate) fn check(netns: &Netns) -> Result<(), BuildError> {
    let mut names = BTreeSet::new();
    let here = |id: LinkId| (id.0 as usize) < netns.links.len();
    for link in &netns.links {
        if !names.insert(link.name.clone()) {
            return Err(BuildError::DuplicateLink(netns.name.clone(), link.name.clone()));
        }
        let mut sound = link.port.as_ref().is_none_or(|port| here(port.master));
        if let LinkKind::Bridge(bridge) = &link.kind {
            sound &= bridge.fdb.iter().all(|entry| here(entry.port));
        }
        if let LinkKind::Vxlan(vxlan) = &link.kind {
            sound &= vxlan.dev.is_none_or(here);
        }
        if !sound {
            return Err(BuildError::DanglingLink(netns.name.clone(), link.name.clone()));
        }
    }
    let routes = netns.routes.iter().filter_map(|route| route.dev);
    for dev in routes.chain(netns.neighbours.iter().map(|neighbour| neighbour.dev)) {
        if !here(dev) {
            return Err(BuildError::DanglingLink(netns.name.clone(), Arc::from(dev.0.to_string())));
        }
    }
    if !netns.xtables.references_are_sound() || !netns.nft.references_are_sound() {
        return Err(BuildError::DanglingChain(netns.name.clone()));
    }
    if netns.xtables.tables.values().any(Table::has_loop) || netns.nft.has_loop() {
        return Err(BuildError::ChainLoop(netns.name.clone()));
    }
    Ok(())
}
