//! Docker: Compose files, and what a daemon is told.
//!
//! Fields whose type differs from writer to writer, or becomes text by `${…}`, are text here: who decides reads them.

mod daemon;
mod file;
mod inspect;
mod service;
mod value;

pub use daemon::*;
pub use file::*;
pub use inspect::*;
pub use service::*;
pub(in crate::manifest::objects) use value::text;
pub use value::{Commands, Named, OneOrMore, Pair, Pairs};
