//! What somebody who reads requests makes of what proxies say before one (the PROXY protocol): who does not know it takes it for a request, who
//! waits for it takes nothing else.

use crate::http::{Announcement, Because, Decision, Response, Rule};
use crate::model::Model;
use crate::site::{Behaviour, Process};
use kubernetes::assumption::Because as Said;
use kubernetes::cluster::model::Onward;
use std::net::SocketAddr;
use std::sync::Arc;

/// What came of it.
pub(super) enum Heard {
    /// The request is read, as that of this client.
    From(SocketAddr),
    /// It is not.
    Refused(Box<Decision>),
}

/// What a process makes of the headers that stand before the first request in a connection from `peer`.
pub(super) fn hear(model: &Model, process: Option<&Process>, said: &[Announcement], peer: SocketAddr) -> Heard {
    let reads = match process.map(|process| &process.behaviour) {
        Some(Behaviour::Ingress { controller, .. }) => {
            let own = model.cluster.fronts.controllers.get(*controller as usize);
            own.and_then(|own| own.announced.as_ref())
        }
        _ => None,
    };
    let misread = || {
        let decision = Decision::answers(Response::of(400), Because::Announced);
        Heard::Refused(Box::new(match reads {
            Some(reads) => decision.by(rule(&reads.because)),
            None => decision,
        }))
    };
    match (reads, said) {
        (None, []) => Heard::From(peer),
        (Some(reads), []) if reads.required => {
            let decision = Decision::closes(Because::Unannounced).by(rule(&reads.because));
            Heard::Refused(Box::new(decision))
        }
        (Some(_), []) => Heard::From(peer),
        (Some(reads), [first]) => {
            let trusted = reads.trusted.iter().any(|net| net.contains(&peer.ip()));
            Heard::From(if trusted { first.client } else { peer })
        }
        (None, _) | (Some(_), [_, _, ..]) => misread(),
    }
}

/// The field by which a process waits for headers.
fn rule(because: &Said) -> Rule {
    let Said { object, field, location } = because.clone();
    let nothing = || kubernetes::origin::ObjectRef { kind: Arc::from(""), namespace: None, name: Arc::from("") };
    Rule {
        object: object.unwrap_or_else(nothing),
        number: None,
        field: field.unwrap_or_default(),
        matched: Arc::from(""),
        location,
    }
}

/// The field of the input by which whoever has an address says such a header.
pub(super) fn announcer<'m>(model: &'m Model, said: &Announcement) -> Option<&'m Said> {
    onward(model, said.server)?.announces.as_ref().map(|own| &own.because)
}

/// A proxy of the input that waits for a header at an address in vain: why it closes.
pub(super) fn waits(model: &Model, at: SocketAddr) -> Option<Decision> {
    onward(model, at)?.accepts.as_ref().map(|because| Decision::closes(Because::Unannounced).by(rule(because)))
}

fn onward(model: &Model, at: SocketAddr) -> Option<&Onward> {
    let host = model.cluster.hosts.iter().find(|host| host.ip == at.ip())?;
    host.sockets.iter().filter(|socket| socket.port.0 == at.port()).find_map(|socket| socket.onward.as_ref())
}
