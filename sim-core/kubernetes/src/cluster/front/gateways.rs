//! Gateways and routes as written, to what they mean: who takes which route, and where it may go.

use super::super::context::{Context, name_of};
use super::super::model::{
    BackendTls, Gateway, GatewayFrom, GatewayListener, NamespacedName, PathMatch, Refusal, Route, RouteBackend,
    RouteMatch, RouteOf, RouteRule, Service, Speech, TextMatch, hosts_meet,
};
use super::super::workloads::selects;
use crate::diagnostic::codes;
use crate::manifest::objects::{self, Document, MethodMatch, Object};
use crate::origin::{ObjectRef, Spanned};
use kernel::packet::Port;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules of one route, and matches of one rule, at most: as the API server takes (validation of HTTPRoute).
const MOST: usize = 128;
/// The largest weight (validation of BackendRef).
const MAX_WEIGHT: i64 = 1_000_000;

/// Gateways of the input, in its order.
pub(super) fn gateways(context: &mut Context<'_>) -> Vec<Gateway> {
    let parsed = context.parsed;
    let mut all = Vec::new();
    for object in &parsed.objects {
        let Object::Gateway(document) = object else { continue };
        let spec = &document.value.spec;
        let mut listeners = Vec::new();
        for (at, listener) in spec.listeners.iter().enumerate() {
            listeners.extend(read_listener(context, listener, at, &document.object));
        }
        let shown = spec.addresses.iter().chain(&document.value.status.addresses);
        let mut shown = shown.filter_map(|address| address.value.value.as_ref()?.value.parse().ok());
        all.push(Gateway {
            name: name_of(&document.object),
            class: spec.gateway_class_name.as_ref().map_or_else(|| Arc::from(""), |class| class.value.clone()),
            listeners,
            address: shown.next(),
            pods: Vec::new(),
            service: None,
            assumed: false,
            origin: context.origin(document),
        });
    }
    all
}

fn read_listener(
    context: &mut Context<'_>,
    listener: &Spanned<objects::GatewayListener>,
    at: usize,
    object: &ObjectRef,
) -> Option<GatewayListener> {
    let own = &listener.value;
    let field = |name: &str| format!("spec.listeners[{at}].{name}");
    let Some(port) = &own.port else {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(listener.span), object);
        context.report(found.arg("path", field("port")));
        return None;
    };
    let Some(number) = u16::try_from(port.value).ok().filter(|number| *number > 0) else {
        let found = context.finding(codes::INVALID_PORT, port.span, object).arg("path", field("port"));
        context.report(found.arg("value", port.value.to_string()));
        return None;
    };
    let passes = own.tls.as_ref().and_then(|tls| tls.mode.as_ref()).is_some_and(|mode| &*mode.value == "Passthrough");
    let protocol = match own.protocol.as_ref().map(|protocol| &*protocol.value) {
        Some("HTTPS") => Speech::Https,
        Some("TLS") if passes => Speech::Passthrough,
        Some("TLS") => Speech::Tls,
        Some("TCP") => Speech::Tcp,
        Some("UDP") => Speech::Udp,
        _ => Speech::Http,
    };
    let allowed = own.allowed_routes.as_ref();
    let from = allowed.map(|allowed| &allowed.namespaces);
    let from = match from.and_then(|from| from.from.as_ref()).map(|from| &*from.value) {
        Some("All") => GatewayFrom::All,
        Some("None") => GatewayFrom::None,
        Some("Selector") => match from.and_then(|from| from.selector.clone()) {
            Some(selector) => GatewayFrom::Selector(selector),
            None => GatewayFrom::None,
        },
        _ => GatewayFrom::Same,
    };
    Some(GatewayListener {
        name: own.name.as_ref().map_or_else(|| Arc::from(""), |name| name.value.clone()),
        port: Port(number),
        protocol,
        hostname: own.hostname.as_ref().filter(|host| !host.value.is_empty()).map(|host| small(&host.value)),
        from,
        kinds: allowed.into_iter().flat_map(|allowed| &allowed.kinds).map(|kind| kind.value.kind.clone()).collect(),
        location: context.at(listener.span),
    })
}

fn small(text: &str) -> Arc<str> {
    Arc::from(text.to_ascii_lowercase())
}

/// Services of the input to which proxies speak TLS.
pub(super) fn backend_tls(context: &Context<'_>) -> Vec<BackendTls> {
    let policies = context.parsed.objects.iter().filter_map(|object| match object {
        Object::BackendTlsPolicy(document) => Some(document),
        _ => None,
    });
    let all = policies.flat_map(|document| {
        let spec = &document.value.spec;
        let targets = spec.target_refs.iter().take(MOST).map(|target| &target.value);
        let services = targets.filter(|target| &*target.kind == "Service" && matches!(&*target.group, "" | "core"));
        services.map(move |target| BackendTls {
            service: NamespacedName { namespace: name_of(&document.object).namespace, name: target.name.clone() },
            port: target.section_name.clone(),
            hostname: spec.validation.hostname.clone(),
            origin: context.origin(document),
        })
    });
    all.collect()
}

/// Routes of the input, each with the listeners that take it.
pub(super) fn routes(context: &mut Context<'_>, gateways: &[Gateway]) -> Vec<Route> {
    let parsed = context.parsed;
    let labels: BTreeMap<&str, objects::Map> = parsed
        .objects
        .iter()
        .filter_map(|object| match object {
            Object::Namespace(document) => {
                let mut own = document.value.metadata.labels.to_map();
                own.insert(Arc::from("kubernetes.io/metadata.name"), document.object.name.clone());
                Some((&*document.object.name, own))
            }
            _ => None,
        })
        .collect();
    let grants: Vec<&Document<objects::ReferenceGrant>> = parsed
        .objects
        .iter()
        .filter_map(|object| match object {
            Object::ReferenceGrant(document) => Some(document),
            _ => None,
        })
        .collect();
    // Of several of one name the first.
    let by_name: BTreeMap<NamespacedName, usize> =
        gateways.iter().enumerate().rev().map(|(at, gateway)| (gateway.name.clone(), at)).collect();
    let mut all = Vec::new();
    for object in &parsed.objects {
        let (of, document) = match object {
            Object::HttpRoute(document) => (RouteOf::Http, document),
            Object::GrpcRoute(document) => (RouteOf::Grpc, document),
            Object::TlsRoute(document) => (RouteOf::Tls, document),
            Object::TcpRoute(document) => (RouteOf::Tcp, document),
            _ => continue,
        };
        if !context.may(1, 0) {
            break;
        }
        all.push(read_route(context, (of, document), ((gateways, &by_name), &labels, &grants)));
    }
    all
}

type Around<'a> = (
    (&'a [Gateway], &'a BTreeMap<NamespacedName, usize>),
    &'a BTreeMap<&'a str, objects::Map>,
    &'a [&'a Document<objects::ReferenceGrant>],
);

fn read_route(
    context: &Context<'_>,
    (of, document): (RouteOf, &Document<objects::GatewayRoute>),
    ((gateways, by_name), labels, grants): Around<'_>,
) -> Route {
    let (spec, name) = (&document.value.spec, name_of(&document.object));
    let hostnames: Vec<Arc<str>> = spec.hostnames.iter().map(|host| small(&host.value)).collect();
    let (mut attached, mut refused) = (Vec::new(), Vec::new());
    for parent in spec.parent_refs.iter().take(MOST) {
        let own = &parent.value;
        if own.kind.as_deref().is_some_and(|kind| kind != "Gateway") {
            continue;
        }
        let namespace = own.namespace.clone().unwrap_or_else(|| name.namespace.clone());
        let wanted = own.name.as_ref().map_or_else(|| Arc::from(""), |name| name.value.clone());
        let wanted = NamespacedName { namespace, name: wanted };
        let Some(at) = by_name.get(&wanted).copied() else {
            refused.push((wanted, Refusal::NoGateway));
            continue;
        };
        let gateway = gateways.get(at);
        let listeners = || (0u32..).zip(gateway.into_iter().flat_map(|gateway| &gateway.listeners));
        let meant = |listener: &GatewayListener| {
            own.section_name.as_ref().is_none_or(|section| section.value == listener.name)
                && own.port.as_ref().is_none_or(|port| port.value == i64::from(listener.port.0))
        };
        let named: Vec<(u32, &GatewayListener)> = listeners().filter(|(_, listener)| meant(listener)).collect();
        if named.is_empty() {
            refused.push((wanted, Refusal::NoMatchingParent));
            continue;
        }
        let allowed =
            named.into_iter().filter(|(_, listener)| takes(listener, of) && lets_in(listener, &wanted, &name, labels));
        let allowed: Vec<(u32, &GatewayListener)> = allowed.collect();
        if allowed.is_empty() {
            refused.push((wanted, Refusal::NotAllowedByListeners));
            continue;
        }
        let meets = |listener: &GatewayListener| {
            hostnames.is_empty() || hostnames.iter().any(|host| hosts_meet(listener.hostname.as_deref(), Some(host)))
        };
        let before = attached.len();
        for (number, _) in allowed.iter().filter(|(_, listener)| meets(listener)) {
            let place = (at as u32, *number);
            if !attached.contains(&place) {
                attached.push(place);
            }
        }
        if attached.len() == before && !allowed.iter().any(|(number, _)| attached.contains(&(at as u32, *number))) {
            refused.push((wanted, Refusal::NoMatchingListenerHostname));
        }
    }
    let rules = spec.rules.iter().take(MOST).map(|rule| read_rule(context, rule, (of, &name, grants))).collect();
    Route {
        of,
        name,
        hostnames,
        attached,
        refused,
        rules,
        created: document.value.metadata.creation_timestamp.clone(),
        origin: context.origin(document),
    }
}

/// Whether a listener's protocol and kinds take a route of that kind.
fn takes(listener: &GatewayListener, of: RouteOf) -> bool {
    let spoken = match of {
        RouteOf::Http | RouteOf::Grpc => matches!(listener.protocol, Speech::Http | Speech::Https),
        RouteOf::Tls => matches!(listener.protocol, Speech::Passthrough | Speech::Tls),
        RouteOf::Tcp => matches!(listener.protocol, Speech::Tcp | Speech::Tls),
    };
    spoken && (listener.kinds.is_empty() || listener.kinds.iter().any(|kind| **kind == *of.kind()))
}

fn lets_in(
    listener: &GatewayListener,
    gateway: &NamespacedName,
    route: &NamespacedName,
    labels: &BTreeMap<&str, objects::Map>,
) -> bool {
    match &listener.from {
        GatewayFrom::All => true,
        GatewayFrom::Same => gateway.namespace == route.namespace,
        GatewayFrom::Selector(selector) => labels.get(&*route.namespace).is_some_and(|own| selects(selector, own)),
        GatewayFrom::None => false,
    }
}

fn read_rule(
    context: &Context<'_>,
    rule: &Spanned<objects::GatewayRule>,
    (of, route, grants): (RouteOf, &NamespacedName, &[&Document<objects::ReferenceGrant>]),
) -> RouteRule {
    let own = &rule.value;
    let mut unread = Vec::new();
    let named = [
        ("timeouts", own.timeouts.is_some()),
        ("retry", own.retry.is_some()),
        ("sessionPersistence", own.session_persistence.is_some()),
    ];
    unread.extend(named.into_iter().filter(|(_, there)| *there).map(|(name, _)| name));
    let filters: Vec<objects::RouteFilter> = own.filters.iter().map(|filter| filter.value.clone()).collect();
    RouteRule {
        matches: own.matches.iter().take(MOST).map(|one| read_match(&one.value)).collect(),
        filters,
        backends: own.backend_refs.iter().take(MOST).map(|one| backend(&one.value, (of, route, grants))).collect(),
        unread,
        location: context.at(rule.span),
    }
}

fn read_match(own: &objects::RouteMatch) -> RouteMatch {
    let text = |one: &objects::ValueMatch| TextMatch {
        name: one.name.clone().unwrap_or_else(|| Arc::from("")),
        value: one.value.as_ref().map_or_else(|| Arc::from(""), |value| value.value.clone()),
        pattern: one.kind.as_deref() == Some("RegularExpression"),
    };
    let mut path = match &own.path {
        None => PathMatch::default(),
        Some(one) => {
            let value = one.value.as_ref().map_or_else(|| Arc::from("/"), |value| value.value.clone());
            match one.kind.as_deref() {
                Some("Exact") => PathMatch::Exact(value),
                Some("RegularExpression") => PathMatch::Pattern(value),
                _ => PathMatch::Prefix(value),
            }
        }
    };
    let method = match &own.method {
        Some(MethodMatch::Http(method)) => Some(Arc::from(method.to_ascii_uppercase())),
        // A call of gRPC is a POST of /SERVICE/METHOD (gRPC over HTTP/2).
        Some(MethodMatch::Grpc(call)) => {
            path = match (&call.service, &call.method) {
                (Some(service), Some(method)) => PathMatch::Exact(Arc::from(format!("/{service}/{method}"))),
                (Some(service), None) => PathMatch::Prefix(Arc::from(format!("/{service}"))),
                (None, Some(method)) => PathMatch::Pattern(Arc::from(format!("/[^/]+/{method}"))),
                (None, None) => path,
            };
            None
        }
        None => None,
    };
    RouteMatch {
        path,
        headers: own.headers.iter().map(|one| text(&one.value)).collect(),
        query: own.query_params.iter().map(|one| text(&one.value)).collect(),
        method,
    }
}

/// Where a reference leads, and whether it may.
pub(super) fn backend(
    own: &objects::BackendRef,
    (of, route, grants): (RouteOf, &NamespacedName, &[&Document<objects::ReferenceGrant>]),
) -> RouteBackend {
    let namespace = own.namespace.clone().unwrap_or_else(|| route.namespace.clone());
    let name = own.name.as_ref().map_or_else(|| Arc::from(""), |name| name.value.clone());
    let kind = own.kind.as_deref().unwrap_or("Service");
    let group = own.group.as_deref().unwrap_or("");
    let granted = namespace == route.namespace
        || grants.iter().any(|grant| {
            let spec = &grant.value.spec;
            grant.object.namespace.as_deref().unwrap_or("default") == &*namespace
                && spec.from.iter().any(|from| {
                    &*from.value.group == "gateway.networking.k8s.io"
                        && &*from.value.kind == of.kind()
                        && from.value.namespace == route.namespace
                })
                && spec.to.iter().any(|to| {
                    &*to.value.group == group
                        && &*to.value.kind == kind
                        && to.value.name.as_ref().is_none_or(|wanted| *wanted == name)
                })
        });
    RouteBackend {
        name: NamespacedName { namespace, name },
        service: kind == "Service" && matches!(group, "" | "core"),
        granted,
        port: own.port.as_ref().and_then(|port| u16::try_from(port.value).ok()),
        weight: own.weight.map_or(1, |weight| weight.clamp(0, MAX_WEIGHT) as u32),
        filters: own.filters.iter().map(|filter| filter.value.clone()).collect(),
    }
}

/// What is wrong with routes that the API server takes: who does not take them, and backends that lead nowhere.
pub(super) fn report(context: &mut Context<'_>, routes: &[Route], services: &[Service]) {
    for route in routes {
        let object = &route.origin.object;
        let span = context.span_of(object);
        for (gateway, refusal) in &route.refused {
            let found = context.finding(codes::ROUTE_NOT_TAKEN, context.first_line(span), object);
            context.report(found.arg("gateway", gateway.to_string()).arg("reason", refusal.code()));
        }
        let mut told: Vec<(&NamespacedName, &str)> = Vec::new();
        for backend in route.rules.iter().flat_map(|rule| &rule.backends).filter(|backend| backend.service) {
            let own = services.binary_search_by(|service| service.name.cmp(&backend.name)).ok();
            let own = own.and_then(|at| services.get(at));
            let has = |service: &Service| service.ports.iter().any(|port| Some(port.port.0) == backend.port);
            let reason = match own {
                _ if !backend.granted => "not-granted",
                None => "no-service",
                Some(service) if !has(service) && service.external_name.is_none() => "no-port",
                Some(_) => continue,
            };
            if !told.contains(&(&backend.name, reason)) {
                told.push((&backend.name, reason));
            }
        }
        for (name, reason) in told {
            let found = context.finding(codes::ROUTE_BACKEND, context.first_line(span), object);
            context.report(found.arg("service", name.to_string()).arg("reason", reason));
        }
    }
}
