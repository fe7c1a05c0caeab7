//! iptables state: tables, chains and rules as `iptables-save` lists them.

use super::Hook;
use crate::cause::CauseId;
use crate::packet::{Port, Protocol};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The five tables, in kernel priority order (raw −300, mangle −150, nat −100/100, filter 0, security 50).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// `raw`.
    Raw,
    /// `mangle`.
    Mangle,
    /// `nat`.
    Nat,
    /// `filter`.
    Filter,
    /// `security`.
    Security,
}

impl TableName {
    /// The built-in chains of the table, in the order `iptables-save` prints them.
    pub fn hooks(self) -> &'static [Hook] {
        match self {
            Self::Raw => &[Hook::Prerouting, Hook::Output],
            Self::Mangle => &[Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting],
            Self::Nat => &[Hook::Prerouting, Hook::Input, Hook::Output, Hook::Postrouting],
            Self::Filter | Self::Security => &[Hook::Input, Hook::Forward, Hook::Output],
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Raw => "raw",
            Self::Mangle => "mangle",
            Self::Nat => "nat",
            Self::Filter => "filter",
            Self::Security => "security",
        })
    }
}

/// All tables of one namespace. A table that was never touched is absent and has no hooks.
#[derive(Clone, Debug, Default)]
pub struct Xtables {
    /// Loaded tables.
    pub tables: BTreeMap<TableName, Table>,
}

impl Xtables {
    /// The table, loaded with empty built-in chains (policy ACCEPT) on first use, as any `iptables -t NAME` does.
    pub fn table_mut(&mut self, name: TableName) -> &mut Table {
        self.tables.entry(name).or_insert_with(|| Table::new(name))
    }

    /// True when every jump in every table lands in a chain of its table.
    pub fn references_are_sound(&self) -> bool {
        self.tables.values().all(|table| {
            table.chains.iter().flat_map(|chain| &chain.rules).all(|rule| match rule.target {
                Target::Jump(id) | Target::Goto(id) => (id.0 as usize) < table.chains.len(),
                _ => true,
            })
        })
    }
}

/// Index of a chain inside its [`Table`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub u32);

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Which.
    pub name: TableName,
    /// Chains: the built-in ones first, in [`TableName::hooks`] order, then user chains in order of creation.
    pub chains: Vec<Chain>,
    by_name: BTreeMap<Arc<str>, ChainId>,
}

/// One chain.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Name.
    pub name: Arc<str>,
    /// The hook and policy of a built-in chain; `None` for user chains.
    pub base: Option<(Hook, Policy)>,
    /// Rules; rule numbers shown to people are index + 1.
    pub rules: Vec<Rule>,
    /// Who made it.
    pub cause: CauseId,
}

/// Policy of a built-in chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// `ACCEPT`.
    #[default]
    Accept,
    /// `DROP`.
    Drop,
}

impl Table {
    /// A table with its built-in chains, empty, policy ACCEPT.
    pub fn new(name: TableName) -> Self {
        let mut table = Self { name, chains: Vec::new(), by_name: BTreeMap::new() };
        for &hook in name.hooks() {
            let id = table.chain(&hook.to_string(), CauseId::default());
            if let Some(chain) = table.chains.get_mut(id.0 as usize) {
                chain.base = Some((hook, Policy::Accept));
            }
        }
        table
    }

    /// The chain of that name, created empty on first use (`-N`).
    pub fn chain(&mut self, name: &str, cause: CauseId) -> ChainId {
        if let Some(&id) = self.by_name.get(name) {
            return id;
        }
        let id = ChainId(self.chains.len() as u32);
        let name: Arc<str> = Arc::from(name);
        self.chains.push(Chain { name: name.clone(), base: None, rules: Vec::new(), cause });
        self.by_name.insert(name, id);
        id
    }

    /// A chain by name.
    pub fn find(&self, name: &str) -> Option<ChainId> {
        self.by_name.get(name).copied()
    }

    /// The chain behind `id`.
    ///
    /// # Panics
    /// With an id of another table.
    #[allow(clippy::indexing_slicing)]
    pub fn get(&self, id: ChainId) -> &Chain {
        &self.chains[id.0 as usize]
    }

    /// The built-in chain at `hook`.
    pub fn base(&self, hook: Hook) -> Option<ChainId> {
        let at = self.name.hooks().iter().position(|&candidate| candidate == hook)?;
        Some(ChainId(at as u32))
    }

    /// True when some chain leads back to itself by `-j` or `-g` (`mark_source_chains` refuses such a table).
    pub fn has_loop(&self) -> bool {
        let next = |chain: usize, from: usize| {
            let rules = self.chains.get(chain).and_then(|chain| chain.rules.get(from..)).unwrap_or_default();
            rules.iter().enumerate().find_map(|(at, rule)| match rule.target {
                Target::Jump(to) | Target::Goto(to) => Some((from + at + 1, to.0 as usize)),
                _ => None,
            })
        };
        let mut left = std::collections::BTreeSet::new();
        for start in 0..self.chains.len() {
            // The way down from `start`: each chain with the first rule not yet looked at.
            let mut way = if left.contains(&start) { Vec::new() } else { vec![(start, 0)] };
            let mut on_way = std::collections::BTreeSet::from([start]);
            while let Some((chain, from)) = way.last_mut() {
                let Some((after, to)) = next(*chain, *from) else {
                    left.insert(*chain);
                    on_way.remove(chain);
                    way.pop();
                    continue;
                };
                *from = after;
                if !left.contains(&to) {
                    if !on_way.insert(to) {
                        return true;
                    }
                    way.push((to, 0));
                }
            }
        }
        false
    }

    /// Appends a rule (`-A`).
    pub fn append(&mut self, chain: ChainId, rule: Rule) {
        if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
            chain.rules.push(rule);
        }
    }

    /// Inserts a rule at the head of a chain (`-I CHAIN 1`).
    pub fn insert(&mut self, chain: ChainId, rule: Rule) {
        if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
            chain.rules.insert(0, rule);
        }
    }
}

/// A match that may be inverted with `!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Neg<T> {
    /// `!` stands before it.
    pub not: bool,
    /// What is compared.
    pub value: T,
}

impl<T> Neg<T> {
    /// `value`.
    pub fn is(value: T) -> Self {
        Self { not: false, value }
    }

    /// `! value`.
    pub fn not(value: T) -> Self {
        Self { not: true, value }
    }
}

/// An iptables rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Matches of the IP layer: `-s -d -i -o -p`.
    pub ip: IpMatch,
    /// Extension matches (`-m`), in written order.
    pub matches: Vec<Match>,
    /// What happens on a match.
    pub target: Target,
    /// Who wrote it, for what.
    pub cause: CauseId,
}

/// The part of a rule that every rule has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpMatch {
    /// `-s`.
    pub src: Option<Neg<IpNet>>,
    /// `-d`.
    pub dst: Option<Neg<IpNet>>,
    /// `-i`.
    pub in_dev: Option<Neg<DevMatch>>,
    /// `-o`.
    pub out_dev: Option<Neg<DevMatch>>,
    /// `-p`.
    pub protocol: Option<Neg<Protocol>>,
}

/// An interface name, or a prefix written with a trailing `+`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DevMatch {
    /// The name or prefix, without `+`.
    pub name: Arc<str>,
    /// `+` follows.
    pub prefix: bool,
}

/// An inclusive port range; one port has equal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    /// First.
    pub first: Port,
    /// Last.
    pub last: Port,
}

impl PortRange {
    /// Exactly one port.
    pub fn one(port: u16) -> Self {
        Self { first: Port(port), last: Port(port) }
    }
}

/// Connection states as `--ctstate` names them; a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtStates {
    /// `INVALID`.
    pub invalid: bool,
    /// `NEW`.
    pub new: bool,
    /// `RELATED`.
    pub related: bool,
    /// `ESTABLISHED`.
    pub established: bool,
    /// `UNTRACKED`.
    pub untracked: bool,
    /// `SNAT`: original source differs from reply destination.
    pub snat: bool,
    /// `DNAT`: original destination differs from reply source.
    pub dnat: bool,
}

/// Address types of `-m addrtype` (rtn types of a table lookup).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddrType {
    /// `UNSPEC`.
    Unspec,
    /// `UNICAST`.
    Unicast,
    /// `LOCAL`.
    Local,
    /// `BROADCAST`.
    Broadcast,
    /// `MULTICAST`.
    Multicast,
    /// `BLACKHOLE`.
    Blackhole,
    /// `UNREACHABLE`.
    Unreachable,
    /// `PROHIBIT`.
    Prohibit,
}

/// An extension match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// `-m comment`: always matches.
    Comment(Arc<str>),
    /// `-m tcp|udp|sctp`: ports. Written even without ports (`-m tcp`).
    Ports {
        /// The module's protocol.
        protocol: Protocol,
        /// `--sport`.
        sport: Option<Neg<PortRange>>,
        /// `--dport`.
        dport: Option<Neg<PortRange>>,
    },
    /// `-m conntrack --ctstate`.
    CtState(Neg<CtStates>),
    /// `-m mark --mark VALUE/MASK`.
    Mark(Neg<(u32, u32)>),
    /// `-m addrtype`.
    AddrType {
        /// `--src-type`.
        src: Option<Neg<AddrType>>,
        /// `--dst-type`.
        dst: Option<Neg<AddrType>>,
    },
    /// `-m statistic --mode random --probability`: the kernel's threshold, `round(p · 2^31)`.
    Random {
        /// `! --probability`.
        not: bool,
        /// `round(p · 2^31)`, 0 to 2^31.
        threshold: u32,
    },
    /// `-m recent --rcheck` with seconds and `--reap`, or `--set`, by source address.
    Recent {
        /// List name.
        name: Arc<str>,
        /// What it does.
        action: RecentAction,
    },
    /// A match this interpreter does not know: printed back unchanged, assumed where it matters.
    Unknown {
        /// Module name.
        module: Arc<str>,
        /// Its options as `iptables-save` prints them.
        text: Arc<str>,
    },
}

/// What `-m recent` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecentAction {
    /// `--set`: enter the source; always matches.
    Set,
    /// `--rcheck --seconds N --reap`: matches when the source was seen in the last N seconds.
    Check {
        /// Seconds.
        seconds: u32,
    },
}

/// What a matching rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// No `-j`: count and go on.
    None,
    /// `ACCEPT`: done with this table at this hook.
    Accept,
    /// `DROP`.
    Drop,
    /// `RETURN`: back to the calling chain.
    Return,
    /// `-j CHAIN`.
    Jump(ChainId),
    /// `-g CHAIN`.
    Goto(ChainId),
    /// `REJECT --reject-with`.
    Reject(RejectWith),
    /// `DNAT --to-destination`.
    Dnat {
        /// New destination address.
        to: IpAddr,
        /// New destination port; `None` keeps it.
        port: Option<PortRange>,
    },
    /// `SNAT --to-source`.
    Snat {
        /// New source address.
        to: IpAddr,
        /// New source ports.
        port: Option<PortRange>,
        /// `--random-fully`.
        random_fully: bool,
    },
    /// `MASQUERADE`.
    Masquerade {
        /// `--random-fully`.
        random_fully: bool,
    },
    /// `REDIRECT --to-ports`.
    Redirect {
        /// New destination ports.
        port: Option<PortRange>,
    },
    /// `MARK --set-xmark VALUE/MASK`: `mark = (mark & ~mask) ^ value`.
    Mark {
        /// Value.
        value: u32,
        /// Mask.
        mask: u32,
    },
    /// `CT --notrack` / `NOTRACK`.
    NoTrack,
    /// A target this interpreter does not know: printed back unchanged, assumed to go on.
    Unknown {
        /// Target name.
        name: Arc<str>,
        /// Its options as `iptables-save` prints them.
        text: Arc<str>,
    },
}

/// What `REJECT` answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectWith {
    /// `icmp-net-unreachable` (3/0).
    NetUnreachable,
    /// `icmp-host-unreachable` (3/1).
    HostUnreachable,
    /// `icmp-proto-unreachable` (3/2).
    ProtoUnreachable,
    /// `icmp-port-unreachable` (3/3), the default.
    PortUnreachable,
    /// `icmp-net-prohibited` (3/9).
    NetProhibited,
    /// `icmp-host-prohibited` (3/10).
    HostProhibited,
    /// `icmp-admin-prohibited` (3/13).
    AdminProhibited,
    /// `tcp-reset`.
    TcpReset,
}
