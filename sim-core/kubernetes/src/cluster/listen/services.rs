//! What others send to a Pod tells of a listener where nothing else does.

use crate::cluster::context::name_of;
use crate::cluster::listener::{Bind, Complete, Evidence, EvidenceKind};
use crate::cluster::model::{Pod, PortEndpoints, Service, TargetPort};
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A container of which nothing is known listens on what the Services that select its Pod send there: most Pods of such a Service do.
pub(in crate::cluster) fn targets(services: &[Service], pods: &mut [Pod]) {
    // Services by one of their labels, so that a large cluster stays fast.
    let mut by_label: BTreeMap<(&str, &str, &str), Vec<&Service>> = BTreeMap::new();
    for service in services {
        if let Some((key, value)) = service.selector.first_key_value() {
            by_label.entry((&service.name.namespace, key, value)).or_default().push(service);
        }
    }
    for pod in pods.iter_mut().filter(|pod| !pod.listening.silent.is_empty()) {
        let mut wanted: BTreeMap<(Port, Protocol), Evidence> = BTreeMap::new();
        for (key, value) in &pod.labels {
            let found = by_label.get(&(&*pod.name.namespace, &**key, &**value)).into_iter().flatten();
            for service in found.filter(|service| selects(service, pod)) {
                for (index, port) in service.ports.iter().enumerate() {
                    let TargetPort::Number(number) = port.target_port else { continue };
                    if number.0 == 0 {
                        continue;
                    }
                    wanted.entry((number, port.protocol)).or_insert_with(|| Evidence {
                        kind: EvidenceKind::Service,
                        text: Arc::from(format!("Service {}", service.name)),
                        field: Arc::from(format!("spec.ports[{index}].targetPort")),
                        object: Some(service.origin.object.clone()),
                        location: port.location.clone().or_else(|| service.origin.location.clone()),
                        span: Default::default(),
                    });
                }
            }
        }
        for ((port, protocol), because) in wanted {
            add(pod, protocol, port, because);
        }
    }
}

fn selects(service: &Service, pod: &Pod) -> bool {
    service.name.namespace == pod.name.namespace
        && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

fn add(pod: &mut Pod, protocol: Protocol, port: Port, because: Evidence) {
    let listening = &mut pod.listening;
    if listening.socket(protocol, port).is_some() || listening.unheard(protocol, port).is_some() {
        return;
    }
    let silent = listening.silent.first().cloned();
    let Some(container) = silent.or_else(|| pod.containers.first().map(|container| container.name.clone())) else {
        return;
    };
    listening.add(&container, protocol, port, Bind::Any, because);
}

/// A slice in the input that names a Pod and a port tells that something is expected to listen there.
pub(in crate::cluster) fn slices(endpoints: &[Vec<PortEndpoints>], pods: &mut [Pod]) {
    for list in endpoints.iter().flatten() {
        for endpoint in &list.endpoints {
            let object = &endpoint.origin.object;
            let given = matches!(&*object.kind, "EndpointSlice" | "Endpoints");
            let (Some(id), Some(protocol), true) = (endpoint.pod, list.protocol, given) else { continue };
            let Some(pod) = pods.get_mut(id.0 as usize) else { continue };
            if endpoint.port.0 == 0 || pod.listening.complete != Complete::ByDeclaration {
                continue;
            }
            let because = Evidence {
                kind: EvidenceKind::Slice,
                text: Arc::from(format!("{} {}", object.kind, name_of(object))),
                field: Arc::from("endpoints"),
                object: Some(object.clone()),
                location: endpoint.origin.location.clone(),
                span: Default::default(),
            };
            add(pod, protocol, endpoint.port, because);
        }
    }
}
