//! YAML and JSON text to trees with places, one document at a time, as Kubernetes' own tools read it.
//!
//! `chunks` knows where documents begin, `yaml` and `json` read one into a `tree` within limits, `resolve` types plain scalars as the
//! Kubernetes API machinery does, `syntax` says what a YAML error most likely means, `outline` is a document as people see it.

pub(crate) mod chunks;
pub(crate) mod json;
mod limits;
pub(crate) mod outline;
mod read;
pub(crate) mod resolve;
pub(crate) mod syntax;
pub(crate) mod tree;
pub(crate) mod yaml;

pub use limits::Limits;
pub(crate) use read::{document, excerpt, load, read};
