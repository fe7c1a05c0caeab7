//! Chains, jumps and rules that do not depend on any Service.

use super::rule::to;
use super::tables::Tables;
use crate::agents::kube_proxy::endpoints::Family;
use crate::agents::kube_proxy::ports::mark;
use kernel::config::xtables::{CtStates, Match, Neg, Table, Target};
use kernel::config::{Hook, NatRange};
use kubernetes::cluster::model::Cluster;
use kubernetes::origin::CauseId;
use std::net::Ipv4Addr;

/// Chains that always exist. The canaries are empty: when they vanish, somebody flushed iptables.
pub(super) fn chains(tables: &mut Tables) {
    let own = tables.own;
    for name in [
        "KUBE-SERVICES",
        "KUBE-EXTERNAL-SERVICES",
        "KUBE-FORWARD",
        "KUBE-NODEPORTS",
        "KUBE-PROXY-FIREWALL",
        "KUBE-PROXY-CANARY",
    ] {
        tables.filter.chain(name, own);
    }
    for name in ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-PROXY-CANARY"] {
        tables.nat.chain(name, own);
    }
    tables.mangle.chain("KUBE-PROXY-CANARY", own);
}

/// One jump from a built-in chain: chain, whether only for new connections, comment, target.
type Jump = (Hook, bool, &'static str, &'static str);

/// Jumps of the filter table, in the order they are ensured; each goes to position 1, so the last ends up first.
const FILTER: [Jump; 9] = [
    (Hook::Input, true, "kubernetes externally-visible service portals", "KUBE-EXTERNAL-SERVICES"),
    (Hook::Forward, true, "kubernetes externally-visible service portals", "KUBE-EXTERNAL-SERVICES"),
    (Hook::Input, false, "kubernetes health check service ports", "KUBE-NODEPORTS"),
    (Hook::Forward, true, "kubernetes service portals", "KUBE-SERVICES"),
    (Hook::Output, true, "kubernetes service portals", "KUBE-SERVICES"),
    (Hook::Forward, false, "kubernetes forwarding rules", "KUBE-FORWARD"),
    (Hook::Input, true, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
    (Hook::Output, true, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
    (Hook::Forward, true, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
];

/// Jumps of the nat table.
const NAT: [Jump; 3] = [
    (Hook::Output, false, "kubernetes service portals", "KUBE-SERVICES"),
    (Hook::Prerouting, false, "kubernetes service portals", "KUBE-SERVICES"),
    (Hook::Postrouting, false, "kubernetes postrouting rules", "KUBE-POSTROUTING"),
];

/// Hangs kube-proxy's chains into the built-in ones.
pub(super) fn jumps(tables: &mut Tables) {
    let own = tables.own;
    let ensure = |table: &mut Table, (hook, new, comment, chain): Jump| {
        let (Some(base), target) = (table.base(hook), Target::Jump(table.chain(chain, own))) else { return };
        let rule = to(target, own);
        let rule = if new { rule.ct_new() } else { rule };
        let rule = if comment.is_empty() { rule } else { rule.comment(comment) };
        table.insert(base, rule.done());
    };
    for jump in FILTER {
        ensure(&mut tables.filter, jump);
    }
    for jump in NAT {
        ensure(&mut tables.nat, jump);
    }
    // There with node ports on localhost switched off as well: the chain is empty then.
    ensure(&mut tables.filter, (Hook::Input, false, "", "KUBE-FIREWALL"));
    ensure(&mut tables.filter, (Hook::Output, false, "", "KUBE-FIREWALL"));
}

/// Rules of the chains that always exist.
/// `counting` is why a rule counts, where the release has that.
pub(super) fn rules(tables: &mut Tables, cluster: &Cluster, counting: CauseId) {
    let (own, mark) = (tables.own, mark(cluster));
    let marked = |not| Match::Mark(Neg { not, value: (mark, mark) });
    tables.add_nat("KUBE-POSTROUTING", to(Target::Return, own).part(marked(true)).done());
    // Cleared so that a packet that comes back after encapsulation is not masqueraded again.
    tables.add_nat("KUBE-POSTROUTING", to(Target::Mark { value: mark, mask: 0 }, own).done());
    let masquerade = to(Target::Masquerade(NatRange::default().fully_random(true)), own)
        .comment("kubernetes service traffic requiring SNAT");
    tables.add_nat("KUBE-POSTROUTING", masquerade.done());
    tables.add_nat("KUBE-MARK-MASQ", to(Target::Mark { value: mark, mask: mark }, own).done());
    // Node ports on localhost are there for IPv4 only.
    if super::tables::node_ports_on_localhost(cluster) && tables.family == Family::V4 {
        let loopback = ipnet::IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8));
        let states = CtStates { related: true, established: true, dnat: true, ..CtStates::default() };
        let rule = to(Target::Drop, own).comment("block incoming localnet connections").dst_net(Neg::is(loopback));
        let rule = rule.src_net(Neg::not(loopback)).part(Match::ct_state(Neg::not(states)));
        tables.add_filter("KUBE-FIREWALL", rule.done());
    }
    let invalid = Match::ct_state(Neg::is(CtStates { invalid: true, ..CtStates::default() }));
    let drop = match tables.counts {
        true => to(Target::Drop, counting).part(invalid).counted("ct_state_invalid_dropped_pkts"),
        false => to(Target::Drop, own).part(invalid),
    };
    tables.add_filter("KUBE-FORWARD", drop.done());
    let accept = to(Target::Accept, own).comment("kubernetes forwarding rules").part(marked(false));
    tables.add_filter("KUBE-FORWARD", accept.done());
    let known = Match::ct_state(Neg::is(CtStates { related: true, established: true, ..CtStates::default() }));
    let accept = to(Target::Accept, own).comment("kubernetes forwarding conntrack rule").part(known);
    tables.add_filter("KUBE-FORWARD", accept.done());
}
