//! Where everything comes from: texts and places in them, objects by name, and the causes that kernel state carries by number.

pub mod cause;
mod decode;
mod lines;
mod object;
mod source;
mod span;

pub use cause::{Cause, CauseId, CauseTable, Component};
pub(crate) use decode::broken;
pub(crate) use lines::{Lines, locate, snippet};
pub use lines::{Snippet, SnippetLine};
pub use object::{KubernetesVersion, NamespacedName, ObjectRef, Origin};
pub use source::{Role, SourceText};
pub use span::{Location, SourceId, Span, Spanned};
