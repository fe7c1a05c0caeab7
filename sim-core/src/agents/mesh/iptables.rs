//! The rules that istio-iptables writes into a Pod (`tools/istio-iptables/pkg/capture`), by what it is told.

use super::command::Commands;
use ipnet::IpNet;
use kubernetes::cluster::model::{Capture, Listed};
use std::net::IpAddr;

/// Which of the two tools takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// iptables.
    V4,
    /// ip6tables.
    V6,
}

/// The mark of what the proxy sends to an address of its own Pod.
pub(super) const OUTBOUND_MARK: u32 = 1338;
/// Where the proxy's agent answers questions for names.
pub(crate) const DNS_PORT: u16 = 15053;

const NAT: &str = "nat";
const MANGLE: &str = "mangle";
const RAW: &str = "raw";

impl Family {
    pub(super) fn has(self, ip: &IpAddr) -> bool {
        ip.is_ipv4() == (self == Self::V4)
    }

    /// Where inbound connections that the proxy opens come from.
    fn passthrough(self) -> &'static str {
        match self {
            Self::V4 => "127.0.0.6/32",
            Self::V6 => "::6/128",
        }
    }

    fn loopback(self, capture: &Capture) -> &str {
        match self {
            Self::V4 => &capture.loopback,
            Self::V6 => "::1/128",
        }
    }

    fn host(self, ip: &IpAddr) -> String {
        format!("{ip}/{}", if self == Self::V4 { 32 } else { 128 })
    }
}

/// Networks of a list. What is none is passed over, as the tool does.
pub(super) fn networks(list: &Listed) -> Vec<IpNet> {
    list.iter().filter_map(|part| part.parse().ok()).collect()
}

/// Whether a list names addresses that stay on the machine: such traffic is captured, too.
pub(super) fn has_loopback(list: &Listed) -> bool {
    networks(list).iter().any(|net| net.addr().is_loopback())
}

/// Whether questions for names are captured at all: without knowing whom they ask, only where all of them are.
pub(super) fn captures_dns(capture: &Capture) -> bool {
    capture.redirect_dns && (capture.capture_all_dns || !capture.dns_servers.is_empty())
}

/// The rules for one family; none of IPv6 where the Pod has no such address.
pub fn commands(capture: &Capture, family: Family) -> Commands {
    let mut out = Commands::default();
    if family == Family::V6 && !capture.ipv6 {
        return out;
    }
    let mut draft = Draft { capture, family, dns: captures_dns(capture), out: &mut out };
    draft.left_alone();
    draft.targets();
    draft.inbound();
    draft.outbound();
    if capture.tproxy {
        draft.marks();
    }
    out
}

struct Draft<'a> {
    capture: &'a Capture,
    family: Family,
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

    /// Devices that are not looked at, and those of machines in the Pod.
    fn left_alone(&mut self) {
        let capture = self.capture;
        for dev in capture.excluded_interfaces.iter() {
            self.nat("PREROUTING", format!("-i {dev} -j RETURN"));
            self.nat("OUTPUT", format!("-o {dev} -j RETURN"));
        }
        for dev in capture.excluded_interfaces.iter().filter(|_| capture.tproxy) {
            self.mangle("PREROUTING", format!("-i {dev} -j RETURN"));
            self.mangle("OUTPUT", format!("-o {dev} -j RETURN"));
        }
        for dev in capture.virtual_interfaces.iter() {
            self.out.insert(NAT, "PREROUTING", 0, format!("-i {dev} -j RETURN"));
        }
        if capture.drop_invalid {
            self.mangle("PREROUTING", "-m conntrack --ctstate INVALID -j ISTIO_DROP");
            self.mangle("ISTIO_DROP", "-j DROP");
        }
    }

    /// Where what is captured goes.
    fn targets(&mut self) {
        let Capture { proxy_port, inbound_port, tunnel_port, .. } = self.capture;
        self.nat("ISTIO_INBOUND", format!("-p tcp --dport {tunnel_port} -j RETURN"));
        self.nat("ISTIO_REDIRECT", format!("-p tcp -j REDIRECT --to-ports {proxy_port}"));
        self.nat("ISTIO_IN_REDIRECT", format!("-p tcp -j REDIRECT --to-ports {inbound_port}"));
    }

    fn inbound(&mut self) {
        let capture = self.capture;
        if capture.inbound_ports.is_empty() {
            return;
        }
        let table = if capture.tproxy { MANGLE } else { NAT };
        if capture.tproxy {
            let (mark, port) = (capture.tproxy_mark, capture.inbound_port);
            let loopback = self.family.loopback(capture).to_owned();
            self.mangle("ISTIO_DIVERT", format!("-j MARK --set-mark {mark}"));
            self.mangle("ISTIO_DIVERT", "-j ACCEPT");
            let target = format!("TPROXY --tproxy-mark {mark}/0xffffffff --on-port {port}");
            self.mangle("ISTIO_TPROXY", format!("! -d {loopback} -p tcp -j {target}"));
        }
        self.out.append(table, "PREROUTING", "-p tcp -j ISTIO_INBOUND");
        let all = capture.inbound_ports.is_all();
        for port in capture.inbound_ports_except.iter().filter(|_| all) {
            self.out.append(table, "ISTIO_INBOUND", format!("-p tcp --dport {port} -j RETURN"));
        }
        let ports: Vec<String> = match all {
            true => vec![String::new()],
            false => capture.inbound_ports.iter().map(|port| format!(" --dport {port}")).collect(),
        };
        for port in ports {
            if capture.tproxy {
                let known = "-m conntrack --ctstate RELATED,ESTABLISHED";
                self.mangle("ISTIO_INBOUND", format!("-p tcp{port} {known} -j ISTIO_DIVERT"));
                self.mangle("ISTIO_INBOUND", format!("-p tcp{port} -j ISTIO_TPROXY"));
            } else {
                self.nat("ISTIO_INBOUND", format!("-p tcp{port} -j ISTIO_IN_REDIRECT"));
            }
        }
    }

    fn outbound(&mut self) {
        let (capture, family) = (self.capture, self.family);
        self.nat("OUTPUT", "-j ISTIO_OUTPUT");
        for port in capture.outbound_ports_except.iter() {
            self.nat("ISTIO_OUTPUT", format!("-p tcp --dport {port} -j RETURN"));
            self.nat("ISTIO_OUTPUT", format!("-p udp --dport {port} -j RETURN"));
        }
        self.nat("ISTIO_OUTPUT", format!("-o lo -s {} -j RETURN", family.passthrough()));
        let tunnel = capture.tunnel_port;
        let others = format!("! --dport {tunnel}");
        let of_users = if self.dns { format!("-m multiport ! --dports 53,{tunnel}") } else { others.clone() };
        for uid in capture.proxy_uids.iter() {
            self.own("--uid-owner", uid, &of_users);
        }
        for gid in capture.proxy_gids.iter() {
            self.own("--gid-owner", gid, &others);
        }
        self.groups();
        if self.dns {
            self.names();
        }
        let loopback = family.loopback(capture).to_owned();
        self.nat("ISTIO_OUTPUT", format!("-d {loopback} -j RETURN"));
        for net in networks(&capture.outbound_ranges_except).iter().filter(|net| family.has(&net.addr())) {
            self.nat("ISTIO_OUTPUT", format!("-d {net} -j RETURN"));
        }
        for port in capture.outbound_ports.iter() {
            self.nat("ISTIO_OUTPUT", format!("-p tcp --dport {port} -j ISTIO_REDIRECT"));
        }
        let devices = || capture.virtual_interfaces.iter();
        if capture.outbound_ranges.is_all() {
            self.nat("ISTIO_OUTPUT", "-j ISTIO_REDIRECT");
            for dev in devices() {
                self.out.insert(NAT, "PREROUTING", 0, format!("-i {dev} -j ISTIO_REDIRECT"));
            }
        }
        for net in networks(&capture.outbound_ranges).iter().filter(|net| family.has(&net.addr())) {
            for dev in devices() {
                self.out.insert(NAT, "PREROUTING", 0, format!("-i {dev} -d {net} -j ISTIO_REDIRECT"));
            }
            self.nat("ISTIO_OUTPUT", format!("-d {net} -j ISTIO_REDIRECT"));
        }
    }

    /// What the proxy itself sends, as its user or group.
    fn own(&mut self, owner: &str, id: &str, ports: &str) {
        let loopback = self.family.loopback(self.capture).to_owned();
        // From the proxy to its own Pod by a Service: it comes in as anything else does.
        let to_itself = format!("-o lo ! -d {loopback} -p tcp {ports} -m owner {owner} {id}");
        self.nat("ISTIO_OUTPUT", format!("{to_itself} -j ISTIO_IN_REDIRECT"));
        // From the application to itself by the Pod's address.
        if !has_loopback(&self.capture.outbound_ranges) {
            let other = if self.dns { "-o lo -p tcp ! --dport 53" } else { "-o lo" };
            self.nat("ISTIO_OUTPUT", format!("{other} -m owner ! {owner} {id} -j RETURN"));
        }
        self.nat("ISTIO_OUTPUT", format!("-m owner {owner} {id} -j RETURN"));
    }

    /// Groups whose processes are left alone.
    fn groups(&mut self) {
        let capture = self.capture;
        if capture.groups.is_all() {
            for group in capture.groups_except.iter() {
                self.nat("ISTIO_OUTPUT", format!("-m owner --gid-owner {group} -j RETURN"));
            }
            return;
        }
        let none: String = capture.groups.iter().map(|group| format!("-m owner ! --gid-owner {group} ")).collect();
        self.nat("ISTIO_OUTPUT", format!("{none}-j RETURN"));
    }

    /// Questions for names; those of UDP are tracked apart from what the agent asks with the same ports.
    fn names(&mut self) {
        let (capture, family) = (self.capture, self.family);
        let servers: Vec<&IpAddr> = capture.dns_servers.iter().filter(|ip| family.has(ip)).collect();
        let all = capture.capture_all_dns;
        self.out.append(RAW, "OUTPUT", "-j ISTIO_OUTPUT_DNS");
        if all || !servers.is_empty() {
            self.nat("ISTIO_OUTPUT", "-j ISTIO_OUTPUT_DNS");
        }
        let asked: Vec<[String; 2]> = match all {
            true => vec![[String::new(), String::new()]],
            false => {
                servers.iter().map(|ip| family.host(ip)).map(|ip| [format!(" -d {ip}"), format!(" -s {ip}")]).collect()
            }
        };
        for (protocol, option) in [("tcp", "--to-ports"), ("udp", "--to-port")] {
            for [to, _] in &asked {
                let rule = format!("-p {protocol} --dport 53{to} -j REDIRECT {option} {DNS_PORT}");
                self.nat("ISTIO_OUTPUT_DNS", rule);
            }
        }
        let users = capture.proxy_uids.iter().map(|id| ("--uid-owner", id));
        for (owner, id) in users.chain(capture.proxy_gids.iter().map(|id| ("--gid-owner", id))) {
            let of = format!("-m owner {owner} {id} -j CT --zone");
            self.out.append(RAW, "ISTIO_OUTPUT_DNS", format!("-p udp --dport 53 {of} 1"));
            self.out.append(RAW, "ISTIO_OUTPUT_DNS", format!("-p udp --sport {DNS_PORT} {of} 2"));
        }
        if !asked.is_empty() {
            self.out.append(RAW, "PREROUTING", "-j ISTIO_INBOUND");
        }
        for [to, from] in &asked {
            self.out.append(RAW, "ISTIO_OUTPUT_DNS", format!("-p udp --dport 53{to} -j CT --zone 2"));
            self.out.append(RAW, "ISTIO_INBOUND", format!("-p udp --sport 53{from} -j CT --zone 1"));
        }
    }

    /// Marks by which TPROXY knows what the proxy sends from others' addresses.
    fn marks(&mut self) {
        let (capture, family) = (self.capture, self.family);
        let mark = capture.tproxy_mark;
        let loopback = family.loopback(capture).to_owned();
        self.mangle("PREROUTING", format!("-p tcp -m mark --mark {mark} -j CONNMARK --save-mark"));
        self.mangle("OUTPUT", format!("-p tcp -o lo -m mark --mark {mark} -j RETURN"));
        let users = capture.proxy_uids.iter().map(|id| ("--uid-owner", id));
        for (owner, id) in users.chain(capture.proxy_gids.iter().map(|id| ("--gid-owner", id))) {
            let own = format!("! -d {loopback} -p tcp -o lo -m owner {owner} {id}");
            self.mangle("OUTPUT", format!("{own} -j MARK --set-mark {OUTBOUND_MARK}"));
        }
        self.mangle("OUTPUT", format!("-p tcp -m connmark --mark {mark} -j CONNMARK --restore-mark"));
        let first = [
            format!("-p tcp -m mark --mark {mark} -j RETURN"),
            format!("-p tcp -s {} -i lo -j RETURN", family.passthrough()),
            format!("-p tcp -i lo -m mark ! --mark {OUTBOUND_MARK} -j RETURN"),
        ];
        for (at, rule) in first.into_iter().enumerate() {
            self.out.insert(MANGLE, "ISTIO_INBOUND", at, rule);
        }
    }
}
