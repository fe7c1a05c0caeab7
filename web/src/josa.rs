//! Korean particles that depend on the sound before them: `은(는)`, `이(가)`, `을(를)`, `과(와)`, `(으)로`.

/// The particle pairs as the messages write them, with the form after a final consonant and after a vowel.
const PAIRS: [(&str, &str, &str); 6] = [
    ("은(는)", "은", "는"),
    ("이(가)", "이", "가"),
    ("을(를)", "을", "를"),
    ("과(와)", "과", "와"),
    ("와(과)", "과", "와"),
    ("(으)로", "으로", "로"),
];

/// How the sound before a particle ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Vowel,
    Rieul,
    Consonant,
}

/// Chooses every particle by the sound of the word before it; Latin words as they are usually read in Korean.
pub(crate) fn choose(text: String) -> String {
    // Every pair has a bracket, and few texts have one.
    if !text.contains('(') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while !rest.is_empty() {
        match PAIRS.iter().find(|(written, ..)| rest.starts_with(written)) {
            Some((written, consonant, vowel)) => {
                let ending = ending(&out);
                let after_vowel = ending == Ending::Vowel || (ending == Ending::Rieul && *vowel == "로");
                out.push_str(if after_vowel { vowel } else { consonant });
                rest = &rest[written.len()..];
            }
            None => {
                let mut chars = rest.chars();
                out.extend(chars.next());
                rest = chars.as_str();
            }
        }
    }
    out
}

/// The ending of the last word; quotes and brackets behind it are not read. What cannot be read ends as with a vowel.
fn ending(text: &str) -> Ending {
    let silent = |c: &char| matches!(c, ')' | '’' | '”' | '"' | '\'' | ']' | '}' | '>' | '.' | '…' | ' ');
    let mut back = text.chars().rev().skip_while(silent).peekable();
    match back.peek() {
        // Hangul syllables: the final consonant is the code modulo 28, ㄹ is 8.
        Some(&last @ '가'..='힣') => match (last as u32 - '가' as u32) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        },
        Some('0'..='9') => {
            let digits: String = back.by_ref().take_while(char::is_ascii_digit).collect();
            number(&digits, text.trim_end_matches(|c| silent(&c)).trim_end_matches(|c: char| c.is_ascii_digit()))
        }
        Some(last) if last.is_ascii_alphabetic() => {
            latin(&back.take_while(char::is_ascii_alphabetic).collect::<Vec<_>>())
        }
        _ => Ending::Vowel,
    }
}

/// A number, its digits from the last on, and what stands before it.
fn number(digits: &str, before: &str) -> Ending {
    // eth0 and cni0 are read with the English zero, 제로.
    if digits == "0" && before.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Ending::Vowel;
    }
    match digits.chars().next() {
        // 영, 삼, 육 / 일, 칠, 팔 / 이, 사, 오, 구.
        Some('0' | '3' | '6') => Ending::Consonant,
        Some('1' | '7' | '8') => Ending::Rieul,
        _ => Ending::Vowel,
    }
}

/// A word in Latin letters, from its last letter on.
fn latin(back: &[char]) -> Ending {
    let capitals = back.get(..2).is_some_and(|two| two.iter().all(char::is_ascii_uppercase));
    let back: Vec<char> = back.iter().map(char::to_ascii_lowercase).collect();
    const VOWELS: [char; 6] = ['a', 'e', 'i', 'o', 'u', 'y'];
    let is_vowel = |at: usize| back.get(at).is_some_and(|c| VOWELS.contains(c));
    let spelt =
        capitals || back.len() == 1 || !back.iter().any(|c| VOWELS.contains(c)) || back.starts_with(&['s', 'n', 'd']);
    match back.as_slice() {
        // By the names of the letters: node-a, http, dns, clusterIP.
        ['l' | 'r', ..] if spelt => Ending::Rieul,
        ['m' | 'n', ..] if spelt => Ending::Consonant,
        _ if spelt => Ending::Vowel,
        // table 테이블, web-all 올.
        ['l', ..] | ['e', 'l', ..] => Ending::Rieul,
        // admin 어드민, name 네임, engine 엔진, spring 스프링.
        ['m' | 'n', ..] | ['e', 'm' | 'n', ..] | ['g', 'n', ..] => Ending::Consonant,
        // back 백, web 웹, job 잡, shop 숍, net 넷, public 퍼블릭; but root 루트, host 호스트.
        ['k', 'c', ..] => Ending::Consonant,
        ['t', ..] if is_vowel(1) && is_vowel(2) => Ending::Vowel,
        ['b' | 'p' | 'k' | 't' | 'c', ..] if is_vowel(1) => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn particles_follow_the_sound() {
        for (text, wanted) in [
            ("10.244.1.2(으)로", "10.244.1.2로"),
            ("eth0(으)로", "eth0로"),
            ("10.244.0.0(으)로 30(으)로", "10.244.0.0으로 30으로"),
            ("10.96.0.11(으)로", "10.96.0.11로"),
            ("노드은(는) 파드을(를)", "노드는 파드를"),
            ("경로(으)로 길(으)로 문(으)로", "경로로 길로 문으로"),
            ("‘80’은(는)", "‘80’은"),
            ("node-a(으)로 node-n은(는)", "node-a로 node-n은"),
            ("web이(가) web(으)로", "web이 web으로"),
            ("coredns은(는) nobody이(가)", "coredns는 nobody가"),
            ("kubelet이(가) client은(는) shop을(를)", "kubelet이 client는 shop을"),
            ("default/web-abc12은(는) frontend이(가)", "default/web-abc12는 frontend가"),
            ("root(으)로 host(으)로 table(으)로 admin(으)로", "root로 host로 table로 admin으로"),
            ("10.96.0.10:53 (서비스 kube-system/kube-dns)(으)로", "10.96.0.10:53 (서비스 kube-system/kube-dns)로"),
            ("{app: web}은(는) *을(를)", "{app: web}은 *를"),
            ("spec.clusterIP을(를)", "spec.clusterIP를"),
            ("web와(과) client과(와)", "web과 client와"),
            ("", ""),
        ] {
            assert_eq!(choose(text.to_owned()), wanted);
        }
    }
}
