//! The lab of a network in words: its README and what is expected, beside the files of [`sim_core::lab`].

use crate::locale::Lang;
use crate::words::{Say, StepWords};
use crate::{json, text};
use kernel::ids::NetnsId;
use kubernetes::shown;
use sim_core::facts::Steps;
use sim_core::lab::{self, LabDns, LabFile, LabOptions, LabProbe, LabProxy, Names};
use sim_core::model::Model;
use sim_core::site::Kind;
use sim_core::trace::{self, Branches, ChoiceAt, ChoiceKind, Journey, Source, write_probe};
use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::sync::Arc;

/// Files at the top of a lab that some labs have, so that an older lab's can be taken away.
pub const FILES: [&str; 15] = [
    "up.sh",
    "down.sh",
    "probe.sh",
    "names.txt",
    "servers.txt",
    "dns.txt",
    "resolv.conf",
    "serve.py",
    "client.py",
    "report.py",
    "README.md",
    "expected.json",
    "expected-packets.txt",
    "expected.txt",
    ".gitignore",
];

/// Rows of the table of namespaces at most; names.txt has all.
const MAX_ROWS: usize = 200;
/// Ways listed at most.
const MAX_WAYS: usize = 20;

/// What a lab is written from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Language of README and hop list.
    pub lang: Lang,
    /// The model.
    pub model: &'a Model,
    /// First part of every namespace's name.
    pub tag: &'a str,
    /// The probe with what is expected of it, if one is sent.
    pub expected: Option<Expected<'a>>,
}

/// A probe and what is expected of it.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// As the simulated kernels drew.
    pub journey: &'a Journey,
    /// All ways they could.
    pub branches: &'a Branches,
}

/// All files of a lab. There is no `probe.sh` where nothing can be sent: without a probe, or when its source is not in the network.
pub fn files(input: &Input<'_>) -> Vec<LabFile> {
    let probe = input.expected.and_then(|expected| {
        let mut probe = LabProbe::of(input.model, expected.journey)?;
        expected.branches.journeys.iter().for_each(|other| probe.or(other));
        name_servers(input.model, expected.journey).iter().for_each(|other| probe.or(other));
        Some(probe)
    });
    let network = &input.model.site.network;
    let asked =
        input.expected.into_iter().flat_map(|expected| &expected.journey.lookups).map(|lookup| lookup.name.to_string());
    let dns = LabDns::of(&input.model.cluster, &input.model.site, asked);
    let drawn = input.expected.into_iter().flat_map(|expected| &expected.journey.choices);
    let drawn = drawn.filter_map(|choice| match choice.at {
        ChoiceAt::Proxy(netns) => Some((netns, choice.value.parse().ok()?)),
        _ => None,
    });
    let proxies = LabProxy::all((&input.model.site, &input.model.cluster), &drawn.collect::<Vec<_>>());
    let options = LabOptions { tag: input.tag.to_owned(), dns, proxies, probe: probe.clone() };
    let mut files = lab::write(network, &options);
    let plain = |path: &str, text: String| LabFile { path: path.to_owned(), text, executable: false };
    let mut readme = String::new();
    let say = Say { lang: input.lang, model: input.model, id: None };
    let names = Names::new(network, input.tag);
    // Writing to memory does not fail.
    let _ = Readme { say, names: &names, input, probe: probe.as_ref() }.write(&mut readme);
    files.insert(0, plain("README.md", readme));
    if let Some(expected) = input.expected {
        let mut list = String::new();
        let _ = text::write_trace(&mut list, input.lang, input.model, expected.journey, None);
        files.push(plain("expected.txt", shown::visible(&list).into_owned()));
        let trace = format!("{:#}\n", json::trace(input.model, expected.journey));
        files.push(plain("expected.json", shown::json(&trace).into_owned()));
    }
    files.push(plain(".gitignore", "run/\n".to_owned()));
    files
}

/// The same probe with every question sent to each endpoint of the name servers in turn: the kernel draws for each socket.
fn name_servers(model: &Model, journey: &Journey) -> Vec<Journey> {
    let draws = journey.choices.iter().filter(|choice| choice.name.kind == ChoiceKind::DnsEndpoint);
    let values: BTreeSet<&Arc<str>> = draws.flat_map(|choice| choice.of.iter().map(|(value, _)| value)).collect();
    let chosen = |value: &Arc<str>| {
        let mut probe = journey.probe.clone();
        // Behind it everything stays as it was.
        probe.choose.retain(|(name, _)| name.kind != ChoiceKind::DnsEndpoint);
        probe.choose.push((ChoiceKind::DnsEndpoint.into(), value.clone()));
        trace::run(model, &probe)
    };
    values.into_iter().take(MAX_WAYS).map(chosen).collect()
}

/// Text in Markdown that stays text, whatever names are in it; one line.
fn md(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || shown::turns(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A code span; one line.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() || shown::turns(c) { ' ' } else { c }).collect();
    format!("`{}`", text.replace('`', "'").trim())
}

struct Readme<'a> {
    say: Say<'a>,
    names: &'a Names,
    input: &'a Input<'a>,
    probe: Option<&'a LabProbe>,
}

impl Readme<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        let say = &self.say;
        let namespaces = self.input.model.site.network.len();
        match self.input.expected {
            Some(expected) => {
                let text = write_probe(self.input.model, &expected.journey.probe);
                let args = [("from", md(&text.from).into()), ("to", md(&text.to).into())];
                writeln!(out, "# {}\n", say.ta("lab-title", &args))?;
            }
            None => writeln!(out, "# {}\n", say.t("lab-title-network"))?,
        }
        writeln!(out, "{}\n", say.ta("lab-lead", &[("count", namespaces.into())]))?;
        writeln!(out, "```sh\nsudo ./up.sh      # {}", say.t("lab-up"))?;
        if self.probe.is_some() {
            writeln!(out, "sudo ./probe.sh   # {}", say.t("lab-probe"))?;
        }
        writeln!(out, "sudo ./down.sh    # {}\n```\n", say.t("lab-down"))?;
        writeln!(out, "{}\n", say.t("lab-needs"))?;
        if let Some(expected) = self.input.expected {
            self.expected(out, expected)?;
        }
        self.table(out)?;
        if let Some(expected) = self.input.expected {
            self.way(out, expected.journey)?;
        }
        self.look(out)?;
        writeln!(out, "## {}\n\n{}\n\n{}", say.t("lab-safe-title"), say.t("lab-safe"), say.t("lab-differs"))
    }

    /// What the client is told, and what the kernel draws by itself.
    fn expected(&self, out: &mut String, expected: Expected<'_>) -> fmt::Result {
        let (say, journey) = (&self.say, expected.journey);
        let outcome = say.outcome(journey);
        let (title, reason) = (md(&outcome.title), md(&outcome.reason));
        writeln!(out, "## {}\n\n**{title}.** {reason}", say.t("lab-expected"))?;
        if let Some(sees) = &outcome.sees {
            writeln!(out, "{}", md(sees))?;
        }
        out.push('\n');
        for fix in &outcome.fixes {
            writeln!(out, "- {}", md(&fix.text))?;
        }
        if !outcome.fixes.is_empty() {
            out.push('\n');
        }
        if self.probe.is_none() {
            return writeln!(out, "{}\n", say.t("lab-no-connection"));
        }
        if let Some(lookup) = self.probe.and_then(|probe| probe.lookup.as_ref()) {
            let args = [("name", code(&lookup.name).into())];
            writeln!(out, "{}\n", say.ta("lab-resolver", &args))?;
        }
        let ways = &expected.branches.journeys;
        if ways.len() > 1 {
            writeln!(out, "{}\n", say.ta("lab-draws", &[("count", ways.len().into())]))?;
            for way in ways.iter().take(MAX_WAYS) {
                let outcome = say.outcome(way);
                let label = outcome.server.unwrap_or(outcome.title);
                writeln!(out, "- {:.0} %: {}", way.probability * 100.0, md(&label))?;
            }
            if ways.len() > MAX_WAYS || expected.branches.cut {
                writeln!(out, "- {}", say.t("lab-more"))?;
            }
            out.push('\n');
        }
        Ok(())
    }

    /// What a namespace stands for.
    fn stands_for(&self, id: NetnsId) -> String {
        let say = &self.say;
        let who = say.who(id);
        let key = match say.tree().kind_at(id) {
            Some(Kind::Node(_)) => "lab-role-node",
            Some(Kind::Router) => "lab-role-gateway",
            None if say.tree().segment_at(id).is_some() => "lab-role-lan",
            _ => return md(&who),
        };
        say.ta(key, &[("name", md(&who).into())])
    }

    fn table(&self, out: &mut String) -> fmt::Result {
        let say = &self.say;
        let network = &self.input.model.site.network;
        writeln!(out, "## {}\n", say.t("lab-namespaces"))?;
        writeln!(out, "| {} | {} |\n| --- | --- |", say.t("lab-column-name"), say.t("lab-column-role"))?;
        let none = BTreeSet::new();
        let watched = self.probe.map_or(&none, |probe| &probe.watch);
        // Those on the way first.
        let others = network.ids().filter(|id| !watched.contains(id));
        for id in watched.iter().copied().chain(others).take(MAX_ROWS) {
            let mark = if watched.contains(&id) { format!(" ({})", say.t("lab-on-way")) } else { String::new() };
            writeln!(out, "| {} | {}{mark} |", code(self.names.netns(id)), self.stands_for(id))?;
        }
        writeln!(out, "\n{}\n", say.t("lab-names"))
    }

    /// The hops that are expected, with the rules that should match.
    fn way(&self, out: &mut String, journey: &Journey) -> fmt::Result {
        let say = &self.say;
        if self.probe.is_none() {
            return Ok(());
        }
        writeln!(out, "## {}\n\n{}\n", say.t("lab-way"), say.t("lab-way-text"))?;
        let steps = Steps::of(journey);
        let words = say.steps(journey, &steps);
        for span in &steps.legs {
            let Some(leg) = journey.legs.get(span.leg) else { continue };
            writeln!(out, "### {}\n", md(&say.leg(journey, leg)))?;
            for (at, step) in words.iter().filter(|step| (span.first..=span.last).contains(&step.n)).enumerate() {
                self.hop(out, at + 1, step)?;
            }
            out.push('\n');
        }
        Ok(())
    }

    fn hop(&self, out: &mut String, number: usize, step: &StepWords) -> fmt::Result {
        writeln!(out, "{number}. **{}**: {}", md(&step.place), md(&step.title))?;
        // Below the text, not the number: else the list would end here.
        let indent = number.to_string().len() + 2;
        for event in step.events.iter().filter(|event| event.kind == "rule" || event.kind == "nat") {
            if let Some(kernel) = &event.kernel {
                writeln!(out, "{:indent$}- {}", "", code(kernel))?;
            }
        }
        Ok(())
    }

    /// Commands to look around with, in a namespace where there is something to see.
    fn look(&self, out: &mut String) -> fmt::Result {
        let say = &self.say;
        let site = &self.input.model.site;
        let cluster = &self.input.model.cluster;
        let node = self.input.expected.and_then(|expected| match expected.journey.probe.from {
            Source::Node(node) => Some(node),
            Source::External { via, .. } => via,
            Source::Pod(pod) => cluster.pods.get(pod.0 as usize).map(|pod| pod.node),
            Source::Machine(_) => None,
        });
        let root = node.or_else(|| site.nodes.keys().next().copied()).and_then(|node| site.nodes.get(&node).copied());
        let Some(root) = root else { return Ok(()) };
        let name = self.names.netns(root);
        writeln!(out, "## {}\n\n{}\n\n```sh", say.t("lab-look"), say.t("lab-look-text"))?;
        let commands = [
            ("lab-look-route", "ip route"),
            ("lab-look-counters", "iptables -t nat -nvL"),
            ("lab-look-conntrack", "cat /proc/net/nf_conntrack"),
            ("lab-look-shell", "sh"),
        ];
        for (key, command) in commands {
            writeln!(out, "# {}\nsudo ip netns exec {name} {command}", say.t(key))?;
        }
        writeln!(out, "```\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text_in_markdown() {
        assert_eq!(md("a|b <x> `c`\n# d"), "a\\|b \\<x\\> \\`c\\` \\# d");
        assert_eq!(code("a|b `c`\n"), "`a|b 'c'`");
    }
}
