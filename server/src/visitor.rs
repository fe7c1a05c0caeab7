//! What a request says about who sent it: language, colours, and what is asked.

use crate::fragment::Viewed;
use crate::query::Query;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HOST, REFERER};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;
use web::locale::Lang;
use web::page::{About, Chrome, Theme};

/// Addresses below are for programs; it is a page itself.
const API: &str = "/api/v1";

/// Who sent a request.
#[derive(Clone)]
pub struct Visitor {
    /// What every page needs.
    pub chrome: Chrome,
    /// The query.
    pub query: Query,
    /// htmx asks for a fragment.
    pub fragment: bool,
    /// A program asks, at an address that is for programs: of the API, or of something as JSON.
    pub program: bool,
    /// A language or a theme that there is not: which of them, and its value.
    pub unknown: Option<(&'static str, String)>,
    /// The scenario came with the request.
    pub viewed: Option<Arc<Viewed>>,
}

/// A cookie's value.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// The step of a trace from which a page beside it was opened: that page leads back to it. Only an address of this site's own traces.
fn back(parts: &Parts) -> Option<String> {
    let path = parts.uri.path();
    let last = path.rsplit('/').next()?;
    let beside = ["rule", "rules", "service", "state", "source", "link"].contains(&last) || path.starts_with("/help/");
    let from = parts.headers.get(REFERER).filter(|_| beside)?.to_str().ok()?;
    let host = parts.headers.get(HOST)?.to_str().ok()?;
    let from: Uri = from.parse().ok()?;
    let from = from.authority().filter(|own| own.as_str() == host).and(from.path_and_query())?;
    let id = from.path().strip_prefix("/s/")?.strip_suffix("/trace")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (!id.is_empty() && id.chars().all(plain)).then(|| from.as_str().to_owned())
}

impl Visitor {
    fn of(parts: &Parts, state: &AppState) -> Self {
        let query = Query::of(&parts.uri);
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let lang = query
            .get("lang")
            .and_then(Lang::of_code)
            .or_else(|| cookie(&parts.headers, "lang").and_then(Lang::of_code));
        let theme = query
            .get("theme")
            .and_then(Theme::of_code)
            .or_else(|| cookie(&parts.headers, "theme").and_then(Theme::of_code));
        let unknown = |name: &'static str, known: bool| {
            let value = query.get(name).filter(|_| !known)?;
            Some((name, value.to_owned()))
        };
        let unknown = unknown("lang", query.get("lang").and_then(Lang::of_code).is_some())
            .or_else(|| unknown("theme", query.get("theme").and_then(Theme::of_code).is_some()));
        let chrome = Chrome {
            lang: lang.unwrap_or_else(|| Lang::negotiate(accepted)),
            theme: theme.unwrap_or_default(),
            path_and_query: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            assets: state.assets.clone(),
            htmx: state.htmx,
            about: About::default(),
            back: back(parts),
        };
        let path = parts.uri.path();
        let program = path.strip_prefix(API).is_some_and(|rest| rest.starts_with('/')) || path.ends_with(".json");
        Self { chrome, query, fragment: parts.headers.contains_key("hx-request"), program, unknown, viewed: None }
    }
}

impl FromRequestParts<Arc<AppState>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Infallible> {
        // A layer has read it already.
        let read = parts.extensions.get::<Self>().cloned();
        Ok(read.unwrap_or_else(|| Self::of(parts, state)))
    }
}
