//! What is open beside the rail at one step: the chains with the rule that hit, the route, the forwarding entry …

use super::card::ends;
use super::geometry::Rect;
use super::shape::{Say, Shape, end, rect, start};
use super::text::{Face, width};
use super::words::Label;
use kernel::config::xtables::Match;
use kernel::config::{AnyRule, Policy, RouteKind, TableId};
use kernel::ids::{LinkId, TableName, TableRef};
use kernel::packet::Fragment;
use kernel::walk::{CtAction, Delivery, NatKind, NeighbourSource, Place, Verdict};
use sim_core::facts::{
    ChainAt, Fact, FdbAction, NotTracked, RouteAt, RuleAt, Tracking, Unmodelled, Visit, What, badge_text,
};
use sim_core::print::iptables::write_rule;

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

fn place_name(visit: &Visit<'_>) -> String {
    let name = |link: LinkId| visit.namespace.device(link).name();
    match visit.place {
        Place::Socket => String::from("socket"),
        Place::Routing => String::from("routing"),
        Place::Hook { hook, bridge: None } => hook.to_string(),
        Place::Hook { hook, bridge: Some(bridge) } => format!("{hook} (bridge-nf {})", name(bridge)),
        Place::Ingress(link) => format!("{} ←", name(link)),
        Place::Bridge(link) => name(link).to_owned(),
        Place::Egress(link) => format!("{} →", name(link)),
    }
}

/// `SOURCE → DESTINATION` of the packet that leaves a place.
fn from_to(visit: &Visit<'_>) -> String {
    let (src, dst) = ends(&visit.after.packet);
    format!("{src} → {dst}")
}

fn route_text(route: RouteAt<'_>) -> String {
    // The head says which table; who wrote it and its scope are a matter for the list.
    let text = route.text().unwrap_or_default();
    text.split(" table ").next().unwrap_or_default().split(" proto ").next().unwrap_or_default().to_owned()
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
fn rule_text(at: RuleAt<'_>) -> String {
    let (table, rule) = match (at.at.table, at.config()) {
        (TableRef::Xtables(name), Some(AnyRule::Xtables(rule))) => {
            (at.namespace.config().and_then(|netns| netns.xtables.tables.get(&name)), rule)
        }
        _ => return at.text().unwrap_or_default(),
    };
    let Some(table) = table else { return String::new() };
    let mut rule = rule.clone();
    rule.matches.retain(|one| !matches!(one, Match::Comment(_)));
    let mut text = String::new();
    // A chain without a name would be written in quotes.
    match write_rule(&mut text, table, "c", &rule) {
        Ok(()) => text.trim_start_matches("-A c").trim().to_owned(),
        Err(_) => String::new(),
    }
}

/// What a rule did; `None` for the end of a chain.
fn verdict(fact: &Fact<'_>) -> Option<Verdict> {
    match &fact.what {
        What::Rule { verdict, .. } => Some(verdict.verdict),
        _ => None,
    }
}

/// A rule that matched, or the end of a chain, with the chain.
fn chain_of<'a>(fact: &Fact<'a>) -> Option<ChainAt<'a>> {
    match &fact.what {
        What::Rule { chain, .. } | What::ChainEnd { chain, .. } => Some(*chain),
        _ => None,
    }
}

/// For every line: whether anything came of it (a verdict, a mark, a translation).
fn fruitful(lines: &[(ChainAt<'_>, &Fact<'_>)]) -> Vec<bool> {
    let bears = |fact: &Fact<'_>| match &fact.what {
        What::ChainEnd { policy, .. } => *policy == Some(Policy::Drop),
        _ => !matches!(verdict(fact), Some(Verdict::Jump(_) | Verdict::Goto(_) | Verdict::Return)),
    };
    let mut out = Vec::with_capacity(lines.len());
    for (index, (chain, fact)) in lines.iter().enumerate() {
        let inside = |(below, next): &&(ChainAt<'_>, &Fact<'_>)| below.table == chain.table && next.depth > fact.depth;
        let mut below = lines.iter().skip(index + 1).take_while(inside);
        out.push(bears(fact) || (fact.rule().is_some() && below.any(|(_, next)| bears(next))));
    }
    out
}

impl Panel {
    pub(crate) fn of(owner: &str, visit: &Visit<'_>, facts: &[Fact<'_>]) -> Self {
        if visit.namespace.config().is_none() {
            return Self { title: owner.to_owned(), rows: Vec::new() };
        }
        let title = format!("{owner} · {}", place_name(visit));
        let mut rows: Vec<Row> = facts.iter().filter_map(|fact| fact_row(visit, fact)).collect();
        let lines: Vec<_> = facts.iter().filter_map(|fact| Some((chain_of(fact)?, fact))).collect();
        let keep = fruitful(&lines);
        let mut folded = 0;
        let mut chain_rows = Vec::new();
        for ((chain, fact), keep) in lines.into_iter().zip(keep) {
            if keep {
                chain_rows.push(chain_row(facts, chain, fact))
            } else if fact.rule().is_some() {
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
fn looked_up(facts: &[Fact<'_>], at: RuleAt<'_>) -> Option<String> {
    facts.iter().find_map(|fact| match &fact.what {
        What::Lookup { rule, lookup, .. } if rule.at == at.at => {
            let found = lookup.text();
            found.element.and(found.map).map(|map| format!("@{map} {{ {} }}", found.key))
        }
        _ => None,
    })
}

fn chain_row(facts: &[Fact<'_>], chain: ChainAt<'_>, fact: &Fact<'_>) -> Row {
    let (rule, verdict) = (fact.rule(), verdict(fact));
    let position = rule.map_or(String::from("policy"), |rule| format!("{}/{}", rule.number(), chain.rules()));
    let class = match verdict {
        Some(Verdict::Accept | Verdict::Nat | Verdict::Continue) => "hit",
        Some(Verdict::Drop | Verdict::Reject(_)) => "drop",
        Some(_) => "jump",
        None => "drop",
    };
    let shown = if chain.table == TableName::Filter.into() || fact.depth == 0 {
        format!("{} {}", chain.table_name(), chain.name())
    } else {
        chain.name().to_owned()
    };
    let head = match fact.depth {
        0 => shown,
        _ => format!("› {shown}"),
    };
    // A jump says enough by the chain that follows it.
    let jumps = matches!(verdict, Some(Verdict::Jump(_) | Verdict::Goto(_)));
    let text = match rule {
        Some(rule) if jumps => looked_up(facts, rule).unwrap_or_default(),
        Some(rule) => rule_text(rule),
        None => String::from("DROP"),
    };
    let skipped = fact.skipped().iter().map(|run| run.count).sum();
    Row { head: head.into(), position, skipped, text, class }
}

/// Lengths of pieces as IP packets.
fn sizes(all: &[Fragment]) -> String {
    all.iter().map(|piece| (20 + piece.len).to_string()).collect::<Vec<_>>().join(" + ")
}

fn fact_row(visit: &Visit<'_>, fact: &Fact<'_>) -> Option<Row> {
    let row = |head: &str, text: String, class: &'static str| {
        Some(Row { head: head.into(), position: String::new(), skipped: 0, text, class })
    };
    match &fact.what {
        What::Send => row("socket", from_to(visit), "hit"),
        What::Route { table, route, kind, .. } => {
            let stops = matches!(kind, RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit);
            let head = format!("ip route · {}", table_name(*table));
            row(&head, route_text(*route), if stops { "drop" } else { "hit" })
        }
        What::NoRoute { dst } => row("ip route", format!("{dst}: unreachable"), "drop"),
        What::Conntrack(Tracking::Known { action: CtAction::Confirmed, .. }) => None,
        What::Conntrack(Tracking::Known { state, .. }) => {
            let badge = fact.badge.map(badge_text).unwrap_or_default();
            row(format!("conntrack {state} {badge}").trim_end(), String::new(), "")
        }
        What::Conntrack(Tracking::Unknown { state: NotTracked::Invalid }) => {
            row("conntrack INVALID", String::new(), "")
        }
        What::Nat { kind, entry: Some(_), .. } => {
            let badge = visit.badges.first().map(|badge| badge_text(badge.number)).unwrap_or_default();
            let (before, after) = (&visit.before.packet, &visit.after.packet);
            let (old, new) = match kind {
                NatKind::Source => (before.source(), after.source()),
                NatKind::Destination => (before.destination(), after.destination()),
            };
            row(&format!("conntrack {badge} NAT"), format!("{old} → {new}"), "hit")
        }
        What::Neigh { ip, mac, dev, known } => {
            let known = if *known == NeighbourSource::Configured { "PERMANENT" } else { "REACHABLE" };
            row("ip neigh", format!("{ip} dev {} lladdr {mac} {known}", dev.name()), "hit")
        }
        What::Arp { ip, dev, mac, proxy, cause, .. } => {
            let by = match (cause, proxy) {
                (Some(_), _) => " · process",
                (None, true) => " · proxy",
                (None, false) => "",
            };
            row(&format!("arp · {}", dev.name()), format!("{ip} is-at {mac}{by}"), "hit")
        }
        What::ArpFailed { ip, dev } => row(&format!("arp · {}", dev.name()), format!("{ip} FAILED"), "drop"),
        What::Fdb { action, mac, ports, .. } => {
            let port = ports.first().map_or("", |port| port.name());
            match action {
                FdbAction::Hit => row("bridge fdb", format!("{mac} dev {port}"), "hit"),
                FdbAction::Learn => row("bridge fdb +", format!("{mac} dev {port}"), ""),
                FdbAction::Flood => row("bridge flood", format!("{mac} × {}", ports.len()), ""),
            }
        }
        What::Copies { copies, .. } => row("bridge copy", format!("× {}", copies.len()), ""),
        What::Xmit { dev, to } => {
            let far = to.namespace.config();
            let peer = far.map_or(String::new(), |far| format!("{}@{}", to.name(), far.name));
            row("xmit", format!("{} → {peer}", dev.name()), "after")
        }
        What::Fragment { mtu, sizes } => {
            let sizes = sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
            row(&format!("mtu {mtu}"), format!("→ {sizes}"), "after")
        }
        What::FragmentsLost { mtu, lost, passed: [], .. } => {
            row(&format!("mtu {mtu}"), format!("✕ {}", sizes(lost)), "drop")
        }
        What::FragmentsLost { mtu, lost, passed, .. } => {
            row(&format!("mtu {mtu}"), format!("✕ {} · → {}", sizes(lost), sizes(passed)), "drop")
        }
        What::FragmentSeen { offset, size } => {
            row("fragment", format!("{offset} + {size}"), if *offset == 0 { "" } else { "after" })
        }
        What::FragmentDropped { offset, size, .. } => row("fragment", format!("✕ {offset} + {size}"), "drop"),
        What::Reassemble { pieces } => row("defrag", format!("{pieces} → 1"), ""),
        What::Encap { dev, mac, remote, vni, .. } => {
            row("vxlan fdb", format!("{mac} dev {} dst {remote} · vni {vni}", dev.name()), "hit")
        }
        What::Decap { dev, vni, .. } => row("vxlan", format!("vni {vni} → {}", dev.name()), "after"),
        What::EncapIp { dev, remote, ttl, .. } => {
            row("ipip", format!("dev {} → {remote} · ttl {ttl}", dev.name()), "hit")
        }
        What::DecapIp { dev, remote } => row("ipip", format!("{remote} → {}", dev.name()), "after"),
        What::Deliver { delivery, .. } => {
            let what = match delivery {
                Delivery::Accepted { .. } => "accept",
                Delivery::Datagram { .. } => "recv",
                Delivery::Answer { .. } => "answer",
                Delivery::Established { .. } => "ESTABLISHED",
                Delivery::Data { .. } => "recv",
                Delivery::Finished { .. } => "FIN",
                Delivery::Closed { .. } => "CLOSED",
                Delivery::Told { .. } => "MTU",
                Delivery::Noted { .. } => "noted",
                Delivery::Failed { errno, .. } => errno.name(),
                Delivery::Echo => "echo",
            };
            let class = if matches!(delivery, Delivery::Failed { .. }) { "drop" } else { "hit" };
            row(&format!("socket · {what}"), from_to(visit), class)
        }
        What::Answer(_) if visit.place == Place::Socket && visit.in_dev.is_none() => {
            row("socket", from_to(visit), "hit")
        }
        What::NatSkipped { .. } => Some(Row {
            head: Label::NatSkipped.into(),
            position: String::new(),
            skipped: 0,
            text: String::new(),
            class: "fold",
        }),
        What::Assumed(Unmodelled::Match { module, .. }) => row("? match", format!("-m {module}"), ""),
        What::Assumed(Unmodelled::Limit { .. }) => row("? match", "-m limit".to_owned(), ""),
        What::Assumed(Unmodelled::Target { target, .. }) => row("? target", format!("-j {target}"), ""),
        _ => None,
    }
}
