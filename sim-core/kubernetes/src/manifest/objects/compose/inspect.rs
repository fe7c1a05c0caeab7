//! What `docker inspect` and `docker network inspect` print, as far as it is about networks.

use super::super::{List, Text};
use super::value::{self, Named, OneOrMore, Pairs};
use crate::origin::Spanned;
use serde::Deserialize;

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectContainer {
    /// `Id`: 64 hexadecimal digits.
    #[serde(deserialize_with = "value::text")]
    pub id: Option<Spanned<Text>>,
    /// `Name`, with a slash before it.
    #[serde(deserialize_with = "value::text")]
    pub name: Option<Spanned<Text>>,
    /// `State`.
    pub state: InspectState,
    /// `Config`.
    pub config: InspectConfig,
    /// `HostConfig`.
    pub host_config: InspectHostConfig,
    /// `NetworkSettings`.
    pub network_settings: InspectSettings,
    /// `Mounts`.
    pub mounts: List<InspectMount>,
}

/// `State` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectState {
    /// `Running`.
    pub running: Option<Spanned<bool>>,
    /// `Status`: `running`, `exited`, `created` …
    #[serde(deserialize_with = "value::text")]
    pub status: Option<Spanned<Text>>,
}

/// `Config` of a container: what it was made with, the image's own included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectConfig {
    /// `Hostname`.
    #[serde(deserialize_with = "value::text")]
    pub hostname: Option<Spanned<Text>>,
    /// `Image`, as it was named.
    #[serde(deserialize_with = "value::text")]
    pub image: Option<Spanned<Text>>,
    /// `Entrypoint`.
    pub entrypoint: Option<Spanned<value::Commands>>,
    /// `Cmd`.
    pub cmd: Option<Spanned<value::Commands>>,
    /// `Env`: `NAME=VALUE`.
    #[serde(deserialize_with = "value::variables")]
    pub env: Pairs,
    /// `ExposedPorts`, by `PORT/PROTOCOL`.
    pub exposed_ports: Named<Empty>,
    /// `Labels`.
    #[serde(deserialize_with = "value::variables")]
    pub labels: Pairs,
}

/// A mapping that says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Empty {}

/// `HostConfig` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectHostConfig {
    /// `NetworkMode`: `default`, `bridge`, `host`, `none`, `container:ID`, a network's name.
    #[serde(deserialize_with = "value::text")]
    pub network_mode: Option<Spanned<Text>>,
    /// `PortBindings`: what was asked for, by `PORT/PROTOCOL`.
    pub port_bindings: Named<List<InspectBinding>>,
    /// `Dns`.
    pub dns: OneOrMore,
    /// `DnsSearch`.
    pub dns_search: OneOrMore,
    /// `ExtraHosts`: `NAME:ADDRESS`.
    #[serde(deserialize_with = "value::hosts")]
    pub extra_hosts: Pairs,
    /// `Links`: `/OTHER:/THIS/NAME`.
    pub links: OneOrMore,
}

/// Where a port is published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectBinding {
    /// `HostIp`; blank where none was named.
    #[serde(deserialize_with = "value::text")]
    pub host_ip: Option<Spanned<Text>>,
    /// `HostPort`.
    #[serde(deserialize_with = "value::text")]
    pub host_port: Option<Spanned<Text>>,
}

/// `NetworkSettings` of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectSettings {
    /// `Ports`: what is published, by `PORT/PROTOCOL`.
    pub ports: Named<List<InspectBinding>>,
    /// `Networks`, by name.
    pub networks: Named<InspectEndpoint>,
}

/// A container on a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectEndpoint {
    /// `Aliases`.
    pub aliases: OneOrMore,
    /// `DNSNames`: all names the resolver answers; since engine 25.
    #[serde(rename = "DNSNames")]
    pub dns_names: OneOrMore,
    /// `NetworkID`.
    #[serde(rename = "NetworkID", deserialize_with = "value::text")]
    pub network_id: Option<Spanned<Text>>,
    /// `Gateway`.
    #[serde(deserialize_with = "value::text")]
    pub gateway: Option<Spanned<Text>>,
    /// `IPAddress`; blank where it has none now.
    #[serde(rename = "IPAddress", deserialize_with = "value::text")]
    pub ip_address: Option<Spanned<Text>>,
    /// `IPPrefixLen`.
    #[serde(rename = "IPPrefixLen", deserialize_with = "value::text")]
    pub ip_prefix_len: Option<Spanned<Text>>,
    /// `MacAddress`.
    #[serde(deserialize_with = "value::text")]
    pub mac_address: Option<Spanned<Text>>,
    /// `GwPriority`.
    #[serde(deserialize_with = "value::text")]
    pub gw_priority: Option<Spanned<Text>>,
}

/// One of `Mounts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectMount {
    /// `Destination`.
    #[serde(deserialize_with = "value::text")]
    pub destination: Option<Spanned<Text>>,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectNetwork {
    /// `Name`.
    #[serde(deserialize_with = "value::text")]
    pub name: Option<Spanned<Text>>,
    /// `Id`: 64 hexadecimal digits.
    #[serde(deserialize_with = "value::text")]
    pub id: Option<Spanned<Text>>,
    /// `Driver`.
    #[serde(deserialize_with = "value::text")]
    pub driver: Option<Spanned<Text>>,
    /// `EnableIPv4`.
    #[serde(rename = "EnableIPv4", deserialize_with = "value::text")]
    pub enable_ipv4: Option<Spanned<Text>>,
    /// `EnableIPv6`.
    #[serde(rename = "EnableIPv6", deserialize_with = "value::text")]
    pub enable_ipv6: Option<Spanned<Text>>,
    /// `IPAM`.
    #[serde(rename = "IPAM")]
    pub ipam: InspectIpam,
    /// `Internal`.
    #[serde(deserialize_with = "value::text")]
    pub internal: Option<Spanned<Text>>,
    /// `Containers` that are on it, by id.
    pub containers: Named<InspectMember>,
    /// `Options` of the driver.
    #[serde(deserialize_with = "value::variables")]
    pub options: Pairs,
}

/// `IPAM` of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectIpam {
    /// `Config`.
    pub config: List<InspectPool>,
}

/// One of `IPAM.Config`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectPool {
    /// `Subnet`.
    #[serde(deserialize_with = "value::text")]
    pub subnet: Option<Spanned<Text>>,
    /// `IPRange`.
    #[serde(rename = "IPRange", deserialize_with = "value::text")]
    pub ip_range: Option<Spanned<Text>>,
    /// `Gateway`.
    #[serde(deserialize_with = "value::text")]
    pub gateway: Option<Spanned<Text>>,
    /// `AuxiliaryAddresses`.
    #[serde(deserialize_with = "value::variables")]
    pub auxiliary_addresses: Pairs,
}

/// A container as its network lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InspectMember {
    /// `Name`.
    #[serde(deserialize_with = "value::text")]
    pub name: Option<Spanned<Text>>,
    /// `MacAddress`.
    #[serde(deserialize_with = "value::text")]
    pub mac_address: Option<Spanned<Text>>,
    /// `IPv4Address`, with the length of the network's prefix.
    #[serde(rename = "IPv4Address", deserialize_with = "value::text")]
    pub ipv4_address: Option<Spanned<Text>>,
}
