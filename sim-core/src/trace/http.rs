//! What a request over HTTP was, who decided about it, and what came back; and what a process speaks.

use super::leg_id::LegId;
use crate::http::{Decision, Request, Response};
use crate::model::Model;
use crate::site::{Behaviour, Process};
use kernel::exchange::Served;
use kernel::ids::NetnsId;
use kubernetes::cluster::model::Speech;
use std::net::SocketAddr;

/// A request and all that became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// As the client sent it.
    pub request: Request,
    /// What proxies that read it decided, in the order in which it came to them.
    pub routed: Vec<Routed>,
    /// As the last process read it; `None` where it came to none that answers for itself.
    pub seen: Option<Seen>,
    /// What the client read; `None` where nothing came back.
    pub response: Option<Response>,
    /// The last socket that a connection for it reached.
    pub(super) served: Option<Served>,
}

/// What a proxy decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Routed {
    /// The leg that brought it the request.
    pub leg: Option<LegId>,
    /// Its namespace.
    pub netns: NetnsId,
    /// The decision.
    pub decision: Decision,
}

/// A request as a process sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The request.
    pub request: Request,
    /// The peer address of the connection.
    pub client: SocketAddr,
}

impl Fetched {
    pub(super) fn of(request: Request) -> Self {
        Self { request, routed: Vec::new(), seen: None, response: None, served: None }
    }

    /// The decision that led to the end: the last one.
    pub fn decision(&self) -> Option<&Decision> {
        self.routed.last().map(|routed| &routed.decision)
    }
}

/// What is spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Http,
    Https,
    Other(&'static str),
}

impl Speaks {
    pub(super) fn tls(self) -> bool {
        self == Self::Https
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "TLS",
            Self::Other(name) => name,
        }
    }
}

/// Ports whose protocol everybody knows (Service Name and Transport Protocol Port Number Registry), and is no HTTP.
const OTHERS: &[(u16, &str)] = &[
    (22, "SSH"),
    (25, "SMTP"),
    (53, "DNS"),
    (1433, "TDS (SQL Server)"),
    (1521, "Oracle Net"),
    (1883, "MQTT"),
    (3306, "MySQL"),
    (4222, "NATS"),
    (5432, "PostgreSQL"),
    (5672, "AMQP"),
    (6379, "Redis"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (11211, "memcached"),
    (27017, "MongoDB"),
];

/// What a process speaks on the socket that was reached: by what is known of it, the name of the port, its number.
pub(super) fn speaks(model: &Model, served: Served, process: Option<&Process>) -> Speaks {
    let port = served.local.port();
    if let Some(Behaviour::Ingress { tls, .. }) = process.map(|process| &process.behaviour) {
        return if *tls { Speaks::Https } else { Speaks::Http };
    }
    if let Some(Behaviour::Gateway { gateway }) = process.map(|process| &process.behaviour) {
        let own = model.cluster.fronts.gateways.get(*gateway as usize);
        let mut listeners = own.into_iter().flat_map(|gateway| &gateway.listeners);
        let plain = listeners.any(|listener| listener.port.0 == port && listener.protocol == Speech::Http);
        return if plain { Speaks::Http } else { Speaks::Https };
    }
    let pod = process.and_then(|process| model.cluster.pods.get(process.of?.pod.0 as usize));
    let ports = pod.into_iter().flat_map(|pod| &pod.containers).flat_map(|container| &container.ports);
    let name = ports.filter(|own| own.port.0 == port).find_map(|own| own.name.clone());
    match name.as_deref() {
        Some(name) if name.starts_with("https") || name.starts_with("tls") => return Speaks::Https,
        Some(name) if name.starts_with("http") || name.starts_with("grpc") || name.starts_with("web") => {
            return Speaks::Http;
        }
        _ => {}
    }
    match port {
        443 | 6443 | 8443 | 9443 | 10250 => Speaks::Https,
        port => OTHERS.iter().find(|(own, _)| *own == port).map_or(Speaks::Http, |(_, name)| Speaks::Other(name)),
    }
}
