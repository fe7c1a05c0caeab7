//! Probes as people write them: `pod/NS/NAME`, `svc/NS/NAME:PORT`, `NAME:PORT`, `IP:PORT`, `http://HOST/PATH`.

use super::drive::{MAX_BEFORE, MAX_WAIT};
use super::journey::{Probe, Source, Target};
use crate::agents::outside;
use crate::cause::ObjectRef;
use crate::cluster::model::{Cluster, NodeId, PodId, Service, ServiceId};
use crate::cluster::state::{AbsentPod, ObstacleKind};
use crate::model::Model;
use crate::packet::{Port, Protocol};
use std::net::IpAddr;
use std::sync::Arc;

/// Candidates shown at most.
const MAX_CANDIDATES: usize = 8;
/// Longest text looked at; names in Kubernetes are far shorter.
const MAX_LENGTH: usize = 2_048;

/// A probe as the command line and the URL write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeText {
    /// `--from`.
    pub from: String,
    /// `--via node/NAME`: for a source outside the cluster, the node its packets reach first; default the first node. Elsewhere without
    /// meaning.
    pub via: Option<String>,
    /// `--to`.
    pub to: String,
    /// `--proto`; default tcp.
    pub proto: Option<String>,
    /// `--sport`.
    pub sport: Option<String>,
    /// `--choose NAME=VALUE`, in order.
    pub choose: Vec<String>,
    /// `--seed`.
    pub seed: u64,
    /// How often the same was sent before; a number, default 0. `--repeat` says one more.
    pub before: Option<String>,
    /// `--every`: seconds between them; default 1.
    pub wait: Option<String>,
}

/// What is wrong with a [`ProbeText`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeError {
    /// Which part: `from`, `via`, `to`, `proto`, `sport`, `choose`, `before`, `wait`.
    pub part: &'static str,
    /// Stable kebab-case code (`probe-{code}` in the locales), one of [`PROBE_ERRORS`].
    pub code: &'static str,
    /// What was written.
    pub given: String,
    /// What would be accepted, or similar names that exist.
    pub candidates: Vec<String>,
}

/// All codes a [`ProbeError`] can have.
pub const PROBE_ERRORS: &[&str] = &[
    "missing",
    "too-long",
    "source-form",
    "external-source",
    "via-form",
    "unknown-pod",
    "refused-object",
    "pod-ended",
    "pod-unscheduled",
    "pod-not-started",
    "unknown-node",
    "unknown-service",
    "unknown-address",
    "no-cluster-ip",
    "target-form",
    "missing-port",
    "bad-port",
    "bad-count",
    "unknown-port-name",
    "bad-protocol",
    "choose-form",
    "unknown-choice",
    "unknown-value",
    "ipv6",
];

type Result<T> = std::result::Result<T, ProbeError>;

fn error(part: &'static str, code: &'static str, given: &str, candidates: Vec<String>) -> ProbeError {
    let given = given.chars().take(200).collect();
    ProbeError { part, code, given, candidates }
}

/// Reads a probe against the model's names.
///
/// # Errors
/// The first part that cannot be understood, with candidates.
pub fn parse_probe(model: &Model, text: &ProbeText) -> Result<Probe> {
    let cluster = &model.cluster;
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
    Ok(Probe {
        from: source(cluster, text.from.trim(), text.via.as_deref().unwrap_or_default().trim())?,
        to: target(cluster, text.to.trim(), protocol)?,
        protocol,
        sport,
        choose,
        seed: text.seed,
        before: count("before", text.before.as_deref(), u64::from(MAX_BEFORE), 0)? as u32,
        wait: count("wait", text.wait.as_deref(), MAX_WAIT, 1)?,
    })
}

/// What can be wished for.
const CHOICES: [&str; 5] = ["endpoint", "dns-endpoint", "source-port", "destination-port", "vxlan-source-port"];

fn read_choice(text: &str) -> Result<(Arc<str>, Arc<str>)> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(error("choose", "choose-form", text, vec!["endpoint=10.244.1.5:8080".to_owned()]));
    };
    if !CHOICES.contains(&name) {
        return Err(error("choose", "unknown-choice", name, CHOICES.map(String::from).to_vec()));
    }
    Ok((Arc::from(name), Arc::from(value)))
}

fn number(part: &'static str, text: &str) -> Result<Port> {
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.map(Port).ok_or_else(|| error(part, "bad-port", text, vec!["1-65535".to_owned()]))
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

fn source(cluster: &Cluster, text: &str, via: &str) -> Result<Source> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        ["pod", namespace, name] => pod(cluster, "from", namespace, name).map(Source::Pod),
        ["node", name] => node(cluster, "from", name).map(Source::Node),
        ["ip", address] => by_address(cluster, address),
        ["external"] => {
            let ip =
                outside::default_address(cluster).ok_or_else(|| error("from", "external-source", text, Vec::new()))?;
            Ok(Source::External { ip, via: first_node(cluster, via)? })
        }
        ["external", address] => {
            let ip = address.parse().ok().filter(|ip| outside::may_have(cluster, *ip));
            let default = outside::default_address(cluster);
            let refused = || {
                let free = default.map(|ip| vec!["external".to_owned(), format!("external/{ip}")]);
                error("from", "external-source", text, free.unwrap_or_default())
            };
            let ip: IpAddr = ip.filter(|_| default.is_some()).ok_or_else(refused)?;
            Ok(Source::External { ip, via: first_node(cluster, via)? })
        }
        _ => Err(error("from", "source-form", text, similar(text, sources(cluster)))),
    }
}

/// The node of `--via`, else the first one.
fn first_node(cluster: &Cluster, via: &str) -> Result<NodeId> {
    match via.split('/').collect::<Vec<_>>().as_slice() {
        [""] if !cluster.nodes.is_empty() => Ok(NodeId(0)),
        ["node", name] => node(cluster, "via", name),
        _ => {
            let nodes = cluster.nodes.iter().map(|node| format!("node/{}", node.name));
            Err(error("via", "via-form", via, similar(via, nodes)))
        }
    }
}

fn by_address(cluster: &Cluster, text: &str) -> Result<Source> {
    let unknown = || error("from", "unknown-address", text, Vec::new());
    let address: IpAddr = text.parse().map_err(|_| unknown())?;
    let pod = cluster.pods.iter().position(|pod| pod.ip == address && !pod.host_network);
    let node = cluster.nodes.iter().position(|node| node.ip == address);
    pod.map(|at| Source::Pod(PodId(at as u32))).or(node.map(|at| Source::Node(NodeId(at as u32)))).ok_or_else(unknown)
}

fn pod(cluster: &Cluster, part: &'static str, namespace: &str, name: &str) -> Result<PodId> {
    cluster.pod_named(namespace, name).ok_or_else(|| {
        if let Some(absent) = cluster.absent_named(namespace, name) {
            return without_address(part, absent);
        }
        if let Some(refused) = refused(cluster, part, "Pod", namespace, name) {
            return refused;
        }
        let text = format!("pod/{namespace}/{name}");
        error(part, "unknown-pod", &text, similar(&text, cluster.pods.iter().map(|pod| format!("pod/{}", pod.name))))
    })
}

/// An object of the input that the API server does not take.
fn refused(cluster: &Cluster, part: &'static str, kind: &str, namespace: &str, name: &str) -> Option<ProbeError> {
    let own = |object: &&ObjectRef| {
        *object.kind == *kind && object.namespace.as_deref() == Some(namespace) && *object.name == *name
    };
    let (object, at) = cluster.refused.iter().find(|(object, _)| own(object))?;
    let given = at.as_ref().map_or_else(|| object.to_string(), |at| format!("{object} ({at})"));
    Some(error(part, "refused-object", &given, Vec::new()))
}

/// Why nothing goes to or from a Pod that has no network.
fn without_address(part: &'static str, pod: &AbsentPod) -> ProbeError {
    let code = match pod.obstacle.kind {
        ObstacleKind::Ended => "pod-ended",
        ObstacleKind::Unscheduled => "pod-unscheduled",
        _ => "pod-not-started",
    };
    let reason = &pod.obstacle.reason;
    let given = if reason.is_empty() { pod.name.to_string() } else { format!("{} ({reason})", pod.name) };
    error(part, code, &given, Vec::new())
}

fn node(cluster: &Cluster, part: &'static str, name: &str) -> Result<NodeId> {
    cluster.node_named(name).ok_or_else(|| {
        error(
            part,
            "unknown-node",
            name,
            similar(&format!("node/{name}"), cluster.nodes.iter().map(|node| format!("node/{}", node.name))),
        )
    })
}

/// Everything a probe can start from, as `--from` writes it.
pub fn sources(cluster: &Cluster) -> impl Iterator<Item = String> {
    let pods = cluster.pods.iter().map(|pod| format!("pod/{}", pod.name));
    let nodes = cluster.nodes.iter().map(|node| format!("node/{}", node.name));
    pods.chain(nodes).chain(outside::default_address(cluster).map(|_| "external".to_owned()))
}

fn target(cluster: &Cluster, text: &str, protocol: Protocol) -> Result<Target> {
    for (scheme, default) in [("http://", 80), ("https://", 443)] {
        if let Some(rest) = text.strip_prefix(scheme) {
            return url(cluster, text, rest, default);
        }
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => (host, Some(port)),
        _ => (text, None),
    };
    let missing = |candidates| error("to", "missing-port", text, candidates);
    let parts: Vec<&str> = host.split('/').collect();
    match parts.as_slice() {
        ["pod", namespace, name] => {
            let id = pod(cluster, "to", namespace, name)?;
            let ports = pod_ports(cluster, id);
            let named =
                |port: &str| ports.iter().find(|(name, _)| name.as_deref() == Some(port)).map(|(_, port)| *port);
            match port {
                Some(port) => Ok(Target::Pod(
                    id,
                    read_port(port, named, || {
                        ports.iter().filter_map(|(name, _)| name.as_deref().map(String::from)).collect()
                    })?,
                )),
                None if protocol == Protocol::Icmp => Ok(Target::Pod(id, Port(0))),
                None => Err(missing(ports.iter().map(|(_, port)| format!("{host}:{port}")).collect())),
            }
        }
        ["svc" | "service", namespace, name] => {
            let id = service(cluster, namespace, name)?;
            let Some(of) = cluster.services.get(id.0 as usize) else { return Err(missing(Vec::new())) };
            if of.cluster_ips.is_empty() {
                return Err(error("to", "no-cluster-ip", host, vec![format!("{name}.{namespace}:PORT")]));
            }
            match port {
                Some(port) => {
                    Ok(Target::Service(id, read_port(port, |port| service_port(of, port), || port_names(of))?))
                }
                None if protocol == Protocol::Icmp => Ok(Target::Service(id, Port(0))),
                None => Err(missing(of.ports.iter().map(|port| format!("{host}:{}", port.port)).collect())),
            }
        }
        [_] if host.parse::<std::net::Ipv6Addr>().is_ok()
            || text.parse::<std::net::Ipv6Addr>().is_ok()
            || host.starts_with('[') =>
        {
            Err(error("to", "ipv6", text, Vec::new()))
        }
        [_] => match (host.parse::<IpAddr>(), port) {
            (Ok(ip), Some(port)) => Ok(Target::Address(ip, number("to", port)?)),
            (Ok(ip), None) if protocol == Protocol::Icmp => Ok(Target::Address(ip, Port(0))),
            (Err(_), _) if !is_name(host) => Err(error("to", "target-form", text, similar(text, targets(cluster)))),
            (Err(_), Some(port)) => {
                let of = service_by_dns(cluster, host);
                let port = read_port(port, |port| service_port(of?, port), || of.map(port_names).unwrap_or_default())?;
                Ok(Target::Name(Arc::from(host), port))
            }
            (Err(_), None) if protocol == Protocol::Icmp => Ok(Target::Name(Arc::from(host), Port(0))),
            (_, None) => {
                let of = service_by_dns(cluster, host);
                let known = of.map(|of| of.ports.iter().map(|port| format!("{host}:{}", port.port)).collect());
                Err(missing(known.unwrap_or_else(|| vec![format!("{host}:80")])))
            }
        },
        _ => Err(error("to", "target-form", text, similar(text, targets(cluster)))),
    }
}

fn url(cluster: &Cluster, text: &str, rest: &str, default: u16) -> Result<Target> {
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, number("to", port)?),
        None => (authority, Port(default)),
    };
    if host.parse::<IpAddr>().is_err() && !is_name(host) {
        return Err(error("to", "target-form", text, similar(host, targets(cluster))));
    }
    Ok(Target::Url { host: Arc::from(host), port, path: Arc::from(path) })
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

fn service(cluster: &Cluster, namespace: &str, name: &str) -> Result<ServiceId> {
    cluster.service_named(namespace, name).ok_or_else(|| {
        if let Some(refused) = refused(cluster, "to", "Service", namespace, name) {
            return refused;
        }
        let text = format!("svc/{namespace}/{name}");
        error(
            "to",
            "unknown-service",
            &text,
            similar(&text, cluster.services.iter().map(|service| format!("svc/{}", service.name))),
        )
    })
}

/// The Service a DNS name most likely means: `NAME`, `NAME.NS`, `NAME.NS.svc…`.
fn service_by_dns<'c>(cluster: &'c Cluster, host: &str) -> Option<&'c Service> {
    let mut labels = host.trim_end_matches('.').split('.');
    let (name, namespace) = (labels.next()?, labels.next().unwrap_or("default"));
    let id = cluster.service_named(namespace, name)?;
    cluster.services.get(id.0 as usize)
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

/// The names nearest to what was written: those that share the longest run with it.
pub(super) fn similar(text: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let wanted: Vec<char> = text.to_lowercase().chars().take(100).collect();
    let mut scored: Vec<(usize, String)> = names.map(|name| (distance(&wanted, &name), name)).collect();
    scored.sort();
    scored.dedup();
    scored.into_iter().take(MAX_CANDIDATES).map(|(_, name)| name).collect()
}

/// Edits from one text to the other, whatever the case; counted on at most 100 characters.
pub(super) fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().take(100).collect();
    distance(&a, b)
}

/// Edit distance (Levenshtein), on at most 100 characters.
fn distance(wanted: &[char], name: &str) -> usize {
    let name: Vec<char> = name.to_lowercase().chars().take(100).collect();
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (i, a) in wanted.iter().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (b, cell) in name.iter().zip(row.iter_mut().skip(1)) {
            let up = *cell;
            left = (corner + usize::from(a != b)).min(up + 1).min(left + 1);
            corner = up;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
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
        Source::External { ip, via: first } => {
            // The first node is the default; so is the address.
            via = (first.0 > 0).then(|| node(*first));
            if outside::default_address(cluster) == Some(*ip) {
                "external".to_owned()
            } else {
                format!("external/{ip}")
            }
        }
    };
    let with = |host: String, port: Port| if port.0 == 0 { host } else { format!("{host}:{port}") };
    let to = match &probe.to {
        Target::Pod(id, port) => with(pod(*id), *port),
        Target::Service(id, port) => {
            let service = cluster.services.get(id.0 as usize);
            with(service.map(|service| format!("svc/{}", service.name)).unwrap_or_default(), *port)
        }
        Target::Name(name, port) => with(name.to_string(), *port),
        Target::Address(ip, port) => with(ip.to_string(), *port),
        Target::Url { host, port, path } if port.0 == 443 => format!("https://{host}{path}"),
        Target::Url { host, port, path } if port.0 == 80 => format!("http://{host}{path}"),
        Target::Url { host, port, path } => format!("http://{host}:{port}{path}"),
    };
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
    }
}
