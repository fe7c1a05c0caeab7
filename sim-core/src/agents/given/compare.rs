//! What a machine was seen to have, against what its agents would have written.

use super::seen::{Difference, Kind, Seen, Unread, command};
use super::{owner, rules};
use crate::agents::write::Writer;
use kernel::config::Netns;
use kernel::config::xtables::Xtables;
use kernel::text::ip::write_route;
use kubernetes::assumption::{About, Assumption, codes as assumed_codes};
use kubernetes::cluster::model::{Cluster, GivenPart, GivenSpace, Tool};
use kubernetes::diagnostic::{Diagnostic, codes};
use kubernetes::origin::{CauseId, CauseTable};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Notes what differs of a namespace.
pub(super) fn differences(writer: &mut Writer<'_>, seen: &mut Seen, space: &GivenSpace, before: &Netns, after: &Netns) {
    let causes = writer.causes.clone();
    if let Some(part) = space.part(Tool::Iptables) {
        let (old, new) = (lines(&before.xtables), lines(&after.xtables));
        of_rules(&causes, seen, part, &old, &new);
    }
    if let Some(part) = space.part(Tool::Nft) {
        let (old, new) = (nft_lines(before), nft_lines(after));
        of_rules(&causes, seen, part, &old, &new);
    }
    if let Some(part) = space.part(Tool::Route) {
        of_routes(&causes, seen, part, before, after);
    }
    if let Some(part) = space.part(Tool::Sysctl) {
        for (name, wanted) in &before.sysctls {
            let Some(has) = after.sysctls.get(name).filter(|has| has.value != wanted.value) else { continue };
            let line = causes.get(has.cause).and_then(|cause| cause.location.as_ref()).map_or(1, |at| at.line);
            let line = (line + 1).saturating_sub(part.location(1).line);
            let (who, first, expected) = (name.clone(), has.value.clone(), wanted.value.clone());
            let (kind, part) = (Kind::Sysctl, part.clone());
            seen.differences.push(Difference { kind, who, count: 1, first, expected, object: None, part, line });
        }
    }
    if let Some(part) = space.part(Tool::Conntrack) {
        stale(writer.cluster, seen, part);
    }
}

/// A rule: whose it seems to be, its place, its text, its cause.
struct Line {
    owner: &'static str,
    place: String,
    text: String,
    cause: CauseId,
}

fn lines(xtables: &Xtables) -> Vec<Line> {
    let mut all = Vec::new();
    for (name, table) in &xtables.tables {
        for chain in table.chains.iter() {
            for rule in chain.rules.iter() {
                let text = rules::text_of(table, &chain.name, rule);
                let owner = owner::of_rule(&chain.name, &text);
                all.push(Line { owner, place: name.to_string(), text, cause: rule.cause });
            }
        }
    }
    all
}

fn nft_lines(netns: &Netns) -> Vec<Line> {
    let mut all = Vec::new();
    for table in netns.nft.tables.iter() {
        let owner = owner::of_table(&table.name);
        for chain in table.chains.iter() {
            for rule in chain.rules.iter() {
                let place = format!("{} {} {}", table.family, table.name, chain.name);
                all.push(Line { owner, place, text: rules::nft_text(table, rule), cause: rule.cause });
            }
        }
    }
    all
}

/// Rules of one that the other does not have, each as often as it is there more often.
fn without<'l>(of: &'l [Line], other: &[Line]) -> Vec<&'l Line> {
    let mut has: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in other {
        *has.entry((&line.place, &line.text)).or_default() += 1;
    }
    let mut all = Vec::new();
    for line in of {
        match has.get_mut(&(&*line.place, &*line.text)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => all.push(line),
        }
    }
    all
}

fn of_rules(causes: &CauseTable, seen: &mut Seen, part: &GivenPart, old: &[Line], new: &[Line]) {
    let (missing, extra) = (without(old, new), without(new, old));
    for (kind, lines) in [(Kind::RulesMissing, missing), (Kind::RulesExtra, extra)] {
        let mut by_owner: BTreeMap<&'static str, Vec<&Line>> = BTreeMap::new();
        for line in lines {
            by_owner.entry(line.owner).or_default().push(line);
        }
        for (who, lines) in by_owner {
            let Some(first) = lines.first() else { continue };
            let cause = causes.get(first.cause);
            let object = cause.and_then(|cause| cause.object.clone());
            let located = cause.and_then(|cause| cause.location.as_ref()).filter(|at| at.file == part.file);
            let line = located.map_or(1, |at| (at.line + 1).saturating_sub(part.location(1).line).max(1));
            let line = if kind == Kind::RulesExtra { line } else { 1 };
            seen.differences.push(Difference {
                kind,
                who: Arc::from(who),
                count: lines.len(),
                first: Arc::from(&*first.text),
                expected: object.as_ref().map_or_else(|| Arc::from(""), |object| Arc::from(object.to_string())),
                object: object.filter(|_| kind == Kind::RulesMissing),
                part: part.clone(),
                line,
            });
        }
    }
}

fn of_routes(causes: &CauseTable, seen: &mut Seen, part: &GivenPart, before: &Netns, after: &Netns) {
    let texts = |netns: &Netns| -> Vec<(String, String, CauseId)> {
        let of = |route: &kernel::config::Route| {
            let mut text = String::new();
            let _ = write_route(&mut text, netns, route);
            // By what it does, not by who wrote it and how it would be preferred.
            let dev =
                route.dev.and_then(|dev| netns.links.get(dev)).map_or_else(String::new, |link| link.name.to_string());
            let kind = route.kind.code();
            let key = format!("{:?} {kind} {} {:?} {dev}", route.table, route.dst, route.via);
            (key, text, route.cause)
        };
        let kernels = |route: &&kernel::config::Route| route.protocol != kernel::config::RouteProtocol::Kernel;
        netns.routes.iter().filter(kernels).map(of).collect()
    };
    let (old, new) = (texts(before), texts(after));
    for (kind, of, other) in [(Kind::RoutesMissing, &old, &new), (Kind::RoutesExtra, &new, &old)] {
        let has: BTreeSet<&str> = other.iter().map(|(key, ..)| &**key).collect();
        let lines: Vec<_> = of.iter().filter(|(key, ..)| !has.contains(&**key)).collect();
        let Some((_, first, cause)) = lines.first() else { continue };
        let cause = causes.get(*cause);
        let who = cause.map_or_else(|| Arc::from(""), |cause| Arc::from(cause.component.to_string()));
        let located = cause.and_then(|cause| cause.location.as_ref()).filter(|at| at.file == part.file);
        let line = located.map_or(1, |at| (at.line + 1).saturating_sub(part.location(1).line).max(1));
        seen.differences.push(Difference {
            kind,
            who,
            count: lines.len(),
            first: Arc::from(&**first),
            expected: Arc::from(""),
            object: None,
            part: part.clone(),
            line,
        });
    }
}

/// Connections whose answers are awaited from an address of the Pods' networks that no Pod has.
fn stale(cluster: &Cluster, seen: &mut Seen, part: &GivenPart) {
    let read = kernel::text::printed::read_conntrack(part.text());
    let known: BTreeSet<std::net::IpAddr> = cluster
        .pods
        .iter()
        .map(|pod| pod.ip)
        .chain(cluster.nodes.iter().flat_map(|node| {
            // A bridge, a tunnel, the network itself.
            let net = node.pod_cidr;
            [net.network(), net.hosts().next().unwrap_or(net.network()), node.ip]
        }))
        .collect();
    let inside = |ip: &std::net::IpAddr| cluster.settings.pod_cidr.contains(ip);
    let gone = |entry: &kernel::text::printed::TrackedRead| {
        let from = entry.reply.src.ip();
        inside(&from) && !known.contains(&from)
    };
    let all: Vec<_> = read.items.iter().filter(|(_, entry)| gone(entry)).collect();
    let Some((line, entry)) = all.first() else { return };
    let text = part.text().lines().nth((*line as usize).saturating_sub(1)).unwrap_or_default().trim();
    seen.differences.push(Difference {
        kind: Kind::Stale,
        who: Arc::from(entry.reply.src.ip().to_string()),
        count: all.len(),
        first: Arc::from(text),
        expected: Arc::from(""),
        object: None,
        part: part.clone(),
        line: *line,
    });
}

/// Findings about what was seen.
pub(crate) fn findings(seen: &[Seen]) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for one in seen {
        for difference in &one.differences {
            let Difference { kind, who, count, first, expected, object, part, line } = difference;
            let expected = if expected.is_empty() { "none" } else { &**expected };
            let code = match kind {
                Kind::RulesMissing => codes::MACHINE_RULES_MISSING,
                Kind::RulesExtra => codes::MACHINE_RULES_EXTRA,
                Kind::RoutesMissing => codes::MACHINE_ROUTES_MISSING,
                Kind::RoutesExtra => codes::MACHINE_ROUTES_EXTRA,
                Kind::Sysctl => codes::MACHINE_SYSCTL,
                Kind::Stale => codes::MACHINE_STALE,
            };
            let mut found = code.at(part.span(*line)).arg("machine", &*one.name).arg("who", &**who);
            found = found.arg("count", count.to_string()).arg("first", &**first).arg("expected", expected);
            if let Some(object) = object {
                found = found.about(object.clone());
            }
            all.push(found);
        }
        // Those of one tool and reason together.
        let mut by: BTreeMap<(Tool, &str), Vec<&Unread>> = BTreeMap::new();
        for unread in &one.unread {
            by.entry((unread.part.tool, &unread.reason)).or_default().push(unread);
        }
        for ((tool, reason), lines) in by {
            let Some(first) = lines.first() else { continue };
            let reason = if reason.is_empty() { "none" } else { reason };
            let found = codes::MACHINE_UNREAD.at(first.part.span(first.line)).arg("machine", &*one.name);
            let found = found.arg("tool", command(tool)).arg("count", lines.len().to_string());
            all.push(found.arg("first", &*first.text).arg("reason", reason));
        }
    }
    all
}

/// What a journey over a machine leans on of which something is not understood.
pub(crate) fn assumed(seen: &[Seen]) -> Vec<Assumption> {
    let some = seen.iter().filter(|one| !one.unread.is_empty());
    let of = |one: &Seen| {
        let made = assumed_codes::MACHINE_UNREAD.made().arg("machine", &*one.name);
        let made = made.arg("count", one.unread.len().to_string());
        let first = one.unread.first().map_or("", |unread| &unread.text);
        made.arg("first", first).about(About::Node(one.name.clone()))
    };
    some.map(of).collect()
}
