//! Names on the real kernel: a resolver's questions through kube-dns, each compared packet by packet, and what it concludes.

use kernel::state::KernelState;
use kubehop_tests::judge::kernel::{Lab, require};
use kubehop_tests::judge::names::{Asked, Servers, resolve};
use kubehop_tests::model;
use kubernetes::cluster::model::{PodId, ProxyMode};
use sim_core::dns::resolver::Failure;
use sim_core::model::{Model, Options};
use std::net::IpAddr;

/// Two nodes, clients of each DNS policy, a Service, a headless one with a named Pod, and another name of the first.
const CLUSTER: &str = r#"
apiVersion: v1
kind: Node
metadata: {name: node-a}
spec: {podCIDR: 10.244.0.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.20, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: peers}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: node-b, hostname: first, subdomain: peers, containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}
status: {podIP: 10.244.1.20}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: node-a, containers: [{name: c, image: c}]}
status: {podIP: 10.244.0.9}
---
apiVersion: v1
kind: Pod
metadata: {name: default}
spec: {nodeName: node-a, dnsPolicy: Default, containers: [{name: c, image: c}]}
status: {podIP: 10.244.0.11}
---
apiVersion: v1
kind: Pod
metadata: {name: own}
spec:
  nodeName: node-a
  dnsPolicy: None
  dnsConfig: {nameservers: [10.244.0.99, 10.96.0.10], searches: [svc.cluster.local], options: [{name: ndots, value: "2"}]}
  containers: [{name: c, image: c}]
status: {podIP: 10.244.0.12}
"#;

/// CoreDNS on both nodes.
const COREDNS: &str = "---
apiVersion: v1
kind: Pod
metadata: {name: coredns-a, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec: {nodeName: node-a, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}]}]}
status: {podIP: 10.244.0.53}
---
apiVersion: v1
kind: Pod
metadata: {name: coredns-b, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec: {nodeName: node-b, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}]}]}
status: {podIP: 10.244.1.53}
";

/// A cluster on both sides.
struct Rows<'m> {
    model: &'m Model,
    servers: Servers<'m>,
    lab: Lab,
    state: KernelState,
    wrong: Vec<String>,
}

impl<'m> Rows<'m> {
    fn new(model: &'m Model, tag: &str) -> Self {
        let lab = Lab::up(&model.site.network, tag).unwrap();
        Self { model, servers: Servers::of(model), lab, state: KernelState::default(), wrong: Vec::new() }
    }

    /// A Pod asks; both sides do the same, what the socket reports of each question and the conclusion are as expected. With what name servers
    /// saw of each question.
    fn check(&mut self, pod: &str, typed: &str, questions: &[&str], expected: Result<&str, Failure>) -> Vec<String> {
        let at = self.model.cluster.pods.iter().position(|have| &*have.name.name == pod).unwrap();
        let id = PodId(at as u32);
        let site = &self.model.site;
        let asked = Asked { netns: site.pods[&id], conf: site.resolv_conf(id).unwrap(), typed: typed.to_owned() };
        match resolve(&mut self.lab, &self.servers, &site.network, &mut self.state, &asked, false) {
            Err(difference) => {
                self.wrong.push(format!("{pod}: {typed}\n{difference}"));
                Vec::new()
            }
            Ok(done) => {
                let reported: Vec<&str> = done.questions.iter().map(|record| &*record.client).collect();
                let same = reported.len() == questions.len()
                    && reported.iter().zip(questions).all(|(have, wanted)| have.contains(wanted));
                let expected = expected.map(|ip| ip.parse::<IpAddr>().unwrap());
                if !same || done.result != expected {
                    self.wrong.push(format!("{pod}: {typed}: both say {:?} after {reported:#?}", done.result));
                }
                done.questions.into_iter().map(|record| record.server).collect()
            }
        }
    }

    fn finish(self) {
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
    }
}

fn cluster(pods: &str, mode: ProxyMode) -> Model {
    let options = Options { proxy_mode: Some(mode), ..Options::default() };
    model(&[("cluster.yaml", &format!("{CLUSTER}{pods}"))], &options)
}

const MODES: [(ProxyMode, &str); 2] = [(ProxyMode::Iptables, "i"), (ProxyMode::Nftables, "n")];

#[test]
fn names_are_resolved() {
    require();
    for (mode, tag) in MODES {
        let model = cluster(COREDNS, mode);
        let mut rows = Rows::new(&model, &format!("khn1{tag}"));
        let no = "rcode: NxDomain";
        for typed in ["web", "web.default", "web.default.svc", "web.default.svc.cluster.local."] {
            // With a namespace, each shorter name of the search list is asked for first.
            let missed = match typed {
                "web.default" => 2,
                "web.default.svc" => 4,
                _ => 0,
            };
            let questions = [vec![no; missed], vec!["addresses: [10.96.0.20]", "addresses: []"]].concat();
            rows.check("client", typed, &questions, Ok("10.96.0.20"));
        }
        let found = ["addresses: [10.244.1.20]", "addresses: []"];
        rows.check("client", "peers", &found, Ok("10.244.1.20"));
        rows.check("client", "first.peers.default.svc.cluster.local.", &found, Ok("10.244.1.20"));
        rows.check("client", "10-244-1-20.default.pod.cluster.local.", &found, Ok("10.244.1.20"));
        rows.check("client", "shop", &["addresses: [10.96.0.20]", "NoError"], Ok("10.96.0.20"));
        rows.finish();
    }
}

#[test]
fn wrong_names_are_asked_for_to_the_end_of_the_list() {
    require();
    for (mode, tag) in MODES {
        let model = cluster(COREDNS, mode);
        let mut rows = Rows::new(&model, &format!("khn2{tag}"));
        // The last pair is the name as typed: CoreDNS asks outside, where nobody has such names.
        let walk = ["rcode: NxDomain"; 8];
        rows.check("client", "wab", &walk, Err(Failure::NotFound));
        rows.check("client", "web.shop", &walk, Err(Failure::NotFound));
        rows.check("client", "web.default.svc.cluster.lokal", &walk, Err(Failure::NotFound));
        rows.check("client", "wab.default.svc.cluster.local.", &walk[..2], Err(Failure::NotFound));
        rows.finish();
    }
}

#[test]
fn name_servers_without_endpoints_refuse() {
    require();
    for (mode, tag) in MODES {
        let model = cluster("", mode);
        let mut rows = Rows::new(&model, &format!("khn3{tag}"));
        rows.check("client", "web", &["ECONNREFUSED None"], Err(Failure::NoAnswer));
        rows.check("client", "web.", &["ECONNREFUSED None"], Err(Failure::NoAnswer));
        // Nobody has the first server's address; the kernel tells a datagram socket nothing of that.
        rows.check("own", "web.default", &["timeout None", "ECONNREFUSED None"], Err(Failure::NoAnswer));
        rows.finish();
    }
}

#[test]
fn each_policy_has_its_own_servers_and_list() {
    require();
    for (mode, tag) in MODES {
        let model = cluster(COREDNS, mode);
        let mut rows = Rows::new(&model, &format!("khn4{tag}"));
        // The nodes' own resolver.
        rows.check("default", "web", &["NxDomain", "NxDomain"], Err(Failure::NotFound));
        let second = ["timeout None", "addresses: [10.96.0.20]", "addresses: []"];
        rows.check("own", "web.default", &second, Ok("10.96.0.20"));
        // Two dots: as typed first.
        let typed = ["timeout None", "ServFail", "ServFail"];
        rows.check("own", "a.b.c", &[typed, ["timeout None", "NxDomain", "NxDomain"]].concat(), Err(Failure::Failed));
        rows.finish();
    }
}

#[test]
fn a_name_server_that_is_asked_twice_answers_twice() {
    require();
    // The bridge takes a copy of each question, which is routed to CoreDNS in the Pod's own name.
    let plugins = r#"{"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "promiscMode": true, "ipam": {"type": "host-local"}}"#;
    let config = format!(r#"{{"cniVersion": "1.0.0", "name": "podnet", "plugins": [{plugins}]}}"#);
    let kubelet = "---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
iptables: {masqueradeAll: true}
nftables: {masqueradeAll: true}
";
    let here = COREDNS.split("---").nth(1).unwrap();
    let texts = format!("{CLUSTER}---{here}{kubelet}");
    // kube-proxy's rules of iptables drop the copy, which no connection is known of.
    for ((mode, tag), twice) in MODES.into_iter().zip([false, true]) {
        let options = Options { proxy_mode: Some(mode), bridge_nf: Some(true), ..Options::default() };
        let model = model(&[("cluster.yaml", &texts), ("10-podnet.conflist", &config)], &options);
        let mut rows = Rows::new(&model, &format!("khn5{tag}"));
        for _ in 0..2 {
            let found = ["addresses: [10.96.0.20]", "addresses: []"];
            let seen = rows.check("client", "web", &found, Ok("10.96.0.20"));
            assert_eq!(seen.len(), 2);
            let as_whom = |server: &str, ip: &str| server.contains(&format!("10.244.0.53:53 < {ip}:"));
            let right = |at: &String| as_whom(at, "10.244.0.1") && as_whom(at, "10.244.0.9") == twice;
            assert!(seen.iter().all(right), "{seen:?}");
        }
        rows.finish();
    }
}
