//! Endpoints: as given in slices, or as the endpoint controller makes them.

mod given;
mod known;
mod near;
mod report;
mod select;

use super::context::{Context, name_of};
use super::model::{Endpoint, Node, Pod, PodId, PortEndpoints, Service, ServiceType, Settings};
use crate::budget::Driver;
use crate::manifest::objects::{self, Document, Object};
use given::{from_endpoints, from_slices};
use known::Known;
use select::selected;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Slices and Endpoints of the input by Service.
#[derive(Default)]
struct Given<'p> {
    slices: Vec<&'p Document<objects::EndpointSlice>>,
    endpoints: Vec<&'p Document<objects::Endpoints>>,
}

/// The endpoints of every Service, by port, in the order of `services`.
pub(super) fn decide(
    context: &mut Context<'_>,
    settings: &Settings,
    nodes: &[Node],
    services: &[Service],
    pods: &[Pod],
) -> Vec<Vec<PortEndpoints>> {
    let parsed = context.parsed;
    let mut given: BTreeMap<(Arc<str>, Arc<str>), Given<'_>> = BTreeMap::new();
    for object in &parsed.objects {
        match object {
            Object::EndpointSlice(document) => {
                let namespace = name_of(&document.object).namespace;
                if let Some(service) = document.value.metadata.labels.get(SERVICE_NAME) {
                    given.entry((namespace, service.clone())).or_default().slices.push(document);
                }
            }
            Object::Endpoints(document) => {
                let name = name_of(&document.object);
                given.entry((name.namespace, name.name)).or_default().endpoints.push(document);
            }
            _ => {}
        }
    }
    let by_ip: BTreeMap<IpAddr, PodId> =
        (0u32..).map(PodId).zip(pods).filter(|(_, pod)| !pod.host_network).map(|(id, pod)| (pod.ip, id)).collect();
    let by_name: BTreeMap<(&str, &str), PodId> =
        (0u32..).map(PodId).zip(pods).map(|(id, pod)| ((&*pod.name.namespace, &*pod.name.name), id)).collect();
    let known = Known { settings, nodes, pods, by_ip, by_name, kinds: OnceCell::new(), by_node: OnceCell::new() };
    let mut by_label: BTreeMap<(&str, &str, &str), Vec<PodId>> = BTreeMap::new();
    for (id, pod) in (0u32..).map(PodId).zip(pods) {
        for (key, value) in &pod.labels {
            by_label.entry((&pod.name.namespace, key, value)).or_default().push(id);
        }
    }
    // How many there will be is plain where one label selects.
    let plain = |service: &&Service| service.selector.len() == 1 && service.kind != ServiceType::ExternalName;
    let count = |service: &Service| {
        let (key, value) = service.selector.first_key_value()?;
        let pods = by_label.get(&(&*service.name.namespace, &**key, &**value))?;
        let own = (service.name.namespace.clone(), service.name.name.clone());
        (!given.contains_key(&own)).then(|| pods.len() * service.ports.len())
    };
    let all: usize = services.iter().filter(plain).filter_map(count).sum();
    if !context.foresee(Driver::Endpoints, all, size_of::<Endpoint>()) {
        return services.iter().map(|_| Vec::new()).collect();
    }
    services
        .iter()
        .map(|service| {
            if !context.may(1, 0) {
                return Vec::new();
            }
            let key = (service.name.namespace.clone(), service.name.name.clone());
            // What has a selector is kept up to date by a controller.
            let kept = parsed.held.later && !service.selector.is_empty();
            if let Some(stand) = parsed.held.slices.as_ref().filter(|_| kept) {
                return stand.get(&service.name).map_or_else(Vec::new, |own| given::from_held(&known, own));
            }
            match given.get(&key).filter(|_| !kept) {
                Some(found) if !found.slices.is_empty() => from_slices(context, &known, &found.slices),
                Some(found) if !found.endpoints.is_empty() => from_endpoints(context, &known, &found.endpoints),
                _ => {
                    let first = service.selector.first_key_value();
                    let candidates =
                        first.and_then(|(key, value)| by_label.get(&(&*service.name.namespace, &**key, &**value)));
                    selected(context, &known, service, candidates.map_or(&[][..], Vec::as_slice))
                }
            }
        })
        .collect()
}
