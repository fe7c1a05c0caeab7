//! Questions for names and their answers, what they cost, and the race of A and AAAA over one socket: in words, and as JSON.

use crate::words::Say;
use kernel::state::CtEntry;
use kernel::text::conntrack::write_conntrack;
use serde_json::{Value, json};
use sim_core::trace::{self, Journey, KERNELS, Kernels, Race, Spent, Tracked};
use std::fmt::{self, Write};

/// Questions and answers, as `dig` would show them in short.
///
/// # Errors
/// Those of `out`.
pub fn write_questions(out: &mut impl Write, say: &Say<'_>, journey: &Journey) -> fmt::Result {
    let several = trace::resolv_conf(say.model, &journey.probe.from).nameservers.len() > 1;
    for lookup in &journey.lookups {
        let said = match lookup.rcode {
            _ if lookup.beyond => say.t("dns-beyond"),
            Some(rcode) => rcode.to_string(),
            None => say.t("dns-silent"),
        };
        let over = if lookup.stream { " (TCP)" } else { "" };
        let cut = if lookup.truncated { " TC" } else { "" };
        let at = if several { format!(" @{}", lookup.server.ip()) } else { String::new() };
        writeln!(out, "{} {}{at}{over}  {said}{cut}", lookup.name, lookup.record)?;
        for one in &lookup.forwards {
            writeln!(out, "  {}", say.forwarded(one))?;
        }
        for record in lookup.records.iter().chain(&lookup.additional) {
            writeln!(out, "  {record}")?;
        }
        if let Some(age) = lookup.kept {
            writeln!(out, "  {}", say.ta("dns-kept", &[("age", age.into())]))?;
        }
        if lookup.rotates {
            writeln!(out, "  {}", say.t("dns-rotates"))?;
        }
        if let Some(place) = lookup.origin.as_ref().filter(|_| !lookup.records.is_empty()) {
            let at = place.location.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
            writeln!(out, "  <- {}{at}", place.object)?;
        }
    }
    Ok(())
}

/// What the questions cost, and what musl makes of the answers.
///
/// # Errors
/// Those of `out`.
pub fn write_beside(out: &mut impl Write, say: &Say<'_>, journey: &Journey) -> fmt::Result {
    if journey.lookups.is_empty() {
        return Ok(());
    }
    let Spent { questions, packets, flows, seconds } = trace::spent(say.model, journey);
    let args = [
        ("questions", questions.into()),
        ("packets", packets.into()),
        ("flows", flows.into()),
        ("seconds", seconds.into()),
    ];
    writeln!(out, "{}", say.ta("dns-cost", &args))?;
    let Some(musl) = trace::musl(say.model, journey) else { return Ok(()) };
    let addresses: Vec<String> = musl.addresses.iter().map(ToString::to_string).collect();
    let found = if addresses.is_empty() { "–".to_owned() } else { addresses.join(", ") };
    writeln!(out, "{}", say.ta("musl-result", &[("addresses", found.into())]))?;
    for one in &musl.differs {
        writeln!(out, "  {}", say.t(&format!("musl-{}", one.code())))?;
    }
    Ok(())
}

/// The race, for JSON.
pub(crate) fn race_json(say: &Say<'_>, race: &Race) -> Value {
    let fates = |kernels: &Kernels| json!({ "from": format!("{}.{}", kernels.from.0, kernels.from.1), "same": kernels.same.code(), "apart": kernels.apart.code() });
    let tracked = |one: &Tracked| {
        let entries: Vec<Value> =
            one.places.iter().map(|(place, share)| json!({ "to": &**place, "probability": share })).collect();
        json!({
            "netns": say.who(one.netns),
            "entry": entry_text(&one.first),
            "places": entries,
            "apart": one.apart,
            "kernel": one.kernel.as_ref().map(|(said, kernels)| json!({
                "version": &**said,
                "fates": fates(kernels),
                "dropped": one.drops(*kernels),
            })),
            "dropped": KERNELS.iter().map(|kernels| json!({
                "from": format!("{}.{}", kernels.from.0, kernels.from.1),
                "probability": one.drops(*kernels),
            })).collect::<Vec<_>>(),
        })
    };
    let (at, without) = match &race.at {
        Ok(all) => (all.iter().map(tracked).collect(), None),
        Err(why) => (Vec::new(), Some(why.code())),
    };
    json!({
        "name": &*race.name,
        "server": race.server.to_string(),
        "wait": race.wait,
        "without": without,
        "at": at,
        "kernels": KERNELS.iter().map(fates).collect::<Vec<_>>(),
    })
}

/// An entry as `conntrack -L` prints it.
fn entry_text(entry: &CtEntry) -> String {
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = write_conntrack(&mut text, entry);
    text
}

/// What may happen to A and AAAA of a name on their way, line by line.
pub fn race_lines(say: &Say<'_>, race: &Race) -> Vec<String> {
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let name = || race.name.to_string();
    let all = match &race.at {
        Ok(all) => all,
        Err(why) => return vec![say.ta(&format!("race-{}", why.code()), &[("name", name().into())])],
    };
    let server = race.server.to_string();
    let mut lines = vec![say.ta("race-lead", &[("name", name().into()), ("server", server.into())])];
    for one in all {
        lines.push(
            say.ta("race-entry", &[("who", say.who(one.netns).into()), ("entry", entry_text(&one.first).into())]),
        );
        if one.apart > 0.0 {
            let places = one.places.iter().map(|(place, share)| {
                say.ta("race-place", &[("place", place.to_string().into()), ("percent", percent(*share).into())])
            });
            let places = places.collect::<Vec<_>>().join(", ");
            lines.push(say.ta("race-places", &[("places", places.into()), ("percent", percent(one.apart).into())]));
        }
        match &one.kernel {
            Some((said, kernels)) => {
                let args = [("version", said.to_string().into()), ("percent", percent(one.drops(*kernels)).into())];
                lines.push(say.ta("race-kernel", &args));
            }
            None => lines.extend(KERNELS.iter().enumerate().map(|(at, kernels)| {
                let number = |(major, minor): (u32, u32)| format!("{major}.{minor}");
                let next = KERNELS.get(at + 1).map(|next| next.from);
                let (id, from) = match next {
                    Some(next) if at == 0 => ("race-kernels-old", number(next)),
                    Some(_) => ("race-kernels-between", number(kernels.from)),
                    None => ("race-kernels", number(kernels.from)),
                };
                let to = next.map(|(major, minor)| number((major, minor.saturating_sub(1)))).unwrap_or_default();
                let percent = percent(one.drops(*kernels));
                say.ta(id, &[("from", from.into()), ("to", to.into()), ("percent", percent.into())])
            })),
        }
    }
    lines.push(say.ta("race-wait", &[("seconds", race.wait.into())]));
    lines.push(say.t("race-cure"));
    lines
}
