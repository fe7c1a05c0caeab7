//! A packet as the layers that it has, before and after a step, with what changed each field.

use super::Say;
use super::line::EventLine;
use crate::scene::{carried, tunnel};
use kernel::packet::{L4, Mac, Packet};
use sim_core::facts::Visit;

/// One header, or the fields of one layer of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerWords {
    /// `L2` to `L7`.
    pub layer: &'static str,
    /// `Ethernet`, `IPv4`, `TCP`, `HTTP`.
    pub name: String,
    /// Its fields.
    pub fields: Vec<FieldWords>,
}

/// A field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldWords {
    /// Its name, as on the packet's card.
    pub name: &'static str,
    /// Its value when the packet came; `None` where there was none.
    pub before: Option<String>,
    /// Its value when the packet left; `None` where there is none.
    pub after: Option<String>,
    /// What changed it.
    pub why: Option<String>,
    /// The rule or route that did, in the kernel's own text.
    pub kernel: Option<String>,
}

/// A packet that carries another one, or the innermost: what it is called, and its layers from L2 up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderWords {
    /// `VXLAN 1` for one that carries another; empty for the packet itself.
    pub tunnel: String,
    /// Its layers.
    pub layers: Vec<LayerWords>,
}

type Value = Option<String>;

/// The fields of one packet.
fn fields(packet: Option<&Packet>) -> [(&'static str, Value); 9] {
    let ethernet = packet.and_then(|packet| packet.ethernet);
    let mac = |of: Option<Mac>| of.map(|mac| mac.to_string());
    let l4 = packet.map(|packet| &packet.l4);
    let flags = match l4 {
        Some(L4::Tcp { flags, .. }) => Some(flags.to_string()),
        Some(L4::Icmp(icmp)) => {
            let (kind, code) = icmp.type_code();
            Some(format!("{kind}/{code}"))
        }
        _ => None,
    };
    let port = |of: Option<kernel::packet::Port>| of.map(|port| port.0.to_string());
    [
        ("eth src", mac(ethernet.map(|of| of.src))),
        ("eth dst", mac(ethernet.map(|of| of.dst))),
        ("src", packet.map(|packet| packet.ip.src.to_string())),
        ("dst", packet.map(|packet| packet.ip.dst.to_string())),
        ("ttl", packet.map(|packet| packet.ip.ttl.to_string())),
        ("sport", port(l4.and_then(L4::source_port))),
        ("dport", port(l4.and_then(L4::destination_port))),
        ("flags", flags),
        ("bytes", packet.map(|packet| packet.payload.len().to_string()).filter(|bytes| bytes != "0")),
    ]
}

impl Say<'_> {
    /// The headers of a step's packet, the outermost first: a packet in a packet where it goes through a tunnel.
    pub fn layers(&self, visit: &Visit<'_>) -> Vec<HeaderWords> {
        let events = self.events(visit, None);
        let (before, after) = (&visit.before.packet, &visit.after.packet);
        let (was, is) = (nested(before), nested(after));
        let deepest = was.len().max(is.len());
        // Counted from the innermost: a tunnel is put around, or taken off.
        let at = |all: &[(String, Packet)], inside: usize| all.iter().rev().nth(inside).cloned();
        let mut headers = Vec::with_capacity(deepest);
        for inside in (0..deepest).rev() {
            let (old, new) = (at(&was, inside), at(&is, inside));
            let tunnel = new.as_ref().or(old.as_ref()).map(|(tunnel, _)| tunnel.clone()).unwrap_or_default();
            let packet = new.as_ref().or(old.as_ref()).map(|(_, packet)| packet);
            let Some(packet) = packet else { continue };
            let pairs = fields(old.as_ref().map(|(_, packet)| packet))
                .into_iter()
                .zip(fields(new.as_ref().map(|(_, packet)| packet)));
            let mut all: Vec<FieldWords> = pairs
                .filter(|((_, before), (_, after))| before.is_some() || after.is_some())
                .map(|((name, before), (_, after))| {
                    let changed = before != after;
                    let (why, kernel) =
                        if changed { why(&events, name, inside > 0 || was.len() != is.len()) } else { (None, None) };
                    FieldWords { name, before, after, why, kernel }
                })
                .collect();
            let mut take = |names: &[&str]| -> Vec<FieldWords> {
                let (taken, rest) = std::mem::take(&mut all).into_iter().partition(|field| names.contains(&field.name));
                all = rest;
                taken
            };
            let version = if packet.ip.src.is_ipv6() { "IPv6" } else { "IPv4" };
            let protocol = packet.protocol().to_string().to_uppercase();
            let mut layers = vec![
                LayerWords { layer: "L2", name: "Ethernet".to_owned(), fields: take(&["eth src", "eth dst"]) },
                LayerWords { layer: "L3", name: version.to_owned(), fields: take(&["src", "dst", "ttl"]) },
                LayerWords { layer: "L4", name: protocol, fields: take(&["sport", "dport", "flags", "bytes"]) },
            ];
            if inside == 0 {
                let (mark_was, mark) = (visit.before.mark, visit.after.mark);
                if mark_was.0 != 0 || mark.0 != 0 {
                    let (why, kernel) = if mark_was == mark { (None, None) } else { why(&events, "mark", false) };
                    let field = FieldWords {
                        name: "mark",
                        before: Some(mark_was.to_string()),
                        after: Some(mark.to_string()),
                        why,
                        kernel,
                    };
                    layers.insert(0, LayerWords { layer: "–", name: self.t("layers-mark"), fields: vec![field] });
                }
                if let Some((kind, text)) = visit.carries.map(carried) {
                    let field = FieldWords {
                        name: "data",
                        before: Some(text.clone()),
                        after: Some(text),
                        why: None,
                        kernel: None,
                    };
                    layers.push(LayerWords { layer: "L7", name: kind.to_owned(), fields: vec![field] });
                }
            }
            layers.retain(|layer| !layer.fields.is_empty());
            headers.push(HeaderWords { tunnel: if inside == 0 { String::new() } else { tunnel }, layers });
        }
        headers
    }
}

/// What changed a field at this step: the event that says so, else the one that cannot but.
fn why(events: &[EventLine], field: &str, tunnel: bool) -> (Option<String>, Option<String>) {
    let names = |event: &&EventLine| event.changes.iter().any(|change| change.field == field);
    let kind = |kinds: &[&str]| events.iter().find(|event| kinds.contains(&event.kind));
    let found = events.iter().find(names).or_else(|| match field {
        _ if tunnel => kind(&["encap", "decap", "encap-ip", "decap-ip"]),
        "eth src" | "eth dst" => kind(&["neigh", "arp", "xmit"]),
        "ttl" => kind(&["ttl", "ttl-set"]),
        "src" | "dst" | "sport" | "dport" => kind(&["nat", "answer", "route"]),
        _ => None,
    });
    (found.map(|event| event.text.clone()), found.and_then(|event| event.kernel.clone()))
}

/// The packets in a packet, the outermost first, each with the tunnel that it is for.
fn nested(packet: &Packet) -> Vec<(String, Packet)> {
    let mut all: Vec<(String, Packet)> =
        packet.outers().map(|(outer, inner)| (tunnel(inner.kind), Packet { inner: None, ..outer.clone() })).collect();
    all.push((String::new(), Packet { inner: None, ..packet.innermost().clone() }));
    all
}
