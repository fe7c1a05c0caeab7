//! Whom the entries of a rule mean: namespaces as boxes with their workloads, and who would be meant if it was written with one dash more or less.

use super::drawn::Drawn;
use crate::locale::{FluentValue, Lang, t, ta};
use crate::reach::Names;
use kubernetes::origin::Location;
use kubernetes::policy::{Action, Direction, Policy, Rule, Selector};
use sim_core::reach::{Entries, Looks, Otherwise, Peer};
use std::collections::BTreeSet;

/// Rules that are drawn at most.
const RULES: usize = 12;
/// Namespaces of one rule, and workloads of one namespace.
const SPACES: usize = 12;
const CHIPS: usize = 16;

/// A rule.
pub struct Meant {
    /// The policy and the field.
    pub title: String,
    /// Its line.
    pub location: Option<Location>,
    /// Each entry in words.
    pub entries: Vec<String>,
    /// Namespaces, with who is in them.
    pub spaces: Vec<Space>,
    /// Namespaces that are left out.
    pub more: usize,
    /// What is meant, in a sentence.
    pub words: String,
    /// What the rule does: `allow`, `deny`, `pass`.
    pub action: &'static str,
    /// What the other way of writing it would mean, in a sentence.
    pub otherwise: Option<String>,
}

/// A namespace.
pub struct Space {
    /// Its name.
    pub name: String,
    /// Workloads.
    pub chips: Vec<Chip>,
    /// Workloads that are left out.
    pub more: usize,
}

/// A workload.
pub struct Chip {
    /// Its name.
    pub name: String,
    /// `meant`, `would` where it would be written otherwise, `only` where it would not be then, or nothing.
    pub class: &'static str,
}

/// The rules of the policies of both directions that have entries.
pub fn meant(lang: Lang, drawn: &Drawn<'_>) -> Vec<Meant> {
    let reasons = drawn.reasons();
    let mut all = Vec::new();
    for way in &drawn.ways {
        for (at, policy) in way.around.selecting.iter().zip(&way.policies) {
            for (number, rule) in policy.rules(way.direction).unwrap_or_default().iter().enumerate() {
                let Some(entries) = reasons.entries(way.direction, (*at, number)) else { continue };
                if entries.entries.is_empty() || all.len() >= RULES {
                    continue;
                }
                let field = match entries.entries.first() {
                    Some(first) if policy.is_calico() => first.field.to_string(),
                    _ => format!("{}.{}", rule.field, way.direction.peers()),
                };
                let title = format!("{}: {field}", policy.object);
                all.push(one(lang, drawn, (policy, rule), way.direction, (title, rule.location.clone()), &entries));
            }
        }
    }
    all
}

fn one(
    lang: Lang,
    drawn: &Drawn<'_>,
    (policy, rule): (&Policy, &Rule),
    direction: Direction,
    (title, location): (String, Option<Location>),
    entries: &Entries,
) -> Meant {
    let now = entries.means();
    let other = entries.otherwise.as_ref().map(|other| match other {
        Otherwise::Or(all) | Otherwise::And(all) => all,
    });
    let workloads = drawn.reach.workloads();
    let mut spaces: Vec<Space> = Vec::new();
    let mut more = 0;
    for (at, own) in workloads.iter().enumerate().filter(|(_, own)| !own.host_network) {
        if spaces.last().is_none_or(|last| last.name != own.namespace()) {
            if spaces.len() >= SPACES {
                more += usize::from(
                    workloads.get(at.wrapping_sub(1)).is_none_or(|last| last.namespace() != own.namespace()),
                );
                continue;
            }
            spaces.push(Space { name: own.namespace().to_owned(), chips: Vec::new(), more: 0 });
        }
        let Some(space) = spaces.last_mut().filter(|space| space.name == own.namespace()) else { continue };
        let class = match (now.contains(&at), other.map(|other| other.contains(&at))) {
            (true, Some(false)) => "meant only",
            (true, _) => "meant",
            (false, Some(true)) => "would",
            _ => "",
        };
        if space.chips.len() < CHIPS || !class.is_empty() && space.chips.len() < 2 * CHIPS {
            space.chips.push(Chip { name: own.object.name.to_string(), class });
        } else {
            space.more += 1;
        }
    }
    let otherwise = entries.otherwise.as_ref().map(|other| {
        let (message, differ): (&str, BTreeSet<usize>) = match other {
            Otherwise::Or(all) => ("policy-otherwise-or", all.difference(&now).copied().collect()),
            Otherwise::And(all) => ("policy-otherwise-and", all.clone()),
        };
        ta(lang, message, &[("names", named(lang, drawn, &differ).into())])
    });
    let message = match rule.action {
        Action::Allow => "policy-meant",
        Action::Deny => "policy-meant-deny",
        Action::Pass | Action::Log => "policy-meant-pass",
    };
    let words = ta(
        lang,
        message,
        &[
            ("names", named(lang, drawn, &now).into()),
            ("direction", direction.name().into()),
            ("count", now.len().into()),
        ],
    );
    Meant {
        title,
        location,
        entries: entries.entries.iter().map(|entry| looks(lang, policy, &entry.looks)).collect(),
        spaces,
        more,
        words,
        action: match rule.action {
            Action::Allow => "allow",
            Action::Deny => "deny",
            Action::Pass | Action::Log => "pass",
        },
        otherwise,
    }
}

fn named(lang: Lang, drawn: &Drawn<'_>, all: &BTreeSet<usize>) -> String {
    const NAMED: usize = 6;
    if all.is_empty() {
        return t(lang, "policy-nobody");
    }
    let names = Names::of(drawn.reach);
    let mut told: Vec<String> = all.iter().take(NAMED).map(|at| names.peer(&Peer::Workload(*at))).collect();
    if all.len() > NAMED {
        told.push(format!("… ({})", all.len()));
    }
    told.join(", ")
}

fn looks(lang: Lang, policy: &Policy, looks: &Looks) -> String {
    let say = |message: &str, args: &[(&'static str, FluentValue<'static>)]| ta(lang, message, args);
    let text = |selector: &Selector| FluentValue::from(selector.to_string());
    let own = policy.namespace.as_deref().unwrap_or_default().to_owned();
    match looks {
        Looks::Pods(pods) if pods.is_all() => say("policy-entry-own", &[("own", own.into())]),
        Looks::Pods(pods) => say("policy-entry-pods", &[("own", own.into()), ("pods", text(pods))]),
        Looks::Namespaces(spaces) if spaces.is_all() => say("policy-entry-all", &[]),
        Looks::Namespaces(spaces) => say("policy-entry-namespaces", &[("spaces", text(spaces))]),
        Looks::Both(spaces, pods) if spaces.is_all() => say("policy-entry-any", &[("pods", text(pods))]),
        Looks::Both(spaces, pods) => say("policy-entry-both", &[("spaces", text(spaces)), ("pods", text(pods))]),
        Looks::Calico(text) if text.is_empty() => say("policy-entry-anybody", &[]),
        Looks::Calico(text) => text.clone(),
        Looks::Addresses(net) => say("policy-entry-net", &[("net", net.clone().into())]),
    }
}
