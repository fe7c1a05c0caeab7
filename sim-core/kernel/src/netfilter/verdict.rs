//! What rules look at, and what a table decides.

use super::conntrack::Tracked;
use crate::config::{NatRange, Netns, Owner, RejectWith};
use crate::ids::{ChainId, LinkId, NetnsId, RuleRef};
use crate::walk::NatKind;

/// What a rule asks of address translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NatRequest {
    /// Which side is changed.
    pub(crate) kind: NatKind,
    /// What to choose from.
    pub(crate) range: NatRange,
    /// The address is a device's own: the incoming one's (REDIRECT), the outgoing one's (MASQUERADE).
    pub(crate) own_address: bool,
}

/// What a table decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableVerdict {
    /// Go on.
    Accept,
    /// A rule said DROP.
    Drop(RuleRef),
    /// A policy said DROP.
    PolicyDrop(ChainId),
    /// A rule said REJECT.
    Reject(RuleRef, RejectWith),
    /// A nat rule asks for a translation.
    Nat(RuleRef, NatRequest),
}

/// Everything a match can look at.
pub(crate) struct Seen<'a> {
    /// Namespace.
    pub(crate) id: NetnsId,
    /// Its configuration.
    pub(crate) netns: &'a Netns,
    /// Incoming device as iptables sees it.
    pub(crate) in_dev: Option<LinkId>,
    /// Outgoing device as iptables sees it.
    pub(crate) out_dev: Option<LinkId>,
    /// Port of a bridge the frame came by, where br_netfilter saw it.
    pub(crate) in_port: Option<LinkId>,
    /// Port of a bridge the frame will leave by, where br_netfilter knows it.
    pub(crate) out_port: Option<LinkId>,
    /// What tracking says.
    pub(crate) tracked: Tracked,
    /// Whose socket it comes from.
    pub(crate) sender: Sender,
}

/// Whose socket a packet comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sender {
    /// Nobody's here: it came by a device.
    #[default]
    Nobody,
    /// The kernel's own: resets and ICMP.
    Kernel,
    /// A process's.
    Process(Owner),
}

impl Seen<'_> {
    /// What tracking says to a rule behind one that took the packet out of it (`untracked`): that holds at once, for what belongs to no
    /// connection (`notrack_tg`, `nft_notrack_eval`).
    pub(crate) fn tracked(&self, untracked: bool) -> Tracked {
        match self.tracked {
            Tracked::Off | Tracked::Invalid if untracked => Tracked::Untracked,
            tracked => tracked,
        }
    }
}
