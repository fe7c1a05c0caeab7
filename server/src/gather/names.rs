//! Files in memory, and which of them are read by what they are called.

use kubernetes::manifest::kustomize;
use std::collections::BTreeMap;

/// True for folders that hold other people's files or a tool's own: they are not searched.
pub fn is_skipped_folder(name: &str) -> bool {
    name.starts_with('.')
        || matches!(
            name,
            "node_modules" | "bower_components" | "vendor" | "target" | "venv" | "__pycache__" | "__MACOSX"
        )
}

/// True for files that may be manifests by their name.
pub fn is_read(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    // What macOS keeps beside each file of an archive.
    if file.starts_with("._") {
        return false;
    }
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known))
        || kustomize::is_kustomization_file(file)
}

/// True for files that may hold what tools printed on a machine, by their name: whether they do, their text tells.
pub fn may_be_printed(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    !file.starts_with("._")
        && ["txt", "out", "log", "nft", "rules", "save"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// True where a folder on the way to a file is skipped. `below` is what was given: its own name does not count.
pub fn is_in_skipped_folder(name: &str, below: &str) -> bool {
    let inside = name.strip_prefix(below).unwrap_or(name).trim_start_matches('/');
    inside.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(is_skipped_folder))
}

/// A file: its name and its bytes.
pub type Named = (String, Vec<u8>);
/// Files that are in memory, by name.
pub type Files = BTreeMap<String, Vec<u8>>;
