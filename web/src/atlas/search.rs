//! Objects that an address asks for, the nearest by name first.

use super::asked::Asked;
use super::index::{Atlas, Facts, Item};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The objects: those of just that name, then those whose names begin so, then others; of every kind in turn.
    pub items: Vec<Item>,
    /// How many there are of each kind, whatever kind is asked for.
    pub kinds: BTreeMap<String, usize>,
    /// How many objects there are at all.
    pub total: usize,
}

/// What is looked for.
struct Wanted<'a> {
    words: Vec<&'a str>,
    addresses: Vec<Option<IpAddr>>,
    labels: Vec<(&'a str, Option<&'a str>)>,
}

/// Whether a text has a word in it; letters of ASCII in either case.
pub(crate) fn has(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    word.is_empty() || text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

impl<'a> Wanted<'a> {
    fn of(asked: &'a Asked) -> Self {
        let words: Vec<&str> = asked.q.split_whitespace().collect();
        let labels = asked.label.split(',').map(str::trim).filter(|one| !one.is_empty());
        Self {
            addresses: words.iter().map(|word| word.parse().ok()).collect(),
            words,
            labels: labels
                .map(|one| one.split_once('=').map_or((one, None), |(key, value)| (key.trim(), Some(value.trim()))))
                .collect(),
        }
    }

    /// How near something is to what is looked for: less is nearer.
    fn rank(&self, facts: &Facts<'_>) -> Option<u8> {
        let label = |(key, value): &(&str, Option<&str>)| {
            let have = facts.labels.and_then(|labels| labels.get(*key));
            have.is_some_and(|have| value.is_none_or(|value| **have == *value))
        };
        if !self.labels.iter().all(label) {
            return None;
        }
        let mut rank = 0;
        for (word, address) in self.words.iter().zip(&self.addresses) {
            rank = rank.max(self.word(facts, word, *address)?);
        }
        Some(rank)
    }

    fn word(&self, facts: &Facts<'_>, word: &str, address: Option<IpAddr>) -> Option<u8> {
        let name = &*facts.name;
        if name.eq_ignore_ascii_case(word) || (address.is_some() && facts.address == address) {
            return Some(0);
        }
        let begins = |text: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if begins(name) {
            return Some(1);
        }
        // `namespace/name`, as it is written everywhere.
        if let (Some((namespace, rest)), Some(own)) = (word.split_once('/'), facts.namespace) {
            let rest_begins = name.get(..rest.len()).is_some_and(|head| head.eq_ignore_ascii_case(rest));
            if own.eq_ignore_ascii_case(namespace) && rest_begins {
                return Some(u8::from(name.len() != rest.len()));
            }
        }
        let within = has(name, word)
            || facts.of.is_some_and(|of| has(of, word))
            || facts.namespace.is_some_and(|namespace| namespace.eq_ignore_ascii_case(word))
            || facts.kind.eq_ignore_ascii_case(word);
        if within {
            return Some(2);
        }
        // The beginning of an address, which is written only for what looks like one.
        let digits = word.contains(['.', ':']) && word.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'));
        let begun = || facts.address.is_some_and(|ip| ip.to_string().starts_with(word));
        (digits && begun()).then_some(2)
    }
}

/// The objects that are asked for. Takes a time that grows with their number.
pub fn find(atlas: &Atlas<'_>, asked: &Asked) -> Found {
    let wanted = Wanted::of(asked);
    let mut found = Found::default();
    let mut ranks: [Vec<Item>; 3] = Default::default();
    for item in atlas.items() {
        found.total += 1;
        let Some(facts) = atlas.facts(item) else { continue };
        let here = |facts: &Facts<'_>| match item {
            Item::Namespace(_) => *facts.name == *asked.ns,
            _ => facts.namespace == Some(&asked.ns),
        };
        if !asked.ns.is_empty() && !here(&facts) {
            continue;
        }
        let Some(rank) = wanted.rank(&facts) else { continue };
        if asked.problem && atlas.trouble(item).is_none() {
            continue;
        }
        match found.kinds.get_mut(facts.kind) {
            Some(count) => *count += 1,
            None => {
                found.kinds.insert(facts.kind.to_owned(), 1);
            }
        }
        if (asked.kind.is_empty() || facts.kind.eq_ignore_ascii_case(&asked.kind))
            && let Some(list) = ranks.get_mut(usize::from(rank))
        {
            list.push(item);
        }
    }
    found.items = ranks.concat();
    found
}
