//! Sets, chains and rules that do not depend on any Service.

use super::rule::{Ip, commented, ct_new, in_set, is_local, jump, mark as marked, port_key};
use super::table::{Draft, Layout};
use ipnet::IpNet;
use kernel::config::Hook;
use kernel::config::nft::data::{DataType, Pattern, Verdict};
use kernel::config::nft::expr::{BitOp, Ct, Expr, NatFlags, RejectForm, Relation, Right, SetRef, Statement};
use kernel::config::nft::{ChainKind, Rule};
use kernel::ids::{ChainId, SetId};
use kubernetes::origin::CauseId;
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
    /// What marks a packet for masquerading.
    pub(super) mark: Statement,
    /// Endpoints of this node that may be their own clients (from 1.36).
    pub(super) hairpins: Option<SetId>,
    pub(super) reject: ChainId,
}

/// A base chain: name, type, hook, priority, and where it jumps to, with whether only for new connections.
type BaseChain = (&'static str, ChainKind, Hook, i32, &'static [(bool, &'static str)]);

const NAT: [BaseChain; 3] = [
    ("nat-prerouting", ChainKind::Nat, Hook::Prerouting, -100, &[(false, "services")]),
    ("nat-output", ChainKind::Nat, Hook::Output, -100, &[(false, "services")]),
    ("nat-postrouting", ChainKind::Nat, Hook::Postrouting, 100, &[(false, "masquerading")]),
];

const SERVICE: (bool, &str) = (true, "service-endpoints-check");
const NODE_PORT: (bool, &str) = (true, "nodeport-endpoints-check");
const FIREWALL: (bool, &str) = (true, "firewall-check");
const CLUSTER_IPS: (bool, &str) = (true, "cluster-ips-check");

/// Filter chains up to 1.33.
const FILTER_29: [BaseChain; 5] = [
    ("filter-prerouting", ChainKind::Filter, Hook::Prerouting, -110, &[FIREWALL]),
    ("filter-input", ChainKind::Filter, Hook::Input, -110, &[NODE_PORT, SERVICE]),
    ("filter-forward", ChainKind::Filter, Hook::Forward, -110, &[SERVICE, CLUSTER_IPS]),
    ("filter-output", ChainKind::Filter, Hook::Output, -110, &[SERVICE, FIREWALL]),
    ("filter-output-post-dnat", ChainKind::Filter, Hook::Output, -90, &[CLUSTER_IPS]),
];

/// Filter chains from 1.34.
const FILTER_34: [BaseChain; 5] = [
    ("filter-prerouting-pre-dnat", ChainKind::Filter, Hook::Prerouting, -110, &[FIREWALL]),
    ("filter-output-pre-dnat", ChainKind::Filter, Hook::Output, -110, &[FIREWALL]),
    ("filter-input", ChainKind::Filter, Hook::Input, 0, &[NODE_PORT, SERVICE]),
    ("filter-forward", ChainKind::Filter, Hook::Forward, 0, &[SERVICE, CLUSTER_IPS]),
    ("filter-output", ChainKind::Filter, Hook::Output, 0, &[SERVICE, CLUSTER_IPS]),
];

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

    let hairpins = (draft.layout >= Layout::V36).then(|| {
        let key = vec![ip.kind(), ip.kind(), DataType::InetProto, DataType::InetService];
        draft.set("hairpin-connections", key, false, "service hairpin connections")
    });
    let filter = if draft.layout == Layout::V29 { FILTER_29 } else { FILTER_34 };
    let bases: Vec<_> = filter
        .iter()
        .chain(&NAT)
        .map(|(name, kind, hook, priority, jumps)| (draft.base(name, *kind, *hook, *priority), *jumps))
        .collect();
    for name in ["nodeport-endpoints-check", "service-endpoints-check", "firewall-check", "services", "masquerading"] {
        draft.chain(name, own);
    }
    for (chain, jumps) in bases {
        for (new, target) in jumps {
            let mut statements = if *new { vec![ct_new()] } else { Vec::new() };
            statements.push(jump(draft.chain(target, own)));
            let cause = if *new { draft.newer } else { own };
            draft.rule(chain, Rule::new(statements, cause));
        }
    }
    let mark = match draft.layout {
        Layout::V36 => Statement::SetMark(marked(BitOp::Or, bit)),
        _ => jump(draft.chain("mark-for-masquerade", own)),
    };
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

    add("reject-chain", vec![Statement::Reject(RejectForm::Default)]);
    if draft.layout < Layout::V36 {
        let chain = draft.chain("mark-for-masquerade", own);
        draft.rule(chain, Rule::new(vec![Statement::SetMark(marked(BitOp::Or, bit))], own));
    }
    masquerading(draft, bit, hairpins);
    let check = draft.chain("cluster-ips-check", own);
    let refuse = vec![in_set(ip.destination(), cluster_ips), Statement::Reject(RejectForm::Default)];
    draft.rule(check, commented(refuse, "Reject traffic to invalid ports of ClusterIPs", own));
    Shared {
        cluster_ips,
        node_port_ips,
        no_endpoint_services,
        no_endpoint_node_ports,
        firewall_ips,
        service_ips,
        service_node_ports,
        mark,
        hairpins,
        reject,
    }
}

/// The chain that masquerades what was marked. The mark is cleared so that a packet that comes back after encapsulation is not masqueraded
/// again.
fn masquerading(draft: &mut Draft, bit: u32, hairpins: Option<SetId>) {
    let (ip, own, newer) = (draft.ip, draft.own, draft.newer);
    let chain = draft.chain("masquerading", own);
    let compare = |relation| Statement::Match {
        left: marked(BitOp::And, bit),
        relation,
        right: Right::Value(vec![Pattern::number(0u8)]),
    };
    let clear = Statement::SetMark(marked(BitOp::Xor, bit));
    let flags = NatFlags { fully_random: true, ..NatFlags::default() };
    let masquerade = Statement::Masquerade { port: None, flags };
    let Some(hairpins) = hairpins else {
        draft.rule(chain, Rule::new(vec![compare(Relation::Equal), Statement::Verdict(Verdict::Return)], own));
        draft.rule(chain, Rule::new(vec![clear], own));
        draft.rule(chain, Rule::new(vec![masquerade], own));
        return;
    };
    draft.rule(chain, Rule::new(vec![compare(Relation::NotEqual), clear, masquerade.clone()], newer));
    let translated = Statement::Match {
        left: Expr::Ct(Ct::Status, None),
        relation: Relation::Implicit,
        right: Right::Value(vec![Pattern::number(32u8)]),
    };
    let [protocol, port] = port_key();
    let key = Expr::Concat(vec![ip.source(), ip.destination(), protocol, port]);
    draft.rule(chain, Rule::new(vec![translated, in_set(key, hairpins), masquerade], newer));
}

/// From 1.33 on the Service network is known: what is no Service's address is dropped.
pub(super) fn service_network(draft: &mut Draft, net: IpNet, cause: CauseId) {
    let (ip, own) = (draft.ip, draft.own);
    let check = draft.chain("cluster-ips-check", own);
    let statements = vec![ip.is_net(ip.destination(), Relation::Implicit, net), Statement::Verdict(Verdict::Drop)];
    draft.rule(check, commented(statements, "Drop traffic to unallocated ClusterIPs", cause));
}

/// From 1.36 on one rule masquerades what goes to ClusterIPs from outside the Pod network, before it is told to which.
pub(super) fn masquerade_cluster_ips(draft: &mut Draft, shared: &Shared, all: bool, outside: Option<Statement>) {
    let (ip, newer) = (draft.ip, draft.newer);
    let comment =
        if all { "masquerade all clusterIP traffic" } else { "masquerade clusterIP traffic from outside cluster" };
    let mut statements = vec![in_set(ip.destination(), shared.cluster_ips)];
    match outside {
        _ if all => {}
        Some(outside) => statements.push(outside),
        None => return,
    }
    statements.push(shared.mark.clone());
    let chain = draft.chain("services", draft.own);
    let rule = commented(statements, comment, newer);
    if let Some(chain) = draft.table.chains.get_mut(chain) {
        chain.rules.insert(0, rule);
    }
}

fn loopback(ip: Ip) -> IpNet {
    match ip {
        Ip::V4 => IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
        Ip::V6 => IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    }
}
