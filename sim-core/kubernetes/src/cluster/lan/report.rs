//! Values of a Scenario read and checked, and what is wrong with them told.

use crate::cluster::cidr::Nets;
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::nearest;
use crate::manifest::objects::Text;
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::{IpNet, Ipv4Net};
use std::net::IpAddr;

/// A name that a machine can have: labels of a host name.
pub(super) fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(inside) && !label.starts_with('-')
    };
    name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err()
}

pub(super) fn bad_name(context: &mut Context<'_>, object: &ObjectRef, name: &Spanned<Text>, path: &str) {
    let found = context.finding(codes::INVALID_NAME, name.span, object).arg("path", format!("{path}.name"));
    context.note(found.arg("value", &*name.value).arg("form", "subdomain"));
}

pub(super) fn overlap(one: IpNet, other: IpNet) -> bool {
    Nets::of([one]).overlap(other)
}

/// A network of IPv4; a bad one is reported.
pub(super) fn net(context: &mut Context<'_>, text: &Spanned<Text>, path: &str, object: &ObjectRef) -> Option<Ipv4Net> {
    match text.value.trim().parse::<IpNet>() {
        Ok(IpNet::V4(net)) => Some(net.trunc()),
        Ok(IpNet::V6(_)) => {
            ipv6(context, text.span, path, object);
            None
        }
        Err(_) => {
            let found = context.finding(codes::INVALID_CIDR, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
            None
        }
    }
}

/// A unicast address of IPv4; a bad one is reported.
pub(super) fn address(
    context: &mut Context<'_>,
    text: &Spanned<Text>,
    path: &str,
    object: &ObjectRef,
) -> Option<IpAddr> {
    match text.value.trim().parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast() => Some(IpAddr::V4(ip)),
        Ok(IpAddr::V6(_)) => {
            ipv6(context, text.span, path, object);
            None
        }
        _ => {
            let found = context.finding(codes::INVALID_IP, text.span, object).arg("path", path);
            context.note(found.arg("value", &*text.value));
            None
        }
    }
}

pub(super) fn ipv6(context: &mut Context<'_>, span: Span, path: &str, object: &ObjectRef) {
    let found = context.finding(codes::SCENARIO_IPV6, span, object).arg("path", path);
    context.note(found);
}

pub(super) fn missing(context: &mut Context<'_>, object: &ObjectRef, span: Span, path: &str) {
    let found = context.finding(codes::MISSING_FIELD, context.first_line(span), object).arg("path", path);
    context.note(found);
}

pub(super) fn too_many(context: &mut Context<'_>, object: &ObjectRef, span: Span, path: &str, limit: usize) {
    let found = context.finding(codes::SCENARIO_TOO_MANY, context.first_line(span), object).arg("path", path);
    context.note(found.arg("limit", limit.to_string()));
}

pub(super) fn taken_name(context: &mut Context<'_>, object: &ObjectRef, name: &Spanned<Text>, path: &str, first: &str) {
    let found = context.finding(codes::DUPLICATE_VALUE, name.span, object).arg("path", format!("{path}.name"));
    context.note(found.arg("value", &*name.value).arg("first", first));
}

pub(super) fn taken_address(
    context: &mut Context<'_>,
    object: &ObjectRef,
    span: Span,
    (path, ip, other): (&str, IpAddr, &str),
) {
    let found = context.finding(codes::SCENARIO_ADDRESS_TAKEN, span, object).arg("path", path);
    context.note(found.arg("address", ip.to_string()).arg("other", other));
}

/// Tells of a name that nothing has, with the one that was meant.
pub(super) fn unknown<'k>(
    context: &mut Context<'_>,
    code: codes::CodeInfo,
    (object, span): (&ObjectRef, Span),
    (path, name): (&str, &str),
    known: impl Iterator<Item = &'k str>,
) {
    let found = context.finding(code, span, object).arg("path", path).arg("name", name);
    context.note(match nearest(name, known) {
        Some(meant) => found.arg("suggestion", meant).hint("did-you-mean"),
        None => found,
    });
}
