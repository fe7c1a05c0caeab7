//! One journey: name resolution, connection, answers.

use super::choose::{Draws, Phase, uniform};
use super::journey::{
    AssumedHere, ClientResult, Journey, Leg, Lookup, Outcome, OutcomeKind, Probe, Purpose, ServerView, Source, Target,
};
use super::{lookup, outcome};
use crate::agents::NetnsRole;
use crate::cluster::model::{NodeId, PodId};
use crate::linux::live::{ConnectionId, ConnectionState, Errno, Live};
use crate::linux::socket;
use crate::linux::state::NetnsId;
use crate::linux::step;
use crate::linux::walk::{Answer, AnswerKind, Delivery, DropReason, End, Event};
use crate::model::Model;
use crate::packet::{L4, Packet, Port, Protocol, SctpChunk, TcpFlags};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Kernel answers followed at most: an error never answers an error, so real chains are short.
const MAX_ANSWERS: usize = 8;

/// Largest number of hops a journey keeps; a search list over many names stays bounded.
const MAX_LEGS: usize = 64;

/// A journey with the decisions its connection's draws took.
pub(super) struct Scripted {
    pub(super) journey: Journey,
    pub(super) taken: Vec<bool>,
}

/// One journey: choices as wanted, the rest by seed.
pub fn run(model: &Model, probe: &Probe) -> Journey {
    run_scripted(model, probe, None).journey
}

pub(super) fn run_scripted(model: &Model, probe: &Probe, script: Option<Vec<bool>>) -> Scripted {
    let mut drive = Drive::new(model, probe, script);
    // A source that is not in the network sends nothing.
    let Some(client) = drive.origin() else { return nothing(probe) };
    drive.client = client;
    let host = match &probe.to {
        Target::Name(name, _) => Some(name.clone()),
        Target::Url { host, .. } if host.parse::<IpAddr>().is_err() => Some(host.clone()),
        _ => None,
    };
    let resolved = match host {
        Some(host) => lookup::resolve(&mut drive, &host).map(Some),
        None => Ok(None),
    };
    drive.draws.phase = Phase::Connection;
    let mut server = None;
    let mut client = ClientResult::NameNotResolved;
    if let Ok(resolved) = &resolved
        && let Some(remote) = drive.remote(*resolved)
    {
        (client, server) = drive.connect(remote);
    }
    let choices = drive.draws.choices();
    let endpoint = choices.iter().filter(|choice| choice.name.starts_with("endpoint"));
    let probability = endpoint.map(|choice| choice.probability).product();
    let taken = drive.draws.taken();
    let outcome = outcome::decide(model, probe, &drive.legs, &client, resolved.err(), &drive.target_socket(resolved));
    let Drive { legs, lookups, mut assumed, .. } = drive;
    assumed.extend(outcome::assumed(model, &legs));
    assumed.dedup();
    let journey =
        Journey { probe: probe.clone(), choices, probability, lookups, legs, client, server, outcome, assumed };
    Scripted { journey, taken }
}

/// A journey without a single packet.
fn nothing(probe: &Probe) -> Scripted {
    let kind = OutcomeKind::Dropped(DropReason::NotModelled);
    let journey = Journey {
        probe: probe.clone(),
        choices: Vec::new(),
        probability: 1.0,
        lookups: Vec::new(),
        legs: Vec::new(),
        client: ClientResult::Timeout,
        server: None,
        outcome: Outcome { kind, at: None, cause: None, fixes: Vec::new() },
        assumed: Vec::new(),
    };
    Scripted { journey, taken: Vec::new() }
}

/// A journey under way.
pub(super) struct Drive<'m> {
    pub(super) model: &'m Model,
    pub(super) probe: &'m Probe,
    pub(super) live: Live,
    pub(super) draws: Draws<'m>,
    pub(super) legs: Vec<Leg>,
    pub(super) lookups: Vec<Lookup>,
    pub(super) assumed: Vec<AssumedHere>,
    /// Namespace of the client.
    pub(super) client: NetnsId,
}

impl<'m> Drive<'m> {
    fn new(model: &'m Model, probe: &'m Probe, script: Option<Vec<bool>>) -> Self {
        let built = &model.built;
        Self {
            model,
            probe,
            live: Live::default(),
            draws: Draws::new(&built.network, probe.seed, &probe.choose, script),
            legs: Vec::new(),
            lookups: Vec::new(),
            assumed: Vec::new(),
            client: NetnsId::default(),
        }
    }

    /// The namespace the probe starts in.
    fn origin(&self) -> Option<NetnsId> {
        let built = &self.model.built;
        match self.probe.from {
            Source::Pod(id) => built.pods.get(&id).copied(),
            Source::Node(id) => built.nodes.get(&id).copied(),
        }
    }

    /// A client port: the wanted one, else drawn from Linux's default range 32768–60999.
    pub(super) fn source_port(&self, purpose: &str) -> Port {
        Port(32768 + (uniform(self.probe.seed, &format!("sport {purpose}")) * 28232.0) as u16)
    }

    /// Address and port to connect to; `None` for a model without that object.
    fn remote(&self, resolved: Option<IpAddr>) -> Option<SocketAddr> {
        let cluster = &self.model.cluster;
        let (ip, port) = match &self.probe.to {
            Target::Pod(id, port) => (cluster.pods.get(id.0 as usize)?.ip, *port),
            Target::Service(id, port) => {
                (cluster.services.get(id.0 as usize)?.cluster_ips.iter().copied().find(IpAddr::is_ipv4)?, *port)
            }
            Target::Address(ip, port) => (*ip, *port),
            Target::Name(_, port) => (resolved?, *port),
            Target::Url { host, port, .. } => (host.parse().ok().or(resolved)?, *port),
        };
        Some(SocketAddr::new(ip, port.0))
    }

    fn target_socket(&self, resolved: Result<Option<IpAddr>, lookup::Failure>) -> Option<SocketAddr> {
        self.remote(resolved.ok().flatten())
    }

    /// Walks a packet as a leg; returns its end and the kernel's answers.
    pub(super) fn leg(
        &mut self,
        purpose: Purpose,
        lookup: Option<u32>,
        netns: NetnsId,
        packet: Packet,
    ) -> (End, Vec<Answer>) {
        let walk = step::walk(&self.model.built.network, &mut self.live, &mut self.draws, netns, packet);
        let end = walk.end.clone();
        if self.legs.len() < MAX_LEGS {
            self.legs.push(Leg { purpose, answer: None, lookup, hops: walk.hops, end: walk.end });
        }
        (end, walk.answers)
    }

    /// Walks the kernel's answers, and the answers to those.
    pub(super) fn follow(&mut self, answers: Vec<Answer>, lookup: Option<u32>) {
        let mut queue: std::collections::VecDeque<Answer> = answers.into();
        for _ in 0..MAX_ANSWERS {
            let Some(answer) = queue.pop_front() else { return };
            let walk = step::walk_answer(&self.model.built.network, &mut self.live, &mut self.draws, &answer);
            queue.extend(walk.answers);
            // The final ACK brings nothing new to see: it goes the way of the SYN, by the conntrack entry alone.
            let purpose = match answer.kind {
                AnswerKind::HandshakeAck => continue,
                AnswerKind::HandshakeAnswer | AnswerKind::EchoReply => Purpose::Reply,
                AnswerKind::Reset | AnswerKind::IcmpError { .. } => Purpose::Error,
            };
            if self.legs.len() < MAX_LEGS {
                self.legs.push(Leg { purpose, answer: Some(answer.kind), lookup, hops: walk.hops, end: walk.end });
            }
        }
    }

    /// The connection itself: request, answer, result.
    fn connect(&mut self, remote: SocketAddr) -> (ClientResult, Option<ServerView>) {
        let protocol = self.probe.protocol;
        let sport = self.probe.sport.unwrap_or_else(|| self.source_port("connection"));
        let network = &self.model.built.network;
        let (id, mut packet) =
            match socket::connect(network, &mut self.live, self.client, protocol, None, sport, remote) {
                Ok(opened) => opened,
                Err(errno) => {
                    let packet = unroutable(protocol, sport, remote);
                    self.leg(Purpose::Connect, None, self.client, packet);
                    return (ClientResult::Error(errno), None);
                }
            };
        if protocol == Protocol::Udp {
            packet.payload = Arc::from(&b"ping"[..]);
        }
        let (end, answers) = self.leg(Purpose::Connect, None, self.client, packet);
        let server = self.server_view(&end);
        self.follow(answers, None);
        if let End::Delivered { netns, delivery: Delivery::Datagram { .. } } = end
            && let Some(request) = self.last_packet()
        {
            let answer = socket::datagram_answer(&request, request.payload.clone());
            let (_, answers) = self.leg(Purpose::Reply, None, netns, answer);
            self.follow(answers, None);
        }
        (self.result(id), server)
    }

    /// The packet as it was where the last leg ended.
    pub(super) fn last_packet(&self) -> Option<Packet> {
        Some(self.legs.last()?.hops.last()?.after.packet.clone())
    }

    fn result(&self, id: ConnectionId) -> ClientResult {
        match self.live.connections.get(id.0 as usize).map(|connection| connection.state) {
            Some(ConnectionState::Established) => ClientResult::Ok,
            Some(ConnectionState::Failed(Errno::ConnectionRefused)) => ClientResult::Refused,
            Some(ConnectionState::Failed(errno)) => ClientResult::Error(errno),
            Some(ConnectionState::SynSent | ConnectionState::SynRecv) | None => ClientResult::Timeout,
        }
    }

    /// What the socket that took the last leg saw.
    fn server_view(&self, end: &End) -> Option<ServerView> {
        let End::Delivered { netns, delivery } = end else { return None };
        if !matches!(delivery, Delivery::Accepted { .. } | Delivery::Datagram { .. } | Delivery::Echo) {
            return None;
        }
        let packet = self.last_packet()?;
        let pod = self.pod_at(*netns, packet.l4.destination_port());
        let node = match self.model.built.roles.get(netns.0 as usize) {
            Some(NetnsRole::Node(node)) => Some(*node),
            _ => pod.and_then(|pod| self.model.cluster.pods.get(pod.0 as usize)).map(|pod| pod.node),
        };
        Some(ServerView { netns: *netns, pod, node, local: packet.destination(), sees: packet.source() })
    }

    /// The Pod that has a namespace to itself, or the one on the node's own network that listens on the port.
    pub(super) fn pod_at(&self, netns: NetnsId, port: Option<Port>) -> Option<PodId> {
        match self.model.built.roles.get(netns.0 as usize)? {
            NetnsRole::Pod(pod) => Some(*pod),
            NetnsRole::Node(node) => self.host_pod(*node, port?),
            NetnsRole::Lan | NetnsRole::Gateway | NetnsRole::External(_) => None,
        }
    }

    fn host_pod(&self, node: NodeId, port: Port) -> Option<PodId> {
        let pods = &self.model.cluster.pods;
        let found = pods.iter().position(|pod| {
            let listens = pod.containers.iter().flat_map(|container| &container.ports).any(|own| own.port == port);
            pod.node == node && pod.host_network && listens
        });
        found.map(|at| PodId(at as u32))
    }
}

/// A first packet for a destination that has no usable route: its way ends at the lookup.
fn unroutable(protocol: Protocol, sport: Port, remote: SocketAddr) -> Packet {
    let dport = Port(remote.port());
    let l4 = match protocol {
        Protocol::Udp => L4::Udp { sport, dport },
        Protocol::Sctp => L4::Sctp { sport, dport, chunk: SctpChunk::Init },
        _ => L4::Tcp { sport, dport, flags: TcpFlags::SYN },
    };
    socket::packet(IpAddr::V4(Ipv4Addr::UNSPECIFIED), remote.ip(), l4)
}

/// True when a leg's packet reached the edge of what is simulated.
pub(super) fn left_the_model(model: &Model, leg: &Leg) -> bool {
    let End::Dropped { netns, reason } = &leg.end else { return false };
    matches!(model.built.roles.get(netns.0 as usize), Some(NetnsRole::Gateway))
        && matches!(reason, DropReason::RouteType { .. })
}

/// What hops leaned on without it being modelled.
pub(super) fn leaned_on(leg: &Leg) -> impl Iterator<Item = &crate::linux::walk::Assumed> {
    leg.hops.iter().flat_map(|hop| &hop.events).filter_map(|event| match event {
        Event::Assumed(assumed) => Some(assumed),
        _ => None,
    })
}
