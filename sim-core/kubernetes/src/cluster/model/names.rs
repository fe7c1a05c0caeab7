//! What a Pod is told of names.

use crate::origin::Location;
use std::net::IpAddr;
use std::sync::Arc;

/// `dnsPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DnsPolicy {
    /// `ClusterFirst`.
    #[default]
    ClusterFirst,
    /// `ClusterFirstWithHostNet`.
    ClusterFirstWithHostNet,
    /// `Default`: the node's resolv.conf.
    Default,
    /// `None`.
    None,
}

/// `dnsConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// Nameservers.
    pub nameservers: Vec<IpAddr>,
    /// Search domains.
    pub searches: Vec<Arc<str>>,
    /// Options: name and value.
    pub options: Vec<(Arc<str>, Option<Arc<str>>)>,
}

/// A line of a Pod's `/etc/hosts`, from `hostAliases`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAlias {
    /// Address.
    pub ip: IpAddr,
    /// Names.
    pub names: Vec<Arc<str>>,
    /// Its line.
    pub location: Option<Location>,
}
