//! What the proxy of a Gateway does with a request.

use super::change::{Changes, redirected};
use super::matches::{Weight, takes};
use crate::http::backend::{self, Found, Rules};
use crate::http::pattern::Patterns;
use crate::http::{
    Action, Backend, Because, Decision, Draw, Entry, Forward, Request, Rule, Unread, Upstream, forwarded,
};
use kubernetes::cluster::model::{
    BackendPort, BackendTls, Cluster, Gateway, GatewayListener, PathMatch, Route, RouteBackend, RouteMatch, RouteOf,
    RouteRule, Service, Speech, host_matches,
};
use std::sync::Arc;

/// What is done with a request that came by `entry` to a Gateway; `draw` decides between backends with weights.
pub(crate) fn decide(cluster: &Cluster, index: u32, request: &Request, entry: &Entry, draw: &mut Draw<'_>) -> Decision {
    let Some(gateway) = cluster.fronts.gateways.get(index as usize) else {
        return Decision::answer(404, Because::NoListener);
    };
    let host = request.host();
    let tls = request.tls;
    let spoken = |listener: &GatewayListener| {
        listener.port.0 == entry.port && (listener.protocol == if tls { Speech::Https } else { Speech::Http })
    };
    // The connection belongs to the listener that its name picks; a request in it for another one has lost its way (RFC 9110 section 15.5.20).
    let by_name = entry.sni.as_deref().filter(|_| tls).map(|name| listener(gateway, &spoken, name));
    let by_host = listener(gateway, &spoken, &host);
    let Some(at) = by_name.unwrap_or(by_host) else {
        return Decision::answer(404, Because::NoListener);
    };
    if tls && by_name.is_some() && by_host.is_some_and(|own| own != at) {
        return Decision::answer(421, Because::Misdirected);
    }
    let Some((route, number, matched)) = chosen(cluster, (index, at), gateway, request, &host) else {
        let any = routes(cluster, (index, at)).any(|route| route_host(route, gateway, at, &host).is_some());
        return Decision::answer(404, if any { Because::NoPath } else { Because::NoHost });
    };
    let Some(rule) = route.rules.get(number) else { return Decision::answer(404, Because::NoPath) };
    served(cluster, (route, rule, number), &matched, (request, entry), draw)
}

/// Where a connection of TLS goes that this Gateway does not end, by the name that its client asks for; `None` where it ends here.
pub(crate) fn passes(cluster: &Cluster, index: u32, port: u16, name: Option<&str>) -> Option<Decision> {
    let gateway = cluster.fronts.gateways.get(index as usize)?;
    let spoken = |listener: &GatewayListener| listener.port.0 == port && listener.protocol == Speech::Passthrough;
    let host = name.unwrap_or_default();
    let at = listener(gateway, &spoken, host)?;
    let mut all: Vec<(&Route, (bool, usize))> = routes(cluster, (index, at))
        .filter(|route| route.of == RouteOf::Tls)
        .filter_map(|route| Some((route, route_host(route, gateway, at, host)?)))
        .collect();
    all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| age(one.0).cmp(&age(other.0))));
    let Some((route, _)) = all.first() else { return Some(Decision::answer(502, Because::NoHost)) };
    let Some(rule) = route.rules.first() else { return Some(Decision::answer(502, Because::NoBackend)) };
    let by = rule_of(route, rule, 0, host);
    let Some(own) = rule.backends.iter().find(|own| own.weight > 0) else {
        return Some(Decision::answer(502, Because::NoBackend).by(by));
    };
    let told = told(own);
    Some(match upstream(cluster, own) {
        Ok(to) => {
            let request = Request::get("https", host, "/");
            let forward = Forward {
                request,
                tls: true,
                sni: None,
                to,
                backend: told.clone(),
                edits: Vec::new(),
                mirrors: Vec::new(),
            };
            Decision { action: Action::Forward(Box::new(forward)), ..Decision::answer(200, Because::Rule) }
                .by(by)
                .to(told)
        }
        Err(because) => Decision::answer(502, because).by(by).to(told),
    })
}

/// The listener that is most exactly for a host.
fn listener(gateway: &Gateway, spoken: &dyn Fn(&GatewayListener) -> bool, host: &str) -> Option<u32> {
    let all = (0u32..).zip(&gateway.listeners).filter(|(_, listener)| spoken(listener));
    let fits = all.filter_map(|(at, listener)| Some((host_matches(listener.hostname.as_deref(), host)?, at)));
    // Of those that are as exact the first.
    fits.max_by_key(|(how, at)| (*how, std::cmp::Reverse(*at))).map(|(_, at)| at)
}

fn routes(cluster: &Cluster, place: (u32, u32)) -> impl Iterator<Item = &Route> {
    cluster.fronts.routes.iter().filter(move |route| route.attached.contains(&place))
}

/// How exactly a route is for a host, by its own names and those of the listener.
fn route_host(route: &Route, gateway: &Gateway, at: u32, host: &str) -> Option<(bool, usize)> {
    let of_listener = gateway.listeners.get(at as usize)?.hostname.as_deref();
    host_matches(of_listener, host)?;
    if route.hostnames.is_empty() {
        return host_matches(of_listener, host);
    }
    route.hostnames.iter().filter_map(|own| host_matches(Some(own), host)).max()
}

/// The older one first, then by name.
fn age(route: &Route) -> (bool, Option<Arc<str>>, &kubernetes::cluster::model::NamespacedName) {
    (route.created.is_none(), route.created.clone(), &route.name)
}

/// The rule that takes a request, with what of it did.
fn chosen<'c>(
    cluster: &'c Cluster,
    place: (u32, u32),
    gateway: &Gateway,
    request: &Request,
    host: &str,
) -> Option<(&'c Route, usize, RouteMatch)> {
    let patterns = Patterns::default();
    let mut all: Vec<Candidate<'_>> = Vec::new();
    for route in routes(cluster, place).filter(|route| matches!(route.of, RouteOf::Http | RouteOf::Grpc)) {
        let Some(host) = route_host(route, gateway, place.1, host) else { continue };
        for (rule, own) in route.rules.iter().enumerate() {
            let whole = [RouteMatch::default()];
            let matches = if own.matches.is_empty() { &whole[..] } else { &own.matches };
            let found = matches.iter().filter(|own| takes(own, request, &patterns));
            all.extend(found.map(|own| Candidate { host, weight: Weight::of(own), route, rule, own: own.clone() }));
        }
    }
    all.sort_by(|one, other| {
        let by_host = other.host.cmp(&one.host).then_with(|| one.weight.first(other.weight));
        by_host.then_with(|| age(one.route).cmp(&age(other.route))).then(one.rule.cmp(&other.rule))
    });
    all.into_iter().next().map(|first| (first.route, first.rule, first.own))
}

/// A match that takes a request.
struct Candidate<'c> {
    /// How exactly the route is for the host.
    host: (bool, usize),
    weight: Weight,
    route: &'c Route,
    /// Which of its rules.
    rule: usize,
    own: RouteMatch,
}

fn rule_of(route: &Route, rule: &RouteRule, number: usize, matched: &str) -> Rule {
    Rule {
        object: route.origin.object.clone(),
        number: Some(number as u32),
        field: Arc::from(format!("spec.rules[{number}]")),
        matched: Arc::from(matched),
        location: rule.location.clone().or_else(|| route.origin.location.clone()),
    }
}

fn told(own: &RouteBackend) -> Backend {
    let port = own.port.map(|port| port.to_string()).unwrap_or_default();
    Backend { service: own.name.clone(), port: Arc::from(port) }
}

fn upstream(cluster: &Cluster, own: &RouteBackend) -> Result<Upstream, Because> {
    if !own.service {
        return Err(Because::Unsupported);
    }
    if !own.granted {
        return Err(Because::NotGranted);
    }
    let Some(port) = own.port else { return Err(Because::NoPort) };
    match backend::find(cluster, &own.name, &BackendPort::Number(port), Rules { whole: false, by_target: false }) {
        Found::At(to) => Ok(to),
        Found::None(because) => Err(because),
    }
}

/// What a rule does with a request.
fn served(
    cluster: &Cluster,
    (route, rule, number): (&Route, &RouteRule, usize),
    matched: &RouteMatch,
    (request, entry): (&Request, &Entry),
    draw: &mut Draw<'_>,
) -> Decision {
    let shown = match &matched.path {
        PathMatch::Exact(path) => format!("= {path}"),
        PathMatch::Prefix(path) => path.to_string(),
        PathMatch::Pattern(path) => format!("~ {path}"),
    };
    let by = rule_of(route, rule, number, &shown);
    let mut sent = request.clone();
    let mut changes = Changes::default();
    changes.apply(&rule.filters, matched, &mut sent);
    let unread = |names: Vec<Arc<str>>| {
        let field = |name: Arc<str>| Unread {
            object: route.origin.object.clone(),
            field: Arc::from(format!("spec.rules[{number}].{name}")),
            location: rule.location.clone(),
        };
        names.into_iter().map(field).collect::<Vec<_>>()
    };
    let mut left: Vec<Arc<str>> = rule.unread.iter().map(|name| Arc::from(*name)).collect();
    left.extend(changes.unread.iter().map(|kind| Arc::from(format!("filters ({kind})"))));
    if let Some(redirect) = changes.redirect {
        let response = redirected(redirect, matched, request, entry.port);
        return Decision { unread: unread(left), ..Decision::answers(response, Because::Redirect) }.by(by);
    }
    // Each has its share, those that lead nowhere too: for these the answer is an error.
    let shares: Vec<(Arc<str>, f64)> = rule
        .backends
        .iter()
        .filter(|own| own.weight > 0)
        .map(|own| (Arc::from(format!("{}:{}", own.name, told(own).port)), f64::from(own.weight)))
        .collect();
    let live: Vec<&RouteBackend> = rule.backends.iter().filter(|own| own.weight > 0).collect();
    let drawn = if live.len() > 1 { draw(&shares) } else { 0 };
    let Some(own) = live.get(drawn).or(live.first()) else {
        return Decision { unread: unread(left), ..Decision::answer(500, Because::NoBackend) }.by(by);
    };
    let backend = told(own);
    let to = match upstream(cluster, own) {
        Ok(to) => to,
        Err(because) => {
            let status = if because == Because::NoEndpoints { 503 } else { 500 };
            return Decision { unread: unread(left), ..Decision::answer(status, because) }.by(by).to(backend);
        }
    };
    changes.apply(&own.filters, matched, &mut sent);
    if let Some(redirect) = changes.redirect {
        let response = redirected(redirect, matched, request, entry.port);
        return Decision { unread: unread(left), ..Decision::answers(response, Because::Redirect) }.by(by).to(backend);
    }
    let peer = forwarded(&entry.client);
    let came = request.headers.joined("X-Forwarded-For");
    sent.headers.set("X-Forwarded-For", came.map_or(peer.clone(), |came| format!("{came}, {peer}")));
    sent.headers.set("X-Forwarded-Proto", request.scheme());
    let id = cluster.service_named(&own.name.namespace, &own.name.name);
    let service = id.and_then(|id| cluster.services.get(id.0 as usize));
    let policy = service.and_then(|service| policy(cluster, service, own.port));
    let tls = policy.is_some() || service.is_some_and(|service| speaks_tls(service, own.port));
    let mirrors = changes.mirrors.iter().filter_map(|filter| {
        let to = &filter.request_mirror.as_ref()?.backend_ref;
        let namespace = to.namespace.clone().unwrap_or_else(|| route.name.namespace.clone());
        let name = to.name.as_ref()?.value.clone();
        let port = to.port.as_ref().map(|port| port.value.to_string()).unwrap_or_default();
        Some(Backend { service: kubernetes::cluster::model::NamespacedName { namespace, name }, port: Arc::from(port) })
    });
    let forward = Forward {
        request: Request { tls, ..sent },
        tls,
        sni: policy.and_then(|policy| policy.hostname.clone()),
        to,
        backend: backend.clone(),
        mirrors: mirrors.collect(),
        edits: changes.edits,
    };
    let decision = Decision { action: Action::Forward(Box::new(forward)), ..Decision::answer(200, Because::Rule) };
    Decision { unread: unread(left), ..decision }.by(by).to(backend)
}

/// The BackendTLSPolicy for a Service's port: one that names the port before one for all of them.
fn policy<'m>(cluster: &'m Cluster, service: &Service, port: Option<u16>) -> Option<&'m BackendTls> {
    let port = service.ports.iter().find(|own| Some(own.port.0) == port).map(|own| &own.name);
    let its = cluster.fronts.backend_tls.iter().filter(|policy| policy.service == service.name);
    let fits = its.filter(|policy| policy.port.is_none() || policy.port.as_ref() == port);
    fits.min_by_key(|policy| policy.port.is_none())
}

/// `appProtocol` of a Service's port says that its endpoints speak TLS.
fn speaks_tls(service: &Service, port: Option<u16>) -> bool {
    let own = service.ports.iter().find(|own| Some(own.port.0) == port);
    own.and_then(|own| own.app_protocol.as_deref())
        .is_some_and(|protocol| protocol.eq_ignore_ascii_case("https") || protocol.ends_with("/wss"))
}
