//! What the settings of the network plugin and of `portmap` keep from arriving, and processes on a node's own network.

use super::codes;
use super::failed::Lost;
use super::field::{Field, Why};
use crate::agents::cni;
use crate::trace::{bridged, listeners};
use kernel::packet::Port;
use kernel::walk::DropReason;
use kubernetes::origin::Component;
use std::net::SocketAddr;

/// A frame that may not go back where it came from, and a `hostPort` that nothing serves.
pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    let config = &model.cluster.settings.network_config;
    match lost.reason {
        DropReason::NoBridgePort => {
            bridged::hairpin_off(model, lost.leg)?;
            let setting = cni::plugin(&model.cluster).hairpin(&model.cluster)?;
            let field = setting.field.map(|(object, path)| Field { at: setting.said_at, ..Field::new(&object, path) });
            let why = Why::new(codes::HAIRPIN_OFF).arg("network", &config.network).at(field);
            Some(why.by(setting.cause.component))
        }
        DropReason::NoListener => {
            let to: SocketAddr = lost.leg.hops.last()?.after.packet.destination();
            let wanted = (lost.protocol, Port(to.port()));
            if let Some(why) = elsewhere(lost, to) {
                return Some(why);
            }
            let (pod, port) = listeners::unmapped(model, lost.netns, wanted)?;
            let field = Field {
                at: port.location.clone().or_else(|| pod.origin.location.clone()),
                ..Field::new(&pod.origin.object, "spec.containers.ports.hostPort")
            };
            let why = Why::new(codes::HOST_PORT).arg("pod", &pod.name).arg("port", to.port());
            Some(why.arg("network", &config.network).at(field).by(Component::CniPortmap))
        }
        _ => None,
    }
}

/// A process of a Pod on the node's own network that listens on another address.
fn elsewhere(lost: Lost<'_>, to: SocketAddr) -> Option<Why> {
    let model = lost.failed.model;
    if !super::listener::on_node(lost) {
        return None;
    }
    let sockets = model.site.network.netns(lost.netns).sockets.entries();
    let mut bound = sockets.filter(|(_, socket)| socket.protocol == lost.protocol && socket.port.0 == to.port());
    let (id, socket) = bound.find(|(_, socket)| socket.address.is_some_and(|address| address != to.ip()))?;
    let of = model.site.process(lost.netns, id)?.of?;
    let pod = model.cluster.pods.get(of.pod.0 as usize)?;
    let because = pod.listening.sockets.get(of.index as usize)?.decisive()?;
    let object = because.object.as_ref().unwrap_or(&pod.origin.object);
    let field = Field { at: because.location.clone(), ..Field::new(object, &*because.field) };
    let why = Why::new(codes::LISTENER_ADDRESS).arg("pod", &pod.name).arg("port", to.port());
    let address = socket.address.map(|address| address.to_string()).unwrap_or_default();
    Some(why.arg("address", address).at(field).by(Component::Workload))
}
