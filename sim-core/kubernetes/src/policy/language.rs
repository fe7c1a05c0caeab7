//! Calico's language of selectors (`libcalico-go/lib/selector`): comparisons of labels, put together by `&&`, `||`, `!` and parentheses.

use super::selector::Selector;
use std::sync::Arc;

/// Deepest nesting of parentheses that is read.
const DEEPEST: usize = 64;

/// What is wrong with a selector, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misread {
    /// The byte at which it is.
    pub at: usize,
    /// What.
    pub what: What,
}

/// What is wrong with a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A value in quotes that do not end.
    Unended,
    /// Half an operator: `=` or `&`.
    Operator,
    /// Behind a label stands no comparison.
    Comparison,
    /// There should be a value in quotes.
    Value,
    /// There should be a list in braces.
    List,
    /// There should be a closing parenthesis.
    Parenthesis,
    /// There should be a closing brace.
    Brace,
    /// There should be a comparison.
    Expected,
    /// Something stands behind its end.
    Rest,
    /// `global()` where it means nothing.
    Global,
    /// Too many parentheses in each other.
    Deep,
}

impl What {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unended => "unended",
            Self::Operator => "operator",
            Self::Comparison => "comparison",
            Self::Value => "value",
            Self::List => "list",
            Self::Parenthesis => "parenthesis",
            Self::Brace => "brace",
            Self::Expected => "expected",
            Self::Rest => "rest",
            Self::Global => "global",
            Self::Deep => "deep",
        }
    }
}

/// A word of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Label(&'t str),
    Value(&'t str),
    Has(&'t str),
    All,
    Global,
    Is,
    IsNot,
    In,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    And,
    Or,
    Not,
    Open,
    Close,
    OpenBrace,
    CloseBrace,
    Comma,
    End,
}

/// Reads a selector. `global` is what `global()` stands for, where it may stand at all. Nothing selects everything.
///
/// # Errors
/// At the first thing that is wrong.
pub fn parse(text: &str, global: Option<&Selector>) -> Result<Selector, Misread> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, global };
    if parser.peek() == Token::End {
        return Ok(Selector::ALL);
    }
    let selector = parser.any(0)?;
    match parser.peek() {
        Token::End => Ok(selector),
        _ => Err(parser.wrong(What::Rest)),
    }
}

fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// The label's name at the beginning of a text.
fn label(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-')));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The words of a text, each with where it begins.
fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, Misread> {
    let mut all: Vec<(usize, Token<'_>)> = Vec::new();
    let mut left = text;
    loop {
        left = blank(left);
        let at = text.len() - left.len();
        let wrong = |what| Misread { at, what };
        let Some(first) = left.chars().next() else {
            all.push((at, Token::End));
            return Ok(all);
        };
        let behind_label = matches!(all.last(), Some((_, Token::Label(_))));
        let two = |second: char, token: Token<'static>, one: Option<Token<'static>>| {
            if left.get(1..).is_some_and(|rest| rest.starts_with(second)) {
                return Ok((token, 2));
            }
            one.map(|one| (one, 1)).ok_or(Misread { at, what: What::Operator })
        };
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '{' => (Token::OpenBrace, 1),
            '}' => (Token::CloseBrace, 1),
            ',' => (Token::Comma, 1),
            '=' => two('=', Token::Is, None)?,
            '!' => two('=', Token::IsNot, Some(Token::Not))?,
            '&' => two('&', Token::And, None)?,
            '|' => two('|', Token::Or, None)?,
            quote @ ('"' | '\'') => {
                let inside = left.get(1..).unwrap_or_default();
                let end = inside.find(quote).ok_or(wrong(What::Unended))?;
                (Token::Value(inside.get(..end).unwrap_or_default()), end + 2)
            }
            _ if behind_label => comparison(left).ok_or(wrong(What::Comparison))?,
            _ => match call(left).map_err(wrong)? {
                Some(found) => found,
                None => match label(left) {
                    "" => return Err(wrong(What::Expected)),
                    name => (Token::Label(name), name.len()),
                },
            },
        };
        all.push((at, token));
        left = left.get(length..).unwrap_or_default();
    }
}

/// A comparison by words, and how long it is.
fn comparison(text: &str) -> Option<(Token<'static>, usize)> {
    let two = |first: &str, second: &str| {
        let rest = blank(text.strip_prefix(first)?).strip_prefix(second)?;
        Some(text.len() - rest.len())
    };
    if let Some(rest) = text.strip_prefix("contains") {
        return Some((Token::Contains, text.len() - rest.len()));
    }
    if let Some(length) = two("starts", "with") {
        return Some((Token::StartsWith, length));
    }
    if let Some(length) = two("ends", "with") {
        return Some((Token::EndsWith, length));
    }
    if let Some(length) = two("not", "in") {
        return Some((Token::NotIn, length));
    }
    text.starts_with("in").then_some((Token::In, 2))
}

/// `has(…)`, `all()` or `global()`, and how long it is.
fn call(text: &str) -> Result<Option<(Token<'_>, usize)>, What> {
    let closed =
        |rest: &str| blank(rest).strip_prefix(')').map(|rest| text.len() - rest.len()).ok_or(What::Parenthesis);
    if let Some(rest) = text.strip_prefix("has(") {
        let inside = blank(rest);
        let name = label(inside);
        if name.is_empty() {
            return Err(What::Expected);
        }
        let end = closed(inside.get(name.len()..).unwrap_or_default())?;
        return Ok(Some((Token::Has(name), end)));
    }
    if let Some(rest) = text.strip_prefix("all(") {
        return Ok(Some((Token::All, closed(rest)?)));
    }
    match text.strip_prefix("global(") {
        Some(rest) => Ok(Some((Token::Global, closed(rest)?))),
        None => Ok(None),
    }
}

struct Parser<'p> {
    tokens: &'p [(usize, Token<'p>)],
    next: usize,
    global: Option<&'p Selector>,
}

impl<'p> Parser<'p> {
    fn peek(&self) -> Token<'p> {
        self.tokens.get(self.next).map_or(Token::End, |(_, token)| *token)
    }

    fn take(&mut self) -> Token<'p> {
        let token = self.peek();
        self.next += 1;
        token
    }

    /// What is wrong with the next word.
    fn wrong(&self, what: What) -> Misread {
        let at = self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(at, _)| *at);
        Misread { at, what }
    }

    /// `||` binds least.
    fn any(&mut self, depth: usize) -> Result<Selector, Misread> {
        let mut any = vec![self.all(depth)?];
        while self.peek() == Token::Or {
            self.next += 1;
            any.push(self.all(depth)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Selector::Or(any) })
    }

    fn all(&mut self, depth: usize) -> Result<Selector, Misread> {
        let mut all = vec![self.one(depth)?];
        while self.peek() == Token::And {
            self.next += 1;
            all.push(self.one(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Selector::And(all) })
    }

    fn one(&mut self, depth: usize) -> Result<Selector, Misread> {
        if depth > DEEPEST {
            return Err(self.wrong(What::Deep));
        }
        let mut negated = false;
        while self.peek() == Token::Not {
            self.next += 1;
            negated = !negated;
        }
        let begin = self.wrong(What::Global);
        let selector = match self.peek() {
            Token::Has(name) => {
                self.next += 1;
                Selector::Has(Arc::from(name))
            }
            Token::All => {
                self.next += 1;
                Selector::ALL
            }
            Token::Global => {
                self.next += 1;
                self.global.cloned().ok_or(begin)?
            }
            Token::Label(name) => {
                self.next += 1;
                self.compared(Arc::from(name))?
            }
            Token::Open => {
                self.next += 1;
                let inside = self.any(depth + 1)?;
                if self.peek() != Token::Close {
                    return Err(self.wrong(What::Parenthesis));
                }
                self.next += 1;
                inside
            }
            _ => return Err(self.wrong(What::Expected)),
        };
        Ok(if negated { Selector::Not(Box::new(selector)) } else { selector })
    }

    fn compared(&mut self, name: Arc<str>) -> Result<Selector, Misread> {
        let wrong = self.wrong(What::Comparison);
        match self.take() {
            Token::Is => Ok(Selector::Is(name, self.value()?)),
            Token::IsNot => Ok(Selector::IsNot(name, self.value()?)),
            Token::Contains => Ok(Selector::Contains(name, self.value()?)),
            Token::StartsWith => Ok(Selector::StartsWith(name, self.value()?)),
            Token::EndsWith => Ok(Selector::EndsWith(name, self.value()?)),
            Token::In => Ok(Selector::In(name, self.values()?)),
            Token::NotIn => Ok(Selector::NotIn(name, self.values()?)),
            _ => Err(wrong),
        }
    }

    fn value(&mut self) -> Result<Arc<str>, Misread> {
        let Token::Value(value) = self.peek() else { return Err(self.wrong(What::Value)) };
        self.next += 1;
        Ok(Arc::from(value))
    }

    /// Values in braces, in order and each once; a comma may stand behind the last.
    fn values(&mut self) -> Result<Vec<Arc<str>>, Misread> {
        if self.peek() != Token::OpenBrace {
            return Err(self.wrong(What::List));
        }
        self.next += 1;
        let mut values = Vec::new();
        while let Token::Value(value) = self.peek() {
            self.next += 1;
            values.push(Arc::from(value));
            if self.peek() != Token::Comma {
                break;
            }
            self.next += 1;
        }
        if self.peek() != Token::CloseBrace {
            return Err(self.wrong(What::Brace));
        }
        self.next += 1;
        values.sort();
        values.dedup();
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::objects::Text;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::collections::BTreeMap;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<Text, Text> {
        pairs.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()
    }

    #[rstest]
    #[case("", "all()")]
    #[case("  ", "all()")]
    #[case("app == 'web'", "app == \"web\"")]
    #[case("app=='we\"b'", "app == 'we\"b'")]
    #[case("app != \"web\" ", "app != \"web\"")]
    #[case("app in {'b', \"a\",'a',}", "app in {\"a\", \"b\"}")]
    #[case("app not  in{}", "app not in {}")]
    #[case("app notin {'a'}", "app not in {\"a\"}")]
    #[case("has( app.k8s.io/name ) && !has(b)", "(has(app.k8s.io/name) && !has(b))")]
    #[case("app contains 'e'", "app contains \"e\"")]
    #[case("app starts  with 'e'", "app starts with \"e\"")]
    #[case("app ends with 'e'", "app ends with \"e\"")]
    // && binds more than ||, ! most of all.
    #[case("has(a) || has(b) && has(c)", "(has(a) || (has(b) && has(c)))")]
    #[case("(has(a) || has(b)) && has(c)", "((has(a) || has(b)) && has(c))")]
    #[case("!has(a) && has(b)", "(!has(a) && has(b))")]
    #[case("!(has(a) && has(b))", "!(has(a) && has(b))")]
    #[case("!!has(a)", "has(a)")]
    #[case("((has(a)))", "has(a)")]
    #[case("all()", "all()")]
    #[case("!all( )", "!all()")]
    // Words are words only where they may stand.
    #[case("in == 'a' && not == 'b' && has == 'c'", "(in == \"a\" && not == \"b\" && has == \"c\")")]
    fn reads(#[case] text: &str, #[case] written: &str) {
        assert_eq!(parse(text, None).unwrap().to_string(), written);
    }

    #[rstest]
    #[case("app = 'web'", 4, What::Operator)]
    #[case("has(a) & has(b)", 7, What::Operator)]
    #[case("app == 'web", 7, What::Unended)]
    #[case("app == web", 7, What::Value)]
    #[case("app is 'web'", 4, What::Comparison)]
    #[case("app", 3, What::Comparison)]
    #[case("app in 'web'", 7, What::List)]
    #[case("app in {'a' 'b'}", 12, What::Brace)]
    #[case("(has(a)", 7, What::Parenthesis)]
    #[case("has(a", 0, What::Parenthesis)]
    #[case("has()", 0, What::Expected)]
    #[case("has(a) &&", 9, What::Expected)]
    #[case("has(a) has(b)", 7, What::Rest)]
    #[case("has(a))", 6, What::Rest)]
    #[case("app: web", 3, What::Comparison)]
    #[case("has(a)\n&& has(b)", 6, What::Expected)]
    #[case("global()", 0, What::Global)]
    #[case("웹 == 'a'", 0, What::Expected)]
    fn tells_where(#[case] text: &str, #[case] at: usize, #[case] what: What) {
        assert_eq!(parse(text, None), Err(Misread { at, what }));
    }

    #[test]
    fn many_parentheses_are_no_trouble() {
        let text = format!("{}has(a){}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(parse(&text, None).unwrap_err().what, What::Deep);
        assert!(parse(&format!("{}has(a)", "!".repeat(100_000)), None).is_ok());
    }

    #[test]
    fn operators_hold_as_calico_says() {
        let web = labels(&[("app", "web")]);
        for (text, holds) in [
            ("app != 'db'", true),
            ("tier != 'db'", true),
            ("tier not in {'db'}", true),
            ("tier in {}", false),
            ("app in {'db', 'web'}", true),
            ("app contains 'e' && app starts with 'w' && app ends with 'b'", true),
            ("tier contains ''", false),
        ] {
            assert_eq!(parse(text, None).unwrap().matches(&web), holds, "{text}");
        }
        let nobody = Selector::Not(Box::new(Selector::Has(Arc::from("x"))));
        assert_eq!(parse("global()", Some(&nobody)).unwrap(), nobody);
    }

    fn selectors() -> impl Strategy<Value = Selector> {
        let key = || prop::sample::select(vec!["a", "b", "in", "pcns.team"]).prop_map(Text::from);
        let value = || prop::sample::select(vec!["", "x", "xy", "y\"", "z"]).prop_map(Text::from);
        let values = || prop::collection::vec(value(), 0..3);
        let leaf = prop_oneof![
            Just(Selector::ALL),
            key().prop_map(Selector::Has),
            (key(), value()).prop_map(|(key, value)| Selector::Is(key, value)),
            (key(), value()).prop_map(|(key, value)| Selector::IsNot(key, value)),
            (key(), values()).prop_map(|(key, values)| Selector::In(key, values)),
            (key(), values()).prop_map(|(key, values)| Selector::NotIn(key, values)),
            (key(), value()).prop_map(|(key, value)| Selector::Contains(key, value)),
            (key(), value()).prop_map(|(key, value)| Selector::StartsWith(key, value)),
            (key(), value()).prop_map(|(key, value)| Selector::EndsWith(key, value)),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Selector::And),
                prop::collection::vec(inner.clone(), 0..3).prop_map(Selector::Or),
                inner.prop_map(|one| Selector::Not(Box::new(one))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            selector in selectors(),
            all in prop::collection::vec(
                prop::collection::btree_map(
                    prop::sample::select(vec!["a", "b", "in", "pcns.team"]).prop_map(Text::from),
                    prop::sample::select(vec!["", "x", "xy", "y\"", "z"]).prop_map(Text::from),
                    0..4,
                ),
                8,
            ),
        ) {
            let written = selector.to_string();
            let read = parse(&written, None).unwrap();
            for labels in &all {
                prop_assert_eq!(read.matches(labels), selector.matches(labels), "{} {:?}", written, labels);
            }
            prop_assert_eq!(read.to_string(), parse(&read.to_string(), None).unwrap().to_string());
        }

        #[test]
        fn any_text_is_read_or_refused_inside(text in "[a-c=!&|(){}'\", \t.inhasotw]{0,40}|.{0,20}") {
            if let Err(wrong) = parse(&text, None) {
                prop_assert!(wrong.at <= text.len() && text.is_char_boundary(wrong.at));
            }
        }
    }
}
