//! Scenarios that a link carries whole, behind the `#`, which no browser sends: `v1.` and the files, as JSON, deflated (RFC 1951) and in
//! base64url (RFC 4648, 5) without padding; then the page below the scenario, e.g. `/trace?from=…`.
//!
//! ```
//! use server::fragment::{Link, Packed};
//! use server::store::File;
//!
//! let files = vec![File { name: "a.yaml".to_owned(), text: "kind: Pod\n".to_owned() }];
//! let link = Link { packed: Packed { files, comments: false }, below: "/trace?from=pod/default/a".to_owned() };
//! let text = link.write().unwrap();
//! assert!(text.starts_with("v1.") && text.ends_with("/trace?from=pod/default/a"));
//! assert_eq!(Link::read(&text), Ok(link));
//! ```

use crate::store::File;
use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// Characters of a fragment at most: what browsers, mails and chats carry.
pub const MOST: usize = 32 << 10;
/// Bytes that it may unpack to.
pub const UNPACKED: usize = 1 << 20;
/// Files of one at most.
const FILES: usize = 500;
/// What this version writes, and how it begins.
const VERSION: &str = "v1.";

/// What a link carries of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// The files, in order.
    pub files: Vec<File>,
    /// Comments are not to be shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub comments: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What stands behind the `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The scenario.
    pub packed: Packed,
    /// The page below the scenario's, with its question: empty, or from `/` on.
    pub below: String,
}

/// A scenario that came with a link, for the one answer that shows it.
#[derive(Debug)]
pub struct Viewed {
    /// Its files, redacted.
    pub files: Vec<File>,
    /// Its name.
    pub name: String,
    /// Places that were redacted.
    pub redacted: usize,
    /// The scenario's part of the fragment as it should go on: without what was redacted.
    pub packed: String,
}

/// The id that addresses have on pages of such a scenario; none of the store is like that.
pub const VIEWED: &str = "view";

/// Why a link cannot be opened, or not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It does not begin with a version, or with one of which we know nothing.
    #[error("an unknown version")]
    Version,
    /// Something is missing of it, or was changed.
    #[error("it is not complete")]
    Broken,
    /// It has more than [`MOST`] characters: so many.
    #[error("{0} characters")]
    TooLong(usize),
    /// It unpacks to more than [`UNPACKED`] bytes.
    #[error("more than {UNPACKED} bytes")]
    TooMuch,
}

impl LinkError {
    /// Its name in the locales.
    pub fn code(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Broken => "broken",
            Self::TooLong(_) => "too-long",
            Self::TooMuch => "too-much",
        }
    }
}

impl Packed {
    /// The scenario's part of a fragment.
    ///
    /// # Errors
    /// [`LinkError::TooMuch`].
    pub fn write(&self) -> Result<String, LinkError> {
        let text = serde_json::to_vec(self).map_err(|_| LinkError::Broken)?;
        if text.len() > UNPACKED {
            return Err(LinkError::TooMuch);
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        let packed = encoder.write_all(&text).and_then(|()| encoder.finish()).map_err(|_| LinkError::Broken)?;
        Ok(format!("{VERSION}{}", BASE64URL_NOPAD.encode(&packed)))
    }

    fn read(text: &str) -> Result<Self, LinkError> {
        let packed = text.strip_prefix(VERSION).ok_or(LinkError::Version)?;
        // Some programs put the padding there that we leave out.
        let packed = BASE64URL_NOPAD.decode(packed.trim_end_matches('=').as_bytes()).map_err(|_| LinkError::Broken)?;
        let mut text = Vec::new();
        let mut decoder = DeflateDecoder::new(&*packed).take(UNPACKED as u64 + 1);
        decoder.read_to_end(&mut text).map_err(|_| LinkError::Broken)?;
        if text.len() > UNPACKED {
            return Err(LinkError::TooMuch);
        }
        let read: Self = serde_json::from_slice(&text).map_err(|_| LinkError::Broken)?;
        if read.files.len() > FILES {
            return Err(LinkError::TooMuch);
        }
        Ok(read)
    }
}

impl Link {
    /// The fragment, without its `#`.
    ///
    /// # Errors
    /// [`LinkError::TooLong`], [`LinkError::TooMuch`].
    pub fn write(&self) -> Result<String, LinkError> {
        let text = format!("{}{}", self.packed.write()?, self.below);
        if text.len() > MOST { Err(LinkError::TooLong(text.len())) } else { Ok(text) }
    }

    /// Reads a fragment, with its `#` or without.
    ///
    /// # Errors
    /// [`LinkError`]; nothing larger than the bounds is ever unpacked.
    pub fn read(text: &str) -> Result<Self, LinkError> {
        let text = text.trim().trim_start_matches('#');
        if text.len() > MOST {
            return Err(LinkError::TooLong(text.len()));
        }
        let end = text.find(['/', '?', '#']).unwrap_or(text.len());
        let (packed, below) = text.split_at(end);
        Ok(Self { packed: Packed::read(packed)?, below: below.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(bytes: &[u8]) -> String {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        format!("v1.{}", BASE64URL_NOPAD.encode(&encoder.finish().unwrap()))
    }

    #[test]
    fn what_is_no_link_is_told_apart() {
        let good = pack(br#"{"files":[{"name":"a","text":"b"}]}"#);
        assert!(Link::read(&good).is_ok() && Link::read(&format!("#{good}?from=pod/a")).is_ok());
        for (text, error) in [
            (String::new(), LinkError::Version),
            ("#".to_owned(), LinkError::Version),
            (good.replace("v1", "v2"), LinkError::Version),
            (good[3..].to_owned(), LinkError::Version),
            (good[..good.len() - 6].to_owned(), LinkError::Broken),
            (format!("{good}!"), LinkError::Broken),
            ("v1.AAAA".to_owned(), LinkError::Broken),
            (pack(b"[]"), LinkError::Broken),
            (pack(b"{\"files\":[],\"more\":1}"), LinkError::Broken),
            (pack(b"\xff"), LinkError::Broken),
            (format!("v1.{}", "A".repeat(MOST)), LinkError::TooLong(MOST + 3)),
        ] {
            assert_eq!(Link::read(&text), Err(error), "{text:.40}");
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_never_unpacked() {
        // A thousand times what it is: 20 KiB come to 20 MiB.
        let bomb = pack(&vec![b' '; 20 << 20]);
        assert!(bomb.len() < MOST);
        assert_eq!(Link::read(&bomb), Err(LinkError::TooMuch));
        let files = vec![File { name: "a".to_owned(), text: " ".repeat(UNPACKED) }];
        assert_eq!(Packed { files, comments: false }.write(), Err(LinkError::TooMuch));
        let many = vec![File { name: "a".to_owned(), text: String::new() }; FILES + 1];
        let text = Packed { files: many, comments: false }.write().unwrap();
        assert_eq!(Link::read(&text), Err(LinkError::TooMuch));
    }

    #[test]
    fn a_link_that_is_too_long_is_not_made() {
        let next = |n: &u64| Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        let noise: String = std::iter::successors(Some(1_u64), next).take(4_000).map(|n| format!("{n:016x}")).collect();
        let files = vec![File { name: "a".to_owned(), text: noise }];
        let link = Link { packed: Packed { files, comments: false }, below: String::new() };
        assert!(matches!(link.write(), Err(LinkError::TooLong(_))));
    }
}
