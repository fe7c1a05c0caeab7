//! `/help/{code}`: what an outcome or a finding means.

use crate::answer;
use crate::error::Error;
use crate::visitor::Visitor;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};

/// The page.
pub async fn page(Path(code): Path<String>, visitor: Visitor) -> Response {
    let html = web::page::help::render(&visitor.chrome, &code).map_err(Error::from);
    answer::page(&visitor, html.and_then(|html| Ok(Html(html.ok_or(Error::NotFound)?).into_response())))
}
