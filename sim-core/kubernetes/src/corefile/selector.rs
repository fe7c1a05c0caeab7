//! Label selectors as a text: `application=nginx, environment in (production, qa)`.

use std::collections::BTreeMap;
use std::sync::Arc;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    key: Arc<str>,
    /// Values one of which it has; `None`: any.
    values: Option<Vec<Arc<str>>>,
    /// The other way round.
    not: bool,
}

/// Conditions that all have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelText(Vec<Condition>);

impl LabelText {
    /// Reads one; `None` for what is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut all = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            // A comma inside of a list does not part conditions.
            let end = rest
                .char_indices()
                .scan(false, |inside, (at, c)| {
                    *inside = c == '(' || *inside && c != ')';
                    Some((at, c == ',' && !*inside))
                })
                .find_map(|(at, parts)| parts.then_some(at));
            let (one, behind) = end.and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
            all.push(condition(one.trim())?);
            rest = behind.trim_start_matches(',').trim();
        }
        (!all.is_empty()).then_some(Self(all))
    }

    /// True for labels that meet it.
    pub fn fits(&self, labels: &BTreeMap<Arc<str>, Arc<str>>) -> bool {
        self.0.iter().all(|condition| {
            let has = labels.get(&condition.key);
            let met = match &condition.values {
                None => has.is_some(),
                Some(values) => has.is_some_and(|has| values.contains(has)),
            };
            met != condition.not
        })
    }
}

fn condition(text: &str) -> Option<Condition> {
    let key = |text: &str| {
        let text = text.trim();
        (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| Arc::from(text))
    };
    let one = |value: &str| Some(vec![Arc::from(value.trim())]);
    for (sign, not) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((name, value)) = text.split_once(sign) {
            return Some(Condition { key: key(name)?, values: one(value), not });
        }
    }
    if let Some((before, list)) = text.split_once('(') {
        let (name, word) = before.trim().rsplit_once(char::is_whitespace)?;
        let values = list.strip_suffix(')')?.split(',').map(|value| Arc::from(value.trim())).collect();
        let not = match word {
            "in" => false,
            "notin" => true,
            _ => return None,
        };
        return Some(Condition { key: key(name)?, values: Some(values), not });
    }
    match text.strip_prefix('!') {
        Some(name) => Some(Condition { key: key(name)?, values: None, not: true }),
        None => Some(Condition { key: key(text)?, values: None, not: false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_met() {
        let labels = BTreeMap::from([(Arc::from("app"), Arc::from("web")), (Arc::from("tier"), Arc::from("b"))]);
        let cases = [
            ("app=web", true),
            ("app == web, tier in (a, b)", true),
            ("app!=web", false),
            ("app,!gone", true),
            ("tier notin (a,b)", false),
            ("other!=x", true),
        ];
        for (text, expected) in cases {
            assert_eq!(LabelText::read(text).map(|read| read.fits(&labels)), Some(expected), "{text}");
        }
        assert_eq!(LabelText::read("a b"), None);
        assert_eq!(LabelText::read(""), None);
    }
}
