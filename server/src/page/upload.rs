//! `POST /s`: keeps what was uploaded and leads to its page.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::state::AppState;
use crate::store::Stored;
use crate::upload::{self, Form, Upload};
use crate::visitor::Visitor;
use crate::{input, limits};
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::response::Response;
use kubernetes::budget::Budget;
use kubernetes::manifest::{self, Progress};
use std::sync::Arc;
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
    let answer = match error {
        Some(error) => Err(error),
        None => onward(&state, &visitor, upload).await,
    };
    answer.unwrap_or_else(|error| error.upload_page(&visitor, &pasted))
}

async fn onward(state: &AppState, visitor: &Visitor, upload: Upload) -> Answer {
    if let Some(example) = upload.example.as_deref().and_then(gallery::find) {
        return Ok(answer::see_other(&url::scenario(&example.id), visitor));
    }
    let id = keep(state, visitor, upload).await?;
    Ok(answer::see_other(&url::scenario(&id), visitor))
}

/// Keeps what was uploaded, if anything of it can be used, and returns its id.
///
/// # Errors
/// [`Error::Unusable`]; those of the store.
pub async fn keep(state: &AppState, visitor: &Visitor, upload: Upload) -> Result<String, Error> {
    let lang = visitor.chrome.lang;
    let limits = limits::manifests(&state.config);
    let work = move |budget: &Budget| {
        let progress = Progress::within(budget.clone());
        let parsed = manifest::parse_watched(&input::sources(&upload.files), &limits, &progress);
        budget.check()?;
        let crossed = ["input-too-large", "too-many-documents", "too-deep", "too-many-values"];
        let over = parsed.diagnostics.iter().any(|finding| crossed.contains(&finding.code));
        if parsed.objects.is_empty() || over {
            let findings = parsed.diagnostics.iter().take(MAX_FINDINGS);
            return Err(Error::Unusable(findings.map(|finding| web::finding::line(lang, &parsed, finding)).collect()));
        }
        Ok(Stored::of(&input::name_of(&upload.files), &upload.files)?)
    };
    let stored = state.pool.run_within(work).await??;
    state.store.put(&stored).await?;
    Ok(stored.id)
}
