//! Rules as Felix hands them to iptables-restore (`felix/iptables`): each with a comment that is the hash of all rules of its chain so far,
//! by which Felix knows its own.

use kernel::ids::CauseId;
use sha2::{Digest, Sha224, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest name of a chain.
const LONGEST: usize = 28;

/// Characters of a rule's hash.
const HASH: usize = 16;

/// Where a chain's rules go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// A chain of its own.
    Own,
    /// Before what is in a chain of the kernel.
    Head,
    /// Behind it.
    Tail,
}

/// A chain with its rules, each without chain and hash.
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) rules: Vec<String>,
    /// Why rules are there, for those that are there for something else than their chain is, by their place.
    causes: BTreeMap<usize, CauseId>,
}

impl Chain {
    pub(super) fn new<R: Into<String>>(name: &str, rules: impl IntoIterator<Item = R>) -> Self {
        Self {
            name: name.to_owned(),
            at: At::Own,
            rules: rules.into_iter().map(Into::into).collect(),
            causes: BTreeMap::new(),
        }
    }

    /// Puts a rule at the end.
    pub(super) fn push(&mut self, rule: String, cause: Option<CauseId>) {
        self.causes.extend(cause.map(|cause| (self.rules.len(), cause)));
        self.rules.push(rule);
    }

    /// Rules in a chain of the kernel.
    pub(super) fn of_kernel<R: Into<String>>(name: &str, at: At, rules: impl IntoIterator<Item = R>) -> Self {
        Self { at, ..Self::new(name, rules) }
    }

    /// The rules' hashes (`RuleHashes`).
    pub(super) fn hashes(&self) -> Vec<String> {
        let of = if self.at == At::Tail { format!("{}*appends*", self.name) } else { self.name.clone() };
        let mut hash = Sha224::digest(of.as_bytes());
        let mut all = Vec::new();
        for rule in &self.rules {
            let mut next = Sha224::new();
            next.update(hash);
            next.update(format!("-A {of} HASH {rule}").as_bytes());
            hash = next.finalize();
            let mut text = data_encoding::BASE64URL_NOPAD.encode(&hash);
            text.truncate(HASH);
            all.push(text);
        }
        all
    }

    /// The lines of a table that make it.
    fn write(&self, out: &mut String) {
        for (index, (rule, hash)) in self.rules.iter().zip(self.hashes()).enumerate() {
            let name = &self.name;
            let _ = match self.at {
                At::Head => write!(out, "-I {name} {}", index + 1),
                At::Own | At::Tail => write!(out, "-A {name}"),
            };
            let _ = writeln!(out, " -m comment --comment \"cali:{hash}\" {rule}");
        }
    }
}

/// A table with chains, to be carried out on what is there.
pub(super) fn table(name: &str, chains: &[Chain]) -> String {
    let mut out = format!("*{name}\n");
    for chain in chains.iter().filter(|chain| chain.at == At::Own) {
        let _ = writeln!(out, ":{} - [0:0]", chain.name);
    }
    chains.iter().for_each(|chain| chain.write(&mut out));
    out.push_str("COMMIT\n");
    out
}

/// Why lines of the table are there, for rules with a cause of their own; by line, from 1.
pub(super) fn causes(chains: &[Chain]) -> BTreeMap<u32, CauseId> {
    let mut line = 2 + chains.iter().filter(|chain| chain.at == At::Own).count() as u32;
    let mut all = BTreeMap::new();
    for chain in chains {
        all.extend(chain.causes.iter().map(|(at, cause)| (line + *at as u32, *cause)));
        line += chain.rules.len() as u32;
    }
    all
}

/// A chain's name out of a prefix and an identity, which is hashed where it is too long (`GetLengthLimitedID`).
pub(super) fn limited(prefix: &str, id: &str) -> String {
    if prefix.len() + id.len() <= LONGEST && !id.starts_with('_') {
        return format!("{prefix}{id}");
    }
    let mut hash = data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(id.as_bytes()));
    hash.truncate(LONGEST.saturating_sub(prefix.len() + 1));
    format!("{prefix}_{hash}")
}
