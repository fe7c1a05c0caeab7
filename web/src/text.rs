//! Traces, findings and lookups for a terminal.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::trace::{ProbeText, parse_probe, run};
//! use web::locale::Lang;
//! use web::text::write_trace;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: curl, image: curlimages/curl}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
//! let journey = run(&model, &parse_probe(&model, &asked)?);
//! let mut text = String::new();
//! write_trace(&mut text, Lang::En, &model, &journey, None).unwrap();
//! assert!(text.contains("KUBE-SERVICES"));
//! # Ok::<(), sim_core::trace::ProbeError>(())
//! ```

use crate::docker;
use crate::inventory;
use crate::locale::Lang;
use crate::page::scenario::{cluster, settings};
use crate::words::{AssumedWords, EventLine, ExchangeWords, OutcomeWords, Say, StepWords};
use sim_core::facts::Steps;
use sim_core::model::Model;
use sim_core::trace::{Branches, Journey, LegId};
use std::fmt::{self, Write};

/// One journey, hop by hop; only step `only`, if given. Step numbers are those of the pages.
///
/// # Errors
/// Those of `out`.
pub fn write_trace(
    out: &mut impl Write,
    lang: Lang,
    model: &Model,
    journey: &Journey,
    only: Option<u32>,
) -> fmt::Result {
    let say = Say { lang, model, id: None };
    let steps = Steps::of(journey);
    let only = only.map(|step| steps.clamp(step));
    let words = say.wanted_steps(journey, &steps, |n| only.is_none_or(|only| only == n));
    if let (Some(hosts), None) = (&journey.hosts, only) {
        writeln!(out, "{}\n", say.hosts(hosts))?;
    }
    if let Some(kept) = say.kept(journey).filter(|_| only.is_none()) {
        writeln!(out, "{kept}\n")?;
    }
    for span in &steps.legs {
        let mut inside = words.iter().filter(|step| (span.first..=span.last).contains(&step.n)).peekable();
        if inside.peek().is_none() {
            continue;
        }
        if let Some(leg) = journey.legs.get(span.leg) {
            let indent = "  ".repeat(journey.depth(LegId(span.leg as u32)) as usize);
            writeln!(out, "{indent}== {} ==", say.leg(journey, leg))?;
        }
        inside.try_for_each(|step| write_step(out, step))?;
        writeln!(out)?;
    }
    if only.is_none() {
        write_outcome(out, &say, &say.outcome(journey))?;
        if let Some(exchange) = say.exchange(journey) {
            write_exchange(out, &say, &exchange)?;
        }
        write_list(out, &say.t("policies-heading"), &policy_lines(&say, journey))?;
        write_list(out, &say.t("trace-choices"), &say.choices(journey))?;
        let kept: Vec<String> = journey.remembered.iter().map(|entry| say.remembered(entry)).collect();
        write_list(out, &say.t("trace-remembered"), &kept)?;
    }
    Ok(())
}

/// The request, who decided about it, what the backend saw, and the response.
fn write_exchange(out: &mut impl Write, say: &Say<'_>, exchange: &ExchangeWords) -> fmt::Result {
    let block = |out: &mut dyn Write, heading: &str, lines: &str| {
        writeln!(out, "  - {heading}")?;
        lines.lines().try_for_each(|line| writeln!(out, "      {line}"))
    };
    writeln!(out, "{}:", say.t("http-title"))?;
    block(out, &say.t("http-request"), &format!("{}\n{}", exchange.to.as_deref().unwrap_or_default(), exchange.head))?;
    for one in &exchange.decided {
        writeln!(out, "  - {}: {}", say.ta("http-decided", &[("who", one.who.as_str().into())]), one.text)?;
        let place = one.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        one.field.iter().try_for_each(|field| writeln!(out, "      {field}{place}"))?;
    }
    if let Some(seen) = &exchange.seen {
        let client = say.ta("http-client", &[("client", seen.client.as_str().into())]);
        let heading = say.ta("http-seen", &[("who", seen.who.as_str().into())]);
        block(out, &heading, &format!("{client}\n{}", seen.head))?;
    }
    match &exchange.response {
        Some((_, head)) => block(out, &say.t("http-response"), head),
        None => writeln!(out, "  - {}", say.t("http-no-response")),
    }
}

fn write_step(out: &mut impl Write, step: &StepWords) -> fmt::Result {
    let card = &step.card;
    for (kind, ends) in &card.outer {
        writeln!(out, "      {kind} {}", ends.replace('→', "->"))?;
    }
    writeln!(out, "{:>4}  {}: {}", step.n, step.place, step.title)?;
    write!(out, "      {} {} -> {} ttl {}", card.kind, card.src, card.dst, card.ttl)?;
    match &card.mark {
        Some(mark) => writeln!(out, " mark {mark}")?,
        None => writeln!(out)?,
    }
    step.events.iter().try_for_each(|event| write_event(out, event))
}

fn write_event(out: &mut impl Write, event: &EventLine) -> fmt::Result {
    let indent = 8 + 2 * event.depth as usize;
    writeln!(out, "{:indent$}- {}", "", event.text)?;
    for line in event.kernel.iter().flat_map(|kernel| kernel.lines()) {
        writeln!(out, "{:indent$}  {line}", "")?;
    }
    for change in &event.changes {
        let badge = change.badge.as_deref().unwrap_or_default();
        let before = if change.before.is_empty() { String::new() } else { format!("{} -> ", change.before) };
        let text = format!("{}: {before}{} {badge}", change.field, change.after);
        writeln!(out, "{:indent$}  {}", "", text.trim_end())?;
    }
    if let Some(note) = &event.note {
        writeln!(out, "{:indent$}  {note}", "")?;
    }
    for copy in &event.copies {
        writeln!(out, "{:indent$}  * {}", "", copy.title)?;
    }
    if let Some(because) = &event.because {
        let place = because.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        writeln!(out, "{:indent$}  {}{place}", "", because.text)?;
    }
    Ok(())
}

pub(crate) fn write_outcome(out: &mut impl Write, say: &Say<'_>, outcome: &OutcomeWords) -> fmt::Result {
    writeln!(out, "{}: {}", outcome.result, outcome.headline)?;
    writeln!(out, "  {}: {}", outcome.code, outcome.reason)?;
    if let Some(kernel) = &outcome.kernel {
        writeln!(out, "  {kernel}")?;
    }
    if let Some(sees) = &outcome.sees {
        writeln!(out, "  {sees}")?;
    }
    if let (Some(step), false) = (outcome.step, outcome.good) {
        writeln!(out, "  {}", say.ta("trace-decided", &[("step", step.into())]))?;
    }
    if let (Some(because), false) = (&outcome.because, outcome.good) {
        let place = because.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        writeln!(out, "  {}{place}", because.text)?;
        if let Some((place, _)) = &because.against {
            writeln!(out, "  {}: {place}", say.t("why-against"))?;
        }
    }
    write_fixes(out, say, outcome)?;
    write_leaning(out, say, outcome)
}

/// The verdict and what it leans on.
pub(crate) fn write_leaning(out: &mut impl Write, say: &Say<'_>, outcome: &OutcomeWords) -> fmt::Result {
    let words = |all: &[AssumedWords]| all.iter().map(AssumedWords::line).collect::<Vec<_>>();
    writeln!(out, "{}: {} {}", say.t("trace-verdict"), outcome.sign, outcome.verdict_text)?;
    let (not_simulated, leans): (Vec<_>, Vec<_>) = outcome.leans_on.iter().cloned().partition(|one| one.not_simulated);
    write_list(out, &say.t("trace-not-simulated"), &words(&not_simulated))?;
    write_list(out, &say.t("trace-leans-on"), &words(&leans))?;
    let only: Vec<AssumedWords> =
        outcome.assumed.iter().filter(|one| !outcome.leans_on.contains(one)).cloned().collect();
    write_list(out, &say.t("trace-assumed"), &words(&only))
}

/// Proven fixes, each with its diff.
fn write_fixes(out: &mut impl Write, say: &Say<'_>, outcome: &OutcomeWords) -> fmt::Result {
    if outcome.fixes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{} ({}):", say.t("trace-fixes"), say.t("fix-proven"))?;
    for fix in &outcome.fixes {
        let place = fix.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        writeln!(out, "  - {}{place}", fix.text)?;
        for line in fix.diff.iter().flat_map(|diff| diff.lines()) {
            writeln!(out, "      {line}")?;
        }
        for other in &fix.elsewhere {
            writeln!(out, "    {}: {other}", say.t("fix-elsewhere"))?;
        }
    }
    Ok(())
}

fn write_list(out: &mut impl Write, heading: &str, items: &[String]) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "{heading}:")?;
    items.iter().try_for_each(|item| writeln!(out, "  - {item}"))
}

/// What policies said: a line for each end, and one for each rule that was looked at.
fn policy_lines(say: &Say<'_>, journey: &Journey) -> Vec<String> {
    let mut lines = Vec::new();
    for end in say.policies(journey) {
        lines.push(end.heading);
        for rule in end.rules {
            let place = rule.place.map(|place| format!(" ({place})")).unwrap_or_default();
            lines.push(format!("  {}{place}", rule.text));
        }
    }
    lines
}

/// All branches: one line each, with its probability, result, code, choices and server.
///
/// # Errors
/// Those of `out`.
pub fn write_branches(out: &mut impl Write, lang: Lang, model: &Model, branches: &Branches) -> fmt::Result {
    let say = Say { lang, model, id: None };
    for journey in &branches.journeys {
        let outcome = say.outcome(journey);
        write!(
            out,
            "{:>6.2} %  {}  {}  {}",
            journey.probability * 100.0,
            outcome.result,
            outcome.code,
            outcome.verdict
        )?;
        if let Some(server) = &outcome.server {
            write!(out, "  {server}")?;
        }
        for choice in journey.choices.iter().filter(|choice| choice.of.len() > 1) {
            write!(out, "  {}={}", choice.name, choice.value)?;
        }
        writeln!(out)?;
    }
    if branches.cut {
        writeln!(out, "{}", say.t("trace-branches-cut"))?;
    }
    Ok(())
}

/// What `check` says behind the findings: what was understood, what was used, what not and why, and what was assumed.
///
/// # Errors
/// Those of `out`.
pub fn write_summary(out: &mut impl Write, lang: Lang, model: &Model) -> fmt::Result {
    let say = Say { lang, model, id: None };
    if !model.cluster.nodes.is_empty() || model.cluster.docker.is_empty() {
        writeln!(out, "{}", cluster(&say))?;
    }
    if !model.cluster.nodes.is_empty() {
        writeln!(out, "{}", settings(&say))?;
    }
    docker::write(out, &say)?;
    inventory::write(out, &say)
}
