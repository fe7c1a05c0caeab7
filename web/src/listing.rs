//! What the command line's `check` and `dns` print.

use crate::finding;
use crate::locale::Lang;
use serde_json::{Value, json};
use sim_core::agents::ResolvConf;
use sim_core::diagnostic::{Diagnostic, Severity};
use sim_core::dns::RecordType;
use sim_core::dns::zone::Answer;
use sim_core::model::Model;
use sim_core::trace::Rcode;
use std::fmt::{self, Write};

/// A question of a resolver with its answer.
pub type Asked = (String, RecordType, Answer);

fn rcode(answer: &Answer) -> &'static str {
    match answer.rcode {
        Some(Rcode::NoError) => "NOERROR",
        Some(Rcode::NxDomain) => "NXDOMAIN",
        Some(Rcode::Refused) => "REFUSED",
        Some(Rcode::ServFail) | None => "SERVFAIL",
    }
}

/// Findings as `kubehop.check/1`.
pub fn check(lang: Lang, model: &Model) -> Value {
    let one = |diagnostic: &Diagnostic| {
        let place = model.parsed.locate(diagnostic.span);
        json!({
            "code": diagnostic.code,
            "severity": match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            },
            "file": place.as_ref().map(|place| place.file.to_string()),
            "line": place.as_ref().map(|place| place.line),
            "column": place.as_ref().map(|place| place.column),
            "object": diagnostic.object.as_ref().map(ToString::to_string),
            "message": finding::message(lang, diagnostic),
            "hints": finding::hints(lang, diagnostic),
        })
    };
    json!({ "schema": "kubehop.check/1", "findings": model.diagnostics.iter().map(one).collect::<Vec<_>>() })
}

/// Questions and answers as `kubehop.dns/1`.
pub fn dns(conf: &ResolvConf, asked: &[Asked]) -> Value {
    let one = |(name, kind, answer): &Asked| {
        let records = |records: &[sim_core::dns::Record]| records.iter().map(ToString::to_string).collect::<Vec<_>>();
        let origin = answer.origin.as_ref();
        json!({
            "name": name,
            "type": kind.to_string(),
            "rcode": rcode(answer),
            "answer": records(&answer.records),
            "additional": records(&answer.additional),
            "assumed": answer.forwarded,
            "because": origin.map(|origin| json!({
                "object": origin.object.to_string(),
                "file": origin.location.as_ref().map(|place| place.file.to_string()),
                "line": origin.location.as_ref().map(|place| place.line),
            })),
        })
    };
    json!({
        "schema": "kubehop.dns/1",
        "nameservers": conf.nameservers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "search": conf.search,
        "ndots": conf.ndots,
        "queries": asked.iter().map(one).collect::<Vec<_>>(),
    })
}

/// Questions and answers, as `dig` would show them in short.
///
/// # Errors
/// Those of `out`.
pub fn write_dns(out: &mut impl Write, conf: &ResolvConf, asked: &[Asked]) -> fmt::Result {
    for server in &conf.nameservers {
        writeln!(out, "nameserver {server}")?;
    }
    writeln!(out, "search {}", conf.search.join(" "))?;
    writeln!(out, "options ndots:{}\n", conf.ndots)?;
    for (name, kind, answer) in asked {
        writeln!(out, "{name} {kind}  {}", rcode(answer))?;
        for record in answer.records.iter().chain(&answer.additional) {
            writeln!(out, "  {record}")?;
        }
        if let Some(place) = answer.origin.as_ref().filter(|_| !answer.records.is_empty()) {
            let at = place.location.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
            writeln!(out, "  <- {}{at}", place.object)?;
        }
    }
    Ok(())
}
