//! Everything the kernel would draw at random: by wish, by script, else by seed.

mod number;

use super::choice::{ChoiceKind, ChoiceName};
use super::journey::{Choice, ChoiceAt};
use kernel::config::xtables::{Match, Rule, Table, Target};
use kernel::config::{NatRange, Network};
use kernel::ids::{ChainId, LinkId, NetnsId, RouteId, RuleRef, TableRef};
use kernel::packet::Packet;
use kernel::walk::{Act, Chooser, HashedFlow};
use kubernetes::budget::Budget;
use number::NumberOption;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// One draw of `-m statistic --mode random`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Draw {
    netns: NetnsId,
    rule: RuleRef,
    taken: bool,
    /// Part of the connection, not of its name resolution.
    connection: bool,
}

/// One draw of `numgen random`, taken as one decision after the other: this possibility, or one that follows.
#[derive(Clone, Debug, PartialEq)]
struct NumberDraw {
    netns: NetnsId,
    rule: RuleRef,
    connection: bool,
    options: Vec<NumberOption>,
    chosen: usize,
}

/// One of several that are equally likely: the address that a name server gave first, the server that a proxy goes on to.
#[derive(Clone, Debug, PartialEq)]
struct PickDraw {
    kind: ChoiceKind,
    at: ChoiceAt,
    /// With their shares.
    options: Vec<(Arc<str>, f64)>,
    chosen: usize,
    connection: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Drawn {
    Rule(Draw),
    Number(NumberDraw),
    Pick(PickDraw),
}

impl Drawn {
    fn connection(&self) -> bool {
        match self {
            Self::Rule(draw) => draw.connection,
            Self::Number(draw) => draw.connection,
            Self::Pick(draw) => draw.connection,
        }
    }

    /// How many decisions it is.
    fn count(&self) -> usize {
        // The last possibility is what is left over.
        let asked = |options: usize, chosen: usize| options.saturating_sub(1).min(chosen + 1);
        match self {
            Self::Rule(_) => 1,
            Self::Number(draw) => asked(draw.options.len(), draw.chosen),
            Self::Pick(draw) => asked(draw.options.len(), draw.chosen),
        }
    }

    fn decisions(&self) -> impl Iterator<Item = bool> {
        let taken = match self {
            Self::Rule(draw) => usize::from(!draw.taken),
            Self::Number(draw) => draw.chosen,
            Self::Pick(draw) => draw.chosen,
        };
        (0..self.count()).map(move |at| at == taken)
    }
}

/// What a draw is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Name resolution.
    Dns,
    /// The connection.
    Connection,
}

/// Makes all draws of one journey.
pub(super) struct Draws<'n> {
    network: &'n Network,
    /// A step for every stage of a hop.
    budget: Budget,
    seed: u64,
    wanted: Vec<(ChoiceName, Arc<str>)>,
    /// Decisions of the connection's draws, in order; `None` draws by seed.
    script: Option<Vec<bool>>,
    pub(super) phase: Phase,
    draws: Vec<Drawn>,
    /// How many decisions of the connection's draws there are by now.
    decided: usize,
    /// Of each chain with draws, what of its one value the rules before left over.
    left: Vec<(NetnsId, TableRef, ChainId, f64)>,
    ports: Vec<Choice>,
    /// Outer source ports by flow.
    flows: Vec<(String, u16)>,
    /// Next hops of multipath routes by flow.
    hops: Vec<(NetnsId, RouteId, HashedFlow, usize)>,
    /// Makes all choices of kernels in place of these, and hears what processes do.
    beside: Option<&'n mut dyn Chooser>,
}

/// A value from 0 to 1 (exclusive) that follows from seed and text.
pub(super) fn uniform(seed: u64, text: &str) -> f64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(text.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    // 53 bits are what an f64 holds exactly.
    (u64::from_be_bytes(bytes) >> 11) as f64 / (1u64 << 53) as f64
}

impl<'n> Draws<'n> {
    pub(super) fn new(
        network: &'n Network,
        seed: u64,
        wanted: &[(ChoiceName, Arc<str>)],
        script: Option<Vec<bool>>,
        budget: &Budget,
    ) -> Self {
        Self {
            network,
            budget: budget.clone(),
            seed,
            wanted: wanted.to_vec(),
            script,
            phase: Phase::Dns,
            draws: Vec::new(),
            decided: 0,
            left: Vec::new(),
            ports: Vec::new(),
            flows: Vec::new(),
            hops: Vec::new(),
            beside: None,
        }
    }

    /// The same with choices that are made elsewhere.
    pub(super) fn beside(mut self, beside: Option<&'n mut dyn Chooser>) -> Self {
        self.beside = beside;
        self
    }

    /// Decisions of the connection's draws, in order.
    pub(super) fn taken(&self) -> Vec<bool> {
        self.draws.iter().filter(|draw| draw.connection()).flat_map(Drawn::decisions).collect()
    }

    fn table(&self, netns: NetnsId, table: TableRef) -> Option<&'n Table> {
        match table {
            TableRef::Xtables(name) => self.network.netns(netns).xtables.tables.get(&name),
            TableRef::Nft(_) => None,
        }
    }

    fn push(&mut self, drawn: Drawn) {
        if drawn.connection() {
            self.decided += drawn.count();
        }
        self.draws.push(drawn);
    }

    /// What a draw of a rule decides by. One value decides the whole chain: each rule takes its share of what the rules before left over.
    fn value(&mut self, netns: NetnsId, rule: RuleRef) -> f64 {
        let same =
            |left: &(NetnsId, TableRef, ChainId, f64)| (left.0, left.1, left.2) == (netns, rule.table, rule.chain);
        if let Some((.., value)) = self.left.iter().find(|left| same(left)) {
            return *value;
        }
        let here = self.network.netns(netns);
        let chain = here.chain_name(rule.table, rule.chain).unwrap_or_default();
        let value = uniform(self.seed, &format!("{} {} {chain}", here.name, here.table_name(rule.table)));
        self.left.push((netns, rule.table, rule.chain, value));
        value
    }

    /// Takes the share of a rule that was asked, whatever decided.
    fn take_share(&mut self, netns: NetnsId, rule: RuleRef) {
        let value = self.value(netns, rule);
        let chain = self.table(netns, rule.table).map(|table| table.get(rule.chain));
        let Some(p) = chain.and_then(|chain| chain.rules.get(rule.id.index())).and_then(probability) else { return };
        let same =
            |left: &&mut (NetnsId, TableRef, ChainId, f64)| (left.0, left.1, left.2) == (netns, rule.table, rule.chain);
        if let Some(left) = self.left.iter_mut().find(same) {
            left.3 = (value - p) / (1.0 - p);
        }
    }

    /// The choices made, in order, each with all its values.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        let (mut dns, mut connection) = (0, 0);
        let mut at = 0;
        while let Some(first) = self.draws.get(at) {
            if matches!(first, Drawn::Number(draw) if draw.options.len() < 2) {
                at += 1;
                continue;
            }
            if let Drawn::Pick(draw) = first {
                let number = 1 + choices.iter().filter(|choice: &&Choice| choice.name.kind == draw.kind).count() as u32;
                choices.extend(draw.choice(ChoiceName { kind: draw.kind, number }));
                at += 1;
                continue;
            }
            let kind = endpoint(first.connection());
            let count = if first.connection() { &mut connection } else { &mut dns };
            *count += 1;
            let name = ChoiceName { kind, number: *count };
            let first = match first {
                Drawn::Rule(draw) => draw,
                Drawn::Number(draw) => {
                    at += 1;
                    choices.extend(draw.choice(name));
                    continue;
                }
                Drawn::Pick(_) => continue,
            };
            let same = |draw: &&Draw| {
                draw.netns == first.netns
                    && draw.rule.table == first.rule.table
                    && draw.rule.chain == first.rule.chain
                    && draw.connection == first.connection
            };
            let mut run: Vec<&Draw> = Vec::new();
            let rules = self.draws.iter().skip(at).map_while(|drawn| match drawn {
                Drawn::Rule(draw) => Some(draw),
                Drawn::Number(_) | Drawn::Pick(_) => None,
            });
            for draw in rules.take_while(same) {
                run.push(draw);
                if draw.taken {
                    break;
                }
            }
            at += run.len();
            choices.extend(self.choice(name, &run));
        }
        choices.extend(self.ports.iter().cloned());
        choices
    }

    fn choice(&self, name: ChoiceName, run: &[&Draw]) -> Option<Choice> {
        let (first, last) = (run.first()?, run.last()?);
        let table = self.table(first.netns, first.rule.table)?;
        let options = options(table, first.rule.chain, first.rule.id.0);
        let chosen = if last.taken {
            options.iter().find(|option| option.index == last.rule.id.0)
        } else {
            options.iter().find(|option| option.index > last.rule.id.0)
        };
        let chosen = chosen?;
        let of = options.iter().map(|option| (option.value.clone(), option.probability)).collect();
        Some(Choice {
            name,
            value: chosen.value.clone(),
            probability: chosen.probability,
            of,
            at: ChoiceAt::Rule(first.netns, first.rule),
        })
    }
}

impl PickDraw {
    fn choice(&self, name: ChoiceName) -> Option<Choice> {
        let (value, probability) = self.options.get(self.chosen)?.clone();
        Some(Choice { name, value, probability, of: self.options.clone(), at: self.at })
    }
}

impl NumberDraw {
    /// Nothing was chosen where there is one possibility only.
    fn choice(&self, name: ChoiceName) -> Option<Choice> {
        let chosen = self.options.get(self.chosen).filter(|_| self.options.len() > 1)?;
        Some(Choice {
            name,
            value: chosen.value.clone(),
            probability: chosen.probability,
            of: self.options.iter().map(|option| (option.value.clone(), option.probability)).collect(),
            at: ChoiceAt::Rule(self.netns, self.rule),
        })
    }
}

/// A rule that a draw can lead to.
struct Possibility {
    index: u32,
    value: Arc<str>,
    probability: f64,
}

/// Probability of a rule's own draw.
fn probability(rule: &Rule) -> Option<f64> {
    rule.matches.iter().find_map(|part| match part {
        Match::Random { not, threshold } => {
            let p = f64::from(*threshold) / f64::from(1u32 << 31);
            Some(if *not { 1.0 - p } else { p })
        }
        _ => None,
    })
}

/// The rules a run of draws chooses among, from its first rule to the one that takes what is left.
fn options(table: &Table, chain: ChainId, from: u32) -> Vec<Possibility> {
    let mut left = 1.0;
    let mut options = Vec::new();
    for (index, rule) in table.get(chain).rules.iter().enumerate().skip(from as usize) {
        let own = probability(rule);
        let share = left * own.unwrap_or(1.0);
        left -= share;
        let value = destination(table, rule, 0)
            .unwrap_or_else(|| Arc::from(format!("{}#{}", table.get(chain).name, index + 1)));
        options.push(Possibility { index: index as u32, value, probability: share });
        if own.is_none() {
            break;
        }
    }
    options
}

/// Where a rule's DNAT (its own, or that of the chain it jumps to) leads.
fn destination(table: &Table, rule: &Rule, depth: usize) -> Option<Arc<str>> {
    match &rule.target {
        Target::Dnat(range) => Some(Arc::from(socket(range))),
        Target::Jump(chain) | Target::Goto(chain) if depth < 8 => {
            table.get(*chain).rules.iter().find_map(|rule| match rule.target {
                // A chain that only marks does not lead anywhere.
                Target::Jump(_) | Target::Goto(_) | Target::Dnat(_) => destination(table, rule, depth + 1),
                _ => None,
            })
        }
        _ => None,
    }
}

fn socket(range: &NatRange) -> String {
    match (range.addresses, range.ports) {
        (Some((to, _)), Some(ports)) => std::net::SocketAddr::new(to, ports.first.0).to_string(),
        (Some((to, _)), None) => to.to_string(),
        (None, ports) => ports.map_or_else(String::new, |ports| format!(":{}", ports.first)),
    }
}

impl Chooser for Draws<'_> {
    fn goes_on(&self) -> bool {
        self.budget.spend(1).is_ok()
    }

    fn acts(&mut self, act: &Act<'_>) {
        if let Some(beside) = &mut self.beside {
            beside.acts(act);
        }
    }

    fn random(&mut self, netns: NetnsId, rule: RuleRef, threshold: u32) -> bool {
        if let Some(beside) = &mut self.beside {
            return beside.random(netns, rule, threshold);
        }
        // A chain has a draw for each of its endpoints. Once nobody waits for it, the first is as good as any.
        if self.budget.spend(1).is_err() {
            return true;
        }
        let connection = self.phase == Phase::Connection;
        let wish = self.wish(endpoint(connection).into());
        let taken = match (wish, &self.script) {
            (Some(value), _) => {
                let table = self.table(netns, rule.table);
                let rule = table.and_then(|table| Some((table, table.get(rule.chain).rules.get(rule.id.index())?)));
                let behind = rule.and_then(|(table, rule)| destination(table, rule, 0));
                behind.is_some_and(|behind| behind == value)
            }
            // Beyond the script the first possibility is taken, so that all are met in order.
            (None, Some(script)) if connection => script.get(self.decided).copied().unwrap_or(true),
            _ => {
                let known = self.table(netns, rule.table).is_some();
                known && self.value(netns, rule) < f64::from(threshold) / f64::from(1u32 << 31)
            }
        };
        self.take_share(netns, rule);
        self.push(Drawn::Rule(Draw { netns, rule, taken, connection }));
        taken
    }

    fn number(&mut self, netns: NetnsId, rule: RuleRef, modulus: u32) -> u32 {
        if let Some(beside) = &mut self.beside {
            return beside.number(netns, rule, modulus);
        }
        let options = number::options(self.network.netns(netns), rule, modulus);
        let connection = self.phase == Phase::Connection;
        let wish = self.wish(endpoint(connection).into());
        let wished = wish.as_ref().and_then(|value| options.iter().position(|option| option.value == *value));
        let last = options.len().saturating_sub(1);
        let chosen = match (wished, &self.script) {
            (Some(wished), _) => wished,
            // Beyond the script the first possibility is taken, so that all are met in order.
            (None, Some(script)) if connection && wish.is_none() => {
                let decisions = script.get(self.decided..).unwrap_or_default();
                decisions.iter().take(last).position(|taken| *taken).unwrap_or(decisions.len().min(last))
            }
            _ => {
                let here = self.network.netns(netns);
                let chain = here.chain_name(rule.table, rule.chain).unwrap_or_default();
                let text = format!("{} {} {chain}", here.name, here.table_name(rule.table));
                let mut left = uniform(self.seed, &text);
                let met = options.iter().position(|option| {
                    left -= option.probability;
                    left < 0.0
                });
                met.unwrap_or(last)
            }
        };
        let number = options.get(chosen).map_or(0, |option| option.number);
        self.push(Drawn::Number(NumberDraw { netns, rule, connection, options, chosen }));
        number
    }

    fn source_port(&mut self, netns: NetnsId, rule: Option<RuleRef>, original: u16, range: (u16, u16)) -> u16 {
        if let Some(beside) = &mut self.beside {
            return beside.source_port(netns, rule, original, range);
        }
        self.port(ChoiceKind::SourcePort, netns, rule, original, range)
    }

    fn vxlan_source_port(&mut self, netns: NetnsId, dev: LinkId, inner: &Packet, range: (u16, u16)) -> u16 {
        if let Some(beside) = &mut self.beside {
            return beside.vxlan_source_port(netns, dev, inner, range);
        }
        // One flow has one port.
        let here = self.network.netns(netns);
        let device = here.links.get(dev).map_or("", |link| &link.name);
        let (src, dst) = (inner.source(), inner.destination());
        let flow = format!("vxlan {} {device} {} {src} {dst}", here.name, inner.protocol());
        if let Some((_, port)) = self.flows.iter().find(|(known, _)| *known == flow) {
            return *port;
        }
        let port = self.pick(ChoiceKind::VxlanSourcePort, &flow, ChoiceAt::Device(netns, dev), range);
        self.flows.push((flow, port));
        port
    }

    fn next_hop(&mut self, netns: NetnsId, route: RouteId, flow: HashedFlow, weights: &[u16]) -> usize {
        if let Some(beside) = &mut self.beside {
            return beside.next_hop(netns, route, flow, weights);
        }
        let known = |own: &&(NetnsId, RouteId, HashedFlow, usize)| (own.0, own.1, own.2) == (netns, route, flow);
        if let Some((.., chosen)) = self.hops.iter().find(known) {
            return *chosen;
        }
        let here = self.network.netns(netns);
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let named = |(at, weight): (usize, &u16)| {
            let hop = here.routes.get(RouteId(route.0 + at as u32));
            let via = hop.and_then(|hop| hop.via).map_or_else(|| at.to_string(), |via| via.to_string());
            (Arc::from(via), f64::from(*weight) / total)
        };
        let options: Vec<(Arc<str>, f64)> = weights.iter().enumerate().map(named).collect();
        let mut left = uniform(self.seed, &format!("next hop {} {route:?} {flow:?}", here.name));
        let drawn = options.iter().position(|(_, share)| {
            left -= share;
            left < 0.0
        });
        let connection = self.phase == Phase::Connection;
        let at = ChoiceAt::Route(netns, route);
        let chosen = self.pick_one((ChoiceKind::NextHop, at), options, drawn.unwrap_or_default(), connection);
        self.hops.push((netns, route, flow, chosen));
        chosen
    }

    fn destination_port(&mut self, netns: NetnsId, rule: Option<RuleRef>, original: u16, range: (u16, u16)) -> u16 {
        if let Some(beside) = &mut self.beside {
            return beside.destination_port(netns, rule, original, range);
        }
        self.port(ChoiceKind::DestinationPort, netns, rule, original, range)
    }
}

/// What a draw among endpoints is called: the connection's, or that of its name resolution.
fn endpoint(connection: bool) -> ChoiceKind {
    if connection { ChoiceKind::Endpoint } else { ChoiceKind::DnsEndpoint }
}

impl Draws<'_> {
    /// What was wished for a choice.
    fn wish(&self, name: ChoiceName) -> Option<Arc<str>> {
        self.wanted.iter().find(|(wanted, _)| *wanted == name).map(|(_, value)| value.clone())
    }

    /// The address that stands first, of several that a name server gave to a client in `netns`: each as likely as the others.
    pub(super) fn address(&mut self, netns: NetnsId, name: &str, options: &[IpAddr]) -> Option<IpAddr> {
        let drawn = (uniform(self.seed, &format!("address {name}")) * options.len() as f64) as usize;
        self.one_of((ChoiceKind::Address, ChoiceAt::Names(netns)), options, drawn)
    }

    /// Which of its servers a resolver in `netns` begins with (`options rotate`), or a name server asks first (`policy random`).
    pub(super) fn server(&mut self, kind: ChoiceKind, netns: NetnsId, options: &[SocketAddr]) -> usize {
        if options.len() < 2 {
            return 0;
        }
        let names: Vec<String> = options.iter().map(ToString::to_string).collect();
        let drawn = uniform(self.seed, &format!("{} {}", kind.code(), names.join(" "))) * options.len() as f64;
        let share = 1.0 / options.len() as f64;
        let texts = names.iter().map(|name| (Arc::from(name.as_str()), share)).collect();
        self.pick_one((kind, ChoiceAt::Names(netns)), texts, drawn as usize, false)
    }

    /// The server that a proxy in `netns` goes on to, of several; `drawn` is the one that its way of spreading comes to.
    pub(super) fn backend(&mut self, netns: NetnsId, options: &[SocketAddr], drawn: usize) -> Option<SocketAddr> {
        self.one_of((ChoiceKind::Backend, ChoiceAt::Proxy(netns)), options, drawn)
    }

    /// One of several with shares, by a proxy in `netns`; the index.
    pub(super) fn weighted(&mut self, netns: NetnsId, shares: &[(Arc<str>, f64)]) -> usize {
        let whole: f64 = shares.iter().map(|(_, share)| share).sum();
        let options: Vec<(Arc<str>, f64)> =
            shares.iter().map(|(name, share)| (name.clone(), share / whole.max(f64::MIN_POSITIVE))).collect();
        let number = self.draws.len();
        let mut left = uniform(self.seed, &format!("route {number}"));
        let drawn = options.iter().position(|(_, share)| {
            left -= share;
            left < 0.0
        });
        match options.len() {
            0 | 1 => 0,
            count => {
                let at = (ChoiceKind::Route, ChoiceAt::Proxy(netns));
                self.pick_one(at, options, drawn.unwrap_or(count - 1), true)
            }
        }
    }

    /// One of several: the one that is wished for, else by script, else the one that was `drawn`.
    fn one_of<T: Copy + ToString>(
        &mut self,
        (kind, at): (ChoiceKind, ChoiceAt),
        options: &[T],
        drawn: usize,
    ) -> Option<T> {
        if options.len() < 2 {
            return options.first().copied();
        }
        let share = 1.0 / options.len() as f64;
        let texts = options.iter().map(|option| (Arc::from(option.to_string()), share)).collect();
        options.get(self.pick_one((kind, at), texts, drawn, true)).copied()
    }

    /// The index of one of several, two or more, with their shares.
    fn pick_one(
        &mut self,
        (kind, at): (ChoiceKind, ChoiceAt),
        options: Vec<(Arc<str>, f64)>,
        drawn: usize,
        connection: bool,
    ) -> usize {
        let before = self.draws.iter().filter(|drawn| matches!(drawn, Drawn::Pick(draw) if draw.kind == kind)).count();
        let wish = self.wish(ChoiceName { kind, number: before as u32 + 1 });
        let wished = wish.and_then(|value| options.iter().position(|(text, _)| *text == value));
        let last = options.len().saturating_sub(1);
        let chosen = match (wished, &self.script) {
            (Some(wished), _) => wished,
            // Beyond the script the first possibility is taken, so that all are met in order.
            (None, Some(script)) if connection => {
                let decisions = script.get(self.decided..).unwrap_or_default();
                decisions.iter().take(last).position(|taken| *taken).unwrap_or(decisions.len().min(last))
            }
            (None, _) => drawn.min(last),
        };
        self.push(Drawn::Pick(PickDraw { kind, at, options, chosen, connection }));
        chosen
    }

    fn port(
        &mut self,
        kind: ChoiceKind,
        netns: NetnsId,
        rule: Option<RuleRef>,
        original: u16,
        range: (u16, u16),
    ) -> u16 {
        let drawn =
            self.ports.iter().filter(|choice| matches!(choice.at, ChoiceAt::Rule(..) | ChoiceAt::Clash(_))).count();
        let text = format!("port {} {original} {drawn}", self.network.netns(netns).name);
        let at = rule.map_or(ChoiceAt::Clash(netns), |rule| ChoiceAt::Rule(netns, rule));
        self.pick(kind, &text, at, range)
    }

    /// A port by wish (for this one, or for all of its kind), else by seed and text.
    fn pick(&mut self, kind: ChoiceKind, text: &str, at: ChoiceAt, (first, last): (u16, u16)) -> u16 {
        let before = self.ports.iter().filter(|choice| choice.name.kind == kind).count() as u32;
        let name = ChoiceName { kind, number: before + 1 };
        let wish = self.wish(name).or_else(|| self.wish(kind.into())).and_then(|value| value.parse().ok());
        let size = f64::from(last.saturating_sub(first)) + 1.0;
        let drawn = first + (uniform(self.seed, text) * size) as u16;
        let port = wish.filter(|port| (first..=last).contains(port)).unwrap_or(drawn);
        let of = vec![(Arc::from(format!("{first}-{last}")), 1.0)];
        self.ports.push(Choice { name, value: Arc::from(port.to_string()), probability: 1.0 / size, of, at });
        port
    }
}
