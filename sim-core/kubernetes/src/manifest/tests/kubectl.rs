//! What we read, held against what kubectl reads: `kubectl.tsv` has its answers.

use super::super::mend::{self, Mended};
use crate::diagnostic::Severity;
use crate::manifest::{Limits, Role, SourceText, parse};
use crate::origin::SourceId;
use crate::text::outline::{Is, Outline, outlines};
use std::collections::BTreeMap;

const HEAD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";

fn bytes(escaped: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        match (byte, byte == b'\\') {
            (_, false) => bytes.push(byte),
            _ => match rest.next() {
                Some(b'n') => bytes.push(b'\n'),
                Some(b't') => bytes.push(b'\t'),
                Some(b'r') => bytes.push(b'\r'),
                Some(b'x') => {
                    let digits: Vec<u8> = rest.by_ref().take(2).collect();
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                other => bytes.extend(other),
            },
        }
    }
    bytes
}

pub(super) fn json(outline: &Outline, top: bool) -> String {
    match &outline.is {
        Is::Null => "null".to_owned(),
        Is::Bool(value) => value.to_string(),
        Is::Int(value) => value.to_string(),
        Is::Number(value) => value.clone(),
        Is::Text(text) => quoted(text),
        Is::List(items) => {
            format!("[{}]", items.iter().map(|item| json(item, false)).collect::<Vec<_>>().join(","))
        }
        Is::Map(entries) => {
            let head = ["apiVersion", "kind", "metadata"];
            let own = entries.iter().filter(|(_, key, _)| !top || !head.contains(&key.as_str()));
            let sorted: BTreeMap<_, _> = own.map(|(_, key, value)| (key.clone(), json(value, false))).collect();
            let pairs: Vec<_> = sorted.iter().map(|(key, value)| format!("{}:{value}", quoted(key))).collect();
            format!("{{{}}}", pairs.join(","))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\t') => out.push_str("\\t"),
            Some('\r') => out.push_str("\\r"),
            Some(c @ ' '..='~') => out.push(c),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out + "\""
}

/// What we make of a text: as the table has it.
fn ours(text: &[u8]) -> String {
    let source = SourceText::decode("x", text, Role::Given);
    let parsed = parse(std::slice::from_ref(&source), &Limits::default());
    // Fields that a Pod does not have are no matter of YAML.
    let refused = parsed.diagnostics.iter().any(|found| found.severity == Severity::Error);
    if refused || parsed.objects.len() != 1 {
        return "refused".to_owned();
    }
    let whole = Mended::new(SourceId(0), &source.text, 0..source.text.len());
    let mended = mend::syntax(whole, 100, &mut mend::Work::default()).mended;
    outlines(&mended.text).first().map_or_else(String::new, |outline| json(outline, true))
}

#[test]
fn as_kubectl_reads_it() {
    let mut wrong = Vec::new();
    for line in include_str!("kubectl.tsv").lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (text, expected) = (columns.next().unwrap(), columns.next().unwrap());
        let known = columns.next();
        let mut whole = HEAD.as_bytes().to_vec();
        whole.extend(bytes(text));
        let found = ours(&whole);
        match known {
            None if found != expected => wrong.push(format!("{text}\n  kubectl {expected}\n  here    {found}")),
            Some(reason) if found == expected => wrong.push(format!("{text}\n  is read as kubectl does now: {reason}")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
