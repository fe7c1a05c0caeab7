//! What a long run draws: a cluster, a network wired by hand, a Docker host, or a cluster whose requests go through doors.

use super::composed::{self, Composed};
use super::generate::{self, Case, Doors};
use super::names::Asked;
use super::wired::{self, Wired};
use kernel::config::{Link, LinkKind, Netns, Network};
use kernel::exchange::Request;
use kernel::packet::Protocol;
use kubernetes::cluster::model::Cni;
use proptest::prelude::*;
use sim_core::model::Model;
use sim_core::trace::Probe;
use std::net::IpAddr;

/// A network drawn at random, with its probes.
#[derive(Clone, Debug)]
pub enum Drawn {
    /// A cluster's network.
    Cluster(Case),
    /// Routers, hosts and overlays.
    Wired(Wired),
    /// A Docker host with what is around it.
    Composed(Composed),
    /// A cluster with resolvers, caches and proxies of all kinds, whose probes are whole journeys.
    Doors(Doors),
}

/// What is built from it.
pub enum Built {
    /// A cluster.
    Cluster(Box<Model>),
    /// Just a network.
    Wired(Box<Network>),
}

impl Built {
    /// The network.
    pub fn network(&self) -> &Network {
        match self {
            Self::Cluster(model) => &model.site.network,
            Self::Wired(network) => network,
        }
    }

    /// The cluster it is of, if it is of one.
    pub fn model(&self) -> Option<&Model> {
        match self {
            Self::Cluster(model) => Some(model),
            Self::Wired(_) => None,
        }
    }
}

/// Networks with `probes` probes each; of so many, this many are clusters, wired by hand, Docker hosts, and clusters with doors. All clusters have
/// the plugin `cni` where one is given.
pub fn drawn(
    probes: usize,
    [clusters, by_hand, docker, doors]: [u32; 4],
    cni: Option<Cni>,
) -> impl Strategy<Value = Drawn> {
    prop_oneof![
        clusters => generate::case(probes).prop_map(move |case| Drawn::Cluster(case.under(cni))),
        by_hand => wired::wired(probes).prop_map(Drawn::Wired),
        docker => composed::composed(probes).prop_map(Drawn::Composed),
        doors => generate::doors(probes).prop_map(move |doors| Drawn::Doors(doors.under(cni))),
    ]
}

impl Drawn {
    /// Builds it.
    pub fn build(&self) -> Built {
        match self {
            Self::Cluster(case) => Built::Cluster(Box::new(case.model())),
            Self::Wired(wired) => Built::Wired(Box::new(wired.network())),
            Self::Composed(composed) => Built::Wired(Box::new(composed.network())),
            Self::Doors(doors) => Built::Cluster(Box::new(doors.model())),
        }
    }

    /// Number of probes.
    pub fn probes(&self) -> usize {
        match self {
            Self::Cluster(case) => case.probes.len(),
            Self::Wired(wired) => wired.probes(),
            Self::Composed(composed) => composed.probes(),
            Self::Doors(doors) => doors.probes(),
        }
    }

    /// The name that probe `at` asks for first, if it does.
    pub fn asked(&self, site: &Built, at: usize) -> Option<Asked> {
        match self {
            Self::Cluster(case) => case.asked(site.model()?, at),
            Self::Wired(_) | Self::Composed(_) | Self::Doors(_) => None,
        }
    }

    /// Probe number `at` as request; `None` where it is a journey.
    pub fn request(&self, network: &Network, at: usize, sport: u16, resolved: Option<IpAddr>) -> Option<Request> {
        let mut request = match self {
            Self::Cluster(case) => case.request(network, at, sport, resolved),
            Self::Wired(wired) => wired.request(network, at, sport),
            Self::Composed(composed) => composed.request(network, at, sport),
            Self::Doors(_) => return None,
        };
        // What comes twice has sequence numbers to be told by, which are not simulated: only the handshake is.
        if request.protocol == Protocol::Tcp && network.ids().any(|id| routes_copies(network.netns(id))) {
            request.payload = [].into();
        }
        Some(request)
    }

    /// Probe number `at` as a journey; `None` where it is a request, or there is nothing of what it asks for.
    pub fn journey(&self, model: &Model, at: usize, sport: u16) -> Option<Probe> {
        match self {
            Self::Doors(doors) => doors.probe(model, at, sport),
            _ => None,
        }
    }

    /// Some route may answer with an ICMP error.
    pub fn drops_by_route(&self) -> bool {
        match self {
            Self::Cluster(case) => case.drops_by_route(),
            Self::Wired(_) | Self::Composed(_) => true,
            Self::Doors(doors) => doors.drops_by_route(),
        }
    }

    /// Everything about it, as text.
    pub fn describe(&self) -> String {
        match self {
            Self::Cluster(case) => format!("{case:?}\n{}\n{}", case.manifests(), case.changes()),
            Self::Wired(wired) => format!("{wired:?}"),
            Self::Composed(composed) => format!("{composed:?}\n{}", composed.texts()),
            Self::Doors(doors) => format!("{doors:?}\n{}\n{}", doors.manifests(), doors.changes()),
        }
    }
}

/// A promiscuous bridge that calls iptables: what it takes itself may be routed to where it passed it on to.
fn routes_copies(netns: &Netns) -> bool {
    let promiscuous = |link: &Link| matches!(&link.kind, LinkKind::Bridge(bridge) if bridge.promiscuous);
    let calls =
        netns.sysctls.get("net.bridge.bridge-nf-call-iptables").is_some_and(|sysctl| sysctl.value.trim() != "0");
    calls && netns.links.iter().any(promiscuous)
}
