//! What a change does besides.

use super::kind::Elsewhere;
use crate::model::Model;
use crate::trace::journey::{Journey, Purpose};
use crate::trace::policed::{named, party, wired};
use kubernetes::cluster::model::{Cluster, Endpoint, NamespacedName, Pod, PodId};
use kubernetes::origin::ObjectRef;
use kubernetes::policy::{Direction, PortSet, Ports, allowed};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Most changes that are listed.
const MOST: usize = 8;
/// What makes Pods, of which who may connect is compared at most.
const MAKERS: usize = 120;

/// The Services of `model` whose endpoints are others in `changed`; those the probe is about are left out.
pub(super) fn compare(
    model: &Model,
    changed: &Model,
    about: &BTreeSet<NamespacedName>,
    journeys: &[Journey],
) -> Vec<Elsewhere> {
    let (before, after) = (endpoints(&model.cluster), endpoints(&changed.cluster));
    let mut all = Vec::new();
    for (name, old) in before.iter().filter(|(name, _)| !about.contains(*name)) {
        match after.get(name) {
            None => all.push(Elsewhere::ServiceGone { service: name.clone() }),
            // Addresses move when Pods are added; their number says enough.
            Some(new) if old.len() != new.len() => {
                let service = name.clone();
                all.push(Elsewhere::Endpoints { service, before: old.len(), after: new.len() });
            }
            _ => {}
        }
    }
    let (pods, now) = (model.cluster.pods.len(), changed.cluster.pods.len());
    if pods != now {
        all.push(Elsewhere::Pods { before: pods, after: now });
    }
    all.extend(opened(&model.cluster, &changed.cluster, journeys));
    if all.len() > MOST {
        let count = all.len() - MOST;
        all.truncate(MOST);
        all.push(Elsewhere::More { count });
    }
    all
}

/// Who may connect to whom where policies did not let them before, by Pods' workloads; without what the probe itself does.
fn opened(before: &Cluster, after: &Cluster, journeys: &[Journey]) -> Vec<Elsewhere> {
    if before.policies == after.policies && before.pods.len() == after.pods.len() {
        let same = |(old, new): (&Pod, &Pod)| old.labels == new.labels;
        if before.pods.iter().zip(&after.pods).all(same) {
            return Vec::new();
        }
    }
    // One Pod of each maker stands for all: they have the labels of one template.
    let firsts = |cluster: &Cluster| {
        let mut all: BTreeMap<ObjectRef, PodId> = BTreeMap::new();
        for (at, pod) in (0u32..).zip(&cluster.pods).filter(|(_, pod)| !pod.host_network && !pod.origin.assumed) {
            all.entry(pod.origin.object.clone()).or_insert(PodId(at));
        }
        all
    };
    let (old, new) = (firsts(before), firsts(after));
    let own = asked(after, journeys);
    let both: Vec<(&ObjectRef, PodId, PodId)> =
        new.iter().filter_map(|(object, id)| Some((object, *old.get(object)?, *id))).take(MAKERS).collect();
    let mut all = Vec::new();
    for (from, from_old, from_new) in &both {
        for (to, to_old, to_new) in both.iter().filter(|(to, _, _)| to != from) {
            let mut more = may(after, *from_new, *to_new).without(&may(before, *from_old, *to_old));
            for (_, _, ports) in own.iter().filter(|(sender, receiver, _)| sender == *from && receiver == *to) {
                more = more.without(ports);
            }
            if !more.is_empty() {
                all.push(Elsewhere::Opens { from: (*from).clone(), to: (*to).clone(), ports: more.to_string() });
            }
        }
    }
    all
}

/// On which ports policies let one Pod connect to another.
fn may(cluster: &Cluster, from: PodId, to: PodId) -> Ports {
    let (of_from, of_to) = (named(cluster, Some(from)), named(cluster, Some(to)));
    let ip = |id: PodId| cluster.pods.get(id.0 as usize).map_or(IpAddr::from([0, 0, 0, 0]), |pod| pod.ip);
    let ends = (party(cluster, Some(from), &of_from, ip(from)), party(cluster, Some(to), &of_to, ip(to)));
    let said = |direction| allowed(&cluster.policies, direction, ends.0, ends.1);
    said(Direction::Egress).and(&said(Direction::Ingress))
}

/// The connections of the probe, each by who made the Pods.
fn asked(cluster: &Cluster, journeys: &[Journey]) -> Vec<(ObjectRef, ObjectRef, Ports)> {
    let legs = journeys.iter().flat_map(|journey| &journey.legs);
    let asking = legs.filter(|leg| matches!(leg.purpose, Purpose::Connect | Purpose::Proxy | Purpose::DnsQuery));
    let made = |ip: IpAddr| {
        let pod = wired(cluster, ip).and_then(|id| cluster.pods.get(id.0 as usize));
        pod.map(|pod| pod.origin.object.clone())
    };
    let ends = asking.filter_map(|leg| {
        let (first, last) = (leg.hops.first()?.before.packet.innermost(), leg.hops.last()?.after.packet.innermost());
        let port = last.destination().port();
        let ports = Ports::of(last.protocol(), PortSet::range(port, port));
        Some((made(first.source().ip())?, made(last.destination().ip())?, ports))
    });
    ends.collect()
}

fn endpoints(cluster: &Cluster) -> BTreeMap<NamespacedName, BTreeSet<SocketAddr>> {
    let usable = |endpoint: &&Endpoint| endpoint.ready || (endpoint.serving && endpoint.terminating);
    let services = cluster.services.iter().zip(&cluster.endpoints);
    services
        .map(|(service, lists)| {
            let all = lists.iter().flat_map(|list| &list.endpoints).filter(usable);
            (service.name.clone(), all.map(|endpoint| SocketAddr::new(endpoint.ip, endpoint.port.0)).collect())
        })
        .collect()
}
