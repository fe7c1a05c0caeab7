//! The processes in containers: what listens where.

use super::agent::{Agent, On};
use super::write::Writer;
use crate::site::{Behaviour, Listener, NameServer, Process};
use kernel::config::Socket;
use kernel::ids::{NetnsId, SocketId};
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::listener::{self, Bind, Evidence};
use kubernetes::cluster::model::{
    Balancing, Cluster, ContainerPort, NamespacedName, Pod, PodId, RouteOf, ServiceType, Speech, TrafficPolicy,
};
use kubernetes::origin::{Cause, CauseId, Component};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Whether the process in a Pod is CoreDNS. Nothing else answers questions.
pub fn is_coredns(pod: &Pod) -> bool {
    pod.labels.get("k8s-app").is_some_and(|label| &**label == "kube-dns")
        || pod.containers.iter().any(|container| container.image.contains("coredns"))
}

/// Name of a Pod's namespace.
pub(crate) fn netns_name(pod: &Pod) -> String {
    format!("pod/{}", pod.name)
}

/// Pods: a namespace for each that has its own, wired by the plugin, and the containers' processes.
pub(crate) struct Containers;

impl Agent for Containers {
    fn name(&self) -> &'static str {
        "container-runtime"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        for pod in &on.pods {
            if pod.own {
                let cause = writer.object(Component::ContainerRuntime, &pod.pod.origin, "", None);
                writer.netns(&netns_name(pod.pod), cause);
                on.plugin.add(writer, on, *pod);
            }
            listen(writer, pod.id, pod.pod, pod.netns);
        }
    }
}

/// Opens the listening sockets of the containers that run, in the Pod's namespace.
fn listen(writer: &mut Writer<'_>, id: PodId, pod: &Pod, netns: NetnsId) {
    for (at, socket) in (0u32..).zip(&pod.listening.sockets) {
        let Some(because) = socket.decisive().filter(|_| pod.runs(&socket.container)) else { continue };
        let cause = evidence(writer, pod, because);
        let address = match socket.bind {
            Bind::Any => None,
            Bind::Loopback => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Bind::Pod => Some(pod.ip),
            Bind::Address(ip) => Some(ip),
        };
        let asks = match socket.protocol {
            Protocol::Udp => true,
            // Its other streams are of those who watch it.
            Protocol::Tcp => pod.sockets().any(|own| own.protocol == Protocol::Udp && own.port == socket.port),
            _ => false,
        };
        let asked = asks && is_coredns(pod);
        let behaviour = match asked {
            true => Behaviour::NameServer(NameServer::CoreDns),
            false => front(writer, id, pod, socket).unwrap_or(Behaviour::Answers),
        };
        let of = Some(Listener { pod: id, index: at });
        let process = Process { name: socket.container.clone(), behaviour, of, since: 0, owner: Default::default() };
        open(writer, netns, socket.protocol, (address, socket.port), process, cause);
    }
    for unheard in &pod.listening.unheard {
        evidence(writer, pod, &unheard.against);
    }
}

/// What a controller of Ingresses does on one of its ports; `None` for what is no way in.
fn front(writer: &Writer<'_>, id: PodId, pod: &Pod, socket: &listener::Listener) -> Option<Behaviour> {
    if socket.protocol == Protocol::Tcp
        && let Some(found) = gateway(writer, id, socket)
    {
        return Some(found);
    }
    let controllers = &writer.cluster.fronts.controllers;
    let controller = controllers.iter().position(|controller| controller.pods.contains(&id))? as u32;
    if socket.protocol != Protocol::Tcp {
        return None;
    }
    let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
    let name = ports.find(|port| port.port == socket.port).and_then(|port| port.name.as_deref());
    let tls = match (name, socket.port.0) {
        (Some("http" | "web"), _) => false,
        (Some("https" | "websecure"), _) => true,
        (Some(_), _) => return None,
        (None, 80 | 8000 | 8080) => false,
        (None, 443 | 8443) => true,
        _ => return None,
    };
    Some(Behaviour::Ingress { controller, tls })
}

/// What the proxy of a Gateway does on the port of one of its listeners.
fn gateway(writer: &Writer<'_>, id: PodId, socket: &listener::Listener) -> Option<Behaviour> {
    let fronts = &writer.cluster.fronts;
    let at = fronts.gateways.iter().position(|gateway| gateway.pods.contains(&id))?;
    let gateway = fronts.gateways.get(at)?;
    let (number, own) = (0u32..).zip(&gateway.listeners).find(|(_, own)| own.port == socket.port)?;
    match own.protocol {
        Speech::Http | Speech::Https | Speech::Passthrough => Some(Behaviour::Gateway { gateway: at as u32 }),
        // Whatever comes goes on as it is, to the endpoints of the route's backends.
        Speech::Tcp | Speech::Tls => {
            let place = (at as u32, number);
            let route =
                fronts.routes.iter().find(|route| route.of == RouteOf::Tcp && route.attached.contains(&place))?;
            let backends =
                route.rules.first()?.backends.iter().filter(|own| own.weight > 0 && own.granted && own.service);
            let all: Vec<SocketAddr> =
                backends.filter_map(|own| ready_endpoints(writer.cluster, &own.name, own.port?)).flatten().collect();
            Some(Behaviour::proxies(all.into(), Balancing::Random, None))
        }
        Speech::Udp => None,
    }
}

/// Endpoints of a Service's port that are ready.
fn ready_endpoints(cluster: &Cluster, name: &NamespacedName, port: u16) -> Option<Vec<SocketAddr>> {
    let id = cluster.service_named(&name.namespace, &name.name)?;
    let own = cluster.services.get(id.0 as usize)?.ports.iter().find(|own| own.port.0 == port)?;
    Some(cluster.ready_endpoints(id, own))
}

/// Why a process of a Pod listens, or does not.
fn evidence(writer: &mut Writer<'_>, pod: &Pod, because: &Evidence) -> CauseId {
    let cause = because_of(pod, because);
    writer.cause(cause)
}

/// The cause that a piece of evidence stands for.
pub(crate) fn because_of(pod: &Pod, because: &Evidence) -> Cause {
    Cause {
        component: Component::Workload,
        object: Some(because.object.clone().unwrap_or_else(|| pod.origin.object.clone())),
        since: None,
        field: Some(because.field.clone()),
        location: because.location.clone().or_else(|| pod.origin.location.clone()),
    }
}

/// The cause of a `hostPort`.
pub(crate) fn host_port_of(pod: &Pod, port: &ContainerPort) -> Cause {
    Cause {
        component: Component::CniPortmap,
        object: Some(pod.origin.object.clone()),
        since: None,
        field: Some(Arc::from("spec.containers.ports.hostPort")),
        location: port.location.clone().or_else(|| pod.origin.location.clone()),
    }
}

/// Ports the node's own daemons listen on: kubelet, and kube-proxy's health checks for external traffic policy `Local`.
pub(crate) struct Daemons;

impl Agent for Daemons {
    fn name(&self) -> &'static str {
        "daemons"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let at = on.at;
        let kubelet = writer.component(Component::Kubelet);
        open(
            writer,
            at.netns,
            Protocol::Tcp,
            (None, Port(10250)),
            Process::named("kubelet", Behaviour::Answers),
            kubelet,
        );
        let proxy = super::kube_proxy::component(writer.cluster);
        for service in &writer.cluster.services {
            if let Some(port) = service.health_check_node_port
                && service.kind == ServiceType::LoadBalancer
                && service.external_traffic_policy == TrafficPolicy::Local
            {
                let cause = writer.object(proxy, &service.origin, "spec.healthCheckNodePort", None);
                let process = Process::named("kube-proxy", Behaviour::Answers);
                open(writer, at.netns, Protocol::Tcp, (None, port), process, cause);
            }
        }
    }
}

/// Opens a socket; `None` where another has the address and port already: whoever binds second fails.
pub(super) fn open(
    writer: &mut Writer<'_>,
    netns: NetnsId,
    protocol: Protocol,
    (address, port): (Option<IpAddr>, Port),
    process: Process,
    cause: CauseId,
) -> Option<SocketId> {
    let bound = writer.bound.entry((netns, protocol, port)).or_default();
    if bound.iter().any(|other| other.zip(address).is_none_or(|(one, other)| one == other)) {
        return None;
    }
    bound.push(address);
    let sockets = &mut writer.builder.netns(netns).sockets;
    let id = SocketId(sockets.len() as u32);
    let owner = process.owner;
    sockets.push(Socket { protocol, address, port, process: writer.processes.add(process), owner, cause });
    Some(id)
}
