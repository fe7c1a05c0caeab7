//! What is to be known before one relies on the answer.

use super::names::Names;
use crate::locale::{Lang, t, ta};
use kubernetes::cluster::model::{Enforcement, Pod};
use kubernetes::policy::PeerKind;
use sim_core::reach::{Listing, Peer, Reach};
use std::collections::BTreeSet;

/// Names that are told at most.
const NAMED: usize = 8;

fn named(names: Vec<String>) -> String {
    let count = names.len();
    let mut all: Vec<String> = names.into_iter().take(NAMED).collect();
    if count > NAMED {
        all.push(format!("… ({count})"));
    }
    all.join(", ")
}

/// Ranges of policies that hold addresses of the Pod network, where the input does not give every Pod's address: a Pod of the cluster may be in
/// them, and is not taken to be.
fn ranges_of_pods(reach: &Reach<'_>) -> Option<Vec<String>> {
    let cluster = reach.cluster();
    let own = |pod: &&Pod| !pod.host_network && !pod.origin.assumed && !pod.ip_given;
    cluster.pods.iter().find(own)?;
    let pods = cluster.settings.pod_cidr;
    let rules = cluster.policies.all.iter().flat_map(|policy| policy.ingress.iter().chain(&policy.egress).flatten());
    let nets = rules.flat_map(|rule| &rule.peers).flat_map(|peer| match &peer.kind {
        PeerKind::Net { net, .. } => vec![net],
        PeerKind::Entity(entity) => entity.nets.iter().chain(&entity.not_nets).collect(),
        PeerKind::Pods { .. } => Vec::new(),
    });
    let sets = cluster.policies.sets.iter().flat_map(|set| &set.nets);
    let own = nets.chain(sets).filter(|net| net.contains(&pods.network()) || pods.contains(&net.network()));
    let all: BTreeSet<String> = own.map(ToString::to_string).collect();
    (!all.is_empty()).then(|| all.into_iter().collect())
}

/// Sentences: who enforces policies, which are not read, and of whom what is said is less than all.
pub fn notes(lang: Lang, reach: &Reach<'_>, listing: Option<&Listing>) -> Vec<String> {
    let (mut all, cluster, names) = (Vec::new(), reach.cluster(), Names::of(reach));
    let cni = cluster.settings.cni.described().to_string();
    if reach.workloads().is_empty() {
        all.push(t(lang, "reach-note-none"));
        return all;
    }
    let policies = !cluster.policies.all.is_empty();
    match cluster.acting.enforcement {
        Enforcement::Nobody if policies => all.push(ta(lang, "reach-note-nobody", &[("cni", cni.into())])),
        Enforcement::Unread if policies => all.push(ta(lang, "reach-note-unread", &[("cni", cni.into())])),
        _ => {}
    }
    if !policies {
        all.push(t(lang, "reach-note-no-policy"));
    }
    let unread = cluster.acting.policies.iter().filter(|policy| !policy.read);
    let unread: Vec<String> = unread.map(|policy| policy.object.to_string()).collect();
    if !unread.is_empty() {
        all.push(ta(lang, "reach-note-unread-policies", &[("names", named(unread).into())]));
    }
    let of = |wanted: &dyn Fn(&sim_core::reach::Workload) -> bool| {
        let own = reach.workloads().iter().enumerate().filter(|(_, own)| wanted(own));
        own.map(|(at, _)| names.peer(&Peer::Workload(at))).collect::<Vec<String>>()
    };
    let marks: [(&str, Vec<String>); 3] = [
        ("reach-note-differ", of(&|own| own.differ)),
        ("reach-note-host", of(&|own| own.host_network)),
        ("reach-note-refused", of(&|own| own.refused)),
    ];
    for (message, own) in marks.into_iter().filter(|(_, own)| !own.is_empty()) {
        all.push(ta(lang, message, &[("names", named(own).into())]));
    }
    if let Some(listing) = listing.filter(|listing| !listing.groups.is_empty()) {
        all.push(ta(lang, "reach-note-grouped", &[("count", listing.count.into())]));
    }
    if let Some(ranges) = ranges_of_pods(reach) {
        all.push(ta(lang, "reach-note-ranges", &[("ranges", named(ranges).into())]));
    }
    if reach.is_cut() {
        all.push(t(lang, "reach-note-cut"));
    }
    all
}
