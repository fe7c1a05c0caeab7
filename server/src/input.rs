//! What is stored of an upload, as input.

use crate::gather;
use crate::lessons;
use crate::store::File;
use kubernetes::manifest::SourceText;

/// What stored files are to the reader of manifests: a name with folders was found in one, any other was chosen by itself.
///
/// Of a lesson that was uploaded they are its manifests.
pub fn sources(files: &[File]) -> Vec<SourceText> {
    if let Some(lesson) = lessons::of_files(files) {
        return lesson.sources();
    }
    let in_folder = |file: &File| file.name.contains('/');
    let mut sources: Vec<SourceText> = files
        .iter()
        .map(|file| match in_folder(file) {
            true => SourceText::found(file.name.as_str(), file.text.as_str()),
            false => SourceText::given(file.name.as_str(), file.text.as_str()),
        })
        .collect();
    let top = gather::common_folder(files.iter().filter(|file| in_folder(file)).map(|file| file.name.as_str()));
    gather::prefer_top(&mut sources, &top);
    sources
}

/// What an upload is called: its only file, the folder around all of it, or the first file and how many more.
pub fn name_of(files: &[File]) -> String {
    let first = files.first().map_or("", |file| file.name.as_str());
    let top = first.split_once('/').map(|(top, _)| top);
    match top.filter(|top| files.iter().all(|file| file.name.split_once('/').is_some_and(|(other, _)| other == *top))) {
        Some(top) => top.to_owned(),
        None if files.len() > 1 => format!("{first} +{}", files.len() - 1),
        None => first.to_owned(),
    }
}
