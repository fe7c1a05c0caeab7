//! Paths with one slash at a time. `//host/` in a link leads to another site, and so does `/\host/`: no page is at such an address.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::{self, Next};
use axum::response::Response;

/// `app` with paths collapsed before an address is looked up.
pub fn collapsed(app: Router) -> Router {
    Router::new().fallback_service(app).layer(middleware::from_fn(collapse))
}

/// A path with one slash where several stood, or backslashes.
fn one_slash(path: &str) -> Option<String> {
    if !path.contains("//") && !path.contains('\\') {
        return None;
    }
    let mut clean = String::with_capacity(path.len());
    for c in path.chars().map(|c| if c == '\\' { '/' } else { c }) {
        if c != '/' || !clean.ends_with('/') {
            clean.push(c);
        }
    }
    Some(clean)
}

async fn collapse(mut request: Request, next: Next) -> Response {
    if let Some(mut clean) = one_slash(request.uri().path()) {
        if let Some(query) = request.uri().query() {
            clean.push('?');
            clean.push_str(query);
        }
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(clean).ok();
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_slashes_are_one() {
        for (path, clean) in [
            ("//evil.example/x", "/evil.example/x"),
            ("/\\evil.example", "/evil.example"),
            ("/s//first-service///trace", "/s/first-service/trace"),
            ("///", "/"),
        ] {
            assert_eq!(one_slash(path).as_deref(), Some(clean));
        }
        assert_eq!(one_slash("/s/first-service/trace"), None);
    }
}
