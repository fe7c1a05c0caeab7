//! The IPv6 half of Services: listed and marked, because no packet goes through it yet.

use super::sheet::{Group, PAGE, Row};
use super::view::View;
use kernel::config::nft::Family;
use kernel::ids::TableRef;
use kubernetes::origin::CauseId;
use sim_core::print;

/// What stands for all of ip6tables where a table is named.
pub(super) const IP6TABLES: &str = "ip6tables";

impl View<'_> {
    /// A table's name, marked where no packet goes through it.
    pub(super) fn label(&self, table: TableRef) -> String {
        let name = self.netns.table_name(table);
        let TableRef::Nft(id) = table else { return name };
        let listed = self.netns.nft.table(id).is_some_and(|table| table.family == Family::Ip6);
        if listed { format!("{name} · {}", self.say.t("rules-ipv6-mark")) } else { name }
    }

    /// How many rules ip6tables has.
    pub(super) fn ipv6_len(&self) -> usize {
        self.netns.xtables6.tables.values().flat_map(|table| &table.chains).map(|chain| chain.rules.len()).sum()
    }

    /// Rules of ip6tables whose cause is `wanted`: behind the first `skip` of them, at most a page.
    pub(super) fn ipv6(&self, wanted: &dyn Fn(CauseId) -> bool, skip: usize) -> Option<Group> {
        let chains = self.netns.xtables6.tables.values().flat_map(|table| {
            let chains = table.chains.iter();
            chains.map(move |chain| (table, chain))
        });
        let rules = chains
            .flat_map(|(table, chain)| chain.rules.iter().enumerate().map(move |(at, rule)| (table, chain, at, rule)));
        let rows =
            rules.filter(|(.., rule)| wanted(rule.cause)).skip(skip).take(PAGE).map(|(table, chain, at, rule)| {
                let mut text = format!("-t {} ", table.name);
                // Writing to a String cannot fail.
                let _ = print::iptables::write_rule(&mut text, table, &chain.name, rule);
                let mut row = Row { number: at + 1, text, ..Row::default() };
                self.explain(&mut row, rule.cause);
                row
            });
        let rows: Vec<Row> = rows.collect();
        let title = format!("{} · ip6tables · {}", self.netns.name, self.say.t("rules-ipv6-mark"));
        (!rows.is_empty()).then(|| Group { title, rows, ..Group::default() })
    }
}
