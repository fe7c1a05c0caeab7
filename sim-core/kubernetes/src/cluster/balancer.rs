//! Who gives Services of type LoadBalancer their addresses: MetalLB's pools in the input, or nobody, which is told.

use super::context::Context;
use super::evidence::Evidence;
use super::model::{LbIngress, Reach, Service, ServiceType};
use crate::assumption::{About, codes as assumed};
use crate::diagnostic::codes;
use crate::manifest::objects::{Object, Text};
use crate::manifest::scalars;
use crate::origin::{Location, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Annotations by which a Service asks MetalLB for an address.
const WANTED: [&str; 2] = ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"];
/// Addresses of one pool that are looked at.
const MOST: u32 = 65_536;

/// Addresses from the first to the last.
struct Pool {
    first: u32,
    last: u32,
    at: Option<Location>,
}

impl Pool {
    fn has(&self, ip: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&u32::from(ip))
    }
}

/// Gives addresses of pools to Services that wait for one; tells where nobody does.
pub(super) fn decide(context: &mut Context<'_>, evidence: &Evidence, services: &mut [Service]) {
    let parsed = context.parsed;
    let mut asked: BTreeMap<_, (Option<&Spanned<Text>>, Span, bool)> = BTreeMap::new();
    for object in &parsed.objects {
        let Object::Service(document) = object else { continue };
        let spec = &document.value.spec;
        let span = spec
            .kind
            .as_ref()
            .map_or_else(|| context.name_span(document.span, &document.value.metadata), |kind| kind.span);
        let named = document.value.status.load_balancer.ingress.iter().any(|ingress| ingress.value.hostname.is_some());
        let other = spec.load_balancer_class.as_ref().is_some_and(|class| !class.value.contains("metallb"));
        asked.insert(&document.object, (spec.load_balancer_ip.as_ref(), span, named || other));
    }
    let pools = pools(context);
    let mut taken: BTreeSet<IpAddr> =
        services.iter().flat_map(|service| &service.load_balancer).map(|lb| lb.ip).collect();
    for service in services.iter_mut() {
        if service.kind != ServiceType::LoadBalancer || !service.load_balancer.is_empty() {
            continue;
        }
        let Some((wish, span, elsewhere)) = asked.get(&service.origin.object) else { continue };
        if *elsewhere {
            continue;
        }
        let annotated = WANTED.iter().find_map(|key| service.annotations.get(*key)).cloned();
        let wish = wish.map(|text| text.value.clone()).or(annotated);
        let wish = wish.and_then(|text| text.split(',').find_map(|part| part.trim().parse::<Ipv4Addr>().ok()));
        let given = match wish {
            Some(ip) => pools.iter().find(|pool| pool.has(ip)).map(|pool| (ip, pool)),
            None => pools.iter().find_map(|pool| {
                let all = (pool.first..=pool.last).take(MOST as usize).map(Ipv4Addr::from);
                all.into_iter().find(|ip| !taken.contains(&IpAddr::V4(*ip))).map(|ip| (ip, pool))
            }),
        };
        match given {
            Some((ip, pool)) => {
                taken.insert(IpAddr::V4(ip));
                service.load_balancer.push(LbIngress { ip: IpAddr::V4(ip), proxy_mode: false });
                if let Some(at) = &pool.at {
                    service.fields.insert("status.loadBalancer", at.clone());
                }
                let made = assumed::LOAD_BALANCER_BY_POOL.made().arg("service", service.name.to_string());
                let mut made = made.arg("ip", ip.to_string()).because(&service.origin, Some("spec.type"));
                if let Some(because) = &mut made.because {
                    because.location = pool.at.clone();
                }
                context.assume(made.about(About::Service(service.name.clone())));
            }
            None => {
                let reason = match (&evidence.distribution, pools.is_empty()) {
                    (_, false) => "pool",
                    (Some(shown), _) if shown.is.cni().reach() == Reach::Provider => "cloud",
                    (Some(shown), _) if shown.is.has_service_lb() => "servicelb",
                    _ => "none",
                };
                let found = context.finding(codes::LOAD_BALANCER_PENDING, *span, &service.origin.object);
                context.report(found.arg("service", service.name.to_string()).arg("reason", reason));
            }
        }
    }
}

/// Pools of MetalLB: its objects, and the ConfigMap it had before.
fn pools(context: &mut Context<'_>) -> Vec<Pool> {
    let parsed = context.parsed;
    let mut all = Vec::new();
    for object in &parsed.objects {
        match object {
            Object::AddressPool(document) => {
                for text in &document.value.spec.addresses {
                    match range(&text.value) {
                        Some((first, last)) => all.push(Pool { first, last, at: context.at(text.span) }),
                        None if text.value.contains(':') => {}
                        None => {
                            let found = context.finding(codes::INVALID_CIDR, text.span, &document.object);
                            context.report(found.arg("path", "spec.addresses").arg("value", &*text.value));
                        }
                    }
                }
            }
            Object::ConfigMap(document) if document.object.namespace.as_deref() == Some("metallb-system") => {
                let Some(text) = document.value.data.get("config") else { continue };
                for scalar in scalars(parsed, text) {
                    if let (true, Some((first, last))) = (scalar.path.contains("addresses."), range(&scalar.value)) {
                        all.push(Pool { first, last, at: context.at(scalar.span) });
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// A CIDR, or first and last with a dash between.
fn range(text: &Arc<str>) -> Option<(u32, u32)> {
    if let Some((first, last)) = text.split_once('-') {
        let number = |text: &str| text.trim().parse::<Ipv4Addr>().ok().map(u32::from);
        return number(first).zip(number(last)).filter(|(first, last)| first <= last);
    }
    let net: ipnet::Ipv4Net = text.trim().parse().ok()?;
    Some((u32::from(net.network()), u32::from(net.broadcast())))
}
