//! Folders on the command line: what is read of them, what is told, and the exit status.

#![allow(clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn kubehop(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubehop"));
    command.args(arguments).env("LC_ALL", "C").output().expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Folder(PathBuf);

impl Folder {
    /// The folder of a fixture: files behind lines `-- path --`.
    fn of(name: &str, files: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kubehop-folders-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut path = PathBuf::new();
        let mut content = String::new();
        let write = |path: &Path, content: &str| {
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, content).expect("file");
        };
        for line in files.split_inclusive('\n') {
            match line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
                Some(next) => {
                    if !content.is_empty() {
                        write(&path, &content);
                    }
                    path = folder.join(next);
                    content.clear();
                }
                None => content.push_str(line),
            }
        }
        write(&path, &content);
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("path")
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.path())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {containers: [{name: c, image: busybox}]}\n";

#[test]
fn errors_in_the_input_have_a_status_of_their_own() {
    let broken = format!("-- a.yaml --\n{POD}-- b.yaml --\napiVersion: v1\nkind: Pod\nspec: {{}}\n");
    let folder = Folder::of("status", &broken);
    let probe = ["--from", "pod/default/client", "--to", "kubernetes:443"];
    let run = |first: &[&str], more: &[&str]| kubehop(&[first, more].concat()).status.code();
    assert_eq!(run(&["check", folder.path()], &[]), Some(1));
    assert_eq!(run(&["trace", folder.path()], &probe), Some(3), "without --expect");
    assert_eq!(run(&["trace", folder.path(), "--expect", "ok"], &probe), Some(0), "the result is the expected one");
    assert_eq!(run(&["trace", folder.path(), "--expect", "timeout"], &probe), Some(1));
    assert_eq!(run(&["trace", folder.path(), "--expect", "maybe"], &probe), Some(2));
    assert_eq!(run(&["check", &folder.at("a.yaml")], &[]), Some(0));
    assert_eq!(run(&["check", &folder.at("none.yaml")], &[]), Some(2), "nothing to work with");
    assert_eq!(run(&["check", &folder.at("none.yaml"), &folder.at("a.yaml")], &[]), Some(1), "the other was read");
}

/// A project as people have it: everything beside the manifests is somebody else's.
#[test]
fn projects_come_without_a_single_false_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/projects");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("fixtures") {
        let fixture = entry.expect("entry").path();
        let name = fixture.file_stem().and_then(|name| name.to_str()).expect("name").to_owned();
        let all = std::fs::read_to_string(&fixture).expect("fixture");
        // The first lines say what has to be there: words of the output.
        let (expected, files) = all.split_at(all.find("-- ").expect("files"));
        let project = Folder::of(&name, files);
        let output = kubehop(&["check", project.path()]);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{name}: {err}");
        assert!(!err.contains("error["), "{name}: {err}");
        for word in expected.lines().filter(|line| !line.is_empty()) {
            assert!(out.contains(word) || err.contains(word), "{name}: no {word:?} in {out}{err}");
        }
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn archives_and_standard_input_are_folders_too() {
    let files = format!(
        "-- base/kustomization.yaml --\nresources: [pod.yaml]\n-- base/pod.yaml --\n{POD}-- over/kustomization.yaml --\nresources: [../base]\nnamePrefix: blue-\n"
    );
    let folder = Folder::of("archives", &files);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all("repo", folder.path()).expect("tar");
    let archive = folder.at("repo.tar");
    std::fs::write(&archive, builder.into_inner().expect("tar")).expect("file");
    let output = kubehop(&["check", &archive, "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("repo.tar/repo/over"), "{}", text(&output.stderr));
    let from_outside =
        kubehop(&["trace", &folder.at("over"), "--from", "pod/default/blue-client", "--to", "kubernetes:443"]);
    assert_eq!(from_outside.status.code(), Some(0), "{}", text(&from_outside.stderr));
    std::fs::write(&archive, b"PK\x03\x04").expect("file");
    let bad = kubehop(&["check", &archive]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad.stderr).contains("damaged"), "{}", text(&bad.stderr));
}
