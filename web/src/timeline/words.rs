//! Moments in words.

use crate::locale::{FluentValue, Lang, t, ta};
use crate::words::Say;
use kubernetes::assumption::codes;
use kubernetes::cluster::model::{Event, Happens, Runs, Sync};
use kubernetes::manifest::objects::Object;
use sim_core::model::Model;
use sim_core::timeline::{Change, Later, NODES, Played, RuleChange};
use sim_core::trace::{ClientResult, ProbeText};
use std::fmt::{self, Write};

/// A moment.
pub struct MomentWords {
    /// `0s`, `1m30s`.
    pub at: String,
    /// What the input says happens, each with its line.
    pub events: Vec<(String, Option<String>)>,
    /// What changes, each with a word for styles.
    pub changes: Vec<(&'static str, String)>,
    /// What kube-proxy rewrote, by Node.
    pub rules: Vec<RuleWords>,
    /// Packets.
    pub sent: Vec<SentWords>,
}

/// Rules of a Node that differ.
pub struct RuleWords {
    /// The Node.
    pub node: String,
    /// How many lines came and went.
    pub counts: (usize, usize),
    /// Lines: `+` or `-`, what they are in, and the line.
    pub lines: Vec<(char, String, String)>,
    /// There are more.
    pub cut: bool,
}

/// A packet that was sent.
pub struct SentWords {
    /// What was asked.
    pub probe: ProbeText,
    /// From where to where, and what came of it.
    pub words: String,
    /// `ok`, or what else came of it.
    pub good: bool,
    /// A code for JSON.
    pub code: String,
    /// Who answered.
    pub server: Option<String>,
    /// The address that answered, and the source that it saw.
    pub answered: Option<(String, String)>,
    /// What became of its connection later.
    pub later: Vec<LaterWords>,
}

/// What was sent later on a connection that stays open.
pub struct LaterWords {
    /// When.
    pub at: String,
    /// What came of it.
    pub words: String,
    /// It was answered.
    pub good: bool,
    /// What the client's call reported, as a code.
    pub code: String,
    /// Who answered.
    pub server: Option<String>,
    /// What the connection before it reported, where it was broken.
    pub ended: Option<String>,
    /// The probe, as it leads there with the time.
    pub probe: ProbeText,
}

/// A time as a Scenario writes it.
pub fn time_text(at: u64) -> String {
    let (minutes, seconds, rest) = (at / 60_000, at / 1_000 % 60, at % 1_000);
    let mut text = String::new();
    if minutes > 0 {
        text.push_str(&format!("{minutes}m"));
    }
    if seconds > 0 || (minutes == 0 && rest == 0) {
        text.push_str(&format!("{seconds}s"));
    }
    if rest > 0 {
        text.push_str(&format!("{rest}ms"));
    }
    text
}

/// Every moment in words.
pub fn told(lang: Lang, model: &Model, played: &[Played]) -> Vec<MomentWords> {
    let event = |at: &usize| {
        let event = model.cluster.timeline.get(*at)?;
        Some((event_words(lang, event), event.location.as_ref().map(ToString::to_string)))
    };
    let one = |one: &Played| MomentWords {
        at: time_text(one.moment.at),
        events: one.moment.events.iter().filter_map(event).collect(),
        changes: one.moment.changes.iter().map(|change| (change.code(), change_words(lang, change))).collect(),
        rules: one.rules.iter().map(rule_words).collect(),
        sent: one.sent.iter().filter_map(|sent| sent_words(lang, model, sent)).collect(),
    };
    played.iter().map(one).collect()
}

pub(super) fn event_words(lang: Lang, event: &Event) -> String {
    let (what, object, count) = match &event.what {
        Happens::Delete(pod) | Happens::Ready(pod, _) => {
            (event.what.word(), ta(lang, "time-pod", &[("pod", pod.to_string().into())]), 0)
        }
        Happens::Scale(object, replicas) => ("scale", object.to_string(), *replicas),
        Happens::Rollout(object) => ("rollout", object.to_string(), 0),
        Happens::Drain(node) => ("drain", node.to_string(), 0),
        Happens::Runs(what, _) => {
            let args = component(lang, event.what.word(), what);
            return ta(lang, "time-component", &args);
        }
        Happens::Batch(by) => return ta(lang, "time-batch", &[("by", time_text(*by).into())]),
        Happens::Patch(patch) => {
            let fields = patch.fields.join(", ");
            let args = [("object", patch.object.to_string().into()), ("fields", fields.into())];
            return ta(lang, "time-patch", &args);
        }
        Happens::Power(spot, _) => {
            let link = if spot.link { "yes" } else { "no" };
            let args = [
                ("what", event.what.word().into()),
                ("machine", spot.machine.to_string().into()),
                ("link", link.into()),
            ];
            return ta(lang, "time-power", &args);
        }
        Happens::Sync(node, sync) => {
            let by = if let Sync::Lag(by) = sync { time_text(*by) } else { String::new() };
            let every = t(lang, "time-every-node");
            let node = node.as_deref().unwrap_or(&every);
            return ta(
                lang,
                "time-sync",
                &[("what", event.what.word().into()), ("node", node.to_owned().into()), ("by", by.into())],
            );
        }
        Happens::Probe(probe) => ("probe", format!("{} → {}", probe.from, probe.to), 0),
    };
    ta(lang, "time-event", &[("what", what.into()), ("object", object.into()), ("count", count.into())])
}

/// What stops or starts, and where.
fn component(lang: Lang, what: &str, runs: &Runs) -> Vec<(&'static str, FluentValue<'static>)> {
    let every = t(lang, "time-every-node");
    let node = if let Runs::Kubelet(Some(node)) = runs { node.to_string() } else { every };
    vec![("what", what.to_owned().into()), ("component", runs.name().into()), ("node", node.into())]
}

pub(super) fn change_words(lang: Lang, change: &Change) -> String {
    let mut args = vec![("code", change.code().into())];
    if let Some(pod) = change.pod() {
        args.push(("pod", pod.to_string().into()));
    }
    match change {
        Change::Added(_, node, ip) => {
            args.push(("node", node.to_string().into()));
            args.push(("ip", ip.to_string().into()));
        }
        Change::Gone(_, ip) => args.push(("ip", ip.to_string().into())),
        Change::Scaled(object, replicas) => {
            args.push(("object", object.to_string().into()));
            args.push(("count", (*replicas).into()));
        }
        Change::Patched(object, fields) => {
            args.push(("object", object.to_string().into()));
            args.push(("fields", fields.join(", ").into()));
        }
        Change::Runs(what, _) => args.extend(component(lang, change.code(), what).into_iter().skip(1)),
        Change::Synced(node) => {
            let every = t(lang, "time-every-node");
            args.push(("node", node.as_deref().unwrap_or(&every).to_owned().into()));
        }
        Change::Power(spot, _) => {
            args.push(("node", spot.machine.to_string().into()));
            args.push(("link", if spot.link { "yes" } else { "no" }.into()));
        }
        Change::Bound(_, node) | Change::NodeReady(node, _) | Change::Tainted(node) | Change::Cordoned(node) => {
            args.push(("node", node.to_string().into()))
        }
        Change::Follows(node, sync) => {
            args.push(("node", node.to_string().into()));
            if let Sync::Lag(by) = sync {
                args.push(("by", time_text(*by).into()));
            }
        }
        Change::Batches(by) => args.push(("by", time_text(*by).into())),
        Change::Waits(_) | Change::Ready(..) | Change::Terminating(_) | Change::Away | Change::Sliced => {}
    }
    ta(lang, "time-change", &args)
}

pub(super) fn rule_words(change: &RuleChange) -> RuleWords {
    let added = change.added.iter().map(|(within, line)| ('+', within.clone(), line.clone()));
    let removed = change.removed.iter().map(|(within, line)| ('-', within.clone(), line.clone()));
    RuleWords {
        node: change.node.to_string(),
        counts: (change.added.len(), change.removed.len()),
        lines: removed.chain(added).collect(),
        cut: change.cut,
    }
}

fn sent_words(lang: Lang, model: &Model, sent: &sim_core::timeline::SentThen) -> Option<SentWords> {
    let Happens::Probe(probe) = &model.cluster.timeline.get(sent.event)?.what else { return None };
    let text = ProbeText {
        from: probe.from.to_string(),
        to: probe.to.to_string(),
        proto: probe.proto.as_ref().map(ToString::to_string),
        keep: probe.keep.then(|| "1".to_owned()),
        ..ProbeText::default()
    };
    let (result, good, code, server, answered) = match &sent.came {
        Err(error) => (crate::words::probe_error(lang, error), false, "not-sent".to_owned(), None, None),
        Ok(came) => {
            let (within, journey) = (&came.0, &came.1);
            let say = Say { lang, model: within, id: None };
            let server = journey.server.as_ref();
            let name = server.and_then(|server| within.site.network.name(server.netns)).map(ToString::to_string);
            let answered = server.map(|server| (server.local.to_string(), server.sees.to_string()));
            let code = crate::words::result_code(&journey.client);
            (say.result_short(journey), journey.works(), code, name, answered)
        }
    };
    let from = text.from.clone();
    let args = [
        ("from", from.into()),
        ("to", text.to.clone().into()),
        ("result", result.into()),
        ("server", server.clone().unwrap_or_default().into()),
        ("address", answered.as_ref().map(|(address, _)| address.clone()).unwrap_or_default().into()),
        ("answered", if answered.is_some() && good { "yes" } else { "no" }.into()),
    ];
    let at = model.cluster.timeline.get(sent.event).map_or(0, |event| event.at);
    let later = sent.later.iter().map(|later| later_words(lang, (&text, at), later)).collect();
    Some(SentWords { words: ta(lang, "time-sent", &args), probe: text, good, code, server, answered, later })
}

fn later_words(lang: Lang, (text, opened): (&ProbeText, u64), later: &Later) -> LaterWords {
    let ended = later.ended.as_ref().map_or_else(|| "no".to_owned(), crate::words::result_code);
    let (server, address) =
        later.server.as_ref().map(|(name, at)| (name.to_string(), at.to_string())).unwrap_or_default();
    let args = [
        ("ended", ended.into()),
        ("result", crate::words::result_short(lang, &later.client).into()),
        ("answered", if later.server.is_some() && later.client == ClientResult::Ok { "yes" } else { "no" }.into()),
        ("server", server.into()),
        ("address", address.into()),
    ];
    let before = ((later.at - opened.min(later.at)) / 1_000).max(1);
    LaterWords {
        at: time_text(later.at),
        words: ta(lang, "time-later", &args),
        good: later.client == ClientResult::Ok,
        code: crate::words::result_code(&later.client),
        server: later.server.as_ref().map(|(name, _)| name.to_string()),
        ended: later.ended.as_ref().map(crate::words::result_code),
        probe: ProbeText { before: Some(before.to_string()), ..text.clone() },
    }
}

/// What is to be known before one relies on it: events that are not simulated, or that there are none at all.
pub fn notes(lang: Lang, model: &Model) -> Vec<String> {
    let parts: Vec<String> = model
        .cluster
        .assumptions
        .iter()
        .filter(|assumed| assumed.code == codes::SCENARIO_PART.code)
        .filter_map(|assumed| assumed.args.get("part").map(ToString::to_string))
        .filter(|part| part.starts_with("timeline"))
        .collect();
    let written = model.parsed.objects.iter().any(|object| match object {
        Object::Scenario(document) => !document.value.timeline.is_empty(),
        _ => false,
    });
    let mut all = Vec::new();
    if !parts.is_empty() {
        all.push(ta(lang, "time-unread", &[("parts", parts.join(", ").into())]));
    }
    if model.cluster.nodes.len() > NODES && !model.cluster.timeline.is_empty() {
        all.push(ta(lang, "time-nodes", &[("count", NODES.into())]));
    }
    if model.cluster.timeline.is_empty() {
        all.push(t(lang, if written { "time-nothing" } else { "time-none" }));
    }
    all
}

/// The same as text: a line for each thing.
///
/// # Errors
/// When it cannot be written.
pub fn text(out: &mut impl Write, lang: Lang, moments: &[MomentWords]) -> fmt::Result {
    for moment in moments {
        writeln!(out, "{}", moment.at)?;
        for (words, place) in &moment.events {
            let place = place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            writeln!(out, "  {words}{place}")?;
        }
        for (_, words) in &moment.changes {
            writeln!(out, "    {words}")?;
        }
        for rules in &moment.rules {
            let args = [
                ("node", rules.node.clone().into()),
                ("added", rules.counts.0.into()),
                ("removed", rules.counts.1.into()),
            ];
            writeln!(out, "    {}", ta(lang, "time-rules", &args))?;
        }
        for sent in &moment.sent {
            writeln!(out, "    {}", sent.words)?;
            for later in &sent.later {
                writeln!(out, "      {}: {}", later.at, later.words)?;
            }
        }
    }
    Ok(())
}
