//! Ids and keys that nobody guesses.

use data_encoding::BASE32_NOPAD;
use std::io;

/// Bytes of an id and of a key: 160 bits.
const BYTES: usize = 20;

/// A text of lower-case letters and digits.
pub(super) fn text(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_lowercase()
}

pub(super) fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// A random id or key, of 160 bits in 32 characters.
///
/// # Errors
/// The system has no random numbers.
pub fn key() -> io::Result<String> {
    Ok(text(&bytes::<BYTES>()?))
}
