//! What a Scenario says: what really listens, and the parts of it that are not simulated.

use super::address;
use crate::assumption::{About, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::listener::{Bind, Complete, Evidence, EvidenceKind, Listening};
use crate::cluster::model::Pod;
use crate::cluster::workloads::{Owner, owners};
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, Object, Scenario, Text};
use crate::origin::{ObjectRef, Spanned};
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(in crate::cluster) fn scenarios<'p>(context: &Context<'p>) -> Vec<&'p Document<Scenario>> {
    let all = context.parsed.objects.iter().filter_map(|object| match object {
        Object::Scenario(document) => Some(document),
        _ => None,
    });
    all.collect()
}

/// True for a Pod that a place such as `pod/NS/NAME` or `deploy/NS/NAME` means; the namespace may be left out. `owners`: whose the Pods
/// of a dump are.
fn is_meant(pod: &Pod, owners: &BTreeMap<ObjectRef, BTreeSet<Owner>>, place: &str) -> bool {
    let parts: Vec<&str> = place.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, namespace, name] => (*kind, Some(*namespace), *name),
        [kind, name] => (*kind, None, *name),
        _ => return false,
    };
    let kind = match kind {
        "pod" | "pods" | "po" => {
            return namespace.is_none_or(|own| *pod.name.namespace == *own) && *pod.name.name == *name;
        }
        "deploy" | "deployment" | "deployments" => "Deployment",
        "sts" | "statefulset" | "statefulsets" => "StatefulSet",
        "ds" | "daemonset" | "daemonsets" => "DaemonSet",
        "rs" | "replicaset" | "replicasets" => "ReplicaSet",
        "job" | "jobs" => "Job",
        _ => return false,
    };
    let is = |(own, called): (&str, &str)| own == kind && called == name;
    let made = match &pod.made_by {
        Some(made) => is((&made.kind, &made.name)),
        None => owners.get(&pod.origin.object).is_some_and(|all| all.iter().any(|own| is((&own.0, &own.1)))),
    };
    made && namespace.is_none_or(|own| *pod.name.namespace == *own)
}

/// One of `listen`, checked.
pub(in crate::cluster) struct Entry {
    /// Where, in its words.
    pub(in crate::cluster) place: Spanned<Text>,
    /// The container, where it names one.
    container: Option<Arc<str>>,
    protocol: Protocol,
    port: Port,
    bind: Bind,
    because: Evidence,
    /// The Scenario.
    pub(in crate::cluster) object: ObjectRef,
}

impl Entry {
    /// Opens the socket.
    pub(in crate::cluster) fn open(&self, listening: &mut Listening, container: &Arc<str>) {
        listening.add(container, self.protocol, self.port, self.bind, self.because.clone());
    }
}

/// What Scenarios say in `listen`; what is wrong with it is reported. `containers`: of Docker's containers, else of Pods.
pub(in crate::cluster) fn entries(context: &mut Context<'_>, containers: bool) -> Vec<Entry> {
    let mut all = Vec::new();
    for document in scenarios(context) {
        for (index, entry) in document.value.listen.iter().enumerate() {
            let (of, object) = (&entry.value, &document.object);
            let path = format!("listen[{index}]");
            if of.place.as_ref().is_some_and(|place| place.value.starts_with("container/")) != containers {
                continue;
            }
            let (Some(place), Some(number)) = (&of.place, &of.port) else {
                let missing = if of.place.is_none() { "in" } else { "port" };
                let found = context.finding(codes::MISSING_FIELD, context.first_line(entry.span), object);
                context.report(found.arg("path", format!("{path}.{missing}")));
                continue;
            };
            let Some(port) = context.port(number, &format!("{path}.port"), object) else { continue };
            let protocol = context.protocol(of.protocol.as_ref(), &format!("{path}.protocol"), object);
            let Some(protocol) = protocol else { continue };
            let bind = match &of.address {
                None => Bind::Any,
                Some(text) => match address::bind(&text.value) {
                    Some(bind) => bind,
                    None => {
                        let found = context.finding(codes::INVALID_IP, text.span, object);
                        context.report(found.arg("path", format!("{path}.address")).arg("value", &*text.value));
                        continue;
                    }
                },
            };
            let because = Evidence {
                kind: EvidenceKind::Scenario,
                text: Arc::from(format!("{} {port}", place.value)),
                field: Arc::from(&*path),
                object: Some(object.clone()),
                location: context.at(entry.span),
                span: entry.span,
            };
            let container = of.container.as_ref().map(|container| container.value.clone());
            let (place, object) = (place.clone(), object.clone());
            all.push(Entry { place, container, protocol, port, bind, because, object });
        }
    }
    all
}

/// Takes `listen` over: it says all that a container listens on, whatever else tells of it.
pub(in crate::cluster) fn said(context: &mut Context<'_>, pods: &mut [Pod]) {
    let entries = entries(context, false);
    if entries.is_empty() {
        return;
    }
    let owners = owners(&context.parsed.objects);
    // Of each Scenario, containers of which it said something.
    let mut cleared = BTreeSet::new();
    for entry in &entries {
        let mut any = false;
        for pod in pods.iter_mut().filter(|pod| is_meant(pod, &owners, &entry.place.value)) {
            let wanted = entry.container.clone();
            let first = pod.containers.first().map(|container| container.name.clone());
            let Some(container) = wanted.clone().or(first) else { continue };
            if !pod.containers.iter().any(|own| own.name == container) {
                continue;
            }
            any = true;
            let listening = &mut pod.listening;
            let all = wanted.is_none() || pod.containers.len() == 1;
            let own = |name: &Arc<str>| all || *name == container;
            if cleared.insert((entry.object.clone(), pod.name.clone(), container.clone())) {
                listening.keep(|container| !own(container));
                listening.silent.retain(|silent| !own(silent));
            }
            if all {
                listening.complete = Complete::Known;
            }
            entry.open(listening, &container);
        }
        if !any {
            let found = context.finding(codes::SCENARIO_PLACE, entry.place.span, &entry.object);
            context.report(found.arg("place", &*entry.place.value));
        }
    }
}

/// Parts that are not simulated: whatever uses them has no verdict.
pub(in crate::cluster) fn unread(context: &mut Context<'_>) {
    for document in scenarios(context) {
        let scenario = &document.value;
        let mut parts: Vec<(String, About)> = Vec::new();
        if !scenario.timeline.is_empty() {
            parts.push(("timeline".to_owned(), About::Everything));
        }
        let origin = context.origin(document);
        for (part, about) in parts {
            let made = assumed::SCENARIO_PART.made().arg("part", &*part).because(&origin, Some(&part));
            context.assume(made.about(about));
        }
    }
}
