//! `/glossary`: what terms mean.

use crate::answer;
use crate::error::Error;
use crate::visitor::Visitor;
use axum::response::{Html, IntoResponse, Response};

/// The page.
pub async fn page(visitor: Visitor) -> Response {
    let html = web::page::glossary::page(&visitor.chrome).map_err(Error::from);
    answer::page(&visitor, html.map(|html| Html(html).into_response()))
}
