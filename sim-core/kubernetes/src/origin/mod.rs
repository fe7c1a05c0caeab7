//! Where everything comes from: texts and places in them, objects by name, and the causes that kernel state carries by number.
//!
//! ```
//! use kubernetes::origin::{Cause, CauseTable, Component};
//!
//! // Kernel state carries a number; the table beside it says what that stands for.
//! let causes = CauseTable::default();
//! let id = causes.intern(Cause::of(Component::KubeProxyIptables));
//! assert_eq!(causes.get(id).map(|cause| cause.component), Some(Component::KubeProxyIptables));
//! ```

mod borders;
pub mod cause;
mod decode;
mod lines;
mod object;
mod source;
mod span;

pub(crate) use borders::{Borders, begins_item, is_separator};
pub use cause::{Cause, CauseId, CauseTable, Component};
pub(crate) use decode::broken;
pub(crate) use lines::{Lines, byte_of, locate, snippet};
pub use lines::{Snippet, SnippetLine};
pub use object::{KubernetesVersion, NamespacedName, ObjectRef, Origin};
pub use source::{Role, SourceText};
pub use span::{Location, SourceId, Span, Spanned};
