//! All lessons, in the order of learning.

use super::read::{Fault, Lesson};
use crate::locale::Lang;
use crate::url::SCENARIO;
use include_dir::{Dir, include_dir};
use std::sync::{Arc, LazyLock};

static FOLDERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// Lessons in the order of learning.
#[derive(Clone, Debug, Default)]
pub struct Course {
    lessons: Vec<Arc<Lesson>>,
}

/// Those that come with the program; a test says that all of them can be read.
static BUILTIN: LazyLock<(Course, Vec<Fault>)> = LazyLock::new(|| {
    let folders: Vec<(String, Vec<(String, String)>)> = FOLDERS
        .dirs()
        .map(|folder| {
            let name = folder.path().to_string_lossy().into_owned();
            let file = |file: &include_dir::File<'_>| {
                let name = file.path().file_name()?.to_string_lossy().into_owned();
                Some((name, file.contents_utf8()?.to_owned()))
            };
            (name, folder.files().filter_map(file).collect())
        })
        .collect();
    Course::read(&folders)
});

impl Course {
    /// The lessons that come with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN.0
    }

    /// What could not be read of them.
    pub fn builtin_faults() -> &'static [Fault] {
        &BUILTIN.1
    }

    /// Reads folders: each its name with its files. What cannot be read is left out and told.
    pub fn read(folders: &[(String, Vec<(String, String)>)]) -> (Self, Vec<Fault>) {
        let (mut lessons, mut faults) = (Vec::new(), Vec::new());
        for (slug, files) in folders {
            match Lesson::read(slug, files) {
                Ok(lesson) => lessons.push(Arc::new(lesson)),
                Err(wrong) => {
                    faults.extend(
                        wrong.into_iter().map(|fault| Fault::at(format!("{slug}/{}", fault.place), fault.what)),
                    );
                }
            }
        }
        (Self { lessons: in_order(lessons) }, faults)
    }

    /// These and those of another course; where both have one of a name, the other's.
    pub fn with(&self, other: &Self) -> Self {
        let own = self.lessons.iter().filter(|lesson| other.find(&lesson.slug).is_none());
        Self { lessons: in_order(own.chain(&other.lessons).cloned().collect()) }
    }

    /// All of them, in the order of learning.
    pub fn lessons(&self) -> &[Arc<Lesson>] {
        &self.lessons
    }

    /// One by its folder's name.
    pub fn find(&self, slug: &str) -> Option<&Arc<Lesson>> {
        self.lessons.iter().find(|lesson| lesson.slug == slug)
    }

    /// One by the id of its scenario.
    pub fn of_scenario(&self, id: &str) -> Option<&Arc<Lesson>> {
        self.find(id.strip_prefix(SCENARIO)?)
    }

    /// The one behind it in the order of learning.
    pub fn next(&self, slug: &str) -> Option<&Arc<Lesson>> {
        let at = self.lessons.iter().position(|lesson| lesson.slug == slug)?;
        self.lessons.get(at + 1)
    }
}

impl Lesson {
    /// A text of its own without values; nothing where it has none.
    pub fn word(&self, lang: Lang, key: &str) -> String {
        self.books.get(&lang).and_then(|book| book.text(key, &[])).map(|(text, _)| text).unwrap_or_default()
    }
}

/// Part by part, in each what builds on something behind it, else by name.
fn in_order(mut lessons: Vec<Arc<Lesson>>) -> Vec<Arc<Lesson>> {
    lessons.sort_by(|left, right| (left.part, &left.slug).cmp(&(right.part, &right.slug)));
    let mut ordered: Vec<Arc<Lesson>> = Vec::with_capacity(lessons.len());
    while !lessons.is_empty() {
        let waits = |lesson: &Arc<Lesson>, left: &[Arc<Lesson>]| {
            let in_part = |other: &&Arc<Lesson>| other.part == lesson.part && lesson.after.contains(&other.slug);
            left.iter().any(|other| in_part(&other))
        };
        let part = lessons.first().map(|lesson| lesson.part);
        let of_part = |lesson: &Arc<Lesson>| Some(lesson.part) == part;
        // A circle, which `check_course` tells, is broken at its first.
        let at = lessons.iter().position(|lesson| of_part(lesson) && !waits(lesson, &lessons)).unwrap_or(0);
        ordered.push(lessons.remove(at));
    }
    ordered
}
