//! The Korean messages hold to `locales/GLOSSARY.md`: its words, and particles that fit.

use super::{Lang, files};
use crate::josa;
use include_dir::{Dir, include_dir};

const GLOSSARY: &str = include_str!("../../locales/GLOSSARY.md");

/// The forms that stand for a choice, and the same the other way round.
const FORMS: [&str; 16] = [
    "은(는)", "는(은)", "이(가)", "가(이)", "을(를)", "를(을)", "과(와)", "와(과)", "(으)로", "(으)", "(이)", "(은)",
    "(는)", "(가)", "(를)", "(와)",
];

/// Particles that change with the sound before them.
const PARTICLES: [&str; 15] =
    ["은", "는", "이", "가", "을", "를", "과", "와", "으로", "로", "과의", "와의", "라는", "라고", "이라는"];

/// Lessons have their own files of messages.
static LESSONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// The files of messages, with their names.
fn texts() -> impl Iterator<Item = (String, &'static str)> {
    let own = files(Lang::Ko).iter().map(|(name, text)| ((*name).to_owned(), *text));
    own.chain(LESSONS.dirs().filter_map(|lesson| {
        let path = lesson.path().join("ko.ftl");
        Some((path.display().to_string(), lesson.get_file(&path)?.contents_utf8()?))
    }))
}

/// Every line of the messages without its key, and where it is.
fn lines() -> impl Iterator<Item = (String, &'static str)> {
    texts().flat_map(|(name, text)| {
        let numbered = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let lines: Vec<(String, &str)> = numbered
            .map(|(at, line)| {
                let words = match line.split_once(" = ") {
                    Some((key, words)) if !key.trim_start().contains(' ') => words,
                    _ => line,
                };
                (format!("{name}:{}", at + 1), words)
            })
            .collect();
        lines
    })
}

/// The Hangul at the beginning of a text.
fn hangul(text: &str) -> &str {
    let end = text.find(|c: char| !('가'..='힣').contains(&c)).unwrap_or(text.len());
    &text[..end]
}

/// The particle that a place of a message has: what stands before it, up to there, and the particle.
fn attached(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.char_indices().filter_map(|(at, c)| {
        let end = at + c.len_utf8();
        let run = hangul(&line[end..]);
        // One that is chosen is written with its other form.
        let open = line[end + run.len()..].starts_with('(') && FORMS.iter().any(|form| line[end..].starts_with(form));
        let is_particle = !('가'..='힣').contains(&c) && PARTICLES.contains(&run) && !open;
        is_particle.then(|| (&line[..end], run))
    })
}

/// Whatever a message makes of its values, no pair of particles is left; each variant is a line.
#[test]
fn no_message_leaves_a_choice_of_particles() {
    let mut pairs = 0;
    for (at, line) in lines() {
        let said = josa::choose(line.to_owned());
        pairs += usize::from(said != line);
        for form in FORMS {
            assert!(!said.contains(form), "{at}: {form} in: {said}");
        }
    }
    assert!(pairs > 400, "{pairs} lines with a choice");
}

/// A particle behind a value is one that is chosen. What is in round brackets is not read, so what follows them may be plain.
#[test]
fn particles_behind_values_are_chosen() {
    let mut wrong = Vec::new();
    for (at, line) in lines() {
        for (before, particle) in attached(line) {
            let value = before.trim_end_matches(['’', '”', '"', '`', ']']);
            if value.ends_with('}') {
                wrong.push(format!("{at}: {particle} behind a value: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The particles that messages write behind Latin words, numbers and signs are those that would be chosen there.
#[test]
fn particles_behind_foreign_words_are_those_that_are_chosen() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (at, line) in lines() {
        for (before, particle) in attached(line) {
            let pair = match particle {
                "은" | "는" => "은(는)",
                "이" | "가" => "이(가)",
                "을" | "를" => "을(를)",
                "과" | "와" => "과(와)",
                "으로" | "로" => "(으)로",
                _ => continue,
            };
            // Behind a value in brackets the word before them may be a value, too.
            if before.trim_end().is_empty() || before.ends_with(' ') || before.contains('{') && before.ends_with(')') {
                continue;
            }
            // Signs between quotes are called by names that are not in the text.
            let quoted = before.trim_end_matches(['’', '”', '"', '`']);
            if quoted.ends_with(|c: char| !c.is_alphanumeric() && c != ')') {
                continue;
            }
            seen += 1;
            let chosen = josa::choose(format!("{before}{pair}"));
            if chosen != josa::choose(before.to_owned()) + particle {
                wrong.push(format!("{at}: {particle} in {chosen}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 300, "{seen} particles");
}

/// The rows of the table of terms: Korean, and what is not said.
fn terms() -> Vec<(&'static str, Vec<&'static str>)> {
    let (_, table) = GLOSSARY.split_once("| English | Korean | Not | Why |").expect("the table of terms");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let quoted = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect();
    cells.map(|cells| (cells[2], quoted(cells[3]))).collect()
}

#[test]
fn messages_use_the_words_of_the_glossary() {
    let terms = terms();
    assert!(terms.len() > 30 && terms.iter().all(|(_, not)| !not.is_empty()), "{terms:?}");
    let mut wrong = Vec::new();
    for (chosen, not) in terms {
        for word in chosen.split(", ") {
            assert!(lines().any(|(_, line)| line.contains(word)), "no message has {word} any more");
        }
        for word in not {
            let told = lines().filter(|(_, line)| line.contains(word));
            wrong.extend(told.map(|(at, line)| format!("{at}: {word} where the glossary has {chosen}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
