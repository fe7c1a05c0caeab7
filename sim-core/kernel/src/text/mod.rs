//! Kernel text: what the Linux tools print of a namespace, each beside the parser of the same tool where people write such text.
//!
//! ```
//! use kernel::ids::CauseId;
//! use kernel::text::nft::{read, write};
//!
//! let text = "table ip filter {\n\tchain input {\n\t\tip saddr 10.0.0.0/8 drop\n\t}\n}\n";
//! let ruleset = read::parse(text, read::Source::Listing, CauseId::default(), &read::NftLimits::default())?;
//! let mut printed = String::new();
//! write::write_ruleset(&mut printed, &ruleset)?;
//! assert_eq!(printed, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod conntrack;
pub mod ip;
pub mod ipset;
pub mod iptables;
pub mod nft;
pub mod printed;
pub mod remembered;

use crate::config::{AnyRule, Netns};
use crate::ids::{RuleRef, TableRef};

/// A rule as the tool of its engine prints it: `-A CHAIN …` or a line of `nft list chain`.
pub fn rule_text(netns: &Netns, at: RuleRef) -> Option<String> {
    let mut text = String::new();
    match (at.table, netns.rule(at)?) {
        (TableRef::Xtables(name), AnyRule::Xtables(rule)) => {
            let table = netns.xtables.tables.get(&name)?;
            // Writing to a String cannot fail.
            let _ = iptables::write::write_rule(&mut text, table, netns.chain_name(at.table, at.chain)?, rule);
        }
        (TableRef::Nft(id), AnyRule::Nft(rule)) => {
            let _ = nft::write::write_rule(&mut text, netns.nft.table(id)?, rule);
        }
        _ => return None,
    }
    Some(text)
}
