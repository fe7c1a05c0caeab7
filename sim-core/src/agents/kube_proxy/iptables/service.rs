//! The rules of one Service port, in the order kube-proxy emits them (`syncProxyRules`).

use super::context::Context;
use super::endpoint;
use super::rule::{Write, to};
use super::tables::{Tables, port_hash};
use super::written::PortId;
use crate::agents::kube_proxy::PortName;
use crate::agents::kube_proxy::endpoints::{Categorized, Family, external_local};
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::xtables::{DevMatch, Neg, Target};
use kernel::packet::Protocol;
use kubernetes::cluster::model::{Cluster, DetectLocal, NodeId, Service, ServicePort, ServiceType, TrafficPolicy};
use kubernetes::origin::CauseId;
use std::net::IpAddr;
use std::sync::Arc;

/// Appends the detector's match ("local" or "not local"); `None` when there is no detector.
fn detect(rule: Write, cluster: &Cluster, node: NodeId, family: Family, local: bool) -> Option<Write> {
    let net = |rule: Write, net: IpNet| rule.src_net(Neg { not: !local, value: net.trunc() });
    let dev = |rule: Write, name: &Arc<str>, prefix| {
        rule.in_dev(Neg { not: !local, value: DevMatch { name: name.clone(), prefix } })
    };
    Some(match &cluster.settings.kube_proxy.detect_local {
        DetectLocal::ClusterCidr(cidr) if family == Family::V4 => net(rule, (*cidr)?),
        DetectLocal::ClusterCidr(_) => net(rule, cluster.settings.kube_proxy.cluster_cidr6?),
        DetectLocal::NodeCidr => {
            let node = cluster.nodes.get(node.0 as usize)?;
            let mut nets = std::iter::once(&node.pod_cidr).chain(&node.pod_cidrs);
            net(rule, *nets.find(|net| family.has(net.addr()))?)
        }
        DetectLocal::BridgeInterface(name) => dev(rule, name, false),
        DetectLocal::InterfaceNamePrefix(name) => dev(rule, name, true),
    })
}

/// Writes everything for one port.
#[allow(clippy::too_many_arguments)]
pub(super) fn write(
    writer: &mut Writer<'_>,
    tables: &mut Tables,
    node: NodeId,
    (service, id): (&Service, PortId),
    port: &ServicePort,
    found: &Categorized<'_>,
    large: bool,
    cause: CauseId,
) {
    let (cluster, family) = (writer.cluster, tables.family);
    let name = PortName { service, port };
    let context = Context { port: id, name, text: name.to_string(), hash: port_hash(name), found, cause, large };
    let internal_local = service.internal_traffic_policy == TrafficPolicy::Local;
    let external_local = external_local(service, port);
    let has_internal = found.any && (!internal_local || !found.local.is_empty());
    let has_external = found.any && (!external_local || !found.local.is_empty());
    let internal = context.chain(if internal_local { "SVL" } else { "SVC" });
    let vips: Vec<IpAddr> =
        service.load_balancer.iter().filter(|lb| !lb.proxy_mode && family.has(lb.ip)).map(|lb| lb.ip).collect();
    let external_ips: Vec<IpAddr> = service.external_ips.iter().copied().filter(|ip| family.has(*ip)).collect();
    let Some(cluster_ip) = service.cluster_ips.iter().copied().find(|ip| family.has(*ip)) else { return };
    let ranges: Vec<IpNet> = service.source_ranges.iter().copied().filter(|net| family.has(net.addr())).collect();
    let firewalled = found.any && !vips.is_empty() && !ranges.is_empty();

    let refuse = |tables: &mut Tables, chain: &str, address: IpAddr| {
        let (target, comment) = context.refusal();
        tables.add_filter(chain, context.address(to(target, cause).comment(comment), address).done());
    };
    let dispatch = |tables: &mut Tables, address: IpAddr, comment: &str, chain: &str| {
        let target = Target::Jump(tables.nat(chain, cause));
        let rule = to(target, cause).comment(format!("{} {comment}", context.text));
        tables.add_nat("KUBE-SERVICES", context.address(rule, address).done());
    };

    if has_internal {
        dispatch(tables, cluster_ip, "cluster IP", &internal);
    } else {
        refuse(tables, "KUBE-SERVICES", cluster_ip);
    }
    let external = context.chain("EXT");
    for &address in &external_ips {
        if found.any {
            dispatch(tables, address, "external IP", &external);
        }
        if !has_external {
            refuse(tables, "KUBE-EXTERNAL-SERVICES", address);
        }
    }
    let firewall = context.chain("FW");
    for &address in &vips {
        if found.any {
            dispatch(tables, address, "loadbalancer IP", if firewalled { &firewall } else { &external });
        }
        if firewalled {
            let comment = format!("{} traffic not accepted by {firewall}", context.text);
            let rule = context.address(to(Target::Drop, cause).comment(comment), address);
            tables.add_filter("KUBE-PROXY-FIREWALL", rule.done());
        }
        if !has_external {
            refuse(tables, "KUBE-EXTERNAL-SERVICES", address);
        }
    }
    if let Some(node_port) = port.node_port {
        if found.any {
            let target = Target::Jump(tables.nat(&external, cause));
            if tables.counts && family == Family::V4 && super::tables::node_ports_on_localhost(cluster) {
                // The same dispatch, so that packets to localhost are counted.
                let counting =
                    to(target.clone(), writer.since(cause, super::tables::COUNTS_SINCE)).comment(&context.text);
                let counting =
                    counting.dport(port.protocol, node_port).dst_net(Neg::is(super::tables::LOOPBACK.into()));
                tables.add_nat("KUBE-NODEPORTS", counting.counted("localhost_nps_accepted_pkts").done());
            }
            tables.add_nat(
                "KUBE-NODEPORTS",
                to(target, cause).comment(&context.text).dport(port.protocol, node_port).done(),
            );
        }
        if !has_external {
            let (target, comment) = context.refusal();
            let rule = to(target, cause).comment(comment).dst_type_local().dport(port.protocol, node_port);
            tables.add_filter("KUBE-EXTERNAL-SERVICES", rule.done());
        }
    }
    if let Some(check) = service.health_check_node_port
        && service.kind == ServiceType::LoadBalancer
        && service.external_traffic_policy == TrafficPolicy::Local
    {
        let rule = to(Target::Accept, cause).comment(format!("{} health check node port", context.text));
        tables.add_filter("KUBE-NODEPORTS", rule.dport(Protocol::Tcp, check).done());
    }
    if has_internal {
        masquerade_cluster_ip(tables, cluster, node, &context, cluster_ip, &internal);
    }
    if found.any && (port.node_port.is_some() || !vips.is_empty() || !external_ips.is_empty()) {
        external_chain(tables, cluster, node, &context, external_local, has_external);
    }
    if firewalled {
        firewall_chain(tables, cluster, node, &context, &ranges, &vips);
    }
    let local_used = internal_local || external_local;
    endpoint::write(writer, tables, &context, local_used);
}

/// Traffic from outside the Pod network to a ClusterIP is masqueraded, so that the answer comes back here.
fn masquerade_cluster_ip(
    tables: &mut Tables,
    cluster: &Cluster,
    node: NodeId,
    context: &Context<'_, '_>,
    address: IpAddr,
    chain: &str,
) {
    let target = Target::Jump(tables.nat("KUBE-MARK-MASQ", tables.own));
    let rule = to(target, context.cause).comment(format!("{} cluster IP", context.text));
    let rule = context.address(rule, address);
    if cluster.settings.kube_proxy.masquerade_all {
        tables.add_nat(chain, rule.done());
    } else if let Some(rule) = detect(rule, cluster, node, tables.family, false) {
        tables.add_nat(chain, rule.done());
    }
}

/// KUBE-EXT-: traffic to external addresses of the Service.
fn external_chain(
    tables: &mut Tables,
    cluster: &Cluster,
    node: NodeId,
    context: &Context<'_, '_>,
    local: bool,
    has_external: bool,
) {
    let (chain, cause) = (context.chain("EXT"), context.cause);
    let mark = Target::Jump(tables.nat("KUBE-MARK-MASQ", tables.own));
    if !local {
        let comment = format!("masquerade traffic for {} external destinations", context.text);
        tables.add_nat(&chain, to(mark, cause).comment(comment).done());
        let all = Target::Jump(tables.nat(&context.chain("SVC"), cause));
        tables.add_nat(&chain, to(all, cause).done());
        return;
    }
    let all = Target::Jump(tables.nat(&context.chain("SVC"), cause));
    let comment = format!("pod traffic for {} external destinations", context.text);
    if let Some(rule) = detect(to(all.clone(), cause).comment(comment), cluster, node, tables.family, true) {
        tables.add_nat(&chain, rule.done());
    }
    let comment = format!("masquerade LOCAL traffic for {} external destinations", context.text);
    tables.add_nat(&chain, to(mark, cause).comment(comment).src_type_local().done());
    let comment = format!("route LOCAL traffic for {} external destinations", context.text);
    tables.add_nat(&chain, to(all, cause).comment(comment).src_type_local().done());
    if has_external {
        let here = Target::Jump(tables.nat(&context.chain("SVL"), cause));
        tables.add_nat(&chain, to(here, cause).done());
    }
}

/// KUBE-FW-: load balancer traffic by source range.
fn firewall_chain(
    tables: &mut Tables,
    cluster: &Cluster,
    node: NodeId,
    context: &Context<'_, '_>,
    ranges: &[IpNet],
    vips: &[IpAddr],
) {
    let (chain, cause) = (context.chain("FW"), context.cause);
    let target = Target::Jump(tables.nat(&context.chain("EXT"), cause));
    let comment = format!("{} loadbalancer IP", context.text);
    let allow = |tables: &mut Tables, net: IpNet| {
        tables.add_nat(&chain, to(target.clone(), cause).comment(&comment).src_net(Neg::is(net)).done());
    };
    for range in ranges {
        allow(tables, range.trunc());
    }
    let own = super::super::node_address(cluster, node, tables.family);
    if own.is_some_and(|own| ranges.iter().any(|range| range.contains(&own))) {
        for &vip in vips {
            allow(tables, IpNet::from(vip));
        }
    }
    let comment = format!("other traffic to {} will be dropped by KUBE-PROXY-FIREWALL", context.text);
    tables.add_nat(&chain, to(Target::None, cause).comment(comment).done());
}

/// The dispatch to node ports, always last in KUBE-SERVICES. `addresses`: all the node has, its own first.
pub(super) fn node_ports(tables: &mut Tables, cluster: &Cluster, addresses: &[IpAddr]) {
    let config = &cluster.settings.kube_proxy;
    let own = tables.own;
    let target = Target::Jump(tables.nat("KUBE-NODEPORTS", own));
    let rule = || {
        to(target.clone(), own).comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain")
    };
    let nets: Vec<IpNet> = config.node_port_addresses.iter().filter_map(|text| text.parse().ok()).collect();
    let family = tables.family;
    let zero = |net: &IpNet| family.has(net.addr()) && net.prefix_len() == 0;
    if config.node_port_addresses.is_empty() || nets.iter().any(zero) {
        let rule = rule().dst_type_local();
        let loopback = match family {
            Family::V4 => IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(127, 0, 0, 0), 8)),
            Family::V6 => IpNet::from(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)),
        };
        let localhost = config.localhost_node_ports && family == Family::V4;
        let rule = if localhost { rule } else { rule.dst_net(Neg::not(loopback)) };
        tables.add_nat("KUBE-SERVICES", rule.done());
        return;
    }
    let primary = config.node_port_addresses.iter().any(|text| &**text == "primary");
    let localhost = config.localhost_node_ports && family == Family::V4;
    let usable = |address: &IpAddr| family.has(*address) && (localhost || !address.is_loopback());
    for (index, address) in addresses.iter().copied().enumerate().filter(|(_, address)| usable(address)) {
        if (primary && index == 0) || nets.iter().any(|net| net.contains(&address)) {
            tables.add_nat("KUBE-SERVICES", rule().dst(address).done());
        }
    }
}
