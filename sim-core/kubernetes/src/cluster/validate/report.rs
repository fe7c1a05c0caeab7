//! Findings that several kinds share.

use super::names::Form;
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::origin::{ObjectRef, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Reports a name that is not of the form it has to be.
pub(super) fn form_of(context: &mut Context<'_>, text: &Spanned<Arc<str>>, form: Form, path: &str, object: &ObjectRef) {
    if form.fits(text) {
        return;
    }
    let found = context.finding(codes::INVALID_NAME, text.span, object).arg("path", path).arg("value", &*text.value);
    let found = found.arg("form", form.word());
    context.report(match form.like(text) {
        Some(like) => found.arg("suggestion", like).hint(codes::HINT_NAME_LIKE),
        None => found,
    });
}

/// Reports a field that goes with something else only; `only` is a word of [`codes::FIELD_ONLY_WITH`].
pub(super) fn only_with(context: &mut Context<'_>, span: Span, path: &str, only: &str, object: &ObjectRef) {
    let found = context.finding(codes::FIELD_ONLY_WITH, context.first_line(span), object);
    context.report(found.arg("path", path).arg("only", only).hint(codes::HINT_LEAVE_OUT));
}

/// Reports a field that has no effect; `because` is a word of [`codes::FIELD_IGNORED`].
pub(super) fn ignored(context: &mut Context<'_>, span: Span, path: &str, because: &str, object: &ObjectRef) {
    let found = context.finding(codes::FIELD_IGNORED, context.first_line(span), object);
    context.report(found.arg("path", path).arg("because", because).hint(codes::HINT_LEAVE_OUT));
}

/// Remembers values of a list that may not come twice, with the path each came first at.
#[derive(Default)]
pub(super) struct Once<K> {
    first: BTreeMap<K, String>,
}

impl<K: Ord> Once<K> {
    /// Reports `value` when its key was there before.
    pub(super) fn add(
        &mut self,
        context: &mut Context<'_>,
        key: K,
        (path, value): (impl Fn() -> String, impl Fn() -> String),
        span: Span,
        object: &ObjectRef,
    ) {
        match self.first.get(&key) {
            Some(first) => {
                let found = context.finding(codes::DUPLICATE_VALUE, span, object).arg("path", path());
                context.report(found.arg("value", value()).arg("first", first).hint(codes::HINT_REMOVE_ONE));
            }
            None => {
                self.first.insert(key, path());
            }
        }
    }
}

/// Reports an address that means no host elsewhere (`ValidateNonSpecialIP`).
pub(super) fn ordinary(
    context: &mut Context<'_>,
    ip: IpAddr,
    text: &Spanned<Arc<str>>,
    path: &str,
    object: &ObjectRef,
) {
    let kind = match ip {
        _ if ip.is_unspecified() => "unspecified",
        _ if ip.is_loopback() => "loopback",
        IpAddr::V4(ip) if ip.is_link_local() => "link-local",
        IpAddr::V6(ip) if ip.is_unicast_link_local() => "link-local",
        IpAddr::V4(ip) if ip.octets().starts_with(&[224, 0, 0]) => "link-local-multicast",
        IpAddr::V6(ip) if ip.segments().first().is_some_and(|part| part & 0xff0f == 0xff02) => "link-local-multicast",
        _ => return,
    };
    let found = context.finding(codes::SPECIAL_ADDRESS, text.span, object).arg("path", path);
    context.report(found.arg("value", &*text.value).arg("kind", kind).hint(codes::HINT_ORDINARY_ADDRESS));
}

/// Reports a list with more entries than the API server takes.
pub(super) fn not_more<T>(
    context: &mut Context<'_>,
    list: &[Spanned<T>],
    limit: usize,
    path: &str,
    object: &ObjectRef,
) {
    let Some(over) = list.get(limit) else { return };
    let found = context.finding(codes::TOO_MANY_ITEMS, context.first_line(over.span), object).arg("path", path);
    context.report(found.arg("count", list.len().to_string()).arg("limit", limit.to_string()));
}

/// The words of a set, for a message.
pub(super) fn words(set: &BTreeSet<&str>) -> String {
    set.iter().copied().collect::<Vec<_>>().join(", ")
}

/// `IPv4` or `IPv6`.
pub(super) fn family(ip: IpAddr) -> &'static str {
    if ip.is_ipv4() { "IPv4" } else { "IPv6" }
}
