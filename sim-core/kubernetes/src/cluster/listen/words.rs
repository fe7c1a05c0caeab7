//! The words of a container's command line, as the container gets them, and the commands of a shell script in it.

use std::collections::BTreeMap;

/// Longest script that is looked at, in bytes.
const SCRIPT: usize = 16 << 10;
/// Commands of a container that are looked at.
const COMMANDS: usize = 200;
/// Longest word that is looked at, in bytes, once variables are filled in.
const WORD: usize = 4 << 10;

/// Stands for the Pod's own address, which the downward API fills in.
pub(super) const POD_IP: &str = "\u{1}podIP";
/// Stands for a value that the input does not say.
pub(super) const UNKNOWN: &str = "\u{1}";

/// A word, and which entry of `command` and `args` it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) entry: usize,
}

/// Variables by name.
pub(super) type Variables = BTreeMap<String, String>;

/// Fills `$(NAME)` in as kubelet does: `$$` is a dollar sign, what is not known stays as it is.
pub(super) fn expand(text: &str, variables: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            match variables.get(name) {
                Some(value) => out.push_str(value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = after;
        } else {
            out.push('$');
        }
        if out.len() > WORD {
            return out;
        }
    }
    out.push_str(rest);
    out
}

/// The simple commands of a container: those of the script where a shell runs one, else the command line itself.
pub(super) fn commands(line: &[Word], variables: &Variables) -> Vec<Vec<Word>> {
    match script(line) {
        Some(at) => {
            let Some(script) = line.get(at) else { return Vec::new() };
            let text = script.text.get(..script.text.floor_char_boundary(SCRIPT)).unwrap_or_default();
            split(text, script.entry, variables)
        }
        None => vec![line.to_vec()],
    }
}

/// The name of a program without its path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Where the script of `sh -c SCRIPT` stands.
fn script(line: &[Word]) -> Option<usize> {
    let shell =
        line.iter().position(|word| matches!(base(&word.text), "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh"))?;
    // What stands before is a wrapper such as `tini --`.
    if shell > 3 {
        return None;
    }
    let flag = line
        .iter()
        .enumerate()
        .skip(shell + 1)
        .find(|(_, word)| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.contains('c'))?;
    let between = line.get(shell + 1..flag.0)?;
    between.iter().all(|word| word.text.starts_with('-') || word.text == "pipefail").then_some(flag.0 + 1)
}

/// Splits a script into simple commands. Words that the shell itself knows (`if`, `do`, …) are left out.
fn split(text: &str, entry: usize, variables: &Variables) -> Vec<Vec<Word>> {
    let mut known = variables.clone();
    let mut commands = Vec::new();
    let mut command: Vec<Word> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    let push = |word: &mut Option<String>, command: &mut Vec<Word>| {
        if let Some(text) = word.take() {
            command.push(Word { text, entry });
        }
    };
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some(c) => word.get_or_insert_default().push(c),
            },
            (_, '$') => {
                let value = variable(&mut chars, &known);
                word.get_or_insert_default().push_str(&value);
            }
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, ';' | '\n' | '&' | '|' | '(' | ')' | '`') => {
                push(&mut word, &mut command);
                finish(&mut command, &mut commands, &mut known);
            }
            (None, '>' | '<') => push(&mut word, &mut command),
            (None, c) if c.is_whitespace() => push(&mut word, &mut command),
            (None, c) => word.get_or_insert_default().push(c),
        }
        if commands.len() >= COMMANDS || word.as_ref().is_some_and(|word| word.len() > WORD) {
            break;
        }
    }
    push(&mut word, &mut command);
    finish(&mut command, &mut commands, &mut known);
    commands
}

/// A variable behind its `$`: `NAME`, `{NAME}`, `{NAME:-DEFAULT}`.
fn variable(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, known: &Variables) -> String {
    let mut name = String::new();
    if chars.next_if_eq(&'{').is_some() {
        while let Some(c) = chars.next_if(|c| *c != '}') {
            name.push(c);
        }
        chars.next();
        let (name, other) = match name.find([':', '-', '=']) {
            Some(at) => {
                let (name, other) = name.split_at(at);
                (name, Some(other.trim_start_matches([':', '-', '='])))
            }
            None => (&*name, None),
        };
        let value = known.get(name).filter(|value| !value.is_empty()).map(String::as_str);
        return value.or(other).unwrap_or(UNKNOWN).to_owned();
    }
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    known.get(&name).cloned().unwrap_or_else(|| UNKNOWN.to_owned())
}

const KEYWORDS: &[&str] =
    &["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "for", "!", "{", "}", "exec", "time"];

/// Ends a simple command. Assignments before it are taken over; a line of nothing else sets variables for what follows.
fn finish(command: &mut Vec<Word>, commands: &mut Vec<Vec<Word>>, known: &mut Variables) {
    let words = std::mem::take(command);
    let mut words = words.into_iter().skip_while(|word| KEYWORDS.contains(&&*word.text)).peekable();
    let assigns = |word: &Word| {
        word.text
            .split_once('=')
            .filter(|(name, _)| is_name(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let mut rest: Vec<Word> = Vec::new();
    while let Some((name, value)) = words.peek().and_then(assigns) {
        known.insert(name, value);
        words.next();
    }
    rest.extend(words);
    if rest.first().is_some_and(|word| word.text == "export") {
        known.extend(rest.iter().skip(1).filter_map(assigns));
    }
    if !rest.is_empty() {
        commands.push(rest);
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn variables() -> Variables {
        [("PORT", "8080"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[rstest]
    #[case("--port=$(PORT)", "--port=8080")]
    #[case("$(PORT)$(OTHER)", "8080$(OTHER)")]
    #[case("$$(PORT) $PORT $", "$(PORT) $PORT $")]
    #[case("$(PORT", "$(PORT")]
    fn kubelet_fills_in(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(expand(text, &variables()), expected);
    }

    #[rstest]
    #[case(&["server", "--port", "1"], "server --port 1")]
    #[case(&["sh", "-c", "a; b && c | d & e"], "a / b / c / d / e")]
    #[case(&["/bin/bash", "-ec", "exec python3 -m http.server $PORT"], "python3 -m http.server 8080")]
    #[case(&["tini", "--", "sh", "-c", "x -p ${PORT} ${EMPTY:-9} ${NONE-7}"], "x -p 8080 9 7")]
    #[case(&["sh", "-c", "while true; do echo 'a;b' \"$PORT c\"; sleep 1; done"], "true / echo a;b 8080 c / sleep 1")]
    #[case(&["sh", "-c", "P=90 Q=1\nexport R=7\nrun $P $R # say; no\n"], "export R=7 / run 90 7")]
    #[case(&["sh", "-c", "run \\\n  --port 80"], "run --port 80")]
    #[case(&["sh", "-c", "(nc -l 80)"], "nc -l 80")]
    #[case(&["sh", "script.sh"], "sh script.sh")]
    #[case(&["bash", "-o", "pipefail", "-c", "run"], "run")]
    fn simple_commands(#[case] line: &[&str], #[case] expected: &str) {
        let line: Vec<Word> =
            line.iter().enumerate().map(|(entry, text)| Word { text: text.to_string(), entry }).collect();
        let found = commands(&line, &variables());
        let texts = |words: &Vec<Word>| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(found.iter().map(texts).collect::<Vec<_>>().join(" / "), expected);
    }
}
