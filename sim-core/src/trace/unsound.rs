//! Namespaces that were written wrongly, a bug of the program, among those that a journey needed: there is no verdict without them.

use super::journey::{Journey, Leg, Source};
use crate::model::Model;
use kernel::config::LinkKind;
use kernel::ids::NetnsId;
use kernel::walk::{DropReason, End, Event, Hop, Place};
use kubernetes::assumption::{Assumption, codes};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One assumption for each that the journey needed. What other journeys looked at before makes no difference.
pub(super) fn needed(model: &Model, journey: &Journey) -> Vec<Assumption> {
    let network = &model.site.network;
    if network.fault().is_none() {
        return Vec::new();
    }
    let told = |id: NetnsId| {
        let fault = network.fault_of(id)?;
        let name = network.name(id).map(ToString::to_string).unwrap_or_default();
        Some(codes::NETNS_FAULT.made().arg("netns", name).arg("fault", fault.code()))
    };
    looked_at(model, journey).into_iter().filter_map(told).collect()
}

/// The namespaces that decided how a journey went: where it started, where packets were, the other ends of devices they left by, and who
/// did not answer.
fn looked_at(model: &Model, journey: &Journey) -> BTreeSet<NetnsId> {
    let site = &model.site;
    // A host outside is none that an agent wrote.
    let start = journey.probe.from.netns(site).filter(|_| !matches!(journey.probe.from, Source::External { .. }));
    let mut all: BTreeSet<NetnsId> = start.into_iter().collect();
    for leg in &journey.legs {
        for hop in &leg.hops {
            all.insert(hop.netns);
            all.extend(other_end(model, hop));
        }
        all.extend(silent(model, leg));
    }
    all
}

/// Where the device leads that a hop leaves by.
fn other_end(model: &Model, hop: &Hop) -> Option<NetnsId> {
    let Place::Egress(dev) = hop.place else { return None };
    match model.site.network.get(hop.netns)?.links.get(dev)?.kind {
        LinkKind::Veth { peer } => Some(peer.netns),
        _ => None,
    }
}

/// Who has the address that a leg failed to find on its segment.
fn silent(model: &Model, leg: &Leg) -> Option<NetnsId> {
    let End::Dropped { reason: DropReason::NeighbourFailed, .. } = leg.end else { return None };
    let last = leg.hops.last()?;
    let via = leg.hops.iter().rev().flat_map(|hop| hop.events.iter().rev()).find_map(|event| match event {
        Event::Route { via, .. } => Some(*via),
        _ => None,
    });
    let asked: IpAddr = via.flatten().unwrap_or(last.after.packet.ip.dst);
    let (cluster, site) = (&model.cluster, &model.site);
    let nodes = site.nodes.iter().find(|(id, _)| cluster.nodes.get(id.0 as usize).is_some_and(|node| node.ip == asked));
    let pods = || site.pods.iter().find(|(id, _)| cluster.pods.get(id.0 as usize).is_some_and(|pod| pod.ip == asked));
    let found = nodes.map(|(_, at)| *at).or_else(|| pods().map(|(_, at)| *at))?;
    // It answers for itself only once it is there.
    site.network.get(found).map(|_| found)
}

#[cfg(test)]
mod tests {
    use super::super::{ProbeText, parse_probe, run};
    use super::*;
    use crate::model::Options;
    use kernel::config::{Netns, Network, Source as Builder};
    use kubernetes::assumption::Verdict;
    use kubernetes::manifest::{Limits, SourceText};
    use std::sync::Arc;

    /// The namespaces of another network, one of them with a device twice.
    struct Faulty {
        whole: Network,
        wrong: NetnsId,
    }

    impl Builder for Faulty {
        fn build(&self, unit: u32) -> Vec<(NetnsId, Netns)> {
            let id = NetnsId(unit);
            let mut netns = self.whole.netns(id).clone();
            if id == self.wrong {
                let twice = netns.links[1].clone();
                netns.links.push(twice);
            }
            vec![(id, netns)]
        }
    }

    fn model(wrong: &str) -> Model {
        let text = include_str!("../../../web/scenarios/first-service.yaml");
        let mut model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let whole = model.site.network.clone();
        let names: Vec<_> = whole.ids().map(|id| (whole.name(id).unwrap().clone(), id.0)).collect();
        let wrong = whole.find(wrong).unwrap();
        model.site.network = Network::from_source(names, Arc::new(Faulty { whole, wrong })).unwrap();
        model
    }

    /// What a probe says of namespaces that were written wrongly.
    fn told(model: &Model, from: &str, to: &str) -> (Verdict, Vec<String>) {
        let text = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
        let journey = run(model, &parse_probe(model, &text).unwrap());
        let faults = journey.assumed.iter().filter(|one| one.code == codes::NETNS_FAULT.code);
        (journey.verdict, faults.map(|one| format!("{} {}", one.args["netns"], one.args["fault"])).collect())
    }

    #[test]
    fn a_journey_that_needed_a_wrong_namespace_has_no_verdict() {
        let fault = |netns: &str| (Verdict::NotModelled, vec![format!("{netns} duplicate-link")]);
        let to = "svc/default/web:80";
        // Where it starts, its node, and the node it would be answered from.
        assert_eq!(told(&model("pod/default/client"), "pod/default/client", to), fault("pod/default/client"));
        assert_eq!(told(&model("node-a"), "pod/default/client", to), fault("node-a"));
        assert_eq!(told(&model("node-a"), "node/node-a", to), fault("node-a"));
        assert_eq!(told(&model("node-b"), "node/node-a", "node/node-b:10250"), fault("node-b"));
    }

    #[test]
    fn a_journey_that_needed_none_says_nothing_of_it() {
        let model = model("pod/default/client");
        let before = told(&model, "node/node-a", "node/node-b:10250");
        assert!(before.1.is_empty(), "{before:?}");
        model.site.network.namespaces().count();
        assert!(model.site.network.fault().is_some());
        assert_eq!(told(&model, "node/node-a", "node/node-b:10250"), before, "also once others looked at it");
    }
}
