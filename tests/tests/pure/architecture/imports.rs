//! Which modules of a crate import which, read from its sources.

use super::{lines_outside_tests, sources, workspace};
use std::collections::{BTreeMap, BTreeSet};

/// The modules of a crate with what each imports from the crate: a file `a/b.rs` is the module `a::b`, the crate's root has no name.
pub(super) fn modules(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let root = workspace().join(folder);
    let mut texts = BTreeMap::new();
    for path in sources(folder, &["rs"]) {
        let inside = path.strip_prefix(&root).expect("below the folder").with_extension("");
        let mut parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if parts.iter().any(|part| part == "tests" || part.starts_with("tests_")) {
            continue;
        }
        parts.pop_if(|last| last == "mod" || last == "lib");
        let code: Vec<String> = lines_outside_tests(&path).into_iter().map(|(_, line)| line).collect();
        let bare = |line: &String| line.split("//").next().unwrap_or_default().to_owned() + " ";
        texts.insert(parts.join("::"), code.iter().map(bare).collect::<String>());
    }
    let import = |module: &String, text: &String| {
        let paths = imported(text).into_iter().filter_map(|path| home(&texts, module, &path));
        (module.clone(), paths.filter(|to| to != module).collect())
    };
    texts.iter().map(|(module, text)| import(module, text)).collect()
}

/// Every path that a text imports, and every one in it that begins with `crate` or `super`.
fn imported(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (at, _) in text.match_indices("use ") {
        let before = text[..at].trim_end();
        if before.is_empty() || before.ends_with([';', '}', '{', ')', ']']) || before.ends_with("pub") {
            let tree = text[at + 4..].split(';').next().unwrap_or_default();
            flatten(&[], tree.trim(), &mut paths);
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let path = text[at..].split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next();
            let path: Vec<String> = path.unwrap_or_default().split("::").map(str::to_owned).collect();
            // What begins a group is read with its import.
            if path.last().is_some_and(|last| !last.is_empty()) {
                paths.push(path);
            }
        }
    }
    paths
}

/// A tree of imports as paths.
fn flatten(before: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let (path, group) = tree.split_once('{').map_or((tree, None), |(path, group)| (path, Some(group)));
    let mut parts = before.to_vec();
    parts.extend(path.split("::").map(|part| part.split(" as ").next().unwrap_or_default().trim().to_owned()));
    parts.retain(|part| !part.is_empty());
    let Some(group) = group else { return paths.push(parts) };
    let (mut depth, mut from) = (0, 0);
    let inside = group.trim_end().strip_suffix('}').unwrap_or(group);
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[from..at].trim().is_empty() {
                    flatten(&parts, inside[from..at].trim(), paths);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// The module that a path leads into, seen from `module`.
fn home(texts: &BTreeMap<String, String>, module: &str, path: &[String]) -> Option<String> {
    let mut at: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut rest = path.iter().map(String::as_str).peekable();
    match *rest.peek()? {
        "crate" => at.clear(),
        "self" | "super" => {}
        // A child of this module, else another crate.
        child => {
            let below = at.iter().copied().chain([child]).collect::<Vec<_>>().join("::");
            texts.get(&below)?;
        }
    }
    while let Some(step) = rest.next_if(|part| matches!(*part, "crate" | "self" | "super")) {
        if step == "super" {
            at.pop();
        }
    }
    at.extend(rest);
    (0..=at.len()).rev().map(|end| at[..end].join("::")).find(|module| texts.contains_key(module))
}

#[test]
fn imports_are_read() {
    let paths = |text: &str| imported(text).iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(
        paths("mod a; use a::{self, b::{C, D as E}}; pub(crate) use super::f; fn g() { crate::h::i() }"),
        ["a::self", "a::b::C", "a::b::D", "super::f", "crate::h::i", "super::f"]
    );
    let kernel = modules("sim-core/kernel/src");
    assert!(kernel["step::drive"].contains("step::stages"), "{:?}", kernel["step::drive"]);
    assert!(kernel["netfilter::nft::value"].contains("lookup::route"));
}
