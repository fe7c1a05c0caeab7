//! What is open beside the rail at one step: the chains with the rule that hit, the route, the forwarding entry …

use super::card::ends;
use super::geometry::Rect;
use super::shape::{Say, Shape, end, rect, start};
use super::text::{Face, width};
use super::words::Label;
use crate::steps::{ChainLine, Step, badge_text, chain_lines};
use kernel::config::xtables::Match;
use kernel::config::{AnyRule, Netns, Network, Policy, RouteKind, TableId};
use kernel::ids::{LinkId, RouteId, RuleRef, TableName, TableRef};
use kernel::packet::Fragment;
use kernel::walk::{Assumed, CtAction, CtState, Delivery, Event, Hop, NatBy, NatKind, NeighbourSource, Place, Verdict};
use sim_core::print::ip::write_route;
use sim_core::print::iptables::write_rule;
use sim_core::print::nft::lookup_text;
use sim_core::print::rule_text as rule_text_of;

/// Height of a line.
const LINE: i32 = 18;
/// Space inside the frame.
const PAD: i32 = 8;
/// Room for a rule's text.
const TEXT: i32 = 294;
/// Rows drawn; more are folded into one.
const ROWS: usize = 7;

/// One thing in the panel.
#[derive(Clone, Debug)]
struct Row {
    head: Say,
    /// Position in the chain.
    position: String,
    /// Rules tried before without success.
    skipped: u32,
    text: String,
    /// `hit`, `drop`, `jump` or empty.
    class: &'static str,
}

impl Row {
    /// The text on as many lines as it needs, at most four; a long rule is broken before its target first.
    fn lines(&self) -> Vec<String> {
        if self.text.is_empty() || width(&self.text, Face::Mono) <= TEXT {
            return [self.text.clone()].into_iter().filter(|text| !text.is_empty()).collect();
        }
        let halves = self.text.find(" -j ").and_then(|at| self.text.split_at_checked(at));
        let (matches, target) = halves.unwrap_or((&self.text, ""));
        let mut lines: Vec<String> = Vec::new();
        for half in [matches.trim(), target.trim()].into_iter().filter(|half| !half.is_empty()) {
            let first = lines.len();
            for word in half.split(' ') {
                match lines.get_mut(first..).and_then(<[String]>::last_mut) {
                    Some(line) if width(line, Face::Mono) + width(word, Face::Mono) + 8 <= TEXT => {
                        line.push(' ');
                        line.push_str(word);
                    }
                    _ => lines.push(word.to_owned()),
                }
            }
        }
        if lines.len() > 4 {
            let rest = lines.drain(3..).collect::<Vec<_>>().join(" ");
            lines.push(rest);
        }
        lines
    }

    fn head_width(&self) -> i32 {
        match &self.head {
            Say::Plain(text) => width(text, Face::Mono),
            _ => 0,
        }
    }

    fn height(&self) -> i32 {
        LINE * (1 + self.lines().len() as i32)
    }
}

/// The panel of one step.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    title: String,
    rows: Vec<Row>,
}

fn link_name(netns: &Netns, link: LinkId) -> &str {
    netns.links.get(link).map_or("?", |link| &link.name)
}

fn place_name(netns: &Netns, place: Place) -> String {
    match place {
        Place::Socket => String::from("socket"),
        Place::Routing => String::from("routing"),
        Place::Hook { hook, bridge: None } => hook.to_string(),
        Place::Hook { hook, bridge: Some(bridge) } => format!("{hook} (bridge-nf {})", link_name(netns, bridge)),
        Place::Ingress(link) => format!("{} ←", link_name(netns, link)),
        Place::Bridge(link) => link_name(netns, link).to_owned(),
        Place::Egress(link) => format!("{} →", link_name(netns, link)),
    }
}

/// `SOURCE → DESTINATION` of the packet that leaves a hop.
fn from_to(hop: &Hop) -> String {
    let (src, dst) = ends(&hop.after.packet);
    format!("{src} → {dst}")
}

fn route_text(netns: &Netns, id: RouteId) -> String {
    let Some(route) = netns.routes.get(id) else { return String::new() };
    let mut text = String::new();
    match write_route(&mut text, netns, route) {
        // The head says which table; who wrote it and its scope are a matter for the list.
        Ok(()) => {
            text.split(" table ").next().unwrap_or_default().split(" proto ").next().unwrap_or_default().to_owned()
        }
        Err(_) => String::new(),
    }
}

fn table_name(table: TableId) -> String {
    match table {
        TableId::LOCAL => String::from("local"),
        TableId::MAIN => String::from("main"),
        TableId::DEFAULT => String::from("default"),
        TableId(number) => number.to_string(),
    }
}

/// A rule as `iptables-save` prints it, without its comment and the chain it is in.
fn rule_text(netns: &Netns, at: RuleRef) -> String {
    let (table, rule) = match (at.table, netns.rule(at)) {
        (TableRef::Xtables(name), Some(AnyRule::Xtables(rule))) => (netns.xtables.tables.get(&name), rule),
        _ => return rule_text_of(netns, at).unwrap_or_default(),
    };
    let Some(table) = table else { return String::new() };
    let mut rule = rule.clone();
    rule.matches.retain(|one| !matches!(one, Match::Comment(_)));
    let mut text = String::new();
    match write_rule(&mut text, table, "", &rule) {
        Ok(()) => text.trim_start_matches("-A").trim_start().to_owned(),
        Err(_) => String::new(),
    }
}

/// For every line: whether anything came of it (a verdict, a mark, a translation).
fn fruitful(lines: &[ChainLine]) -> Vec<bool> {
    let bears = |line: &ChainLine| {
        matches!(line.verdict, Some(verdict) if !matches!(verdict, Verdict::Jump(_) | Verdict::Goto(_) | Verdict::Return))
            || line.policy == Some(Policy::Drop)
    };
    let mut out = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let below = lines.iter().skip(index + 1).take_while(|next| next.table == line.table && next.depth > line.depth);
        out.push(bears(line) || (line.rule.is_some() && below.into_iter().any(bears)));
    }
    out
}

impl Panel {
    pub(crate) fn of(network: &Network, owner: &str, step: &Step, hop: &Hop) -> Self {
        let Some(netns) = network.get(hop.netns) else {
            return Self { title: owner.to_owned(), rows: Vec::new() };
        };
        let title = format!("{owner} · {}", place_name(netns, hop.place));
        let mut rows = Vec::new();
        for event in &hop.events {
            rows.extend(event_row(network, netns, step, hop, event));
        }
        let lines = chain_lines(hop, netns);
        let keep = fruitful(&lines);
        let mut folded = 0;
        let mut chain_rows = Vec::new();
        for (line, keep) in lines.iter().zip(keep) {
            if keep {
                chain_rows.push(chain_row(netns, hop, line))
            } else if line.rule.is_some() {
                folded += 1
            }
        }
        let room = ROWS.saturating_sub(rows.len()).max(3);
        if chain_rows.len() > room {
            let cut = chain_rows.len() - room;
            chain_rows.drain(..cut);
            folded += cut as u64;
        }
        let at = rows.iter().position(|row| row.class == "after").unwrap_or(rows.len());
        let tail = rows.split_off(at);
        rows.extend(chain_rows);
        rows.extend(tail);
        if folded > 0 {
            rows.push(Row {
                head: Label::Folded { count: folded }.into(),
                position: String::new(),
                skipped: 0,
                text: String::new(),
                class: "fold",
            });
        }
        Self { title, rows }
    }

    /// Height in pixels.
    pub(crate) fn height(&self) -> i32 {
        PAD * 2 + 22 + self.rows.iter().map(|row| row.height() + 2).sum::<i32>()
    }

    /// Draws the panel into the upper part of `room`.
    pub(crate) fn draw(&self, room: Rect, shapes: &mut Vec<Shape>) {
        let at = Rect::new(room.x, room.y, room.w, self.height().min(room.h));
        shapes.push(rect(at, 6, "panel"));
        shapes.push(start(at.x + 10, at.y + 19, at.w - 20, Face::Bold, "", self.title.as_str()));
        let mut y = at.y + PAD + 22;
        for row in &self.rows {
            if matches!(row.class, "hit" | "drop") {
                shapes.push(rect(
                    Rect::new(at.x + 4, y, at.w - 8, row.height()),
                    4,
                    if row.class == "hit" { "row hit" } else { "row drop" },
                ));
                shapes.push(rect(
                    Rect::new(at.x + 4, y, 4, row.height()),
                    2,
                    if row.class == "hit" { "bar hit" } else { "bar drop" },
                ));
            }
            let position = width(&row.position, Face::Mono);
            let right = at.right() - 12;
            let room = right - at.x - 14 - if position > 0 { position + 8 } else { 0 };
            shapes.push(start(at.x + 14, y + 14, room, Face::Mono, "head", row.head.clone()));
            if position > 0 {
                shapes.push(end(right, y + 14, position, Face::Mono, "count", row.position.as_str()));
            }
            // The position says how many were skipped; in words where there is room.
            let spare = room - row.head_width() - 12;
            if row.skipped > 0 && spare >= 72 {
                let label = Label::Skipped { count: row.skipped.into() };
                shapes.push(end(right - position - 12, y + 14, spare, Face::Sans, "count", label));
            }
            for (index, line) in row.lines().iter().enumerate() {
                let baseline = y + 14 + LINE * (index as i32 + 1);
                shapes.push(start(at.x + 22, baseline, at.w - 34, Face::Mono, "rule", line.as_str()));
            }
            y += row.height() + 2;
        }
    }
}

/// Where a rule found something in a map with a name: `@MAP { KEY }`.
fn looked_up(netns: &Netns, hop: &Hop, at: RuleRef) -> Option<String> {
    hop.events.iter().find_map(|event| match event {
        Event::NftLookup { rule, statement, key, hit } if *rule == at => {
            let found = lookup_text(netns, *rule, *statement, key, *hit)?;
            found.element.and(found.map).map(|map| format!("@{map} {{ {} }}", found.key))
        }
        _ => None,
    })
}

fn chain_row(netns: &Netns, hop: &Hop, line: &ChainLine) -> Row {
    let chain = netns.chain_name(line.table, line.chain).unwrap_or("?");
    let position = line.number().map_or(String::from("policy"), |number| format!("{number}/{}", line.of));
    let class = match line.verdict {
        Some(Verdict::Accept | Verdict::Nat | Verdict::Continue) => "hit",
        Some(Verdict::Drop | Verdict::Reject(_)) => "drop",
        Some(_) => "jump",
        None => "drop",
    };
    let shown = if line.table == TableName::Filter.into() || line.depth == 0 {
        format!("{} {chain}", netns.table_name(line.table))
    } else {
        chain.to_owned()
    };
    let head = match line.depth {
        0 => shown,
        _ => format!("› {shown}"),
    };
    // A jump says enough by the chain that follows it.
    let jumps = matches!(line.verdict, Some(Verdict::Jump(_) | Verdict::Goto(_)));
    let text = match line.rule {
        Some(rule) if jumps => looked_up(netns, hop, rule).unwrap_or_default(),
        Some(rule) => rule_text(netns, rule),
        None => String::from("DROP"),
    };
    Row { head: head.into(), position, skipped: line.skipped_count(), text, class }
}

/// Lengths of pieces as IP packets.
fn sizes(all: &[Fragment]) -> String {
    all.iter().map(|piece| (20 + piece.len).to_string()).collect::<Vec<_>>().join(" + ")
}

fn event_row(network: &Network, netns: &Netns, step: &Step, hop: &Hop, event: &Event) -> Option<Row> {
    let row = |head: &str, text: String, class: &'static str| {
        Some(Row { head: head.into(), position: String::new(), skipped: 0, text, class })
    };
    let name = |link: LinkId| link_name(netns, link);
    match event {
        Event::SocketSend => row("socket", from_to(hop), "hit"),
        Event::Route { table, route, kind, .. } => {
            let stops = matches!(kind, RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit);
            let head = format!("ip route · {}", table_name(*table));
            row(&head, route_text(netns, *route), if stops { "drop" } else { "hit" })
        }
        Event::NoRoute { dst } => row("ip route", format!("{dst}: unreachable"), "drop"),
        Event::Conntrack { entry, state, action, .. } => {
            let state = match state {
                CtState::New => "NEW",
                CtState::Established => "ESTABLISHED",
                CtState::Related => "RELATED",
            };
            if *action == CtAction::Confirmed {
                return None;
            }
            let made = step.badges.iter().find(|badge| badge.entry == *entry).map(|badge| badge_text(badge.number));
            let head = format!("conntrack {state} {}", made.unwrap_or_default());
            row(head.trim_end(), String::new(), "")
        }
        Event::ConntrackInvalid => row("conntrack INVALID", String::new(), ""),
        Event::Nat { kind, by: NatBy::Conntrack(_), .. } => {
            let badge = step.badges.first().map(|badge| badge_text(badge.number)).unwrap_or_default();
            let (before, after) = (&hop.before.packet, &hop.after.packet);
            let (old, new) = match kind {
                NatKind::Source => (before.source(), after.source()),
                NatKind::Destination => (before.destination(), after.destination()),
            };
            row(&format!("conntrack {badge} NAT"), format!("{old} → {new}"), "hit")
        }
        Event::Neighbour { ip, mac, dev, known } => {
            let known = if *known == NeighbourSource::Configured { "PERMANENT" } else { "REACHABLE" };
            row("ip neigh", format!("{ip} dev {} lladdr {mac} {known}", name(*dev)), "hit")
        }
        Event::Arp { ip, dev, mac, .. } => row(&format!("arp · {}", name(*dev)), format!("{ip} is-at {mac}"), "hit"),
        Event::ArpFailed { ip, dev } => row(&format!("arp · {}", name(*dev)), format!("{ip} FAILED"), "drop"),
        Event::FdbHit { mac, port, .. } => row("bridge fdb", format!("{mac} dev {}", name(*port)), "hit"),
        Event::FdbLearn { mac, port, .. } => row("bridge fdb +", format!("{mac} dev {}", name(*port)), ""),
        Event::FdbFlood { mac, ports, .. } => row("bridge flood", format!("{mac} × {}", ports.len()), ""),
        Event::Copied { copies, .. } => row("bridge copy", format!("× {}", copies.len()), ""),
        Event::Transmit { dev, to } => {
            let far = network.get(to.netns);
            let peer = far.map_or(String::new(), |far| format!("{}@{}", link_name(far, to.link), far.name));
            row("xmit", format!("{} → {peer}", name(*dev)), "after")
        }
        Event::Fragmented { mtu, sizes } => {
            let sizes = sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
            row(&format!("mtu {mtu}"), format!("→ {sizes}"), "after")
        }
        Event::PiecesLost { mtu, lost, passed, .. } if passed.is_empty() => {
            row(&format!("mtu {mtu}"), format!("✕ {}", sizes(lost)), "drop")
        }
        Event::PiecesLost { mtu, lost, passed, .. } => {
            row(&format!("mtu {mtu}"), format!("✕ {} · → {}", sizes(lost), sizes(passed)), "drop")
        }
        Event::Reassembled { pieces } => row("defrag", format!("{pieces} → 1"), ""),
        Event::Encapsulated { dev, mac, remote, vni, .. } => {
            row("vxlan fdb", format!("{mac} dev {} dst {remote} · vni {vni}", name(*dev)), "hit")
        }
        Event::Decapsulated { dev, vni, .. } => row("vxlan", format!("vni {vni} → {}", name(*dev)), "after"),
        Event::Deliver(delivery) => {
            let what = match delivery {
                Delivery::Accepted { .. } => "accept",
                Delivery::Datagram { .. } => "recv",
                Delivery::Answer { .. } => "answer",
                Delivery::Established { .. } => "ESTABLISHED",
                Delivery::Failed { errno, .. } => errno.name(),
                Delivery::Echo => "echo",
            };
            let class = if matches!(delivery, Delivery::Failed { .. }) { "drop" } else { "hit" };
            row(&format!("socket · {what}"), from_to(hop), class)
        }
        Event::Answered(_) if hop.place == Place::Socket && hop.in_dev.is_none() => row("socket", from_to(hop), "hit"),
        Event::NatSkipped { .. } => Some(Row {
            head: Label::NatSkipped.into(),
            position: String::new(),
            skipped: 0,
            text: String::new(),
            class: "fold",
        }),
        Event::Assumed(Assumed::MatchSkipped { module, .. }) => row("? match", format!("-m {module}"), ""),
        Event::Assumed(Assumed::WithinLimit { .. }) => row("? match", "-m limit".to_owned(), ""),
        Event::Assumed(Assumed::TargetSkipped { target, .. }) => row("? target", format!("-j {target}"), ""),
        _ => None,
    }
}
