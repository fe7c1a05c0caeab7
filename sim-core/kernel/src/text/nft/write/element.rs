//! Elements of sets and maps, and what they lead to.

use super::value::{quoted, write_patterns, write_time};
use crate::config::nft::Table;
use crate::config::nft::data::{DataType, Verdict};
use crate::config::nft::set::{Element, ElementData, Set, SetData};
use crate::ids::ChainId;
use std::fmt::{self, Write};

pub(super) fn write_element(out: &mut impl Write, table: &Table, set: &Set, element: &Element) -> fmt::Result {
    let data = match &set.data {
        Some(SetData::Value(types)) => types.as_slice(),
        _ => &[],
    };
    write_member(out, table, &set.key, data, element)
}

/// An element of a named or anonymous set.
pub(super) fn write_member(
    out: &mut impl Write,
    table: &Table,
    key: &[DataType],
    data: &[DataType],
    element: &Element,
) -> fmt::Result {
    write_patterns(out, key, &element.key)?;
    if let Some(extra) = &element.extra {
        if let Some(counter) = extra.counter {
            out.write_char(' ')?;
            write_counter(out, counter)?;
        }
        for (word, time) in [("timeout", extra.timeout), ("expires", extra.expires)] {
            if let Some(time) = time {
                write!(out, " {word} ")?;
                write_time(out, time)?;
            }
        }
    }
    if let Some(comment) = &element.comment {
        write!(out, " comment {}", quoted(comment))?;
    }
    match &element.data {
        None => Ok(()),
        Some(ElementData::Verdict(verdict)) => {
            out.write_str(" : ")?;
            write_verdict(out, table, *verdict)
        }
        Some(ElementData::Value(values)) => {
            out.write_str(" : ")?;
            write_patterns(out, data, values)
        }
    }
}

pub(super) fn write_verdict(out: &mut impl Write, table: &Table, verdict: Verdict) -> fmt::Result {
    match verdict {
        Verdict::Accept => out.write_str("accept"),
        Verdict::Drop => out.write_str("drop"),
        Verdict::Continue => out.write_str("continue"),
        Verdict::Return => out.write_str("return"),
        Verdict::Jump(to) => write!(out, "jump {}", chain(table, to)),
        Verdict::Goto(to) => write!(out, "goto {}", chain(table, to)),
    }
}

pub(super) fn write_counter(out: &mut impl Write, counter: Option<(u64, u64)>) -> fmt::Result {
    match counter {
        Some((packets, bytes)) => write!(out, "counter packets {packets} bytes {bytes}"),
        None => out.write_str("counter"),
    }
}

fn chain(table: &Table, id: ChainId) -> &str {
    table.chain(id).map_or("?", |chain| &chain.name)
}
