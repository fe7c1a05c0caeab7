//! A network plugin is one file and one line of a table: the toy among them wires Pods without a bridge, and everything that knows no plugin
//! works with it. Debug builds have it.

use kernel::config::LinkKind;
use kubernetes::cluster::model::PodId;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::agents::cni;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ClientResult, Journey, ProbeText};
use std::collections::BTreeSet;

fn model() -> Model {
    let cni = cni::named("toy");
    assert!(cni.is_some(), "the table has it");
    let text = include_str!("../../../web/scenarios/first-service.yaml");
    let source = SourceText::given("first-service.yaml", text);
    Model::build(&[source], &Limits::default(), &Options { cni, ..Options::default() })
}

/// The client, a Pod of `web` on its node and one on another.
fn pods(model: &Model) -> (PodId, PodId, PodId) {
    let all = || (0..).map(PodId).zip(&model.cluster.pods);
    let (client, node) = all().find(|(_, pod)| &*pod.name.name == "client").map(|(id, pod)| (id, pod.node)).unwrap();
    let web = |here: bool| {
        let mut of = all().filter(|(_, pod)| pod.name.name.starts_with("web-") && (pod.node == node) == here);
        of.next().expect("web runs on several nodes").0
    };
    (client, web(true), web(false))
}

fn ask(model: &Model, to: &str) -> Journey {
    let text = ProbeText { from: "pod/default/client".to_owned(), to: to.to_owned(), ..ProbeText::default() };
    trace::run(model, &trace::parse_probe(model, &text).unwrap())
}

fn bridged(model: &Model) -> bool {
    model.site.network.ids().any(|id| {
        let node = model.site.nodes.values().any(|node| *node == id);
        node && model.site.network.netns(id).links.iter().any(|link| matches!(link.kind, LinkKind::Bridge(_)))
    })
}

#[test]
fn pods_reach_each_other_without_a_bridge() {
    let model = model();
    assert!(!bridged(&model));
    let (client, near, far) = pods(&model);
    let ip = |pod: PodId| model.cluster.pods[pod.0 as usize].ip;
    for (to, hosts) in [(near, 1), (far, 2)] {
        let journey = ask(&model, &format!("{}:8080", ip(to)));
        assert_eq!(journey.client, ClientResult::Ok, "{:#?}", journey.outcome);
        let server = journey.server.as_ref().unwrap();
        assert_eq!((server.pod, server.sees.ip()), (Some(to), ip(client)));
        let nodes = model.site.nodes.values().collect::<BTreeSet<_>>();
        let crossed: BTreeSet<_> = journey.legs[0].hops.iter().map(|hop| hop.netns).collect();
        assert_eq!(crossed.iter().filter(|netns| nodes.contains(netns)).count(), hosts, "it is routed on each node");
    }
}

#[test]
fn services_and_names_work_through_it() {
    let model = model();
    for to in ["svc/default/web:80", "web:80"] {
        let journey = ask(&model, to);
        assert_eq!(journey.client, ClientResult::Ok, "{to}: {:#?}", journey.outcome);
        assert_eq!(journey.outcome.kind.code(), "delivered");
        assert!(journey.assumed.iter().all(|assumed| !assumed.code.starts_with("cni-")), "nobody stands in for it");
    }
}

#[test]
fn what_the_input_shows_chooses_it() {
    let agent = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: toy, namespace: kube-system}\nspec:\n  selector: {matchLabels: {a: toy}}\n  \
        template:\n    metadata: {labels: {a: toy}}\n    spec:\n      hostNetwork: true\n      containers: [{name: toy, image: example.org/toy:1}]\n";
    let model = Model::build(&[SourceText::given("toy.yaml", agent)], &Limits::default(), &Options::default());
    assert_eq!(model.cluster.settings.cni.name(), "toy");
    assert!(!bridged(&model));
}
