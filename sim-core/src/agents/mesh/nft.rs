//! The same rules as [`super::iptables`] has, for nft(8): tables of family `inet` that see both families (`tools/istio-nftables/pkg/capture`).

use super::command::Commands;
use super::iptables::{DNS_PORT, OUTBOUND_MARK, captures_dns, has_loopback, networks};
use kubernetes::cluster::model::Capture;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

const NAT: &str = "istio-proxy-nat";
const MANGLE: &str = "istio-proxy-mangle";
const RAW: &str = "istio-proxy-raw";

/// A chain that a hook calls: name and hook, type, priority.
type Base = (&'static str, &'static str, i32);

/// The tables in order, each with the chains that hooks call: name, type, hook, priority.
const TABLES: [(&str, [Base; 2]); 3] = [
    (NAT, [("prerouting", "nat", -100), ("output", "nat", -100)]),
    (MANGLE, [("prerouting", "filter", -150), ("output", "route", -150)]),
    (RAW, [("prerouting", "filter", -300), ("output", "filter", -300)]),
];

/// The rules, in the order in which they are added.
pub fn commands(capture: &Capture) -> Commands {
    let mut out = Commands::default();
    let mut draft = Draft { capture, dns: captures_dns(capture), out: &mut out };
    draft.left_alone();
    draft.targets();
    draft.inbound();
    draft.outbound();
    if capture.tproxy {
        draft.marks();
    }
    // Behind the last rule there is none to stand in front of.
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for command in &mut out.0 {
        let count = counts.entry((command.table, command.chain)).or_default();
        command.before = command.before.filter(|at| *at < *count);
        *count += 1;
    }
    out
}

/// What nft(8) is handed: tables that have rules, emptied, with chains that have rules.
pub fn lines(commands: &Commands) -> Vec<String> {
    let mut out = Vec::new();
    for (table, bases) in TABLES {
        let chains = commands.chains(table);
        if chains.is_empty() {
            continue;
        }
        out.push(format!("add table inet {table}"));
        out.push(format!("flush table inet {table}"));
        for (chain, kind, priority) in bases.iter().filter(|(chain, ..)| chains.contains(chain)) {
            let base = format!("{{ type {kind} hook {chain} priority {priority} ; }}");
            out.push(format!("add chain inet {table} {chain} {base}"));
        }
        for chain in chains.iter().filter(|chain| !bases.iter().any(|(base, ..)| base == *chain)) {
            out.push(format!("add chain inet {table} {chain}"));
        }
        for command in commands.0.iter().filter(|command| command.table == table) {
            let (chain, rule) = (command.chain, &command.rule);
            out.push(match command.before {
                Some(at) => format!("insert rule inet {table} {chain} index {at} {rule}"),
                None => format!("add rule inet {table} {chain} {rule}"),
            });
        }
    }
    out
}

/// The same as a script of whole tables.
pub(super) fn script(commands: &Commands) -> String {
    let mut out = String::new();
    for (table, bases) in TABLES {
        let chains = commands.chains(table);
        if chains.is_empty() {
            continue;
        }
        let _ = writeln!(out, "table inet {table} {{");
        // A chain stands before what jumps there.
        let (hooked, own): (Vec<_>, Vec<_>) =
            chains.into_iter().partition(|chain| bases.iter().any(|(base, ..)| base == chain));
        for chain in own.into_iter().chain(hooked) {
            let _ = writeln!(out, "\tchain {chain} {{");
            if let Some((_, kind, priority)) = bases.iter().find(|(base, ..)| *base == chain) {
                let _ = writeln!(out, "\t\ttype {kind} hook {chain} priority {priority}; policy accept;");
            }
            for rule in commands.rules(table, chain) {
                let _ = writeln!(out, "\t\t{rule}");
            }
            out.push_str("\t}\n");
        }
        out.push_str("}\n");
    }
    out
}

struct Draft<'a> {
    capture: &'a Capture,
    dns: bool,
    out: &'a mut Commands,
}

impl Draft<'_> {
    fn nat(&mut self, chain: &'static str, rule: impl Into<String>) {
        self.out.append(NAT, chain, rule);
    }

    fn mangle(&mut self, chain: &'static str, rule: impl Into<String>) {
        self.out.append(MANGLE, chain, rule);
    }

    /// Addresses of the machine itself, by family: what begins a match, and the address.
    fn loopbacks(&self) -> Vec<(&'static str, String)> {
        self.families([&self.capture.loopback, "::1/128"])
    }

    /// Where inbound connections that the proxy opens come from.
    fn passthroughs(&self) -> Vec<(&'static str, String)> {
        self.families(["127.0.0.6/32", "::6/128"])
    }

    fn families(&self, [four, six]: [&str; 2]) -> Vec<(&'static str, String)> {
        let mut all = vec![("ip", four.to_owned())];
        if self.capture.ipv6 {
            all.push(("ip6", six.to_owned()));
        }
        all
    }

    /// Networks of those families that the Pod has, IPv4 first.
    fn networks(&self, list: &kubernetes::cluster::model::Listed) -> Vec<(&'static str, String)> {
        let all = networks(list);
        let of = |four: bool| all.iter().filter(move |net| net.addr().is_ipv4() == four);
        let six = of(false).filter(|_| self.capture.ipv6);
        of(true).map(|net| ("ip", net.to_string())).chain(six.map(|net| ("ip6", net.to_string()))).collect()
    }

    fn left_alone(&mut self) {
        let capture = self.capture;
        for dev in capture.excluded_interfaces.iter() {
            self.nat("prerouting", format!("iifname {dev} counter return"));
            self.nat("output", format!("oifname {dev} counter return"));
        }
        for dev in capture.excluded_interfaces.iter().filter(|_| capture.tproxy) {
            self.mangle("prerouting", format!("iifname {dev} counter return"));
            self.mangle("output", format!("oifname {dev} counter return"));
        }
        for dev in capture.virtual_interfaces.iter() {
            self.out.insert(NAT, "prerouting", 0, format!("iifname {dev} counter return"));
        }
        if capture.drop_invalid {
            self.mangle("prerouting", "meta l4proto tcp ct state invalid counter jump istio-drop");
            self.mangle("istio-drop", "counter drop");
        }
    }

    fn targets(&mut self) {
        let Capture { proxy_port, inbound_port, tunnel_port, .. } = self.capture;
        self.nat("istio-inbound", format!("meta l4proto tcp tcp dport {tunnel_port} counter return"));
        self.nat("istio-redirect", format!("meta l4proto tcp counter redirect to :{proxy_port}"));
        self.nat("istio-in-redirect", format!("meta l4proto tcp counter redirect to :{inbound_port}"));
    }

    fn inbound(&mut self) {
        let capture = self.capture;
        if capture.inbound_ports.is_empty() {
            return;
        }
        let table = if capture.tproxy { MANGLE } else { NAT };
        if capture.tproxy {
            let (mark, port) = (capture.tproxy_mark, capture.inbound_port);
            self.mangle("istio-divert", format!("counter meta mark set {mark}"));
            self.mangle("istio-divert", "counter accept");
            for (family, address) in self.loopbacks() {
                let found = format!("meta l4proto tcp {family} daddr != {address}");
                let goes = format!("tproxy {family} to :{port} meta mark set {mark} counter accept");
                self.mangle("istio-tproxy", format!("{found} {goes}"));
            }
        }
        self.out.append(table, "prerouting", "meta l4proto tcp counter jump istio-inbound");
        let all = capture.inbound_ports.is_all();
        for port in capture.inbound_ports_except.iter().filter(|_| all) {
            self.out.append(table, "istio-inbound", format!("meta l4proto tcp tcp dport {port} counter return"));
        }
        let ports: Vec<String> = match all {
            true => vec![String::new()],
            false => capture.inbound_ports.iter().map(|port| format!(" tcp dport {port}")).collect(),
        };
        for port in ports {
            if capture.tproxy {
                let known = format!("meta l4proto tcp ct state related,established{port}");
                self.mangle("istio-inbound", format!("{known} counter jump istio-divert"));
                self.mangle("istio-inbound", format!("meta l4proto tcp{port} counter jump istio-tproxy"));
            } else {
                self.nat("istio-inbound", format!("meta l4proto tcp{port} counter jump istio-in-redirect"));
            }
        }
    }

    fn outbound(&mut self) {
        let capture = self.capture;
        self.nat("output", "counter jump istio-output");
        for port in capture.outbound_ports_except.iter() {
            self.nat("istio-output", format!("tcp dport {port} counter return"));
            self.nat("istio-output", format!("udp dport {port} counter return"));
        }
        for (family, address) in self.passthroughs() {
            self.nat("istio-output", format!("oifname lo {family} saddr {address} counter return"));
        }
        let tunnel = capture.tunnel_port;
        let others = tunnel.to_string();
        let of_users = if self.dns { format!("{{ 53, {tunnel} }}") } else { others.clone() };
        for uid in capture.proxy_uids.iter() {
            self.own("skuid", uid, &of_users);
        }
        for gid in capture.proxy_gids.iter() {
            self.own("skgid", gid, &others);
        }
        self.groups();
        if self.dns {
            self.names();
        }
        for (family, address) in self.loopbacks() {
            self.nat("istio-output", format!("{family} daddr {address} counter return"));
        }
        for (family, net) in self.networks(&capture.outbound_ranges_except) {
            self.nat("istio-output", format!("{family} daddr {net} counter return"));
        }
        for port in capture.outbound_ports.iter() {
            self.nat("istio-output", format!("tcp dport {port} counter jump istio-redirect"));
        }
        let devices = || capture.virtual_interfaces.iter();
        if capture.outbound_ranges.is_all() {
            self.nat("istio-output", "counter jump istio-redirect");
            for dev in devices() {
                self.out.insert(NAT, "prerouting", 0, format!("iifname {dev} counter jump istio-redirect"));
            }
        }
        for (family, net) in self.networks(&capture.outbound_ranges) {
            let goes = format!("{family} daddr {net} counter jump istio-redirect");
            for dev in devices() {
                self.out.insert(NAT, "prerouting", 0, format!("iifname {dev} {goes}"));
            }
            self.nat("istio-output", goes);
        }
    }

    fn own(&mut self, owner: &str, id: &str, ports: &str) {
        for (family, address) in self.loopbacks() {
            let to_itself = format!("oifname lo meta l4proto tcp {family} daddr != {address} tcp dport != {ports}");
            self.nat("istio-output", format!("{to_itself} {owner} {id} counter jump istio-in-redirect"));
        }
        if !has_loopback(&self.capture.outbound_ranges) {
            let other = if self.dns { "oifname lo meta l4proto tcp tcp dport != 53" } else { "oifname lo" };
            self.nat("istio-output", format!("{other} {owner} != {id} counter return"));
        }
        self.nat("istio-output", format!("{owner} {id} counter return"));
    }

    fn groups(&mut self) {
        let capture = self.capture;
        if capture.groups.is_all() {
            for group in capture.groups_except.iter() {
                self.nat("istio-output", format!("skgid {group} counter return"));
            }
            return;
        }
        let none: String = capture.groups.iter().map(|group| format!("skgid != {group} ")).collect();
        self.nat("istio-output", format!("{none}counter return"));
    }

    fn names(&mut self) {
        let capture = self.capture;
        let all = capture.capture_all_dns;
        let seen = |ip: &&IpAddr| ip.is_ipv4() || capture.ipv6;
        let of = |ip: &IpAddr| if ip.is_ipv4() { ("ip", format!("{ip}/32")) } else { ("ip6", format!("{ip}/128")) };
        let mut servers: Vec<_> = capture.dns_servers.iter().filter(seen).map(of).collect();
        servers.sort_by_key(|(family, _)| family.len());
        self.out.append(RAW, "output", "counter jump istio-output-dns");
        self.nat("istio-output", "counter jump istio-output-dns");
        let to_agent = format!("counter redirect to :{DNS_PORT}");
        if all {
            self.nat("istio-output-dns", format!("meta l4proto tcp tcp dport 53 {to_agent}"));
            self.nat("istio-output-dns", format!("udp dport 53 {to_agent}"));
        } else {
            for protocol in ["tcp", "udp"] {
                for (family, ip) in &servers {
                    self.nat("istio-output-dns", format!("{family} daddr {ip} {protocol} dport 53 {to_agent}"));
                }
            }
        }
        let users = capture.proxy_uids.iter().map(|id| ("skuid", id));
        for (owner, id) in users.chain(capture.proxy_gids.iter().map(|id| ("skgid", id))) {
            let of = format!("meta {owner} {id} counter ct zone set");
            self.out.append(RAW, "istio-output-dns", format!("udp dport 53 {of} 1"));
            self.out.append(RAW, "istio-output-dns", format!("udp sport {DNS_PORT} {of} 2"));
        }
        self.out.append(RAW, "prerouting", "counter jump istio-inbound");
        if all {
            self.out.append(RAW, "istio-output-dns", "udp dport 53 counter ct zone set 2");
            self.out.append(RAW, "istio-inbound", "udp sport 53 counter ct zone set 1");
            return;
        }
        for (family, ip) in &servers {
            let to = format!("udp dport 53 {family} daddr {ip} counter ct zone set 2");
            self.out.append(RAW, "istio-output-dns", to);
            let from = format!("udp sport 53 {family} saddr {ip} counter ct zone set 1");
            self.out.append(RAW, "istio-inbound", from);
        }
    }

    fn marks(&mut self) {
        let capture = self.capture;
        let mark = capture.tproxy_mark;
        self.mangle("prerouting", format!("meta l4proto tcp mark {mark} counter ct mark set mark"));
        self.mangle("output", format!("oifname lo meta l4proto tcp mark {mark} counter return"));
        let users = capture.proxy_uids.iter().map(|id| ("skuid", id));
        for (owner, id) in users.chain(capture.proxy_gids.iter().map(|id| ("skgid", id))) {
            for (family, address) in self.loopbacks() {
                let own = format!("oifname lo meta l4proto tcp {family} daddr != {address} {owner} {id}");
                self.mangle("output", format!("{own} counter meta mark set {OUTBOUND_MARK}"));
            }
        }
        self.mangle("output", format!("meta l4proto tcp ct mark {mark} counter meta mark set ct mark"));
        let own = format!("meta l4proto tcp mark {mark} counter return");
        self.out.insert(MANGLE, "istio-inbound", 0, own);
        for (family, address) in self.passthroughs() {
            let from = format!("iifname lo meta l4proto tcp {family} saddr {address} counter return");
            self.out.insert(MANGLE, "istio-inbound", 1, from);
        }
        let to_itself = format!("iifname lo meta l4proto tcp mark != {OUTBOUND_MARK} counter return");
        self.out.insert(MANGLE, "istio-inbound", 2, to_itself);
    }
}
