//! Reading manifests from files, folders and standard input.

use super::Failure;
use super::arguments::Common;
use super::findings;
use sim_core::manifest::{Limits, Role, SourceText};
use sim_core::model::Model;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Files of one folder at most.
const MAX_FILES: usize = 10_000;

/// The model of the given files, with everything found in them on standard error.
pub(super) fn model(common: &Common) -> Result<Model, Failure> {
    model_of(common, &common.files)
}

/// The same with kube-proxy on one node only.
pub(super) fn model_of_node(common: &Common, node: &str) -> Result<Model, Failure> {
    let model = Model::build_node(&read(&common.files)?, &Limits::default(), &common.options(), node);
    findings::report(common.language(), &model)?;
    Ok(model)
}

/// The same with files of its own.
pub(super) fn model_of(common: &Common, files: &[PathBuf]) -> Result<Model, Failure> {
    let sources = read(files)?;
    let model = Model::build(&sources, &Limits::default(), &common.options());
    findings::report(common.language(), &model)?;
    Ok(model)
}

/// All texts, in the order given; a folder's in order of their paths.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<SourceText>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { search(path, &mut files)? } else { files.push(path.clone()) }
    }
    files.iter().map(|path| read_one(path)).collect()
}

fn search(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::Usage(format!("{}: {error}", folder.display()));
    let mut entries = std::fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        let manifest = path
            .extension()
            .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known)));
        if kind.is_dir() {
            search(&path, files)?;
        } else if kind.is_file() && manifest {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(Failure::Usage(format!("{}: more than {MAX_FILES} files", folder.display())));
        }
    }
    Ok(())
}

fn read_one(path: &Path) -> Result<SourceText, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    Ok(SourceText::decode(path.display().to_string(), &bytes, Role::Given))
}
