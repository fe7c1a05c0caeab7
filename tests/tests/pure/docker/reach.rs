//! The engine's own tests of who reaches what, as Compose files and a Scenario, where they are at hand.

use super::peers;
use kubehop_tests::{agree, model, read};
use serde_json::Value;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The host port that stands for one that the engine may choose for the first container; the next follow.
const ANY: u16 = 49_500;

fn words<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    value[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn any(at: usize) -> usize {
    usize::from(ANY) + at
}

/// A port as Compose writes it.
fn port(text: &str, at: usize) -> String {
    let text = text.strip_suffix(" (no host port asked)").unwrap_or(text);
    text.replace("(any)", &any(at).to_string())
}

fn compose(case: &Value) -> String {
    let mut out = String::from("services:\n");
    for (at, container) in list(case, "containers").iter().enumerate() {
        let _ = writeln!(out, "  {}:\n    image: lab/echo:1", container["name"].as_str().expect("name"));
        let networks = words(container, "networks");
        let default =
            |name: &&str| list(case, "networks").iter().any(|of| of["name"] == **name && of["default"] == true);
        if networks.iter().any(default) {
            out.push_str("    network_mode: bridge\n");
        } else {
            let _ = writeln!(out, "    networks:");
            for name in networks {
                let address = container["address"].as_str().map(|ip| format!("ipv4_address: {ip}")).unwrap_or_default();
                let _ = writeln!(out, "      {name}: {{{address}}}");
            }
        }
        let ports: Vec<String> =
            words(container, "publish").iter().map(|text| format!("\"{}\"", port(text, at))).collect();
        let _ = writeln!(out, "    ports: [{}]", ports.join(", "));
        // What listens is said by what is exposed.
        let listens: Vec<String> = words(container, "listens").iter().map(|text| format!("\"{text}\"")).collect();
        let _ = writeln!(out, "    expose: [{}]", listens.join(", "));
    }
    out.push_str("networks:\n");
    for network in list(case, "networks").iter().filter(|of| of["default"] != true) {
        let name = network["name"].as_str().expect("name");
        let mut options = Vec::new();
        if let Some(mode) = network["gatewayMode"].as_str() {
            options.push(format!("com.docker.network.bridge.gateway_mode_ipv4: {mode}"));
        }
        if !words(network, "trustedHostInterfaces").is_empty() {
            // The host's device has one name here.
            options.push("com.docker.network.bridge.trusted_host_interfaces: eth0".to_owned());
        }
        let _ = writeln!(out, "  {name}:\n    internal: {}", network["internal"] == true);
        let _ = writeln!(out, "    driver_opts: {{{}}}", options.join(", "));
        if let Some(subnet) = network["subnet"].as_str() {
            let gateway = network["gateway"].as_str().expect("gateway");
            let _ = writeln!(out, "    ipam: {{config: [{{subnet: {subnet}, gateway: {gateway}}}]}}");
        }
    }
    out
}

/// The address of a host, with the length of its prefix.
fn address(host: &Value, at: usize) -> (String, String) {
    let said = list(host, "interfaces").first().and_then(|of| of["address"].as_str());
    let said = said.map_or_else(|| format!("192.168.10.{}/24", 11 + at), ToOwned::to_owned);
    let (ip, length) = said.split_once('/').expect("address");
    let net = ip.rsplit_once('.').expect("IPv4").0;
    (ip.to_owned(), format!("{net}.0/{length}"))
}

fn scenario(case: &Value, backend: &str, model: Option<&Model>) -> String {
    let hosts = list(case, "hosts");
    let cidr = address(&hosts[0], 0).1;
    let gateway = cidr.replace(".0/24", ".1");
    let names: Vec<&str> = hosts.iter().filter_map(|host| host["name"].as_str()).collect();
    let mut out = format!(
        "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: reach}}\nsegments:\n- {{name: lan, cidr: {cidr}, attach: [{}]}}\nrouters:\n- {{name: gw, on: {{lan: {gateway}}}}}\nhosts:\n",
        names.join(", ")
    );
    for (at, host) in hosts.iter().enumerate() {
        let (ip, _) = address(host, at);
        let _ = write!(out, "- {{name: {}, address: {ip}", names[at]);
        if host["runsDockerd"] == true {
            let daemon = case["daemon"].as_object().expect("daemon");
            let keys = ["userland-proxy", "allow-direct-routing", "bridge-accept-fwmark"];
            let told = daemon.iter().filter(|(key, _)| keys.contains(&key.as_str()));
            let mut told: Vec<String> = told.map(|(key, value)| format!("{key}: {value}")).collect();
            told.push(format!("firewall-backend: {backend}"));
            let _ = write!(out, ", docker: {{version: \"29\", daemon: {{{}}}}}", told.join(", "));
            // It was on before wherever the policy is not DROP.
            let forward = u8::from(case["filterForwardPolicy"] != "DROP");
            let mut sysctl = vec![format!("net.ipv4.ip_forward: {forward}")];
            for (name, value) in case["sysctlBeforeDaemonStart"].as_object().into_iter().flatten() {
                sysctl.push(format!("{name}: {value}"));
            }
            let _ = write!(out, ", sysctl: {{{}}}", sysctl.join(", "));
            let mut rules = words(case, "extraRulesBeforeDaemonStart")
                .iter()
                .map(|rule| rule.trim_start_matches("iptables ").to_owned())
                .collect::<Vec<_>>();
            if !list(case, "extraRules").is_empty() {
                rules.push("-t mangle -A PREROUTING -i eth0 -j MARK --set-mark 0xe".to_owned());
            }
            if !rules.is_empty() {
                let _ = write!(out, ", rules: {:?}", rules.join("\n"));
            }
        }
        let mut routes = Vec::new();
        for route in words(host, "routes") {
            let (to, via) = route.split_once(" via ").expect("route");
            match to {
                // Whoever is asked for: the networks behind the Docker host.
                "default" => {
                    let networks = model.into_iter().flat_map(|model| &model.cluster.docker[0].networks);
                    routes.extend(networks.skip(1).map(|of| format!("{{to: {}, via: {via}}}", of.subnet)));
                }
                to => routes.push(format!("{{to: {to}, via: {via}}}")),
            }
        }
        if !routes.is_empty() {
            let _ = write!(out, ", routes: [{}]", routes.join(", "));
        }
        out.push_str("}\n");
    }
    out
}

fn target(case: &Value, probe: &Value, model: &Model) -> Option<String> {
    let to = &probe["to"];
    if let Some(ip) = to["address"].as_str() {
        return Some(ip.to_owned());
    }
    let host = &model.cluster.docker[0];
    if to["hostAddress"].is_string() {
        return Some(host.ip.to_string());
    }
    let container = host.containers.iter().find(|of| to["containerAddress"] == *of.service)?;
    let _ = case;
    Some(container.attachments().first()?.ip.to_string())
}

/// What a client sees of it.
fn expected(word: &str) -> &str {
    match word {
        "reached" => "ok",
        "unreachable" => "error:ENETUNREACH",
        _ => "timeout",
    }
}

#[test]
fn who_reaches_what_is_what_the_engine_tests() {
    let Some(file) = peers().map(|peers| peers.join("docker/reach.json")) else {
        println!("KUBEHOP_PEER_CASES is not set: nothing is compared");
        return;
    };
    let all: Value = serde_json::from_str(&read(&file)).expect("JSON");
    let (mut results, mut count) = (Vec::new(), 0);
    for case in list(&all, "cases") {
        let name = case["case"].as_str().expect("name");
        let named = case["daemon"]["firewall-backend"].as_str();
        let backends = named.map_or_else(|| vec!["iptables", "nftables"], |one| vec![one]);
        for backend in backends {
            let project = compose(case);
            let build =
                |around: &str| model(&[("compose.yaml", &project), ("around.yaml", around)], &Options::default());
            let first = build(&scenario(case, backend, None));
            let around = scenario(case, backend, Some(&first));
            let model = build(&around);
            for probe in list(case, "probes") {
                count += usize::from(backend == "iptables" || named.is_some());
                let from = &probe["from"];
                let from = match (from["container"].as_str(), from["host"].as_str()) {
                    (Some(name), _) => format!("container/{name}"),
                    (_, Some(name)) => format!("host/{name}"),
                    _ => continue,
                };
                let protocol = probe["proto"].as_str().expect("protocol");
                let port = match &probe["port"] {
                    Value::Number(number) => number.to_string(),
                    Value::String(_) => {
                        let mut all = list(case, "containers").iter();
                        any(all.position(|of| !list(of, "publish").is_empty()).unwrap_or_default()).to_string()
                    }
                    // A ping has none.
                    _ => "1".to_owned(),
                };
                let id = format!("{} {backend}", probe["id"].as_str().unwrap_or(name));
                let Some(ip) = target(case, probe, &model) else {
                    results.push((id, Err("no such container".to_owned())));
                    continue;
                };
                let to = format!("{ip}:{port}");
                let text = ProbeText { from, to, proto: Some(protocol.to_owned()), ..ProbeText::default() };
                results.push((id, asked(&model, &text, probe)));
            }
        }
    }
    assert!(count >= 96, "{count} probes");
    agree(&results, &[]);
}

fn asked(model: &Model, text: &ProbeText, probe: &Value) -> Result<(), String> {
    let parsed = trace::parse_probe(model, text).map_err(|error| format!("{error:?}"))?;
    let journey = trace::run(&trace::model_for(model, &parsed), &parsed);
    let wanted = expected(probe["expect"].as_str().expect("word"));
    let mut found = journey.client.code();
    // One way: what matters is whether it arrives.
    if text.proto.as_deref() == Some("udp") && journey.server.is_some() {
        found = "ok".to_owned();
    }
    // Whatever the sender is told.
    if probe["expect"] == "dropped" && found != "ok" {
        return Ok(());
    }
    if wanted != found {
        return Err(format!("{text:?}: {found} instead of {wanted}"));
    }
    let by: BTreeMap<&str, String> = [("name", probe["answeredBy"].as_str().unwrap_or_default().to_owned())].into();
    let server =
        journey.server.and_then(|server| model.site.tree.machine_at(server.netns).map(|(_, of)| of.name.clone()));
    match (&*by["name"], server) {
        ("", _) => Ok(()),
        (name, Some(server)) if *server == *format!("container/{name}") => Ok(()),
        (name, server) => Err(format!("{server:?} answered instead of {name}")),
    }
}

#[test]
fn no_rules_in_the_table_raw_where_the_environment_says_so() {
    let Some(file) = peers().map(|peers| peers.join("docker/reach.json")) else {
        println!("KUBEHOP_PEER_CASES is not set: nothing is compared");
        return;
    };
    let all: Value = serde_json::from_str(&read(&file)).expect("JSON");
    let mut results = Vec::new();
    for case in list(&all, "rawTable") {
        let ports: Vec<String> = words(case, "publish").iter().map(|text| format!("\"{text}\"")).collect();
        let project =
            format!("services: {{web: {{image: nginx, network_mode: bridge, ports: [{}]}}}}", ports.join(", "));
        let skip = case["daemon"]["env DOCKER_INSECURE_NO_IPTABLES_RAW"].as_str().expect("variable");
        let around = format!(
            "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: a}}\nhosts: [{{name: docker, address: 192.168.10.11, docker: {{version: \"29\", env: {{DOCKER_INSECURE_NO_IPTABLES_RAW: {skip}}}, daemon: {{bip: 192.168.0.1/24}}}}}}]"
        );
        let model = model(&[("compose.yaml", &project), ("around.yaml", &around)], &Options::default());
        let ours = super::save(&model.site, "host/docker");
        let raw = |text: &str| {
            let mut all = super::chains(text);
            all.retain(|name, rules| name.starts_with("raw") && !rules.is_empty());
            all
        };
        let real = format!("*raw\n{}", words(case, "text").join("\n"));
        results.push((case["case"].as_str().expect("name").to_owned(), super::compared(raw(&ours), raw(&real))));
    }
    assert_eq!(results.len(), 2);
    agree(&results, &[]);
}
