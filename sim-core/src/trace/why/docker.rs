//! What people expect of containers and Docker does not do: names on the default bridge, a `localhost` that all share, a way between networks.

use super::codes;
use super::failed::{Failed, Lost};
use super::field::{Field, Why};
use crate::agents::docker::joins;
use crate::site::Kind;
use crate::trace::journey::{Purpose, Source};
use crate::trace::machines::docker_of;
use crate::trace::names;
use kernel::walk::DropReason;
use kubernetes::cluster::model::docker::{Container, Desktop, Mode, field_path};
use kubernetes::cluster::model::{DockerHost, DockerId};
use kubernetes::manifest::objects::Object;
use kubernetes::origin::Component;
use std::net::IpAddr;

/// Published ports that are told.
const PORTS: usize = 4;

/// The container that a probe starts in, its host, and whose network it has.
fn caller<'j>(failed: &Failed<'j>) -> Option<(&'j DockerHost, &'j Container, &'j Container)> {
    let Source::Machine(id) = failed.probe.from else { return None };
    let (host, container) = docker_of(failed.model, id)?;
    let at = container?.at as usize;
    Some((host, host.containers.get(at)?, host.containers.get(joins(host, at))?))
}

/// Whether a container goes by a name.
fn is_called(container: &Container, name: &str) -> bool {
    let aliases = container.attachments().iter().flat_map(|one| &one.aliases);
    let mut all = aliases.chain([&container.service, &container.name]);
    all.any(|own| own.eq_ignore_ascii_case(name))
}

fn share(one: &Container, other: &Container) -> bool {
    one.attachments().iter().any(|own| other.attachments().iter().any(|their| their.network == own.network))
}

/// Names of a container's networks.
fn networks(host: &DockerHost, container: &Container) -> String {
    let all = container.attachments().iter().filter_map(|one| host.networks.get(one.network as usize));
    let names: Vec<&str> = all.map(|network| &*network.name).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

/// Why a container does not know another one's name.
pub(super) fn unresolved(failed: Failed<'_>) -> Option<Why> {
    let name = names::asked(failed.probe)?.trim_end_matches('.');
    let (host, own, holder) = caller(&failed)?;
    let other = host.containers.iter().find(|other| is_called(other, name) && !std::ptr::eq(*other, own))?;
    let on_default = |container: &Container| container.attachments().iter().all(|one| one.network == 0);
    if !holder.attachments().is_empty() && on_default(holder) {
        let why = Why::new(codes::DOCKER_BRIDGE_NAMES).arg("container", own.probe_name()).arg("name", name);
        return Some(why.at(field(own, "network_mode")).by(Component::Docker));
    }
    (!share(holder, other)).then(|| no_way(failed, host, (own, holder), other))
}

/// Why a container does not reach another one.
pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let (host, own, holder) = caller(&lost.failed)?;
    let dst = lost.leg.hops.last()?.after.packet.innermost().ip.dst;
    if matches!(lost.reason, DropReason::NoListener) && dst.is_loopback() {
        let port = lost.to.port();
        let listens = |other: &&Container| {
            other.listening.sockets.iter().any(|own| own.port.0 == port && own.protocol == lost.protocol)
        };
        let other = host.containers.iter().filter(|other| !std::ptr::eq(*other, own)).find(listens)?;
        let why = Why::new(codes::DOCKER_LOCALHOST).arg("container", own.probe_name()).arg("port", port);
        let published = other.ports.iter().any(|published| published.container_port.0 == port);
        let why = why.arg("other", other.probe_name()).arg("published", if published { "yes" } else { "no" });
        return Some(why.by(Component::Docker));
    }
    let has = |other: &&Container| other.attachments().iter().any(|one| IpAddr::V4(one.ip) == dst);
    let other = host.containers.iter().find(has)?;
    let dropped = matches!(lost.reason, DropReason::Rule(_) | DropReason::Policy { .. });
    (dropped && !share(holder, other) && !std::ptr::eq(own, other))
        .then(|| no_way(lost.failed, host, (own, holder), other))
}

/// An address in the virtual machine of Docker Desktop, called by who is not in it.
pub(super) fn inside(lost: Lost<'_>) -> Option<Why> {
    // What forwards published ports has its way in.
    if lost.leg.purpose == Purpose::Proxy {
        return None;
    }
    let IpAddr::V4(dst) = lost.leg.hops.last()?.after.packet.innermost().ip.dst else { return None };
    let tree = &lost.failed.model.site.tree;
    let has = |host: &DockerHost| {
        Desktop::NET.contains(&dst) || host.networks.iter().any(|network| network.subnet.contains(&dst))
    };
    let mut hosts = (0u32..).map(DockerId).zip(&lost.failed.model.cluster.docker);
    let (id, host) = hosts.find(|(_, host)| host.desktop.is_some() && has(host))?;
    let (vm, _) = tree.machines().find(|(_, machine)| machine.kind == Kind::Vm(id))?;
    let first = tree.machine_at(lost.leg.hops.first()?.netns);
    if first.is_some_and(|(id, _)| tree.is_within(id, vm)) {
        return None;
    }
    let its = host.containers.iter().filter(|one| one.attachments().iter().any(|own| own.ip == dst));

    let ports: Vec<String> = its
        .flat_map(|one| &one.ports)
        .take(PORTS)
        .map(|port| format!("{}:{} → {}/{}", port.host_ip, port.host_port, port.container_port, port.protocol))
        .collect();
    let ports = if ports.is_empty() { "–".to_owned() } else { ports.join(", ") };
    let why = Why::new(codes::DOCKER_DESKTOP_INSIDE).arg("address", dst).arg("host", &host.name).arg("ports", ports);
    let at = Field { at: host.origin.location.clone(), ..Field::new(&host.origin.object, "docker.desktop") };
    Some(why.at((!host.origin.assumed).then_some(at)).by(Component::Docker))
}

/// Why a port of a Docker host leads to no process.
pub(super) fn published(lost: Lost<'_>) -> Option<Why> {
    let Lost { failed, to, .. } = lost;
    if !matches!(lost.reason, DropReason::NoListener | DropReason::NoSocket) {
        return None;
    }
    // By an address of its own, or by loopback from itself.
    let itself = |ip| to.ip().is_loopback() && failed.model.site.hosts.get(&ip) == Some(&lost.netns);
    let host = failed.model.cluster.docker.iter().find(|host| host.ip == to.ip() || itself(host.ip))?;
    let why = |code| Why::new(code).arg("host", &host.name).arg("port", to.port()).by(Component::Docker);
    let ports = |container: &Container| container.ports.clone();
    let all = host.containers.iter().filter(|container| container.node.is_none());
    let found = all.clone().find_map(|container| {
        let of =
            ports(container).into_iter().find(|own| own.host_port.0 == to.port() && own.protocol == lost.protocol)?;
        Some((container, of))
    });
    let at_host = failed.model.site.hosts.get(&host.ip) == Some(&lost.netns);
    let Some((container, of)) = found else {
        let mut all: Vec<u16> = all.flat_map(|container| &container.ports).map(|own| own.host_port.0).collect();
        all.sort_unstable();
        let all: Vec<String> = all.iter().take(PORTS).map(u16::to_string).collect();
        let all = if all.is_empty() { "–".to_owned() } else { all.join(", ") };
        return at_host.then(|| why(codes::DOCKER_PORT_NOWHERE).arg("ports", all));
    };
    // A base that it extends may stand in another file: the place is the port's own.
    let at = Field { at: of.location.clone(), ..Field::new(&container.origin.object, &*of.field) };
    let why =
        |code| why(code).arg("container", container.probe_name()).at((!container.origin.assumed).then(|| at.clone()));
    if at_host {
        let elsewhere = !of.host_ip.is_unspecified() && IpAddr::V4(of.host_ip) != to.ip();
        return elsewhere.then(|| why(codes::DOCKER_PORT_ADDRESS).arg("address", of.host_ip));
    }
    let listening: Vec<String> =
        container.listening.sockets.iter().take(PORTS).map(|own| format!("{}/{}", own.port, own.protocol)).collect();
    let listening = if listening.is_empty() { "–".to_owned() } else { listening.join(", ") };
    Some(why(codes::DOCKER_PORT_TARGET).arg("target", of.container_port).arg("listening", listening))
}

/// Two containers that share no network.
fn no_way(failed: Failed<'_>, host: &DockerHost, (own, holder): (&Container, &Container), other: &Container) -> Why {
    let depends = failed.model.parsed.objects.iter().any(|object| match object {
        Object::Compose(document) if document.object == own.origin.object => {
            let mut services = document.value.services.0.iter().filter(|(name, _)| *name == own.service);
            services.any(|(_, of)| of.value.depends_on.0.iter().any(|(name, _)| *name == other.service))
        }
        _ => false,
    });
    let why = Why::new(codes::DOCKER_NO_SHARED_NETWORK).arg("container", own.probe_name());
    let why = why.arg("other", other.probe_name()).arg("networks", networks(host, holder));
    let why = why.arg("theirs", networks(host, other)).arg("depends", if depends { "yes" } else { "no" });
    let path = if matches!(own.mode, Mode::Networks(_)) { "networks" } else { "network_mode" };
    why.at(field(own, path)).by(Component::Docker)
}

/// A field of a container's service.
fn field(container: &Container, path: &str) -> Option<Field> {
    let origin = &container.origin;
    let path = field_path(&origin.object, "services", &container.service, path);
    (!origin.assumed).then(|| Field { at: origin.location.clone(), ..Field::new(&origin.object, path.as_str()) })
}
