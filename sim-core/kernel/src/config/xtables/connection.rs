//! What `-m conntrack` compares.

use super::negated::Neg;
use crate::config::terms::{CtDirection, PortRange};
use crate::packet::Protocol;
use ipnet::IpNet;

/// Connection states as `--ctstate` names them; a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtStates {
    /// `INVALID`.
    pub invalid: bool,
    /// `NEW`.
    pub new: bool,
    /// `RELATED`.
    pub related: bool,
    /// `ESTABLISHED`.
    pub established: bool,
    /// `UNTRACKED`.
    pub untracked: bool,
    /// `SNAT`: original source differs from reply destination.
    pub snat: bool,
    /// `DNAT`: original destination differs from reply source.
    pub dnat: bool,
}

/// `--ctstatus`: a set; the empty one is `NONE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtStatuses {
    /// `EXPECTED`: a helper foresaw it.
    pub expected: bool,
    /// `SEEN_REPLY`: a packet of the other direction was seen.
    pub seen_reply: bool,
    /// `ASSURED`: it is not dropped early when the table is full.
    pub assured: bool,
    /// `CONFIRMED`: its first packet left or was delivered.
    pub confirmed: bool,
}

/// `-m conntrack`; parts that are absent are not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// `--ctstate`.
    pub state: Option<Neg<CtStates>>,
    /// `--ctproto`.
    pub protocol: Option<Neg<Protocol>>,
    /// `--ctorigsrc`.
    pub orig_src: Option<Neg<IpNet>>,
    /// `--ctorigdst`.
    pub orig_dst: Option<Neg<IpNet>>,
    /// `--ctreplsrc`.
    pub reply_src: Option<Neg<IpNet>>,
    /// `--ctrepldst`.
    pub reply_dst: Option<Neg<IpNet>>,
    /// `--ctorigsrcport`.
    pub orig_src_port: Option<Neg<PortRange>>,
    /// `--ctorigdstport`.
    pub orig_dst_port: Option<Neg<PortRange>>,
    /// `--ctreplsrcport`.
    pub reply_src_port: Option<Neg<PortRange>>,
    /// `--ctrepldstport`.
    pub reply_dst_port: Option<Neg<PortRange>>,
    /// `--ctstatus`.
    pub status: Option<Neg<CtStatuses>>,
    /// `--ctexpire`: seconds left, inclusive.
    pub expire: Option<Neg<(u32, u32)>>,
    /// `--ctdir`.
    pub direction: Option<CtDirection>,
}

/// A boxed [`Connection`]: most rules have none, so a rule should not carry its size.
pub type ConnectionMatch = Box<Connection>;
