//! Rules in plain words: what is compared, and what happens then.
//!
//! Every match, target and statement has its sentence; the lists are exhaustive, so that a new one does not compile without words.

use super::Say;
use sim_core::linux::AnyRule;
use sim_core::linux::netfilter::TableRef;
use sim_core::linux::netfilter::nft;
use sim_core::linux::netfilter::nft::expr::{Expr, NatTo, Right, Statement, Verdict};
use sim_core::linux::netfilter::xtables::{
    ChainId, ConnMark, DevMatch, IpMatch, Match, NatRange, Neg, PortRange, Rule, Table, Target,
};
use sim_core::linux::state::NetnsId;
use sim_core::linux::walk::RuleRef;
use sim_core::print::iptables::write_rule as write_xtables;
use sim_core::print::nft::write_rule as write_nft;
use std::fmt::Display;

fn ports(range: &PortRange) -> String {
    if range.first == range.last { range.first.to_string() } else { format!("{}-{}", range.first, range.last) }
}

fn nat_text(range: &NatRange) -> String {
    let address = range.addresses.map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let port = range.ports.map(|range| ports(&range));
    match (address, port) {
        (Some(address), Some(port)) if address.contains(':') => format!("[{address}]:{port}"),
        (Some(address), Some(port)) => format!("{address}:{port}"),
        (Some(address), None) => address,
        (None, Some(port)) => format!(":{port}"),
        (None, None) => String::new(),
    }
}

fn device(dev: &DevMatch) -> String {
    format!("{}{}", dev.name, if dev.prefix { "*" } else { "" })
}

impl Say<'_> {
    /// A rule in plain words: `TCP, to 10.96.0.11, to port 80 → go through chain KUBE-SVC-… (Service default/web)`; `None` where there is none.
    pub fn rule_words(&self, id: NetnsId, at: RuleRef) -> Option<String> {
        let netns = self.netns(id)?;
        let (conditions, actions) = match (at.table, netns.rule(at)?) {
            (TableRef::Xtables(name), AnyRule::Xtables(rule)) => {
                self.xtables_rule(id, netns.xtables.tables.get(&name)?, at.table, rule)
            }
            (TableRef::Nft(table), AnyRule::Nft(rule)) => self.nft_rule(id, netns.nft.table(table)?, at.table, rule),
            _ => return None,
        };
        let conditions = if conditions.is_empty() { self.t("rule-any") } else { conditions.join(", ") };
        let actions = if actions.is_empty() { self.t("rule-do-none") } else { actions.join(", ") };
        Some(self.ta("rule-sentence", &[("if", conditions.into()), ("then", actions.into())]))
    }

    fn part(&self, key: &str, value: impl Display) -> String {
        self.ta(key, &[("value", value.to_string().into())])
    }

    fn neg(&self, not: bool, text: String) -> String {
        if not { self.ta("rule-not", &[("what", text.into())]) } else { text }
    }

    fn maybe<T>(&self, out: &mut Vec<String>, key: &str, value: &Option<Neg<T>>, text: impl Fn(&T) -> String) {
        if let Some(one) = value {
            out.push(self.neg(one.not, self.part(key, text(&one.value))));
        }
    }

    /// The name of a chain, with the object it was made for.
    fn chain_words(&self, id: NetnsId, table: TableRef, chain: ChainId) -> String {
        let name = self.chain(id, table, chain).to_owned();
        let cause = self.netns(id).and_then(|netns| netns.chain_cause(table, chain)).and_then(|id| self.cause(id));
        match cause.and_then(|cause| cause.object.as_ref().map(|object| (object, cause.field.as_ref()))) {
            Some((object, Some(field))) => format!("{name} ({object}, {field})"),
            Some((object, None)) => format!("{name} ({object})"),
            None => name,
        }
    }

    fn xtables_rule(&self, id: NetnsId, table: &Table, at: TableRef, rule: &Rule) -> (Vec<String>, Vec<String>) {
        let mut conditions = Vec::new();
        let IpMatch { src, dst, in_dev, out_dev, protocol, fragment } = &rule.ip;
        self.maybe(&mut conditions, "rule-protocol", protocol, |protocol| protocol.to_string().to_uppercase());
        self.maybe(&mut conditions, "rule-from", src, |net| plain_net(*net));
        self.maybe(&mut conditions, "rule-to", dst, |net| plain_net(*net));
        for (key, dev) in [("rule-in", in_dev), ("rule-out", out_dev)] {
            if let Some(dev) = dev {
                conditions.push(self.neg(dev.not, self.part(key, device(&dev.value))));
            }
        }
        self.maybe(&mut conditions, "rule-fragment", fragment, |()| String::new());
        for one in &rule.matches {
            self.match_words(&mut conditions, table, one);
        }
        let action = self.target_words(id, at, &rule.target);
        (conditions, vec![action])
    }

    fn match_words(&self, out: &mut Vec<String>, table: &Table, one: &Match) {
        // The options as the tool prints them, without the module's name.
        let options = || {
            let alone = Rule {
                ip: IpMatch::default(),
                matches: vec![one.clone()],
                target: Target::None,
                cause: Default::default(),
            };
            let mut text = String::new();
            // Writing to a String cannot fail.
            let _ = write_xtables(&mut text, table, "", &alone);
            let text = text.trim_start_matches("-A").trim_start().trim_start_matches("-m ").to_owned();
            text.split_once(' ').map_or(String::new(), |(_, options)| options.trim().to_owned())
        };
        let key = match one {
            Match::Comment(_) => return,
            Match::Ports { protocol: _, sport, dport, flags } => {
                self.maybe(out, "rule-sport", sport, ports);
                self.maybe(out, "rule-dport", dport, ports);
                if flags.is_some() {
                    out.push(self.part("rule-m-flags", options()));
                }
                return;
            }
            Match::MultiPort(many) => {
                let list: Vec<String> = many.ports.value.iter().map(ports).collect();
                let key = match many.side {
                    sim_core::linux::netfilter::xtables::PortSide::Source => "rule-sport",
                    sim_core::linux::netfilter::xtables::PortSide::Destination => "rule-dport",
                    sim_core::linux::netfilter::xtables::PortSide::Either => "rule-port",
                };
                out.push(self.neg(many.ports.not, self.part(key, list.join(", "))));
                return;
            }
            Match::Mark(mark) => {
                out.push(self.neg(mark.not, self.bits("rule-m-mark", mark.value)));
                return;
            }
            Match::ConnMark(mark) => {
                out.push(self.neg(mark.not, self.bits("rule-m-connmark", mark.value)));
                return;
            }
            Match::Random { not, threshold } => {
                let percent = format!("{:.2}", f64::from(*threshold) * 100.0 / f64::from(1_u32 << 31));
                out.push(self.neg(*not, self.part("rule-m-random", percent)));
                return;
            }
            Match::Set(set) => {
                out.push(self.neg(set.not, self.part("rule-m-set", &set.name)));
                return;
            }
            Match::Icmp(_) => "rule-m-icmp",
            Match::IpRange(_) => "rule-m-iprange",
            Match::PhysDev(_) => "rule-m-physdev",
            Match::Connection(_) => "rule-m-connection",
            Match::State(_) => "rule-m-connection",
            Match::AddrType(_) => "rule-m-addrtype",
            Match::Nth { .. } => "rule-m-nth",
            Match::Recent(_) => "rule-m-recent",
            Match::Limit { .. } => "rule-m-limit",
            Match::PacketType(_) => "rule-m-pkttype",
            Match::Ttl { .. } => "rule-m-ttl",
            Match::Length(_) => "rule-m-length",
            Match::MacSource(_) => "rule-m-mac",
            Match::Dscp(_) => "rule-m-dscp",
            Match::Tos(_) => "rule-m-tos",
            Match::Unknown { module, text } => {
                out.push(self.part("rule-m-unknown", format!("{module}{text}")));
                return;
            }
        };
        out.push(self.part(key, options()));
    }

    fn bits(&self, key: &str, (value, mask): (u32, u32)) -> String {
        self.part(key, if mask == u32::MAX { format!("0x{value:x}") } else { format!("0x{value:x}/0x{mask:x}") })
    }

    fn target_words(&self, id: NetnsId, table: TableRef, target: &Target) -> String {
        match target {
            Target::None => self.t("rule-do-none"),
            Target::Accept => self.t("rule-do-accept"),
            Target::Drop => self.t("rule-do-drop"),
            Target::Return => self.t("rule-do-return"),
            Target::Jump(chain) => self.part("rule-do-jump", self.chain_words(id, table, *chain)),
            Target::Goto(chain) => self.part("rule-do-goto", self.chain_words(id, table, *chain)),
            Target::Reject(with) => self.part("rule-do-reject", sim_core::print::iptables::reject_name(*with)),
            Target::Dnat(range) => self.part("rule-do-dnat", nat_text(range)),
            Target::Snat(range) => self.part("rule-do-snat", nat_text(range)),
            Target::Masquerade(_) => self.t("rule-do-masquerade"),
            Target::Redirect(range) => self.part("rule-do-redirect", nat_text(range)),
            Target::Netmap(net) => self.part("rule-do-netmap", net),
            Target::Mark { value, mask } => self.bits("rule-do-mark", (*value, *mask)),
            Target::ConnMark(ConnMark::Set { value, mask }) => self.bits("rule-do-connmark", (*value, *mask)),
            Target::ConnMark(ConnMark::Save { .. }) => self.t("rule-do-connmark-save"),
            Target::ConnMark(ConnMark::Restore { .. }) => self.t("rule-do-connmark-restore"),
            Target::NoTrack | Target::NoTrackAlias => self.t("rule-do-notrack"),
            Target::Log(_) | Target::Nflog(_) => self.t("rule-do-log"),
            Target::Trace => self.t("rule-do-trace"),
            Target::Ttl(_) => self.t("rule-do-ttl"),
            Target::Unknown { name, text } => self.part("rule-do-unknown", format!("{name}{text}")),
        }
    }

    fn nft_rule(&self, id: NetnsId, table: &nft::Table, at: TableRef, rule: &nft::Rule) -> (Vec<String>, Vec<String>) {
        let (mut conditions, mut actions) = (Vec::new(), Vec::new());
        for statement in &rule.statements {
            let text = || {
                let mut text = String::new();
                // Writing to a String cannot fail.
                let _ = write_nft(&mut text, table, &nft::Rule::new(vec![statement.clone()], rule.cause));
                text
            };
            let rest = |word: &str| text().trim_start_matches(word).trim_start().to_owned();
            match statement {
                Statement::Match { left, right, .. } => conditions.push(self.compared(left, right, &text())),
                Statement::Vmap { .. } => {
                    let text = text();
                    let (key, map) = text.split_once(" vmap ").unwrap_or(("", &text));
                    actions.push(
                        self.ta("rule-do-vmap", &[("key", self.nft_field(key).into()), ("map", map.to_owned().into())]),
                    );
                }
                Statement::Verdict(verdict) => actions.push(self.nft_verdict(id, at, verdict)),
                Statement::Counter(_) | Statement::Blank => {}
                Statement::SetMark(_) => actions.push(self.part("rule-do-mark", rest("meta mark set"))),
                Statement::SetCtMark(_) => actions.push(self.part("rule-do-connmark", rest("ct mark set"))),
                Statement::Nat { destination, family: _, to, .. } => {
                    let text = text();
                    let to = match to {
                        NatTo::Fixed { .. } | NatTo::Expr(_) => text.split_once(" to ").map_or("", |(_, to)| to),
                    };
                    actions.push(self.part(if *destination { "rule-do-dnat" } else { "rule-do-snat" }, to));
                }
                Statement::Masquerade { .. } => actions.push(self.t("rule-do-masquerade")),
                Statement::Redirect { .. } => actions.push(self.part("rule-do-redirect", rest("redirect to"))),
                Statement::Reject(_) => {
                    let with = rest("reject").trim_start_matches("with ").to_owned();
                    let with = if with.is_empty() { "icmp port-unreachable".to_owned() } else { with };
                    actions.push(self.part("rule-do-reject", with));
                }
                Statement::NoTrack => actions.push(self.t("rule-do-notrack")),
                Statement::Update { .. } => actions.push(self.part("rule-do-update", text())),
                Statement::Limit { text, .. } => conditions.push(self.part("rule-m-limit", text)),
                Statement::Aside(text) => actions.push(self.part("rule-do-aside", text)),
                Statement::Unknown(text) => actions.push(self.part("rule-do-unknown", text)),
            }
        }
        (conditions, actions)
    }

    /// The verdict of a rule or of an element of a map.
    pub(crate) fn nft_verdict(&self, id: NetnsId, table: TableRef, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Accept => self.t("rule-do-accept"),
            Verdict::Drop => self.t("rule-do-drop"),
            Verdict::Continue => self.t("rule-do-none"),
            Verdict::Return => self.t("rule-do-return"),
            Verdict::Jump(chain) => self.part("rule-do-jump", self.chain_words(id, table, *chain)),
            Verdict::Goto(chain) => self.part("rule-do-goto", self.chain_words(id, table, *chain)),
        }
    }

    /// A comparison: known fields in words, the tool's term where there is none.
    fn compared(&self, left: &Expr, right: &Right, text: &str) -> String {
        let of_set = matches!(right, Right::Set(_));
        let terms = match left {
            Expr::Payload(_) | Expr::Meta(_) | Expr::Ct(..) | Expr::Fib(..) => 4,
            Expr::Numgen { .. } | Expr::Concat(_) | Expr::Bits(..) | Expr::Value(..) | Expr::Map(..) => 0,
        };
        let known =
            KNOWN.iter().find(|(term, key)| terms > 0 && !key.is_empty() && text.starts_with(&format!("{term} ")));
        let Some((term, key)) = known else {
            return self.part(if of_set { "rule-m-nft-set" } else { "rule-m-nft" }, text);
        };
        let value = text.get(term.len()..).unwrap_or_default().trim();
        let (not, value) = match value.strip_prefix("!= ") {
            Some(value) => (true, value),
            None => (false, value.strip_prefix("== ").unwrap_or(value)),
        };
        let value = match value.strip_prefix('@') {
            Some(set) => self.part("rule-in-set", set),
            None => value.to_owned(),
        };
        self.neg(not, self.part(key, value))
    }

    /// `ip daddr . meta l4proto . th dport` in words.
    fn nft_field(&self, key: &str) -> String {
        let word = |term: &str| match KNOWN.iter().find(|(known, _)| *known == term) {
            Some((_, key)) => self.t(&format!("{key}-name")),
            None => term.to_owned(),
        };
        key.split(" . ").map(word).collect::<Vec<_>>().join(" + ")
    }
}

/// Terms of nft that have words.
const KNOWN: [(&str, &str); 16] = [
    ("ip saddr", "rule-from"),
    ("ip6 saddr", "rule-from"),
    ("ip daddr", "rule-to"),
    ("ip6 daddr", "rule-to"),
    ("meta l4proto", "rule-protocol"),
    ("ip protocol", "rule-protocol"),
    ("tcp dport", "rule-dport"),
    ("udp dport", "rule-dport"),
    ("sctp dport", "rule-dport"),
    ("th dport", "rule-dport"),
    ("tcp sport", "rule-sport"),
    ("udp sport", "rule-sport"),
    ("th sport", "rule-sport"),
    ("iifname", "rule-in"),
    ("oifname", "rule-out"),
    ("ct state", "rule-m-connection"),
];

fn plain_net(net: impl Display) -> String {
    let text = net.to_string();
    text.strip_suffix("/32").or_else(|| text.strip_suffix("/128")).unwrap_or(&text).to_owned()
}
