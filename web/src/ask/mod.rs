//! Probes worth sending: from where a packet to a Service or a Pod shows something.
//!
//! A Pod that calls a Service it is itself behind may get its own packet back, which shows nothing of the way between Pods. So
//! somebody else asks: another Pod, a host outside where the Service has a way in, a node without such a Pod.

pub(crate) mod docker;
pub(crate) mod hosts;
mod http;
mod turned;

pub(crate) use turned::{from_another, swapped};

use crate::gallery;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{Cluster, Endpoint, NodeId, Pod, PodId, Service, ServiceId, ServicePort, ServiceType};
use sim_core::agents::outside;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};
use std::collections::BTreeSet;

/// Pods, and as many nodes, that are tried as a source.
const TRIED: usize = 8;

/// True of what somebody wrote and not what every cluster has.
fn own(pod: &Pod) -> bool {
    &*pod.name.namespace != "kube-system" && !pod.origin.assumed
}

fn proto(protocol: Protocol) -> Option<String> {
    (protocol != Protocol::Tcp).then(|| protocol.to_string().to_lowercase())
}

/// Pods that could ask somebody in `namespace`, the likeliest first: a client there, one there, one elsewhere.
fn pods<'a>(cluster: &'a Cluster, namespace: &'a str, but: &'a BTreeSet<PodId>) -> impl Iterator<Item = &'a Pod> {
    let asking = move || {
        let all = cluster.pods.iter().enumerate().filter(|(at, _)| !but.contains(&PodId(*at as u32)));
        all.map(|(_, pod)| pod).filter(|pod| !pod.terminating && !pod.host_network && own(pod))
    };
    let near = move |pod: &&Pod| &*pod.name.namespace == namespace;
    let client = |pod: &&Pod| pod.name.name.contains("client");
    let first = asking().filter(near).filter(client);
    let second = asking().filter(near).filter(move |pod| !client(pod));
    first.chain(second).chain(asking().filter(move |pod| !near(pod))).take(TRIED)
}

/// Nodes, those with none of `busy` first; a control plane behind the others.
fn nodes<'a>(cluster: &'a Cluster, busy: &BTreeSet<NodeId>) -> Vec<&'a str> {
    use kubernetes::cluster::model::NodeRole;
    let mut all: Vec<(bool, bool, &str)> = cluster
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (busy.contains(&NodeId(at as u32)), node.role == NodeRole::ControlPlane, &*node.name))
        .collect();
    all.sort_by_key(|(busy, control, _)| (*busy, *control));
    all.into_iter().map(|(.., name)| name).take(TRIED).collect()
}

fn endpoints(cluster: &Cluster, id: ServiceId) -> impl Iterator<Item = &Endpoint> {
    cluster.endpoints.get(id.0 as usize).into_iter().flatten().flat_map(|port| &port.endpoints)
}

/// `svc/NS/NAME:PORT`, or the name as it is asked for from `namespace` where there is no address or `by_name` wishes it.
fn called(service: &Service, port: Port, namespace: &str, by_name: bool) -> String {
    let name = &service.name;
    let addressless = service.headless || service.cluster_ips.is_empty();
    match (addressless || by_name, *namespace == *name.namespace) {
        (false, _) => format!("svc/{name}:{port}"),
        (true, true) => format!("{}:{port}", name.name),
        (true, false) => format!("{}.{}:{port}", name.name, name.namespace),
    }
}

/// A probe to a port of a Service, from where it shows most; with `by_name` DNS is asked first, where who asks can.
pub(crate) fn of_service(model: &Model, id: ServiceId, port: &ServicePort, by_name: bool) -> Option<ProbeText> {
    let cluster = &model.cluster;
    let service = cluster.services.get(id.0 as usize)?;
    let behind: BTreeSet<PodId> = endpoints(cluster, id).filter_map(|endpoint| endpoint.pod).collect();
    let pod = |id: &PodId| cluster.pods.get(id.0 as usize);
    let busy: BTreeSet<NodeId> = behind.iter().filter_map(pod).map(|pod| pod.node).collect();
    let namespace = &*service.name.namespace;
    let text = |from: String, to: String| ProbeText { from, to, proto: proto(port.protocol), ..ProbeText::default() };
    let sent = |probe: &ProbeText| trace::parse_probe(model, probe).is_ok();
    let by_pod = |pod: &Pod| {
        let to = called(service, port.port, &pod.name.namespace, by_name);
        text(format!("pod/{}", pod.name), to)
    };
    if let Some(probe) = pods(cluster, namespace, &behind).map(by_pod).find(sent) {
        return Some(probe);
    }
    let address = format!("svc/{}:{}", service.name, port.port);
    let has_way_in = matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
    let outside = (has_way_in && outside::default_address(cluster).is_some()).then(|| "external".to_owned());
    let nodes = nodes(cluster, &busy).into_iter().map(|name| format!("node/{name}"));
    if let Some(probe) = outside.into_iter().chain(nodes).map(|from| text(from, address.clone())).find(sent) {
        return Some(probe);
    }
    pods(cluster, namespace, &BTreeSet::new()).map(by_pod).find(sent)
}

/// A probe to a port of a Pod, from another one.
pub(crate) fn of_pod(model: &Model, id: PodId, port: Port, protocol: Protocol) -> Option<ProbeText> {
    let cluster = &model.cluster;
    let pod = cluster.pods.get(id.0 as usize)?;
    let to = format!("pod/{}:{port}", pod.name);
    let but = BTreeSet::from([id]);
    let others = pods(cluster, &pod.name.namespace, &but).map(|pod| format!("pod/{}", pod.name));
    let nodes = nodes(cluster, &BTreeSet::from([pod.node])).into_iter().map(|name| format!("node/{name}"));
    let text = |from: String| ProbeText { from, to: to.clone(), proto: proto(protocol), ..ProbeText::default() };
    others.chain(nodes).map(text).find(|probe| trace::parse_probe(model, probe).is_ok())
}

/// The port a Pod is asked at: one that is declared, else one it listens on.
pub(crate) fn port_of(pod: &Pod) -> Option<(Port, Protocol)> {
    let declared = pod.containers.iter().flat_map(|container| &container.ports);
    let declared = declared.map(|port| (port.port, port.protocol));
    declared.chain(pod.sockets().map(|listener| (listener.port, listener.protocol))).next()
}

/// The Services that somebody wrote, those with somebody ready behind them first.
pub(crate) fn services(cluster: &Cluster) -> impl Iterator<Item = (ServiceId, &Service)> {
    let ids = (0..cluster.services.len() as u32).map(ServiceId);
    let all = ids.filter_map(move |id| Some((id, cluster.services.get(id.0 as usize)?)));
    let all: Vec<_> = all
        .filter(|(_, service)| {
            let name = &service.name;
            let usual =
                &*name.namespace == "kube-system" || (&*name.namespace == "default" && &*name.name == "kubernetes");
            !usual && service.kind != ServiceType::ExternalName && !service.ports.is_empty()
        })
        .collect();
    let ready = move |id: ServiceId| endpoints(cluster, id).any(|endpoint| endpoint.ready);
    let first = all.clone().into_iter().filter(move |(id, _)| ready(*id));
    first.chain(all.into_iter().filter(move |(id, _)| !ready(*id)))
}

/// The probes of the input's own `Scenario` objects, as far as they can be sent.
pub(crate) fn own_probes(model: &Model) -> impl Iterator<Item = ProbeText> + '_ {
    gallery::suggested(model).into_iter().filter(|probe| trace::parse_probe(model, probe).is_ok())
}

/// Probes worth trying first, the best first: those of the input's `Scenario`, else to its first Service by name, by address, and to one
/// of its Pods, and from outside where there is a way in.
pub(crate) fn suggested(model: &Model, most: usize) -> Vec<ProbeText> {
    let mut found: Vec<ProbeText> = own_probes(model).take(most).collect();
    if !found.is_empty() {
        return found;
    }
    let cluster = &model.cluster;
    let mut add = |probe: Option<ProbeText>| {
        if let Some(probe) = probe.filter(|probe| !found.contains(probe)) {
            found.push(probe);
        }
    };
    if let Some((id, service)) = services(cluster).next()
        && let Some(port) = service.ports.first()
    {
        add(of_service(model, id, port, true));
        add(of_service(model, id, port, false));
        // A Pod on another node than who asks, where there is one.
        let ready = endpoints(cluster, id).filter(|endpoint| endpoint.ready);
        let ready = ready.filter_map(|endpoint| Some((endpoint.pod?, endpoint.port))).take(TRIED);
        let mut asked: Vec<ProbeText> =
            ready.filter_map(|(pod, number)| of_pod(model, pod, number, port.protocol)).collect();
        let across = asked.iter().position(|probe| leaves_its_node(model, probe));
        add(across.map(|at| asked.swap_remove(at)).or_else(|| asked.pop()));
        let outside = ProbeText {
            from: "external".to_owned(),
            to: format!("svc/{}:{}", service.name, port.port),
            proto: proto(port.protocol),
            ..ProbeText::default()
        };
        let has_way_in = matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
        add((has_way_in && trace::parse_probe(model, &outside).is_ok()).then_some(outside));
    }
    // One that nobody is ready behind: what its callers see is what is looked for.
    let nobody =
        services(cluster).find(|(id, service)| !service.headless && !endpoints(cluster, *id).any(|one| one.ready));
    let nobody = nobody.and_then(|(id, service)| of_service(model, id, service.ports.first()?, false));
    if let Some(probe) = nobody.filter(|probe| !found.contains(probe)) {
        found.push(probe);
    }
    if found.is_empty() {
        let pods = (0..cluster.pods.len() as u32).map(PodId).rev();
        let asked = pods.filter_map(|id| Some((id, cluster.pods.get(id.0 as usize).filter(|pod| own(pod))?)));
        let asked = asked.filter_map(|(id, pod)| Some((id, port_of(pod)?))).take(TRIED);
        let probe = asked.filter_map(|(id, (port, protocol))| of_pod(model, id, port, protocol)).next();
        found.extend(probe);
    }
    found.extend(http::suggested(model));
    found.extend(docker::suggested(model));
    found.truncate(most);
    found
}

/// From a Pod to a Pod on another node.
pub(crate) fn leaves_its_node(model: &Model, probe: &ProbeText) -> bool {
    let node = |id: PodId| model.cluster.pods.get(id.0 as usize).map(|pod| pod.node);
    trace::parse_probe(model, probe).is_ok_and(|probe| match (&probe.from, &probe.to) {
        (trace::Source::Pod(from), trace::Target::Pod(to, _)) => node(*from) != node(*to),
        _ => false,
    })
}

/// To a Service that nobody is ready behind.
pub(crate) fn finds_nobody(model: &Model, probe: &ProbeText) -> bool {
    let asked = trace::parse_probe(model, probe).ok().and_then(|probe| turned::service(model, &probe));
    asked.is_some_and(|id| !endpoints(&model.cluster, id).any(|endpoint| endpoint.ready))
}

/// What a form starts with where something is not asked for yet.
pub(crate) fn filled(model: &Model, asked: &ProbeText) -> ProbeText {
    let mut filled = asked.clone();
    match (asked.from.is_empty(), asked.to.is_empty()) {
        (true, true) => {
            if let Some(first) = suggested(model, 1).into_iter().next() {
                (filled.from, filled.to) = (first.from, first.to);
                filled.proto = asked.proto.clone().or(first.proto);
                if asked.method.is_none() && asked.headers.is_empty() && asked.connect.is_none() {
                    (filled.method, filled.headers, filled.connect) = (first.method, first.headers, first.connect);
                }
            }
        }
        (true, false) => {
            let rest = asked.to.strip_prefix("svc/").unwrap_or_default();
            let (name, _) = rest.split_once(':').unwrap_or((rest, ""));
            let id = name.split_once('/').and_then(|(namespace, name)| model.cluster.service_named(namespace, name));
            let service = id.and_then(|id| Some((id, model.cluster.services.get(id.0 as usize)?)));
            let port = service.and_then(|(id, service)| Some((id, service.ports.first()?)));
            let probe = port.and_then(|(id, port)| of_service(model, id, port, false));
            filled.from = probe.map(|probe| probe.from).unwrap_or_default();
        }
        (false, _) => {}
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::Options;

    const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {TYPE selector: {app: web}, ports: [{port: 80}]}
";

    fn model(text: &str) -> Model {
        Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default())
    }

    #[test]
    fn nobody_asks_a_service_it_is_behind_where_somebody_else_can() {
        let pod = |namespace: &str, name: &str| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{containers: [{{name: c, image: busybox}}]}}\n"
            )
        };
        let plain = WEB.replace("TYPE", "");
        let both = format!("{plain}{}{}", pod("default", "other"), pod("default", "a-client"));
        for (text, from, to) in [
            (both.clone(), "pod/default/a-client", "web:80"),
            (format!("{plain}{}", pod("default", "other")), "pod/default/other", "web:80"),
            (format!("{plain}{}", pod("shop", "far")), "pod/shop/far", "web.default:80"),
            (WEB.replace("TYPE", "type: NodePort,"), "external", "svc/default/web:80"),
            (plain.clone(), "node/control-plane", "svc/default/web:80"),
        ] {
            let model = model(&text);
            let first = filled(&model, &ProbeText::default());
            assert_eq!((first.from.as_str(), first.to.as_str()), (from, to));
            let probe = trace::parse_probe(&model, &first).unwrap();
            let journey = trace::run(&trace::model_for(&model, &probe), &probe);
            assert_eq!(journey.client, trace::ClientResult::Ok, "{first:?}");
            for probe in suggested(&model, 8) {
                assert!(trace::parse_probe(&model, &probe).is_ok(), "{probe:?}");
                let service = !probe.to.starts_with("pod/");
                assert!(!(service && probe.from.starts_with("pod/default/web-")), "{probe:?}");
                assert_ne!(probe.to.split_once(':').map(|(pod, _)| pod), Some(probe.from.as_str()));
            }
        }
        // What is asked for stays.
        let model = model(&both);
        let asked = ProbeText { from: "node/node-a".into(), to: "x:1".into(), ..ProbeText::default() };
        assert_eq!(filled(&model, &asked), asked);
        let aimed = ProbeText { to: "svc/default/web".into(), ..ProbeText::default() };
        assert_eq!(filled(&model, &aimed).from, "pod/default/a-client");
    }

    #[test]
    fn without_a_service_one_pod_asks_another() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: c, image: nginx}]}\n";
        let two = model(&format!("{}---\n{}", pod.replace("NAME", "a"), pod.replace("NAME", "b")));
        let first = filled(&two, &ProbeText::default());
        assert_eq!((first.from.as_str(), first.to.as_str()), ("pod/default/a", "pod/default/b:80"));
        let nothing = model("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n");
        assert_eq!(filled(&nothing, &ProbeText::default()), ProbeText::default());
    }
}
