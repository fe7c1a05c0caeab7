//! What a journey owes to the settings of the network plugin and of `portmap`.

use super::journey::Leg;
use crate::agents::cni;
use crate::model::Model;
use kernel::ids::{LinkId, NetnsId};
use kernel::walk::{Event, Place};
use kubernetes::assumption::{Assumption, codes};
use kubernetes::origin::{CauseId, Component};

/// The node's bridge whose port a frame came in by and goes out by again, in one hop of the bridge.
fn hairpin(model: &Model, leg: &Leg) -> Option<NetnsId> {
    let mut came: Option<(NetnsId, LinkId)> = None;
    for hop in &leg.hops {
        match hop.place {
            Place::Ingress(port) => came = Some((hop.netns, port)),
            // What IP sends out by the bridge again did not come from one of its ports.
            Place::Routing => came = None,
            Place::Bridge(_) => {
                let node = model.site.tree.node_at(hop.netns).is_some();
                let back = |event: &Event| match event {
                    Event::FdbHit { port, .. } => came == Some((hop.netns, *port)),
                    _ => false,
                };
                if node && hop.events.iter().any(back) {
                    return Some(hop.netns);
                }
            }
            _ => {}
        }
    }
    None
}

/// The setting that keeps a frame from coming back to where it came from.
pub(super) fn hairpin_off(model: &Model, leg: &Leg) -> Option<CauseId> {
    let setting = cni::plugin(&model.cluster).hairpin(&model.cluster).filter(|setting| !setting.on)?;
    hairpin(model, leg)?;
    model.site.causes.find(&setting.cause)
}

/// What was assumed of the plugins, as far as the leg used it.
pub(super) fn assumed(model: &Model, leg: &Leg) -> Vec<Assumption> {
    let config = &model.cluster.settings.network_config;
    let mut all = Vec::new();
    if cni::plugin(&model.cluster).hairpin(&model.cluster).is_some_and(|setting| setting.said_at.is_none())
        && let Some(netns) = hairpin(model, leg)
    {
        all.push(codes::HAIRPIN.made().arg("node", &*model.site.network.netns(netns).name));
    }
    if config.location.is_none() && maps_port(model, leg) {
        all.push(codes::HOST_PORT.made());
    }
    all
}

/// True when a rule of the plugin `portmap` sent the packet to another address.
fn maps_port(model: &Model, leg: &Leg) -> bool {
    let network = &model.site.network;
    leg.hops.iter().any(|hop| {
        hop.events.iter().any(|event| {
            let Event::Rule { rule, .. } = event else { return false };
            let cause = network.netns(hop.netns).rule_cause(*rule).and_then(|cause| model.site.causes.get(cause));
            cause.is_some_and(|cause| cause.component == Component::CniPortmap && cause.field.is_some())
        })
    })
}
