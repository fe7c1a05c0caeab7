//! The configuration of every network namespace: what tools would list before the first packet is sent.

use super::ipset::IpSet;
use super::link::{IfAddr, Link, LinkKind};
use super::nft::Ruleset;
use super::owner::Owner;
use super::pieces::Pieces;
use super::routes::{ArpAnswer, Neighbour, PolicyRule, Route, RouteKind, RouteProtocol, Scope, TableId};
use super::xtables::Xtables;
use crate::ids::{Arena, CauseId, LinkId, ProcessId, RouteId, SocketId};
use crate::packet::{Mac, Port, Protocol};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// One network namespace.
#[derive(Clone, Debug)]
pub struct Netns {
    /// Unique name, as `ip netns` would list it. May contain `/`.
    pub name: Arc<str>,
    /// Devices; index is [`LinkId`]. `lo` is always the first.
    pub links: Arena<LinkId, Link>,
    /// Routes of all tables, in the order `ip route show table all` would list them after sorting per table.
    pub routes: Pieces<RouteId, Route>,
    /// Policy routing rules; the three of the kernel (0, 32766, 32767) when nothing else is said.
    pub rules: Vec<PolicyRule>,
    /// Configured neighbour entries (`ip neigh`). Learned ones live in [`crate::state::KernelState`].
    pub neighbours: Pieces<usize, Neighbour>,
    /// Addresses that processes answer ARP for.
    pub answers: Vec<ArpAnswer>,
    /// Sysctls by dotted name (`net.ipv4.ip_forward`); names absent here have the kernel's default.
    pub sysctls: BTreeMap<Arc<str>, Sysctl>,
    /// xtables (iptables) rules.
    pub xtables: Xtables,
    /// The same for IPv6 (ip6tables): kept to be listed. No packet goes through them.
    pub xtables6: Xtables,
    /// Sets that rules look up, by name (`ipset`).
    pub sets: BTreeMap<Arc<str>, IpSet>,
    /// nftables rules.
    pub nft: Ruleset,
    /// Listening sockets.
    pub sockets: Arena<SocketId, Socket>,
    /// Why the namespace exists.
    pub cause: CauseId,
}

/// A sysctl and who set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sysctl {
    /// Value as the file under `/proc/sys` reads, without the newline.
    pub value: Arc<str>,
    /// Who set it.
    pub cause: CauseId,
}

/// A listening socket (`ss -lntu`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Protocol.
    pub protocol: Protocol,
    /// Bound address; `None` is any (`0.0.0.0`).
    pub address: Option<IpAddr>,
    /// Port.
    pub port: Port,
    /// Who listens.
    pub process: ProcessId,
    /// As which user and group.
    pub owner: Owner,
    /// Why it listens.
    pub cause: CauseId,
}

impl Netns {
    /// A namespace as `ip netns add` leaves it after `ip link set lo up`: `lo` with 127.0.0.1/8, its local routes, the kernel's three policy
    /// rules, no sysctl set, no table loaded.
    pub(crate) fn new(name: &str, cause: CauseId) -> Self {
        let rule = |priority, table| PolicyRule { priority, from: None, to: None, fwmark: None, table };
        let mut netns = Self {
            name: Arc::from(name),
            links: Arena::from(vec![Link {
                name: Arc::from("lo"),
                mac: Mac::ZERO,
                mtu: 65536,
                up: true,
                kind: LinkKind::Loopback,
                port: None,
                addresses: Vec::new(),
                cause,
            }]),
            routes: Pieces::default(),
            rules: vec![rule(0, TableId::LOCAL), rule(32766, TableId::MAIN), rule(32767, TableId::DEFAULT)],
            neighbours: Pieces::default(),
            answers: Vec::new(),
            sysctls: BTreeMap::new(),
            xtables: Xtables::default(),
            xtables6: Xtables::default(),
            sets: BTreeMap::new(),
            nft: Ruleset::default(),
            sockets: Arena::default(),
            cause,
        };
        let net = IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::LOCALHOST, 8));
        netns.add_address(LinkId(0), IfAddr { net, broadcast: None, scope: Scope::Host, cause });
        netns
    }

    /// Adds an address and what the kernel adds with it: see [`NetworkBuilder::add_address`](super::NetworkBuilder::add_address).
    ///
    /// # Panics
    /// With a device of another namespace.
    #[allow(clippy::indexing_slicing)]
    pub(crate) fn add_address(&mut self, dev: LinkId, address: IfAddr) {
        let link = &mut self.links[dev.index()];
        let (net, cause) = (address.net, address.cause);
        let addr = net.addr();
        let primary = link.addresses.iter().map(|first| first.net);
        let primary = primary.filter(|first| first.trunc() == net.trunc()).map(|first| first.addr()).next();
        let source = primary.unwrap_or(addr);
        let route = |table, dst: IpNet, kind, scope| Route {
            table,
            kind,
            dev: Some(dev),
            src: Some(source),
            protocol: RouteProtocol::Kernel,
            scope,
            ..Route::new(dst, cause)
        };
        let host = IpNet::from(addr);
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
                let broadcast = IpNet::from(net.broadcast());
                routes.push(route(TableId::LOCAL, broadcast, RouteKind::Broadcast, Scope::Link));
            }
        }
        link.addresses.push(address);
        self.routes.extend(routes);
    }
}
