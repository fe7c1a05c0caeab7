//! Why nothing listens where a packet came to: what speaks against a listener, and what a refusal leans on.

use super::journey::{Leg, Purpose};
use crate::agents::runtime;
use crate::model::Model;
use crate::site::Kind;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kernel::walk::{DropReason, End};
use kubernetes::assumption::{Assumption, codes};
use kubernetes::cluster::listener::{Complete, EvidenceKind};
use kubernetes::cluster::model::{ContainerPort, Pod};
use kubernetes::origin::CauseId;

/// Pods on a node's own network that are named at most.
const NAMED: usize = 3;

/// Port and protocol that a leg's last packet was for.
fn wanted(leg: &Leg) -> Option<(Protocol, Port)> {
    let packet = leg.hops.last()?.after.packet.innermost();
    Some((packet.protocol(), Port(packet.destination().port())))
}

/// Pods of the input whose processes live in a namespace.
fn pods_in(model: &Model, netns: NetnsId) -> Vec<&Pod> {
    let pods = &model.cluster.pods;
    match model.site.tree.kind_at(netns) {
        Some(Kind::Pod(pod)) => pods.get(pod.0 as usize).into_iter().collect(),
        Some(Kind::Node(node)) => {
            pods.iter().filter(|pod| pod.host_network && pod.node == node && !pod.origin.assumed).collect()
        }
        _ => Vec::new(),
    }
}

/// The cause of a refusal: what speaks against a declared port, the socket that is bound to another address, or the `hostPort` that
/// nothing serves.
pub(super) fn against(model: &Model, netns: NetnsId, leg: &Leg) -> Option<CauseId> {
    let (protocol, port) = wanted(leg)?;
    let network = &model.site.network;
    let elsewhere =
        network.netns(netns).sockets.iter().find(|socket| socket.protocol == protocol && socket.port == port);
    let unheard = || {
        pods_in(model, netns).into_iter().find_map(|pod| {
            let unheard = pod.listening.unheard(protocol, port)?;
            model.site.causes.find(&runtime::because_of(pod, &unheard.against))
        })
    };
    let host_port = || {
        let (pod, port) = unmapped(model, netns, (protocol, port))?;
        model.site.causes.find(&runtime::host_port_of(pod, port))
    };
    elsewhere.map(|socket| socket.cause).or_else(unheard).or_else(host_port)
}

/// The `hostPort` of a Pod on a node where no plugin serves it.
pub(super) fn unmapped(
    model: &Model,
    netns: NetnsId,
    (protocol, port): (Protocol, Port),
) -> Option<(&Pod, &ContainerPort)> {
    let node = model.site.tree.node_at(netns)?;
    if model.cluster.settings.network_config.portmap.is_some() {
        return None;
    }
    let on_it = model.cluster.pods.iter().filter(|pod| pod.node == node && !pod.host_network);
    on_it
        .flat_map(|pod| pod.containers.iter().flat_map(|container| &container.ports).map(move |own| (pod, own)))
        .find(|(_, own)| own.host_port == Some(port) && own.protocol == protocol)
}

/// What a refusal leans on: that nothing listens where nothing says so. An answer goes to a port that its client drew.
pub(super) fn refused(model: &Model, leg: &Leg) -> Vec<Assumption> {
    if matches!(leg.purpose, Purpose::Reply | Purpose::DnsAnswer) {
        return Vec::new();
    }
    let End::Dropped { netns, reason: DropReason::NoListener } = leg.end else { return Vec::new() };
    let Some((protocol, port)) = wanted(leg) else { return Vec::new() };
    let found = pods_in(model, netns).into_iter().filter_map(|pod| without(pod, protocol, port));
    found.take(NAMED).collect()
}

fn without(pod: &Pod, protocol: Protocol, port: Port) -> Option<Assumption> {
    if pod.origin.assumed {
        return None;
    }
    let listening = &pod.listening;
    let name = pod.name.to_string();
    let image = |container: &str, image: &str| {
        codes::LISTENER_BY_IMAGE.made().arg("image", image).arg("ports", listening.of_image(container))
    };
    let by_image = || {
        let known = pod.containers.iter().find_map(|container| {
            let by_image = |evidence: &&kubernetes::cluster::listener::Evidence| evidence.kind == EvidenceKind::Image;
            let sockets = listening.sockets.iter().filter(|socket| socket.container == container.name);
            sockets.flat_map(|socket| &socket.evidence).find(by_image).map(|because| (&container.name, because))
        });
        known.map(|(container, because)| (image(container, &because.text), because))
    };
    let (made, because) = if let Some(socket) = listening.socket(protocol, port) {
        // Bound to another address, by a program that does so by itself.
        let because = socket.bound_by.as_ref().filter(|because| because.kind == EvidenceKind::Program)?;
        let made = codes::LISTENER_BY_PROGRAM.made().arg("program", &*because.text).arg("port", port.to_string());
        (made.arg("address", "127.0.0.1"), Some(because))
    } else if let Some(unheard) = listening.unheard(protocol, port) {
        let because = &unheard.against;
        let made = match because.kind {
            EvidenceKind::Image => image(&unheard.container, &because.text),
            EvidenceKind::Environment => {
                codes::LISTENER_BY_VARIABLE.made().arg("port", port.to_string()).arg("variable", &*because.text)
            }
            EvidenceKind::Program => {
                let made = codes::LISTENER_BY_PROGRAM.made().arg("program", &*because.text);
                let own = listening.sockets.iter().find(|socket| socket.container == unheard.container);
                made.arg("port", own.map_or_else(String::new, |own| own.port.to_string())).arg("address", "127.0.0.1")
            }
            _ => return None,
        };
        (made, Some(because))
    } else {
        match listening.complete {
            Complete::Known => return None,
            Complete::ByImage => match by_image() {
                Some((made, because)) => (made, Some(because)),
                None => (codes::ONLY_DECLARED_PORTS.made().arg("ports", listening.list()), None),
            },
            Complete::ByDeclaration => (codes::ONLY_DECLARED_PORTS.made().arg("ports", listening.list()), None),
        }
    };
    let made = made.arg("pod", name);
    Some(match because {
        Some(because) => {
            let object = because.object.clone().unwrap_or_else(|| pod.origin.object.clone());
            made.because_at(object, &because.field, because.location.clone().or_else(|| pod.origin.location.clone()))
        }
        None => made.because(&pod.origin, None),
    })
}
