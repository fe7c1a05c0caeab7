//! Manifests in, decided cluster out.

use super::model::{Cluster, NodeRole};
use super::{Decided, Options, decide};
use crate::manifest::{Limits, SourceText, parse};
use std::fmt::Write;

fn run(yaml: &str) -> Decided {
    let inputs = [SourceText::given("in.yaml", yaml)];
    let parsed = parse(&inputs, &Limits::default());
    assert_eq!(
        parsed.diagnostics.iter().filter(|d| d.severity == crate::diagnostic::Severity::Error).count(),
        0,
        "{:?}",
        parsed.diagnostics
    );
    decide(&parsed, &Options::default())
}

/// What was decided, a line each.
fn summary(cluster: &Cluster) -> String {
    let mut out = String::new();
    for node in &cluster.nodes {
        let role = if node.role == NodeRole::ControlPlane { " control-plane" } else { "" };
        writeln!(out, "node {} {} {}{role}", node.name, node.ip, node.pod_cidr).unwrap();
    }
    for pod in &cluster.pods {
        let node = &cluster.nodes[pod.node.0 as usize].name;
        let listens: Vec<String> =
            pod.sockets().map(|s| format!("{}{}", s.port, if s.is_weak() { "?" } else { "" })).collect();
        writeln!(out, "pod {} {} {node} [{}]", pod.name, pod.ip, listens.join(" ")).unwrap();
    }
    for (service, lists) in cluster.services.iter().zip(&cluster.endpoints) {
        let ips: Vec<String> = service.cluster_ips.iter().map(ToString::to_string).collect();
        let ports: Vec<String> = service
            .ports
            .iter()
            .map(|p| format!("{}{}", p.port, p.node_port.map_or(String::new(), |n| format!(":{n}"))))
            .collect();
        let endpoints: Vec<String> = lists
            .iter()
            .flat_map(|l| &l.endpoints)
            .map(|e| format!("{}:{}{}", e.ip, e.port, if e.ready { "" } else { "!" }))
            .collect();
        writeln!(out, "service {} {} {} -> {}", service.name, ips.join(","), ports.join(","), endpoints.join(" "))
            .unwrap();
    }
    out
}

fn check(yaml: &str, expected: &str, codes: &[&str]) {
    let decided = run(yaml);
    let found = summary(&decided.cluster);
    for line in expected.lines().map(str::trim).filter(|line| !line.is_empty()) {
        assert!(found.lines().any(|have| have.trim_end() == line), "missing: {line}\nin:\n{found}");
    }
    let have: Vec<&str> = decided.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(have, codes, "{:#?}", decided.diagnostics);
    assert!(decided.diagnostics.iter().all(|d| !d.span.is_nowhere()), "every finding has a place");
}

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web, ports: [{name: http, containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: sh}]}
";

#[test]
fn without_nodes_a_kubeadm_cluster_is_assumed_around_the_manifests() {
    check(
        WEB,
        "node control-plane 192.168.10.11 10.244.0.0/24 control-plane
         node node-a 192.168.10.12 10.244.1.0/24
         node node-b 192.168.10.13 10.244.2.0/24
         pod default/client 10.244.1.2 node-a []
         service default/kubernetes 10.96.0.1 443 -> 192.168.10.11:6443
         service kube-system/kube-dns 10.96.0.10 53,53,9153 -> 10.244.0.2:53 10.244.0.3:53 10.244.0.2:53 10.244.0.3:53 10.244.0.2:9153 10.244.0.3:9153
         service default/web 10.96.1.0 80 -> 10.244.2.2:8080 10.244.1.3:8080 10.244.2.3:8080",
        &[],
    );
    let cluster = run(WEB).cluster;
    let web = |node: u32| cluster.pods.iter().filter(|p| &*p.origin.object.name == "web" && p.node.0 == node).count();
    assert_eq!((web(0), web(1), web(2)), (0, 1, 2), "three replicas over two workers");
    assert_eq!(run(WEB).cluster, cluster, "the same input decides the same cluster");
}

#[test]
fn what_a_dump_says_is_kept() {
    let dump = "
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDR: 10.9.1.0/24}
status: {addresses: [{type: InternalIP, address: 172.20.0.3}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-abc, labels: {app: web}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-77}]}
spec: {nodeName: n1, containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}
status: {podIP: 10.9.1.77, phase: Running, conditions: [{type: Ready, status: 'False'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 5, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, clusterIP: 10.96.7.7, selector: {app: web}, ports: [{port: 80, nodePort: 31234}]}
";
    check(
        dump,
        "node n1 172.20.0.3 10.9.1.0/24
         pod default/web-abc 10.9.1.77 n1 [80]
         service default/web 10.96.7.7 80:31234 -> 10.9.1.77:80!",
        &["pod-not-ready", "no-ready-endpoint"],
    );
    let cluster = run(dump).cluster;
    assert_eq!((cluster.pods.len(), cluster.services.len()), (1, 1), "nothing is invented around a whole cluster");
}

#[test]
fn a_kind_configuration_names_the_nodes() {
    let kind = "
apiVersion: kind.x-k8s.io/v1alpha4
kind: Cluster
name: lab
networking: {podSubnet: 10.100.0.0/16, serviceSubnet: 10.200.0.0/16}
nodes: [{role: control-plane}, {role: worker}, {role: worker}]
";
    check(
        kind,
        "node lab-control-plane 172.18.0.2 10.100.0.0/24 control-plane
         node lab-worker 172.18.0.3 10.100.1.0/24
         node lab-worker2 172.18.0.4 10.100.2.0/24
         service default/kubernetes 10.200.0.1 443 -> 172.18.0.2:6443",
        &[],
    );
}

#[test]
fn stateful_sets_number_their_pods_and_headless_services_have_no_address() {
    let yaml = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
";
    check(
        yaml,
        "pod default/db-0 10.244.1.2 node-a [5432?]\n pod default/db-1 10.244.2.2 node-b [5432?]\n service default/db  5432 -> 10.244.1.2:5432 10.244.2.2:5432",
        &[],
    );
    let cluster = run(yaml).cluster;
    let hostnames: Vec<_> = cluster.endpoints[0][0].endpoints.iter().map(|e| e.hostname.as_deref()).collect();
    assert_eq!(hostnames, [Some("db-0"), Some("db-1")]);
}

#[test]
fn a_probe_does_not_silence_the_port_a_service_sends_to() {
    let yaml = "
apiVersion: v1
kind: Pod
metadata: {name: api, labels: {app: api}}
spec: {containers: [{name: c, image: x, readinessProbe: {httpGet: {path: /healthz, port: 8081}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}
";
    check(
        yaml,
        "pod default/api 10.244.1.2 node-a [8081? 8080?]\n service default/api 10.96.1.0 80 -> 10.244.1.2:8080",
        &[],
    );
    let said = run(yaml).cluster.assumptions.iter().filter(|a| a.code == "listener-by-service").count();
    assert_eq!(said, 1, "what is assumed is said");
}

#[test]
fn extremes_cost_little() {
    let node = |name: &str, ip: &str| {
        let status = format!("{{addresses: [{ip}]}}");
        format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {status}\n---\n")
    };
    let address = |ip: &str| format!("{{type: InternalIP, address: {ip}}}");
    let far = node("a", &address("10.0.0.1")) + &node("b", &address("200.0.0.1")) + &node("c", "");
    check(&far, "node c 10.0.0.11 10.244.2.0/24", &[]);
    let last = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  ordinals: {start: 2147483647}
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}
";
    check(last, "pod default/db-2147483648 10.244.2.2 node-b []", &[]);
    let beyond = last.replace("2147483647", "9223372036854775807").replace("replicas: 2", "replicas: -2");
    check(&beyond, "", &["out-of-range", "out-of-range"]);
    let mut narrow =
        String::from("apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnetworking: {serviceSubnet: 10.0.0.0/27}\n");
    for index in 0..20 {
        let spec = "{ports: [{port: 80}]}";
        narrow += &format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{index:02}}}\nspec: {spec}\n");
    }
    check(&narrow, "service default/s00 10.0.0.16 80 ->\n service default/s15 10.0.0.2 80 ->", &[]);
}

#[test]
fn a_job_that_ended_does_not_run_again() {
    let yaml = "
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: migrate-x7k2p, ownerReferences: [{apiVersion: batch/v1, kind: Job, name: migrate}]}
spec: {containers: [{name: c, image: x}]}
status: {phase: Succeeded}
";
    check(yaml, "", &[]);
    let running = run(yaml).cluster.pods.iter().filter(|pod| &*pod.name.namespace == "default").count();
    assert_eq!(running, 0);
}

#[test]
fn services_without_ports_or_without_a_place() {
    let yaml = "
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: portless}
spec: {clusterIP: None, selector: {app: a}}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: example.org, selector: {app: nobody}}
";
    check(
        yaml,
        "service default/portless   -> 10.244.1.2:0
         service default/elsewhere   ->",
        &[],
    );
}

#[test]
fn a_pod_that_is_not_ready_is_published_but_does_not_serve() {
    let yaml = "
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: a}}
spec: {containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}
status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {publishNotReadyAddresses: true, selector: {app: a}, ports: [{port: 80}]}
";
    check(yaml, "service default/a 10.96.1.0 80 -> 10.244.1.2:80", &["pod-not-ready"]);
    let endpoint = &run(yaml).cluster.endpoints[0][0].endpoints[0];
    assert_eq!((endpoint.ready, endpoint.serving, endpoint.terminating), (true, false, false));
}

#[test]
fn daemon_sets_and_taints() {
    let yaml = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: picky}
spec: {nodeSelector: {disk: ssd}, containers: [{name: c, image: x}]}
";
    check(yaml, "node node-c 192.168.10.14 10.244.3.0/24\npod default/picky 10.244.3.2 node-c []", &[]);
    let agents = run(yaml).cluster.pods.iter().filter(|p| &*p.origin.object.name == "agent").count();
    assert_eq!(
        agents, 3,
        "on each worker, the one that was assumed for the other Pod too; the control plane's taint keeps it out"
    );
}

#[test]
fn mistakes_have_codes_and_places() {
    let service = |spec: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {spec}\n");
    check(&service("{ports: [{name: x}]}"), "", &["missing-field"]);
    check(&service("{ports: [{port: 70000}]}"), "", &["invalid-port"]);
    check(&service("{type: ExternalName}"), "", &["missing-field"]);
    let sticky = |seconds: &str| {
        service(&format!(
            "{{ports: [{{port: 80}}], sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{timeoutSeconds: {seconds}}}}}}}"
        ))
    };
    check(&sticky("0"), "", &["out-of-range"]);
    check(&sticky("86401"), "", &["out-of-range"]);
    check(&sticky("86400"), "", &[]);
    check(&service("{type: Nodeport, ports: [{port: 80}]}"), "", &["invalid-choice"]);
    check(&service("{clusterIP: 300.1.1.1, ports: [{port: 80}]}"), "", &["invalid-ip"]);
    let odd = service("{clusterIP: 192.168.3.3, ports: [{port: 80}]}");
    check(&odd, "service default/kubernetes 192.168.0.1 443 -> 192.168.10.11:6443", &[]);
    let said = "---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {serviceSubnet: 10.96.0.0/12}
";
    check(&(odd + said), "", &["cluster-ip-outside"]);
    check(&service("{type: NodePort, ports: [{port: 80, nodePort: 80}]}"), "", &["node-port-range"]);
    check(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n",
        "",
        &["proxy-mode-not-modelled"],
    );
    check(&service("{selector: {app: nobody}, ports: [{port: 80}]}"), "", &["selects-nothing"]);
    check(
        &format!("{WEB}---\n{}", service("{selector: {app: web}, ports: [{port: 80, targetPort: 9090}]}")),
        "",
        &["target-port-not-declared"],
    );
    let two = format!(
        "{}---\n{}",
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}"),
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}").replace("name: s", "name: t")
    );
    check(&two, "", &["cluster-ip-taken"]);
}
