//! The Docker engine: bridges, containers' networks, rules, docker-proxy and the resolver in containers.
//!
//! Everything of a Docker host and its containers is written at once, with the machines that are no nodes: a host has few of them.

mod desktop;
mod node;
mod proxy;
mod resolver;
mod rules;

pub(crate) use node::{EntryPoint, Resolver};
pub(crate) use resolver::{asks, hosts_file, of_engine, resolv_conf};

use super::plug::{HOST, address, plug};
use super::write::{NodeNet, Writer, device_name, everywhere, mac};
use super::{runtime, station};
use crate::site::{Behaviour, Kind, Machine, MachineId, Process};
use ipnet::{IpNet, Ipv4Net};
use kernel::config::{Bridge, BridgePort, IfAddr, Link, LinkKind, Scope};
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::Mac;
use kubernetes::cluster::listener::Bind;
use kubernetes::cluster::model::docker::{Attachment, Container, FirewallBackend, Mode, Network};
use kubernetes::cluster::model::{ContainerId, DockerHost, DockerId, Segment};
use kubernetes::origin::{Cause, CauseId, Component, Location};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Names of containers' namespaces start with this.
const CONTAINER: &str = "container/";

/// Name of a Docker host's namespace.
pub fn host_name(host: &DockerHost) -> String {
    format!("{HOST}{}", host.name)
}

/// Name of a container's namespace: hosts after the first say which one it is, a node is called by its name.
pub fn container_name(host: (DockerId, &DockerHost), container: &Container) -> String {
    if container.node.is_some() {
        return container.name.to_string();
    }
    match host.0 {
        DockerId(0) => format!("{CONTAINER}{}", container.probe_name()),
        _ => format!("{CONTAINER}{}/{}", host.1.name, container.probe_name()),
    }
}

/// Why the parts of a host's network are there.
struct Because {
    /// The daemon's own doing.
    daemon: CauseId,
    /// `userland-proxy`.
    proxy: CauseId,
    /// `ip-forward`.
    forwarding: CauseId,
    /// `firewall-backend`.
    backend: CauseId,
    /// `bridge-accept-fwmark`.
    mark: CauseId,
    /// Forwarding was off before.
    turned_forwarding_on: bool,
    /// Nobody says whether it was on, and the daemon starts only where it is: it does not turn it on itself.
    takes_forwarding_for_on: bool,
    networks: Vec<OfNetwork>,
}

/// Why the parts of a network are there.
#[derive(Clone, Copy)]
struct OfNetwork {
    own: CauseId,
    internal: CauseId,
    icc: CauseId,
    masquerade: CauseId,
    mode: CauseId,
    trusted: CauseId,
}

impl Because {
    fn of(writer: &mut Writer<'_>, host: &DockerHost) -> Self {
        let daemon = writer.component(Component::Docker);
        let said = |writer: &mut Writer<'_>, key: &'static str| {
            let because = host.daemon.said.get(key).cloned();
            let (object, location) = because.map_or((None, None), |said| (said.object, said.location));
            let field = Some(Arc::from(key));
            writer.cause(Cause { component: Component::Docker, object, field, since: None, location })
        };
        let (proxy, forwarding) = (said(writer, "userland-proxy"), said(writer, "ip-forward"));
        let backend = said(writer, "firewall-backend");
        let mark = said(writer, "bridge-accept-fwmark");
        let networks = host.networks.iter().enumerate().map(|(index, network)| {
            let own = writer.object(Component::Docker, &network.origin, "", None);
            // The default bridge is set up by the daemon's own keys.
            let of = |writer: &mut Writer<'_>, field: &'static str, key: &'static str| match index {
                0 => said(writer, key),
                _ => writer.object(Component::Docker, &network.origin, option(field), network.said.get(field)),
            };
            OfNetwork {
                own,
                internal: of(writer, "internal", "internal"),
                icc: of(writer, "icc", "icc"),
                masquerade: of(writer, "masquerade", "ip-masq"),
                mode: of(writer, "gateway_mode", "default-network-opts"),
                trusted: of(writer, "trusted", "default-network-opts"),
            }
        });
        let networks = networks.collect();
        let of_before = host.said.sysctls.iter().rev().find(|said| &*said.name == FORWARDING);
        let off = of_before.is_none_or(|said| said.value == 0);
        let nftables = host.daemon.iptables && host.daemon.backend == FirewallBackend::Nftables;
        let turned_forwarding_on = host.daemon.ip_forward && off && !nftables;
        let takes_forwarding_for_on = host.daemon.ip_forward && of_before.is_none() && nftables;
        Self { daemon, proxy, forwarding, backend, mark, turned_forwarding_on, takes_forwarding_for_on, networks }
    }

    fn network(&self, index: usize) -> OfNetwork {
        let daemon = self.daemon;
        let nothing =
            OfNetwork { own: daemon, internal: daemon, icc: daemon, masquerade: daemon, mode: daemon, trusted: daemon };
        self.networks.get(index).copied().unwrap_or(nothing)
    }
}

/// The option of a network as the engine names it.
fn option(field: &'static str) -> &'static str {
    match field {
        "icc" => "driver_opts.com.docker.network.bridge.enable_icc",
        "masquerade" => "driver_opts.com.docker.network.bridge.enable_ip_masquerade",
        "trusted" => "driver_opts.com.docker.network.bridge.trusted_host_interfaces",
        "gateway_mode" => "driver_opts.com.docker.network.bridge.gateway_mode_ipv4",
        other => other,
    }
}

/// A container's device on a network, for the rules.
struct Wired<'c> {
    container: &'c Container,
    /// Index in [`DockerHost::networks`].
    network: usize,
    ip: Ipv4Addr,
    cause: CauseId,
    /// Causes of the ports that are mapped here, by field: on the network of the default route alone.
    ports: BTreeMap<Arc<str>, CauseId>,
}

/// Makes a Docker host with all its containers, plugged into its segment's switch.
pub(super) fn write(writer: &mut Writer<'_>, id: DockerId, switch: LinkRef, segment: &Segment, index: usize) {
    let cluster = writer.cluster;
    let Some(host) = cluster.docker.get(id.0 as usize) else { return };
    // What the engine is told of ports is not what was asked for where it runs in a virtual machine.
    let inside = host.desktop.is_some().then(|| desktop::inside(host));
    let cause = writer.object(Component::Host, &host.origin, "", None);
    let name = host_name(host);
    let netns = writer.netns(&name, cause);
    let machine = writer.tree.add(Machine {
        kind: Kind::Host(host.ip),
        name: Arc::from(&*name),
        parent: None,
        netns,
        segments: Box::new([host.segment]),
        assumed: host.origin.assumed,
    });
    let uplink = plug(writer, (switch, segment.mtu), (netns, &name), index);
    address(writer, uplink, (host.ip, segment.cidr), cause);
    station::routes(writer, uplink, Some(segment.gateway), &host.routes);
    writer.hosts.insert(host.ip, netns);
    let own_netns = netns;
    let (outside, host) = (host, inside.as_ref().unwrap_or(host));
    let (machine, netns) = match &host.desktop {
        Some(of) => desktop::write(writer, (id, outside, of), (machine, netns, uplink), cause),
        None => (machine, netns),
    };
    let because = Because::of(writer, host);
    sysctls(writer, host, netns, &because);
    let bridges: Vec<LinkRef> =
        (0..host.networks.len()).filter_map(|at| bridge(writer, host, netns, at, &because)).collect();
    let containers = containers(writer, (id, host), (machine, netns));
    let mut wired = Vec::new();
    for (index, (container, &(own, resolves))) in (0u32..).zip(host.containers.iter().zip(&containers)) {
        let cause = writer.object(Component::Docker, &container.origin, "", None);
        let name = container_name((id, host), container);
        for (number, attachment) in container.attachments().iter().enumerate() {
            let (Some(&bridge), Some(network)) =
                (bridges.get(attachment.network as usize), host.networks.get(attachment.network as usize))
            else {
                continue;
            };
            let hairpin = !host.daemon.userland_proxy;
            let eth = plug_in(writer, (own, &name), (bridge, network), (number, attachment), hairpin, cause);
            if let Some((node, _)) = container.node {
                writer.nodes.insert(node, NodeNet { netns: own, uplink: eth.link });
            }
            let mapped = attachment.default_route;
            let ports = container.ports.iter().filter(|_| mapped);
            let ports = ports.map(|port| {
                let at = port.location.as_ref();
                (port.field.clone(), writer.object(Component::Docker, &container.origin, &port.field, at))
            });
            let ports = ports.collect();
            wired.push(Wired { container, network: attachment.network as usize, ip: attachment.ip, cause, ports });
        }
        // A node's is written with the rest of it.
        if resolves && container.node.is_none() {
            resolver::write(writer, ContainerId { host: id, at: index }, own, None, cause);
        }
    }
    rules::write(writer, host, netns, &because, &wired);
    proxy::write(writer, host, netns, &wired);
    for (at, &(own, _)) in containers.iter().enumerate() {
        listen(writer, ContainerId { host: id, at: at as u32 }, own);
    }
    if outside.desktop.is_some() {
        desktop::forward(writer, (outside, host), own_netns, &because);
    }
    station::sockets(writer, own_netns, &host.sockets);
    station::rules(writer, &host.said, netns, &host.name);
}

/// What the daemon sets when it starts.
fn sysctls(writer: &mut Writer<'_>, host: &DockerHost, netns: NetnsId, because: &Because) {
    let bridged = writer.cluster.settings.bridge_nf;
    writer.builder.sysctl(netns, BRIDGE_NF, if bridged { "1" } else { "0" }, because.daemon);
    // What was set before it starts.
    super::administrator::sysctls(writer, &host.said, netns);
    if because.turned_forwarding_on {
        writer.builder.sysctl(netns, FORWARDING, "1", because.forwarding);
    }
    if because.takes_forwarding_for_on {
        writer.builder.sysctl(netns, FORWARDING, "1", because.backend);
    }
    if !host.daemon.iptables {
        return;
    }
    let closed = host.networks.iter().position(|network| !network.icc);
    if let Some(at) = closed {
        writer.builder.sysctl(netns, BRIDGE_NF, "1", because.network(at).icc);
    }
    if !host.daemon.userland_proxy {
        writer.builder.sysctl(netns, BRIDGE_NF, "1", because.proxy);
    }
}

const FORWARDING: &str = "net.ipv4.ip_forward";
const BRIDGE_NF: &str = "net.bridge.bridge-nf-call-iptables";

/// A network's bridge on the host.
fn bridge(writer: &mut Writer<'_>, host: &DockerHost, netns: NetnsId, at: usize, because: &Because) -> Option<LinkRef> {
    let network = host.networks.get(at)?;
    let cause = because.network(at).own;
    let link = Link {
        name: network.bridge.clone(),
        mac: mac(&format!("{}/{}", host.name, network.bridge)),
        mtu: network.mtu,
        up: true,
        kind: LinkKind::Bridge(Bridge::default()),
        port: None,
        addresses: Vec::new(),
        cause,
    };
    let bridge = writer.builder.add_link(netns, link);
    let isolated = network.gateway_mode == kubernetes::cluster::model::docker::GatewayMode::Isolated;
    if !isolated {
        give(writer, bridge, network.gateway, network.subnet, cause);
    }
    if !host.daemon.userland_proxy {
        let name = format!("net.ipv4.conf.{}.route_localnet", network.bridge);
        writer.builder.sysctl(netns, &name, "1", because.proxy);
    }
    Some(bridge)
}

fn give(writer: &mut Writer<'_>, link: LinkRef, ip: Ipv4Addr, subnet: Ipv4Net, cause: CauseId) {
    if let Ok(net) = Ipv4Net::new(ip, subnet.prefix_len()) {
        let broadcast = Some(IpAddr::V4(net.broadcast()));
        writer.builder.add_address(link, IfAddr { net: IpNet::V4(net), broadcast, scope: Scope::Global, cause });
    }
}

/// The namespace of each container, and whether the engine's resolver runs in it.
fn containers(
    writer: &mut Writer<'_>,
    (id, host): (DockerId, &DockerHost),
    (machine, netns): (MachineId, NetnsId),
) -> Vec<(NetnsId, bool)> {
    let mut all = vec![(netns, false); host.containers.len()];
    // Those that join another's are behind all that have one: the other is there by then.
    let (own, joined): (Vec<usize>, Vec<usize>) = (0..host.containers.len())
        .partition(|at| !matches!(host.containers.get(*at).map(|of| &of.mode), Some(Mode::Container(_))));
    for at in own.into_iter().chain(joined) {
        let Some(container) = host.containers.get(at) else { continue };
        let name = container_name((id, host), container);
        let at_netns = match &container.mode {
            Mode::Host => netns,
            Mode::Container(_) => all.get(joins(host, at)).map_or(netns, |(netns, _)| *netns),
            Mode::Networks(_) | Mode::None => {
                let cause = writer.object(Component::Docker, &container.origin, "", None);
                writer.netns(&name, cause)
            }
        };
        let kind = match container.node {
            Some((node, _)) => Kind::Node(node),
            None => Kind::Container(ContainerId { host: id, at: at as u32 }),
        };
        writer.tree.add(Machine {
            kind,
            name: Arc::from(&*name),
            parent: Some(machine),
            netns: at_netns,
            segments: Box::default(),
            assumed: container.origin.assumed,
        });
        let resolves = matches!(&container.mode, Mode::Networks(all) if all.iter().any(|one| one.network != 0));
        if let Some(slot) = all.get_mut(at) {
            *slot = (at_netns, resolves);
        }
    }
    all
}

/// The container whose namespace one has, through all that join another's.
pub(crate) fn joins(host: &DockerHost, at: usize) -> usize {
    let mut at = at;
    // Circles were told; they lead nowhere.
    for _ in 0..host.containers.len() {
        match host.containers.get(at).map(|of| &of.mode) {
            Some(Mode::Container(other)) => at = *other as usize,
            _ => break,
        }
    }
    at
}

/// A container's device on a network.
fn plug_in(
    writer: &mut Writer<'_>,
    (netns, name): (NetnsId, &str),
    (bridge, network): (LinkRef, &Network),
    (number, attachment): (usize, &Attachment),
    hairpin: bool,
    cause: CauseId,
) -> LinkRef {
    let device = format!("eth{number}");
    let near = (netns, &*device, attachment.mac.unwrap_or_else(|| own_mac(name, &device)));
    let port = device_name(writer, bridge.netns, ("veth", 7), &format!("{name}/{device}"));
    let far = (bridge.netns, &*port, mac(&format!("{name}/{port}")));
    let (eth, port) = writer.builder.add_veth(near, far, network.mtu, cause);
    writer.builder.link(port).port = Some(BridgePort { hairpin, ..BridgePort::of(bridge.link) });
    give(writer, eth, attachment.ip, network.subnet, cause);
    if attachment.default_route && !network.internal {
        writer.builder.add_route(netns, everywhere(), Some(IpAddr::V4(network.gateway)), eth.link, cause);
    }
    eth
}

fn own_mac(name: &str, device: &str) -> Mac {
    mac(&format!("{name}/{device}"))
}

/// Opens the sockets of a container's processes.
fn listen(writer: &mut Writer<'_>, id: ContainerId, netns: NetnsId) {
    let Some(container) = writer.cluster.container(id) else { return };
    for socket in &container.listening.sockets {
        let Some(because) = socket.decisive() else { continue };
        let object = Some(because.object.clone().unwrap_or_else(|| container.origin.object.clone()));
        let location: Option<Location> = because.location.clone().or_else(|| container.origin.location.clone());
        let field = Some(because.field.clone());
        let cause = writer.cause(Cause { component: Component::Workload, object, field, since: None, location });
        let address = match socket.bind {
            Bind::Any => None,
            Bind::Loopback => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Bind::Pod => container.attachments().first().map(|first| IpAddr::V4(first.ip)),
            Bind::Address(ip) => Some(ip),
        };
        let process = Process::named(&container.service, Behaviour::Answers);
        runtime::open(writer, netns, socket.protocol, (address, socket.port), process, cause);
    }
}
