//! `timeline` of Scenarios: what happens when. What is no time, or is about nobody, is reported and left out.

mod clock;
mod patches;
mod places;
mod reader;

use super::context::Context;
use super::listen::scenarios;
use super::model::{Event, Host, Node, Pod, Router};
use super::nodes::Candidate;
use super::options::Options;
use crate::diagnostic::codes;
use crate::manifest::objects::Text;
pub(super) use clock::duration;
pub use clock::time_of;
use places::Places;
use reader::Reader;
use std::collections::BTreeSet;

/// Events of one input at most.
const MOST: usize = 200;

/// Marks Nodes that nobody has heard of for too long, and what is assumed to run there.
pub(super) fn lost(unknown: &BTreeSet<Text>, nodes: &mut [Candidate], pods: &mut [Pod]) {
    if unknown.is_empty() {
        return;
    }
    for candidate in nodes.iter_mut().filter(|candidate| unknown.contains(&candidate.node.name)) {
        candidate.node.ready = false;
    }
    let gone = |pod: &&mut Pod| {
        nodes.get(pod.node.0 as usize).is_some_and(|own| !own.node.ready && unknown.contains(&own.node.name))
    };
    for pod in pods.iter_mut().filter(|pod| pod.origin.assumed).filter(gone) {
        pod.ready = false;
    }
}

/// All events, by time; those of one time in the order of the input.
pub(super) fn events(
    context: &mut Context<'_>,
    options: &Options,
    (nodes, pods): (&[Node], &[Pod]),
    (hosts, routers): (&[Host], &[Router]),
) -> Vec<Event> {
    let machines: Vec<_> = hosts.iter().filter_map(|host| host.name.clone()).collect();
    let machines: Vec<_> =
        machines.into_iter().chain(routers.iter().filter_map(|router| router.name.clone())).collect();
    let places = Places { nodes, pods, machines: &machines };
    let mut all = Vec::new();
    for document in scenarios(context) {
        for (index, event) in document.value.timeline.iter().enumerate() {
            if all.len() >= MOST {
                let found = context.finding(codes::SCENARIO_TOO_MANY, context.first_line(event.span), &document.object);
                context.report(found.arg("path", "timeline").arg("limit", MOST.to_string()));
                break;
            }
            let path = format!("timeline[{index}]");
            all.extend(Reader { object: &document.object, path, places: &places }.event(context, event));
        }
    }
    all.sort_by_key(|(event, _)| event.at);
    patches::made(context, options, all)
}
