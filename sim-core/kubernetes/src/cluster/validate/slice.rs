//! EndpointSlices (`ValidateEndpointSlice`), and what they say about zones, nodes and Services that are not there.

use super::names::Form;
use super::report::{Once, family, form_of, not_more, ordinary, words};
use crate::cluster::context::Context;
use crate::cluster::nodes::Candidate;
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, EndpointSlice, NamedHint, Object, SliceEndpoint};
use crate::origin::{ObjectRef, Spanned};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// Most ports, endpoints and addresses of one endpoint, and zones an endpoint is hinted for.
const PORTS: usize = 100;
const ENDPOINTS: usize = 1000;
const ADDRESSES: usize = 100;
const ZONES: usize = 8;

/// Label that names the Service.
const SERVICE: &str = "kubernetes.io/service-name";

/// What slices may refer to.
pub(super) struct Known {
    /// The input is a whole cluster, so that what it does not have is not there.
    whole: bool,
    zones: BTreeSet<Arc<str>>,
    nodes: BTreeSet<Arc<str>>,
    services: BTreeSet<ObjectRef>,
}

impl Known {
    pub(super) fn of(context: &Context<'_>, nodes: &[Candidate]) -> Self {
        let objects = context.parsed.objects.iter();
        let services = objects.filter(|object| matches!(object, Object::Service(_)));
        Self {
            whole: context.whole,
            zones: nodes.iter().filter_map(|candidate| candidate.node.zone()).map(Arc::from).collect(),
            nodes: nodes.iter().map(|candidate| candidate.node.name.clone()).collect(),
            services: services.map(|object| object.object().clone()).collect(),
        }
    }
}

pub(super) fn check(context: &mut Context<'_>, known: &Known, document: &Document<EndpointSlice>) {
    let (slice, object) = (&document.value, &document.object);
    service(context, known, document);
    let kinds = [("IPv4", ()), ("IPv6", ()), ("FQDN", ())];
    let kind = match &slice.address_type {
        Some(text) => context.choice(text, "addressType", object, &kinds).map(|()| &*text.value),
        None => {
            let found =
                context.finding(codes::MISSING_FIELD, context.name_span(document.span, &slice.metadata), object);
            context.report(found.arg("path", "addressType"));
            None
        }
    };
    not_more(context, &slice.endpoints, ENDPOINTS, "endpoints", object);
    not_more(context, &slice.ports, PORTS, "ports", object);
    for (index, endpoint) in slice.endpoints.iter().enumerate().take(ENDPOINTS) {
        check_endpoint(context, known, kind, index, endpoint, object);
    }
    let mut names = Once::default();
    for (index, port) in slice.ports.iter().enumerate().take(PORTS) {
        let path = || format!("ports[{index}].name");
        let name = port.value.name.as_ref();
        if let Some(name) = name.filter(|name| !name.value.is_empty()) {
            form_of(context, name, Form::Label, &path(), object);
        }
        let text = name.map_or("", |name| &*name.value);
        let span = name.map_or_else(|| context.first_line(port.span), |name| name.span);
        names.add(context, text, (path, || text.to_owned()), span, object);
    }
}

fn service(context: &mut Context<'_>, known: &Known, document: &Document<EndpointSlice>) {
    let (metadata, object) = (&document.value.metadata, &document.object);
    let span = context.name_span(document.span, metadata);
    let Some(name) = metadata.labels.get(SERVICE) else {
        let found = context.finding(codes::SLICE_WITHOUT_SERVICE, span, object).arg("label", SERVICE);
        context.report(found.hint(codes::HINT_SLICE_LABEL));
        return;
    };
    let wanted = ObjectRef { kind: Arc::from("Service"), namespace: object.namespace.clone(), name: name.clone() };
    // Without Nodes the system's own Services are there without being in the input.
    if known.whole && !known.services.contains(&wanted) {
        let found = context.finding(codes::SLICE_OF_NO_SERVICE, span, object);
        context.report(found.arg("service", wanted.to_string()));
    }
}

fn check_endpoint(
    context: &mut Context<'_>,
    known: &Known,
    kind: Option<&str>,
    index: usize,
    endpoint: &Spanned<SliceEndpoint>,
    object: &ObjectRef,
) {
    let of = &endpoint.value;
    if of.addresses.is_empty() {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(endpoint.span), object);
        context.report(found.arg("path", format!("endpoints[{index}].addresses")));
    }
    if of.addresses.len() > ADDRESSES {
        not_more(context, &of.addresses, ADDRESSES, &format!("endpoints[{index}].addresses"), object);
    }
    for (at, text) in of.addresses.iter().enumerate() {
        let path = || format!("endpoints[{index}].addresses[{at}]");
        let ip = text.value.parse::<IpAddr>();
        match (kind, ip) {
            (Some("FQDN"), _) => form_of(context, text, Form::Subdomain, &path(), object),
            (Some(kind), Ok(ip)) if kind != family(ip) => {
                let found = context.finding(codes::OTHER_FAMILY, text.span, object).arg("path", path());
                let found = found.arg("value", &*text.value).arg("expected", kind);
                context.report(found.arg("by", "addressType"));
            }
            (_, Ok(ip)) if !ip_is_ordinary(ip) => ordinary(context, ip, text, &path(), object),
            _ => {}
        }
    }
    if let Some(hostname) = &of.hostname {
        form_of(context, hostname, Form::Label, &format!("endpoints[{index}].hostname"), object);
    }
    let hints = |context: &mut Context<'_>, list: &[NamedHint], field: &str, there: &BTreeSet<Arc<str>>| {
        let mut once = Once::default();
        for (at, hint) in list.iter().enumerate() {
            let path = || format!("endpoints[{index}].hints.{field}[{at}].name");
            let name = &hint.name;
            once.add(context, &*name.value, (path, || name.value.to_string()), name.span, object);
            if known.whole && !there.contains(&name.value) {
                let found = context.finding(codes::UNKNOWN_HINT, name.span, object).arg("path", path());
                let there: BTreeSet<&str> = there.iter().map(|name| &**name).collect();
                context.report(found.arg("value", &*name.value).arg("of", field).arg("known", words(&there)));
            }
        }
    };
    if let Some(over) = of.hints.for_zones.get(ZONES) {
        let found = context.finding(codes::TOO_MANY_ITEMS, over.name.span, object);
        let found = found.arg("path", format!("endpoints[{index}].hints.forZones")).arg("limit", ZONES.to_string());
        context.report(found.arg("count", of.hints.for_zones.len().to_string()));
    }
    hints(context, &of.hints.for_zones, "forZones", &known.zones);
    hints(context, &of.hints.for_nodes, "forNodes", &known.nodes);
}

/// A quick look that spares most addresses the long one.
fn ip_is_ordinary(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !matches!(ip.octets(), [0 | 127 | 169 | 224, ..]),
        IpAddr::V6(_) => false,
    }
}
