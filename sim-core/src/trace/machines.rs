//! Machines that are no nodes as ends of a probe: Docker hosts and containers.

use super::journey::Source;
use crate::agents::hosts::{self, HostsEntry};
use crate::agents::{ResolvConf, docker, host_resolv_conf, router};
use crate::model::Model;
use crate::site::{Kind, MachineId};
use kubernetes::cluster::model::docker::{Container, Mode};
use kubernetes::cluster::model::{ContainerId, DockerHost, Router};
use std::net::IpAddr;

/// The Docker host that a machine is, or is in; with the container that it is.
pub(super) fn docker_of(model: &Model, id: MachineId) -> Option<(&DockerHost, Option<ContainerId>)> {
    let cluster = &model.cluster;
    match model.site.tree.machine(id)?.kind {
        Kind::Host(ip) => Some((cluster.docker.iter().find(|host| host.ip == ip)?, None)),
        Kind::Container(id) => Some((cluster.docker_host(id.host)?, Some(id))),
        Kind::Vm(id) => Some((cluster.docker_host(id)?, None)),
        _ => None,
    }
}

/// The router of the input that a machine is.
pub(super) fn router_of(model: &Model, id: MachineId) -> Option<&Router> {
    let name = &model.site.tree.machine(id)?.name;
    model.cluster.routers.iter().find(|of| of.name.is_some() && router::name(of) == **name)
}

/// The container whose namespace one has: itself, or the one that it joins.
fn holder(host: &DockerHost, id: ContainerId) -> Option<&Container> {
    host.containers.get(docker::joins(host, id.at as usize))
}

/// The address that a caller finds a machine by. `None` for a container without a network.
pub(super) fn address_of(model: &Model, id: MachineId, caller: &Source) -> Option<IpAddr> {
    if let Kind::Host(ip) = model.site.tree.machine(id)?.kind {
        return Some(ip);
    }
    if let Some(router) = router_of(model, id) {
        return router.on.first().map(|(_, ip)| *ip);
    }
    let (host, container) = docker_of(model, id)?;
    let Some(container) = container else { return Some(host.engine_ip()) };
    let of = holder(host, container)?;
    if of.mode == Mode::Host {
        return Some(host.engine_ip());
    }
    let own = match caller {
        Source::Machine(caller) => docker_of(model, *caller).filter(|(near, _)| near.ip == host.ip),
        _ => None,
    };
    let own = own.and_then(|(host, id)| holder(host, id?)).map_or(&[][..], Container::attachments);
    let all = of.attachments();
    let shared = all.iter().find(|one| own.iter().any(|other| other.network == one.network));
    let usual = || all.iter().find(|one| one.default_route).or(all.first());
    shared.or_else(usual).map(|one| IpAddr::V4(one.ip))
}

/// The resolver's configuration of a machine.
pub(super) fn resolv_conf(model: &Model, id: MachineId) -> ResolvConf {
    if let Some((host, container)) = docker_of(model, id) {
        if matches!(model.site.tree.machine(id).map(|machine| machine.kind), Some(Kind::Vm(_))) {
            return docker::of_engine(&model.cluster, host);
        }
        return docker::resolv_conf(&model.cluster, host, container);
    }
    let Some(Kind::Host(ip)) = model.site.tree.machine(id).map(|machine| machine.kind) else {
        return ResolvConf::default();
    };
    let host = model.cluster.hosts.iter().find(|host| host.ip == ip);
    let usual = host_resolv_conf(&model.cluster, host.map(|host| host.segment).unwrap_or_default());
    match host.filter(|host| !host.resolv.is_empty()) {
        Some(host) => ResolvConf { nameservers: host.resolv.clone(), ..usual },
        None => usual,
    }
}

/// `/etc/hosts` of a machine.
pub(super) fn hosts_file(model: &Model, id: MachineId) -> Vec<HostsEntry> {
    let found = docker_of(model, id);
    found.map_or_else(hosts::of_host, |(host, container)| docker::hosts_file(host, container))
}
