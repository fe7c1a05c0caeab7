//! Services: as given, then what the API server allocates (ClusterIPs, node ports).

use super::context::{Context, name_of};
use super::model::{LbIngress, LbWay, Service, ServicePort, ServiceType, Settings, TargetPort, TrafficPolicy};
use crate::diagnostic::codes;
use crate::manifest::HeldService;
use crate::manifest::objects::{self, Document, IntOrString, Object};
use crate::origin::{ObjectRef, Span, Spanned};
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Default of `sessionAffinityConfig.clientIP.timeoutSeconds`: three hours.
const AFFINITY_SECONDS: u32 = 10_800;

/// The longest there is: a day.
const MAX_AFFINITY_SECONDS: u32 = 86_400;

/// All Services of the input that can be used.
pub(super) fn given(context: &mut Context<'_>, settings: &Settings) -> Vec<Service> {
    let parsed = context.parsed;
    let mut services = Vec::new();
    for object in &parsed.objects {
        if let Object::Service(document) = object
            && !context.is_refused(&document.object)
            && let Some(service) = read(context, settings, document)
        {
            services.push(service);
        }
    }
    services
}

fn read(context: &mut Context<'_>, settings: &Settings, document: &Document<objects::Service>) -> Option<Service> {
    let (spec, object) = (&document.value.spec, &document.object);
    let kinds = [
        ("ClusterIP", ServiceType::ClusterIp),
        ("NodePort", ServiceType::NodePort),
        ("LoadBalancer", ServiceType::LoadBalancer),
        ("ExternalName", ServiceType::ExternalName),
    ];
    let kind = match &spec.kind {
        Some(text) => context.choice(text, "spec.type", object, &kinds)?,
        None => ServiceType::ClusterIp,
    };
    let first = spec.cluster_ip.as_ref();
    let others = spec.cluster_ips.iter().filter(|text| first.is_none_or(|first| first.value != text.value));
    let texts: Vec<_> = first.into_iter().chain(others).collect();
    let headless = texts.iter().any(|text| &*text.value == "None");
    let mut cluster_ips: Vec<IpAddr> = Vec::new();
    for text in texts.iter().filter(|text| !matches!(&*text.value, "None" | "")) {
        let Some(ip) = context.ip(text, "spec.clusterIP", object) else { continue };
        if cluster_ips.contains(&ip) {
            continue;
        }
        if ip.is_ipv4() && settings.service_cidr_said && !settings.service_cidr.contains(&ip) {
            let found = context.finding(codes::CLUSTER_IP_OUTSIDE, text.span, object).arg("address", ip.to_string());
            context.report(found.arg("range", settings.service_cidr.to_string()));
        }
        cluster_ips.push(ip);
    }
    let mut ports = Vec::new();
    for (index, port) in spec.ports.iter().enumerate() {
        let read = read_port(context, settings, object, index, port);
        // The API server takes no node port here; it is not used either.
        let has_node_ports = matches!(kind, ServiceType::NodePort | ServiceType::LoadBalancer);
        ports.extend(read.map(|port| ServicePort { node_port: port.node_port.filter(|_| has_node_ports), ..port }));
    }
    if kind != ServiceType::ExternalName && !headless && ports.is_empty() {
        if spec.ports.is_empty() {
            let span = spec_span(context, document);
            let found = context.finding(codes::MISSING_FIELD, span, object).arg("path", "spec.ports");
            context.report(found);
        }
        return None;
    }
    if kind == ServiceType::ExternalName && spec.external_name.as_ref().is_none_or(|name| name.value.is_empty()) {
        let span = spec.external_name.as_ref().or(spec.kind.as_ref()).map(|text| text.span);
        let span = span.unwrap_or_else(|| spec_span(context, document));
        let found = context.finding(codes::MISSING_FIELD, span, object).arg("path", "spec.externalName");
        context.report(found);
        return None;
    }
    let policies = [("Cluster", TrafficPolicy::Cluster), ("Local", TrafficPolicy::Local)];
    let mut policy = |text: &Option<Spanned<Arc<str>>>, path: &str| match text {
        Some(text) => context.choice(text, path, object, &policies).unwrap_or_default(),
        None => TrafficPolicy::Cluster,
    };
    let internal = policy(&spec.internal_traffic_policy, "spec.internalTrafficPolicy");
    let external = policy(&spec.external_traffic_policy, "spec.externalTrafficPolicy");
    let external_ips =
        spec.external_ips.iter().filter_map(|text| context.ip(text, "spec.externalIPs", object)).collect();
    let source_ranges = spec.load_balancer_source_ranges.iter();
    let source_ranges: Vec<_> =
        source_ranges.filter_map(|text| context.cidr(text, "spec.loadBalancerSourceRanges", object)).collect();
    // The API server takes them for load balancers only.
    let source_ranges = if kind == ServiceType::LoadBalancer { source_ranges } else { Vec::new() };
    let announces = super::balancer::announcing::read(context, document).filter(|_| kind == ServiceType::LoadBalancer);
    let mut load_balancer = Vec::new();
    for ingress in &document.value.status.load_balancer.ingress {
        if let Some(text) = &ingress.ip
            && let Some(ip) = context.ip(text, "status.loadBalancer.ingress", object)
        {
            let proxy_mode = ingress.ip_mode.as_ref().is_some_and(|mode| &*mode.value == "Proxy");
            let ends = proxy_mode || announces.is_some();
            let way = if ends { LbWay::Machine } else { LbWay::Shown };
            load_balancer.push(LbIngress { ip, proxy_mode, way });
        }
    }
    let affinity = match spec.session_affinity.as_ref().map(|text| &*text.value) {
        Some("ClientIP") => {
            let given =
                spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.timeout_seconds.as_ref());
            let seconds = given.and_then(|seconds| u32::try_from(seconds.value).ok());
            let seconds = seconds.filter(|seconds| (1..=MAX_AFFINITY_SECONDS).contains(seconds));
            if let (Some(given), None) = (given, seconds) {
                let found = context.finding(codes::OUT_OF_RANGE, given.span, object);
                let found = found.arg("path", "spec.sessionAffinityConfig.clientIP.timeoutSeconds");
                context.report(found.arg("value", given.value.to_string()));
            }
            Some(seconds.unwrap_or(AFFINITY_SECONDS))
        }
        _ => None,
    };
    let places = [
        ("spec.clusterIP", spec.cluster_ip.as_ref().map(|text| text.span)),
        ("spec.selector", spec.selector.as_ref().map(|map| map.span)),
        ("spec.externalIPs", spec.external_ips.first().map(|text| text.span)),
        ("spec.type", spec.kind.as_ref().map(|text| text.span)),
        ("spec.externalName", spec.external_name.as_ref().map(|text| text.span)),
        ("spec.ipFamilies", spec.ip_families.first().map(|text| text.span)),
        ("status.loadBalancer", document.value.status.load_balancer.ingress.first().map(|ingress| ingress.span)),
        ("metadata.name", document.value.metadata.name.as_ref().map(|text| text.span)),
    ];
    let fields: BTreeMap<_, _> =
        places.into_iter().filter_map(|(path, span)| Some((path, context.at(span?)?))).collect();
    let external_name = spec.external_name.as_ref().filter(|_| kind == ServiceType::ExternalName);
    let wants_node_ports = spec.allocate_load_balancer_node_ports.as_ref().is_none_or(|flag| flag.value);
    Some(Service {
        name: name_of(object),
        kind,
        cluster_ips: if headless || kind == ServiceType::ExternalName { Vec::new() } else { cluster_ips },
        headless,
        selector: spec.selector.as_ref().map(|map| map.value.clone()).unwrap_or_default(),
        ports,
        // One of another type may still have the field; nobody looks at it there.
        external_name: external_name.map(|text| text.value.clone()),
        external_ips,
        load_balancer,
        announces,
        source_ranges,
        health_check_node_port: spec
            .health_check_node_port
            .as_ref()
            .and_then(|port| u16::try_from(port.value).ok())
            .filter(|port| *port > 0 && kind == ServiceType::LoadBalancer && external == TrafficPolicy::Local)
            .map(Port),
        allocate_node_ports: kind == ServiceType::NodePort || (kind == ServiceType::LoadBalancer && wants_node_ports),
        internal_traffic_policy: internal,
        external_traffic_policy: external,
        session_affinity: affinity,
        publish_not_ready: spec.publish_not_ready_addresses.as_ref().is_some_and(|flag| flag.value),
        traffic_distribution: spec.traffic_distribution.as_ref().map(|text| text.value.clone()),
        labels: document.value.metadata.labels.to_map(),
        annotations: document.value.metadata.annotations.to_map(),
        origin: context.origin(document),
        fields,
    })
}

/// The line of `spec`; of the name where there is none.
fn spec_span(context: &Context<'_>, document: &Document<objects::Service>) -> Span {
    let spec = document.value.spec.span;
    if spec.is_nowhere() {
        context.name_span(document.span, &document.value.metadata)
    } else {
        context.first_line(spec)
    }
}

fn read_port(
    context: &mut Context<'_>,
    settings: &Settings,
    object: &ObjectRef,
    index: usize,
    port: &Spanned<objects::ServicePort>,
) -> Option<ServicePort> {
    let path = |field: &str| format!("spec.ports[{index}].{field}");
    let Some(number) = &port.value.port else {
        let span = context.first_line(port.span);
        let found = context.finding(codes::MISSING_FIELD, span, object).arg("path", path("port"));
        context.report(found);
        return None;
    };
    let number = context.port(number, &path("port"), object)?;
    let protocol = context.protocol(port.value.protocol.as_ref(), &path("protocol"), object)?;
    let target_port = match port.value.target_port.as_ref().map(|target| (&target.value, target.span)) {
        None | Some((IntOrString::Int(0), _)) => TargetPort::Number(number),
        Some((IntOrString::Int(value), span)) => {
            let text = Spanned { value: *value, span };
            TargetPort::Number(context.port(&text, &path("targetPort"), object)?)
        }
        Some((IntOrString::String(name), _)) => TargetPort::Name(name.clone()),
    };
    let node_port = port.value.node_port.as_ref().filter(|port| port.value != 0);
    let node_port = node_port.and_then(|number| {
        let port = context.port(number, &path("nodePort"), object)?;
        if settings.node_ports.contains(&port.0) {
            return Some(port);
        }
        let found = context.finding(codes::NODE_PORT_RANGE, number.span, object).arg("port", port.to_string());
        let range = written(&settings.node_ports);
        context.report(found.arg("range", range).hint(codes::HINT_NODE_PORT));
        None
    });
    let name = port.value.name.as_ref().map_or_else(|| Arc::from(""), |name| name.value.clone());
    let app_protocol = port.value.app_protocol.clone();
    Some(ServicePort {
        name,
        protocol,
        port: number,
        target_port,
        node_port,
        app_protocol,
        location: context.at(port.span),
    })
}

/// Services that ask for IPv6 alone, by `ipFamilies` or by their given addresses. The API server refuses families that the cluster is not
/// set up for: told, unless something in the input shows IPv6.
fn ipv6_only(context: &mut Context<'_>, settings: &Settings) -> BTreeSet<ObjectRef> {
    let parsed = context.parsed;
    let set_up = settings.ipv6 || parsed.objects.iter().any(shows_ipv6);
    let mut all = BTreeSet::new();
    for object in &parsed.objects {
        let Object::Service(document) = object else { continue };
        let spec = &document.value.spec;
        let six = |text: &Spanned<Arc<str>>| &*text.value == "IPv6";
        let dual = spec.ip_family_policy.as_ref().is_some_and(|policy| policy.value.ends_with("DualStack"));
        let mut ips = spec.cluster_ip.iter().chain(&spec.cluster_ips).filter(|text| !text.value.is_empty()).peekable();
        let given = ips.peek().is_some() && ips.all(|text| text.value.contains(':'));
        let asked = !spec.ip_families.is_empty() && spec.ip_families.iter().all(six);
        if (asked || given) && !dual {
            all.insert(document.object.clone());
        }
        let required = spec.ip_family_policy.as_ref().filter(|policy| &*policy.value == "RequireDualStack");
        let at = spec.ip_families.iter().find(|text| six(text)).or(required);
        let kind = spec.kind.as_ref().map_or("", |kind| &*kind.value);
        if let Some(at) = at.filter(|_| !set_up && kind != "ExternalName") {
            let path = if required.is_some_and(|policy| policy.span == at.span) {
                "spec.ipFamilyPolicy"
            } else {
                "spec.ipFamilies"
            };
            let found = context.finding(codes::IPV6_NOT_CONFIGURED, at.span, &document.object);
            context.report(found.arg("path", path).arg("value", &*at.value));
        }
    }
    all
}

/// An object that shows that the cluster has IPv6: addresses that were handed out.
fn shows_ipv6(object: &Object) -> bool {
    match object {
        Object::Service(document) => {
            let spec = &document.value.spec;
            spec.cluster_ip.iter().chain(&spec.cluster_ips).any(|text| text.value.contains(':'))
        }
        Object::Node(document) => {
            let spec = &document.value.spec;
            let internal = |address: &&Spanned<objects::NodeAddress>| &*address.value.kind == "InternalIP";
            let addresses = document.value.status.addresses.iter().filter(internal);
            spec.pod_cidr.iter().chain(&spec.pod_cidrs).any(|text| text.value.contains(':'))
                || addresses.into_iter().any(|address| address.value.address.value.contains(':'))
        }
        _ => false,
    }
}

/// `first-last`.
fn written(range: &std::ops::RangeInclusive<u16>) -> String {
    format!("{}-{}", range.start(), range.end())
}

/// What a Service was given before it still has, unless it says otherwise or has no use for it.
fn keep(service: &mut Service, held: &HeldService) {
    let placeless = service.headless || service.kind == ServiceType::ExternalName;
    if service.cluster_ips.is_empty() && !placeless {
        service.cluster_ips.clone_from(&held.cluster_ips);
    }
    if service.allocate_node_ports {
        for port in service.ports.iter_mut().filter(|port| port.node_port.is_none()) {
            port.node_port = held.node_ports.get(&(port.protocol, port.port)).copied();
        }
    }
    let checked = service.kind == ServiceType::LoadBalancer && service.external_traffic_policy == TrafficPolicy::Local;
    if checked && service.health_check_node_port.is_none() {
        service.health_check_node_port = held.health_check_node_port;
    }
}

/// Allocates ClusterIPs and node ports where none are given, and refuses those given twice.
///
/// The API server draws ClusterIPs at random from the upper part of the range; here they follow each other from its start, so that
/// the same input has the same addresses.
pub(super) fn allocate(context: &mut Context<'_>, settings: &Settings, services: &mut [Service]) {
    let six = ipv6_only(context, settings);
    for service in services.iter_mut() {
        if let Some(held) = context.parsed.held.services.get(&service.name) {
            keep(service, held);
        }
    }
    let mut owners: BTreeMap<IpAddr, String> = BTreeMap::new();
    let mut ports: BTreeMap<(Protocol, u16), String> = BTreeMap::new();
    for service in services.iter_mut() {
        let (name, object) = (service.name.to_string(), service.origin.object.clone());
        let mut taken = Vec::new();
        service.cluster_ips.retain(|ip| match owners.get(ip) {
            Some(owner) => {
                taken.push((*ip, owner.clone()));
                false
            }
            None => owners.insert(*ip, name.clone()).is_none(),
        });
        for (ip, owner) in taken {
            let span = context.service(&object).map_or_else(Span::default, |document| {
                let spec = &document.value.spec;
                let mut texts = spec.cluster_ip.iter().chain(&spec.cluster_ips);
                texts.find(|text| text.value.parse() == Ok(ip)).map_or(document.span, |text| text.span)
            });
            let found = context.finding(codes::CLUSTER_IP_TAKEN, span, &object).arg("address", ip.to_string());
            context.report(found.arg("owner", owner).hint(codes::HINT_CLUSTER_IP));
        }
        for port in &mut service.ports {
            let Some(number) = port.node_port else { continue };
            match ports.get(&(port.protocol, number.0)) {
                Some(owner) => {
                    let span = context.service(&object).map_or_else(Span::default, |document| {
                        let numbers = document.value.spec.ports.iter().filter_map(|port| port.value.node_port.as_ref());
                        let mut same = numbers.filter(|other| other.value == i64::from(number.0));
                        // Twice in one Service: the later one.
                        let found = if *owner == name { same.next_back() } else { same.next() };
                        found.map_or(document.span, |number| number.span)
                    });
                    let found = context.finding(codes::NODE_PORT_TAKEN, span, &object).arg("port", number.to_string());
                    let found = found.arg("range", written(&settings.node_ports));
                    context.report(found.arg("owner", owner.clone()).hint(codes::HINT_NODE_PORT));
                    port.node_port = None;
                }
                _ => {
                    ports.insert((port.protocol, number.0), name.clone());
                }
            }
        }
        let Some(check) = service.health_check_node_port else { continue };
        let span = context.service(&object).and_then(|document| document.value.spec.health_check_node_port.as_ref());
        let span = span.map(|port| port.span).unwrap_or_default();
        match ports.get(&(Protocol::Tcp, check.0)) {
            _ if !settings.node_ports.contains(&check.0) => {
                let found = context.finding(codes::NODE_PORT_RANGE, span, &object).arg("port", check.to_string());
                context.report(found.arg("range", written(&settings.node_ports)).hint(codes::HINT_NODE_PORT));
            }
            Some(owner) => {
                let found = context.finding(codes::NODE_PORT_TAKEN, span, &object).arg("port", check.to_string());
                context.report(
                    found
                        .arg("range", written(&settings.node_ports))
                        .arg("owner", owner.clone())
                        .hint(codes::HINT_NODE_PORT),
                );
            }
            None => {
                ports.insert((Protocol::Tcp, check.0), name.clone());
            }
        }
    }
    let size = 1u64 << u32::from(settings.service_cidr.max_prefix_len() - settings.service_cidr.prefix_len()).min(32);
    let band = (size / 16).clamp(16, 256) as usize;
    // The upper part first; the lower is there for when that is used up.
    let lower = band.saturating_sub(1);
    let mut addresses = settings.service_cidr.hosts().skip(lower).chain(settings.service_cidr.hosts().take(lower));
    // The upper part of a small range, as kind and kubeadm's documentation have it.
    let mut addresses6 = (0x100_u16..).map(|last| IpAddr::V6(Ipv6Addr::new(0xfd00, 0x10, 0x96, 0, 0, 0, 0, last)));
    let mut node_ports = settings.node_ports.clone();
    for service in services.iter_mut() {
        let placeless = service.headless || service.kind == ServiceType::ExternalName;
        if !placeless && six.contains(&service.origin.object) {
            if service.cluster_ips.is_empty() {
                service.cluster_ips.extend(addresses6.by_ref().find(|ip| !owners.contains_key(ip)));
            }
        } else if !placeless
            && !service.cluster_ips.iter().any(IpAddr::is_ipv4)
            && let Some(ip) = addresses.by_ref().find(|ip| !owners.contains_key(ip))
        {
            owners.insert(ip, service.name.to_string());
            service.cluster_ips.insert(0, ip);
        }
        let checked = service.kind == ServiceType::LoadBalancer
            && service.external_traffic_policy == TrafficPolicy::Local
            && service.health_check_node_port.is_none();
        if checked
            && let Some(number) = node_ports.by_ref().find(|number| !ports.contains_key(&(Protocol::Tcp, *number)))
        {
            ports.insert((Protocol::Tcp, number), service.name.to_string());
            service.health_check_node_port = Some(Port(number));
        }
        if !service.allocate_node_ports {
            continue;
        }
        for port in service.ports.iter_mut().filter(|port| port.node_port.is_none()) {
            if let Some(number) = node_ports.by_ref().find(|number| !ports.contains_key(&(port.protocol, *number))) {
                ports.insert((port.protocol, number), service.name.to_string());
                port.node_port = Some(Port(number));
            }
        }
    }
}
