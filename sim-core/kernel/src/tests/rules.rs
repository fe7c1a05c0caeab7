//! Rules as text on the router of A — R — B: what each match sees in the first packet, and what each target does to it.

use super::*;
use crate::config::ipset::IpSet;
use crate::ids::TableName;
use crate::packet::{Icmp, L4, Mark};
use crate::state::CtTcp;
use crate::text::ipset::read::parse_sets;
use crate::text::iptables::read::{Limits, merge};
use crate::walk::{Assumed, FailedMatch as F, NatKind, Verdict};
use std::collections::BTreeMap;

fn sets() -> BTreeMap<Arc<str>, IpSet> {
    let text = "create hosts hash:ip\nadd hosts 10.0.1.2\ncreate web hash:ip,port\nadd web 10.0.2.2,80\n\
                create nets hash:net\nadd nets 10.0.0.0/16\nadd nets 10.0.2.0/24 nomatch\n";
    parse_sets(text, &crate::text::ipset::read::Limits::default(), &mut |_| CAUSE).unwrap()
}

/// A 10.0.1.2 — 10.0.1.1 R 10.0.2.1 — 10.0.2.2 B, which listens on TCP 80; R has the rules.
fn net(rules: &str) -> (Network, NetnsId) {
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["A", "R", "B"].map(|name| builder.add_netns(name, CAUSE));
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, "eth0", mac(2)), 1500, CAUSE);
    let (r1, b0) = builder.add_veth((r, "eth1", mac(3)), (b, "eth0", mac(4)), 1500, CAUSE);
    for (link, net) in [(a0, "10.0.1.2/24"), (r0, "10.0.1.1/24"), (r1, "10.0.2.1/24"), (b0, "10.0.2.2/24")] {
        address(&mut builder, link, net);
    }
    route(&mut builder, a, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.1.1", a0)));
    route(&mut builder, b, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.2.1", b0)));
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    listen(&mut builder, b, Protocol::Tcp, 80);
    builder.netns(r).sets = sets();
    merge(&mut builder.netns(r).xtables, rules, &Limits::default(), &mut |_| CAUSE)
        .unwrap_or_else(|errors| panic!("{errors:?}\n{rules}"));
    (builder.build().unwrap(), a)
}

fn tcp(rules: &str, to: &str) -> Attempt {
    let (network, a) = net(rules);
    attempt(&network, a, Protocol::Tcp, to)
}

/// What the rules of FORWARD in filter did with the first packet: those that matched, and why the others did not.
fn forward(walk: &Walk) -> (Vec<u32>, Vec<F>) {
    let (mut matched, mut failed) = (Vec::new(), Vec::new());
    for event in walk.hops.iter().flat_map(|hop| &hop.events) {
        match event {
            Event::Rule { rule, skipped, .. } if rule.table == TableName::Filter.into() => {
                failed.extend(skipped.iter().map(|run| run.failed));
                matched.push(rule.id.0);
            }
            Event::ChainEnd { table, skipped, .. } if *table == TableName::Filter.into() => {
                failed.extend(skipped.iter().map(|run| run.failed));
            }
            _ => {}
        }
    }
    (matched, failed)
}

/// Whether a match holds for A's SYN (40000 to 80) in FORWARD, and if not, what failed.
fn check(part: &str, expected: Result<(), F>) {
    let attempt = tcp(&format!("*filter\n-A FORWARD {part}\nCOMMIT\n"), "10.0.2.2:80");
    let (matched, failed) = forward(&attempt.walks[0]);
    match expected {
        Ok(()) => assert_eq!((matched, failed), (vec![0], vec![]), "{part}"),
        Err(why) => assert_eq!((matched, failed), (vec![], vec![why]), "{part}"),
    }
}

#[test]
fn a_rule_says_which_part_does_not_hold() {
    check("-s 10.0.1.2", Ok(()));
    check("! -s 10.0.1.2", Err(F::Source));
    check("-d 10.9.0.0/16", Err(F::Destination));
    check("-i eth0 -o eth+", Ok(()));
    check("-i eth1", Err(F::InDev));
    check("! -o eth1", Err(F::OutDev));
    check("-p udp", Err(F::Protocol));
    check("-f", Err(F::Fragment));
    check("! -f", Ok(()));
    check("-p tcp --sport 1:1023", Err(F::SourcePort));
    check("-p tcp --dport 81", Err(F::DestinationPort));
    check("-p tcp --syn", Ok(()));
    check("-p tcp ! --syn", Err(F::TcpFlags));
    check("-p tcp --tcp-flags ALL SYN", Ok(()));
    check("-p tcp --tcp-flags SYN,ACK SYN,ACK", Err(F::TcpFlags));
    check("-p tcp -m multiport --dports 22,79:81", Ok(()));
    check("-p tcp -m multiport ! --dports 80", Err(F::DestinationPort));
    check("-p tcp -m multiport --sports 80", Err(F::SourcePort));
    check("-p tcp -m multiport --ports 22,443", Err(F::Ports));
    check("-m iprange --src-range 10.0.1.1-10.0.1.9", Ok(()));
    check("-m iprange ! --src-range 10.0.1.1-10.0.1.9", Err(F::IpRange));
    check("-m set --match-set hosts src", Ok(()));
    check("-m set --match-set hosts dst", Err(F::Set));
    check("-m set --match-set web dst,dst", Ok(()));
    check("-m set --match-set web src,dst", Err(F::Set));
    check("-m set --match-set nets dst", Err(F::Set));
    check("-m set --match-set nets dst --return-nomatch", Ok(()));
    check("-m set --match-set nosuch src", Err(F::Set));
    check("-m set ! --match-set nosuch src", Ok(()));
    check("-m physdev --physdev-is-bridged", Err(F::PhysDev));
    check("-m physdev ! --physdev-in porta", Ok(()));
    check("-m addrtype --dst-type UNICAST", Ok(()));
    check("-m addrtype --dst-type LOCAL", Err(F::AddrType));
    check("-m addrtype --src-type UNICAST --limit-iface-in", Ok(()));
    check("-m mark --mark 0x0/0xff", Ok(()));
    check("-m mark ! --mark 0x0/0xff", Err(F::Mark));
    check("-m pkttype --pkt-type unicast", Ok(()));
    check("-m pkttype --pkt-type broadcast", Err(F::PacketType));
    check("-m ttl --ttl-eq 63", Ok(()));
    check("-m ttl --ttl-gt 63", Err(F::Ttl));
    check("-m length --length 60", Ok(()));
    check("-m length ! --length 60", Err(F::Length));
    check("-m mac --mac-source 02:00:00:00:00:01", Ok(()));
    check("-m mac --mac-source 02:00:00:00:00:02", Err(F::MacSource));
    check("-m dscp --dscp 0", Ok(()));
    check("-m tos --tos 0x10", Err(F::Dscp));
    check("-m comment --comment \"x y\"", Ok(()));
    check("-m statistic --mode nth --every 2 --packet 0", Ok(()));
    check("-m statistic --mode nth --every 2 --packet 1", Err(F::Nth));
    check("-m statistic --mode random --probability 0", Err(F::Random));
    check("-m statistic --mode random --probability 1", Ok(()));
    check("-m u32 --u32 \"0=1\"", Err(F::Unknown));
    check("-m u32 --u32 \"0=1\" -m ttl --ttl-eq 63", Err(F::Unknown));
    check("-m u32 --u32 \"0=1\" -m ttl --ttl-eq 64", Err(F::Ttl));
}

#[test]
fn a_rule_sees_the_connection() {
    check("-m conntrack --ctstate NEW", Ok(()));
    check("-m conntrack ! --ctstate NEW", Err(F::CtState));
    check("-m state --state ESTABLISHED", Err(F::CtState));
    check("-m conntrack --ctorigsrc 10.0.1.0/24 --ctorigdstport 80 --ctproto 6 --ctdir ORIGINAL", Ok(()));
    check("-m conntrack --ctreplsrc 10.0.1.2", Err(F::Connection));
    check("-m conntrack ! --ctrepldst 10.0.1.2", Err(F::Connection));
    check("-m conntrack --ctreplsrcport 80 --ctrepldstport 40000", Ok(()));
    check("-m conntrack --ctdir REPLY", Err(F::Connection));
    check("-m conntrack --ctstatus SEEN_REPLY", Err(F::Connection));
    check("-m conntrack --ctstatus NONE", Err(F::Connection));
    check("-m conntrack ! --ctstatus CONFIRMED", Ok(()));
    check("-m conntrack --ctexpire 1:100", Err(F::Unknown));
    check("-m connmark --mark 0x0", Ok(()));
    check("-m connmark --mark 0x1", Err(F::ConnMark));
    // The second rule asks about replies; the SYN-ACK is one.
    let attempt = tcp(
        "*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\n-A FORWARD -m conntrack --ctdir REPLY --ctstatus SEEN_REPLY,ASSURED\nCOMMIT\n",
        "10.0.2.2:80",
    );
    assert_eq!(forward(&attempt.walks[1]), (vec![1], vec![F::CtState]));
    assert_eq!(attempt.state.conntrack[&NetnsId(1)][0].tcp, Some(CtTcp::Established));
}

#[test]
fn untracked_packets_have_no_connection() {
    for notrack in ["CT --notrack", "NOTRACK"] {
        let rules = format!(
            "*raw\n-A PREROUTING -j {notrack}\nCOMMIT\n*filter\n-A FORWARD -m conntrack --ctstate UNTRACKED --ctproto 17\n\
             -A FORWARD -m conntrack --ctproto 6\n-A FORWARD -m connmark ! --mark 1\n-A FORWARD -j CONNMARK --set-mark 1\nCOMMIT\n"
        );
        let attempt = tcp(&rules, "10.0.2.2:80");
        assert_eq!(forward(&attempt.walks[0]), (vec![0, 3], vec![F::Connection, F::ConnMark]));
        assert!(!has(&attempt.walks[0], |event| matches!(event, Event::ConnMarked { .. })));
    }
}

#[test]
fn a_packet_is_untracked_from_the_rule_on_that_says_so() {
    let rules = "*raw\n-A PREROUTING -m conntrack --ctstate INVALID -j MARK --set-mark 1\n-A PREROUTING -p tcp --syn -j CT --notrack\n\
                 -A PREROUTING -m conntrack --ctstate INVALID -j DROP\n-A PREROUTING -m conntrack --ctstate UNTRACKED -j MARK --set-mark 2\nCOMMIT\n";
    let attempt = tcp(rules, "10.0.2.2:80");
    for mark in [1, 2] {
        assert!(has(
            &attempt.walks[0],
            |event| matches!(event, Event::Marked { after: Mark(after), .. } if *after == mark)
        ));
    }
}

#[test]
fn recent_lists_forget_and_count() {
    let rules = "*filter\n-A FORWARD -m recent --rcheck --seconds 10 --reap --name x\n-A FORWARD -m recent --rcheck --name x --hitcount 2\n\
                 -A FORWARD -p tcp --syn -m recent --set --name x\nCOMMIT\n";
    let (network, a) = net(rules);
    let mut state = KernelState::default();
    // A packet at a time (in seconds), with the rules it matches.
    for (now, sport, expected) in [(0, 1, vec![2]), (10, 2, vec![0, 2]), (15, 3, vec![0, 1, 2]), (26, 4, vec![2])] {
        state.now = now;
        let to = "10.0.2.2:80".parse().unwrap();
        let (_, packet) =
            socket::connect(&network, &mut state, &mut AlwaysFirst, a, Protocol::Tcp, (None, Port(40000 + sport)), to)
                .unwrap();
        let walk = step::walk(&network, &mut state, &mut AlwaysFirst, a, packet);
        assert_eq!(forward(&walk).0, expected, "second {now}");
    }
}

#[test]
fn marks_go_between_packet_and_connection() {
    let rules = "*mangle\n-A PREROUTING -p tcp --syn -j MARK --set-xmark 0xabc/0xfff\n-A PREROUTING -p tcp --syn -j CONNMARK --save-mark --nfmask 0xff0 --ctmask 0xffffffff\n\
                 -A PREROUTING -p tcp ! --syn -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf0\nCOMMIT\n";
    let attempt = tcp(rules, "10.0.2.2:80");
    assert_eq!(attempt.state.conntrack[&NetnsId(1)][0].mark, Mark(0xab0));
    assert!(has(&attempt.walks[0], |event| {
        matches!(event, Event::ConnMarked { before: Mark(0), after: Mark(0xab0), .. })
    }));
    assert!(has(&attempt.walks[1], |event| matches!(event, Event::Marked { after: Mark(0xb0), .. })));
}

#[test]
fn log_trace_and_ttl_go_on() {
    let rules = "*mangle\n-A FORWARD -j LOG --log-prefix x\n-A FORWARD -j NFLOG\n-A FORWARD -j TRACE\n-A FORWARD -j TTL --ttl-set 9\n-A FORWARD -j TTL --ttl-inc 250\n-A FORWARD -j TTL --ttl-dec 5\nCOMMIT\n";
    let attempt = tcp(rules, "10.0.2.2:80");
    let events = || attempt.walks[0].hops.iter().flat_map(|hop| &hop.events);
    assert_eq!(events().filter(|event| matches!(event, Event::Logged { .. })).count(), 3);
    let changes: Vec<_> = events()
        .filter_map(|event| match event {
            Event::TtlSet { before, after, .. } => Some((*before, *after)),
            _ => None,
        })
        .collect();
    assert_eq!(changes, [(63, 9), (9, 255), (255, 250)]);
    assert!(accepted(&attempt.walks[0]));
}

#[test]
fn a_limit_is_taken_as_kept_and_said_so_where_it_mattered() {
    let assumed = |part: &str| {
        let attempt =
            tcp(&format!("*filter\n-A FORWARD -m limit --limit 1/day {part} -j DROP\nCOMMIT\n"), "10.0.2.2:80");
        has(&attempt.walks[0], |event| matches!(event, Event::Assumed(Assumed::WithinLimit { .. })))
    };
    assert!(assumed(""));
    assert!(!assumed("-m mark --mark 5"), "it would not have matched anyway");
}

#[test]
fn goto_comes_back_to_the_callers_caller() {
    let rules = "*filter\n:ONE - [0:0]\n:TWO - [0:0]\n-A FORWARD -j ONE\n-A FORWARD -j ACCEPT\n-A ONE -g TWO\n-A ONE -j DROP\n-A TWO -m mark --mark 1 -j DROP\nCOMMIT\n";
    assert!(accepted(&tcp(rules, "10.0.2.2:80").walks[0]));
    let from_base = "*filter\n:FORWARD DROP [0:0]\n:TWO - [0:0]\n-A FORWARD -g TWO\n-A FORWARD -j ACCEPT\n-A TWO -j RETURN\nCOMMIT\n";
    let attempt = tcp(from_base, "10.0.2.2:80");
    assert!(matches!(attempt.walks[0].end, End::Dropped { .. }), "the policy decides");
    assert!(has(&attempt.walks[0], |event| matches!(event, Event::Rule { verdict: Verdict::Goto(_), .. })));
}

/// Where A's connection to 10.9.0.5:80 comes out.
fn translated(target: &str, expected: &str) {
    let attempt = tcp(&format!("*nat\n-A PREROUTING -d 10.9.0.5 -p tcp -j {target}\nCOMMIT\n"), "10.9.0.5:80");
    let entry = &attempt.state.conntrack[&NetnsId(1)][0];
    assert_eq!(entry.reply.src.to_string(), expected, "{target}");
    assert!(has(&attempt.walks[0], |event| matches!(event, Event::Nat { kind: NatKind::Destination, .. })));
}

#[test]
fn destinations_are_those_the_kernel_chooses() {
    translated("DNAT --to-destination 10.0.2.2", "10.0.2.2:80");
    translated("DNAT --to-destination 10.0.2.2:8080", "10.0.2.2:8080");
    translated("DNAT --to-destination 10.0.2.2:79-90", "10.0.2.2:80");
    translated("DNAT --to-destination 10.0.2.2:100-110", "10.0.2.2:100");
    translated("DNAT --to-destination 10.0.2.2:100-110/75", "10.0.2.2:105");
    translated("DNAT --to-destination 10.0.2.2-10.0.2.2:100-110 --random", "10.0.2.2:100");
    translated("REDIRECT --to-ports 8080", "10.0.1.1:8080");
    translated("NETMAP --to 10.0.2.0/24", "10.0.2.5:80");
}

#[test]
fn every_reject_answers_as_it_says() {
    for (with, expected) in [
        ("icmp-net-unreachable", Some((3, 0))),
        ("icmp-host-unreachable", Some((3, 1))),
        ("icmp-proto-unreachable", Some((3, 2))),
        ("icmp-port-unreachable", Some((3, 3))),
        ("icmp-net-prohibited", Some((3, 9))),
        ("icmp-host-prohibited", Some((3, 10))),
        ("icmp-admin-prohibited", Some((3, 13))),
        ("tcp-reset", None),
    ] {
        let rules = format!("*filter\n-A FORWARD -p tcp -j REJECT --reject-with {with}\nCOMMIT\n");
        let attempt = tcp(&rules, "10.0.2.2:80");
        let answer = &attempt.walks[0].answers[0].packet;
        let have = match &answer.l4 {
            L4::Icmp(icmp @ Icmp::Unreachable { .. }) => Some(icmp.type_code()),
            L4::Tcp { flags, .. } if flags.rst => None,
            other => panic!("{with}: {other:?}"),
        };
        assert_eq!(have, expected, "{with}");
    }
}

/// The proxy's own traffic is told from that of others by its user; what no process sends here is nobody's.
#[test]
fn rules_see_whose_socket_a_packet_comes_from() {
    use crate::config::Owner;
    use crate::exchange::{Reported, Request, request};
    let own = |uid, gid| Owner { uid, gid };
    let sent = |rule: &str, owner| {
        let (network, _) = net(&format!("*filter\n-A OUTPUT {rule} -j REJECT\nCOMMIT\n"));
        let asked = Request {
            netns: NetnsId(1),
            protocol: Protocol::Udp,
            local: None,
            sport: Port(40000),
            remote: "10.0.2.2:53".parse().unwrap(),
            payload: [1].into(),
            ttl: None,
            dont_fragment: None,
            owner,
        };
        let mut state = KernelState::default();
        let refused = Reported::Error(crate::state::Errno::NotPermitted);
        request(&network, &mut state, &mut AlwaysFirst, &asked).reported != refused
    };
    for (rule, owner, passes) in [
        ("-m owner --uid-owner 1337", own(1337, 0), false),
        ("-m owner --uid-owner 1337", own(0, 1337), true),
        ("-m owner ! --uid-owner 1337", own(1337, 0), true),
        ("-m owner --gid-owner 1000-2000", own(0, 1337), false),
        ("-m owner --uid-owner 1337 --gid-owner 1", own(1337, 0), true),
        ("-m owner --socket-exists", own(0, 0), false),
        ("-m owner ! --socket-exists", own(0, 0), true),
    ] {
        assert_eq!(sent(rule, owner), passes, "{rule} {owner:?}");
    }
}
