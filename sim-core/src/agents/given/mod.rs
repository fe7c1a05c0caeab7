//! Machines of which the input brings what their tools printed: that holds in place of what agents would have written.
//!
//! A tool that was not asked leaves what agents wrote; a tool that was asked says all there is of its kind. Of a node of the cluster devices stay
//! those that its agents made, with the names that were seen, and what else was seen is added; of a machine that nothing else is known of
//! all is as it was seen. What is not understood is left aside and named ([`seen`]), and whatever passes such a machine leans on it.

mod caused;
mod compare;
mod devices;
mod owner;
mod replace;
mod rules;
mod seen;
mod spaces;
mod tables;

use super::agent::{Agent, On};
use super::write::Writer;
pub(crate) use compare::{assumed, findings};
use kernel::ids::{LinkRef, NetnsId};
use kubernetes::cluster::model::Holder;
use replace::replace;
pub(crate) use seen::Seen;
use std::net::IpAddr;

/// Whatever was seen of a node.
pub(crate) struct Machine;

impl Agent for Machine {
    fn name(&self) -> &'static str {
        "machine"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let Some(given) = writer.cluster.given.get(&Holder::Node(on.node)).cloned() else { return };
        let mut seen = Seen { name: given.name.clone(), ..Seen::default() };
        for (at, space) in given.spaces.iter().enumerate() {
            if at == 0 {
                replace(writer, &mut seen, space, (on.at.netns, Some(on.at.uplink), on.of.ip), false);
                continue;
            }
            // The Pod that has one of its addresses.
            let addresses = devices::addresses(space);
            let Some(pod) = on.wired().find(|pod| addresses.contains(&pod.pod.ip)) else { continue };
            replace(writer, &mut seen, space, (pod.netns, None, pod.pod.ip), false);
        }
        writer.seen.push(seen);
    }
}

/// Whatever was seen of a machine that is no node; `uplink` is its device on its segment.
pub(super) fn host(writer: &mut Writer<'_>, ip: IpAddr, netns: NetnsId, uplink: Option<LinkRef>) {
    let Some(given) = writer.cluster.given.get(&Holder::Host(ip)).cloned() else { return };
    let mut seen = Seen { name: given.name.clone(), alone: given.alone, ..Seen::default() };
    let Some(own) = given.spaces.first() else { return };
    let uplink = uplink.map(|uplink| uplink.link);
    let devices = replace(writer, &mut seen, own, (netns, uplink, ip), true);
    spaces::write(writer, &mut seen, &given, netns, devices);
    writer.seen.push(seen);
}
