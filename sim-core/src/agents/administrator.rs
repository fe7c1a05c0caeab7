//! What an administrator set on a node besides what its agents need: sysctls and rules that the input says.

use super::agent::{Agent, On};
pub use super::write::Unread;
use super::write::Writer;
use kernel::ids::NetnsId;
use kernel::text::iptables::read::{Limits, merge};
use kernel::text::nft::read::{NftErrorKind, NftLimits, Source, parse};
use kubernetes::assumption::{About, Assumption, codes as assumed};
use kubernetes::cluster::model::{NodeId, NodeRules, NodeSaid};
use kubernetes::diagnostic::{Diagnostic, codes};
use kubernetes::origin::{Cause, Component};

/// Bytes, words and signs of one text for nft(8), and braces in braces.
const NFT: NftLimits = NftLimits { bytes: 1 << 20, tokens: 200_000, nesting: 8 };
/// Bytes and rules of one text of iptables, and errors that are told of it.
const LIMITS: Limits = Limits { bytes: 1 << 20, line: 4 << 10, rules: 10_000, chains: 1_000, errors: 10 };

/// What the administrator set.
pub(crate) struct Administrator;

impl Agent for Administrator {
    fn name(&self) -> &'static str {
        "administrator"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let unread = write(writer, on.node, on.at.netns);
        writer.unread.extend(unread);
    }
}

/// Writes them. Rules go behind those that are there, as `iptables-restore --noflush` adds them.
fn write(writer: &mut Writer<'_>, node: NodeId, netns: NetnsId) -> Vec<Unread> {
    let cluster = writer.cluster;
    let Some(said) = cluster.said.get(&node) else { return Vec::new() };
    sysctls(writer, said, netns);
    let name = cluster.nodes.get(node.0 as usize).map(|node| node.name.clone()).unwrap_or_default();
    rules(writer, said, netns, |rules, wrong| Unread { name: name.clone(), rules: rules.clone(), wrong })
}

fn cause(because: &kubernetes::assumption::Because) -> Cause {
    Cause {
        component: Component::Administrator,
        object: because.object.clone(),
        field: because.field.clone(),
        since: None,
        location: because.location.clone(),
    }
}

/// Sets the sysctls that the input says of a machine.
pub(super) fn sysctls(writer: &mut Writer<'_>, said: &NodeSaid, netns: NetnsId) {
    for sysctl in &said.sysctls {
        let id = writer.cause(cause(&sysctl.because));
        writer.builder.sysctl(netns, &sysctl.name, &sysctl.value.to_string(), id);
    }
}

/// Writes the rules that the input says of a machine; what nobody can read comes back, with line (from 0) and what is wrong there.
pub(super) fn rules<T>(
    writer: &mut Writer<'_>,
    said: &NodeSaid,
    netns: NetnsId,
    of: impl Fn(&NodeRules, Vec<(usize, String)>) -> T,
) -> Vec<T> {
    let mut unread = Vec::new();
    for rules in &said.rules {
        if rules.nft {
            unread.extend(script(writer, rules, netns).map(|wrong| of(rules, vec![wrong])));
            continue;
        }
        let text: Vec<&str> = rules.lines.iter().map(|line| &*line.text).collect();
        let (builder, causes) = (&mut writer.builder, &mut writer.causes);
        let mut place = |line: u32| {
            let at = rules.lines.get((line as usize).saturating_sub(1)).and_then(|line| line.location.clone());
            let own = cause(&rules.because);
            causes.intern(Cause { location: at.or_else(|| own.location.clone()), ..own })
        };
        if let Err(errors) = merge(&mut builder.netns(netns).xtables, &text.join("\n"), &LIMITS, &mut place) {
            let mut wrong: Vec<(usize, String)> = Vec::new();
            for error in errors.0 {
                let at = (error.line as usize).saturating_sub(1);
                let span = |at: usize| rules.lines.get(at).map(|line| line.span);
                // A command stands between lines of its own, and what is wrong with it may be found at the last of them.
                if !wrong.iter().any(|(before, _)| span(*before) == span(at)) {
                    wrong.push((at, error.kind.code().to_owned()));
                }
            }
            unread.push(of(rules, wrong));
        }
    }
    unread
}

/// Adds the tables of a script for nft(8); what is wrong with it comes back, with its line (from 0).
fn script(writer: &mut Writer<'_>, rules: &NodeRules, netns: NetnsId) -> Option<(usize, String)> {
    let text: Vec<&str> = rules.lines.iter().map(|line| &*line.text).collect();
    let own = writer.cause(cause(&rules.because));
    let read = match parse(&text.join("\n"), Source::Script, own, &NFT) {
        Ok(read) => read,
        Err(error) => {
            let reason = match &error.kind {
                NftErrorKind::Expected(what, found) => format!("{} {}: {found}", error.kind.code(), what.code()),
                kind => {
                    kind.found().map_or_else(|| kind.code().to_owned(), |found| format!("{}: {found}", kind.code()))
                }
            };
            return Some(((error.line as usize).saturating_sub(1), reason));
        }
    };
    let has = &mut writer.builder.netns(netns).nft.tables;
    // What agents wrote there is theirs: nothing is added to it.
    if let Some(same) =
        read.tables.iter().find(|new| has.iter().any(|old| (old.family, &old.name) == (new.family, &new.name)))
    {
        let line = rules.lines.iter().position(|line| line.text.contains(&*same.name)).unwrap_or_default();
        return Some((line, format!("{}: {}", NftErrorKind::Duplicate(same.name.clone()).code(), same.name)));
    }
    for table in read.tables.iter() {
        has.push(table.clone());
    }
    None
}

/// Findings about them, at the line.
pub(crate) fn findings(unread: &[Unread]) -> Vec<Diagnostic> {
    let of = |one: &Unread| -> Vec<Diagnostic> {
        let finding = |(at, reason): &(usize, String)| {
            let line = one.rules.lines.get(*at);
            let span = line.map_or(one.rules.span, |line| line.span);
            // What was added around a command has the command's place.
            let own = one.rules.lines.iter().filter(|line| line.span == span);
            let rule = own
                .map(|line| line.text.trim())
                .find(|text| text.starts_with('-'))
                .or(line.map(|line| line.text.trim()));
            let found = codes::SCENARIO_RULES.at(span).arg("rule", rule.unwrap_or_default()).arg("reason", &**reason);
            let found = found.arg("node", &*one.name);
            match &one.rules.because.object {
                Some(object) => found.about(object.clone()),
                None => found,
            }
        };
        one.wrong.iter().map(finding).collect()
    };
    unread.iter().flat_map(of).collect()
}

/// What a journey over such a node leans on.
pub(crate) fn assumed(unread: &[Unread]) -> Vec<Assumption> {
    let of = |one: &Unread| {
        let part = one.rules.because.field.as_deref().unwrap_or("rules");
        let made = assumed::SCENARIO_PART.made().arg("part", part).about(About::Node(one.name.clone()));
        Assumption { because: Some(one.rules.because.clone()), ..made }
    };
    unread.iter().map(of).collect()
}
