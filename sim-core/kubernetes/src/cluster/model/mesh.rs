//! Meshes: how the traffic of a Pod comes to the proxy beside it.

use crate::assumption::Because;
use kernel::config::Owner;
use kernel::packet::Port;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// A list of a setting: its parts between commas, without empty ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed(pub Vec<Arc<str>>);

impl Listed {
    /// The parts of a text.
    pub fn of(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Arc::from).collect())
    }

    /// `*`: everything.
    pub fn is_all(&self) -> bool {
        matches!(&self.0[..], [one] if &**one == "*")
    }

    /// Nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|part| &**part)
    }

    /// Whether a port is one of them.
    pub fn has_port(&self, port: Port) -> bool {
        self.is_all() || self.iter().any(|one| one.parse() == Ok(port.0))
    }
}

/// What istio-iptables is told (`tools/common/config` in istio/istio); each field's documentation has its flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// `-p`, `--envoy-port`: what goes out comes to this port.
    pub proxy_port: Port,
    /// `-z`, `--inbound-capture-port`: what comes in comes to this one.
    pub inbound_port: Port,
    /// `-e`, `--inbound-tunnel-port`: what comes for this one already is for the proxy (HBONE).
    pub tunnel_port: Port,
    /// `-u`, `--proxy-uid`: users whose traffic is the proxy's own.
    pub proxy_uids: Listed,
    /// `-g`, `--proxy-gid`: groups whose traffic is.
    pub proxy_gids: Listed,
    /// `-m`, `--istio-inbound-interception-mode`: TPROXY rather than REDIRECT.
    pub tproxy: bool,
    /// `-t`, `--istio-inbound-tproxy-mark`.
    pub tproxy_mark: u32,
    /// `-r`, `--istio-inbound-tproxy-route-table`.
    pub route_table: u32,
    /// `-b`, `--istio-inbound-ports`: ports that are captured where packets come in.
    pub inbound_ports: Listed,
    /// `-d`, `--istio-local-exclude-ports`: ports that are not, where all others are.
    pub inbound_ports_except: Listed,
    /// `-q`, `--istio-outbound-ports`: ports that are captured wherever packets go.
    pub outbound_ports: Listed,
    /// `-o`, `--istio-local-outbound-ports-exclude`: ports that are not.
    pub outbound_ports_except: Listed,
    /// `-i`, `--istio-service-cidr`: destinations that are captured.
    pub outbound_ranges: Listed,
    /// `-x`, `--istio-service-exclude-cidr`: destinations that are not.
    pub outbound_ranges_except: Listed,
    /// `ISTIO_OUTBOUND_OWNER_GROUPS`: groups whose traffic is captured.
    pub groups: Listed,
    /// `ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE`: groups whose traffic is not, where that of all others is.
    pub groups_except: Listed,
    /// `-k`, `--kube-virt-interfaces`: devices behind which machines are whose traffic goes out.
    pub virtual_interfaces: Listed,
    /// `-c`, `--istio-exclude-interfaces`: devices that are left alone.
    pub excluded_interfaces: Listed,
    /// `--redirect-dns`: questions for names come to the proxy's agent.
    pub redirect_dns: bool,
    /// `--capture-all-dns`: whomever they ask.
    pub capture_all_dns: bool,
    /// Name servers in the Pod's `resolv.conf`: whom else they ask.
    pub dns_servers: Vec<IpAddr>,
    /// `--drop-invalid`.
    pub drop_invalid: bool,
    /// The Pod has an address of IPv6.
    pub ipv6: bool,
    /// `ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR`.
    pub loopback: Arc<str>,
}

impl Default for Capture {
    /// What istio-iptables does without a flag: it captures nothing.
    fn default() -> Self {
        Self {
            proxy_port: Port(15001),
            inbound_port: Port(15006),
            tunnel_port: Port(15008),
            proxy_uids: Listed::of("1337"),
            proxy_gids: Listed::of("1337"),
            tproxy: false,
            tproxy_mark: 1337,
            route_table: 133,
            inbound_ports: Listed::default(),
            inbound_ports_except: Listed::default(),
            outbound_ports: Listed::default(),
            outbound_ports_except: Listed::default(),
            outbound_ranges: Listed::default(),
            outbound_ranges_except: Listed::default(),
            groups: Listed::of("*"),
            groups_except: Listed::default(),
            virtual_interfaces: Listed::default(),
            excluded_interfaces: Listed::default(),
            redirect_dns: false,
            capture_all_dns: false,
            dns_servers: Vec::new(),
            drop_invalid: false,
            ipv6: false,
            loopback: Arc::from("127.0.0.1/32"),
        }
    }
}

/// How ambient mode captures the traffic of a Pod, which has no proxy of its own (`cni/pkg/iptables` in istio/istio).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambient {
    /// Questions for names come to ztunnel.
    pub redirect_dns: bool,
    /// Devices behind which machines are whose traffic goes out (`istio.io/reroute-virtual-interfaces`).
    pub virtual_interfaces: Listed,
    /// Only what goes out is captured (`ambient.istio.io/bypass-inbound-capture`).
    pub ingress: bool,
    /// The address that kubelet's probes have in the Pod.
    pub probe_address: Ipv4Addr,
}

impl Default for Ambient {
    fn default() -> Self {
        Self {
            redirect_dns: true,
            virtual_interfaces: Listed::default(),
            ingress: false,
            probe_address: Ipv4Addr::new(169, 254, 7, 127),
        }
    }
}

/// What proxy-init of Linkerd is told (`proxy-init/cmd/root.go` in linkerd/linkerd2-proxy-init).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkerdInit {
    /// `-p`, `--incoming-proxy-port`.
    pub inbound_port: Port,
    /// `-o`, `--outgoing-proxy-port`.
    pub outbound_port: Port,
    /// `-u`, `--proxy-uid`: whose traffic is the proxy's own; 0 is nobody.
    pub proxy_uid: u32,
    /// `--proxy-gid`; 0 is none.
    pub proxy_gid: u32,
    /// `-r`, `--ports-to-redirect`: only these come to the proxy where packets come in; without any, all.
    pub redirected: Listed,
    /// `--inbound-ports-to-ignore`: ports and ranges that do not.
    pub inbound_ignored: Listed,
    /// `--outbound-ports-to-ignore`.
    pub outbound_ignored: Listed,
    /// `--subnets-to-ignore`: whose packets do not.
    pub subnets_ignored: Listed,
}

impl Default for LinkerdInit {
    /// As Linkerd's injector writes them: its own ports, and those of databases whose clusters speak first.
    fn default() -> Self {
        Self {
            inbound_port: Port(4143),
            outbound_port: Port(4140),
            proxy_uid: 2102,
            proxy_gid: 0,
            redirected: Listed::default(),
            inbound_ignored: Listed::of("4190,4191,4567,4568"),
            outbound_ignored: Listed::of("4567,4568"),
            subnets_ignored: Listed::default(),
        }
    }
}

/// A mesh whose capture is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mesh {
    /// Istio.
    Istio,
    /// Linkerd.
    Linkerd,
}

impl Mesh {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Istio => "Istio",
            Self::Linkerd => "Linkerd",
        }
    }
}

/// The rules that capture the traffic of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureRules {
    /// By istio-iptables or its twin for nftables.
    Istio(Box<Capture>),
    /// By proxy-init.
    Linkerd(Box<LinkerdInit>),
}

/// A Pod whose traffic comes to a proxy beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Whose proxy.
    pub mesh: Mesh,
    /// By which rules.
    pub rules: CaptureRules,
    /// They are nftables' (`--native-nftables`).
    pub native: bool,
    /// The network plugin writes them; else an init container does.
    pub by_plugin: bool,
    /// The proxy's container.
    pub proxy: Arc<str>,
    /// User and group of the proxy.
    pub owner: Owner,
    /// What says so.
    pub because: Because,
}
