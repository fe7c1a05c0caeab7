//! What the files of a folder are for: charts whose templates are no manifests yet, and files of other tools.

use super::assemble::Assembly;
use super::compose;
use super::{Role, SourceText};
use crate::diagnostic::codes;
use crate::machine::is_state;
use crate::origin::{SourceId, Span};
use std::collections::BTreeMap;

/// Names listed of files that are left out.
const NAMED: usize = 3;

/// Marks the texts that are no manifests, and says so: once for each chart, once for all other files.
///
/// `passed` holds those that are decided about already. Only texts that were found in a folder are looked at; what
/// somebody named is meant to be read.
pub(super) fn pass(inputs: &[SourceText], passed: &mut [bool], assembly: &mut Assembly<'_>) {
    charts(inputs, passed, assembly);
    let mut others: Vec<usize> = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let known = compose::is_environment(&input.name)
            || compose::is_called_so(&input.name)
            || compose::is_daemon_file(&input.name);
        if input.role == Role::Found
            && !passed[index]
            && !known
            && !may_be_manifest(&input.text)
            && !is_state(&input.text)
        {
            passed[index] = true;
            if says_anything(&input.text) {
                others.push(index);
            }
        }
    }
    if others.is_empty() {
        return;
    }
    let mut names: Vec<&str> = others.iter().take(NAMED).map(|index| &*inputs[*index].name).collect();
    if others.len() > NAMED {
        names.push("…");
    }
    let found = codes::OTHER_FILES.at(Span::default()).arg("count", others.len().to_string());
    assembly.report(found.arg("files", names.join(", ")));
}

/// The folder of each chart's `Chart.yaml`, with its text; charts inside charts belong to the outer one.
fn charts(inputs: &[SourceText], passed: &mut [bool], assembly: &mut Assembly<'_>) {
    let mut charts: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, input) in inputs.iter().enumerate() {
        if let Some(folder) = input.name.strip_suffix("Chart.yaml")
            && (folder.is_empty() || folder.ends_with('/'))
        {
            charts.insert(folder, index);
        }
    }
    let mut templates: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, input) in inputs.iter().enumerate().filter(|(_, input)| input.role == Role::Found) {
        let of_chart = charts.iter().find(|(folder, _)| {
            let inside = input.name.strip_prefix(**folder);
            inside.is_some_and(|inside| format!("/{inside}").contains("/templates/"))
        });
        if let Some((_, chart)) = of_chart
            && !passed[index]
        {
            passed[index] = true;
            *templates.entry(*chart).or_default() += 1;
        }
    }
    for chart in templates.into_keys() {
        let Some(input) = inputs.get(chart) else { continue };
        let folder = input.name.strip_suffix("Chart.yaml").unwrap_or_default().trim_end_matches('/');
        let line =
            |text: &str| text.trim().strip_prefix("name:").map(|name| name.trim().trim_matches(['"', '\'']).to_owned());
        let name = input.text.lines().filter(|text| text.starts_with("name:")).find_map(line);
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "NAME".to_owned());
        let end = input.text.lines().next().unwrap_or_default().trim_end().len() as u32;
        let at = Span { source: SourceId(chart as u32), start: 0, end };
        let found = codes::UNRENDERED_TEMPLATE
            .at(at)
            .arg("engine", "Helm")
            .arg("name", name)
            .arg("folder", if folder.is_empty() { "." } else { folder });
        assembly.report(found.hint(codes::HINT_HELM_TEMPLATE_CHART));
        passed[chart] = true;
    }
}

/// False for blank text and comments.
fn says_anything(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#') && line != "---")
}

/// True for text that says what it is as Kubernetes objects do, or tries to, and for Compose files.
fn may_be_manifest(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        return (text.contains("apiVersion") && text.contains("kind")) || compose::may_be_inspected(text);
    }
    let said = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with(['#', '%']) && !line.starts_with("---")
    };
    // A text may be indented as a whole, and a list of objects begins with dashes.
    let first = text.lines().find(said).unwrap_or_default();
    let margin = first.len() - first.trim_start().len();
    let listed = first.trim_start().starts_with("- ");
    let has = |key: &str| {
        text.lines().any(|line| {
            let indent = line.len() - line.trim_start().len();
            if indent != margin && !(listed && indent == margin + 2) {
                return false;
            }
            let line = line.trim_start();
            let line = line.strip_prefix("- ").map_or(line, str::trim_start);
            let line = line.trim_start_matches(['"', '\'', '{']);
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ', '\t']).starts_with(':'))
        })
    };
    let (version, kind) = (has("apiVersion"), has("kind"));
    (version && kind) || ((version || kind) && (has("metadata") || has("spec"))) || has("services")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("apiVersion: v1\nkind: Pod\n", true)]
    #[case("kind:Service\napiVersion: v1\n", true)]
    #[case("---\n# x\n  apiVersion: v1\n  kind: Pod\n", true)]
    #[case("- apiVersion: v1\n  kind: Pod\n", true)]
    #[case("{apiVersion: v1, kind: Pod}", true)]
    #[case("{\"name\": \"web\", \"scripts\": {}}", false)]
    #[case("[{\"Name\": \"/web\", \"NetworkSettings\": {}}]", true)]
    #[case("apiVersion: v2\nname: chart\n", false)]
    #[case("apiVersion: v1\nmetadata: {name: a}\n", true)]
    #[case("on: push\njobs:\n  a:\n    steps:\n    - run: |\n        apiVersion: v1\n        kind: Pod\n", false)]
    #[case("replicaCount: 2\nservice: {port: 80}\n", false)]
    #[case("", false)]
    fn manifests_say_what_they_are(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(may_be_manifest(text), expected);
    }
}
