//! What came out of a probe, from the line of codes that a share remembers.

use crate::locale::{self, Lang};

/// A result as [`crate::json::summary`] writes it (`ok delivered default/web-1`), in words; a line with codes that nobody knows any more as it is.
pub fn result(lang: Lang, line: &str) -> String {
    words(lang, line).unwrap_or_else(|| line.to_owned())
}

fn words(lang: Lang, line: &str) -> Option<String> {
    let mut parts = line.splitn(3, ' ');
    let (client, outcome, who) = (parts.next()?, parts.next()?, parts.next()?);
    let (client, errno) = client.split_once(':').unwrap_or((client, ""));
    let client = locale::lookup(lang, &format!("result-short-{client}"), &[("errno", errno.into())])?;
    let outcome = locale::lookup(lang, &format!("outcome-{outcome}"), &[])?;
    let id = if who == "-" { "result-line" } else { "result-line-by" };
    locale::lookup(lang, id, &[("result", client.into()), ("outcome", outcome.into()), ("who", who.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_share_remembers_is_said_in_words() {
        for (line, en, ko) in [
            (
                "ok delivered default/web-1",
                "connected: Delivered, default/web-1 answered",
                "연결됨: 전달됨, default/web-1 응답",
            ),
            ("refused no-listener -", "refused: Nothing listens on the port", "거부됨"),
            ("error:EHOSTUNREACH no-route -", "EHOSTUNREACH: ", "EHOSTUNREACH: "),
            ("ok what-was-once default/a", "ok what-was-once default/a", "ok what-was-once default/a"),
            ("", "", ""),
        ] {
            let (english, korean) = (result(Lang::En, line), result(Lang::Ko, line));
            assert!(english.replace(['\u{2068}', '\u{2069}'], "").starts_with(en), "{line}: {english}");
            assert!(korean.replace(['\u{2068}', '\u{2069}'], "").starts_with(ko), "{line}: {korean}");
        }
    }
}
