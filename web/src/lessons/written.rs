//! A trace as a lesson: the files of its folder, so that what is asked of somebody's own manifests is played, checked and taken along like
//! any other lesson.

use super::query::Asked;
use super::quiz::{self, Question};
use super::read::{INDEX, World, is_manifest};
use crate::locale::{self, FluentValue, Lang};
use kubernetes::manifest::SourceText;
use sim_core::facts::{Beat, Facts};
use sim_core::trace::ProbeText;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Steps that a lesson has at least, as [`super::check`] says.
const LEAST: usize = 5;

/// What a lesson is made of.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// The trace.
    pub asked: Asked<'a>,
    /// Its probe.
    pub probe: &'a ProbeText,
    /// The world it was sent in.
    pub world: &'a World,
    /// What it is called.
    pub name: &'a str,
}

/// A text: the key behind its step's id, the message that says it, and the values of that.
struct Text {
    key: String,
    message: String,
    values: Vec<(&'static str, String)>,
}

/// A step of the folder: its line in `lesson.yaml`, and its texts by the key behind its id.
struct Part {
    line: String,
    texts: Vec<Text>,
}

impl Written<'_> {
    /// The files of a lesson that asks what the trace answers: `lesson.yaml` and the texts of every language, without the manifests. `None`
    /// where there is nothing to ask. With `whole` it begins and ends with a look, and has as many steps as a lesson has; without, nothing
    /// but questions.
    pub fn files(&self, whole: bool) -> Option<Vec<(String, String)>> {
        let questions = quiz::questions(&self.asked);
        if questions.is_empty() {
            return None;
        }
        let facts = Facts::of(self.asked.model, self.asked.journey);
        let places = facts.places();
        let place = |n: u32| places.get((n as usize).checked_sub(1)?).map(|place| quoted(&format!("place {place}")));
        let mut parts: Vec<(u32, Part)> = Vec::new();
        for (at, question) in questions.iter().enumerate() {
            parts.push((question.until, asks(question, at + 1, place(question.until)?, place(question.at)?)));
        }
        if whole {
            let mut looks: Vec<Beat> = facts.beats();
            // A look at the start and at the end; more of them where there are few questions.
            let wanted = LEAST.saturating_sub(parts.len()).max(2).min(looks.len());
            let last = looks.len().saturating_sub(1);
            let keep: Vec<usize> = (0..wanted).map(|nth| nth * last / wanted.saturating_sub(1).max(1)).collect();
            looks = looks.into_iter().enumerate().filter(|(at, _)| keep.contains(at)).map(|(_, beat)| beat).collect();
            for beat in looks {
                let Some(visit) = facts.visit(beat.at) else { continue };
                let packet = visit.after.packet.innermost();
                let words = vec![
                    ("where", quiz::named(visit.namespace)),
                    ("source", packet.ip.src.to_string()),
                    ("destination", packet.ip.dst.to_string()),
                ];
                let id = format!("look-{}", beat.at);
                let line = format!("{{id: {id}, kind: observe, at: {}}}", place(beat.at)?);
                parts.push((
                    beat.at,
                    Part { line, texts: vec![Text { key: id, message: "predict-look".to_owned(), values: words }] },
                ));
            }
            parts.sort_by_key(|(n, _)| *n);
        }
        let lines: Vec<&str> = parts.iter().map(|(_, part)| part.line.as_str()).collect();
        let mut files = vec![(INDEX.to_owned(), self.index(&lines))];
        for lang in Lang::ALL {
            files.push((format!("{}.ftl", lang.code()), self.book(lang, &parts)));
        }
        Some(files)
    }

    fn index(&self, lines: &[&str]) -> String {
        let mut out = String::from("part: faults\n");
        let _ = writeln!(out, "probe: {}", probe(self.probe));
        let world = self.world.pairs();
        if !world.is_empty() {
            let pairs: Vec<String> = world.iter().map(|(name, value)| format!("{name}: {}", quoted(value))).collect();
            let _ = writeln!(out, "world: {{{}}}", pairs.join(", "));
        }
        out.push_str("steps:\n");
        for line in lines {
            let _ = writeln!(out, "  - {line}");
        }
        out
    }

    fn book(&self, lang: Lang, parts: &[(u32, Part)]) -> String {
        let mut out = String::new();
        let ends: [(&str, FluentValue<'_>); 3] = [
            ("name", self.name.into()),
            ("from", self.probe.from.as_str().into()),
            ("to", self.probe.to.as_str().into()),
        ];
        for (key, message) in [("title", "predict-lesson"), ("about", "predict-about"), ("recap", "predict-recap")] {
            let _ = writeln!(out, "{key} = {}", fluent(&locale::ta(lang, message, &ends)));
        }
        for Text { key, message, values } in parts.iter().flat_map(|(_, part)| &part.texts) {
            let values: Vec<(&str, FluentValue<'_>)> =
                values.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
            let text = fluent(&locale::ta(lang, message, &values));
            match key.strip_prefix('.') {
                Some(part) => {
                    let _ = writeln!(out, "    .{part} = {text}");
                }
                None => {
                    let _ = writeln!(out, "\n{key} = {text}");
                }
            }
        }
        out
    }
}

fn asks(question: &Question, number: usize, until: String, at: String) -> Part {
    let code = question.ask.code();
    let id = format!("{code}-{number}");
    let wrong: Vec<String> = question.wrong.iter().map(|(name, query)| format!("{name}: {}", quoted(query))).collect();
    let line = format!(
        "{{id: {id}, kind: predict, until: {until}, at: {at}, right: {}, wrong: {{{}}}}}",
        quoted(&question.right),
        wrong.join(", ")
    );
    let text = |key: String, message: String| Text { key, message, values: question.words.clone() };
    let mut texts = vec![text(id, format!("predict-{code}"))];
    for (name, _) in &question.wrong {
        texts.push(text(format!(".{name}"), format!("predict-{code}-{}", quiz::word(name))));
    }
    texts.push(text(".after".to_owned(), format!("predict-{code}-after")));
    Part { line, texts }
}

/// A probe as a lesson writes it, on one line.
fn probe(probe: &ProbeText) -> String {
    let mut pairs = vec![("from", quoted(&probe.from)), ("to", quoted(&probe.to))];
    let single = [
        ("via", &probe.via),
        ("proto", &probe.proto),
        ("sport", &probe.sport),
        ("size", &probe.size),
        ("method", &probe.method),
        ("connect", &probe.connect),
        ("before", &probe.before),
        ("wait", &probe.wait),
        ("keep", &probe.keep),
    ];
    pairs.extend(single.into_iter().filter_map(|(name, value)| Some((name, quoted(value.as_deref()?)))));
    for (name, list) in [("choose", &probe.choose), ("headers", &probe.headers)] {
        if !list.is_empty() {
            let all: Vec<String> = list.iter().map(|value| quoted(value)).collect();
            pairs.push((name, format!("[{}]", all.join(", "))));
        }
    }
    if probe.seed != 0 {
        pairs.push(("seed", probe.seed.to_string()));
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// A scalar in double quotes, which JSON and YAML write alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text as Fluent reads it, on one line.
fn fluent(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.split_whitespace().collect::<Vec<_>>().join(" ").chars().enumerate() {
        match c {
            '{' | '}' => {
                let _ = write!(out, "{{ \"{c}\" }}");
            }
            '[' | '.' | '*' if at == 0 => {
                let _ = write!(out, "{{ \"{c}\" }}");
            }
            _ => out.push(c),
        }
    }
    out
}

/// Manifests as the files of a lesson: names that a folder of a lesson has, and texts.
pub fn file_names(sources: &[SourceText]) -> Vec<(String, String)> {
    let folder = |source: &'_ SourceText| -> Vec<String> {
        let mut parts: Vec<String> = source.name.split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    };
    let folders: Vec<Vec<String>> = sources.iter().map(folder).collect();
    // The folders around all of them are somebody's own.
    let around = folders.first().map_or(0, |first| {
        let same = |other: &Vec<String>| first.iter().zip(other).take_while(|(one, other)| one == other).count();
        folders.iter().map(same).min().unwrap_or_default()
    });
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let name = |source: &SourceText| {
        let clean = |c: char| if c.is_alphanumeric() || "-_./".contains(c) { c } else { '-' };
        let name: String = source.name.chars().map(clean).collect();
        let name = name.split('/').skip(around).filter(|part| !part.is_empty() && *part != "." && *part != "..");
        let name = name.collect::<Vec<_>>().join("/");
        if is_manifest(&name) { name } else { format!("{name}.yaml") }
    };
    let mut all = Vec::new();
    for source in sources {
        let name = name(source);
        let name = (1..).map(|nth| if nth == 1 { name.clone() } else { format!("{nth}-{name}") });
        let Some(name) = name.into_iter().find(|name| !taken.contains(name)) else { continue };
        taken.insert(name.clone());
        all.push((name, source.text.to_string()));
    }
    all
}
