//! Clusters written by hand; their networks and journeys are the real ones.

use sim_core::agents;
use sim_core::cause::ObjectRef;
use sim_core::cluster::model::*;
use sim_core::linux::live::Live;
use sim_core::linux::socket::connect;
use sim_core::linux::state::NetnsId;
use sim_core::linux::step::{walk, walk_answer};
use sim_core::linux::walk::{Chooser, RuleRef, Walk};
use sim_core::manifest::{self, Limits};
use sim_core::model::Model;
use sim_core::packet::{Port, Protocol};
use sim_core::trace::*;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// A Pod to make: namespace, name, node, containers.
pub(crate) type PodSpec = (&'static str, String, u32, usize);

fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn net(ip: IpAddr, len: u8) -> ipnet::IpNet {
    ipnet::IpNet::new(ip, len).unwrap()
}

fn origin(kind: &str, namespace: Option<&str>, name: &str) -> Origin {
    let object = ObjectRef { kind: Arc::from(kind), namespace: namespace.map(Arc::from), name: Arc::from(name) };
    Origin { object, location: None, assumed: false }
}

fn pod_ip(node: u32, n: u32) -> IpAddr {
    v4(10, 244, node as u8, (n % 250 + 2) as u8)
}

fn pod(spec: &PodSpec, ip: IpAddr) -> Pod {
    let (namespace, name, node, containers) = spec;
    let container = |index: usize| Container {
        name: Arc::from(if index == 0 { "app".to_owned() } else { format!("side-{index}") }),
        image: Arc::from("image"),
        ports: vec![ContainerPort {
            name: None,
            port: Port(8080 + index as u16),
            protocol: Protocol::Tcp,
            host_port: None,
            location: None,
            assumed: false,
        }],
    };
    Pod {
        name: NamespacedName { namespace: Arc::from(*namespace), name: Arc::from(name.as_str()) },
        node: NodeId(*node),
        ip,
        host_network: false,
        labels: BTreeMap::new(),
        containers: (0..*containers).map(container).collect(),
        ready: true,
        terminating: false,
        hostname: None,
        subdomain: None,
        dns_policy: DnsPolicy::ClusterFirst,
        dns_config: DnsConfig::default(),
        origin: origin("Deployment", Some(namespace), name.rsplit_once('-').map_or(name, |(stem, _)| stem)),
        made_by: None,
    }
}

fn service(namespace: &str, name: &str, ip: IpAddr) -> Service {
    Service {
        name: NamespacedName { namespace: Arc::from(namespace), name: Arc::from(name) },
        kind: ServiceType::ClusterIp,
        cluster_ips: vec![ip],
        headless: false,
        selector: BTreeMap::new(),
        ports: vec![ServicePort {
            name: Arc::from(""),
            protocol: Protocol::Tcp,
            port: Port(80),
            target_port: TargetPort::Number(Port(8080)),
            node_port: None,
            location: None,
        }],
        external_name: None,
        external_ips: Vec::new(),
        load_balancer: Vec::new(),
        source_ranges: Vec::new(),
        health_check_node_port: None,
        internal_traffic_policy: TrafficPolicy::Cluster,
        external_traffic_policy: TrafficPolicy::Cluster,
        session_affinity: None,
        publish_not_ready: false,
        traffic_distribution: None,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        origin: origin("Service", Some(namespace), name),
        fields: BTreeMap::new(),
    }
}

fn endpoint(id: PodId, pod: &Pod, service: &str) -> Endpoint {
    Endpoint {
        ip: pod.ip,
        port: Port(8080),
        ready: true,
        serving: true,
        terminating: false,
        node: None,
        zone: None,
        zone_hints: vec![],
        node_hints: vec![],
        hostname: None,
        pod: Some(id),
        origin: origin("Service", Some("default"), service),
    }
}

/// A cluster of `nodes` nodes with these Pods, and Services in namespace `default`: `web` has every Pod `web-…`.
pub(crate) fn model(nodes: u32, pods: &[PodSpec], services: &[&str]) -> Model {
    let limits = Limits::default();
    let parsed = manifest::parse(&[], &limits);
    let mut cluster = Model::build(&[], &limits, &Default::default()).cluster;
    cluster.nodes.clear();
    cluster.pods.clear();
    cluster.services.clear();
    cluster.endpoints.clear();
    for n in 0..nodes {
        let name = format!("node-{}", char::from(b'a' + n as u8));
        let cidr = net(v4(10, 244, n as u8, 0), 24);
        cluster.nodes.push(Node {
            origin: origin("Node", None, &name),
            name: Arc::from(name),
            role: if n == 0 && nodes > 2 { NodeRole::ControlPlane } else { NodeRole::Worker },
            ip: v4(192, 168, 10, 11 + n as u8),
            pod_cidr: cidr,
            pod_cidrs: vec![cidr],
            labels: BTreeMap::new(),
            pod_cidr_at: None,
        });
    }
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for spec in pods {
        let count = counts.entry(spec.2).or_default();
        cluster.pods.push(pod(spec, pod_ip(spec.2, *count)));
        *count += 1;
    }
    for (index, name) in services.iter().enumerate() {
        cluster.services.push(service("default", name, v4(10, 96, 0, 10 + index as u8)));
        let stem = format!("{name}-");
        let behind = cluster.pods.iter().enumerate().filter(|(_, pod)| pod.name.name.starts_with(&stem));
        let endpoints = behind.map(|(pod, at)| endpoint(PodId(pod as u32), at, name)).collect();
        let port_name = Arc::from("");
        cluster.endpoints.push(vec![PortEndpoints { port_name, protocol: Some(Protocol::Tcp), endpoints }]);
    }
    let built = agents::build(&cluster);
    Model { parsed, cluster, built, diagnostics: Vec::new() }
}

/// Takes the last branch of every draw, so that rules before the hit are skipped.
struct Last;

impl Chooser for Last {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        false
    }

    fn source_port(&mut self, _: NetnsId, _: RuleRef, original: u16, _: (u16, u16)) -> u16 {
        original
    }
}

/// What one Pod's connection to a Service causes: the request and every answer, as the interpreter walks them.
pub(crate) fn journey(model: &Model, client: PodId, service: ServiceId) -> Journey {
    let network = &model.built.network;
    let mut live = Live::default();
    let vip = SocketAddr::new(model.cluster.services[service.0 as usize].cluster_ips[0], 80);
    let netns = model.built.pods[&client];
    let (_, packet) = connect(network, &mut live, netns, Protocol::Tcp, None, Port(40000), vip).unwrap();
    let mut walk = walk(network, &mut live, &mut Last, netns, packet);
    let mut legs = vec![Leg { purpose: Purpose::Connect, answer: None, lookup: None, hops: walk.hops, end: walk.end }];
    while let Some(answer) = walk.answers.first().filter(|_| legs.len() < 4) {
        let next = walk_answer(network, &mut live, &mut Last, answer);
        let (hops, end) = (next.hops.clone(), next.end.clone());
        legs.push(Leg { purpose: Purpose::Reply, answer: Some(answer.kind), lookup: None, hops, end });
        walk = Walk { hops: Vec::new(), ..next };
    }
    let probe = Probe {
        from: Source::Pod(client),
        to: Target::Service(service, Port(80)),
        protocol: Protocol::Tcp,
        sport: None,
        choose: vec![],
        seed: 0,
    };
    let outcome = Outcome { kind: OutcomeKind::Delivered, at: None, cause: None, fixes: vec![] };
    Journey {
        probe,
        choices: vec![],
        probability: 1.0,
        lookups: vec![],
        legs,
        client: ClientResult::Ok,
        server: None,
        outcome,
        assumed: vec![],
    }
}
