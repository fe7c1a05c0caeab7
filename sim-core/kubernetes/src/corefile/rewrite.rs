//! `rewrite`: what of a question, and of its answer, becomes something else (plugin/rewrite).

use super::zone::zone;
use regex_lite::Regex;
use std::sync::Arc;

/// A regular expression, equal by its text.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads one; `None` for what is none.
    pub fn new(text: &str) -> Option<Self> {
        Regex::new(text).ok().map(Self)
    }

    /// The expression.
    pub fn regex(&self) -> &Regex {
        &self.0
    }

    /// Text with `{1}` … replaced by the groups of where it fits.
    fn apply(&self, name: &str, to: &str) -> Option<String> {
        let groups = self.0.captures(name)?;
        let mut out = to.to_owned();
        for at in 0..groups.len() {
            let group = groups.get(at).map_or("", |group| group.as_str());
            out = out.replace(&format!("{{{at}}}"), group);
        }
        Some(out)
    }
}

/// How `rewrite name` compares. Texts are lower case, without trailing dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// The whole name.
    Exact(Arc<str>),
    /// Its beginning.
    Prefix(Arc<str>),
    /// Its end.
    Suffix(Arc<str>),
    /// Any part of it.
    Substring(Arc<str>),
    /// An expression, against the name with its trailing dot.
    Regex(Pattern),
}

/// What becomes of names in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// `answer auto`, and always with an exact rule: what the question became is again what it was.
    pub auto: bool,
    /// `answer name FROM TO`.
    pub names: Vec<(Pattern, Arc<str>)>,
    /// `answer value FROM TO`.
    pub values: Vec<(Pattern, Arc<str>)>,
}

/// What a rule changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The name.
    Name {
        /// How it compares.
        of: Match,
        /// What it becomes, without trailing dot.
        to: Arc<str>,
        /// What becomes of the answer.
        back: Back,
    },
    /// The type that is asked for, by its word.
    Type(Arc<str>, Arc<str>),
    /// The TTL of the answer's records: at least, at most.
    Ttl(Match, u32, u32),
}

/// A `rewrite` rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// What it changes.
    pub change: Change,
    /// `continue`: later rules are applied, too.
    pub more: bool,
}

impl Match {
    fn read(kind: &str, from: &str) -> Option<Self> {
        let text = || Arc::from(from.to_lowercase().trim_end_matches('.'));
        Some(match kind {
            "exact" => Self::Exact(zone(from)),
            // A part keeps its dots.
            "prefix" => Self::Prefix(Arc::from(from.to_lowercase())),
            "substring" => Self::Substring(Arc::from(from.to_lowercase())),
            "suffix" => Self::Suffix(text()),
            "regex" => Self::Regex(Pattern::new(from)?),
            _ => return None,
        })
    }

    /// True where it fits a name: lower case, without trailing dot.
    pub fn fits(&self, name: &str) -> bool {
        self.apply(name, "").is_some()
    }

    /// What the name becomes; `None` where it does not fit.
    pub fn apply(&self, name: &str, to: &str) -> Option<String> {
        match self {
            Self::Exact(from) => (name == &**from).then(|| to.to_owned()),
            Self::Prefix(from) => name.strip_prefix(&**from).map(|rest| format!("{to}{rest}")),
            Self::Suffix(from) => name.strip_suffix(&**from).map(|rest| format!("{rest}{to}")),
            Self::Substring(from) => name.contains(&**from).then(|| name.replace(&**from, to)),
            Self::Regex(from) => {
                let found = from.apply(&format!("{name}."), to)?;
                Some(found.trim_end_matches('.').to_lowercase())
            }
        }
    }
}

/// The rules of one directive: `[continue|stop] FIELD …`, or a block of `name …` and `answer …`; `None` for what is not understood.
pub(super) fn rewrite(arguments: &[String], body: &[(u32, Vec<String>)]) -> Option<Rewrite> {
    let lines = std::iter::once(arguments).chain(body.iter().map(|(_, words)| words.as_slice()));
    let all: Vec<&str> = lines.flatten().map(String::as_str).collect();
    let mut words = all.as_slice();
    let more = match words.split_first() {
        Some((&"continue", rest)) => {
            words = rest;
            true
        }
        Some((&"stop", rest)) => {
            words = rest;
            false
        }
        _ => false,
    };
    let (field, rest) = words.split_first()?;
    let change = match (*field, rest) {
        ("type", [from, to]) => Change::Type(Arc::from(from.to_uppercase()), Arc::from(to.to_uppercase())),
        ("ttl", rest) => ttl(rest)?,
        ("name", rest) => name(rest)?,
        _ => return None,
    };
    Some(Rewrite { change, more })
}

const KINDS: [&str; 5] = ["exact", "prefix", "suffix", "substring", "regex"];

/// `[KIND] FROM rest`.
fn matching<'w>(words: &'w [&'w str]) -> Option<(&'w str, &'w str, &'w [&'w str])> {
    let (first, rest) = words.split_first()?;
    match KINDS.contains(first) && rest.len() >= 2 {
        true => Some((*first, rest.first()?, rest.get(1..)?)),
        false => Some(("exact", *first, rest)),
    }
}

fn ttl(words: &[&str]) -> Option<Change> {
    let (kind, from, rest) = matching(words)?;
    let [seconds] = rest else { return None };
    let bound = |text: &str, none: u32| if text.is_empty() { Some(none) } else { text.parse().ok() };
    let (low, high) = match seconds.split_once('-') {
        Some((low, high)) => (bound(low, 0)?, bound(high, u32::MAX)?),
        None => (seconds.parse().ok()?, seconds.parse().ok()?),
    };
    Some(Change::Ttl(Match::read(kind, from)?, low, high))
}

fn name(words: &[&str]) -> Option<Change> {
    let (kind, from, rest) = matching(words)?;
    let (to, mut rest) = rest.split_first()?;
    let to = match kind {
        "prefix" | "substring" | "regex" => Arc::from(to.to_lowercase()),
        _ => zone(to),
    };
    let mut back = Back { auto: kind == "exact", ..Back::default() };
    while let Some((first, more)) = rest.split_first() {
        rest = match (*first, more) {
            ("answer", ["auto", more @ ..]) => {
                back.auto = true;
                more
            }
            ("answer", ["name", from, to, more @ ..]) => {
                back.names.push((Pattern::new(from)?, Arc::from(to.to_lowercase())));
                more
            }
            ("answer", ["value", from, to, more @ ..]) => {
                back.values.push((Pattern::new(from)?, Arc::from(to.to_lowercase())));
                more
            }
            _ => return None,
        };
    }
    Some(Change::Name { of: Match::read(kind, from)?, to, back })
}

impl Back {
    /// A record's name on its way back: `asked` is the question as it came, `became` what the rule made of it; both without trailing dot.
    pub fn name(&self, of: &Match, (asked, became): (&str, &str), to: &str, name: &str) -> String {
        Self::changed(&self.names, self.auto, of, (asked, became), to, name)
    }

    /// The same of a name within a record.
    pub fn value(&self, of: &Match, (asked, became): (&str, &str), to: &str, name: &str) -> String {
        Self::changed(&self.values, self.auto, of, (asked, became), to, name)
    }

    fn changed(
        rules: &[(Pattern, Arc<str>)],
        auto: bool,
        of: &Match,
        (asked, became): (&str, &str),
        to: &str,
        name: &str,
    ) -> String {
        let bare = name.trim_end_matches('.');
        let auto = || match of {
            _ if !auto => None,
            _ if bare.eq_ignore_ascii_case(became) => Some(asked.to_owned()),
            // The other way round.
            Match::Prefix(from) => bare.to_lowercase().strip_prefix(to).map(|rest| format!("{from}{rest}")),
            Match::Suffix(from) => bare.to_lowercase().strip_suffix(to).map(|rest| format!("{rest}{from}")),
            Match::Substring(from) if !to.is_empty() => {
                bare.to_lowercase().contains(to).then(|| bare.to_lowercase().replace(to, from))
            }
            _ => None,
        };
        let ruled = || rules.iter().find_map(|(from, to)| from.apply(&format!("{bare}."), to));
        match auto().or_else(ruled) {
            Some(changed) => format!("{}.", changed.trim_end_matches('.')),
            None => name.to_owned(),
        }
    }
}
