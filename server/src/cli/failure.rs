//! How a command ends that does not end well.

use std::io;

/// How a command ends.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The result is not the expected one, or a check found errors: status 1.
    Result,
    /// The input has errors, and the result was printed all the same: status 3.
    Errors,
    /// Nothing of the input could be read, which was told: status 2.
    Unreadable,
    /// Wrong usage, in words for people: status 2.
    Usage(String),
    /// Output could not be written; a closed pipe is no error.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
