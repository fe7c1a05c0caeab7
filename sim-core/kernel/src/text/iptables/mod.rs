//! The text of `iptables-save`: [`read`] and [`mod@write`].
//!
//! ```
//! use kernel::ids::CauseId;
//! use kernel::text::iptables::{read, write};
//!
//! let text = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
//!             -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n";
//! let tables = read::parse_save(text, &read::Limits::default(), &mut CauseId).expect("no mistake");
//! let mut printed = String::new();
//! write::write_save(&mut printed, &tables, &|_| true)?;
//! assert_eq!(printed, text);
//! # Ok::<(), std::fmt::Error>(())
//! ```

pub mod read;
pub mod write;
