//! `/s/{id}/trace.svg` and `.png`: the picture of a step. `/x/{id}.png`: the card of a share, for links to it.

use crate::answer;
use crate::error::Error;
use crate::limits;
use crate::probe::{self, Asked};
use crate::query::Query;
use crate::raster;
use crate::scenario::{self, Scenario};
use crate::state::AppState;
use crate::visitor::Visitor;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use web::picture::{Drawn, Form, Look, animation, picture};

/// Pixels for each pixel of the natural size, where the address does not say.
const SCALE: u8 = 2;
/// The most that it can say.
const LARGEST: u8 = 4;

/// The picture of a step.
pub async fn svg(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let moves = match visitor.query.get("animated") {
            None => visitor.query.has("animated"),
            Some("1" | "true") => true,
            Some("0" | "false") => false,
            Some(other) => return Err(Error::Parameter { name: "animated", value: other.to_owned() }),
        };
        let work = drawn(&visitor, if moves { Kind::Animated } else { Kind::Still(Form::Document) })?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let Drawn { svg: text, style, .. } = scenario.work(&state, work).await??;
        // A picture opened by itself brings its own style; that, and nothing else, is allowed in it.
        let style = BASE64.encode(&Sha256::digest(style));
        let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
        let headers = [("content-type", "image/svg+xml"), ("content-security-policy", policy.as_str())];
        Ok((headers, text).into_response())
    };
    answer::page(&visitor, answer.await)
}

/// The same as pixels.
pub async fn png(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let answer = async {
        let scale = match visitor.query.number("scale")? {
            None => SCALE,
            Some(scale @ 1..=LARGEST) => scale,
            Some(_) => return Err(Error::Parameter { name: "scale", value: visitor.query.text("scale") }),
        };
        let work = drawn(&visitor, Kind::Still(Form::Plain))?;
        let scenario = Scenario::open(&state, &visitor, &id).await?;
        let work = move |scenario: Scenario| {
            let budget = scenario.budget.clone();
            let drawn = work(scenario)?;
            Ok::<_, Error>(raster::draw(&drawn.svg, drawn.size, f32::from(scale), limits::PIXELS, &budget)?)
        };
        Ok(sent(scenario.work(&state, work).await??))
    };
    answer::page(&visitor, answer.await)
}

/// What is drawn.
#[derive(Clone, Copy)]
enum Kind {
    Still(Form<'static>),
    Animated,
}

/// What draws the step that an address asks for, or all.
fn drawn(
    visitor: &Visitor,
    kind: Kind,
) -> Result<impl FnOnce(Scenario) -> Result<Drawn, Error> + Send + 'static, Error> {
    let Asked { probe: text, wanted, .. } = Asked::of_one(&visitor.query)?;
    let (lang, theme) = (visitor.chrome.lang, visitor.chrome.theme);
    Ok(move |mut scenario: Scenario| {
        let journey = probe::replay(&mut scenario, &text)?;
        let step = wanted.find(&scenario.model, &journey)?;
        let (look, model) = (Look { lang, theme, step }, &scenario.model);
        match kind {
            Kind::Still(form) => Ok(picture(look, model, Some(&journey), form)),
            Kind::Animated => Ok(animation(look, model, &journey)?),
        }
    })
}

fn sent(made: raster::Picture) -> Response {
    let mut response = ([("content-type", "image/png")], made.bytes).into_response();
    if made.reduced {
        // As many pixels as one answer has at most: whoever asked for more is told.
        let said = format!("{}x{}", made.width, made.height);
        response.headers_mut().extend(said.parse().map(|said| (REDUCED, said)));
    }
    response
}

/// Says that a picture is smaller than was asked for, and how large it is.
const REDUCED: axum::http::HeaderName = axum::http::HeaderName::from_static("x-kubehop-reduced-to");

/// The card of a share: of the step that was shared, or of the cluster.
pub async fn preview(state: &AppState, visitor: &Visitor, id: &str) -> Result<Response, Error> {
    let entry = scenario::share(state, id).await?;
    let asked = Query::read(&entry.query);
    let asking = Visitor { query: asked.clone(), ..visitor.clone() };
    let scenario = Scenario::open(state, &asking, id).await?;
    let (lang, theme) = (visitor.chrome.lang, visitor.chrome.theme);
    let work = move |mut scenario: Scenario| {
        let (budget, name) = (scenario.budget.clone(), scenario.name.clone());
        let journey = match asked.get("from") {
            Some(_) => Some(probe::replay(&mut scenario, &probe::asked(&asked)?)?),
            None => None,
        };
        let wanted = asked.wanted();
        let step = journey.as_ref().and_then(|journey| wanted.nearest(&scenario.model, journey).0);
        let look = Look { lang, theme, step };
        let drawn = picture(look, &scenario.model, journey.as_ref(), Form::Preview(&name));
        Ok::<_, Error>(raster::draw(&drawn.svg, drawn.size, 1.0, limits::PIXELS, &budget)?)
    };
    let mut response = sent(scenario.work(state, work).await??);
    // Pages of other sites show it.
    let shown = axum::http::HeaderValue::from_static("cross-origin");
    response.headers_mut().insert("cross-origin-resource-policy", shown);
    Ok(response)
}
