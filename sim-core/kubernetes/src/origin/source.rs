//! The texts of the input.

use std::sync::Arc;

/// One input text with the name the user knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// File name, or `-` for standard input, or `pasted.yaml`. Parts of a path are separated by `/`.
    pub name: Arc<str>,
    /// UTF-8 text; a leading byte order mark is allowed. Made of a file's bytes by [`SourceText::decode`].
    pub text: Arc<str>,
    /// How it came into the input.
    pub role: Role,
}

impl SourceText {
    /// A text that the user named.
    pub fn given(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), role: Role::Given }
    }

    /// A text that was found in a folder or an archive.
    pub fn found(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into(), role: Role::Found }
    }
}

/// How a text came into the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The user named it: it is meant to be a manifest.
    #[default]
    Given,
    /// It was found in a folder or an archive: it may be anything, and its neighbours say what it is for.
    Found,
}
