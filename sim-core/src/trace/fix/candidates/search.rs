//! Candidates while they are thought of.

use crate::model::Model;
use crate::trace::fix::kind::FixKind;
use crate::trace::journey::{Journey, Target};
use crate::trace::probe_text::{ProbeText, edits, is_near};
use crate::trace::why::input::{Maker, makers};
use crate::trace::why::{self, Field};
use kernel::packet::Protocol;
use kernel::walk::End;
use kubernetes::cluster::Options;
use kubernetes::cluster::model::{Pod, PodId, Service, ServiceId};
use kubernetes::edit::{Content, FieldPath};
use kubernetes::manifest::objects::{self, Object};
use kubernetes::origin::ObjectRef;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Most candidates.
pub(super) const MOST: usize = 400;
/// One change of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Set(Field, Content),
    Remove(Field),
    Push(Field, Content),
    /// One more document, in the text of that object.
    Document(ObjectRef, Content),
}

/// A change of the input or of the probe.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Candidate {
    pub(in crate::trace) kind: FixKind,
    pub(in crate::trace) args: BTreeMap<&'static str, String>,
    pub(in crate::trace) changes: Vec<Change>,
    pub(in crate::trace) probe: Option<ProbeText>,
    pub(in crate::trace) options: Option<Options>,
}

impl Candidate {
    /// The fields it changes.
    pub(in crate::trace) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.changes.iter().filter_map(|change| match change {
            Change::Set(field, _) | Change::Remove(field) | Change::Push(field, _) => Some(field),
            Change::Document(..) => None,
        })
    }

    /// What makes a change larger than its text is: another network for a Pod, an object of its own.
    pub(in crate::trace) fn weight(&self) -> usize {
        let network = self.fields().any(|field| field.path.to_string().ends_with("spec.hostNetwork"));
        // Ports for all of a rule's peers, and a peer for all of a rule's ports: a rule of its own opens less.
        let wider = self.changes.iter().any(|change| match change {
            Change::Push(field, _) => {
                let path = field.path.to_string();
                let rule = path.starts_with("spec.ingress[") || path.starts_with("spec.egress[");
                &*field.object.kind == "NetworkPolicy" && rule
            }
            _ => false,
        });
        let object = self.changes.iter().any(|change| matches!(change, Change::Document(..)));
        100 * usize::from(network) + 50 * usize::from(object) + 60 * usize::from(wider)
    }

    /// How much a change of the probe or of options changes, to compare with edits of a text.
    pub(in crate::trace) fn size(&self, text: &ProbeText) -> usize {
        self.probe.as_ref().map_or(20, |probe| 4 + edits(&probe.to, &text.to) + edits(&probe.from, &text.from))
    }
}

/// What is known of the failure, and the candidates so far.
pub(in crate::trace) struct Search<'m> {
    pub(in crate::trace) model: &'m Model,
    pub(in crate::trace) journey: &'m Journey,
    pub(in crate::trace) text: &'m ProbeText,
    /// The port that was asked for, 0 without one.
    pub(in crate::trace) port: u16,
    pub(in crate::trace) protocol: Protocol,
    /// The address that was dialled, or would have been.
    pub(in crate::trace) remote: Option<SocketAddr>,
    /// The name that was asked for: its labels, without the cluster's zone.
    pub(in crate::trace) name: Vec<String>,
    /// Where short names are looked up.
    pub(in crate::trace) namespace: String,
    pub(in crate::trace) found: Vec<Candidate>,
}

impl<'m> Search<'m> {
    pub(in crate::trace) fn push(&mut self, candidate: Candidate) {
        if self.found.len() < MOST {
            self.found.push(candidate);
        }
    }

    pub(in crate::trace) fn change(&mut self, kind: FixKind, changes: Vec<Change>) {
        let mut args = BTreeMap::new();
        match changes.first() {
            Some(Change::Set(field, content) | Change::Push(field, content)) => {
                args.insert("object", field.object.to_string());
                args.insert("field", field.path.to_string());
                args.insert("value", content.to_string());
            }
            Some(Change::Remove(field)) => {
                args.insert("object", field.object.to_string());
                args.insert("field", field.path.to_string());
            }
            Some(Change::Document(_, content)) => {
                args.insert("object", title(content));
            }
            None => return,
        }
        if matches!(changes.as_slice(), [Change::Push(..)]) {
            args.insert("entry", "yes".to_owned());
        }
        self.push(Candidate { kind, args, changes, probe: None, options: None });
    }

    pub(in crate::trace) fn set(&mut self, field: Field, content: Content) {
        self.change(FixKind::Set, vec![Change::Set(field, content)]);
    }

    pub(in crate::trace) fn remove(&mut self, field: Field) {
        self.change(FixKind::Remove, vec![Change::Remove(field)]);
    }

    pub(in crate::trace) fn several(&mut self, changes: Vec<Change>) {
        let kind = match changes.as_slice() {
            [Change::Set(..) | Change::Push(..)] => FixKind::Set,
            [Change::Remove(_)] => FixKind::Remove,
            [Change::Document(..)] => FixKind::Add,
            _ => FixKind::SetSeveral,
        };
        self.change(kind, changes);
    }

    pub(in crate::trace) fn probe(&mut self, kind: FixKind, probe: ProbeText) {
        let mut args = BTreeMap::new();
        let to = if kind == FixKind::UseConnect { probe.connect.as_ref().unwrap_or(&probe.to) } else { &probe.to };
        args.insert("to", to.clone());
        if kind == FixKind::UseProtocol {
            args.insert("proto", probe.proto.clone().unwrap_or_else(|| "tcp".to_owned()));
        }
        self.push(Candidate { kind, args, changes: Vec::new(), probe: Some(probe), options: None });
    }

    pub(in crate::trace) fn options(&mut self, kind: FixKind, options: Options) {
        self.push(Candidate { kind, args: BTreeMap::new(), changes: Vec::new(), probe: None, options: Some(options) });
    }

    /// The Service's text.
    pub(in crate::trace) fn document(&self, object: &ObjectRef) -> Option<&'m objects::Document<objects::Service>> {
        self.model.parsed.objects.iter().find_map(|own| match own {
            Object::Service(document) if document.object == *object => Some(document),
            _ => None,
        })
    }

    pub(in crate::trace) fn service(&self, id: ServiceId) -> Option<&'m Service> {
        self.model.cluster.services.get(id.0 as usize)
    }

    pub(in crate::trace) fn pod(&self, id: PodId) -> Option<&'m Pod> {
        self.model.cluster.pods.get(id.0 as usize)
    }

    /// The text behind a Pod.
    pub(in crate::trace) fn maker(&self, pod: &Pod) -> Option<Maker<'m>> {
        makers(self.model).find(|maker| *maker.object == pod.origin.object)
    }
}

pub(in crate::trace) fn title(content: &Content) -> String {
    let entry = |content: &Content, key: &str| match content {
        Content::Map(entries) => entries.iter().find(|(own, _)| &**own == key).map(|(_, value)| value.clone()),
        _ => None,
    };
    let text = |content: Option<Content>| match content {
        Some(Content::Text(text)) => text.to_string(),
        _ => String::new(),
    };
    let metadata = entry(content, "metadata");
    let of = |key: &str| text(metadata.as_ref().and_then(|metadata| entry(metadata, key)));
    let namespace = of("namespace");
    let namespace = if namespace.is_empty() { "default".to_owned() } else { namespace };
    format!("{} {namespace}/{}", text(entry(content, "kind")), of("name"))
}

/// The Services a failure may be about, each with the index of the port that was asked for, the likeliest first; at most six.
pub(in crate::trace) fn involved(search: &Search<'_>) -> Vec<(ServiceId, Option<usize>)> {
    let model = search.model;
    let cluster = &model.cluster;
    let mut all: Vec<(ServiceId, Option<usize>)> = Vec::new();
    let mut add = |id: ServiceId, port: Option<usize>| {
        if !all.iter().any(|(own, _)| *own == id) {
            all.push((id, port));
        }
    };
    let by_port = |id: ServiceId| {
        let service = cluster.services.get(id.0 as usize)?;
        service.ports.iter().position(|port| port.port.0 == search.port && port.protocol == search.protocol)
    };
    let named = |object: &ObjectRef| {
        let namespace = object.namespace.as_deref().unwrap_or("default");
        cluster.service_named(namespace, &object.name).filter(|_| &*object.kind == "Service")
    };
    if let Target::Service(id, _) | Target::LoadBalancer(id, _) = search.journey.probe.to {
        add(id, by_port(id));
    }
    if let Some(front) = search.remote.and_then(|to| why::service::front(cluster, to, search.protocol)) {
        add(front.service, front.port);
    }
    for field in search.journey.outcome.why.iter().flat_map(|why| why.field.iter().chain(&why.against)) {
        if let Some(id) = named(&field.object) {
            add(id, by_port(id));
        }
    }
    for lookup in search.journey.lookups.iter().filter(|lookup| lookup.origin.is_some()) {
        if let Some(id) = lookup.origin.as_ref().and_then(|origin| named(&origin.object)) {
            add(id, by_port(id));
        }
    }
    // Whom a proxy went on to.
    let behind = search.journey.http.as_ref().and_then(|fetched| fetched.decision()?.backend.as_ref());
    if let Some(backend) = behind
        && let Some(id) = cluster.service_named(&backend.service.namespace, &backend.service.name)
    {
        let ports = cluster.services.get(id.0 as usize).map(|service| &service.ports);
        let at = ports.and_then(|ports| {
            ports.iter().position(|port| port.port.to_string() == *backend.port || port.name == backend.port)
        });
        add(id, at);
    }
    // A question that was not answered: the DNS Service.
    let unanswered =
        search.journey.legs.iter().any(|leg| leg.lookup.is_some() && matches!(leg.end, End::Dropped { .. }));
    let dns = crate::agents::kubelet::cluster_dns_service(cluster).filter(|_| unanswered);
    if let Some(id) = dns {
        let port = cluster.services.get(id.0 as usize).and_then(|service| {
            service.ports.iter().position(|port| port.port.0 == 53 && port.protocol == Protocol::Udp)
        });
        add(id, port);
    }
    // By name, near or exact, in any namespace.
    let wanted = search.name.iter().take(2).cloned().collect::<Vec<_>>();
    let mut near: Vec<(usize, ServiceId)> = (0u32..)
        .map(ServiceId)
        .zip(&cluster.services)
        .filter(|(_, service)| !service.origin.assumed)
        .filter_map(|(id, service)| {
            let near = wanted.iter().filter(|label| is_near(label, &service.name.name));
            Some((near.map(|label| edits(label, &service.name.name)).min()?, id))
        })
        .collect();
    near.sort();
    for (_, id) in near {
        add(id, by_port(id));
    }
    // By a node port near the one that was asked.
    if search.remote.is_some_and(|to| cluster.nodes.iter().any(|node| node.ip == to.ip()) || to.ip().is_loopback()) {
        for (id, service) in
            (0u32..).map(ServiceId).zip(&cluster.services).filter(|(_, service)| !service.origin.assumed)
        {
            let at = service.ports.iter().position(|port| {
                port.node_port.is_some_and(|own| edits(&own.to_string(), &search.port.to_string()) <= 2)
            });
            let said = search.document(&service.origin.object).and_then(|document| {
                let is = |port: &objects::ServicePort| {
                    port.node_port.as_ref().is_some_and(|own| own.value == i64::from(search.port))
                };
                document.value.spec.ports.iter().position(|port| is(&port.value))
            });
            if let Some(at) = said.or(at) {
                add(id, Some(at));
            }
        }
    }
    // An address that nothing has: Services that a load balancer would lead to, by their port.
    let why = search.journey.outcome.why.as_ref();
    if why.is_some_and(|why| matches!(why.code, "no-such-address" | "near-address")) {
        let balanced = (0u32..).map(ServiceId).zip(&cluster.services);
        let balanced = balanced.filter(|(_, service)| {
            service.kind == kubernetes::cluster::model::ServiceType::LoadBalancer || !service.external_ips.is_empty()
        });
        for (id, _) in balanced {
            if let Some(at) = by_port(id) {
                add(id, Some(at));
            }
        }
    }
    all.truncate(6);
    all
}

/// A path below a field.
pub(in crate::trace) fn below(field: &Field, path: &str) -> Field {
    let steps = field.path.0.iter().cloned().chain(FieldPath::parse(path).0).collect();
    Field { object: field.object.clone(), path: FieldPath(steps), at: None }
}
