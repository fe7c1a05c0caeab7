//! What kernels keep from one moment of a timeline to the next.

use super::{ClientResult, Journey, ProbeText, model_for, parse_probe, run};
use crate::model::{Model, Options};
use crate::timeline;
use kubernetes::budget::Budget;
use kubernetes::cluster::model::KubernetesVersion;
use kubernetes::manifest::Limits;
use kubernetes::origin::SourceText;

const PODS: &str = "
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: example/web, ports: [{containerPort: 80}, {containerPort: 5353, protocol: UDP}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{name: http, port: 80}, {name: dns, port: 5353, protocol: UDP}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client, labels: {app: client}}, spec: {containers: [{name: c, image: busybox}]}}
";

fn model(timeline: &str, minor: u32) -> Model {
    let text = format!(
        "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: t}}\ntimeline: [{timeline}]\n---{PODS}"
    );
    let options = Options { version: Some(KubernetesVersion { major: 1, minor }), ..Options::default() };
    Model::build(&[SourceText::given("t.yaml", text.as_str())], &Limits::default(), &options)
}

/// A probe sent once a second since the start, the last one at a time.
fn stream(model: &Model, time: u64, text: &ProbeText) -> Journey {
    let budget = Budget::unlimited();
    let all = timeline::moments(model, &budget);
    let then = timeline::at(model, &all, time * 1_000, &budget).unwrap();
    let text = ProbeText { before: Some(time.to_string()), ..text.clone() };
    let probe = parse_probe(&then, &text).unwrap();
    run(&model_for(&then, &probe), &probe)
}

fn text(to: &str, proto: &str, keep: bool) -> ProbeText {
    ProbeText {
        from: "pod/default/client".to_owned(),
        to: to.to_owned(),
        proto: Some(proto.to_owned()),
        keep: keep.then(|| "1".to_owned()),
        ..ProbeText::default()
    }
}

fn answered(journey: &Journey) -> std::net::IpAddr {
    journey.server.as_ref().unwrap().local.ip()
}

#[test]
fn a_connection_goes_on_to_its_pod_until_that_is_gone() {
    for version in [31, 37] {
        // Both Pods are no endpoints any more from 10 s on, and are gone at 20 s: one second later there are others.
        let model = model(
            "{at: 10s, notReady: pod/default/PODA}, {at: 10s, notReady: pod/default/PODB}, {at: 20s, rollout: deploy/default/web}"
                .replace("PODA", &name(0))
                .replace("PODB", &name(1))
                .as_str(),
            version,
        );
        let text = text("svc/default/web:80", "tcp", true);
        let first = stream(&model, 0, &text);
        assert_eq!((first.client.clone(), first.kept.clone()), (ClientResult::Ok, None));
        let second = stream(&model, 5, &text);
        assert_eq!(answered(&second), answered(&first));
        assert_eq!(second.kept.as_ref().map(|kept| (kept.age, kept.ended.clone())), Some((5, None)));
        assert!(second.choices.is_empty(), "nothing is drawn for a connection that is open");
        // No endpoint any more: who connects anew is rejected, who is connected stays so.
        let third = stream(&model, 15, &text);
        assert_eq!((third.client.clone(), answered(&third)), (ClientResult::Ok, answered(&first)));
        let anew = stream(&model, 15, &ProbeText { keep: None, ..text.clone() });
        assert_eq!(anew.client, ClientResult::Refused);
        let last = stream(&model, 40, &text);
        assert_eq!(last.client, ClientResult::Ok);
        assert_ne!(answered(&last), answered(&first), "it connected to another one");
    }
}

/// Names of the Deployment's Pods at the start.
fn name(at: usize) -> String {
    let model = model("", 37);
    let mut own = model.cluster.pods.iter().filter(|pod| pod.name.name.starts_with("web-"));
    own.nth(at).unwrap().name.name.to_string()
}

#[test]
fn a_closed_connection_is_told_once_and_then_another_is_open() {
    let model = model("{at: 3s, rollout: deploy/default/web}", 37);
    let text = text("svc/default/web:80", "tcp", true);
    let all: Vec<Journey> = (0..12).map(|time| stream(&model, time, &text)).collect();
    let ended: Vec<u64> = (0u64..)
        .zip(&all)
        .filter(|(_, journey)| journey.kept.as_ref().is_some_and(|kept| kept.ended == Some(ClientResult::Eof)))
        .map(|(time, _)| time)
        .collect();
    assert!((1..=2).contains(&ended.len()), "{ended:?}");
    assert!(all.iter().all(|journey| journey.client == ClientResult::Ok), "Pods of a rollout are replaced one by one");
}

#[test]
fn datagrams_go_on_to_a_dead_pod_as_the_release_has_it() {
    // All Pods go at 5 s, and nobody is behind the Service any more.
    let stale = |version: u32, time: u64| {
        let model = model("{at: 5s, scale: {workload: deploy/default/web, replicas: 0}}", version);
        stream(&model, time, &text("svc/default/web:5353", "udp", true))
    };
    for version in [31, 37] {
        assert_eq!(stale(version, 4).client, ClientResult::Ok);
        let cleared = stale(version, 6);
        assert_eq!(cleared.client, ClientResult::Refused, "{version}: rejected, as by a Service without endpoints");
    }
    for version in [32, 36] {
        let lost = stale(version, 6);
        assert_ne!(lost.client, ClientResult::Ok);
        let to = lost.legs[0].hops.last().unwrap().after.packet.ip.dst;
        assert!(to.to_string().starts_with("10.244."), "{version}: {to}");
        assert!(!matches!(lost.outcome.kind.code(), "rejected"), "{version}");
        // A sender that does not stop keeps the entry for good.
        let later = stale(version, 100);
        assert!(later.legs[0].hops.last().unwrap().after.packet.ip.dst.to_string().starts_with("10.244."));
    }
}

#[test]
fn datagrams_find_another_pod_once_theirs_is_gone() {
    for version in [31, 32, 36, 37] {
        let model = model("{at: 5s, scale: {workload: deploy/default/web, replicas: 1}}", version);
        let text = text("svc/default/web:5353", "udp", true);
        for seed in 0..6 {
            let text = ProbeText { seed, ..text.clone() };
            let (before, after) = (stream(&model, 4, &text), stream(&model, 6, &text));
            assert_eq!((before.client, after.client.clone()), (ClientResult::Ok, ClientResult::Ok), "{version} {seed}");
        }
    }
}

#[test]
fn what_a_vanished_pod_had_is_not_had_by_the_next_one_of_its_name_or_address() {
    let objects = "
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, replicas: 1, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {nodeName: node-a, containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {nodeName: node-b, containers: [{name: c, image: busybox}]}}
";
    let text = format!(
        "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: t}}\ntimeline: [{{at: 5s, delete: pod/default/db-0}}]\n---{objects}"
    );
    let model = Model::build(&[SourceText::given("t.yaml", text)], &Limits::default(), &Options::default());
    let keep = ProbeText {
        from: "pod/default/client".to_owned(),
        to: "pod/default/db-0:80".to_owned(),
        keep: Some("1".to_owned()),
        ..ProbeText::default()
    };
    let first = stream(&model, 2, &keep);
    let later = stream(&model, 20, &keep);
    assert_eq!(later.client, ClientResult::Ok);
    assert_eq!(later.kept.as_ref().unwrap().ended, None, "that connection is the second one's");
    assert_ne!(answered(&first), answered(&later));
    let at_once = stream(&model, 5, &keep);
    assert_eq!(at_once.kept.as_ref().unwrap().ended, Some(ClientResult::Eof));
}

#[test]
fn the_smallest_sleep_closes_the_window_and_one_less_does_not() {
    let made = |sleep: u64| {
        let stop = if sleep > 0 {
            format!("lifecycle: {{preStop: {{sleep: {{seconds: {sleep}}}}}}}, ")
        } else {
            String::new()
        };
        let objects = PODS.replace("{name: c, image: example/web, ", &format!("{{name: c, {stop}image: example/web, "));
        let text = format!(
            "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: t}}\ntimeline: [{{at: 0s, lag: {{component: \
             kube-proxy/node-b, by: 4s}}}}, {{at: 0s, lag: {{component: kube-proxy/node-a, by: 4s}}}}, {{at: 10s, rollout: \
             deploy/default/web}}, {{at: 60s, probe: {{from: pod/default/client, to: \"web:80\"}}}}]\n---{objects}"
        );
        Model::build(&[SourceText::given("t.yaml", text)], &Limits::default(), &Options::default())
    };
    let failed = |model: &Model| -> usize {
        let budget = Budget::unlimited();
        let all = timeline::moments(model, &budget);
        let past = crate::model::Past::of(model, &all, 60_000);
        let mut failed = 0;
        for seed in 0..8 {
            let text = ProbeText { seed, ..text("svc/default/web:80", "tcp", false) };
            super::stream(&past, &text, (0..60).map(|at| at * 1_000), &budget, |_, _, sent| {
                failed += usize::from(!sent.unwrap().works());
            })
            .unwrap();
        }
        failed
    };
    let without = made(0);
    let all = timeline::windows(&without, &timeline::moments(&without, &Budget::unlimited()));
    let sleeps = timeline::sleeps(&all);
    assert_eq!(sleeps.len(), 1, "{all:?}");
    let sleep = sleeps[0].1.unwrap();
    assert_eq!(sleep, 4);
    assert!(failed(&without) > 0, "somebody is sent to a Pod that is gone");
    assert!(failed(&made(sleep - 1)) > 0);
    let closed = made(sleep);
    assert_eq!(failed(&closed), 0);
    assert_eq!(timeline::windows(&closed, &timeline::moments(&closed, &Budget::unlimited())), []);
}
