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
use kubernetes::cluster::model::docker::{Container, Desktop, Engine, Mode};
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

/// Name servers of the machine that an engine runs on: with Docker Desktop the one in front of its virtual machine.
pub(crate) fn of_engine(cluster: &Cluster, host: &DockerHost) -> ResolvConf {
    match host.desktop {
        Some(_) => ResolvConf { nameservers: vec![IpAddr::V4(Desktop::DNS)], ndots: 1, ..ResolvConf::default() },
        None => of_host(cluster, host),
    }
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
    let Some(id) = container else { return of_host(cluster, host) };
    let conf = of_engine(cluster, host);
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
    told(host, of).map_or_else(|| of_engine(cluster, host).nameservers, Clone::clone)
}

/// Those that the container or the daemon was told.
fn told<'h>(host: &'h DockerHost, of: &'h Container) -> Option<&'h Vec<IpAddr>> {
    [&of.dns, &host.daemon.dns].into_iter().find(|servers| !servers.is_empty())
}

/// Whom the engine's resolver in a container asks for what it does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asks {
    /// Each with whether it is asked from the namespace of the machine that the engine runs on; else from the container's.
    pub(crate) to: Vec<(IpAddr, bool)>,
    /// It answers that it failed where none of them answers; without it the asker waits in vain.
    pub(crate) says_so: bool,
}

/// `forwardExtDNS`: what a container or the daemon was told is asked from the container's namespace. The host's own servers are asked from the
/// host's since engine 26, unless the container has no way out, before that from the container's unless they listen on loopback.
pub(crate) fn asks(cluster: &Cluster, id: ContainerId) -> Asks {
    let Some(host) = cluster.docker_host(id.host) else { return Asks::default() };
    let Some(of) = host.containers.get(super::joins(host, id.at as usize)) else { return Asks::default() };
    let old = host.engine == Engine::V20;
    let network = |at: u32| host.networks.get(at as usize);
    let out =
        of.attachments().iter().any(|one| one.default_route && network(one.network).is_some_and(|of| !of.internal));
    let servers = asked(cluster, host, of);
    let given = told(host, of).is_some();
    let by_host = |ip: &IpAddr| !given && (!old || ip.is_loopback());
    let all = servers.into_iter().map(|ip| (ip, by_host(&ip)));
    // libnetwork keeps three.
    Asks { to: all.filter(|(_, by_host)| old || out || !by_host).take(3).collect(), says_so: !old }
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
