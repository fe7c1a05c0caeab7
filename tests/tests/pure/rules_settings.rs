//! What settings and releases change in the rules: one row each, for what the recordings do not have.

use kernel::config::xtables::Match;
use kubehop_tests::model;
use kubernetes::cluster::model::KubernetesVersion;
use sim_core::lab::LabOptions;
use sim_core::model::{Model, Options};
use sim_core::print;

const NODES: &str = "
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {topology.kubernetes.io/zone: east}}
spec: {podCIDR: 10.244.0.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-b, labels: {topology.kubernetes.io/zone: west}}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-c, labels: {topology.kubernetes.io/zone: east}}
spec: {podCIDR: 10.244.2.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.13}]}
";

/// A Pod on each node, `extra` in the Service's spec.
fn pods_and_service(extra: &str) -> String {
    let pod = |node: &str, last: u8| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web-{node}, labels: {{app: web}}}}\nspec: {{nodeName: node-{node}, containers: [{{name: c, image: x, ports: [{{name: http, containerPort: {}}}]}}]}}\nstatus: {{podIP: 10.244.{last}.5}}\n",
            8080 + u16::from(last)
        )
    };
    let service = format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{clusterIP: 10.96.0.11, selector: {{app: web}}, ports: [{{port: 80, targetPort: http}}]{extra}}}\n"
    );
    format!("{NODES}{}{}{}{service}", pod("a", 0), pod("b", 1), pod("c", 2))
}

fn build(input: &str, minor: u32) -> Model {
    let version = Some(KubernetesVersion { major: 1, minor });
    model(&[("input.yaml", input)], &Options { version, ..Options::default() })
}

fn rules(model: &Model) -> String {
    print::rules(model, model.cluster.node_named("node-a").expect("node"))
}

fn check(config: &str, wanted: &[&str], unwanted: &[&str]) {
    let head = "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";
    let text = rules(&build(&format!("{}{head}{config}\n", pods_and_service("")), 30));
    for line in wanted {
        assert!(text.contains(line), "{config}: {line} is not in\n{text}");
    }
    for line in unwanted {
        assert!(!text.contains(line), "{config}: {line} is in\n{text}");
    }
}

#[test]
fn detectors_and_marks() {
    let to = "-d 10.96.0.11/32";
    let mark = "-m comment --comment \"default/web cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ";
    check("detectLocalMode: ClusterCIDR\nclusterCIDR: 10.244.0.0/16", &[&format!("! -s 10.244.0.0/16 {to}")], &[]);
    check("detectLocalMode: NodeCIDR", &[&format!("! -s 10.244.0.0/24 {to}")], &["10.244.0.0/16"]);
    check(
        "detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cni0}",
        &[&format!("{to} ! -i cni0 -p tcp {mark}")],
        &["! -s 10.244"],
    );
    check(
        "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}",
        &[&format!("{to} ! -i veth+ -p tcp {mark}")],
        &["! -s 10.244"],
    );
    check("clusterCIDR: ''", &[], &["cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ"]);
    check("iptables: {masqueradeAll: true}", &[&format!("{to} -p tcp {mark}")], &["! -s 10.244"]);
    check("iptables: {masqueradeBit: 5}", &["--set-xmark 0x20/0x20", "! --mark 0x20/0x20"], &["0x4000"]);
}

fn check_nft(config: &str, wanted: &[&str], unwanted: &[&str]) {
    let head = "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";
    let text = rules(&build(&format!("{}{head}{config}\n", pods_and_service("")), 34));
    for line in wanted {
        assert!(text.contains(line), "{config}: {line} is not in\n{text}");
    }
    for line in unwanted {
        assert!(!text.contains(line), "{config}: {line} is in\n{text}");
    }
}

#[test]
fn detectors_and_marks_in_nftables() {
    let to = "ip daddr 10.96.0.11";
    let not_from = |match_: &str| format!("{to} {match_} jump mark-for-masquerade");
    check_nft(
        "detectLocalMode: ClusterCIDR\nclusterCIDR: 10.244.0.0/16",
        &[&not_from("ip saddr != 10.244.0.0/16")],
        &["ip saddr != 10.244.0.0/24"],
    );
    check_nft("detectLocalMode: NodeCIDR", &[&not_from("ip saddr != 10.244.0.0/24")], &["10.244.0.0/16"]);
    check_nft(
        "detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cni0}",
        &[&not_from("iifname != \"cni0\"")],
        &["ip saddr != 10.244"],
    );
    check_nft(
        "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: veth}",
        &[&not_from("iifname != \"veth*\"")],
        &["ip saddr != 10.244"],
    );
    check_nft("clusterCIDR: ''", &[], &["ip daddr 10.96.0.11 jump mark-for-masquerade", "ip saddr != 10.244"]);
    check_nft("nftables: {masqueradeAll: true}", &[&format!("{to} jump mark-for-masquerade")], &["ip saddr != 10.244"]);
    check_nft("nftables: {masqueradeBit: 5}", &["0x00000020"], &["0x00004000"]);
}

#[test]
fn a_named_target_port_is_another_number_on_every_pod() {
    let text = rules(&build(&pods_and_service(""), 30));
    for to in ["10.244.0.5:8080", "10.244.1.5:8081", "10.244.2.5:8082"] {
        assert!(text.contains(&format!("--to-destination {to}")), "{to} is not in\n{text}");
    }
}

#[test]
fn a_large_cluster_leaves_comments_of_endpoints_out() {
    let many = |count: usize| {
        let list: Vec<String> =
            (0..count).map(|at| format!("{{addresses: [10.244.{}.{}]}}", at / 250 % 3, at % 250 + 1)).collect();
        let slice = |index: usize, part: &[String]| {
            format!(
                "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: big-{index}, labels: {{kubernetes.io/service-name: big}}}}\naddressType: IPv4\nports: [{{port: {}}}]\nendpoints: [{}]\n",
                8000 + index,
                part.join(", ")
            )
        };
        let slices: String = list.chunks(500).enumerate().map(|(index, part)| slice(index, part)).collect();
        let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: big}\nspec: {clusterIP: 10.96.0.12, ports: [{port: 80}]}\n";
        rules(&build(&format!("{NODES}{service}{slices}"), 30))
    };
    let comment = "default/big -> 10.244.0.1:8000";
    assert!(many(1000).contains(comment), "1000 endpoints are not many");
    let large = many(1001);
    assert!(!large.contains(comment) && large.contains("default/big cluster IP"), "1001 are");
}

/// Endpoints that node-a uses for the Service.
fn used(extra: &str, minor: u32) -> Vec<&'static str> {
    let text = rules(&build(&pods_and_service(extra), minor));
    let all = ["10.244.0.5", "10.244.1.5", "10.244.2.5"];
    all.into_iter().filter(|ip| text.contains(&format!("default/web -> {ip}:"))).collect()
}

#[test]
fn traffic_distribution_by_release() {
    let (all, zone, node) =
        (&["10.244.0.5", "10.244.1.5", "10.244.2.5"][..], &["10.244.0.5", "10.244.2.5"][..], &["10.244.0.5"][..]);
    assert_eq!(used("", 36), all);
    for (wish, minor, expected) in [
        ("PreferClose", 30, all),
        ("PreferClose", 31, zone),
        ("PreferClose", 36, zone),
        // Before 1.34 the API server refuses the two newer words.
        ("PreferSameZone", 33, &[]),
        ("PreferSameZone", 34, zone),
        ("PreferSameNode", 33, &[]),
        ("PreferSameNode", 34, node),
    ] {
        assert_eq!(used(&format!(", trafficDistribution: {wish}"), minor), expected, "{wish} in 1.{minor}");
    }
}

#[test]
fn health_check_ports_and_unready_pods() {
    let local = ", type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32001";
    let checks = |text: &str| text.contains("health check node port\" -m tcp --dport 32001 -j ACCEPT");
    assert!(checks(&rules(&build(&pods_and_service(local), 30))));
    let cluster = local.replace("Policy: Local", "Policy: Cluster");
    assert!(!checks(&rules(&build(&pods_and_service(&cluster), 30))));
    let drawn = local.replace(", healthCheckNodePort: 32001", "");
    assert!(rules(&build(&pods_and_service(&drawn), 30)).contains("health check node port\" -m tcp --dport 30000"));
    let unready = |extra: &str| {
        let text = pods_and_service(extra);
        let text = text.replace("podIP: 10.244.1.5", "podIP: 10.244.1.5, conditions: [{type: Ready, status: 'False'}]");
        rules(&build(&text, 30)).contains("default/web -> 10.244.1.5:")
    };
    assert!(!unready("") && unready(", publishNotReadyAddresses: true"));
}

#[test]
fn rules_that_count_by_release() {
    const INVALID: &str = "-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP\n";
    const LOCALHOST: &str = "-A KUBE-NODEPORTS -d 127.0.0.0/8 -p tcp -m comment --comment \"default/web\" -m tcp --dport 30080 -m nfacct --nfacct-name  localhost_nps_accepted_pkts -j KUBE-EXT-";
    let head = "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";
    let service = pods_and_service(", type: NodePort").replace("targetPort: http", "targetPort: http, nodePort: 30080");
    for (config, minor, invalid, localhost) in [
        ("mode: iptables", 30, false, false),
        ("mode: iptables", 31, true, true),
        ("mode: iptables", 36, true, true),
        ("iptables: {localhostNodePorts: false}", 31, true, false),
        ("nodePortAddresses: [192.168.10.0/24]", 31, true, false),
        ("nodePortAddresses: [127.0.0.0/8]", 31, true, true),
        ("mode: nftables", 31, false, false),
    ] {
        let model = build(&format!("{service}{head}{config}\n"), minor);
        let text = rules(&model);
        let found = (text.contains(INVALID), text.contains(LOCALHOST), text.contains("nfacct"));
        assert_eq!(found, (invalid, localhost, invalid || localhost), "{config} in 1.{minor}\n{text}");
        // The rule that counts stands before the one that does it for all addresses.
        let all = text.find("-A KUBE-NODEPORTS -p tcp -m comment --comment \"default/web\"");
        assert!(!localhost || text.find(LOCALHOST) < all, "{text}");
        let lab = sim_core::lab::write(
            &model.site.network,
            &LabOptions { tag: "t".to_owned(), dns: None, proxies: Vec::new(), probe: None },
        );
        let loaded: Vec<_> = lab.iter().filter(|file| file.path.ends_with(".iptables")).collect();
        assert!(loaded.iter().all(|file| !file.text.contains("--nfacct-name")), "a lab has no tool for it");
        let said = loaded.iter().any(|file| file.text.starts_with("# -m nfacct is left out"));
        assert_eq!(said, invalid, "{config} in 1.{minor}");
    }
    let model = build(&service, 31);
    let netns = model.site.network.namespaces().find(|netns| &*netns.name == "node-a").expect("namespace");
    let mut counted = 0;
    for rule in netns.xtables.tables.values().flat_map(|table| &table.chains).flat_map(|chain| &chain.rules) {
        if rule.matches.iter().any(|part| matches!(part, Match::Account(_))) {
            let cause = model.site.causes.get(rule.cause).expect("cause");
            assert_eq!(cause.since, Some(KubernetesVersion { major: 1, minor: 31 }));
            counted += 1;
        }
    }
    assert_eq!(counted, 2);
}

#[test]
fn kube_firewall_without_node_ports_on_localhost() {
    const RULE: &str = "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8";
    let head = "---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";
    for (config, rule) in [
        ("mode: iptables", true),
        ("iptables: {localhostNodePorts: false}", false),
        ("nodePortAddresses: [192.168.10.0/24]", false),
    ] {
        let text = rules(&build(&format!("{}{head}{config}\n", pods_and_service("")), 30));
        for line in [":KUBE-FIREWALL - [0:0]\n", "-A INPUT -j KUBE-FIREWALL\n", "-A OUTPUT -j KUBE-FIREWALL\n"] {
            assert!(text.contains(line), "{config}: {line}\n{text}");
        }
        assert_eq!(text.contains(RULE), rule, "{config}\n{text}");
    }
}

#[test]
fn hints_by_cpus_of_zones() {
    let auto = |text: &str, mode: &str| {
        let old = "metadata: {name: web}";
        text.replace(
            old,
            &format!("metadata: {{name: web, annotations: {{service.kubernetes.io/topology-mode: {mode}}}}}"),
        )
    };
    let cpus = |text: &str, cpus: [&str; 3]| {
        let mut text = text.to_owned();
        for (last, cpu) in (11..).zip(cpus).filter(|(_, cpu)| !cpu.is_empty()) {
            let at = format!("address: 192.168.10.{last}}}]");
            text = text.replace(&at, &format!("{at}, allocatable: {{cpu: {cpu}, memory: 1Gi}}"));
        }
        text
    };
    let service = pods_and_service("");
    let (all, zone, one) = ("abc", "ac", "a");
    for (text, expected, reason) in [
        // 2 of 3 CPUs are in the east: two of the three endpoints.
        (auto(&cpus(&service, ["1", "1000m", "1.0"]), "Auto"), zone, None),
        (auto(&cpus(&service, ["1", "1", "1"]), "Disabled"), all, None),
        // The west has 2 of 3 CPUs: one of the east's endpoints goes there, the first.
        (auto(&cpus(&service, ["500m", "2", "0.5"]), "auto"), "c", None),
        (auto(&cpus(&service, ["1", "", "1"]), "Auto"), all, Some("node")),
        (auto(&service, "Auto"), all, Some("node")),
        (auto(&cpus(&service, ["1", "1", "1"]).replace("zone: west", "zone: east"), "Auto"), all, Some("zones")),
        // Three endpoints for three zones, one of which has nearly all CPUs.
        (
            auto(&cpus(&service, ["1", "1", "98"]).replacen("zone: east", "zone: north", 1), "Auto"),
            all,
            Some("overload"),
        ),
        (auto(&cpus(&service, ["1", "1", "1"]).replacen("zone: east", "zone: north", 1), "Auto"), one, None),
        (
            auto(&cpus(&service, ["1", "1", "1"]).replacen("zone: east", "zone: north", 1), "Auto")
                .replace("podIP: 10.244.1.5", "podIP: 10.244.1.5, conditions: [{type: Ready, status: 'False'}]"),
            "ac",
            Some("endpoints"),
        ),
    ] {
        let model = build(&text, 30);
        let rules = rules(&model);
        let used: String = ["a", "b", "c"]
            .into_iter()
            .zip(0..)
            .filter(|(_, net)| rules.contains(&format!("default/web -> 10.244.{net}.5:")))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(used, expected, "{text}");
        let found: Vec<_> = model.diagnostics.iter().filter(|found| found.code == "hints-not-allocated").collect();
        let reasons: Vec<String> = found.iter().map(|found| format!("{:?}", found.args)).collect();
        match reason {
            None => assert!(found.is_empty(), "{reasons:?}\n{text}"),
            Some(reason) => assert!(reasons.len() == 1 && reasons[0].contains(reason), "{reason}: {reasons:?}\n{text}"),
        }
        assert!(found.iter().all(|found| !found.span.is_nowhere()));
    }
}
