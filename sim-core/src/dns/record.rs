//! Records, their types, and answer codes (RFC 1035, RFC 2136).

use std::fmt;
use std::net::IpAddr;
/// Something an answer leans on that the input does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leans {
    /// The nodes' resolver knows the nodes by name.
    NodeNames,
    /// Nobody outside the cluster has the name.
    NotOutside,
    /// Plugins of the Corefile that are not simulated.
    Corefile(std::sync::Arc<str>),
}

/// A record type (RFC 1035, RFC 3596, RFC 2782).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// A.
    A,
    /// AAAA.
    Aaaa,
    /// CNAME.
    Cname,
    /// SRV.
    Srv,
    /// PTR.
    Ptr,
}

impl RecordType {
    /// All, with the name the command line uses.
    pub const ALL: [(Self, &'static str); 5] =
        [(Self::A, "A"), (Self::Aaaa, "AAAA"), (Self::Cname, "CNAME"), (Self::Srv, "SRV"), (Self::Ptr, "PTR")];

    /// Number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Cname => 5,
            Self::Ptr => 12,
            Self::Aaaa => 28,
            Self::Srv => 33,
        }
    }

    /// By its number on the wire.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().map(|(kind, _)| *kind).find(|kind| kind.number() == number)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(kind, _)| kind == self).map_or("?", |(_, name)| name))
    }
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// CNAME or PTR: a name with a trailing dot.
    Name(String),
    /// SRV.
    Service {
        /// Priority.
        priority: u16,
        /// Weight.
        weight: u16,
        /// Port.
        port: u16,
        /// Target, with a trailing dot.
        target: String,
    },
}

/// A resource record, class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Owner name, with a trailing dot.
    pub name: String,
    /// Type.
    pub kind: RecordType,
    /// Time to live in seconds.
    pub ttl: u32,
    /// Content.
    pub data: Data,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} IN {} ", self.name, self.ttl, self.kind)?;
        match &self.data {
            Data::Address(ip) => ip.fmt(f),
            Data::Name(name) => f.write_str(name),
            Data::Service { priority, weight, port, target } => write!(f, "{priority} {weight} {port} {target}"),
        }
    }
}

/// DNS response codes used (RFC 1035, RFC 2136).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rcode {
    /// NOERROR (also NODATA, when no address came).
    NoError,
    /// NXDOMAIN.
    NxDomain,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
}

/// As DNS tools print it.
impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoError => "NOERROR",
            Self::NxDomain => "NXDOMAIN",
            Self::ServFail => "SERVFAIL",
            Self::Refused => "REFUSED",
        })
    }
}
