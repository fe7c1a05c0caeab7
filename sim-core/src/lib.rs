//! Kubernetes manifests to Linux network state, and the way one packet takes through it.
//!
//! The phases, each a pure function (no I/O, no clock, no globals; randomness only from a seed in the input):
//!
//! ```text
//! text ──manifest──▶ objects ──cluster──▶ Cluster ──agents──▶ Network ──trace──▶ Journey
//! ```
//!
//! - [`manifest`]: YAML or JSON text to typed Kubernetes objects, each with its file, line and column.
//! - [`cluster`]: what API server and controllers decide.
//! - [`agents`]: what kubelet, the CNI plugin, kube-proxy … write into each node's kernel.
//! - the crate [`kernel`]: the kernel's state and its behaviour. It knows no Kubernetes word.
//! - [`trace`]: drives packets through [`kernel`] and records the [`trace::Journey`].
//! - [`inventory`]: what of the input is used, used in part, or not, and why.
//! - [`patch`]: changes of the input, made to the text and shown as a diff.
//! - [`mod@print`]: kernel-style text of any piece of that state.

pub mod agents;
pub mod assumption;
pub mod cause;
pub mod cluster;
pub mod diagnostic;
pub mod dns;
pub mod inventory;
pub mod lab;
pub mod manifest;
pub mod model;
pub mod patch;
pub mod print;
pub mod trace;
