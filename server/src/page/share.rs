//! Shares: `POST /s/{id}/share` and `POST /api/v1/shares` make one, `/x/{id}` opens it, `/x/{id}/share` is for whoever has its key.

use super::{fix, picture, upload};
use crate::about;
use crate::answer;
use crate::error::Error;
use crate::fragment::{Link, Packed};
use crate::probe;
use crate::query::Query;
use crate::scenario::{self, Scenario};
use crate::state::AppState;
use crate::store::{self, Change, Changed, Shared, Stored};
use crate::visitor::{self, Visitor};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use sim_core::facts::Facts;
use std::sync::Arc;
use web::page::share;
use web::{json, url};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Bytes of a question at most.
const QUESTION: usize = 4_096;
/// Parameters that belong to a reader, not to what is shared.
const READERS: [&str; 4] = ["lang", "theme", "step", "at"];
/// The cookie with a share's key; it is sent to that share's addresses alone.
const COOKIE: &str = "share-key";

/// When a share of that lifetime ends: what is longer than the operator allows is cut.
fn expires(state: &AppState, lifetime: &str) -> Result<Option<i64>, Error> {
    let most = state.config.max_lifetime.0.as_secs() as i64;
    let seconds = match lifetime {
        "1d" => DAY,
        "30d" => 30 * DAY,
        "1y" => 365 * DAY,
        "forever" => most,
        other => return Err(Error::Parameter { name: "lifetime", value: other.to_owned() }),
    };
    // A limit of nothing is none.
    Ok(match (most, lifetime) {
        (0, "forever") => None,
        (0, _) => Some(store::now() + seconds),
        _ => Some(store::now() + seconds.min(most)),
    })
}

/// A share that was made.
struct Made {
    id: String,
    key: String,
    expires: Option<i64>,
}

/// What is to be shared.
struct Meant {
    name: String,
    parent: Option<String>,
    /// The question, with the place of the step.
    question: String,
    /// What came out of it.
    result: String,
}

/// A scenario with a question, as somebody sees it who wants to share it.
async fn meant(state: &AppState, visitor: &Visitor, id: &str, question: &str) -> Result<Meant, Error> {
    if question.len() > QUESTION {
        return Err(Error::Parameter { name: "query", value: question.to_owned() });
    }
    let asked = Query::read(question);
    let asking = Visitor { query: asked.clone(), ..visitor.clone() };
    let scenario = Scenario::open(state, &asking, id).await?;
    let name = scenario.name.clone();
    let parent = scenario
        .entry
        .as_ref()
        .map(|entry| if entry.shared { id.to_owned() } else { entry.parent.clone().unwrap_or_default() });
    let (mut place, mut result) = (None, String::new());
    if asked.get("from").is_some() {
        let traced = probe::send(state, scenario, probe::asked(&asked)?, false).await??;
        let (wanted, journey) = (asked.wanted(), traced.journey);
        let work = move |scenario: Scenario| {
            let facts = Facts::of(&scenario.model, &journey);
            let step = wanted.nearest(&scenario.model, &journey).0;
            let place = step.and_then(|step| facts.places().into_iter().nth((step as usize).saturating_sub(1)));
            (place, json::summary(&scenario.model, &journey))
        };
        (place, result) = traced.scenario.work(state, work).await?;
    }
    let mut question = asked.without(&READERS);
    if let Some(place) = place {
        question =
            url::with_query(&format!("?{question}"), &[("at", &place)]).trim_start_matches(['?', '&']).to_owned();
    }
    Ok(Meant { name, parent, question, result })
}

/// Makes a share of a scenario with a question.
async fn make(state: &AppState, visitor: &Visitor, id: &str, question: &str, lifetime: &str) -> Result<Made, Error> {
    let expires = expires(state, lifetime)?;
    let Meant { name, parent, question, result } = meant(state, visitor, id, question).await?;
    let stored: Stored = fix::texts_of(state, id, &name).await?;
    let owner = upload::owner();
    let share = Shared {
        stored: &stored,
        owner: &owner,
        parent: parent.as_deref().unwrap_or_default(),
        query: &question,
        result: &result,
        expires,
        room: upload::room(state),
    };
    let (id, key) = state.store.share(share).await?;
    Ok(Made { id, key, expires })
}

fn path(id: &str) -> String {
    format!("/x/{}", url::encode(id))
}

fn cookie(state: &AppState, id: &str, key: &str) -> String {
    let secure = state.config.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={key}; Path={}; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}", path(id))
}

/// `POST /s/{id}/share`: the form on the pages of a scenario.
pub async fn form(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let answer = async {
        let form = Query::read(&String::from_utf8_lossy(&body));
        if form.get("how") == Some("carry") {
            return carry(&state, &visitor, &id, form.get("query").unwrap_or_default()).await;
        }
        let lifetime = form.get("lifetime").unwrap_or("30d");
        let made = make(&state, &visitor, &id, form.get("query").unwrap_or_default(), lifetime).await?;
        let headers =
            [(LOCATION, format!("{}/share", path(&made.id))), (SET_COOKIE, cookie(&state, &made.id, &made.key))];
        Ok((StatusCode::SEE_OTHER, headers).into_response())
    };
    answer::page(&visitor, answer.await)
}

/// A link that carries the scenario itself: nothing is stored.
async fn carry(state: &AppState, visitor: &Visitor, id: &str, question: &str) -> Result<Response, Error> {
    let Meant { name, question, .. } = meant(state, visitor, id, question).await?;
    let stored = fix::texts_of(state, id, &name).await?;
    let link = state.pool.run(move || {
        let packed = Packed { files: stored.files()?, comments: false };
        Ok::<_, Error>(Link { packed, below: about::below(&question) }.write()?)
    });
    let path = format!("/view#{}", link.await??);
    let input = share::Carried { address: &about::absolute(state, &path), path: &path, name: &name };
    let chrome = web::page::Chrome { about: about::private(), ..visitor.chrome.clone() };
    Ok(Html(share::carried(&chrome, input)?).into_response())
}

/// `/x/{id}`: on to what is shared; `/x/{id}.png`: its card.
pub async fn open(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        // A router has no pattern for a part of a segment.
        if let Some(id) = id.strip_suffix(".png") {
            return picture::preview(&state, &visitor, id).await;
        }
        let entry = scenario::share(&state, &id).await?;
        Ok(answer::see_other(&about::target(&entry), &visitor))
    };
    answer::page(&visitor, answer.await)
}

/// `GET /x/{id}/share`: the link, and for whoever has the key how to change it.
pub async fn manage(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Response {
    let answer = async {
        let entry = scenario::share(&state, &id).await?;
        let has_key = match visitor::cookie(&headers, COOKIE) {
            Some(key) => state.store.has_key(&id, key).await?,
            None => false,
        };
        let (chrome, path) = (&visitor.chrome, path(&id));
        let address = about::absolute(&state, &path);
        let lives = match entry.expires {
            Some(at) => chrome.ta("share-until", &[("date", about::date(at).into())]),
            None => chrome.t("share-forever"),
        };
        // Another site needs the whole address.
        let embed = state.config.public_url.as_ref();
        let embed = embed.map(|url| about::frame(&format!("{url}/embed{path}"), 800, 500)).unwrap_or_default();
        let input =
            share::Input { address: &address, path: &path, name: &entry.name, lives: &lives, has_key, embed: &embed };
        let chrome = web::page::Chrome { about: about::private(), ..chrome.clone() };
        Ok(Html(share::render(&chrome, input)?).into_response())
    };
    answer::page(&visitor, answer.await)
}

async fn change(state: &AppState, id: &str, key: &str, change: Change<'_>) -> Result<(), Error> {
    match state.store.change(id, key, change).await? {
        Changed::Done => Ok(()),
        Changed::WrongKey => Err(Error::WrongKey),
        Changed::Gone => Err(Error::Gone),
        Changed::Nothing => Err(Error::NoScenario),
    }
}

/// `POST /x/{id}/share`: what whoever has the key wants.
pub async fn changed(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let answer = async {
        let form = Query::read(&String::from_utf8_lossy(&body));
        let key = form.get("key").or_else(|| visitor::cookie(&headers, COOKIE)).unwrap_or_default();
        let mut back = format!("{}/share", path(&id));
        let mut fresh = None;
        match form.get("do") {
            Some("delete") => {
                change(&state, &id, key, Change::Delete).await?;
                back = path(&id);
            }
            Some("key") => {
                let new = store::random_key().map_err(store::StoreError::from)?;
                change(&state, &id, key, Change::Key(&new)).await?;
                fresh = Some(cookie(&state, &id, &new));
            }
            _ => {
                let expires = expires(&state, form.get("lifetime").unwrap_or_default())?;
                change(&state, &id, key, Change::Expires(expires)).await?;
            }
        }
        let mut response = (StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response();
        if let Some(cookie) = fresh.and_then(|cookie| cookie.parse().ok()) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        Ok(response)
    };
    answer::page(&visitor, answer.await)
}

/// What a program sends to make a share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    scenario: String,
    #[serde(default)]
    query: String,
    lifetime: Option<String>,
}

/// What a program sends to change one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    key: String,
    lifetime: Option<String>,
    /// Another key is wanted.
    #[serde(default)]
    rekey: bool,
}

fn read<T: for<'d> Deserialize<'d>>(body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Request(error.to_string()))
}

/// A share as programs are told of it, and its address.
fn told(state: &AppState, id: &str, key: &str, expires: Option<i64>) -> (String, String) {
    let url = about::absolute(state, &path(id));
    let body = json!({ "id": id, "url": url, "key": key, "expires": expires.map(about::instant) });
    (body.to_string(), url)
}

/// `POST /api/v1/shares`.
pub async fn api_make(State(state): State<Arc<AppState>>, visitor: Visitor, body: Bytes) -> Response {
    let answer = async {
        let Wanted { scenario, query, lifetime } = read(&body)?;
        let query = query.trim_start_matches('?');
        let made = make(&state, &visitor, &scenario, query, lifetime.as_deref().unwrap_or("30d")).await?;
        let (body, url) = told(&state, &made.id, &made.key, made.expires);
        let headers = [("content-type", "application/json"), ("location", url.as_str())];
        Ok((StatusCode::CREATED, headers, body).into_response())
    };
    answer::program(&visitor, answer.await)
}

/// `POST /api/v1/shares/{id}`.
pub async fn api_change(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let answer = async {
        let Order { mut key, lifetime, rekey } = read(&body)?;
        if let Some(lifetime) = &lifetime {
            change(&state, &id, &key, Change::Expires(expires(&state, lifetime)?)).await?;
        }
        if rekey {
            let new = store::random_key().map_err(store::StoreError::from)?;
            change(&state, &id, &key, Change::Key(&new)).await?;
            key = new;
        } else if lifetime.is_none() {
            return Err(Error::Parameter { name: "lifetime", value: String::new() });
        }
        let entry = scenario::entry(&state, &id).await?;
        let (body, _) = told(&state, &id, &key, entry.expires);
        Ok(([("content-type", "application/json")], body).into_response())
    };
    answer::program(&visitor, answer.await)
}

/// `POST /api/v1/shares/{id}/delete`.
pub async fn api_delete(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let answer = async {
        let Order { key, .. } = read(&body)?;
        change(&state, &id, &key, Change::Delete).await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    answer::program(&visitor, answer.await)
}
