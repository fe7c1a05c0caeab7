//! JSON Lists read item by item come to what they come to as one tree.

use super::super::{Progress, lists, parse_lists};
use super::kubectl::json;
use super::limits::situations;
use crate::manifest::{Limits, Parsed, Phase, SourceText};
use crate::text::outline::outlines;
use crate::text::tree::{Budget, Builder};
use proptest::prelude::*;
use rstest::rstest;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// All that a reader of the result can see, places included.
fn all(parsed: &Parsed) -> String {
    let Parsed { objects, unused, skipped, diagnostics, .. } = parsed;
    format!("{objects:#?}\n{unused:#?}\n{skipped:#?}\n{diagnostics:#?}")
}

/// Reads both ways.
fn check_same(text: &str, limits: &Limits) -> Parsed {
    let inputs = [SourceText::given("in.json", text)];
    let [apart, whole] = [true, false].map(|apart| parse_lists(&inputs, limits, &Progress::default(), apart));
    let (one, other) = (all(&apart), all(&whole));
    let differs = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert!(one == other, "{differs:?} of\n{text}");
    apart
}

fn is_plain(text: &str, limits: &Limits) -> bool {
    let mut budget = Budget::of(limits);
    lists::survey(text, 0, &mut Builder::new(&mut budget), &mut |_| ()).is_some()
}

const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": []}}"#;

#[rstest]
#[case::as_kubectl_prints_it(
    true,
    r#"{"apiVersion": "v1", "items": [POD, POD], "kind": "List", "metadata": {"resourceVersion": ""}}"#
)]
#[case::typed(true, r#"{"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": {"name": "b"}}, POD]}"#)]
#[case::empty(true, r#"{"apiVersion":"v1","items":[ ],"kind":"List"}"#)]
#[case::no_mappings(true, r#"{"apiVersion": "v1", "items": [null, 3, "{}]", [[]], POD], "kind": "List"}"#)]
#[case::text_that_looks_like_structure(
    true,
    r#"{"apiVersion": "v1", "items": [{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "c"}, "data": {"a": "\"]},{[\\", "é": "\u00e9\ud83d\ude00"}}, POD], "kind": "List"}"#
)]
#[case::fields_nobody_knows(true, r#"{"apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "lables": {}}, "spec": {"runtimeClassName": "x", "containers": [{"nme": 1}]}}], "kind": "List"}"#)]
#[case::two_of_a_name(true, r#"{"apiVersion": "v1", "items": [POD, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}], "kind": "List"}"#)]
#[case::a_list_in_it(
    false,
    r#"{"apiVersion": "v1", "items": [POD, {"apiVersion": "v1", "kind": "List", "items": [POD]}], "kind": "List"}"#
)]
#[case::a_key_twice(false, r#"{"apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Pod", "kind": "Pod", "metadata": {"name": "a"}}, POD], "kind": "List"}"#)]
#[case::items_twice(false, r#"{"apiVersion": "v1", "items": [POD], "items": [POD], "kind": "List"}"#)]
#[case::kind_twice(false, r#"{"apiVersion": "v1", "items": [POD], "kind": "List", "kind": "List"}"#)]
#[case::a_mistake_that_is_mended(false, r#"{"apiVersion": "v1", "items": [{"apiVersion": "v1", "Kind": "Pod", "metadata": {"name": "a"}}, POD], "kind": "List"}"#)]
#[case::a_placeholder(false, r#"{"apiVersion": "v1", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "${A}"}}, POD], "kind": "List"}"#)]
#[case::kind_in_another_case(false, r#"{"apiVersion": "v1", "items": [POD], "Kind": "List"}"#)]
#[case::no_version(false, r#"{"items": [POD], "kind": "List"}"#)]
#[case::no_list(false, r#"{"apiVersion": "v1", "items": {"a": POD}, "kind": "List"}"#)]
#[case::broken_in_the_middle(
    false,
    r#"{"apiVersion": "v1", "items": [POD, {"apiVersion": "v1" "kind": "Pod"}, POD], "kind": "List"}"#
)]
#[case::yaml_inside(
    false,
    r#"{"apiVersion": "v1", "items": [POD, {apiVersion: v1, kind: Pod, metadata: {name: b}}], "kind": "List"}"#
)]
#[case::cut_off(false, r#"{"apiVersion": "v1", "items": [POD, {"apiVersion": "v1", "#)]
#[case::a_comma_too_many(false, r#"{"apiVersion": "v1", "items": [POD, ], "kind": "List"}"#)]
#[case::something_behind_it(true, r#"{"apiVersion": "v1", "items": [POD], "kind": "List"} and more"#)]
#[case::another_behind_it(
    true,
    r#"{"apiVersion": "v1", "items": [POD], "kind": "List"} {"apiVersion": "v1", "items": [POD], "kind": "List"}"#
)]
fn lists_of_all_sorts(#[case] plain: bool, #[case] text: &str) {
    let text = text.replace("POD", POD);
    for text in [text.clone(), text.replace(' ', "\n\t ").replace(':', " : ")] {
        assert_eq!(is_plain(&text, &Limits::default()), plain, "{text}");
        check_same(&text, &Limits::default());
    }
}

/// The limits on one document hold for a list as a whole, to the last node and level.
#[test]
fn limits_are_the_same() {
    let text = format!(r#"{{"apiVersion": "v1", "items": [{POD}, [[[[1]]]], {POD}], "kind": "List"}}"#);
    let least = |within: &dyn Fn(usize) -> Limits| {
        let first = (1..200).find(|most| is_plain(&text, &within(*most))).unwrap();
        for most in first.saturating_sub(3).max(1)..first + 3 {
            let found = check_same(&text, &within(most));
            let refused = found.diagnostics.iter().any(|found| ["too-deep", "too-many-values"].contains(&found.code));
            assert_eq!(refused, most < first, "{most}: {:?}", found.diagnostics);
        }
    };
    least(&|nodes| Limits { nodes, ..Limits::default() });
    least(&|depth| Limits { depth, ..Limits::default() });
    for documents in 0..3 {
        check_same(&text, &Limits { documents, ..Limits::default() });
    }
}

fn lists_in(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            lists_in(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            found.push(path);
        }
    }
}

#[test]
fn json_files_of_the_tests() {
    let mut files = Vec::new();
    lists_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures")), &mut files);
    let texts: Vec<_> = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect();
    texts.iter().for_each(|text| drop(check_same(text, &Limits::default())));
    assert!(texts.iter().any(|text| is_plain(text, &Limits::default())), "{files:?}");
}

/// The documents of the field as JSON.
static ITEMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let documents = situations().iter().flat_map(|text| outlines(text));
    documents.map(|document| json(&document, false)).filter(|text| text.len() < 20_000).collect()
});

#[test]
fn lists_of_what_is_in_the_field() {
    let plain: Vec<&str> = ITEMS
        .iter()
        .map(String::as_str)
        .filter(|item| {
            is_plain(&format!(r#"{{"apiVersion":"v1","items":[{item}],"kind":"List"}}"#), &Limits::default())
        })
        .collect();
    assert!(plain.len() > 100 && plain.len() < ITEMS.len(), "{} of {}", plain.len(), ITEMS.len());
    let text = format!(r#"{{"apiVersion":"v1","items":[{}],"kind":"List"}}"#, plain.join(",\n"));
    assert!(is_plain(&text, &Limits::default()));
    assert!(check_same(&text, &Limits::default()).objects.len() > 50);
    for item in &*ITEMS {
        check_same(
            &format!("{{\"items\":[{item},\n{POD}],\"kind\":\"List\",\"apiVersion\":\"v1\"}}"),
            &Limits::default(),
        );
    }
}

#[test]
fn progress_comes_to_the_end() {
    let text = format!(r#"{{"apiVersion": "v1", "items": [{POD}, {POD}], "kind": "List"}}"#);
    let progress = Progress::default();
    parse_lists(&[SourceText::given("in.json", &*text)], &Limits::default(), &progress, true);
    let stage = progress.stage();
    assert_eq!((stage.phase, stage.objects, stage.total), (Phase::Reading, 2, text.len() as u64));
    assert!(stage.bytes > stage.total / 2 && stage.bytes <= stage.total, "{stage:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any items, keys in any order, odd white space, and some characters too many or cut off.
    #[test]
    fn any_list(
        items in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        odd in prop::collection::vec((0_usize..6, prop::sample::select(vec![
            "null", "[]", "{}", "\"\\u007b\\ud800\"", "-0.5e3", r#"{"kind":"List","apiVersion":"v1","items":[{}]}"#, "[[[[{}]]]]", "{\"a\":1,\"a\":2}",
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"\u0061"},"spec":{"unknown":"}],{"}}"#,
        ])), 0..3),
        keys in Just(["\"apiVersion\": \"v1\"", "\"items\": [ITEMS]", "\"kind\": KIND", "\"metadata\": {}"]).prop_shuffle(),
        kind in prop::sample::select(vec!["\"List\"", "\"PodList\"", "\"ServiceList\"", "\"Pod\"", "null"]),
        blank in prop::sample::select(vec![" ", "", "\n    ", "\t", "\r\n"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\\t\\n]"), 0..2),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
        nodes in prop::sample::select(vec![100_usize, 1_000, 5_000_000]),
    ) {
        let mut texts: Vec<&str> = items.iter().map(|index| &**index.get(&ITEMS)).collect();
        for (at, text) in odd {
            texts.insert(at.min(texts.len()), text);
        }
        let items = texts.join(&format!("{blank},{blank}"));
        let list = keys.join(&format!("{blank},{blank}")).replace("KIND", kind).replace("ITEMS", &items);
        let mut text = format!("{{{blank}{list}{blank}}}{blank}");
        for (at, with) in damage {
            let at = text.floor_char_boundary(at.index(text.len() + 1));
            text.insert_str(at, &with);
        }
        if let Some(at) = cut {
            text.truncate(text.floor_char_boundary(at.index(text.len() + 1)));
        }
        check_same(&text, &Limits { nodes, ..Limits::default() });
    }
}
