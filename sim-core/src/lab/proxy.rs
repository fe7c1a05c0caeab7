//! Processes of a lab that go on elsewhere with what they take.

use crate::agents::Site;
use crate::site::{Behaviour, Kind};
use crate::trace;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::Cluster;
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
    /// It goes on to where rules found a connection going, or to those that stand for such an address.
    pub original: Option<Vec<(SocketAddr, Vec<SocketAddr>)>>,
    /// From which of its addresses; `None` for the one that the route gives.
    pub from: Option<IpAddr>,
}

impl LabProxy {
    /// Those of machines that are no nodes: docker-proxy, what forwards to a virtual machine, and what a Scenario says of
    /// a host; and the sidecars of Pods. `first` are servers that come before the others,
    /// by where the proxy is: those that a probe was sent on to.
    pub fn all((site, cluster): (&Site, &Cluster), first: &[(NetnsId, SocketAddr)]) -> Vec<Self> {
        let hosts = site.tree.machines().filter(|(_, machine)| matches!(machine.kind, Kind::Host(_) | Kind::Vm(_)));
        let captured = cluster.acting.captured.keys().filter_map(|id| site.pods.get(id).copied());
        let spaces = hosts.map(|(_, host)| host.netns).chain(captured);
        let sockets = spaces.flat_map(|netns| site.listening(netns).map(move |listening| (netns, listening)));
        let chosen_first = |netns: NetnsId, to: &mut Vec<SocketAddr>| {
            let chosen = to.iter().position(|server| first.contains(&(netns, *server)));
            to.rotate_left(chosen.unwrap_or_default());
        };
        let proxies = sockets.filter_map(|(netns, listening)| match &listening.process?.behaviour {
            Behaviour::Proxies { to, from, .. } => {
                let of = listening.socket;
                let mut to = to.to_vec();
                chosen_first(netns, &mut to);
                let (protocol, address, port) = (of.protocol, of.address, of.port);
                Some(Self { netns, protocol, address, port, to, original: None, from: *from })
            }
            Behaviour::Sidecar { of: pod, inbound } => {
                let of = listening.socket;
                let mut services = if *inbound { Vec::new() } else { trace::served_by(cluster) };
                services.iter_mut().for_each(|(_, ends)| chosen_first(netns, ends));
                let from = trace::passthrough(cluster, *pod, *inbound);
                let (protocol, address, port) = (of.protocol, of.address, of.port);
                Some(Self { netns, protocol, address, port, to: Vec::new(), original: Some(services), from })
            }
            _ => None,
        });
        proxies.collect()
    }
}
