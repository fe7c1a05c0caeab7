//! Processes of a lab that go on elsewhere with what they take.

use crate::agents::Site;
use crate::site::{Behaviour, Kind};
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use std::net::{IpAddr, SocketAddr};

/// One socket of such a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabProxy {
    /// Where it listens.
    pub netns: NetnsId,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// On one address; `None` for every one.
    pub address: Option<IpAddr>,
    /// On this port.
    pub port: Port,
    /// Where it goes on to.
    pub to: SocketAddr,
}

impl LabProxy {
    /// Those of machines that are no nodes: docker-proxy.
    pub fn all(site: &Site) -> Vec<Self> {
        let hosts = site.tree.machines().filter(|(_, machine)| matches!(machine.kind, Kind::Host(_)));
        let sockets = hosts.flat_map(|(_, host)| site.listening(host.netns).map(|listening| (host.netns, listening)));
        let proxies = sockets.filter_map(|(netns, listening)| match listening.process?.behaviour {
            Behaviour::Proxies { to } => {
                let of = listening.socket;
                Some(Self { netns, protocol: of.protocol, address: of.address, port: of.port, to })
            }
            _ => None,
        });
        proxies.collect()
    }
}
