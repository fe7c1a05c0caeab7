//! What is kept for the next request.

mod fixes;
mod models;
mod pages;
mod shelf;
mod told;
mod weight;

pub use fixes::FixCache;
pub use models::{Built, ModelCache, Title};
pub use pages::{Kept, PageCache, Turn};
pub use told::{ToldCache, key};
pub use weight::weight;
