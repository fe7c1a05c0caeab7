//! `POST /s/{id}/fix`: the input with a proven change becomes a scenario of its own, and the same probe is sent there.

use crate::app::State;
use crate::error::Error;
use crate::models::limits;
use crate::pages::{self, Answer, Found};
use crate::request::Reader;
use crate::store::File;
use crate::upload;
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use sim_core::manifest::SourceText;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};
use std::sync::Arc;
use web::{gallery, url};

/// What a change makes of a scenario.
struct Changed {
    files: Vec<File>,
    probe: ProbeText,
}

/// The answer: on to the trace in the changed scenario. A change that is not found any more leads back to the trace it was offered on.
pub async fn fix(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let sent = pages::send(&state, &reader, &id, true).await?.map_err(|refused| Error::Probe(refused.1))?;
        let number: usize = reader.query.get("fix").and_then(|number| number.parse().ok()).ok_or(Error::NotFound)?;
        let back = url::trace(&sent.found.id, "", &sent.text, None);
        let Some(patch) = sent.journey.outcome.fixes.get(number).and_then(|fix| fix.patch.clone()) else {
            return Ok(pages::see_other(&back, &reader));
        };
        let files = files_of(&state, &id).await?;
        let Found { id: shown, name, model } = sent.found;
        let asked = sent.text;
        let changed = state
            .models
            .work(move || {
                let before = &model.parsed.sources;
                let after = patch.apply(before);
                let files = changed_files(files, before, &after)?;
                let built = Model::build(&upload::sources(&files), &limits(), &model.options);
                let probe = trace::probe_in(&model, &built, &ProbeText { choose: Vec::new(), ..asked });
                Some(Changed { files, probe })
            })
            .await?;
        let Some(Changed { files, probe }) = changed else { return Ok(pages::see_other(&back, &reader)) };
        let name = reader.chrome.ta("trace-changed-name", &[("name", name.into())]);
        let id = url::in_world(&state.store.put(&name, &files).await?, &url::world(&shown));
        Ok(pages::see_other(&url::trace(&id, "", &probe, None), &reader))
    };
    let answer: Answer = answer.await;
    pages::told(&reader, answer)
}

/// The texts of a scenario, as they were uploaded or come with the program.
async fn files_of(state: &State, id: &str) -> Result<Vec<File>, Error> {
    if let Some(example) = gallery::find(id) {
        let file = |source: SourceText| File { name: source.name.to_string(), text: source.text.to_string() };
        return Ok(example.sources().into_iter().map(file).collect());
    }
    Ok(state.store.get(id).await?.ok_or(Error::NoScenario)?.files)
}

/// The files with what was changed; `None` where a text that was changed is none of them.
fn changed_files(mut files: Vec<File>, before: &[SourceText], after: &[SourceText]) -> Option<Vec<File>> {
    for (before, after) in before.iter().zip(after).filter(|(before, after)| before.text != after.text) {
        let file = files.iter_mut().find(|file| *file.name == *before.name && *file.text == *before.text)?;
        file.text = after.text.to_string();
    }
    Some(files)
}
