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
//! - [`patch`]: changes of the input, made to the text and shown as a diff.
//! - [`manifest`]: YAML or JSON text to typed objects, each with its file, line and column.
//! - [`diagnostic`]: what was found in the input.
//! - [`cause`]: which component, object, field and line something stands for.

pub mod assumption;
pub mod cause;
pub mod cluster;
pub mod corefile;
pub mod diagnostic;
pub mod manifest;
pub mod patch;
