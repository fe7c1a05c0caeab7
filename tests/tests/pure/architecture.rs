//! The invariants that ARCHITECTURE.md states, held against the source text.

mod imports;

use imports::modules;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lives in the workspace").to_path_buf()
}

/// All files below `folder` with one of `endings`, sorted.
fn sources(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![workspace().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("readable folder").path();
            if path.is_dir() {
                let name = path.file_name().expect("named").to_string_lossy().into_owned();
                if name != "node_modules" && name != "target" {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| path.extension().is_some_and(|have| have == *ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} has no sources: the check looks at nothing");
    found
}

/// Lines that are code or documentation of non-test code: everything before a `mod tests` block, without modules that are tests in files of
/// their own.
fn lines_outside_tests(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = Vec::new();
    let mut all = text.lines().enumerate().peekable();
    while let Some((index, line)) = all.next() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            match all.peek() {
                Some((_, next)) if next.trim_end().ends_with('{') => break,
                _ => {
                    all.next();
                    continue;
                }
            }
        }
        lines.push((index + 1, line.to_owned()));
    }
    lines
}

/// True when `word` stands in `line` with no letter before or after it.
fn has_word(line: &str, word: &str) -> bool {
    let lower = line.to_lowercase();
    lower.match_indices(word).any(|(at, _)| {
        let before = lower[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphabetic());
        let after = lower[at + word.len()..].chars().next().is_some_and(|c| c.is_ascii_alphabetic() && c != 's');
        !before && !after
    })
}

/// No line of the sources below `folder` has one of `words`.
fn check(folder: &str, words: &[&str], why: &str) {
    let mut hits = Vec::new();
    for path in sources(folder, &["rs"]) {
        // Test modules in files of their own are tests too.
        if path.file_stem().is_some_and(|stem| stem == "tests")
            || path.components().any(|part| part.as_os_str() == "tests")
        {
            continue;
        }
        for (number, line) in lines_outside_tests(&path) {
            // A target of the kernel's own, older than the Service it sounds like.
            if line.trim() == "\"CLUSTERIP\"," {
                continue;
            }
            for word in words {
                if has_word(&line, word) {
                    hits.push(format!("{}:{number}: `{word}` in: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(hits.is_empty(), "{why}\n{}", hits.join("\n"));
}

#[test]
fn the_kernel_knows_no_kubernetes_word() {
    let words = ["kubernetes", "kube", "kubelet", "pod", "clusterip", "nodeport", "endpoint", "endpoints", "k8s"];
    check("sim-core/kernel/src", &words, "the kernel crate knows no Kubernetes word");
}

#[test]
fn sim_core_does_no_io_and_knows_no_clock() {
    let words = [
        "std::fs",
        "std::io",
        "std::env",
        "std::process",
        "std::thread",
        "systemtime",
        "instant::now",
        "println!",
        "eprintln!",
        "tokio",
        "axum",
        "askama",
    ];
    for folder in ["sim-core/src", "sim-core/kubernetes/src", "sim-core/kernel/src"] {
        check(folder, &words, "`sim-core` is pure: no I/O, no clock, no web");
    }
}

#[test]
fn web_does_no_io() {
    let words =
        ["std::fs", "std::env", "std::net::tcp", "tokio", "axum", "sqlx", "println!", "systemtime", "instant::now"];
    check("web/src", &words, "`web` does no I/O");
}

#[test]
fn dependencies_point_one_way() {
    let manifest = |name: &str| fs::read_to_string(workspace().join(name).join("Cargo.toml")).expect("manifest");
    let names = |text: &str, other: &str| text.lines().any(|line| line.starts_with(&format!("{other}.")));
    for (from, to) in [
        ("sim-core/kernel", "kubernetes"),
        ("sim-core/kernel", "sim-core"),
        ("sim-core/kernel", "web"),
        ("sim-core/kubernetes", "sim-core"),
        ("sim-core/kubernetes", "web"),
        ("sim-core", "web"),
        ("sim-core", "server"),
        ("web", "server"),
        ("server", "tests"),
    ] {
        assert!(!names(&manifest(from), to), "{from} must not depend on {to}");
    }
}

/// The modules of a crate, from the top floor down, are imported from above only.
fn arrows_run_down(folder: &str, floors: &[&str]) {
    let floor = |module: &str| {
        let top = module.split("::").next().unwrap_or_default();
        let floor = floors.iter().position(|name| *name == top);
        floor.unwrap_or_else(|| panic!("{folder}: `{top}` has no floor in this test"))
    };
    let mut wrong = Vec::new();
    // The crate's root only lists its modules.
    for (module, imports) in modules(folder).into_iter().filter(|(module, _)| !module.is_empty()) {
        for to in imports.into_iter().filter(|to| floor(to) < floor(&module)) {
            wrong.push(format!("`{module}` imports from `{to}`, a floor above"));
        }
    }
    assert!(wrong.is_empty(), "arrows run down in {folder}:\n{}", wrong.join("\n"));
}

#[test]
fn arrows_run_down_inside_kubernetes() {
    let floors = [
        "timeline",
        "cluster",
        "policy",
        "corefile",
        "assumption",
        "manifest",
        "edit",
        "redact",
        "machine",
        "text",
        "diagnostic",
        "patch",
        "origin",
        "shown",
        "budget",
    ];
    arrows_run_down("sim-core/kubernetes/src", &floors);
}

#[test]
fn arrows_run_down_inside_sim_core() {
    let floors = [
        "lab",
        "facts",
        "permit",
        "timeline",
        "trace",
        "inventory",
        "environment",
        "print",
        "reach",
        "model",
        "cost",
        "http",
        "dns",
        "agents",
        "site",
    ];
    arrows_run_down("sim-core/src", &floors);
}

#[test]
fn what_an_event_says_is_told_below_the_renderers() {
    let mut hits = Vec::new();
    for path in sources("web/src", &["rs"]).into_iter().chain(sources("server/src", &["rs"])) {
        let text = fs::read_to_string(&path).expect("readable");
        // Whatever a file takes from there, one by one or in braces.
        for after in text.split("kernel::walk::").skip(1) {
            let names = after.strip_prefix('{').and_then(|list| list.split('}').next());
            let names = names.unwrap_or_else(|| after.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
            if names.split(',').any(|name| matches!(name.trim(), "Event" | "*" | "self")) || after.starts_with('*') {
                hits.push(path.display().to_string());
            }
        }
    }
    assert!(hits.is_empty(), "renderers read `sim_core::facts`, not `kernel::walk::Event`: {hits:?}");
}

#[test]
fn source_files_stay_readable() {
    let mut long = Vec::new();
    for (folder, endings) in [
        ("sim-core/src", &["rs"][..]),
        ("sim-core/kernel/src", &["rs"]),
        ("sim-core/kubernetes/src", &["rs"]),
        ("web/src", &["rs"]),
        ("server/src", &["rs"]),
        ("static", &["js", "css"]),
    ] {
        for path in sources(folder, endings) {
            let lines = fs::read_to_string(&path).expect("readable").lines().count();
            if lines > 700 {
                long.push(format!("{} has {lines} lines", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "split by what they are about:\n{}", long.join("\n"));
}

#[test]
fn pages_carry_no_inline_script_or_style() {
    for path in sources("web/templates", &["html"]) {
        let text = fs::read_to_string(&path).expect("readable").to_lowercase();
        for part in text.split("<script").skip(1) {
            let tag = part.split('>').next().unwrap_or_default();
            let data = tag.contains("application/json");
            assert!(tag.contains("src=") || data, "{}: inline script", path.display());
        }
        assert!(!text.contains("<style"), "{}: inline style", path.display());
        assert!(!text.contains(" style="), "{}: style attribute", path.display());
        assert!(!text.contains(" onclick="), "{}: inline handler", path.display());
    }
}

/// The modules at the top of a crate import what `order` says, no more and no less, and each only what stands before it.
fn check_order(folder: &str, order: &[(&str, &[&str])]) {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, imports) in modules(folder) {
        let top = |path: &str| path.split("::").next().unwrap_or_default().to_owned();
        let from = top(&module);
        let others = imports.iter().map(|path| top(path)).filter(|to| *to != from);
        found.entry(from.clone()).or_default().extend(others);
    }
    // The crate's root only lists its modules.
    found.remove("");
    let told: BTreeMap<String, BTreeSet<String>> = order
        .iter()
        .map(|(module, imports)| ((*module).to_owned(), imports.iter().map(|to| (*to).to_owned()).collect()))
        .collect();
    assert_eq!(found, told, "what the modules of {folder} import");
    for (at, (module, imports)) in order.iter().enumerate() {
        for to in *imports {
            assert!(
                order[..at].iter().any(|(before, _)| before == to),
                "{module} imports {to}, which stands behind it"
            );
        }
    }
}

/// No files of a crate import each other in a circle.
fn check_no_circle(folder: &str) {
    let mut open = modules(folder);
    // What imports nothing that is left is no part of a circle.
    loop {
        let left: BTreeSet<String> = open.keys().cloned().collect();
        open.retain(|_, imports| imports.iter().any(|to| left.contains(to)));
        if open.len() == left.len() {
            break;
        }
    }
    // Nor is what nothing that is left imports.
    loop {
        let wanted: BTreeSet<String> = open.values().flatten().cloned().collect();
        let before = open.len();
        open.retain(|module, _| wanted.contains(module));
        if open.len() == before {
            break;
        }
    }
    assert!(open.is_empty(), "files of {folder} import each other in a circle: {open:#?}");
}

#[test]
fn arrows_in_the_server_run_down() {
    let floors = [
        "main", "cli", "listen", "app", "routes", "api", "layers", "measures", "page", "about", "probe", "scenario",
        "answer", "visitor", "state", "guard", "cache", "upload", "draft", "pack", "query", "error", "limits", "pool",
        "urgency", "raster", "step", "tick", "fragment", "input", "lessons", "gather", "store", "assets", "rate",
        "client", "config", "places", "tag",
    ];
    arrows_run_down("server/src", &floors);
    check_no_circle("server/src");
}

#[test]
fn arrows_in_web_run_down() {
    let floors = [
        "lab",
        "listing",
        "report",
        "topology",
        "markdown",
        "capture",
        "text",
        "measure",
        "page",
        "environment",
        "names",
        "compare",
        "ends",
        "matrix",
        "policy",
        "timeline",
        "reach",
        "urls",
        "atlas",
        "picture",
        "json",
        "inventory",
        "docker",
        "lessons",
        "glossary",
        "finding",
        "ask",
        "gallery",
        "words",
        "snippet",
        "scene",
        "url",
        "theme",
        "locale",
        "josa",
        "schema",
    ];
    arrows_run_down("web/src", &floors);
}

#[test]
fn arrows_in_the_kernel_run_down() {
    let order: [(&str, &[&str]); 11] = [
        ("ids", &[]),
        ("packet", &[]),
        ("config", &["ids", "packet"]),
        ("state", &["ids", "packet", "config"]),
        ("walk", &["ids", "packet", "config", "state"]),
        ("lookup", &["ids", "packet", "config", "state", "walk"]),
        ("netfilter", &["ids", "packet", "config", "state", "walk", "lookup"]),
        ("socket", &["ids", "packet", "config", "state", "walk", "lookup"]),
        ("step", &["ids", "packet", "config", "state", "walk", "lookup", "netfilter", "socket"]),
        ("exchange", &["ids", "packet", "config", "state", "walk", "socket", "step"]),
        ("text", &["ids", "packet", "config", "state", "walk", "lookup"]),
    ];
    check_order("sim-core/kernel/src", &order);
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for folder in ["sim-core/kernel/src", "sim-core/kubernetes/src", "sim-core/src", "web/src"] {
        check_no_circle(folder);
    }
}

/// Every module that a crate's root declares `pub` has documentation with an example that runs.
#[test]
fn every_phase_opens_with_an_example() {
    let mut without = Vec::new();
    for folder in ["sim-core/kernel/src", "sim-core/kubernetes/src", "sim-core/src"] {
        let root = fs::read_to_string(workspace().join(folder).join("lib.rs")).expect("readable");
        let modules = root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        without.extend(modules.map(|module| format!("{folder}/{module}")));
    }
    // The floors of web that a journey is told on; what is left are their helpers.
    without.extend(["atlas", "json", "page", "scene", "text", "words"].map(|module| format!("web/src/{module}")));
    assert!(without.len() > 25, "modules are found: {without:?}");
    without.retain(|module| {
        let paths = [format!("{module}.rs"), format!("{module}/mod.rs")].map(|path| workspace().join(path));
        let text = paths.iter().find_map(|path| fs::read_to_string(path).ok()).expect("a module has a file");
        // A fence with a word behind it (`text`) is no example.
        !text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.trim_end() == "//! ```")
    });
    assert!(without.is_empty(), "modules whose documentation has no example: {without:?}");
}

/// What stands in backticks in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

#[test]
fn architecture_names_what_is_there() {
    let text = fs::read_to_string(workspace().join("ARCHITECTURE.md")).expect("readable");
    let roots = ["", "sim-core/src", "sim-core", "tests/src", "tests", "tests/tests/kernel", "tests/tests", "web/src"];
    let missing: Vec<&str> = quoted(&text)
        .filter(|name| [".rs", ".mjs", ".tsv", ".md", ".sh"].iter().any(|ending| name.ends_with(ending)))
        .filter(|name| !name.contains(['*', ' ']))
        // Files of a lab are made.
        .filter(|name| !["up.sh", "probe.sh", "down.sh"].contains(name))
        .filter(|name| !roots.iter().any(|root| workspace().join(root).join(name).exists()))
        .collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names files that are not there: {missing:?}");
    let tests: String = ["tests/tests", "server/src", "server/tests", "web/src", "sim-core/src"]
        .iter()
        .flat_map(|folder| sources(folder, &["rs"]))
        .map(|path| fs::read_to_string(path).expect("readable"))
        .collect();
    let invariants = text.split("## Invariants").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a chapter");
    let unknown: Vec<&str> = quoted(invariants)
        .filter(|name| name.matches('_').count() > 2 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .filter(|name| !tests.contains(&format!("fn {name}()")))
        .collect();
    assert!(unknown.is_empty(), "ARCHITECTURE.md names tests that are not there: {unknown:?}");
}
