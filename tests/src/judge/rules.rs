//! Hand-made iptables rules: every match and target the interpreter claims to know.

use kernel::config::{Netns, NetworkBuilder};
use kernel::ids::NetnsId;
use kernel::text::ipset::read::parse_sets;
use kernel::text::iptables::read::{Limits, merge};

/// Sets that rules look up, as `ipset save` writes them.
pub const SETS: &str = "\
create h-ip hash:ip family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add h-ip 10.244.0.10
add h-ip 192.168.10.11
create h-net hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add h-net 10.244.0.0/24
add h-net 192.168.10.0/28
create h-port hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add h-port 10.244.0.10,tcp:8080
add h-port 10.244.0.10,udp:5353
create b-port bitmap:port range 0-65535
add b-port 80
add b-port 8080
";

/// Where rules go: table, chain, and what may be matched there: incoming device, outgoing device.
const CHAINS: [(&str, &str, bool, bool); 13] = [
    ("filter", "INPUT", true, false),
    ("filter", "FORWARD", true, true),
    ("filter", "FORWARD", true, true),
    ("filter", "OUTPUT", false, true),
    ("mangle", "PREROUTING", true, false),
    ("mangle", "FORWARD", true, true),
    ("mangle", "OUTPUT", false, true),
    ("mangle", "POSTROUTING", false, true),
    ("raw", "PREROUTING", true, false),
    ("raw", "OUTPUT", false, true),
    ("nat", "PREROUTING", true, false),
    ("nat", "OUTPUT", false, true),
    ("nat", "POSTROUTING", false, true),
];

/// Matches that fit anywhere.
const MATCHES: [&str; 42] = [
    "",
    "-p tcp",
    "-p udp",
    "-p icmp",
    "! -p tcp",
    "-p tcp -m tcp --dport 8080",
    "-p tcp -m tcp ! --sport 1:1023",
    "-p tcp -m multiport --dports 80,8080,30000:30100",
    "-p tcp -m multiport --ports 20000:20005,9090",
    "-p udp -m multiport ! --sports 53,5353",
    "-m iprange --src-range 10.244.0.10-10.244.0.12",
    "-m iprange ! --dst-range 10.244.0.0-10.244.1.255",
    "-s 10.244.0.0/24",
    "! -d 10.96.0.0/12",
    "-d 10.244.0.0/16",
    "-s 192.168.10.50/32",
    "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN",
    "-p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK",
    "-p tcp -m tcp ! --tcp-flags RST RST",
    "-p icmp -m icmp --icmp-type 8",
    "-p icmp -m icmp --icmp-type 0",
    "-p icmp -m icmp --icmp-type 3/3",
    "-p icmp -m icmp ! --icmp-type 3",
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    "-m conntrack --ctstate INVALID",
    "-m conntrack --ctstate DNAT",
    "-m conntrack ! --ctstate SNAT,DNAT",
    "-m conntrack --ctproto 6 --ctorigdst 10.96.0.0/12",
    "-m conntrack --ctorigdstport 80 --ctdir REPLY",
    "-m conntrack --ctstatus SEEN_REPLY",
    "-m state --state ESTABLISHED",
    "-m mark --mark 0x4000/0x4000",
    "-m mark ! --mark 0x8/0xff",
    "-m connmark --mark 0x5/0xff",
    "-m addrtype --dst-type LOCAL",
    "-m addrtype ! --src-type LOCAL",
    "-m addrtype --dst-type UNICAST",
    "-m ttl --ttl-lt 64",
    "-m ttl --ttl-eq 63",
    "-m pkttype --pkt-type unicast",
    "-p udp -m length --length 0:100",
];

/// New connections, but for the ports of tunnels.
const NEW: &str = "-m conntrack --ctstate NEW ! --ctorigdstport 8472 -m conntrack --ctstate NEW ! --ctorigdstport 4789";

/// Matches that keep state or look a set up.
const STATEFUL: [&str; 11] = [
    "-m recent --set --name r1 --mask 255.255.255.255 --rsource",
    "-m recent --rcheck --seconds 600 --name r1 --mask 255.255.255.255 --rsource",
    "-m recent --update --seconds 600 --hitcount 3 --name r1 --mask 255.255.255.255 --rsource",
    "-m recent --remove --name r1 --mask 255.255.255.255 --rsource",
    "-m recent ! --rcheck --name r1 --mask 255.255.255.0 --rdest",
    "-m statistic --mode nth --every 2 --packet 0",
    "-m statistic --mode nth --every 3 --packet 1",
    "-m set --match-set h-ip src",
    "-m set ! --match-set h-net dst",
    "-m set --match-set h-port dst,dst",
    "-p tcp -m set --match-set b-port dst",
];

/// What a rule of the filter table does.
const FILTER: [&str; 16] = [
    "-j ACCEPT",
    "-j DROP",
    "-j DROP",
    "-j RETURN",
    "-j HAND",
    "-g HAND",
    "-j LOG --log-prefix \"judge \"",
    "-j NFLOG --nflog-group 7",
    "-j REJECT --reject-with icmp-port-unreachable",
    "-j REJECT --reject-with icmp-host-unreachable",
    "-j REJECT --reject-with icmp-net-unreachable",
    "-j REJECT --reject-with icmp-proto-unreachable",
    "-j REJECT --reject-with icmp-net-prohibited",
    "-j REJECT --reject-with icmp-host-prohibited",
    "-j REJECT --reject-with icmp-admin-prohibited",
    "",
];

/// By which ports a bridged frame leaves: their names are hashes.
const BRIDGED: [&str; 5] = [
    "-m physdev --physdev-is-bridged --physdev-out veth+ ",
    "-m physdev --physdev-is-bridged --physdev-out veth1+ ",
    "-m physdev --physdev-is-bridged --physdev-out veth9+ ",
    "-m physdev --physdev-is-bridged ! --physdev-out vethc+ ",
    "-m physdev --physdev-is-bridged ! --physdev-out veth5+ ",
];

/// What a rule of the mangle table does.
const MANGLE: [&str; 13] = [
    "-j MARK --set-xmark 0x4000/0x4000",
    "-j MARK --set-xmark 0x8/0xff",
    "-j MARK --set-xmark 0x0/0xffffffff",
    "-j CONNMARK --set-xmark 0x5/0xff",
    "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff",
    "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
    "-j TTL --ttl-set 3",
    "-j TTL --ttl-dec 1",
    "-j TTL --ttl-inc 2",
    "-j DROP",
    "-j ACCEPT",
    "-j HAND",
    "",
];

/// What a rule of the raw table does.
const RAW: [&str; 5] = ["-j CT --notrack", "-j DROP", "-j ACCEPT", "-j TRACE", "-j RETURN"];

/// What a rule that translates destinations does; the protocol is TCP.
const DESTINATION: [&str; 9] = [
    "-j DNAT --to-destination 10.244.0.10:8080",
    "-j DNAT --to-destination 10.244.0.11",
    "-j DNAT --to-destination 10.244.0.10-10.244.0.12:9090",
    "-j DNAT --to-destination 192.168.10.11:10250",
    "-j REDIRECT --to-ports 10250",
    "-j REDIRECT",
    "-j ACCEPT",
    "-j RETURN",
    "-j HAND",
];

/// What a rule that translates sources does; the protocol is TCP.
const SOURCE: [&str; 9] = [
    "-j MASQUERADE",
    "-j MASQUERADE --random-fully",
    "-j MASQUERADE --to-ports 50000-50100",
    "-j SNAT --to-source 192.168.10.11",
    "-j SNAT --to-source 192.168.10.12:40000-40100",
    "-j SNAT --to-source 192.168.10.11-192.168.10.12",
    "-j ACCEPT",
    "-j RETURN",
    "-j HAND",
];

/// The rule of number `which`: table and line.
pub fn rule(which: u32) -> (&'static str, String) {
    let mut rest = which as usize;
    let mut take = |count: usize| {
        let value = rest % count;
        rest /= count;
        value
    };
    let (table, chain, incoming, outgoing) = CHAINS[take(CHAINS.len())];
    let how = if take(3) == 0 { "-A" } else { "-I" };
    let mut matches = match take(8) {
        // What counts packets counts new connections: how a connection ends is not part of a probe. A tunnel's packets are new for ever, those
        // that carry such an end too: they are not counted.
        0 if table != "raw" => format!("{NEW} {}", STATEFUL[take(STATEFUL.len())]),
        _ => MATCHES[take(MATCHES.len())].to_owned(),
    };
    let device = match take(12) {
        0 if incoming => "-i cni0 ",
        1 if incoming => "! -i eth0 ",
        2 if incoming => "-i veth+ ",
        3 if outgoing => "-o eth0 ",
        4 if outgoing => "! -o cni+ ",
        5 if chain == "FORWARD" => "-m physdev --physdev-is-bridged ",
        6 if chain == "FORWARD" => "-m physdev --physdev-in veth+ ",
        7 if outgoing && chain != "OUTPUT" => BRIDGED[take(BRIDGED.len())],
        _ => "",
    };
    let target = match (table, chain) {
        ("filter", _) => {
            // A reset answers TCP only.
            if take(17) == 0 {
                matches = "-p tcp".to_owned();
                "-j REJECT --reject-with tcp-reset"
            } else {
                FILTER[take(FILTER.len())]
            }
        }
        ("mangle", _) => MANGLE[take(MANGLE.len())],
        ("raw", _) => RAW[take(RAW.len())],
        ("nat", "POSTROUTING") => SOURCE[take(SOURCE.len())],
        _ => DESTINATION[take(DESTINATION.len())],
    };
    // A packet that routers send in circles must grow old.
    let target = match target {
        "-j TTL --ttl-set 3" | "-j TTL --ttl-inc 2" if chain != "OUTPUT" => "-j TTL --ttl-dec 1",
        target => target,
    };
    let ports = target.contains("--to-ports") || target.contains(':') && table == "nat";
    if ports && !matches.starts_with("-p tcp") {
        matches = format!("-p tcp {}", if matches.contains("-p ") { "" } else { &matches });
    }
    // Tracking has not run in raw.
    let line = format!("{how} {chain} {device}{matches} {target}");
    (table, line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Appends rule number `which` to a namespace, with a chain of its own that other rules go to.
///
/// # Panics
/// When a rule is not understood.
pub fn append(builder: &mut NetworkBuilder, netns: NetnsId, which: u32) {
    let (table, line) = rule(which);
    let mut text = format!("*{table}\n");
    let here = builder.netns(netns);
    let has_chain = here.xtables.tables.get(&table_name(table)).is_some_and(|table| table.find("HAND").is_some());
    if line.contains("HAND") && !has_chain {
        let accept = if table == "nat" { "-p tcp -m tcp --dport 9090 -j ACCEPT" } else { "-p icmp -j ACCEPT" };
        text.push_str(&format!(
            ":HAND - [0:0]\n-A HAND {accept}\n-A HAND -p udp -j RETURN\n-A HAND -m mark --mark 0x1/0x1\n"
        ));
    }
    text.push_str(&format!("{line}\nCOMMIT\n"));
    if line.contains("--match-set") && !here.sets.contains_key("h-port") {
        sets(here);
    }
    if let Err(errors) = merge(&mut here.xtables, &text, &Limits::default(), &mut |_| Default::default()) {
        panic!("{errors:?}\n{text}");
    }
}

/// The sets that rules look up.
fn sets(here: &mut Netns) {
    here.sets.extend(parse_sets(SETS, &Default::default(), &mut |_| Default::default()).unwrap());
}

fn table_name(name: &str) -> kernel::ids::TableName {
    use kernel::ids::TableName;
    match name {
        "raw" => TableName::Raw,
        "mangle" => TableName::Mangle,
        "nat" => TableName::Nat,
        "filter" => TableName::Filter,
        _ => TableName::Security,
    }
}
