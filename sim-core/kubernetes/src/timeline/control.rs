//! What controllers do: which Pods a workload makes and deletes next.

use super::world::{Kind, Live, Workload};

/// What a controller does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// One more Pod; of a StatefulSet that of an ordinal.
    Make(Option<i64>),
    /// This one is deleted, by its place.
    Delete(usize),
}

/// The next steps of a workload, until it waits for something; `all` are its Pods, with their places.
pub(super) fn next(workload: &Workload, all: &[(usize, &Live)], now: u64) -> Vec<Step> {
    let (leaving, own): (Vec<_>, Vec<_>) = all.iter().partition(|(_, live)| live.terminating);
    match workload.kind {
        Kind::Ordered => ordered(workload, &own, leaving.len()),
        Kind::EveryNode => every_node(workload, &own, leaving.len()),
        // None of the new ones before the last of the old ones is gone (`recreate.go`, `oldPodsRunning`).
        Kind::Rolling if workload.recreate && leaving.iter().any(|(_, live)| live.version != workload.version) => {
            Vec::new()
        }
        Kind::Plain | Kind::Rolling => replicated(workload, &own, now),
    }
}

fn available(workload: &Workload, live: &Live, now: u64) -> bool {
    live.ready && now >= live.since + workload.min_ready
}

/// Of a ReplicaSet's Pods those that it deletes first (`ActivePodsWithRanks`): those without a Node, those that are not ready, those on Nodes
/// that have more of them, those that are ready for a shorter time, the younger ones.
fn doomed<'l>(own: &[(usize, &'l Live)], among: &[(usize, &'l Live)]) -> Vec<usize> {
    let on = |live: &Live| {
        let node = live.place.as_ref().map(|(node, ..)| node);
        among.iter().filter(|(_, other)| other.place.as_ref().map(|(node, ..)| node) == node).count()
    };
    let mut all = own.to_vec();
    all.sort_by_key(|(at, live)| {
        let since = if live.ready { live.since } else { 0 };
        (
            live.place.is_some(),
            live.ready,
            std::cmp::Reverse(on(live)),
            std::cmp::Reverse(since),
            std::cmp::Reverse(live.born),
            std::cmp::Reverse(*at),
        )
    });
    all.into_iter().map(|(at, _)| at).collect()
}

fn replicated(workload: &Workload, own: &[(usize, &Live)], now: u64) -> Vec<Step> {
    let wanted = workload.replicas as usize;
    let (new, old): (Vec<_>, Vec<_>) = own.iter().partition(|(_, live)| live.version == workload.version);
    if old.is_empty() || workload.kind == Kind::Plain {
        // A ReplicaSet looks at its own Pods only, whatever their template.
        let count = own.len();
        return match count.cmp(&wanted) {
            std::cmp::Ordering::Less => vec![Step::Make(None); wanted - count],
            std::cmp::Ordering::Equal => Vec::new(),
            std::cmp::Ordering::Greater => {
                doomed(own, own).into_iter().take(count - wanted).map(Step::Delete).collect()
            }
        };
    }
    if workload.recreate {
        // None of the new ones before the last of the old ones is gone.
        return old.iter().map(|(at, _)| Step::Delete(*at)).collect();
    }
    let (mut surge, unavailable) =
        (workload.surge.up(workload.replicas) as usize, workload.unavailable.down(workload.replicas) as usize);
    if surge == 0 && unavailable == 0 {
        surge = 1;
    }
    let mut steps = Vec::new();
    let count = own.len();
    let room = (wanted + surge).saturating_sub(count);
    let missing = wanted.saturating_sub(new.len());
    steps.extend(vec![Step::Make(None); room.min(missing)]);
    // Those that are not available go first, and as many of the others as may be missing.
    let ready = own.iter().filter(|(_, live)| available(workload, live, now)).count();
    let least = wanted.saturating_sub(unavailable);
    let waiting = new.iter().filter(|(_, live)| !available(workload, live, now)).count();
    let mut may = count.saturating_sub(least).saturating_sub(waiting);
    let mut spare = ready.saturating_sub(least);
    for at in doomed(&old, own) {
        if may == 0 {
            break;
        }
        let counts = own.iter().any(|(own, live)| *own == at && available(workload, live, now));
        if counts && spare == 0 {
            break;
        }
        spare -= usize::from(counts);
        may -= 1;
        steps.push(Step::Delete(at));
    }
    steps
}

/// One by one: from the lowest ordinal up, and from the highest down.
fn ordered(workload: &Workload, own: &[(usize, &Live)], leaving: usize) -> Vec<Step> {
    let waits = own.iter().any(|(_, live)| !live.ready);
    if leaving > 0 {
        return Vec::new();
    }
    let range = workload.first..workload.first + i64::from(workload.replicas);
    let beyond = own.iter().filter(|(_, live)| live.ordinal().is_none_or(|own| !range.contains(&own)));
    if let Some((at, _)) = beyond.max_by_key(|(_, live)| live.ordinal()) {
        return vec![Step::Delete(*at)];
    }
    let there = |wanted: i64| own.iter().any(|(_, live)| live.ordinal() == Some(wanted));
    let mut missing = range.clone().filter(|wanted| !there(*wanted)).map(|wanted| Step::Make(Some(wanted)));
    if workload.parallel {
        let all: Vec<Step> = missing.collect();
        if !all.is_empty() {
            return all;
        }
    } else if let Some(next) = missing.next() {
        return if waits { Vec::new() } else { vec![next] };
    }
    let from = workload.first + workload.partition;
    let old = own.iter().filter(|(_, live)| live.version != workload.version);
    let old = old.filter(|(_, live)| !workload.on_delete && live.ordinal().is_some_and(|own| own >= from));
    // The one that is to be replaced may be ill itself; while another one is, nothing goes.
    match old.max_by_key(|(_, live)| live.ordinal()) {
        Some((at, _)) if own.iter().all(|(other, live)| live.ready || other == at) => vec![Step::Delete(*at)],
        _ => Vec::new(),
    }
}

/// As many at a time as may be missing; those that are missing already go first. A new one on the same Node is made once the old one is gone.
fn every_node(workload: &Workload, own: &[(usize, &Live)], leaving: usize) -> Vec<Step> {
    if workload.on_delete {
        return Vec::new();
    }
    let may = workload.unavailable.up(own.len() as u32).max(1) as usize;
    let (ill, well): (Vec<_>, Vec<_>) =
        own.iter().filter(|(_, live)| live.version != workload.version).partition(|(_, live)| !live.ready);
    let missing = leaving + own.iter().filter(|(_, live)| !live.ready).count();
    let mut steps: Vec<Step> = ill.iter().map(|(at, _)| Step::Delete(*at)).collect();
    steps.extend(well.iter().take(may.saturating_sub(missing)).map(|(at, _)| Step::Delete(*at)));
    steps
}
