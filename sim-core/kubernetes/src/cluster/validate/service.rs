//! Services (`ValidateService`, and the warnings beside it).

use super::labels;
use super::names::Form;
use super::report::{Once, family, form_of, ignored, only_with, ordinary};
use crate::cluster::context::Context;
use crate::cluster::model::Settings;
use crate::diagnostic::codes;
use crate::manifest::objects::{self, Document, IntOrString, ServiceSpec};
use crate::origin::{ObjectRef, Spanned};
use std::net::IpAddr;
use std::sync::Arc;

/// Where kubelet serves; load balancers must not lead there.
const KUBELET_PORT: i64 = 10250;

type Text = Spanned<Arc<str>>;

fn is(text: &Option<Text>, word: &str) -> bool {
    text.as_ref().is_some_and(|text| &*text.value == word)
}

/// Set to something.
fn given(text: &Option<Text>) -> Option<&Text> {
    text.as_ref().filter(|text| !text.value.is_empty())
}

pub(super) fn check(context: &mut Context<'_>, settings: &Settings, document: &Document<objects::Service>) {
    let (spec, object) = (&document.value.spec, &document.object);
    let kind = spec.kind.as_ref().map_or("ClusterIP", |kind| &*kind.value);
    if !["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"].contains(&kind) {
        return;
    }
    labels::map(context, &spec.selector, "spec.selector", object);
    by_type(context, kind, spec, object);
    ports(context, kind, spec, object);
    affinity(context, spec, object);
    external(context, kind, spec, object);
    if kind != "ExternalName" {
        families(context, spec, object);
    }
    if let Some(text) = &spec.traffic_distribution {
        let all = [("PreferClose", ()), ("PreferSameZone", ()), ("PreferSameNode", ())];
        let known = if settings.version.minor >= 34 { &all[..] } else { &all[..1] };
        context.choice(text, "spec.trafficDistribution", object, known);
    }
    for (index, ingress) in document.value.status.load_balancer.ingress.iter().enumerate() {
        if let Some(mode) = &ingress.value.ip_mode {
            let path = format!("status.loadBalancer.ingress[{index}].ipMode");
            context.choice(mode, &path, object, &[("VIP", ()), ("Proxy", ())]);
            if ingress.value.ip.is_none() {
                only_with(context, mode.span, &path, "ingress-ip", object);
            }
        }
    }
}

/// Fields that go with some types only.
fn by_type(context: &mut Context<'_>, kind: &str, spec: &ServiceSpec, object: &ObjectRef) {
    let headless = is(&spec.cluster_ip, "None") || spec.cluster_ips.iter().any(|text| &*text.value == "None");
    if kind == "ExternalName" {
        if let Some(text) = given(&spec.cluster_ip) {
            only_with(context, text.span, "spec.clusterIP", "not-external-name", object);
        } else if let Some(text) = spec.cluster_ips.first() {
            only_with(context, text.span, "spec.clusterIPs", "not-external-name", object);
        }
        if let Some(text) = spec.ip_families.first() {
            only_with(context, text.span, "spec.ipFamilies", "not-external-name", object);
        }
        if let Some(text) = &spec.ip_family_policy {
            only_with(context, text.span, "spec.ipFamilyPolicy", "not-external-name", object);
        }
        if let Some(text) = spec.external_ips.first() {
            ignored(context, text.span, "spec.externalIPs", "external-name", object);
        }
        match spec.ports.iter().find_map(|port| Some((port, mapped(&port.value)?))) {
            Some((port, (number, target))) => {
                let found = context.finding(codes::EXTERNAL_NAME_PORTS, port.span, object).arg("port", number);
                context.report(found.arg("target", target).hint(codes::HINT_DIAL_TARGET));
            }
            None => {
                if let Some(port) = spec.ports.first() {
                    ignored(context, port.span, "spec.ports", "external-name", object);
                }
            }
        }
        if let Some(text) = given(&spec.external_name) {
            let name = text.value.strip_suffix('.').unwrap_or(&text.value);
            if name.parse::<IpAddr>().is_ok() {
                let found = context.finding(codes::EXTERNAL_NAME_ADDRESS, text.span, object).arg("value", name);
                context.report(found.hint(codes::HINT_ADDRESS_BY_SLICE));
            } else if !Form::Subdomain.fits(name) {
                form_of(context, text, Form::Subdomain, "spec.externalName", object);
            }
        }
        return;
    }
    if let Some(text) = given(&spec.external_name) {
        ignored(context, text.span, "spec.externalName", "not-external-name", object);
    }
    if headless {
        for port in &spec.ports {
            let Some((number, target)) = mapped(&port.value) else { continue };
            let found = context.finding(codes::HEADLESS_PORT, port.span, object).arg("port", number);
            context.report(found.arg("target", target).hint(codes::HINT_DIAL_TARGET));
        }
        let text = spec.cluster_ip.as_ref().or(spec.cluster_ips.first());
        if let Some(text) = text.filter(|_| kind != "ClusterIP") {
            only_with(context, text.span, "spec.clusterIP: None", "cluster-ip", object);
        }
        if let Some(text) = spec.external_ips.first() {
            ignored(context, text.span, "spec.externalIPs", "headless", object);
        }
        if let Some(text) = spec.session_affinity.as_ref().filter(|text| &*text.value == "ClientIP") {
            ignored(context, text.span, "spec.sessionAffinity", "headless", object);
        }
    }
    if kind == "LoadBalancer" {
        for (index, port) in spec.ports.iter().enumerate() {
            let port = port.value.port.as_ref().filter(|port| port.value == KUBELET_PORT);
            if let Some(port) = port {
                let found = context.finding(codes::RESERVED_PORT, port.span, object);
                context.report(found.arg("path", format!("spec.ports[{index}].port")).arg("value", port.to_string()));
            }
        }
        return;
    }
    if let Some(text) = given(&spec.load_balancer_ip) {
        ignored(context, text.span, "spec.loadBalancerIP", "not-load-balancer", object);
    }
    let fields = [
        ("spec.loadBalancerClass", spec.load_balancer_class.as_ref().map(|text| text.span)),
        ("spec.loadBalancerSourceRanges", spec.load_balancer_source_ranges.first().map(|text| text.span)),
        ("spec.allocateLoadBalancerNodePorts", spec.allocate_load_balancer_node_ports.as_ref().map(|flag| flag.span)),
    ];
    for (path, span) in fields {
        if let Some(span) = span {
            only_with(context, span, path, "load-balancer", object);
        }
    }
}

/// The two numbers of a port that leads to another one; a name may be any.
fn mapped(port: &objects::ServicePort) -> Option<(String, String)> {
    let number = port.port.as_ref()?.value;
    match port.target_port.as_ref().map(|target| &target.value)? {
        IntOrString::Int(target) if *target != number && *target != 0 => Some((number.to_string(), target.to_string())),
        _ => None,
    }
}

fn ports(context: &mut Context<'_>, kind: &str, spec: &ServiceSpec, object: &ObjectRef) {
    let (mut names, mut numbers) = (Once::default(), Once::default());
    for (index, port) in spec.ports.iter().enumerate() {
        let path = |field: &str| format!("spec.ports[{index}].{field}");
        match given(&port.value.name) {
            Some(name) => {
                form_of(context, name, Form::Label, &path("name"), object);
                let words = (|| path("name"), || name.value.to_string());
                names.add(context, &*name.value, words, name.span, object);
            }
            None if spec.ports.len() > 1 => {
                let found = context.finding(codes::PORT_NAME_MISSING, context.first_line(port.span), object);
                context.report(found.arg("path", path("name")).hint(codes::HINT_NAME_PORTS));
            }
            None => {}
        }
        let protocol = port.value.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value);
        if let Some(number) = &port.value.port {
            let words = (|| path("port"), || format!("{}/{protocol}", number.value));
            numbers.add(context, (protocol, number.value), words, number.span, object);
        }
        if let Some(Spanned { value: IntOrString::String(name), span }) = &port.value.target_port
            && !name.is_empty()
        {
            let name = Spanned { value: name.clone(), span: *span };
            form_of(context, &name, Form::PortName, &path("targetPort"), object);
        }
        if let Some(number) = port.value.node_port.as_ref().filter(|number| number.value != 0)
            && matches!(kind, "ClusterIP" | "ExternalName")
        {
            only_with(context, number.span, &path("nodePort"), "node-port", object);
        }
    }
}

fn affinity(context: &mut Context<'_>, spec: &ServiceSpec, object: &ObjectRef) {
    if let Some(text) = given(&spec.session_affinity) {
        context.choice(text, "spec.sessionAffinity", object, &[("None", ()), ("ClientIP", ())]);
    }
    if let Some(config) = spec.session_affinity_config.as_ref().filter(|_| !is(&spec.session_affinity, "ClientIP")) {
        only_with(context, config.span, "spec.sessionAffinityConfig", "client-ip", object);
    }
}

/// What concerns traffic from outside the cluster.
fn external(context: &mut Context<'_>, kind: &str, spec: &ServiceSpec, object: &ObjectRef) {
    for (index, text) in spec.external_ips.iter().enumerate() {
        if let Ok(ip) = text.value.parse::<IpAddr>() {
            ordinary(context, ip, text, &format!("spec.externalIPs[{index}]"), object);
        }
    }
    let outside = matches!(kind, "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && !spec.external_ips.is_empty());
    if let Some(text) = given(&spec.external_traffic_policy).filter(|_| !outside) {
        only_with(context, text.span, "spec.externalTrafficPolicy", "external", object);
    }
    let checked = kind == "LoadBalancer" && is(&spec.external_traffic_policy, "Local");
    if let Some(port) = spec.health_check_node_port.as_ref().filter(|port| port.value != 0 && !checked) {
        only_with(context, port.span, "spec.healthCheckNodePort", "load-balancer-local", object);
    }
}

/// `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` together.
fn families(context: &mut Context<'_>, spec: &ServiceSpec, object: &ObjectRef) {
    let mut once = Once::default();
    for (index, text) in spec.ip_families.iter().enumerate() {
        let path = || format!("spec.ipFamilies[{index}]");
        if context.choice(text, &path(), object, &[("IPv4", ()), ("IPv6", ())]).is_some() {
            once.add(context, &*text.value, (path, || text.value.to_string()), text.span, object);
        }
    }
    if let (Some(first), Some(given)) = (spec.cluster_ips.first(), given(&spec.cluster_ip))
        && first.value != given.value
    {
        let found = context.finding(codes::CLUSTER_IPS_DIFFER, first.span, object).arg("value", &*first.value);
        context.report(found.arg("expected", &*given.value).hint(codes::HINT_CLUSTER_IPS));
    }
    super::report::not_more(context, &spec.cluster_ips, 2, "spec.clusterIPs", object);
    let mut none = spec.cluster_ips.iter().enumerate().skip_while(|(_, text)| &*text.value != "None");
    if let Some((_, text)) = none.next().filter(|_| spec.cluster_ips.len() > 1) {
        let found = context.finding(codes::NOT_ALONE, text.span, object);
        context.report(found.arg("path", "spec.clusterIPs").arg("value", "None"));
        return;
    }
    let texts: Vec<&Text> = match &spec.cluster_ips[..] {
        [] => spec.cluster_ip.iter().collect(),
        all => all.iter().collect(),
    };
    let ips: Vec<(usize, &Text, IpAddr)> = texts
        .into_iter()
        .enumerate()
        .filter_map(|(index, text)| Some((index, text, text.value.parse().ok()?)))
        .collect();
    let path = |index: usize| {
        if spec.cluster_ips.is_empty() { "spec.clusterIP".to_owned() } else { format!("spec.clusterIPs[{index}]") }
    };
    let mut mixed = Once::default();
    for (index, text, ip) in &ips {
        if let Some(wanted) = spec.ip_families.get(*index)
            && matches!(&*wanted.value, "IPv4" | "IPv6")
            && &*wanted.value != family(*ip)
        {
            let found = context.finding(codes::OTHER_FAMILY, text.span, object).arg("path", path(*index));
            let found = found.arg("value", &*text.value).arg("expected", &*wanted.value);
            context.report(found.arg("by", format!("spec.ipFamilies[{index}]")));
            continue;
        }
        let words = (|| path(*index), || format!("{} ({})", text.value, family(*ip)));
        mixed.add(context, family(*ip), words, text.span, object);
    }
    let policies = [("SingleStack", ()), ("PreferDualStack", ()), ("RequireDualStack", ())];
    let policy = given(&spec.ip_family_policy);
    if let Some(text) = policy {
        context.choice(text, "spec.ipFamilyPolicy", object, &policies);
    }
    let second = spec.ip_families.get(1).or(spec.cluster_ips.get(1));
    if let Some(second) = second.filter(|_| policy.is_none_or(|policy| &*policy.value == "SingleStack")) {
        let found = context.finding(codes::IP_FAMILY_POLICY, policy.map_or(second.span, |policy| policy.span), object);
        context.report(found.hint(codes::HINT_DUAL_STACK));
    }
}
