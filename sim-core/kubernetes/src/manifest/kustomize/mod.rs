//! Folders with a `kustomization.yaml`: what they come to, as `kubectl kustomize` would print it, with the places that
//! everything came from.
//!
//! ```text
//! texts ──roots──▶ kustomizations that stand for themselves ──render──▶ objects ──emit──▶ JSON, with places
//! ```
//!
//! `roots` finds the kustomizations that no other one includes and chooses among those that are alternatives of each
//! other. `render` takes one of them apart: resources, generators and components, and then what it does to all of them
//! (`merge`, `json_patch`, `transform`, `references`, `replace`). Nothing is fetched: what lies elsewhere is told.

pub(super) mod emit;
mod files;
mod generate;
mod json_patch;
mod merge;
mod object;
mod patched;
pub(crate) mod paths;
mod place;
mod references;
mod render;
mod replace;
mod roots;
mod select;
mod specs;
mod transform;
mod value;

use super::assemble::Assembly;
use super::nested::Offsets;
use super::{Limits, Progress, Role, SourceText};
use crate::diagnostic::{Diagnostic, codes};
use crate::origin::{Lines, ObjectRef, SourceId, Span};
use crate::text::tree::Budget;
pub(super) use emit::Pieces;
use files::Files;
pub use patched::{Patched, Patching, Unpatched};
use place::first_span;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What becomes of the texts of an input.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For each text: a kustomization decides about it, and it is no manifest of its own.
    pub(super) passed: Vec<bool>,
    /// Objects that kustomizations came to.
    pub(super) rendered: Vec<Rendered>,
}

/// An object that a kustomization came to.
#[derive(Debug)]
pub(super) struct Rendered {
    /// What it is called.
    pub(super) object: ObjectRef,
    /// JSON.
    pub(super) text: String,
    /// Where its pieces came from.
    pub(super) pieces: Arc<Pieces>,
    /// The text it came from.
    pub(super) source: SourceId,
}

/// Names listed of files that are passed over.
const NAMED: usize = 3;

/// Renders the kustomizations among the texts. Without any, all texts stand for themselves.
pub(super) fn plan<'i>(inputs: &'i [SourceText], assembly: &mut Assembly<'i>, limits: &Limits) -> Plan {
    let mut files = Files::new(inputs, assembly, limits);
    let all = roots::find(&mut files);
    if all.is_empty() {
        let passed = (0..inputs.len()).map(|index| files.broken.contains(&index)).collect();
        return Plan { passed, rendered: Vec::new() };
    }
    let mut plan = Plan::default();
    for chosen in roots::choose(&mut files, &all) {
        for item in &chosen.items {
            let (text, pieces) = emit::json(&item.node);
            let id = item.id();
            let namespace = Some(id.effective_namespace()).filter(|namespace| !namespace.is_empty()).map(Arc::from);
            let object = ObjectRef { kind: Arc::from(&*id.kind), namespace, name: Arc::from(&*id.name) };
            plan.rendered.push(Rendered { object, text, pieces, source: item.node.span.source });
        }
        let at = Span { source: SourceId(chosen.index as u32), start: 0, end: 0 };
        let mut found = chosen.found;
        let count = chosen.items.len().to_string();
        let applied = codes::KUSTOMIZE_APPLIED.at(first_span(inputs, at));
        found.push(applied.arg("folder", shown(&chosen.folder)).arg("count", count));
        if !chosen.others.is_empty() {
            let others: Vec<String> = chosen.others.iter().map(|folder| shown(folder)).collect();
            let told = codes::KUSTOMIZE_CHOSEN.at(first_span(inputs, at)).arg("folder", shown(&chosen.folder));
            found.push(told.arg("others", others.join(", ")).hint(codes::HINT_KUSTOMIZE_CHOOSE));
        }
        files.report(found);
    }
    plan.passed = passed(&mut files, &all);
    plan
}

/// Which texts are no manifests of their own: those a kustomization names, and those beside one that it does not name.
fn passed(files: &mut Files<'_, '_>, all: &[roots::Kustomization]) -> Vec<bool> {
    let claimed: BTreeSet<usize> = all.iter().flat_map(|one| one.claimed.iter().copied()).collect();
    let folders: BTreeSet<&str> = all.iter().map(|one| one.folder.as_str()).collect();
    let mut passed = vec![false; files.inputs.len()];
    let mut unlisted: Vec<(usize, usize)> = Vec::new();
    for (path, index) in files.paths() {
        let input = &files.inputs[index];
        if claimed.contains(&index) || files.broken.contains(&index) {
            passed[index] = true;
            continue;
        }
        let governed = governor(path, &folders);
        // What only we understand is ours wherever it lies.
        let ours = input.text.contains("kubehop.dev/");
        if let Some(governor) = governed
            && input.role == Role::Found
            && !ours
        {
            passed[index] = true;
            let at = all.iter().position(|one| one.folder == governor).unwrap_or_default();
            unlisted.push((at, index));
        }
    }
    unlisted.sort_unstable();
    for group in unlisted.chunk_by(|a, b| a.0 == b.0) {
        let Some(one) = all.get(group[0].0) else { continue };
        let mut names: Vec<&str> = group.iter().map(|(_, index)| &*files.inputs[*index].name).take(NAMED).collect();
        if group.len() > NAMED {
            names.push("…");
        }
        let at = first_span(files.inputs, Span { source: SourceId(one.index as u32), start: 0, end: 0 });
        let told = codes::KUSTOMIZE_NOT_LISTED.at(at).arg("count", group.len().to_string());
        let told = told.arg("files", names.join(", ")).arg("folder", shown(&one.folder));
        files.report(vec![told.hint(codes::HINT_KUSTOMIZE_GIVE_FILE)]);
    }
    passed
}

/// The nearest folder above a file that has a kustomization.
fn governor<'f>(path: &str, folders: &BTreeSet<&'f str>) -> Option<&'f str> {
    let mut folder = paths::folder(path);
    loop {
        if let Some(found) = folders.get(folder) {
            return Some(found);
        }
        if folder.is_empty() || folder == "/" {
            return None;
        }
        folder = paths::folder(folder);
    }
}

/// A folder for people.
fn shown(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}

/// The objects that the kustomizations among the texts come to, each as JSON, and what was found on the way.
pub fn render(inputs: &[SourceText], limits: &Limits) -> (Vec<String>, Vec<Diagnostic>) {
    let lines: Vec<Lines> = inputs.iter().map(|input| Lines::of(&input.text)).collect();
    let progress = Progress::default();
    let mut assembly = Assembly::new(inputs, &lines, limits, &progress);
    let plan = plan(inputs, &mut assembly, limits);
    let (_, _, found) = assembly.finish();
    (plan.rendered.into_iter().map(|made| made.text).collect(), found)
}

/// The folders whose kustomizations would be rendered, and the texts that none of them decides about.
pub fn split(inputs: &[SourceText], limits: &Limits) -> (Vec<String>, Vec<SourceText>) {
    let lines: Vec<Lines> = inputs.iter().map(|input| Lines::of(&input.text)).collect();
    let progress = Progress::default();
    let mut assembly = Assembly::new(inputs, &lines, limits, &progress);
    let mut files = Files::new(inputs, &mut assembly, limits);
    let all = roots::find(&mut files);
    if all.is_empty() {
        return (Vec::new(), inputs.to_vec());
    }
    let folders = roots::choose(&mut files, &all).into_iter().map(|one| one.folder).collect();
    let passed = passed(&mut files, &all);
    let rest = inputs.iter().zip(passed).filter(|(_, passed)| !passed).map(|(input, _)| input.clone()).collect();
    (folders, rest)
}

/// The documents of a text, each as JSON, scalars typed as everywhere.
pub fn documents(text: &str) -> Vec<String> {
    let mut budget = Budget::of(&Limits::default());
    let roots = files::roots(text, Offsets::Same(SourceId(0)), &mut budget);
    roots.iter().map(|root| emit::json(root).0).collect()
}

/// A file or folder that a kustomization names and that is not among the texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its path, in the terms of the texts' names.
    pub path: String,
    /// It may be a folder with a kustomization of its own.
    pub folder: bool,
    /// Only the hash behind a Secret's name needs it.
    pub secret: bool,
}

/// What the kustomizations among the texts name that is not there, so that it can be read, too. Nothing remote.
pub fn wanted(inputs: &[SourceText], limits: &Limits) -> Vec<Wanted> {
    let by_path: BTreeSet<String> = inputs.iter().map(|input| paths::plain(&input.name)).collect();
    let mut budget = Budget::of(limits);
    let mut wanted = BTreeSet::new();
    for (index, input) in inputs.iter().enumerate() {
        let path = paths::plain(&input.name);
        if !files::NAMES.contains(&paths::file(&path)) {
            continue;
        }
        let roots = files::roots(&input.text, Offsets::Same(SourceId(index as u32)), &mut budget);
        let Some(file) = roots.first().filter(|file| roots::is_kustomization(file)) else { continue };
        roots::each_named(file, &mut |named| {
            let there = paths::join(paths::folder(&path), named.path);
            let inside = files::NAMES.iter().any(|name| by_path.contains(&paths::join(&there, name)));
            let is_there = by_path.contains(&there) || (named.folder && inside);
            if !is_there && !paths::is_remote(named.path) {
                wanted.insert(Wanted { path: there, folder: named.folder, secret: named.secret });
            }
        });
    }
    wanted.into_iter().collect()
}

/// True for the name of a kustomization's file, whatever folder it is in.
pub fn is_kustomization_file(name: &str) -> bool {
    files::NAMES.contains(&name.rsplit(['/', '\\']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests;
