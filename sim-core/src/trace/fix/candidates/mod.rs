//! Changes worth a try. What is thought of here need not help: only what was proven is shown.

mod dns;
mod endpoints;
mod external;
mod findings;
mod labels;
mod mappings;
mod names;
mod overlay;
mod pods;
mod policies;
mod ports;
mod probes;
mod published;
mod requests;
mod routes;
mod rules;
pub(super) mod search;
mod service;

use crate::model::Model;
use crate::trace::journey::{Journey, Source, Target};
use crate::trace::probe_text::ProbeText;
use crate::trace::why::mapping;
use kubernetes::edit::Editor;
use kubernetes::manifest::objects::Object;
use kubernetes::patch::Patch;
pub(super) use search::Candidate;
pub(crate) use search::Change;
use search::{Search, involved};

impl Candidate {
    /// The change as edits; `None` where a text cannot be changed so.
    pub(super) fn patch(&self, model: &Model) -> Option<Patch> {
        patch_of(model, &self.changes)
    }
}

/// Changes of the input as edits of its texts; `None` where a text cannot be changed so, or they overlap.
pub(crate) fn patch_of(model: &Model, changes: &[Change]) -> Option<Patch> {
    let parsed = &model.parsed;
    let mut patch = Patch::default();
    for change in changes {
        let object = match change {
            Change::Set(field, _) | Change::Remove(field) | Change::Push(field, _) => &field.object,
            Change::Document(beside, _) => beside,
        };
        let span = parsed.objects.iter().find(|own| own.object() == object).map(Object::span);
        let made = parsed.rendered(object).filter(|_| !matches!(change, Change::Document(..)));
        let one = match change {
            _ if made.is_some() => made.and_then(|made| overlay::patch(&parsed.sources, made, change)),
            Change::Document(_, content) => {
                let source = span.map_or_else(Default::default, |span| span.source);
                Editor::document(&parsed.sources, source, content)
            }
            Change::Set(field, content) => {
                Editor::new(&parsed.sources, span?)?.set(field.path.clone(), content.clone())
            }
            Change::Remove(field) => Editor::new(&parsed.sources, span?)?.remove(field.path.clone()),
            Change::Push(field, content) => {
                Editor::new(&parsed.sources, span?)?.push(field.path.clone(), content.clone())
            }
        };
        patch = patch.and(&one?)?;
    }
    (!patch.edits().is_empty()).then_some(patch)
}

pub(super) fn candidates(model: &Model, journey: &Journey, text: &ProbeText) -> Vec<Candidate> {
    let probe = &journey.probe;
    let port = match &probe.to {
        Target::Pod(_, port) | Target::Service(_, port) | Target::LoadBalancer(_, port) => port.0,
        Target::Name(_, port) | Target::Address(_, port) => port.0,
        Target::Node(_, port) | Target::Machine(_, port) => port.0,
        Target::Url { port, .. } => port.0,
    };
    let host = match &probe.to {
        Target::Name(name, _) => Some(name),
        Target::Url { host, .. } if host.parse::<std::net::IpAddr>().is_err() => Some(host),
        _ => None,
    };
    let zone = format!(".{}", model.cluster.settings.dns_domain);
    let name = host.map(|name| {
        let name = name.trim_end_matches('.').to_lowercase();
        let name = name.strip_suffix(&*zone).unwrap_or(&name);
        name.strip_suffix(".svc").unwrap_or(name).split('.').map(str::to_owned).collect::<Vec<_>>()
    });
    let namespace = match probe.from {
        Source::Pod(id) => model.cluster.pods.get(id.0 as usize).map(|pod| pod.name.namespace.to_string()),
        _ => None,
    };
    let connection = journey.legs.iter().find(|leg| leg.lookup.is_none()).and_then(|leg| leg.hops.first());
    let dialled = connection.map(|hop| hop.after.packet.destination());
    // What a port of a Docker host is mapped to is what was meant.
    let mapped = dialled.and_then(|to| {
        let called = mapping::called(model, &probe.from, to)?;
        mapping::of(model, called.host, to.port(), probe.protocol).map(|mapped| mapped.inner())
    });
    let mut search = Search {
        model,
        journey,
        text,
        port: mapped.map_or(port, |inner| inner.port()),
        protocol: probe.protocol,
        remote: mapped.or(dialled),
        name: name.unwrap_or_default(),
        namespace: namespace.unwrap_or_else(|| "default".to_owned()),
        found: Vec::new(),
    };
    if requests::is_about_how_it_began(journey) {
        requests::changes(&mut search);
        return search.found;
    }
    let policed = policies::changes(&mut search);
    let services = involved(&search);
    for (id, index) in &services {
        service::changes(&mut search, *id, *index);
        ports::changes(&mut search, *id, *index);
        labels::changes(&mut search, *id);
        endpoints::changes(&mut search, *id, *index);
        probes::of_service(&mut search, *id, *index);
    }
    names::changes(&mut search, &services.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    external::changes(&mut search);
    routes::changes(&mut search);
    rules::changes(&mut search);
    // Who is kept out by a policy is let in by one, not by taking the Pod out of what policies select.
    if !policed {
        pods::changes(&mut search);
    }
    dns::changes(&mut search);
    mappings::changes(&mut search, dialled);
    published::changes(&mut search, dialled);
    requests::changes(&mut search);
    findings::changes(&mut search);
    probes::changes(&mut search);
    search.found
}
