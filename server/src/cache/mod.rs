//! What is kept for the next request.

mod fixes;
mod models;
mod weight;

pub use fixes::FixCache;
pub use models::ModelCache;
pub use weight::weight;
