//! The same question in other places: the other way round, and from another Pod.

use super::{endpoints, pods, port_of};
use kernel::packet::Port;
use kubernetes::cluster::model::{Cluster, NodeId, PodId, ServiceId};
use sim_core::model::Model;
use sim_core::trace::{self, Probe, ProbeText, Source, Target};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The Service that is asked for, by its address or its name.
pub(super) fn service(model: &Model, probe: &Probe) -> Option<ServiceId> {
    let cluster = &model.cluster;
    match &probe.to {
        Target::Service(id, _) | Target::LoadBalancer(id, _) => Some(*id),
        Target::Name(name, _) => {
            let mut parts = name.trim_end_matches('.').split('.');
            let (name, namespace) = (parts.next()?, parts.next());
            let near = match probe.from {
                Source::Pod(id) => cluster.pods.get(id.0 as usize).map(|pod| &*pod.name.namespace),
                _ => None,
            };
            cluster.service_named(namespace.or(near).unwrap_or("default"), name)
        }
        Target::Address(ip, _) => of_address(cluster, *ip),
        _ => None,
    }
}

fn of_address(cluster: &Cluster, ip: IpAddr) -> Option<ServiceId> {
    let at = cluster.services.iter().position(|service| service.cluster_ips.contains(&ip))?;
    Some(ServiceId(at as u32))
}

fn pod_text(cluster: &Cluster, id: PodId) -> Option<String> {
    cluster.pods.get(id.0 as usize).map(|pod| format!("pod/{}", pod.name))
}

/// The probe the other way round: from who is asked, of a Service a Pod that is ready behind it, to who asks; there to a port it listens
/// on, else to the one that was asked for. None where nobody is known to be asked.
pub(crate) fn swapped(model: &Model, text: &ProbeText) -> Option<ProbeText> {
    let cluster = &model.cluster;
    let probe = trace::parse_probe(model, text).ok()?;
    let written = trace::write_probe(model, &probe);
    let (whom, asked) = match written.to.rsplit_once(':') {
        Some((whom, port)) => (whom.to_owned(), port.parse().ok().map(Port)),
        None => (written.to.clone(), None),
    };
    let from = match (&probe.to, service(model, &probe)) {
        (_, Some(id)) => {
            let ready = endpoints(cluster, id).filter(|endpoint| endpoint.ready).find_map(|endpoint| endpoint.pod)?;
            pod_text(cluster, ready)?
        }
        (Target::Pod(..) | Target::Node(..) | Target::Machine(..), _) => whom,
        (Target::Address(ip, _), _) => format!("ip/{ip}"),
        _ => return None,
    };
    let listens = match probe.from {
        Source::Pod(id) => cluster.pods.get(id.0 as usize).and_then(port_of),
        _ => None,
    };
    let (port, protocol) = match listens {
        Some((port, protocol)) => (Some(port), super::proto(protocol)),
        None => (asked, written.proto),
    };
    let to = match port {
        Some(port) => format!("{}:{port}", written.from),
        None => written.from,
    };
    let turned = ProbeText { from, to, proto: protocol, ..ProbeText::default() };
    trace::parse_probe(model, &turned).is_ok().then_some(turned)
}

/// The same question from another Pod: one on another node where there is one.
pub(crate) fn from_another(model: &Model, text: &ProbeText) -> Option<ProbeText> {
    let cluster = &model.cluster;
    let probe = trace::parse_probe(model, text).ok()?;
    let (own, node, namespace) = match probe.from {
        Source::Pod(id) => {
            let pod = cluster.pods.get(id.0 as usize)?;
            (Some(id), Some(pod.node), &*pod.name.namespace)
        }
        Source::Node(id) => (None, Some(id), "default"),
        _ => (None, None, "default"),
    };
    let behind = service(model, &probe).into_iter().flat_map(|id| endpoints(cluster, id)).filter_map(|one| one.pod);
    let mut but: BTreeSet<PodId> = behind.chain(own).collect();
    if let Target::Pod(id, _) = probe.to {
        but.insert(id);
    }
    let elsewhere = |at: NodeId| node.is_some_and(|node| node != at);
    let mut others: Vec<_> = pods(cluster, namespace, &but).collect();
    others.sort_by_key(|pod| !elsewhere(pod.node));
    let asked = |name: String| ProbeText { from: format!("pod/{name}"), via: None, choose: Vec::new(), ..text.clone() };
    let mut probes = others.into_iter().map(|pod| asked(pod.name.to_string()));
    probes.find(|probe| trace::parse_probe(model, probe).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::Options;

    const TWO: &str = include_str!("../../scenarios/first-service.yaml");

    fn model(text: &str) -> Model {
        Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default())
    }

    fn text(from: &str, to: &str) -> ProbeText {
        ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() }
    }

    #[test]
    fn a_probe_is_turned_round_and_can_be_sent() {
        let model = model(TWO);
        for (from, to, turned) in [
            ("pod/default/client", "web:80", Some("client:80")),
            ("pod/default/client", "web.default.svc.cluster.local:80", Some("client:80")),
            ("pod/default/client", "svc/default/web:80", Some("client:80")),
            ("node/node-a", "svc/default/web:80", Some("node/node-a:80")),
            ("external", "node/node-a:30080", Some("external:30080")),
            ("pod/default/client", "nobody:80", None),
            ("pod/default/client", "http://web/", None),
        ] {
            let asked = text(from, to);
            let found = swapped(&model, &asked);
            assert_eq!(found.is_some(), turned.is_some(), "{from} {to}: {found:?}");
            if let (Some(found), Some(turned)) = (found, turned) {
                assert!(found.to.ends_with(turned), "{found:?}");
                assert!(trace::parse_probe(&model, &found).is_ok(), "{found:?}");
            }
        }
    }

    #[test]
    fn what_is_asked_through_a_service_asks_from_a_pod_behind_it() {
        let model = model(TWO);
        let found = swapped(&model, &text("pod/default/client", "web:80")).unwrap();
        let behind = endpoints(&model.cluster, model.cluster.service_named("default", "web").unwrap());
        let names: Vec<String> = behind.filter_map(|one| pod_text(&model.cluster, one.pod?)).collect();
        assert!(names.contains(&found.from), "{found:?} {names:?}");
    }

    #[test]
    fn another_pod_asks_from_another_node() {
        let pod = |name: &str, node: &str| {
            format!(
                "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: {node}, containers: [{{name: c, image: busybox}}]}}}}\n"
            )
        };
        let both = format!("{TWO}{}{}", pod("near", "node-a"), pod("far", "node-b"));
        let asked = text("pod/default/client", "web:80");
        let with = model(&both);
        let client = with.cluster.pods.iter().find(|pod| &*pod.name.name == "client").unwrap().node;
        let found = from_another(&with, &asked).unwrap();
        let other = with.cluster.pods.iter().find(|pod| found.from == format!("pod/{}", pod.name)).unwrap();
        assert_ne!(other.node, client, "{found:?}");
        assert_eq!(found.to, "web:80");
    }
}
