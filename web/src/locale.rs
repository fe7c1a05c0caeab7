//! Words in the reader's language: Fluent files, embedded, English and Korean.

mod book;
#[cfg(test)]
mod korean;
mod plain;

use crate::josa;
use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use plain::Plain;
use std::sync::LazyLock;
use unic_langid::{LanguageIdentifier, langid};

pub use book::Book;
pub use fluent_bundle::{FluentArgs, FluentValue};

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

/// The texts of one language, with the name of each file.
type Files = &'static [(&'static str, &'static str)];

const EN: Files = &[
    ("pages.ftl", include_str!("../locales/en/pages.ftl")),
    ("trace.ftl", include_str!("../locales/en/trace.ftl")),
    ("scene.ftl", include_str!("../locales/en/scene.ftl")),
    ("diagnostics.ftl", include_str!("../locales/en/diagnostics.ftl")),
    ("outcomes.ftl", include_str!("../locales/en/outcomes.ftl")),
    ("causes.ftl", include_str!("../locales/en/causes.ftl")),
    ("lab.ftl", include_str!("../locales/en/lab.ftl")),
    ("rules.ftl", include_str!("../locales/en/rules.ftl")),
    ("folders.ftl", include_str!("../locales/en/folders.ftl")),
    ("api.ftl", include_str!("../locales/en/api.ftl")),
    ("plugins.ftl", include_str!("../locales/en/plugins.ftl")),
    ("whatif.ftl", include_str!("../locales/en/whatif.ftl")),
    ("lessons.ftl", include_str!("../locales/en/lessons.ftl")),
    ("predict.ftl", include_str!("../locales/en/predict.ftl")),
    ("policies.ftl", include_str!("../locales/en/policies.ftl")),
    ("time.ftl", include_str!("../locales/en/time.ftl")),
    ("ready.ftl", include_str!("../locales/en/ready.ftl")),
];
const KO: Files = &[
    ("pages.ftl", include_str!("../locales/ko/pages.ftl")),
    ("trace.ftl", include_str!("../locales/ko/trace.ftl")),
    ("scene.ftl", include_str!("../locales/ko/scene.ftl")),
    ("diagnostics.ftl", include_str!("../locales/ko/diagnostics.ftl")),
    ("outcomes.ftl", include_str!("../locales/ko/outcomes.ftl")),
    ("causes.ftl", include_str!("../locales/ko/causes.ftl")),
    ("lab.ftl", include_str!("../locales/ko/lab.ftl")),
    ("rules.ftl", include_str!("../locales/ko/rules.ftl")),
    ("folders.ftl", include_str!("../locales/ko/folders.ftl")),
    ("api.ftl", include_str!("../locales/ko/api.ftl")),
    ("plugins.ftl", include_str!("../locales/ko/plugins.ftl")),
    ("whatif.ftl", include_str!("../locales/ko/whatif.ftl")),
    ("lessons.ftl", include_str!("../locales/ko/lessons.ftl")),
    ("predict.ftl", include_str!("../locales/ko/predict.ftl")),
    ("policies.ftl", include_str!("../locales/ko/policies.ftl")),
    ("time.ftl", include_str!("../locales/ko/time.ftl")),
    ("ready.ftl", include_str!("../locales/ko/ready.ftl")),
];

impl Lang {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    /// As in `<html lang>` and `?lang=`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
        }
    }

    /// The language of that code; `None` for any other text.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The best language for an `Accept-Language` header; English where none fits (RFC 9110, 12.5.4).
    pub fn negotiate(accept: &str) -> Self {
        let wanted = fluent_langneg::parse_accepted_languages(accept);
        let available: Vec<fluent_langneg::LanguageIdentifier> =
            Self::ALL.into_iter().filter_map(|lang| lang.code().parse().ok()).collect();
        let found = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Filtering);
        let first = found.first().map(|id| id.language.as_str().to_owned());
        first.and_then(|code| Self::of_code(&code)).unwrap_or_default()
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Self::En => langid!("en"),
            Self::Ko => langid!("ko"),
        }
    }

    fn messages(self) -> &'static Messages {
        static EN_MESSAGES: LazyLock<Messages> = LazyLock::new(|| messages(Lang::En, EN));
        static KO_MESSAGES: LazyLock<Messages> = LazyLock::new(|| messages(Lang::Ko, KO));
        match self {
            Self::En => &EN_MESSAGES,
            Self::Ko => &KO_MESSAGES,
        }
    }
}

/// The messages of one language.
struct Messages {
    plain: Plain,
    /// All of them.
    bundle: FluentBundle<FluentResource>,
}

fn messages(lang: Lang, files: Files) -> Messages {
    let mut plain = Plain::default();
    let mut bundle = FluentBundle::new_concurrent(vec![lang.id()]);
    bundle.set_use_isolating(false);
    for (_, text) in files {
        // A file that does not parse in part still gives its other messages; a test says so.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
        plain.add(&resource);
        bundle.add_resource_overriding(resource);
    }
    Messages { plain, bundle }
}

/// One message without arguments; the key itself where there is none.
pub fn t(lang: Lang, id: &str) -> String {
    ta(lang, id, &[])
}

/// One message; the key itself where there is none.
pub fn ta(lang: Lang, id: &str, args: &[(&str, FluentValue<'_>)]) -> String {
    lookup(lang, id, args).unwrap_or_else(|| id.to_owned())
}

/// One message, if it exists.
pub fn lookup(lang: Lang, id: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
    let text = lang.messages().plain.text(id, args).or_else(|| formatted(lang, id, args))?;
    Some(match lang {
        Lang::Ko => josa::choose(text),
        Lang::En => text,
    })
}

/// The same as Fluent puts it together, whatever the message asks for.
fn formatted(lang: Lang, id: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
    let bundle = &lang.messages().bundle;
    let pattern = bundle.get_message(id)?.value()?;
    let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
    let mut errors = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned())
}

/// True when the language has the message.
pub fn has(lang: Lang, id: &str) -> bool {
    lang.messages().bundle.has_message(id)
}

/// The texts of one language, for tests that compare two.
pub fn files(lang: Lang) -> &'static [(&'static str, &'static str)] {
    match lang {
        Lang::En => EN,
        Lang::Ko => KO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every message of both languages, with every value it names: put together here and by Fluent it is the same.
    #[test]
    fn plain_messages_are_what_fluent_makes_of_them() {
        let mut plain = 0;
        for lang in Lang::ALL {
            for (_, text) in files(lang) {
                let names: Vec<&str> =
                    text.split('$').skip(1).filter_map(|rest| rest.split(name_ends).next()).collect();
                for (at, value) in ["web 은(는)", "7", "1.50"].into_iter().enumerate() {
                    let value = if at == 0 { value.into() } else { FluentValue::try_number(value) };
                    let args: Vec<_> = names.iter().map(|name| (*name, value.clone())).collect();
                    for id in text.lines().filter_map(|line| line.split_once(" =")).map(|(id, _)| id) {
                        let Some(made) = lang.messages().plain.text(id, &args) else { continue };
                        assert_eq!(Some(made), formatted(lang, id, &args), "{} {id}", lang.code());
                        plain += 1;
                    }
                }
                let without = names.first().and_then(|_| lang.messages().plain.text("trace-heading", &[]));
                assert_eq!(without, None, "a value that is missing is Fluent's business");
            }
        }
        assert!(plain > 3 * 2 * 1_000, "{plain}");
    }

    #[test]
    fn no_message_is_there_twice() {
        for lang in Lang::ALL {
            let mut seen = std::collections::BTreeSet::new();
            for (file, text) in files(lang) {
                let (book, errors) = Book::read(lang, text);
                assert_eq!(errors, Vec::<String>::new(), "{file}");
                let twice: Vec<&String> = book.keys().iter().filter(|key| !seen.insert((*key).clone())).collect();
                assert!(twice.is_empty(), "{file}: {twice:?}");
            }
        }
    }

    fn name_ends(c: char) -> bool {
        !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    }
}
