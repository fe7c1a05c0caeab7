//! DNS in a cluster: how a resolver asks, what CoreDNS answers, and the messages between them.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::dns::{RecordType, answer, message, question};
//! use sim_core::model::{Model, Options};
//! use sim_core::site::NameServer;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = question(7, "web.default.svc.cluster.local.", RecordType::A);
//! let (bytes, answer) = answer(&model.cluster, NameServer::CoreDns, &asked).unwrap();
//! assert_eq!(answer.records.len(), 1);
//! assert_eq!(message::decode(&bytes).map(|message| message.id), Some(7));
//! ```

mod answer;
mod discovery;
mod docker;
pub mod message;
mod record;
pub mod resolver;
mod template;
pub mod upstream;
pub mod zone;

pub use answer::Lost;
pub use record::{Data, Leans, Rcode, Record, RecordType};

pub use crate::agents::runtime::is_coredns;
use crate::agents::{Site, docker as engine};
use crate::site::{Behaviour, Kind, NameServer};
use kernel::config::Socket;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{Cluster, ContainerId, PodId};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Where CoreDNS listens for datagrams: namespace and port of each socket.
pub fn listeners(cluster: &Cluster, site: &Site) -> BTreeSet<(NetnsId, Port)> {
    let pods = (0u32..).map(PodId).zip(&cluster.pods).filter(|(_, pod)| is_coredns(pod));
    let listening = pods.filter_map(|(id, pod)| Some((*site.pods.get(&id)?, pod)));
    let ports = listening.flat_map(|(netns, pod)| {
        let sockets = pod.sockets();
        sockets.filter(|socket| socket.protocol == Protocol::Udp).map(move |socket| (netns, socket.port))
    });
    ports.collect()
}

/// The name server behind a socket for datagrams; `None` for a process that is none.
pub fn server_at(site: &Site, netns: NetnsId, port: Port) -> Option<NameServer> {
    let its = |socket: &Socket| socket.protocol == Protocol::Udp && socket.port == port;
    let found = site.listening(netns).find(|listening| its(listening.socket))?;
    match found.process?.behaviour {
        Behaviour::NameServer(server) => Some(server),
        _ => None,
    }
}

/// Who asks whom, and over what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Who.
    pub asker: zone::Asker,
    /// In a stream, which takes answers of any size.
    pub stream: bool,
}

/// What a name server sends back for a question, and the answer in it; `None` for what is no question.
pub fn answer(cluster: &Cluster, server: NameServer, question: &[u8]) -> Option<(Vec<u8>, zone::Answer)> {
    answer_to(cluster, server, Asked::default(), question)
}

/// The same for somebody.
pub fn answer_to(
    cluster: &Cluster,
    server: NameServer,
    asked: Asked,
    question: &[u8],
) -> Option<(Vec<u8>, zone::Answer)> {
    let question = message::decode(question).filter(|message| !message.response)?;
    let found = match server {
        NameServer::CoreDns => zone::answer_to(cluster, asked.asker, &question.name, question.kind),
        _ => answer_of(cluster, server, &question.name, question.kind),
    };
    let limit = if asked.stream { usize::from(u16::MAX) } else { question.takes() };
    let message = message::Message {
        response: true,
        authoritative: found.authoritative,
        recursion: !found.authoritative,
        rcode: found.rcode.unwrap_or(Rcode::ServFail),
        answers: found.records.clone(),
        authority: found.authority.clone(),
        additional: found.additional.clone(),
        ..question
    };
    Some((message::encode_within(&message, limit), found))
}

/// Whom a name server asks before it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// One after the other, until one answers: the server, and the namespace that it is asked from.
    pub to: Vec<(NetnsId, SocketAddr)>,
    /// What it answers where none of them does; without it the asker waits in vain.
    pub failed: Option<Vec<u8>>,
}

/// Whom a server that listens in a namespace asks for what it does not know itself; `None` where it answers by itself, and for CoreDNS, whose
/// questions to others are not simulated.
pub fn forwards(
    cluster: &Cluster,
    site: &Site,
    server: NameServer,
    netns: NetnsId,
    question: &[u8],
) -> Option<Forwarded> {
    let NameServer::Docker(container) = server else { return None };
    let question = message::decode(question).filter(|message| !message.response)?;
    if docker::own(cluster, container, &question.name, question.kind).is_some() {
        return None;
    }
    let (to, says_so) = docker_forwards(cluster, site, container, netns);
    let failed = || message::encode(&message::Message { response: true, rcode: Rcode::ServFail, ..question.clone() });
    Some(Forwarded { to, failed: says_so.then(failed) })
}

/// Whom the Docker engine's resolver in a container asks, each from the namespace that it is asked from, and whether it answers where none
/// of them does.
pub fn docker_forwards(
    cluster: &Cluster,
    site: &Site,
    container: ContainerId,
    netns: NetnsId,
) -> (Vec<(NetnsId, SocketAddr)>, bool) {
    let tree = &site.tree;
    let parents = tree.machine_at(netns).into_iter().flat_map(|(id, _)| tree.parents(id));
    let mut machines = parents.filter(|(_, machine)| matches!(machine.kind, Kind::Host(_) | Kind::Vm(_)));
    let around = machines.next().map_or(netns, |(_, machine)| machine.netns);
    let asks = engine::asks(cluster, container);
    let to = asks.to.iter().filter(|(ip, _)| ip.is_ipv4()).map(|(ip, by_host)| {
        let from = if *by_host { around } else { netns };
        (from, SocketAddr::new(*ip, 53))
    });
    (to.collect(), asks.says_so)
}

/// Whether a message is an answer that says no more than that the server failed or refused.
pub fn is_failure(answer: &[u8]) -> bool {
    message::decode(answer).is_none_or(|message| matches!(message.rcode, Rcode::ServFail | Rcode::Refused))
}

/// What a name server answers.
pub fn answer_of(cluster: &Cluster, server: NameServer, name: &str, kind: RecordType) -> zone::Answer {
    match server {
        NameServer::CoreDns => zone::answer(cluster, name, kind),
        NameServer::Upstream => upstream::answer(cluster, name, kind),
        NameServer::Docker(container) => docker::answer(cluster, container, name, kind),
    }
}

/// Names that a server knows beside those of a cluster's zone, without a trailing dot.
pub fn known_to(cluster: &Cluster, server: NameServer) -> impl Iterator<Item = String> {
    let of_docker = match server {
        NameServer::Docker(container) => docker::names(cluster, container),
        NameServer::CoreDns | NameServer::Upstream => Vec::new(),
    };
    let upstream = (server == NameServer::Upstream).then(|| upstream::names(cluster));
    of_docker.into_iter().chain(upstream.into_iter().flatten())
}

/// What a name server answers by itself; `None` for what it asks others for.
pub fn own_answer_of(cluster: &Cluster, server: NameServer, name: &str, kind: RecordType) -> Option<zone::Answer> {
    match server {
        NameServer::Docker(container) => docker::own(cluster, container, name, kind),
        NameServer::CoreDns | NameServer::Upstream => Some(answer_of(cluster, server, name, kind)),
    }
}

/// A question of a resolver in wire format.
pub fn question(id: u16, name: &str, kind: RecordType) -> Vec<u8> {
    message::encode(&message::Message::question(id, name, kind))
}
