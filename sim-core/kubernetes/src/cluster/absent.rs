//! Pods without a network, and those that are not ready.

use super::model::{Cluster, Service};
use super::state::Obstacle;
use crate::origin::NamespacedName;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The Pods a Service's selector finds that are not ready, each with why: those with a network first, then those without.
/// Empty where it has no selector.
pub fn not_ready<'c>(cluster: &'c Cluster, service: &Service) -> Vec<(&'c NamespacedName, &'c Obstacle)> {
    let own = |name: &NamespacedName, labels: &BTreeMap<Arc<str>, Arc<str>>| {
        !service.selector.is_empty()
            && name.namespace == service.name.namespace
            && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    let present = cluster.pods.iter().filter(|pod| own(&pod.name, &pod.labels));
    let present = present.filter_map(|pod| Some((&pod.name, pod.state.obstacle.as_ref()?)));
    let absent = cluster.absent.iter().filter(|pod| own(&pod.name, &pod.labels));
    present.chain(absent.map(|pod| (&pod.name, &pod.obstacle))).collect()
}
