//! A machine's device on a segment.

use super::write::{Writer, mac};
use ipnet::IpNet;
use kernel::config::{BridgePort, IfAddr, Scope};
use kernel::ids::{LinkRef, NetnsId};
use kubernetes::assumption::Because;
use kubernetes::origin::{Cause, CauseId, Component};
use std::net::IpAddr;

/// What names of namespaces of machines that are no nodes start with.
pub(super) const HOST: &str = "host/";

/// The cause that a field of the input is of a machine.
pub(super) fn because(writer: &mut Writer<'_>, because: &Because) -> CauseId {
    let Because { object, field, location } = because.clone();
    writer.cause(Cause { component: Component::Host, object, field, since: None, location })
}

/// Connects a machine's `eth0` to a port of the switch, which has this MTU.
pub(super) fn plug(writer: &mut Writer<'_>, switch: (LinkRef, u32), machine: (NetnsId, &str), index: usize) -> LinkRef {
    plug_as(writer, switch, machine, "eth0", index)
}

/// The same with another device of the machine.
pub(super) fn plug_as(
    writer: &mut Writer<'_>,
    (switch, mtu): (LinkRef, u32),
    machine: (NetnsId, &str),
    device: &str,
    index: usize,
) -> LinkRef {
    let lan = switch.netns;
    let cause = writer.component(Component::Underlay);
    // Device names have at most 15 bytes.
    let long =
        format!("to-{}", machine.1.trim_start_matches("net/").trim_start_matches(HOST).trim_start_matches("router/"));
    let taken = |name: &str, writer: &Writer<'_>| writer.devices.contains(&(lan, name.to_owned()));
    let name = if long.len() <= 15 && !taken(&long, writer) { long } else { format!("port{index}") };
    let name = if taken(&name, writer) { format!("port{index}x") } else { name };
    writer.devices.insert((lan, name.clone()));
    let near = (machine.0, device, mac(&format!("{}/{device}", machine.1)));
    let seed = match device {
        "eth0" => format!("lan/{name}"),
        _ => format!("lan/{device}/{name}"),
    };
    let far = (lan, &*name, mac(&seed));
    let (uplink, port) = writer.builder.add_veth(near, far, mtu, cause);
    writer.builder.link(port).port = Some(BridgePort::of(switch.link));
    uplink
}

/// Gives an uplink its address on its segment.
pub(super) fn address(writer: &mut Writer<'_>, uplink: LinkRef, (ip, lan): (IpAddr, IpNet), cause: CauseId) {
    let net =
        if lan.contains(&ip) { IpNet::new(ip, lan.prefix_len()).unwrap_or(IpNet::from(ip)) } else { IpNet::from(ip) };
    writer.builder.add_address(uplink, IfAddr { net, broadcast: None, scope: Scope::Global, cause });
}
