//! Front doors: Ingresses, their classes, and the controllers that serve them.

use super::gateway::{BackendTls, Gateway, Route};
use super::ids::{PodId, ServiceId};
use crate::assumption::Because;
use crate::origin::{Location, NamespacedName, ObjectRef, Origin};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that reads requests at the edge of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fronts {
    /// Ingresses, in input order.
    pub ingresses: Vec<Ingress>,
    /// Their classes.
    pub classes: Vec<IngressClass>,
    /// Who serves them, those of the input first.
    pub controllers: Vec<Controller>,
    /// Gateways, in input order.
    pub gateways: Vec<Gateway>,
    /// Services that their proxies speak TLS to.
    pub backend_tls: Vec<BackendTls>,
    /// Their routes, in input order.
    pub routes: Vec<Route>,
    /// One of the controllers or proxies is assumed, and its Pod is not among the Pods: nobody asked for a URL
    /// ([`crate::cluster::decide_until`]).
    pub wanted: bool,
}

/// An Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingress {
    /// Namespace and name.
    pub name: NamespacedName,
    /// The class that it names, or that stands for none.
    pub class: Option<Arc<str>>,
    /// Who serves it: index in [`Fronts::controllers`].
    pub controller: Option<u32>,
    /// Rules.
    pub rules: Vec<IngressRule>,
    /// Where requests go that no rule is for.
    pub default_backend: Option<IngressBackend>,
    /// Hosts with certificates.
    pub tls: Vec<IngressTls>,
    /// Annotations.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
    /// Places of the annotations, by name.
    pub places: BTreeMap<Arc<str>, Location>,
    /// `creationTimestamp`, verbatim.
    pub created: Option<Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
}

/// One of an Ingress' rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressRule {
    /// The host, in small letters, `*.` before it for one label more; `None` for every host.
    pub host: Option<Arc<str>>,
    /// Paths.
    pub paths: Vec<IngressPath>,
    /// Its line.
    pub location: Option<Location>,
}

/// A path of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressPath {
    /// The path; `/` where there is none.
    pub path: Arc<str>,
    /// How it is compared.
    pub kind: PathKind,
    /// Where requests go.
    pub backend: IngressBackend,
    /// Its line.
    pub location: Option<Location>,
}

/// How a path is compared (`pathType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// Whole, with case.
    Exact,
    /// By its elements.
    Prefix,
    /// As the controller does.
    ImplementationSpecific,
}

/// Where an Ingress sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressBackend {
    /// To a port of a Service of its namespace.
    Service {
        /// Its name.
        name: Arc<str>,
        /// Its port: a number or a name.
        port: BackendPort,
    },
    /// To an object of another kind.
    Resource(Arc<str>),
}

/// How a backend names its port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BackendPort {
    /// By number.
    Number(u16),
    /// By name.
    Name(Arc<str>),
}

impl std::fmt::Display for BackendPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Hosts that a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressTls {
    /// Hosts; none means those of the certificate.
    pub hosts: Vec<Arc<str>>,
    /// Its Secret; `None` where none is named.
    pub secret: Option<Arc<str>>,
    /// Its line.
    pub location: Option<Location>,
}

/// An IngressClass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngressClass {
    /// Name.
    pub name: Arc<str>,
    /// `spec.controller`.
    pub controller: Arc<str>,
    /// It stands for Ingresses that name none.
    pub default: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// How a controller routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControllerKind {
    /// ingress-nginx.
    IngressNginx,
    /// As the API says, no more: another controller, whose own extensions are not read.
    Plain,
}

/// A controller that serves Ingresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// How it routes.
    pub kind: ControllerKind,
    /// What IngressClasses call it: `k8s.io/ingress-nginx`.
    pub name: Arc<str>,
    /// Its Pods, those that read requests.
    pub pods: Vec<PodId>,
    /// The Service by which it is reached from outside.
    pub service: Option<ServiceId>,
    /// What its ConfigMap says.
    pub config: BTreeMap<Arc<str>, Arc<str>>,
    /// That ConfigMap, whether the input has it or not.
    pub config_map: ObjectRef,
    /// How it takes what proxies say first on connections (the PROXY protocol); `None` where it does not read it.
    pub announced: Option<Announced>,
    /// It is not in the input.
    pub assumed: bool,
}

/// How a process takes PROXY headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// A connection without one is closed.
    pub required: bool,
    /// From whom it believes them; what others say is read and forgotten.
    pub trusted: Vec<IpNet>,
    /// The field of the input that says so.
    pub because: Because,
}

/// Whether a name with `*.` before it covers a host: exactly one label more (Ingress, "Hostname wildcards").
pub fn covers(name: &str, host: &str) -> bool {
    name.strip_prefix("*.").is_some_and(|rest| host.split_once('.').is_some_and(|(_, parent)| parent == rest))
}
