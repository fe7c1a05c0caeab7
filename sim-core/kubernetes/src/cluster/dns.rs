//! What CoreDNS was told: the Corefile of the input, else the one kubeadm writes; and what the cache on nodes was told.

use super::context::Context;
use super::model::{NodeCache, Service, Settings};
use crate::corefile::{Corefile, Files};
use crate::manifest::objects::{ConfigMap, Document, Object};
use crate::origin::{Origin, Span};
use std::net::IpAddr;

/// The ConfigMap that CoreDNS mounts in every usual distribution.
const NAME: &str = "coredns";

/// CoreDNS' configuration.
pub(super) fn corefile(context: &Context<'_>, settings: &Settings) -> Corefile {
    let maps = context.parsed.objects.iter().filter_map(|object| match object {
        Object::ConfigMap(map) => Some(map),
        _ => None,
    });
    let own = |map: &&Document<ConfigMap>| {
        map.object.namespace.as_deref() == Some("kube-system") && &*map.object.name == NAME
    };
    let Some((map, text)) = maps.clone().find(own).and_then(|map| Some((map, map.value.data.get("Corefile")?))) else {
        return Corefile::kubeadm(&settings.dns_domain);
    };
    // Files beside it: k3s keeps NodeHosts there, and what its users add in a map of its own, as AKS does.
    let mut files: Files = map.value.data.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
    let custom = maps
        .filter(|map| map.object.namespace.as_deref() == Some("kube-system") && &*map.object.name == "coredns-custom");
    for (name, text) in custom.flat_map(|map| &map.value.data) {
        files.insert(format!("custom/{name}").into(), text.value.clone());
    }
    // In a block of YAML its lines are the file's own.
    let lines = u32::try_from(text.value.trim_end().lines().count()).unwrap_or(u32::MAX);
    let end = Span { start: text.span.end.saturating_sub(1), ..text.span };
    let own_lines =
        context.at(text.span).zip(context.at(end)).is_some_and(|(from, to)| to.line - from.line + 1 >= lines);
    Corefile { at: context.at(text.span), own_lines, ..Corefile::read(&text.value, &files) }
}

/// True for the image of NodeLocal DNSCache.
pub fn is_node_cache(image: &str) -> bool {
    image.rsplit('/').next().is_some_and(|name| name.contains("dns-node-cache"))
}

/// The cache on nodes: addresses and Service as its container's words say. `None` where it has no address, or the Service is not there.
pub(super) fn node_cache(context: &Context<'_>, services: &[Service]) -> Option<NodeCache> {
    context.parsed.objects.iter().find_map(|object| {
        let (_, spec) = object.pod()?;
        let mut containers = spec.containers.iter().map(|container| &container.value);
        let own = containers.find(|own| own.image.as_ref().is_some_and(|image| is_node_cache(&image.value)))?;
        let words: Vec<&str> = own.command.iter().chain(&own.args).flat_map(|word| word.value.split('=')).collect();
        let flag = |name: &str| {
            let at = words.iter().position(|word| word.trim_start_matches('-') == name && word.starts_with('-'))?;
            words.get(at + 1).copied()
        };
        let ips: Vec<IpAddr> = flag("localip")?.split(',').filter_map(|ip| ip.trim().parse().ok()).collect();
        let upstream = flag("upstreamsvc").unwrap_or("kube-dns");
        let mut named = services.iter().filter(|service| &*service.name.name == upstream);
        let upstream = named.find_map(|service| service.cluster_ips.iter().copied().find(IpAddr::is_ipv4))?;
        // Whoever asks itself has no answer.
        let origin = Origin { object: object.object().clone(), location: context.at(object.span()), assumed: false };
        (!ips.is_empty() && !ips.contains(&upstream)).then_some(NodeCache { ips, upstream, origin })
    })
}
