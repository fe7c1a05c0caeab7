//! One namespace, as it was seen.

use super::devices::Devices;
use super::seen::Seen;
use super::{compare, devices, rules, tables};
use crate::agents::write::Writer;
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::GivenSpace;
use std::net::IpAddr;

/// Puts what was seen of a namespace in place of what is there.
pub(super) fn replace(
    writer: &mut Writer<'_>,
    seen: &mut Seen,
    space: &GivenSpace,
    (netns, uplink, ip): (NetnsId, Option<LinkId>, IpAddr),
    alone: bool,
) -> Devices {
    let before = writer.builder.netns(netns).clone();
    let devices = devices::write(writer, seen, space, (netns, uplink, ip), alone);
    tables::write(writer, seen, space, netns, &devices);
    rules::write(writer, seen, space, netns, &before);
    tables::sockets(writer, seen, space, netns);
    if !seen.alone {
        let after = writer.builder.netns(netns).clone();
        compare::differences(writer, seen, space, &before, &after);
    }
    devices
}
