//! The text of `nft list`: [`read`] and [`mod@write`].
//!
//! ```
//! use kernel::ids::CauseId;
//! use kernel::text::nft::read::{NftErrorKind, NftLimits, Source, parse};
//!
//! let script = "table ip nat {\n\tchain web {\n\t\ttcp dport 80 goto nowhere\n\t}\n}\n";
//! let error = parse(script, Source::Script, CauseId::default(), &NftLimits::default()).expect_err("no such chain");
//! assert_eq!((error.line, error.kind), (3, NftErrorKind::UnknownChain("nowhere".into())));
//! ```

pub mod read;
pub mod write;
