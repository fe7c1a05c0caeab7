//! What kernels still know after agents have written other configuration: the running state of one network in the ids of the one that follows it.

use super::{Connection, KernelState};
use crate::config::xtables::Match;
use crate::config::{AnyRule, LinkKind, Netns, Network};
use crate::ids::{ConnectionId, LinkId, NetnsId, NftTableId, RuleRef, SetId, SocketId, TableRef};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// From one network to the one that follows it.
///
/// Namespaces, devices, tables and sets are the same where they have the same name and what is behind them is the same; whatever belonged to
/// what is not there any more is gone with it, as in the kernel: a namespace takes its sockets and its connection tracking with it, a device
/// its neighbours and forwarding entries, the last rule that names an `xt_recent` list that list.
pub struct Carry<'n> {
    /// The network that the state is of.
    pub from: &'n Network,
    /// The one that follows.
    pub to: &'n Network,
    /// Which namespace of that one it is, where it is still there.
    pub same: &'n dyn Fn(NetnsId) -> Option<NetnsId>,
    /// Addresses that have another owner now, or none: nobody's neighbour entry leads to them any more.
    pub moved: &'n BTreeSet<IpAddr>,
}

/// Where connections are afterwards.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    connections: BTreeMap<ConnectionId, ConnectionId>,
    netns: BTreeMap<NetnsId, NetnsId>,
}

impl Carried {
    /// A connection, in the state that was made; `None` where one end of it is gone.
    pub fn connection(&self, id: ConnectionId) -> Option<ConnectionId> {
        self.connections.get(&id).copied()
    }

    /// A namespace that the state knew of, in the network that follows.
    pub fn netns(&self, id: NetnsId) -> Option<NetnsId> {
        self.netns.get(&id).copied()
    }
}

impl Carry<'_> {
    /// The state in the network that follows, and where connections are in it.
    pub fn state(&self, state: &KernelState) -> (KernelState, Carried) {
        let mut made = KernelState { now: state.now, ..KernelState::default() };
        let mut carried = Carried::default();
        self.connections(state, (&mut made, &mut carried));
        for (netns, entries) in &state.conntrack {
            if let Some(own) = (self.same)(*netns) {
                made.conntrack.insert(own, entries.clone());
            }
        }
        self.neighbours(state, &mut made);
        for ((netns, ip), known) in &state.path_mtu {
            made.path_mtu.extend((self.same)(*netns).map(|own| ((own, *ip), *known)));
        }
        self.lists(state, &mut made);
        (made, carried)
    }

    fn connections(&self, state: &KernelState, (made, carried): (&mut KernelState, &mut Carried)) {
        for (id, open) in state.connections.entries() {
            let Some(netns) = (self.same)(open.netns) else { continue };
            let listener = open.listener.and_then(|listener| self.socket(open.netns, netns, listener));
            let own = Connection { netns, listener, ..open.clone() };
            carried.connections.insert(id, made.connections.push(own));
            carried.netns.insert(open.netns, netns);
        }
    }

    /// The socket that listens in the same place.
    fn socket(&self, from: NetnsId, to: NetnsId, id: SocketId) -> Option<SocketId> {
        let own = self.from.get(from)?.sockets.get(id)?;
        let same = |other: &crate::config::Socket| {
            (other.protocol, other.address, other.port) == (own.protocol, own.address, own.port)
        };
        self.to.get(to)?.sockets.position(same)
    }

    /// The device in the namespace that follows: by name, and of a pair only where the other end is the same, too.
    fn link(&self, netns: NetnsId, link: LinkId) -> Option<(NetnsId, LinkId)> {
        let own = (self.same)(netns)?;
        let was = self.from.get(netns)?.links.get(link)?;
        let links = &self.to.get(own)?.links;
        let id = links.position(|other| other.name == was.name)?;
        match (&was.kind, &links.get(id)?.kind) {
            (LinkKind::Veth { peer: was }, LinkKind::Veth { peer: is }) => {
                ((self.same)(was.netns) == Some(is.netns)).then_some((own, id))
            }
            _ => Some((own, id)),
        }
    }

    fn neighbours(&self, state: &KernelState, made: &mut KernelState) {
        let place = |(netns, link, ip): (NetnsId, LinkId, IpAddr)| {
            let (netns, link) = self.link(netns, link).filter(|_| !self.moved.contains(&ip))?;
            Some((netns, link, ip))
        };
        for (key, mac) in &state.neighbours {
            made.neighbours.extend(place(*key).map(|key| (key, *mac)));
        }
        for (from, to) in
            [(&state.stale, &mut made.stale), (&state.failed, &mut made.failed), (&state.headers, &mut made.headers)]
        {
            to.extend(from.iter().filter_map(|key| place(*key)));
        }
        for ((netns, bridge, mac), port) in &state.fdb {
            let own = self.link(*netns, *bridge).zip(self.link(*netns, *port));
            made.fdb.extend(own.map(|((netns, bridge), (_, port))| ((netns, bridge, *mac), port)));
        }
        for ((netns, device, mac), end) in &state.vteps {
            made.vteps.extend(self.link(*netns, *device).map(|(netns, device)| ((netns, device, *mac), *end)));
        }
    }

    fn lists(&self, state: &KernelState, made: &mut KernelState) {
        let mut named: BTreeMap<NetnsId, BTreeSet<Arc<str>>> = BTreeMap::new();
        for ((netns, list), entries) in &state.recent {
            let Some(own) = (self.same)(*netns) else { continue };
            let there = named.entry(own).or_insert_with(|| self.to.get(own).map(recent_lists).unwrap_or_default());
            if there.contains(list) {
                made.recent.insert((own, list.clone()), entries.clone());
            }
        }
        for ((netns, table, set), entries) in &state.nft_sets {
            if let Some((netns, (table, set))) = self.set(*netns, *table, *set) {
                made.nft_sets.insert((netns, table, set), entries.clone());
            }
        }
        for ((netns, rule, part), count) in &state.nth {
            if let Some(own) = self.counts_on(*netns, *rule) {
                made.nth.insert((own, *rule, *part), *count);
            }
        }
    }

    fn set(&self, netns: NetnsId, table: NftTableId, set: SetId) -> Option<(NetnsId, (NftTableId, SetId))> {
        let own = (self.same)(netns)?;
        let was = self.from.get(netns)?.nft.table(table)?;
        let rules = &self.to.get(own)?.nft;
        let id = rules.find(was.family, &was.name)?;
        let set = rules.table(id)?.find_set(&was.set(set)?.name)?;
        Some((own, (id, set)))
    }

    /// A rule that counts packets goes on where nobody has written it anew: iptables-restore writes a table as a whole, nft rules one by one.
    fn counts_on(&self, netns: NetnsId, rule: RuleRef) -> Option<NetnsId> {
        let own = (self.same)(netns)?;
        let (was, is) = (self.from.get(netns)?, self.to.get(own)?);
        let same = match (rule.table, was.rule(rule)?, is.rule(rule)?) {
            (TableRef::Xtables(table), ..) => was.xtables.tables.get(&table) == is.xtables.tables.get(&table),
            (_, AnyRule::Nft(was), AnyRule::Nft(is)) => was.statements == is.statements,
            _ => false,
        };
        same.then_some(own)
    }
}

/// The lists that rules name.
fn recent_lists(netns: &Netns) -> BTreeSet<Arc<str>> {
    let chains = netns.xtables.tables.values().flat_map(|table| table.chains.iter());
    let matches = chains.flat_map(|chain| chain.rules.iter()).flat_map(|rule| &rule.matches);
    matches.filter_map(|own| if let Match::Recent(recent) = own { Some(recent.name.clone()) } else { None }).collect()
}
