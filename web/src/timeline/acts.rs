//! What can be made to happen by a press: each is an address with one event more, at the time that is looked at.

use crate::locale::{Lang, ta};
use crate::url;
use kubernetes::cluster::model::{NodeId, PodId};
use kubernetes::origin::ObjectRef;
use kubernetes::timeline::MOST_LINES;
use sim_core::model::Model;
use sim_core::timeline::{Change, Mark};

/// When something happens that is pressed at the start.
const FIRST: &str = "10s";

/// A press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What it does, in words.
    pub label: String,
    /// The event, as an address says it.
    pub event: String,
    /// The scenario with it, right after it happened.
    pub id: String,
    /// What was looked at is there no more, or not for long.
    pub leaves: bool,
}

/// What presses are about.
pub struct Acts<'a> {
    /// Language.
    pub lang: Lang,
    /// The scenario in its world, at the time that is looked at.
    pub id: &'a str,
    /// The model then.
    pub model: &'a Model,
    /// The moments of its timeline.
    pub marks: &'a [Mark],
}

/// A workload's short name, as events name it.
fn short(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Deployment" => "deploy",
        "StatefulSet" => "sts",
        "DaemonSet" => "ds",
        "ReplicaSet" => "rs",
        _ => return None,
    })
}

impl Acts<'_> {
    fn act(&self, word: &str, args: &[(&str, String)], event: &str, leaves: bool) -> Option<Act> {
        let mut events = url::events(self.id);
        if events.len() >= MOST_LINES {
            return None;
        }
        let world = url::world(self.id);
        let now = world.iter().find(|(name, _)| name == "t").map_or(FIRST, |(_, time)| time);
        let event = format!("{now} {event}");
        events.push(event.clone());
        let args: Vec<_> = args.iter().map(|(name, value)| (*name, value.clone().into())).collect();
        Some(Act {
            label: ta(self.lang, &format!("act-{word}"), &args),
            id: url::with_events(self.id, &events, now),
            event,
            leaves,
        })
    }

    /// A Pod: itself, where it was there at the start, and the workload that made it.
    pub fn of_pod(&self, id: PodId) -> Vec<Act> {
        let Some(pod) = self.model.cluster.pods.get(id.0 as usize) else { return Vec::new() };
        let came = |change: &Change| matches!(change, Change::Added(name, ..) if *name == pod.name);
        let mut all = Vec::new();
        // Events are about Pods that there are at the start.
        if !pod.terminating && !self.marks.iter().any(|mark| mark.changes.iter().any(came)) {
            let name = [("pod", pod.name.to_string())];
            all.extend(self.act("delete", &name, &format!("delete pod/{}", pod.name), true));
            let word = if pod.ready { "notReady" } else { "ready" };
            all.extend(self.act(word, &name, &format!("{word} pod/{}", pod.name), false));
        }
        if let Some(workload) = &pod.made_by {
            all.extend(self.of_workload(workload));
        }
        all
    }

    /// A workload: more Pods, fewer, none, others.
    pub fn of_workload(&self, workload: &ObjectRef) -> Vec<Act> {
        // What is assumed around the input is nobody's to change.
        let given = self.model.parsed.objects.iter().any(|object| object.object() == workload);
        let Some(kind) = short(&workload.kind).filter(|_| given) else { return Vec::new() };
        let namespace = workload.namespace.as_deref().unwrap_or("default");
        let place = format!("{kind}/{namespace}/{}", workload.name);
        let name = [("workload", format!("{} {}", workload.kind, workload.name))];
        let mut all: Vec<Act> = self.act("rollout", &name, &format!("rollout {place}"), true).into_iter().collect();
        if kind != "ds" {
            let own =
                |pod: &&kubernetes::cluster::model::Pod| pod.made_by.as_ref() == Some(workload) && !pod.terminating;
            let count = self.model.cluster.pods.iter().filter(own).count();
            let mut counts = vec![count + 1, count.saturating_sub(1), 0];
            counts.dedup();
            for count in counts {
                let args = [name.as_slice(), &[("count", count.to_string())]].concat();
                all.extend(self.act("scale", &args, &format!("scale {place} {count}"), true));
            }
        }
        all
    }

    /// A Node: its Pods, and its kube-proxy.
    pub fn of_node(&self, id: NodeId) -> Vec<Act> {
        let Some(node) = self.model.cluster.nodes.get(id.0 as usize) else { return Vec::new() };
        let name = [("node", node.name.to_string())];
        let proxy = format!("kube-proxy/{}", node.name);
        [
            ("drain", format!("drain {}", node.name)),
            ("stop", format!("stop {proxy}")),
            ("lag", format!("lag {proxy} 20s")),
            ("start", format!("start {proxy}")),
        ]
        .into_iter()
        .filter_map(|(word, event)| self.act(word, &name, &event, false))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use kubernetes::timeline::scenario_of;
    use sim_core::model::Options;

    const INPUT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: nginx}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: alone, namespace: shop}, spec: {containers: [{name: c, image: nginx}]}}
";

    fn model(events: &[String]) -> Model {
        let mut texts = vec![SourceText::given("in.yaml", INPUT)];
        texts.extend(scenario_of(events).unwrap());
        Model::build(&texts, &Limits::default(), &Options::default())
    }

    #[test]
    fn every_press_is_an_event_that_happens() {
        let model_now = model(&[]);
        let acts = Acts { lang: Lang::En, id: "x?cni=calico&t=7s", model: &model_now, marks: &[] };
        let cluster = &model_now.cluster;
        let alone = cluster.pod_named("shop", "alone").unwrap();
        let of = |name: &str| {
            let is = |id: &PodId| cluster.pods[id.0 as usize].made_by.as_ref().is_some_and(|own| &*own.name == name);
            (0..).map(PodId).find(is).unwrap()
        };
        let made = of("web");
        assert!(acts.of_pod(of("coredns")).iter().all(|act| !act.event.contains("deploy/")));
        let node = cluster.pods[made.0 as usize].node;
        let mut all = acts.of_pod(alone);
        assert_eq!(all[0].event, "7s delete pod/shop/alone");
        assert_eq!(all[0].id, "x?cni=calico&t=7s&event=7s%20delete%20pod/shop/alone");
        all.extend(acts.of_pod(made));
        all.extend(acts.of_node(node));
        let words: Vec<&str> = all.iter().filter_map(|act| act.event.split(' ').nth(1)).collect();
        for word in ["delete", "notReady", "rollout", "scale", "drain", "stop", "lag", "start"] {
            assert!(words.contains(&word), "{word}: {words:?}");
        }
        for act in &all {
            assert!(!act.label.contains("act-"), "{act:?}");
            let then = model(std::slice::from_ref(&act.event));
            assert_eq!(then.cluster.timeline.len(), 1, "{act:?}");
        }
        assert!(all.iter().any(|act| act.event == "7s scale deploy/shop/web 3"), "{all:?}");
    }

    #[test]
    fn an_address_that_is_full_takes_no_more_and_the_start_is_before_anything() {
        let model = model(&[]);
        let alone = model.cluster.pod_named("shop", "alone").unwrap();
        let id = |count: usize| url::with_events("x", &vec!["1s drain node-a".to_owned(); count], "");
        let (room, full) = (id(MOST_LINES - 1), id(MOST_LINES));
        let acts = |id: &str| Acts { lang: Lang::En, id, model: &model, marks: &[] }.of_pod(alone);
        assert_eq!((acts(&room).len(), acts(&full).len()), (2, 0));
        assert!(acts("x")[0].id.starts_with("x?t=10s&event=10s%20delete"));
    }
}
