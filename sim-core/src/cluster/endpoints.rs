//! Endpoints: as given in slices, or as the endpoint controller makes them; and what Pods listen on.

use super::context::{Context, name_of};
use super::model::{
    Assumption, ContainerPort, Endpoint, Node, Origin, Pod, PodId, PortEndpoints, Service, ServicePort, ServiceType,
    Settings, TargetPort,
};
use crate::cause::ObjectRef;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::objects::{self, Document, EndpointPort, Object};
use crate::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// True when every selector label is on the Pod.
fn selects(service: &Service, pod: &Pod) -> bool {
    !service.selector.is_empty()
        && service.name.namespace == pod.name.namespace
        && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

/// A Pod that declares no port listens on what the Services that select it send it: `containerPort` is only information to
/// Kubernetes, and most Pods of such a Service do listen there.
pub(super) fn listen(context: &mut Context<'_>, services: &[Service], pods: &mut [Pod]) {
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
            context.assumptions.push(Assumption::ListensOn { pod: pod.name.clone(), port });
            assume_port(pod, port, protocol);
        }
    }
}

/// A slice in the input that names a Pod and a port says that something listens there, whatever the container declares.
pub(super) fn listen_where_slices_say(context: &mut Context<'_>, endpoints: &[Vec<PortEndpoints>], pods: &mut [Pod]) {
    for list in endpoints.iter().flatten() {
        for endpoint in &list.endpoints {
            let from_slice = matches!(&*endpoint.origin.object.kind, "EndpointSlice" | "Endpoints");
            let (Some(id), Some(protocol), true) = (endpoint.pod, list.protocol, from_slice) else { continue };
            let Some(pod) = pods.get_mut(id.0 as usize) else { continue };
            let ports = pod.containers.iter().flat_map(|container| &container.ports);
            if endpoint.port.0 != 0
                && !ports.into_iter().any(|own| own.port == endpoint.port && own.protocol == protocol)
            {
                context.assumptions.push(Assumption::ListensOn { pod: pod.name.clone(), port: endpoint.port });
                assume_port(pod, endpoint.port, protocol);
            }
        }
    }
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
pub(super) fn listen_on_probe(context: &mut Context<'_>, pod: &mut Pod, ports: &[Port]) {
    for &port in ports {
        let known = pod
            .containers
            .iter()
            .flat_map(|container| &container.ports)
            .any(|known| known.port == port && known.protocol == Protocol::Tcp);
        if !known {
            context.assumptions.push(Assumption::ListensOn { pod: pod.name.clone(), port });
            assume_port(pod, port, Protocol::Tcp);
        }
    }
}

/// Slices and Endpoints of the input by Service.
#[derive(Default)]
struct Given<'p> {
    slices: Vec<&'p Document<objects::EndpointSlice>>,
    endpoints: Vec<&'p Document<objects::Endpoints>>,
}

/// The endpoints of every Service, by port, in the order of `services`.
pub(super) fn decide(
    context: &mut Context<'_>,
    settings: &Settings,
    nodes: &[Node],
    services: &[Service],
    pods: &[Pod],
) -> Vec<Vec<PortEndpoints>> {
    let parsed = context.parsed;
    let mut given: BTreeMap<(Arc<str>, Arc<str>), Given<'_>> = BTreeMap::new();
    for object in &parsed.objects {
        match object {
            Object::EndpointSlice(document) => {
                let namespace = name_of(&document.object).namespace;
                if let Some(service) = document.value.metadata.labels.get(SERVICE_NAME) {
                    given.entry((namespace, service.clone())).or_default().slices.push(document);
                }
            }
            Object::Endpoints(document) => {
                let name = name_of(&document.object);
                given.entry((name.namespace, name.name)).or_default().endpoints.push(document);
            }
            _ => {}
        }
    }
    let by_ip: BTreeMap<IpAddr, PodId> =
        (0u32..).map(PodId).zip(pods).filter(|(_, pod)| !pod.host_network).map(|(id, pod)| (pod.ip, id)).collect();
    let by_name: BTreeMap<(&str, &str), PodId> =
        (0u32..).map(PodId).zip(pods).map(|(id, pod)| ((&*pod.name.namespace, &*pod.name.name), id)).collect();
    let known = Known { settings, nodes, pods, by_ip, by_name };
    let mut by_label: BTreeMap<(&str, &str, &str), Vec<PodId>> = BTreeMap::new();
    for (id, pod) in (0u32..).map(PodId).zip(pods) {
        for (key, value) in &pod.labels {
            by_label.entry((&pod.name.namespace, key, value)).or_default().push(id);
        }
    }
    services
        .iter()
        .map(|service| {
            let key = (service.name.namespace.clone(), service.name.name.clone());
            match given.get(&key) {
                Some(found) if !found.slices.is_empty() => from_slices(context, &known, &found.slices),
                Some(found) if !found.endpoints.is_empty() => from_endpoints(context, &known, &found.endpoints),
                _ => {
                    let first = service.selector.first_key_value();
                    let candidates =
                        first.and_then(|(key, value)| by_label.get(&(&*service.name.namespace, &**key, &**value)));
                    selected(context, &known, service, candidates.map_or(&[][..], Vec::as_slice))
                }
            }
        })
        .collect()
}

/// Pods and nodes to link endpoints with.
struct Known<'a> {
    settings: &'a Settings,
    nodes: &'a [Node],
    pods: &'a [Pod],
    by_ip: BTreeMap<IpAddr, PodId>,
    by_name: BTreeMap<(&'a str, &'a str), PodId>,
}

impl Known<'_> {
    fn pod(&self, id: PodId) -> Option<&Pod> {
        self.pods.get(id.0 as usize)
    }

    fn zone(&self, node: &str) -> Option<Arc<str>> {
        let node = self.nodes.iter().find(|candidate| &*candidate.name == node)?;
        node.labels.get("topology.kubernetes.io/zone").cloned()
    }

    fn target(&self, namespace: &str, target: Option<&objects::ObjectReference>, ip: IpAddr) -> Option<PodId> {
        let named = target.filter(|target| target.kind.as_deref().is_none_or(|kind| kind == "Pod"));
        let named = named.and_then(|target| {
            let namespace = target.namespace.as_deref().unwrap_or(namespace);
            self.by_name.get(&(namespace, target.name.as_deref()?)).copied()
        });
        named.or_else(|| self.by_ip.get(&ip).copied())
    }
}

/// The list of one port, made on first use; order is that of first use.
fn list<'a>(lists: &'a mut Vec<PortEndpoints>, name: &Arc<str>, protocol: Protocol) -> Option<&'a mut PortEndpoints> {
    let found = lists.iter().position(|list| list.port_name == *name && list.protocol == Some(protocol));
    let at = found.unwrap_or_else(|| {
        lists.push(PortEndpoints { port_name: name.clone(), protocol: Some(protocol), endpoints: Vec::new() });
        lists.len() - 1
    });
    lists.get_mut(at)
}

fn read_port(context: &mut Context<'_>, port: &EndpointPort, object: &ObjectRef) -> Option<(Arc<str>, Protocol, Port)> {
    let number = context.port(port.port.as_ref()?, "ports.port", object)?;
    let protocol = context.protocol(port.protocol.as_ref(), "ports.protocol", object)?;
    Some((port.name.as_ref().map_or_else(|| Arc::from(""), |name| name.value.clone()), protocol, number))
}

fn from_slices(
    context: &mut Context<'_>,
    known: &Known<'_>,
    slices: &[&Document<objects::EndpointSlice>],
) -> Vec<PortEndpoints> {
    let mut lists = Vec::new();
    for slice in slices {
        // kube-proxy leaves slices of names alone.
        if slice.value.address_type.as_ref().is_some_and(|kind| &*kind.value == "FQDN") {
            continue;
        }
        let object = &slice.object;
        let namespace = name_of(object).namespace;
        let mut ports = Vec::new();
        for port in &slice.value.ports {
            ports.extend(read_port(context, &port.value, object));
        }
        if slice.value.ports.is_empty() {
            // Without ports there are still addresses: a headless Service's names have them.
            ports.push((Arc::from(""), Protocol::Tcp, Port(0)));
        }
        for (name, protocol, _) in &ports {
            if let Some(list) = list(&mut lists, name, *protocol) {
                list.endpoints.reserve_exact(slice.value.endpoints.len());
            }
        }
        for endpoint in &slice.value.endpoints {
            let of = &endpoint.value;
            for address in &of.addresses {
                let Some(ip) = context.ip(address, "endpoints.addresses", object) else { continue };
                let written = (*address.value != *ip.to_string()).then(|| address.value.clone());
                let location = context.at(endpoint.span);
                for (name, protocol, port) in &ports {
                    let hint = |hint: &objects::NamedHint| hint.name.value.clone();
                    let conditions = &of.conditions;
                    let ready = conditions.ready.unwrap_or(true);
                    let made = Endpoint {
                        ip,
                        written: written.clone(),
                        port: *port,
                        ready,
                        serving: conditions.serving.unwrap_or(ready),
                        terminating: conditions.terminating.unwrap_or(false),
                        node: of.node_name.clone(),
                        zone: of.zone.clone(),
                        zone_hints: of.hints.for_zones.iter().map(hint).collect(),
                        node_hints: of.hints.for_nodes.iter().map(hint).collect(),
                        hostname: of.hostname.as_ref().map(|name| name.value.clone()),
                        pod: known.target(&namespace, of.target_ref.as_deref(), ip),
                        origin: Origin { object: object.clone(), location: location.clone(), assumed: false },
                    };
                    if let Some(list) = list(&mut lists, name, *protocol) {
                        list.endpoints.push(made);
                    }
                }
            }
        }
    }
    lists
}

/// Endpoints of the old kind, as the mirroring controller turns them into slices.
fn from_endpoints(
    context: &mut Context<'_>,
    known: &Known<'_>,
    all: &[&Document<objects::Endpoints>],
) -> Vec<PortEndpoints> {
    let mut lists = Vec::new();
    for document in all {
        let object = &document.object;
        let namespace = name_of(object).namespace;
        for subset in &document.value.subsets {
            let mut ports = Vec::new();
            for port in &subset.value.ports {
                ports.extend(read_port(context, &port.value, object));
            }
            let ready = subset.value.addresses.iter().map(|address| (address, true));
            let unready = subset.value.not_ready_addresses.iter().map(|address| (address, false));
            for (address, ready) in ready.chain(unready) {
                let Some(ip) = context.ip(&address.value.ip, "subsets.addresses.ip", object) else { continue };
                let pod = known.target(&namespace, address.value.target_ref.as_deref(), ip);
                let node = address.value.node_name.clone().or_else(|| {
                    let pod = known.pod(pod?)?;
                    known.nodes.get(pod.node.0 as usize).map(|node| node.name.clone())
                });
                for (name, protocol, port) in &ports {
                    let made = Endpoint {
                        ip,
                        written: None,
                        port: *port,
                        ready,
                        serving: ready,
                        terminating: false,
                        zone: node.as_deref().and_then(|node| known.zone(node)),
                        node: node.clone(),
                        zone_hints: Vec::new(),
                        node_hints: Vec::new(),
                        hostname: address.value.hostname.clone(),
                        pod,
                        origin: Origin { object: object.clone(), location: context.at(address.span), assumed: false },
                    };
                    if let Some(list) = list(&mut lists, name, *protocol) {
                        list.endpoints.push(made);
                    }
                }
            }
        }
    }
    lists
}

/// What the endpoint slice controller makes of a selector.
fn selected(
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
            location: None,
        });
        return selected(context, known, &portless, candidates);
    }
    let mut lists = Vec::new();
    for port in &service.ports {
        list(&mut lists, &port.name, port.protocol);
    }
    if service.selector.is_empty() {
        if service.origin.assumed && &*service.name.name == "kubernetes" {
            api_servers(known, service, &mut lists);
        }
        return lists;
    }
    let chosen: Vec<(PodId, &Pod)> = candidates
        .iter()
        .filter_map(|id| Some((*id, known.pod(*id)?)))
        .filter(|(_, pod)| selects(service, pod))
        .collect();
    if chosen.is_empty() {
        report_nothing(context, known, service);
    }
    let preference = super::hints::preference(service, known.settings);
    for (index, port) in service.ports.iter().enumerate() {
        report_undeclared(context, service, index, port, &chosen);
        for (id, pod) in &chosen {
            let Some(number) = target_of(port, pod) else {
                if let TargetPort::Name(name) = &port.target_port {
                    let found = about(context, codes::TARGET_PORT_NAME, service, Some(index)).arg("name", &**name);
                    context.report(found.arg("pod", pod.name.to_string()));
                }
                continue;
            };
            let node = known.nodes.get(pod.node.0 as usize);
            let ready = (pod.ready && !pod.terminating) || service.publish_not_ready;
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
                zone_hints: if preference.zones { zone.into_iter().collect() } else { Vec::new() },
                node_hints: if preference.nodes {
                    node.map(|node| node.name.clone()).into_iter().collect()
                } else {
                    Vec::new()
                },
                hostname: pod.hostname.clone().filter(|_| in_domain),
                pod: Some(*id),
                origin: pod.origin.clone(),
            };
            if let Some(list) = list(&mut lists, &port.name, port.protocol) {
                list.endpoints.push(made);
            }
        }
    }
    lists
}

/// The API server enters its own addresses for the Service `kubernetes`, which has no selector.
fn api_servers(known: &Known<'_>, service: &Service, lists: &mut Vec<PortEndpoints>) {
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

/// A finding about a Service's selector, or about the target of one of its ports.
fn about(context: &Context<'_>, code: codes::CodeInfo, service: &Service, port: Option<usize>) -> Diagnostic {
    let object = &service.origin.object;
    let document = context.parsed.objects.iter().find_map(|candidate| match candidate {
        Object::Service(document) if document.object == *object => Some(document),
        _ => None,
    });
    let span = document.map(|document| {
        let spec = &document.value.spec;
        let port = port.and_then(|index| spec.ports.get(index));
        let target = port.and_then(|port| {
            let number = port.value.port.as_ref().map(|number| number.span);
            port.value.target_port.as_ref().map(|target| target.span).or(number)
        });
        target.or(spec.selector.as_ref().map(|selector| selector.span)).unwrap_or(document.span)
    });
    code.at(context.first_line(span.unwrap_or_default())).about(object.clone())
}

/// A selector that finds nothing, with the Pod that nearly has the labels.
fn report_nothing(context: &mut Context<'_>, known: &Known<'_>, service: &Service) {
    if service.origin.assumed {
        return;
    }
    let selector: Vec<String> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut found = about(context, codes::SELECTS_NOTHING, service, None).arg("selector", selector.join(","));
    let near = known.pods.iter().filter(|pod| pod.name.namespace == service.name.namespace).find_map(|pod| {
        let mut wrong = service.selector.iter().filter(|(key, value)| pod.labels.get(*key) != Some(*value));
        let (key, _) = wrong.next()?;
        let value = pod.labels.get(key)?;
        // Another value of the only label says nothing; a value one slip away does.
        let (wanted, have) = (service.selector.get(key)?, value);
        let close =
            service.selector.len() > 1 || wanted.to_lowercase() == have.to_lowercase() || one_slip(wanted, have);
        (close && wrong.next().is_none()).then(|| (pod.name.to_string(), key.to_string(), value.to_string()))
    });
    if let Some((pod, label, value)) = near {
        found = found.arg("pod", pod).arg("label", label).arg("value", value).hint(codes::HINT_NEAR_LABEL);
    }
    context.report(found);
}

/// True when one is the other with a character too many, too few or other.
fn one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = a.len().max(b.len());
    a.len().abs_diff(b.len()) <= 1 && longest > 2 && same_start + same_end + 1 >= longest
}

/// A number no selected Pod declares, while they declare others: probably the wrong one.
fn report_undeclared(
    context: &mut Context<'_>,
    service: &Service,
    index: usize,
    port: &ServicePort,
    chosen: &[(PodId, &Pod)],
) {
    let TargetPort::Number(number) = port.target_port else { return };
    let declared: BTreeSet<Port> = chosen
        .iter()
        .flat_map(|(_, pod)| &pod.containers)
        .flat_map(|container| &container.ports)
        .filter(|own| own.protocol == port.protocol)
        .map(|own| own.port)
        .collect();
    if number.0 == 0 || declared.is_empty() || declared.contains(&number) || service.origin.assumed {
        return;
    }
    let list: Vec<String> = declared.iter().map(ToString::to_string).collect();
    let found = about(context, codes::TARGET_PORT_NOT_DECLARED, service, Some(index)).arg("port", number.to_string());
    context.report(found.arg("declared", list.join(", ")).hint(codes::HINT_TARGET_PORT));
}
