//! What CoreDNS was told: the Corefile of the input, else the one kubeadm writes.

use super::context::Context;
use super::model::{Pod, Service, Settings};
use super::node_cache::config;
use super::state::{ContainerState, Obstacle, ObstacleKind};
use crate::corefile::{Corefile, Forward, LabelText, Unread};
use crate::diagnostic::codes;
use crate::manifest::objects::Object;
use crate::origin::{Location, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The ConfigMap that CoreDNS mounts in every usual distribution.
const NAME: &str = "coredns";

/// CoreDNS' configuration.
pub(super) fn corefile(context: &Context<'_>, settings: &Settings) -> Corefile {
    let Some(said) = config(context, NAME) else {
        return Corefile::kubeadm(&settings.dns_domain, settings.version.minor);
    };
    let mut corefile = said.read(context, said.text);
    for plugin in corefile.servers.iter_mut().flat_map(|server| &mut server.kubernetes) {
        if let Some(wanted) = &plugin.namespace_labels {
            plugin.namespaces = labelled(context, wanted);
        }
    }
    corefile
}

/// Namespaces that have labels; a name that no namespace has, where none does.
fn labelled(context: &Context<'_>, wanted: &LabelText) -> Vec<Arc<str>> {
    let mut all: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<str>>> = BTreeMap::new();
    for object in &context.parsed.objects {
        let space = object.object().namespace.clone();
        all.entry(space.unwrap_or_else(|| Arc::from("default"))).or_default();
        if let Object::Namespace(document) = object {
            let labels = &document.value.metadata.labels;
            let labels = labels.iter().map(|(key, value)| (Arc::from(&**key), Arc::from(&**value)));
            all.entry(document.object.name.clone()).or_default().extend(labels);
        }
    }
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        all.entry(Arc::from(name)).or_default();
    }
    let fits = |(name, mut labels): (Arc<str>, BTreeMap<Arc<str>, Arc<str>>)| {
        labels.insert(Arc::from("kubernetes.io/metadata.name"), name.clone());
        wanted.fits(&labels).then_some(name)
    };
    let mut found: Vec<Arc<str>> = all.into_iter().filter_map(fits).collect();
    if found.is_empty() {
        found.push(Arc::from(""));
    }
    found
}

/// Says what of it is not understood, that it forwards to itself, and that kubelet sends Pods elsewhere.
pub(super) fn check(context: &mut Context<'_>, corefile: &Corefile, services: &[Service]) {
    kubelet(context, corefile, services);
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
    for (at, server) in corefile.servers.iter().enumerate() {
        let mut before =
            corefile.servers.iter().take(at).filter(|other| other.port == server.port && other.bind == server.bind);
        let Some(zone) = server.zones.iter().find(|zone| before.any(|other| other.zones.contains(zone))) else {
            continue;
        };
        let first = corefile.servers.iter().find(|other| other.port == server.port && other.zones.contains(zone));
        let at = span(context, server.line);
        let found = context.finding(codes::COREFILE_TWICE, at, &object).arg("zone", format!("{zone}.:{}", server.port));
        context.report(found.arg("first", first.map_or(0, |first| first.line).to_string()));
    }
    let unread: BTreeSet<&Unread> = corefile.servers.iter().flat_map(|server| &server.others).collect();
    for one in unread {
        let at = span(context, one.line);
        context.report(context.finding(codes::COREFILE_UNREAD, at, &object).arg("name", one.name.to_string()));
    }
    for (line, to) in circles(corefile, services) {
        let at = span(context, line);
        context.report(context.finding(codes::COREFILE_LOOP, at, &object).arg("server", to.to_string()));
    }
}

/// Lines that forward every name to CoreDNS itself, with the address.
fn circles(corefile: &Corefile, services: &[Service]) -> Vec<(u32, SocketAddr)> {
    let addresses =
        || services.iter().filter(|service| super::coredns::is_dns(service)).flat_map(|own| &own.cluster_ips);
    let servers = corefile.servers.iter().filter(|server| server.port == corefile.port());
    let all = servers.flat_map(|server| {
        let all =
            server.forwards.iter().filter(|forward| forward.from.is_empty() && server.zones.contains(&forward.from));
        all.map(move |forward| (server.port, forward))
    });
    let own = |(port, forward): (u16, &Forward)| {
        let own = |to: &SocketAddr| {
            to.port() == port && to.ip().is_loopback() || to.port() == 53 && addresses().any(|ip| *ip == to.ip())
        };
        Some((forward.line, forward.addresses().find(own)?))
    };
    all.filter_map(own).collect()
}

/// With the plugin `loop`, CoreDNS that forwards to itself ends at its start, again and again: nothing answers. What the input says of Pods that
/// run counts more.
pub(super) fn stop(context: &Context<'_>, settings: &Settings, services: &[Service], pods: &mut [Pod]) {
    if context.parsed.held.dns_stopped {
        pods.iter_mut().filter(|pod| super::coredns::serves(pod)).for_each(|pod| ended(pod, None));
        return;
    }
    let corefile = corefile(context, settings);
    let circles = circles(&corefile, services);
    let detects = corefile.servers.iter().any(|server| {
        server.detects_loops
            && server.forwards.iter().any(|forward| circles.iter().any(|(line, _)| *line == forward.line))
    });
    let Some((line, _)) = circles.first().filter(|_| detects) else { return };
    let at = corefile.place(*line);
    let served = |pod: &&mut Pod| super::coredns::serves(pod) && &*pod.origin.object.kind != "Pod";
    pods.iter_mut().filter(served).for_each(|pod| ended(pod, at.clone()));
}

/// A Pod whose processes end whenever they are started.
fn ended(pod: &mut Pod, at: Option<Location>) {
    let reason: Arc<str> = Arc::from("CrashLoopBackOff");
    for container in &mut pod.containers {
        container.state = ContainerState::Waiting { reason: reason.clone(), at: at.clone() };
    }
    pod.ready = false;
    let container = pod.containers.first().map(|container| container.name.clone());
    pod.state.obstacle.get_or_insert(Obstacle { kind: ObstacleKind::Container, container, reason, at });
}

/// What kubelet writes into Pods' files against what answers there.
fn kubelet(context: &mut Context<'_>, corefile: &Corefile, services: &[Service]) {
    let parsed = context.parsed;
    let dns = services.iter().find(|service| super::coredns::is_dns(service) && !service.headless);
    let own = dns.and_then(|dns| Some((dns, dns.cluster_ips.iter().copied().find(IpAddr::is_ipv4)?)));
    for object in &parsed.objects {
        let Object::KubeletConfiguration(document) = object else { continue };
        let object = &document.object;
        for text in &document.value.cluster_dns {
            let Ok(address) = text.value.parse::<IpAddr>() else { continue };
            let known = services.iter().any(|service| service.cluster_ips.contains(&address));
            // Addresses of a link are those of a cache on the node.
            let local = matches!(address, IpAddr::V4(address) if address.is_link_local());
            let cached = super::node_cache::has(context, address);
            let inside = services.iter().flat_map(|one| &one.cluster_ips).any(|ip| ip.is_ipv4()) && !known;
            let Some((dns, ip)) =
                own.filter(|(dns, _)| inside && !local && !cached && !dns.cluster_ips.contains(&address))
            else {
                continue;
            };
            let found = context.finding(codes::KUBELET_CLUSTER_DNS, text.span, object);
            let found = found.arg("address", address.to_string()).arg("service", dns.name.to_string());
            context.report(found.arg("own", ip.to_string()).hint(codes::HINT_KUBELET_DNS));
        }
        let Some(domain) = &document.value.cluster_domain else { continue };
        let zones: Vec<&Arc<str>> = corefile.domains().collect();
        let same = |zone: &&&Arc<str>| zone.eq_ignore_ascii_case(domain.value.trim_end_matches('.'));
        if let (Some(zone), None) = (zones.first(), zones.iter().find(same)) {
            let found = context.finding(codes::KUBELET_CLUSTER_DOMAIN, domain.span, object);
            let found = found.arg("domain", &*domain.value).arg("zone", zone.to_string());
            context.report(found.hint(codes::HINT_KUBELET_DOMAIN));
        }
    }
}
