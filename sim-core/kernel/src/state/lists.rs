//! Lists that rules themselves write.

use crate::config::nft::data::Datum;
use std::net::IpAddr;

/// What rules made of one element of an nftables set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetEntry {
    /// Key, part by part.
    pub key: Vec<Datum>,
    /// What it leads to, in maps.
    pub data: Option<Vec<Datum>>,
    /// When it goes, in milliseconds since the start of the simulation.
    pub expires: Option<u64>,
    /// It was taken away.
    pub gone: bool,
}

/// An address in an `xt_recent` list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentEntry {
    /// Address, masked.
    pub address: IpAddr,
    /// TTL of the last packet.
    pub ttl: u8,
    /// Seconds at which it was seen, oldest first.
    pub seen: Vec<u64>,
}

impl RecentEntry {
    /// Entries a list holds (`ip_list_tot`).
    pub const MOST: usize = 100;
    /// Times an entry keeps; the kernel keeps as many as a rule's `--hitcount` asks for, 32 at least.
    pub const MOST_SEEN: usize = 65_536;
}
