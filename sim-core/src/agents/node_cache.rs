//! NodeLocal DNSCache: a cache of names on each node, at addresses of its own and at that of the DNS Service (kubernetes/dns, cmd/node-cache).
//! Packets to and from it are not tracked, so that no rule of kube-proxy sees them.

use super::agent::{Agent, On};
use super::runtime;
use super::write::Writer;
use crate::site::{Behaviour, NameServer, Process};
use ipnet::IpNet;
use kernel::config::{IfAddr, Link, LinkKind};
use kernel::packet::{Mac, Port, Protocol};
use kernel::text::iptables::read::{Limits, merge};
use kubernetes::cluster::model::{NodeCache as Told, Pod};
use kubernetes::cluster::node_cache::is_node_cache;
use kubernetes::origin::Component;
use std::net::IpAddr;
use std::sync::Arc;

/// Its device.
const DEVICE: &str = "nodelocaldns";
/// Where it answers.
const DNS: u16 = 53;
/// Where kubelet asks whether it lives.
const HEALTH: u16 = 8080;
const LIMITS: Limits = Limits { bytes: 1 << 16, line: 4 << 10, rules: 1_000, chains: 10, errors: 1 };

/// The cache.
pub(crate) struct NodeCache;

/// True for a Pod of it.
fn is_own(pod: &Pod) -> bool {
    pod.containers.iter().any(|container| is_node_cache(&container.image) && pod.runs(&container.name))
}

impl Agent for NodeCache {
    fn name(&self) -> &'static str {
        "node-cache"
    }

    fn writes(&self, on: &On<'_>) -> bool {
        on.pods.iter().any(|pod| !pod.own && is_own(pod.pod))
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let Some(told) = &writer.cluster.node_cache else { return };
        let netns = on.at.netns;
        let cause = writer.object(Component::Workload, &told.origin, "spec.template.spec.containers.args", None);
        let link = Link {
            name: Arc::from(DEVICE),
            mac: Mac([2, 0x6e, 0x6c, 0x64, 0x6e, 0x73]),
            mtu: 1500,
            up: true,
            kind: LinkKind::Dummy,
            port: None,
            addresses: Vec::new(),
            cause,
        };
        let device = writer.builder.add_link(netns, link);
        let four = || told.ips.iter().filter(|ip| ip.is_ipv4());
        for ip in four() {
            writer.builder.add_address(device, IfAddr::new(IpNet::from(*ip), cause));
            for protocol in [Protocol::Udp, Protocol::Tcp] {
                let process = Process::named("node-cache", Behaviour::NameServer(NameServer::NodeCache));
                runtime::open(writer, netns, protocol, (Some(*ip), Port(DNS)), process, cause);
            }
        }
        // What cannot be read would be a mistake of this program.
        let _ = merge(&mut writer.builder.netns(netns).xtables, &rules(told), &LIMITS, &mut |_| cause);
    }
}

/// Its rules, which it puts in front one by one.
fn rules(told: &Told) -> String {
    const SKIP: &str = "-m comment --comment \"NodeLocal DNS Cache: skip conntrack\" -j NOTRACK";
    const ALLOW: &str = "-m comment --comment \"NodeLocal DNS Cache: allow DNS traffic\" -j ACCEPT";
    let (mut raw, mut filter) = (Vec::new(), Vec::new());
    for ip in told.ips.iter().filter(|ip| IpAddr::is_ipv4(ip)) {
        for protocol in ["tcp", "udp"] {
            raw.push(format!("-A PREROUTING -d {ip}/32 -p {protocol} -m {protocol} --dport {DNS} {SKIP}"));
            filter.push(format!("-A INPUT -d {ip}/32 -p {protocol} -m {protocol} --dport {DNS} {ALLOW}"));
            raw.push(format!("-A OUTPUT -s {ip}/32 -p {protocol} -m {protocol} --sport {DNS} {SKIP}"));
            filter.push(format!("-A OUTPUT -s {ip}/32 -p {protocol} -m {protocol} --sport {DNS} {ALLOW}"));
            raw.push(format!("-A OUTPUT -d {ip}/32 -p {protocol} -m {protocol} --dport {DNS} {SKIP}"));
        }
        raw.push(format!("-A OUTPUT -d {ip}/32 -p tcp -m tcp --dport {HEALTH} {SKIP}"));
        raw.push(format!("-A OUTPUT -s {ip}/32 -p tcp -m tcp --sport {HEALTH} {SKIP}"));
    }
    let table = |name: &str, rules: &[String]| {
        let last_first: Vec<&str> = rules.iter().rev().map(String::as_str).collect();
        format!("*{name}\n{}\nCOMMIT\n", last_first.join("\n"))
    };
    format!("{}{}", table("raw", &raw), table("filter", &filter))
}

#[cfg(test)]
mod tests {
    use crate::dns::RecordType;
    use crate::model::{Model, Options};
    use crate::trace::{self, ClientResult, Purpose};
    use kernel::packet::Protocol;
    use kubernetes::manifest::Limits;
    use kubernetes::origin::SourceText;

    const CLUSTER: &str = r#"
{apiVersion: v1, kind: Node, metadata: {name: node-a}, spec: {podCIDR: 10.244.0.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: kube-dns-upstream, namespace: kube-system}, spec: {clusterIP: 10.96.0.77, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}, spec: {nodeName: node-a, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]}, status: {podIP: 10.244.0.53}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.20, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {nodeName: node-a, containers: [{name: c, image: busybox}]}, status: {podIP: 10.244.0.9}}
---
{apiVersion: v1, kind: Pod, metadata: {name: node-local-dns, namespace: kube-system, labels: {k8s-app: node-local-dns}}, spec: {hostNetwork: true, nodeName: node-a, containers: [{name: c, image: "registry.k8s.io/dns/k8s-dns-node-cache:1.23.1", args: ["-localip", "169.254.20.10,10.96.0.10", "-conf", /etc/Corefile, "-upstreamsvc", kube-dns-upstream]}]}, status: {podIP: 192.168.10.11}}
"#;

    fn asks(text: &str) -> (Model, trace::Journey) {
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let question = trace::parse_question(&model, "pod/default/client", "web", 0).unwrap();
        let with = trace::model_for(&model, &question);
        let journey = trace::look_up(&with, &question, Some(RecordType::A));
        (model, journey)
    }

    #[test]
    fn questions_end_at_the_cache_on_the_node() {
        let (model, journey) = asks(CLUSTER);
        assert_eq!(journey.client, ClientResult::Ok, "{:?}", journey.outcome);
        let first = journey.legs.first().unwrap();
        let last = first.hops.last().unwrap();
        assert_eq!(last.netns, model.site.nodes[&kubernetes::cluster::model::NodeId(0)], "on the node itself");
        assert_eq!(last.after.packet.ip.dst.to_string(), "10.96.0.10", "no rule of kube-proxy saw it");
        // It asks in a stream (force_tcp).
        let mut onward = journey.legs.iter().filter(|leg| leg.purpose == Purpose::DnsQuery && leg.parent.is_some());
        let packet = &onward.next().unwrap().hops.last().unwrap().after.packet;
        assert_eq!((packet.ip.dst.to_string().as_str(), packet.protocol()), ("10.244.0.53", Protocol::Tcp));
        // The address that kubelet may be told in its place.
        let told = "---\n{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration, clusterDNS: [169.254.20.10]}\n";
        let (_, journey) = asks(&format!("{CLUSTER}{told}"));
        assert_eq!(journey.client, ClientResult::Ok, "{:?}", journey.outcome);
    }

    #[test]
    fn without_the_cache_its_address_is_nobodys() {
        let told = "---\n{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration, clusterDNS: [169.254.20.10]}\n";
        let without = CLUSTER.replace("dns/k8s-dns-node-cache", "other");
        let (_, journey) = asks(&without);
        assert_eq!(journey.client, ClientResult::Ok);
        let (_, journey) = asks(&format!("{without}{told}"));
        assert!(journey.assumed.iter().any(|one| one.code == "node-cache"), "{:?}", journey.assumed);
    }
}
