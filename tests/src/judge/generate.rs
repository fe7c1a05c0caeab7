//! Random clusters, node settings, hand-made rules and probes. Everything is drawn by proptest, so that a failing case shrinks.

mod doors;
mod manifests;
mod names;
mod over_time;
mod tweaks;

pub use doors::{Doors, doors};
use kernel::config::{
    BridgePort, IfAddr, LinkKind, Neighbour, Netns, Network, NetworkBuilder, PolicyRule, RouteKind, Scope, TableId,
};
use kernel::exchange::Request;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::packet::{Mac, Port, Protocol};
use kubernetes::cluster::model::Cni;
use names::FORMS;
pub use over_time::{OverTime, over_time};
use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::model::{Model, Options};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A Pod.
#[derive(Clone, Debug)]
pub struct PodSpec {
    node: u8,
    /// Which Services select it: `app: a`, `app: b` or `app: c`.
    app: u8,
    state: PodState,
    host_network: bool,
    /// Listens on TCP 8080; always on UDP 5353 and TCP 9090.
    serves: bool,
    /// Port 8080 is a port of its node, too.
    host_port: bool,
    /// What its resolver is told: mostly the policy ClusterFirst.
    dns: u8,
    /// Its address is of the next node's block, where the plugin has blocks.
    borrows: bool,
}

/// kube-dns and what is behind it.
#[derive(Clone, Debug)]
pub struct DnsSpec {
    /// Node and readiness of each Pod; none is a Service without endpoints.
    pods: Vec<(u8, bool)>,
    /// A Deployment, whose Pods are all ready and where the scheduler puts them.
    deployment: bool,
    itp_local: bool,
}

#[derive(Clone, Copy, Debug)]
enum PodState {
    Ready,
    NotReady,
    Terminating,
    TerminatingNotServing,
}

/// A Service.
#[derive(Clone, Debug)]
pub struct ServiceSpec {
    app: u8,
    kind: ServiceKind,
    etp_local: bool,
    itp_local: bool,
    affinity: bool,
    external_ip: bool,
    source_ranges: u8,
    publish_not_ready: bool,
    /// `ipMode: Proxy`
    proxy_ip: bool,
    /// Two ports: TCP by name, and UDP.
    udp_too: bool,
}

#[derive(Clone, Copy, Debug)]
enum ServiceKind {
    ClusterIp,
    NodePort,
    LoadBalancer,
    Headless,
}

/// Something an administrator did to a node's kernel.
#[derive(Clone, Debug)]
pub enum Tweak {
    /// A sysctl, by index into the list.
    Sysctl(u8, u8),
    /// The node's route to another node's Pods is gone.
    LoseRoute(u8, u8),
    /// A route of a type that drops.
    DropRoute(u8, u8, u8),
    /// A rule appended by hand, as `iptables-restore --noflush` reads it: table and line.
    Rule(u8, u32),
    /// MTU of a node's uplink or of its Pods' links, at one of the two ends.
    Mtu(u8, u8),
    /// A node's bridge: its ports 0 without hairpin, 1 isolated, 2 without learning, 3 without flooding; 4 it is promiscuous.
    PortFlag(u8, u8),
    /// Another address on a node: of the same LAN, of another network, or a host address.
    Address(u8, u8),
    /// A permanent neighbour entry of a node for a Pod: the right address, or nobody's.
    Neighbour(u8, u8, bool),
    /// A permanent neighbour entry of a Pod for its gateway: nobody's address, or another Pod's.
    Gateway(u8, u8),
    /// A Pod's device is down.
    Down(u8),
    /// A policy rule with a table of its own.
    Policy(u8, u8),
}

/// One probe: all numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub struct ProbeSpec {
    from: u8,
    to: u8,
    protocol: u8,
    ttl: u8,
    size: u8,
    wrong_port: bool,
    /// How a Pod asks for the target: 0 by address, else by one of the forms of [`FORMS`].
    name: u8,
}

/// A network and the probes sent through it.
#[derive(Clone, Debug)]
pub struct Case {
    nodes: u8,
    /// kube-proxy in nftables mode.
    nftables: bool,
    bridge_nf: bool,
    /// The network plugin; `None` is what is assumed.
    cni: Option<Cni>,
    masquerade_all: bool,
    localhost_node_ports: bool,
    pods: Vec<PodSpec>,
    services: Vec<ServiceSpec>,
    tweaks: Vec<Tweak>,
    dns: DnsSpec,
    /// Probes, in order.
    pub probes: Vec<ProbeSpec>,
}

/// Sysctls that may be set on a node.
const SYSCTLS: [&str; 10] = [
    "net.ipv4.conf.all.rp_filter=1",
    "net.ipv4.conf.all.rp_filter=2",
    "net.ipv4.ip_forward=0",
    "net.ipv4.conf.all.route_localnet=1",
    "net.ipv4.conf.all.route_localnet=0",
    "net.ipv4.ip_no_pmtu_disc=1",
    "net.ipv4.conf.cni0.rp_filter=1",
    "net.ipv4.conf.eth0.accept_local=1",
    "net.ipv4.conf.all.arp_ignore=1",
    "net.ipv4.conf.eth0.forwarding=0",
];

fn pod() -> impl Strategy<Value = PodSpec> {
    let state = prop_oneof![
        6 => Just(PodState::Ready),
        1 => Just(PodState::NotReady),
        1 => Just(PodState::Terminating),
        1 => Just(PodState::TerminatingNotServing),
    ];
    let dns = prop_oneof![6 => Just(0u8), 1 => 1..4u8];
    let flag = |weight| prop::bool::weighted(weight);
    let flags = (flag(0.1), flag(0.85), flag(0.15), flag(0.15));
    (0..4u8, 0..3u8, state, flags, dns).prop_map(
        |(node, app, state, (host_network, serves, host_port, borrows), dns)| PodSpec {
            node,
            app,
            state,
            host_network,
            serves,
            host_port: host_port && serves && !host_network,
            dns,
            borrows,
        },
    )
}

fn dns() -> impl Strategy<Value = DnsSpec> {
    let pods = prop_oneof![1 => Just(0usize), 4 => Just(1), 5 => Just(2)];
    let pods = pods.prop_flat_map(|count| vec((0..4u8, prop::bool::weighted(0.9)), count));
    (pods, prop::bool::weighted(0.3), prop::bool::weighted(0.1)).prop_map(|(pods, deployment, itp_local)| DnsSpec {
        pods,
        deployment,
        itp_local,
    })
}

fn service() -> impl Strategy<Value = ServiceSpec> {
    let kind = prop_oneof![
        3 => Just(ServiceKind::ClusterIp),
        3 => Just(ServiceKind::NodePort),
        3 => Just(ServiceKind::LoadBalancer),
        1 => Just(ServiceKind::Headless),
    ];
    let flag = |weight| prop::bool::weighted(weight);
    let flags = (flag(0.3), flag(0.2), flag(0.15), flag(0.3), flag(0.15), flag(0.15), flag(0.4));
    (0..4u8, kind, flags, 0..6u8).prop_map(|(app, kind, flags, source_ranges)| {
        let (etp_local, itp_local, affinity, external_ip, publish_not_ready, proxy_ip, udp_too) = flags;
        ServiceSpec {
            app,
            kind,
            etp_local,
            itp_local,
            affinity,
            external_ip,
            source_ranges,
            publish_not_ready,
            proxy_ip,
            udp_too,
        }
    })
}

fn tweak() -> impl Strategy<Value = Tweak> {
    prop_oneof![
        3 => (any::<u8>(), any::<u8>()).prop_map(|(node, which)| Tweak::Sysctl(node, which)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(node, other)| Tweak::LoseRoute(node, other)),
        1 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(node, other, kind)| Tweak::DropRoute(node, other, kind)),
        6 => (any::<u8>(), any::<u32>()).prop_map(|(node, rule)| Tweak::Rule(node, rule)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(node, mtu)| Tweak::Mtu(node, mtu)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(node, flag)| Tweak::PortFlag(node, flag)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(node, which)| Tweak::Address(node, which)),
        1 => (any::<u8>(), any::<u8>(), any::<bool>()).prop_map(|(node, pod, right)| Tweak::Neighbour(node, pod, right)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(pod, whose)| Tweak::Gateway(pod, whose)),
        1 => any::<u8>().prop_map(Tweak::Down),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(node, which)| Tweak::Policy(node, which)),
    ]
}

fn probe() -> impl Strategy<Value = ProbeSpec> {
    let size = prop_oneof![2 => Just(0u8), 1 => any::<u8>()];
    let ttl = prop_oneof![8 => Just(0u8), 1 => 1..4u8];
    let name = prop_oneof![5 => Just(0u8), 1 => 1..=FORMS.len() as u8];
    (any::<u8>(), any::<u8>(), 0..6u8, ttl, size, prop::bool::weighted(0.1), name).prop_map(
        |(from, to, protocol, ttl, size, wrong_port, name)| ProbeSpec {
            from,
            to,
            protocol,
            ttl,
            size,
            wrong_port,
            name,
        },
    )
}

/// Cases with `probes` probes each.
pub fn case(probes: usize) -> impl Strategy<Value = Case> {
    let flag = |weight| prop::bool::weighted(weight);
    let cni = prop_oneof![
        4 => Just(None),
        2 => Just(Some(Cni::KINDNET)),
        2 => Just(Some(Cni::FLANNEL)),
        1 => Just(Some(Cni::FLANNEL_HOST_GW)),
        2 => Just(Some(Cni::CALICO)),
        2 => Just(Some(Cni::CALICO_VXLAN)),
    ];
    let settings = (1..=4u8, flag(0.4), flag(0.7), cni, flag(0.1), flag(0.9));
    let tweaks = prop_oneof![1 => Just(Vec::new()), 2 => vec(tweak(), 1..8)];
    (settings, vec(pod(), 1..=10), vec(service(), 0..=4), tweaks, dns(), vec(probe(), probes)).prop_map(
        |(settings, pods, services, tweaks, dns, probes)| {
            let (nodes, nftables, bridge_nf, cni, masquerade_all, localhost_node_ports) = settings;
            Case {
                nodes,
                nftables,
                bridge_nf,
                cni,
                masquerade_all,
                localhost_node_ports,
                pods,
                services,
                tweaks,
                dns,
                probes,
            }
        },
    )
}

/// Address of the Service kube-dns.
const KUBE_DNS: &str = "10.96.0.10";

/// Address of a host outside the cluster, on the nodes' LAN.
const CLIENT: &str = "192.168.10.50";

impl Case {
    /// The same cluster under a plugin; `None` leaves the drawn one.
    pub fn under(self, cni: Option<Cni>) -> Self {
        Self { cni: cni.or(self.cni), ..self }
    }

    fn node(&self, wanted: u8) -> u8 {
        wanted % self.nodes
    }

    fn pod_ip(&self, at: usize) -> String {
        let pod = &self.pods[at];
        if pod.host_network {
            return node_ip(self.node(pod.node));
        }
        // Plugins without blocks have a node's Pods in the node's network.
        let blocks = self.cni.is_some_and(|cni| cni == Cni::CALICO || cni == Cni::CALICO_VXLAN);
        let borrows = u8::from(blocks && pod.borrows);
        format!("10.244.{}.{}", self.node(pod.node + borrows), at + 10)
    }

    /// Some route may answer with an ICMP error.
    pub fn drops_by_route(&self) -> bool {
        let drops = |tweak: &Tweak| matches!(tweak, Tweak::DropRoute(..) | Tweak::LoseRoute(..) | Tweak::Policy(..));
        self.tweaks.iter().any(drops)
    }

    /// What was changed by hand, in words.
    pub fn changes(&self) -> String {
        let mut out = String::new();
        for tweak in &self.tweaks {
            let _ = match *tweak {
                Tweak::Rule(node, which) => {
                    let (table, line) = super::rules::rule(which);
                    writeln!(out, "# node-{}: -t {table} {line}", self.node(node))
                }
                Tweak::Sysctl(node, which) => {
                    writeln!(out, "# node-{}: {}", self.node(node), SYSCTLS[usize::from(which) % SYSCTLS.len()])
                }
                _ => writeln!(out, "# {tweak:?}"),
            };
        }
        out
    }

    /// The cluster, with a client outside in its network, and what the administrator did.
    ///
    /// # Panics
    /// When the generator made something that is no network.
    pub fn model(&self) -> Model {
        let options = Options { bridge_nf: Some(self.bridge_nf), cni: self.cni, ..Options::default() };
        let model: Model = crate::model(&[("case.yaml", &self.manifests())], &options);
        assert!(!model.has_errors(), "{:?}\n{}", model.diagnostics, self.manifests());
        self.changed(model)
    }

    /// A cluster with a client outside in its network, and what the administrator did.
    fn changed(&self, mut model: Model) -> Model {
        let mut builder = model.site.network.edit();
        self.add_client(&mut builder);
        for tweak in &self.tweaks {
            self.apply(&mut builder, tweak);
        }
        // Short enough to wait for what comes of missing pieces.
        for at in 0..builder.namespaces.len() as u32 {
            builder.sysctl(NetnsId(at), "net.ipv4.ipfrag_time", "1", Default::default());
        }
        model.site.network = builder.build().unwrap();
        model
    }

    fn sender(&self, network: &Network, at: usize) -> NetnsId {
        let senders: Vec<NetnsId> = network.ids().filter(|id| &*network.netns(*id).name != "net/lan").collect();
        senders[usize::from(self.probes[at].from) % senders.len()]
    }

    /// Probe number `at` as request; to `resolved` where it asks for a name.
    pub fn request(&self, network: &Network, at: usize, sport: u16, resolved: Option<IpAddr>) -> Request {
        let spec = &self.probes[at];
        let netns = self.sender(network, at);
        let targets = self.targets();
        let (address, port, udp) = match resolved {
            // Every second one goes to the port of the Pods behind it, which a name may lead to.
            Some(address) => (address.to_string(), if spec.to.is_multiple_of(2) { 80 } else { 8080 }, false),
            None => targets[usize::from(spec.to) % targets.len()].clone(),
        };
        let protocol = match spec.protocol {
            0 => Protocol::Icmp,
            1 => Protocol::Udp,
            _ if udp => Protocol::Udp,
            _ => Protocol::Tcp,
        };
        let port = match protocol {
            Protocol::Icmp => 0,
            _ if spec.wrong_port => 7777,
            _ => port,
        };
        let size = match spec.size {
            0 => 4,
            size => {
                let all = [16, 1000, 1372, 1400, 1430, 1472, 1473, 1600, 3000, 4200];
                // What a tunnel's device says about the MTU of its way is not asked for.
                let tunnel = self.cni.is_some_and(|cni| cni == Cni::FLANNEL || cni == Cni::CALICO_VXLAN);
                let narrow = self.tweaks.iter().any(|tweak| matches!(tweak, Tweak::Mtu(..)));
                if tunnel && narrow { all[0] } else { all[usize::from(size) % all.len()] }
            }
        };
        let ttl = match spec.ttl {
            0 => None,
            ttl => Some(ttl),
        };
        Request {
            netns,
            protocol,
            local: None,
            sport: Port(sport),
            remote: SocketAddr::new(address.parse().unwrap(), port),
            payload: Arc::from(vec![b'k'; size]),
            ttl,
            dont_fragment: None,
            owner: Default::default(),
        }
    }

    /// Addresses and ports worth asking for; the last says that UDP is meant.
    fn targets(&self) -> Vec<(String, u16, bool)> {
        let mut all = Vec::new();
        for at in 0..self.pods.len() {
            let base = if self.pods[at].host_network { 20000 + at as u16 * 10 } else { 0 };
            let port = |plain, offset| if base == 0 { plain } else { base + offset };
            all.push((self.pod_ip(at), port(8080, 0), false));
            all.push((self.pod_ip(at), port(5353, 1), true));
            if self.pods[at].host_port {
                all.push((node_ip(self.node(self.pods[at].node)), host_port(at), false));
                all.push(("127.0.0.1".to_owned(), host_port(at), false));
            }
        }
        for (at, service) in self.services.iter().enumerate() {
            let exposed = matches!(service.kind, ServiceKind::NodePort | ServiceKind::LoadBalancer);
            if !matches!(service.kind, ServiceKind::Headless) {
                for _ in 0..2 {
                    all.push((cluster_ip(at), 80, false));
                    all.push((cluster_ip(at), 53, true));
                }
                if service.external_ip {
                    all.push((external_ip(at), 80, false));
                }
            }
            if exposed {
                for node in 0..self.nodes {
                    all.push((node_ip(node), node_port(at), false));
                    all.push((node_ip(node), node_port_udp(at), true));
                }
                all.push(("127.0.0.1".to_owned(), node_port(at), false));
                all.push((format!("10.244.{}.1", at % usize::from(self.nodes)), node_port(at), false));
            }
            if matches!(service.kind, ServiceKind::LoadBalancer) {
                for _ in 0..2 {
                    all.push((lb_ip(at), 80, false));
                    all.push((lb_ip(at), 53, true));
                }
            }
        }
        all.push((KUBE_DNS.to_owned(), 53, true));
        all.push((node_ip(0), 10250, false));
        all.push((CLIENT.to_owned(), 80, false));
        all.push(("10.244.0.250".to_owned(), 80, false));
        all.push(("10.244.9.9".to_owned(), 80, false));
        all.push(("192.168.10.200".to_owned(), 80, false));
        all.push(("8.8.8.8".to_owned(), 53, true));
        all
    }
}

fn find(builder: &NetworkBuilder, name: &str) -> NetnsId {
    let at = builder.namespaces.iter().position(|netns| &*netns.name == name);
    NetnsId(at.unwrap_or_else(|| panic!("no namespace {name}")) as u32)
}

fn node_ip(node: u8) -> String {
    format!("192.168.10.{}", 11 + node)
}

fn cluster_ip(at: usize) -> String {
    format!("10.96.0.{}", 20 + at)
}

fn external_ip(at: usize) -> String {
    format!("198.51.100.{}", 20 + at)
}

fn lb_ip(at: usize) -> String {
    format!("203.0.113.{}", 20 + at)
}

fn node_port(at: usize) -> u16 {
    30080 + at as u16 * 10
}

fn host_port(at: usize) -> u16 {
    18080 + at as u16
}

fn node_port_udp(at: usize) -> u16 {
    30081 + at as u16 * 10
}
