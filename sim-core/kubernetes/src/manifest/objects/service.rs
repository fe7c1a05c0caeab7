//! Service.

use super::{IntOrString, List, Map, Metadata, Text};
use crate::origin::Spanned;
use serde::Deserialize;

/// `v1` Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Service {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: Spanned<ServiceSpec>,
    /// `status`.
    pub status: ServiceStatus,
}

/// `spec` of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// `type`: `ClusterIP` (the default), `NodePort`, `LoadBalancer`, `ExternalName`.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<Text>>,
    /// `clusterIP`; `None` as text makes the Service headless.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<Spanned<Text>>,
    /// `clusterIPs`.
    #[serde(rename = "clusterIPs")]
    pub cluster_ips: List<Text>,
    /// `ipFamilies`: `IPv4`, `IPv6`.
    pub ip_families: List<Text>,
    /// `ipFamilyPolicy`: `SingleStack`, `PreferDualStack`, `RequireDualStack`.
    pub ip_family_policy: Option<Spanned<Text>>,
    /// `selector`.
    pub selector: Option<Spanned<Map>>,
    /// `ports`.
    pub ports: List<ServicePort>,
    /// `externalName`.
    pub external_name: Option<Spanned<Text>>,
    /// `externalIPs`.
    #[serde(rename = "externalIPs")]
    pub external_ips: List<Text>,
    /// `loadBalancerIP`.
    #[serde(rename = "loadBalancerIP")]
    pub load_balancer_ip: Option<Spanned<Text>>,
    /// `loadBalancerClass`.
    pub load_balancer_class: Option<Spanned<Text>>,
    /// `loadBalancerSourceRanges`.
    pub load_balancer_source_ranges: List<Text>,
    /// `allocateLoadBalancerNodePorts`; absent is true.
    pub allocate_load_balancer_node_ports: Option<Spanned<bool>>,
    /// `healthCheckNodePort`, as written: any number.
    pub health_check_node_port: Option<Spanned<i64>>,
    /// `internalTrafficPolicy`: `Cluster`, `Local`.
    pub internal_traffic_policy: Option<Spanned<Text>>,
    /// `externalTrafficPolicy`: `Cluster`, `Local`.
    pub external_traffic_policy: Option<Spanned<Text>>,
    /// `sessionAffinity`: `None`, `ClientIP`.
    pub session_affinity: Option<Spanned<Text>>,
    /// `sessionAffinityConfig`.
    pub session_affinity_config: Option<Spanned<SessionAffinityConfig>>,
    /// `publishNotReadyAddresses`.
    pub publish_not_ready_addresses: Option<Spanned<bool>>,
    /// `trafficDistribution`: `PreferClose`, `PreferSameZone`, `PreferSameNode`.
    pub traffic_distribution: Option<Spanned<Text>>,
}

/// One of `spec.ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `protocol`; absent is TCP.
    pub protocol: Option<Spanned<Text>>,
    /// `appProtocol`.
    pub app_protocol: Option<Text>,
    /// `port`, as written: any number.
    pub port: Option<Spanned<i64>>,
    /// `targetPort`.
    pub target_port: Option<Spanned<IntOrString>>,
    /// `nodePort`, as written: any number; 0 is absent.
    pub node_port: Option<Spanned<i64>>,
}

/// `spec.sessionAffinityConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionAffinityConfig {
    /// `clientIP`.
    #[serde(rename = "clientIP")]
    pub client_ip: ClientIpConfig,
}

/// `spec.sessionAffinityConfig.clientIP`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientIpConfig {
    /// `timeoutSeconds`; absent is 10800.
    pub timeout_seconds: Option<Spanned<i64>>,
}

/// `status` of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceStatus {
    /// `loadBalancer`.
    pub load_balancer: LoadBalancerStatus,
}

/// `status.loadBalancer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancerStatus {
    /// `ingress`.
    pub ingress: List<LoadBalancerIngress>,
}

/// One of `status.loadBalancer.ingress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancerIngress {
    /// `ip`.
    pub ip: Option<Spanned<Text>>,
    /// `hostname`.
    pub hostname: Option<Spanned<Text>>,
    /// `ipMode`: `VIP`, `Proxy`.
    pub ip_mode: Option<Spanned<Text>>,
}
