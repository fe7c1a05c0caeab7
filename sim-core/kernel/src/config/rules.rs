//! Looking up the tables, chains and rules a walk names, whichever engine they belong to.

use super::netns::Netns;
use super::nft::data::Datum;
use super::nft::expr::{Expr, Payload, Right, SetRef, Statement};
use super::nft::set::{Element, find};
use super::{nft, xtables};
use crate::ids::{CauseId, ChainId, ElementId, NftTableId, PartId, RuleId, RuleRef, TableName, TableRef};
use std::net::IpAddr;

/// A rule of either engine.
#[derive(Clone, Copy, Debug)]
pub enum AnyRule<'a> {
    /// Of an xtables table.
    Xtables(&'a xtables::Rule),
    /// Of an nftables table.
    Nft(&'a nft::Rule),
}

impl AnyRule<'_> {
    /// Who wrote the rule, for what.
    pub fn cause(&self) -> CauseId {
        match self {
            Self::Xtables(rule) => rule.cause,
            Self::Nft(rule) => rule.cause,
        }
    }
}

impl Netns {
    /// The name of a table: `nat` for xtables, `FAMILY NAME` for nftables; `?` where there is none.
    pub fn table_name(&self, table: TableRef) -> String {
        match table {
            TableRef::Xtables(name) => name.to_string(),
            TableRef::Nft(id) => match self.nft.table(id) {
                Some(table) => format!("{} {}", table.family, table.name),
                None => "?".to_owned(),
            },
        }
    }

    /// The loaded table that [`Self::table_name`] calls `name`.
    pub fn find_table(&self, name: &str) -> Option<TableRef> {
        let xtables = self.xtables.tables.keys().copied().find(|table: &TableName| table.to_string() == name);
        let mut nft = self.nft.tables.ids().map(TableRef::Nft);
        xtables.map(TableRef::Xtables).or_else(|| nft.find(|table| self.table_name(*table) == name))
    }

    fn xt_chain(&self, table: TableName, chain: ChainId) -> Option<&xtables::Chain> {
        self.xtables.tables.get(&table)?.chains.get(chain)
    }

    fn nft_chain(&self, table: NftTableId, chain: ChainId) -> Option<&nft::Chain> {
        self.nft.table(table)?.chains.get(chain)
    }

    /// The name of a chain.
    pub fn chain_name(&self, table: TableRef, chain: ChainId) -> Option<&str> {
        match table {
            TableRef::Xtables(name) => self.xt_chain(name, chain).map(|chain| &*chain.name),
            TableRef::Nft(id) => self.nft_chain(id, chain).map(|chain| &*chain.name),
        }
    }

    /// The chain of that name.
    pub fn find_chain(&self, table: TableRef, name: &str) -> Option<ChainId> {
        match table {
            TableRef::Xtables(table) => self.xtables.tables.get(&table)?.find(name),
            TableRef::Nft(id) => self.nft.table(id)?.find_chain(name),
        }
    }

    /// Why a chain exists.
    pub fn chain_cause(&self, table: TableRef, chain: ChainId) -> Option<CauseId> {
        match table {
            TableRef::Xtables(name) => self.xt_chain(name, chain).map(|chain| chain.cause),
            TableRef::Nft(id) => self.nft_chain(id, chain).map(|chain| chain.cause),
        }
    }

    /// All chains of a table, in order of creation; none where there is no such table.
    pub fn chains_of(&self, table: TableRef) -> impl Iterator<Item = ChainId> + use<> {
        let count = match table {
            TableRef::Xtables(name) => self.xtables.tables.get(&name).map_or(0, |table| table.chains.len()),
            TableRef::Nft(id) => self.nft.table(id).map_or(0, |table| table.chains.len()),
        };
        (0..count).map(ChainId::at)
    }

    /// How many rules a chain has; 0 where there is none.
    pub fn chain_len(&self, table: TableRef, chain: ChainId) -> u32 {
        let len = match table {
            TableRef::Xtables(name) => self.xt_chain(name, chain).map(|chain| chain.rules.len()),
            TableRef::Nft(id) => self.nft_chain(id, chain).map(|chain| chain.rules.len()),
        };
        len.unwrap_or(0) as u32
    }

    /// All rules of a chain, in order; none where there is no such chain.
    pub fn rules_of(&self, table: TableRef, chain: ChainId) -> impl Iterator<Item = RuleRef> + use<> {
        (0..self.chain_len(table, chain)).map(move |rule| RuleRef { table, chain, id: RuleId(rule) })
    }

    /// The rule behind `at`.
    pub fn rule(&self, at: RuleRef) -> Option<AnyRule<'_>> {
        let index = at.id.index();
        match at.table {
            TableRef::Xtables(name) => self.xt_chain(name, at.chain)?.rules.get(index).map(AnyRule::Xtables),
            TableRef::Nft(id) => self.nft_chain(id, at.chain)?.rules.get(index).map(AnyRule::Nft),
        }
    }

    /// The element of a configured or anonymous set that a lookup of a rule hit.
    pub fn element(&self, at: RuleRef, statement: PartId, element: ElementId) -> Option<&Element> {
        let TableRef::Nft(id) = at.table else { return None };
        let Some(AnyRule::Nft(rule)) = self.rule(at) else { return None };
        let elements = match rule.statements.get(statement.index())?.map()?.1 {
            SetRef::Anonymous(elements) => elements,
            SetRef::Named(set) => &self.nft.table(id)?.set(*set)?.elements,
        };
        elements.get(element.index())
    }

    /// The element of a named set that a rule compares a packet's source or destination with, where it is one of the set's.
    pub fn address_element(&self, at: RuleRef, src: IpAddr, dst: IpAddr) -> Option<&Element> {
        let TableRef::Nft(id) = at.table else { return None };
        let Some(AnyRule::Nft(rule)) = self.rule(at) else { return None };
        rule.statements.iter().find_map(|statement| {
            let Statement::Match { left: Expr::Payload(field), right: Right::Set(SetRef::Named(set)), .. } = statement
            else {
                return None;
            };
            let address = match field {
                Payload::IpSource | Payload::Ip6Source => src,
                Payload::IpDestination | Payload::Ip6Destination => dst,
                _ => return None,
            };
            let value = match address {
                IpAddr::V4(ip) => Datum::from(ip),
                IpAddr::V6(ip) => Datum::from(ip),
            };
            let set = self.nft.table(id)?.set(*set)?;
            find(&set.elements, &[value], &set.key).map(|(_, element)| element)
        })
    }

    /// Who wrote the rule behind `at`, for what.
    pub fn rule_cause(&self, at: RuleRef) -> Option<CauseId> {
        self.rule(at).map(|rule| rule.cause())
    }
}
