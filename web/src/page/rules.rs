//! `/s/{id}/rules` and `/s/{id}/service`: every rule of a node, chain by chain, as the tool prints it and in plain words.

use super::Chrome;
use crate::url;
use crate::words::Say;
use askama::Template;
use sim_core::cause::{Cause, CauseId};
use sim_core::linux::AnyRule;
use sim_core::linux::netfilter::TableRef;
use sim_core::linux::netfilter::nft::NftTableId;
use sim_core::linux::netfilter::nft::expr::{SetRef, Statement, Verdict};
use sim_core::linux::netfilter::nft::set::{Element, ElementData};
use sim_core::linux::netfilter::xtables::{ChainId, Policy, Target};
use sim_core::linux::state::{Netns, NetnsId};
use sim_core::linux::walk::RuleRef;
use sim_core::model::Model;
use sim_core::print;
use std::collections::BTreeMap;

/// Rows on one page.
pub const PAGE: usize = 200;
/// Hits of one search at most.
const HITS: usize = 200;
/// Rules whose text one search looks into at most.
const SCANNED: usize = 400_000;
/// Rules shown that lead to a chain.
const CALLERS: usize = 12;
/// Longest text searched for, in characters.
const ASKED: usize = 100;
/// Rules of one Service that are listed at most.
const OF_SERVICE: usize = 600;

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
}

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
}

#[derive(Template)]
#[template(path = "rules.html")]
struct Page<'a> {
    c: &'a Chrome,
    scenario: &'a str,
    scenario_href: String,
    title: String,
    up: Option<(String, String)>,
    action: Option<String>,
    hidden: Vec<(&'static str, String)>,
    q: String,
    jump: bool,
    lead: Option<String>,
    chains: Vec<ChainRow>,
    groups: Vec<Group>,
    callers: Option<Vec<(String, String)>>,
    range: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    note: Option<String>,
}

struct ChainRow {
    table: String,
    name: String,
    href: String,
    hook: String,
    count: usize,
    by: String,
}

#[derive(Default)]
struct Group {
    title: String,
    rows: Vec<Row>,
}

/// One rule or element.
#[derive(Default)]
struct Row {
    number: usize,
    marked: bool,
    text: String,
    words: String,
    because: String,
    place: Option<(String, String)>,
    service: Option<(String, String)>,
    links: Vec<(String, String)>,
}

fn cause_of(model: &Model, id: CauseId) -> Option<&Cause> {
    model.built.network.causes().get(id)
}

/// The chains a rule leads to, without those that elements of named maps lead to.
fn targets(rule: AnyRule<'_>) -> Vec<ChainId> {
    match rule {
        AnyRule::Xtables(rule) => match rule.target {
            Target::Jump(chain) | Target::Goto(chain) => vec![chain],
            _ => Vec::new(),
        },
        AnyRule::Nft(rule) => {
            let mut out = Vec::new();
            for statement in &rule.statements {
                match statement {
                    Statement::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain)) => out.push(*chain),
                    Statement::Vmap { map: SetRef::Anonymous(elements), .. } => {
                        out.extend(elements.iter().filter_map(element_target));
                    }
                    _ => {}
                }
            }
            out
        }
    }
}

fn element_target(element: &Element) -> Option<ChainId> {
    match element.data {
        Some(ElementData::Verdict(Verdict::Jump(chain) | Verdict::Goto(chain))) => Some(chain),
        _ => None,
    }
}

/// All tables of a namespace.
pub(crate) fn tables(netns: &Netns) -> Vec<TableRef> {
    let xtables = netns.xtables.tables.keys().copied().map(TableRef::Xtables);
    xtables.chain((0..netns.nft.tables.len()).map(|at| TableRef::Nft(NftTableId(at as u32)))).collect()
}

/// How many chains a table has.
pub(crate) fn chain_count(netns: &Netns, table: TableRef) -> u32 {
    let count = match table {
        TableRef::Xtables(name) => netns.xtables.tables.get(&name).map_or(0, |table| table.chains.len()),
        TableRef::Nft(id) => netns.nft.table(id).map_or(0, |table| table.chains.len()),
    };
    count as u32
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Accept => "accept",
        Policy::Drop => "drop",
    }
}

/// Hook and policy of a base chain.
fn hook_text(netns: &Netns, table: TableRef, chain: ChainId) -> Option<String> {
    match table {
        TableRef::Xtables(name) => {
            let (hook, end) = netns.xtables.tables.get(&name)?.chains.get(chain.0 as usize)?.base?;
            Some(format!("{hook}, policy {}", policy(end).to_uppercase()))
        }
        TableRef::Nft(id) => {
            let base = netns.nft.table(id)?.chain(chain)?.base.as_ref()?;
            let hooks = sim_core::linux::netfilter::nft::BaseHook::ALL;
            let hook = hooks.iter().find(|(hook, _)| *hook == base.hook).map_or("", |(_, name)| name);
            Some(format!("{hook}, priority {}, policy {}", base.priority, policy(base.policy)))
        }
    }
}

/// One namespace of one scenario.
struct View<'a> {
    say: Say<'a>,
    id: &'a str,
    at: NetnsId,
    netns: &'a Netns,
}

impl View<'_> {
    fn href(&self, table: &str, chain: &str, number: usize) -> String {
        url::rules(self.id, &self.netns.name, table, chain, number)
    }

    fn by(&self, cause: Option<CauseId>) -> String {
        let cause = cause.and_then(|id| cause_of(self.say.model, id));
        let Some(cause) = cause else { return String::new() };
        let component = self.say.t(crate::words::component_key(cause.component));
        match &cause.object {
            Some(object) => format!("{component} · {object}"),
            None => component,
        }
    }

    /// Who wrote a row: words, the line with a link, the Service with a link.
    fn explain(&self, row: &mut Row, cause: CauseId, detail: Option<String>) {
        let Some(found) = cause_of(self.say.model, cause) else { return };
        row.because = match (&found.object, &found.field) {
            (Some(object), Some(field)) => format!("{object} · {}", self.say.field(Some(object), field)),
            (Some(object), None) => object.to_string(),
            (None, Some(field)) => format!("{} · {field}", self.by(Some(cause))),
            (None, None) => self.by(Some(cause)),
        };
        row.place = found.location.as_ref().map(|location| (location.to_string(), detail.unwrap_or_default()));
        row.service = found.object.as_ref().filter(|object| &*object.kind == "Service").map(|object| {
            let namespace = object.namespace.as_deref().unwrap_or_default();
            let args = [("object", object.to_string().into())];
            (self.say.ta("rules-all-of", &args), url::service(self.id, namespace, &object.name))
        });
    }

    fn row(&self, at: RuleRef, marked: bool, open: bool) -> Option<Row> {
        let rule = self.netns.rule(at)?;
        let table = self.netns.table_name(at.table);
        let chain = self.netns.chain_name(at.table, at.chain)?;
        let number = at.index as usize + 1;
        let mut row = Row {
            number,
            marked,
            text: print::rule_text(self.netns, at)?,
            words: self.say.rule_words(self.at, at)?,
            ..Row::default()
        };
        self.explain(&mut row, rule.cause(), self.say.rule_href(self.at, at));
        if open {
            let args = [("chain", chain.to_owned().into()), ("number", number.into())];
            row.links.push((self.say.ta("rules-open-chain", &args), self.href(&table, chain, number)));
        }
        for target in targets(rule) {
            row.links.extend(self.open(at.table, &table, target));
        }
        if let (TableRef::Nft(id), AnyRule::Nft(rule)) = (at.table, rule) {
            let named = rule.statements.iter().filter_map(|statement| match statement.map() {
                Some((_, SetRef::Named(set))) => self.netns.nft.table(id)?.set(*set),
                _ => None,
            });
            row.links.extend(named.map(|set| {
                let href = url::rule_set(self.id, &self.netns.name, &table, &set.name, 1);
                (self.say.ta("rules-open-target", &[("chain", set.name.to_string().into())]), href)
            }));
        }
        Some(row)
    }

    fn open(&self, at: TableRef, table: &str, chain: ChainId) -> Option<(String, String)> {
        let name = self.netns.chain_name(at, chain)?;
        Some((self.say.ta("rules-open-target", &[("chain", name.to_owned().into())]), self.href(table, name, 0)))
    }

    /// Rules and elements that lead to a chain.
    fn callers(&self, table: TableRef, chain: ChainId) -> Vec<(String, String)> {
        let name = self.netns.table_name(table);
        let mut out = Vec::new();
        for from in (0..chain_count(self.netns, table)).map(ChainId) {
            for index in 0..self.netns.chain_len(table, from) {
                let leads = self.netns.rule(RuleRef { table, chain: from, index }).map(targets).unwrap_or_default();
                if leads.contains(&chain)
                    && let Some(text) = self.netns.chain_name(table, from)
                {
                    out.push((format!("{text} #{}", index + 1), self.href(&name, text, index as usize + 1)));
                    if out.len() == CALLERS {
                        return out;
                    }
                }
            }
        }
        let TableRef::Nft(id) = table else { return out };
        for set in self.netns.nft.table(id).map(|table| table.sets.as_slice()).unwrap_or_default() {
            let hit = |(_, element): &(usize, &Element)| element_target(element) == Some(chain);
            let room = CALLERS.saturating_sub(out.len());
            out.extend(set.elements.iter().enumerate().filter(hit).take(room).map(|(index, _)| {
                let href = url::rule_set(self.id, &self.netns.name, &name, &set.name, index + 1);
                (format!("@{} #{}", set.name, index + 1), href)
            }));
        }
        out
    }

    fn chain_rows(&self, wanted: &str) -> Vec<(TableRef, Option<ChainId>, usize)> {
        let mut out = Vec::new();
        for table in tables(self.netns) {
            if !wanted.is_empty() && self.netns.table_name(table) != wanted {
                continue;
            }
            let mut chains: Vec<ChainId> = (0..chain_count(self.netns, table)).map(ChainId).collect();
            chains.sort_by_key(|chain| hook_text(self.netns, table, *chain).is_none());
            out.extend(chains.into_iter().map(|chain| (table, Some(chain), 0)));
            if let TableRef::Nft(id) = table {
                let sets = self.netns.nft.table(id).map_or(0, |table| table.sets.len());
                out.extend((0..sets).map(|set| (table, None, set)));
            }
        }
        out
    }

    fn chain_row(&self, table: TableRef, chain: Option<ChainId>, set: usize) -> Option<ChainRow> {
        let name = self.netns.table_name(table);
        match (chain, table) {
            (Some(chain), _) => {
                let text = self.netns.chain_name(table, chain)?;
                Some(ChainRow {
                    href: self.href(&name, text, 0),
                    name: text.to_owned(),
                    hook: hook_text(self.netns, table, chain).unwrap_or_else(|| self.say.t("rules-user")),
                    count: self.netns.chain_len(table, chain) as usize,
                    by: self.by(self.netns.chain_cause(table, chain)),
                    table: name,
                })
            }
            (None, TableRef::Nft(id)) => {
                let set = self.netns.nft.table(id)?.sets.get(set)?;
                Some(ChainRow {
                    href: url::rule_set(self.id, &self.netns.name, &name, &set.name, 0),
                    name: format!("@{}", set.name),
                    hook: self.say.t("rules-set"),
                    count: set.elements.len(),
                    by: self.by(Some(set.cause)),
                    table: name,
                })
            }
            (None, TableRef::Xtables(_)) => None,
        }
    }

    /// Rules whose chain, Service or text has what is searched for.
    fn search(&self, what: &str) -> (Vec<Row>, bool) {
        let what = what.to_lowercase();
        let mut known: BTreeMap<CauseId, bool> = BTreeMap::new();
        let (mut rows, mut scanned) = (Vec::new(), 0);
        for table in tables(self.netns) {
            for chain in (0..chain_count(self.netns, table)).map(ChainId) {
                let named = self.netns.chain_name(table, chain).is_some_and(|name| name.to_lowercase().contains(&what));
                for index in 0..self.netns.chain_len(table, chain) {
                    let at = RuleRef { table, chain, index };
                    scanned += 1;
                    if rows.len() >= HITS || scanned > SCANNED {
                        return (rows, true);
                    }
                    let Some(cause) = self.netns.rule_cause(at) else { continue };
                    let model = self.say.model;
                    let caused = *known.entry(cause).or_insert_with(|| {
                        let object = cause_of(model, cause).and_then(|cause| cause.object.as_ref());
                        object.is_some_and(|object| object.to_string().to_lowercase().contains(&what))
                    });
                    let hit = named
                        || caused
                        || print::rule_text(self.netns, at).is_some_and(|text| text.to_lowercase().contains(&what));
                    rows.extend(hit.then(|| self.row(at, false, true)).flatten());
                }
            }
        }
        (rows, false)
    }
}

/// First and one behind the last row of a page, and the page itself, from 1.
fn window(of: usize, page: usize, number: usize) -> (usize, usize, usize) {
    let pages = of.div_ceil(PAGE).max(1);
    let page = if number > 0 { (number - 1) / PAGE + 1 } else { page }.clamp(1, pages);
    let first = (page - 1) * PAGE;
    (first, of.min(first + PAGE), page)
}

impl<'a> Page<'a> {
    fn new(c: &'a Chrome, id: &str, scenario: &'a str, title: String) -> Self {
        Self {
            c,
            scenario,
            scenario_href: url::scenario(id),
            title,
            up: None,
            action: None,
            hidden: Vec::new(),
            q: String::new(),
            jump: false,
            lead: None,
            chains: Vec::new(),
            groups: Vec::new(),
            callers: None,
            range: None,
            previous: None,
            next: None,
            note: None,
        }
    }

    fn pages(&mut self, of: usize, (first, end, page): (usize, usize, usize), base: &str) {
        if of > PAGE {
            let args = [("first", (first + 1).into()), ("last", end.into()), ("of", of.into())];
            self.range = Some(self.c.ta("rules-page", &args));
        }
        let to = |page: usize| url::replace(base, "page", &page.to_string());
        self.previous = (page > 1).then(|| to(page - 1));
        self.next = (end < of).then(|| to(page + 1));
    }
}

/// The page; `None` where there is no such node, chain or set.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let network = &input.model.built.network;
    let node = input.model.cluster.nodes.iter().find(|node| *node.name == *input.node);
    let at = match node {
        Some(node) => {
            let mut nodes = input.model.built.nodes.iter();
            nodes.find(|(id, _)| say.node_name(**id) == Some(&*node.name)).map(|(_, at)| *at)
        }
        None => network.find(input.netns),
    };
    let Some(at) = at else { return Ok(None) };
    let view = View { say, id: input.id, at, netns: network.netns(at) };
    let home = url::rules(input.id, &view.netns.name, "", "", 0);
    let heading = c.ta("rules-heading", &[("who", say.who(at).into())]);
    let mut page = Page::new(c, input.id, input.name, heading.clone());
    page.action = Some(format!("{}/rules", url::scenario(input.id)));
    page.hidden.push(("netns", view.netns.name.to_string()));
    let q: String = input.q.chars().take(ASKED).collect();
    if !q.is_empty() {
        let (rows, cut) = view.search(&q);
        page.lead = Some(c.ta("rules-found", &[("count", rows.len().into()), ("what", q.clone().into())]));
        page.note = cut.then(|| c.t("rules-found-cut"));
        page.groups.push(Group { title: String::new(), rows });
        page.up = Some((heading, home));
        page.q = q;
        return page.render().map(Some);
    }
    if input.chain.is_empty() && input.set.is_empty() {
        let all = view.chain_rows(input.table);
        let shown = window(all.len(), input.page, 0);
        let rows = all.iter().skip(shown.0).take(PAGE);
        page.chains = rows.filter_map(|(table, chain, set)| view.chain_row(*table, *chain, *set)).collect();
        page.pages(all.len(), shown, &url::rules(input.id, &view.netns.name, input.table, "", 0));
        return page.render().map(Some);
    }
    let Some(table) = view.netns.find_table(input.table) else { return Ok(None) };
    page.up = Some((heading, home));
    page.jump = true;
    page.hidden.push(("table", input.table.to_owned()));
    let named = |key: &str, name: &str| c.ta(key, &[("chain", name.to_owned().into()), ("table", input.table.into())]);
    if !input.set.is_empty() {
        let TableRef::Nft(id) = table else { return Ok(None) };
        let Some(of) = view.netns.nft.table(id) else { return Ok(None) };
        let Some(set) = of.find_set(input.set).and_then(|set| of.set(set)) else { return Ok(None) };
        page.title = named("rules-title-set", input.set);
        page.hidden.push(("set", input.set.to_owned()));
        let shown = window(set.elements.len(), input.page, input.number);
        let rows = set.elements.iter().enumerate().skip(shown.0).take(PAGE).map(|(index, element)| {
            let text = print::nft::element_text(of, set, element);
            let mut row = Row { number: index + 1, marked: index + 1 == input.number, text, ..Row::default() };
            row.words = say.element_words(at, table, set, element).unwrap_or_default();
            view.explain(&mut row, element.cause, None);
            row.links.extend(element_target(element).and_then(|chain| view.open(table, input.table, chain)));
            row
        });
        page.groups.push(Group { title: String::new(), rows: rows.collect() });
        page.pages(set.elements.len(), shown, &url::rule_set(input.id, &view.netns.name, input.table, input.set, 0));
        return page.render().map(Some);
    }
    let Some(chain) = view.netns.find_chain(table, input.chain) else { return Ok(None) };
    page.title = named("rules-title-chain", input.chain);
    page.hidden.push(("chain", input.chain.to_owned()));
    let of = view.netns.chain_len(table, chain) as usize;
    let shown = window(of, input.page, input.number);
    let by = view.by(view.netns.chain_cause(table, chain));
    let hook = hook_text(view.netns, table, chain).unwrap_or_else(|| say.t("rules-user"));
    page.lead = Some(format!("{}: {hook} · {}: {by}", say.t("rules-hook"), say.t("rules-by")));
    let rows = (shown.0..shown.1)
        .filter_map(|index| view.row(RuleRef { table, chain, index: index as u32 }, index + 1 == input.number, false));
    page.groups.push(Group { title: String::new(), rows: rows.collect() });
    page.callers = hook_text(view.netns, table, chain).is_none().then(|| view.callers(table, chain));
    page.pages(of, shown, &url::rules(input.id, &view.netns.name, input.table, input.chain, 0));
    page.render().map(Some)
}

/// All rules and elements of one Service on all nodes; `None` where there is no such Service.
///
/// # Errors
/// Only what the template engine reports.
pub fn service(c: &Chrome, input: &ServiceInput<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let full = format!("{}/{}", input.namespace, input.service);
    if !input
        .model
        .cluster
        .services
        .iter()
        .any(|service| *service.name.namespace == *input.namespace && *service.name.name == *input.service)
    {
        return Ok(None);
    }
    let mut page = Page::new(c, input.id, input.name, c.ta("rules-title-service", &[("name", full.into())]));
    let mut known: BTreeMap<CauseId, bool> = BTreeMap::new();
    let mut own = |cause: CauseId| {
        *known.entry(cause).or_insert_with(|| {
            let object = cause_of(input.model, cause).and_then(|cause| cause.object.as_ref());
            object.is_some_and(|object| {
                &*object.kind == "Service"
                    && object.namespace.as_deref() == Some(input.namespace)
                    && *object.name == *input.service
            })
        })
    };
    let mut left = OF_SERVICE;
    for (node, at) in &input.model.built.nodes {
        let view = View { say, id: input.id, at: *at, netns: input.model.built.network.netns(*at) };
        let node = say.node_name(*node).unwrap_or_default();
        for table in tables(view.netns) {
            let name = view.netns.table_name(table);
            for chain in (0..chain_count(view.netns, table)).map(ChainId) {
                let whole = view.netns.chain_cause(table, chain).is_some_and(&mut own);
                let mut rows = Vec::new();
                for index in 0..view.netns.chain_len(table, chain) {
                    let at = RuleRef { table, chain, index };
                    if left > 0 && (whole || view.netns.rule_cause(at).is_some_and(&mut own)) {
                        rows.extend(view.row(at, false, true));
                        left -= 1;
                    }
                }
                if !rows.is_empty() {
                    let chain = view.netns.chain_name(table, chain).unwrap_or_default();
                    page.groups.push(Group { title: format!("{node} · {name} · {chain}"), rows });
                }
            }
            let TableRef::Nft(id) = table else { continue };
            let Some(of) = view.netns.nft.table(id) else { continue };
            for set in &of.sets {
                let mut rows = Vec::new();
                for (index, element) in set.elements.iter().enumerate() {
                    if left == 0 || !own(element.cause) {
                        continue;
                    }
                    left -= 1;
                    let text = print::nft::element_text(of, set, element);
                    let mut row = Row { number: index + 1, text, ..Row::default() };
                    view.explain(&mut row, element.cause, None);
                    let href = url::rule_set(input.id, &view.netns.name, &name, &set.name, index + 1);
                    row.links.push((c.ta("rules-open-target", &[("chain", set.name.to_string().into())]), href));
                    row.links.extend(element_target(element).and_then(|chain| view.open(table, &name, chain)));
                    rows.push(row);
                }
                if !rows.is_empty() {
                    page.groups.push(Group { title: format!("{node} · {name} · @{}", set.name), rows });
                }
            }
        }
    }
    page.note = (left == 0).then(|| c.t("rules-cut"));
    page.render().map(Some)
}
