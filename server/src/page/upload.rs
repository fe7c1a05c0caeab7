//! `POST /s`: keeps what was uploaded and leads to its page.

use crate::answer::{self, Answer};
use crate::client::Client;
use crate::error::Error;
use crate::state::AppState;
use crate::store::{self, File, Kept, Room, Stored};
use crate::upload::{self, Form, Upload};
use crate::visitor::Visitor;
use crate::{input, limits};
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::Response;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::manifest::{self, Limits, Progress};
use kubernetes::redact::{self, What};
use std::sync::Arc;
use web::locale::Lang;
use web::{gallery, url};

/// Findings listed on an error page at most.
const MAX_FINDINGS: usize = 20;

/// The answer: on to the scenario, or the form again with what is wrong.
pub async fn page(
    State(state): State<Arc<AppState>>,
    visitor: Visitor,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let read = match form {
        Ok(form) => upload::read(form, &state.pool, state.config.max_body.0).await,
        Err(rejection) => Form { error: Some(Error::Form(rejection.body_text())), ..Form::default() },
    };
    let Form { upload, pasted, error } = read;
    let comments = upload.comments;
    let answer = match error {
        Some(error) => Err(error),
        None => onward(&state, &visitor, upload).await,
    };
    let error = match answer {
        Ok(response) => return response,
        Err(error) => error,
    };
    // What is shown again is what would have been kept.
    let shown = move |budget: &Budget| redact::text_within(&pasted, What { comments }, budget).map(|made| made.text);
    let shown = state.pool.run_within(shown).await.ok().and_then(Result::ok);
    error.upload_page(&visitor, &shown.unwrap_or_default())
}

/// Redacts all texts; returns how many places.
///
/// # Errors
/// The budget's end: some of them are not redacted then.
pub(super) fn redact(files: &mut [File], what: What, budget: &Budget) -> Result<usize, Stopped> {
    let mut count = 0;
    for file in files {
        let redacted = redact::text_within(&file.text, what, budget)?;
        file.text = redacted.text;
        count += redacted.count;
    }
    Ok(count)
}

/// What is said of an upload that is kept.
pub(super) fn kept<'a>(state: &AppState, owner: &'a str, parent: &'a str) -> Kept<'a> {
    let lifetime = state.config.upload_lifetime.0.as_secs() as i64;
    Kept { owner, lifetime, parent, room: room(state) }
}

/// How much may be stored.
pub(super) fn room(state: &AppState) -> Room {
    Room { total: state.config.quota.0 as u64, client: state.config.client_quota.0 as u64 }
}

/// The client that is answered, as one who has stored something.
pub(super) fn owner() -> String {
    format!("{:?}", Client::of_task())
}

async fn onward(state: &AppState, visitor: &Visitor, upload: Upload) -> Answer {
    if let Some(example) = upload.example.as_deref().and_then(gallery::find) {
        return Ok(answer::see_other(&url::scenario(&example.id), visitor));
    }
    let uploaded = keep(state, visitor, upload).await?;
    Ok(answer::see_other(&url::scenario(&uploaded.id), visitor))
}

/// An upload that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Its id.
    pub id: String,
    /// Places that were redacted.
    pub redacted: usize,
    /// When it ends if nobody uses it, in seconds since 1970.
    pub expires: i64,
}

/// Whether anything of an input can be used.
///
/// # Errors
/// [`Error::Unusable`]; the budget's end.
pub(super) fn check(lang: Lang, files: &[File], limits: &Limits, budget: &Budget) -> Result<(), Error> {
    let progress = Progress::within(budget.clone());
    let parsed = manifest::parse_within(&input::sources(files), limits, &progress)?;
    let crossed = ["input-too-large", "too-many-documents", "too-deep", "too-many-values"];
    let over = parsed.diagnostics.iter().any(|finding| crossed.contains(&finding.code));
    if (parsed.objects.is_empty() && parsed.machines.is_empty()) || over {
        let findings = parsed.diagnostics.iter().take(MAX_FINDINGS);
        return Err(Error::Unusable(findings.map(|finding| web::finding::line(lang, &parsed, finding)).collect()));
    }
    Ok(())
}

/// Keeps what was uploaded, redacted, if anything of it can be used.
///
/// # Errors
/// [`Error::Unusable`]; those of the store.
pub async fn keep(state: &AppState, visitor: &Visitor, mut upload: Upload) -> Result<Uploaded, Error> {
    let lang = visitor.chrome.lang;
    let limits = limits::manifests(&state.config);
    let work = move |budget: &Budget| {
        // Before anything is stored, logged or shown.
        let redacted = redact(&mut upload.files, What { comments: upload.comments }, budget)?;
        check(lang, &upload.files, &limits, budget)?;
        Ok::<_, Error>(Stored::of(&input::name_of(&upload.files), &upload.files, redacted)?)
    };
    let stored = state.pool.run_within(work).await??;
    let id = state.store.put(&stored, kept(state, &owner(), "")).await?;
    let expires = store::now() + state.config.upload_lifetime.0.as_secs() as i64;
    Ok(Uploaded { id, redacted: stored.redacted, expires })
}
