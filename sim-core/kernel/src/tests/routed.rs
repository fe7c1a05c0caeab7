//! A — R — B: routing, TTL, hooks, NAT, errors.

use super::*;
use crate::config::xtables::CtStates;
use crate::config::{PolicyRule, PortRange, RejectWith, TableId};
use crate::exchange;
use crate::packet::{Fragment, Icmp, L4, Packet};
use crate::state::Errno;
use crate::walk::{AnswerKind, Assumed, DropReason, NatBy, NatKind};

struct Net {
    builder: NetworkBuilder,
    a: NetnsId,
    r: NetnsId,
    b: NetnsId,
    /// R's devices toward A and B.
    toward: (LinkRef, LinkRef),
}

/// A 10.0.1.2 — 10.0.1.1 R 10.0.2.1 — 10.0.2.2 B, which listens on TCP 80 and UDP 53.
fn net() -> Net {
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
    listen(&mut builder, b, Protocol::Udp, 53);
    Net { builder, a, r, b, toward: (r0, r1) }
}

/// Changes the network, connects from A, checks the client's state and returns all walks.
fn check(change: impl FnOnce(&mut Net), to: &str, state: ConnectionState) -> (Network, Attempt) {
    let mut net = net();
    change(&mut net);
    let from = net.a;
    let network = net.builder.build().unwrap();
    let attempt = attempt(&network, from, Protocol::Tcp, to);
    assert_eq!(attempt.connection, state, "{:?}", attempt.walks.iter().map(|walk| &walk.end).collect::<Vec<_>>());
    (network, attempt)
}

const OK: ConnectionState = ConnectionState::Established;
const SILENT: ConnectionState = ConnectionState::SynSent;
const REFUSED: ConnectionState = ConnectionState::Failed(Errno::ConnectionRefused);
const UNREACHABLE: ConnectionState = ConnectionState::Failed(Errno::HostUnreachable);

#[test]
fn forwarding_takes_one_off_the_ttl_and_visits_no_hook_without_tables() {
    let (network, attempt) = check(|_| {}, "10.0.2.2:80", OK);
    let expected =
        ["A:socket", "A:routing", "A:eth0>", "R:>eth0", "R:routing", "R:eth1>", "B:>eth0", "B:routing", "B:socket"];
    assert_eq!(places(&network, &attempt.walks[0]), expected);
    assert_eq!(attempt.walks[0].hops.last().unwrap().after.packet.ip.ttl, 63);
    assert!(accepted(&attempt.walks[0]));
    assert!(attempt.state.conntrack.is_empty(), "tracking is lazy");
}

#[test]
fn hooks_come_in_kernel_order_and_see_the_decremented_ttl() {
    let everything = |net: &mut Net| {
        for table in [TableName::Raw, TableName::Mangle, TableName::Nat, TableName::Filter] {
            net.builder.netns(net.r).xtables.table_mut(table);
        }
        track(&mut net.builder, net.r);
    };
    let (network, attempt) = check(everything, "10.0.2.2:80", OK);
    let hooks: Vec<String> =
        places(&network, &attempt.walks[0]).into_iter().filter(|place| place.starts_with("R:")).collect();
    assert_eq!(hooks, ["R:>eth0", "R:PREROUTING", "R:routing", "R:FORWARD", "R:POSTROUTING", "R:eth1>"]);
    let forward =
        attempt.walks[0].hops.iter().find(|hop| matches!(hop.place, Place::Hook { hook: Hook::Forward, .. })).unwrap();
    assert_eq!(forward.before.packet.ip.ttl, 63);
    let entry = &attempt.state.conntrack[&NetnsId(1)][0];
    assert!(entry.confirmed && entry.replied && attempt.state.conntrack[&NetnsId(1)].len() == 1);
}

#[test]
fn what_stops_a_packet_and_what_the_client_reports() {
    check(|net| net.builder.sysctl(net.r, "net.ipv4.ip_forward", "0", CAUSE), "10.0.2.2:80", SILENT);
    check(|net| route(&mut net.builder, net.r, "10.0.9.0/24", RouteKind::Blackhole, None), "10.0.9.1:80", SILENT);
    check(
        |net| route(&mut net.builder, net.r, "10.0.9.0/24", RouteKind::Unreachable, None),
        "10.0.9.1:80",
        UNREACHABLE,
    );
    check(|net| route(&mut net.builder, net.r, "10.0.9.0/24", RouteKind::Prohibit, None), "10.0.9.1:80", UNREACHABLE);
    check(|_| {}, "10.7.7.7:80", ConnectionState::Failed(Errno::NetworkUnreachable));
    check(|_| {}, "10.0.2.77:80", UNREACHABLE);
    check(|_| {}, "10.0.1.77:80", UNREACHABLE);
    check(|_| {}, "10.0.2.2:81", REFUSED);
    let policy = |net: &mut Net| {
        let chains = &mut net.builder.netns(net.r).xtables.table_mut(TableName::Filter).chains;
        chains[1].base = Some((Hook::Forward, crate::config::Policy::Drop));
    };
    check(policy, "10.0.2.2:80", SILENT);
    check(
        |net| {
            let link = net.toward.1;
            net.builder.link(link).up = false
        },
        "10.0.2.2:80",
        // Routes by a device that is down are gone.
        ConnectionState::Failed(Errno::NetworkUnreachable),
    );
}

#[test]
fn reject_answers_from_the_address_toward_the_client() {
    for (with, state) in [
        (RejectWith::PortUnreachable, REFUSED),
        (RejectWith::TcpReset, REFUSED),
        (RejectWith::AdminProhibited, UNREACHABLE),
        (RejectWith::HostUnreachable, UNREACHABLE),
        (RejectWith::NetUnreachable, ConnectionState::Failed(Errno::NetworkUnreachable)),
    ] {
        let reject = |net: &mut Net| {
            rule(
                &mut net.builder,
                net.r,
                TableName::Filter,
                Hook::Forward,
                IpMatch::default(),
                to_port(80),
                Target::Reject(with),
            )
        };
        let (_, attempt) = check(reject, "10.0.2.2:80", state);
        let source = attempt.walks[1].hops[0].after.packet.ip.src.to_string();
        let expected = if with == RejectWith::TcpReset { "10.0.2.2" } else { "10.0.1.1" };
        assert_eq!(source, expected, "{with:?}");
    }
}

#[test]
fn a_connection_that_came_about_is_reset_and_not_refused() {
    for (flags, errno) in [("SYN SYN", Errno::ConnectionRefused), ("SYN,ACK ACK", Errno::ConnectionReset)] {
        let text = format!(
            "*filter\n-A FORWARD -p tcp -m tcp --dport 80 --tcp-flags {flags} -j REJECT --reject-with tcp-reset\nCOMMIT\n"
        );
        let reject = |net: &mut Net| {
            let tables = &mut net.builder.netns(net.r).xtables;
            crate::text::iptables::read::merge(tables, &text, &Default::default(), &mut |_| CAUSE).unwrap();
        };
        check(reject, "10.0.2.2:80", ConnectionState::Failed(errno));
    }
}

#[test]
fn ttl_runs_out_at_the_router() {
    let net = net();
    let from = net.a;
    let network = net.builder.build().unwrap();
    let mut state = KernelState::default();
    let (_, mut packet) = socket::connect(
        &network,
        &mut state,
        &mut AlwaysFirst,
        from,
        Protocol::Tcp,
        (None, Port(1)),
        "10.0.2.2:80".parse().unwrap(),
    )
    .unwrap();
    packet.ip.ttl = 1;
    let walk = step::walk(&network, &mut state, &mut AlwaysFirst, from, packet);
    assert!(matches!(walk.end, End::Dropped { reason: DropReason::TtlExceeded, .. }));
    assert_eq!(walk.answers[0].kind, AnswerKind::IcmpError { kind: 11, code: 0 });
    let back = step::walk_answer(&network, &mut state, &mut AlwaysFirst, &walk.answers[0]);
    assert!(matches!(back.end, End::Delivered { delivery: Delivery::Failed { .. }, .. }));
    assert!(back.answers.is_empty(), "no error answers an error");
}

#[test]
fn a_packet_too_big_for_the_next_link_is_answered_with_its_mtu() {
    let small = |net: &mut Net| {
        let link = net.toward.1;
        net.builder.link(link).mtu = 30
    };
    // The SYN is sent again, as if it were lost: there is nothing in it to shorten (`tcp_v4_err`).
    let (_, attempt) = check(small, "10.0.2.2:80", ConnectionState::SynSent);
    let L4::Icmp(Icmp::Unreachable { code: 4, mtu, .. }) = &attempt.walks[1].hops[0].after.packet.l4 else {
        panic!("fragmentation needed")
    };
    assert_eq!(*mtu, Some(30));
}

#[test]
fn destination_nat_is_undone_for_the_reply_and_for_errors() {
    let dnat = |net: &mut Net| {
        let ip = IpMatch { dst: Some(Neg::is("10.9.9.9/32".parse().unwrap())), ..IpMatch::default() };
        let target = Target::Dnat(NatRange::to("10.0.2.2".parse().unwrap()).with_ports(Some(PortRange::one(80))));
        rule(&mut net.builder, net.r, TableName::Nat, Hook::Prerouting, ip, to_port(8080), target);
    };
    let (_, attempt) = check(dnat, "10.9.9.9:8080", OK);
    let answer = &attempt.walks[1].hops.last().unwrap().after.packet;
    assert_eq!(answer.source().to_string(), "10.9.9.9:8080");
    assert!(has(&attempt.walks[1], |event| matches!(
        event,
        Event::Nat { kind: NatKind::Source, by: NatBy::Conntrack(_), .. }
    )));
    assert!(has(&attempt.walks[1], |event| matches!(event, Event::NatSkipped { .. })));
    let (_, attempt) = check(
        |net| {
            dnat(net);
            net.builder.netns(net.b).sockets.clear()
        },
        "10.9.9.9:8080",
        REFUSED,
    );
    assert_eq!(attempt.walks[1].hops.last().unwrap().after.packet.source().to_string(), "10.9.9.9:8080", "the RST too");
    let reject = |net: &mut Net| {
        dnat(net);
        rule(
            &mut net.builder,
            net.r,
            TableName::Filter,
            Hook::Forward,
            IpMatch::default(),
            vec![],
            Target::Reject(RejectWith::PortUnreachable),
        );
    };
    let (_, attempt) = check(reject, "10.9.9.9:8080", REFUSED);
    let L4::Icmp(Icmp::Unreachable { quoted, .. }) = &attempt.walks[1].hops.last().unwrap().after.packet.l4 else {
        panic!("an ICMP error")
    };
    assert_eq!(quoted.destination().to_string(), "10.9.9.9:8080", "the error quotes what the client sent");
}

#[test]
fn masquerade_takes_the_egress_address_and_random_fully_a_port() {
    for random_fully in [false, true] {
        let masquerade = |net: &mut Net| {
            rule(
                &mut net.builder,
                net.r,
                TableName::Nat,
                Hook::Postrouting,
                IpMatch::default(),
                vec![],
                Target::Masquerade(NatRange::default().fully_random(random_fully)),
            )
        };
        let (_, attempt) = check(masquerade, "10.0.2.2:80", OK);
        let seen = attempt.walks[0].hops.last().unwrap().after.packet.source().to_string();
        assert_eq!(seen, if random_fully { "10.0.2.1:1024" } else { "10.0.2.1:40000" });
    }
}

#[test]
fn martians_and_the_reverse_path_filter() {
    let own = |net: &mut Net| {
        // B's answer is sent to A by way of an address R itself has.
        let snat = Target::Snat(NatRange::to("10.0.1.1".parse().unwrap()));
        rule(&mut net.builder, net.a, TableName::Nat, Hook::Postrouting, IpMatch::default(), vec![], snat);
    };
    let (_, attempt) = check(own, "10.0.2.2:80", SILENT);
    assert!(matches!(attempt.walks[0].end, End::Dropped { reason: DropReason::MartianSource, .. }));
    let spoof = |strict: &'static str| {
        move |net: &mut Net| {
            let snat = Target::Snat(NatRange::to("10.0.2.99".parse().unwrap()));
            rule(&mut net.builder, net.a, TableName::Nat, Hook::Postrouting, IpMatch::default(), vec![], snat);
            net.builder.sysctl(net.r, "net.ipv4.conf.all.rp_filter", strict, CAUSE);
        }
    };
    let (_, strict) = check(spoof("1"), "10.0.2.2:80", SILENT);
    assert!(matches!(strict.walks[0].end, End::Dropped { reason: DropReason::ReversePath, .. }));
    let (_, loose) = check(spoof("2"), "10.0.2.2:80", SILENT);
    assert!(accepted(&loose.walks[0]), "any route back is enough");
}

#[test]
fn chains_return_skip_and_count() {
    let rules = |net: &mut Net| {
        let table = net.builder.netns(net.r).xtables.table_mut(TableName::Filter);
        let (forward, user) = (table.base(Hook::Forward).unwrap(), table.chain("user", CAUSE));
        let other = IpMatch { src: Some(Neg::is("10.5.0.0/16".parse().unwrap())), ..IpMatch::default() };
        let plain = |target| Rule { ip: IpMatch::default(), matches: vec![], target, cause: CAUSE };
        for _ in 0..3 {
            table.append(forward, Rule { ip: other.clone(), ..plain(Target::Drop) });
        }
        table.append(forward, plain(Target::Jump(user)));
        table.append(user, plain(Target::Mark { value: 4, mask: 4 }));
        table.append(user, plain(Target::Return));
        table.append(user, plain(Target::Drop));
        let marked = Match::Mark(Neg::is((4, 4)));
        table.append(forward, Rule { matches: vec![marked], ..plain(Target::Accept) });
        table.append(forward, plain(Target::Drop));
    };
    let (_, attempt) = check(rules, "10.0.2.2:80", OK);
    let skipped = attempt.walks[0].hops.iter().flat_map(|hop| &hop.events).find_map(|event| match event {
        Event::Rule { rule, skipped, .. } if rule.id.0 == 3 => Some(skipped.iter().map(|run| run.count).sum::<u32>()),
        _ => None,
    });
    assert_eq!(skipped, Some(3));
    assert_eq!(attempt.walks[0].hops.last().unwrap().after.mark.0, 0, "marks stay in their namespace");
}

#[test]
fn states_of_connections_decide_and_unknown_parts_are_assumed() {
    let only_known = |net: &mut Net| {
        let states = CtStates { established: true, related: true, ..CtStates::default() };
        rule(
            &mut net.builder,
            net.r,
            TableName::Filter,
            Hook::Forward,
            IpMatch::default(),
            vec![Match::ct_state(Neg::is(states))],
            Target::Accept,
        );
        let new = IpMatch { dst: Some(Neg::is("10.0.2.2/32".parse().unwrap())), ..IpMatch::default() };
        rule(&mut net.builder, net.r, TableName::Filter, Hook::Forward, new, to_port(80), Target::Accept);
        rule(&mut net.builder, net.r, TableName::Filter, Hook::Forward, IpMatch::default(), vec![], Target::Drop);
    };
    check(only_known, "10.0.2.2:80", OK);
    check(only_known, "10.0.2.2:81", SILENT);
    let odd = |net: &mut Net| {
        let part = Match::Unknown { module: Arc::from("bpf"), text: Arc::from("--bytecode x") };
        rule(&mut net.builder, net.r, TableName::Filter, Hook::Forward, IpMatch::default(), vec![part], Target::Drop);
    };
    let (_, attempt) = check(odd, "10.0.2.2:80", OK);
    assert!(has(&attempt.walks[0], |event| matches!(event, Event::Assumed(Assumed::MatchSkipped { .. }))));
}

#[test]
fn local_packets_are_routed_again_and_lo_loops_back() {
    let mut net = net();
    let ip = IpMatch { dst: Some(Neg::is("10.9.9.9/32".parse().unwrap())), ..IpMatch::default() };
    let target = Target::Dnat(NatRange::to("10.0.2.2".parse().unwrap()));
    rule(&mut net.builder, net.r, TableName::Nat, Hook::Output, ip, vec![], target);
    route(&mut net.builder, net.r, "0.0.0.0/0", RouteKind::Unicast, Some(("10.0.1.2", net.toward.0)));
    listen(&mut net.builder, net.r, Protocol::Tcp, 22);
    let r = net.r;
    let network = net.builder.build().unwrap();
    let out = attempt(&network, r, Protocol::Tcp, "10.9.9.9:80");
    assert!(has(&out.walks[0], |event| *event == Event::Reroute));
    assert!(accepted(&out.walks[0]));
    assert_eq!(
        out.walks[0].hops.last().unwrap().after.packet.ip.src.to_string(),
        "10.0.1.1",
        "the source was chosen before"
    );
    assert_eq!(out.connection, OK);
    let own = attempt(&network, r, Protocol::Tcp, "10.0.1.1:22");
    assert_eq!(own.connection, OK);
    assert!(places(&network, &own.walks[0]).contains(&"R:lo>".to_owned()));
    assert_eq!(attempt(&network, r, Protocol::Tcp, "127.0.0.1:23").connection, REFUSED);
}

#[test]
fn datagrams() {
    let net = net();
    let (from, b) = (net.a, net.b);
    let network = net.builder.build().unwrap();
    let open = attempt(&network, from, Protocol::Udp, "10.0.2.2:53");
    assert!(matches!(open.walks[0].end, End::Delivered { netns, delivery: Delivery::Datagram { .. } } if netns == b));
    assert_eq!(attempt(&network, from, Protocol::Udp, "10.0.2.2:54").connection, REFUSED);
}

#[test]
fn a_loopback_source_leaves_only_where_the_device_may_route_it() {
    for (localnet, state) in [("0", SILENT), ("1", OK)] {
        let mut net = net();
        let ip = IpMatch { dst: Some(Neg::is("127.0.0.1/32".parse().unwrap())), ..IpMatch::default() };
        let target = Target::Dnat(NatRange::to("10.0.2.2".parse().unwrap()).with_ports(Some(PortRange::one(80))));
        rule(&mut net.builder, net.r, TableName::Nat, Hook::Output, ip, to_port(3000), target);
        let masquerade = Target::Masquerade(NatRange::default());
        rule(&mut net.builder, net.r, TableName::Nat, Hook::Postrouting, IpMatch::default(), vec![], masquerade);
        net.builder.sysctl(net.r, "net.ipv4.conf.eth1.route_localnet", localnet, CAUSE);
        let r = net.r;
        let network = net.builder.build().unwrap();
        let out = attempt(&network, r, Protocol::Tcp, "127.0.0.1:3000");
        assert_eq!(out.connection, state, "route_localnet={localnet}: {:?}", out.walks[0].end);
    }
}

#[test]
fn redirect_sends_local_packets_to_localhost_and_others_to_their_device() {
    for (at_router, seen) in [(true, "127.0.0.1:22"), (false, "10.0.1.1:22")] {
        let mut net = net();
        listen(&mut net.builder, net.r, Protocol::Tcp, 22);
        let hook = if at_router { Hook::Output } else { Hook::Prerouting };
        let target = Target::Redirect(NatRange::default().with_ports(Some(PortRange::one(22))));
        rule(&mut net.builder, net.r, TableName::Nat, hook, IpMatch::default(), to_port(80), target);
        let from = if at_router { net.r } else { net.a };
        let network = net.builder.build().unwrap();
        let out = attempt(&network, from, Protocol::Tcp, "10.0.2.2:80");
        assert_eq!(out.walks[0].hops.last().unwrap().after.packet.destination().to_string(), seen);
    }
}

#[test]
fn a_chain_that_leads_back_to_itself_is_refused() {
    for (targets, refused) in [([1, 2], true), ([1, 1], true), ([2, 2], false)] {
        let mut net = net();
        let table = net.builder.netns(net.r).xtables.table_mut(TableName::Filter);
        let chains = ["x", "y", "z"].map(|name| table.chain(name, CAUSE));
        let go = |to: usize| Rule {
            ip: IpMatch::default(),
            matches: vec![],
            target: Target::Goto(chains[to]),
            cause: CAUSE,
        };
        table.append(chains[0], go(targets[0]));
        table.append(chains[0], go(targets[1]));
        table.append(chains[1], go(if refused { 0 } else { 2 }));
        assert_eq!(net.builder.build().is_err(), refused, "{targets:?}");
    }
}

#[test]
fn an_entry_is_forgotten_after_its_timeout() {
    let mut net = net();
    track(&mut net.builder, net.r);
    listen(&mut net.builder, net.b, Protocol::Udp, 53);
    let (r, a) = (net.r, net.a);
    let network = net.builder.build().unwrap();
    let mut state = KernelState::default();
    let to = "10.0.2.2:53".parse().unwrap();
    // The same socket asks again and again: one entry while it is remembered, a new one afterwards.
    for (now, entries) in [(0, 1), (29, 1), (58, 1), (88, 2)] {
        state.now = now;
        let (_, packet) =
            socket::connect(&network, &mut state, &mut AlwaysFirst, a, Protocol::Udp, (None, Port(40000)), to).unwrap();
        step::walk(&network, &mut state, &mut AlwaysFirst, a, packet);
        assert_eq!(state.conntrack[&r].len(), entries, "at second {now}");
    }
}

#[test]
fn a_packet_with_missing_pieces_is_given_up_and_the_first_piece_answered() {
    let first = Fragment { offset: 0, len: 1480, of: 0 };
    let last = Fragment { offset: 1480, len: 128, of: 0 };
    // Pieces, ipfrag_time, and whether the sender is told after how many seconds.
    for (pieces, time, told) in [
        (vec![first, last], None, None),
        (vec![first], None, Some(30)),
        (vec![first], Some("5"), Some(5)),
        (vec![last], None, None),
    ] {
        for tracked in [false, true] {
            let mut net = net();
            if tracked {
                track(&mut net.builder, net.b);
            }
            if let Some(time) = time {
                net.builder.sysctl(net.b, "net.ipv4.ipfrag_time", time, CAUSE);
            }
            let from = net.a;
            let network = net.builder.build().unwrap();
            let mut state = KernelState::default();
            let to = "10.0.2.2:53".parse().unwrap();
            let (_, mut packet) =
                socket::connect(&network, &mut state, &mut AlwaysFirst, from, Protocol::Udp, (None, Port(1)), to)
                    .unwrap();
            packet.payload = Arc::from([0; 1600]);
            packet.ip.dont_fragment = false;
            packet.fragments = pieces.clone();
            let walk = step::walk(&network, &mut state, &mut AlwaysFirst, from, packet);
            let here: u32 = pieces.iter().map(|piece| piece.len).sum();
            let seconds = told.unwrap_or(30);
            match &walk.end {
                End::Dropped { netns, reason: DropReason::Incomplete { missing, seconds: waited } } => {
                    assert_eq!((netns, *missing, *waited), (&net.b, 1608 - here, seconds), "{pieces:?}");
                }
                end => assert!(pieces.len() == 2, "{pieces:?}: {end:?}"),
            }
            let late = walk.answers.iter().find(|answer| answer.kind == AnswerKind::IcmpError { kind: 11, code: 1 });
            assert_eq!(late.map(|answer| answer.after), told, "{pieces:?} tracked {tracked}");
        }
    }
}

/// `connect()` looks the way up again with the source address that the first route gave it, and reports what that says.
#[test]
fn a_policy_rule_by_source_is_met_while_connecting() {
    let kinds = [
        (RouteKind::Blackhole, Errno::Invalid),
        (RouteKind::Prohibit, Errno::Access),
        (RouteKind::Unreachable, Errno::HostUnreachable),
    ];
    for ((kind, errno), from) in kinds.into_iter().flat_map(|kind| [(kind, "10.0.1.2/32"), (kind, "10.0.9.0/24")]) {
        let mut net = net();
        let a = net.a;
        let here = net.builder.netns(a);
        let dst = "10.0.2.0/24".parse().unwrap();
        here.routes.push(Route { table: TableId(200), kind, ..Route::new(dst, CAUSE) });
        let from = Some(from.parse().unwrap());
        here.rules.push(PolicyRule { priority: 100, from, to: None, fwmark: None, table: TableId(200) });
        let network = net.builder.build().unwrap();
        let expected = if from == Some("10.0.1.2/32".parse().unwrap()) { Err(errno) } else { Ok(()) };
        for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
            let to = "10.0.2.2:80".parse().unwrap();
            let mut state = KernelState::default();
            let found = socket::connect(&network, &mut state, &mut AlwaysFirst, a, protocol, (None, Port(40000)), to)
                .map(|_| ());
            assert_eq!(found, expected, "{kind:?} {from:?} {protocol:?}");
            let asked = exchange::Request {
                netns: a,
                protocol,
                local: None,
                sport: Port(40000),
                remote: to,
                payload: std::sync::Arc::from([]),
                ttl: None,
                dont_fragment: None,
                owner: Default::default(),
            };
            let done = exchange::exchange(&network, &mut KernelState::default(), &mut AlwaysFirst, &asked);
            let left = done.packets[0].walk.hops.iter().any(|hop| hop.netns != a);
            assert_eq!(left, expected.is_ok(), "{kind:?} {from:?} {protocol:?}");
        }
    }
}

/// What B answers to a translated connection R rejects. The error about it has the right destination already, and is routed again all the same
/// (`nf_nat_ipv4_local_fn`): the second lookup knows its source, which another table leads back to A.
#[test]
fn an_error_about_a_translated_connection_is_routed_again() {
    let ways = |rules: &str, to: &str| {
        let mut net = net();
        crate::text::iptables::read::merge(
            &mut net.builder.netns(net.r).xtables,
            rules,
            &crate::text::iptables::read::Limits::default(),
            &mut |_| CAUSE,
        )
        .unwrap();
        let (r, back) = (net.r, net.toward.0.link);
        let here = net.builder.netns(r);
        let via = Some("10.0.1.2".parse().unwrap());
        let dst = "10.0.2.0/24".parse().unwrap();
        here.routes.push(Route { table: TableId(200), via, dev: Some(back), ..Route::new(dst, CAUSE) });
        let from = Some("10.0.2.1/32".parse().unwrap());
        here.rules.push(PolicyRule { priority: 100, from, to: None, fwmark: None, table: TableId(200) });
        let a = net.a;
        let network = net.builder.build().unwrap();
        let asked = exchange::Request {
            netns: a,
            protocol: Protocol::Udp,
            local: None,
            sport: Port(40000),
            remote: to.parse().unwrap(),
            payload: std::sync::Arc::from([]),
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        };
        let done = exchange::exchange(&network, &mut KernelState::default(), &mut AlwaysFirst, &asked);
        let error = |sent: &&exchange::WalkedPacket| matches!(sent.answer, Some(AnswerKind::IcmpError { .. }));
        let error = done.packets.iter().find(error).unwrap();
        assert_eq!(error.walk.hops[0].after.packet.ip.src.to_string(), "10.0.2.1");
        places(&network, &error.walk).into_iter().filter(|place| place.starts_with("R:")).collect::<Vec<_>>()
    };
    let reject = "*filter\n-A FORWARD -s 10.0.2.2 -j REJECT\nCOMMIT\n";
    let translated = "*nat\n-A PREROUTING -d 10.0.9.1 -j DNAT --to-destination 10.0.2.2\nCOMMIT\n";
    let again = ["R:socket", "R:routing", "R:OUTPUT", "R:routing", "R:POSTROUTING", "R:eth0>"];
    assert_eq!(ways(&format!("{translated}{reject}"), "10.0.9.1:53"), again);
    // The same about a connection that is tracked, and not translated.
    let once = ["R:socket", "R:routing", "R:OUTPUT", "R:POSTROUTING", "R:eth1>"];
    assert_eq!(ways(&format!("{translated}{reject}"), "10.0.2.2:53"), once);
}

/// A is told what fits by itself, where OUTPUT gave a segment another way, or by R. Only in the first case nothing was sent yet, and the timer that
/// sends it then has each piece read at once (`tcp_write_wakeup`; `tcp_simple_retransmit` is the other case).
#[test]
fn who_refuses_a_segment_decides_how_it_is_sent_again() {
    for (by_itself, to) in [(true, "10.0.9.1:80"), (false, "10.0.2.2:80")] {
        let mut net = net();
        let (a, r) = (net.a, net.r);
        let (a1, r2) = net.builder.add_veth((a, "eth1", mac(5)), (r, "eth2", mac(6)), 1400, CAUSE);
        address(&mut net.builder, a1, "10.0.3.2/24");
        address(&mut net.builder, r2, "10.0.3.1/24");
        if by_itself {
            route(&mut net.builder, a, "10.0.2.0/24", RouteKind::Unicast, Some(("10.0.3.1", a1)));
        } else {
            net.builder.link(net.toward.1).mtu = 1400;
        }
        let rules = "*nat\n-A OUTPUT -d 10.0.9.1 -j DNAT --to-destination 10.0.2.2\nCOMMIT\n";
        let limits = crate::text::iptables::read::Limits::default();
        crate::text::iptables::read::merge(&mut net.builder.netns(a).xtables, rules, &limits, &mut |_| CAUSE).unwrap();
        let network = net.builder.build().unwrap();
        let mut state = KernelState::default();
        let asked = exchange::Request {
            netns: a,
            protocol: Protocol::Tcp,
            local: None,
            sport: Port(40000),
            remote: to.parse().unwrap(),
            payload: std::sync::Arc::from([]),
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        };
        let mut done = exchange::request(&network, &mut state, &mut AlwaysFirst, &asked);
        let text = (exchange::Writer::Client, &[0; 4000][..]);
        assert!(exchange::write(&network, &mut state, &mut AlwaysFirst, &mut done, text), "{to}");
        let segments: Vec<(usize, bool)> = done
            .packets
            .iter()
            .filter_map(|sent| match &sent.walk.hops[0].after.packet {
                Packet { l4: L4::Tcp { flags, .. }, payload, .. } if !payload.is_empty() => {
                    Some((payload.len(), flags.psh))
                }
                _ => None,
            })
            .collect();
        assert_eq!(segments, [(1448, false), (1348, by_itself)], "{to}");
    }
}
