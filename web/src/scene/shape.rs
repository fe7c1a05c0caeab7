//! What a picture is made of: a small display list that both the SVG writer and the player can draw.

use super::geometry::{Pt, Rect};
use super::text::{self, Face};
use super::words::{Label, Words};

/// Something drawn.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// Shapes that belong together.
    Group(Group),
    /// A rectangle with rounded corners.
    Rect {
        /// Where.
        at: Rect,
        /// Corner radius.
        radius: i32,
        /// Class.
        class: &'static str,
    },
    /// A line of text.
    Text(Text),
    /// A path.
    Path {
        /// Path data.
        d: String,
        /// Class.
        class: &'static str,
    },
    /// A disc or ring.
    Circle {
        /// Centre.
        at: Pt,
        /// Radius.
        radius: i32,
        /// Class.
        class: &'static str,
    },
}

/// Shapes that belong together and may be addressed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// Class.
    pub(crate) class: &'static str,
    /// Name by which a step's state addresses it.
    pub(crate) key: Option<String>,
    /// `data-*` attributes: name without the prefix, value.
    pub(crate) data: Vec<(&'static str, String)>,
    /// Its full name, for pointer and screen reader.
    pub(crate) title: Option<Say>,
    /// What choosing it means.
    pub(crate) pick: Option<Pick>,
    /// Contents, back to front.
    pub(crate) shapes: Vec<Shape>,
}

/// Something that can be chosen as source or destination.
#[derive(Clone, Debug)]
pub(crate) enum Pick {
    /// A Pod: namespace, name.
    Pod(String, String),
    /// A Service: namespace, name.
    Service(String, String),
}

/// Text, or a label to be said in the reader's language.
#[derive(Clone, Debug)]
pub(crate) enum Say {
    /// As it is.
    Plain(String),
    /// Translated.
    Label(Label),
    /// One after the other.
    Many(Vec<Say>),
}

impl Say {
    /// The text in one language.
    pub(crate) fn text(&self, words: &dyn Words) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Label(label) => words.label(label),
            Self::Many(parts) => parts.iter().map(|part| part.text(words)).collect(),
        }
    }
}

impl From<&str> for Say {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}
impl From<String> for Say {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}
impl From<Label> for Say {
    fn from(label: Label) -> Self {
        Self::Label(label)
    }
}

/// Which side of its point a text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Begins there.
    Start,
    /// Centred there.
    Middle,
    /// Ends there.
    End,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Point on the baseline.
    pub(crate) at: Pt,
    /// Side.
    pub(crate) align: Align,
    /// Further class.
    pub(crate) class: &'static str,
    /// Typeface.
    pub(crate) face: Face,
    /// Room in pixels; longer text is shortened in the middle.
    pub(crate) max: i32,
    /// What it says.
    pub(crate) say: Say,
}

impl Text {
    /// What is drawn, and the whole text where it was shortened.
    pub(crate) fn fitted(&self, words: &dyn Words) -> (String, Option<String>) {
        let whole = self.say.text(words);
        let short = text::fit(&whole, self.face, self.max);
        if short == whole { (short, None) } else { (short, Some(whole)) }
    }
}

/// Text that begins at a point.
pub(crate) fn start(x: i32, y: i32, max: i32, face: Face, class: &'static str, say: impl Into<Say>) -> Shape {
    Shape::Text(Text { at: Pt::at(x, y), align: Align::Start, class, face, max, say: say.into() })
}

/// Text centred on a point.
pub(crate) fn middle(x: i32, y: i32, max: i32, face: Face, class: &'static str, say: impl Into<Say>) -> Shape {
    Shape::Text(Text { at: Pt::at(x, y), align: Align::Middle, class, face, max, say: say.into() })
}

/// Text that ends at a point.
pub(crate) fn end(x: i32, y: i32, max: i32, face: Face, class: &'static str, say: impl Into<Say>) -> Shape {
    Shape::Text(Text { at: Pt::at(x, y), align: Align::End, class, face, max, say: say.into() })
}

/// A rectangle.
pub(crate) fn rect(at: Rect, radius: i32, class: &'static str) -> Shape {
    Shape::Rect { at, radius, class }
}
