//! `/s/{id}/reach`: who may connect to whom, with the reason for each cell.

use super::Chrome;
use crate::locale::{Lang, t};
use crate::reach::{
    Fold, Folded, Group, Names, address, folded, notes, overview, peer_at, ports_text, ports_words, svg,
};
use crate::url;
use askama::Template;
use kubernetes::budget::Budget;
use kubernetes::origin::{Location, ObjectRef};
use kubernetes::policy::{Direction, Ports};
use sim_core::reach::{Because, Chosen, Filter, Peer, Reach, Reasons, Side};
use std::collections::BTreeSet;

/// Rows of the matrix on one page.
pub const ROWS: usize = 40;
/// Columns of it.
pub const COLUMNS: usize = 24;
/// Pairs that are looked at for one page: more are shown by namespace.
const PAIRS: u64 = 40_000;
/// Workloads that are listed as exposed on one page.
const EXPOSED: usize = 100;
/// Arrows that are listed as text.
const LISTED: usize = 400;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in its world.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Who may connect to whom.
    pub reach: &'a Reach<'a>,
    /// What is asked for.
    pub asked: Asked<'a>,
    /// What the page may take.
    pub budget: &'a Budget,
}

/// The query.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Who connects: an end as the command line takes it, or a part of a name.
    pub from: &'a str,
    /// To whom.
    pub to: &'a str,
    /// How workloads are put together.
    pub group: &'a str,
    /// `declared`, or all.
    pub ports: &'a str,
    /// The first row and the first column.
    pub place: (usize, usize),
    /// A pair whose reason is asked for, as `address` writes its ends.
    pub why: (&'a str, &'a str),
}

struct Head<'a> {
    namespace: &'a str,
    name: String,
    full: &'a str,
    many: usize,
}

struct Row<'a> {
    head: Head<'a>,
    cells: Vec<Entry>,
}

struct Entry {
    column: String,
    text: String,
    href: String,
    label: String,
    part: bool,
    /// Nobody may connect here.
    none: bool,
    /// It is a workload and itself, which is not answered.
    is_self: bool,
}

impl Row<'_> {
    /// Columns to which it may not connect.
    fn denied(&self) -> Vec<&Entry> {
        self.cells.iter().filter(|cell| cell.none).collect()
    }
}

struct Line {
    words: String,
    place: Option<(String, String)>,
}

struct Reason {
    title: String,
    ports: String,
    sides: Vec<(String, Vec<Line>)>,
}

struct Exposed {
    name: String,
    href: String,
    policy: String,
    cells: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "reach.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    scenario_href: String,
    policy_href: String,
    action: String,
    hidden: Vec<(String, String)>,
    notes: Vec<String>,
    nobody: Option<String>,
    reason: Option<Reason>,
    exposed: Vec<Exposed>,
    exposed_more: String,
    counted: String,
    narrow: bool,
    heads: Vec<Head<'a>>,
    rows: Vec<Row<'a>>,
    pages: Vec<(String, String)>,
    graph: String,
    arrows: Vec<String>,
    arrows_more: String,
    formats: String,
}

/// The page's address with other words in its query.
type Link<'l> = dyn Fn(&[(&str, &str)]) -> String + 'l;

/// The ends that are meant: as the command line takes them, else all workloads with that in their name.
fn chosen(reach: &Reach<'_>, written: &str) -> Result<Option<Chosen>, String> {
    let written = written.trim();
    if written.is_empty() {
        return Ok(None);
    }
    if let Some(chosen) = Chosen::read(reach, written) {
        return Ok(Some(chosen));
    }
    let wanted = written.to_lowercase();
    let all = reach.workloads().iter().enumerate();
    let has = |own: &sim_core::reach::Workload| {
        let name = format!("{}/{}", own.namespace(), own.object.name).to_lowercase();
        let labelled = |(key, value): (&std::sync::Arc<str>, &std::sync::Arc<str>)| format!("{key}={value}") == wanted;
        name.contains(&wanted) || own.labels.iter().any(labelled)
    };
    let found: BTreeSet<usize> = all.filter(|(_, own)| has(own)).map(|(at, _)| at).collect();
    if found.is_empty() { Err(written.to_owned()) } else { Ok(Some(Chosen::Workloads(found))) }
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let (reach, asked) = (input.reach, &input.asked);
    let names = Names::of(reach);
    let (from, to) = (chosen(reach, asked.from), chosen(reach, asked.to));
    let nobody = from.as_ref().err().or(to.as_ref().err());
    let nobody = nobody.map(|name| c.ta("reach-nobody", &[("name", name.clone().into())]));
    let nothing = || Some(Chosen::Workloads(BTreeSet::new()));
    let filter = Filter { from: from.unwrap_or_else(|_| nothing()), to: to.unwrap_or_else(|_| nothing()) };
    let count = reach.count(&filter);
    let narrow = count > PAIRS;
    let pairs = if narrow { Vec::new() } else { reach.pairs(&filter) };
    let fold = Fold::read(asked.group);
    // Where everybody fits, who may connect to nobody, or is called by nobody, has a place too: that is what people look for.
    let chosen = |side: &Option<Chosen>, at: usize| match side {
        None => true,
        Some(Chosen::Workloads(own)) => own.contains(&at),
        Some(_) => false,
    };
    let some = |at: usize| chosen(&filter.from, at) || chosen(&filter.to, at);
    let peers: Vec<Peer> = (0..reach.workloads().len()).filter(|at| some(*at)).map(Peer::Workload).collect();
    let peers = if peers.len() <= COLUMNS && !narrow { peers } else { Vec::new() };
    let seen = if narrow { reach.overview(&filter, input.budget).ok() } else { None };
    let whole = match &seen {
        Some(seen) => overview(c.lang, seen),
        None => folded(reach, &pairs, &peers, &fold),
    };
    let link = |more: &[(&str, &str)]| {
        let mut all = vec![("from", asked.from), ("to", asked.to), ("group", asked.group), ("ports", asked.ports)];
        for (name, value) in more {
            all.retain(|(own, _)| own != name);
            all.push((name, value));
        }
        url::with_query(&url::reach(input.id), &all)
    };
    let has = |side: usize| -> Vec<usize> {
        let own = if side == 0 { &filter.from } else { &filter.to };
        let is = |peer: &Peer| matches!(peer, Peer::Workload(at) if chosen(own, *at) && !peers.is_empty());
        let groups = whole.groups.iter().enumerate().filter(|(_, group)| group.members.iter().any(is));
        let cells = whole.cells.keys().map(|key| if side == 0 { key.0 } else { key.1 });
        let all: BTreeSet<usize> = groups.map(|(at, _)| at).chain(cells).collect();
        all.into_iter().collect()
    };
    let (all_rows, all_columns) = (has(0), has(1));
    let (first_row, first_column) = asked.place;
    let columns: Vec<usize> = all_columns.iter().copied().skip(first_column).take(COLUMNS).collect();
    let rows = all_rows.iter().copied().skip(first_row).take(ROWS).map(|from| {
        let cells = columns.iter().map(|to| entry(c.lang, input, &whole, (from, *to), &link));
        Row { head: head(&whole, from), cells: cells.collect() }
    });
    let mut pages = Vec::new();
    let mut page = |message: &str, row: usize, column: usize| {
        let (row, column) = (row.to_string(), column.to_string());
        pages.push((c.t(message), link(&[("row", &row), ("column", &column)])));
    };
    if first_row > 0 {
        page("reach-rows-before", first_row.saturating_sub(ROWS), first_column);
    }
    if first_row + ROWS < all_rows.len() {
        page("reach-rows-more", first_row + ROWS, first_column);
    }
    if first_column > 0 {
        page("reach-columns-before", first_row, first_column.saturating_sub(COLUMNS));
    }
    if first_column + COLUMNS < all_columns.len() {
        page("reach-columns-more", first_row, first_column + COLUMNS);
    }
    let mut graph = String::new();
    // Writing to memory does not fail.
    let _ = svg(&mut graph, c.lang, &whole, false);
    let group = |at: usize| whole.groups.get(at).map_or("", |group| &*group.name);
    let arrows = whole.cells.iter().take(LISTED);
    let arrows =
        arrows.map(|((from, to), cell)| format!("{} => {} : {}", group(*from), group(*to), ports_text(&cell.ports)));
    let (exposed, exposed_more) = exposed(c.lang, input, &filter, &names, &link);
    let more = |message: &str, count: usize| match count {
        0 => String::new(),
        count => c.ta(message, &[("count", count.into())]),
    };
    let page = Page {
        c,
        input,
        scenario_href: url::scenario(input.id),
        policy_href: url::policy(input.id),
        action: url::action(input.id, "/reach"),
        hidden: url::world(input.id),
        notes: notes(c.lang, reach, None),
        nobody,
        reason: reason(c, input, &names),
        exposed,
        exposed_more: more("reach-exposed-more", exposed_more),
        counted: c.ta(if narrow { "reach-narrow" } else { "reach-count" }, &[("count", count.into())]),
        narrow,
        heads: columns.iter().map(|at| head(&whole, *at)).collect(),
        rows: rows.collect(),
        pages,
        graph: if whole.cells.is_empty() { String::new() } else { graph },
        arrows: arrows.collect(),
        arrows_more: more("reach-graph-more", whole.cells.len().saturating_sub(LISTED)),
        formats: url::with_query(
            &url::reach_json(input.id),
            &[("from", asked.from), ("to", asked.to), ("ports", asked.ports)],
        ),
    };
    page.render()
}

fn head(whole: &Folded, at: usize) -> Head<'_> {
    static NOBODY: Group = Group { name: String::new(), namespace: String::new(), members: Vec::new() };
    let group = whole.groups.get(at).unwrap_or(&NOBODY);
    let own = format!("{}/", group.namespace);
    let name = group.name.strip_prefix(&own).unwrap_or(&group.name).to_owned();
    Head { namespace: &group.namespace, name, full: &group.name, many: group.members.len() }
}

fn entry(lang: Lang, input: &Input<'_>, whole: &Folded, key: (usize, usize), link: &Link<'_>) -> Entry {
    let name = |at: usize| whole.groups.get(at).map_or("", |group| &*group.name);
    let one = |at: usize| {
        let members = whole.groups.get(at).map_or(&[][..], |group| &group.members);
        match members {
            [only] => Some(address(input.reach, only)),
            _ => None,
        }
    };
    let cell = whole.cells.get(&key);
    let (ports, part) = match cell {
        Some(cell) => (cell.ports.clone(), !cell.whole),
        None => around(whole, key),
    };
    let is_self = one(key.0).is_some() && (key.0 == key.1 || both_outside(whole, key));
    let text = match (is_self && cell.is_none(), ports.is_empty()) {
        (true, _) => SELF.to_owned(),
        (false, true) => NONE.to_owned(),
        (false, false) => ports_words(lang, &ports),
    };
    let href = match (one(key.0), one(key.1)) {
        (Some(from), Some(to)) => link(&[("why_from", &from), ("why_to", &to)]) + "#reason",
        // What was put together is taken apart.
        _ => {
            let apart = |at: usize, asked: &str| match whole.groups.get(at).and_then(|group| group.members.first()) {
                Some(Peer::Workload(_)) => {
                    let group = whole.groups.get(at);
                    let namespace = group.map_or("", |group| &*group.namespace);
                    let label = group.and_then(|group| group.name.strip_prefix(namespace)).map(str::trim);
                    label.filter(|label| label.contains('=')).unwrap_or(namespace).to_owned()
                }
                Some(Peer::Ingress) => "ingress".to_owned(),
                Some(other) => Names::of(input.reach).peer(other),
                None => asked.to_owned(),
            };
            let (from, to) = (apart(key.0, input.asked.from), apart(key.1, input.asked.to));
            link(&[("from", &from), ("to", &to), ("group", "")])
        }
    };
    let said = match &*text {
        SELF => t(lang, "reach-self"),
        NONE => t(lang, "reach-none"),
        text => text.to_owned(),
    };
    let label = format!("{} → {}: {said}", name(key.0), name(key.1));
    Entry { column: name(key.1).to_owned(), is_self: text == SELF, none: text == NONE, text, href, label, part }
}

/// What stands in a cell of who may not connect, and in one of a workload and itself.
const NONE: &str = "–";
const SELF: &str = "·";

fn range(whole: &Folded, at: usize) -> Option<(std::net::Ipv4Addr, std::net::Ipv4Addr)> {
    match whole.groups.get(at)?.members.as_slice() {
        [Peer::Range(first, last)] => Some((*first, *last)),
        _ => None,
    }
}

fn both_outside(whole: &Folded, key: (usize, usize)) -> bool {
    range(whole, key.0).is_some() && range(whole, key.1).is_some()
}

/// Ports of a range of addresses out of those of other ranges: of one that it is a part of; else of those that are parts of it, which are not all.
fn around(whole: &Folded, key: (usize, usize)) -> (Ports, bool) {
    let outside = if range(whole, key.0).is_some() { key.0 } else { key.1 };
    let Some((first, last)) = range(whole, outside) else { return (Ports::default(), false) };
    let mut ports = Ports::default();
    for (own, cell) in &whole.cells {
        let (same, other) = if outside == key.0 { (own.1 == key.1, own.0) } else { (own.0 == key.0, own.1) };
        let Some((begin, end)) = range(whole, other).filter(|_| same) else { continue };
        if begin <= first && last <= end {
            return (cell.ports.clone(), !cell.whole);
        }
        if begin <= last && first <= end {
            ports.add(&cell.ports);
        }
    }
    let part = !ports.is_empty();
    (ports, part)
}

fn exposed(
    lang: Lang,
    input: &Input<'_>,
    filter: &Filter,
    names: &Names<'_>,
    link: &Link<'_>,
) -> (Vec<Exposed>, usize) {
    let reach = input.reach;
    let takes = |at: usize| match (&filter.from, &filter.to) {
        (None, None) => true,
        (from, to) => {
            [from, to].into_iter().flatten().any(|one| matches!(one, Chosen::Workloads(all) if all.contains(&at)))
        }
    };
    let open = |at: &usize| {
        let (to, _) = reach.open(*at);
        !reach.ports(to.cluster).is_empty() || to.somewhere
    };
    let all: Vec<usize> = (0..reach.workloads().len()).filter(|at| takes(*at)).filter(open).collect();
    let more = all.len().saturating_sub(EXPOSED);
    let told = |ports: usize, somewhere: bool| match (reach.ports(ports).is_empty(), somewhere) {
        (false, _) => ports_words(lang, reach.ports(ports)),
        (true, true) => "~".to_owned(),
        (true, false) => "–".to_owned(),
    };
    let lines = all.into_iter().take(EXPOSED).map(|at| {
        let (to, from) = reach.open(at);
        let own = address(reach, &Peer::Workload(at));
        let policy = url::with_query(&url::policy(input.id), &[("of", &own)]);
        let own = own.split_once('/').map_or("", |(_, rest)| rest).to_owned();
        Exposed {
            name: names.peer(&Peer::Workload(at)),
            policy,
            href: link(&[("from", ""), ("to", &own), ("group", "")]),
            cells: vec![
                ("reach-from-cluster".to_owned(), told(to.cluster, false)),
                ("reach-from-internet".to_owned(), told(to.internet, to.somewhere)),
                ("reach-to-cluster".to_owned(), told(from.cluster, false)),
                ("reach-to-internet".to_owned(), told(from.internet, from.somewhere)),
            ],
        }
    });
    (lines.collect(), more)
}

fn reason(c: &Chrome, input: &Input<'_>, names: &Names<'_>) -> Option<Reason> {
    let reach = input.reach;
    let (from, to) = (peer_at(reach, input.asked.why.0)?, peer_at(reach, input.asked.why.1)?);
    let mut reasons = Reasons::of(reach);
    let because = reasons.because(&from, &to)?;
    let side = |peer: &Peer| match peer {
        Peer::Workload(at) => Chosen::Workloads(BTreeSet::from([*at])),
        Peer::Ingress => Chosen::Ingress,
        // Of a range that was pressed every address is alike.
        Peer::Range(first, _) => Chosen::read(reach, &format!("external/{first}")).unwrap_or(Chosen::Ingress),
        Peer::Group(_) => Chosen::Ingress,
    };
    let pairs = reach.pairs(&Filter { from: Some(side(&from)), to: Some(side(&to)) });
    let ports = pairs.first().map_or_else(|| c.t("reach-none"), |pair| ports_words(c.lang, reach.ports_of(pair)));
    Some(Reason {
        title: format!("{} → {}", names.peer(&from), names.peer(&to)),
        ports,
        sides: sides(c, input, (&reasons, &to), &because),
    })
}

fn sides(
    c: &Chrome,
    input: &Input<'_>,
    (reasons, to): (&Reasons<'_>, &Peer),
    because: &Because,
) -> Vec<(String, Vec<Line>)> {
    let place = |location: Option<&Location>| location.map(|at| (url::source(input.id, at), at.to_string()));
    let line = |message: &str, object: &ObjectRef, field: &str, location: Option<&Location>| Line {
        words: c.ta(message, &[("policy", object.to_string().into()), ("field", field.to_owned().into())]),
        place: place(location),
    };
    let said = |message: &str| vec![Line { words: c.t(message), place: None }];
    let side = |direction: Direction, side: &Side| match side {
        Side::Outside => said("reach-why-outside"),
        Side::Host => said("reach-why-host"),
        Side::Free => said("reach-why-free"),
        Side::Policies { selecting, rules } => {
            let selected = selecting.iter().filter_map(|at| {
                let policy = reasons.policy(*at)?;
                Some(line("reach-why-selects", &policy.object, policy.field, policy.location.as_ref()))
            });
            let mut all: Vec<Line> = selected.collect();
            let meant = rules.iter().filter_map(|at| {
                let (policy, rule) = reasons.rule(direction, *at)?;
                let ports = reasons.ports(direction, rule, to);
                let message = if ports.is_empty() { "reach-why-rule-none" } else { "reach-why-rule" };
                let mut line = line(message, &policy.object, &rule.field, rule.location.as_ref());
                if !ports.is_empty() {
                    line.words = format!(
                        "{} {}",
                        line.words,
                        c.ta("reach-why-ports", &[("ports", ports_words(c.lang, &ports).into())])
                    );
                }
                Some(line)
            });
            all.extend(meant);
            if rules.is_empty() {
                all.extend(said("reach-why-no-rule"));
            }
            all
        }
    };
    vec![
        (c.t("reach-why-egress"), side(Direction::Egress, &because.egress)),
        (c.t("reach-why-ingress"), side(Direction::Ingress, &because.ingress)),
    ]
}
