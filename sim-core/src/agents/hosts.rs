//! `/etc/hosts`, which a resolver reads before it asks a name server (nsswitch.conf: `hosts: files dns`): of Pods as kubelet writes it
//! (`managedHostsFileContent`), of nodes as installers leave it.

use kubernetes::cluster::model::{Cluster, NodeId, Pod, PodId};
use kubernetes::origin::Location;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Longest host name kubelet gives a Pod.
const MAX_HOSTNAME: usize = 63;

/// Why a line is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostsLine {
    /// `localhost`.
    Loopback,
    /// The machine's own name.
    Own,
    /// `hostAliases` of the Pod.
    Alias,
    /// Another node's name; that nodes know each other so is assumed.
    Node(NodeId),
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsEntry {
    /// Address.
    pub ip: IpAddr,
    /// Names.
    pub names: Vec<Arc<str>>,
    /// Why it is there.
    pub why: HostsLine,
    /// The line of the input behind it.
    pub location: Option<Location>,
}

fn entry(ip: IpAddr, names: Vec<Arc<str>>, why: HostsLine) -> HostsEntry {
    HostsEntry { ip, names, why, location: None }
}

fn loopback() -> HostsEntry {
    entry(IpAddr::V4(Ipv4Addr::LOCALHOST), vec![Arc::from("localhost")], HostsLine::Loopback)
}

/// A Pod's file. With `hostNetwork` it is the node's, with the Pod's aliases behind.
pub fn of_pod(cluster: &Cluster, id: PodId) -> Vec<HostsEntry> {
    let Some(pod) = cluster.pods.get(id.0 as usize) else { return Vec::new() };
    let mut lines = match pod.host_network {
        true => of_node(cluster, pod.node),
        false => vec![loopback(), entry(pod.ip, own_names(cluster, pod), HostsLine::Own)],
    };
    lines.extend(pod.host_aliases.iter().map(|alias| HostsEntry {
        ip: alias.ip,
        names: alias.names.clone(),
        why: HostsLine::Alias,
        location: alias.location.clone(),
    }));
    lines
}

/// `spec.hostname`, else the Pod's name; with a subdomain the whole name first.
fn own_names(cluster: &Cluster, pod: &Pod) -> Vec<Arc<str>> {
    let hostname = pod.hostname.as_ref().unwrap_or(&pod.name.name);
    let short = hostname.get(..MAX_HOSTNAME).unwrap_or(hostname).trim_end_matches(['-', '.']);
    let zone = &cluster.settings.dns_domain;
    let whole = pod
        .subdomain
        .as_ref()
        .map(|subdomain| Arc::from(format!("{short}.{subdomain}.{}.svc.{zone}", pod.name.namespace)));
    whole.into_iter().chain([Arc::from(short)]).collect()
}

/// A node's file: itself, and the other nodes; in one that is a container itself alone, the others' names are the engine's to know.
pub fn of_node(cluster: &Cluster, id: NodeId) -> Vec<HostsEntry> {
    let alone = cluster.nodes.get(id.0 as usize).is_some_and(|node| node.container.is_some());
    let nodes = (0u32..).map(NodeId).zip(&cluster.nodes).filter(|(other, _)| !alone || *other == id);
    let line = |(other, node): (NodeId, &kubernetes::cluster::model::Node)| {
        let why = if other == id { HostsLine::Own } else { HostsLine::Node(other) };
        entry(node.ip, vec![node.name.clone()], why)
    };
    std::iter::once(loopback()).chain(nodes.map(line)).collect()
}

/// The file of a machine that is neither.
pub fn of_host() -> Vec<HostsEntry> {
    vec![loopback()]
}

/// The lines that have a name; names are compared without case.
pub fn find<'h>(lines: &'h [HostsEntry], name: &str) -> impl Iterator<Item = &'h HostsEntry> {
    let name = name.to_owned();
    lines.iter().filter(move |line| line.names.iter().any(|have| have.eq_ignore_ascii_case(&name)))
}
