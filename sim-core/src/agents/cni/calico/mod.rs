//! Calico's iptables data path: its CNI plugin, `confd` with BIRD, and Felix on each node, which enforces NetworkPolicies.
//!
//! Each Pod hangs on a veth pair of its own, without a bridge and without an address on the node's end, which answers ARP for what the node
//! routes elsewhere. Nodes take blocks of the pools; other nodes have routes to these, written by BIRD or, with VXLAN, by Felix.
//!
//! Not simulated: policies of Calico's own and host endpoints, WireGuard, the eBPF and nftables data paths, pools of some nodes only (`nodeSelector`), BGPPeers
//! and route reflectors (the full mesh is taken), IPv6.

mod blocks;
mod chains;
mod felix;
mod marks;
mod policies;
mod ways;

use super::portmap;
use crate::agents::agent::{On, Plugin, PodOn};
use crate::agents::write::{Writer, everywhere, mac};
use ipnet::IpNet;
use kernel::config::{IfAddr, Route, RouteProtocol, Scope};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::Mac;
use kubernetes::cluster::calico::CalicoConfig;
use kubernetes::cluster::model::{Cluster, Cni, Node, Pod, PodId};
use kubernetes::origin::{Cause, CauseId, Component};
use kubernetes::policy::Direction;
use sha1::{Digest, Sha1};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// The gateway of every Pod. No device has it: the node's end of the pair answers for it (proxy ARP).
const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 1, 1));

/// The Ethernet address of every node's end.
const MAC: Mac = Mac([0xee; 6]);

/// Bytes that IP in IP puts before a packet.
const IPIP_OVERHEAD: u32 = 20;

/// Bytes that VXLAN puts before a packet: outer Ethernet, IPv4, UDP and its own header.
const VXLAN_OVERHEAD: u32 = 50;

/// The plugin with its daemons. How packets go to other nodes is the pools' business.
pub(super) struct Calico;

const COMPONENT: Component = Component::Cni(Cni::CALICO.name());

impl Plugin for Calico {
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>> {
        blocks::networks(cluster)
    }

    // Nobody tells the router.
    fn between(&self, _: &mut Writer<'_>, _: NetnsId, _: &[LinkId]) {}

    fn prepare(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        ways::write(writer, on);
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) {
        add(writer, on, pod);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        for pod in on.wired() {
            portmap::add_alone(writer, on, pod.pod, &device_of(pod.pod));
        }
        felix::write(writer, on);
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The address of its tunnel device is of one of its blocks.
        node.pod_cidr.contains(&ip) || node.host_routes
    }
}

fn config<'c>(writer: &Writer<'c>, on: &On<'_>) -> &'c CalicoConfig {
    writer.cluster.settings.network_config.calico.on(&on.of.name)
}

/// What Calico does because of a field of its configuration: the pool's, or an option of Felix'.
fn because_of_pool(writer: &mut Writer<'_>, on: &On<'_>, field: &str) -> CauseId {
    let said = config(writer, on).pools.iter().find_map(|pool| pool.said.clone());
    let field = said.as_ref().map_or_else(|| Arc::from(field), |said| said.field.clone());
    let (object, location) = (said.as_ref().map(|said| said.object.clone()), said.and_then(|said| said.location));
    writer.cause(Cause { object, field: Some(field), location, ..Cause::of(COMPONENT) })
}

/// The same of an option of Felix.
fn because_of_felix(writer: &mut Writer<'_>, on: &On<'_>, option: &str) -> CauseId {
    let said = config(writer, on).felix.said.get(&*option.to_ascii_lowercase()).cloned();
    let field = said.as_ref().map_or_else(|| Arc::from(option), |said| said.field.clone());
    let (object, location) = (said.as_ref().map(|said| said.object.clone()), said.and_then(|said| said.location));
    writer.cause(Cause { object, field: Some(field), location, ..Cause::of(COMPONENT) })
}

/// Name of the node's end of a Pod's pair: `cali` and the start of a hash (`VethNameForWorkload`).
fn device_of(pod: &Pod) -> String {
    let name = format!("{}.{}", pod.name.namespace, pod.name.name);
    let mut hash = data_encoding::HEXLOWER.encode(&Sha1::digest(name.as_bytes()));
    hash.truncate(11);
    format!("cali{hash}")
}

/// The Pod whose device's chain this is, and what is asked there: `cali-tw-` before it arrives, `cali-fw-` behind where it leaves.
pub(super) fn endpoint_of_chain(cluster: &Cluster, chain: &str) -> Option<(PodId, Direction)> {
    let ingress = chain.strip_prefix("cali-tw-").map(|device| (device, Direction::Ingress));
    let (device, direction) =
        ingress.or_else(|| chain.strip_prefix("cali-fw-").map(|device| (device, Direction::Egress)))?;
    let at = cluster.pods.iter().position(|pod| !pod.host_network && device_of(pod) == device)?;
    Some((PodId(at as u32), direction))
}

/// Which way the rules of a policy's chain look.
pub(super) fn direction_of_policy_chain(chain: &str) -> Option<Direction> {
    let begins = |prefix: &str| chain.starts_with(prefix);
    if begins("cali-pi-") {
        return Some(Direction::Ingress);
    }
    begins("cali-po-").then_some(Direction::Egress)
}

/// A route of the table `main`.
fn route(dst: IpNet, protocol: RouteProtocol, cause: CauseId) -> Route {
    Route { protocol, ..Route::new(dst, cause) }
}

/// MTU of the Pods of a node: what is left of the uplink's once everything that wraps has put its header before a packet.
fn pod_mtu(config: &CalicoConfig, uplink: u32) -> u32 {
    let overhead = match (config.has_vxlan(), config.has_ipip()) {
        (true, _) => VXLAN_OVERHEAD,
        (false, true) => IPIP_OVERHEAD,
        (false, false) => 0,
    };
    config.mtu.unwrap_or(uplink.saturating_sub(overhead))
}

/// ADD for one Pod: the pair, its address that is alone in its network, and the routes of both ends.
fn add(writer: &mut Writer<'_>, on: &On<'_>, PodOn { pod, netns, .. }: PodOn<'_>) {
    let cause = writer.object(COMPONENT, &pod.origin, "", None);
    let device = device_of(pod);
    let uplink = writer.builder.link(LinkRef { netns: on.at.netns, link: on.at.uplink }).mtu;
    let mtu = pod_mtu(config(writer, on), uplink);
    let near = (netns, "eth0", mac(&format!("pod/{}/eth0", pod.name)));
    let (eth0, port) = writer.builder.add_veth(near, (on.at.netns, &*device, MAC), mtu, cause);
    let own = IfAddr { net: IpNet::from(pod.ip), broadcast: None, scope: Scope::Global, cause };
    writer.builder.add_address(eth0, own);
    let routes = &mut writer.builder.netns(netns).routes;
    let by = |dst| Route { dev: Some(eth0.link), ..route(dst, RouteProtocol::Boot, cause) };
    routes.push(Route { scope: Scope::Link, ..by(IpNet::from(GATEWAY)) });
    routes.push(Route { via: Some(GATEWAY), ..by(everywhere()) });
    let back =
        Route { dev: Some(port.link), scope: Scope::Link, ..route(IpNet::from(pod.ip), RouteProtocol::Boot, cause) };
    writer.builder.netns(on.at.netns).routes.push(back);
    for (name, value) in [("proxy_arp", "1"), ("route_localnet", "1"), ("forwarding", "1")] {
        writer.builder.sysctl(on.at.netns, &format!("net.ipv4.conf.{device}.{name}"), value, cause);
    }
    // An answer for others would wait for up to 0.8 s.
    writer.builder.sysctl(on.at.netns, &format!("net.ipv4.neigh.{device}.proxy_delay"), "0", cause);
}
