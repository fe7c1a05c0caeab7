//! Questions to a trace, in words that a teacher writes: moments of it, and what can be read there.
//!
//! A moment is found by what happens, never by the number of a step, so that a lesson stays true while the simulation improves:
//!
//! ```text
//! start | end                      the first and the last step
//! start of LEG | end of LEG        of a leg, by what it is for: dns, connect, reply, …
//! arrival                          where the connection request is heard, or ends
//! first EVENT | last EVENT         an event of the schema kubehop.trace/1 (route, nat, rule, arp, fdb, encap, drop, …), dnat or snat;
//!                                  [of LEG] [in MACHINE|NAMESPACE] behind it
//! place PLACE                      as links to a step write it: connect/node-a/PREROUTING
//! ```
//!
//! A value is `FIELD [before|at] MOMENT` (source, destination, source-port, destination-port, ttl, source-mac, destination-mac, machine,
//! namespace, device, rule, `route-device` and `next-hop` of the route that was chosen there; `outer-source`, `outer-destination`, `outer-destination-port` and `outer-ttl` of what a packet is wrapped in),
//! something of the whole trace (`result`, `status` of the HTTP response, `server`, `server sees`, `questions`, `ways`), something that is written
//! down in the cluster (`address of NAMESPACE [DEVICE]`, `mac of …`, `mtu of …`, `cluster-ip of svc/NAMESPACE/NAME`), or a constant
//! (`number N`, `result CODE`, `name TEXT`).

use crate::locale::{self, Lang};
use kernel::config::Link;
use kernel::ids::NetnsId;
use kernel::packet::Field;
use kernel::walk::NatKind;
use sim_core::facts::{Fact, Facts, Step, Visit, What};
use sim_core::model::Model;
use sim_core::trace::{Journey, Purpose};
use std::fmt;
use std::net::IpAddr;

/// A query that says nothing: what it was, and what would have been understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{query:?} is no {kind}")]
pub struct Unclear {
    /// `moment` or `value`.
    pub kind: &'static str,
    /// As it was written.
    pub query: String,
}

/// When.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The first step, of a leg or of all.
    Start(Option<String>),
    /// The last one.
    End(Option<String>),
    /// The last step of the last connection request.
    Arrival,
    /// Where something happens for the first time.
    First(Event),
    /// The same for the last time.
    Last(Event),
    /// A step as links name it.
    Place(String),
}

/// What happens, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Code of the event, or `dnat` or `snat`.
    pub code: String,
    /// Code of the leg's purpose.
    pub of: Option<String>,
    /// Name of a machine or a namespace.
    pub within: Option<String>,
}

/// What a step says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A field of the header.
    Header(Field),
    /// Time to live.
    Ttl,
    /// The machine the packet is at.
    Machine,
    /// The namespace.
    Namespace,
    /// The device.
    Device,
    /// The rule that decided there, as its tool prints it.
    Rule,
    /// The device of the route that was chosen there last.
    RouteDevice,
    /// The next hop of that route: a router, else the destination itself.
    NextHop,
    /// Of the outermost packet, where one is wrapped in another.
    Outer(Outer),
}

/// A field of the packet around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outer {
    /// Source address.
    Source,
    /// Destination address.
    Destination,
    /// Destination port, of UDP.
    DestinationPort,
    /// Time to live.
    Ttl,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a step: before it (`true`) or after it.
    Step(Seen, bool, Moment),
    /// How it ends for the client.
    Result,
    /// Status of the HTTP response.
    Status,
    /// Who answers.
    Server,
    /// The address that the server sees.
    Sees,
    /// How many DNS questions are asked.
    Questions,
    /// How many ways the probe can go.
    Ways,
    /// An address of a namespace, of its first device that has one or of the device.
    Address(String, Option<String>),
    /// A device's link-layer address.
    Mac(String, Option<String>),
    /// A device's MTU.
    Mtu(String, Option<String>),
    /// A Service's first cluster IP.
    ClusterIp(String),
    /// A number.
    Number(i64),
    /// A result by its code.
    ResultIs(String),
    /// Any name.
    Name(String),
}

const FIELDS: [(&str, Seen); 17] = [
    ("outer-source", Seen::Outer(Outer::Source)),
    ("outer-destination", Seen::Outer(Outer::Destination)),
    ("outer-destination-port", Seen::Outer(Outer::DestinationPort)),
    ("outer-ttl", Seen::Outer(Outer::Ttl)),
    ("source", Seen::Header(Field::Source)),
    ("destination", Seen::Header(Field::Destination)),
    ("source-port", Seen::Header(Field::SourcePort)),
    ("destination-port", Seen::Header(Field::DestinationPort)),
    ("source-mac", Seen::Header(Field::EthernetSource)),
    ("destination-mac", Seen::Header(Field::EthernetDestination)),
    ("ttl", Seen::Ttl),
    ("machine", Seen::Machine),
    ("namespace", Seen::Namespace),
    ("device", Seen::Device),
    ("rule", Seen::Rule),
    ("route-device", Seen::RouteDevice),
    ("next-hop", Seen::NextHop),
];

impl Moment {
    /// Reads one.
    ///
    /// # Errors
    /// [`Unclear`] where it is none.
    pub fn read(text: &str) -> Result<Self, Unclear> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let unclear = || Unclear { kind: "moment", query: text.to_owned() };
        let leg = |rest: &[&str]| match rest {
            [] => Ok(None),
            ["of", leg] => Ok(Some((*leg).to_owned())),
            _ => Err(unclear()),
        };
        match words.as_slice() {
            ["start", rest @ ..] => leg(rest).map(Self::Start),
            ["end", rest @ ..] => leg(rest).map(Self::End),
            ["arrival"] => Ok(Self::Arrival),
            ["place", place] => Ok(Self::Place((*place).to_owned())),
            [which @ ("first" | "last"), code, rest @ ..] => {
                let mut event = Event { code: (*code).to_owned(), of: None, within: None };
                for pair in rest.chunks(2) {
                    match pair {
                        ["of", leg] => event.of = Some((*leg).to_owned()),
                        ["in", within] => event.within = Some((*within).to_owned()),
                        _ => return Err(unclear()),
                    }
                }
                Ok(if *which == "first" { Self::First(event) } else { Self::Last(event) })
            }
            _ => Err(unclear()),
        }
    }

    /// The number of the step, from 1; `None` where the trace has no such moment.
    pub fn find(&self, facts: &Facts<'_>) -> Option<u32> {
        let steps = &facts.steps.steps;
        let of = |leg: &Option<String>| {
            let leg = leg.clone();
            move |step: &&Step| leg.as_ref().is_none_or(|leg| step.purpose.code() == leg)
        };
        let step = match self {
            Self::Start(leg) => steps.iter().find(of(leg)),
            Self::End(leg) => steps.iter().rev().find(of(leg)),
            Self::Arrival => {
                let asks = |step: &&Step| matches!(step.purpose, Purpose::Connect | Purpose::Proxy);
                steps.iter().rev().find(asks)
            }
            Self::First(event) => steps.iter().find(|step| event.happens(facts, step)),
            Self::Last(event) => steps.iter().rev().find(|step| event.happens(facts, step)),
            Self::Place(place) => return facts.step_at(place),
        };
        step.map(|step| step.n)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leg = |leg: &Option<String>| leg.as_ref().map(|leg| format!(" of {leg}")).unwrap_or_default();
        match self {
            Self::Start(of) => write!(out, "start{}", leg(of)),
            Self::End(of) => write!(out, "end{}", leg(of)),
            Self::Arrival => out.write_str("arrival"),
            Self::First(event) => write!(out, "first {event}"),
            Self::Last(event) => write!(out, "last {event}"),
            Self::Place(place) => write!(out, "place {place}"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.code)?;
        self.of.iter().try_for_each(|leg| write!(out, " of {leg}"))?;
        self.within.iter().try_for_each(|within| write!(out, " in {within}"))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |out: &mut fmt::Formatter<'_>, what: &str, name: &str, device: &Option<String>| {
            write!(out, "{what} of {name}")?;
            device.iter().try_for_each(|device| write!(out, " {device}"))
        };
        match self {
            Self::Step(seen, before, moment) => {
                let field = FIELDS.iter().find(|(_, own)| own == seen).map_or("", |(name, _)| name);
                write!(out, "{field} {} {moment}", if *before { "before" } else { "at" })
            }
            Self::Result => out.write_str("result"),
            Self::ResultIs(code) => write!(out, "result {code}"),
            Self::Status => out.write_str("status"),
            Self::Server => out.write_str("server"),
            Self::Sees => out.write_str("server sees"),
            Self::Questions => out.write_str("questions"),
            Self::Ways => out.write_str("ways"),
            Self::Address(name, device) => of(out, "address", name, device),
            Self::Mac(name, device) => of(out, "mac", name, device),
            Self::Mtu(name, device) => of(out, "mtu", name, device),
            Self::ClusterIp(service) => write!(out, "cluster-ip of {service}"),
            Self::Number(number) => write!(out, "number {number}"),
            Self::Name(name) => write!(out, "name {name}"),
        }
    }
}

impl Event {
    fn is(&self, fact: &Fact<'_>) -> bool {
        match (self.code.as_str(), &fact.what) {
            ("dnat", What::Nat { kind: NatKind::Destination, .. }) => true,
            ("snat", What::Nat { kind: NatKind::Source, .. }) => true,
            (code, _) => fact.code() == code,
        }
    }

    fn happens(&self, facts: &Facts<'_>, step: &Step) -> bool {
        let Some((_, visit)) = facts.at(step) else { return false };
        self.of.as_ref().is_none_or(|leg| step.purpose.code() == leg)
            && self.within.as_ref().is_none_or(|within| is_in(&visit, within))
            && visit.facts().iter().any(|fact| self.is(fact))
    }
}

fn is_in(visit: &Visit<'_>, within: &str) -> bool {
    let namespace = &visit.namespace;
    namespace.name() == Some(within) || (namespace.name() == Some("root") && namespace.node_name() == Some(within))
}

/// What a value is: a code that two values are compared by, and how it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Compared.
    pub code: String,
    /// In words, where the code is none.
    pub key: Option<String>,
    /// What stands in the words.
    pub errno: String,
}

impl Found {
    fn code(code: impl fmt::Display) -> Self {
        Self { code: code.to_string(), key: None, errno: String::new() }
    }

    /// As a reader sees it.
    pub fn shown(&self, lang: Lang) -> String {
        self.key
            .as_ref()
            .and_then(|key| locale::lookup(lang, key, &[("errno", self.errno.as_str().into())]))
            .unwrap_or_else(|| named(lang, &self.code))
    }
}

/// A machine or a Service as texts call it: `Pod alpha` for `pod/default/alpha`. Whatever else it is stays as it is.
pub fn named(lang: Lang, code: &str) -> String {
    let say = |key: &str, name: &str| locale::ta(lang, key, &[("name", name.into())]);
    let object = |key: &str, name: &str| say(key, name.strip_prefix("default/").unwrap_or(name));
    match code.split_once('/') {
        Some(("pod", name)) => object("who-pod", name),
        Some(("svc", name)) => object("who-service", name),
        Some(("host", address)) if address.parse::<IpAddr>().is_ok() => {
            locale::ta(lang, "who-outside", &[("address", address.into())])
        }
        Some(("host", name)) => say("who-host", name),
        Some(("container", name)) => say("who-container", name),
        Some(("router", name)) => say("who-router", name),
        Some(("net", "outside")) => locale::t(lang, "who-host-outside"),
        None if code == "external" => locale::t(lang, "who-host-outside"),
        _ => code.to_owned(),
    }
}

/// What is asked: a journey in its model, and how many ways there are.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The model.
    pub model: &'a Model,
    /// The journey.
    pub journey: &'a Journey,
    /// Ways of its probe.
    pub ways: usize,
}

impl Value {
    /// Reads one.
    ///
    /// # Errors
    /// [`Unclear`] where it is none.
    pub fn read(text: &str) -> Result<Self, Unclear> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let unclear = || Unclear { kind: "value", query: text.to_owned() };
        let of = |rest: &[&str]| match rest {
            [namespace] => Ok(((*namespace).to_owned(), None)),
            [namespace, device] => Ok(((*namespace).to_owned(), Some((*device).to_owned()))),
            _ => Err(unclear()),
        };
        match words.as_slice() {
            ["result"] => Ok(Self::Result),
            ["result", code] => Ok(Self::ResultIs((*code).to_owned())),
            ["status"] => Ok(Self::Status),
            ["server"] => Ok(Self::Server),
            ["server", "sees"] => Ok(Self::Sees),
            ["questions"] => Ok(Self::Questions),
            ["ways"] => Ok(Self::Ways),
            ["address", "of", rest @ ..] => of(rest).map(|(namespace, device)| Self::Address(namespace, device)),
            ["mac", "of", rest @ ..] => of(rest).map(|(namespace, device)| Self::Mac(namespace, device)),
            ["mtu", "of", rest @ ..] => of(rest).map(|(namespace, device)| Self::Mtu(namespace, device)),
            ["cluster-ip", "of", service] => Ok(Self::ClusterIp((*service).to_owned())),
            ["number", number] => number.parse().map(Self::Number).map_err(|_| unclear()),
            ["name", rest @ ..] if !rest.is_empty() => Ok(Self::Name(rest.join(" "))),
            [field, when @ ("at" | "before"), moment @ ..] => {
                let found = FIELDS.iter().find(|(name, _)| name == field).ok_or_else(unclear)?;
                Ok(Self::Step(found.1, *when == "before", Moment::read(&moment.join(" "))?))
            }
            _ => Err(unclear()),
        }
    }

    /// What it is in a trace; `None` where there is nothing of it.
    pub fn find(&self, asked: &Asked<'_>) -> Option<Found> {
        match self {
            Self::Step(_, _, moment) => {
                let facts = Facts::of(asked.model, asked.journey);
                self.at(&facts, moment.find(&facts)?)
            }
            _ => self.of_trace(asked),
        }
    }

    /// The same of a step, where it asks for one; its moment is not looked for.
    pub(super) fn at(&self, facts: &Facts<'_>, n: u32) -> Option<Found> {
        match self {
            Self::Step(what, before, _) => of_step(*what, *before, &facts.visit(n)?),
            _ => None,
        }
    }

    /// What concerns a trace as a whole, or what is written down in the cluster.
    fn of_trace(&self, asked: &Asked<'_>) -> Option<Found> {
        let Asked { model, journey, ways } = *asked;
        Some(match self {
            Self::Step(..) => return None,
            Self::Result => of_result(&journey.client.code()),
            Self::ResultIs(code) => of_result(code),
            Self::Status => Found::code(journey.http.as_ref()?.response.as_ref()?.status),
            Self::Server => {
                let server = journey.server.as_ref()?;
                Found::code(model.site.network.name(server.netns)?)
            }
            Self::Sees => Found::code(journey.server.as_ref()?.sees.ip()),
            Self::Questions => Found::code(journey.lookups.len()),
            Self::Ways => Found::code(ways),
            Self::Address(namespace, device) => {
                let mut links = links(model, namespace, device.as_deref())?;
                Found::code(links.find_map(|link| link.addresses.first().map(|own| own.net.addr()))?)
            }
            Self::Mac(namespace, device) => Found::code(links(model, namespace, device.as_deref())?.next()?.mac),
            Self::Mtu(namespace, device) => Found::code(links(model, namespace, device.as_deref())?.next()?.mtu),
            Self::ClusterIp(name) => {
                let wanted = name.strip_prefix("svc/")?;
                let service = model.cluster.services.iter().find(|service| service.name.to_string() == wanted)?;
                Found::code(service.cluster_ips.first()?)
            }
            Self::Number(number) => Found::code(number),
            Self::Name(name) => Found::code(name),
        })
    }
}

/// A part of the picture: a namespace, or a device of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The namespace as its configuration names it; `svc/` and its name for a Service.
    pub netns: String,
    /// The device.
    pub link: Option<String>,
}

impl Value {
    /// The part of the picture that the value belongs to: what has the address, the device, the machine. `None` where it is of none.
    pub fn spot(&self, asked: &Asked<'_>) -> Option<Spot> {
        let Asked { model, journey, .. } = *asked;
        let network = &model.site.network;
        let of = |id: NetnsId, link: Option<&str>| {
            Some(Spot { netns: network.get(id)?.name.to_string(), link: link.map(str::to_owned) })
        };
        let of_device = |name: &str, device: &Option<String>, has: fn(&Link) -> bool| {
            let link = links(model, name, device.as_deref())?.find(|link| has(link))?;
            of(namespace(model, name)?, Some(&link.name))
        };
        match self {
            Self::Address(name, device) => of_device(name, device, |link| !link.addresses.is_empty()),
            Self::ClusterIp(_) => owner(model, &self.find(asked)?.code),
            Self::Mac(name, device) | Self::Mtu(name, device) => of_device(name, device, |_| true),
            Self::Server => of(journey.server.as_ref()?.netns, None),
            Self::Name(name) => of(namespace(model, name)?, None),
            Self::Step(what, _, moment) => {
                let facts = Facts::of(model, journey);
                let visit = facts.visit(moment.find(&facts)?)?;
                match what {
                    Seen::Machine | Seen::Namespace => of(visit.namespace.id, None),
                    Seen::Device => of(visit.namespace.id, Some(visit.device()?.name())),
                    Seen::RouteDevice => of(visit.namespace.id, route(&visit)?.0),
                    Seen::Rule | Seen::Ttl => None,
                    Seen::Header(_) | Seen::Outer(_) | Seen::NextHop => owner(model, &self.find(asked)?.code),
                }
            }
            Self::Sees => owner(model, &self.find(asked)?.code),
            _ => None,
        }
    }
}

/// The device that has an address, or a link-layer address; the Service whose ClusterIP it is.
fn owner(model: &Model, address: &str) -> Option<Spot> {
    let ip: Option<IpAddr> = address.parse().ok();
    let mut services = model.cluster.services.iter();
    if let Some(own) = services.find(|own| ip.is_some_and(|ip| own.cluster_ips.contains(&ip))) {
        return Some(Spot { netns: format!("svc/{}", own.name.name), link: None });
    }
    let has = |link: &&Link| match ip {
        Some(ip) => *link.name != *"lo" && link.addresses.iter().any(|own| own.net.addr() == ip),
        None => link.mac.to_string() == address,
    };
    model.site.network.namespaces().find_map(|netns| {
        let link = netns.links.iter().find(has)?;
        Some(Spot { netns: netns.name.to_string(), link: Some(link.name.to_string()) })
    })
}

/// A result by its code, in words.
pub fn of_result(code: &str) -> Found {
    let (word, errno) = code.split_once(':').unwrap_or((code, ""));
    let key = match (word, errno) {
        ("error", "TLS") => "result-tls".to_owned(),
        ("error", "NOT-HTTP") => "result-not-http".to_owned(),
        _ => format!("result-{word}"),
    };
    Found { code: code.to_owned(), key: Some(key), errno: errno.to_owned() }
}

fn of_step(what: Seen, before: bool, visit: &Visit<'_>) -> Option<Found> {
    let whole = &if before { visit.before } else { visit.after }.packet;
    let packet = whole.innermost();
    let port = |address: std::net::SocketAddr| Some(address.port()).filter(|port| *port != 0);
    Some(match what {
        Seen::Header(Field::Source) => Found::code(packet.ip.src),
        Seen::Header(Field::Destination) => Found::code(packet.ip.dst),
        Seen::Header(Field::SourcePort) => Found::code(port(packet.source())?),
        Seen::Header(Field::DestinationPort) => Found::code(port(packet.destination())?),
        Seen::Header(Field::EthernetSource) => Found::code(packet.ethernet.as_ref()?.src),
        Seen::Header(Field::EthernetDestination) => Found::code(packet.ethernet.as_ref()?.dst),
        Seen::Ttl => Found::code(packet.ip.ttl),
        Seen::Machine => Found::code(visit.namespace.node_name()?),
        Seen::Namespace => Found::code(visit.namespace.name()?),
        Seen::Device => Found::code(visit.device()?.name()),
        Seen::RouteDevice => Found::code(route(visit)?.0?),
        Seen::NextHop => Found::code(route(visit)?.1.unwrap_or(packet.ip.dst)),
        Seen::Outer(outer) => {
            let (around, _) = whole.outers().next()?;
            match outer {
                Outer::Source => Found::code(around.ip.src),
                Outer::Destination => Found::code(around.ip.dst),
                Outer::DestinationPort => Found::code(port(around.destination())?),
                Outer::Ttl => Found::code(around.ip.ttl),
            }
        }
        Seen::Rule => {
            let facts = visit.facts();
            let translates = |fact: &&Fact<'_>| fact.code() == "nat" && fact.rule().is_some();
            let rule = facts.iter().find(translates).or_else(|| facts.iter().rfind(|fact| fact.rule().is_some()))?;
            Found::code(rule.rule()?.text()?)
        }
    })
}

/// The route that was chosen there last: its device, and the router it leads to.
fn route<'a>(visit: &Visit<'a>) -> Option<(Option<&'a str>, Option<IpAddr>)> {
    visit.facts().iter().rev().find_map(|fact| match &fact.what {
        What::Route { dev, via, .. } => Some((dev.map(|dev| dev.name()), *via)),
        _ => None,
    })
}

fn links<'m>(model: &'m Model, namespace: &str, device: Option<&str>) -> Option<impl Iterator<Item = &'m Link>> {
    let network = &model.site.network;
    let id = self::namespace(model, namespace)?;
    let device = device.map(str::to_owned);
    let own = move |link: &&Link| device.as_ref().map_or(&*link.name != "lo", |device| *link.name == **device);
    Some(network.get(id)?.links.iter().filter(own))
}

/// The namespace of a node by its name, any other by its own.
pub(super) fn namespace(model: &Model, name: &str) -> Option<NetnsId> {
    match model.cluster.node_named(name) {
        Some(node) => model.site.nodes.get(&node).copied(),
        None => model.site.network.find(name),
    }
}
