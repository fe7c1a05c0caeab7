//! `kubehop lessons`: what it prints, and its exit status.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn kubehop(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubehop")).arg("lessons").args(args).output().expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(args: &[&str]) -> Value {
    let all: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    serde_json::from_slice(&kubehop(&all).stdout).expect("JSON")
}

#[test]
fn those_that_come_with_the_program_are_listed_checked_and_solved() {
    let listed = json(&["list", "--lang", "ko"]);
    let lessons = listed["lessons"].as_array().unwrap();
    assert!(lessons.len() >= 34, "{}", lessons.len());
    let one = lessons.iter().find(|lesson| lesson["slug"] == "same-node").unwrap();
    assert_eq!((one["part"].as_str(), one["title"].as_str()), (Some("pods"), Some("한 노드의 두 파드")));
    assert!(said(&kubehop(&["list", "--lang", "en"])).contains("  same-node                Two Pods on one node\n"));
    let checked = json(&["check"]);
    assert_eq!(
        (checked["lessons"].as_u64(), checked["faults"].as_array().map(Vec::len)),
        (Some(lessons.len() as u64), Some(0))
    );
    let solved = json(&["solve"]);
    let tasks = solved["tasks"].as_array().unwrap();
    assert!(tasks.len() >= 20 && tasks.iter().all(|task| task["needed"] == true && task["solved"] == true), "{solved}");
}

#[test]
fn a_folder_of_ones_own_is_told_what_is_wrong() {
    let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons-of-ones-own");
    let _ = fs::remove_dir_all(&own);
    fs::create_dir_all(&own).unwrap();
    let (lesson, at) = (own.join("mine"), own.to_str().unwrap());
    let ready = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/lessons/same-node");
    assert_eq!(kubehop(&["check", at]).status.code(), Some(2), "no lesson at all");
    fs::create_dir(&lesson).unwrap();
    for file in fs::read_dir(ready).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), lesson.join(file.file_name())).unwrap();
    }
    let good = kubehop(&["check", at, "--lang", "en"]);
    assert_eq!((said(&good).as_str(), good.status.code()), ("1 lesson checked, 0 faults\n", Some(0)));
    let index = fs::read_to_string(lesson.join("lesson.yaml")).unwrap();
    fs::write(
        lesson.join("lesson.yaml"),
        index.replace("wrong:\n      one: number 63", "wrong:\n      one: number 64"),
    )
    .unwrap();
    let stale = kubehop(&["check", at, "--lang", "en"]);
    assert_eq!(stale.status.code(), Some(1));
    assert!(said(&stale).contains("mine/ttl: two answers are the same"), "{}", said(&stale));
    fs::write(lesson.join("lesson.yaml"), "part: [").unwrap();
    let broken = kubehop(&["check", lesson.to_str().unwrap(), "--lang", "en"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(said(&broken).starts_with("mine/lesson.yaml: "), "{}", said(&broken));
    assert_eq!(kubehop(&["check", "/nonexistent"]).status.code(), Some(2));
}
