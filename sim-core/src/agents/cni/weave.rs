//! Weave Net: one network of all nodes. Its daemon joins the nodes' bridges `weave` by a datapath that wraps frames in VXLAN (fast datapath,
//! UDP 6784), so that Pods of other nodes are neighbours. Archived since 2024.
//!
//! The datapath is Open vSwitch's in the kernel; here it is a bridge that learns, with a VXLAN device that floods to all other nodes. That
//! device has one VNI, where Weave makes one of both nodes' numbers for each direction. Its other transport (sleeve, in user space, UDP 6783)
//! and the chains of its controller of policies (weave-npc) are not simulated.

use super::bridge::{self, Config};
use super::installer::{self, has_gateway};
use super::portmap;
use crate::agents::agent::{On, Plugin, PodOn};
use crate::agents::write::{Writer, mac};
use ipnet::IpNet;
use kernel::config::xtables::{CtStates, DevMatch, IpMatch, Match, Neg, Rule, Target};
use kernel::config::{Bridge, BridgePort, Hook, Link, LinkKind, NatRange, VtepEntry, Vxlan};
use kernel::ids::{LinkId, LinkRef, NetnsId, TableName};
use kernel::packet::{Mac, Port};
use kubernetes::cluster::model::{Cluster, Cni, Node, NodeId, PodId};
use kubernetes::origin::{CauseId, Component};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

const COMPONENT: Component = Component::Cni(Cni::WEAVE.name());
/// Its bridge.
const BRIDGE: &str = "weave";
/// `WEAVE_MTU`, as its manifest leaves it: what fits through most clouds.
const MTU: u32 = 1376;
/// Port of the fast datapath.
const PORT: Port = Port(6784);
/// The VNI here; in the field (destination << 12) | source of numbers that nodes choose.
const VNI: u32 = 1;

pub(super) struct Weave;

fn config(cluster: &Cluster) -> Config {
    let length = Some(cluster.settings.pod_cidr.prefix_len());
    Config { bridge: Arc::from(BRIDGE), port: ("vethwepl", 7), length, ..Config::of(COMPONENT, MTU) }
}

impl Plugin for Weave {
    fn networks(&self, cluster: &Cluster) -> Vec<Vec<IpNet>> {
        installer::networks(cluster)
    }

    // Nobody tells the router.
    fn between(&self, _: &mut Writer<'_>, _: NetnsId, _: &[LinkId]) {}

    fn wires(&self, cluster: &Cluster, node: NodeId, pods: &[PodId]) -> bool {
        has_gateway(cluster, node, pods)
    }

    fn prepare(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let config = config(writer.cluster);
        if let Some(bridge) = bridge::bridge(writer, on, &config) {
            datapath(writer, on, bridge);
        }
    }

    fn add(&self, writer: &mut Writer<'_>, on: &On<'_>, pod: PodOn<'_>) {
        let config = config(writer.cluster);
        bridge::add(writer, on, pod, &config);
    }

    fn rules(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        for pod in on.wired() {
            portmap::add(writer, on, pod.pod, BRIDGE);
        }
        let cause = writer.component(COMPONENT);
        masquerade(writer, on, cause);
        forward(writer, on, cause);
    }

    fn may_have(&self, node: &Node, ip: IpAddr) -> bool {
        // The bridge's address is of its Pods' network.
        node.pod_cidr.contains(&ip)
    }
}

/// The bridge behind `weave` that leads to the other nodes, and the pair of devices between.
fn datapath(writer: &mut Writer<'_>, on: &On<'_>, bridge: LinkRef) {
    let (of, netns) = (on.of, on.at.netns);
    let cause = writer.component(COMPONENT);
    let own = |name: &str| mac(&format!("{}/{name}", of.name));
    let link = |name: &str, kind, port| Link {
        name: Arc::from(name),
        mac: own(name),
        mtu: MTU,
        up: true,
        kind,
        port,
        addresses: Vec::new(),
        cause,
    };
    let datapath = writer
        .builder
        .add_link(netns, link("datapath", LinkKind::Bridge(Bridge { openvswitch: true, ..Bridge::default() }), None));
    let ends = ["vethwe-bridge", "vethwe-datapath"].map(|name| (netns, name, own(name)));
    let (near, far) = writer.builder.add_veth(ends[0], ends[1], MTU, cause);
    writer.builder.link(near).port = Some(BridgePort::of(bridge.link));
    writer.builder.link(far).port = Some(BridgePort::of(datapath.link));
    let others = writer.cluster.nodes.iter().enumerate().filter(|(index, _)| NodeId(*index as u32) != on.node);
    let others: Vec<&Node> = others.map(|(_, other)| other).filter(|other| other.ip.is_ipv4()).collect();
    let mut fdb = Vec::new();
    for other in others {
        let cause = writer.object(COMPONENT, &other.origin, "status.addresses", None);
        fdb.push(VtepEntry { mac: Mac::ZERO, remote: other.ip, cause });
    }
    let vxlan = Vxlan { local: Some(of.ip), dev: Some(on.at.uplink), learning: true, fdb, ..Vxlan::new(VNI, PORT) };
    let port = Some(BridgePort::of(datapath.link));
    writer.builder.add_link(netns, link("vxlan-6784", LinkKind::Vxlan(vxlan), port));
}

/// Chain WEAVE: what leaves the network, or comes into it from outside, is masqueraded (`net/ipam` and `weave expose`).
fn masquerade(writer: &mut Writer<'_>, on: &On<'_>, cause: CauseId) {
    let whole = writer.cluster.settings.pod_cidr.trunc();
    let Ok(multicast) = IpNet::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 0)), 4) else { return };
    if !whole.addr().is_ipv4() {
        return;
    }
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Nat);
    let chain = table.chain("WEAVE", cause);
    let masquerade = || Target::Masquerade(NatRange::default());
    for (src, dst, target) in [
        (Neg::is(whole), Neg::is(multicast), Target::Return),
        (Neg::not(whole), Neg::is(whole), masquerade()),
        (Neg::is(whole), Neg::not(whole), masquerade()),
    ] {
        let ip = IpMatch { src: Some(src), dst: Some(dst), ..IpMatch::default() };
        table.append(chain, Rule { ip, matches: Vec::new(), target, cause });
    }
    let Some(postrouting) = table.base(Hook::Postrouting) else { return };
    let jump = Rule { ip: IpMatch::default(), matches: Vec::new(), target: Target::Jump(chain), cause };
    table.append(postrouting, jump);
}

/// What comes from Pods passes FORWARD, whatever its policy says, and what answers it.
fn forward(writer: &mut Writer<'_>, on: &On<'_>, cause: CauseId) {
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Filter);
    let Some(forward) = table.base(Hook::Forward) else { return };
    let weave = || DevMatch { name: Arc::from(BRIDGE), prefix: false };
    let out = IpMatch {
        in_dev: Some(Box::new(Neg::is(weave()))),
        out_dev: Some(Box::new(Neg::not(weave()))),
        ..IpMatch::default()
    };
    table.append(forward, Rule { ip: out, matches: Vec::new(), target: Target::Accept, cause });
    let back = IpMatch { out_dev: Some(Box::new(Neg::is(weave()))), ..IpMatch::default() };
    let answers = CtStates { related: true, established: true, ..CtStates::default() };
    let answers = vec![Match::ct_state(Neg::is(answers))];
    table.append(forward, Rule { ip: back, matches: answers, target: Target::Accept, cause });
}
