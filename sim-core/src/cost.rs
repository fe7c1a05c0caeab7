//! What a cluster will take in memory, told before any of its machines is written; and what is taken by those that are.
//!
//! Everything a trace needs is what is known of all machines (names, wires, Pods) and the kernels of the few nodes that a packet passes. What kube-proxy
//! writes grows with products: ports times endpoints, ports times source ranges, ports times external addresses; so a small input can ask for
//! any amount. The estimate counts these products from the decided cluster and weighs them as [`weigh`] weighs what was written; a test holds
//! the two together.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::cost::Cost;
//! use sim_core::model::{Model, Options};
//!
//! let text = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: nginx}]}}";
//! let model = Model::build(&[SourceText::given("web.yaml", text)], &Limits::default(), &Options::default());
//! // Three nodes and a few Pods.
//! assert!(Cost::of(&model.cluster).needed() < 1 << 20);
//! ```

use kernel::config::{Link, Netns, Route, nft, xtables};
use kubernetes::budget::Driver;
use kubernetes::cluster::model::{Cluster, ProxyMode, Service};
use std::collections::BTreeMap;
use std::mem::size_of;

/// Nodes that one packet and its answers pass, at most, where nothing goes in circles: client, server, and one between.
const PASSED: u64 = 3;
/// The name of a namespace, its role and where it is found; of a node also its wire.
const NAME: u64 = 250;
const WIRE: u64 = 900;
/// An entry of a map with its name: a sysctl, a chain by its name.
const ENTRY: usize = 100;
/// What a rule points to: matches, texts, its place in the index.
const RULE: usize = 200;
/// What an element of a set points to: its key, its place in the index.
const ELEMENT: usize = 150;
/// Rules that a plugin with blocks writes for a Pod: those of its device both ways.
const OF_DEVICE: u64 = 20;
/// Sysctls and the like of a namespace.
const NETNS: u64 = 1_500;

/// What a namespace takes on the heap, in bytes, by estimate.
pub fn weigh(netns: &Netns) -> usize {
    let table = |table: &xtables::Table| -> usize {
        let rules = |chain: &xtables::Chain| chain.rules.len() * (size_of::<xtables::Rule>() + RULE);
        table.chains.iter().map(|chain| size_of::<xtables::Chain>() + 2 * ENTRY + rules(chain)).sum()
    };
    let xtables = |xtables: &xtables::Xtables| xtables.tables.values().map(table).sum::<usize>();
    let nft = |table: &nft::Table| -> usize {
        let rules: usize = table.chains.iter().map(|chain| chain.rules.len()).sum();
        let elements: usize = table.sets.iter().map(|set| set.elements.len()).sum();
        (table.chains.len() + table.sets.len()) * 3 * ENTRY
            + rules * (size_of::<nft::Rule>() + RULE)
            + elements * (size_of::<nft::set::Element>() + ELEMENT)
    };
    let sets: usize = netns.sets.values().map(|set| set.elements.len()).sum();
    size_of::<Netns>()
        + netns.links.len() * (size_of::<Link>() + ENTRY)
        + netns.routes.len() * size_of::<Route>()
        + (netns.neighbours.len() + netns.sysctls.len() + netns.sockets.len() + netns.sets.len()) * ENTRY
        + xtables(&netns.xtables)
        + xtables(&netns.xtables6)
        + netns.nft.tables.iter().map(nft).sum::<usize>()
        + sets * ELEMENT
}

/// What a cluster will take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Bytes of what is known of all machines before any is written.
    pub base: u64,
    /// Bytes of the heaviest node with its Pods, once it is written.
    pub node: u64,
    /// What there is most of in that sum.
    pub driver: Driver,
    /// How many of it there are, all together or on one node.
    pub count: u64,
}

impl Cost {
    /// Of a decided cluster. Takes a time that grows with the number of Service ports, Pods and nodes.
    pub fn of(cluster: &Cluster) -> Self {
        let nodes = cluster.nodes.len() as u64;
        let pods = cluster.pods.len() as u64;
        let mut parts = Parts::default();
        for (at, service) in cluster.services.iter().enumerate() {
            parts.service(cluster, at, service);
        }
        let mut on: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for pod in &cluster.pods {
            let (count, sockets) = on.entry(pod.node.0).or_default();
            *count += 1;
            *sockets += pod.listening.sockets.len() as u64;
        }
        let most = on.values().max().copied().unwrap_or_default();
        let mut in_segment: BTreeMap<u32, u64> = BTreeMap::new();
        for node in &cluster.nodes {
            *in_segment.entry(node.segment.0).or_default() += 1;
        }
        let neighbours = in_segment.values().max().copied().unwrap_or_default();
        let wired = size_of::<Netns>() as u64 + NETNS + 3 * (size_of::<Link>() + ENTRY + size_of::<Route>()) as u64;
        // A plugin with blocks has rules, chains and sysctls for each Pod's device.
        let device = OF_DEVICE * (size_of::<xtables::Rule>() + RULE) as u64 + 8 * ENTRY as u64;
        let wired = if cluster.settings.data_path.has_blocks() { wired + device } else { wired };
        // What drives it, how many of it there are on a node, and their bytes there.
        let all = [
            (Driver::Nodes, nodes, nodes * (NAME + WIRE + size_of::<Netns>() as u64), true),
            (Driver::Pods, pods, pods * NAME, true),
            (Driver::Pods, most.0, most.0 * wired + most.1 * ENTRY as u64, false),
            (Driver::Routes, neighbours, neighbours * size_of::<Route>() as u64, false),
            (Driver::Endpoints, parts.endpoints.count, parts.endpoints.bytes, false),
            (Driver::Ranges, parts.ranges.count, parts.ranges.bytes, false),
            (Driver::ExternalAddresses, parts.addresses.count, parts.addresses.bytes, false),
            (Driver::Ports, parts.ports.count, parts.ports.bytes, false),
        ];
        let sum = |shared| all.iter().filter(|(.., of)| *of == shared).map(|(_, _, bytes, _)| *bytes).sum::<u64>();
        let weight = |(_, _, bytes, shared): &(Driver, u64, u64, bool)| if *shared { *bytes } else { PASSED * bytes };
        let heaviest = all.iter().max_by_key(|part| weight(part));
        let (driver, count) = heaviest.map_or((Driver::Nodes, nodes), |(driver, count, ..)| (*driver, *count));
        Self { base: sum(true), node: sum(false) + wired, driver, count }
    }

    /// Bytes that a trace will need.
    pub fn needed(&self) -> u64 {
        self.base.saturating_add(self.node.saturating_mul(PASSED))
    }
}

/// How many there are, and their bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    count: u64,
    bytes: u64,
}

impl Part {
    fn add(&mut self, count: u64, bytes: u64) {
        self.count = self.count.saturating_add(count);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What kube-proxy writes on a node.
#[derive(Debug, Default)]
struct Parts {
    ports: Part,
    endpoints: Part,
    ranges: Part,
    addresses: Part,
}

impl Parts {
    fn service(&mut self, cluster: &Cluster, at: usize, service: &Service) {
        let families = service.cluster_ips.len().min(2) as u64;
        let mut by_port: BTreeMap<&str, u64> = BTreeMap::new();
        for list in cluster.endpoints.get(at).into_iter().flatten() {
            *by_port.entry(&list.port_name).or_default() += list.endpoints.len() as u64;
        }
        if families == 0 {
            return;
        }
        let rule = (size_of::<xtables::Rule>() + RULE) as u64;
        let chain = (size_of::<xtables::Chain>() + 2 * ENTRY) as u64;
        let nft_rule = (size_of::<nft::Rule>() + RULE) as u64;
        let nft_chain = 3 * ENTRY as u64;
        let element = (size_of::<nft::set::Element>() + ELEMENT) as u64;
        let remembers = u64::from(service.session_affinity.is_some());
        let balanced = service.load_balancer.len() as u64;
        let external = service.external_ips.len() as u64;
        let ranges = service.source_ranges.len() as u64;
        let firewalled = balanced > 0 && ranges > 0;
        for port in &service.ports {
            let endpoints = by_port.get(&*port.name).copied().unwrap_or_default();
            let outside = u64::from(balanced + external > 0 || port.node_port.is_some());
            let filtered = if firewalled { ranges } else { 0 };
            match cluster.settings.kube_proxy.mode {
                ProxyMode::Iptables => {
                    // Dispatch and masquerading; from outside a chain of two, and the node port.
                    self.ports.add(1, families * (2 * rule + chain + outside * (3 * rule + chain)));
                    // A jump, a chain of two rules.
                    self.endpoints.add(endpoints, endpoints * ((3 + remembers) * rule + chain));
                    self.addresses.add(external + balanced, (external + balanced) * rule);
                    if firewalled {
                        self.ranges.add(filtered, (filtered + 1 + balanced) * rule + chain);
                    }
                }
                ProxyMode::Nftables => {
                    self.ports.add(1, families * (2 * nft_rule + nft_chain + 2 * element + outside * 2 * nft_rule));
                    self.endpoints.add(endpoints, endpoints * ((2 + 2 * remembers) * nft_rule + nft_chain + element));
                    self.addresses.add(external + balanced, (external + balanced) * element);
                    if firewalled {
                        self.ranges.add(filtered, filtered * element + balanced * element + nft_rule + nft_chain);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Model, Options};
    use kubernetes::manifest::{Limits, SourceText};
    use std::fmt::Write;

    fn node(at: usize) -> String {
        format!("---\n{{apiVersion: v1, kind: Node, metadata: {{name: n{at}}}}}\n")
    }

    fn pods(count: usize) -> String {
        format!(
            "---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{replicas: {count}, selector: {{matchLabels: \
             {{app: a}}}}, template: {{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: c, image: nginx, ports: \
             [{{containerPort: 80}}]}}]}}}}}}}}\n"
        )
    }

    /// A Service of so many ports, external addresses and source ranges.
    fn service(ports: usize, external: usize, ranges: usize) -> String {
        let list = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(", ");
        let ports = list(ports, &|at| format!("{{name: p{at}, port: {}}}", at + 1));
        let external = list(external, &|at| format!("198.51.{}.{}", at / 250, at % 250 + 1));
        let kind = if ranges > 0 { "LoadBalancer" } else { "ClusterIP" };
        let ranges = list(ranges, &|at| format!("10.{}.{}.0/24", at / 250, at % 250));
        let mut text = format!(
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s}}, spec: {{type: {kind}, selector: {{app: a}}, ports: [{ports}]"
        );
        if !external.is_empty() {
            let _ = write!(text, ", externalIPs: [{external}]");
        }
        if ranges.is_empty() {
            text.push_str("}}\n");
        } else {
            let _ = writeln!(
                text,
                ", loadBalancerSourceRanges: [{ranges}]}}, status: {{loadBalancer: {{ingress: [{{ip: 9.2.0.1}}]}}}}}}"
            );
        }
        text
    }

    /// Calico's pool: its rules for each Pod.
    const POOL: &str = "---\n{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: p}, spec: {cidr: 10.0.0.0/8, ipipMode: Always}}\n";

    /// What is estimated is what is built, within a factor of 2.5, for whatever there is most of.
    #[test]
    fn the_estimate_is_near_what_is_built() {
        let nodes = |count: usize| (0..count).map(node).collect::<String>();
        let shapes = [
            (Driver::Endpoints, nodes(2) + &service(4, 0, 0) + &pods(300)),
            (Driver::Ports, nodes(2) + &service(400, 0, 0) + &pods(1)),
            (Driver::ExternalAddresses, nodes(2) + &service(40, 40, 0) + &pods(1)),
            (Driver::Ranges, nodes(2) + &service(20, 0, 200) + &pods(1)),
            (Driver::Pods, nodes(2) + &pods(300)),
            (Driver::Nodes, nodes(600)),
            (Driver::Pods, nodes(2) + &pods(300) + POOL),
        ];
        let mut wrong = Vec::new();
        for mode in ["iptables", "nftables"] {
            for (driver, text) in &shapes {
                let options = Options::default().with_proxy_mode(mode).unwrap();
                let model = Model::build(&[SourceText::given("a.yaml", &**text)], &Limits::default(), &options);
                let cost = Cost::of(&model.cluster);
                let network = &model.site.network;
                let on = |node| -> usize {
                    let pods = model.cluster.pods.iter().zip(0u32..).filter(|(pod, _)| pod.node == node);
                    let own = pods.filter_map(|(_, id)| model.site.pods.get(&kubernetes::cluster::model::PodId(id)));
                    model.site.nodes.get(&node).into_iter().chain(own).map(|id| weigh(network.netns(*id))).sum()
                };
                let built = model.site.nodes.keys().map(|node| on(*node)).max().unwrap() as f64;
                let told = cost.node as f64;
                let factor = (told / built).max(built / told);
                // A port without endpoints would be another thing.
                let same = cost.driver == *driver || *driver == Driver::Ports;
                // Sets inside a rule are not weighed when it is written.
                let unseen = *driver == Driver::Ranges && mode == "nftables";
                if !unseen && factor >= 2.5 || !same {
                    wrong.push(format!("{mode} {driver:?}: {told} told, {built} built, {cost:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
