//! kind's own plugin: the reference plugin `ptp` with IPAM `host-local`, without `ipMasq`, `portmap` behind it, and the daemon kindnetd, which
//! writes that configuration, the routes to other nodes' Pods and the rules that masquerade.
//!
//! kindnetd masquerades with iptables in all releases of kind that are known (`images/kindnetd/cmd/kindnetd/masq.go`); only the project of the
//! same name outside of kind writes nftables. How newer ones enforce NetworkPolicies (by a queue to the daemon) is not simulated.

use super::installer::{self, has_gateway};
use super::portmap;
use super::ptp::{self, Config};
use crate::agents::agent::{On, Plugin, PodOn};
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::xtables::{AddrTypeMatch, IpMatch, Match, Neg, Rule, Target};
use kernel::config::{AddrType, Hook, NatRange};
use kernel::ids::{LinkId, NetnsId, TableName};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::origin::Component;
use std::net::IpAddr;
use std::sync::Arc;

const COMPONENT: Component = Component::Cni(Cni::KINDNET.name());

/// The chain that decides what is masqueraded.
const MASQUERADE: &str = "KIND-MASQ-AGENT";

pub(super) struct Kindnet;

impl Plugin for Kindnet {
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>> {
        installer::networks(cluster)
    }

    fn between(&self, writer: &mut Writer<'_>, router: NetnsId, ports: &[LinkId]) {
        installer::between(writer, router, ports);
    }

    fn wires(&self, cluster: &Cluster, node: NodeId, pods: &[PodId]) -> bool {
        has_gateway(cluster, node, pods)
    }

    fn prepare(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        installer::routes(writer, on, COMPONENT);
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) {
        ptp::add(writer, on, pod, &Config::of(COMPONENT));
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        for pod in on.wired() {
            if let Some(device) = ptp::device_of(writer, on, pod) {
                portmap::add(writer, on, pod.pod, &device);
            }
        }
        masquerade(writer, on);
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The address of its ends of the pairs is of its Pods' network.
        node.pod_cidr.contains(&ip)
    }
}

/// kindnetd's rules: what goes to no address of the node and to no Pod is masqueraded, whoever sends it. The jump is appended, so kube-proxy's
/// comes first.
fn masquerade(writer: &mut Writer<'_>, on: &On<'_>) {
    let cause = writer.setting(COMPONENT, "POD_SUBNET");
    let pods = writer.cluster.settings.pod_cidr.trunc();
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Nat);
    let comment = |text: &str| Match::Comment(Arc::from(format!("kind-masq-agent: {text}")));
    let chain = table.chain(MASQUERADE, cause);
    if pods.addr().is_ipv4() {
        let ip = IpMatch { dst: Some(Neg::is(pods)), ..IpMatch::default() };
        let matches = vec![comment("local traffic is not subject to MASQUERADE")];
        table.append(chain, Rule { ip, matches, target: Target::Return, cause });
    }
    let matches = vec![comment("outbound traffic is subject to MASQUERADE (must be last in chain)")];
    let target = Target::Masquerade(NatRange::default());
    table.append(chain, Rule { ip: IpMatch::default(), matches, target, cause });
    let Some(postrouting) = table.base(Hook::Postrouting) else { return };
    let abroad = AddrTypeMatch { dst: Some(Neg::not(AddrType::Local.into())), ..AddrTypeMatch::default() };
    let why =
        comment("ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom KIND-MASQ-AGENT chain");
    let matches = vec![Match::AddrType(abroad), why];
    table.append(postrouting, Rule { ip: IpMatch::default(), matches, target: Target::Jump(chain), cause });
}
