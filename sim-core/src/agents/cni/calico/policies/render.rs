//! Rules of Calico's data model as rules of iptables (`ProtoRuleToIptablesRules`). What one rule cannot say at once, lists of networks or more
//! ports than `multiport` takes, is put together with marks: each block of rules says whether its part matches.

use super::super::marks::{Marks, clear, set};
use super::compile::{Match, Side};
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::policy::{Action, Icmp};

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
    let mut not_nets: [&[IpNet]; 2] = [&one.source.not_nets, &one.destination.not_nets];
    for ((side, end), not) in sides.iter().zip(&mut not_nets) {
        let single = if side.nets.len() == 1 { 1 } else { 0 };
        if single + not.len() > 1 && !not.is_empty() {
            blocks.none(not.iter().map(|net| format!("{} {net}", end.net)));
            *not = &[];
        }
    }
    for ((side, end), with_ports) in sides.iter().zip(ports_left) {
        rest.extend(wanted(side, end, with_ports));
    }
    rest.extend(one.icmp.map(|icmp| written_icmp(icmp, "")));
    rest.extend(one.not_protocol.map(|not| format!("! {}", protocol(not))));
    for ((side, end), nets) in sides.iter().zip(not_nets) {
        rest.extend(unwanted(side, end, nets));
    }
    rest.extend(one.not_icmp.map(|icmp| written_icmp(icmp, "! ")));
    if blocks.begun {
        rest.push(format!("-m mark --mark {0:#x}/{0:#x}", marks.scratch0));
    }
    let (mark, then) = match one.action {
        Action::Allow => (marks.accept, "RETURN"),
        Action::Pass => (marks.pass, "RETURN"),
        Action::Deny => (marks.drop, "DROP"),
        Action::Log => {
            rest.push("--jump LOG --log-prefix \"calico-packet: \" --log-level 5".to_owned());
            let mut all = blocks.rules;
            all.push(rest.join(" "));
            return all;
        }
    };
    rest.push(set(mark));
    let mut all = blocks.rules;
    all.push(rest.join(" "));
    all.push(format!("-m mark --mark {mark:#x}/{mark:#x} --jump {then}"));
    all
}

/// What one rule asks of one end.
fn wanted(side: &Side, end: &End, with_ports: bool) -> Vec<String> {
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
    all
}

/// What one end may not be.
fn unwanted(side: &Side, end: &End, nets: &[IpNet]) -> Vec<String> {
    let mut all: Vec<String> = nets.iter().map(|net| format!("! {} {net}", end.net)).collect();
    all.extend(side.not_sets.iter().map(|name| format!("-m set ! --match-set {name} {}", end.set)));
    let splits = splits(&side.not_ports);
    all.extend(splits.iter().map(|split| format!("-m multiport ! {} {}", end.ports, written(split))));
    all.extend(side.not_named.iter().map(|name| format!("-m set ! --match-set {name} {0},{0}", end.set)));
    all
}

fn both(name: &str, end: &End) -> String {
    format!("-m set --match-set {name} {0},{0}", end.set)
}

fn protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::Other(number) => format!("-p {number}"),
        known => format!("-p {}", known.to_string().to_ascii_lowercase()),
    }
}

fn written_icmp(icmp: Icmp, not: &str) -> String {
    let kind = icmp.kind;
    let code = icmp.code.map(|code| format!("/{code}")).unwrap_or_default();
    format!("-m icmp {not}--icmp-type {kind}{code}")
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
