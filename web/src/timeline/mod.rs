//! A timeline in words and as JSON: what happens when, what kube-proxy rewrites, what becomes of packets.

mod acts;
mod bar;
mod between;
mod json;
mod said;
mod strip;
mod window;
mod words;

pub use acts::{Act, Acts};
pub use bar::{Bar, BarView};
pub use between::{BetweenWords, between_json, write_between};
pub use json::json;
pub use said::line_error;
pub use strip::{CellWords, Meaning, PART, StripWords, stream_heading, strip_json, strip_words, write_strip};
pub use window::window_words;
pub use words::{LaterWords, MomentWords, RuleWords, SentWords, notes, text, time_text, told};
