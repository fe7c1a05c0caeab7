//! Changes to fields.

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
    /// TTL.
    Ttl,
    /// `skb->mark`.
    Mark,
}

/// One edit in place: the old value and the new one, in the field's own notation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldChange {
    /// Which field.
    pub field: Field,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
}
