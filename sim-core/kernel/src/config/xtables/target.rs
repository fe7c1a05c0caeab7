//! What a matching rule does.

use crate::config::terms::{NatRange, RejectWith};
use crate::ids::ChainId;
use ipnet::IpNet;
use std::sync::Arc;

/// `LOG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// `--log-level`, 0 (emergency) to 7 (debug); 4 by default.
    pub level: u8,
    /// `--log-prefix`, up to 29 bytes.
    pub prefix: Arc<str>,
    /// `--log-tcp-sequence`.
    pub tcp_sequence: bool,
    /// `--log-tcp-options`.
    pub tcp_options: bool,
    /// `--log-ip-options`.
    pub ip_options: bool,
    /// `--log-uid`.
    pub uid: bool,
    /// `--log-macdecode`.
    pub mac_decode: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: 4,
            prefix: Arc::from(""),
            tcp_sequence: false,
            tcp_options: false,
            ip_options: false,
            uid: false,
            mac_decode: false,
        }
    }
}

/// `NFLOG`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nflog {
    /// `--nflog-prefix`.
    pub prefix: Arc<str>,
    /// `--nflog-group`.
    pub group: u16,
    /// `--nflog-size`, bytes.
    pub size: Option<u32>,
    /// `--nflog-threshold`, packets.
    pub threshold: u16,
}

/// What `CONNMARK` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnMark {
    /// `--set-xmark VALUE/MASK`: `ct = (ct & ~mask) ^ value`.
    Set {
        /// Value.
        value: u32,
        /// Mask.
        mask: u32,
    },
    /// `--save-mark`: `ct = (ct & ~ct_mask) ^ (packet & packet_mask)`.
    Save {
        /// `--nfmask`.
        packet_mask: u32,
        /// `--ctmask`.
        ct_mask: u32,
    },
    /// `--restore-mark`: `packet = (packet & ~packet_mask) ^ (ct & ct_mask)`.
    Restore {
        /// `--nfmask`.
        packet_mask: u32,
        /// `--ctmask`.
        ct_mask: u32,
    },
}

/// What `TTL` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TtlChange {
    /// `--ttl-set`.
    Set(u8),
    /// `--ttl-inc`, at most to 255.
    Increase(u8),
    /// `--ttl-dec`, at least to 0.
    Decrease(u8),
}

/// What a matching rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// No `-j`: count and go on.
    None,
    /// `ACCEPT`: done with this table at this hook.
    Accept,
    /// `DROP`.
    Drop,
    /// `RETURN`: back to the calling chain.
    Return,
    /// `-j CHAIN`.
    Jump(ChainId),
    /// `-g CHAIN`.
    Goto(ChainId),
    /// `REJECT --reject-with`.
    Reject(RejectWith),
    /// `DNAT --to-destination`.
    Dnat(NatRange),
    /// `SNAT --to-source`.
    Snat(NatRange),
    /// `MASQUERADE`; addresses are the egress device's.
    Masquerade(NatRange),
    /// `REDIRECT --to-ports`; addresses are the incoming device's.
    Redirect(NatRange),
    /// `NETMAP --to`: the network part is replaced, host bits stay.
    Netmap(IpNet),
    /// `MARK --set-xmark VALUE/MASK`: `mark = (mark & ~mask) ^ value`.
    Mark {
        /// Value.
        value: u32,
        /// Mask.
        mask: u32,
    },
    /// `CONNMARK`.
    ConnMark(ConnMark),
    /// `CT --notrack`.
    NoTrack,
    /// `CT --zone`: tracked apart from connections of other zones.
    Zone(u16),
    /// `NOTRACK`: the same as `CT --notrack` by its older name.
    NoTrackAlias,
    /// `LOG`: goes on.
    Log(Arc<Log>),
    /// `NFLOG`: goes on.
    Nflog(Arc<Nflog>),
    /// `TRACE`: goes on.
    Trace,
    /// `TTL`: goes on.
    Ttl(TtlChange),
    /// A target this interpreter does not know: printed back unchanged, assumed to go on.
    Unknown {
        /// Target name.
        name: Arc<str>,
        /// Its options as `iptables-save` prints them.
        text: Arc<str>,
    },
}

impl Target {
    /// True when the target needs connection tracking in its namespace.
    pub fn needs_tracking(&self) -> bool {
        match self {
            Self::Dnat(_) | Self::Snat(_) | Self::Masquerade(_) | Self::Redirect(_) | Self::Netmap(_) => true,
            Self::ConnMark(_) | Self::Zone(_) => true,
            Self::Unknown { name, .. } => matches!(&**name, "CT" | "CONNMARK" | "SYNPROXY" | "CONNSECMARK"),
            _ => false,
        }
    }
}
