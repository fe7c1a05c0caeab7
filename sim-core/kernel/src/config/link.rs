//! Devices, and what is set on them.

use super::routes::Scope;
use crate::ids::{CauseId, LinkId, LinkRef};
use crate::packet::{Mac, Port};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

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
    /// An IP in IP device.
    Ipip(Ipip),
}

/// Settings of an IP in IP device (`ip link add … type ipip`, RFC 2003): packets without a link-layer header, which asks nobody for an
/// address. The default is what every namespace has as `tunl0` once the module is loaded: it takes what no other device is for, and sends
/// to the next hop of the route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ipip {
    /// Source address of outer packets (`local`); `None` lets the route choose.
    pub local: Option<IpAddr>,
    /// The tunnel's other end (`remote`); `None` is the route's next hop, whichever that is.
    pub remote: Option<IpAddr>,
    /// TTL of outer packets (`ttl`); `None` takes over the inner packet's.
    pub ttl: Option<u8>,
    /// Don't Fragment on outer packets whatever the inner ones have (`pmtudisc`).
    pub discovers_mtu: bool,
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
    /// Configured forwarding entries (`bridge fdb … self`). Learned ones live in [`crate::state::KernelState`].
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
    /// Configured forwarding entries. Learned ones live in [`crate::state::KernelState`].
    pub fdb: Vec<FdbEntry>,
    /// Promiscuous mode: frames are also handed to the bridge's own IP stack.
    pub promiscuous: bool,
    /// A datapath of Open vSwitch that forwards as a bridge that learns (action NORMAL): its frames are none of br_netfilter's.
    pub openvswitch: bool,
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

impl IfAddr {
    /// A global address without a broadcast address, as `ip addr add` makes it.
    pub fn new(net: IpNet, cause: CauseId) -> Self {
        Self { net, broadcast: None, scope: Scope::Global, cause }
    }
}
