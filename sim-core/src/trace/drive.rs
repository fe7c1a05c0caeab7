//! A probe while it is sent: the state of the kernels, what was drawn, the legs so far, and which address is called.

use super::choose::{Draws, uniform};
use super::journey::{HostsAnswer, Kept, Known, Leg, LegId, Lookup, Probe, Source, Target};
use super::knows::Knows;
use super::machines;
use super::no_way::NoWay;
use crate::agents::{balancer, outside};
use crate::model::Model;
use kernel::ids::NetnsId;
use kernel::packet::Port;
use kernel::state::KernelState;
use kernel::walk::Chooser;
use kubernetes::assumption::{Assumption, codes};
use kubernetes::budget::Budget;
use kubernetes::cluster::model::{LbWay, NodeId, NodeRole, ServiceId, ServiceType, TrafficPolicy};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Largest number of legs a journey keeps; a search list over many names stays bounded.
const MAX_LEGS: usize = 160;

/// So many bytes of payload.
pub(super) fn bytes(size: u32) -> Arc<[u8]> {
    vec![b'k'; size as usize].into()
}

/// A journey under way.
pub(super) struct Drive<'m> {
    pub(super) model: &'m Model,
    pub(super) probe: &'m Probe,
    pub(super) budget: &'m Budget,
    pub(super) state: KernelState,
    pub(super) draws: Draws<'m>,
    pub(super) legs: Vec<Leg>,
    pub(super) hosts: Option<HostsAnswer>,
    pub(super) lookups: Vec<Lookup>,
    pub(super) assumed: Vec<Assumption>,
    /// Namespace of the client.
    pub(super) client: NetnsId,
    /// Who asks for names: the client, or a proxy while it does.
    pub(super) asker: Source,
    /// How many were sent before it.
    pub(super) number: u32,
    /// The number of the one that is shown.
    pub(super) last: u32,
    /// What became of the connection that was open.
    pub(super) kept: Option<Kept>,
    /// The address that the client kept, where it used that.
    pub(super) known: Option<Known>,
    /// What programs know of probes before.
    pub(super) knows: Knows,
}

impl<'m> Drive<'m> {
    pub(super) fn new(
        (model, budget): (&'m Model, &'m Budget),
        probe: &'m Probe,
        script: Option<Vec<bool>>,
        state: KernelState,
        number: u32,
    ) -> Self {
        let site = &model.site;
        // Each has its own draws; the first those of the seed.
        let seed = probe.seed ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self {
            model,
            probe,
            budget,
            state,
            draws: Draws::new(&site.network, seed, &probe.choose, script, budget),
            legs: Vec::new(),
            hosts: None,
            lookups: Vec::new(),
            assumed: Vec::new(),
            client: NetnsId::default(),
            asker: probe.from.clone(),
            number,
            last: probe.before,
            kept: None,
            known: None,
            knows: Knows::default(),
        }
    }

    /// The same with choices of kernels that are made elsewhere.
    pub(super) fn beside(mut self, beside: Option<&'m mut dyn Chooser>) -> Self {
        self.draws = self.draws.beside(beside);
        self
    }

    /// Takes its place in the network; `None` where the source is not in it.
    pub(super) fn start(&mut self) -> Option<NetnsId> {
        self.client = self.probe.from.netns(&self.model.site)?;
        Some(self.client)
    }

    /// Adds an assumption, once.
    pub(super) fn assume(&mut self, assumption: Assumption) {
        if !self.assumed.contains(&assumption) {
            self.assumed.push(assumption);
        }
    }

    /// A client port: the wanted one, else drawn from Linux's default range 32768–60999.
    pub(super) fn source_port(&self, purpose: &str) -> Port {
        let drawn = (uniform(self.probe.seed, &format!("sport {purpose}")) * 28232.0) as u32;
        // Those sent before had the ports before it.
        Port(32768 + ((drawn + self.number) % 28232) as u16)
    }

    /// Address and port to connect to.
    pub(super) fn way(&mut self, resolved: Option<IpAddr>) -> Result<SocketAddr, NoWay> {
        let model = self.model;
        let cluster = &model.cluster;
        let service = |id: ServiceId| cluster.services.get(id.0 as usize).ok_or(NoWay::Name);
        let outside = match self.probe.from {
            Source::External { via, .. } => Some(via),
            Source::Pod(_) | Source::Node(_) | Source::Machine(_) => None,
        };
        let Some(target) = self.probe.connects_to() else {
            let to = self.door_way()?;
            self.arrives(to.ip());
            return Ok(to);
        };
        let (ip, port) = match target {
            Target::Pod(id, port) => (cluster.pods.get(id.0 as usize).ok_or(NoWay::Name)?.ip, *port),
            Target::Node(id, port) => (cluster.nodes.get(id.0 as usize).ok_or(NoWay::Name)?.ip, *port),
            Target::Machine(id, port) => {
                (machines::address_of(model, *id, &self.probe.from).ok_or(NoWay::Name)?, *port)
            }
            Target::LoadBalancer(id, port) => (self.balanced(*id).ok_or(NoWay::Pending(*id))?, *port),
            Target::Service(id, port) => match (outside, service(*id)?.kind) {
                (Some(_), ServiceType::LoadBalancer) => (self.balanced(*id).ok_or(NoWay::Pending(*id))?, *port),
                (Some(via), ServiceType::NodePort) => self.node_port(*id, *port, via)?,
                _ => {
                    let all = &service(*id)?.cluster_ips;
                    let four = all.iter().copied().find(IpAddr::is_ipv4);
                    if let (None, Some(six)) = (four, all.first()) {
                        self.assume(codes::IPV6.made().arg("ip", six.to_string()));
                    }
                    (four.ok_or(NoWay::Ipv6(*id))?, *port)
                }
            },
            Target::Address(ip, port) => (*ip, *port),
            Target::Name(_, port) => (resolved.ok_or(NoWay::Name)?, *port),
            Target::Url { host, port, .. } => (host.parse().ok().or(resolved).ok_or(NoWay::Name)?, *port),
        };
        self.arrives(ip);
        Ok(SocketAddr::new(ip, port.0))
    }

    /// Says how packets from outside come to an address.
    pub(super) fn arrives(&mut self, ip: IpAddr) {
        match self.probe.from {
            Source::External { via: None, .. } => self.enters(ip),
            Source::External { ip: own, via: Some(via) } if outside::is_routed(&self.model.cluster, own, via) => {
                let node = self.model.cluster.nodes.get(via.0 as usize).map(|node| node.name.to_string());
                self.assume(codes::VIA_ROUTER.made().arg("node", node.unwrap_or_default()));
            }
            _ => {}
        }
    }

    /// The address that a Service's load balancer gave.
    fn balanced(&self, id: ServiceId) -> Option<IpAddr> {
        let service = self.model.cluster.services.get(id.0 as usize)?;
        service.load_balancer.iter().map(|ingress| ingress.ip).find(IpAddr::is_ipv4)
    }

    /// The node port of a Service's port, on the node that the client has routes by, else on the first one for ordinary Pods.
    fn node_port(&mut self, id: ServiceId, port: Port, via: Option<NodeId>) -> Result<(IpAddr, Port), NoWay> {
        let cluster = &self.model.cluster;
        let service = cluster.services.get(id.0 as usize).ok_or(NoWay::Name)?;
        let protocol = self.probe.protocol;
        let mut ports = service.ports.iter().filter(|have| have.port == port && have.protocol == protocol);
        let node_port = ports.find_map(|have| have.node_port).ok_or(NoWay::Port(id))?;
        let worker = || cluster.nodes.iter().find(|node| node.role == NodeRole::Worker && node.ready);
        let node = match via {
            Some(via) => cluster.nodes.get(via.0 as usize),
            None => worker().or(cluster.nodes.first()),
        };
        let node = node.ok_or(NoWay::Name)?;
        let local = service.external_traffic_policy == TrafficPolicy::Local;
        let code = if local { codes::NODE_PORT_LOCAL } else { codes::NODE_PORT };
        let made = code.made().arg("service", service.name.to_string()).arg("node", &*node.name);
        self.assume(made.arg("port", node_port.to_string()));
        Ok((node.ip, node_port))
    }

    /// Says what brings packets from outside for a load balancer's address to a node.
    fn enters(&mut self, ip: IpAddr) {
        let cluster = &self.model.cluster;
        let services = (0u32..).map(ServiceId).zip(&cluster.services);
        let mut its = services.filter_map(|(id, service)| {
            Some((id, service, service.load_balancer.iter().find(|ingress| ingress.ip == ip)?))
        });
        let Some((id, service, ingress)) = its.next().filter(|_| cluster.nodes.iter().all(|node| node.ip != ip)) else {
            return;
        };
        // Where a speaker answers ARP, it is known who that is.
        let far = || cluster.segments.iter().all(|segment| !segment.cidr.contains(&ip));
        if !(ingress.way == LbWay::Shown || matches!(ingress.way, LbWay::Layer2 { .. }) && far()) {
            return;
        }
        let node = balancer::entry(cluster, id, ingress).and_then(|node| cluster.nodes.get(node.0 as usize));
        let Some(node) = node else { return };
        let made = codes::LOAD_BALANCER.made().arg("ip", ip.to_string()).arg("service", service.name.to_string());
        self.assume(made.arg("node", &*node.name));
    }

    /// Adds a leg; `None` where there are too many.
    pub(super) fn push(&mut self, leg: Leg) -> Option<LegId> {
        let id = LegId(self.legs.len() as u32);
        (self.legs.len() < MAX_LEGS && !self.budget.is_stopped()).then(|| {
            self.legs.push(leg);
            id
        })
    }
}
