//! One event of a timeline.

use super::clock::time_of;
use super::places::Places;
use crate::assumption::{About, Because, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::model::{Event, Happens, Patch, Runs, Sent, Sync};
use crate::diagnostic::codes;
use crate::manifest::objects::{ScenarioEvent, ScenarioLag, ScenarioPatch, ScenarioProbe, ScenarioScale, Text};
use crate::origin::{ObjectRef, Span, Spanned};
use std::sync::Arc;

/// Most replicas that an event asks for.
const REPLICAS: i64 = 10_000;

/// Words of events, for messages.
const WORDS: &str = "delete|ready|notReady|scale|rollout|drain|down|up|patch|stop|start|lag|probe";

/// The component whose pace is followed.
fn is_proxy(text: &str) -> bool {
    text.split('/').next() == Some("kube-proxy")
}

/// A component that stops and starts.
fn runs(text: &str) -> bool {
    matches!(text.split('/').next(), Some("kubelet")) || matches!(text, "coredns" | CONTROLLERS | "kube-scheduler")
}

/// What has the controllers, that of endpoint slices among them.
const CONTROLLERS: &str = "kube-controller-manager";

/// The word of an event that is not simulated.
fn unread(of: &ScenarioEvent) -> Option<&'static str> {
    let other = |text: Option<&Spanned<Text>>| text.is_some_and(|text| !is_proxy(&text.value));
    let stops = |text: Option<&Spanned<Text>>| other(text.filter(|text| !runs(&text.value)));
    let lag = of.lag.as_ref().and_then(|lag| lag.value.component.as_ref());
    let words = [
        ("stop", stops(of.stop.as_ref())),
        ("start", stops(of.start.as_ref())),
        ("lag", other(lag.filter(|text| &*text.value != CONTROLLERS))),
    ];
    words.into_iter().find(|(_, there)| *there).map(|(word, _)| word)
}

/// Reads one event.
pub(super) struct Reader<'r> {
    pub(super) object: &'r ObjectRef,
    pub(super) path: String,
    pub(super) places: &'r Places<'r>,
}

/// An event, and where its patch stands.
type Read = (Event, Option<Span>);

impl Reader<'_> {
    pub(super) fn event(&self, context: &mut Context<'_>, event: &Spanned<ScenarioEvent>) -> Option<Read> {
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
        if let Some(word) = unread(of) {
            self.not_simulated(context, event.span, word);
            return None;
        }
        let mut found = self.about_pods(context, of);
        found.extend(self.about_components(context, of));
        if let Some(probe) = &of.probe {
            found.push(self.probe(context, probe));
        }
        let mut merge = None;
        if let Some(patch) = &of.patch {
            let read = self.patch(context, patch);
            merge = read.as_ref().map(|(_, merge)| *merge);
            found.push(read.map(|(patch, _)| Happens::Patch(patch)));
        }
        if found.len() != 1 {
            let wrong = match found.is_empty() {
                true => {
                    let path = format!("{}.{WORDS}", self.path);
                    context.finding(codes::MISSING_FIELD, line, self.object).arg("path", path)
                }
                false => context.finding(codes::SCENARIO_EVENT, line, self.object).arg("path", &*self.path),
            };
            context.report(wrong);
            return None;
        }
        let what = found.pop().flatten()?;
        let (object, field) = (self.object.clone(), Arc::from(&*self.path));
        Some((Event { at: time, what, object, field, location: context.at(event.span) }, merge))
    }

    fn about_pods(&self, context: &mut Context<'_>, of: &ScenarioEvent) -> Vec<Option<Happens>> {
        let mut found = Vec::new();
        for (text, ready) in [(&of.ready, true), (&of.not_ready, false)] {
            if let Some(text) = text {
                found.push(self.places.pod(context, self.object, text).map(|pod| Happens::Ready(pod, ready)));
            }
        }
        if let Some(text) = &of.delete {
            found.push(self.places.pod(context, self.object, text).map(Happens::Delete));
        }
        if let Some(text) = &of.rollout {
            found.push(self.places.workload(context, self.object, text).map(Happens::Rollout));
        }
        if let Some(scale) = &of.scale {
            found.push(self.scale(context, scale));
        }
        found
    }

    fn about_components(&self, context: &mut Context<'_>, of: &ScenarioEvent) -> Vec<Option<Happens>> {
        let mut found = Vec::new();
        if let Some(text) = &of.drain {
            found.push(self.places.node(context, self.object, text).map(Happens::Drain));
        }
        for (text, up) in [(&of.down, false), (&of.up, true)] {
            if let Some(text) = text {
                found.push(self.places.spot(context, self.object, text).map(|spot| Happens::Power(spot, up)));
            }
        }
        for (text, sync) in [(&of.stop, Sync::Stop), (&of.start, Sync::Start)] {
            let Some(text) = text else { continue };
            let runs = sync == Sync::Start;
            found.push(match &*text.value {
                "coredns" => Some(Happens::Runs(Runs::CoreDns, runs)),
                CONTROLLERS => Some(Happens::Runs(Runs::ControllerManager, runs)),
                "kube-scheduler" => Some(Happens::Runs(Runs::Scheduler, runs)),
                kubelet if kubelet.starts_with("kubelet") => {
                    self.proxy(context, text).map(|node| Happens::Runs(Runs::Kubelet(node), runs))
                }
                _ => self.proxy(context, text).map(|node| Happens::Sync(node, sync)),
            });
        }
        if let Some(lag) = &of.lag {
            found.push(self.lag(context, lag));
        }
        found
    }

    /// Something that is not simulated: whatever comes behind it has no verdict.
    fn not_simulated(&self, context: &mut Context<'_>, at: Span, word: &str) {
        let part = format!("{}.{word}", self.path);
        let because =
            Because { object: Some(self.object.clone()), field: Some(Arc::from(&*part)), location: context.at(at) };
        let mut made = assumed::SCENARIO_PART.made().arg("part", &*part).about(About::Everything);
        made.because = Some(because);
        context.assume(made);
    }

    fn missing<T>(&self, context: &mut Context<'_>, at: Span, field: &str) -> Option<T> {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(at), self.object);
        context.report(found.arg("path", format!("{}.{field}", self.path)));
        None
    }

    fn probe(&self, context: &mut Context<'_>, probe: &Spanned<ScenarioProbe>) -> Option<Happens> {
        let of = &probe.value;
        for (name, text) in [("from", &of.from), ("to", &of.to)] {
            if text.value.trim().is_empty() {
                return self.missing(context, probe.span, &format!("probe.{name}"));
            }
        }
        let proto = of.proto.as_ref().map(|text| text.value.clone());
        let keep = of.keep == Some(true);
        Some(Happens::Probe(Sent { from: of.from.value.clone(), to: of.to.value.clone(), proto, keep }))
    }

    fn patch(&self, context: &mut Context<'_>, patch: &Spanned<ScenarioPatch>) -> Option<(Patch, Span)> {
        let of = &patch.value;
        let Some(text) = &of.object else { return self.missing(context, patch.span, "patch.object") };
        let Some(merge) = &of.merge else { return self.missing(context, patch.span, "patch.merge") };
        let (object, made_by) = self.places.any(context, self.object, text)?;
        Some((Patch { made_by, ..Patch::of(object) }, merge.span))
    }

    /// The Node of `kube-proxy/NODE` or `kubelet/NODE`; nothing for every one.
    fn proxy(&self, context: &mut Context<'_>, text: &Spanned<Text>) -> Option<Option<Arc<str>>> {
        match text.value.split_once('/') {
            None => Some(None),
            Some((_, node)) => {
                let node = Spanned { value: Arc::from(node), span: text.span };
                self.places.node(context, self.object, &node).map(Some)
            }
        }
    }

    fn lag(&self, context: &mut Context<'_>, lag: &Spanned<ScenarioLag>) -> Option<Happens> {
        let (Some(component), Some(by)) = (&lag.value.component, &lag.value.by) else {
            let missing = if lag.value.component.is_none() { "component" } else { "by" };
            return self.missing(context, lag.span, &format!("lag.{missing}"));
        };
        let Some(time) = time_of(&by.value) else {
            let found = context.finding(codes::INVALID_CHOICE, by.span, self.object);
            let found = found.arg("path", format!("{}.lag.by", self.path)).arg("value", &*by.value);
            context.report(found.arg("expected", "10s, 1m30s, 500ms"));
            return None;
        };
        if &*component.value == CONTROLLERS {
            return Some(Happens::Batch(time));
        }
        let sync = if time == 0 { Sync::Start } else { Sync::Lag(time) };
        self.proxy(context, component).map(|node| Happens::Sync(node, sync))
    }

    fn scale(&self, context: &mut Context<'_>, scale: &Spanned<ScenarioScale>) -> Option<Happens> {
        let (Some(workload), Some(replicas)) = (&scale.value.workload, &scale.value.replicas) else {
            let missing = if scale.value.workload.is_none() { "workload" } else { "replicas" };
            return self.missing(context, scale.span, &format!("scale.{missing}"));
        };
        let own = self.places.workload(context, self.object, workload)?;
        if &*own.kind == "DaemonSet" {
            let found = context.finding(codes::SCENARIO_PLACE, workload.span, self.object);
            context.report(found.arg("place", &*workload.value));
            return None;
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
