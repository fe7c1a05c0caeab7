//! The reference plugins `bridge`, `ptp`, `portmap` and `firewall`, called with the configuration of each recorded case (`fixtures/conformance/cni`),
//! leave the state that the real ones were recorded to leave, and whoever was reached then is reached from the same address.
//!
//! Apart are: addresses of devices and what is drawn (names of pairs, ids of sandboxes, hashes over them); IPv6; what kube-proxy and the recorder's
//! stand-in for it wrote.

use kubehop_tests::plugins::{ask, state};
use kubehop_tests::{agree, cases, conformance, model, read};
use regex_lite::Regex;
use sim_core::model::{Model, Options};
use sim_core::print::What;
use sim_core::trace::{self, ClientResult, ProbeText, Purpose};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The recorder's node, Pods and client: `pod1` asks for two ports of the node.
const OBJECTS: &str = "
{apiVersion: v1, kind: Node, metadata: {name: node}, spec: {podCIDR: 10.244.0.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: pod1}
spec: {nodeName: node, containers: [{name: c, image: x, ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 53, hostPort: 5353, protocol: UDP}]}]}
status: {podIP: 10.244.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: pod2}
spec: {nodeName: node, containers: [{name: c, image: x, ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}]}]}
status: {podIP: 10.244.0.3}
---
apiVersion: v1
kind: Pod
metadata: {name: server}
spec: {nodeName: node, hostNetwork: true, containers: [{name: c, image: x, ports: [{containerPort: 91}]}]}
status: {podIP: 192.168.10.11}
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: {name: recorded}
hosts: [{name: client, address: 192.168.10.50, listen: [90]}]
";

/// A namespace here and in the recording.
const SPACES: [(&str, &str); 3] = [("node", "node"), ("pod/default/pod1", "pod1"), ("pod/default/pod2", "pod2")];

fn recorded_model(case: &Path) -> Model {
    let config = read(&case.join("conflist.json"));
    model(&[("objects.yaml", OBJECTS), ("10-podnet.conflist", &config)], &Options::default())
}

/// A recorded file; what was empty is not kept.
fn recorded(case: &Path, space: &str, file: &str) -> String {
    std::fs::read_to_string(case.join("1-after-add").join(space).join(file)).unwrap_or_default()
}

/// The text with what is drawn by names that are the same everywhere: in the order in which they come.
fn named(text: &str, drawn: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in drawn {
        let pattern = Regex::new(pattern).expect("a pattern");
        let mut found: Vec<String> = Vec::new();
        for all in pattern.captures_iter(&text) {
            let one = all[1].to_owned();
            if !found.contains(&one) {
                found.push(one);
            }
        }
        for (index, one) in found.iter().enumerate() {
            text = text.replace(one, &format!("{name}{}", index + 1));
        }
    }
    text
}

/// Names of pairs in the order of their devices.
fn pairs(addresses: &str) -> Vec<String> {
    let names = addresses.lines().filter_map(|line| line.split(": ").nth(1));
    names.filter_map(|name| name.split('@').next()).filter(|name| name.starts_with("veth")).map(str::to_owned).collect()
}

/// Lines without IPv6 and indices, with the pairs' names by their order; addresses of devices are left out.
fn lines(text: &str, pairs: &[String]) -> Vec<String> {
    let six = |line: &&str| !["inet6", "::", "ff00", "33:33:", "01:00:5e:"].iter().any(|sign| line.contains(sign));
    let mac = Regex::new("([0-9a-f]{2}:){5}[0-9a-f]{2}").expect("a pattern");
    let index = Regex::new("^[0-9]+: |@if[0-9]+|@[a-z0-9]+(:)").expect("a pattern");
    let of = |line: &str| {
        let line = pairs
            .iter()
            .enumerate()
            .fold(line.to_owned(), |line, (at, name)| line.replace(name, &format!("pair{}", at + 1)));
        let line = mac.replace_all(&line, "MAC");
        index.replace_all(&line, "$1").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    text.lines().filter(six).map(of).filter(|line| !line.is_empty() && !line.contains("valid_lft")).collect()
}

/// What `ip addr` and `ip -d link` say of a device that somebody could mean by it.
fn of_links(text: &str, pairs: &[String]) -> Vec<String> {
    let keep = ["mtu", "master", "state", "brd", "scope", "hairpin", "learning", "flood"];
    let of = |line: String| {
        let words: Vec<&str> = line.split(' ').collect();
        if ["link/", "inet "].iter().any(|start| line.starts_with(start)) {
            return line
                .split(" link-netns")
                .next()
                .unwrap_or_default()
                .split(" promiscuity")
                .next()
                .map(str::to_owned);
        }
        let pairs = words.windows(2).filter(|pair| keep.contains(&pair[0])).map(|pair| pair.join(" "));
        Some(format!("{} {}", words[0], pairs.collect::<Vec<_>>().join(" ")).trim().to_owned())
    };
    // `veth addrgenmode …`: queues are nobody's business, and what kind of device it is is said by its first word.
    lines(text, pairs).into_iter().filter_map(of).collect()
}

/// Sorted, without repeated lines.
fn set(lines: Vec<String>) -> BTreeSet<String> {
    lines.into_iter().collect()
}

/// Rules of iptables-save by table and chain, in order; those of kube-proxy and its stand-in are left out.
fn rules(text: &str) -> BTreeMap<String, Vec<String>> {
    let text = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    // Chains are named by hash: of Pods by the order of the rules that lead to them, which name their sandboxes.
    let drawn = [
        (r#"id: \\"([0-9a-z-]+)\\""#, "ID"),
        (r"-A POSTROUTING -s .* -j CNI-([0-9a-f]{24})", "LEAVES"),
        (r"-A CNI-HOSTPORT-DNAT .* -j CNI-DN-([0-9a-f]{21})", "PORT"),
    ];
    let mut table = String::new();
    let mut chains: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in named(&text, &drawn).lines() {
        let kept = |rule: &str| {
            let own = rule.starts_with("CNI-") || rule.contains("CNI-");
            own || !(rule.contains("KUBE-") || rule.contains("kubernetes"))
        };
        if let Some(name) = line.strip_prefix('*') {
            table = name.to_owned();
        } else if let Some(rule) = line.strip_prefix("-A ").filter(|rule| kept(rule)) {
            let chain = rule.split(' ').next().unwrap_or_default();
            chains.entry(format!("{table} {chain}")).or_default().push(rule.to_owned());
        } else if let Some(chain) = line.strip_prefix(":CNI-") {
            chains.entry(format!("{table} CNI-{}", chain.split(' ').next().unwrap_or_default())).or_default();
        }
    }
    chains
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}\nours: {ours:#?}\nrecorded: {theirs:#?}")) }
}

/// Every kind of state in the node's namespace and the Pods'.
fn check(case: &Path) -> Result<(), String> {
    let model = recorded_model(case);
    for (space, folder) in SPACES {
        let (ours, theirs) = (|what| state(&model, space, what), |file| recorded(case, folder, file));
        let (own, their) = (pairs(&ours(What::Addr)), pairs(&theirs("ip-addr.txt")));
        let say = |what: &str| format!("{what} of {space}");
        same(&say("addresses"), of_links(&ours(What::Addr), &own), of_links(&theirs("ip-addr.txt"), &their))?;
        let links = |text: &str, pairs: &[String]| {
            // The kernel's own numbers of bridges are not printed.
            let all = of_links(text, pairs).into_iter();
            all.map(|line| if line.starts_with("bridge ") { "bridge".to_owned() } else { line }).collect::<Vec<_>>()
        };
        same(&say("links"), links(&ours(What::Link), &own), links(&theirs("ip-link-d.txt"), &their))?;
        // Local addresses and broadcasts of one device stand in the order of the addresses.
        same(&say("routes"), lines(&ours(What::Route), &own), lines(&theirs("ip-route.txt"), &their))?;
        same(&say("policy rules"), lines(&ours(What::Rule), &own), lines(&theirs("ip-rule.txt"), &their))?;
        same(&say("neighbours"), lines(&ours(What::Neigh), &own), lines(&theirs("ip-neigh.txt"), &their))?;
        // What the bridge learned of IPv6's first words is not there before a packet.
        let known = |text: &str, pairs: &[String]| {
            set(lines(text, pairs).into_iter().filter(|line| line.ends_with("permanent")).collect())
        };
        same(&say("FDB"), known(&ours(What::Fdb), &own), known(&theirs("bridge-fdb.txt"), &their))?;
        let localnet = |text: &str, pairs: &[String]| {
            let set_by_cni = |line: &String| line.contains("route_localnet = 1") && !line.contains(".all.");
            set(lines(text, pairs).into_iter().filter(set_by_cni).collect())
        };
        same(&say("sysctls"), localnet(&ours(What::Sysctl), &own), localnet(&theirs("sysctl.txt"), &their))?;
        same(&say("rules"), rules(&ours(What::Iptables)), rules(&theirs("iptables-save.txt")))?;
        let drawn = [("id: ([0-9a-z-]+)", "ID"), ("([0-9a-f]{16}), net: ", "INSTANCE")];
        same(&say("nft"), named(&ours(What::Nft), &drawn), named(&theirs("nft-list.txt"), &drawn))?;
    }
    connections(&model, case)
}

/// The connections that were tried then.
fn connections(model: &Model, case: &Path) -> Result<(), String> {
    let probes: Vec<serde_json::Value> = serde_json::from_str(&read(&case.join("probes.json"))).expect("probes");
    for probe in &probes {
        let text = |field: &str| probe[field].as_str().unwrap_or_default();
        let from = match text("from") {
            "node" => "node/node".to_owned(),
            "client" => "host/client".to_owned(),
            pod => format!("pod/default/{pod}"),
        };
        let (to, protocol) = text("target").split_once('/').expect("a protocol");
        let asked = ProbeText {
            from: from.clone(),
            to: to.to_owned(),
            proto: Some(protocol.to_owned()),
            ..ProbeText::default()
        };
        let asked = trace::parse_probe(model, &asked).unwrap();
        let journey = trace::run(&trace::model_for(model, &asked), &asked);
        let result = match journey.client {
            ClientResult::Ok => "ok",
            ClientResult::Refused => "refused",
            ClientResult::Timeout => "timeout",
            _ => "another",
        };
        let sees = journey.server.as_ref().map(|server| server.sees.ip().to_string());
        let sees = if result == "ok" { sees } else { None };
        let seen = probe["reply"]["src"].as_str().map(str::to_owned);
        same(&format!("{from} to {to}/{protocol}"), (result, sees), (text("result"), seen))?;
    }
    Ok(())
}

#[test]
fn state_and_connections_are_as_recorded() {
    let folder = conformance().join("cni");
    let results: Vec<(String, Result<(), String>)> =
        cases(&folder).into_iter().map(|case| (case.clone(), check(&folder.join(&case)))).collect();
    assert_eq!(results.len(), 8);
    agree(&results, &[]);
}

/// A configuration for the network of the recorded cases.
fn called(plugins: &str) -> Model {
    let config = format!(r#"{{"cniVersion": "1.0.0", "name": "podnet", "plugins": [{plugins}]}}"#);
    model(&[("objects.yaml", OBJECTS), ("10-podnet.conflist", &config)], &Options::default())
}

#[test]
fn what_a_configuration_does_not_ask_for_is_not_there() {
    let model = called(r#"{"type": "bridge", "bridge": "br7", "promiscMode": true, "mtu": 1400}"#);
    assert!(!state(&model, "node", What::Addr).contains("10.244.0.1"), "without isGateway the bridge has no address");
    let link = state(&model, "node", What::Link);
    assert!(link.contains(" br7: ") && link.contains("bridge promiscuous on"), "{link}");
    assert!(state(&model, "pod/default/pod1", What::Link).contains("mtu 1400"));
    assert!(!state(&model, "pod/default/pod1", What::Route).contains("default"));
    let rules = state(&model, "node", What::Iptables);
    assert!(!rules.contains("MASQUERADE\n-") && !rules.contains("ip-masq"), "{rules}");
    assert_ne!(ask(&model, "pod/default/pod1", "192.168.10.50:90").client, ClientResult::Ok);
    assert_eq!(ask(&model, "pod/default/pod1", "10.244.0.3:80").client, ClientResult::Ok);
}

/// What asks by a Service comes to its Pod twice: on the bridge, masqueraded, and by what the promiscuous bridge took itself, in the client's own name.
/// The process answers both; the second answer comes from an address that the client did not ask.
#[test]
fn what_a_promiscuous_bridge_took_itself_is_answered_too() {
    let plugins = r#"{"type": "bridge", "isDefaultGateway": true, "promiscMode": true}"#;
    let config = format!(r#"{{"cniVersion": "1.0.0", "name": "podnet", "plugins": [{plugins}]}}"#);
    let service = "---
{apiVersion: v1, kind: Service, metadata: {name: two}, spec: {clusterIP: 10.96.0.9, selector: {of: two}, ports: [{port: 53, protocol: UDP}]}}
---
{apiVersion: kubeproxy.config.k8s.io/v1alpha1, kind: KubeProxyConfiguration, mode: nftables, nftables: {masqueradeAll: true}}
";
    let objects = OBJECTS.replace("{name: pod2}", "{name: pod2, labels: {of: two}}") + service;
    let options = Options { bridge_nf: Some(true), ..Options::default() };
    let model = model(&[("objects.yaml", &objects), ("10-podnet.conflist", &config)], &options);
    let asked = ProbeText {
        from: "pod/default/pod1".to_owned(),
        to: "10.96.0.9:53".to_owned(),
        proto: Some("udp".to_owned()),
        ..ProbeText::default()
    };
    let journey = trace::run(&model, &trace::parse_probe(&model, &asked).unwrap());
    assert_eq!(journey.client, ClientResult::Ok);
    let answers = journey.legs.iter().filter(|leg| leg.purpose == Purpose::Reply);
    let to: Vec<String> = answers.map(|leg| leg.hops[0].after.packet.ip.dst.to_string()).collect();
    assert_eq!(to, ["10.244.0.1", "10.244.0.2"]);
    let leans: Vec<&str> = journey.leans_on().map(|made| made.code).collect();
    assert!(!leans.contains(&"only-declared-ports"), "{leans:?}");
}

#[test]
fn a_plugin_that_is_not_simulated_is_said() {
    let bridge = r#"{"type": "bridge", "isDefaultGateway": true, "ipMasq": true}"#;
    let chained = |model: &Model| {
        let all = model.cluster.assumptions.iter();
        all.filter(|made| made.code == "cni-chained").map(|made| made.args["plugin"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(chained(&called(&format!(r#"{bridge}, {{"type": "sbr"}}, {{"type": "bandwidth"}}"#))), ["sbr"]);
    assert!(chained(&called(&format!(r#"{bridge}, {{"type": "portmap"}}, {{"type": "firewall"}}"#))).is_empty());
}

#[test]
fn a_bare_configuration_chooses_the_plugin() {
    for (plugins, name) in [
        (r#"{"type": "ptp", "ipMasq": true}"#, "ptp"),
        (r#"{"type": "bridge", "isDefaultGateway": true}"#, "bridge"),
        (r#"{"type": "flannel", "delegate": {"isDefaultGateway": true}}, {"type": "portmap"}"#, "flannel"),
    ] {
        let model = called(plugins);
        let settings = &model.cluster.settings;
        assert_eq!((settings.cni.name(), settings.data_path.name()), (name, name));
    }
}
