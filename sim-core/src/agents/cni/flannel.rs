//! Flannel: its plugin hands on to the reference plugin `bridge`, and its daemon on each node writes how other nodes' Pods are reached and what
//! is masqueraded.
//!
//! - **vxlan** (`pkg/backend/vxlan/vxlan_network.go`): a device `flannel.VNI` with the node network's own address, and for each other node a
//!   route, a neighbour and a forwarding entry, all of them static: nothing is flooded, learned or asked for on the overlay. With
//!   `DirectRouting` the nodes of one network have a plain route instead.
//! - **host-gw** (`pkg/backend/hostgw`): a route by each other node. The kernel takes none whose next hop is on no network of the node, so there
//!   is none between segments.
//!
//! Rules are those of `pkg/trafficmngr/iptables/iptables.go`. Its nftables mode (`EnableNFTables`) and its policies are not simulated.

use super::bridge::{self, BRIDGE, Config};
use super::installer::{self, has_gateway};
use super::portmap;
use crate::agents::agent::{Hairpin, On, Plugin, PodOn};
use crate::agents::write::{Writer, mac};
use ipnet::IpNet;
use kernel::config::xtables::{IpMatch, Match, Neg, Rule, Target};
use kernel::config::{Hook, IfAddr, Link, LinkKind, NatRange, Neighbour, Route, Scope, VtepEntry, Vxlan};
use kernel::ids::{LinkId, LinkRef, NetnsId, TableName};
use kernel::packet::{Mac, Port};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::cluster::network_config::FlannelConfig;
use kubernetes::origin::{Cause, CauseId, Component};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Bytes that VXLAN puts before a packet: outer Ethernet, IPv4, UDP and its own header.
const OVERHEAD: u32 = 50;

/// The mark by which kube-proxy says that it masquerades a packet itself.
const PROXY_MARK: (u32, u32) = (0x4000, 0x4000);

/// How other nodes' Pods are reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    Vxlan,
    HostGw,
}

pub(super) struct Flannel(pub(super) Backend);

impl Flannel {
    const fn component(&self) -> Component {
        match self.0 {
            Backend::Vxlan => Component::Cni(Cni::FLANNEL.name()),
            Backend::HostGw => Component::Cni(Cni::FLANNEL_HOST_GW.name()),
        }
    }

    /// How its plugin calls `bridge` (`cni-plugin`, flannel_linux.go): the daemon's MTU where `delegate` has none, and a route to the whole
    /// network.
    fn config(&self, writer: &mut Writer<'_>, on: &On<'_>) -> Config {
        let uplink = writer.builder.link(LinkRef { netns: on.at.netns, link: on.at.uplink }).mtu;
        let daemon = if self.0 == Backend::Vxlan { uplink.saturating_sub(OVERHEAD) } else { uplink };
        let mtu = writer.cluster.settings.network_config.wiring.mtu.unwrap_or(daemon);
        let whole = writer.cluster.settings.pod_cidr.trunc();
        let routes = if whole == on.of.pod_cidr.trunc() { Vec::new() } else { vec![(whole, None)] };
        Config { routes, ..Config::of(self.component(), mtu) }
    }
}

impl Plugin for Flannel {
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>> {
        installer::networks(cluster)
    }

    // Nobody tells the router.
    fn between(&self, _: &mut Writer<'_>, _: NetnsId, _: &[LinkId]) {}

    fn wires(&self, cluster: &Cluster, node: NodeId, pods: &[PodId]) -> bool {
        has_gateway(cluster, node, pods)
    }

    fn prepare(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        match self.0 {
            Backend::Vxlan => tunnel(writer, on, self.component()),
            Backend::HostGw => installer::routes(writer, on, self.component()),
        }
        if bridge::is_called(writer.cluster, on) {
            let config = self.config(writer, on);
            bridge::bridge(writer, on, &config);
        }
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) {
        let config = self.config(writer, on);
        bridge::add(writer, on, pod, &config);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        for pod in on.wired() {
            portmap::add(writer, on, pod.pod, BRIDGE);
        }
        let cause = daemon(writer, self.component(), "--ip-masq");
        masquerade(writer, on, cause);
        let cause = daemon(writer, self.component(), "--iptables-forward-rules");
        forward(writer, on, cause);
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The bridge's address and the tunnel's are of its Pods' network.
        node.pod_cidr.contains(&ip)
    }

    fn hairpin(&self, cluster: &Cluster) -> Option<Hairpin> {
        Some(bridge::hairpin(cluster, self.component(), "plugins.delegate.hairpinMode"))
    }
}

/// The daemon's own doing, by one of its settings, where its configuration stands.
fn daemon(writer: &mut Writer<'_>, component: Component, field: &str) -> CauseId {
    let config = &writer.cluster.settings.network_config.flannel;
    let (object, location) = (config.object.clone(), config.location.clone());
    writer.cause(Cause { object, field: Some(Arc::from(field)), location, ..Cause::of(component) })
}

/// Address of a node's end of the tunnel: that of its Pods' network.
fn tunnel_address(node: &Node) -> IpAddr {
    node.pod_cidr.trunc().addr()
}

/// That of the annotation which its daemon leaves on the Node, where it is there.
fn tunnel_mac(config: &FlannelConfig, node: &Node, device: &str) -> Mac {
    config.macs.get(&node.name).copied().unwrap_or_else(|| mac(&format!("{}/{device}", node.name)))
}

/// The device of the overlay, and the three entries for each other node.
fn tunnel(writer: &mut Writer<'_>, on: &On<'_>, component: Component) {
    let of = on.of;
    let config = writer.cluster.settings.network_config.flannel.clone();
    let name = format!("flannel.{}", config.vni);
    let made = daemon(writer, component, "Backend.Type");
    let uplink = writer.builder.link(LinkRef { netns: on.at.netns, link: on.at.uplink }).mtu;
    let others: Vec<(usize, &Node)> = writer.cluster.nodes.iter().enumerate().collect();
    let networks = Arc::clone(&writer.networks);
    let mut ways: Vec<(&Node, CauseId)> = Vec::new();
    for (index, other) in others {
        if NodeId(index as u32) == on.node {
            continue;
        }
        let cause = writer.object(component, &other.origin, "spec.podCIDR", other.pod_cidr_at.as_ref());
        let nets = networks.get(index).into_iter().flatten().copied();
        if config.direct_routing && other.segment == of.segment {
            for net in nets {
                writer.builder.add_route(on.at.netns, net, Some(other.ip), on.at.uplink, cause);
            }
        } else if other.pod_cidr.addr().is_ipv4() {
            ways.push((other, cause));
        }
    }
    let fdb = ways.iter().map(|(other, cause)| VtepEntry {
        mac: tunnel_mac(&config, other, &name),
        remote: other.ip,
        cause: *cause,
    });
    let vxlan = Vxlan {
        local: Some(of.ip),
        dev: Some(on.at.uplink),
        learning: false,
        fdb: fdb.collect(),
        ..Vxlan::new(config.vni, Port(config.port))
    };
    let device = writer.builder.add_link(
        on.at.netns,
        Link {
            name: Arc::from(&*name),
            mac: tunnel_mac(&config, of, &name),
            mtu: uplink.saturating_sub(OVERHEAD),
            up: true,
            kind: LinkKind::Vxlan(vxlan),
            port: None,
            addresses: Vec::new(),
            cause: made,
        },
    );
    let own = IfAddr { net: IpNet::from(tunnel_address(of)), broadcast: None, scope: Scope::Global, cause: made };
    writer.builder.add_address(device, own);
    for (other, cause) in ways {
        let ip = tunnel_address(other);
        let netns = writer.builder.netns(on.at.netns);
        let dev = Some(device.link);
        netns.routes.push(Route { via: Some(ip), dev, onlink: true, ..Route::new(other.pod_cidr.trunc(), cause) });
        netns.neighbours.push(Neighbour {
            ip,
            dev: device.link,
            mac: tunnel_mac(&config, other, &name),
            permanent: true,
            cause,
        });
    }
}

/// What leaves the network, or comes into it from outside by this node, is masqueraded; what kube-proxy marked is left to it.
fn masquerade(writer: &mut Writer<'_>, on: &On<'_>, cause: CauseId) {
    let whole = writer.cluster.settings.pod_cidr.trunc();
    let own = on.of.pod_cidr.trunc();
    if !whole.addr().is_ipv4() {
        return;
    }
    let multicast = Ipv4Addr::new(224, 0, 0, 0);
    let Ok(multicast) = IpNet::new(IpAddr::V4(multicast), 4) else { return };
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Nat);
    let comment = || Match::Comment(Arc::from("flanneld masq"));
    let chain = table.chain("FLANNEL-POSTRTG", cause);
    let marked = vec![Match::Mark(Neg::is(PROXY_MARK)), comment()];
    table.append(chain, Rule { ip: IpMatch::default(), matches: marked, target: Target::Return, cause });
    let fully = || Target::Masquerade(NatRange { random_fully: true, ..NatRange::default() });
    for (src, dst, target) in [
        (Neg::is(own), Neg::is(whole), Target::Return),
        (Neg::is(whole), Neg::is(own), Target::Return),
        (Neg::not(whole), Neg::is(own), Target::Return),
        (Neg::is(whole), Neg::not(multicast), fully()),
        (Neg::not(whole), Neg::is(whole), fully()),
    ] {
        let ip = IpMatch { src: Some(src), dst: Some(dst), ..IpMatch::default() };
        table.append(chain, Rule { ip, matches: vec![comment()], target, cause });
    }
    let Some(postrouting) = table.base(Hook::Postrouting) else { return };
    let jump = Rule { ip: IpMatch::default(), matches: vec![comment()], target: Target::Jump(chain), cause };
    table.append(postrouting, jump);
}

/// What comes from the network or goes to it passes, whatever else FORWARD says.
fn forward(writer: &mut Writer<'_>, on: &On<'_>, cause: CauseId) {
    let whole = writer.cluster.settings.pod_cidr.trunc();
    if !whole.addr().is_ipv4() {
        return;
    }
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Filter);
    let comment = || Match::Comment(Arc::from("flanneld forward"));
    let chain = table.chain("FLANNEL-FWD", cause);
    for ip in [
        IpMatch { src: Some(Neg::is(whole)), ..IpMatch::default() },
        IpMatch { dst: Some(Neg::is(whole)), ..IpMatch::default() },
    ] {
        table.append(chain, Rule { ip, matches: vec![comment()], target: Target::Accept, cause });
    }
    let Some(forward) = table.base(Hook::Forward) else { return };
    let jump = Rule { ip: IpMatch::default(), matches: vec![comment()], target: Target::Jump(chain), cause };
    table.append(forward, jump);
}
