//! Whether a rule's matches hold (net/ipv4/netfilter/ip_tables.c, net/netfilter/xt_*.c).

use super::Runner;
use crate::config::xtables::{
    AddrTypeMatch, AddrTypes, Connection, CtStates, DevMatch, IcmpType, IfaceLimit, IpMatch, IpRanges, Match,
    MultiPort, Neg, OwnerMatch, PacketType, PhysDev, PortSide, Recent, RecentAction, ReversePath, Rule, TcpFlagSet,
    TcpFlagsMatch, TtlCompare,
};
use crate::config::{Hook, LinkKind, Owner, PortRange, RouteKind};
use crate::ids::{LinkId, PartId, RuleRef};
use crate::lookup::route;
use crate::netfilter::conntrack::Tracked;
use crate::netfilter::verdict::Sender;
use crate::netfilter::{conntrack, ipset};
use crate::packet::{Icmp, L4, Mac, Packet, Port, Protocol};
use crate::state::RecentEntry;
use crate::walk::{Assumed, CtState, Event, FailedMatch, ListedHow};
use std::net::{IpAddr, Ipv4Addr};

type Tried = Result<(), FailedMatch>;

fn test(holds: bool, failed: FailedMatch) -> Tried {
    if holds { Ok(()) } else { Err(failed) }
}

/// An absent part always holds.
fn holds<T>(want: &Option<Neg<T>>, compare: impl FnOnce(&T) -> bool) -> bool {
    want.as_ref().is_none_or(|want| want.holds(compare))
}

impl Runner<'_, '_> {
    /// `Ok` when every part of the rule matches, else the first part that does not, in the order the kernel compares.
    pub(super) fn matches(&mut self, rule: &Rule, at: RuleRef) -> Tried {
        self.ip_matches(&rule.ip)?;
        for (number, part) in rule.matches.iter().enumerate() {
            if let Match::Unknown { module, .. } = part {
                // What it says matters only when everything else holds.
                for (number, later) in
                    rule.matches.iter().enumerate().skip(number + 1).filter(|(_, part)| part.is_pure())
                {
                    self.part_matches(later, at, number)?;
                }
                self.events.push(Event::Assumed(Assumed::MatchSkipped { rule: at, module: module.clone() }));
                return Err(FailedMatch::Unknown);
            }
            self.part_matches(part, at, number)?;
        }
        if rule.matches.iter().any(|part| matches!(part, Match::Limit { .. })) {
            self.events.push(Event::Assumed(Assumed::WithinLimit { rule: at }));
        }
        Ok(())
    }

    fn ip_matches(&self, ip: &IpMatch) -> Tried {
        let header = &self.skb.packet.ip;
        test(holds(&ip.src, |net| net.contains(&header.src)), FailedMatch::Source)?;
        test(holds(&ip.dst, |net| net.contains(&header.dst)), FailedMatch::Destination)?;
        let dev = |want: &Option<Box<Neg<DevMatch>>>, have| {
            want.as_ref().is_none_or(|want| want.holds(|name| self.is_dev(name, have)))
        };
        test(dev(&ip.in_dev, self.seen.in_dev), FailedMatch::InDev)?;
        test(dev(&ip.out_dev, self.seen.out_dev), FailedMatch::OutDev)?;
        let protocol = self.skb.packet.protocol();
        test(holds(&ip.protocol, |value| value.number() == protocol.number()), FailedMatch::Protocol)?;
        test(holds(&ip.fragment, |()| self.skb.packet.is_headless()), FailedMatch::Fragment)
    }

    fn dev_name(&self, dev: LinkId) -> &str {
        self.seen.netns.links.get(dev).map_or("", |link| &*link.name)
    }

    fn is_dev(&self, want: &DevMatch, have: Option<LinkId>) -> bool {
        want.holds(have.map_or("", |dev| self.dev_name(dev)))
    }

    fn part_matches(&mut self, part: &Match, at: RuleRef, number: usize) -> Tried {
        let packet = &self.skb.packet;
        match part {
            Match::Comment(_) | Match::Account(_) | Match::Limit { .. } => Ok(()),
            // Later pieces of a packet have no transport header.
            Match::Ports { .. } | Match::MultiPort(_) if packet.is_headless() => Err(FailedMatch::Ports),
            Match::Icmp(_) if packet.is_headless() => Err(FailedMatch::IcmpType),
            Match::Ports { protocol, sport, dport, flags } => ports(&packet.l4, *protocol, sport, dport, flags),
            Match::Icmp(want) => {
                let L4::Icmp(icmp) = &packet.l4 else { return Err(FailedMatch::Protocol) };
                test(want.holds(|want| icmp_is(icmp, *want)), FailedMatch::IcmpType)
            }
            Match::MultiPort(want) => multi_port(want, &packet.l4),
            Match::IpRange(ranges) => {
                let IpRanges { src, dst } = &**ranges;
                let within = |range: &(IpAddr, IpAddr), have: IpAddr| range.0 <= have && have <= range.1;
                let src = holds(src, |range| within(range, packet.ip.src));
                test(src && holds(dst, |range| within(range, packet.ip.dst)), FailedMatch::IpRange)
            }
            Match::Set(want) => {
                let found = ipset::matches(self.seen.netns, want, packet);
                test(found != want.not, FailedMatch::Set)
            }
            Match::PhysDev(want) => test(self.physdev(want), FailedMatch::PhysDev),
            Match::Connection(want) => self.connection(want, at),
            Match::State(want) => test(want.holds(|states| self.has_state(states)), FailedMatch::CtState),
            Match::Mark(want) => {
                let mark = self.skb.mark.0;
                test(want.holds(|(value, mask)| mark & mask == *value), FailedMatch::Mark)
            }
            Match::ConnMark(want) => {
                let Tracked::Entry(id, ..) = self.seen.tracked else { return Err(FailedMatch::ConnMark) };
                let mark = conntrack::entry(self.state, self.seen.id, id).map_or(0, |entry| entry.mark.0);
                test(want.holds(|(value, mask)| mark & mask == *value), FailedMatch::ConnMark)
            }
            Match::AddrType(want) => test(self.addr_type(want), FailedMatch::AddrType),
            Match::Random { not, threshold } => {
                // 0 never and 2^31 always: nothing is drawn.
                let drawn = match *threshold {
                    0 => false,
                    threshold if threshold >= 1 << 31 => true,
                    threshold => self.chooser.random(self.seen.id, at, threshold),
                };
                test(drawn != *not, FailedMatch::Random)
            }
            Match::Nth { not, every, packet } => {
                let count = self.state.nth.entry((self.seen.id, at, PartId::at(number))).or_default();
                let now = *count % u64::from((*every).max(1));
                *count += 1;
                test((now == u64::from(*packet)) != *not, FailedMatch::Nth)
            }
            Match::Recent(want) => {
                let found = self.recent_noted(want, at);
                test(found, FailedMatch::Recent)
            }
            Match::PacketType(want) => test(want.holds(|kind| *kind == self.packet_type()), FailedMatch::PacketType),
            Match::Ttl { compare, value } => {
                let ttl = packet.ip.ttl;
                let found = match compare {
                    TtlCompare::Equal => ttl == *value,
                    TtlCompare::NotEqual => ttl != *value,
                    TtlCompare::Less => ttl < *value,
                    TtlCompare::Greater => ttl > *value,
                };
                test(found, FailedMatch::Ttl)
            }
            Match::Length(want) => {
                // Each piece by its own.
                let length = packet.longest();
                let within = |range: &(u16, u16)| u32::from(range.0) <= length && length <= u32::from(range.1);
                test(want.holds(within), FailedMatch::Length)
            }
            Match::MacSource(want) => test(self.mac_source(want), FailedMatch::MacSource),
            Match::Dscp(want) => test(want.holds(|dscp| tos(packet) >> 2 == *dscp), FailedMatch::Dscp),
            Match::Tos(want) => test(want.holds(|(value, mask)| tos(packet) & mask == *value), FailedMatch::Dscp),
            Match::ReversePath(want) => test(self.way_back(*want) != want.invert, FailedMatch::ReversePath),
            Match::Owner(want) => test(self.owner(want), FailedMatch::Owner),
            Match::Unknown { .. } => Err(FailedMatch::Unknown),
        }
    }

    /// `owner_mt` (net/netfilter/xt_owner.c): without a socket, or without a process behind it, holds what is asked the other way round.
    fn owner(&self, want: &OwnerMatch) -> bool {
        let absent = |asked: Option<bool>| asked.is_none_or(|not| not);
        let ids = |owner: Owner| {
            let within = |(first, last): &(u32, u32), id: u32| *first <= id && id <= *last;
            holds(&want.uid, |range| within(range, owner.uid)) && holds(&want.gid, |range| within(range, owner.gid))
        };
        let nobody = || absent(want.uid.map(|uid| uid.not)) && absent(want.gid.map(|gid| gid.not));
        let exists = want.socket.map(|socket| socket.not);
        match self.seen.sender {
            Sender::Nobody => absent(exists) && nobody(),
            Sender::Kernel => exists != Some(true) && nobody(),
            Sender::Process(owner) => exists != Some(true) && ids(owner),
        }
    }

    /// `rpfilter_mt` without its inversion (net/ipv4/netfilter/ipt_rpfilter.c).
    fn way_back(&self, want: ReversePath) -> bool {
        let (netns, ip) = (self.seen.netns, &self.skb.packet.ip);
        let dev = self.seen.in_dev;
        let came = dev.and_then(|dev| netns.links.get(dev));
        let unset = matches!(ip.src, IpAddr::V4(src) if src.octets()[0] == 0);
        let group = matches!(ip.dst, IpAddr::V4(dst) if dst.is_broadcast() || dst.is_multicast());
        if came.is_none_or(|link| link.kind == LinkKind::Loopback) || unset && group {
            return true;
        }
        let mark = if want.valid_mark { self.skb.mark.0 } else { 0 };
        let Some(found) = route::lookup(netns, ip.src, Some(ip.dst).filter(|_| !group), mark) else { return false };
        let kind = match found.route.kind {
            RouteKind::Unicast => true,
            RouteKind::Local => want.accept_local,
            _ => false,
        };
        kind && (want.loose || found.route.dev == dev)
    }

    /// `physdev_mt` (net/netfilter/xt_physdev.c).
    fn physdev(&self, want: &PhysDev) -> bool {
        let (have_in, have_out) = (self.seen.in_port, self.seen.out_port);
        let flag = |want: Option<Neg<()>>, have: bool| want.is_none_or(|want| have != want.not);
        if have_in.is_none() && have_out.is_none() {
            let absent = |want: &Option<Neg<DevMatch>>| want.as_ref().is_none_or(|want| want.not);
            return flag(want.is_bridged, false)
                && flag(want.is_in, false)
                && flag(want.is_out, false)
                && absent(&want.in_dev)
                && absent(&want.out_dev);
        }
        flag(want.is_bridged, have_out.is_some())
            && flag(want.is_in, have_in.is_some())
            && flag(want.is_out, have_out.is_some())
            && (have_in.is_none() || holds(&want.in_dev, |name| self.is_dev(name, have_in)))
            && (want.out_dev.is_none()
                || (have_out.is_some() && holds(&want.out_dev, |name| self.is_dev(name, have_out))))
    }

    /// The states the packet has for `--ctstate`.
    fn has_state(&self, want: &CtStates) -> bool {
        match self.seen.tracked(*self.untrack) {
            Tracked::Entry(id, _, state) => {
                let entry = conntrack::entry(self.state, self.seen.id, id);
                let named = match state {
                    CtState::New => want.new,
                    CtState::Established => want.established,
                    CtState::Related => want.related,
                };
                named || entry.is_some_and(|entry| (want.snat && entry.snat) || (want.dnat && entry.dnat))
            }
            Tracked::Untracked => want.untracked,
            Tracked::Invalid | Tracked::Off => want.invalid,
        }
    }

    /// `conntrack_mt` (net/netfilter/xt_conntrack.c): a packet without a connection has a state and nothing else.
    fn connection(&mut self, want: &Connection, at: RuleRef) -> Tried {
        test(holds(&want.state, |states| self.has_state(states)), FailedMatch::CtState)?;
        let other = FailedMatch::Connection;
        let tracked = match self.seen.tracked {
            Tracked::Entry(id, direction, _) => {
                conntrack::entry(self.state, self.seen.id, id).map(|entry| (entry, direction))
            }
            _ => None,
        };
        let Some((entry, direction)) = tracked else { return test(want.state.is_some(), other) };
        let (orig, reply) = (&entry.original, &entry.reply);
        let addresses = holds(&want.orig_src, |net| net.contains(&orig.src.ip()))
            && holds(&want.orig_dst, |net| net.contains(&orig.dst.ip()))
            && holds(&want.reply_src, |net| net.contains(&reply.src.ip()))
            && holds(&want.reply_dst, |net| net.contains(&reply.dst.ip()));
        // In place of a destination port, ICMP has type and code: echo request 8/0, echo reply 0/0.
        let (orig_dst, reply_dst) = match orig.protocol {
            Protocol::Icmp => (8 << 8, 0),
            _ => (orig.dst.port(), reply.dst.port()),
        };
        let within = |want: &Option<Neg<PortRange>>, port: u16| holds(want, |range| range.contains(Port(port)));
        let ports = within(&want.orig_src_port, orig.src.port())
            && within(&want.orig_dst_port, orig_dst)
            && within(&want.reply_src_port, reply.src.port())
            && within(&want.reply_dst_port, reply_dst);
        let status = holds(&want.status, |status| {
            (status.seen_reply && entry.replied)
                || (status.confirmed && entry.confirmed)
                || (status.assured && entry.assured)
        });
        let rest = want.direction.is_none_or(|want| want == direction)
            && addresses
            && holds(&want.protocol, |protocol| protocol.number() == orig.protocol.number())
            && ports
            && status;
        test(rest, other)?;
        if want.expire.is_some() {
            // Time left is not kept.
            self.events.push(Event::Assumed(Assumed::MatchSkipped { rule: at, module: "conntrack".into() }));
            return Err(FailedMatch::Unknown);
        }
        Ok(())
    }

    /// `addrtype_mt_v1` (net/netfilter/xt_addrtype.c).
    fn addr_type(&self, want: &AddrTypeMatch) -> bool {
        let dev = match want.limit {
            Some(IfaceLimit::In) => self.seen.in_dev,
            Some(IfaceLimit::Out) => self.seen.out_dev,
            None => None,
        };
        let is = |types: &AddrTypes, address| types.contains(route::address_type_on(self.seen.netns, address, dev));
        let ip = &self.skb.packet.ip;
        holds(&want.src, |types| is(types, ip.src)) && holds(&want.dst, |types| is(types, ip.dst))
    }

    /// Asks or writes a list, and notes what came of it. An address that is not there is nothing to tell.
    fn recent_noted(&mut self, want: &Recent, at: RuleRef) -> bool {
        let ip = &self.skb.packet.ip;
        let address = masked(if want.destination { ip.dst } else { ip.src }, want.mask);
        let entries = self.state.recent.get(&(self.seen.id, want.name.clone()));
        let entry = entries.and_then(|entries| entries.iter().find(|entry| entry.address == address));
        let age = entry.and_then(|entry| entry.seen.last()).map(|seen| self.state.now.saturating_sub(*seen));
        let found = self.recent(want);
        let how = match (want.action, age) {
            (RecentAction::Set, _) => Some(ListedHow::Noted),
            (RecentAction::Check | RecentAction::Update, Some(age)) if found != want.not => {
                Some(ListedHow::Found { age })
            }
            (RecentAction::Check | RecentAction::Update, Some(age)) => Some(ListedHow::Stale { age }),
            (RecentAction::Check | RecentAction::Update, None) | (RecentAction::Remove, _) => None,
        };
        if let Some(how) = how {
            self.events.push(Event::Listed { rule: at, list: want.name.clone(), address, how });
        }
        found
    }

    /// `recent_mt` (net/netfilter/xt_recent.c).
    fn recent(&mut self, want: &Recent) -> bool {
        let ip = &self.skb.packet.ip;
        let address = masked(if want.destination { ip.dst } else { ip.src }, want.mask);
        // As seen before forwarding took one off.
        let forwarded = matches!(self.hook, Hook::Forward | Hook::Postrouting) && self.seen.in_dev.is_some();
        let ttl = if forwarded { ip.ttl.wrapping_add(1) } else { ip.ttl };
        let now = self.state.now;
        let list = self.state.recent.entry((self.seen.id, want.name.clone())).or_default();
        let known = |entry: &RecentEntry| {
            entry.address == address && (!want.ttl || ttl == 0 || entry.ttl == 0 || entry.ttl == ttl)
        };
        let Some(index) = list.iter().position(known) else {
            if want.action != RecentAction::Set {
                return want.not;
            }
            if list.len() >= RecentEntry::MOST {
                list.remove(0);
            }
            list.push(RecentEntry { address, ttl, seen: vec![now] });
            return !want.not;
        };
        let mut found = want.not;
        match want.action {
            RecentAction::Set => found = !found,
            RecentAction::Remove => {
                list.remove(index);
                return !found;
            }
            RecentAction::Check | RecentAction::Update => {
                let since = want.seconds.map_or(0, |seconds| now.saturating_sub(u64::from(seconds)));
                let hits = list.get(index).map_or(0, |entry| entry.seen.iter().filter(|seen| **seen >= since).count());
                if hits >= want.hits.unwrap_or(1).max(1) as usize {
                    found = !found;
                }
            }
        }
        let updates = want.action == RecentAction::Set || (want.action == RecentAction::Update && found);
        let mut index = index;
        let reaps = want.reap && want.seconds.is_some() && !(index == 0 && updates);
        let since = want.seconds.map_or(0, |seconds| now.saturating_sub(u64::from(seconds)));
        if reaps && list.first().and_then(|oldest| oldest.seen.last()).is_some_and(|seen| *seen < since) {
            list.remove(0);
            if index == 0 {
                return found;
            }
            index -= 1;
        }
        if updates && index < list.len() {
            let mut entry = list.remove(index);
            entry.seen.push(now);
            if entry.seen.len() > RecentEntry::MOST_SEEN {
                entry.seen.remove(0);
            }
            entry.ttl = ttl;
            list.push(entry);
        }
        found
    }

    /// A frame for a group is broadcast or multicast; what left IP or was addressed to this host is unicast.
    fn packet_type(&self) -> PacketType {
        let came = matches!(self.hook, Hook::Prerouting | Hook::Input | Hook::Forward) && self.seen.in_dev.is_some();
        match self.skb.packet.ethernet.filter(|_| came) {
            Some(frame) if frame.dst == Mac::BROADCAST => PacketType::Broadcast,
            Some(frame) if frame.dst.is_group() => PacketType::Multicast,
            _ => PacketType::Unicast,
        }
    }

    /// `mac_mt`: only frames that came over Ethernet have a source.
    fn mac_source(&self, want: &Neg<Mac>) -> bool {
        let ethernet = self.seen.in_dev.and_then(|dev| self.seen.netns.links.get(dev));
        let Some(frame) =
            self.skb.packet.ethernet.filter(|_| ethernet.is_some_and(|link| link.kind != LinkKind::Loopback))
        else {
            return false;
        };
        want.holds(|mac| *mac == frame.src)
    }
}

/// `tcp_mt`, `udp_mt` and `sctp_mt`.
fn ports(
    l4: &L4,
    protocol: Protocol,
    sport: &Option<Neg<PortRange>>,
    dport: &Option<Neg<PortRange>>,
    flags: &Option<Neg<TcpFlagsMatch>>,
) -> Tried {
    test(l4.protocol() == protocol, FailedMatch::Protocol)?;
    let within = |range: &PortRange, have: Option<Port>| have.is_some_and(|have| range.contains(have));
    test(holds(sport, |range| within(range, l4.source_port())), FailedMatch::SourcePort)?;
    test(holds(dport, |range| within(range, l4.destination_port())), FailedMatch::DestinationPort)?;
    let have = match l4 {
        L4::Tcp { flags, .. } => TcpFlagSet::of(*flags),
        _ => TcpFlagSet::default(),
    };
    test(holds(flags, |want| have.0 & want.mask.0 == want.set.0), FailedMatch::TcpFlags)
}

fn icmp_is(icmp: &Icmp, want: IcmpType) -> bool {
    match want {
        IcmpType::Any => true,
        IcmpType::Of { kind, code } => {
            let (have_kind, have_code) = icmp.type_code();
            have_kind == kind && code.is_none_or(|code| code == have_code)
        }
    }
}

/// `multiport_mt`.
fn multi_port(want: &MultiPort, l4: &L4) -> Tried {
    let (Some(source), Some(destination)) = (l4.source_port(), l4.destination_port()) else {
        return Err(FailedMatch::Protocol);
    };
    let one = |port| want.ports.value.iter().any(|range| range.contains(port));
    let (found, failed) = match want.side {
        PortSide::Source => (one(source), FailedMatch::SourcePort),
        PortSide::Destination => (one(destination), FailedMatch::DestinationPort),
        PortSide::Either => (one(source) || one(destination), FailedMatch::Ports),
    };
    test(found != want.ports.not, failed)
}

fn masked(address: IpAddr, mask: Ipv4Addr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V4(v4 & mask),
        IpAddr::V6(_) => address,
    }
}

/// Type of service: 0 for sockets that set nothing, `Internetwork Control` for ICMP errors (`icmp_send`).
fn tos(packet: &Packet) -> u8 {
    match &packet.l4 {
        L4::Icmp(icmp) if icmp.quoted().is_some() => 0xc0,
        _ => 0,
    }
}
