//! The ways that a probe can go, as the bar above the picture lists them.

use super::Chrome;
use crate::words::Say;
use kubernetes::cluster::model::Pod;
use sim_core::model::Model;
use sim_core::trace::{ChoiceKind, Journey, ProbeText, write_probe};
use std::net::SocketAddr;

/// Ways listed beside the heading at most; the others are behind a line that opens them.
const WAYS: usize = 12;
/// How many of them are listed where there are more.
const WAYS_OF_MANY: usize = 8;

/// A way in the list.
#[derive(Default)]
pub(super) struct BranchView {
    pub(super) probe: ProbeText,
    pub(super) label: String,
    /// What all labels begin with and what is this one's own.
    pub(super) common: String,
    pub(super) own: String,
    /// Where that is, and how it ends there.
    pub(super) more: String,
    /// The result alone.
    pub(super) result: String,
    pub(super) share: String,
    probability: f64,
    pub(super) current: bool,
    /// `works`, `fails`, `assumed`, `not-modelled`, in words and as a sign.
    pub(super) verdict: &'static str,
    pub(super) verdict_text: String,
    pub(super) sign: &'static str,
    /// What was drawn on this way, in order.
    picks: Vec<Pick>,
}

/// One draw of a way.
#[derive(PartialEq)]
struct Pick {
    /// Where, of how many.
    place: String,
    of: usize,
    value: String,
    probability: f64,
}

/// A row of the tree of ways.
pub(super) struct TreeRow<'a> {
    /// Forks it lies behind.
    pub(super) depth: usize,
    /// Where something is drawn, or what was drawn there; a way's row has none.
    pub(super) text: String,
    /// In percent: how wide the row's share is drawn.
    pub(super) width: String,
    pub(super) share: String,
    pub(super) way: Option<&'a BranchView>,
}

fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent < 0.5 { "< 1".to_owned() } else { format!("{percent:.0}") }
}

/// The ways as a tree of draws: where a fork is, what it may lead to and how often, and at its leaves the ways.
pub(super) fn tree<'a>(c: &Chrome, ways: &'a [BranchView]) -> Vec<TreeRow<'a>> {
    let mut rows = Vec::new();
    grow(c, &ways.iter().collect::<Vec<_>>(), 0, &mut rows);
    rows
}

fn grow<'a>(c: &Chrome, ways: &[&'a BranchView], depth: usize, rows: &mut Vec<TreeRow<'a>>) {
    let picks = |way: &&'a BranchView| way.picks.get(depth);
    let Some(first) = ways.iter().find_map(|way| way.picks.get(depth)) else {
        return rows.extend(ways.iter().map(|way| leaf(way, depth)));
    };
    let args = [("place", first.place.clone().into()), ("count", first.of.into())];
    rows.push(TreeRow {
        depth,
        text: c.ta("trace-fork", &args),
        width: String::new(),
        share: String::new(),
        way: None,
    });
    let mut left: Vec<&'a BranchView> = ways.to_vec();
    while let Some(next) = left.first().copied() {
        let (same, others): (Vec<_>, Vec<_>) = left.iter().partition(|way| picks(way) == picks(&next));
        left = others;
        match picks(&next) {
            Some(pick) if same.iter().any(|way| way.picks.len() > depth + 1) => {
                let share = c.ta("trace-branch-share", &[("percent", percent(pick.probability).into())]);
                let width = format!("{:.1}", pick.probability * 100.0);
                rows.push(TreeRow { depth: depth + 1, text: pick.value.clone(), width, share, way: None });
                grow(c, &same, depth + 1, rows);
            }
            _ => rows.extend(same.into_iter().map(|way| leaf(way, depth + 1))),
        }
    }
}

fn leaf(way: &BranchView, depth: usize) -> TreeRow<'_> {
    let width = format!("{:.1}", way.probability * 100.0);
    TreeRow { depth, text: String::new(), width, share: way.share.clone(), way: Some(way) }
}

/// One way; `shown` is the one that the page shows.
pub(super) fn branch(say: &Say<'_>, shown: &Journey, journey: &Journey) -> BranchView {
    let mut text = write_probe(say.model, &journey.probe);
    // What another branch differs in are its choices; a port drawn from a range is none.
    for choice in journey.choices.iter().filter(|choice| choice.of.len() > 1) {
        let wanted = format!("{}={}", choice.name, choice.value);
        let name = format!("{}=", choice.name);
        if !text.choose.iter().any(|choice| choice.starts_with(&name)) {
            text.choose.push(wanted);
        }
    }
    let outcome = say.outcome(journey);
    let result = say.result_short(journey);
    let endpoint = Endpoint::of(say.model, journey);
    let label =
        endpoint.as_ref().map_or_else(|| outcome.server.clone().unwrap_or_else(|| result.clone()), Endpoint::name);
    let mut more: Vec<String> = endpoint.map(Endpoint::place).unwrap_or_default();
    if !outcome.good || more.is_empty() {
        more.push(result.clone());
    }
    more.retain(|part| *part != label);
    let drawn = journey.choices.iter().filter(|choice| choice.of.len() > 1);
    let drawn = drawn.filter(|choice| choice.name.kind.branches() && choice.name.number == 1);
    let picks = drawn.map(|choice| Pick {
        place: say.drawn_at(choice),
        of: choice.of.len(),
        value: choice.value.to_string(),
        probability: choice.probability,
    });
    BranchView {
        probe: text,
        own: label.clone(),
        common: String::new(),
        more: more.join(" · "),
        result,
        label,
        share: say.ta("trace-branch-share", &[("percent", percent(journey.probability).into())]),
        probability: journey.probability,
        picks: picks.collect(),
        current: same_way(journey, shown),
        verdict: outcome.verdict,
        verdict_text: outcome.verdict_text,
        sign: outcome.sign,
    }
}

/// The endpoint that a way goes to.
struct Endpoint<'a> {
    address: &'a str,
    pod: Option<&'a Pod>,
    node: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    fn of(model: &'a Model, journey: &'a Journey) -> Option<Self> {
        let choice =
            journey.choices.iter().find(|choice| choice.name == ChoiceKind::Endpoint.into() && choice.of.len() > 1)?;
        let address: SocketAddr = choice.value.parse().ok()?;
        let cluster = &model.cluster;
        let pod = cluster.pods.iter().find(|pod| pod.ip == address.ip() && !pod.host_network);
        let node = match pod {
            Some(pod) => cluster.nodes.get(pod.node.0 as usize),
            None => cluster.nodes.iter().find(|node| node.ip == address.ip()),
        };
        Some(Self { address: &choice.value, pod, node: node.map(|node| &*node.name) })
    }

    /// The Pod, else the address.
    fn name(&self) -> String {
        self.pod.map_or_else(|| self.address.to_owned(), |pod| pod.name.to_string())
    }

    /// Address and node.
    fn place(self) -> Vec<String> {
        [Some(self.address), self.node].into_iter().flatten().map(str::to_owned).collect()
    }
}

/// How many ways there are, and how many of them end how.
pub(super) fn heading_of(say: &Say<'_>, branches: &[BranchView]) -> String {
    let mut results: Vec<(&str, usize)> = Vec::new();
    for branch in branches {
        match results.iter_mut().find(|(result, _)| *result == branch.result) {
            Some((_, count)) => *count += 1,
            None => results.push((&branch.result, 1)),
        }
    }
    let one = |(result, count): &(&str, usize)| {
        say.ta("trace-branches-result", &[("count", (*count).into()), ("result", (*result).into())])
    };
    let heading = say.ta("trace-branches", &[("count", branches.len().into())]);
    format!("{heading}: {}", results.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// What all labels begin with is noise beside each other: the namespace, and a ReplicaSet's name where each Pod keeps
/// three characters or more of its own.
pub(super) fn cut_common(branches: &mut [BranchView]) {
    let Some((first, rest)) = branches.split_first() else { return };
    let shared = |other: &BranchView| {
        let pairs = first.label.char_indices().zip(other.label.chars());
        pairs.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, a), _)| at + a.len_utf8())
    };
    let Some(shared) = rest.iter().map(shared).min() else { return };
    let prefix = first.label.get(..shared).unwrap_or_default();
    let shortest = branches.iter().map(|branch| branch.label.len()).min().unwrap_or(0);
    let after = |end: char| prefix.rfind(end).map_or(0, |at| at + end.len_utf8());
    let at = if shortest >= after('-') + 3 { after('-').max(after('/')) } else { after('/') };
    for branch in branches {
        if let Some((common, own)) = branch.label.split_at_checked(at) {
            (branch.common, branch.own) = (common.to_owned(), own.to_owned());
        }
    }
}

/// Takes out what is not listed at once where there are many ways: the current one stays, then the first of each verdict,
/// then those in front.
pub(super) fn fold(branches: &mut Vec<BranchView>) -> Vec<BranchView> {
    if branches.len() <= WAYS {
        return Vec::new();
    }
    let first = |at: usize| {
        let verdict = branches.get(at).map(|branch| branch.verdict);
        branches.iter().take(at).all(|earlier| Some(earlier.verdict) != verdict)
    };
    let current = branches.iter().position(|branch| branch.current);
    let mut kept: Vec<usize> = Vec::new();
    let firsts = (0..branches.len()).filter(|at| first(*at));
    for at in current.into_iter().chain(firsts).chain(0..branches.len()) {
        if kept.len() < WAYS_OF_MANY && !kept.contains(&at) {
            kept.push(at);
        }
    }
    let mut more = Vec::new();
    for (at, branch) in std::mem::take(branches).into_iter().enumerate() {
        if kept.contains(&at) { branches.push(branch) } else { more.push(branch) }
    }
    more
}

fn same_way(a: &Journey, b: &Journey) -> bool {
    let picked = |journey: &Journey| -> Vec<_> {
        let of = journey.choices.iter().filter(|choice| choice.of.len() > 1);
        of.map(|choice| (choice.name, choice.value.clone())).collect()
    };
    picked(a) == picked(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(label: &str, probability: f64, picks: &[(&str, usize, &str, f64)]) -> BranchView {
        let pick = |(place, of, value, probability): &(&str, usize, &str, f64)| Pick {
            place: (*place).to_owned(),
            of: *of,
            value: (*value).to_owned(),
            probability: *probability,
        };
        BranchView {
            label: label.to_owned(),
            probability,
            picks: picks.iter().map(pick).collect(),
            ..BranchView::default()
        }
    }

    fn rows(ways: &[BranchView]) -> Vec<String> {
        let said = |row: &TreeRow<'_>| {
            let text = row.way.map_or(&row.text, |way| &way.label);
            format!("{} {}{}{}", row.depth, text, if row.width.is_empty() { "" } else { " " }, row.width)
        };
        let plain = |text: String| text.replace(['\u{2068}', '\u{2069}'], "");
        tree(&Chrome::default(), ways).iter().map(|row| plain(said(row))).collect()
    }

    #[test]
    fn one_draw_is_one_fork_with_its_leaves() {
        let pick = |value| [("node-a", 2, value, 0.5)];
        let ways = [way("a", 0.5, &pick("10.0.0.1:80")), way("b", 0.5, &pick("10.0.0.2:80"))];
        assert_eq!(rows(&ways), ["0 node-a: one of 2", "1 a 50.0", "1 b 50.0"]);
    }

    #[test]
    fn draws_behind_a_draw_stand_below_what_it_led_to() {
        let both = |hop, end| [("router", 2, hop, 0.5), ("node-a", 2, end, 0.5)];
        let ways = [
            way("a", 0.25, &both("n1", "e1")),
            way("b", 0.25, &both("n2", "e1")),
            way("c", 0.25, &both("n1", "e2")),
            way("alone", 0.25, &[("router", 2, "n3", 0.5)]),
        ];
        assert_eq!(
            rows(&ways),
            [
                "0 router: one of 2",
                "1 n1 50.0",
                "1 node-a: one of 2",
                "2 a 25.0",
                "2 c 25.0",
                "1 n2 50.0",
                "1 node-a: one of 2",
                "2 b 25.0",
                "1 alone 25.0",
            ]
        );
    }

    #[test]
    fn what_was_not_drawn_has_no_fork() {
        assert_eq!(rows(&[way("only", 1.0, &[])]), ["0 only 100.0"]);
    }
}
