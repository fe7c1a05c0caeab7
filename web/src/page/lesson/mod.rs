//! `/lessons`: the course as a map; `/lessons/{slug}`: one step of one lesson. Everything that a lesson shows is computed for the page.

mod map;
mod paper;
mod parts;
mod prose;
mod quiz;
mod step;

pub use map::map;
pub use paper::{end, handout};
pub use parts::{Shown, value_words};
pub use quiz::{Quiz, quiz};
pub use step::{Answer, Input, Tried, step};
