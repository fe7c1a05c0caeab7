//! What CoreDNS was told: the Corefile of the input, else the one kubeadm writes.

use super::context::Context;
use super::model::Settings;
use crate::corefile::{Corefile, Files};
use crate::manifest::objects::{ConfigMap, Document, Object};
use crate::origin::Span;

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
