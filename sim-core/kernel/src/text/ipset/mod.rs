//! The text of `ipset save`: [`read`] and [`mod@write`].
//!
//! ```
//! use kernel::ids::CauseId;
//! use kernel::text::ipset::{read, write};
//!
//! let text = "create web hash:ip family inet hashsize 1024 maxelem 65536\nadd web 10.0.0.1\n";
//! let sets = read::parse_sets(text, &read::Limits::default(), &mut CauseId).expect("no mistake");
//! let mut printed = String::new();
//! write::write_sets(&mut printed, &sets)?;
//! assert_eq!(printed, text);
//! # Ok::<(), std::fmt::Error>(())
//! ```

pub mod read;
pub mod write;
