//! How large packets may be and who answers at which TTL, in words.

use super::Say;
use kernel::ids::NetnsId;
use kernel::packet::Tunnel;
use kernel::walk::Place;
use sim_core::trace::{Heard, Limit, Round, Sized, Sizes, Stop, Told, Traceroute};

/// One direction, in words and as bars.
#[derive(Clone, Debug, PartialEq)]
pub struct WayWords {
    /// `forth` or `back`.
    pub code: &'static str,
    /// Which way.
    pub title: String,
    /// What arrives, and what becomes of more.
    pub lines: Vec<String>,
    /// Nobody hears that larger packets do not arrive.
    pub black_hole: bool,
    /// The devices on the way.
    pub stops: Vec<StopWords>,
}

/// A packet at a device.
#[derive(Clone, Debug, PartialEq)]
pub struct StopWords {
    /// Whose device it is.
    pub who: String,
    /// The device.
    pub dev: String,
    /// Its length there, what of it tunnels added, and what fits.
    pub text: String,
    /// Lengths in thousandths of the widest device: the packet without what tunnels added, that, and what fits.
    pub bar: (u32, u32, u32),
}

impl StopWords {
    /// Where the line of the MTU begins, in thousandths, so that it is seen at the end, too.
    pub fn mtu_at(&self) -> u32 {
        self.bar.2.min(994)
    }
}

/// One TTL in words.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundWords {
    /// The TTL.
    pub ttl: u8,
    /// The address that is seen, or a star.
    pub from: String,
    /// The machine where the packet ends.
    pub who: String,
    /// What happens there.
    pub text: String,
    /// Somebody answered.
    pub heard: bool,
}

/// A tunnel's name.
fn tunnel(kind: Tunnel) -> &'static str {
    match kind {
        Tunnel::Vxlan { .. } => "VXLAN",
        Tunnel::Ipip => "IPIP",
    }
}

impl Say<'_> {
    /// Both directions of a connection.
    pub fn sizes(&self, sizes: &Sizes) -> Vec<WayWords> {
        sizes.ways.iter().map(|way| self.sized(way)).collect()
    }

    fn sized(&self, way: &Sized) -> WayWords {
        let number = |number: u32| number.to_string().into();
        let mut lines = vec![match way.largest {
            Some(size) => self.ta("size-largest", &[("size", number(size)), ("packet", number(way.packet))]),
            None => self.t("size-none"),
        }];
        match (way.whole, way.largest) {
            (whole, Some(largest)) if whole != Some(largest) => {
                let whole = whole.unwrap_or_default();
                lines.push(self.ta("size-cut", &[("whole", number(whole))]));
            }
            _ => {}
        }
        lines.extend(way.limit.iter().flat_map(|limit| self.limit(limit)));
        let widest = way.stops.iter().map(|stop| stop.mtu.min(9_216)).max().unwrap_or(1).max(1);
        let part = |length: u32| (length.min(widest) * 1_000).div_ceil(widest);
        let stop = |stop: &Stop| {
            let mut text = self.ta("size-stop", &[("length", number(stop.length)), ("mtu", number(stop.mtu))]);
            if let Some(kind) = stop.tunnel {
                let args = [("overhead", number(stop.overhead)), ("tunnel", tunnel(kind).into())];
                text = format!("{text} {}", self.ta("size-stop-overhead", &args));
            }
            if stop.pieces > 1 {
                text = format!("{text} {}", self.ta("size-stop-pieces", &[("count", stop.pieces.into())]));
            }
            StopWords {
                who: self.who(stop.at.netns),
                dev: self.dev(stop.at.netns, stop.at.link).to_owned(),
                text,
                bar: (part(stop.length.saturating_sub(stop.overhead)), part(stop.overhead), part(stop.mtu)),
            }
        };
        WayWords {
            code: way.direction.code(),
            title: self.t(&format!("size-way-{}", way.direction.code())),
            lines,
            black_hole: way.limit.as_ref().is_some_and(|limit| matches!(limit.told, Told::Lost { .. } | Told::Silent)),
            stops: way.stops.iter().map(stop).collect(),
        }
    }

    fn limit(&self, limit: &Limit) -> [String; 2] {
        let place = self.somewhere(limit.netns, limit.place);
        let args = [
            ("size", limit.size.to_string().into()),
            ("packet", limit.packet.to_string().into()),
            ("place", place.into()),
            ("reason", self.drop_reason(&limit.reason).into()),
        ];
        let told = match &limit.told {
            Told::AtOnce => self.t("size-told-at-once"),
            Told::Silent => self.t("size-told-silent"),
            Told::Icmp { by, from, mtu } => {
                let args =
                    [("who", self.who(*by).into()), ("from", from.to_string().into()), ("mtu", mtu.to_string().into())];
                self.ta("size-told-icmp", &args)
            }
            Told::Lost { by, at, reason } => {
                let args = [
                    ("who", self.who(*by).into()),
                    ("at", self.who(*at).into()),
                    ("reason", self.drop_reason(reason).into()),
                ];
                self.ta("size-told-icmp-lost", &args)
            }
        };
        [self.ta("size-beyond", &args), told]
    }

    fn somewhere(&self, netns: NetnsId, place: Place) -> String {
        let who = self.who(netns);
        match place {
            Place::Socket => who,
            Place::Routing => format!("{who} · {}", self.t("place-routing")),
            Place::Hook { hook, .. } => format!("{who} · {hook}"),
            Place::Ingress(link) | Place::Egress(link) | Place::Bridge(link) => {
                format!("{who} · {}", self.dev(netns, link))
            }
        }
    }

    /// Who answers at which TTL.
    pub fn rounds(&self, route: &Traceroute) -> Vec<RoundWords> {
        route.rounds.iter().map(|round| self.round(round)).collect()
    }

    fn round(&self, round: &Round) -> RoundWords {
        let why = || round.reason.as_ref().map(|reason| self.drop_reason(reason)).unwrap_or_default();
        let text = match &round.heard {
            Heard::Router(_) | Heard::Destination(_) => self.t(&format!("ttl-{}", round.heard.code())),
            Heard::Error { kind, code, .. } => {
                let args = [("type", (*kind).into()), ("code", (*code).into()), ("reason", why().into())];
                self.ta("ttl-error", &args)
            }
            Heard::Lost { at, reason } => {
                let args = [("at", self.who(*at).into()), ("reason", self.drop_reason(reason).into())];
                self.ta("ttl-lost", &args)
            }
            Heard::Nothing => self.ta("ttl-nothing", &[("reason", why().into())]),
        };
        let from = round.heard.from();
        RoundWords {
            ttl: round.ttl,
            from: from.map_or_else(|| "*".to_owned(), |from| from.to_string()),
            who: self.who(round.machine),
            text,
            heard: from.is_some(),
        }
    }
}
