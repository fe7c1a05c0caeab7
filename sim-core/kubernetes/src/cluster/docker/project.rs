//! The Compose files of a folder as one project.

use super::merge;
use crate::assumption::codes as assumed;
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::objects::{ComposeFile, ComposeNetwork, ComposePort, ComposeService, Document, Object, Text};
use crate::origin::{ObjectRef, SourceId, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A project: what its files say together.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Its name.
    pub(super) name: Arc<str>,
    /// Its services, in the order they are written.
    pub(super) services: Vec<Service>,
    /// Its networks, likewise.
    pub(super) networks: Vec<(Text, Spanned<ComposeNetwork>)>,
    /// It is what `docker inspect` printed.
    pub(super) recorded: bool,
    /// Profiles that are on.
    pub(super) profiles: Vec<Text>,
}

/// A service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: Text,
    pub(super) of: ComposeService,
    /// Where it begins in the first file that has it.
    pub(super) span: Span,
    /// Its ports with their fields: each counts in its own file.
    pub(super) ports: Vec<(Arc<str>, Spanned<ComposePort>)>,
    /// Which of the service's containers it is, where that is recorded: it is the only one then.
    pub(super) number: Option<u32>,
}

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

fn documents<'p>(context: &Context<'p>) -> impl Iterator<Item = &'p Document<ComposeFile>> {
    context.parsed.objects.iter().filter_map(|object| match object {
        Object::Compose(document) => Some(document),
        _ => None,
    })
}

/// Names of the file that Compose takes where it is told none, the preferred first.
const BASES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Folder and name of a path.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Which of a folder's files comes first: the one that Compose looks for, what overrides it, all others.
fn rank(file: &str) -> usize {
    let of_base = BASES.iter().position(|base| *base == file);
    let overrides = || file.contains(".override.");
    of_base.unwrap_or(if overrides() { BASES.len() } else { BASES.len() + 1 })
}

/// All projects, in input order.
pub(super) fn all(context: &mut Context<'_>) -> Vec<Project> {
    let parsed = context.parsed;
    let path = |document: &Document<ComposeFile>| {
        parsed.sources.get(document.span.source.0 as usize).map_or("", |source| &*source.name)
    };
    let mut order: Vec<&str> = Vec::new();
    let mut folders: BTreeMap<&str, Vec<(&str, &Document<ComposeFile>)>> = BTreeMap::new();
    for document in documents(context) {
        let (folder, file) = split(path(document));
        if !folders.contains_key(folder) {
            order.push(folder);
        }
        folders.entry(folder).or_default().push((file, document));
    }
    let mut projects = Vec::new();
    for folder in order {
        let mut files = folders.remove(folder).unwrap_or_default();
        files.sort_by_key(|(file, _)| rank(file));
        let base = files.first().map_or("", |(file, _)| *file);
        // Of several that Compose looks for it takes the preferred one.
        let (files, left): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(file, _)| *file == base || rank(file) >= BASES.len());
        for (file, document) in left {
            let at = context.first_line(document.span);
            let found = codes::COMPOSE_SECOND_FILE.at(at).arg("file", file).arg("used", base);
            context.note(found.about(document.object.clone()));
        }
        let mut names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
        names.dedup();
        if let ([_, _, ..], Some((_, last))) = (&names[..], files.last()) {
            let made = assumed::COMPOSE_MERGED.made().arg("files", names.join(", "));
            context.assume(made.because_at(last.object.clone(), "services", context.at(last.span)));
        }
        projects.push(project(context, folder, &files));
    }
    projects
}

fn project(context: &mut Context<'_>, folder: &str, files: &[(&str, &Document<ComposeFile>)]) -> Project {
    let mut project = Project::default();
    let mut known: BTreeMap<Text, usize> = BTreeMap::new();
    let mut nets: BTreeMap<Text, usize> = BTreeMap::new();
    let mut name = None;
    for (_, document) in files {
        let file = &document.value;
        name = file.name.as_ref().map(|name| name.value.clone()).or(name);
        if let Some(include) = &file.include {
            not_followed(context, "include", include.span, &document.object);
        }
        for (key, service) in &file.services.0 {
            if !context.may(1, size_of::<ComposeService>()) {
                break;
            }
            let of = service.value.clone();
            if let Some(extends) = &of.extends {
                not_followed(context, &format!("services.{key}.extends"), extends.span, &document.object);
            }
            for link in of.external_links.0.iter().take(1) {
                not_followed(context, &format!("services.{key}.external_links"), link.span, &document.object);
            }
            let field = |(at, port): (usize, &Spanned<ComposePort>)| {
                (Arc::from(format!("services.{key}.ports[{at}]")), port.clone())
            };
            let ports = of.ports.iter().enumerate().map(field);
            match known.get(key).and_then(|at| project.services.get_mut(*at)) {
                Some(base) => {
                    let mut seen: BTreeSet<ComposePort> = base.ports.iter().map(|(_, own)| own.value.clone()).collect();
                    base.ports.extend(ports.filter(|(_, port)| seen.insert(port.value.clone())));
                    merge::service(&mut base.of, of);
                }
                None => {
                    let ports = ports.collect();
                    known.insert(key.clone(), project.services.len());
                    project.services.push(Service { name: key.clone(), of, span: service.span, ports, number: None });
                }
            }
        }
        for (key, network) in &file.networks.0 {
            match nets.get(key).and_then(|at| project.networks.get_mut(*at)) {
                Some((_, base)) => merge::network(&mut base.value, network.value.clone()),
                None => {
                    nets.insert(key.clone(), project.networks.len());
                    project.networks.push((key.clone(), network.clone()));
                }
            }
        }
        if project.profiles.is_empty() {
            project.profiles.clone_from(&file.profiles);
        }
    }
    let said = name.or_else(|| files.iter().find_map(|(_, document)| document.value.project.clone()));
    let own = said.as_deref().map(normal).filter(|name| !name.is_empty());
    let by_folder = || Some(normal(split(folder).1)).filter(|name| !name.is_empty());
    project.name = Arc::from(own.or_else(by_folder).unwrap_or_else(|| {
        context.assume(assumed::COMPOSE_PROJECT.made().arg("name", DEFAULT_NAME));
        DEFAULT_NAME.to_owned()
    }));
    project
}

/// The name of a project whose file names none and lies in no folder that is known.
const DEFAULT_NAME: &str = "default";

/// A name as Compose makes one of a folder's (`NormalizeProjectName`).
fn normal(text: &str) -> String {
    let allowed = |letter: &char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_');
    let text: String = text.to_lowercase().chars().filter(allowed).collect();
    text.trim_start_matches(['-', '_']).to_owned()
}

fn not_followed(context: &mut Context<'_>, path: &str, span: Span, object: &ObjectRef) {
    let found = codes::COMPOSE_NOT_FOLLOWED.at(context.first_line(span)).arg("path", path);
    context.note(found.about(object.clone()));
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
