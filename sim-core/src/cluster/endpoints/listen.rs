//! What Pods listen on, where their containers do not say.

use super::selects;
use crate::assumption::{About, Assumption, codes};
use crate::cluster::context::Context;
use crate::cluster::model::{ContainerPort, Pod, PortEndpoints, Service, TargetPort};
use crate::packet::{Port, Protocol};
use std::collections::BTreeMap;

/// A Pod that declares no port listens on what the Services that select it send it: `containerPort` is only information to
/// Kubernetes, and most Pods of such a Service do listen there.
pub(in crate::cluster) fn listen(context: &mut Context<'_>, services: &[Service], pods: &mut [Pod]) {
    // Services by one of their labels, so that a large cluster stays fast.
    let mut by_label: BTreeMap<(&str, &str, &str), Vec<&Service>> = BTreeMap::new();
    for service in services {
        if let Some((key, value)) = service.selector.first_key_value() {
            by_label.entry((&service.name.namespace, key, value)).or_default().push(service);
        }
    }
    // A port known from a probe only is assumed too: a probe's port need not be the one that serves.
    let silent = |pod: &&mut Pod| pod.containers.iter().flat_map(|container| &container.ports).all(|port| port.assumed);
    for pod in pods.iter_mut().filter(silent) {
        let mut wanted: Vec<(Port, Protocol)> = Vec::new();
        for (key, value) in &pod.labels {
            let found = by_label.get(&(&*pod.name.namespace, &**key, &**value)).into_iter().flatten();
            for port in found.filter(|service| selects(service, pod)).flat_map(|service| &service.ports) {
                if let TargetPort::Number(number) = port.target_port
                    && !wanted.contains(&(number, port.protocol))
                {
                    wanted.push((number, port.protocol));
                }
            }
        }
        wanted.sort();
        for (port, protocol) in wanted {
            let mut known = pod.containers.iter().flat_map(|container| &container.ports);
            if known.any(|own| own.port == port && own.protocol == protocol) {
                continue;
            }
            context.assume(assumed(pod, port, protocol));
            assume_port(pod, port, protocol);
        }
    }
}

/// A slice in the input that names a Pod and a port says that something listens there, whatever the container declares.
pub(in crate::cluster) fn listen_where_slices_say(
    context: &mut Context<'_>,
    endpoints: &[Vec<PortEndpoints>],
    pods: &mut [Pod],
) {
    for list in endpoints.iter().flatten() {
        for endpoint in &list.endpoints {
            let from_slice = matches!(&*endpoint.origin.object.kind, "EndpointSlice" | "Endpoints");
            let (Some(id), Some(protocol), true) = (endpoint.pod, list.protocol, from_slice) else { continue };
            let Some(pod) = pods.get_mut(id.0 as usize) else { continue };
            let ports = pod.containers.iter().flat_map(|container| &container.ports);
            if endpoint.port.0 != 0
                && !ports.into_iter().any(|own| own.port == endpoint.port && own.protocol == protocol)
            {
                context.assume(assumed(pod, endpoint.port, protocol));
                assume_port(pod, endpoint.port, protocol);
            }
        }
    }
}

fn assumed(pod: &Pod, port: Port, protocol: Protocol) -> Assumption {
    let made = codes::LISTENER_BY_SERVICE.made().arg("pod", pod.name.to_string()).arg("port", port.to_string());
    made.because(&pod.origin, None).about(About::Listening { pod: pod.name.clone(), port, protocol })
}

fn assume_port(pod: &mut Pod, port: Port, protocol: Protocol) {
    if let Some(container) = pod.containers.first_mut() {
        container.ports.push(ContainerPort {
            name: None,
            port,
            protocol,
            host_port: None,
            location: None,
            assumed: true,
        });
    }
}

/// A readiness probe tells of a listener too.
pub(in crate::cluster) fn listen_on_probe(context: &mut Context<'_>, pod: &mut Pod, ports: &[Port]) {
    for &port in ports {
        let known = pod
            .containers
            .iter()
            .flat_map(|container| &container.ports)
            .any(|known| known.port == port && known.protocol == Protocol::Tcp);
        if !known {
            context.assume(assumed(pod, port, Protocol::Tcp));
            assume_port(pod, port, Protocol::Tcp);
        }
    }
}
