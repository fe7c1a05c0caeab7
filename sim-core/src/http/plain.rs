//! How a controller routes that does no more than the API says (Kubernetes documentation, Ingress: path types, multiple matches, wildcards).

use super::Request;
use super::backend::{self, Found, Rules};
use super::route::{Action, Backend, Because, Decision, Entry, Forward, Rule, forwarded};
use kubernetes::cluster::model::{Cluster, Ingress, IngressBackend, IngressPath, NamespacedName, PathKind, covers};
use std::sync::Arc;

/// What a controller's proxy does with a request: the most exact host that there is, of its paths the longest, an exact one before a prefix,
/// the older Ingress before the younger.
pub(crate) fn decide(cluster: &Cluster, controller: u32, request: &Request, entry: &Entry) -> Decision {
    let mut all: Vec<&Ingress> =
        cluster.fronts.ingresses.iter().filter(|ingress| ingress.controller == Some(controller)).collect();
    all.sort_by_key(|ingress| (ingress.created.is_none(), ingress.created.clone(), ingress.name.clone()));
    let (host, path) = (request.host(), request.path());
    let rank = |own: Option<&str>| match own {
        Some(own) if own == host => Some(0),
        Some(own) if covers(own, &host) => Some(1),
        None => Some(2),
        Some(_) => None,
    };
    let rules =
        || all.iter().flat_map(|ingress| (0u32..).zip(&ingress.rules).map(move |(at, rule)| (*ingress, at, rule)));
    let best = rules().filter_map(|(_, _, rule)| rank(rule.host.as_deref())).min();
    let taken = rules().filter(|(_, _, rule)| best.is_some() && rank(rule.host.as_deref()) == best);
    let paths =
        taken.flat_map(|(ingress, at, rule)| (0u32..).zip(&rule.paths).map(move |(n, path)| (ingress, at, n, path)));
    // Of those that match as well the first, so the last that is no worse is not wanted.
    let mut found: Option<(&Ingress, u32, u32, &IngressPath)> = None;
    for (ingress, at, number, own) in paths.filter(|(_, _, _, own)| matches(own, path)) {
        let weight = |own: &IngressPath| (own.path.trim_end_matches('/').len(), own.kind == PathKind::Exact);
        if found.is_none_or(|(_, _, _, best)| weight(own) > weight(best)) {
            found = Some((ingress, at, number, own));
        }
    }
    let own_backend = found.map(|(ingress, at, number, own)| {
        let rule = Rule {
            object: ingress.origin.object.clone(),
            number: Some(at),
            field: Arc::from(format!("spec.rules[{at}].http.paths[{number}]")),
            matched: own.path.clone(),
            location: own.location.clone().or_else(|| ingress.origin.location.clone()),
        };
        (ingress, rule, &own.backend)
    });
    let by_default = || {
        let (ingress, backend) = all.iter().find_map(|ingress| Some((*ingress, ingress.default_backend.as_ref()?)))?;
        let rule = Rule {
            object: ingress.origin.object.clone(),
            number: None,
            field: Arc::from("spec.defaultBackend"),
            matched: Arc::from("/"),
            location: ingress.origin.location.clone(),
        };
        Some((ingress, rule, backend))
    };
    let Some((ingress, rule, backend)) = own_backend.or_else(by_default) else {
        return Decision::answer(404, if best.is_some() { Because::NoPath } else { Because::NoHost });
    };
    let IngressBackend::Service { name, port } = backend else {
        return Decision::answer(404, Because::NoBackend).by(rule);
    };
    let service = NamespacedName { namespace: ingress.name.namespace.clone(), name: name.clone() };
    let told = Backend { service: service.clone(), port: Arc::from(port.to_string()) };
    match backend::find(cluster, &service, port, Rules { whole: false, by_target: false }) {
        Found::None(because) => Decision::answer(503, because).by(rule).to(told),
        Found::At(to) => {
            let mut sent = Request { tls: false, ..request.clone() };
            let came = request.headers.joined("X-Forwarded-For");
            let peer = forwarded(&entry.client);
            sent.headers.set("X-Forwarded-For", came.map_or(peer.clone(), |came| format!("{came}, {peer}")));
            sent.headers.set("X-Forwarded-Host", request.authority.clone());
            sent.headers.set("X-Forwarded-Proto", request.scheme());
            sent.headers.set("X-Real-Ip", peer);
            let forward = Forward {
                request: sent,
                tls: false,
                sni: None,
                to,
                backend: told.clone(),
                edits: Vec::new(),
                mirrors: Vec::new(),
            };
            Decision { action: Action::Forward(Box::new(forward)), ..Decision::answer(200, Because::Rule) }
                .by(rule)
                .to(told)
        }
    }
}

/// By elements: `/a` takes `/a`, `/a/` and `/a/b`, not `/ab`; a slash at the end changes nothing.
fn matches(own: &IngressPath, path: &str) -> bool {
    match own.kind {
        PathKind::Exact => *own.path == *path,
        PathKind::Prefix | PathKind::ImplementationSpecific => {
            let short = own.path.trim_end_matches('/');
            path.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
    }
}
