//! What the nftables back-end of engine 29 writes.

use super::{built, container, host, network, port, rules, ruleset};
use ipnet::Ipv4Net;
use kernel::ids::CauseId;
use kernel::packet::{Port, Protocol};
use kernel::text::nft::read::{NftLimits, Source, parse};
use kernel::text::nft::write;
use kubernetes::cluster::model::DockerHost;
use kubernetes::cluster::model::docker::{Daemon, Engine, FirewallBackend, GatewayMode};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Rules by chain and elements by map, each with what declares it, those without left out. Counters do not count; the order of elements does
/// not either.
pub(super) fn blocks(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut table, mut block, mut elements) = (String::new(), String::new(), None::<String>);
    for line in text.lines().map(str::trim) {
        let line = line.replace("counter packets 0 bytes 0", "counter");
        // nft has that name for this hook since 1.1; before, it lists the number.
        let line = line.replace("hook output priority dstnat", "hook output priority -100");
        if let Some(name) = line.strip_suffix(" {").and_then(|line| line.strip_prefix("table ")) {
            table = name.to_owned();
        } else if let Some(name) = line.strip_suffix(" {") {
            block = format!("{table} {name}");
        } else if elements.is_some() || line.starts_with("elements = {") {
            let list = elements.get_or_insert_default();
            list.push_str(line.trim_start_matches("elements = {"));
            if let Some(list) = list.strip_suffix('}').map(str::to_owned) {
                let mut list: Vec<String> = list.split(',').map(|one| one.trim().to_owned()).collect();
                list.sort();
                all.entry(block.clone()).or_default().extend(list);
                elements = None;
            }
        } else if !line.is_empty() && line != "}" {
            all.entry(block.clone()).or_default().push(line);
        }
    }
    all
}

fn net(text: &str) -> Ipv4Net {
    text.parse().expect("net")
}

/// A host with one network of each kind behind its default bridge.
fn of_each_kind(userland_proxy: bool) -> DockerHost {
    let modes =
        [GatewayMode::Nat, GatewayMode::Nat, GatewayMode::NatUnprotected, GatewayMode::Routed, GatewayMode::Isolated];
    let mut networks: Vec<_> = (0u8..)
        .zip(modes)
        .map(|(at, mode)| {
            let name = if at == 0 { "docker0".to_owned() } else { format!("br-{at}") };
            let mut made = network(&name, net(&format!("172.{}.0.0/16", 17 + at)), Ipv4Addr::new(172, 17 + at, 0, 1));
            made.gateway_mode = mode;
            made.internal = mode == GatewayMode::Isolated;
            made
        })
        .collect();
    networks[0].icc = false;
    networks[1].masquerade = false;
    let any = Ipv4Addr::UNSPECIFIED;
    let mut dns = port(any, 53);
    (dns.protocol, dns.container_port) = (Protocol::Udp, Port(5353));
    let at = |number: u8| Ipv4Addr::new(172, 17 + number, 0, 2);
    let mut linked = container("caller", 0, Ipv4Addr::new(172, 17, 0, 3), Vec::new());
    linked.links = vec![0];
    let mut containers = vec![
        container("default", 0, at(0), vec![port(any, 8000)]),
        linked,
        container("nat", 1, at(1), vec![dns, port(any, 8001), port(Ipv4Addr::LOCALHOST, 8002)]),
        container("open", 2, at(2), vec![port(Ipv4Addr::new(192, 168, 10, 11), 8003)]),
        container("routed", 3, at(3), vec![port(any, 8004)]),
        container("isolated", 4, at(4), vec![port(any, 8005)]),
    ];
    for one in &mut containers {
        one.listening = Default::default();
    }
    let daemon = Daemon { userland_proxy, backend: FirewallBackend::Nftables, ..Daemon::default() };
    host(Engine::V29, daemon, networks, containers)
}

/// Rules of one chain.
fn chain(all: &BTreeMap<String, Vec<String>>, name: &str) -> Vec<String> {
    all.get(&format!("ip docker-bridges chain {name}")).cloned().unwrap_or_default()
}

#[test]
fn networks_of_each_kind_have_their_chains() {
    let all = blocks(&ruleset(of_each_kind(true)));
    let answers = "ct state established,related counter accept";
    assert_eq!(
        chain(&all, "filter-forward-in__docker0"),
        [
            answers,
            "ip saddr 172.17.0.3 ip daddr 172.17.0.2 tcp dport 80 counter accept",
            "ip daddr 172.17.0.3 ip saddr 172.17.0.2 tcp sport 80 counter accept",
            "iifname \"docker0\" counter drop comment \"ICC\"",
            "ip daddr 172.17.0.2 tcp dport 80 counter accept",
            "counter drop comment \"UNPUBLISHED PORT DROP\"",
        ]
    );
    // Two ports of the host that lead to one of the container open it once.
    assert_eq!(
        chain(&all, "filter-forward-in__br-1"),
        [
            answers,
            "iifname \"br-1\" counter accept comment \"ICC\"",
            "ip daddr 172.18.0.2 tcp dport 80 counter accept",
            "ip daddr 172.18.0.2 udp dport 5353 counter accept",
            "counter drop comment \"UNPUBLISHED PORT DROP\"",
        ]
    );
    assert_eq!(chain(&all, "nat-postrouting-out__br-1"), [""; 0]);
    assert_eq!(
        chain(&all, "filter-forward-in__br-2")[1..],
        ["iifname \"br-2\" counter accept comment \"ICC\"", "counter accept comment \"UNPROTECTED\""]
    );
    let icmp = "ip protocol icmp counter accept comment \"ICMP\"";
    assert_eq!(chain(&all, "filter-forward-in__br-3")[..2], [answers, icmp]);
    assert_eq!(
        chain(&all, "filter-forward-in__br-4"),
        [
            answers,
            "iifname != \"br-4\" counter drop comment \"INTERNAL NETWORK INGRESS\"",
            "counter accept comment \"ICC\"",
        ]
    );
    assert_eq!(
        chain(&all, "nat-prerouting-and-output"),
        [
            "iifname != \"docker0\" tcp dport 8000 counter dnat to 172.17.0.2:80 comment \"DNAT\"",
            "iifname != \"br-1\" ip daddr 127.0.0.1 tcp dport 8002 counter dnat to 172.18.0.2:80 comment \"DNAT\"",
            "iifname != \"br-1\" tcp dport 8001 counter dnat to 172.18.0.2:80 comment \"DNAT\"",
            "iifname != \"br-1\" udp dport 53 counter dnat to 172.18.0.2:5353 comment \"DNAT\"",
            "iifname != \"br-2\" ip daddr 192.168.10.11 tcp dport 8003 counter dnat to 172.19.0.2:80 comment \"DNAT\"",
        ]
    );
    assert_eq!(
        chain(&all, "raw-PREROUTING")[1..],
        [
            "ip daddr 172.17.0.2 iifname != \"docker0\" counter drop comment \"DROP DIRECT ACCESS\"",
            "ip daddr 172.17.0.3 iifname != \"docker0\" counter drop comment \"DROP DIRECT ACCESS\"",
            "ip daddr 172.18.0.2 iifname != \"br-1\" counter drop comment \"DROP DIRECT ACCESS\"",
            "iifname != \"lo\" ip daddr 127.0.0.1 tcp dport 8002 counter drop comment \"DROP REMOTE LOOPBACK\"",
        ]
    );
    assert_eq!(all["ip docker-bridges map filter-forward-in-jumps"].len(), 1 + 5);
}

#[test]
fn without_a_docker_proxy_the_host_and_the_container_itself_are_masqueraded() {
    let all = blocks(&ruleset(of_each_kind(false)));
    let from_host = "fib saddr type local counter masquerade comment \"MASQUERADE FROM HOST\"";
    assert_eq!(
        chain(&all, "nat-postrouting-in__docker0"),
        [
            from_host,
            "ip saddr 172.17.0.2 ip daddr 172.17.0.2 tcp dport 80 counter masquerade comment \"MASQ TO OWN PORT\"",
        ]
    );
    assert_eq!(chain(&all, "nat-postrouting-in__br-3"), [from_host]);
    assert_eq!(chain(&all, "nat-OUTPUT")[1..], ["fib daddr type local counter jump nat-prerouting-and-output"]);
}

#[test]
fn its_table_is_all_there_is_and_reads_back_as_it_is_written() {
    let text = ruleset(of_each_kind(true));
    let read = parse(&text, Source::Listing, CauseId::default(), &NftLimits::default()).expect("a ruleset");
    let mut again = String::new();
    write::write_ruleset(&mut again, &read).expect("text");
    assert_eq!(again, text);
    assert_eq!(read.tables.len(), 1);
    assert_eq!(rules(of_each_kind(true)).lines().filter(|line| line.starts_with("-A")).count(), 0);
}

#[test]
fn every_rule_of_a_published_port_names_it() {
    let site = built(of_each_kind(true));
    let netns = site.network.find("host/docker").expect("host");
    let table = &site.network.netns(netns).nft.tables.iter().next().expect("table");
    let of = |name: &str, at: usize| {
        let chain = table.chain(table.find_chain(name).expect("chain")).expect("chain");
        let cause = site.causes.get(chain.rules[at].cause).expect("cause");
        cause.field.as_deref().unwrap_or_default().to_owned()
    };
    assert_eq!(of("nat-prerouting-and-output", 1), "ports 127.0.0.1:8002");
    assert_eq!(of("raw-PREROUTING", 3), "ports 127.0.0.1:8002");
    assert_eq!(of("filter-forward-in__br-1", 3), "ports 0.0.0.0:53");
    assert_eq!(of("filter-FORWARD", 0), "firewall-backend");
}
