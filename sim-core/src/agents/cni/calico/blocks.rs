//! Which address blocks nodes have (libcalico-go `lib/ipam`): pieces of the pools that a node takes, and single addresses that it borrowed
//! from another node's.

use ipnet::{IpNet, Ipv4Net};
use kubernetes::cluster::calico::{BLOCK, CalicoConfig};
use kubernetes::cluster::model::Cluster;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// Blocks that are looked through for one that nobody has.
const TRIED: usize = 4_096;

/// What a node has: first the address of its tunnel device, then its blocks, then what it borrowed.
pub(super) fn networks(cluster: &Cluster) -> Vec<Vec<IpNet>> {
    let config = &cluster.settings.network_config.calico;
    let mut pods: Vec<BTreeSet<Ipv4Addr>> = cluster.nodes.iter().map(|_| BTreeSet::new()).collect();
    for pod in cluster.pods.iter().filter(|pod| !pod.host_network) {
        if let (IpAddr::V4(ip), Some(own)) = (pod.ip, pods.get_mut(pod.node.0 as usize)) {
            own.insert(ip);
        }
    }
    let owners = owners(cluster, config, &pods);
    let mut blocks: Vec<Vec<Ipv4Net>> = cluster.nodes.iter().map(|_| Vec::new()).collect();
    for (block, owner) in &owners {
        if let Some(own) = blocks.get_mut(*owner) {
            own.push(*block);
        }
    }
    // A node without Pods has a block too, for its tunnel device.
    let mut taken: BTreeSet<Ipv4Net> = owners.keys().copied().collect();
    for (own, node) in blocks.iter_mut().zip(&cluster.nodes) {
        let IpNet::V4(range) = node.pod_cidr.trunc() else { continue };
        if own.is_empty() {
            let size = block_of(config, range.network()).prefix_len().max(range.prefix_len());
            let mut free = range.subnets(size).into_iter().flatten().take(TRIED);
            own.extend(free.find(|block| taken.insert(*block)));
        }
    }
    let all = blocks.into_iter().zip(&pods).zip(&cluster.nodes);
    all.map(|((blocks, pods), node)| {
        let noted = config.tunnels.get(&node.name).copied();
        let free = || blocks.iter().flat_map(every).find(|ip| !pods.contains(ip)).map(IpAddr::V4);
        let first = || Some(node.pod_cidr.trunc().addr()).filter(IpAddr::is_ipv4);
        let Some(tunnel) = noted.or_else(free).or_else(first) else { return Vec::new() };
        let apart = |ip: &&Ipv4Addr| !blocks.iter().any(|block| block.contains(*ip));
        let borrowed = pods.iter().filter(apart).map(|ip| IpNet::from(IpAddr::V4(*ip)));
        let mut nets = vec![IpNet::from(tunnel)];
        nets.extend(blocks.iter().copied().map(IpNet::V4).chain(borrowed));
        nets
    })
    .collect()
}

/// All addresses of a block: the first and the last are addresses as any other.
fn every(block: &Ipv4Net) -> impl Iterator<Item = Ipv4Addr> + use<> {
    let first = u32::from(block.network());
    (0..1_u64 << (32 - block.prefix_len())).map(move |at| Ipv4Addr::from(first.wrapping_add(at as u32)))
}

/// The block that an address is of.
fn block_of(config: &CalicoConfig, ip: Ipv4Addr) -> Ipv4Net {
    let size = config.pool_of(IpAddr::V4(ip)).map_or(BLOCK, |pool| pool.block);
    Ipv4Net::new(ip, size).unwrap_or_default().trunc()
}

/// Who has each block: whom an affinity names, else the node that noted a tunnel address of it, whose own network it is, or that has most of
/// its addresses, of several the lowest: a node fills its own blocks first.
fn owners(cluster: &Cluster, config: &CalicoConfig, pods: &[BTreeSet<Ipv4Addr>]) -> BTreeMap<Ipv4Net, usize> {
    let by_name: BTreeMap<&str, usize> =
        cluster.nodes.iter().enumerate().map(|(index, node)| (&*node.name, index)).collect();
    let mut known: BTreeMap<Ipv4Net, usize> = BTreeMap::new();
    for (name, ip) in &config.tunnels {
        if let (Some(node), IpAddr::V4(ip)) = (by_name.get(&**name), ip) {
            known.insert(block_of(config, *ip), *node);
        }
    }
    let affine = config.affinities.iter().filter_map(|(block, name)| Some((*block, *by_name.get(&**name)?)));
    known.extend(affine);
    let mut counted: BTreeMap<Ipv4Net, BTreeMap<usize, Vec<Ipv4Addr>>> = BTreeMap::new();
    for (node, own) in pods.iter().enumerate() {
        for ip in own {
            counted.entry(block_of(config, *ip)).or_default().entry(node).or_default().push(*ip);
        }
    }
    let given: BTreeMap<IpNet, usize> = cluster
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| !node.host_routes)
        .map(|(index, node)| (node.pod_cidr.trunc(), index))
        .collect();
    let whose = |block: Ipv4Net| {
        let wider = (8..=block.prefix_len()).rev().filter_map(|len| Ipv4Net::new(block.network(), len).ok());
        wider.map(|net| IpNet::V4(net.trunc())).find_map(|net| given.get(&net).copied())
    };
    let most = |by: &BTreeMap<usize, Vec<Ipv4Addr>>| {
        let order = |own: &Vec<Ipv4Addr>| (own.len(), std::cmp::Reverse(own.first().copied()));
        by.iter().max_by_key(|(_, own)| order(own)).map(|(node, _)| *node)
    };
    for (block, by) in &counted {
        if let Some(node) = known.get(block).copied().or_else(|| whose(*block)).or_else(|| most(by)) {
            known.insert(*block, node);
        }
    }
    known
}
