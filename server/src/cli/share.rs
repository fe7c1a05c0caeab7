//! What leaves this machine when something is shared: `redact` prints what a server would store, `link` a link that carries it.

use super::arguments::{Link as LinkCommand, Redact};
use super::common::Common;
use super::failure::Failure;
use super::input;
use super::output::{deliver_bytes, print};
use super::probe::{probe_text, sent, unclear};
use crate::about;
use crate::answer;
use crate::fragment::{Link, Packed};
use crate::gather::{Gathered, disk};
use crate::store::File;
use kubernetes::manifest::SourceText;
use kubernetes::redact::{self, What};
use kubernetes::timeline::EVENTS;
use sim_core::trace::{self, ProbeText};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use web::locale::{self, Lang};
use web::url;

/// The texts of some files without what is nobody's business, and how many places that were.
pub(super) fn redacted(texts: &[SourceText], comments: bool) -> (Vec<File>, usize) {
    let mut count = 0;
    let file = |text: &SourceText| {
        let made = redact::text(&text.text, What { comments });
        count += made.count;
        File { name: text.name.to_string(), text: made.text }
    };
    let files = texts.iter().map(file).collect();
    (files, count)
}

fn read(lang: Lang, files: &[PathBuf]) -> Result<Gathered, Failure> {
    let gathered = disk::gather(files);
    for problem in &gathered.problems {
        eprintln!("{}\n", kubernetes::shown::visible(&problem.words(lang)));
    }
    if gathered.texts.is_empty() { Err(Failure::Unreadable) } else { Ok(gathered) }
}

/// `kubehop redact`.
pub(super) fn redact(command: &Redact) -> Result<(), Failure> {
    let lang = Common::language_of(command.lang);
    let gathered = read(lang, &command.files)?;
    let (files, count) = redacted(&gathered.texts, command.comments);
    let mut text = String::new();
    for file in &files {
        // A text alone is printed as it is.
        if files.len() > 1 {
            text.push_str(&format!("# {}\n", file.name));
        }
        text.push_str(&file.text);
        if files.len() > 1 && !file.text.ends_with('\n') {
            text.push('\n');
        }
    }
    if io::stdout().is_terminal() {
        print(&text)?
    } else {
        deliver_bytes(None, text.as_bytes())?
    }
    eprintln!("{}", locale::ta(lang, "cli-redacted", &[("count", count.into())]));
    if gathered.problems.is_empty() { Ok(()) } else { Err(Failure::Errors) }
}

/// `kubehop link`.
pub(super) fn link(command: &LinkCommand) -> Result<(), Failure> {
    let common = &command.common;
    let lang = common.language();
    if common.kubernetes_version.is_some() || common.bridge_nf.is_some() {
        return Err(Failure::Usage(locale::t(lang, "cli-link-option")));
    }
    let mut world = Vec::new();
    world.extend(common.cni.map(|cni| ("cni", cni.name())));
    world.extend(common.proxy_mode.as_deref().map(|mode| ("proxy", mode)));
    world.extend(common.docker_version.map(|engine| ("docker", engine.name())));
    world.extend(common.firewall_backend.map(|backend| ("firewall-backend", backend.name())));
    world.extend(common.expected.filter(|flag| *flag == 1).map(|_| ("expected", "1")));
    let at = common.at.map(web::timeline::time_text).unwrap_or_default();
    world.push(("t", at.as_str()));
    world.extend(common.events.iter().map(|event| (url::EVENT, event.as_str())));
    let mut asked = url::with_query("", &world);
    let input::Loaded { model, status } = input::load(common)?;
    if let (Some(from), Some(to)) = (&command.from, &command.to) {
        let text: ProbeText = probe_text(common, from, to, &command.probe);
        // What cannot be asked is told here, not to whoever opens the link.
        let probe = trace::parse_probe(&model, &text).map_err(|error| unclear(lang, &error))?;
        sent(&trace::model_for(&model, &probe), common, &probe)?;
        asked = url::trace(&url::in_world("x", &world), "", &text, command.step);
    }
    let question = asked.split_once('?').map_or("", |(_, question)| question);
    // Events are in the question.
    let given: Vec<SourceText> = model.parsed.sources.iter().filter(|text| &*text.name != EVENTS).cloned().collect();
    let (files, count) = redacted(&given, command.comments);
    let packed = Packed { files, comments: command.comments };
    let written = Link { packed, below: about::below(question) }.write();
    let fragment = written.map_err(|error| Failure::Usage(answer::link_error(lang, error)))?;
    let server = command.public_url.trim_end_matches('/');
    print(&format!("{server}/view#{fragment}\n"))?;
    eprintln!("{}", locale::ta(lang, "cli-redacted", &[("count", count.into())]));
    eprintln!("{}", locale::t(lang, "cli-link-forever"));
    status
}
