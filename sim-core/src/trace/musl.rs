//! What musl's resolver (Alpine) concludes from the same answers, where that is not what glibc's does (`name_from_dns_search`).

use super::journey::{Journey, Lookup};
use super::lookup::resolv_conf;
use crate::dns::RecordType;
use crate::dns::resolver::{Rcode, candidates};
use crate::model::Model;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// In what it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Differs {
    /// A name with as many dots as `ndots` is asked for as it stands, and nowhere else.
    NoSearch,
    /// The first name that exists without an address ends the search.
    EndsWithoutAddress,
    /// A failure of the server ends the search.
    EndsAtFailure,
    /// All servers are asked at once, and the first answer counts.
    AllAtOnce,
    /// Before version 1.2.4 it takes what fits into a datagram.
    NoStream,
}

impl Differs {
    /// Name for JSON and words.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSearch => "no-search",
            Self::EndsWithoutAddress => "ends-without-address",
            Self::EndsAtFailure => "ends-at-failure",
            Self::AllAtOnce => "all-at-once",
            Self::NoStream => "no-stream",
        }
    }
}

/// What musl makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Musl {
    /// Addresses; none where it finds none.
    pub addresses: BTreeSet<IpAddr>,
    /// In what it differs.
    pub differs: BTreeSet<Differs>,
}

/// `None` where both do the same, where nobody was asked, or where answers are not known.
pub fn musl(model: &Model, journey: &Journey) -> Option<Musl> {
    let typed = super::names::asked(&journey.probe)?;
    let lookups = &journey.lookups;
    let pairs = lookups.iter().all(|one| matches!(one.record, RecordType::A | RecordType::Aaaa));
    if lookups.is_empty() || !pairs || lookups.iter().any(|one| one.beyond) {
        return None;
    }
    let conf = resolv_conf(model, &journey.probe.from);
    let dots = typed.bytes().filter(|byte| *byte == b'.').count();
    let whole = dots >= usize::from(conf.ndots) && !typed.ends_with('.');
    let mut musl = Musl::default();
    let mut wanted = candidates(&conf, typed);
    if whole && wanted.len() > 1 {
        wanted.truncate(1);
    }
    let servers: BTreeSet<_> = conf.nameservers.iter().filter(|server| server.is_ipv4()).collect();
    if servers.len() > 1 {
        musl.differs.insert(Differs::AllAtOnce);
    }
    for candidate in &wanted {
        let of: Vec<&Lookup> = lookups.iter().filter(|one| *one.name == *candidate.name).collect();
        if of.iter().any(|one| one.truncated) {
            musl.differs.insert(Differs::NoStream);
        }
        musl.addresses.extend(of.iter().flat_map(|one| &one.addresses).copied());
        let first = of.iter().rev().find(|one| one.record == RecordType::A).and_then(|one| one.rcode);
        if !musl.addresses.is_empty() {
            break;
        }
        let ends = match first {
            Some(Rcode::NxDomain) => continue,
            Some(Rcode::NoError) => Differs::EndsWithoutAddress,
            Some(Rcode::ServFail | Rcode::Refused) => Differs::EndsAtFailure,
            None => break,
        };
        // Where more would have been asked for.
        if wanted.last() != Some(candidate) {
            musl.differs.insert(ends);
        }
        break;
    }
    let last = lookups.iter().rev().find(|one| !one.addresses.is_empty());
    let found: BTreeSet<IpAddr> = lookups
        .iter()
        .filter(|one| last.is_some_and(|last| last.name == one.name))
        .flat_map(|one| &one.addresses)
        .copied()
        .collect();
    let same = musl.addresses == found;
    if !same && whole {
        musl.differs.insert(Differs::NoSearch);
    }
    if same {
        // Ways that lead to the same.
        musl.differs.retain(|one| matches!(one, Differs::AllAtOnce | Differs::NoStream));
    }
    (!musl.differs.is_empty()).then_some(musl)
}
