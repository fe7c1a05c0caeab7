//! A timeline in words and as JSON: what happens when, what kube-proxy rewrites, what becomes of packets.

mod json;
mod window;
mod words;

pub use json::json;
pub use window::window_words;
pub use words::{LaterWords, MomentWords, RuleWords, SentWords, notes, text, time_text, told};
