//! YAML and JSON text to typed Kubernetes objects, each with its place.

pub mod span;
