//! What differs of the endpoints of Services between two moments.

use crate::model::Model;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::{Cluster, Endpoint};
use kubernetes::origin::NamespacedName;
use std::collections::BTreeMap;

/// Changes that are told at most.
const MOST: usize = 400;

/// How an endpoint stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is ready.
    Ready,
    /// Its Pod is terminating, and still serves.
    Serving,
    /// It gets nothing.
    NotReady,
}

impl Standing {
    fn of(endpoint: &Endpoint) -> Self {
        match (endpoint.ready && !endpoint.terminating, endpoint.terminating && endpoint.serving) {
            (true, _) => Self::Ready,
            (false, true) => Self::Serving,
            (false, false) => Self::NotReady,
        }
    }

    /// `ready`, `serving`, `not-ready`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Serving => "serving",
            Self::NotReady => "not-ready",
        }
    }
}

/// An endpoint that stands otherwise, or is in one of both only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointChange {
    /// The Service.
    pub service: NamespacedName,
    /// Address and port.
    pub address: String,
    /// The Pod behind it, where it is known.
    pub pod: Option<String>,
    /// How it stood; `None` where it was not there.
    pub before: Option<Standing>,
    /// How it stands; `None` where it is not there any more.
    pub after: Option<Standing>,
}

type Key = (NamespacedName, String);

fn all(cluster: &Cluster, budget: &Budget) -> Result<BTreeMap<Key, (Standing, Option<String>)>, Stopped> {
    let mut all = BTreeMap::new();
    for (service, ports) in cluster.services.iter().zip(&cluster.endpoints) {
        for endpoint in ports.iter().flat_map(|port| &port.endpoints) {
            budget.spend(1)?;
            let pod = endpoint.pod.and_then(|pod| cluster.pods.get(pod.0 as usize)).map(|pod| pod.name.to_string());
            let address = std::net::SocketAddr::new(endpoint.ip, endpoint.port.0).to_string();
            all.insert((service.name.clone(), address), (Standing::of(endpoint), pod));
        }
    }
    Ok(all)
}

/// Endpoints that differ, by Service and address, the first 400.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn endpoints(before: &Model, after: &Model, budget: &Budget) -> Result<Vec<EndpointChange>, Stopped> {
    let (old, new) = (all(&before.cluster, budget)?, all(&after.cluster, budget)?);
    let keys: std::collections::BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let change = |key: &Key| {
        let (before, after) = (old.get(key), new.get(key));
        let pod = after.or(before).and_then(|(_, pod)| pod.clone());
        let (before, after) = (before.map(|(standing, _)| *standing), after.map(|(standing, _)| *standing));
        let (service, address) = key.clone();
        (before != after).then_some(EndpointChange { service, address, pod, before, after })
    };
    Ok(keys.into_iter().filter_map(change).take(MOST).collect())
}
