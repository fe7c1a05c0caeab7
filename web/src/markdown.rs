//! A trace as Markdown (CommonMark with GitHub's tables): for tickets, wikis and merge requests.

use crate::locale::Lang;
use crate::words::{EventLine, ExchangeWords, OutcomeWords, Say, StepWords};
use kubernetes::shown;
use kubernetes::timeline::EVENTS;
use sim_core::facts::Steps;
use sim_core::model::Model;
use sim_core::trace::{Journey, ProbeText, write_probe};
use std::fmt::{self, Write};

/// Text in which nothing is markup: what Markdown and HTML read otherwise is escaped, lines are joined.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in shown::visible(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '!' => out.extend(['\\', c]),
            '&' => out.push_str("&amp;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text as it is, in a code span: as many backticks around it as it has not inside.
fn code(text: &str) -> String {
    let text = shown::visible(&text.replace('\n', " ")).into_owned();
    let fence = "`".repeat(longest(&text) + 1);
    // A cell of a table ends at a bar even in code.
    let text = text.replace('|', "\\|");
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// The longest run of backticks.
fn longest(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn block(out: &mut impl Write, kind: &str, text: &str) -> fmt::Result {
    let text = shown::visible(text);
    let fence = "`".repeat(longest(&text).max(2) + 1);
    writeln!(out, "{fence}{kind}\n{}\n{fence}\n", text.trim_end())
}

/// How to trace the same again.
#[derive(Clone, Debug, Default)]
pub struct Again<'a> {
    /// Files, as they were named; those of the model where there are none.
    pub files: Vec<String>,
    /// The probe as it was asked.
    pub probe: ProbeText,
    /// Further options with their values, e.g. `--cni`; empty ones are left out.
    pub options: Vec<(&'a str, String)>,
    /// The step alone that is written.
    pub step: Option<u32>,
}

/// Files that are named one by one.
const NAMED: usize = 3;

impl Again<'_> {
    /// The command.
    fn line(&self, model: &Model) -> String {
        let mut files = self.files.clone();
        if files.is_empty() {
            // Events of the address are options.
            let given = model.parsed.sources.iter().filter(|source| &*source.name != EVENTS);
            files = given.map(|source| source.name.to_string()).collect();
            if files.is_empty() || files.len() > NAMED {
                files = vec!["FILE…".to_owned()];
            }
        }
        let mut words: Vec<String> = files.iter().map(|file| quoted(file)).collect();
        let mut option = |name: &str, value: &str| {
            if !value.is_empty() {
                words.extend([name.to_owned(), quoted(value)]);
            }
        };
        let probe = &self.probe;
        option("--from", &probe.from);
        option("--to", &probe.to);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        option("--via", &text(&probe.via));
        option("--proto", &text(&probe.proto));
        option("--sport", &text(&probe.sport));
        let before = probe.before.as_ref().and_then(|before| before.parse::<u64>().ok()).filter(|before| *before > 0);
        option("--repeat", &before.map(|before| (before + 1).to_string()).unwrap_or_default());
        option("--every", &text(&probe.wait));
        option("--size", &text(&probe.size));
        option("--method", &text(&probe.method));
        probe.headers.iter().for_each(|header| option("--header", header));
        option("--connect", &text(&probe.connect));
        probe.choose.iter().for_each(|choice| option("--choose", choice));
        self.options.iter().for_each(|(name, value)| option(name, value));
        let seed = if probe.seed == 0 { String::new() } else { probe.seed.to_string() };
        option("--seed", &seed);
        option("--step", &self.step.map(|step| step.to_string()).unwrap_or_default());
        match probe.keep.as_deref() {
            None | Some("" | "0" | "false" | "no") => {}
            Some(what @ ("address" | "both")) => words.push(format!("--keep={what}")),
            Some(_) => words.push("--keep".to_owned()),
        }
        format!("kubehop trace {}", words.join(" "))
    }
}

/// A word for a shell.
pub fn quoted(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | ':' | ',' | '@' | '+' | '=' | '…');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A journey: what came of it, how to see it again, every hop, the rules that acted, what is assumed, and what mends it; of one step alone
/// what came of the whole, and that hop.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, lang: Lang, model: &Model, journey: &Journey, again: &Again<'_>) -> fmt::Result {
    let say = Say { lang, model, id: None };
    let probe = write_probe(model, &journey.probe);
    let outcome = say.outcome(journey);
    writeln!(out, "# {} → {}\n", code(&probe.from), code(&probe.to))?;
    writeln!(out, "**{} {}**: {}\n", outcome.sign, plain(&outcome.headline), plain(&outcome.reason))?;
    for line in outcome.kernel.iter().chain(&outcome.sees) {
        writeln!(out, "{}\n", plain(line))?;
    }
    block(out, "sh", &again.line(model))?;
    let steps = Steps::of(journey);
    let words = say.wanted_steps(journey, &steps, |n| again.step.is_none_or(|step| step == n));
    for span in &steps.legs {
        let inside: Vec<&StepWords> = words.iter().filter(|step| (span.first..=span.last).contains(&step.n)).collect();
        if inside.is_empty() {
            continue;
        }
        if let Some(leg) = journey.legs.get(span.leg) {
            writeln!(out, "## {}\n", plain(&say.leg(journey, leg)))?;
        }
        let heads = ["transcript-where", "transcript-what", "transcript-packet"].map(|id| plain(&say.t(id)));
        writeln!(out, "| # | {} |\n|--:|---|---|---|", heads.join(" | "))?;
        for step in &inside {
            let card = &step.card;
            let mark = card.mark.as_ref().map(|mark| format!(" mark {mark}")).unwrap_or_default();
            let outer: String = card.outer.iter().map(|(kind, ends)| format!("{kind} {ends}: ")).collect();
            let packet = format!("{outer}{} {} → {} ttl {}{mark}", card.kind, card.src, card.dst, card.ttl);
            writeln!(out, "| {} | {} | {} | {} |", step.n, plain(&step.place), plain(&step.title), plain(&packet))?;
        }
        writeln!(out)?;
        let acted: Vec<(&StepWords, &EventLine)> = inside
            .iter()
            .flat_map(|step| step.events.iter().map(move |event| (*step, event)))
            .filter(|(_, event)| acts(event))
            .collect();
        for (step, event) in &acted {
            writeln!(out, "- **{}** {}", step.n, plain(&event.text))?;
            for change in &event.changes {
                let before =
                    if change.before.is_empty() { String::new() } else { format!("{} → ", code(&change.before)) };
                writeln!(out, "  - {}: {before}{}", plain(&change.field), code(&change.after))?;
            }
            if let Some(kernel) = &event.kernel {
                writeln!(out, "  - {}", code(kernel))?;
            }
            if let Some(because) = &event.because {
                let place =
                    because.place.as_ref().map(|place| format!(" ({})", plain(&place.to_string()))).unwrap_or_default();
                writeln!(out, "  - {}{place}", plain(&because.text))?;
            }
        }
        if !acted.is_empty() {
            writeln!(out)?;
        }
    }
    if again.step.is_some() {
        return Ok(());
    }
    if let Some(exchange) = say.exchange(journey) {
        write_exchange(out, &say, &exchange)?;
    }
    list(out, &say.t("trace-choices"), say.choices(journey).iter().map(|line| plain(line)))?;
    leaning(out, &say, &outcome)?;
    fixes(out, &say, &outcome)
}

/// The request, who decided about it, what the backend saw, and the response.
fn write_exchange(out: &mut impl Write, say: &Say<'_>, exchange: &ExchangeWords) -> fmt::Result {
    writeln!(out, "## {}\n", plain(&say.t("http-title")))?;
    exchange.to.iter().try_for_each(|to| writeln!(out, "{}\n", plain(to)))?;
    block(out, "http", &exchange.head)?;
    for one in &exchange.decided {
        writeln!(out, "{}: {}", plain(&say.ta("http-decided", &[("who", one.who.as_str().into())])), plain(&one.text))?;
        let place = one.place.as_ref().map(|place| format!(" ({})", plain(place))).unwrap_or_default();
        one.field.iter().try_for_each(|field| writeln!(out, "{}{place}", plain(field)))?;
        writeln!(out)?;
    }
    if let Some(seen) = &exchange.seen {
        let client = say.ta("http-client", &[("client", seen.client.as_str().into())]);
        let heading = say.ta("http-seen", &[("who", seen.who.as_str().into())]);
        writeln!(out, "{}. {}\n", plain(&heading), plain(&client))?;
        block(out, "http", &seen.head)?;
    }
    match &exchange.response {
        Some((_, head)) => block(out, "http", head),
        None => writeln!(out, "{}\n", plain(&say.t("http-no-response"))),
    }
}

/// What is worth a line of its own: what changed the packet, or stopped it.
fn acts(event: &EventLine) -> bool {
    !event.changes.is_empty() || event.stops()
}

fn list(out: &mut impl Write, heading: &str, items: impl Iterator<Item = String>) -> fmt::Result {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {}\n", plain(heading))?;
    items.iter().try_for_each(|item| writeln!(out, "- {item}"))?;
    writeln!(out)
}

fn leaning(out: &mut impl Write, say: &Say<'_>, outcome: &OutcomeWords) -> fmt::Result {
    writeln!(out, "## {}\n\n{} {}\n", plain(&say.t("trace-verdict")), outcome.sign, plain(&outcome.verdict_text))?;
    list(out, &say.t("trace-leans-on"), outcome.leans_on.iter().map(|one| plain(&one.line())))?;
    let only = outcome.assumed.iter().filter(|one| !outcome.leans_on.contains(one));
    list(out, &say.t("trace-assumed"), only.map(|one| plain(&one.line())))
}

fn fixes(out: &mut impl Write, say: &Say<'_>, outcome: &OutcomeWords) -> fmt::Result {
    if outcome.fixes.is_empty() {
        return Ok(());
    }
    writeln!(out, "## {} ({})\n", plain(&say.t("trace-fixes")), plain(&say.t("fix-proven")))?;
    for fix in &outcome.fixes {
        let place = fix.place.as_ref().map(|place| format!(" ({})", plain(&place.to_string()))).unwrap_or_default();
        writeln!(out, "{}{place}\n", plain(&fix.text))?;
        if let Some(diff) = &fix.diff {
            block(out, "diff", diff)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_words_of_a_shell() {
        assert_eq!(quoted("a/b-1"), "a/b-1");
        assert_eq!(quoted("it's here"), "'it'\\''s here'");
    }

    #[test]
    fn names_are_no_markup() {
        assert_eq!(plain("a|b <i>*x*"), "a\\|b \\<i\\>\\*x\\*");
        assert_eq!(plain("[l](u) `c`\n# & \\"), "\\[l\\](u) \\`c\\` \\# &amp; \\\\");
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a ``b"), "```a ``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
        let mut out = String::new();
        block(&mut out, "sh", "echo ```\n").unwrap();
        assert_eq!(out, "````sh\necho ```\n````\n\n");
        out.clear();
        block(&mut out, "http", "GET /\u{1b}[31m").unwrap();
        assert_eq!(out, "```http\nGET /\u{241b}[31m\n```\n\n");
    }
}
