//! Records, their types, and answer codes (RFC 1035, RFC 2136).

use kubernetes::corefile::Unread;
use std::fmt;
use std::net::IpAddr;
/// Something an answer leans on that the input does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leans {
    /// The nodes' resolver knows the nodes by name.
    NodeNames,
    /// Nobody outside the cluster has the name.
    NotOutside,
    /// Plugins and options of the Corefile that are not simulated.
    Corefile(std::sync::Arc<[Unread]>),
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
    /// SOA.
    Soa,
    /// NS.
    Ns,
    /// TXT.
    Txt,
    /// MX.
    Mx,
    /// ANY: a question for records of whatever type.
    Any,
}

impl RecordType {
    /// All, with the name the command line uses.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::A, "A"),
        (Self::Aaaa, "AAAA"),
        (Self::Cname, "CNAME"),
        (Self::Srv, "SRV"),
        (Self::Ptr, "PTR"),
        (Self::Soa, "SOA"),
        (Self::Ns, "NS"),
        (Self::Txt, "TXT"),
        (Self::Mx, "MX"),
        (Self::Any, "ANY"),
    ];

    /// By its word, in whatever case.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(kind, _)| *kind)
    }

    /// Number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Ns => 2,
            Self::Cname => 5,
            Self::Soa => 6,
            Self::Ptr => 12,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Aaaa => 28,
            Self::Srv => 33,
            Self::Any => 255,
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
    /// CNAME, PTR or NS: a name with a trailing dot.
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
    /// SOA.
    Authority {
        /// The zone's first server, with a trailing dot.
        server: String,
        /// Whose zone it is, with a trailing dot.
        mailbox: String,
        /// Serial, refresh, retry, expire, and how long a negative answer holds.
        numbers: [u32; 5],
    },
    /// TXT.
    Text(Vec<String>),
    /// MX.
    Exchange {
        /// The lower the earlier.
        preference: u16,
        /// Who takes mail, with a trailing dot.
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
            Data::Authority { server, mailbox, numbers } => {
                write!(f, "{server} {mailbox}")?;
                numbers.iter().try_for_each(|number| write!(f, " {number}"))
            }
            Data::Text(texts) => texts.iter().enumerate().try_for_each(|(at, text)| {
                let blank = if at == 0 { "" } else { " " };
                write!(f, "{blank}\"{}\"", text.replace('"', "\\\""))
            }),
            Data::Exchange { preference, target } => write!(f, "{preference} {target}"),
        }
    }
}

impl Record {
    /// Reads a record as zone files have it: `NAME [TTL] [IN] TYPE DATA`; of a type that is not known here `None`.
    pub fn read(text: &str) -> Option<Self> {
        let (words, texts) = match text.split_once('"') {
            Some((before, _)) => {
                let texts = text.get(before.len()..)?.split('"').enumerate();
                (before, Some(texts.filter(|(at, _)| at % 2 == 1).map(|(_, text)| text.to_owned()).collect()))
            }
            None => (text, None),
        };
        let mut words = words.split_whitespace().peekable();
        let dotted = |word: &str| if word.ends_with('.') { word.to_owned() } else { format!("{word}.") };
        let name = dotted(words.next()?);
        let mut ttl = 3600;
        while let Some(word) = words.next_if(|word| word.eq_ignore_ascii_case("IN") || word.parse::<u32>().is_ok()) {
            ttl = word.parse().unwrap_or(ttl);
        }
        let kind = RecordType::named(words.next()?)?;
        let data = match kind {
            RecordType::A | RecordType::Aaaa => {
                let ip: IpAddr = words.next()?.parse().ok()?;
                Data::Address(Some(ip).filter(|ip| ip.is_ipv4() == (kind == RecordType::A))?)
            }
            RecordType::Cname | RecordType::Ptr | RecordType::Ns => Data::Name(dotted(words.next()?)),
            RecordType::Srv => Data::Service {
                priority: words.next()?.parse().ok()?,
                weight: words.next()?.parse().ok()?,
                port: words.next()?.parse().ok()?,
                target: dotted(words.next()?),
            },
            RecordType::Soa => {
                let (server, mailbox) = (dotted(words.next()?), dotted(words.next()?));
                let numbers: Vec<u32> = words.by_ref().map(str::parse).collect::<Result<_, _>>().ok()?;
                Data::Authority { server, mailbox, numbers: numbers.try_into().ok()? }
            }
            RecordType::Txt => Data::Text(texts.or_else(|| Some(vec![words.next()?.to_owned()]))?),
            RecordType::Mx => Data::Exchange { preference: words.next()?.parse().ok()?, target: dotted(words.next()?) },
            RecordType::Any => return None,
        };
        Some(Self { name, kind, ttl, data })
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

impl Rcode {
    /// By its word, in whatever case.
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::NoError, Self::NxDomain, Self::ServFail, Self::Refused];
        all.into_iter().find(|code| code.to_string().eq_ignore_ascii_case(word))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_are_printed() {
        for text in [
            "a.example. 300 IN A 198.51.100.5",
            "a.example. 5 IN AAAA fd00::5",
            "a.example. 5 IN CNAME b.example.",
            "_x._tcp.a. 30 IN SRV 0 100 80 b.example.",
            ". 300 IN SOA a.root. host.root. 1 1800 900 604800 300",
            "a. 30 IN TXT \"1.1.0\" \"two words\"",
            "a. 30 IN MX 10 b.",
            "a. 30 IN NS ns.a.",
        ] {
            assert_eq!(Record::read(text).map(|record| record.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Record::read("a IN A 10.0.0.1").map(|record| record.to_string()).unwrap(), "a. 3600 IN A 10.0.0.1");
        for text in ["", "a.", "a. 5 IN A fd00::1", "a. 5 IN A 10.0.0", "a. 5 IN HTTPS 1 .", "a. SOA b. c. 1 2"] {
            assert_eq!(Record::read(text), None, "{text}");
        }
    }
}
