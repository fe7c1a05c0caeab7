//! Labs whose resolvers ask over TCP: because the Pod says so, and because an answer does not fit a datagram.

use super::{Case, SHOP, check};
use kubehop_tests::model;
use sim_core::model::{Model, Options};

/// The shop with name servers that listen for both, a Pod whose resolver asks over TCP, and a name with more addresses than a datagram takes, all of
/// which nobody has.
fn shop() -> Model {
    let many = (1..=40).map(|last| format!("{{addresses: [10.244.9.{last}]}}")).collect::<Vec<_>>().join(", ");
    let ports = "ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]";
    let dns = format!(
        "{SHOP}---
apiVersion: v1
kind: Service
metadata: {{name: kube-dns, namespace: kube-system}}
spec: {{clusterIP: 10.96.0.10, selector: {{k8s-app: kube-dns}}, ports: [{{name: dns, port: 53, protocol: UDP}}, {{name: dns-tcp, port: 53}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: coredns-a, namespace: kube-system, labels: {{k8s-app: kube-dns}}}}
spec: {{nodeName: node-a, containers: [{{name: c, image: coredns, {ports}}}]}}
status: {{podIP: 10.244.0.53}}
---
apiVersion: v1
kind: Pod
metadata: {{name: coredns-b, namespace: kube-system, labels: {{k8s-app: kube-dns}}}}
spec: {{nodeName: node-b, containers: [{{name: c, image: coredns, {ports}}}]}}
status: {{podIP: 10.244.1.53}}
---
apiVersion: v1
kind: Pod
metadata: {{name: stream}}
spec: {{nodeName: node-a, dnsConfig: {{options: [{{name: use-vc}}]}}, containers: [{{name: c, image: c}}]}}
status: {{podIP: 10.244.0.12}}
---
apiVersion: v1
kind: Service
metadata: {{name: many}}
spec: {{clusterIP: None, ports: [{{port: 8080}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: many, labels: {{kubernetes.io/service-name: many}}}}
addressType: IPv4
ports: [{{name: \"\", port: 8080}}]
endpoints: [{many}]
"
    );
    model(&[("shop.yaml", &dns)], &Options::default())
}

#[test]
fn questions_over_tcp() {
    check(
        &shop(),
        &Case {
            name: "v",
            from: "pod/default/stream",
            to: "web:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["question 1: web.default.svc.cluster.local. A over TCP to 10.96.0.10", "NOERROR 10.96.0.20"],
                &["question 2: web.default.svc.cluster.local. AAAA over TCP to 10.96.0.10", "NOERROR"],
                &["server:", "tcp 53 is asked by 10.244.0.12:", "for web.default.svc.cluster.local. A: NOERROR"],
                &["= NS-pod-default-stream", "eth0", "out", "> 10.96.0.10:53", "TCP SYN"],
                &["= NS-pod-kube-system-coredns-", "eth0", "in", ":53", "TCP SYN"],
                &["= NS-pod-default-stream", "eth0", "in", "10.96.0.10:53 >", "TCP SYN,ACK"],
                &["= NS-pod-default-stream", "eth0", "out", "> 10.96.0.20:80", "TCP SYN"],
                &["server:", "sees 10.244.0.12"],
            ],
        },
    );
}

#[test]
fn what_does_not_fit_is_asked_for_over_tcp() {
    check(
        &shop(),
        &Case {
            name: "w",
            from: "pod/default/client",
            to: "many:8080",
            proto: "tcp",
            result: "timeout",
            lines: &[
                &["question 1: many.default.svc.cluster.local. A to 10.96.0.10", "and more that does not fit"],
                &[
                    "question 2: many.default.svc.cluster.local. A over TCP to 10.96.0.10",
                    "NOERROR 10.244.9.1 10.244.9.2",
                ],
                &["question 3: many.default.svc.cluster.local. AAAA to 10.96.0.10", "NOERROR"],
                &["= NS-pod-default-client", "eth0", "out", "> 10.96.0.10:53", "A? many.default.svc.cluster.local."],
                &["= NS-pod-default-client", "eth0", "out", "> 10.96.0.10:53", "TCP SYN"],
                &["= NS-pod-default-client", "eth0", "out", "> 10.244.9.1:8080", "TCP SYN"],
            ],
        },
    );
}
