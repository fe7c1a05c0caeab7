//! The engine's own expectations, where they are at hand: what its driver writes by option, and what whole daemons write.

use super::nftables::blocks;
use super::{compared, container, difference, host, network, peers, port, rules, ruleset};
use ipnet::Ipv4Net;
use kubehop_tests::{agree, read};
use kubernetes::cluster::model::DockerHost;
use kubernetes::cluster::model::docker::{Daemon, Engine, FirewallBackend, GatewayMode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// The files of a folder, each with the host that its name describes.
fn driver(folder: &str, backend: FirewallBackend) -> Option<Vec<(String, DockerHost, String)>> {
    let Some(folder) = peers().map(|peers| peers.join("docker").join(folder)) else {
        println!("KUBEHOP_PEER_CASES is not set: nothing is compared");
        return None;
    };
    let mut all = Vec::new();
    for file in std::fs::read_dir(&folder).expect("peer cases").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let options: BTreeMap<&str, &str> = name
            .split("__")
            .next()
            .unwrap_or_default()
            .split(',')
            .filter_map(|option| option.split_once('='))
            .collect();
        let yes = |key: &str| options.get(key).copied() == Some("true");
        let subnet = Ipv4Net::new(Ipv4Addr::new(192, 168, 0, 0), 24).expect("net");
        let mut of = network("br-dummy", subnet, Ipv4Addr::new(192, 168, 0, 1));
        of.internal = yes("internal");
        of.icc = yes("icc");
        of.masquerade = yes("masq");
        of.snat = yes("snat").then_some(Ipv4Addr::new(192, 168, 123, 0));
        of.gateway_mode = mode(options.get("gwm").copied());
        let host_ip = if yes("bindlh") { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
        let mut real = read(&file.path());
        if of.gateway_mode == GatewayMode::Routed {
            // The driver's own test hands it a host port; the engine hands it none in this mode.
            let of_host = |line: &&str| {
                let hairpin = ["-d 192.168.0.2/32 -p tcp", "ip saddr 192.168.0.2 ip daddr"];
                !line.contains("dport 8080") && !hairpin.iter().any(|text| line.contains(text))
            };
            real = real.lines().filter(of_host).collect::<Vec<_>>().join("\n");
        }
        let daemon = Daemon { userland_proxy: !yes("hairpin"), backend, ..Daemon::default() };
        let web = container("web", 0, Ipv4Addr::new(192, 168, 0, 2), vec![port(host_ip, 8080)]);
        all.push((name, host(Engine::V29, daemon, vec![of], vec![web]), real));
    }
    assert!(all.len() >= 32, "{}", all.len());
    Some(all)
}

fn mode(name: Option<&str>) -> GatewayMode {
    match name {
        Some("nat-unprotected") => GatewayMode::NatUnprotected,
        Some("routed") => GatewayMode::Routed,
        Some("isolated") => GatewayMode::Isolated,
        _ => GatewayMode::Nat,
    }
}

#[test]
fn rules_of_engine_29_are_those_the_engine_expects_of_itself() {
    let Some(all) = driver("iptabler", FirewallBackend::Iptables) else { return };
    let compare = |(name, host, real): (String, DockerHost, String)| {
        // The driver alone: the chain of users is the daemon's.
        let ours = rules(host).replace("-A FORWARD -j DOCKER-USER\n", "");
        (name, difference(&ours, &real))
    };
    agree(&all.into_iter().map(compare).collect::<Vec<_>>(), &[]);
}

#[test]
fn rules_of_the_nftables_back_end_are_those_the_engine_expects_of_itself() {
    let Some(all) = driver("nftabler", FirewallBackend::Nftables) else { return };
    let compare =
        |(name, host, real): (String, DockerHost, String)| (name, compared(blocks(&ruleset(host)), blocks(&real)));
    agree(&all.into_iter().map(compare).collect::<Vec<_>>(), &[]);
}

#[test]
fn rules_of_whole_daemons_are_those_the_engine_documents() {
    let Some(file) = peers().map(|peers| peers.join("docker/docs.json")) else {
        println!("KUBEHOP_PEER_CASES is not set: nothing is compared");
        return;
    };
    let documents: Value = serde_json::from_str(&read(&file)).expect("JSON");
    let mut results = Vec::new();
    for document in documents["docs"].as_array().expect("docs") {
        let name = document["case"].as_str().expect("name").to_owned();
        let listing = |table: &str, forms: &[&str]| {
            let mut all = document["listings"].as_array().into_iter().flatten();
            let of = all.find(|one| {
                one["table"] == table && one["partial"] != true && forms.iter().any(|form| one["form"] == *form)
            })?;
            let lines = of["text"].as_array().expect("lines").iter().filter_map(Value::as_str);
            Some(lines.collect::<Vec<_>>().join("\n"))
        };
        // Chains of the swarm driver are another's.
        if name.contains("swarm") {
            continue;
        }
        let nftables = document["backend"] == "nftables";
        let backend = if nftables { FirewallBackend::Nftables } else { FirewallBackend::Iptables };
        let described = daemon(&document["config"], backend);
        if nftables {
            let real = listing("table ip docker-bridges", &["nft list table"]).expect("table");
            results.push((name, compared(blocks(&ruleset(described)), blocks(&real))));
            continue;
        }
        let ours = rules(described);
        for table in ["filter", "nat", "raw"] {
            let Some(real) = listing(table, &["iptables -S"]) else { continue };
            let of = |text: &str| {
                let mut all = super::chains(text);
                all.retain(|name, _| name.starts_with(table));
                all
            };
            results.push((format!("{name} {table}"), compared(of(&ours), of(&format!("*{table}\n{real}")))));
        }
    }
    assert!(results.len() >= 12, "{}", results.len());
    agree(&results, &[]);
}

/// The host of a documented run: its networks behind the default bridge, containers from the second address on.
fn daemon(config: &Value, backend: FirewallBackend) -> DockerHost {
    let net = |text: &Value| text.as_str().expect("net").parse::<Ipv4Net>().expect("net");
    let bridge: Ipv4Net = "172.17.0.0/16".parse().expect("net");
    let mut networks = vec![network("docker0", bridge, Ipv4Addr::new(172, 17, 0, 1))];
    let mut containers = Vec::new();
    for of in config["networks"].as_array().expect("networks") {
        let subnet = net(&of["subnet"]);
        let name = of["name"].as_str().expect("name");
        let mut made = network(name, subnet, of["gateway"].as_str().expect("gateway").parse().expect("address"));
        made.internal = of["internal"] == true;
        made.icc = of["icc"] != false;
        made.gateway_mode = mode(of["gatewayMode"].as_str());
        let at = networks.len() as u32;
        for (index, own) in of["containers"].as_array().into_iter().flatten().enumerate() {
            let published = own["publish"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let ports = published.map(|text| {
                let parts: Vec<&str> = text.trim_end_matches("/tcp").split(':').collect();
                let (ip, host) = match parts[..] {
                    [ip, host, _] => (ip.parse().expect("address"), host),
                    [host, _] => (Ipv4Addr::UNSPECIFIED, host),
                    // Routed networks need no port of the host.
                    _ => (Ipv4Addr::UNSPECIFIED, "0"),
                };
                port(ip, host.parse().expect("port"))
            });
            let ip = subnet.hosts().nth(index + 1).expect("address");
            // Documents call containers of several networks the same.
            let name = format!("{name}-{}", own["container"].as_str().expect("name"));
            containers.push(container(&name, at, ip, ports.collect()));
        }
        networks.push(made);
    }
    let userland_proxy = config["userlandProxy"] != false;
    host(Engine::V29, Daemon { userland_proxy, backend, ..Daemon::default() }, networks, containers)
}
