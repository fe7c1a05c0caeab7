//! iptables rules as `iptables-save` lists them: tables, chains, matches and targets.

mod connection;
mod index;
mod matches;
mod negated;
mod rule;
mod table;
mod target;

pub use connection::{Connection, ConnectionMatch, CtStates, CtStatuses};
pub use matches::{
    AddrTypeMatch, AddrTypes, DevMatch, IcmpType, IfaceLimit, IpRanges, Match, MultiPort, OwnerMatch, PacketType,
    PhysDev, PortSide, Recent, RecentAction, ReversePath, SetMatch, SetSide, TcpFlagSet, TcpFlagsMatch, TtlCompare,
};
pub use negated::Neg;
pub use rule::{Chain, IpMatch, Rule};
pub use table::{Table, Xtables};
pub use target::{ConnMark, Log, Nflog, Target, TtlChange};
