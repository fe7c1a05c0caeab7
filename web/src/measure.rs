//! How large packets may be and who answers at which TTL: `kubehop.sizes/1` and `kubehop.traceroute/1`, and the same for a terminal.

use crate::json;
use crate::locale::Lang;
use crate::words::Say;
use kernel::ids::NetnsId;
use kernel::packet::Tunnel;
use kernel::walk::Place;
use serde_json::{Value, json};
use sim_core::facts::Namespace;
use sim_core::model::Model;
use sim_core::trace::{Heard, Journey, Limit, Sizes, Told, Traceroute};
use std::fmt::{self, Write};

/// The sizes of a connection's packets as `kubehop.sizes/1`; none where no connection was tried, or none that has a payload.
pub fn sizes(model: &Model, journey: &Journey, sizes: Option<&Sizes>) -> Value {
    let ways = sizes.iter().flat_map(|sizes| &sizes.ways).map(|way| {
        let stops = way.stops.iter().map(|stop| {
            let mut value = at(model, stop.at.netns);
            value["device"] = json!(Namespace::of(model, stop.at.netns).device(stop.at.link).name());
            value["mtu"] = json!(stop.mtu);
            value["length"] = json!(stop.length);
            value["overhead"] = json!(stop.overhead);
            value["tunnel"] = json!(stop.tunnel.map(tunnel));
            value["fragments"] = json!(stop.pieces);
            value
        });
        json!({
            "direction": way.direction.code(),
            "largest": way.largest,
            "whole": way.whole,
            "packet": way.packet,
            "stops": stops.collect::<Vec<_>>(),
            "beyond": way.limit.as_ref().map(|limit| beyond(model, limit)),
        })
    });
    json!({
        "schema": "kubehop.sizes/1",
        "probe": json::probe(model, journey),
        "ways": ways.collect::<Vec<_>>(),
        "sent": sizes.map_or(0, |sizes| sizes.sent),
    })
}

fn tunnel(kind: Tunnel) -> &'static str {
    match kind {
        Tunnel::Vxlan { .. } => "vxlan",
        Tunnel::Ipip => "ipip",
    }
}

fn at(model: &Model, netns: NetnsId) -> Value {
    let namespace = Namespace::of(model, netns);
    json!({ "node": namespace.node_name(), "netns": namespace.name() })
}

fn beyond(model: &Model, limit: &Limit) -> Value {
    let mut place = at(model, limit.netns);
    let namespace = Namespace::of(model, limit.netns);
    let (device, hook) = match limit.place {
        Place::Ingress(link) | Place::Egress(link) | Place::Bridge(link) => (Some(namespace.device(link).name()), None),
        Place::Hook { hook, .. } => (None, Some(hook.to_string())),
        Place::Socket | Place::Routing => (None, None),
    };
    place["device"] = json!(device);
    place["hook"] = json!(hook);
    let icmp = match &limit.told {
        Told::Icmp { by, from, mtu } => {
            json!({ "by": at(model, *by), "from": from.to_string(), "mtu": mtu, "lostAt": null, "code": null })
        }
        Told::Lost { by, at: lost, reason } => {
            json!({ "by": at(model, *by), "from": null, "mtu": null, "lostAt": at(model, *lost), "code": reason.code() })
        }
        Told::AtOnce | Told::Silent => Value::Null,
    };
    json!({
        "size": limit.size,
        "packet": limit.packet,
        "at": place,
        "code": limit.reason.code(),
        "told": limit.told.code(),
        "icmp": icmp,
    })
}

/// Who is on the way of a connection as `kubehop.traceroute/1`; nobody where none was tried.
pub fn traceroute(model: &Model, journey: &Journey, route: Option<&Traceroute>) -> Value {
    let rounds = route.iter().flat_map(|route| &route.rounds).map(|round| {
        let mut value = at(model, round.machine);
        value["ttl"] = json!(round.ttl);
        value["heard"] = json!(round.heard.code());
        value["from"] = json!(round.heard.from().map(|from| from.to_string()));
        value["icmp"] = match round.heard {
            Heard::Error { kind, code, .. } => json!([kind, code]),
            Heard::Router(_) => json!([11, 0]),
            _ => Value::Null,
        };
        value["code"] = json!(round.reason.as_ref().map(|reason| reason.code()));
        value["lostAt"] = match &round.heard {
            Heard::Lost { at: lost, .. } => at(model, *lost),
            _ => Value::Null,
        };
        value
    });
    json!({
        "schema": "kubehop.traceroute/1",
        "probe": json::probe(model, journey),
        "to": route.map(|route| route.to.to_string()),
        "reached": route.is_some_and(|route| route.reached),
        "rounds": rounds.collect::<Vec<_>>(),
    })
}

/// The sizes, line by line.
///
/// # Errors
/// Those of `out`.
pub fn write_sizes(out: &mut impl Write, lang: Lang, model: &Model, sizes: Option<&Sizes>) -> fmt::Result {
    let say = Say { lang, model, id: None };
    let Some(sizes) = sizes else { return writeln!(out, "{}", say.t("size-nothing-sent")) };
    for way in say.sizes(sizes) {
        writeln!(out, "== {} ==", way.title)?;
        way.lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        for stop in &way.stops {
            writeln!(out, "  {} · {}: {}", stop.who, stop.dev, stop.text)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", say.ta("size-sent", &[("count", sizes.sent.into())]))
}

/// The machines on the way, a line for each TTL.
///
/// # Errors
/// Those of `out`.
pub fn write_traceroute(out: &mut impl Write, lang: Lang, model: &Model, route: Option<&Traceroute>) -> fmt::Result {
    let say = Say { lang, model, id: None };
    let Some(route) = route else { return writeln!(out, "{}", say.t("size-nothing-sent")) };
    let args = [("to", say.address(route.to).into()), ("protocol", route.protocol.to_string().into())];
    writeln!(out, "{}", say.ta("ttl-heading", &args))?;
    for round in say.rounds(route) {
        writeln!(out, "{:>2}  {:<15}  {}: {}", round.ttl, round.from, round.who, round.text)?;
    }
    Ok(())
}
