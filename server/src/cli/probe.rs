//! The probe of a command, and what is wrong with it in words.

use super::arguments::ProbeArgs;
use super::common::Common;
use super::failure::Failure;
use sim_core::model::Model;
use sim_core::trace::{self, Journey, KEEPS, MAX_BEFORE, Probe, ProbeError, ProbeText};
use web::locale::Lang;
use web::page::{AssetUrls, Chrome, Theme};

/// Says in words what is wrong with a probe, and with which option.
pub(super) fn unclear(lang: Lang, error: &ProbeError) -> Failure {
    Failure::Usage(format!("--{}: {}", error.part, said(lang, error)))
}

pub(super) fn said(lang: Lang, error: &ProbeError) -> String {
    let chrome = Chrome {
        lang,
        theme: Theme::default(),
        path_and_query: String::new(),
        assets: AssetUrls::default(),
        htmx: false,
        about: web::page::About::default(),
        back: None,
    };
    web::page::error::probe_error(&chrome, error)
}

/// The probe as it was asked.
pub(super) fn probe_text(common: &Common, from: &str, to: &str, args: &ProbeArgs) -> ProbeText {
    ProbeText {
        from: from.to_owned(),
        via: args.via.clone(),
        to: to.to_owned(),
        proto: args.proto.clone(),
        sport: args.sport.clone(),
        choose: args.choose.clone(),
        seed: common.seed,
        before: before(common, args).filter(|before| *before > 0).map(|before| before.to_string()),
        wait: args.every.map(|seconds| seconds.to_string()),
        keep: kept(args.keep.as_ref()),
        size: args.size.clone(),
        method: args.method.clone(),
        headers: args.header.clone(),
        connect: args.connect.clone(),
    }
}

/// What a client keeps, as addresses have it.
pub(super) fn kept(what: Option<&String>) -> Option<String> {
    what.map(|what| if what == KEEPS[0] { "1".to_owned() } else { what.clone() })
}

/// How often the same was sent before: as asked, or on a connection that is kept once each `--every` since the start.
fn before(common: &Common, args: &ProbeArgs) -> Option<u64> {
    let asked = args.repeat.map(|repeat| u64::from(repeat).saturating_sub(1));
    let since = || {
        let time = common.at.filter(|_| args.keep.is_some())?;
        Some((time / 1_000).checked_div(args.every.unwrap_or(1))?.min(u64::from(MAX_BEFORE)))
    };
    asked.or_else(since)
}

pub(super) fn probe(model: &Model, common: &Common, from: &str, to: &str, args: &ProbeArgs) -> Result<Probe, Failure> {
    trace::parse_probe(model, &probe_text(common, from, to, args)).map_err(|error| unclear(common.language(), &error))
}

pub(super) fn sent(model: &Model, common: &Common, probe: &Probe) -> Result<Journey, Failure> {
    let journey = trace::run(model, probe);
    trace::check_choices(&journey).map_err(|error| unclear(common.language(), &error))?;
    Ok(journey)
}
