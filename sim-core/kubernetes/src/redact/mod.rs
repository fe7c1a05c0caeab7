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

use crate::text::tree::{Budget, Builder};
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

/// More than any input is read with: what is refused later is redacted all the same.
const LIMITS: Limits =
    Limits { bytes: usize::MAX, documents: usize::MAX, depth: 200, nodes: 20_000_000, aliases: 1_000_000 };

/// Overwrites what is delicate in a text. Takes time for large ones. What was redacted once is not changed, nor counted, again.
pub fn text(text: &str, what: What) -> Redacted {
    let mut masks = Masks::default();
    // The line before a key looks like the end of a document.
    loose::keys(text, &mut masks);
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for chunk in chunks::split(text, start) {
        if let Some(bad) = &chunk.bad {
            loose::scan(text, bad.line.start as usize..bad.line.end as usize, &mut masks);
            if what.comments {
                lines::comments(text, bad.line.start as usize..bad.line.end as usize, &[], &mut masks);
            }
        }
        let mut budget = Budget::of(&LIMITS);
        let mut builder = Builder::new(&mut budget);
        let mut reader = Reader { text, range: chunk.range.clone(), what, masks: &mut masks, read: false };
        document(text, &chunk.range, &mut builder, &mut reader);
        if !reader.read {
            reader.unread();
        }
    }
    masks.apply(text)
}

struct Reader<'t, 'm> {
    text: &'t str,
    /// The document at hand.
    range: Range<usize>,
    what: What,
    masks: &'m mut Masks,
    /// Something of it was looked at.
    read: bool,
}

impl Reader<'_, '_> {
    /// The document cannot be read, or not all of it.
    fn unread(&mut self) {
        self.read = true;
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
        walk::document(tree, root, self.text, self.masks);
        if self.what.comments {
            let scalars = tree.scalars();
            lines::comments(self.text, self.range.clone(), &scalars, self.masks);
        }
        true
    }

    fn broken(&mut self, builder: &mut Builder<'a, '_>, _: &'a str, _: &Range<usize>, _: Broken) -> bool {
        builder.clear();
        self.unread();
        true
    }
}
