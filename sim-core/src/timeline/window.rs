//! Windows in which nodes still send to a Pod whose process has ended, and the `preStop` that closes them.

use crate::model::Model;
use kubernetes::manifest::Parsed;
use kubernetes::origin::{NamespacedName, ObjectRef};
use kubernetes::timeline::{Change, Moment};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A Pod that left while rules on some node still named it. Times are milliseconds since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The Pod.
    pub pod: NamespacedName,
    /// The workload that made it.
    pub workload: Option<ObjectRef>,
    /// When it was no endpoint any more.
    pub left: u64,
    /// When its process ended.
    pub ended: u64,
    /// When the last node's rules followed, and on which one; `None` where they never do in the timeline.
    pub followed: Option<(u64, Arc<str>)>,
}

impl Window {
    /// Seconds of `preStop` that would have kept the process until all rules had followed; `None` where they never do.
    pub fn sleep(&self) -> Option<u64> {
        Some(self.followed.as_ref()?.0.saturating_sub(self.left).div_ceil(1_000))
    }
}

/// All windows of a model's timeline, in the order in which they open.
pub fn windows(model: &Model, moments: &[Moment]) -> Vec<Window> {
    let mut left: BTreeMap<NamespacedName, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (at, moment) in moments.iter().enumerate() {
        for change in &moment.changes {
            match change {
                // Who was not ready was no endpoint before.
                Change::Terminating(pod) => {
                    left.entry(pod.clone()).or_insert(at);
                }
                Change::Ready(pod, false) => drop(left.insert(pod.clone(), at)),
                Change::Ready(pod, true) => drop(left.remove(pod)),
                Change::Gone(pod, _) => all.extend(window((model, moments), (pod, at), left.remove(pod).unwrap_or(at))),
                _ => {}
            }
        }
    }
    all.sort_by_key(|window: &Window| window.ended);
    all
}

/// The window of a Pod that is gone at a moment and left at another, if there is one.
fn window((model, moments): (&Model, &[Moment]), (pod, gone): (&NamespacedName, usize), left: usize) -> Option<Window> {
    let ended = moments.get(gone)?.at;
    let was = moments.get(gone.checked_sub(1)?)?;
    let mut last: Option<(u64, Arc<str>)> = None;
    let mut behind: Vec<&Arc<str>> = Vec::new();
    for moment in moments.get(left..)? {
        let late = moment.lagging.iter().filter(|(_, known)| knows_less(moments, known, left));
        let late: Vec<&Arc<str>> = late.map(|(node, _)| node).collect();
        if let Some(node) = behind.iter().find(|node| !late.contains(node)) {
            last = Some((moment.at, Arc::clone(node)));
        }
        behind = late;
        if behind.is_empty() {
            break;
        }
    }
    let followed = last.filter(|_| behind.is_empty());
    let open = !behind.is_empty() || followed.as_ref().is_some_and(|(at, _)| *at > ended);
    let workload = was.parsed.held.pods.get(pod).and_then(|held| held.made_by.clone()).or_else(|| maker(model, pod));
    let left = moments.get(left).map_or(0, |own| own.at);
    open.then(|| Window { pod: pod.clone(), workload, left, ended, followed })
}

/// Who made a Pod that is there at the start.
fn maker(model: &Model, pod: &NamespacedName) -> Option<ObjectRef> {
    model.cluster.pods.iter().find(|own| own.name == *pod)?.made_by.clone()
}

/// Whether an input is of before a moment.
fn knows_less(moments: &[Moment], known: &Arc<Parsed>, than: usize) -> bool {
    let newest = moments.iter().rposition(|moment| Arc::ptr_eq(&moment.parsed, known));
    newest.is_none_or(|newest| newest < than)
}

/// The workloads with a window, each with the smallest whole number of seconds that closes all of its windows as a `preStop` sleep; `None`
/// where none does, because a node never follows.
pub fn sleeps(windows: &[Window]) -> Vec<(ObjectRef, Option<u64>)> {
    let mut all: BTreeMap<ObjectRef, Option<u64>> = BTreeMap::new();
    for window in windows {
        let Some(workload) = &window.workload else { continue };
        let own = all.entry(workload.clone()).or_insert(Some(0));
        *own = own.zip(window.sleep()).map(|(most, sleep)| most.max(sleep));
    }
    all.into_iter().collect()
}
