//! Tables of nftables that several Pods' calls of a plugin fill.

use kernel::config::Netns;
use kernel::config::nft::Rule;
use kernel::text::nft::read::{NftLimits, Source, parse};
use kubernetes::origin::CauseId;

/// Bytes, words and braces in braces of one Pod's text.
const LIMITS: NftLimits = NftLimits { bytes: 1 << 20, tokens: 200_000, nesting: 8 };

/// Adds a table as its plugin writes it for one Pod. Where it is there already, it gets the rules of those `chains` that grow with each Pod.
pub(super) fn add(netns: &mut Netns, text: &str, chains: &[&str], cause: CauseId) {
    add_with(netns, text, chains, cause, |_, _| {});
}

/// The same; `mend` is given each rule of those chains, with the number it has in them together.
pub(super) fn add_with(
    netns: &mut Netns,
    text: &str,
    chains: &[&str],
    cause: CauseId,
    mend: impl Fn(usize, &mut Rule),
) {
    // A plugin's words with names in them that nft does not take: as the plugin, it writes nothing then.
    let Ok(read) = parse(text, Source::Script, cause, &LIMITS) else { return };
    for table in read.tables.iter() {
        let mut table = table.clone();
        let mut number = 0;
        for name in chains {
            let Some(chain) = table.find_chain(name).and_then(|id| table.chains.get_mut(id)) else { continue };
            for rule in &mut chain.rules {
                mend(number, rule);
                number += 1;
            }
        }
        let same = netns.nft.tables.position(|old| (old.family, &old.name) == (table.family, &table.name));
        let Some(old) = same.and_then(|id| netns.nft.tables.get_mut(id)) else {
            netns.nft.tables.push(table);
            continue;
        };
        for name in chains {
            let (Some(from), Some(to)) = (table.find_chain(name), old.find_chain(name)) else { continue };
            for rule in table.chain(from).into_iter().flat_map(|chain| chain.rules.iter()) {
                old.append(to, rule.clone());
            }
        }
    }
}
