//! A decided cluster to Linux network state, and the way one packet takes through it.
//!
//! The phases, each a pure function (no I/O, no clock, no globals; randomness only from a seed in the input):
//!
//! ```text
//! text ──manifest──▶ objects ──cluster──▶ Cluster ──agents──▶ Network ──trace──▶ Journey
//! ```
//!
//! - the crate [`kubernetes`]: text to typed objects, and what API server and controllers decide. It knows no packet's way.
//! - [`site`]: the machines and the processes on them.
//! - [`agents`]: what kubelet, the CNI plugin, kube-proxy … write into each node's kernel.
//! - the crate [`kernel`]: the kernel's state and its behaviour. It knows no Kubernetes word.
//! - [`trace`]: drives packets through [`kernel`] and records the [`trace::Journey`].
//! - [`environment`]: what kubelet tells containers of Services.
//! - [`http`]: requests and responses, and what proxies that read them decide.
//! - [`inventory`]: what of the input is used, used in part, or not, and why.
//! - [`permit`]: policies changed so that a connection may or may not be opened.
//! - [`reach`]: who may connect to whom, as policies say.
//! - [`timeline`]: the same input at other times.
//! - [`mod@print`]: kernel-style text of any piece of that state.

pub mod agents;
pub mod cost;
pub mod dns;
pub mod environment;
pub mod facts;
pub mod http;
pub mod inventory;
pub mod lab;
pub mod model;
pub mod permit;
pub mod print;
pub mod reach;
pub mod site;
pub mod timeline;
pub mod trace;
