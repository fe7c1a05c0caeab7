//! `kubehop lessons`: what there is, what is wrong with it, and its solutions, played.

use super::arguments::{Format, Lessons, LessonsDo, Trace};
use super::common::Common;
use super::failure::Failure;
use super::output::{pretty, print};
use super::probe::probe_text;
use super::share::redacted;
use crate::answer;
use crate::fragment::{Link, Packed};
use crate::lessons;
use kubernetes::manifest::SourceText;
use serde_json::{Value, json};
use sim_core::model::Model;
use sim_core::trace::{self, Journey};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use web::lessons::{Asked, Course, Fault, INDEX, Lesson, World, Written, check, check_course, file_names, solve};
use web::locale;
use web::timeline::time_text;

/// Ways of a probe that are counted at most, as lessons do.
const WAYS: usize = 64;

pub(super) fn lessons(command: &Lessons) -> Result<(), Failure> {
    let lang = Common::language_of(command.lang);
    let (course, faults) = match &command.folder {
        None => (Course::builtin().clone(), Course::builtin_faults().to_vec()),
        Some(folder) => lessons::read(folder).map_err(|error| {
            let args = [("name", folder.display().to_string().into()), ("error", error.to_string().into())];
            Failure::Usage(locale::ta(lang, "cli-lessons-folder", &args))
        })?,
    };
    if course.lessons().is_empty() && faults.is_empty() {
        return Err(Failure::Usage(locale::t(lang, "cli-lessons-none")));
    }
    match command.what {
        LessonsDo::List => list(command, &course),
        LessonsDo::Check => checked(command, &course, faults),
        LessonsDo::Solve => solved(command, &course, faults),
        LessonsDo::Link => linked(command),
    }
}

/// A link that carries a lesson, as `POST /lessons` reads it.
fn linked(command: &Lessons) -> Result<(), Failure> {
    let lang = Common::language_of(command.lang);
    let usage = |key: &str| Failure::Usage(locale::t(lang, key));
    let folder = command.folder.as_deref().ok_or_else(|| usage("cli-lessons-link-one"))?;
    if !folder.join(INDEX).is_file() {
        return Err(usage("cli-lessons-link-one"));
    }
    let mut faults = Vec::new();
    let files = lessons::files(folder, &mut faults).map_err(|error| Failure::Usage(error.to_string()))?;
    if let Some(fault) = faults.first() {
        return Err(Failure::Usage(fault.to_string()));
    }
    // As every link: nothing that is nobody's business.
    let texts: Vec<SourceText> =
        files.iter().map(|(name, text)| SourceText::given(name.as_str(), text.as_str())).collect();
    let (files, count) = redacted(&texts, false);
    let link = Link { packed: Packed { files, comments: false }, below: String::new() };
    let fragment = link.write().map_err(|error| Failure::Usage(answer::link_error(lang, error)))?;
    let server = command.public_url.trim_end_matches('/');
    print(&format!("{server}/lessons#{fragment}\n"))?;
    eprintln!("{}", locale::ta(lang, "cli-redacted", &[("count", count.into())]));
    Ok(())
}

fn list(command: &Lessons, course: &Course) -> Result<(), Failure> {
    let lang = Common::language_of(command.lang);
    let title = |lesson: &Lesson| lesson.word(lang, "title");
    match command.format {
        Format::Json => {
            let one = |lesson: &Lesson| {
                json!({ "slug": lesson.slug, "part": lesson.part.code(), "title": title(lesson), "about": lesson.word(lang, "about"),
                    "after": lesson.after, "steps": lesson.steps.len() })
            };
            let all: Vec<Value> = course.lessons().iter().map(|lesson| one(lesson)).collect();
            Ok(print(&pretty(&json!({ "schema": "kubehop.lessons/1", "lessons": all })))?)
        }
        Format::Text => {
            let mut out = String::new();
            let mut part = None;
            for lesson in course.lessons() {
                if part != Some(lesson.part) {
                    part = Some(lesson.part);
                    let _ = writeln!(out, "{}", locale::t(lang, &format!("lesson-part-{}", lesson.part.code())));
                }
                let _ = writeln!(out, "  {:<24} {}", lesson.slug, title(lesson));
            }
            Ok(print(&out)?)
        }
    }
}

fn told(fault: &Fault) -> Value {
    json!({ "place": fault.place, "what": fault.what })
}

fn checked(command: &Lessons, course: &Course, mut faults: Vec<Fault>) -> Result<(), Failure> {
    let lang = Common::language_of(command.lang);
    // Beside those that come with the program, which it may build on.
    let all = Course::builtin().with(course);
    faults.extend(check_course(&all).into_iter().filter(|fault| course.find(&fault.place).is_some()));
    for lesson in course.lessons() {
        let own = check(lesson).into_iter();
        faults.extend(own.map(|fault| Fault::at(format!("{}/{}", lesson.slug, fault.place), fault.what)));
    }
    match command.format {
        Format::Json => {
            let all: Vec<Value> = faults.iter().map(told).collect();
            print(&pretty(
                &json!({ "schema": "kubehop.lessons-check/1", "lessons": course.lessons().len(), "faults": all }),
            ))?;
        }
        Format::Text => {
            let mut out = String::new();
            for fault in &faults {
                let _ = writeln!(out, "{fault}");
            }
            let args = [("lessons", course.lessons().len().into()), ("faults", faults.len().into())];
            let _ = writeln!(out, "{}", locale::ta(lang, "cli-lessons-checked", &args));
            print(&out)?;
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Result) }
}

fn solved(command: &Lessons, course: &Course, faults: Vec<Fault>) -> Result<(), Failure> {
    let lang = Common::language_of(command.lang);
    let mut good = faults.is_empty();
    let mut out: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
    let mut all = Vec::new();
    for lesson in course.lessons() {
        for played in solve(lesson) {
            let done = played.is_needed && played.is_solved;
            good &= done;
            let key = match (played.is_needed, played.is_solved) {
                (true, true) => "cli-lessons-solved",
                (true, false) => "cli-lessons-unsolved",
                (false, _) => "cli-lessons-needless",
            };
            let place = format!("{}/{}", lesson.slug, played.step);
            let args = [("place", place.as_str().into()), ("lines", played.lines.into())];
            let _ = writeln!(out, "{}", locale::ta(lang, key, &args));
            all.push(json!({ "lesson": lesson.slug, "step": played.step, "needed": played.is_needed, "solved": played.is_solved,
                "lines": played.lines }));
        }
    }
    match command.format {
        Format::Json => print(&pretty(&json!({ "schema": "kubehop.lessons-solve/1", "tasks": all })))?,
        Format::Text => print(&out)?,
    }
    if good { Ok(()) } else { Err(Failure::Result) }
}

/// Writes a lesson that asks what happens in a trace into a folder that is new, or empty.
pub(super) fn write(command: &Trace, folder: &Path, model: &Model, journey: &Journey) -> Result<(), Failure> {
    let common = &command.common;
    let lang = common.language();
    let failed = |what: &Path, error: &std::io::Error| {
        let args = [("name", what.display().to_string().into()), ("error", error.to_string().into())];
        Failure::Usage(locale::ta(lang, "cli-lessons-folder", &args))
    };
    if common.kubernetes_version.is_some() || common.bridge_nf.is_some() {
        return Err(Failure::Usage(locale::t(lang, "cli-lesson-option")));
    }
    let world = World {
        cni: common.cni.map(|cni| cni.name().to_owned()),
        proxy: common.proxy_mode.clone(),
        docker: common.docker_version.map(|engine| engine.name().to_owned()),
        firewall_backend: common.firewall_backend.map(|backend| backend.name().to_owned()),
        t: common.at.map(time_text),
    };
    let probe = probe_text(common, &command.from, &command.to, &command.probe);
    let ways = trace::branches(model, &journey.probe, WAYS).journeys.len();
    let asked = Asked { model, journey, ways };
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let written = Written { asked, probe: &probe, world: &world, name: &name };
    let mut files = written.files(true).ok_or_else(|| Failure::Usage(locale::t(lang, "predict-none")))?;
    files.extend(file_names(&model.parsed.sources));
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    if fs::read_dir(folder).map_err(|error| failed(folder, &error))?.next().is_some() {
        return Err(Failure::Usage(locale::ta(
            lang,
            "cli-lesson-full",
            &[("name", folder.display().to_string().into())],
        )));
    }
    for (name, text) in &files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
        }
        fs::write(&path, text).map_err(|error| failed(&path, &error))?;
    }
    eprintln!("{}", locale::ta(lang, "cli-lesson-written", &[("name", folder.display().to_string().into())]));
    Ok(())
}
