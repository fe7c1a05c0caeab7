//! The networks of Pods and Services: as said; else inferred from addresses that were handed out; else the distribution's.

use super::cidr::{first_of_each, v4};
use super::context::Context;
use super::evidence::{Evidence, Said};
use super::model::{Reach, Settings};
use crate::assumption::codes as assumed;
use crate::diagnostic::codes;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

/// A network, and whether the input says so.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) net: IpNet,
    /// The input names it; otherwise it was found or assumed, and no given address is outside of it.
    pub(super) said: bool,
    /// It is that of the Nodes' given Pod networks.
    pub(super) given: bool,
}

/// Service networks that one meets, the usual one first.
const SERVICES: [&str; 12] = [
    "10.96.0.0/12",
    "10.43.0.0/16",
    "10.100.0.0/16",
    "172.20.0.0/16",
    "172.30.0.0/16",
    "34.118.224.0/20",
    "10.0.0.0/16",
    "10.152.183.0/24",
    "10.233.0.0/18",
    "10.32.0.0/24",
    "10.254.0.0/16",
    "10.105.0.0/16",
];

/// Pod networks that one meets.
const PODS: [&str; 8] = [
    "10.244.0.0/16",
    "10.42.0.0/16",
    "10.128.0.0/14",
    "192.168.0.0/16",
    "10.233.64.0/18",
    "10.32.0.0/12",
    "10.1.0.0/16",
    "10.200.0.0/16",
];

fn net(text: &str) -> Option<Ipv4Net> {
    text.parse().ok()
}

/// The value of a flag: its first IPv4 network.
pub(super) fn flag(context: &mut Context<'_>, said: Option<&Said>) -> Option<IpNet> {
    let said = said?.clone();
    first_of_each(context, &said.value, &said.field, &said.object).0
}

/// The smallest network, from /16 up to /8, that holds the first address and most of the others: those of one /16 decide.
fn around(addresses: &[Ipv4Addr]) -> Option<Ipv4Net> {
    let sixteen = |ip: Ipv4Addr| Ipv4Net::new_assert(ip, 16).trunc();
    let mut counted: Vec<(usize, Ipv4Net)> = Vec::new();
    for ip in addresses {
        match counted.iter_mut().find(|(_, net)| net.contains(ip)) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, sixteen(*ip))),
        }
    }
    // The first of those with the most.
    let most = counted.iter().map(|(count, _)| *count).max()?;
    let mut cover = counted.iter().find(|(count, _)| *count == most)?.1;
    while !addresses.iter().all(|ip| cover.contains(ip)) && cover.prefix_len() > 8 {
        cover = cover.supernet()?;
    }
    let all = addresses.iter().all(|ip| cover.contains(ip));
    Some(if all { cover } else { counted.iter().find(|(count, _)| *count == most)?.1 })
}

/// The Service network.
pub(super) fn services(context: &mut Context<'_>, evidence: &Evidence, said: Option<IpNet>) -> Range {
    if let Some(net) = said.or_else(|| flag(context, evidence.flags.service_range.as_ref())) {
        return Range { net, said: true, given: false };
    }
    let given: Vec<Ipv4Addr> = evidence.kubernetes.iter().chain(&evidence.services).copied().collect();
    let own = evidence.distribution.as_ref().map_or(&[][..], |shown| shown.is.service_ranges());
    let known = || own.iter().chain(&SERVICES).filter_map(|text| net(text));
    let usual = known().next().unwrap_or(Ipv4Net::new_assert(Ipv4Addr::new(10, 96, 0, 0), 12));
    // The API server's own Service has the first address of the range.
    let starts = |net: &Ipv4Net| evidence.kubernetes.is_none_or(|ip| Some(ip) == net.hosts().next());
    let holds = |net: &Ipv4Net| given.iter().all(|ip| net.contains(ip));
    let found = match (given.is_empty(), known().find(|net| holds(net) && starts(net))) {
        (true, _) => usual,
        (false, Some(net)) => net,
        (false, None) => {
            let first = evidence.kubernetes.map(|ip| u32::from(ip).saturating_sub(1));
            let base = first.and_then(|base| largest(Ipv4Addr::from(base)));
            base.filter(holds).or_else(|| around(&given)).unwrap_or(usual)
        }
    };
    if found != usual || !given.is_empty() && !own.is_empty() {
        context.assume(assumed::SERVICE_RANGE.made().arg("range", found.to_string()));
    }
    Range { net: IpNet::V4(found), said: false, given: false }
}

/// The largest network, /12 at most, that begins at an address.
fn largest(base: Ipv4Addr) -> Option<Ipv4Net> {
    (12..=28).filter_map(|len| Ipv4Net::new(base, len).ok()).find(|net| net.network() == base)
}

/// The Pod network.
pub(super) fn pods(context: &mut Context<'_>, evidence: &Evidence, said: Option<IpNet>, given: &[Ipv4Net]) -> Range {
    if let Some(net) = said {
        return Range { net, said: true, given: false };
    }
    if let Some(net) = evidence.cni.as_ref().and_then(|cni| cni.range) {
        return Range { net, said: true, given: false };
    }
    let own = evidence.distribution.as_ref().and_then(|shown| shown.is.pod_range());
    let plugin = evidence.cni.as_ref().filter(|cni| cni.seen).and_then(|cni| cni.cni.default_range());
    let usual = v4(10, 244, 0, 0, 16);
    let apart = evidence.cni.as_ref().is_some_and(|cni| cni.cni.has_own_ranges());
    if !given.is_empty() && (!apart || evidence.pods.is_empty()) {
        return Range { net: IpNet::V4(covering(given, own.and_then(net))), said: false, given: true };
    }
    if !evidence.pods.is_empty() {
        let holds = |net: &Ipv4Net| evidence.pods.iter().all(|ip| net.contains(ip));
        let known = own.into_iter().chain(plugin).chain(PODS).filter_map(net);
        let found = known.into_iter().find(holds).or_else(|| around(&evidence.pods));
        let found = found.map_or(usual, IpNet::V4);
        if found != usual {
            context.assume(assumed::POD_RANGE.made().arg("range", found.to_string()));
        }
        return Range { net: found, said: false, given: false };
    }
    let fallback = own.or(plugin).and_then(net).map_or(usual, IpNet::V4);
    // What is only a default makes room for the nodes.
    let free = [fallback].into_iter().chain(PODS.into_iter().filter_map(net).map(IpNet::V4));
    let found = free.into_iter().find(|net| !evidence.within(*net)).unwrap_or(fallback);
    if found != usual {
        context.assume(assumed::POD_RANGE.made().arg("range", found.to_string()));
    }
    Range { net: found, said: false, given: false }
}

/// The network that covers the nodes' given ones: a usual one where that does, else the smallest prefix.
fn covering(nets: &[Ipv4Net], own: Option<Ipv4Net>) -> Ipv4Net {
    let usual = Ipv4Net::new_assert(Ipv4Addr::new(10, 244, 0, 0), 16);
    if let Some(known) = own.into_iter().chain([usual]).find(|known| nets.iter().all(|net| known.contains(net))) {
        return known;
    }
    let mut cover = nets.first().copied().unwrap_or(usual).trunc();
    while !nets.iter().all(|net| cover.contains(net)) {
        match cover.supernet() {
            Some(wider) => cover = wider,
            None => break,
        }
    }
    // One node's network is not the cluster's: leave room as a controller manager would.
    if nets.len() == 1 { cover.supernet().unwrap_or(cover) } else { cover }
}

/// Says what is wrong about the ranges themselves: node addresses among the Pods', Services among the Pods', public addresses.
pub(super) fn check(context: &mut Context<'_>, settings: &Settings, pods: Range) {
    use crate::manifest::objects::Object;
    let parsed = context.parsed;
    let (range, service) = (settings.pod_cidr, settings.service_cidr);
    // A provider's plugin hands out addresses of the nodes' own network, and a range that was inferred says nothing.
    let mut told = settings.cni.reach() == Reach::Provider || !(pods.said || pods.given);
    for object in &parsed.objects {
        let Object::Node(document) = object else { continue };
        let of = &document.object;
        for address in document.value.status.addresses.iter().filter(|address| &*address.value.kind == "InternalIP") {
            let text = &address.value.address;
            let Some(ip) = text.value.parse::<IpAddr>().ok().filter(|ip| range.contains(ip)) else { continue };
            if !std::mem::replace(&mut told, true) {
                let found = context.finding(codes::NODE_IN_POD_RANGE, text.span, of).arg("node", &*of.name);
                context.report(found.arg("address", ip.to_string()).arg("range", range.to_string()));
            }
        }
        let texts = document.value.spec.pod_cidr.iter().chain(&document.value.spec.pod_cidrs);
        let Some((text, own)) = texts.filter_map(|text| Some((text, net(&text.value)?))).next() else { continue };
        if is_public(own) {
            let found = context.finding(codes::PUBLIC_POD_RANGE, text.span, of).arg("path", "spec.podCIDR");
            context.report(found.arg("range", own.to_string()).hint(codes::HINT_PRIVATE_RANGE));
        }
        if let IpNet::V4(service) = service
            && (own.contains(&service) || service.contains(&own))
        {
            let found = context.finding(codes::RANGES_OVERLAP, text.span, of).arg("range", own.to_string());
            context.report(found.arg("services", service.to_string()));
        }
    }
    // A range that is said in one place only is told there.
    for object in &parsed.objects {
        let of = object.object();
        let (text, path) = match object {
            Object::ClusterConfiguration(document) => {
                (document.value.networking.pod_subnet.as_ref(), "networking.podSubnet")
            }
            Object::KindCluster(document) => (document.value.networking.pod_subnet.as_ref(), "networking.podSubnet"),
            Object::CalicoPool(document) => (document.value.spec.cidr.as_ref(), "spec.cidr"),
            _ => continue,
        };
        let Some(text) = text else { continue };
        let mut own = text.value.split(',').filter_map(|part| net(part.trim()));
        if let Some(own) = own.find(|own| is_public(*own)) {
            let found = context.finding(codes::PUBLIC_POD_RANGE, text.span, of).arg("path", path);
            context.report(found.arg("range", own.to_string()).hint(codes::HINT_PRIVATE_RANGE));
        }
    }
}

/// True for a network with addresses that somebody on the Internet has (not of RFC 1918, RFC 6598, nor set aside otherwise).
fn is_public(net: Ipv4Net) -> bool {
    const APART: [&str; 13] = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "0.0.0.0/8",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "198.18.0.0/15",
        "192.0.0.0/24",
        "224.0.0.0/3",
    ];
    !APART.iter().filter_map(|text| self::net(text)).any(|apart| apart.contains(&net) || net.contains(&apart))
}

#[cfg(test)]
mod tests {
    use super::{around, is_public, largest};
    use std::net::Ipv4Addr;

    #[test]
    fn the_network_around_addresses_is_that_of_most() {
        let around = |ips: &[[u8; 4]]| {
            let ips: Vec<Ipv4Addr> = ips.iter().map(|ip| Ipv4Addr::from(*ip)).collect();
            around(&ips).unwrap().to_string()
        };
        assert_eq!(around(&[[10, 77, 3, 4]]), "10.77.0.0/16");
        assert_eq!(around(&[[10, 4, 3, 4], [10, 5, 0, 1]]), "10.4.0.0/15");
        assert_eq!(around(&[[10, 4, 3, 4], [172, 20, 0, 1], [172, 20, 0, 9]]), "172.20.0.0/16");
    }

    #[test]
    fn a_range_begins_before_its_first_address() {
        let largest = |ip: [u8; 4]| largest(Ipv4Addr::from(ip)).unwrap().to_string();
        assert_eq!(largest([10, 43, 0, 0]), "10.43.0.0/16");
        assert_eq!(largest([10, 96, 0, 0]), "10.96.0.0/12");
        assert_eq!(largest([34, 118, 224, 0]), "34.118.224.0/19");
    }

    #[test]
    fn public_networks() {
        for (net, public) in [
            ("192.1.1.0/24", true),
            ("192.168.4.0/24", false),
            ("172.15.0.0/16", true),
            ("172.16.0.0/16", false),
            ("100.64.0.0/16", false),
            ("11.0.0.0/8", true),
        ] {
            assert_eq!(is_public(net.parse().unwrap()), public, "{net}");
        }
    }
}
