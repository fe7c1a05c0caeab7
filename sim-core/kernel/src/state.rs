//! The configuration of every network namespace: what tools would list before the first packet is sent.

use super::ipset::IpSet;
use super::netfilter::nft::Ruleset;
use super::netfilter::xtables::Xtables;
use crate::ids::CauseId;
pub use crate::ids::{LinkId, LinkRef, NetnsId, SocketId};
pub use crate::network::Network;
use crate::packet::{Mac, Port, Protocol};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// One network namespace.
#[derive(Clone, Debug)]
pub struct Netns {
    /// Unique name, as `ip netns` would list it. May contain `/`.
    pub name: Arc<str>,
    /// Devices; index is [`LinkId`]. `lo` is always the first.
    pub links: Vec<Link>,
    /// Routes of all tables, in the order `ip route show table all` would list them after sorting per table.
    pub routes: Vec<Route>,
    /// Policy routing rules; the three of the kernel (0, 32766, 32767) when nothing else is said.
    pub rules: Vec<PolicyRule>,
    /// Configured neighbour entries (`ip neigh`). Learned ones live in [`super::live::Live`].
    pub neighbours: Vec<Neighbour>,
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
    pub sockets: Vec<Socket>,
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

/// A network device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Interface name, 1 to 15 bytes.
    pub name: Arc<str>,
    /// Ethernet address; zero for `lo`.
    pub mac: Mac,
    /// MTU in bytes.
    pub mtu: u32,
    /// `ip link set up`.
    pub up: bool,
    /// What it is.
    pub kind: LinkKind,
    /// The bridge it is a port of, with its port settings.
    pub port: Option<BridgePort>,
    /// Addresses, primary first.
    pub addresses: Vec<IfAddr>,
    /// Who made it.
    pub cause: CauseId,
}

/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// `lo`.
    Loopback,
    /// One end of a veth pair.
    Veth {
        /// The other end.
        peer: LinkRef,
    },
    /// A bridge.
    Bridge(Bridge),
    /// A dummy device.
    Dummy,
    /// A VXLAN device.
    Vxlan(Vxlan),
}

/// Settings of a VXLAN device (`ip link add … type vxlan`). Its socket takes what comes to [`Self::port`] on any local address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vxlan {
    /// VXLAN network identifier (`id`), 24 bits.
    pub vni: u32,
    /// Source address of outer packets (`local`); `None` lets the route choose.
    pub local: Option<IpAddr>,
    /// Where frames go that no entry leads anywhere (`remote`); further ones are entries for the zero address.
    pub remote: Option<IpAddr>,
    /// UDP destination port (`dstport`).
    pub port: Port,
    /// Device that outer packets leave by (`dev`); `None` lets the route choose.
    pub dev: Option<LinkId>,
    /// Outer source addresses are remembered as the way to inner source addresses (`learning`).
    pub learning: bool,
    /// TTL of outer packets (`ttl`); `None` is the host's default of 64.
    pub ttl: Option<u8>,
    /// Don't Fragment on outer packets (`df set`); off by default.
    pub dont_fragment: bool,
    /// Configured forwarding entries (`bridge fdb … self`). Learned ones live in [`super::live::Live`].
    pub fdb: Vec<VtepEntry>,
}

impl Vxlan {
    /// A device with the tools' defaults for what is not named: learning, default TTL, no Don't Fragment, no entry.
    pub fn new(vni: u32, port: Port) -> Self {
        Self {
            vni,
            local: None,
            remote: None,
            port,
            dev: None,
            learning: true,
            ttl: None,
            dont_fragment: false,
            fdb: Vec::new(),
        }
    }
}

/// A configured forwarding entry of a VXLAN device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VtepEntry {
    /// Inner destination; [`Mac::ZERO`] for what nothing else is known about.
    pub mac: Mac,
    /// Address of the tunnel's other end.
    pub remote: IpAddr,
    /// Who wrote it.
    pub cause: CauseId,
}

/// Settings of a bridge device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// Configured forwarding entries. Learned ones live in [`super::live::Live`].
    pub fdb: Vec<FdbEntry>,
    /// Promiscuous mode: frames are also handed to the bridge's own IP stack.
    pub promiscuous: bool,
}

/// Settings of a bridge port (`bridge -d link`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgePort {
    /// The bridge device, in the same namespace.
    pub master: LinkId,
    /// A frame may leave by the port it came in.
    pub hairpin: bool,
    /// Source addresses are learned.
    pub learning: bool,
    /// Unknown unicast is flooded to this port.
    pub flood: bool,
    /// Isolated ports do not talk to each other.
    pub isolated: bool,
}

impl BridgePort {
    /// A port of `master` with the kernel's defaults: learning and flooding on, hairpin and isolation off.
    pub fn of(master: LinkId) -> Self {
        Self { master, hairpin: false, learning: true, flood: true, isolated: false }
    }
}

/// A configured forwarding-table entry of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FdbEntry {
    /// Address.
    pub mac: Mac,
    /// Port it is behind; the bridge itself for a local entry.
    pub port: LinkId,
    /// `permanent` (local): frames to it go up the stack. Otherwise `static`.
    pub local: bool,
    /// Who wrote it.
    pub cause: CauseId,
}

/// An address on a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfAddr {
    /// Address with prefix length (host bits kept).
    pub net: IpNet,
    /// Broadcast address shown by `ip addr` (`brd`), if set.
    pub broadcast: Option<IpAddr>,
    /// Scope.
    pub scope: Scope,
    /// Who assigned it.
    pub cause: CauseId,
}

/// Address and route scope (rt_scope).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `global`.
    Global,
    /// `link`.
    Link,
    /// `host`.
    Host,
}

/// Routing table number: 255 local, 254 main, 253 default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

impl TableId {
    /// `local` (255).
    pub const LOCAL: Self = Self(255);
    /// `main` (254).
    pub const MAIN: Self = Self(254);
    /// `default` (253).
    pub const DEFAULT: Self = Self(253);
}

/// What a route does (rtm_type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    /// Forward or send.
    Unicast,
    /// Deliver here.
    Local,
    /// Deliver here as broadcast.
    Broadcast,
    /// Drop silently.
    Blackhole,
    /// Drop and answer host unreachable.
    Unreachable,
    /// Drop and answer administratively prohibited.
    Prohibit,
}

/// Who installed a route (rtm_protocol), as `ip route` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteProtocol {
    /// `kernel`.
    Kernel,
    /// `boot`: added by hand or script; not printed by `ip route`.
    Boot,
    /// `static`.
    Static,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Table.
    pub table: TableId,
    /// Destination prefix; `0.0.0.0/0` prints as `default`.
    pub dst: IpNet,
    /// What it does.
    pub kind: RouteKind,
    /// Next hop (`via`).
    pub via: Option<IpAddr>,
    /// Device.
    pub dev: Option<LinkId>,
    /// Preferred source (`src`).
    pub src: Option<IpAddr>,
    /// Metric; lower wins.
    pub metric: u32,
    /// Protocol.
    pub protocol: RouteProtocol,
    /// Scope.
    pub scope: Scope,
    /// Next hop is taken as on the link even if no prefix says so.
    pub onlink: bool,
    /// Who wrote it.
    pub cause: CauseId,
}

/// A policy routing rule (`ip rule`): `PRIORITY: from SRC [fwmark M/M] lookup TABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRule {
    /// Priority; lower first.
    pub priority: u32,
    /// Source selector; `None` is `from all`.
    pub from: Option<IpNet>,
    /// Destination selector.
    pub to: Option<IpNet>,
    /// Mark and mask.
    pub fwmark: Option<(u32, u32)>,
    /// Table to look up.
    pub table: TableId,
}

/// A configured neighbour entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Protocol address.
    pub ip: IpAddr,
    /// Device.
    pub dev: LinkId,
    /// Link-layer address.
    pub mac: Mac,
    /// `PERMANENT` entries are never probed.
    pub permanent: bool,
    /// Who wrote it.
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
    /// Who listens, as `ss -p` would name it (process or container name).
    pub process: Arc<str>,
    /// Why it listens.
    pub cause: CauseId,
}
