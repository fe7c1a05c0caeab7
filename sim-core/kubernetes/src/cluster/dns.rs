//! What CoreDNS was told: the Corefile of the input, else the one kubeadm writes.

use super::context::Context;
use super::model::{Service, Settings};
use crate::corefile::{Corefile, Files, Unread};
use crate::diagnostic::codes;
use crate::manifest::objects::{ConfigMap, Document, Object, Text};
use crate::origin::{Span, Spanned};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// The ConfigMap that CoreDNS mounts in every usual distribution.
const NAME: &str = "coredns";

/// All ConfigMaps of the input.
fn maps<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Document<ConfigMap>> + Clone {
    context.parsed.objects.iter().filter_map(|object| match object {
        Object::ConfigMap(map) => Some(map),
        _ => None,
    })
}

/// The one with the Corefile, and that.
fn given<'c>(context: &'c Context<'_>) -> Option<(&'c Document<ConfigMap>, &'c Spanned<Text>)> {
    let own = |map: &&Document<ConfigMap>| {
        map.object.namespace.as_deref() == Some("kube-system") && &*map.object.name == NAME
    };
    maps(context).find(own).and_then(|map| Some((map, map.value.data.get("Corefile")?)))
}

/// CoreDNS' configuration.
pub(super) fn corefile(context: &Context<'_>, settings: &Settings) -> Corefile {
    let maps = maps(context);
    let Some((map, text)) = given(context) else {
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

/// Says what of it is not understood, and that it forwards to itself.
pub(super) fn check(context: &mut Context<'_>, corefile: &Corefile, services: &[Service]) {
    let Some((object, text)) = given(context).map(|(map, text)| (map.object.clone(), text.clone())) else { return };
    let span = |context: &Context<'_>, line: u32| {
        let whole = text.span;
        let source = context.parsed.sources.get(whole.source.0 as usize).filter(|_| corefile.own_lines && line > 0);
        let Some(source) = source.map(|source| &*source.text) else { return whole };
        let before: usize = {
            let rest = source.get(whole.start as usize..).unwrap_or_default();
            rest.split_inclusive('\n').take(line as usize - 1).map(str::len).sum()
        };
        let start = whole.start as usize + before;
        let own = source.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let start = start + (own.len() - own.trim_start().len());
        let end = start + own.trim().len();
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) if end <= whole.end => Span { start, end, ..whole },
            _ => whole,
        }
    };
    let unread: BTreeSet<&Unread> = corefile.servers.iter().flat_map(|server| &server.others).collect();
    for one in unread {
        let at = span(context, one.line);
        context.report(context.finding(codes::COREFILE_UNREAD, at, &object).arg("name", one.name.to_string()));
    }
    let addresses =
        || services.iter().filter(|service| super::coredns::is_dns(service)).flat_map(|own| &own.cluster_ips);
    for server in corefile.servers.iter().filter(|server| server.port == corefile.port()) {
        let all =
            server.forwards.iter().filter(|forward| forward.from.is_empty() && server.zones.contains(&forward.from));
        for forward in all {
            let own = |to: &SocketAddr| {
                to.port() == server.port && to.ip().is_loopback()
                    || to.port() == 53 && addresses().any(|ip| *ip == to.ip())
            };
            let Some(to) = forward.addresses().find(own) else { continue };
            let at = span(context, forward.line);
            context.report(context.finding(codes::COREFILE_LOOP, at, &object).arg("server", to.to_string()));
        }
    }
}
