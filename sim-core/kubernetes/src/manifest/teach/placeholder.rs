//! Values that somebody still has to fill in: `${VERSION}`, `<your-name>`, `X.X.X.X`.
//!
//! The rest is read as if something stood there: a name made of the placeholder's own, nothing where an address or a number
//! is wanted. Where a port is needed, its default stands in, else a number made of the placeholder's name, the same wherever that
//! stands; what is more than a placeholder there leaves its object out.

use super::page::Page;
use crate::diagnostic::codes;
use crate::manifest::mend::{Change, Lesson};
use crate::manifest::template::OPAQUE;
use crate::text::resolve::{self, Plain};
use crate::text::tree::{NodeId, Tree, Value, here};
use std::collections::BTreeMap;
use std::ops::Range;

/// Numbers without which an object is nothing.
const NEEDED: &[&str] = &["port", "containerPort"];
/// Numbers that may be absent.
const NUMBERS: &[&str] = &[
    "nodePort",
    "hostPort",
    "replicas",
    "parallelism",
    "completions",
    "healthCheckNodePort",
    "timeoutSeconds",
    "minReadySeconds",
    "periodSeconds",
    "initialDelaySeconds",
];

/// Bytes of one text that are looked at.
const LONGEST: usize = 1024;
/// Placeholders of one text that are looked at.
const MOST: usize = 16;

/// Looks at all that is read of `object`.
pub(super) fn look(page: &mut Page<'_, '_>, object: NodeId) {
    let written = page.written(object);
    let marks = ["#{", "%{", "__", ".X", ".x", "_"];
    if !(written.contains(['$', '<', '@']) || marks.iter().any(|mark| written.contains(mark))) {
        return;
    }
    let mut seen = Vec::new();
    let mut ports: BTreeMap<String, (Range<usize>, u16, Vec<Change>)> = BTreeMap::new();
    walk(page.tree, page.text, object, "", &mut |key, node, found| {
        let whole = is_whole(page.tree, node, found);
        let (start, end) = (page.start(node), page.end(node));
        if NEEDED.contains(&key) || key == "targetPort" {
            if let ([(_, name)], true) = (found, whole) {
                let port = stand_in_port(name);
                let (_, _, changes) = ports.entry(name.clone()).or_insert((start..end, port, Vec::new()));
                changes.push(Change::new(start..end, port.to_string()));
            }
            return;
        }
        let nothing = whole && (NUMBERS.contains(&key) || is_address(key));
        if nothing {
            seen.push((found[0].1.clone(), start..end, vec![Change::new(start..end, "null")]));
            return;
        }
        for (range, name) in found {
            let plain = !page.written(node).starts_with(['"', '\'']);
            let stand_in = stand_in(name);
            let quoted = plain && whole && resolve::plain(&stand_in) != Plain::Text;
            let text = if quoted { format!("\"{stand_in}\"") } else { stand_in };
            seen.push((name.clone(), range.clone(), vec![Change::new(range.clone(), text)]));
        }
    });
    for (name, (range, port, changes)) in ports {
        let found = codes::PLACEHOLDER_PORT.at(here(range.start as u32, range.end as u32)).arg("placeholder", name);
        page.tell(Lesson { found: found.arg("value", port.to_string()).hint(codes::HINT_FILL_IN), changes });
    }
    for (name, range, changes) in seen {
        let found = codes::PLACEHOLDER.at(here(range.start as u32, range.end as u32)).arg("placeholder", name);
        page.tell(Lesson { found: found.hint(codes::HINT_FILL_IN), changes });
    }
}

/// A number that is still to be filled in, and without which the object cannot be used.
pub(in crate::manifest) fn blocks(tree: &Tree<'_>, object: NodeId, text: &str) -> Option<Found> {
    let own = tree.node(object);
    if !text.get(own.start as usize..own.end as usize)?.contains(['$', '<', '#', '%', '_', '@']) {
        return None;
    }
    let mut first = None;
    walk(tree, text, object, "", &mut |key, node, found| {
        if NEEDED.contains(&key) && first.is_none() && !is_whole(tree, node, found) {
            first = found.first().cloned();
        }
    });
    first
}

/// True for a value that is one placeholder and nothing else.
fn is_whole(tree: &Tree<'_>, node: NodeId, found: &[Found]) -> bool {
    matches!(found, [(_, name)] if *name == tree.text(node).unwrap_or_default())
}

/// The number that stands in for a port: the placeholder's default, else one made of its name.
fn stand_in_port(placeholder: &str) -> u16 {
    let given = stand_in(placeholder).parse().ok().filter(|port| *port > 0);
    let hash = placeholder.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    given.unwrap_or(40_000 + (hash % 10_000) as u16)
}

/// Where a placeholder stands, and its text.
type Found = (Range<usize>, String);

/// Calls `each` for every text with placeholders: its key (that of its list for an entry), its node, and where which stand.
fn walk(tree: &Tree<'_>, text: &str, node: NodeId, key: &str, each: &mut dyn FnMut(&str, NodeId, &[Found])) {
    match &tree.node(node).value {
        Value::Text(_) => {
            let own = tree.node(node);
            let (start, end) = (own.start as usize, own.end as usize);
            let found = find(text.get(start..end).unwrap_or_default(), start, key);
            if !found.is_empty() {
                each(key, node, &found);
            }
        }
        Value::List(items) => {
            for item in tree.items(items) {
                walk(tree, text, *item, key, each);
            }
        }
        Value::Map(entries) => {
            for (name, value) in tree.entries(entries) {
                let name = tree.text(*name).unwrap_or_default();
                if !OPAQUE.contains(&name) {
                    walk(tree, text, *value, name, each);
                }
            }
        }
        _ => {}
    }
}

/// Fields that hold addresses.
fn is_address(key: &str) -> bool {
    key.ends_with("IP")
        || key.ends_with("IPs")
        || key.to_ascii_lowercase().contains("cidr")
        || matches!(key, "ip" | "address")
}

/// The placeholders in a scalar that begins at byte `base`.
fn find(written: &str, base: usize, key: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let opened = written.trim_start_matches(['"', '\'']);
    let offset = base + written.len() - opened.len();
    let bare = opened.trim_end_matches(['"', '\'']);
    let whole = |found: &mut Vec<Found>| found.push((offset..offset + bare.len(), bare.to_owned()));
    if bare.contains('\n') {
        return found;
    }
    // `%{NAME}%` of k3s, `__NAME__` and `@NAME@` of older installers.
    let marked = [("%{", "}%"), ("__", "__"), ("@", "@")].iter().any(|(open, close)| {
        let name = bare.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        name.is_some_and(|name| is_constant(name.trim_matches('_')))
    });
    let inside = bare.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let word = |c: char| c.is_alphanumeric() || " -_./".contains(c);
    let variable = bare.strip_prefix('$').is_some_and(|name| {
        name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    });
    if inside
        .is_some_and(|inside| inside.starts_with(char::is_alphabetic) && inside.chars().all(word) && inside != "none")
        || variable
        || marked
        || (is_address(key) && (is_crossed_out(bare) || (bare.contains('_') && is_constant(bare))))
    {
        whole(&mut found);
        return found;
    }
    if !bare.bytes().any(|byte| matches!(byte, b'$' | b'#')) {
        return found;
    }
    let bare = &bare[..bare.floor_char_boundary(LONGEST.min(bare.len()))];
    let mut at = 0;
    while let Some((start, open)) =
        ["${", "$(", "#{"].iter().filter_map(|open| Some((bare[at..].find(open)?, *open))).min()
    {
        let start = at + start;
        let close = if open == "$(" { ')' } else { '}' };
        let Some(end) = bare[start..].find(close).map(|end| start + end + 1) else { break };
        let name = &bare[start + 2..end - 1];
        let first = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
        if first && !name.contains(['\n', ' ']) {
            let end = if open == "#{" && bare[end..].starts_with('#') { end + 1 } else { end };
            found.push((offset + start..offset + end, bare[start..end].to_owned()));
        }
        at = end;
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// `CLUSTER_DNS_IP`.
fn is_constant(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// `X.X.X.X`, `192.168.x.x`, `xxx.xxx.xxx.xxx/24`.
fn is_crossed_out(text: &str) -> bool {
    let address = text.split('/').next().unwrap_or_default();
    let parts: Vec<&str> = address.split('.').collect();
    let crossed = |part: &str| !part.is_empty() && part.chars().all(|c| matches!(c, 'x' | 'X' | '*'));
    parts.len() == 4
        && parts.iter().any(|part| crossed(part))
        && parts.iter().all(|part| crossed(part) || part.parse::<u8>().is_ok())
}

/// What stands in for a placeholder: its default, or its name as a name of Kubernetes.
fn stand_in(placeholder: &str) -> String {
    let inside = placeholder.trim_matches(['$', '{', '}', '(', ')', '<', '>', '#', '%', '@']);
    let (name, default) = match inside.find([':', '-', '=', '?']) {
        Some(at) if placeholder.starts_with("${") => {
            let rest = inside[at..].trim_start_matches(':');
            (&inside[..at], rest.strip_prefix(['-', '=']).filter(|default| !default.is_empty()))
        }
        _ => (inside, None),
    };
    if let Some(default) = default {
        return default.trim_matches(['"', '\'']).to_owned();
    }
    let lower = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(lower).take(40).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "x".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("name", "app-${ENV}", "${ENV}", "env")]
    #[case("name", "\"${APP_NAME:-web}\"", "${APP_NAME:-web}", "web")]
    #[case("image", "${REG}/a:${TAG}", "${REG} ${TAG}", "reg tag")]
    #[case("name", "<your app>", "<your app>", "your-app")]
    #[case("namespace", "$NAMESPACE", "$NAMESPACE", "namespace")]
    #[case("name", "$(POD)", "$(POD)", "pod")]
    #[case("name", "#{NAME}#", "#{NAME}#", "name")]
    #[case("clusterIP", "X.X.X.X", "X.X.X.X", "x-x-x-x")]
    #[case("clusterIP", "10.0.x.x", "10.0.x.x", "10-0-x-x")]
    #[case("clusterIP", "CLUSTER_DNS_IP", "CLUSTER_DNS_IP", "cluster-dns-ip")]
    #[case("clusterIP", "\"%{CLUSTER_DNS}%\"", "%{CLUSTER_DNS}%", "cluster-dns")]
    #[case("name", "__PILLAR__NAME__", "__PILLAR__NAME__", "pillar--name")]
    #[case("namespace", "@NAMESPACE@", "@NAMESPACE@", "namespace")]
    #[case("name", "MY_NAME", "", "")]
    #[case("name", "__main__", "", "")]
    #[case("clusterIP", "None", "", "")]
    #[case("clusterIP", "10.0.0.1", "", "")]
    #[case("name", "a.x.x.x", "", "")]
    #[case("name", "$5", "", "")]
    #[case("name", "<none>", "", "")]
    #[case("name", "a<b", "", "")]
    fn placeholders(#[case] key: &str, #[case] written: &str, #[case] expected: &str, #[case] instead: &str) {
        let found: Vec<_> = find(written, 0, key).into_iter().map(|(_, name)| name).collect();
        assert_eq!(found.join(" "), expected);
        assert_eq!(found.iter().map(|name| stand_in(name)).collect::<Vec<_>>().join(" "), instead);
    }

    #[rstest]
    #[case("${PORT:-8088}", 8088)]
    #[case("${PORT:=81}", 81)]
    fn defaults_of_ports(#[case] placeholder: &str, #[case] expected: u16) {
        assert_eq!(stand_in_port(placeholder), expected);
    }

    #[test]
    fn a_port_without_default_has_one_number_of_its_own() {
        let all = ["${PORT}", "${HTTPS_PORT}", "<port>", "${PORT:-no}", "${PORT:-0}"].map(stand_in_port);
        assert!(all.iter().all(|port| (40_000..50_000).contains(port)), "{all:?}");
        assert_eq!(stand_in_port("${PORT}"), all[0]);
        assert_ne!(all[0], all[1]);
    }
}
