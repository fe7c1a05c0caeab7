//! Who gives Services of type LoadBalancer their addresses, and how the network comes to know of them: MetalLB with its pools, a cloud, the
//! nodes themselves (k3s' ServiceLB), or nobody, which is told.

pub(super) mod announcing;
mod machines;
mod pools;

pub(super) use machines::{ends_connections, machines};

use super::cidr::Nets;
use super::context::Context;
use super::evidence::Evidence;
use super::lan::Lan;
use super::listen::scenarios;
use super::model::{LbIngress, LbWay, Reach, Segment, Service, ServiceType};
use super::nodes::Candidate;
use crate::assumption::{About, codes as assumed};
use crate::diagnostic::codes;
use crate::manifest::objects::{Object, Text};
use crate::origin::{ObjectRef, Span};
use ipnet::{IpNet, Ipv4Net};
use kernel::packet::{Port, Protocol};
use pools::{Pool, Taken};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// Label of nodes that ServiceLB uses, as soon as one has it (k3s, "Service Load Balancer").
const SERVICELB_NODES: &str = "svccontroller.k3s.cattle.io/enablelb";

/// Who gives the addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Giver {
    MetalLb,
    Cloud,
    ServiceLb,
    Nobody(&'static str),
}

/// What a Service says about it.
struct Asked<'p> {
    wish: Option<&'p Text>,
    span: Span,
    /// Somebody else does it: a class, or a name instead of an address.
    elsewhere: bool,
}

/// Gives addresses to Services that wait for one; tells where nobody does.
pub(super) fn decide(
    context: &mut Context<'_>,
    evidence: &Evidence,
    services: &mut [Service],
    (nodes, segments, lan): (&[Candidate], &[Segment], &Lan),
) {
    let asked = asked(context);
    let mut pools = pools::pools(context, nodes, lan);
    let said = said(context);
    let giver = match said {
        Some(giver) => giver,
        None if !pools.is_empty() => Giver::MetalLb,
        None => match &evidence.distribution {
            Some(shown) if shown.is.cni().reach() == Reach::Provider => Giver::Nobody("cloud"),
            Some(shown) if shown.is.has_service_lb() => Giver::ServiceLb,
            _ => Giver::Nobody("none"),
        },
    };
    for service in services.iter_mut() {
        if asked.get(&service.origin.object).is_some_and(|asked| !asked.elsewhere) {
            given(service, &pools, giver, nodes);
        }
    }
    let mut taken = Taken::of(services);
    if giver == Giver::MetalLb && pools.is_empty() {
        pools.extend(spare(segments, nodes, &taken));
    }
    let mut ports_of_nodes: BTreeSet<(Protocol, Port)> = BTreeSet::new();
    for service in services.iter_mut() {
        if service.kind != ServiceType::LoadBalancer || !service.load_balancer.is_empty() {
            continue;
        }
        let Some(asked) = asked.get(&service.origin.object).filter(|asked| !asked.elsewhere) else { continue };
        let wish = pools::wish(service, asked.wish);
        let given = match giver {
            Giver::MetalLb => {
                let given = pools::give(&pools, &taken, service, wish);
                given.map(|(ip, pool)| vec![by_pool(context, service, ip, pool)]).ok_or("pool")
            }
            Giver::Cloud => {
                let ip = wish.or_else(|| public(segments, &taken));
                ip.map(|ip| vec![by_cloud(context, service, ip)]).ok_or("cloud")
            }
            Giver::ServiceLb => by_nodes(context, service, nodes, &mut ports_of_nodes),
            Giver::Nobody(reason) => Err(reason),
        };
        match given {
            Ok(given) => {
                for ingress in &given {
                    taken.add(ingress.ip, service);
                }
                service.load_balancer = given;
            }
            Err(reason) => {
                let found = context.finding(codes::LOAD_BALANCER_PENDING, asked.span, &service.origin.object);
                context.report(found.arg("service", service.name.to_string()).arg("reason", reason));
            }
        }
    }
}

/// How the network comes to know addresses that the input shows: by the pool that has them, or by whom the Scenario names.
fn given(service: &mut Service, pools: &[Pool], giver: Giver, nodes: &[Candidate]) {
    for ingress in service.load_balancer.iter_mut().filter(|ingress| ingress.way == LbWay::Shown) {
        let IpAddr::V4(ip) = ingress.ip else { continue };
        let of_a_node = nodes.iter().any(|candidate| candidate.node.ip == ingress.ip);
        ingress.way = match (pools.iter().find(|pool| pool.has(ip)), giver) {
            (Some(pool), _) => pool.way.clone(),
            (None, Giver::MetalLb) if pools.is_empty() => LbWay::Layer2 { nodes: None },
            (None, Giver::Cloud) => LbWay::Cloud,
            (None, Giver::ServiceLb) if of_a_node => LbWay::Node,
            _ => LbWay::Shown,
        };
    }
}

/// What the Services of the input say about it.
fn asked<'p>(context: &Context<'p>) -> BTreeMap<&'p ObjectRef, Asked<'p>> {
    let mut all = BTreeMap::new();
    for object in &context.parsed.objects {
        let Object::Service(document) = object else { continue };
        let spec = &document.value.spec;
        let name = || context.name_span(document.span, &document.value.metadata);
        let span = spec.kind.as_ref().map_or_else(name, |kind| kind.span);
        let named = document.value.status.load_balancer.ingress.iter().any(|ingress| ingress.value.hostname.is_some());
        let other = spec.load_balancer_class.as_ref().is_some_and(|class| !class.value.contains("metallb"));
        let wish = spec.load_balancer_ip.as_ref().map(|text| &text.value);
        all.insert(&document.object, Asked { wish, span, elsewhere: named || other });
    }
    all
}

/// `loadBalancer` of a Scenario.
fn said(context: &mut Context<'_>) -> Option<Giver> {
    let mut first = None;
    for document in scenarios(context) {
        let Some(text) = &document.value.load_balancer else { continue };
        let giver = match text.value.trim() {
            "metallb" => Giver::MetalLb,
            "cloud" => Giver::Cloud,
            "servicelb" => Giver::ServiceLb,
            "none" => Giver::Nobody("said"),
            other => {
                let found = context.finding(codes::INVALID_CHOICE, text.span, &document.object);
                let found = found.arg("path", "loadBalancer").arg("value", other);
                context.report(found.arg("expected", "metallb, cloud, servicelb, none"));
                continue;
            }
        };
        first = first.or(Some(giver));
    }
    first
}

/// An address out of a pool.
fn by_pool(context: &mut Context<'_>, service: &mut Service, ip: Ipv4Addr, pool: &Pool) -> LbIngress {
    let code = if pool.at.is_some() { assumed::LOAD_BALANCER_BY_POOL } else { assumed::LOAD_BALANCER_BY_METALLB };
    let made = code.made().arg("service", service.name.to_string()).arg("ip", ip.to_string());
    let mut made = made.because(&service.origin, Some("spec.type"));
    if let (Some(at), Some(because)) = (&pool.at, &mut made.because) {
        because.location = Some(at.clone());
        service.fields.insert("status.loadBalancer", at.clone());
    }
    context.assume(made.about(About::Service(service.name.clone())));
    LbIngress { ip: IpAddr::V4(ip), proxy_mode: false, way: pool.way.clone() }
}

/// An address of a cloud's load balancer that keeps the destination and sends each flow to one of the nodes.
fn by_cloud(context: &mut Context<'_>, service: &Service, ip: Ipv4Addr) -> LbIngress {
    let made = assumed::LOAD_BALANCER_BY_CLOUD.made().arg("service", service.name.to_string());
    let made = made.arg("ip", ip.to_string()).because(&service.origin, Some("spec.type"));
    context.assume(made.about(About::Service(service.name.clone())));
    let way = if service.announces.is_some() { LbWay::Machine } else { LbWay::Cloud };
    LbIngress { ip: IpAddr::V4(ip), proxy_mode: false, way }
}

/// The addresses of the nodes, as ServiceLB publishes them: its Pods take the Service's ports on each node, so that a second Service with
/// one of them waits.
fn by_nodes(
    context: &mut Context<'_>,
    service: &Service,
    nodes: &[Candidate],
    taken: &mut BTreeSet<(Protocol, Port)>,
) -> Result<Vec<LbIngress>, &'static str> {
    let ports: BTreeSet<(Protocol, Port)> = service.ports.iter().map(|port| (port.protocol, port.port)).collect();
    if !ports.is_disjoint(taken) {
        return Err("servicelb-port");
    }
    let enabled = |candidate: &&Candidate| candidate.node.labels.get(SERVICELB_NODES).is_some_and(|on| &**on == "true");
    let only = nodes.iter().any(|candidate| enabled(&candidate));
    let its = nodes.iter().filter(|candidate| candidate.node.ready && (!only || enabled(candidate)));
    let ingress: Vec<LbIngress> = its
        .filter(|candidate| candidate.node.ip.is_ipv4())
        .map(|candidate| LbIngress { ip: candidate.node.ip, proxy_mode: false, way: LbWay::Node })
        .collect();
    if ingress.is_empty() {
        return Err("servicelb");
    }
    taken.extend(ports);
    let made = assumed::LOAD_BALANCER_BY_NODES.made().arg("service", service.name.to_string());
    let addresses = super::names::few(ingress.iter().map(|one| one.ip.to_string()));
    let made = made.arg("ips", addresses).because(&service.origin, Some("spec.type"));
    context.assume(made.about(About::Service(service.name.clone())));
    Ok(ingress)
}

/// A pool where MetalLB is said to be there and no pool is: the last free addresses of the nodes' first segment.
fn spare(segments: &[Segment], nodes: &[Candidate], taken: &Taken) -> Option<Pool> {
    let IpNet::V4(net) = segments.first()?.cidr else { return None };
    let own: BTreeSet<IpAddr> = nodes.iter().map(|candidate| candidate.node.ip).collect();
    let last = u32::from(net.broadcast()).checked_sub(1)?;
    let free = |ip: u32| {
        let ip = Ipv4Addr::from(ip);
        net.contains(&ip) && !own.contains(&IpAddr::V4(ip)) && !taken.has(IpAddr::V4(ip))
    };
    let last = if net.prefix_len() <= 24 { (last & !0xff) | 250 } else { last };
    let first = (last.saturating_sub(10)..=last).rev().take_while(|ip| free(*ip)).last()?;
    Some(Pool::assumed(first, last))
}

/// A free address of a network that nobody has on the Internet (RFC 5737).
fn public(segments: &[Segment], taken: &Taken) -> Option<Ipv4Addr> {
    let nets = [Ipv4Addr::new(203, 0, 113, 0), Ipv4Addr::new(198, 51, 100, 0), Ipv4Addr::new(192, 0, 2, 0)];
    let nets = nets.into_iter().filter_map(|net| Ipv4Net::new(net, 24).ok());
    let own = Nets::of(segments.iter().map(|segment| segment.cidr));
    let free = nets.filter(|net| !own.overlap(IpNet::V4(*net)));
    free.flat_map(|net| net.hosts().skip(199)).find(|ip| !taken.has(IpAddr::V4(*ip)))
}
