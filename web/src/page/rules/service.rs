//! `/s/{id}/service`: all rules and elements of one Service on all nodes.

use super::sheet::{Group, PAGE, Page, Row, window};
use super::view::{View, cause_of, led_to, tables};
use crate::page::Chrome;
use crate::url;
use crate::words::{Say, port_index};
use askama::Template;
use kernel::ids::{NftTableId, RuleRef, SetId, TableRef};
use kubernetes::origin::CauseId;
use sim_core::model::Model;

/// Which Service: as in `/s/{id}/service?ns=…&name=…`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceInput<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Namespace.
    pub namespace: &'a str,
    /// Name.
    pub service: &'a str,
    /// Index of one of its ports; all where there is none.
    pub port: Option<usize>,
    /// Page, from 1.
    pub page: usize,
}

/// A rule or element of the Service.
#[derive(Clone, Copy)]
enum At {
    Rule(RuleRef),
    Element(NftTableId, SetId, usize),
}

/// Nodes whose rules are on the page: each is written for it.
const NODES: usize = 16;

/// By cause: whether it is the Service, and that port of it.
fn causes(input: &ServiceInput<'_>) -> Vec<bool> {
    let of = |id| cause_of(input.model, CauseId(id));
    let mut all = Vec::new();
    while let Some(cause) = of(all.len() as u32) {
        all.push(cause.object.as_ref().is_some_and(|object| {
            &*object.name == input.service
                && &*object.kind == "Service"
                && object.namespace.as_deref() == Some(input.namespace)
                && input.port.is_none_or(|port| {
                    let of = cause.field.as_deref().and_then(port_index);
                    of.is_none_or(|(index, _)| index == port)
                })
        }));
    }
    all
}

/// What belongs to it in one namespace, in order.
fn hits(view: &View<'_>, own: &dyn Fn(CauseId) -> bool) -> Vec<At> {
    let mut all = Vec::new();
    for table in tables(view.netns) {
        let endpoints = led_to(view.say.model, view.netns, table, own);
        for chain in view.netns.chains_of(table) {
            let whole = endpoints.contains(&chain) || view.netns.chain_cause(table, chain).is_some_and(own);
            let mine =
                view.netns.rules_of(table, chain).filter(|at| whole || view.netns.rule_cause(*at).is_some_and(own));
            all.extend(mine.map(At::Rule));
        }
        let TableRef::Nft(id) = table else { continue };
        let Some(of) = view.netns.nft.table(id) else { continue };
        for (set_id, set) in of.sets.entries() {
            let mine = set.elements.iter().enumerate().filter(|(_, element)| own(element.cause));
            all.extend(mine.map(|(index, _)| At::Element(id, set_id, index)));
        }
    }
    all
}

fn shown(view: &View<'_>, at: At) -> Option<(String, Row)> {
    Some(match at {
        At::Rule(rule) => {
            let chain = view.netns.chain_name(rule.table, rule.chain)?;
            (format!("{} · {chain}", view.label(rule.table)), view.row(rule, false, true)?)
        }
        At::Element(table, set, index) => {
            let name = &view.netns.nft.table(table)?.set(set)?.name;
            let title = format!("{} · @{name}", view.label(TableRef::Nft(table)));
            (title, view.element((table, set), index, false, true)?)
        }
    })
}

/// All rules and elements of one Service on all nodes; `None` where there is no such Service.
///
/// # Errors
/// Only what the template engine reports.
pub fn service(c: &Chrome, input: &ServiceInput<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let mut services = input.model.cluster.services.iter();
    let found =
        services.find(|service| *service.name.namespace == *input.namespace && *service.name.name == *input.service);
    let Some(found) = found else { return Ok(None) };
    let full = format!("{}/{}", input.namespace, input.service);
    let mut page = Page::new(c, input.id, input.name, c.ta("rules-title-service", &[("name", full.into())]));
    let base = url::service(input.id, input.namespace, input.service, input.port);
    let mut all: Vec<(usize, At)> = Vec::new();
    let nodes: Vec<(String, View<'_>)> = input
        .model
        .site
        .nodes
        .iter()
        .take(NODES)
        .map(|(node, at)| {
            let view = View { say, id: input.id, at: *at, netns: input.model.site.network.netns(*at) };
            (say.node_name(*node).unwrap_or_default().to_owned(), view)
        })
        .collect();
    // Asked once the nodes are written: what is written has causes.
    let causes = causes(input);
    let own = |cause: CauseId| causes.get(cause.0 as usize).copied().unwrap_or_default();
    for (index, (name, view)) in nodes.iter().enumerate() {
        let first = all.len();
        all.extend(hits(view, &own).into_iter().map(|at| (index, at)));
        let count = all.len() - first;
        let href = url::replace(&base, "page", &(first / PAGE + 1).to_string());
        let text = c.ta("rules-on-node", &[("node", name.clone().into()), ("count", count.into())]);
        page.jumps.push((text, href, false));
    }
    let hidden = input.model.site.nodes.len().saturating_sub(NODES);
    if hidden > 0 {
        page.jumps.push((c.ta("rules-more-nodes", &[("count", hidden.into())]), url::scenario(input.id), false));
    }
    // One port alone, where there are several.
    if found.ports.len() > 1 {
        let whole = url::service(input.id, input.namespace, input.service, None);
        page.jumps.push((c.t("rules-all-ports"), whole, input.port.is_none()));
        page.jumps.extend((0..found.ports.len()).map(|index| {
            let name = say.field(Some(&found.origin.object), &format!("spec.ports[{index}]"));
            let href = url::service(input.id, input.namespace, input.service, Some(index));
            (name, href, input.port == Some(index))
        }));
    }
    let window = window(all.len(), input.page, 0);
    let here = url::service(input.id, input.namespace, input.service, None);
    let mut last = None;
    for (node, at) in all.iter().skip(window.0).take(PAGE) {
        let Some((name, view)) = nodes.get(*node) else { continue };
        let Some((title, mut row)) = shown(view, *at) else { continue };
        // Not to where one is.
        row.service = row.service.filter(|(_, href)| *href != here && !href.starts_with(&format!("{here}&")));
        let title = format!("{name} · {title}");
        if last.as_ref() != Some(&title) {
            page.groups.push(Group { title: title.clone(), ..Group::default() });
            last = Some(title);
        }
        if let Some(group) = page.groups.last_mut() {
            group.rows.push(row);
        }
    }
    if window.1 == all.len() {
        page.groups.extend(nodes.iter().filter_map(|(_, view)| view.ipv6(&own, 0)));
    }
    if all.is_empty() {
        page.groups.push(Group::default());
    }
    page.pages(all.len(), window, &base);
    page.render().map(Some)
}
