//! Findings for pipelines: SARIF 2.1.0 (OASIS) and JUnit's XML.

use crate::finding;
use crate::inventory::{self, Inventory};
use crate::locale::{self, Lang};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::origin::{Location, Span};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Writer;
use serde_json::{Value, json};
use sim_core::inventory::Use;
use sim_core::model::Model;
use std::collections::BTreeMap;
use std::io;

/// What may stand unescaped in the path of a URI (RFC 3986, 3.3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// SARIF's word of a severity (3.27.10).
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A code as a heading: `selector-matches-no-pod` → `Selector matches no pod`.
fn heading(code: &str) -> String {
    let words = code.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The region of a span: lines and columns from 1, columns in characters; its end where it is on the same line.
fn region(model: &Model, span: Span, place: &Location) -> Value {
    let source = model.parsed.sources.get(span.source.0 as usize);
    let text = source.and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let mut region = json!({ "startLine": place.line, "startColumn": place.column });
    if !line.is_empty() {
        region["endColumn"] = json!(u64::from(place.column) + line.chars().count() as u64);
    }
    region
}

/// All findings as a SARIF log.
pub fn sarif(lang: Lang, model: &Model) -> Value {
    let mut rules: Vec<Value> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for found in &model.diagnostics {
        let hints = finding::hints(lang, found);
        let help = if hints.is_empty() { heading(found.code) } else { hints.join("\n") };
        let rule = *index.entry(found.code).or_insert_with(|| {
            rules.push(json!({
                "id": found.code,
                "shortDescription": { "text": heading(found.code) },
                "help": { "text": help },
                "defaultConfiguration": { "level": level(found.severity) },
            }));
            rules.len() - 1
        });
        let message = [vec![finding::message(lang, found)], hints].concat().join("\n");
        let mut result = json!({
            "ruleId": found.code,
            "ruleIndex": rule,
            "level": level(found.severity),
            "message": { "text": message },
        });
        if let Some(place) = model.parsed.locate(found.span) {
            let uri = utf8_percent_encode(&place.file, PATH).to_string();
            let mut location = json!({
                "physicalLocation": {
                    "artifactLocation": { "uri": uri },
                    "region": region(model, found.span, &place),
                },
            });
            if let Some(object) = &found.object {
                location["logicalLocations"] = json!([{ "fullyQualifiedName": object.to_string(), "kind": "object" }]);
            }
            result["locations"] = json!([location]);
        }
        results.push(result);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "kubehop", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "language": lang.code(),
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    })
}

/// One test of the report.
#[derive(Default)]
struct Case {
    class: String,
    name: String,
    place: Option<Location>,
    failures: Vec<(&'static str, String)>,
    notes: Vec<String>,
    skipped: Option<String>,
}

/// Characters that XML 1.0 (2.2) forbids are left out; the writer escapes the others.
fn clean(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\t' | '\n') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))).collect()
}

/// All objects as a JUnit report: an error of an object fails its test, warnings and notes are its output, what takes no part
/// is skipped. Findings about no object are tests of their own.
///
/// # Errors
/// Only what the XML writer reports; to memory it does not fail.
pub fn junit(lang: Lang, model: &Model) -> io::Result<String> {
    let cases = cases(lang, model);
    let failures: usize = cases.iter().map(|case| usize::from(!case.failures.is_empty())).sum();
    let skipped: usize = cases.iter().map(|case| usize::from(case.skipped.is_some())).sum();
    let (tests, failures, skipped) = (cases.len().to_string(), failures.to_string(), skipped.to_string());
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let counts = [("tests", tests.as_str()), ("failures", &failures), ("errors", "0")];
    writer
        .create_element("testsuites")
        .with_attributes([("name", "kubehop check")])
        .with_attributes(counts)
        .write_inner_content(|writer| {
            let suite = writer.create_element("testsuite").with_attributes([("name", "kubehop check")]);
            let suite = suite.with_attributes(counts).with_attribute(("skipped", skipped.as_str()));
            suite.write_inner_content(|writer| cases.iter().try_for_each(|case| write_case(writer, case)))?;
            Ok(())
        })?;
    let body = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n"))
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case) -> io::Result<()> {
    let (class, name) = (clean(&case.class), clean(&case.name));
    let mut element = writer.create_element("testcase");
    element = element.with_attributes([("classname", class.as_str()), ("name", name.as_str()), ("time", "0")]);
    if let Some(place) = &case.place {
        let (file, line) = (clean(&place.file), place.line.to_string());
        element = element.with_attributes([("file", file.as_str()), ("line", line.as_str())]);
    }
    if case.failures.is_empty() && case.notes.is_empty() && case.skipped.is_none() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        if let Some(why) = &case.skipped {
            writer.create_element("skipped").with_attribute(("message", clean(why).as_str())).write_empty()?;
        }
        for (code, text) in &case.failures {
            let text = clean(text);
            let first = text.lines().next().unwrap_or_default().to_owned();
            let failure = writer.create_element("failure").with_attributes([("type", *code), ("message", &first)]);
            failure.write_text_content(quick_xml::events::BytesText::new(&text))?;
        }
        if !case.notes.is_empty() {
            let text = clean(&case.notes.join("\n"));
            writer.create_element("system-out").write_text_content(quick_xml::events::BytesText::new(&text))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn cases(lang: Lang, model: &Model) -> Vec<Case> {
    let inventory = Inventory::of(model);
    let mut cases = Vec::new();
    let mut by_object = BTreeMap::new();
    for entry in &inventory.entries {
        by_object.insert(entry.object.clone(), cases.len());
        let skipped = match entry.used {
            Use::Unused(why) => Some(inventory::reason(lang, why)),
            Use::Used | Use::Partly(_) => None,
        };
        let notes = match &entry.used {
            Use::Partly(fields) => fields
                .iter()
                .map(|field| {
                    let place = model.parsed.locate(field.span).map(|at| format!("{at}: ")).unwrap_or_default();
                    format!("{place}{}", locale::ta(lang, "inventory-field", &[("path", (&*field.path).into())]))
                })
                .collect(),
            _ => Vec::new(),
        };
        cases.push(Case {
            class: entry.object.kind.to_string(),
            name: entry.object.to_string(),
            place: model.parsed.locate(entry.span),
            skipped,
            notes,
            failures: Vec::new(),
        });
    }
    for found in model.diagnostics.iter().filter(|found| found.code != "unused-kind") {
        let at = found.object.as_ref().and_then(|object| by_object.get(object)).copied();
        let at = at.unwrap_or_else(|| {
            cases.push(alone(model, found));
            cases.len() - 1
        });
        let Some(case) = cases.get_mut(at) else { continue };
        let text = finding::line(lang, &model.parsed, found);
        if found.severity == Severity::Error {
            // What failed was not left out on purpose.
            case.skipped = None;
            case.failures.push((found.code, text));
        } else {
            case.notes.push(format!("{}: {text}", finding::severity(found.severity)));
        }
    }
    cases
}

/// The test of a finding about no object that was read.
fn alone(model: &Model, found: &Diagnostic) -> Case {
    let place = model.parsed.locate(found.span);
    let name = found.object.as_ref().map(ToString::to_string);
    let name = name.or_else(|| place.as_ref().map(|place| format!("{}:{}", place.file, place.line)));
    Case {
        class: found.object.as_ref().map_or_else(|| "input".to_owned(), |object| object.kind.to_string()),
        name: name.unwrap_or_else(|| found.code.to_owned()),
        place,
        ..Case::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use quick_xml::Reader;
    use quick_xml::events::Event;
    use sim_core::model::Options;

    const INPUT: &str = "apiVersion: v1
kind: Service
metadata: {name: idle}
spec: {selector: {app: \"a<b&\\u0007\"}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: bad}
spec: {ports: [{port: 99999}]}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
---
a: [
";

    fn model() -> Model {
        Model::build(&[SourceText::given("ma nifests/ä.yaml", INPUT)], &Limits::default(), &Options::default())
    }

    #[test]
    fn sarif_has_what_its_schema_requires() {
        let model = model();
        for lang in Lang::ALL {
            let log = sarif(lang, &model);
            assert_eq!(log["version"], "2.1.0");
            let run = &log["runs"][0];
            let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
            assert_eq!(run["tool"]["driver"]["name"], "kubehop");
            let results = run["results"].as_array().expect("results");
            assert_eq!(results.len(), model.diagnostics.len());
            for result in results {
                let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
                assert_eq!(rule["id"], result["ruleId"]);
                assert!(!rule["help"]["text"].as_str().unwrap_or_default().is_empty());
                assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap_or_default()));
                assert!(!result["message"]["text"].as_str().unwrap_or_default().is_empty());
                for location in result["locations"].as_array().into_iter().flatten() {
                    let physical = &location["physicalLocation"];
                    assert_eq!(physical["artifactLocation"]["uri"], "ma%20nifests/%C3%A4.yaml");
                    let region = &physical["region"];
                    assert!(region["startLine"].as_u64() >= Some(1) && region["startColumn"].as_u64() >= Some(1));
                    assert!(region["endColumn"].as_u64().is_none_or(|end| Some(end) > region["startColumn"].as_u64()));
                }
            }
            let errors = results.iter().filter(|result| result["level"] == "error").count();
            let wanted = model.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
            assert_eq!(errors, wanted);
            assert!(wanted >= 2, "{:#?}", model.diagnostics);
        }
    }

    #[test]
    fn junit_is_xml_whose_counts_are_true() {
        let model = model();
        for lang in Lang::ALL {
            let text = junit(lang, &model).expect("XML");
            let mut reader = Reader::from_str(&text);
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            let mut suite = BTreeMap::new();
            loop {
                match reader.read_event().expect("well-formed") {
                    Event::Eof => break,
                    Event::Start(tag) | Event::Empty(tag) => {
                        let name = AsRef::<str>::as_ref(&tag.name()).to_owned();
                        if name == "testsuite" {
                            for attribute in tag.attributes() {
                                let attribute = attribute.expect("an attribute");
                                let key = AsRef::<str>::as_ref(&attribute.key).to_owned();
                                suite.insert(key, attribute.value.into_owned());
                            }
                        }
                        *seen.entry(name).or_default() += 1;
                    }
                    _ => {}
                }
            }
            assert_eq!(suite.get("tests"), seen.get("testcase").map(ToString::to_string).as_ref());
            assert_eq!(suite.get("skipped"), seen.get("skipped").map(ToString::to_string).as_ref());
            assert!(seen.get("failure").copied().unwrap_or_default() >= 2, "{text}");
            assert!(text.contains("name=\"Service default/bad\"") && text.contains("a&lt;b&amp;"), "{text}");
            assert!(!text.contains('\u{7}'));
        }
    }
}
