//! What each address answers.

use crate::app::State;
use crate::error::Error;
use crate::models::limits;
use crate::request::{Query, Reader};
use crate::store::Store;
use crate::upload;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use data_encoding::BASE64;
use kernel::state::KernelState;
use sha2::{Digest, Sha256};
use sim_core::agents::cni;
use sim_core::cluster::model::Cni;
use sim_core::manifest;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Branches, Journey, ProbeText};
use std::borrow::Cow;
use std::sync::Arc;
use web::page::{self, detail, scenario};
use web::scene::svg::{Focus, View};
use web::scene::{NoLinks, Scene, svg};
use web::words::{Local, Say};
use web::{gallery, json, url};

/// Branches computed at most for one page.
const MAX_BRANCHES: usize = 256;
/// Findings listed on an error page at most.
const MAX_FINDINGS: usize = 20;

pub(crate) type Answer = Result<Response, Error>;

/// Turns an error into its page.
pub(crate) fn told(reader: &Reader, answer: Answer) -> Response {
    answer.unwrap_or_else(|error| error.page(reader))
}

/// `/`: examples and the upload form.
pub async fn home(Shared(state): Shared<Arc<State>>, reader: Reader) -> Response {
    let answer = async {
        let mut ready = Vec::new();
        for example in gallery::examples() {
            let model = state.models.get(&example.id, Options::default(), || example.sources()).await?;
            let probe = gallery::suggested(&model).into_iter().next().unwrap_or_default();
            ready.push(page::home::Ready { id: example.id.clone(), probe });
        }
        Ok(Html(page::home::render(&reader.chrome, &ready)?).into_response())
    };
    told(&reader, answer.await)
}

/// `POST /s`: keeps what was uploaded and leads to its page.
pub async fn upload(
    Shared(state): Shared<Arc<State>>,
    reader: Reader,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let read = match form {
        Ok(form) => upload::read(form).await,
        Err(rejection) => upload::Read { error: Some(Error::Form(rejection.body_text())), ..upload::Read::default() },
    };
    let upload::Read { upload, pasted, error } = read;
    let answer = async {
        if let Some(error) = error {
            return Err(error);
        }
        if let Some(example) = upload.example.as_deref().and_then(gallery::find) {
            return Ok(see_other(&url::scenario(&example.id), &reader));
        }
        let sources = upload::sources(&upload.files);
        let parsed = state.models.work(move || manifest::parse(&sources, &limits())).await?;
        let crossed = ["input-too-large", "too-many-documents", "too-deep", "too-many-values"];
        let over = parsed.diagnostics.iter().any(|finding| crossed.contains(&finding.code));
        if parsed.objects.is_empty() || over {
            let findings = parsed.diagnostics.iter().take(MAX_FINDINGS);
            return Err(Error::Unusable(
                findings.map(|finding| web::finding::line(reader.chrome.lang, &parsed, finding)).collect(),
            ));
        }
        let name = upload::name_of(&upload.files);
        let id = state.store.put(&name, &upload.files).await?;
        Ok(see_other(&url::scenario(&id), &reader))
    };
    let answer: Answer = answer.await;
    answer.unwrap_or_else(|error| error.upload_page(&reader, &pasted))
}

/// 303, or for htmx the header that makes it load the page.
pub(crate) fn see_other(to: &str, reader: &Reader) -> Response {
    if reader.fragment { [("hx-redirect", to)].into_response() } else { Redirect::to(to).into_response() }
}

/// A scenario that was found.
pub(crate) struct Found {
    /// Its id, with the world that was asked for.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) model: Arc<Model>,
}

pub(crate) async fn find(state: &State, reader: &Reader, id: &str) -> Result<Found, Error> {
    let (options, in_world) = asked_world(id, &reader.query)?;
    if let Some(example) = gallery::find(id) {
        let model = state.models.get(&in_world, options, || example.sources()).await?;
        let title = reader.chrome.t(&format!("ready-{id}-title"));
        return Ok(Found { id: in_world, name: title, model });
    }
    let stored = state.store.get(id).await?.ok_or(Error::NoScenario)?;
    debug_assert_eq!(Store::id_of(&stored.files), stored.id);
    let model = state.models.get(&in_world, options, || upload::sources(&stored.files)).await?;
    Ok(Found { id: in_world, name: stored.name, model })
}

/// The world that an address asks for instead of the input's (the command line's `--cni` and `--proxy-mode`), and the id with it.
fn asked_world(id: &str, query: &Query) -> Result<(Options, String), Error> {
    let (mut options, mut world) = (Options::default(), Vec::new());
    if let Some(name) = query.get("cni") {
        let unknown = || Error::World {
            part: "cni",
            known: Cni::KNOWN.into_iter().map(Cni::name).collect::<Vec<_>>().join(", "),
        };
        options.cni = Some(cni::named(name).ok_or_else(unknown)?);
        world.push(("cni", name));
    }
    if let Some(name) = query.get("proxy") {
        let unknown = || Error::World { part: "proxy", known: Options::PROXY_MODES.join(", ") };
        options = options.with_proxy_mode(name).ok_or_else(unknown)?;
        world.push(("proxy", name));
    }
    Ok((options, url::in_world(id, &world)))
}

fn probe_text(query: &Query) -> ProbeText {
    let text = |name| query.get(name).map(str::to_owned);
    ProbeText {
        from: text("from").unwrap_or_default(),
        via: text("via"),
        to: text("to_text").or_else(|| text("to")).unwrap_or_default(),
        proto: text("proto"),
        sport: text("sport"),
        choose: query.all("choose").map(str::to_owned).collect(),
        before: text("before"),
        wait: text("wait"),
        seed: query.get("seed").and_then(|seed| seed.parse().ok()).unwrap_or_default(),
    }
}

/// `/s/{id}`: the cluster, what was found in the input, and the form for a probe.
pub async fn scenario(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let found = find(&state, &reader, &id).await?;
        scenario_page(&state, &reader, found, None, StatusCode::OK).await
    };
    told(&reader, answer.await)
}

async fn scenario_page(
    state: &State,
    reader: &Reader,
    found: Found,
    error: Option<trace::ProbeError>,
    status: StatusCode,
) -> Answer {
    let (chrome, text) = (reader.chrome.clone(), probe_text(&reader.query));
    let html = state
        .models
        .work(move || {
            let input = scenario::Input {
                id: &found.id,
                name: &found.name,
                model: &found.model,
                probe_text: &text,
                error: error.as_ref(),
            };
            scenario::render(&chrome, &input)
        })
        .await??;
    Ok((status, Html(html)).into_response())
}

/// A probe that was sent.
pub(crate) struct Sent {
    pub(crate) found: Found,
    pub(crate) text: ProbeText,
    pub(crate) journey: Journey,
    pub(crate) branches: Branches,
}

/// What became of a probe: the journey, or why it cannot be sent.
/// The model that a probe runs in: another than the scenario's for hosts outside, and for names in a whole cluster without DNS.
fn in_model(model: Arc<Model>, probe: &trace::Probe) -> Arc<Model> {
    let other = match trace::model_for(&model, probe) {
        Cow::Owned(other) => Some(other),
        Cow::Borrowed(other) if !std::ptr::eq(other, &*model) => Some(other.clone()),
        Cow::Borrowed(_) => None,
    };
    other.map_or(model, Arc::new)
}

pub(crate) type Sending = Result<Sent, Box<(Found, trace::ProbeError)>>;

pub(crate) async fn send(state: &State, reader: &Reader, id: &str, wants_fixes: bool) -> Result<Sending, Error> {
    let mut found = find(state, reader, id).await?;
    let text = probe_text(&reader.query);
    let fixes = Arc::clone(&state.models.fixes);
    let sent = state
        .models
        .work(move || {
            let probe = match trace::parse_probe(&found.model, &text) {
                Ok(probe) => probe,
                Err(error) => return Err(Box::new((found, error))),
            };
            found.model = in_model(found.model, &probe);
            let mut journey = trace::run(&found.model, &probe);
            if let Err(error) = trace::check_choices(&journey) {
                return Err(Box::new((found, error)));
            }
            let branches = trace::branches(&found.model, &probe, MAX_BRANCHES);
            if wants_fixes {
                let look = || trace::fixes(&found.model, &journey, &trace::Budget::default());
                journey.outcome.fixes = fixes.of(&found.id, &text, look).to_vec();
            }
            Ok(Sent { found, text, journey, branches })
        })
        .await?;
    Ok(sent)
}

/// The journey of a probe alone: neither its branches nor what would mend it.
fn replay(found: &mut Found, text: &ProbeText) -> Result<Journey, Error> {
    let probe = trace::parse_probe(&found.model, text).map_err(Error::Probe)?;
    found.model = in_model(Arc::clone(&found.model), &probe);
    let journey = trace::run(&found.model, &probe);
    trace::check_choices(&journey).map_err(Error::Probe)?;
    Ok(journey)
}

/// The step an address names; what is no number means the first.
fn step(query: &Query) -> Option<u32> {
    query.get("step").map(|step| step.parse().unwrap_or(1))
}

/// How much is told, in an address.
const LEVELS: [&str; 3] = ["story", "hops", "all"];

/// `/s/{id}/trace`: one step of one trace.
pub async fn trace(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let sent = match send(&state, &reader, &id, true).await? {
            Ok(sent) => sent,
            Err(refused) => {
                let (found, error) = *refused;
                return scenario_page(&state, &reader, found, Some(error), StatusCode::UNPROCESSABLE_ENTITY).await;
            }
        };
        let (reader, step) = (reader.clone(), step(&reader.query));
        let html = state
            .models
            .work(move || {
                let Found { id, name, model } = &sent.found;
                let level = reader.query.get("level").filter(|level| LEVELS.contains(level));
                let input = page::trace::Input {
                    id,
                    name,
                    model,
                    probe_text: &sent.text,
                    journey: &sent.journey,
                    branches: &sent.branches,
                    step,
                    level,
                };
                page::trace::render(&reader.chrome, &input)
            })
            .await??;
        Ok(Html(html).into_response())
    };
    told(&reader, answer.await)
}

/// `/s/{id}/trace.json`.
pub async fn trace_json(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let wants_fixes = reader.query.get("all").is_none();
        let sent = send(&state, &reader, &id, wants_fixes).await?.map_err(|refused| Error::Probe(refused.1))?;
        let value = if reader.query.get("all").is_some() {
            json::branches(&sent.found.model, &sent.branches)
        } else {
            json::trace(&sent.found.model, &sent.journey)
        };
        Ok(axum::Json(value).into_response())
    };
    let answer: Answer = answer.await;
    answer.unwrap_or_else(|error| error.problem(&reader))
}

/// `/s/{id}/trace.svg`.
pub async fn trace_svg(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let sent = send(&state, &reader, &id, false).await?.map_err(|refused| Error::Probe(refused.1))?;
        let (lang, step) = (reader.chrome.lang, step(&reader.query));
        let text = state
            .models
            .work(move || {
                let model = &sent.found.model;
                let scene = Scene::build(model, Some(&sent.journey));
                let step = step.unwrap_or_else(|| Say { lang, model, id: None }.opening(&sent.journey));
                let step = Some(scene.steps.clamp(step));
                let view = View { step, focus: Focus::All, words: &Local(lang), links: &NoLinks };
                let mut text = String::new();
                svg::write_standalone(&mut text, &scene, &view).map(|()| text)
            })
            .await?
            .map_err(|error| Error::Internal(error.to_string()))?;
        // A picture opened by itself brings its own style; that, and nothing else, is allowed in it.
        let style = BASE64.encode(&Sha256::digest(svg::STYLE));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
        let headers = [("content-type", "image/svg+xml"), ("content-security-policy", policy.as_str())];
        Ok((headers, text).into_response())
    };
    told(&reader, answer.await)
}

/// `/favicon.ico`: the icon, for what is opened without a page around it.
pub async fn icon() -> Response {
    let headers = [("content-type", "image/svg+xml"), ("cache-control", "public, max-age=86400")];
    (headers, page::ICON).into_response()
}

/// `/schema/scenario.json`.
pub async fn schema() -> Response {
    let headers = [("content-type", "application/schema+json"), ("cache-control", "public, max-age=3600")];
    (headers, web::schema::SCENARIO).into_response()
}

/// `/s/{id}/rule`: one rule and why it is there.
pub async fn rule(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let found = find(&state, &reader, &id).await?;
        let text = |name| reader.query.get(name).unwrap_or_default();
        let input = detail::RuleInput {
            id: &found.id,
            name: &found.name,
            model: &found.model,
            netns: text("netns"),
            table: text("table"),
            chain: text("chain"),
            number: text("n").parse().unwrap_or_default(),
            fragment: reader.fragment,
        };
        let html = detail::rule(&reader.chrome, &input)?.ok_or(Error::NotFound)?;
        Ok(Html(html).into_response())
    };
    told(&reader, answer.await)
}

/// `/s/{id}/rules`: a node's chains, one chain or set, or what a search finds.
pub async fn rules(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let mut found = find(&state, &reader, &id).await?;
        let reader = reader.clone();
        let work = move || {
            let text = |name| reader.query.get(name).unwrap_or_default();
            let number = |name| text(name).parse().unwrap_or_default();
            // What became of the packet is computed again: an address could say anything.
            let journey = match reader.query.get("pass") {
                Some(_) => Some(replay(&mut found, &probe_text(&reader.query))?),
                None => None,
            };
            let packet = journey.as_ref().map(|journey| page::rules::Packet {
                journey,
                step: step(&reader.query).unwrap_or(1),
                copy: text("copy"),
                pass: text("pass").parse().unwrap_or(u32::MAX),
            });
            let input = page::rules::Input {
                id: &found.id,
                name: &found.name,
                model: &found.model,
                node: text("node"),
                netns: text("netns"),
                table: text("table"),
                chain: text("chain"),
                set: text("set"),
                q: text("q"),
                page: number("page"),
                number: number("n"),
                packet,
                claims: reader.query.get("way").is_some(),
            };
            Ok::<_, Error>(page::rules::render(&reader.chrome, &input)?)
        };
        Ok(Html(state.models.work(work).await??.ok_or(Error::NotFound)?).into_response())
    };
    told(&reader, answer.await)
}

/// `/s/{id}/service`: all rules of one Service on all nodes.
pub async fn service(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let found = find(&state, &reader, &id).await?;
        let reader = reader.clone();
        let work = move || {
            let text = |name| reader.query.get(name).unwrap_or_default();
            let input = page::rules::ServiceInput {
                id: &found.id,
                name: &found.name,
                model: &found.model,
                namespace: text("ns"),
                service: text("name"),
                port: text("port").parse().ok(),
                page: text("page").parse().unwrap_or_default(),
            };
            page::rules::service(&reader.chrome, &input)
        };
        Ok(Html(state.models.work(work).await??.ok_or(Error::NotFound)?).into_response())
    };
    told(&reader, answer.await)
}

/// A page or JSON about a namespace's state, after the probe in the address where there is one.
async fn state_of<T: Send + 'static>(
    state: &State,
    reader: &Reader,
    id: &str,
    show: impl FnOnce(&Reader, &page::state::Input<'_>) -> T + Send + 'static,
) -> Result<T, Error> {
    let mut found = find(state, reader, id).await?;
    let reader = reader.clone();
    let work = move || {
        let text = |name| reader.query.get(name).unwrap_or_default();
        let asked = reader.query.get("from").is_some().then(|| probe_text(&reader.query));
        let mut state = KernelState::default();
        if let Some(asked) = &asked {
            let probe = trace::parse_probe(&found.model, asked).map_err(Error::Probe)?;
            found.model = in_model(found.model, &probe);
            state = trace::left_behind(&found.model, &probe);
        }
        let input = page::state::Input {
            id: &found.id,
            name: &found.name,
            model: &found.model,
            node: text("node"),
            netns: text("netns"),
            what: text("what"),
            page: text("page").parse().unwrap_or_default(),
            probe: asked.as_ref(),
            state: &state,
        };
        Ok(show(&reader, &input))
    };
    state.models.work(work).await?
}

/// `/s/{id}/state`: what a namespace holds.
pub async fn state(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let html = state_of(&state, &reader, &id, |reader, input| page::state::render(&reader.chrome, input)).await?;
        Ok(Html(html?.ok_or(Error::NotFound)?).into_response())
    };
    told(&reader, answer.await)
}

/// `/s/{id}/state.json`.
pub async fn state_json(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let value = state_of(&state, &reader, &id, |reader, input| page::state::json(&reader.chrome, input)).await?;
        Ok(axum::Json(value.ok_or(Error::NotFound)?).into_response())
    };
    let answer: Answer = answer.await;
    answer.unwrap_or_else(|error| error.problem(&reader))
}

/// `/s/{id}/source`: one line of the input.
pub async fn source(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let found = find(&state, &reader, &id).await?;
        let input = page::source::Input {
            id: &found.id,
            name: &found.name,
            model: &found.model,
            file: reader.query.get("file").unwrap_or_default(),
            line: reader.query.get("line").and_then(|line| line.parse().ok()).unwrap_or_default(),
        };
        let html = page::source::render(&reader.chrome, &input)?.ok_or(Error::NotFound)?;
        Ok(Html(html).into_response())
    };
    told(&reader, answer.await)
}

/// `/s/{id}/link`: one interface and why it is there.
pub async fn link(Shared(state): Shared<Arc<State>>, Path(id): Path<String>, reader: Reader) -> Response {
    let answer = async {
        let found = find(&state, &reader, &id).await?;
        let text = |name| reader.query.get(name).unwrap_or_default();
        let input = detail::LinkInput {
            id: &found.id,
            name: &found.name,
            model: &found.model,
            netns: text("netns"),
            dev: text("dev"),
            fragment: reader.fragment,
        };
        let html = detail::link(&reader.chrome, &input)?.ok_or(Error::NotFound)?;
        Ok(Html(html).into_response())
    };
    told(&reader, answer.await)
}

/// `/help/{code}`: what an outcome or a finding means.
pub async fn help(Path(code): Path<String>, reader: Reader) -> Response {
    let answer = page::help::render(&reader.chrome, &code).map_err(Error::from);
    told(&reader, answer.and_then(|html| Ok(Html(html.ok_or(Error::NotFound)?).into_response())))
}

/// `/readyz`: the store answers.
pub async fn ready(Shared(state): Shared<Arc<State>>) -> Response {
    if state.store.is_ready().await {
        "ready".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "store").into_response()
    }
}
