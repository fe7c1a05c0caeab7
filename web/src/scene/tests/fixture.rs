//! Clusters written as manifests; their networks and journeys are the real ones.

use kernel::ids::{NetnsId, RuleRef};
use kernel::packet::{Port, Protocol};
use kernel::socket::connect;
use kernel::state::KernelState;
use kernel::step::{walk, walk_answer};
use kernel::walk::{Chooser, Walk};
use kubernetes::cluster::model::{PodId, ServiceId};
use kubernetes::manifest::{Limits, SourceText};
use sim_core::agents;
use sim_core::model::Model;
use sim_core::trace::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

/// A Pod to make: namespace, name, node, containers.
pub(crate) type PodSpec = (&'static str, String, u32, usize);

/// A cluster of `nodes` nodes with these Pods, and Services in namespace `default`: `web` has every Pod `web-…`.
///
/// Pods get their names at the end, so that names no API server would take are drawn too.
pub(crate) fn model(nodes: u32, pods: &[PodSpec], services: &[&str]) -> Model {
    let mut text = String::new();
    for n in 0..nodes {
        let name = format!("node-{}", char::from(b'a' + n as u8));
        let labels = if n == 0 && nodes > 2 { "{node-role.kubernetes.io/control-plane: ''}" } else { "{}" };
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {labels}}}, spec: {{podCIDR: 10.244.{n}.0/24}}, \
             status: {{addresses: [{{type: InternalIP, address: 192.168.10.{}}}]}}}}",
            11 + n
        );
    }
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for (index, (namespace, name, node, containers)) in pods.iter().enumerate() {
        let count = counts.entry(*node).or_insert(1);
        *count += 1;
        let app = name.split('-').next().filter(|stem| services.contains(stem)).unwrap_or("none");
        let containers: Vec<String> = (0..*containers)
            .map(|n| {
                let name = if n == 0 { String::from("app") } else { format!("side-{n}") };
                format!("{{name: {name}, image: image, ports: [{{containerPort: {}}}]}}", 8080 + n)
            })
            .collect();
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{index}, namespace: {namespace}, labels: {{app: {app}}}}}, \
             spec: {{nodeName: node-{}, containers: [{}]}}, \
             status: {{phase: Running, podIP: 10.244.{node}.{}, conditions: [{{type: Ready, status: 'True'}}]}}}}",
            char::from(b'a' + *node as u8),
            containers.join(", "),
            (*count % 250).max(2)
        );
    }
    for (index, name) in services.iter().enumerate() {
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: default}}, \
             spec: {{clusterIP: 10.96.0.{}, selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}}}",
            10 + index
        );
    }
    let source = SourceText::given("cluster.yaml", text);
    let mut model = Model::build(&[source], &Limits::default(), &Default::default());
    for (index, (namespace, name, ..)) in pods.iter().enumerate() {
        let id = model.cluster.pod_named(namespace, &format!("p{index}")).unwrap();
        let pod = &mut Arc::make_mut(&mut model.cluster).pods[id.0 as usize];
        pod.name.name = Arc::from(name.as_str());
    }
    model.site = agents::build(&model.cluster);
    model
}

/// A Pod by name.
pub(crate) fn pod(model: &Model, name: &str) -> PodId {
    PodId(model.cluster.pods.iter().position(|pod| &*pod.name.name == name).unwrap() as u32)
}

/// A Service by name.
pub(crate) fn service(model: &Model, name: &str) -> ServiceId {
    model.cluster.service_named("default", name).unwrap()
}

/// Takes the last branch of every draw, so that rules before the hit are skipped.
struct Last;

impl Chooser for Last {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        false
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, original: u16, _: (u16, u16)) -> u16 {
        original
    }
}

/// What one Pod's connection to a Service causes: the request and every answer, as the interpreter walks them.
pub(crate) fn journey(model: &Model, client: PodId, service: ServiceId) -> Journey {
    let network = &model.site.network;
    let mut state = KernelState::default();
    let vip = SocketAddr::new(model.cluster.services[service.0 as usize].cluster_ips[0], 80);
    let netns = model.site.pods[&client];
    let (_, packet) =
        connect(network, &mut state, &mut kernel::walk::AlwaysFirst, netns, Protocol::Tcp, (None, Port(40000)), vip)
            .unwrap();
    let mut walk = walk(network, &mut state, &mut Last, netns, packet);
    let mut legs = vec![Leg {
        purpose: Purpose::Connect,
        parent: None,
        answer: None,
        lookup: None,
        carries: None,
        hops: walk.hops,
        end: walk.end,
    }];
    while let Some(answer) = walk.answers.first().filter(|_| legs.len() < 4) {
        let next = walk_answer(network, &mut state, &mut Last, answer);
        let (hops, end) = (next.hops.clone(), next.end.clone());
        legs.push(Leg {
            purpose: Purpose::Reply,
            parent: Some(LegId(0)),
            answer: Some(answer.kind),
            lookup: None,
            carries: None,
            hops,
            end,
        });
        walk = Walk { hops: Vec::new(), ..next };
    }
    let probe = Probe {
        from: Source::Pod(client),
        to: Target::Service(service, Port(80)),
        protocol: Protocol::Tcp,
        sport: None,
        choose: vec![],
        seed: 0,
        before: 0,
        wait: 1,
        keep: false,
        once: false,
        size: None,
        method: None,
        headers: Default::default(),
        connect: None,
    };
    let outcome =
        Outcome { kind: OutcomeKind::Delivered, at: None, cause: None, why: None, fixes: vec![], leans_on: vec![] };
    Journey {
        probe,
        choices: vec![],
        probability: 1.0,
        hosts: None,
        lookups: vec![],
        legs,
        client: ClientResult::Ok,
        server: None,
        http: None,
        kept: None,
        known: None,
        outcome,
        verdict: kubernetes::assumption::Verdict::Works,
        assumed: vec![],
        remembered: vec![],
    }
}
