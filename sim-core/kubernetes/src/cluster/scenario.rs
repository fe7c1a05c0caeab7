//! What a Scenario says of nodes: sysctls, and rules as an administrator would add them.

use super::context::Context;
use super::listen::scenarios;
use super::model::{Node, NodeId, NodeRules, NodeSaid, NodeSysctl, RuleLine, Settings};
use super::options::Options;
use crate::assumption::{About, Because, codes as assumed};
use crate::diagnostic::codes;
use crate::manifest::objects::{ExtraArgs, Text};
use crate::origin::{Location, ObjectRef, Span, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether bridged packets meet the rules; `--bridge-nf` wins over it.
const BRIDGE_NF: &str = "net.bridge.bridge-nf-call-iptables";
/// Sysctls of the whole namespace that the interpreter follows.
const WHOLE: [&str; 4] = ["net.ipv4.ip_forward", BRIDGE_NF, "net.ipv4.ip_no_pmtu_disc", "net.ipv4.ipfrag_time"];
/// Those of a device, or of all.
const DEVICE: [&str; 5] = ["rp_filter", "arp_ignore", "proxy_arp", "accept_local", "route_localnet"];

/// Reads the parts about nodes; what is not followed has no verdict on that node.
pub(super) fn nodes(
    context: &mut Context<'_>,
    options: &Options,
    settings: &Settings,
    nodes: &[Node],
) -> BTreeMap<NodeId, NodeSaid> {
    let devices = settings.data_path.info().devices;
    let mut all: BTreeMap<NodeId, NodeSaid> = BTreeMap::new();
    for document in scenarios(context) {
        let object = &document.object;
        for (index, entry) in document.value.nodes.iter().enumerate() {
            let of = &entry.value;
            let Some(name) = &of.name else {
                let found = context.finding(codes::MISSING_FIELD, context.first_line(entry.span), object);
                context.report(found.arg("path", format!("nodes[{index}].name")));
                continue;
            };
            let Some(node) = nodes.iter().position(|node| node.name == name.value) else {
                let found = context.finding(codes::SCENARIO_NODE, name.span, object);
                context.report(found.arg("node", &*name.value));
                continue;
            };
            let place = Place { object, path: &format!("nodes[{index}]"), name: &name.value };
            let own = kernel(context, options, place, of.sysctl.as_ref(), of.rules.as_ref(), &|device| {
                devices.contains(&device)
            });
            let said = all.entry(NodeId(node as u32)).or_default();
            said.sysctls.extend(own.sysctls);
            said.rules.extend(own.rules);
        }
    }
    all
}

/// A machine of a Scenario.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) object: &'a ObjectRef,
    /// Its field, e.g. `nodes[0]`.
    pub(super) path: &'a str,
    pub(super) name: &'a Arc<str>,
}

/// What is said of a machine's kernel; what is not followed has no verdict there. `devices`: whether it may have a device of that name.
pub(super) fn kernel(
    context: &mut Context<'_>,
    options: &Options,
    place: Place<'_>,
    sysctl: Option<&Spanned<ExtraArgs>>,
    rules: Option<&Spanned<Text>>,
    devices: &dyn Fn(&str) -> bool,
) -> NodeSaid {
    let Place { object, path: of, name } = place;
    let mut said = NodeSaid::default();
    let because = |field: String, at: Option<Location>| Because {
        object: Some(object.clone()),
        field: Some(Arc::from(field)),
        location: at,
    };
    let mut left: Vec<(String, Span)> = Vec::new();
    for arg in sysctl.iter().flat_map(|sysctl| &sysctl.value.0) {
        let path = format!("{of}.sysctl.{}", arg.name);
        let Some(known) = followed(&arg.name, devices) else {
            let found = context.finding(codes::SCENARIO_SYSCTL, arg.value.span, object);
            context.report(found.arg("name", &*arg.name).arg("node", &**name));
            left.push((path, arg.value.span));
            continue;
        };
        let Ok(value) = arg.value.value.trim().parse::<u32>() else {
            let found = context.finding(codes::OUT_OF_RANGE, arg.value.span, object);
            context.report(found.arg("path", &*path).arg("value", &*arg.value.value));
            left.push((path, arg.value.span));
            continue;
        };
        if *known == *BRIDGE_NF && options.bridge_nf.is_some() {
            continue;
        }
        let because = because(path, context.at(arg.value.span));
        said.sysctls.push(NodeSysctl { name: known, value, because });
    }
    if let Some(text) = rules.filter(|text| !text.value.trim().is_empty()) {
        let path = format!("{of}.rules");
        let (nft, lines) = (is_nft(&text.value), placed(context, text));
        let lines = if nft { as_script(lines) } else { as_dump(lines) };
        let because = because(path, context.at(text.span));
        said.rules.push(NodeRules { lines, nft, because, span: text.span });
    }
    for (part, span) in left {
        let made = assumed::SCENARIO_PART.made().arg("part", &*part).about(About::Node(name.clone()));
        let at = context.at(span);
        context.assume(made.because_at(object.clone(), &part, at));
    }
    said
}

/// The name that the interpreter reads a sysctl by, if it does. `conf.all.forwarding` and `ip_forward` are one variable
/// (`devinet_sysctl_forward` in net/ipv4/devinet.c).
fn followed(name: &str, devices: &dyn Fn(&str) -> bool) -> Option<Arc<str>> {
    let name = name.trim().replace('/', ".");
    if name == "net.ipv4.conf.all.forwarding" {
        return Some(Arc::from("net.ipv4.ip_forward"));
    }
    let of_device = || {
        let (device, leaf) = name.strip_prefix("net.ipv4.conf.")?.rsplit_once('.')?;
        let known = ["all", "lo", "eth0"].contains(&device) || devices(device);
        (known && DEVICE.contains(&leaf)).then_some(())
    };
    (WHOLE.contains(&&*name) || of_device().is_some()).then(|| Arc::from(name))
}

/// True for text of nft(8): a script, or commands.
fn is_nft(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next().is_some_and(|first| {
        let word = first.split_whitespace().next().unwrap_or_default();
        ["table", "add", "insert", "nft", "flush", "chain", "define"].contains(&word)
    })
}

/// The lines of a text with their places.
fn placed(context: &Context<'_>, text: &Spanned<Text>) -> Vec<RuleLine> {
    let span = text.span;
    let source = context.parsed.sources.get(span.source.0 as usize).map_or("", |source| &*source.text);
    let raw = source.get(span.start as usize..span.end as usize).unwrap_or_default();
    let mut from = 0;
    let line = |line: &str| {
        let bare = line.trim();
        let found = raw.get(from..).filter(|_| !bare.is_empty()).and_then(|rest| rest.find(bare));
        let own = match found {
            Some(at) => {
                let start = from + at;
                from = start + bare.len();
                Span { start: span.start + start as u32, end: span.start + from as u32, ..span }
            }
            None => span,
        };
        RuleLine { text: Arc::from(line), location: context.at(own), span: own }
    };
    text.value.lines().map(line).collect()
}

/// The lines of a script for nft(8): commands without the tool's name.
fn as_script(lines: Vec<RuleLine>) -> Vec<RuleLine> {
    let bare = |line: RuleLine| {
        let own = line.text.trim();
        let own = own.strip_prefix("sudo ").unwrap_or(own).trim_start();
        match own.strip_prefix("nft ") {
            Some(command) => RuleLine { text: Arc::from(command.trim_matches(['\'', '"', ' '])), ..line },
            None => line,
        }
    };
    lines.into_iter().map(bare).collect()
}

/// Single commands as the dump that does the same: `iptables` left out, each between the lines of its table (`filter` without `-t`).
fn as_dump(lines: Vec<RuleLine>) -> Vec<RuleLine> {
    if lines.iter().any(|line| line.text.trim_start().starts_with('*')) {
        return lines;
    }
    let mut all: Vec<RuleLine> = Vec::new();
    for line in lines {
        let mut rest = line.text.trim();
        if rest.is_empty() || rest.starts_with('#') {
            continue;
        }
        for word in ["sudo ", "iptables "] {
            rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
        }
        let (table, rule) = table_of(rest);
        let added = |text: String| RuleLine { text: Arc::from(text), ..line.clone() };
        all.extend([added(format!("*{table}")), added(rule), added("COMMIT".to_owned())]);
    }
    all
}

/// The table of a command, and the command without it. Words in quotes are left alone.
fn table_of(command: &str) -> (&str, String) {
    for option in ["-t ", "--table "] {
        let starts = command.starts_with(option).then_some(0);
        let inside = || command.find(&format!(" {option}")).map(|at| at + 1);
        let Some(at) = starts.or_else(inside) else { continue };
        let (before, after) =
            (command.get(..at).unwrap_or_default(), command.get(at + option.len()..).unwrap_or_default());
        if before.contains(['"', '\'']) {
            continue;
        }
        let after = after.trim_start();
        let (table, rest) = after.split_once(' ').unwrap_or((after, ""));
        return (table, format!("{}{}", before, rest.trim_start()));
    }
    ("filter", command.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_nft, table_of};

    #[test]
    fn a_command_names_its_table() {
        for (command, table, rule) in [
            ("-A INPUT -j DROP", "filter", "-A INPUT -j DROP"),
            ("-t nat -A POSTROUTING -j MASQUERADE", "nat", "-A POSTROUTING -j MASQUERADE"),
            ("-A POSTROUTING -t nat -j MASQUERADE", "nat", "-A POSTROUTING -j MASQUERADE"),
            (
                "-A INPUT -m comment --comment \"a -t b\" -j DROP",
                "filter",
                "-A INPUT -m comment --comment \"a -t b\" -j DROP",
            ),
        ] {
            assert_eq!(table_of(command), (table, rule.to_owned()), "{command}");
        }
    }

    #[test]
    fn text_of_nft_is_told_from_rules() {
        assert!(is_nft("# mine\ntable ip filter {\n}") && is_nft("nft add rule ip filter INPUT drop"));
        assert!(!is_nft("-A INPUT -j DROP") && !is_nft("*filter\n-A INPUT -j DROP\nCOMMIT"));
    }
}
