//! Canaries: an Ingress that is an alternative of another's paths, by header, cookie or weight, in this order.

use super::annotations::Said;
use super::named::Named;
use crate::http::pattern::Patterns;
use crate::http::{Request, Rule};
use std::sync::Arc;

/// Weights are of so much, unless `canary-weight-total` says more.
const TOTAL: u32 = 100;

/// What a canary asks for.
#[derive(Clone)]
pub(super) struct Canary {
    pub(super) backend: Named,
    pub(super) rule: Rule,
    header: Option<Arc<str>>,
    value: Option<Arc<str>>,
    pattern: Option<Arc<str>>,
    cookie: Option<Arc<str>>,
    weight: u32,
    total: u32,
}

/// What a request decides of it.
pub(super) enum Goes {
    /// To the canary.
    There,
    /// Not there.
    Here,
    /// By chance, with so much of one.
    Drawn(f64),
}

impl Canary {
    pub(super) fn of(said: &Said<'_>, backend: Named, rule: Rule) -> Self {
        Self {
            backend,
            rule,
            header: said.text("canary-by-header").cloned(),
            value: said.text("canary-by-header-value").cloned(),
            pattern: said.text("canary-by-header-pattern").cloned(),
            cookie: said.text("canary-by-cookie").cloned(),
            weight: said.number("canary-weight").unwrap_or(0),
            total: said.number("canary-weight-total").filter(|total| *total > TOTAL).unwrap_or(TOTAL),
        }
    }

    pub(super) fn goes(&self, request: &Request, patterns: &Patterns) -> Goes {
        let header = self.header.as_ref().and_then(|name| request.headers.get(name));
        if let Some(header) = header {
            match (&self.value, &self.pattern, &**header) {
                (Some(value), _, header) if **value == *header => return Goes::There,
                (Some(_), _, _) => {}
                (None, Some(pattern), header) if patterns.finds(pattern, false, header) => return Goes::There,
                (None, Some(_), _) => {}
                (None, None, "always") => return Goes::There,
                (None, None, "never") => return Goes::Here,
                (None, None, _) => {}
            }
        }
        match self.cookie.as_ref().and_then(|name| request.cookie(name)) {
            Some("always") => return Goes::There,
            Some("never") => return Goes::Here,
            _ => {}
        }
        match self.weight {
            0 => Goes::Here,
            weight if weight >= self.total => Goes::There,
            weight => Goes::Drawn(f64::from(weight) / f64::from(self.total)),
        }
    }
}
