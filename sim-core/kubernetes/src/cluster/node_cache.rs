//! NodeLocal DNSCache, as its container is told: which addresses it has on each node, and whom it asks.

use super::context::Context;
use super::model::{NodeCache, Service};
use crate::manifest::objects::Object;
use crate::origin::Origin;
use std::net::IpAddr;

/// True for the image of NodeLocal DNSCache.
pub fn is_node_cache(image: &str) -> bool {
    image.rsplit('/').next().is_some_and(|name| name.contains("dns-node-cache"))
}

/// What the cache on nodes is told by its container's words.
struct CacheWords<'c> {
    object: &'c Object,
    ips: Vec<IpAddr>,
    upstream: &'c str,
}

fn cache_words<'c>(context: &'c Context<'_>) -> Option<CacheWords<'c>> {
    context.parsed.objects.iter().find_map(|object| {
        let (_, spec) = object.pod()?;
        let mut containers = spec.containers.iter().map(|container| &container.value);
        let own = containers.find(|own| own.image.as_ref().is_some_and(|image| is_node_cache(&image.value)))?;
        let words: Vec<&str> = own.command.iter().chain(&own.args).flat_map(|word| word.value.split('=')).collect();
        let flag = |name: &str| {
            let at = words.iter().position(|word| word.trim_start_matches('-') == name && word.starts_with('-'))?;
            words.get(at + 1).copied()
        };
        let ips = flag("localip")?.split(',').filter_map(|ip| ip.trim().parse().ok()).collect();
        Some(CacheWords { object, ips, upstream: flag("upstreamsvc").unwrap_or("kube-dns") })
    })
}

/// True for the Service that the cache on nodes asks: the Pods behind it are CoreDNS', and nobody else asks it.
pub(super) fn is_behind_cache(context: &Context<'_>, service: &Service) -> bool {
    cache_words(context).is_some_and(|told| *told.upstream == *service.name.name && told.upstream != "kube-dns")
}

/// The cache on nodes: addresses and Service as its container's words say. `None` where it has no address, or the Service is not there.
pub(super) fn decide(context: &Context<'_>, services: &[Service]) -> Option<NodeCache> {
    let CacheWords { object, ips, upstream } = cache_words(context)?;
    let mut named = services.iter().filter(|service| &*service.name.name == upstream);
    let upstream = named.find_map(|service| service.cluster_ips.iter().copied().find(IpAddr::is_ipv4))?;
    let origin = Origin { object: object.object().clone(), location: context.at(object.span()), assumed: false };
    // Whoever asks itself has no answer.
    (!ips.is_empty() && !ips.contains(&upstream)).then_some(NodeCache { ips, upstream, origin })
}
