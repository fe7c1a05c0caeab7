//! The Compose files of a folder as one project.

use super::load::{self, Texts};
use super::parts::split;
pub(super) use super::parts::{Project, Service};
use crate::assumption::codes as assumed;
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::objects::{ComposeFile, Document, Object};
use crate::origin::{ObjectRef, SourceId, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which object a place stands in, by where objects begin.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<(SourceId, u32), ObjectRef>);

impl Files {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let of = |object: &Object| match object {
            Object::Compose(_) | Object::DockerContainer(_) | Object::DockerNetwork(_) => {
                Some(((object.span().source, object.span().start), object.object().clone()))
            }
            _ => None,
        };
        Self(context.parsed.objects.iter().filter_map(of).collect())
    }

    /// The object that a place stands in.
    pub(super) fn object(&self, span: Span) -> ObjectRef {
        let before = self.0.range(..=(span.source, span.start)).next_back().filter(|((at, _), _)| *at == span.source);
        // What is implied has no place of its own.
        let found = before.or_else(|| self.0.range((span.source, 0)..).next());
        found.map(|(_, object)| object.clone()).unwrap_or_else(|| ObjectRef {
            kind: Arc::from("Compose"),
            namespace: None,
            name: Arc::default(),
        })
    }
}

/// Names of the file that Compose takes where it is told none, the preferred first.
const BASES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Which of a folder's files comes first: the one that Compose looks for, what overrides it, all others.
fn rank(file: &str) -> usize {
    let of_base = BASES.iter().position(|base| *base == file);
    let overrides = || file.contains(".override.");
    of_base.unwrap_or(if overrides() { BASES.len() } else { BASES.len() + 1 })
}

/// All projects, in input order.
pub(super) fn all(context: &mut Context<'_>) -> Vec<Project> {
    let files = Texts::of(context);
    let referenced = files.referenced();
    let mut order: Vec<&str> = Vec::new();
    let mut folders: BTreeMap<&str, Vec<(&str, &Document<ComposeFile>)>> = BTreeMap::new();
    for (path, document) in files.roots(&referenced) {
        let (folder, file) = split(path);
        if !folders.contains_key(folder) {
            order.push(folder);
        }
        folders.entry(folder).or_default().push((file, document));
    }
    let mut projects = Vec::new();
    for folder in order {
        let mut all = folders.remove(folder).unwrap_or_default();
        all.sort_by_key(|(file, _)| rank(file));
        let base = all.first().map_or("", |(file, _)| *file);
        // `COMPOSE_FILE` names them, each over those before it.
        let named = all.first().map_or(&[][..], |(_, document)| &document.value.files);
        let listed = |file: &str| named.iter().position(|own| **own == *file);
        let is_listed = all.iter().any(|(file, _)| listed(file).is_some());
        // Of several that Compose looks for it takes the preferred one.
        let takes = |file: &str| match is_listed {
            true => listed(file).is_some(),
            false => file == base || rank(file) >= BASES.len(),
        };
        let (mut chosen, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|(file, _)| takes(file));
        chosen.sort_by_key(|(file, _)| listed(file));
        let mut names: Vec<&str> = chosen.iter().map(|(file, _)| *file).collect();
        names.dedup();
        let used = names.join(", ");
        for (file, document) in left {
            let at = context.first_line(document.span);
            let found = codes::COMPOSE_SECOND_FILE.at(at).arg("file", file).arg("used", &*used);
            context.note(found.about(document.object.clone()));
        }
        if let ([_, _, ..], Some((_, last))) = (&names[..], chosen.last()) {
            let made = assumed::COMPOSE_MERGED.made().arg("files", used);
            context.assume(made.because_at(last.object.clone(), "services", context.at(last.span)));
        }
        let documents: Vec<_> = chosen.iter().map(|(_, document)| *document).collect();
        let mut project = load::project(context, &files, &documents, &mut Vec::new());
        give_name(context, folder, &documents, &mut project);
        projects.push(project);
    }
    projects
}

/// Gives a project its name.
fn give_name(context: &mut Context<'_>, folder: &str, files: &[&Document<ComposeFile>], project: &mut Project) {
    let name = files.iter().rev().find_map(|document| Some(document.value.name.as_ref()?.value.clone()));
    let said = name.or_else(|| files.iter().find_map(|document| document.value.project.clone()));
    let own = said.as_deref().map(normal).filter(|name| !name.is_empty());
    let by_folder = || Some(normal(split(folder).1)).filter(|name| !name.is_empty());
    project.name = Arc::from(own.or_else(by_folder).unwrap_or_else(|| {
        context.assume(assumed::COMPOSE_PROJECT.made().arg("name", DEFAULT_NAME));
        DEFAULT_NAME.to_owned()
    }));
}

/// The name of a project whose file names none and lies in no folder that is known.
const DEFAULT_NAME: &str = "default";

/// A name as Compose makes one of a folder's (`NormalizeProjectName`).
fn normal(text: &str) -> String {
    let allowed = |letter: &char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_');
    let text: String = text.to_lowercase().chars().filter(allowed).collect();
    text.trim_start_matches(['-', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_compose_makes_them() {
        assert_eq!([normal("My App.1"), normal("_-x"), normal("한글")], ["myapp1", "x", ""]);
        assert!(rank("compose.yaml") < rank("compose.override.yaml"));
        assert!(rank("docker-compose.override.yml") < rank("compose.dev.yaml"));
    }
}
