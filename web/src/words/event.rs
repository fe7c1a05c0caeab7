//! One line per fact of a place, in order. The sentences are in [`super::fact`].

use super::Say;
use super::line::{At, Change, EventLine};
use crate::url;
use kernel::config::{LinkKind, Policy};
use kernel::ids::{ChainId, NetnsId, RuleRef, TableRef};
use kernel::packet::FieldChange;
use kernel::walk::{FailedMatch, Skipped, Verdict};
use sim_core::facts::{ChainAt, Device, Fact, RuleAt, Ruling, Visit, What, badge_text};
use sim_core::print;

/// What a rule did belongs to the line of the rule.
fn push(lines: &mut Vec<EventLine>, line: EventLine) {
    match lines.last_mut() {
        Some(last) if last.kind == "rule" && last.kernel == line.kernel => {
            last.kind = line.kind;
            last.text = format!("{}. {}", last.text, line.text);
            last.changes = line.changes;
            last.looked = line.looked;
        }
        _ => lines.push(line),
    }
}

impl Say<'_> {
    /// A rule as `iptables-save` or `nft list ruleset` prints it.
    pub fn rule_text(&self, netns: NetnsId, rule: RuleRef) -> Option<String> {
        print::rule_text(self.netns(netns)?, rule)
    }

    /// Name of a table.
    pub fn table(&self, netns: NetnsId, table: TableRef) -> String {
        self.netns(netns).map_or_else(|| "?".to_owned(), |netns| netns.table_name(table))
    }

    /// Name of a chain.
    pub fn chain(&self, netns: NetnsId, table: TableRef, chain: ChainId) -> &str {
        self.netns(netns).and_then(|netns| netns.chain_name(table, chain)).unwrap_or("?")
    }

    /// The page of a rule.
    pub(super) fn rule_href(&self, rule: RuleAt<'_>) -> Option<String> {
        let name = &rule.namespace.config()?.name;
        let chain = rule.chain();
        Some(url::rule(self.id?, name, &chain.table_name(), chain.name(), rule.number()))
    }

    /// The chain of a line, open at its rule; with the packet that went through where it is known.
    fn chain_href(&self, fact: &Fact<'_>, chain: ChainAt<'_>, at: Option<&At<'_>>) -> Option<String> {
        let name = &chain.namespace.config()?.name;
        let number = fact.rule().map_or(0, RuleAt::number) as usize;
        let plain = url::rules(self.id?, name, &chain.table_name(), chain.name(), number);
        Some(match at {
            Some(at) => url::passed(&plain, at.probe, at.step, &at.copy, fact.pass.unwrap_or_default()),
            None => plain,
        })
    }

    /// The page of a device.
    pub(super) fn link_href(&self, dev: Device<'_>) -> Option<String> {
        // Hosts outside are only there for their probe: the page of a device does not know them.
        let site = &self.model.site;
        let passing =
            |id: NetnsId| site.outside.values().any(|own| *own == id) && !site.hosts.values().any(|own| *own == id);
        let far = dev.config().and_then(|link| match link.kind {
            LinkKind::Veth { peer } => Some(peer.netns),
            _ => None,
        });
        if passing(dev.namespace.id) || far.is_some_and(passing) {
            return None;
        }
        Some(url::link(self.id?, &dev.namespace.config()?.name, dev.name()))
    }

    /// Rules that were tried without success: how many, and what failed first.
    pub fn skipped(&self, skipped: &[Skipped]) -> Option<String> {
        let count: u32 = skipped.iter().map(|run| run.count).sum();
        if count == 0 {
            return None;
        }
        let mut kinds: Vec<(FailedMatch, u32)> = Vec::new();
        for run in skipped {
            match kinds.iter_mut().find(|(failed, _)| *failed == run.failed) {
                Some((_, all)) => *all += run.count,
                None => kinds.push((run.failed, run.count)),
            }
        }
        let why: Vec<String> = kinds.iter().map(|(failed, _)| self.t(&format!("failed-{}", failed.code()))).collect();
        Some(self.ta("event-skipped", &[("count", count.into()), ("why", why.join(", ").into())]))
    }

    fn ruling(&self, ruling: Ruling<'_>) -> String {
        match (ruling.verdict, ruling.to) {
            (Verdict::Continue, _) => self.t("verdict-continue"),
            (Verdict::Accept, _) => "ACCEPT".to_owned(),
            (Verdict::Drop, _) => "DROP".to_owned(),
            (Verdict::Reject(with), _) => format!("REJECT {}", print::iptables::reject_name(with)),
            (Verdict::Return, _) => "RETURN".to_owned(),
            (Verdict::Jump(_) | Verdict::Goto(_), to) => to.map_or("?", ChainAt::name).to_owned(),
            (Verdict::Nat, _) => self.t("verdict-nat"),
        }
    }

    /// The edits of a translation, each with the number of the entry that remembers it.
    pub(super) fn changes(&self, changes: &[FieldChange], badge: Option<u32>) -> Vec<Change> {
        let change = |change: &FieldChange| {
            let (before, after) = change.texts();
            Change { field: change.field().name().to_owned(), before, after, badge: badge.map(badge_text) }
        };
        changes.iter().map(change).collect()
    }

    /// How many rules a fact looks at without deciding anything; `None` for one that decides.
    fn looked(fact: &Fact<'_>) -> Option<u32> {
        let own = match &fact.what {
            What::Rule { verdict, .. } => match verdict.verdict {
                Verdict::Continue | Verdict::Return | Verdict::Jump(_) | Verdict::Goto(_) => 1,
                Verdict::Accept | Verdict::Drop | Verdict::Reject(_) | Verdict::Nat => return None,
            },
            What::ChainEnd { policy, .. } if *policy != Some(Policy::Drop) => 0,
            _ => return None,
        };
        Some(own + fact.skipped().iter().map(|run| run.count).sum::<u32>())
    }

    /// A rule that matched, or the end of a chain.
    fn chain_line(&self, fact: &Fact<'_>, at: Option<&At<'_>>) -> Option<EventLine> {
        let base = |chain: &ChainAt<'_>| {
            let name = chain.name().to_owned();
            [("table", chain.table_name().into()), ("chain", name.into()), ("of", chain.rules().into())]
        };
        let line = EventLine {
            kind: fact.code(),
            note: self.skipped(fact.skipped()),
            depth: fact.depth,
            looked: Self::looked(fact),
            ..EventLine::default()
        };
        match &fact.what {
            What::Rule { chain, rule, verdict, .. } => {
                let more = [("number", rule.number().into()), ("verdict", self.ruling(*verdict).into())];
                let args: Vec<_> = base(chain).into_iter().chain(more).collect();
                Some(EventLine {
                    text: self.ta("event-rule", &args),
                    kernel: fact.kernel(),
                    href: self.rule_href(*rule),
                    chain_href: self.chain_href(fact, *chain, at),
                    because: fact.cause().map(|cause| self.because_of(cause)),
                    ..line
                })
            }
            What::ChainEnd { chain, policy, .. } => {
                let of = chain.rules();
                let id = match (policy, of) {
                    (Some(_), _) => "event-chain-policy",
                    (None, 0) => "event-chain-empty",
                    (None, _) => "event-chain-end",
                };
                let policy = policy.map(|policy| policy.to_string()).unwrap_or_default();
                let args: Vec<_> = base(chain).into_iter().chain([("policy", policy.into())]).collect();
                let chain_href = (of > 0).then(|| self.chain_href(fact, *chain, at)).flatten();
                Some(EventLine { text: self.ta(id, &args), chain_href, ..line })
            }
            _ => None,
        }
    }

    /// Every fact of a place. Where it is known at which place of a journey, chains are open at what became of this packet.
    pub fn events(&self, visit: &Visit<'_>, at: Option<&At<'_>>) -> Vec<EventLine> {
        let mut lines = Vec::new();
        for fact in visit.facts() {
            match &fact.what {
                What::Chain { .. } => {}
                What::Rule { .. } | What::ChainEnd { .. } => lines.extend(self.chain_line(&fact, at)),
                What::Nat { .. }
                | What::Mark { .. }
                | What::Connmark { .. }
                | What::TtlSet { .. }
                | What::Log { .. } => {
                    if let Some(line) = self.fact(visit, &fact) {
                        push(&mut lines, line);
                    }
                }
                What::Copies { dev, copies, .. } => lines.push(self.copied(*dev, copies, at)),
                _ => lines.extend(self.fact(visit, &fact)),
            }
        }
        lines
    }
}
