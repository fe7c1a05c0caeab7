//! `/x/{id}/share`: a share for whoever made it, and `/s/{id}/versions`: what was changed since the version it was made of.

use super::Chrome;
use askama::Template;

/// Lifetimes that a share can have, as forms and programs send them.
pub const LIFETIMES: [&str; 4] = ["1d", "30d", "1y", "forever"];

/// What the page of a share is about.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its address, for others.
    pub address: &'a str,
    /// Its path.
    pub path: &'a str,
    /// What is shared.
    pub name: &'a str,
    /// How long it lives, in words.
    pub lives: &'a str,
    /// This browser has its key.
    pub has_key: bool,
    /// The markup for other sites; empty where the server does not know its own address.
    pub embed: &'a str,
}

#[derive(Template)]
#[template(path = "share.html")]
struct Page<'a> {
    c: &'a Chrome,
    input: Input<'a>,
}

/// The page.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: Input<'_>) -> Result<String, askama::Error> {
    Page { c, input }.render()
}

/// A link that carries its scenario.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'a> {
    /// The whole link, for others.
    pub address: &'a str,
    /// The same on this server.
    pub path: &'a str,
    /// What it carries.
    pub name: &'a str,
}

#[derive(Template)]
#[template(path = "carried.html")]
struct CarriedPage<'a> {
    c: &'a Chrome,
    input: Carried<'a>,
    size: String,
}

/// The page that shows such a link to whoever made it.
///
/// # Errors
/// Only what the template engine reports.
pub fn carried(c: &Chrome, input: Carried<'_>) -> Result<String, askama::Error> {
    let size = c.ta("carried-size", &[("size", input.address.len().div_ceil(1_024).into())]);
    CarriedPage { c, input, size }.render()
}

#[derive(Template)]
#[template(path = "view.html")]
struct ViewPage<'a> {
    c: &'a Chrome,
    /// KiB of a link at most.
    limit: usize,
}

/// The page that such a link opens, before its script has sent what the link carries; `limit` is the most that it can, in KiB.
///
/// # Errors
/// Only what the template engine reports.
pub fn view(c: &Chrome, limit: usize) -> Result<String, askama::Error> {
    ViewPage { c, limit }.render()
}

/// Two versions of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Versions<'a> {
    /// The older: name and address.
    pub before: (&'a str, &'a str),
    /// The newer.
    pub after: (&'a str, &'a str),
    /// What was changed: lines of a unified diff.
    pub lines: &'a [DiffLine],
}

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffLineKind {
    /// A file's name, or where what follows stands.
    Place,
    /// In both.
    Same,
    /// In the newer alone.
    Added,
    /// In the older alone.
    Taken,
}

impl DiffLineKind {
    /// Its class in the style sheet; empty: none.
    fn class(self) -> &'static str {
        match self {
            Self::Place => "at",
            Self::Same => "",
            Self::Added => "add",
            Self::Taken => "del",
        }
    }
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// What it is.
    pub kind: DiffLineKind,
    /// As it is shown, with the sign before it.
    pub text: String,
}

#[derive(Template)]
#[template(path = "versions.html")]
struct VersionsPage<'a> {
    c: &'a Chrome,
    input: Versions<'a>,
}

/// The page of two versions.
///
/// # Errors
/// Only what the template engine reports.
pub fn versions(c: &Chrome, input: Versions<'_>) -> Result<String, askama::Error> {
    VersionsPage { c, input }.render()
}

/// What a frame on another site shows.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What is shared.
    pub name: &'a str,
    /// What came out, in words.
    pub result: &'a str,
    /// The picture of the step.
    pub picture: &'a str,
    /// The frame's own path.
    pub frame: &'a str,
    /// The whole page.
    pub target: &'a str,
    /// The step, from 1.
    pub step: u32,
    /// How many there are.
    pub total: u32,
}

#[derive(Template)]
#[template(path = "embed.html")]
struct FramePage<'a> {
    c: &'a Chrome,
    input: Frame<'a>,
}

/// The page of a frame.
///
/// # Errors
/// Only what the template engine reports.
pub fn frame(c: &Chrome, input: Frame<'_>) -> Result<String, askama::Error> {
    FramePage { c, input }.render()
}
