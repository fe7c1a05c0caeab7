//! What a server answers.

use super::record::{Data, Leans, Rcode, Record, RecordType};
use kubernetes::cluster::model::Origin;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A server that does not answer CoreDNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its address.
    pub server: SocketAddr,
    /// It says nothing; else it refuses.
    pub silent: bool,
    /// The line of the Corefile that names it.
    pub line: u32,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Code; [`Rcode::NoError`] without records is NODATA.
    pub rcode: Option<Rcode>,
    /// The server has the name's zone itself (AA).
    pub authoritative: bool,
    /// Answer section.
    pub records: Vec<Record>,
    /// Authority section: a negative answer of a zone has its SOA there.
    pub authority: Vec<Record>,
    /// Additional section.
    pub additional: Vec<Record>,
    /// The object the answer comes from.
    pub origin: Option<Origin>,
    /// The name, or what it is an alias of, leads to a name server that is not simulated: what that one says is not known.
    pub forwarded: bool,
    /// What the answer leans on.
    pub leans: Vec<Leans>,
    /// Servers that the question was forwarded to and that did not answer.
    pub lost: Option<Lost>,
    /// Seconds that were waited for servers that did not answer.
    pub waited: u32,
    /// Seconds for which the server has kept it, where it comes from its cache.
    pub kept: Option<u32>,
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
    match address_of(name)? {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

/// The address of `4.3.2.1.in-addr.arpa`, or of 32 nibbles under `ip6.arpa`: lower case, without trailing dot.
pub(super) fn address_of(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa") {
        let parts: Vec<u8> = octets.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        return match parts.as_slice() {
            [d, c, b, a] => Some(IpAddr::V4(Ipv4Addr::new(*a, *b, *c, *d))),
            _ => None,
        };
    }
    let nibbles = name.strip_suffix(".ip6.arpa")?.split('.');
    let digit = |label: &str| label.chars().next().filter(|_| label.len() == 1)?.to_digit(16);
    let digits: Vec<u32> = nibbles.map(digit).collect::<Option<_>>()?;
    let all = (digits.len() == 32).then(|| digits.iter().rev().fold(0u128, |sum, digit| sum << 4 | u128::from(*digit)));
    all.map(|bits| IpAddr::V6(Ipv6Addr::from(bits)))
}

/// `4.3.2.1.in-addr.arpa.` of an address, or its nibbles under `ip6.arpa.`.
pub(super) fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|octet| [octet & 15, octet >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}.")).chain(["ip6.arpa.".to_owned()]).collect()
        }
    }
}

/// An address record.
pub(super) fn address_record(name: &str, ip: IpAddr, ttl: u32) -> Record {
    let kind = if ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
    Record { name: name.to_owned(), kind, ttl, data: Data::Address(ip) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_names() {
        for address in ["10.96.0.1", "fd00:96::6", "::1"] {
            let address: IpAddr = address.parse().unwrap();
            let name = reverse_name(address);
            assert_eq!(address_of(name.trim_end_matches('.')), Some(address), "{name}");
        }
        for name in ["1.2.3.in-addr.arpa", "x.2.3.4.in-addr.arpa", "1.ip6.arpa", "web.default"] {
            assert_eq!(address_of(name), None, "{name}");
        }
    }
}
