//! What lies between the machines, as a Scenario says it: segments, and machines that are no nodes.
//!
//! ```text
//! Scenario ──read──▶ Lan (segments, whose names and addresses are taken) ──nodes──▶ segments ──hosts──▶ machines on them
//! ```

mod hosts;
mod machine;
#[cfg(test)]
mod tests;

pub(super) use hosts::decide;
pub(super) use machine::{resolvers, routes, sockets};

use super::cidr::Nets;
use super::context::Context;
use super::listen::scenarios;
use super::model::{DockerHost, Host, Node, Segment, SegmentId};
use crate::assumption::Because;
use crate::diagnostic::codes;
use crate::manifest::nearest;
use crate::manifest::objects::{Document, Scenario, ScenarioHost, Text};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::{IpNet, Ipv4Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Segments at most.
const SEGMENTS: usize = 64;
/// Machines that are no nodes at most.
const HOSTS: usize = 256;
/// Names of one list that are looked at.
const NAMES: usize = 4_096;
/// MTUs that an Ethernet device of Linux takes for IPv4.
const MTUS: std::ops::RangeInclusive<i64> = 68..=65_535;
/// The MTU of Ethernet.
const ETHERNET: u32 = 1500;

/// One of a Scenario's `hosts`, with a name and an address of its own.
pub(super) struct Entry<'p> {
    pub(super) document: &'p Document<Scenario>,
    pub(super) of: &'p ScenarioHost,
    /// Its field, e.g. `hosts[0]`.
    pub(super) path: String,
    pub(super) name: &'p Spanned<Text>,
    /// Its address, if it says one that is its own.
    pub(super) ip: Option<IpAddr>,
}

/// What Scenarios say of the network around the nodes.
#[derive(Default)]
pub(super) struct Lan<'p> {
    /// Segments; [`Lan::gateway`] says their gateways.
    pub(super) segments: Vec<Segment>,
    /// Machines that are no nodes.
    pub(super) hosts: Vec<Entry<'p>>,
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

impl<'p> Lan<'p> {
    /// Reads them; what is wrong is reported.
    pub(super) fn read(context: &mut Context<'p>) -> Self {
        let mut all = Self::default();
        let documents = scenarios(context);
        for document in &documents {
            all.read_segments(context, document);
        }
        let mut names = BTreeMap::new();
        for document in documents {
            all.read_hosts(context, document, &mut names);
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
    fn read_hosts(
        &mut self,
        context: &mut Context<'p>,
        document: &'p Document<Scenario>,
        names: &mut BTreeMap<&'p Text, String>,
    ) {
        let object = &document.object;
        for (index, entry) in document.value.hosts.iter().enumerate() {
            let (of, path) = (&entry.value, format!("hosts[{index}]"));
            if self.hosts.len() >= HOSTS {
                return too_many(context, object, entry.span, "hosts", HOSTS);
            }
            let Some(name) = &of.name else {
                missing(context, object, entry.span, &format!("{path}.name"));
                continue;
            };
            if !is_name(&name.value) {
                let found = context.finding(codes::INVALID_NAME, name.span, object).arg("path", format!("{path}.name"));
                context.note(found.arg("value", &*name.value).arg("form", "subdomain"));
                continue;
            }
            if let Some(before) = names.get(&name.value) {
                taken_name(context, object, name, &path, before);
                continue;
            }
            names.insert(&name.value, format!("{path}.name"));
            let ip = of.address.as_ref().and_then(|text| {
                let ip = address(context, text, &format!("{path}.address"), object)?;
                let free = self.take(context, ip, (&name.value, text.span), (object, &path));
                free.then_some(ip)
            });
            if of.address.is_some() && ip.is_none() {
                continue;
            }
            self.hosts.push(Entry { document, of, path, name, ip });
        }
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
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.taken.keys().copied()
    }

    /// The segment that `attach` puts a machine on.
    pub(super) fn attached(&self, name: &str) -> Option<SegmentId> {
        self.attached.get(name).map(|at| at.segment)
    }

    /// The gateway of a segment: the first address that nobody has.
    pub(super) fn gateway(&self, net: IpNet, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
        net.hosts().find(|ip| !taken.contains(ip) && !self.taken.contains_key(ip))
    }

    /// The segments with their gateways, where there is nobody but machines of Scenarios.
    pub(super) fn alone(&self) -> Vec<Segment> {
        let of = |segment: &Segment| {
            let gateway = self.gateway(segment.cidr, &BTreeSet::new()).unwrap_or(segment.gateway);
            Segment { gateway, ..segment.clone() }
        };
        self.segments.iter().map(of).collect()
    }

    /// The segment that a machine is on: the one it is attached to, where its address is of that; else the one of its address, which is made
    /// where there is none.
    pub(super) fn place(&self, segments: &mut Vec<Segment>, name: &str, ip: IpAddr) -> SegmentId {
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
    pub(super) fn address_for(
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
    pub(super) fn check(&self, context: &mut Context<'_>, nodes: &[Node], hosts: &[Host], docker: &[DockerHost]) {
        let nodes = nodes.iter().map(|node| (&node.name, Some(node.ip)));
        let hosts = hosts.iter().filter_map(|host| Some((host.name.as_ref()?, Some(host.ip))));
        let docker = docker.iter().map(|host| (&host.name, Some(host.ip)));
        // Of those that were left out something else was told.
        let said = self.hosts.iter().map(|entry| (&entry.name.value, None));
        let machines: BTreeMap<&Text, Option<IpAddr>> = said.chain(nodes).chain(hosts).chain(docker).collect();
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

/// A name that a machine can have: labels of a host name.
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(inside) && !label.starts_with('-')
    };
    name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err()
}

fn overlap(one: IpNet, other: IpNet) -> bool {
    Nets::of([one]).overlap(other)
}

/// A network of IPv4; a bad one is reported.
pub(super) fn net(context: &mut Context<'_>, text: &Spanned<Text>, path: &str, object: &ObjectRef) -> Option<Ipv4Net> {
    match text.value.trim().parse::<IpNet>() {
        Ok(IpNet::V4(net)) => Some(net.trunc()),
        Ok(IpNet::V6(_)) => {
            ipv6(context, text.span, path, object);
            None
        }
        Err(_) => {
            let found = context.finding(codes::INVALID_CIDR, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
            None
        }
    }
}

/// A unicast address of IPv4; a bad one is reported.
pub(super) fn address(
    context: &mut Context<'_>,
    text: &Spanned<Text>,
    path: &str,
    object: &ObjectRef,
) -> Option<IpAddr> {
    match text.value.trim().parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast() => Some(IpAddr::V4(ip)),
        Ok(IpAddr::V6(_)) => {
            ipv6(context, text.span, path, object);
            None
        }
        _ => {
            let found = context.finding(codes::INVALID_IP, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
            None
        }
    }
}

fn ipv6(context: &mut Context<'_>, span: Span, path: &str, object: &ObjectRef) {
    let found = context.finding(codes::SCENARIO_IPV6, span, object).arg("path", path);
    context.note(found);
}

fn missing(context: &mut Context<'_>, object: &ObjectRef, span: Span, path: &str) {
    let found = context.finding(codes::MISSING_FIELD, context.first_line(span), object).arg("path", path);
    context.note(found);
}

fn too_many(context: &mut Context<'_>, object: &ObjectRef, span: Span, path: &str, limit: usize) {
    let found = context.finding(codes::SCENARIO_TOO_MANY, context.first_line(span), object).arg("path", path);
    context.note(found.arg("limit", limit.to_string()));
}

fn taken_name(context: &mut Context<'_>, object: &ObjectRef, name: &Spanned<Text>, path: &str, first: &str) {
    let found = context.finding(codes::DUPLICATE_VALUE, name.span, object).arg("path", format!("{path}.name"));
    context.note(found.arg("value", &*name.value).arg("first", first));
}

fn taken_address(context: &mut Context<'_>, object: &ObjectRef, span: Span, (path, ip, other): (&str, IpAddr, &str)) {
    let found = context.finding(codes::SCENARIO_ADDRESS_TAKEN, span, object).arg("path", path);
    context.note(found.arg("address", ip.to_string()).arg("other", other));
}

/// Tells of a name that nothing has, with the one that was meant.
fn unknown<'k>(
    context: &mut Context<'_>,
    code: codes::CodeInfo,
    (object, span): (&ObjectRef, Span),
    (path, name): (&str, &str),
    known: impl Iterator<Item = &'k str>,
) {
    let found = context.finding(code, span, object).arg("path", path).arg("name", name);
    context.note(match nearest(name, known) {
        Some(meant) => found.arg("suggestion", meant).hint("did-you-mean"),
        None => found,
    });
}
