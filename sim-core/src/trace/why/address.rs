//! Addresses and node ports that nothing answers for.

use super::codes;
use super::failed::{Lost, pod_field, service_field, upper};
use super::field::{Field, Why};
use super::listener;
use crate::trace::journey::{Source, Target};
use crate::trace::probe_text::edits;
use kernel::walk::DropReason;
use kubernetes::cluster::model::{Host, LbWay, Service, ServiceId};
use kubernetes::manifest::objects::Object;
use kubernetes::origin::Component;
use std::net::IpAddr;

pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let cluster = &lost.failed.model.cluster;
    let node = cluster.nodes.iter().find(|node| node.ip == lost.to.ip());
    if node.is_some() || lost.to.ip().is_loopback() {
        return listener::on_node(lost).then(|| node_port(lost));
    }
    if let Some(host) = cluster.hosts.iter().find(|host| host.ip == lost.to.ip()) {
        return host_port(lost, host);
    }
    if let Some(pod) = cluster.pods.iter().find(|pod| pod.ip == lost.to.ip()) {
        let outside = !matches!(lost.failed.probe.from, Source::Pod(_) | Source::Node(_) | Source::Machine(_));
        return outside.then(|| {
            Why::new(codes::CLUSTER_ONLY).arg("object", format!("Pod {}", pod.name)).arg("address", lost.to.ip())
        });
    }
    if let Some(why) = untold(lost) {
        return Some(why);
    }
    if super::service::front(cluster, lost.to, lost.protocol).is_some() {
        return None;
    }
    // Names lead where their records say.
    let asked = matches!(lost.failed.probe.to, Target::Address(..) | Target::Url { .. });
    asked.then(|| address(lost))
}

/// An address of a load balancer that the network does not know of.
fn untold(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    let mut services = (0u32..).map(ServiceId).zip(&model.cluster.services);
    let untold = |service: &Service| {
        service.load_balancer.iter().any(|ingress| ingress.ip == lost.to.ip() && ingress.way == LbWay::Nobody)
    };
    let (id, service) = services.find(|(_, service)| untold(service))?;
    let why = Why::new(codes::POOL_NOT_ADVERTISED).arg("service", &service.name).arg("address", lost.to.ip());
    Some(why.by(Component::LoadBalancer).at(service_field(model, id, "status.loadBalancer")))
}

/// A port that a machine which is no node is not taken to listen on.
fn host_port(lost: Lost<'_>, host: &Host) -> Option<Why> {
    let object = host.because.object.as_ref().filter(|_| *lost.reason == DropReason::NoListener)?;
    let why = Why::new(codes::ENDPOINT_HOST_PORT).arg("object", object).arg("address", host.ip);
    let why = why.arg("ports", host.ports()).arg("port", lost.to.port());
    let first = host.sockets.first().map_or(&host.because, |socket| &socket.because);
    let field = first.object.as_ref().zip(first.field.as_ref());
    let field = field.map(|(object, path)| Field { at: first.location.clone(), ..Field::new(object, &**path) });
    Some(why.at(field))
}

/// A port of a node that has no rule and no listener.
fn node_port(lost: Lost<'_>) -> Why {
    let model = lost.failed.model;
    let port = lost.to.port();
    // A Service that says it, but gets none.
    for object in &model.parsed.objects {
        let Object::Service(document) = object else { continue };
        let spec = &document.value.spec;
        let says = spec
            .ports
            .iter()
            .position(|own| own.value.node_port.as_ref().is_some_and(|number| number.value == i64::from(port)));
        let Some(index) = says else { continue };
        let kind = spec.kind.as_ref().map_or("ClusterIP", |kind| &*kind.value);
        if !matches!(kind, "NodePort" | "LoadBalancer") {
            let why = Why::new(codes::TYPE_WITHOUT_NODE_PORT).arg("service", name(object)).arg("port", port);
            let own = Field::new(&document.object, format!("spec.ports[{index}].nodePort").as_str());
            return why.arg("type", kind).at(Field::new(&document.object, "spec.type")).against(own);
        }
        let id = model
            .cluster
            .service_named(document.object.namespace.as_deref().unwrap_or("default"), &document.object.name);
        let protocol = id.and_then(|id| model.cluster.services.get(id.0 as usize)?.ports.get(index));
        if let (Some(id), Some(own)) = (id, protocol.filter(|own| own.node_port.is_some_and(|own| own.0 == port))) {
            let why = Why::new(codes::SERVICE_PROTOCOL).arg("service", name(object)).arg("port", port);
            let why = why.arg("asked", upper(lost.protocol)).arg("has", upper(own.protocol));
            return why.at(service_field(model, id, &format!("spec.ports[{index}].protocol")));
        }
        let refused = super::input::refused(model, &document.object);
        let own = Field::new(&document.object, format!("spec.ports[{index}].nodePort").as_str());
        return Why::new(codes::OBJECT_REFUSED).arg("object", &document.object).at(refused.unwrap_or(own));
    }
    if let Some(why) = mapped(lost) {
        return why;
    }
    let numbers = (0u32..).map(ServiceId).zip(&model.cluster.services).flat_map(|(id, service)| {
        let ports = service.ports.iter().enumerate();
        ports.filter_map(move |(index, port)| Some((id, index, service, port.node_port?)))
    });
    let wanted = port.to_string();
    let nearest = numbers.min_by_key(|(_, index, _, own)| (edits(&wanted, &own.to_string()), *index));
    if let Some((id, index, service, own)) = nearest.filter(|_| (30000..=32767).contains(&port)) {
        let why = Why::new(codes::NEAR_NODE_PORT).arg("port", port).arg("service", &service.name).arg("has", own);
        let field = service_field(model, id, &format!("spec.ports[{index}].nodePort"));
        return why.at(field);
    }
    // A port of a Pod on the node's own network.
    let own = model.cluster.pods.iter().filter(|pod| pod.host_network && pod.ip == lost.to.ip());
    let pod = own.filter(|pod| !pod.origin.assumed).min_by_key(|pod| {
        let ports = pod.containers.iter().flat_map(|container| &container.ports);
        ports.map(|own| own.port.0.abs_diff(port)).min().unwrap_or(u16::MAX)
    });
    let why = Why::new(codes::NODE_PORT).arg("port", port).arg("address", lost.to.ip());
    match pod {
        Some(pod) => {
            let declared = listener::declared(model, pod);
            let nearest = declared.iter().min_by_key(|own| own.port.abs_diff(port));
            why.at(nearest.map(|own| own.field("containerPort")))
        }
        None => why,
    }
}

/// A port that a Pod has of its node: for another protocol, or of another node.
fn mapped(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    let port = lost.to.port();
    let asked = model.cluster.nodes.iter().find(|node| node.ip == lost.to.ip())?;
    let pods = model.cluster.pods.iter().filter(|pod| !pod.host_network && !pod.origin.assumed);
    let all = pods.flat_map(|pod| {
        let ports = pod.containers.iter().flat_map(|container| &container.ports).enumerate();
        ports.filter(|(_, own)| own.host_port.is_some_and(|own| own.0 == port)).map(move |(at, own)| (pod, at, own))
    });
    let found = all.filter_map(|(pod, at, own)| Some((pod, at, own, model.cluster.nodes.get(pod.node.0 as usize)?)));
    // That of the node itself first.
    let (pod, at, own, node) =
        found.min_by_key(|(_, _, own, node)| (node.ip != asked.ip, own.protocol != lost.protocol))?;
    let entry = listener::declared(model, pod).into_iter().nth(at);
    if node.ip == asked.ip {
        let why = Why::new(codes::HOST_PORT_PROTOCOL).arg("pod", &pod.name).arg("port", port);
        let why = why.arg("asked", upper(lost.protocol)).arg("has", upper(own.protocol));
        return (own.protocol != lost.protocol).then(|| why.at(entry.map(|entry| entry.field("protocol"))));
    }
    let why = Why::new(codes::HOST_PORT_ELSEWHERE).arg("pod", &pod.name).arg("port", port);
    let why = why.arg("node", &node.name).arg("asked", &asked.name);
    Some(why.at(entry.map(|entry| entry.field("hostPort"))).against(pod_field(pod, "spec.nodeName")))
}

fn name(object: &Object) -> String {
    let object = object.object();
    format!("{}/{}", object.namespace.as_deref().unwrap_or("default"), object.name)
}

/// An address that nothing has: the nearest one that something does.
fn address(lost: Lost<'_>) -> Why {
    let model = lost.failed.model;
    let cluster = &model.cluster;
    let wanted = lost.to.ip().to_string();
    if let Some(why) = unused(lost, &wanted) {
        return why;
    }
    // Only addresses that the input itself gives: others were drawn, and say nothing about what was meant.
    let services = (0u32..).map(ServiceId).zip(&cluster.services).filter(|(_, service)| !service.origin.assumed);
    let services = services.flat_map(|(id, service)| {
        let has_port = service.ports.iter().any(|port| port.port.0 == lost.to.port());
        let own = service.cluster_ips.iter().filter(|_| service.fields.contains_key("spec.clusterIP"));
        let own = own.map(|ip| (*ip, "spec.clusterIP"));
        let external = service.external_ips.iter().map(|ip| (*ip, "spec.externalIPs"));
        let balancer = service.load_balancer.iter().map(|lb| (lb.ip, "status.loadBalancer"));
        own.chain(external)
            .chain(balancer)
            .map(move |(ip, path)| (ip, has_port, format!("Service {}", service.name), service_field(model, id, path)))
    });
    let pods = model.parsed.objects.iter().filter_map(|object| match object {
        Object::Pod(document) => {
            let ip = document.value.status.pod_ip.as_ref()?.value.parse::<IpAddr>().ok()?;
            let field = Some(Field::new(&document.object, "status.podIP"));
            Some((ip, false, format!("Pod {}", name(object)), field))
        }
        _ => None,
    });
    let near = |ip: &IpAddr| edits(&wanted, &ip.to_string());
    // The only Service of the port is meant, too.
    let of_port = |service: &&kubernetes::cluster::model::Service| {
        !service.origin.assumed && service.ports.iter().any(|port| port.port.0 == lost.to.port())
    };
    let only =
        cluster.services.iter().filter(of_port).count() == 1 && cluster.settings.service_cidr.contains(&lost.to.ip());
    let nearest = services.chain(pods).min_by_key(|(ip, has_port, ..)| (!(only && *has_port), near(ip), *ip));
    match nearest.filter(|(ip, has_port, ..)| near(ip) <= 2 || (only && *has_port)) {
        Some((ip, _, object, field)) => {
            Why::new(codes::NEAR_ADDRESS).arg("address", wanted).arg("object", object).arg("has", ip).at(field)
        }
        None => headless(lost).unwrap_or_else(|| Why::new(codes::NO_SUCH_ADDRESS).arg("address", wanted)),
    }
}

/// A Service whose text says the address, but which does not use it.
fn unused(lost: Lost<'_>, wanted: &str) -> Option<Why> {
    let model = lost.failed.model;
    model.parsed.objects.iter().find_map(|object| {
        let Object::Service(document) = object else { return None };
        let spec = &document.value.spec;
        let ingress = &document.value.status.load_balancer.ingress;
        let path = if spec.external_ips.iter().any(|ip| &*ip.value == wanted) {
            "spec.externalIPs"
        } else if spec.cluster_ip.as_ref().is_some_and(|ip| &*ip.value == wanted) {
            "spec.clusterIP"
        } else if ingress.iter().any(|of| of.value.ip.as_ref().is_some_and(|ip| &*ip.value == wanted)) {
            "status.loadBalancer.ingress"
        } else {
            return None;
        };
        let own = Field::new(&document.object, path);
        if let Some(why) = super::input::refusal(model, &document.object) {
            return Some(why);
        }
        if spec.cluster_ip.as_ref().is_some_and(|ip| &*ip.value == "None") {
            let why = Why::new(codes::TYPE_WITHOUT_ADDRESS).arg("service", name(object)).arg("address", wanted);
            let why = why.arg("type", "ClusterIP (clusterIP: None)");
            return Some(why.at(Field::new(&document.object, "spec.clusterIP")).against(own));
        }
        let kind = spec.kind.as_ref().map_or("ClusterIP", |kind| &*kind.value);
        let why = Why::new(codes::TYPE_WITHOUT_ADDRESS).arg("service", name(object)).arg("address", wanted);
        Some(why.arg("type", kind).at(Field::new(&document.object, "spec.type")).against(own))
    })
}

/// An address of the Service network that nobody has, while one headless Service has the port that was asked for.
fn headless(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    if !model.cluster.settings.service_cidr.contains(&lost.to.ip()) {
        return None;
    }
    let has_port = |service: &kubernetes::cluster::model::Service| {
        service.ports.iter().any(|port| port.port.0 == lost.to.port() && port.protocol == lost.protocol)
    };
    let services = (0u32..).map(ServiceId).zip(&model.cluster.services);
    let mut fitting = services.filter(|(_, service)| !service.origin.assumed && has_port(service));
    let (id, service) = fitting.next()?;
    if fitting.next().is_some() || !service.headless {
        return None;
    }
    let why = Why::new(codes::NO_CLUSTER_IP).arg("service", &service.name).arg("address", lost.to.ip());
    Some(why.arg("port", lost.to.port()).at(service_field(model, id, "spec.clusterIP")))
}
