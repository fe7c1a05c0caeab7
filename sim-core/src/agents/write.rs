//! What all agents write with: the builder, the cluster, and causes.

use crate::site::{ProcessTable, Tree};
use ipnet::IpNet;
use kernel::config::NetworkBuilder;
use kernel::ids::{LinkId, NetnsId};
use kernel::packet::{Mac, Port, Protocol};
use kubernetes::cluster::model::{Cluster, KubernetesVersion, NodeId, NodeRules, Origin, ServiceId};
use kubernetes::origin::{Cause, CauseId, CauseTable, Component, Location};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Rules that were not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The machine's.
    pub(super) name: Arc<str>,
    pub(super) rules: NodeRules,
    /// Line (from 0) and what is wrong with it.
    pub(super) wrong: Vec<(usize, String)>,
}

/// Addresses of load balancers that nodes answer ARP for, with the node and the Service.
pub(crate) type Speakers = BTreeMap<IpAddr, (NodeId, ServiceId)>;

/// A network being written for a cluster.
pub(crate) struct Writer<'c> {
    pub(crate) cluster: &'c Cluster,
    pub(crate) builder: NetworkBuilder,
    /// Why each piece exists.
    pub(crate) causes: CauseTable,
    /// The machines and segments that are laid.
    pub(crate) tree: Tree,
    pub(crate) nodes: BTreeMap<NodeId, NodeNet>,
    /// Networks of each node's Pods, by index ([`super::cni::Plugin::networks`]).
    pub(crate) networks: Arc<Vec<Vec<ipnet::IpNet>>>,
    /// What nodes have in common of kube-proxy's rules.
    pub(crate) written: Arc<super::kube_proxy::iptables::written::Written>,
    /// The nodes that answer ARP for addresses of load balancers ([`super::balancer::speakers`]).
    pub(crate) speakers: Arc<Speakers>,
    /// Namespaces of machines that are no nodes.
    pub(crate) hosts: BTreeMap<IpAddr, NetnsId>,
    /// What listens.
    pub(crate) processes: ProcessTable,
    /// What a node's kernel does not take from kube-proxy.
    pub(crate) refusals: Vec<super::kube_proxy::nftables::refusal::Refusal>,
    /// Rules that nobody can read.
    pub(crate) unread: Vec<Unread>,
    /// What was seen of real machines.
    pub(crate) seen: Vec<super::given::Seen>,
    pub(super) devices: BTreeSet<(NetnsId, String)>,
    /// Addresses that sockets are bound to; `None` is every address.
    pub(super) bound: BTreeMap<(NetnsId, Protocol, Port), Vec<Option<IpAddr>>>,
}

/// Where an agent finds its way on a node.
#[derive(Clone, Copy)]
pub(crate) struct NodeNet {
    pub(crate) netns: NetnsId,
    pub(crate) uplink: LinkId,
}

impl<'c> Writer<'c> {
    pub(crate) fn new(cluster: &'c Cluster, causes: CauseTable, processes: ProcessTable) -> Self {
        Self {
            cluster,
            builder: NetworkBuilder::default(),
            causes,
            tree: Tree::default(),
            nodes: BTreeMap::new(),
            networks: Arc::default(),
            written: Arc::default(),
            speakers: Arc::default(),
            hosts: BTreeMap::new(),
            processes,
            refusals: Vec::new(),
            unread: Vec::new(),
            seen: Vec::new(),
            devices: BTreeSet::new(),
            bound: BTreeMap::new(),
        }
    }

    pub(crate) fn cause(&mut self, cause: Cause) -> CauseId {
        self.causes.intern(cause)
    }

    /// A component's own doing.
    pub(crate) fn component(&mut self, component: Component) -> CauseId {
        self.causes.intern(Cause::of(component))
    }

    /// A component's own doing, by one of its settings.
    pub(crate) fn setting(&mut self, component: Component, setting: &str) -> CauseId {
        self.causes.intern(Cause { field: Some(Arc::from(setting)), ..Cause::of(component) })
    }

    /// Written for an object, for one of its fields. Without a line of its own, the field points at the object.
    pub(crate) fn object(
        &mut self,
        component: Component,
        origin: &Origin,
        field: &str,
        at: Option<&Location>,
    ) -> CauseId {
        self.causes.intern(Cause {
            component,
            object: Some(origin.object.clone()),
            since: None,
            field: (!field.is_empty()).then(|| Arc::from(field)),
            location: at.or(origin.location.as_ref()).cloned(),
        })
    }

    /// The same cause, for what is so since Kubernetes 1.`minor`.
    pub(crate) fn since(&mut self, cause: CauseId, minor: u32) -> CauseId {
        let since = Some(KubernetesVersion { major: 1, minor });
        let Some(known) = self.causes.get(cause).cloned() else { return cause };
        self.causes.intern(Cause { since, ..known })
    }

    /// Adds a namespace.
    pub(crate) fn netns(&mut self, name: &str, cause: CauseId) -> NetnsId {
        self.builder.add_netns(name, cause)
    }
}

/// A locally administered address derived from a name: the same name has the same address in every run.
pub(crate) fn mac(name: &str) -> Mac {
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 6];
    for (to, from) in bytes.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    bytes[0] = bytes[0] & 0xfc | 0x02;
    Mac(bytes)
}

/// `PREFIX` and so many hexadecimal digits of a name's hash that no device of the namespace has yet.
pub(crate) fn device_name(
    writer: &mut Writer<'_>,
    netns: NetnsId,
    (prefix, digits): (&str, usize),
    name: &str,
) -> String {
    let mut seed = name.to_owned();
    loop {
        let candidate = format!("{prefix}{}", hex(&seed, digits));
        if writer.devices.insert((netns, candidate.clone())) {
            return candidate;
        }
        seed.push('\'');
    }
}

/// The first `n` hexadecimal digits of a name's hash.
pub(crate) fn hex(name: &str, n: usize) -> String {
    let mut text = data_encoding::HEXLOWER.encode(&Sha256::digest(name.as_bytes()));
    text.truncate(n);
    text
}

/// `0.0.0.0/0`.
pub(crate) fn everywhere() -> IpNet {
    IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0))
}
