//! Sets, chains and rules that do not depend on any Service.

use super::rule::{Ip, ct_new, in_set, is_local, jump, mark, port_key};
use super::table::Draft;
use crate::linux::netfilter::Hook;
use crate::linux::netfilter::nft::data::DataType;
use crate::linux::netfilter::nft::data::Pattern;
use crate::linux::netfilter::nft::expr::{
    BitOp, Expr, NatFlags, RejectForm, Relation, Right, SetRef, Statement, Verdict,
};
use crate::linux::netfilter::nft::set::SetId;
use crate::linux::netfilter::nft::{ChainKind, Rule};
use crate::linux::netfilter::xtables::ChainId;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Sets and maps all Services share.
pub(super) struct Shared {
    pub(super) cluster_ips: SetId,
    /// `None` where node ports work on every address.
    pub(super) node_port_ips: Option<SetId>,
    pub(super) no_endpoint_services: SetId,
    pub(super) no_endpoint_node_ports: SetId,
    pub(super) firewall_ips: SetId,
    pub(super) service_ips: SetId,
    pub(super) service_node_ports: SetId,
    pub(super) mark_for_masquerade: ChainId,
    pub(super) reject: ChainId,
}

/// A base chain: name, type, hook, priority, and where it jumps to, with whether only for new connections.
type BaseChain = (&'static str, ChainKind, Hook, i32, &'static [(bool, &'static str)]);

const BASE: [BaseChain; 8] = {
    use ChainKind::{Filter, Nat};
    [
        ("filter-prerouting", Filter, Hook::Prerouting, -110, &[(true, "firewall-check")]),
        (
            "filter-input",
            Filter,
            Hook::Input,
            -110,
            &[(true, "nodeport-endpoints-check"), (true, "service-endpoints-check")],
        ),
        (
            "filter-forward",
            Filter,
            Hook::Forward,
            -110,
            &[(true, "service-endpoints-check"), (true, "cluster-ips-check")],
        ),
        ("filter-output", Filter, Hook::Output, -110, &[(true, "service-endpoints-check"), (true, "firewall-check")]),
        ("filter-output-post-dnat", Filter, Hook::Output, -90, &[(true, "cluster-ips-check")]),
        ("nat-prerouting", Nat, Hook::Prerouting, -100, &[(false, "services")]),
        ("nat-output", Nat, Hook::Output, -100, &[(false, "services")]),
        ("nat-postrouting", Nat, Hook::Postrouting, 100, &[(false, "masquerading")]),
    ]
};

/// Writes what every table has. `everywhere`: node ports work on every address of the node.
pub(super) fn write(draft: &mut Draft, bit: u32, everywhere: bool) -> Shared {
    let (ip, own) = (draft.ip, draft.own);
    let service = || vec![ip.kind(), DataType::InetProto, DataType::InetService];
    let port = || vec![DataType::InetProto, DataType::InetService];
    let cluster_ips = draft.set("cluster-ips", vec![ip.kind()], false, "Active ClusterIPs");
    let node_port_ips =
        (!everywhere).then(|| draft.set("nodeport-ips", vec![ip.kind()], false, "IPs that accept NodePort traffic"));
    let no_endpoint_services = draft.set(
        "no-endpoint-services",
        service(),
        true,
        "vmap to drop or reject packets to services with no endpoints",
    );
    let no_endpoint_node_ports = draft.set(
        "no-endpoint-nodeports",
        port(),
        true,
        "vmap to drop or reject packets to service nodeports with no endpoints",
    );
    let firewall_ips =
        draft.set("firewall-ips", service(), true, "destinations that are subject to LoadBalancerSourceRanges");
    let service_ips = draft.set("service-ips", service(), true, "ClusterIP, ExternalIP and LoadBalancer IP traffic");
    let service_node_ports = draft.set("service-nodeports", port(), true, "NodePort traffic");

    let bases: Vec<_> = BASE
        .iter()
        .map(|(name, kind, hook, priority, jumps)| (draft.base(name, *kind, *hook, *priority), *jumps))
        .collect();
    for name in ["nodeport-endpoints-check", "service-endpoints-check", "firewall-check", "services", "masquerading"] {
        draft.chain(name, own);
    }
    for (chain, jumps) in bases {
        for (new, target) in jumps {
            let mut statements = if *new { vec![ct_new()] } else { Vec::new() };
            statements.push(jump(draft.chain(target, own)));
            draft.rule(chain, Rule::new(statements, own));
        }
    }
    let mark_for_masquerade = draft.chain("mark-for-masquerade", own);
    let reject = draft.chain("reject-chain", own);
    draft.comment_chain(reject, "helper for @no-endpoint-services / @no-endpoint-nodeports");

    let mut add = |chain: &str, statements: Vec<Statement>| {
        let chain = draft.chain(chain, own);
        draft.rule(chain, Rule::new(statements, own));
    };
    let vmap = |key: Expr, map: SetId| Statement::Vmap { key, map: SetRef::Named(map) };
    let node_port = |map: SetId| vmap(Expr::Concat(port_key().to_vec()), map);
    let own_address = |local: bool| match node_port_ips {
        Some(set) => vec![in_set(ip.destination(), set)],
        None => {
            let not_loopback = ip.is_net(ip.destination(), Relation::NotEqual, loopback(ip));
            if local { vec![is_local(false), not_loopback] } else { vec![not_loopback] }
        }
    };
    let mut check = own_address(false);
    check.push(node_port(no_endpoint_node_ports));
    add("nodeport-endpoints-check", check);
    add("service-endpoints-check", vec![vmap(ip.service_key(), no_endpoint_services)]);
    add("firewall-check", vec![vmap(ip.service_key(), firewall_ips)]);
    add("services", vec![vmap(ip.service_key(), service_ips)]);
    let mut dispatch = own_address(true);
    dispatch.push(node_port(service_node_ports));
    add("services", dispatch);

    let unmarked = Statement::Match {
        left: mark(BitOp::And, bit),
        relation: Relation::Equal,
        right: Right::Value(vec![Pattern::number(0u8)]),
    };
    add("masquerading", vec![unmarked, Statement::Verdict(Verdict::Return)]);
    // Cleared so that a packet that comes back after encapsulation is not masqueraded again.
    add("masquerading", vec![Statement::SetMark(mark(BitOp::Xor, bit))]);
    let flags = NatFlags { fully_random: true, ..NatFlags::default() };
    add("masquerading", vec![Statement::Masquerade { port: None, flags }]);
    add("mark-for-masquerade", vec![Statement::SetMark(mark(BitOp::Or, bit))]);
    add("reject-chain", vec![Statement::Reject(RejectForm::Default)]);
    let check = draft.chain("cluster-ips-check", own);
    let refuse = vec![in_set(ip.destination(), cluster_ips), Statement::Reject(RejectForm::Default)];
    draft.rule(check, super::rule::commented(refuse, "Reject traffic to invalid ports of ClusterIPs", own));
    Shared {
        cluster_ips,
        node_port_ips,
        no_endpoint_services,
        no_endpoint_node_ports,
        firewall_ips,
        service_ips,
        service_node_ports,
        mark_for_masquerade,
        reject,
    }
}

fn loopback(ip: Ip) -> IpNet {
    match ip {
        Ip::V4 => IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
        Ip::V6 => IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    }
}
