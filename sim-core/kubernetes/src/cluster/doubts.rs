//! What is allowed and yet hardly meant: a StatefulSet whose Service is not there, resolvers that ask elsewhere.

use super::context::{Context, name_of};
use super::model::{NamespacedName, Service};
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, Object, PodSpec, StatefulSet};
use crate::origin::{ObjectRef, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Looks at Pods, StatefulSets and the Services there are.
pub(super) fn check(context: &mut Context<'_>, services: &[Service]) {
    let parsed = context.parsed;
    for object in &parsed.objects {
        if let Some((_, spec)) = object.pod() {
            resolver(context, services, object.object(), spec);
        }
        if let Object::StatefulSet(document) = object
            && let Some(name) = document.value.spec.service_name.as_ref().filter(|name| !name.value.is_empty())
        {
            governing(context, services, document, name);
        }
    }
}

/// Who asks the node's name servers although it says the cluster's, and names that stand in a hosts file twice.
fn resolver(context: &mut Context<'_>, services: &[Service], object: &ObjectRef, spec: &PodSpec) {
    let asks_cluster = spec.dns_policy.as_ref().is_none_or(|policy| &*policy.value == "ClusterFirst");
    if let Some(flag) = spec.host_network.as_ref().filter(|flag| flag.value && asks_cluster)
        && (spec.dns_policy.is_some() || names_a_service(services, object, spec))
    {
        let span = spec.dns_policy.as_ref().map_or(flag.span, |policy| policy.span);
        let found = context.finding(codes::HOST_NETWORK_DNS, span, object).arg("object", object.to_string());
        context.report(found.hint(codes::HINT_CLUSTER_FIRST_HOST_NET));
    }
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for alias in &spec.host_aliases {
        let Some(ip) = &alias.value.ip else { continue };
        for name in &alias.value.hostnames {
            let first = *known.entry(&name.value).or_insert(&ip.value);
            if first != &*ip.value {
                let found = context.finding(codes::HOST_ALIAS_TWICE, name.span, object).arg("name", &*name.value);
                context.report(found.arg("first", first).arg("second", &*ip.value));
            }
        }
    }
}

/// True where a command, an argument or a variable has the name of a Service of the namespace as a word, or as the beginning of a longer name.
fn names_a_service(services: &[Service], object: &ObjectRef, spec: &PodSpec) -> bool {
    let namespace = object.namespace.as_deref().unwrap_or("default");
    let containers = spec.containers.iter().chain(&spec.init_containers).map(|container| &container.value);
    let texts = containers.flat_map(|own| {
        let values = own.env.iter().filter_map(|one| one.value.value.as_ref());
        own.command.iter().chain(&own.args).chain(values)
    });
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let words: BTreeSet<&str> = texts.flat_map(|text| text.value.split(move |c| !word(c))).collect();
    let known = |service: &Service| {
        let name = &*service.name.name;
        *service.name.namespace == *namespace
            && (words.contains(name)
                || words.iter().any(|word| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))))
    };
    !words.is_empty() && services.iter().any(known)
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
