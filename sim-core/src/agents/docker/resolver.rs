//! The resolver that the engine runs in each container of a network of one's own (`daemon/libnetwork/resolver_unix.go`), and the files that
//! lead there.

use crate::agents::hosts::{HostsEntry, HostsLine};
use crate::agents::resolv::{ResolvConf, host_resolv_conf};
use crate::agents::runtime;
use crate::agents::write::Writer;
use crate::site::{Behaviour, NameServer, Process};
use kernel::config::NetworkBuilder;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kernel::text::iptables::read::{Limits, merge};
use kubernetes::cluster::model::docker::{Container, Mode};
use kubernetes::cluster::model::{Cluster, ContainerId, DockerHost};
use kubernetes::origin::CauseId;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Where it is asked.
pub(super) const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

/// Where it listens in a container. The engine takes any free port; here it is the same in every run.
const PORT: Port = Port(35353);

/// Starts it in a container's namespace: a socket for each protocol, and rules that bring questions to port 53 there. With `asked_at` they are
/// those that the entry point of kind's node image makes of them: it is asked at that address, also by who is routed (`enable_network_magic`).
pub(super) fn write(
    writer: &mut Writer<'_>,
    of: ContainerId,
    netns: NetnsId,
    asked_at: Option<Ipv4Addr>,
    cause: CauseId,
) {
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        let process = Process::named("dockerd", Behaviour::NameServer(NameServer::Docker(of)));
        runtime::open(writer, netns, protocol, (Some(IpAddr::V4(ADDRESS)), PORT), process, cause);
    }
    rules(&mut writer.builder, netns, asked_at, cause);
}

fn rules(builder: &mut NetworkBuilder, netns: NetnsId, asked_at: Option<Ipv4Addr>, cause: CauseId) {
    const LIMITS: Limits = Limits { bytes: 4 << 10, line: 1 << 10, rules: 16, chains: 16, errors: 1 };
    let asked = asked_at.unwrap_or(ADDRESS);
    let answers = asked_at.map(|ip| ip.to_string()).unwrap_or_default();
    let dnat = |protocol| {
        format!(
            "-A DOCKER_OUTPUT -d {asked}/32 -p {protocol} -m {protocol} --dport 53 -j DNAT --to-destination {ADDRESS}:{PORT}"
        )
    };
    let snat = |protocol| {
        format!(
            "-A DOCKER_POSTROUTING -s {ADDRESS}/32 -p {protocol} -m {protocol} --sport {PORT} -j SNAT --to-source {answers}:53"
        )
    };
    let routed = asked_at.map(|ip| format!("-A PREROUTING -d {ip}/32 -j DOCKER_OUTPUT\n")).unwrap_or_default();
    let lines = [
        "*nat".to_owned(),
        ":DOCKER_OUTPUT - [0:0]".to_owned(),
        ":DOCKER_POSTROUTING - [0:0]".to_owned(),
        format!("{routed}-A OUTPUT -d {asked}/32 -j DOCKER_OUTPUT"),
        format!("-A POSTROUTING -d {asked}/32 -j DOCKER_POSTROUTING"),
        dnat("tcp"),
        dnat("udp"),
        snat("tcp"),
        snat("udp"),
        "COMMIT".to_owned(),
    ];
    let merged = merge(&mut builder.netns(netns).xtables, &lines.join("\n"), &LIMITS, &mut |_| cause);
    debug_assert!(merged.is_ok(), "{merged:?}");
}

/// A host's own name servers.
fn of_host(cluster: &Cluster, host: &DockerHost) -> ResolvConf {
    match host.resolv.is_empty() {
        true => host_resolv_conf(cluster, host.segment),
        false => ResolvConf { nameservers: host.resolv.clone(), ndots: 1, ..ResolvConf::default() },
    }
}

/// `resolv.conf` of a host or a container: the host's own; on a network of one's own the engine's resolver; on the default bridge a copy of
/// the host's with what the container or the daemon was told.
pub(crate) fn resolv_conf(cluster: &Cluster, host: &DockerHost, container: Option<ContainerId>) -> ResolvConf {
    let conf = of_host(cluster, host);
    let Some(id) = container else { return conf };
    let at = super::joins(host, id.at as usize);
    let Some(of) = host.containers.get(at) else { return conf };
    let search = if of.search.is_empty() { conf.search.clone() } else { of.search.clone() };
    match &of.mode {
        Mode::Host | Mode::Container(_) => conf,
        Mode::Networks(all) if all.iter().any(|one| one.network != 0) => {
            ResolvConf { nameservers: vec![IpAddr::V4(ADDRESS)], search, ndots: 0, options: Vec::new() }
        }
        Mode::Networks(_) | Mode::None => ResolvConf { nameservers: asked(cluster, host, of), search, ..conf },
    }
}

/// The name servers that a container's questions go to in the end.
fn asked(cluster: &Cluster, host: &DockerHost, of: &Container) -> Vec<IpAddr> {
    let told = [&of.dns, &host.daemon.dns].into_iter().find(|servers| !servers.is_empty());
    told.map_or_else(|| of_host(cluster, host).nameservers, Clone::clone)
}

/// `/etc/hosts` of a host or a container.
pub(crate) fn hosts_file(host: &DockerHost, container: Option<ContainerId>) -> Vec<HostsEntry> {
    let line = |ip, names: Vec<Arc<str>>, why| HostsEntry { ip, names, why, location: None };
    let mut lines = vec![line(IpAddr::V4(Ipv4Addr::LOCALHOST), vec![Arc::from("localhost")], HostsLine::Loopback)];
    let of = container.and_then(|id| host.containers.get(super::joins(host, id.at as usize)));
    let Some(of) = of.filter(|of| of.mode != Mode::Host) else {
        lines.push(line(host.ip, vec![host.name.clone()], HostsLine::Own));
        return lines;
    };
    for attachment in of.attachments() {
        lines.push(line(IpAddr::V4(attachment.ip), vec![of.hostname.clone()], HostsLine::Own));
    }
    let aliases = of.extra_hosts.iter().map(|(name, ip)| HostsEntry {
        location: of.origin.location.clone(),
        ..line(*ip, vec![name.clone()], HostsLine::Alias)
    });
    lines.extend(aliases);
    lines
}
