//! Machines: what has a kernel's namespace of its own, and what holds what.
//!
//! A host holds containers, or a node; a node holds Pods. A node may be a container of a host, as kind makes them. Segments are links that any
//! machine attaches to; routers and the Internet are machines. What a Pod's containers share is the Pod's: they have no namespace of their
//! own, and are found at the Pod ([`kubernetes::cluster::model::Pod::containers`]).

use kernel::ids::NetnsId;
pub use kubernetes::cluster::model::SegmentId;
use kubernetes::cluster::model::{ContainerId, DockerId, NodeId, PodId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Index of a machine in its [`Tree`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub u32);

/// What kind of machine it is, and what it is called where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A machine that is no node, with the address it is known by.
    Host(IpAddr),
    /// A node of the cluster.
    Node(NodeId),
    /// A Pod: the namespace that its pause container holds.
    Pod(PodId),
    /// A container of a Docker host.
    Container(ContainerId),
    /// The virtual machine in which a Docker host's engine runs (Docker Desktop).
    Vm(DockerId),
    /// What joins segments: of the input, or the one that is assumed.
    Router,
    /// What lies behind a router.
    Internet,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What kind of machine it is.
    pub kind: Kind,
    /// Its name, as its namespace has it.
    pub name: Arc<str>,
    /// The machine that holds it.
    pub parent: Option<MachineId>,
    /// Its root namespace. A Pod on its node's own network has the node's.
    pub netns: NetnsId,
    /// The segments it has devices on.
    pub segments: Box<[SegmentId]>,
    /// The input does not say that it is there.
    pub assumed: bool,
}

/// A segment: one switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name, as the switch's namespace has it.
    pub name: Arc<str>,
    /// The switch's namespace.
    pub netns: NetnsId,
    /// The input does not say that it is there.
    pub assumed: bool,
}

/// Whose namespace it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A machine's.
    Machine(MachineId),
    /// The switch of a segment.
    Segment(SegmentId),
}

/// All machines and segments. A clone is cheap.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    laid: Arc<Laid>,
    /// Machines that came later, behind those that were laid.
    more: Vec<Machine>,
}

#[derive(Clone, Debug, Default)]
struct Laid {
    machines: Vec<Machine>,
    segments: Vec<Segment>,
    /// By namespace.
    places: Vec<Option<Place>>,
    children: BTreeMap<MachineId, Vec<MachineId>>,
}

impl Laid {
    /// A namespace is that of whoever names it first.
    fn take(&mut self, netns: NetnsId, place: Place) {
        let at = netns.0 as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, None);
        }
        if let Some(free @ None) = self.places.get_mut(at) {
            *free = Some(place);
        }
    }
}

impl Tree {
    /// Adds a segment.
    pub fn add_segment(&mut self, segment: Segment) -> SegmentId {
        let laid = Arc::make_mut(&mut self.laid);
        let id = SegmentId(laid.segments.len() as u32);
        laid.take(segment.netns, Place::Segment(id));
        laid.segments.push(segment);
        id
    }

    /// Adds a machine; whoever holds it is there already.
    pub fn add(&mut self, machine: Machine) -> MachineId {
        let laid = Arc::make_mut(&mut self.laid);
        let id = MachineId(laid.machines.len() as u32);
        laid.take(machine.netns, Place::Machine(id));
        if let Some(parent) = machine.parent {
            laid.children.entry(parent).or_default().push(id);
        }
        laid.machines.push(machine);
        id
    }

    /// The same with one more machine that nobody holds, all others with the ids they have.
    #[must_use]
    pub fn with(&self, machine: Machine) -> Self {
        let mut tree = self.clone();
        tree.more.push(machine);
        tree
    }

    /// A machine.
    pub fn machine(&self, id: MachineId) -> Option<&Machine> {
        let at = id.0 as usize;
        self.laid.machines.get(at).or_else(|| self.more.get(at.checked_sub(self.laid.machines.len())?))
    }

    /// All machines; who is held stands behind who holds.
    pub fn machines(&self) -> impl Iterator<Item = (MachineId, &Machine)> {
        (0u32..).map(MachineId).zip(self.laid.machines.iter().chain(&self.more))
    }

    /// A segment.
    pub fn segment(&self, id: SegmentId) -> Option<&Segment> {
        self.laid.segments.get(id.0 as usize)
    }

    /// All segments.
    pub fn segments(&self) -> impl Iterator<Item = (SegmentId, &Segment)> {
        (0u32..).map(SegmentId).zip(&self.laid.segments)
    }

    /// Whose namespace it is.
    pub fn at(&self, netns: NetnsId) -> Option<Place> {
        if let Some(place) = self.laid.places.get(netns.0 as usize) {
            return *place;
        }
        let later = self.more.iter().position(|machine| machine.netns == netns)?;
        Some(Place::Machine(MachineId((self.laid.machines.len() + later) as u32)))
    }

    /// The machine whose root namespace it is, with its id.
    pub fn machine_at(&self, netns: NetnsId) -> Option<(MachineId, &Machine)> {
        match self.at(netns)? {
            Place::Machine(id) => Some((id, self.machine(id)?)),
            Place::Segment(_) => None,
        }
    }

    /// What kind of machine's root namespace it is.
    pub fn kind_at(&self, netns: NetnsId) -> Option<Kind> {
        self.machine_at(netns).map(|(_, machine)| machine.kind)
    }

    /// The segment whose switch it is.
    pub fn segment_at(&self, netns: NetnsId) -> Option<SegmentId> {
        match self.at(netns)? {
            Place::Segment(id) => Some(id),
            Place::Machine(_) => None,
        }
    }

    /// The node whose root namespace it is.
    pub fn node_at(&self, netns: NetnsId) -> Option<NodeId> {
        match self.kind_at(netns)? {
            Kind::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The Pod that has the namespace to itself.
    pub fn pod_at(&self, netns: NetnsId) -> Option<PodId> {
        match self.kind_at(netns)? {
            Kind::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// Whether a router's namespace it is.
    pub fn is_router(&self, netns: NetnsId) -> bool {
        self.kind_at(netns) == Some(Kind::Router)
    }

    /// Whether it is the namespace of a machine that is no node and is held by nobody.
    pub fn is_host(&self, netns: NetnsId) -> bool {
        matches!(self.kind_at(netns), Some(Kind::Host(_)))
    }

    /// Who holds a machine, from the nearest outward.
    pub fn parents(&self, id: MachineId) -> impl Iterator<Item = (MachineId, &Machine)> {
        let parent = |id: MachineId| self.machine(id)?.parent;
        std::iter::successors(parent(id), move |id| parent(*id)).filter_map(|id| Some((id, self.machine(id)?)))
    }

    /// Whom a machine holds itself.
    pub fn children(&self, id: MachineId) -> impl Iterator<Item = (MachineId, &Machine)> {
        let all = self.laid.children.get(&id).map_or(&[][..], Vec::as_slice);
        all.iter().filter_map(|id| Some((*id, self.machine(*id)?)))
    }

    /// Whether a machine is another, or is held by it, however far inside.
    pub fn is_within(&self, id: MachineId, holder: MachineId) -> bool {
        id == holder || self.parents(id).any(|(parent, _)| parent == holder)
    }

    /// The node that a namespace is on: the machine that it is of, or the nearest that holds that.
    pub fn node_of(&self, netns: NetnsId) -> Option<NodeId> {
        let (id, machine) = self.machine_at(netns)?;
        let kinds = std::iter::once(machine.kind).chain(self.parents(id).map(|(_, parent)| parent.kind));
        kinds.into_iter().find_map(|kind| match kind {
            Kind::Node(node) => Some(node),
            _ => None,
        })
    }

    /// The machine that a node is.
    pub fn of_node(&self, node: NodeId) -> Option<MachineId> {
        self.machines().find(|(_, machine)| machine.kind == Kind::Node(node)).map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(kind: Kind, name: &str, parent: Option<MachineId>, netns: u32) -> Machine {
        let segments = Box::default();
        Machine { kind, name: Arc::from(name), parent, netns: NetnsId(netns), segments, assumed: false }
    }

    /// A Docker host with a node that is one of its containers, the node's Pods, and a container beside it.
    #[test]
    fn a_host_holds_a_node_that_holds_pods() {
        let mut tree = Tree::default();
        let docker: IpAddr = [192, 168, 10, 11].into();
        let lan = tree.add_segment(Segment { name: Arc::from("net/lan"), netns: NetnsId(0), assumed: true });
        let on_lan = Machine { segments: Box::new([lan]), ..machine(Kind::Host(docker), "docker", None, 1) };
        let host = tree.add(on_lan);
        let node = tree.add(machine(Kind::Node(NodeId(0)), "kind-worker", Some(host), 2));
        let beside = tree.add(machine(Kind::Container(ContainerId::default()), "registry", Some(host), 3));
        let pod = tree.add(machine(Kind::Pod(PodId(0)), "pod/default/web", Some(node), 4));
        let on_host_network = tree.add(machine(Kind::Pod(PodId(1)), "pod/default/agent", Some(node), 2));
        let children = |id| tree.children(id).map(|(id, _)| id).collect::<Vec<_>>();
        let parents = |id| tree.parents(id).map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!((children(host), children(node)), (vec![node, beside], vec![pod, on_host_network]));
        assert_eq!((parents(pod), parents(host)), (vec![node, host], vec![]));
        assert!(tree.is_within(pod, host) && tree.is_within(node, node) && !tree.is_within(beside, node));
        assert_eq!(tree.node_of(NetnsId(4)), Some(NodeId(0)), "a Pod is on the node that holds it");
        assert_eq!(tree.node_of(NetnsId(1)), None, "a host is on no node, whatever it holds");
        assert_eq!(tree.node_of(NetnsId(3)), None);
        assert_eq!(tree.at(NetnsId(2)), Some(Place::Machine(node)), "who was there first has the namespace");
        assert_eq!((tree.segment_at(NetnsId(0)), tree.kind_at(NetnsId(0))), (Some(lan), None));
        assert_eq!(tree.of_node(NodeId(0)), Some(node));
        assert_eq!(tree.machine(host).map(|host| &*host.segments), Some(&[lan][..]));
    }

    #[test]
    fn one_that_comes_later_changes_no_id() {
        let mut tree = Tree::default();
        let first = tree.add(machine(Kind::Router, "net/gateway", None, 0));
        let ip: IpAddr = [192, 168, 10, 50].into();
        let with = tree.with(machine(Kind::Host(ip), "net/outside", None, 1));
        assert_eq!(
            with.machine_at(NetnsId(1)).map(|(id, machine)| (id, machine.kind)),
            Some((MachineId(1), Kind::Host(ip)))
        );
        assert_eq!(with.at(NetnsId(0)), Some(Place::Machine(first)));
        assert_eq!((tree.at(NetnsId(1)), with.machines().count()), (None, 2));
        assert_eq!(with.at(NetnsId(2)), None);
    }
}
