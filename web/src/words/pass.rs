//! What became of a chain's rules as one packet went through it, so that the chain's page can fold what was skipped.

use super::Say;
use kernel::walk::{FailedMatch, Skipped};
use sim_core::facts::ChainPass;

/// Rules in a row that fared alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// They did not match: how many, and which part of a rule was the first not to.
    Skipped(Vec<Skipped>),
    /// They matched.
    Met(u32),
}

impl Run {
    /// How many rules.
    pub fn count(&self) -> u32 {
        match self {
            Self::Skipped(parts) => parts.iter().fold(0_u32, |all, part| all.saturating_add(part.count)),
            Self::Met(count) => *count,
        }
    }
}

/// The runs of one pass, from the chain's first rule on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass(pub Vec<Run>);

impl Pass {
    /// What became of the rules in one pass through their chain.
    pub fn of(through: &ChainPass<'_>) -> Self {
        let mut pass = Self::default();
        for line in &through.lines {
            if !line.skipped().is_empty() {
                pass.0.push(Run::Skipped(line.skipped().to_vec()));
            }
            match (line.rule(), pass.0.last_mut()) {
                (Some(_), Some(Run::Met(count))) => *count += 1,
                (Some(_), _) => pass.0.push(Run::Met(1)),
                (None, _) => {}
            }
        }
        pass
    }
}

impl Say<'_> {
    /// What a fold says: how many rules were skipped, and the first part that did not match; `None` for rules that matched.
    pub fn fold(&self, run: &Run) -> Option<String> {
        let Run::Skipped(parts) = run else { return None };
        let mut kinds: Vec<(FailedMatch, u32)> = Vec::new();
        for part in parts {
            match kinds.iter_mut().find(|(kind, _)| *kind == part.failed) {
                Some((_, all)) => *all = all.saturating_add(part.count),
                None => kinds.push((part.failed, part.count)),
            }
        }
        let several = kinds.len() > 1;
        let why = kinds.iter().map(|(kind, count)| {
            let name = self.t(&format!("failed-{}", kind.code()));
            if several { format!("{name} ({count})") } else { name }
        });
        let args = [("count", run.count().into()), ("why", why.collect::<Vec<_>>().join(", ").into())];
        Some(self.ta("rules-fold", &args))
    }
}
