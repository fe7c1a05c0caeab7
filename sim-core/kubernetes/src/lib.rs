//! Kubernetes without Linux: objects as people write them, and what the API server, the scheduler and the controllers decide.
//!
//! ```text
//! text ──manifest──▶ objects ──cluster──▶ Cluster
//! ```
//!
//! Arrows run down this list, never up:
//!
//! - [`cluster`]: what API server and controllers decide, as one [`cluster::model::Cluster`].
//! - [`corefile`]: CoreDNS' configuration, read.
//! - [`assumption`]: what was decided without the input saying it.
//! - [`manifest`]: documents to typed objects, each with its file, line and column.
//! - [`edit`]: edits of texts by the path of a field.
//! - `text`: YAML and JSON text to trees with places.
//! - [`diagnostic`]: what was found in the input.
//! - [`patch`]: changes of the input, shown as a diff.
//! - [`origin`]: texts and places in them, objects by name, causes.

pub mod assumption;
pub mod cluster;
pub mod corefile;
pub mod diagnostic;
pub mod edit;
pub mod manifest;
pub mod origin;
pub mod patch;
mod text;
