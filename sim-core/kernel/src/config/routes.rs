//! Routes, policy rules and neighbours.

use crate::ids::{CauseId, LinkId};
use crate::packet::Mac;
use ipnet::IpNet;
use std::borrow::Cow;
use std::net::IpAddr;

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

codes!(RouteKind {
    Self::Unicast => "unicast",
    Self::Local => "local",
    Self::Broadcast => "broadcast",
    Self::Blackhole => "blackhole",
    Self::Unreachable => "unreachable",
    Self::Prohibit => "prohibit",
});

/// Who installed a route (rtm_protocol), as `ip route` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteProtocol {
    /// `kernel`.
    Kernel,
    /// `boot`: added by hand or script; not printed by `ip route`.
    Boot,
    /// `static`.
    Static,
    /// Another number, that of a routing daemon: 12 is BIRD's.
    Numbered(u8),
}

impl RouteProtocol {
    /// The BIRD routing daemon.
    pub const BIRD: Self = Self::Numbered(12);

    /// Its name where the tool knows one (`rt_protos`), else its number.
    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Kernel => "kernel",
            Self::Boot => "boot",
            Self::Static => "static",
            Self::Numbered(11) => "zebra",
            Self::Numbered(12) => "bird",
            Self::Numbered(16) => "dhcp",
            Self::Numbered(186) => "bgp",
            Self::Numbered(188) => "ospf",
            Self::Numbered(number) => return Cow::Owned(number.to_string()),
        })
    }
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Weight, 1 to 256, of a multipath route's next hop: entries of one table, destination and metric that stand one after the other and
    /// have weights are the next hops of one route (RTA_MULTIPATH). `None` for a route with one.
    pub weight: Option<u16>,
    /// Who wrote it.
    pub cause: CauseId,
}

impl Route {
    /// What `ip route add DST` makes of a destination before anything else is said: unicast, of table `main`, of global scope, by hand.
    pub fn new(dst: IpNet, cause: CauseId) -> Self {
        Self {
            table: TableId::MAIN,
            dst,
            kind: RouteKind::Unicast,
            via: None,
            dev: None,
            src: None,
            metric: 0,
            protocol: RouteProtocol::Boot,
            scope: Scope::Global,
            onlink: false,
            weight: None,
            cause,
        }
    }
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

/// An address that a process answers ARP for with a packet socket (packet(7)), though no device has it: the kernel takes no part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArpAnswer {
    /// Address that is answered for.
    pub ip: IpAddr,
    /// Device it listens on, whose Ethernet address the answer names.
    pub dev: LinkId,
    /// Who runs it.
    pub cause: CauseId,
}

/// A configured neighbour entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
