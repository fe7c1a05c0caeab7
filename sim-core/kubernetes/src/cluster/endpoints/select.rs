//! Endpoints as the endpoint slice controller makes them of a selector.

use super::known::{Known, Lists, list, selects};
use super::report::{about, declared, report_none_ready, report_undeclared};
use crate::cluster::context::Context;
use crate::cluster::hints;
use crate::cluster::model::{Endpoint, Node, Pod, PodId, PortEndpoints, Service, ServicePort, ServiceType, TargetPort};
use crate::diagnostic::codes;
use kernel::packet::{Port, Protocol};
use std::sync::Arc;

/// What the endpoint slice controller makes of a selector.
pub(super) fn selected(
    context: &mut Context<'_>,
    known: &Known<'_>,
    service: &Service,
    candidates: &[PodId],
) -> Vec<PortEndpoints> {
    // The controller leaves a Service alone that is only another name.
    if service.kind == ServiceType::ExternalName {
        return Vec::new();
    }
    // A headless Service without ports still has addresses.
    if service.ports.is_empty() && service.headless {
        let mut portless = service.clone();
        portless.ports.push(ServicePort {
            name: Arc::from(""),
            protocol: Protocol::Tcp,
            port: Port(0),
            target_port: TargetPort::Number(Port(0)),
            node_port: None,
            app_protocol: None,
            location: None,
        });
        return selected(context, known, &portless, candidates);
    }
    let mut lists = Lists::default();
    for port in &service.ports {
        list(&mut lists, &port.name, port.protocol);
    }
    if service.selector.is_empty() {
        if service.origin.assumed && &*service.name.name == "kubernetes" {
            api_servers(known, service, &mut lists);
        }
        return lists.all;
    }
    let chosen: Vec<(PodId, &Pod)> = candidates
        .iter()
        .filter_map(|id| Some((*id, known.pod(*id)?)))
        .filter(|(_, pod)| selects(service, pod))
        .collect();
    report_none_ready(context, known, service, &chosen);
    let preference = hints::preference(service, known.settings);
    let allocated = allocated(context, known, service, &chosen);
    let declared = declared(&chosen);
    for (index, port) in service.ports.iter().enumerate() {
        report_undeclared(context, service, index, port, &declared);
        let Some(list) = list(&mut lists, &port.name, port.protocol) else { continue };
        for ((id, pod), allocated) in chosen.iter().zip(&allocated) {
            if !context.may(1, size_of::<Endpoint>()) {
                return lists.all;
            }
            let Some(number) = target_of(port, pod) else {
                if let TargetPort::Name(name) = &port.target_port {
                    let found = about(context, codes::TARGET_PORT_NAME, service, Some(index)).arg("name", &**name);
                    context.report(found.arg("pod", pod.name.to_string()));
                }
                continue;
            };
            let node = known.nodes.get(pod.node.0 as usize);
            let ready = is_ready(service, pod);
            let in_domain = pod.subdomain.as_ref() == Some(&service.name.name);
            let zone = node.and_then(|node| node.zone()).filter(|zone| !zone.is_empty()).map(Arc::from);
            let made = Endpoint {
                ip: pod.ip,
                written: None,
                port: number,
                ready,
                serving: pod.ready,
                terminating: pod.terminating,
                node: node.map(|node| node.name.clone()),
                zone: node.and_then(|node| node.labels.get("topology.kubernetes.io/zone").cloned()),
                zone_hints: allocated.clone().or(zone.filter(|_| preference.zones)).into_iter().collect(),
                node_hints: if preference.nodes {
                    node.map(|node| node.name.clone()).into_iter().collect()
                } else {
                    Vec::new()
                },
                hostname: pod.hostname.clone().filter(|_| in_domain),
                pod: Some(*id),
                origin: pod.origin.clone(),
            };
            list.endpoints.push(made);
        }
    }
    lists.all
}

fn is_ready(service: &Service, pod: &Pod) -> bool {
    (pod.ready && !pod.terminating) || service.publish_not_ready
}

/// The zone each Pod is hinted for where the Service asks that hints be allocated. Every Pod counts once, however many ports there are.
fn allocated(
    context: &mut Context<'_>,
    known: &Known<'_>,
    service: &Service,
    chosen: &[(PodId, &Pod)],
) -> Vec<Option<Arc<str>>> {
    let none = vec![None; chosen.len()];
    if !hints::automatic(service) || chosen.is_empty() {
        return none;
    }
    let zone = |pod: &Pod| known.nodes.get(pod.node.0 as usize).and_then(Node::zone);
    let endpoints: Vec<_> = chosen.iter().map(|(_, pod)| (is_ready(service, pod), zone(pod))).collect();
    hints::allocate(known.nodes, &endpoints).unwrap_or_else(|refused| {
        let (reason, node) = refused.word();
        let found = about(context, codes::HINTS_NOT_ALLOCATED, service, None);
        context.report(found.arg("reason", reason).arg("node", node));
        none
    })
}

/// The API server enters its own addresses for the Service `kubernetes`, which has no selector.
fn api_servers(known: &Known<'_>, service: &Service, lists: &mut Lists) {
    let is_server =
        |pod: &&(PodId, &Pod)| pod.1.labels.get("component").is_some_and(|label| &**label == "kube-apiserver");
    let all: Vec<(PodId, &Pod)> = (0u32..).map(PodId).zip(known.pods).collect();
    for port in &service.ports {
        for (id, pod) in all.iter().filter(is_server) {
            if let (Some(list), TargetPort::Number(number)) =
                (list(lists, &port.name, port.protocol), &port.target_port)
            {
                list.endpoints.push(Endpoint {
                    ip: pod.ip,
                    written: None,
                    port: *number,
                    ready: true,
                    serving: true,
                    terminating: false,
                    node: None,
                    zone: None,
                    zone_hints: Vec::new(),
                    node_hints: Vec::new(),
                    hostname: None,
                    pod: Some(*id),
                    origin: service.origin.clone(),
                });
            }
        }
    }
}

/// The number a Service port has on a Pod; a name is looked up in the Pod's containers.
fn target_of(port: &ServicePort, pod: &Pod) -> Option<Port> {
    match &port.target_port {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => {
            let ports = pod.containers.iter().flat_map(|container| &container.ports);
            ports
                .into_iter()
                .find(|own| own.name.as_ref() == Some(name) && own.protocol == port.protocol)
                .map(|own| own.port)
        }
    }
}
