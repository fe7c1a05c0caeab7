//! From what somebody gives — files, folders, archives, uploads — to the texts of an input.
//!
//! ```text
//! folder, archive, form ──▶ files by name ──▶ which of them are read ──▶ texts
//! ```
//!
//! Folders and archives are searched alike: by what files are called, without what other tools keep beside them. Kustomizations
//! may name further files; these are read, too, from wherever the kustomization came from.

pub mod archive;
pub mod cluster;
pub mod disk;
pub mod kubectl;
mod names;
mod run;

use archive::ArchiveError;
use kubernetes::machine;
use kubernetes::manifest::kustomize::{self, Wanted};
use kubernetes::manifest::{self, Limits, Role, SourceText};
pub use names::{Files, Named, is_in_skipped_folder, is_read, is_skipped_folder, may_be_printed};
use std::collections::BTreeSet;

/// Files of one input at most.
pub const MAX_FILES: usize = 10_000;
/// Rounds of reading what the files read so far name.
const ROUNDS: usize = 32;

/// Something that could not be read. Everything else was.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A file or folder, and why in the system's words.
    Unreadable {
        /// Its name.
        file: String,
        /// Why.
        reason: String,
    },
    /// An archive.
    Archive {
        /// Its name.
        file: String,
        /// What is wrong with it.
        error: ArchiveError,
    },
    /// More files than [`MAX_FILES`] in a folder; the rest was not read.
    TooManyFiles {
        /// Its name.
        folder: String,
    },
    /// kubectl could not render a kustomization: its own words.
    Kubectl {
        /// The kustomization's folder.
        folder: String,
        /// What it said.
        said: String,
    },
    /// kubectl could not read objects of a cluster that every answer needs: its own words.
    Cluster {
        /// Their kind, as kubectl names it.
        kind: String,
        /// What it said.
        said: String,
    },
}

impl Problem {
    /// It in words, with what to do about it.
    pub fn words(&self, lang: web::locale::Lang) -> String {
        let t = |code: &str, args: &[(&str, web::locale::FluentValue<'_>)]| web::locale::ta(lang, code, args);
        match self {
            Self::Unreadable { file, reason } => {
                t("input-unreadable", &[("file", file.as_str().into()), ("reason", reason.as_str().into())])
            }
            Self::Archive { file, error } => {
                let place = match &error.entry {
                    Some(entry) => format!("{file}/{entry}"),
                    None => file.clone(),
                };
                let limit = error.limit.map(|limit| limit.to_string()).unwrap_or_default();
                let code = format!("input-archive-{}", error.kind.code());
                t(&code, &[("file", place.into()), ("limit", limit.into())])
            }
            Self::TooManyFiles { folder } => {
                t("input-too-many-files", &[("file", folder.as_str().into()), ("limit", MAX_FILES.to_string().into())])
            }
            Self::Cluster { kind, said } => {
                t("input-cluster", &[("kind", kind.as_str().into()), ("said", said.as_str().into())])
            }
            Self::Kubectl { folder, said } => {
                t("input-kubectl", &[("folder", folder.as_str().into()), ("said", said.as_str().into())])
            }
        }
    }
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Texts in order of what was given; a folder's in order of their paths.
    pub texts: Vec<SourceText>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// The texts among files of an archive or a form that are read. `below` is what their names begin with.
pub fn texts_of(files: &Files, below: &str) -> Vec<SourceText> {
    let read = |name: &&String| (is_read(name) || may_be_printed(name)) && !is_in_skipped_folder(name, below);
    let texts = files.keys().filter(read).filter_map(|name| {
        let bytes = files.get(name)?;
        let text = SourceText::decode(name.as_str(), bytes, Role::Found);
        (is_read(name) || machine::is_state(&text.text)).then_some(text)
    });
    texts.take(MAX_FILES).collect()
}

/// The folder that all names lie in, with a slash behind it; empty where there is none.
pub fn common_folder<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut common: Option<Vec<&str>> = None;
    for name in names {
        let folders: Vec<&str> =
            name.rsplit_once('/').map_or_else(Vec::new, |(folders, _)| folders.split('/').collect());
        common = Some(match common {
            None => folders,
            Some(common) => common.into_iter().zip(folders).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
        });
    }
    common.unwrap_or_default().into_iter().map(|folder| format!("{folder}/")).collect()
}

/// The kustomization at the top of what was given is meant, whatever others there are. `top` is that folder, with a slash behind it.
pub fn prefer_top(texts: &mut [SourceText], top: &str) {
    for text in texts {
        let inside = text.name.strip_prefix(top).filter(|inside| !inside.contains('/'));
        if inside.is_some_and(kustomize::is_kustomization_file) {
            text.role = Role::Given;
        }
    }
}

/// Reads what kustomizations and Compose files name and is not among the texts yet, as long as that leads to more.
pub fn complete(texts: &mut Vec<SourceText>, read: &mut dyn FnMut(&Wanted) -> Vec<Named>) {
    let limits = Limits::default();
    let mut asked: BTreeSet<Wanted> = BTreeSet::new();
    for _ in 0..ROUNDS {
        let mut more = false;
        for wanted in manifest::wanted(texts, &limits) {
            if texts.len() >= MAX_FILES || !asked.insert(wanted.clone()) {
                continue;
            }
            for (name, bytes) in read(&wanted) {
                texts.push(SourceText::decode(name, &bytes, Role::Found));
                more = true;
            }
        }
        if !more {
            return;
        }
    }
}

/// What is wanted, from files in memory.
pub fn from_memory(files: &Files, wanted: &Wanted) -> Vec<Named> {
    let path = wanted.path.as_str();
    let names = std::iter::once(path.to_owned())
        .chain(["kustomization.yaml", "kustomization.yml", "Kustomization"].map(|name| format!("{path}/{name}")));
    let count = if wanted.folder { 4 } else { 1 };
    let mut found = names.take(count).filter_map(|name| files.get(&name).map(|bytes| (name, bytes.clone())));
    found.next().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tools_folders_are_skipped_below_what_was_given() {
        for (name, expected) in [
            ("repo/app.yaml", false),
            ("repo/.git/config.yaml", true),
            ("repo/a/node_modules/b/c.yaml", true),
            ("repo/.gitlab-ci.yml", false),
            ("repo/targets/a.yaml", false),
        ] {
            assert_eq!(is_in_skipped_folder(name, "repo"), expected, "{name}");
        }
        assert!(!is_in_skipped_folder(".config/a.yaml", ".config"));
        for (name, expected) in [
            ("a/b.YAML", true),
            ("b.yml", true),
            ("c.json", true),
            ("k/Kustomization", true),
            ("d.txt", false),
            ("._a.yaml", false),
        ] {
            assert_eq!(is_read(name), expected, "{name}");
        }
    }

    #[test]
    fn variables_beside_a_compose_file_are_read_too() {
        let files: Files =
            [("a/compose.yaml", "services: {}"), ("a/.env", "A=1"), ("b/.env", "B=1"), ("b/x.yaml", "a: 1")]
                .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
                .into();
        let mut texts = texts_of(&files, "");
        complete(&mut texts, &mut |wanted| from_memory(&files, wanted));
        let names: Vec<&str> = texts.iter().map(|text| &*text.name).collect();
        assert_eq!(names, ["a/compose.yaml", "b/x.yaml", "a/.env"]);
    }

    #[test]
    fn what_kustomizations_name_is_read_too() {
        let files: Files = [
            ("z/base/kustomization.yaml", "resources: [app.yaml]\nconfigMapGenerator: [{name: a, files: [a.conf]}]\n"),
            ("z/base/app.yaml", "kind: Pod\n"),
            ("z/base/a.conf", "x\n"),
            ("z/base/b.conf", "x\n"),
        ]
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .into();
        let mut texts = vec![SourceText::found("z/over/kustomization.yaml", "resources: [../base]\n")];
        complete(&mut texts, &mut |wanted| from_memory(&files, wanted));
        let names: Vec<&str> = texts.iter().map(|text| &*text.name).collect();
        assert_eq!(
            names,
            ["z/over/kustomization.yaml", "z/base/kustomization.yaml", "z/base/a.conf", "z/base/app.yaml"]
        );
    }
}
