//! The tables that are written, and names of chains.

use crate::agents::kube_proxy::endpoints::Family;
use crate::agents::kube_proxy::{PortName, protocol_name};
use data_encoding::BASE32;
use kernel::config::xtables::{Rule, Table, Xtables};
use kernel::ids::{ChainId, TableName};
use kubernetes::cluster::model::Cluster;
use kubernetes::origin::CauseId;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// 127.0.0.0/8.
pub(super) const LOOPBACK: ipnet::Ipv4Net = ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(127, 0, 0, 0), 8);

/// From 1.31 on two rules count in accounting objects of the kernel (`-m nfacct`), for metrics: both came with that release (its
/// change log, pull requests 122812 and 125015). kube-proxy leaves them out where the kernel has no nfnetlink_acct; distribution
/// kernels have it, and the input cannot say otherwise, so it is taken as there.
pub(super) const COUNTS_SINCE: u32 = 31;

/// Node ports work on 127.0.0.1: switched on, and not excluded by `nodePortAddresses`.
pub(super) fn node_ports_on_localhost(cluster: &Cluster) -> bool {
    let config = &cluster.settings.kube_proxy;
    let loopback = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    let included = |text: &Arc<str>| text.parse::<ipnet::IpNet>().is_ok_and(|net| net.contains(&loopback));
    config.localhost_node_ports
        && (config.node_port_addresses.is_empty() || config.node_port_addresses.iter().any(included))
}

/// The three tables kube-proxy writes, and its chains by name.
pub(super) struct Tables {
    pub(super) mangle: Table,
    pub(super) nat: Table,
    pub(super) filter: Table,
    pub(super) own: CauseId,
    pub(super) family: Family,
    /// The release has rules that count.
    pub(super) counts: bool,
}

impl Tables {
    pub(super) fn new(own: CauseId, family: Family) -> Self {
        let table = |name| {
            let mut table = Table::new(name);
            table.ipv6 = family == Family::V6;
            table
        };
        let (mangle, nat, filter) = (table(TableName::Mangle), table(TableName::Nat), table(TableName::Filter));
        Self { mangle, nat, filter, own, family, counts: false }
    }

    pub(super) fn nat(&mut self, chain: &str, cause: CauseId) -> ChainId {
        self.nat.chain(chain, cause)
    }

    pub(super) fn add_nat(&mut self, chain: &str, rule: Rule) {
        let id = self.nat.chain(chain, rule.cause);
        self.nat.append(id, rule);
    }

    pub(super) fn add_filter(&mut self, chain: &str, rule: Rule) {
        let id = self.filter.chain(chain, rule.cause);
        self.filter.append(id, rule);
    }

    /// Hands the tables to the namespace. Nothing else has written iptables there before kube-proxy starts.
    pub(super) fn install(self, xtables: &mut Xtables) {
        for table in [self.mangle, self.nat, self.filter] {
            xtables.tables.insert(table.name, table);
        }
    }
}

/// First 16 characters of base32(SHA-256(text)), as in `portProtoHash` and `servicePortEndpointChainName`: those of the first 10 bytes.
pub(super) fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    BASE32.encode(digest.as_slice().get(..10).unwrap_or_default())
}

/// Hash shared by the KUBE-SVC-, KUBE-SVL-, KUBE-EXT- and KUBE-FW- chains of a port.
pub(super) fn port_hash(name: PortName<'_>) -> String {
    hash(&format!("{name}{}", protocol_name(name.port.protocol)))
}

/// Name of the KUBE-SEP- chain of an endpoint of a port.
pub(super) fn endpoint_chain(name: PortName<'_>, endpoint: &str) -> String {
    format!("KUBE-SEP-{}", hash(&format!("{name}{}{endpoint}", protocol_name(name.port.protocol))))
}
