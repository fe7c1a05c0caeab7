//! Words and signs, with their places.

use super::error::{NftError, NftErrorKind, NftLimits};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, number, address: everything without a space.
    Word,
    /// A text in quotes; `text` is what is between them.
    Text,
    /// A sign.
    Sign,
    /// The end of a line.
    Line,
}

/// One word or sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// First byte, in the whole text.
    pub(super) start: usize,
    /// Byte after the last.
    pub(super) end: usize,
}

/// Line and column of a byte, both from 1.
pub(super) fn place(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
    (line, column)
}

pub(super) fn error(text: &str, at: usize, kind: NftErrorKind) -> NftError {
    let (line, column) = place(text, at);
    NftError { line, column, kind }
}

/// Characters of words. A colon is part of a word when something follows it at once (`10.0.0.1:80`, `:8080`, `fe80::1`).
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '*' | '+' | '%' | '[' | ']' | '\\' | '?' | '~')
}

const SIGNS: [&str; 20] =
    ["==", "!=", "<=", ">=", "<<", ">>", "{", "}", "(", ")", ";", ",", ":", "=", "!", "<", ">", "&", "|", "^"];

/// Takes a text apart. `define`s are replaced by what they stand for.
pub(super) fn tokens<'t>(text: &'t str, limits: &NftLimits) -> Result<Vec<Token<'t>>, NftError> {
    if text.len() > limits.bytes {
        return Err(error(text, 0, NftErrorKind::TooLarge));
    }
    let mut all: Vec<Token<'t>> = Vec::new();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(c) = rest.chars().next()
    {
        if all.len() >= limits.tokens && !c.is_ascii_whitespace() {
            return Err(error(text, at, NftErrorKind::TooMany));
        }
        let mut push = |kind, text, start, end| all.push(Token { kind, text, start, end });
        match c {
            '\n' => {
                push(Kind::Line, "\n", at, at + 1);
                at += 1;
            }
            ' ' | '\t' | '\r' => at += 1,
            '\\' if rest.starts_with("\\\n") => at += 2,
            '#' => at += rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let inner = rest.get(1..).unwrap_or_default();
                let length = inner.find(['"', '\n']).filter(|end| inner.as_bytes().get(*end) == Some(&b'"'));
                let length = length.ok_or_else(|| error(text, at, NftErrorKind::Quote))?;
                push(Kind::Text, inner.get(..length).unwrap_or_default(), at, at + length + 2);
                at += length + 2;
            }
            '@' | '$' => {
                push(Kind::Sign, if c == '@' { "@" } else { "$" }, at, at + 1);
                at += 1;
            }
            _ if is_word(c) || (c == ':' && starts_word(rest)) => {
                let length = word_length(rest);
                push(Kind::Word, rest.get(..length).unwrap_or_default(), at, at + length);
                at += length;
            }
            _ => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                let sign = sign.ok_or_else(|| error(text, at, NftErrorKind::Character(c)))?;
                match sign {
                    "{" => depth += 1,
                    "}" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth > limits.nesting {
                    return Err(error(text, at, NftErrorKind::TooDeep));
                }
                push(Kind::Sign, sign, at, at + sign.len());
                at += sign.len();
            }
        }
    }
    defines(text, all, limits)
}

fn starts_word(rest: &str) -> bool {
    rest.get(1..).and_then(|rest| rest.chars().next()).is_some_and(|c| is_word(c) || c == ':')
}

fn word_length(rest: &str) -> usize {
    let mut length = 0;
    for (at, c) in rest.char_indices() {
        let part = is_word(c) || (c == ':' && rest.get(at..).is_some_and(starts_word));
        // A prefix may end in a colon (`fe80::/10` is covered above, `fe80::` is not).
        let tail = c == ':' && length > 0 && rest.get(..at).is_some_and(|before| before.ends_with(':'));
        if !part && !tail {
            break;
        }
        length = at + c.len_utf8();
    }
    length
}

/// Words and signs one `define` may stand for.
const DEFINE_TOKENS: usize = 10_000;

/// Takes `define NAME = …` lines out and puts what they say in the place of `$NAME`.
fn defines<'t>(text: &str, all: Vec<Token<'t>>, limits: &NftLimits) -> Result<Vec<Token<'t>>, NftError> {
    if !all.iter().any(|token| matches!(token.text, "define" | "$")) {
        return Ok(all);
    }
    let mut known: BTreeMap<&'t str, Vec<Token<'t>>> = BTreeMap::new();
    let mut out: Vec<Token<'t>> = Vec::new();
    let mut tokens = all.into_iter().peekable();
    // The definition being read: its name and what it says so far.
    let mut open: Option<(&'t str, Vec<Token<'t>>, usize)> = None;
    let mut at_line = true;
    while let Some(token) = tokens.next() {
        let at_line = std::mem::replace(&mut at_line, token.kind == Kind::Line);
        let next = if token.kind == Kind::Sign && token.text == "$" {
            let name = tokens.next().map_or("", |token| token.text);
            let value = known.get(name);
            value.cloned().ok_or_else(|| error(text, token.start, NftErrorKind::UnknownVariable(Arc::from(name))))?
        } else if at_line && token.text == "define" && open.is_none() {
            let name = tokens.next().map_or("", |token| token.text);
            if tokens.next().is_none_or(|token| token.text != "=") {
                return Err(error(text, token.start, NftErrorKind::End));
            }
            open = Some((name, Vec::new(), 0));
            continue;
        } else {
            vec![token]
        };
        match &mut open {
            Some((name, value, depth)) => {
                if token.kind == Kind::Line && *depth == 0 {
                    known.insert(name, std::mem::take(value));
                    open = None;
                    continue;
                }
                match token.text {
                    "{" if token.kind == Kind::Sign => *depth += 1,
                    "}" if token.kind == Kind::Sign => *depth = depth.saturating_sub(1),
                    _ => {}
                }
                value.extend(next);
                if value.len() > DEFINE_TOKENS {
                    return Err(error(text, token.start, NftErrorKind::TooMany));
                }
            }
            None => out.extend(next),
        }
        if out.len() > limits.tokens {
            return Err(error(text, token.start, NftErrorKind::TooMany));
        }
    }
    Ok(out)
}

/// Reads tokens one after the other. Line ends inside a rule are those inside braces and mean nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a, 't> {
    pub(super) text: &'t str,
    pub(super) tokens: &'a [Token<'t>],
    pub(super) at: usize,
}

impl<'a, 't> Cursor<'a, 't> {
    pub(super) fn new(text: &'t str, tokens: &'a [Token<'t>]) -> Self {
        Self { text, tokens, at: 0 }
    }

    /// The next token, whatever it is.
    pub(super) fn raw(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    /// Goes past line ends.
    pub(super) fn skip_lines(&mut self) {
        while self.raw().is_some_and(|token| token.kind == Kind::Line) {
            self.at += 1;
        }
    }

    /// The next token that is not a line end.
    pub(super) fn peek(&mut self) -> Option<Token<'t>> {
        self.skip_lines();
        self.raw()
    }

    pub(super) fn next(&mut self) -> Option<Token<'t>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn is_sign(&mut self, sign: &str) -> bool {
        self.peek().is_some_and(|token| token.kind == Kind::Sign && token.text == sign)
    }

    pub(super) fn is_word(&mut self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.kind == Kind::Word && token.text == word)
    }

    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    /// The next token if it is a word.
    pub(super) fn any_word(&mut self) -> Option<&'t str> {
        let token = self.peek().filter(|token| token.kind == Kind::Word)?;
        self.at += 1;
        Some(token.text)
    }

    /// The next token if it is a text in quotes.
    pub(super) fn quoted(&mut self) -> Option<&'t str> {
        let token = self.peek().filter(|token| token.kind == Kind::Text)?;
        self.at += 1;
        Some(token.text)
    }

    pub(super) fn done(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The text of the tokens from `from` to before `to`.
    pub(super) fn slice(&self, from: usize, to: usize) -> Arc<str> {
        let part = self.tokens.get(from..to).unwrap_or_default();
        let in_order = part.windows(2).all(|pair| matches!(pair, [a, b] if a.end <= b.start));
        if let (Some(first), Some(last)) = (part.first(), part.last())
            && in_order
            && let Some(text) = self.text.get(first.start..last.end)
            && !text.contains('\n')
        {
            return Arc::from(text);
        }
        let words = part.iter().filter(|token| token.kind != Kind::Line).map(|token| match token.kind {
            Kind::Text => format!("\"{}\"", token.text),
            _ => token.text.to_owned(),
        });
        Arc::from(words.collect::<Vec<_>>().join(" "))
    }

    /// An error at the next token.
    pub(super) fn error(&mut self, kind: NftErrorKind) -> NftError {
        let at = self.peek().map_or(self.text.len(), |token| token.start);
        error(self.text, at, kind)
    }

    /// Something else should stand here.
    pub(super) fn expected(&mut self, what: super::error::Expected) -> NftError {
        match self.peek() {
            Some(token) => self.error(NftErrorKind::Expected(what, Arc::from(token.text))),
            None => self.error(NftErrorKind::End),
        }
    }
}
