//! `/s/{id}/rules` and `/s/{id}/service`: every rule of a node, chain by chain, as the tool prints it and in plain words.

mod fold;
mod ipv6;
mod search;
mod service;
mod sheet;
mod view;

pub use service::{ServiceInput, service};
pub use sheet::PAGE;
pub(crate) use view::{led_to, tables};

use super::Chrome;
use crate::url;
use crate::words::{Pass, Say};
use askama::Template;
use ipv6::IP6TABLES;
use kernel::ids::{ChainId, RuleId, RuleRef, TableRef};
use sheet::{Group, Page, Row, Window, window};
use sim_core::facts::Facts;
use sim_core::model::Model;
use sim_core::trace::Journey;
use std::net::IpAddr;
use view::{IPSET, View, hook_text};

/// Longest text searched for, in characters.
const ASKED: usize = 100;

/// What is asked for: as in the address.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Node; or else `netns`.
    pub node: &'a str,
    /// Name of a namespace.
    pub netns: &'a str,
    /// Table; all where it is empty.
    pub table: &'a str,
    /// Chain; the list of chains where it is empty.
    pub chain: &'a str,
    /// Set or map instead of a chain.
    pub set: &'a str,
    /// Text to search for.
    pub q: &'a str,
    /// Page, from 1.
    pub page: usize,
    /// Rule to jump to and mark, from 1; 0 for none.
    pub number: usize,
    /// The packet whose pass through the chain is shown: rules that it skipped are folded.
    pub packet: Option<Packet<'a>>,
    /// An address of former days says itself what became of the rules. That is not believed, and not shown.
    pub claims: bool,
}

/// One packet's pass through a chain.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// What became of the probe, in [`Input::model`].
    pub journey: &'a Journey,
    /// Step of the journey, from 1.
    pub step: u32,
    /// Which copy of its frame ([`sim_core::facts::Visit::copy`]); empty for the packet itself.
    pub copy: &'a str,
    /// Which of the step's passes through chains, from 0 ([`sim_core::facts::ChainPass::number`]).
    pub pass: u32,
}

impl Packet<'_> {
    /// The pass; `None` where the packet of that step did not go through that chain there.
    fn through(self, view: &View<'_>, table: TableRef, chain: ChainId) -> Option<Pass> {
        let visit = Facts::of(view.say.model, self.journey).visit(self.step)?.copy(self.copy)?;
        if visit.namespace.id != view.at {
            return None;
        }
        let chains = visit.chains();
        let pass = chains.iter().find_map(|pass| pass.find(self.pass))?;
        ((pass.chain.table, pass.chain.chain) == (table, chain)).then(|| Pass::of(pass))
    }
}

/// Rows of a set or map of nftables, or of a set of `ipset`; how many there are; the window.
fn set_rows(view: &View<'_>, table: Option<TableRef>, input: &Input<'_>) -> Option<(Vec<Row>, usize, Window)> {
    let marked = |index: usize| index + 1 == input.number;
    match table {
        Some(TableRef::Nft(id)) => {
            let of = view.netns.nft.table(id)?;
            let set = of.find_set(input.set)?;
            let count = of.set(set)?.elements.len();
            let shown = window(count, input.page, input.number);
            let rows = (shown.0..shown.1).filter_map(|index| view.element((id, set), index, marked(index), false));
            Some((rows.collect(), count, shown))
        }
        _ if input.table == IPSET => {
            let set = view.netns.sets.get(input.set)?;
            let shown = window(set.elements.len(), input.page, input.number);
            let rows = (shown.0..shown.1).filter_map(|index| view.member(input.set, set, index, marked(index), false));
            Some((rows.collect(), set.elements.len(), shown))
        }
        _ => None,
    }
}

/// The page; `None` where there is no such node, chain or set.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let network = &input.model.site.network;
    let node = input.model.cluster.nodes.iter().find(|node| *node.name == *input.node);
    let at = match node {
        Some(node) => {
            let mut nodes = input.model.site.nodes.iter();
            nodes.find(|(id, _)| say.node_name(**id) == Some(&*node.name)).map(|(_, at)| *at)
        }
        None => network.find(input.netns),
    };
    let Some(at) = at else { return Ok(None) };
    let view = View { say, id: input.id, at, netns: network.netns(at) };
    let home = url::rules(input.id, &view.netns.name, "", "", 0);
    let heading = c.ta("rules-heading", &[("who", say.who(at).into())]);
    let mut page = Page::new(c, input.id, input.name, heading.clone());
    page.action = Some(url::action(input.id, "/rules"));
    page.world = url::world(input.id);
    page.hidden.push(("netns", view.netns.name.to_string()));
    let q: String = input.q.chars().take(ASKED).collect();
    if !q.is_empty() {
        let found = view.search(&q, input.page);
        let count = found.rows.len();
        let args = [("count", count.into()), ("what", q.clone().into())];
        page.lead = Some(match (found.before, found.more) {
            (0, false) => c.ta("rules-found", &args),
            (before, _) => {
                let (first, last) = (before + count.min(1), before + count);
                c.ta("rules-found-part", &[("first", first.into()), ("last", last.into()), ("what", q.clone().into())])
            }
        });
        let base = url::replace(&home, "q", &q);
        let to = |page: usize| url::replace(&base, "page", &page.to_string());
        page.previous = (found.before > 0).then(|| to(found.before / PAGE));
        page.next = found.more.then(|| to(found.before / PAGE + 2));
        page.note = found.cut.then(|| c.t("rules-found-cut"));
        page.groups.push(Group { rows: found.rows, ..Group::default() });
        page.up = Some((heading, home));
        page.q = q;
        return page.render().map(Some);
    }
    if input.table == IP6TABLES && input.chain.is_empty() && input.set.is_empty() {
        let len = view.ipv6_len();
        let shown = window(len, input.page, 0);
        page.groups.extend(view.ipv6(&|_| true, shown.0));
        page.up = Some((heading, home));
        page.pages(len, shown, &url::rules(input.id, &view.netns.name, IP6TABLES, "", 0));
        return page.render().map(Some);
    }
    if input.chain.is_empty() && input.set.is_empty() {
        let all = view.chain_rows(input.table);
        page.jumps.extend(
            ["recent", "sets", "ipset", "iptables", "nft"]
                .map(|what| (what.to_owned(), url::state(input.id, "", &view.netns.name, what, None), false)),
        );
        page.jumps_title = Some(c.t("state-as-printed"));
        let shown = window(all.len(), input.page, 0);
        let rows = all.iter().skip(shown.0).take(PAGE);
        page.chains = rows.filter_map(|(table, chain, set)| view.chain_row(*table, *chain, *set)).collect();
        if shown.1 == all.len() && [IPSET, ""].contains(&input.table) {
            page.chains.extend(view.ipset_rows());
        }
        // Only where some Service has an IPv6 address: elsewhere they are the same few on every node.
        let dual = input.model.cluster.services.iter().flat_map(|service| &service.cluster_ips).any(IpAddr::is_ipv6);
        if dual && view.ipv6_len() > 0 {
            let href = url::rules(input.id, &view.netns.name, IP6TABLES, "", 0);
            page.jumps.push((format!("{IP6TABLES} · {}", c.t("rules-ipv6-mark")), href, false));
        }
        if dual && shown.1 == all.len() && input.table.is_empty() {
            page.groups.extend(view.ipv6(&|_| true, 0));
        }
        page.pages(all.len(), shown, &url::rules(input.id, &view.netns.name, input.table, "", 0));
        return page.render().map(Some);
    }
    let table = view.netns.find_table(input.table);
    page.up = Some((heading, home));
    page.jump = true;
    page.hidden.push(("table", input.table.to_owned()));
    let named = |key: &str, name: &str| c.ta(key, &[("chain", name.to_owned().into()), ("table", input.table.into())]);
    if !input.set.is_empty() {
        page.title = named("rules-title-set", input.set);
        page.hidden.push(("set", input.set.to_owned()));
        let base = url::rule_set(input.id, &view.netns.name, input.table, input.set, 0);
        let Some((rows, of, shown)) = set_rows(&view, table, input) else { return Ok(None) };
        page.groups.push(Group { rows, ..Group::default() });
        page.pages(of, shown, &base);
        return page.render().map(Some);
    }
    let Some(table) = table else { return Ok(None) };
    let Some(chain) = view.netns.find_chain(table, input.chain) else { return Ok(None) };
    page.title = named("rules-title-chain", input.chain);
    page.hidden.push(("chain", input.chain.to_owned()));
    let of = view.netns.chain_len(table, chain) as usize;
    let shown = window(of, input.page, input.number);
    let by = view.by_chain(table, chain);
    let hook = hook_text(&view.say, view.netns, table, chain).unwrap_or_else(|| say.t("rules-user"));
    page.lead = Some(format!("{}: {hook} · {}: {by}", say.t("rules-hook"), say.t("rules-by")));
    let pass = input.packet.and_then(|packet| packet.through(&view, table, chain));
    let passed = pass.and_then(|pass| view.passed(table, chain, &pass, input.number));
    if let Some(groups) = passed {
        let plain = url::rules(input.id, &view.netns.name, input.table, input.chain, input.number.max(1));
        page.note = Some(c.t("rules-way"));
        page.whole = Some(plain);
        page.groups = groups;
    } else {
        page.note = match (input.packet, input.claims) {
            (Some(_), _) => Some(c.t("rules-not-passed")),
            (None, true) => Some(c.t("rules-claims")),
            (None, false) => None,
        };
        let rows = (shown.0..shown.1).filter_map(|index| {
            view.row(RuleRef { table, chain, id: RuleId::at(index) }, index + 1 == input.number, false)
        });
        page.groups.push(Group { rows: rows.collect(), ..Group::default() });
        page.pages(of, shown, &url::rules(input.id, &view.netns.name, input.table, input.chain, 0));
    }
    page.callers = hook_text(&view.say, view.netns, table, chain).is_none().then(|| view.callers(table, chain));
    page.render().map(Some)
}
