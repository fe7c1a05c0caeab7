//! What filters do to a request, or to the response.

use super::matches::under;
use crate::http::{Edit, Request, Response};
use kubernetes::cluster::model::{PathMatch, RouteMatch};
use kubernetes::manifest::objects::{HeaderModifier, PathModifier, RequestRedirect, RouteFilter};
use std::sync::Arc;

/// What the filters of a rule and of a backend come to.
#[derive(Default)]
pub(super) struct Changes<'f> {
    pub(super) redirect: Option<&'f RequestRedirect>,
    pub(super) edits: Vec<Edit>,
    pub(super) mirrors: Vec<&'f RouteFilter>,
    /// Kinds of filters that are not simulated.
    pub(super) unread: Vec<Arc<str>>,
}

impl<'f> Changes<'f> {
    /// Makes the changes of filters in a request.
    pub(super) fn apply(&mut self, filters: &'f [RouteFilter], matched: &RouteMatch, request: &mut Request) {
        for filter in filters {
            if let Some(fields) = &filter.request_header_modifier {
                modify(fields, request);
            }
            if let Some(fields) = &filter.response_header_modifier {
                self.edits.extend(edits(fields));
            }
            if let Some(rewrite) = &filter.url_rewrite {
                if let Some(host) = &rewrite.hostname {
                    request.authority = host.clone();
                }
                if let Some(path) = &rewrite.path {
                    request.target = changed(path, matched, request);
                }
            }
            if let Some(redirect) = &filter.request_redirect {
                self.redirect.get_or_insert(redirect);
            }
            if filter.request_mirror.is_some() {
                self.mirrors.push(filter);
            }
            if filter.extension_ref.is_some() || filter.cors.is_some() {
                self.unread.extend(filter.kind.as_ref().map(|kind| kind.value.clone()));
            }
        }
    }
}

fn modify(fields: &HeaderModifier, request: &mut Request) {
    for field in &fields.set {
        let own = &field.value;
        match own.name.eq_ignore_ascii_case("host") {
            true => request.authority = own.value.clone(),
            false => request.headers.set(&own.name, own.value.clone()),
        }
    }
    for field in &fields.add {
        request.headers.add(&field.value.name, field.value.value.clone());
    }
    for name in &fields.remove {
        request.headers.remove(&name.value);
    }
}

fn edits(fields: &HeaderModifier) -> Vec<Edit> {
    let set = fields.set.iter().map(|field| Edit::Set(field.value.name.clone(), field.value.value.clone()));
    let add = fields.add.iter().map(|field| Edit::Add(field.value.name.clone(), field.value.value.clone()));
    set.chain(add).chain(fields.remove.iter().map(|name| Edit::Remove(name.value.clone()))).collect()
}

/// The path as a modifier makes it; the query stays.
fn changed(path: &PathModifier, matched: &RouteMatch, request: &Request) -> Arc<str> {
    let new = match (&path.replace_full_path, &path.replace_prefix_match) {
        (Some(full), _) => full.to_string(),
        (None, Some(replaced)) => {
            let prefix = match &matched.path {
                PathMatch::Prefix(prefix) => prefix,
                PathMatch::Exact(_) | PathMatch::Pattern(_) => return request.target.clone(),
            };
            let rest = under(prefix, request.path()).unwrap_or_default();
            let new = format!("{}{rest}", replaced.trim_end_matches('/'));
            if new.is_empty() { "/".to_owned() } else { new }
        }
        (None, None) => return request.target.clone(),
    };
    match request.query() {
        Some(query) => Arc::from(format!("{new}?{query}")),
        None => Arc::from(new),
    }
}

/// The response of a redirect (HTTPRequestRedirectFilter): the port is that of the filter, else that of its scheme, else the listener's; one that
/// goes without saying is left out.
pub(super) fn redirected(own: &RequestRedirect, matched: &RouteMatch, request: &Request, listener: u16) -> Response {
    let scheme = own.scheme.as_deref().unwrap_or(request.scheme());
    let usual = if scheme == "https" { 443 } else { 80 };
    let named = own.port.and_then(|port| u16::try_from(port).ok());
    let port = named.unwrap_or(if own.scheme.is_some() { usual } else { listener });
    let host = own.hostname.as_ref().map_or_else(|| request.host(), ToString::to_string);
    let target = match &own.path {
        Some(path) => changed(path, matched, request),
        None => request.target.clone(),
    };
    let port = if port == usual { String::new() } else { format!(":{port}") };
    let status = own.status_code.and_then(|code| u16::try_from(code).ok()).filter(|code| (300..400).contains(code));
    Response::of(status.unwrap_or(302)).header("Location", &format!("{scheme}://{host}{port}{target}"))
}
