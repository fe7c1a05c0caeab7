//! What is wrong with a dump.

use crate::config::Hook;
use crate::ids::TableName;
use std::sync::Arc;

/// Everything that is wrong, in order of lines; never empty, and cut at [`super::Limits::errors`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveErrors(pub Vec<SaveError>);

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveError {
    /// Line, from 1; 0 for the text as a whole.
    pub line: u32,
    /// Column of the offending word in characters, from 1; 0 for the line as a whole.
    pub column: u32,
    /// What.
    pub kind: SaveErrorKind,
}

/// What can be wrong. The words are those of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaveErrorKind {
    /// The text is longer than so many bytes.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A line is longer than so many bytes.
    LineTooLong {
        /// The limit.
        limit: usize,
    },
    /// More rules than allowed.
    TooManyRules {
        /// The limit.
        limit: usize,
    },
    /// More chains than allowed.
    TooManyChains {
        /// The limit.
        limit: usize,
    },
    /// `*NAME` of a table that does not exist.
    UnknownTable(Arc<str>),
    /// A line that only makes sense inside a table.
    NoTable,
    /// `*NAME` before the `COMMIT` of the table before.
    NoCommit(TableName),
    /// `-t` of another table than the one the line stands in.
    OtherTable(Arc<str>),
    /// A line that starts like no command.
    UnknownCommand(Arc<str>),
    /// A word is missing at the end.
    Missing {
        /// After which word.
        after: Arc<str>,
    },
    /// A word nothing asks for.
    Unexpected(Arc<str>),
    /// A quotation without an end.
    OpenQuote,
    /// A name no chain may have.
    ChainName(Arc<str>),
    /// No chain of that name.
    NoChain(Arc<str>),
    /// There is such a chain already.
    ChainExists(Arc<str>),
    /// The chain is built in, has rules, or rules lead to it.
    ChainInUse(Arc<str>),
    /// `-j` to a built-in chain.
    JumpToBuiltIn(Arc<str>),
    /// Neither `ACCEPT` nor `DROP`, or a policy for a user chain.
    Policy(Arc<str>),
    /// No rule of that number, or none that reads so.
    NoRule(Arc<str>),
    /// An option that neither the rule nor its modules know.
    UnknownOption(Arc<str>),
    /// An option given twice.
    Twice(Arc<str>),
    /// Two options of which only one may stand.
    Together(Arc<str>, Arc<str>),
    /// An option that cannot be inverted.
    NotInvertible(Arc<str>),
    /// A value its option does not take.
    Value {
        /// Option.
        option: Arc<str>,
        /// Value.
        value: Arc<str>,
    },
    /// A module without an option it needs.
    MissingOption {
        /// Module or target.
        module: Arc<str>,
        /// One of the options it needs.
        option: Arc<str>,
    },
    /// A module that needs another protocol than `-p` says.
    NeedsProtocol {
        /// Module or target.
        module: Arc<str>,
    },
    /// `-i` or `-o` where no such device is known.
    NoDevice {
        /// `-i` or `-o`.
        option: Arc<str>,
        /// Chain.
        chain: Arc<str>,
    },
    /// The name of a device is too long.
    DeviceName(Arc<str>),
    /// A target that does not work in this table.
    TargetTable {
        /// Target.
        target: Arc<str>,
        /// Table.
        table: TableName,
    },
    /// A match or target that does not work at a hook the rule is reached from.
    Hook {
        /// Module or target.
        module: Arc<str>,
        /// Hook.
        hook: Hook,
    },
    /// The rule leads back to a chain it is in.
    Loop(Arc<str>),
}

impl SaveErrorKind {
    /// A short name that does not change, for words and programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::LineTooLong { .. } => "line-too-long",
            Self::TooManyRules { .. } => "too-many-rules",
            Self::TooManyChains { .. } => "too-many-chains",
            Self::UnknownTable(_) => "unknown-table",
            Self::NoTable => "no-table",
            Self::NoCommit(_) => "no-commit",
            Self::OtherTable(_) => "other-table",
            Self::UnknownCommand(_) => "unknown-command",
            Self::Missing { .. } => "missing",
            Self::Unexpected(_) => "unexpected",
            Self::OpenQuote => "open-quote",
            Self::ChainName(_) => "chain-name",
            Self::NoChain(_) => "no-chain",
            Self::ChainExists(_) => "chain-exists",
            Self::ChainInUse(_) => "chain-in-use",
            Self::JumpToBuiltIn(_) => "jump-to-built-in",
            Self::Policy(_) => "policy",
            Self::NoRule(_) => "no-rule",
            Self::UnknownOption(_) => "unknown-option",
            Self::Twice(_) => "twice",
            Self::Together(..) => "together",
            Self::NotInvertible(_) => "not-invertible",
            Self::Value { .. } => "value",
            Self::MissingOption { .. } => "missing-option",
            Self::NeedsProtocol { .. } => "needs-protocol",
            Self::NoDevice { .. } => "no-device",
            Self::DeviceName(_) => "device-name",
            Self::TargetTable { .. } => "target-table",
            Self::Hook { .. } => "hook",
            Self::Loop(_) => "loop",
        }
    }
}

/// An error inside a line: where it starts, in bytes, and what it is.
pub(in crate::text) type Wrong = (usize, SaveErrorKind);
