//! What a match of a route takes, and how much it says.

use crate::http::Request;
use crate::http::pattern::Patterns;
use kubernetes::cluster::model::{PathMatch, RouteMatch, TextMatch};
use std::cmp::Ordering;

/// How much a match says, the more the earlier: exact path, length of the path, a method, how many fields, how many parameters (HTTPRouteRule).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight {
    exact: bool,
    path: usize,
    method: bool,
    headers: usize,
    query: usize,
}

impl Weight {
    pub(super) fn of(own: &RouteMatch) -> Self {
        let (exact, path) = match &own.path {
            PathMatch::Exact(path) => (true, path.len()),
            PathMatch::Prefix(path) => (false, path.trim_end_matches('/').len()),
            PathMatch::Pattern(path) => (false, path.len()),
        };
        Self { exact, path, method: own.method.is_some(), headers: own.headers.len(), query: own.query.len() }
    }

    /// The heavier one first.
    pub(super) fn first(self, other: Self) -> Ordering {
        other.cmp(&self)
    }
}

/// Whether a match takes a request.
pub(super) fn takes(own: &RouteMatch, request: &Request, patterns: &Patterns) -> bool {
    let path = request.path();
    let by_path = match &own.path {
        PathMatch::Exact(wanted) => **wanted == *path,
        PathMatch::Prefix(wanted) => under(wanted, path).is_some(),
        PathMatch::Pattern(wanted) => patterns.fits(wanted, path),
    };
    let value = |one: &TextMatch, have: Option<String>| {
        have.is_some_and(|have| if one.pattern { patterns.fits(&one.value, &have) } else { *one.value == *have })
    };
    by_path
        && own.method.as_ref().is_none_or(|method| *method == request.method)
        && own.headers.iter().all(|one| value(one, request.headers.joined(&one.name)))
        && own.query.iter().all(|one| value(one, request.parameter(&one.name)))
}

/// What stands behind a prefix, by elements: `/a` takes `/a`, `/a/` and `/a/b`, not `/ab`.
pub(super) fn under<'p>(prefix: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}
