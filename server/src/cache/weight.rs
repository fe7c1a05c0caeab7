//! What a model weighs.
//!
//! Nobody counts every allocation of a model. The estimate adds up what there are many of, each with what one of them takes on the heap
//! (its own size, and what it points to, as was measured): bytes of the texts, objects and Pods, and in namespaces that are built the devices, routes,
//! neighbours, sysctls, rules and elements of sets. Namespaces that nobody has looked at weigh their name. A test holds the sum within a
//! factor of three of what the process grows by.

use kubernetes::manifest::objects::Object;
use sim_core::cost::weigh;
use sim_core::model::Model;
use std::mem::size_of;

/// The text of the input is kept once, with an index of its lines.
const TEXT: usize = 2;
/// What an object of the input points to: names, labels, containers, each with its place.
const OBJECT: usize = 2_500;
/// A Pod that was decided: its containers, listeners, volumes, origin.
const POD: usize = 4_000;
/// What even a model of one Pod has: assumed nodes with all their sysctls, what every cluster runs.
const BASE: usize = 128 << 10;
/// An endpoint of a Service.
const ENDPOINT: usize = 250;
/// The name of a namespace, its role and where it is found.
const NAME: usize = 250;

/// What a model takes on the heap, in bytes, by estimate; with what was built of it by now. Takes time for networks of many machines.
pub fn weight(model: &Model) -> usize {
    let (parsed, cluster, network) = (&model.parsed, &model.cluster, &model.site.network);
    let text: usize = parsed.sources.iter().map(|source| source.text.len()).sum();
    let objects = parsed.objects.len() * (size_of::<Object>() + OBJECT) + parsed.unused.len() * OBJECT;
    let endpoints: usize = cluster.endpoints.iter().flatten().map(|port| port.endpoints.len()).sum();
    let site = network.ids().filter(|id| network.is_built(*id)).filter_map(|id| network.get(id)).map(weigh);
    let named: usize = model.others.made().map(|other| weight(other).saturating_sub(text * TEXT + objects)).sum();
    size_of::<Model>()
        + BASE
        + text * TEXT
        + objects
        + cluster.pods.len() * POD
        + endpoints * ENDPOINT
        + network.len() * NAME
        + site.sum::<usize>()
        + named
}
