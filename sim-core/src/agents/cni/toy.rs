//! A plugin that nobody has, for tests: each Pod hangs on a veth pair of its own, without a bridge. The node routes to the Pod's one address, and the
//! Pod to the address that the node has on every such pair.

use super::installer;
use crate::agents::agent::{On, Plugin, PodOn};
use crate::agents::write::everywhere;
use crate::agents::write::{Writer, device_name, mac};
use ipnet::IpNet;
use kernel::config::{IfAddr, Scope};
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::{Cluster, Cni, CniInfo};
use kubernetes::origin::Component;
use std::net::{IpAddr, Ipv4Addr};

/// Its name, and what shows it in the input.
pub(super) const TOY: Cni = Cni::of(&CniInfo { images: &["example.org/toy"], ..CniInfo::named("toy") });

/// The node's address on every pair.
const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 1, 1));

pub(super) struct Toy;

impl Plugin for Toy {
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>> {
        installer::networks(cluster)
    }

    fn between(&self, writer: &mut Writer<'_>, router: NetnsId, ports: &[LinkId]) {
        installer::between(writer, router, ports);
    }

    fn prepare(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        installer::routes(writer, on, Component::Administrator);
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, PodOn { pod, netns, .. }: PodOn<'_>) {
        let cause = writer.object(Component::Cni(TOY.name()), &pod.origin, "", None);
        let name = format!("pod/{}", pod.name);
        let device = device_name(writer, on.at.netns, ("toy", 8), &name);
        let near = (netns, "eth0", mac(&format!("{name}/eth0")));
        let far = (on.at.netns, &*device, mac(&format!("{}/{device}", on.of.name)));
        let (eth0, port) = writer.builder.add_veth(near, far, 1500, cause);
        for (link, ip) in [(eth0, pod.ip), (port, GATEWAY)] {
            let address = IfAddr { net: IpNet::from(ip), broadcast: None, scope: Scope::Global, cause };
            writer.builder.add_address(link, address);
        }
        writer.builder.add_route(netns, IpNet::from(GATEWAY), None, eth0.link, cause);
        writer.builder.add_route(netns, everywhere(), Some(GATEWAY), eth0.link, cause);
        writer.builder.add_route(on.at.netns, IpNet::from(pod.ip), None, port.link, cause);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        installer::masquerade(writer, on);
    }
}
