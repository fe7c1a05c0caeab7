//! YAML and JSON text to typed Kubernetes objects, each with its place.
//!
//! ```
//! use kubernetes::manifest::objects::Object;
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//!
//! // One object that cannot be used loses no other.
//! let text = "kind: Pod\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
//! let parsed = parse(&[SourceText::given("in.yaml", text)], &Limits::default());
//! let [Object::Service(service)] = &parsed.objects[..] else { panic!("{:?}", parsed.objects) };
//! let port = service.value.spec.ports[0].value.port.as_ref().unwrap();
//! assert_eq!(port.value, 80);
//! assert_eq!(parsed.locate(port.span).unwrap().line, 6);
//! assert!(parsed.diagnostics.iter().any(|found| found.code == "missing-name"));
//! ```
//!
//! ```text
//! bytes ──origin──▶ text ──text──▶ Tree ──document──▶ Object (through de, into objects) ──assemble──▶ Parsed
//! ```
//!
//! `origin` knows encodings and `text` reads one document into a tree within limits (`lists`: one for each item of a JSON List).
//! `document` finds out what a tree is (`kinds`), reads it through the serde deserializer in `de`, and `assemble` keeps one object per
//! identity. `kustomize` decides about the texts of folders with a `kustomization.yaml` before that.

pub mod acting;
mod amiss;
mod assemble;
mod compose;
mod de;
mod document;
mod fields;
mod folders;
mod held;
mod kinds;
mod known;
pub mod kustomize;
mod lists;
mod mend;
mod nested;
pub mod objects;
mod openshift;
mod parsed;
mod pasted;
mod progress;
mod rendered;
mod scalars;
mod teach;
mod template;
mod tools;
mod typed;

use crate::budget::Stopped;
use crate::diagnostic::{Diagnostic, codes};
use crate::machine;
use crate::origin::{self, Lines, SourceId, Span};
pub use crate::origin::{Role, Snippet, SnippetLine, SourceText};
pub use crate::text::{Limits, outline::Stands};
use crate::text::{
    read,
    tree::{Budget, Builder},
};
use assemble::Assembly;
pub use assemble::SkippedField;
use document::Sink;
pub(crate) use fields::nearest;
pub use held::{Held, HeldPod, HeldService, Outage};
use nested::Offsets;
pub use parsed::Parsed;
pub use progress::{Phase, Progress, Stage};
pub use rendered::{FieldPlace, RenderedObject};
pub use scalars::{Scalar, scalars};
use std::sync::Arc;

/// Reads all documents of all texts.
///
/// A document or object that cannot be used is left out and named in [`Parsed::diagnostics`]; it never costs another.
/// Later objects replace earlier ones of the same identity, as `kubectl apply` would.
pub fn parse(inputs: &[SourceText], limits: &Limits) -> Parsed {
    parse_watched(inputs, limits, &Progress::default())
}

/// The same, saying how far it is.
pub fn parse_watched(inputs: &[SourceText], limits: &Limits, progress: &Progress) -> Parsed {
    parse_lists(inputs, limits, progress, true)
}

/// What the files among the texts name that is not there, so that it can be read, too: of kustomizations, and of Compose files, with their
/// `.env`. Nothing remote.
pub fn wanted(inputs: &[SourceText], limits: &Limits) -> Vec<kustomize::Wanted> {
    let beside = |path| kustomize::Wanted { path, folder: false, secret: false };
    let mut all = kustomize::wanted(inputs, limits);
    all.extend(compose::wanted(inputs, limits).into_iter().map(beside));
    all
}

/// The same, with what its [`Progress::budget`] allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn parse_within(inputs: &[SourceText], limits: &Limits, progress: &Progress) -> Result<Parsed, Stopped> {
    let parsed = parse_watched(inputs, limits, progress);
    progress.budget().check().map(|()| parsed)
}

/// The same; `apart` reads JSON Lists item by item where that comes to the same.
fn parse_lists(inputs: &[SourceText], limits: &Limits, progress: &Progress, apart: bool) -> Parsed {
    let lines: Vec<_> = inputs.iter().map(|input| Lines::of(&input.text)).collect();
    progress.expect(inputs.iter().map(|input| input.text.len()).sum());
    let mut assembly = Assembly::new(inputs, &lines, limits, progress);
    assembly.lists_apart = apart;
    let mut budget = Budget::of(limits);
    let mut bytes = 0_usize;
    let mut plan = kustomize::plan(inputs, &mut assembly, limits);
    folders::pass(inputs, &mut plan.passed, &mut assembly);
    let mut printed = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        if plan.passed.get(index).copied().unwrap_or_default() {
            continue;
        }
        if progress.budget().is_stopped() {
            break;
        }
        let source = SourceId(index as u32);
        progress.at(Phase::Reading, bytes);
        assembly.before = bytes;
        bytes = bytes.saturating_add(input.text.len());
        if bytes > limits.bytes || u32::try_from(input.text.len()).is_err() {
            let found = codes::INPUT_TOO_LARGE.at(Span { source, ..Span::default() });
            assembly.report(found.arg("limit", limits.bytes.to_string()).hint(codes::HINT_SPLIT_INPUT));
            break;
        }
        if compose::is_environment(&input.name) {
            continue;
        }
        if let Some(span) = origin::broken(&input.text, source) {
            let found = codes::NOT_UNICODE.at(span).arg("file", &*input.name);
            assembly.report(found.hint(codes::HINT_SAVE_AS_UNICODE));
            continue;
        }
        if template::is_ytt(&input.text) || template::is_jsonnet(&input.text, &input.name) {
            let line = input.text.lines().next().unwrap_or_default().trim_end().len();
            assembly.report(codes::UNRENDERED_TEMPLATE.at(Span { source, start: 0, end: line as u32 }));
            continue;
        }
        if let Some(parts) = machine::read(source, &input.name, &input.text) {
            printed.extend(parts);
            continue;
        }
        let pasted = pasted::look(&input.text);
        if !pasted.is_empty() {
            for found in pasted {
                let span = Span { source, ..found.span };
                assembly.report(Diagnostic { span, ..found });
            }
            continue;
        }
        if !parse_one(&input.text, Offsets::Same(source), source, &mut assembly, &mut budget) {
            break;
        }
    }
    for made in &plan.rendered {
        let offsets = Offsets::Pieces(Arc::clone(&made.pieces));
        if !parse_one(&made.text, offsets, made.source, &mut assembly, &mut budget) {
            break;
        }
    }
    let skipped = assembly.take_skipped();
    let borders = assembly.take_borders();
    let (objects, unused, diagnostics) = assembly.finish();
    let rendered = plan.rendered.iter().map(|made| {
        let object = RenderedObject::new(&made.text, &made.pieces);
        (made.object.clone(), object)
    });
    let rendered = Arc::new(rendered.collect());
    let (sources, held) = (inputs.to_vec(), Held::default());
    let (lines, borders) = (Arc::new(lines), Arc::new(borders));
    let machines = Arc::new(machine::by_machine(printed));
    Parsed { sources, objects, unused, skipped, diagnostics, held, machines, lines, borders, rendered }
}

/// Reads one text with the configurations in it. Returns false when no more are to be read.
fn parse_one(text: &str, offsets: Offsets, source: SourceId, assembly: &mut Assembly<'_>, budget: &mut Budget) -> bool {
    let name = assembly.input(source).map(|input| Arc::clone(&input.name)).unwrap_or_default();
    let mut sink = Sink { assembly, text, name: &name, offsets, inside: None, rounds: 0, lenient: false };
    let goes_on = read(text, &mut Builder::new(budget), &mut sink);
    while let Some((map, value)) = assembly.next_configuration() {
        let offsets = Offsets::of(assembly.input(value.span.source).map_or("", |input| &*input.text), &value);
        let text = &value.value;
        let lenient = text.trim_start().starts_with('{');
        let mut sink = Sink { assembly, text, name: &name, offsets, inside: Some(map), rounds: 0, lenient };
        read(text, &mut Builder::new(budget), &mut sink);
    }
    goes_on
}

#[cfg(test)]
mod tests;
