//! Drives packets through the network and records the [`Journey`].

mod journey;
pub use journey::*;
