//! `resolv.conf`, as whoever sets a machine up leaves it.

use kubernetes::cluster::model::{Cluster, SegmentId};
use std::sync::Arc;

/// A resolver configuration (resolv.conf(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `nameserver` lines, at most 3.
    pub nameservers: Vec<std::net::IpAddr>,
    /// `search` list, at most 32.
    pub search: Vec<Arc<str>>,
    /// `options ndots:N`; resolver default 1.
    pub ndots: u8,
    /// Other options, verbatim.
    pub options: Vec<Arc<str>>,
}

/// The file of a machine on a segment. Which resolver that is, no manifest says: the segment's gateway, as home routers and offices have
/// it.
pub(crate) fn host_resolv_conf(cluster: &Cluster, segment: SegmentId) -> ResolvConf {
    let gateway = cluster.segments.get(segment.0 as usize).map_or(cluster.settings.gateway, |segment| segment.gateway);
    ResolvConf { nameservers: vec![gateway], ndots: 1, ..ResolvConf::default() }
}
