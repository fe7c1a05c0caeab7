//! docker-proxy: a process for each published port that ends one connection and opens another (`cmd/docker-proxy`).

use super::Wired;
use crate::agents::runtime;
use crate::agents::write::Writer;
use crate::site::{Behaviour, Process};
use kernel::ids::NetnsId;
use kubernetes::cluster::model::DockerHost;
use std::net::{IpAddr, SocketAddr};

/// Starts them, unless the daemon was told not to.
pub(super) fn write(writer: &mut Writer<'_>, host: &DockerHost, netns: NetnsId, wired: &[Wired<'_>]) {
    if !host.daemon.userland_proxy {
        return;
    }
    for Wired { container, network, ip, ports, .. } in wired {
        if host.networks.get(*network).is_none_or(|network| network.internal) {
            continue;
        }
        for published in &container.ports {
            let Some(cause) = ports.get(&published.field) else { continue };
            let to = SocketAddr::new(IpAddr::V4(*ip), published.container_port.0);
            let process = Process::named("docker-proxy", Behaviour::proxy(to));
            let address = (!published.host_ip.is_unspecified()).then_some(IpAddr::V4(published.host_ip));
            runtime::open(writer, netns, published.protocol, (address, published.host_port), process, *cause);
        }
    }
}
