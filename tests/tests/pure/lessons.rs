//! The lessons that come with the program, and that what is wrong with one is told.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use web::gallery;
use web::glossary::Glossary;
use web::lessons::{Course, Fault, Lesson, Moment, Value, check, check_course, solve};
use web::locale::Lang;

#[test]
fn lessons_that_come_with_the_program_are_sound() {
    assert_eq!(Course::builtin_faults(), []);
    let course = Course::builtin();
    let mut faults = check_course(course);
    for lesson in course.lessons() {
        faults.extend(
            check(lesson).into_iter().map(|fault| Fault::at(format!("{}: {}", lesson.slug, fault.place), fault.what)),
        );
    }
    assert_eq!(faults, []);
}

#[test]
fn each_comes_behind_what_it_builds_on() {
    let course = Course::builtin();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for lesson in course.lessons() {
        let later: Vec<&String> = lesson.after.iter().filter(|slug| !seen.contains(slug.as_str())).collect();
        assert_eq!(later, Vec::<&String>::new(), "{}", lesson.slug);
        seen.insert(&lesson.slug);
    }
}

/// The statements of the study notes: which lesson or ready scenario shows each, and where.
const NOTES: &str = include_str!("../../lessons/notes.tsv");
/// Statements that nothing shows yet.
const OPEN: usize = 0;

#[test]
fn every_statement_of_the_notes_has_its_place() {
    let course = Course::builtin();
    let mut rows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let (mut ids, mut open) = (BTreeSet::new(), 0);
    for line in NOTES.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, place, how] = cells[..] else { panic!("{line}") };
        assert!(ids.insert(id) && !how.is_empty(), "{line}");
        match place.split_once(':') {
            Some(("lesson", slug)) => {
                let lesson = course.find(slug).unwrap_or_else(|| panic!("{line}"));
                let word = |step: &str| how.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == step);
                assert!(lesson.steps.iter().any(|step| word(&step.id)), "no step of {slug}: {line}");
                rows.entry(slug).or_default().insert(id);
            }
            Some(("ready", id)) => assert!(gallery::find(id).is_some(), "{line}"),
            Some(("glossary", term)) => assert!(Glossary::of(Lang::En).find(term).is_some(), "{line}"),
            _ => {
                assert_eq!(place, "open", "{line}");
                open += 1;
            }
        }
    }
    assert_eq!((ids.len(), open), (150, OPEN));
    for lesson in course.lessons() {
        let own: BTreeSet<&str> = lesson.rows.iter().map(String::as_str).collect();
        assert_eq!(own, rows.remove(lesson.slug.as_str()).unwrap_or_default(), "{}", lesson.slug);
    }
}

#[test]
fn every_fact_that_is_often_taught_wrongly_is_put_right() {
    let taught: BTreeSet<u32> =
        Course::builtin().lessons().iter().flat_map(|lesson| lesson.mistaught.clone()).collect();
    assert_eq!(taught, (1..=18).collect());
}

const PODS: &str = "\
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: sh, image: busybox}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: wbe}
  ports: [{port: 80}]
";
const INDEX: &str = "\
part: faults
probe: {from: pod/default/client, to: 'svc/default/web:80'}
steps:
  - {id: look, kind: observe, at: first drop}
  - {id: guess, kind: predict, until: start, at: end, right: result, wrong: {late: result timeout, fine: result ok}}
  - {id: why, kind: explain, at: first drop, right: empty, wrong: [gone]}
  - {id: other, kind: compare, with: {proxy: nftables}, at: first drop, differs: rule at first drop}
  - id: mend
    kind: fix
    file: pods.yaml
    changes: {label: {replace: 'app: wbe', by: 'app: web'}, port: {replace: 'port: 80', by: 'port: 81'}}
    solution: [label]
    goal: [{probe: {from: pod/default/client, to: 'svc/default/web:80'}, holds: [result = result ok]}]
    hints: 1
commands: [{on: pod/default/client, what: route}]
";
const WORDS: &str = "\
title = T
about = A
recap = R
look = L
guess = G
    .late = l
    .fine = f
    .after = a
why = W
    .empty = e
    .gone = g
    .gone-why = w
    .after = a
other = O
    .after = a
mend = M
    .label = l
    .port = p
    .hint-1 = h
    .after = a
";

/// The lesson with a part of a file replaced.
fn changed(file: &str, from: &str, to: &str) -> Result<Lesson, Vec<Fault>> {
    let files = [("lesson.yaml", INDEX), ("pods.yaml", PODS), ("en.ftl", WORDS), ("ko.ftl", WORDS)];
    let change = |(name, text): (&str, &str)| {
        assert!(name != file || text.contains(from), "{from}");
        (name.to_owned(), if name == file { text.replacen(from, to, 1) } else { text.to_owned() })
    };
    Lesson::read("mine", &files.map(change))
}

#[test]
fn a_lesson_of_all_kinds_is_sound() {
    let lesson = changed("en.ftl", "title = T", "title = T").unwrap();
    assert_eq!(check(&lesson), []);
    let solved = solve(&lesson);
    assert_eq!((solved.len(), solved[0].lines), (1, 1));
}

#[test]
fn what_is_wrong_with_a_lesson_is_told() {
    let long = format!("look = {}", "word ".repeat(61));
    let cases = [
        ("lesson.yaml", "at: first drop}", "at: first encap}", "there is no such moment"),
        ("lesson.yaml", "right: result,", "right: source at first encap,", "there is no such value"),
        ("lesson.yaml", "late: result timeout", "late: result refused", "two answers are the same"),
        ("lesson.yaml", "id: why", "id: look", "there is another step of that name"),
        ("lesson.yaml", "differs: rule at first drop", "differs: result", "it does not differ"),
        ("lesson.yaml", "with: {proxy: nftables}", "with: {proxy: nonsense}", "nobody can send it in the other world"),
        ("lesson.yaml", "solution: [label]", "solution: [port]", "the solution does not reach the goal"),
        (
            "lesson.yaml",
            "holds: [result = result ok]",
            "holds: [result = result refused]",
            "the start already reaches the goal",
        ),
        ("lesson.yaml", "replace: 'app: wbe'", "replace: 'app: xyz'", "the change label fits nowhere"),
        (
            "lesson.yaml",
            "by: 'port: 81'",
            "by: 'port: 80, name: http, app: wbe'",
            "the change port writes what the change label replaces",
        ),
        ("lesson.yaml", "hints: 1", "hints: 0", "there is no hint"),
        ("lesson.yaml", "what: route", "what: ipset", "prints nothing"),
        ("lesson.yaml", "what: route", "what: nothing", "there is no \"nothing\" to print, only addr, link"),
        ("lesson.yaml", "right: empty, wrong: [gone]", "order: [empty, gone]", "2 things to order, where 3 to 6 are"),
        (
            "lesson.yaml",
            "at: first drop}",
            "at: first drop, points: [number 1]}",
            "no part of the picture has that value",
        ),
        ("lesson.yaml", "  - {id: look, kind: observe, at: first drop}\n", "", "4 steps"),
        ("lesson.yaml", "at: first drop}", "at: first drop, holds: [number 1 = number 2]}", "it does not hold"),
        ("lesson.yaml", "from: pod/default/client,", "from: pod/default/nosuch,", "nobody can send"),
        ("ko.ftl", "look = L\n", "", "it is missing"),
        ("ko.ftl", "look = L", "look = L\nelse = E", "nothing shows it"),
        ("en.ftl", "look = L", "look = { $nothing }", "nothing"),
        ("en.ftl", "look = L", &long, "61 words"),
    ];
    for (file, from, to, told) in cases {
        let lesson = changed(file, from, to).unwrap_or_else(|faults| panic!("{to}: {faults:?}"));
        let faults = check(&lesson);
        assert!(faults.iter().any(|fault| fault.to_string().contains(told)), "{told}: {faults:?}");
    }
}

#[test]
fn what_cannot_be_read_of_a_lesson_is_told_with_its_place() {
    let cases = [
        ("lesson.yaml", "kind: observe", "kind: dance", "look: \"dance\" is no kind"),
        ("lesson.yaml", "at: first drop}", "when: never}", "unknown field `when`"),
        ("lesson.yaml", "at: first drop}", "at: someday}", "look: \"someday\" is no moment"),
        ("lesson.yaml", "right: result,", "right: nonsense,", "guess: \"nonsense\" is no value"),
        ("lesson.yaml", "file: pods.yaml", "file: else.yaml", "mend: there is no file"),
        ("lesson.yaml", "part: faults", "part: cooking", "unknown variant"),
        ("en.ftl", "title = T", "title =", "en.ftl"),
    ];
    for (file, from, to, told) in cases {
        let faults = changed(file, from, to).expect_err(to);
        assert!(faults.iter().any(|fault| fault.to_string().contains(told)), "{told}: {faults:?}");
    }
}

#[test]
fn lessons_that_build_on_themselves_are_told_and_lose_nothing() {
    let folder = |slug: &str, after: &str| {
        let index = format!("after: [{after}]\n{INDEX}");
        let files = [("lesson.yaml", index.as_str()), ("pods.yaml", PODS), ("en.ftl", WORDS), ("ko.ftl", WORDS)];
        (slug.to_owned(), files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec())
    };
    let (course, faults) = Course::read(&[folder("one", "two"), folder("two", "one"), folder("three", "four")]);
    assert_eq!((course.lessons().len(), faults), (3, Vec::new()));
    let told: Vec<String> = check_course(&course).iter().map(ToString::to_string).collect();
    assert_eq!(told.iter().filter(|line| line.ends_with("it builds on itself")).count(), 2, "{told:?}");
    assert!(told.iter().any(|line| line == "three: it builds on four, which is not there"), "{told:?}");
}

proptest! {
    #[test]
    fn queries_of_any_text_are_read_or_refused(text in "[a-z ]{0,40}|(first|last|source|ttl|at|of|in|before|address|server|result|number| ){0,12}") {
        if let Ok(moment) = Moment::read(&text) {
            prop_assert_eq!(Moment::read(&text.split_whitespace().collect::<Vec<_>>().join(" ")), Ok(moment));
        }
        if let Ok(value) = Value::read(&text) {
            prop_assert_eq!(Value::read(&text.split_whitespace().collect::<Vec<_>>().join(" ")), Ok(value));
        }
    }
}
