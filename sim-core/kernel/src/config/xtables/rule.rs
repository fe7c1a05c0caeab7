//! Chains and rules.

use super::matches::{DevMatch, Match};
use super::negated::Neg;
use super::target::Target;
use crate::config::shared::Shared;
use crate::config::terms::{Hook, Policy};
use crate::ids::CauseId;
use crate::packet::Protocol;
use ipnet::IpNet;
use std::sync::Arc;

/// One chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Name.
    pub name: Arc<str>,
    /// The hook and policy of a built-in chain; `None` for user chains.
    pub base: Option<(Hook, Policy)>,
    /// Rules; rule numbers shown to people are index + 1.
    pub rules: Shared<Rule>,
    /// Who made it.
    pub cause: CauseId,
}

/// An iptables rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Matches of the IP layer: `-s -d -i -o -p -f`.
    pub ip: IpMatch,
    /// Extension matches (`-m`), in written order.
    pub matches: Vec<Match>,
    /// What happens on a match.
    pub target: Target,
    /// Who wrote it, for what.
    pub cause: CauseId,
}

/// The part of a rule that every rule has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpMatch {
    /// `-s`.
    pub src: Option<Neg<IpNet>>,
    /// `-d`.
    pub dst: Option<Neg<IpNet>>,
    /// `-i`. In a box, as `-o` is: most rules have neither, so a rule should not carry their size.
    pub in_dev: Option<Box<Neg<DevMatch>>>,
    /// `-o`.
    pub out_dev: Option<Box<Neg<DevMatch>>>,
    /// `-p`.
    pub protocol: Option<Neg<Protocol>>,
    /// `-f`: second and further fragments only (`! -f`: all but those).
    pub fragment: Option<Neg<()>>,
}
