//! What facts speak of, each with its name: namespaces, devices, chains, rules, routes, causes. Kernel text is made when it is asked for.

use crate::model::Model;
use crate::print;
use crate::site::Kind;
use kernel::config::{AnyRule, Link, LinkKind, Netns, Route};
use kernel::ids::{ChainId, LinkId, LinkRef, NetnsId, PartId, RouteId, RuleRef, TableRef};
use kernel::text::nft::write::LookupText;
use kernel::walk::SetHit;
use kubernetes::cluster::model::NodeId;
use kubernetes::origin::{Cause, CauseId};
use std::fmt;

/// A namespace of the network that a model stands for.
#[derive(Clone, Copy)]
pub struct Namespace<'a> {
    pub(super) model: &'a Model,
    /// Which.
    pub id: NetnsId,
}

impl fmt::Debug for Namespace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Namespace").field(&self.id).finish()
    }
}

impl<'a> Namespace<'a> {
    /// The namespace of that id.
    pub fn of(model: &'a Model, id: NetnsId) -> Self {
        Self { model, id }
    }

    /// What kind of machine it is of; `None` for a segment's switch, and for an id of another model.
    pub fn machine(self) -> Option<Kind> {
        self.model.site.tree.kind_at(self.id)
    }

    /// The node it is on, if it is on one.
    pub fn node(self) -> Option<NodeId> {
        self.model.site.tree.node_of(self.id)
    }

    /// Name of that node.
    pub fn node_name(self) -> Option<&'a str> {
        self.model.cluster.nodes.get(self.node()?.0 as usize).map(|node| &*node.name)
    }

    /// Its frozen configuration; `None` for an id of another model.
    pub fn config(self) -> Option<&'a Netns> {
        self.model.site.network.get(self.id)
    }

    /// Its name as the command line writes it: `root` on a node, `pod/NS/NAME`; `lan` and `gateway` between the nodes.
    pub fn name(self) -> Option<&'a str> {
        match self.machine() {
            Some(Kind::Node(_)) => Some("root"),
            _ => self.config().map(|netns| &*netns.name),
        }
    }

    /// A device of it.
    pub fn device(self, link: LinkId) -> Device<'a> {
        Device { namespace: self, link }
    }

    /// A chain of it.
    pub fn chain(self, table: TableRef, chain: ChainId) -> ChainAt<'a> {
        ChainAt { namespace: self, table, chain }
    }

    /// A rule of it.
    pub fn rule(self, at: RuleRef) -> RuleAt<'a> {
        RuleAt { namespace: self, at }
    }

    /// What is behind a cause.
    pub fn cause(self, id: CauseId) -> Option<&'a Cause> {
        self.model.site.causes.get(id)
    }
}

/// A device.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// Where it is.
    pub namespace: Namespace<'a>,
    /// Which.
    pub link: LinkId,
}

impl<'a> Device<'a> {
    pub(super) fn of(model: &'a Model, at: LinkRef) -> Self {
        Namespace::of(model, at.netns).device(at.link)
    }

    /// Its frozen configuration; `None` for one of another model.
    pub fn config(self) -> Option<&'a Link> {
        self.namespace.config()?.links.get(self.link)
    }

    /// Its name, `?` where there is no such device.
    pub fn name(self) -> &'a str {
        self.config().map_or("?", |link| &*link.name)
    }

    /// True for a bridge.
    pub fn is_bridge(self) -> bool {
        self.config().is_some_and(|link| matches!(link.kind, LinkKind::Bridge(_)))
    }

    /// Who made it and for what.
    pub fn cause(self) -> Option<&'a Cause> {
        self.namespace.cause(self.config()?.cause)
    }
}

/// A chain of a table.
#[derive(Clone, Copy, Debug)]
pub struct ChainAt<'a> {
    /// Where it is.
    pub namespace: Namespace<'a>,
    /// Table.
    pub table: TableRef,
    /// Chain.
    pub chain: ChainId,
}

impl<'a> ChainAt<'a> {
    /// True for the same chain of the same namespace.
    pub fn same(self, other: Self) -> bool {
        (self.namespace.id, self.table, self.chain) == (other.namespace.id, other.table, other.chain)
    }

    /// Name of the table, `?` where there is none.
    pub fn table_name(self) -> String {
        self.namespace.config().map_or_else(|| "?".to_owned(), |netns| netns.table_name(self.table))
    }

    /// Name of the chain, `?` where there is none.
    pub fn name(self) -> &'a str {
        self.namespace.config().and_then(|netns| netns.chain_name(self.table, self.chain)).unwrap_or("?")
    }

    /// How many rules it has.
    pub fn rules(self) -> u32 {
        self.namespace.config().map_or(0, |netns| netns.chain_len(self.table, self.chain))
    }
}

/// A rule of a chain.
#[derive(Clone, Copy, Debug)]
pub struct RuleAt<'a> {
    /// Where it is.
    pub namespace: Namespace<'a>,
    /// Table, chain and rule.
    pub at: RuleRef,
}

impl<'a> RuleAt<'a> {
    /// Its number as `iptables -L --line-numbers` shows it, from 1.
    pub fn number(self) -> u32 {
        self.at.id.number()
    }

    /// Its chain.
    pub fn chain(self) -> ChainAt<'a> {
        self.namespace.chain(self.at.table, self.at.chain)
    }

    /// Its frozen configuration; `None` for one of another model.
    pub fn config(self) -> Option<AnyRule<'a>> {
        self.namespace.config()?.rule(self.at)
    }

    /// As `iptables-save` or `nft list ruleset` prints it.
    pub fn text(self) -> Option<String> {
        print::rule_text(self.namespace.config()?, self.at)
    }

    /// Who wrote it and for what.
    pub fn cause(self) -> Option<&'a Cause> {
        self.namespace.cause(self.namespace.config()?.rule_cause(self.at)?)
    }
}

/// A route of a namespace.
#[derive(Clone, Copy, Debug)]
pub struct RouteAt<'a> {
    /// Where it is.
    pub namespace: Namespace<'a>,
    /// Which.
    pub id: RouteId,
}

impl<'a> RouteAt<'a> {
    /// Its frozen configuration; `None` for one of another model.
    pub fn config(self) -> Option<&'a Route> {
        self.namespace.config()?.routes.get(self.id)
    }

    /// As `ip route` prints it.
    pub fn text(self) -> Option<String> {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = print::ip::write_route(&mut text, self.namespace.config()?, self.config()?);
        Some(text.trim().to_owned())
    }

    /// Who wrote it and for what.
    pub fn cause(self) -> Option<&'a Cause> {
        self.namespace.cause(self.config()?.cause)
    }
}

/// What a rule of nftables looked up in a map.
#[derive(Clone, Copy, Debug)]
pub struct MapLookup<'a> {
    /// The rule.
    pub rule: RuleAt<'a>,
    pub(super) statement: PartId,
    pub(super) key: &'a [kernel::config::nft::data::Datum],
    pub(super) hit: SetHit,
}

impl<'a> MapLookup<'a> {
    /// Map, key and the element that was found, as `nft` prints them.
    pub fn text(self) -> LookupText {
        let config = self.rule.namespace.config();
        config
            .and_then(|netns| print::nft::lookup_text(netns, self.rule.at, self.statement, self.key, self.hit))
            .unwrap_or_default()
    }

    /// Something was found.
    pub fn found(self) -> bool {
        self.hit != SetHit::Missing
    }
}
