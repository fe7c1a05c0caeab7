//! From the bytes of a file to its text: UTF-8, and UTF-16 as PowerShell's `>` writes it.

use super::{Role, SourceId, SourceText, Span};
use std::sync::Arc;

/// Stands in a text for each byte (or UTF-16 code unit) that was no character. It is a noncharacter: YAML and JSON
/// forbid it, so that no text that is right holds one, and it survives wherever texts are kept.
const BROKEN: char = '\u{fffe}';

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { big: bool },
    Utf32 { big: bool },
}

impl SourceText {
    /// The text of a file's `bytes`: in UTF-8, UTF-16 or UTF-32, told apart by byte order mark or by the null bytes of
    /// the first character (YAML 1.2, section 5.2). What is in no such encoding keeps its lines, and
    /// [`parse`](crate::manifest::parse) says in which of them the first wrong byte stands, and reads all other texts.
    pub fn decode(name: impl Into<Arc<str>>, bytes: &[u8], role: Role) -> Self {
        // Large ones are kept once while they are copied.
        let text = match (encoding(bytes), std::str::from_utf8(bytes)) {
            (Encoding::Utf8, Ok(text)) => Arc::from(text),
            _ => Arc::from(text(bytes)),
        };
        Self { name: name.into(), text, role }
    }
}

/// Where a text holds what was no character in its file.
pub(crate) fn broken(text: &str, source: SourceId) -> Option<Span> {
    let at = text.find(BROKEN)? as u32;
    Some(Span { source, start: at, end: at + BROKEN.len_utf8() as u32 })
}

/// A line for people: what was no character is shown as such.
pub(crate) fn shown(line: &str) -> String {
    // Both take three bytes, so that marks keep their places.
    line.replace(BROKEN, "\u{fffd}")
}

fn encoding(bytes: &[u8]) -> Encoding {
    match bytes {
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, (1..), ..] => Encoding::Utf32 { big: true },
        [0xff, 0xfe, 0, 0, ..] | [(1..), 0, 0, 0, ..] => Encoding::Utf32 { big: false },
        [0xfe, 0xff, ..] | [0, (1..), ..] => Encoding::Utf16 { big: true },
        [0xff, 0xfe, ..] | [(1..), 0, ..] => Encoding::Utf16 { big: false },
        _ => Encoding::Utf8,
    }
}

fn text(bytes: &[u8]) -> String {
    let decoded = match encoding(bytes) {
        Encoding::Utf8 => return utf8(bytes),
        Encoding::Utf16 { big } => utf16(bytes, big),
        Encoding::Utf32 { big } => utf32(bytes, big),
    };
    // The mark has done its work.
    decoded.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(decoded)
}

fn utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| BROKEN));
    }
    text
}

fn utf16(bytes: &[u8], big: bool) -> String {
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| if big { [pair[0], pair[1]] } else { [pair[1], pair[0]] }).map(u16::from_be_bytes);
    let characters = char::decode_utf16(units).map(|character| character.unwrap_or(BROKEN));
    characters.chain(odd.then_some(BROKEN)).collect()
}

fn utf32(bytes: &[u8], big: bool) -> String {
    let words = bytes.chunks_exact(4);
    let odd = !words.remainder().is_empty();
    let number = |word: &[u8]| {
        let fold = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
        if big { word.iter().fold(0, fold) } else { word.iter().rev().fold(0, fold) }
    };
    words.map(|word| char::from_u32(number(word)).unwrap_or(BROKEN)).chain(odd.then_some(BROKEN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn utf16_of(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    fn utf32_of(text: &str, big: bool) -> Vec<u8> {
        text.chars().flat_map(|c| if big { u32::from(c).to_be_bytes() } else { u32::from(c).to_le_bytes() }).collect()
    }

    #[rstest]
    #[case(false, "")]
    #[case(true, "")]
    #[case(false, "\u{feff}")]
    #[case(true, "\u{feff}")]
    fn wide_encodings(#[case] big: bool, #[case] mark: &str) {
        for expected in ["kind: Pod # 파드\r\n", "a", "a: \u{1f600}\n"] {
            let marked = format!("{mark}{expected}");
            assert_eq!(text(&utf16_of(&marked, big)), expected);
            assert_eq!(text(&utf32_of(&marked, big)), expected);
        }
    }

    #[rstest]
    #[case(b"a: \xb0\xa1\n", "a: \u{fffe}\u{fffe}\n")]
    #[case(b"a: \xff", "a: \u{fffe}")]
    #[case(b"\xff\xfea\x00\x00\xd8b\x00", "a\u{fffe}b")]
    #[case(b"\xff\xfea\x00b", "a\u{fffe}")]
    #[case(b"\xef\xbb\xbfa", "\u{feff}a")]
    #[case(b"", "")]
    #[case(b"\x00", "\0")]
    fn what_is_no_character(#[case] bytes: &[u8], #[case] expected: &str) {
        assert_eq!(text(bytes), expected);
    }
}
