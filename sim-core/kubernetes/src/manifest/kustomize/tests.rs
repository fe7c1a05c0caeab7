//! Which kustomizations are rendered, what is said about them, and where things came from. That what they come to is what
//! kubectl prints is tested in `tests/tests/pure/kustomize.rs`.

use crate::manifest::{Limits, Parsed, SourceText, parse};
use rstest::rstest;

const APP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - {name: web, image: nginx}\n";
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";

fn read(files: &[(&str, &str)]) -> Parsed {
    let inputs: Vec<SourceText> = files.iter().map(|(name, text)| SourceText::found(*name, *text)).collect();
    parse(&inputs, &Limits::default())
}

/// Findings as `place code args`.
fn found(parsed: &Parsed) -> Vec<String> {
    let line = |found: &crate::diagnostic::Diagnostic| {
        let place = parsed.locate(found.span).map(|at| format!("{}:{} ", at.file, at.line)).unwrap_or_default();
        let args: Vec<String> = found.args.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{place}{}{}", found.code, args.concat())
    };
    parsed.diagnostics.iter().map(line).collect()
}

/// Objects as `Kind namespace/name`.
fn objects(parsed: &Parsed) -> Vec<String> {
    parsed.objects.iter().map(|object| object.object().to_string()).collect()
}

#[test]
fn patches_are_no_manifests_and_places_stay_true() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 4\n";
    let parsed = read(&[
        ("k/app.yaml", APP),
        (
            "k/kustomization.yaml",
            "resources: [app.yaml]\nnamespace: shop\nnamePrefix: a-\npatches:\n- path: patch.yaml\n",
        ),
        ("k/patch.yaml", patch),
    ]);
    assert_eq!(found(&parsed), ["k/kustomization.yaml:1 kustomize-applied count=1 folder=k"]);
    assert_eq!(objects(&parsed), ["Deployment shop/a-web"]);
    let object = &parsed.objects[0];
    assert_eq!(parsed.locate(object.span()).expect("place").to_string(), "k/app.yaml:1:1");
    let crate::manifest::objects::Object::Deployment(deployment) = object else { panic!("{object:?}") };
    let replicas = deployment.value.spec.replicas.as_ref().expect("replicas");
    assert_eq!(replicas.value, 4);
    assert_eq!(parsed.locate(replicas.span).expect("place").to_string(), "k/patch.yaml:5:13");
}

#[rstest]
#[case(&["base", "overlays/dev", "overlays/prod"], "overlays/prod", "overlays/dev")]
#[case(&["base", "dev", "staging"], "dev", "staging")]
#[case(&["base", "overlays/one", "overlays/two"], "overlays/one", "overlays/two")]
fn of_several_overlays_one_is_rendered(#[case] folders: &[&str], #[case] expected: &str, #[case] other: &str) {
    let mut files = vec![("base/app.yaml".to_owned(), APP.to_owned())];
    for folder in folders {
        let up = "../".repeat(folder.split('/').count());
        let text = if *folder == "base" {
            "resources: [app.yaml]\n".to_owned()
        } else {
            format!("resources: [{up}base]\nnamespace: {}\n", folder.replace('/', "-"))
        };
        files.push((format!("{folder}/kustomization.yaml"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let parsed = read(&files);
    assert_eq!(objects(&parsed), [format!("Deployment {}/web", expected.replace('/', "-"))]);
    let at = format!("{expected}/kustomization.yaml:1 ");
    assert_eq!(
        found(&parsed),
        [
            format!("{at}kustomize-applied count=1 folder={expected}"),
            format!("{at}kustomize-chosen folder={expected} others={other}")
        ]
    );
}

#[test]
fn an_overlay_that_somebody_names_is_the_one() {
    let overlay = "resources: [../../base]\n";
    let inputs = [
        SourceText::found("base/kustomization.yaml", "resources: [app.yaml]\n"),
        SourceText::found("base/app.yaml", APP),
        SourceText::given("overlays/dev/kustomization.yaml", "resources: [../../base]\nnamespace: dev\n"),
        SourceText::found("overlays/prod/kustomization.yaml", overlay),
    ];
    let parsed = parse(&inputs, &Limits::default());
    assert_eq!(objects(&parsed), ["Deployment dev/web"]);
}

#[test]
fn apps_that_share_a_base_are_all_rendered() {
    let parsed = read(&[
        ("base/kustomization.yaml", "resources: [app.yaml]\n"),
        ("base/app.yaml", APP),
        ("apps/orders/kustomization.yaml", "resources: [../../base]\nnamePrefix: orders-\n"),
        ("apps/payments/kustomization.yaml", "resources: [../../base]\nnamePrefix: payments-\n"),
    ]);
    assert_eq!(objects(&parsed), ["Deployment default/orders-web", "Deployment default/payments-web"]);
}

#[test]
fn files_a_kustomization_does_not_name_are_not_read_unless_somebody_names_them() {
    let files = [("k/kustomization.yaml", "resources: [app.yaml]\n"), ("k/app.yaml", APP), ("k/sub/old.yaml", SERVICE)];
    let parsed = read(&files);
    assert_eq!(objects(&parsed), ["Deployment default/web"]);
    assert_eq!(found(&parsed)[1], "k/kustomization.yaml:1 kustomize-not-listed count=1 files=k/sub/old.yaml folder=k");
    let mut inputs: Vec<SourceText> = files.iter().map(|(name, text)| SourceText::found(*name, *text)).collect();
    inputs[2] = SourceText::given("k/sub/old.yaml", SERVICE);
    assert_eq!(objects(&parse(&inputs, &Limits::default())).len(), 2);
}

#[rstest]
#[case("resources: [none.yaml]", "k/kustomization.yaml:1 kustomize-missing path=none.yaml")]
#[case("resources: [app.yaml, ../nowhere]", "k/kustomization.yaml:1 kustomize-missing path=../nowhere")]
#[case(
    "resources:\n- app.yaml\n- https://example.test/a.yaml",
    "k/kustomization.yaml:3 kustomize-remote path=https://example.test/a.yaml"
)]
#[case("resources: [app.yaml, .]", "k/kustomization.yaml:1 kustomize-loop path=.")]
#[case("resources: [app.yaml, again.yaml]", "k/again.yaml:1 kustomize-twice object=Deployment web")]
#[case(
    "resources: [app.yaml]\nreplicas: [{name: nobody, count: 2}]",
    "k/kustomization.yaml:2 kustomize-no-target target=nobody"
)]
#[case(
    "resources: [app.yaml]\npatches: [{target: {kind: Servic}, patch: '[]'}]",
    "k/kustomization.yaml:2 kustomize-selects-nothing target=Servic"
)]
#[case(
    "resources: [app.yaml]\npatches: [{target: {kind: '('}, patch: '[]'}]",
    "k/kustomization.yaml:2 kustomize-replacement reason=pattern what=kind"
)]
#[case(
    "resources: [app.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    - {op: remove, path: /spec/none}",
    "k/kustomization.yaml:5 kustomize-patch-failed object=Deployment web op=remove path=/spec/none reason=missing"
)]
#[case(
    "resources: [app.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}",
    "k/kustomization.yaml:4 kustomize-no-target target=Service web"
)]
#[case(
    "resources: [app.yaml]\nhelmCharts: [{name: redis}]",
    "k/kustomization.yaml:2 kustomize-not-applied reason=helm what=helmCharts"
)]
#[case(
    "resources: [app.yaml]\nconfigMapGenerator: [{name: c, files: [gone.conf]}]",
    "k/kustomization.yaml:2 kustomize-not-applied reason=content what=gone.conf"
)]
fn what_is_not_done_is_said_with_its_place(#[case] text: &str, #[case] expected: &str) {
    let parsed = read(&[("k/kustomization.yaml", text), ("k/app.yaml", APP), ("k/again.yaml", APP)]);
    let found = found(&parsed);
    assert_eq!(found.iter().filter(|line| *line == expected).count(), 1, "{found:#?}");
}

#[test]
fn kustomizations_within_each_other_without_end_are_left() {
    let parsed =
        read(&[("a/kustomization.yaml", "resources: [../b]\n"), ("b/kustomization.yaml", "resources: [../a]\n")]);
    assert!(found(&parsed).iter().any(|line| line.contains("kustomize-loop")));
    let mut files = vec![
        ("k50/app.yaml".to_owned(), APP.to_owned()),
        ("k50/kustomization.yaml".to_owned(), "resources: [app.yaml]".to_owned()),
    ];
    for n in 0..50 {
        files.push((format!("k{n}/kustomization.yaml"), format!("resources: [../k{0}, ../k{0}, ../k{0}]\n", n + 1)));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert!(found(&read(&files)).iter().any(|line| line.contains("kustomize-loop")));
}

#[test]
fn a_kustomization_of_another_tool_is_none() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n";
    let parsed = read(&[("k/kustomization.yaml", flux), ("k/app.yaml", APP)]);
    assert_eq!(objects(&parsed), ["Deployment default/web"]);
    assert_eq!(parsed.unused.len(), 1);
}

#[test]
fn what_is_wanted_is_named() {
    let text = "resources: [app.yaml, ../base, https://example.test/x]\nconfigMapGenerator: [{name: a, files: [x=a.conf]}]\nsecretGenerator: [{name: b, envs: [b.env]}]\n";
    let inputs = [SourceText::found("k/kustomization.yaml", text), SourceText::found("k/app.yaml", APP)];
    let wanted = super::wanted(&inputs, &Limits::default());
    let shown: Vec<String> = wanted.iter().map(|one| format!("{} {} {}", one.path, one.folder, one.secret)).collect();
    assert_eq!(shown, ["base true false", "k/a.conf false false", "k/b.env false true"]);
}

#[test]
fn charts_are_told_once_and_other_tools_files_are_counted() {
    let parsed = read(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "replicas: 2\n"),
        ("chart/templates/a.yaml", "{{ if .Values.x }}\nkind: Pod\n{{ end }}\n"),
        ("chart/templates/b.yaml", "kind: {{ .Values.kind }}\n"),
        ("chart/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\n"),
        ("chart/charts/sub/templates/c.yaml", "{{ x }}\n"),
        ("package.json", "{\"name\": \"x\"}\n"),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n"),
        ("app.yaml", APP),
    ]);
    assert_eq!(objects(&parsed), ["Deployment default/web"]);
    assert_eq!(
        found(&parsed),
        [
            "other-files count=4 files=chart/values.yaml, chart/charts/sub/Chart.yaml, package.json, …",
            "chart/Chart.yaml:1 unrendered-template engine=Helm folder=chart name=shop",
        ]
    );
}
