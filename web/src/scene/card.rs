//! The packet's header card: what it carries, with edits in place.

use super::geometry::Pt;
use super::geometry::Rect;
use super::shape::{Align, Shape, Text, rect, start};
use super::text::{Face, width};
use kernel::packet::{Icmp, L4, Packet, Tunnel};
use kernel::walk::{NatKind, Skb};
use sim_core::facts::{Fact, Visit, What, badge_text};

/// Height of a line.
const LINE: i32 = 18;
/// Space above the first and below the last line.
const PAD: i32 = 8;

/// A stretch of a card's line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    text: String,
    class: &'static str,
}

fn run(class: &'static str, text: impl Into<String>) -> Run {
    Run { text: text.into(), class }
}

/// What a card shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Card {
    /// Outer headers, outermost first.
    outer: Vec<String>,
    lines: Vec<Vec<Run>>,
}

fn kind(packet: &Packet) -> String {
    match &packet.l4 {
        L4::Tcp { flags, .. } => format!("TCP {flags}"),
        L4::Udp { sport, dport } if sport.0 == 53 || dport.0 == 53 => String::from("UDP DNS"),
        L4::Udp { .. } => String::from("UDP"),
        L4::Sctp { .. } => String::from("SCTP"),
        L4::Icmp(icmp) => {
            let name = match icmp {
                Icmp::EchoRequest { .. } => "echo request",
                Icmp::EchoReply { .. } => "echo reply",
                Icmp::Unreachable { .. } => "unreachable",
                Icmp::TimeExceeded { .. } => "time exceeded",
            };
            let (kind, code) = icmp.type_code();
            format!("ICMP {name} {kind}/{code}")
        }
        L4::Other(number) => format!("IP {number}"),
    }
}

/// What a tunnel is called: `VXLAN 1`.
pub(crate) fn tunnel(kind: Tunnel) -> String {
    match kind {
        Tunnel::Vxlan { vni } => format!("VXLAN {vni}"),
        Tunnel::Ipip => "IPIP".to_owned(),
    }
}

/// The packets that a packet is in, the outermost first: the kind of tunnel, and from where to where.
pub(crate) fn outers(packet: &Packet) -> Vec<(String, String)> {
    let all =
        packet.outers().map(|(Packet { ip, .. }, inner)| (tunnel(inner.kind), format!("{} → {}", ip.src, ip.dst)));
    all.collect()
}

/// Source and destination, with ports where the protocol has them.
pub(crate) fn ends(packet: &Packet) -> (String, String) {
    let show = |at: std::net::SocketAddr, port: bool| if port { at.to_string() } else { at.ip().to_string() };
    let ports = packet.l4.source_port().is_some();
    (show(packet.source(), ports), show(packet.destination(), ports))
}

fn edit(line: &mut Vec<Run>, before: &str, after: &str) -> bool {
    if before == after {
        line.push(run("val", after));
        return false;
    }
    line.push(run("old", before));
    line.push(run("new", after));
    true
}

/// Width that an old value keeps.
const LEAST: i32 = 72;

impl Card {
    pub(crate) fn of(visit: &Visit<'_>, facts: &[Fact<'_>]) -> Self {
        let (before, after): (&Skb, &Skb) = (visit.before, visit.after);
        let (inside, was) = (after.packet.innermost(), before.packet.innermost());
        let mut head = vec![run("kind", kind(inside))];
        head.push(run("key", "TTL"));
        edit(&mut head, &was.ip.ttl.to_string(), &inside.ip.ttl.to_string());
        if before.mark.0 != 0 || after.mark.0 != 0 {
            head.push(run("key", "mark"));
            edit(&mut head, &before.mark.to_string(), &after.mark.to_string());
        }
        let (before_ends, after_ends) = (ends(was), ends(inside));
        let badge = |kind: NatKind| {
            let here = facts.iter().any(|fact| matches!(fact.what, What::Nat { kind: found, .. } if found == kind));
            visit.badges.first().filter(|_| here).map(|badge| run("badge", badge_text(badge.number)))
        };
        let mut src = vec![run("key", "src")];
        edit(&mut src, &before_ends.0, &after_ends.0);
        src.extend(badge(NatKind::Source));
        let mut dst = vec![run("key", "dst")];
        edit(&mut dst, &before_ends.1, &after_ends.1);
        dst.extend(badge(NatKind::Destination));
        let mut lines = vec![head, src, dst];
        if let Some(ethernet) = inside.ethernet.or(was.ethernet) {
            lines.push(vec![run("key", "eth"), run("dim", format!("{} → {}", ethernet.src, ethernet.dst))]);
        }
        if let Some((what, text)) = visit.carries.map(super::carried::carried) {
            lines.push(vec![run("key", what.to_lowercase()), run("val", text)]);
        }
        let outer = outers(&after.packet).into_iter().map(|(kind, ends)| format!("{kind}  {ends}"));
        Self { outer: outer.collect(), lines }
    }

    /// Height in pixels.
    pub(crate) fn height(&self) -> i32 {
        // Room for the Ethernet line is always kept, so that a card keeps its size.
        PAD * 2 + LINE * (self.lines.len() as i32).max(4) + self.outer.len() as i32 * (LINE + 8)
    }

    /// Draws the card into the upper part of `room`.
    pub(crate) fn draw(&self, room: Rect, shapes: &mut Vec<Shape>) {
        let mut at = Rect::new(room.x, room.y, room.w, self.height());
        for outer in &self.outer {
            shapes.push(rect(at, 6, "card outer"));
            shapes.push(start(at.x + 8, at.y + 17, at.w - 16, Face::Mono, "kind", outer.as_str()));
            at = Rect::new(at.x + 4, at.y + LINE + 4, at.w - 8, at.h - LINE - 8);
        }
        shapes.push(rect(at, 6, "card"));
        for (index, line) in self.lines.iter().enumerate() {
            let baseline = at.y + PAD + 13 + LINE * index as i32;
            let mut x = at.x + 10;
            for (index_of_part, part) in line.iter().enumerate() {
                let room = at.right() - 8 - x;
                if room < 16 {
                    break;
                }
                // What was is shortened before what is.
                let behind = line.iter().skip(index_of_part + 1).map(|part| width(&part.text, Face::Mono) + 8);
                let room = match part.class {
                    "old" => (room - behind.sum::<i32>()).clamp(LEAST.min(room), room),
                    _ => room,
                };
                let gap = if part.class == "key" && x > at.x + 10 { 8 } else { 0 };
                let say = part.text.as_str().into();
                let text = Text {
                    at: Pt::at(x + gap, baseline),
                    align: Align::Start,
                    class: part.class,
                    face: Face::Mono,
                    max: room - gap,
                    say,
                };
                x += gap + width(&part.text, Face::Mono).min(room) + 8;
                if part.class == "key" && index > 0 {
                    x = at.x + 10 + 32;
                }
                shapes.push(Shape::Text(text));
            }
        }
    }
}
