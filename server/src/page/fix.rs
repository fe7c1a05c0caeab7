//! `POST /s/{id}/fix`: the input with a proven change becomes a scenario of its own, and the same probe is sent there.

use super::upload;
use crate::answer::{self, Answer};
use crate::error::Error;
use crate::input;
use crate::probe::{self, Traced};
use crate::query::Query;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::store::{File, Stored};
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::Response;
use kubernetes::manifest::{Progress, SourceText};
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};
use std::sync::Arc;
use web::locale::{self, Lang};
use web::{gallery, url};

/// What the address takes.
#[derive(Debug)]
struct Asked {
    probe: ProbeText,
    /// Which of the fixes, from 0.
    fix: usize,
}

impl Asked {
    fn of(query: &Query) -> Result<Self, Error> {
        Ok(Self { probe: probe::asked(query)?, fix: query.number("fix")?.ok_or(Error::NotFound)? })
    }
}

/// What a change makes of a scenario.
struct Changed {
    stored: Stored,
    probe: ProbeText,
}

/// The answer: on to the trace in the changed scenario. A change that is not found any more leads back to the trace it was offered on.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, apply(&state, &visitor, &id).await)
}

async fn apply(state: &AppState, visitor: &Visitor, id: &str) -> Answer {
    let asked = Asked::of(&visitor.query)?;
    let scenario = Scenario::open(state, visitor, id).await?;
    let Traced { scenario, text, journey, .. } = probe::send(state, scenario, asked.probe, true).await??;
    let world = scenario.id.clone();
    // Who came from both ways goes on to both ways.
    let edits = visitor.query.get("then") == Some("edit");
    let onward = |id: &str, probe: &ProbeText| match edits {
        true => url::edit(id, Some(probe)),
        false => url::trace(id, "", probe, None),
    };
    let back = onward(&world, &text);
    let Some(patch) = journey.outcome.fixes.get(asked.fix).and_then(|fix| fix.patch.clone()) else {
        return Ok(answer::see_other(&back, visitor));
    };
    let before = texts_of(state, id, "").await?;
    let name = changed_name(visitor.chrome.lang, &scenario.name);
    let work = move |scenario: Scenario| {
        let (model, sources) = (&scenario.model, &scenario.model.parsed.sources);
        let after = patch.apply(sources);
        let Some(files) = changed_files(before.files()?, sources, &after) else { return Ok(None) };
        let progress = Progress::within(scenario.budget.clone());
        let site = Model::build_within(&input::sources(&files), &model.limits, &model.options, &progress)?;
        let probe = trace::probe_in(model, &site, &ProbeText { choose: Vec::new(), ..text });
        Ok::<_, Error>(Some(Changed { stored: Stored::of(&name, &files, before.redacted)?, probe }))
    };
    let Some(Changed { stored, probe }) = scenario.work(state, work).await?? else {
        return Ok(answer::see_other(&back, visitor));
    };
    let id = state.store.put(&stored, upload::kept(state, &upload::owner(), id)).await?;
    let id = url::in_world(&id, &url::world(&world));
    Ok(answer::see_other(&onward(&id, &probe), visitor))
}

/// What a scenario is called once it is changed; one that was changed before keeps its name.
pub(super) fn changed_name(lang: Lang, name: &str) -> String {
    const HERE: &str = "\u{1}";
    let is_changed = Lang::ALL.into_iter().any(|lang| {
        let form = locale::ta(lang, "trace-changed-name", &[("name", HERE.into())]);
        let around = form.split_once(HERE);
        around.is_some_and(|(before, behind)| name.strip_prefix(before).is_some_and(|rest| rest.ends_with(behind)))
    });
    if is_changed { name.to_owned() } else { locale::ta(lang, "trace-changed-name", &[("name", name.into())]) }
}

/// The texts of a scenario, as they were uploaded or come with the program.
pub(super) async fn texts_of(state: &AppState, id: &str, name: &str) -> Result<Stored, Error> {
    let lesson = || state.course.of_scenario(id).map(|lesson| lesson.sources());
    if let Some(sources) = gallery::find(id).map(gallery::Example::sources).or_else(lesson) {
        let file = |source: SourceText| File { name: source.name.to_string(), text: source.text.to_string() };
        return Ok(Stored::of(name, &sources.into_iter().map(file).collect::<Vec<_>>(), 0)?);
    }
    state.store.get(id).await?.ok_or(Error::NoScenario)
}

/// The files with what was changed; `None` where a text that was changed is none of them.
pub(super) fn changed_files(mut files: Vec<File>, before: &[SourceText], after: &[SourceText]) -> Option<Vec<File>> {
    for (before, after) in before.iter().zip(after).filter(|(before, after)| before.text != after.text) {
        let file = files.iter_mut().find(|file| *file.name == *before.name && *file.text == *before.text)?;
        file.text = after.text.to_string();
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_once_that_it_was_changed() {
        for lang in Lang::ALL {
            let once = changed_name(lang, "shop.yaml");
            assert_ne!(once, "shop.yaml");
            for other in Lang::ALL {
                assert_eq!(changed_name(other, &once), once);
            }
        }
    }
}
