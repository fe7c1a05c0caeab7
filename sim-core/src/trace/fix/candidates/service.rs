//! Type, policies, addresses and numbers of a Service.

use super::search::{Change, Search, below};
use crate::trace::probe_text::is_near;
use crate::trace::why::Field;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{ServiceId, ServiceType, TrafficPolicy};
use kubernetes::edit::Content;

pub(super) fn changes(search: &mut Search<'_>, id: ServiceId, index: Option<usize>) {
    let Some(service) = search.service(id).filter(|service| !service.origin.assumed) else { return };
    let Some(document) = search.document(&service.origin.object) else { return };
    let spec = &document.value.spec;
    let field = |path: &str| Field::new(&service.origin.object, path);
    let policies = [
        (service.internal_traffic_policy, "spec.internalTrafficPolicy"),
        (service.external_traffic_policy, "spec.externalTrafficPolicy"),
    ];
    for (policy, path) in policies {
        if policy == TrafficPolicy::Local {
            search.set(field(path), Content::text("Cluster"));
        }
    }
    let source = search.journey.legs.iter().rev().find(|leg| leg.lookup.is_none()).and_then(|leg| leg.hops.first());
    if !service.source_ranges.is_empty() {
        let source = source.map(|hop| hop.after.packet.ip.src).filter(|ip| ip.is_ipv4());
        if let Some(ip) = source {
            search.several(vec![Change::Push(
                field("spec.loadBalancerSourceRanges"),
                Content::text(&format!("{ip}/32")),
            )]);
        }
        search.remove(field("spec.loadBalancerSourceRanges"));
    }
    // The address that was dialled.
    if let Some(to) = search.remote {
        let ip = Content::text(&to.ip().to_string());
        let free = |ip| !search.model.cluster.services.iter().any(|own| own.cluster_ips.contains(&ip));
        let in_range = search.model.cluster.settings.service_cidr.contains(&to.ip());
        if in_range && free(to.ip()) && spec.cluster_ip.is_some() {
            search.set(field("spec.clusterIP"), ip.clone());
        }
        for at in 0..spec.external_ips.len() {
            search.set(field(&format!("spec.externalIPs[{at}]")), ip.clone());
        }
        for at in 0..document.value.status.load_balancer.ingress.len() {
            search.set(field(&format!("status.loadBalancer.ingress[{at}].ip")), ip.clone());
        }
    }
    if service.headless {
        let mut gone = vec![Change::Remove(field("spec.clusterIP"))];
        if !spec.cluster_ips.is_empty() {
            gone.push(Change::Remove(field("spec.clusterIPs")));
        }
        search.several(gone);
    } else if search.name.len() > 1 && spec.cluster_ip.is_none() {
        search.set(field("spec.clusterIP"), Content::text("None"));
    }
    if service.kind == ServiceType::ExternalName {
        search.several(vec![Change::Remove(field("spec.type")), Change::Remove(field("spec.externalName"))]);
        external_names(search, id);
    }
    search.set(field("spec.publishNotReadyAddresses"), Content::Bool(true));
    numbers(search, id, index);
}

/// Ports, node ports and the type that gives them.
fn numbers(search: &mut Search<'_>, id: ServiceId, index: Option<usize>) {
    let Some(service) = search.service(id) else { return };
    let Some(document) = search.document(&service.origin.object) else { return };
    let object = &service.origin.object;
    let written = &document.value.spec.ports;
    let asked = search.port;
    let on_node = search
        .remote
        .is_some_and(|to| to.ip().is_loopback() || search.model.cluster.nodes.iter().any(|node| node.ip == to.ip()));
    let protocol = match search.protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
        _ => return,
    };
    for (at, port) in written.iter().enumerate() {
        let entry = Field::new(object, format!("spec.ports[{at}]").as_str());
        let number = port.value.port.as_ref().map(|number| number.value);
        let wanted = index.is_none_or(|index| index == at);
        if on_node {
            let has = port.value.node_port.as_ref().map(|own| own.value);
            let node_port = below(&entry, "nodePort");
            let kind = Field::new(object, "spec.type");
            let typed = matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
            if typed && has != Some(i64::from(asked)) {
                search.set(node_port.clone(), Content::Int(i64::from(asked)));
            }
            if !typed {
                let mut changes = vec![Change::Set(kind, Content::text("NodePort"))];
                if has != Some(i64::from(asked)) {
                    changes.push(Change::Set(node_port, Content::Int(i64::from(asked))));
                }
                search.several(changes);
            }
        } else if number != Some(i64::from(asked)) && asked != 0 && (index.is_none() || wanted) {
            search.set(below(&entry, "port"), Content::Int(i64::from(asked)));
            // What was reached by the port itself is reached by its number still.
            if port.value.target_port.is_none()
                && let Some(number) = number
            {
                search.several(vec![
                    Change::Set(below(&entry, "port"), Content::Int(i64::from(asked))),
                    Change::Set(below(&entry, "targetPort"), Content::Int(number)),
                ]);
            }
        }
        let says = port.value.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value);
        if says != protocol {
            let leaf = below(&entry, "protocol");
            if protocol == "TCP" {
                search.remove(leaf.clone());
            }
            search.set(leaf, Content::text(protocol));
        }
    }
}

/// Names of Services that an alias could stand for.
fn external_names(search: &mut Search<'_>, id: ServiceId) {
    let Some(service) = search.service(id) else { return };
    let Some(target) = service.external_name.clone() else { return };
    let zone = search.model.cluster.settings.dns_domain.clone();
    let suggested = search.journey.outcome.why.as_ref().and_then(|why| why.args.get("suggestion")).cloned();
    if let Some(name) = suggested.filter(|name| name.ends_with(&*zone)) {
        search.set(Field::new(&service.origin.object, "spec.externalName"), Content::text(&name));
    }
    // The Service that is meant, back in its namespace.
    let mut labels = target.split('.');
    if let (Some(name), Some(namespace)) = (labels.next(), labels.next()) {
        let moved = search.model.cluster.services.iter().filter(|own| &*own.name.name == name && !own.origin.assumed);
        for own in moved.take(3) {
            search.set(Field::new(&own.origin.object, "metadata.namespace"), Content::text(namespace));
        }
    }
    // Services with nearly that name, and the only one of the namespace that is named.
    let others = search.model.cluster.services.iter().filter(|own| own.name != service.name && !own.origin.assumed);
    let mut labels = target.split('.');
    let (first, namespace) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    let alone = others.clone().filter(|own| &*own.name.namespace == namespace).count() == 1;
    let meant = |own: &&kubernetes::cluster::model::Service| {
        is_near(&own.name.name, first) || (alone && &*own.name.namespace == namespace)
    };
    let mut near: Vec<(usize, String)> = others
        .filter(meant)
        .map(|own| format!("{}.{}.svc.{zone}", own.name.name, own.name.namespace))
        .map(|name| (crate::trace::probe_text::edits(&target, &name), name))
        .collect();
    near.sort();
    for (_, name) in near.into_iter().take(3) {
        search.set(Field::new(&service.origin.object, "spec.externalName"), Content::text(&name));
    }
}
