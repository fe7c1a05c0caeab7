//! What the settings of the plugins `bridge` and `portmap` keep from arriving.

use super::{Field, Lost, Why, codes};
use crate::cause::Component;
use crate::linux::walk::DropReason;
use crate::packet::Port;
use crate::trace::{bridged, listeners};
use std::net::SocketAddr;

/// A frame that may not go back where it came from, and a `hostPort` that nothing serves.
pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    let plugin = &model.cluster.settings.bridge_plugin;
    match lost.reason {
        DropReason::NoBridgePort => {
            bridged::hairpin_off(model, lost.leg)?;
            let at = plugin.hairpin_at.clone();
            let field = plugin.object.as_ref().map(|object| Field { at, ..Field::new(object, "plugins.hairpinMode") });
            Some(Why::new(codes::HAIRPIN_OFF).arg("network", &plugin.network).at(field).by(Component::CniBridge))
        }
        DropReason::NoListener => {
            let to: SocketAddr = lost.leg.hops.last()?.after.packet.destination();
            let wanted = (lost.protocol, Port(to.port()));
            let (pod, port) = listeners::unmapped(model, lost.netns, wanted)?;
            let field = Field {
                at: port.location.clone().or_else(|| pod.origin.location.clone()),
                ..Field::new(&pod.origin.object, "spec.containers.ports.hostPort")
            };
            let why = Why::new(codes::HOST_PORT).arg("pod", &pod.name).arg("port", to.port());
            Some(why.arg("network", &plugin.network).at(field).by(Component::CniPortmap))
        }
        _ => None,
    }
}
