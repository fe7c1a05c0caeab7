//! A connection of a workload that is to be opened or closed, as forms and command lines write it.

use kernel::packet::Protocol;
use kubernetes::budget::Budget;
use kubernetes::origin::ObjectRef;
use kubernetes::policy::{Direction, PortSet, Ports};
use serde::Deserialize;
use sim_core::permit::{Refusal, What, Wish};
use sim_core::reach::{Chosen, Peer, Reach};
use web::locale::{self, Lang};
use web::policy::Drawn;
use web::reach::{address, peer_at};

/// What was pressed or written.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Pressed {
    /// `open in Deployment/shop/cart`, `close out external/0.0.0.0`, `deny in -`; `form`, `open` or `close` where the rest says it.
    #[serde(default)]
    pub tick: String,
    /// `in`, `out`.
    #[serde(default)]
    pub way: String,
    /// The other end, as people write it.
    #[serde(default)]
    pub peer: String,
    /// A port; nothing for every one that the destination declares.
    #[serde(default)]
    pub port: String,
    /// Its protocol.
    #[serde(default)]
    pub proto: String,
}

/// A port of a protocol.
pub type Port = (Protocol, u16);

/// The word for a direction.
pub fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "in",
        Direction::Egress => "out",
    }
}

/// The direction of a word.
pub fn direction(word: &str) -> Option<Direction> {
    Direction::BOTH.into_iter().find(|direction| way(*direction) == word)
}

/// The protocol of a word.
pub fn protocol(word: &str) -> Option<Protocol> {
    let known = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    known.into_iter().find(|protocol| protocol.to_string().eq_ignore_ascii_case(word))
}

/// One workload by what people write.
pub fn one(reach: &Reach<'_>, text: &str) -> Option<usize> {
    if let Some(Peer::Workload(at)) = peer_at(reach, text) {
        return Some(at);
    }
    match Chosen::read(reach, text)? {
        Chosen::Workloads(all) if all.len() == 1 => all.into_iter().next(),
        _ => None,
    }
}

/// Why a change was not made, in a sentence.
pub fn refused(lang: Lang, refusal: &Refusal) -> String {
    let object = refusal.object().map(ObjectRef::to_string).unwrap_or_default();
    locale::ta(lang, "policy-refused", &[("code", refusal.code().into()), ("object", object.into())])
}

/// What of the words is nothing.
pub fn wrong(lang: Lang, field: &'static str, value: &str) -> String {
    locale::ta(lang, "policy-form-wrong", &[("field", field.into()), ("value", value.to_owned().into())])
}

/// What was pressed, and on which port where one was written.
///
/// # Errors
/// In a sentence, what of it is nothing.
pub fn wish(
    lang: Lang,
    reach: &Reach<'_>,
    of: usize,
    pressed: &Pressed,
    budget: &Budget,
) -> Result<(Wish, Option<Port>), String> {
    let wrong = |field, value: &str| wrong(lang, field, value);
    let words: Vec<&str> = pressed.tick.splitn(3, ' ').collect();
    let [what, way, own] = words.as_slice() else { return written(lang, reach, of, pressed, budget) };
    let direction = direction(way).ok_or_else(|| wrong("tick", &pressed.tick))?;
    if *what == "deny" {
        return Ok((Wish { of, direction, what: What::Isolate }, None));
    }
    let (peer, wanted) =
        row(reach, (of, direction), budget, |peer| address(reach, peer) == *own).ok_or_else(|| wrong("peer", own))?;
    let what = match *what {
        "open" => What::Open(peer, wanted),
        "close" => What::Close(peer),
        _ => return Err(wrong("tick", &pressed.tick)),
    };
    Ok((Wish { of, direction, what }, None))
}

/// Somebody at the other end, with the ports that are opened where none is said.
fn row(
    reach: &Reach<'_>,
    (of, direction): (usize, Direction),
    budget: &Budget,
    is: impl Fn(&Peer) -> bool,
) -> Option<(Peer, Ports)> {
    let drawn = Drawn::of(reach, of, budget).ok()?;
    let rows = drawn.ways.iter().filter(|way| way.direction == direction).flat_map(|way| &way.rows);
    rows.filter(|row| is(&row.peer)).map(|row| (row.peer, row.wanted.clone())).next()
}

/// The other end and the port as people write them.
fn written(
    lang: Lang,
    reach: &Reach<'_>,
    of: usize,
    pressed: &Pressed,
    budget: &Budget,
) -> Result<(Wish, Option<Port>), String> {
    let wrong = |field, value: &str| wrong(lang, field, value);
    let direction = direction(&pressed.way).ok_or_else(|| wrong("way", &pressed.way))?;
    let range = || peer_at(reach, &format!("external/{}", pressed.peer));
    let range = pressed.peer.contains('-').then(range).flatten();
    let peer = match (Chosen::read(reach, &pressed.peer), range) {
        (Some(Chosen::Outside(net)), _) => Peer::Range(net.network(), net.broadcast()),
        (_, Some(range)) => range,
        _ => one(reach, &pressed.peer).map(Peer::Workload).ok_or_else(|| wrong("peer", &pressed.peer))?,
    };
    if pressed.tick == "close" {
        return Ok((Wish { of, direction, what: What::Close(peer) }, None));
    }
    if pressed.port.is_empty() && pressed.tick == "open" {
        let wanted =
            row(reach, (of, direction), budget, |own| *own == peer).map_or_else(Ports::all, |(_, wanted)| wanted);
        return Ok((Wish { of, direction, what: What::Open(peer, wanted) }, None));
    }
    let port = pressed.port.trim().parse().ok().filter(|port: &u16| *port > 0);
    let port = port.ok_or_else(|| wrong("port", &pressed.port))?;
    let protocol = protocol(&pressed.proto).ok_or_else(|| wrong("proto", &pressed.proto))?;
    let ports = Ports::of(protocol, PortSet::range(port, port));
    Ok((Wish { of, direction, what: What::Open(peer, ports) }, Some((protocol, port))))
}
