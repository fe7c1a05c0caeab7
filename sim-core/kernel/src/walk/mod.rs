//! What one packet meets on its way: hops, and at each hop the things that happened, in order.

mod chooser;
mod detail;
mod event;
mod place;
mod record;
mod rules;
mod time;

pub use chooser::Chooser;
pub use detail::*;
pub use event::{Event, FrameCopy, Hop};
pub use place::{Place, Skb};
pub use record::{Answer, Walk};
pub use rules::{FailedMatch, ListedHow, SetHit, Skipped};
pub use time::in_time;
