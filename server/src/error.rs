//! Everything that can go wrong over HTTP, each with a status, a title and a way onward.

use crate::gather::Problem;
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
    /// The upload is larger than the limit in bytes; its own size, where it is known.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
        /// Bytes sent.
        size: Option<usize>,
    },
    /// The upload has more files than the limit.
    #[error("{count} files, the limit is {limit}")]
    TooManyFiles {
        /// Files allowed.
        limit: usize,
        /// Files sent.
        count: usize,
    },
    /// Something in the address or the body is not as expected.
    #[error("the request cannot be read: {0}")]
    Request(String),
    /// The form of an upload cannot be read.
    #[error("the form cannot be read: {0}")]
    Form(String),
    /// The form of an upload holds nothing.
    #[error("nothing was sent")]
    NoInput,
    /// Nothing in the upload can be used, or it crosses a limit: findings, one a line.
    #[error("nothing can be used")]
    Unusable(Vec<String>),
    /// Something of the upload cannot be read.
    #[error("the upload cannot be read")]
    Input(Problem),
    /// The probe cannot be understood.
    #[error("the probe cannot be understood: {0:?}")]
    Probe(ProbeError),
    /// The address asks for a network plugin (`cni`) or proxy mode (`proxy`) that nobody knows.
    #[error("unknown value of {part}")]
    World {
        /// The parameter.
        part: &'static str,
        /// What it takes.
        known: String,
    },
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
            Self::TooLarge { .. } | Self::TooManyFiles { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Request(_) | Self::Form(_) => StatusCode::BAD_REQUEST,
            Self::NoInput
            | Self::Unusable(_)
            | Self::Input(_)
            | Self::Probe(_)
            | Self::LabTooLarge(_)
            | Self::World { .. } => StatusCode::UNPROCESSABLE_ENTITY,
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
            Self::Method | Self::Request(_) | Self::Probe(_) | Self::World { .. } => "bad-request",
            Self::Form(_) => "bad-form",
            Self::NoInput => "no-input",
            Self::CrossSite => "cross-site",
            Self::TooLarge { .. } => "too-large",
            Self::TooManyFiles { .. } => "too-many-files",
            Self::Unusable(_) | Self::Input(_) => "unusable",
            Self::LabTooLarge(_) => "lab-too-large",
            Self::Timeout => "timeout",
            Self::Busy(_) => "too-many-requests",
            Self::Store(_) | Self::Internal(_) => "internal",
        }
    }

    fn details(&self, reader: &Reader) -> Vec<String> {
        let chrome = &reader.chrome;
        match self {
            Self::Unusable(findings) if findings.is_empty() => vec![chrome.t("error-unusable-nothing")],
            Self::Unusable(findings) => findings.clone(),
            Self::Input(problem) => vec![problem.words(chrome.lang)],
            Self::LabTooLarge(limit) => vec![limit.clone()],
            Self::World { part, known } => {
                vec![chrome.ta(&format!("error-world-{part}"), &[("known", known.as_str().into())])]
            }
            Self::Probe(error) => vec![page::error::probe_error(chrome, error)],
            Self::TooLarge { limit, size: None } => {
                vec![chrome.ta("error-too-large-limit-only", &[("limit", (limit >> 20).into())])]
            }
            Self::TooLarge { limit, size: Some(size) } => {
                // One more than fits is not rounded down to what fits.
                let size = format!("{:.1}", (*size as f64 / f64::from(1 << 20) * 10.0).ceil() / 10.0);
                vec![chrome.ta("error-too-large-limit", &[("limit", (limit >> 20).into()), ("size", size.into())])]
            }
            Self::TooManyFiles { limit, count } => {
                vec![chrome.ta("error-too-many-files-limit", &[("limit", (*limit).into()), ("count", (*count).into())])]
            }
            Self::Form(reason) | Self::Request(reason) if !reason.is_empty() => vec![reason.clone()],
            _ => Vec::new(),
        }
    }

    /// The page that tells who sent an upload what is wrong with it, with what was pasted in the form again.
    pub fn upload_page(&self, reader: &Reader, pasted: &str) -> Response {
        let status = self.status();
        if !status.is_client_error() || matches!(self, Self::CrossSite) {
            return self.page(reader);
        }
        let refusal = page::home::Refusal {
            status: status.as_u16(),
            code: self.code(),
            details: &self.details(reader),
            pasted,
            fragment: reader.fragment,
        };
        match page::home::refused(&reader.chrome, &refusal) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, self.code()).into_response(),
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
