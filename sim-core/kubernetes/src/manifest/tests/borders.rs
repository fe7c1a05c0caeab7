//! What is shown of one document or item never shows another.

use super::super::{Limits, Parsed, SourceText, parse};
use crate::origin::{Location, SourceId, Span};
use rstest::rstest;

const DOCUMENTS: &str = "\
# of alpha
kind: Pod # alpha
apiVersion: v1
metadata: {name: alpha}
--- # of beta
# of beta
kind: Secret
apiVersion: v1
metadata: {name: beta}
stringData:
  password: beta # beta

---
apiVersion: v1
kind: Service
metadata:
  name: gamma
";

const LIST: &str = "\
kind: List
apiVersion: v1
items:
- kind: Pod
  apiVersion: v1
  metadata: {name: alpha} # alpha
- apiVersion: v1
  stringData: {password: beta}
  kind: Secret
  metadata: {name: beta}
-
  apiVersion: v1
  kind: Service
  metadata:
    name: gamma
";

const JSON: &str = r#"{
    "apiVersion": "v1",
    "items": [
        {
            "apiVersion": "v1",
            "kind": "Pod", "metadata": {"name": "alpha"}
        },
        {
            "apiVersion": "v1",
            "stringData": {"password": "beta"},
            "kind": "Secret", "metadata": {"name": "beta"}
        }, {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "gamma"}
        }
    ],
    "kind": "List"
}"#;

/// Nothing of it is an object: a key has no colon.
const BROKEN: &str = "\
kind: List
apiVersion: v1
items:
- apiVersion: v1
  kind Pod: [alpha
- kind: Secret
  stringData: {password: beta}
- apiVersion: v1
  kind: Service
  metadata: {name: gamma}
";

const NAMES: [&str; 3] = ["alpha", "beta", "gamma"];

fn read(text: &str) -> Parsed {
    parse(&[SourceText::given("a", text)], &Limits::default())
}

fn minified(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("")
}

/// Every place in the text whose line names one of them shows no other, however many lines are wanted around it.
fn check(text: &str) {
    let parsed = read(text);
    for (at, _) in text.char_indices() {
        let at = at as u32;
        let Some(place) = parsed.locate(Span { source: SourceId(0), start: at, end: at + 1 }) else { continue };
        let spans = [
            Span { source: SourceId(0), start: at, end: at + 1 },
            Span { source: SourceId(0), start: at, end: text.len() as u32 },
        ];
        let shown = spans.map(|span| parsed.snippet(span, 30)).into_iter().chain([parsed.snippet_at(&place, 30)]);
        for snippet in shown.flatten() {
            let lines: String = snippet.lines.iter().map(|line| format!("{}\n", line.text)).collect();
            let named = NAMES.iter().filter(|name| lines.contains(**name)).count();
            assert!(named <= 1, "at {place}:\n{lines}");
        }
    }
}

#[rstest]
#[case::documents(DOCUMENTS.to_owned())]
#[case::documents_of_windows(DOCUMENTS.replace('\n', "\r\n"))]
#[case::list(LIST.to_owned())]
#[case::list_indented(LIST.replace('\n', "\n  ").replace("\n  apiVersion: v1\n  items", "\napiVersion: v1\nitems"))]
#[case::list_indented_wrongly(LIST.replace("\n- ", "\n  - "))]
#[case::json(JSON.to_owned())]
#[case::json_of_one_line(minified(JSON))]
#[case::flow_list(format!("kind: List\napiVersion: v1\nitems: {}", minified(JSON).split_once("\"items\":").unwrap().1.split_once(",\"kind\":\"List\"").unwrap().0))]
#[case::a_list_behind_a_document(format!("{DOCUMENTS}---\n{LIST}"))]
#[case::concatenated(minified(JSON).split_once('[').unwrap().1.rsplit_once(']').unwrap().0.replace("},{\"api", "}{\"api"))]
#[case::lines_of_json(minified(JSON).split_once('[').unwrap().1.rsplit_once(']').unwrap().0.replace("},{\"api", "}\n{\"api"))]
#[case::broken(BROKEN.to_owned())]
#[case::broken_document(DOCUMENTS.replace("stringData:", "stringData: ["))]
#[case::broken_json(JSON.replace("\"kind\": \"List\"", "\"kind\" \"List\""))]
fn nothing_of_a_neighbour_is_shown(#[case] text: String) {
    check(&text);
}

fn lines(parsed: &Parsed, line: u32) -> Vec<u32> {
    let place = Location { file: "a".into(), line, column: 1 };
    let snippet = parsed.snippet_at(&place, 30).unwrap();
    snippet.lines.iter().map(|line| line.number).collect()
}

#[test]
fn all_of_ones_own_is_shown() {
    let documents = read(DOCUMENTS);
    assert_eq!(lines(&documents, 3), [1, 2, 3, 4], "with the comment above it");
    assert_eq!(lines(&documents, 8), [6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(lines(&documents, 17), [14, 15, 16, 17]);
    let list = read(LIST);
    assert_eq!(lines(&list, 5), [4, 5, 6], "a list's item");
    assert_eq!(lines(&list, 9), [7, 8, 9, 10]);
    assert_eq!(lines(&list, 1), [1, 2, 3], "what stands around the items");
    let json = read(JSON);
    assert_eq!(lines(&json, 5), [4, 5, 6, 7]);
    let whole = json.snippet_at(&Location { file: "a".into(), line: 11, column: 20 }, 0).unwrap();
    assert_eq!(whole.lines[0].text.trim(), r#""kind": "Secret", "metadata": {"name": "beta"}"#);
}
