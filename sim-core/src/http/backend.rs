//! Where the Service that a rule names leads: its endpoints, its ClusterIP, or a name.

use super::route::{Because, Upstream};
use kubernetes::cluster::model::{BackendPort, Cluster, NamespacedName, ServicePort, ServiceType, TargetPort};
use std::net::SocketAddr;
use std::sync::Arc;

/// Where requests for a Service go.
pub(crate) enum Found {
    /// There.
    At(Upstream),
    /// Nowhere, and why.
    None(Because),
}

/// How a proxy looks.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// It takes the ClusterIP, not the endpoints.
    pub(crate) whole: bool,
    /// A port may be named by what the Service's target is, too.
    pub(crate) by_target: bool,
}

/// The endpoints of a Service's port that are ready (IPv4), its ClusterIP, or the name that stands for it.
pub(crate) fn find(cluster: &Cluster, name: &NamespacedName, port: &BackendPort, rules: Rules) -> Found {
    let id = cluster.service_named(&name.namespace, &name.name);
    let Some((id, service)) = id.and_then(|id| Some((id, cluster.services.get(id.0 as usize)?))) else {
        return Found::None(Because::NoService);
    };
    let wanted = port.to_string();
    if service.kind == ServiceType::ExternalName {
        let number = match port {
            BackendPort::Number(number) => Some(*number),
            BackendPort::Name(name) => service.ports.iter().find(|port| port.name == *name).map(|port| port.port.0),
        };
        return match (&service.external_name, number) {
            (Some(name), Some(port)) => Found::At(Upstream::Name(name.clone(), port)),
            _ => Found::None(Because::NoPort),
        };
    }
    // The first that fits.
    let fits = |port: &&ServicePort| {
        port.port.to_string() == wanted || *port.name == *wanted || (rules.by_target && target(port) == wanted)
    };
    let Some(port) = service.ports.iter().find(fits) else {
        return Found::None(Because::NoPort);
    };
    if rules.whole
        && let Some(ip) = service.cluster_ips.iter().find(|ip| ip.is_ipv4())
    {
        return Found::At(Upstream::Addresses(Arc::from([SocketAddr::new(*ip, port.port.0)])));
    }
    let all = cluster.ready_endpoints(id, port);
    match all.is_empty() {
        true => Found::None(Because::NoEndpoints),
        false => Found::At(Upstream::Addresses(all.into())),
    }
}

fn target(port: &ServicePort) -> String {
    match &port.target_port {
        TargetPort::Number(number) => number.to_string(),
        TargetPort::Name(name) => name.to_string(),
    }
}
