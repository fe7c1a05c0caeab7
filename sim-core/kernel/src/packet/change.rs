//! Changes to fields.

use super::number::{Mac, Port};
use std::net::IpAddr;

/// A header field that can change on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Ethernet source.
    EthernetSource,
    /// Ethernet destination.
    EthernetDestination,
    /// IP source address.
    Source,
    /// IP destination address.
    Destination,
    /// Source port.
    SourcePort,
    /// Destination port.
    DestinationPort,
}

impl Field {
    /// Its name as a packet's card and JSON have it: `src`, `dport`, `eth dst`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EthernetSource => "eth src",
            Self::EthernetDestination => "eth dst",
            Self::Source => "src",
            Self::Destination => "dst",
            Self::SourcePort => "sport",
            Self::DestinationPort => "dport",
        }
    }
}

/// One edit in place: the value before and the one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldChange {
    /// Ethernet source; a packet has none before its first segment.
    EthernetSource {
        /// Before.
        before: Option<Mac>,
        /// After.
        after: Mac,
    },
    /// Ethernet destination; a packet has none before its first segment.
    EthernetDestination {
        /// Before.
        before: Option<Mac>,
        /// After.
        after: Mac,
    },
    /// IP source address.
    Source {
        /// Before.
        before: IpAddr,
        /// After.
        after: IpAddr,
    },
    /// IP destination address.
    Destination {
        /// Before.
        before: IpAddr,
        /// After.
        after: IpAddr,
    },
    /// Source port.
    SourcePort {
        /// Before.
        before: Port,
        /// After.
        after: Port,
    },
    /// Destination port.
    DestinationPort {
        /// Before.
        before: Port,
        /// After.
        after: Port,
    },
}

impl FieldChange {
    /// Which field it is.
    pub fn field(&self) -> Field {
        match self {
            Self::EthernetSource { .. } => Field::EthernetSource,
            Self::EthernetDestination { .. } => Field::EthernetDestination,
            Self::Source { .. } => Field::Source,
            Self::Destination { .. } => Field::Destination,
            Self::SourcePort { .. } => Field::SourcePort,
            Self::DestinationPort { .. } => Field::DestinationPort,
        }
    }

    /// The values before and after in the field's own notation; nothing where there was no header before.
    pub fn texts(&self) -> (String, String) {
        match self {
            Self::EthernetSource { before, after } | Self::EthernetDestination { before, after } => {
                (before.map_or_else(String::new, |mac| mac.to_string()), after.to_string())
            }
            Self::Source { before, after } | Self::Destination { before, after } => {
                (before.to_string(), after.to_string())
            }
            Self::SourcePort { before, after } | Self::DestinationPort { before, after } => {
                (before.to_string(), after.to_string())
            }
        }
    }
}
