//! Headers that are plain values.

use super::number::Mac;
use std::fmt;
use std::net::IpAddr;

/// An Ethernet II header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ethernet {
    /// Sender of the frame on this segment.
    pub src: Mac,
    /// Receiver of the frame on this segment.
    pub dst: Mac,
}

/// The fields of an IP header that are simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpHeader {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Time to live / hop limit, 0 to 255.
    pub ttl: u8,
    /// Don't Fragment (always true for IPv6).
    pub dont_fragment: bool,
}

/// TCP flags that are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpFlags {
    /// SYN.
    pub syn: bool,
    /// ACK.
    pub ack: bool,
    /// RST.
    pub rst: bool,
    /// FIN.
    pub fin: bool,
    /// PSH.
    pub psh: bool,
}

impl TcpFlags {
    /// A connection request.
    pub const SYN: Self = Self { syn: true, ack: false, rst: false, fin: false, psh: false };
    /// Its answer.
    pub const SYN_ACK: Self = Self { syn: true, ack: true, rst: false, fin: false, psh: false };
    /// Third part of the handshake.
    pub const ACK: Self = Self { syn: false, ack: true, rst: false, fin: false, psh: false };
    /// The end of what one side sends (FIN with ACK).
    pub const FIN_ACK: Self = Self { syn: false, ack: true, rst: false, fin: true, psh: false };
    /// Reset answering a SYN (RST with ACK, RFC 9293 section 3.5.2).
    pub const RST_ACK: Self = Self { syn: false, ack: true, rst: true, fin: false, psh: false };
    /// Reset answering a segment that carried ACK (RST alone).
    pub const RST: Self = Self { syn: false, ack: false, rst: true, fin: false, psh: false };
}

impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [(self.syn, "SYN"), (self.fin, "FIN"), (self.rst, "RST"), (self.psh, "PSH"), (self.ack, "ACK")];
        let mut first = true;
        for (_, name) in names.into_iter().filter(|(set, _)| *set) {
            if !first {
                f.write_str(",")?;
            }
            first = false;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// SCTP chunks that are simulated (RFC 9260).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SctpChunk {
    /// INIT.
    Init,
    /// INIT ACK.
    InitAck,
    /// ABORT.
    Abort,
}
