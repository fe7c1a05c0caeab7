//! Pods as given, and Pods from templates, before they have a node and an address.

use super::context::{Context, name_of};
use super::model::{Container, ContainerPort, DnsConfig, DnsPolicy, HostAlias, NamespacedName, Origin, Pod};
use super::nodes::Candidate;
use super::state::{self, ContainerState, ObstacleKind, PodState};
use crate::diagnostic::codes;
use crate::manifest::objects::{self, Document, Object, PodSpec};
use crate::origin::{ObjectRef, Span};
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Bytes of a Pod that is decided, without what its labels, containers and ports take.
const POD: usize = 1_000;

/// Bytes of a Pod that is decided.
pub(super) fn weight(pod: &Pod) -> usize {
    let ports: usize = pod.containers.iter().map(|container| container.ports.len()).sum();
    let said = pod.listening.sockets.len() + pod.listening.unheard.len();
    let listed = pod.dns_config.searches.len() + pod.dns_config.options.len();
    let aliases: usize = pod.host_aliases.iter().map(|alias| 2 + alias.names.len()).sum();
    POD + 48 * (pod.labels.len() + listed + aliases) + 250 * pod.containers.len() + 100 * ports + 400 * said
}

/// A Pod that still wants a node or an address.
pub(super) struct Draft<'p> {
    /// The Pod; node and address are filled in by scheduling.
    pub(super) pod: Pod,
    /// What the scheduler looks at.
    pub(super) spec: &'p PodSpec,
    /// Node asked for by name.
    pub(super) node_name: Option<Arc<str>>,
    /// Address it has already.
    pub(super) ip: Option<IpAddr>,
    /// Pods of one group are spread over nodes.
    pub(super) group: Arc<str>,
    /// The address is not of the input, but of an earlier moment.
    pub(super) handed_out: bool,
    /// Exactly this node, whatever its taints (DaemonSets and static Pods).
    pub(super) pinned: bool,
}

/// All Pods of the input that have a network; the others are entered as absent.
pub(super) fn given<'p>(context: &mut Context<'p>, nodes: &[Candidate]) -> Vec<Draft<'p>> {
    let parsed = context.parsed;
    // Of several of an address the first.
    let by_ip: BTreeMap<IpAddr, &Candidate> =
        nodes.iter().rev().map(|candidate| (candidate.node.ip, candidate)).collect();
    let mut drafts = Vec::new();
    for object in &parsed.objects {
        let Object::Pod(document) = object else { continue };
        if context.is_refused(&document.object) {
            continue;
        }
        let (pod, status) = (&document.value, &document.value.status);
        let mut origin = context.origin(document);
        let made_by = parsed.held.pods.get(&name_of(&document.object)).and_then(|held| held.made_by.clone());
        if let Some(maker) = &made_by {
            origin.object = maker.clone();
        }
        let mut draft = draft(context, name_of(&document.object), &pod.metadata, &pod.spec, origin, made_by);
        if !context.may(1, weight(&draft.pod)) {
            break;
        }
        let given = state::given(context, document, &mut draft.pod.containers);
        draft.pod.ready = given.ready;
        draft.pod.terminating = pod.metadata.deletion_timestamp.is_some();
        draft.pod.state = given.state;
        let held = parsed.held.pods.get(&draft.pod.name);
        if let Some(held) = held {
            (draft.pod.ready, draft.pod.terminating) = (held.ready, held.terminating);
        }
        if parsed.held.unscheduled.contains(&draft.pod.name) {
            let (kind, reason) = (ObstacleKind::Unscheduled, Arc::from("kube-scheduler"));
            draft.pod.ready = false;
            draft.pod.state.obstacle = Some(state::Obstacle { kind, container: None, reason, at: None });
            context.leave_out(draft.pod, None);
            continue;
        }
        report(context, document, &draft.pod, given.span);
        draft.node_name = draft.node_name.take().or_else(|| {
            let host: IpAddr = status.host_ip.as_ref()?.value.parse().ok()?;
            by_ip.get(&host).map(|candidate| candidate.node.name.clone())
        });
        if given.absent {
            context.leave_out(draft.pod, draft.node_name);
            continue;
        }
        let mut ip = None;
        if let Some(text) = &status.pod_ip {
            ip = context.ip(text, "status.podIP", &document.object).filter(IpAddr::is_ipv4);
        }
        draft.ip = ip.or_else(|| status.pod_ips.iter().filter_map(|ip| ip.value.ip.parse().ok()).find(IpAddr::is_ipv4));
        if let Some(held) = held {
            draft.ip = Some(held.ip);
            draft.handed_out = !held.given;
        }
        drafts.push(draft);
    }
    drafts
}

/// Says what keeps a Pod from being ready, unless it has just done its work.
fn report(context: &mut Context<'_>, document: &Document<objects::Pod>, pod: &Pod, at: Span) {
    let Some(obstacle) = pod.state.obstacle.as_ref().filter(|obstacle| obstacle.kind != ObstacleKind::Ended) else {
        return;
    };
    let at = if at.is_nowhere() { context.name_span(document.span, &document.value.metadata) } else { at };
    let found = context.finding(codes::POD_NOT_READY, context.first_line(at), &document.object);
    let found = found.arg("pod", pod.name.to_string()).arg("kind", obstacle.kind.word());
    let found = found.arg("container", obstacle.container.as_deref().unwrap_or_default());
    context.report(found.arg("reason", &*obstacle.reason));
}

/// A Pod from its metadata and spec. What is wrong in them was reported when the object was checked.
pub(super) fn draft<'p>(
    context: &mut Context<'p>,
    name: NamespacedName,
    metadata: &objects::Metadata,
    spec: &'p PodSpec,
    origin: Origin,
    made_by: Option<ObjectRef>,
) -> Draft<'p> {
    let sidecars = spec.init_containers.iter().filter(|container| state::is_sidecar(container));
    let containers: Vec<Container> =
        spec.containers.iter().chain(sidecars).map(|container| read_container(context, &container.value)).collect();
    let policies = [
        ("ClusterFirst", DnsPolicy::ClusterFirst),
        ("ClusterFirstWithHostNet", DnsPolicy::ClusterFirstWithHostNet),
        ("Default", DnsPolicy::Default),
        ("None", DnsPolicy::None),
    ];
    let dns_policy = match &spec.dns_policy {
        Some(text) => {
            policies.into_iter().find(|(word, _)| *word == &*text.value).map(|(_, policy)| policy).unwrap_or_default()
        }
        None => DnsPolicy::ClusterFirst,
    };
    let mut dns_config = DnsConfig::default();
    if let Some(config) = &spec.dns_config {
        let servers = config.value.nameservers.iter();
        dns_config.nameservers = servers.filter_map(|text| text.value.parse().ok()).collect();
        dns_config.searches = config.value.searches.iter().map(|text| text.value.clone()).collect();
        dns_config.options =
            config.value.options.iter().map(|option| (option.value.name.clone(), option.value.value.clone())).collect();
    }
    let text = |text: &Option<crate::origin::Spanned<Arc<str>>>| text.as_ref().map(|text| text.value.clone());
    let group = Arc::from(made_by.as_ref().map_or_else(|| format!("pod {name}"), ToString::to_string));
    let mut pod = Pod {
        name,
        node: Default::default(),
        ip: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        ip_given: false,
        host_network: spec.host_network.as_ref().is_some_and(|flag| flag.value),
        labels: metadata.labels.to_map(),
        containers,
        listening: Default::default(),
        ready: true,
        terminating: false,
        state: PodState::default(),
        hostname: text(&spec.hostname),
        subdomain: text(&spec.subdomain),
        dns_policy,
        dns_config,
        host_aliases: host_aliases(context, spec, &origin.object),
        origin,
        made_by,
    };
    super::listen::of_spec(context, &mut pod, spec);
    Draft { pod, spec, node_name: text(&spec.node_name), ip: None, group, handed_out: false, pinned: false }
}

/// `hostAliases`; an entry without a good address is reported and left out.
fn host_aliases(context: &mut Context<'_>, spec: &PodSpec, object: &ObjectRef) -> Vec<HostAlias> {
    let mut all = Vec::new();
    for alias in &spec.host_aliases {
        let Some(ip) = &alias.value.ip else {
            let span = context.first_line(alias.span);
            let found = context.finding(codes::MISSING_FIELD, span, object).arg("path", "spec.hostAliases.ip");
            context.report(found);
            continue;
        };
        let Some(ip) = context.ip(ip, "spec.hostAliases.ip", object) else { continue };
        let names = alias.value.hostnames.iter().map(|name| name.value.clone()).collect();
        all.push(HostAlias { ip, names, location: context.at(alias.span) });
    }
    all
}

fn read_container(context: &Context<'_>, container: &objects::Container) -> Container {
    let mut ports = Vec::new();
    for port in &container.ports {
        let Some(number) = &port.value.container_port else { continue };
        let Some(number) = u16::try_from(number.value).ok().filter(|port| *port > 0).map(Port) else { continue };
        let protocol = match port.value.protocol.as_ref().map(|protocol| &*protocol.value) {
            None | Some("TCP") => Protocol::Tcp,
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            Some(_) => continue,
        };
        ports.push(ContainerPort {
            name: port.value.name.as_ref().map(|name| name.value.clone()),
            port: number,
            protocol,
            host_port: port
                .value
                .host_port
                .as_ref()
                .and_then(|port| u16::try_from(port.value).ok())
                .filter(|port| *port > 0)
                .map(Port),
            host_ip: port.value.host_ip.as_ref().and_then(|ip| ip.value.parse().ok()),
            location: context.at(port.span),
            span: port.span,
        });
    }
    let image = container.image.as_ref().map_or_else(|| Arc::from(""), |image| image.value.clone());
    Container { name: container.name.value.clone(), image, ports, state: ContainerState::default() }
}
