//! Questions that a trace answers, found in it: prediction on any input.
//!
//! A question stands where something is decided, translated or ends. Right and wrong answers are queries as lessons have them, so that what is
//! asked of somebody's own manifests is a lesson like any other, and can be taken along as one.

use super::query::{Asked, Found, Moment, Value};
use kernel::ids::RuleRef;
use kernel::walk::NatKind;
use kubernetes::cluster::model::PortEndpoints;
use sim_core::facts::{Facts, Namespace, RuleAt, Step, Visit, What};
use sim_core::site::tree::Kind as Machine;
use sim_core::trace::Purpose;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Steps between two questions at least: one question in five hops.
const APART: u32 = 5;
/// Questions of one trace at most.
const MOST: usize = 8;
/// Wrong answers to a question at least, and at most.
const WRONG: std::ops::RangeInclusive<usize> = 2..=3;
/// Wrong answers that are looked at, of large clusters.
const LOOKED_AT: usize = 24;

/// What is asked for, each with its words: `predict-{code}` in the locales, `predict-{code}-after`, and `predict-{code}-{wrong}` for every
/// name of a wrong answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// How the client's call ends.
    Result,
    /// The status of an HTTP response.
    Status,
    /// The destination after a translation.
    Dnat,
    /// The source after a translation.
    Snat,
    /// The rule that ends it.
    Rule,
    /// The source of an answer, once a translation is undone.
    Undone,
    /// The destination of the packet around.
    Outer,
    /// How many DNS questions.
    Questions,
    /// The source that the server sees.
    Sees,
    /// The next hop of a route.
    Hop,
    /// The device of a route.
    Device,
    /// Where it is next.
    Next,
    /// The TTL on arrival.
    Ttl,
}

kernel::codes!(Ask {
    Self::Result => "result",
    Self::Status => "status",
    Self::Dnat => "dnat",
    Self::Snat => "snat",
    Self::Rule => "rule",
    Self::Undone => "undone",
    Self::Outer => "outer",
    Self::Questions => "questions",
    Self::Sees => "sees",
    Self::Hop => "hop",
    Self::Device => "device",
    Self::Next => "next",
    Self::Ttl => "ttl",
});

impl Ask {
    /// How much it matters, 1 the most; and how often one trace asks it.
    fn weight(self) -> (u8, usize) {
        match self {
            Self::Result | Self::Status => (1, 1),
            Self::Dnat | Self::Snat => (2, 2),
            Self::Rule => (2, 1),
            Self::Undone | Self::Outer | Self::Questions => (3, 1),
            Self::Sees => (4, 1),
            Self::Hop | Self::Device => (5, 2),
            Self::Next => (6, 2),
            Self::Ttl => (6, 1),
        }
    }
}

/// A question to a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub ask: Ask,
    /// The step that is seen before.
    pub until: u32,
    /// The step that is seen after.
    pub at: u32,
    /// The answer, as a query.
    pub right: String,
    /// Others, by name: what is behind the name's number is its word ([`word`]).
    pub wrong: Vec<(String, String)>,
    /// Values that stand in its words.
    pub words: Vec<(&'static str, String)>,
}

/// The word of a wrong answer's name: two that are wrong for one reason have one.
pub fn word(name: &str) -> &str {
    name.split_once('-').map_or(name, |(word, _)| word)
}

/// The questions of a trace, in the order in which they are asked.
pub fn questions(asked: &Asked<'_>) -> Vec<Question> {
    let facts = Facts::of(asked.model, asked.journey);
    let places = facts.places();
    let numbers = places.iter().map(String::as_str).zip(1..).collect();
    let mut search = Search { asked, facts: &facts, places: &places, numbers, found: Vec::new() };
    search.all();
    let mut found = search.found;
    found.sort_by_key(|question| (question.ask.weight().0, question.until));
    let mut chosen: Vec<Question> = Vec::new();
    let mut often: BTreeMap<Ask, usize> = BTreeMap::new();
    let room = MOST.min(facts.steps.len() as usize / APART as usize).max(1);
    for question in found {
        let times = often.entry(question.ask).or_default();
        let near = |other: &Question| other.until.abs_diff(question.until) < APART || other.right == question.right;
        if chosen.len() < room && *times < question.ask.weight().1 && !chosen.iter().any(near) {
            *times += 1;
            chosen.push(question);
        }
    }
    chosen.sort_by_key(|question| question.until);
    chosen
}

struct Search<'s, 'a> {
    asked: &'s Asked<'a>,
    facts: &'s Facts<'a>,
    places: &'s [String],
    /// The step of each place, from 1.
    numbers: BTreeMap<&'s str, u32>,
    found: Vec<Question>,
}

/// A question before its wrong answers are looked at.
struct Draft {
    ask: Ask,
    until: u32,
    at: u32,
    right: String,
    wrong: Vec<(&'static str, String)>,
}

impl<'a> Search<'_, 'a> {
    /// A step as a query names it; `None` where its name cannot stand in one.
    fn place(&self, n: u32) -> Option<String> {
        let place = self.places.get((n as usize).checked_sub(1)?)?;
        (!place.contains(char::is_whitespace)).then(|| format!("place {place}"))
    }

    fn value(&self, query: &str) -> Option<Found> {
        let value = Value::read(query).ok()?;
        match &value {
            // Looked up here, where every place was named once.
            Value::Step(_, _, Moment::Place(place)) => value.at(self.facts, *self.numbers.get(place.as_str())?),
            _ => value.find(self.asked),
        }
    }

    /// Keeps a question if its answer is there and enough of the others differ from it and from each other.
    fn keep(&mut self, draft: Draft) {
        let Draft { ask, until, at, right, wrong } = draft;
        if until == 0 || self.place(until).is_none() || self.place(at).is_none() {
            return;
        }
        let Some(answer) = self.value(&right) else { return };
        let mut seen = vec![answer.code];
        let mut kept: Vec<(String, String)> = Vec::new();
        for (name, query) in wrong.into_iter().take(LOOKED_AT) {
            let alike = kept.iter().filter(|(other, _)| word(other) == name).count();
            if kept.len() == *WRONG.end() || alike > 1 {
                continue;
            }
            let Some(found) = self.value(&query).filter(|found| !seen.contains(&found.code)) else { continue };
            seen.push(found.code);
            let name = if alike == 0 { name.to_owned() } else { format!("{name}-{}", alike + 1) };
            kept.push((name, query));
        }
        if kept.len() < *WRONG.start() {
            return;
        }
        let words = self.words(until, at);
        self.found.push(Question { ask, until, at, right, wrong: kept, words });
    }

    /// What the words of a question may name: where the packet is, its addresses there, and what it carries.
    fn words(&self, until: u32, at: u32) -> Vec<(&'static str, String)> {
        let mut words = Vec::new();
        let step = (at as usize).checked_sub(1).and_then(|index| self.facts.steps.steps.get(index));
        words.extend(step.map(|step| ("carries", step.purpose.code().to_owned())));
        if let Some(visit) = self.facts.visit(until) {
            let packet = visit.after.packet.innermost();
            words.push(("where", named(visit.namespace)));
            words.push(("source", packet.ip.src.to_string()));
            words.push(("destination", packet.ip.dst.to_string()));
        }
        words
    }

    fn all(&mut self) {
        let facts = self.facts;
        for step in &facts.steps.steps {
            self.step(step);
        }
        self.ends();
        self.whole();
    }

    fn step(&mut self, step: &Step) {
        let Some(visit) = self.facts.visit(step.n) else { return };
        let (n, until) = (step.n, step.n.saturating_sub(1));
        let asks = matches!(step.purpose, Purpose::Connect | Purpose::Proxy | Purpose::DnsQuery);
        let Some(place) = self.place(n) else { return };
        for fact in visit.facts() {
            match &fact.what {
                What::Nat { kind: NatKind::Destination, rule: Some(_), .. } if asks => {
                    let mut wrong = vec![("before", format!("destination before {place}"))];
                    wrong.extend(self.endpoints(&visit));
                    wrong.push(("source", format!("source before {place}")));
                    wrong.extend(self.own(&visit, "node"));
                    self.keep(Draft { ask: Ask::Dnat, until, at: n, right: format!("destination at {place}"), wrong });
                }
                What::Nat { kind: NatKind::Source, rule: Some(_), .. } if asks => {
                    let mut wrong = vec![("before", format!("source before {place}"))];
                    wrong.extend(self.own(&visit, "device"));
                    wrong.push(("destination", format!("destination before {place}")));
                    self.keep(Draft { ask: Ask::Snat, until, at: n, right: format!("source at {place}"), wrong });
                }
                What::Nat { rule: None, .. } if step.purpose == Purpose::Reply => {
                    let changed = visit.before.packet.ip.src != visit.after.packet.ip.src;
                    if changed {
                        let mut wrong = vec![("before", format!("source before {place}"))];
                        wrong.extend(self.own(&visit, "node"));
                        wrong.push(("client", format!("destination at {place}")));
                        self.keep(Draft { ask: Ask::Undone, until, at: n, right: format!("source at {place}"), wrong });
                    }
                }
                // The outer packet is seen where it sets out, a step behind.
                What::Encap { .. } | What::EncapIp { .. } if asks => {
                    let Some(out) = self.place(n + 1) else { continue };
                    let wrong = vec![
                        ("inner", format!("destination at {place}")),
                        ("own", format!("outer-source at {out}")),
                        ("sender", format!("source at {place}")),
                    ];
                    let right = format!("outer-destination at {out}");
                    self.keep(Draft { ask: Ask::Outer, until, at: n + 1, right, wrong });
                }
                What::Route { dev: Some(dev), via, .. } if asks && step.purpose != Purpose::DnsQuery => {
                    let config = visit.namespace.config();
                    let others = config.into_iter().flat_map(|netns| &netns.links);
                    let others = others.filter(|link| *link.name != *dev.name() && *link.name != *"lo").take(LOOKED_AT);
                    let wrong = others.map(|link| ("device", format!("name {}", link.name))).collect();
                    let right = format!("route-device at {place}");
                    self.keep(Draft { ask: Ask::Device, until, at: n, right, wrong });
                    if via.is_some() {
                        let mut wrong = vec![("destination", format!("destination at {place}"))];
                        wrong.extend(self.own(&visit, "own"));
                        wrong.push(("sender", format!("source at {place}")));
                        self.keep(Draft { ask: Ask::Hop, until, at: n, right: format!("next-hop at {place}"), wrong });
                    }
                }
                _ => {}
            }
        }
        self.crossing(step, &visit);
    }

    /// From one namespace into the next over a cable.
    fn crossing(&mut self, step: &Step, visit: &Visit<'a>) {
        let until = step.n.saturating_sub(1);
        let Some(before) = self.facts.visit(until) else { return };
        let asks = matches!(step.purpose, Purpose::Connect | Purpose::Proxy);
        if !asks || step.first || before.namespace.id == visit.namespace.id || visit.namespace.node().is_none() {
            return;
        }
        let Some(place) = self.place(step.n) else { return };
        let node = visit.namespace.node();
        let network = &self.asked.model.site.network;
        let others =
            network.ids().take(512).map(|id| Namespace::of(self.asked.model, id)).filter(|other| {
                other.node() == node && other.id != before.namespace.id && other.id != visit.namespace.id
            });
        let others = others.filter_map(|other| other.name());
        let wrong = others.take(LOOKED_AT).map(|name| ("place", format!("name {name}"))).collect();
        let right = format!("namespace at {place}");
        self.keep(Draft { ask: Ask::Next, until, at: step.n, right, wrong });
    }

    /// How it ends: where it is decided, else where it arrives.
    fn ends(&mut self) {
        let steps = &self.facts.steps.steps;
        let journey = self.asked.journey;
        let decided = journey.outcome.at.filter(|_| !journey.works());
        let asks = |step: &&Step| matches!(step.purpose, Purpose::Connect | Purpose::Proxy);
        let arrival = steps.iter().rev().find(asks).or(steps.last()).map(|step| step.n);
        let deciding = decided.and_then(|(leg, hop)| {
            steps.iter().find(|step| step.leg == leg as usize && step.hop == hop as usize).map(|step| step.n)
        });
        let Some(at) = deciding.or(arrival) else { return };
        // A rule that ends it is asked for where it stands, and the result some hops before.
        let by_rule =
            self.facts.visit(at).is_some_and(|visit| visit.facts().iter().any(|fact| fact.stopped_by_rules()));
        let until = at.saturating_sub(if by_rule { 1 + APART } else { 1 }).max(1);
        let results = [
            ("refused", "result refused"),
            ("timeout", "result timeout"),
            ("ok", "result ok"),
            ("name", "result name-not-resolved"),
        ];
        // Whether a name is found is asked only where one is asked for.
        let named = !journey.lookups.is_empty();
        let results = results.into_iter().filter(|(name, _)| named || *name != "name");
        let wrong = results.map(|(name, query)| (name, query.to_owned())).collect();
        self.keep(Draft { ask: Ask::Result, until, at, right: "result".to_owned(), wrong });
        self.rule(at);
        let response = steps.iter().rev().find(|step| step.purpose == Purpose::Response).map(|step| step.n);
        let request = steps.iter().find(|step| step.purpose == Purpose::Request).map(|step| step.n);
        if let (Some(at), Some(until)) = (response, request) {
            let wrong = [("ok", 200), ("found", 404), ("gateway", 502), ("ready", 503), ("moved", 308)];
            let wrong = wrong.into_iter().map(|(name, status)| (name, format!("number {status}"))).collect();
            self.keep(Draft { ask: Ask::Status, until, at, right: "status".to_owned(), wrong });
        }
    }

    /// The rule that ends it, among those of its chain.
    fn rule(&mut self, at: u32) {
        let Some(visit) = self.facts.visit(at) else { return };
        let facts = visit.facts();
        if !facts.iter().any(|fact| fact.stopped_by_rules()) {
            return;
        }
        let Some(place) = self.place(at) else { return };
        let Some(rule) = facts.iter().rev().find_map(|fact| fact.rule()) else { return };
        let own = rule.text();
        let others = self.rules_around(&visit, &rule).into_iter().filter(|text| Some(text) != own.as_ref());
        let wrong = others.map(|text| ("rule", format!("name {text}"))).collect();
        self.keep(Draft {
            ask: Ask::Rule,
            until: at.saturating_sub(1).max(1),
            at,
            right: format!("rule at {place}"),
            wrong,
        });
    }

    /// Other rules of its chain, those that were tried before it last: they stand nearest to what decided.
    fn rules_around(&self, visit: &Visit<'a>, rule: &RuleAt<'a>) -> Vec<String> {
        let Some(netns) = visit.namespace.config() else { return Vec::new() };
        let own = rule.at.id.index();
        let all = || netns.rules_of(rule.at.table, rule.at.chain);
        let before: Vec<RuleRef> = all().take(own).skip(own.saturating_sub(LOOKED_AT)).collect();
        let near = before.into_iter().rev().chain(all().skip(own + 1).take(LOOKED_AT));
        near.filter_map(|at| visit.namespace.rule(at).text()).collect()
    }

    /// What concerns the trace as a whole.
    fn whole(&mut self) {
        let steps = &self.facts.steps.steps;
        let journey = self.asked.journey;
        if journey.lookups.len() > 1 {
            let count = journey.lookups.len();
            let last = steps.iter().rev().find(|step| matches!(step.purpose, Purpose::DnsAnswer | Purpose::DnsQuery));
            if let Some(last) = last.map(|step| step.n) {
                let wrong = vec![
                    ("one", "number 1".to_owned()),
                    ("family", format!("number {}", count / 2)),
                    ("more", format!("number {}", count + 2)),
                ];
                self.keep(Draft { ask: Ask::Questions, until: 1, at: last, right: "questions".to_owned(), wrong });
            }
        }
        let connect: Vec<&Step> = steps.iter().filter(|step| step.purpose == Purpose::Connect).collect();
        let (Some(first), Some(last)) = (connect.first().map(|step| step.n), connect.last().map(|step| step.n)) else {
            return;
        };
        let (Some(start), Some(arrival)) = (self.place(first), self.place(last)) else { return };
        if self.asked.journey.server.is_some() {
            let mut wrong =
                vec![("client", format!("source at {start}")), ("dialled", format!("destination at {start}"))];
            let on_way = connect.iter().filter_map(|step| self.facts.visit(step.n));
            let nodes = on_way.filter(|visit| matches!(visit.namespace.machine(), Some(Machine::Node(_))));
            wrong.extend(nodes.flat_map(|visit| self.own(&visit, "node")));
            let right = "server sees".to_owned();
            self.keep(Draft { ask: Ask::Sees, until: (first + 1).min(last), at: last, right, wrong });
        }
        let sent = self.value(&format!("ttl at {start}")).and_then(|found| found.code.parse::<i64>().ok());
        let came = self.value(&format!("ttl at {arrival}")).and_then(|found| found.code.parse::<i64>().ok());
        if let (Some(sent), Some(came)) = (sent, came) {
            let wrong = vec![
                ("sent", format!("number {sent}")),
                ("less", format!("number {}", came - 1)),
                ("more", format!("number {}", came + 1)),
            ];
            let until = (first + 2).min(last);
            self.keep(Draft { ask: Ask::Ttl, until, at: last, right: format!("ttl at {arrival}"), wrong });
        }
    }

    /// Addresses of the machine itself.
    fn own(&self, visit: &Visit<'a>, name: &'static str) -> Vec<(&'static str, String)> {
        let links =
            visit.namespace.config().into_iter().flat_map(|netns| &netns.links).filter(|link| *link.name != *"lo");
        let addresses = links.flat_map(|link| &link.addresses).filter(|own| {
            let ip = own.net.addr();
            ip.is_ipv4() == visit.before.packet.innermost().ip.src.is_ipv4()
        });
        addresses.take(LOOKED_AT).map(|own| (name, format!("name {}", own.net.addr()))).collect()
    }

    /// Other endpoints of the Service that is asked for; other Pods where it is none.
    fn endpoints(&self, visit: &Visit<'a>) -> Vec<(&'static str, String)> {
        let cluster = &self.asked.model.cluster;
        let went = visit.after.packet.innermost().ip.dst;
        let has = |ports: &&Vec<PortEndpoints>| {
            ports.iter().any(|port| port.endpoints.iter().any(|endpoint| endpoint.ip == went))
        };
        let of_service = cluster.endpoints.iter().find(has).into_iter().flatten().flat_map(|port| &port.endpoints);
        let of_service = of_service.map(|endpoint| ("endpoint", endpoint.ip));
        let pods = cluster.pods.iter().map(|pod| ("pod", pod.ip));
        let fits = |(_, ip): &(&str, IpAddr)| *ip != went && ip.is_ipv4() == went.is_ipv4();
        let mut all: Vec<(&'static str, IpAddr)> = of_service.filter(fits).take(LOOKED_AT).collect();
        if all.is_empty() {
            all = pods.filter(fits).take(LOOKED_AT).collect();
        }
        all.into_iter().map(|(name, ip)| (name, format!("name {ip}"))).collect()
    }
}

/// A machine as its words name it: a node by its name, everything else by its namespace's.
pub(super) fn named(namespace: Namespace<'_>) -> String {
    let name = match namespace.name() {
        Some("root") => namespace.node_name(),
        other => other,
    };
    name.unwrap_or("?").to_owned()
}
