//! What a server answers.

use super::record::{Data, Leans, Rcode, Record, RecordType};
use kubernetes::cluster::model::Origin;
use std::net::{IpAddr, Ipv4Addr};
/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Code; [`Rcode::NoError`] without records is NODATA.
    pub rcode: Option<Rcode>,
    /// Answer section.
    pub records: Vec<Record>,
    /// Additional section.
    pub additional: Vec<Record>,
    /// The object the answer comes from.
    pub origin: Option<Origin>,
    /// The name, or what it is an alias of, leads to a name server that is not simulated: what that one says is not known.
    pub forwarded: bool,
    /// What the answer leans on.
    pub leans: Vec<Leans>,
    /// The next answer has its addresses in another order (plugin `loadbalance`).
    pub rotates: bool,
}

impl Answer {
    pub(super) fn of(rcode: Rcode) -> Self {
        Self { rcode: Some(rcode), ..Self::default() }
    }

    pub(super) fn records(origin: &Origin, records: Vec<Record>) -> Self {
        Self { rcode: Some(Rcode::NoError), records, origin: Some(origin.clone()), ..Self::default() }
    }
}

/// The address of `4.3.2.1.in-addr.arpa`.
pub(super) fn reverse_address(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u8> =
        name.strip_suffix(".in-addr.arpa")?.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts.as_slice() {
        [d, c, b, a] => Some(Ipv4Addr::new(*a, *b, *c, *d)),
        _ => None,
    }
}

/// An address record.
pub(super) fn address_record(name: &str, ip: IpAddr, ttl: u32) -> Record {
    let kind = if ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
    Record { name: name.to_owned(), kind, ttl, data: Data::Address(ip) }
}
