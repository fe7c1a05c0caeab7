//! Parts of a rule that matches and targets share.

use crate::config::PortRange;
use crate::config::xtables::{DevMatch, Neg};
use ipnet::IpNet;
use std::fmt::{self, Write};

/// ` ! OPTION VALUE`.
pub(super) fn option<W: Write, T>(
    out: &mut W,
    name: &str,
    value: &Option<Neg<T>>,
    write: impl Fn(&mut W, &T) -> fmt::Result,
) -> fmt::Result {
    let Some(value) = value else { return Ok(()) };
    bang(out, value.not)?;
    out.write_str(name)?;
    out.write_char(' ')?;
    write(out, &value.value)
}

/// ` !` where something is inverted.
pub(super) fn bang(out: &mut impl Write, not: bool) -> fmt::Result {
    if not { out.write_str(" !") } else { Ok(()) }
}

pub(super) fn write_net(out: &mut impl Write, net: IpNet) -> fmt::Result {
    write!(out, "{}/{}", net.addr(), net.prefix_len())
}

pub(super) fn write_dev(out: &mut impl Write, dev: &DevMatch) -> fmt::Result {
    if dev.prefix { write_name(out, &format!("{}+", dev.name)) } else { write_name(out, &dev.name) }
}

/// A name as it is; quoted where it could not be read again: the tool takes names that nobody gives, and prints most of them so that
/// `iptables-restore` refuses the line (1.8.9).
pub(super) fn write_name(out: &mut impl Write, name: &str) -> fmt::Result {
    let splits = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\');
    if name.is_empty() || name.contains(splits) { write_quoted(out, name) } else { out.write_str(name) }
}

pub(super) fn write_range(out: &mut impl Write, range: &PortRange, between: char) -> fmt::Result {
    write!(out, "{}", range.first)?;
    if range.first == range.last { Ok(()) } else { write!(out, "{between}{}", range.last) }
}

/// `VALUE/MASK`, without a mask of all bits.
pub(super) fn write_masked(out: &mut impl Write, value: u32, mask: u32) -> fmt::Result {
    write!(out, "0x{value:x}")?;
    if mask == u32::MAX { Ok(()) } else { write!(out, "/0x{mask:x}") }
}

/// Quotes as `xtables_save_string` does.
pub(super) fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain {
        return out.write_str(text);
    }
    out.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '\'') {
            out.write_char('\\')?;
        }
        // A line that ends inside a quoted text would start another rule.
        out.write_char(if matches!(c, '\n' | '\r') { ' ' } else { c })?;
    }
    out.write_char('"')
}

/// `text` after a space, or nothing.
pub(super) fn write_rest(out: &mut impl Write, text: &str) -> fmt::Result {
    if text.is_empty() { Ok(()) } else { write!(out, " {text}") }
}
