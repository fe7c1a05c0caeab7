//! What stands around a step: the routes that were not taken and why, the connections that a namespace knows at that moment.

use super::fact::{Fact, Tracking, What};
use super::refs::RouteAt;
use super::{Facts, Visit, serial};
use kernel::config::{RouteKind, TableId};
use kernel::ids::{CtId, NetnsId, RouteId};
use kernel::state::CtEntry;
use kernel::walk::CtAction;
use std::net::IpAddr;

/// Why a route was taken or not, as fib_lookup(9) goes: tables as `ip rule` has them, then the longest prefix, then the lowest metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Considered {
    /// It was taken.
    Taken,
    /// Its prefix does not have the address.
    OtherAddress,
    /// It has the address; one with a longer prefix has it too.
    Shorter,
    /// One for the same prefix has a lower metric.
    Metric,
    /// It is as good: another next hop of the same route was chosen.
    OtherHop,
    /// Its table would be asked after the one with the answer.
    LaterTable,
    /// No rule of `ip rule` that matches leads to its table.
    TableNotAsked,
    /// Nothing was decided: its device is down, or it is of a kind that is not taken.
    NotTaken,
}

kernel::codes!(Considered {
    Self::Taken => "taken",
    Self::OtherAddress => "other-address",
    Self::Shorter => "shorter",
    Self::Metric => "metric",
    Self::OtherHop => "other-hop",
    Self::LaterTable => "later-table",
    Self::TableNotAsked => "table-not-asked",
    Self::NotTaken => "not-taken",
});

/// A connection as a namespace knows it at a moment.
#[derive(Clone, Debug)]
pub struct Connection<'a> {
    /// Which entry.
    pub id: CtId,
    /// As it is then.
    pub now: &'a CtEntry,
    /// What the step did to it; `None` where it did nothing.
    pub changed: Option<CtAction>,
    /// Number of its translation, as on the packet's card.
    pub badge: Option<u32>,
}

impl<'a> Visit<'a> {
    /// Every route of the namespace with what became of it for the address that was looked up here; none where no route was asked for.
    /// The one taken stands first, the others in the order of their tables and prefixes.
    pub fn routes(&self) -> Vec<(RouteAt<'a>, Considered)> {
        let namespace = self.namespace;
        let Some(config) = namespace.config() else { return Vec::new() };
        let facts = self.facts();
        let asked = facts.iter().find_map(|fact| self.asked(fact));
        let Some((address, winner)) = asked else { return Vec::new() };
        let taken = winner.and_then(|winner| config.routes.get(winner));
        let order = |table: TableId| config.rules.iter().position(|rule| rule.table == table);
        let mut all: Vec<(RouteAt<'a>, Considered)> = Vec::new();
        for (id, route) in config.routes.entries() {
            let why = if Some(id) == winner {
                Considered::Taken
            } else if !route.dst.contains(&address) {
                Considered::OtherAddress
            } else if let Some(taken) = taken {
                match (order(route.table), order(taken.table)) {
                    _ if route.table == taken.table => {
                        let (own, best) = (route.dst.prefix_len(), taken.dst.prefix_len());
                        if own < best {
                            Considered::Shorter
                        } else if own == best && route.metric > taken.metric {
                            Considered::Metric
                        } else if own == best && route.weight.is_some() && taken.weight.is_some() {
                            Considered::OtherHop
                        } else {
                            Considered::NotTaken
                        }
                    }
                    (None, _) => Considered::TableNotAsked,
                    (Some(own), Some(best)) if own > best => Considered::LaterTable,
                    _ if route.kind == RouteKind::Unicast => Considered::TableNotAsked,
                    _ => Considered::NotTaken,
                }
            } else if order(route.table).is_none() {
                Considered::TableNotAsked
            } else {
                Considered::NotTaken
            };
            all.push((RouteAt { namespace, id }, why));
        }
        let key = |(route, why): &(RouteAt<'a>, Considered)| {
            let config = route.config();
            let table = config.map(|route| order(route.table).unwrap_or(usize::MAX));
            let prefix = config.map(|route| std::cmp::Reverse(route.dst.prefix_len()));
            (*why != Considered::Taken, *why == Considered::OtherAddress, table, prefix)
        };
        all.sort_by_key(key);
        all
    }

    fn asked(&self, fact: &Fact<'a>) -> Option<(IpAddr, Option<RouteId>)> {
        match &fact.what {
            What::Route { route, .. } => Some((self.after.packet.ip.dst, Some(route.id))),
            What::NoRoute { dst } => Some((*dst, None)),
            _ => None,
        }
    }
}

impl<'a> Facts<'a> {
    /// The connections that packets of this journey made known to a namespace up to a step, each as it is then: those that changed at the
    /// step first, then the latest. What was known before the probe and met by no packet of it is not among them.
    pub fn connections(&self, netns: NetnsId, step: u32) -> Vec<Connection<'a>> {
        let mut all: Vec<Connection<'a>> = Vec::new();
        let until = self.steps.steps.iter().take_while(|one| one.n <= step);
        for one in until {
            let Some((_, visit)) = self.at(one).filter(|(_, visit)| visit.namespace.id == netns) else { continue };
            for fact in visit.facts() {
                let What::Conntrack(Tracking::Known { entry, action, now, .. }) = fact.what else {
                    continue;
                };
                let here = one.n == step;
                let earlier = all.iter().position(|known| known.id == entry);
                let badge = fact.badge.or(earlier.and_then(|at| all.get(at)?.badge));
                let was = earlier.map(|at| all.remove(at));
                let changed = match action {
                    CtAction::Found if was.as_ref().is_some_and(|was| *was.now == *now) => None,
                    other => Some(other),
                };
                all.push(Connection { id: entry, now, changed: changed.filter(|_| here), badge });
            }
        }
        all.retain(|known| !known.now.removed || known.changed.is_some());
        all.reverse();
        all.sort_by_key(|known| known.changed.is_none());
        all
    }

    /// The step nearest to another one at which a packet is at a place that `wanted` says: of the same packet's way, before it or else behind
    /// it; then of the ways before, then of those behind.
    pub fn nearest(&self, step: u32, wanted: impl Fn(&Visit<'a>) -> bool) -> Option<(u32, Visit<'a>)> {
        let leg = self.steps.get(step)?.leg;
        let is = |one: &&super::Step| self.at(one).is_some_and(|(_, visit)| wanted(&visit));
        let all: Vec<_> = self.steps.steps.iter().filter(is).collect();
        let (own, other): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.leg == leg);
        let nearest = |all: &[&'_ super::Step]| {
            let split = all.partition_point(|one| one.n <= step);
            let before = split.checked_sub(1).and_then(|at| all.get(at));
            before.or(all.get(split)).map(|one| one.n)
        };
        let n = nearest(&own).or_else(|| nearest(&other))?;
        Some((n, self.visit(n)?))
    }
}

impl Connection<'_> {
    /// As `conntrack -L` prints it.
    pub fn text(&self) -> String {
        serial::entry_text(self.now)
    }
}
