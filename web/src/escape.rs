//! How values come into pages: as text, whatever is in them.

use askama::filters::{Escaper, Html as Markup};
use kubernetes::shown;
use std::fmt::{self, Write};

/// Escapes markup, and puts a symbol in place of what controls or turns text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, dest: W, text: &str) -> fmt::Result {
        Markup.write_escaped_str(dest, &shown::visible(text))
    }
}
