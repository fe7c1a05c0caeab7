//! A small cluster that plugins are compared on, and what is asked of it.

use sim_core::model::Model;
use sim_core::print::{self, What};
use sim_core::trace::{self, Journey, ProbeText};

/// Two nodes; two Pods on the first, of which one has a port of the node, and one on the second.
pub const CLUSTER: &str = "
{apiVersion: v1, kind: Node, metadata: {name: node-a}, spec: {podCIDR: 10.244.0.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: node-b}, spec: {podCIDR: 10.244.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: pod1, labels: {app: near}}
spec: {nodeName: node-a, containers: [{name: c, image: nginx, ports: [{containerPort: 80, hostPort: 8080}]}]}
status: {podIP: 10.244.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: pod2, labels: {app: near}}
spec: {nodeName: node-a, containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.0.3}
---
apiVersion: v1
kind: Pod
metadata: {name: pod3, labels: {app: far}}
spec: {nodeName: node-b, containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.1.2}
---
{apiVersion: v1, kind: Service, metadata: {name: near}, spec: {type: NodePort, selector: {app: near}, ports: [{port: 80, nodePort: 30080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: far}, spec: {type: NodePort, selector: {app: far}, ports: [{port: 80, nodePort: 30081}]}}
";

/// Kernel state of a namespace, as the tool of that name prints it.
///
/// # Panics
/// When there is no such namespace.
pub fn state(model: &Model, netns: &str, what: What) -> String {
    print::state(model, model.site.network.find(netns).expect("it is there"), what)
}

/// The journey of a probe.
///
/// # Panics
/// When it is none.
pub fn ask(model: &Model, from: &str, to: &str) -> Journey {
    let text = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
    let probe = trace::parse_probe(model, &text).unwrap();
    trace::run(&trace::model_for(model, &probe), &probe)
}
