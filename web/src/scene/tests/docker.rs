//! Docker hosts in the picture: bridges one below the other, containers with a device on each of their networks.

use super::super::Scene;
use super::super::svg::Focus;
use super::{check_layout, check_stills, svg};
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{ProbeText, model_for, parse_probe, run};

const PROJECT: &str = "
name: shop
services:
  web: {image: nginx, ports: ['8080:80'], networks: [front]}
  api: {image: nginx, networks: [front, back]}
  db: {image: redis, networks: [back], expose: ['6379']}
  tool: {image: nginx, network_mode: host}
networks: {front: {}, back: {}}
";

fn model() -> Model {
    Model::build(&[SourceText::given("compose.yaml", PROJECT)], &Limits::default(), &Options::default())
}

#[test]
fn containers_are_ports_of_their_networks_bridges() {
    let model = model();
    for (from, to, result) in [
        ("container/web", "container/api:80", "ok"),
        ("container/web", "api:80", "ok"),
        ("container/web", "container/db:6379", "timeout"),
        ("container/api", "db:6379", "ok"),
        ("host/docker", "127.0.0.1:8080", "ok"),
        ("external", "host/docker:8080", "ok"),
    ] {
        let text = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
        let probe = parse_probe(&model, &text).unwrap_or_else(|error| panic!("{from} {to}: {error:?}"));
        let model = model_for(&model, &probe);
        let journey = run(&model, &probe);
        assert_eq!(journey.client.code(), result, "{from} {to}");
        let scene = Scene::build(&model, Some(&journey));
        check_layout(&scene);
        check_stills(&scene, &journey);
        let out = svg(&scene, Some(1), Focus::All);
        for wanted in ["Docker 29", ">eth0 172.18.0.2<", ">docker<"] {
            assert!(out.contains(wanted), "{from} {to}: {wanted}\n{out}");
        }
    }
    // Without a packet: who is there.
    let scene = Scene::build(&model, None);
    check_layout(&scene);
    let out = svg(&scene, None, Focus::All);
    for wanted in [">web<", ">api<", ">db<", "172.18.0.1/16", "172.19.0.1/16"] {
        assert!(out.contains(wanted), "{wanted}\n{out}");
    }
}

#[test]
fn what_is_not_drawn_is_said() {
    let networks = |count: usize| (0..count).map(|at| format!("n{at}")).collect::<Vec<_>>();
    let each = |at: usize| format!("  s{at}: {{image: redis, expose: ['6379'], networks: [n{at}]}}\n");
    let services: String = (0..9).map(each).collect();
    let project = format!(
        "services:\n{services}  many: {{image: nginx, scale: 100, networks: [n0]}}\nnetworks: {{{}: {{}}}}\n",
        networks(9).join(": {}, ")
    );
    let hosts: String = (0..6).map(|at| format!("- {{name: pc{at}, address: 192.168.10.6{at}}}\n")).collect();
    let world = format!("apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nhosts:\n{hosts}");
    let texts = [SourceText::given("compose.yaml", project), SourceText::given("world.yaml", world)];
    let model = Model::build(&texts, &Limits::default(), &Options::default());
    let scene = Scene::build(&model, None);
    check_layout(&scene);
    let out = svg(&scene, None, Focus::All);
    for wanted in [" of 109 containers shown one by one", "+ 3 networks", "+ 2 other machines"] {
        assert!(out.contains(wanted), "{wanted}\n{out}");
    }
    assert!(!out.contains("Pods shown"), "{out}");
    assert_eq!(out.matches(">×100<").count(), 1, "{out}");
    // The network of who is asked is drawn, whichever it is.
    let text = ProbeText { from: "container/s8".to_owned(), to: "s8:6379".to_owned(), ..ProbeText::default() };
    let probe = parse_probe(&model, &text).unwrap();
    let journey = run(&model, &probe);
    let scene = Scene::build(&model, Some(&journey));
    check_layout(&scene);
    assert!(svg(&scene, None, Focus::All).contains("172.26.0.1/16"));
}

/// A group has a line to each network that its containers are on.
#[test]
fn groups_lead_to_the_networks_of_their_containers() {
    let project = "services:\n  web: {image: nginx, networks: [front]}\n  api: {image: nginx, scale: 10, networks: [front, back]}\n  \
        db: {image: redis, scale: 12, networks: [back]}\nnetworks: {front: {}, back: {}}\n";
    let texts = [SourceText::given("compose.yaml", project)];
    let model = Model::build(&texts, &Limits::default(), &Options::default());
    let scene = Scene::build(&model, None);
    check_layout(&scene);
    let out = svg(&scene, None, Focus::All);
    assert_eq!([">×7<", ">×12<"].map(|count| out.matches(count).count()), [2, 1], "{out}");
}
