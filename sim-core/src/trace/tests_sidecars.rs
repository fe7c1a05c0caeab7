//! Pods with a mesh's proxy beside their containers: what comes and goes is led to it by rules, and it connects anew.

use super::*;
use crate::model::{Model, Options};
use kernel::packet::Port;
use kubernetes::assumption::Verdict;
use kubernetes::manifest::{Limits, SourceText};
use std::net::SocketAddr;

/// istio-init and the proxy beside a container.
const SIDECAR: &str = "initContainers: [{name: istio-init, image: docker.io/istio/proxyv2:1.27.0, args: [istio-iptables, -p, '15001', -z, '15006', \
     -u, '1337', -m, REDIRECT, -i, '*', -x, '', -b, '*', -d, '15090,15021,15020']}]";

fn meshed(name: &str, more: &str) -> String {
    let proxy = "{name: istio-proxy, image: docker.io/istio/proxyv2:1.27.0}";
    format!(
        "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {name}}}}}, spec: {{{SIDECAR}, containers: [\
         {{name: {name}, image: example.org/{name}, ports: [{{containerPort: 8080}}]}}, {proxy}]}}{more}}}\n"
    )
}

fn plain(name: &str) -> String {
    format!(
        "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {name}}}}}, spec: {{containers: [\
         {{name: {name}, image: example.org/{name}, ports: [{{containerPort: 8080}}]}}]}}}}\n"
    )
}

fn service(name: &str) -> String {
    format!(
        "---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}}}\n"
    )
}

fn model(parts: &[String]) -> Model {
    let text = parts.concat();
    Model::build(&[SourceText::given("mesh.yaml", text)], &Limits::default(), &Options::default())
}

fn ask(model: &Model, from: &str, to: &str) -> Journey {
    let text = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
    run(model, &parse_probe(model, &text).unwrap())
}

/// First packets of connections: from where to where each was sent, and where it arrived.
fn connections(journey: &Journey) -> Vec<(SocketAddr, SocketAddr, SocketAddr)> {
    let opens = journey.legs.iter().filter(|leg| matches!(leg.purpose, Purpose::Connect | Purpose::Proxy));
    opens
        .map(|leg| {
            let (first, last) = (&leg.hops[0].before.packet, &leg.hops.last().unwrap().after.packet);
            (first.source(), first.destination(), last.destination())
        })
        .collect()
}

fn ip(model: &Model, name: &str) -> std::net::IpAddr {
    model.cluster.pods.iter().find(|pod| &*pod.name.name == name).unwrap().ip
}

#[test]
fn what_comes_in_goes_through_the_proxy_to_the_application() {
    let model = model(&[plain("client"), meshed("web", ""), service("web")]);
    let journey = ask(&model, "pod/default/client", "svc/default/web:80");
    let web = ip(&model, "web");
    let all = connections(&journey);
    assert_eq!(all.len(), 2, "{all:?} {:?}", journey.outcome.kind);
    assert_eq!(all[0].2, SocketAddr::new(web, 15006), "led to the proxy in the Pod");
    assert_eq!(all[1].0.ip().to_string(), "127.0.0.6");
    assert_eq!((all[1].1, all[1].2), (SocketAddr::new(web, 8080), SocketAddr::new(web, 8080)));
    assert_eq!((journey.client, journey.verdict), (ClientResult::Ok, Verdict::Assumed));
}

#[test]
fn what_goes_out_goes_through_the_proxy_which_knows_endpoints_itself() {
    let model = model(&[meshed("client", ""), plain("web"), service("web")]);
    let journey = ask(&model, "pod/default/client", "svc/default/web:80");
    let all = connections(&journey);
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0].2, "127.0.0.1:15001".parse().unwrap());
    let web = SocketAddr::new(ip(&model, "web"), 8080);
    assert_eq!((all[1].1, all[1].2), (web, web), "kube-proxy's rules have nothing to do");
    assert_eq!(journey.client, ClientResult::Ok);
}

#[test]
fn between_two_proxies_there_are_three_connections() {
    let model = model(&[meshed("client", ""), meshed("web", ""), service("web")]);
    let journey = ask(&model, "pod/default/client", "svc/default/web:80");
    let ports: Vec<u16> = connections(&journey).iter().map(|(_, _, to)| to.port()).collect();
    assert_eq!((ports, journey.client), (vec![15001, 15006, 8080], ClientResult::Ok));
}

#[test]
fn a_pod_that_calls_its_own_service_comes_in_by_its_own_proxy() {
    let model = model(&[meshed("web", ""), service("web")]);
    let journey = ask(&model, "pod/default/web", "svc/default/web:80");
    let ports: Vec<u16> = connections(&journey).iter().map(|(_, _, to)| to.port()).collect();
    assert_eq!((ports, journey.client), (vec![15001, 15006, 8080], ClientResult::Ok));
}

#[test]
fn before_the_proxy_is_ready_nobody_takes_what_rules_lead_to_it() {
    let waits = ", status: {phase: Pending, podIP: 10.244.0.40, containerStatuses: [{name: client, ready: true, started: true, state: {running: {}}}, \
                 {name: istio-proxy, ready: false, started: false, state: {waiting: {reason: ContainerCreating}}}]}";
    let model = model(&[meshed("client", waits), plain("web"), service("web")]);
    let journey = ask(&model, "pod/default/client", "svc/default/web:80");
    assert_eq!(journey.outcome.kind, OutcomeKind::NoListener, "{:?}", connections(&journey));
    assert_eq!(connections(&journey)[0].2.port(), 15001);
}

#[test]
fn excluded_ports_pass_by_the_proxy() {
    let excluded = SIDECAR.replace("'15090,15021,15020'", "'15090,15021,15020,8080'");
    let text = meshed("web", "").replace(SIDECAR, &excluded);
    let model = model(&[plain("client"), text, service("web")]);
    let journey = ask(&model, "pod/default/client", "svc/default/web:80");
    assert_eq!(connections(&journey).len(), 1);
    assert_eq!(journey.client, ClientResult::Ok);
}

#[test]
fn a_webhook_is_taken_to_add_what_labels_ask_for() {
    let namespace =
        "{apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {istio-injection: enabled}}}\n".to_owned();
    let refused =
        plain("plain").replace("labels: {app: plain}", "labels: {app: plain, sidecar.istio.io/inject: 'false'}");
    let model = model(&[namespace, plain("client"), refused, service("plain")]);
    let captured: Vec<_> =
        model.cluster.acting.captured.keys().map(|id| &*model.cluster.pods[id.0 as usize].name.name).collect();
    assert_eq!(captured, ["client"]);
    let journey = ask(&model, "pod/default/client", "svc/default/plain:80");
    assert!(journey.assumed.iter().any(|made| made.code == "sidecar-injected"), "{:?}", journey.assumed);
}

#[test]
fn linkerds_proxy_takes_what_its_rules_lead_to_it() {
    let linkerd =
        |name: &str| plain(name).replace("metadata: {", "metadata: {annotations: {linkerd.io/inject: enabled}, ");
    let model = model(&[linkerd("client"), linkerd("web"), service("web")]);
    let journey = ask(&model, "pod/default/client", "svc/default/web:80");
    let ports: Vec<u16> = connections(&journey).iter().map(|(_, _, to)| to.port()).collect();
    assert_eq!((ports, journey.client), (vec![4140, 4143, 8080], ClientResult::Ok));
}

#[test]
fn what_is_for_the_proxys_own_port_it_closes() {
    let model = model(&[plain("client"), meshed("web", "")]);
    let to = SocketAddr::new(ip(&model, "web"), 15001).to_string();
    let journey = ask(&model, "pod/default/client", &to);
    let own = Port(15001);
    assert!(connections(&journey).len() <= 2, "{own}: it does not go in circles");
    assert_ne!(journey.client, ClientResult::Ok);
}
