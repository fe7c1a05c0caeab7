//! Rules against those the real kube-proxy 1.30 wrote for the same objects.

use kubehop_tests::{agree, cases, conformance, kube_proxy_configuration, model, nft_tables, read};
use kubernetes::cluster::model::{KubernetesVersion, ProxyMode};
use sim_core::model::Options;
use sim_core::print;
use std::collections::BTreeMap;

/// Rules by table, then by chain (declarations as a chain of their own). Inside a chain order counts, except between Services in
/// `KUBE-SERVICES` and its like, which kube-proxy visits in random order: those are sorted. The last rule of `KUBE-SERVICES` stays last.
fn normal(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut table = String::new();
    let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && *line != "COMMIT") {
        match line.split_once(' ') {
            _ if line.starts_with('*') => table = line.to_owned(),
            Some(("-A", rest)) => {
                let chain = rest.split(' ').next().unwrap_or_default();
                chains.entry(format!("{table} {chain}")).or_default().push(line.to_owned());
            }
            _ => chains.entry(format!("{table} :")).or_default().push(line.to_owned()),
        }
    }
    for (name, rules) in &mut chains {
        let shared = ["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"];
        if shared.iter().any(|chain| name.ends_with(chain)) {
            let last = rules.pop_if(|rule| rule.contains("this must be the last rule"));
            rules.sort();
            rules.extend(last);
        }
    }
    chains
}

fn difference(ours: &str, real: &str) -> Result<(), String> {
    let normal = if real.starts_with("table ") { nft_tables } else { normal };
    let (ours, real) = (normal(ours), normal(real));
    if ours == real {
        return Ok(());
    }
    let mut out = String::new();
    for name in real.keys().chain(ours.keys().filter(|name| !real.contains_key(*name))) {
        let (a, b) = (real.get(name), ours.get(name));
        if a != b {
            let lines = |rules: Option<&Vec<String>>, sign: char| {
                rules.into_iter().flatten().map(|rule| format!("  {sign} {rule}\n")).collect::<String>()
            };
            out.push_str(&format!("{name}\n{}{}", lines(a, '-'), lines(b, '+')));
        }
    }
    Err(out)
}

fn check(options: &Options, name: &str) {
    let folder = conformance().join("kube-proxy");
    let mut results = Vec::new();
    for case in cases(&folder) {
        let at = folder.join(&case);
        let config = kube_proxy_configuration(&at);
        let model = model(&[("input.yaml", &read(&at.join("input.yaml"))), ("kube-proxy.json", &config)], options);
        for (node, file) in [("node-a", format!("{name}.txt")), ("node-b", format!("{name}.node-b.txt"))] {
            // Where node-b is the same, only node-a's file is kept.
            let file = if at.join(&file).exists() { at.join(file) } else { at.join(format!("{name}.txt")) };
            let node_id = model.cluster.node_named(node).expect("node");
            results.push((format!("{case} {node}"), difference(&print::rules(&model, node_id), &read(&file))));
        }
    }
    agree(&results, &[]);
}

#[test]
fn iptables_rules_are_those_of_the_real_kube_proxy() {
    check(&Options::default(), "iptables-save");
}

#[test]
fn the_ipv6_half_is_listed_as_the_real_kube_proxy_has_it() {
    for case in ["00-empty", "55-dualstack"] {
        let at = conformance().join("kube-proxy").join(case);
        let config = kube_proxy_configuration(&at);
        let inputs = [("input.yaml", &*read(&at.join("input.yaml"))), ("kube-proxy.json", &config)];
        let iptables = model(&inputs, &Options::default());
        let nftables = model(&inputs, &Options { proxy_mode: Some(ProxyMode::Nftables), ..Options::default() });
        for node in ["node-a", "node-b"] {
            let id = iptables.cluster.node_named(node).expect("node");
            let real = read(&at.join("ip6tables-save.txt"));
            assert_eq!(difference(&print::rules_ipv6(&iptables, id), &real), Ok(()), "{case} {node}");
            let table = print::rules_ipv6(&nftables, id);
            assert!(table.starts_with("table ip6 kube-proxy {") && print::rules(&nftables, id).ends_with(&table));
        }
    }
}

#[test]
fn refusals_and_affinity_over_ipv6_read_as_ip6tables_prints_them() {
    let input = "
apiVersion: v1
kind: Service
metadata: {name: none}
spec: {clusterIPs: [10.96.0.9, 'fd00:96::9'], ipFamilyPolicy: PreferDualStack, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: some}
spec: {clusterIPs: [10.96.0.8, 'fd00:96::8'], ipFamilyPolicy: PreferDualStack, sessionAffinity: ClientIP, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: some-6, labels: {kubernetes.io/service-name: some}}
addressType: IPv6
endpoints: [{addresses: ['fd00:244::5']}]
ports: [{port: 80}]
";
    let model = model(&[("input.yaml", input)], &Options::default());
    let text = print::rules_ipv6(&model, model.cluster.node_named("node-a").expect("node"));
    for wanted in [
        "-A KUBE-SERVICES -d fd00:96::9/128 -p tcp -m comment --comment \"default/none has no endpoints\" -m tcp --dport 80 -j REJECT --reject-with icmp6-port-unreachable",
        "--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
    assert!(!text.contains("10.96."), "{text}");
}

#[test]
fn nftables_rules_are_those_of_the_real_kube_proxy() {
    check(&Options { proxy_mode: Some(ProxyMode::Nftables), ..Options::default() }, "nft-list");
}

#[test]
fn the_comparison_sees_a_moved_rule() {
    let real = read(&conformance().join("kube-proxy/03-clusterip-3ep/iptables-save.txt"));
    assert_eq!(difference(&real, &real), Ok(()));
    let moved = real.replace("--probability 0.50000000000", "--probability 0.25000000000");
    assert!(difference(&moved, &real).is_err());
    let mut lines: Vec<&str> = real.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("-A KUBE-SEP")).expect("endpoint chain");
    lines.swap(at, at + 1);
    assert!(difference(&lines.join("\n"), &real).is_err());
}

#[test]
fn the_comparison_of_tables_sees_a_moved_rule_and_not_a_moved_element() {
    let real = read(&conformance().join("kube-proxy/60-mixed-20/nft-list.txt"));
    assert_eq!(difference(&real, &real), Ok(()));
    let mut lines: Vec<&str> = real.lines().collect();
    let at = lines.iter().position(|line| line.contains("numgen random")).expect("draw");
    lines.swap(at, at - 1);
    assert!(difference(&lines.join("\n"), &real).is_err());
    let moved = real.replace("10.96.0.1, 10.96.0.10,", "10.96.0.10, 10.96.0.1,");
    assert_ne!(moved, real);
    assert_eq!(difference(&moved, &real), Ok(()));
    assert!(difference(&real.replace("10.96.0.26 }", "10.96.0.27 }"), &real).is_err());
    assert!(difference(&real.replace("priority -110", "priority filter"), &real).is_err());
}

/// Rules of node-a whose cause names a release, as text.
fn since(case: &str, mode: ProxyMode, minor: u32) -> Vec<String> {
    let at = conformance().join("kube-proxy").join(case);
    let options =
        Options { proxy_mode: Some(mode), version: Some(KubernetesVersion { major: 1, minor }), ..Options::default() };
    let model = model(&[("input.yaml", &read(&at.join("input.yaml")))], &options);
    let network = &model.site.network;
    let id = network.find("node-a").expect("node");
    let netns = network.netns(id);
    let mut found = Vec::new();
    let tables = netns.nft.tables.iter().take(1).flat_map(|table| {
        let rules = table.chains.iter().flat_map(|chain| chain.rules.iter().map(move |rule| (chain, rule)));
        rules.map(move |(chain, rule)| {
            let mut text = String::new();
            print::nft::write_rule(&mut text, table, rule).unwrap();
            (rule.cause, format!("{}: {text}", chain.name))
        })
    });
    found.extend(tables);
    for table in netns.xtables.tables.values() {
        for chain in &table.chains {
            for rule in &chain.rules {
                let mut text = String::new();
                print::iptables::write_rule(&mut text, table, &chain.name, rule).unwrap();
                found.push((rule.cause, text));
            }
        }
    }
    let named = found.into_iter().filter_map(|(cause, text)| {
        let since = model.site.causes.get(cause)?.since?;
        Some(format!("{since} {text}"))
    });
    named.collect()
}

#[test]
fn causes_name_the_release_that_made_it_so() {
    let none = Vec::<String>::new();
    let counts = "1.31 -A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP";
    let (iptables, nftables) = (ProxyMode::Iptables, ProxyMode::Nftables);
    assert_eq!(since("01-clusterip-1ep", iptables, 30), none);
    assert_eq!(since("38-hints-no-annotation", iptables, 33), [counts]);
    let hinted = since("38-hints-no-annotation", iptables, 34);
    let [second, first] = &hinted[..] else { panic!("{hinted:#?}") };
    assert!(first == counts && second.starts_with("1.34 -A KUBE-SVC-"), "{hinted:#?}");
    assert_eq!(since("35-hints", iptables, 34), [counts], "the annotation did it before");
    assert_eq!(since("01-clusterip-1ep", nftables, 30), none);
    let check = |minor: u32, wanted: &[&str]| {
        let have = since("01-clusterip-1ep", nftables, minor);
        for part in wanted {
            assert!(have.iter().any(|rule| rule.contains(part)), "{part} is not in {have:#?}");
        }
    };
    check(33, &["1.33 cluster-ips-check: ip daddr 10.96.0.0/12 drop"]);
    check(34, &["1.34 filter-output: ct state new", "ip saddr != 10.244.0.0/16 jump mark-for-masquerade"]);
    check(
        36,
        &[
            "1.36 masquerading: ct status dnat",
            "1.36 services: ip daddr @cluster-ips",
            ": meta l4proto tcp dnat to 10.",
        ],
    );
}
