//! `conntrack -L`.
//!
//! ```
//! use kernel::ids::NetnsId;
//! use kernel::netfilter::conntrack::track;
//! use kernel::packet::{L4, Port};
//! use kernel::socket;
//! use kernel::state::KernelState;
//! use kernel::text::conntrack::write_conntrack;
//!
//! let ports = L4::Udp { sport: Port(40_000), dport: Port(53) };
//! let query = socket::packet("10.0.0.1".parse()?, "10.0.0.53".parse()?, ports);
//! let mut state = KernelState::default();
//! track(&mut state, NetnsId(0), &query);
//! let mut printed = String::new();
//! write_conntrack(&mut printed, &state.conntrack[&NetnsId(0)][0])?;
//! assert!(printed.ends_with("sport=40000 dport=53 [UNREPLIED] src=10.0.0.53 dst=10.0.0.1 sport=53 dport=40000"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::packet::Protocol;
use crate::state::{CtEntry, Tuple};
use std::fmt::{self, Write};

fn write_tuple(out: &mut impl Write, tuple: &Tuple, icmp: u8) -> fmt::Result {
    write!(out, "src={} dst={}", tuple.src.ip(), tuple.dst.ip())?;
    match tuple.protocol {
        Protocol::Icmp => write!(out, " type={icmp} code=0 id={}", tuple.src.port()),
        _ => write!(out, " sport={} dport={}", tuple.src.port(), tuple.dst.port()),
    }
}

/// One entry as `conntrack -L` prints it, without timeout and use count.
///
/// # Errors
/// Those of `out`.
pub fn write_conntrack(out: &mut impl Write, entry: &CtEntry) -> fmt::Result {
    let protocol = entry.original.protocol;
    write!(out, "{protocol:<8} {}", protocol.number())?;
    if let Some(tcp) = entry.tcp {
        write!(out, " {}", tcp.name())?;
    }
    out.write_char(' ')?;
    write_tuple(out, &entry.original, 8)?;
    if !entry.replied {
        out.write_str(" [UNREPLIED]")?;
    }
    out.write_char(' ')?;
    write_tuple(out, &entry.reply, 0)?;
    if entry.assured {
        out.write_str(" [ASSURED]")?;
    }
    if entry.zone != 0 { write!(out, " zone={}", entry.zone) } else { Ok(()) }
}
