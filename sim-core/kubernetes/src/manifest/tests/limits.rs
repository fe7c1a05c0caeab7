//! Inputs made to cost much, and inputs made of anything. What takes too long is ended by the test runner.

use super::{check, read, summary};
use crate::manifest::{Limits, SourceText, parse};
use proptest::prelude::*;
use std::sync::Arc;

fn check_limited(text: &str, limits: &Limits, expected: &str) {
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(summary(&read(text, limits)), expected);
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: after}\n";

#[test]
fn alias_bombs_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..60 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "));
    }
    let text = format!("{bomb}---\n{POD}");
    check_limited(&text, &Limits::default(), "Pod default/after\n6:10 too-many-values limit=200000 [*a4]");
}

#[test]
fn merge_bombs_are_refused() {
    let mut bomb = "a0: &a0 {x0: 1}\n".to_owned();
    for level in 1..2000 {
        bomb += &format!("a{level}: &a{level} {{<<: *a{}, x{level}: 1}}\n", level - 1);
    }
    let text = format!("{bomb}---\n{POD}");
    let parsed = read(&text, &Limits::default());
    let codes: Vec<_> = parsed.diagnostics.iter().map(|found| found.code).collect();
    assert!(codes == ["too-many-values"] || codes == ["too-deep"], "{codes:?}");
    assert_eq!(parsed.objects.len(), 1);
}

#[test]
fn aliases_cannot_nest_deeper_than_the_limit() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        text += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    check_limited(
        &format!("{text}---\n{POD}"),
        &Limits::default(),
        "Pod default/after\n100:12 too-deep limit=100 +split-input []",
    );
}

#[test]
fn depth_bombs_are_refused() {
    for (bomb, at) in [
        ("[".repeat(100_000), "1:101"),
        (format!("a: {}", "{b: ".repeat(100_000)), "1:400"),
        ((0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect(), "101:101"),
        ("- ".repeat(100_000), "1:201"),
        (format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)), "1:101"),
        (format!("{}1{}", "[\n".repeat(200), "]".repeat(200)), "101:1"),
    ] {
        let expected = format!("Pod default/after\n{at} too-deep limit=100 +split-input");
        let found = summary(&read(&format!("{bomb}\n---\n{POD}"), &Limits::default()));
        assert!(found.starts_with(&expected), "{found}");
    }
}

#[test]
fn documents_are_counted_over_all_texts() {
    let text: Arc<str> = Arc::from("a: 1\n---\n---\n---\nb: 2\n");
    let one = |name: &str| SourceText::given(name, Arc::clone(&text));
    let limits = Limits { documents: 3, ..Limits::default() };
    let parsed = parse(&[one("one"), one("two"), one("three")], &limits);
    let last = parsed.diagnostics.last().map(|found| (found.code, parsed.locate(found.span)));
    let (code, Some(at)) = last.unwrap() else { panic!("no place") };
    assert_eq!((code, &*at.file, at.line), ("too-many-documents", "two", 5));
    assert_eq!(parsed.diagnostics.len(), 4);
}

#[test]
fn bytes_are_counted_over_all_texts() {
    let one = |name: &str| SourceText::given(name, POD);
    let limits = Limits { bytes: POD.len() + 1, ..Limits::default() };
    let parsed = parse(&[one("one"), one("two")], &limits);
    assert_eq!(parsed.objects.len(), 1);
    assert_eq!(parsed.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["input-too-large"]);
    assert_eq!(&*parsed.locate(parsed.diagnostics[0].span).unwrap().file, "two");
}

#[test]
fn nodes_are_counted() {
    let limits = Limits { nodes: 50, ..Limits::default() };
    let text = format!("a: [{}]\n---\n{POD}", "1, ".repeat(100));
    check_limited(&text, &limits, "Pod default/after\n1:152 too-many-values limit=50 +split-input [1]");
}

#[test]
fn findings_are_counted() {
    let text = "a\n---\n".repeat(3000);
    let parsed = read(&text, &Limits::default());
    assert_eq!(parsed.diagnostics.len(), 1001);
    let last = parsed.diagnostics.last().unwrap();
    assert_eq!((last.code, last.args["count"].as_str()), ("more-findings", "2000"));
}

#[test]
fn an_empty_text_says_so() {
    for text in ["", "\n\n", "# nothing\n", "---\n---\n", "\u{feff}", "~\n", "null"] {
        check(text, "- empty-input +give-manifests");
    }
}

/// Pieces that mean something to YAML, JSON or us, to be strung together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "apiVersion: v1\n",
        "kind: Service\n",
        "kind: Pod\n",
        "kind: List\n",
        "items:\n",
        "metadata:\n",
        "  name: a\n",
        "spec:\n",
        "  ports:\n",
        "  - port: 80\n",
        "    targetPort: x\n",
        "selector: {a: b}\n",
        "- ",
        "  ",
        "\t",
        "\n",
        "---\n",
        "...\n",
        ": ",
        ":",
        "&a ",
        "*a",
        "<<: *a\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "'",
        "|\n",
        ">-\n",
        "? ",
        "!!str ",
        "!x ",
        "%YAML 1.2\n",
        "{{ .x }}",
        "#",
        "\\u",
        "\u{feff}",
        "é",
        "\u{2028}",
        "\0",
        "1",
        "0x",
        "~",
        "y",
        "{\"kind\": \"Pod\"",
        "\\ud800",
        "@",
        "`",
        "\r\n",
        "\r",
        "\u{85}",
        "config.conf: |\n",
        "data:\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn never_panics(text: &str) {
    let parsed = read(text, &Limits { nodes: 1000, aliases: 1000, ..Limits::default() });
    for found in &parsed.diagnostics {
        parsed.locate(found.span);
        parsed.snippet(found.span, 2);
        assert!(found.span.start <= found.span.end && found.span.end as usize <= text.len(), "{found:?}");
        let slice = text.get(found.span.start as usize..found.span.end as usize);
        assert!(slice.is_some(), "{found:?} is not on character boundaries");
    }
    for object in &parsed.objects {
        let span = object.span();
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{object:?}");
    }
}

/// All texts of the situations from the field.
pub(super) fn situations() -> &'static [String] {
    static TEXTS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| {
        let mut folders =
            vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/cases"))];
        let mut texts = vec![include_str!("learners.txt").to_owned()];
        while let Some(folder) = folders.pop() {
            let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            for path in entries {
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    texts.extend(text.split("\n---").map(str::to_owned));
                }
            }
        }
        texts
    });
    &TEXTS
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// A document of the field, cut and with some of its characters changed, costs none of its neighbours.
    #[test]
    fn damaged_documents_cost_no_neighbours(
        which in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\\t\\n]"), 0..6),
    ) {
        let texts = situations();
        let text = which.get(texts);
        let mut damaged = text[..text.floor_char_boundary(cut.index(text.len() + 1))].to_owned();
        for (at, with) in changes {
            let at = damaged.floor_char_boundary(at.index(damaged.len() + 1));
            damaged.insert_str(at, with.get(..1).unwrap_or("\t"));
        }
        // A separator in it would make two of it, and a whole text can turn out to be a template.
        prop_assume!(!damaged.contains("---") && !damaged.contains("#@"));
        let one = |name: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: kept}}\n");
        let whole = format!("{}---\n{damaged}\n---\n{}", one("before-it"), one("behind-it"));
        never_panics(&whole);
        let parsed = read(&whole, &Limits::default());
        let names: Vec<_> = parsed.objects.iter().map(|object| object.object().to_string()).collect();
        for name in ["Service kept/before-it", "Service kept/behind-it"] {
            prop_assert!(names.iter().any(|own| own == name), "{name} is lost: {names:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_never_panic(text in pieces()) {
        never_panics(&text);
    }

    #[test]
    fn characters_never_panic(text in "\\PC{0,80}") {
        never_panics(&text);
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        never_panics(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn cut_manifests_never_panic(at in 0_usize..2000, with in "\\PC{0,3}") {
        let text = super::objects::WHOLE;
        let at = text.floor_char_boundary(at % text.len());
        never_panics(&format!("{}{with}{}", &text[..at], &text[at..]));
        never_panics(&text[..at]);
    }
}
