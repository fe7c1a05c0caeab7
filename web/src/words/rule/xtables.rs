//! Matches of iptables.

use super::RuleWords;
use super::value::{device, plain_net, ports, span};
use kernel::config::ipset::SetType;
use kernel::config::nft::data::DataType;
use kernel::config::xtables::{
    AddrTypeMatch, AddrTypes, Connection, CtStates, CtStatuses, DevMatch, IcmpType, IfaceLimit, IpMatch, Match,
    MultiPort, Neg, OwnerMatch, PacketType, PhysDev, PortSide, Recent, RecentAction, Rule, SetMatch, SetSide,
    TcpFlagSet, TcpFlagsMatch, TtlCompare,
};
use kernel::config::{AddrType, CtDirection};

/// `FIN,SYN,RST,ACK SYN`: what `--syn` stands for.
const FIRST_OF_CONNECTION: TcpFlagsMatch = TcpFlagsMatch { mask: TcpFlagSet(0x17), set: TcpFlagSet(0x02) };

impl RuleWords<'_> {
    pub(super) fn xtables_conditions(&self, rule: &Rule) -> Vec<String> {
        let mut out = Vec::new();
        let IpMatch { src, dst, in_dev, out_dev, protocol, fragment } = &rule.ip;
        self.maybe(&mut out, "rule-protocol", protocol, |protocol| protocol.to_string().to_uppercase());
        self.maybe(&mut out, "rule-from", src, |net| plain_net(*net));
        self.maybe(&mut out, "rule-to", dst, |net| plain_net(*net));
        for (key, dev) in [("rule-in", in_dev), ("rule-out", out_dev)] {
            out.extend(dev.as_ref().map(|dev| self.neg(dev.not, self.part(key, device(&dev.value)))));
        }
        self.maybe(&mut out, "rule-fragment", fragment, |()| String::new());
        for one in &rule.matches {
            self.xtables_match(&mut out, one);
        }
        out
    }

    fn xtables_match(&self, out: &mut Vec<String>, one: &Match) {
        let text = match one {
            Match::Comment(_) => return,
            Match::Ports { protocol: _, sport, dport, flags } => {
                self.maybe(out, "rule-sport", sport, ports);
                self.maybe(out, "rule-dport", dport, ports);
                out.extend(flags.map(|flags| self.neg(flags.not, self.tcp_flags(flags.value))));
                return;
            }
            Match::MultiPort(MultiPort { side, ports: list }) => {
                let key = match side {
                    PortSide::Source => "rule-sport",
                    PortSide::Destination => "rule-dport",
                    PortSide::Either => "rule-port",
                };
                let all: Vec<String> = list.value.iter().map(ports).collect();
                self.neg(list.not, self.part(key, self.one_of(&all)))
            }
            Match::Mark(mark) => self.unless(mark.not, self.mark_is("rule-m-mark", mark.value)),
            Match::ConnMark(mark) => self.unless(mark.not, self.mark_is("rule-m-connmark", mark.value)),
            Match::Random { not, threshold } => self.neg(*not, self.random(*threshold)),
            Match::Nth { not, every, packet } => {
                let args = [("every", (*every).into()), ("packet", packet.saturating_add(1).into())];
                self.neg(*not, self.ta("rule-m-nth", &args))
            }
            Match::Set(set) => self.set(set),
            Match::Icmp(Neg { not, value }) => self.neg(*not, self.icmp(*value)),
            Match::IpRange(of) => {
                self.maybe(out, "rule-from", &of.src, |(first, last)| span(first, last));
                self.maybe(out, "rule-to", &of.dst, |(first, last)| span(first, last));
                return;
            }
            Match::PhysDev(dev) => return self.physdev(out, dev),
            Match::Connection(connection) => return self.connection(out, connection),
            Match::State(states) => self.unless(states.not, self.states(states.value)),
            Match::AddrType(kinds) => return self.address_kind(out, kinds),
            Match::Recent(recent) => self.recent(recent),
            Match::Limit { period, burst } => self.rate(*period, *burst),
            Match::PacketType(Neg { not, value }) => {
                let key = match value {
                    PacketType::Unicast => "rule-m-pkttype-unicast",
                    PacketType::Broadcast => "rule-m-pkttype-broadcast",
                    PacketType::Multicast => "rule-m-pkttype-multicast",
                };
                self.neg(*not, self.t(key))
            }
            Match::Ttl { compare, value } => match compare {
                TtlCompare::Equal => self.part("rule-m-ttl", value),
                TtlCompare::NotEqual => self.neg(true, self.part("rule-m-ttl", value)),
                TtlCompare::Less => self.part("rule-m-ttl-below", value),
                TtlCompare::Greater => self.part("rule-m-ttl-above", value),
            },
            Match::Length(Neg { not, value: (first, last) }) => {
                self.neg(*not, self.part("rule-m-length", span(first, last)))
            }
            Match::MacSource(Neg { not, value }) => self.neg(*not, self.part("rule-m-mac", value)),
            Match::Dscp(Neg { not, value }) => self.neg(*not, self.part("rule-m-dscp", value)),
            Match::Tos(Neg { not, value: (value, mask) }) => {
                let text = match *mask {
                    u8::MAX => format!("0x{value:x}"),
                    _ => self.ta(
                        "rule-masked",
                        &[("value", format!("0x{value:x}").into()), ("mask", format!("0x{mask:x}").into())],
                    ),
                };
                self.neg(*not, self.part("rule-m-tos", text))
            }
            Match::Owner(OwnerMatch { socket, uid, gid }) => {
                let range = |(first, last): &(u32, u32)| span(first, last);
                self.maybe(out, "rule-m-uid", uid, range);
                self.maybe(out, "rule-m-gid", gid, range);
                out.extend(socket.map(|socket| self.neg(socket.not, self.t("rule-m-socket"))));
                return;
            }
            Match::ReversePath(want) => self.neg(want.invert, self.t("rule-m-way-back")),
            Match::Account(name) => self.part("rule-m-account", name),
            Match::Unknown { module, text } => self.part("rule-m-unknown", format!("{module}{text}")),
        };
        out.push(text);
    }

    fn flag_names(flags: TcpFlagSet) -> String {
        let names = TcpFlagSet::NAMES.iter().filter(|(bit, _)| flags.0 & bit != 0);
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn tcp_flags(&self, flags: TcpFlagsMatch) -> String {
        if flags == FIRST_OF_CONNECTION {
            return self.t("rule-m-syn");
        }
        let mask = Self::flag_names(flags.mask);
        match flags.set.0 {
            0 => self.part("rule-m-flags-none", mask),
            _ => {
                let args = [("mask", mask.into()), ("set", Self::flag_names(flags.set).into())];
                self.ta("rule-m-flags", &args)
            }
        }
    }

    /// `round(p · 2^31)` as one in so many where it is, with percent.
    fn random(&self, threshold: u32) -> String {
        let whole = f64::from(1_u32 << 31);
        let percent = format!("{:.2}", f64::from(threshold) * 100.0 / whole);
        let percent = percent.trim_end_matches('0').trim_end_matches('.').to_owned();
        let every = (whole / f64::from(threshold.max(1))).round();
        let exact = (whole / every - f64::from(threshold)).abs() <= 1.0;
        if exact && every >= 2.0 && threshold > 0 {
            let args = [("every", every.into()), ("percent", percent.into())];
            return self.ta("rule-m-random-one-in", &args);
        }
        self.part("rule-m-random", percent)
    }

    fn icmp(&self, kind: IcmpType) -> String {
        let IcmpType::Of { kind, code } = kind else { return self.t("rule-m-icmp-any") };
        let name = DataType::IcmpType.symbols().iter().find(|(number, _)| *number == u128::from(kind));
        let name = name.map_or_else(|| kind.to_string(), |(_, name)| (*name).to_owned());
        match code {
            None => self.part("rule-m-icmp", name),
            Some(code) => self.ta("rule-m-icmp-code", &[("value", name.into()), ("code", code.into())]),
        }
    }

    fn set(&self, set: &SetMatch) -> String {
        let kind = self.netns.sets.get(&set.name).map(|found| found.kind);
        // The parts of an element, by kind: true where it is a port.
        let is_port: &[bool] = match kind {
            Some(SetType::Ip | SetType::Net | SetType::List) => &[false],
            Some(SetType::IpPort | SetType::NetPort) => &[false, true],
            Some(SetType::IpPortIp | SetType::IpPortNet) => &[false, true, false],
            Some(SetType::Port) => &[true],
            None => match set.sides.len() {
                2 => &[false, true],
                3 => &[false, true, false],
                _ => &[false],
            },
        };
        let part = |(side, port): (&SetSide, &bool)| {
            self.t(match (side, port) {
                (SetSide::Source, false) => "rule-f-saddr",
                (SetSide::Source, true) => "rule-f-sport",
                (SetSide::Destination, false) => "rule-f-daddr",
                (SetSide::Destination, true) => "rule-f-dport",
            })
        };
        let what: Vec<String> = set.sides.iter().zip(is_port).map(part).collect();
        let args = [("what", what.join(" + ").into()), ("set", set.name.to_string().into())];
        self.ta(if set.not { "rule-m-not-in-set" } else { "rule-m-in-set" }, &args)
    }

    fn physdev(&self, out: &mut Vec<String>, dev: &PhysDev) {
        let flag = |out: &mut Vec<String>, key: &str, flag: Option<Neg<()>>| {
            out.extend(flag.map(|flag| self.unless(flag.not, self.t(key))));
        };
        let named = |dev: &DevMatch| device(dev);
        flag(out, "rule-m-physdev-is-in", dev.is_in);
        self.maybe(out, "rule-m-physdev-in", &dev.in_dev, named);
        flag(out, "rule-m-physdev-is-out", dev.is_out);
        self.maybe(out, "rule-m-physdev-out", &dev.out_dev, named);
        flag(out, "rule-m-physdev-is-bridged", dev.is_bridged);
    }

    fn states(&self, states: CtStates) -> String {
        let CtStates { invalid, new, related, established, untracked, snat, dnat } = states;
        let all = [
            (new, "new"),
            (established, "established"),
            (related, "related"),
            (invalid, "invalid"),
            (untracked, "untracked"),
            (snat, "snat"),
            (dnat, "dnat"),
        ];
        self.names("rule-state", &all)
    }

    fn names(&self, key: &str, all: &[(bool, &str)]) -> String {
        let names: Vec<String> =
            all.iter().filter(|(set, _)| *set).map(|(_, name)| self.t(&format!("{key}-{name}"))).collect();
        if names.is_empty() { self.t("rule-none-set") } else { self.one_of(&names) }
    }

    fn connection(&self, out: &mut Vec<String>, of: &Connection) {
        out.extend(of.state.map(|states| self.unless(states.not, self.states(states.value))));
        let protocol = |protocol: &kernel::packet::Protocol| protocol.to_string().to_uppercase();
        self.maybe(out, "rule-m-ct-protocol", &of.protocol, protocol);
        self.maybe(out, "rule-m-ct-original-from", &of.orig_src, |net| plain_net(*net));
        self.maybe(out, "rule-m-ct-original-to", &of.orig_dst, |net| plain_net(*net));
        self.maybe(out, "rule-m-ct-reply-from", &of.reply_src, |net| plain_net(*net));
        self.maybe(out, "rule-m-ct-reply-to", &of.reply_dst, |net| plain_net(*net));
        self.maybe(out, "rule-m-ct-original-sport", &of.orig_src_port, ports);
        self.maybe(out, "rule-m-ct-original-dport", &of.orig_dst_port, ports);
        self.maybe(out, "rule-m-ct-reply-sport", &of.reply_src_port, ports);
        self.maybe(out, "rule-m-ct-reply-dport", &of.reply_dst_port, ports);
        if let Some(Neg { not, value }) = of.status {
            let CtStatuses { expected, seen_reply, assured, confirmed } = value;
            let all =
                [(expected, "expected"), (seen_reply, "seen-reply"), (assured, "assured"), (confirmed, "confirmed")];
            out.push(self.unless(not, self.names("rule-status", &all)));
        }
        self.maybe(out, "rule-m-ct-expire", &of.expire, |(first, last)| span(first, last));
        out.extend(of.direction.map(|direction| self.direction(direction)));
    }

    pub(super) fn direction(&self, direction: CtDirection) -> String {
        self.t(match direction {
            CtDirection::Original => "rule-direction-original",
            CtDirection::Reply => "rule-direction-reply",
        })
    }

    fn address_kind(&self, out: &mut Vec<String>, of: &AddrTypeMatch) {
        let device = match of.limit {
            Some(IfaceLimit::In) => Some(self.t("rule-kind-of-in")),
            Some(IfaceLimit::Out) => Some(self.t("rule-kind-of-out")),
            None => None,
        };
        let kinds = |types: &AddrTypes| {
            let all = AddrType::ALL.iter().filter(|(kind, _)| types.contains(*kind));
            let names: Vec<String> =
                all.map(|(_, name)| self.t(&format!("rule-kind-{}", name.to_lowercase()))).collect();
            let names = self.one_of(&names);
            device.as_ref().map_or_else(|| names.clone(), |device| format!("{names} {device}"))
        };
        self.maybe(out, "rule-m-src-kind", &of.src, kinds);
        self.maybe(out, "rule-m-dst-kind", &of.dst, kinds);
    }

    fn recent(&self, of: &Recent) -> String {
        let side = self.t(if of.destination { "rule-f-daddr" } else { "rule-f-saddr" });
        let args = [("what", side.into()), ("list", of.name.to_string().into())];
        let key = match of.action {
            RecentAction::Set => "rule-m-recent-set",
            RecentAction::Check => "rule-m-recent-check",
            RecentAction::Update => "rule-m-recent-update",
            RecentAction::Remove => "rule-m-recent-remove",
        };
        let mut text = vec![self.ta(key, &args)];
        text.extend(
            of.seconds.map(|seconds| {
                self.part("rule-m-recent-within", self.duration(u64::from(seconds).saturating_mul(1000)))
            }),
        );
        text.extend(of.hits.map(|hits| self.ta("rule-m-recent-hits", &[("count", hits.into())])));
        text.extend(of.ttl.then(|| self.t("rule-m-recent-ttl")));
        self.unless(of.not, text.join(" "))
    }

    /// `period` ten-thousandths of a second for one packet, in the unit `iptables-save` chooses.
    fn rate(&self, period: u32, burst: u32) -> String {
        let period = period.max(1);
        let units = [("second", 10_000), ("minute", 600_000), ("hour", 36_000_000), ("day", 864_000_000)];
        let unit = units.iter().find(|(_, size)| size / period > 0 && size / period >= size % period);
        let (unit, size) = unit.copied().unwrap_or(("day", 864_000_000));
        let unit = self.t(&format!("rule-unit-{unit}"));
        let args = [("count", (size / period).into()), ("unit", unit.into()), ("burst", burst.into())];
        self.ta("rule-m-limit", &args)
    }
}
