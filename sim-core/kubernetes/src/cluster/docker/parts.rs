//! What a Compose project is made of.

use crate::manifest::objects::{ComposeNetwork, ComposePort, ComposeService, Text};
use crate::origin::{Span, Spanned};
use std::sync::Arc;

/// A project: what its files say together.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// Its name.
    pub(super) name: Arc<str>,
    /// Its services, in the order they are written.
    pub(super) services: Vec<Service>,
    /// Its networks, likewise.
    pub(super) networks: Vec<(Text, Spanned<ComposeNetwork>)>,
    /// It is what `docker inspect` printed.
    pub(super) recorded: bool,
    /// Profiles that are on.
    pub(super) profiles: Vec<Text>,
}

/// A service.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: Text,
    pub(super) of: ComposeService,
    /// Where it begins in the first file that has it.
    pub(super) span: Span,
    /// Its ports with their fields: each counts in its own file.
    pub(super) ports: Vec<(Arc<str>, Spanned<ComposePort>)>,
    /// Which of the service's containers it is, where that is recorded: it is the only one then.
    pub(super) number: Option<u32>,
}

/// Folder and name of a path.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
