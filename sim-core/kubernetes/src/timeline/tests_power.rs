use super::tests::{cluster, own, play, workload};
use super::{Change, Moment};
use std::collections::BTreeSet;

fn at(all: &[Moment], time: u64) -> &Moment {
    all.iter().take_while(|moment| moment.at <= time).last().unwrap()
}

fn when(all: &[Moment], is: impl Fn(&Change) -> bool) -> Vec<u64> {
    all.iter().flat_map(|moment| moment.changes.iter().filter(|change| is(change)).map(|_| moment.at)).collect()
}

const PAIR: &str = "
{apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: w}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: w}}, spec: {nodeName: node-a, containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {app: w}}, spec: {nodeName: node-b, containers: [{name: c, image: nginx}]}}
";

#[test]
fn endpoints_of_a_lost_node_stay_until_it_is_marked_and_pods_until_they_tolerate_it_no_more() {
    let all = play("{at: 10s, down: node-b}", PAIR);
    assert_eq!(when(&all, |change| matches!(change, Change::NodeReady(_, false))), [50_000]);
    assert_eq!(when(&all, |change| matches!(change, Change::Terminating(_))), [350_000]);
    assert!(when(&all, |change| matches!(change, Change::Gone(..))).is_empty(), "nobody can say that it has ended");
    let ready = |time: u64| own(&cluster(at(&all, time))).iter().filter(|pod| pod.ready).count();
    assert_eq!((ready(49_999), ready(50_000)), (2, 1));
    let last = cluster(all.last().unwrap());
    let lost = last.nodes.iter().find(|node| &*node.name == "node-b").unwrap();
    assert!(!lost.ready && last.outage.off.contains("node-b"));
    assert!(own(&last).iter().any(|pod| &*pod.name.name == "b" && pod.terminating && !pod.ready));
}

#[test]
fn flags_of_the_control_plane_say_how_long() {
    let flags = "{apiVersion: kubeadm.k8s.io/v1beta3, kind: ClusterConfiguration, \
        controllerManager: {extraArgs: {node-monitor-grace-period: 1m30s}}, \
        apiServer: {extraArgs: {default-unreachable-toleration-seconds: \"20\"}}}\n---\n";
    let all = play("{at: 10s, down: node-b}", &format!("{flags}{PAIR}"));
    assert_eq!(when(&all, |change| matches!(change, Change::NodeReady(_, false))), [100_000]);
    assert_eq!(when(&all, |change| matches!(change, Change::Terminating(_))), [120_000]);
}

#[test]
fn a_replica_set_makes_others_and_a_stateful_set_waits() {
    let pinned = "nodeSelector: {kubernetes.io/hostname: node-b}, ";
    let objects = workload("Deployment", "replicas: 4, ", "")
        + "---\n"
        + &workload("StatefulSet", "serviceName: db, ", pinned)
            .replace("name: web", "name: db")
            .replace("app: web", "app: db");
    let all = play("{at: 10s, down: node-b}", &objects);
    let last = cluster(all.last().unwrap());
    let on = |pod: &crate::cluster::model::Pod| last.nodes[pod.node.0 as usize].name.to_string();
    let web: Vec<_> = own(&last).into_iter().filter(|pod| pod.name.name.starts_with("web")).collect();
    let alive = web.iter().filter(|pod| !pod.terminating).collect::<Vec<_>>();
    assert_eq!(alive.len(), 4);
    assert!(alive.iter().all(|pod| on(pod) != "node-b"));
    assert!(web.len() > 4, "those on the lost Node are still terminating");
    let db: Vec<_> = own(&last).into_iter().filter(|pod| pod.name.name.starts_with("db")).collect();
    assert_eq!((db.len(), db[0].terminating), (1, true));
}

#[test]
fn who_tolerates_it_stays_and_a_link_that_works_again_changes_no_address() {
    let forever = "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists}], ";
    let brief = "tolerations: [{operator: Exists, tolerationSeconds: 5, effect: NoExecute}], ";
    for (spec, leaves) in [(forever, None), (brief, Some(55_000)), ("", Some(350_000))] {
        let pinned = format!("nodeSelector: {{kubernetes.io/hostname: node-b}}, {spec}");
        let all = play("{at: 10s, down: link/node-b}", &workload("Deployment", "replicas: 1, ", &pinned));
        let first = when(&all, |change| matches!(change, Change::Terminating(_))).first().copied();
        assert_eq!(first, leaves, "{spec}");
    }
    let all = play("{at: 10s, down: link/node-b}, {at: 100s, up: link/node-b}", PAIR);
    let (first, last) = (cluster(&all[0]), cluster(all.last().unwrap()));
    let ips = |cluster: &crate::cluster::model::Cluster| own(cluster).iter().map(|pod| pod.ip).collect::<BTreeSet<_>>();
    assert_eq!(ips(&first), ips(&last));
    assert!(own(&last).iter().all(|pod| pod.ready) && last.outage.is_empty());
    // Its kube-proxy heard of nothing meanwhile.
    let then = at(&all, 60_000);
    assert!(then.lagging.contains_key("node-b") && !all.last().unwrap().lagging.contains_key("node-b"));
}

#[test]
fn a_machine_that_was_off_starts_its_pods_anew() {
    let all = play("{at: 10s, down: node-b}, {at: 100s, up: node-b}", PAIR);
    let (first, then, last) = (cluster(&all[0]), cluster(at(&all, 100_000)), cluster(all.last().unwrap()));
    let b = |cluster: &crate::cluster::model::Cluster| {
        own(cluster).into_iter().find(|pod| &*pod.name.name == "b").map(|pod| (pod.ip, pod.ready)).unwrap()
    };
    assert_ne!(b(&first).0, b(&last).0);
    assert_eq!((b(&then).1, b(&last).1), (false, true));
}

#[test]
fn pods_that_are_given_to_a_node_before_it_is_marked_do_not_start() {
    let objects = workload("Deployment", "replicas: 2, ", "");
    let events = "{at: 10s, down: node-b}, {at: 20s, scale: {workload: deploy/web, replicas: 6}}";
    let all = play(events, &objects);
    let bound = when(&all, |change| matches!(change, Change::Bound(..)));
    assert!(!bound.is_empty() && bound.iter().all(|time| *time == 20_000));
    for moment in &all {
        let now = cluster(moment);
        let ready = own(&now).iter().filter(|pod| pod.ready && !pod.terminating).count();
        assert!(ready <= 6, "{}", moment.at);
    }
    let last = cluster(all.last().unwrap());
    assert_eq!(own(&last).iter().filter(|pod| pod.ready && !pod.terminating).count(), 6, "others are made elsewhere");
    // Back in time, they start where they were given to.
    let all = play(&format!("{events}, {{at: 60s, up: node-b}}"), &objects);
    let last = cluster(all.last().unwrap());
    assert_eq!(own(&last).iter().filter(|pod| pod.ready).count(), 6);
}

#[test]
fn without_an_api_server_nobody_hears_of_anything() {
    let events = "{at: 10s, down: control-plane}, {at: 20s, delete: pod/default/a}, {at: 30s, down: node-b}, {at: 200s, up: control-plane}";
    let all = play(events, PAIR);
    assert_eq!(when(&all, |change| *change == Change::Away), [20_000]);
    let then = cluster(at(&all, 199_000));
    assert!(own(&then).iter().all(|pod| pod.ready), "endpoints are those of before");
    // What was due meanwhile is done as soon as it is back.
    assert_eq!(when(&all, |change| matches!(change, Change::NodeReady(..))), [200_000]);
}

#[test]
fn places_that_are_none_are_told() {
    let text = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: t}\ntimeline: [{at: 1s, down: node/node-x}]\n";
    let parsed = crate::manifest::parse(
        &[crate::origin::SourceText::given("t.yaml", text)],
        &crate::manifest::Limits::default(),
    );
    let decided = crate::cluster::decide(&parsed, &crate::cluster::Options::default());
    let found = decided.diagnostics.iter().find(|found| found.code == "scenario-machine").unwrap();
    assert_eq!(found.args["suggestion"], "node-a");
}

#[test]
fn a_kubelet_that_stops_is_a_lost_node_whose_containers_and_rules_go_on() {
    let all = play("{at: 10s, stop: kubelet/node-b}, {at: 200s, start: kubelet/node-b}", PAIR);
    assert_eq!(when(&all, |change| matches!(change, Change::NodeReady(_, false))), [50_000]);
    assert!(all.iter().all(|moment| moment.lagging.is_empty()), "kube-proxy follows");
    let (then, last) = (cluster(at(&all, 60_000)), cluster(all.last().unwrap()));
    assert!(then.outage.is_empty());
    assert_eq!(own(&then).iter().filter(|pod| pod.ready).count(), 1);
    assert!(own(&last).iter().all(|pod| pod.ready));
    // What is deleted there stays until it is heard of again; a control plane whose kubelet has stopped still answers.
    let all = play(
        "{at: 5s, stop: kubelet/control-plane}, {at: 10s, stop: kubelet/node-b}, {at: 20s, delete: pod/b}, {at: 30s, start: kubelet}",
        PAIR,
    );
    assert_eq!(when(&all, |change| matches!(change, Change::Terminating(_))), [20_000]);
    assert_eq!(when(&all, |change| matches!(change, Change::Gone(..))), [30_000]);
}

#[test]
fn name_servers_that_stop_are_no_endpoints() {
    let all = play("{at: 10s, stop: coredns}, {at: 20s, start: coredns}", PAIR);
    let ready = |time: u64| {
        let now = cluster(at(&all, time));
        now.pods
            .iter()
            .filter(|pod| pod.labels.get("k8s-app").is_some_and(|app| &**app == "kube-dns") && pod.ready)
            .count()
    };
    assert_eq!((ready(0), ready(10_000), ready(20_000)), (2, 0, 2));
}
