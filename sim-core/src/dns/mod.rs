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
//! let asked = question(7, ("web.default.svc.cluster.local.", RecordType::A), None);
//! let (bytes, answer) = answer(&model.cluster, NameServer::CoreDns, &asked).unwrap();
//! assert_eq!(answer.records.len(), 1);
//! assert_eq!(message::decode(&bytes).map(|message| message.id), Some(7));
//! ```

mod answer;
mod discovery;
mod docker;
mod forward;
pub mod message;
mod record;
pub mod resolver;
mod template;
pub mod upstream;
pub mod zone;

pub use answer::Lost;
pub use forward::{Ask, Heard, Said, Turn};
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
use std::sync::Arc;

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
    Some((encoded(&question, &found, asked.stream), found))
}

/// The message that carries an answer to a question.
fn encoded(question: &message::Message, found: &zone::Answer, stream: bool) -> Vec<u8> {
    let limit = if stream { usize::from(u16::MAX) } else { question.takes() };
    let message = message::Message {
        response: true,
        authoritative: found.authoritative,
        recursion: !found.authoritative,
        rcode: found.rcode.unwrap_or(Rcode::ServFail),
        answers: found.records.clone(),
        authority: found.authority.clone(),
        additional: found.additional.clone(),
        ..question.clone()
    };
    message::encode_within(&message, limit)
}

/// What a server that listens in a namespace does about somebody's question, with what it heard from others so far; `None` for what is no
/// question.
pub fn turn(
    (cluster, site): (&Cluster, &Site),
    (server, netns): (NameServer, NetnsId),
    asked: Asked,
    heard: &[Heard],
    question: &[u8],
) -> Option<Turn> {
    let message = message::decode(question).filter(|message| !message.response)?;
    let answers = |found: zone::Answer| {
        let bytes = encoded(&message, &found, asked.stream);
        Turn::Answers(Arc::from(bytes), Box::new(found))
    };
    let of = match server {
        NameServer::CoreDns => zone::Of::Cluster,
        NameServer::NodeCache => zone::Of::Node,
        NameServer::Upstream => return Some(answers(upstream::answer(cluster, &message.name, message.kind))),
        NameServer::Docker(container) => {
            if let Some(own) = docker::own(cluster, container, &message.name, message.kind) {
                return Some(answers(own));
            }
            let (to, says_so) = docker_forwards(cluster, site, container, netns);
            return Some(match heard.first() {
                None => {
                    let question = Arc::from(question);
                    Turn::Asks(Ask { to, any: false, past_failure: true, protocol: Protocol::Udp, question })
                }
                Some(Heard { said: Said::Answer(bytes), .. }) => Turn::Answers(bytes.clone(), Box::default()),
                Some(Heard { said: Said::Unknown, .. }) => answers(upstream::beyond()),
                Some(Heard { said: Said::Nothing, .. }) if says_so => {
                    answers(zone::Answer { rcode: Some(Rcode::ServFail), ..zone::Answer::default() })
                }
                Some(_) => Turn::Silent,
            });
        }
    };
    let resolv = resolv_conf(cluster, site, of, (netns, asked.asker.server));
    let protocol = if asked.stream { Protocol::Tcp } else { Protocol::Udp };
    let others = zone::Others { heard, resolv: &resolv, protocol };
    Some(match zone::with((cluster, of), asked.asker, &others, (&message.name, message.kind)) {
        Ok(found) => answers(found),
        Err(wanted) => Turn::Asks(wanted.ask(netns, &message)),
    })
}

/// Name and type that a question asks for; `None` for what is no question.
pub fn asked_for(question: &[u8]) -> Option<(String, RecordType)> {
    let message = message::decode(question).filter(|message| !message.response)?;
    Some((message.name, message.kind))
}

/// Seconds for which a server keeps its answer for whoever asks the same next; `None` where it does not.
pub fn kept_for(cluster: &Cluster, server: NameServer, name: &str, found: &zone::Answer) -> Option<u32> {
    let corefile = match (server, &cluster.node_cache) {
        (NameServer::CoreDns, _) => &cluster.corefile,
        (NameServer::NodeCache, Some(cache)) => &cache.corefile,
        _ => return None,
    };
    zone::kept_for(corefile, name, found)
}

/// What a server sends that has kept an answer for so many seconds: its records hold for that much less (plugin `cache`, without `keepttl`).
pub fn repeated(question: &[u8], kept: &zone::Answer, age: u32, stream: bool) -> Option<(Arc<[u8]>, zone::Answer)> {
    let message = message::decode(question).filter(|message| !message.response)?;
    let mut found = zone::Answer { kept: Some(age), waited: 0, lost: None, ..kept.clone() };
    let all = found.records.iter_mut().chain(&mut found.authority).chain(&mut found.additional);
    all.for_each(|record| record.ttl = record.ttl.saturating_sub(age));
    Some((Arc::from(encoded(&message, &found, stream)), found))
}

/// The servers in the `resolv.conf` that CoreDNS reads: its Pod's, or its node's.
fn resolv_conf(
    cluster: &Cluster,
    site: &Site,
    of: zone::Of,
    (netns, own): (NetnsId, Option<std::net::IpAddr>),
) -> Vec<SocketAddr> {
    let conf = match of {
        zone::Of::Cluster => {
            let pod = cluster.pods.iter().find(|pod| Some(pod.ip) == own && is_coredns(pod));
            pod.map(|pod| crate::agents::kubelet::resolv_conf(cluster, pod))
        }
        zone::Of::Node => {
            let node = site.nodes.iter().find(|(_, at)| **at == netns);
            node.map(|(node, _)| crate::agents::node_resolv_conf(cluster, *node))
        }
    };
    conf.map(|conf| conf.nameservers.iter().map(|ip| SocketAddr::new(*ip, 53)).collect()).unwrap_or_default()
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
        // What it does not keep, CoreDNS knows.
        NameServer::NodeCache => zone::answer(cluster, name, kind),
        NameServer::Docker(container) => docker::answer(cluster, container, name, kind),
    }
}

/// Names that a server knows beside those of a cluster's zone, without a trailing dot.
pub fn known_to(cluster: &Cluster, server: NameServer) -> impl Iterator<Item = String> {
    let of_docker = match server {
        NameServer::Docker(container) => docker::names(cluster, container),
        NameServer::CoreDns | NameServer::NodeCache | NameServer::Upstream => Vec::new(),
    };
    let upstream = (server == NameServer::Upstream).then(|| upstream::names(cluster));
    of_docker.into_iter().chain(upstream.into_iter().flatten())
}

/// What a name server answers by itself; `None` for what it asks others for.
pub fn own_answer_of(cluster: &Cluster, server: NameServer, name: &str, kind: RecordType) -> Option<zone::Answer> {
    match server {
        NameServer::Docker(container) => docker::own(cluster, container, name, kind),
        NameServer::CoreDns | NameServer::NodeCache | NameServer::Upstream => {
            Some(answer_of(cluster, server, name, kind))
        }
    }
}

/// A question of a resolver in wire format; `size` is what it says it takes (EDNS0).
pub fn question(id: u16, (name, kind): (&str, RecordType), size: Option<u16>) -> Vec<u8> {
    message::encode(&message::Message { size, ..message::Message::question(id, name, kind) })
}
