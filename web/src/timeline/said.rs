//! Events of addresses and of the command line: what is wrong with one, in words.

use crate::locale::{Lang, ta};
use kubernetes::timeline::{LONGEST_LINE, LineError, MOST_LINES, WORDS};

/// Signs of a wrong line that are shown.
const SHOWN: usize = 80;

/// Why a line is no event: the sentence, and what a line looks like.
pub fn line_error(lang: Lang, error: &LineError) -> Vec<String> {
    let cut = |text: &str| text.chars().take(SHOWN).collect::<String>();
    let said = match error {
        LineError::TooMany => ta(lang, "event-too-many", &[("limit", MOST_LINES.into())]),
        LineError::Unreadable(line) => {
            ta(lang, "event-unreadable", &[("line", cut(line).into()), ("limit", LONGEST_LINE.into())])
        }
        LineError::Time(time) => ta(lang, "event-time", &[("time", cut(time).into())]),
        LineError::Word(word) => {
            let known: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            ta(lang, "event-word", &[("word", cut(word).into()), ("known", known.join(", ").into())])
        }
        LineError::Form(word, form) => ta(lang, "event-form", &[("word", (*word).into()), ("form", (*form).into())]),
    };
    vec![said, crate::locale::t(lang, "event-hint")]
}
