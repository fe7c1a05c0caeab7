//! `ip -d addr` and `ip -d link`.

use super::line::{Read, Words, lines, mac, prefix};
use crate::config::Scope;
use crate::packet::{Mac, Port};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// A device as `ip` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRead {
    /// Interface index.
    pub index: u32,
    /// Name.
    pub name: Arc<str>,
    /// Index of the device it belongs to (`@if5`, or the name behind `@`).
    pub beyond: Option<Beyond>,
    /// The other end's namespace, by number (`link-netnsid`) or name (`link-netns`).
    pub netns: Option<Arc<str>>,
    /// The flag `UP`.
    pub up: bool,
    /// The flag `PROMISC`.
    pub promiscuous: bool,
    /// MTU in bytes.
    pub mtu: u32,
    /// `master`: the bridge (or bond, or VRF) it is a port of.
    pub master: Option<Arc<str>>,
    /// Ethernet address.
    pub mac: Option<Mac>,
    /// What it is, where `-d` told.
    pub kind: KindRead,
    /// Settings as a port of a bridge, where `-d` told.
    pub port: PortRead,
    /// Addresses of IPv4, the primary first.
    pub addresses: Vec<AddressRead>,
}

/// What stands behind `@` in a device's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// `@if5`: an index, in another namespace.
    Index(u32),
    /// `@eth0`: a device of the same namespace.
    Name(Arc<str>),
}

/// What a device is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KindRead {
    /// Not told: hardware, or the text was printed without `-d`.
    #[default]
    Plain,
    /// `lo`.
    Loopback,
    /// One end of a veth pair.
    Veth,
    /// A bridge.
    Bridge,
    /// A dummy device.
    Dummy,
    /// A VXLAN device.
    Vxlan {
        /// `id`.
        vni: u32,
        /// `local`.
        local: Option<IpAddr>,
        /// `remote`.
        remote: Option<IpAddr>,
        /// `dev`.
        dev: Option<Arc<str>>,
        /// `dstport`.
        port: Port,
        /// Without `nolearning`.
        learning: bool,
    },
    /// An IP in IP device.
    Ipip {
        /// `local`.
        local: Option<IpAddr>,
        /// `remote`.
        remote: Option<IpAddr>,
    },
    /// Another one, by the word of the tool (`vlan`, `bond`, `wireguard`, `tun` …).
    Other(Arc<str>),
}

/// Settings of a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortRead {
    /// `hairpin on`.
    pub hairpin: bool,
    /// `learning off`.
    pub deaf: bool,
    /// `flood off`.
    pub quiet: bool,
    /// `isolated on`.
    pub isolated: bool,
    /// `state disabled`, `blocking` or `listening`: nothing is forwarded.
    pub blocked: bool,
}

/// An address of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRead {
    /// Address and prefix length; of a peer address, the peer's network.
    pub net: IpNet,
    /// `brd`.
    pub broadcast: Option<IpAddr>,
    /// Scope.
    pub scope: Scope,
    /// Its line.
    pub line: u32,
}

/// Kinds of devices whose names stand at the beginning of a line of `-d`.
const KINDS: &[&str] = &[
    "bond",
    "geneve",
    "gre",
    "gretap",
    "hsr",
    "ifb",
    "ip6gre",
    "ip6tnl",
    "ipvlan",
    "macsec",
    "macvlan",
    "macvtap",
    "nlmon",
    "openvswitch",
    "sit",
    "team",
    "tun",
    "vlan",
    "vrf",
    "vti",
    "wireguard",
    "xfrm",
];

/// Reads it. A device that stands in the text twice (`ip -d link`, then `ip addr`) is one.
pub fn read_links(text: &str) -> Read<LinkRead> {
    let mut read: Read<LinkRead> = Read::default();
    let mut at: Option<usize> = None;
    for (number, line) in lines(text) {
        if !line.starts_with(char::is_whitespace) {
            at = head(line).map(|link| place(&mut read, number, link));
            if at.is_none() {
                read.aside(number, line);
            }
            continue;
        }
        let known = at.and_then(|at| read.items.get_mut(at)).map(|(_, link)| detail(link, number, line));
        if known != Some(true) {
            read.aside(number, line);
        }
    }
    read
}

/// Where a device is entered: behind the others, or over what is known of it.
fn place(read: &mut Read<LinkRead>, line: u32, link: LinkRead) -> usize {
    let same = |(_, known): &(u32, LinkRead)| known.index == link.index && known.name == link.name;
    if let Some(at) = read.items.iter().position(same) {
        return at;
    }
    read.items.push((line, link));
    read.items.len() - 1
}

/// `2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP …`.
fn head(line: &str) -> Option<LinkRead> {
    let (index, rest) = line.split_once(": ")?;
    let index = index.trim().parse().ok()?;
    let (name, rest) = rest.split_once(": ")?;
    let (name, beyond) = match name.split_once('@') {
        Some((name, "NONE")) => (name, None),
        Some((name, far)) => {
            let index = far.strip_prefix("if").and_then(|index| index.parse().ok());
            (name, Some(index.map_or_else(|| Beyond::Name(Arc::from(far)), Beyond::Index)))
        }
        None => (name, None),
    };
    let (flags, rest) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    let has = |flag: &str| flags.split(',').any(|own| own == flag);
    let kind = if has("LOOPBACK") { KindRead::Loopback } else { KindRead::Plain };
    let (up, promiscuous) = (has("UP"), has("PROMISC"));
    let name = Arc::from(name);
    let (mut mtu, mut master) = (1500, None);
    let mut words = Words::of(rest);
    while let Some(word) = words.next() {
        match word {
            "mtu" => mtu = words.read()?,
            "master" => master = words.next().map(Arc::from),
            _ => {}
        }
    }
    let (port, addresses) = (PortRead::default(), Vec::new());
    Some(LinkRead { index, name, beyond, netns: None, up, promiscuous, mtu, master, mac: None, kind, port, addresses })
}

/// A further line of a device; false for one that says nothing known.
fn detail(link: &mut LinkRead, line: u32, text: &str) -> bool {
    let mut words = Words::of(text);
    let Some(first) = words.next() else { return true };
    if let Some(layer) = first.strip_prefix("link/") {
        if layer == "ether" {
            link.mac = words.next().and_then(mac);
        }
        while let Some(word) = words.next() {
            match word {
                "link-netnsid" | "link-netns" => link.netns = words.next().map(Arc::from),
                "promiscuity" => link.promiscuous |= words.read::<u32>().is_some_and(|count| count > 0),
                _ => {}
            }
        }
        return true;
    }
    match first {
        "inet" => return address(link, line, &mut words).is_some(),
        // Of IPv6 nothing is simulated; how long an address lasts, offloads and aliases are no packet's business.
        "inet6" | "valid_lft" | "altname" | "alias" | "prog/xdp" | "RX:" | "TX:" | "vf" | "numtxqueues"
        | "addrgenmode" => {}
        "promiscuity" => link.promiscuous |= words.read::<u32>().is_some_and(|count| count > 0),
        "veth" => link.kind = KindRead::Veth,
        "dummy" => link.kind = KindRead::Dummy,
        "bridge" => link.kind = KindRead::Bridge,
        "bridge_slave" => port(&mut link.port, &mut words),
        "vxlan" => link.kind = vxlan(&mut words),
        "ipip" => link.kind = ipip(&mut words),
        other if KINDS.contains(&other) => link.kind = KindRead::Other(Arc::from(other)),
        other => return other.ends_with("_slave"),
    }
    // `ip -d` of some releases goes on behind the promiscuity in the same line.
    if first == "promiscuity" {
        let rest = text.split_whitespace().skip(2).collect::<Vec<_>>();
        let at = rest.iter().position(|word| {
            matches!(*word, "veth" | "dummy" | "bridge" | "vxlan" | "ipip" | "bridge_slave") || KINDS.contains(word)
        });
        if let Some(at) = at {
            return detail(link, line, &format!(" {}", rest.get(at..).unwrap_or_default().join(" ")));
        }
    }
    true
}

/// `inet 10.0.0.5/24 brd 10.0.0.255 scope global dynamic eth0`, `inet 10.0.0.1 peer 10.0.0.2/32 scope global tun0`.
fn address(link: &mut LinkRead, line: u32, words: &mut Words<'_>) -> Option<()> {
    let mut net = prefix(words.next()?)?;
    let (mut broadcast, mut scope) = (None, Scope::Global);
    while let Some(word) = words.next() {
        match word {
            "peer" => {
                let peer = prefix(words.next()?)?;
                // The address is its own; the network is the peer's, which a route leads to.
                net = IpNet::new(net.addr(), peer.prefix_len()).ok()?;
            }
            "brd" => broadcast = words.read(),
            "scope" => {
                scope = match words.next()? {
                    "link" => Scope::Link,
                    "host" => Scope::Host,
                    _ => Scope::Global,
                }
            }
            _ => {}
        }
    }
    if !link.addresses.iter().any(|known| known.net == net) {
        link.addresses.push(AddressRead { net, broadcast, scope, line });
    }
    Some(())
}

/// `state forwarding priority 32 cost 2 hairpin off guard off … learning on flood on … isolated off`.
pub(super) fn port(port: &mut PortRead, words: &mut Words<'_>) {
    while let Some(word) = words.next() {
        match word {
            "hairpin" => port.hairpin = words.next() == Some("on"),
            "learning" => port.deaf = words.next() == Some("off"),
            "flood" => port.quiet = words.next() == Some("off"),
            "isolated" => port.isolated = words.next() == Some("on"),
            "state" => port.blocked = matches!(words.next(), Some("disabled" | "blocking" | "listening")),
            _ => {}
        }
    }
}

fn vxlan(words: &mut Words<'_>) -> KindRead {
    let (mut vni, mut local, mut remote, mut dev) = (0, None, None, None);
    // The kernel's own default is not IANA's port.
    let (mut port, mut learning) = (Port(8472), true);
    while let Some(word) = words.next() {
        match word {
            "id" => vni = words.read().unwrap_or(0),
            "local" => local = words.read(),
            "remote" => remote = words.read(),
            "dev" => dev = words.next().map(Arc::from),
            "dstport" => port = words.read().map_or(port, Port),
            "nolearning" => learning = false,
            _ => {}
        }
    }
    KindRead::Vxlan { vni, local, remote, dev, port, learning }
}

fn ipip(words: &mut Words<'_>) -> KindRead {
    let (mut local, mut remote) = (None, None);
    while let Some(word) = words.next() {
        match word {
            "local" => local = words.read(),
            "remote" => remote = words.read(),
            _ => {}
        }
    }
    KindRead::Ipip { local, remote }
}
