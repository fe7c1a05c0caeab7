//! Messages of processes, where they are written or read.

use crate::http::Message;

/// A message where it is written or read.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The message.
    pub message: &'a Message,
    /// It is written here, not read.
    pub sent: bool,
}
