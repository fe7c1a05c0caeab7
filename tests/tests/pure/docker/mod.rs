//! Docker hosts against what real engines wrote and did.

mod nftables;
mod peers;
mod reach;
mod recorded;

use ipnet::Ipv4Net;
use kernel::text::{iptables, nft};
use kubernetes::budget::Budget;
use kubernetes::cluster::model::docker::{
    Attachment, Container, Daemon, DockerHost, Engine, GatewayMode, Mode, Network, Published,
};
use kubernetes::cluster::model::{NodeSaid, NodeSysctl, SegmentId};
use kubernetes::cluster::{Besides, Options, decide_until};
use kubernetes::manifest::{Limits, parse};
use kubernetes::origin::{ObjectRef, Origin};
use sim_core::agents;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

fn origin(name: &str) -> Origin {
    Origin {
        object: ObjectRef { kind: "Test".into(), namespace: None, name: name.into() },
        location: None,
        assumed: false,
    }
}

/// Test suites of other projects, where they are at hand.
fn peers() -> Option<PathBuf> {
    std::env::var_os("KUBEHOP_PEER_CASES").map(PathBuf::from)
}

fn network(bridge: &str, subnet: Ipv4Net, gateway: Ipv4Addr) -> Network {
    Network {
        name: bridge.into(),
        bridge: bridge.into(),
        subnet,
        gateway,
        internal: false,
        icc: true,
        masquerade: true,
        host_binding: None,
        mtu: 1500,
        gateway_mode: GatewayMode::Nat,
        snat: None,
        trusted: Vec::new(),
        said: BTreeMap::new(),
        origin: origin(bridge),
    }
}

/// A port of a container on port 80.
fn port(host_ip: Ipv4Addr, host_port: u16) -> Published {
    Published {
        host_ip,
        host_port: kernel::packet::Port(host_port),
        container_port: kernel::packet::Port(80),
        protocol: kernel::packet::Protocol::Tcp,
        field: format!("ports {host_ip}:{host_port}").into(),
        location: None,
    }
}

fn container(name: &str, network: u32, ip: Ipv4Addr, ports: Vec<Published>) -> Container {
    let attachment = Attachment { network, ip, mac: None, aliases: vec![name.into()], default_route: true };
    Container {
        service: name.into(),
        number: 1,
        name: name.into(),
        image: "lab/echo:1".into(),
        hostname: name.into(),
        mode: Mode::Networks(vec![attachment]),
        ports,
        exposed: Vec::new(),
        links: Vec::new(),
        link_names: Vec::new(),
        dns: Vec::new(),
        search: Vec::new(),
        extra_hosts: Vec::new(),
        listening: Default::default(),
        node: None,
        origin: origin(name),
    }
}

/// A host on which forwarding was on already.
fn host(engine: Engine, daemon: Daemon, networks: Vec<Network>, containers: Vec<Container>) -> DockerHost {
    let because = kubernetes::assumption::Because { object: None, field: None, location: None };
    let sysctls = vec![NodeSysctl { name: "net.ipv4.ip_forward".into(), value: 1, because }];
    DockerHost {
        name: "docker".into(),
        ip: Ipv4Addr::new(192, 168, 10, 11).into(),
        segment: SegmentId(0),
        engine,
        desktop: None,
        daemon,
        networks,
        containers,
        resolv: Vec::new(),
        sockets: Vec::new(),
        routes: Vec::new(),
        said: NodeSaid { sysctls, rules: Vec::new() },
        origin: origin("docker"),
    }
}

/// `iptables-save` of a Docker host.
fn rules(host: DockerHost) -> String {
    save(&built(host), "host/docker")
}

/// `nft list ruleset` of a Docker host.
fn ruleset(host: DockerHost) -> String {
    let site = built(host);
    let netns = site.network.find("host/docker").expect("the machine");
    let mut text = String::new();
    nft::write::write_ruleset(&mut text, &site.network.netns(netns).nft).expect("text");
    text
}

fn built(host: DockerHost) -> agents::Site {
    let decided =
        decide_until(&parse(&[], &Limits::default()), &Options::default(), Besides::NOTHING, &Budget::unlimited());
    let mut cluster = decided.cluster;
    cluster.docker = vec![host];
    agents::build(&Arc::new(cluster))
}

/// `iptables-save` of a machine.
fn save(site: &agents::Site, name: &str) -> String {
    let netns = site.network.find(name).expect("the machine");
    let mut text = String::new();
    iptables::write::write_save(&mut text, &site.network.netns(netns).xtables, &|_| true).expect("text");
    text
}

/// Rules by table and chain, chains without rules left out; counters and comments do not count.
fn chains(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = "";
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('*') {
            table = name;
        } else if let Some(policy) = line.strip_prefix(':') {
            let mut words = policy.split_whitespace();
            let (chain, policy) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            if policy == "DROP" {
                all.entry(format!("{table} {chain} policy")).or_default().push(policy.to_owned());
            }
        } else if let Some(rule) = line.strip_prefix("-A ") {
            let (chain, rule) = rule.split_once(' ').unwrap_or((rule, ""));
            all.entry(format!("{table} {chain}")).or_default().push(rule.to_owned());
        }
    }
    all
}

fn difference(ours: &str, real: &str) -> Result<(), String> {
    compared(chains(ours), chains(real))
}

fn compared(ours: BTreeMap<String, Vec<String>>, real: BTreeMap<String, Vec<String>>) -> Result<(), String> {
    let names: std::collections::BTreeSet<&String> = ours.keys().chain(real.keys()).collect();
    let empty = Vec::new();
    let mut wrong = String::new();
    for name in names {
        let (left, right) = (ours.get(name).unwrap_or(&empty), real.get(name).unwrap_or(&empty));
        if left != right {
            wrong.push_str(&format!("{name}\n  ours {left:#?}\n  real {right:#?}\n"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
