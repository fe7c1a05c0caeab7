//! Small mistakes put into inputs that work: what is said of the probe that breaks, and whether a fix is found.

mod kinds;

pub use kinds::{KINDS, Mutation, mutations};

use crate::fixtures;
use kubernetes::diagnostic::Severity;
use kubernetes::manifest::{Limits, SourceText};
use kubernetes::origin::ObjectRef;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ClientResult, Effort, Field, Fix, Journey, ProbeText};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// An input that works, with the probe that shows it.
pub struct Working {
    /// File name.
    pub name: String,
    /// The text.
    pub sources: Vec<SourceText>,
    /// The probe.
    pub probe: ProbeText,
}

/// The probe in the first line that has one: `from=… to=… via=… proto=…`.
fn probe(text: &str) -> ProbeText {
    let line = text.lines().find(|line| line.contains("from=")).expect("a probe in the fixture");
    let words = line.split(|c: char| c.is_whitespace() || c == '"').filter_map(|word| word.split_once('='));
    let mut probe = ProbeText::default();
    for (key, value) in words {
        let value = value.trim_end_matches(['}', ',']).to_owned();
        match key {
            "from" => probe.from = value,
            "to" => probe.to = value,
            "via" => probe.via = Some(value),
            "proto" => probe.proto = Some(value),
            _ => panic!("{key} is no part of a probe"),
        }
    }
    probe
}

/// The files of a folder and those below it, by name.
fn gather(folder: &Path, name: &str, sources: &mut Vec<SourceText>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("folder").map(|entry| entry.expect("file").path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{name}/{}", path.file_name().expect("name").to_string_lossy());
        if path.is_dir() {
            gather(&path, &name, sources);
        } else {
            sources.push(SourceText::found(name, std::fs::read_to_string(&path).expect("text")));
        }
    }
}

/// All inputs that work: files, and folders with a probe in their first file that has one.
pub fn working() -> Vec<Working> {
    let folder = fixtures("mutations");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("fixtures").map(|entry| entry.expect("file").path()).collect();
    files.sort();
    let read = |path: &Path| {
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        if path.is_dir() {
            let mut sources = Vec::new();
            gather(path, &name, &mut sources);
            let first = sources.iter().find(|source| source.text.contains("from=")).expect("a probe in the folder");
            return Working { probe: probe(&first.text), sources, name };
        }
        let text = std::fs::read_to_string(path).expect("text");
        Working { probe: probe(&text), sources: vec![SourceText::given(name.as_str(), text)], name }
    };
    files.iter().map(|path| read(path)).collect()
}

/// The model of texts, as the program builds it.
pub fn model(sources: &[SourceText]) -> Model {
    Model::build(sources, &Limits::default(), &Options::default())
}

/// Sends a probe; `None` where it cannot be asked any more.
pub fn send(model: &Model, text: &ProbeText) -> Option<(Model, Journey)> {
    let probe = trace::parse_probe(model, text).ok()?;
    let model = trace::model_for(model, &probe).into_owned();
    // One way that fails is a probe that fails.
    let all = trace::branches(&model, &probe, 8).journeys;
    let failed = all.iter().position(|journey| journey.client != ClientResult::Ok);
    let journey = all.into_iter().nth(failed.unwrap_or_default())?;
    Some((model, journey))
}

/// What was found out about one mutation.
pub enum Found {
    /// The probe still passes, or cannot be asked any more.
    Harmless,
    /// It breaks.
    Broken {
        /// The cause names the field that was changed.
        named: bool,
        /// A fix was found, and it was tried here once more.
        fixed: bool,
        /// For people.
        report: String,
    },
}

/// Makes the mistake, sends the probe, and looks at what is said.
pub fn judge(input: &Working, mutation: &Mutation) -> Found {
    let sources = mutation.patch.apply(&input.sources);
    let changed = model(&sources);
    let Some((changed, journey)) = send(&changed, &input.probe) else { return Found::Harmless };
    if journey.client == ClientResult::Ok {
        return Found::Harmless;
    }
    let named = names(&changed, &journey, mutation);
    let fixes = trace::fixes(&changed, &journey, &Effort::default());
    let fixed = fixes.iter().any(|fix| tried(&changed, &input.probe, fix));
    sound(&changed, &fixes);
    let mut report = format!("{} {} at {} {}", input.name, mutation.kind, mutation.object, mutation.field);
    let why = journey.outcome.why.as_ref();
    let place = |field: Option<&Field>| field.map(|field| format!("{} {}", field.object, field.path));
    let _ = write!(
        report,
        " → {} {}: {} {:?} against {:?}; fixes: {}",
        journey.client.code(),
        journey.outcome.kind.code(),
        why.map_or("–", |why| why.code),
        why.and_then(|why| place(why.field.as_ref())),
        why.and_then(|why| place(why.against.as_ref())),
        fixes.iter().map(|fix| fix.kind.code()).collect::<Vec<_>>().join(", "),
    );
    Found::Broken { named, fixed, report }
}

/// True when the cause leads to what was changed: the field or one inside it or around it, its line, or, for an object that is gone, its name.
fn names(model: &Model, journey: &Journey, mutation: &Mutation) -> bool {
    let Some(why) = &journey.outcome.why else { return false };
    let now = mutation.object_now(model);
    let same = |object: &ObjectRef| *object == mutation.object || Some(object) == now.as_ref();
    let related = |field: &Field| {
        let (a, b) = (&field.path.0, &mutation.field.0);
        let near = a.starts_with(b) || (b.starts_with(a) && a.len() >= 2);
        same(&field.object) && near
    };
    let line = |field: &Field| field.locate(model).is_some_and(|at| mutation.lines.contains(&at.line));
    let fields = || why.field.iter().chain(&why.against);
    let gone = mutation.gone
        && (why.args.values().any(|value| value.contains(&*mutation.object.name))
            || why.code == "no-such-address"
            || why.code == "node-port");
    fields().any(|field| related(field) || line(field)) || gone
}

/// Makes the fix and sends the probe.
fn tried(changed: &Model, probe: &ProbeText, fix: &Fix) -> bool {
    let sources =
        fix.patch.as_ref().map_or_else(|| changed.parsed.sources.clone(), |patch| patch.apply(&changed.parsed.sources));
    let options = fix.options.clone().unwrap_or_default();
    let model = Model::build(&sources, &Limits::default(), &options);
    let probe = fix.probe.as_ref().unwrap_or(probe);
    send(&model, probe).is_some_and(|(_, journey)| journey.client == ClientResult::Ok)
}

/// Fixes come to different texts, and to nothing that the API server would refuse where it took it before.
fn sound(changed: &Model, fixes: &[Fix]) {
    let texts = fixes.iter().filter_map(|fix| fix.patch.as_ref()).map(|patch| patch.apply(&changed.parsed.sources));
    let mut all: Vec<Vec<SourceText>> = Vec::new();
    let errors = |model: &Model| {
        let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
        for found in model.diagnostics.iter().filter(|found| found.severity == Severity::Error) {
            *codes.entry(found.code).or_default() += 1;
        }
        codes
    };
    let before = errors(changed);
    for text in texts {
        assert!(!all.contains(&text), "the same fix twice");
        let fixed = model(&text);
        let more = errors(&fixed).into_iter().find(|(code, count)| before.get(code).is_none_or(|had| had < count));
        assert_eq!(more, None, "a fix brings an error");
        all.push(text);
    }
}

/// A sequence of numbers from a seed (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next one below `below`.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }
}
