//! The reference plugin `ptp` with IPAM `host-local`, and `portmap` and `firewall` behind it.
//!
//! There is no bridge: each Pod hangs on a veth pair of its own, whose end on the node carries the first address of the node's range, the same on
//! every pair. The Pod's own network is behind that address, too (`setupContainerVeth` in plugins/main/ptp/ptp.go).

use super::installer::{self, gateway_of, has_gateway, has_host_route};
use super::{firewall, ip_masq, portmap};
use crate::agents::agent::{On, Plugin, PodOn};
use crate::agents::write::{Writer, device_name, everywhere, mac};
use ipnet::IpNet;
use kernel::config::{IfAddr, LinkKind, Route, Scope, TableId};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::origin::{CauseId, Component};
use std::net::IpAddr;
use std::sync::Arc;

const COMPONENT: Component = Component::Cni(Cni::PTP.name());
/// MTU of pairs where none is given: the kernel's own.
const MTU: u32 = 1500;

/// How the plugin is called.
pub(super) struct Config {
    /// By whom.
    component: Component,
    /// `mtu` of the pairs; `None` is that of the node's uplink.
    mtu: Option<u32>,
    /// `ipam.routes`.
    routes: Vec<(IpNet, Option<IpAddr>)>,
}

impl Config {
    /// As kindnetd calls it: with the MTU of the node's `eth0` (`computeBridgeMTU`), and a way to everywhere.
    pub(super) fn of(component: Component) -> Self {
        Self { component, mtu: None, routes: vec![(everywhere(), None)] }
    }
}

pub(super) struct Ptp;

impl Plugin for Ptp {
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
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) {
        let wiring = writer.cluster.settings.network_config.wiring.clone();
        let unsaid = Config::of(COMPONENT);
        let routes = wiring.routes.unwrap_or(unsaid.routes);
        let config = Config { mtu: Some(wiring.mtu.unwrap_or(MTU)), routes, ..unsaid };
        add(writer, on, pod, &config);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let wiring = writer.cluster.settings.network_config.wiring.clone();
        for pod in on.wired() {
            if let Some(backend) = wiring.masquerade {
                ip_masq::add(writer, on, (COMPONENT, backend), pod.pod);
            }
            if let Some(device) = device_of(writer, on, pod) {
                portmap::add(writer, on, pod.pod, &device);
            }
            firewall::add(writer, on, COMPONENT, pod.pod);
        }
        if !wiring.is_said() {
            installer::masquerade(writer, on);
        }
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The address of its ends of the pairs is of its Pods' network.
        node.pod_cidr.contains(&ip)
    }
}

/// The node's end of a Pod's pair.
pub(super) fn device_of(writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) -> Option<Arc<str>> {
    let leads = |kind: &LinkKind| matches!(kind, LinkKind::Veth { peer } if peer.netns == pod.netns);
    let links = &writer.builder.netns(on.at.netns).links;
    links.iter().find(|link| leads(&link.kind)).map(|link| link.name.clone())
}

/// A route of the table `main`, as the plugin gives it to the kernel.
fn route(dst: IpNet, dev: LinkId, scope: Scope, cause: CauseId) -> Route {
    Route { dev: Some(dev), scope, ..Route::new(dst, cause) }
}

/// ADD for one Pod: the veth pair, addresses and routes of both ends.
pub(super) fn add(
    writer: &mut Writer<'_>,
    on: &On<'_>,
    PodOn { pod, netns, .. }: PodOn<'_>,
    config: &Config,
) -> Option<()> {
    let gateway = gateway_of(on)?;
    let name = format!("pod/{}", pod.name);
    let cause = writer.object(config.component, &pod.origin, "", None);
    let device = device_name(writer, on.at.netns, ("veth", 8), &name);
    let near = (netns, "eth0", mac(&format!("{name}/eth0")));
    let far = (on.at.netns, &*device, mac(&format!("{}/{device}", on.of.name)));
    let uplink = LinkRef { netns: on.at.netns, link: on.at.uplink };
    let mtu = config.mtu.unwrap_or_else(|| writer.builder.link(uplink).mtu);
    let (eth0, port) = writer.builder.add_veth(near, far, mtu, cause);
    // An address of another range is alone.
    let apart = has_host_route(on.of, pod);
    let net = IpNet::new(pod.ip, if apart { 32 } else { on.of.pod_cidr.prefix_len() }).ok()?;
    let broadcast = (net.prefix_len() < 31).then(|| net.broadcast());
    writer.builder.add_address(eth0, IfAddr { net, broadcast, scope: Scope::Global, cause });
    // The kernel's route to the Pod's network is taken away: all of it is behind the gateway.
    let own = net.trunc();
    let routes = &mut writer.builder.netns(netns).routes;
    routes.to_mut().retain(|route| route.dst != own || route.table != TableId::MAIN);
    let src = Some(pod.ip);
    routes.push(Route { src, ..route(IpNet::from(gateway), eth0.link, Scope::Link, cause) });
    if !apart {
        routes.push(Route { src, via: Some(gateway), ..route(own, eth0.link, Scope::Global, cause) });
    }
    for (net, via) in config.routes.iter().copied() {
        routes.push(Route { via: via.or(Some(gateway)), ..route(net, eth0.link, Scope::Global, cause) });
    }
    let own = IfAddr { net: IpNet::from(gateway), broadcast: None, scope: Scope::Global, cause };
    writer.builder.add_address(port, own);
    let back = route(IpNet::from(pod.ip), port.link, Scope::Host, cause);
    writer.builder.netns(on.at.netns).routes.push(back);
    Some(())
}
