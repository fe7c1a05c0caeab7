//! `/view`: a scenario that the link itself carries, behind its `#`. The page's script posts that here; what is answered is a page of the
//! scenario, made from memory. Nothing of it is stored, kept or logged.

use super::{below, upload};
use crate::about;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::fragment::{self, Link, LinkError, Packed, VIEWED, Viewed};
use crate::query::Query;
use crate::state::AppState;
use crate::visitor::Visitor;
use crate::{input, limits};
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::{Html, Response};
use kubernetes::budget::Budget;
use kubernetes::redact::What;
use std::sync::Arc;
use tower::ServiceExt;
use web::page::share;

/// The page that the link opens: its script does the rest.
pub async fn page(visitor: Visitor) -> Response {
    let chrome = web::page::Chrome { about: about::private(), ..visitor.chrome.clone() };
    let shell = share::view(&chrome, fragment::MOST >> 10);
    answer::page(
        &visitor,
        shell.map(|html| axum::response::IntoResponse::into_response(Html(html))).map_err(Error::from),
    )
}

/// `POST /view`: what stands behind the `#`, as plain text, is answered with its page.
pub async fn open(
    State(state): State<Arc<AppState>>,
    visitor: Visitor,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answer::page(&visitor, show(state, &visitor, body).await)
}

async fn show(state: Arc<AppState>, visitor: &Visitor, body: Result<Bytes, BytesRejection>) -> Answer {
    let body = body.map_err(|_| LinkError::TooLong(limits::LINK))?;
    let limits = limits::manifests(&state.config);
    let lang = visitor.chrome.lang;
    let read = move |budget: &Budget| {
        let Link { packed: Packed { files, comments }, below } =
            Link::read(std::str::from_utf8(&body).map_err(|_| LinkError::Broken)?)?;
        let mut files = crate::upload::given(files, fragment::UNPACKED)?.files;
        // Before anything is shown.
        let redacted = upload::redact(&mut files, What { comments }, budget)?;
        upload::check(lang, &files, &limits, budget)?;
        let packed = Packed { files, comments };
        let written = packed.write()?;
        let name = input::name_of(&packed.files);
        Ok::<_, Error>((Viewed { files: packed.files, name, redacted, packed: written }, below))
    };
    let (viewed, below_it) = state.pool.run_within(read).await??;
    // What stands behind a second `#` is a place on the page.
    let path = below_it.split('#').next().unwrap_or_default();
    let address = format!("/s/{VIEWED}{path}");
    let uri: Uri = address.parse().map_err(|_| LinkError::Broken)?;
    let mut asking = Visitor { query: Query::of(&uri), viewed: Some(Arc::new(viewed)), ..visitor.clone() };
    asking.chrome.path_and_query = address;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    request.extensions_mut().insert(asking);
    let pages = below::routes().fallback(async |visitor: Visitor| Error::NotFound.page(&visitor)).with_state(state);
    Ok(pages.oneshot(request).await.unwrap_or_else(|never| match never {}))
}
