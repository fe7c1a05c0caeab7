//! `/`: ready scenarios, and a place for one's own manifests; the same place again when an upload cannot be used.

use super::Chrome;
use crate::url;
use askama::Template;
use sim_core::trace::ProbeText;

/// A scenario that comes with the program. Its words are the messages `ready-{id}-title` and `ready-{id}-text`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// `/s/{id}`.
    pub id: String,
    /// The list that it stands in; its words are the message `ready-group-{group}`. Without one it has a card.
    pub group: Option<String>,
    /// The probe its card leads to.
    pub probe: ProbeText,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page<'a> {
    c: &'a Chrome,
    ready: Vec<Card>,
    /// Those that have no card, in lists.
    more: Vec<List>,
    pasted: &'a str,
}

/// An upload that cannot be used. Its words are the messages `error-{code}-title` and `error-{code}-text`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// HTTP status.
    pub status: u16,
    /// Code of the error.
    pub code: &'a str,
    /// What exactly, with its place: a line each.
    pub details: &'a [String],
    /// What was pasted: it stands in the form again.
    pub pasted: &'a str,
    /// Only what was refused, for htmx: the page with the form is still there.
    pub fragment: bool,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    c: &'a Chrome,
    status: u16,
    code: &'a str,
    level: u8,
    title: String,
    text: String,
    details: &'a [String],
    pasted: &'a str,
}

#[derive(Template)]
#[template(path = "refused_inner.html")]
struct Inner<'a> {
    code: &'a str,
    level: u8,
    title: String,
    text: String,
    details: &'a [String],
}

struct Card {
    href: String,
    scenario: String,
    title: String,
    text: String,
    /// Which drawing it has.
    art: &'static str,
}

struct List {
    group: String,
    title: String,
    cards: Vec<Card>,
}

/// The drawing of a card: what its scenario is about.
fn art(id: &str) -> &'static str {
    match id {
        "docker0" => "bridge",
        "published-port" | "metallb" => "port",
        "compose-networks" => "networks",
        _ => "cluster",
    }
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, ready: &[Ready]) -> Result<String, askama::Error> {
    let card = |ready: &Ready| Card {
        href: url::trace(&ready.id, "", &ready.probe, None),
        scenario: url::scenario(&ready.id),
        title: c.t(&format!("ready-{}-title", ready.id)),
        text: c.t(&format!("ready-{}-text", ready.id)),
        art: art(&ready.id),
    };
    let mut more: Vec<List> = Vec::new();
    for one in ready {
        let Some(group) = &one.group else { continue };
        match more.iter_mut().find(|list| list.group == *group) {
            Some(list) => list.cards.push(card(one)),
            None => {
                let title = c.t(&format!("ready-group-{group}"));
                more.push(List { group: group.clone(), title, cards: vec![card(one)] });
            }
        }
    }
    let ready = ready.iter().filter(|one| one.group.is_none()).map(card).collect();
    Page { c, ready, more, pasted: "" }.render()
}

/// What is wrong with an upload and the form to send it again, with what was pasted.
///
/// # Errors
/// Only what the template engine reports.
pub fn refused(c: &Chrome, refusal: &Refusal<'_>) -> Result<String, askama::Error> {
    let (code, details) = (refusal.code, refusal.details);
    let title = c.t(&format!("error-{code}-title"));
    let text = c.t(&format!("error-{code}-text"));
    if refusal.fragment {
        return Inner { code, level: 3, title, text, details }.render();
    }
    // The address of an upload has no page to come back to in another language or in other colours.
    let c = &Chrome { path_and_query: "/".to_owned(), ..c.clone() };
    Refused { c, status: refusal.status, code, level: 1, title, text, details, pasted: refusal.pasted }.render()
}
