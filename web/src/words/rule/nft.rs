//! Statements and expressions of nftables.

use super::RuleWords;
use super::action::{Picks, nat_text};
use super::value::ports;
use kernel::config::nft::data::{DataType, Datum, Pattern, Verdict};
use kernel::config::nft::expr::{
    BitOp, Ct, Expr, FibResult, Meta, NatFlags, NatTo, Payload, RejectForm, Relation, Right, SetRef, SetUpdate,
    Statement,
};
use kernel::config::nft::set::{Element, ElementData};
use kernel::config::nft::{Rule, Table};
use kernel::config::xtables::{TcpFlagSet, TcpFlagsMatch};
use kernel::ids::TableRef;

/// Elements of a set written in a rule that are told one by one.
const TOLD: usize = 8;

fn picks(flags: NatFlags) -> Picks {
    Picks { random: flags.random || flags.fully_random, persistent: flags.persistent }
}

/// A number that a 32-bit mark holds.
fn bits(value: u128) -> Option<u32> {
    u32::try_from(value).ok()
}

/// The one number a comparison is with.
fn number(right: &Right) -> Option<u128> {
    match right {
        Right::Value(patterns) => match patterns.as_slice() {
            [Pattern::One(Datum::Number(value))] => Some(*value),
            _ => None,
        },
        Right::Masked(..) | Right::Set(_) => None,
    }
}

/// Where and in which table a rule is.
#[derive(Clone, Copy)]
struct In<'a> {
    table: &'a Table,
    at: TableRef,
}

impl RuleWords<'_> {
    pub(super) fn nft_rule(&self, table: &Table, at: TableRef, rule: &Rule) -> (Vec<String>, Vec<String>) {
        let here = In { table, at };
        let (mut conditions, mut actions) = (Vec::new(), Vec::new());
        for statement in &rule.statements {
            match statement {
                Statement::Match { left, relation, right } => {
                    conditions.extend(self.compared(here, left, *relation, right));
                }
                Statement::Limit { text, over } => conditions.push(self.limit(text, *over)),
                Statement::Counter(_) | Statement::Blank => {}
                other => actions.push(self.nft_action(here, other)),
            }
        }
        (conditions, actions)
    }

    fn nft_action(&self, here: In<'_>, statement: &Statement) -> String {
        match statement {
            Statement::Match { .. } | Statement::Limit { .. } | Statement::Counter(_) | Statement::Blank => {
                self.t("rule-do-none")
            }
            Statement::Vmap { key, map } => match map {
                SetRef::Named(set) => {
                    let name = here.table.set(*set).map_or("?", |set| &set.name);
                    let args = [("key", self.expr(here, key).into()), ("map", name.into())];
                    self.ta("rule-do-vmap", &args)
                }
                SetRef::Anonymous(elements) => {
                    let cases = self.elements(here, &key.types(), &[], elements);
                    let cases = cases.join("; ");
                    if let Expr::Numgen { random, modulus, .. } = key {
                        let args = [("count", (*modulus).into()), ("cases", cases.into())];
                        return self.ta(if *random { "rule-do-draw" } else { "rule-do-turn" }, &args);
                    }
                    self.ta("rule-do-cases", &[("key", self.expr(here, key).into()), ("cases", cases.into())])
                }
            },
            Statement::Verdict(verdict) => self.verdict(here.at, verdict),
            Statement::SetMark(value) => self.mark_by("rule-do-mark", Expr::Meta(Meta::Mark), here, value),
            Statement::SetCtMark(value) => self.mark_by("rule-do-connmark", Expr::Ct(Ct::Mark, None), here, value),
            Statement::Nat { destination, family: _, to, flags } => {
                let key = if *destination { "rule-do-dnat" } else { "rule-do-snat" };
                let text = match to {
                    NatTo::Fixed { address, port } => self.part(key, nat_text(*address, *port)),
                    NatTo::Expr(expr) => self.part(key, self.expr(here, expr)),
                };
                self.picked(text, picks(*flags))
            }
            Statement::Masquerade { port, flags } => {
                let text = match port {
                    Some(range) => self.part("rule-do-masquerade-ports", ports(range)),
                    None => self.t("rule-do-masquerade-alone"),
                };
                self.picked(text, picks(*flags))
            }
            Statement::Redirect { port, flags } => {
                let text = match port {
                    Some(range) => self.part("rule-do-redirect-ports", ports(range)),
                    None => self.t("rule-do-redirect-alone"),
                };
                self.picked(text, picks(*flags))
            }
            Statement::Reject(form) => self.refusal(match form {
                RejectForm::Default => "port-unreachable",
                RejectForm::TcpReset => "tcp-reset",
                RejectForm::Icmp(code) | RejectForm::Icmpv6(code) | RejectForm::Icmpx(code) => code,
            }),
            Statement::NoTrack => self.t("rule-do-notrack"),
            Statement::Update { update, set, key, timeout, counter: _, data } => {
                let of = here.table.set(*set);
                let verb = match update {
                    SetUpdate::Add => "rule-do-set-add",
                    SetUpdate::Update => "rule-do-set-update",
                    SetUpdate::Delete => "rule-do-set-delete",
                };
                let name = of.map_or("?", |set| &set.name);
                let mut text = self.ta(verb, &[("what", self.expr(here, key).into()), ("set", name.into())]);
                if let Some(data) = data {
                    text = format!("{text} {}", self.part("rule-set-with", self.expr(here, data)));
                }
                let time = timeout.or_else(|| of?.timeout).filter(|_| *update != SetUpdate::Delete);
                match time {
                    Some(time) => format!("{text} {}", self.part("rule-set-for", self.duration(time))),
                    None => text,
                }
            }
            Statement::Aside(text) => self.aside(text),
            Statement::Unknown(text) => self.part("rule-do-unknown", text),
        }
    }

    /// What changes nothing about the packet's way: it is kept as text by its first word.
    fn aside(&self, text: &str) -> String {
        let quoted = |word: &str| {
            let rest = text.split_once(word)?.1.trim_start();
            Some(rest.strip_prefix('"')?.split_once('"')?.0.to_owned())
        };
        if text.starts_with("log") {
            return self.log(&quoted("prefix").unwrap_or_default());
        }
        if let Some(name) = text.strip_prefix("counter name") {
            return self.part("rule-do-counter", name.trim().trim_matches('"'));
        }
        self.t("rule-do-trace")
    }

    /// `limit rate [over] N/UNIT [burst N packets]`.
    fn limit(&self, text: &str, over: bool) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        let rate = words.iter().position(|word| word.contains('/'));
        let (count, unit) = rate.and_then(|at| words.get(at)?.split_once('/')).unwrap_or(("?", "second"));
        // `1 mbytes/second`: the number stands before.
        let before = rate.and_then(|at| words.get(at.checked_sub(1)?)).copied().unwrap_or_default();
        let count = match before.parse::<u64>() {
            Ok(number) => format!("{number} {count}"),
            Err(_) => count.to_owned(),
        };
        let unit = self.t(&format!("rule-unit-{unit}"));
        let key = if over { "rule-m-limit-over" } else { "rule-m-limit-rate" };
        self.ta(key, &[("count", count.into()), ("unit", unit.into())])
    }

    /// The verdict of a rule or of an element of a map.
    pub(crate) fn verdict(&self, table: TableRef, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Accept => self.t("rule-do-accept-chain"),
            Verdict::Drop => self.t("rule-do-drop"),
            Verdict::Continue => self.t("rule-do-none"),
            Verdict::Return => self.t("rule-do-return"),
            Verdict::Jump(chain) => self.part("rule-do-jump", self.chain(table, *chain)),
            Verdict::Goto(chain) => self.part("rule-do-goto", self.chain(table, *chain)),
        }
    }

    /// The elements of a set written in a rule, the first few.
    fn elements(&self, here: In<'_>, key: &[DataType], data: &[DataType], elements: &[Element]) -> Vec<String> {
        let told = elements.iter().take(TOLD).map(|element| {
            let left = self.patterns(key, &element.key);
            let then = match &element.data {
                None => return left,
                Some(ElementData::Verdict(verdict)) => self.verdict(here.at, verdict),
                Some(ElementData::Value(values)) => self.patterns(data, values),
            };
            self.ta("rule-case", &[("if", left.into()), ("then", then.into())])
        });
        let mut all: Vec<String> = told.collect();
        let more = elements.len().saturating_sub(TOLD);
        all.extend((more > 0).then(|| self.ta("rule-more", &[("count", more.into())])));
        all
    }

    /// What a mark becomes by an expression.
    fn mark_by(&self, key: &str, own: Expr, here: In<'_>, value: &Expr) -> String {
        let set = |value, mask| self.mark_set(key, (value, mask));
        match value {
            Expr::Value(of) => match of.1 {
                Pattern::One(Datum::Number(number)) if bits(number).is_some() => {
                    set(bits(number).unwrap_or_default(), u32::MAX)
                }
                _ => self.part(&format!("{key}-set"), self.expr(here, value)),
            },
            // `(mark & kept) ^ changed`, one part of it or both.
            Expr::Bits(of) => match (&of.left, of.op, bits(of.value)) {
                (left, op, Some(value)) if *left == own => match op {
                    BitOp::Or => set(value, value),
                    BitOp::Xor => set(value, 0),
                    BitOp::And => set(0, !value),
                },
                (Expr::Bits(inner), op @ (BitOp::Or | BitOp::Xor), Some(value))
                    if inner.left == own && inner.op == BitOp::And =>
                {
                    let cleared = bits(inner.value).map_or(0, |kept| !kept);
                    set(value, if op == BitOp::Or { cleared | value } else { cleared })
                }
                _ => self.part(&format!("{key}-set"), self.expr(here, value)),
            },
            other if key == "rule-do-mark" && *other == Expr::Ct(Ct::Mark, None) => self.t("rule-do-connmark-restore"),
            other if key == "rule-do-connmark" && *other == Expr::Meta(Meta::Mark) => self.t("rule-do-connmark-save"),
            other => self.part(&format!("{key}-set"), self.expr(here, other)),
        }
    }

    /// A comparison; several where parts are compared one by one.
    fn compared(&self, here: In<'_>, left: &Expr, relation: Relation, right: &Right) -> Vec<String> {
        let equal = matches!(relation, Relation::Implicit | Relation::Equal);
        let not = relation == Relation::NotEqual;
        if let (Expr::Concat(parts), Right::Value(values), true) = (left, right, equal) {
            let pair = |(part, value): (&Expr, &Pattern)| {
                self.compared(here, part, relation, &Right::Value(vec![value.clone()]))
            };
            return parts.iter().zip(values).flat_map(pair).collect();
        }
        if let (Expr::Bits(of), Some(value)) = (left, number(right))
            && of.op == BitOp::And
            && let Some(found) = self.masked(here, &of.left, of.value, relation, value)
        {
            return vec![found];
        }
        if let (Right::Masked(of), Expr::Payload(Payload::TcpFlags)) = (right, left) {
            return vec![self.neg(not, self.flags_of(of.1, of.0))];
        }
        if equal || not {
            let value = match right {
                Right::Value(values) => Some(self.patterns(&left.types(), values)),
                Right::Set(SetRef::Anonymous(elements)) if !matches!(left, Expr::Concat(_)) => {
                    Some(self.one_of(&self.elements(here, &left.types(), &[], elements)))
                }
                Right::Set(_) | Right::Masked(..) => None,
            };
            if let Some(text) = value.and_then(|value| self.known(left, value)) {
                return vec![self.neg(not, text)];
            }
        }
        let what = self.expr(here, left);
        if let Right::Set(set) = right {
            let (key, set) = match set {
                SetRef::Named(id) => ("rule-m-in-set", here.table.set(*id).map_or("?", |set| &set.name).to_owned()),
                SetRef::Anonymous(elements) => {
                    ("rule-m-one-of", self.one_of(&self.elements(here, &left.types(), &[], elements)))
                }
            };
            let key = if not { key.replace("rule-m-", "rule-m-not-") } else { key.to_owned() };
            return vec![self.ta(&key, &[("what", what.into()), ("set", set.into())])];
        }
        let value = match right {
            Right::Value(values) => self.patterns(&left.types(), values),
            Right::Masked(of) => {
                let (value, mask) = &**of;
                let kind = left.types().into_iter().next().unwrap_or(DataType::Integer);
                let text = |number: u128| self.pattern(&kind, &Pattern::One(Datum::Number(number)));
                self.ta("rule-masked", &[("value", text(*value).into()), ("mask", text(*mask).into())])
            }
            Right::Set(_) => String::new(),
        };
        let key = match relation {
            Relation::Implicit | Relation::Equal => "rule-m-is",
            Relation::NotEqual => "rule-m-is-not",
            Relation::Less => "rule-m-below",
            Relation::LessOrEqual => "rule-m-at-most",
            Relation::Greater => "rule-m-above",
            Relation::GreaterOrEqual => "rule-m-at-least",
            Relation::NoBit => "rule-m-no-bit",
        };
        vec![self.ta(key, &[("what", what.into()), ("value", value.into())])]
    }

    fn flags_of(&self, mask: u128, set: u128) -> String {
        self.tcp_flags(TcpFlagsMatch { mask: TcpFlagSet(mask as u8), set: TcpFlagSet(set as u8) })
    }

    /// `FIELD & MASK` compared with a number: marks and TCP flags.
    fn masked(&self, here: In<'_>, inner: &Expr, mask: u128, relation: Relation, value: u128) -> Option<String> {
        let not = match relation {
            Relation::Implicit | Relation::Equal => false,
            Relation::NotEqual => true,
            _ => return None,
        };
        let key = match inner {
            Expr::Meta(Meta::Mark) => "rule-m-mark",
            Expr::Ct(Ct::Mark, None) => "rule-m-connmark",
            Expr::Payload(Payload::TcpFlags) => return Some(self.neg(not, self.flags_of(mask, value))),
            // `daddr & 255.255.255.0 == 10.9.0.0`: part of an address.
            other => {
                let kind = other.types().into_iter().next()?;
                let text = |number: u128| self.pattern(&kind, &Pattern::One(Datum::Number(number)));
                let value = self.ta("rule-masked", &[("value", text(value).into()), ("mask", text(mask).into())]);
                let key = if not { "rule-m-is-not" } else { "rule-m-is" };
                return Some(self.ta(key, &[("what", self.expr(here, other).into()), ("value", value.into())]));
            }
        };
        let (mask, value) = (bits(mask)?, bits(value)?);
        // `!= 0` under a mask of one bit says that the bit is there.
        if not && value == 0 && mask.is_power_of_two() {
            return Some(self.mark_is(key, (mask, mask)));
        }
        if not && value == mask && mask.is_power_of_two() {
            return Some(self.mark_is(key, (0, mask)));
        }
        Some(self.unless(not, self.mark_is(key, (value, mask))))
    }

    /// What has a sentence of its own when compared for equality.
    fn known(&self, left: &Expr, value: String) -> Option<String> {
        let of_protocol = |name: &str, key: &str, value| format!("{name}, {}", self.part(key, value));
        Some(match left {
            Expr::Payload(field) => match field {
                Payload::IpSource | Payload::Ip6Source => self.part("rule-from", value),
                Payload::IpDestination | Payload::Ip6Destination => self.part("rule-to", value),
                Payload::IpProtocol | Payload::Ip6NextHeader => self.part("rule-protocol", value),
                Payload::IpTtl => self.part("rule-m-ttl", value),
                Payload::ThSource => self.part("rule-sport", value),
                Payload::ThDestination => self.part("rule-dport", value),
                Payload::TcpSource => of_protocol("TCP", "rule-sport", value),
                Payload::TcpDestination => of_protocol("TCP", "rule-dport", value),
                Payload::UdpSource => of_protocol("UDP", "rule-sport", value),
                Payload::UdpDestination => of_protocol("UDP", "rule-dport", value),
                Payload::SctpSource => of_protocol("SCTP", "rule-sport", value),
                Payload::SctpDestination => of_protocol("SCTP", "rule-dport", value),
                Payload::IcmpType => self.part("rule-m-icmp", value),
                Payload::EtherSource => self.part("rule-m-mac", value),
                Payload::EtherDestination => self.part("rule-m-mac-to", value),
                Payload::TcpFlags | Payload::IcmpCode => return None,
            },
            Expr::Meta(key) => match key {
                Meta::L4Proto | Meta::NfProto | Meta::Protocol => self.part("rule-protocol", value),
                Meta::InName | Meta::InDev => self.part("rule-in", value),
                Meta::OutName | Meta::OutDev => self.part("rule-out", value),
                Meta::Mark => self.part("rule-m-mark-is", value),
                Meta::SkUid => self.part("rule-m-uid", value),
                Meta::SkGid => self.part("rule-m-gid", value),
            },
            // Their values are sentences already.
            Expr::Ct(Ct::State | Ct::Status | Ct::Direction, _) => value,
            Expr::Ct(Ct::Mark, _) => self.part("rule-m-connmark-is", value),
            Expr::Fib(key, FibResult::Type) => {
                let text = self.part(if key.source { "rule-m-src-kind" } else { "rule-m-dst-kind" }, value);
                match (key.iif, key.oif) {
                    (true, _) => format!("{text} {}", self.t("rule-kind-of-in")),
                    (_, true) => format!("{text} {}", self.t("rule-kind-of-out")),
                    _ => text,
                }
            }
            _ => return None,
        })
    }

    /// Something with a value, as a noun.
    fn expr(&self, here: In<'_>, expr: &Expr) -> String {
        match expr {
            Expr::Payload(field) => self.t(match field {
                Payload::IpSource | Payload::Ip6Source => "rule-f-saddr",
                Payload::IpDestination | Payload::Ip6Destination => "rule-f-daddr",
                Payload::IpProtocol | Payload::Ip6NextHeader => "rule-f-protocol",
                Payload::IpTtl => "rule-f-ttl",
                Payload::ThSource | Payload::TcpSource | Payload::UdpSource | Payload::SctpSource => "rule-f-sport",
                Payload::ThDestination
                | Payload::TcpDestination
                | Payload::UdpDestination
                | Payload::SctpDestination => "rule-f-dport",
                Payload::TcpFlags => "rule-f-tcp-flags",
                Payload::IcmpType => "rule-f-icmp-type",
                Payload::IcmpCode => "rule-f-icmp-code",
                Payload::EtherSource => "rule-f-mac",
                Payload::EtherDestination => "rule-f-mac-to",
            }),
            Expr::Meta(key) => self.t(match key {
                Meta::L4Proto => "rule-f-protocol",
                Meta::NfProto => "rule-f-ip-version",
                Meta::Protocol => "rule-f-ether-type",
                Meta::InName | Meta::InDev => "rule-f-in",
                Meta::OutName | Meta::OutDev => "rule-f-out",
                Meta::Mark => "rule-f-mark",
                Meta::SkUid => "rule-f-uid",
                Meta::SkGid => "rule-f-gid",
            }),
            Expr::Ct(key, direction) => {
                let what = self.t(match key {
                    Ct::State => "rule-f-ct-state",
                    Ct::Status => "rule-f-ct-status",
                    Ct::Direction => "rule-f-ct-direction",
                    Ct::Mark => "rule-f-connmark",
                    Ct::Source => "rule-f-saddr",
                    Ct::Destination => "rule-f-daddr",
                    Ct::SourcePort => "rule-f-sport",
                    Ct::DestinationPort => "rule-f-dport",
                    Ct::Protocol => "rule-f-protocol",
                });
                match direction {
                    Some(direction) => {
                        let args = [("what", what.into()), ("direction", self.direction(*direction).into())];
                        self.ta("rule-f-of-direction", &args)
                    }
                    None => what,
                }
            }
            Expr::Fib(key, result) => {
                let address = self.t(if key.source { "rule-f-saddr" } else { "rule-f-daddr" });
                let name = match result {
                    FibResult::Type => "rule-f-kind",
                    FibResult::Exists if key.iif => "rule-f-route-in",
                    FibResult::Exists => "rule-f-route",
                };
                self.part(name, address)
            }
            Expr::Numgen { random, modulus, offset } => {
                let last = modulus.saturating_sub(1).saturating_add(*offset);
                let args = [("first", (*offset).into()), ("last", last.into())];
                self.ta(if *random { "rule-f-random" } else { "rule-f-turn" }, &args)
            }
            Expr::Concat(parts) => parts.iter().map(|part| self.expr(here, part)).collect::<Vec<_>>().join(" + "),
            Expr::Bits(of) => {
                let (inner, op, value) = (&of.left, of.op, &of.value);
                let kind = inner.types().into_iter().next().unwrap_or(DataType::Integer);
                let bits = match kind {
                    DataType::Integer | DataType::Mark => format!("0x{value:x}"),
                    kind => self.pattern(&kind, &Pattern::One(Datum::Number(*value))),
                };
                let key = match op {
                    BitOp::And => "rule-f-bits-and",
                    BitOp::Or => "rule-f-bits-or",
                    BitOp::Xor => "rule-f-bits-xor",
                };
                self.ta(key, &[("what", self.expr(here, inner).into()), ("bits", bits.into())])
            }
            Expr::Value(of) => self.pattern(&of.0, &of.1),
            Expr::Map(of) => {
                let (key, map) = &**of;
                let what = self.expr(here, key);
                match map {
                    SetRef::Named(set) => {
                        let name = here.table.set(*set).map_or("?", |set| &set.name);
                        self.ta("rule-f-map", &[("what", what.into()), ("map", name.into())])
                    }
                    SetRef::Anonymous(elements) => {
                        let data = [here.table.address_type(), DataType::InetService];
                        let cases = self.elements(here, &key.types(), &data, elements).join("; ");
                        self.ta("rule-f-cases", &[("what", what.into()), ("cases", cases.into())])
                    }
                }
            }
        }
    }
}
