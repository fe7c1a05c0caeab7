//! Events as lines, `10s delete pod/shop/web-1`: how addresses and the command line say what happens besides what the input says.
//!
//! They become a Scenario of their own, so that whatever reads, checks and plays the events of files does the same with them.

use crate::cluster::time_of;
use crate::origin::SourceText;
use std::fmt::Write;

/// What the text of the lines is called.
pub const EVENTS: &str = "events";

/// Lines at most.
pub const MOST_LINES: usize = 20;

/// Bytes of a line at most.
pub const LONGEST_LINE: usize = 400;

/// The words of a timeline that a line can have, and what stands behind each.
pub const WORDS: [(&str, &str); 12] = [
    ("delete", "pod/NAMESPACE/NAME"),
    ("ready", "pod/NAMESPACE/NAME"),
    ("notReady", "pod/NAMESPACE/NAME"),
    ("scale", "deploy/NAMESPACE/NAME REPLICAS"),
    ("rollout", "deploy/NAMESPACE/NAME"),
    ("drain", "NODE"),
    ("down", "NODE"),
    ("up", "NODE"),
    ("stop", "kube-proxy/NODE"),
    ("start", "kube-proxy/NODE"),
    ("lag", "kube-proxy/NODE TIME"),
    ("probe", "FROM TO"),
];

/// Why a line is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// There are more than [`MOST_LINES`].
    TooMany,
    /// It is longer than [`LONGEST_LINE`], or has signs that no name has.
    Unreadable(String),
    /// It does not begin with a time.
    Time(String),
    /// Its word is none of [`WORDS`].
    Word(String),
    /// Something else has to stand behind its word: which, and what.
    Form(&'static str, &'static str),
}

/// The Scenario that lines are; `None` without lines. What they are about is looked for when the text is read, as with any other.
///
/// # Errors
/// The first line that is none.
///
/// ```
/// use kubernetes::timeline::{LineError, scenario_of};
///
/// let text = scenario_of(&["10s delete pod/shop/web-1", "16s scale deploy/shop/web 5"]).unwrap().unwrap();
/// assert!(text.text.contains("\n- {at: 10s, delete: pod/shop/web-1}\n- {at: 16s, scale: {workload: deploy/shop/web, replicas: 5}}\n"));
/// assert_eq!(scenario_of(&["soon delete pod/shop/web-1"]), Err(LineError::Time("soon".into())));
/// assert_eq!(scenario_of::<&str>(&[]), Ok(None));
/// ```
pub fn scenario_of<T: AsRef<str>>(lines: &[T]) -> Result<Option<SourceText>, LineError> {
    if lines.is_empty() {
        return Ok(None);
    }
    if lines.len() > MOST_LINES {
        return Err(LineError::TooMany);
    }
    let mut text = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: events}\ntimeline:\n".to_owned();
    for line in lines {
        text.push_str("- {at: ");
        text.push_str(&event(line.as_ref())?);
        text.push_str("}\n");
    }
    Ok(Some(SourceText::given(EVENTS, text)))
}

/// The line of the text in which the event of that number is, from 0.
pub fn scenario_line(number: usize) -> u32 {
    5 + number as u32
}

/// A line with its words a blank apart.
pub fn plain_line(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn event(line: &str) -> Result<String, LineError> {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\') || c.is_whitespace();
    if line.len() > LONGEST_LINE || !line.chars().all(is_plain) {
        return Err(LineError::Unreadable(line.to_owned()));
    }
    let mut words = line.split_whitespace();
    let (time, word) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if time_of(time).is_none() {
        return Err(LineError::Time(time.to_owned()));
    }
    let known = WORDS.iter().find(|(known, _)| *known == word);
    let (word, form) = *known.ok_or_else(|| LineError::Word(word.to_owned()))?;
    let rest: Vec<&str> = words.collect();
    let value = match (word, rest.as_slice()) {
        ("scale", [workload, replicas]) if replicas.parse::<u32>().is_ok() => {
            format!("{{workload: {}, replicas: {replicas}}}", scalar(workload))
        }
        ("lag", [component, by]) if time_of(by).is_some() => {
            format!("{{component: {}, by: {by}}}", scalar(component))
        }
        ("probe", [from, to]) => format!("{{from: {}, to: {}}}", scalar(from), scalar(to)),
        ("scale" | "lag" | "probe", _) => return Err(LineError::Form(word, form)),
        (_, [place]) => scalar(place),
        _ => return Err(LineError::Form(word, form)),
    };
    let mut event = time.to_owned();
    // Writing to memory does not fail.
    let _ = write!(event, ", {word}: {value}");
    Ok(event)
}

/// A word as YAML has it: as it is where nothing of it could mean something else. Quotes and backslashes were refused.
fn scalar(word: &str) -> String {
    let begins = word.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.');
    if begins && word.contains(['/', '-']) && word.chars().all(plain) { word.to_owned() } else { format!("\"{word}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::model::{Happens, Sync};
    use crate::cluster::{Options, decide};
    use crate::manifest::{Limits, parse};

    const INPUT: &str = "{apiVersion: v1, kind: Node, metadata: {name: \"1\"}, spec: {podCIDR: 10.244.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop}, spec: {containers: [{name: c, image: i}]}}
";

    fn decided(lines: &[&str]) -> (Vec<(u64, Happens)>, Vec<&'static str>) {
        let text = scenario_of(lines).unwrap().unwrap();
        let parsed = parse(&[SourceText::given("in.yaml", INPUT), text], &Limits::default());
        let decided = decide(&parsed, &Options::default());
        let codes = parsed.diagnostics.iter().chain(&decided.diagnostics).map(|found| found.code);
        let codes = codes.filter(|code| code.starts_with("scenario")).collect();
        (decided.cluster.timeline.iter().map(|event| (event.at, event.what.clone())).collect(), codes)
    }

    #[test]
    fn every_word_is_read_as_that_of_a_file_is() {
        let lines = [
            "1s delete pod/shop/a",
            "2s ready pod/shop/a",
            "3s notReady pod/shop/a",
            "4s scale deploy/shop/web 5",
            "5s rollout deploy/shop/web",
            "6s drain 1",
            "7s stop kube-proxy/1",
            "8s start kube-proxy",
            "1m9s lag kube-proxy/1 20s",
            "10 probe pod/shop/a http://web.shop/a?b=c,d",
        ];
        let (events, codes) = decided(&lines);
        assert_eq!(codes, [""; 0]);
        let words: Vec<&str> = events.iter().map(|(_, what)| what.word()).collect();
        let expected = ["delete", "ready", "notReady", "scale", "rollout", "drain", "stop", "start", "probe", "lag"];
        assert_eq!(words, expected);
        assert_eq!(
            events.last().map(|(at, what)| (*at, matches!(what, Happens::Sync(Some(_), Sync::Lag(20_000))))),
            Some((69_000, true))
        );
        let Some((10_000, Happens::Probe(probe))) = events.get(8) else { panic!("{events:?}") };
        assert_eq!(&*probe.to, "http://web.shop/a?b=c,d");
    }

    #[test]
    fn what_is_about_nobody_is_told_as_in_a_file() {
        let (events, codes) = decided(&["1s delete pod/shop/nobody", "2s drain nowhere"]);
        assert_eq!((events.len(), codes), (0, vec!["scenario-place", "scenario-node"]));
        let text = scenario_of(&["1s drain a", "2s drain b"]).unwrap().unwrap().text;
        let line = |number| text.lines().nth(scenario_line(number) as usize - 1).unwrap_or_default();
        assert_eq!((line(0), line(1)), ("- {at: 1s, drain: \"a\"}", "- {at: 2s, drain: \"b\"}"));
    }

    #[test]
    fn a_line_that_is_none_is_refused_with_what_is_wrong() {
        let wrong = |line: &str| scenario_of(&[line]).unwrap_err();
        for (line, error) in [
            ("", LineError::Time(String::new())),
            ("soon delete pod/a/b", LineError::Time("soon".into())),
            ("1s remove pod/a/b", LineError::Word("remove".into())),
            ("1s patch svc/a/b", LineError::Word("patch".into())),
            ("1s delete", LineError::Form("delete", "pod/NAMESPACE/NAME")),
            ("1s delete pod/a/b pod/a/c", LineError::Form("delete", "pod/NAMESPACE/NAME")),
            ("1s scale deploy/a/b many", LineError::Form("scale", "deploy/NAMESPACE/NAME REPLICAS")),
            ("1s scale deploy/a/b -1", LineError::Form("scale", "deploy/NAMESPACE/NAME REPLICAS")),
            ("1s lag kube-proxy soon", LineError::Form("lag", "kube-proxy/NODE TIME")),
        ] {
            assert_eq!(wrong(line), error, "{line}");
        }
        for line in ["1s delete pod/a/\"b", "1s delete pod/a/\\", "1s delete pod/a/\u{0}", "1s delete pod/a/가"] {
            assert_eq!(wrong(line), LineError::Unreadable(line.to_owned()));
        }
        assert!(matches!(wrong(&format!("1s delete {}", "a".repeat(LONGEST_LINE))), LineError::Unreadable(_)));
        assert_eq!(scenario_of(&["1s drain a"; MOST_LINES + 1]), Err(LineError::TooMany));
    }

    #[test]
    fn nothing_in_a_line_leaves_its_place() {
        for place in ["a}", "a,b:c", "{a}", "[a]", "#a", "&a", "*a", "!a", "'a'", "a: b", "true", "~", "1"] {
            let text = scenario_of(&[format!("1s drain {place}")]);
            let Ok(Some(text)) = text else { continue };
            let parsed = parse(std::slice::from_ref(&text), &Limits::default());
            assert!(parsed.diagnostics.is_empty(), "{place}: {} {:?}", text.text, parsed.diagnostics);
            assert_eq!(parsed.objects.len(), 1, "{place}");
        }
    }
}
