//! How values come into pages: as text, whatever is in them.

use askama::filters::{Escaper, Html as Markup};
use kubernetes::shown;
use std::borrow::Cow;
use std::fmt::{self, Write};

/// Escapes markup, and puts a symbol in place of what controls or turns text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        // Most values are plain.
        let is_plain =
            |byte: u8| matches!(byte, b'\n' | b' '..=b'~') && !matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'');
        if text.bytes().all(is_plain) {
            return dest.write_str(text);
        }
        // Forms send lines that end in both; a page's lines end in one.
        let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
        Markup.write_escaped_str(dest, &shown::visible(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_forms_are_lines_and_what_acts_is_shown() {
        let shown = |text: &str| {
            let mut out = String::new();
            Html.write_escaped_str(&mut out, text).unwrap();
            out
        };
        assert_eq!(shown("a: 1\r\nb: <2>\r\n"), "a: 1\nb: &#60;2&#62;\n");
        assert_eq!(shown("a\rb"), "a\u{240d}b");
    }
}
