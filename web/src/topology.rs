//! A cluster's machines and Services as `kubehop.topology/1`, and a scenario in numbers as `kubehop.scenario/1`.

use crate::finding;
use kubernetes::cluster::model::{Cluster, PodId, SegmentId, Service, ServiceId, TargetPort};
use kubernetes::diagnostic::Severity;
use kubernetes::origin::Location;
use serde_json::{Map, Value, json};
use sim_core::agents::router;
use sim_core::model::Model;
use sim_core::site::{Kind, Machine};

/// A scenario in numbers.
pub fn summary(name: &str, model: &Model) -> Value {
    let cluster = &model.cluster;
    let mut findings = Map::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let count = model.diagnostics.iter().filter(|one| one.severity == severity).count();
        findings.insert(finding::severity(severity).to_owned(), json!(count));
    }
    json!({
        "schema": "kubehop.scenario/1",
        "name": name,
        "nodes": cluster.nodes.len(),
        "pods": cluster.pods.len(),
        "services": cluster.services.len(),
        "findings": findings,
    })
}

/// Segments, machines, and the Services with where they lead.
pub fn topology(model: &Model) -> Value {
    let (cluster, tree) = (&model.cluster, &model.site.tree);
    let segments = cluster.segments.iter().zip(tree.segments()).map(|(said, (_, segment))| {
        json!({
            "name": &*segment.name,
            "label": said.name.as_deref(),
            "internet": said.internet,
            "mtu": said.mtu,
            "cidr": said.cidr.to_string(),
            "gateway": said.gateway.to_string(),
            "assumed": segment.assumed,
        })
    });
    let segments: Vec<Value> = segments.collect();
    let machines = tree.machines().map(|(_, one)| machine(model, one)).collect::<Vec<_>>();
    let services = (0u32..).map(ServiceId).zip(&cluster.services).map(|(id, one)| service(cluster, id, one));
    json!({
        "schema": "kubehop.topology/1",
        "segments": segments,
        "machines": machines,
        "services": services.collect::<Vec<_>>(),
    })
}

fn machine(model: &Model, machine: &Machine) -> Value {
    let (cluster, tree) = (&model.cluster, &model.site.tree);
    let segment = |id: &SegmentId| tree.segment(*id).map(|segment| segment.name.to_string());
    let mut value = json!({
        "kind": kind(machine.kind),
        "name": &*machine.name,
        "in": machine.parent.and_then(|id| tree.machine(id)).map(|one| one.name.to_string()),
        "segments": machine.segments.iter().filter_map(segment).collect::<Vec<_>>(),
        "assumed": machine.assumed,
    });
    match machine.kind {
        Kind::Node(id) => {
            let Some(node) = cluster.nodes.get(id.0 as usize) else { return value };
            value["addresses"] = json!([node.ip.to_string()]);
            value["podCIDR"] = json!(node.pod_cidr.to_string());
            place(&mut value, node.origin.location.as_ref());
        }
        Kind::Pod(id) => {
            let Some(pod) = cluster.pods.get(id.0 as usize) else { return value };
            value["addresses"] = json!([pod.ip.to_string()]);
            value["hostNetwork"] = json!(pod.host_network);
            value["ready"] = json!(pod.ready);
            value["by"] = json!(pod.made_by.as_ref().map(ToString::to_string));
            place(&mut value, pod.origin.location.as_ref());
        }
        Kind::Host(ip) => value["addresses"] = json!([ip.to_string()]),
        Kind::Router => {
            let its = |of: &&kubernetes::cluster::model::Router| router::name(of) == *machine.name;
            let on = cluster.routers.iter().find(its).map_or(&[][..], |of| of.on.as_slice());
            value["addresses"] = json!(on.iter().map(|(_, ip)| ip.to_string()).collect::<Vec<_>>());
        }
        Kind::Vm(id) => {
            value["addresses"] = json!(cluster.docker_host(id).map(|host| vec![host.engine_ip().to_string()]))
        }
        Kind::Internet | Kind::Container(_) => {}
    }
    value
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Host(_) => "host",
        Kind::Node(_) => "node",
        Kind::Pod(_) => "pod",
        Kind::Container(_) => "container",
        Kind::Vm(_) => "vm",
        Kind::Router => "router",
        Kind::Internet => "internet",
    }
}

fn place(value: &mut Value, at: Option<&Location>) {
    value["file"] = json!(at.map(|at| &*at.file));
    value["line"] = json!(at.map(|at| at.line));
}

fn service(cluster: &Cluster, id: ServiceId, service: &Service) -> Value {
    let pod = |id: PodId| cluster.pods.get(id.0 as usize).map(|pod| pod.name.to_string());
    let lists = cluster.endpoints.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
    let ports = service.ports.iter().map(|port| {
        let of_port =
            lists.iter().filter(|list| list.port_name == port.name && list.protocol.is_none_or(|p| p == port.protocol));
        let endpoints = of_port.flat_map(|list| &list.endpoints).map(|endpoint| {
            json!({
                "ip": endpoint.ip.to_string(),
                "port": endpoint.port.0,
                "pod": endpoint.pod.and_then(pod),
                "node": endpoint.node.as_deref(),
                "ready": endpoint.ready,
            })
        });
        json!({
            "name": &*port.name,
            "protocol": port.protocol.to_string(),
            "port": port.port.0,
            "targetPort": match &port.target_port {
                TargetPort::Number(port) => json!(port.0),
                TargetPort::Name(name) => json!(&**name),
            },
            "nodePort": port.node_port.map(|port| port.0),
            "endpoints": endpoints.collect::<Vec<_>>(),
        })
    });
    let mut value = json!({
        "namespace": &*service.name.namespace,
        "name": &*service.name.name,
        "type": service.kind.to_string(),
        "clusterIPs": service.cluster_ips.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "headless": service.headless,
        "externalName": service.external_name.as_deref(),
        "externalIPs": service.external_ips.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "loadBalancer": service.load_balancer.iter().map(|one| one.ip.to_string()).collect::<Vec<_>>(),
        "ports": ports.collect::<Vec<_>>(),
        "assumed": service.origin.assumed,
    });
    place(&mut value, service.origin.location.as_ref());
    value
}
