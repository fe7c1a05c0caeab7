//! The decided cluster: plain values, ordered, with the place each came from.

mod acting;
mod balancer;
pub mod docker;
mod endpoint;
mod front;
mod gateway;
mod given;
mod host;
mod ids;
mod mesh;
mod names;
mod node_cache;
mod time;

use crate::assumption::Assumption;
use crate::cluster::listener::{Listener, Listening};
use crate::cluster::network_config::{MasqAgent, NetworkConfig};
pub use crate::cluster::plugin::{Cni, CniInfo, Reach};
use crate::cluster::state::{ContainerState, Obstacle, ObstacleKind, Phase, PodState};
use crate::corefile::Corefile;
pub use crate::manifest::Outage;
pub use crate::origin::{KubernetesVersion, NamespacedName, Origin};
use crate::origin::{Location, ObjectRef, Span};
use crate::policy::{Policies, Selector};
use ipnet::IpNet;
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;

pub use acting::{Acting, ActingDoor, ActingMesh, ActingPolicy, Enforcement};
pub use balancer::{Announces, BgpSession, LbIngress, LbWay, ProxyProtocol};
pub use docker::{ContainerId, DockerHost, DockerId};
pub use endpoint::{Endpoint, PortEndpoints};
pub use front::{
    Announced, BackendPort, Controller, ControllerKind, Fronts, Ingress, IngressBackend, IngressClass, IngressPath,
    IngressRule, IngressTls, PathKind, covers,
};
pub use gateway::{
    BackendTls, From as GatewayFrom, Gateway, Listener as GatewayListener, PathMatch, Refusal, Route, RouteBackend,
    RouteMatch, RouteOf, RouteRule, Speech, TextMatch, host_matches, hosts_meet,
};
pub use given::{Given, GivenPart, GivenSpace, Holder, Tool};
pub use host::{
    Balancing, Host, HostRoute, HostSocket, NodeId, NodeRules, NodeSaid, NodeSysctl, Onward, Router, RuleLine, Segment,
    SegmentId,
};
pub use ids::{PodId, ServiceId};
pub use mesh::{Ambient, Capture, CaptureRules, Captured, LinkerdInit, Listed, Mesh};
pub use names::{DnsConfig, DnsPolicy, HostAlias};
pub use node_cache::NodeCache;
pub use time::{Delays, Event, Happens, Patch, Runs, Sent, Spot, Sync};

/// kube-proxy's mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyMode {
    /// `iptables`.
    #[default]
    Iptables,
    /// `nftables`.
    Nftables,
}

impl ProxyMode {
    /// Its word in kube-proxy's configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
        }
    }
}

/// How kube-proxy tells local traffic (`--detect-local-mode`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetectLocal {
    /// `ClusterCIDR`; `None` when no cluster CIDR is known (no detector).
    ClusterCidr(Option<IpNet>),
    /// `NodeCIDR`.
    NodeCidr,
    /// `BridgeInterface`.
    BridgeInterface(Arc<str>),
    /// `InterfaceNamePrefix`.
    InterfaceNamePrefix(Arc<str>),
}

/// What kube-proxy was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeProxyConfig {
    /// Mode.
    pub mode: ProxyMode,
    /// Local-traffic detection.
    pub detect_local: DetectLocal,
    /// The IPv6 half of `clusterCIDR`, for detection by [`DetectLocal::ClusterCidr`].
    pub cluster_cidr6: Option<IpNet>,
    /// `iptables.masqueradeBit` / `nftables.masqueradeBit`, 0 to 31; default 14.
    pub masquerade_bit: u8,
    /// `masqueradeAll`.
    pub masquerade_all: bool,
    /// `nodePortAddresses`; empty is the mode's default.
    pub node_port_addresses: Vec<Arc<str>>,
    /// `iptables.localhostNodePorts`, default true.
    pub localhost_node_ports: bool,
    /// Milliseconds between two syncs: `iptables.minSyncPeriod` / `nftables.minSyncPeriod`, default one second.
    pub min_sync: u64,
    /// Feature gate `ServiceTrafficDistribution`, which 1.30 has off by default.
    pub traffic_distribution_gate: bool,
    /// Where the configuration was read.
    pub location: Option<Location>,
}

impl Default for KubeProxyConfig {
    fn default() -> Self {
        Self {
            mode: ProxyMode::Iptables,
            detect_local: DetectLocal::ClusterCidr(None),
            cluster_cidr6: None,
            masquerade_bit: 14,
            masquerade_all: false,
            node_port_addresses: Vec::new(),
            localhost_node_ports: true,
            min_sync: 1_000,
            traffic_distribution_gate: false,
            location: None,
        }
    }
}

/// Cluster-wide settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Version whose behaviour is followed.
    pub version: KubernetesVersion,
    /// Pod network of the cluster (`--cluster-cidr`).
    pub pod_cidr: IpNet,
    /// Service network (`--service-cluster-ip-range`).
    pub service_cidr: IpNet,
    /// The input names the Service network; otherwise it was inferred or assumed, and no address is outside of it.
    pub service_cidr_said: bool,
    /// The cluster's networks have IPv6 ranges, too.
    pub ipv6: bool,
    /// Node ports (`--service-node-port-range`).
    pub node_ports: RangeInclusive<u16>,
    /// DNS zone, e.g. `cluster.local`.
    pub dns_domain: Arc<str>,
    /// Name servers kubelet writes into Pods (`clusterDNS`); empty for the address of the DNS Service.
    pub cluster_dns: Vec<IpAddr>,
    /// CNI plugin, whether or not it is simulated.
    pub cni: Cni,
    /// The plugin that is simulated: [`Self::cni`], or what stands in for it.
    pub data_path: Cni,
    /// What it and the plugins chained behind it were told.
    pub network_config: NetworkConfig,
    /// What ip-masq-agent was told, where it runs.
    pub masq_agent: Option<Arc<MasqAgent>>,
    /// `net.bridge.bridge-nf-call-iptables` on every node.
    pub bridge_nf: bool,
    /// kube-proxy.
    pub kube_proxy: KubeProxyConfig,
    /// How long components wait.
    pub delays: Delays,
    /// The first segment of the nodes ([`Cluster::segments`]).
    pub lan: IpNet,
    /// Default gateway of the nodes on it.
    pub gateway: IpAddr,
}

/// Role of a node, for display and scheduling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeRole {
    /// Runs the API server; tainted against ordinary Pods unless the input says otherwise.
    ControlPlane,
    /// Ordinary node.
    Worker,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Name.
    pub name: Arc<str>,
    /// Role.
    pub role: NodeRole,
    /// InternalIP (IPv4).
    pub ip: IpAddr,
    /// The segment it is on; where it is a container, that of the machine that holds it.
    pub segment: SegmentId,
    /// The container that it is.
    pub container: Option<ContainerId>,
    /// InternalIP (IPv6), if it has one.
    pub ip6: Option<IpAddr>,
    /// `spec.podCIDR` (IPv4).
    pub pod_cidr: IpNet,
    /// All of `spec.podCIDRs`.
    pub pod_cidrs: Vec<IpNet>,
    /// Labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
    /// Line of `spec.podCIDR`, if it was given.
    pub pod_cidr_at: Option<Location>,
    /// Pods with addresses outside of [`Self::pod_cidr`] have routes of their own: the plugin hands out ranges that no Node names.
    pub host_routes: bool,
    /// `status.allocatable.cpu`, else `status.capacity.cpu`, in thousandths; `None` when the input does not say.
    pub milli_cpu: Option<u64>,
    /// Not said to be unready: condition `Ready`.
    pub ready: bool,
}

impl Node {
    /// Label `topology.kubernetes.io/zone`.
    pub fn zone(&self) -> Option<&str> {
        self.labels.get("topology.kubernetes.io/zone").map(AsRef::as_ref)
    }
}

/// A port a container declares. What it listens on is told by [`Pod::listening`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// Name, if any.
    pub name: Option<Arc<str>>,
    /// Port.
    pub port: Port,
    /// Protocol.
    pub protocol: Protocol,
    /// `hostPort`, if any.
    pub host_port: Option<Port>,
    /// `hostIP`: the only address of the node that `hostPort` is served on.
    pub host_ip: Option<IpAddr>,
    /// Where it was declared; `None` for an assumed Pod.
    pub location: Option<Location>,
    /// The same as a span, for findings.
    pub span: Span,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Name.
    pub name: Arc<str>,
    /// Image.
    pub image: Arc<str>,
    /// Ports it declares.
    pub ports: Vec<ContainerPort>,
    /// What it is doing.
    pub state: ContainerState,
}

/// A Pod that has a network on a node; what runs in it, `state` and its containers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Namespace and name.
    pub name: NamespacedName,
    /// Node.
    pub node: NodeId,
    /// Address; the node's own for `hostNetwork`.
    pub ip: IpAddr,
    /// The input gives the address; otherwise it was handed out here, and in the cluster it is another.
    pub ip_given: bool,
    /// `hostNetwork`.
    pub host_network: bool,
    /// Labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Containers, without init containers.
    pub containers: Vec<Container>,
    /// What its processes listen on.
    pub listening: Listening,
    /// Ready condition.
    pub ready: bool,
    /// Being deleted.
    pub terminating: bool,
    /// What it is doing, and why it is not ready.
    pub state: PodState,
    /// `hostname` if set (StatefulSet Pods: the Pod's name).
    pub hostname: Option<Arc<str>>,
    /// `subdomain`; of a StatefulSet's Pods its `serviceName`.
    pub subdomain: Option<Arc<str>>,
    /// `dnsPolicy`.
    pub dns_policy: DnsPolicy,
    /// `dnsConfig`.
    pub dns_config: DnsConfig,
    /// `hostAliases`.
    pub host_aliases: Vec<HostAlias>,
    /// The object in the input that caused it: the Pod itself or its workload.
    pub origin: Origin,
    /// The workload that made it, e.g. `Deployment web`, when it was made and not given.
    pub made_by: Option<ObjectRef>,
}

impl Pod {
    /// True when the process of a container is there.
    pub fn runs(&self, container: &str) -> bool {
        self.containers.iter().all(|own| *own.name != *container || own.state.runs())
    }

    /// The listening sockets of containers that run.
    pub fn sockets(&self) -> impl Iterator<Item = &Listener> {
        self.listening.sockets.iter().filter(|socket| self.runs(&socket.container))
    }
}

/// A Pod that is an object and no more: it has no network, nothing reaches it, and it is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentPod {
    /// Namespace and name.
    pub name: NamespacedName,
    /// Labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Containers, without init containers.
    pub containers: Vec<Container>,
    /// Phase.
    pub phase: Phase,
    /// Why it has no network.
    pub obstacle: Obstacle,
    /// The name of the node where it had one of its own, before it ended.
    pub had: Option<Arc<str>>,
    /// The object in the input that caused it: the Pod itself or its workload.
    pub origin: Origin,
    /// The workload that made it, when it was made and not given.
    pub made_by: Option<ObjectRef>,
}

impl AbsentPod {
    /// What is left of a Pod that gets no network; its state says why. `node`: where it is, or was.
    pub(super) fn of(pod: Pod, node: Option<Arc<str>>) -> Self {
        let Pod { name, labels, containers, origin, made_by, state, host_network, .. } = pod;
        let unknown = Obstacle { kind: ObstacleKind::Unscheduled, container: None, reason: Arc::from(""), at: None };
        let obstacle = state.obstacle.unwrap_or(unknown);
        let had = node.filter(|_| obstacle.kind == ObstacleKind::Ended && !host_network);
        Self { name, labels, containers, phase: state.phase, obstacle, had, origin, made_by }
    }
}

/// Service type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceType {
    /// `ClusterIP`.
    #[default]
    ClusterIp,
    /// `NodePort`.
    NodePort,
    /// `LoadBalancer`.
    LoadBalancer,
    /// `ExternalName`.
    ExternalName,
}

impl ServiceType {
    /// As manifests write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
            Self::ExternalName => "ExternalName",
        }
    }
}

impl fmt::Display for ServiceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Internal or external traffic policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrafficPolicy {
    /// `Cluster`.
    #[default]
    Cluster,
    /// `Local`.
    Local,
}

/// A number or a container port's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetPort {
    /// Number.
    Number(Port),
    /// Name.
    Name(Arc<str>),
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// Name; empty when unnamed.
    pub name: Arc<str>,
    /// Protocol.
    pub protocol: Protocol,
    /// Port.
    pub port: Port,
    /// Target port.
    pub target_port: TargetPort,
    /// Node port, for NodePort and LoadBalancer.
    pub node_port: Option<Port>,
    /// `appProtocol`.
    pub app_protocol: Option<Arc<str>>,
    /// Line of this port's entry.
    pub location: Option<Location>,
}

/// A Service with everything decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Namespace and name.
    pub name: NamespacedName,
    /// Type.
    pub kind: ServiceType,
    /// ClusterIPs; empty when headless or ExternalName.
    pub cluster_ips: Vec<IpAddr>,
    /// `clusterIP: None`.
    pub headless: bool,
    /// Selector; empty when Endpoints are made by hand.
    pub selector: BTreeMap<Arc<str>, Arc<str>>,
    /// Ports.
    pub ports: Vec<ServicePort>,
    /// `externalName`.
    pub external_name: Option<Arc<str>>,
    /// `externalIPs`.
    pub external_ips: Vec<IpAddr>,
    /// Load balancer addresses.
    pub load_balancer: Vec<LbIngress>,
    /// The load balancer says whose connections it carries on (the PROXY protocol).
    pub announces: Option<Announces>,
    /// `loadBalancerSourceRanges`.
    pub source_ranges: Vec<IpNet>,
    /// `healthCheckNodePort`.
    pub health_check_node_port: Option<Port>,
    /// Node ports are allocated for ports without one.
    pub allocate_node_ports: bool,
    /// `internalTrafficPolicy`.
    pub internal_traffic_policy: TrafficPolicy,
    /// `externalTrafficPolicy`.
    pub external_traffic_policy: TrafficPolicy,
    /// `sessionAffinity: ClientIP` with its timeout in seconds.
    pub session_affinity: Option<u32>,
    /// `publishNotReadyAddresses`.
    pub publish_not_ready: bool,
    /// `trafficDistribution`, verbatim.
    pub traffic_distribution: Option<Arc<str>>,
    /// Labels.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Annotations.
    pub annotations: BTreeMap<Arc<str>, Arc<str>>,
    /// Where it comes from.
    pub origin: Origin,
    /// Field lines worth pointing at: `spec.clusterIP`, `spec.selector`, `spec.externalIPs[0]`, `status.loadBalancer` …
    pub fields: BTreeMap<&'static str, Location>,
}

/// The whole decided cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// What happens to it, in order of time.
    pub timeline: Vec<Event>,
    /// Nodes whose kube-proxy has not followed yet, with the cluster that it knows. It has the same Nodes.
    pub lagging: BTreeMap<NodeId, Arc<Cluster>>,
    /// Machines and links that have failed.
    pub outage: Outage,
    /// Nodes on which Pods with networks of their own ran before this moment of a timeline.
    pub had_pods: BTreeSet<Arc<str>>,
    /// Settings.
    pub settings: Settings,
    /// A whole cluster that names no DNS: for questions by name it is decided anew, with a name server
    /// ([`super::decide_until`]).
    pub dns_wanted: bool,
    /// Load balancers end connections themselves and their machines are not among [`Self::hosts`]: nothing asked for one.
    pub balancers_wanted: bool,
    /// Nodes, in input order.
    pub nodes: Vec<Node>,
    /// Segments between the nodes, at least one.
    pub segments: Vec<Segment>,
    /// What joins them: each is on one at least, the assumed one first.
    pub routers: Vec<Router>,
    /// What the input says of nodes' kernels.
    pub said: BTreeMap<NodeId, NodeSaid>,
    /// Machines that are no nodes, by address.
    pub hosts: Vec<Host>,
    /// What real machines were seen to have, by machine.
    pub given: BTreeMap<Holder, Arc<Given>>,
    /// Docker hosts.
    pub docker: Vec<DockerHost>,
    /// Namespaces that exist.
    pub namespaces: Vec<Arc<str>>,
    /// Pods, in order of placement.
    pub pods: Vec<Pod>,
    /// Pods without a network: they ended, have not started, or no node takes them.
    pub absent: Vec<AbsentPod>,
    /// Objects the API server refuses, with the place of the first error: they are not there.
    pub refused: BTreeMap<ObjectRef, Option<Location>>,
    /// Services, by namespace and name.
    pub services: Vec<Service>,
    /// Endpoints, per Service (same index) and port.
    pub endpoints: Vec<Vec<PortEndpoints>>,
    /// CoreDNS' configuration: the input's, else the one kubeadm writes.
    pub corefile: Corefile,
    /// The cache of names on nodes.
    pub node_cache: Option<NodeCache>,
    /// What reads requests at the edge.
    pub fronts: Fronts,
    /// Policies, and labels of namespaces, which they select by.
    pub policies: Policies,
    /// What was assumed, in order.
    pub assumptions: Vec<Assumption>,
    /// What acts on traffic and is not simulated.
    pub acting: Acting,
}

impl Cluster {
    /// Segments that machines of the input are on: all but the Internet's.
    pub fn lans(&self) -> usize {
        self.segments.iter().filter(|segment| !segment.internet).count()
    }

    /// The router that machines of a segment send to, with its place in the list.
    pub fn router_of(&self, segment: SegmentId) -> Option<(usize, &Router)> {
        let gateway = self.segments.get(segment.0 as usize)?.gateway;
        self.routers.iter().enumerate().find(|(_, router)| router.on.contains(&(segment, gateway)))
    }

    /// A node by name.
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| &*node.name == name).map(|at| NodeId(at as u32))
    }

    /// A Docker host.
    pub fn docker_host(&self, id: DockerId) -> Option<&DockerHost> {
        self.docker.get(id.0 as usize)
    }

    /// A container of a Docker host.
    pub fn container(&self, id: ContainerId) -> Option<&docker::Container> {
        self.docker_host(id.host)?.containers.get(id.at as usize)
    }

    /// The network of the Docker host that a node is on, where it is a container.
    pub fn network_of(&self, node: &Node) -> Option<(DockerId, &docker::Network)> {
        let id = node.container?;
        let first = self.container(id)?.attachments().first()?;
        Some((id.host, self.docker_host(id.host)?.networks.get(first.network as usize)?))
    }

    /// The endpoints of a Service's port that are ready, by IPv4: what proxies that take endpoints send to.
    pub fn ready_endpoints(&self, id: ServiceId, port: &ServicePort) -> Vec<SocketAddr> {
        let lists = self.endpoints.get(id.0 as usize).into_iter().flatten();
        let own =
            lists.filter(|list| list.port_name == port.name && list.protocol.is_none_or(|own| own == port.protocol));
        let ready = own.flat_map(|list| &list.endpoints).filter(|endpoint| endpoint.ready && endpoint.ip.is_ipv4());
        ready.map(|endpoint| SocketAddr::new(endpoint.ip, endpoint.port.0)).collect()
    }

    /// Whether a policy selects a Pod: any of its namespaces, where its way of selecting is not read.
    pub fn policy_selects(&self, policy: &ActingPolicy, pod: &Pod) -> bool {
        let own = policy.namespace.as_ref().is_none_or(|namespace| *namespace == pod.name.namespace);
        if pod.host_network || !own {
            return false;
        }
        match &policy.pods {
            Some(selector) => Selector::of(selector).matches(&pod.labels),
            None => {
                let labels = self.policies.labels_of(&pod.name.namespace);
                let not_read = self.policies.not_read.iter().map(|one| &one.policy);
                let its = self.policies.all.iter().chain(not_read).find(|own| own.object == policy.object);
                match its.zip(labels) {
                    Some((own, labels)) => own.selects(&pod.name.namespace, labels, &pod.labels),
                    None => !policy.read,
                }
            }
        }
    }

    /// A Pod by namespace and name.
    pub fn pod_named(&self, namespace: &str, name: &str) -> Option<PodId> {
        let found = |pod: &Pod| &*pod.name.namespace == namespace && &*pod.name.name == name;
        self.pods.iter().position(found).map(|at| PodId(at as u32))
    }

    /// A Pod without a network by namespace and name.
    pub fn absent_named(&self, namespace: &str, name: &str) -> Option<&AbsentPod> {
        self.absent.iter().find(|pod| &*pod.name.namespace == namespace && &*pod.name.name == name)
    }

    /// A Service by namespace and name.
    pub fn service_named(&self, namespace: &str, name: &str) -> Option<ServiceId> {
        let key = |service: &Service| (&*service.name.namespace, &*service.name.name).cmp(&(namespace, name));
        self.services.binary_search_by(key).ok().map(|at| ServiceId(at as u32))
    }
}
