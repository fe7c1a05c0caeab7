//! Rules of every match and target: what is printed reads back as it was.

use super::*;
use crate::config::xtables::*;
use crate::config::{AddrType, NatRange, Policy, PortRange, RejectWith};
use crate::config::{CtDirection, Hook};
use crate::packet::{Mac, Port, Protocol};
use crate::text::iptables::read::values::protocol_of;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

fn neg<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Neg<T>> {
    (any::<bool>(), value).prop_map(|(not, value)| Neg { not, value })
}

fn maybe<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<Neg<T>>> {
    prop::option::of(neg(value))
}

fn net() -> impl Strategy<Value = IpNet> {
    (any::<u32>(), 1_u8..=32)
        .prop_map(|(address, bits)| IpNet::V4(Ipv4Net::new(Ipv4Addr::from(address), bits).unwrap().trunc()))
}

fn host() -> impl Strategy<Value = IpAddr> {
    any::<u32>().prop_map(|address| IpAddr::V4(Ipv4Addr::from(address)))
}

fn hosts() -> impl Strategy<Value = (IpAddr, IpAddr)> {
    (host(), host())
}

fn range() -> impl Strategy<Value = PortRange> {
    (any::<u16>(), any::<u16>())
        .prop_map(|(a, b)| PortRange { first: Port(a.min(b)), last: Port(a.max(b)) })
        .prop_filter("all ports are no condition", |range| (range.first.0, range.last.0) != (0, u16::MAX))
}

fn dev() -> impl Strategy<Value = DevMatch> {
    ("[a-z][a-z0-9.:@_-]{0,13}", any::<bool>()).prop_map(|(name, prefix)| DevMatch { name: name.into(), prefix })
}

fn name() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![3 => "[A-Za-z_][A-Za-z0-9_-]{0,20}", 1 => "[A-Za-z_ \"'][A-Za-z0-9_. \"'\\\\-]{0,20}"]
        .prop_map(Arc::from)
}

fn states() -> impl Strategy<Value = CtStates> {
    (1_u8..128).prop_map(|bits| CtStates {
        invalid: bits & 1 != 0,
        new: bits & 2 != 0,
        related: bits & 4 != 0,
        established: bits & 8 != 0,
        untracked: bits & 16 != 0,
        snat: bits & 32 != 0,
        dnat: bits & 64 != 0,
    })
}

fn connection() -> impl Strategy<Value = Match> {
    let status = any::<[bool; 4]>().prop_map(|[expected, seen_reply, assured, confirmed]| CtStatuses {
        expected,
        seen_reply,
        assured,
        confirmed,
    });
    let nets = (maybe(net()), maybe(net()), maybe(net()), maybe(net()));
    let ports = (maybe(range()), maybe(range()), maybe(range()), maybe(range()));
    let direction = prop::option::of(prop::sample::select(vec![CtDirection::Original, CtDirection::Reply]));
    let rest =
        (maybe(any::<u8>().prop_map(protocol_of)), maybe(status), maybe((any::<u32>(), any::<u32>())), direction);
    (maybe(states()), nets, ports, rest)
        .prop_map(|(state, nets, ports, (protocol, status, expire, direction))| Connection {
            state,
            protocol,
            orig_src: nets.0,
            orig_dst: nets.1,
            reply_src: nets.2,
            reply_dst: nets.3,
            orig_src_port: ports.0,
            orig_dst_port: ports.1,
            reply_src_port: ports.2,
            reply_dst_port: ports.3,
            status,
            expire,
            direction,
        })
        .prop_filter("something is asked", |connection| *connection != Connection::default())
        .prop_map(|connection| Match::Connection(Box::new(connection)))
}

fn recent() -> impl Strategy<Value = Match> {
    let actions = vec![RecentAction::Set, RecentAction::Check, RecentAction::Update, RecentAction::Remove];
    (
        (any::<bool>(), prop::sample::select(actions), prop::option::of(1_u32..), any::<bool>()),
        (prop::option::of(1_u32..65_536), any::<bool>(), name(), any::<u32>(), any::<bool>()),
    )
        .prop_map(|((not, action, seconds, reap), (hits, ttl, name, mask, destination))| {
            let checks = matches!(action, RecentAction::Check | RecentAction::Update);
            let seconds = seconds.filter(|_| checks);
            Match::Recent(Box::new(Recent {
                not,
                action,
                seconds,
                reap: reap && seconds.is_some(),
                hits: hits.filter(|_| checks),
                ttl: ttl && checks,
                name,
                mask: mask.into(),
                destination,
            }))
        })
}

fn limit() -> impl Strategy<Value = Match> {
    let units = prop::sample::select(vec![10_000_u32, 600_000, 36_000_000, 864_000_000]);
    (units, 1_u32..10_000, 1_u32..=10_000)
        .prop_map(|(unit, count, burst)| Match::Limit { period: unit / count, burst })
        .prop_filter("rates that the tool itself prints otherwise", |part| {
            let rule =
                Rule { ip: IpMatch::default(), matches: vec![part.clone()], target: Target::None, cause: CauseId(0) };
            let mut text = String::from("*filter\n");
            crate::text::iptables::write::write_rule(&mut text, &Table::new(TableName::Filter), "INPUT", &rule)
                .unwrap();
            let again = read(&format!("{text}\nCOMMIT\n")).unwrap();
            again.tables[&TableName::Filter].chains[0].rules[0].matches[0] == *part
        })
}

/// Matches that any protocol may have.
fn general() -> impl Strategy<Value = Match> {
    let kinds = (1_u16..4096).prop_map(|bits| {
        let chosen = AddrType::ALL.iter().enumerate().filter(move |(at, _)| bits & 1 << at != 0);
        chosen.fold(AddrTypes::default(), |types, (_, (kind, _))| types.with(*kind))
    });
    let limits = prop::option::of(prop::sample::select(vec![IfaceLimit::In, IfaceLimit::Out]));
    let addr_type = (maybe(kinds.clone()), neg(kinds), limits)
        .prop_map(|(src, dst, limit)| Match::AddrType(AddrTypeMatch { src, dst: Some(dst), limit }));
    let physdev = (maybe(Just(())), maybe(dev()), maybe(Just(())), maybe(dev()), neg(Just(()))).prop_map(
        |(is_in, in_dev, is_out, out_dev, bridged)| {
            Match::PhysDev(Box::new(PhysDev { is_in, in_dev, is_out, out_dev, is_bridged: Some(bridged) }))
        },
    );
    let sides = prop::collection::vec(prop::sample::select(vec![SetSide::Source, SetSide::Destination]), 1..=6);
    let set = (any::<bool>(), name(), sides, any::<bool>()).prop_map(|(not, name, sides, return_nomatch)| {
        Match::Set(SetMatch { not, name, sides: sides.into(), return_nomatch })
    });
    let packet = vec![PacketType::Unicast, PacketType::Broadcast, PacketType::Multicast];
    let compare = vec![TtlCompare::Equal, TtlCompare::NotEqual, TtlCompare::Less, TtlCompare::Greater];
    let state = states().prop_map(|states| CtStates { snat: false, dnat: false, new: true, ..states });
    let marks = (any::<u32>(), any::<u32>());
    let first = prop_oneof![
        "[^\\n\\r\\p{C}]{0,60}".prop_map(|text| Match::Comment(text.into())),
        (maybe(hosts()), neg(hosts()))
            .prop_map(|(src, dst)| Match::IpRange(Box::new(IpRanges { src, dst: Some(dst) }))),
        set,
        physdev,
        connection(),
        neg(state).prop_map(Match::State),
        neg(marks).prop_map(Match::Mark),
        neg(marks).prop_map(Match::ConnMark),
        addr_type,
        (any::<bool>(), 0_u32..=1 << 31).prop_map(|(not, threshold)| Match::Random { not, threshold }),
    ];
    let second = prop_oneof![
        (any::<bool>(), 1_u32.., any::<u32>()).prop_map(|(not, every, packet)| Match::Nth {
            not,
            every,
            packet: packet % every
        }),
        recent(),
        limit(),
        neg(prop::sample::select(packet)).prop_map(Match::PacketType),
        (prop::sample::select(compare), any::<u8>()).prop_map(|(compare, value)| Match::Ttl { compare, value }),
        neg((any::<u16>(), any::<u16>())).prop_map(Match::Length),
        neg(any::<[u8; 6]>().prop_map(Mac)).prop_map(Match::MacSource),
        neg(0_u8..64).prop_map(Match::Dscp),
        neg((any::<u8>(), any::<u8>())).prop_map(Match::Tos),
        any::<[bool; 4]>().prop_map(|[loose, valid_mark, accept_local, invert]| {
            Match::ReversePath(ReversePath { loose, valid_mark, accept_local, invert })
        }),
        "[a-z_]{1,31}".prop_map(|name| Match::Account(name.into())),
        ("x[a-z0-9]{0,8}", "(--[a-z-]{2,8}( [a-z0-9]{1,8}){0,2}( ! --[a-z]{2,5})?)?")
            .prop_map(|(module, text)| Match::Unknown { module: module.into(), text: text.into() }),
    ];
    prop_oneof![first, second]
}

/// A protocol with the matches that need it.
fn protocol() -> impl Strategy<Value = (Option<Neg<Protocol>>, Vec<Match>)> {
    let flags = maybe((1_u8..64, 0_u8..64)).prop_map(|flags| {
        flags.map(|flags| Neg {
            not: flags.not,
            value: TcpFlagsMatch { mask: TcpFlagSet(flags.value.0), set: TcpFlagSet(flags.value.1) },
        })
    });
    let ports = move |protocol: Protocol| (maybe(range()), maybe(range())).prop_map(move |(s, d)| (protocol, s, d));
    let several = prop::collection::vec(range(), 1..=7).prop_map(Arc::<[PortRange]>::from);
    let sides = prop::sample::select(vec![PortSide::Source, PortSide::Destination, PortSide::Either]);
    let multi = (sides, neg(several)).prop_map(|(side, ports)| Match::MultiPort(MultiPort { side, ports }));
    let icmp = prop_oneof![
        Just(IcmpType::Any),
        (0_u8..255, prop::option::of(any::<u8>())).prop_map(|(kind, code)| IcmpType::Of { kind, code }),
    ];
    let with = |(protocol, sport, dport): (Protocol, _, _), flags| {
        (Some(Neg::is(protocol)), vec![Match::Ports { protocol, sport, dport, flags }])
    };
    prop_oneof![
        Just((None, vec![])),
        neg((1_u8..=255).prop_map(protocol_of)).prop_map(|protocol| (Some(protocol), vec![])),
        (ports(Protocol::Tcp), flags).prop_map(move |(ports, flags)| with(ports, flags)),
        prop_oneof![ports(Protocol::Udp), ports(Protocol::Sctp)].prop_map(move |ports| with(ports, None)),
        neg(icmp).prop_map(|icmp| (Some(Neg::is(Protocol::Icmp)), vec![Match::Icmp(icmp)])),
        multi.prop_map(|multi| (Some(Neg::is(Protocol::Udp)), vec![multi])),
    ]
}

fn nat(ports: bool) -> impl Strategy<Value = NatRange> {
    (hosts(), prop::option::of(range()), any::<u16>(), any::<[bool; 4]>()).prop_map(
        move |(addresses, range, base, [random, random_fully, persistent, has_base])| NatRange {
            addresses: Some(addresses),
            ports: range.filter(|_| ports),
            base: (ports && has_base && range.is_some_and(|range| range.first != range.last)).then_some(Port(base)),
            random,
            random_fully,
            persistent,
        },
    )
}

/// A target with the table it works in.
fn target(ports: bool, tcp: bool) -> impl Strategy<Value = (TableName, Target)> {
    let rejects = vec![
        RejectWith::NetUnreachable,
        RejectWith::HostUnreachable,
        RejectWith::ProtoUnreachable,
        RejectWith::PortUnreachable,
        RejectWith::NetProhibited,
        RejectWith::HostProhibited,
        RejectWith::AdminProhibited,
        RejectWith::TcpReset,
    ];
    let rejects: Vec<_> = rejects.into_iter().filter(|with| tcp || *with != RejectWith::TcpReset).collect();
    let own = move |range: NatRange| NatRange { addresses: None, base: None, persistent: false, ..range };
    let log = (0_u8..8, "[ -~]{0,29}", any::<[bool; 5]>()).prop_map(|(level, prefix, flags)| {
        let [tcp_sequence, tcp_options, ip_options, uid, mac_decode] = flags;
        Log { level, prefix: prefix.into(), tcp_sequence, tcp_options, ip_options, uid, mac_decode }
    });
    let nflog = ("[ -~]{0,63}", any::<u16>(), prop::option::of(any::<u32>()), any::<u16>())
        .prop_map(|(prefix, group, size, threshold)| Nflog { prefix: prefix.into(), group, size, threshold });
    let masks = (any::<u32>(), any::<u32>());
    let connmark = prop_oneof![
        masks.prop_map(|(value, mask)| ConnMark::Set { value, mask }),
        masks.prop_map(|(packet_mask, ct_mask)| ConnMark::Save { packet_mask, ct_mask }),
        masks.prop_map(|(packet_mask, ct_mask)| ConnMark::Restore { packet_mask, ct_mask }),
    ];
    let ttl = prop_oneof![
        any::<u8>().prop_map(TtlChange::Set),
        (1_u8..).prop_map(TtlChange::Increase),
        (1_u8..).prop_map(TtlChange::Decrease),
    ];
    let filter = prop_oneof![
        Just(Target::None),
        Just(Target::Accept),
        Just(Target::Drop),
        Just(Target::Return),
        prop::sample::select(rejects).prop_map(Target::Reject),
        log.prop_map(|log| Target::Log(Arc::new(log))),
        nflog.prop_map(|log| Target::Nflog(Arc::new(log))),
        Just(Target::Trace),
        "( --[a-z-]{3,9}( [a-z0-9]{1,5})?){0,2}"
            .prop_map(|text| Target::Unknown { name: "NFQUEUE".into(), text: text.trim().into() }),
    ];
    let translate = prop_oneof![
        nat(ports).prop_map(|range| Target::Dnat(NatRange { random_fully: false, ..range })),
        nat(ports).prop_map(|range| Target::Snat(NatRange { base: None, ..range })),
        nat(ports).prop_map(move |range| Target::Masquerade(own(range))),
        nat(ports).prop_map(move |range| Target::Redirect(NatRange { random_fully: false, ..own(range) })),
        net().prop_map(Target::Netmap),
    ];
    prop_oneof![
        filter.prop_map(|target| (TableName::Filter, target)),
        translate.prop_map(|target| (TableName::Nat, target)),
        masks.prop_map(|(value, mask)| (TableName::Mangle, Target::Mark { value, mask })),
        connmark.prop_map(|what| (TableName::Mangle, Target::ConnMark(what))),
        ttl.prop_map(|change| (TableName::Mangle, Target::Ttl(change))),
        prop::sample::select(vec![Target::NoTrack, Target::NoTrackAlias, Target::Zone(7)])
            .prop_map(|target| (TableName::Raw, target)),
    ]
}

fn rule() -> impl Strategy<Value = (TableName, Rule)> {
    let ip = (maybe(net()), maybe(net()), maybe(dev()), maybe(dev()), maybe(Just(()))).prop_map(
        |(src, dst, in_dev, out_dev, fragment)| IpMatch {
            src,
            dst,
            in_dev: in_dev.map(Box::new),
            out_dev: out_dev.map(Box::new),
            protocol: None,
            fragment,
        },
    );
    (ip, protocol(), prop::collection::vec(general(), 0..4), any::<bool>())
        .prop_flat_map(|(ip, (protocol, mut own), more, first)| {
            let plain = protocol.filter(|protocol| !protocol.not).map(|protocol| protocol.value.number());
            let ports = plain.is_some_and(|number| matches!(number, 1 | 6 | 17 | 33 | 132));
            if first {
                own.extend(more);
            } else {
                own.splice(0..0, more);
            }
            let ip = IpMatch { protocol, ..ip };
            target(ports, plain == Some(6)).prop_map(move |(table, target)| {
                (table, Rule { ip: ip.clone(), matches: own.clone(), target, cause: CauseId(0) })
            })
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back_as_it_was(
        rules in prop::collection::vec(rule(), 1..6),
        jumps in prop::collection::vec((any::<bool>(), 0_u8..4), 0..4),
        policy in any::<bool>(),
    ) {
        let mut xtables = Xtables::default();
        for (name, rule) in rules {
            let table = xtables.table_mut(name);
            // In order of name, as they are printed. No hook leads to them: their targets work at different ones.
            let chains = ["A", "B-1", "C\"c", "D'\\d"].map(|name| table.chain(name, CauseId(0)));
            table.append(chains[2], rule);
            for (at, (goto, from)) in jumps.iter().enumerate() {
                // Downward only.
                let (from, to) = (chains[usize::from(*from).min(2)], chains[usize::from(*from).min(2) + 1]);
                let target = if *goto { Target::Goto(to) } else { Target::Jump(to) };
                let matches = vec![Match::Comment(at.to_string().into())];
                table.append(from, Rule { ip: IpMatch::default(), matches, target, cause: CauseId(0) });
            }
            if policy && name != TableName::Nat {
                let base = table.base(Hook::Output).unwrap();
                table.chains[base.index()].base = Some((Hook::Output, Policy::Drop));
            }
        }
        let text = print(&xtables);
        let again = parse_save(&text, &Limits::default(), &mut |_| CauseId(0));
        prop_assert_eq!(again.as_ref(), Ok(&xtables), "{}", text);
    }
}
