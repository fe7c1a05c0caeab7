//! `/s/{id}/policy`: a workload's policies, drawn, and changed by pressing a connection.

use super::Chrome;
use crate::locale::FluentValue;
use crate::policy::{Drawn, Meant, Row, Way, ends, meant, probe};
use crate::reach::{Names, address, end_text, notes, ports_words};
use crate::url;
use askama::Template;
use kubernetes::manifest::SourceText;
use kubernetes::policy::Policy;
use sim_core::reach::{Diff, Difference, End, Peer, Reach};

/// Workloads that are listed to choose from.
const LISTED: usize = 200;
/// Rows of one direction.
const ROWS: usize = 40;
/// Connections that a change is told of.
const TOLD: usize = 40;
/// Policies whose text is shown, and bytes of each.
const SHOWN: usize = 12;
const BYTES: usize = 8_192;

/// What the page is about.
pub struct Input<'a> {
    /// The scenario, in its world.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Everybody.
    pub reach: &'a Reach<'a>,
    /// The workload, where one was chosen.
    pub drawn: Option<&'a Drawn<'a>>,
    /// What is searched for among the other ends, or the workloads.
    pub search: &'a str,
    /// Why a change was not made, in a sentence.
    pub refused: Option<String>,
    /// What the change did that this input was made by.
    pub done: Option<Done<'a>>,
    /// It is a later moment of a timeline: nothing is changed there.
    pub later: bool,
    /// Its texts.
    pub sources: &'a [SourceText],
    /// What was found about the policies, each in a line.
    pub findings: &'a [String],
    /// A form that was not taken: the other end and the port.
    pub form: (&'a str, &'a str),
}

/// What a change did.
pub struct Done<'a> {
    /// The scenario that it was made of, in the same world.
    pub before: &'a str,
    /// Connections that are others.
    pub diff: &'a Diff,
    /// The packet that was sent: from, to, what came of it, and the address of its trace.
    pub sent: Option<(String, String, String, String)>,
}

struct Line {
    name: String,
    title: String,
    ports: String,
    state: &'static str,
    pressed: &'static str,
    tick: String,
    /// What closes it, where a press opens it further.
    close: Option<String>,
    label: String,
    packet: Option<String>,
    why: Option<String>,
}

struct Side {
    code: &'static str,
    heading: String,
    isolation: String,
    lines: Vec<Line>,
    more: String,
    anybody: Option<String>,
    deny: bool,
}

struct Told {
    sent: Option<(String, String)>,
    lines: Vec<(&'static str, String)>,
    more: String,
    back: String,
    versions: String,
}

struct Rule {
    meant: Meant,
    href: Option<String>,
    more: String,
}

struct Text {
    title: String,
    href: Option<String>,
    text: String,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    title: String,
    subject: String,
    scenario_href: String,
    reach_href: String,
    action: String,
    search_action: String,
    hidden: Vec<(String, String)>,
    notes: Vec<String>,
    changes: bool,
    workloads: Vec<(String, String)>,
    workloads_more: String,
    of: String,
    about: Vec<String>,
    sides: Vec<Side>,
    told: Option<Told>,
    rules: Vec<Rule>,
    texts: Vec<Text>,
    peers: Vec<String>,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<String, askama::Error> {
    let names = Names::of(input.reach);
    let of = input.drawn.map(Drawn::address).unwrap_or_default();
    let page_of = |of: &str| url::with_query(&url::policy(input.id), &[("of", of)]);
    let wanted = input.search.trim().to_lowercase();
    let fits = |name: &str| wanted.is_empty() || name.to_lowercase().contains(&wanted);
    let all = (0..input.reach.workloads().len()).map(Peer::Workload);
    let listed = all.clone().map(|peer| (names.peer(&peer), page_of(&address(input.reach, &peer))));
    let mut workloads: Vec<(String, String)> =
        if input.drawn.is_none() { listed.filter(|(name, _)| fits(name)).collect() } else { Vec::new() };
    let more = workloads.len().saturating_sub(LISTED);
    workloads.truncate(LISTED);
    let changes = c.about.carried.is_none() && !input.later;
    let page = Page {
        title: match input.drawn {
            Some(drawn) => c.ta("policy-title", &[("name", drawn.name().into())]),
            None => c.t("policy-title-none"),
        },
        subject: input.drawn.map(Drawn::name).unwrap_or_default(),
        scenario_href: url::scenario(input.id),
        reach_href: url::reach(input.id),
        action: page_of(&of),
        search_action: url::action(input.id, "/policy"),
        hidden: url::world(input.id),
        notes: notes(c.lang, input.reach, None),
        changes,
        workloads,
        workloads_more: count(c, "policy-choose-more", more),
        about: input.drawn.map(|drawn| about(c, drawn)).unwrap_or_default(),
        sides: input.drawn.map(|drawn| sides(c, input, drawn, &fits)).unwrap_or_default(),
        told: input.done.as_ref().map(|done| told(c, input, done, &of)),
        rules: input.drawn.map(|drawn| rules(c, input, drawn)).unwrap_or_default(),
        texts: input.drawn.map(|drawn| texts(input, drawn)).unwrap_or_default(),
        peers: if changes && input.drawn.is_some() {
            all.take(LISTED).map(|peer| names.peer(&peer)).collect()
        } else {
            Vec::new()
        },
        of,
        c,
        input,
    };
    page.render()
}

fn count(c: &Chrome, message: &str, count: usize) -> String {
    if count == 0 { String::new() } else { c.ta(message, &[("count", count.into())]) }
}

/// What stands in the middle of the picture: labels and ports.
fn about(c: &Chrome, drawn: &Drawn<'_>) -> Vec<String> {
    const MOST: usize = 6;
    let Some(own) = drawn.reach.workloads().get(drawn.of) else { return Vec::new() };
    let mut all = vec![own.object.kind.to_string()];
    all.extend(own.labels.iter().take(MOST).map(|(key, value)| format!("{key}={value}")));
    if !own.declared.is_empty() {
        all.push(ports_words(c.lang, &own.declared));
    }
    all
}

fn sides(c: &Chrome, input: &Input<'_>, drawn: &Drawn<'_>, fits: &dyn Fn(&str) -> bool) -> Vec<Side> {
    let side = |way: &Way<'_>| {
        let rows: Vec<(&Row, String)> =
            way.rows.iter().map(|row| (row, drawn.peer(c.lang, &row.peer))).filter(|(_, name)| fits(name)).collect();
        let more = rows.len().saturating_sub(ROWS);
        // Where not all fit, those that may connect are looked for first.
        let (open, closed): (Vec<_>, Vec<_>) =
            if more > 0 { rows.into_iter().partition(|(row, _)| row.state.is_open()) } else { (rows, Vec::new()) };
        let rows = open.into_iter().chain(closed).take(ROWS);
        let anybody = match way.around.anybody.is_empty() {
            true => c.t("policy-state-own"),
            false => ports_words(c.lang, &way.around.anybody),
        };
        Side {
            code: way.code(),
            heading: c.t(&format!("policy-{}", way.code())),
            isolation: crate::policy::isolation(c.lang, way),
            lines: rows.map(|(row, name)| line(c, input, drawn, way, row, name)).collect(),
            more: count(c, "policy-rows-more", more),
            anybody: (!way.around.host).then_some(anybody),
            deny: way.policies.is_empty() && !way.around.host,
        }
    };
    drawn.ways.iter().map(side).collect()
}

fn line(c: &Chrome, input: &Input<'_>, drawn: &Drawn<'_>, way: &Way<'_>, row: &Row, name: String) -> Line {
    let open = row.state.is_open();
    let said = match open {
        true => ports_words(c.lang, &row.ports),
        false => c.t(&format!("policy-state-{}", row.state.code())),
    };
    let own = address(input.reach, &row.peer);
    let press = match row.state {
        crate::policy::State::Open => "close",
        _ => "open",
    };
    let pair = ends(way.direction, drawn.of, row.peer);
    let packet = probe(input.reach, pair, None).map(|probe| url::trace(input.id, "", &probe, None));
    let why = matches!(row.peer, Peer::Workload(_)).then(|| {
        let (from, to) = (address(input.reach, &pair.0), address(input.reach, &pair.1));
        url::with_query(&url::reach(input.id), &[("why_from", &from), ("why_to", &to)]) + "#reason"
    });
    Line {
        label: format!(
            "{} {name}: {said}; {}",
            c.t(&format!("policy-{}", way.code())),
            c.t(&format!("policy-press-{press}"))
        ),
        title: name.clone(),
        name,
        ports: said,
        state: row.state.code(),
        pressed: match row.state {
            crate::policy::State::Open => "true",
            crate::policy::State::Part => "mixed",
            _ => "false",
        },
        close: (row.state == crate::policy::State::Part).then(|| format!("close {} {own}", way.code())),
        tick: format!("{press} {} {own}", way.code()),
        packet,
        why,
    }
}

fn told(c: &Chrome, input: &Input<'_>, done: &Done<'_>, of: &str) -> Told {
    let pods = input.reach.cluster().settings.pod_cidr;
    // Addresses of Pods are told by workloads.
    let of_pods = |end: &End| matches!(end, End::Range(first, last) if pods.contains(&std::net::IpAddr::V4(*first)) && pods.contains(&std::net::IpAddr::V4(*last)));
    let ports = |ports: &kubernetes::policy::Ports| FluentValue::from(ports_words(c.lang, ports));
    let line = |one: &Difference| {
        let change = one.change().code();
        let args = [
            ("change", change.into()),
            ("from", end_text(&one.from).into()),
            ("to", end_text(&one.to).into()),
            ("before", ports(&one.before)),
            ("after", ports(&one.after)),
        ];
        (change, c.ta("policy-done-one", &args))
    };
    let all: Vec<&Difference> = done.diff.lines.iter().filter(|one| !of_pods(&one.from) && !of_pods(&one.to)).collect();
    let sent = done.sent.as_ref().map(|(from, to, result, href)| {
        let args = [("from", from.clone().into()), ("to", to.clone().into()), ("result", result.clone().into())];
        (c.ta("policy-done-sent", &args), href.clone())
    });
    Told {
        sent,
        more: count(c, "policy-done-more", all.len().saturating_sub(TOLD)),
        lines: all.into_iter().take(TOLD).map(line).collect(),
        back: url::with_query(&url::policy(done.before), &[("of", of)]),
        versions: url::versions(input.id),
    }
}

fn rules(c: &Chrome, input: &Input<'_>, drawn: &Drawn<'_>) -> Vec<Rule> {
    let rule = |meant: Meant| Rule {
        href: meant.location.as_ref().map(|at| url::source(input.id, at)),
        more: count(c, "policy-spaces-more", meant.more),
        meant,
    };
    meant(c.lang, drawn).into_iter().map(rule).collect()
}

/// The text of every policy that selects the workload.
fn texts(input: &Input<'_>, drawn: &Drawn<'_>) -> Vec<Text> {
    let mut all: Vec<&Policy> = Vec::new();
    for policy in drawn.ways.iter().flat_map(|way| &way.policies) {
        if !all.iter().any(|own| own.object == policy.object) {
            all.push(policy);
        }
    }
    let text = |policy: &&Policy| {
        let span = policy.span;
        let source = input.sources.get(span.source.0 as usize)?;
        let start = source.text.get(..span.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
        let text = source.text.get(start..span.end as usize)?;
        let shown = match text.char_indices().nth(BYTES) {
            Some((end, _)) => format!("{}…", text.get(..end)?),
            None => text.to_owned(),
        };
        let href = policy.location.as_ref().map(|at| url::source(input.id, at));
        Some(Text { title: policy.object.to_string(), href, text: shown.trim_end().to_owned() })
    };
    all.iter().take(SHOWN).filter_map(text).collect()
}
