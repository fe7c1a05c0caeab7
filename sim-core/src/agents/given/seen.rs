//! What was seen of a machine and what became of it.

use kubernetes::cluster::model::{GivenPart, Tool};
use kubernetes::origin::ObjectRef;
use std::sync::Arc;

/// A line that was left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    pub(crate) part: GivenPart,
    /// Line of the part, from 1.
    pub(crate) line: u32,
    pub(crate) text: Arc<str>,
    /// Why, where somebody said so.
    pub(crate) reason: Arc<str>,
}

/// What was seen of a machine and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The machine's name.
    pub(crate) name: Arc<str>,
    /// Nothing else is known of it: nothing was expected.
    pub(crate) alone: bool,
    pub(crate) unread: Vec<Unread>,
    pub(crate) differences: Vec<Difference>,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Rules that should be there.
    RulesMissing,
    /// Rules that nothing in the input asks for.
    RulesExtra,
    /// Routes that should be there.
    RoutesMissing,
    /// Routes that nothing in the input asks for.
    RoutesExtra,
    /// A sysctl that somebody needs otherwise.
    Sysctl,
    /// Entries of connection tracking that lead to an address which nobody has.
    Stale,
}

/// Something that differs: of rules all of one owner together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    /// Who writes, or seems to have written, them; of a sysctl its name.
    pub(crate) who: Arc<str>,
    /// How many.
    pub(crate) count: usize,
    /// The first, as the tool prints it; of a sysctl its value.
    pub(crate) first: Arc<str>,
    /// Of what is missing, the object that it is for; of a sysctl, the value that is needed.
    pub(crate) expected: Arc<str>,
    /// The object that the first that is missing is for.
    pub(crate) object: Option<ObjectRef>,
    pub(super) part: GivenPart,
    /// Line of the part.
    pub(super) line: u32,
}

/// Notes lines that a reader left aside.
pub(super) fn aside(seen: &mut Seen, part: &GivenPart, unread: Vec<(u32, Arc<str>)>, reason: &str) {
    let of = |(line, text)| Unread { part: part.clone(), line, text, reason: Arc::from(reason) };
    seen.unread.extend(unread.into_iter().map(of));
}

/// What the words of a tool are, for people.
pub(super) fn command(tool: Tool) -> &'static str {
    kubernetes::machine::COLLECTED.iter().find(|(own, _)| *own == tool).map_or("", |(_, command)| command)
}
