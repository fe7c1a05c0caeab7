//! Changes of the input: edits of texts by place, applied without side effects, shown as a unified diff.
//!
//! ```
//! use kubernetes::origin::{SourceId, SourceText, Span};
//! use kubernetes::patch::Patch;
//!
//! let sources = [SourceText::given("a.yaml", "port: 80\n")];
//! let patch = Patch::replace(Span { source: SourceId(0), start: 6, end: 8 }, "8080");
//! assert_eq!(&*patch.apply(&sources)[0].text, "port: 8080\n");
//! assert_eq!(patch.diff(&sources, 20), "--- a.yaml\n+++ a.yaml\n@@ -1 +1 @@\n-port: 80\n+port: 8080\n");
//! ```

mod diff;
mod edit;

pub use edit::Edit;

use crate::origin::{SourceId, SourceText, Span};
use std::sync::Arc;

/// A change of the input: edits that do not overlap, by place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Patch {
    edits: Vec<Edit>,
}

impl Patch {
    /// A change from its edits, in any order; `None` when they overlap.
    pub fn new(mut edits: Vec<Edit>) -> Option<Self> {
        // The order of insertions at one place is the order given.
        edits.sort_by_key(|edit| edit.span);
        let apart = edits.windows(2).all(|pair| match pair {
            [a, b] => a.span.source != b.span.source || a.span.end <= b.span.start,
            _ => true,
        });
        apart.then_some(Self { edits })
    }

    /// One edit.
    pub fn replace(span: Span, text: impl Into<Arc<str>>) -> Self {
        Self { edits: vec![Edit { span, text: text.into() }] }
    }

    /// The edits, by place.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Both changes at once; `None` when they overlap.
    pub fn and(&self, other: &Self) -> Option<Self> {
        Self::new(self.edits.iter().chain(&other.edits).cloned().collect())
    }

    /// Bytes that are taken away or added: how small it is.
    pub fn size(&self) -> usize {
        self.edits.iter().map(|edit| edit.span.end.saturating_sub(edit.span.start) as usize + edit.text.len()).sum()
    }

    /// The texts with the change made. An edit whose place is not in its text is left out.
    pub fn apply(&self, sources: &[SourceText]) -> Vec<SourceText> {
        let change = |(index, source): (usize, &SourceText)| {
            let own = || self.edits.iter().filter(|edit| edit.span.source == SourceId(index as u32));
            if own().next().is_none() {
                return source.clone();
            }
            let mut text = String::with_capacity(source.text.len());
            let mut at = 0;
            for edit in own() {
                let (start, end) = (edit.span.start as usize, edit.span.end as usize);
                if let (Some(between), Some(_)) = (source.text.get(at..start), source.text.get(start..end)) {
                    text.push_str(between);
                    text.push_str(&edit.text);
                    at = end;
                }
            }
            text.push_str(source.text.get(at..).unwrap_or_default());
            SourceText { text: Arc::from(text), ..source.clone() }
        };
        sources.iter().enumerate().map(change).collect()
    }

    /// File and line (from 1) of the first edit.
    pub fn place<'s>(&self, sources: &'s [SourceText]) -> Option<(&'s str, u32)> {
        let first = self.edits.first()?;
        let source = sources.get(first.span.source.0 as usize)?;
        let before = source.text.get(..first.span.start as usize)?;
        Some((&source.name, before.matches('\n').count() as u32 + 1))
    }

    /// The change as a unified diff, at most `lines` lines of it; longer ones end with a line `…`.
    pub fn diff(&self, sources: &[SourceText], lines: usize) -> String {
        diff::unified(&self.edits, &self.apply(sources), sources, lines)
    }
}
