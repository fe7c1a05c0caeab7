//! Our own object: what no Kubernetes object says.

use super::compose::text as loose;
use super::{ExtraArgs, List, Metadata, ScenarioDocker, Text, Unread};
use crate::origin::Spanned;
use serde::Deserialize;

/// `kubehop.dev/v1alpha1` Scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Scenario {
    /// `metadata`.
    pub metadata: Metadata,
    /// `segments`: Ethernet segments.
    pub segments: List<ScenarioSegment>,
    /// `routers`.
    pub routers: List<ScenarioRouter>,
    /// `nodes`: what manifests cannot say about a node.
    pub nodes: List<ScenarioNode>,
    /// `hosts`: machines that are no nodes.
    pub hosts: List<ScenarioHost>,
    /// `internet`: machines behind the routers.
    pub internet: List<ScenarioHost>,
    /// `listen`: what really listens.
    pub listen: List<ScenarioListen>,
    /// `loadBalancer`: `metallb`, `cloud`, `servicelb`, `none`.
    pub load_balancer: Option<Spanned<Text>>,
    /// `timeline`.
    pub timeline: List<ScenarioEvent>,
    /// `probes`: what to show first, in this order.
    pub probes: List<ScenarioProbe>,
}

/// One of `timeline`: what happens at a time since the start. One of its fields besides `at` says what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioEvent {
    /// `at`: `10s`, `1m30s`, `500ms`; a number alone is seconds.
    #[serde(deserialize_with = "loose")]
    pub at: Option<Spanned<Text>>,
    /// `delete`: a Pod.
    pub delete: Option<Spanned<Text>>,
    /// `ready`: a Pod, whose condition `Ready` turns `True`.
    pub ready: Option<Spanned<Text>>,
    /// `notReady`: a Pod, whose condition `Ready` turns `False`.
    pub not_ready: Option<Spanned<Text>>,
    /// `scale`.
    pub scale: Option<Spanned<ScenarioScale>>,
    /// `rollout`: a workload, whose Pods are made anew.
    pub rollout: Option<Spanned<Text>>,
    /// `drain`: a Node.
    pub drain: Option<Spanned<Text>>,
    /// `probe`.
    pub probe: Option<Spanned<ScenarioProbe>>,
    /// `down`: a machine.
    pub down: Option<Spanned<Text>>,
    /// `up`: a machine.
    pub up: Option<Spanned<Text>>,
    /// `patch`.
    pub patch: Option<Spanned<ScenarioPatch>>,
    /// `stop`: a component, `kube-proxy/NODE`, or `kube-proxy` on every Node.
    pub stop: Option<Spanned<Text>>,
    /// `start`: likewise.
    pub start: Option<Spanned<Text>>,
    /// `lag`.
    pub lag: Option<Spanned<ScenarioLag>>,
}

/// `patch` of an event: an object that is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioPatch {
    /// `object`: `svc/NS/NAME`, `deploy/NS/NAME`, `node/NAME` …
    pub object: Option<Spanned<Text>>,
    /// `merge`: a JSON merge patch.
    pub merge: Option<Spanned<Unread>>,
}

/// `lag` of an event: a component that follows later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioLag {
    /// `component`: `kube-proxy/NODE`, or `kube-proxy` on every Node.
    pub component: Option<Spanned<Text>>,
    /// `by`: a time.
    #[serde(deserialize_with = "loose")]
    pub by: Option<Spanned<Text>>,
}

/// `scale` of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioScale {
    /// `workload`: `deploy/NS/NAME`, `sts/NS/NAME`, `rs/NS/NAME`.
    pub workload: Option<Spanned<Text>>,
    /// `replicas`.
    pub replicas: Option<Spanned<i64>>,
}

/// One of `segments`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioSegment {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `cidr`.
    pub cidr: Option<Spanned<Text>>,
    /// `mtu`, by default 1500.
    pub mtu: Option<Spanned<i64>>,
    /// `attach`: names of machines.
    pub attach: List<Text>,
}

/// One of `routers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioRouter {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `on`: its address on each segment. Without quotes that key is a truth value to a YAML reader as kubectl has it.
    #[serde(alias = "true")]
    pub on: Option<Spanned<ExtraArgs>>,
    /// `routes`.
    pub routes: List<ScenarioRoute>,
    /// `internet`: it leads to the machines of `internet`.
    pub internet: Option<bool>,
    /// `nat`.
    pub nat: Option<bool>,
    /// `listen`.
    pub listen: List<ScenarioSocket>,
    /// `rules`: iptables-save or nft text.
    pub rules: Option<Spanned<Text>>,
}

/// One of `routes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioRoute {
    /// `to`.
    pub to: Option<Spanned<Text>>,
    /// `via`.
    pub via: Option<Spanned<Text>>,
}

/// One of `nodes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioNode {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `sysctl`: names with values, in the words of sysctl(8).
    pub sysctl: Option<Spanned<ExtraArgs>>,
    /// `rules`: iptables-save or nft text.
    pub rules: Option<Spanned<Text>>,
}

/// One of `hosts` or `internet`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioHost {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `address`.
    pub address: Option<Spanned<Text>>,
    /// `routes`.
    pub routes: List<ScenarioRoute>,
    /// `listen`.
    pub listen: List<ScenarioSocket>,
    /// `resolv`: name servers.
    pub resolv: List<Text>,
    /// `sysctl`: names with values, in the words of sysctl(8).
    pub sysctl: Option<Spanned<ExtraArgs>>,
    /// `rules`.
    pub rules: Option<Spanned<Text>>,
    /// `docker`: it runs a Docker engine.
    pub docker: Option<Spanned<ScenarioDocker>>,
    /// `proxy`.
    pub proxy: List<ScenarioProxy>,
}

/// One of a host's `proxy`: a process that goes on elsewhere with what it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioProxy {
    /// `listen`: a port, or what a socket says.
    pub listen: Option<Spanned<ScenarioSocket>>,
    /// `to`: `ADDRESS:PORT` of each server.
    pub to: List<Text>,
    /// `algorithm`: `round-robin`, `random`, `source`.
    pub algorithm: Option<Spanned<Text>>,
    /// `proxyProtocol`: it says first on each connection whose it is, `v1` or `v2`.
    pub proxy_protocol: Option<Spanned<Text>>,
    /// `acceptProxyProtocol`: it takes only connections on which that is said first.
    pub accept_proxy_protocol: Option<Spanned<bool>>,
}

/// One of a host's `listen`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioSocket {
    /// A port alone: TCP, on every address.
    #[serde(rename = "$short-form", deserialize_with = "loose")]
    pub short: Option<Spanned<Text>>,
    /// `port`.
    #[serde(deserialize_with = "loose")]
    pub port: Option<Spanned<Text>>,
    /// `protocol`; absent is TCP.
    pub protocol: Option<Spanned<Text>>,
    /// `address`; absent is every address.
    pub address: Option<Spanned<Text>>,
}

/// One of `listen`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioListen {
    /// `in`: the Pod or workload, e.g. `deploy/shop/web`.
    #[serde(rename = "in")]
    pub place: Option<Spanned<Text>>,
    /// `container`; absent is the first one, and all others listen on nothing else.
    pub container: Option<Spanned<Text>>,
    /// `port`, as written: any number.
    pub port: Option<Spanned<i64>>,
    /// `protocol`; absent is TCP.
    pub protocol: Option<Spanned<Text>>,
    /// `address`; absent is every address.
    pub address: Option<Spanned<Text>>,
}

/// One of a Scenario's `probes`, in the words of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScenarioProbe {
    /// `from`, e.g. `pod/default/client`.
    pub from: Spanned<Text>,
    /// `to`, e.g. `web:80`.
    pub to: Spanned<Text>,
    /// `proto`: `tcp` (the default), `udp`, `sctp`, `icmp`.
    pub proto: Option<Spanned<Text>>,
    /// `method`, of a URL.
    pub method: Option<Spanned<Text>>,
    /// `headers`, of a URL: each `NAME: VALUE`.
    pub headers: Vec<Text>,
    /// `connect`, of a URL: where to connect, in place of where its host leads.
    pub connect: Option<Spanned<Text>>,
    /// `name`, for people.
    pub name: Option<Spanned<Text>>,
    /// `keep`: the connection stays open.
    pub keep: Option<bool>,
}
