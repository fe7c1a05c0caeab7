//! What became of the input, in words: for the scenario page, the command line's text and its JSON.

use crate::locale::{self, Lang};
use crate::words::Say;
use kubernetes::assumption::{Assumption, Effect};
use kubernetes::origin::{Location, Span};
use serde_json::{Value, json};
use sim_core::inventory::{self, Count, Entry, Reason, Use};
use sim_core::model::Model;
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

/// Objects listed one by one of each kind and reason at most; the others are counted.
const LISTED: usize = 50;

/// What became of the input.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// All objects.
    pub entries: Vec<Entry>,
    /// The same counted by kind.
    pub counts: BTreeMap<Arc<str>, Count>,
    /// Objects that the input does not have and that were assumed, by kind.
    pub assumed: BTreeMap<&'static str, usize>,
}

/// Objects of one kind that take no part for one reason.
#[derive(Clone, Debug)]
pub struct NotUsed<'a> {
    /// Kind.
    pub kind: &'a str,
    /// `apiVersion` of the first.
    pub api_version: &'a str,
    /// All of them.
    pub entries: Vec<&'a Entry>,
}

impl Inventory {
    /// Of a model.
    pub fn of(model: &Model) -> Self {
        let entries = inventory::inventory(model);
        let cluster = &model.cluster;
        let assumed = [
            ("Node", cluster.nodes.iter().filter(|node| node.origin.assumed).count()),
            ("Pod", cluster.pods.iter().filter(|pod| pod.origin.assumed).count()),
            ("Service", cluster.services.iter().filter(|service| service.origin.assumed).count()),
        ];
        let assumed = assumed.into_iter().filter(|(_, count)| *count > 0).collect();
        Self { counts: inventory::counts(&entries), entries, assumed }
    }

    /// Objects used, used in part, not used.
    pub fn totals(&self) -> Count {
        let mut all = Count::default();
        for count in self.counts.values() {
            all.used += count.used;
            all.partly += count.partly;
            all.unused += count.unused;
        }
        all
    }

    /// Kinds of which objects are used as they are written, with how many.
    pub fn used(&self) -> Vec<(&str, usize)> {
        let of = self.counts.iter().map(|(kind, count)| (&**kind, count.used));
        of.filter(|(_, count)| *count > 0).collect()
    }

    /// Objects that are partly used.
    pub fn partly(&self) -> impl Iterator<Item = (&Entry, &[kubernetes::manifest::SkippedField])> {
        self.entries.iter().filter_map(|entry| match &entry.used {
            Use::Partly(fields) => Some((entry, fields.as_slice())),
            _ => None,
        })
    }

    /// Objects that are not used, by reason and kind.
    pub fn unused(&self) -> Vec<(Reason, Vec<NotUsed<'_>>)> {
        let of = |reason: Reason| {
            let mut kinds: BTreeMap<&str, NotUsed<'_>> = BTreeMap::new();
            for entry in self.entries.iter().filter(|entry| entry.used == Use::Unused(reason)) {
                let kind = &*entry.object.kind;
                let new = || NotUsed { kind, api_version: &entry.api_version, entries: Vec::new() };
                kinds.entry(kind).or_insert_with(new).entries.push(entry);
            }
            (reason, kinds.into_values().collect::<Vec<_>>())
        };
        Reason::ALL.into_iter().map(of).filter(|(_, kinds)| !kinds.is_empty()).collect()
    }
}

/// Why objects take no part, in words.
pub fn reason(lang: Lang, reason: Reason) -> String {
    locale::t(lang, &format!("unused-{}", reason.word()))
}

/// `2 Deployment, 3 Service`.
pub fn kinds(lang: Lang, kinds: &[(&str, usize)]) -> String {
    let one = |(kind, count): &(&str, usize)| {
        locale::ta(lang, "inventory-kind", &[("kind", (*kind).into()), ("count", (*count).into())])
    };
    kinds.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn place(model: &Model, span: Span) -> Option<Location> {
    model.parsed.locate(span)
}

/// What `check` prints of it.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, say: &Say<'_>) -> fmt::Result {
    let (lang, model) = (say.lang, say.model);
    let inventory = Inventory::of(model);
    let totals = inventory.totals();
    let head = |out: &mut dyn Write, id: &str, count: usize| writeln!(out, "{} ({count}):", locale::t(lang, id));
    if totals.used > 0 {
        head(out, "inventory-used", totals.used)?;
        writeln!(out, "  {}", kinds(lang, &inventory.used()))?;
    }
    if totals.partly > 0 {
        head(out, "inventory-partly", totals.partly)?;
        for (entry, fields) in inventory.partly().take(LISTED) {
            writeln!(out, "  - {}", entry.object)?;
            for field in fields {
                let at = place(model, field.span).map(|at| format!(" ({at})")).unwrap_or_default();
                writeln!(out, "      {}{at}", field.path)?;
            }
        }
        more(out, lang, totals.partly)?;
    }
    if totals.unused > 0 {
        head(out, "inventory-unused", totals.unused)?;
        for (why, groups) in inventory.unused() {
            let counted: Vec<(&str, usize)> = groups.iter().map(|group| (group.kind, group.entries.len())).collect();
            writeln!(out, "  - {}: {}", kinds(lang, &counted), reason(lang, why))?;
        }
    }
    let assumed = &model.cluster.assumptions;
    if !assumed.is_empty() {
        head(out, "inventory-assumed", assumed.len())?;
        for assumption in assumed.iter().take(LISTED) {
            writeln!(out, "  - {}", say.assumed_words(assumption).line())?;
        }
        more(out, lang, assumed.len())?;
    }
    Ok(())
}

fn more(out: &mut impl Write, lang: Lang, count: usize) -> fmt::Result {
    match count.checked_sub(LISTED).filter(|more| *more > 0) {
        Some(more) => writeln!(out, "  {}", locale::ta(lang, "inventory-more", &[("count", more.into())])),
        None => Ok(()),
    }
}

fn at(model: &Model, span: Span) -> (Value, Value) {
    let place = place(model, span);
    (json!(place.as_ref().map(|place| place.file.to_string())), json!(place.as_ref().map(|place| place.line)))
}

/// `inventory` of `kubehop.check/1`.
pub fn to_json(lang: Lang, model: &Model) -> Value {
    let inventory = Inventory::of(model);
    let count = |count: &Count| json!({ "used": count.used, "partly": count.partly, "unused": count.unused });
    let kinds: BTreeMap<&str, Value> = inventory.counts.iter().map(|(kind, of)| (&**kind, count(of))).collect();
    let partly = inventory.partly().map(|(entry, fields)| {
        let (file, line) = at(model, entry.span);
        let fields = fields.iter().map(|field| {
            let (file, line) = at(model, field.span);
            json!({ "path": &*field.path, "file": file, "line": line })
        });
        json!({ "object": entry.object.to_string(), "file": file, "line": line, "fields": fields.collect::<Vec<_>>() })
    });
    let mut unused = Vec::new();
    for (why, groups) in inventory.unused() {
        for group in groups {
            let objects = group.entries.iter().map(|entry| {
                let (file, line) = at(model, entry.span);
                json!({ "object": entry.object.to_string(), "file": file, "line": line })
            });
            unused.push(json!({
                "kind": group.kind,
                "apiVersion": group.api_version,
                "reason": why.word(),
                "message": reason(lang, why),
                "count": group.entries.len(),
                "objects": objects.collect::<Vec<_>>(),
            }));
        }
    }
    json!({
        "counts": count(&inventory.totals()),
        "kinds": kinds,
        "partly": partly.collect::<Vec<_>>(),
        "unused": unused,
    })
}

/// `assumed` of `kubehop.check/1`.
pub fn assumed_json(say: &Say<'_>) -> Value {
    let one = |assumption: &Assumption| {
        let because = assumption.because.as_ref().map(|because| {
            json!({
                "object": because.object.as_ref().map(ToString::to_string),
                "field": because.field.as_deref(),
                "file": because.location.as_ref().map(|at| at.file.to_string()),
                "line": because.location.as_ref().map(|at| at.line),
            })
        });
        json!({
            "code": assumption.code,
            "args": assumption.args,
            "because": because,
            "effect": match assumption.effect {
                Effect::Frame => "frame",
                Effect::Matters => "matters",
                Effect::NotModelled => "not-modelled",
            },
            "message": say.assumption(assumption),
        })
    };
    say.model.cluster.assumptions.iter().map(one).collect()
}
