//! Why nobody took the packet where it arrived.

use super::codes;
use super::failed::{Lost, node_of, pod_field, pod_of, service_field, upper};
use super::field::{Field, Why};
use super::input::makers;
use crate::model::Model;
use crate::trace::journey::Target;
use kernel::config::Socket;
use kernel::packet::{Port, Protocol};
use kernel::walk::DropReason;
use kubernetes::cluster::model::{Pod, PodId, ServiceId, TargetPort};
use kubernetes::origin::Component;
use std::collections::BTreeSet;

/// What a Pod listens on, as `PORT/PROTOCOL`; those of `protocol` first.
pub(super) fn listening(model: &Model, pod: PodId, protocol: Protocol) -> String {
    let Some(netns) = model.site.pods.get(&pod) else { return "–".to_owned() };
    let sockets = &model.site.network.netns(*netns).sockets;
    let of = model.cluster.pods.get(pod.0 as usize);
    // A node has sockets of others, too.
    let own = |port: Port| {
        of.is_none_or(|pod| {
            !pod.host_network
                || pod.containers.iter().any(|container| container.ports.iter().any(|own| own.port == port))
        })
    };
    let sockets = sockets.iter().filter(|socket| own(socket.port));
    let all: BTreeSet<(bool, Port, Protocol)> =
        sockets.map(|socket| (socket.protocol != protocol, socket.port, socket.protocol)).collect();
    if all.is_empty() {
        return "–".to_owned();
    }
    let shown = |(other, port, own): &(bool, Port, Protocol)| {
        if *other { format!("{port}/{}", upper(*own)) } else { port.to_string() }
    };
    all.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// `through`: the Service and port whose rules led there.
pub(super) fn lost(lost: Lost<'_>, through: Option<(ServiceId, usize)>) -> Option<Why> {
    let model = lost.failed.model;
    if !matches!(lost.reason, DropReason::NoListener | DropReason::NoSocket) {
        return None;
    }
    let to = lost.leg.hops.last()?.after.packet.destination();
    // On a node's own network it is the endpoint's Pod.
    let on_node = || {
        let (service, _) = through?;
        let mut all = model.cluster.endpoints.get(service.0 as usize)?.iter().flat_map(|list| &list.endpoints);
        let id = all.find(|endpoint| endpoint.ip == to.ip() && endpoint.port.0 == to.port())?.pod?;
        Some((id, model.cluster.pods.get(id.0 as usize)?))
    };
    let (id, pod) = pod_of(model, lost.netns).or_else(on_node)?;
    let sockets = &model.site.network.netns(lost.netns).sockets;
    let same_port = || sockets.iter().filter(|socket| socket.port.0 == to.port());
    let all = listening(model, id, lost.protocol);
    let why = |code| Why::new(code).arg("pod", &pod.name).arg("port", to.port());
    // It listens, but not here.
    if let Some(socket) = same_port().find(|socket| socket.protocol == lost.protocol) {
        let address = socket.address.map(|address| address.to_string()).unwrap_or_default();
        let why = why(codes::LISTENER_ADDRESS).arg("address", address);
        return Some(why.at(said_by(model, socket, pod)).by(Component::Workload));
    }
    // A container that would, but does not run.
    let meant = |container: &&kubernetes::cluster::model::Container| {
        container.ports.iter().any(|port| port.port.0 == to.port() && port.protocol == lost.protocol)
    };
    let waiting = pod.containers.iter().filter(|container| !container.state.runs());
    if waiting.clone().any(|container| meant(&container)) || (waiting.count() > 0 && sockets.is_empty()) {
        let obstacle = pod.state.obstacle.as_ref();
        let why = why(codes::POD_NOT_RUNNING).by(Component::ContainerRuntime);
        let why = why.arg("reason", obstacle.map(super::endpoints::reason).unwrap_or_default());
        return Some(why.at(obstacle.and_then(|o| super::endpoints::obstacle_field(model, &pod.origin.object, o))));
    }
    let target = through.and_then(|(service, port)| {
        let of = model.cluster.services.get(service.0 as usize)?;
        Some((service, port, of, of.ports.get(port)?))
    });
    let declared = declared(model, pod);
    if let Some(socket) = same_port().next() {
        let why = why(codes::LISTENER_PROTOCOL).arg("asked", upper(lost.protocol));
        let why = why.arg("has", upper(socket.protocol));
        let own = declared.iter().find(|declared| declared.port == to.port());
        let own = own.map(|own| own.field("protocol"));
        let service = target
            .and_then(|(service, port, ..)| service_field(model, service, &format!("spec.ports[{port}].protocol")));
        return Some(match service {
            Some(service) => why.at(service).against(own),
            None => why.at(own.or_else(|| said_by(model, socket, pod))),
        });
    }
    if let Some(unheard) = pod.listening.unheard(lost.protocol, Port(to.port())) {
        let because = &unheard.against;
        let object = because.object.as_ref().unwrap_or(&pod.origin.object);
        let field = Field { at: because.location.clone(), ..Field::new(object, &*because.field) };
        let own = declared.iter().find(|own| own.port == to.port()).map(|own| own.field("containerPort"));
        let why = why(codes::NOT_SERVED).arg("against", &because.text).arg("listening", all);
        return Some(why.at(field).against(own).by(Component::Workload));
    }
    let nearest = declared.iter().min_by_key(|own| own.port.abs_diff(to.port())).map(|own| own.field("containerPort"));
    if let Some((service, index, of, port)) = target {
        let leaf = if matches!(&port.target_port, TargetPort::Number(number) if *number == port.port) {
            // Not written, it is the port.
            let written = model.parsed.objects.iter().find_map(|object| match object {
                kubernetes::manifest::objects::Object::Service(document) if document.object == of.origin.object => {
                    document.value.spec.ports.get(index).map(|port| port.value.target_port.is_some())
                }
                _ => None,
            });
            if written == Some(true) { "targetPort" } else { "port" }
        } else {
            "targetPort"
        };
        let named = match &port.target_port {
            TargetPort::Name(name) => {
                declared.iter().find(|own| own.name == Some(&**name)).map(|own| own.field("containerPort"))
            }
            TargetPort::Number(_) => None,
        };
        let why = why(codes::TARGET_PORT).arg("service", &of.name).arg("listening", all);
        let own = service_field(model, service, &format!("spec.ports[{index}].{leaf}"));
        let own = own.or_else(|| endpoint_field(model, service, to));
        return Some(why.at(own).against(named.or(nearest)));
    }
    // By the name of a headless Service.
    let headless = lost.failed.lookups.iter().rev().filter(|lookup| !lookup.addresses.is_empty()).find_map(|lookup| {
        let object = lookup.origin.as_ref().map(|origin| &origin.object).filter(|object| &*object.kind == "Service")?;
        model.cluster.service_named(object.namespace.as_deref().unwrap_or("default"), &object.name)
    });
    if let Some(service) = headless.filter(|_| matches!(lost.failed.probe.to, Target::Name(..) | Target::Url { .. }))
        && let Some(of) = model.cluster.services.get(service.0 as usize).filter(|of| of.headless)
    {
        let why = why(codes::HEADLESS_PORT).arg("service", &of.name).arg("listening", all);
        return Some(why.at(service_field(model, service, "spec.clusterIP")).against(nearest));
    }
    let own = nearest.or_else(|| pod_field(pod, "spec.containers[0].ports"));
    Some(why(codes::NOT_LISTENING).arg("listening", all).at(own).by(Component::Workload))
}

/// The entry of a slice that gave an address.
fn endpoint_field(model: &Model, service: ServiceId, to: std::net::SocketAddr) -> Option<Field> {
    let lists = model.cluster.endpoints.get(service.0 as usize)?;
    let mut all = lists.iter().flat_map(|list| &list.endpoints);
    let found = all.find(|endpoint| endpoint.ip == to.ip() && endpoint.port.0 == to.port())?;
    Some(Field::new(&found.origin.object, "ports")).filter(|_| !found.origin.assumed)
}

/// The line that a socket comes from.
fn said_by(model: &Model, socket: &Socket, pod: &Pod) -> Option<Field> {
    let cause = model.site.causes.get(socket.cause)?;
    let path = cause.field.as_deref().unwrap_or("spec.containers[0]");
    let object = cause.object.as_ref()?;
    if *object == pod.origin.object {
        let field = Field::new(object, path);
        return Some(field);
    }
    // What somebody else says of it.
    Some(Field { at: cause.location.clone(), ..Field::new(object, path) })
}

/// A port that a container declares.
pub(in crate::trace) struct Declared<'m> {
    pub(in crate::trace) port: u16,
    pub(in crate::trace) name: Option<&'m str>,
    entry: Field,
}

impl Declared<'_> {
    /// A field of its entry.
    pub(in crate::trace) fn field(&self, leaf: &str) -> Field {
        Field { path: self.entry.path.clone().key(leaf), ..self.entry.clone() }
    }
}

/// What a Pod's containers declare, as the text has it.
pub(in crate::trace) fn declared<'m>(model: &'m Model, pod: &Pod) -> Vec<Declared<'m>> {
    let Some(maker) = makers(model).find(|maker| *maker.object == pod.origin.object) else { return Vec::new() };
    let containers = maker.spec.containers.iter().enumerate();
    let ports = containers.flat_map(|(at, container)| container.ports.iter().enumerate().map(move |port| (at, port)));
    ports
        .filter_map(|(at, (index, port))| {
            let number = port.container_port.as_ref().and_then(|number| u16::try_from(number.value).ok())?;
            Some(Declared {
                port: number,
                name: port.name.as_ref().map(|name| &*name.value),
                entry: maker.field(&format!("spec.containers[{at}].ports[{index}]")),
            })
        })
        .collect()
}

/// True when the namespace is a node's own.
pub(super) fn on_node(lost: Lost<'_>) -> bool {
    pod_of(lost.failed.model, lost.netns).is_none() && node_of(lost.failed.model, lost.netns).is_some()
}
