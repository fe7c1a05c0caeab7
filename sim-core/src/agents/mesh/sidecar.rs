//! Rules and processes of sidecars: what an init container or a mesh's network plugin writes into a Pod, and where its proxy listens.

use super::command::Commands;
use super::iptables::{self, DNS_PORT, Family, captures_dns};
use super::{linkerd, nft};
use crate::agents::agent::{Agent, On, PodOn};
use crate::agents::write::{Writer, everywhere};
use crate::agents::{kubelet, runtime};
use crate::site::{Behaviour, Process};
use kernel::config::{PolicyRule, Route, RouteKind, Scope, TableId};
use kernel::ids::{CauseId, LinkId};
use kernel::packet::{Port, Protocol};
use kernel::text::iptables::read::{Limits, merge};
use kernel::text::nft::read::{NftLimits, Source, parse};
use kubernetes::cluster::model::{Balancing, Capture, CaptureRules, Captured, Mesh};
use kubernetes::origin::{Cause, Component};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Of one Pod's rules.
const LIMITS: Limits = Limits { bytes: 64 << 10, line: 4 << 10, rules: 2_000, chains: 64, errors: 1 };
const NFT: NftLimits = NftLimits { bytes: 64 << 10, tokens: 40_000, nesting: 8 };

/// Ports of Istio's proxy and its agent besides those that traffic is led to; whether each is reached from outside of the Pod.
const ISTIO_OWN: [(u16, bool); 5] = [(15000, false), (15004, false), (15020, true), (15021, true), (15090, true)];
/// The same of Linkerd's: admin and control.
const LINKERD_OWN: [(u16, bool); 2] = [(4190, true), (4191, true)];

/// Sidecars of Pods.
pub(crate) struct Sidecars;

impl Agent for Sidecars {
    fn name(&self) -> &'static str {
        "sidecars"
    }

    fn writes(&self, on: &On<'_>) -> bool {
        on.pods.iter().any(|pod| pod.own)
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let cluster = writer.cluster;
        for pod in on.wired() {
            if let Some(captured) = cluster.acting.captured.get(&pod.id) {
                let because = &captured.because;
                let cause = writer.cause(Cause {
                    component: component(captured.mesh),
                    object: because.object.clone(),
                    since: None,
                    field: because.field.clone(),
                    location: because.location.clone(),
                });
                write(writer, pod, captured, cause);
            }
        }
    }
}

/// Who writes for a mesh.
pub(crate) fn component(mesh: Mesh) -> Component {
    match mesh {
        Mesh::Istio => Component::Istio,
        Mesh::Linkerd => Component::Linkerd,
    }
}

fn write(writer: &mut Writer<'_>, pod: PodOn<'_>, captured: &Captured, cause: CauseId) {
    let (inbound, outbound, own): (_, _, &[_]) = match &captured.rules {
        CaptureRules::Istio(capture) => {
            let servers = kubelet::resolv_conf(writer.cluster, pod.pod).nameservers;
            let capture = Capture { dns_servers: servers, ..(**capture).clone() };
            istio(writer, pod, captured, &capture, cause);
            (capture.inbound_port, capture.proxy_port, &ISTIO_OWN)
        }
        CaptureRules::Linkerd(init) => {
            restore(writer, pod, &linkerd::commands(init), cause);
            (init.inbound_port, init.outbound_port, &LINKERD_OWN)
        }
    };
    // What has not started listens on nothing, whatever rules lead there.
    if !pod.pod.runs(&captured.proxy) {
        return;
    }
    for (port, inbound) in [(inbound, true), (outbound, false)] {
        listen(writer, pod, captured, (None, port), Behaviour::Sidecar { of: pod.id, inbound }, cause);
    }
    for (port, reached) in own {
        let address = (!reached).then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        listen(writer, pod, captured, (address, Port(*port)), Behaviour::Answers, cause);
    }
}

fn listen(
    writer: &mut Writer<'_>,
    pod: PodOn<'_>,
    captured: &Captured,
    at: (Option<IpAddr>, Port),
    behaviour: Behaviour,
    cause: CauseId,
) {
    open(writer, pod, captured, (Protocol::Tcp, at), behaviour, cause);
}

fn open(
    writer: &mut Writer<'_>,
    pod: PodOn<'_>,
    captured: &Captured,
    (protocol, at): (Protocol, (Option<IpAddr>, Port)),
    behaviour: Behaviour,
    cause: CauseId,
) {
    let process = Process { owner: captured.owner, ..Process::named(&captured.proxy, behaviour) };
    runtime::open(writer, pod.netns, protocol, at, process, cause);
}

/// Rules, and with TPROXY the table of routes by which marked packets come to sockets here.
fn istio(writer: &mut Writer<'_>, pod: PodOn<'_>, captured: &Captured, capture: &Capture, cause: CauseId) {
    match captured.native {
        true => {
            let read = parse(&nft::script(&nft::commands(capture)), Source::Script, cause, &NFT);
            debug_assert!(read.is_ok(), "{read:?}");
            let tables = &mut writer.builder.netns(pod.netns).nft.tables;
            for table in read.iter().flat_map(|read| read.tables.iter()) {
                tables.push(table.clone());
            }
        }
        false => restore(writer, pod, &iptables::commands(capture, Family::V4), cause),
    }
    let netns = writer.builder.netns(pod.netns);
    if capture.tproxy {
        let table = TableId(capture.route_table);
        let fwmark = Some((capture.tproxy_mark, u32::MAX));
        netns.rules.push(PolicyRule { priority: 32765, from: None, to: None, fwmark, table });
        let route = Route {
            table,
            kind: RouteKind::Local,
            dev: Some(LinkId(0)),
            scope: Scope::Host,
            ..Route::new(everywhere(), cause)
        };
        netns.routes.push(route);
    }
    if captures_dns(capture) {
        let servers: Arc<[SocketAddr]> = capture.dns_servers.iter().map(|ip| SocketAddr::new(*ip, 53)).collect();
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let behaviour = Behaviour::proxies(servers.clone(), Balancing::RoundRobin, None);
            let loopback = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
            open(writer, pod, captured, (protocol, (loopback, Port(DNS_PORT))), behaviour, cause);
        }
    }
}

fn restore(writer: &mut Writer<'_>, pod: PodOn<'_>, commands: &Commands, cause: CauseId) {
    let xtables = &mut writer.builder.netns(pod.netns).xtables;
    // What the tool refuses stops it: then there is no rule, and the Pod does not start.
    let _ = merge(xtables, &commands.restored(), &LIMITS, &mut |_| cause);
}
