//! Lessons of one's own: read from a folder, or of what somebody brought.

use crate::store::File;
use std::fs;
use std::io;
use std::path::Path;
use web::lessons::{Course, Fault, INDEX, Lesson};

/// Lessons read of one folder at most.
const LESSONS: usize = 1_000;
/// Files of a lesson at most.
pub(crate) const FILES: usize = 64;
/// Folders within folders of one at most.
const DEPTH: usize = 8;
/// Bytes of a file at most.
const BYTES: u64 = 1 << 20;

/// The files of one lesson: name and text.
pub(crate) type Files = Vec<(String, String)>;

/// Reads a folder: of lessons, or one that is a lesson itself. What cannot be used of it is told.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn read(folder: &Path) -> io::Result<(Course, Vec<Fault>)> {
    let (mut folders, mut faults) = (Vec::new(), Vec::new());
    let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if folder.join(INDEX).is_file() {
        let name = named(&fs::canonicalize(folder)?);
        folders.push((name, files(folder, &mut faults)?));
    } else {
        let mut paths: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        paths.retain(|entry| entry.path().join(INDEX).is_file());
        paths.sort_by_key(fs::DirEntry::file_name);
        if paths.len() > LESSONS {
            faults.push(Fault::at(folder.display().to_string(), format!("{LESSONS} lessons are read, not more")));
        }
        for entry in paths.iter().take(LESSONS) {
            folders.push((named(&entry.path()), files(&entry.path(), &mut faults)?));
        }
    }
    let (course, wrong) = Course::read(&folders);
    faults.extend(wrong);
    Ok((course, faults))
}

/// The files of a lesson's folder and of folders in it, which manifests may be in.
pub(crate) fn files(folder: &Path, faults: &mut Vec<Fault>) -> io::Result<Files> {
    let mut all = Files::new();
    below(folder, "", 0, &mut all, faults)?;
    Ok(all)
}

fn below(folder: &Path, prefix: &str, depth: usize, all: &mut Files, faults: &mut Vec<Fault>) -> io::Result<()> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    paths.sort_by_key(fs::DirEntry::file_name);
    for entry in paths {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let place = entry.path().display().to_string();
        // Links lead anywhere: what they name is read, folders that they name are not.
        if entry.file_type()?.is_dir() && depth < DEPTH && !name.starts_with('.') {
            below(&entry.path(), &format!("{name}/"), depth + 1, all, faults)?;
        }
        if !entry.path().is_file() {
            continue;
        }
        if all.len() >= FILES {
            faults.push(Fault::at(place, format!("{FILES} files are read, not more")));
            return Ok(());
        }
        if entry.path().metadata()?.len() > BYTES {
            faults.push(Fault::at(place, format!("it is longer than {BYTES} bytes")));
            continue;
        }
        match fs::read_to_string(entry.path()) {
            Ok(text) => all.push((name, text)),
            Err(error) => faults.push(Fault::at(place, error.to_string())),
        }
    }
    Ok(())
}

/// What somebody brought of a lesson: the files beside the first `lesson.yaml`, and in folders below it, named from there. Nothing where there is
/// none.
pub(crate) fn brought(files: Vec<File>) -> Vec<File> {
    let folder = |file: &File| Some(file.name.strip_suffix(INDEX)?.to_owned());
    let folders = files.iter().filter_map(folder).filter(|folder| folder.is_empty() || folder.ends_with('/'));
    let Some(top) = folders.min_by_key(|folder| (folder.matches('/').count(), folder.clone())) else {
        return Vec::new();
    };
    let own = files.into_iter().filter_map(|file| {
        let name = file.name.strip_prefix(&top)?.to_owned();
        Some(File { name, text: file.text })
    });
    own.collect()
}

/// The lesson that stored files are; `None` where they are none.
pub(crate) fn of_files(files: &[File]) -> Option<Lesson> {
    if !files.iter().any(|file| file.name == INDEX) {
        return None;
    }
    read_files(files).ok()
}

/// The same with what is wrong with it.
///
/// # Errors
/// Everything that is wrong with how it is written.
pub(crate) fn read_files(files: &[File]) -> Result<Lesson, Vec<Fault>> {
    let files: Files = files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
    Lesson::read("", &files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_lesson_or_holds_some() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/lessons");
        let (course, faults) = read(&own).unwrap();
        assert_eq!(faults, []);
        assert_eq!(course.lessons().len(), Course::builtin().lessons().len());
        let (one, faults) = read(&own.join("same-node")).unwrap();
        assert_eq!((one.lessons().len(), faults), (1, Vec::new()));
        assert!(read(&own.join("nowhere")).is_err());
    }
}
