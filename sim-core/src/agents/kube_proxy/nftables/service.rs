//! What one Service port adds (`syncProxyRules`).

use super::fixed::Shared;
use super::names;
use super::refusal::Refusal;
use super::rule::{Detector, Ip, commented, goto, in_set, is_local, is_port, is_protocol, none_of, number, one_of};
use super::table::{Draft, Layout};
use crate::agents::kube_proxy::PortName;
use crate::agents::kube_proxy::endpoints::{Categorized, external_local, externally_accessible};
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::PortRange;
use kernel::config::nft::data::{Pattern, Verdict};
use kernel::config::nft::expr::{Expr, NatFlags, NatTo, Relation, SetRef, SetUpdate, Statement};
use kernel::config::nft::set::{Element, ElementData, Set, SetFlags};
use kernel::config::nft::{Family, Rule};
use kernel::ids::{ChainId, SetId};
use kubernetes::cluster::model::{Endpoint, NodeId, Service, ServicePort, TrafficPolicy};
use kubernetes::origin::{CauseId, Component};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A Service's port on one node.
pub(super) struct PortOn<'a, 'c> {
    pub(super) node: NodeId,
    pub(super) service: &'a Service,
    pub(super) port: &'a ServicePort,
    pub(super) found: &'a Categorized<'c>,
    pub(super) cause: CauseId,
    /// The same, for what the layout has made otherwise.
    pub(super) newer: CauseId,
}

/// What the rules of one port share.
struct Context<'a, 'c> {
    of: &'a PortOn<'a, 'c>,
    shared: &'a Shared,
    detector: Option<&'a Detector>,
    name: PortName<'a>,
    text: String,
    base: String,
    /// Chains of the endpoints, with their sets where clients are remembered, by `ip:port`. From 1.36 there are only those with sets.
    endpoints: BTreeMap<&'a str, (ChainId, Option<SetId>, CauseId)>,
}

impl Context<'_, '_> {
    fn chain(&self, draft: &mut Draft, prefix: &str) -> ChainId {
        draft.chain(&format!("{prefix}-{}", self.base), self.of.cause)
    }

    fn rule(&self, draft: &mut Draft, chain: ChainId, statements: Vec<Statement>) {
        draft.rule(chain, Rule::new(statements, self.of.cause));
    }

    /// Adds what happens to an address and port of the Service to a map.
    fn address(&self, draft: &mut Draft, map: SetId, ip: IpAddr, verdict: Verdict, named: bool) {
        let port = self.of.port;
        let key =
            vec![Pattern::number(number(ip)), Pattern::number(port.protocol.number()), Pattern::number(port.port.0)];
        draft.element(
            map,
            key,
            Some(verdict),
            named.then_some(&*self.text),
            self.of.cause,
            &self.of.service.origin.object,
        );
    }

    fn node_port(&self, draft: &mut Draft, map: SetId, port: u16, verdict: Verdict, named: bool) {
        let key = vec![Pattern::number(self.of.port.protocol.number()), Pattern::number(port)];
        draft.element(
            map,
            key,
            Some(verdict),
            named.then_some(&*self.text),
            self.of.cause,
            &self.of.service.origin.object,
        );
    }

    /// The detector's match; a device that is not there makes nft refuse the rule.
    fn detect(&self, draft: &mut Draft, local: bool) -> Option<Statement> {
        let detector = self.detector?;
        if let Detector::Missing(name) = detector {
            draft.refused.get_or_insert(Refusal::NoDevice(name.clone()));
        }
        Some(detector.statement(draft.ip, local))
    }
}

/// Writes everything for one port.
pub(super) fn write(
    writer: &mut Writer<'_>,
    draft: &mut Draft,
    shared: &Shared,
    detector: Option<&Detector>,
    of: &PortOn<'_, '_>,
) {
    let (service, port, found) = (of.service, of.port, of.found);
    let ip = draft.ip;
    let Some(cluster_ip) = service.cluster_ips.iter().copied().find(|address| ip.has(*address)) else { return };
    let name = PortName { service, port };
    let mut context = Context {
        of,
        shared,
        detector,
        name,
        text: name.to_string(),
        base: names::port(name),
        endpoints: BTreeMap::new(),
    };
    for (endpoint, to) in &found.reachable {
        if draft.layout < Layout::V36 || service.session_affinity.is_some() {
            let known = endpoint_chain(writer, draft, &context, to);
            context.endpoints.insert(endpoint, known);
        }
        if let Some(set) = shared.hairpins {
            hairpin(writer, draft, &context, to, set);
        }
    }
    let internal_local = service.internal_traffic_policy == TrafficPolicy::Local;
    let external_local = external_local(service, port);
    let has_internal = found.any && (!internal_local || !found.local.is_empty());
    let has_external = found.any && (!external_local || !found.local.is_empty());
    let all = (!found.cluster.is_empty()).then(|| context.chain(draft, "service"));
    let here = (!found.local.is_empty()).then(|| context.chain(draft, "local"));
    let internal = if internal_local { here } else { all };
    // What stands in for endpoints: REJECT where there is none at all, DROP where there is only none here.
    let refusal = if found.any { Verdict::Drop } else { Verdict::Goto(shared.reject) };

    let at = service.fields.get("spec.clusterIP").cloned();
    let by = writer.object(Component::KubeProxyNftables, &service.origin, "spec.clusterIP", at.as_ref());
    let key = vec![Pattern::number(number(cluster_ip))];
    draft.element(shared.cluster_ips, key, None, None, by, &service.origin.object);
    match internal.filter(|_| has_internal) {
        Some(chain) => context.address(draft, shared.service_ips, cluster_ip, Verdict::Goto(chain), false),
        None => context.address(draft, shared.no_endpoint_services, cluster_ip, refusal, true),
    }
    let external = (found.any && externally_accessible(service, port)).then(|| context.chain(draft, "external"));
    let vips: Vec<IpAddr> =
        service.load_balancer.iter().filter(|lb| !lb.proxy_mode && ip.has(lb.ip)).map(|lb| lb.ip).collect();
    let ranges: Vec<IpNet> = service.source_ranges.iter().copied().filter(|net| ip.has(net.addr())).collect();
    let external_ips = service.external_ips.iter().copied().filter(|address| ip.has(*address));
    for address in external_ips.chain(vips.iter().copied()) {
        if let Some(chain) = external {
            context.address(draft, shared.service_ips, address, Verdict::Goto(chain), false);
        }
        if !has_external {
            context.address(draft, shared.no_endpoint_services, address, refusal, true);
        }
    }
    if let Some(node_port) = port.node_port {
        if let Some(chain) = external {
            context.node_port(draft, shared.service_node_ports, node_port.0, Verdict::Goto(chain), false);
        }
        if !has_external {
            context.node_port(draft, shared.no_endpoint_node_ports, node_port.0, refusal, true);
        }
    }
    if let Some(chain) = internal.filter(|_| has_internal && draft.layout < Layout::V36) {
        masquerade_cluster_ip(writer, draft, &context, cluster_ip, chain);
    }
    for (chain, list) in [(all, &found.cluster), (here, &found.local)] {
        if let Some(chain) = chain {
            endpoint_rules(writer, draft, &context, chain, list);
        }
    }
    if let Some(chain) = external {
        external_rules(draft, &context, chain, external_local, (all, here));
    }
    if !vips.is_empty() && !ranges.is_empty() {
        firewall(writer, draft, &context, &vips, ranges);
    }
}

/// Traffic from outside the Pod network to a ClusterIP is masqueraded, so that the answer comes back here.
fn masquerade_cluster_ip(
    writer: &Writer<'_>,
    draft: &mut Draft,
    context: &Context<'_, '_>,
    address: IpAddr,
    chain: ChainId,
) {
    let (ip, port) = (draft.ip, context.of.port);
    let mut statements = vec![ip.is_net(ip.destination(), Relation::Implicit, IpNet::from(address))];
    if draft.layout == Layout::V29 {
        statements.push(is_port(port.protocol, port.port));
    }
    if !writer.cluster.settings.kube_proxy.masquerade_all {
        let Some(outside) = context.detect(draft, false) else { return };
        statements.push(outside);
    }
    statements.push(context.shared.mark.clone());
    draft.rule(chain, Rule::new(statements, context.of.newer));
}

/// `external-`: traffic to external addresses of the Service.
fn external_rules(
    draft: &mut Draft,
    context: &Context<'_, '_>,
    chain: ChainId,
    local: bool,
    (all, here): (Option<ChainId>, Option<ChainId>),
) {
    let (mark, cause) = (context.shared.mark.clone(), context.of.cause);
    if !local {
        if draft.layout < Layout::V36 {
            context.rule(draft, chain, vec![mark]);
        } else {
            draft.rule(chain, commented(vec![mark], "masquerade", context.of.newer));
        }
        if let Some(all) = all {
            context.rule(draft, chain, vec![goto(all)]);
        }
        return;
    }
    let pods = all.zip(context.detect(draft, true));
    if let Some((all, pods)) = pods {
        draft.rule(chain, commented(vec![pods, goto(all)], "short-circuit pod traffic", cause));
    }
    draft.rule(chain, commented(vec![is_local(true), mark], "masquerade local traffic", cause));
    if let Some(all) = all {
        draft.rule(chain, commented(vec![is_local(true), goto(all)], "short-circuit local traffic", cause));
    }
    if let Some(here) = here {
        context.rule(draft, chain, vec![goto(here)]);
    }
}

/// `firewall-`: load balancer traffic by source range, before any translation.
fn firewall(
    writer: &Writer<'_>,
    draft: &mut Draft,
    context: &Context<'_, '_>,
    vips: &[IpAddr],
    mut ranges: Vec<IpNet>,
) {
    let chain = context.chain(draft, "firewall");
    for vip in vips {
        context.address(draft, context.shared.firewall_ips, *vip, Verdict::Goto(chain), true);
    }
    // A node that is let in sends to the address from that very address, where it has it.
    let own = crate::agents::kube_proxy::node_address(writer.cluster, context.of.node, draft.ip);
    if own.is_some_and(|own| ranges.iter().any(|range| range.contains(&own))) {
        ranges.extend(vips.iter().copied().map(IpNet::from));
    }
    let cause = context.of.cause;
    context.rule(draft, chain, vec![none_of(draft.ip, &ranges, cause), Statement::Verdict(Verdict::Drop)]);
}

/// `service-` and `local-`: remembered clients first, then one endpoint at random.
fn endpoint_rules(
    writer: &mut Writer<'_>,
    draft: &mut Draft,
    context: &Context<'_, '_>,
    chain: ChainId,
    list: &[(Arc<str>, &Endpoint)],
) {
    if context.endpoints.is_empty() {
        let to: Vec<_> = list.iter().map(|(_, to)| (*to, cause_of(writer, to))).collect();
        let protocol = is_protocol(context.of.port.protocol);
        draft.rule(chain, Rule::new(vec![protocol, translate_to_one(draft.ip, &to)], context.of.newer));
        return;
    }
    let cause = context.of.found.since.map_or(context.of.cause, |minor| writer.since(context.of.cause, minor));
    let known: Vec<_> = list.iter().filter_map(|(name, _)| context.endpoints.get(&**name).copied()).collect();
    for (endpoint, set, cause) in &known {
        if let Some(set) = set {
            let statements = vec![in_set(draft.ip.source(), *set), goto(*endpoint)];
            draft.rule(chain, Rule::new(statements, *cause));
        }
    }
    let chains: Vec<_> = known.iter().map(|(endpoint, _, cause)| (*endpoint, *cause)).collect();
    draft.rule(chain, Rule::new(vec![one_of(&chains)], cause));
}

/// `endpoint-`: hairpin masquerade, affinity, translation.
fn endpoint_chain(
    writer: &mut Writer<'_>,
    draft: &mut Draft,
    context: &Context<'_, '_>,
    to: &Endpoint,
) -> (ChainId, Option<SetId>, CauseId) {
    let base = names::endpoint(context.name, to);
    let cause = cause_of(writer, to);
    let ip = draft.ip;
    let set = context.of.service.session_affinity.map(|seconds| {
        let mut set = Set::new(&format!("affinity-{base}"), vec![ip.kind()], None, cause);
        // What nft gives a set that rules fill and that names no size.
        set.size = Some(65535);
        set.flags = SetFlags { dynamic: true, timeout: true, ..SetFlags::default() };
        set.timeout = Some(u64::from(seconds) * 1000);
        draft.table.add_set(set)
    });
    let chain = draft.chain(&format!("endpoint-{base}"), cause);
    let mut add = |statements| draft.rule(chain, Rule::new(statements, cause));
    if context.shared.hairpins.is_none() {
        let hairpin = ip.is_net(ip.source(), Relation::Implicit, IpNet::from(to.ip));
        add(vec![hairpin, context.shared.mark.clone()]);
    }
    if let Some(set) = set {
        let update = Statement::Update {
            update: SetUpdate::Update,
            set,
            key: ip.source(),
            timeout: None,
            counter: false,
            data: None,
        };
        add(vec![update]);
    }
    add(vec![is_protocol(context.of.port.protocol), translate(to)]);
    (chain, set, cause)
}

fn cause_of(writer: &mut Writer<'_>, to: &Endpoint) -> CauseId {
    writer.object(Component::KubeProxyNftables, &to.origin, "", to.origin.location.as_ref())
}

/// `dnat to ADDRESS:PORT`.
fn translate(to: &Endpoint) -> Statement {
    Statement::Nat {
        destination: true,
        family: None,
        to: NatTo::Fixed { address: Some((to.ip, to.ip)), port: Some(PortRange::one(to.port.0)) },
        flags: NatFlags::default(),
    }
}

/// A translation to the only endpoint, or to one drawn from a map.
fn translate_to_one(ip: Ip, to: &[(&Endpoint, CauseId)]) -> Statement {
    if let [(only, _)] = to {
        return translate(only);
    }
    let element = |(at, (to, cause)): (u128, &(&Endpoint, CauseId))| {
        let value = vec![Pattern::number(number(to.ip)), Pattern::number(to.port.0)];
        Element::new(vec![Pattern::number(at)], Some(ElementData::Value(value)), *cause)
    };
    let draw = Expr::Numgen { random: true, modulus: u32::try_from(to.len()).unwrap_or(u32::MAX).max(1), offset: 0 };
    let map = SetRef::Anonymous((0u128..).zip(to).map(element).collect());
    Statement::Nat {
        destination: true,
        family: Some(if ip == Ip::V4 { Family::Ip } else { Family::Ip6 }),
        to: NatTo::Expr(Expr::Map(Box::new((draw, map)))),
        flags: NatFlags::default(),
    }
}

/// An endpoint of this node may be its own client: then the packet would go back to where it came from.
fn hairpin(writer: &mut Writer<'_>, draft: &mut Draft, context: &Context<'_, '_>, to: &Endpoint, set: SetId) {
    let here = writer.cluster.nodes.get(context.of.node.0 as usize).map(|node| &*node.name);
    if to.node.as_deref() != here {
        return;
    }
    let cause = cause_of(writer, to);
    let cause = draft.layout.since().map_or(cause, |minor| writer.since(cause, minor));
    let address = Pattern::number(number(to.ip));
    let protocol = Pattern::number(context.of.port.protocol.number());
    let key = vec![address.clone(), address, protocol, Pattern::number(to.port.0)];
    draft.element(set, key, None, None, cause, &context.of.service.origin.object);
}
