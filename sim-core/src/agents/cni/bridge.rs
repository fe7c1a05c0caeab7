//! The reference plugin `bridge` with IPAM `host-local`, and `portmap` and `firewall` behind it. Where no configuration is given it is called with
//! `isDefaultGateway` and `hairpinMode`, without `ipMasq`, and whoever installed it masquerades what leaves the cluster.

use super::installer::{self, gateway_of, has_gateway, has_host_route};
use super::{firewall, ip_masq, portmap};
use crate::agents::agent::{Hairpin, On, Plugin, PodOn};
use crate::agents::write::everywhere;
use crate::agents::write::{Writer, device_name, mac};
use ipnet::IpNet;
use kernel::config::{Bridge, BridgePort, IfAddr, Link, LinkKind, Scope};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::origin::{Cause, Component};
use std::net::IpAddr;
use std::sync::Arc;

/// MTU of the bridge and the Pods: the underlay's.
const MTU: u32 = 1500;

/// The bridge's name where none is given.
pub(super) const BRIDGE: &str = "cni0";

const COMPONENT: Component = Component::Cni(Cni::BRIDGE.name());

pub(super) struct BridgePlugin;

impl Plugin for BridgePlugin {
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
        installer::routes(writer, on, Component::Administrator);
        if is_called(writer.cluster, on) {
            let config = config(writer.cluster);
            bridge(writer, on, &config);
        }
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) {
        let config = config(writer.cluster);
        add(writer, on, pod, &config);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let wiring = writer.cluster.settings.network_config.wiring.clone();
        // Without an address of the bridge's the way to the Pod leads elsewhere.
        let uplink = LinkRef { netns: on.at.netns, link: on.at.uplink };
        let device = if wiring.gateway { wiring.bridge.clone() } else { writer.builder.link(uplink).name.clone() };
        for pod in on.wired() {
            if let Some(backend) = wiring.masquerade {
                ip_masq::add(writer, on, (COMPONENT, backend), pod.pod);
            }
            portmap::add(writer, on, pod.pod, &device);
            firewall::add(writer, on, COMPONENT, pod.pod);
        }
        if !wiring.is_said() {
            installer::masquerade(writer, on);
        }
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The bridge's address is of its Pods' network.
        node.pod_cidr.contains(&ip)
    }

    fn hairpin(&self, cluster: &Cluster) -> Option<Hairpin> {
        Some(hairpin(cluster, COMPONENT, "plugins.hairpinMode"))
    }
}

/// How the plugin is called.
pub(super) struct Config {
    /// By whom.
    pub(super) component: Component,
    /// `mtu` of the bridge and of the Pods' devices.
    pub(super) mtu: u32,
    /// `ipam.routes` beside the default one: networks behind the gateway, or behind another.
    pub(super) routes: Vec<(IpNet, Option<IpAddr>)>,
    /// The bridge has the first address of the range.
    pub(super) gateway: bool,
    /// It is a Pod's way to everywhere.
    pub(super) default_route: bool,
    /// `promiscMode`.
    pub(super) promiscuous: bool,
    /// The bridge's name.
    pub(super) bridge: Arc<str>,
    /// How names of its ports begin, and how many digits follow.
    pub(super) port: (&'static str, usize),
    /// Prefix length of all addresses; `None` for that of the node's own network.
    pub(super) length: Option<u8>,
}

impl Config {
    /// As the reference plugin is called, in a name of somebody's.
    pub(super) fn of(component: Component, mtu: u32) -> Self {
        Self {
            component,
            mtu,
            routes: Vec::new(),
            gateway: true,
            default_route: true,
            promiscuous: false,
            bridge: Arc::from(BRIDGE),
            port: ("veth", 8),
            length: None,
        }
    }
}

/// As the configuration of the input calls it.
fn config(cluster: &Cluster) -> Config {
    let wiring = cluster.settings.network_config.wiring.clone();
    Config {
        routes: wiring.routes.unwrap_or_default(),
        gateway: wiring.gateway,
        default_route: wiring.default_route,
        promiscuous: wiring.promiscuous,
        bridge: wiring.bridge,
        ..Config::of(COMPONENT, wiring.mtu.unwrap_or(MTU))
    }
}

/// `hairpinMode`, which stands in that field of the configuration.
pub(super) fn hairpin(cluster: &Cluster, component: Component, field: &'static str) -> Hairpin {
    let config = &cluster.settings.network_config;
    Hairpin {
        on: config.hairpin,
        said_at: config.hairpin_at.clone(),
        field: config.object.clone().map(|object| (object, field)),
        cause: Cause { field: Some(Arc::from(field)), location: config.hairpin_at.clone(), ..Cause::of(component) },
    }
}

/// True where the plugin was called on the node: it makes the bridge with the first Pod (`setupBridge` of its ADD), and leaves it there
/// when the last one goes.
pub(super) fn is_called(cluster: &Cluster, on: &On<'_>) -> bool {
    let had = cluster.had_pods.contains(&on.of.name);
    had || on.wired().next().is_some() || cluster.absent.iter().any(|pod| pod.had.as_ref() == Some(&on.of.name))
}

/// Makes the bridge on a node.
pub(super) fn bridge(writer: &mut Writer<'_>, on: &On<'_>, config: &Config) -> Option<LinkRef> {
    let of = on.of;
    let gateway = gateway_of(on)?;
    let cause = writer.object(config.component, &of.origin, "spec.podCIDR", of.pod_cidr_at.as_ref());
    let bridge = writer.builder.add_link(
        on.at.netns,
        Link {
            name: config.bridge.clone(),
            mac: mac(&format!("{}/{}", of.name, config.bridge)),
            mtu: config.mtu,
            up: true,
            kind: LinkKind::Bridge(Bridge { promiscuous: config.promiscuous, ..Bridge::default() }),
            port: None,
            addresses: Vec::new(),
            cause,
        },
    );
    // For a frame that does not come back because of it.
    if let Some(hairpin) = on.plugin.hairpin(writer.cluster) {
        writer.cause(hairpin.cause);
    }
    if !config.gateway {
        return Some(bridge);
    }
    let net = IpNet::new(gateway, config.length.unwrap_or_else(|| of.pod_cidr.prefix_len())).ok()?;
    let broadcast = Some(net.broadcast());
    writer.builder.add_address(bridge, IfAddr { net, broadcast, scope: Scope::Global, cause });
    Some(bridge)
}

fn bridge_of(writer: &mut Writer<'_>, netns: NetnsId, name: &str) -> Option<LinkRef> {
    let at = writer.builder.netns(netns).links.iter().position(|link| &*link.name == name)?;
    Some(LinkRef { netns, link: LinkId(at as u32) })
}

/// ADD for one Pod: the veth pair, address and default route.
pub(super) fn add(
    writer: &mut Writer<'_>,
    on: &On<'_>,
    PodOn { pod, netns, .. }: PodOn<'_>,
    config: &Config,
) -> Option<()> {
    let (node, at) = (on.of, on.at);
    let bridge = bridge_of(writer, at.netns, &config.bridge)?;
    let name = format!("pod/{}", pod.name);
    let cause = writer.object(config.component, &pod.origin, "", None);
    let near = (netns, "eth0", mac(&format!("{name}/eth0")));
    let port_name = device_name(writer, at.netns, config.port, &name);
    let far = (at.netns, &*port_name, mac(&format!("{}/{port_name}", node.name)));
    let hairpin = writer.cluster.settings.network_config.hairpin;
    let (eth0, port) = writer.builder.add_veth(near, far, config.mtu, cause);
    writer.builder.link(port).port = Some(BridgePort { hairpin, ..BridgePort::of(bridge.link) });
    // In one network of all nodes everybody is a neighbour.
    let apart = config.length.is_none() && has_host_route(node, pod);
    let length = if apart { 32 } else { config.length.unwrap_or_else(|| node.pod_cidr.prefix_len()) };
    if let Ok(net) = IpNet::new(pod.ip, length) {
        let broadcast = (!apart).then(|| net.broadcast());
        writer.builder.add_address(eth0, IfAddr { net, broadcast, scope: Scope::Global, cause });
    }
    // Handed out by `host-local`, whether or not anybody has it.
    let gateway = gateway_of(on)?;
    if apart {
        // An address of another range: both sides reach each other by routes of their own.
        writer.builder.add_route(netns, IpNet::from(gateway), None, eth0.link, cause);
        writer.builder.add_route(at.netns, IpNet::from(pod.ip), None, bridge.link, cause);
    }
    for (net, via) in routes_of(&config.routes, config.default_route) {
        writer.builder.add_route(netns, net, Some(via.unwrap_or(gateway)), eth0.link, cause);
    }
    Some(())
}

/// A Pod's routes: those of the configuration, and the default one behind them where it is not among them.
fn routes_of(given: &[(IpNet, Option<IpAddr>)], default: bool) -> impl Iterator<Item = (IpNet, Option<IpAddr>)> + '_ {
    let has = given.iter().any(|(net, _)| *net == everywhere());
    given.iter().copied().chain((default && !has).then(|| (everywhere(), None)))
}
