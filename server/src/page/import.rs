//! `POST /lessons`: a lesson that somebody brings, as an archive, as files or in a link, is kept like an upload and opened.

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::fragment::Link;
use crate::gather::Problem;
use crate::gather::archive::{self, Bounds, Content};
use crate::lessons;
use crate::limits;
use crate::page::upload;
use crate::state::AppState;
use crate::store::{File, Stored};
use crate::upload::given;
use crate::visitor::Visitor;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use kubernetes::budget::Budget;
use kubernetes::manifest::{Role, SourceText};
use kubernetes::redact::What;
use std::sync::Arc;
use web::lessons::check_written;
use web::locale::Lang;
use web::{locale, url};

/// Bounds on an archive.
const BOUNDS: Bounds = Bounds { entries: 2_000, bytes: 16 << 20 };
/// Files of a form at most.
const FILES: usize = 200;
/// Faults that are told at most.
const FAULTS: usize = 20;

/// The answer: on to its first step, or what is wrong with it.
pub async fn page(
    State(state): State<Arc<AppState>>,
    visitor: Visitor,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let answer = match form {
        Ok(form) => onward(&state, &visitor, form).await,
        Err(rejection) => Err(Error::Form(rejection.body_text())),
    };
    answer::page(&visitor, answer)
}

async fn onward(state: &AppState, visitor: &Visitor, mut form: Multipart) -> Answer {
    let mut brought: Vec<(String, Vec<u8>)> = Vec::new();
    let mut link = None;
    let too_large = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge { limit: limits::IMPORT, size: None },
        _ => Error::Form(error.body_text()),
    };
    while let Some(field) = form.next_field().await.map_err(too_large)? {
        let (is_link, name) = (field.name() == Some("link"), field.file_name().unwrap_or_default().to_owned());
        let bytes = field.bytes().await.map_err(too_large)?;
        match is_link {
            true => link = Some(String::from_utf8_lossy(&bytes).into_owned()),
            false if bytes.is_empty() => {}
            false if brought.len() >= FILES => {
                return Err(Error::TooManyFiles { limit: FILES, count: brought.len() + 1 });
            }
            false => brought.push((name, bytes.to_vec())),
        }
    }
    let lang = visitor.chrome.lang;
    let work = move |budget: &Budget| {
        let files = match link.filter(|link| !link.is_empty()) {
            Some(link) => Link::read(&link)?.packed.files,
            None => unpacked(brought)?,
        };
        lesson(lang, files, budget)
    };
    let stored = state.pool.run_within(work).await??;
    let id = state.store.put(&stored, upload::kept(state, &upload::owner(), "")).await?;
    Ok(answer::see_other(&url::stored_lesson(&id), visitor))
}

/// Files by themselves, and those of archives.
fn unpacked(brought: Vec<(String, Vec<u8>)>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    let mut take = |name: String, bytes: &[u8]| {
        let text = SourceText::decode(name.as_str(), bytes, Role::Given).text.to_string();
        files.push(File { name, text });
    };
    for (name, bytes) in brought {
        match archive::unpack(&name, &bytes, archive::form(&name, &bytes), BOUNDS) {
            Ok(Content::Text(bytes)) => take(name, &bytes),
            Ok(Content::Files(inside)) => inside.iter().for_each(|(name, bytes)| take(name.clone(), bytes)),
            Err(error) => return Err(Error::Input(Problem::Archive { file: name, error })),
        }
    }
    Ok(files)
}

/// What is kept of a lesson, if it can be read.
fn lesson(lang: Lang, files: Vec<File>, budget: &Budget) -> Result<Stored, Error> {
    let none = || Error::Lesson(vec![locale::t(lang, "lesson-import-none")]);
    if files.is_empty() {
        return Err(Error::NoInput);
    }
    let files = lessons::brought(files);
    if files.is_empty() {
        return Err(none());
    }
    if files.len() > lessons::FILES {
        return Err(Error::TooManyFiles { limit: lessons::FILES, count: files.len() });
    }
    let mut files = given(files, limits::IMPORT)?.files;
    // Before anything is stored or shown.
    let redacted = upload::redact(&mut files, What { comments: false }, budget)?;
    let faults = match lessons::read_files(&files) {
        Ok(lesson) => check_written(&lesson),
        Err(faults) => faults,
    };
    if !faults.is_empty() {
        let told = faults.iter().take(FAULTS).map(ToString::to_string);
        return Err(Error::Lesson(told.collect()));
    }
    let lesson = lessons::read_files(&files).map_err(|_| none())?;
    let name = lesson.word(lang, "title");
    Ok(Stored::of(&name, &files, redacted)?)
}
