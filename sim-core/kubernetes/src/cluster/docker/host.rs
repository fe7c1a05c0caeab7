//! Which machines run an engine: a Scenario's, else one that is assumed.

use super::daemon::{self, Told};
use crate::assumption::{About, Assumption, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::lan::{self, Entry, Lan};
use crate::cluster::model::docker::{Desktop, Engine, FirewallBackend};
use crate::cluster::model::{DockerHost, NodeSaid, Segment, SegmentId};
use crate::cluster::options::Options;
use crate::cluster::scenario as said;
use crate::diagnostic::codes;
use crate::manifest::objects::Object;
use crate::origin::{ObjectRef, Origin};
use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Name of the host that is assumed.
const NAME: &str = "docker";
/// Hosts at most.
const MOST: usize = 64;
/// How many addresses of a segment come before it.
const BEFORE: usize = 10;

/// Engines, each with what its daemon is told, and what it is to have.
pub(super) fn all(
    context: &mut Context<'_>,
    options: &Options,
    lan: &Lan<'_>,
    (segments, taken): (&mut Vec<Segment>, &BTreeSet<IpAddr>),
) -> Vec<(DockerHost, Told)> {
    let mut told = None;
    for object in &context.parsed.objects {
        if let Object::DockerDaemon(document) = object {
            told = Some((document, daemon::read(context, &document.value, &document.object, "")));
        }
    }
    let mut all = Vec::new();
    for entry in lan.hosts.iter().filter(|entry| entry.of.docker.is_some()) {
        if all.len() >= MOST {
            let found = context.finding(codes::DOCKER_TOO_MANY, entry.name.span, &entry.document.object);
            context.note(found.arg("limit", MOST.to_string()));
            break;
        }
        all.extend(of_scenario(context, options, lan, (segments, taken), entry));
    }
    // A `daemon.json` beside is that of the first which has none of its own.
    if let Some((document, told)) = told {
        match all.iter_mut().find(|(_, own): &&mut (DockerHost, Told)| own.daemon == Default::default()) {
            Some((_, own)) => *own = told,
            None => {
                let mut host = assumed_host(context, options, lan, (segments, taken));
                host.origin.object = document.object.clone();
                all.push((host, told));
            }
        }
    }
    if all.is_empty() {
        all.push((assumed_host(context, options, lan, (segments, taken)), Told::default()));
    }
    for (host, told) in &mut all {
        host.daemon = std::mem::take(&mut told.daemon);
        backend(context, options, lan, host);
    }
    all
}

/// Who writes the rules: what is asked for, else what is said, where the engine can do it.
fn backend(context: &mut Context<'_>, options: &Options, lan: &Lan<'_>, host: &mut DockerHost) {
    let said = host.daemon.said.get("firewall-backend").filter(|_| options.firewall_backend.is_none()).cloned();
    host.daemon.backend = options.firewall_backend.unwrap_or(host.daemon.backend);
    if host.daemon.backend == FirewallBackend::Iptables {
        return;
    }
    let mut assume = |of: &assumed::AssumptionInfo| {
        let made = of.made().arg("version", host.engine.name()).about(About::Node(host.name.clone()));
        context.assume(Assumption { because: said.clone(), ..made });
    };
    if host.engine < Engine::V29 {
        assume(&assumed::DOCKER_NFTABLES);
        host.daemon.backend = FirewallBackend::Iptables;
        return;
    }
    // It does not turn forwarding on itself, and makes no network where it is off.
    if !host.daemon.ip_forward || !host.daemon.iptables {
        return;
    }
    match host.said.sysctls.iter().rev().find(|said| &*said.name == "net.ipv4.ip_forward") {
        None => assume(&assumed::DOCKER_FORWARDING),
        Some(said) if said.value == 0 => {
            let entry = lan.hosts.iter().find(|entry| *entry.name.value == *host.name);
            let Some(sysctls) = entry.and_then(|entry| entry.of.sysctl.as_ref()) else { return };
            let off = sysctls
                .value
                .0
                .iter()
                .rev()
                .find(|arg| arg.name.ends_with("forward") || arg.name.ends_with("forwarding"));
            let span = off.map_or(sysctls.span, |arg| arg.value.span);
            let object = said.because.object.clone().unwrap_or_else(|| host.origin.object.clone());
            let found = context.finding(codes::DOCKER_FORWARDING_OFF, span, &object).arg("host", &*host.name);
            context.note(found.arg("version", host.engine.name()));
        }
        Some(_) => {}
    }
}

fn assumed_host(
    context: &mut Context<'_>,
    options: &Options,
    said: &Lan<'_>,
    (segments, taken): (&mut Vec<Segment>, &BTreeSet<IpAddr>),
) -> DockerHost {
    if segments.is_empty() {
        segments.push(usual_lan());
    }
    let at = said.attached(NAME).unwrap_or_default();
    let segment = segments.get(at.0 as usize).map_or(usual_lan().cidr, |segment| segment.cidr);
    let gateways: BTreeSet<IpAddr> = segments.iter().map(|segment| segment.gateway).chain(said.addresses()).collect();
    let free = |ip: &IpAddr| !taken.contains(ip) && !gateways.contains(ip);
    let ip = segment.hosts().skip(BEFORE).chain(segment.hosts().take(BEFORE)).find(free);
    let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 168, 10, 11)));
    let made = assumed::DOCKER_HOST.made().arg("name", NAME).arg("ip", ip.to_string());
    context.assume(made);
    let engine = engine(context, options, None);
    blank(NAME, ip, at, engine, Origin { object: reference(NAME), location: None, assumed: true }, segments)
}

fn reference(name: &str) -> ObjectRef {
    ObjectRef { kind: Arc::from("DockerHost"), namespace: None, name: Arc::from(name) }
}

/// The segment that is assumed where there is none.
fn usual_lan() -> Segment {
    let cidr = Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 10, 0), 24);
    Segment::assumed(IpNet::V4(cidr), IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)))
}

fn blank(
    name: &str,
    ip: IpAddr,
    segment: SegmentId,
    engine: Engine,
    origin: Origin,
    segments: &[Segment],
) -> DockerHost {
    let gateway = segments.get(segment.0 as usize).map(|segment| segment.gateway);
    DockerHost {
        name: Arc::from(name),
        ip,
        segment,
        engine,
        desktop: None,
        daemon: Default::default(),
        networks: Vec::new(),
        containers: Vec::new(),
        resolv: gateway.into_iter().collect(),
        sockets: Vec::new(),
        routes: Vec::new(),
        said: NodeSaid::default(),
        origin,
    }
}

/// The release that is asked for, else the one said, else the newest; said where it is assumed.
fn engine(context: &mut Context<'_>, options: &Options, said: Option<Engine>) -> Engine {
    let engine = options.docker.or(said);
    if engine.is_none() {
        context.assume(assumed::DOCKER_VERSION.made().arg("version", Engine::default().name()));
    }
    engine.unwrap_or_default()
}

fn of_scenario(
    context: &mut Context<'_>,
    options: &Options,
    lan: &Lan<'_>,
    (segments, taken): (&mut Vec<Segment>, &BTreeSet<IpAddr>),
    entry: &Entry<'_>,
) -> Option<(DockerHost, Told)> {
    let (of, path, name, object) = (entry.of, &*entry.path, &entry.name.value, &entry.document.object);
    let docker = of.docker.as_ref()?;
    let usual = || {
        let net = segments.get(lan.attached(name)?.0 as usize)?;
        let free = |ip: &IpAddr| !taken.contains(ip) && *ip != net.gateway && !lan.addresses().any(|own| own == *ip);
        net.cidr.hosts().skip(BEFORE).find(free)
    };
    let ip = entry.ip.or_else(usual).unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 168, 10, 11)));
    let segment = lan.place(segments, name, ip);
    let version = docker.value.version.as_ref().and_then(|text| {
        let engine = Engine::named(&text.value);
        if engine.is_none() {
            let found = context.finding(codes::INVALID_CHOICE, text.span, object);
            let words = Engine::ALL.map(Engine::name).join(", ");
            let found = found.arg("path", format!("{path}.docker.version")).arg("value", &*text.value);
            context.report(found.arg("expected", words));
        }
        engine
    });
    let engine = engine(context, options, version);
    let origin = Origin { object: object.clone(), location: context.at(entry.name.span), assumed: false };
    let mut host = blank(name, ip, segment, engine, origin, segments);
    if docker.value.desktop == Some(true) {
        host.desktop = Some(Desktop { vm: Arc::from(format!("vm/{name}")) });
        let made = assumed::DOCKER_DESKTOP.made().arg("host", &*host.name).about(About::Node(host.name.clone()));
        context.assume(made.because(&host.origin, Some("docker.desktop")));
    }
    let resolv = lan::resolvers(context, object, path, &of.resolv);
    if !resolv.is_empty() {
        host.resolv = resolv;
    }
    host.sockets = lan::sockets(context, object, path, &of.listen);
    lan::proxies(context, object, path, &of.proxy, &mut host.sockets);
    let net = segments.get(segment.0 as usize).map(|segment| segment.cidr);
    let near = |via| via != ip && net.is_some_and(|net| net.contains(&via));
    host.routes = lan::routes(context, object, path, &of.routes, near);
    let place = said::Place { object, path, name };
    host.said = said::kernel(context, options, place, of.sysctl.as_ref(), of.rules.as_ref(), &|device| {
        device == "docker0" || device.starts_with("br-")
    });
    let told = docker.value.daemon.as_ref();
    let told = told.map(|told| daemon::read(context, &told.value, object, &format!("{path}.docker.daemon.")));
    let mut told = told.unwrap_or_default();
    if let Some(said) = docker.value.env.as_ref().and_then(|env| env.value.no_raw.as_ref()) {
        told.daemon.raw = &*said.value != "1";
    }
    Some((host, told))
}
