use super::tests::{cluster, gone, own, play, workload};
use super::{Change, moments};
use crate::budget::Budget;
use crate::cluster::{Options, decide};
use crate::manifest::{Limits, parse};
use crate::origin::SourceText;
use std::collections::BTreeSet;

const SERVICES: &str = "
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: one, labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
";

#[test]
fn a_service_that_needs_no_address_any_more_leaves_those_of_others_alone() {
    let outside = "{type: ExternalName, externalName: example.com, selector: null, ports: null}";
    let all = play(&format!("{{at: 5s, patch: {{object: svc/default/a, merge: {{spec: {outside}}}}}}}"), SERVICES);
    let (before, after) = (cluster(&all[0]), cluster(all.last().unwrap()));
    let ip = |cluster: &crate::cluster::model::Cluster, name| cluster.service_named("default", name).unwrap();
    let (old, new) = (ip(&before, "b"), ip(&after, "b"));
    let of = |cluster: &crate::cluster::model::Cluster, id: crate::cluster::model::ServiceId| {
        cluster.services[id.0 as usize].cluster_ips.clone()
    };
    assert!(of(&after, ip(&after, "a")).is_empty());
    assert_eq!(of(&before, old), of(&after, new));
}

#[test]
fn a_patch_is_what_the_patched_text_is() {
    let patched = SERVICES.replacen("selector: {app: web}", "selector: {app: other}", 1);
    let all = play("{at: 5s, patch: {object: svc/a, merge: {spec: {selector: {app: other}}}}}", SERVICES);
    let fresh = decide(&parse(&[SourceText::given("t.yaml", patched)], &Limits::default()), &Options::default());
    let then = cluster(all.last().unwrap());
    assert_eq!(then.services.len(), fresh.cluster.services.len());
    for (one, other) in then.services.iter().zip(&fresh.cluster.services) {
        assert_eq!((&one.selector, &one.cluster_ips), (&other.selector, &other.cluster_ips));
    }
    let ends = |cluster: &crate::cluster::model::Cluster| -> Vec<usize> {
        cluster.endpoints.iter().map(|ports| ports.iter().map(|port| port.endpoints.len()).sum()).collect()
    };
    assert_eq!(ends(&then), ends(&fresh.cluster));
}

#[test]
fn another_template_is_a_rollout_and_the_same_is_none() {
    let web = workload("Deployment", "replicas: 2, ", "");
    let label =
        |value: &str| format!("merge: {{spec: {{template: {{metadata: {{labels: {{app: {value}, v: \"2\"}}}}}}}}}}");
    let all = play(&format!("{{at: 5s, patch: {{object: deploy/web, {}}}}}", label("web")), &web);
    let before: BTreeSet<_> = own(&cluster(&all[0])).iter().map(|pod| pod.name.clone()).collect();
    let last = cluster(all.last().unwrap());
    let after: BTreeSet<_> = own(&last).iter().map(|pod| pod.name.clone()).collect();
    assert!(before.is_disjoint(&after));
    assert!(own(&last).iter().all(|pod| pod.labels.get("v").is_some_and(|v| &**v == "2")));
    let same = "{at: 5s, patch: {object: deploy/web, merge: {spec: {template: {metadata: {labels: {app: web}}}}}}}";
    assert!(gone(&play(same, &web)).is_empty());
    let scaled = play("{at: 5s, patch: {object: deploy/web, merge: {spec: {replicas: 4}}}}", &web);
    assert_eq!(own(&cluster(scaled.last().unwrap())).len(), 4);
    assert!(gone(&scaled).is_empty());
}

#[test]
fn patches_of_one_object_build_on_each_other_in_order_of_time() {
    let events = "{at: 9s, patch: {object: svc/a, merge: {spec: {selector: {y: \"2\"}}}}}, \
                  {at: 5s, patch: {object: svc/a, merge: {spec: {selector: {x: \"1\", app: null}}}}}";
    let all = play(events, SERVICES);
    let selector = |at: usize| {
        let now = cluster(&all[at]);
        let id = now.service_named("default", "a").unwrap();
        now.services[id.0 as usize].selector.keys().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!((selector(1), selector(2)), (vec!["x".to_owned()], vec!["x".to_owned(), "y".to_owned()]));
}

#[test]
fn a_pod_that_is_not_selected_any_more_is_let_go_and_another_is_made() {
    let web = workload("Deployment", "replicas: 2, ", "");
    let first = cluster(&play("{at: 5s, rollout: deploy/web}", &web)[0]);
    let name = own(&first)[0].name.clone();
    let all = play(
        &format!("{{at: 5s, patch: {{object: pod/{name}, merge: {{metadata: {{labels: {{app: aside}}}}}}}}}}"),
        &web,
    );
    let last = cluster(all.last().unwrap());
    let pods = own(&last);
    assert_eq!(pods.len(), 3);
    let aside = pods.iter().find(|pod| pod.name == name).unwrap();
    assert_eq!((&*aside.labels["app"], aside.ip), ("aside", own(&first)[0].ip));
    assert!(all[1].changes.iter().any(|change| matches!(change, Change::Added(..))));
}

#[test]
fn what_the_api_server_refuses_changes_nothing_and_is_told_where_it_stands() {
    for (merge, code, column) in [
        ("{spec: {ports: [{port: 0}]}}", "invalid-port", true),
        ("{spec: {type: Node}}", "invalid-choice", true),
        ("{metadata: {name: c}}", "scenario-patch", false),
        ("{spec: {ports: {port: 80}}}", "wrong-type", true),
    ] {
        let text = format!(
            "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: t}}\ntimeline: [{{at: 1s, patch: {{object: svc/a, merge: {merge}}}}}]\n---\n{SERVICES}"
        );
        let parsed = parse(&[SourceText::given("t.yaml", &*text)], &Limits::default());
        let decided = decide(&parsed, &Options::default());
        assert!(decided.cluster.timeline.is_empty(), "{merge}");
        assert!(decided.cluster.service_named("default", "a").is_some(), "the object of the input stands");
        let found = decided.diagnostics.iter().find(|found| found.code == code);
        let at = parsed.locate(found.unwrap_or_else(|| panic!("{merge} {:?}", decided.diagnostics)).span).unwrap();
        assert_eq!(at.line, 4, "{merge}");
        assert!(!column || at.column > 60, "{merge} {}", at.column);
        assert_eq!(moments(&parsed, &Options::default(), &Budget::unlimited()).len(), 1);
    }
}
