//! Lessons: folders that say what to send, what to ask about it and what to change, while everything that is shown comes out of the
//! simulation. `docs/lessons.md` describes the format for whoever writes one.
//!
//! [`Course`] holds those that come with the program, and further ones; [`check`] says what is wrong with what a lesson says, [`solve`]
//! plays its reference solutions.
//!
//! ```
//! use web::lessons::{Course, check};
//!
//! let course = Course::builtin();
//! let lesson = course.find("same-node").expect("it comes with the program");
//! assert_eq!(check(lesson), []);
//! ```

mod challenge;
mod check;
mod course;
mod query;
mod quiz;
mod read;
mod task;
mod written;

pub(crate) use challenge::hashed;
pub use challenge::{Challenge, SEED, challenge};
pub use check::{Solved, WORDS, check, check_course, check_written, printed, solve};
pub use course::Course;
pub use query::{Asked, Event, Found, Moment, Outer, Seen, Spot, Unclear, Value, named, of_result};
pub use quiz::{Ask, Question, questions, word};
pub use read::{Command, Fault, Goal, INDEX, Kind, Lesson, Part, Step, Task, World};
pub use task::{Bounds, Played, Reached, Sent, errors};
pub use written::{Written, file_names};
