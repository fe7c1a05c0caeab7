//! One journey: name resolution, connection, answers.

use super::choose::{Draws, Phase, uniform};
use super::journey::{
    ClientResult, Journey, Leg, Lookup, Outcome, OutcomeKind, Probe, Purpose, Remembered, ServerView, Source, Target,
};
use super::{leans, lookup, outcome, why};
use crate::agents::{NetnsRole, outside};
use crate::assumption::{Assumption, Verdict};
use crate::cluster::model::{NodeId, PodId};
use crate::dns::resolver::Failure;
use crate::linux::exchange::{self, Reported, Request, Served};
use crate::linux::live::{Errno, Live};
use crate::linux::state::NetnsId;
use crate::linux::walk::{AnswerKind, DropReason, End};
use crate::model::Model;
use crate::packet::{Port, Protocol};
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

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
        Target::Pod(..) | Target::Service(..) | Target::Address(..) => false,
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
pub fn left_behind(model: &Model, probe: &Probe) -> Live {
    send(model, probe, None, earlier(model, probe), probe.before).1
}

/// What the probes before this one left behind.
pub(super) fn earlier(model: &Model, probe: &Probe) -> Live {
    let mut live = Live::default();
    for number in 0..probe.before.min(MAX_BEFORE) {
        live = send(model, probe, None, live, number).1;
        live.now = live.now.saturating_add(probe.wait);
    }
    live
}

pub(super) fn run_scripted(model: &Model, probe: &Probe, script: Option<Vec<bool>>, start: &Live) -> Scripted {
    send(model, probe, script, start.clone(), probe.before).0
}

/// Sends the probe as the `number`th of its kind; returns what it leaves behind too.
fn send(model: &Model, probe: &Probe, script: Option<Vec<bool>>, start: Live, number: u32) -> (Scripted, Live) {
    let mut drive = Drive::new(model, probe, script, start, number);
    // A source that is not in the network sends nothing.
    let Some(client) = drive.origin() else { return (nothing(probe), drive.live) };
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
    let outcome = {
        let (remote, failure) = (drive.target_socket(resolved), resolved.err());
        let failed = why::Failed { model, probe, legs: &drive.legs, lookups: &drive.lookups, remote };
        outcome::decide(failed, &client, failure)
    };
    let Drive { legs, lookups, mut assumed, live, .. } = drive;
    let remembered = remembered(model, &live);
    assumed.extend(leans::on_the_way(model, &legs));
    let mut journey = Journey {
        probe: probe.clone(),
        choices,
        probability,
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
    (Scripted { journey, taken }, live)
}

/// Everything that lists remember.
fn remembered(model: &Model, live: &Live) -> Vec<Remembered> {
    let mut all = Vec::new();
    for ((netns, list), entries) in &live.recent {
        for entry in entries {
            let age = entry.seen.last().map_or(0, |seen| live.now.saturating_sub(*seen));
            all.push(Remembered { netns: *netns, list: list.clone(), address: entry.address, age });
        }
    }
    for ((netns, table, id), entries) in &live.nft_sets {
        let set = model.built.network.netns(*netns).nft.table(*table).and_then(|table| table.set(*id));
        let Some(set) = set else { continue };
        let now = live.now.saturating_mul(1000);
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
    pub(super) live: Live,
    pub(super) draws: Draws<'m>,
    pub(super) legs: Vec<Leg>,
    pub(super) lookups: Vec<Lookup>,
    pub(super) assumed: Vec<Assumption>,
    /// Namespace of the client.
    pub(super) client: NetnsId,
    /// How many were sent before it.
    number: u32,
}

impl<'m> Drive<'m> {
    fn new(model: &'m Model, probe: &'m Probe, script: Option<Vec<bool>>, live: Live, number: u32) -> Self {
        let built = &model.built;
        // Each has its own draws; the first those of the seed.
        let seed = probe.seed ^ u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self {
            model,
            probe,
            live,
            draws: Draws::new(&built.network, seed, &probe.choose, script),
            legs: Vec::new(),
            lookups: Vec::new(),
            assumed: Vec::new(),
            client: NetnsId::default(),
            number,
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

    fn target_socket(&self, resolved: Result<Option<IpAddr>, Failure>) -> Option<SocketAddr> {
        self.remote(resolved.ok().flatten())
    }

    /// Takes the packets of a resolver's question as legs.
    pub(super) fn questions(&mut self, lookup: u32, done: exchange::Exchange) {
        for (at, sent) in done.packets.into_iter().enumerate() {
            let purpose = match sent.answer {
                None if at == 0 => Purpose::DnsQuery,
                None => Purpose::DnsAnswer,
                Some(kind) => purpose_of(kind),
            };
            let (answer, hops) = (sent.answer, sent.walk.hops);
            self.push(Leg { purpose, answer, lookup: Some(lookup), hops, end: sent.walk.end });
        }
    }

    fn push(&mut self, leg: Leg) {
        if self.legs.len() < MAX_LEGS {
            self.legs.push(leg);
        }
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
        let done = exchange::exchange(&self.model.built.network, &mut self.live, &mut self.draws, &request);
        for (at, sent) in done.packets.into_iter().enumerate() {
            let purpose = match sent.answer {
                None if at == 0 => Purpose::Connect,
                None => Purpose::Reply,
                // The final ACK brings nothing new to see: it goes the way of the SYN, by the conntrack entry alone.
                Some(AnswerKind::HandshakeAck) => continue,
                Some(kind) => purpose_of(kind),
            };
            self.push(Leg { purpose, answer: sent.answer, lookup: None, hops: sent.walk.hops, end: sent.walk.end });
        }
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
        let Served { netns, local, peer } = served;
        let pod = pod_at(self.model, netns, Some(Port(local.port())));
        let node = match self.model.built.roles.get(netns.0 as usize) {
            Some(NetnsRole::Node(node)) => Some(*node),
            _ => pod.and_then(|pod| self.model.cluster.pods.get(pod.0 as usize)).map(|pod| pod.node),
        };
        ServerView { netns, pod, node, local, sees: peer }
    }
}

/// The Pod that has a namespace to itself, or the one on the node's own network that listens on the port.
pub(super) fn pod_at(model: &Model, netns: NetnsId, port: Option<Port>) -> Option<PodId> {
    match model.built.roles.get(netns.0 as usize)? {
        NetnsRole::Pod(pod) => Some(*pod),
        NetnsRole::Node(node) => host_pod(model, *node, port?),
        NetnsRole::Lan | NetnsRole::Gateway | NetnsRole::External(_) => None,
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

/// What a kernel-made answer is for.
fn purpose_of(kind: AnswerKind) -> Purpose {
    match kind {
        AnswerKind::HandshakeAnswer | AnswerKind::HandshakeAck | AnswerKind::EchoReply => Purpose::Reply,
        AnswerKind::Reset | AnswerKind::IcmpError { .. } => Purpose::Error,
    }
}

/// True when a leg's packet reached the edge of what is simulated.
pub(super) fn left_the_model(model: &Model, leg: &Leg) -> bool {
    let End::Dropped { netns, reason } = &leg.end else { return false };
    matches!(model.built.roles.get(netns.0 as usize), Some(NetnsRole::Gateway))
        && matches!(reason, DropReason::RouteType { .. })
}
