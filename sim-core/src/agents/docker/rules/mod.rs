//! The rules of the bridge driver, by engine.
//!
//! Sources: the engine's own expected rule sets (`daemon/libnetwork/drivers/bridge/internal/iptabler`, `integration/network/bridge/iptablesdoc`)
//! for 29 and, for its nftables back-end, `nftabler` and `nftablesdoc` beside them, `iptables-save` of a running engine for 20.10, the engine's 28.5 sources for 28.

mod classic;
mod draft;
mod forward;
mod native;
mod table;

use super::{Because, Wired};
use crate::agents::write::Writer;
use draft::Draft;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::DockerHost;
use kubernetes::cluster::model::docker::{Container, Engine, FirewallBackend, GatewayMode, Network, Published};
use kubernetes::origin::CauseId;
use std::net::Ipv4Addr;

/// Writes the rules of an engine for its networks and containers.
pub(super) fn write(
    writer: &mut Writer<'_>,
    host: &DockerHost,
    netns: NetnsId,
    because: &Because,
    wired: &[Wired<'_>],
) {
    if !host.daemon.iptables {
        return;
    }
    if host.daemon.backend == FirewallBackend::Nftables {
        let table = native::table(host, because, wired);
        writer.builder.netns(netns).nft.tables.push(table);
        return;
    }
    let mut draft = Draft::default();
    match host.engine {
        Engine::V20 => classic::write(&mut draft, host, because, wired),
        Engine::V28 | Engine::V29 => forward::write(&mut draft, host, because, wired),
    }
    if because.turned_forwarding_on {
        draft.drop_forwarded(because.forwarding);
    }
    draft.write(&mut writer.builder, netns);
}

/// The address that a port is matched on: a port on every address names none.
fn on(published: &Published) -> String {
    match published.host_ip.is_unspecified() {
        true => String::new(),
        false => format!("-d {}/32 ", published.host_ip),
    }
}

/// A container's ports in the order in which the engine maps them: TCP before UDP and SCTP, high ports first (`nat.SortPortMap`).
fn mapped(container: &Container) -> Vec<&Published> {
    let mut all: Vec<&Published> = container.ports.iter().collect();
    let key = |port: &&Published| {
        (port.protocol.to_string() != "tcp", std::cmp::Reverse((port.container_port, port.host_port)))
    };
    all.sort_by_key(key);
    all
}

/// Whether ports of this network's containers are translated.
fn translates(network: &Network) -> bool {
    matches!(network.gateway_mode, GatewayMode::Nat | GatewayMode::NatUnprotected)
}

/// A port that a link opens on the default bridge when its containers may not talk to each other (`linkContainers`).
struct Linked {
    from: Ipv4Addr,
    to: Ipv4Addr,
    protocol: Protocol,
    port: Port,
    /// The container that names the other.
    cause: CauseId,
}

fn linked(host: &DockerHost, wired: &[Wired<'_>]) -> Vec<Linked> {
    if host.networks.first().is_none_or(|network| network.icc) {
        return Vec::new();
    }
    let at = |index: u32| {
        let container = host.containers.get(index as usize)?;
        wired.iter().find(|one| one.network == 0 && std::ptr::eq(one.container, container))
    };
    let mut all = Vec::new();
    for caller in wired.iter().filter(|one| one.network == 0) {
        for called in caller.container.links.iter().filter_map(|index| at(*index)) {
            let published = called.container.ports.iter().map(|port| (port.container_port, port.protocol));
            let mut ports: Vec<_> = called.container.exposed.iter().copied().chain(published).collect();
            ports.sort_by_key(|(port, protocol)| (protocol.to_string() != "tcp", std::cmp::Reverse(*port)));
            ports.dedup();
            let (from, to, cause) = (caller.ip, called.ip, caller.cause);
            all.extend(ports.into_iter().map(|(port, protocol)| Linked { from, to, protocol, port, cause }));
        }
    }
    all
}

/// The rules of links as iptables has them.
fn links(draft: &mut Draft, host: &DockerHost, wired: &[Wired<'_>]) {
    let Some(bridge) = host.networks.first().map(|network| &network.bridge) else { return };
    for Linked { from, to, protocol, port, cause } in linked(host, wired) {
        let mut open = |src, dst, side: &str| {
            let rule = format!(
                "-s {src}/32 -d {dst}/32 -i {bridge} -o {bridge} -p {protocol} -m {protocol} --{side} {port} -j ACCEPT"
            );
            draft.append(draft::Table::Filter, "DOCKER", rule, cause);
        };
        open(from, to, "dport");
        open(to, from, "sport");
    }
}
