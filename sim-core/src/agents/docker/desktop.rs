//! Docker Desktop: the engine runs in a virtual machine, and a process of the machine around forwards published ports to it.
//!
//! ```text
//! client ▸ machine: com.docker.backend ends the connection ▸ 192.168.65.1 opens another ▸ virtual machine: DNAT ▸ container
//! ```
//!
//! `com.docker.backend` has a TCP/IP stack of its own, at 192.168.65.1 for the virtual machine (gVisor's in its default settings); what comes
//! out of that stack is sent on by ordinary sockets of the machine. Here a link leads from the machine to the virtual one and what comes out
//! of it is translated there, on its way out and for the machine's own services: who is called sees the same, and so does the caller. The engine is told 0.0.0.0 for every published port,
//! whatever address was asked for: that is where `com.docker.backend` listens. Nothing else of the machine has a way in: a rule stands in for
//! the device that is not there.

use super::{Because, FORWARDING};
use crate::agents::runtime;
use crate::agents::write::{Writer, everywhere, mac};
use crate::site::{Behaviour, Kind, Machine, MachineId, NameServer, Process};
use ipnet::{IpNet, Ipv4Net};
use kernel::config::{IfAddr, Scope};
use kernel::ids::{LinkRef, NetnsId};
use kernel::packet::{Port, Protocol};
use kernel::text::iptables::read::{Limits, merge};
use kubernetes::cluster::model::docker::Desktop;
use kubernetes::cluster::model::{Balancing, DockerHost, DockerId};
use kubernetes::origin::CauseId;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The machine's device towards its virtual machine.
const DEVICE: &str = "vm";
/// Bytes of the largest packet between them.
const MTU: u32 = 1500;
/// Where ports begin that the engine is told instead of one that another container has on another address.
const FURTHER: u16 = 49153;

/// The host as the engine in the virtual machine knows it: ports on all addresses, each port once.
pub(super) fn inside(host: &DockerHost) -> DockerHost {
    let mut inside = host.clone();
    let mut taken: BTreeSet<(Protocol, Port)> = BTreeSet::new();
    let all = host.containers.iter().flat_map(|container| &container.ports);
    let said: BTreeSet<(Protocol, Port)> = all.map(|port| (port.protocol, port.host_port)).collect();
    for port in inside.containers.iter_mut().flat_map(|container| &mut container.ports) {
        port.host_ip = Ipv4Addr::UNSPECIFIED;
        if !taken.insert((port.protocol, port.host_port)) {
            let free =
                |at: &u16| !said.contains(&(port.protocol, Port(*at))) && !taken.contains(&(port.protocol, Port(*at)));
            port.host_port = (FURTHER..=u16::MAX).find(free).map_or(port.host_port, Port);
            taken.insert((port.protocol, port.host_port));
        }
    }
    inside
}

/// Makes the virtual machine in a machine that is there, with the way out by `uplink`.
pub(super) fn write(
    writer: &mut Writer<'_>,
    (id, host, of): (DockerId, &DockerHost, &Desktop),
    (machine, around, uplink): (MachineId, NetnsId, LinkRef),
    cause: CauseId,
) -> (MachineId, NetnsId) {
    let netns = writer.netns(&of.vm, cause);
    let vm = writer.tree.add(Machine {
        kind: Kind::Vm(id),
        name: of.vm.clone(),
        parent: Some(machine),
        netns,
        segments: Box::default(),
        assumed: host.origin.assumed,
    });
    let near = (netns, "eth0", mac(&format!("{}/eth0", of.vm)));
    let far = (around, DEVICE, mac(&format!("{}/{DEVICE}", host.name)));
    let (eth, device) = writer.builder.add_veth(near, far, MTU, cause);
    // The machine's own connections leave from the one, those of `com.docker.backend` from the other.
    for (link, ip) in [(eth, Desktop::VM), (device, Desktop::HOST)] {
        give(writer, link, ip, Desktop::NET.prefix_len(), cause);
    }
    for ip in [Desktop::GATEWAY, Desktop::DNS] {
        give(writer, device, ip, 32, cause);
    }
    let dns = Process::named("com.docker.backend", Behaviour::NameServer(NameServer::Upstream));
    runtime::open(writer, around, Protocol::Udp, (Some(IpAddr::V4(Desktop::DNS)), Port(53)), dns, cause);
    writer.builder.add_route(netns, everywhere(), Some(IpAddr::V4(Desktop::GATEWAY)), eth.link, cause);
    // Services on the machine's loopback are reached, too.
    writer.builder.sysctl(around, FORWARDING, "1", cause);
    writer.builder.sysctl(around, &format!("net.ipv4.conf.{DEVICE}.route_localnet"), "1", cause);
    let out = writer.builder.link(uplink).name.clone();
    let lines = [
        "*nat".to_owned(),
        format!("-A PREROUTING -i {DEVICE} -d {}/32 -j DNAT --to-destination 127.0.0.1", Desktop::HOST),
        format!("-A POSTROUTING -s {} -o {out} -j MASQUERADE", Desktop::NET),
        // A socket of the machine that calls the machine itself leaves from the address that it calls.
        format!("-A INPUT -s {} -i {DEVICE} -d 127.0.0.0/8 -j SNAT --to-source 127.0.0.1", Desktop::NET),
        format!("-A INPUT -s {} -i {DEVICE} -d {ip}/32 -j SNAT --to-source {ip}", Desktop::NET, ip = host.ip),
        "COMMIT".to_owned(),
        "*filter".to_owned(),
        format!("-A OUTPUT -s {}/32 -o {DEVICE} -m conntrack --ctstate NEW -j DROP", Desktop::HOST),
        "COMMIT".to_owned(),
    ];
    const LIMITS: Limits = Limits { bytes: 4 << 10, line: 1 << 10, rules: 16, chains: 16, errors: 1 };
    let merged = merge(&mut writer.builder.netns(around).xtables, &lines.join("\n"), &LIMITS, &mut |_| cause);
    debug_assert!(merged.is_ok(), "{merged:?}");
    (vm, netns)
}

fn give(writer: &mut Writer<'_>, link: LinkRef, ip: Ipv4Addr, prefix: u8, cause: CauseId) {
    let Ok(net) = Ipv4Net::new(ip, prefix) else { return };
    let broadcast = (prefix < 31).then(|| IpAddr::V4(net.broadcast()));
    writer.builder.add_address(link, IfAddr { net: IpNet::V4(net), broadcast, scope: Scope::Global, cause });
}

/// Starts what listens on the machine for published ports: as they were asked for, and as the engine knows them.
pub(super) fn forward(
    writer: &mut Writer<'_>,
    (asked, inside): (&DockerHost, &DockerHost),
    around: NetnsId,
    because: &Because,
) {
    for (container, known) in asked.containers.iter().zip(&inside.containers) {
        for (port, inner) in container.ports.iter().zip(&known.ports) {
            let cause = match container.origin.assumed {
                true => because.daemon,
                false => writer.object(
                    kubernetes::origin::Component::Docker,
                    &container.origin,
                    &port.field,
                    port.location.as_ref(),
                ),
            };
            let to = SocketAddr::new(IpAddr::V4(Desktop::VM), inner.host_port.0);
            let from = Some(IpAddr::V4(Desktop::GATEWAY));
            let process =
                Process::named("com.docker.backend", Behaviour::proxies(Arc::from([to]), Balancing::RoundRobin, from));
            let address = (!port.host_ip.is_unspecified()).then_some(IpAddr::V4(port.host_ip));
            runtime::open(writer, around, port.protocol, (address, port.host_port), process, cause);
        }
    }
}
