//! What choices are called.

use std::fmt;
use std::str::FromStr;

/// What kind of thing was picked at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChoiceKind {
    /// Where the connection goes, of a Service's endpoints.
    Endpoint,
    /// Which of several addresses of a name the client took.
    Address,
    /// Which of its servers a proxy went on to.
    Backend,
    /// Which of several backends with weights a request went to.
    Route,
    /// Which next hop of a multipath route the packet took.
    NextHop,
    /// Which endpoint of the name server's Service was asked.
    DnsEndpoint,
    /// Which of its name servers a resolver began with.
    NameServer,
    /// Which of several servers a name server asked first.
    Upstream,
    /// The source port after translation.
    SourcePort,
    /// The destination port after translation.
    DestinationPort,
    /// The outer source port of a tunnel.
    VxlanSourcePort,
}

kernel::codes!(ChoiceKind {
    Self::Endpoint => "endpoint",
    Self::Address => "address",
    Self::Backend => "backend",
    Self::Route => "route",
    Self::NextHop => "next-hop",
    Self::DnsEndpoint => "dns-endpoint",
    Self::NameServer => "name-server",
    Self::Upstream => "upstream",
    Self::SourcePort => "source-port",
    Self::DestinationPort => "destination-port",
    Self::VxlanSourcePort => "vxlan-source-port",
});

impl ChoiceKind {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 11] = [
        Self::Endpoint,
        Self::Address,
        Self::Backend,
        Self::Route,
        Self::NextHop,
        Self::DnsEndpoint,
        Self::NameServer,
        Self::Upstream,
        Self::SourcePort,
        Self::DestinationPort,
        Self::VxlanSourcePort,
    ];
}

impl ChoiceKind {
    /// Whether it decides where the connection goes: such choices make branches.
    pub fn branches(self) -> bool {
        matches!(self, Self::Endpoint | Self::Address | Self::Backend | Self::Route | Self::NextHop)
    }
}

/// Name of a choice, unique in its journey: `endpoint`, `dns-endpoint-2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChoiceName {
    /// Of what kind it is.
    pub kind: ChoiceKind,
    /// Which of that kind, from 1.
    pub number: u32,
}

impl From<ChoiceKind> for ChoiceName {
    /// The first of its kind.
    fn from(kind: ChoiceKind) -> Self {
        Self { kind, number: 1 }
    }
}

impl fmt::Display for ChoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => f.write_str(self.kind.code()),
            number => write!(f, "{}-{number}", self.kind.code()),
        }
    }
}

/// There is no choice of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchChoice;

impl FromStr for ChoiceName {
    type Err = NoSuchChoice;

    fn from_str(text: &str) -> Result<Self, NoSuchChoice> {
        let kind = |code: &str| ChoiceKind::ALL.into_iter().find(|kind| kind.code() == code);
        if let Some(kind) = kind(text) {
            return Ok(kind.into());
        }
        let (code, number) = text.rsplit_once('-').ok_or(NoSuchChoice)?;
        let name = Self { kind: kind(code).ok_or(NoSuchChoice)?, number: number.parse().map_err(|_| NoSuchChoice)? };
        // One name has one spelling.
        if name.number > 1 && name.to_string() == text { Ok(name) } else { Err(NoSuchChoice) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_it_is_written() {
        for (kind, code) in ChoiceKind::ALL.into_iter().zip(ChoiceKind::CODES) {
            assert_eq!(kind.code(), *code);
            for number in [1, 2, 17] {
                let name = ChoiceName { kind, number };
                assert_eq!(name.to_string().parse(), Ok(name));
            }
        }
        assert_eq!("dns-endpoint-2".parse(), Ok(ChoiceName { kind: ChoiceKind::DnsEndpoint, number: 2 }));
        for wrong in
            ["", "planet", "endpoint-", "endpoint-0", "endpoint-1", "endpoint-02", "endpoint-+2", "-2", "Endpoint"]
        {
            assert_eq!(wrong.parse::<ChoiceName>(), Err(NoSuchChoice), "{wrong}");
        }
    }
}
