//! `nft list ruleset` (`src/rule.c`, `src/expression.c`, `src/statement.c` of nftables 1.0).

mod element;
mod rule;
mod sets;
mod value;

use crate::config::nft::data::{DataType, Datum, Pattern};
use crate::config::nft::expr::SetRef;
use crate::config::nft::set::{Element, Set, SetData};
use crate::config::nft::{Base, BaseHook, Chain, ChainKind, Family, Ruleset, Table};
use crate::config::{AnyRule, Netns, Policy};
use crate::ids::{CauseId, PartId, RuleRef, TableRef};
use crate::walk::SetHit;
use element::{write_element, write_member};
use std::fmt::{self, Write};
use value::{quoted, write_patterns, write_time};

pub use rule::write_rule;
pub use sets::{SetText, set_texts};

/// All tables.
///
/// # Errors
/// Only those of `out`.
pub fn write_ruleset(out: &mut impl Write, ruleset: &Ruleset) -> fmt::Result {
    ruleset.tables.iter().try_for_each(|table| write_table(out, table))
}

/// One table (`nft list table`).
///
/// # Errors
/// Only those of `out`.
pub fn write_table(out: &mut impl Write, table: &Table) -> fmt::Result {
    writeln!(out, "table {} {} {{", table.family, table.name)?;
    let mut between = false;
    if table.dormant {
        writeln!(out, "\tflags dormant")?;
        between = true;
    }
    if let Some(comment) = &table.comment {
        writeln!(out, "\tcomment {}", quoted(comment))?;
    }
    for object in &table.objects {
        gap(out, &mut between)?;
        writeln!(out, "\t{object}")?;
    }
    for set in &table.sets {
        gap(out, &mut between)?;
        write_set(out, table, set)?;
    }
    for flowtable in &table.flowtables {
        gap(out, &mut between)?;
        writeln!(out, "\t{flowtable}")?;
    }
    for chain in &table.chains {
        gap(out, &mut between)?;
        write_chain(out, table, chain)?;
    }
    writeln!(out, "}}")
}

/// An empty line, but not before the first.
fn gap(out: &mut impl Write, between: &mut bool) -> fmt::Result {
    if std::mem::replace(between, true) { writeln!(out) } else { Ok(()) }
}

/// A lookup in a map as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupText {
    /// Name of the map; `None` where the rule carries it.
    pub map: Option<String>,
    /// What was looked up.
    pub key: String,
    /// The element that was found, with what it leads to.
    pub element: Option<String>,
    /// Who wrote that element; `None` for one that a rule added.
    pub cause: Option<CauseId>,
}

/// What a rule looked up and found; `None` where there is no such lookup.
pub fn lookup_text(netns: &Netns, rule: RuleRef, statement: PartId, key: &[Datum], hit: SetHit) -> Option<LookupText> {
    let TableRef::Nft(id) = rule.table else { return None };
    let Some(AnyRule::Nft(found)) = netns.rule(rule) else { return None };
    let table = netns.nft.table(id)?;
    let (looked_up, map) = found.statements.get(statement.index())?.map()?;
    let types = looked_up.types();
    let patterns: Vec<Pattern> = key.iter().cloned().map(Pattern::One).collect();
    let mut text = LookupText::default();
    // Writing to a String cannot fail.
    let _ = write_patterns(&mut text.key, &types, &patterns);
    let (elements, data) = match map {
        SetRef::Anonymous(elements) => (elements.as_slice(), [table.address_type(), DataType::InetService].to_vec()),
        SetRef::Named(set) => {
            let set = table.set(*set)?;
            text.map = Some(set.name.to_string());
            let data = match &set.data {
                Some(SetData::Value(types)) => types.clone(),
                _ => Vec::new(),
            };
            (set.elements.as_slice(), data)
        }
    };
    text.element = match hit {
        SetHit::Missing => None,
        SetHit::Learned => Some(text.key.clone()),
        SetHit::Element(index) => {
            let mut written = String::new();
            let element = elements.get(index.index())?;
            text.cause = Some(element.cause);
            let _ = write_member(&mut written, table, &types, &data, element);
            Some(written)
        }
    };
    Some(text)
}

fn write_types(out: &mut impl Write, types: &[DataType]) -> fmt::Result {
    for (index, kind) in types.iter().enumerate() {
        if index > 0 {
            out.write_str(" . ")?;
        }
        out.write_str(kind.name())?;
    }
    Ok(())
}

fn write_set(out: &mut impl Write, table: &Table, set: &Set) -> fmt::Result {
    writeln!(out, "\t{} {} {{", if set.data.is_some() { "map" } else { "set" }, set.name)?;
    match &set.type_of {
        Some(text) => writeln!(out, "\t\ttypeof {text}")?,
        None => {
            out.write_str("\t\ttype ")?;
            write_types(out, &set.key)?;
            match &set.data {
                None => {}
                Some(SetData::Verdict) => out.write_str(" : verdict")?,
                Some(SetData::Value(types)) => {
                    out.write_str(" : ")?;
                    write_types(out, types)?;
                }
            }
            out.write_char('\n')?;
        }
    }
    if set.memory {
        writeln!(out, "\t\tpolicy memory")?;
    }
    if let Some(size) = set.size {
        writeln!(out, "\t\tsize {size}")?;
    }
    let flags: Vec<&str> = set.flags.names().collect();
    if !flags.is_empty() {
        writeln!(out, "\t\tflags {}", flags.join(","))?;
    }
    if set.auto_merge {
        writeln!(out, "\t\tauto-merge")?;
    }
    if set.counter {
        writeln!(out, "\t\tcounter")?;
    }
    for (word, time) in [("timeout", set.timeout), ("gc-interval", set.gc_interval)] {
        if let Some(time) = time {
            write!(out, "\t\t{word} ")?;
            write_time(out, time)?;
            out.write_char('\n')?;
        }
    }
    if let Some(comment) = &set.comment {
        writeln!(out, "\t\tcomment {}", quoted(comment))?;
    }
    if !set.elements.is_empty() {
        out.write_str("\t\telements = { ")?;
        let per_line = match set.key.as_slice() {
            [one] => one.per_line(),
            _ => 1,
        };
        for (index, element) in set.elements.iter().enumerate() {
            match index {
                0 => {}
                _ if index % per_line == 0 => out.write_str(",\n\t\t\t     ")?,
                _ => out.write_str(", ")?,
            }
            write_element(out, table, set, element)?;
        }
        writeln!(out, " }}")?;
    }
    writeln!(out, "\t}}")
}

/// A value of a type as nft writes it: an address, a port, a symbol.
pub fn pattern_text(kind: &DataType, pattern: &Pattern) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = value::write_pattern(&mut text, kind, pattern);
    text
}

/// An element of a named set or map as `nft list` prints it.
pub fn element_text(table: &Table, set: &Set, element: &Element) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_element(&mut text, table, set, element);
    text
}

fn write_chain(out: &mut impl Write, table: &Table, chain: &Chain) -> fmt::Result {
    writeln!(out, "\tchain {} {{", chain.name)?;
    if let Some(comment) = &chain.comment {
        writeln!(out, "\t\tcomment {}", quoted(comment))?;
    }
    if let Some(base) = &chain.base {
        write_base(out, table.family, base)?;
    }
    for rule in &chain.rules {
        out.write_str("\t\t")?;
        write_rule(out, table, rule)?;
        out.write_char('\n')?;
    }
    writeln!(out, "\t}}")
}

fn write_base(out: &mut impl Write, family: Family, base: &Base) -> fmt::Result {
    let kind = ChainKind::ALL.iter().find(|(kind, _)| *kind == base.kind).map_or("", |(_, name)| name);
    let hook = BaseHook::ALL.iter().find(|(hook, _)| *hook == base.hook).map_or("", |(_, name)| name);
    write!(out, "\t\ttype {kind} hook {hook} ")?;
    if let Some(device) = &base.device {
        write!(out, "device {} ", quoted(device))?;
    }
    out.write_str("priority ")?;
    write_priority(out, family, base)?;
    let policy = match base.policy {
        Policy::Accept => "accept",
        Policy::Drop => "drop",
    };
    writeln!(out, "; policy {policy};")
}

/// The nearest name at most ten away, with the distance, or the number.
fn write_priority(out: &mut impl Write, family: Family, base: &Base) -> fmt::Result {
    let near = |value: i32| base.priority.checked_sub(value).filter(|distance| (-10..=10).contains(distance));
    let named = family.priorities(base.hook).iter().find_map(|(value, name)| Some((near(*value)?, name)));
    match named {
        Some((0, name)) => out.write_str(name),
        Some((distance, name)) => {
            write!(out, "{name} {} {}", if distance < 0 { '-' } else { '+' }, distance.unsigned_abs())
        }
        None => write!(out, "{}", base.priority),
    }
}
