//! Endpoints that the input gives.

use super::search::{Change, Search, below};
use crate::trace::why::Field;
use kubernetes::cluster::model::ServiceId;
use kubernetes::edit::Content;
use kubernetes::manifest::objects::{Object, Text};
use kubernetes::origin::Spanned;

/// Entries that are tried.
const ENTRIES: usize = 10;

pub(super) fn changes(search: &mut Search<'_>, id: ServiceId, index: Option<usize>) {
    let Some(service) = search.service(id) else { return };
    let at = index.unwrap_or_default();
    let Some(port) = service.ports.get(at) else { return };
    let own = Field::new(&service.origin.object, format!("spec.ports[{at}]").as_str());
    let parsed = &search.model.parsed;
    let same = |object: &Object| object.object().namespace.as_deref().unwrap_or("default") == &*service.name.namespace;
    for object in parsed.objects.iter().filter(|object| same(object)) {
        match object {
            Object::Endpoints(document) if document.object.name == service.name.name => {
                for (at, subset) in document.value.subsets.iter().enumerate().take(ENTRIES) {
                    for (index, given) in subset.value.ports.iter().enumerate().take(ENTRIES) {
                        let entry = Field::new(&document.object, format!("subsets[{at}].ports[{index}]").as_str());
                        fit(search, &own, &entry, given.value.name.as_ref(), given.value.protocol.as_ref(), port);
                    }
                }
            }
            Object::EndpointSlice(document) => {
                let label = document.value.metadata.labels.get("kubernetes.io/service-name");
                if label.is_none_or(|label| *label != service.name.name) {
                    continue;
                }
                for (index, given) in document.value.ports.iter().enumerate().take(ENTRIES) {
                    let entry = Field::new(&document.object, format!("ports[{index}]").as_str());
                    fit(search, &own, &entry, given.value.name.as_ref(), given.value.protocol.as_ref(), port);
                    if let kubernetes::cluster::model::TargetPort::Number(number) = port.target_port {
                        search.set(below(&entry, "port"), Content::Int(i64::from(number.0)));
                    }
                }
                let unready = document.value.endpoints.iter().enumerate().filter(|(_, endpoint)| {
                    endpoint.value.conditions.ready == Some(false) || endpoint.value.conditions.serving == Some(false)
                });
                let ready: Vec<Change> = unready
                    .take(ENTRIES)
                    .map(|(at, _)| {
                        let path = format!("endpoints[{at}].conditions.ready");
                        Change::Set(Field::new(&document.object, path.as_str()), Content::Bool(true))
                    })
                    .collect();
                search.change(crate::trace::fix::kind::FixKind::Status, ready);
            }
            _ => {}
        }
    }
}

fn fit(
    search: &mut Search<'_>,
    own: &Field,
    entry: &Field,
    name: Option<&Spanned<Text>>,
    protocol: Option<&Spanned<Text>>,
    port: &kubernetes::cluster::model::ServicePort,
) {
    let given = name.map_or("", |name| &*name.value);
    if *given != *port.name {
        let word = |name: &str, field: Field| {
            if name.is_empty() { Change::Remove(field) } else { Change::Set(field, Content::text(name)) }
        };
        search.several(vec![word(given, below(own, "name"))]);
        search.several(vec![word(&port.name, below(entry, "name"))]);
    }
    let given = protocol.map_or("TCP", |protocol| &*protocol.value);
    let wanted = port.protocol.to_string().to_uppercase();
    if given != wanted {
        search.set(below(entry, "protocol"), Content::text(&wanted));
        search.set(below(own, "protocol"), Content::text(given));
    }
}
