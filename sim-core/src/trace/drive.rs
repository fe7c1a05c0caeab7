//! One journey: name resolution, connection, answers.

use super::choice::ChoiceKind;
use super::choose::{Draws, Phase, uniform};
use super::journey::{
    ClientResult, HostsAnswer, Journey, Leg, LegId, Lookup, Outcome, OutcomeKind, Probe, Remembered, ServerView,
    Source, Target,
};
use super::talk::Asking;
use super::{leans, lookup, names, outcome, unreached, why};
use crate::agents::outside;
use crate::dns::RecordType;
use crate::dns::resolver::Failure;
use crate::model::Model;
use crate::site::Kind;
use kernel::exchange::{self, Reported, Request, Served};
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kernel::state::{Errno, KernelState};
use kernel::walk::{DropReason, End};
use kubernetes::assumption::{Assumption, Verdict, codes};
use kubernetes::cluster::model::{NodeId, NodeRole, PodId, ServiceId, ServiceType, TrafficPolicy};
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Why there is nothing to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoWay {
    /// The name has no address, or the model not the object.
    Name,
    /// No load balancer gave the Service an address.
    Pending(ServiceId),
    /// The Service has no such port with a node port.
    Port(ServiceId),
    /// The Service has an IPv6 address only.
    Ipv6(ServiceId),
}

/// Probes sent before the one that is shown, at most.
pub const MAX_BEFORE: u32 = 100;
/// Seconds between two of them, at most: ten days.
pub const MAX_WAIT: u64 = 864_000;

/// Largest number of hops a journey keeps; a search list over many names stays bounded.
const MAX_LEGS: usize = 64;

/// A journey with the decisions its connection's draws took.
pub(super) struct Scripted {
    pub(super) journey: Journey,
    pub(super) taken: Vec<bool>,
}

/// The model a probe runs in: with the host outside the cluster that it starts from, if it does; else the same.
///
/// Journeys of a probe from outside refer to that model, so everything that shows them needs it.
pub fn model_for<'m>(model: &'m Model, probe: &Probe) -> Cow<'m, Model> {
    let named = match &probe.to {
        Target::Name(..) => true,
        Target::Url { host, .. } => host.parse::<IpAddr>().is_err(),
        Target::Pod(..) | Target::Node(..) | Target::Service(..) | Target::LoadBalancer(..) | Target::Address(..) => {
            false
        }
    };
    let model = if named { model.for_names() } else { model };
    let Source::External { ip, via } = probe.from else { return Cow::Borrowed(model) };
    if model.built.outside.contains_key(&(ip, via)) {
        return Cow::Borrowed(model);
    }
    match outside::with_host(&model.built, &model.cluster, ip, via) {
        Some(built) => Cow::Owned(Model {
            parsed: model.parsed.clone(),
            cluster: model.cluster.clone(),
            built,
            diagnostics: model.diagnostics.clone(),
            options: model.options.clone(),
            limits: model.limits.clone(),
            named: std::sync::Arc::default(),
        }),
        None => Cow::Borrowed(model),
    }
}

/// One journey: choices as wanted, the rest by seed. A probe from outside needs [`model_for`].
pub fn run(model: &Model, probe: &Probe) -> Journey {
    run_scripted(model, probe, None, &earlier(model, probe)).journey
}

/// What the nodes hold after the probe and those before it. A probe from outside needs [`model_for`].
pub fn left_behind(model: &Model, probe: &Probe) -> KernelState {
    send(model, probe, None, earlier(model, probe), probe.before).1
}

/// What the probes before this one left behind.
pub(super) fn earlier(model: &Model, probe: &Probe) -> KernelState {
    let mut state = KernelState::default();
    for number in 0..probe.before.min(MAX_BEFORE) {
        state = send(model, probe, None, state, number).1;
        state.now = state.now.saturating_add(probe.wait);
    }
    state
}

pub(super) fn run_scripted(model: &Model, probe: &Probe, script: Option<Vec<bool>>, start: &KernelState) -> Scripted {
    send(model, probe, script, start.clone(), probe.before).0
}

/// Sends the probe as the `number`th of its kind; returns what it leaves behind too.
fn send(
    model: &Model,
    probe: &Probe,
    script: Option<Vec<bool>>,
    start: KernelState,
    number: u32,
) -> (Scripted, KernelState) {
    let mut drive = Drive::new(model, probe, script, start, number);
    // A source that is not in the network sends nothing.
    if drive.start().is_none() {
        return (nothing(probe), drive.state);
    }
    let resolved = match names::asked(probe) {
        Some(host) => lookup::resolve(&mut drive, host).map(Some),
        None => Ok(None),
    };
    drive.draws.phase = Phase::Connection;
    let mut server = None;
    let mut client = ClientResult::NameNotResolved;
    let mut way = Err(NoWay::Name);
    match resolved {
        Ok(resolved) => {
            way = drive.way(resolved);
            match way {
                Ok(remote) => (client, server) = drive.connect(remote),
                Err(_) => client = ClientResult::NoAddress,
            }
        }
        Err(Failure::Ipv6Only(ip)) => {
            client = ClientResult::NoAddress;
            drive.assume(codes::IPV6.made().arg("ip", ip.to_string()));
        }
        Err(_) => {}
    }
    let choices = drive.draws.choices();
    let endpoint =
        choices.iter().filter(|choice| matches!(choice.name.kind, ChoiceKind::Endpoint | ChoiceKind::Address));
    let probability = endpoint.map(|choice| choice.probability).product();
    let taken = drive.draws.taken();
    let remote = way.ok();
    let failed = why::Failed { model, probe, legs: &drive.legs, lookups: &drive.lookups, remote };
    let outcome = match (resolved, way) {
        (Err(failure), _) => unreached::name(failed, failure),
        (Ok(_), Err(no_way)) => unreached::no_way(model, no_way),
        (Ok(_), Ok(_)) => outcome::decide(failed, &client),
    };
    let Drive { legs, hosts, lookups, mut assumed, state, .. } = drive;
    let remembered = remembered(model, &state);
    assumed.extend(leans::on_the_way(model, &legs));
    let mut journey = Journey {
        probe: probe.clone(),
        choices,
        probability,
        hosts,
        lookups,
        legs,
        client,
        server,
        outcome,
        verdict: Verdict::Fails,
        assumed,
        remembered,
    };
    leans::complete(model, &mut journey);
    (Scripted { journey, taken }, state)
}

/// Asks for the name of a probe and does no more: as a resolver does, or with a type only for records of that type. The journey has the
/// questions; its client has the result [`ClientResult::Ok`] where there is an answer. An address is its own answer, unasked, unless a
/// type is given. See [`model_for`] and [`super::parse_question`].
pub fn look_up(model: &Model, probe: &Probe, kind: Option<RecordType>) -> Journey {
    let address = match &probe.to {
        Target::Address(ip, _) => Some(*ip),
        _ => None,
    };
    let name = names::asked(probe).cloned().or_else(|| address.map(|ip| Arc::from(ip.to_string())));
    let Some(name) = name else { return nothing(probe).journey };
    let mut drive = Drive::new(model, probe, None, KernelState::default(), 0);
    if drive.start().is_none() {
        return nothing(probe).journey;
    }
    let found = match address.filter(|_| kind.is_none()) {
        Some(address) => Ok(Some(address)),
        None => lookup::ask_for(&mut drive, &name, kind),
    };
    let (client, outcome) = match found {
        Ok(_) => {
            let kind = OutcomeKind::Delivered;
            let fine = Outcome { kind, at: None, cause: None, why: None, fixes: Vec::new(), leans_on: Vec::new() };
            (ClientResult::Ok, fine)
        }
        Err(failure) => {
            let (legs, lookups) = (&drive.legs[..], &drive.lookups[..]);
            let failed = why::Failed { model, probe, legs, lookups, remote: None };
            (ClientResult::NameNotResolved, unreached::name(failed, failure))
        }
    };
    let choices = drive.draws.choices();
    let Drive { legs, hosts, lookups, mut assumed, .. } = drive;
    assumed.extend(leans::on_the_way(model, &legs));
    let mut journey = Journey {
        probe: probe.clone(),
        choices,
        probability: 1.0,
        hosts,
        lookups,
        legs,
        client,
        server: None,
        outcome,
        verdict: Verdict::Fails,
        assumed,
        remembered: Vec::new(),
    };
    leans::complete(model, &mut journey);
    journey
}

/// Everything that lists remember.
fn remembered(model: &Model, state: &KernelState) -> Vec<Remembered> {
    let mut all = Vec::new();
    for ((netns, list), entries) in &state.recent {
        for entry in entries {
            let age = entry.seen.last().map_or(0, |seen| state.now.saturating_sub(*seen));
            all.push(Remembered { netns: *netns, list: list.clone(), address: entry.address, age });
        }
    }
    for ((netns, table, id), entries) in &state.nft_sets {
        let set = model.built.network.netns(*netns).nft.table(*table).and_then(|table| table.set(*id));
        let Some(set) = set else { continue };
        let now = state.now.saturating_mul(1000);
        for entry in entries.iter().filter(|entry| !entry.gone && entry.expires.is_none_or(|expires| now < expires)) {
            let left = entry.expires.map(|expires| expires - now);
            let age = left.zip(set.timeout).map_or(0, |(left, timeout)| timeout.saturating_sub(left) / 1000);
            all.extend(set.address(&entry.key).map(|address| Remembered {
                netns: *netns,
                list: set.name.clone(),
                address,
                age,
            }));
        }
    }
    all
}

/// A journey without a single packet.
fn nothing(probe: &Probe) -> Scripted {
    let kind = OutcomeKind::Dropped(DropReason::NotModelled);
    let journey = Journey {
        probe: probe.clone(),
        choices: Vec::new(),
        probability: 1.0,
        hosts: None,
        lookups: Vec::new(),
        legs: Vec::new(),
        client: ClientResult::Timeout,
        server: None,
        outcome: Outcome { kind, at: None, cause: None, why: None, fixes: Vec::new(), leans_on: Vec::new() },
        verdict: Verdict::NotModelled,
        assumed: Vec::new(),
        remembered: Vec::new(),
    };
    Scripted { journey, taken: Vec::new() }
}

/// A journey under way.
pub(super) struct Drive<'m> {
    pub(super) model: &'m Model,
    pub(super) probe: &'m Probe,
    pub(super) state: KernelState,
    pub(super) draws: Draws<'m>,
    pub(super) legs: Vec<Leg>,
    pub(super) hosts: Option<HostsAnswer>,
    pub(super) lookups: Vec<Lookup>,
    pub(super) assumed: Vec<Assumption>,
    /// Namespace of the client.
    pub(super) client: NetnsId,
    /// How many were sent before it.
    number: u32,
}

impl<'m> Drive<'m> {
    pub(super) fn new(
        model: &'m Model,
        probe: &'m Probe,
        script: Option<Vec<bool>>,
        state: KernelState,
        number: u32,
    ) -> Self {
        let built = &model.built;
        // Each has its own draws; the first those of the seed.
        let seed = probe.seed ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self {
            model,
            probe,
            state,
            draws: Draws::new(&built.network, seed, &probe.choose, script),
            legs: Vec::new(),
            hosts: None,
            lookups: Vec::new(),
            assumed: Vec::new(),
            client: NetnsId::default(),
            number,
        }
    }

    /// Takes its place in the network; `None` where the source is not in it.
    pub(super) fn start(&mut self) -> Option<NetnsId> {
        self.client = self.origin()?;
        Some(self.client)
    }

    /// Adds an assumption, once.
    pub(super) fn assume(&mut self, assumption: Assumption) {
        if !self.assumed.contains(&assumption) {
            self.assumed.push(assumption);
        }
    }

    /// The namespace the probe starts in.
    fn origin(&self) -> Option<NetnsId> {
        let built = &self.model.built;
        match self.probe.from {
            Source::Pod(id) => built.pods.get(&id).copied(),
            Source::Node(id) => built.nodes.get(&id).copied(),
            Source::External { ip, via } => built.outside.get(&(ip, via)).copied(),
        }
    }

    /// A client port: the wanted one, else drawn from Linux's default range 32768–60999.
    pub(super) fn source_port(&self, purpose: &str) -> Port {
        let drawn = (uniform(self.probe.seed, &format!("sport {purpose}")) * 28232.0) as u32;
        // Those sent before had the ports before it.
        Port(32768 + ((drawn + self.number) % 28232) as u16)
    }

    /// Address and port to connect to.
    fn way(&mut self, resolved: Option<IpAddr>) -> Result<SocketAddr, NoWay> {
        let model = self.model;
        let cluster = &model.cluster;
        let service = |id: ServiceId| cluster.services.get(id.0 as usize).ok_or(NoWay::Name);
        let outside = match self.probe.from {
            Source::External { via, .. } => Some(via),
            Source::Pod(_) | Source::Node(_) => None,
        };
        let (ip, port) = match &self.probe.to {
            Target::Pod(id, port) => (cluster.pods.get(id.0 as usize).ok_or(NoWay::Name)?.ip, *port),
            Target::Node(id, port) => (cluster.nodes.get(id.0 as usize).ok_or(NoWay::Name)?.ip, *port),
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
        match self.probe.from {
            Source::External { via: None, .. } => self.enter(ip),
            Source::External { ip: own, via: Some(via) } if outside::is_routed(&self.model.cluster, own, via) => {
                let node = self.model.cluster.nodes.get(via.0 as usize).map(|node| node.name.to_string());
                self.assume(codes::VIA_ROUTER.made().arg("node", node.unwrap_or_default()));
            }
            _ => {}
        }
        Ok(SocketAddr::new(ip, port.0))
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
    fn enter(&mut self, ip: IpAddr) {
        let cluster = &self.model.cluster;
        let services = (0u32..).map(ServiceId).zip(&cluster.services);
        let mut its = services.filter(|(_, service)| service.load_balancer.iter().any(|ingress| ingress.ip == ip));
        let Some((id, service)) = its.next().filter(|_| cluster.nodes.iter().all(|node| node.ip != ip)) else { return };
        let node = outside::entry(cluster, id, ip).and_then(|node| cluster.nodes.get(node.0 as usize));
        let Some(node) = node else { return };
        let made = codes::LOAD_BALANCER.made().arg("ip", ip.to_string()).arg("service", service.name.to_string());
        self.assume(made.arg("node", &*node.name));
    }

    /// Adds a leg; `None` where there are too many.
    pub(super) fn push(&mut self, leg: Leg) -> Option<LegId> {
        let id = LegId(self.legs.len() as u32);
        (self.legs.len() < MAX_LEGS).then(|| {
            self.legs.push(leg);
            id
        })
    }

    /// The connection itself: request, answer, result.
    fn connect(&mut self, remote: SocketAddr) -> (ClientResult, Option<ServerView>) {
        let protocol = self.probe.protocol;
        let wanted = self.probe.sport.filter(|_| self.number == self.probe.before);
        let sport = wanted.unwrap_or_else(|| self.source_port("connection"));
        let payload = if protocol == Protocol::Udp { Arc::from(&b"ping"[..]) } else { Arc::from([]) };
        // A host outside may have an address in the LAN besides its own.
        let local = match self.probe.from {
            Source::External { ip, .. } => Some(ip),
            Source::Pod(_) | Source::Node(_) => None,
        };
        let netns = self.client;
        let request = Request { netns, protocol, local, sport, remote, payload, ttl: None, dont_fragment: None };
        let sent = exchange::request(&self.model.built.network, &mut self.state, &mut self.draws, &request);
        // Whoever it is that listens, the probe stands for a request that it understands.
        let done = self.talk(Asking::Connection, sent, None, &mut |_, payload| Some(payload.clone()));
        let client = match done.reported {
            Reported::Ok => ClientResult::Ok,
            Reported::Error(Errno::ConnectionRefused) => ClientResult::Refused,
            Reported::Error(errno) => ClientResult::Error(errno),
            Reported::Timeout => ClientResult::Timeout,
        };
        (client, done.served.map(|served| self.server_view(served)))
    }

    /// Whose socket it was that a request reached.
    fn server_view(&self, served: Served) -> ServerView {
        let Served { netns, local, peer, .. } = served;
        let pod = pod_at(self.model, netns, Some(Port(local.port())));
        let node = self.model.built.tree.node_of(netns);
        ServerView { netns, pod, node, local, sees: peer }
    }
}

/// The Pod that has a namespace to itself, or the one on the node's own network that listens on the port.
pub(super) fn pod_at(model: &Model, netns: NetnsId, port: Option<Port>) -> Option<PodId> {
    match model.built.tree.kind_at(netns)? {
        Kind::Pod(pod) => Some(pod),
        Kind::Node(node) => host_pod(model, node, port?),
        Kind::Host(_) | Kind::Container | Kind::Router | Kind::Internet => None,
    }
}

fn host_pod(model: &Model, node: NodeId, port: Port) -> Option<PodId> {
    let pods = &model.cluster.pods;
    let found = pods.iter().position(|pod| {
        let listens = pod.listening.sockets.iter().any(|own| own.port == port);
        pod.node == node && pod.host_network && listens
    });
    found.map(|at| PodId(at as u32))
}

/// True when a leg's packet reached the edge of what is simulated.
pub(super) fn left_the_model(model: &Model, leg: &Leg) -> bool {
    let End::Dropped { netns, reason } = &leg.end else { return false };
    model.built.tree.is_router(*netns) && matches!(reason, DropReason::RouteType { .. })
}
