//! Kernel-style text: what the Linux tool of that name prints.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::print::{What, state};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let netns = model.site.network.find("pod/default/web").unwrap();
//! let (routes, _) = What::ALL.into_iter().find(|(_, name)| *name == "route").unwrap();
//! assert!(state(&model, netns, routes).starts_with("default via "));
//! ```

pub use kernel::text::ipset::write as ipset;
pub use kernel::text::iptables::write as iptables;
pub use kernel::text::nft::write as nft;
pub use kernel::text::{ip, remembered, rule_text};
pub mod socket;

use crate::agents::kube_proxy;
use crate::model::Model;
use kernel::config::nft::Family;
use kernel::ids::NetnsId;
use kernel::state::KernelState;
use kubernetes::cluster::model::{NodeId, ProxyMode};
use std::fmt::{self, Write};

/// What to print of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// `ip addr`.
    Addr,
    /// `ip -d link`.
    Link,
    /// `ip route show table all`, without IPv6.
    Route,
    /// `ip route show cache`: what fits on the way to some destinations, as routers told.
    RouteCache,
    /// `ip rule`.
    Rule,
    /// `ip neigh`.
    Neigh,
    /// `bridge fdb`.
    Fdb,
    /// `sysctl`, those that somebody set.
    Sysctl,
    /// `iptables-save`.
    Iptables,
    /// `nft list ruleset`.
    Nft,
    /// `ss -lntu`.
    Listen,
    /// The files below `/proc/net/xt_recent`.
    Recent,
    /// `nft list sets`, those that rules add to.
    Sets,
    /// `ipset save`.
    Ipset,
}

impl What {
    /// All, with the names the command line uses.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Addr, "addr"),
        (Self::Link, "link"),
        (Self::Route, "route"),
        (Self::RouteCache, "route-cache"),
        (Self::Rule, "rule"),
        (Self::Neigh, "neigh"),
        (Self::Fdb, "fdb"),
        (Self::Sysctl, "sysctl"),
        (Self::Iptables, "iptables"),
        (Self::Nft, "nft"),
        (Self::Listen, "listen"),
        (Self::Recent, "recent"),
        (Self::Sets, "sets"),
        (Self::Ipset, "ipset"),
    ];
}

/// What kube-proxy wrote on a node, as the tool of its mode prints it: its chains and rules and the built-in chains of its tables
/// (`iptables-save`), or its tables (`nft list table`).
pub fn rules(model: &Model, node: NodeId) -> String {
    let mut out = String::new();
    if let Some(&at) = model.site.nodes.get(&node) {
        // Writing to a String cannot fail.
        let _ = write_rules(&mut out, model, at);
    }
    out
}

/// The same of a machine by its namespace, written as it is made: of a large cluster it is tens of megabytes. On a machine that is no node, all
/// rules.
///
/// # Errors
/// Those of `out`.
pub fn write_rules(out: &mut impl Write, model: &Model, machine: NetnsId) -> fmt::Result {
    let netns = model.site.network.netns(machine);
    if model.site.tree.node_at(machine).is_none() {
        iptables::write_save(out, &netns.xtables, &|_| true)?;
        return netns.nft.tables.iter().try_for_each(|table| nft::write_table(out, table));
    }
    let component = kube_proxy::component(&model.cluster);
    let by_kube_proxy = |cause| model.site.causes.get(cause).is_some_and(|cause| cause.component == component);
    match model.cluster.settings.kube_proxy.mode {
        ProxyMode::Iptables => iptables::write_save(out, &netns.xtables, &by_kube_proxy),
        ProxyMode::Nftables => {
            let own = netns.nft.tables.iter().filter(|table| by_kube_proxy(table.cause));
            own.into_iter().try_for_each(|table| nft::write_table(out, table))
        }
    }
}

/// The IPv6 half of [`rules`], which is listed only: what `ip6tables-save` prints, or the table `ip6 kube-proxy`.
pub fn rules_ipv6(model: &Model, node: NodeId) -> String {
    model.site.nodes.get(&node).map(|at| rules_ipv6_of(model, *at)).unwrap_or_default()
}

/// The same of a machine by its namespace: nothing where it is no node.
pub fn rules_ipv6_of(model: &Model, machine: NetnsId) -> String {
    let mut out = String::new();
    if model.site.tree.node_at(machine).is_none() {
        return out;
    }
    let netns = model.site.network.netns(machine);
    let component = kube_proxy::component(&model.cluster);
    let by_kube_proxy = |cause| model.site.causes.get(cause).is_some_and(|cause| cause.component == component);
    // Writing to a String cannot fail.
    let _ = match model.cluster.settings.kube_proxy.mode {
        ProxyMode::Iptables => iptables::write_save(&mut out, &netns.xtables6, &by_kube_proxy),
        ProxyMode::Nftables => {
            let own = netns.nft.tables.iter().filter(|table| table.family == Family::Ip6);
            own.filter(|table| by_kube_proxy(table.cause)).try_for_each(|table| nft::write_table(&mut out, table))
        }
    };
    out
}

/// State of a namespace before the first packet.
pub fn state(model: &Model, id: NetnsId, what: What) -> String {
    state_after(model, id, what, &KernelState::default())
}

/// State of a namespace once packets left `state` behind. Only what rules and the route cache remember is taken from it
/// (`recent`, `sets`, `nft`, `route-cache`).
pub fn state_after(model: &Model, id: NetnsId, what: What, state: &KernelState) -> String {
    let network = &model.site.network;
    let netns = network.netns(id);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match what {
        What::Addr => ip::write_addr(&mut out, network, id),
        What::Link => ip::write_link(&mut out, network, id),
        What::Route => ip::write_routes(&mut out, netns),
        What::RouteCache => ip::write_route_cache(&mut out, network, id, state),
        What::Rule => ip::write_rules(&mut out, netns),
        What::Neigh => ip::write_neighbours(&mut out, netns),
        What::Fdb => ip::write_fdb(&mut out, netns),
        What::Sysctl => ip::write_sysctls(&mut out, netns),
        What::Iptables => iptables::write_save(&mut out, &netns.xtables, &|_| true),
        What::Nft => remembered::write_ruleset(&mut out, &netns.nft, id, state),
        What::Listen => socket::write_listening(&mut out, model, id),
        What::Recent => remembered::write_recent(&mut out, netns, id, state),
        What::Sets => remembered::write_sets(&mut out, netns, id, state),
        What::Ipset => ipset::write_sets(&mut out, &netns.sets),
    };
    out
}
