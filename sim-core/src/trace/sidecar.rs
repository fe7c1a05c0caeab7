//! Where a proxy goes on to that does not read what it carries: one that is told, and one beside a Pod's containers, which asks its kernel where a
//! connection was for.

use super::drive::Drive;
use crate::site::{Behaviour, Process};
use kernel::config::Owner;
use kernel::exchange::Served;
use kernel::netfilter::conntrack;
use kernel::packet::{Port, Protocol};
use kubernetes::assumption::codes;
use kubernetes::cluster::model::{Balancing, Cluster, Mesh, PodId, ProxyProtocol, Service, ServiceId};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

const TCP: Protocol = Protocol::Tcp;

/// From where Istio's proxy connects to the application in its Pod: rules know it by that.
const PASSTHROUGH: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 6));

/// How a proxy goes on.
pub(super) struct Passes {
    /// One of these; none where it closes what it took.
    pub(super) to: Arc<[SocketAddr]>,
    pub(super) by: Balancing,
    pub(super) from: Option<IpAddr>,
    pub(super) announces: Option<ProxyProtocol>,
    pub(super) accepts: bool,
    /// As which user.
    pub(super) owner: Owner,
}

impl Drive<'_> {
    /// How a process goes on with a connection that came to it; `None` for what is no such proxy.
    pub(super) fn passes(&mut self, process: &Process, reached: Served) -> Option<Passes> {
        let owner = process.owner;
        match &process.behaviour {
            Behaviour::Proxies { to, by, from, announces, accepts } => {
                Some(Passes { to: to.clone(), by: *by, from: *from, announces: *announces, accepts: *accepts, owner })
            }
            Behaviour::Sidecar { of, inbound } => {
                let (to, from) = self.captured(*of, *inbound, reached);
                Some(Passes { to: to.into(), by: Balancing::Random, from, announces: None, accepts: false, owner })
            }
            _ => None,
        }
    }

    /// A sidecar: what comes in goes to the application at the address that it was for, what goes out to an endpoint of the Service that it was for,
    /// else to where it was for. What was for the proxy's own port it closes.
    fn captured(&mut self, of: PodId, inbound: bool, reached: Served) -> (Vec<SocketAddr>, Option<IpAddr>) {
        let cluster = &self.model.cluster;
        let ends = (reached.local, reached.peer);
        let found = conntrack::original_destination(&self.state, reached.netns, TCP, ends);
        let Some(original) = found.filter(|original| *original != reached.local) else { return (Vec::new(), None) };
        let captured = cluster.acting.captured.get(&of);
        let mesh = captured.map_or(Mesh::Istio, |captured| captured.mesh);
        if let (Some(captured), Some(pod)) = (captured, cluster.pods.get(of.0 as usize)) {
            let made = codes::SIDECAR_ROUTES.made().arg("pod", pod.name.to_string()).arg("mesh", mesh.name());
            self.assume(kubernetes::assumption::Assumption { because: Some(captured.because.clone()), ..made });
        }
        match inbound {
            true => (vec![original], passthrough(cluster, of, inbound)),
            false => (endpoints(cluster, original).unwrap_or_else(|| vec![original]), None),
        }
    }
}

/// The ready endpoints of the Service that has an address and port; `None` where none has them.
fn endpoints(cluster: &Cluster, to: SocketAddr) -> Option<Vec<SocketAddr>> {
    let service = |service: &Service| service.cluster_ips.contains(&to.ip());
    let at = cluster.services.iter().position(service)?;
    let own = cluster.services.get(at)?.ports.iter().find(|own| own.port == Port(to.port()) && own.protocol == TCP)?;
    Some(cluster.ready_endpoints(ServiceId(at as u32), own))
}

/// Addresses of all Services for TCP, each with the endpoints that a sidecar goes on to.
pub(crate) fn served_by(cluster: &Cluster) -> Vec<(SocketAddr, Vec<SocketAddr>)> {
    let mut all = Vec::new();
    for (id, service) in (0..).map(ServiceId).zip(&cluster.services) {
        for port in service.ports.iter().filter(|port| port.protocol == TCP) {
            let addresses = service.cluster_ips.iter().filter(|ip| ip.is_ipv4());
            let ends = cluster.ready_endpoints(id, port);
            all.extend(addresses.map(|ip| (SocketAddr::new(*ip, port.port.0), ends.clone())));
        }
    }
    all
}

/// The address that a sidecar connects from; `None` for the one that the route gives.
pub(crate) fn passthrough(cluster: &Cluster, pod: PodId, inbound: bool) -> Option<IpAddr> {
    let mesh = cluster.acting.captured.get(&pod)?.mesh;
    (inbound && mesh == Mesh::Istio).then_some(PASSTHROUGH)
}
