//! Walking a base chain (`nft_do_chain` in net/netfilter/nf_tables_core.c).

mod update;
mod value;

use crate::config::nft::data::{Datum, Pattern, Verdict as To};
use crate::config::nft::expr::{
    Ct, Expr, Meta, NatFlags, NatTo, Payload, RejectForm, Relation, Right, SetRef, Statement,
};
use crate::config::nft::set::ElementData;
use crate::config::nft::{Family, Rule, Table};
use crate::config::{NatRange, Policy, PortRange, RejectWith};
use crate::ids::{ChainId, NftTableId, PartId, RuleId, RuleRef, TableRef};
use crate::netfilter::conntrack;
use crate::netfilter::conntrack::Tracked;
use crate::netfilter::position::ChainPosition;
use crate::netfilter::verdict::{NatRequest, Seen, TableVerdict};
use crate::packet::Mark;
use crate::state::KernelState;
use crate::walk::{Assumed, Chooser, Event, FailedMatch, ListedHow, NatKind, SetHit, Skb, Skipped, Verdict};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Walks one base chain with one packet.
pub(crate) struct Runner<'a, 'b> {
    pub(crate) id: NftTableId,
    pub(crate) table: &'a Table,
    pub(crate) seen: &'a Seen<'a>,
    pub(crate) skb: &'b mut Skb,
    pub(crate) state: &'b mut KernelState,
    pub(crate) chooser: &'b mut dyn Chooser,
    pub(crate) events: &'b mut Vec<Event>,
    /// Set when a rule takes the packet out of tracking.
    pub(crate) untrack: &'b mut bool,
    /// What the statements of the current rule did, told after the rule itself.
    pub(crate) effects: Vec<Event>,
}

/// What came of a statement.
enum StatementOutcome {
    /// On to the next.
    Next,
    /// The rule does not match.
    Break(FailedMatch),
    /// A verdict.
    To(To),
    /// The chain's last word.
    End(Verdict, TableVerdict),
}

/// What came of a rule.
enum RuleOutcome {
    Skipped(FailedMatch),
    To(To),
    End(Verdict, TableVerdict),
}

impl Runner<'_, '_> {
    /// Passes over the rules of a long chain that can neither match nor do anything, without looking at each.
    fn jump(&mut self, position: &mut ChainPosition) {
        let (table, seen) = (self.table, self.seen);
        let (Some(chain), Some(index)) =
            (table.chain(position.chain), seen.netns.nft.chain_index(self.id, position.chain))
        else {
            return;
        };
        let to = index.candidate(|field| self.field(field), position.next).unwrap_or(RuleId::at(chain.rules.len()));
        while position.next < to
            && let Some(rule) = chain.rules.get(position.next.index())
        {
            let at = RuleRef { table: TableRef::Nft(self.id), chain: position.chain, id: position.next };
            let RuleOutcome::Skipped(failed) = self.rule(rule, at) else { return };
            let end = index.alike(position.next).map_or(to, |end| end.min(to));
            position.skip_to(end, failed);
        }
    }

    /// Runs the base chain `base`.
    pub(crate) fn run(&mut self, base: ChainId) -> TableVerdict {
        let name = TableRef::Nft(self.id);
        self.events.push(Event::Chain { table: name, chain: base, from: None });
        let mut stack = vec![ChainPosition::at(base)];
        while let Some(position) = stack.last_mut() {
            self.jump(position);
            let rule = self.table.chain(position.chain).and_then(|chain| chain.rules.get(position.next.index()));
            let Some(rule) = rule else {
                let (ended, skipped) = (position.chain, std::mem::take(&mut position.skipped));
                stack.pop();
                let last = stack.is_empty();
                if !last || ended != base {
                    self.events.push(Event::ChainEnd { table: name, chain: ended, skipped, policy: None });
                    if last {
                        return self.policy(base, Vec::new());
                    }
                    continue;
                }
                return self.policy(base, skipped);
            };
            let at = RuleRef { table: name, chain: position.chain, id: position.next };
            position.next.0 += 1;
            let outcome = self.rule(rule, at);
            let Some(position) = stack.last_mut() else { break };
            let (verdict, to) = match outcome {
                RuleOutcome::Skipped(failed) => {
                    position.skip(1, failed);
                    self.events.append(&mut self.effects);
                    continue;
                }
                RuleOutcome::End(verdict, end) => {
                    let skipped = std::mem::take(&mut position.skipped);
                    self.events.push(Event::Rule { rule: at, skipped, verdict });
                    self.events.append(&mut self.effects);
                    return end;
                }
                RuleOutcome::To(to) => (shown(to), to),
            };
            let skipped = std::mem::take(&mut position.skipped);
            self.events.push(Event::Rule { rule: at, skipped, verdict });
            self.events.append(&mut self.effects);
            match to {
                To::Accept => return TableVerdict::Accept,
                To::Drop => return TableVerdict::Drop(at),
                To::Continue => {}
                To::Return => {
                    stack.pop();
                    if stack.is_empty() {
                        return self.policy(base, Vec::new());
                    }
                }
                To::Jump(chain) | To::Goto(chain) => {
                    if matches!(to, To::Goto(_)) {
                        stack.pop();
                    }
                    // The kernel refuses to load chains that could go deeper; so does the builder.
                    if stack.len() > self.table.chains.len() {
                        return TableVerdict::Accept;
                    }
                    self.events.push(Event::Chain { table: name, chain, from: Some(at) });
                    stack.push(ChainPosition::at(chain));
                }
            }
        }
        TableVerdict::Accept
    }

    /// The end of a base chain.
    fn policy(&mut self, base: ChainId, skipped: Vec<Skipped>) -> TableVerdict {
        let chain = self.table.chain(base).and_then(|chain| chain.base.as_ref());
        let policy = chain.map_or(Policy::Accept, |base| base.policy);
        self.events.push(Event::ChainEnd { table: TableRef::Nft(self.id), chain: base, skipped, policy: Some(policy) });
        match policy {
            Policy::Accept => TableVerdict::Accept,
            Policy::Drop => TableVerdict::PolicyDrop(base),
        }
    }

    fn rule(&mut self, rule: &Rule, at: RuleRef) -> RuleOutcome {
        for (index, statement) in rule.statements.iter().enumerate() {
            match self.statement(statement, at, PartId::at(index)) {
                StatementOutcome::Next | StatementOutcome::To(To::Continue) => {}
                StatementOutcome::Break(failed) => return RuleOutcome::Skipped(failed),
                StatementOutcome::To(to) => return RuleOutcome::To(to),
                StatementOutcome::End(verdict, end) => return RuleOutcome::End(verdict, end),
            }
        }
        RuleOutcome::To(To::Continue)
    }

    fn statement(&mut self, statement: &Statement, at: RuleRef, index: PartId) -> StatementOutcome {
        match statement {
            Statement::Match { left, relation, right } => match self.compares(left, *relation, right, at, index) {
                true => StatementOutcome::Next,
                false => StatementOutcome::Break(failed(left)),
            },
            Statement::Vmap { key, map } => {
                let types = key.types();
                let Some(value) = self.value(key, at, index) else { return StatementOutcome::Break(failed(key)) };
                match self.lookup(map, &types, value, at, index) {
                    Some(ElementData::Verdict(to)) => StatementOutcome::To(to),
                    _ => StatementOutcome::Break(FailedMatch::Lookup),
                }
            }
            Statement::Verdict(to) => StatementOutcome::To(*to),
            Statement::Counter(_) | Statement::Blank => StatementOutcome::Next,
            Statement::Aside(text) => {
                if text.starts_with("log") {
                    self.effects.push(Event::Logged { rule: at });
                }
                StatementOutcome::Next
            }
            Statement::SetMark(expr) => {
                let Some(mark) = self.number(expr, at, index) else {
                    return StatementOutcome::Break(FailedMatch::Expression);
                };
                let before = self.skb.mark;
                self.skb.mark = Mark(mark);
                self.effects.push(Event::Marked { rule: at, before, after: self.skb.mark });
                StatementOutcome::Next
            }
            Statement::SetCtMark(expr) => {
                let Some(mark) = self.number(expr, at, index) else {
                    return StatementOutcome::Break(FailedMatch::Expression);
                };
                // `nft_ct_set_eval`: a packet without a connection is passed over.
                if let Tracked::Entry(id, ..) = self.seen.tracked
                    && let Some(entry) = conntrack::entry_mut(self.state, self.seen.id, id)
                {
                    let before = std::mem::replace(&mut entry.mark, Mark(mark));
                    self.effects.push(Event::ConnMarked { rule: at, entry: id, before, after: Mark(mark) });
                }
                StatementOutcome::Next
            }
            Statement::Nat { destination, to, flags, .. } => self.nat(*destination, to, *flags, at, index),
            Statement::Masquerade { port, flags } => {
                translate(NatKind::Source, NatRange { ports: *port, ..options(*flags) }, true, at)
            }
            Statement::Redirect { port, flags } => {
                translate(NatKind::Destination, NatRange { ports: *port, ..options(*flags) }, true, at)
            }
            Statement::Reject(form) => match self.reject(form) {
                Some(with) => StatementOutcome::End(Verdict::Reject(with), TableVerdict::Reject(at, with)),
                None => StatementOutcome::Break(FailedMatch::Protocol),
            },
            Statement::NoTrack => {
                *self.untrack = true;
                StatementOutcome::Next
            }
            Statement::Update { update, set, key, timeout, data, .. } => {
                self.update(*update, *set, (key, data.as_deref()), *timeout, at, index)
            }
            Statement::Limit { over, .. } => {
                self.effects.push(Event::Assumed(Assumed::WithinLimit { rule: at }));
                if *over { StatementOutcome::Break(FailedMatch::Expression) } else { StatementOutcome::Next }
            }
            Statement::Unknown(text) => {
                let word = text.split(' ').next().unwrap_or_default();
                self.events.push(Event::Assumed(Assumed::MatchSkipped { rule: at, module: word.into() }));
                StatementOutcome::Break(FailedMatch::Unknown)
            }
        }
    }

    fn number(&mut self, expr: &Expr, at: RuleRef, statement: PartId) -> Option<u32> {
        match self.value(expr, at, statement)?.as_slice() {
            [Datum::Number(value)] => Some(*value as u32),
            _ => None,
        }
    }

    fn compares(&mut self, left: &Expr, relation: Relation, right: &Right, at: RuleRef, statement: PartId) -> bool {
        let types = left.types();
        let Some(value) = self.value(left, at, statement) else { return false };
        let equal = match right {
            Right::Set(set) => {
                let hit = self.find(set, &types, &value).hit;
                if let (SetHit::Learned, SetRef::Named(id)) = (hit, set) {
                    let how = ListedHow::Found { age: self.age(*id, &value) };
                    self.listed(at, *id, &value, how);
                }
                hit != SetHit::Missing
            }
            Right::Masked(masked) => {
                let (want, mask) = **masked;
                matches!(value.as_slice(), [Datum::Number(have)] if have & mask == want)
            }
            Right::Value(patterns) => match (types.as_slice(), value.as_slice(), patterns.as_slice()) {
                ([kind], [Datum::Number(have)], [Pattern::One(Datum::Number(want))]) => {
                    return match relation {
                        Relation::Implicit if kind.is_bits() && !matches!(left, Expr::Bits(..)) => have & want != 0,
                        Relation::Implicit | Relation::Equal => have == want,
                        Relation::NotEqual => have != want,
                        Relation::Less => have < want,
                        Relation::LessOrEqual => have <= want,
                        Relation::Greater => have > want,
                        Relation::GreaterOrEqual => have >= want,
                        Relation::NoBit => have & want == 0,
                    };
                }
                _ => {
                    patterns.len() == value.len()
                        && patterns
                            .iter()
                            .zip(&value)
                            .zip(&types)
                            .all(|((pattern, value), kind)| pattern.holds(value, kind.bits()))
                }
            },
        };
        equal != (relation == Relation::NotEqual)
    }

    /// What a rule of this table answers with; `None` where it does not apply to the packet's family.
    fn reject(&self, form: &RejectForm) -> Option<RejectWith> {
        let v4 = self.skb.packet.ip.src.is_ipv4();
        let icmp = |code: &str| match code {
            "net-unreachable" | "no-route" => RejectWith::NetUnreachable,
            "host-unreachable" => RejectWith::HostUnreachable,
            "prot-unreachable" => RejectWith::ProtoUnreachable,
            "net-prohibited" => RejectWith::NetProhibited,
            "host-prohibited" => RejectWith::HostProhibited,
            "admin-prohibited" => RejectWith::AdminProhibited,
            _ => RejectWith::PortUnreachable,
        };
        match form {
            RejectForm::Default => Some(RejectWith::PortUnreachable),
            RejectForm::TcpReset => Some(RejectWith::TcpReset).filter(|_| self.skb.packet.protocol().number() == 6),
            RejectForm::Icmp(code) => v4.then(|| icmp(code)),
            RejectForm::Icmpx(code) => Some(icmp(code)),
            RejectForm::Icmpv6(_) if v4 => None,
            RejectForm::Icmpv6(_) => Some(RejectWith::PortUnreachable),
        }
    }

    fn nat(
        &mut self,
        destination: bool,
        to: &NatTo,
        flags: NatFlags,
        at: RuleRef,
        statement: PartId,
    ) -> StatementOutcome {
        let v4 = self.skb.packet.ip.src.is_ipv4();
        let kind = if destination { NatKind::Destination } else { NatKind::Source };
        let (addresses, ports) = match to {
            NatTo::Fixed { address, port } => (*address, *port),
            NatTo::Expr(expr) => match self.value(expr, at, statement).as_deref() {
                Some([Datum::Number(to), rest @ ..]) => {
                    let ip = if v4 { IpAddr::V4(Ipv4Addr::from(*to as u32)) } else { IpAddr::V6(Ipv6Addr::from(*to)) };
                    let port = match rest {
                        [Datum::Number(port), ..] => Some(PortRange::one(*port as u16)),
                        _ => None,
                    };
                    (Some((ip, ip)), port)
                }
                _ => return StatementOutcome::Break(FailedMatch::Lookup),
            },
        };
        if addresses.is_some_and(|(first, _)| first.is_ipv4() != v4) {
            return StatementOutcome::Break(FailedMatch::Protocol);
        }
        translate(kind, NatRange { addresses, ports, ..options(flags) }, false, at)
    }

    /// Notes a lookup.
    pub(super) fn looked_up(&mut self, rule: RuleRef, statement: PartId, key: Vec<Datum>, hit: SetHit) {
        self.effects.push(Event::NftLookup { rule, statement, key, hit });
    }
}

/// True when chains of this family see packets of the IP layer of this version.
pub(crate) fn sees(family: Family, packet_is_v4: bool) -> bool {
    match family {
        Family::Inet => true,
        Family::Ip => packet_is_v4,
        Family::Ip6 => !packet_is_v4,
        Family::Arp | Family::Bridge | Family::Netdev => false,
    }
}

fn options(flags: NatFlags) -> NatRange {
    NatRange {
        random: flags.random,
        random_fully: flags.fully_random,
        persistent: flags.persistent,
        ..NatRange::default()
    }
}

fn translate(kind: NatKind, range: NatRange, own_address: bool, at: RuleRef) -> StatementOutcome {
    StatementOutcome::End(Verdict::Nat, TableVerdict::Nat(at, NatRequest { kind, range, own_address }))
}

fn shown(to: To) -> Verdict {
    match to {
        To::Accept => Verdict::Accept,
        To::Drop => Verdict::Drop,
        To::Continue => Verdict::Continue,
        To::Return => Verdict::Return,
        To::Jump(chain) => Verdict::Jump(chain),
        To::Goto(chain) => Verdict::Goto(chain),
    }
}

/// The kind of comparison that failed.
fn failed(left: &Expr) -> FailedMatch {
    match left {
        Expr::Payload(field) => match field {
            Payload::IpSource | Payload::Ip6Source => FailedMatch::Source,
            Payload::IpDestination | Payload::Ip6Destination => FailedMatch::Destination,
            Payload::IpProtocol | Payload::Ip6NextHeader => FailedMatch::Protocol,
            Payload::IpTtl => FailedMatch::Ttl,
            Payload::TcpFlags => FailedMatch::TcpFlags,
            Payload::IcmpType | Payload::IcmpCode => FailedMatch::IcmpType,
            Payload::EtherSource | Payload::EtherDestination => FailedMatch::MacSource,
            Payload::ThSource | Payload::TcpSource | Payload::UdpSource | Payload::SctpSource => {
                FailedMatch::SourcePort
            }
            Payload::ThDestination | Payload::TcpDestination | Payload::UdpDestination | Payload::SctpDestination => {
                FailedMatch::DestinationPort
            }
        },
        Expr::Meta(key) => match key {
            Meta::InName | Meta::InDev => FailedMatch::InDev,
            Meta::OutName | Meta::OutDev => FailedMatch::OutDev,
            Meta::Mark => FailedMatch::Mark,
            Meta::SkUid | Meta::SkGid => FailedMatch::Owner,
            Meta::L4Proto | Meta::NfProto | Meta::Protocol => FailedMatch::Protocol,
        },
        Expr::Ct(Ct::State, _) => FailedMatch::CtState,
        Expr::Ct(Ct::Mark, _) => FailedMatch::ConnMark,
        Expr::Ct(..) => FailedMatch::Connection,
        Expr::Fib(..) => FailedMatch::AddrType,
        Expr::Numgen { .. } => FailedMatch::Random,
        Expr::Bits(bits) => failed(&bits.left),
        Expr::Concat(_) | Expr::Map(..) => FailedMatch::Lookup,
        Expr::Value(..) => FailedMatch::Expression,
    }
}
