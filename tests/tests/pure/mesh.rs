//! Rules that capture a Pod's traffic, as Istio's own tests expect them, where these are at hand: chain by chain.

use kubehop_tests::suite::{self, list, text};
use kubehop_tests::{agree, read};
use kubernetes::cluster::model::{Ambient, Capture, Listed};
use serde_json::Value;
use sim_core::agents::mesh::command::Commands;
use sim_core::agents::mesh::iptables::Family;
use sim_core::agents::mesh::{ambient, iptables, nft};
use std::collections::{BTreeMap, BTreeSet};

/// Chains with their rules, once all commands are carried out.
type Chains = BTreeMap<(String, String), Vec<String>>;

fn cases() -> Option<Value> {
    let folder = suite::folder("istio")?;
    Some(serde_json::from_str(&read(&folder.join("cases.json"))).expect("JSON"))
}

/// What a case says, on top of what is said of all.
fn capture(defaults: &Value, config: &Value) -> Capture {
    let get = |key: &str| if config[key].is_null() { &defaults[key] } else { &config[key] };
    let word = |key: &str| get(key).as_str().unwrap_or_default();
    let listed = |key: &str| Listed::of(word(key));
    let port = |key: &str| kernel::packet::Port(word(key).parse().expect("a port"));
    let flag = |key: &str| get(key).as_bool().unwrap_or_default();
    let servers = ["DNSServersV4", "DNSServersV6"].into_iter().flat_map(|key| list(config, key));
    Capture {
        proxy_port: port("ProxyPort"),
        inbound_port: port("InboundCapturePort"),
        tunnel_port: port("InboundTunnelPort"),
        proxy_uids: listed("ProxyUID"),
        proxy_gids: listed("ProxyGID"),
        tproxy: word("InboundInterceptionMode") == "TPROXY",
        tproxy_mark: word("InboundTProxyMark").parse().expect("a mark"),
        route_table: word("InboundTProxyRouteTable").parse().expect("a table"),
        inbound_ports: listed("InboundPortsInclude"),
        inbound_ports_except: listed("InboundPortsExclude"),
        outbound_ports: listed("OutboundPortsInclude"),
        outbound_ports_except: listed("OutboundPortsExclude"),
        outbound_ranges: listed("OutboundIPRangesInclude"),
        outbound_ranges_except: listed("OutboundIPRangesExclude"),
        groups: listed("OwnerGroupsInclude"),
        groups_except: listed("OwnerGroupsExclude"),
        virtual_interfaces: listed("RerouteVirtualInterfaces"),
        excluded_interfaces: listed("ExcludeInterfaces"),
        redirect_dns: flag("RedirectDNS"),
        capture_all_dns: flag("CaptureAllDNS"),
        dns_servers: servers.filter_map(|ip| ip.as_str()?.parse().ok()).collect(),
        drop_invalid: flag("DropInvalid"),
        ipv6: flag("EnableIPv6"),
        loopback: word("HostIPv4LoopbackCidr").into(),
    }
}

fn put(chains: &mut Chains, table: &str, chain: &str, before: Option<usize>, rule: &str) {
    let all = chains.entry((table.to_owned(), chain.to_owned())).or_default();
    let at = before.map_or(all.len(), |at| at.min(all.len()));
    all.insert(at, rule.to_owned());
}

/// What `iptables-restore` is handed, carried out.
fn restored(tables: &Value) -> Chains {
    let mut chains = Chains::new();
    for table in tables.as_array().into_iter().flatten() {
        let name = text(table, "table");
        for command in list(table, "rules").iter().filter_map(Value::as_str) {
            let (verb, rest) = command.split_once(' ').expect("a command");
            let (chain, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            match verb {
                "-A" => put(&mut chains, name, chain, None, rest),
                "-I" => {
                    let (at, rule) = rest.split_once(' ').expect("a place");
                    put(&mut chains, name, chain, Some(at.parse::<usize>().expect("a place") - 1), rule);
                }
                "-N" => {
                    chains.entry((name.to_owned(), chain.to_owned())).or_default();
                }
                other => panic!("{other}"),
            }
        }
    }
    chains
}

fn ours(commands: &Commands) -> Chains {
    let mut chains = Chains::new();
    for table in commands.tables() {
        for chain in commands.chains(table) {
            let rules = commands.rules(table, chain).into_iter().map(str::to_owned).collect();
            chains.insert((table.to_owned(), chain.to_owned()), rules);
        }
    }
    chains
}

fn difference(ours: &Chains, real: &Chains) -> Result<(), String> {
    let keys: BTreeSet<_> = ours.keys().chain(real.keys()).collect();
    match keys.into_iter().find(|key| ours.get(*key) != real.get(*key)) {
        None => Ok(()),
        Some(key) => Err(format!("{key:?}\nours {:#?}\nreal {:#?}", ours.get(key), real.get(key))),
    }
}

#[test]
fn sidecars_are_captured_by_the_rules_that_istio_iptables_writes() {
    let Some(cases) = cases() else { return };
    let mut results = Vec::new();
    for case in list(&cases, "cases") {
        let capture = capture(&cases["defaultConfig"], &case["config"]);
        for (family, key) in [(Family::V4, "ipv4"), (Family::V6, "ipv6")] {
            let commands = iptables::commands(&capture, family);
            let found = difference(&ours(&commands), &restored(&case[key]));
            results.push((format!("{} {key}", text(case, "case")), found));
            // What is written is what the kernel's own tool would take.
            assert!(family == Family::V6 || reads(&commands), "{}", commands.restored());
        }
    }
    assert!(results.len() >= 2 * 17, "{}", results.len());
    agree(&results, &[]);
}

/// Whether the reader of `iptables-restore` takes them.
fn reads(commands: &Commands) -> bool {
    // A group by its name is looked up on the machine.
    let text = commands.restored().replace("java", "202").replace("ftp", "21");
    let read = kernel::text::iptables::read::parse_save(&text, &Default::default(), &mut |_| Default::default());
    read.is_ok()
}

#[test]
fn sidecars_are_captured_by_the_rules_that_istio_nftables_writes() {
    let Some(cases) = cases() else { return };
    let mut results = Vec::new();
    for case in list(&cases, "nftables") {
        let capture = capture(&cases["defaultConfig"], &case["config"]);
        let ours = nft::lines(&nft::commands(&capture));
        let real: Vec<&str> = list(case, "commands").iter().filter_map(Value::as_str).collect();
        // Tables and chains in any order, rules in theirs.
        let split = |lines: Vec<&str>| -> (Vec<String>, Vec<String>) {
            let is_rule = |line: &&&str| line.contains(" rule ");
            let mut declared: Vec<String> =
                lines.iter().filter(|line| !is_rule(line)).map(|line| (*line).to_owned()).collect();
            declared.sort();
            let mut rules: Vec<String> = lines.iter().filter(is_rule).map(|line| (*line).to_owned()).collect();
            let table = |line: &String| line.split(' ').nth(3).map(str::to_owned);
            rules.sort_by_key(table);
            (declared, rules)
        };
        let (ours, real) = (split(ours.iter().map(String::as_str).collect()), split(real));
        let found = if ours == real { Ok(()) } else { Err(format!("ours {ours:#?}\nreal {real:#?}")) };
        results.push((text(case, "case").to_owned(), found));
    }
    assert!(results.len() >= 18, "{}", results.len());
    agree(&results, &[]);
}

#[test]
fn ambient_mode_captures_by_the_rules_that_its_plugin_writes() {
    let Some(cases) = cases() else { return };
    let mut results = Vec::new();
    for case in list(&cases, "ambientCni") {
        let (config, pod) = (&case["config"], &case["podOverrides"]);
        let redirect_dns = match text(pod, "DNSProxy") {
            "enabled" => true,
            "disabled" => false,
            _ => config["RedirectDNS"] == true,
        };
        let devices = list(pod, "VirtualInterfaces").iter().filter_map(|dev| dev.as_str().map(Into::into)).collect();
        let of = Ambient {
            redirect_dns,
            virtual_interfaces: Listed(devices),
            ingress: pod["IngressMode"] == true,
            ..Ambient::default()
        };
        let commands = match text(case, "kind") {
            "host" => ambient::host(&of, Family::V4),
            _ => ambient::commands(&of, Family::V4),
        };
        results.push((text(case, "case").to_owned(), difference(&ours(&commands), &restored(&case["ipv4"]))));
    }
    assert!(results.len() >= 5, "{}", results.len());
    agree(&results, &[]);
}
