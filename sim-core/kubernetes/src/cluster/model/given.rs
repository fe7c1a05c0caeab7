//! What tools printed on a real machine, as it holds there.

use super::NodeId;
pub use crate::machine::Tool;
use crate::origin::{Location, SourceId, Span};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

/// Whose kernel it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A node's.
    Node(NodeId),
    /// That of a machine of [`super::Cluster::hosts`].
    Host(IpAddr),
}

/// A machine that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its name, as the text has it.
    pub name: Arc<str>,
    /// Its network namespaces; the first is its own.
    pub spaces: Vec<GivenSpace>,
    /// Nothing but what was seen is known of it: it is no node, and no Scenario has it.
    pub alone: bool,
}

/// A network namespace that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenSpace {
    /// Its name; `None` for the machine's own.
    pub name: Option<Arc<str>>,
    /// What was printed, in order.
    pub parts: Vec<GivenPart>,
}

impl GivenSpace {
    /// What a tool printed; of several times the last.
    pub fn part(&self, tool: Tool) -> Option<&GivenPart> {
        self.parts.iter().rev().find(|part| part.tool == tool)
    }

    /// All that a tool printed.
    pub fn all(&self, tool: Tool) -> impl Iterator<Item = &GivenPart> {
        self.parts.iter().filter(move |part| part.tool == tool)
    }
}

/// What one tool printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenPart {
    /// Who printed it.
    pub tool: Tool,
    /// Name of the text it stands in.
    pub file: Arc<str>,
    pub(in crate::cluster) source: SourceId,
    pub(in crate::cluster) whole: Arc<str>,
    pub(in crate::cluster) range: Range<usize>,
    pub(in crate::cluster) line: u32,
}

impl GivenPart {
    /// Its text.
    pub fn text(&self) -> &str {
        self.whole.get(self.range.clone()).unwrap_or_default()
    }

    /// Where one of its lines, from 1, stands in the input.
    pub fn location(&self, line: u32) -> Location {
        Location { file: self.file.clone(), line: self.line + line.saturating_sub(1), column: 1 }
    }

    /// The same as a span, for findings.
    pub fn span(&self, line: u32) -> Span {
        let before: usize = self.text().split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
        let length =
            self.text().get(before..).and_then(|rest| rest.lines().next()).map_or(0, |line| line.trim_end().len());
        let start = self.range.start + before;
        Span { source: self.source, start: start as u32, end: (start + length) as u32 }
    }
}
