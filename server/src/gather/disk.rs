//! Files, folders and archives of this machine, and standard input.

use super::archive::{self, Bounds, Content, Form};
use super::{
    Files, Gathered, MAX_FILES, Named, Problem, common_folder, complete, from_memory, is_read, is_skipped_folder,
    may_be_printed, prefer_top, texts_of,
};
use kubernetes::machine;
use kubernetes::manifest::kustomize::Wanted;
use kubernetes::manifest::{Role, SourceText};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders within folders.
const DEPTH: usize = 40;
/// Bytes of one file at most; what is larger is no manifest.
pub const BYTES: u64 = 2 << 30;

/// Reads everything that is named: files as they are, folders searched, archives unpacked, `-` from standard input.
///
/// Nothing is an error here: what cannot be read is in [`Gathered::problems`].
pub fn gather(paths: &[PathBuf]) -> Gathered {
    let mut gathering = Gathering { gathered: Gathered::default(), memory: Files::new(), seen: BTreeSet::new() };
    for path in paths {
        if path.is_dir() { gathering.folder(path) } else { gathering.file(path) }
    }
    let Gathering { mut gathered, memory, .. } = gathering;
    complete(&mut gathered.texts, &mut |wanted| {
        let found = from_memory(&memory, wanted);
        if found.is_empty() { from_disk(wanted) } else { found }
    });
    gathered
}

struct Gathering {
    gathered: Gathered,
    /// What archives hold.
    memory: Files,
    /// Folders that were searched, as the file system knows them: links may lead in rings.
    seen: BTreeSet<PathBuf>,
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A file's bytes.
///
/// # Errors
/// Those of the system, and more than [`BYTES`].
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(BYTES + 1).read_to_end(&mut bytes)?
    } else {
        std::fs::File::open(path)?.take(BYTES + 1).read_to_end(&mut bytes)?
    };
    if read as u64 > BYTES {
        return Err(std::io::Error::other(format!("more than {} MiB", BYTES >> 20)));
    }
    Ok(bytes)
}

impl Gathering {
    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        self.gathered.problems.push(Problem::Unreadable { file: shown(path), reason: error.to_string() });
    }

    /// A file that was named.
    fn file(&mut self, path: &Path) {
        let bytes = match bytes_of(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.unreadable(path, &error),
        };
        let name = shown(path);
        let form = archive::form(&name, &bytes);
        if form == Form::Text {
            self.gathered.texts.push(SourceText::decode(name, &bytes, Role::Given));
            return;
        }
        match archive::unpack(&name, &bytes, form, Bounds::default()) {
            Ok(Content::Text(text)) => self.gathered.texts.push(SourceText::decode(name, &text, Role::Given)),
            Ok(Content::Files(files)) => {
                let mut texts = texts_of(&files, &name);
                let top = common_folder(texts.iter().map(|text| &*text.name));
                prefer_top(&mut texts, &top);
                self.gathered.texts.extend(texts);
                self.memory.extend(files);
            }
            Err(error) => self.gathered.problems.push(Problem::Archive { file: name, error }),
        }
    }

    /// A folder that was named.
    fn folder(&mut self, path: &Path) {
        let first = self.gathered.texts.len();
        self.search(path, 0);
        let top = format!("{}/", shown(path).trim_end_matches('/'));
        if let Some(texts) = self.gathered.texts.get_mut(first..) {
            prefer_top(texts, &top);
        }
    }

    fn search(&mut self, folder: &Path, depth: usize) {
        if let Ok(real) = std::fs::canonicalize(folder)
            && !self.seen.insert(real)
        {
            return;
        }
        let listed = std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(folder, &error),
        };
        entries.sort_by_key(std::fs::DirEntry::path);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // Links are followed: a mounted ConfigMap is made of them. One that leads nowhere is nobody's manifest.
            let Ok(about) = std::fs::metadata(&path) else { continue };
            if about.is_dir() && depth < DEPTH && !is_skipped_folder(&name) {
                self.search(&path, depth + 1);
            } else if about.is_file() && (is_read(&name) || may_be_printed(&name)) {
                if self.gathered.texts.len() >= MAX_FILES {
                    let folder = shown(folder);
                    let known = |problem: &Problem| matches!(problem, Problem::TooManyFiles { .. });
                    if !self.gathered.problems.iter().any(known) {
                        self.gathered.problems.push(Problem::TooManyFiles { folder });
                    }
                    return;
                }
                match bytes_of(&path) {
                    Ok(bytes) => {
                        let text = SourceText::decode(shown(&path), &bytes, Role::Found);
                        if is_read(&name) || machine::is_state(&text.text) {
                            self.gathered.texts.push(text);
                        }
                    }
                    Err(error) => self.unreadable(&path, &error),
                }
            }
        }
    }
}

/// What a kustomization of this machine names.
fn from_disk(wanted: &Wanted) -> Vec<Named> {
    let path = Path::new(&wanted.path);
    let files = if path.is_dir() && wanted.folder {
        ["kustomization.yaml", "kustomization.yml", "Kustomization"].map(|name| path.join(name)).to_vec()
    } else {
        vec![path.to_owned()]
    };
    let read = |file: &PathBuf| {
        let bytes = std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).and_then(|_| bytes_of(file).ok());
        bytes.map(|bytes| (shown(file), bytes))
    };
    files.iter().filter_map(read).take(1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kubehop-gather-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        for (path, text) in files {
            let at = folder.join(path);
            std::fs::create_dir_all(at.parent().expect("parent")).expect("folder");
            std::fs::write(at, text).expect("file");
        }
        folder
    }

    fn names(gathered: &Gathered, folder: &Path) -> Vec<String> {
        let below = format!("{}/", folder.display());
        gathered.texts.iter().map(|text| text.name.strip_prefix(&below).unwrap_or(&text.name).to_owned()).collect()
    }

    #[test]
    fn folders_are_searched_without_what_is_others() {
        let files = [
            ("b.yaml", "b"),
            ("a/c.json", "c"),
            ("a/d.txt", "d"),
            ("a/node.txt", "net.ipv4.ip_forward = 1\n"),
            (".git/e.yaml", "e"),
            ("node_modules/f.yaml", "f"),
            ("a/target/g.yaml", "g"),
        ];
        let folder = folder("search", &files);
        std::os::unix::fs::symlink(&folder, folder.join("a/loop")).expect("link");
        std::os::unix::fs::symlink(folder.join("nowhere"), folder.join("dangling.yaml")).expect("link");
        let gathered = gather(std::slice::from_ref(&folder));
        assert_eq!(names(&gathered, &folder), ["a/c.json", "a/node.txt", "b.yaml"]);
        assert!(gathered.problems.is_empty(), "{:?}", gathered.problems);
        std::fs::remove_dir_all(&folder).expect("folder");
    }

    #[test]
    fn what_an_overlay_needs_from_outside_is_read() {
        let files = [
            ("base/kustomization.yaml", "resources: [app.yaml]\n"),
            ("base/app.yaml", "kind: Pod\n"),
            ("base/other.yaml", "kind: Pod\n"),
            ("over/kustomization.yaml", "resources: [../base]\n"),
        ];
        let folder = folder("outside", &files);
        let gathered = gather(&[folder.join("over")]);
        assert_eq!(names(&gathered, &folder), ["over/kustomization.yaml", "base/kustomization.yaml", "base/app.yaml"]);
        assert_eq!(gathered.texts[0].role, Role::Given, "the folder that was named is meant");
        std::fs::remove_dir_all(&folder).expect("folder");
    }

    #[test]
    fn one_that_cannot_be_read_does_not_cost_the_others() {
        let folder = folder("missing", &[("a.yaml", "a")]);
        let gathered = gather(&[folder.join("none.yaml"), folder.join("a.yaml")]);
        assert_eq!(names(&gathered, &folder), ["a.yaml"]);
        assert!(matches!(&gathered.problems[..], [Problem::Unreadable { .. }]));
        std::fs::remove_dir_all(&folder).expect("folder");
    }
}
