//! What clients and name servers keep from one probe to the next: connections of requests over HTTP, addresses, answers.

use super::{ClientResult, Journey, ProbeText, Purpose};
use crate::model::{Model, Options, Past};
use crate::timeline;
use kubernetes::budget::Budget;
use kubernetes::cluster::model::KubernetesVersion;
use kubernetes::manifest::Limits;
use kubernetes::origin::SourceText;
use std::collections::BTreeSet;
use std::net::IpAddr;

const PODS: &str = "
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: example/web, ports: [{containerPort: 80}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{name: http, port: 80}]}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, replicas: 1, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: example/db, ports: [{containerPort: 80}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client, labels: {app: client}}, spec: {containers: [{name: c, image: busybox}]}}
";

fn model(timeline: &str, minor: u32, more: &str) -> Model {
    let text = format!(
        "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: t}}\ntimeline: [{timeline}]\n---{PODS}{more}"
    );
    let options = Options { version: Some(KubernetesVersion { major: 1, minor }), ..Options::default() };
    Model::build(&[SourceText::given("t.yaml", text.as_str())], &Limits::default(), &options)
}

/// A probe once a second, from the start on.
fn sent(model: &Model, text: &ProbeText, seconds: u64) -> Vec<Journey> {
    let budget = Budget::unlimited();
    let past = Past::of(model, &timeline::moments(model, &budget), seconds * 1_000);
    let mut all = Vec::new();
    super::stream(&past, text, (0..seconds).map(|at| at * 1_000), &budget, |_, _, sent| all.push(sent.unwrap()))
        .unwrap();
    all
}

fn text(to: &str, keep: Option<&str>) -> ProbeText {
    let keep = keep.map(str::to_owned);
    ProbeText { from: "pod/default/client".to_owned(), to: to.to_owned(), keep, ..ProbeText::default() }
}

fn servers(all: &[Journey]) -> BTreeSet<IpAddr> {
    all.iter().filter_map(|journey| journey.server.as_ref()).map(|server| server.local.ip()).collect()
}

fn has(journey: &Journey, purpose: Purpose) -> bool {
    journey.legs.iter().any(|leg| leg.purpose == purpose)
}

#[test]
fn requests_on_a_connection_that_stays_stick_to_its_pod() {
    let model = model("", 37, "");
    let anew = sent(&model, &text("http://web/", None), 12);
    assert_eq!(servers(&anew).len(), 2, "each connection is another draw");
    let kept = sent(&model, &text("http://web/", Some("1")), 12);
    assert_eq!(servers(&kept).len(), 1);
    for (at, journey) in kept.iter().enumerate() {
        assert_eq!(journey.client, ClientResult::Ok);
        let status = journey.http.as_ref().unwrap().response.as_ref().unwrap().status;
        assert_eq!((status, has(journey, Purpose::Connect), has(journey, Purpose::Close)), (200, at == 0, false));
        assert!(has(journey, Purpose::Request) && has(journey, Purpose::Response));
        assert_eq!(journey.kept.as_ref().map(|kept| kept.age), (at > 0).then_some(at as u64));
    }
    // Who says that it wants no more closes, and the next request needs another connection.
    let headers = vec!["Connection: close".to_owned()];
    let closes = sent(&model, &ProbeText { headers, ..text("http://web/", Some("1")) }, 3);
    assert!(closes.iter().all(|journey| has(journey, Purpose::Connect) && has(journey, Purpose::Close)));
    assert_eq!(closes[1].kept.as_ref().unwrap().ended, Some(ClientResult::Eof));
}

#[test]
fn the_next_request_opens_another_connection_when_the_pod_is_gone() {
    for to in ["http://web/", "https://web:443/"] {
        let model = model("{at: 3s, rollout: deploy/default/web}", 37, "
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.50, selector: {app: web}, ports: [{name: http, port: 80}, {name: https, port: 443, targetPort: 443}]}}");
        let all = sent(&model, &text(to, Some("1")), 14);
        if to.starts_with("https") {
            assert!(all.iter().all(|journey| journey.client != ClientResult::Ok), "nobody listens there");
            assert!(all.iter().all(|journey| journey.kept.is_none()), "and nothing stays open");
            continue;
        }
        assert!(all.iter().all(|journey| journey.client == ClientResult::Ok));
        let ended = all.iter().filter(|journey| journey.kept.as_ref().is_some_and(|kept| kept.ended.is_some())).count();
        assert!((1..=2).contains(&ended), "{ended}");
        assert!(servers(&all).len() > 1);
    }
}

#[test]
fn tls_is_agreed_on_once() {
    let model = model("", 37, "
---
{apiVersion: v1, kind: Pod, metadata: {name: tls, labels: {app: tls}}, spec: {containers: [{name: c, image: example/tls, ports: [{name: https, containerPort: 443}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: tls}, spec: {selector: {app: tls}, ports: [{port: 443}]}}");
    let all = sent(&model, &text("https://tls/", Some("1")), 3);
    let tls: Vec<bool> = all.iter().map(|journey| has(journey, Purpose::Tls)).collect();
    assert_eq!(tls, [true, false, false]);
    assert!(all.iter().all(|journey| journey.client == ClientResult::Ok));
    let leans = |journey: &Journey| journey.assumed.iter().any(|assumed| assumed.code == "certificate");
    assert_eq!(leans(&all[0]), leans(&all[2]), "what the connection leans on, its requests lean on");
}

#[test]
fn a_client_that_resolves_once_keeps_the_dead_address() {
    let model = model("{at: 3s, delete: pod/default/db-0}", 37, "");
    let to = "db-0.db:80";
    let once = sent(&model, &text(to, Some("address")), 20);
    let anew = sent(&model, &text(to, None), 20);
    assert!(once[..3].iter().chain(&anew[..3]).all(|journey| journey.client == ClientResult::Ok));
    assert!(!once[0].lookups.is_empty() && once[1].lookups.is_empty());
    assert_eq!(once[2].known.map(|known| known.age), Some(2));
    assert_ne!(once[19].client, ClientResult::Ok, "nobody has the address any more");
    assert_eq!(anew[19].client, ClientResult::Ok);
    assert_ne!(servers(&anew[19..]), servers(&once[..1]));
    // With its connection it notices, and connects to where nobody is.
    let both = sent(&model, &text(to, Some("both")), 20);
    assert!(both.iter().any(|journey| journey.kept.as_ref().is_some_and(|kept| kept.ended.is_some())));
    assert_ne!(both[19].client, ClientResult::Ok);
}

#[test]
fn a_cache_gives_the_old_answer_until_its_time_is_over() {
    // Up to 1.31 kubeadm has CoreDNS cache the names of the cluster, for 30 s; from 1.32 on it does not.
    for (minor, cached) in [(31, true), (37, false)] {
        let model = model("{at: 3s, delete: pod/default/db-0}", minor, "");
        let all = sent(&model, &text("db-0.db:80", None), 45);
        let old: Vec<u64> = (0..)
            .zip(&all)
            .filter(|(_, journey)| journey.lookups.iter().any(|lookup| lookup.kept.is_some()))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(!old.is_empty(), cached, "1.{minor}: {old:?}");
        let first = servers(&all[..1]);
        let works: Vec<bool> = all.iter().map(|journey| journey.client == ClientResult::Ok).collect();
        assert!(works[44] && servers(&all[44..]) != first, "1.{minor}: it was asked anew");
        // Behind the deletion the old address, or that there is no such name, is told for 30 s at most.
        let lost = works.iter().filter(|works| !**works).count();
        assert_eq!(lost > 10, cached, "1.{minor}: {works:?}");
        assert!(works[36..].iter().all(|works| *works), "1.{minor}: {works:?}");
    }
}
