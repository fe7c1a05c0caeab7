//! Findings about selectors and target ports.

use super::Known;
use crate::cluster::context::Context;
use crate::cluster::model::{Pod, PodId, Service, ServicePort, TargetPort};
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::objects::Object;
use crate::packet::Port;
use std::collections::BTreeSet;

/// A finding about a Service's selector, or about the target of one of its ports.
pub(super) fn about(
    context: &Context<'_>,
    code: codes::CodeInfo,
    service: &Service,
    port: Option<usize>,
) -> Diagnostic {
    let object = &service.origin.object;
    let document = context.parsed.objects.iter().find_map(|candidate| match candidate {
        Object::Service(document) if document.object == *object => Some(document),
        _ => None,
    });
    let span = document.map(|document| {
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

/// A selector that finds nothing, with the Pod that nearly has the labels.
pub(super) fn report_nothing(context: &mut Context<'_>, known: &Known<'_>, service: &Service) {
    if service.origin.assumed {
        return;
    }
    let selector: Vec<String> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut found = about(context, codes::SELECTS_NOTHING, service, None).arg("selector", selector.join(","));
    let near = known.pods.iter().filter(|pod| pod.name.namespace == service.name.namespace).find_map(|pod| {
        let mut wrong = service.selector.iter().filter(|(key, value)| pod.labels.get(*key) != Some(*value));
        let (key, _) = wrong.next()?;
        let value = pod.labels.get(key)?;
        // Another value of the only label says nothing; a value one slip away does.
        let (wanted, have) = (service.selector.get(key)?, value);
        let close =
            service.selector.len() > 1 || wanted.to_lowercase() == have.to_lowercase() || one_slip(wanted, have);
        (close && wrong.next().is_none()).then(|| (pod.name.to_string(), key.to_string(), value.to_string()))
    });
    if let Some((pod, label, value)) = near {
        found = found.arg("pod", pod).arg("label", label).arg("value", value).hint(codes::HINT_NEAR_LABEL);
    }
    context.report(found);
}

/// True when one is the other with a character too many, too few or other.
fn one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = a.len().max(b.len());
    a.len().abs_diff(b.len()) <= 1 && longest > 2 && same_start + same_end + 1 >= longest
}

/// A number no selected Pod declares, while they declare others: probably the wrong one.
pub(super) fn report_undeclared(
    context: &mut Context<'_>,
    service: &Service,
    index: usize,
    port: &ServicePort,
    chosen: &[(PodId, &Pod)],
) {
    let TargetPort::Number(number) = port.target_port else { return };
    let declared: BTreeSet<Port> = chosen
        .iter()
        .flat_map(|(_, pod)| &pod.containers)
        .flat_map(|container| &container.ports)
        .filter(|own| own.protocol == port.protocol)
        .map(|own| own.port)
        .collect();
    if number.0 == 0 || declared.is_empty() || declared.contains(&number) || service.origin.assumed {
        return;
    }
    let list: Vec<String> = declared.iter().map(ToString::to_string).collect();
    let found = about(context, codes::TARGET_PORT_NOT_DECLARED, service, Some(index)).arg("port", number.to_string());
    context.report(found.arg("declared", list.join(", ")).hint(codes::HINT_TARGET_PORT));
}
