//! Kinds of places that a Service is called from, each with one of its kind.

use super::asked::Asked;
use kubernetes::cluster::model::{Host, NodeId, Pod, PodId};
use sim_core::agents::outside;
use sim_core::trace::{self, ProbeText};
use std::net::{IpAddr, Ipv4Addr};

/// An address of a host of the Internet where the input names none: a documentation range (RFC 5737).
const INTERNET: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 50)),
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 50)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 50)),
];

/// A kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceKind {
    /// A Pod behind the Service.
    SamePod,
    /// A Pod on the node of one.
    PodSameNode,
    /// A Pod on another node.
    PodOtherNode,
    /// Any Pod: no Pod is behind the Service.
    Pod,
    /// The node of a Pod behind it.
    Node,
    /// Another node, one without such a Pod if there is one.
    OtherNode,
    /// A host in the network of the nodes.
    Lan,
    /// A host of the Internet.
    Internet,
}

kernel::codes!(PlaceKind {
    Self::SamePod => "same-pod",
    Self::PodSameNode => "pod-same-node",
    Self::PodOtherNode => "pod-other-node",
    Self::Pod => "pod",
    Self::Node => "node",
    Self::OtherNode => "other-node",
    Self::Lan => "lan",
    Self::Internet => "internet",
});

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its kind.
    pub kind: PlaceKind,
    /// Where it is, as `--from` says it; `None` where there is no such place.
    pub from: Option<String>,
    /// It is itself one of those behind the Service.
    pub behind: bool,
}

impl Place {
    /// It is behind the Service, which its kind does not say.
    pub fn also(&self) -> bool {
        self.behind && self.kind != PlaceKind::SamePod
    }
}

/// One of every kind.
pub(super) fn places(asked: &Asked<'_>) -> Vec<Place> {
    use PlaceKind as Kind;
    let cluster = &asked.model.cluster;
    let node_name = |id: NodeId| cluster.nodes.get(id.0 as usize).map(|node| format!("node/{}", node.name));
    let pod_name = |id: PodId| cluster.pods.get(id.0 as usize).map(|pod| format!("pod/{}", pod.name));
    let place = |kind, from| Place { kind, from, behind: false };
    let middle = asked.node();
    let other = asked.idle().filter(|idle| Some(*idle) != middle);
    let other = other.or_else(|| asked.nodes().into_iter().find(|node| Some(*node) != middle));
    let mut all = match asked.first() {
        Some(first) => {
            let near = pod(asked, first, &|pod| Some(pod.node) == middle);
            let far = pod(asked, first, &|pod| Some(pod.node) != middle);
            let own = Place { kind: Kind::SamePod, from: pod_name(first), behind: true };
            vec![own, found(asked, Kind::PodSameNode, near), found(asked, Kind::PodOtherNode, far)]
        }
        None => {
            let any = caller(asked, &|_| true);
            vec![found(asked, Kind::Pod, any)]
        }
    };
    all.push(place(Kind::Node, middle.and_then(node_name)));
    all.push(place(Kind::OtherNode, other.and_then(node_name)));
    let host = |internet: bool| {
        let mut hosts = cluster.hosts.iter().filter(move |host| is_plain(host));
        let on = move |host: &&Host| {
            cluster.segments.get(host.segment.0 as usize).is_some_and(|segment| segment.internet == internet)
        };
        hosts.find(on).and_then(|host| Some(format!("host/{}", host.name.as_ref()?)))
    };
    let outside = outside::default_address(cluster).is_some();
    let sendable = |from: &String| {
        let to = asked.model.cluster.nodes.first().map(|node| format!("{}:1", node.ip)).unwrap_or_default();
        trace::parse_probe(asked.model, &ProbeText { from: from.clone(), to, ..ProbeText::default() }).is_ok()
    };
    let lan = || outside.then(|| "external".to_owned());
    let far = || INTERNET.into_iter().map(|ip| format!("external/{ip}")).find(|_| outside);
    all.push(place(Kind::Lan, host(false).filter(sendable).or_else(lan).filter(sendable)));
    all.push(place(Kind::Internet, host(true).filter(sendable).or_else(far).filter(sendable)));
    all
}

/// A machine with a name that asks as anybody does: none that carries on what others send.
fn is_plain(host: &Host) -> bool {
    host.name.is_some() && host.sockets.iter().all(|socket| socket.onward.is_none())
}

fn found(asked: &Asked<'_>, kind: PlaceKind, id: Option<PodId>) -> Place {
    let pod = id.and_then(|id| asked.model.cluster.pods.get(id.0 as usize));
    let behind = id.is_some_and(|id| asked.behind().contains(&id));
    Place { kind, from: pod.map(|pod| format!("pod/{}", pod.name)), behind }
}

/// A Pod that is not behind the Service, those of its namespace first, those that were assumed last.
fn caller(asked: &Asked<'_>, fits: &dyn Fn(&Pod) -> bool) -> Option<PodId> {
    let behind = asked.behind();
    let ids = (0u32..).map(PodId).zip(&asked.model.cluster.pods);
    let usable = ids.filter(|(id, pod)| !behind.contains(id) && may_ask(pod) && fits(pod));
    let rank = |pod: &Pod| (pod.origin.assumed, pod.name.namespace != asked.service.name.namespace);
    usable.min_by_key(|(_, pod)| rank(pod)).map(|(id, _)| id)
}

/// The same; where there is none, another one that is behind it.
fn pod(asked: &Asked<'_>, first: PodId, fits: &dyn Fn(&Pod) -> bool) -> Option<PodId> {
    let pods = &asked.model.cluster.pods;
    let also = |id: &PodId| *id != first && pods.get(id.0 as usize).is_some_and(|pod| may_ask(pod) && fits(pod));
    caller(asked, fits).or_else(|| asked.behind().into_iter().find(also))
}

/// It has a network of its own, and stays.
fn may_ask(pod: &Pod) -> bool {
    !pod.host_network && !pod.terminating
}
