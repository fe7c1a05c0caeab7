//! What happened, as lines.

use super::Because;
use sim_core::trace::ProbeText;

/// One thing that happened, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLine {
    /// The code of the fact: the `type` of the JSON.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// The kernel's own text: the rule, the route, the conntrack line.
    pub kernel: Option<String>,
    /// The page of the rule or interface.
    pub href: Option<String>,
    /// The chain of the rule, open at the rule.
    pub chain_href: Option<String>,
    /// Rules tried before without success.
    pub note: Option<String>,
    /// Edits.
    pub changes: Vec<Change>,
    /// Why it is there.
    pub because: Option<Because>,
    /// Chain depth for rules, 0 otherwise.
    pub depth: u32,
    /// Copies of the frame that went other ways.
    pub copies: Vec<CopyWords>,
    /// Rules were only looked at here, and nothing was decided: how many.
    pub looked: Option<u32>,
}

impl EventLine {
    /// Packets or pieces of one end here.
    pub fn stops(&self) -> bool {
        matches!(self.kind, "drop" | "fragments-lost" | "fragment-dropped")
    }
}

/// One edit of a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Name of the field, as on the packet's card.
    pub field: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
    /// Number of the conntrack entry that remembers it.
    pub badge: Option<String>,
}

/// Where a packet met what is told: the probe, the step of its journey, and where it was a copy of a frame, which one.
#[derive(Clone, Debug)]
pub struct At<'a> {
    /// The probe.
    pub probe: &'a ProbeText,
    /// Step of the journey, from 1.
    pub step: u32,
    /// See [`sim_core::facts::Visit::copy`]; empty for the packet itself.
    pub copy: String,
}

impl At<'_> {
    /// A hop of a copy that was made here.
    pub(super) fn copy(&self, index: usize, hop: usize) -> Self {
        let before = if self.copy.is_empty() { String::new() } else { format!("{}/", self.copy) };
        Self { copy: format!("{before}{index}.{hop}"), ..self.clone() }
    }
}

/// One copy of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyWords {
    /// Where it left and how it ended.
    pub title: String,
    /// It ended by a rule, and not because nobody wanted it.
    pub stopped: bool,
    /// Its way.
    pub hops: Vec<CopyHop>,
}

/// A place on the way of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyHop {
    /// Where.
    pub place: String,
    /// What happened.
    pub events: Vec<EventLine>,
}
