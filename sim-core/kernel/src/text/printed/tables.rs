//! `ip neigh`, `bridge fdb`, `bridge -d link` and `sysctl -a`.

use super::line::{Read, Words, is_ipv6, lines, mac};
use super::links::{PortRead, port};
use crate::packet::Mac;
use std::net::IpAddr;
use std::sync::Arc;

/// A neighbour entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeighbourRead {
    /// Protocol address.
    pub ip: IpAddr,
    /// Device.
    pub dev: Arc<str>,
    /// Link-layer address; `None` where nobody answered.
    pub mac: Option<Mac>,
    /// `PERMANENT`.
    pub permanent: bool,
    /// `NOARP`.
    pub noarp: bool,
}

/// An entry of a forwarding table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FdbRead {
    /// Address.
    pub mac: Mac,
    /// Device: a port, or a VXLAN device.
    pub dev: Arc<str>,
    /// `master`.
    pub master: Option<Arc<str>>,
    /// `dst`: the tunnel's other end.
    pub dst: Option<IpAddr>,
    /// `self`: the device's own table.
    pub own: bool,
    /// `permanent`.
    pub permanent: bool,
    /// `static`.
    pub fixed: bool,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SysctlRead {
    /// Name, with dots.
    pub name: Arc<str>,
    /// Value.
    pub value: Arc<str>,
}

/// Reads neighbours of IPv4.
pub fn read_neighbours(text: &str) -> Read<NeighbourRead> {
    let mut read = Read::default();
    for (at, line) in lines(text) {
        match neighbour(line) {
            Some(Some(entry)) => read.items.push((at, entry)),
            Some(None) => {}
            None => read.aside(at, line),
        }
    }
    read
}

/// `10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE`.
fn neighbour(line: &str) -> Option<Option<NeighbourRead>> {
    let mut words = Words::of(line);
    let first = words.next()?;
    if is_ipv6(first) {
        return Some(None);
    }
    let ip = first.parse().ok()?;
    let (mut dev, mut mac, mut permanent, mut noarp) = (None, None, false, false);
    while let Some(word) = words.next() {
        match word {
            "dev" => dev = words.next().map(Arc::from),
            "lladdr" => mac = words.next().and_then(super::line::mac),
            "PERMANENT" => permanent = true,
            "NOARP" => noarp = true,
            _ => {}
        }
    }
    Some(Some(NeighbourRead { ip, dev: dev?, mac, permanent, noarp }))
}

/// Reads forwarding tables.
pub fn read_fdb(text: &str) -> Read<FdbRead> {
    let mut read = Read::default();
    for (at, line) in lines(text) {
        match fdb(line) {
            Some(entry) => read.items.push((at, entry)),
            None => read.aside(at, line),
        }
    }
    read
}

/// `02:00:00:00:00:01 dev veth1 master br0 permanent`, `00:…:00 dev vxlan0 dst 10.0.0.2 self permanent`.
fn fdb(line: &str) -> Option<FdbRead> {
    let mut words = Words::of(line);
    let mac = mac(words.next()?)?;
    let (mut dev, mut master, mut dst) = (None, None, None);
    let (mut own, mut permanent, mut fixed) = (false, false, false);
    while let Some(word) = words.next() {
        match word {
            "dev" => dev = words.next().map(Arc::from),
            "master" => master = words.next().map(Arc::from),
            "dst" => dst = words.read(),
            "self" => own = true,
            "permanent" => permanent = true,
            "static" => fixed = true,
            _ => {}
        }
    }
    Some(FdbRead { mac, dev: dev?, master, dst, own, permanent, fixed })
}

/// Reads the settings of a bridge's ports, by device.
pub fn read_ports(text: &str) -> Read<(Arc<str>, PortRead)> {
    let mut read: Read<(Arc<str>, PortRead)> = Read::default();
    for (at, line) in lines(text) {
        if line.starts_with(char::is_whitespace) {
            match read.items.last_mut() {
                Some((_, (_, settings))) => port(settings, &mut Words::of(line)),
                None => read.aside(at, line),
            }
            continue;
        }
        // `5: veth1@if4: <…> mtu 1500 master br0 state forwarding …`
        let name = line.split(": ").nth(1).and_then(|name| name.split('@').next());
        let Some(name) = name.filter(|_| line.contains('<')) else {
            read.aside(at, line);
            continue;
        };
        let mut settings = PortRead::default();
        port(&mut settings, &mut Words::of(line.split_once('>').map_or("", |(_, rest)| rest)));
        read.items.push((at, (Arc::from(name), settings)));
    }
    read
}

/// Reads settings of the network; others are passed over. Device names with dots in them stand between slashes, as sysctl(8) prints them.
pub fn read_sysctls(text: &str) -> Read<SysctlRead> {
    let mut read = Read::default();
    for (at, line) in lines(text) {
        // What it may not read it says so.
        if line.starts_with("sysctl:") {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            read.aside(at, line);
            continue;
        };
        let name = name.trim();
        if name.starts_with("net.") {
            let value = value.split_whitespace().collect::<Vec<_>>().join("\t");
            read.items.push((at, SysctlRead { name: Arc::from(name), value: Arc::from(value) }));
        }
    }
    read
}
