//! Docker hosts in words: for the scenario page and the command line's text.

use crate::words::Say;
use kubernetes::cluster::model::DockerHost;
use kubernetes::cluster::model::docker::{Container, Mode};
use std::fmt::{self, Write};

/// Containers that are listed at most.
const LISTED: usize = 100;
/// Published ports of a container that are.
const PORTS: usize = 8;

/// How much there is on a host.
pub fn summary(say: &Say<'_>, host: &DockerHost) -> String {
    let ports: usize = host.containers.iter().map(|container| container.ports.len()).sum();
    let args = [
        ("name", (&*host.name).into()),
        ("ip", host.ip.to_string().into()),
        ("version", host.engine.name().into()),
        ("backend", host.daemon.backend.name().into()),
        ("networks", host.networks.len().into()),
        ("containers", host.containers.len().into()),
        ("ports", ports.into()),
    ];
    say.ta("docker-summary", &args)
}

/// Hosts with their containers, one a line: where they are, and what of the host leads to them.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, say: &Say<'_>) -> fmt::Result {
    for host in &say.model.cluster.docker {
        writeln!(out, "{}", summary(say, host))?;
        for container in host.containers.iter().take(LISTED) {
            write!(out, "  {:<24} {}", host.shown_name(container), place(say, host, container))?;
            for port in container.ports.iter().take(PORTS) {
                let (host, own) = (port.host_port, port.container_port);
                write!(out, "  {}:{host} → {own}/{}", port.host_ip, port.protocol)?;
            }
            writeln!(out, "{}", if container.ports.len() > PORTS { "  …" } else { "" })?;
        }
        if host.containers.len() > LISTED {
            writeln!(out, "  …")?;
        }
    }
    Ok(())
}

fn place(say: &Say<'_>, host: &DockerHost, container: &Container) -> String {
    match &container.mode {
        Mode::Networks(all) => {
            let one = |on: &kubernetes::cluster::model::docker::Attachment| {
                let network = host.networks.get(on.network as usize).map_or("", |network| &network.name);
                format!("{network} {}", on.ip)
            };
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Mode::None => say.t("docker-mode-none"),
        Mode::Host => say.t("docker-mode-host"),
        Mode::Container(at) => {
            let other = host.containers.get(*at as usize).map(Container::probe_name).unwrap_or_default();
            say.ta("docker-mode-container", &[("name", other.into())])
        }
    }
}
