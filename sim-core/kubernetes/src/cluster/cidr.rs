//! Networks as configurations write them.

use super::context::Context;
use crate::origin::{ObjectRef, Spanned};
use ipnet::IpNet;
use std::net::Ipv4Addr;
use std::sync::Arc;

pub(super) fn v4(a: u8, b: u8, c: u8, d: u8, len: u8) -> IpNet {
    IpNet::V4(ipnet::Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), len))
}

/// First IPv4 and first IPv6 CIDR of a comma-separated list.
pub(super) fn first_of_each(
    context: &mut Context<'_>,
    text: &Spanned<Arc<str>>,
    path: &str,
    object: &ObjectRef,
) -> (Option<IpNet>, Option<IpNet>) {
    let parts = text.value.split(',').map(|part| Spanned { value: Arc::from(part.trim()), span: text.span });
    let nets: Vec<_> = parts.filter_map(|part| context.cidr(&part, path, object)).collect();
    let first = |v4| nets.iter().copied().find(|net| net.addr().is_ipv4() == v4);
    (first(true), first(false))
}
