//! Probes as people write them: `pod/NS/NAME`, `deploy/NAME`, `svc/NS/NAME:PORT`, `NAME:PORT`, `IP:PORT`, `http://HOST/PATH`.

use super::asked::{self, GATEWAY, INGRESS};
use super::choice::{ChoiceKind, ChoiceName};
use super::journey::{Entrance, MAX_BEFORE, MAX_SIZE, MAX_WAIT, Probe, Source, Target};
use super::named::{self, Holder, Kind, everything};
use super::probe_text::{MAX_CANDIDATES, ProbeError, ProbeText, Result, error, similar};
use crate::agents::outside;
use crate::model::Model;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{Cluster, NodeId, PodId, Service, ServiceId, ServiceType};
use std::net::IpAddr;
use std::sync::Arc;

/// Longest text looked at; names in Kubernetes are far shorter.
const MAX_LENGTH: usize = 2_048;

/// Reads a probe against the model's names.
///
/// # Errors
/// The first part that cannot be understood, with candidates.
pub fn parse_probe(model: &Model, text: &ProbeText) -> Result<Probe> {
    for (part, value) in [("from", &text.from), ("to", &text.to)] {
        if value.trim().is_empty() {
            return Err(error(part, "missing", "", Vec::new()));
        }
        if value.len() > MAX_LENGTH {
            return Err(error(part, "too-long", value, Vec::new()));
        }
    }
    let protocol = match text.proto.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "tcp") => Protocol::Tcp,
        Some("udp") => Protocol::Udp,
        Some("sctp") => Protocol::Sctp,
        Some("icmp") => Protocol::Icmp,
        Some(other) => {
            return Err(error(
                "proto",
                "bad-protocol",
                other,
                ["tcp", "udp", "sctp", "icmp"].map(String::from).to_vec(),
            ));
        }
    };
    let sport = match text.sport.as_deref() {
        None | Some("") => None,
        Some(given) => Some(number("sport", given)?),
    };
    let choose = text
        .choose
        .iter()
        .filter(|choose| !choose.is_empty())
        .map(|choose| read_choice(choose))
        .collect::<Result<_>>()?;
    let from = source(model, text.from.trim(), text.via.as_deref().unwrap_or_default().trim(), text.seed)?;
    let reader = Reader { model, source: &from, protocol, seed: text.seed };
    let to = reader.target(text.to.trim())?;
    let (keep, once) = keep(text.keep.as_deref(), protocol)?;
    let asked = asked::asked(text, &to, &model.cluster, &|text| reader.target(text))?;
    Ok(Probe {
        from,
        to,
        protocol,
        sport,
        choose,
        seed: text.seed,
        before: count("before", text.before.as_deref(), u64::from(MAX_BEFORE), 0)? as u32,
        wait: count("wait", text.wait.as_deref(), MAX_WAIT, 1)?,
        keep,
        once,
        size: match text.size.as_deref().map(str::trim) {
            None | Some("") => None,
            size => Some(count("size", size, u64::from(MAX_SIZE), 0)? as u32),
        },
        method: asked.method,
        headers: asked.headers,
        connect: asked.connect,
    })
}

/// What a client can keep.
pub const KEEPS: [&str; 3] = ["connection", "address", "both"];

/// Reads a question for a name: who asks, and the name as it would stand in a destination `NAME:PORT`. An address is read as one.
///
/// # Errors
/// The first part that cannot be understood, with candidates; the name is the part `to`.
pub fn parse_question(model: &Model, from: &str, name: &str, seed: u64) -> Result<Probe> {
    let text = ProbeText { from: from.to_owned(), to: format!("{}:1", name.trim()), seed, ..ProbeText::default() };
    let probe = parse_probe(model, &text)?;
    match probe.to {
        Target::Name(name, _) => Ok(Probe { to: Target::Name(name, Port(0)), protocol: Protocol::Udp, ..probe }),
        Target::Address(ip, _) if !name.contains('/') => {
            Ok(Probe { to: Target::Address(ip, Port(0)), protocol: Protocol::Udp, ..probe })
        }
        _ => Err(error("to", "name-form", name, Vec::new())),
    }
}

/// What is wished for: the first of its kind, and with it all ports of that kind.
fn read_choice(text: &str) -> Result<(ChoiceName, Arc<str>)> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(error("choose", "choose-form", text, vec!["endpoint=10.244.1.5:8080".to_owned()]));
    };
    let Some(kind) = ChoiceKind::ALL.into_iter().find(|kind| kind.code() == name) else {
        let known = ChoiceKind::ALL.map(|kind| kind.code().to_owned());
        return Err(error("choose", "unknown-choice", name, known.to_vec()));
    };
    Ok((kind.into(), Arc::from(value)))
}

fn number(part: &'static str, text: &str) -> Result<Port> {
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.map(Port).ok_or_else(|| error(part, "bad-port", text, vec!["1-65535".to_owned()]))
}

/// What a client keeps: its connection (a stream of bytes, requests over HTTP, datagrams of one socket, or echo requests of one identifier),
/// the address that it found.
fn keep(text: Option<&str>, protocol: Protocol) -> Result<(bool, bool)> {
    let (keep, once) = match text.map(str::trim) {
        None | Some("" | "0" | "false" | "no") => (false, false),
        Some("1" | "true" | "yes" | "on" | "connection") => (true, false),
        Some("address") => (false, true),
        Some("both") => (true, true),
        Some(other) => return Err(error("keep", "keep-form", other, KEEPS.map(str::to_owned).to_vec())),
    };
    match keep && protocol == Protocol::Sctp {
        true => Err(error("keep", "keep-sctp", text.unwrap_or_default(), vec!["tcp".to_owned(), "udp".to_owned()])),
        false => Ok((keep, once)),
    }
}

/// What is written for what a probe keeps.
fn keeps(probe: &Probe) -> Option<String> {
    let word = match (probe.keep, probe.once) {
        (false, false) => return None,
        (true, false) => "1",
        (false, true) => "address",
        (true, true) => "both",
    };
    Some(word.to_owned())
}

/// A number up to `most`.
fn count(part: &'static str, text: Option<&str>, most: u64, default: u64) -> Result<u64> {
    match text.map(str::trim) {
        None | Some("") => Ok(default),
        Some(text) => {
            let number = text.parse().ok().filter(|number| *number <= most);
            number.ok_or_else(|| error(part, "bad-count", text, vec![format!("0-{most}")]))
        }
    }
}

fn source(model: &Model, text: &str, via: &str, seed: u64) -> Result<Source> {
    let cluster = &model.cluster;
    let parts: Vec<&str> = text.split('/').collect();
    let (word, path) = parts.split_first().unwrap_or((&"", &[]));
    let form = || Err(error("from", "source-form", text, similar(text, sources(model).chain(everything(model)))));
    match (Kind::of(word), path) {
        (Some(Kind::Pod), [_] | [_, _]) => named::pod(cluster, "from", path).map(Source::Pod),
        (Some(Kind::Node), [name]) => named::node(cluster, "from", name).map(Source::Node),
        (Some(Kind::Address), [address]) => Ok(match named::holder(model, "from", address)? {
            Holder::Pod(pod) => Source::Pod(pod),
            Holder::Node(node) => Source::Node(node),
            Holder::Machine(id) => Source::Machine(id),
        }),
        (Some(Kind::Container), [name]) if named::is_node(model, name) => {
            named::node(cluster, "from", name).map(Source::Node)
        }
        (Some(Kind::Host | Kind::Container | Kind::Vm), [_] | [_, _]) => {
            named::machine(model, "from", text).map(Source::Machine)
        }
        (Some(Kind::Workload(kind)), [_] | [_, _]) => {
            let pods = named::workload(model, "from", kind, path)?;
            pick(&pods, seed).map(Source::Pod).map_or_else(form, Ok)
        }
        (Some(Kind::External), []) => {
            let ip =
                outside::default_address(cluster).ok_or_else(|| error("from", "external-source", text, Vec::new()))?;
            Ok(Source::External { ip, via: routed_by(cluster, via)? })
        }
        (Some(Kind::External), [address]) => {
            let ip = address.parse().ok().filter(|ip| outside::may_have(cluster, *ip));
            let default = outside::default_address(cluster);
            let refused = || {
                let free = default.map(|ip| vec!["external".to_owned(), format!("external/{ip}")]);
                error("from", "external-source", text, free.unwrap_or_default())
            };
            let ip: IpAddr = ip.filter(|_| default.is_some()).ok_or_else(refused)?;
            Ok(Source::External { ip, via: routed_by(cluster, via)? })
        }
        (Some(Kind::Service | Kind::LoadBalancer), [_] | [_, _]) => {
            // A Service sends nothing: its Pods do.
            let id = named::service(cluster, word, path).map_err(|wrong| ProbeError { part: "from", ..wrong })?;
            let endpoints = cluster.endpoints.get(id.0 as usize).into_iter().flatten().flat_map(|list| &list.endpoints);
            let pods = endpoints.filter_map(|endpoint| cluster.pods.get(endpoint.pod?.0 as usize));
            let mut pods: Vec<String> = pods.map(|pod| format!("pod/{}", pod.name)).collect();
            pods.dedup();
            pods.truncate(MAX_CANDIDATES);
            Err(error("from", "no-source", text, pods))
        }
        // A name alone.
        (None, []) => {
            let pods = named::pod(cluster, "from", &[word]).map(|id| cluster.pods.get(id.0 as usize));
            match pods {
                Ok(Some(pod)) => Err(error("from", "source-form", text, vec![format!("pod/{}", pod.name)])),
                _ => form(),
            }
        }
        _ => form(),
    }
}

/// One of the Pods of a workload, by the seed.
fn pick(pods: &[PodId], seed: u64) -> Option<PodId> {
    let at = seed.checked_rem(pods.len() as u64)?;
    pods.get(at as usize).copied()
}

/// The node of `--via`, if there is one.
fn routed_by(cluster: &Cluster, via: &str) -> Result<Option<NodeId>> {
    match via.split('/').collect::<Vec<_>>().as_slice() {
        [""] if !cluster.segments.is_empty() => Ok(None),
        ["node", name] => named::node(cluster, "via", name).map(Some),
        _ => {
            let nodes = cluster.nodes.iter().map(|node| format!("node/{}", node.name));
            Err(error("via", "via-form", via, similar(via, nodes)))
        }
    }
}

/// Everything a probe can start from, as `--from` writes it.
pub fn sources(model: &Model) -> impl Iterator<Item = String> {
    let cluster = &model.cluster;
    let machines = named::machines(model).map(|(_, name)| named::written(name));
    let pods = cluster.pods.iter().map(|pod| format!("pod/{}", pod.name));
    let nodes = cluster.nodes.iter().map(|node| format!("node/{}", node.name));
    pods.chain(nodes).chain(machines).chain(outside::default_address(cluster).map(|_| "external".to_owned()))
}

/// What a destination is read against.
struct Reader<'m> {
    model: &'m Model,
    source: &'m Source,
    protocol: Protocol,
    seed: u64,
}

impl Reader<'_> {
    fn target(&self, text: &str) -> Result<Target> {
        let cluster = &self.model.cluster;
        if let Some((scheme, rest)) = text.split_once("://") {
            return match scheme.to_ascii_lowercase().as_str() {
                "http" => self.url(text, rest, false),
                "https" => self.url(text, rest, true),
                _ => Err(error("to", "url-scheme", text, vec![format!("http://{rest}"), format!("https://{rest}")])),
            };
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() => (host, Some(port)),
            _ => (text, None),
        };
        let parts: Vec<&str> = host.split('/').collect();
        let (word, path) = parts.split_first().unwrap_or((&"", &[]));
        match (Kind::of(word), path) {
            (Some(Kind::Pod), [_] | [_, _]) => self.pod(named::pod(cluster, "to", path)?, host, port),
            (Some(Kind::Workload(kind)), [_] | [_, _]) => {
                let pods = named::workload(self.model, "to", kind, path)?;
                let pod = pick(&pods, self.seed).ok_or_else(|| self.unclear(text))?;
                self.pod(pod, host, port)
            }
            (Some(kind @ (Kind::Node | Kind::Container)), [name])
                if kind == Kind::Node || named::is_node(self.model, name) =>
            {
                let id = named::node(cluster, "to", name)?;
                Ok(Target::Node(id, self.number(text, port)?))
            }
            (Some(Kind::Host | Kind::Container | Kind::Vm), [_] | [_, _]) => {
                let id = named::machine(self.model, "to", host)?;
                Ok(Target::Machine(id, self.number(text, port)?))
            }
            (Some(Kind::Address), [address]) => match address.parse() {
                Ok(ip @ IpAddr::V4(_)) => Ok(Target::Address(ip, self.number(text, port)?)),
                Ok(IpAddr::V6(_)) => Err(error("to", "ipv6", text, Vec::new())),
                Err(_) => Err(self.unclear(text)),
            },
            (Some(Kind::External), [] | [_]) => {
                let ip = match path.first() {
                    None => outside::default_address(cluster),
                    Some(address) => address.parse().ok().filter(IpAddr::is_ipv4),
                };
                Ok(Target::Address(ip.ok_or_else(|| self.unclear(text))?, self.number(text, port)?))
            }
            (Some(Kind::Service), [_] | [_, _]) => {
                let id = named::service(cluster, "svc", path)?;
                Ok(Target::Service(id, self.service_port(id, host, port)?))
            }
            (Some(Kind::LoadBalancer), [_] | [_, _]) => {
                let id = named::service(cluster, "lb", path)?;
                let of = cluster.services.get(id.0 as usize);
                if of.is_none_or(|of| of.kind != ServiceType::LoadBalancer) {
                    let balanced = cluster.services.iter().filter(|service| service.kind == ServiceType::LoadBalancer);
                    let balanced = balanced.map(|service| format!("lb/{}", service.name));
                    return Err(error("to", "no-load-balancer", host, similar(host, balanced)));
                }
                Ok(Target::LoadBalancer(id, self.service_port(id, host, port)?))
            }
            (_, []) => self.host(text, host, port),
            _ => Err(self.unclear(text)),
        }
    }

    fn unclear(&self, text: &str) -> ProbeError {
        let all = targets(&self.model.cluster).chain(everything(self.model));
        error("to", "target-form", text, similar(text, all))
    }

    /// A port by its number; none where the protocol has none.
    fn number(&self, text: &str, port: Option<&str>) -> Result<Port> {
        match port {
            Some(port) => number("to", port),
            None if self.protocol == Protocol::Icmp => Ok(Port(0)),
            None => Err(error("to", "missing-port", text, vec![format!("{text}:80")])),
        }
    }

    fn pod(&self, id: PodId, host: &str, port: Option<&str>) -> Result<Target> {
        let ports = pod_ports(&self.model.cluster, id);
        let named = |port: &str| ports.iter().find(|(name, _)| name.as_deref() == Some(port)).map(|(_, port)| *port);
        let names = || ports.iter().filter_map(|(name, _)| name.as_deref().map(String::from)).collect();
        match port {
            Some(port) => Ok(Target::Pod(id, read_port(port, named, names)?)),
            None if self.protocol == Protocol::Icmp => Ok(Target::Pod(id, Port(0))),
            None => {
                let known = ports.iter().map(|(_, port)| format!("{host}:{port}")).collect();
                Err(error("to", "missing-port", host, known))
            }
        }
    }

    /// The port of a Service that has an address of its own.
    fn service_port(&self, id: ServiceId, host: &str, port: Option<&str>) -> Result<Port> {
        let missing = |candidates| error("to", "missing-port", host, candidates);
        let Some(of) = self.model.cluster.services.get(id.0 as usize) else { return Err(missing(Vec::new())) };
        if of.cluster_ips.is_empty() {
            let name = format!("{}.{}", of.name.name, of.name.namespace);
            let ports = of.ports.iter().map(|port| format!("{name}:{}", port.port)).take(MAX_CANDIDATES);
            let known: Vec<String> = ports.collect();
            let known = if known.is_empty() { vec![format!("{name}:PORT")] } else { known };
            return Err(error("to", "no-cluster-ip", host, known));
        }
        match port {
            Some(port) => read_port(port, |port| service_port(of, port), || port_names(of)),
            None if self.protocol == Protocol::Icmp => Ok(Port(0)),
            None => Err(missing(of.ports.iter().map(|port| format!("{host}:{}", port.port)).collect())),
        }
    }

    /// An address or a name.
    fn host(&self, text: &str, host: &str, port: Option<&str>) -> Result<Target> {
        let cluster = &self.model.cluster;
        if is_ipv6(host) || is_ipv6(text) {
            return Err(error("to", "ipv6", text, Vec::new()));
        }
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(Target::Address(ip, self.number(text, port)?));
        }
        if !is_name(host) {
            return Err(self.unclear(text));
        }
        let of = self.service_by_dns(host);
        match port {
            Some(port) => {
                let named = |port: &str| self.named_port(of?, port);
                let names =
                    || of.and_then(|id| cluster.services.get(id.0 as usize)).map(port_names).unwrap_or_default();
                Ok(Target::Name(Arc::from(host), read_port(port, named, names)?))
            }
            None if self.protocol == Protocol::Icmp => Ok(Target::Name(Arc::from(host), Port(0))),
            None => {
                let of = of.and_then(|id| cluster.services.get(id.0 as usize));
                let known: Option<Vec<String>> =
                    of.map(|of| of.ports.iter().map(|port| format!("{host}:{}", port.port)).collect());
                let known = known.filter(|known| !known.is_empty()).unwrap_or_else(|| vec![format!("{host}:80")]);
                Err(error("to", "missing-port", text, known))
            }
        }
    }

    /// The Service a DNS name most likely means where the probe starts: `NAME`, `NAME.NS`, `NAME.NS.svc…`.
    fn service_by_dns(&self, host: &str) -> Option<ServiceId> {
        let cluster = &self.model.cluster;
        let mut labels = host.trim_end_matches('.').split('.');
        let own = match self.source {
            Source::Pod(id) => cluster.pods.get(id.0 as usize).map(|pod| &*pod.name.namespace),
            _ => None,
        };
        let (name, namespace) = (labels.next()?, labels.next().or(own).unwrap_or("default"));
        cluster.service_named(namespace, name)
    }

    /// The number behind a port's name: of a headless Service that of its endpoints, as SRV records have it.
    fn named_port(&self, id: ServiceId, name: &str) -> Option<Port> {
        let cluster = &self.model.cluster;
        let service = cluster.services.get(id.0 as usize)?;
        let lists = cluster.endpoints.get(id.0 as usize).into_iter().flatten();
        let mut behind = lists.filter(|list| &*list.port_name == name).flat_map(|list| &list.endpoints);
        let behind = behind.find(|endpoint| endpoint.port.0 != 0).filter(|_| service.headless);
        behind.map(|endpoint| endpoint.port).or_else(|| service_port(service, name))
    }

    fn url(&self, text: &str, rest: &str, tls: bool) -> Result<Target> {
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        // What stands behind # stays with the client.
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        // Nor does a name and password say where to go.
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if authority.starts_with('[') || is_ipv6(authority) {
            return Err(error("to", "ipv6", text, Vec::new()));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, "")) => (host, Port(default_port(tls))),
            Some((host, port)) => (host, number("to", port)?),
            None => (authority, Port(default_port(tls))),
        };
        let host = host.to_ascii_lowercase();
        if host.parse::<IpAddr>().is_err() && !is_name(&host) {
            return Err(self.unclear(text));
        }
        Ok(Target::Url { host: Arc::from(host), port, path: Arc::from(path), tls })
    }
}

/// The port of a scheme.
fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<std::net::Ipv6Addr>().is_ok() || text.starts_with('[')
}

/// A DNS name, possibly with underscores and a trailing dot.
fn is_name(host: &str) -> bool {
    let labels = host.strip_suffix('.').unwrap_or(host);
    let good = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    labels.len() <= 253 && labels.split('.').all(good)
}

/// A number, or a name looked up.
fn read_port(text: &str, named: impl Fn(&str) -> Option<Port>, names: impl Fn() -> Vec<String>) -> Result<Port> {
    if text.chars().all(|c| c.is_ascii_digit()) || text.is_empty() {
        return number("to", text);
    }
    named(text).ok_or_else(|| error("to", "unknown-port-name", text, names()))
}

fn service_port(service: &Service, name: &str) -> Option<Port> {
    service.ports.iter().find(|port| &*port.name == name).map(|port| port.port)
}

fn port_names(service: &Service) -> Vec<String> {
    service.ports.iter().filter(|port| !port.name.is_empty()).map(|port| port.name.to_string()).collect()
}

fn pod_ports(cluster: &Cluster, id: PodId) -> Vec<(Option<Arc<str>>, Port)> {
    let pod = cluster.pods.get(id.0 as usize);
    let ports = pod.into_iter().flat_map(|pod| &pod.containers).flat_map(|container| &container.ports);
    let mut all: Vec<_> = ports.map(|port| (port.name.clone(), port.port)).collect();
    let sockets = pod.into_iter().flat_map(|pod| &pod.listening.sockets);
    for socket in sockets {
        if !all.iter().any(|(_, port)| *port == socket.port) {
            all.push((None, socket.port));
        }
    }
    all
}

/// Destinations worth offering, as `--to` writes them: each Service by name and by ClusterIP, each Pod's ports.
pub fn targets(cluster: &Cluster) -> impl Iterator<Item = String> {
    let services = cluster.services.iter().filter(|service| !service.cluster_ips.is_empty());
    let services = services
        .flat_map(|service| service.ports.iter().map(move |port| format!("svc/{}:{}", service.name, port.port)));
    let pods = cluster.pods.iter().flat_map(|pod| {
        let ports: std::collections::BTreeSet<Port> = pod.listening.sockets.iter().map(|socket| socket.port).collect();
        ports.into_iter().map(move |port| format!("pod/{}:{port}", pod.name))
    });
    services.chain(pods)
}

/// Writes a probe the way [`parse_probe`] reads it.
pub fn write_probe(model: &Model, probe: &Probe) -> ProbeText {
    let cluster = &model.cluster;
    let pod = |id: PodId| cluster.pods.get(id.0 as usize).map(|pod| format!("pod/{}", pod.name)).unwrap_or_default();
    let node =
        |id: NodeId| cluster.nodes.get(id.0 as usize).map(|node| format!("node/{}", node.name)).unwrap_or_default();
    let mut via = None;
    let from = match &probe.from {
        Source::Pod(id) => pod(*id),
        Source::Node(id) => node(*id),
        Source::Machine(id) => named::machine_name(model, *id),
        Source::External { ip, via: first } => {
            via = first.map(node);
            if outside::default_address(cluster) == Some(*ip) {
                "external".to_owned()
            } else {
                format!("external/{ip}")
            }
        }
    };
    let to = target_text(model, &probe.to);
    ProbeText {
        from,
        via,
        to,
        proto: (probe.protocol != Protocol::Tcp).then(|| probe.protocol.to_string()),
        sport: probe.sport.map(|port| port.to_string()),
        choose: probe.choose.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        seed: probe.seed,
        before: (probe.before > 0).then(|| probe.before.to_string()),
        wait: (probe.wait != 1).then(|| probe.wait.to_string()),
        keep: keeps(probe),
        size: probe.size.map(|size| size.to_string()),
        method: probe.method.as_ref().map(ToString::to_string),
        headers: probe.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect(),
        connect: probe.connect.as_ref().map(|connect| match connect {
            Entrance::Ingress => INGRESS.to_owned(),
            Entrance::Gateway(at, port) => {
                let name = model.cluster.fronts.gateways.get(*at as usize).map(|gateway| gateway.name.to_string());
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                format!("{GATEWAY}{}{port}", name.unwrap_or_default())
            }
            Entrance::To(target) => target_text(model, target),
        }),
    }
}

/// Writes a destination the way [`parse_probe`] reads it.
fn target_text(model: &Model, target: &Target) -> String {
    let cluster = &model.cluster;
    let pod = |id: PodId| cluster.pods.get(id.0 as usize).map(|pod| format!("pod/{}", pod.name)).unwrap_or_default();
    let node =
        |id: NodeId| cluster.nodes.get(id.0 as usize).map(|node| format!("node/{}", node.name)).unwrap_or_default();
    let with = |host: String, port: Port| if port.0 == 0 { host } else { format!("{host}:{port}") };
    match target {
        Target::Pod(id, port) => with(pod(*id), *port),
        Target::Service(id, port) => {
            let service = cluster.services.get(id.0 as usize);
            with(service.map(|service| format!("svc/{}", service.name)).unwrap_or_default(), *port)
        }
        Target::Name(name, port) => with(name.to_string(), *port),
        Target::Address(ip, port) => with(ip.to_string(), *port),
        Target::Node(id, port) => with(node(*id), *port),
        Target::Machine(id, port) => with(named::machine_name(model, *id), *port),
        Target::LoadBalancer(id, port) => {
            let service = cluster.services.get(id.0 as usize);
            with(service.map(|service| format!("lb/{}", service.name)).unwrap_or_default(), *port)
        }
        Target::Url { host, port, path, tls } => {
            let scheme = if *tls { "https" } else { "http" };
            let port = if port.0 == default_port(*tls) { String::new() } else { format!(":{port}") };
            format!("{scheme}://{host}{port}{path}")
        }
    }
}
