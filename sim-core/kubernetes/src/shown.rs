//! Text from people, to be shown: what would act on a terminal or turn a line around is made visible, what is endless is cut.
//!
//! ```
//! use kubernetes::shown;
//!
//! assert_eq!(shown::visible("a\u{1b}[31m\u{202e}b"), "a␛[31m\u{fffd}b");
//! assert_eq!(shown::visible("one\ntwo"), "one\ntwo");
//! assert_eq!(shown::json("\"\u{202e}\u{7f}\""), "\"\\u202e\\u007f\"");
//! ```

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;

/// Bytes of a name that are kept at most: no name of the API is longer than 253, and a key with its prefix than 317.
pub const NAME: usize = 320;
/// Bytes of any other value that is shown.
pub const VALUE: usize = 1_024;

/// True for a character that changes the direction of the text around it (Unicode TR 9: embeddings, overrides, isolates and marks).
pub fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

/// What stands for a character that is not to be seen; `None` for those that are, and for the end of a line and tabs.
pub fn symbol(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => None,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        c if c.is_control() || turns(c) => Some('\u{fffd}'),
        _ => None,
    }
}

/// True for text of which every byte says that no character is to be replaced: nearly all.
fn is_plain(text: &str) -> bool {
    // Those that turn or control text begin with one of three bytes in UTF-8, as some harmless ones do.
    text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~' | 0x80..) && !matches!(byte, 0xc2 | 0xd8 | 0xe2))
}

fn is_seen(text: &str) -> bool {
    is_plain(text) || text.chars().all(|c| symbol(c).is_none())
}

/// The text with a symbol for each character that is not to be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_seen(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| symbol(c).unwrap_or(c)).collect())
}

/// The text without them: for what a kernel is told, where a symbol would be too long.
pub fn without(text: &str) -> Cow<'_, str> {
    if is_seen(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| symbol(*c).is_none()).collect())
}

/// JSON with such characters written as escapes: they can only stand in strings there.
pub fn json(text: &str) -> Cow<'_, str> {
    if is_seen(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match symbol(c) {
            Some(_) => drop(write!(out, "\\u{:04x}", u32::from(c))),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text, or its beginning and a mark of what it was: two that differ stay different.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let mark: String = Sha256::digest(text.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let end = (0..=most.saturating_sub(16)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    Cow::Owned(format!("{}…{mark}", text.get(..end).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_is_left() {
        let all: String = (0..0x3000).filter_map(char::from_u32).collect();
        let shown = visible(&all);
        assert!(shown.chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control() && !turns(c)));
        assert_eq!(shown.chars().count(), all.chars().count());
        assert!(matches!(visible("한글 שלום"), Cow::Borrowed(_)));
        assert!(all.chars().all(|c| !is_plain(&c.to_string()) || symbol(c).is_none()));
    }

    #[test]
    fn what_is_cut_stays_apart() {
        let (a, b) = (format!("{}a", "é".repeat(500)), format!("{}b", "é".repeat(500)));
        assert!(cut(&a, NAME).len() <= NAME && cut(&a, NAME) != cut(&b, NAME));
        assert_eq!(cut("short", NAME), "short");
    }
}
