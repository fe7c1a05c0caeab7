//! Templates that were not rendered: which tool's they are, and the command that renders them.

use crate::diagnostic::{Diagnostic, codes};
use crate::origin::Span;
use crate::text::tree::{NodeId, Tree, Value, here};

/// Keys below which text is a program's own affair.
pub(super) const OPAQUE: &[&str] = &[
    "args",
    "command",
    "env",
    "data",
    "stringData",
    "binaryData",
    "annotations",
    "lifecycle",
    "managedFields",
    "status",
];

/// The finding about a text of the name `file` that is a template.
pub(super) fn finding(span: Span, text: &str, file: &str) -> Diagnostic {
    let quoted =
        if file.contains([' ', '\'']) { format!("'{}'", file.replace('\'', "'\\''")) } else { file.to_owned() };
    let file = quoted.as_str();
    let (engine, command) = match engine(text, file) {
        "Helm" => match chart(file) {
            Some(folder) => ("Helm", format!("helm template {} {folder}", folder.rsplit('/').next().unwrap_or("NAME"))),
            None => ("Helm", "helm template NAME CHART".to_owned()),
        },
        "ytt" => ("ytt", format!("ytt -f {file}")),
        "Jsonnet" => ("Jsonnet", format!("jsonnet {file}")),
        "ERB" => ("ERB", format!("erb {file}")),
        "Jinja" => ("Jinja", format!("jinja2 {file} VALUES.yaml")),
        _ => ("Go", format!("gomplate -f {file}")),
    };
    let found = codes::UNRENDERED_TEMPLATE.at(span).arg("engine", engine).arg("command", command);
    found.hint(codes::HINT_RENDER_TEMPLATE)
}

/// The folder of the chart that a file belongs to.
pub(super) fn chart(file: &str) -> Option<&str> {
    let at = if file.starts_with("templates/") { Some(0) } else { file.find("/templates/") };
    at.map(|at| if at == 0 { "." } else { &file[..at] })
}

fn engine(text: &str, file: &str) -> &'static str {
    let has = |word: &str| text.contains(word);
    let helm = [".Values", ".Release", ".Chart", ".Capabilities", "include \"", "toYaml", "nindent", "{{/*", "{{- /*"];
    if is_jsonnet(text, file) {
        "Jsonnet"
    } else if helm.iter().any(|word| has(word)) {
        "Helm"
    } else if has("{%") || file.ends_with(".j2") || file.contains(".j2.") || jinja(text) {
        "Jinja"
    } else if is_ytt(text) {
        "ytt"
    } else if has("<%") {
        "ERB"
    } else if chart(file).is_some() || has("apiVersion") {
        // Go's templates of manifests are Helm's as a rule.
        "Helm"
    } else {
        "Go"
    }
}

/// `{{ name }}`: Go's names begin with a dot or a dollar sign, or are functions with arguments.
fn jinja(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("{{") else { return false };
    let inside = rest.split("}}").next().unwrap_or_default().trim().trim_matches('-').trim();
    inside.starts_with(|c: char| c.is_ascii_lowercase())
        && (inside.contains('|') || inside.chars().all(|c| c.is_ascii_alphanumeric() || "_.[]'".contains(c)))
}

/// Where a text stops being YAML because of a template's actions: where a line or a value begins with one.
pub(super) fn action(text: &str) -> Option<usize> {
    // `{ { .Values` is what a formatter of YAML makes of an action.
    const MARKS: &[&str] = &["{{", "{%", "<%", "{ { ."];
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mark = MARKS.iter().filter_map(|mark| line.find(mark)).min();
        if let Some(mark) = mark {
            let before = line[..mark].trim_end();
            let value = before.ends_with([':', '-', '[', ',']) || before.is_empty();
            if value && !before.trim_start().starts_with('#') {
                return Some(at + mark);
            }
        }
        at += line.len();
    }
    None
}

/// True for texts with ytt's comments, which give values where none are written.
pub(super) fn is_ytt(text: &str) -> bool {
    text.contains("#@") && text.lines().any(|line| line.trim_start().starts_with("#@") || line.contains(": #@"))
}

/// True for what begins as programs in Jsonnet do.
pub(super) fn is_jsonnet(text: &str, file: &str) -> bool {
    let start =
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', '/'])).unwrap_or("");
    file.ends_with(".jsonnet")
        || file.ends_with(".libsonnet")
        || (start.starts_with("local ") && start.contains('='))
        || (start.starts_with('{') && (text.contains("std.") && text.contains("::")))
}

/// The first action in text that has to be read, in an object at `node`.
pub(super) fn inside(tree: &Tree<'_>, node: NodeId, text: &str) -> Option<(u32, u32)> {
    let own = tree.node(node);
    let slice = text.get(own.start as usize..own.end as usize)?;
    if !slice.contains("{{") && !slice.contains("{%") {
        return None;
    }
    scalar(tree, node, &mut |text| text.contains("{{") || text.contains("{%"))
}

/// The place of the first text for which `wanted` is true, in all that is not [`OPAQUE`].
fn scalar(tree: &Tree<'_>, node: NodeId, wanted: &mut dyn FnMut(&str) -> bool) -> Option<(u32, u32)> {
    let own = tree.node(node);
    match &own.value {
        Value::Text(text) => wanted(text).then_some((own.start, own.end)),
        Value::List(items) => tree.items(items).iter().find_map(|item| scalar(tree, *item, wanted)),
        Value::Map(entries) => tree.entries(entries).iter().find_map(|(key, value)| {
            let name = tree.text(*key).unwrap_or_default();
            if wanted(name) {
                let key = tree.node(*key);
                return Some((key.start, key.end));
            }
            if OPAQUE.contains(&name) { None } else { scalar(tree, *value, wanted) }
        }),
        _ => None,
    }
}

/// The span of an action's first two characters.
pub(super) fn mark(at: usize) -> Span {
    here(at as u32, at as u32 + 2)
}
