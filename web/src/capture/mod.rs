//! A journey as a capture (pcapng): what tcpdump would have written on every device that the packet crossed.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::trace::{ProbeText, parse_probe, run};
//! use web::capture;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: curl, image: curlimages/curl}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = ProbeText { from: "pod/default/client".into(), to: "pod/default/web:80".into(), ..ProbeText::default() };
//! let journey = run(&model, &parse_probe(&model, &asked)?);
//! assert!(capture::interfaces(&model, &journey).contains(&"pod/default/client:eth0".to_owned()));
//! let bytes = capture::pcapng(&model, &journey, None);
//! // The type of a section header block.
//! assert_eq!(bytes[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
//! # Ok::<(), sim_core::trace::ProbeError>(())
//! ```

mod frame;
mod pcapng;

use frame::{Asks, Side, Turn};
use kernel::packet::{L4, Mac, Packet};
use kernel::walk::{End, Place};
use pcapng::Writer;
use sim_core::facts::{Device, Fact, Facts, Namespace, Visit, What};
use sim_core::http::Message;
use sim_core::model::Model;
use sim_core::trace::{Journey, Leg, Purpose, write_probe};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A frame on a device.
struct Seen {
    /// `NETNS:DEVICE`.
    interface: String,
    bytes: Vec<u8>,
    /// What happened since the last frame, a line each.
    comments: Vec<String>,
}

/// The devices that the journey's frames cross, in the order in which they are first seen: `node-a:eth0`, `pod/default/web:eth0`.
pub fn interfaces(model: &Model, journey: &Journey) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for one in frames(model, journey) {
        if !names.contains(&one.interface) {
            names.push(one.interface);
        }
    }
    names
}

/// The journey as a pcapng file: one interface a device, or the one that is named; every frame with correct lengths and checksums, a
/// microsecond after the one before, and with the rules that acted since as its comment. Sequence numbers, windows and timestamps of TCP are
/// not simulated: they are made up so that each packet fits the others.
pub fn pcapng(model: &Model, journey: &Journey, interface: Option<&str>) -> Vec<u8> {
    let probe = write_probe(model, &journey.probe);
    let about = format!("{} -> {}: {} ({})", probe.from, probe.to, journey.client.code(), journey.verdict.code());
    let mut writer = Writer::new(&format!("kubehop {}", env!("CARGO_PKG_VERSION")), &about);
    for one in frames(model, journey) {
        if interface.is_none_or(|wanted| wanted == one.interface) {
            writer.frame(&one.interface, &one.bytes, &one.comments);
        } else {
            writer.pass();
        }
    }
    writer.finish()
}

/// Packets as they are on one interface: what a client sends, one after the other.
pub fn of_packets<'p>(interface: &str, packets: impl IntoIterator<Item = &'p Packet>) -> Vec<u8> {
    let mut writer = Writer::new(&format!("kubehop {}", env!("CARGO_PKG_VERSION")), interface);
    for bytes in packets.into_iter().flat_map(|packet| frame::frames(packet, Turn::first(Side::Asks))) {
        writer.frame(interface, &bytes, &[]);
    }
    writer.finish()
}

/// The name of a device: tools cut it where they must.
fn name(device: Device<'_>) -> String {
    let namespace = device.namespace;
    let place = namespace.node_name().filter(|_| namespace.name() == Some("root")).or(namespace.name()).unwrap_or("?");
    format!("{place}:{}", device.name())
}

fn frames(model: &Model, journey: &Journey) -> Vec<Seen> {
    let facts = Facts::of(model, journey);
    let mut seen: Vec<Seen> = Vec::new();
    let mut since: Vec<String> = Vec::new();
    let mut streams = Streams::default();
    let mut leg = usize::MAX;
    for step in &facts.steps.steps {
        let Some((_, visit)) = facts.at(step) else { continue };
        if std::mem::replace(&mut leg, step.leg) != step.leg {
            since.clear();
        }
        let turn = streams.turn(journey, step.leg);
        // In a namespace a frame arrives, then is worked on; it is worked on, then leaves.
        match visit.place {
            Place::Ingress(link) => {
                let device = visit.namespace.device(link);
                for bytes in frame::frames(&visit.before.packet, turn) {
                    seen.push(Seen { interface: name(device), bytes, comments: std::mem::take(&mut since) });
                }
                work(&visit, &mut since, &mut seen);
            }
            Place::Egress(link) => {
                work(&visit, &mut since, &mut seen);
                let device = visit.namespace.device(link);
                for bytes in frame::frames(&visit.after.packet, turn) {
                    seen.push(Seen { interface: name(device), bytes, comments: std::mem::take(&mut since) });
                }
            }
            _ => work(&visit, &mut since, &mut seen),
        }
        // Where it ended nothing follows: the last frame of the leg tells.
        if step.last
            && let Some(last) = seen.last_mut()
        {
            last.comments.append(&mut since);
        }
    }
    seen
}

/// How far the numbers of each connection have come, leg by leg.
#[derive(Default)]
struct Streams {
    /// Legs before this one are counted.
    counted: usize,
    /// By the leg that opened the connection: what the client sent that arrived, and the server.
    arrived: BTreeMap<usize, [u32; 2]>,
}

impl Streams {
    /// Whose turn a leg is.
    fn turn(&mut self, journey: &Journey, leg: usize) -> Turn {
        for (at, before) in journey.legs.iter().enumerate().take(leg).skip(self.counted) {
            let arrived = matches!(before.end, End::Delivered { .. });
            let sent = before.hops.first().filter(|_| arrived).map(|hop| &hop.before.packet);
            let Some((packet, L4::Tcp { flags, .. })) = sent.map(|packet| (packet, &packet.l4)) else { continue };
            let count = u32::try_from(packet.payload.len()).unwrap_or(u32::MAX).wrapping_add(u32::from(flags.fin));
            let both = self.arrived.entry(opened(journey, at)).or_default();
            let [client, server] = both;
            let own = if side(journey, at) == Side::Asks { client } else { server };
            *own = own.wrapping_add(count);
        }
        self.counted = self.counted.max(leg);
        let [client, server] = self.arrived.get(&opened(journey, leg)).copied().unwrap_or_default();
        match side(journey, leg) {
            Side::Asks => Turn { side: Side::Asks, own: client, other: server },
            Side::Answers => Turn { side: Side::Answers, own: server, other: client },
        }
    }
}

/// The leg that opened the connection of another: of a proxy's, the proxy's request.
fn opened(journey: &Journey, mut at: usize) -> usize {
    let connect = journey.legs.iter().position(|leg| leg.purpose == Purpose::Connect);
    while let Some(leg) = journey.legs.get(at) {
        match leg.parent {
            _ if leg.purpose == Purpose::Proxy => return at,
            Some(parent) if (parent.0 as usize) < at => at = parent.0 as usize,
            _ => break,
        }
    }
    // What the client sends has no parent.
    connect.filter(|_| journey.legs.get(at).is_some_and(|leg| leg.lookup.is_none())).unwrap_or(at)
}

/// Whose packet it is, as far as made-up numbers go.
fn side(journey: &Journey, at: usize) -> Side {
    let Some(leg) = journey.legs.get(at) else { return Side::Asks };
    let sender = |leg: &Leg| leg.hops.first().map(|hop| (hop.netns, hop.before.packet.source().port()));
    match leg.purpose {
        // Either end may be the first to close: whoever sends as the one that opened it.
        Purpose::Close if journey.legs.get(opened(journey, at)).map(sender) == Some(sender(leg)) => Side::Asks,
        Purpose::Connect
        | Purpose::Data
        | Purpose::Proxy
        | Purpose::DnsQuery
        | Purpose::Ack
        | Purpose::Request
        | Purpose::Announcement => Side::Asks,
        Purpose::Tls if matches!(leg.carries, Some(Message::Hello { .. })) => Side::Asks,
        Purpose::Reply | Purpose::DnsAnswer | Purpose::Error | Purpose::Response | Purpose::Tls | Purpose::Close => {
            Side::Answers
        }
    }
}

/// What happens at a place: rules that act become comments, questions for a neighbour are frames of their own.
fn work(visit: &Visit<'_>, since: &mut Vec<String>, seen: &mut Vec<Seen>) {
    for fact in visit.facts() {
        match &fact.what {
            What::Arp { ip, dev, mac, .. } => {
                let interface = name(*dev);
                for bytes in arp(*dev, *ip, Some(*mac)) {
                    seen.push(Seen { interface: interface.clone(), bytes, comments: Vec::new() });
                }
            }
            What::ArpFailed { ip, dev } => {
                let interface = name(*dev);
                for bytes in arp(*dev, *ip, None) {
                    seen.push(Seen { interface: interface.clone(), bytes, comments: Vec::new() });
                }
            }
            _ => since.extend(acted(visit, &fact)),
        }
    }
}

fn arp(dev: Device<'_>, ip: IpAddr, answer: Option<Mac>) -> Vec<Vec<u8>> {
    let Some(link) = dev.config() else { return Vec::new() };
    let own = link.addresses.iter().map(|address| address.net);
    let near = own.clone().find(|net| net.contains(&ip)).or_else(|| own.clone().next());
    let from = near.map_or(IpAddr::from([0, 0, 0, 0]), |net| net.addr());
    frame::arp(&Asks { mac: link.mac, ip: from, wants: ip }, answer)
}

/// A rule that did something to the packet, with where it is: what a reader of a capture looks for.
fn acted(visit: &Visit<'_>, fact: &Fact<'_>) -> Option<String> {
    let rule = match &fact.what {
        What::Nat { rule: Some(rule), .. }
        | What::Mark { rule, .. }
        | What::Connmark { rule, .. }
        | What::TtlSet { rule, .. } => rule.text(),
        What::Drop { reason } => Some(fact.kernel().unwrap_or_else(|| kernel::Coded::code(*reason).to_owned())),
        _ => None,
    }?;
    let hook = visit.hook().map(|hook| format!(" {hook}")).unwrap_or_default();
    let number = visit.number.map(|number| format!("{number} ")).unwrap_or_default();
    Some(format!("{number}{}{hook} {}: {rule}", place(visit.namespace), fact.code()))
}

fn place<'a>(namespace: Namespace<'a>) -> &'a str {
    namespace.node_name().filter(|_| namespace.name() == Some("root")).or(namespace.name()).unwrap_or("?")
}
