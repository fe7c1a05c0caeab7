//! Rules, statement by statement.

use super::element::{write_counter, write_member, write_verdict};
use super::value::{quoted, write_number, write_pattern, write_patterns, write_time};
use crate::config::nft::data::DataType;
use crate::config::nft::expr::{
    BitExpr, BitOp, Ct, Expr, FibResult, Meta, NatFlags, NatTo, Payload, RejectForm, Relation, Right, SetRef,
    SetUpdate, Statement,
};
use crate::config::nft::{Family, Rule, Table};
use crate::config::{CtDirection, PortRange};
use std::fmt::{self, Write};
use std::net::IpAddr;

/// A rule, as a line of `nft list chain` without indentation.
///
/// # Errors
/// Only those of `out`.
pub fn write_rule(out: &mut impl Write, table: &Table, rule: &Rule) -> fmt::Result {
    if let Some(written) = &rule.written {
        return out.write_str(written);
    }
    for (index, statement) in rule.statements.iter().enumerate() {
        if index > 0 {
            out.write_char(' ')?;
        }
        write_statement(out, table, statement)?;
    }
    match &rule.comment {
        Some(comment) if rule.statements.is_empty() => write!(out, "comment {}", quoted(comment)),
        Some(comment) => write!(out, " comment {}", quoted(comment)),
        None => Ok(()),
    }
}

fn write_statement(out: &mut impl Write, table: &Table, statement: &Statement) -> fmt::Result {
    match statement {
        Statement::Match { left, relation, right } => write_match(out, table, left, *relation, right),
        Statement::Vmap { key, map } => {
            write_expr(out, table, key, &[])?;
            out.write_str(" vmap ")?;
            write_set_ref(out, table, &key.types(), &[], map)
        }
        Statement::Verdict(verdict) => write_verdict(out, table, *verdict),
        Statement::Counter(counter) => write_counter(out, *counter),
        Statement::SetMark(value) => {
            out.write_str("meta mark set ")?;
            write_expr(out, table, value, &[DataType::Mark])
        }
        Statement::SetCtMark(value) => {
            out.write_str("ct mark set ")?;
            write_expr(out, table, value, &[DataType::Mark])
        }
        Statement::Nat { destination, family, to, flags } => {
            out.write_str(if *destination { "dnat" } else { "snat" })?;
            if let Some(family) = family {
                write!(out, " {family}")?;
            }
            out.write_str(" to ")?;
            write_nat_to(out, table, *family, to)?;
            write_flags(out, *flags)
        }
        Statement::Masquerade { port, flags } => write_ports_nat(out, "masquerade", *port, *flags),
        Statement::Redirect { port, flags } => write_ports_nat(out, "redirect", *port, *flags),
        Statement::Reject(form) => match form {
            RejectForm::Default => out.write_str("reject"),
            RejectForm::TcpReset => out.write_str("reject with tcp reset"),
            RejectForm::Icmp(code) => write!(out, "reject with icmp {code}"),
            RejectForm::Icmpv6(code) => write!(out, "reject with icmpv6 {code}"),
            RejectForm::Icmpx(code) => write!(out, "reject with icmpx {code}"),
        },
        Statement::NoTrack => out.write_str("notrack"),
        Statement::Update { update, set, key, timeout, counter, data } => {
            let word = match update {
                SetUpdate::Add => "add",
                SetUpdate::Update => "update",
                SetUpdate::Delete => "delete",
            };
            write!(out, "{word} @{} {{ ", table.set(*set).map_or("?", |set| &set.name))?;
            write_expr(out, table, key, &[])?;
            if let Some(timeout) = timeout {
                out.write_str(" timeout ")?;
                write_time(out, *timeout)?;
            }
            if *counter {
                out.write_str(" counter")?;
            }
            if let Some(data) = data {
                out.write_str(" : ")?;
                write_expr(out, table, data, &[])?;
            }
            out.write_str(" }")
        }
        Statement::Limit { text, .. } | Statement::Aside(text) | Statement::Unknown(text) => out.write_str(text),
        Statement::Blank => Ok(()),
    }
}

fn write_match(out: &mut impl Write, table: &Table, left: &Expr, relation: Relation, right: &Right) -> fmt::Result {
    write_expr(out, table, left, &[])?;
    out.write_str(match relation {
        Relation::Implicit => " ",
        Relation::Equal => " == ",
        Relation::NotEqual => " != ",
        Relation::Less => " < ",
        Relation::LessOrEqual => " <= ",
        Relation::Greater => " > ",
        Relation::GreaterOrEqual => " >= ",
        Relation::NoBit => " ! ",
    })?;
    let types = left.types();
    match right {
        Right::Value(patterns) => write_patterns(out, &types, patterns),
        Right::Masked(masked) => {
            let (value, mask) = **masked;
            let kind = types.first().unwrap_or(&DataType::Integer);
            write_number(out, kind, value)?;
            out.write_str(" / ")?;
            write_number(out, kind, mask)
        }
        Right::Set(set) => write_set_ref(out, table, &types, &[], set),
    }
}

fn write_set_ref(
    out: &mut impl Write,
    table: &Table,
    key: &[DataType],
    data: &[DataType],
    set: &SetRef,
) -> fmt::Result {
    match set {
        SetRef::Named(id) => write!(out, "@{}", table.set(*id).map_or("?", |set| &set.name)),
        SetRef::Anonymous(elements) => {
            for (index, element) in elements.iter().enumerate() {
                out.write_str(if index == 0 { "{ " } else { ", " })?;
                write_member(out, table, key, data, element)?;
            }
            out.write_str(" }")
        }
    }
}

/// `data`: the types a map in it leads to.
fn write_expr(out: &mut impl Write, table: &Table, expr: &Expr, data: &[DataType]) -> fmt::Result {
    match expr {
        Expr::Payload(field) => {
            let words = Payload::ALL.iter().find(|(known, ..)| known == field);
            words.map_or(Ok(()), |(_, header, name)| write!(out, "{header} {name}"))
        }
        Expr::Meta(key) => {
            let name = Meta::ALL.iter().find(|(known, _)| known == key).map_or("", |(_, name)| name);
            if key.is_bare() { out.write_str(name) } else { write!(out, "meta {name}") }
        }
        Expr::Ct(key, direction) => {
            let name = Ct::ALL.iter().find(|(known, _)| known == key).map_or("", |(_, name)| name);
            match direction {
                None => write!(out, "ct {name}"),
                Some(CtDirection::Original) => write!(out, "ct original {name}"),
                Some(CtDirection::Reply) => write!(out, "ct reply {name}"),
            }
        }
        Expr::Fib(key, result) => {
            out.write_str(if key.source { "fib saddr" } else { "fib daddr" })?;
            for (_, name) in [(key.mark, "mark"), (key.iif, "iif"), (key.oif, "oif")].iter().filter(|(on, _)| *on) {
                write!(out, " . {name}")?;
            }
            out.write_str(match result {
                FibResult::Type => " type",
                FibResult::Exists => " oif",
            })
        }
        Expr::Numgen { random, modulus, offset } => {
            write!(out, "numgen {} mod {modulus}", if *random { "random" } else { "inc" })?;
            if *offset > 0 { write!(out, " offset {offset}") } else { Ok(()) }
        }
        Expr::Concat(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
            if index > 0 {
                out.write_str(" . ")?;
            }
            write_expr(out, table, part, &[])
        }),
        Expr::Bits(bits) => {
            let BitExpr { left, op, value } = &**bits;
            write_expr(out, table, left, data)?;
            out.write_str(match op {
                BitOp::And => " & ",
                BitOp::Or => " | ",
                BitOp::Xor => " ^ ",
            })?;
            write_number(out, left.types().first().unwrap_or(&DataType::Integer), *value)
        }
        Expr::Value(value) => write_pattern(out, &value.0, &value.1),
        Expr::Map(expr) => {
            let (key, map) = &**expr;
            write_expr(out, table, key, &[])?;
            out.write_str(" map ")?;
            write_set_ref(out, table, &key.types(), data, map)
        }
    }
}

fn write_nat_to(out: &mut impl Write, table: &Table, family: Option<Family>, to: &NatTo) -> fmt::Result {
    match to {
        NatTo::Fixed { address, port } => {
            if let Some((first, last)) = address {
                match first {
                    IpAddr::V6(_) if port.is_some() => write!(out, "[{first}]")?,
                    _ => write!(out, "{first}")?,
                }
                match last {
                    _ if last == first => {}
                    IpAddr::V6(_) if port.is_some() => write!(out, "-[{last}]")?,
                    _ => write!(out, "-{last}")?,
                }
            }
            port.map_or(Ok(()), |port| write_ports(out, port))
        }
        NatTo::Expr(expr) => {
            let address = match family.unwrap_or(table.family) {
                Family::Ip6 => DataType::Ipv6Addr,
                _ => DataType::Ipv4Addr,
            };
            write_expr(out, table, expr, &[address, DataType::InetService])
        }
    }
}

fn write_ports(out: &mut impl Write, port: PortRange) -> fmt::Result {
    write!(out, ":{}", port.first)?;
    if port.first == port.last { Ok(()) } else { write!(out, "-{}", port.last) }
}

fn write_ports_nat(out: &mut impl Write, word: &str, port: Option<PortRange>, flags: NatFlags) -> fmt::Result {
    out.write_str(word)?;
    if let Some(port) = port {
        out.write_str(" to ")?;
        write_ports(out, port)?;
    }
    write_flags(out, flags)
}

fn write_flags(out: &mut impl Write, flags: NatFlags) -> fmt::Result {
    let all = [(flags.random, "random"), (flags.fully_random, "fully-random"), (flags.persistent, "persistent")];
    let named: Vec<&str> = all.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
    if named.is_empty() { Ok(()) } else { write!(out, " {}", named.join(",")) }
}
