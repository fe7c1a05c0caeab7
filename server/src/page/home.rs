//! `/`: examples and the upload form.

use crate::answer::{self, Answer};
use crate::cache::Title;
use crate::limits;
use crate::scenario::Input;
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use kubernetes::budget::Budget;
use sim_core::model::Model;
use std::sync::Arc;
use web::gallery;
use web::page::home::{self, Ready};

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor).await)
}

async fn show(state: &AppState, visitor: &Visitor) -> Answer {
    let mut models = Vec::new();
    let limits = &limits::manifests(&state.config);
    for example in gallery::examples() {
        let input = Input { limits: limits.clone(), ..Input::default() };
        let build = move |budget: &Budget| input.built(example.sources(), budget);
        models.push((example, state.models.get(&example.id, Title::of(""), build).await?.built.model));
    }
    let chrome = visitor.chrome.clone();
    let work = move || {
        let ready = |(example, model): &(&gallery::Example, Arc<Model>)| Ready {
            group: example.group.clone(),
            id: example.id.clone(),
            probe: gallery::suggested(model).into_iter().next().unwrap_or_default(),
        };
        home::render(&chrome, &models.iter().map(ready).collect::<Vec<_>>())
    };
    Ok(Html(state.pool.run(work).await??).into_response())
}
