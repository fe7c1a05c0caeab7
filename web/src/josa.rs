//! Korean particles that depend on the sound before them: `은(는)`, `이(가)`, `을(를)`, `(으)로`.

/// The particle pairs as the messages write them, with the form after a final consonant and after a vowel.
const PAIRS: [(&str, &str, &str); 4] =
    [("은(는)", "은", "는"), ("이(가)", "이", "가"), ("을(를)", "을", "를"), ("(으)로", "으로", "로")];

/// How the sound before a particle ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Vowel,
    Rieul,
    Consonant,
}

/// Chooses every particle whose word can be read; after Latin letters both forms stay, as style guides allow.
pub(crate) fn choose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let pair = PAIRS.iter().find(|(written, ..)| rest.starts_with(written));
        match (pair, ending(&out)) {
            (Some((written, consonant, vowel)), Some(ending)) => {
                let after_vowel = ending == Ending::Vowel || (ending == Ending::Rieul && *vowel == "로");
                out.push_str(if after_vowel { vowel } else { consonant });
                rest = &rest[written.len()..];
            }
            (Some((written, ..)), None) => {
                out.push_str(written);
                rest = &rest[written.len()..];
            }
            (None, _) => {
                let mut chars = rest.chars();
                out.extend(chars.next());
                rest = chars.as_str();
            }
        }
    }
    out
}

/// The ending of the last word; quotes and brackets behind it are not read.
fn ending(text: &str) -> Option<Ending> {
    let mut back = text.chars().rev().skip_while(|c| matches!(c, ')' | '’' | '”' | '"' | '\'' | ']' | '.'));
    let last = back.next()?;
    // A letter on its own is read by its name: node-a, node-b.
    let alone = back.next().is_none_or(|before| !before.is_alphanumeric());
    match last.to_ascii_lowercase() {
        'l' | 'r' if alone => Some(Ending::Rieul),
        'm' | 'n' if alone => Some(Ending::Consonant),
        'a'..='z' if alone => Some(Ending::Vowel),
        // Hangul syllables: the final consonant is the code modulo 28, ㄹ is 8.
        '가'..='힣' => Some(match (last as u32 - '가' as u32) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        }),
        // 영, 삼, 육 / 일, 칠, 팔 / 이, 사, 오, 구.
        '0' | '3' | '6' => Some(Ending::Consonant),
        '1' | '7' | '8' => Some(Ending::Rieul),
        '2' | '4' | '5' | '9' => Some(Ending::Vowel),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn particles_follow_the_sound() {
        for (text, wanted) in [
            ("10.244.1.2(으)로", "10.244.1.2로"),
            ("eth0(으)로", "eth0으로"),
            ("10.96.0.11(으)로", "10.96.0.11로"),
            ("노드은(는) 파드을(를)", "노드는 파드를"),
            ("경로(으)로 길(으)로 문(으)로", "경로로 길로 문으로"),
            ("‘80’은(는)", "‘80’은"),
            ("node-a(으)로 node-n은(는)", "node-a로 node-n은"),
            ("web이(가)", "web이(가)"),
            ("", ""),
        ] {
            assert_eq!(choose(text), wanted);
        }
    }
}
