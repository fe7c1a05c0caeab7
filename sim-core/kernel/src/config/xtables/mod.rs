//! iptables rules as `iptables-save` lists them: tables, chains, matches and targets.

mod index;
mod matches;
mod rule;
mod table;
mod target;

pub use matches::{
    AddrTypeMatch, AddrTypes, Connection, ConnectionMatch, CtStates, CtStatuses, DevMatch, IcmpType, IfaceLimit,
    IpRanges, Match, MultiPort, Neg, PacketType, PhysDev, PortSide, Recent, RecentAction, SetMatch, SetSide,
    TcpFlagSet, TcpFlagsMatch, TtlCompare,
};
pub use rule::{Chain, IpMatch, Rule};
pub use table::{Table, Xtables};
pub use target::{ConnMark, Log, Nflog, Target, TtlChange};
