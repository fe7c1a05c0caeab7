//! A workload's policies, drawn: what comes in on the left, what goes out on the right, and whom the entries of each rule mean.
//!
//! Nothing of it is decided here: [`sim_core::reach::Around`] says who may connect, [`sim_core::reach::Entries`] whom an entry means.

mod drawn;
mod json;
mod meant;
mod text;

pub use drawn::{Drawn, Row, State, Way, ends, probe};
pub use json::json;
pub use meant::{Chip, Meant, Space, meant};
pub(crate) use text::isolation;
pub use text::text;
