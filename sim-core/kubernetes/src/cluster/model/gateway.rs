//! Gateways and their routes, as they are decided.

use super::ids::{PodId, ServiceId};
use crate::manifest::objects::{LabelSelector, RouteFilter};
use crate::origin::{Location, NamespacedName, Origin};
use kernel::packet::Port;
use std::net::IpAddr;
use std::sync::Arc;

/// A Gateway, with the proxy that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Namespace and name.
    pub name: NamespacedName,
    /// `gatewayClassName`.
    pub class: Arc<str>,
    /// Listeners.
    pub listeners: Vec<Listener>,
    /// The address that it asks for or shows.
    pub address: Option<IpAddr>,
    /// Pods of its proxy.
    pub pods: Vec<PodId>,
    /// The Service by which it is reached.
    pub service: Option<ServiceId>,
    /// The proxy is not in the input.
    pub assumed: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// A listener of a Gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Name, unique in its Gateway.
    pub name: Arc<str>,
    /// Port.
    pub port: Port,
    /// What it speaks.
    pub protocol: Speech,
    /// The host that it is for, in small letters, `*.` before it for any number of labels more; `None` for every host.
    pub hostname: Option<Arc<str>>,
    /// Whose routes it takes.
    pub from: From,
    /// Kinds of routes that it takes; none for all of its protocol.
    pub kinds: Vec<Arc<str>>,
    /// Its line.
    pub location: Option<Location>,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speech {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS that ends here.
    Https,
    /// TLS that goes on as it is.
    Passthrough,
    /// TLS that ends here, with anything in it.
    Tls,
    /// Anything over TCP.
    Tcp,
    /// Anything over UDP.
    Udp,
}

/// Namespaces whose routes a listener takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The Gateway's own.
    Same,
    /// All.
    All,
    /// Those with labels.
    Selector(LabelSelector),
    /// None.
    None,
}

/// What kind of route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteOf {
    /// HTTPRoute.
    Http,
    /// GRPCRoute.
    Grpc,
    /// TLSRoute.
    Tls,
    /// TCPRoute.
    Tcp,
}

impl RouteOf {
    /// The kind of the object.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Http => "HTTPRoute",
            Self::Grpc => "GRPCRoute",
            Self::Tls => "TLSRoute",
            Self::Tcp => "TCPRoute",
        }
    }
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its kind.
    pub of: RouteOf,
    /// Namespace and name.
    pub name: NamespacedName,
    /// Hosts, in small letters; none for those of the listener.
    pub hostnames: Vec<Arc<str>>,
    /// Where it is attached: indices of a Gateway in [`super::Fronts::gateways`] and of one of its listeners.
    pub attached: Vec<(u32, u32)>,
    /// Why a parent that it names does not take it.
    pub refused: Vec<(NamespacedName, Refusal)>,
    /// Rules.
    pub rules: Vec<RouteRule>,
    /// `creationTimestamp`, verbatim.
    pub created: Option<Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Why a Gateway does not take a route (Gateway API, conditions of routes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// There is no such Gateway.
    NoGateway,
    /// It has no listener of that name or port.
    NoMatchingParent,
    /// Its listeners take no routes of this namespace or kind.
    NotAllowedByListeners,
    /// Its listeners are for other hosts.
    NoMatchingListenerHostname,
}

kernel::codes!(Refusal {
    Self::NoGateway => "no-gateway",
    Self::NoMatchingParent => "no-matching-parent",
    Self::NotAllowedByListeners => "not-allowed-by-listeners",
    Self::NoMatchingListenerHostname => "no-matching-listener-hostname",
});

/// A rule of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// What it takes; one of these. None is everything.
    pub matches: Vec<RouteMatch>,
    /// Filters, as written.
    pub filters: Vec<RouteFilter>,
    /// Where it goes.
    pub backends: Vec<RouteBackend>,
    /// Fields that act and are not simulated.
    pub unread: Vec<&'static str>,
    /// Its line.
    pub location: Option<Location>,
}

/// What a rule takes: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteMatch {
    /// The path.
    pub path: PathMatch,
    /// Fields of the request.
    pub headers: Vec<TextMatch>,
    /// Parameters of the query.
    pub query: Vec<TextMatch>,
    /// The method, in capitals.
    pub method: Option<Arc<str>>,
}

/// How a path is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathMatch {
    /// Whole.
    Exact(Arc<str>),
    /// By elements.
    Prefix(Arc<str>),
    /// By a pattern, as a whole.
    Pattern(Arc<str>),
}

impl Default for PathMatch {
    fn default() -> Self {
        Self::Prefix(Arc::from("/"))
    }
}

/// A name and what its value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMatch {
    /// Name.
    pub name: Arc<str>,
    /// Value.
    pub value: Arc<str>,
    /// The value is a pattern.
    pub pattern: bool,
}

/// Where a rule of a route goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteBackend {
    /// The Service, or another object by its name.
    pub name: NamespacedName,
    /// It is a Service.
    pub service: bool,
    /// It is of the route's namespace, or a ReferenceGrant allows it.
    pub granted: bool,
    /// Its port.
    pub port: Option<u16>,
    /// Its share.
    pub weight: u32,
    /// Filters, as written.
    pub filters: Vec<RouteFilter>,
}

/// That proxies of Gateways speak TLS to a Service (GEP-1897).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendTls {
    /// The Service.
    pub service: NamespacedName,
    /// The name of its port; `None` for all of them.
    pub port: Option<Arc<str>>,
    /// The name that is asked for.
    pub hostname: Option<Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
}

/// How exactly a host is matched by a name, which may begin with `*.` for any number of labels more: more is more exact. `None` where it is not.
pub fn host_matches(name: Option<&str>, host: &str) -> Option<(bool, usize)> {
    match name {
        None => Some((false, 0)),
        Some(name) if name == host => Some((true, name.len())),
        Some(name) => {
            let rest = name.strip_prefix('*')?;
            (host.len() > rest.len() && host.ends_with(rest)).then_some((false, rest.len()))
        }
    }
}

/// Whether some host is matched by both names.
pub fn hosts_meet(one: Option<&str>, other: Option<&str>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    let under = |name: &str, wild: &str| {
        wild.strip_prefix('*').is_some_and(|rest| name.ends_with(rest) && name.len() > rest.len())
    };
    one == other || under(one, other) || under(other, one)
}
