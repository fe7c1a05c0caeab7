//! One rule or one interface: its text as the Linux tool prints it, what wrote it and why.

use super::Chrome;
use crate::snippet;
use crate::url;
use crate::words::{Because, Say};
use askama::Template;
use kernel::ids::{RuleId, RuleRef};
use kubernetes::origin::CauseId;
use sim_core::model::Model;
use sim_core::print;

/// Which rule: as in the address `/s/{id}/rule?netns=…&table=…&chain=…&n=…`.
#[derive(Clone, Copy, Debug)]
pub struct RuleInput<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Name of the namespace.
    pub netns: &'a str,
    /// Table: `nat`, `filter` …
    pub table: &'a str,
    /// Chain.
    pub chain: &'a str,
    /// Number, from 1.
    pub number: u32,
    /// Only the inner part, for htmx (`HX-Request`).
    pub fragment: bool,
}

/// Which interface: as in the address `/s/{id}/link?netns=…&dev=…`.
#[derive(Clone, Copy, Debug)]
pub struct LinkInput<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// Name of the namespace.
    pub netns: &'a str,
    /// Name of the device.
    pub dev: &'a str,
    /// Only the inner part, for htmx (`HX-Request`).
    pub fragment: bool,
}

#[derive(Template)]
#[template(path = "detail.html")]
struct Page<'a> {
    c: &'a Chrome,
    inner: Inner,
    scenario: &'a str,
    scenario_href: String,
}

#[derive(Template)]
#[template(path = "detail_inner.html")]
struct Fragment<'a> {
    c: &'a Chrome,
    inner: Inner,
}

#[derive(Default)]
struct Inner {
    title: String,
    place: String,
    text: String,
    around: Vec<Around>,
    sets: Vec<Asked>,
    because: Option<Because>,
    snippet: Option<snippet::Lines>,
}

/// A set or map the rule asks.
struct Asked {
    title: String,
    elements: Vec<(String, Option<Because>)>,
    more: Option<String>,
}

/// Elements shown of one set.
const ELEMENTS: usize = 100;

struct Around {
    number: u32,
    text: String,
    href: String,
    here: bool,
}

fn page(c: &Chrome, id: &str, name: &str, inner: Inner, fragment: bool) -> Result<Option<String>, askama::Error> {
    if fragment {
        return Fragment { c, inner }.render().map(Some);
    }
    Page { c, inner, scenario: name, scenario_href: url::scenario(id) }.render().map(Some)
}

fn cause(say: &Say<'_>, cause: CauseId) -> (Option<Because>, Option<snippet::Lines>) {
    let because = say.because(cause);
    let location = because.as_ref().and_then(|because| because.location.clone());
    (because, location.and_then(|location| snippet::at(&say.model.parsed, &location, 4)))
}

/// A rule; `None` where there is none.
///
/// # Errors
/// Only what the template engine reports.
pub fn rule(c: &Chrome, input: &RuleInput<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let network = &input.model.site.network;
    let Some(at) = network.find(input.netns) else { return Ok(None) };
    let netns = network.netns(at);
    let Some(table) = netns.find_table(input.table) else { return Ok(None) };
    let Some(chain) = netns.find_chain(table, input.chain) else { return Ok(None) };
    let Some(index) = input.number.checked_sub(1) else { return Ok(None) };
    let rule = |index| RuleRef { table, chain, id: RuleId(index) };
    let Some(found) = netns.rule_cause(rule(index)) else { return Ok(None) };
    let (because, snippet) = cause(&say, found);
    let of = netns.chain_len(table, chain);
    let text = |index: u32| say.rule_text(at, rule(index)).unwrap_or_default();
    let around = (index.saturating_sub(4)..of.min(index + 5)).map(|other| Around {
        number: other + 1,
        text: text(other),
        href: url::rule(input.id, input.netns, input.table, input.chain, other + 1),
        here: other == index,
    });
    let args = [
        ("table", input.table.into()),
        ("chain", input.chain.into()),
        ("number", input.number.into()),
        ("of", of.into()),
    ];
    let inner = Inner {
        title: c.ta("detail-rule", &args),
        place: c.ta("detail-namespace", &[("where", say.who(at).into())]),
        text: text(index),
        around: around.collect(),
        sets: print::nft::set_texts(netns, rule(index), ELEMENTS).into_iter().map(|set| asked(c, &say, set)).collect(),
        because,
        snippet,
    };
    page(c, input.id, input.name, inner, input.fragment)
}

fn asked(c: &Chrome, say: &Say<'_>, set: print::nft::SetText) -> Asked {
    let more = set.of - set.elements.len();
    Asked {
        title: c.ta("detail-set", &[("set", set.name.into()), ("count", set.of.into())]),
        elements: set.elements.into_iter().map(|(text, cause)| (text, say.because(cause))).collect(),
        more: (more > 0).then(|| c.ta("detail-set-more", &[("count", more.into())])),
    }
}

/// An interface; `None` where there is none.
///
/// # Errors
/// Only what the template engine reports.
pub fn link(c: &Chrome, input: &LinkInput<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let network = &input.model.site.network;
    let Some(at) = network.find(input.netns) else { return Ok(None) };
    let found = network.netns(at).links.iter().enumerate().find(|(_, link)| &*link.name == input.dev);
    let Some((index, link)) = found else { return Ok(None) };
    let (because, snippet) = cause(&say, link.cause);
    let mut all = String::new();
    // Writing to a String cannot fail.
    let _ = print::ip::write_addr(&mut all, network, at);
    let inner = Inner {
        title: c.ta("detail-link", &[("dev", input.dev.into())]),
        place: c.ta("detail-namespace", &[("where", say.who(at).into())]),
        text: entry(&all, index),
        around: Vec::new(),
        sets: Vec::new(),
        because,
        snippet,
    };
    page(c, input.id, input.name, inner, input.fragment)
}

/// The `index`th entry of a listing whose entries begin at the left margin.
pub(super) fn entry(listing: &str, index: usize) -> String {
    let mut at = 0_usize;
    let mut lines = Vec::new();
    for line in listing.lines() {
        at += usize::from(!line.starts_with(' '));
        if at == index + 1 {
            lines.push(line);
        }
    }
    lines.join("\n")
}
