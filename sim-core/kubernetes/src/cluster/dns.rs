//! What CoreDNS was told: the Corefile of the input, else the one kubeadm writes.

use super::context::Context;
use super::model::Settings;
use crate::corefile::Corefile;
use crate::manifest::objects::{ConfigMap, Document, Object};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    // Files beside it: k3s keeps NodeHosts there.
    let files: BTreeMap<Arc<str>, Arc<str>> =
        map.value.data.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
    Corefile { at: context.at(text.span), ..Corefile::read(&text.value, &files) }
}
