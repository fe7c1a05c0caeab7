//! Korean particles that depend on the sound before them: `은(는)`, `이(가)`, `을(를)`, `과(와)`, `(으)로`, and the `이` of `(이)라는`.
//!
//! How a word is read is said here and in `locales/GLOSSARY.md`, so that one word has one particle on every page:
//! - Numbers by their last digit in Sino-Korean (10.96.0.1 … 일), a lone zero behind letters in English (eth0 … 제로).
//! - Abbreviations by the names of their letters (DNS 디엔에스, NAT 엔에이티): in capitals up to four of them, in small letters where
//!   there is no vowel, and single letters (node-a).
//! - Other Latin words as they are written in Hangul (web 웹, client 클라이언트), the last word of a compound alone (targetPort 포트).
//! - What stands in round brackets behind a word is not read: the particle goes by the word.

/// The particle pairs as the messages write them, with the form after a final consonant and after a vowel.
const PAIRS: [(&str, &str, &str); 7] = [
    ("은(는)", "은", "는"),
    ("이(가)", "이", "가"),
    ("을(를)", "을", "를"),
    ("과(와)", "과", "와"),
    ("와(과)", "과", "와"),
    ("(으)로", "으로", "로"),
    ("(이)", "이", ""),
];

/// Words whose end the rules of [`spoken`] or of abbreviations would get wrong.
const WORDS: [(&str, Ending); 19] = [
    // 아이피, 브이아이피, 비트, 허브, 서브, 피캡 엔지.
    ("ip", Ending::Vowel),
    ("vip", Ending::Vowel),
    ("bit", Ending::Vowel),
    ("hub", Ending::Vowel),
    ("github", Ending::Vowel),
    ("sub", Ending::Vowel),
    ("pcapng", Ending::Vowel),
    // 타입, 프라이빗; most words in -pe and -te end in 프 and 트.
    ("type", Ending::Consonant),
    ("private", Ending::Consonant),
    // Short words in capitals that nobody spells: 겟, 풋, 드롭, 스톱, 핑, 맥, 랜, 논, 네임, 유저.
    ("get", Ending::Consonant),
    ("put", Ending::Consonant),
    ("drop", Ending::Consonant),
    ("stop", Ending::Consonant),
    ("ping", Ending::Consonant),
    ("mac", Ending::Consonant),
    ("lan", Ending::Consonant),
    ("none", Ending::Consonant),
    ("name", Ending::Consonant),
    ("user", Ending::Vowel),
];

/// How the sound before a particle ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Quotes, closing brackets and full stops, which are not read.
fn silent(c: char) -> bool {
    matches!(c, '’' | '”' | '"' | '\'' | '`' | ']' | '}' | '>' | '」' | '』' | '.' | ',' | ';' | '…' | ' ')
}

/// The text up to the last thing in it that is read aloud.
fn read(text: &str) -> &str {
    let text = text.trim_end_matches(silent);
    let Some(inside) = text.strip_suffix(')') else { return text };
    let mut open = 1_u32;
    for (at, c) in inside.char_indices().rev() {
        match c {
            ')' => open += 1,
            '(' => open -= 1,
            _ => {}
        }
        if open == 0 {
            // Brackets with nothing before them are all there is to read.
            let before = read(&text[..at]);
            return if before.is_empty() { read(inside) } else { before };
        }
    }
    read(inside)
}

/// The ending of the last word. What cannot be read ends as with a vowel.
fn ending(text: &str) -> Ending {
    let text = read(text);
    match text.chars().next_back() {
        // Hangul syllables: the final consonant is the code modulo 28, ㄹ is 8.
        Some(last @ '가'..='힣') => match (last as u32 - '가' as u32) % 28 {
            0 => Ending::Vowel,
            8 => Ending::Rieul,
            _ => Ending::Consonant,
        },
        Some('0'..='9') => {
            let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
            number(before, &text[before.len()..])
        }
        Some(last) if last.is_ascii_alphabetic() => {
            let before = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            latin(last_word(&text[before.len()..]))
        }
        // 콜론, 샵; / 슬래시, * 별표, - 대시, % 퍼센트.
        Some(':' | '#') => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

/// Digits and what stands before them.
fn number(before: &str, digits: &str) -> Ending {
    let behind_letter = before.ends_with(|c: char| c.is_ascii_alphabetic());
    match digits.as_bytes().last() {
        // eth0 and cni0 are read with the English zero, 제로; IPv6 with the English six, 식스.
        Some(b'0') if behind_letter && digits.len() == 1 => Ending::Vowel,
        Some(b'6') if behind_letter && before.ends_with("IPv") => Ending::Vowel,
        // 영 (십, 백, 천, 만), 삼, 육 / 일, 칠, 팔 / 이, 사, 오, 구.
        Some(b'0' | b'3' | b'6') => Ending::Consonant,
        Some(b'1' | b'7' | b'8') => Ending::Rieul,
        _ => Ending::Vowel,
    }
}

/// The last word of a compound: `Port` of targetPort, `IP` of clusterIP.
fn last_word(compound: &str) -> &str {
    let capitals = compound.trim_end_matches(|c: char| c.is_ascii_uppercase());
    if capitals.len() < compound.len() {
        return &compound[capitals.len()..];
    }
    let small = compound.trim_end_matches(|c: char| c.is_ascii_lowercase());
    &compound[small.len().saturating_sub(1)..]
}

/// A word in Latin letters.
fn latin(word: &str) -> Ending {
    let abbreviation = word.len() <= 4 && word.chars().all(|c| c.is_ascii_uppercase());
    let small = word.to_ascii_lowercase();
    if let Some((_, ending)) = WORDS.iter().find(|(known, _)| *known == small) {
        return *ending;
    }
    // 엔에이티, also behind more and in small letters: iptables has a table of that name.
    if small.ends_with("nat") {
        return Ending::Vowel;
    }
    let back: Vec<char> = small.chars().rev().collect();
    if abbreviation || back.len() == 1 || !back.iter().any(|c| vowel(*c)) {
        return match back.first() {
            // 엘, 알 / 엠, 엔 / 에이, 비, 씨, 에스 …
            Some('l' | 'r') => Ending::Rieul,
            Some('m' | 'n') => Ending::Consonant,
            _ => Ending::Vowel,
        };
    }
    spoken(&back)
}

fn vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// A word that is not spelt, from its last letter on.
fn spoken(back: &[char]) -> Ending {
    let is_vowel = |at: usize| back.get(at).is_some_and(|c| vowel(*c));
    match back {
        // label 레이블, file 파일, table 테이블.
        ['l', ..] | ['e', 'l', ..] => Ending::Rieul,
        // admin 어드민, name 네임, engine 엔진, routing 라우팅.
        ['m' | 'n', ..] | ['e', 'm' | 'n', ..] | ['g', 'n', ..] => Ending::Consonant,
        // conntrack 트랙, app 앱.
        ['k', 'c', ..] | ['p', 'p', ..] | ['b', 'b', ..] | ['t', 't', ..] => Ending::Consonant,
        // loop 루프, peak 피크, root 루트, wait 웨이트; but group 그룹, hook 훅, timeout 아웃.
        ['p', 'o', 'o', ..] | ['k', 'a' | 'e', 'e', ..] => Ending::Vowel,
        ['t', 'u', 'o', ..] => Ending::Consonant,
        ['t', ..] if is_vowel(1) && is_vowel(2) => Ending::Vowel,
        // web 웹, job 잡, shop 숍, net 넷, public 퍼블릭; but client 클라이언트, host 호스트, network 네트워크.
        ['b' | 'p' | 'k' | 't' | 'c', ..] if is_vowel(1) => Ending::Consonant,
        _ => Ending::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::choose;

    /// Words as pages have them, each with the particles that it takes.
    #[test]
    fn particles_follow_the_sound() {
        let pairs = [
            // After a vowel: 는 가 를 와 로.
            ("는가를와로", "a b c d e f g h i j k o p q s t u v w x y z node-a web-t client-s"),
            (
                "는가를와로",
                "eth0 cni0 docker0 veth2 10.96.0.2 10.244.1.4 10.0.0.0/12 fd00::5 web-2 80/TCP 8449 IPv6 IPv4",
            ),
            (
                "는가를와로",
                "DNS TCP UDP ICMP HTTP HTTPS TLS MTU IP NAT DNAT SNAT EXTERNALSNAT ACK RST API CNI BGP PROXY MASQ USER EHOSTUNREACH",
            ),
            (
                "는가를와로",
                "dns http coredns kube-dns tcp udp icmp nat dnat clusterIP podIP MetalLB RabbitMQ podCIDRs externalIPs eBPF GiB",
            ),
            (
                "는가를와로",
                "client host localhost root port targetPort nodePort endpoint Deployment default loop group-host network",
            ),
            (
                "는가를와로",
                "docker server kube-proxy iptables Service Ingress Gateway cache probe pipe route frontend nginx cloud pod",
            ),
            (
                "는가를와로",
                "노드 파드 서비스 ‘서버’ “서버” `서버` 서버. * 50% /tmp/ KUBE-SERVICES KUBE-SVC-ABCDEF7O DOCKER-USER github",
            ),
            // After ㄹ: 은 이 을 과 로.
            ("은이을과로", "l r node-r 10.96.0.1 10.244.0.7 8 18 80/8 web-1 flannel.1 HTTP/1.1 UTF-8 1.28"),
            (
                "은이을과로",
                "TTL URL CIDR podCIDR YAML SQL MySQL ssl kubectl label kernel table file web.shop.svc.cluster.local LOCAL SERVFAIL",
            ),
            ("은이을과로", "길 파일 “레이블” 터널]"),
            // After another consonant: 은 이 을 과 으로.
            ("은이을과으로", "m n node-n 10.244.1.3 10.0.0.6 8080 443/3 100 0 30 node-0 0x4000 1000 vm npm"),
            (
                "은이을과으로",
                "VXLAN LAN SYN FIN SYN-ACK+SYN JSON NXDOMAIN GET PUT DROP INPUT OUTPUT PREROUTING POSTROUTING RETURN MAC CNAME",
            ),
            (
                "은이을과으로",
                "web job shop app back stack conntrack admin name hostName zone engine ping spring routing net kubelet",
            ),
            (
                "은이을과으로",
                "ReplicaSet DaemonSet ipset webhook group step hop cleanup timeout type spec exec public static limit packet target",
            ),
            ("은이을과으로", "문 값 ‘값’ ”값” `값` {app: web} https://web"),
        ];
        for (expected, words) in pairs {
            for word in words.split(' ') {
                let chosen = choose(format!("{word}은(는) {word}이(가) {word}을(를) {word}과(와) {word}(으)로"));
                let particles: String = chosen.split(' ').filter_map(|one| one.strip_prefix(word)).collect();
                assert_eq!(particles, expected, "{word}");
            }
        }
    }

    /// Texts as messages make them.
    #[test]
    fn what_is_not_read_is_passed_over() {
        for (text, wanted) in [
            ("10.244.0.0(으)로 30(으)로", "10.244.0.0으로 30으로"),
            ("‘80’은(는) `web`(으)로", "‘80’은 `web`으로"),
            ("default/web-abc12은(는) default/web-1이(가)", "default/web-abc12는 default/web-1이"),
            ("web와(과) client와(과)", "web과 client와"),
            // The word before the brackets counts, not what is in them.
            ("10.96.0.10:53(Service kube-system/kube-dns)(으)로", "10.96.0.10:53(Service kube-system/kube-dns)으로"),
            ("web-0 (10.244.0.2)이(가)", "web-0 (10.244.0.2)이"),
            ("노드(a (b))은(는) 값(a)을(를)", "노드(a (b))는 값(a)을"),
            ("(web)은(는) web)은(는)", "(web)은 web)은"),
            ("web(이)라는 서버(이)라고 10(이)며", "web이라는 서버라고 10이며"),
            ("파드(pod)의 이름(name)", "파드(pod)의 이름(name)"),
            ("은(는)", "는"),
            ("", ""),
        ] {
            assert_eq!(choose(text.to_owned()), wanted);
        }
    }
}
