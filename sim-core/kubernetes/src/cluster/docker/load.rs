//! Compose files as they lead to each other: `extends` writes a service over another one, `include` brings another project's parts, several files
//! are merged, and `!reset` and `!override` say what of the earlier ones does not count.

use super::merge;
use super::parts::{Project, Service, split};
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::kustomize::paths;
use crate::manifest::objects::{
    ComposeFile, ComposeInclude, ComposeNetwork, ComposePort, ComposeService, ComposeTag, Document, Object, Text,
};
use crate::origin::{SourceId, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Files or services that lead to each other, one behind the other, at most.
const DEPTH: usize = 32;

/// The Compose files of the input, by path.
pub(super) struct Texts<'p> {
    all: Vec<(&'p str, &'p Document<ComposeFile>)>,
    /// Indices of a file's documents by its plain path.
    by_path: BTreeMap<String, Vec<usize>>,
}

impl<'p> Texts<'p> {
    pub(super) fn of(context: &Context<'p>) -> Self {
        let parsed = context.parsed;
        let of = |object: &'p Object| match object {
            Object::Compose(document) => {
                let source = parsed.sources.get(document.span.source.0 as usize);
                Some((source.map_or("", |source| &*source.name), document))
            }
            _ => None,
        };
        let all: Vec<_> = parsed.objects.iter().filter_map(of).collect();
        let mut by_path: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, (path, _)) in all.iter().enumerate() {
            by_path.entry(paths::plain(path)).or_default().push(at);
        }
        Self { all, by_path }
    }

    /// A file's documents; `path` is seen from the folder of `from`.
    fn at(&self, from: &str, path: &str) -> Vec<&'p Document<ComposeFile>> {
        let indices = self.by_path.get(&beside(from, path)).into_iter().flatten();
        indices.filter_map(|at| self.all.get(*at)).map(|(_, document)| *document).collect()
    }

    fn path(&self, source: SourceId) -> &'p str {
        self.all.iter().find(|(_, document)| document.span.source == source).map_or("", |(path, _)| *path)
    }

    /// Files that others include or extend: they are no projects of their own. Of some that lead to each other only, the first is.
    pub(super) fn referenced(&self) -> BTreeSet<SourceId> {
        let mut named: BTreeMap<SourceId, BTreeSet<SourceId>> = BTreeMap::new();
        for (path, document) in &self.all {
            let own = document.span.source;
            let included = document.value.include.iter().flat_map(|one| one.value.files());
            let extended =
                document.value.services.0.iter().filter_map(|(_, of)| of.value.extends.as_ref()?.value.file.as_ref());
            let names: BTreeSet<&str> = included.chain(extended).map(|file| &*file.value).collect();
            let theirs = names.into_iter().flat_map(|name| self.at(path, name)).map(|other| other.span.source);
            named.entry(own).or_default().extend(theirs.filter(|other| *other != own));
        }
        let direct: BTreeSet<SourceId> = named.values().flatten().copied().collect();
        let mut reached = BTreeSet::new();
        let (roots, rest): (Vec<SourceId>, Vec<SourceId>) =
            self.all.iter().map(|(_, document)| document.span.source).partition(|source| !direct.contains(source));
        let mut referenced = BTreeSet::new();
        for root in roots.into_iter().chain(rest) {
            if !reached.insert(root) {
                continue;
            }
            let mut open = vec![root];
            while let Some(next) = open.pop() {
                for other in named.get(&next).into_iter().flatten() {
                    referenced.extend((*other != root).then_some(*other));
                    if reached.insert(*other) {
                        open.push(*other);
                    }
                }
            }
        }
        referenced
    }

    /// All others, with their paths.
    pub(super) fn roots<'t>(
        &'t self,
        referenced: &'t BTreeSet<SourceId>,
    ) -> impl Iterator<Item = (&'p str, &'p Document<ComposeFile>)> + 't {
        self.all.iter().copied().filter(|(_, document)| !referenced.contains(&document.span.source))
    }
}

/// A path as it is seen from the folder of a file.
fn beside(from: &str, path: &str) -> String {
    let plain = paths::plain(from);
    paths::join(paths::folder(&plain), path)
}

/// What a file says by itself: its services with what they extend, and what it includes.
#[derive(Default)]
struct Parts {
    services: Vec<Service>,
    networks: Vec<(Text, Spanned<ComposeNetwork>)>,
}

/// Several files as one project, each over those before it. `open` are the files that are being read.
pub(super) fn project(
    context: &mut Context<'_>,
    texts: &Texts<'_>,
    files: &[&Document<ComposeFile>],
    open: &mut Vec<SourceId>,
) -> Project {
    let mut project = Project::default();
    for document in files {
        let before = open.len();
        if open.last() != Some(&document.span.source) {
            open.push(document.span.source);
        }
        let parts = parts(context, texts, document, open);
        open.truncate(before);
        over(&mut project, parts, &document.value.tags);
        if project.profiles.is_empty() {
            project.profiles.clone_from(&document.value.profiles);
        }
    }
    project
}

/// Merges a file over those before it.
fn over(project: &mut Project, parts: Parts, tags: &[ComposeTag]) {
    for tag in tags {
        merge::clear(project, tag);
    }
    let is_reset = |part: &str, key: &Text| {
        tags.iter().any(|tag| match &tag.path[..] {
            [own] => tag.reset && **own == *part,
            [own, name] => tag.reset && **own == *part && name == key,
            _ => false,
        })
    };
    let mut known: BTreeMap<Text, usize> =
        project.services.iter().enumerate().map(|(at, of)| (of.name.clone(), at)).collect();
    for service in parts.services.into_iter().filter(|service| !is_reset("services", &service.name)) {
        match known.get(&service.name).and_then(|at| project.services.get_mut(*at)) {
            Some(base) => merge::written_over(base, service),
            None => {
                known.insert(service.name.clone(), project.services.len());
                project.services.push(service);
            }
        }
    }
    let mut known: BTreeMap<Text, usize> =
        project.networks.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (key, network) in parts.networks.into_iter().filter(|(key, _)| !is_reset("networks", key)) {
        match known.get(&key).and_then(|at| project.networks.get_mut(*at)) {
            Some((_, base)) => merge::network(&mut base.value, network.value),
            None => {
                known.insert(key.clone(), project.networks.len());
                project.networks.push((key, network));
            }
        }
    }
}

fn parts(
    context: &mut Context<'_>,
    texts: &Texts<'_>,
    document: &Document<ComposeFile>,
    open: &mut Vec<SourceId>,
) -> Parts {
    let mut parts = Parts::default();
    for (key, service) in &document.value.services.0 {
        if !context.may(1, size_of::<ComposeService>()) {
            break;
        }
        parts.services.push(extended(context, texts, document, (key, service), &mut Vec::new()));
    }
    parts.networks.clone_from(&document.value.networks.0);
    for (at, include) in document.value.include.iter().enumerate() {
        self::include(context, texts, document, (at, &include.value), (&mut parts, open));
    }
    parts
}

/// Adds what an entry of `include` brings. Compose takes nothing twice.
fn include(
    context: &mut Context<'_>,
    texts: &Texts<'_>,
    document: &Document<ComposeFile>,
    (at, include): (usize, &ComposeInclude),
    (parts, open): (&mut Parts, &mut Vec<SourceId>),
) {
    let from = texts.path(document.span.source);
    let mut files = Vec::new();
    for file in include.files() {
        let path = format!("include[{at}]");
        if is_elsewhere(&file.value) {
            not_followed(context, &path, file.span, document);
            continue;
        }
        let found = texts.at(from, &file.value);
        if found.is_empty() {
            missing(context, &path, file, document);
        }
        if open.len() >= DEPTH || found.iter().any(|other| open.contains(&other.span.source)) {
            let found = context.finding(codes::COMPOSE_CIRCLE, file.span, &document.object).arg("path", path);
            context.note(found.arg("file", &*file.value));
            continue;
        }
        files.extend(found);
    }
    let brought = project(context, texts, &files, open);
    let mut twice = Vec::new();
    for service in brought.services {
        match parts.services.iter().any(|own| own.name == service.name) {
            true => twice.push(("services", service.name, service.span)),
            false => parts.services.push(service),
        }
    }
    for (key, network) in brought.networks {
        match parts.networks.iter().find(|(own, _)| *own == key) {
            Some((_, own)) if merge::is_same(&own.value, &network.value) => {}
            Some(_) => twice.push(("networks", key, network.span)),
            None => parts.networks.push((key, network)),
        }
    }
    for (part, name, span) in twice {
        let file = include.files().next().map_or(span, |file| file.span);
        let found = context.finding(codes::COMPOSE_TWICE, file, &document.object);
        context.note(found.arg("path", format!("include[{at}]")).arg("part", format!("{part}.{name}")));
    }
}

/// True for what Compose fetches: repositories and registries.
fn is_elsewhere(path: &str) -> bool {
    paths::is_remote(path) || path.starts_with("oci:") || path.starts_with("git:")
}

/// A service over what it extends. `open` are the services that are being written over.
fn extended(
    context: &mut Context<'_>,
    texts: &Texts<'_>,
    document: &Document<ComposeFile>,
    (key, service): (&Text, &Spanned<ComposeService>),
    open: &mut Vec<(SourceId, Text)>,
) -> Service {
    let of = service.value.clone();
    let field =
        |(at, port): (usize, &Spanned<ComposePort>)| (Arc::from(format!("services.{key}.ports[{at}]")), port.clone());
    let ports = of.ports.iter().enumerate().map(field).collect();
    let extends = of.extends.clone();
    let own = Service { name: key.clone(), of, span: service.span, ports, number: None };
    let Some(extends) = extends else { return own };
    let path = format!("services.{key}.extends");
    let file = extends.value.file.as_ref();
    if let Some(file) = file.filter(|file| is_elsewhere(&file.value)) {
        not_followed(context, &path, file.span, document);
        return own;
    }
    let theirs = match file {
        Some(file) => {
            let found = texts.at(texts.path(document.span.source), &file.value);
            if found.is_empty() {
                missing(context, &path, file, document);
                return own;
            }
            found
        }
        None => vec![document],
    };
    let Some(name) = extends.value.name() else {
        not_followed(context, &path, context.first_line(extends.span), document);
        return own;
    };
    let base = theirs.iter().find_map(|other| Some((*other, other.value.services.get(&name.value)?)));
    let Some((other, base)) = base else {
        let found = context.finding(codes::COMPOSE_UNKNOWN_SERVICE, name.span, &document.object);
        context.note(found.arg("path", path).arg("service", &*name.value));
        return own;
    };
    open.push((document.span.source, key.clone()));
    let circle = open.len() >= DEPTH || open.contains(&(other.span.source, name.value.clone()));
    if circle || !context.may(1, size_of::<ComposeService>()) {
        let file = split(texts.path(other.span.source)).1;
        let found = context.finding(codes::COMPOSE_CIRCLE, name.span, &document.object).arg("path", path);
        context.note(found.arg("file", file));
        open.pop();
        return own;
    }
    let base = extended(context, texts, other, (&name.value, base), open);
    open.pop();
    let mut made = Service { name: key.clone(), span: service.span, ..base };
    for tag in &document.value.tags {
        if let [part, name, field @ ..] = &tag.path[..]
            && **part == *"services"
            && name == key
        {
            merge::clear_service(&mut made, field);
        }
    }
    merge::written_over(&mut made, own);
    made
}

fn not_followed(context: &mut Context<'_>, path: &str, span: Span, document: &Document<ComposeFile>) {
    let found = codes::COMPOSE_NOT_FOLLOWED.at(context.first_line(span)).arg("path", path);
    context.note(found.about(document.object.clone()));
}

fn missing(context: &mut Context<'_>, path: &str, file: &Spanned<Text>, document: &Document<ComposeFile>) {
    let found = context.finding(codes::COMPOSE_FILE_MISSING, file.span, &document.object).arg("path", path);
    context.note(found.arg("file", &*file.value).hint(codes::HINT_COMPOSE_TOGETHER));
}
