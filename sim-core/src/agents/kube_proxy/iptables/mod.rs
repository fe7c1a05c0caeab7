//! kube-proxy in iptables mode (pkg/proxy/iptables/proxier.go), both families.

mod fixed;
mod rule;
mod service;

use super::endpoints::Family;
use super::{PortName, endpoints, protocol_name};
use crate::agents::write::Writer;
use data_encoding::BASE32;
use kernel::config::xtables::{Rule, Table, Xtables};
use kernel::ids::{ChainId, NetnsId, TableName};
use kubernetes::cluster::model::{Cluster, NodeId};
use kubernetes::origin::{Cause, CauseId, Component};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Above this many endpoints in total the comments of endpoint rules are left out (`largeClusterEndpointsThreshold`).
const LARGE_CLUSTER: usize = 1000;

/// 127.0.0.0/8.
const LOOPBACK: ipnet::Ipv4Net = ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(127, 0, 0, 0), 8);

/// From 1.31 on two rules count in accounting objects of the kernel (`-m nfacct`), for metrics: both came with that release (its
/// change log, pull requests 122812 and 125015). kube-proxy leaves them out where the kernel has no nfnetlink_acct; distribution
/// kernels have it, and the input cannot say otherwise, so it is taken as there.
const COUNTS_SINCE: u32 = 31;

/// Writes all rules of one node.
pub(crate) fn write(writer: &mut Writer<'_>, netns: NetnsId, node: NodeId) {
    for family in [Family::V4, Family::V6] {
        let tables = tables(writer, netns, node, family);
        let of = writer.builder.netns(netns);
        tables.install(if family == Family::V4 { &mut of.xtables } else { &mut of.xtables6 });
    }
    sysctls(writer, netns);
}

fn tables(writer: &mut Writer<'_>, netns: NetnsId, node: NodeId, family: Family) -> Tables {
    let cluster = writer.cluster;
    let own = writer.component(Component::KubeProxyIptables);
    let mut tables = Tables::new(own, family);
    tables.counts = cluster.settings.version.minor >= COUNTS_SINCE;
    fixed::chains(&mut tables);
    fixed::jumps(&mut tables);
    fixed::rules(&mut tables, cluster, writer.since(own, COUNTS_SINCE));
    let ports = || {
        super::proxied(cluster, family).flat_map(|(id, service)| {
            let found = move |port| endpoints::categorize(cluster, id, port, node, family);
            service.ports.iter().enumerate().map(move |(index, port)| (service, index, port, found(port)))
        })
    };
    // Only as many as it takes to know: the endpoints of all ports at once would take much memory.
    let mut total = 0_usize;
    let large = ports().any(|(.., found)| {
        total += found.total;
        total > LARGE_CLUSTER
    });
    for (service, index, port, found) in ports() {
        let cause = writer.object(
            Component::KubeProxyIptables,
            &service.origin,
            &format!("spec.ports[{index}]"),
            port.location.as_ref(),
        );
        service::write(writer, &mut tables, node, service, port, &found, large, cause);
    }
    let addresses = super::addresses(writer, netns, super::node_address(cluster, node, family));
    service::node_ports(&mut tables, cluster, &addresses);
    tables
}

/// Sysctls kube-proxy sets: forwarding, and `route_localnet` when node ports are to work on localhost.
fn sysctls(writer: &mut Writer<'_>, netns: NetnsId) {
    let config = &writer.cluster.settings.kube_proxy;
    if node_ports_on_localhost(writer.cluster) {
        let cause = writer.cause(Cause {
            component: Component::KubeProxyIptables,
            object: None,
            since: None,
            field: Some(Arc::from("iptables.localhostNodePorts")),
            location: config.location.clone(),
        });
        writer.builder.sysctl(netns, "net.ipv4.conf.all.route_localnet", "1", cause);
    }
}

/// Node ports work on 127.0.0.1: switched on, and not excluded by `nodePortAddresses`.
fn node_ports_on_localhost(cluster: &Cluster) -> bool {
    let config = &cluster.settings.kube_proxy;
    let loopback = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    let included = |text: &Arc<str>| text.parse::<ipnet::IpNet>().is_ok_and(|net| net.contains(&loopback));
    config.localhost_node_ports
        && (config.node_port_addresses.is_empty() || config.node_port_addresses.iter().any(included))
}

/// The three tables kube-proxy writes, and its chains by name.
struct Tables {
    mangle: Table,
    nat: Table,
    filter: Table,
    own: CauseId,
    family: Family,
    /// The release has rules that count.
    counts: bool,
}

impl Tables {
    fn new(own: CauseId, family: Family) -> Self {
        let table = |name| {
            let mut table = Table::new(name);
            table.ipv6 = family == Family::V6;
            table
        };
        let (mangle, nat, filter) = (table(TableName::Mangle), table(TableName::Nat), table(TableName::Filter));
        Self { mangle, nat, filter, own, family, counts: false }
    }

    fn nat(&mut self, chain: &str, cause: CauseId) -> ChainId {
        self.nat.chain(chain, cause)
    }

    fn add_nat(&mut self, chain: &str, rule: Rule) {
        let id = self.nat.chain(chain, rule.cause);
        self.nat.append(id, rule);
    }

    fn add_filter(&mut self, chain: &str, rule: Rule) {
        let id = self.filter.chain(chain, rule.cause);
        self.filter.append(id, rule);
    }

    /// Hands the tables to the namespace. Nothing else has written iptables there before kube-proxy starts.
    fn install(self, xtables: &mut Xtables) {
        for table in [self.mangle, self.nat, self.filter] {
            xtables.tables.insert(table.name, table);
        }
    }
}

/// First 16 characters of base32(SHA-256(text)), as in `portProtoHash` and `servicePortEndpointChainName`: those of the first 10 bytes.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    BASE32.encode(digest.as_slice().get(..10).unwrap_or_default())
}

/// Hash shared by the KUBE-SVC-, KUBE-SVL-, KUBE-EXT- and KUBE-FW- chains of a port.
fn port_hash(name: PortName<'_>) -> String {
    hash(&format!("{name}{}", protocol_name(name.port.protocol)))
}

/// Name of the KUBE-SEP- chain of an endpoint of a port.
fn endpoint_chain(name: PortName<'_>, endpoint: &str) -> String {
    format!("KUBE-SEP-{}", hash(&format!("{name}{}{endpoint}", protocol_name(name.port.protocol))))
}
