//! Machines with a rail of their own in the picture: nodes and Docker hosts; and what stands in them: Pods and containers.

use kernel::ids::NetnsId;
use kubernetes::cluster::model::{Cluster, ContainerId, DockerHost, DockerId, NodeId, PodId, SegmentId};
use sim_core::facts::Namespace;
use sim_core::model::Model;
use sim_core::site::Kind;
use std::net::IpAddr;

/// A machine that is drawn with its own network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    Node(NodeId),
    /// The machine that an engine runs on; with Docker Desktop a virtual one.
    Docker(DockerId),
    /// The machine around that one.
    Desktop(DockerId),
}

impl Holder {
    /// The one that a namespace is of, or is in.
    pub(crate) fn of(model: &Model, netns: NetnsId) -> Option<Self> {
        if let Some(node) = Namespace::of(model, netns).node() {
            return Some(Self::Node(node));
        }
        let tree = &model.site.tree;
        let (id, machine) = tree.machine_at(netns)?;
        let mut kinds = std::iter::once(machine.kind).chain(tree.parents(id).map(|(_, parent)| parent.kind));
        kinds.find_map(|kind| match kind {
            Kind::Host(ip) => {
                let at = model.cluster.docker.iter().position(|host| host.ip == ip)?;
                let id = DockerId(at as u32);
                let virtual_one = model.cluster.docker_host(id).is_some_and(|host| host.desktop.is_some());
                Some(if virtual_one { Self::Desktop(id) } else { Self::Docker(id) })
            }
            Kind::Vm(id) => Some(Self::Docker(id)),
            _ => None,
        })
    }

    pub(crate) fn node(self) -> Option<NodeId> {
        match self {
            Self::Node(id) => Some(id),
            Self::Docker(_) | Self::Desktop(_) => None,
        }
    }

    /// What the picture's parts are called by.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Node(id) => format!("n{}", id.0),
            Self::Docker(id) => format!("h{}", id.0),
            Self::Desktop(id) => format!("d{}", id.0),
        }
    }

    pub(crate) fn name(self, cluster: &Cluster) -> &str {
        match self {
            Self::Node(id) => cluster.nodes.get(id.0 as usize).map_or("", |node| &node.name),
            Self::Docker(id) => {
                let host = cluster.docker_host(id);
                host.map_or("", |host| host.desktop.as_ref().map_or(&host.name, |desktop| &desktop.vm))
            }
            Self::Desktop(id) => cluster.docker_host(id).map_or("", |host| &host.name),
        }
    }

    pub(crate) fn ip(self, cluster: &Cluster) -> Option<IpAddr> {
        match self {
            Self::Node(id) => cluster.nodes.get(id.0 as usize).map(|node| node.ip),
            Self::Docker(id) => cluster.docker_host(id).map(DockerHost::engine_ip),
            Self::Desktop(id) => cluster.docker_host(id).map(|host| host.ip),
        }
    }

    pub(crate) fn segment(self, cluster: &Cluster) -> Option<SegmentId> {
        match self {
            Self::Node(id) => cluster.nodes.get(id.0 as usize).map(|node| node.segment),
            Self::Docker(id) | Self::Desktop(id) => cluster.docker_host(id).map(|host| host.segment),
        }
    }

    pub(crate) fn assumed(self, cluster: &Cluster) -> bool {
        match self {
            Self::Node(id) => cluster.nodes.get(id.0 as usize).is_some_and(|node| node.origin.assumed),
            Self::Docker(id) | Self::Desktop(id) => cluster.docker_host(id).is_some_and(|host| host.origin.assumed),
        }
    }
}

/// What has a namespace inside of a [`Holder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Member {
    Pod(PodId),
    Container(ContainerId),
}

impl Member {
    /// Its namespace.
    pub(crate) fn netns(self, model: &Model) -> Option<NetnsId> {
        match self {
            Self::Pod(id) => model.site.pods.get(&id).copied(),
            Self::Container(id) => {
                let mut all = model.site.tree.machines();
                all.find(|(_, machine)| machine.kind == Kind::Container(id)).map(|(_, machine)| machine.netns)
            }
        }
    }
}
