use super::{Change, Moment, moments};
use crate::budget::Budget;
use crate::cluster::model::Cluster;
use crate::cluster::{Options, decide};
use crate::manifest::{Limits, parse};
use crate::origin::SourceText;
use std::collections::BTreeSet;

pub(super) fn play(timeline: &str, objects: &str) -> Vec<Moment> {
    let text = format!(
        "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: t}}\ntimeline: [{timeline}]\n---\n{objects}"
    );
    let parsed = parse(&[SourceText::given("t.yaml", text.as_str())], &Limits::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    moments(&parsed, &Options::default(), &Budget::unlimited())
}

pub(super) fn cluster(moment: &Moment) -> Cluster {
    decide(&moment.parsed, &Options::default()).cluster
}

pub(super) fn own(cluster: &Cluster) -> Vec<&crate::cluster::model::Pod> {
    cluster.pods.iter().filter(|pod| !pod.origin.assumed).collect()
}

pub(super) fn workload(kind: &str, more: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: web}}, spec: {{{more}selector: {{matchLabels: {{app: web}}}}, \
         template: {{metadata: {{labels: {{app: web}}}}, spec: {{{spec}containers: [{{name: c, image: nginx}}]}}}}}}}}\n"
    )
}

#[test]
fn a_rollout_stays_within_its_bounds() {
    for (more, most, least) in [
        ("replicas: 4, ", 5, 3),
        ("replicas: 4, strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 2}}, ", 4, 2),
        ("replicas: 3, strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 0}}, ", 6, 3),
        ("replicas: 2, strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}, ", 3, 2),
    ] {
        let all = play("{at: 5s, rollout: deploy/default/web}", &workload("Deployment", more, ""));
        let before: BTreeSet<_> = own(&cluster(&all[0])).iter().map(|pod| pod.name.clone()).collect();
        for moment in &all {
            let now = cluster(moment);
            let pods = own(&now);
            let addresses: BTreeSet<_> = pods.iter().map(|pod| pod.ip).collect();
            assert_eq!(addresses.len(), pods.len(), "one address each");
            assert!(pods.len() <= most, "{more} {}: {}", moment.at, pods.len());
            let ready = pods.iter().filter(|pod| pod.ready && !pod.terminating).count();
            assert!(ready >= least, "{more} {}: {ready}", moment.at);
        }
        let after: BTreeSet<_> = own(&cluster(all.last().unwrap())).iter().map(|pod| pod.name.clone()).collect();
        assert_eq!(before.len(), after.len());
        assert!(before.is_disjoint(&after), "{before:?} {after:?}");
    }
}

#[test]
fn a_recreation_has_no_pod_in_between_and_addresses_are_not_taken_again_at_once() {
    let spec = "replicas: 2, strategy: {type: Recreate}, ";
    let all = play("{at: 5s, rollout: deploy/default/web}", &workload("Deployment", spec, ""));
    let (before, then) = (cluster(&all[0]), cluster(&all[1]));
    assert!(own(&then).iter().all(|pod| !pod.ready), "new ones only, and none of them is ready");
    let had: BTreeSet<_> = own(&before).iter().map(|pod| pod.ip).collect();
    assert!(own(&then).iter().all(|pod| !had.contains(&pod.ip)), "{had:?}");
}

#[test]
fn fewer_replicas_take_those_away_that_are_not_ready_and_the_young() {
    let name = |pods: &[&crate::cluster::model::Pod], at: usize| pods[at].name.name.to_string();
    let spec = workload("Deployment", "replicas: 3, ", "");
    let start = play("{at: 1s, scale: {workload: deploy/default/web, replicas: 3}}", &spec);
    let first = cluster(&start[0]);
    let pods = own(&first);
    let ill = name(&pods, 0);
    let events = format!(
        "{{at: 1s, notReady: pod/default/{ill}}}, {{at: 2s, scale: {{workload: deploy/default/web, replicas: 2}}}}"
    );
    let all = play(&events, &spec);
    let last = cluster(all.last().unwrap());
    assert!(!own(&last).iter().any(|pod| *pod.name.name == *ill), "{ill} is not ready and goes first");
    assert_eq!(own(&last).len(), 2);
    // Grown, and made smaller again: the new one goes.
    let events = "{at: 1s, scale: {workload: deploy/default/web, replicas: 5}}, {at: 9s, scale: {workload: deploy/default/web, replicas: 0}}";
    let all = play(events, &spec);
    assert!(own(&cluster(all.last().unwrap())).is_empty(), "none at all, and none is made");
}

#[test]
fn a_stateful_set_goes_one_by_one_and_keeps_its_names() {
    let spec = "replicas: 3, serviceName: web, ";
    let all = play(
        "{at: 5s, rollout: sts/default/web}",
        &workload("StatefulSet", spec, "terminationGracePeriodSeconds: 5, "),
    );
    let order: Vec<String> = all
        .iter()
        .flat_map(|moment| &moment.changes)
        .filter_map(|change| match change {
            Change::Gone(pod, _) => Some(pod.name.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(order, ["web-2", "web-1", "web-0"]);
    for moment in &all {
        let now = cluster(moment);
        assert!(own(&now).iter().filter(|pod| !pod.ready).count() <= 1, "one at a time");
    }
    let last = cluster(all.last().unwrap());
    let names: Vec<&str> = own(&last).iter().map(|pod| &*pod.name.name).collect();
    assert_eq!(names, ["web-0", "web-1", "web-2"]);
    let deleted = play("{at: 5s, delete: pod/default/web-1}", &workload("StatefulSet", spec, ""));
    let last = cluster(deleted.last().unwrap());
    assert_eq!(own(&last).len(), 3, "made again under its name");
}

#[test]
fn who_is_drained_goes_elsewhere_and_daemons_stay() {
    let objects = workload("Deployment", "replicas: 4, ", "")
        + "---\n"
        + &workload("DaemonSet", "", "").replace("name: web", "name: agent").replace("app: web", "app: agent");
    let all = play("{at: 5s, drain: node-a}", &objects);
    let last = cluster(all.last().unwrap());
    let on = |pod: &crate::cluster::model::Pod| last.nodes[pod.node.0 as usize].name.to_string();
    for pod in own(&last) {
        let daemon = pod.name.name.starts_with("agent");
        assert!(daemon || on(pod) != "node-a", "{}", pod.name);
    }
    assert!(own(&last).iter().any(|pod| pod.name.name.starts_with("agent") && on(pod) == "node-a"));
    assert_eq!(own(&last).iter().filter(|pod| pod.name.name.starts_with("web")).count(), 4);
    // A daemon that is deleted is made again where it was.
    let first = cluster(&all[0]);
    let daemon = own(&first).into_iter().find(|pod| pod.name.name.starts_with("agent")).unwrap();
    let all = play(&format!("{{at: 5s, delete: pod/{}}}", daemon.name), &objects);
    let last = cluster(all.last().unwrap());
    assert!(own(&last).iter().any(|pod| pod.node == daemon.node && pod.name.name.starts_with("agent") && pod.ready));
}

#[test]
fn before_it_ends_a_process_is_terminating_and_still_there() {
    let sleep = "terminationGracePeriodSeconds: 10, ";
    let object = workload("Deployment", "replicas: 1, ", sleep)
        .replace("image: nginx", "image: nginx, lifecycle: {preStop: {exec: {command: [sh, -c, sleep 15]}}}");
    let first = play("{at: 1s, rollout: deploy/default/web}", &object);
    let began =
        first.iter().find(|moment| moment.changes.iter().any(|change| matches!(change, Change::Terminating(_))));
    let ended = first.iter().find(|moment| moment.changes.iter().any(|change| matches!(change, Change::Gone(..))));
    let (began, ended) = (began.unwrap(), ended.unwrap());
    assert_eq!(ended.at - began.at, 10_000, "as long as preStop takes, within the grace period");
    let then = cluster(began);
    assert!(own(&then).iter().any(|pod| pod.terminating && pod.ready), "it still answers");
}

#[test]
fn slices_of_the_input_are_kept_up_to_date_later() {
    let objects = "
{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: w}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: w}, ports: [{port: 80}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: w-1, labels: {kubernetes.io/service-name: w}}, addressType: IPv4, ports: [{port: 80}], endpoints: [{addresses: [10.244.1.2]}]}
";
    let all = play("{at: 3s, delete: pod/default/a}", objects);
    let ends =
        |moment: &Moment| cluster(moment).endpoints.iter().flatten().map(|port| port.endpoints.len()).sum::<usize>();
    let (first, last) = (ends(&all[0]), ends(all.last().unwrap()));
    assert_eq!((first > last, all.len()), (true, 2), "{first} {last}");
}

/// Pods that go in a play.
pub(super) fn gone(all: &[Moment]) -> Vec<String> {
    let changes = all.iter().flat_map(|moment| &moment.changes);
    let names = changes.filter_map(|change| match change {
        Change::Gone(pod, _) => Some(pod.name.to_string()),
        _ => None,
    });
    names.collect()
}

#[test]
fn strategies_say_what_a_rollout_leaves_alone() {
    let rollout = "{at: 5s, rollout: sts/default/web}";
    let set = |more: &str| workload("StatefulSet", &format!("replicas: 3, serviceName: web, {more}"), "");
    assert_eq!(gone(&play(rollout, &set("updateStrategy: {rollingUpdate: {partition: 2}}, "))), ["web-2"]);
    assert!(gone(&play(rollout, &set("updateStrategy: {type: OnDelete}, "))).is_empty());
    let all =
        play("{at: 5s, scale: {workload: sts/default/web, replicas: 5}}", &set("podManagementPolicy: Parallel, "));
    let added = all[1].changes.iter().filter(|change| matches!(change, Change::Added(..))).count();
    assert_eq!(added, 2, "at once");
    let paused = workload("Deployment", "replicas: 2, paused: true, ", "");
    assert!(gone(&play("{at: 5s, rollout: deploy/default/web}", &paused)).is_empty());
    let daemons = |more: &str| workload("DaemonSet", more, "");
    let ds = "{at: 5s, rollout: ds/default/web}";
    assert!(gone(&play(ds, &daemons("updateStrategy: {type: OnDelete}, "))).is_empty());
    let all = play(ds, &daemons("updateStrategy: {rollingUpdate: {maxUnavailable: 100%}}, "));
    assert_eq!(all[1].changes.iter().filter(|change| matches!(change, Change::Gone(..))).count(), gone(&all).len());
}

#[test]
fn an_ill_pod_holds_up_what_it_would_in_a_cluster_and_no_more() {
    let set = workload("StatefulSet", "replicas: 3, serviceName: web, ", "");
    // Its condition was that Pod's, not the next one's of its name.
    let all = play("{at: 5s, notReady: pod/default/web-2}, {at: 10s, delete: pod/default/web-2}", &set);
    assert!(own(&cluster(all.last().unwrap())).iter().all(|pod| pod.ready));
    // Another one than the next that is replaced is ill: nothing goes.
    let ill = "{at: 5s, notReady: pod/default/web-0}, {at: 6s, rollout: sts/default/web}";
    assert!(gone(&play(ill, &set)).is_empty());
    let more = format!("{ill}, {{at: 9s, notReady: pod/default/web-2}}");
    assert!(gone(&play(&more, &set)).is_empty());
    // Of a DaemonSet those that are ill are replaced first.
    let daemons = workload("DaemonSet", "", "");
    let first = cluster(&play("{at: 1s, rollout: ds/default/web}", &daemons)[0]);
    let pods = own(&first);
    let events = format!("{{at: 5s, notReady: pod/{}}}, {{at: 6s, rollout: ds/default/web}}", pods[1].name);
    let all = play(&events, &daemons);
    assert_eq!(gone(&all).first().map(String::as_str), Some(&*pods[1].name.name));
    assert_eq!(gone(&all).len(), pods.len());
}

#[test]
fn kube_proxies_know_everything_once_it_is_quiet() {
    let objects = "
{apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: w}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: w}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {app: w}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: other, labels: {app: x}}, spec: {containers: [{name: c, image: nginx}]}}
";
    let events = "{at: 5s, notReady: pod/a}, {at: 5s100ms, notReady: pod/b}, {at: 5s200ms, ready: pod/a}, {at: 5s300ms, notReady: pod/other}, \
                  {at: 5s400ms, ready: pod/b}";
    let all = play(events, objects);
    let waits: Vec<(u64, bool)> = all.iter().map(|moment| (moment.at, !moment.lagging.is_empty())).collect();
    // The third waits for the bucket, and nobody writes twice what is behind no Service.
    assert_eq!(
        waits,
        [(0, false), (5_000, false), (5_100, false), (5_200, true), (5_300, true), (5_400, true), (6_100, false)]
    );
    assert!(matches!(all.last().unwrap().changes[..], [Change::Synced(None)]));
    let alone = play(
        "{at: 5s, notReady: pod/other}, {at: 5s10ms, ready: pod/other}, {at: 5s20ms, notReady: pod/other}",
        objects,
    );
    assert!(alone.iter().all(|moment| moment.lagging.is_empty()));
}

#[test]
fn a_recreation_waits_for_those_that_are_still_leaving() {
    let spec = workload("Deployment", "replicas: 2, strategy: {type: Recreate}, ", "")
        .replace("{name: c, image: nginx}", "{name: c, image: nginx, lifecycle: {preStop: {sleep: {seconds: 5}}}}");
    let all = play("{at: 10s, rollout: deploy/default/web}", &spec);
    let added = all
        .iter()
        .find(|moment| moment.at >= 10_000 && moment.changes.iter().any(|change| matches!(change, Change::Added(..))));
    assert_eq!(added.unwrap().at, 15_000);
    assert!(added.unwrap().changes.iter().any(|change| matches!(change, Change::Gone(..))));
}
