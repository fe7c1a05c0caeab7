//! `kubehop lessons`: what there is, what is wrong with it, and its solutions, played.

use super::arguments::{Common, Format, Lessons, LessonsDo};
use super::failure::Failure;
use super::output::{pretty, print};
use crate::lessons;
use serde_json::{Value, json};
use std::fmt::Write as _;
use web::lessons::{Course, Fault, Lesson, check, check_course, solve};
use web::locale;

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
    }
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
