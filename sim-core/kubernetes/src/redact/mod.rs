//! Texts without what is nobody's business: credentials and contents that no simulation reads, overwritten in place. Lines and columns of
//! everything else stay what they were, so that every finding and every cause points where it pointed.
//!
//! ```
//! use kubernetes::redact::{What, text};
//!
//! let secret = "kind: Secret\nmetadata: {name: db}\nstringData:\n  password: hunter2 # of the database\n";
//! let redacted = text(secret, What::default());
//! assert_eq!(redacted.text, "kind: Secret\nmetadata: {name: db}\nstringData:\n  password: xxxxxxx # of the database\n");
//! assert_eq!(redacted.count, 1);
//! ```
//!
//! What is overwritten: `data` and `stringData` of Secrets; `data` of ConfigMaps but for the keys that are read; `managedFields` and what
//! was last applied; fields, variables, arguments and annotations that are called as credentials are or look like them; everything in a text
//! that has the form of a token, a private key or a password in an address; comments where that is asked for.
//!
//! `walk` goes through a document's tree. A document that cannot be read has none: `lines` goes through it line by line and overwrites
//! more than it has to, and one in brackets that names anything delicate is overwritten but for its brackets. `loose` looks at running
//! text, `names` knows what credentials are called and what they look like.

mod lines;
mod loose;
mod mask;
mod names;
#[cfg(test)]
mod tests;
mod walk;

use crate::budget::{Budget, Stopped};
use crate::machine::is_state;
use crate::text::tree::{self, Builder};
use crate::text::yaml::{Broken, Documents};
use crate::text::{Limits, chunks, document, json};
use mask::Masks;
pub use mask::Redacted;
use std::ops::Range;

/// What is overwritten beyond what always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct What {
    /// Comments, too.
    pub comments: bool,
}

/// Nodes of one document of any length that is gone through as a tree: as many as inputs are read with by default.
const NODES: usize = 5_000_000;
/// Of longer documents a node for so many bytes: a list of small numbers has two bytes a node, manifests have a dozen and more.
const BYTES_A_NODE: usize = 8;
/// Nodes of the longest.
const MOST_NODES: usize = 20_000_000;
/// Bytes that are looked at in one step of a budget.
const BYTES_A_STEP: usize = 4 << 10;

/// More than any input of that length is read with: what is refused later is redacted all the same.
fn limits(length: usize) -> Limits {
    let nodes = (length / BYTES_A_NODE).clamp(NODES, MOST_NODES);
    Limits { bytes: usize::MAX, documents: usize::MAX, depth: 200, nodes, aliases: 1_000_000 }
}

/// Overwrites what is delicate in a text. Takes time for large ones. What was redacted once is not changed, nor counted, again.
pub fn text(text: &str, what: What) -> Redacted {
    text_within(text, what, &Budget::unlimited()).unwrap_or_default()
}

/// The same within a budget: a step for every few KiB that are looked at.
///
/// # Errors
/// The budget's end; nothing of the text may be shown then.
pub fn text_within(text: &str, what: What, budget: &Budget) -> Result<Redacted, Stopped> {
    text_limited(text, what, budget, &limits(text.len()))
}

fn text_limited(text: &str, what: What, budget: &Budget, limits: &Limits) -> Result<Redacted, Stopped> {
    let mut masks = Masks::default();
    budget.spend((text.len() / BYTES_A_STEP) as u64)?;
    // The line before a key looks like the end of a document.
    loose::keys(text, &mut masks);
    // What tools printed on a machine has no fields that are called as credentials: `nf-pass-vlan` is none.
    if is_state(text) {
        loose::scan(text, 0..text.len(), &mut masks);
        return Ok(masks.apply(text));
    }
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for chunk in chunks::split(text, start) {
        if let Some(bad) = &chunk.bad {
            loose::scan(text, bad.line.start as usize..bad.line.end as usize, &mut masks);
            if what.comments {
                lines::comments(text, bad.line.start as usize..bad.line.end as usize, &[], &mut masks);
            }
        }
        budget.spend((chunk.range.len() / BYTES_A_STEP) as u64)?;
        let mut nodes = tree::Budget::of(limits);
        let mut builder = Builder::new(&mut nodes);
        let mut reader = Reader::new(text, chunk.range.clone(), what, &mut masks, budget);
        document(text, &chunk.range, &mut builder, &mut reader);
        reader.end();
    }
    budget.check()?;
    Ok(masks.apply(text))
}

struct Reader<'t, 'm> {
    text: &'t str,
    /// The document at hand.
    range: Range<usize>,
    what: What,
    masks: &'m mut Masks,
    budget: &'t Budget,
    /// Something of it was looked at.
    read: bool,
    /// All of it was gone through line by line.
    scanned: bool,
    /// Where scalars stand, where that is asked for.
    scalars: Vec<Range<usize>>,
}

impl<'t, 'm> Reader<'t, 'm> {
    fn new(text: &'t str, range: Range<usize>, what: What, masks: &'m mut Masks, budget: &'t Budget) -> Self {
        Self { text, range, what, masks, budget, read: false, scanned: false, scalars: Vec::new() }
    }

    /// Nothing more comes of it.
    fn end(&mut self) {
        if !self.read {
            self.unread();
        }
        if self.what.comments && !self.scanned {
            self.scalars.sort_by_key(|range| (range.start, range.end));
            lines::comments(self.text, self.range.clone(), &self.scalars, self.masks);
        }
    }

    /// The document cannot be read, or not all of it.
    fn unread(&mut self) {
        self.read = true;
        if std::mem::replace(&mut self.scanned, true) {
            return;
        }
        let start = json::skip_blank(self.text, self.range.start);
        let bracket = matches!(self.text.as_bytes().get(start), Some(b'{' | b'['));
        if bracket && lines::is_delicate(&self.text[self.range.clone()]) {
            self.masks.seal(self.range.clone());
            return;
        }
        lines::scan(self.text, self.range.clone(), true, self.masks);
        if self.what.comments {
            lines::comments(self.text, self.range.clone(), &[], self.masks);
        }
    }
}

impl<'a> Documents<'a> for Reader<'a, '_> {
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
        let Some((tree, root)) = builder.finished() else {
            if builder.is_broken() {
                self.unread();
            }
            return true;
        };
        self.read = true;
        if builder.is_broken() {
            // A document that was given up half-way: the tree does not hold everything.
            self.unread();
        }
        walk::document(tree, root, self.text, self.masks, self.budget);
        if self.what.comments {
            self.scalars.extend(tree.scalars());
        }
        !self.budget.is_stopped()
    }

    fn broken(&mut self, builder: &mut Builder<'a, '_>, _: &'a str, _: &Range<usize>, _: Broken) -> bool {
        builder.clear();
        self.unread();
        !self.budget.is_stopped()
    }
}
