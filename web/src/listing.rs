//! What the command line's `check` and `dns` print.

use crate::locale::Lang;
use crate::words::Say;
use crate::{finding, inventory, json, names};
use kernel::ids::NetnsId;
use kubernetes::diagnostic::Diagnostic;
use serde_json::{Value, json};
use sim_core::model::Model;
use sim_core::trace::{self, ClientResult, Differs, Journey, Spent, Target};
use std::fmt::{self, Write};

/// Findings as `kubehop.check/1`.
pub fn check(lang: Lang, model: &Model) -> Value {
    let one = |diagnostic: &Diagnostic| {
        let place = model.parsed.locate(diagnostic.span);
        json!({
            "code": diagnostic.code,
            "severity": finding::severity(diagnostic.severity),
            "file": place.as_ref().map(|place| place.file.to_string()),
            "line": place.as_ref().map(|place| place.line),
            "column": place.as_ref().map(|place| place.column),
            "object": diagnostic.object.as_ref().map(ToString::to_string),
            "message": finding::message(lang, diagnostic),
            "hints": finding::hints(lang, diagnostic),
            "patch": finding::patch(&model.parsed, diagnostic),
            "probe": finding::probe(model, diagnostic).map(|probe| {
                json!({ "from": probe.from, "to": probe.to, "proto": probe.proto })
            }),
        })
    };
    json!({
        "schema": "kubehop.check/1",
        "findings": model.diagnostics.iter().map(one).collect::<Vec<_>>(),
        "inventory": inventory::to_json(lang, model),
        "assumed": inventory::assumed_json(&Say { lang, model, id: None }),
    })
}

/// Questions and answers as `kubehop.dns/1`.
pub fn dns(model: &Model, journey: &Journey) -> Value {
    let say = Say { lang: Lang::En, model, id: None };
    let conf = trace::resolv_conf(model, &journey.probe.from);
    let (questions, hosts): (Vec<Value>, Vec<Value>) =
        json::lookups(journey).into_iter().partition(|lookup| lookup["server"] != "/etc/hosts");
    let last = hosts.first().or(questions.iter().rfind(|one| one["addresses"] != json!([])));
    // An address that nobody was asked for.
    let own = match &journey.probe.to {
        Target::Address(ip, _) if journey.lookups.is_empty() => json!([ip.to_string()]),
        _ => json!([]),
    };
    json!({
        "schema": "kubehop.dns/1",
        "nameservers": conf.nameservers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "search": conf.search,
        "ndots": conf.ndots,
        "hosts": hosts.first(),
        "queries": questions,
        "result": if journey.client == ClientResult::Ok { "ok".to_owned() } else { journey.client.code() },
        "addresses": last.map_or(own, |last| last["addresses"].clone()),
        "verdict": journey.verdict.code(),
        "cost": cost(trace::spent(model, journey)),
        "musl": trace::musl(model, journey).map(|musl| {
            let note = |one: &Differs| json!({ "code": one.code(), "text": say.t(&format!("musl-{}", one.code())) });
            json!({
                "addresses": musl.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "notes": musl.differs.iter().map(note).collect::<Vec<_>>(),
            })
        }),
        "race": trace::race(model, journey).map(|race| names::race_json(&say, &race)),
        "outcome": json::outcome(&say, journey),
        "assumed": journey.assumed.iter().map(|one| json::assumed(&say, one)).collect::<Vec<_>>(),
    })
}

fn cost(spent: Spent) -> Value {
    let Spent { questions, packets, flows, seconds } = spent;
    json!({ "questions": questions, "packets": packets, "flows": flows, "seconds": seconds })
}

/// Questions and answers, as `dig` would show them in short; then what the resolver concludes.
///
/// # Errors
/// Those of `out`.
pub fn write_dns(out: &mut impl Write, lang: Lang, model: &Model, journey: &Journey, with_race: bool) -> fmt::Result {
    let say = Say { lang, model, id: None };
    writeln!(out, "{}", crate::page::trace::resolv_conf(model, &journey.probe.from))?;
    if let Some(hosts) = &journey.hosts {
        writeln!(out, "{}", say.hosts(hosts))?;
    }
    if let (Target::Address(ip, _), true) = (&journey.probe.to, journey.lookups.is_empty()) {
        writeln!(out, "{}", say.ta("dns-address", &[("ip", ip.to_string().into())]))?;
    }
    names::write_questions(out, &say, journey)?;
    names::write_beside(out, &say, journey)?;
    if let Some(raced) = trace::race(model, journey).filter(|_| with_race) {
        writeln!(out)?;
        for line in names::race_lines(&say, &raced) {
            writeln!(out, "{line}")?;
        }
    }
    if journey.client == ClientResult::Ok && journey.assumed.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let outcome = say.outcome(journey);
    if outcome.good {
        return crate::text::write_leaning(out, &say, &outcome);
    }
    crate::text::write_outcome(out, &say, &outcome)
}

/// A rule of a machine for the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleLine {
    /// `nat`, `ip kube-proxy`.
    pub table: String,
    /// Chain.
    pub chain: String,
    /// Number, from 1.
    pub number: u32,
    /// As the tool prints it.
    pub text: String,
    /// In plain words.
    pub words: String,
    /// Who wrote it, for what.
    pub because: String,
}

/// The rules of a machine: those of one chain, or written for one Service (`NS/NAME`), or all.
pub fn rules(lang: Lang, model: &Model, at: NetnsId, chain: Option<&str>, service: Option<&str>) -> Vec<RuleLine> {
    let say = Say { lang, model, id: None };
    let netns = model.site.network.netns(at);
    let service = service.map(|name| format!("Service {name}"));
    let mut out = Vec::new();
    let is_service = |cause| {
        let object = say.cause(cause).and_then(|cause| cause.object.as_ref());
        service.is_some() && object.map(ToString::to_string) == service
    };
    for table in crate::page::rules::tables(netns) {
        let endpoints = match service {
            Some(_) => crate::page::rules::led_to(model, netns, table, &is_service),
            None => Default::default(),
        };
        for id in netns.chains_of(table) {
            let name = netns.chain_name(table, id).unwrap_or_default();
            if chain.is_some_and(|wanted| wanted != name) {
                continue;
            }
            // The whole of a chain that was made for the Service.
            let made_for = netns.chain_cause(table, id).and_then(|cause| say.because(cause)).unwrap_or_default().object;
            for rule in netns.rules_of(table, id) {
                let because = netns.rule_cause(rule).and_then(|cause| say.because(cause)).unwrap_or_default();
                let own = endpoints.contains(&id) || service == because.object || service == made_for;
                if service.is_some() && !own {
                    continue;
                }
                out.push(RuleLine {
                    table: netns.table_name(table),
                    chain: name.to_owned(),
                    number: rule.id.number(),
                    text: sim_core::print::rule_text(netns, rule).unwrap_or_default(),
                    words: say.rule_words(at, rule).unwrap_or_default(),
                    because: because.text,
                });
            }
        }
    }
    out
}

/// Those rules as text, a heading for each chain; `explain` adds the words.
pub fn rules_text(lines: &[RuleLine], explain: bool) -> String {
    let mut out = String::new();
    let mut last = None;
    for line in lines {
        if last.replace((&line.table, &line.chain)) != Some((&line.table, &line.chain)) {
            out.push_str(&format!("# {} {}\n", line.table, line.chain));
        }
        out.push_str(&format!("{}\n", line.text));
        if explain {
            out.push_str(&format!("#   {}: {}\n#   {}\n", line.number, line.words, line.because));
        }
    }
    out
}

/// Those rules as `kubehop.rules/1`.
pub fn rules_json(node: &str, lines: &[RuleLine], explain: bool) -> Value {
    let one = |line: &RuleLine| {
        let mut value = json!({ "table": line.table, "chain": line.chain, "number": line.number, "text": line.text });
        if let (true, Some(object)) = (explain, value.as_object_mut()) {
            object.insert("words".to_owned(), line.words.clone().into());
            object.insert("because".to_owned(), line.because.clone().into());
        }
        value
    };
    json!({ "schema": "kubehop.rules/1", "node": node, "rules": lines.iter().map(one).collect::<Vec<_>>() })
}
