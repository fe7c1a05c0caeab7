//! The commands that print something and end.

use super::arguments::{
    Check, CheckFormat, Dns, Env, Expect, Format, Kustomize, RenderFormat, Rules, State, Trace, TraceFormat,
};
use super::failure::Failure;
use super::input;
use super::input::Loaded;
use super::output::{deliver, deliver_bytes, pretty, print, print_with, refuse_terminal, text};
use super::picture;
use super::probe::{probe, probe_text, said, sent, unclear};
use crate::places;
use kernel::ids::NetnsId;
use kubernetes::assumption::Verdict;
use serde_json::json;
use sim_core::dns::RecordType;
use sim_core::model::Model;
use sim_core::trace::{self, ClientResult, Journey};
use std::path::PathBuf;
use web::locale::{self, Lang};
use web::markdown::Again;

/// Branches computed at most.
const MAX_BRANCHES: usize = 4096;

pub(super) fn check(command: &Check) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { model, status } = input::load_to_check(&command.common)?;
    match command.format {
        CheckFormat::Text => print(&text(|out| web::text::write_summary(out, lang, &model)))?,
        CheckFormat::Json => print(&pretty(&web::listing::check(lang, &model)))?,
        CheckFormat::Sarif => print(&pretty(&web::report::sarif(lang, &model)))?,
        CheckFormat::Junit => print(&web::report::junit(lang, &model)?)?,
    }
    // A check is there to find errors.
    status.map_err(|_| Failure::Result)
}

/// Whether a result is the expected one. What is not simulated as a whole never is; with `strict` neither is what holds only under assumptions.
fn meets(command: &Trace, expect: Expect, journey: &Journey) -> bool {
    let sure = match journey.verdict {
        Verdict::Works | Verdict::Fails => true,
        Verdict::Assumed => !command.strict,
        Verdict::NotModelled => false,
    };
    let same = matches!(
        (expect, &journey.client),
        (Expect::Ok, ClientResult::Ok)
            | (Expect::Refused, ClientResult::Refused)
            | (Expect::Timeout, ClientResult::Timeout)
    );
    sure && same
}

pub(super) fn trace(command: &Trace) -> Result<(), Failure> {
    let lang = command.common.language();
    let out = command.picture.out.as_deref();
    let Loaded { model, status } = input::load(&command.common)?;
    if command.picture.animated && command.format != TraceFormat::Svg {
        return Err(Failure::Usage(locale::t(lang, "cli-animated")));
    }
    if command.interface.is_some() && command.format != TraceFormat::Pcapng {
        return Err(Failure::Usage(locale::t(lang, "cli-interface-pcapng")));
    }
    let probe = probe(&model, &command.common, &command.from, &command.to, &command.probe)?;
    let model = trace::model_for(&model, &probe);
    let met;
    if command.all {
        // A wish that cannot be met is told, also where all ways are shown.
        sent(&model, &command.common, &probe)?;
        let branches = trace::branches(&model, &probe, MAX_BRANCHES);
        met =
            command.expect.is_none_or(|expect| branches.journeys.iter().all(|journey| meets(command, expect, journey)));
        match command.format {
            TraceFormat::Text => deliver(out, &text(|out| web::text::write_branches(out, lang, &model, &branches)))?,
            TraceFormat::Json => deliver(out, &pretty(&web::json::branches(&model, &branches)))?,
            TraceFormat::Svg | TraceFormat::Png | TraceFormat::Md | TraceFormat::Pcapng => {
                return Err(Failure::Usage(locale::t(lang, "cli-all-svg")));
            }
        }
    } else if command.size_sweep || command.traceroute {
        let journey = sent(&model, &command.common, &probe)?;
        met = command.expect.is_none_or(|expect| meets(command, expect, &journey));
        measure(command, &model, &journey)?;
    } else {
        let mut journey = sent(&model, &command.common, &probe)?;
        let step = picture::step(lang, &command.picture, &model, &journey)?;
        if !matches!(command.format, TraceFormat::Svg | TraceFormat::Png | TraceFormat::Pcapng) {
            journey.outcome.fixes = trace::fixes(&model, &journey, &trace::Effort::default());
        }
        met = command.expect.is_none_or(|expect| meets(command, expect, &journey));
        if let Some(folder) = &command.lesson {
            super::lessons::write(command, folder, &model, &journey)?;
        }
        match command.format {
            TraceFormat::Text => deliver(out, &text(|out| web::text::write_trace(out, lang, &model, &journey, step)))?,
            TraceFormat::Json => deliver(out, &pretty(&web::json::trace_at(&model, &journey, step)))?,
            TraceFormat::Svg => {
                picture::write(&command.common, &command.picture, &model, Some(&journey), step, RenderFormat::Svg)?;
            }
            TraceFormat::Png => {
                picture::write(&command.common, &command.picture, &model, Some(&journey), step, RenderFormat::Png)?;
            }
            TraceFormat::Md => {
                let again = again(command, step);
                deliver(out, &text(|out| web::markdown::write(out, lang, &model, &journey, &again)))?;
            }
            TraceFormat::Pcapng => {
                refuse_terminal(lang, out, "pcapng")?;
                let wanted = command.interface.as_deref();
                let known = web::capture::interfaces(&model, &journey);
                if let Some(unknown) = wanted.filter(|name| !known.iter().any(|one| one == name)) {
                    let args = [("name", unknown.into()), ("known", known.join(", ").into())];
                    return Err(Failure::Usage(locale::ta(lang, "cli-no-interface", &args)));
                }
                deliver_bytes(out, &web::capture::pcapng(&model, &journey, wanted))?;
            }
        }
    }
    match command.expect {
        // What is expected is a result; whatever else is wrong with the input was told.
        Some(_) if met => Ok(()),
        Some(_) => Err(Failure::Result),
        None => status,
    }
}

/// What sizes or TTLs make of the way of a probe.
fn measure(command: &Trace, model: &Model, journey: &Journey) -> Result<(), Failure> {
    let (lang, out) = (command.common.language(), command.picture.out.as_deref());
    let json = match command.format {
        TraceFormat::Text => false,
        TraceFormat::Json => true,
        TraceFormat::Svg | TraceFormat::Png | TraceFormat::Md | TraceFormat::Pcapng => {
            return Err(Failure::Usage(locale::t(lang, "cli-measure-format")));
        }
    };
    if command.size_sweep {
        let sizes = trace::sizes(model, journey);
        return match json {
            true => deliver(out, &pretty(&web::measure::sizes(model, journey, sizes.as_ref()))),
            false => deliver(out, &text(|out| web::measure::write_sizes(out, lang, model, sizes.as_ref()))),
        };
    }
    let route = trace::traceroute(model, journey);
    match json {
        true => deliver(out, &pretty(&web::measure::traceroute(model, journey, route.as_ref()))),
        false => deliver(out, &text(|out| web::measure::write_traceroute(out, lang, model, route.as_ref()))),
    }
}

/// The arguments of a trace, for who wants to run it again.
fn again(command: &Trace, step: Option<u32>) -> Again<'static> {
    let (common, probe) = (&command.common, &command.probe);
    let text = probe_text(common, &command.from, &command.to, probe);
    let kustomize = (common.kustomize == Kustomize::Kubectl).then(|| "kubectl".to_owned());
    let events = common.events.iter().map(|event| ("--event", Some(event.clone())));
    let at = ("--at", common.at.map(web::timeline::time_text));
    let all = common.world().into_iter().chain(events).chain([at, ("--kustomize", kustomize)]);
    let options = all.map(|(name, value)| (name, value.unwrap_or_default())).collect();
    let files = common.files.iter().map(|file| file.display().to_string()).collect();
    Again { files, probe: text, options, step }
}

/// The machine of a name.
fn machine(lang: Lang, model: &Model, name: &str) -> Result<NetnsId, Failure> {
    places::netns(model, name, "root").ok_or_else(|| no_machine(lang, name, places::machines(model)))
}

fn no_machine<'m>(lang: Lang, name: &str, names: impl Iterator<Item = &'m str>) -> Failure {
    let names: Vec<&str> = names.collect();
    let args = [("name", name.into()), ("names", names.join(", ").into())];
    Failure::Usage(locale::ta(lang, "cli-no-node", &args))
}

pub(super) fn rules(command: &Rules) -> Result<(), Failure> {
    let Loaded { model, status } = input::load(&command.common)?;
    let lang = command.common.language();
    let node = machine(lang, &model, &command.node)?;
    if command.chain.is_some() || command.service.is_some() || command.explain {
        let service = command.service.as_deref().map(|name| trace::service_of(&model, name)).transpose();
        let service = service.map_err(|error| unclear(lang, &error))?;
        let service = service.and_then(|id| model.cluster.services.get(id.0 as usize));
        let name = service.map(|service| service.name.to_string());
        let lines = web::listing::rules(lang, &model, node, command.chain.as_deref(), name.as_deref());
        if let (Some(service), true) = (service, lines.is_empty()) {
            let kind = match (service.external_name.is_some(), service.headless, command.chain.is_some()) {
                (_, _, true) => "chain",
                (true, _, false) => "external-name",
                (false, true, false) => "headless",
                (false, false, false) => "none",
            };
            let args = [("service", service.name.to_string().into()), ("kind", kind.into())];
            eprintln!("{}", locale::ta(lang, "cli-no-rules", &args));
        }
        match command.format {
            Format::Text => print(&web::listing::rules_text(&lines, command.explain))?,
            Format::Json => print(&pretty(&web::listing::rules_json(&command.node, &lines, command.explain)))?,
        }
        return status;
    }
    if command.ipv6 {
        eprintln!("{}", locale::t(lang, "cli-ipv6-listed"));
    }
    match command.format {
        Format::Text if command.ipv6 => print(&sim_core::print::rules_ipv6_of(&model, node))?,
        Format::Text => print_with(|out| sim_core::print::write_rules(out, &model, node))?,
        Format::Json => {
            let rules = if command.ipv6 {
                sim_core::print::rules_ipv6_of(&model, node)
            } else {
                text(|out| sim_core::print::write_rules(out, &model, node))
            };
            let lines: Vec<&str> = rules.lines().collect();
            print(&pretty(&json!({ "schema": "kubehop.text/1", "node": command.node, "lines": lines })))?;
        }
    }
    status
}

pub(super) fn state(command: &State) -> Result<(), Failure> {
    let Loaded { model, status } = input::load(&command.common)?;
    let lang = command.common.language();
    let (machine, netns_name) = match (&command.pod, &command.node) {
        (Some(pod), _) => of_pod(lang, &model, pod)?,
        (None, name) => (name.clone().unwrap_or_default(), command.netns.clone()),
    };
    if places::netns(&model, &machine, "root").is_none() {
        return Err(no_machine(lang, &machine, places::machines(&model)));
    }
    let netns = netns(lang, &model, &machine, &netns_name)?;
    let printed = match command.from.as_deref().zip(command.to.as_deref()) {
        Some((from, to)) => {
            let probe = probe(&model, &command.common, from, to, &command.probe)?;
            let with_host = trace::model_for(&model, &probe);
            sent(&with_host, &command.common, &probe)?;
            let state = trace::left_behind(&with_host, &probe);
            sim_core::print::state_after(&with_host, netns, command.what, &state)
        }
        None => sim_core::print::state(&model, netns, command.what),
    };
    match command.format {
        Format::Text => print(&printed)?,
        Format::Json => {
            let lines: Vec<&str> = printed.lines().collect();
            print(&pretty(
                &json!({ "schema": "kubehop.text/1", "node": machine, "netns": netns_name, "lines": lines }),
            ))?;
        }
    }
    status
}

fn of_pod(lang: Lang, model: &Model, text: &str) -> Result<(String, String), Failure> {
    let found = places::of_pod(model, text).map_err(|error| unclear(lang, &error))?;
    found.ok_or_else(|| Failure::Usage(locale::ta(lang, "cli-no-pod", &[("name", text.into())])))
}

fn netns(lang: Lang, model: &Model, machine: &str, name: &str) -> Result<NetnsId, Failure> {
    let found = places::netns(model, machine, name);
    found.ok_or_else(|| Failure::Usage(locale::ta(lang, "cli-no-netns", &[("name", name.into())])))
}

/// Splits `FILE… NAME [TYPE]`.
fn question(lang: Lang, words: &[PathBuf], given: bool) -> Result<(&[PathBuf], &str, Option<RecordType>), Failure> {
    let type_of = |word: &PathBuf| {
        let word = word.to_str()?;
        RecordType::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(kind, _)| *kind)
    };
    let (kind, rest) = match words.split_last() {
        Some((last, rest)) if rest.len() + usize::from(given) >= 2 && type_of(last).is_some() => (type_of(last), rest),
        _ => (None, words),
    };
    match rest.split_last() {
        Some((name, files)) if given || !files.is_empty() => Ok((files, name.to_str().unwrap_or_default(), kind)),
        _ => Err(Failure::Usage(locale::t(lang, "cli-dns-usage"))),
    }
}

pub(super) fn dns(command: &Dns) -> Result<(), Failure> {
    let lang = command.common.language();
    let (files, name, kind) = question(lang, &command.common.files, command.common.given.is_some())?;
    let Loaded { model, status } = input::load_files(&command.common, files)?;
    let question = trace::parse_question(&model, &command.from, name, command.common.seed);
    let probe = question.map_err(|error| match error.part {
        "to" => Failure::Usage(said(lang, &error)),
        _ => unclear(lang, &error),
    })?;
    let model = trace::model_for(&model, &probe);
    let journey = trace::look_up(&model, &probe, kind);
    match command.format {
        Format::Text => print(&text(|out| web::listing::write_dns(out, lang, &model, &journey, command.race)))?,
        Format::Json => print(&pretty(&web::listing::dns(&model, &journey)))?,
    }
    status
}

pub(super) fn env(command: &Env) -> Result<(), Failure> {
    let Loaded { model, status } = input::load(&command.common)?;
    let lang = command.common.language();
    let found = places::pod(&model, &command.pod).map_err(|error| unclear(lang, &error))?;
    let none = || Failure::Usage(locale::ta(lang, "cli-no-pod", &[("name", command.pod.as_str().into())]));
    let pod = found.ok_or_else(none)?;
    match command.format {
        Format::Text => print(&text(|out| web::environment::write(out, lang, &model, pod)))?,
        Format::Json => print(&pretty(&web::environment::json(lang, &model, pod)))?,
    }
    status
}
