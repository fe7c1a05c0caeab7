//! The ways that a probe can go, as the bar above the picture lists them.

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
    pub(super) current: bool,
    /// `works`, `fails`, `assumed`, `not-modelled`, in words and as a sign.
    pub(super) verdict: &'static str,
    pub(super) verdict_text: String,
    pub(super) sign: &'static str,
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
    let percent = journey.probability * 100.0;
    let percent = if percent < 0.5 { "< 1".to_owned() } else { format!("{percent:.0}") };
    BranchView {
        probe: text,
        own: label.clone(),
        common: String::new(),
        more: more.join(" · "),
        result,
        label,
        share: say.ta("trace-branch-share", &[("percent", percent.into())]),
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
