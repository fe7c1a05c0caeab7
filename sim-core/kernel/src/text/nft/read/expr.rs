//! Expressions.

use super::element::{read_elements, read_pattern, read_patterns};
use super::error::{NftErrorKind, Source};
use super::lex::{Cursor, Kind};
use super::scope::{Fail, Scope, not_understood};
use super::value::{number, single};
use crate::config::CtDirection;
use crate::config::nft::data::{DataType, Datum, Pattern};
use crate::config::nft::expr::{
    BitExpr, BitOp, Ct, Expr, FibKey, FibResult, Meta, Payload, Relation, Right, SetRef, Statement,
};
use crate::config::nft::set::SetData;
use crate::ids::SetId;
use std::sync::Arc;

/// An expression. `data`: types of what a map in it leads to.
pub(super) fn read_expr(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>, data: &[DataType]) -> Result<Expr, Fail> {
    let mut parts = vec![read_operand(cursor)?];
    while cursor.word(".") {
        parts.push(read_operand(cursor)?);
    }
    let expr = match parts.len() {
        1 => parts.pop().ok_or(Fail::NotUnderstood)?,
        _ => Expr::Concat(parts),
    };
    if !cursor.word("map") {
        return Ok(expr);
    }
    let map = read_set_ref(cursor, scope, &expr.types(), Some(&SetData::Value(data.to_vec())))?;
    Ok(Expr::Map(Box::new((expr, map))))
}

/// `@NAME` or `{ … }`.
pub(super) fn read_set_ref(
    cursor: &mut Cursor<'_, '_>,
    scope: &Scope<'_>,
    key: &[DataType],
    data: Option<&SetData>,
) -> Result<SetRef, Fail> {
    if cursor.sign("@") {
        return read_set_name(cursor, scope).map(SetRef::Named);
    }
    if !cursor.sign("{") {
        return Err(Fail::NotUnderstood);
    }
    let elements = read_elements(cursor, scope, key, data).map_err(not_understood)?;
    if elements.is_empty() { Err(Fail::NotUnderstood) } else { Ok(SetRef::Anonymous(elements)) }
}

/// The name of a set, after `@`.
pub(super) fn read_set_name(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<SetId, Fail> {
    let mut before = *cursor;
    let name = cursor.any_word().ok_or(Fail::NotUnderstood)?;
    let found = scope.sets.get(name).copied();
    found.ok_or_else(|| Fail::Wrong(before.error(NftErrorKind::UnknownSet(Arc::from(name)))))
}

/// One part of a concatenation with its bit operations.
fn read_operand(cursor: &mut Cursor<'_, '_>) -> Result<Expr, Fail> {
    let mut expr = read_primary(cursor)?;
    loop {
        let op = match cursor.peek() {
            Some(token) if token.kind == Kind::Sign => match token.text {
                "&" => BitOp::And,
                "|" => BitOp::Or,
                "^" => BitOp::Xor,
                _ => return Ok(expr),
            },
            Some(token) if token.kind == Kind::Word => match token.text {
                "and" => BitOp::And,
                "or" => BitOp::Or,
                "xor" => BitOp::Xor,
                _ => return Ok(expr),
            },
            _ => return Ok(expr),
        };
        cursor.at += 1;
        let kind = expr.types().pop().ok_or(Fail::NotUnderstood)?;
        let value = if cursor.sign("(") {
            let Some(Pattern::One(Datum::Number(bits))) = read_pattern(cursor, &kind, Some("|")) else {
                return Err(Fail::NotUnderstood);
            };
            if !cursor.sign(")") {
                return Err(Fail::NotUnderstood);
            }
            bits
        } else {
            single(&kind, cursor.any_word().ok_or(Fail::NotUnderstood)?).ok_or(Fail::NotUnderstood)?
        };
        expr = Expr::Bits(Box::new(BitExpr { left: expr, op, value }));
    }
}

fn read_primary(cursor: &mut Cursor<'_, '_>) -> Result<Expr, Fail> {
    let head = cursor.any_word().ok_or(Fail::NotUnderstood)?;
    match head {
        "meta" => {
            let name = cursor.any_word().ok_or(Fail::NotUnderstood)?;
            let found = Meta::ALL.iter().find(|(_, known)| *known == name);
            found.map(|(key, _)| Expr::Meta(*key)).ok_or(Fail::NotUnderstood)
        }
        "mark" => Ok(Expr::Meta(Meta::Mark)),
        "ct" => read_ct(cursor),
        "fib" => read_fib(cursor),
        "numgen" => {
            let random = match cursor.any_word() {
                Some("random") => true,
                Some("inc") => false,
                _ => return Err(Fail::NotUnderstood),
            };
            let mut after = |word: &str| {
                let found = cursor.word(word).then(|| cursor.any_word().and_then(number)).flatten();
                found.and_then(|value| u32::try_from(value).ok())
            };
            let modulus = after("mod").filter(|modulus| *modulus > 0).ok_or(Fail::NotUnderstood)?;
            let offset = after("offset").unwrap_or(0);
            if modulus.checked_add(offset).is_none() {
                return Err(Fail::NotUnderstood);
            }
            Ok(Expr::Numgen { random, modulus, offset })
        }
        _ => {
            // Scripts may leave `meta` out of these, too.
            let bare = |key: &Meta| key.is_bare() || matches!(key, Meta::SkUid | Meta::SkGid);
            if let Some((key, _)) = Meta::ALL.iter().find(|(key, name)| bare(key) && *name == head) {
                return Ok(Expr::Meta(*key));
            }
            let name = cursor.any_word().ok_or(Fail::NotUnderstood)?;
            let found = Payload::ALL.iter().find(|(_, header, field)| *header == head && *field == name);
            found.map(|(field, ..)| Expr::Payload(*field)).ok_or(Fail::NotUnderstood)
        }
    }
}

fn read_ct(cursor: &mut Cursor<'_, '_>) -> Result<Expr, Fail> {
    let direction = if cursor.word("original") {
        Some(CtDirection::Original)
    } else if cursor.word("reply") {
        Some(CtDirection::Reply)
    } else {
        None
    };
    let name = cursor.any_word().ok_or(Fail::NotUnderstood)?;
    let name =
        if name == "ip" { format!("ip {}", cursor.any_word().ok_or(Fail::NotUnderstood)?) } else { name.to_owned() };
    let (key, _) = Ct::ALL.iter().find(|(_, known)| *known == name).ok_or(Fail::NotUnderstood)?;
    // What belongs to one direction needs one.
    let directed = matches!(key, Ct::Source | Ct::Destination | Ct::SourcePort | Ct::DestinationPort | Ct::Protocol);
    if directed != direction.is_some() {
        return Err(Fail::NotUnderstood);
    }
    Ok(Expr::Ct(*key, direction))
}

fn read_fib(cursor: &mut Cursor<'_, '_>) -> Result<Expr, Fail> {
    let mut key = FibKey::default();
    match cursor.any_word() {
        Some("saddr") => key.source = true,
        Some("daddr") => {}
        _ => return Err(Fail::NotUnderstood),
    }
    while cursor.word(".") {
        match cursor.any_word() {
            Some("mark") => key.mark = true,
            Some("iif") => key.iif = true,
            Some("oif") => key.oif = true,
            _ => return Err(Fail::NotUnderstood),
        }
    }
    match cursor.any_word() {
        Some("type") => Ok(Expr::Fib(key, FibResult::Type)),
        Some("oif") => Ok(Expr::Fib(key, FibResult::Exists)),
        _ => Err(Fail::NotUnderstood),
    }
}

/// `EXPR vmap …` or a comparison.
pub(super) fn read_relation(cursor: &mut Cursor<'_, '_>, scope: &Scope<'_>) -> Result<Statement, Fail> {
    let left = read_expr(cursor, scope, &[])?;
    if matches!(left, Expr::Map(..)) {
        return Err(Fail::NotUnderstood);
    }
    let types = left.types();
    if cursor.word("vmap") {
        let map = read_set_ref(cursor, scope, &types, Some(&SetData::Verdict))?;
        return Ok(Statement::Vmap { key: left, map });
    }
    let relation = match cursor.peek().map(|token| (token.kind, token.text)) {
        Some((Kind::Sign, "==")) | Some((Kind::Word, "eq")) => Relation::Equal,
        Some((Kind::Sign, "!=")) | Some((Kind::Word, "ne")) => Relation::NotEqual,
        Some((Kind::Sign, "<")) => Relation::Less,
        Some((Kind::Sign, "<=")) => Relation::LessOrEqual,
        Some((Kind::Sign, ">")) => Relation::Greater,
        Some((Kind::Sign, ">=")) => Relation::GreaterOrEqual,
        Some((Kind::Sign, "!")) => Relation::NoBit,
        _ => Relation::Implicit,
    };
    cursor.at += usize::from(relation != Relation::Implicit);
    if cursor.is_sign("@") || cursor.is_sign("{") {
        if !matches!(relation, Relation::Implicit | Relation::Equal | Relation::NotEqual) {
            return Err(Fail::NotUnderstood);
        }
        let set = read_set_ref(cursor, scope, &types, None)?;
        return Ok(compare(scope, left, relation, set));
    }
    let right = match types.as_slice() {
        [kind] if kind.is_bits() && cursor.sign("(") => {
            let bits = read_pattern(cursor, kind, Some("|")).filter(|_| cursor.sign(")"));
            bits.map(|bits| vec![bits])
        }
        _ => read_patterns(cursor, &types, Some(",")),
    };
    let right = right.ok_or(Fail::NotUnderstood)?;
    let ordered =
        matches!(relation, Relation::Less | Relation::LessOrEqual | Relation::Greater | Relation::GreaterOrEqual);
    if (ordered || relation == Relation::NoBit) && !matches!(right.as_slice(), [Pattern::One(Datum::Number(_))]) {
        return Err(Fail::NotUnderstood);
    }
    if let ([kind], [Pattern::One(Datum::Number(value))]) = (types.as_slice(), right.as_slice())
        && kind.is_bits()
    {
        if cursor.word("/") {
            let Some(Pattern::One(Datum::Number(mask))) = read_pattern(cursor, kind, Some(",")) else {
                return Err(Fail::NotUnderstood);
            };
            return Ok(Statement::Match { left, relation, right: Right::Masked(Box::new((*value, mask))) });
        }
        return Ok(bits(left, relation, *value));
    }
    // What stands alone after an expression compares for equality; nft shows no sign for it unless bits were cut out.
    let relation = match (relation, &left) {
        (Relation::Equal, Expr::Bits(..)) => Relation::Equal,
        (Relation::Equal, _) => Relation::Implicit,
        _ => relation,
    };
    Ok(Statement::Match { left, relation, right: Right::Value(right) })
}

fn compare(scope: &Scope<'_>, left: Expr, relation: Relation, set: SetRef) -> Statement {
    let relation = if relation == Relation::Equal { Relation::Implicit } else { relation };
    let right = match set {
        // nft makes a plain comparison of a set with one value.
        SetRef::Anonymous(mut elements)
            if scope.source == Source::Script
                && elements.len() == 1
                && left.types().len() == 1
                && elements.first().is_some_and(|only| only.comment.is_none() && only.key != [Pattern::Any]) =>
        {
            Right::Value(elements.pop().map(|only| only.key).unwrap_or_default())
        }
        set => Right::Set(set),
    };
    Statement::Match { left, relation, right }
}

/// A comparison of bits in the notation nft lists.
fn bits(left: Expr, relation: Relation, value: u128) -> Statement {
    let plain = |left, relation, value: u128| Statement::Match {
        left,
        relation,
        right: Right::Value(vec![Pattern::number(value)]),
    };
    let cut = match left {
        Expr::Bits(cut) if cut.op == BitOp::And => cut,
        left => return plain(left, relation, value),
    };
    match (relation, value) {
        (Relation::Equal, 0) => plain(cut.left, Relation::NoBit, cut.value),
        (Relation::NotEqual, 0) => plain(cut.left, Relation::Implicit, cut.value),
        (Relation::Equal | Relation::NotEqual, _) if cut.value.count_ones() > 1 => {
            let relation = if relation == Relation::Equal { Relation::Implicit } else { relation };
            Statement::Match { left: cut.left, relation, right: Right::Masked(Box::new((value, cut.value))) }
        }
        _ => plain(Expr::Bits(cut), relation, value),
    }
}
