//! `kubehop policy`: a workload's policies in words, and changes of them.

use super::arguments_policies::Policy;
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{pretty, print, text};
use super::values::{PolicyFormat, PolicyWay};
use crate::tick::{self, Pressed};
use kubernetes::budget::Budget;
use kubernetes::manifest::SourceText;
use kubernetes::policy::Direction;
use kubernetes::shown;
use sim_core::model::Model;
use sim_core::permit::{What, Wish, permit};
use sim_core::reach::{self, Asked, Filter, Reach};
use similar::TextDiff;
use web::locale::{self, Lang};
use web::policy::{self as shown_as, Drawn};
use web::reach as told;

/// Differences that are listed at most.
const LINES: usize = 500;

pub(super) fn policy(command: &Policy) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { model, status } = input::load(&command.common)?;
    let mut changed: Option<Model> = None;
    let deny = command.deny.iter().map(|way| match way {
        PolicyWay::In => (Direction::Ingress, None, ""),
        PolicyWay::Out => (Direction::Egress, None, ""),
    });
    let mut wishes: Vec<(Direction, Option<bool>, &str)> = deny.collect();
    for (open, all) in [(true, &command.open), (false, &command.close)] {
        for written in all {
            let (way, peer) = written.split_once(':').unwrap_or((written, ""));
            let direction = tick::direction(way).ok_or_else(|| Failure::Usage(tick::wrong(lang, "way", written)))?;
            wishes.push((direction, Some(open), peer));
        }
    }
    for (direction, open, peer) in wishes {
        changed = Some(one(command, lang, changed.as_ref().unwrap_or(&model), (direction, open, peer))?);
    }
    let shown_model = changed.as_ref().unwrap_or(&model);
    if command.format == PolicyFormat::Diff || changed.is_some() && command.format == PolicyFormat::Text {
        let after = &shown_model.parsed.sources;
        let own = model.parsed.sources.iter().zip(after).map(|(before, after)| difference(before, after));
        print(&own.collect::<String>())?;
    }
    if command.format == PolicyFormat::Diff {
        return status;
    }
    let is = all(shown_model)?;
    if let Some(changed) = changed.as_ref().filter(|_| command.format == PolicyFormat::Text) {
        let (was, everything) = (all(&model)?, Filter::default());
        let diff = reach::diff((&was, &everything), (&all(changed)?, &everything), LINES, &Budget::unlimited())
            .map_err(|_| Failure::Unreadable)?;
        print(&text(|out| told::diff_text(out, &diff)))?;
        print("\n")?;
    }
    for note in told::notes(lang, &is, None) {
        eprintln!("{}", shown::visible(&note));
    }
    let of = subject(lang, &is, &command.of)?;
    let drawn = Drawn::of(&is, of, &Budget::unlimited()).map_err(|_| Failure::Unreadable)?;
    match command.format {
        PolicyFormat::Json => print(&pretty(&shown_as::json(&drawn)))?,
        _ => print(&text(|out| shown_as::text(out, lang, &drawn)))?,
    }
    status
}

fn all(model: &Model) -> Result<Reach<'_>, Failure> {
    Reach::of(&model.parsed, &model.cluster, Asked::All, &Budget::unlimited()).map_err(|_| Failure::Unreadable)
}

fn subject(lang: Lang, reach: &Reach<'_>, written: &str) -> Result<usize, Failure> {
    let nobody = || Failure::Usage(locale::ta(lang, "reach-nobody", &[("name", written.to_owned().into())]));
    tick::one(reach, written).ok_or_else(nobody)
}

/// One change, of what the changes before it came to.
fn one(
    command: &Policy,
    lang: Lang,
    model: &Model,
    (direction, open, peer): (Direction, Option<bool>, &str),
) -> Result<Model, Failure> {
    let reach = all(model)?;
    let of = subject(lang, &reach, &command.of)?;
    let wish = match open {
        None => Wish { of, direction, what: What::Isolate },
        Some(open) => {
            let (peer, port, proto) = parts(peer);
            let way = tick::way(direction).to_owned();
            let what = if open { "open" } else { "close" }.to_owned();
            let pressed =
                Pressed { tick: what, way, peer: peer.to_owned(), port: port.to_owned(), proto: proto.to_owned() };
            tick::wish(lang, &reach, of, &pressed, &Budget::unlimited()).map_err(Failure::Usage)?.0
        }
    };
    let budget = Budget::unlimited();
    let done =
        permit(model, &reach, &wish, &budget).map_err(|refusal| Failure::Usage(tick::refused(lang, &refusal)))?;
    Ok(done.model)
}

/// `PEER`, `PEER:PORT`, `PEER:PORT/udp`.
fn parts(written: &str) -> (&str, &str, &str) {
    match written.rsplit_once(':') {
        Some((peer, port)) => match port.split_once('/') {
            Some((port, proto)) => (peer, port, proto),
            None => (peer, port, "tcp"),
        },
        None => (written, "", "tcp"),
    }
}

/// What changed of a text.
fn difference(before: &SourceText, after: &SourceText) -> String {
    if before.text == after.text {
        return String::new();
    }
    let diff = TextDiff::from_lines(&*before.text, &*after.text);
    diff.unified_diff().context_radius(3).header(&before.name, &after.name).to_string()
}
