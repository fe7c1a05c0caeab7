//! Widths of text without a browser: a generous table per character, so that nothing is clipped or overlaps.

/// A typeface at a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Sans serif, 12 px.
    Sans,
    /// Sans serif, bold, 13 px.
    Bold,
    /// Monospace, 12 px.
    Mono,
}

impl Face {
    /// Class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Sans => "t",
            Self::Bold => "tb",
            Self::Mono => "m",
        }
    }

    /// Width of one character in tenths of a pixel.
    fn advance(self, c: char) -> i32 {
        if is_wide(c) {
            return if self == Self::Bold { 130 } else { 122 };
        }
        let (size, bold) = match self {
            Self::Mono => return 73,
            Self::Sans => (12, 0),
            Self::Bold => (13, 4),
        };
        let per_mille = match c {
            'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 320,
            't' | 'f' | 'I' | '(' | ')' | '[' | ']' | ' ' | '/' | '·' | 'r' => 400,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 950,
            'A'..='Z' => 720,
            _ => 620,
        };
        size * per_mille / 100 + bold
    }
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2190..=0x21ff | 0x2460..=0x24ff | 0x25a0..=0x27bf | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

/// Width in pixels, rounded up.
pub(crate) fn width(text: &str, face: Face) -> i32 {
    let tenths: i32 = text.chars().map(|c| face.advance(c)).sum();
    (tenths + 9) / 10
}

/// The text, or as much of its beginning and end as fit into `max` pixels with `…` between.
pub(crate) fn fit(text: &str, face: Face, max: i32) -> String {
    if width(text, face) <= max {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut room = max * 10 - face.advance('…');
    let (mut head, mut tail) = (0, 0);
    loop {
        let next = if head <= tail { chars.get(head) } else { chars.get(chars.len() - 1 - tail) };
        let Some(&next) = next else { break };
        room -= face.advance(next);
        if room < 0 || head + tail >= chars.len() {
            break;
        }
        if head <= tail { head += 1 } else { tail += 1 }
    }
    let start: String = chars.iter().take(head).collect();
    let end: String = chars.iter().skip(chars.len() - tail).collect();
    if room < 0 && head == 0 { String::from("…") } else { format!("{start}…{end}") }
}
