//! kind's own plugin: the reference plugin `ptp` with IPAM `host-local`, without `ipMasq`, `portmap` behind it, and the daemon kindnetd, which
//! writes that configuration, the routes to other nodes' Pods and the rules that masquerade.
//!
//! There is no bridge: each Pod hangs on a veth pair of its own, whose end on the node carries the first address of the node's range, the same on
//! every pair. The Pod's own network is behind that address, too (`setupContainerVeth` in plugins/main/ptp/ptp.go).
//!
//! kindnetd masquerades with iptables in all releases of kind that are known (`images/kindnetd/cmd/kindnetd/masq.go`); only the project of the
//! same name outside of kind writes nftables. How newer ones enforce NetworkPolicies (by a queue to the daemon) is not simulated.

use super::installer::{self, gateway_of, has_gateway, has_host_route};
use super::portmap;
use crate::agents::agent::{On, Plugin, PodOn};
use crate::agents::write::{Writer, device_name, everywhere, mac};
use ipnet::IpNet;
use kernel::config::xtables::{AddrTypeMatch, IpMatch, Match, Neg, Rule, Target};
use kernel::config::{AddrType, Hook, IfAddr, LinkKind, NatRange, Route, Scope, TableId};
use kernel::ids::{LinkId, LinkRef, NetnsId, TableName};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::origin::{CauseId, Component};
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
        add(writer, on, pod);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        for pod in on.wired() {
            let links = &writer.builder.netns(on.at.netns).links;
            let leads = |kind: &LinkKind| matches!(kind, LinkKind::Veth { peer } if peer.netns == pod.netns);
            let Some(device) = links.iter().find(|link| leads(&link.kind)).map(|link| link.name.clone()) else {
                continue;
            };
            portmap::add(writer, on, pod.pod, &device);
        }
        masquerade(writer, on);
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The address of its ends of the pairs is of its Pods' network.
        node.pod_cidr.contains(&ip)
    }
}

/// A route of the table `main`, as the plugin gives it to the kernel.
fn route(dst: IpNet, dev: LinkId, scope: Scope, cause: CauseId) -> Route {
    Route { dev: Some(dev), scope, ..Route::new(dst, cause) }
}

/// ADD for one Pod: the veth pair, addresses and routes of both ends.
fn add(writer: &mut Writer<'_>, on: &On<'_>, PodOn { pod, netns, .. }: PodOn<'_>) -> Option<()> {
    let gateway = gateway_of(on)?;
    let name = format!("pod/{}", pod.name);
    let cause = writer.object(COMPONENT, &pod.origin, "", None);
    let device = device_name(writer, on.at.netns, ("veth", 8), &name);
    let near = (netns, "eth0", mac(&format!("{name}/eth0")));
    let far = (on.at.netns, &*device, mac(&format!("{}/{device}", on.of.name)));
    // That of the node's `eth0` (`computeBridgeMTU`).
    let uplink = LinkRef { netns: on.at.netns, link: on.at.uplink };
    let mtu = writer.builder.link(uplink).mtu;
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
    routes.push(Route { via: Some(gateway), ..route(everywhere(), eth0.link, Scope::Global, cause) });
    let own = IfAddr { net: IpNet::from(gateway), broadcast: None, scope: Scope::Global, cause };
    writer.builder.add_address(port, own);
    let back = route(IpNet::from(pod.ip), port.link, Scope::Host, cause);
    writer.builder.netns(on.at.netns).routes.push(back);
    Some(())
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
