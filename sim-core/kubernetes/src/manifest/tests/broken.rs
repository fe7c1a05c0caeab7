//! One broken document between two good ones.

use super::{read, summary};
use crate::manifest::Limits;
use rstest::rstest;

const HEAD: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: before\n---\n";
const TAIL: &str = "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: after}\n";

/// The broken document begins on line 6, between two good ones.
fn check_between(broken: &str, expected: &str) {
    check_with("", broken, expected);
}

/// The same where an object is read as it was meant.
fn check_with(object: &str, broken: &str, expected: &str) {
    let expected = format!("Service default/before\n{object}Service default/after\n{expected}");
    let text = format!("{HEAD}{broken}{TAIL}");
    // Pieces of YAML have no kind; that is told, too, when the rest was mended.
    let said = summary(&read(&text, &Limits::default()));
    let own = |line: &&str| expected.contains("missing-kind") || !line.contains(" missing-kind ");
    let said: String = said.lines().filter(own).map(|line| format!("{line}\n")).collect();
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(said, expected, "of\n{text}");
}

#[rstest]
#[case("a: 1\nb\nc: 2", "7:1 yaml-missing-colon +key-colon-space [b]")]
#[case("x\nb: 1", "6:1 yaml-missing-colon +key-colon-space [x]")]
#[case("a:1\nb: 2", "6:1 yaml-missing-colon +key-colon-space [a:1]")]
#[case("a:\n\tb: 1", "7:1 yaml-tab +use-spaces [\t]")]
#[case("a: 1\n  b: 2", "7:3 yaml-indent +align [b: 2]")]
#[case("a:\n  - b\n c: 1", "8:2 yaml-indent +align [c: 1]")]
#[case("- a\nb: 1", "7:1 yaml-indent +align [b: 1]")]
#[case("a: b: c", "6:4 yaml-nested-colon +quote-value [b: c]")]
#[case("a: 'x\nb: 1", "6:4 yaml-unclosed-quote quote=' +close-quote [']")]
#[case("a: \"x\nb: 'y'\nc: 1", "6:4 yaml-unclosed-quote quote=\" +close-quote [\"]")]
#[case("a: 'x' y", "6:8 yaml-after-quote +quote-value [y]")]
#[case("a: [1, 2\nb: 3", "6:4 yaml-unclosed-bracket bracket=[ +close-bracket [[]")]
#[case("a: {b: 1", "6:4 yaml-unclosed-bracket bracket={ +close-bracket [{]")]
#[case("a: }", "6:4 yaml-bad-character character=} +quote-value [}]")]
#[case("a: \"\\q\"", "6:5 yaml-bad-escape +single-quotes [\\q]")]
#[case(
    "--- a: 1\nb: 2",
    "6:1 yaml-bad-separator found=--- a: 1 +separator [--- a: 1]\n6:5 missing-kind +add-kind [a: 1]"
)]
#[case("-----\nb: 2", "6:1 yaml-bad-separator found=----- +separator [-----]\n7:1 missing-kind +add-kind [b: 2]")]
#[case("%YAML 1.1\n---\nb: 2", "6:1 yaml-directive +remove-line [%YAML 1.1]\n8:1 missing-kind +add-kind [b: 2]")]
#[case("a: @x", "6:4 yaml-bad-character character=@ +quote-value [@]")]
#[case("a: *x", "6:4 yaml-unknown-anchor name=x +anchor-first +quote-value [*x]")]
#[case("a: &x [*x]", "6:8 yaml-alias-loop [*x]")]
#[case("a: 1\nb: 2\na: 3", "6:1 missing-kind +add-kind [a: 1]\n8:1 yaml-duplicate-key key=a line=6 +remove-one [a]")]
#[case(
    "a: {b: 1, b: 2}",
    "6:1 missing-kind +add-kind [a: {b: 1, b: 2}]\n6:11 yaml-duplicate-key key=b line=6 +remove-one [b]"
)]
#[case("? [a]\n: b", "6:3 yaml-complex-key +quote-value [[a]]")]
#[case("<<: 1", "6:5 yaml-bad-merge found=integer [1]")]
#[case("a: !!int x", "6:10 yaml-bad-tag tag=!!int value=x [x]")]
#[case(
    "name: {{ .Release.Name }}",
    "6:8 unrendered-template command=helm template NAME CHART engine=Helm +render-template [{ .Release.Name }]"
)]
#[case(
    "{{- if .x }}\na: 1\n{{- end }}",
    "6:1 unrendered-template command=helm template NAME CHART engine=Helm +render-template [{{]"
)]
#[case("- a\n- b", "6:1 not-an-object found=list +mapping [- a]")]
#[case("just text", "6:1 not-an-object found=string +mapping [just text]")]
#[case("metadata: {name: x}", "6:1 missing-kind +add-kind [metadata: {name: x}]")]
#[case(
    "kind: Pod",
    "6:1 missing-api-version expected=v1 kind=Pod +add-api-version [kind: Pod]\n6:7 missing-name kind=Pod +add-name [Pod]"
)]
#[case("kind: Pod\napiVersion: v1", "6:7 missing-name kind=Pod +add-name [Pod]")]
#[case("kind: Pod\napiVersion: v1\nmetadata:\n  labels: {}", "9:3 missing-name kind=Pod +add-name [labels: {}]")]
#[case(
    "kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec:\n  ports: [{port: 99999999999999999999}]",
    "10:18 out-of-range path=spec.ports[0].port value=99999999999999999999 [99999999999999999999]"
)]
#[case(
    "kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec:\n  ports: [{port: 18446744073709551615}]",
    "10:18 out-of-range path=spec.ports[0].port value=18446744073709551615 [18446744073709551615]"
)]
#[case(
    "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\nspec: {replicas: three}",
    "9:18 wrong-type expected=integer found=string path=spec.replicas value=three [three]"
)]
#[case(
    "kind: [Pod]\napiVersion: v1\nmetadata: {name: a}",
    "6:7 wrong-type expected=string found=list path=kind value= [[Pod]]"
)]
#[case(
    "kind: Pod\napiVersion: v1\nmetadata: {name: \"{{ .x }}\"}",
    "8:18 unrendered-template command=helm template NAME CHART engine=Helm +render-template [\"{{ .x }}\"]"
)]
#[case("services:\n  app.mailer: {class: App}", "6:1 tool-file kind=Symfony services +give-manifests [services:]")]
#[case("apiVersion: v2\nname: chart\nversion: 0.1.0", "6:1 tool-file kind=helm-chart +helm-template [apiVersion: v2]")]
#[case("resources:\n- a.yaml", "6:1 tool-file kind=kustomization +kustomize [resources:]")]
fn broken_documents(#[case] broken: &str, #[case] expected: &str) {
    check_between(broken, expected);
}

#[rstest]
#[case(
    "Pod default/a\n",
    "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {on: yes}}",
    "8:34 wrong-type expected=string found=boolean path=metadata.labels.true value=yes +quote-this [yes]"
)]
#[case(
    "Pod default/a\n",
    "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {app.kubernetes.io/version: 1.30}}",
    "8:57 wrong-type expected=string found=number path=metadata.labels[app.kubernetes.io/version] value=1.30 +quote-this [1.30]"
)]
#[case(
    "Service default/a\n",
    "kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec:\n  ports:\n  - port: \"80\"",
    "11:11 wrong-type expected=integer found=string path=spec.ports[0].port value=80 +unquote [\"80\"]"
)]
#[case(
    "Service default/a\n",
    "kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec:\n  ports:\n    port: 80",
    "11:5 wrong-type expected=list found=object path=spec.ports value= +dash [port: 80]"
)]
#[case(
    "Deployment default/a\n",
    "kind: Deployment\napiVersion: v1\nmetadata: {name: a}",
    "7:13 wrong-api-version expected=apps/v1 found=v1 kind=Deployment +use-api-version [v1]"
)]
#[case(
    "Deployment default/a\n",
    "kind: Deploymnet\napiVersion: apps/v1\nmetadata: {name: a}",
    "6:7 unknown-kind api_version=apps/v1 kind=Deploymnet suggestion=Deployment +did-you-mean [Deploymnet]"
)]
#[case(
    "Pod default/a\n",
    "kind: pod\napiVersion: v1\nmetadata: {name: a}",
    "6:7 unknown-kind api_version=v1 kind=pod suggestion=Pod +did-you-mean [pod]"
)]
fn objects_read_as_meant(#[case] object: &str, #[case] broken: &str, #[case] expected: &str) {
    check_with(object, broken, expected);
}
