//! One journey: name resolution, connection, answers.

use super::choose::Phase;
use super::drive::Drive;
use super::ended::pod_at;
use super::http::Fetched;
use super::journey::{
    ClientResult, Entrance, Journey, Known, Outcome, OutcomeKind, Probe, Remembered, ServerView, Source, Target,
};
use super::kept::{self, Open, Spoken};
use super::knows::{Address, Knows};
use super::no_way::NoWay;
use super::talk::{Asking, Said as Says};
use super::{leans, lookup, names, outcome, unreached, why};
use crate::agents::outside;
use crate::dns::RecordType;
use crate::dns::resolver::Failure;
use crate::http;
use crate::model::Model;
use kernel::exchange::{self, Served};
use kernel::packet::{Port, Protocol};
use kernel::state::KernelState;
use kernel::walk::{Chooser, DropReason};
use kubernetes::assumption::{Verdict, codes};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::Besides;
use kubernetes::cluster::model::{LbIngress, LbWay};
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A journey with the decisions its connection's draws took.
pub(super) struct Scripted {
    pub(super) journey: Journey,
    pub(super) taken: Vec<bool>,
}

/// The model a probe runs in: with the host outside the cluster that it starts from, if it does; else the same.
///
/// Journeys of a probe from outside refer to that model, so everything that shows them needs it.
pub fn model_for<'m>(model: &'m Model, probe: &Probe) -> Cow<'m, Model> {
    with_host(model.besides(needs(model, probe)), probe)
}

/// The same, with what `budget` allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn model_for_within<'m>(model: &'m Model, probe: &Probe, budget: &Budget) -> Result<Cow<'m, Model>, Stopped> {
    let model = model.besides_within(needs(model, probe), budget)?;
    Ok(with_host(model, probe))
}

/// What a probe asks for that is assumed only then: a name server by a name; a load balancer's machine by `lb/NAME`, and by its address from
/// where packets come to it: from outside, and from everywhere where nodes do not translate it (`ipMode: Proxy`). A host may be served there.
fn needs(model: &Model, probe: &Probe) -> Besides {
    let outside = match probe.from {
        Source::External { via, .. } => via.is_none(),
        _ => false,
    };
    let cluster = &model.cluster;
    let comes = |ip: Option<IpAddr>| Besides {
        balancers: cluster.balancers_wanted && {
            let mut all = cluster.services.iter().flat_map(|service| &service.load_balancer);
            let there = |ingress: &LbIngress| ip.is_none_or(|ip| ingress.ip == ip) && (outside || ingress.proxy_mode);
            all.any(|ingress| ingress.way == LbWay::Machine && there(ingress))
        },
        ..Besides::NOTHING
    };
    let named = || Besides { names: true, ..comes(None) };
    match &probe.to {
        Target::Name(..) => Besides::NAMES,
        Target::Url { host, .. } => {
            let own = match probe.connects_to() {
                Some(Target::Address(ip, _)) => comes(Some(*ip)),
                Some(Target::LoadBalancer(..)) => Besides::BALANCERS,
                Some(Target::Url { .. }) => host.parse().map_or_else(|_| named(), |ip| comes(Some(ip))),
                Some(Target::Name(..)) | None => named(),
                Some(_) => Besides::NOTHING,
            };
            let urls = cluster.fronts.wanted || matches!(probe.connect, Some(Entrance::Ingress));
            if urls { Besides { balancers: own.balancers, ..Besides::URLS } } else { own }
        }
        Target::LoadBalancer(..) => Besides::BALANCERS,
        Target::Address(ip, _) => comes(Some(*ip)),
        Target::Pod(..) | Target::Node(..) | Target::Machine(..) | Target::Service(..) => Besides::NOTHING,
    }
}

fn with_host<'m>(model: &'m Model, probe: &Probe) -> Cow<'m, Model> {
    let Source::External { ip, via } = probe.from else { return Cow::Borrowed(model) };
    if model.site.outside.contains_key(&(ip, via)) {
        return Cow::Borrowed(model);
    }
    match outside::with_host(&model.site, &model.cluster, ip, via) {
        Some(site) => Cow::Owned(Model {
            lagging: Arc::clone(&model.lagging),
            parsed: model.parsed.clone(),
            cluster: model.cluster.clone(),
            site,
            past: model.past.clone(),
            diagnostics: model.diagnostics.clone(),
            options: model.options.clone(),
            limits: model.limits.clone(),
            others: std::sync::Arc::default(),
        }),
        None => Cow::Borrowed(model),
    }
}

/// One journey from what earlier ones left behind, beside kernels that do the same: `beside` hears of each act of a process before it is
/// simulated, and makes the choices that kernels make; those of processes are by wish and by seed. With it what is left behind. A probe from
/// outside needs [`model_for`].
pub fn run_beside(
    model: &Model,
    probe: &Probe,
    start: KernelState,
    beside: &mut dyn Chooser,
) -> (Journey, KernelState) {
    let start = Before { state: start, number: probe.before, ..Before::default() };
    let (scripted, after) = send_beside((model, &Budget::unlimited()), probe, None, start, Some(beside));
    (scripted.journey, after.state)
}

/// What the probes before this one left behind.
#[derive(Default)]
pub(super) struct Before {
    pub(super) state: KernelState,
    /// How many there were.
    pub(super) number: u32,
    /// The connection that is open.
    pub(super) open: Option<Open>,
    /// What programs know.
    pub(super) knows: Knows,
}

pub(super) fn run_scripted(
    model: &Model,
    probe: &Probe,
    script: Option<Vec<bool>>,
    (start, knows): (&KernelState, &Knows),
    budget: &Budget,
) -> Scripted {
    let start = Before { state: start.clone(), number: probe.before, open: None, knows: knows.clone() };
    send((model, budget), probe, script, start).0
}

/// Sends the probe; returns what it leaves behind too.
pub(super) fn send(
    (model, budget): (&Model, &Budget),
    probe: &Probe,
    script: Option<Vec<bool>>,
    start: Before,
) -> (Scripted, Before) {
    send_beside((model, budget), probe, script, start, None)
}

pub(super) fn send_beside<'m>(
    (model, budget): (&'m Model, &'m Budget),
    probe: &'m Probe,
    script: Option<Vec<bool>>,
    Before { state, number, open, knows }: Before,
    beside: Option<&'m mut dyn Chooser>,
) -> (Scripted, Before) {
    let mut drive = Drive::new((model, budget), probe, script, state, number).beside(beside);
    drive.knows = knows;
    // A source that is not in the network sends nothing.
    if budget.is_stopped() || drive.start().is_none() {
        let Drive { state, knows, .. } = drive;
        return (nothing(probe), Before { state, number: number + 1, open: None, knows });
    }
    // Whoever does not keep its own leaves another's alone.
    let (used, left) = if probe.keep { (open, None) } else { (None, open) };
    if let Some(open) = drive.resumes(used) {
        drive.draws.phase = Phase::Connection;
        let Spoken { client, server, http, open } = drive.speak(open);
        let said = Said { client, server, http, outcome: None };
        return ended(drive, said, open);
    }
    let known = drive.knows_address();
    let resolved = match names::asked(probe).filter(|_| known.is_none()) {
        Some(host) => lookup::resolve(&mut drive, host).map(Some),
        None => Ok(None),
    };
    // Who serves the host of a URL, where no name server has it.
    let (resolved, entrance) = match resolved {
        Err(Failure::NotFound | Failure::Beyond | Failure::NoAddress | Failure::NoAnswer | Failure::NoServer) => {
            match drive.only_entrance() {
                Some(to) => (Ok(Some(to.ip())), Some(to)),
                None => (resolved, None),
            }
        }
        resolved => (resolved, None),
    };
    drive.draws.phase = Phase::Connection;
    let (mut server, mut http, mut open) = (None, None, left);
    let mut client = ClientResult::NameNotResolved;
    let mut way = Err(NoWay::Name);
    match resolved {
        Ok(resolved) => {
            way = match entrance.or(known) {
                Some(to) => {
                    drive.arrives(to.ip());
                    Ok(to)
                }
                None => drive.way(resolved),
            };
            if let (Ok(to), None, true) = (way, known, probe.once) {
                drive.knows.address = Some(Address::of(to, drive.state.now, drive.client));
            }
            match way {
                Ok(remote) if probe.keep => {
                    let spoken = drive.open_kept(&drive.first_request(remote));
                    (client, server, http, open) = (spoken.client, spoken.server, spoken.http, spoken.open);
                }
                Ok(remote) => (client, server, http) = drive.connect(remote),
                Err(_) => client = ClientResult::NoAddress,
            }
        }
        Err(Failure::Ipv6Only(ip)) => {
            client = ClientResult::NoAddress;
            drive.assume(codes::IPV6.made().arg("ip", ip.to_string()));
        }
        Err(_) => {}
    }
    let failed = why::Failed { model, probe, legs: &drive.legs, lookups: &drive.lookups, remote: way.ok() };
    let outcome = match (resolved, way) {
        (Err(failure), _) => Some(unreached::name(failed, failure)),
        (Ok(_), Err(no_way)) => Some(unreached::no_way(model, no_way)),
        (Ok(_), Ok(_)) => Some(outcome::decide(failed, &client, http.as_ref())),
    };
    ended(drive, Said { client, server, http, outcome }, open)
}

/// What came of a probe.
struct Said {
    client: ClientResult,
    server: Option<ServerView>,
    http: Option<Fetched>,
    /// `None` where its legs alone decide.
    outcome: Option<Outcome>,
}

/// The journey of what was sent, and what it leaves behind.
fn ended(drive: Drive<'_>, said: Said, mut open: Option<Open>) -> (Scripted, Before) {
    let Said { client, server, http, outcome } = said;
    let (model, probe, number) = (drive.model, drive.probe, drive.number + 1);
    let choices = drive.draws.choices();
    let endpoint = choices.iter().filter(|choice| choice.name.kind.branches());
    let probability = endpoint.map(|choice| choice.probability).product();
    let taken = drive.draws.taken();
    let outcome = outcome.unwrap_or_else(|| {
        let failed = why::Failed { model, probe, legs: &drive.legs, lookups: &drive.lookups, remote: None };
        outcome::decide(failed, &client, http.as_ref())
    });
    let Drive { legs, hosts, lookups, mut assumed, state, kept, known, knows, .. } = drive;
    let remembered = remembered(model, &state);
    assumed.extend(leans::on_the_way(model, &legs));
    let mut journey = Journey {
        probe: probe.clone(),
        choices,
        probability,
        hosts,
        lookups,
        legs,
        kept,
        known,
        client,
        server,
        http,
        outcome,
        verdict: Verdict::Fails,
        assumed,
        remembered,
    };
    leans::complete(model, &mut journey);
    if let Some(open) = &mut open {
        open.leans(&journey);
    }
    (Scripted { journey, taken }, Before { state, number, open, knows })
}

/// Asks for the name of a probe and does no more: as a resolver does, or with a type only for records of that type. The journey has the
/// questions; its client has the result [`ClientResult::Ok`] where there is an answer. An address is its own answer, unasked, unless a
/// type is given. See [`model_for`] and [`super::parse_question`].
pub fn look_up(model: &Model, probe: &Probe, kind: Option<RecordType>) -> Journey {
    let address = match &probe.to {
        Target::Address(ip, _) => Some(*ip),
        _ => None,
    };
    let name = names::asked(probe).cloned().or_else(|| address.map(|ip| Arc::from(ip.to_string())));
    let Some(name) = name else { return nothing(probe).journey };
    let budget = Budget::unlimited();
    let mut drive = Drive::new((model, &budget), probe, None, KernelState::default(), 0);
    if drive.start().is_none() {
        return nothing(probe).journey;
    }
    let found = match address.filter(|_| kind.is_none()) {
        Some(address) => Ok(Some(address)),
        None => lookup::ask_for(&mut drive, &name, kind),
    };
    let (client, outcome) = match found {
        Ok(_) => {
            let kind = OutcomeKind::Delivered;
            let fine = Outcome { kind, at: None, cause: None, why: None, fixes: Vec::new(), leans_on: Vec::new() };
            (ClientResult::Ok, fine)
        }
        Err(failure) => {
            let (legs, lookups) = (&drive.legs[..], &drive.lookups[..]);
            let failed = why::Failed { model, probe, legs, lookups, remote: None };
            (ClientResult::NameNotResolved, unreached::name(failed, failure))
        }
    };
    let choices = drive.draws.choices();
    let Drive { legs, hosts, lookups, mut assumed, .. } = drive;
    assumed.extend(leans::on_the_way(model, &legs));
    let mut journey = Journey {
        probe: probe.clone(),
        choices,
        probability: 1.0,
        hosts,
        lookups,
        legs,
        client,
        server: None,
        http: None,
        kept: None,
        known: None,
        outcome,
        verdict: Verdict::Fails,
        assumed,
        remembered: Vec::new(),
    };
    leans::complete(model, &mut journey);
    journey
}

/// Everything that lists remember.
fn remembered(model: &Model, state: &KernelState) -> Vec<Remembered> {
    let mut all = Vec::new();
    for ((netns, list), entries) in &state.recent {
        for entry in entries {
            let age = entry.seen.last().map_or(0, |seen| state.now.saturating_sub(*seen));
            all.push(Remembered { netns: *netns, list: list.clone(), address: entry.address, age });
        }
    }
    for ((netns, table, id), entries) in &state.nft_sets {
        let set = model.site.network.netns(*netns).nft.table(*table).and_then(|table| table.set(*id));
        let Some(set) = set else { continue };
        let now = state.now.saturating_mul(1000);
        for entry in entries.iter().filter(|entry| !entry.gone && entry.expires.is_none_or(|expires| now < expires)) {
            let left = entry.expires.map(|expires| expires - now);
            let age = left.zip(set.timeout).map_or(0, |(left, timeout)| timeout.saturating_sub(left) / 1000);
            all.extend(set.address(&entry.key).map(|address| Remembered {
                netns: *netns,
                list: set.name.clone(),
                address,
                age,
            }));
        }
    }
    all
}

/// A journey without a single packet.
fn nothing(probe: &Probe) -> Scripted {
    let kind = OutcomeKind::Dropped(DropReason::NotModelled);
    let journey = Journey {
        probe: probe.clone(),
        choices: Vec::new(),
        probability: 1.0,
        hosts: None,
        lookups: Vec::new(),
        legs: Vec::new(),
        client: ClientResult::Timeout,
        server: None,
        http: None,
        kept: None,
        known: None,
        outcome: Outcome { kind, at: None, cause: None, why: None, fixes: Vec::new(), leans_on: Vec::new() },
        verdict: Verdict::NotModelled,
        assumed: Vec::new(),
        remembered: Vec::new(),
    };
    Scripted { journey, taken: Vec::new() }
}

impl Drive<'_> {
    /// The address that the client kept.
    fn knows_address(&mut self) -> Option<SocketAddr> {
        let known = self.knows.address.filter(|_| self.probe.once)?;
        self.known = Some(Known { to: known.to, age: self.state.now.saturating_sub(known.since) });
        Some(known.to)
    }

    /// The connection itself: request, answer, result.
    fn connect(&mut self, remote: SocketAddr) -> (ClientResult, Option<ServerView>, Option<Fetched>) {
        let protocol = self.probe.protocol;
        let asks = self.request().filter(|_| protocol == Protocol::Tcp);
        let request = self.first_request(remote);
        if let Some(asks) = asks {
            let (client, served, fetched) = self.fetch(&request, &asks);
            return (client, served.map(|served| self.server_view(served)), Some(fetched));
        }
        let sent = exchange::request(&self.model.site.network, &mut self.state, &mut self.draws, &request);
        // Whoever it is that listens, the probe stands for a request that it understands.
        let done = self.talk(Asking::Connection, sent, None, &mut |_, _, payload, _| Says::Answer(payload.clone()));
        let client = kept::result(done.reported);
        (client, done.served.map(|served| self.server_view(served)), None)
    }

    /// The request that a URL stands for, as curl(1) sends it.
    pub(super) fn request(&self) -> Option<http::Request> {
        let Target::Url { host, port, path, tls } = &self.probe.to else { return None };
        let usual = if *tls { 443 } else { 80 };
        let named = self.probe.headers.get("Host").cloned();
        let authority = named.unwrap_or_else(|| match port.0 == usual {
            true => host.clone(),
            false => Arc::from(format!("{host}:{port}")),
        });
        let body = self.probe.size.map_or(http::Body::None, http::Body::Size);
        let usual = if body.is_empty() { "GET" } else { "POST" };
        let method = self.probe.method.clone().unwrap_or_else(|| Arc::from(usual));
        let mut headers = http::Headers::default();
        for (name, value) in [("User-Agent", "curl/8.5.0"), ("Accept", "*/*")] {
            if self.probe.headers.get(name).is_none() {
                headers.add(name, value);
            }
        }
        for (name, value) in self.probe.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            headers.add(name, value.clone());
        }
        Some(http::Request { method, tls: *tls, authority, target: path.clone(), headers, body })
    }

    /// The address that the client binds: a host outside may have one in the LAN besides its own.
    pub(super) fn own_address(&self) -> Option<IpAddr> {
        match self.asker {
            Source::External { ip, .. } => Some(ip),
            Source::Pod(_) | Source::Node(_) | Source::Machine(_) => None,
        }
    }

    /// Whose socket it was that a request reached.
    pub(super) fn server_view(&self, served: Served) -> ServerView {
        let Served { netns, local, peer, .. } = served;
        let pod = pod_at(self.model, netns, Some(Port(local.port())));
        let node = self.model.site.tree.node_of(netns);
        ServerView { netns, pod, node, local, sees: peer }
    }
}
