//! NodeLocal DNSCache, as its container is told: which addresses it has on each node, and whom it asks.

use super::context::Context;
use super::model::{NodeCache, Service};
use crate::corefile::{Corefile, Files};
use crate::manifest::objects::{ConfigMap, Document, Object, Text};
use crate::origin::{Origin, Span, Spanned};
use std::net::IpAddr;

/// Its ConfigMap.
const CONFIG: &str = "node-local-dns";
/// What its manifest says where the input does not (cluster/addons/dns/nodelocaldns).
const COREFILE: &str = "__PILLAR__DNS__DOMAIN__:53 {
    cache {
        success 9984 30
        denial 9984 5
    }
    forward . __PILLAR__CLUSTER__DNS__ {
        force_tcp
    }
}
in-addr.arpa:53 {
    cache 30
    forward . __PILLAR__CLUSTER__DNS__ {
        force_tcp
    }
}
ip6.arpa:53 {
    cache 30
    forward . __PILLAR__CLUSTER__DNS__ {
        force_tcp
    }
}
.:53 {
    cache 30
    forward . __PILLAR__UPSTREAM__SERVERS__
}
";

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

/// True for an address of the cache on nodes.
pub(super) fn has(context: &Context<'_>, address: IpAddr) -> bool {
    cache_words(context).is_some_and(|told| told.ips.contains(&address))
}

/// The cache on nodes: addresses and Service as its container's words say. `None` where it has no address, or the Service is not there.
pub(super) fn decide(context: &Context<'_>, services: &[Service]) -> Option<NodeCache> {
    let CacheWords { object, ips, upstream } = cache_words(context)?;
    let mut named = services.iter().filter(|service| &*service.name.name == upstream);
    let upstream = named.find_map(|service| service.cluster_ips.iter().copied().find(IpAddr::is_ipv4))?;
    let origin = Origin { object: object.object().clone(), location: context.at(object.span()), assumed: false };
    let corefile = corefile(context, upstream);
    // Whoever asks itself has no answer.
    (!ips.is_empty() && !ips.contains(&upstream)).then_some(NodeCache { ips, upstream, corefile, origin })
}

/// Its Corefile, with what it puts into the holes of the template.
fn corefile(context: &Context<'_>, upstream: IpAddr) -> Corefile {
    let said = config(context, CONFIG);
    let text = said.as_ref().map_or(COREFILE, |said| said.text);
    let filled = [
        ("__PILLAR__DNS__DOMAIN__", &*context.domain),
        ("__PILLAR__CLUSTER__DNS__", &*upstream.to_string()),
        ("__PILLAR__UPSTREAM__SERVERS__", "/etc/resolv.conf"),
    ];
    let text = filled.iter().fold(text.to_owned(), |text, (hole, value)| text.replace(hole, value));
    match said {
        Some(said) => said.read(context, &text),
        None => Corefile::read(&text, &Default::default()),
    }
}

/// All ConfigMaps of the input.
fn maps<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Document<ConfigMap>> + Clone {
    context.parsed.objects.iter().filter_map(|object| match object {
        Object::ConfigMap(map) => Some(map),
        _ => None,
    })
}

/// A Corefile in a ConfigMap.
pub(super) struct Said<'c> {
    /// The ConfigMap.
    pub(super) map: &'c Document<ConfigMap>,
    /// With its place.
    pub(super) whole: &'c Spanned<Text>,
    /// Its text.
    pub(super) text: &'c str,
}

/// The Corefile of a ConfigMap of the system.
pub(super) fn config<'c>(context: &'c Context<'_>, name: &str) -> Option<Said<'c>> {
    let own = |map: &&Document<ConfigMap>| {
        map.object.namespace.as_deref() == Some("kube-system") && &*map.object.name == name
    };
    let map = maps(context).find(own)?;
    let whole = map.value.data.get("Corefile")?;
    Some(Said { map, whole, text: &whole.value })
}

impl Said<'_> {
    /// Reads a text that has its lines; `files` beside it are its ConfigMap's.
    pub(super) fn read(&self, context: &Context<'_>, text: &str) -> Corefile {
        let mut files: Files =
            self.map.value.data.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
        // What users add in a map of its own (k3s, AKS).
        let custom = maps(context).filter(|map| {
            map.object.namespace.as_deref() == Some("kube-system") && &*map.object.name == "coredns-custom"
        });
        for (name, text) in custom.flat_map(|map| &map.value.data) {
            files.insert(format!("custom/{name}").into(), text.value.clone());
        }
        // In a block of YAML its lines are the file's own.
        let span = self.whole.span;
        let lines = u32::try_from(self.text.trim_end().lines().count()).unwrap_or(u32::MAX);
        let end = Span { start: span.end.saturating_sub(1), ..span };
        let own_lines =
            context.at(span).zip(context.at(end)).is_some_and(|(from, to)| to.line - from.line + 1 >= lines);
        Corefile { at: context.at(span), own_lines, ..Corefile::read(text, &files) }
    }
}
