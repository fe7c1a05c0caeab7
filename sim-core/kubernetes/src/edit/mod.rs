//! Edits of YAML and JSON texts that keep the style of what they change: by the path of a field to a [`Patch`](crate::patch::Patch).
//!
//! ```
//! use kubernetes::edit::{Content, Editor};
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//!
//! let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 80   # for people\n";
//! let sources = [SourceText::given("web.yaml", text)];
//! let parsed = parse(&sources, &Limits::default());
//! let editor = Editor::new(&sources, parsed.objects[0].span()).unwrap();
//! let patch = editor.set("spec.ports[0].targetPort", Content::Int(8080)).unwrap();
//! assert!(patch.apply(&sources)[0].text.ends_with("  - port: 80   # for people\n    targetPort: 8080\n"));
//! ```

mod editor;
mod path;
mod write;

pub use editor::Editor;
pub use path::{FieldPath, Step};
pub use write::Content;

#[cfg(test)]
mod tests;
