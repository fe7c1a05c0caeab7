//! Who may connect to whom, as text, tables, JSON and a graph.

mod differences;
mod fold;
mod formats;
mod json;
mod names;
mod notes;
mod picture;

pub use differences::{diff_csv, diff_json, diff_markdown, diff_text};
pub use fold::{Cell, Fold, Folded, Group, folded, overview};
pub use formats::{csv, dot, exposure_text, markdown, text};
pub use json::json;
pub use names::{Names, address, peer_at, ports_text, ports_words, range_text};
pub(crate) use names::{end_text, ports_json};
pub use notes::notes;
pub use picture::{ARROWS, svg};

/// Pairs that are listed one by one at most; more are listed in groups.
pub const PAIRS: u64 = 50_000;
