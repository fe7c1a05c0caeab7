//! What is allowed and yet hardly meant: two containers on one port, and a StatefulSet whose Service is not there.

use super::context::{Context, name_of};
use super::model::{ContainerPort, NamespacedName, Pod, Service};
use crate::assumption::{About, codes as assumed};
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, Object, StatefulSet};
use crate::origin::Spanned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks at the Pods that were placed and the Services there are.
pub(super) fn check(context: &mut Context<'_>, services: &[Service], pods: &[Pod]) {
    for pod in pods {
        shared_ports(context, pod);
    }
    let parsed = context.parsed;
    for object in &parsed.objects {
        if let Object::StatefulSet(document) = object
            && let Some(name) = document.value.spec.service_name.as_ref().filter(|name| !name.value.is_empty())
        {
            governing(context, services, document, name);
        }
    }
}

/// All containers of a Pod share one network namespace: only one of them can have a port.
fn shared_ports(context: &mut Context<'_>, pod: &Pod) {
    let mut owners: BTreeMap<_, &Arc<str>> = BTreeMap::new();
    for container in pod.containers.iter().filter(|container| container.state.runs()) {
        for ContainerPort { port, protocol, location, .. } in &container.ports {
            let first = *owners.entry((*protocol, *port)).or_insert(&container.name);
            if *first == container.name {
                continue;
            }
            let about = About::Listening { pod: pod.name.clone(), port: *port, protocol: *protocol };
            let made = assumed::PORT_SHARED_IN_POD.made().about(about).arg("pod", pod.name.to_string());
            let made = made.arg("port", port.to_string()).arg("first", &**first).arg("second", &*container.name);
            let object = pod.origin.object.clone();
            context.assume(made.because_at(object, "spec.containers.ports", location.clone()));
        }
    }
}

/// `serviceName` gives the Pods their names in DNS, if there is such a Service and it selects them.
fn governing(
    context: &mut Context<'_>,
    services: &[Service],
    document: &Document<StatefulSet>,
    name: &Spanned<Arc<str>>,
) {
    let own = name_of(&document.object);
    let labels = &document.value.spec.template.metadata.labels;
    let selects = |service: &Service| {
        service.name.namespace == own.namespace
            && !service.selector.is_empty()
            && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    let wanted = NamespacedName { namespace: own.namespace.clone(), name: name.value.clone() };
    let found = services.iter().find(|service| service.name == wanted);
    if found.is_some_and(|service| selects(service) || service.selector.is_empty()) {
        return;
    }
    let other = services.iter().filter(|service| selects(service)).max_by_key(|service| service.headless);
    let finding = context.finding(codes::SERVICE_NAME, name.span, &document.object).arg("service", &*name.value);
    let finding = finding.arg("reason", if found.is_some() { "selects-others" } else { "missing" });
    let pod = format!("{}-0", own.name);
    let finding = finding.arg("pod", pod);
    context.report(match other {
        Some(other) => finding.arg("suggestion", &*other.name.name).hint(codes::HINT_SERVICE_NAME),
        None => finding.hint(codes::HINT_HEADLESS_SERVICE),
    });
}
