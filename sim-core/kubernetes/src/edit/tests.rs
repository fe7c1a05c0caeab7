use super::*;
use crate::manifest::{Limits, parse};
use crate::origin::{SourceId, SourceText, Span};
use crate::patch::{Edit, Patch};
use rstest::rstest;
use std::sync::Arc;

fn source(text: &str) -> Vec<SourceText> {
    vec![SourceText::given("t.yaml", text)]
}

/// The object number `index`, all kinds counted.
fn span(sources: &[SourceText], index: usize) -> Span {
    let parsed = parse(sources, &Limits::default());
    parsed.objects.get(index).expect("object").span()
}

fn change(text: &str, index: usize, change: impl Fn(&Editor<'_>) -> Option<Patch>) -> String {
    let sources = source(text);
    let editor = Editor::new(&sources, span(&sources, index)).expect("editor");
    let patch = change(&editor).expect("patch");
    patch.apply(&sources)[0].text.to_string()
}

const BLOCK: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: web   # the shop
spec:
  type: NodePort
  selector:
    app: web
  ports:
  - name: http
    port: 80
    targetPort: \"8080\"
  - port: 443
";
const FLOW: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
const JSON: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}},
  {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "b"},
    "spec": {
      "ports": [{"port": 80}]
    }
  }
]}
"#;

#[rstest]
#[case(BLOCK, 0, "spec.type", Content::text("LoadBalancer"), "  type: NodePort", "  type: LoadBalancer")]
#[case(BLOCK, 0, "metadata.name", Content::text("on"), "  name: web ", "  name: \"on\" ")]
#[case(BLOCK, 0, "spec.ports[0].targetPort", Content::text("http"), "\"8080\"", "\"http\"")]
#[case(BLOCK, 0, "spec.ports[0].targetPort", Content::Int(9090), "\"8080\"", "9090")]
#[case(BLOCK, 0, "spec.ports[1].targetPort", Content::Int(1), "port: 443\n", "port: 443\n    targetPort: 1\n")]
#[case(
    BLOCK,
    0,
    "spec.selector[app.kubernetes.io/name]",
    Content::text("x"),
    "app: web\n",
    "app: web\n    app.kubernetes.io/name: x\n"
)]
#[case(BLOCK, 0, "metadata.labels.app", Content::text("1"), "shop\n", "shop\n  labels:\n    app: \"1\"\n")]
#[case(BLOCK, 0, "metadata.namespace", Content::text("a b"), "shop\n", "shop\n  namespace: a b\n")]
#[case(BLOCK, 0, "spec.ports[2]", Content::map([("port", Content::Int(1)), ("name", Content::text("x"))]), "443\n", "443\n  - port: 1\n    name: x\n")]
#[case(BLOCK, 0, "spec.selector", Content::map([("a", Content::text("b"))]), "  selector:\n    app: web\n", "  selector:\n    a: b\n")]
#[case(FLOW, 0, "spec.ports[0].protocol", Content::text("UDP"), "{port: 80}", "{port: 80, protocol: UDP}")]
#[case(FLOW, 0, "metadata.labels.a", Content::text("b"), "{name: web}", "{name: web, labels: {a: b}}")]
#[case(FLOW, 0, "spec.ports[1].port", Content::Int(2), "{port: 80}", "{port: 80}, {port: 2}")]
#[case(
    JSON,
    0,
    "spec.type",
    Content::text("NodePort"),
    "[{\"port\": 80}]}},",
    "[{\"port\": 80}], \"type\": \"NodePort\"}},"
)]
#[case(
    JSON,
    1,
    "spec.type",
    Content::text("NodePort"),
    "[{\"port\": 80}]\n",
    "[{\"port\": 80}],\n      \"type\": \"NodePort\"\n"
)]
#[case(JSON, 1, "metadata.name", Content::text("c"), "\"b\"", "\"c\"")]
fn set(
    #[case] text: &str,
    #[case] index: usize,
    #[case] path: &str,
    #[case] content: Content,
    #[case] old: &str,
    #[case] new: &str,
) {
    assert!(text.contains(old));
    let changed = change(text, index, |editor| editor.set(path, content.clone()));
    assert_eq!(changed, text.replace(old, new));
}

#[rstest]
#[case(BLOCK, "spec.type", "  type: NodePort\n", "")]
#[case(BLOCK, "spec.selector", "  selector:\n    app: web\n", "")]
#[case(BLOCK, "spec.selector.app", "  selector:\n    app: web\n", "  selector: {}\n")]
#[case(BLOCK, "spec.ports[1]", "  - port: 443\n", "")]
#[case(BLOCK, "spec.ports[0].name", "- name: http\n    port", "- port")]
#[case(BLOCK, "spec.ports[0]", "  - name: http\n    port: 80\n    targetPort: \"8080\"\n", "")]
#[case(FLOW, "spec.ports[0]", "[{port: 80}]", "[]")]
#[case(FLOW, "spec.selector", "selector: {app: web}, ", "")]
#[case(FLOW, "spec.ports", ", ports: [{port: 80}]", "")]
fn remove(#[case] text: &str, #[case] path: &str, #[case] old: &str, #[case] new: &str) {
    assert!(text.contains(old));
    assert_eq!(change(text, 0, |editor| editor.remove(path)), text.replace(old, new));
}

#[test]
fn texts_end_and_break_lines_as_they_did() {
    let without_end = BLOCK.trim_end();
    let changed = change(without_end, 0, |editor| editor.set("spec.clusterIP", Content::text("None")));
    assert_eq!(changed, format!("{without_end}\n  clusterIP: None"));
    let windows = BLOCK.replace('\n', "\r\n");
    let changed = change(&windows, 0, |editor| editor.set("metadata.labels.app", Content::text("x")));
    assert_eq!(changed, windows.replace("shop\r\n", "shop\r\n  labels:\r\n    app: x\r\n"));
    let changed = change(without_end, 0, |editor| editor.remove("spec.ports[1]"));
    assert_eq!(changed, without_end.replace("\n  - port: 443", ""));
}

#[test]
fn other_documents_stay_and_empty_values_are_filled() {
    let text = format!(
        "# first\n---\n{FLOW}--- # second\nkind: Service\napiVersion: v1\nmetadata:\n  name: x\nspec:\n  selector:\n  ports:\n  - port: 1\n"
    );
    let changed = change(&text, 1, |editor| editor.set("spec.selector.a", Content::text("b")));
    assert_eq!(changed, text.replace("selector:\n", "selector:\n    a: b\n"));
}

#[test]
fn places_are_those_of_the_fields_or_of_what_is_around_them() {
    let sources = source(BLOCK);
    let editor = Editor::new(&sources, span(&sources, 0)).unwrap();
    let parsed = parse(&sources, &Limits::default());
    let line = |path: &str| parsed.locate(editor.span(path)).unwrap().to_string();
    assert_eq!(line("spec.type"), "t.yaml:6:9");
    assert_eq!(line("spec.selector"), "t.yaml:7:3");
    assert_eq!(line("spec.selector.app"), "t.yaml:8:10");
    assert_eq!(line("spec.ports[1]"), "t.yaml:13:5");
    assert_eq!(line("spec.ports[1].targetPort"), "t.yaml:13:5");
    assert_eq!(line("spec.externalTrafficPolicy"), "t.yaml:5:1");
    assert_eq!(line(""), "t.yaml:1:1");
}

#[test]
fn a_diff_shows_what_changes_with_its_lines() {
    let sources = source(BLOCK);
    let editor = Editor::new(&sources, span(&sources, 0)).unwrap();
    let patch = editor.set("spec.type", Content::text("ClusterIP")).unwrap();
    let patch = patch.and(&editor.set("spec.ports[1].targetPort", Content::Int(8443)).unwrap()).unwrap();
    let expected = "\
--- t.yaml
+++ t.yaml
@@ -4,5 +4,5 @@
   name: web   # the shop
 spec:
-  type: NodePort
+  type: ClusterIP
   selector:
     app: web
@@ -12,2 +12,3 @@
     targetPort: \"8080\"
   - port: 443
+    targetPort: 8443
";
    assert_eq!(patch.diff(&sources, 100), expected);
    assert_eq!(patch.diff(&sources, 4).lines().last(), Some("…"));
    assert_eq!(patch.place(&sources), Some(("t.yaml", 6)));
    let content = Content::map([("kind", Content::text("Service")), ("apiVersion", Content::text("v1"))]);
    let patch = Editor::document(&sources, SourceId(0), &content).unwrap();
    let diff = patch.diff(&sources, 100);
    assert!(
        diff.ends_with(
            "@@ -12,2 +12,5 @@\n     targetPort: \"8080\"\n   - port: 443\n+---\n+kind: Service\n+apiVersion: v1\n"
        ),
        "{diff}"
    );
}

#[test]
fn edits_that_overlap_are_no_patch() {
    let edit = |start, end| Edit { span: Span { start, end, ..Span::default() }, text: Arc::from("x") };
    assert!(Patch::new(vec![edit(0, 4), edit(3, 5)]).is_none());
    assert!(Patch::new(vec![edit(4, 5), edit(0, 4)]).is_some());
}

#[test]
fn an_item_is_added_to_a_list_without_an_indent_whose_items_stand_in_brackets() {
    let text = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n  extraPortMappings:\n  - {hostPort: 80, containerPort: 30080}\n- role: worker\n";
    let more = change(text, 0, |editor| {
        editor.push(
            "nodes[0].extraPortMappings",
            Content::map([("containerPort", Content::Int(30081)), ("hostPort", Content::Int(81))]),
        )
    });
    let added =
        "  - {hostPort: 80, containerPort: 30080}\n  - containerPort: 30081\n    hostPort: 81\n- role: worker\n";
    assert!(more.ends_with(added), "{more}");
}

#[test]
fn a_text_in_a_literal_block_stays_in_it() {
    let text = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  Corefile: |\n    .:53 {\n        forward . 10.0.0.1\n\n    }\n  other: x\n";
    let new = Content::text(".:53 {\n    forward . 10.0.0.2\n\n}\n");
    let changed = change(text, 0, |editor| editor.set("data.Corefile", new.clone()));
    assert_eq!(changed, text.replace("10.0.0.1", "10.0.0.2"));
}
