//! Lessons of one's own, read from a folder.

use std::fs;
use std::io;
use std::path::Path;
use web::lessons::{Course, Fault, INDEX};

/// Lessons read of one folder at most.
const LESSONS: usize = 1_000;
/// Files of a lesson at most.
const FILES: usize = 64;
/// Bytes of a file at most.
const BYTES: u64 = 1 << 20;

/// The files of one lesson.
type Files = Vec<(String, String)>;

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

fn files(folder: &Path, faults: &mut Vec<Fault>) -> io::Result<Files> {
    let mut all = Files::new();
    let mut paths: Vec<_> = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    paths.sort_by_key(fs::DirEntry::file_name);
    for entry in paths.into_iter().filter(|entry| entry.path().is_file()).take(FILES) {
        let place = entry.path().display().to_string();
        if entry.metadata()?.len() > BYTES {
            faults.push(Fault::at(place, format!("it is longer than {BYTES} bytes")));
            continue;
        }
        match fs::read_to_string(entry.path()) {
            Ok(text) => all.push((entry.file_name().to_string_lossy().into_owned(), text)),
            Err(error) => faults.push(Fault::at(place, error.to_string())),
        }
    }
    Ok(all)
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
