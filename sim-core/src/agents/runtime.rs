//! The processes in containers: what listens where.

use super::write::{NodeNet, Writer};
use crate::cause::Component;
use crate::cluster::model::{PodId, ServiceType, TrafficPolicy};
use crate::linux::state::{NetnsId, Socket};
use crate::packet::{Port, Protocol};
use std::sync::Arc;

/// Opens the listening sockets of the containers that run, in the Pod's namespace.
pub(crate) fn listen(writer: &mut Writer<'_>, id: PodId, netns: NetnsId) {
    let Some(pod) = writer.cluster.pods.get(id.0 as usize) else { return };
    for container in pod.containers.iter().filter(|container| container.state.runs()) {
        for port in &container.ports {
            let cause =
                writer.object(Component::Workload, &pod.origin, "spec.containers.ports", port.location.as_ref());
            open(writer, netns, port.protocol, port.port, &container.name, cause);
        }
    }
}

/// Ports the node's own daemons listen on: kubelet, and kube-proxy's health checks for external traffic policy `Local`.
pub(crate) fn daemons(writer: &mut Writer<'_>, at: NodeNet) {
    let kubelet = writer.component(Component::Kubelet);
    open(writer, at.netns, Protocol::Tcp, Port(10250), "kubelet", kubelet);
    let proxy = super::kube_proxy::component(writer.cluster);
    for service in &writer.cluster.services {
        if let Some(port) = service.health_check_node_port
            && service.kind == ServiceType::LoadBalancer
            && service.external_traffic_policy == TrafficPolicy::Local
        {
            let cause = writer.object(proxy, &service.origin, "spec.healthCheckNodePort", None);
            open(writer, at.netns, Protocol::Tcp, port, "kube-proxy", cause);
        }
    }
}

fn open(
    writer: &mut Writer<'_>,
    netns: NetnsId,
    protocol: Protocol,
    port: Port,
    process: &str,
    cause: crate::cause::CauseId,
) {
    let sockets = &mut writer.builder.netns(netns).sockets;
    // One socket an address: the first process that binds it keeps it.
    if sockets.iter().any(|socket| socket.protocol == protocol && socket.port == port) {
        return;
    }
    sockets.push(Socket { protocol, address: None, port, process: Arc::from(process), cause });
}
