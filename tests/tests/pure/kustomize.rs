//! Our rendering of kustomizations held against kubectl's own, object by object, over many folders of different shape.
//!
//! A folder is one text under `fixtures/kustomize`: its files behind lines `-- path --`. kubectl is the one of this machine, or
//! the one that `KUBEHOP_KUBECTL` names; `tests/run.sh` brings it.

use kubernetes::diagnostic::Severity;
use kubernetes::manifest::{Limits, SourceText, kustomize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize");
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("entry").path()).collect();
    all.sort();
    all
}

/// The files of a fixture.
fn files(text: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
            Some(path) => name = path.to_owned(),
            None => files.entry(name.clone()).or_default().push_str(line),
        }
    }
    files
}

/// The folder that is rendered: the one nobody includes.
fn root(files: &BTreeMap<String, String>) -> &'static str {
    let has = |folder: &str| files.contains_key(&format!("{folder}kustomization.yaml"));
    ["", "overlay/", "overlays/prod/"].into_iter().find(|folder| has(folder)).expect("a kustomization")
}

/// kubectl; `None` where there is none and nobody insists.
fn kubectl() -> Option<PathBuf> {
    let named = std::env::var_os("KUBEHOP_KUBECTL").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = named.or_else(|| std::env::split_paths(&path).map(|at| at.join("kubectl")).find(|at| at.is_file()));
    assert!(
        found.is_some() || std::env::var_os("KUBEHOP_TEST_ALL").is_none(),
        "kubectl is missing: tests/run.sh brings it"
    );
    found
}

/// Objects by kind, namespace and name.
fn by_identity(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let text = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = |value: &Value| {
        format!("{} {}/{}", text(value, "/kind"), text(value, "/metadata/namespace"), text(value, "/metadata/name"))
    };
    objects.into_iter().map(|object| (key(&object), object)).collect()
}

#[test]
fn folders_come_to_what_kubectl_prints() {
    let Some(kubectl) = kubectl() else {
        eprintln!("not tested: there is no kubectl here; tests/run.sh brings it");
        return;
    };
    let mut wrong = Vec::new();
    let all = fixtures();
    assert!(all.len() >= 30, "{}", all.len());
    for fixture in &all {
        let name = fixture.file_stem().and_then(|name| name.to_str()).expect("name");
        let files = files(&std::fs::read_to_string(fixture).expect("fixture"));
        let folder = std::env::temp_dir().join(format!("kubehop-kustomize-{}-{name}", std::process::id()));
        for (path, text) in &files {
            let at = folder.join(path);
            std::fs::create_dir_all(at.parent().expect("parent")).expect("folder");
            std::fs::write(at, text).expect("file");
        }
        let printed = Command::new(&kubectl).arg("kustomize").arg(folder.join(root(&files))).output().expect("kubectl");
        std::fs::remove_dir_all(&folder).expect("folder");
        assert!(printed.status.success(), "{name}: {}", String::from_utf8_lossy(&printed.stderr));
        // Its YAML is read by our own reader, as that of any other text.
        let theirs = kustomize::documents(&String::from_utf8(printed.stdout).expect("text"));
        let json = |text: &String| serde_json::from_str::<Value>(text).expect("JSON");
        let theirs = by_identity(theirs.iter().map(json).collect());
        let inputs: Vec<SourceText> =
            files.iter().map(|(path, text)| SourceText::found(path.as_str(), text.as_str())).collect();
        let (ours, found) = kustomize::render(&inputs, &Limits::default());
        let ours = by_identity(ours.iter().map(json).collect());
        for (identity, expected) in &theirs {
            match ours.get(identity) {
                None => wrong.push(format!("{name}: {identity} is missing; there are {:?}", ours.keys())),
                Some(got) if got != expected => {
                    wrong.push(format!("{name}: {identity}\n  ours   {got}\n  theirs {expected}"));
                }
                Some(_) => {}
            }
        }
        wrong.extend(
            ours.keys().filter(|key| !theirs.contains_key(*key)).map(|key| format!("{name}: {key} is too much")),
        );
        let errors: Vec<_> = found.iter().filter(|finding| finding.severity == Severity::Error).collect();
        if !errors.is_empty() {
            wrong.push(format!("{name}: {errors:?}"));
        }
    }
    println!("{} folders", all.len());
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
