//! Statements of a rule.

use super::element::{read_counter, read_name, read_number, read_text, read_time, read_verdict};
use super::error::{NftError, NftErrorKind, Source};
use super::expr::{read_expr, read_relation, read_set_name};
use super::lex::{Cursor, Kind};
use super::scope::{Fail, Scope, not_understood};
use super::value::{nat_target, number, ports};
use crate::config::PortRange;
use crate::config::nft::data::{DataType, Pattern};
use crate::config::nft::expr::{Expr, NatFlags, NatTo, RejectForm, SetUpdate, Statement};
use crate::config::nft::{Family, Rule};
use std::sync::Arc;

/// A rule from its tokens.
pub(super) fn read_rule(mut cursor: Cursor<'_, '_>, scope: &Scope<'_>, before: usize) -> Result<Rule, NftError> {
    let mut rule = Rule::new(Vec::new(), scope.cause);
    let mut end = before;
    while let Some(token) = cursor.peek() {
        if scope.source == Source::Listing && is_blank(cursor.text, end, token.start) {
            rule.statements.push(Statement::Blank);
        }
        let from = cursor.at;
        if cursor.word("comment") {
            let text = read_text(&mut cursor)?;
            if let Some(token) = cursor.peek() {
                return Err(
                    cursor.error(NftErrorKind::Expected(super::error::Expected::LineEnd, Arc::from(token.text)))
                );
            }
            rule.comment = Some(Arc::from(text));
            break;
        }
        match read_statement(&mut cursor, scope) {
            Ok(statement) => rule.statements.push(statement),
            Err(Fail::Wrong(error)) => return Err(error),
            Err(Fail::NotUnderstood) => {
                let to = without_comment(&cursor);
                rule.statements.push(Statement::Unknown(cursor.slice(from, to)));
                cursor.at = to;
            }
        }
        end = cursor.at.checked_sub(1).and_then(|at| cursor.tokens.get(at)).map_or(end, |token| token.end);
    }
    Ok(rule)
}

/// An xtables match that is listed as nothing leaves a second space.
fn is_blank(text: &str, end: usize, start: usize) -> bool {
    text.get(end..start).is_some_and(|gap| gap.ends_with("  ") || gap.ends_with("\t "))
}

/// Index of the token where a trailing comment begins, or of the end.
fn without_comment(cursor: &Cursor<'_, '_>) -> usize {
    let count = cursor.tokens.len();
    match cursor.tokens.get(count.saturating_sub(2)..) {
        Some([word, text]) if word.text == "comment" && word.kind == Kind::Word && text.kind == Kind::Text => count - 2,
        _ => count,
    }
}

fn read_statement(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<Statement, Fail> {
    if let Some(verdict) = read_verdict(cursor, scope).map_err(not_understood)? {
        return Ok(Statement::Verdict(verdict));
    }
    let from = cursor.at;
    let Some(token) = cursor.peek().filter(|token| token.kind == Kind::Word) else { return Err(Fail::NotUnderstood) };
    let second = cursor.tokens.get(cursor.at + 1).map_or("", |token| token.text);
    let third = cursor.tokens.get(cursor.at + 2).map_or("", |token| token.text);
    match (token.text, second, third) {
        ("counter", "name", _) => {
            cursor.at += 2;
            read_name(cursor).map_err(not_understood)?;
            Ok(Statement::Aside(cursor.slice(from, cursor.at)))
        }
        ("counter", ..) => {
            cursor.at += 1;
            read_counter(cursor).map(Statement::Counter).map_err(not_understood)
        }
        ("meta", "mark", "set") | ("ct", "mark", "set") => {
            cursor.at += 3;
            let value = read_mark_value(cursor, scope)?;
            Ok(if token.text == "meta" { Statement::SetMark(value) } else { Statement::SetCtMark(value) })
        }
        ("mark", "set", _) => {
            cursor.at += 2;
            read_mark_value(cursor, scope).map(Statement::SetMark)
        }
        ("meta", "nftrace", "set") => {
            cursor.at += 4;
            Ok(Statement::Aside(cursor.slice(from, cursor.at)))
        }
        ("update" | "add" | "delete", "@", _) => read_update(cursor, scope),
        ("dnat" | "snat", ..) => read_nat(cursor, scope),
        ("masquerade", ..) => {
            cursor.at += 1;
            let port = read_ports(cursor)?;
            Ok(Statement::Masquerade { port, flags: read_flags(cursor) })
        }
        ("redirect", ..) => {
            cursor.at += 1;
            let port = read_ports(cursor)?;
            Ok(Statement::Redirect { port, flags: read_flags(cursor) })
        }
        ("reject", ..) => read_reject(cursor),
        ("notrack", ..) => {
            cursor.at += 1;
            Ok(Statement::NoTrack)
        }
        ("log", ..) => {
            cursor.at += 1;
            skip_log(cursor)?;
            Ok(Statement::Aside(cursor.slice(from, cursor.at)))
        }
        ("limit", "rate", _) => read_limit(cursor, from),
        _ => read_relation(cursor, scope),
    }
}

fn read_mark_value(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<Expr, Fail> {
    let literal = cursor.peek().filter(|token| token.kind == Kind::Word).and_then(|token| number(token.text));
    match literal.filter(|value| *value <= u128::from(u32::MAX)) {
        Some(value) => {
            cursor.at += 1;
            Ok(Expr::Value(Box::new((DataType::Mark, Pattern::number(value)))))
        }
        None => {
            let value = read_expr(cursor, scope, &[DataType::Mark])?;
            // The value must be one number: a concatenation is not.
            if matches!(value, Expr::Concat(_)) { Err(Fail::NotUnderstood) } else { Ok(value) }
        }
    }
}

fn read_update(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<Statement, Fail> {
    let update = match cursor.any_word() {
        Some("add") => SetUpdate::Add,
        Some("update") => SetUpdate::Update,
        _ => SetUpdate::Delete,
    };
    cursor.at += 1;
    let set = read_set_name(cursor, scope)?;
    if !cursor.sign("{") {
        return Err(Fail::NotUnderstood);
    }
    let key = read_expr(cursor, scope, &[])?;
    let timeout = match cursor.word("timeout") {
        true => Some(read_time(cursor).map_err(not_understood)?),
        false => None,
    };
    let counter = cursor.word("counter");
    let data = if cursor.sign(":") { Some(Box::new(read_mark_value(cursor, scope)?)) } else { None };
    if !cursor.sign("}") {
        return Err(Fail::NotUnderstood);
    }
    Ok(Statement::Update { update, set, key, timeout, counter, data })
}

fn read_nat(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<Statement, Fail> {
    let destination = cursor.any_word() == Some("dnat");
    let family = if cursor.word("ip") {
        Some(Family::Ip)
    } else if cursor.word("ip6") {
        Some(Family::Ip6)
    } else {
        None
    };
    // Older notation of what `to` says by itself.
    if cursor.word("addr") && cursor.word(".") && !cursor.word("port") {
        return Err(Fail::NotUnderstood);
    }
    if !cursor.word("to") {
        return Err(Fail::NotUnderstood);
    }
    let token = cursor.peek().filter(|token| token.kind == Kind::Word).ok_or(Fail::NotUnderstood)?;
    let to = match nat_target(token.text) {
        Some((address, port)) => {
            cursor.at += 1;
            NatTo::Fixed { address, port }
        }
        None => {
            let address = match family.unwrap_or(scope.family) {
                Family::Ip6 => DataType::Ipv6Addr,
                _ => DataType::Ipv4Addr,
            };
            NatTo::Expr(read_expr(cursor, scope, &[address, DataType::InetService])?)
        }
    };
    Ok(Statement::Nat { destination, family, to, flags: read_flags(cursor) })
}

/// `to :PORTS`, which may be left out.
fn read_ports(cursor: &mut Cursor<'_, '_>) -> Result<Option<PortRange>, Fail> {
    if !cursor.word("to") {
        return Ok(None);
    }
    let found = cursor.any_word().and_then(|word| ports(word.strip_prefix(':')?));
    found.map(Some).ok_or(Fail::NotUnderstood)
}

fn read_flags(cursor: &mut Cursor<'_, '_>) -> NatFlags {
    let mut flags = NatFlags::default();
    loop {
        let flag = match cursor.peek().map(|token| token.text) {
            Some("random") => &mut flags.random,
            Some("fully-random") => &mut flags.fully_random,
            Some("persistent") => &mut flags.persistent,
            _ => return flags,
        };
        *flag = true;
        cursor.at += 1;
        cursor.sign(",");
    }
}

fn read_reject(cursor: &mut Cursor<'_, '_>) -> Result<Statement, Fail> {
    cursor.at += 1;
    if !cursor.word("with") {
        return Ok(Statement::Reject(RejectForm::Default));
    }
    let of = cursor.any_word().ok_or(Fail::NotUnderstood)?;
    cursor.word("type");
    let code: Arc<str> = Arc::from(cursor.any_word().ok_or(Fail::NotUnderstood)?);
    Ok(Statement::Reject(match of {
        "tcp" if &*code == "reset" => RejectForm::TcpReset,
        "icmp" => RejectForm::Icmp(code),
        "icmpv6" => RejectForm::Icmpv6(code),
        "icmpx" => RejectForm::Icmpx(code),
        _ => return Err(Fail::NotUnderstood),
    }))
}

/// `prefix "…" level … group N snaplen N queue-threshold N flags …`.
fn skip_log(cursor: &mut Cursor<'_, '_>) -> Result<(), Fail> {
    loop {
        match cursor.peek().filter(|token| token.kind == Kind::Word).map(|token| token.text) {
            Some("prefix") => {
                cursor.at += 1;
                cursor.quoted().ok_or(Fail::NotUnderstood)?;
            }
            Some("level" | "group" | "snaplen" | "queue-threshold") => {
                cursor.at += 1;
                cursor.any_word().ok_or(Fail::NotUnderstood)?;
            }
            Some("flags") => {
                cursor.at += 1;
                let layer = cursor.any_word().ok_or(Fail::NotUnderstood)?;
                if matches!(layer, "tcp" | "ip") {
                    cursor.any_word().ok_or(Fail::NotUnderstood)?;
                    while cursor.sign(",") {
                        cursor.any_word().ok_or(Fail::NotUnderstood)?;
                    }
                }
            }
            _ => return Ok(()),
        }
    }
}

/// `limit rate [over] N[ UNIT]/TIME [burst N UNIT]`.
fn read_limit(cursor: &mut Cursor<'_, '_>, from: usize) -> Result<Statement, Fail> {
    cursor.at += 2;
    let over = cursor.word("over");
    let rate = cursor.any_word().ok_or(Fail::NotUnderstood)?;
    if !rate.contains('/') && !cursor.any_word().is_some_and(|unit| unit.contains('/')) {
        return Err(Fail::NotUnderstood);
    }
    if cursor.word("burst") {
        read_number(cursor).map_err(not_understood)?;
        cursor.any_word().ok_or(Fail::NotUnderstood)?;
    }
    Ok(Statement::Limit { text: cursor.slice(from, cursor.at), over })
}
