//! What a change does besides.

use super::kind::Elsewhere;
use crate::model::Model;
use kubernetes::cluster::model::{Cluster, Endpoint, NamespacedName};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Most changes that are listed.
const MOST: usize = 8;

/// The Services of `model` whose endpoints are others in `changed`; those the probe is about are left out.
pub(super) fn compare(model: &Model, changed: &Model, about: &BTreeSet<NamespacedName>) -> Vec<Elsewhere> {
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
    if all.len() > MOST {
        let count = all.len() - MOST;
        all.truncate(MOST);
        all.push(Elsewhere::More { count });
    }
    all
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
