//! Answers of pages: what is wrong, for people and for programs, and the way onward.

use crate::error::Error;
use crate::fragment::{self, LinkError};
use crate::step::NoStep;
use crate::store::StoreError;
use crate::visitor::Visitor;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kubernetes::shown;
use serde_json::json;
use web::locale::{self, Lang};
use web::page::{self, Chrome};

/// Characters shown of a value that is not taken.
const SHOWN: usize = 100;

/// What a page answers.
pub type Answer = Result<Response, Error>;

/// An answer for people: an error is a page.
pub fn page(visitor: &Visitor, answer: Answer) -> Response {
    answer.unwrap_or_else(|error| error.page(visitor))
}

/// An answer for programs.
pub fn program(visitor: &Visitor, answer: Answer) -> Response {
    answer.unwrap_or_else(|error| error.problem(visitor))
}

/// JSON as it is sent: nothing in it acts on a terminal or turns text around.
pub fn written(value: &serde_json::Value) -> String {
    shown::json(&value.to_string()).into_owned()
}

/// 303, or for htmx the header that makes it load the page.
pub fn see_other(to: &str, visitor: &Visitor) -> Response {
    if visitor.fragment { [("hx-redirect", to)].into_response() } else { Redirect::to(to).into_response() }
}

/// Says which step there is not, and how many there are.
pub fn no_step(chrome: &Chrome, missing: &NoStep) -> String {
    let value: String = missing.value.chars().take(SHOWN).collect();
    let id = if missing.by_number { "error-no-step" } else { "error-no-place" };
    chrome.ta(id, &[("value", value.into()), ("total", missing.total.into())])
}

/// Says why a link that carries its scenario cannot be opened, or not be made.
pub fn link_error(lang: Lang, error: LinkError) -> String {
    let size = if let LinkError::TooLong(size) = error { size.div_ceil(1_024) } else { 0 };
    let (limit, unpacked) = (fragment::MOST >> 10, fragment::UNPACKED >> 10);
    let args = [("size", size.into()), ("limit", limit.into()), ("unpacked", unpacked.into())];
    locale::ta(lang, &format!("link-{}", error.code()), &args)
}

impl Error {
    /// What exactly, with its place: a line each.
    pub(crate) fn details(&self, visitor: &Visitor) -> Vec<String> {
        let chrome = &visitor.chrome;
        match self {
            Self::Unusable(findings) if findings.is_empty() => vec![chrome.t("error-unusable-nothing")],
            Self::Unusable(findings) | Self::Lesson(findings) => findings.clone(),
            Self::Input(problem) => vec![problem.words(chrome.lang)],
            Self::Spent(stopped) => web::words::too_much(chrome.lang, stopped).into_iter().collect(),
            Self::Store(StoreError::Full { limit, .. }) => {
                vec![chrome.ta("error-quota-limit", &[("limit", (limit >> 20).into())])]
            }
            Self::LabTooLarge(limit) => vec![limit.clone()],
            Self::NoObject(hint) => vec![hint.clone()],
            Self::World { part, known } => {
                vec![chrome.ta(&format!("error-world-{part}"), &[("known", known.as_str().into())])]
            }
            Self::Parameter { name, value } => {
                let value: String = value.chars().take(SHOWN).collect();
                vec![chrome.ta("error-parameter", &[("name", (*name).into()), ("value", value.into())])]
            }
            Self::Event(error) => web::timeline::line_error(chrome.lang, error),
            Self::Step(missing) => vec![no_step(chrome, missing)],
            Self::Animation(long) => vec![chrome.ta("error-long-animation-steps", &[("steps", long.steps.into())])],
            Self::Suffix(suffix) => {
                let suffix: String = suffix.chars().take(SHOWN).collect();
                vec![chrome.ta("error-no-export-suffix", &[("suffix", suffix.into())])]
            }
            Self::UnknownParameter { name, known } => {
                let name: String = name.chars().take(SHOWN).collect();
                let args = [("name", name.into()), ("known", known.as_str().into())];
                vec![chrome.ta("error-unknown-parameter", &args)]
            }
            Self::MissingParameter(name) => vec![chrome.ta("error-missing-parameter", &[("name", (*name).into())])],
            Self::Link(error) => vec![link_error(chrome.lang, *error)],
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
    pub fn upload_page(&self, visitor: &Visitor, pasted: &str) -> Response {
        let status = self.status();
        if !status.is_client_error() || matches!(self, Self::CrossSite) {
            return self.page(visitor);
        }
        let refusal = page::home::Refusal {
            status: status.as_u16(),
            code: self.code(),
            details: &self.details(visitor),
            pasted,
            fragment: visitor.fragment,
        };
        match page::home::refused(&visitor.chrome, &refusal) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, self.code()).into_response(),
        }
    }

    /// The parameter of the address that it is about.
    fn parameter(&self) -> Option<&str> {
        match self {
            Self::Parameter { name, .. } | Self::MissingParameter(name) => Some(name),
            Self::Event(_) => Some(web::url::EVENT),
            Self::Step(missing) => Some(if missing.by_number { "step" } else { "at" }),
            Self::UnknownParameter { name, .. } => Some(name),
            Self::World { part, .. } => Some(part),
            Self::Probe(error) => Some(error.part),
            _ => None,
        }
    }

    /// The page that tells a visitor; for programs what programs read.
    pub fn page(&self, visitor: &Visitor) -> Response {
        if visitor.program {
            return self.problem(visitor);
        }
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = %self, "request failed");
        }
        let html = page::error::render(&visitor.chrome, status.as_u16(), self.code(), &self.details(visitor), None);
        match html {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => (status, self.code()).into_response(),
        }
    }

    /// The same for programs (RFC 9457).
    pub fn problem(&self, visitor: &Visitor) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = %self, "request failed");
        }
        let chrome = &visitor.chrome;
        let details = self.details(visitor);
        let text = chrome.t(&format!("error-{}-text", self.code()));
        let mut body = json!({
            "type": "about:blank",
            "title": chrome.t(&format!("error-{}-title", self.code())),
            "status": status.as_u16(),
            "detail": if details.is_empty() { text } else { details.join(" ") },
            "code": self.code(),
            "errors": details,
        });
        if let Some(name) = self.parameter() {
            body["parameter"] = json!(name);
        }
        let headers = [("content-type", "application/problem+json")];
        (status, headers, body.to_string()).into_response()
    }
}
