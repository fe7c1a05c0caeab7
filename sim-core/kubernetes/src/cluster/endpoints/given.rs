//! Endpoints as the input's slices and Endpoints objects give them.

use super::known::{Known, Lists, list};
use crate::cluster::context::{Context, name_of};
use crate::cluster::model::{Endpoint, Origin, PortEndpoints};
use crate::manifest::objects::{self, Document, EndpointPort};
use crate::manifest::{HeldEndpoint, HeldPort};
use crate::origin::ObjectRef;
use kernel::packet::{Port, Protocol};
use std::sync::Arc;

fn read_port(context: &mut Context<'_>, port: &EndpointPort, object: &ObjectRef) -> Option<(Arc<str>, Protocol, Port)> {
    let number = context.port(port.port.as_ref()?, "ports.port", object)?;
    let protocol = context.protocol(port.protocol.as_ref(), "ports.protocol", object)?;
    Some((port.name.as_ref().map_or_else(|| Arc::from(""), |name| name.value.clone()), protocol, number))
}

/// Slices that their controller has not brought up to date. A Pod that is another by now is none behind them.
pub(super) fn from_held(known: &Known<'_>, own: &[HeldPort]) -> Vec<PortEndpoints> {
    let pod = |endpoint: &HeldEndpoint| {
        let name = endpoint.pod.as_ref()?;
        let id = known.by_name.get(&(&*name.namespace, &*name.name)).copied()?;
        known.pod(id).filter(|pod| pod.ip == endpoint.ip).map(|_| id)
    };
    let endpoint = |of: &HeldEndpoint| Endpoint {
        ip: of.ip,
        written: None,
        port: of.port,
        ready: of.conditions.0,
        serving: of.conditions.1,
        terminating: of.conditions.2,
        node: of.node.clone(),
        zone: of.zone.clone(),
        zone_hints: of.hints.0.clone(),
        node_hints: of.hints.1.clone(),
        hostname: of.hostname.clone(),
        pod: pod(of),
        origin: of.origin.clone(),
    };
    let list = |port: &HeldPort| PortEndpoints {
        port_name: port.name.clone(),
        protocol: port.protocol,
        endpoints: port.endpoints.iter().map(endpoint).collect(),
    };
    own.iter().map(list).collect()
}

pub(super) fn from_slices(
    context: &mut Context<'_>,
    known: &Known<'_>,
    slices: &[&Document<objects::EndpointSlice>],
) -> Vec<PortEndpoints> {
    let mut lists = Lists::default();
    for slice in slices {
        // kube-proxy leaves slices of names alone.
        if slice.value.address_type.as_ref().is_some_and(|kind| &*kind.value == "FQDN") {
            continue;
        }
        let object = &slice.object;
        let namespace = name_of(object).namespace;
        let mut ports = Vec::new();
        for port in &slice.value.ports {
            ports.extend(read_port(context, &port.value, object));
        }
        if slice.value.ports.is_empty() {
            // Without ports there are still addresses: a headless Service's names have them.
            ports.push((Arc::from(""), Protocol::Tcp, Port(0)));
        }
        for (name, protocol, _) in &ports {
            if let Some(list) = list(&mut lists, name, *protocol) {
                list.endpoints.reserve_exact(slice.value.endpoints.len());
            }
        }
        for endpoint in &slice.value.endpoints {
            let of = &endpoint.value;
            for address in &of.addresses {
                let Some(ip) = context.ip(address, "endpoints.addresses", object) else { continue };
                let written = (*address.value != *ip.to_string()).then(|| address.value.clone());
                let location = context.at(endpoint.span);
                if !context.may(ports.len(), ports.len() * size_of::<Endpoint>()) {
                    return lists.all;
                }
                for (name, protocol, port) in &ports {
                    let hint = |hint: &objects::NamedHint| hint.name.value.clone();
                    let conditions = &of.conditions;
                    let ready = conditions.ready.unwrap_or(true);
                    let made = Endpoint {
                        ip,
                        written: written.clone(),
                        port: *port,
                        ready,
                        serving: conditions.serving.unwrap_or(ready),
                        terminating: conditions.terminating.unwrap_or(false),
                        node: of.node_name.clone(),
                        zone: of.zone.clone(),
                        zone_hints: of.hints.for_zones.iter().map(hint).collect(),
                        node_hints: of.hints.for_nodes.iter().map(hint).collect(),
                        hostname: of.hostname.as_ref().map(|name| name.value.clone()),
                        pod: known.target(&namespace, of.target_ref.as_deref(), ip),
                        origin: Origin { object: object.clone(), location: location.clone(), assumed: false },
                    };
                    if let Some(list) = list(&mut lists, name, *protocol) {
                        list.endpoints.push(made);
                    }
                }
            }
        }
    }
    lists.all
}

/// Endpoints of the old kind, as the mirroring controller turns them into slices.
pub(super) fn from_endpoints(
    context: &mut Context<'_>,
    known: &Known<'_>,
    all: &[&Document<objects::Endpoints>],
) -> Vec<PortEndpoints> {
    let mut lists = Lists::default();
    for document in all {
        let object = &document.object;
        let namespace = name_of(object).namespace;
        for subset in &document.value.subsets {
            let mut ports = Vec::new();
            for port in &subset.value.ports {
                ports.extend(read_port(context, &port.value, object));
            }
            let ready = subset.value.addresses.iter().map(|address| (address, true));
            let unready = subset.value.not_ready_addresses.iter().map(|address| (address, false));
            for (address, ready) in ready.chain(unready) {
                let Some(ip) = context.ip(&address.value.ip, "subsets.addresses.ip", object) else { continue };
                let pod = known.target(&namespace, address.value.target_ref.as_deref(), ip);
                let node = address.value.node_name.clone().or_else(|| {
                    let pod = known.pod(pod?)?;
                    known.nodes.get(pod.node.0 as usize).map(|node| node.name.clone())
                });
                if !context.may(ports.len(), ports.len() * size_of::<Endpoint>()) {
                    return lists.all;
                }
                for (name, protocol, port) in &ports {
                    let made = Endpoint {
                        ip,
                        written: None,
                        port: *port,
                        ready,
                        serving: ready,
                        terminating: false,
                        zone: node.as_deref().and_then(|node| known.zone(node)),
                        node: node.clone(),
                        zone_hints: Vec::new(),
                        node_hints: Vec::new(),
                        hostname: address.value.hostname.clone(),
                        pod,
                        origin: Origin { object: object.clone(), location: context.at(address.span), assumed: false },
                    };
                    if let Some(list) = list(&mut lists, name, *protocol) {
                        list.endpoints.push(made);
                    }
                }
            }
        }
    }
    lists.all
}
