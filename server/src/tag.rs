//! Entity tags: who has an answer is told that it is the same.

use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// The answer, or 304 to who has it (RFC 9110, 13.1.2).
pub fn unless_known(request: &HeaderMap, response: Response) -> Response {
    let Some(tag) = response.headers().get(ETAG).filter(|tag| is_known(request, tag)) else { return response };
    (StatusCode::NOT_MODIFIED, [(ETAG, tag.clone())]).into_response()
}

fn is_known(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|known| known == "*" || bare(known) == bare(tag))
}

/// Compared without the mark of weak ones (RFC 9110, 8.8.3.2).
fn bare(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_an_answer_is_told_so() {
        for (known, status) in [
            ("\"a\"", 304),
            ("W/\"a\"", 304),
            ("\"b\", W/\"a\"", 304),
            ("*", 304),
            ("\"b\"", 200),
            ("a", 200),
            ("", 200),
        ] {
            let request = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(known))]);
            let response = ([(ETAG, "W/\"a\"")], "text").into_response();
            assert_eq!(unless_known(&request, response).status().as_u16(), status, "{known}");
        }
        let untagged = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static("*"))]);
        assert_eq!(unless_known(&untagged, "text".into_response()).status(), StatusCode::OK);
    }
}
