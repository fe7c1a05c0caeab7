//! Situations from the field: `tests/cases/*.tsv` say for an input what to ask and what has to come out.
//!
//! Columns, separated by tabs: input (files and folders below `tests/fixtures/cases`, separated by blanks) · arguments, `FILE` standing
//! for the input · what has to come out, each part after ` ; `:
//!
//! - `rc 0` the exit status
//! - `/client/result = ok` a value in the JSON that was printed, by its JSON pointer; text without quotes, else as JSON
//! - `/outcome/leansOn has listener-by-image` an array with that value, or text that contains it; `hasn't` the contrary
//! - `out has TEXT`, `err has TEXT`, `out hasn't TEXT` … standard output and standard error
//!
//! Lines that start with `#` are comments. `--format json` is added where a JSON pointer is asked for.

#![allow(clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Ran {
    status: i32,
    out: String,
    err: String,
    json: Value,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name)
}

/// Splits as a shell does, with double quotes only.
fn words(text: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted, mut some) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => (quoted, some) = (!quoted, true),
            ' ' if !quoted => {
                if some {
                    all.push(std::mem::take(&mut word));
                }
                some = false;
            }
            c => {
                word.push(c);
                some = true;
            }
        }
    }
    if some {
        all.push(word);
    }
    all
}

fn run(inputs: &str, line: &str, json: bool) -> Ran {
    let mut args = Vec::new();
    for word in words(line) {
        if word == "FILE" {
            args.extend(words(inputs));
        } else {
            args.push(word);
        }
    }
    if json && !args.iter().any(|arg| arg == "--format") {
        args.extend(["--format".to_owned(), "json".to_owned()]);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_kubehop"))
        .args(&args)
        .current_dir(folder("fixtures/cases"))
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .output()
        .expect("the binary starts");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let json = serde_json::from_str(&out).unwrap_or(Value::Null);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    Ran { status: output.status.code().unwrap_or(-1), out, err, json }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Whether one expectation holds; else what was found instead.
fn holds(ran: &Ran, wanted: &str) -> Result<(), String> {
    if let Some(status) = wanted.strip_prefix("rc ") {
        return if status == ran.status.to_string() { Ok(()) } else { Err(format!("status {}", ran.status)) };
    }
    let (what, rest) = wanted.split_once(' ').ok_or("not an expectation")?;
    let (how, value) = rest.split_once(' ').ok_or("not an expectation")?;
    let text;
    let found = match what {
        "out" => &ran.out,
        "err" => &ran.err,
        pointer if pointer.starts_with('/') => {
            let found = ran.json.pointer(pointer).cloned().unwrap_or(Value::Null);
            if let (Value::Array(all), "has" | "hasn't") = (&found, how) {
                let has = all.iter().any(|one| shown(one).contains(value));
                return if has == (how == "has") { Ok(()) } else { Err(found.to_string()) };
            }
            text = shown(&found);
            &text
        }
        _ => return Err("not an expectation".to_owned()),
    };
    let right = match how {
        "=" => found == value,
        "!=" => found != value,
        "has" => found.contains(value),
        "hasn't" => !found.contains(value),
        _ => return Err("not an expectation".to_owned()),
    };
    if right { Ok(()) } else { Err(found.chars().take(600).collect()) }
}

fn check(table: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(table).unwrap_or_else(|error| panic!("{}: {error}", table.display()));
    let mut wrong = Vec::new();
    for (number, row) in text.lines().enumerate().filter(|(_, row)| !row.is_empty() && !row.starts_with('#')) {
        let place = format!("{}:{}", table.display(), number + 1);
        let columns: Vec<&str> = row.split('\t').filter(|column| !column.is_empty()).collect();
        let [inputs, line, wanted] = columns.as_slice() else {
            wrong.push(format!("{place}: {} columns", columns.len()));
            continue;
        };
        let ran = run(inputs, line, wanted.split(" ; ").any(|one| one.starts_with('/')));
        for one in wanted.split(" ; ").map(str::trim) {
            if let Err(found) = holds(&ran, one) {
                wrong.push(format!("{place}: {inputs}: {line}\n  wanted {one}\n  found  {found}"));
            }
        }
    }
    wrong
}

#[test]
fn situations_from_the_field() {
    let mut tables: Vec<PathBuf> = std::fs::read_dir(folder("cases"))
        .expect("the folder of tables")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "tsv"))
        .collect();
    tables.sort();
    assert!(!tables.is_empty());
    let wrong: Vec<String> = tables.iter().flat_map(|table| check(table)).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
