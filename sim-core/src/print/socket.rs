//! `ss`.

use crate::model::Model;
use crate::site::{Listening, Process};
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kubernetes::cluster::listener::Evidence;
use std::fmt::{self, Write};

pub use kernel::text::conntrack::write_conntrack;

/// `ss -lntup`, without queues and peers, and behind it how each socket of a container is known: the kind of evidence, its own words,
/// and its place in the input.
///
/// # Errors
/// Those of `out`.
pub fn write_listening(out: &mut impl Write, model: &Model, id: NetnsId) -> fmt::Result {
    let rows: Vec<[String; 5]> = model
        .site
        .listening(id)
        .map(|Listening { socket, process, .. }| {
            let state = if socket.protocol == Protocol::Udp { "UNCONN" } else { "LISTEN" };
            let address = socket.address.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string());
            let known = process.as_deref().and_then(|process| evidence(model, process)).unwrap_or_default();
            let name = process.map_or_else(String::new, |process| process.name.to_string());
            let local = format!("{address}:{}", socket.port);
            [socket.protocol.to_string(), state.to_owned(), local, name, known]
        })
        .collect();
    let head = ["Netid", "State", "Local Address:Port", "Process", "Evidence"].map(str::to_owned);
    let widths: Vec<usize> = (0..4)
        .map(|column| rows.iter().chain([&head]).filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0))
        .collect();
    for row in [&head].into_iter().chain(&rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = widths.get(at).copied().unwrap_or(0);
            write!(line, "{cell:<width$} ")?;
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// How the socket of a Pod's process is known.
fn evidence(model: &Model, process: &Process) -> Option<String> {
    let of = process.of?;
    let pod = model.cluster.pods.get(of.pod.0 as usize)?;
    let listener = pod.listening.sockets.get(of.index as usize)?;
    let write = |evidence: &Evidence| {
        let place = evidence.location.as_ref().map_or_else(String::new, |at| format!(" ({}:{})", at.file, at.line));
        format!("{} {}{place}", evidence.kind, evidence.text)
    };
    let bound = listener.bound_by.iter().filter(|bound| !listener.evidence.contains(bound));
    Some(bound.chain(&listener.evidence).map(write).collect::<Vec<_>>().join("; "))
}
