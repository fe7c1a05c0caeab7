//! What is wrong with a text of iptables, ipset or nft, in words.

use crate::locale::{self, FluentValue, Lang};
use sim_core::parse::ipset::{SetError, SetErrorKind};
use sim_core::parse::iptables::{SaveError, SaveErrorKind};
use sim_core::parse::nft::{Expected, NftError, NftErrorKind};

/// Arguments of a message: one word, or two.
type Args = Vec<(&'static str, String)>;

fn say(lang: Lang, id: &str, args: &Args) -> String {
    let args: Vec<(&str, FluentValue<'_>)> =
        args.iter().map(|(name, value)| (*name, FluentValue::from(value.as_str()))).collect();
    locale::ta(lang, id, &args)
}

/// The place before a sentence; nothing for the text as a whole.
fn at(lang: Lang, line: u32, column: u32, sentence: &str) -> String {
    let args = |column: u32| {
        [("line", line.into()), ("column", column.into()), ("what", FluentValue::from(sentence.to_owned()))]
    };
    match (line, column) {
        (0, _) => sentence.to_owned(),
        (_, 0) => locale::ta(lang, "text-error-at-line", &args(0)),
        (_, column) => locale::ta(lang, "text-error-at", &args(column)),
    }
}

/// What is wrong with a line of `iptables-save` text.
pub fn save_error(lang: Lang, error: &SaveError) -> String {
    let one = |word: &str| vec![("word", word.to_owned())];
    let args = match &error.kind {
        SaveErrorKind::TooLong { limit }
        | SaveErrorKind::LineTooLong { limit }
        | SaveErrorKind::TooManyRules { limit }
        | SaveErrorKind::TooManyChains { limit } => vec![("limit", limit.to_string())],
        SaveErrorKind::UnknownTable(word)
        | SaveErrorKind::OtherTable(word)
        | SaveErrorKind::UnknownCommand(word)
        | SaveErrorKind::Missing { after: word }
        | SaveErrorKind::Unexpected(word)
        | SaveErrorKind::ChainName(word)
        | SaveErrorKind::NoChain(word)
        | SaveErrorKind::ChainExists(word)
        | SaveErrorKind::ChainInUse(word)
        | SaveErrorKind::JumpToBuiltIn(word)
        | SaveErrorKind::Policy(word)
        | SaveErrorKind::NoRule(word)
        | SaveErrorKind::UnknownOption(word)
        | SaveErrorKind::Twice(word)
        | SaveErrorKind::NotInvertible(word)
        | SaveErrorKind::NeedsProtocol { module: word }
        | SaveErrorKind::DeviceName(word)
        | SaveErrorKind::Loop(word) => one(word),
        SaveErrorKind::NoCommit(table) => one(&table.to_string()),
        SaveErrorKind::Together(word, other)
        | SaveErrorKind::Value { option: other, value: word }
        | SaveErrorKind::MissingOption { module: word, option: other }
        | SaveErrorKind::NoDevice { option: word, chain: other } => {
            vec![("word", word.to_string()), ("other", other.to_string())]
        }
        SaveErrorKind::TargetTable { target, table } => {
            vec![("word", target.to_string()), ("other", table.to_string())]
        }
        SaveErrorKind::Hook { module, hook } => vec![("word", module.to_string()), ("other", hook.to_string())],
        _ => Vec::new(),
    };
    at(lang, error.line, error.column, &say(lang, &format!("save-error-{}", error.kind.code()), &args))
}

/// What is wrong with a line of `ipset save` text.
pub fn set_error(lang: Lang, error: &SetError) -> String {
    let args = match &error.kind {
        SetErrorKind::TooLong { limit } | SetErrorKind::TooManyElements { limit } => {
            vec![("limit", limit.to_string())]
        }
        SetErrorKind::UnknownCommand(word)
        | SetErrorKind::UnknownType(word)
        | SetErrorKind::NoSet(word)
        | SetErrorKind::SetExists(word)
        | SetErrorKind::SetName(word)
        | SetErrorKind::Missing { after: word }
        | SetErrorKind::Value(word) => vec![("word", word.to_string())],
        _ => Vec::new(),
    };
    at(lang, error.line, error.column, &say(lang, &format!("set-error-{}", error.kind.code()), &args))
}

/// What is wrong with a text of `nft`.
pub fn nft_error(lang: Lang, error: &NftError) -> String {
    let args = match &error.kind {
        NftErrorKind::TooLarge | NftErrorKind::TooMany | NftErrorKind::TooDeep => Vec::new(),
        NftErrorKind::Quote | NftErrorKind::End => Vec::new(),
        NftErrorKind::Character(character) => vec![("word", character.to_string())],
        NftErrorKind::Expected(wanted, found) => {
            let wanted = match wanted {
                Expected::Name => locale::t(lang, "nft-wants-name"),
                Expected::Command => locale::t(lang, "nft-wants-command"),
                Expected::Number => locale::t(lang, "nft-wants-number"),
                Expected::Time => locale::t(lang, "nft-wants-time"),
                Expected::Text => locale::t(lang, "nft-wants-text"),
                Expected::Type => locale::t(lang, "nft-wants-type"),
                Expected::Hook => locale::t(lang, "nft-wants-hook"),
                Expected::Policy => locale::t(lang, "nft-wants-policy"),
                Expected::Value => locale::t(lang, "nft-wants-value"),
                Expected::Verdict => locale::t(lang, "nft-wants-verdict"),
                Expected::LineEnd => locale::t(lang, "nft-wants-line-end"),
                Expected::Sign(sign) => (*sign).to_owned(),
            };
            vec![("word", found.to_string()), ("other", wanted)]
        }
        NftErrorKind::UnknownTable(word)
        | NftErrorKind::UnknownChain(word)
        | NftErrorKind::UnknownSet(word)
        | NftErrorKind::UnknownVariable(word)
        | NftErrorKind::Duplicate(word)
        | NftErrorKind::Unsupported(word) => vec![("word", word.to_string())],
    };
    at(lang, error.line, error.column, &say(lang, &format!("nft-error-{}", error.kind.code()), &args))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::cause::CauseId;
    use sim_core::parse::{ipset, iptables, nft};

    /// The sentence in English; in Korean there has to be one, too.
    fn check(text: &str, expected: &str) {
        let both = |lang| {
            if text.starts_with("table") || text.starts_with("nft") {
                let text = text.trim_start_matches("nft ");
                let limits = nft::NftLimits::default();
                let error = nft::parse(text, nft::Source::Script, CauseId::default(), &limits).unwrap_err();
                nft_error(lang, &error)
            } else if text.starts_with("create") || text.starts_with("add") {
                let found = ipset::parse_sets(text, &ipset::Limits::default(), &mut |_| CauseId::default());
                set_error(lang, &found.unwrap_err()[0])
            } else {
                let found = iptables::parse_save(text, &iptables::Limits::default(), &mut |_| CauseId::default());
                save_error(lang, &found.unwrap_err().0[0])
            }
        };
        assert_eq!(both(Lang::En), expected);
        let korean = both(Lang::Ko);
        assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)) && !korean.contains("error-"), "{korean}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        check("*nope\n", "Line 1, column 1: there is no table nope.");
        check("*nat\n-A NOWHERE -j ACCEPT\nCOMMIT\n", "Line 2, column 4: there is no chain NOWHERE.");
        check("*nat\n-A INPUT --frob 3\nCOMMIT\n", "Line 2, column 10: --frob is an option that nothing here knows.");
        check("*nat\n-A INPUT -p tcp --dport 99999\nCOMMIT\n", "Line 2, column 17: --dport does not take 99999.");
        check("*nat\n-A INPUT -s 1.2.3\nCOMMIT\n", "Line 2, column 13: -s does not take 1.2.3.");
        check("add nowhere 10.0.0.1\n", "Line 1, column 5: there is no set nowhere.");
        check("create x hash:ether\n", "Line 1, column 10: sets of type hash:ether are not understood.");
        check("table ip x {\n chain y {\n  ip saddr @gone drop\n }\n}\n", "Line 3, column 13: there is no set gone.");
        check("table ip {\n}\n", "Line 1, column 10: expected a name, found {.");
        check("nft frob\n", "Line 2, column 1: the text ends in the middle.");
    }

    #[test]
    fn every_code_has_words() {
        let codes = |prefix: &str, codes: &[&str]| {
            for id in codes.iter().map(|code| format!("{prefix}-error-{code}")) {
                assert!(Lang::ALL.into_iter().all(|lang| locale::has(lang, &id)), "{id}");
            }
        };
        codes("save", SaveErrorKind::CODES);
        codes("set", SetErrorKind::CODES);
        codes("nft", NftErrorKind::CODES);
    }
}
