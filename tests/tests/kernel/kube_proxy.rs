//! kube-proxy's tables as every layout writes them, through the real nft: taken, and listed as we print them. Needs root, iproute2 and nft.

use kubehop_tests::namespace::Namespace;
use kubehop_tests::{cases, conformance, kube_proxy_configuration, model, nft_tables, read};
use kubernetes::cluster::model::{KubernetesVersion, ProxyMode};
use sim_core::model::{Model, Options};
use sim_core::print;

/// A namespace with the device that a rule may match by its index.
fn with_bridge() -> Namespace {
    let namespace = Namespace::new("proxy");
    namespace.succeed(&["ip", "link", "add", "cni0", "type", "bridge"], "");
    namespace
}

/// Loads what kube-proxy writes on a node, and compares the tool's listing with ours.
fn compare(namespace: &Namespace, model: &Model, node: &str, what: &str) -> usize {
    let ours = print::rules(model, model.cluster.node_named(node).expect("node"));
    namespace.succeed(&["nft", "-f", "-"], &format!("flush ruleset\n{ours}"));
    let listed = namespace.succeed(&["nft", "list", "ruleset"], "");
    assert_eq!(nft_tables(&ours), nft_tables(&listed), "{what} {node}");
    ours.lines().count()
}

fn options(minor: u32) -> Options {
    let version = Some(KubernetesVersion { major: 1, minor });
    Options { proxy_mode: Some(ProxyMode::Nftables), version, ..Options::default() }
}

#[test]
fn nft_takes_and_lists_the_tables_of_every_layout() {
    let namespace = with_bridge();
    let folder = conformance().join("kube-proxy");
    for case in cases(&folder) {
        let at = folder.join(&case);
        let (input, config) = (read(&at.join("input.yaml")), kube_proxy_configuration(&at));
        for minor in [30, 33, 35, 36] {
            let model = model(&[("input.yaml", &input), ("kube-proxy.json", &config)], &options(minor));
            assert!(compare(&namespace, &model, "node-b", &format!("{case} 1.{minor}")) > 50);
        }
    }
}

/// What the recorded cases leave out.
const NODE: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: one}\nspec: {podCIDR: 10.244.0.0/24}\n\
    status: {addresses: [{type: InternalIP, address: 10.0.0.5}]}\n---\n\
    apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: p}}\nspec: {nodeName: one, containers: [{name: c, image: x}]}\n---\n";

fn service(ranges: &str) -> String {
    format!(
        "{NODE}apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{type: LoadBalancer, selector: {{app: p}}, \
         clusterIP: 10.96.0.9, loadBalancerSourceRanges: {ranges}, ports: [{{port: 80, nodePort: 30080}}]}}\n\
         status: {{loadBalancer: {{ingress: [{{ip: 203.0.113.10}}]}}}}\n"
    )
}

fn configuration(settings: &str) -> String {
    format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16\n{settings}\n"
    )
}

#[test]
fn nft_lists_what_the_recorded_cases_leave_out_as_we_do() {
    let namespace = with_bridge();
    let check = |ranges: &str, settings: &str, minor: u32, wanted: &str| {
        let model = model(&[("s.yaml", &service(ranges)), ("c.yaml", &configuration(settings))], &options(minor));
        compare(&namespace, &model, "one", wanted);
        let ours = print::rules(&model, model.cluster.node_named("one").expect("node"));
        assert!(ours.contains(wanted), "{wanted} is not in\n{ours}");
    };
    // Node ports on every address, but not on loopback; on a network's addresses.
    let everywhere = "nodePortAddresses: [0.0.0.0/0]";
    check(
        "[]",
        everywhere,
        30,
        "fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports",
    );
    check("[]", everywhere, 30, "\tip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @no-endpoint-nodeports");
    check("[]", "nodePortAddresses: [10.0.0.0/8]", 30, "elements = { 10.0.0.5, 10.244.0.1 }");
    check("[]", "nodePortAddresses: [primary]", 30, "elements = { 10.0.0.5 }");
    check("[]", "nodePortAddresses: [10.0.0.0/8, 127.0.0.0/8]", 30, "elements = { 10.0.0.5, 10.244.0.1 }");
    // The bridge is there, so its index can be matched; from 1.34 it is the name.
    let bridge = "detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cni0}";
    check("[]", bridge, 30, "ip daddr 10.96.0.9 tcp dport 80 iif != \"cni0\" jump mark-for-masquerade");
    check("[]", bridge, 34, "ip daddr 10.96.0.9 iifname != \"cni0\" jump mark-for-masquerade");
    let prefix = "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}";
    check("[]", prefix, 36, "ip daddr @cluster-ips iifname != \"veth*\" meta mark set meta mark | 0x00004000");
    // The Service network is guarded from 1.33.
    check("[]", "", 33, "ip daddr 10.96.0.0/12 drop comment \"Drop traffic to unallocated ClusterIPs\"");
    // Layouts.
    check("[]", "", 34, "type filter hook forward priority filter; policy accept;");
    check("[]", "", 36, "meta l4proto tcp dnat to 10.244.0.2:80");
    check("[]", "", 36, "elements = { 10.244.0.2 . 10.244.0.2 . tcp . 80 }");
}

#[test]
fn nft_joins_source_ranges_as_we_do() {
    let namespace = with_bridge();
    let check = |ranges: &str, written: &str, wanted: &str| {
        let rule = format!("ip saddr != {{ {written} }} drop");
        namespace.succeed(&["nft", "-f", "-"], &format!("flush ruleset\ntable ip t {{\nchain c {{\n{rule}\n}}\n}}\n"));
        let listed = namespace.succeed(&["nft", "list", "chain", "ip", "t", "c"], "");
        assert!(listed.contains(&format!("\t{wanted} drop\n")), "{written}: {wanted} is not in\n{listed}");
        let model = model(&[("s.yaml", &service(ranges)), ("c.yaml", &configuration(""))], &options(30));
        let ours = print::rules(&model, model.cluster.node_named("one").expect("node"));
        assert!(ours.contains(&format!("\t{wanted} drop\n")), "{ranges}: {wanted} is not in\n{ours}");
    };
    // The node's own range lets the load balancer's address in.
    let own = "10.1.0.0/16, 10.0.0.0/16, 203.0.113.10";
    check("[10.1.0.0/16, 10.0.0.0/16]", own, "ip saddr != { 10.0.0.0/15, 203.0.113.10 }");
    check(
        "[10.0.0.0/8, 10.1.0.0/16]",
        "10.0.0.0/8, 10.1.0.0/16, 203.0.113.10",
        "ip saddr != { 10.0.0.0/8, 203.0.113.10 }",
    );
    let same = |texts: &str, wanted: &str| check(&format!("[{texts}]"), texts, wanted);
    same("198.51.100.0/25, 198.51.100.128/25", "ip saddr != { 198.51.100.0/24 }");
    same("198.51.100.0/25, 198.51.100.128/26", "ip saddr != { 198.51.100.0-198.51.100.191 }");
    same("198.51.100.7/32, 198.51.100.8/32", "ip saddr != { 198.51.100.7-198.51.100.8 }");
    same("198.51.100.7/32, 198.51.100.7/32", "ip saddr != { 198.51.100.7 }");
    same("203.0.113.0/24, 198.51.100.0/24", "ip saddr != { 198.51.100.0/24, 203.0.113.0/24 }");
    same("198.51.100.0/24, 198.51.100.0/24", "ip saddr != { 198.51.100.0/24 }");
    same("198.51.100.7/24", "ip saddr != 198.51.100.0/24");
    same("198.51.100.7/32", "ip saddr != 198.51.100.7");
    check("[0.0.0.0/0]", "0.0.0.0/0, 203.0.113.10", "ip saddr != { 0.0.0.0/0 }");
}

#[test]
fn what_nft_refuses_is_reported_and_not_there() {
    let check = |input: &str, settings: &str, minor: u32, codes: &[&str], table: bool| {
        let model = model(&[("s.yaml", input), ("c.yaml", &configuration(settings))], &options(minor));
        let found: Vec<_> =
            model.diagnostics.iter().map(|found| found.code).filter(|code| code.starts_with("proxy")).collect();
        assert_eq!(found, codes);
        let rules = print::rules(&model, model.cluster.node_named("one").expect("node"));
        assert_eq!(rules.contains("table ip kube-proxy"), table);
        assert!(rules.contains("table ip6 kube-proxy"));
    };
    let prefix = "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}";
    check(&service("[]"), prefix, 33, &["proxy-device-missing"], false);
    check(&service("[]"), prefix, 34, &[], true);
    // Nothing matches the device where there is no endpoint.
    check(NODE, prefix, 33, &[], true);
    let twice = service("[]");
    let twice =
        format!("{twice}---\n{}", twice.rsplit("---\n").next().expect("service").replace("name: s}", "name: t}"));
    let twice = twice.replacen("clusterIP: 10.96.0.9, ", "", 1).replacen(", nodePort: 30080", "", 1);
    check(&twice, "", 33, &["proxy-key-clash"], false);
}
