//! Why a request was answered with an error.

use super::codes::{self, WhyInfo};
use super::field::{Field, Why};
use super::{Failed, endpoints};
use crate::http::{Because, Decision, Message, Response};
use crate::model::Model;
use crate::trace::announced::announcer;
use crate::trace::http::Fetched;
use crate::trace::journey::Leg;
use crate::trace::probe_text::edits;
use kubernetes::cluster::model::{Ingress, IngressRule, PathMatch, Service, ServiceId, host_matches};

use std::net::IpAddr;

/// Hosts and paths that are named at most.
const NAMED: usize = 8;

/// What is behind a response that is an error.
pub(in crate::trace) fn answered(failed: Failed<'_>, fetched: &Fetched, response: &Response) -> Option<Why> {
    let decision = fetched.decision()?;
    let cluster = &failed.model.cluster;
    let request = &fetched.request;
    let object = decision.rule.as_ref().map(|rule| rule.object.to_string()).unwrap_or_default();
    let backend = decision.backend.as_ref();
    let service = backend.map(|backend| backend.service.to_string()).unwrap_or_default();
    let id = backend.and_then(|backend| cluster.service_named(&backend.service.namespace, &backend.service.name));
    let about = |code: WhyInfo, field: &str| Why::new(code).arg("object", &object).at(field_of(decision, field));
    Some(match decision.because {
        Because::NoHost => no_host(failed, &request.host()),
        Because::NoPath => no_path(failed, &request.host(), request.path()),
        Because::NoService => about(codes::HTTP_NO_SERVICE, ".backend.service.name").arg("service", service),
        Because::NoPort => {
            let own = id.and_then(|id| cluster.services.get(id.0 as usize));
            let ports: Vec<String> =
                own.into_iter().flat_map(|own| &own.ports).map(|port| port.port.to_string()).collect();
            let port = backend.map(|backend| backend.port.to_string()).unwrap_or_default();
            let why = about(codes::HTTP_NO_PORT, ".backend.service.port").arg("service", service);
            why.arg("port", port).arg("ports", ports.join(", "))
        }
        Because::NoEndpoints => {
            let (id, index) = through(failed, fetched)?;
            endpoints::none(failed.model, id, index)
        }
        Because::NoBackend => about(codes::HTTP_NO_BACKEND, ".backend"),
        Because::NotGranted => about(codes::HTTP_NOT_GRANTED, ".backendRefs").arg("service", service),
        Because::Unsupported => about(codes::HTTP_UNSUPPORTED, ".backend"),
        Because::Forbidden => {
            let client = failed.legs.iter().find(|leg| leg.lookup.is_none()).and_then(|leg| leg.hops.first());
            let client = client.map(|hop| hop.before.packet.ip.src.to_string()).unwrap_or_default();
            whole(codes::HTTP_FORBIDDEN, decision, &object).arg("client", client)
        }
        Because::TooLarge => {
            whole(codes::HTTP_TOO_LARGE, decision, &object).arg("size", request.body.len().to_string())
        }
        Because::PlainToTls => Why::new(codes::HTTP_PLAIN_TO_TLS).arg("url", request.url()),
        Because::NoListener => Why::new(codes::HTTP_NO_LISTENER).arg("host", request.host()),
        Because::Misdirected => Why::new(codes::HTTP_MISDIRECTED).arg("host", request.host()),
        // A server behind answered so, or could not be asked.
        Because::Rule | Because::Canary => {
            let status = response.status.to_string();
            about(codes::HTTP_UPSTREAM, ".backend").arg("service", service).arg("status", status)
        }
        Because::Announced | Because::Unannounced => return announced(failed, decision),
        Because::ToHttps | Because::Redirect | Because::Preflight => return None,
    })
}

/// One says a PROXY header and the other does not read it, or waits for it in vain.
pub(in crate::trace) fn announced(failed: Failed<'_>, decision: &Decision) -> Option<Why> {
    let reads = decision.rule.as_ref();
    let reader = |why: Why| {
        let field = reads.map(|rule| rule.field.to_string()).unwrap_or_default();
        why.arg("object", reads.map(|rule| rule.object.to_string()).unwrap_or_default()).arg("field", field)
    };
    if decision.because == Because::Unannounced {
        let at = field_of(decision, "");
        if let Some(service) = shortcut(failed.model, failed.legs, failed.remote.map(|remote| remote.ip())) {
            let ip = failed.remote.map(|remote| remote.ip().to_string()).unwrap_or_default();
            let why = reader(Why::new(codes::HTTP_UNANNOUNCED_SHORTCUT)).arg("service", &service.name).arg("ip", ip);
            let because = service.announces.as_ref().map(|own| &own.because);
            return Some(why.at(at).against(because.and_then(Field::said)));
        }
        return Some(reader(Why::new(codes::HTTP_UNANNOUNCED)).at(at));
    }
    let last = failed.legs.iter().rev().find_map(|leg| match &leg.carries {
        Some(Message::Announcement(said)) => Some((leg, said)),
        _ => None,
    });
    let (leg, said) = last?;
    let because = announcer(failed.model, said);
    let field = because.and_then(Field::said);
    let object = because.and_then(|own| own.object.as_ref()).map(ToString::to_string).unwrap_or_default();
    let at = leg.hops.last().map(|hop| hop.after.packet.destination().to_string()).unwrap_or_default();
    let why = Why::new(codes::HTTP_ANNOUNCED).arg("object", object).arg("version", said.version.code());
    let why = why.arg("field", because.and_then(|own| own.field.as_deref()).unwrap_or_default()).arg("process", at);
    Some(why.at(field).against(field_of(decision, "")))
}

/// The Service whose load balancer would say the header, where nodes translated its address themselves: the packet never came to it.
pub(in crate::trace) fn shortcut<'m>(model: &'m Model, legs: &[Leg], remote: Option<IpAddr>) -> Option<&'m Service> {
    let said = legs.iter().any(|leg| matches!(leg.carries, Some(Message::Announcement(_))));
    let mut all = model.cluster.services.iter().filter(|service| service.announces.is_some() && !said);
    all.find(|service| service.load_balancer.iter().any(|own| Some(own.ip) == remote && !own.proxy_mode))
}

/// The Service and port that the last decision led by.
pub(in crate::trace) fn through(failed: Failed<'_>, fetched: &Fetched) -> Option<(ServiceId, usize)> {
    let backend = fetched.decision()?.backend.as_ref()?;
    let cluster = &failed.model.cluster;
    let id = cluster.service_named(&backend.service.namespace, &backend.service.name)?;
    let ports = &cluster.services.get(id.0 as usize)?.ports;
    let at = ports.iter().position(|own| own.port.to_string() == *backend.port || own.name == backend.port);
    Some((id, at.unwrap_or(0)))
}

fn field_of(decision: &Decision, below: &str) -> Option<Field> {
    let rule = decision.rule.as_ref()?;
    Some(Field { at: rule.location.clone(), ..Field::new(&rule.object, format!("{}{below}", rule.field).as_str()) })
}

/// About the object as a whole: its annotations.
fn whole(code: WhyInfo, decision: &Decision, object: &str) -> Why {
    let field = decision.rule.as_ref().map(|rule| Field::new(&rule.object, "metadata.annotations"));
    Why::new(code).arg("object", object).at(field)
}

fn list(all: impl Iterator<Item = String>) -> String {
    let all: std::collections::BTreeSet<String> = all.collect();
    let more = all.len().saturating_sub(NAMED);
    let mut shown: Vec<String> = all.into_iter().take(NAMED).collect();
    if more > 0 {
        shown.push(format!("… ({more})"));
    }
    if shown.is_empty() { "–".to_owned() } else { shown.join(", ") }
}

/// No rule is for a host: an Ingress that has one and is not served, else the nearest rule that there is.
fn no_host(failed: Failed<'_>, host: &str) -> Why {
    let fronts = &failed.model.cluster.fronts;
    let is_for =
        |rule: &IngressRule| rule.host.as_deref().is_some_and(|own| crate::trace::wildcard::is_host(own, host));
    let mut idle = fronts.ingresses.iter().filter(|ingress| ingress.controller.is_none());
    if let Some(ingress) = idle.find(|ingress| ingress.rules.iter().any(is_for)) {
        let object = &ingress.origin.object;
        let why = Why::new(codes::HTTP_NOT_SERVED).arg("object", object.to_string()).arg("host", host);
        let why = why.arg("class", ingress.class.as_deref().unwrap_or("–"));
        return why.at(Some(Field::new(object, "spec.ingressClassName")));
    }
    let rules = || {
        let served = fronts.ingresses.iter().filter(|ingress| ingress.controller.is_some());
        served.flat_map(|ingress| (0u32..).zip(&ingress.rules).map(move |(at, rule)| (ingress, at, rule)))
    };
    let of_routes = fronts.routes.iter().filter(|route| !route.attached.is_empty());
    let of_routes = of_routes.flat_map(|route| &route.hostnames).map(ToString::to_string);
    let hosts = list(rules().filter_map(|(_, _, rule)| rule.host.as_ref().map(ToString::to_string)).chain(of_routes));
    let near = rules().filter_map(|(ingress, at, rule)| Some((edits(rule.host.as_deref()?, host), ingress, at)));
    let near = near.min_by_key(|(distance, ..)| *distance);
    let why = Why::new(codes::HTTP_NO_HOST).arg("host", host).arg("hosts", hosts);
    why.at(near.map(|(_, ingress, at)| Field::new(&ingress.origin.object, format!("spec.rules[{at}].host").as_str())))
}

/// Rules are for the host, none for the path.
fn no_path(failed: Failed<'_>, host: &str, path: &str) -> Why {
    let fronts = &failed.model.cluster.fronts;
    let takes = |rule: &IngressRule| rule.host.as_deref().is_none_or(|own| crate::trace::wildcard::is_host(own, host));
    let own = |ingress: &&Ingress| ingress.controller.is_some() && ingress.rules.iter().any(takes);
    let mine: Vec<&Ingress> = fronts.ingresses.iter().filter(own).collect();
    let rules =
        || mine.iter().flat_map(|ingress| (0u32..).zip(&ingress.rules).map(move |(at, rule)| (*ingress, at, rule)));
    let paths = || {
        let taken = rules().filter(|(_, _, rule)| takes(rule));
        taken.flat_map(|(ingress, at, rule)| (0u32..).zip(&rule.paths).map(move |(n, path)| (ingress, at, n, path)))
    };
    let of_routes = fronts.routes.iter().filter(|route| {
        let named =
            route.hostnames.is_empty() || route.hostnames.iter().any(|own| host_matches(Some(own), host).is_some());
        named && !route.attached.is_empty()
    });
    let of_routes =
        of_routes.flat_map(|route| &route.rules).flat_map(|rule| &rule.matches).map(|own| match &own.path {
            PathMatch::Exact(path) | PathMatch::Prefix(path) | PathMatch::Pattern(path) => path.to_string(),
        });
    let shown = list(paths().map(|(_, _, _, own)| own.path.to_string()).chain(of_routes));
    let near = paths().min_by_key(|(_, _, _, own)| edits(&own.path, path));
    let why = Why::new(codes::HTTP_NO_PATH).arg("host", host).arg("path", path).arg("paths", shown);
    why.at(near.map(|(ingress, at, number, _)| {
        Field::new(&ingress.origin.object, format!("spec.rules[{at}].http.paths[{number}].path").as_str())
    }))
}
