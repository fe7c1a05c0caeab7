//! Ingresses and IngressClasses as written, to what they mean.

use super::super::context::{Context, name_of};
use super::super::model::{
    BackendPort, ControllerKind, Fronts, Ingress, IngressBackend, IngressClass, IngressPath, IngressRule, IngressTls,
    PathKind, Service, ServicePort, TargetPort, covers,
};
use crate::diagnostic::codes;
use crate::manifest::objects::{self, Document, IntOrString, Object};
use crate::origin::{ObjectRef, Span, Spanned};
use kernel::packet::Port;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The annotation that named the class before there was a field.
const CLASS: &str = "kubernetes.io/ingress.class";
/// What makes a class stand for Ingresses that name none.
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";
/// Paths of one Ingress at most.
const MAX_PATHS: usize = 2_000;

/// All of the input that the API server takes.
pub(super) fn all(context: &mut Context<'_>) -> (Vec<Ingress>, Vec<IngressClass>) {
    let parsed = context.parsed;
    let mut classes = Vec::new();
    for object in &parsed.objects {
        let Object::IngressClass(document) = object else { continue };
        let Some(controller) = &document.value.spec.controller else { continue };
        classes.push(IngressClass {
            name: document.object.name.clone(),
            controller: controller.value.clone(),
            default: document.value.metadata.annotations.get(DEFAULT).is_some_and(|value| &**value == "true"),
            origin: context.origin(document),
        });
    }
    let default = classes.iter().find(|class| class.default).map(|class| class.name.clone());
    let mut ingresses = Vec::new();
    for object in &parsed.objects {
        if let Object::Ingress(document) = object
            && context.may(1, 0)
        {
            let ingress = ingress(context, document, default.as_ref());
            if !context.is_refused(&document.object) {
                ingresses.push(ingress);
            }
        }
    }
    (ingresses, classes)
}

fn ingress(context: &mut Context<'_>, document: &Document<objects::Ingress>, default: Option<&Arc<str>>) -> Ingress {
    let (spec, metadata, object) = (&document.value.spec, &document.value.metadata, &document.object);
    let by_field = spec.ingress_class_name.as_ref().map(|class| &class.value);
    let class = by_field.or_else(|| metadata.annotations.get(CLASS)).or(default);
    let current = &*document.api_version == "networking.k8s.io/v1";
    let mut rules = Vec::new();
    let mut count = 0;
    for (at, rule) in spec.rules.iter().enumerate() {
        let host = rule.value.host.as_ref().filter(|host| !host.value.is_empty());
        if let Some(host) = host {
            check_host(context, host, &format!("spec.rules[{at}].host"), object);
        }
        let mut paths = Vec::new();
        let all = rule.value.http.iter().flat_map(|http| &http.paths);
        for (number, path) in all.enumerate() {
            count += 1;
            if count > MAX_PATHS {
                break;
            }
            let field = format!("spec.rules[{at}].http.paths[{number}]");
            paths.extend(read_path(context, path, &field, (object, current)));
        }
        rules.push(IngressRule {
            host: host.map(|host| Arc::from(host.value.to_ascii_lowercase())),
            paths,
            location: context.at(rule.span),
        });
    }
    let whole = spec.default_backend.as_ref().or(spec.backend.as_ref());
    let default_backend =
        whole.and_then(|backend| read_backend(context, &backend.value, (backend.span, "spec.defaultBackend"), object));
    let tls = spec.tls.iter().map(|tls| IngressTls {
        hosts: tls.value.hosts.iter().map(|host| Arc::from(host.value.to_ascii_lowercase())).collect(),
        secret: tls.value.secret_name.as_ref().map(|name| name.value.clone()),
        location: context.at(tls.span),
    });
    let tls = tls.collect();
    let places = metadata.annotations.placed().filter_map(|(key, _, span)| Some((key.clone(), context.at(span)?)));
    Ingress {
        name: name_of(object),
        class: class.cloned(),
        controller: None,
        rules,
        default_backend,
        tls,
        annotations: metadata.annotations.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        places: places.collect(),
        created: metadata.creation_timestamp.clone(),
        origin: context.origin(document),
    }
}

/// The API server's rule: a DNS name, or `*.` before one (validation of IngressRule).
fn check_host(context: &mut Context<'_>, host: &Spanned<Arc<str>>, path: &str, object: &ObjectRef) {
    let name = host.value.strip_prefix("*.").unwrap_or(&host.value);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let address = name.parse::<std::net::IpAddr>().is_ok();
    if address || name.len() > 253 || !name.split('.').all(label) {
        let found = context.finding(codes::INVALID_CHOICE, host.span, object).arg("path", path);
        context.report(found.arg("value", &*host.value).arg("expected", "shop.example.com, *.example.com"));
    }
}

fn read_path(
    context: &mut Context<'_>,
    path: &Spanned<objects::IngressPath>,
    field: &str,
    (object, current): (&ObjectRef, bool),
) -> Option<IngressPath> {
    let kinds = [
        ("Exact", PathKind::Exact),
        ("Prefix", PathKind::Prefix),
        ("ImplementationSpecific", PathKind::ImplementationSpecific),
    ];
    let kind = match &path.value.path_type {
        Some(text) => context.choice(text, &format!("{field}.pathType"), object, &kinds)?,
        // Before v1 it could be left out.
        None if !current => PathKind::ImplementationSpecific,
        None => {
            let found = context.finding(codes::MISSING_FIELD, context.first_line(path.span), object);
            context.report(found.arg("path", format!("{field}.pathType")));
            return None;
        }
    };
    let text = path.value.path.as_ref().filter(|text| !text.value.is_empty());
    let absolute = text.is_none_or(|text| text.value.starts_with('/'));
    if !absolute || (text.is_none() && kind != PathKind::ImplementationSpecific) {
        let span = text.map_or(context.first_line(path.span), |text| text.span);
        let found = context.finding(codes::INVALID_CHOICE, span, object).arg("path", format!("{field}.path"));
        let value = text.map_or("", |text| &text.value);
        context.report(found.arg("value", value).arg("expected", format!("/{value}")));
        return None;
    }
    let backend = &path.value.backend;
    let backend = read_backend(context, &backend.value, (path.span, &format!("{field}.backend")), object)?;
    Some(IngressPath {
        path: text.map_or_else(|| Arc::from("/"), |text| text.value.clone()),
        kind,
        backend,
        location: context.at(path.span),
    })
}

fn read_backend(
    context: &mut Context<'_>,
    backend: &objects::IngressBackend,
    (span, field): (Span, &str),
    object: &ObjectRef,
) -> Option<IngressBackend> {
    if let Some(resource) = &backend.resource {
        return Some(IngressBackend::Resource(Arc::from(format!("{} {}", resource.kind, resource.name))));
    }
    let mut missing = |what: &str, span: Span| {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(span), object);
        context.report(found.arg("path", format!("{field}.{what}")));
    };
    if let Some(name) = &backend.service_name {
        let port = match backend.service_port.as_ref().map(|port| &port.value) {
            Some(IntOrString::Int(number)) => is_port(*number).map(|port| BackendPort::Number(port.0)),
            Some(IntOrString::String(name)) => Some(BackendPort::Name(name.clone())),
            None => None,
        };
        let Some(port) = port else {
            missing("servicePort", span);
            return None;
        };
        return Some(IngressBackend::Service { name: name.value.clone(), port });
    }
    let Some(service) = &backend.service else {
        missing("service", span);
        return None;
    };
    let Some(name) = service.name.as_ref().filter(|name| !name.value.is_empty()) else {
        missing("service.name", span);
        return None;
    };
    let port = match (&service.port.number, &service.port.name) {
        (Some(number), _) if is_port(number.value).is_none() => {
            let found = context.finding(codes::INVALID_PORT, number.span, object);
            let found = found.arg("path", format!("{field}.service.port.number"));
            context.report(found.arg("value", number.value.to_string()));
            return None;
        }
        (Some(number), _) => is_port(number.value).map(|port| BackendPort::Number(port.0)),
        (None, Some(name)) => Some(BackendPort::Name(name.value.clone())),
        (None, None) => None,
    };
    let Some(port) = port else {
        missing("service.port", name.span);
        return None;
    };
    Some(IngressBackend::Service { name: name.value.clone(), port })
}

/// Finds a Service by namespace and name.
type Named<'n, 's> = &'n dyn Fn(&Arc<str>, &str) -> Option<&'s Service>;

/// Hosts and paths that were seen, by controller, with the Ingress that had them first.
pub(super) type Seen = BTreeMap<(u32, Option<Arc<str>>, Arc<str>, PathKind), Arc<str>>;

/// The Ingresses as they stand; of several of one name the first.
pub(super) fn documents<'p>(context: &Context<'p>) -> BTreeMap<&'p ObjectRef, &'p Document<objects::Ingress>> {
    let all = context.parsed.objects.iter().rev().filter_map(|object| match object {
        Object::Ingress(document) => Some((&document.object, document)),
        _ => None,
    });
    all.collect()
}

/// What is wrong with an Ingress that the API server takes.
pub(super) fn report<'s>(
    context: &mut Context<'_>,
    (fronts, ingress, document): (&Fronts, &Ingress, &Document<objects::Ingress>),
    named: Named<'_, 's>,
    seen: &mut Seen,
) {
    let object = &ingress.origin.object;
    let name_span = context.name_span(document.span, &document.value.metadata);
    let Some(controller) = ingress.controller else {
        let span = document.value.spec.ingress_class_name.as_ref().map_or(name_span, |class| class.span);
        let known: Vec<&str> = fronts.classes.iter().map(|class| &*class.name).collect();
        let class = ingress.class.as_deref().unwrap_or_default();
        let reason = match () {
            () if class.is_empty() => "none",
            () if known.contains(&class) => "nobody",
            () if known.is_empty() => "no-classes",
            () => "unknown",
        };
        let found = context.finding(codes::INGRESS_NOT_SERVED, span, object).arg("reason", reason);
        context.report(found.arg("class", class).arg("classes", known.join(", ")));
        return;
    };
    let spec = &document.value.spec;
    let nginx = fronts.controllers.get(controller as usize).is_some_and(|of| of.kind == ControllerKind::IngressNginx);
    let annotation = |name: &str| ingress.annotations.get(&*format!("nginx.ingress.kubernetes.io/{name}"));
    let on = |name: &str| annotation(name).is_some_and(|value| &**value == "true");
    let regex = on("use-regex") || annotation("rewrite-target").is_some();
    let canary = on("canary");
    for rule in &spec.rules {
        for path in rule.value.http.iter().flat_map(|http| &http.paths) {
            let Some(text) = &path.value.path else { continue };
            let kind = path.value.path_type.as_ref().map_or("", |kind| &kind.value);
            if kind != "ImplementationSpecific"
                && text.value.contains(['*', '(', '[', '^', '$', '|'])
                && !(nginx && regex)
            {
                let found = context.finding(codes::INGRESS_PATTERN, text.span, object);
                context.report(found.arg("path", &*text.value).arg("kind", kind));
            }
        }
    }
    for rule in &ingress.rules {
        for path in rule.paths.iter().filter(|_| !canary) {
            let key = (controller, rule.host.clone(), path.path.clone(), path.kind);
            let own: Arc<str> = Arc::from(ingress.name.to_string());
            let first = seen.entry(key).or_insert_with(|| own.clone());
            if *first != own {
                let host = rule.host.as_deref().unwrap_or("*");
                let found = context.finding(codes::INGRESS_TWICE, name_span, object).arg("host", host);
                let found = found.arg("path", &*path.path).arg("other", &**first);
                context.report(found);
            }
        }
    }
    let mut backends: Vec<(&objects::IngressBackend, Span)> = Vec::new();
    backends.extend(spec.default_backend.iter().chain(&spec.backend).map(|backend| (&backend.value, backend.span)));
    for path in spec.rules.iter().flat_map(|rule| &rule.value.http).flat_map(|http| &http.paths) {
        backends.push((&path.value.backend.value, path.span));
    }
    for (backend, span) in backends {
        check_backend(context, ingress, (backend, span), (named, nginx));
    }
    let hosts: Vec<&str> = ingress.rules.iter().filter_map(|rule| rule.host.as_deref()).collect();
    for tls in &spec.tls {
        for host in tls.value.hosts.iter().filter(|host| !hosts.is_empty() && !hosts.contains(&&*host.value)) {
            let covered = hosts.iter().any(|own| covers(&host.value, own));
            if !covered {
                let found = context.finding(codes::INGRESS_TLS_HOST, host.span, object);
                context.report(found.arg("host", &*host.value).arg("hosts", hosts.join(", ")));
            }
        }
    }
}

fn check_backend<'s>(
    context: &mut Context<'_>,
    ingress: &Ingress,
    (backend, span): (&objects::IngressBackend, Span),
    (named, by_target): (Named<'_, 's>, bool),
) {
    let object = &ingress.origin.object;
    let (name, port) = match (&backend.service, &backend.service_name) {
        (Some(service), _) => {
            let number = service.port.number.as_ref().map(|number| (number.value.to_string(), number.span));
            (
                service.name.as_ref(),
                number.or(service.port.name.as_ref().map(|name| (name.value.to_string(), name.span))),
            )
        }
        (None, name) => {
            let port = backend.service_port.as_ref().map(|port| match &port.value {
                IntOrString::Int(number) => (number.to_string(), port.span),
                IntOrString::String(name) => (name.to_string(), port.span),
            });
            (name.as_ref(), port)
        }
    };
    let Some(name) = name else { return };
    let Some(service) = named(&ingress.name.namespace, &name.value) else {
        let span = if name.span == Span::default() { span } else { name.span };
        let found = context.finding(codes::INGRESS_NO_SERVICE, span, object);
        let found = found.arg("service", format!("{}/{}", ingress.name.namespace, name.value));
        context.report(found);
        return;
    };
    let Some((port, at)) = port else { return };
    // ingress-nginx takes the target's number or name, too.
    let target = |own: &ServicePort| match &own.target_port {
        TargetPort::Number(number) => by_target && number.to_string() == port,
        TargetPort::Name(name) => by_target && **name == *port,
    };
    let has = |own: &ServicePort| own.port.to_string() == port || *own.name == *port || target(own);
    let has = service.ports.iter().any(has);
    if !has && service.external_name.is_none() {
        let all: Vec<String> = service
            .ports
            .iter()
            .map(|own| if own.name.is_empty() { own.port.to_string() } else { format!("{} ({})", own.port, own.name) })
            .collect();
        let found = context.finding(codes::INGRESS_NO_PORT, at, object).arg("service", service.name.to_string());
        context.report(found.arg("port", port).arg("ports", all.join(", ")));
    }
}

/// A port as it is told.
fn is_port(port: i64) -> Option<Port> {
    u16::try_from(port).ok().filter(|port| *port > 0).map(Port)
}
