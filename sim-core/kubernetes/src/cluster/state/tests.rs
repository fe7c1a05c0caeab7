//! A Pod's status in, what it does out.

use crate::cluster::{Options, decide};
use crate::manifest::{Limits, SourceText, parse};
use rstest::rstest;

const SPEC: &str = "spec: {nodeName: node-a, containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}";

/// `ready`, or `not ready`, or `absent`, then the obstacle and the containers that run.
fn doing(pod: &str) -> String {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\n{pod}\n");
    let parsed = parse(&[SourceText::given("p.yaml", text)], &Limits::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let decided = decide(&parsed, &Options::default());
    let said = |obstacle: &super::Obstacle| {
        let container = obstacle.container.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let at = obstacle.at.as_ref().map_or(0, |at| at.line);
        format!("{}{container} {} at {at}", obstacle.kind.word(), obstacle.reason)
    };
    if let Some(absent) = decided.cluster.absent_named("default", "p") {
        assert!(decided.cluster.pod_named("default", "p").is_none());
        return format!("absent: {}", said(&absent.obstacle));
    }
    let id = decided.cluster.pod_named("default", "p").expect("a Pod");
    let pod = &decided.cluster.pods[id.0 as usize];
    assert_eq!(pod.ready, pod.state.obstacle.is_none());
    let run: Vec<&str> = pod.containers.iter().filter(|one| one.state.runs()).map(|one| &*one.name).collect();
    let ready = pod
        .state
        .obstacle
        .as_ref()
        .map_or_else(|| "ready".to_owned(), |obstacle| format!("not ready: {}", said(obstacle)));
    format!("{ready}; runs {}", run.join(" "))
}

#[rstest]
#[case::nothing_said("", "ready; runs c")]
#[case::running(
    "status: {phase: Running, podIP: 10.244.1.9, conditions: [{type: Ready, status: \"True\"}]}",
    "ready; runs c"
)]
#[case::succeeded("status: {phase: Succeeded, podIP: 10.244.1.9}", "absent: ended Succeeded at 5")]
#[case::completed(
    "status:\n  phase: Succeeded\n  containerStatuses: [{name: c, state: {terminated: {exitCode: 0, reason: Completed}}}]",
    "absent: ended Completed at 7"
)]
#[case::evicted("status: {phase: Failed, reason: Evicted}", "absent: ended Evicted at 5")]
#[case::unscheduled(
    "status:\n  phase: Pending\n  conditions:\n  - {type: PodScheduled, status: \"False\", reason: Unschedulable}",
    "absent: unscheduled Unschedulable at 8"
)]
#[case::creating(
    "status:\n  phase: Pending\n  containerStatuses: [{name: c, ready: false, state: {waiting: {reason: ContainerCreating}}}]",
    "absent: not-started c ContainerCreating at 7"
)]
#[case::no_image(
    "status:\n  phase: Pending\n  podIP: 10.244.1.9\n  containerStatuses:\n  - {name: c, state: {waiting: {reason: ErrImagePull}}}",
    "not ready: container c ErrImagePull at 9; runs "
)]
#[case::crashing(
    "status:\n  phase: Running\n  podIP: 10.244.1.9\n  conditions: [{type: Ready, status: \"False\"}]\n  containerStatuses:\n  - {name: c, state: {waiting: {reason: CrashLoopBackOff}}}",
    "not ready: container c CrashLoopBackOff at 10; runs "
)]
#[case::ended_badly(
    "status: {phase: Running, podIP: 10.244.1.9, containerStatuses: [{name: c, state: {terminated: {exitCode: 1}}}]}",
    "not ready: container c Error at 5; runs "
)]
#[case::unready(
    "status:\n  podIP: 10.244.1.9\n  conditions:\n  - {type: Ready, status: \"False\", reason: X}",
    "not ready: condition X at 8; runs c"
)]
#[case::flag_only(
    "status: {podIP: 10.244.1.9, containerStatuses: [{name: c, ready: false}]}",
    "not ready: condition  at 5; runs c"
)]
#[case::pending("status: {phase: Pending, podIP: 10.244.1.9}", "not ready: container c ContainerCreating at 5; runs ")]
#[case::lost("status: {phase: Unknown, podIP: 10.244.1.9}", "not ready: condition Unknown at 5; runs c")]
fn statuses(#[case] status: &str, #[case] expected: &str) {
    assert_eq!(doing(&format!("{SPEC}\n{status}")), expected);
}

#[rstest]
#[case::the_only_probe("", "ContainersNotReady", "readiness-probe a ContainersNotReady at 8")]
#[case::the_container_that_is_named(
    "containerStatuses: [{name: a, ready: true, state: {running: {}}}, {name: b, ready: false, state: {running: {}}}]",
    "ContainersNotReady",
    "readiness-probe b ContainersNotReady at 11"
)]
#[case::still_starting(
    "containerStatuses: [{name: a, ready: true, state: {running: {}}}, {name: b, ready: false, started: false, state: {running: {}}}]",
    "ContainersNotReady",
    "startup-probe b  at 12"
)]
#[case::gate(
    "containerStatuses: [{name: a, ready: true, state: {running: {}}}, {name: b, ready: true, state: {running: {}}}]",
    "ReadinessGatesNotReady",
    "readiness-gate example.com/lb at 13"
)]
fn probes(#[case] statuses: &str, #[case] reason: &str, #[case] expected: &str) {
    let pod = format!(
        "spec:\n  containers:\n  - name: a\n    image: x\n    readinessProbe: {{httpGet: {{path: /, port: 80}}}}\n  - name: b\n    image: x\n    \
         readinessProbe: {{tcpSocket: {{port: 81}}}}\n    startupProbe: {{exec: {{command: [x]}}}}\n  \
         readinessGates: [{{conditionType: example.com/lb}}]\nstatus:\n  podIP: 10.244.1.9\n  \
         conditions: [{{type: Ready, status: \"False\", reason: {reason}}}]\n  {statuses}\n"
    );
    assert_eq!(doing(&pod), format!("not ready: {expected}; runs a b"));
}

const INIT: &str = "spec:\n  nodeName: node-a\n  initContainers:\n  - {name: proxy, image: x, restartPolicy: Always}\n  - {name: wait, image: x}\n  containers: [{name: c, image: x}]\nstatus:\n  phase: Pending\n  podIP: 10.244.1.9\n";

#[rstest]
#[case::first_runs(
    "[{name: proxy, started: true, ready: true, state: {running: {}}}, {name: wait, state: {running: {}}}]",
    "not ready: init-container wait Running at 13; runs proxy"
)]
#[case::init_fails(
    "[{name: proxy, started: true, state: {running: {}}}, {name: wait, state: {waiting: {reason: CrashLoopBackOff}}}]",
    "not ready: init-container wait CrashLoopBackOff at 13; runs proxy"
)]
#[case::sidecar_ended(
    "[{name: proxy, state: {terminated: {exitCode: 0}}}, {name: wait, state: {waiting: {reason: PodInitializing}}}]",
    "not ready: init-container proxy Completed at 13; runs "
)]
#[case::all_done(
    "[{name: proxy, started: true, ready: true, state: {running: {}}}, {name: wait, state: {terminated: {exitCode: 0}}}]\n  containerStatuses: [{name: c, ready: true, state: {running: {}}}]\n  conditions: [{type: Ready, status: \"True\"}]",
    "ready; runs c proxy"
)]
fn init_containers(#[case] statuses: &str, #[case] expected: &str) {
    assert_eq!(doing(&format!("{INIT}  initContainerStatuses: {statuses}\n")), expected);
}

#[test]
fn what_is_being_deleted_says_where() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  deletionTimestamp: \"2024-06-01T10:00:00Z\"\nspec: {containers: [{name: c, image: x}]}\n";
    let parsed = parse(&[SourceText::given("p.yaml", text)], &Limits::default());
    let decided = decide(&parsed, &Options::default());
    let pod =
        decided.cluster.pod_named("default", "p").and_then(|id| decided.cluster.pods.get(id.0 as usize)).expect("it");
    assert!(pod.terminating && pod.ready);
    assert_eq!(pod.state.deleted_at.as_ref().map(|at| at.line), Some(5));
}

#[test]
fn a_service_knows_which_of_its_pods_are_not_ready() {
    let pod = |name: &str, status: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: web}}}}\nspec: {{containers: [{{name: c, image: x}}]}}\n\
             status: {status}\n"
        )
    };
    let text = [
        pod("gone", "{phase: Failed}"),
        pod("up", "{phase: Running}"),
        pod("down", "{phase: Running, conditions: [{type: Ready, status: \"False\"}]}"),
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n".to_owned(),
    ]
    .concat();
    let parsed = parse(&[SourceText::given("p.yaml", text)], &Limits::default());
    let cluster = decide(&parsed, &Options::default()).cluster;
    let service = cluster.services.iter().find(|service| &*service.name.name == "web").expect("the Service");
    let names: Vec<&str> =
        crate::cluster::absent::not_ready(&cluster, service).into_iter().map(|(name, _)| &*name.name).collect();
    assert_eq!(names, ["down", "gone"]);
}
