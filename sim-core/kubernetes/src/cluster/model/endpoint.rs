//! Endpoints of Services.

use super::{Origin, PodId};
use kernel::packet::{Port, Protocol};
use std::net::IpAddr;
use std::sync::Arc;

/// One endpoint of one Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Address.
    pub ip: IpAddr,
    /// How a slice writes the address, where that is not the usual form (IPv6): kube-proxy keeps it so in names.
    pub written: Option<Arc<str>>,
    /// Port.
    pub port: Port,
    /// Condition `ready`.
    pub ready: bool,
    /// Condition `serving`.
    pub serving: bool,
    /// Condition `terminating`.
    pub terminating: bool,
    /// `nodeName`.
    pub node: Option<Arc<str>>,
    /// `zone`.
    pub zone: Option<Arc<str>>,
    /// `hints.forZones`.
    pub zone_hints: Vec<Arc<str>>,
    /// `hints.forNodes`.
    pub node_hints: Vec<Arc<str>>,
    /// `hostname`.
    pub hostname: Option<Arc<str>>,
    /// The Pod behind it, when known.
    pub pod: Option<PodId>,
    /// Where it comes from: an entry of a slice in the input, or the Pod that a selector found.
    pub origin: Origin,
}

/// The endpoints of one Service port (the union of its slices).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortEndpoints {
    /// Port name; empty when unnamed.
    pub port_name: Arc<str>,
    /// Protocol.
    pub protocol: Option<Protocol>,
    /// Endpoints, in order of the slices.
    pub endpoints: Vec<Endpoint>,
}
