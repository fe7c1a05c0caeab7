//! Pairs as lines, tables and a graph in DOT.

use super::names::{Names, group_name, ports_text};
use crate::locale::{Lang, t};
use kubernetes::policy::Ports;
use sim_core::reach::{Listing, Open, Peer, Reach};
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// `FROM => TO : PORTS`, a line for each pair; behind them the members of groups.
///
/// # Errors
/// When it cannot be written.
pub fn text(out: &mut impl Write, reach: &Reach<'_>, listing: &Listing) -> fmt::Result {
    let names = Names::of(reach);
    for pair in &listing.pairs {
        let ports = ports_text(reach.ports_of(pair));
        writeln!(out, "{} => {} : {ports}", names.peer(&pair.from), names.peer(&pair.to))?;
    }
    for (at, members) in listing.groups.iter().enumerate() {
        let members: Vec<String> = members.iter().map(|peer| names.peer(peer)).collect();
        writeln!(out, "{} = {}", group_name(at), members.join(" "))?;
    }
    Ok(())
}

/// A field of CSV (RFC 4180), not taken for a formula by spreadsheets.
pub(super) fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn end(names: &Names<'_>, listing: &Listing, peer: &Peer) -> String {
    match peer {
        Peer::Group(at) => {
            let members = listing.groups.get(*at).into_iter().flatten();
            members.map(|peer| names.peer(peer)).collect::<Vec<_>>().join(" ")
        }
        peer => names.peer(peer),
    }
}

/// A line for each pair: who, to whom, ports of each protocol.
///
/// # Errors
/// When it cannot be written.
pub fn csv(out: &mut impl Write, reach: &Reach<'_>, listing: &Listing) -> fmt::Result {
    let names = Names::of(reach);
    writeln!(out, "from,to,ports")?;
    for pair in &listing.pairs {
        let ports = ports_text(reach.ports_of(pair));
        let (from, to) = (end(&names, listing, &pair.from), end(&names, listing, &pair.to));
        writeln!(out, "{},{},{}", field(&from), field(&to), field(&ports))?;
    }
    Ok(())
}

/// A cell of a table in Markdown.
pub(super) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

/// A table in Markdown.
///
/// # Errors
/// When it cannot be written.
pub fn markdown(out: &mut impl Write, lang: Lang, reach: &Reach<'_>, listing: &Listing) -> fmt::Result {
    let names = Names::of(reach);
    writeln!(out, "| {} | {} | {} |", t(lang, "reach-from"), t(lang, "reach-to"), t(lang, "reach-ports"))?;
    writeln!(out, "| --- | --- | --- |")?;
    for pair in &listing.pairs {
        let ports = ports_text(reach.ports_of(pair));
        let (from, to) = (end(&names, listing, &pair.from), end(&names, listing, &pair.to));
        writeln!(out, "| {} | {} | {} |", cell(&from), cell(&to), cell(&ports))?;
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " "))
}

/// A graph in the language of Graphviz, namespaces as boxes.
///
/// # Errors
/// When it cannot be written.
pub fn dot(out: &mut impl Write, reach: &Reach<'_>, listing: &Listing) -> fmt::Result {
    let names = Names::of(reach);
    writeln!(out, "digraph reach {{\n  rankdir=LR;\n  node [shape=box];")?;
    let peers: BTreeSet<Peer> = listing.pairs.iter().flat_map(|pair| [pair.from, pair.to]).collect();
    let mut open: Option<&str> = None;
    // Workloads are in order of their namespace.
    for peer in &peers {
        let namespace = match peer {
            Peer::Workload(at) => reach.workloads().get(*at).map(sim_core::reach::Workload::namespace),
            _ => None,
        };
        if namespace != open {
            if open.is_some() {
                writeln!(out, "  }}")?;
            }
            if let Some(name) = namespace {
                writeln!(out, "  subgraph {} {{\n    label={};", quoted(&format!("cluster_{name}")), quoted(name))?;
            }
            open = namespace;
        }
        let shape = if namespace.is_some() { "" } else { " [shape=ellipse]" };
        let label = match peer {
            Peer::Group(_) => format!("{}: {}", names.peer(peer), end(&names, listing, peer)),
            _ => String::new(),
        };
        match label.is_empty() {
            true => writeln!(out, "    {}{shape};", quoted(&names.peer(peer)))?,
            false => writeln!(out, "    {} [label={}];", quoted(&names.peer(peer)), quoted(&label))?,
        }
    }
    if open.is_some() {
        writeln!(out, "  }}")?;
    }
    for pair in &listing.pairs {
        let ports = ports_text(reach.ports_of(pair));
        let (from, to) = (quoted(&names.peer(&pair.from)), quoted(&names.peer(&pair.to)));
        writeln!(out, "  {from} -> {to} [label={}];", quoted(&ports))?;
    }
    writeln!(out, "}}")
}

/// Who is open to the whole cluster or to the Internet, and who may connect there: `NAME <= cluster : PORTS`.
///
/// # Errors
/// When it cannot be written.
pub fn exposure_text(out: &mut impl Write, reach: &Reach<'_>) -> fmt::Result {
    let names = Names::of(reach);
    for at in 0..reach.workloads().len() {
        let (own, (to, from)) = (names.peer(&Peer::Workload(at)), reach.open(at));
        for (arrow, open) in [("<=", to), ("=>", from)] {
            for (whom, ports) in sides(reach, &open) {
                writeln!(out, "{own} {arrow} {whom} : {}", ports_text(ports))?;
            }
        }
    }
    Ok(())
}

/// How far somebody is open: to whom, on which ports.
pub(super) fn sides<'r>(reach: &'r Reach<'_>, open: &Open) -> Vec<(&'static str, &'r Ports)> {
    let all = [("cluster", reach.ports(open.cluster)), ("internet", reach.ports(open.internet))];
    all.into_iter().filter(|(_, ports)| !ports.is_empty()).collect()
}
