//! Lines of a web server's configuration that a script writes before it starts the server: `sed -i 's/listen 80;/listen 8080;/' FILE`,
//! `echo 'server { listen 8080; }' > FILE`.

use super::address::{self, Address};
use super::program::Program;
use super::words::Word;

/// Programs whose configuration says `listen`, or `Listen`.
const SERVERS: &[&str] = &["nginx", "httpd"];

/// True for a program that such lines are for.
pub(super) fn reads(program: &Program) -> bool {
    program.names.iter().any(|name| SERVERS.contains(name))
}

/// What a command writes, each with the word that says it.
pub(super) fn written<'w>(name: &str, arguments: &'w [Word]) -> Vec<(Address, &'w Word)> {
    let of = |word: &'w Word| -> Vec<(Address, &'w Word)> {
        let all = match name {
            "sed" => substituted(&word.text).into_iter().collect(),
            "echo" | "printf" => listens(&word.text),
            _ => Vec::new(),
        };
        all.into_iter().map(|address| (address, word)).collect()
    };
    arguments.iter().flat_map(of).collect()
}

/// Every `listen ADDRESS` of a text.
fn listens(text: &str) -> Vec<Address> {
    let mut words =
        text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}')).filter(|word| !word.is_empty());
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("listen") {
            all.extend(words.next().map(address::addresses).into_iter().flatten().find(|own| own.port.is_some()));
        }
    }
    all
}

/// The port that `s/PATTERN/REPLACEMENT/` puts in place of another, where both are one, or a line that says `listen`.
fn substituted(script: &str) -> Option<Address> {
    let rest = script.strip_prefix('s')?;
    let delimiter = rest.chars().next().filter(char::is_ascii_punctuation)?;
    let mut parts = rest.get(1..)?.split(delimiter);
    let (before, after) = (port(parts.next()?)?, port(parts.next()?)?);
    parts.next()?;
    let said = Address { bind: None, port: Some(after), protocol: None };
    (before != after).then_some(said)
}

/// The only port of one side of a substitution.
fn port(side: &str) -> Option<u16> {
    let side = side.replace("\\s", " ");
    let mut words = side.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let plain = words.all(|word| {
        ["listen", "default_server"].iter().any(|known| word.eq_ignore_ascii_case(known))
            || address::port(word).is_some()
    });
    let mut numbers = side.split(|c: char| !c.is_ascii_digit()).filter_map(address::port);
    let only = numbers.next().filter(|_| plain)?;
    numbers.next().is_none().then_some(only)
}

#[cfg(test)]
mod tests {
    use super::{listens, substituted};
    use rstest::rstest;

    #[rstest]
    #[case("s/80/8080/", Some(8080))]
    #[case("s/listen  *80;/listen 8080;/g", Some(8080))]
    #[case("s|listen\\s*80 default_server|listen 81 default_server|", Some(81))]
    #[case("s/^Listen 80$/Listen 8080/", Some(8080))]
    #[case("s/80/80/", None)]
    #[case("s/worker 80/worker 90/", None)]
    #[case("s/80/8080", None)]
    #[case("s", None)]
    #[case("seven", None)]
    #[case("s/localhost/db/", None)]
    fn a_port_in_place_of_another(#[case] script: &str, #[case] expected: Option<u16>) {
        assert_eq!(substituted(script).and_then(|found| found.port), expected, "{script}");
    }

    #[test]
    fn lines_that_say_listen() {
        let ports = |text: &str| listens(text).into_iter().filter_map(|own| own.port).collect::<Vec<_>>();
        assert_eq!(ports("server { listen 8080; listen 127.0.0.1:81 default_server; }"), [8080, 81]);
        assert!(ports("will listen to 8080").is_empty() && ports("listen").is_empty());
    }
}
