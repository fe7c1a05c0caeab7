//! `timeline` of Scenarios: what happens when. What is no time, or is about nobody, is reported and left out.

use super::context::Context;
use super::listen::scenarios;
use super::model::{Event, Happens, NamespacedName, Node, Pod, Sent, Sync};
use crate::assumption::{About, codes as assumed};
use crate::diagnostic::codes;
use crate::manifest::objects::{Object, ScenarioEvent, Text};
use crate::origin::{ObjectRef, Spanned};
use std::sync::Arc;

/// Events of one input at most.
const MOST: usize = 200;

/// Latest time: thirty days, in milliseconds.
const LATEST: u64 = 30 * 24 * 3_600_000;

/// Most replicas that an event asks for.
const REPLICAS: i64 = 10_000;

/// Milliseconds of `10s`, `1m30s`, `500ms`, `2h`; a number alone is seconds. `None` for what is no time, or beyond thirty days.
///
/// ```
/// use kubernetes::cluster::time_of;
///
/// assert_eq!(time_of("1m30s"), Some(90_000));
/// assert_eq!(time_of("500ms"), Some(500));
/// assert_eq!(time_of("7"), Some(7_000));
/// assert_eq!(time_of("soon"), None);
/// ```
pub fn time_of(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000).filter(|at| *at <= LATEST);
    }
    let (mut rest, mut all, mut any) = (text, 0u64, false);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let letters = behind.find(|c: char| c.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let unit = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        all = all.checked_add(number.checked_mul(unit)?)?;
        (rest, any) = (next, true);
    }
    Some(all).filter(|at| any && *at <= LATEST)
}

/// All events, by time; those of one time in the order of the input.
pub(super) fn events(context: &mut Context<'_>, nodes: &[Node], pods: &[Pod]) -> Vec<Event> {
    let mut all = Vec::new();
    for document in scenarios(context) {
        for (index, event) in document.value.timeline.iter().enumerate() {
            if all.len() >= MOST {
                let found = context.finding(codes::SCENARIO_TOO_MANY, context.first_line(event.span), &document.object);
                context.report(found.arg("path", "timeline").arg("limit", MOST.to_string()));
                break;
            }
            let reader = Reader { object: &document.object, path: format!("timeline[{index}]"), nodes, pods };
            all.extend(reader.event(context, event));
        }
    }
    all.sort_by_key(|event: &Event| event.at);
    all
}

/// The component whose pace is followed.
fn is_proxy(text: &str) -> bool {
    text.split('/').next() == Some("kube-proxy")
}

struct Reader<'r> {
    object: &'r ObjectRef,
    path: String,
    nodes: &'r [Node],
    pods: &'r [Pod],
}

impl Reader<'_> {
    fn event(&self, context: &mut Context<'_>, event: &Spanned<ScenarioEvent>) -> Option<Event> {
        let of = &event.value;
        let line = context.first_line(event.span);
        let Some(at) = &of.at else {
            let found = context.finding(codes::MISSING_FIELD, line, self.object);
            context.report(found.arg("path", format!("{}.at", self.path)));
            return None;
        };
        let Some(time) = time_of(&at.value) else {
            let found = context.finding(codes::INVALID_CHOICE, at.span, self.object);
            let found = found.arg("path", format!("{}.at", self.path)).arg("value", &*at.value);
            context.report(found.arg("expected", "10s, 1m30s, 500ms"));
            return None;
        };
        let mut found = Vec::new();
        for (text, ready) in [(&of.ready, true), (&of.not_ready, false)] {
            if let Some(text) = text {
                found.push(self.pod(context, text).map(|pod| Happens::Ready(pod, ready)));
            }
        }
        if let Some(text) = &of.delete {
            found.push(self.pod(context, text).map(Happens::Delete));
        }
        if let Some(text) = &of.rollout {
            found.push(self.workload(context, text).map(Happens::Rollout));
        }
        if let Some(text) = &of.drain {
            found.push(self.node(context, text).map(Happens::Drain));
        }
        if let Some(scale) = &of.scale {
            found.push(self.scale(context, scale));
        }
        if let Some(probe) = &of.probe {
            let text = |text: &Option<Spanned<Text>>| text.as_ref().map(|text| text.value.clone());
            let line = context.first_line(probe.span);
            let probe = &probe.value;
            for (name, text) in [("from", &probe.from), ("to", &probe.to)] {
                if text.value.trim().is_empty() {
                    let found = context.finding(codes::MISSING_FIELD, line, self.object);
                    context.report(found.arg("path", format!("{}.probe.{name}", self.path)));
                    return None;
                }
            }
            let (from, to) = (probe.from.value.clone(), probe.to.value.clone());
            found.push(Some(Happens::Probe(Sent {
                from,
                to,
                proto: text(&probe.proto),
                keep: probe.keep == Some(true),
            })));
        }
        for (text, sync) in [(&of.stop, Sync::Stop), (&of.start, Sync::Start)] {
            if let Some(text) = text.as_ref().filter(|text| is_proxy(&text.value)) {
                found.push(self.proxy(context, text).map(|node| Happens::Sync(node, sync)));
            }
        }
        if let Some(lag) = &of.lag {
            found.push(self.lag(context, lag));
        }
        let unread = [
            ("down", of.down.is_some()),
            ("up", of.up.is_some()),
            ("patch", of.patch.is_some()),
            ("stop", of.stop.as_ref().is_some_and(|text| !is_proxy(&text.value))),
            ("start", of.start.as_ref().is_some_and(|text| !is_proxy(&text.value))),
            (
                "lag",
                of.lag.as_ref().and_then(|lag| lag.value.component.as_ref()).is_some_and(|text| !is_proxy(&text.value)),
            ),
        ];
        if let Some((word, _)) = unread.into_iter().find(|(_, there)| *there) {
            let part = format!("{}.{word}", self.path);
            let because = crate::assumption::Because {
                object: Some(self.object.clone()),
                field: Some(Arc::from(&*part)),
                location: context.at(event.span),
            };
            let mut made = assumed::SCENARIO_PART.made().arg("part", &*part).about(About::Everything);
            made.because = Some(because);
            context.assume(made);
            return None;
        }
        if found.len() != 1 {
            let wrong = match found.is_empty() {
                true => {
                    let path = format!("{}.delete|ready|notReady|scale|rollout|drain|stop|start|lag|probe", self.path);
                    context.finding(codes::MISSING_FIELD, line, self.object).arg("path", path)
                }
                false => context.finding(codes::SCENARIO_EVENT, line, self.object).arg("path", &*self.path),
            };
            context.report(wrong);
            return None;
        }
        let what = found.pop().flatten();
        let (object, field) = (self.object.clone(), Arc::from(&*self.path));
        Some(Event { at: time, what: what?, object, field, location: context.at(event.span) })
    }

    fn nobody<T>(&self, context: &mut Context<'_>, text: &Spanned<Text>) -> Option<T> {
        let found = context.finding(codes::SCENARIO_PLACE, text.span, self.object);
        context.report(found.arg("place", &*text.value));
        None
    }

    fn pod(&self, context: &mut Context<'_>, text: &Spanned<Text>) -> Option<NamespacedName> {
        let path = text.value.strip_prefix("pod/").unwrap_or(&text.value);
        let (namespace, name) = path.split_once('/').unwrap_or(("default", path));
        let is = |pod: &&Pod| *pod.name.namespace == *namespace && *pod.name.name == *name;
        match self.pods.iter().find(is) {
            Some(pod) => Some(pod.name.clone()),
            None => self.nobody(context, text),
        }
    }

    fn node(&self, context: &mut Context<'_>, text: &Spanned<Text>) -> Option<Arc<str>> {
        let name = text.value.strip_prefix("node/").unwrap_or(&text.value);
        if let Some(node) = self.nodes.iter().find(|node| *node.name == *name) {
            return Some(node.name.clone());
        }
        let found = context.finding(codes::SCENARIO_NODE, text.span, self.object);
        context.report(found.arg("node", name));
        None
    }

    fn workload(&self, context: &mut Context<'_>, text: &Spanned<Text>) -> Option<ObjectRef> {
        let parts: Vec<&str> = text.value.split('/').collect();
        let (kind, namespace, name) = match parts.as_slice() {
            [kind, namespace, name] => (*kind, *namespace, *name),
            [kind, name] => (*kind, "default", *name),
            _ => return self.nobody(context, text),
        };
        let kind = match kind {
            "deploy" | "deployment" | "deployments" => "Deployment",
            "sts" | "statefulset" | "statefulsets" => "StatefulSet",
            "ds" | "daemonset" | "daemonsets" => "DaemonSet",
            "rs" | "replicaset" | "replicasets" => "ReplicaSet",
            _ => return self.nobody(context, text),
        };
        let mut objects = context.parsed.objects.iter().map(Object::object);
        let own = objects.find(|own| {
            *own.kind == *kind && own.namespace.as_deref().unwrap_or("default") == namespace && *own.name == *name
        });
        match own {
            Some(own) => Some(own.clone()),
            None => self.nobody(context, text),
        }
    }

    /// The Node of `kube-proxy/NODE`; nothing for every one.
    fn proxy(&self, context: &mut Context<'_>, text: &Spanned<Text>) -> Option<Option<Arc<str>>> {
        match text.value.split_once('/') {
            None => Some(None),
            Some((_, node)) => self.node(context, &Spanned { value: Arc::from(node), span: text.span }).map(Some),
        }
    }

    fn lag(&self, context: &mut Context<'_>, lag: &Spanned<crate::manifest::objects::ScenarioLag>) -> Option<Happens> {
        let (Some(component), Some(by)) = (&lag.value.component, &lag.value.by) else {
            let missing = if lag.value.component.is_none() { "component" } else { "by" };
            let found = context.finding(codes::MISSING_FIELD, context.first_line(lag.span), self.object);
            context.report(found.arg("path", format!("{}.lag.{missing}", self.path)));
            return None;
        };
        let Some(time) = time_of(&by.value) else {
            let found = context.finding(codes::INVALID_CHOICE, by.span, self.object);
            let found = found.arg("path", format!("{}.lag.by", self.path)).arg("value", &*by.value);
            context.report(found.arg("expected", "10s, 1m30s, 500ms"));
            return None;
        };
        is_proxy(&component.value)
            .then(|| self.proxy(context, component))
            .flatten()
            .map(|node| Happens::Sync(node, if time == 0 { Sync::Start } else { Sync::Lag(time) }))
    }

    fn scale(
        &self,
        context: &mut Context<'_>,
        scale: &Spanned<crate::manifest::objects::ScenarioScale>,
    ) -> Option<Happens> {
        let (Some(workload), Some(replicas)) = (&scale.value.workload, &scale.value.replicas) else {
            let missing = if scale.value.workload.is_none() { "workload" } else { "replicas" };
            let found = context.finding(codes::MISSING_FIELD, context.first_line(scale.span), self.object);
            context.report(found.arg("path", format!("{}.scale.{missing}", self.path)));
            return None;
        };
        let own = self.workload(context, workload)?;
        if &*own.kind == "DaemonSet" {
            return self.nobody(context, workload);
        }
        if !(0..=REPLICAS).contains(&replicas.value) {
            let found = context.finding(codes::OUT_OF_RANGE, replicas.span, self.object);
            let path = format!("{}.scale.replicas", self.path);
            context.report(found.arg("path", path).arg("value", replicas.value.to_string()));
            return None;
        }
        Some(Happens::Scale(own, replicas.value as u32))
    }
}
