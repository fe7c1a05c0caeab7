//! The decided Docker hosts: plain values, ordered, with the place each came from.

use super::host::{HostRoute, HostSocket, NodeId, NodeSaid, SegmentId};
use crate::assumption::Because;
use crate::cluster::listener::Listening;
use crate::origin::{Location, ObjectRef, Origin};
use ipnet::Ipv4Net;
use kernel::packet::{Mac, Port, Protocol};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Index of a Docker host in [`super::Cluster::docker`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DockerId(pub u32);

/// A container of a Docker host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId {
    /// The host.
    pub host: DockerId,
    /// Index in [`DockerHost::containers`].
    pub at: u32,
}

/// A release of the engine whose rules are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// 20.10.
    V20,
    /// 28.
    V28,
    /// 29.
    #[default]
    V29,
}

impl Engine {
    /// All, the oldest first.
    pub const ALL: [Self; 3] = [Self::V20, Self::V28, Self::V29];

    /// The release that a version belongs to: `20.10`, `28.5.2`; also `20.1`, which is what `20.10` without quotes comes to.
    pub fn named(text: &str) -> Option<Self> {
        let mut parts = text.trim().trim_start_matches('v').split('.');
        match (parts.next()?, parts.next()) {
            ("20", Some("10" | "1")) => Some(Self::V20),
            ("28", _) => Some(Self::V28),
            ("29", _) => Some(Self::V29),
            _ => None,
        }
    }

    /// As `--docker-version` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V20 => "20.10",
            Self::V28 => "28",
            Self::V29 => "29",
        }
    }
}

/// `firewall-backend` of `daemon.json`, since engine 29.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FirewallBackend {
    /// `iptables`.
    #[default]
    Iptables,
    /// `nftables`.
    Nftables,
}

impl FirewallBackend {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Iptables, Self::Nftables];

    /// The one of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == text)
    }

    /// As `daemon.json` and `--firewall-backend` take it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
        }
    }
}

/// What the daemon was told; defaults are the engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// `icc`: containers on the default bridge may talk to each other.
    pub icc: bool,
    /// `userland-proxy`: a docker-proxy for each published port.
    pub userland_proxy: bool,
    /// `iptables`: it writes rules.
    pub iptables: bool,
    /// `ip-forward`: it turns forwarding on.
    pub ip_forward: bool,
    /// `ip-masq`: addresses of the default bridge's containers are masqueraded.
    pub ip_masq: bool,
    /// `ip`: the host address that ports are published on when they name none.
    pub ip: Ipv4Addr,
    /// `firewall-backend`.
    pub backend: FirewallBackend,
    /// `allow-direct-routing`: containers' addresses are reached from elsewhere, too; since engine 28.
    pub direct_routing: bool,
    /// `bridge-accept-fwmark`: packets with this mark, under this mask, come to every container; since engine 28.
    pub accept_mark: Option<(u32, u32)>,
    /// It writes rules into the table `raw`: unless `DOCKER_INSECURE_NO_IPTABLES_RAW=1` is in its environment.
    pub raw: bool,
    /// `dns`: name servers for containers.
    pub dns: Vec<IpAddr>,
    /// Where each of the keys above was said.
    pub said: BTreeMap<&'static str, Because>,
}

impl Default for Daemon {
    fn default() -> Self {
        Self {
            icc: true,
            userland_proxy: true,
            iptables: true,
            ip_forward: true,
            ip_masq: true,
            ip: Ipv4Addr::UNSPECIFIED,
            backend: FirewallBackend::Iptables,
            direct_routing: false,
            accept_mark: None,
            raw: true,
            dns: Vec::new(),
            said: BTreeMap::new(),
        }
    }
}

/// A machine that runs a Docker engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerHost {
    /// Its name, as in `host/NAME`.
    pub name: Arc<str>,
    /// Its address on the segment. With Docker Desktop that of the machine around, see [`Self::engine_ip`].
    pub ip: IpAddr,
    /// The segment it is on.
    pub segment: SegmentId,
    /// The engine.
    pub engine: Engine,
    /// Docker Desktop: the engine runs in a virtual machine of it.
    pub desktop: Option<Desktop>,
    /// What the daemon was told.
    pub daemon: Daemon,
    /// Networks of driver `bridge`, in the order in which they were made; the first is the default bridge, `docker0`.
    pub networks: Vec<Network>,
    /// Containers in the order in which they start.
    pub containers: Vec<Container>,
    /// Name servers of its `resolv.conf`.
    pub resolv: Vec<IpAddr>,
    /// What else listens on it.
    pub sockets: Vec<HostSocket>,
    /// Routes besides those of its segment, its default gateway and its networks.
    pub routes: Vec<HostRoute>,
    /// Sysctls before the daemon started, and rules that an administrator adds behind the daemon's.
    pub said: NodeSaid,
    /// Where it comes from.
    pub origin: Origin,
}

impl DockerHost {
    /// The address of the machine that the engine runs on: its own, or with Docker Desktop that of the virtual machine.
    pub fn engine_ip(&self) -> IpAddr {
        if self.desktop.is_some() { IpAddr::V4(Desktop::VM) } else { self.ip }
    }
}

impl DockerHost {
    /// A container as people see it: with its number where its service has several.
    pub fn shown_name(&self, of: &Container) -> String {
        let several = || self.containers.iter().filter(|other| other.service == of.service).take(2).count() > 1;
        if of.number <= 1 && several() { format!("{}-1", of.service) } else { of.probe_name() }
    }
}

/// The virtual machine of Docker Desktop, in which the engine and all containers are. Addresses are those of its default network stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desktop {
    /// Its name, as probes write it: `vm/NAME`, with the name of the machine that it runs on.
    pub vm: Arc<str>,
}

impl Desktop {
    /// Network between the machine and its virtual machine.
    pub const NET: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 65, 0), 24);
    /// Where connections of published ports come from, and the virtual machine's gateway.
    pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(192, 168, 65, 1);
    /// The virtual machine.
    pub const VM: Ipv4Addr = Ipv4Addr::new(192, 168, 65, 3);
    /// The machine around, for containers: what listens on its loopback is reached there.
    pub const HOST: Ipv4Addr = Ipv4Addr::new(192, 168, 65, 254);
    /// The name server of the virtual machine: `com.docker.backend`, which asks whom the machine around asks.
    pub const DNS: Ipv4Addr = Ipv4Addr::new(192, 168, 65, 7);
    /// Names that containers have for [`Self::HOST`], and for the gateway.
    pub const NAMES: [(&'static str, Ipv4Addr); 3] = [
        ("host.docker.internal", Self::HOST),
        ("gateway.docker.internal", Self::GATEWAY),
        ("kubernetes.docker.internal", Self::HOST),
    ];
}

/// How a network's containers are reached from elsewhere (`com.docker.network.bridge.gateway_mode_ipv4`, since engine 28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayMode {
    /// `nat`.
    #[default]
    Nat,
    /// `nat-unprotected`.
    NatUnprotected,
    /// `routed`.
    Routed,
    /// `isolated`.
    Isolated,
}

/// A network of driver `bridge`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name in the engine: `bridge` for the default bridge, `PROJECT_NETWORK` for a project's.
    pub name: Arc<str>,
    /// Its device on the host: `docker0`, or `br-` and 12 hexadecimal digits unless an option names it; at most 15 bytes.
    pub bridge: Arc<str>,
    /// Its subnet.
    pub subnet: Ipv4Net,
    /// The bridge's address.
    pub gateway: Ipv4Addr,
    /// `internal`.
    pub internal: bool,
    /// Containers on it may talk to each other (`com.docker.network.bridge.enable_icc`).
    pub icc: bool,
    /// Addresses are masqueraded on the way out (`com.docker.network.bridge.enable_ip_masquerade`).
    pub masquerade: bool,
    /// Where ports are published that name no address (`com.docker.network.bridge.host_binding_ipv4`).
    pub host_binding: Option<Ipv4Addr>,
    /// `com.docker.network.driver.mtu`.
    pub mtu: u32,
    /// How it is reached from elsewhere.
    pub gateway_mode: GatewayMode,
    /// The source address on the way out, instead of that of the device (`com.docker.network.host_ipv4`).
    pub snat: Option<Ipv4Addr>,
    /// Devices of the host from which containers' addresses are reached (`com.docker.network.bridge.trusted_host_interfaces`).
    pub trusted: Vec<Arc<str>>,
    /// Where each of the options above was said, by the field's name here.
    pub said: BTreeMap<&'static str, Location>,
    /// Where it comes from.
    pub origin: Origin,
}

/// The namespace that a container has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One of its own, attached to networks, in the order of its devices `eth0` onward.
    Networks(Vec<Attachment>),
    /// One of its own with `lo` only (`network_mode: none`).
    None,
    /// The host's (`network_mode: host`).
    Host,
    /// That of another container of the host, by index (`network_mode: service:…` or `container:…`).
    Container(u32),
}

/// A container's device on a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Index in [`DockerHost::networks`].
    pub network: u32,
    /// Its address.
    pub ip: Ipv4Addr,
    /// Its Ethernet address, where the engine makes it from the IPv4 address or the input says it.
    pub mac: Option<Mac>,
    /// Names that the embedded resolver answers on this network.
    pub aliases: Vec<Arc<str>>,
    /// The default route leads by this network's gateway.
    pub default_route: bool,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The host address it is on; 0.0.0.0 is every one.
    pub host_ip: Ipv4Addr,
    /// The host's port.
    pub host_port: Port,
    /// The container's port.
    pub container_port: Port,
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// Field path in the file, e.g. `services.web.ports[0]`.
    pub field: Arc<str>,
    /// Where it stands.
    pub location: Option<Location>,
}

/// Who makes nodes that are containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maker {
    /// kind.
    Kind,
    /// minikube with its driver `docker`.
    Minikube,
    /// k3d.
    K3d,
}

impl Maker {
    /// Its name, as its makers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Minikube => "minikube",
            Self::K3d => "k3d",
        }
    }

    /// The image of its nodes.
    pub fn image(self) -> &'static str {
        match self {
            Self::Kind => "kindest/node",
            Self::Minikube => "gcr.io/k8s-minikube/kicbase",
            Self::K3d => "rancher/k3s",
        }
    }

    /// The entry point of its node image makes the engine's resolver reachable for Pods, at the network's gateway. minikube's image has that of
    /// kind.
    pub fn moves_resolver(self) -> bool {
        matches!(self, Self::Kind | Self::Minikube)
    }
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its service in the Compose file.
    pub service: Arc<str>,
    /// Which of the service's containers, from 1.
    pub number: u32,
    /// Its name in the engine.
    pub name: Arc<str>,
    /// Its image.
    pub image: Arc<str>,
    /// Its host name: `hostname`, else the first twelve digits of its id.
    pub hostname: Arc<str>,
    /// Its namespace.
    pub mode: Mode,
    /// Ports that are published: those that another container or a network cannot publish are left out.
    pub ports: Vec<Published>,
    /// Ports that it declares beside those that are published (`expose`, and the image's): what links open on a network without `icc`.
    pub exposed: Vec<(Port, Protocol)>,
    /// Containers of the default bridge that it has links to, by index.
    pub links: Vec<u32>,
    /// `dns`: name servers in place of the host's.
    pub dns: Vec<IpAddr>,
    /// `dns_search`.
    pub search: Vec<Arc<str>>,
    /// `extra_hosts`, and `links` of the default bridge: lines of `/etc/hosts`.
    pub extra_hosts: Vec<(Arc<str>, IpAddr)>,
    /// `links` of other networks: names for containers of the host that this one's resolver alone answers, with their index.
    pub link_names: Vec<(Arc<str>, u32)>,
    /// What listens in it, and how it is known. What a node's processes listen on is not here.
    pub listening: Listening,
    /// The node of the cluster that it is, and who made it.
    pub node: Option<(NodeId, Maker)>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Container {
    /// Its attachments to networks; none where its namespace is not its own.
    pub fn attachments(&self) -> &[Attachment] {
        match &self.mode {
            Mode::Networks(all) => all,
            Mode::None | Mode::Host | Mode::Container(_) => &[],
        }
    }

    /// As probes write it: `SERVICE`, `SERVICE-2` for a second one.
    pub fn probe_name(&self) -> String {
        match self.number {
            0 | 1 => self.service.to_string(),
            number => format!("{}-{number}", self.service),
        }
    }
}

/// Fields of Compose files, as `docker inspect` calls what says the same.
const INSPECTED: [(&str, &str); 15] = [
    ("command", "Config.Cmd"),
    ("entrypoint", "Config.Entrypoint"),
    ("environment", "Config.Env"),
    ("expose", "Config.ExposedPorts"),
    ("image", "Config.Image"),
    ("network_mode", "HostConfig.NetworkMode"),
    ("networks", "NetworkSettings.Networks"),
    ("mac_address", "NetworkSettings.Networks"),
    ("extra_hosts", "HostConfig.ExtraHosts"),
    ("dns", "HostConfig.Dns"),
    ("links", "HostConfig.Links"),
    ("ipam.config", "IPAM.Config"),
    ("enable_ipv4", "EnableIPv4"),
    ("enable_ipv6", "EnableIPv6"),
    ("driver_opts", "Options"),
];
/// Last parts of them, likewise.
const PARTS: [(&str, &str); 5] = [
    ("subnet", "Subnet"),
    ("ip_range", "IPRange"),
    ("gateway", "Gateway"),
    ("aux_addresses", "AuxiliaryAddresses"),
    ("ipv4_address", "IPAddress"),
];

/// The path of a field of a service or a network (`part`, by its `name`) in the object that says it: a Compose file, or what `docker inspect`
/// prints.
pub fn field_path(object: &ObjectRef, part: &str, name: &str, field: &str) -> String {
    if !matches!(&*object.kind, "DockerContainer" | "DockerNetwork") {
        return format!("{part}.{name}.{field}");
    }
    let found = INSPECTED.iter().find_map(|(own, theirs)| {
        let rest = field.strip_prefix(own)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then(|| format!("{theirs}{rest}"))
    });
    let path = found.unwrap_or_else(|| field.to_owned());
    let last =
        PARTS.iter().find_map(|(own, theirs)| Some(format!("{}.{theirs}", path.strip_suffix(own)?.strip_suffix('.')?)));
    last.unwrap_or(path)
}
