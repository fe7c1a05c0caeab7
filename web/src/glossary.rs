//! What terms mean, in the reader's language: cards beside the words of lessons, and a page of its own.
//!
//! `web/glossary/{en,ko}.ftl` hold a message per term: the term, `.match` with the forms in which texts mention it, and `.means`.

use crate::locale::{Book, Lang};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its id, as in `/glossary#{id}`.
    pub id: String,
    /// The term as a heading.
    pub title: String,
    /// What it means.
    pub means: String,
    /// Forms in which texts mention it.
    pub forms: Vec<String>,
}

/// All terms of a language, by id.
#[derive(Debug, Default)]
pub struct Glossary {
    lang: Lang,
    terms: Vec<Term>,
    /// Every form in small letters with the place of its term, the longest first.
    forms: Vec<(String, usize)>,
}

/// A piece of a text: what it says, and the term that it mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'t, 'g> {
    /// As it stands there.
    pub text: &'t str,
    /// The term, where it is mentioned for the first time.
    pub term: Option<&'g Term>,
}

const PREFIX: &str = "term-";

static EN: LazyLock<Glossary> = LazyLock::new(|| Glossary::read(Lang::En, include_str!("../glossary/en.ftl")));
static KO: LazyLock<Glossary> = LazyLock::new(|| Glossary::read(Lang::Ko, include_str!("../glossary/ko.ftl")));

impl Glossary {
    /// That of a language.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }

    /// Reads a file. What is not complete is left out: a test says that nothing is.
    fn read(lang: Lang, text: &str) -> Self {
        let (book, _) = Book::read(lang, text);
        let said = |key: &str| book.text(key, &[]).map(|(text, _)| text);
        let term = |key: &String| {
            let forms = said(&format!("{key}.match"))?;
            Some(Term {
                id: key.strip_prefix(PREFIX)?.to_owned(),
                title: said(key)?,
                means: said(&format!("{key}.means"))?,
                forms: forms.split(',').map(|form| form.trim().to_owned()).filter(|form| !form.is_empty()).collect(),
            })
        };
        let terms: Vec<Term> = book.keys().iter().filter(|key| !key.contains('.')).filter_map(term).collect();
        let places = terms.iter().enumerate();
        let mut forms: Vec<(String, usize)> =
            places.flat_map(|(at, term)| term.forms.iter().map(move |form| (form.to_lowercase(), at))).collect();
        forms.sort_by(|left, right| (right.0.len(), &left.0).cmp(&(left.0.len(), &right.0)));
        Self { lang, terms, forms }
    }

    /// All of them, by id.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// One by its id.
    pub fn find(&self, id: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.id == id)
    }

    /// A text in pieces: where a term is mentioned that is not in `seen` yet, it is marked, and put there.
    pub fn pieces<'t, 'g>(&'g self, text: &'t str, seen: &mut BTreeSet<&'g str>) -> Vec<Piece<'t, 'g>> {
        let mut pieces = Vec::new();
        // Where what is not taken yet begins, and where the last form that was found ends.
        let (mut from, mut found) = (0, 0);
        let mut before = None;
        for (at, c) in text.char_indices() {
            let begins = at >= found && !before.is_some_and(joins);
            before = Some(c);
            if !begins || !c.is_alphanumeric() {
                continue;
            }
            let Some(rest) = text.get(at..) else { continue };
            let Some((len, term)) = self.longest(rest) else { continue };
            // A shorter form inside is no other term's.
            found = at + len;
            if !seen.insert(&term.id) {
                continue;
            }
            let (Some(plain), Some(word)) = (text.get(from..at), text.get(at..at + len)) else { continue };
            if !plain.is_empty() {
                pieces.push(Piece { text: plain, term: None });
            }
            pieces.push(Piece { text: word, term: Some(term) });
            from = at + len;
        }
        if let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            pieces.push(Piece { text: rest, term: None });
        }
        pieces
    }

    /// The longest form that a text begins with, in bytes, and its term.
    fn longest(&self, text: &str) -> Option<(usize, &Term)> {
        self.forms.iter().find_map(|(form, at)| {
            let len = starts_with(text, form)?;
            let next = text.get(len..)?.chars().next();
            let after = text.get(len..)?.chars().nth(1);
            let ends = match (self.lang, next) {
                (_, None) => true,
                // `node-a` and `web.default` are names, a full stop is none.
                (_, Some('-' | '.' | '/' | ':' | '_')) => !after.is_some_and(char::is_alphanumeric),
                // A particle follows at once; letters of the form's own kind are another word.
                (Lang::Ko, Some(next)) => !next.is_ascii_alphanumeric(),
                (Lang::En, Some(next)) => !next.is_alphanumeric(),
            };
            ends.then(|| Some((len, self.terms.get(*at)?)))?
        })
    }
}

/// Whether a word goes on behind a character.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || "-_./:@".contains(c)
}

/// How many bytes of a text are a form, whatever the case of its letters.
fn starts_with(text: &str, form: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    for wanted in form.chars() {
        let (_, c) = chars.next()?;
        if !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(chars.next().map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
term-veth = veth pair
    .match = veth pair, veth
    .means = A cable made of software.
term-node = node
    .match = node, nodes
    .means = A machine of the cluster.
";

    fn marked(lang: Lang, text: &str) -> Vec<(String, String)> {
        let glossary = Glossary::read(lang, TEXT);
        let mut seen = BTreeSet::new();
        let pieces = glossary.pieces(text, &mut seen);
        assert_eq!(pieces.iter().map(|piece| piece.text).collect::<String>(), text);
        pieces.iter().filter_map(|piece| Some((piece.text.to_owned(), piece.term?.id.clone()))).collect()
    }

    #[test]
    fn the_longest_form_is_marked_once_and_names_are_no_terms() {
        let pair = |text: &str, id: &str| (text.to_owned(), id.to_owned());
        assert_eq!(
            marked(Lang::En, "A veth pair, a veth, two Nodes."),
            [pair("veth pair", "veth"), pair("Nodes", "node")]
        );
        assert_eq!(marked(Lang::En, "node-a, my-node, veth0, node.local, nodesets"), []);
        assert_eq!(marked(Lang::En, "node-a is a node."), [pair("node", "node")]);
        assert_eq!(marked(Lang::Ko, "veth를 node에"), [pair("veth", "veth"), pair("node", "node")]);
        assert_eq!(marked(Lang::En, ""), []);
    }

    #[test]
    fn every_term_is_complete_in_both_languages() {
        let (en, ko) = (Glossary::of(Lang::En), Glossary::of(Lang::Ko));
        let ids = |glossary: &Glossary| glossary.terms.iter().map(|term| term.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(en), ids(ko));
        assert!(en.terms.len() >= 60, "{}", en.terms.len());
        for glossary in [en, ko] {
            let mut forms = BTreeSet::new();
            for term in &glossary.terms {
                let words = term.means.split_whitespace().count();
                assert!((5..=60).contains(&words), "{}: {words} words", term.id);
                assert!(!term.forms.is_empty() && !term.title.is_empty(), "{}", term.id);
                for form in &term.forms {
                    assert!(forms.insert(form.to_lowercase()), "{form} is of two terms");
                }
            }
        }
        for (lang, text) in
            [(Lang::En, include_str!("../glossary/en.ftl")), (Lang::Ko, include_str!("../glossary/ko.ftl"))]
        {
            let (book, errors) = Book::read(lang, text);
            assert_eq!(errors, Vec::<String>::new());
            let messages = book.keys().iter().filter(|key| !key.contains('.')).count();
            assert_eq!(messages, Glossary::of(lang).terms.len(), "one is not complete");
        }
    }
}
