//! Route lookups: policy rules, longest prefix, metrics, source selection, address types.

use crate::config::{AddrType, Netns, PolicyRule, Route, RouteKind, Scope, TableId};
use crate::ids::{LinkId, RouteId};
use std::net::IpAddr;

/// A route that was found.
#[derive(Clone, Copy, Debug)]
pub struct FoundRoute<'n> {
    /// Table it was found in.
    pub table: TableId,
    /// Which of [`Netns::routes`].
    pub id: RouteId,
    /// The route.
    pub route: &'n Route,
}

impl FoundRoute<'_> {
    /// Next hop: the gateway, or the destination itself on a connected prefix.
    pub fn next_hop(&self, dst: IpAddr) -> IpAddr {
        self.route.via.unwrap_or(dst)
    }
}

/// Looks `dst` up through the policy rules (`fib_rules_lookup`): rules in order of priority, in each table the longest prefix,
/// then the lowest metric, then the first. A route of type blackhole, unreachable or prohibit is found like any other.
pub fn lookup(netns: &Netns, dst: IpAddr, src: Option<IpAddr>, mark: u32) -> Option<FoundRoute<'_>> {
    let mut rules: Vec<&PolicyRule> = netns.rules.iter().collect();
    rules.sort_by_key(|rule| rule.priority);
    for rule in rules {
        let from = rule.from.is_none_or(|from| src.is_some_and(|src| from.contains(&src)));
        let to = rule.to.is_none_or(|to| to.contains(&dst));
        let marked = rule.fwmark.is_none_or(|(value, mask)| mark & mask == value);
        if !(from && to && marked) {
            continue;
        }
        if let Some(found) = lookup_table(netns, rule.table, dst) {
            return Some(found);
        }
    }
    None
}

/// A route by a device that is down is not there (`fib_disable_ip`); what is local stays local.
fn is_dead(netns: &Netns, route: &Route) -> bool {
    let down = |dev: LinkId| netns.links.get(dev).is_some_and(|link| !link.up);
    route.kind == RouteKind::Unicast && route.dev.is_some_and(down)
}

/// Looks `dst` up in one table.
pub fn lookup_table(netns: &Netns, table: TableId, dst: IpAddr) -> Option<FoundRoute<'_>> {
    let mut best: Option<FoundRoute<'_>> = None;
    for (id, route) in netns.routes.entries() {
        if route.table != table || !route.dst.contains(&dst) || is_dead(netns, route) {
            continue;
        }
        let better = best.as_ref().is_none_or(|best| {
            let (new, old) = (route.dst.prefix_len(), best.route.dst.prefix_len());
            new > old || (new == old && route.metric < best.route.metric)
        });
        if better {
            best = Some(FoundRoute { table, id, route });
        }
    }
    best
}

/// The next hops of the route that was found, in order: several of a multipath route, else the one. Those by a device that is down are not
/// among them (`fib_select_multipath`).
pub fn next_hops<'n>(netns: &'n Netns, found: &FoundRoute<'n>) -> Vec<FoundRoute<'n>> {
    if found.route.weight.is_none() {
        return vec![*found];
    }
    let same = |route: &Route| {
        let (one, other) = (route, found.route);
        one.weight.is_some() && (one.table, one.dst, one.metric) == (other.table, other.dst, other.metric)
    };
    let from = netns.routes.entries().skip_while(|(id, _)| *id != found.id);
    let all = from.take_while(|(_, route)| same(route)).filter(|(_, route)| !is_dead(netns, route));
    all.map(|(id, route)| FoundRoute { table: found.table, id, route }).collect()
}

/// The address a packet gets that leaves by `dev` toward `next_hop` (`inet_select_addr`): the primary address whose prefix
/// holds the next hop, else the device's first address of global scope, else another device's first global address.
pub fn select_source(netns: &Netns, dev: LinkId, next_hop: IpAddr) -> Option<IpAddr> {
    let usable = |scope: Scope| scope != Scope::Host;
    let own = netns.links.get(dev).into_iter().flat_map(|link| &link.addresses);
    let mut first = None;
    for address in own.filter(|address| usable(address.scope) && address.net.addr().is_ipv4() == next_hop.is_ipv4()) {
        if address.net.contains(&next_hop) {
            return Some(address.net.addr());
        }
        first = first.or(Some(address.net.addr()));
    }
    first.or_else(|| {
        let all = netns.links.iter().flat_map(|link| &link.addresses);
        all.filter(|address| usable(address.scope) && address.net.addr().is_ipv4() == next_hop.is_ipv4())
            .map(|address| address.net.addr())
            .next()
    })
}

/// The address of a device that REDIRECT takes: the first of its list (`nf_nat_redirect_ipv4`), where those of narrower scope stand before
/// others (`__inet_insert_ifa`).
pub fn first_address(netns: &Netns, dev: LinkId) -> Option<IpAddr> {
    let own = netns.links.get(dev)?.addresses.iter().filter(|address| address.net.addr().is_ipv4());
    let first = own.rev().max_by_key(|address| address.scope);
    first.map(|address| address.net.addr())
}

/// The source a local packet gets from a route: its preferred source, else [`select_source`]; for a local route without one the
/// destination itself.
pub fn source_for(netns: &Netns, found: &FoundRoute<'_>, dst: IpAddr) -> Option<IpAddr> {
    if found.route.kind == RouteKind::Local {
        return found.route.src.or(Some(dst));
    }
    found.route.src.or_else(|| select_source(netns, found.route.dev?, found.next_hop(dst)))
}

/// The type of an address as `inet_addr_type` sees it: a lookup in table `local` only.
pub fn address_type(netns: &Netns, address: IpAddr) -> AddrType {
    address_type_on(netns, address, None)
}

/// The same (`inet_dev_addr_type`); with a device, what belongs to another device is unicast.
pub fn address_type_on(netns: &Netns, address: IpAddr, dev: Option<LinkId>) -> AddrType {
    match address {
        IpAddr::V4(v4) if v4.is_broadcast() || v4.octets().first() == Some(&0) => return AddrType::Broadcast,
        _ if address.is_multicast() => return AddrType::Multicast,
        _ => {}
    }
    let found = lookup_table(netns, TableId::LOCAL, address);
    match found.filter(|found| dev.is_none() || found.route.dev == dev).map(|found| found.route.kind) {
        Some(RouteKind::Local) => AddrType::Local,
        Some(RouteKind::Broadcast) => AddrType::Broadcast,
        Some(RouteKind::Blackhole) => AddrType::Blackhole,
        Some(RouteKind::Unreachable) => AddrType::Unreachable,
        Some(RouteKind::Prohibit) => AddrType::Prohibit,
        Some(RouteKind::Unicast) | None => AddrType::Unicast,
    }
}

/// True when `address` is configured in the namespace.
pub fn is_local(netns: &Netns, address: IpAddr) -> bool {
    address_type(netns, address) == AddrType::Local
}

/// A per-device sysctl with its `all` twin combined as the kernel does: the larger one (`IN_DEV_MAXCONF`).
pub fn device_sysctl(netns: &Netns, dev: LinkId, name: &str) -> u32 {
    let read = |device: &str| sysctl(netns, &format!("net.ipv4.conf.{device}.{name}"));
    let own = netns.links.get(dev).map_or(0, |link| read(&link.name));
    own.max(read("all"))
}

/// A numeric sysctl; 0 where it is not set.
pub fn sysctl(netns: &Netns, name: &str) -> u32 {
    netns.sysctls.get(name).and_then(|sysctl| sysctl.value.parse().ok()).unwrap_or(0)
}

/// `net.ipv4.ip_forward`, or the device's own `forwarding`.
pub fn forwarding(netns: &Netns, dev: LinkId) -> bool {
    sysctl(netns, "net.ipv4.ip_forward") != 0 || device_sysctl(netns, dev, "forwarding") != 0
}

/// What a host thinks of a source address (`fib_validate_source`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCheck {
    /// It may come from there.
    Plausible,
    /// It is one of the host's own.
    Own,
    /// The way back does not lead there (RFC 3704).
    WrongWay,
}

/// Whether a packet of that source may come in by `dev`: not with an own address (unless `accept_local`), and with `rp_filter` 1
/// (strict) only where the way back leads, with 2 (loose) only from where any way back leads; what has no address itself is as strict with both.
pub fn source_check(netns: &Netns, dev: LinkId, src: IpAddr, dst: IpAddr) -> SourceCheck {
    if is_local(netns, src) && device_sysctl(netns, dev, "accept_local") == 0 {
        return SourceCheck::Own;
    }
    // The way back is that of an answer: from where the packet goes.
    let back = || lookup(netns, src, Some(dst), 0).filter(|found| found.route.kind == RouteKind::Unicast);
    let by_it = |found: &FoundRoute<'_>| next_hops(netns, found).iter().any(|hop| hop.route.dev == Some(dev));
    let addressed =
        || netns.links.get(dev).is_some_and(|link| link.addresses.iter().any(|own| own.net.addr().is_ipv4()));
    let plausible = match device_sysctl(netns, dev, "rp_filter") {
        0 => true,
        1 => back().is_some_and(|found| by_it(&found)),
        _ => back().is_some_and(|found| addressed() || by_it(&found)),
    };
    if plausible { SourceCheck::Plausible } else { SourceCheck::WrongWay }
}
