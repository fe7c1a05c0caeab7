//! Sets of addresses and ports that rules look up (net/netfilter/ipset).

use crate::ids::CauseId;
use crate::packet::Protocol;
use ipnet::IpNet;
use std::sync::Arc;

/// What the elements of a set are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetType {
    /// `hash:ip`.
    Ip,
    /// `hash:net`.
    Net,
    /// `hash:ip,port`.
    IpPort,
    /// `hash:net,port`.
    NetPort,
    /// `hash:ip,port,ip`.
    IpPortIp,
    /// `hash:ip,port,net`.
    IpPortNet,
    /// `bitmap:port`.
    Port,
    /// `list:set`.
    List,
}

impl SetType {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Ip, "hash:ip"),
        (Self::Net, "hash:net"),
        (Self::IpPort, "hash:ip,port"),
        (Self::NetPort, "hash:net,port"),
        (Self::IpPortIp, "hash:ip,port,ip"),
        (Self::IpPortNet, "hash:ip,port,net"),
        (Self::Port, "bitmap:port"),
        (Self::List, "list:set"),
    ];

    /// Parts of an element; a match must name a side for each.
    pub fn parts(self) -> usize {
        match self {
            Self::Ip | Self::Net | Self::Port | Self::List => 1,
            Self::IpPort | Self::NetPort => 2,
            Self::IpPortIp | Self::IpPortNet => 3,
        }
    }
}

/// One set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpSet {
    /// What its elements are made of.
    pub kind: SetType,
    /// `netmask`: addresses of `hash:ip` types are compared this long, in bits.
    pub netmask: Option<u8>,
    /// The options of its creation as `ipset save` prints them.
    pub header: Arc<str>,
    /// Elements, in the order they were added.
    pub elements: Vec<SetElement>,
    /// Who made it.
    pub cause: CauseId,
}

/// An element of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetElement {
    /// What it is.
    pub key: SetKey,
    /// `nomatch`: what it covers is taken out of a wider element.
    pub no_match: bool,
    /// Further options as `ipset save` prints them (`timeout`, `comment`).
    pub rest: Arc<str>,
}

/// What an element of a set is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetKey {
    /// An address or network.
    Net(IpNet),
    /// With protocol and port (ICMP: type · 256 + code).
    NetPort(IpNet, Protocol, u16),
    /// With a second address or network.
    NetPortNet(IpNet, Protocol, u16, IpNet),
    /// A port.
    Port(u16),
    /// Another set.
    Set(Arc<str>),
}
