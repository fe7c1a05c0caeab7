//! Which machines run an engine: a Scenario's, else one that is assumed.

use super::daemon::{self, Told};
use crate::assumption::{About, Because, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::listen::scenarios;
use crate::cluster::model::docker::Engine;
use crate::cluster::model::{DockerHost, HostSocket, NodeSaid, Segment, SegmentId};
use crate::cluster::options::Options;
use crate::cluster::scenario as said;
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, Object, Scenario, ScenarioHost};
use crate::origin::{ObjectRef, Origin};
use ipnet::{IpNet, Ipv4Net};
use kernel::packet::{Port, Protocol};
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
    segments: &mut Vec<Segment>,
    taken: &BTreeSet<IpAddr>,
) -> Vec<(DockerHost, Told)> {
    let mut told = None;
    for object in &context.parsed.objects {
        if let Object::DockerDaemon(document) = object {
            told = Some((document, daemon::read(context, &document.value, &document.object, "")));
        }
    }
    let mut all = Vec::new();
    for document in scenarios(context) {
        for (index, host) in document.value.hosts.iter().enumerate() {
            if host.value.docker.is_some() && all.len() >= MOST {
                let found = context.finding(codes::DOCKER_TOO_MANY, context.first_line(host.span), &document.object);
                context.note(found.arg("limit", MOST.to_string()));
                break;
            }
            if host.value.docker.is_some() {
                let own = of_scenario(context, options, segments, document, (index, &host.value));
                all.extend(own);
            }
        }
    }
    // A `daemon.json` beside is that of the first which has none of its own.
    if let Some((document, told)) = told {
        match all.iter_mut().find(|(_, own): &&mut (DockerHost, Told)| own.daemon == Default::default()) {
            Some((_, own)) => *own = told,
            None => {
                let mut host = assumed_host(context, options, segments, taken);
                host.origin.object = document.object.clone();
                all.push((host, told));
            }
        }
    }
    if all.is_empty() {
        all.push((assumed_host(context, options, segments, taken), Told::default()));
    }
    for (host, told) in &mut all {
        host.daemon = std::mem::take(&mut told.daemon);
    }
    all
}

fn assumed_host(
    context: &mut Context<'_>,
    options: &Options,
    segments: &mut Vec<Segment>,
    taken: &BTreeSet<IpAddr>,
) -> DockerHost {
    if segments.is_empty() {
        segments.push(lan());
    }
    let segment = segments.first().map_or(lan().cidr, |segment| segment.cidr);
    let gateways: BTreeSet<IpAddr> = segments.iter().map(|segment| segment.gateway).collect();
    let free = |ip: &IpAddr| !taken.contains(ip) && !gateways.contains(ip);
    let ip = segment.hosts().skip(BEFORE).chain(segment.hosts().take(BEFORE)).find(free);
    let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 168, 10, 11)));
    let made = assumed::DOCKER_HOST.made().arg("name", NAME).arg("ip", ip.to_string());
    context.assume(made);
    let engine = engine(context, options, None);
    blank(NAME, ip, SegmentId(0), engine, Origin { object: reference(NAME), location: None, assumed: true }, segments)
}

fn reference(name: &str) -> ObjectRef {
    ObjectRef { kind: Arc::from("DockerHost"), namespace: None, name: Arc::from(name) }
}

/// The segment that is assumed where there is none.
pub(super) fn lan() -> Segment {
    let cidr = Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 10, 0), 24);
    Segment { cidr: IpNet::V4(cidr), gateway: IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)) }
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
        desktop: false,
        daemon: Default::default(),
        networks: Vec::new(),
        containers: Vec::new(),
        resolv: gateway.into_iter().collect(),
        sockets: Vec::new(),
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
    segments: &mut Vec<Segment>,
    document: &Document<Scenario>,
    (index, of): (usize, &ScenarioHost),
) -> Option<(DockerHost, Told)> {
    let object = &document.object;
    let docker = of.docker.as_ref()?;
    let path = format!("hosts[{index}]");
    let Some(name) = &of.name else {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(docker.span), object);
        context.report(found.arg("path", format!("{path}.name")));
        return None;
    };
    let said = of.address.as_ref().and_then(|text| daemon::address(context, text, &format!("{path}.address"), object));
    let ip = said.unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 168, 10, 11)));
    let segment = segment_of(segments, &document.value, ip);
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
    let origin = Origin { object: object.clone(), location: context.at(name.span), assumed: false };
    let mut host = blank(&name.value, ip, segment, engine, origin, segments);
    host.desktop = docker.value.desktop.unwrap_or(false);
    if !of.resolv.is_empty() {
        host.resolv.clear();
    }
    for (at, text) in of.resolv.iter().enumerate() {
        host.resolv.extend(daemon::address(context, text, &format!("{path}.resolv[{at}]"), object));
    }
    let mut left = Vec::new();
    for (at, socket) in of.listen.iter().enumerate() {
        let field = format!("{path}.listen[{at}]");
        let said = &socket.value;
        let number = said.short.as_ref().or(said.port.as_ref());
        let port = number.and_then(|text| text.value.parse().ok()).filter(|port| *port > 0).map(Port);
        let protocol = match said.protocol.as_ref().map(|text| text.value.to_ascii_uppercase()).as_deref() {
            None | Some("TCP") => Some(Protocol::Tcp),
            Some("UDP") => Some(Protocol::Udp),
            Some("SCTP") => Some(Protocol::Sctp),
            Some(_) => None,
        };
        let everywhere = said.address.as_ref().is_none_or(|text| &*text.value == "0.0.0.0");
        let (Some(port), Some(protocol), true) = (port, protocol, everywhere) else {
            left.push((field, socket.span));
            continue;
        };
        let because =
            Because { object: Some(object.clone()), field: Some(Arc::from(field)), location: context.at(socket.span) };
        host.sockets.push(HostSocket { protocol, port, because });
    }
    left.extend(of.routes.first().map(|route| (format!("{path}.routes"), route.span)));
    left.extend(of.proxy.first().map(|proxy| (format!("{path}.proxy"), proxy.span)));
    for (part, span) in left {
        let made = assumed::SCENARIO_PART.made().arg("part", &*part).about(About::Address(ip));
        let at = context.at(span);
        context.assume(made.because_at(object.clone(), &part, at));
    }
    let place = said::Place { object, path: &path, name: &name.value };
    host.said = said::kernel(context, options, place, of.sysctl.as_ref(), of.rules.as_ref(), &|device| {
        device == "docker0" || device.starts_with("br-")
    });
    let told = docker.value.daemon.as_ref();
    let told = told.map(|told| daemon::read(context, &told.value, object, &format!("{path}.docker.daemon.")));
    Some((host, told.unwrap_or_default()))
}

/// The segment of an address: one that is there, one of the Scenario, else a /24 of its own.
fn segment_of(segments: &mut Vec<Segment>, scenario: &Scenario, ip: IpAddr) -> SegmentId {
    if let Some(at) = segments.iter().position(|segment| segment.cidr.contains(&ip)) {
        return SegmentId(at as u32);
    }
    let nets = scenario.segments.iter().filter_map(|segment| {
        let net: IpNet = segment.value.cidr.as_ref()?.value.parse().ok()?;
        Some((segment.value.name.as_ref().map(|name| name.value.clone()), net))
    });
    let own = nets.into_iter().find(|(_, net)| net.contains(&ip));
    let net = match (&own, ip) {
        (Some((_, net)), _) => net.trunc(),
        (None, IpAddr::V4(ip)) => IpNet::V4(Ipv4Net::new_assert(ip, 24).trunc()),
        (None, IpAddr::V6(_)) => lan().cidr,
    };
    let router = own.and_then(|(name, _)| {
        let mut on = scenario.routers.iter().filter_map(|router| router.value.on.get(&name.clone()?));
        on.find_map(|address| address.parse().ok())
    });
    let gateway = router.or_else(|| net.hosts().find(|host| *host != ip)).unwrap_or(lan().gateway);
    segments.push(Segment { cidr: net, gateway });
    SegmentId(segments.len() as u32 - 1)
}
