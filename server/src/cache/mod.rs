//! What is kept for the next request.

mod fixes;
mod models;
mod pages;
mod weight;

pub use fixes::FixCache;
pub use models::ModelCache;
pub use pages::{Kept, PageCache};
pub use weight::weight;
