//! What is asked of a text, and what can be wrong with it.

use std::fmt;
use std::sync::Arc;

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `nft list …`: a rule that our printer would write otherwise keeps its notation.
    Listing,
    /// A file for `nft -f`: rules are listed as nft would list them.
    Script,
}

/// How large a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NftLimits {
    /// Bytes of text.
    pub bytes: usize,
    /// Words and signs.
    pub tokens: usize,
    /// Braces inside braces.
    pub nesting: usize,
}

impl Default for NftLimits {
    fn default() -> Self {
        Self { bytes: 64 << 20, tokens: 8_000_000, nesting: 8 }
    }
}

/// Why a text is not a rule set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NftError {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
    /// What is wrong.
    pub kind: NftErrorKind,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NftErrorKind {
    /// More bytes than allowed.
    TooLarge,
    /// More words and signs than allowed.
    TooMany,
    /// Too many braces inside braces.
    TooDeep,
    /// A character that has no meaning here.
    Character(char),
    /// A quote that does not end on its line.
    Quote,
    /// Something else should stand here; what does stand here follows.
    Expected(Expected, Arc<str>),
    /// The text ends in the middle.
    End,
    /// No such table.
    UnknownTable(Arc<str>),
    /// No such chain.
    UnknownChain(Arc<str>),
    /// No such set or map.
    UnknownSet(Arc<str>),
    /// No such `define`.
    UnknownVariable(Arc<str>),
    /// A chain or set of that name is already there.
    Duplicate(Arc<str>),
    /// A command or setting that is not read.
    Unsupported(Arc<str>),
}

/// What should stand somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A name.
    Name,
    /// A command (`table`, `add` …).
    Command,
    /// A number.
    Number,
    /// A time (`1h30m`).
    Time,
    /// A text in quotes.
    Text,
    /// A type of a set's key or a chain.
    Type,
    /// A hook.
    Hook,
    /// A chain's policy.
    Policy,
    /// A value of a set's type.
    Value,
    /// A verdict.
    Verdict,
    /// This sign.
    Sign(&'static str),
    /// The end of the line.
    LineEnd,
}

impl Expected {
    /// A stable code; the sign itself.
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Command => "command",
            Self::Number => "number",
            Self::Time => "time",
            Self::Text => "text",
            Self::Type => "type",
            Self::Hook => "hook",
            Self::Policy => "policy",
            Self::Value => "value",
            Self::Verdict => "verdict",
            Self::Sign(sign) => sign,
            Self::LineEnd => "line-end",
        }
    }
}

impl NftErrorKind {
    /// What of the text is wrong, where it is a part of it.
    pub fn found(&self) -> Option<&str> {
        match self {
            Self::Expected(_, found)
            | Self::UnknownTable(found)
            | Self::UnknownChain(found)
            | Self::UnknownSet(found)
            | Self::UnknownVariable(found)
            | Self::Duplicate(found)
            | Self::Unsupported(found) => Some(found),
            _ => None,
        }
    }

    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many",
            Self::TooDeep => "too-deep",
            Self::Character(_) => "character",
            Self::Quote => "quote",
            Self::Expected(..) => "expected",
            Self::End => "end",
            Self::UnknownTable(_) => "unknown-table",
            Self::UnknownChain(_) => "unknown-chain",
            Self::UnknownSet(_) => "unknown-set",
            Self::UnknownVariable(_) => "unknown-variable",
            Self::Duplicate(_) => "duplicate",
            Self::Unsupported(_) => "unsupported",
        }
    }
}

impl fmt::Display for NftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.kind.code())
    }
}

impl std::error::Error for NftError {}
