//! Services that are only another name for something: an address in place of a name, and ports that nothing maps.

use super::probes;
use super::search::{Change, Search};
use crate::trace::fix::kind::FixKind;
use crate::trace::why::Field;
use kernel::packet::Protocol;
use kubernetes::edit::Content;
use kubernetes::manifest::objects::{IntOrString, Object, ServiceSpec};
use kubernetes::origin::ObjectRef;
use std::net::IpAddr;

pub(super) fn changes(search: &mut Search<'_>) {
    let Some(first) = search.name.first().cloned().filter(|_| search.name.len() <= 2) else { return };
    let namespace = search.name.get(1).unwrap_or(&search.namespace).clone();
    let found = search.model.parsed.objects.iter().find_map(|object| match object {
        Object::Service(document) => {
            let own = &document.object;
            let here = *own.name == *first && own.namespace.as_deref().unwrap_or("default") == namespace;
            here.then_some((own, &document.value.spec))
        }
        _ => None,
    });
    let Some((object, spec)) = found else { return };
    let Some(name) = &spec.external_name else { return };
    if let Ok(ip) = name.value.trim_end_matches('.').parse::<IpAddr>() {
        address(search, object, spec, ip);
    }
    // What was meant by the port.
    let target =
        spec.ports.iter().find_map(|port| match port.value.target_port.as_ref().map(|target| &target.value)? {
            IntOrString::Int(target) if port.value.port.as_ref()?.value == i64::from(search.port) => Some(*target),
            _ => None,
        });
    if let Some(target) = target.filter(|target| *target != i64::from(search.port)) {
        let host = search.text.to.rsplit_once(':').map_or(&*search.text.to, |(host, _)| host);
        let probe = probes::to(search, format!("{host}:{target}"));
        search.probe(FixKind::UseTo, probe);
    }
}

/// A Service without selector, and its address in an EndpointSlice.
fn address(search: &mut Search<'_>, object: &ObjectRef, spec: &ServiceSpec, ip: IpAddr) {
    let text = Content::text;
    let protocol = search.protocol.to_string().to_uppercase();
    let port = |with_target: bool| {
        let mut port = vec![("port".into(), Content::Int(i64::from(search.port)))];
        if with_target {
            port.insert(0, ("name".into(), text("")));
        }
        if search.protocol != Protocol::Tcp {
            port.push(("protocol".into(), text(&protocol)));
        }
        Content::Map(port)
    };
    let mut metadata = vec![("name".into(), text(&format!("{}-1", object.name)))];
    if let Some(namespace) = object.namespace.as_deref().filter(|namespace| *namespace != "default") {
        metadata.push(("namespace".into(), text(namespace)));
    }
    let label = ("kubernetes.io/service-name".into(), text(&object.name));
    metadata.push(("labels".into(), Content::Map(vec![label])));
    let family = if ip.is_ipv4() { "IPv4" } else { "IPv6" };
    let endpoint = Content::Map(vec![("addresses".into(), Content::List(vec![text(&ip.to_string())]))]);
    let slice = Content::Map(vec![
        ("apiVersion".into(), text("discovery.k8s.io/v1")),
        ("kind".into(), text("EndpointSlice")),
        ("metadata".into(), Content::Map(metadata)),
        ("addressType".into(), text(family)),
        ("ports".into(), Content::List(vec![port(true)])),
        ("endpoints".into(), Content::List(vec![endpoint])),
    ]);
    let field = |path: &str| Field::new(object, path);
    let mut changes =
        vec![Change::Remove(field("spec.externalName")), Change::Set(field("spec.type"), text("ClusterIP"))];
    if spec.ports.is_empty() {
        changes.push(Change::Set(field("spec.ports"), Content::List(vec![port(false)])));
    }
    changes.push(Change::Document(object.clone(), slice));
    search.several(changes);
}
