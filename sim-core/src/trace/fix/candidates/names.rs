//! Names and namespaces of Services, names below them, and Services that are not there.

use super::search::{Change, Search};
use crate::trace::probe_text::{edits, is_near};
use crate::trace::why::Field;
use crate::trace::why::input::{Maker, makers};
use kubernetes::cluster::model::ServiceId;
use kubernetes::edit::{Content, Editor};
use kubernetes::manifest::objects::Object;
use std::collections::BTreeSet;

pub(super) fn changes(search: &mut Search<'_>, services: &[ServiceId]) {
    let Some(first) = search.name.first().cloned() else {
        below_nothing(search);
        return;
    };
    let namespace = search.name.get(1).cloned();
    let own = search.namespace.clone();
    for id in services {
        let Some(service) = search.service(*id).filter(|service| !service.origin.assumed) else { continue };
        let object = &service.origin.object;
        if search.name.len() <= 2 {
            let named = *service.name.name == *first;
            if !named && (edits(&service.name.name, &first) <= 3 || is_near(&service.name.name, &first)) {
                search.set(Field::new(object, "metadata.name"), Content::text(&first));
            }
            // Where the name is looked for.
            let wanted = namespace.as_deref().unwrap_or(&own);
            if named && *service.name.namespace != *wanted {
                let field = Field::new(object, "metadata.namespace");
                // Its Pods go with it.
                let moved: Vec<Change> = makers(search.model)
                    .filter(|maker| maker.namespace() == &*service.name.namespace && maker.has(&service.selector))
                    .take(3)
                    .map(|maker| Change::Set(Field::new(maker.object, "metadata.namespace"), Content::text(wanted)))
                    .collect();
                if wanted == "default" {
                    search.remove(field.clone());
                }
                search.set(field.clone(), Content::text(wanted));
                let whole = std::iter::once(Change::Set(field, Content::text(wanted))).chain(moved).collect();
                search.several(whole);
            }
        }
        if search.name.len() >= 2 {
            pods_below(search, *id, &first);
        }
        // NAME.SERVICE: the Service's name is the second label.
        if let Some(wanted) = search.name.get(1).cloned()
            && *service.name.name != *wanted
            && edits(&service.name.name, &wanted) <= 3
        {
            search.set(Field::new(object, "metadata.name"), Content::text(&wanted));
        }
    }
    missing_service(search, &first, namespace.as_deref());
    missing_governing(search);
}

/// A headless Service for the name behind a Pod's, for Pods that say it.
fn missing_governing(search: &mut Search<'_>) {
    let [_, governing, rest @ ..] = &*search.name.clone() else { return };
    let namespace = rest.first().unwrap_or(&search.namespace).clone();
    if search.model.cluster.service_named(&namespace, governing).is_some() || search.port == 0 {
        return;
    }
    let model = search.model;
    let says = makers(model).filter(|maker| maker.namespace() == namespace && !maker.labels.is_empty()).find(|maker| {
        maker.spec.subdomain.as_ref().is_some_and(|own| *own.value == **governing)
            || crate::trace::why::input::service_name(model, maker.object).is_some_and(|own| own == governing)
    });
    let Some(maker) = says else { return };
    let Content::Map(mut entries) = service(search, governing, &namespace, &maker, None) else { return };
    for (key, value) in &mut entries {
        if let (Content::Map(spec), "spec") = (value, &**key) {
            spec.insert(0, ("clusterIP".into(), Content::text("None")));
        }
    }
    search.change(
        crate::trace::fix::kind::FixKind::Add,
        vec![Change::Document(maker.object.clone(), Content::Map(entries))],
    );
}

/// Pods that would have the name below the Service.
fn pods_below(search: &mut Search<'_>, id: ServiceId, name: &str) {
    let Some(service) = search.service(id) else { return };
    for maker in makers(search.model).filter(|maker| maker.namespace() == &*service.name.namespace).take(200) {
        let own = Content::Text(service.name.name.clone());
        if &*maker.object.kind == "StatefulSet" && name.starts_with(&*maker.object.name) {
            search.set(Field::new(maker.object, "spec.serviceName"), own);
            more_replicas(search, &maker, name);
        } else if &*maker.object.kind == "Pod" {
            let hostname = maker.spec.hostname.as_ref().map(|name| &*name.value);
            let subdomain = maker.spec.subdomain.as_ref().map(|name| &*name.value);
            if *maker.object.name != *name && hostname != Some(name) && !maker.has(&service.selector) {
                continue;
            }
            let mut changes = Vec::new();
            if subdomain != Some(&*service.name.name) {
                changes.push(Change::Set(maker.field("spec.subdomain"), own));
            }
            if hostname != Some(name) {
                changes.push(Change::Set(maker.field("spec.hostname"), Content::text(name)));
            }
            search.several(changes);
        }
    }
}

/// As many replicas as the number that was asked for needs.
fn more_replicas(search: &mut Search<'_>, maker: &Maker<'_>, name: &str) {
    let number = name.strip_prefix(&*maker.object.name).and_then(|rest| rest.strip_prefix('-'));
    let number = number.and_then(|number| number.parse::<i64>().ok()).filter(|number| *number < MOST_REPLICAS);
    let ordinals = crate::trace::why::input::ordinals(search.model, maker.object);
    let (Some(number), Some((first, count))) = (number, ordinals) else { return };
    if number >= first.saturating_add(count) {
        search.set(
            Field::new(maker.object, "spec.replicas"),
            Content::Int(number.saturating_sub(first).saturating_add(1)),
        );
    }
}

/// Larger numbers of Pods are not proposed.
const MOST_REPLICAS: i64 = 20;

/// A Service of the name, for Pods that seem to be meant.
fn missing_service(search: &mut Search<'_>, first: &str, namespace: Option<&str>) {
    if search.name.len() > 2 || search.port == 0 {
        return;
    }
    let namespace = namespace.unwrap_or(&search.namespace).to_owned();
    let there = search.model.cluster.service_named(&namespace, first).is_some();
    if there {
        return;
    }
    let words = |maker: &Maker<'_>| {
        let own = std::iter::once(edits(&maker.object.name, first));
        own.chain(maker.labels.values().map(|value| edits(value, first))).min().unwrap_or(usize::MAX)
    };
    // Pods that are called so, nearly, or that no Service selects.
    let meant = |maker: &Maker<'_>| {
        let mut own = std::iter::once(&maker.object.name).chain(maker.labels.values());
        own.any(|word| is_near(word, first)) || !claimed(search, maker)
    };
    let mut near: Vec<(usize, Maker<'_>)> = makers(search.model)
        .filter(|maker| maker.namespace() == namespace && !maker.labels.is_empty())
        .take(500)
        .filter(meant)
        .map(|maker| (words(&maker), maker))
        .collect();
    near.sort_by_key(|(far, _)| *far);
    for (_, maker) in near.into_iter().take(4) {
        for target in targets(search, &maker) {
            let document = service(search, first, &namespace, &maker, target);
            search
                .change(crate::trace::fix::kind::FixKind::Add, vec![Change::Document(maker.object.clone(), document)]);
        }
    }
}

/// True for Pods that a Service of the input selects.
fn claimed(search: &Search<'_>, maker: &Maker<'_>) -> bool {
    search.model.parsed.objects.iter().any(|object| match object {
        Object::Service(document) => {
            let selector = document.value.spec.selector.as_ref().map(|selector| &selector.value);
            let namespace = document.object.namespace.as_deref().unwrap_or("default");
            namespace == maker.namespace() && selector.is_some_and(|selector| maker.has(selector))
        }
        _ => false,
    })
}

/// A probe of an address or node port that no Service has: one that has it.
fn below_nothing(search: &mut Search<'_>) {
    let Some(to) = search.remote else { return };
    let cluster = &search.model.cluster;
    let on_node = cluster.nodes.iter().any(|node| node.ip == to.ip()) && (30000..=32767).contains(&to.port());
    let free = cluster.settings.service_cidr.contains(&to.ip())
        && !cluster.services.iter().any(|service| service.cluster_ips.contains(&to.ip()));
    if !on_node && !free {
        return;
    }
    let mut all: Vec<(bool, Maker<'_>)> = makers(search.model)
        .filter(|maker| !maker.labels.is_empty())
        .take(200)
        .map(|maker| (claimed(search, &maker), maker))
        .collect();
    all.sort_by_key(|(claimed, _)| *claimed);
    for (_, maker) in all.into_iter().take(3) {
        for target in targets(search, &maker) {
            let name = maker.object.name.to_string();
            // Another document of that name would take the Service's place.
            if cluster.service_named(maker.namespace(), &name).is_some() {
                continue;
            }
            let Content::Map(mut entries) = service(search, &name, maker.namespace(), &maker, target) else { continue };
            for (key, value) in &mut entries {
                let Content::Map(spec) = value else { continue };
                if &**key != "spec" {
                    continue;
                }
                if on_node {
                    spec.insert(0, ("type".into(), Content::text("NodePort")));
                    let port = [
                        ("port", Content::Int(i64::from(target.unwrap_or(to.port())))),
                        ("nodePort", Content::Int(i64::from(to.port()))),
                    ];
                    spec.retain(|(key, _)| &**key != "ports");
                    spec.push(("ports".into(), Content::List(vec![Content::map(port)])));
                } else {
                    spec.insert(0, ("clusterIP".into(), Content::text(&to.ip().to_string())));
                }
            }
            search.change(
                crate::trace::fix::kind::FixKind::Add,
                vec![Change::Document(maker.object.clone(), Content::Map(entries))],
            );
        }
    }
}

/// What its Pods listen on and its containers declare for the protocol; nothing of that leaves it to the port.
fn targets(search: &Search<'_>, maker: &Maker<'_>) -> Vec<Option<u16>> {
    let wanted = search.protocol.to_string().to_uppercase();
    let ports = maker.spec.containers.iter().flat_map(|container| container.ports.iter());
    let declared: Vec<Option<u16>> = ports
        .filter(|port| port.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value) == wanted)
        .filter_map(|port| port.container_port.as_ref().and_then(|number| u16::try_from(number.value).ok()))
        .map(Some)
        .take(3)
        .collect();
    let of_it = |pod: &&kubernetes::cluster::model::Pod| pod.origin.object == *maker.object;
    let pods = search.model.cluster.pods.iter().filter(of_it).take(1);
    let heard = pods.flat_map(|pod| pod.sockets()).filter(|socket| socket.protocol == search.protocol);
    let heard: BTreeSet<u16> = heard.map(|socket| socket.port.0).collect();
    let heard = heard.into_iter().map(Some).filter(|port| !declared.contains(port)).take(3);
    let declared: Vec<Option<u16>> = heard.chain(declared.iter().copied()).collect();
    if declared.is_empty() { vec![None] } else { declared }
}

/// Name and namespace as they are written beside the workload: what a kustomization puts around them is not.
fn as_written(search: &Search<'_>, maker: &Maker<'_>, name: &str, namespace: &str) -> (String, Option<String>) {
    let parsed = &search.model.parsed;
    let plain = || (name.to_owned(), Some(namespace.to_owned()));
    if parsed.rendered(maker.object).is_none() {
        return plain();
    }
    let object = parsed.objects.iter().find(|object| object.object() == maker.object);
    let Some(editor) = object.and_then(|object| Editor::new(&parsed.sources, object.span())) else { return plain() };
    let written = editor.text("metadata.name").unwrap_or_default();
    let around = maker.object.name.find(written).filter(|_| !written.is_empty());
    let (before, behind) = match around {
        Some(at) => (maker.object.name.get(..at), maker.object.name.get(at + written.len()..)),
        None => (None, None),
    };
    let name = name.strip_prefix(before.unwrap_or_default()).unwrap_or(name);
    let name = name.strip_suffix(behind.unwrap_or_default()).unwrap_or(name);
    (name.to_owned(), editor.has("metadata.namespace").then(|| namespace.to_owned()))
}

fn service(search: &Search<'_>, name: &str, namespace: &str, maker: &Maker<'_>, target: Option<u16>) -> Content {
    let text = Content::text;
    let (name, namespace) = as_written(search, maker, name, namespace);
    let labels = maker.selector.filter(|selector| !selector.is_empty()).unwrap_or(maker.labels);
    let selector = labels.iter().map(|(key, value)| (key.clone(), Content::Text(value.clone()))).collect();
    let mut metadata = vec![("name".into(), text(&name))];
    if let Some(namespace) = namespace.filter(|namespace| namespace != "default") {
        metadata.push(("namespace".into(), text(&namespace)));
    }
    let mut port = vec![("port".into(), Content::Int(i64::from(search.port)))];
    if let Some(target) = target.filter(|target| *target != search.port) {
        port.push(("targetPort".into(), Content::Int(i64::from(target))));
    }
    let protocol = search.protocol.to_string().to_uppercase();
    if protocol != "TCP" {
        port.push(("protocol".into(), text(&protocol)));
    }
    let spec =
        vec![("selector".into(), Content::Map(selector)), ("ports".into(), Content::List(vec![Content::Map(port)]))];
    Content::Map(vec![
        ("apiVersion".into(), text("v1")),
        ("kind".into(), text("Service")),
        ("metadata".into(), Content::Map(metadata)),
        ("spec".into(), Content::Map(spec)),
    ])
}
