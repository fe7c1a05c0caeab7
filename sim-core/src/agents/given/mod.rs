//! Machines of which the input brings what their tools printed: that holds in place of what agents would have written.
//!
//! A tool that was not asked leaves what agents wrote; a tool that was asked says all there is of its kind. Of a node of the cluster devices stay
//! those that its agents made, with the names that were seen, and what else was seen is added; of a machine that nothing else is known of
//! all is as it was seen. What is not understood is left aside and named ([`Seen::unread`]), and whatever passes such a machine leans on it.

mod compare;
mod devices;
mod owner;
mod rules;
mod tables;

use super::agent::{Agent, On};
use super::write::Writer;
use compare::Difference;
pub(crate) use compare::{assumed, findings};
use devices::Devices;
use kernel::ids::{LinkRef, NetnsId};
use kubernetes::cluster::model::{Cluster, Given, GivenPart, GivenSpace, Holder, Tool};
use kubernetes::origin::{Cause, CauseId, Component};
use std::net::IpAddr;
use std::sync::Arc;

/// A line that was left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) part: GivenPart,
    /// Line of the part, from 1.
    pub(crate) line: u32,
    pub(crate) text: Arc<str>,
    /// Why, where somebody said so.
    pub(crate) reason: Arc<str>,
}

/// What was seen of a machine and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The machine's name.
    pub(crate) name: Arc<str>,
    /// Nothing else is known of it: nothing was expected.
    pub(crate) alone: bool,
    pub(crate) unread: Vec<Unread>,
    pub(crate) differences: Vec<Difference>,
}

/// Whatever was seen of a node.
pub(crate) struct Machine;

impl Agent for Machine {
    fn name(&self) -> &'static str {
        "machine"
    }

    fn writes(&self, _: &On<'_>) -> bool {
        true
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
    devices::spaces(writer, &mut seen, &given, (netns, ip), devices);
    writer.seen.push(seen);
}

/// Puts what was seen of a namespace in place of what is there.
fn replace(
    writer: &mut Writer<'_>,
    seen: &mut Seen,
    space: &GivenSpace,
    (netns, uplink, ip): (NetnsId, Option<kernel::ids::LinkId>, IpAddr),
    alone: bool,
) -> Devices {
    let before = writer.builder.netns(netns).clone();
    let devices = devices::write(writer, seen, space, (netns, uplink, ip), alone);
    tables::write(writer, seen, space, netns, &devices);
    rules::write(writer, seen, space, netns, &before);
    tables::sockets(writer, seen, space, netns, alone);
    if !seen.alone {
        let after = writer.builder.netns(netns).clone();
        compare::differences(writer, seen, space, &before, &after);
    }
    devices
}

/// The cause of what stands in a line of what was printed.
fn cause(writer: &mut Writer<'_>, part: &GivenPart, line: u32) -> CauseId {
    writer.cause(Cause { location: Some(part.location(line)), ..Cause::of(Component::Machine) })
}

/// Notes lines that a reader left aside.
fn aside(seen: &mut Seen, part: &GivenPart, unread: Vec<(u32, Arc<str>)>, reason: &str) {
    let of = |(line, text)| Unread { part: part.clone(), line, text, reason: Arc::from(reason) };
    seen.unread.extend(unread.into_iter().map(of));
}

/// The namespaces' own machines, of which anything was seen.
pub(crate) fn holders(cluster: &Cluster) -> impl Iterator<Item = (&Holder, &Arc<Given>)> {
    cluster.given.iter()
}

/// What the words of a tool are, for people.
pub(crate) fn command(tool: Tool) -> &'static str {
    kubernetes::machine::COLLECTED.iter().find(|(own, _)| *own == tool).map_or("", |(_, command)| command)
}
