//! `/s/{id}/edit`: what if the input was another. GET shows its texts in a form, beside what becomes of the probe; POST keeps the changed
//! texts as a scenario of its own, made of this one, and leads to its page, which shows the old way and the new one.

use super::compare::sent;
use super::{fix, upload};
use crate::about;
use crate::answer::{self, Answer};
use crate::cache::FixCache;
use crate::draft::{self, Place, Texts};
use crate::error::Error;
use crate::input;
use crate::probe;
use crate::query::Query;
use crate::scenario::{self, Scenario};
use crate::state::AppState;
use crate::store::{File, Stored};
use crate::visitor::Visitor;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::Progress;
use kubernetes::origin::Location;
use kubernetes::redact::What;
use sim_core::model::Model;
use sim_core::trace::{self, Journey, ProbeText};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use web::compare::{self, Comparison, Told, World};
use web::finding;
use web::gallery;
use web::locale::Lang;
use web::page::{Chrome, edit, error};
use web::url;
use web::words::{EventLine, Say};

/// Findings listed of a form at most.
const FINDINGS: usize = 20;

/// The page.
pub async fn page(State(state): State<Arc<AppState>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer::page(&visitor, show(&state, &visitor, &id, None).await)
}

/// The form.
pub async fn change(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    visitor: Visitor,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    answer::page(&visitor, take(&state, &visitor, &id, form).await)
}

/// The probe that an address asks for, where it asks for one.
fn asked(query: &Query) -> Result<Option<ProbeText>, Error> {
    let text = probe::asked(query)?;
    Ok(Some(text).filter(|text| !text.from.is_empty() || !text.to.is_empty()))
}

/// A form that was not taken, shown again.
struct Draft {
    texts: Texts,
    error: Error,
    /// Where the first mistake is.
    place: Option<Place>,
}

/// What a form makes of a scenario.
enum Made {
    /// Nothing was changed.
    Same,
    /// It holds mistakes that were not there: each in a line, and the place of the first.
    Wrong(Vec<String>, Option<Place>),
    /// Another scenario, and the probe there.
    Other(Stored, Option<Box<ProbeText>>),
}

async fn take(state: &AppState, visitor: &Visitor, id: &str, form: Result<Multipart, MultipartRejection>) -> Answer {
    let probe = asked(&visitor.query)?;
    let mut texts = Texts::new();
    let read = match form {
        Ok(form) => read(form, &mut texts).await,
        Err(rejection) => Err(Error::Form(rejection.body_text())),
    };
    let made = match read {
        Ok(()) => make(state, visitor, id, probe.clone(), texts.clone()).await,
        Err(error) => Err(error),
    };
    let (error, place) = match made {
        Ok((_, Made::Same)) => {
            let world = Scenario::open(state, visitor, id).await?.id;
            let back = url::replace(&url::edit(&world, probe.as_ref()), "unchanged", "1");
            return Ok(answer::see_other(&back, visitor));
        }
        Ok((world, Made::Other(stored, probe))) => {
            let new = state.store.put(&stored, upload::kept(state, &upload::owner(), id)).await?;
            let new = url::in_world(&new, &url::world(&world));
            return Ok(answer::see_other(&url::edit(&new, probe.as_deref()), visitor));
        }
        Ok((_, Made::Wrong(lines, place))) => (Error::Unusable(lines), place),
        Err(error) if error.status().is_client_error() && !matches!(error, Error::Gone | Error::NoScenario) => {
            (error, None)
        }
        Err(error) => return Err(error),
    };
    show(state, visitor, id, Some(Draft { texts, error, place })).await
}

/// Reads the texts of a form.
async fn read(mut form: Multipart, texts: &mut Texts) -> Result<(), Error> {
    let broken = |error: &axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: draft::MOST, size: None },
        _ => Error::Form(error.body_text()),
    };
    let mut size = 0;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await.map_err(|error| broken(&error))?;
        size += text.len();
        if size <= draft::MOST && draft::is_field(&name) {
            texts.insert(name, text);
        }
    }
    if size > draft::MOST { Err(Error::TooLarge { limit: draft::MOST, size: Some(size) }) } else { Ok(()) }
}

/// What becomes of a scenario, with its id in the world that is asked for.
async fn make(
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    probe: Option<ProbeText>,
    texts: Texts,
) -> Result<(String, Made), Error> {
    let scenario = Scenario::open(state, visitor, id).await?;
    let before = fix::texts_of(state, id, "").await?;
    let lang = visitor.chrome.lang;
    let (world, name, most) = (scenario.id.clone(), fix::changed_name(lang, &scenario.name), state.config.max_body.0);
    let work = move |scenario: Scenario| {
        let files = before.files()?;
        let (model, budget) = (&scenario.model, &scenario.budget);
        let mut after = draft::changed(&files, &model.parsed, &texts)?;
        let mut redacted = before.redacted;
        for (own, file) in files.iter().zip(&mut after).filter(|(own, file)| own.text != file.text) {
            // As an upload: before anything is stored, logged or shown. What was redacted before stays so, and is not counted again.
            redacted += upload::redact(std::slice::from_mut(file), What::default(), budget)?;
            debug_assert_eq!(own.name, file.name);
        }
        if after == files {
            return Ok(Made::Same);
        }
        let size: usize = after.iter().map(|file| file.text.len()).sum();
        if size > most {
            return Err(Error::TooLarge { limit: most, size: Some(size) });
        }
        upload::check(lang, &after, &model.limits, budget)?;
        let progress = Progress::within(budget.clone());
        let site = Model::build_within(&input::sources(&after), &model.limits, &model.options, &progress)?;
        let wrong = mistakes(lang, model, &site);
        if !wrong.is_empty() {
            let place = wrong.first().and_then(|first| site.parsed.locate(first.span));
            let place = place.as_ref().map(place_of);
            let line = |finding: &&Diagnostic| finding::line(lang, &site.parsed, finding);
            return Ok(Made::Wrong(wrong.iter().take(FINDINGS).map(line).collect(), place));
        }
        let probe = probe.map(|probe| Box::new(trace::probe_in(model, &site, &probe)));
        Ok::<_, Error>(Made::Other(Stored::of(&name, &after, redacted)?, probe))
    };
    Ok((world, scenario.work(state, work).await??))
}

/// What cannot be used as it is written, and could before.
fn mistakes<'m>(lang: Lang, before: &Model, after: &'m Model) -> Vec<&'m Diagnostic> {
    fn errors(model: &Model) -> impl Iterator<Item = &Diagnostic> {
        model.diagnostics.iter().filter(|finding| finding.severity == Severity::Error)
    }
    let mut known: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for finding in errors(before) {
        *known.entry((finding.code, finding::message(lang, finding))).or_default() += 1;
    }
    let is_new = |finding: &&Diagnostic| match known.get_mut(&(finding.code, finding::message(lang, finding))) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    };
    errors(after).filter(is_new).collect()
}

/// The version that a scenario was made of, with its texts: `None` of none, an error where it is gone.
pub(super) async fn older(
    state: &AppState,
    visitor: &Visitor,
    scenario: &Scenario,
) -> Result<Option<Option<Older>>, Error> {
    let Some(parent) = scenario.entry.as_ref().and_then(|entry| entry.parent.as_deref()) else { return Ok(None) };
    if !gallery::comes_with(parent) {
        match scenario::entry(state, parent).await {
            Err(Error::Gone | Error::NoScenario) => return Ok(Some(None)),
            found => found?,
        };
    }
    let opened = Scenario::open(state, visitor, parent).await?;
    let files = fix::texts_of(state, parent, "").await?;
    Ok(Some(Some(Older { scenario: opened, texts: files })))
}

pub(super) struct Older {
    pub(super) scenario: Scenario,
    texts: Stored,
}

/// What becomes of a probe in a version.
struct Sent<'m> {
    model: Cow<'m, Model>,
    journey: Journey,
    /// As it was asked.
    text: ProbeText,
}

impl Sent<'_> {
    fn told(&self, lang: Lang) -> Told {
        compare::told(lang, &self.world())
    }

    fn world(&self) -> World<'_> {
        World { options: "", settings: String::new(), model: &self.model, journey: &self.journey }
    }
}

/// Sends a probe, with the draws of another journey where it can; what was wished for need not exist any more. In words why not.
fn send<'m>(
    c: &Chrome,
    model: &'m Model,
    text: &ProbeText,
    within: &Scenario,
    beside: Option<&Journey>,
) -> Result<Result<Sent<'m>, String>, Error> {
    let free = ProbeText { choose: Vec::new(), ..text.clone() };
    let first = sent(model, text, within, beside).map(|made| (made, text));
    let made = match first {
        Err(Error::Probe(wrong)) if wrong.part == "choose" => {
            sent(model, &free, within, beside).map(|made| (made, &free))
        }
        made => made,
    };
    match made {
        Ok(((model, journey), text)) => {
            let asked = match beside {
                Some(_) => ProbeText { seed: text.seed, ..trace::write_probe(&model, &journey.probe) },
                None => text.clone(),
            };
            Ok(Ok(Sent { model, journey, text: asked }))
        }
        Err(Error::Probe(wrong)) => Ok(Err(error::probe_error(c, &wrong))),
        Err(error) => Err(error),
    }
}

async fn show(state: &AppState, visitor: &Visitor, id: &str, draft: Option<Draft>) -> Answer {
    let probe = asked(&visitor.query)?;
    let scenario = Scenario::open(state, visitor, id).await?;
    let chrome = about::chrome(state, visitor, &scenario);
    let texts = fix::texts_of(state, id, "").await?;
    let older = older(state, visitor, &scenario).await?;
    let status = draft.as_ref().map_or(StatusCode::OK, |draft| draft.error.status());
    let details = draft.as_ref().map(|draft| draft.error.details(visitor)).unwrap_or_default();
    let asked_place = match (visitor.query.get("file"), visitor.query.number::<u32>("line")?) {
        (Some(file), line) => Some(Place { file: file.to_owned(), line: line.unwrap_or(1).max(1) }),
        (None, _) => None,
    };
    let unchanged = visitor.query.has("unchanged") && draft.is_none();
    let fixes = Arc::clone(&state.fixes);
    let work = move |scenario: Scenario| {
        let older = older.as_ref();
        let view = View { c: &chrome, scenario: &scenario, older, probe: probe.as_ref(), fixes: &fixes };
        view.render(&texts.files()?, asked_place, draft.as_ref(), &details, unchanged)
    };
    let html = scenario.work(state, work).await??;
    Ok((status, Html(html)).into_response())
}

/// What the page is made of.
struct View<'a> {
    c: &'a Chrome,
    scenario: &'a Scenario,
    older: Option<&'a Option<Older>>,
    probe: Option<&'a ProbeText>,
    fixes: &'a FixCache,
}

impl View<'_> {
    fn render(
        &self,
        files: &[File],
        asked: Option<Place>,
        draft: Option<&Draft>,
        details: &[String],
        unchanged: bool,
    ) -> Result<String, Error> {
        let (c, scenario, lang) = (self.c, self.scenario, self.c.lang);
        let older = self.older.and_then(Option::as_ref);
        let there = older
            .zip(self.probe)
            .map(|(older, probe)| (older, trace::probe_in(&scenario.model, &older.scenario.model, probe)));
        let before = there.as_ref().map(|(older, text)| send(c, &older.scenario.model, text, scenario, None));
        let before = before.transpose()?;
        let drawn = before.as_ref().and_then(|before| before.as_ref().ok()).map(|sent| &sent.journey);
        let now = self.probe.map(|probe| send(c, &scenario.model, probe, scenario, drawn)).transpose()?;
        let comparison = match (&before, &now) {
            (Some(Ok(before)), Some(Ok(now))) => Some(Comparison::of(lang, &before.world(), &now.world())),
            _ => None,
        };
        // Told once: the comparison has both.
        let alone = |sent: &Option<Result<Sent<'_>, String>>| match sent {
            Some(Ok(sent)) if comparison.is_none() => Some(sent.told(lang)),
            _ => None,
        };
        let (told_before, told_now) = (alone(&before), alone(&now));
        let way = |id, sent, told| way(id, sent, told);
        let old_id = older.map_or("", |older| older.scenario.id.as_str());
        let told = comparison.as_ref().map(|both| &both.right).or(told_now.as_ref());
        let fixes = match &now {
            Some(Ok(sent)) => self.mending(sent)?,
            _ => Vec::new(),
        };
        let places: Vec<Place> = [
            draft.and_then(|draft| draft.place.clone()),
            asked,
            now.as_ref().and_then(|sent| sent.as_ref().ok()).and_then(|sent| decided(lang, sent)),
            older.map(|older| older.texts.files()).transpose()?.and_then(|old| draft::first_change(&old, files)),
            told.and_then(led),
        ]
        .into_iter()
        .flatten()
        .collect();
        let shown = draft::parts(files, &scenario.model.parsed, &places);
        let parts = self.parts(files, &shown, &places, draft)?;
        let name = |at: &usize| files.get(*at).map(|file| file.name.clone()).unwrap_or_default();
        let left_out: Vec<(String, bool)> = shown.left_out.iter().map(|(at, can)| (name(at), *can)).collect();
        let input = edit::Input {
            id: &scenario.id,
            name: &scenario.name,
            probe: self.probe,
            parts: &parts,
            left_out: &left_out,
            now: way(&scenario.id, &now, told),
            before: way(old_id, &before, comparison.as_ref().map(|both| &both.left).or(told_before.as_ref())),
            older: match (self.older, older) {
                (None, _) => edit::Older::None,
                (Some(_), None) => edit::Older::Gone,
                (Some(_), Some(older)) => {
                    edit::Older::There(&older.scenario.id, &older.scenario.name, there.as_ref().map(|(_, text)| text))
                }
            },
            comparison: comparison.as_ref(),
            fixes: &fixes,
            refusal: draft.map(|draft| edit::Refusal { code: draft.error.code(), details }),
            unchanged,
        };
        Ok(edit::render(c, &input)?)
    }

    /// Changes with which the probe passes, each with the address that makes it.
    fn mending(&self, sent: &Sent<'_>) -> Result<Vec<edit::Mending>, Error> {
        let (scenario, effort) = (self.scenario, trace::Effort::default());
        let look = || trace::fixes_within(&sent.model, &sent.journey, &effort, &scenario.budget);
        let mut journey = sent.journey.clone();
        journey.outcome.fixes = self.fixes.of(&scenario.id, &sent.text, look)?.to_vec();
        let words = Say { lang: self.c.lang, model: &sent.model, id: Some(&scenario.id) }.outcome(&journey).fixes;
        let address = |at| url::replace(&url::fix(&scenario.id, &sent.text, at), "then", "edit");
        let all = words.into_iter().zip(&journey.outcome.fixes).enumerate();
        Ok(all.map(|(at, (fix, own))| edit::Mending { fix, try_it: own.patch.as_ref().map(|_| address(at)) }).collect())
    }

    /// What stands in the fields: what is stored, or what was sent.
    fn parts(
        &self,
        files: &[File],
        shown: &draft::Parts,
        places: &[Place],
        draft: Option<&Draft>,
    ) -> Result<Vec<edit::Part>, Error> {
        let mut all = Vec::new();
        for part in &shown.parts {
            let Some(file) = files.get(part.file) else { continue };
            let field = part.field();
            let own = file.text.get(part.range.clone()).unwrap_or_default();
            let text = match draft.and_then(|draft| draft.texts.get(&field)).filter(|text| *text != own) {
                // What is shown again is what would have been kept.
                Some(text) => {
                    let mut sent = [File { name: file.name.clone(), text: text.clone() }];
                    upload::redact(&mut sent, What::default(), &self.scenario.budget)?;
                    let [sent] = sent;
                    sent.text
                }
                None => own.to_owned(),
            };
            let hit = places.iter().find(|place| place.file == file.name && place.line >= part.line);
            all.push(edit::Part {
                field,
                file: file.name.clone(),
                text,
                first: part.line,
                whole: part.whole,
                hit: hit.map(|place| place.line),
            });
        }
        Ok(all)
    }
}

fn way<'a>(id: &'a str, sent: &'a Option<Result<Sent<'_>, String>>, told: Option<&'a Told>) -> Option<edit::Way<'a>> {
    match sent.as_ref()? {
        Ok(sent) => told.map(|told| edit::Way::Sent(id, &sent.text, told)),
        Err(why) => Some(edit::Way::Refused(why)),
    }
}

/// The line of the input because of which it fails.
fn decided(lang: Lang, sent: &Sent<'_>) -> Option<Place> {
    let say = Say { lang, model: &sent.model, id: None };
    let outcome = say.outcome(&sent.journey);
    outcome.because.filter(|_| !outcome.good)?.location.map(|place| place_of(&place))
}

/// The line that led it: of its first translation, else of whatever first has one.
fn led(told: &Told) -> Option<Place> {
    let events = || told.steps.iter().flat_map(|step| &step.events);
    let place = |event: &EventLine| event.because.as_ref()?.location.as_ref().map(place_of);
    events().filter(|event| event.kind == "nat").find_map(place).or_else(|| events().find_map(place))
}

fn place_of(location: &Location) -> Place {
    Place { file: location.file.to_string(), line: location.line }
}
