//! Ports of the nodes that Pods ask for: one Pod has each (`NodePorts` of kube-scheduler: same protocol, same port, and addresses that
//! meet). In the node's own network every container port is one, as the API server fills `hostPort` in there.

use crate::cluster::model::{NamespacedName, Pod};
use crate::origin::Span;
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A port that a Pod asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) port: Port,
    pub(super) protocol: Protocol,
    /// `None`: every address of the node.
    ip: Option<IpAddr>,
    /// Where it is declared.
    pub(super) span: Span,
}

impl Wanted {
    /// All of a Pod.
    pub(super) fn of(pod: &Pod) -> impl Iterator<Item = Self> {
        let ports = pod.containers.iter().flat_map(|container| &container.ports);
        ports.filter_map(|port| {
            let own = Some(port.port).filter(|_| pod.host_network);
            let ip = port.host_ip.filter(|ip| !ip.is_unspecified());
            Some(Self { port: port.host_port.or(own)?, protocol: port.protocol, ip, span: port.span })
        })
    }

    fn meets(&self, other: &Self) -> bool {
        let same = self.port == other.port && self.protocol == other.protocol;
        same && (self.ip.is_none() || other.ip.is_none() || self.ip == other.ip)
    }

    /// `80/TCP`.
    pub(super) fn words(&self) -> String {
        format!("{}/{}", self.port, self.protocol.to_string().to_uppercase())
    }
}

/// Who has which port of each node.
#[derive(Default)]
pub(super) struct HostPorts {
    taken: BTreeMap<usize, Vec<(Wanted, NamespacedName)>>,
}

impl HostPorts {
    /// A Pod is on a node now.
    pub(super) fn note(&mut self, pod: &Pod, at: usize) {
        for wanted in Wanted::of(pod) {
            self.taken.entry(at).or_default().push((wanted, pod.name.clone()));
        }
    }

    /// The first port of a node that a Pod asks for and another Pod has, and who that is.
    pub(super) fn against(&self, pod: &Pod, at: usize) -> Option<(Wanted, &NamespacedName)> {
        let taken = self.taken.get(&at)?;
        let other = |wanted: &Wanted| taken.iter().find(|(one, by)| one.meets(wanted) && *by != pod.name);
        Wanted::of(pod).find_map(|wanted| other(&wanted).map(|(_, by)| (wanted, by)))
    }
}
