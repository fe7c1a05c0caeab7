//! Why a piece of state exists: which component wrote it, for which object and field, on which line.
//!
//! Kernel state carries a small [`CauseId`]; the [`CauseTable`] that resolves it stands beside the
//! network in [`the network`].

use super::{KubernetesVersion, Location, ObjectRef};
pub use kernel::ids::CauseId;
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The component that wrote a piece of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The Linux kernel itself (`proto kernel` routes, `lo`, defaults).
    Kernel,
    /// The machine's own set-up: uplink, address, default route.
    Host,
    /// The administrator or cluster installer (static routes between nodes, sysctls).
    Administrator,
    /// The network between the nodes: switch and router.
    Underlay,
    /// kubelet.
    Kubelet,
    /// The container runtime (pause container, container processes).
    ContainerRuntime,
    /// A CNI plugin, by the name it has in [`Cni`](crate::cluster::model::Cni).
    Cni(&'static str),
    /// CNI plugin `portmap`.
    CniPortmap,
    /// kube-proxy in iptables mode.
    KubeProxyIptables,
    /// kube-proxy in nftables mode.
    KubeProxyNftables,
    /// ip-masq-agent or the masquerade rule an installer writes for traffic that leaves the cluster.
    IpMasq,
    /// A process in a container.
    Workload,
    /// CoreDNS.
    CoreDns,
    /// The Docker engine: bridges, addresses, rules, docker-proxy, the resolver in containers.
    Docker,
    /// The entry point of the image that nodes are made of which are containers.
    NodeImage,
    /// Nobody who is known: the machine itself was seen to have it.
    Machine,
    /// Whatever gives Services of type LoadBalancer their addresses and leads packets for them to a node.
    LoadBalancer,
    /// Istio: the rules that lead a Pod's traffic to the proxy beside it, and that proxy.
    Istio,
    /// Linkerd: the same.
    Linkerd,
}

kernel::codes!(Component {
    Self::Kernel => "kernel",
    Self::Host => "host",
    Self::Administrator => "administrator",
    Self::Underlay => "underlay",
    Self::Kubelet => "kubelet",
    Self::ContainerRuntime => "container-runtime",
    Self::Cni(_) => "cni",
    Self::CniPortmap => "cni-portmap",
    Self::KubeProxyIptables => "kube-proxy-iptables",
    Self::KubeProxyNftables => "kube-proxy-nftables",
    Self::IpMasq => "ip-masq",
    Self::Workload => "workload",
    Self::CoreDns => "core-dns",
    Self::Docker => "docker",
    Self::NodeImage => "node-image",
    Self::Machine => "machine",
    Self::LoadBalancer => "load-balancer",
    Self::Istio => "istio",
    Self::Linkerd => "linkerd",
});

/// The code as JSON has it: of a network plugin with its name, `cni-bridge`.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cni(name) => write!(f, "{}-{name}", self.code()),
            _ => f.pad(self.code()),
        }
    }
}

/// The reason one piece of state exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// Who wrote it.
    pub component: Component,
    /// The object it was written for, if any.
    pub object: Option<ObjectRef>,
    /// Field path inside the object, e.g. `spec.ports[0]`, or the component's own setting, e.g. `--cluster-cidr`.
    pub field: Option<Arc<str>>,
    /// The first release that does it so, where an earlier one that can be simulated did it otherwise.
    pub since: Option<KubernetesVersion>,
    /// The line of the user's text; `None` where no text stands behind it (a default, an assumed object).
    pub location: Option<Location>,
}

impl Cause {
    /// A component's own doing, with no object behind it.
    pub fn of(component: Component) -> Self {
        Self { component, object: None, field: None, since: None, location: None }
    }
}

/// Causes in the first chunk; each further one holds twice as many.
const FIRST_CHUNK: usize = 1024;
/// Chunks for more than all [`CauseId`]s.
const CHUNKS: usize = 23;

/// All causes of one network, deduplicated. Grows while namespaces are built, whoever builds them; numbers depend on the order of that,
/// what they stand for does not. A clone is the same table.
#[derive(Clone, Debug, Default)]
pub struct CauseTable(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    /// Never moved, so that what was found stays where it is.
    chunks: [OnceLock<Box<[OnceLock<Cause>]>>; CHUNKS],
    /// By hash, or the first free number behind it. Only ever asked, never listed: its order does not matter.
    index: Mutex<HashMap<u64, CauseId>>,
}

impl CauseTable {
    /// The id of `cause`, adding it on first use.
    pub fn intern(&self, cause: Cause) -> CauseId {
        let mut index = self.0.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = key(&cause);
        while let Some(&id) = index.get(&key) {
            if self.get(id) == Some(&cause) {
                return id;
            }
            key = key.wrapping_add(1);
        }
        let id = CauseId(index.len() as u32);
        let (chunk, at) = place(id);
        if let Some(chunk) = self.0.chunks.get(chunk) {
            let room = || (0..FIRST_CHUNK << chunk_of(id)).map(|_| OnceLock::new()).collect();
            if let Some(slot) = chunk.get_or_init(room).get(at) {
                let _ = slot.set(cause);
            }
        }
        index.insert(key, id);
        id
    }

    /// The id of a cause that is in the table.
    pub fn find(&self, cause: &Cause) -> Option<CauseId> {
        let index = self.0.index.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = key(cause);
        while let Some(&id) = index.get(&key) {
            if self.get(id) == Some(cause) {
                return Some(id);
            }
            key = key.wrapping_add(1);
        }
        None
    }

    /// The cause behind `id`; `None` for an id of another table.
    pub fn get(&self, id: CauseId) -> Option<&Cause> {
        let (chunk, at) = place(id);
        self.0.chunks.get(chunk)?.get()?.get(at)?.get()
    }
}

/// Which chunk holds a number: those before it hold `FIRST_CHUNK * (2^chunk - 1)`.
fn chunk_of(id: CauseId) -> usize {
    (id.0 as usize / FIRST_CHUNK + 1).ilog2() as usize
}

/// The chunk of a number, and its place in it.
fn place(id: CauseId) -> (usize, usize) {
    let chunk = chunk_of(id);
    (chunk, id.0 as usize - FIRST_CHUNK * ((1 << chunk) - 1))
}

/// What tells nearly all causes apart; whoever has the same hash is compared as a whole.
fn key(cause: &Cause) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Some(at) = &cause.location {
        (u64::from(at.line) << 32 | u64::from(at.column)).hash(&mut hasher);
    }
    if let Some(object) = &cause.object {
        (&object.namespace, &object.name).hash(&mut hasher);
    }
    (&cause.field, cause.since).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(number: usize) -> Cause {
        Cause { field: Some(Arc::from(format!("f{number}"))), ..Cause::of(Component::Kernel) }
    }

    #[test]
    fn every_number_has_a_place_of_its_own() {
        let table = CauseTable::default();
        let ids: Vec<CauseId> = (0..10_000).map(|number| table.intern(cause(number))).collect();
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(id.0 as usize, number);
            assert_eq!(table.get(*id), Some(&cause(number)));
            assert_eq!(table.intern(cause(number)), *id, "the same cause has the same number");
            assert_eq!(table.find(&cause(number)), Some(*id));
        }
        assert_eq!(table.get(CauseId(10_000)), None);
        assert_eq!(table.get(CauseId(u32::MAX)), None);
        assert_eq!(table.find(&cause(10_000)), None);
    }

    #[test]
    fn a_clone_is_the_same_table() {
        let table = CauseTable::default();
        let id = table.clone().intern(cause(1));
        assert_eq!(table.get(id), Some(&cause(1)));
    }
}
