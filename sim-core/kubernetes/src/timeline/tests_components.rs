use super::tests::{cluster, own, play, workload};
use super::{Change, Moment};

const SERVICE: &str =
    "{apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: web}, ports: [{port: 80}]}}\n---\n";

fn when(all: &[Moment], is: impl Fn(&Change) -> bool) -> Vec<u64> {
    all.iter().flat_map(|moment| moment.changes.iter().filter(|change| is(change)).map(|_| moment.at)).collect()
}

/// Addresses behind the Service at a time, those that take new connections first, then all.
fn behind(all: &[Moment], at: u64) -> (usize, usize) {
    let now = cluster(all.iter().rfind(|moment| moment.at <= at).unwrap());
    let id = now.service_named("default", "w").unwrap();
    let ends: Vec<_> = now.endpoints[id.0 as usize].iter().flat_map(|port| &port.endpoints).collect();
    (ends.iter().filter(|end| end.ready).count(), ends.len())
}

#[test]
fn without_controllers_nothing_is_made_and_slices_stay() {
    let objects = format!("{SERVICE}{}", workload("Deployment", "replicas: 2, ", ""));
    let events = "{at: 5s, stop: kube-controller-manager}, {at: 10s, drain: node-b}, {at: 12s, scale: {workload: deploy/web, replicas: 4}}, \
                  {at: 60s, start: kube-controller-manager}";
    let all = play(events, &objects);
    let pods = |at: u64| own(&cluster(all.iter().rfind(|moment| moment.at <= at).unwrap())).len();
    assert_eq!((pods(5_000), pods(59_000)), (2, 1), "the drained one is gone, and nobody makes another");
    assert_eq!((behind(&all, 5_000), behind(&all, 59_000)), ((2, 2), (2, 2)), "slices name it still");
    assert_eq!(when(&all, |change| matches!(change, Change::Added(..))), [60_000; 3]);
    assert_eq!(behind(&all, 60_500).1, 4);
    assert_eq!(behind(&all, 70_000), (4, 4));
    assert!(all.last().unwrap().lagging.is_empty());
}

#[test]
fn without_controllers_no_node_is_marked_until_they_watch_again() {
    let objects = workload("Deployment", "replicas: 2, ", "");
    let events =
        "{at: 5s, stop: kube-controller-manager}, {at: 10s, down: node-b}, {at: 200s, start: kube-controller-manager}";
    let all = play(events, &objects);
    assert_eq!(when(&all, |change| matches!(change, Change::NodeReady(_, false))), [240_000]);
    assert_eq!(when(&all, |change| matches!(change, Change::Tainted(_))), [240_000]);
    let daemons = workload("DaemonSet", "", "");
    let first = cluster(&play("{at: 1s, rollout: ds/default/web}", &daemons)[0]);
    let gone = own(&first)[0].name.clone();
    let events = format!(
        "{{at: 5s, stop: kube-controller-manager}}, {{at: 10s, delete: pod/{gone}}}, {{at: 20s, start: kube-controller-manager}}"
    );
    assert_eq!(when(&play(&events, &daemons), |change| matches!(change, Change::Added(..))), [20_000]);
}

#[test]
fn without_a_scheduler_pods_wait() {
    let pinned = workload("Deployment", "replicas: 1, ", "nodeName: node-a, ")
        .replace("name: web", "name: pinned")
        .replace("app: web", "app: pinned");
    let objects = format!("{SERVICE}{}---\n{pinned}", workload("Deployment", "replicas: 2, ", ""));
    let events = "{at: 5s, stop: kube-scheduler}, {at: 10s, scale: {workload: deploy/web, replicas: 3}}, {at: 10s, scale: {workload: \
                  deploy/pinned, replicas: 2}}, {at: 30s, start: kube-scheduler}";
    let all = play(events, &objects);
    assert_eq!(when(&all, |change| matches!(change, Change::Waits(_))), [10_000]);
    assert_eq!(when(&all, |change| matches!(change, Change::Added(..))), [10_000, 30_000]);
    let then = cluster(all.iter().rfind(|moment| moment.at <= 20_000).unwrap());
    assert_eq!((own(&then).len(), then.absent.len()), (4, 1));
    assert_eq!(behind(&all, 40_000), (3, 3));
}

#[test]
fn slices_follow_a_period_later() {
    let objects = format!("{SERVICE}{}", workload("Deployment", "replicas: 2, ", ""));
    let first = cluster(&play("{at: 1s, rollout: deploy/web}", &objects)[0]);
    let pods: Vec<String> = own(&first).iter().map(|pod| pod.name.to_string()).collect();
    let events = format!(
        "{{at: 1s, lag: {{component: kube-controller-manager, by: 3s}}}}, {{at: 5s, notReady: pod/{}}}, {{at: 7s, notReady: pod/{}}}",
        pods[0], pods[1]
    );
    let all = play(&events, &objects);
    // What follows within the period is collected with it.
    assert_eq!(when(&all, |change| matches!(change, Change::Sliced)), [8_000]);
    let ready: Vec<usize> = [4_000, 5_000, 7_900, 8_000].map(|at| behind(&all, at).0).to_vec();
    assert_eq!(ready, [2, 2, 2, 0]);
    let flag = "{apiVersion: v1, kind: Pod, metadata: {name: kube-controller-manager-x, namespace: kube-system, labels: {component: \
                kube-controller-manager}}, spec: {hostNetwork: true, containers: [{name: kube-controller-manager, image: \
                registry.k8s.io/kube-controller-manager:v1.33.0, command: [kube-controller-manager, \
                --endpointslice-updates-batch-period=2s]}]}}\n---\n";
    let all = play(&format!("{{at: 5s, notReady: pod/{}}}", pods[0]), &format!("{flag}{objects}"));
    assert_eq!(when(&all, |change| matches!(change, Change::Sliced)), [7_000]);
}

#[test]
fn a_node_that_is_tainted_loses_those_that_do_not_tolerate_it() {
    let tolerates = |seconds: &str| {
        let spec =
            format!("nodeName: node-b, tolerations: [{{key: gpu, operator: Exists, effect: NoExecute{seconds}}}], ");
        workload("ReplicaSet", "replicas: 1, ", &spec)
    };
    let node = "{apiVersion: v1, kind: Node, metadata: {name: node-a}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: node-b}}\n---\n";
    let taint = "{at: 5s, patch: {object: node/node-b, merge: {spec: {taints: [{key: gpu, effect: NoExecute}]}}}}";
    let leaves = |objects: &str, events: &str| {
        when(&play(events, &format!("{node}{objects}")), |change| matches!(change, Change::Gone(..)))
    };
    let plain = "{apiVersion: v1, kind: Pod, metadata: {name: one}, spec: {nodeName: node-b, containers: [{name: c, image: nginx}]}}";
    assert_eq!(leaves(plain, taint), [5_000]);
    assert_eq!(leaves(&tolerates(""), taint), []);
    assert_eq!(leaves(&tolerates(", tolerationSeconds: 30"), taint).first(), Some(&35_000));
    let away = format!("{taint}, {{at: 20s, patch: {{object: node/node-b, merge: {{spec: {{taints: null}}}}}}}}");
    assert_eq!(leaves(&tolerates(", tolerationSeconds: 30"), &away), []);
    let stopped =
        format!("{{at: 1s, stop: kube-controller-manager}}, {taint}, {{at: 50s, start: kube-controller-manager}}");
    assert_eq!(leaves(plain, &stopped), [50_000]);
}
