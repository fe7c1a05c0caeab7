//! Values that somebody still has to fill in: `${VERSION}`, `<your-name>`, `X.X.X.X`.
//!
//! The rest is read as if something stood there: a name made of the placeholder's own, nothing where an address or a number
//! is wanted. What cannot be without its number is left out.

use super::Page;
use crate::diagnostic::codes;
use crate::manifest::mend::{Change, Lesson};
use crate::manifest::resolve::{self, Plain};
use crate::manifest::template::OPAQUE;
use crate::manifest::tree::{NodeId, Tree, Value, here};
use std::ops::Range;

/// Numbers without which an object is nothing.
const NEEDED: &[&str] = &["port", "containerPort"];
/// Numbers that may be absent.
const NUMBERS: &[&str] = &[
    "nodePort",
    "targetPort",
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
    if !(written.contains(['$', '<']) || written.contains("#{") || written.contains(".X") || written.contains(".x")) {
        return;
    }
    let mut seen = Vec::new();
    walk(page.tree, page.text, object, "", &mut |key, node, found| {
        if NEEDED.contains(&key) {
            return;
        }
        let whole = found.len() == 1 && found[0].1 == page.tree.text(node).unwrap_or_default();
        let (start, end) = (page.start(node), page.end(node));
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
    for (name, range, changes) in seen {
        let found = codes::PLACEHOLDER.at(here(range.start as u32, range.end as u32)).arg("placeholder", name);
        page.tell(Lesson { found: found.hint(codes::HINT_FILL_IN), changes });
    }
}

/// A number that is still to be filled in, and without which the object cannot be used.
pub(in crate::manifest) fn blocks(tree: &Tree<'_>, object: NodeId, text: &str) -> Option<Found> {
    let own = tree.node(object);
    if !text.get(own.start as usize..own.end as usize)?.contains(['$', '<', '#']) {
        return None;
    }
    let mut first = None;
    walk(tree, text, object, "", &mut |key, _, found| {
        if NEEDED.contains(&key) && first.is_none() {
            first = found.first().cloned();
        }
    });
    first
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
    let bare = written.trim_matches(['"', '\'']);
    let offset = base + written.find(bare).unwrap_or_default();
    let whole = |found: &mut Vec<Found>| found.push((offset..offset + bare.len(), bare.to_owned()));
    if bare.contains('\n') {
        return found;
    }
    let inside = bare.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let word = |c: char| c.is_alphanumeric() || " -_./".contains(c);
    let variable = bare.strip_prefix('$').is_some_and(|name| {
        name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    });
    if inside
        .is_some_and(|inside| inside.starts_with(char::is_alphabetic) && inside.chars().all(word) && inside != "none")
        || variable
        || (is_address(key) && is_crossed_out(bare))
    {
        whole(&mut found);
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
    let inside = placeholder.trim_matches(['$', '{', '}', '(', ')', '<', '>', '#']);
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
}
