//! Clusters of many nodes, made up: what tests, benchmarks and measurements of size take as input.

use std::fmt::{self, Write};

/// The Service to ask.
pub const TARGET: &str = "svc/default/app-0:80";

/// The node to ask from.
pub const SOURCE: &str = "node/node-0";

/// Nodes that one /16 of node addresses holds.
const NODES: usize = 65_000;

/// How many of what.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Nodes, up to 16,000: each has a /24 for Pods out of 10.64.0.0/10, and an address of 172.20.0.0/16.
    pub nodes: usize,
    /// Pods; at most 250 a node.
    pub pods: usize,
    /// Services, each with a Deployment whose Pods it selects. At least one.
    pub services: usize,
}

impl Size {
    /// The sizes that are measured.
    pub const MEASURED: [Self; 4] = [
        Self { nodes: 10, pods: 900, services: 30 },
        Self { nodes: 100, pods: 9_000, services: 300 },
        Self { nodes: 1_000, pods: 30_000, services: 1_000 },
        Self { nodes: 5_000, pods: 150_000, services: 10_000 },
    ];

    /// Replicas of a Deployment: the first ones have the rest.
    fn replicas(self, service: usize) -> usize {
        self.pods / self.services + usize::from(service < self.pods % self.services)
    }
}

/// Writes the cluster as its owners wrote it down: a JSON List of Nodes, Deployments and Services.
///
/// # Errors
/// Those of `out`.
pub fn write_manifests(out: &mut impl Write, size: Size) -> fmt::Result {
    out.write_str("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n")?;
    for node in 0..size.nodes.min(NODES) {
        write_node(out, node)?;
        out.write_str(",\n")?;
    }
    for service in 0..size.services {
        let replicas = size.replicas(service);
        writeln!(
            out,
            r#"{{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {{"name": "app-{service}", "namespace": "default"}},
 "spec": {{"replicas": {replicas}, "selector": {{"matchLabels": {{"app": "app-{service}"}}}},
  "template": {{"metadata": {{"labels": {{"app": "app-{service}"}}}},
   "spec": {{"containers": [{{"name": "web", "image": "registry.example/web:1", "ports": [{{"containerPort": 8080}}]}}]}}}}}}}},"#
        )?;
        write_service(out, service)?;
        out.write_str(if service + 1 < size.services { ",\n" } else { "\n" })?;
    }
    out.write_str("]}\n")
}

/// The same as text.
pub fn manifests(size: Size) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_manifests(&mut text, size);
    text
}

/// Writes the cluster as `kubectl get nodes,pods,services -o json` prints it: about 4 KB a Pod, with status, conditions, owners and volumes.
/// Pods are handed to nodes in turn.
///
/// # Errors
/// Those of `out`.
pub fn write_dump(out: &mut impl Write, size: Size) -> fmt::Result {
    out.write_str("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n")?;
    for node in 0..size.nodes.min(NODES) {
        write_node(out, node)?;
        out.write_str(",\n")?;
    }
    let mut pod = 0;
    for service in 0..size.services {
        for _ in 0..size.replicas(service) {
            write_pod(out, size, service, pod)?;
            out.write_str(",\n")?;
            pod += 1;
        }
    }
    for service in 0..size.services {
        write_service(out, service)?;
        out.write_str(if service + 1 < size.services { ",\n" } else { "\n" })?;
    }
    out.write_str("    ],\n    \"kind\": \"List\",\n    \"metadata\": {\"resourceVersion\": \"\"}\n}\n")
}

fn write_node(out: &mut impl Write, node: usize) -> fmt::Result {
    let (high, low) = (64 + node / 256, node % 256);
    write!(
        out,
        r#"{{"apiVersion": "v1", "kind": "Node", "metadata": {{"name": "node-{node}"}}, "spec": {{"podCIDR": "10.{high}.{low}.0/24"}},
 "status": {{"addresses": [{{"type": "InternalIP", "address": "172.20.{}.{}"}}], "nodeInfo": {{"kubeletVersion": "v1.30.4"}},
  "conditions": [{{"type": "Ready", "status": "True"}}]}}}}"#,
        (node + 10) / 250,
        (node + 10) % 250 + 1
    )
}

fn write_service(out: &mut impl Write, service: usize) -> fmt::Result {
    write!(
        out,
        r#"{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "app-{service}", "namespace": "default"}},
 "spec": {{"clusterIP": "10.{}.{}.{}", "selector": {{"app": "app-{service}"}}, "ports": [{{"port": 80, "targetPort": 8080, "protocol": "TCP"}}]}}}}"#,
        96 + service / 62_500,
        service / 250 % 250,
        service % 250 + 2
    )
}

fn write_pod(out: &mut impl Write, size: Size, service: usize, pod: usize) -> fmt::Result {
    let (node, slot) = (pod % size.nodes, pod / size.nodes);
    let (high, low, last) = (64 + node / 256, node % 256, slot + 2);
    let node_ip = format!("172.20.{}.{}", (node + 10) / 250, (node + 10) % 250 + 1);
    let hash = format!("{:010x}", service * 7_919);
    let name = format!("app-{service}-{hash}-{pod:05x}");
    write!(
        out,
        r#"    {{
      "apiVersion": "v1",
      "kind": "Pod",
      "metadata": {{
        "annotations": {{"kubernetes.io/config.source": "api"}},
        "creationTimestamp": "2026-11-01T08:00:00Z",
        "generateName": "app-{service}-{hash}-",
        "labels": {{"app": "app-{service}", "pod-template-hash": "{hash}"}},
        "name": "{name}",
        "namespace": "default",
        "ownerReferences": [
          {{
            "apiVersion": "apps/v1",
            "blockOwnerDeletion": true,
            "controller": true,
            "kind": "ReplicaSet",
            "name": "app-{service}-{hash}",
            "uid": "11111111-2222-3333-4444-{service:012}"
          }}
        ],
        "resourceVersion": "{pod}",
        "uid": "55555555-6666-7777-8888-{pod:012}"
      }},
      "spec": {{
        "containers": [
          {{
            "env": [
              {{"name": "POD_NAME", "valueFrom": {{"fieldRef": {{"apiVersion": "v1", "fieldPath": "metadata.name"}}}}}}
            ],
            "image": "registry.example/web:1",
            "name": "web",
            "ports": [{{"containerPort": 8080, "name": "http", "protocol": "TCP"}}],
            "resources": {{"limits": {{"cpu": "1", "memory": "512Mi"}}, "requests": {{"cpu": "100m", "memory": "128Mi"}}}},
            "volumeMounts": [
              {{"mountPath": "/etc/web", "name": "config", "readOnly": true}},
              {{
                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                "name": "kube-api-access-{pod:05x}",
                "readOnly": true
              }}
            ]
          }}
        ],
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": true,
        "nodeName": "node-{node}",
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": 0,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {{}},
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "terminationGracePeriodSeconds": 30,
        "tolerations": [
          {{"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}},
          {{"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 300}}
        ],
        "volumes": [
          {{"configMap": {{"defaultMode": 420, "name": "app-{service}"}}, "name": "config"}},
          {{
            "name": "kube-api-access-{pod:05x}",
            "projected": {{
              "defaultMode": 420,
              "sources": [
                {{"serviceAccountToken": {{"expirationSeconds": 3607, "path": "token"}}}},
                {{"configMap": {{"items": [{{"key": "ca.crt", "path": "ca.crt"}}], "name": "kube-root-ca.crt"}}}}
              ]
            }}
          }}
        ]
      }},
      "status": {{
        "conditions": [
          {{"lastProbeTime": null, "lastTransitionTime": "2026-11-01T08:00:00Z", "status": "True", "type": "Initialized"}},
          {{"lastProbeTime": null, "lastTransitionTime": "2026-11-01T08:00:05Z", "status": "True", "type": "Ready"}},
          {{"lastProbeTime": null, "lastTransitionTime": "2026-11-01T08:00:05Z", "status": "True", "type": "ContainersReady"}},
          {{"lastProbeTime": null, "lastTransitionTime": "2026-11-01T08:00:00Z", "status": "True", "type": "PodScheduled"}}
        ],
        "containerStatuses": [
          {{
            "containerID": "containerd://{pod:064x}",
            "image": "registry.example/web:1",
            "imageID": "registry.example/web@sha256:{service:064x}",
            "lastState": {{}},
            "name": "web",
            "ready": true,
            "restartCount": 0,
            "started": true,
            "state": {{"running": {{"startedAt": "2026-11-01T08:00:04Z"}}}}
          }}
        ],
        "hostIP": "{node_ip}",
        "phase": "Running",
        "podIP": "10.{high}.{low}.{last}",
        "podIPs": [{{"ip": "10.{high}.{low}.{last}"}}],
        "qosClass": "Burstable",
        "startTime": "2026-11-01T08:00:00Z"
      }}
    }}"#
    )
}
