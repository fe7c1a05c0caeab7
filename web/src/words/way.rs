//! What became of a chain's rules as one packet went through it: part of an address, so that the chain's page can fold what was skipped.

use super::Say;
use super::event::failed_key;
use crate::locale;
use crate::steps::ChainLine;

/// Runs written at most; more are put together.
const MOST: usize = 80;
/// Stands for several different parts that did not match.
const VARIOUS: &str = "various";

/// Rules in a row that fared alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// They did not match: how many, and which part of a rule was the first not to, for how many of them.
    Skipped(Vec<(u32, String)>),
    /// They matched.
    Met(u32),
}

impl Run {
    /// How many rules.
    pub fn count(&self) -> u32 {
        match self {
            Self::Skipped(parts) => parts.iter().fold(0_u32, |all, (count, _)| all.saturating_add(*count)),
            Self::Met(count) => *count,
        }
    }
}

/// The runs of one pass, from the chain's first rule on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way(pub Vec<Run>);

impl Way {
    /// The pass that `line` is part of.
    pub fn of(lines: &[ChainLine], line: &ChainLine) -> Self {
        let mut way = Self::default();
        for one in lines.iter().filter(|one| one.pass == line.pass) {
            let name = |failed| failed_key(failed).trim_start_matches("failed-").to_owned();
            let parts: Vec<(u32, String)> = one.skipped.iter().map(|run| (run.count, name(run.failed))).collect();
            if !parts.is_empty() {
                way.0.push(Run::Skipped(parts));
            }
            match (one.rule, way.0.last_mut()) {
                (Some(_), Some(Run::Met(count))) => *count += 1,
                (Some(_), _) => way.0.push(Run::Met(1)),
                (None, _) => {}
            }
        }
        way
    }

    /// As in an address: `12.destination,3.protocol,m1`.
    pub fn write(&self) -> String {
        let count: usize = self.0.iter().map(|run| if let Run::Skipped(parts) = run { parts.len() } else { 1 }).sum();
        let run = |run: &Run| match run {
            Run::Met(count) => format!("m{count}"),
            Run::Skipped(parts) if count > MOST && parts.len() > 1 => format!("{}.{VARIOUS}", run.count()),
            Run::Skipped(parts) => {
                parts.iter().map(|(count, part)| format!("{count}.{part}")).collect::<Vec<_>>().join(",")
            }
        };
        self.0.iter().map(run).collect::<Vec<_>>().join(",")
    }

    /// Reads what [`Self::write`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut way = Self::default();
        for (at, token) in text.split(',').enumerate() {
            if at > 4 * MOST {
                return None;
            }
            if let Some(count) = token.strip_prefix('m') {
                way.0.push(Run::Met(count.parse().ok()?));
                continue;
            }
            let (count, part) = token.split_once('.')?;
            let known = part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if !known || !locale::has(locale::Lang::En, &format!("failed-{part}")) {
                return None;
            }
            let one = (count.parse().ok()?, part.to_owned());
            match way.0.last_mut() {
                Some(Run::Skipped(parts)) => parts.push(one),
                _ => way.0.push(Run::Skipped(vec![one])),
            }
        }
        Some(way)
    }
}

impl Say<'_> {
    /// What a fold says: how many rules were skipped, and the first part that did not match; `None` for rules that matched.
    pub fn fold(&self, run: &Run) -> Option<String> {
        let Run::Skipped(parts) = run else { return None };
        let mut kinds: Vec<(&str, u32)> = Vec::new();
        for (count, part) in parts {
            match kinds.iter_mut().find(|(kind, _)| kind == part) {
                Some((_, all)) => *all = all.saturating_add(*count),
                None => kinds.push((part, *count)),
            }
        }
        let several = kinds.len() > 1;
        let why = kinds.iter().map(|(part, count)| {
            let name = self.t(&format!("failed-{part}"));
            if several { format!("{name} ({count})") } else { name }
        });
        let args = [("count", run.count().into()), ("why", why.collect::<Vec<_>>().join(", ").into())];
        Some(self.ta("rules-fold", &args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_read_as_it_was_written() {
        let check = |text: &str, runs: &[Run]| {
            let way = Way::parse(text).unwrap();
            assert_eq!(way.0, runs, "{text}");
            assert_eq!(way.write(), text);
        };
        let skipped = |count: u32, part: &str| (count, part.to_owned());
        check("m1", &[Run::Met(1)]);
        check("12.destination,m2", &[Run::Skipped(vec![skipped(12, "destination")]), Run::Met(2)]);
        let two = vec![skipped(9998, "destination"), skipped(1, "protocol")];
        check("9998.destination,1.protocol", &[Run::Skipped(two)]);
        for wrong in ["", "m", "x", "1.nothing", "1.<b>", "-1.destination", "1.destination,", "99999999999.mark"] {
            assert_eq!(Way::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_long_way_stays_short() {
        let parts: Vec<(u32, String)> = (0..500).map(|at| (1, ["source", "protocol"][at % 2].to_owned())).collect();
        assert_eq!(Way(vec![Run::Skipped(parts), Run::Met(1)]).write(), "500.various,m1");
    }
}
