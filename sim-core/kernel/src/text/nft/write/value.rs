//! Values of each type as nft writes them.

use crate::config::nft::data::{DataType, Datum, Pattern};
use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A text in quotes. nft has no escapes; what it listed is given back.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Milliseconds as `1d2h3m4s5ms`, parts that are 0 left out.
pub(super) fn write_time(out: &mut impl Write, milliseconds: u64) -> fmt::Result {
    if milliseconds == 0 {
        return out.write_str("0s");
    }
    let mut left = milliseconds;
    for (size, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")] {
        let count = left / size;
        left %= size;
        if count > 0 {
            write!(out, "{count}{unit}")?;
        }
    }
    Ok(())
}

/// Patterns with ` . ` between.
pub(super) fn write_patterns(out: &mut impl Write, types: &[DataType], patterns: &[Pattern]) -> fmt::Result {
    for (index, pattern) in patterns.iter().enumerate() {
        if index > 0 {
            out.write_str(" . ")?;
        }
        write_pattern(out, types.get(index).unwrap_or(&DataType::Integer), pattern)?;
    }
    Ok(())
}

pub(super) fn write_pattern(out: &mut impl Write, kind: &DataType, pattern: &Pattern) -> fmt::Result {
    match pattern {
        Pattern::Any => out.write_char('*'),
        Pattern::One(Datum::Number(value)) => write_number(out, kind, *value),
        // The number of an interface that is not there stays a number.
        Pattern::One(Datum::Text(text)) if *kind == DataType::IfIndex && text.bytes().all(|b| b.is_ascii_digit()) => {
            out.write_str(text)
        }
        Pattern::One(Datum::Text(text)) if matches!(kind, DataType::IfName | DataType::IfIndex) => {
            out.write_str(&quoted(text))
        }
        Pattern::One(Datum::Text(text)) => out.write_str(text),
        Pattern::Prefix(value, length) => {
            write_number(out, kind, *value)?;
            write!(out, "/{length}")
        }
        Pattern::Range(first, last) => {
            write_number(out, kind, *first)?;
            out.write_char('-')?;
            write_number(out, kind, *last)
        }
    }
}

/// A number of a type: an address, a symbol, bits by name.
pub(super) fn write_number(out: &mut impl Write, kind: &DataType, value: u128) -> fmt::Result {
    if kind.is_bits() {
        return write_bits(out, kind, value);
    }
    if let Some((_, name)) = kind.symbols().iter().find(|(symbol, _)| *symbol == value) {
        return out.write_str(name);
    }
    match kind {
        DataType::Ipv4Addr => write!(out, "{}", Ipv4Addr::from(value as u32)),
        DataType::Ipv6Addr => write!(out, "{}", Ipv6Addr::from(value)),
        DataType::EtherAddr => {
            let [_, _, _, _, _, _, _, _, _, _, a, b, c, d, e, f] = value.to_be_bytes();
            write!(out, "{}", crate::packet::Mac([a, b, c, d, e, f]))
        }
        DataType::Mark => write!(out, "0x{value:08x}"),
        DataType::EtherType => write!(out, "0x{value:04x}"),
        _ => write!(out, "{value}"),
    }
}

fn write_bits(out: &mut impl Write, kind: &DataType, value: u128) -> fmt::Result {
    let mut left = value;
    let mut first = true;
    let mut part = |out: &mut _, text: &str| -> fmt::Result {
        let out: &mut dyn Write = out;
        if !std::mem::take(&mut first) {
            out.write_char(',')?;
        }
        out.write_str(text)
    };
    for (bit, name) in kind.symbols().iter().filter(|(bit, _)| value & bit != 0) {
        left &= !bit;
        part(out, name)?;
    }
    if left != 0 || value == 0 { part(out, &format!("0x{left:x}")) } else { Ok(()) }
}
