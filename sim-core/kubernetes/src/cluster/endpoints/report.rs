//! Findings about selectors and target ports.

use super::known::Known;
use super::near::{Difference, nearest};
use crate::cluster::context::Context;
use crate::cluster::model::AbsentPod;
use crate::cluster::model::{Pod, PodId, Service, ServicePort, TargetPort};
use crate::cluster::names::few;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::objects::Map;
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};

/// A finding about a Service's selector, or about the target of one of its ports.
pub(super) fn about(
    context: &Context<'_>,
    code: codes::CodeInfo,
    service: &Service,
    port: Option<usize>,
) -> Diagnostic {
    let object = &service.origin.object;
    let span = context.service(object).map(|document| {
        let spec = &document.value.spec;
        let port = port.and_then(|index| spec.ports.get(index));
        let target = port.and_then(|port| {
            let number = port.value.port.as_ref().map(|number| number.span);
            port.value.target_port.as_ref().map(|target| target.span).or(number)
        });
        target.or(spec.selector.as_ref().map(|selector| selector.span)).unwrap_or(document.span)
    });
    code.at(context.first_line(span.unwrap_or_default())).about(object.clone())
}

/// A selector that finds no Pod that is ready.
pub(super) fn report_none_ready(
    context: &mut Context<'_>,
    known: &Known<'_>,
    service: &Service,
    chosen: &[(PodId, &Pod)],
) {
    if !context.may(context.absent.len(), 0) {
        return;
    }
    let absent: Vec<&AbsentPod> = context
        .absent
        .iter()
        .filter(|pod| pod.name.namespace == service.name.namespace && has_all(&service.selector, &pod.labels))
        .collect();
    if chosen.is_empty() && absent.is_empty() {
        return report_nothing(context, known, service);
    }
    // kube-proxy falls back on Pods that are being deleted, as long as they serve.
    if chosen.iter().any(|(_, pod)| pod.ready) || (service.publish_not_ready && !chosen.is_empty()) {
        return;
    }
    let present = chosen.iter().map(|(_, pod)| (&pod.name, pod.state.obstacle.as_ref()));
    let missing = absent.iter().map(|pod| (&pod.name, Some(&pod.obstacle)));
    let Some((pod, obstacle)) = present.chain(missing).next() else { return };
    let found = about(context, codes::NO_READY_ENDPOINT, service, None).arg("selector", selector_words(service));
    let found = found.arg("count", (chosen.len() + absent.len()).to_string()).arg("pod", pod.to_string());
    let found = found.arg("kind", obstacle.map_or("condition", |obstacle| obstacle.kind.word()));
    let found = found.arg("reason", obstacle.map_or("", |obstacle| &*obstacle.reason));
    let found = found.arg("container", obstacle.and_then(|obstacle| obstacle.container.as_deref()).unwrap_or_default());
    context.report(found);
}

fn selector_words(service: &Service) -> String {
    let labels: Vec<String> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    labels.join(",")
}

fn has_all(selector: &Map, labels: &Map) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A selector that finds nothing, with the Pod that nearly has the labels, or has them in another namespace.
fn report_nothing(context: &mut Context<'_>, known: &Known<'_>, service: &Service) {
    if service.origin.assumed {
        return;
    }
    if context.is_full() || !context.may(known.kinds().len(), 0) {
        return context.report(about(context, codes::SELECTS_NOTHING, service, None));
    }
    let present = known.kinds().iter().map(|kind| (kind.first, kind.named, kind.labels));
    let absent = context.absent.iter().map(|pod| (&pod.name, &pod.name, &pod.labels));
    let (own, others): (Vec<_>, Vec<_>) =
        present.chain(absent).partition(|(name, ..)| name.namespace == service.name.namespace);
    let found = about(context, codes::SELECTS_NOTHING, service, None).arg("selector", selector_words(service));
    let elsewhere = others.into_iter().find(|(.., labels)| has_all(&service.selector, labels)).map(|(name, ..)| name);
    let barren = context
        .barren
        .iter()
        .find(|workload| workload.namespace == service.name.namespace && has_all(&service.selector, &workload.labels));
    if let Some(workload) = barren {
        let found = found.arg("workload", workload.object.to_string()).arg("reason", workload.why.word());
        return context.report(found.hint(codes::HINT_WORKLOAD_WITHOUT_PODS));
    }
    let found = match (
        elsewhere,
        nearest(&service.selector, own.into_iter().take(NEAR).map(|(_, name, labels)| (name, labels))),
    ) {
        (Some(pod), _) => {
            let found = found.arg("pod", pod.to_string()).arg("namespace", &*pod.namespace);
            found.hint(codes::HINT_OTHER_NAMESPACE)
        }
        (None, Some((pod, difference))) => {
            let found = found.arg("pod", pod.to_string());
            match difference {
                Difference::Value { label, have } => {
                    found.arg("label", &*label).arg("value", &*have).hint(codes::HINT_NEAR_LABEL)
                }
                Difference::Key { label, have, value } => found
                    .arg("label", &*label)
                    .arg("have", &*have)
                    .arg("value", &*value)
                    .hint(codes::HINT_NEAR_LABEL_KEY),
                Difference::Missing { label } => found.arg("label", &*label).hint(codes::HINT_LABEL_MISSING),
            }
        }
        (None, None) => found,
    };
    context.report(found);
}

/// Kinds of Pods of which the nearest is looked for at most.
const NEAR: usize = 2_000;

/// The ports that selected Pods declare.
pub(super) fn declared(chosen: &[(PodId, &Pod)]) -> BTreeMap<Protocol, BTreeSet<Port>> {
    let mut all: BTreeMap<Protocol, BTreeSet<Port>> = BTreeMap::new();
    for own in chosen.iter().flat_map(|(_, pod)| &pod.containers).flat_map(|container| &container.ports) {
        all.entry(own.protocol).or_default().insert(own.port);
    }
    all
}

/// A number no selected Pod declares, while they declare others: probably the wrong one.
pub(super) fn report_undeclared(
    context: &mut Context<'_>,
    service: &Service,
    index: usize,
    port: &ServicePort,
    declared: &BTreeMap<Protocol, BTreeSet<Port>>,
) {
    let TargetPort::Number(number) = port.target_port else { return };
    let Some(declared) = declared.get(&port.protocol) else { return };
    if number.0 == 0 || declared.contains(&number) || service.origin.assumed {
        return;
    }
    let list = few(declared.iter().map(ToString::to_string));
    let found = about(context, codes::TARGET_PORT_NOT_DECLARED, service, Some(index)).arg("port", number.to_string());
    context.report(found.arg("declared", list).hint(codes::HINT_TARGET_PORT));
}
