//! Selectors and labels that do not go together, and namespaces.

use super::search::{Change, Search};
use crate::trace::why::Field;
use crate::trace::why::input::{Maker, makers};
use kubernetes::cluster::model::ServiceId;
use kubernetes::edit::{Content, FieldPath};
use kubernetes::manifest::objects::Map;

/// Makers of Pods that are tried.
const NEAR: usize = 3;

pub(super) fn changes(search: &mut Search<'_>, id: ServiceId) {
    let Some(service) = search.service(id).filter(|service| !service.origin.assumed) else { return };
    let object = &service.origin.object;
    let namespace = &*service.name.namespace;
    let all: Vec<Maker<'_>> = makers(search.model).collect();
    if all.len() > 2_000 {
        return;
    }
    for maker in all.iter().filter(|maker| maker.has(&service.selector)).take(NEAR) {
        if maker.namespace() != namespace {
            in_one_namespace(search, object, maker, namespace);
        }
        own_selector(search, maker);
    }
    // What selects Pods selects the right ones, as far as this goes.
    let selects = |pod: &kubernetes::cluster::model::Pod| {
        pod.name.namespace == service.name.namespace
            && !service.selector.is_empty()
            && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
    };
    if search.model.cluster.pods.iter().any(selects) {
        return;
    }
    let empty = service.selector.is_empty();
    let mut near: Vec<((usize, usize), Maker<'_>)> = all
        .iter()
        .filter(|maker| maker.namespace() == namespace && !(empty && maker.labels.is_empty()))
        .filter_map(|maker| {
            if empty {
                let named = crate::trace::why::called(maker, &service.name.name)
                    || maker.labels.values().any(|value| *value == service.name.name);
                return named.then_some(((0, 0), *maker));
            }
            Some((crate::trace::why::distance(&service.selector, *maker)?.0, *maker))
        })
        .collect();
    near.sort_by_key(|(far, _)| *far);
    for (_, maker) in near.into_iter().take(NEAR) {
        own_selector(search, &maker);
        if !maker.labels.is_empty() {
            selector_of(search, object, &service.selector, &maker);
        }
        labels_of(search, &service.selector, &maker);
    }
    // Nothing of the namespace has anything in common with the selector: what no other Service selects may be meant.
    let claimed = |maker: &Maker<'_>| {
        search
            .model
            .cluster
            .services
            .iter()
            .any(|other| &*other.name.namespace == maker.namespace() && maker.has(&other.selector))
    };
    let others: Vec<&Maker<'_>> = all
        .iter()
        .filter(|maker| maker.namespace() == namespace && !maker.labels.is_empty() && !claimed(maker))
        .take(NEAR)
        .collect();
    if others.len() == 1 {
        for maker in others {
            selector_of(search, object, &service.selector, maker);
        }
    }
}

/// The selector takes what the labels say.
fn selector_of(search: &mut Search<'_>, object: &kubernetes::origin::ObjectRef, selector: &Map, maker: &Maker<'_>) {
    let path = FieldPath::parse("spec.selector");
    let key_field = |key: &str| Field { object: object.clone(), path: path.clone().key(key), at: None };
    let differs: Vec<_> = selector.iter().filter(|(key, value)| maker.labels.get(*key) != Some(*value)).collect();
    let fits = differs.len() < selector.len();
    let changes: Vec<Change> = differs
        .iter()
        .map(|(key, _)| match maker.labels.get(*key) {
            Some(value) => Change::Set(key_field(key), Content::Text(value.clone())),
            None => Change::Remove(key_field(key)),
        })
        .collect();
    let replaces = changes.iter().any(|change| matches!(change, Change::Set(..)));
    if (fits || replaces) && !changes.is_empty() {
        search.several(changes);
    }
    // The whole selector, as the workload's own is or by the label that says the name.
    let whole = maker.selector.filter(|own| !own.is_empty() && own.iter().all(|(k, v)| maker.labels.get(k) == Some(v)));
    let telling =
        maker.labels.iter().find(|(key, _)| key.ends_with("name") || &***key == "app" || key.ends_with("/name"));
    let labels: Vec<(&std::sync::Arc<str>, &std::sync::Arc<str>)> = match (whole, telling) {
        (Some(own), _) => own.iter().collect(),
        (None, Some(telling)) => vec![telling],
        (None, None) => maker.labels.iter().take(1).collect(),
    };
    let content = Content::Map(labels.into_iter().map(|(k, v)| (k.clone(), Content::Text(v.clone()))).collect());
    search.set(Field { object: object.clone(), path, at: None }, content);
}

/// The labels take what the selector says.
fn labels_of(search: &mut Search<'_>, selector: &Map, maker: &Maker<'_>) {
    let differs: Vec<_> = selector.iter().filter(|(key, value)| maker.labels.get(*key) != Some(*value)).collect();
    let mut changes = Vec::new();
    for (key, value) in differs {
        changes.push(Change::Set(maker.label(key), Content::Text(value.clone())));
        // What the workload itself selects by has to go with it.
        if maker.selector.is_some_and(|own| own.get(key).is_some_and(|own| own != value)) {
            let path = FieldPath::parse("spec.selector.matchLabels").key(key);
            let field = Field { object: maker.object.clone(), path, at: None };
            changes.push(Change::Set(field, Content::Text(value.clone())));
        }
    }
    if maker.labels.is_empty() && changes.len() > 1 {
        // None is there to be added to.
        changes = vec![Change::Set(maker.field("metadata.labels"), whole(selector))];
    }
    if !changes.is_empty() {
        search.several(changes);
    }
}

fn whole(labels: &Map) -> Content {
    Content::Map(labels.iter().map(|(key, value)| (key.clone(), Content::Text(value.clone()))).collect())
}

/// A workload's labels and its own selector.
pub(super) fn own_selector(search: &mut Search<'_>, maker: &Maker<'_>) {
    let Some(selector) = maker.selector else { return };
    let differs: Vec<_> = selector.iter().filter(|(key, value)| maker.labels.get(*key) != Some(*value)).collect();
    if differs.is_empty() {
        return;
    }
    if maker.labels.is_empty() {
        search.set(maker.field("metadata.labels"), whole(selector));
    }
    let labels = differs.iter().map(|(key, value)| Change::Set(maker.label(key), Content::Text((*value).clone())));
    search.several(labels.collect());
    let own = differs.iter().map(|(key, _)| {
        let path = FieldPath::parse("spec.selector.matchLabels").key(key);
        let field = Field { object: maker.object.clone(), path, at: None };
        match maker.labels.get(*key) {
            Some(value) => Change::Set(field, Content::Text(value.clone())),
            None => Change::Remove(field),
        }
    });
    search.several(own.collect());
}

fn in_one_namespace(
    search: &mut Search<'_>,
    service: &kubernetes::origin::ObjectRef,
    maker: &Maker<'_>,
    namespace: &str,
) {
    let of = |object| Field::new(object, "metadata.namespace");
    if maker.namespace() == "default" {
        search.remove(of(service));
    }
    search.set(of(service), Content::text(maker.namespace()));
    if namespace == "default" {
        search.remove(of(maker.object));
    }
    search.set(of(maker.object), Content::text(namespace));
}
