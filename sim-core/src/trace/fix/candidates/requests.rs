//! Requests that are answered with an error: hosts, classes, paths and backends of Ingresses, parents and grants of routes.

use super::probes;
use super::search::{Change, Search};
use crate::http::{Because, Decision, Message};
use crate::model::Model;
use crate::trace::announced::announcer;
use crate::trace::fix::kind::FixKind;
use crate::trace::http::Fetched;
use crate::trace::journey::{ClientResult, Journey};
use crate::trace::probe_text::{ProbeText, edits};
use crate::trace::why::Field;
use crate::trace::why::http::shortcut;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::{
    Controller, ControllerKind, Ingress, NamespacedName, PathKind, PathMatch, Refusal, Route, Service, host_matches,
};
use kubernetes::edit::{Content, FieldPath};
use kubernetes::manifest::objects::{GatewayRouteSpec, Object};
use kubernetes::origin::ObjectRef;

/// Objects of a kind that are looked at.
const MOST: usize = 8;

/// Whether a request failed for what stands, or does not, before it in its connection: nothing else has a part in that.
pub(super) fn is_about_how_it_began(journey: &Journey) -> bool {
    let decision = journey.http.as_ref().and_then(Fetched::decision);
    decision.is_some_and(|decision| matches!(decision.because, Because::Announced | Because::Unannounced))
}

pub(super) fn changes(search: &mut Search<'_>) {
    let Some(fetched) = search.journey.http.as_ref() else { return };
    if search.journey.client == ClientResult::Tls {
        scheme(search);
    }
    let (host, path) = (fetched.request.host(), fetched.request.path().to_owned());
    let Some(decision) = fetched.decision() else { return };
    match decision.because {
        Because::Announced | Because::Unannounced => announcements(search, decision),
        Because::NoHost | Because::NoListener | Because::Misdirected => {
            classes(search, &host);
            hosts(search, &host);
            parents(search, &host);
        }
        Because::NoPath => {
            paths(search, &host, &path);
            classes(search, &host);
            parents(search, &host);
        }
        Because::NoService => services(search, decision),
        Because::NoPort => ports(search, decision),
        Because::NotGranted => grant(search, decision),
        Because::Forbidden => ranges(search, decision, fetched),
        Because::TooLarge => body(search, decision, fetched),
        Because::PlainToTls => scheme(search),
        Because::Rule | Because::Canary => {
            // A server behind that speaks something else than it is asked in.
            if let Some(rule) = &decision.rule {
                for (key, _) in annotations(search, &rule.object, &["backend-protocol"]) {
                    search.remove(annotation(&rule.object, &key));
                }
                search.set(annotation(&rule.object, "nginx.ingress.kubernetes.io/backend-protocol"), text("HTTPS"));
            }
            ports(search, decision);
        }
        _ => {}
    }
}

fn text(value: &str) -> Content {
    Content::text(value)
}

fn annotation(object: &ObjectRef, key: &str) -> Field {
    Field { object: object.clone(), path: FieldPath::parse("metadata.annotations").key(key), at: None }
}

/// The other scheme, on its own port.
fn scheme(search: &mut Search<'_>) {
    let to = match search.text.to.split_once("://") {
        Some(("http", rest)) => format!("https://{rest}"),
        Some(("https", rest)) => format!("http://{rest}"),
        _ => return,
    };
    let probe = probes::to(search, to);
    search.probe(FixKind::UseTo, probe);
}

/// The same URL with another host or path.
fn url(search: &mut Search<'_>, host: Option<&str>, path: Option<&str>) {
    let Some((scheme, rest)) = search.text.to.split_once("://") else { return };
    let (authority, own) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let port = authority.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
    let own_host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let to = format!("{scheme}://{}{port}{}", host.unwrap_or(own_host), path.unwrap_or(own));
    let probe = probes::to(search, to);
    search.probe(FixKind::UseTo, probe);
}

fn takes(host: Option<&str>, wanted: &str) -> bool {
    host.is_none_or(|own| crate::trace::wildcard::is_host(own, wanted))
}

/// Ingresses that have a rule for the host and that nobody serves: other classes.
fn classes(search: &mut Search<'_>, host: &str) {
    let fronts = &search.model.cluster.fronts;
    let mut names: Vec<&str> = fronts.classes.iter().map(|class| &*class.name).collect();
    let served = fronts.ingresses.iter().filter(|ingress| ingress.controller.is_some());
    names.extend(served.filter_map(|ingress| ingress.class.as_deref()));
    // What ingress-nginx calls its own.
    names.push("nginx");
    names.sort_unstable();
    names.dedup();
    let idle = |ingress: &&Ingress| {
        ingress.controller.is_none() && ingress.rules.iter().any(|rule| takes(rule.host.as_deref(), host))
    };
    let idle: Vec<&Ingress> = fronts.ingresses.iter().filter(idle).take(MOST).collect();
    for ingress in idle {
        let object = &ingress.origin.object;
        let by_annotation = annotations(search, object, &["ingress.class"]);
        for name in names.iter().take(MOST) {
            let mut all = vec![Change::Set(Field::new(object, "spec.ingressClassName"), text(name))];
            all.extend(by_annotation.iter().map(|(key, _)| Change::Remove(annotation(object, key))));
            search.several(all);
        }
        // Or the class stands for those that name none.
        for class in fronts.classes.iter().filter(|class| ingress.class.is_none() && !class.default).take(MOST) {
            let key = "ingressclass.kubernetes.io/is-default-class";
            search.set(annotation(&class.origin.object, key), text("true"));
        }
    }
}

/// Annotations of an object whose name ends so, behind the last slash, with their values.
fn annotations(search: &Search<'_>, object: &ObjectRef, names: &[&str]) -> Vec<(String, String)> {
    let own = search.model.parsed.objects.iter().find(|own| own.object() == object);
    let all = own.and_then(Object::metadata).into_iter().flat_map(|metadata| metadata.annotations.iter());
    let named = all.filter(|(key, _)| names.contains(&key.rsplit('/').next().unwrap_or_default()));
    named.map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// Rules and routes for other hosts, which were meant for this one; or the URL was meant for theirs.
fn hosts(search: &mut Search<'_>, host: &str) {
    let fronts = &search.model.cluster.fronts;
    let mut all: Vec<(String, Field)> = Vec::new();
    for ingress in fronts.ingresses.iter().filter(|ingress| ingress.controller.is_some()) {
        for (at, rule) in ingress.rules.iter().enumerate() {
            if let Some(own) = &rule.host {
                let field = Field::new(&ingress.origin.object, format!("spec.rules[{at}].host").as_str());
                all.push((own.to_string(), field));
            }
        }
    }
    for route in &fronts.routes {
        for (at, own) in route.hostnames.iter().enumerate() {
            let field = Field::new(&route.origin.object, format!("spec.hostnames[{at}]").as_str());
            all.push((own.to_string(), field));
        }
    }
    all.sort_by_key(|(own, _)| edits(own, host));
    for (own, field) in all.into_iter().take(MOST) {
        if !own.starts_with('*') {
            url(search, Some(&own), None);
        }
        search.set(field, text(host));
    }
}

/// Paths of the host, which were meant otherwise.
fn paths(search: &mut Search<'_>, host: &str, path: &str) {
    let fronts = &search.model.cluster.fronts;
    let mut all: Vec<(String, Field, Vec<Change>)> = Vec::new();
    for ingress in fronts.ingresses.iter().filter(|ingress| ingress.controller.is_some()) {
        let object = &ingress.origin.object;
        let rules = ingress.rules.iter().enumerate().filter(|(_, rule)| takes(rule.host.as_deref(), host));
        for (at, rule) in rules {
            for (number, own) in rule.paths.iter().enumerate() {
                let field =
                    |name: &str| Field::new(object, format!("spec.rules[{at}].http.paths[{number}].{name}").as_str());
                let mut kinds = vec![];
                if own.kind == PathKind::Exact {
                    kinds.push(Change::Set(field("pathType"), text("Prefix")));
                }
                // A pattern that nobody reads as one.
                if own.path.contains(['(', '[', '*', '\\', '^', '$', '+', '?', '|']) {
                    search.several(vec![
                        Change::Set(field("pathType"), text("ImplementationSpecific")),
                        Change::Set(annotation(object, "nginx.ingress.kubernetes.io/use-regex"), text("true")),
                    ]);
                }
                all.push((own.path.to_string(), field("path"), kinds));
            }
        }
    }
    let mine = |route: &&Route| {
        route.hostnames.is_empty() || route.hostnames.iter().any(|own| host_matches(Some(own), host).is_some())
    };
    for route in fronts.routes.iter().filter(mine) {
        for (at, rule) in route.rules.iter().enumerate() {
            for (number, own) in rule.matches.iter().enumerate() {
                let field = |name: &str| {
                    Field::new(&route.origin.object, format!("spec.rules[{at}].matches[{number}].path.{name}").as_str())
                };
                match &own.path {
                    PathMatch::Exact(value) => {
                        let kind = Change::Set(field("type"), text("PathPrefix"));
                        all.push((value.to_string(), field("value"), vec![kind]));
                    }
                    PathMatch::Prefix(value) => all.push((value.to_string(), field("value"), Vec::new())),
                    PathMatch::Pattern(_) => {}
                }
            }
        }
    }
    all.sort_by_key(|(own, ..)| edits(own, path));
    for (own, field, kinds) in all.into_iter().take(MOST) {
        for kind in kinds {
            search.several(vec![kind]);
        }
        if own.starts_with('/') {
            url(search, None, Some(&own));
        }
        search.set(field, text(path));
    }
}

/// Where the last decision's backend is named: the field of its name, and of its port.
fn backend_fields(search: &Search<'_>, decision: &Decision) -> Vec<(Field, Vec<Field>)> {
    let Some(rule) = &decision.rule else { return Vec::new() };
    let field = |path: String| Field::new(&rule.object, path.as_str());
    if &*rule.object.kind == "Ingress" {
        let below = match &*rule.field {
            "spec.defaultBackend" => "spec.defaultBackend".to_owned(),
            path => format!("{path}.backend"),
        };
        let port = |name: &str| field(format!("{below}.service.port.{name}"));
        return vec![(field(format!("{below}.service.name")), vec![port("number"), port("name")])];
    }
    let routes = &search.model.cluster.fronts.routes;
    let route = routes.iter().find(|route| route.origin.object == rule.object);
    let Some(own) = route.zip(rule.number).and_then(|(route, at)| route.rules.get(at as usize)) else {
        return Vec::new();
    };
    let number = rule.number.unwrap_or_default();
    let wanted = |name: &NamespacedName| decision.backend.as_ref().is_none_or(|backend| backend.service == *name);
    let named = own.backends.iter().enumerate().filter(|(_, backend)| wanted(&backend.name));
    let refs = |at: usize, name: &str| field(format!("spec.rules[{number}].backendRefs[{at}].{name}"));
    named.map(|(at, _)| (refs(at, "name"), vec![refs(at, "port")])).collect()
}

/// Services of the namespace, nearest by name, in place of one that is not there.
fn services(search: &mut Search<'_>, decision: &Decision) {
    let Some(backend) = &decision.backend else { return };
    let here = |service: &&Service| service.name.namespace == backend.service.namespace && !service.origin.assumed;
    let mut near: Vec<&Service> = search.model.cluster.services.iter().filter(here).collect();
    near.sort_by_key(|service| edits(&service.name.name, &backend.service.name));
    for (name, ports) in backend_fields(search, decision) {
        for service in near.iter().take(MOST) {
            let rename = Change::Set(name.clone(), text(&service.name.name));
            let has =
                service.ports.iter().any(|port| port.port.to_string() == *backend.port || port.name == backend.port);
            match service.ports.first() {
                Some(port) if !has => {
                    search.several(std::iter::once(rename).chain(renumbered(search, &ports, port.port.0)).collect());
                }
                _ => search.several(vec![rename]),
            }
        }
    }
}

/// A port by number, in place of what the fields say.
fn renumbered(search: &Search<'_>, fields: &[Field], port: u16) -> Vec<Change> {
    let Some(number) = fields.first() else { return Vec::new() };
    let value = Content::Int(i64::from(port));
    match fields.get(1).filter(|name| says(search, name)) {
        // A number beside a name is one too many.
        Some(name) => {
            let path = FieldPath(name.path.0.iter().take(name.path.0.len() - 1).cloned().collect());
            vec![Change::Set(Field { path, ..name.clone() }, Content::map([("number", value)]))]
        }
        None => vec![Change::Set(number.clone(), value)],
    }
}

/// Whether an Ingress' backend names its port, rather than numbers it.
fn says(search: &Search<'_>, field: &Field) -> bool {
    use kubernetes::cluster::model::{BackendPort, IngressBackend};
    let ingresses = &search.model.cluster.fronts.ingresses;
    let Some(ingress) = ingresses.iter().find(|ingress| ingress.origin.object == field.object) else { return false };
    let named =
        |backend: &IngressBackend| matches!(backend, IngressBackend::Service { port: BackendPort::Name(_), .. });
    let path = field.path.to_string();
    if path.starts_with("spec.defaultBackend") {
        return ingress.default_backend.as_ref().is_some_and(named);
    }
    ingress.rules.iter().enumerate().any(|(at, rule)| {
        let own = |number: usize| path.starts_with(&format!("spec.rules[{at}].http.paths[{number}]."));
        rule.paths.iter().enumerate().any(|(number, path)| own(number) && named(&path.backend))
    })
}

/// Ports of the Service that the backend names.
fn ports(search: &mut Search<'_>, decision: &Decision) {
    let Some(backend) = &decision.backend else { return };
    let cluster = &search.model.cluster;
    let id = cluster.service_named(&backend.service.namespace, &backend.service.name);
    let Some(service) = id.and_then(|id| cluster.services.get(id.0 as usize)) else { return };
    for (_, fields) in backend_fields(search, decision) {
        for port in service.ports.iter().take(MOST) {
            if let Some(name) = fields.get(1).filter(|name| says(search, name) && !port.name.is_empty()) {
                search.set(name.clone(), text(&port.name));
            }
            search.several(renumbered(search, &fields, port.port.0));
        }
    }
}

/// A ReferenceGrant beside the Service.
fn grant(search: &mut Search<'_>, decision: &Decision) {
    let (Some(rule), Some(backend)) = (&decision.rule, &decision.backend) else { return };
    let from = rule.object.namespace.as_deref().unwrap_or("default");
    let id = search.model.cluster.service_named(&backend.service.namespace, &backend.service.name);
    let service = id.and_then(|id| search.service(id)).map(|service| service.origin.object.clone());
    let document = Content::map([
        ("apiVersion", text("gateway.networking.k8s.io/v1beta1")),
        ("kind", text("ReferenceGrant")),
        (
            "metadata",
            Content::map([
                ("name", text(&format!("routes-of-{from}"))),
                ("namespace", text(&backend.service.namespace)),
            ]),
        ),
        (
            "spec",
            Content::map([
                (
                    "from",
                    Content::List(vec![Content::map([
                        ("group", text("gateway.networking.k8s.io")),
                        ("kind", text(&rule.object.kind)),
                        ("namespace", text(from)),
                    ])]),
                ),
                (
                    "to",
                    Content::List(vec![Content::map([
                        ("group", text("")),
                        ("kind", text("Service")),
                        ("name", text(&backend.service.name)),
                    ])]),
                ),
            ]),
        ),
    ]);
    let beside = service.unwrap_or_else(|| rule.object.clone());
    search.change(FixKind::Add, vec![Change::Document(beside, document)]);
}

/// Client addresses that may ask.
fn ranges(search: &mut Search<'_>, decision: &Decision, fetched: &Fetched) {
    let Some(rule) = &decision.rule else { return };
    let names = ["whitelist-source-range", "allowlist-source-range", "denylist-source-range"];
    let client = fetched.routed.last().and_then(|routed| {
        let leg = search.journey.legs.get(routed.leg?.0 as usize)?;
        leg.hops.last().map(|hop| hop.after.packet.ip.src)
    });
    for (key, value) in annotations(search, &rule.object, &names) {
        if let Some(client) = client.filter(|_| !key.ends_with("denylist-source-range")) {
            search.set(annotation(&rule.object, &key), text(&format!("{value},{client}/32")));
        }
        search.remove(annotation(&rule.object, &key));
    }
}

/// Who says PROXY headers and who reads them.
fn announcements(search: &mut Search<'_>, decision: &Decision) {
    let reads = decision.rule.as_ref().map(|rule| Field::new(&rule.object, &*rule.field));
    if decision.because == Because::Unannounced {
        // Nodes that do not translate the address hand packets for it to the load balancer.
        let remote = search.remote.map(|remote| remote.ip());
        let short = shortcut(search.model, &search.journey.legs, remote);
        let status = short.and_then(|service| {
            let at = service.load_balancer.iter().position(|own| Some(own.ip) == remote)?;
            let path = format!("status.loadBalancer.ingress[{at}].ipMode");
            Some(Field::new(&service.origin.object, path.as_str()))
        });
        if let Some(field) = status {
            search.set(field, text("Proxy"));
            return;
        }
        // Who says the header leads there, too: the others have to go by it.
        let said = balancer(search.model, decision);
        if let Some((service, port)) = said {
            let connect = Some(format!("lb/{}:{port}", service.name));
            search.probe(FixKind::UseConnect, ProbeText { connect, ..search.text.clone() });
            return;
        }
        reads.into_iter().for_each(|field| search.remove(field));
        return;
    }
    let last = search.journey.legs.iter().rev().find_map(|leg| match &leg.carries {
        Some(Message::Announcement(said)) => announcer(search.model, said),
        _ => None,
    });
    // A controller that is told to read them.
    let controllers = search.model.cluster.fronts.controllers.iter();
    let deaf = controllers.filter(|own| own.announced.is_none() && own.kind == ControllerKind::IngressNginx);
    let maps: Vec<_> = deaf.map(|own| (own.config_map.clone(), own.assumed)).take(MOST).collect();
    for (map, assumed) in maps {
        if search.model.parsed.objects.iter().any(|object| *object.object() == map) {
            search.set(Field::new(&map, "data.use-proxy-protocol"), text("true"));
        } else if let Some(beside) = search.model.cluster.fronts.ingresses.first().filter(|_| assumed) {
            let document = config_map(&map);
            search.change(FixKind::Add, vec![Change::Document(beside.origin.object.clone(), document)]);
        }
    }
    last.and_then(Field::said).into_iter().for_each(|field| search.remove(field));
}

/// The Service whose load balancer says headers to the controller that waits for them, with its first port that leads there.
fn balancer<'m>(model: &'m Model, decision: &Decision) -> Option<(&'m Service, Port)> {
    let object = &decision.rule.as_ref()?.object;
    let reads = |own: &&Controller| {
        own.announced.as_ref().and_then(|own| own.because.object.as_ref()).is_some_and(|own| own == object)
    };
    let controller = model.cluster.fronts.controllers.iter().find(reads)?;
    let service = model.cluster.services.get(controller.service?.0 as usize)?;
    let port = service.ports.iter().find(|own| own.protocol == Protocol::Tcp)?.port;
    (service.announces.is_some() && !service.load_balancer.is_empty()).then_some((service, port))
}

/// A controller's ConfigMap that says no more than that connections begin with a header.
fn config_map(object: &ObjectRef) -> Content {
    let namespace = object.namespace.as_deref().unwrap_or("default");
    let named = [("name", text(&object.name)), ("namespace", text(namespace))];
    Content::map([
        ("apiVersion", text("v1")),
        ("kind", text("ConfigMap")),
        ("metadata", Content::map(named)),
        ("data", Content::map([("use-proxy-protocol", text("true"))])),
    ])
}

/// How much may be sent.
fn body(search: &mut Search<'_>, decision: &Decision, fetched: &Fetched) {
    let Some(rule) = &decision.rule else { return };
    let mebibytes = fetched.request.body.len().div_ceil(1 << 20);
    let key = "nginx.ingress.kubernetes.io/proxy-body-size";
    search.set(annotation(&rule.object, key), text(&format!("{mebibytes}m")));
}

/// Routes for the host that no listener takes, and listeners for other hosts.
fn parents(search: &mut Search<'_>, host: &str) {
    let fronts = &search.model.cluster.fronts;
    let mine = |route: &&Route| {
        route.hostnames.is_empty() || route.hostnames.iter().any(|own| host_matches(Some(own), host).is_some())
    };
    for route in fronts.routes.iter().filter(mine).take(MOST) {
        let object = &route.origin.object;
        let Some(spec) = route_spec(search, object) else { continue };
        for (name, refusal) in route.refused.iter().take(MOST) {
            let is = |own: Option<&str>, namespace: Option<&str>| {
                own == Some(&*name.name) && namespace.unwrap_or(&route.name.namespace) == &*name.namespace
            };
            let refs = spec.parent_refs.iter().enumerate().filter(|(_, own)| {
                is(own.value.name.as_ref().map(|name| &*name.value), own.value.namespace.as_deref())
            });
            for (at, _) in refs.take(MOST) {
                let field = |below: &str| Field::new(object, format!("spec.parentRefs[{at}].{below}").as_str());
                parent(search, name, *refusal, &field);
            }
        }
    }
    for gateway in fronts.gateways.iter().take(MOST) {
        for (at, listener) in gateway.listeners.iter().enumerate().take(MOST) {
            if listener.hostname.as_deref().is_some_and(|own| host_matches(Some(own), host).is_none()) {
                let field = Field::new(&gateway.origin.object, format!("spec.listeners[{at}].hostname").as_str());
                search.remove(field.clone());
                search.set(field, text(host));
            }
        }
    }
}

fn parent(search: &mut Search<'_>, name: &NamespacedName, refusal: Refusal, field: &dyn Fn(&str) -> Field) {
    let gateways = &search.model.cluster.fronts.gateways;
    match refusal {
        Refusal::NoGateway => {
            let mut near: Vec<_> = gateways.iter().collect();
            near.sort_by_key(|gateway| edits(&gateway.name.name, &name.name));
            for gateway in near.into_iter().take(MOST) {
                let rename = Change::Set(field("name"), text(&gateway.name.name));
                if gateway.name.namespace == name.namespace {
                    search.several(vec![rename]);
                } else {
                    let moved = Change::Set(field("namespace"), text(&gateway.name.namespace));
                    let same = gateway.name.name == name.name;
                    search.several(if same { vec![moved] } else { vec![rename, moved] });
                }
            }
        }
        Refusal::NoMatchingParent => {
            let own = gateways.iter().find(|gateway| gateway.name == *name);
            for listener in own.into_iter().flat_map(|gateway| &gateway.listeners).take(MOST) {
                search.set(field("sectionName"), text(&listener.name));
            }
            search.remove(field("sectionName"));
            search.remove(field("port"));
        }
        Refusal::NotAllowedByListeners => {
            let Some(gateway) = gateways.iter().find(|gateway| gateway.name == *name) else { return };
            for at in 0..gateway.listeners.len().min(MOST) {
                let path = format!("spec.listeners[{at}].allowedRoutes.namespaces.from");
                search.set(Field::new(&gateway.origin.object, path.as_str()), text("All"));
            }
        }
        // The listeners' hosts are looked at one by one.
        Refusal::NoMatchingListenerHostname => {}
    }
}

fn route_spec<'m>(search: &Search<'m>, object: &ObjectRef) -> Option<&'m GatewayRouteSpec> {
    search.model.parsed.objects.iter().find_map(|own| match own {
        Object::HttpRoute(document)
        | Object::GrpcRoute(document)
        | Object::TlsRoute(document)
        | Object::TcpRoute(document)
            if document.object == *object =>
        {
            Some(&document.value.spec)
        }
        _ => None,
    })
}
