//! Rules of Calico's data model as rules of iptables (`ProtoRuleToIptablesRules`). What one rule cannot say at once, lists of networks or more
//! ports than `multiport` takes, is put together with marks: each block of rules says whether its part matches.

use super::super::marks::{Marks, clear, set};
use super::compile::{Match, Side};
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::policy::Action;

/// Slots of a `multiport` match; a range takes two.
const SLOTS: usize = 15;

/// The two ends, as options call them.
struct End {
    net: &'static str,
    ports: &'static str,
    set: &'static str,
}

const SOURCE: End = End { net: "--source", ports: "--source-ports", set: "src" };
const DESTINATION: End = End { net: "--destination", ports: "--destination-ports", set: "dst" };

/// Blocks that are put together.
struct Blocks<'m> {
    marks: &'m Marks,
    rules: Vec<String>,
    begun: bool,
    positive: bool,
}

impl Blocks<'_> {
    fn begin(&mut self, set: u32) {
        if !self.begun {
            self.rules
                .push(format!("--jump MARK --set-mark {set:#x}/{:#x}", self.marks.scratch0 | self.marks.scratch1));
            self.begun = true;
        }
    }

    /// One of these has to match.
    fn any(&mut self, matches: impl Iterator<Item = String>) {
        self.begin(0);
        let mark = if self.positive { self.marks.scratch1 } else { self.marks.scratch0 };
        self.rules.extend(matches.map(|one| format!("{one} {}", set(mark))));
        if self.positive {
            self.rules.push(format!("-m mark --mark 0/{:#x} {}", self.marks.scratch1, clear(self.marks.scratch0)));
        }
        self.positive = true;
    }

    /// None of these may match.
    fn none(&mut self, matches: impl Iterator<Item = String>) {
        self.begin(self.marks.scratch0);
        let mark = self.marks.scratch0;
        self.rules.extend(matches.map(|one| format!("{one} {}", clear(mark))));
    }
}

/// The rules of one rule. What returns at the end of a chain is left to the chain.
pub(super) fn rules(marks: &Marks, one: &Match) -> Vec<String> {
    let mut blocks = Blocks { marks, rules: Vec::new(), begun: false, positive: false };
    let mut rest: Vec<String> = one.protocol.map(protocol).into_iter().collect();
    let sides = [(&one.source, SOURCE), (&one.destination, DESTINATION)];
    let mut own = [Vec::new(), Vec::new()];
    // Ports of both ends first, then networks, then what is taken out of them: positive blocks stand before negative ones.
    let mut ports_left = [true, true];
    for (at, (side, end)) in sides.iter().enumerate() {
        let splits = splits(&side.ports);
        if splits.len() + side.named.len() > 1 {
            let by_number = splits.iter().map(|split| {
                let ports = format!("-m multiport {} {}", end.ports, written(split));
                [one.protocol.map(protocol), Some(ports)].into_iter().flatten().collect::<Vec<_>>().join(" ")
            });
            let by_name = side.named.iter().map(|name| both(name, end));
            blocks.any(by_number.chain(by_name));
            ports_left[at] = false;
        }
    }
    for (side, end) in &sides {
        if side.nets.len() > 1 {
            blocks.any(side.nets.iter().map(|net| format!("{} {net}", end.net)));
        }
    }
    for (at, (side, end)) in sides.iter().enumerate() {
        let single = if side.nets.len() == 1 { 1 } else { 0 };
        let in_block = single + side.not_nets.len() > 1;
        if in_block && !side.not_nets.is_empty() {
            blocks.none(side.not_nets.iter().map(|net| format!("{} {net}", end.net)));
        }
        let not: &[IpNet] = if in_block { &[] } else { &side.not_nets };
        own[at] = self::side(side, end, ports_left[at], not);
    }
    let [source, destination] = own;
    let (source, not_source) = source.into_iter().partition::<Vec<String>, _>(|one| !one.starts_with('!'));
    let (destination, not_destination) =
        destination.into_iter().partition::<Vec<String>, _>(|one| !one.starts_with('!'));
    rest.extend(source);
    rest.extend(destination);
    rest.extend(not_source);
    rest.extend(not_destination);
    if blocks.begun {
        rest.push(format!("-m mark --mark {0:#x}/{0:#x}", marks.scratch0));
    }
    let mark = match one.action {
        Action::Allow => marks.accept,
        Action::Pass => marks.pass,
        Action::Deny => marks.drop,
    };
    let then = match one.action {
        Action::Deny => "DROP",
        Action::Allow | Action::Pass => "RETURN",
    };
    rest.push(set(mark));
    let mut all = blocks.rules;
    all.push(rest.join(" "));
    all.push(format!("-m mark --mark {mark:#x}/{mark:#x} --jump {then}"));
    all
}

/// What one rule says of one end.
fn side(side: &Side, end: &End, with_ports: bool, not: &[IpNet]) -> Vec<String> {
    let mut all = Vec::new();
    if let [net] = side.nets.as_slice() {
        all.push(format!("{} {net}", end.net));
    }
    all.extend(side.sets.iter().map(|name| format!("-m set --match-set {name} {}", end.set)));
    if with_ports {
        if !side.ports.is_empty() {
            all.push(format!("-m multiport {} {}", end.ports, written(&side.ports)));
        }
        all.extend(side.named.iter().map(|name| both(name, end)));
    }
    all.extend(not.iter().map(|net| format!("! {} {net}", end.net)));
    all
}

fn both(name: &str, end: &End) -> String {
    format!("-m set --match-set {name} {0},{0}", end.set)
}

fn protocol(protocol: Protocol) -> String {
    format!("-p {}", protocol.to_string().to_ascii_lowercase())
}

/// Ranges as `multiport` takes them.
fn written(ports: &[(u16, u16)]) -> String {
    let one = |(first, last): &(u16, u16)| match first == last {
        true => first.to_string(),
        false => format!("{first}:{last}"),
    };
    ports.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Lists that a `multiport` match has room for (`SplitPortList`).
fn splits(ports: &[(u16, u16)]) -> Vec<Vec<(u16, u16)>> {
    let mut all: Vec<Vec<(u16, u16)>> = Vec::new();
    let mut left = 0;
    for range in ports {
        let needs = if range.0 == range.1 { 1 } else { 2 };
        if left < needs {
            all.push(Vec::new());
            left = SLOTS;
        }
        left -= needs;
        if let Some(split) = all.last_mut() {
            split.push(*range);
        }
    }
    all
}
