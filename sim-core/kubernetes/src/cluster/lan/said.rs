//! What Scenarios say, with names and addresses checked: segments, routers, machines that are no nodes, servers of the Internet.

use super::report::{address, bad_name, is_name, missing, net, overlap, taken_address, taken_name, too_many, unknown};
use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::listen::scenarios;
use crate::cluster::model::{DockerHost, Host, Node, Segment, SegmentId};
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, List, Scenario, ScenarioHost, ScenarioRouter, Text};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::{IpNet, Ipv4Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Segments at most.
const SEGMENTS: usize = 64;
/// Machines that are no nodes at most.
pub(super) const HOSTS: usize = 256;
/// Routers at most.
const ROUTERS: usize = 64;
/// Servers of the Internet at most.
const SERVERS: usize = 64;
/// Names of one list that are looked at.
const NAMES: usize = 4_096;
/// MTUs that an Ethernet device of Linux takes for IPv4.
const MTUS: std::ops::RangeInclusive<i64> = 68..=65_535;
/// The MTU of Ethernet.
const ETHERNET: u32 = 1500;

/// One of a Scenario's `hosts` or `internet`, with a name and an address of its own.
pub(in crate::cluster) struct Entry<'p> {
    pub(in crate::cluster) document: &'p Document<Scenario>,
    pub(in crate::cluster) of: &'p ScenarioHost,
    /// Its field, e.g. `hosts[0]`.
    pub(in crate::cluster) path: String,
    pub(in crate::cluster) name: &'p Spanned<Text>,
    /// Its address, if it says one that is its own.
    pub(in crate::cluster) ip: Option<IpAddr>,
}

/// One of a Scenario's `routers`, with a name of its own.
pub(super) struct RouterEntry<'p> {
    pub(super) document: &'p Document<Scenario>,
    pub(super) of: &'p ScenarioRouter,
    pub(super) path: String,
    pub(super) name: &'p Spanned<Text>,
    /// Its address on each segment.
    pub(super) on: BTreeMap<SegmentId, IpAddr>,
}

impl RouterEntry<'_> {
    pub(in crate::cluster) fn name(&self) -> &Text {
        &self.name.value
    }

    pub(in crate::cluster) fn leads_out(&self) -> bool {
        self.of.internet == Some(true)
    }
}

/// What Scenarios say of the network around the nodes.
#[derive(Default)]
pub(in crate::cluster) struct Lan<'p> {
    /// Segments; [`Lan::gateway`] says their gateways.
    pub(in crate::cluster) segments: Vec<Segment>,
    /// Machines that are no nodes.
    pub(in crate::cluster) hosts: Vec<Entry<'p>>,
    /// Servers of the Internet.
    pub(super) internet: Vec<Entry<'p>>,
    pub(super) routers: Vec<RouterEntry<'p>>,
    /// Where `attach` puts machines.
    attached: BTreeMap<Text, Attached<'p>>,
    /// Addresses that are said, with whose they are.
    taken: BTreeMap<IpAddr, Text>,
}

/// A place of `attach`.
struct Attached<'p> {
    segment: SegmentId,
    path: String,
    object: &'p ObjectRef,
    span: Span,
}

impl Lan<'_> {
    /// Whether a router has that address.
    pub(in crate::cluster) fn is_router(&self, ip: IpAddr) -> bool {
        self.routers.iter().any(|router| router.on.values().any(|own| *own == ip))
    }
}

impl<'p> Lan<'p> {
    /// Reads them; what is wrong is reported.
    pub(in crate::cluster) fn read(context: &mut Context<'p>) -> Self {
        let mut all = Self::default();
        let documents = scenarios(context);
        for document in &documents {
            all.read_segments(context, document);
        }
        let mut names = BTreeMap::new();
        for document in &documents {
            all.read_routers(context, document, &mut names);
        }
        for document in documents {
            let scenario = &document.value;
            let room = HOSTS.saturating_sub(all.hosts.len());
            let hosts = all.entries(context, document, ("hosts", &scenario.hosts, room), &mut names);
            let room = SERVERS.saturating_sub(all.internet.len());
            let internet = all.entries(context, document, ("internet", &scenario.internet, room), &mut names);
            all.hosts.extend(hosts);
            all.internet.extend(internet);
        }
        all
    }

    fn read_segments(&mut self, context: &mut Context<'p>, document: &'p Document<Scenario>) {
        let object = &document.object;
        let mut first: BTreeMap<&Text, String> = BTreeMap::new();
        for (index, entry) in document.value.segments.iter().enumerate() {
            let (of, path) = (&entry.value, format!("segments[{index}]"));
            if self.segments.len() >= SEGMENTS {
                return too_many(context, object, entry.span, "segments", SEGMENTS);
            }
            let Some(text) = &of.cidr else {
                missing(context, object, entry.span, &format!("{path}.cidr"));
                continue;
            };
            let Some(net) = net(context, text, &format!("{path}.cidr"), object) else { continue };
            if let Some(other) = self.segments.iter().find(|other| overlap(other.cidr, IpNet::V4(net))) {
                let found = context.finding(codes::SCENARIO_OVERLAP, text.span, object);
                let found = found.arg("path", format!("{path}.cidr")).arg("value", net.to_string());
                let found = found.arg("other", other.cidr.to_string());
                context.note(found);
                continue;
            }
            if let Some(name) = &of.name {
                if let Some(before) = first.get(&name.value) {
                    taken_name(context, object, name, &path, before);
                    continue;
                }
                first.insert(&name.value, format!("{path}.name"));
            }
            let mtu = of.mtu.as_ref().and_then(|mtu| {
                let fits = MTUS.contains(&mtu.value);
                if !fits {
                    let found = context.finding(codes::OUT_OF_RANGE, mtu.span, object);
                    context.note(found.arg("path", format!("{path}.mtu")).arg("value", mtu.value.to_string()));
                }
                u32::try_from(mtu.value).ok().filter(|_| fits)
            });
            let id = SegmentId(self.segments.len() as u32);
            let because = Because {
                object: Some(object.clone()),
                field: Some(Arc::from(&*path)),
                location: context.at(of.name.as_ref().map_or(text.span, |name| name.span)),
            };
            self.segments.push(Segment {
                name: of.name.as_ref().map(|name| name.value.clone()),
                cidr: IpNet::V4(net),
                gateway: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                mtu: mtu.unwrap_or(ETHERNET),
                internet: false,
                because: Some(because),
            });
            for (at, machine) in of.attach.iter().enumerate().take(NAMES) {
                let path = format!("{path}.attach[{at}]");
                let place = Attached { segment: id, path, object, span: machine.span };
                self.attached.entry(machine.value.clone()).or_insert(place);
            }
        }
    }

    /// Machines with a name and an address that no other has.
    fn entries(
        &mut self,
        context: &mut Context<'p>,
        document: &'p Document<Scenario>,
        (list, hosts, most): (&str, &'p List<ScenarioHost>, usize),
        names: &mut BTreeMap<&'p Text, String>,
    ) -> Vec<Entry<'p>> {
        let object = &document.object;
        let mut all = Vec::new();
        for (index, entry) in hosts.iter().enumerate() {
            let (of, path) = (&entry.value, format!("{list}[{index}]"));
            if all.len() >= most {
                too_many(context, object, entry.span, list, most);
                break;
            }
            let Some(name) = named(context, object, (&of.name, entry.span), &path, names) else { continue };
            let ip = of.address.as_ref().and_then(|text| {
                let ip = address(context, text, &format!("{path}.address"), object)?;
                let free = self.take(context, ip, (&name.value, text.span), (object, &path));
                free.then_some(ip)
            });
            if of.address.is_some() && ip.is_none() {
                continue;
            }
            if list == "internet" && ip.is_none() {
                missing(context, object, entry.span, &format!("{path}.address"));
                continue;
            }
            all.push(Entry { document, of, path, name, ip });
        }
        all
    }

    /// Takes an address; false where another has it, which is told.
    fn take(
        &mut self,
        context: &mut Context<'_>,
        ip: IpAddr,
        (name, span): (&Text, Span),
        (object, path): (&ObjectRef, &str),
    ) -> bool {
        match self.taken.get(&ip) {
            Some(other) => {
                taken_address(context, object, span, (&format!("{path}.address"), ip, other));
                false
            }
            None => {
                self.taken.insert(ip, name.clone());
                true
            }
        }
    }

    /// Addresses that machines of Scenarios say.
    pub(in crate::cluster) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.taken.keys().copied()
    }

    /// The segment that `attach` puts a machine on.
    pub(in crate::cluster) fn attached(&self, name: &str) -> Option<SegmentId> {
        self.attached.get(name).map(|at| at.segment)
    }

    /// The gateway that is assumed for a segment: the first address that nobody has.
    pub(in crate::cluster) fn gateway(&self, net: IpNet, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
        net.hosts().find(|ip| !taken.contains(ip) && !self.taken.contains_key(ip))
    }

    /// One of the segments that are said, with its gateway: a router of a Scenario, else one that is assumed.
    pub(in crate::cluster) fn segment(&self, at: usize, taken: &BTreeSet<IpAddr>) -> Option<Segment> {
        let said = self.segments.get(at)?;
        let router = self.router_on(SegmentId(at as u32)).or_else(|| self.gateway(said.cidr, taken));
        Some(Segment { gateway: router.unwrap_or(said.gateway), ..said.clone() })
    }

    /// Whether a router of a Scenario is on a segment.
    pub(in crate::cluster) fn has_router(&self, at: usize) -> bool {
        self.router_on(SegmentId(at as u32)).is_some()
    }

    /// The segments with their gateways, where there is nobody but machines of Scenarios.
    pub(in crate::cluster) fn alone(&self) -> Vec<Segment> {
        (0..self.segments.len()).filter_map(|at| self.segment(at, &BTreeSet::new())).collect()
    }

    /// The segment that a machine is on: the one it is attached to, where its address is of that; else the one of its address, which is made
    /// where there is none.
    pub(in crate::cluster) fn place(&self, segments: &mut Vec<Segment>, name: &str, ip: IpAddr) -> SegmentId {
        let holds = |id: &SegmentId| segments.get(id.0 as usize).is_some_and(|segment| segment.cidr.contains(&ip));
        if let Some(id) = self.attached(name).filter(holds) {
            return id;
        }
        if let Some(at) = segments.iter().position(|segment| segment.cidr.contains(&ip)) {
            return SegmentId(at as u32);
        }
        let net = match ip {
            IpAddr::V4(ip) => IpNet::V4(Ipv4Net::new_assert(ip, 24).trunc()),
            IpAddr::V6(_) => IpNet::V4(Ipv4Net::default()),
        };
        let gateway = self.gateway(net, &BTreeSet::from([ip])).unwrap_or(ip);
        segments.push(Segment::assumed(net, gateway));
        SegmentId(segments.len() as u32 - 1)
    }

    /// An address for a machine that says none: the first that is free on the segment it is attached to.
    pub(in crate::cluster) fn address_for(
        &mut self,
        segments: &[Segment],
        name: &Text,
        taken: &BTreeSet<IpAddr>,
    ) -> Option<IpAddr> {
        let segment = segments.get(self.attached(name)?.0 as usize)?;
        let free = |ip: &IpAddr| !taken.contains(ip) && !self.taken.contains_key(ip) && *ip != segment.gateway;
        let hosts = || segment.cidr.hosts().take(NAMES);
        let ip = hosts().skip(FIRST).chain(hosts().take(FIRST)).find(free)?;
        self.taken.insert(ip, name.clone());
        Some(ip)
    }

    /// Tells of names in `attach` that no machine has, and of machines whose address is not of the segment they are attached to.
    pub(in crate::cluster) fn check(
        &self,
        context: &mut Context<'_>,
        nodes: &[Node],
        hosts: &[Host],
        docker: &[DockerHost],
    ) {
        let nodes = nodes.iter().map(|node| (&node.name, Some(node.ip)));
        let hosts = hosts.iter().filter_map(|host| Some((host.name.as_ref()?, Some(host.ip))));
        let docker = docker.iter().map(|host| (&host.name, Some(host.ip)));
        // Of those that were left out something else was told.
        let said = self.hosts.iter().chain(&self.internet).map(|entry| (&entry.name.value, None));
        let routers = self.routers.iter().map(|entry| (entry.name(), None));
        let machines: BTreeMap<&Text, Option<IpAddr>> =
            said.chain(routers).chain(nodes).chain(hosts).chain(docker).collect();
        for (name, at) in &self.attached {
            let Some(ip) = machines.get(name) else {
                let known = machines.keys().map(|name| &***name);
                unknown(context, codes::SCENARIO_MACHINE, (at.object, at.span), (&at.path, name), known);
                continue;
            };
            let Some(segment) = self.segments.get(at.segment.0 as usize) else { continue };
            if let Some(ip) = ip.filter(|ip| !segment.cidr.contains(ip)) {
                let found = context.finding(codes::SCENARIO_ADDRESS_OUTSIDE, at.span, at.object).arg("path", &*at.path);
                let found = found.arg("name", &**name).arg("address", ip.to_string());
                context.note(found.arg("cidr", segment.cidr.to_string()));
            }
        }
    }
}

/// How many addresses of a segment come before those that are given to machines without one.
const FIRST: usize = 49;

impl<'p> Lan<'p> {
    /// Routers with a name and addresses that no other machine has.
    pub(in crate::cluster) fn read_routers(
        &mut self,
        context: &mut Context<'p>,
        document: &'p Document<Scenario>,
        names: &mut BTreeMap<&'p Text, String>,
    ) {
        let object = &document.object;
        for (index, entry) in document.value.routers.iter().enumerate() {
            let (of, path) = (&entry.value, format!("routers[{index}]"));
            if self.routers.len() >= ROUTERS {
                return too_many(context, object, entry.span, "routers", ROUTERS);
            }
            let Some(name) = named(context, object, (&of.name, entry.span), &path, names) else { continue };
            let mut on = BTreeMap::new();
            for arg in of.on.iter().flat_map(|on| &on.value.0) {
                let field = format!("{path}.on.{}", arg.name);
                let found = self.segments.iter().position(|segment| segment.name.as_ref() == Some(&arg.name));
                let Some(at) = found else {
                    let known: Vec<Text> = self.segments.iter().filter_map(|segment| segment.name.clone()).collect();
                    let known = known.iter().map(|name| &**name);
                    unknown(context, codes::SCENARIO_SEGMENT, (object, arg.value.span), (&field, &arg.name), known);
                    continue;
                };
                let Some(ip) = address(context, &arg.value, &field, object) else { continue };
                let net = self.segments.get(at).map(|segment| segment.cidr);
                if let Some(net) = net.filter(|net| !net.contains(&ip)) {
                    let found = context.finding(codes::SCENARIO_ADDRESS_OUTSIDE, arg.value.span, object);
                    let found = found.arg("path", field).arg("name", &*name.value).arg("address", ip.to_string());
                    context.note(found.arg("cidr", net.to_string()));
                    continue;
                }
                if let Some(other) = self.taken.get(&ip) {
                    let other = other.clone();
                    taken_address(context, object, arg.value.span, (&field, ip, &other));
                    continue;
                }
                self.taken.insert(ip, name.value.clone());
                on.insert(SegmentId(at as u32), ip);
            }
            self.routers.push(RouterEntry { document, of, path, name, on });
        }
    }

    /// The router of a Scenario that machines of a segment send to: one that leads to the Internet before others.
    pub(in crate::cluster) fn router_on(&self, segment: SegmentId) -> Option<IpAddr> {
        let on = |entry: &&RouterEntry<'_>| entry.on.contains_key(&segment);
        let mut leading = self.routers.iter().filter(on).filter(|entry| entry.leads_out());
        leading.next().or_else(|| self.routers.iter().find(on)).and_then(|entry| entry.on.get(&segment).copied())
    }
}

/// The name of an entry, which no other machine has; what is wrong with it is reported.
fn named<'p>(
    context: &mut Context<'p>,
    object: &ObjectRef,
    (name, span): (&'p Option<Spanned<Text>>, Span),
    path: &str,
    names: &mut BTreeMap<&'p Text, String>,
) -> Option<&'p Spanned<Text>> {
    let Some(name) = name else {
        missing(context, object, span, &format!("{path}.name"));
        return None;
    };
    if !is_name(&name.value) {
        bad_name(context, object, name, path);
        return None;
    }
    if let Some(before) = names.get(&name.value) {
        taken_name(context, object, name, path, before);
        return None;
    }
    names.insert(&name.value, format!("{path}.name"));
    Some(name)
}
