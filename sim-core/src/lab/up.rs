//! `up.sh`: namespaces, devices, addresses, routes, neighbours, sysctls, rules.

use super::files::LabFile;
use super::names::Names;
use super::{LabDns, LabProxy};
use crate::print::ipset::write_sets;
use crate::print::iptables::write_save;
use crate::print::nft::write_ruleset;
use ipnet::IpNet;
use kernel::config::xtables::{Match, Xtables};
use kernel::config::{
    Ipip, Link, LinkKind, Netns, Network, Owner, PolicyRule, Route, RouteKind, RouteProtocol, Scope, TableId, Vxlan,
};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::Protocol;
use kubernetes::shown;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// What a namespace has before anything is configured, whatever the machine's own defaults are (new namespaces inherit them for
/// IPv4). IPv6 is off: its router solicitations would only be noise. Redirects are not simulated and ICMP errors are not held
/// back by a rate limit.
const BASELINE: &str = "\
baseline() {
  ip netns exec \"$1\" sh -eu -c '
    for where in all default lo; do
      cd \"/proc/sys/net/ipv4/conf/$where\"
      for name in rp_filter accept_local route_localnet send_redirects accept_redirects proxy_arp arp_ignore arp_announce \\
          arp_filter arp_accept src_valid_mark; do
        echo 0 >\"$name\"
      done
      echo 1 >\"/proc/sys/net/ipv6/conf/$where/disable_ipv6\" 2>/dev/null || true
    done
    echo 0 >/proc/sys/net/ipv4/ip_forward
    echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
    for name in iptables arptables ip6tables; do
      file=/proc/sys/net/bridge/bridge-nf-call-$name
      [ ! -e \"$file\" ] || echo 0 >\"$file\"
    done'
}
";

/// The module gives every bridge of the machine, also outside the lab, a switch that is on at first: the reader decides.
const BRIDGE_MODULE: &str = "\
[ -e /proc/sys/net/bridge ] || {
  echo 'up.sh: this network needs the kernel module br_netfilter: sudo modprobe br_netfilter' >&2
  echo '       (with it, iptables also sees what bridges of this machine forward: sysctl net.bridge.bridge-nf-call-iptables)' >&2
  exit 1
}
";

/// True when some bridge hands its frames to iptables.
fn calls_from_bridges(network: &Network) -> bool {
    let mut sysctls = network.namespaces().flat_map(|netns| &netns.sysctls);
    sysctls.any(|(key, sysctl)| key.starts_with("net.bridge.") && &*sysctl.value != "0")
}

/// A bridge hears of its ports' carrier a moment later, up to a second: until then it drops what comes.
const FORWARDING: &str = "\
forwarding() {
  tries=0
  until [ \"$(bridge -n \"$1\" link show | grep -c ' state forwarding ')\" -ge \"$2\" ]; do
    tries=$((tries + 1))
    [ \"$tries\" -le 100 ] || { echo \"up.sh: ports of a bridge in $1 do not forward yet\" >&2; return 0; }
    sleep 0.05
  done
}
";

/// Waits for the ports that have a carrier.
fn wait_for_ports(out: &mut String, network: &Network, names: &Names) {
    let running = |id: NetnsId| {
        let ports = network.netns(id).links.entries().filter(|(_, link)| link.port.is_some());
        ports.filter(|(at, _)| network.is_running(LinkRef { netns: id, link: *at })).count()
    };
    let all: Vec<(NetnsId, usize)> =
        network.ids().map(|id| (id, running(id))).filter(|(_, ports)| *ports > 0).collect();
    if all.is_empty() {
        return;
    }
    out.push_str("\n# bridges\n");
    out.push_str(FORWARDING);
    for (id, ports) in all {
        let _ = writeln!(out, "forwarding {} {ports}", names.netns(id));
    }
}

/// What VXLAN adds to a packet: IPv4, UDP, its own header and an Ethernet header.
const VXLAN_OVERHEAD: u32 = 50;

/// With it, each new namespace has a device `tunl0`.
const IPIP_MODULE: &str = "\n# IP in IP\nmodprobe ipip 2>/dev/null || true\n\
    ip link add khipip type ipip remote 192.0.2.1 local 192.0.2.2 2>/dev/null || \\\n\
    \x20 { echo \"up.sh: this kernel has no IP in IP devices (module ipip)\" >&2; exit 1; }\n\
    ip link del khipip\n";

/// What is on no wire: a device that only has addresses. A bridge without ports takes and sends nothing either; that it has no carrier matters
/// for routes by it, and there is none.
const DUMMIES: &str = "\n# dummy devices\nmodprobe dummy 2>/dev/null || true\ndummy=dummy\n\
    if ip link add \"khd$$\" type dummy 2>/dev/null; then\n\
    \x20 ip link del \"khd$$\"\n\
    else\n\
    \x20 echo \"up.sh: note: this kernel has no dummy devices (module dummy): bridges without ports stand in for them\" >&2\n\
    \x20 dummy='bridge stp_state 0 forward_delay 0 mcast_snooping 0'\n\
    fi\n";

/// Makes the devices that are on no wire.
fn dummies(out: &mut String, network: &Network, names: &Names) {
    let links = |id| network.netns(id).links.entries().map(move |(link, own)| (LinkRef { netns: id, link }, own));
    let all: Vec<_> = network.ids().flat_map(links).filter(|(_, link)| link.kind == LinkKind::Dummy).collect();
    if all.is_empty() {
        return;
    }
    out.push_str(DUMMIES);
    for (at, link) in all {
        let (name, netns) = (names.device(at), names.netns(at.netns));
        let _ =
            writeln!(out, "ip link add name {name} netns {netns} address {} mtu {} type $dummy", link.mac, link.mtu);
    }
}

pub(super) fn script(network: &Network, names: &Names) -> String {
    let mut out = String::from(
        "#!/bin/sh\n\
         # Builds this lab in network namespaces of its own (names.txt). down.sh takes it away again; running this twice starts afresh.\n\
         set -eu\n\
         cd \"$(dirname \"$0\")\"\n\
         [ \"$(id -u)\" = 0 ] || { echo \"up.sh: run as root\" >&2; exit 1; }\n\
         for tool in ip bridge iptables-restore nft tcpdump python3; do\n\
         \x20 command -v \"$tool\" >/dev/null || { echo \"up.sh: $tool is missing; install iproute2 iptables nftables tcpdump python3\" >&2; exit 1; }\n\
         done\n\
         case $(iptables-restore --version) in\n\
         \x20 *nf_tables*) ;;\n\
         \x20 *) echo \"up.sh: note: this iptables has the legacy back end; probe.sh cannot show its rules. Choose iptables-nft (update-alternatives)\" >&2 ;;\n\
         esac\n",
    );
    if calls_from_bridges(network) {
        out.push_str(BRIDGE_MODULE);
    }
    if network.ids().any(|id| network.netns(id).links.iter().any(|link| matches!(link.kind, LinkKind::Ipip(_)))) {
        out.push_str(IPIP_MODULE);
    }
    out.push_str("sh ./down.sh\nfor name in");
    for name in names.all() {
        let _ = write!(out, " \\\n  {name}");
    }
    out.push_str(
        "; do\n\
         \x20 [ ! -e \"/run/netns/$name\" ] || { echo \"up.sh: there is a namespace $name already, of another lab: end that one first, or run ./down.sh --force\" >&2; exit 1; }\n\
         done\n\
         trap 'status=$?; [ \"$status\" = 0 ] || sh ./down.sh; exit \"$status\"' EXIT\n\
         mkdir -p run\n\
         touch run/up\n\n",
    );
    out.push_str(BASELINE);
    out.push_str("\n# namespaces\n");
    for id in network.ids() {
        let name = names.netns(id);
        let _ = writeln!(out, "ip netns add {name}\nbaseline {name}");
    }
    out.push_str("\n# devices\nip -batch - <<'END'\n");
    for id in network.ids() {
        devices(&mut out, network, names, id);
    }
    out.push_str("END\n");
    dummies(&mut out, network, names);
    for id in network.ids() {
        namespace(&mut out, network, names, id);
    }
    wait_for_ports(&mut out, network, names);
    out.push_str("\n# servers: every socket of servers.txt, until down.sh\n: >run/servers.log\npython3 serve.py servers.txt >run/servers.log 2>&1 &\necho $! >run/servers.pid\n");
    out.push_str("tries=0\nuntil grep -q '^ready' run/servers.log; do\n  tries=$((tries + 1))\n  [ \"$tries\" -le 600 ] && kill -0 \"$(cat run/servers.pid)\" 2>/dev/null || { cat run/servers.log >&2; exit 1; }\n  sleep 0.05\ndone\n");
    let _ = writeln!(out, "echo \"up: {} namespaces\"", network.len());
    out
}

/// Makes the devices of a namespace; a veth pair is made with its lower end.
fn devices(out: &mut String, network: &Network, names: &Names, id: NetnsId) {
    for (at, link) in (0u32..).zip(&network.netns(id).links) {
        let here = LinkRef { netns: id, link: LinkId(at) };
        let head = |out: &mut String| {
            let _ = write!(out, "link add name {} netns {}", names.device(here), names.netns(id));
            let _ = write!(out, " address {} mtu {}", link.mac, link.mtu);
        };
        match &link.kind {
            LinkKind::Loopback => {}
            LinkKind::Veth { peer } if here < *peer => {
                let far = network.link(*peer);
                head(out);
                let _ = write!(out, " type veth peer name {} netns {}", names.device(*peer), names.netns(peer.netns));
                let _ = writeln!(out, " address {} mtu {}", far.mac, far.mtu);
            }
            LinkKind::Veth { .. } => {}
            // A datapath of Open vSwitch is a bridge here: it meets rules that it would not.
            LinkKind::Bridge(_) => {
                head(out);
                out.push_str(" type bridge stp_state 0 forward_delay 0 mcast_snooping 0\n");
            }
            // Made as this kernel can.
            LinkKind::Dummy => {}
            // Made inside its namespace: that is where its socket is.
            LinkKind::Vxlan(_) | LinkKind::Ipip(_) => {}
        }
    }
}

fn namespace(out: &mut String, network: &Network, names: &Names, id: NetnsId) {
    let netns = network.netns(id);
    let name = names.netns(id);
    let device = |link: LinkId| names.device(LinkRef { netns: id, link });
    let _ = writeln!(out, "\n# {}\nip -n {name} -batch - <<'END'", printable(&netns.name));
    for (at, link) in netns.links.entries() {
        if let LinkKind::Vxlan(vxlan) = &link.kind {
            // The kernel makes none that is wider than what its packets leave by; what became narrower later does not change it.
            let needs = link.mtu + VXLAN_OVERHEAD;
            let below = vxlan.dev.and_then(|dev| Some((dev, netns.links.get(dev)?.mtu)));
            let below = below.filter(|(_, mtu)| *mtu < needs);
            if let Some((dev, _)) = below {
                let _ = writeln!(out, "link set dev {} mtu {needs}", device(dev));
            }
            write_vxlan(out, link, vxlan, device(at), &device);
            if let Some((dev, mtu)) = below {
                let _ = writeln!(out, "link set dev {} mtu {mtu}", device(dev));
            }
        }
        if let LinkKind::Ipip(ipip) = &link.kind {
            write_ipip(out, link, ipip, device(at));
        }
    }
    let ports = || netns.links.entries().filter_map(|(at, link)| Some((at, link.port.as_ref()?)));
    for (at, port) in ports() {
        let _ = writeln!(out, "link set dev {} master {}", device(at), device(port.master));
    }
    // A bridge takes its ports' smallest MTU unless it is given one afterwards.
    for (at, link) in netns.links.entries() {
        let of_ports = ports().filter(|(_, port)| port.master == at).filter_map(|(port, _)| netns.links.get(port));
        if of_ports.map(|port| port.mtu).min().is_some_and(|mtu| mtu != link.mtu) {
            let _ = writeln!(out, "link set dev {} mtu {}", device(at), link.mtu);
        }
    }
    for (at, link) in netns.links.entries() {
        addresses(out, link, device(at));
    }
    for (dev, gone) in taken_away(netns) {
        let _ = writeln!(out, "route del {gone} dev {} proto kernel scope link", device(dev));
    }
    let routes: Vec<&Route> = netns.routes.iter().collect();
    let one = |a: &&Route, b: &&Route| {
        a.weight.is_some() && b.weight.is_some() && (a.table, a.dst, a.metric) == (b.table, b.dst, b.metric)
    };
    for hops in routes.chunk_by(one) {
        write_route(out, hops, &device);
    }
    for rule in &netns.rules {
        write_rule(out, rule);
    }
    for gone in [(32766, TableId::MAIN), (32767, TableId::DEFAULT)] {
        if !netns.rules.iter().any(|rule| (rule.priority, rule.table) == gone) {
            let _ = writeln!(out, "rule del priority {}", gone.0);
        }
    }
    for entry in netns.neighbours.iter() {
        let state = if entry.permanent { "permanent" } else { "reachable" };
        let _ = writeln!(out, "neigh replace {} lladdr {} dev {} nud {state}", entry.ip, entry.mac, device(entry.dev));
    }
    // Down again once everything is configured: the kernel would not take routes by a device that is down.
    for (at, _) in netns.links.entries().filter(|(_, link)| !link.up) {
        let _ = writeln!(out, "link set dev {} down", device(at));
    }
    out.push_str("END\n");
    bridges(out, netns, name, &device);
    sysctls(out, netns, name, &device);
    if !netns.xtables.tables.is_empty() {
        if !netns.sets.is_empty() {
            let _ = writeln!(out, "ip netns exec {name} ipset restore <rules/{name}.ipset");
        }
        let _ = writeln!(out, "ip netns exec {name} iptables-restore <rules/{name}.iptables");
    }
    if !netns.nft.tables.is_empty() {
        let _ = writeln!(out, "ip netns exec {name} nft -f rules/{name}.nft");
    }
}

fn write_vxlan<'n>(out: &mut String, link: &Link, vxlan: &Vxlan, name: &str, device: &impl Fn(LinkId) -> &'n str) {
    let _ = write!(out, "link add name {name} address {} mtu {} type vxlan id {}", link.mac, link.mtu, vxlan.vni);
    let _ = write!(out, " dstport {}", vxlan.port);
    if let Some(local) = vxlan.local {
        let _ = write!(out, " local {local}");
    }
    if let Some(remote) = vxlan.remote {
        let _ = write!(out, " remote {remote}");
    }
    if let Some(dev) = vxlan.dev {
        let _ = write!(out, " dev {}", device(dev));
    }
    if let Some(ttl) = vxlan.ttl {
        let _ = write!(out, " ttl {ttl}");
    }
    if vxlan.dont_fragment {
        out.push_str(" df set");
    }
    out.push_str(if vxlan.learning { " learning\n" } else { " nolearning\n" });
}

/// What has neither end is the device that the namespace already has.
fn write_ipip(out: &mut String, link: &Link, ipip: &Ipip, name: &str) {
    if (ipip.remote, ipip.local) == (None, None) {
        if name != "tunl0" {
            let _ = writeln!(out, "link set dev tunl0 name {name}");
        }
        let _ = writeln!(out, "link set dev {name} mtu {}", link.mtu);
        return;
    }
    let shown = |ip: Option<IpAddr>| ip.map_or_else(|| "any".to_owned(), |ip| ip.to_string());
    let _ = write!(out, "link add name {name} mtu {} type ipip remote {}", link.mtu, shown(ipip.remote));
    let _ = write!(out, " local {}", shown(ipip.local));
    match ipip.ttl {
        Some(ttl) => {
            let _ = write!(out, " ttl {ttl}");
        }
        None => out.push_str(" ttl inherit"),
    }
    out.push_str(if ipip.discovers_mtu { " pmtudisc\n" } else { " nopmtudisc\n" });
}

fn addresses(out: &mut String, link: &Link, name: &str) {
    let _ = writeln!(out, "link set dev {name} up");
    if let LinkKind::Bridge(bridge) = &link.kind
        && bridge.promiscuous
    {
        let _ = writeln!(out, "link set dev {name} promisc on");
    }
    for address in &link.addresses {
        // The kernel gives `lo` this one itself.
        if link.kind == LinkKind::Loopback && address.net.addr().is_loopback() && address.net.prefix_len() == 8 {
            continue;
        }
        let _ = write!(out, "address add {} dev {name}", address.net);
        if let Some(broadcast) = address.broadcast {
            let _ = write!(out, " broadcast {broadcast}");
        }
        match address.scope {
            Scope::Global => {}
            Scope::Link => out.push_str(" scope link"),
            Scope::Host => out.push_str(" scope host"),
        }
        out.push('\n');
    }
}

/// Routes to connected networks that the kernel adds with addresses and that are not there any more.
fn taken_away(netns: &Netns) -> impl Iterator<Item = (LinkId, IpNet)> {
    let is = move |dev: LinkId, net: IpNet| {
        let mut all = netns.routes.iter();
        all.any(|route| route.protocol == RouteProtocol::Kernel && route.dst == net && route.dev == Some(dev))
    };
    netns.links.entries().flat_map(move |(dev, link)| {
        let nets: BTreeSet<IpNet> = link.addresses.iter().map(|address| address.net.trunc()).collect();
        nets.into_iter()
            .filter(move |net| net.prefix_len() < net.max_prefix_len() && !is(dev, *net))
            .map(move |net| (dev, net))
    })
}

/// A route with its next hops: one, or several of a multipath route.
fn write_route<'n>(out: &mut String, hops: &[&Route], device: &impl Fn(LinkId) -> &'n str) {
    let Some(route) = hops.first() else { return };
    let several = route.weight.is_some();
    // The kernel adds its own routes with addresses.
    if route.protocol == RouteProtocol::Kernel {
        return;
    }
    out.push_str("route add ");
    out.push_str(match route.kind {
        RouteKind::Unicast => "",
        RouteKind::Local => "local ",
        RouteKind::Broadcast => "broadcast ",
        RouteKind::Blackhole => "blackhole ",
        RouteKind::Unreachable => "unreachable ",
        RouteKind::Prohibit => "prohibit ",
    });
    let _ = write!(out, "{}", route.dst);
    if let Some(via) = route.via.filter(|_| !several) {
        let _ = write!(out, " via {via}");
    }
    let drops = matches!(route.kind, RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit);
    if let Some(dev) = route.dev.filter(|_| !drops && !several) {
        let _ = write!(out, " dev {}", device(dev));
    }
    if let Some(src) = route.src {
        let _ = write!(out, " src {src}");
    }
    if route.metric != 0 {
        let _ = write!(out, " metric {}", route.metric);
    }
    let _ = write!(out, " table {}", route.table.0);
    // Without a gateway `ip` takes the scope of a link.
    if route.kind == RouteKind::Unicast && !several && route.via.is_none() && route.scope != Scope::Link {
        out.push_str(if route.scope == Scope::Host { " scope host" } else { " scope global" });
    }
    if route.protocol != RouteProtocol::Boot {
        let _ = write!(out, " proto {}", route.protocol.name());
    }
    if route.onlink && !several {
        out.push_str(" onlink");
    }
    for hop in hops.iter().filter(|_| several) {
        let via = hop.via.map_or_else(String::new, |via| format!(" via {via}"));
        let dev = hop.dev.map_or_else(String::new, |dev| format!(" dev {}", device(dev)));
        let _ = write!(out, " nexthop{via}{dev} weight {}", hop.weight.unwrap_or(1));
        out.push_str(if hop.onlink { " onlink" } else { "" });
    }
    out.push('\n');
}

fn write_rule(out: &mut String, rule: &PolicyRule) {
    let kernels_own = rule.from.is_none() && rule.to.is_none() && rule.fwmark.is_none();
    if kernels_own && matches!((rule.priority, rule.table.0), (0, 255) | (32766, 254) | (32767, 253)) {
        return;
    }
    let _ = write!(out, "rule add priority {}", rule.priority);
    match rule.from {
        Some(from) => {
            let _ = write!(out, " from {from}");
        }
        None => out.push_str(" from all"),
    }
    if let Some(to) = rule.to {
        let _ = write!(out, " to {to}");
    }
    if let Some((mark, mask)) = rule.fwmark {
        let _ = write!(out, " fwmark 0x{mark:x}/0x{mask:x}");
    }
    let _ = writeln!(out, " lookup {}", rule.table.0);
}

/// Port settings and configured forwarding entries.
fn bridges<'n>(out: &mut String, netns: &Netns, name: &str, device: &impl Fn(LinkId) -> &'n str) {
    let mut lines = String::new();
    let onoff = |on: bool| if on { "on" } else { "off" };
    for (at, link) in netns.links.entries() {
        if let Some(port) = &link.port {
            let _ = writeln!(
                lines,
                "link set dev {} hairpin {} learning {} flood {} isolated {}",
                device(at),
                onoff(port.hairpin),
                onoff(port.learning),
                onoff(port.flood),
                onoff(port.isolated)
            );
        }
        if let LinkKind::Vxlan(vxlan) = &link.kind {
            for entry in &vxlan.fdb {
                let (mac, remote) = (entry.mac, entry.remote);
                let _ = writeln!(lines, "fdb append {mac} dev {} dst {remote} self permanent", device(at));
            }
        }
        if let LinkKind::Bridge(bridge) = &link.kind {
            for entry in &bridge.fdb {
                let flags = match (entry.port == at, entry.local) {
                    (true, _) => "self local",
                    (false, true) => "master local",
                    (false, false) => "master static",
                };
                let _ = writeln!(lines, "fdb replace {} dev {} {flags}", entry.mac, device(entry.port));
            }
        }
    }
    if !lines.is_empty() {
        let _ = write!(out, "bridge -n {name} -batch - <<'END'\n{lines}END\n");
    }
}

fn sysctls<'n>(out: &mut String, netns: &Netns, name: &str, device: &impl Fn(LinkId) -> &'n str) {
    let mut lines = String::new();
    for (key, sysctl) in &netns.sysctls {
        let Some(path) = sysctl_path(netns, key, device) else { continue };
        let value: String =
            sysctl.value.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.')).collect();
        // Without its module it is off anyway.
        let guard = if key.starts_with("net.bridge.") && value == "0" {
            format!("[ ! -e /proc/sys/{path} ] || ")
        } else {
            String::new()
        };
        let _ = writeln!(lines, "{guard}echo {value} >/proc/sys/{path}");
    }
    if !lines.is_empty() {
        let _ = write!(out, "ip netns exec {name} sh -eu <<'END'\n{lines}END\n");
    }
}

/// The file of a sysctl under `/proc/sys`; `None` for one that is no network sysctl. Device names may hold dots.
fn sysctl_path<'n>(netns: &Netns, key: &str, device: &impl Fn(LinkId) -> &'n str) -> Option<String> {
    let good = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if !key.starts_with("net.") || !good(key) {
        return None;
    }
    let of_device = ["conf", "neigh"].into_iter().find_map(|kind| {
        let rest = key.strip_prefix("net.ipv4.")?.strip_prefix(kind)?.strip_prefix('.')?;
        rest.rsplit_once('.').map(|(which, leaf)| (kind, which, leaf))
    });
    let Some((kind, which, leaf)) = of_device else { return Some(key.replace('.', "/")) };
    let at = netns.links.position(|link| &*link.name == which);
    let which = match at {
        Some(at) => device(at),
        None if matches!(which, "all" | "default") => which,
        None => return None,
    };
    Some(format!("net/ipv4/{kind}/{which}/{leaf}"))
}

/// Heads a rule file that is not quite what `kubehop rules` prints.
const ACCOUNTS_LEFT_OUT: &str = "\
# -m nfacct is left out of the rules of this file: it always matches and only counts, and loading it takes the tool nfacct and the
# kernel modules nfnetlink_acct and xt_nfacct.
";

/// Takes `-m nfacct` off every rule; true when there was one. What a rule matches, and where it stands, stay the same.
fn leave_accounts_out(xtables: &mut Xtables) -> bool {
    let mut found = false;
    for table in xtables.tables.values_mut() {
        for rule in table.chains.iter_mut().flat_map(|chain| &mut chain.rules) {
            let before = rule.matches.len();
            rule.matches.retain(|part| !matches!(part, Match::Account(_)));
            found |= rule.matches.len() != before;
        }
    }
    found
}

/// The rule sets, as the tools load them.
pub(super) fn rule_files(network: &Network, names: &Names) -> Vec<LabFile> {
    let mut files = Vec::new();
    for id in network.ids() {
        let netns = network.netns(id);
        if !netns.xtables.tables.is_empty() {
            let (mut text, mut xtables) = (String::new(), netns.xtables.clone());
            if leave_accounts_out(&mut xtables) {
                text.push_str(ACCOUNTS_LEFT_OUT);
            }
            let _ = write_save(&mut text, &xtables, &|_| true);
            files.push(LabFile { path: format!("rules/{}.iptables", names.netns(id)), text, executable: false });
        }
        if !netns.sets.is_empty() {
            let mut text = String::new();
            let _ = write_sets(&mut text, &netns.sets);
            files.push(LabFile { path: format!("rules/{}.ipset", names.netns(id)), text, executable: false });
        }
        if !netns.nft.tables.is_empty() {
            let mut text = String::new();
            let _ = write_ruleset(&mut text, &netns.nft);
            files.push(LabFile { path: format!("rules/{}.nft", names.netns(id)), text, executable: false });
        }
    }
    files
}

/// One line a listening socket: namespace, protocol, address, port, and what is behind it, if it does more than answer: a name server with its
/// table, or a proxy with where it goes on to, several in turn. And a line an
/// address that ARP is answered for: namespace, `arp`, address, device.
pub(super) fn servers(network: &Network, names: &Names, dns: Option<&LabDns>, proxies: &[LabProxy]) -> String {
    let mut out = String::new();
    for id in network.ids() {
        for answer in &network.netns(id).answers {
            let device = names.device(LinkRef { netns: id, link: answer.dev });
            let _ = writeln!(out, "{} arp {} {device}", names.netns(id), answer.ip);
        }
        for socket in &network.netns(id).sockets {
            let address = socket.address.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string());
            let table = dns.and_then(|dns| dns.listeners.get(&(id, socket.port)));
            let table = table.filter(|_| matches!(socket.protocol, Protocol::Udp | Protocol::Tcp));
            let its = |proxy: &&LabProxy| {
                (proxy.netns, proxy.protocol, proxy.address, proxy.port)
                    == (id, socket.protocol, socket.address, socket.port)
            };
            let kind = match (table, proxies.iter().find(its)) {
                (Some(table), _) => format!(" dns {table}"),
                (None, Some(proxy)) => {
                    let source = proxy.from.map(|from| format!(" from {from}")).unwrap_or_default();
                    match &proxy.original {
                        None => {
                            let to = proxy.to.iter().map(|to| format!(" {} {}", to.ip(), to.port()));
                            format!(" proxy{source}{}", to.collect::<String>())
                        }
                        Some(services) => {
                            let listed = |ends: &[SocketAddr]| {
                                ends.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
                            };
                            let all = services.iter().map(|(service, ends)| format!(" {service}={}", listed(ends)));
                            format!(" original{source}{}", all.collect::<String>())
                        }
                    }
                }
                (None, None) => String::new(),
            };
            let owner = match socket.owner {
                Owner { uid: 0, gid: 0 } => String::new(),
                Owner { uid, gid } => format!(" as {uid} {gid}"),
            };
            let _ = writeln!(out, "{} {} {address} {}{owner}{kind}", names.netns(id), socket.protocol, socket.port);
        }
    }
    out
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !shown::turns(*c)).collect()
}
