//! One entry of a list, cut into several by dashes: `- targetPort: 80`, `- port: 80`, `- nodePort: 30008`.

use super::lines;
use super::page::Page;
use crate::diagnostic::codes;
use crate::manifest::mend::{Change, Lesson};
use crate::text::tree::{NodeId, here};
use std::collections::BTreeSet;

/// Looks at a list of mappings each of which needs all of `required`.
pub(super) fn list(page: &mut Page<'_, '_>, list: NodeId, path: &str, required: &[&str]) {
    let items = page.items(Some(list));
    let has = |item: NodeId| required.iter().all(|key| page.get(item, key).is_some());
    if items.len() < 2 || items.iter().all(|item| has(*item)) || !items.iter().all(|item| page.is_map(*item)) {
        return;
    }
    let groups = groups(page, items, &has);
    let mut changes = Vec::new();
    let mut keys = Vec::new();
    let mut place: Option<(usize, usize)> = None;
    for group in groups.iter().filter(|group| group.len() > 1 && group.iter().any(|item| has(*item))) {
        let Some(joined) = join(page, group) else { continue };
        changes.extend(joined);
        let first = group.first().map_or(0, |item| page.start(*item));
        let last = group.last().map_or(0, |item| page.end(*item));
        if place.is_none() {
            place = Some((first, last));
            let names = group.iter().flat_map(|item| page.entries(*item));
            keys = names.filter_map(|(key, _)| page.tree.text(*key)).map(str::to_owned).collect();
        }
    }
    let Some((start, end)) = place else { return };
    let found = codes::CUT_LIST_ITEM.at(here(start as u32, end as u32)).arg("path", path).arg("keys", keys.join(", "));
    page.tell(Lesson { found: found.hint(codes::HINT_ONE_DASH), changes });
}

/// Neighbours that have no key in common, and of which only one by itself is a whole entry.
fn groups(page: &Page<'_, '_>, items: &[NodeId], has: &dyn Fn(NodeId) -> bool) -> Vec<Vec<NodeId>> {
    let mut groups: Vec<(Vec<NodeId>, BTreeSet<String>, bool)> = Vec::new();
    for item in items {
        let keys: BTreeSet<String> =
            page.entries(*item).iter().filter_map(|(key, _)| page.tree.text(*key)).map(str::to_owned).collect();
        let whole = has(*item);
        match groups.last_mut() {
            Some((group, seen, complete)) if seen.is_disjoint(&keys) && !(*complete && whole) => {
                group.push(*item);
                seen.extend(keys);
                *complete |= whole;
            }
            _ => groups.push((vec![*item], keys, whole)),
        }
    }
    groups.into_iter().map(|(group, ..)| group).collect()
}

/// The entries as one.
fn join(page: &Page<'_, '_>, group: &[NodeId]) -> Option<Vec<Change>> {
    let (first, last) = (*group.first()?, *group.last()?);
    let mut changes = Vec::new();
    for pair in group.windows(2) {
        let (before, item) = (page.end(pair[0]), page.start(pair[1]));
        let between = page.text.get(before..item)?;
        if between.contains('-') && lines::is_first(page.text, before + between.rfind('-')?) {
            let dash = before + between.rfind('-')?;
            let start = lines::line_start(page.text, item);
            // A dash on a line of its own is no line any more.
            let from = if start > dash { lines::line_start(page.text, dash) } else { start };
            let to = lines::column(page.text, page.start(first));
            changes.push(Change::new(from..item, " ".repeat(to)));
            let by = to as isize - lines::column(page.text, item) as isize;
            changes.extend(lines::shift(page.text, item..page.end(pair[1]), by));
        } else if between.trim() == "," {
            let braces = page.written(pair[0]).ends_with('}') && page.written(pair[1]).starts_with('{');
            if braces {
                changes.push(Change::new(before - 1..item + 1, ", "));
            }
        } else {
            return None;
        }
    }
    let brackets = page.written(first).starts_with('{');
    if changes.is_empty() && !brackets {
        // [port: 80, targetPort: 80]
        changes.push(Change::insert(page.start(first), "{"));
        changes.push(Change::insert(page.end(last), "}"));
    }
    Some(changes)
}
