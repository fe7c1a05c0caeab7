//! The ends of a probe to choose from: what there is, by kind, and what of it a search finds.
//!
//! Pods stand below their workload. Nothing is written for what is not shown: a cluster may have very many of everything.

use crate::ask::{docker, hosts};
use crate::atlas::{has, maker};
use crate::matrix::{Way, ingress_url, route_url};
use kernel::packet::Port;
use kubernetes::cluster::model::{Cluster, Pod, RouteOf, Service, ServicePort, ServiceType};
use sim_core::agents::outside;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};
use std::collections::HashMap;
use std::net::IpAddr;

/// Nodes by whose node port a Service is offered, at most.
const NODES: usize = 2;

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where probes start.
    From,
    /// Where they go.
    To,
}

kernel::codes!(Side { Self::From => "from", Self::To => "to" });

/// One to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// As `--from` and `--to` write it.
    pub(crate) value: String,
    /// What is read.
    pub(crate) label: String,
    /// Of a URL: where to connect, as `--connect` says it.
    pub(crate) connect: Option<String>,
    /// It listens on no port.
    pub(crate) silent: bool,
}

impl End {
    fn of((value, label): (String, String)) -> Self {
        Self { value, label, connect: None, silent: false }
    }

    /// As it is written.
    fn plain(value: &str) -> Self {
        Self::of((value.to_owned(), value.to_owned()))
    }
}

/// The port that a Pod without any is asked at.
const USUAL: Port = Port(80);

/// What ends have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    /// A kind: the message that names it.
    Kind(&'static str),
    /// Pods of one maker: its kind and `NAMESPACE/NAME`.
    Workload(String, String),
}

/// Ends under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) heading: Heading,
    /// Those that are shown, the nearest to what is looked for first.
    pub(crate) ends: Vec<End>,
    /// How many there are.
    pub(crate) found: usize,
}

/// How many are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Pods of one workload at most.
    pub(crate) workload: usize,
    /// Ends of one kind at most, all Pods being one.
    pub(crate) kind: usize,
}

/// What is looked for: every word has to be in something that an end is known by.
struct Search<'q> {
    words: Vec<(&'q str, Option<&'q str>)>,
}

/// What an end is known by.
#[derive(Clone, Copy, Default)]
struct Known<'m> {
    namespace: &'m str,
    name: &'m str,
    /// Workload, node or type.
    of: [&'m str; 2],
    ip: Option<IpAddr>,
    port: Option<u16>,
}

impl<'q> Search<'q> {
    fn of(text: &'q str) -> Self {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let word = |word: &'q str| match word.rsplit_once(':') {
            Some((name, port)) if digits(port) && !name.is_empty() => (name, Some(port)),
            _ => (word, None),
        };
        Self { words: text.split_whitespace().map(word).collect() }
    }

    /// How near an end is to it, less being nearer: the name itself, its beginning, anything else. Those of `kube-system` come later.
    fn rank(&self, known: &Known<'_>) -> Option<u8> {
        let mut rank = 0;
        for (word, port) in &self.words {
            let own = known.port.map(|own| own.to_string());
            if port.is_some_and(|port| own.as_deref() != Some(port)) {
                return None;
            }
            rank = rank.max(word_rank(word, known)?);
        }
        Some(rank * 2 + u8::from(known.namespace == "kube-system"))
    }
}

fn word_rank(word: &str, known: &Known<'_>) -> Option<u8> {
    let begins = |text: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if known.name.eq_ignore_ascii_case(word) {
        return Some(0);
    }
    if begins(known.name) {
        return Some(1);
    }
    if let Some((namespace, rest)) = word.split_once('/')
        && namespace.eq_ignore_ascii_case(known.namespace)
        && (has(known.name, rest) || known.of.iter().any(|of| has(of, rest)))
    {
        return Some(1);
    }
    let within = has(known.name, word) || has(known.namespace, word) || known.of.iter().any(|of| has(of, word));
    // An address is written only for what looks like one.
    let digits = word.contains('.') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let address = || digits && known.ip.is_some_and(|ip| ip.to_string().starts_with(word));
    (within || address()).then_some(2)
}

/// What there is at one end, as far as a search finds it.
pub(crate) fn ends(model: &Model, side: Side, probe: &ProbeText, wanted: &str, bounds: Bounds) -> Vec<Group> {
    let search = Search::of(wanted);
    let near = probe.from.split('/').nth(1).unwrap_or("default");
    let mut all = match side {
        Side::From => sources(model, &search, bounds),
        Side::To => targets(model, near, &search, bounds),
    };
    all.retain(|group| group.found > 0);
    if all.is_empty() {
        all.extend(typed(model, side, probe, wanted));
    }
    all
}

/// The nearest of a kind; each is written only if it is shown.
fn nearest<'m, F: FnOnce() -> End>(
    heading: &'static str,
    search: &Search<'_>,
    most: usize,
    all: impl Iterator<Item = (Known<'m>, F)>,
) -> Group {
    cut(heading, most, all.filter_map(|(known, end)| Some((search.rank(&known)?, end))).collect())
}

/// The same of what is written already: looked for by what is read.
fn written(heading: &'static str, search: &Search<'_>, most: usize, all: impl Iterator<Item = End>) -> Group {
    let rank = |end: &End| {
        let port = end.value.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        search.rank(&Known { name: name_of(&end.value), of: [&end.label, &end.value], port, ..Known::default() })
    };
    cut(heading, most, all.filter_map(|end| Some((rank(&end)?, move || end))).collect())
}

/// The first of what was found.
fn cut<F: FnOnce() -> End>(heading: &'static str, most: usize, mut found: Vec<(u8, F)>) -> Group {
    found.sort_by_key(|(rank, _)| *rank);
    let count = found.len();
    let ends = found.into_iter().take(most).map(|(_, end)| end()).collect();
    Group { heading: Heading::Kind(heading), ends, found: count }
}

/// The name in an end: without kind, namespace and port.
fn name_of(end: &str) -> &str {
    let name = end.rsplit_once('/').map_or(end, |(_, name)| name);
    name.split_once(':').map_or(name, |(name, _)| name)
}

/// What a port of a Service is known by. Its namespace is none of its own here: what every cluster has is put last before.
fn of_service<'m>(service: &'m Service, port: Port, also: &'m str, ip: Option<IpAddr>) -> Known<'m> {
    let name = &service.name;
    Known { namespace: "", name: &name.name, of: [&name.namespace, also], ip, port: Some(port.0) }
}

fn node_name<'m>(cluster: &'m Cluster, pod: &Pod) -> &'m str {
    cluster.nodes.get(pod.node.0 as usize).map_or("", |node| &*node.name)
}

/// Pods below their workloads, those that nobody made below one heading.
fn pods<'m>(
    cluster: &'m Cluster,
    search: &Search<'_>,
    bounds: Bounds,
    alone: &'static str,
    of: impl Fn(&'m Pod) -> Vec<Option<Port>>,
    end: impl Fn(&'m Pod, Option<Port>) -> End,
) -> Vec<Group> {
    type Maker<'m> = Option<(&'m str, &'m str, &'m str)>;
    let mut found: Vec<(u8, &Pod, Option<Port>, Maker<'m>)> = Vec::new();
    for pod in &cluster.pods {
        let (namespace, name) = (&*pod.name.namespace, &*pod.name.name);
        let (kind, made) = maker(pod.made_by.as_ref(), &pod.origin, &pod.labels, name);
        let known = Known { namespace, name, of: [made, node_name(cluster, pod)], ip: Some(pod.ip), port: None };
        let maker = (kind != "Pod").then_some((kind, namespace, made));
        for port in of(pod) {
            let known = Known { port: port.map(|port| port.0), ..known };
            if let Some(rank) = search.rank(&known) {
                found.push((rank, pod, port, maker));
            }
        }
    }
    found.sort_by_key(|(rank, ..)| *rank);
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<Maker<'m>, usize> = HashMap::new();
    let mut shown = 0;
    for (_, pod, port, maker) in found {
        let at = *places.entry(maker).or_insert(groups.len());
        if at == groups.len() {
            let heading = match maker {
                None => Heading::Kind(alone),
                Some((kind, namespace, name)) => Heading::Workload(kind.to_owned(), format!("{namespace}/{name}")),
            };
            groups.push(Group { heading, ends: Vec::new(), found: 0 });
        }
        let Some(group) = groups.get_mut(at) else { continue };
        group.found += 1;
        if shown < bounds.kind && (group.ends.len() < bounds.workload || maker.is_none()) {
            shown += 1;
            group.ends.push(end(pod, port));
        }
    }
    // Of many workloads those are left out of which nothing is shown; their Pods are counted together.
    let left: usize = groups.iter().filter(|group| group.ends.is_empty()).map(|group| group.found).sum();
    groups.retain(|group| !group.ends.is_empty());
    if left > 0 {
        groups.push(Group { heading: Heading::Kind(alone), ends: Vec::new(), found: left });
    }
    groups
}

fn sources(model: &Model, search: &Search<'_>, bounds: Bounds) -> Vec<Group> {
    let cluster = &model.cluster;
    let most = bounds.kind;
    let alive = |pod: &Pod| if pod.terminating { Vec::new() } else { vec![None] };
    let mut all = pods(cluster, search, bounds, "probe-group-pods", alive, |pod, _| {
        let label = format!("{} ({}, {})", pod.name, pod.ip, node_name(cluster, pod));
        End::of((format!("pod/{}", pod.name), label))
    });
    let nodes = cluster.nodes.iter().map(|node| {
        let known = Known { name: &node.name, ip: Some(node.ip), of: ["node", ""], ..Known::default() };
        (known, || End::of((format!("node/{}", node.name), node.name.to_string())))
    });
    all.push(nearest("probe-group-nodes", search, most, nodes));
    all.push(written("probe-group-docker", search, most, docker::sources(model).map(End::of)));
    all.push(written("probe-group-hosts", search, most, hosts::sources(model).map(End::of)));
    let outside = outside::default_address(cluster).map(|ip| End::of(("external".to_owned(), ip.to_string())));
    all.push(written("probe-group-outside", search, most, outside.into_iter()));
    all
}

fn targets(model: &Model, near: &str, search: &Search<'_>, bounds: Bounds) -> Vec<Group> {
    let cluster = &model.cluster;
    let most = bounds.kind;
    // Services with somebody behind them first.
    let ready = |at: usize| {
        let ports = cluster.endpoints.get(at).into_iter().flatten();
        ports.flat_map(|port| &port.endpoints).any(|endpoint| endpoint.ready)
    };
    let mut ports: Vec<(bool, &Service, &ServicePort)> = Vec::new();
    for (at, service) in cluster.services.iter().enumerate() {
        let ready = ready(at);
        // TCP and UDP of one number are asked for alike.
        let first = |at: usize, port: &ServicePort| service.ports.iter().take(at).all(|other| other.port != port.port);
        let numbers = service.ports.iter().enumerate().filter(|(at, port)| first(*at, port));
        ports.extend(numbers.map(|(_, port)| (ready, service, port)));
    }
    let here = |service: &Service| &*service.name.namespace == near;
    // What every cluster has comes last, except where somebody near asks for it.
    let usual = |service: &Service, named: bool| {
        let name = &service.name;
        let api = &*name.namespace == "default" && &*name.name == "kubernetes";
        let system = name.namespace.contains("kube-system") && !(named && here(service));
        system || name.name.contains("kube-system") || (api && (!named || here(service)))
    };
    ports.sort_by_key(|(ready, service, _)| (usual(service, true), !ready));
    let mut all = Vec::new();
    let names = ports.iter().map(|(_, service, port)| {
        let name = &service.name;
        let known = of_service(service, port.port, service.kind.name(), None);
        let end = move || {
            let within = if here(service) { String::new() } else { format!(".{}", name.namespace) };
            let value = format!("{}{within}:{}", name.name, port.port);
            End::of((value.clone(), value))
        };
        (known, end)
    });
    all.push(nearest("probe-group-names", search, most, names));

    ports.retain(|(_, service, _)| service.kind != ServiceType::ExternalName && !service.headless);
    ports.sort_by_key(|(ready, service, _)| (usual(service, false), !ready));
    let ips = ports.iter().map(|(_, service, port)| {
        let ip = service.cluster_ips.first().copied();
        let name = &service.name;
        let known = of_service(service, port.port, service.kind.name(), ip);
        let end = move || {
            let (ip, port) = (ip.map(|ip| ip.to_string()).unwrap_or_default(), port.port);
            End::of((format!("svc/{name}:{port}"), format!("{name} {ip}:{port}")))
        };
        (known, end)
    });
    all.push(nearest("probe-group-services", search, most, ips));

    let own = |pod: &Pod| &*pod.name.namespace != "kube-system" || !search.words.is_empty();
    let open = |pod: &Pod| {
        let declared = pod.containers.iter().flat_map(|container| &container.ports).map(|port| port.port);
        let mut all: Vec<Option<Port>> = declared.map(Some).collect();
        if all.is_empty() {
            all.extend(pod.sockets().map(|socket| Some(socket.port)));
        }
        all.sort_unstable();
        all.dedup();
        // Whoever looks for one by name finds it, whatever it listens on.
        if all.is_empty() && !search.words.is_empty() {
            all.push(None);
        }
        if own(pod) { all } else { Vec::new() }
    };
    all.extend(pods(cluster, search, bounds, "probe-group-endpoints", open, |pod, port| {
        let number = port.unwrap_or(USUAL);
        let end = End::of((format!("pod/{}:{number}", pod.name), format!("{} {}:{number}", pod.name, pod.ip)));
        End { silent: port.is_none(), ..end }
    }));

    let node_ports = ports.iter().flat_map(|(_, service, port)| {
        let number = port.node_port;
        cluster.nodes.iter().take(NODES).filter_map(move |node| {
            let number = number?;
            let name = &service.name;
            let known = of_service(service, number, &node.name, Some(node.ip));
            let end = move || {
                let label = format!("{name} {}:{number} ({})", node.ip, node.name);
                End::of((format!("node/{}:{number}", node.name), label))
            };
            Some((known, end))
        })
    });
    all.push(nearest("probe-group-node-ports", search, most, node_ports));

    let given = ports.iter().flat_map(|(_, service, port)| {
        let balanced = service.load_balancer.iter().map(|given| (given.ip, true));
        let external = service.external_ips.iter().map(|ip| (*ip, false));
        balanced.chain(external).filter(|(ip, _)| ip.is_ipv4()).map(move |(ip, balanced)| {
            let (name, number) = (&service.name, port.port);
            let known = of_service(service, number, service.kind.name(), Some(ip));
            let end = move || {
                let value = if balanced { format!("lb/{name}:{number}") } else { format!("{ip}:{number}") };
                End::of((value, format!("{name} {ip}:{number}")))
            };
            (known, end)
        })
    });
    all.push(nearest("probe-group-given", search, most, given));

    let urls = urls(model).map(|way| End {
        label: format!("{} ({})", way.to, way.by.unwrap_or_default()),
        value: way.to,
        connect: way.connect,
        silent: false,
    });
    all.push(written("probe-group-urls", search, most, urls));

    all.push(written("probe-group-docker", search, most, docker::targets(model).map(End::of)));
    all.push(written("probe-group-hosts", search, most, hosts::targets(model).map(End::of)));
    all
}

/// A request for each path that an Ingress has a rule for, and for each rule of an HTTPRoute that a Gateway takes.
fn urls(model: &Model) -> impl Iterator<Item = Way> + '_ {
    let fronts = &model.cluster.fronts;
    let ingresses = fronts.ingresses.iter().flat_map(|ingress| {
        let rules = ingress.rules.iter().flat_map(|rule| rule.paths.iter().map(move |path| (rule, path)));
        rules.map(move |(rule, path)| ingress_url(ingress, rule.host.as_deref(), &path.path))
    });
    let routes = fronts.routes.iter().filter(|route| route.of == RouteOf::Http).flat_map(move |route| {
        let rules = route.rules.iter();
        rules.filter_map(move |rule| route_url(fronts, route, |one| std::ptr::eq(one, rule)))
    });
    ingresses.chain(routes)
}

/// What is written, where it is itself an end that a probe can have; else what is called nearly so.
fn typed(model: &Model, side: Side, probe: &ProbeText, wanted: &str) -> Option<Group> {
    let asked = |end: &str| match side {
        Side::From => ProbeText { from: end.to_owned(), via: None, choose: Vec::new(), ..probe.clone() },
        Side::To => ProbeText { to: end.to_owned(), connect: None, choose: Vec::new(), ..probe.clone() },
    };
    let group = |heading, ends: Vec<End>| Group { heading: Heading::Kind(heading), found: ends.len(), ends };
    match trace::parse_probe(model, &asked(wanted)) {
        _ if wanted.is_empty() => None,
        Ok(_) => Some(group("probe-group-typed", vec![End::plain(wanted)])),
        Err(error) => {
            let can_be = |end: &&String| {
                trace::is_near(name_of(wanted), name_of(end)) && trace::parse_probe(model, &asked(end)).is_ok()
            };
            let near: Vec<End> = error.candidates.iter().filter(can_be).map(|end| End::plain(end)).collect();
            (!near.is_empty()).then(|| group("probe-group-near", near))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::Options;

    const ALL: Bounds = Bounds { workload: 40, kind: 80 };

    fn model(text: &str) -> Model {
        Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default())
    }

    fn values(model: &Model, side: Side, wanted: &str) -> Vec<String> {
        let (from, to) = ("pod/default/client".to_owned(), "web:80".to_owned());
        let groups = ends(model, side, &ProbeText { from, to, ..ProbeText::default() }, wanted, ALL);
        groups.into_iter().flat_map(|group| group.ends).map(|end| end.value).collect()
    }

    #[test]
    fn every_end_that_is_offered_can_be_asked() {
        for text in [
            include_str!("../scenarios/first-service.yaml"),
            include_str!("../scenarios/ingress.yaml"),
            include_str!("../scenarios/gateway.yaml"),
            include_str!("../scenarios/metallb.yaml"),
            include_str!("../../tests/fixtures/cases/world/office.yaml"),
        ] {
            let model = model(text);
            let from: Vec<String> = values(&model, Side::From, "");
            let first = from.first().cloned().unwrap();
            for from in &from {
                let probe = ProbeText { from: from.clone(), to: "10.9.9.9:80".to_owned(), ..ProbeText::default() };
                let reached = trace::parse_probe(&model, &probe);
                assert!(reached.is_ok(), "{from}: {reached:?}");
            }
            let asked = ProbeText { from: first.clone(), ..ProbeText::default() };
            let all = ends(&model, Side::To, &asked, "", ALL).into_iter().flat_map(|group| group.ends);
            for end in all {
                let probe = ProbeText { to: end.value.clone(), connect: end.connect.clone(), ..asked.clone() };
                let reached = trace::parse_probe(&model, &probe);
                assert!(reached.is_ok(), "{first} {end:?}: {reached:?}");
            }
        }
    }

    #[test]
    fn an_end_is_found_by_name_namespace_address_port_and_workload() {
        let model = model(include_str!("../scenarios/first-service.yaml"));
        let found = |side, wanted: &str| values(&model, side, wanted);
        assert_eq!(found(Side::From, "CLIENT"), ["pod/default/client"]);
        assert_eq!(found(Side::From, "10.244.0.10"), ["pod/default/client"]);
        assert_eq!(found(Side::From, "default/web").len(), 3);
        assert_eq!(found(Side::From, "default/web node-b"), found(Side::From, "web node-b"));
        assert!(found(Side::From, "node-a").contains(&"node/node-a".to_owned()));
        assert_eq!(found(Side::To, "web:80"), ["web:80", "svc/default/web:80"]);
        assert_eq!(found(Side::To, "10.96.0.11"), ["svc/default/web:80"]);
        assert_eq!(found(Side::To, "web:8080").len(), 3);
        assert!(found(Side::From, "nothing-is-called-so").is_empty());
        // Something near is said of what is mistyped, and a Pod is found whatever it listens on.
        assert_eq!(found(Side::From, "pod/default/clinet"), ["pod/default/client"]);
        assert_eq!(found(Side::To, "client"), ["pod/default/client:80"]);
        // What is no name is taken as it is written, where it is an end at all.
        assert_eq!(found(Side::To, "10.9.9.9:443"), ["10.9.9.9:443"]);
    }

    #[test]
    fn pods_stand_below_their_workload_and_what_is_left_out_is_counted() {
        let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 30, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: busybox}]}}\n";
        let model = model(text);
        let probe = ProbeText::default();
        let groups = ends(&model, Side::From, &probe, "", Bounds { workload: 4, kind: 24 });
        let shown: Vec<(String, usize, usize)> =
            groups.into_iter().map(|group| (format!("{:?}", group.heading), group.ends.len(), group.found)).collect();
        let web = shown.iter().find(|(heading, ..)| heading.contains("default/web")).unwrap();
        assert_eq!((web.1, web.2), (4, 30), "{shown:?}");
        assert!(shown.iter().any(|(heading, ends, found)| heading.contains("probe-group-pods") && ends == found));
        // The last one is found by its name, however many there are.
        let last = &model.cluster.pods.iter().rev().find(|pod| pod.name.name.starts_with("web-")).unwrap().name;
        assert_eq!(values(&model, Side::From, &last.name), [format!("pod/{last}")]);
    }
}
