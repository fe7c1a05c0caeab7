//! Everything that can go wrong over HTTP, each with a status, a title and a way onward.

use crate::models::Busy;
use crate::request::Reader;
use crate::store::StoreError;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;
use sim_core::trace::ProbeError;
use web::page;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such page.
    #[error("no such page")]
    NotFound,
    /// No such scenario.
    #[error("no such scenario")]
    NoScenario,
    /// Another method is wanted.
    #[error("method not allowed")]
    Method,
    /// The upload is larger than the limit in bytes.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// The form cannot be read.
    #[error("the form cannot be read: {0}")]
    Form(String),
    /// Nothing in the upload can be used, or it crosses a limit: findings, one a line.
    #[error("nothing can be used")]
    Unusable(Vec<String>),
    /// The probe cannot be understood.
    #[error("the probe cannot be understood: {0:?}")]
    Probe(ProbeError),
    /// A lab of this network is not written: which limit, in words.
    #[error("too large for a lab: {0}")]
    LabTooLarge(String),
    /// A request from another site.
    #[error("a form of another site")]
    CrossSite,
    /// It took too long.
    #[error("timeout")]
    Timeout,
    /// Too much at once.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template failed, or the program is wrong somewhere.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl Error {
    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoScenario => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Form(_) => StatusCode::BAD_REQUEST,
            Self::Unusable(_) | Self::Probe(_) | Self::LabTooLarge(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Code of its words in the locales.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NoScenario => "scenario-not-found",
            Self::Method | Self::Form(_) | Self::Probe(_) => "bad-request",
            Self::CrossSite => "cross-site",
            Self::TooLarge(_) => "too-large",
            Self::Unusable(_) => "unusable",
            Self::LabTooLarge(_) => "lab-too-large",
            Self::Timeout => "timeout",
            Self::Busy(_) => "too-many-requests",
            Self::Store(_) | Self::Internal(_) => "internal",
        }
    }

    fn details(&self, reader: &Reader) -> Vec<String> {
        match self {
            Self::Unusable(findings) => findings.clone(),
            Self::LabTooLarge(place) => vec![place.clone()],
            Self::Probe(error) => vec![page::error::probe_error(&reader.chrome, error)],
            Self::TooLarge(limit) => vec![format!("{} MiB", limit >> 20)],
            _ => Vec::new(),
        }
    }

    /// The page that tells a reader.
    pub fn page(&self, reader: &Reader) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = %self, "request failed");
        }
        let html = page::error::render(&reader.chrome, status.as_u16(), self.code(), &self.details(reader), None);
        match html {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, self.code()).into_response(),
        }
    }

    /// The same for programs (RFC 9457).
    pub fn problem(&self, reader: &Reader) -> Response {
        let status = self.status();
        let body = json!({
            "type": format!("/help/{}", self.code()),
            "title": self.to_string(),
            "status": status.as_u16(),
            "detail": self.details(reader),
        });
        let headers = [("content-type", "application/problem+json")];
        (status, headers, body.to_string()).into_response()
    }
}
