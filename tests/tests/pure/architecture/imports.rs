//! Which modules of a crate import which, read from its sources.

use super::{lines_outside_tests, sources, workspace};
use std::collections::{BTreeMap, BTreeSet};

/// The modules of a crate with what each imports from the crate: a file `a/b.rs` is the module `a::b`, the crate's root has no name.
/// A name that a module only hands on is imported from where it is defined, and to hand it on is no import.
pub(super) fn modules(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let root = workspace().join(folder);
    let mut texts = BTreeMap::new();
    for path in sources(folder, &["rs"]) {
        let inside = path.strip_prefix(&root).expect("below the folder").with_extension("");
        let mut parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let is_tests = |part: &String| part == "tests" || part.starts_with("tests_");
        if parts.iter().any(is_tests) {
            continue;
        }
        parts.pop_if(|last| last == "mod" || last == "lib");
        let code: Vec<String> = lines_outside_tests(&path).into_iter().map(|(_, line)| line).collect();
        let bare = |line: &String| line.split("//").next().unwrap_or_default().to_owned() + " ";
        // Who may see something is no import.
        texts.insert(parts.join("::"), code.iter().map(bare).collect::<String>().replace("(in crate::", "(in "));
    }
    let import = |module: &String, text: &String| {
        let own = imported(text).into_iter();
        let paths = own.filter(|path| !only_handed_on(text, path)).filter_map(|path| home(&texts, module, &path));
        (module.clone(), paths.filter(|to| to != module).collect())
    };
    texts.iter().map(|(module, text)| import(module, text)).collect()
}

/// How often a word stands in a text.
fn count(text: &str, word: &str) -> usize {
    let edge = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
    let whole = |at: usize| edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next());
    text.match_indices(word).filter(|(at, _)| whole(*at)).count()
}

/// What a module imports for others only: `pub use`, and the name stands nowhere else.
fn only_handed_on(text: &str, path: &[String]) -> bool {
    let name = path.last().map_or("", String::as_str);
    handed_on(text).iter().any(|other| other == path) && (name == "*" || count(text, name) <= 1)
}

/// Every path of a `pub use`.
fn handed_on(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (at, _) in text.match_indices("use ") {
        let before = text[..at].trim_end();
        let word = before.rsplit([';', '}', '{', ']']).next().unwrap_or_default().trim();
        if word.starts_with("pub") && !word.contains(" fn ") && count(word, "use") == 0 {
            let tree = text[at + 4..].split(';').next().unwrap_or_default();
            flatten(&[], tree.trim(), &mut paths);
        }
    }
    paths
}

/// True where a text defines an item of that name.
fn defines(text: &str, name: &str) -> bool {
    let kinds = ["struct", "enum", "fn", "const", "static", "trait", "type", "macro_rules!"];
    kinds.iter().any(|kind| {
        let words = format!("{kind} {name}");
        text.match_indices(&words).any(|(at, _)| {
            let next = text[at + words.len()..].chars().next();
            next.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
        })
    })
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
    followed(texts, module, path, 0)
}

fn followed(texts: &BTreeMap<String, String>, module: &str, path: &[String], depth: usize) -> Option<String> {
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
    let end = (0..=at.len()).rev().find(|end| texts.contains_key(&at[..*end].join("::")))?;
    let found = at[..end].join("::");
    let Some(name) = at.get(end).filter(|_| depth < 8) else {
        // The module itself, by which names of it are used.
        return Some(found);
    };
    let text = texts.get(&found)?;
    if defines(text, name) {
        return Some(found);
    }
    let on = handed_on(text);
    let exact = on.iter().find(|path| path.last().is_some_and(|last| last == name));
    let there = exact.and_then(|path| followed(texts, &found, path, depth + 1));
    let by_glob = || {
        let globs = on.iter().filter(|path| path.last().is_some_and(|last| last == "*"));
        globs
            .filter_map(|path| {
                let mut path = path.clone();
                path.pop();
                path.push((*name).to_owned());
                let to = followed(texts, &found, &path, depth + 1)?;
                defines(texts.get(&to)?, name).then_some(to)
            })
            .next()
    };
    there.or_else(by_glob).or(Some(found))
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
