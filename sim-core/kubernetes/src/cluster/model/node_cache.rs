//! The cache of names on nodes, decided.

use crate::corefile::Corefile;
use crate::origin::Origin;
use std::net::IpAddr;

/// A cache of names on nodes (NodeLocal DNSCache).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCache {
    /// Addresses that it has on every node where it runs (`-localip`).
    pub ips: Vec<IpAddr>,
    /// The Service that it asks itself (`-upstreamsvc`).
    pub upstream: IpAddr,
    /// What it does with questions: its ConfigMap's, else the usual one.
    pub corefile: Corefile,
    /// Whose Pods it is in.
    pub origin: Origin,
}
