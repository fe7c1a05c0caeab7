//! The chains of a Service port's endpoints, and those that choose among them.

use super::context::Context;
use super::rule::{Write, to_with};
use super::tables::{Tables, endpoint_chain};
use super::written::{Known, OfPort, Sep, address};
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::xtables::{Neg, Recent, Target};
use kernel::config::{NatRange, PortRange, Shared};
use kernel::ids::ChainId;
use kubernetes::cluster::model::Endpoint;
use kubernetes::origin::Component;
use std::sync::Arc;

/// Writes KUBE-SVC-, KUBE-SVL- (where local endpoints are `local_used`) and KUBE-SEP- chains of one port.
pub(super) fn write(writer: &mut Writer<'_>, tables: &mut Tables, context: &Context<'_, '_>, local_used: bool) {
    let found = context.found;
    let before = writer.written.find(context.port);
    let mut made = Endpoints { made: vec![None; found.reachable.len()], before: before.as_deref() };
    let mut chosen = (Vec::new(), ChainId::default());
    let lists = [("SVC", &found.cluster, true), ("SVL", &found.local, local_used)];
    for (prefix, list, used) in lists {
        if !used || list.is_empty() {
            continue;
        }
        let id = tables.nat(&context.chain(prefix), context.cause);
        let targets: Vec<Sep> = list
            .iter()
            .map(|(endpoint, of)| {
                let (name, id, cause) = made.sep(writer, tables, context, endpoint, of);
                (name, id, found.since.map_or(cause, |minor| writer.since(cause, minor)))
            })
            .collect();
        match before.as_deref().map(|before| &before.chosen) {
            Some((same, rules)) if *same == targets => tables.nat.fill(id, rules.clone()),
            _ => choose(tables, context, id, list, &targets),
        }
        if prefix == "SVC" {
            chosen = (targets, id);
        }
    }
    for (endpoint, of) in &found.reachable {
        rules(writer, tables, context, &mut made, endpoint, of);
    }
    if before.is_none() && writer.cluster.nodes.len() > 1 {
        let (targets, id) = chosen;
        let rules = if targets.is_empty() { Shared::default() } else { tables.nat.share(id) };
        let endpoints = made.made.into_iter().zip(&found.reachable).filter_map(|(sep, (endpoint, of))| {
            let (name, id, cause) = sep?;
            Some(Known { endpoint: endpoint.clone(), of: address(of), name, cause, rules: tables.nat.share(id) })
        });
        let written = OfPort { endpoints: endpoints.collect(), chosen: (targets, rules) };
        writer.written.keep(context.port, written);
    }
}

/// Affinity first, then one endpoint at random.
fn choose(
    tables: &mut Tables,
    context: &Context<'_, '_>,
    chain: ChainId,
    list: &[(Arc<str>, &Endpoint)],
    targets: &[Sep],
) {
    let comment = |rule: Write, endpoint: &str| {
        if context.large { rule } else { rule.comment(format!("{} -> {endpoint}", context.text)) }
    };
    let named = usize::from(!context.large);
    let affinity = context.name.service.session_affinity;
    tables.nat.reserve(chain, if affinity.is_some() { 2 * list.len() } else { list.len() });
    if let Some(seconds) = affinity {
        for ((endpoint, _), (name, id, cause)) in list.iter().zip(targets) {
            let rule = comment(to_with(1 + named, Target::Jump(*id), *cause), endpoint);
            tables.nat.append(chain, rule.recent(Recent::check(name, seconds)).done());
        }
    }
    for (index, ((endpoint, _), (_, id, cause))) in list.iter().zip(targets).enumerate() {
        let left = list.len() - index;
        let rule = comment(to_with(usize::from(left > 1) + named, Target::Jump(*id), *cause), endpoint);
        let rule = if left > 1 { rule.one_in(left) } else { rule };
        tables.nat.append(chain, rule.done());
    }
}

/// The chains of a port's endpoints.
struct Endpoints<'b> {
    /// Those that were made so far, by position among those that can be reached; with why the chain is there.
    made: Vec<Option<Sep>>,
    /// What another node has.
    before: Option<&'b OfPort>,
}

impl Endpoints<'_> {
    fn sep(
        &mut self,
        writer: &mut Writer<'_>,
        tables: &mut Tables,
        context: &Context<'_, '_>,
        endpoint: &str,
        of: &Endpoint,
    ) -> Sep {
        let at = context.found.reachable.binary_search_by(|(known, _)| (**known).cmp(endpoint)).ok();
        let place = at.and_then(|at| self.made.get_mut(at));
        if let Some(Some(made)) = &place {
            return made.clone();
        }
        let (name, cause) = match self.before.and_then(|before| before.find(endpoint, of)) {
            Some(known) => (known.name.clone(), known.cause),
            None => {
                let at = of.origin.location.as_ref();
                let cause = writer.object(Component::KubeProxyIptables, &of.origin, "", at);
                (Arc::from(endpoint_chain(context.name, endpoint)), cause)
            }
        };
        let id = tables.nat.chain_named(name.clone(), context.cause);
        let made = (name, id, cause);
        if let Some(place) = place {
            *place = Some(made.clone());
        }
        made
    }
}

/// KUBE-SEP-: hairpin masquerade, affinity, DNAT.
fn rules(
    writer: &mut Writer<'_>,
    tables: &mut Tables,
    context: &Context<'_, '_>,
    made: &mut Endpoints<'_>,
    endpoint: &str,
    of: &Endpoint,
) {
    let (name, id, cause) = made.sep(writer, tables, context, endpoint, of);
    if let Some(known) = made.before.and_then(|before| before.find(endpoint, of)) {
        tables.nat.fill(id, known.rules.clone());
        return;
    }
    tables.nat.reserve(id, 2);
    let named = usize::from(!context.large);
    let mark = Target::Jump(tables.nat("KUBE-MARK-MASQ", tables.own));
    let hairpin = to_with(named, mark, cause).comment_unless(context.large, &context.text);
    tables.nat.append(id, hairpin.src_net(Neg::is(IpNet::from(of.ip))).done());
    let dnat = Target::Dnat(NatRange::to(of.ip).with_ports(Some(PortRange::one(of.port.0))));
    let affinity = context.name.service.session_affinity.is_some();
    let rule = to_with(1 + named + usize::from(affinity), dnat, cause).comment_unless(context.large, &context.text);
    let rule = if affinity { rule.recent(Recent::set(&name)) } else { rule };
    tables.nat.append(id, rule.protocol(context.name.port.protocol).done());
}
