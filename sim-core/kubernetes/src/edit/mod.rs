//! Edits of YAML and JSON texts that keep the style of what they change: by the path of a field to a [`Patch`](crate::patch::Patch).

mod editor;
mod path;
mod write;

pub use editor::Editor;
pub use path::{FieldPath, Step};
pub use write::Content;

#[cfg(test)]
mod tests;
