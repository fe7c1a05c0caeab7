//! What one packet meets on its way: hops, and at each hop the things that happened, in order.

mod chooser;
mod detail;
mod end;
mod event;
mod place;
mod rules;
mod time;

pub use chooser::Chooser;
pub use detail::*;
pub use end::{Answer, End, Walk};
pub use event::{Event, FrameCopy, Hop};
pub use place::{Place, Skb};
pub use rules::{FailedMatch, ListedHow, SetHit, Skipped};
pub use time::in_time;
