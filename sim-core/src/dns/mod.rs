//! DNS in a cluster: how a resolver asks, what CoreDNS answers, and the messages between them.

pub mod message;
pub mod resolver;
pub mod upstream;
pub mod zone;

use crate::agents::Site;
use crate::site::{Behaviour, NameServer};
use kernel::config::Socket;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{Cluster, Pod, PodId};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// Whether the process in a Pod is CoreDNS. Nothing else answers questions.
pub fn is_coredns(pod: &Pod) -> bool {
    pod.labels.get("k8s-app").is_some_and(|label| &**label == "kube-dns")
        || pod.containers.iter().any(|container| container.image.contains("coredns"))
}

/// Where CoreDNS listens for datagrams: namespace and port of each socket.
pub fn listeners(cluster: &Cluster, built: &Site) -> BTreeSet<(NetnsId, Port)> {
    let pods = (0u32..).map(PodId).zip(&cluster.pods).filter(|(_, pod)| is_coredns(pod));
    let listening = pods.filter_map(|(id, pod)| Some((*built.pods.get(&id)?, pod)));
    let ports = listening.flat_map(|(netns, pod)| {
        let sockets = pod.sockets();
        sockets.filter(|socket| socket.protocol == Protocol::Udp).map(move |socket| (netns, socket.port))
    });
    ports.collect()
}

/// The name server behind a socket for datagrams; `None` for a process that is none.
pub fn server_at(built: &Site, netns: NetnsId, port: Port) -> Option<NameServer> {
    let its = |socket: &Socket| socket.protocol == Protocol::Udp && socket.port == port;
    let found = built.listening(netns).find(|listening| its(listening.socket))?;
    match found.process?.behaviour {
        Behaviour::NameServer(server) => Some(server),
        _ => None,
    }
}

/// Something an answer leans on that the input does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leans {
    /// The nodes' resolver knows the nodes by name.
    NodeNames,
    /// Nobody outside the cluster has the name.
    NotOutside,
    /// Plugins of the Corefile that are not simulated.
    Corefile(std::sync::Arc<str>),
}

/// What a name server sends back for a question, and the answer in it; `None` for what is no question.
pub fn answer(cluster: &Cluster, server: NameServer, question: &[u8]) -> Option<(Vec<u8>, zone::Answer)> {
    let question = message::decode(question).filter(|message| !message.response)?;
    let found = match server {
        NameServer::CoreDns => zone::answer(cluster, &question.name, question.kind),
        NameServer::Upstream => upstream::answer(cluster, &question.name, question.kind),
    };
    let message = message::Message {
        id: question.id,
        response: true,
        rcode: found.rcode.unwrap_or(crate::trace::Rcode::ServFail),
        name: question.name,
        kind: question.kind,
        answers: found.records.clone(),
    };
    Some((message::encode(&message), found))
}

/// A question of a resolver in wire format.
pub fn question(id: u16, name: &str, kind: RecordType) -> Vec<u8> {
    let rcode = crate::trace::Rcode::NoError;
    message::encode(&message::Message { id, response: false, rcode, name: name.to_owned(), kind, answers: Vec::new() })
}

/// A record type (RFC 1035, RFC 3596, RFC 2782).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// A.
    A,
    /// AAAA.
    Aaaa,
    /// CNAME.
    Cname,
    /// SRV.
    Srv,
    /// PTR.
    Ptr,
}

impl RecordType {
    /// All, with the name the command line uses.
    pub const ALL: [(Self, &'static str); 5] =
        [(Self::A, "A"), (Self::Aaaa, "AAAA"), (Self::Cname, "CNAME"), (Self::Srv, "SRV"), (Self::Ptr, "PTR")];

    /// Number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Cname => 5,
            Self::Ptr => 12,
            Self::Aaaa => 28,
            Self::Srv => 33,
        }
    }

    /// By its number on the wire.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().map(|(kind, _)| *kind).find(|kind| kind.number() == number)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(kind, _)| kind == self).map_or("?", |(_, name)| name))
    }
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// CNAME or PTR: a name with a trailing dot.
    Name(String),
    /// SRV.
    Service {
        /// Priority.
        priority: u16,
        /// Weight.
        weight: u16,
        /// Port.
        port: u16,
        /// Target, with a trailing dot.
        target: String,
    },
}

/// A resource record, class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Owner name, with a trailing dot.
    pub name: String,
    /// Type.
    pub kind: RecordType,
    /// Time to live in seconds.
    pub ttl: u32,
    /// Content.
    pub data: Data,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} IN {} ", self.name, self.ttl, self.kind)?;
        match &self.data {
            Data::Address(ip) => ip.fmt(f),
            Data::Name(name) => f.write_str(name),
            Data::Service { priority, weight, port, target } => write!(f, "{priority} {weight} {port} {target}"),
        }
    }
}
