//! Where a request goes in: what leads to the controller that serves a host, where nothing else says it.

use super::drive::Drive;
use super::journey::{Entrance, Source, Target};
use super::no_way::NoWay;
use super::wildcard::is_host;
use crate::model::Model;
use kernel::packet::{Port, Protocol};
use kubernetes::assumption::{Effect, codes};
use kubernetes::cluster::model::{Cluster, Controller, NodeRole, Service, host_matches};
use std::net::{IpAddr, SocketAddr};

/// What takes requests from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// A controller of Ingresses.
    Controller(u32),
    /// A Gateway.
    Gateway(u32),
}

/// The doors that have a rule for a host, the assumed ones too.
pub(super) fn serving(cluster: &Cluster, host: &str) -> Vec<Door> {
    let fronts = &cluster.fronts;
    let controller = |at: &u32| {
        let mut own = fronts.ingresses.iter().filter(|ingress| ingress.controller == Some(*at));
        own.any(|ingress| ingress.rules.iter().any(|rule| rule.host.as_deref().is_none_or(|own| is_host(own, host))))
    };
    let gateway = |at: &u32| {
        let own = fronts.gateways.get(*at as usize);
        fronts.routes.iter().any(|route| {
            let named =
                route.hostnames.is_empty() || route.hostnames.iter().any(|own| host_matches(Some(own), host).is_some());
            named
                && route.attached.iter().filter(|(gateway, _)| gateway == at).any(|(_, listener)| {
                    let listener = own.and_then(|own| own.listeners.get(*listener as usize));
                    listener.is_some_and(|listener| host_matches(listener.hostname.as_deref(), host).is_some())
                })
        })
    };
    let controllers = (0..fronts.controllers.len() as u32).filter(controller).map(Door::Controller);
    controllers.chain((0..fronts.gateways.len() as u32).filter(gateway).map(Door::Gateway)).collect()
}

/// The address by which a Gateway is reached from a source.
pub(super) fn of_gateway(model: &Model, from: &Source, at: u32, port: Port) -> Option<SocketAddr> {
    let cluster = &model.cluster;
    let gateway = cluster.fronts.gateways.get(at as usize)?;
    let service = cluster.services.get(gateway.service?.0 as usize)?;
    let outside = service.load_balancer.iter().map(|ingress| ingress.ip).chain(service.external_ips.iter().copied());
    let shown = outside.into_iter().find(IpAddr::is_ipv4);
    if let (None, Source::External { .. }) = (shown, from) {
        let own = service.ports.iter().find(|own| own.port == port)?.node_port?;
        let node = cluster.nodes.iter().find(|node| node.role == NodeRole::Worker).or(cluster.nodes.first())?;
        return Some(SocketAddr::new(node.ip, own.0));
    }
    let ip = shown.or_else(|| service.cluster_ips.iter().copied().find(IpAddr::is_ipv4))?;
    Some(SocketAddr::new(ip, port.0))
}

/// The address by which a controller is reached from a source, with the port of a scheme.
pub(super) fn of(model: &Model, from: &Source, at: u32, (tls, port): (bool, Port)) -> Option<SocketAddr> {
    let cluster = &model.cluster;
    let controller = cluster.fronts.controllers.get(at as usize)?;
    let Some(service) = controller.service.and_then(|id| cluster.services.get(id.0 as usize)) else {
        return on_node(cluster, controller, port);
    };
    let own = web_port(service, tls, port)?;
    let outside = service.load_balancer.iter().map(|ingress| ingress.ip).chain(service.external_ips.iter().copied());
    if let Some(ip) = outside.into_iter().find(IpAddr::is_ipv4) {
        return Some(SocketAddr::new(ip, own.port.0));
    }
    if matches!(from, Source::External { .. })
        && let Some(node_port) = own.node_port
    {
        let worker = cluster.nodes.iter().find(|node| node.role == NodeRole::Worker && node.ready);
        let node = worker.or(cluster.nodes.first())?;
        return Some(SocketAddr::new(node.ip, node_port.0));
    }
    // A controller on its node's network is there, whatever its Service.
    if matches!(from, Source::External { .. })
        && let Some(there) = on_node(cluster, controller, port)
    {
        return Some(there);
    }
    let ip = service.cluster_ips.iter().copied().find(IpAddr::is_ipv4)?;
    Some(SocketAddr::new(ip, own.port.0))
}

fn on_node(cluster: &Cluster, controller: &Controller, port: Port) -> Option<SocketAddr> {
    let mut pods = controller.pods.iter().filter_map(|id| cluster.pods.get(id.0 as usize));
    let mapped = |pod: &kubernetes::cluster::model::Pod| {
        let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
        ports.any(|own| own.host_port == Some(port))
    };
    let pod = pods.find(|pod| pod.host_network || mapped(pod))?;
    let node = cluster.nodes.get(pod.node.0 as usize)?;
    Some(SocketAddr::new(node.ip, port.0))
}

fn web_port(service: &Service, tls: bool, port: Port) -> Option<&kubernetes::cluster::model::ServicePort> {
    let tcp = || service.ports.iter().filter(|own| own.protocol == Protocol::Tcp);
    let usual = if tls { ["https", "websecure"] } else { ["http", "web"] };
    tcp().find(|own| own.port == port).or_else(|| tcp().find(|own| usual.contains(&&*own.name)))
}

impl Drive<'_> {
    /// The address of the door that is asked for by name.
    pub(super) fn door_way(&mut self) -> Result<SocketAddr, NoWay> {
        let Target::Url { host, port, tls, .. } = &self.probe.to else { return Err(NoWay::Name) };
        if let Some(Entrance::Gateway(at, own)) = self.probe.connect {
            return of_gateway(self.model, &self.probe.from, at, own.unwrap_or(*port)).ok_or(NoWay::Name);
        }
        let fronts = &self.model.cluster.fronts;
        let all = serving(&self.model.cluster, &self.http_host(host));
        let first = all.iter().find_map(|door| match door {
            Door::Controller(at) => Some(*at),
            Door::Gateway(_) => None,
        });
        let first = first.or_else(|| (!fronts.controllers.is_empty()).then_some(0));
        first.and_then(|at| of(self.model, &self.probe.from, at, (*tls, *port))).ok_or(NoWay::Name)
    }

    /// The only way in for the host of a URL that no name server has; said as assumed.
    pub(super) fn only_entrance(&mut self) -> Option<SocketAddr> {
        let Target::Url { host, port, tls, .. } = &self.probe.to else { return None };
        if self.probe.connect.is_some() {
            return None;
        }
        let [door] = serving(&self.model.cluster, host)[..] else { return None };
        let cluster = &self.model.cluster;
        let (to, service, own) = match door {
            Door::Controller(at) => {
                let controller = cluster.fronts.controllers.get(at as usize)?;
                let to = of(self.model, &self.probe.from, at, (*tls, *port))?;
                (to, controller.service, controller.name.to_string())
            }
            Door::Gateway(at) => {
                let gateway = cluster.fronts.gateways.get(at as usize)?;
                (of_gateway(self.model, &self.probe.from, at, *port)?, gateway.service, gateway.name.to_string())
            }
        };
        let service = service.and_then(|id| cluster.services.get(id.0 as usize));
        let name = service.map_or(own, |service| service.name.to_string());
        // What nobody simulates of the Internet's names does not matter any more.
        self.assumed.retain(|one| one.effect != Effect::NotModelled);
        let made = codes::ENTRY_POINT.made().arg("host", host.to_string()).arg("service", name);
        self.assume(made.arg("address", to.to_string()));
        Some(to)
    }

    /// The host that a request names: the field `Host`, else the URL's.
    pub(super) fn http_host(&self, host: &str) -> String {
        let field = self.probe.headers.get("Host");
        field.map_or_else(|| host.to_owned(), |field| field.split(':').next().unwrap_or_default().to_owned())
    }
}
