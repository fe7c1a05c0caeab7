//! What a request says about its reader: language, colours, query.

use crate::app::State;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use std::convert::Infallible;
use std::sync::Arc;
use web::locale::Lang;
use web::page::{Chrome, Theme};

/// The query of a request: pairs in order, decoded. Repeated names are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

/// Pairs read at most.
const MAX_PAIRS: usize = 64;

impl Query {
    /// Reads a query string (`application/x-www-form-urlencoded`).
    pub fn of(uri: &Uri) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).take(MAX_PAIRS);
        let pair = |text: &str| match text.split_once('=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (decode(text), String::new()),
        };
        Self(pairs.map(pair).collect())
    }

    /// The last value of a name; blank values count as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(have, value)| have == name && !value.trim().is_empty()).map(|(_, value)| value.trim())
    }

    /// All values of a name that are not blank.
    pub fn all<'q>(&'q self, name: &'q str) -> impl DoubleEndedIterator<Item = &'q str> {
        self.0
            .iter()
            .filter(move |(have, value)| have == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }
}

/// A request's reader.
#[derive(Clone)]
pub struct Reader {
    /// What every page needs.
    pub chrome: Chrome,
    /// The query.
    pub query: Query,
    /// htmx asks for a fragment.
    pub fragment: bool,
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

impl Reader {
    fn of(parts: &Parts, state: &State) -> Self {
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
        let chrome = Chrome {
            lang: lang.unwrap_or_else(|| Lang::negotiate(accepted)),
            theme: theme.unwrap_or_default(),
            path_and_query: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            assets: state.assets.clone(),
            htmx: state.htmx,
        };
        Self { chrome, query, fragment: parts.headers.contains_key("hx-request") }
    }
}

impl FromRequestParts<Arc<State>> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_and_repeated_names_kept() {
        let uri: Uri = "/x?from=pod%2Fdefault%2Fa&choose=a%3Db&choose=c&empty=&to=web+1:80&%ED=1".parse().unwrap();
        let query = Query::of(&uri);
        assert_eq!(query.get("from"), Some("pod/default/a"));
        assert_eq!(query.all("choose").collect::<Vec<_>>(), ["a=b", "c"]);
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.get("to"), Some("web 1:80"));
    }
}
