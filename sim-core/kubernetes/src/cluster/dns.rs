//! What CoreDNS was told: the Corefile of the input, else the one kubeadm writes.

use super::context::Context;
use super::model::{Service, Settings};
use super::node_cache::config;
use crate::corefile::{Corefile, Unread};
use crate::diagnostic::codes;
use crate::origin::Span;
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// The ConfigMap that CoreDNS mounts in every usual distribution.
const NAME: &str = "coredns";

/// CoreDNS' configuration.
pub(super) fn corefile(context: &Context<'_>, settings: &Settings) -> Corefile {
    match config(context, NAME) {
        Some(said) => said.read(context, said.text),
        None => Corefile::kubeadm(&settings.dns_domain),
    }
}

/// Says what of it is not understood, and that it forwards to itself.
pub(super) fn check(context: &mut Context<'_>, corefile: &Corefile, services: &[Service]) {
    let Some((object, text)) = config(context, NAME).map(|said| (said.map.object.clone(), said.whole.clone())) else {
        return;
    };
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
