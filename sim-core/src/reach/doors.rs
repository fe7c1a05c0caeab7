//! What is behind Ingresses, Routes and routes of Gateways: workloads that their Services select, on the TCP ports that those lead to.

use super::ends::ports_of;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{BackendPort, Cluster, IngressBackend};
use kubernetes::cluster::owned::{Workload, WorkloadPod};
use kubernetes::manifest::Parsed;
use kubernetes::manifest::objects::{IntOrString, Map, Object, ServicePort};
use kubernetes::origin::Spanned;
use kubernetes::policy::{PortSet, Ports};
use std::collections::{BTreeMap, HashMap};

/// A Service behind a door, with one of its ports: as written, whether or not the API server takes it.
struct Door<'p> {
    namespace: &'p str,
    selector: &'p Map,
    port: &'p ServicePort,
}

/// A Service's namespace, selector and ports.
type Selects<'p> = (&'p str, &'p Map, &'p [Spanned<ServicePort>]);

/// Workloads by their place, with the ports on which they are behind a door and `open` for whoever stands there: of each Pod, and declared by
/// one of its containers.
pub(super) fn behind(
    (parsed, cluster): (&Parsed, &Cluster),
    workloads: &[Workload<'_>],
    open: impl Fn(usize) -> Ports,
) -> Vec<(usize, Ports)> {
    let doors = doors(parsed, cluster);
    if doors.is_empty() {
        return Vec::new();
    }
    let mut by_label: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
    for (at, workload) in workloads.iter().enumerate() {
        let namespace = workload.object.namespace.as_deref().unwrap_or("default");
        for (key, value) in workload.pods.first().into_iter().flat_map(|pod| pod.labels) {
            by_label.entry((namespace, key, value)).or_default().push(at);
        }
    }
    let mut all: BTreeMap<usize, Ports> = BTreeMap::new();
    for door in doors {
        let Some((key, value)) = door.selector.first_key_value() else { continue };
        let found = by_label.get(&(door.namespace, &**key, &**value));
        for at in found.into_iter().flatten() {
            let Some(workload) = workloads.get(*at) else { continue };
            let selected =
                |pod: &WorkloadPod<'_>| door.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
            if workload.pods.iter().all(selected) {
                let target = workload.pods.iter().map(|pod| target(pod, door.port));
                let target = target.reduce(|all, own| all.and(&own)).unwrap_or_default();
                all.entry(*at).or_default().add(&target);
            }
        }
    }
    let open = |(at, ports): (usize, Ports)| (at, ports.and(&open(at)));
    all.into_iter().map(open).filter(|(_, ports)| !ports.is_empty()).collect()
}

/// Services behind doors, each with one of its ports.
fn doors<'p>(parsed: &'p Parsed, cluster: &Cluster) -> Vec<Door<'p>> {
    let mut services: HashMap<(&str, &str), Selects<'p>> = HashMap::new();
    for object in &parsed.objects {
        if let Object::Service(document) = object
            && let Some(selector) = &document.value.spec.selector
        {
            let namespace = document.object.namespace.as_deref().unwrap_or("default");
            services
                .insert((namespace, &*document.object.name), (namespace, &selector.value, &document.value.spec.ports));
        }
    }
    let mut all = Vec::new();
    let mut add = |namespace: &str, name: &str, meant: &dyn Fn(&ServicePort) -> bool| {
        if let Some((namespace, selector, ports)) = services.get(&(namespace, name)) {
            let tcp = |port: &ServicePort| port.protocol.as_ref().is_none_or(|protocol| &*protocol.value == "TCP");
            let ports = ports.iter().map(|port| &port.value).filter(|port| tcp(port) && meant(port));
            all.extend(ports.map(|port| Door { namespace, selector, port }));
        }
    };
    let called = |port: &ServicePort, name: &str| port.name.as_ref().is_some_and(|own| &*own.value == name);
    let numbered = |port: &ServicePort, number: i64| port.port.as_ref().is_some_and(|own| own.value == number);
    for ingress in &cluster.fronts.ingresses {
        let paths = ingress.rules.iter().flat_map(|rule| &rule.paths).map(|path| &path.backend);
        for backend in paths.chain(&ingress.default_backend) {
            let IngressBackend::Service { name, port } = backend else { continue };
            add(&ingress.name.namespace, name, &|own| match port {
                BackendPort::Number(number) => numbered(own, i64::from(*number)),
                BackendPort::Name(name) => called(own, name),
            });
        }
    }
    for route in cluster.fronts.routes.iter().filter(|route| !route.attached.is_empty()) {
        let backends = route.rules.iter().flat_map(|rule| &rule.backends);
        for backend in backends.filter(|backend| backend.service && backend.granted && backend.weight > 0) {
            let Some(number) = backend.port else { continue };
            add(&backend.name.namespace, &backend.name.name, &|own| numbered(own, i64::from(number)));
        }
    }
    for (_, service, port) in &cluster.acting.behind {
        // RoutePort.targetPort: a port of the Service's by its name, or a port of its Pods'.
        add(&service.namespace, &service.name, &|own| {
            port.as_ref().is_none_or(|port| {
                let target = match own.target_port.as_ref().map(|target| &target.value) {
                    Some(IntOrString::Int(number)) => number.to_string() == **port,
                    Some(IntOrString::String(name)) => name == port,
                    None => false,
                };
                target || called(own, port) || port.parse().is_ok_and(|number| numbered(own, number))
            })
        });
    }
    all
}

/// The port of a Pod that a Service's port leads to, where a container declares it.
fn target(pod: &WorkloadPod<'_>, port: &ServicePort) -> Ports {
    let number = |number: i64| u16::try_from(number).map_or_else(|_| PortSet::default(), |at| PortSet::range(at, at));
    let own = || port.port.as_ref().map(|own| number(own.value)).unwrap_or_default();
    let set = match port.target_port.as_ref().map(|target| &target.value) {
        None | Some(IntOrString::Int(0)) => own(),
        Some(IntOrString::Int(target)) => number(*target),
        Some(IntOrString::String(name)) => {
            let named = pod.ports.iter().filter(|(own, of, _)| own.as_ref() == Some(name) && *of == Protocol::Tcp);
            let mut set = PortSet::default();
            named.for_each(|(_, _, port)| set.add(&PortSet::range(*port, *port)));
            set
        }
    };
    Ports::of(Protocol::Tcp, set).and(&ports_of(pod))
}
