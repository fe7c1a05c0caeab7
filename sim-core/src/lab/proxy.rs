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
    /// Where it goes on to: one after the other.
    pub to: Vec<SocketAddr>,
    /// From which of its addresses; `None` for the one that the route gives.
    pub from: Option<IpAddr>,
}

impl LabProxy {
    /// Those of machines that are no nodes: docker-proxy, what forwards to a virtual machine, and what a Scenario says of
    /// a host. `first` are servers that come before the others,
    /// by where the proxy is: those that a probe was sent on to.
    pub fn all(site: &Site, first: &[(NetnsId, SocketAddr)]) -> Vec<Self> {
        let hosts = site.tree.machines().filter(|(_, machine)| matches!(machine.kind, Kind::Host(_) | Kind::Vm(_)));
        let sockets = hosts.flat_map(|(_, host)| site.listening(host.netns).map(|listening| (host.netns, listening)));
        let proxies = sockets.filter_map(|(netns, listening)| match &listening.process?.behaviour {
            Behaviour::Proxies { to, from, .. } => {
                let of = listening.socket;
                let mut to = to.to_vec();
                let chosen = to.iter().position(|server| first.contains(&(netns, *server)));
                to.rotate_left(chosen.unwrap_or_default());
                Some(Self { netns, protocol: of.protocol, address: of.address, port: of.port, to, from: *from })
            }
            _ => None,
        });
        proxies.collect()
    }
}
