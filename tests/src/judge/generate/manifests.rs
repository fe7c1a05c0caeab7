//! A case's manifests.

use super::{
    Case, KUBE_DNS, PodSpec, PodState, ServiceKind, ServiceSpec, cluster_ip, external_ip, host_port, lb_ip, node_ip,
    node_port, node_port_udp,
};
use crate::mutate::Numbers;
use crate::policies::{Words, chance, policy};
use kubernetes::cluster::model::Cni;
use std::fmt::Write;

/// What policies speak of.
const WORDS: Words = Words {
    namespaces: &["default", "kube-system"],
    apps: &["a", "b", "c"],
    tiers: &["front", "back"],
    ports: &[8080, 5353, 9090, 53],
};

impl Case {
    /// The manifests.
    pub fn manifests(&self) -> String {
        let mut out = self.objects();
        self.write_policies(&mut out);
        out
    }

    /// All of them but policies, which would keep most questions for names from their servers.
    pub fn objects(&self) -> String {
        let mut out = String::new();
        for node in 0..self.nodes {
            let _ = write!(
                out,
                "---\napiVersion: v1\nkind: Node\nmetadata: {{name: node-{node}}}\nspec: {{podCIDR: 10.244.{node}.0/24}}\n\
                 status:\n  addresses: [{{type: InternalIP, address: {}}}]\n  nodeInfo: {{kubeletVersion: v1.30.5}}\n",
                node_ip(node)
            );
        }
        let _ = write!(
            out,
            "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16\n\
             mode: {}\niptables: {{masqueradeAll: {}, localhostNodePorts: {}}}\nnftables: {{masqueradeAll: {}}}\n",
            if self.nftables { "nftables" } else { "iptables" },
            self.masquerade_all,
            self.localhost_node_ports,
            self.masquerade_all
        );
        for (at, pod) in self.pods.iter().enumerate() {
            self.write_pod(&mut out, at, pod);
        }
        for (at, service) in self.services.iter().enumerate() {
            self.write_service(&mut out, at, service);
        }
        self.write_dns(&mut out);
        out
    }

    /// Policies, where the plugin enforces them: drawn by what else was drawn, in every second cluster.
    fn write_policies(&self, out: &mut String) {
        if !self.cni.is_some_and(|cni| [Cni::CALICO, Cni::CALICO_IPIP, Cni::CALICO_VXLAN].contains(&cni)) {
            return;
        }
        let text = format!("{:?}{:?}", self.pods, self.services);
        let seed = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let numbers = &mut Numbers(seed);
        if chance(numbers, 50) {
            return;
        }
        for number in 0..1 + numbers.below(3) {
            let namespace = if chance(numbers, 85) { "default" } else { "kube-system" };
            out.push_str(&policy(numbers, &WORDS, namespace, &format!("n{number}")));
        }
    }

    /// CoreDNS, its Service, and another name of the first Service.
    fn write_dns(&self, out: &mut String) {
        out.push_str(
            "---\napiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\nspec:\n  selector: {k8s-app: kube-dns}\n",
        );
        let _ = writeln!(out, "  clusterIP: {KUBE_DNS}");
        if self.dns.itp_local {
            out.push_str("  internalTrafficPolicy: Local\n");
        }
        out.push_str(
            "  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {name: alias}\nspec: {type: ExternalName, externalName: s0.default.svc.cluster.local}\n",
        );
        let containers =
            "[{name: coredns, image: coredns, ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]";
        let labels = "{k8s-app: kube-dns}";
        if self.dns.deployment {
            let _ = write!(
                out,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: coredns, namespace: kube-system}}\nspec:\n  \
                 replicas: {}\n  selector: {{matchLabels: {labels}}}\n  template:\n    metadata: {{labels: {labels}}}\n    \
                 spec: {{dnsPolicy: Default, containers: {containers}}}\n",
                self.dns.pods.len()
            );
            return;
        }
        for (at, (node, ready)) in self.dns.pods.iter().enumerate() {
            let node = self.node(*node);
            let _ = write!(
                out,
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: coredns-{at}, namespace: kube-system, labels: {labels}}}\n\
                 spec: {{nodeName: node-{node}, dnsPolicy: Default, containers: {containers}}}\n\
                 status:\n  phase: Running\n  podIP: 10.244.{node}.{}\n  hostIP: {}\n  conditions: [{{type: Ready, status: \"{}\"}}]\n",
                at + 200,
                node_ip(node),
                if *ready { "True" } else { "False" }
            );
        }
    }

    /// Name and number of the first Service without an address.
    pub(super) fn headless(&self) -> Option<usize> {
        self.services.iter().position(|service| matches!(service.kind, ServiceKind::Headless))
    }

    fn write_pod(&self, out: &mut String, at: usize, pod: &PodSpec) {
        let app = ["a", "b", "c"][usize::from(pod.app % 3)];
        let deleted = matches!(pod.state, PodState::Terminating | PodState::TerminatingNotServing);
        let ready = matches!(pod.state, PodState::Ready | PodState::Terminating);
        let _ = write!(out, "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p{at}\n  labels: {{app: {app}}}\n");
        if deleted {
            out.push_str("  deletionTimestamp: \"2026-01-01T00:00:00Z\"\n");
        }
        let _ = write!(out, "spec:\n  nodeName: node-{}\n  hostNetwork: {}\n", self.node(pod.node), pod.host_network);
        if let Some(headless) = self.headless() {
            let _ = writeln!(out, "  hostname: h{at}\n  subdomain: s{headless}");
        }
        out.push_str(match pod.dns {
            1 => "  dnsPolicy: Default\n",
            2 => "  dnsPolicy: None\n  dnsConfig: {nameservers: [10.96.0.10], searches: [svc.cluster.local], options: [{name: ndots, value: \"2\"}]}\n",
            // Over TCP, as glibc is told to.
            4 => "  dnsConfig: {options: [{name: use-vc}]}\n",
            // A cache on the node, if there is one.
            5 => "  dnsPolicy: None\n  dnsConfig: {nameservers: [169.254.20.10, 10.96.0.10], searches: [default.svc.cluster.local]}\n",
            6 => "  dnsPolicy: None\n  dnsConfig: {nameservers: [169.254.20.10], searches: [default.svc.cluster.local], options: [{name: use-vc}]}\n",
            // Nobody answers at the first.
            3 => "  dnsPolicy: None\n  dnsConfig: {nameservers: [10.244.0.251, 10.96.0.10], searches: [default.svc.cluster.local]}\n",
            _ => "",
        });
        // Pods on the node's own network may not listen on one port twice.
        let base = if pod.host_network { 20000 + at * 10 } else { 0 };
        let tcp = if pod.serves {
            let own = if pod.host_port { format!(", hostPort: {}", host_port(at)) } else { String::new() };
            format!("{{name: http, containerPort: {}{own}}}, ", if base == 0 { 8080 } else { base })
        } else {
            String::new()
        };
        let _ = write!(
            out,
            "  containers:\n  - name: c\n    image: x\n    ports: [{tcp}{{name: dns, containerPort: {}, protocol: UDP}}, {{name: extra, containerPort: {}}}]\n",
            if base == 0 { 5353 } else { base + 1 },
            if base == 0 { 9090 } else { base + 2 }
        );
        let _ = write!(
            out,
            "status:\n  phase: Running\n  podIP: {}\n  hostIP: {}\n  conditions: [{{type: Ready, status: \"{}\"}}]\n",
            self.pod_ip(at),
            node_ip(self.node(pod.node)),
            if ready { "True" } else { "False" }
        );
    }

    fn write_service(&self, out: &mut String, at: usize, service: &ServiceSpec) {
        // One of four selects nothing.
        let app = ["a", "b", "c", "none"][usize::from(service.app % 4)];
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{at}}}\nspec:\n  selector: {{app: {app}}}\n"
        );
        let kind = match service.kind {
            ServiceKind::ClusterIp | ServiceKind::Headless => "ClusterIP",
            ServiceKind::NodePort => "NodePort",
            ServiceKind::LoadBalancer => "LoadBalancer",
        };
        let headless = matches!(service.kind, ServiceKind::Headless);
        let ip = if headless { "None".to_owned() } else { cluster_ip(at) };
        let _ = write!(out, "  type: {kind}\n  clusterIP: {ip}\n");
        let exposed = matches!(service.kind, ServiceKind::NodePort | ServiceKind::LoadBalancer);
        if exposed && service.etp_local {
            out.push_str("  externalTrafficPolicy: Local\n");
        }
        if service.itp_local && !headless {
            out.push_str("  internalTrafficPolicy: Local\n");
        }
        if service.affinity {
            out.push_str("  sessionAffinity: ClientIP\n");
        }
        if service.publish_not_ready {
            out.push_str("  publishNotReadyAddresses: true\n");
        }
        if service.external_ip && !headless {
            let _ = writeln!(out, "  externalIPs: [{}]", external_ip(at));
        }
        let lb = matches!(service.kind, ServiceKind::LoadBalancer);
        if lb && service.source_ranges > 2 {
            let range = ["192.168.10.0/24", "10.244.0.0/16", "203.0.113.0/24"][usize::from(service.source_ranges % 3)];
            let _ = writeln!(out, "  loadBalancerSourceRanges: [{range}]");
        }
        out.push_str("  ports:\n");
        let node_port = if exposed { format!(", nodePort: {}", node_port(at)) } else { String::new() };
        let _ = writeln!(out, "  - {{name: http, port: 80, targetPort: http{node_port}}}");
        if service.udp_too {
            let node_port = if exposed { format!(", nodePort: {}", node_port_udp(at)) } else { String::new() };
            let _ = writeln!(out, "  - {{name: dns, port: 53, targetPort: dns, protocol: UDP{node_port}}}");
        }
        if lb {
            let mode = if service.proxy_ip { ", ipMode: Proxy" } else { "" };
            let _ = writeln!(out, "status:\n  loadBalancer: {{ingress: [{{ip: {}{mode}}}]}}", lb_ip(at));
        }
    }
}
